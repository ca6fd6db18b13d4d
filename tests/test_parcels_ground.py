"""Units and routes for the parcels: from files of every kind and from the book, and the CRS they are measured in."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from pyproj import Geod
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from lsinfra.alignments import RouteError
from lsinfra.codes import Level
from lsinfra.errors import InputError, LsinfraError, RunError
from lsinfra.parcels import kernel
from lsinfra.parcels.ground import lines_from, lines_of, units_from, units_of
from lsinfra.parcels.metric import DISTORTION, GroundError, areal_distortion, measuring_crs
from lsinfra.parcels.model import Line, Lines, Units
from lsinfra.portfolio import Portfolio
from lsinfra.routes import Boundary
from tests.conftest import ROOT

CRS = "EPSG:9215"
EAST, NORTH = 440_000.0, 2_410_000.0


def box(west: float, south: float, east: float, north: float) -> Polygon:
    """Kilometres from a place in Lạng Sơn."""
    return Polygon(way((east, south), (east, north), (west, north), (west, south)))


def way(*km: tuple[float, float]) -> LineString:
    return LineString(np.array(km) * 1000 + [EAST, NORTH])


def degrees(x_km: float, y_km: float) -> list[float]:
    point = geopandas.GeoSeries([shapely.Point(EAST + x_km * 1000, NORTH + y_km * 1000)], crs=CRS).to_crs(4326)
    return [float(point.x.iloc[0]), float(point.y.iloc[0])]


def write(path: Path, shapes: Sequence[BaseGeometry | None], *crs: str | None, **columns: Any) -> Path:
    """A file of rows in ``CRS``, or in the one given (None: in none)."""
    (named,) = crs or (CRS,)
    frame = geopandas.GeoDataFrame(columns, geometry=np.array(shapes, dtype=object), crs=named)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif named is None:
        with pytest.warns(UserWarning, match="crs"):
            frame.to_file(path)
    elif path.suffix == ".geojson":
        frame.to_crs(4326).to_file(path, COORDINATE_PRECISION=12)
    else:
        frame.to_file(path)
    return path


def shapes_of(units: Units) -> list[BaseGeometry]:
    return [shapely.from_wkb(wkb) for wkb in units.wkb]


def said(error: LsinfraError) -> tuple[list[str], str]:
    """The keys of the faults, and all of it in English; it must be there in Vietnamese too."""
    assert error.write("vi") != error.write("en")
    return [fault.key for fault in getattr(error, "faults", [])] or [error.key], error.write("en")


# --- units -----------------------------------------------------------------------------------------------------------

THREE = (box(0, 0, 2, 2), box(2, 0, 4, 2), box(0, 2, 4, 3))


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("u.gpkg", "unit"),
        ("u.geojson", "Tên xã"),
        ("u.shp", "TEN_XA"),
        ("u.fgb", "Tên"),
        ("u.parquet", "Tên ĐVHC"),
    ],
)
def test_units_come_from_any_file(tmp_path: Path, name: str, column: str) -> None:
    names = ["xã Thất Khê", "xã Quốc Khánh", "phường Kỳ Lừa"]
    units = units_from(write(tmp_path / name, THREE, **{column: names, "dân số": [1, 2, 3]}), CRS)
    assert units.crs == CRS
    found = dict(zip(units.names, shapes_of(units), strict=True))
    assert found.keys() == set(names)
    for wanted, unit in zip(THREE, names, strict=True):
        assert shapely.hausdorff_distance(found[unit], wanted) < 1e-3


def test_units_are_brought_into_the_metric_crs(tmp_path: Path) -> None:
    """Across a datum and across zones: a square kilometre stays one, the corners meet to the millimetre."""
    there = units_from(write(tmp_path / "u.gpkg", THREE, unit=["A", "B", "C"]), CRS)
    for crs in ("EPSG:4326", "EPSG:3405", "EPSG:32648"):
        moved = geopandas.GeoSeries(list(THREE), crs=CRS).to_crs(crs)
        back = units_from(write(tmp_path / "moved.gpkg", list(moved), crs, unit=["A", "B", "C"]), CRS)
        for one, two in zip(shapes_of(there), shapes_of(back), strict=True):
            assert shapely.hausdorff_distance(one, two) < 1e-3
    # The step from WGS84 to VN-2000 is taken: without it the place would be some 220 m away.
    wgs = units_from(
        write(tmp_path / "wgs.gpkg", [shapely.box(106.7, 21.8, 106.8, 21.9)], "EPSG:4326", unit=["A"]), CRS
    )
    vn = units_from(write(tmp_path / "vn.gpkg", [shapely.box(106.7, 21.8, 106.8, 21.9)], "EPSG:4756", unit=["A"]), CRS)
    assert 200 < shapes_of(wgs)[0].centroid.distance(shapes_of(vn)[0].centroid) < 250


def test_a_unit_may_come_in_pieces_and_a_name_twice(tmp_path: Path) -> None:
    pieces = units_from(write(tmp_path / "a.gpkg", THREE, unit=["A", "B", "A"]), CRS)
    assert pieces.names == ("A", "B", "A")
    coded = units_from(write(tmp_path / "b.gpkg", THREE, unit=["Hòa Bình", "B", "Hòa Bình"], code=[6316, 1, 6400]), CRS)
    assert coded.names == ("Hòa Bình (6316)", "B", "Hòa Bình (6400)")
    assert pieces.doubtful == coded.doubtful == ()


def test_units_of_one_name_that_lie_apart_are_in_doubt(tmp_path: Path) -> None:
    """Two communes of one name, or one with an island: only a code tells."""
    apart = (box(0, 0, 1, 1), box(5, 0, 6, 1), box(1, 0, 2, 1), box(2, 1, 3, 2))
    names = ["Xã A", "Xã A", "Xã A", "Xã B"]
    assert units_from(write(tmp_path / "a.gpkg", apart, unit=names), CRS).doubtful == ("Xã A",)
    assert units_from(write(tmp_path / "b.gpkg", apart, unit=names, code=[1, 1, 1, 2]), CRS).doubtful == ()
    chain = (box(0, 0, 1, 1), box(2, 0, 3, 1), box(1, 0, 2, 1), box(3, 1, 4, 2))  # the last by a corner
    assert units_from(write(tmp_path / "c.gpkg", chain, unit=["Xã A"] * 4), CRS).doubtful == ()


def test_of_several_levels_the_smallest_is_taken_and_of_several_times_the_day(tmp_path: Path) -> None:
    path = write(
        tmp_path / "u.geojson",
        [box(0, 0, 4, 3), box(0, 0, 4, 2), *THREE, shapely.Point(EAST, NORTH)],
        unit=["tỉnh", "Lộc Bình", "xã A", "xã B", "xã C", None],
        level=["province", "district", "commune", "commune", "commune", None],
        valid_from=[None, None, "2025-07-01", "2025-07-01", "2025-07-01", None],
        valid_until=[None, "2025-06-30", None, None, None, None],
    )
    assert units_from(path, CRS).names == ("xã A", "xã B", "xã C")
    assert units_from(path, CRS, date(2025, 7, 1)).names == ("xã A", "xã B", "xã C")
    assert units_from(path, CRS, date(2025, 6, 30)).names == ("Lộc Bình",)


def test_everything_that_is_wrong_with_units_is_said_at_once(tmp_path: Path) -> None:
    bow = Polygon([(EAST, NORTH), (EAST + 9, NORTH + 9), (EAST + 9, NORTH), (EAST, NORTH + 9)])
    path = write(
        tmp_path / "u.geojson",
        [box(0, 0, 1, 1), None, way((0, 0), (1, 1)), bow, *[box(5, 5, 6, 6)] * 7],
        unit=["A", "B", "C", "D", *[None] * 7],
    )
    with pytest.raises(InputError) as refused:
        units_from(path, CRS)
    keys, text = said(refused.value)
    assert keys == [
        *["ground.no_unit"] * 5,
        "ground.more",
        "geo.no_geometry",
        "geo.wrong_type",
        "geo.bad_polygon",
    ]
    assert "u.geojson: features[3]: the boundary is not a proper area (it crosses itself at 10" in text
    assert "and 2 more like features[4]" in text


def test_units_over_one_another_are_refused_and_slips_of_the_pen_cut_away(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        units_from(write(tmp_path / "u.gpkg", [*THREE, box(3, 1, 4, 4), box(1, 1, 1.5, 1.5)], unit=list("ABCDE")), CRS)
    keys, text = said(refused.value)
    assert keys == ["ground.overlap"] * 3
    assert "A and E have 25.0000 ha in common" in text
    assert "B and D have 100.0000 ha in common" in text
    with pytest.raises(InputError):  # 9 m² of 4 km²
        units_from(write(tmp_path / "nine.gpkg", [THREE[0], box(2 - 4.5e-6, 0, 4, 2)], unit=list("AB")), CRS)
    slips = [THREE[0], box(2 - 5e-7, 0, 4, 2), THREE[2]]  # half a millimetre, 1 m² of 4 km²
    units = units_from(write(tmp_path / "slip.gpkg", slips, unit=list("ABC")), CRS)
    found = shapes_of(units)
    assert found[0].equals(THREE[0])
    assert sum(shape.area for shape in found) == pytest.approx(12e6, rel=1e-12)
    assert shapely.intersection(found[0], found[1]).area == 0
    parcel = geopandas.GeoDataFrame(
        {"parcel_id": ["1"], "project": ["p"], "stage": ["paid"], "stage_date": [date(2025, 1, 1)]},
        geometry=[box(1.9, 1, 2.1, 1.1)],
        crs=CRS,
    )
    partial = kernel.measure(parcel, units, Lines((), CRS))
    assert partial.areas["area_m2"].sum() == pytest.approx(20_000, rel=1e-12)


def test_a_boundary_is_mended_where_that_changes_nothing(tmp_path: Path) -> None:
    corners = [(0, 0), (2, 0), (3, 0), (2, 0), (2, 2), (0, 2)]  # out to a point and back
    spike = Polygon([(EAST + x * 1000, NORTH + y * 1000) for x, y in corners])
    assert not spike.is_valid
    (found,) = shapes_of(units_from(write(tmp_path / "u.gpkg", [spike], unit=["A"]), CRS))
    assert found.is_valid
    assert found.area == 4e6


@pytest.mark.parametrize(
    ("name", "shapes", "columns", "key"),
    [
        ("u.gpkg", THREE, {"tên": list("ABC")}, None),
        ("u.gpkg", THREE, {"số": list("ABC")}, "no_column"),
        ("u.gpkg", [way((0, 0), (1, 1))], {"unit": ["A"]}, "nothing"),
    ],
)
def test_a_file_without_units_is_refused(
    tmp_path: Path, name: str, shapes: Sequence[BaseGeometry], columns: dict[str, list[str]], key: str | None
) -> None:
    path = write(tmp_path / name, shapes, **columns)
    if key is None:
        assert units_from(path, CRS).names == ("A", "B", "C")
        return
    with pytest.raises(GroundError) as refused:
        units_from(path, CRS)
    assert said(refused.value)[0] == [key]


def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusal(path: Path) -> str:
        with pytest.raises(RunError) as refused:
            units_from(path, CRS)
        return said(refused.value)[0][0]

    assert refusal(tmp_path / "none.gpkg") == "unreadable"
    assert refusal(tmp_path) == "unreadable"
    (tmp_path / "text.geojson").write_text("không phải bản đồ", encoding="utf-8")
    assert refusal(tmp_path / "text.geojson") == "broken"
    whole = write(tmp_path / "u.gpkg", THREE, unit=list("ABC")).read_bytes()
    (tmp_path / "half.gpkg").write_bytes(whole[: len(whole) // 3])
    assert refusal(tmp_path / "half.gpkg") == "broken"
    elsewhere = f'<OGRVRTDataSource><OGRVRTLayer name="u"><SrcDataSource>{tmp_path / "u.gpkg"}</SrcDataSource>'
    (tmp_path / "u.vrt").write_text(f"{elsewhere}</OGRVRTLayer></OGRVRTDataSource>", encoding="utf-8")
    assert refusal(tmp_path / "u.vrt") == "broken"
    assert refusal(write(tmp_path / "no_crs.gpkg", THREE, None, unit=list("ABC"))) == "no_crs"
    assert refusal(write(tmp_path / "metres.gpkg", THREE, "EPSG:4326", unit=list("ABC"))) == "metres_in_degrees"
    small = [shapely.box(106.7, 21.8, 106.8, 21.9)]
    assert refusal(write(tmp_path / "degrees.gpkg", small, CRS, unit=["A"])) == "degrees_in_metres"
    turned = [shapely.box(21.8, 106.7, 21.9, 106.8)]  # latitude before longitude
    assert refusal(write(tmp_path / "turned.gpkg", turned, "EPSG:4326", unit=["A"])) == "elsewhere"
    geopandas.GeoDataFrame({"unit": ["A"]}, geometry=[THREE[0]], crs=CRS).to_file(tmp_path / "u.gpkg", layer="khác")
    assert refusal(tmp_path / "u.gpkg") == "layers"
    parquet = write(tmp_path / "u.parquet", THREE, unit=list("ABC"))
    (tmp_path / "half.parquet").write_bytes(parquet.read_bytes()[:-100])
    assert refusal(tmp_path / "half.parquet") == "broken"
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert refusal(parquet) == "no_package"


def test_the_metric_crs_must_be_one(tmp_path: Path) -> None:
    path = write(tmp_path / "u.gpkg", THREE, unit=list("ABC"))
    for crs in ("EPSG:4326", "EPSG:1", ""):
        with pytest.raises(RouteError):
            units_from(path, crs)


def test_the_units_of_the_book_are_those_of_the_day_and_the_level(real: Portfolio) -> None:
    old = Boundary(
        "Lộc Bình", Level.DISTRICT, None, shapely.box(106.7, 21.8, 106.9, 21.9), "s", None, date(2025, 6, 30)
    )
    new = replace(old, unit="xã A", level=Level.COMMUNE, valid_from=date(2025, 7, 1), valid_until=None)
    book = replace(real, routes=replace(real.routes, units=(old, new)))
    assert units_of(book, CRS, date(2025, 6, 30)).names == ("Lộc Bình",)
    assert units_of(book, CRS, date(2025, 7, 1)).names == ("xã A",)
    assert units_of(book, CRS, date(2025, 7, 1), "district").names == ()
    (area,) = (shape.area for shape in shapes_of(units_of(book, CRS, date(2025, 7, 1))))
    true = abs(Geod(ellps="WGS84").geometry_area_perimeter(old.geometry)[0])
    assert area == pytest.approx(true, rel=1e-3)
    assert units_of(real, CRS, None).names == ()


# --- routes ----------------------------------------------------------------------------------------------------------

ROAD = way((0, 0), (1, 0), (2, 0.5))


def only(path: Path, book: Portfolio | None = None) -> Line:
    (line,) = lines_from(path, CRS, lambda: book).lines
    return line


def refused_routes(path: Path) -> tuple[list[str], str]:
    with pytest.raises(InputError) as refused:
        lines_from(path, CRS)
    return said(refused.value)


@pytest.mark.parametrize("name", ["r.gpkg", "r.geojson", "r.shp", "r.fgb", "r.parquet"])
def test_routes_come_from_any_file(tmp_path: Path, name: str) -> None:
    line = only(write(tmp_path / name, [ROAD], **{"Dự án": ["ql4b"], "tuyến": ["chính"], "corridor_m": [60]}))
    assert (line.project, line.route, line.accuracy, line.corridor_m) == ("ql4b", "chính", "survey", 60.0)
    assert line.knots == ((0.0, 0.0),)
    assert line.xy == pytest.approx(np.array(ROAD.coords), abs=1e-3)


def test_whose_a_route_is(tmp_path: Path, real: Portfolio) -> None:
    """The file's word, else the book's, else its own id; lines of a project without ids are numbered."""
    paths = [ROAD, way((0, 5), (1, 5)), way((0, 6), (1, 6)), way((0, 7), (1, 7)), way((0, 8), (1, 8))]
    routes = ["a", "huu-nghi-chi-lang-link", "b", None, None]
    path = write(tmp_path / "r.gpkg", paths, project=["p", None, None, "q", "q"], route=routes)
    found = [(line.project, line.route) for line in lines_from(path, CRS, lambda: real).lines]
    assert found == [
        ("b", "b"),
        ("huu-nghi-chi-lang", "huu-nghi-chi-lang-link"),
        ("p", "a"),
        ("q", "q-1"),
        ("q", "q-2"),
    ]
    assert only(write(tmp_path / "one.gpkg", [ROAD], project=["p"])).route == "p"


def test_a_line_is_put_together_when_it_is_known_whose_it_is(tmp_path: Path, real: Portfolio) -> None:
    """A part may name its project and another not: they are one route all the same, not two of one name."""
    halves = [way((0, 0), (1, 0)), way((1, 0), (2, 0))]
    for route, project in (("p", "p"), ("huu-nghi-chi-lang-link", "huu-nghi-chi-lang")):
        line = only(write(tmp_path / f"{route}.gpkg", halves, project=[project, None], route=[route, route]), real)
        assert (line.project, line.route) == (project, route)
        assert LineString(line.xy).length == pytest.approx(2000)


def test_the_book_is_asked_only_whose_a_route_is(tmp_path: Path) -> None:
    def broken() -> Portfolio:
        raise RunError("no_root", path=tmp_path)

    named = write(tmp_path / "named.gpkg", [ROAD], project=["p"], route=["a"])
    assert [line.project for line in lines_from(named, CRS, broken).lines] == ["p"]
    with pytest.raises(RunError):
        lines_from(write(tmp_path / "r.gpkg", [ROAD], route=["a"]), CRS, broken)


def test_no_line_is_left_out_in_silence(tmp_path: Path) -> None:
    paths = [ROAD, way((0, 5), (1, 5))]
    keys, text = refused_routes(write(tmp_path / "r.gpkg", paths, project=["p", None], route=["a", None]))
    assert keys == ["ground.no_route"]
    assert "features[1]" in text
    # The border of geodata/ is no route.
    border = [None, "true"]
    assert only(write(tmp_path / "b.gpkg", paths, project=["p", None], route=["a", None], border=border)).route == "a"
    three = [*paths, way((0, 6), (1, 6))]
    path = write(tmp_path / "made.gpkg", three, project=["p"] * 3, route=["p-1", None, None])
    assert refused_routes(path)[0] == ["ground.same_route"]


def test_a_closed_line_is_refused(tmp_path: Path, real: Portfolio) -> None:
    """Drawn in one piece or in parts, and in the book: a parcel at its beginning would be at its end as well."""
    ring = way((0, 0), (1, 0), (1, 1), (0, 5e-6))  # 5 mm short of closed
    for parts in ([ring], [way((0, 0), (1, 0)), way((1, 0), (1, 1), (0, 0))]):
        keys, text = refused_routes(write(tmp_path / "r.gpkg", parts, route=["a"] * len(parts)))
        assert keys == ["ground.closed"]
        lon, lat = degrees(0, 0)
        assert f"{lon:.5f}, {lat:.5f}" in text
    crossing = way((0, 0), (2, 0), (2, 1), (1, -1))
    assert only(write(tmp_path / "crossing.gpkg", [crossing], route=["a"])).xy.shape == (4, 2)
    drawn = real.routes.alignments
    around = shapely.transform(ring, lambda xy: np.array([degrees(*((one - [EAST, NORTH]) / 1000)) for one in xy]))
    turned = replace(drawn["ql4b"], line=around)
    book = replace(real, routes=replace(real.routes, alignments={**drawn, "ql4b": turned}))
    with pytest.raises(InputError) as refused:
        lines_of(book, CRS)
    assert said(refused.value)[0] == ["ground.closed"]


def test_numbers_in_a_refusal_are_written_in_its_language(tmp_path: Path) -> None:
    with pytest.raises(InputError) as over:
        units_from(write(tmp_path / "u.gpkg", [box(0, 0, 2, 2), box(1, 0, 4, 2)], unit=["A", "B"]), CRS)
    assert "200,0000 ha" in over.value.write("vi")
    with pytest.raises(GroundError) as distorts:
        areal_distortion(CRS, (1_300_000, NORTH, 1_300_001, NORTH + 1))
    assert re.search(r" \d,\d{3}%", distorts.value.write("vi"))
    assert "EPSG:9215" not in distorts.value.write("vi").partition("(")[2]


def test_the_book_and_its_own_file_give_the_same_routes(real: Portfolio) -> None:
    book = lines_of(real, CRS)
    file = lines_from(ROOT / "geodata" / "routes.geojson", CRS, lambda: real)
    known = {project.id for project in real.records.projects}
    for one, two in zip(book.lines, [line for line in file.lines if line.project in known], strict=True):
        assert (one.project, one.route, one.accuracy) == (two.project, two.route, two.accuracy)
        assert one.xy == pytest.approx(two.xy, abs=1e-6)
        assert np.array(one.knots) == pytest.approx(np.array(two.knots), abs=1e-6)
    assert {line.route for line in file.lines} == set(real.routes.alignments)
    assert {line.accuracy for line in file.lines} == {"schematic"}


def test_chainage_stays_where_it_is_in_another_metric_crs(real: Portfolio) -> None:
    """The knots of the book are metres of its own CRS; in another they are at the same places, not the same metres."""
    for one, two in zip(lines_of(real, CRS).lines, lines_of(real, "EPSG:3405").lines, strict=True):
        for (km, here), (same_km, there) in zip(one.knots, two.knots, strict=True):
            spots = geopandas.GeoSeries([LineString(one.xy).interpolate(here)], crs=CRS).to_crs("EPSG:3405")
            assert km == same_km
            assert spots[0].distance(LineString(two.xy).interpolate(there)) < 0.01
    (ql4b,) = (line for line in lines_of(real, "EPSG:3405").lines if line.route == "ql4b")
    assert abs(ql4b.knots[-1][1] - LineString(ql4b.xy).length) < 1e-6
    assert abs(ql4b.knots[-1][1] - real.routes.alignments["ql4b"].drawn_m) > 1


def test_parts_of_a_route_are_one_line_in_the_direction_of_the_first(tmp_path: Path) -> None:
    parts = [way((1, 0), (2, 0)), way((0, 0), (1, 0)), way((3, 0), (2 + 5e-6, 0))]  # 5 mm from the first
    line = only(write(tmp_path / "r.gpkg", parts, route=["a"] * 3, corridor_m=[None, 60.0, 60.0]))
    assert line.xy[:, 0] - EAST == pytest.approx(np.array([0, 1000, 2000, 3000]), abs=0.01)
    assert line.corridor_m == 60
    against = [way((1, 0), (2, 0)), way((1, 0), (0, 0)), way((3, 0), (2, 0))]
    line = only(write(tmp_path / "against.gpkg", against, route=["a"] * 3))
    assert line.xy[:, 0] - EAST == pytest.approx(np.array([0, 1000, 2000, 3000]))
    merged = shapely.MultiLineString([way((3, 0), (2, 0)), way((2, 0), (1, 1))])
    line = only(write(tmp_path / "m.gpkg", [merged], route=["a"]))
    assert line.xy[:, 0] - EAST == pytest.approx(np.array([3000, 2000, 1000]))


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        ([way((0, 0), (1, 0)), way((1.001, 0), (2, 0))], "geo.gaps"),
        ([way((0, 0), (1, 0)), way((1, 0), (2, 0)), way((1, 0), (1, 1))], "geo.forks"),
    ],
)
def test_parts_that_make_no_line_are_said_with_their_places(tmp_path: Path, parts: list[LineString], key: str) -> None:
    keys, text = refused_routes(write(tmp_path / "r.gpkg", parts, route=["a"] * len(parts)))
    assert keys == [key]
    lon, lat = degrees(1, 0)
    assert f"{lon:.5f}, {lat:.5f}" in text


def calibration(*points: tuple[str, list[float]]) -> str:
    return json.dumps([{"chainage": chainage, "at": at} for chainage, at in points])


def test_chainage_is_laid_on_as_in_geodata(tmp_path: Path) -> None:
    start = only(write(tmp_path / "s.gpkg", [ROAD], route=["a"], start=["Km18+500"]))
    assert start.knots == ((18_500.0, 0.0),)
    points = calibration(("Km3", degrees(0.25, 0.02)), ("Km2", degrees(1, 0)))
    line = only(write(tmp_path / "c.gpkg", [ROAD], route=["a"], calibration=[points]))
    # Drawn against its chainage, so turned round: Km2 is where it was 1 km from the other end.
    assert line.xy == pytest.approx(np.array(ROAD.coords)[::-1])
    rest = float(np.hypot(1000, 500))
    assert np.array(line.knots) == pytest.approx(np.array([[2000, rest], [3000, rest + 750]]), abs=1e-3)


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({"start": ["18+500"]}, "geo.not_chainage"),
        ({"start": ["Km1"], "calibration": [calibration(("Km2", degrees(1, 0)))]}, "geo.start_and_calibration"),
        ({"calibration": ["[{]"]}, "geo.not_calibration"),
        ({"calibration": ['{"chainage": "Km1"}']}, "geo.not_calibration"),
        ({"calibration": ['[{"chainage": "Km1", "at": [21.8, 106.7]}]']}, "geo.not_calibration"),
        ({"calibration": [calibration(("Km2", degrees(1, 0.2)))]}, "geo.calibration_off"),
        (
            {"calibration": [calibration(("Km2", degrees(0, 0)), ("Km3", degrees(1, 0)), ("Km4", degrees(0.5, 0)))]},
            "geo.calibration_falls",
        ),
        ({"corridor_m": [0.0]}, "geo.not_metres"),
        ({"corridor_m": ["rộng"]}, "geo.not_metres"),
        ({"accuracy": ["approximate"]}, "ground.bad_accuracy"),
    ],
)
def test_what_is_wrong_with_a_route_is_said(tmp_path: Path, columns: dict[str, list[Any]], key: str) -> None:
    assert refused_routes(write(tmp_path / "r.gpkg", [ROAD], route=["a"], **columns))[0] == [key]


def test_a_line_of_which_nobody_said_how_it_was_drawn_is_taken_for_a_survey(tmp_path: Path) -> None:
    ways = [ROAD, way((5, 0), (6, 0)), way((6, 0), (7, 0))]
    found = lines_from(
        write(tmp_path / "r.gpkg", ways, route=["a", "b", "b"], accuracy=["survey", "survey", None]), CRS
    )
    assert [(line.accuracy, line.accuracy_said) for line in found.lines] == [("survey", True), ("survey", False)]
    line = only(write(tmp_path / "s.gpkg", [ROAD], route=["a"]))
    assert (line.accuracy, line.accuracy_said) == ("survey", False)


def test_parts_must_agree_and_all_faults_come_at_once(tmp_path: Path) -> None:
    halves = [way((0, 0), (1, 0)), way((1, 0), (2, 0))]
    parts = [*halves, *halves, way((0, 0), (0, 0)), box(0, 0, 1, 1)]
    keys, text = refused_routes(
        write(
            tmp_path / "r.geojson",
            parts,
            route=["a", "a", "b", "b", "c", "d"],
            corridor_m=[40.0, 60.0, None, None, None, None],
            start=[None, None, "Km1", "Km2", None, None],
        )
    )
    assert keys == ["ground.parts_differ", "ground.parts_differ", "geo.no_geometry", "geo.wrong_type"]
    assert "column corridor_m" in text
    assert "column start" in text


def test_a_survey_replaces_the_sketch_and_keeps_its_calibration(tmp_path: Path) -> None:
    sketch = way((0, 0.05), (2, 0.45))
    path = write(
        tmp_path / "r.gpkg",
        [sketch, ROAD],
        route=["a", "a"],
        accuracy=["schematic", "survey"],
        uncertainty_m=[2000.0, None],
        calibration=[calibration(("Km5", degrees(0, 0.3)), ("Km7", degrees(2, 0.5))), None],
    )
    line = only(path)
    assert line.accuracy == "survey"
    assert line.xy == pytest.approx(np.array(ROAD.coords))
    assert np.array(line.knots) == pytest.approx(np.array([[5000, 0], [7000, ROAD.length]]), abs=0.3)


def test_a_file_without_routes_is_refused(tmp_path: Path) -> None:
    for path, key in (
        (write(tmp_path / "a.gpkg", [ROAD], name=["a"]), "no_column"),
        (write(tmp_path / "b.gpkg", [ROAD], route=[None]), "nothing"),
        (write(tmp_path / "c.gpkg", THREE, route=list("abc")), "nothing"),
    ):
        with pytest.raises(GroundError) as refused:
            lines_from(path, CRS)
        assert said(refused.value)[0] == [key]


# --- the CRS of the measurement --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "register", "book", "taken"),
    [
        ("EPSG:3405", CRS, "EPSG:5897", "EPSG:3405"),
        (None, CRS, "EPSG:3405", CRS),
        (None, "EPSG:4326", "EPSG:3405", "EPSG:3405"),
        (None, "EPSG:2263", "EPSG:3405", "EPSG:3405"),  # of US feet
    ],
)
def test_what_is_measured_in(asked: str | None, register: str, book: str | None, taken: str) -> None:
    assert measuring_crs(asked, register, lambda: book) == taken


def test_without_any_metric_crs_one_is_asked_for() -> None:
    with pytest.raises(GroundError) as refused:
        measuring_crs(None, "EPSG:4326", lambda: None)
    assert "--metric-crs" in said(refused.value)[1]
    for asked, key in (("EPSG:4326", "asked_not_metric"), ("EPSG:999999", "asked_unknown"), (" ", "asked_unknown")):
        with pytest.raises(GroundError) as refused:
            measuring_crs(asked, CRS, lambda: None)
        keys, text = said(refused.value)
        assert keys == [key]
        assert text.startswith("--metric-crs")
    with pytest.raises(RouteError):  # it is in the book that it must be mended
        measuring_crs(None, "EPSG:4326", lambda: "EPSG:4326")


def test_a_crs_that_distorts_areas_is_refused() -> None:
    here = (EAST, NORTH, EAST + 1000, NORTH + 1000)
    assert abs(areal_distortion(CRS, here)) < 2e-4
    # 130 km from its middle meridian a zone of 3° with a scale of 0.9999 there: (0.9999 (1 + x²/2R²))² − 1.
    away = areal_distortion(CRS, (500_000 + 130_000, NORTH, 500_000 + 130_001, NORTH + 1))
    assert away == pytest.approx((0.9999 * (1 + 130_000**2 / 2 / 6_366_000**2)) ** 2 - 1, rel=0.02)
    for crs, bounds in (
        ("EPSG:3857", (11_870_000, 2_480_000, 11_871_000, 2_481_000)),
        ("+proj=tmerc +lon_0=107.25 +k=0.99 +x_0=500000 +datum=WGS84 +units=m", here),  # smaller by 2 %
        (CRS, (1_300_000, NORTH, 1_300_001, NORTH + 1)),
        (CRS, (1e12, 1e12, 1e12 + 1, 1e12 + 1)),
    ):
        with pytest.raises(GroundError) as refused:
            areal_distortion(crs, bounds)
        assert said(refused.value)[0] == ["distorts"]
    assert DISTORTION == 0.005
