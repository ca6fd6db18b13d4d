"""The documentation: `python -m tools.docs` writes the generated pages, builds docs/site/ and looks through it.

- `python -m tools.docs write`: commands.md from the program's own help and checks.md from the cases of its checks, in
  both languages. What only a person can say (docs/words.*.toml) is put beside.
- `python -m tools.docs build`: the two sites, with a warning (a page or heading that is not there) as a fault; then
  every link, heading, picture and file of the built pages once more, and that none is outside.
- without a word: both.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lsinfra.errors import Severity
from lsinfra.text import LANGS, Lang, words

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"

# What a browser fetches of its own accord; a link is followed only by a person.
FETCHED = {"img", "script", "link", "iframe", "source", "object"}


def spoken(lang: Lang) -> dict[str, Any]:
    """What a person has written for the generated pages in one language: ``docs/words.LANG.toml``."""
    return tomllib.loads((DOCS / f"words.{lang}.toml").read_text(encoding="utf-8"))


# --- pages that are generated ----------------------------------------------------------------------------------------


def command_page(lang: Lang) -> str:
    """``commands.md`` in one language. The program speaks one language in one run: it is asked in its own process."""
    run = subprocess.run(
        [sys.executable, "-m", "tools.docs", "commands"],
        cwd=ROOT,
        env=os.environ | {"LSINFRA_LANG": lang, "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return run.stdout


def _commands() -> str:
    """``commands.md`` in the language of this process."""
    import typer

    from lsinfra.cli import app
    from lsinfra.commands.options import LANG

    say = spoken(LANG)["commands"]
    top = typer.main.get_command(app)
    lines = [f"# {say['title']}", "", say["intro"].strip(), "", f"## {say['everywhere']}", ""]
    lines += [say["everywhere_intro"].strip(), "", *_options(top, say)]

    def walk(command: Any, path: str, level: int) -> None:
        context = typer.Context(command, info_name=path)
        parts = getattr(command, "commands", {})
        lines.extend(["", f"{'#' * level} {path}", "", command.help, ""])
        if parts:
            for name in parts:
                walk(parts[name], f"{path} {name}", level + 1)
            return
        usage = " ".join(command.collect_usage_pieces(context))
        lines.extend(["```text", f"{path} {usage}", "```", "", *_options(command, say)])

    for name, command in top.commands.items():  # type: ignore[attr-defined]
        walk(command, f"lsinfra {name}", 2)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def _options(command: Any, say: dict[str, str]) -> list[str]:
    """One entry for each argument and option that is not hidden, with what it is when it is left out."""
    import typer

    context = typer.Context(command, info_name="lsinfra")
    lines = []
    for option in command.params:
        record = None if getattr(option, "hidden", False) else option.get_help_record(context)
        # The library's own help of the shell's completion is English in every language.
        if record and not option.name.endswith("_completion"):
            told = f"- `{record[0].strip()}`: {option.help or ''}"
            default = option.default
            if option.show_default and default not in (None, False) and option.name != "lang":
                told += f" {say['default'].format(value=default)}"
            lines += _wrapped(told)
    return lines


def _wrapped(line: str, width: int = 120) -> list[str]:
    """A paragraph, an entry of a list or a quotation, in lines of at most ``width``."""
    lines, at = [], ""
    indent = {"- ": "  ", "> ": "> "}.get(line[:2], "")
    for word in line.split(" "):
        if at and len(at) + 1 + len(word) > width:
            lines.append(at)
            at = indent + word
        else:
            at = f"{at} {word}" if at else word
    return [*lines, at]


def check_page(lang: Lang) -> str:
    """``checks.md`` in one language: every code in the order of the program's words.

    Its severities, and a sentence it is told with, are those of the cases of ``tests/test_checks.py``: there each is
    held against the program. So this tool stands above the tests, and needs what they need.
    """
    from tests.test_checks import CASES

    say = spoken(lang)
    page, told = say["checks"], say["check"]
    lines = [f"# {page['title']}", "", page["intro"].strip(), ""]
    severities = {
        code: page["or"].join(page[severity.value] for severity in Severity if severity in found)
        for code in words(lang, "finding")
        if (found := {case.severity for case in CASES if case.code == code})
    }
    lines += [f"| {page['code']} | {page['severity'].lower()} |", "|---|---|"]
    lines += [f"| [`{code}`](#{code}) | {severity} |" for code, severity in severities.items()]
    for code, severity in severities.items():
        cases = [case for case in CASES if case.code == code]
        when = severity + told[code].get("when", "")
        lines += ["", f"## {code}", "", *_wrapped(f"**{page['severity']}**: {when}. {told[code]['means']}")]
        lines += ["", *_wrapped(f"**{page['mend']}**: {told[code]['mend']}")]
        lines += ["", *_wrapped(f"> {getattr(cases[0], lang)}")]
    return "\n".join(lines) + "\n"


GENERATED: dict[str, Callable[[Lang], str]] = {"commands": command_page, "checks": check_page}


# --- the site --------------------------------------------------------------------------------------------------------


class NotBuilt(Exception):
    """What the site builder has to say against a page."""


def build(docs: Path) -> Path:
    """``site/`` in ``docs``: vi/, en/, the pictures, and a first page that leads to the Vietnamese one.

    Raises
    ------
    NotBuilt
        A link to a page or a heading that is not there, and whatever else the builder warns of.
    """
    site = docs / "site"
    shutil.rmtree(site, ignore_errors=True)
    for lang in LANGS:
        command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean", "-f", f"zensical.{lang}.yml"]
        told = {"NO_COLOR": "1", "PYTHONUTF8": "1"}
        run = subprocess.run(
            command, cwd=docs, env=os.environ | told, capture_output=True, encoding="utf-8", check=False
        )
        if run.returncode:
            raise NotBuilt(re.sub(r"\x1b\[[0-9;]*m", "", run.stdout + run.stderr.split("Traceback")[0]).strip())
        for trace in ("404.html", "sitemap.xml"):  # of use to a server only
            (site / lang / trace).unlink(missing_ok=True)
        _mend_search(site / lang, lang)
    for file in (docs / "index.html", *sorted(docs.glob("*.png"))):
        shutil.copy(file, site)
    return site


# How the worker of the search makes a word of the index, and of the question, the same: with the marks of the letters.
_FOLDED = 'normalize("NFKD").toLowerCase()'
# Without them, as most people type; đ is a letter of its own.
_BARE = _FOLDED + r'.replace(/\p{M}/gu,"").replaceAll("đ","d")'


def _mend_search(site: Path, lang: Lang) -> None:
    """Let the search find words typed without the marks of Vietnamese, and speak ``lang``.

    Both are compiled into the builder's scripts, which take no setting for them: the translations of the theme reach
    the page but not the search. So the built scripts are changed, and where what is to be changed is not there, as in
    another version of the builder, nothing is built.

    Raises
    ------
    NotBuilt
        A script no longer has what is changed here.
    """
    scripts = site / "assets" / "javascripts"
    spoken_words = spoken(lang).get("search", {})
    for pattern, changes in (("workers/search.*.js", {_FOLDED: _BARE}), ("bundle.*.js", spoken_words)):
        for script in list(scripts.glob(pattern)) or [scripts / pattern]:
            text = script.read_text(encoding="utf-8") if script.is_file() else ""
            if gone := [said for said in changes if said not in text]:
                raise NotBuilt(f"{script.name}: the search no longer has {', '.join(gone)}")
            for said, meant in changes.items():
                text = text.replace(said, meant)
            script.write_text(text, encoding="utf-8")


class _Page(HTMLParser):
    """The ids of a page, and what it links to or fetches."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[tuple[str, str]] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif name == "srcset" and value:
                self.links += [(tag, one.split()[0]) for one in value.split(",") if one.strip()]
            elif name in {"href", "src", "data"} and value is not None:
                self.links.append((tag, value))


def faults(site: Path) -> Iterator[str]:
    """What is wrong with a built site: what it would fetch from outside, and what leads nowhere."""
    pages = {path: _Page(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        here = path.relative_to(site).as_posix()
        for tag, link in page.links:
            where = urlsplit(link)
            if where.scheme or where.netloc:
                if tag in FETCHED:
                    if where.scheme != "data":
                        yield f"{here}: {tag} fetches {link}"
                elif where.scheme != "https" or not where.netloc:
                    yield f"{here}: {link} is no https address"
                continue
            target = (path.parent / unquote(where.path)).resolve() if where.path else path
            if not target.is_file() or not target.is_relative_to(site.resolve()):
                yield f"{here}: {link} is not there"
            elif where.fragment and target in pages and unquote(where.fragment) not in pages[target].ids:
                yield f"{here}: {link}: no such heading"
    for path in sorted(site.rglob("*.css")):
        for link in re.findall(r"@import[^;]*|url\(\s*(?![\"']?(?:data:|#))[^)]*", path.read_text(encoding="utf-8")):
            if "//" in link or not (path.parent / link.split("(")[-1].strip("\"' ")).is_file():
                yield f"{path.relative_to(site).as_posix()}: {link}"


def main(wanted: list[str]) -> int:
    if wanted == ["commands"]:
        sys.stdout.write(_commands())
        return 0
    if wanted in ([], ["write"]):
        for lang in LANGS:
            for name, page in GENERATED.items():
                (DOCS / lang / f"{name}.md").write_text(page(lang), encoding="utf-8")
    if wanted in ([], ["build"]):
        try:
            site = build(DOCS)
        except NotBuilt as error:
            print(error, file=sys.stderr)
            return 1
        if wrong := list(faults(site)):
            print("\n".join(wrong), file=sys.stderr)
            return 1
        print(f"Tài liệu đã lập, mọi liên kết đều đúng: {site / 'index.html'}")
        print(f"The documentation is made, every link leads somewhere: {site / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
