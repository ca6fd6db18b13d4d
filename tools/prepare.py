"""Make the environment in .venv: `python3 tools/prepare.py run|test|dev|bench`.

Find or install what the tests need besides: Chromium `... browser`, PostgreSQL with PostGIS `... postgres`, LibreOffice
`... office`, GDAL's own tools `... gdal`.

`make` and `weekly.bat` call it before every job, and when nothing has changed it ends in a moment. What is installed
is what requirements/*.txt pin by hash. The environment is made anew when it was left half made, when a pin changed,
when the folder was moved, or when its Python is gone. Only the standard library is used.
"""

import hashlib
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STATE = VENV / "lsinfra-ready.json"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LEVELS = {  # what each holds, at the same pins
    "run": ("run",),
    "test": ("run", "test"),
    "dev": ("run", "test", "dev"),
    "bench": ("run", "test", "bench"),
}

OTHER_SYSTEMS = {
    "chromium": """
  Fedora: sudo dnf install chromium google-noto-sans-fonts libatomic
  macOS: brew install --cask google-chrome""",
    "postgresql": """
  Fedora: sudo dnf install postgresql-server
  macOS: brew install postgresql""",
    "postgresql-postgis": """
  Fedora: sudo dnf install postgis
  macOS: brew install postgis""",
    "gdal-bin": """
  Fedora: sudo dnf install gdal
  macOS: brew install gdal""",
    "libreoffice-calc": """
  Fedora: sudo dnf install libreoffice-calc libreoffice-writer
  macOS: brew install --cask libreoffice""",
}
# Debian keeps a server's programs off PATH, a folder for each version.
POSTGRES_FOLDERS = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin")
POSTGRES_PROGRAMS = ("initdb", "postgres")


class PrepareError(Exception):
    """What stops the set-up and what to do about it, in Vietnamese and English."""


def main(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    if len(arguments) != 1 or arguments[0] not in (*LEVELS, *PROGRAMS):
        tell(f"usage: python3 tools/prepare.py {'|'.join([*LEVELS, *PROGRAMS])}")
        return 2
    try:
        if arguments[0] in LEVELS:
            prepare(arguments[0])
        else:
            PROGRAMS[arguments[0]]()
    except PrepareError as error:
        tell(str(error))
        return 1
    except subprocess.CalledProcessError as error:
        tell(
            "Chuẩn bị không thành công: xem các dòng trên, kiểm tra mạng, rồi chạy lại cùng lệnh.\n"
            "The set-up failed: see the lines above, check the network, then run the same command again.\n"
            f"  exit {error.returncode}: {' '.join(error.cmd)}"
        )
        return 1
    except OSError as error:
        tell(f"Không ghi được vào thư mục này / This folder cannot be written: {error}")
        return 1
    except KeyboardInterrupt:
        tell("Đã dừng; chạy lại cùng lệnh để làm tiếp. / Stopped; run the same command to go on.")
        return 130
    return 0


def tell(sentence: str) -> None:
    """Say something to the person: on stderr, for stdout belongs to the job's result."""
    print(sentence, file=sys.stderr, flush=True)


# --- .venv ---------------------------------------------------------------------------------------------------------


def prepare(level: str) -> None:
    """Bring .venv to a level: its requirements, and lsinfra itself, editable, from this folder."""
    state = read_state()
    if not is_sound(state):
        tell("Đang chuẩn bị môi trường trong .venv (lần đầu, vài phút)… / Setting up .venv (first time, minutes)…")
        make_venv()
        state = {"folder": str(ROOT)}
    pins, project = digest(requirements(level)), digest(ROOT / "pyproject.toml")
    if state.get(level) == pins and state.get("project") == project:
        return
    # Removed before the first change and written after the last: whatever is interrupted between is made anew.
    STATE.unlink(missing_ok=True)
    if state.get(level) != pins:
        tell(f"Đang cài các gói của mức {level} (có thể mất vài phút)… / Installing the packages of {level} (minutes)…")
        pip("--require-hashes", "--requirement", str(requirements(level)))
        state |= {name: digest(requirements(name)) for name in LEVELS[level]}
    if state.get("project") != project:
        pip("--no-deps", "--no-index", "--no-build-isolation", "--editable", str(ROOT))
        state["project"] = project
    fresh = STATE.with_suffix(".new")
    fresh.write_text(json.dumps(state, indent=1), encoding="utf-8")
    fresh.replace(STATE)


def requirements(level: str) -> Path:
    return ROOT / "requirements" / f"{level}.txt"


def digest(path: Path) -> str:
    # Line ends do not count: a checkout on Windows may have others.
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def read_state() -> dict[str, str]:
    """What .venv was brought to; empty when it is missing or was left half made."""
    try:
        state = json.loads(STATE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def is_sound(state: dict[str, str]) -> bool:
    """Whether .venv can be used or added to: whole, in its place, with no pin changed since, and its Python runs."""
    changed = any(name in state and state[name] != digest(requirements(name)) for name in LEVELS)
    if state.get("folder") != str(ROOT) or changed:
        return False
    try:
        return subprocess.run([str(PYTHON), "-c", "import pip"], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def make_venv() -> None:
    if importlib.util.find_spec("ensurepip") is None:  # Debian and Ubuntu keep it apart from Python
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        apt_install([package], f"{sys.executable} không có venv / has no venv")
    run(sys.executable, "-m", "venv", "--clear", str(VENV))


def pip(*arguments: str) -> None:
    # That a package is packed in an old way is for its makers to mend.
    run(
        str(PYTHON),
        "-W",
        "ignore:DEPRECATION",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        *arguments,
    )


def run(*command: str) -> None:
    """Run a program; what it prints goes to stderr. CalledProcessError when it fails."""
    # Settings that would send packages elsewhere than into .venv do not apply here.
    unwanted = ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
    environment = {key: value for key, value in os.environ.items() if key not in unwanted}
    subprocess.run(command, check=True, stdout=sys.stderr, env=environment | {"PIP_USER": "0"})


# --- the browser of the tests --------------------------------------------------------------------------------------


def prepare_browser() -> None:
    """See that there is a Chromium and a font with Vietnamese letters, installing Debian's where that may be done."""
    missing = [] if find_browser() else ["chromium"]
    if missing or not has_font():
        missing.append("fonts-noto-core")
    if not has_driver():
        missing.append("libatomic1")
    if missing:
        apt_install(
            missing,
            "Kiểm thử cần Chromium hoặc Chrome, phông chữ tiếng Việt và libatomic / "
            "The tests need Chromium or Chrome, a font with Vietnamese letters, and libatomic",
        )
    if not find_browser():
        raise PrepareError("Đã cài nhưng không thấy Chromium; đặt LSINFRA_BROWSER. / No Chromium after installing it.")


def find_browser() -> str | None:
    """The Chromium, Chrome or Edge that `lsinfra map --pdf` would use; None: there is none."""
    if str(ROOT) not in sys.path:
        sys.path.append(str(ROOT))
    from lsinfra.render import browser  # of lsinfra itself: it wants the standard library only

    try:
        return str(browser.find())
    except browser.BrowserError:
        return None


def has_font() -> bool:
    """Whether fontconfig knows a font with Vietnamese letters; True where there is no fontconfig to ask."""
    if sys.platform != "linux" or not shutil.which("fc-list"):
        return True
    answer = subprocess.run(["fc-list", ":lang=vi", "family"], check=False, capture_output=True)
    return answer.returncode != 0 or bool(answer.stdout.strip())


def has_driver() -> bool:
    """Whether playwright's own program runs; on a small Linux the library that it needs may be missing."""
    command = [str(PYTHON), "-m", "playwright", "--version"]
    return sys.platform != "linux" or subprocess.run(command, check=False, capture_output=True).returncode == 0


# --- the server of the tests ---------------------------------------------------------------------------------------


def prepare_postgres() -> None:
    """See that there is a PostgreSQL with PostGIS, installing Debian's where that may be done. No server is left."""
    missing = [] if find_postgres() else ["postgresql"]
    if missing or not has_postgis():
        missing.append("postgresql-postgis")
    if missing:
        apt_install(missing, "Kiểm thử cần PostgreSQL và PostGIS / The tests need PostgreSQL and PostGIS")
    if not has_postgis():
        raise PrepareError(
            "Đã cài nhưng không thấy PostgreSQL có PostGIS; đặt LSINFRA_POSTGRES. / "
            "No PostgreSQL with PostGIS after installing it."
        )


def has_postgis() -> bool:
    """Whether the server that the tests start can have PostGIS; Debian keeps extensions apart from the programs."""
    programs = find_postgres()
    if programs is None:
        return False
    version = programs.parent
    folders = [
        Path("/usr/share/postgresql") / version.name,
        *(version / "share").glob("postgresql*"),
        version / "share",
    ]
    return any((folder / "extension" / "postgis.control").is_file() for folder in folders)


def find_postgres() -> Path | None:
    """The folder of a PostgreSQL server's programs: $LSINFRA_POSTGRES, else on PATH, else the newest that is there."""
    if chosen := os.environ.get("LSINFRA_POSTGRES"):
        folders = [Path(chosen)]
    else:
        on_path = shutil.which("initdb")
        folders = [Path(on_path).resolve().parent] if on_path else []
        for pattern in POSTGRES_FOLDERS:
            found = Path("/").glob(pattern.lstrip("/"))
            folders += sorted(found, key=lambda folder: [int(part) for part in re.findall(r"\d+", str(folder))])[::-1]
    return next((folder for folder in folders if all(map(shutil.which, programs_in(folder)))), None)


def programs_in(folder: Path) -> list[str]:
    return [str(folder / name) for name in POSTGRES_PROGRAMS]


# --- the office of the tests -----------------------------------------------------------------------------------------


def prepare_office() -> None:
    """See that there is a LibreOffice for workbooks and documents, installing Debian's where that may be done."""
    if not office_parts():
        packages = ["libreoffice-calc", "libreoffice-writer"]
        apt_install(packages, "Kiểm thử cần LibreOffice Calc, Writer / The tests need LibreOffice Calc and Writer")
    if not office_parts():
        raise PrepareError("Đã cài nhưng không thấy LibreOffice. / No LibreOffice after installing it.")


def office_parts() -> bool:
    """Whether LibreOffice is there with Calc and Writer; Debian packs each by itself, others pack them together."""
    program = find_office()
    if program is None or sys.platform != "linux":
        return program is not None
    folder = Path(program).resolve().parent
    return all(any(folder.glob(f"lib{part}lo.so")) for part in ("sc", "sw"))


def find_office() -> str | None:
    return shutil.which("soffice") or shutil.which("libreoffice")


# --- a second reader of GIS files -----------------------------------------------------------------------------------


def prepare_gdal() -> None:
    """See that GDAL's own tools are there, installing Debian's where that may be done."""
    if not shutil.which("ogr2ogr"):
        apt_install(["gdal-bin"], "Kiểm thử cần công cụ GDAL / The tests need GDAL's tools")
    if not shutil.which("ogr2ogr"):
        raise PrepareError("Đã cài nhưng không thấy ogr2ogr. / No ogr2ogr after installing it.")


# --- packages of the system ----------------------------------------------------------------------------------------


def apt_install(packages: list[str], why: str) -> None:
    """Install Debian packages where that may be done without asking; PrepareError where it may not."""
    names = " ".join(packages)
    apt = apt_get()
    if apt is None:
        elsewhere = "".join(OTHER_SYSTEMS.get(package, "") for package in packages)
        raise PrepareError(
            f"{why}.\nHãy cài rồi chạy lại cùng lệnh / Install this and run the same command again: {names}\n"
            f"  Debian, Ubuntu: sudo apt-get install {names}{elsewhere}"
        )
    tell(f"{why}: apt-get install {names}…")
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run([*apt, *arguments], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:  # its hundreds of lines are of use only then
            tell(done.stdout.decode(errors="replace"))
            done.check_returncode()


def apt_get() -> list[str] | None:
    """How apt-get can be run as root without a question, or None."""
    if not shutil.which("apt-get"):
        return None
    command = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"]
    if os.name == "posix" and os.geteuid() == 0:
        return command
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True).returncode == 0
    ):
        return ["sudo", "-n", *command]
    return None


PROGRAMS = {
    "browser": prepare_browser,
    "postgres": prepare_postgres,
    "office": prepare_office,
    "gdal": prepare_gdal,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
