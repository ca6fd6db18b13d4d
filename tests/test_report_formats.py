"""The report in every kind, beside the pages: all files are there and linked; without typst the rest is."""

from __future__ import annotations

import base64
import io
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from lsinfra.errors import RunError
from lsinfra.render import edited
from lsinfra.render.payload import Scope
from lsinfra.report import formats
from lsinfra.report.formats import file_name, write, write_all
from lsinfra.report.kinds import Kind
from lsinfra.text import LANGS, say, words
from tests.conftest import Run
from tests.reporting import SAMPLE, tell
from tests.test_render import data_of

Command = Callable[..., Run]
FIRST = {"docx": b"PK\x03\x04", "xlsx": b"PK\x03\x04", "pdf": b"%PDF-", "html": b"<!DOCTYPE html>", "md": b""}
STEM = {"vi": "bao-cao-2025-10-27", "en": "report-2025-10-27"}


def linked(page: Path) -> list[str]:
    """The addresses of the report's files on a page."""
    return [href for _, href in data_of(page.read_text("utf-8"))["page"]["reports"]]


@pytest.mark.parametrize("lang", LANGS)
def test_every_kind_is_written_under_its_name(lang: str) -> None:
    told = tell(SAMPLE, lang="en" if lang == "en" else "vi")
    scope, steps = Scope(told.portfolio, told.progress, told.report.lang), []
    made = write_all(told.report, scope, tell=lambda: steps.append(1))
    assert list(made) == [file_name(told.report, kind) for kind in Kind]
    assert [name.rpartition(".")[2] for name in made] == [*FIRST]
    for name, data in made.items():
        assert data.startswith(FIRST[name.rpartition(".")[2]])
        assert data == write(told.report, scope, Kind(name.rpartition(".")[2]))
    assert len(steps) == len(Kind)
    assert len({name.rpartition(".")[0] for name in made}) == 1


@pytest.mark.parametrize("lang", LANGS)
def test_weekly_writes_them_beside_the_pages_that_link_them(lsinfra: Command, lang: str, root: Path) -> None:
    done = lsinfra("--lang", lang, "weekly", cwd=root)
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
def test_weekly_says_that_there_is_no_pdf_and_writes_the_rest(lsinfra: Command, package: str, root: Path) -> None:
    done = lsinfra("weekly", cwd=root, without=(package,))
    assert done.code == 0, done.stderr
    assert done.stderr.splitlines().count(say("vi", "report.no_typst")) == 1
    folder = root / "maps" / "2025-10-27"
    there = {path.suffix[1:] for path in folder.glob("bao-cao-*")}
    assert there == {*FIRST} - {"pdf"}
    for page in (folder / "index.html", folder / "en" / "ql4b.html"):
        assert {Path(href).suffix[1:] for href in linked(page)} == there
        assert all((page.parent / href).is_file() for href in linked(page))
    assert say("vi", "report.map.missing") in (folder / f"{STEM['vi']}.html").read_text("utf-8")
    quiet = lsinfra("-q", "weekly", cwd=root, without=(package,))
    assert (quiet.code, quiet.stderr) == (0, f"{say('vi', 'report.no_typst')}\n")


@pytest.mark.parametrize(("lang", "what"), [("vi", "Chưa lập được bản PDF"), ("en", "No PDF")])
def test_a_pdf_that_cannot_be_made_says_how_it_can(lsinfra: Command, lang: str, what: str, root: Path) -> None:
    for package in ("typst", "fontpkg_source_serif_4"):
        done = lsinfra("--lang", lang, "report", "--format", "pdf", cwd=root, without=(package,))
        assert (done.code, done.stdout) == (1, "")
        (line,) = done.stderr.splitlines()
        assert what in line
        assert "pip install typst fontpkg-source-serif-4" in line
        assert "--format docx" in line
    assert [path for path in root.rglob("*") if path.suffix in {".pdf", ".part"}] == []


# --- what a person has edited --------------------------------------------------------------------------------------

DAY = "2025-10-27"
DOCX, ASIDE = "bao-cao-2025-10-27.docx", "bao-cao-2025-10-27-da-sua.docx"


def listed(folder: Path) -> dict[str, bytes]:
    """The files of a folder that are shown, by their paths within it."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def correct(root: Path) -> None:
    """A new figure: all that is made of the records changes."""
    path = root / "projects.yaml"
    old = path.read_text("utf-8")
    new = old.replace("455,61/458,19 ha", "455,71/458,19 ha")
    assert new != old
    path.write_text(new, encoding="utf-8")


def test_an_edited_report_outlives_the_next_weekly(lsinfra: Command, root: Path) -> None:
    lsinfra("weekly", cwd=root)
    folder = root / "maps" / DAY
    first = listed(folder)
    (folder / DOCX).write_bytes(b"PK the planner's words")
    (folder / "ghi chú").mkdir()
    (folder / "ghi chú" / "họp.txt").write_text("họp thứ Hai", encoding="utf-8")
    (folder / f"~${DOCX}").write_bytes(b"open in Word")

    done = lsinfra("weekly", cwd=root)
    assert done.code == 0, done.stderr
    assert done.stderr.splitlines().count(say("vi", "cli.kept_edited", path=folder / ASIDE)) == 1
    own = {ASIDE: b"PK the planner's words", "ghi chú/họp.txt": "họp thứ Hai".encode()}
    assert listed(folder) == first | own

    # What nobody has edited since is replaced without a word, and nothing is kept twice.
    correct(root)
    done = lsinfra("weekly", cwd=root)
    assert say("vi", "cli.kept_edited", path="")[:20] not in done.stderr
    third = listed(folder)
    assert {name: third[name] for name in own} == own
    assert set(third) == set(first) | set(own)
    assert third[DOCX] != first[DOCX]

    (folder / DOCX).write_bytes(b"PK edited again")
    lsinfra("weekly", cwd=root)
    assert listed(folder) == third | {ASIDE.replace(".docx", "-2.docx"): b"PK edited again"}
    (folder / DOCX).write_bytes(b"PK edited again")
    lsinfra("weekly", cwd=root)
    assert listed(folder) == third | {ASIDE.replace(".docx", "-2.docx"): b"PK edited again"}


def test_an_edited_report_outlives_the_next_report(lsinfra: Command, root: Path) -> None:
    folder = root / "maps" / DAY
    assert lsinfra("report", cwd=root).code == 0
    first = (folder / DOCX).read_bytes()
    assert (lsinfra("report", cwd=root).stderr, list(listed(folder))) == ("", [DOCX])
    correct(root)
    done = lsinfra("report", cwd=root)
    assert (done.stderr, list(listed(folder))) == ("", [DOCX])
    assert (folder / DOCX).read_bytes() != first
    second = listed(folder)
    (folder / DOCX).write_bytes(b"PK the planner's words")
    done = lsinfra("report", cwd=root)
    assert done.stderr.splitlines() == [say("vi", "cli.kept_edited", path=folder / ASIDE)]
    assert listed(folder) == second | {ASIDE: b"PK the planner's words"}
    # The week's job takes the report for its own, and the edited one for the planner's.
    assert say("vi", "cli.kept_edited", path="")[:20] not in lsinfra("weekly", cwd=root).stderr
    assert (folder / ASIDE).read_bytes() == b"PK the planner's words"
    assert set(listed(folder)) >= {*second, ASIDE, "index.html"}


@pytest.mark.parametrize("note", [None, b"", b"[]", b"[" * 100_000, b'{"bao-cao-2025-10-27.docx": 1}', b"\xff"])
def test_without_a_note_a_report_is_taken_for_edited_and_pages_are_not(note: bytes | None, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    (old / DOCX).write_bytes(b"old")
    (old / "index.html").write_bytes(b"old")
    (old / "same.pdf").write_bytes(b"same")
    if note is not None:
        (old / edited.NOTE).write_bytes(note)
    made = {DOCX: b"new", "index.html": b"new", "same.pdf": b"same"}
    assert edited.carry(old, new, made, "vi") == [ASIDE]
    assert listed(new) == {ASIDE: b"old"}


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else False, reason="nothing is refused to root")
def test_a_folder_that_lets_nothing_be_replaced_is_said(lsinfra: Command, root: Path) -> None:
    assert lsinfra("report", cwd=root).code == 0
    folder = root / "maps" / DAY
    before = listed(folder)
    folder.chmod(0o500)
    try:
        done = lsinfra("report", cwd=root)
    finally:
        folder.chmod(0o700)
    (line,) = done.stderr.splitlines()
    assert done.code == 1
    assert words("vi", "run")["reason.denied"] in line
    assert listed(folder) == before


# --- where typst makes nothing -------------------------------------------------------------------------------------


def test_what_typst_cannot_make_is_said_and_the_rest_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    told = tell(SAMPLE)
    scope, drawn = Scope(told.portfolio, told.progress, "vi"), []

    def broken(*_: object) -> str:
        drawn.append(1)
        return "<svg"

    monkeypatch.setattr(formats, "map_svg", broken)
    missed: list[RunError] = []
    made = write_all(told.report, scope, missed.append)
    assert [name.rpartition(".")[2] for name in made] == ["docx", "xlsx", "html", "md"]
    assert len(drawn) == 1
    said = list(dict.fromkeys(one.write("vi") for one in missed))
    assert [sentence.partition(",")[0] for sentence in said] == ["Chưa lập được ảnh bản đồ", "Chưa lập được bản PDF"]
    assert all("SVG" in sentence and "\n" not in sentence for sentence in said)
    assert say("vi", "report.map.missing") in made[file_name(told.report, Kind.HTML)].decode()
    with pytest.raises(RunError, match=r"Could not make the PDF; typst says: .*SVG"):
        write(told.report, scope, Kind.PDF)


@pytest.mark.parametrize("format", ["docx", "html"])
def test_a_report_without_its_map_is_told(lsinfra: Command, format: str, root: Path) -> None:
    done = lsinfra("report", "--format", format, cwd=root, without=("typst",))
    assert done.code == 0
    assert done.stderr.splitlines() == [say("vi", "report.no_typst")]
    for other in ("xlsx", "md"):
        assert lsinfra("report", "--format", other, cwd=root, without=("typst",)).stderr == ""


@pytest.mark.parametrize(("kind", "where"), [(Kind.DOCX, "word/media/"), (Kind.HTML, "")])
def test_the_map_is_in_the_file(kind: Kind, where: str) -> None:
    told = tell(SAMPLE)
    data = write(told.report, Scope(told.portfolio, told.progress, "vi"), kind)
    if where:
        archive = zipfile.ZipFile(io.BytesIO(data))
        (png,) = [archive.read(name) for name in archive.namelist() if name.startswith(where)]
    else:
        (found,) = re.findall(rb'<img src="data:image/png;base64,([^"]+)"', data)
        png = base64.b64decode(found)
    assert min(Image.open(io.BytesIO(png)).size) > 800
