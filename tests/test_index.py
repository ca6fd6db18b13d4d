"""The index gives back what the snapshots hold, exactly, on SQLite and on PostgreSQL, and harms nobody's file."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from sqlalchemy.dialects import sqlite

from lsinfra.codes import Base, Funding, Stage, TotalKind
from lsinfra.compare import compare
from lsinfra.errors import LsinfraError, RunError
from lsinfra.index import CELLS, Changes, Held, IndexFault, open_index
from lsinfra.index.migrations import SCHEMA
from lsinfra.index.questions import land_differing, land_of_project
from lsinfra.index.rows import rows
from lsinfra.index.schema import read_amount, written_amount
from lsinfra.progress import ClearanceRow, Dating, DisbursementRow, Progress, rate
from lsinfra.quantities import Measure, read_date, read_figure
from lsinfra.records import Title
from lsinfra.render import index_tables
from lsinfra.render.rows import as_csv
from lsinfra.snapshots import KeptProject, Snapshot, written
from lsinfra.snapshots.codec import plain
from lsinfra.snapshots.model import SCHEMA as SNAPSHOT_SCHEMA
from lsinfra.text import LANGS
from lsinfra.weeks import Week
from tests.postgres import Server, free_port

Where = str
Row = TypeVar("Row", ClearanceRow, DisbursementRow)
TAKEN = datetime(2024, 9, 1, 8, 0, tzinfo=UTC)
HANDED = Stage.HANDED_OVER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


# --- a small world -------------------------------------------------------------------------------------------------


def dating(day: str, source: str = "báo-cáo", *, stale: bool = False) -> Dating:
    return Dating(read_date(day), 3, stale, source, "projects.yaml:7", None)


def told(row: Row, source: str, *, stale: bool = False) -> Row:
    """The same figure by another source, or gone stale."""
    return replace(row, dating=replace(row.dating, source=source, stale=stale))


def land(figure: str, day: str = "2024-08-15", section: str | None = None, stage: Stage = HANDED) -> ClearanceRow:
    read = read_figure(figure)
    unit = None if section is None else f"Xã {section}"
    return ClearanceRow("ql4b", section, unit, stage, read.measure, rate(read), dating(day))


def money(figure: str, day: str = "2024-10", funding: Funding | None = None, year: int = 2024) -> DisbursementRow:
    closes = date(year + 1, 1, 31)
    return DisbursementRow("ql4b", year, Base.ADJUSTED, funding, rate(read_figure(figure)), dating(day), closes)


def snapshot(
    as_of: str, *rows: ClearanceRow | DisbursementRow, taken: datetime = TAKEN, title: str = "Quốc lộ 4B"
) -> Snapshot:
    clearance = tuple(row for row in rows if isinstance(row, ClearanceRow))
    spent = tuple(row for row in rows if isinstance(row, DisbursementRow))
    progress = Progress(date.fromisoformat(as_of), clearance, (), spent, (), (), ())
    projects = dict.fromkeys(row.project for row in rows)
    named = tuple(KeptProject(project, Title(vi=title, en="Road 4B"), ()) for project in projects)
    return Snapshot(taken, "0.1.0", (), named, progress, ())


def keep(folder: Path, *snapshots: Snapshot) -> list[Path]:
    """Files of snapshots in any order, as they come when folders are copied together."""
    paths = []
    for one in snapshots:
        data = written(one)
        week = folder / Week.of(one.as_of).iso
        week.mkdir(parents=True, exist_ok=True)
        paths.append(week / f"{one.as_of}-{hashlib.sha256(data).hexdigest()[:16]}.json")
        paths[-1].write_bytes(data)
    return paths


def hand_made(folder: Path, *snapshots: Snapshot) -> list[Path]:
    """Files that a script wrote: half a letter as JSON spells it, which UTF-8 cannot."""
    paths = []
    for one in snapshots:
        found = json.loads(json.dumps(plain(one)))
        table = {"schema": SNAPSHOT_SCHEMA, "as_of": found["progress"].pop("as_of"), **found}
        data = json.dumps(table).encode()
        week = folder / Week.of(one.as_of).iso
        week.mkdir(parents=True, exist_ok=True)
        paths.append(week / f"{one.as_of}-{hashlib.sha256(data).hexdigest()[:16]}.json")
        paths[-1].write_bytes(data)
    return paths


def figures(where: Where, folder: Path) -> dict[str, list[str]]:
    """Of each week the values of ``ql4b``, by a fresh look at the index."""
    with open_index(where) as index:
        found: dict[str, list[str]] = {held.week.iso: [] for held in index.weeks()}
        if found:
            for row in index.history("ql4b").land:
                found[row.week.iso] += [str(cell.value) for cell in row.cells().values()]
    return found


def bring_up(where: Where, folder: Path) -> tuple[list[str], list[str], list[LsinfraError]]:
    with open_index(where) as index:
        done = index.bring_up(folder, prune=True)
    return [week.iso for week in done.written], [week.iso for week in done.removed], list(done.passed_over)


def changed(changes: Changes) -> dict[tuple[str, str | None, str], tuple[str | None, str | None, Decimal | None]]:
    """Values before and after and the difference of each changed figure of land."""
    return {
        (row.project, row.section, f"{one.stage.value} {one.measure.value}"): (
            None if one.before is None else str(one.before.value),
            None if one.after is None else str(one.after.value),
            one.difference,
        )
        for row in changes.land
        for one in row.cells()
    }


# --- what goes in comes out ----------------------------------------------------------------------------------------


def test_history_gives_what_each_snapshot_held(where: Where, folder: Path) -> None:
    first = (
        land("37,07 ha, đạt 75,12%", section="loc-binh"),
        land("khoảng 17,34/31,52 ha", "2024-07", "dinh-lap"),
        land("304/305 hộ", stage=Stage.PAID),
        money("490,1/1.288,123 tỷ đồng, đạt 38,0%"),
        money("0,1 tỷ đồng, đạt 0,03%", funding=Funding.LOCAL_BUDGET),
    )
    later = (land("49,35/49,35 ha, đạt 99,9%", "2025-03-26", "loc-binh"),)  # a conflict, kept as it was printed
    keep(folder, snapshot("2024-08-31", *first), snapshot("2025-03-28", *later))
    assert bring_up(where, folder) == (["2024-W35", "2025-W13"], [], [])
    with open_index(where) as index:
        history = index.history("ql4b")
    assert [(held.week.iso, held.as_of, held.taken) for held in history.weeks] == [
        ("2024-W35", date(2024, 8, 31), TAKEN),
        ("2025-W13", date(2025, 3, 28), TAKEN),
    ]
    assert history.title == Title(vi="Quốc lộ 4B", en="Road 4B")
    rows = {(row.week.iso, row.section): row for row in history.land}
    assert list(rows) == [
        ("2024-W35", None),
        ("2024-W35", "dinh-lap"),
        ("2024-W35", "loc-binh"),
        ("2025-W13", "loc-binh"),
    ]
    assert rows["2024-W35", "loc-binh"].unit == "Xã loc-binh"

    (implied,) = rows["2024-W35", "loc-binh"].cells().values()
    assert (implied.value, implied.total, implied.percent) == (Decimal("37.07"), None, Decimal("75.12"))
    assert implied.rate == first[0].rate  # the implied total is worked out again, to the same ends
    assert rows["2025-W13", "loc-binh"].cells()[HANDED, Measure.AREA].rate == later[0].rate
    (about,) = rows["2024-W35", "dinh-lap"].cells().values()
    assert (about.value, about.total, about.about, about.observed) == (
        Decimal("17.34"),
        Decimal("31.52"),
        True,
        read_date("2024-07"),
    )
    assert rows["2024-W35", None].cells().keys() == {(Stage.PAID, Measure.HOUSEHOLDS)}

    assert [row.rate for row in history.money] == [row.rate for row in first if isinstance(row, DisbursementRow)]
    assert [(row.funding, row.rate.value, row.rate.total, row.closes) for row in history.money] == [
        (None, Decimal(490_100_000_000), Decimal(1_288_123_000_000), date(2025, 1, 31)),
        (Funding.LOCAL_BUDGET, Decimal(100_000_000), None, date(2025, 1, 31)),
    ]
    assert history.money[1].rate.kind is TotalKind.IMPLIED
    assert history.money[1].observed == read_date("2024-10")


def test_every_figure_keeps_its_source_and_whether_it_is_stale(where: Where, folder: Path) -> None:
    rows = (
        told(land("1/2 ha"), "báo-cáo"),
        told(land("3/4 km"), "báo-cáo", stale=True),
        told(land("5/6 hộ", stage=Stage.PAID), 'báo "Lạng Sơn"', stale=True),
        told(land("7/8 thửa", stage=Stage.PAID), "báo-cáo"),
        told(land("1/2 ha", section="a"), "quyết-định"),
        told(money("1/2 tỷ đồng"), "kho-bạc", stale=True),
        told(money("1/2 tỷ đồng", funding=Funding.ODA), "báo-cáo"),
    )
    keep(folder, snapshot("2024-08-31", *rows))
    bring_up(where, folder)
    with open_index(where) as index:
        history = index.history("ql4b")
    assert {
        (row.section, cell.measure): (cell.source, cell.stale) for row in history.land for cell in row.cells().values()
    } == {
        (None, Measure.AREA): ("báo-cáo", False),
        (None, Measure.LENGTH): ("báo-cáo", True),
        (None, Measure.HOUSEHOLDS): ('báo "Lạng Sơn"', True),
        (None, Measure.PARCELS): ("báo-cáo", False),
        ("a", Measure.AREA): ("quyết-định", False),
    }
    assert {row.funding: (row.source, row.stale) for row in history.money} == {
        None: ("kho-bạc", True),
        Funding.ODA: ("báo-cáo", False),
    }
    found = json.loads(index_tables.history_json(history))
    assert [(row["measure"], row["source"], row["stale"]) for row in found["clearance"] if row["section"] is None] == [
        ("households", 'báo "Lạng Sơn"', True),
        ("parcels", "báo-cáo", False),
        ("area", "báo-cáo", False),
        ("length", "báo-cáo", True),
    ]
    assert [(row["funding"], row["source"], row["stale"]) for row in found["disbursement"]] == [
        (None, "kho-bạc", True),
        ("oda", "báo-cáo", False),
    ]
    lines = list(csv.DictReader(io.StringIO(as_csv(index_tables.history_rows(history)))))
    assert [line["source"] for line in lines if line["stale"] == "true"] == ['báo "Lạng Sơn"', "báo-cáo", "kho-bạc"]
    text = shown(index_tables.history_table(history, "vi"))
    assert text.count("Nguồn") == 2  # the head of each table; not of its first column, which is of capital
    (stale,) = [line for line in text.splitlines() if "5/6 hộ" in line]
    assert 'báo "Lạng Sơn"' in stale
    assert "15/8/2024 (cũ)" in stale


AMOUNTS = [
    "0.1",
    "0.0001",
    "0.00001",
    "-0.3",
    "366.55",
    "123456789012.123456",
    "922337203685477.5807",
    "922337203685477.5808",
    "999999999999999999",
    "0.000000000000000001",
]


@pytest.mark.parametrize("amount", AMOUNTS)
def test_an_amount_is_exact_in_the_database(where: Where, folder: Path, amount: str) -> None:
    """Also where it has more digits than a float, or than SQLite's integer of ten-thousandths."""
    figure = land("1/2 ha")
    exact = replace(figure, rate=replace(figure.rate, value=Decimal(amount), total=Decimal("1e18")))
    keep(folder, snapshot("2024-08-31", exact))
    bring_up(where, folder)
    assert [Decimal(found) for found in figures(where, folder)["2024-W35"]] == [Decimal(amount)]


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**18), max_value=10**18))
def test_every_decimal_has_one_spelling_and_comes_back(value: Decimal) -> None:
    stored = written_amount(value, "sqlite")
    assert isinstance(stored, int | str)
    assert read_amount(stored) == value
    assert written_amount(Decimal(f"{value:f}" + ("0" if "." in f"{value:f}" else ".0")), "sqlite") == stored


# --- kept up with the folder ---------------------------------------------------------------------------------------


def test_bringing_up_again_does_nothing(where: Where, folder: Path) -> None:
    keep(folder, snapshot("2024-08-31", land("1/2 ha")))
    assert bring_up(where, folder) == (["2024-W35"], [], [])
    assert bring_up(where, folder) == ([], [], [])
    keep(folder, snapshot("2024-09-07", land("2/2 ha")))
    assert bring_up(where, folder) == (["2024-W36"], [], [])
    assert figures(where, folder) == {"2024-W35": ["1"], "2024-W36": ["2"]}


def test_a_week_holds_its_newest_snapshot_in_whatever_order_they_came(where: Where, tmp_path: Path) -> None:
    """Newest by its date first, then by when it was taken."""
    of_friday = snapshot("2024-08-30", land("1/9 ha"), taken=TAKEN.replace(hour=20))
    saturday = snapshot("2024-08-31", land("2/9 ha"))
    corrected = snapshot("2024-08-31", land("3/9 ha"), taken=TAKEN.replace(hour=9))
    for number, order in enumerate(permutations([of_friday, saturday, corrected])):
        folder = tmp_path / f"{number}" / "snapshots"
        folder.parent.mkdir()
        paths = {}
        for one in order:
            (paths[one.taken],) = keep(folder, one)
            bring_up(where, folder)
        assert figures(where, folder) == {"2024-W35": ["3"]}, number
        assert bring_up(where, folder) == ([], [], [])
        paths[corrected.taken].unlink()  # the one that it outranked was read before, and counts again
        stays = "://" in where  # on a server it may be another folder's
        assert bring_up(where, folder) == ([] if stays else ["2024-W35"], [], [])
        assert figures(where, folder) == {"2024-W35": ["3" if stays else "2"]}, number


def test_what_is_gone_from_the_folder_goes_from_the_index(where: Where, folder: Path) -> None:
    older, newer, other = keep(
        folder,
        snapshot("2024-08-30", land("1/9 ha")),
        snapshot("2024-08-31", land("2/9 ha"), money("1/2 tỷ đồng")),
        snapshot("2024-09-07", land("3/9 ha")),
    )
    bring_up(where, folder)
    newer.unlink()
    other.unlink()
    stays = "://" in where  # on a server the newer one may be another folder's
    assert bring_up(where, folder) == ([] if stays else ["2024-W35"], ["2024-W36"], [])
    assert figures(where, folder) == {"2024-W35": ["2" if stays else "1"]}
    with open_index(where) as index:
        assert len(index.history("ql4b").money) == stays
    older.unlink()
    assert bring_up(where, folder) == ([], ["2024-W35"], [])
    assert figures(where, folder) == {}


def test_a_late_writer_puts_no_older_snapshot_over_a_newer(where: Where, folder: Path) -> None:
    """Two run at once: one has read the folder before a newer file came, and writes after the other."""
    late = snapshot("2024-08-31", land("1/9 ha"))
    newer = snapshot("2024-08-31", land("2/9 ha"), taken=TAKEN.replace(hour=9))
    (seen,) = keep(folder, late)
    dialect = "postgresql" if "://" in where else "sqlite"
    file, digest = f"{seen.parent.name}/{seen.name}", seen.stem.rpartition("-")[2]
    held = Held(Week(2024, 35), digest, late.as_of, late.taken, file)
    data = rows(late, dialect, seen)
    (came,) = keep(folder, newer)
    assert bring_up(where, folder) == (["2024-W35"], [], [])
    with open_index(where) as index:
        assert index.keep(folder, held, data) is False
    assert figures(where, folder) == {"2024-W35": ["2"]}
    came.unlink()  # nothing newer is there any more; on a server it may be in another folder
    stays = "://" in where
    with open_index(where) as index:
        assert index.keep(folder, held, data) is not stays
        assert index.keep(folder, held, data) is False
    assert figures(where, folder) == {"2024-W35": ["2" if stays else "1"]}


def test_a_damaged_file_is_passed_over_and_told(where: Where, folder: Path) -> None:
    _, damaged = keep(folder, snapshot("2024-08-30", land("1/9 ha")), snapshot("2024-08-31", land("2/9 ha")))
    damaged.write_bytes(damaged.read_bytes()[:-100])
    keep(folder, snapshot("2024-09-07", land("3/9 ha")))
    written, removed, faults = bring_up(where, folder)
    assert (written, removed) == (["2024-W35", "2024-W36"], [])
    assert [damaged.name in fault.write(lang) for fault in faults for lang in LANGS] == [True, True]
    assert figures(where, folder) == {"2024-W35": ["1"], "2024-W36": ["3"]}


@pytest.mark.parametrize(
    "rows",
    [
        (land("1/2 ha"), land("1/3 ha")),
        (replace(land("1/2 ha"), measure=Measure.MONEY),),
        (replace(land("1/2 ha"), project="ql\x1b[2J4b", measure=Measure.MONEY),),
        (replace(land("1/2 ha"), project="ql\0004b"),),
        (replace(land("1/2 ha"), project="ql\ud8004b"),),
        (told(land("1/2 ha"), "báo\0cáo"),),
        (told(land("1/2 ha"), "báo\ud800cáo"), told(land("1/2 km"), "báo-cáo")),
        (told(money("1/2 tỷ đồng"), "báo\0cáo"),),
        (replace(money("1/2 tỷ đồng"), plan_year=10**30),),
        (replace(land("1/2 ha"), rate=replace(land("1/2 ha").rate, value=Decimal("1" * 101))),),
        (replace(land("1/2 ha"), rate=replace(land("1/2 ha").rate, total=Decimal("1e-300"))),),
        (replace(land("1/2 ha"), rate=replace(land("1/2 ha").rate, total=Decimal(0))),),
        (replace(money("1/2 tỷ đồng"), rate=replace(money("1/2 tỷ đồng").rate, total=Decimal(0))),),
        (replace(land("1 ha, đạt 5%"), rate=replace(land("1 ha, đạt 5%").rate, value=Decimal(0))),),
    ],
    ids=[
        "twice",
        "no such measure",
        "a command to the terminal",
        "NUL",
        "half a letter",
        "NUL in a source",
        "half a letter in a source",
        "NUL in a source of money",
        "no such year",
        "101 digits",
        "300 decimals",
        "of nothing",
        "money of nothing",
        "a contradiction",
    ],
)
def test_what_no_index_can_hold_is_passed_over_and_told(
    where: Where, folder: Path, rows: tuple[ClearanceRow | DisbursementRow, ...]
) -> None:
    (bad, _) = hand_made(folder, snapshot("2024-08-31", *rows), snapshot("2024-09-07", land("3/9 ha")))
    written, _, (fault,) = bring_up(where, folder)
    assert written == ["2024-W36"]
    for lang in LANGS:
        said = fault.write(lang)
        assert bad.name in said
        assert said.isprintable()


FIRST_MOMENT = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
LAST_MOMENT = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12)))


@pytest.mark.parametrize("taken", [FIRST_MOMENT, LAST_MOMENT], ids=["first", "last"])
def test_a_time_that_no_calendar_has_in_utc_is_passed_over(where: Where, folder: Path, taken: datetime) -> None:
    (bad, _) = hand_made(
        folder, snapshot("2024-08-31", land("1/2 ha"), taken=taken), snapshot("2024-09-07", land("3/9 ha"))
    )
    written, _, (fault,) = bring_up(where, folder)
    assert written == ["2024-W36"]
    assert all(bad.name in fault.write(lang) for lang in LANGS)


def test_a_number_of_a_million_digits_is_passed_over(where: Where, folder: Path) -> None:
    (small,) = keep(folder, snapshot("2024-08-31", land("1/2 ha")))
    data = small.read_bytes().replace(b'"value": "1"', b'"value": "' + b"1" * 10**6 + b'"')
    small.unlink()
    bad = small.with_name(f"2024-08-31-{hashlib.sha256(data).hexdigest()[:16]}.json")
    bad.write_bytes(data)
    keep(folder, snapshot("2024-09-07", land("3/9 ha")))
    written, _, (fault,) = bring_up(where, folder)
    assert written == ["2024-W36"]
    for lang in LANGS:
        said = fault.write(lang)
        assert bad.name in said
        assert len(said) < 1000


def test_hostile_texts_are_only_texts(where: Where, folder: Path) -> None:
    name = "'; DROP TABLE progress; --%s%(a)s:project{x}"
    keep(folder, snapshot("2024-08-31", replace(land("1/2 ha"), project=name), title="[red]=1+1[/red]\\"))
    bring_up(where, folder)
    with open_index(where) as index:
        history = index.history(name)
    assert history.title.vi == "[red]=1+1[/red]\\"
    assert len(history.land) == 1
    assert "[red]=1+1[/red]\\" in shown(index_tables.history_table(history, "vi"))


# --- changes of a week ---------------------------------------------------------------------------------------------


def test_changes_are_exact_and_only_what_differs(where: Where, folder: Path) -> None:
    before = (
        land("0,1/0,7 ha", section="a"),
        land("5/8 km", section="a"),
        land("6/8 km", section="c"),
        land("3 hộ", section="a", stage=Stage.PAID),
        land("4 ha, đạt 50%", section="b"),
        land("7/9 ha", section="gone"),
        money("100/300 triệu đồng"),
        money("5/6 tỷ đồng", year=2023),
    )
    after = (
        land("0,3/0,7 ha", "2024-09-01", "a"),
        land("5/8 km", "2024-09-05", "a"),  # published again: no change
        land("6/9 km", section="c"),  # only the total
        land("khoảng 3 hộ", section="a", stage=Stage.PAID),
        land("4 ha, đạt 51%", section="b"),
        land("1/9 ha", section="new"),
        money("250/300 triệu đồng"),
        money("2/3 tỷ đồng", funding=Funding.ODA),
    )
    keep(folder, snapshot("2024-08-31", *before), snapshot("2024-09-07", *after))
    bring_up(where, folder)
    with open_index(where) as index:
        changes = index.changes()
    assert (changes.before.week, changes.after.week) == (Week(2024, 35), Week(2024, 36))
    assert changed(changes) == {
        ("ql4b", "a", "handed_over area"): ("0.1", "0.3", Decimal("0.2")),
        ("ql4b", "a", "paid households"): ("3", "3", Decimal(0)),
        ("ql4b", "b", "handed_over area"): ("4", "4", Decimal(0)),
        ("ql4b", "c", "handed_over length"): ("6", "6", Decimal(0)),
        ("ql4b", "gone", "handed_over area"): ("7", None, None),
        ("ql4b", "new", "handed_over area"): (None, "1", None),
    }
    assert [
        (row.row.plan_year, row.row.funding, row.before is None, row.after is None, row.difference)
        for row in changes.money
    ] == [
        (2023, None, False, True, None),
        (2024, None, False, False, Decimal(150_000_000)),
        (2024, Funding.ODA, True, False, None),
    ]


def test_a_corrected_percentage_is_a_change(where: Where, folder: Path) -> None:
    """As ``compare`` has it: beside a printed total by its number, where it implies the total also by its decimals."""
    before = (
        land("366,55/640,28 ha, đạt 57,24%", section="corrected"),
        land("366,55/640,28 ha, đạt 57,20%", section="same"),
        land("366,55/640,28 ha", section="added"),
        land("3 ha, đạt 38,0%", section="decimals"),
        land("3 ha, đạt 38%", section="kept"),
        money("490,1/1.288,123 tỷ đồng, đạt 38,0%"),
        money("490,1/1.288,123 tỷ đồng, đạt 38,0%", funding=Funding.ODA),
        money("5 tỷ đồng, đạt 38,0%", funding=Funding.LOCAL_BUDGET),
    )
    after = (
        land("366,55/640,28 ha, đạt 57,25%", section="corrected"),
        land("366,55/640,28 ha, đạt 57,2%", section="same"),
        land("366,55/640,28 ha, đạt 57,2%", section="added"),
        land("3 ha, đạt 38%", section="decimals"),
        told(land("3 ha, đạt 38%", "2024-09-01", section="kept"), "báo khác", stale=True),
        money("490,1/1.288,123 tỷ đồng, đạt 38%"),
        money("490,1/1.288,123 tỷ đồng, đạt 38,1%", funding=Funding.ODA),
        money("5 tỷ đồng, đạt 38%", funding=Funding.LOCAL_BUDGET),
    )
    old, new = snapshot("2024-08-31", *before), snapshot("2024-09-07", *after)
    keep(folder, old, new)
    bring_up(where, folder)
    with open_index(where) as index:
        changes = index.changes()
    assert {key[1] for key in changed(changes)} == {"corrected", "added", "decimals"}
    assert len(changes.land) == 3  # no row without a figure in it
    assert {row.row.funding for row in changes.money} == {Funding.ODA, Funding.LOCAL_BUDGET}
    found = compare(old, new)
    # Of what compare lists that has another figure; it also lists a figure of another date or source.
    assert {row.row.section for row in found.clearance} - {"kept"} == {"corrected", "added", "decimals"}
    assert {row.row.funding for row in found.disbursement} == {Funding.ODA, Funding.LOCAL_BUDGET}
    sides = {row["section"]: row for row in json.loads(index_tables.changes_json(changes))["clearance"]}
    assert [sides["corrected"][side]["stated_percent"] for side in ("before", "after")] == [57.24, 57.25]
    text = shown(index_tables.changes_table(changes, "vi"))
    assert "57,25% (công bố 57,24%)" in text


def test_the_week_before_is_the_newest_earlier_one_that_is_held(where: Where, folder: Path) -> None:
    days = {"2024-12-20": "1/9 ha", "2025-01-03": "2/9 ha", "2025-03-07": "4/9 ha"}
    keep(folder, *(snapshot(day, land(figure)) for day, figure in days.items()))
    bring_up(where, folder)
    with open_index(where) as index:

        def difference(*weeks: Week) -> Decimal | None:
            (found,) = changed(index.changes(*weeks)).values()
            return found[2]

        assert difference() == 2
        assert difference(Week(2025, 1)) == 1
        assert difference(Week(2025, 10), Week(2024, 51)) == 3
        for asked, key in (
            ((Week(2024, 51),), "nothing_before"),
            ((Week(2025, 1), Week(2025, 10)), "nothing_before"),
            ((Week(2025, 2),), "no_week"),
            ((Week(2025, 10), Week(2025, 2)), "no_week"),
        ):
            with pytest.raises(IndexFault) as caught:
                index.changes(*asked)
            assert caught.value.key == key
        # Names are called similar only where they are.
        for asked_for, key in (("ql4", "near_project"), ("khongco", "unknown_project")):
            with pytest.raises(IndexFault, match="ql4b") as caught:
                index.history(asked_for)
            assert caught.value.key == key


def test_an_empty_index_says_what_to_do(where: Where, folder: Path) -> None:
    assert bring_up(where, folder) == ([], [], [])
    with open_index(where) as index:
        for ask in (index.changes, lambda: index.history("ql4b")):
            with pytest.raises(IndexFault, match="lsinfra snapshot take"):
                ask()


FIGURES = st.dictionaries(
    st.tuples(st.sampled_from(["", "a", "b"]), st.sampled_from(CELLS)),
    st.tuples(
        st.decimals(0, 1000, places=2), st.none() | st.decimals(1001, 2000, places=2), st.sampled_from(["01", "02"])
    ),
    max_size=12,
)


@settings(max_examples=25)
@given(FIGURES, FIGURES)
def test_changes_are_those_of_the_figures(
    before: dict[tuple[str, tuple[Stage, Measure]], tuple[Decimal, Decimal | None, str]],
    after: dict[tuple[str, tuple[Stage, Measure]], tuple[Decimal, Decimal | None, str]],
) -> None:
    def rows(
        figures: dict[tuple[str, tuple[Stage, Measure]], tuple[Decimal, Decimal | None, str]],
    ) -> list[ClearanceRow]:
        plain = land("1 ha")
        return [
            replace(
                plain,
                section=section or None,
                stage=stage,
                measure=measure,
                rate=rate(replace(read_figure("1 ha"), value=value, total=total)),
                dating=dating(f"2024-08-{day}"),
            )
            for (section, (stage, measure)), (value, total, day) in figures.items()
        ]

    expected = {
        (key[0] or None, *key[1]): (before.get(key), after.get(key))
        for key in before.keys() | after.keys()
        if before.get(key, (None, None))[:2] != after.get(key, (None, None))[:2]
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "snapshots"
        keep(folder, snapshot("2024-08-31", *rows(before)), snapshot("2024-09-07", *rows(after)))
        with open_index(Path(name) / "index.sqlite") as index:
            index.bring_up(folder)
            changes = index.changes()
    found = {
        (row.section, one.stage, one.measure): tuple(
            side and (side.value, side.total, f"{side.observed.day:02}") for side in (one.before, one.after)
        )
        for row in changes.land
        for one in row.cells()
    }
    assert found == expected


def test_questions_read_only_what_they_ask_about(folder: Path, tmp_path: Path) -> None:
    """A project's weeks are seeks, two weeks are two stretches: SQLite must never go through the whole index."""
    with open_index(tmp_path / "index.sqlite") as index, index.link.reading() as connection:
        for question, sought in (
            (land_of_project("sqlite"), ["week=? AND project=?"]),
            (land_differing("sqlite"), ["week=?", "week=? AND project=? AND section=?"]),
        ):
            text = str(question.compile(dialect=sqlite.dialect())).replace("(__[POSTCOMPILE_weeks])", "(?, ?)")
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", ("x",) * text.count("?")).all()
            steps = [str(row[-1]) for row in plan]
            assert [f"({one})" in step for one, step in zip(sought, steps, strict=True)] == [True] * len(sought), steps


# --- nobody's file is harmed ---------------------------------------------------------------------------------------


def other_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE payroll (name TEXT)")
    connection.close()


def of_version(version: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        open_index(path).close()
        connection = sqlite3.connect(path)
        connection.execute("DROP TABLE progress")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.close()

    return make


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda path: path.write_text("Kính gửi…", encoding="utf-8"), "foreign"),
        (other_database, "foreign"),
        (of_version(99), "newer"),
        (lambda path: path.mkdir(), "unreadable"),
    ],
    ids=["a letter", "a database", "newer", "a folder"],
)
def test_what_is_no_index_of_ours_is_left_as_it_is(tmp_path: Path, make: Callable[[Path], None], key: str) -> None:
    path = tmp_path / "index.sqlite"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(RunError) as caught:
        open_index(path)
    assert caught.value.key == key
    assert str(path) in caught.value.write("vi")
    assert (path.read_bytes() if path.is_file() else None) == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("make", [lambda path: path.touch(), of_version(0)], ids=["empty", "older"])
def test_an_empty_file_or_an_older_index_is_filled(tmp_path: Path, folder: Path, make: Callable[[Path], None]) -> None:
    keep(folder, snapshot("2024-08-31", land("1/2 ha")))
    make(tmp_path / "index.sqlite")
    assert bring_up(str(tmp_path / "index.sqlite"), folder) == (["2024-W35"], [], [])


def test_a_damaged_index_is_said_to_be_and_may_be_deleted(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "index.sqlite"
    keep(folder, *(snapshot(f"2024-08-{day}", land("1/2 ha")) for day in (10, 17, 24)))
    bring_up(str(path), folder)
    whole = path.read_bytes()
    path.write_bytes(whole[:16384] + b"\xff" * (len(whole) - 16384))
    with pytest.raises(IndexFault) as caught:
        bring_up(str(path), folder)
    assert caught.value.key == "damaged"
    path.unlink()
    assert bring_up(str(path), folder)[0] == ["2024-W32", "2024-W33", "2024-W34"]


def test_no_folder_for_the_index_is_said(tmp_path: Path) -> None:
    """A snapshot makes the folder of the snapshots, and no other."""
    with pytest.raises(IndexFault, match="lsinfra snapshot take"):
        open_index(tmp_path / "snapshots" / "index.sqlite")
    for path in (
        tmp_path / "nowhere" / "index.sqlite",
        tmp_path / "snapshots" / "other.sqlite",
        tmp_path / "nowhere" / "snapshots" / "index.sqlite",
    ):
        with pytest.raises(IndexFault) as caught:
            open_index(path)
        for lang, words in zip(LANGS, ("Không có thư mục", "does not exist"), strict=True):
            said = caught.value.write(lang)
            assert words in said
            assert str(path.parent) in said
            assert "snapshot take" not in said


def test_a_schema_of_somebody_else_is_left_as_it_is(postgres: Server) -> None:
    import psycopg

    url = postgres.cleared()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        connection.execute(f"CREATE TABLE {SCHEMA}.week (day date)")
        with pytest.raises(IndexFault) as caught:
            open_index(url)
        assert caught.value.key == "foreign_schema"
        assert connection.execute(f"SELECT count(*) FROM {SCHEMA}.week").fetchone() == (0,)
        (tables,) = (
            connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = %s", [SCHEMA]).fetchone() or ()
        )
        assert tables == 1


# --- the server's troubles -----------------------------------------------------------------------------------------


def test_no_message_holds_the_password(postgres: Server) -> None:
    secret = "Mật khẩu@của:tôi/%"
    wrong = postgres.url(password=secret)
    nobody = postgres.url(password=secret, port=free_port())
    in_options = (
        nobody.replace("://", "://x@").split("@")[0]
        + f"@127.0.0.1:{free_port()}/d?password=Bi-mat-2&sslpassword=Bi-mat-3"
    )
    broken = f"postgresql://u:{'Bi-mat-2'}@127.0.0.1:port/d"
    odd = nobody.replace("://", "://x@").split("@")[0] + f"@127.0.0.1:{free_port()}/d?nix=1&password=Bi-mat-4"
    for url, key in (
        (wrong, "server"),
        (nobody, "server"),
        (in_options, "server"),
        (odd, "server_says"),
        (broken, "bad_url"),
        ("host=localhost dbname=d password=Bi-mat-2", "bad_url"),
    ):
        with pytest.raises(IndexFault) as caught:
            open_index(url)
        assert caught.value.key == key
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
        for lang in LANGS:
            said = caught.value.write(lang)
            assert "\n" not in said
            for part in ("khẩu@", "kh%E1%BA%A9u", "của:tôi", "Bi-mat"):
                assert part not in said


def test_another_database_and_a_missing_driver_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IndexFault, match="“mysql”"):
        open_index("mysql://somebody@example.org/db")
    with pytest.raises(IndexFault, match=r"give its path, for example --index x\.db"):
        open_index("sqlite:///x.db")
    with pytest.raises(IndexFault, match=r"give its path, for example --index index\.sqlite"):
        open_index("sqlite://")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(RunError) as caught:
        open_index("postgresql://somebody@127.0.0.1/db")
    assert 'pip install "psycopg[binary]"' in caught.value.write("vi")


def test_a_server_that_refuses_is_told_in_our_words(postgres: Server) -> None:
    import psycopg

    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'")
        connection.execute("CREATE ROLE nobody PASSWORD 'nobody'")
        connection.execute("CREATE DATABASE closed")
        connection.execute("REVOKE CONNECT ON DATABASE closed FROM PUBLIC")

    def as_user(name: str, database: str) -> str:
        return f"postgresql://{name}:{name}@127.0.0.1:{postgres.port}/{database}"

    ours = postgres.cleared()
    open_index(ours).close()
    reasons = {
        "không kết nối được đến máy chủ": [postgres.url(port=free_port())],
        "không tìm thấy máy chủ": ["postgresql://x:y@server.invalid/d"],
        "sai tên người dùng hoặc mật khẩu": [postgres.url(password="x"), postgres.url().replace(":m%E1", ":n%E1")],
        "máy chủ không có cơ sở dữ liệu này": [postgres.url("nothing")],
        "không có quyền cần thiết": [
            as_user("guest", "postgres"),  # by its SQLSTATE: a schema may not be made
            as_user("guest", ours.rpartition("/")[2]),
            as_user("guest", "closed"),
            as_user("nobody", "postgres"),
        ],
    }
    for reason, urls in reasons.items():
        for url in urls:
            with pytest.raises(IndexFault) as caught:
                open_index(url)
            said = caught.value.write("vi")
            assert reason in said
            for foreign in ("failed", "connection", "denied", "exist"):
                assert foreign not in said
    # What has no words of ours is quoted as such.
    with pytest.raises(IndexFault) as caught:
        open_index(postgres.url() + "?sslmode=require")
    assert "[connection failed: " in caught.value.write("vi")
    assert caught.value.write("vi").count("]") == 1


def test_both_spellings_of_the_address_are_one_index(postgres: Server, folder: Path) -> None:
    keep(folder, snapshot("2024-08-31", land("1/2 ha")))
    url = postgres.cleared()
    bring_up(url, folder)
    assert figures(url.replace("postgresql://", "postgres://"), folder) == {"2024-W35": ["1"]}


# --- what is shown -------------------------------------------------------------------------------------------------


def shown(tables: Sequence[object]) -> str:
    console = Console(width=240, record=True, file=io.StringIO())
    for table in tables:
        console.print(table)
    return console.export_text()


@pytest.fixture
def story(tmp_path: Path, folder: Path) -> Path:
    """An index of three weeks: the land stays one week, then grows; money comes last."""
    keep(
        folder,
        snapshot("2024-08-31", land("37,07 ha, đạt 75,12%", section="loc-binh")),
        snapshot("2024-09-07", land("37,07 ha, đạt 75,12%", section="loc-binh")),
        snapshot("2024-09-14", land("40/49,35 ha", "2024-09-10", "loc-binh"), money("1/2 tỷ đồng")),
    )
    bring_up(str(tmp_path / "index.sqlite"), folder)
    return tmp_path / "index.sqlite"


def test_history_is_told_in_three_forms(story: Path) -> None:
    with open_index(story) as index:
        history = index.history("ql4b")
    found = json.loads(index_tables.history_json(history))
    assert found["schema"] == "lsinfra.history/1"
    assert [week["week"] for week in found["weeks"]] == ["2024-W35", "2024-W36", "2024-W37"]
    first, _, last = found["clearance"]
    assert (first["value"], first["total"], first["total_kind"]) == (37.07, None, "implied")
    # 37.07 ÷ 75.125 % = 49.3444… and 37.07 ÷ 75.115 % = 49.3509…, outwards
    assert (first["total_low"], first["total_high"], first["share"]) == (49.344, 49.351, 0.7512)
    assert (last["week"], last["value"], last["total"], last["observed"]) == ("2024-W37", 40, 49.35, "2024-09-10")
    assert [(row["week"], row["value_vnd"], row["plan_vnd"]) for row in found["disbursement"]] == [
        ("2024-W37", 10**9, 2 * 10**9)
    ]
    rows = list(csv.DictReader(io.StringIO(as_csv(index_tables.history_rows(history)))))
    assert [(row["kind"], row["week"], row["value"] or row["value_vnd"]) for row in rows] == [
        ("clearance", "2024-W35", "37.07"),
        ("clearance", "2024-W36", "37.07"),
        ("clearance", "2024-W37", "40"),
        ("disbursement", "2024-W37", "1000000000"),
    ]
    text = shown(index_tables.history_table(history, "vi"))
    (stayed,) = [line for line in text.splitlines() if "37,07 ha" in line]
    assert "tuần 35/2024 – tuần 36/2024" in stayed
    assert "2 tuần " in stayed
    assert "75,12%" in stayed
    assert "báo-cáo" in stayed


def test_a_span_does_not_reach_over_a_week_without_the_figure(tmp_path: Path, folder: Path) -> None:
    keep(
        folder,
        snapshot("2024-08-31", land("1/2 ha")),
        snapshot("2024-09-07", land("5 hộ")),
        snapshot("2024-09-14", land("1/2 ha")),
    )
    bring_up(str(tmp_path / "index.sqlite"), folder)
    with open_index(tmp_path / "index.sqlite") as index:
        text = shown(index_tables.history_table(index.history("ql4b"), "en"))
    assert [line.count("week ") for line in text.splitlines() if "1 of 2 ha" in line] == [1, 1]


def test_a_figure_of_another_source_or_gone_stale_is_another_line(tmp_path: Path, folder: Path) -> None:
    same = told(land("1/2 ha"), "quyết-định")
    keep(
        folder,
        snapshot("2024-08-31", land("1/2 ha"), money("1/2 tỷ đồng")),
        snapshot("2024-09-07", same, money("1/2 tỷ đồng")),
        snapshot("2025-09-06", told(same, "quyết-định", stale=True), told(money("1/2 tỷ đồng"), "báo-cáo", stale=True)),
        snapshot("2025-09-13", told(same, "quyết-định", stale=True), told(money("1/2 tỷ đồng"), "báo-cáo", stale=True)),
    )
    bring_up(str(tmp_path / "index.sqlite"), folder)
    with open_index(tmp_path / "index.sqlite") as index:
        text = shown(index_tables.history_table(index.history("ql4b"), "en"))
        none = index.changes(Week(2025, 36), Week(2024, 35))
    lines = [line for line in text.splitlines() if "1 of 2 " in line]
    assert [("quyết-định" in line, "(stale)" in line, "  2  " in line) for line in lines] == [
        (False, False, False),
        (True, False, False),
        (True, True, True),
        (False, False, True),
        (False, True, True),
    ]
    assert (none.land, none.money) == ((), ())


def test_changes_are_told_in_three_forms(story: Path) -> None:
    with open_index(story) as index:
        changes, none = index.changes(), index.changes(Week(2024, 36))
    found = json.loads(index_tables.changes_json(changes))
    assert (found["schema"], found["from"]["week"], found["to"]["week"]) == (
        "lsinfra.week_changes/1",
        "2024-W36",
        "2024-W37",
    )
    (row,) = found["clearance"]
    assert (row["section"], row["stage"], row["measure"], row["difference"]) == (
        "loc-binh",
        "handed_over",
        "area",
        2.93,
    )
    assert (row["before"]["value"], row["before"]["stated_percent"], row["after"]["total"]) == (37.07, 75.12, 49.35)
    (paid,) = found["disbursement"]
    assert (paid["before"], paid["after"]["value_vnd"], paid["difference_vnd"]) == (None, 10**9, None)
    rows = list(csv.DictReader(io.StringIO(as_csv(index_tables.changes_rows(changes)))))
    assert [(row["kind"], row["from"], row["before_value"], row["after_value"], row["difference"]) for row in rows] == [
        ("clearance", "2024-W36", "37.07", "40", "2.93"),
        ("disbursement", "2024-W36", "", "", ""),
    ]
    assert (row["before"]["source"], row["after"]["source"], row["after"]["stale"]) == ("báo-cáo", "báo-cáo", False)
    assert (paid["after"]["source"], paid["after"]["stale"]) == ("báo-cáo", False)
    assert [(row["before_source"], row["after_source"], row["after_stale"]) for row in rows] == [
        ("báo-cáo", "báo-cáo", "false"),
        ("", "báo-cáo", "false"),
    ]
    text = shown(index_tables.changes_table(changes, "vi"))
    assert text.count("báo-cáo") == 3  # of each figure that there is
    assert "+2,93 ha" in text
    assert "Xã loc-binh" in text
    assert json.loads(index_tables.changes_json(none))["clearance"] == []
    assert "tuần 35/2024" in shown(index_tables.changes_table(none, "vi"))


def test_bringing_up_says_what_it_did(tmp_path: Path, folder: Path) -> None:
    (bad,) = keep(folder, snapshot("2024-08-31", land("1/2 ha")))
    bad.write_bytes(b"{")
    keep(folder, snapshot("2024-09-07", land("1/2 ha")))
    with open_index(tmp_path / "index.sqlite") as index:
        lines = index_tables.brought_lines(index.bring_up(folder), "en")
    assert len(lines) == 2
    assert bad.name in lines[0]
    assert lines[1] == f"Index {tmp_path / 'index.sqlite'}: weeks with a snapshot: 1; written: 1; removed: 0."
