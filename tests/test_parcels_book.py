"""The book's progress with figures computed from a parcel register: which rows, how dated, what stands beside them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyproj
import pytest
import shapely

from lsinfra import portfolio
from lsinfra.codes import Level, TotalKind
from lsinfra.parcels.book import Counted, Joined, join, level_of_sections
from lsinfra.parcels.model import Measured
from lsinfra.portfolio import Portfolio
from lsinfra.progress import measure
from lsinfra.render.tables import progress_table
from lsinfra.snapshots.codec import Unfit
from lsinfra.snapshots.old import read
from lsinfra.units import named_alike
from tests.conftest import Run

REGISTER = "so-thua.parquet"
HECTARE_M2 = 10_000

Row = tuple[str, str | None, str | None, str]
"""Project, unit, stage, hectares."""


def counted(
    *rows: Row,
    units: tuple[str, ...] = ("Lộc Bình", "Đình Lập"),
    lengths: Sequence[tuple[str, float, float, float]] = (),
    day: str = "2024-10-31",
) -> Counted:
    """What the kernel would give: stages are of ``day``; lengths are of project, whole, cleared, unregistered (m)."""
    columns = ["project", "unit", "stage", "area_m2", "parcels", "newest"]
    areas = pd.DataFrame(
        [
            (project, unit, stage, float(Decimal(ha) * HECTARE_M2), 7, pd.Timestamp(day) if stage else pd.NaT)
            for project, unit, stage, ha in rows
        ],
        columns=columns,
    ).astype({"newest": "datetime64[s]"})
    by = ["project", "stage"]
    wholes = areas.groupby(by, dropna=False).agg({"area_m2": "sum", "parcels": "sum", "newest": "max"}).reset_index()
    measured = pd.DataFrame(
        [(project, whole, cleared, whole - cleared - none, none, 0) for project, whole, cleared, none in lengths],
        columns=["project", "length_m", "cleared_m", "uncleared_m", "unregistered_m", "off_route"],
    )
    return Counted(REGISTER, Measured(date.fromisoformat(day), areas, wholes, pd.DataFrame(), measured, 0), units)


def sound(
    *more: Row,
    a: tuple[str, str] = ("1", "3"),
    b: tuple[str, str] = ("2", "4"),
    second: str = "Đình Lập",
    lengths: Sequence[tuple[str, float, float, float]] = (),
) -> Counted:
    """A register in which handed over and paid land of the sections a and b is what ``tests.test_checks`` reports."""
    units = ("Lộc Bình", second)
    rows = [
        ("p", unit, stage, ha)
        for unit, both in zip(units, (a, b), strict=True)
        for stage, ha in zip(("handed_over", "paid"), both, strict=True)
    ]
    return counted(*rows, *more, units=units, lengths=lengths)


SOUND = sound()


# --- joining -------------------------------------------------------------------------------------------------------

BOOK = """\
portfolio: {title: Sổ, stale_after_days: 35}
sources:
  bao-cao: {title: Báo cáo, kind: official, date: 2024-10}
units:
  Lộc Bình: {level: district, until: 2025-06-30}
  Đình Lập: {level: district, until: 2025-06-30}
  Tiên Yên: {level: district, until: 2020-12-31}
projects:
  - id: p
    title: Dự án
    kind: road
    status: implementation
    routes: [r]
    sections:
      - {id: a, unit: Lộc Bình, route: r, from: Km0, to: Km1}
      - {id: b, unit: Đình Lập, route: r, from: Km1, to: Km2}
    clearance:
      - {as_of: 2024-09-30, handed_over: ["3/10 ha", "1/2 km"], source: bao-cao}
      - {as_of: 2024-09-30, section: a, handed_over: "1 ha, đạt 25%", paid: 3/4 ha, source: bao-cao}
  - {id: other, title: Khác, kind: road, status: implementation, clearance: [
      {as_of: 2024-09-30, handed_over: 5/6 ha, source: bao-cao}]}
"""
DAY = date(2024, 10, 31)
LENGTHS = (("p", 2_000.0, 900.0, 200.0),)
CRS, EAST, NORTH, LONG_M = "EPSG:9215", 500_000.0, 2_400_000.0, 2_000.0
TO_DEGREES = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)


def line(route: str = "r", accuracy: str = "survey", **properties: Any) -> dict[str, Any]:
    """A route that runs 2 km north in the metric CRS."""
    ends = [TO_DEGREES.transform(EAST, NORTH + metres) for metres in (0, LONG_M)]
    given = {"route": route, "accuracy": accuracy, "uncertainty_m": 5, "source": "a test"} | properties
    return {"type": "Feature", "properties": given, "geometry": {"type": "LineString", "coordinates": ends}}


def a_book(folder: Path, *lines: dict[str, Any], text: str = BOOK) -> Portfolio:
    (folder / "geodata").mkdir(parents=True, exist_ok=True)
    (folder / "projects.yaml").write_text(text, encoding="utf-8")
    collection = {"type": "FeatureCollection", "features": list(lines or [line()])}
    (folder / "geodata" / "routes.geojson").write_text(json.dumps(collection), encoding="utf-8")
    return portfolio.load(folder)


def joined(book: Portfolio, register: Counted, as_of: date = DAY) -> Joined:
    return join(book, measure(book, as_of), register)


def figures(found: Joined) -> dict[tuple[str, str | None, str, str], tuple[Decimal, Decimal | None]]:
    """Value and total of every row of land."""
    return {
        (row.project, row.section, row.stage.value, row.measure.value): (row.rate.value, row.rate.total)
        for row in found.progress.clearance
    }


def codes(found: Joined) -> list[str]:
    return sorted(one.code for one in found.findings)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Portfolio:
    return a_book(tmp_path_factory.mktemp("sổ"))


def test_computed_figures_take_the_place_of_the_reported_ones_and_no_other(book: Portfolio) -> None:
    found = joined(book, sound(lengths=LENGTHS))
    expected: dict[tuple[str, str | None, str, str], tuple[Decimal, Decimal | None]] = {
        ("p", None, "handed_over", "area"): (Decimal(3), Decimal(10)),
        ("p", None, "handed_over", "length"): (Decimal("0.9"), Decimal(2)),
        ("p", "a", "paid", "area"): (Decimal(3), Decimal(4)),
        ("p", "a", "handed_over", "area"): (Decimal(1), Decimal(4)),
        ("p", "b", "handed_over", "area"): (Decimal(2), Decimal(6)),
        ("other", None, "handed_over", "area"): (Decimal(5), Decimal(6)),
    }
    assert list(figures(found).items()) == list(expected.items())  # in the order that progress has
    told = {(key[1], key[3].value): row and row.rate.value for key, row in found.reported.items()}
    assert told == {(None, "area"): 3, (None, "length"): 1, ("a", "area"): 1, ("b", "area"): None}
    # 0.9 of 2 km is the 1/2 km that was printed, and 1 of 4 ha the 25 %.
    assert codes(found) == ["parcels_unregistered"]


def test_a_computed_figure_has_the_date_and_the_name_of_its_register(book: Portfolio) -> None:
    found = joined(book, sound(("p", None, "inventoried", "0.1")), date(2024, 12, 31))
    row = found.progress.clearance[0]
    assert (row.dating.observed.iso, row.dating.age_days, row.dating.stale) == ("2024-10-31", 61, True)
    assert (row.dating.source, row.dating.where) == (REGISTER, REGISTER)
    assert (row.rate.kind, row.rate.share, row.rate.stated_percent) == (TotalKind.COMPUTED, Fraction(30, 101), None)


def test_a_square_metre_that_is_missing_is_no_hundred_percent(book: Portfolio) -> None:
    found = joined(book, counted(("p", "Lộc Bình", "handed_over", "100"), ("p", "Lộc Bình", "paid", "0.0001")))
    assert found.progress.clearance[0].rate.share == Fraction(1_000_000, 1_000_001)
    assert cells_of(book, found)[0] == ("100,0000/100,0001 ha", "> 99,99%")


def test_a_figure_is_shown_to_the_square_metre_and_the_metre(book: Portfolio) -> None:
    found = joined(book, sound(b=("2.00005", "4"), lengths=(("p", 2_000.4, 899.5, 200.0),)))
    assert [figure for figure, _ in cells_of(book, found)] == [
        *("3,0001/10,0001 ha", "0,900/2,000 km", "3/4 ha", "1,0000/4,0000 ha", "2,0001/6,0001 ha", "5/6 ha"),
    ]


def cells_of(book: Portfolio, found: Joined) -> list[tuple[str, str]]:
    """Figure and share of every row of the table of land."""
    land: Any = progress_table(book.records.projects, found.progress, "vi", found.reported)[0]
    figure, share = (map(str, land.columns[place].cells) for place in (3, 4))
    return list(zip(figure, share, strict=True))


@pytest.mark.parametrize(
    ("register", "differing"),
    [
        (sound(b=("2.4999", "4")), []),  # 3.4999 of 10.4999 ha is the 3/10 ha that was printed
        (sound(b=("2.5", "4")), [None]),  # half up: 4 ha
        (sound(b=("2", "4.5")), [None]),  # 3 of 10.5 ha
        (sound(a=("1", "2.95"), b=("2", "4.05")), []),  # 25.3 % is the 25 % that was printed without a total
        (sound(a=("1", "2.85"), b=("2", "4.15")), []),  # 25.97 % is 25 % where it is cut off
        (sound(a=("1", "3.2"), b=("2", "3.8")), ["a"]),  # 23.8 %
    ],
)
def test_a_figure_differs_in_the_decimals_that_it_was_printed_with(
    book: Portfolio, register: Counted, differing: list[str | None]
) -> None:
    assert [one.section for one in joined(book, register).findings if one.code == "parcels_differ"] == differing


def test_sums_are_of_computed_figures_or_of_reported_ones(book: Portfolio) -> None:
    before = {(one.stage.value, one.measure.value): one for one in measure(book, DAY).sums if one.project == "p"}
    both = {(one.stage.value, one.measure.value): one for one in joined(book, SOUND).progress.sums}
    assert (before["handed_over", "area"].reported, both["handed_over", "area"].reported) == (1, 2)
    added = both["handed_over", "area"].rate
    assert added is not None
    assert (added.value, added.total) == (Decimal(3), Decimal(10))
    assert (added.kind, added.share) == (TotalKind.COMPUTED, Fraction(3, 10))
    assert both["paid", "area"] == before["paid", "area"]
    one = counted(("p", "Đình Lập", "handed_over", "2"), ("p", "Đình Lập", "paid", "4"))
    (left,) = [each for each in joined(book, one).progress.sums if each.stage.value == "handed_over"]
    assert (left.reported, left.sections, left.rate) == (1, 2, None)


def test_a_length_takes_a_survey_of_every_route_drawn_whole(tmp_path: Path) -> None:
    text = BOOK.replace("routes: [r]", "routes: [r, s]")
    surveyed = line("s", "survey")
    for other, computed in ((surveyed, True), (line("s", "schematic"), False), (line("s", partial=True), False)):
        found = joined(a_book(tmp_path, line(), other, text=text), sound(lengths=LENGTHS))
        assert (
            ("p", None, "handed_over", "length") in {(*key[:2], *map(str, key[2:])) for key in found.reported}
        ) is computed
        assert ("parcels_no_length" in codes(found)) is not computed
        # What was reported stays, and is no computed one.
        (length,) = [row for row in found.progress.clearance if row.measure.value == "length"]
        assert length.rate.value == (Decimal("0.9") if computed else 1)


def test_land_outside_the_scope_is_not_of_the_whole_project(tmp_path: Path) -> None:
    text = BOOK.replace("to: Km2}", "to: Km2, in_scope: false}")
    found = joined(a_book(tmp_path, text=text), sound(lengths=LENGTHS))
    assert figures(found)["p", None, "handed_over", "area"] == (Decimal(1), Decimal(4))
    assert figures(found)["p", None, "handed_over", "length"] == (
        Decimal(1),
        Decimal(2),
    )  # the line runs on beyond the scope
    assert figures(found)["p", "b", "handed_over", "area"] == (Decimal(2), Decimal(6))
    beyond = joined(a_book(tmp_path, text=text), counted(("p", "Đình Lập", "handed_over", "2")))
    assert figures(beyond)["p", None, "handed_over", "area"] == (Decimal(3), Decimal(10))  # as reported
    assert codes(beyond) == ["parcels_no_length", "parcels_no_stage", "parcels_none"]


def test_boundaries_are_of_the_level_and_the_time_of_the_sections(book: Portfolio) -> None:
    assert level_of_sections(book, date(2024, 10, 31)) == (Level.DISTRICT, date(2024, 10, 31))
    # Tiên Yên ended before them, but is no unit of a section.
    assert level_of_sections(book, date(2026, 1, 1)) == (Level.DISTRICT, date(2025, 6, 30))


@pytest.mark.parametrize(
    ("written", "name", "level", "same"),
    [
        ("Lộc Bình", "Lộc Bình", None, True),
        ("Huyện LỘC BÌNH", "Lộc Bình", Level.DISTRICT, True),
        ("huyện Lộc Bình", "Lộc Bình", None, False),  # who says that the records' one is a district?
        ("xã Cao Lộc", "Cao Lộc", Level.DISTRICT, False),
        ("Thành phố Lạng Sơn", "TP Lạng Sơn", Level.DISTRICT, True),
        ("Lạng Sơn", "TP Lạng Sơn", Level.DISTRICT, False),
        ("tỉnh Cao Bằng", "Cao Bằng", Level.PROVINCE, True),
        ("xã Hòa Bình", "xã Hoà Bình", Level.COMMUNE, True),
        ("Hòa Bình", "xã Hòa Bình", Level.COMMUNE, False),
    ],
)
def test_a_unit_of_a_file_is_one_of_the_records(written: str, name: str, level: Level | None, *, same: bool) -> None:
    assert named_alike(written, name, level) is same


# --- the command ---------------------------------------------------------------------------------------------------

STAGES = {range(6): "handed_over", range(6, 10): "paid", range(10, 13): "handed_over", range(13, 18): "inventoried"}
"""Of parcels of 0.2 ha, one every 100 m of the road; along its last 200 m there is none."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book, with a register and a file of units beside it."""
    folder = tmp_path_factory.mktemp("sổ và thửa")
    a_book(folder)
    stages = [(number, stage) for numbers, stage in STAGES.items() for number in numbers]
    table = {
        "parcel_id": [f"so-{number}" for number, _ in stages],
        "project": "p",
        "stage": [stage for _, stage in stages],
        "stage_date": [date(2024, 6, 1) if number < 10 else date(2024, 12, 20) for number, _ in stages],
    }
    shapes = [shapely.box(EAST - 10, NORTH + n * 100, EAST + 10, NORTH + n * 100 + 100) for n, _ in stages]
    geopandas.GeoDataFrame(table, geometry=shapes, crs=CRS).to_parquet(folder / REGISTER)
    names = ("Huyện Lộc Bình", "Huyện Đình Lập")
    halves = [shapely.box(EAST - 500, NORTH + n * 1000, EAST + 500, NORTH + n * 1000 + 1000) for n in (0, 1)]
    units = geopandas.GeoDataFrame({"unit": names}, geometry=halves, crs=CRS)
    units.to_file(folder / "units.gpkg", engine="pyogrio")
    return folder


def ask(lsinfra: Callable[..., Run], folder: Path, *more: str) -> Run:
    given = ("--parcels", str(folder / REGISTER), "--units", str(folder / "units.gpkg"))
    return lsinfra("--root", folder, "--today", "2025-01-10", "progress", *given, *more)


def test_units_of_one_name_that_may_be_several_are_said(
    lsinfra: Callable[..., Run], folder: Path, tmp_path: Path
) -> None:
    apart = [shapely.box(EAST - 500, NORTH + at, EAST + 500, NORTH + at + 500) for at in (0, 1000)]
    twice = geopandas.GeoDataFrame({"unit": ["Huyện Lộc Bình"] * 2}, geometry=apart, crs=CRS)
    twice.to_file(tmp_path / "twice.gpkg", engine="pyogrio")
    ran = ask(lsinfra, folder, "--units", str(tmp_path / "twice.gpkg"))
    assert "Đơn vị trùng tên" in ran.stderr


def test_the_json_has_the_reported_figure_beside_the_computed_one(lsinfra: Callable[..., Run], folder: Path) -> None:
    ran = ask(lsinfra, folder, "--format", "json", "--lang", "en")
    # Routes of the book come without a width of their right of way.
    assert (ran.code, ran.stderr.count("\n")) == (0, 1)
    assert "up to 500 m from the line, land handed over up to 50 m" in ran.stderr
    told = json.loads(ran.stdout)
    assert told["as_of"] == "2024-12-20"  # the register is newer than the newest observation
    rows = {(row["project"], row["section"], row["stage"], row["measure"]): row for row in told["clearance"]}
    whole, length = rows["p", None, "handed_over", "area"], rows["p", None, "handed_over", "length"]
    assert (whole["value"], whole["total"], whole["total_kind"], whole["share"]) == (1.8, 3.6, "computed", 0.5)
    assert (whole["observed"], whole["source"], whole["computed"]) == ("2024-12-20", REGISTER, True)
    assert {key.removeprefix("reported_"): whole[key] for key in whole if key.startswith("reported_")} == {
        "value": 3,
        "total": 10,
        "total_low": None,
        "total_high": None,
        "total_kind": "stated",
        "share": 0.3,
        "stated_percent": None,
        "about": False,
        "observed": "2024-09-30",
        "source": "bao-cao",
        "where": "projects.yaml:18:9",
    }
    assert (length["value"], length["total"], length["reported_value"]) == (pytest.approx(0.9), pytest.approx(2), 1)
    a, b = rows["p", "a", "handed_over", "area"], rows["p", "b", "handed_over", "area"]
    assert (a["value"], a["total"], a["observed"], a["unit"]) == (1.2, 2, "2024-06-01", "Lộc Bình")
    assert (b["value"], b["total"], b["reported_value"], b["reported_source"]) == (0.6, 1.6, None, None)
    for key in (("p", "a", "paid", "area"), ("other", None, "handed_over", "area")):
        assert not rows[key]["computed"]
        assert {value for name, value in rows[key].items() if name.startswith("reported_")} == {None}
    messages = {(one["code"], one["section"]): one["message"] for one in told["findings"]}
    assert messages["parcels_differ", None] == (
        "Whole project, land handed over: the parcel register gives 1.8 of 3.6 ha (20 December 2024), the report"
        " 3 of 10 ha (30 September 2024, source “bao-cao”)."
    )
    assert "gives 1.2 of 2 ha (1 June 2024), the report 1 ha (25%) (30" in messages["parcels_differ", "a"]
    assert "0.2 km of the 2 km" in messages["parcels_unregistered", None]


def test_the_table_and_the_rows_have_it_too(lsinfra: Callable[..., Run], folder: Path) -> None:
    table = ask(lsinfra, folder)
    (row,) = [line for line in table.stdout.splitlines() if "1,8000/3,6000 ha" in line]
    assert [part in row for part in ("50,00%", REGISTER, "3/10 ha", "30/9/2024", "bao-cao")] == [True] * 5
    assert "parcels_differ" in table.stdout
    rows = list(csv.DictReader(io.StringIO(ask(lsinfra, folder, "--format", "csv").stdout)))
    (a,) = [row for row in rows if (row["section"], row["stage"]) == ("a", "handed_over")]
    kept = ("value", "total", "computed", "reported_value", "reported_total", "reported_stated_percent")
    assert [a[key] for key in kept] == ["1.2", "2", "true", "1", "", "25"]


def test_a_day_is_told_as_the_register_knows_it(lsinfra: Callable[..., Run], folder: Path) -> None:
    told = json.loads(ask(lsinfra, folder, "--as-of", "2024-10-31", "--format", "json").stdout)
    area = [row for row in told["clearance"] if (row["project"], row["measure"]) == ("p", "area")]
    rows = {(row["section"], row["stage"]): row for row in area}
    assert told["as_of"] == "2024-10-31"
    assert (rows[None, "handed_over"]["value"], rows[None, "handed_over"]["observed"]) == (1.2, "2024-06-01")
    assert ("b", "handed_over") not in rows  # its parcels came to a stage in December: nothing is known, and it is said
    assert [one["section"] for one in told["findings"] if one["code"] == "parcels_no_stage"] == ["b"]
    # Today's register says little of a past day, and that is said; of the newest day it says all it has.
    assert "parcels_later" in [one["code"] for one in told["findings"]]
    assert "parcels_later" in ask(lsinfra, folder, "--as-of", "2024-10-31").stdout
    now = ask(lsinfra, folder)
    assert "parcels_later" not in now.stdout
    assert "Không dò thửa trùng hoặc chồng lấn" in " ".join(now.stdout.split())


def test_without_a_register_nothing_is_said_of_one(lsinfra: Callable[..., Run], folder: Path) -> None:
    ran = lsinfra("--root", folder, "--today", "2025-01-10", "progress", "--format", "json")
    assert ran.code == 0
    assert "computed" not in ran.stdout
    assert "reported_" not in ran.stdout


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--parcels", REGISTER, "--known", "then"), "--known"),
        (("--units", "units.gpkg"), "--parcels"),
        (("--allow", "ten"), "--parcels"),
    ],
)
def test_options_that_do_not_go_together(
    lsinfra: Callable[..., Run], folder: Path, given: tuple[str, ...], said: str
) -> None:
    ran = lsinfra("progress", *given, cwd=folder)
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert said in ran.stderr


def test_computed_figures_are_no_snapshot(lsinfra: Callable[..., Run], folder: Path) -> None:
    told = json.loads(ask(lsinfra, folder, "--format", "json").stdout, parse_float=Decimal)
    with pytest.raises(Unfit) as caught:
        read(told)
    assert (caught.value.key, caught.value.values) == ("computed", {"place": "clearance[0]"})


@pytest.mark.parametrize(
    "given",
    [
        ("progress", "--parcels", REGISTER, "--format", "parquet"),
        ("parcels", "progress", REGISTER, "--format", "parquet"),
        ("parcels", "check", REGISTER, "--format", "parquet"),
        ("parcels", "map", REGISTER, "--project", "p"),
        ("parcels", "import", REGISTER),
    ],
)
def test_no_result_is_written_over_the_register_it_is_made_of(
    lsinfra: Callable[..., Run], folder: Path, given: tuple[str, ...]
) -> None:
    before = (folder / REGISTER).read_bytes()
    ran = lsinfra(*given, "--out", folder / "." / REGISTER, "--lang", "en", cwd=folder)
    assert (ran.code, ran.stderr.count("\n")) == (2, 1)
    assert "is being read" in ran.stderr
    assert (folder / REGISTER).read_bytes() == before
