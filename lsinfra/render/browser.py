"""Paper and pictures of a page, by a Chromium, Chrome or Edge that is installed.

The browser runs by itself, without a window, with a profile of its own that is thrown away, and with every name of a
host unknown to it: a page of ours asks for nothing, and nobody else is asked either.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from lsinfra.errors import RunError, why
from lsinfra.render.paper import Size
from lsinfra.text import Word

VARIABLE = "LSINFRA_BROWSER"
"""The variable of the environment that names a browser; it goes before any other."""
LIMIT_S = 180
"""How long a browser may work on one page."""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge")
_WINDOWS = (
    "Google/Chrome/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
    "Chromium/Application/chrome.exe",
)
_MAC = ("Google Chrome", "Chromium", "Microsoft Edge")
_LINUX = (
    "/opt/google/chrome/chrome",
    "/opt/microsoft/msedge/msedge",
    "/usr/lib/chromium/chromium",
    "/usr/lib64/chromium-browser/chromium-browser",
    "/snap/bin/chromium",
)
_QUIET = (
    "--headless",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pdf-header-footer",
    # The page unpacks its data; this clock runs ahead of that of the room, and stops only when nothing is left to do.
    "--virtual-time-budget=60000",
    # What is drawn is told on stdout: a page that could not draw itself is no page to be printed.
    "--dump-dom",
)
_SCALE = 2
_TIMES = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}")
_NODES = re.compile(rb"\(node(\d{8})\)")
_TOLD = 300  # characters of what a browser complains of


class BrowserError(RunError):
    """No browser, or one that does not do it; its sentence is under ``page.``."""

    group = "page"


def find(environ: Mapping[str, str] | None = None, platform: str = sys.platform) -> Path:
    """The browser to be used: the one that ``LSINFRA_BROWSER`` names, else one on PATH, else where it usually lies.

    Parameters
    ----------
    environ
        Variables of the environment; None for those of this process.
    platform
        As ``sys.platform`` names it.

    Raises
    ------
    BrowserError
        There is none, or not the one that was named; the sentence says what was looked for.
    """
    environ = os.environ if environ is None else environ
    path = environ.get("PATH", "")
    if chosen := environ.get(VARIABLE):
        if found := shutil.which(chosen, path=path):
            return Path(found)
        raise BrowserError("browser_named", found=chosen)
    places = _places(environ, platform)
    for name in (*_NAMES, *map(str, places)):
        if found := shutil.which(name, path=path):
            return Path(found)
    raise BrowserError("no_browser", names=", ".join(_NAMES), places=", ".join(map(str, places)))


def _places(environ: Mapping[str, str], platform: str) -> list[Path]:
    """Where a browser lies that is not on PATH."""
    if platform == "win32":
        folders = [environ.get(name) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")]
        return [Path(folder, place) for folder in folders if folder for place in _WINDOWS]
    if platform == "darwin":
        homes = ["/Applications", *([f"{home}/Applications"] if (home := environ.get("HOME")) else [])]
        return [Path(home, f"{name}.app", "Contents/MacOS", name) for home in homes for name in _MAC]
    return [Path(place) for place in _LINUX]


def pdf(html: str, dated: date, *, browser: Path | None = None, limit_s: float = LIMIT_S) -> bytes:
    """A page of ours (``page.page``) as it is printed: the sheet with the map, then the tables.

    Parameters
    ----------
    html
        The page.
    dated
        The day that the file is said to be made on, at midnight: the same page gives the same bytes by the same
        browser on the same machine. Another browser or other fonts give other bytes.
    browser
        Its program; None for the one that ``find`` finds.
    limit_s
        Seconds after which it is stopped.

    Raises
    ------
    BrowserError
        No browser, it took too long, or it made nothing.
    """
    made = _run(html, "print.pdf", ["--print-to-pdf={}"], browser, limit_s)
    made = _TIMES.sub(rb"\g<1>" + f"{dated:%Y%m%d}000000".encode(), made)
    # The names of a table's cells are the browser's own count of what it ever made; their order is the page's.
    names = {name: b"(node%08d)" % rank for rank, name in enumerate(sorted(set(_NODES.findall(made))))}
    return _NODES.sub(lambda found: names[found[1]], made)


def png(html: str, size: Size = Size.A3, *, browser: Path | None = None, limit_s: float = LIMIT_S) -> bytes:
    """The sheet of a page made for it (``page.page(…, picture=True)``) as a picture, two dots for each px (192 dpi).

    Parameters
    ----------
    html
        The page.
    size
        Of the sheet.
    browser, limit_s
        As for ``pdf``.

    Raises
    ------
    BrowserError
        No browser, it took too long, or it made nothing.
    """
    width, height = size.px
    scene = [f"--window-size={width},{height}", f"--force-device-scale-factor={_SCALE}", "--screenshot={}"]
    return _run(html, "sheet.png", scene, browser, limit_s)


def _run(html: str, name: str, asked: list[str], browser: Path | None, limit_s: float) -> bytes:
    """What a browser makes of a page, as the bytes of the file that it was asked for."""
    program = browser or find()
    try:
        with tempfile.TemporaryDirectory(prefix="lsinfra-", dir=_shared(program), ignore_cleanup_errors=True) as folder:
            work = Path(folder)
            page, made = work / "page.html", work / name
            page.write_text(html, encoding="utf-8", newline="\n")
            command = [str(program), *_QUIET, *_unboxed(), f"--user-data-dir={work / 'profile'}"]
            command += [*(one.format(made) for one in asked), page.as_uri()]
            drawn, complaints = _call(program, command, limit_s)
            if b'data-ready="true"' not in drawn or not made.is_file():
                raise BrowserError("browser_failed", path=program, reason=_reason(complaints))
            return made.read_bytes()
    except OSError as error:
        raise BrowserError("browser_failed", path=program, reason=why(error)) from error


def _call(program: Path, command: list[str], limit_s: float) -> tuple[bytes, bytes]:
    """Run a browser until it ends by itself or its time is over; then it and its children go."""
    running = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A group of its own on Unix, to be ended as one.
        start_new_session=True,
    )
    with running:
        try:
            return running.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            raise BrowserError("browser_slow", path=program, seconds=f"{limit_s:g}") from None
        finally:
            _end(running)


def _end(running: subprocess.Popen[bytes]) -> None:
    """Stop a browser of ours with everything that it has started."""
    if os.name == "posix":
        try:
            os.killpg(running.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return
    elif running.poll() is None:
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(running.pid)], capture_output=True, check=False)
        running.kill()


def _unboxed() -> list[str]:
    """Chromium refuses root a sandbox, and everybody else keeps it."""
    return ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []


def _shared(program: Path) -> Path | None:
    """A folder that the browser can read as well: one that came as a snap sees no temporary folder but its own."""
    common = Path.home() / "snap" / "chromium" / "common"
    return common if program.stem.startswith("chromium") and common.is_dir() else None


def _reason(complaints: bytes) -> object:
    """The last thing that a browser said on stderr, if any."""
    lines = [line.strip() for line in complaints.decode("utf-8", "replace").splitlines() if line.strip()]
    said = "".join(c for c in lines[-1] if c.isprintable()) if lines else ""
    return said[:_TOLD] or Word("page.browser_silent")
