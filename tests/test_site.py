"""The documentation: the two languages say the same, what is generated is not stale, and the site needs no network."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsinfra.text import LANGS, Lang, words
from tests.conftest import ROOT, Visit
from tests.test_checks import CASES
from tools import docs, prepare

DOCS = ROOT / "docs"
NAMES = sorted(path.stem for path in (DOCS / "vi").glob("*.md"))


def text(lang: Lang, name: str) -> str:
    return (DOCS / lang / f"{name}.md").read_text(encoding="utf-8")


def blocks(lang: Lang, name: str) -> list[tuple[str, str]]:
    """The blocks of a page, each with its language and its text."""
    return re.findall(r"^```([^\n]*)\n(.*?)^```$", text(lang, name), re.DOTALL | re.MULTILINE)


def commands(lang: Lang, name: str) -> list[str]:
    """The commands of lsinfra on a page, without what is said beside them; lines that go on are joined."""
    console = "".join(body for kind, body in blocks(lang, name) if kind.split()[:1] == ["console"])
    lines = [re.split(r"\s{2,}#", line)[0].strip() for line in console.replace("\\\n", "").splitlines()]
    return [line for line in lines if line.startswith("lsinfra ")]


# --- the pages -------------------------------------------------------------------------------------------------------


def test_there_is_every_page_in_both_languages_and_in_the_menu() -> None:
    assert [path.stem for path in sorted((DOCS / "en").glob("*.md"))] == NAMES
    for lang in LANGS:
        menu = (DOCS / f"zensical.{lang}.yml").read_text(encoding="utf-8").split("nav:")[1]
        listed = re.findall(r"- (\w+)\.md$", menu, re.MULTILINE)
        assert sorted(listed) == NAMES
    menus = [re.findall(r"- (\w+)\.md", (DOCS / f"zensical.{lang}.yml").read_text("utf-8")) for lang in LANGS]
    assert menus[0] == menus[1]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_the_same_parts_and_commands_in_both_languages(name: str) -> None:
    pages = [re.sub(r"^```.*?^```$", "", text(lang, name), flags=re.DOTALL | re.MULTILINE) for lang in LANGS]
    levels = [[len(marks) for marks in re.findall(r"^(#+) ", page, re.MULTILINE)] for page in pages]
    assert levels[0] == levels[1]
    assert levels[0][0] == 1
    assert levels[0].count(1) == 1
    assert [kind.split()[:1] for kind, _ in blocks("vi", name)] == [kind.split()[:1] for kind, _ in blocks("en", name)]
    assert commands("vi", name) == commands("en", name)
    rows = [len(re.findall(r"^\|", page, re.MULTILINE)) for page in pages]
    assert rows[0] == rows[1]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_plain_text_of_short_lines(name: str, lang: Lang) -> None:
    page = text(lang, name)
    prose = re.sub(r"^```.*?^```$|`[^`]*`", "", page, flags=re.DOTALL | re.MULTILINE)
    assert re.findall(r"</?[a-z][^>]*>", prose) == []
    long = [line for line in page.splitlines() if len(line) > 120 and not line.startswith(("|", "lsinfra "))]
    assert long == []


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", docs.GENERATED)
def test_a_generated_page_is_not_stale(name: str, lang: Lang) -> None:
    assert text(lang, name) == docs.GENERATED[name](lang), "python -m tools.docs write"


@pytest.mark.parametrize("lang", LANGS)
def test_what_a_person_says_of_the_checks_is_of_every_code_and_no_other(lang: Lang) -> None:
    told = docs.spoken(lang)["check"]
    assert list(told) == list(words(lang, "finding"))
    # Where a code has more than one severity it is said when.
    severities = {code: {case.severity for case in CASES if case.code == code} for code in told}
    assert {code for code, about in told.items() if "when" in about} == {
        code for code, found in severities.items() if len(found) > 1
    }


# One thing has one name for a Vietnamese reader; beside it those that it had too.
NAMES_GIVEN_UP = {
    "cấu trúc (of JSON)": r"khuôn dạng|theo mẫu `lsinfra",
    "nhấp đúp": r"(nháy|bấm|kích) đúp",
    "bị cắt ngắn": r"\bcụt\b",
    "biên giới trên đất liền": r"[Bb]iên giới trên bộ",
    "chỉ mục": r"[Mm]ục lục",
    "bước, đại lượng": r"\bkhâu\b|thước đo",
    "truy vấn": r"biên dịch câu hỏi",
}


def test_one_thing_has_one_name_in_vietnamese() -> None:
    read = [ROOT / "README.vi.md", *(DOCS / "vi").glob("*.md"), *(ROOT / "lsinfra" / "locale").glob("*.vi.toml")]
    found = [
        (path.name, name, match[0])
        for path in read
        for name, other in NAMES_GIVEN_UP.items()
        for match in re.finditer(other, path.read_text(encoding="utf-8"))
    ]
    assert found == []


# --- the commands ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in NAMES if name not in docs.GENERATED])
def test_every_command_of_a_page_is_one_of_the_program(name: str) -> None:
    """Its name and its options; the tests of its part, or the one below, run it."""
    import typer

    from lsinfra.cli import _forward, app

    for line in commands("vi", name):
        command: Any = typer.main.get_command(app)
        rest = _forward(shlex.split(re.split(r"\s[|>]|\s&&", line)[0])[1:])
        while True:
            context = typer.Context(command, info_name="lsinfra")
            _, rest, _ = command.make_parser(context).parse_args(rest)
            if not rest or not hasattr(command, "commands"):
                break
            assert rest[0] in command.commands, line
            command, rest = command.commands[rest[0]], rest[1:]


def test_the_week_of_a_planner_goes_as_it_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from lsinfra.cli import app

    monkeypatch.chdir(root)
    (letter,) = [body for kind, body in blocks("vi", "week") if kind == "text"]
    (added,) = [body for kind, body in blocks("vi", "week") if kind == "diff"]
    assert [added, letter] == [dict(blocks("en", "week"))[kind] for kind in ("diff", "text")]
    (root / "bao-cao.txt").write_text(letter, encoding="utf-8")
    told = commands("vi", "week")
    assert len(told) == 10
    # The README's commands hold that these run, after any other.
    for line in [line for line in told if line.split()[1] not in {"weekly", "forecast", "check", "snapshot"}]:
        given: list[str] = []
        for word in shlex.split(line)[1:]:
            given += [str(path.relative_to(root)) for path in root.glob(word)] if "*" in word else [word]
        ran = CliRunner().invoke(app, given, input="n\n" if "review" in given else None)
        assert ran.exit_code == 0, (line, ran.output, ran.exception)
        if "--dry-run" in given:
            shown = [line.strip() for line in ran.output.splitlines()]
            assert shown[: len(added.splitlines())] == [line.strip() for line in added.splitlines()]
        elif "compare" in given:
            assert "+1,19 ha" in ran.output
    assert "456,8/458,19 ha" in (root / "projects.yaml").read_text(encoding="utf-8")


# --- the site --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tài liệu") / "docs"
    shutil.copytree(DOCS, folder, ignore=shutil.ignore_patterns("site", ".cache"))
    return docs.build(folder)


def test_the_site_is_whole_and_fetches_nothing_from_outside(site: Path) -> None:
    assert list(docs.faults(site)) == []
    assert {path.relative_to(site).as_posix() for path in site.rglob("*.html")} == {
        "index.html",
        *(f"{lang}/{name}.html" for lang in LANGS for name in NAMES),
    }


BROKEN: dict[str, str | tuple[str, ...] | None] = {
    '<a href="nowhere.html">x</a>': "en/limits.html: nowhere.html is not there",
    '<a href="week.html#nothing">x</a>': "en/limits.html: week.html#nothing: no such heading",
    '<a href="../../zensical.yml">x</a>': "en/limits.html: ../../zensical.yml is not there",
    '<img src="https://example.org/a.png">': "en/limits.html: img fetches https://example.org/a.png",
    '<script src="//example.org/a.js"></script>': "en/limits.html: script fetches //example.org/a.js",
    '<a href="ftp://example.org">x</a>': "en/limits.html: ftp://example.org is no https address",
    **{
        f'<{tag} {name}="https://example.org/b">': f"en/limits.html: {tag} fetches https://example.org/b"
        for tag, name in (("link", "href"), ("iframe", "src"), ("source", "src"), ("object", "data"))
    },
    '<img srcset="week.html 1x, c.png 2x, //example.org/d.png 3x">': (
        "en/limits.html: c.png is not there",
        "en/limits.html: img fetches //example.org/d.png",
    ),
    "<p></p>": None,
}


def test_what_is_wrong_with_a_page_is_found(site: Path) -> None:
    path = site / "en" / "limits.html"
    before = path.read_text(encoding="utf-8")
    path.write_text(before + "".join(BROKEN), encoding="utf-8")
    found = list(docs.faults(site))
    path.write_text(before, encoding="utf-8")
    told = [[told] if isinstance(told, str) else list(told or ()) for told in BROKEN.values()]
    assert found == [line for lines in told for line in lines]
    assert {tag for tag in docs.FETCHED if any(f": {tag} fetches" in line for line in found)} == docs.FETCHED


def test_a_builder_whose_search_is_another_stops_the_build(site: Path, tmp_path: Path) -> None:
    scripts = shutil.copytree(site / "vi" / "assets" / "javascripts", tmp_path / "assets" / "javascripts")
    (script,) = (scripts / "workers").glob("*.js")
    with pytest.raises(docs.NotBuilt, match=r"bundle.*the search no longer has"):  # it was changed already
        docs._mend_search(tmp_path, "vi")
    script.write_text("", encoding="utf-8")
    with pytest.raises(docs.NotBuilt, match="normalize"):
        docs._mend_search(tmp_path, "vi")


def test_a_link_to_no_page_stops_the_build(tmp_path: Path) -> None:
    for lang in LANGS:
        (tmp_path / lang).mkdir()
        (tmp_path / lang / "index.md").write_text("# A\n\n[x](there.md)\n", encoding="utf-8")
        (tmp_path / f"zensical.{lang}.yml").write_text(f"site_name: x\ndocs_dir: {lang}\nsite_dir: site/{lang}\n")
    with pytest.raises(docs.NotBuilt, match="page does not exist"):
        docs.build(tmp_path)


# Typed with the marks of the letters, without, and with some; the page and the heading that must be among those found.
SEARCHED = [
    ("mat khau", "team", "3. Để mật khẩu ở đâu"),
    ("mật khẩu", "team", "3. Để mật khẩu ở đâu"),
    ("giai ngan", "definitions", "Giải ngân"),
    ("don vi hanh chinh", "definitions", "Đơn vị hành chính theo thời gian"),
    ("du bao", "history", "Dự báo"),
]


def test_it_is_read_and_searched_from_a_stick(site: Path, visit: Callable[..., Visit]) -> None:
    seen = visit(site / "index.html", 390, 844, ready=False)
    seen.page.wait_for_url("**/vi/index.html")
    seen.page.goto((site / "vi" / "week.html").as_uri())
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    seen.page.locator("label[for=__search]").click()
    box, told = seen.page.get_by_role("combobox"), seen.page.locator("[role=status]", has_text="kết quả")
    for typed, page, heading in SEARCHED:
        box.fill(typed)
        seen.page.locator(f"a[href*='{page}.html']", has_text=heading).first.wait_for()
        assert re.fullmatch(r"\d+ kết quả", told.inner_text()), (typed, told.inner_text())
    box.fill("zzzzzzzz")
    seen.page.get_by_text("Không có kết quả").wait_for()
    box.fill("tong so suy ra")
    found = seen.page.locator("a[href*='definitions.html?h=']").first
    found.wait_for()
    assert "Tổng số suy ra" in found.inner_text()
    found.click()
    seen.page.wait_for_url("**/vi/definitions.html*")
    seen.page.locator(".md-header__language").click()
    seen.page.wait_for_url("**/en/definitions.html")
    assert seen.errors == []
    assert [request for request in seen.requests if not request.startswith(site.as_uri())] == []


def test_the_set_up_says_nothing_of_how_packages_are_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(prepare, "run", lambda *command: ran.append(command))
    prepare.pip("odfpy")
    _, *line = ran[0]
    assert line[line.index("-m") :][:3] == ["-m", "pip", "install"]
    # pip itself, at what it says of such a package.
    told = (
        "import logging; logging.basicConfig(); from pip._internal.utils import deprecation as old; "
        "old.install_warning_logger(); old.deprecated(reason='odfpy', replacement=None, gone_in=None); "
        "logging.error('a fault')"
    )
    command = [sys.executable, *line[: line.index("-m")], "-c", told]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == "ERROR:root:a fault\n"
