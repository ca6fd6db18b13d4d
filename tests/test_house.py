"""The house rules: who may import whom, how large a room may be, that every word is there in both languages.

The modules are read as text, so that an import inside a function counts as well.
"""

from __future__ import annotations

import ast
import re
import string
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from lsinfra.codes import Code
from lsinfra.text import LANGS, words
from tests.conftest import ROOT

HOUSE = ROOT / "lsinfra"

# Top to bottom: a room may import those above it and never those below. A new module is entered here, at its place.
LADDER = (
    "text",
    "errors",
    "files",
    "csvfile",
    "schemas",
    "numerals",
    "dates",
    "quantities",
    "codes",
    "yamlfile",
    "fields",
    "records",
    "loader",
    "geojson",
    "alignments",
    "routes",
    "portfolio",
    "units",
    "progress",
    "phrases",
    "subject",
    "placement",
    "checks",
    "weeks",
    "snapshots",
    "compare",
    "forecast",
    "frames",
    "index",
    "intake",
    "parcels",
    "render",
    "report",
    "exchange",
    "starter",
    "watch",
    "commands",
    "cli",
)
LINES = 500
WORKED_OUT = "a name that is worked out"
GRAB_BAGS = {"utils", "util", "helpers", "common", "misc", "tools", "base"}
# Where the clock may be asked: `--as-of today` is a person's word. The library is told its date.
CLOCK = {"cli", "commands"}
HEAVY = {
    "dask",
    "dask_geopandas",
    "distributed",
    "folium",
    "geopandas",
    "jinja2",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "pyogrio",
    "pyproj",
    "rich",
    "ruamel",
    "shapely",
    "sqlalchemy",
    "psycopg",
    "holidays",
    "docx",
    "openpyxl",
    "pdfplumber",
    "python_calamine",
    "watchfiles",
    "xlsxwriter",
}


def modules(house: Path) -> dict[str, Path]:
    """Every module of a package by its dotted name, the package's own ``__init__`` being the package."""
    found = {}
    for path in sorted(house.rglob("*.py")):
        parts = path.relative_to(house.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every module that is imported anywhere in a file, also by ``import_module("…")``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, name.name) for name in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                for name in names:
                    whole = f"{'.' * level}{module or ''}.{name.name}"
                    # `from a.b import c`: the module a.b.c if there is one, else something that is in a.b
                    yield node.lineno, whole if whole in known or level else whole.rpartition(".")[0]
            case ast.Call(func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"), args=[first, *_]):
                yield node.lineno, str(first.value) if isinstance(first, ast.Constant) else WORKED_OUT


def breaches(house: Path, ladder: tuple[str, ...]) -> list[str]:
    """Every import that the ladder forbids, and every module that has no place on it, as one line each."""
    known = modules(house)
    found = []
    graph: dict[str, set[str]] = {}
    for name, path in known.items():
        room = name.split(".")[1] if "." in name else None
        if room is not None and room not in ladder:
            found.append(f"{name} has no place on the ladder: enter it in LADDER in tests/test_house.py")
            continue
        for line, other in imports(path, known):
            place = f"{path.relative_to(house.parent).as_posix()}:{line}: {name} imports {other}"
            if other.startswith("."):
                found.append(f"{place}: say the whole name")
            elif other == WORKED_OUT:
                found.append(f"{place}: nobody can see what that is")
            elif other.startswith(f"{house.name}."):
                above = other.split(".")[1]
                if room is None or above not in ladder or ladder.index(above) > ladder.index(room):
                    found.append(f"{place}: {above} does not stand above {room or 'the package itself'}")
                elif other != name:
                    graph.setdefault(name, set()).add(other)
    # Between rooms the ladder leaves no room for a cycle; inside a folder it would.
    return found + [f"imports go round: {' → '.join(ring)}" for ring in rings(graph)]


def rings(graph: dict[str, set[str]]) -> Iterator[list[str]]:
    """One cycle for each module from which one is reached by always going on; empty when there is none."""
    done: set[str] = set()

    def follow(name: str, trail: list[str]) -> list[str] | None:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in done:
            return None
        for other in sorted(graph.get(name, ())):
            if ring := follow(other, [*trail, name]):
                return ring
        done.add(name)
        return None

    for name in sorted(graph):
        if ring := follow(name, []):
            yield ring
            return


def test_imports_point_up_the_ladder() -> None:
    assert breaches(HOUSE, LADDER) == []


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("top.py", "def late():\n    from house import low", "low does not stand above top"),
        ("top.py", "import house.low", "low does not stand above top"),
        ("top.py", "from house.low import x", "low does not stand above top"),
        ("top.py", "from importlib import import_module\nimport_module('house.low')", "low does not stand above top"),
        ("top.py", "import importlib\nimportlib.import_module('house.' + 'low')", "nobody can see what that is"),
        ("low.py", "from . import top", "say the whole name"),
        ("low.py", "from .top import x", "say the whole name"),
        ("new.py", "", "enter it in LADDER"),
        ("__init__.py", "from house import top", "top does not stand above the package itself"),
        ("room/a.py", "from house.room import b", "imports go round: house.room.a → house.room.b → house.room.a"),
    ],
)
def test_a_breach_of_the_ladder_is_seen(tmp_path: Path, name: str, source: str, said: str) -> None:
    house = tmp_path / "house"
    (house / "room").mkdir(parents=True)
    sound = {
        "__init__.py": "",
        "top.py": "import json",
        "low.py": "from house import top\nfrom house.top import x",
        "room/__init__.py": "",
        "room/a.py": "from house import low",
        "room/b.py": "from house.room import a",
    }
    for path, text in sound.items():
        (house / path).write_text(text, encoding="utf-8")
    assert breaches(house, ("top", "low", "room")) == []
    (house / name).write_text(source, encoding="utf-8")
    (found,) = breaches(house, ("top", "low", "room"))
    assert said in found


def test_a_module_is_deep_and_not_too_long() -> None:
    long = {
        name: n for name, path in modules(HOUSE).items() if (n := len(path.read_text("utf-8").splitlines())) > LINES
    }
    assert long == {}
    assert [name for name in modules(HOUSE) if name.rpartition(".")[2] in GRAB_BAGS] == []


def test_the_library_never_asks_the_clock() -> None:
    clock = (".today", ".now", ".utcnow", "time.time", ".localtime", ".gmtime", ".time_ns")
    asked = [
        f"{path.name}:{node.lineno}: {ast.unparse(node)}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(clock)
        if path.relative_to(HOUSE).parts[0].removesuffix(".py") not in CLOCK
    ]
    assert asked == []


def test_heavy_libraries_wait_until_they_are_needed() -> None:
    code = "import sys, lsinfra.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "typer" in done.stdout.split()
    assert HEAVY & set(done.stdout.split()) == set()


# --- words ---------------------------------------------------------------------------------------------------------

LOCALE = HOUSE / "locale"
GROUPS = sorted({path.name.split(".")[0] for path in LOCALE.glob("*.toml")})


def placeholders(message: str) -> list[str]:
    """What a message wants put in; a plain name each, for ``{a.b}`` or ``{a[0]}`` would reach into a value."""
    names = sorted({name for _, name, _, _ in string.Formatter().parse(message) if name is not None})
    assert [name for name in names if not name.isidentifier()] == [], message
    return names


def test_every_group_is_there_in_every_language() -> None:
    assert {path.name for path in LOCALE.iterdir()} == {f"{group}.{lang}.toml" for group in GROUPS for lang in LANGS}
    assert {"word", "fault", "finding", "run", "page", "cli", "quantity", "geo"} <= set(GROUPS)


@pytest.mark.parametrize("group", GROUPS)
def test_the_languages_say_the_same_things(group: str) -> None:
    vi, en = words("vi", group), words("en", group)
    assert sorted(vi) == sorted(en)
    differing = {key: (vi[key], en[key]) for key in vi if placeholders(vi[key]) != placeholders(en[key])}
    assert differing == {}
    assert [key for lang in LANGS for key, message in words(lang, group).items() if not message.strip()] == []


def test_every_word_that_the_code_says_is_there() -> None:
    known = all_keys()
    assert [(place, key) for place, key in said_keys() if key not in known] == []
    _, heads = mentions()
    assert [head for head in sorted(heads) if not any(key.startswith(head) for key in known)] == []


@pytest.mark.parametrize("code", Code.__subclasses__())
def test_every_code_has_its_words(code: type[Code]) -> None:
    unsaid = [f"{lang}: {member!r}" for lang in LANGS for member in code if not member.write(lang).strip()]
    assert unsaid == []


def test_no_word_is_left_over() -> None:
    whole, heads = mentions()
    left = [
        key
        for key in sorted(all_keys())
        if not ({key, key.partition(".")[2], key.rpartition(".")[2]} & whole or key.startswith(tuple(heads)))
    ]
    assert left == []


def all_keys() -> set[str]:
    return {f"{group}.{key}" for group in GROUPS for key in words("vi", group)}


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in modules(HOUSE).values():
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def error_groups() -> dict[str, str]:
    """The group of messages of each error class, by its name: its own ``group = "…"`` or that of its base."""
    classes = [node for _, tree in trees() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    groups: dict[str, str] = {}
    for _ in classes:  # as often as the longest line of heirs could be
        for node in classes:
            for statement in node.body:
                match statement:
                    case ast.Assign(targets=[ast.Name(id="group")], value=ast.Constant(value=str(group))):
                        groups[node.name] = group
            for base in node.bases:
                if isinstance(base, ast.Name) and base.id in groups:
                    groups.setdefault(node.name, groups[base.id])
    return groups


def said_keys() -> Iterator[tuple[str, str]]:
    """Place and whole key of every message that the code names outright: a text that looks like one, or an error's."""
    groups = error_groups()
    key = re.compile(rf"({'|'.join(GROUPS)})(\.(?!(html|css|js|svg)$)[a-z][a-z0-9_]*)+")
    for path, tree in trees():
        for node in ast.walk(tree):
            match node:
                case ast.Constant(value=str(text)) if key.fullmatch(text):
                    yield f"{path.name}:{node.lineno}", text
                case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(text)), *_]) if name in groups:
                    yield f"{path.name}:{node.lineno}", f"{groups[name]}.{text}"
                case ast.Call(func=ast.Name(id="Finding"), args=[ast.Constant(value=str(text)), *_]):
                    yield f"{path.name}:{node.lineno}", f"finding.{text}"
                case ast.Call(func=ast.Attribute(attr="say"), args=[ast.Constant(value=str(text)), *_]):
                    yield f"{path.name}:{node.lineno}", f"page.{text}"  # a page's own say() knows its language


def mentions() -> tuple[set[str], set[str]]:
    """Every text in the code and every name in the page's scripts and templates; how each f-string of a key begins."""
    groups = error_groups()
    whole: set[str] = set()
    heads: set[str] = set()
    for _, tree in trees():
        for node in ast.walk(tree):
            match node:
                case ast.Constant(value=str(text)):
                    whole.add(text)
                case ast.JoinedStr(values=[ast.Constant(value=str(head)), *_]) if head.partition(".")[0] in GROUPS:
                    heads.add(head)
                case ast.Call(
                    func=ast.Name(id=name), args=[ast.JoinedStr(values=[ast.Constant(value=str(head)), *_]), *_]
                ):
                    if name in groups:
                        heads.add(f"{groups[name]}.{head}")
                case ast.Call(
                    func=ast.Attribute(attr="say"), args=[ast.JoinedStr(values=[ast.Constant(value=str(head)), *_]), *_]
                ):
                    heads.add(f"page.{head}")
    for path in (HOUSE / "render").rglob("*"):
        if path.suffix in {".js", ".html"}:
            whole |= set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    # `f"word.{…}"` alone would let every word pass.
    return whole, {head for head in heads if head.count(".") > 1 or not head.endswith(".")}


# --- pins ----------------------------------------------------------------------------------------------------------


def pins(level: str) -> dict[str, str]:
    """The pinned version of each package of a level; each must be held by a hash, and no address may be named."""
    text = (ROOT / "requirements" / f"{level}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    entries = text.replace("\\\n", "").splitlines()
    assert [
        entry for entry in entries if not re.fullmatch(r"\S+==\S+( ; .+?)?( +--hash=sha256:[0-9a-f]{64})+", entry)
    ] == []
    return dict(entry.split()[0].split("==") for entry in entries)


def test_the_levels_of_the_environment_agree() -> None:
    run, test, dev, bench = pins("run"), pins("test"), pins("dev"), pins("bench")
    assert run.items() <= test.items() <= dev.items()
    assert test.items() <= bench.items()
    assert [name for name in dev.keys() & bench.keys() if dev[name] != bench[name]] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    for asked, level in (
        (project["project"]["dependencies"] + project["build-system"]["requires"], run),
        (project["project"]["optional-dependencies"]["pdf"], run),
        (groups["test"], test),
        (groups["dev"], dev),
        (groups["bench"], bench),
    ):
        names = {re.split(r"[ <>=!~\[]", name)[0].replace("_", "-").replace(".", "-").lower() for name in asked}
        assert names <= level.keys()


def test_the_changelog_knows_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
