"""A year of weekly forms read in one go: 20 districts × 52 weeks, against what openpyxl takes to read the same files.

Each district has a section of each of three projects, thirty rows a form, and fills in six of them a week. The peer
does the least that a reader by openpyxl must: it opens every workbook read-only and goes through all its cells. Ours
finds the rows by their keys, checks the words beside them, reads numbers, totals and dates exactly, and makes
proposals. The limit is what a hundred forms' rows may take beyond the peer's own time: a second; ours may well be less
than nothing, for its reader keeps only the cells that hold something.

The forms are written once and filled in by changing their XML, which is what a spreadsheet program leaves.
"""

from __future__ import annotations

import re
import zipfile
from datetime import date, timedelta
from pathlib import Path

import openpyxl

from benchmarks.timing import BenchError, Note, Outcome, Timing, below, in_turn
from lsinfra import portfolio, progress
from lsinfra.intake.forms.reading import read_forms
from lsinfra.intake.forms.writing import write_forms
from lsinfra.portfolio import Portfolio

PROJECTS, DISTRICTS, WEEKS = 3, 20, 52
FILLED = range(8, 38, 5)
LIMIT_S = 1.0
FIRST = date(2024, 1, 4)


def reading(folder: Path, rounds: int) -> Outcome:
    """All forms into proposals; ``folder`` takes records and forms."""
    whole = province(folder)
    files = forms(whole, folder / "forms")
    read = read_forms(files, whole)
    found = sum(len(intake.proposals) for intake in read.intakes)
    if read.faults or found != len(files) * len(FILLED) or any(intake.unread for intake in read.intakes):
        raise BenchError(f"{found} proposals of {len(files) * len(FILLED)}, {len(read.faults)} faults")
    hundred = files[:: len(files) // 100][:100]
    times = in_turn({"ours": lambda: read_forms(hundred, whole), "openpyxl": lambda: peer(hundred)}, rounds)
    pairs = zip(times["ours"].runs_s, times["openpyxl"].runs_s, strict=True)
    beyond = Timing("ours less openpyxl", tuple(ours - theirs for ours, theirs in pairs))
    year = in_turn({"year": lambda: read_forms(files, whole)}, 1)
    return Outcome(
        (below("100 forms, beyond openpyxl's reading", beyond, LIMIT_S),),
        (
            Note("100 forms read and made proposals", times["ours"]),
            Note("100 forms gone through by openpyxl, read-only", times["openpyxl"]),
            Note("forms of 20 districts and 52 weeks", len(files)),
            Note("all of them read in one go", year["year"]),
            Note("their proposals", found),
        ),
    )


def peer(files: list[Path]) -> int:
    """Every cell of every workbook, by openpyxl."""
    count = 0
    for path in files:
        book = openpyxl.load_workbook(path, read_only=True)
        for sheet in book.worksheets:
            for row in sheet.iter_rows(values_only=True):
                count += sum(value is not None for value in row)
        book.close()
    return count


def province(folder: Path) -> Portfolio:
    """Records of made-up projects, each with a section in every district."""
    lines = ["portfolio: {title: Tỉnh Thử}", "projects:"]
    for number in range(PROJECTS):
        lines += [f"  - id: du-an-{number}", f"    title: Dự án Thử {number}", "    kind: road"]
        lines += ["    status: implementation", "    sections:"]
        lines += [f"      - {{id: huyen-{district}, unit: Huyện Thử {district}}}" for district in range(DISTRICTS)]
    (folder / "geodata").mkdir(parents=True)
    (folder / "geodata" / "routes.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    (folder / "projects.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return portfolio.load(folder)


def forms(whole: Portfolio, folder: Path) -> list[Path]:
    """The filled forms of all weeks and districts."""
    known = progress.measure(whole, FIRST)
    files = []
    for week in range(WEEKS):
        day = FIRST + timedelta(weeks=week)
        made = write_forms(whole, known, folder, day)
        made.pop().unlink()  # that of whole projects
        for path in made:
            fill(path, week)
        files += made
    return files


def fill(path: Path, week: int) -> None:
    """Put a value and its total in some rows of a form."""
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    name = "xl/worksheets/sheet1.xml"
    sheet = parts[name].decode()
    for row in FILLED:
        for column, value in (("F", week + row), ("G", 1_000 + row)):
            sheet, times = re.subn(
                rf'<c r="{column}{row}"( s="\d+")/>', rf'<c r="{column}{row}"\1><v>{value}</v></c>', sheet
            )
            if times != 1:
                raise BenchError(f"{path.name}: no input cell {column}{row}")
    parts[name] = sheet.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for part, raw in parts.items():
            file.writestr(part, raw)
