"""The report in every kind, beside the pages: all files are there and linked; without typst the rest is."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from lsinfra.render.payload import Scope
from lsinfra.report.formats import file_name, write, write_all
from lsinfra.report.kinds import Kind
from lsinfra.text import LANGS, say
from tests.conftest import ROOT
from tests.reporting import SAMPLE, tell
from tests.test_render import data_of

FIRST = {"docx": b"PK\x03\x04", "xlsx": b"PK\x03\x04", "pdf": b"%PDF-", "html": b"<!DOCTYPE html>", "md": b""}
STEM = {"vi": "bao-cao-2025-10-27", "en": "report-2025-10-27"}


@dataclass(frozen=True)
class Done:
    code: int
    stdout: str
    stderr: str


def run(root: Path, *arguments: str, without: str = "", lang: str = "vi") -> Done:
    """The command in a process of its own, in which one package may be missing."""
    block = f"sys.modules.update(dict.fromkeys({without.split()}))"
    code = f"import sys; {block}; from lsinfra.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--root", str(root), "--lang", lang, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        capture_output=True,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def linked(page: Path) -> list[str]:
    """The addresses of the report's files on a page."""
    return [href for _, href in data_of(page.read_text("utf-8"))["page"]["reports"]]


@pytest.mark.parametrize("lang", LANGS)
def test_every_kind_is_written_under_its_name(lang: str) -> None:
    told = tell(SAMPLE, lang="en" if lang == "en" else "vi")
    scope, steps = Scope(told.portfolio, told.progress, told.report.lang), []
    made = write_all(told.report, scope, lambda: steps.append(1))
    assert list(made) == [file_name(told.report, kind) for kind in Kind]
    assert [name.rpartition(".")[2] for name in made] == [*FIRST]
    for name, data in made.items():
        assert data.startswith(FIRST[name.rpartition(".")[2]])
        assert data == write(told.report, scope, Kind(name.rpartition(".")[2]))
    assert len(steps) == len(Kind)
    assert len({name.rpartition(".")[0] for name in made}) == 1


@pytest.mark.parametrize("lang", LANGS)
def test_weekly_writes_them_beside_the_pages_that_link_them(lang: str, root: Path) -> None:
    done = run(root, "weekly", lang=lang)
    assert done.code == 0, done.stderr
    assert "pip install" not in done.stderr
    folder = root / "maps" / "2025-10-27"
    for ending, first in FIRST.items():
        assert (folder / f"{STEM[lang]}.{ending}").read_bytes().startswith(first)
    pages = sorted(folder.rglob("[!br]*.html"))
    assert len(pages) == 8
    for page in pages:
        files = [(page.parent / href).resolve() for href in linked(page)]
        assert files == [(folder / f"{STEM[lang]}.{ending}").resolve() for ending in FIRST]
        assert all(file.is_file() for file in files)


@pytest.mark.parametrize("package", ["typst", "fontpkg_source_serif_4"])
def test_weekly_says_that_there_is_no_pdf_and_writes_the_rest(package: str, root: Path) -> None:
    done = run(root, "weekly", without=package)
    assert done.code == 0, done.stderr
    assert done.stderr.splitlines().count(say("vi", "report.without_pdf")) == 1
    folder = root / "maps" / "2025-10-27"
    there = {path.suffix[1:] for path in folder.glob("bao-cao-*")}
    assert there == {*FIRST} - {"pdf"}
    for page in (folder / "index.html", folder / "en" / "ql4b.html"):
        assert {Path(href).suffix[1:] for href in linked(page)} == there
        assert all((page.parent / href).is_file() for href in linked(page))
    assert "Bản đồ kèm theo ở tệp riêng." in (folder / f"{STEM['vi']}.html").read_text("utf-8")
    quiet = run(root, "-q", "weekly", without=package)
    assert (quiet.code, quiet.stderr) == (0, "")


@pytest.mark.parametrize(("lang", "what"), [("vi", "chưa lập được bản PDF"), ("en", "no PDF")])
def test_a_pdf_that_cannot_be_made_says_how_it_can(lang: str, what: str, root: Path) -> None:
    for package in ("typst", "fontpkg_source_serif_4"):
        done = run(root, "report", "--format", "pdf", without=package, lang=lang)
        assert (done.code, done.stdout) == (1, "")
        (line,) = done.stderr.splitlines()
        assert what in line
        assert "pip install typst fontpkg-source-serif-4" in line
        assert "--format docx" in line
    assert [path for path in root.rglob("*") if path.suffix in {".pdf", ".part"}] == []
