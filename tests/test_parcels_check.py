"""What ``parcels check`` finds: registers that are broken on purpose, each beside one that just is not."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import geopandas
import jsonschema
import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.affinity
from shapely import LineString, MultiPolygon, Point, Polygon, box

from lsinfra import schemas
from lsinfra.errors import InputError, Severity
from lsinfra.parcels import account, corridor, inspection, kernel, overlaps, results
from lsinfra.parcels.doubts import KINDS, Doubt, Inspection
from lsinfra.parcels.metric import GroundError
from lsinfra.parcels.model import Line, Lines, Units
from lsinfra.parcels.register import open_register
from lsinfra.render import parcel_check_tables as tables
from lsinfra.render.rows import as_csv, as_jsonl, as_parquet
from lsinfra.text import LANGS
from tests.conftest import Run

CRS, DEGREES = "EPSG:9215", "EPSG:4326"
X, Y = 450_000.0, 2_400_000.0  # near Lạng Sơn
WHERE = (106.7688, 21.6953)
"""The same place in WGS84: two hundred metres from what it is without the step from VN-2000."""
TODAY = date(2024, 10, 31)
ROAD = np.array([[X, Y], [X + 1000, Y]])
ALL = Units(("Lộc Bình",), (shapely.to_wkb(box(X - 500, Y - 500, X + 1500, Y + 500)),), CRS)
NONE = Units((), (), CRS)

Frame = geopandas.GeoDataFrame


def square(east: float, north: float = 0.0, wide: float = 20.0, high: float = 20.0) -> Polygon:
    """A parcel that begins so far along the road, and so far to its left."""
    return box(X + east, Y + north, X + east + wide, Y + north + high)


def parcels() -> Frame:
    """Ten sound parcels of one project along a straight road, each 20 m by 20 m, side by side on its left."""
    return geopandas.GeoDataFrame(
        {
            "parcel_id": [f"T{n}" for n in range(1, 11)],
            "project": "ql4b",
            "stage": [None, "inventoried", "approved", "paid", *["handed_over"] * 6],
            "stage_date": [pd.NaT, *pd.to_datetime(["2024-10-31"] * 9)],
            "households": [1.0] * 9 + [np.nan],
            "land_class": "LUC",
        },
        geometry=[square(20 * n) for n in range(10)],
        crs=CRS,
    )


def lines(width_m: float | None = 60.0, project: str = "ql4b", **known: Any) -> Lines:
    return Lines((Line(project, project, ROAD, corridor_m=width_m, **known),), CRS)


def look(
    path: Path,
    frame: Frame,
    *,
    units: Units = ALL,
    along: Lines | None = None,
    known: set[str] | None = frozenset({"ql4b"}),  # type: ignore[assignment]
    width_m: float | None = None,
    rows: int = 100_000,
) -> Inspection:
    """Write a register and look through it."""
    if path.suffix == ".gpkg":
        frame.to_file(path, driver="GPKG")
    else:
        frame.to_parquet(path, row_group_size=rows)
    return inspection.inspect(open_register(path), units, lines() if along is None else along, known, width_m, TODAY)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "register.parquet"


def only(found: Inspection) -> Doubt:
    (doubt,) = found.findings
    return doubt


def rows(doubt: Doubt) -> list[int]:
    return [spot.row for spot in doubt.spots]


def test_nothing_is_found_in_a_sound_register(file: Path) -> None:
    found = look(file, parcels())
    assert (found.register, found.rows, found.projects, found.crs, found.findings) == (file.name, 10, 1, CRS, ())
    assert not found.serious


# --- parcel by parcel ----------------------------------------------------------------------------------------------


def put(row: int, column: str, value: Any) -> Callable[[Frame], None]:
    def change(frame: Frame) -> None:
        frame.loc[row, column] = value

    return change


def shape(row: int, value: shapely.Geometry | None) -> Callable[[Frame], None]:
    def change(frame: Frame) -> None:
        found = frame.geometry.to_numpy().copy()
        found[row] = value
        frame["geometry"] = geopandas.GeoSeries(found, index=frame.index, crs=frame.crs)

    return change


BOWTIE = Polygon([(X, Y), (X + 20, Y + 20), (X + 20, Y), (X, Y + 20)])
SPIKE = Polygon([(X, Y), (X + 20, Y), (X + 20, Y + 20), (X + 20, Y + 25), (X + 20, Y + 20), (X, Y + 20)])
BROKEN: dict[str, tuple[Callable[[Frame], None], str, str | None]] = {
    "no shape": (shape(0, None), "empty", None),
    "an empty shape": (shape(0, Polygon()), "empty", None),
    "no area": (shape(0, Polygon([(X, Y), (X + 20, Y), (X, Y)])), "empty", None),
    "a line": (shape(0, LineString([(X, Y), (X + 5, Y)])), "not_polygon", None),
    "a point": (shape(0, Point(X, Y)), "not_polygon", None),
    "a bowtie": (shape(0, BOWTIE), "invalid", None),
    "a spike": (shape(0, SPIKE), "repairable", None),
    "degrees among metres": (shape(0, box(106.7, 21.6, 106.71, 21.61)), "wrong_crs", None),
    "no project": (put(0, "project", None), "project", None),
    "a project of blanks": (put(0, "project", "  "), "project", None),
    "another project": (put(0, "project", "ql4c"), "unknown_project", "ql4c"),
    "a stage that is none": (put(1, "stage", "Handed_over"), "stage", "Handed_over"),
    "a stage without date": (put(1, "stage_date", pd.NaT), "date", None),
    "a date in the future": (put(1, "stage_date", pd.Timestamp("2024-11-01")), "future", "2024-11-01"),
    "a date without stage": (put(0, "stage_date", pd.Timestamp("2024-10-01")), "day_alone", None),
    "clear": (put(1, "stage", "clear"), "clear", None),
    "no id": (put(0, "parcel_id", None), "no_id", None),
    "fewer than no households": (put(0, "households", -1.0), "households", "-1"),
    "half a household": (put(0, "households", 1.5), "households", "1.5"),
    "less than a square metre": (shape(0, square(0, wide=0.9, high=0.9)), "tiny", None),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_with_one_parcel_is_found(file: Path, name: str) -> None:
    change, code, said = BROKEN[name]
    frame = parcels()
    change(frame)
    found = look(file, frame, along=Lines((*lines().lines, *lines(project="ql4c").lines), CRS))
    doubt = only(found)
    assert (doubt.code, doubt.count, doubt.severity) == (code, 1, KINDS[code])
    assert doubt.projects == (0 if code == "project" else 1)
    (spot,) = doubt.spots
    assert spot.row in (1, 2)
    assert (spot.parcel, spot.found) == (None if code == "no_id" else f"T{spot.row}", said)
    assert found.serious == (doubt.severity is Severity.ERROR)
    if name in {"no shape", "an empty shape", "degrees among metres"}:
        assert (spot.lon, spot.lat) == (None, None)
    else:
        assert (spot.lon, spot.lat) == pytest.approx(WHERE, abs=3e-4)


@pytest.mark.parametrize(
    "change",
    [
        put(1, "stage_date", pd.Timestamp("2024-10-31")),  # today
        put(0, "households", 0.0),
        put(0, "land_class", None),
        shape(0, square(0, wide=1, high=1)),
        shape(0, MultiPolygon([square(0, wide=5), square(10, wide=5)])),
        shape(0, Polygon(square(0).exterior, [square(5, 5, 5, 5).exterior])),
        shape(0, shapely.force_3d(square(0), 12.5)),
    ],
)
def test_what_is_just_right_is_not_found(file: Path, change: Callable[[Frame], None]) -> None:
    frame = parcels()
    change(frame)
    assert look(file, frame).findings == ()


def test_the_first_of_a_kind_are_named_and_all_are_counted(file: Path) -> None:
    frame = parcels()
    frame["stage_date"] = pd.NaT
    doubt = only(look(file, frame, rows=3))
    assert (doubt.code, doubt.count, rows(doubt)) == ("date", 9, [2, 3, 4, 5, 6])


def test_each_word_that_is_no_stage_is_named_once(file: Path) -> None:
    frame = parcels()
    frame.loc[3:, "stage"] = ["bàn giao", "bàn giao", "{{7*7}}", "bàn giao", "\x1b[31m", "x" * 99, "bàn giao"]
    doubt = only(look(file, frame, rows=2))
    assert (doubt.code, doubt.count) == ("stage", 7)
    said = [(spot.row, spot.found) for spot in doubt.spots]
    assert said == [(4, "bàn giao"), (6, "{{7*7}}"), (8, "U+001B[31m"), (9, "x" * 60 + "…")]


def test_a_phone_number_is_found_wherever_it_is_and_never_repeated(file: Path) -> None:
    frame = pd.concat([parcels()] * 300, ignore_index=True)
    frame["parcel_id"] = [f"T{n}" for n in range(3000)]
    frame = frame.set_geometry([square(2 * n, wide=2) for n in range(3000)], crs=CRS)
    frame.loc[[2500, 2600], "parcel_id"] = ["chị Lan 0912 345 678", "T2500 (0987654321)"]
    put(2500, "stage", "0912 345 678")(frame)
    put(2500, "stage_date", pd.Timestamp("2024-10-31"))(frame)
    along = Lines((Line("ql4b", "ql4b", np.array([[X, Y], [X + 6000, Y]]), corridor_m=60.0),), CRS)
    found = look(file, frame, along=along, units=NONE)
    assert [doubt.code for doubt in found.findings] == ["stage", "personal", "no_units"]
    for lang in LANGS:
        said = tables.inspection_json(found, lang)
        assert '--allow "parcel_id"' in json.loads(said)["findings"][1]["message"]
        assert not re.search("345|678|4321|Lan", said)


def test_nobody_is_named_in_what_is_found_and_in_what_is_refused(file: Path) -> None:
    frame = parcels()
    frame.loc[3:5, "parcel_id"] = ["T4 Nông Thị Hoa", "T5", "T6 Trần Hoa"]
    for row, word in ((3, "trả bà Vi Hoa"), (4, "vi.hoa@mail.vn"), (5, "Trần Hoa"), (6, "0912 345 678"), (7, "xong")):
        put(row, "stage", word)(frame)
        put(row, "stage_date", pd.Timestamp("2024-10-31"))(frame)
    put(0, "project", "Nông Hoa")(frame)
    frame.to_parquet(file, index=False)
    register = open_register(file, ["stage"])
    with pytest.raises(InputError) as raised:
        results.conclude(kernel.measure(register.land(0), ALL, lines()), lines())
    told = inspection.inspect(register, ALL, lines(), {"ql4b"}, None, TODAY, ["stage"])
    found = {doubt.code: doubt.spots for doubt in told.findings}
    assert [(spot.parcel, spot.found) for spot in found["stage"]] == [(None, "…"), ("T8", "xong")]
    assert [(spot.project, spot.found) for spot in found["unknown_project"]] == [(None, "…")]
    for lang in LANGS:
        for said in (raised.value.write(lang), tables.inspection_json(told, lang)):
            assert "xong" in said
            assert not re.search("Hoa|hoa|345|1234", said)


def test_the_faults_are_those_for_which_the_kernel_refuses_a_register(file: Path) -> None:
    frame = parcels()
    for change in (shape(0, None), shape(1, BOWTIE), shape(2, SPIKE), shape(3, box(106, 21, 107, 22))):
        change(frame)
    for change in (put(4, "stage", "xong"), put(5, "stage_date", pd.NaT), put(6, "project", None)):
        change(frame)
    shape(7, Point(X, Y))(frame)
    found = {doubt.code: (doubt.count, doubt.spots[0].parcel) for doubt in look(file, frame).findings}
    partial = kernel.measure(open_register(file).land(0), ALL, lines())
    assert {fault.code: (fault.count, fault.examples[0][0]) for fault in partial.faulty} == {
        code: told for code, told in found.items() if code != "repairable"
    }
    assert found["repairable"] == (partial.repaired, "T3")
    assert len(partial.faulty) == 7


# --- parcels beside each other -------------------------------------------------------------------------------------


def test_an_overlap_is_found_with_its_area_and_both_parcels(file: Path) -> None:
    frame = parcels()
    shape(4, square(80, wide=21))(frame)  # one metre into the next
    put(5, "parcel_id", "=HYPERLINK(1)")(frame)
    doubt = only(look(file, frame))
    assert (doubt.code, doubt.count, doubt.complete) == ("overlap", 1, True)
    assert doubt.area_m2 == pytest.approx(20)
    (spot,) = doubt.spots
    assert (spot.parcel, spot.row, spot.other, spot.other_row) == ("T5", 5, "=HYPERLINK(1)", 6)
    assert spot.area_m2 == pytest.approx(20)


def test_what_two_parcels_hardly_share_is_a_note_and_their_border_is_nothing(file: Path) -> None:
    frame = parcels()
    shape(4, square(80, wide=20.04))(frame)
    doubt = only(look(file, frame))
    assert (doubt.code, doubt.severity, doubt.count) == ("sliver", Severity.INFO, 1)
    assert doubt.area_m2 == pytest.approx(0.8)
    shape(4, square(80, wide=20 + 1e-5))(frame)  # half a millionth of the parcel
    assert look(file, frame).findings == ()


def test_land_in_three_parcels_is_told_once(file: Path) -> None:
    frame = parcels()
    shape(5, square(80, wide=10))(frame)
    shape(6, square(80, wide=10, high=10))(frame)
    doubt = only(look(file, frame))
    assert (doubt.code, doubt.count) == ("overlap", 3)  # T5 with T6, T5 with T7, T6 with T7
    assert doubt.area_m2 == pytest.approx(200)
    assert [spot.area_m2 for spot in doubt.spots] == pytest.approx([200, 100, 100])


def test_parcels_of_two_projects_may_lie_on_the_same_land(file: Path) -> None:
    frame = parcels()
    shape(4, square(100))(frame)
    put(4, "project", "ql4c")(frame)
    put(4, "parcel_id", "T6")(frame)
    both = Lines((*lines().lines, *lines(project="ql4c").lines), CRS)
    assert look(file, frame, along=both, known={"ql4b", "ql4c"}).findings == ()
    for row in (4, 5):
        put(row, "project", None)(frame)
    assert only(look(file, frame)).code == "project"
    for row in (4, 5):
        put(row, "project", "ql4b")(frame)
    found = {doubt.code: doubt for doubt in look(file, frame).findings}
    assert list(found) == ["same_id", "same_shape"]
    for doubt in found.values():
        (spot,) = doubt.spots
        assert (doubt.count, spot.row, spot.other_row, spot.other) == (1, 6, 5, "T6")
    assert found["same_id"].area_m2 is None
    assert found["same_shape"].area_m2 == pytest.approx(400)


def test_a_shape_is_the_same_wherever_it_begins_and_whichever_way_it_turns() -> None:
    turned = Polygon([(X + 20, Y), (X, Y), (X, Y + 20), (X + 20, Y + 20)])
    cut = Polygon([(X, Y), (X + 20, Y), (X + 20, Y + 20), (X + 1, Y + 20), (X, Y + 19)])
    shapes = np.array([square(50), square(0), cut, turned, square(0), square(50)], dtype=object)
    assert overlaps.copies(shapes).tolist() == [0, 1, 2, 1, 1, 0]


def test_the_overlaps_are_those_of_every_pair_tried() -> None:
    random = np.random.default_rng(7)
    corners = X + random.uniform(0, 300, (70, 2)) - [0, X - Y]
    shapes = shapely.buffer(shapely.points(corners), random.uniform(3, 25, 70), quad_segs=3)
    tried = {
        (a, b): shapes[a].intersection(shapes[b])
        for a, b in combinations(range(70), 2)
        if shapes[a].intersection(shapes[b]).area > 1e-6 * min(shapes[a].area, shapes[b].area)
    }
    found = overlaps.overlaps(shapes)
    areas = dict(zip(zip(found.first, found.second, strict=True), found.area_m2, strict=True))
    assert len(tried) > 50
    assert areas == pytest.approx({pair: land.area for pair, land in tried.items()})
    wanted = shapely.union_all(list(tried.values())).area
    assert found.land_m2(found.area_m2 > 0) == pytest.approx(wanted, rel=1e-9)


def test_when_all_lie_on_each_other_the_search_ends_and_says_so(file: Path) -> None:
    frame = pd.concat([parcels()] * 70, ignore_index=True)
    frame["parcel_id"] = [f"T{n}" for n in range(700)]
    frame = frame.set_geometry([square(0.01 * n) for n in range(700)], crs=CRS)
    doubt = only(look(file, frame))
    assert (doubt.code, doubt.complete, doubt.area_m2) == ("overlap", False, None)
    assert 10_000 < doubt.count < 700 * 699 / 2
    (table,) = tables.inspection_table(Inspection("r", 700, 1, CRS, TODAY, (doubt,)), "en")
    assert next(str(cell) for cell in table.columns[2].cells).startswith("at least ")  # type: ignore[union-attr]


def test_it_makes_no_difference_how_the_projects_are_spread_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pd.concat([parcels().assign(project=f"p{n}") for n in range(5)], ignore_index=True)
    north = [shapely.affinity.translate(one, 0, 40 * (row // 10)) for row, one in enumerate(frame.geometry)]
    frame = frame.set_geometry(north, crs=CRS)
    for row in (4, 24):
        shape(row, shapely.affinity.translate(frame.geometry[row], 3))(frame)
    put(13, "parcel_id", "T8")(frame)
    road = [Line(f"p{n}", "r", ROAD + np.array([0, 40 * n]), corridor_m=60.0 if n else 30.0) for n in range(5)]
    asked: dict[str, Any] = {"known": {f"p{n}" for n in range(4)}, "along": Lines(tuple(road), CRS)}

    def told(found: Inspection) -> dict[str, object]:
        return {one.code: (one.count, one.projects, one.area_m2 and round(one.area_m2, 6)) for one in found.findings}

    wanted = told(look(tmp_path / "sorted.parquet", frame, **asked))
    assert wanted == {
        "unknown_project": (10, 1, None),
        "same_id": (1, 1, None),
        "overlap": (2, 2, 120),
        "past_corridor": (10, 1, 1000),
    }
    shuffled = frame.sample(frac=1, random_state=3).reset_index(drop=True)
    monkeypatch.setattr(inspection, "_TOGETHER", 11)
    for name in ("spread.parquet", "spread.gpkg"):
        found = look(tmp_path / name, shuffled, rows=7, **asked)
        assert told(found) == wanted
        (id_,) = next(doubt for doubt in found.findings if doubt.code == "same_id").spots
        assert id_.parcel == id_.other == "T8"
        assert id_.other_row is not None
        assert [shuffled["parcel_id"][row - 1] for row in (id_.row, id_.other_row)] == ["T8", "T8"]


# --- the right of way and the units ----------------------------------------------------------------------------------


def test_what_juts_out_of_the_right_of_way_is_found_with_its_area(file: Path) -> None:
    frame = parcels()
    shape(3, square(60, high=32))(frame)
    shape(4, square(80, high=30.9))(frame)  # less than a metre: how well is an edge known?
    shape(5, square(100, north=30.5, high=5))(frame)
    found = {doubt.code: doubt for doubt in look(file, frame).findings}
    assert list(found) == ["off_route", "past_corridor"]
    assert (found["past_corridor"].count, rows(found["past_corridor"])) == (1, [4])
    assert found["past_corridor"].area_m2 == pytest.approx(40)
    (off,) = found["off_route"].spots
    assert (off.parcel, off.found) == ("T6", "30 m")
    assert off.area_m2 == pytest.approx(100)
    for east, told in ((100_999, "99999 m"), (101_040, "> 100 km"), (80_000_000, "> 100 km")):
        shape(5, square(east))(frame)
        (off,) = next(doubt for doubt in look(file, frame).findings if doubt.code == "off_route").spots
        assert off.found == told


def test_the_largest_are_named_from_whatever_piece_of_the_file_they_come(file: Path) -> None:
    frame = parcels()
    for row, high in enumerate((33, 39, 32, 36, 38, 34, 40, 20, 37, 35)):
        shape(row, square(20 * row, high=high))(frame)
    for pieces in (100, 3):
        doubt = only(look(file, frame, rows=pieces))
        assert (doubt.count, rows(doubt)) == (9, [7, 2, 5, 9, 4])
        assert doubt.area_m2 == pytest.approx(20 * (3 + 9 + 2 + 6 + 8 + 4 + 10 + 7 + 5))


def test_the_width_is_that_of_the_route_else_the_one_given_else_the_reach(file: Path) -> None:
    frame = parcels()
    shape(3, square(60, north=40))(frame)
    assert only(look(file, frame, width_m=200)).code == "off_route"
    assert look(file, frame, width_m=200, along=lines(None)).findings == ()
    doubt = only(look(file, frame, along=lines(None)))
    assert (doubt.code, doubt.count, rows(doubt)) == ("no_corridor", 10, [1])
    assert "500 m" in doubt.message("en")
    shape(3, square(60, north=501))(frame)
    far = look(file, frame, along=lines(None), units=NONE)
    assert [doubt.code for doubt in far.findings] == ["off_route", "no_corridor", "no_units"]


@pytest.mark.parametrize("along", [Lines((), CRS), lines(accuracy="schematic"), lines(project="ql4c")])
def test_without_a_surveyed_line_of_the_project_it_is_said_that_nobody_looked(file: Path, along: Lines) -> None:
    frame = parcels()
    shape(3, square(60, north=400))(frame)
    doubt = only(look(file, frame, along=along))
    assert (doubt.code, doubt.severity, doubt.count) == ("no_line", Severity.INFO, 10)


def test_the_right_of_way_goes_round_bends_and_along_every_route() -> None:
    bend = np.array([[X, Y], [X + 400, Y], [X + 400, Y + 400]])
    far = np.array([[X, Y + 900], [X + 400, Y + 900]])
    both = [Line("p", "a", bend, corridor_m=40), Line("p", "b", far)]
    shapes = np.array(
        [square(390, 0, 5, 5), square(390, 300, 5, 5), square(100, 895, 10, 10), square(200, 100), square(100, 10)],
        dtype=object,
    )
    found = corridor.beyond(shapes, both, 30.0)
    assert found.wholly.tolist() == [False, False, False, True, False]
    assert found.past_m2.tolist() == pytest.approx([0, 0, 0, 0, 200])


def test_a_long_line_has_no_gaps() -> None:
    line = Line("p", "a", np.column_stack([X + 100.0 * np.arange(90), np.full(90, Y)]), corridor_m=60)
    # At the end of each piece that the line is taken in, and across it.
    shapes = np.array([square(100 * n + 40, high=40) for n in range(89)] + [square(3990, high=32)], dtype=object)
    found = corridor.beyond(shapes, [line], None)
    assert not found.wholly.any()
    assert found.past_m2.tolist() == pytest.approx([200] * 89 + [40])


def test_land_in_no_unit_is_found_with_its_area(file: Path) -> None:
    west = Units(("Lộc Bình",), (shapely.to_wkb(box(X - 9, Y - 9, X + 145, Y + 99)),), CRS)
    doubt = only(look(file, parcels(), units=west))
    assert (doubt.code, doubt.count) == ("outside_units", 3)
    assert doubt.area_m2 == pytest.approx(15 * 20 + 2 * 400)
    assert rows(doubt) == [9, 10, 8]
    assert only(look(file, parcels(), units=NONE)).code == "no_units"


def test_without_a_list_of_projects_it_is_said_that_nobody_looked(file: Path) -> None:
    assert only(look(file, parcels(), known=None)).code == "no_projects"


# --- coordinates -----------------------------------------------------------------------------------------------------


def test_metres_in_a_register_of_degrees_are_found(file: Path) -> None:
    frame = parcels().to_crs(DEGREES)
    assert look(file, frame).findings == ()
    shape(9, square(180))(frame)
    doubt = only(look(file, frame))
    assert (doubt.code, rows(doubt)) == ("wrong_crs", [10])


@pytest.mark.parametrize(
    ("east", "north", "lon"), [(2e5, 0, 108.70), (-2e5, 0, 104.84), (0, 2e5, 106.76), (0, -2e5, 106.78)]
)
def test_a_parcel_far_from_where_its_system_is_made_for_is_found(
    file: Path, east: float, north: float, lon: float
) -> None:
    frame = parcels()
    shape(9, shapely.affinity.translate(square(180), east, north))(frame)
    found = look(file, frame, units=NONE, along=Lines((), CRS))
    assert [doubt.code for doubt in found.findings][:1] == ["outside_crs"]
    (spot,) = found.findings[0].spots
    assert spot.parcel == "T10"
    assert spot.lon == pytest.approx(lon, abs=0.02)


@pytest.mark.parametrize("width_m", [0.0, -60.0, 0.5, 5000.5, float("inf"), float("nan")])
def test_a_width_that_no_right_of_way_has_is_refused(width_m: float) -> None:
    inspection.check_width(1.0)
    inspection.check_width(5000.0)
    inspection.check_width(None)
    with pytest.raises(inspection.InspectionError, match=r"^A right of way cannot be .* m wide; from 1 to 5000 m$"):
        inspection.check_width(width_m)


@pytest.mark.parametrize(("crs", "code"), [("EPSG:3857", "distorts"), ("EPSG:9207", "distorted"), (CRS, None)])
def test_a_system_that_distorts_areas_is_told_of(file: Path, crs: str, code: str | None) -> None:
    found = look(file, parcels(), units=Units((), (), crs), along=Lines((), crs))
    assert ({doubt.code for doubt in found.findings} & {"distorts", "distorted"}) == ({code} if code else set())
    assert found.serious == (code == "distorts")


@pytest.mark.parametrize("name", ["register.parquet", "register.gpkg"])
def test_what_progress_refuses_as_distorted_is_an_error_here(tmp_path: Path, name: str) -> None:
    """Coordinates in the other order: no place of the zone, nor one that it could be trusted for."""
    turned = parcels().set_geometry(shapely.transform(parcels().geometry.to_numpy(), lambda xy: xy[:, ::-1]))
    found = look(tmp_path / name, turned, units=NONE)
    assert {"distorts", "outside_crs"} <= {doubt.code for doubt in found.findings}
    with pytest.raises(GroundError) as refused:
        account.distortion(open_register(tmp_path / name), CRS)
    (doubt,) = (doubt for doubt in found.findings if doubt.code == "distorts")
    assert doubt.message("vi") == refused.value.write("vi")
    assert "tọa độ đảo thứ tự" in doubt.message("vi")


def test_units_that_may_be_several_are_told_of(file: Path) -> None:
    found = look(file, parcels(), units=replace(ALL, doubtful=("Lộc Bình",)))
    assert "no code (1): Lộc Bình." in only(found).message("en")


# --- how it is told --------------------------------------------------------------------------------------------------


def hostile(path: Path) -> Inspection:
    """A register with many kinds of faults, and texts that mean something elsewhere."""
    frame = parcels()
    shape(0, None)(frame)
    shape(4, square(80, wide=20.04))(frame)
    put(1, "parcel_id", "[red]{{7*7}}\x1b]0;")(frame)
    put(1, "stage", "=1+1")(frame)
    put(2, "parcel_id", None)(frame)
    put(3, "stage", "clear")(frame)
    return look(path, frame, units=NONE)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Inspection:
    return hostile(tmp_path_factory.mktemp("check") / "register.parquet")


def test_the_json_fits_its_schema_and_has_everything(many: Inspection) -> None:
    whole = json.loads(schemas.text("parcels-check/1"))
    for lang in LANGS:
        told = json.loads(tables.inspection_json(many, lang))
        jsonschema.Draft202012Validator(whole).validate(told)
        assert [one["code"] for one in told["findings"]] == ["empty", "stage", "no_id", "clear", "sliver", "no_units"]
        assert (told["rows"], told["looked_at"], told["metric_crs"]) == (10, "2024-10-31", CRS)
        sliver = told["findings"][4]
        assert sliver["area_ha"] == pytest.approx(0.8e-4, abs=1e-10)
        assert sliver["places"][0]["area_ha"] == sliver["area_ha"]
        place = told["findings"][1]["places"][0]
        assert (place.pop("lon"), place.pop("lat")) == pytest.approx(WHERE, abs=3e-4)
        known = {"parcel": "[red]{{7*7}}\x1b]0;", "project": "ql4b", "row": 2, "found": "=1+1"}
        assert place == known | dict.fromkeys(("other", "other_row", "area_ha"))


def test_a_row_is_a_place(many: Inspection) -> None:
    found = tables.inspection_rows(many, "en")
    lines_ = [json.loads(line) for line in as_jsonl(found).splitlines()]
    assert [(one["code"], one["row"]) for one in lines_] == [
        *(("empty", 1), ("stage", 2), ("no_id", 3), ("clear", 4), ("sliver", 5), ("no_units", None)),
    ]
    told = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert (told[1]["found"], told[4]["other"], told[4]["place_area_ha"]) == ("'=1+1", "T6", "8e-05")
    assert as_parquet(found) == as_parquet(found)


def test_a_table_shows_texts_as_they_are_and_nothing_small_as_nothing(many: Inspection) -> None:
    from rich.console import Console

    text = io.StringIO()
    Console(file=text, width=250, color_system=None).print(*tables.inspection_table(many, "vi"))
    said = text.getvalue()
    assert "[red]{{7*7}}U+001B]0;" in said
    assert "giá trị: =1+1" in said
    assert "< 0,0001" in said
    assert "1 cặp" in said
    assert "106.76" in said
    assert "\x1b" not in said
    assert "số thửa 10" in said


def test_every_kind_has_its_words() -> None:
    values: dict[str, object] = dict.fromkeys(
        ("reason", "crs", "percent", "slack", "reach", "columns", "allow", "units", "count"), "…"
    )
    for code, severity in KINDS.items():
        sentences = [Doubt(code, severity, 1, 1, None, (), values=values).message(lang) for lang in LANGS]
        assert len(set(sentences)) == (1 if code == "distorts" else len(LANGS))


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_exits_with_1_where_there_is_an_error(lsinfra: Callable[..., Run], tmp_path: Path) -> None:
    frame = parcels()
    frame.to_parquet(tmp_path / "sound.parquet")
    road = geopandas.GeoDataFrame({"project": ["ql4b"], "corridor_m": [60.0]}, geometry=[LineString(ROAD)], crs=CRS)
    road.to_crs(DEGREES).to_file(tmp_path / "routes.geojson")
    ground = geopandas.GeoDataFrame({"unit": ["Lộc Bình"]}, geometry=shapely.from_wkb(ALL.wkb), crs=CRS)
    ground.to_file(tmp_path / "units.gpkg")
    beside = ("--units", "units.gpkg", "--routes", "routes.geojson")
    done = lsinfra("--lang", "en", "parcels", "check", "sound.parquet", *beside, cwd=tmp_path)
    assert (done.code, done.stderr) == (0, "")
    assert "sound.parquet: parcels 10, projects 1" in done.stdout
    assert "Nothing is wrong." in done.stdout
    shape(4, square(80, wide=21))(frame)
    frame.to_file(tmp_path / "broken.gpkg")
    done = lsinfra("parcels", "check", "broken.gpkg", *beside, "--format", "json", cwd=tmp_path)
    assert done.code == 1
    (found,) = json.loads(done.stdout)["findings"]
    assert (found["code"], found["places"][0]["other"]) == ("overlap", "T6")
    done = lsinfra("--lang", "en", "parcels", "check", "sound.parquet", "--corridor", "nan", cwd=tmp_path)
    assert (done.code, done.stderr) == (2, "A right of way cannot be nan m wide; from 1 to 5000 m\n")


def test_it_is_told_how_far_it_is(file: Path) -> None:
    parcels().to_parquet(file, row_group_size=3)
    said: list[tuple[int, int]] = []
    inspection.inspect(open_register(file), ALL, lines(), None, None, TODAY, (), lambda *step: said.append(step))
    assert said == [(1, 8), (2, 8), (3, 8), (4, 8), (8, 8)]
