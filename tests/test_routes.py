"""Alignments, chainage and units, on lines whose answers are worked out by hand; then everything wrong in a file."""

from __future__ import annotations

import json
import math
import os
import tempfile
import unicodedata
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from lsinfra.alignments import Alignment, RouteError, UnitPart, cut_by_units, metric, round_parts
from lsinfra.errors import InputError, RunError
from lsinfra.quantities import read_chainage
from lsinfra.routes import Routes, load
from lsinfra.text import printable
from tests import hostile

CRS = "EPSG:9215"
# A degree of latitude at 21.5° N on WGS84: 111132.954 − 559.822 cos 2φ + 1.175 cos 4φ; 0.9999 on the central meridian.
DEGREE_M = 111132.954 - 559.822 * math.cos(math.radians(43)) + 1.175 * math.cos(math.radians(86))
MERIDIAN = [[107.25, 21.0], [107.25, 21.5], [107.25, 22.0]]


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def line(coordinates: Any, route: Any = "r", **properties: Any) -> dict[str, Any]:
    given = {"route": route, "accuracy": "schematic", "uncertainty_m": 500, "source": "a test"} | properties
    return feature({"type": "LineString", "coordinates": coordinates}, **given)


def place(at: Any = (107.0, 21.5), **properties: Any) -> dict[str, Any]:
    given = {"place": "p", "title": "Chỗ", "kind": "town", "uncertainty_m": 1, "source": "a test"} | properties
    return feature({"type": "Point", "coordinates": at}, **given)


def area(ring: Any, **properties: Any) -> dict[str, Any]:
    given = {"unit": "Lộc Bình", "level": "district", "source": "a test"} | properties
    return feature({"type": "Polygon", "coordinates": [ring]}, **given)


def put(folder: Path, *features: Any, name: str = "a.geojson", **members: Any) -> Path:
    collection = {"type": "FeatureCollection", "features": features} | members
    folder.joinpath(name).write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
    return folder


def draw(*features: Any) -> Routes:
    with tempfile.TemporaryDirectory() as folder:
        return load(put(Path(folder), *features), CRS)


def aligned(coordinates: Any, **properties: Any) -> Alignment:
    return draw(line(coordinates, **properties)).alignments["r"]


def at(chainage: str, position: Any) -> dict[str, Any]:
    return {"chainage": chainage, "at": position}


def from_metric(*positions: tuple[float, float]) -> list[tuple[float, float]]:
    """Eastings and northings of EPSG:9215 as longitudes and latitudes."""
    back = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    return [back.transform(*position) for position in positions]


def measure(drawn: LineString) -> float:
    """Length in the metric CRS, by another way than the module's own."""
    xs, ys = pyproj.Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(*drawn.xy)
    return float(LineString(list(zip(xs, ys, strict=True))).length)


def faults(folder: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(folder, CRS)
    for english, fault in zip(str(caught.value).splitlines(), caught.value.faults, strict=True):
        vietnamese = fault.write("vi")
        assert vietnamese.startswith(f"{fault.where}: ")
        assert vietnamese != english
    return str(caught.value).splitlines()


# --- the metric CRS --------------------------------------------------------------------------------------------------


def test_the_datum_step_is_taken() -> None:
    easting, northing = metric(CRS).transform(106.7610, 21.8526)
    assert (easting, northing) == (pytest.approx(449262.310, abs=1), pytest.approx(2417428.067, abs=1))


def test_the_network_stays_off() -> None:
    pyproj.network.set_network_enabled(True)  # type: ignore[attr-defined]
    try:
        metric.cache_clear()
        metric(CRS)
        assert not pyproj.network.is_network_enabled()  # type: ignore[attr-defined]
    finally:
        pyproj.network.set_network_enabled(False)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("crs", "said"),
    [
        ("", "portfolio.metric_crs is missing"),
        ("  ", "portfolio.metric_crs is missing"),
        ("EPSG:0", '"EPSG:0" is no coordinate reference system'),
        ("mét", '"mét" is no coordinate reference system'),
        ("EPSG:4756", "EPSG:4756 (VN-2000) is not a projected system in metres"),
        ("EPSG:4978", "EPSG:4978 (WGS 84) is not a projected system in metres"),
        ("EPSG:2263", "is not a projected system in metres"),
        ("EPSG:3857", "EPSG:3857 is not made for this place: route r measures"),
        ("EPSG:3031", "EPSG:3031 is not made for this place"),
    ],
)
def test_an_unfit_crs_is_refused(tmp_path: Path, crs: str, said: str) -> None:
    with pytest.raises(RunError) as caught:
        load(put(tmp_path, line(MERIDIAN)), crs)
    assert said in str(caught.value)
    assert caught.value.write("en").endswith(
        "write the province's zone of VN-2000, such as metric_crs: EPSG:9215 (Lạng Sơn)"
    )
    assert caught.value.write("vi").endswith("ghi múi VN-2000 của tỉnh, ví dụ metric_crs: EPSG:9215 (Lạng Sơn)")


@pytest.mark.parametrize("crs", ["EPSG:9215", "EPSG:5899", "EPSG:9214", "EPSG:32648"])
def test_a_crs_of_the_region_measures_the_same(tmp_path: Path, crs: str) -> None:
    drawn = load(put(tmp_path, line(MERIDIAN)), crs).alignments["r"]
    assert drawn.drawn_m == pytest.approx(DEGREE_M, rel=0.001)


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(RouteError, match='There is no folder "geodata" with the drawn routes'):
        load(tmp_path / "geodata", CRS)


# --- chainage, by hand -----------------------------------------------------------------------------------------------


def test_a_degree_of_the_central_meridian() -> None:
    drawn = aligned(MERIDIAN)
    assert drawn.drawn_m == pytest.approx(DEGREE_M * 0.9999, abs=2)
    assert (drawn.start_m, drawn.end_m) == (0, drawn.drawn_m)
    assert (drawn.calibrated, drawn.ratio) == (False, None)


def test_chainage_runs_evenly_between_calibration_points() -> None:
    points = [at("Km0", MERIDIAN[0]), at("Km10", MERIDIAN[1]), at("Km60", MERIDIAN[2])]
    drawn = aligned(MERIDIAN, calibration=points)
    found = [drawn.point(m).y for m in (0, 5_000, 10_000, 35_000, 60_000)]
    assert found == pytest.approx([21.0, 21.25, 21.5, 21.75, 22.0], abs=1e-9)
    assert [drawn.point(m).x for m in (5_000, 35_000)] == pytest.approx([107.25, 107.25])
    assert (drawn.start_m, drawn.end_m, drawn.published_m) == (0, 60_000, 60_000)
    assert drawn.ratio == pytest.approx(DEGREE_M * 0.9999 / 60_000, rel=1e-4)


def test_a_point_a_hair_from_a_vertex_is_at_it() -> None:
    """3 mm, as rounding leaves them: the line ends at Km80, not just before."""
    drawn = aligned(MERIDIAN, calibration=[at("Km18", [107.25, 21.0]), at("Km80", [107.25, 21.99999997])])
    assert (drawn.end_m, drawn.calibration[1]) == (80_000, (80_000, drawn.drawn_m))


def test_beyond_the_calibration_a_metre_is_a_metre() -> None:
    metric_line = from_metric((450_000, 2_400_000), (450_000, 2_404_000), (450_000, 2_410_000), (450_000, 2_413_000))
    drawn = aligned(metric_line, calibration=[at("Km20", metric_line[1]), at("Km32", metric_line[2])])
    assert [value for pair in drawn.calibration for value in pair] == pytest.approx(
        [20_000, 4_000, 32_000, 10_000], abs=1e-3
    )
    assert (drawn.start_m, drawn.end_m) == pytest.approx((16_000, 35_000), abs=1e-3)
    assert drawn.drawn_at(26_000) == pytest.approx(7_000, abs=1e-3)
    assert drawn.ratio == pytest.approx(13 / 19)


def test_a_corner_in_metric_coordinates() -> None:
    drawn = aligned(from_metric((450_000, 2_400_000), (453_000, 2_404_000), (453_000, 2_410_000)), start="Km1+500")
    assert drawn.along_m == pytest.approx((0, 5_000, 11_000), abs=1e-3)
    assert (drawn.start_m, drawn.end_m) == pytest.approx((1_500, 12_500), abs=1e-3)
    # 100 m beside the second leg, 3 km up it
    assert drawn.chainage_of(Point(from_metric((453_100, 2_407_000))[0])) == pytest.approx(9_500, abs=1)
    km4 = drawn.point(read_chainage("Km4"))
    assert metric(CRS).transform(km4.x, km4.y) == pytest.approx((451_500, 2_402_000), abs=0.5)
    part = drawn.interval(read_chainage("Km4"), 8_500.0)
    assert measure(part) == pytest.approx(4_500, abs=0.1)  # even in degrees is not quite even in metres
    assert list(part.coords)[1] == drawn.line.coords[1]


def test_what_is_off_the_route_has_no_place() -> None:
    drawn = aligned(from_metric((450_000, 2_400_000), (450_000, 2_410_000)), start="Km18")
    with pytest.raises(RouteError) as caught:
        drawn.point(28_500)
    assert str(caught.value) == (
        "Km28+500 is not on route r, which runs from Km18 to Km28; correct the chainage or the route's calibration"
    )
    assert (drawn.holds(17_999), drawn.holds(18_000), drawn.holds(28_000), drawn.holds(28_001)) == (0, 1, 1, 0)
    assert measure(drawn.interval(0, 20_000)) == pytest.approx(2_000, abs=0.01)
    assert drawn.interval(0, 18_000).is_empty
    assert drawn.interval(22_000, 20_000).is_empty
    assert drawn.interval(30_000, 40_000).is_empty


# --- chainage, properties --------------------------------------------------------------------------------------------


@st.composite
def calibrated(pick: st.DrawFn) -> Alignment:
    """A line from west to east with two or more of its vertices calibrated, drawn 0.5 to 2 times its chainage."""
    count = pick(st.integers(2, 6))
    steps = pick(st.lists(st.integers(200, 20_000), min_size=count - 1, max_size=count - 1))
    xs = [450_000 + sum(steps[:i]) for i in range(count)]
    ys = pick(st.lists(st.integers(2_400_000, 2_420_000), min_size=count, max_size=count))
    vertices = from_metric(*zip(xs, ys, strict=True))
    chosen = sorted(pick(st.sets(st.integers(0, count - 1), min_size=2)))
    chainage = pick(st.integers(0, 50_000))
    points = [at(f"Km{chainage // 1000}+{chainage % 1000:03d}", vertices[chosen[0]])]
    for before, after in pairwise(chosen):
        length = sum(math.dist(p, q) for p, q in pairwise(list(zip(xs, ys, strict=True))[before : after + 1]))
        chainage += max(1, round(length * pick(st.floats(0.5, 2))))
        points.append(at(f"Km{chainage // 1000}+{chainage % 1000:03d}", vertices[after]))
    return aligned(vertices, calibration=points)


SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=5)


@given(calibrated(), SHARES)
def test_intervals_end_at_their_points_and_add_up(drawn: Alignment, shares: list[float]) -> None:
    cuts = [drawn.start_m, *(drawn.start_m + s * drawn.published_m for s in sorted(shares)), drawn.end_m]
    total = 0.0
    for low, high in pairwise(cuts):
        part = drawn.interval(low, high)
        if not part.is_empty:
            assert part.coords[0] == drawn.point(low).coords[0]
            assert part.coords[-1] == drawn.point(high).coords[0]
            total += measure(part)
    # An interval below 1 cm is empty.
    assert total == pytest.approx(drawn.drawn_m, abs=0.01 * len(cuts) + 1e-5 * drawn.drawn_m)


@given(calibrated())
def test_calibration_points_are_met_exactly(drawn: Alignment) -> None:
    for chainage, along in drawn.calibration:
        assert drawn.drawn_at(chainage) == along
        assert drawn.chainage_at(along) == chainage
        assert drawn.point(chainage).coords[0] in list(drawn.line.coords)


@given(calibrated(), SHARES)
def test_chainage_rises_along_the_line_and_comes_back(drawn: Alignment, shares: list[float]) -> None:
    lengths = [share * drawn.drawn_m for share in sorted(shares)]
    chainages = [drawn.chainage_at(length) for length in lengths]
    assert chainages == sorted(chainages)
    for length, chainage in zip(lengths, chainages, strict=True):
        assert drawn.drawn_at(chainage) == pytest.approx(length, abs=1e-6)
    for length, chainage in zip(lengths, chainages, strict=True):
        # Even in degrees is not quite even in metres: some metres over a leg of 28 km.
        back = drawn.chainage_of(drawn.point(chainage))
        assert drawn.drawn_at(back) == pytest.approx(length, abs=5)


# --- a survey in place of a sketch -----------------------------------------------------------------------------------

SKETCH = line(MERIDIAN, calibration=[at("Km18", MERIDIAN[0]), at("Km80", MERIDIAN[2])], title={"vi": "Đ", "en": "R"})
SURVEYED = [[107.25, 21.0], [107.253, 21.3], [107.247, 21.6], [107.25, 22.0]]


def survey(coordinates: Any = SURVEYED, **properties: Any) -> dict[str, Any]:
    return line(coordinates, accuracy="survey", uncertainty_m=None, source="surveyed 2025", **properties)


@pytest.mark.parametrize("coordinates", [SURVEYED, SURVEYED[::-1]])
@pytest.mark.parametrize("name", ["0.geojson", "z.geojson"])
def test_a_survey_replaces_the_sketch(tmp_path: Path, coordinates: Any, name: str) -> None:
    put(tmp_path, SKETCH)
    put(tmp_path, survey(coordinates), name=name)
    drawn = load(tmp_path, CRS).alignments["r"]
    assert (drawn.accuracy, drawn.source, drawn.uncertainty_m) == ("survey", "surveyed 2025", None)
    assert [list(vertex) for vertex in drawn.line.coords] == SURVEYED
    assert (drawn.start_m, drawn.end_m, drawn.title) == (18_000, 80_000, {"vi": "Đ", "en": "R"})
    tmp_path.joinpath(name).unlink()
    assert load(tmp_path, CRS).alignments["r"].accuracy == "schematic"


def test_a_survey_of_a_route_without_chainage_keeps_its_direction() -> None:
    found = draw(line(MERIDIAN, start="Km2"), survey(SURVEYED[::-1])).alignments["r"]
    assert [list(vertex) for vertex in found.line.coords] == SURVEYED
    assert found.start_m == 2_000


def test_a_survey_may_bring_its_own_chainage() -> None:
    assert draw(SKETCH, survey(start="Km5")).alignments["r"].start_m == 5_000
    own = [at("Km17+900", SURVEYED[0]), at("Km79", SURVEYED[-1])]
    assert draw(SKETCH, survey(calibration=own)).alignments["r"].start_m == 17_900


def test_a_survey_far_from_the_known_points_is_doubted(tmp_path: Path) -> None:
    (said,) = faults(put(tmp_path, SKETCH, survey([[107.25, 21.1], [107.25, 22.0]])))
    # A tenth of what a degree of latitude is at 21.05°: 111132.954 − 559.822 cos 42.1° + 1.175 cos 84.2°, × 0.9999
    assert said.startswith(
        f"{tmp_path.name}/a.geojson: features[1].properties.calibration: the calibration point Km18 lies 11071 m"
    )
    assert said.endswith(
        " m from the line, more than 500 m; correct the point or the line, or give the line a calibration of its own"
    )


@pytest.mark.parametrize("kind", ["schematic", "survey"])
def test_two_of_one_accuracy_name_each_other(tmp_path: Path, kind: str) -> None:
    put(tmp_path, line(MERIDIAN, accuracy=kind), name="a.geojson")
    put(tmp_path, place(), line(MERIDIAN, accuracy=kind), name="b.geojson")
    (said,) = faults(tmp_path)
    here = tmp_path.name
    assert said == (
        f"{here}/b.geojson: features[1].properties.route: route r is drawn twice with accuracy {kind}; "
        f"the other stands at {here}/a.geojson: features[0]; keep one of the two"
    )


# --- parts of a line -------------------------------------------------------------------------------------------------


def parts(*lines: Any) -> dict[str, Any]:
    made = line([])
    made["geometry"] = {"type": "MultiLineString", "coordinates": lines}
    return made


A, B, C, D = [107.0, 21.5], [107.1, 21.5], [107.2, 21.6], [107.3, 21.5]


@pytest.mark.parametrize("lines", [([A, B], [B, C, D]), ([B, A], [D, C, B]), ([C, D], [A, B], [C, B])])
def test_touching_parts_are_one_line(lines: Any) -> None:
    drawn = draw(parts(*lines)).alignments["r"]
    found = [[round(x, 7), round(y, 7)] for x, y in drawn.line.coords]
    assert found in ([A, B, C, D], [D, C, B, A])


def test_a_hair_between_parts_is_no_gap() -> None:
    assert draw(parts([A, B], [[107.1 + 2e-8, 21.5], C])).alignments["r"].line.geom_type == "LineString"


def test_gaps_and_forks_are_said_with_their_places(tmp_path: Path) -> None:
    said = faults(put(tmp_path, parts([A, B], [C, D]), parts([A, B], [B, C], [B, D])))
    assert [text.partition("geometry: ")[2] for text in said] == [
        (
            "the 2 parts do not touch and make no single line; join their loose ends at (longitude, latitude) "
            "107.00000, 21.50000; 107.10000, 21.50000; 107.20000, 21.60000; 107.30000, 21.50000"
        ),
        (
            "the 3 parts fork and make no single line; keep one branch at (longitude, latitude) 107.10000, 21.50000, "
            "and give the other a route id of its own"
        ),
    ]


# --- the other kinds -------------------------------------------------------------------------------------------------


def test_everything_is_told_apart_by_its_properties() -> None:
    ring = [A, B, C, A]
    border = feature({"type": "LineString", "coordinates": [A, B]}, border=True, attribution="© họ", route=None)
    heights = line([[*A, 310.5], [*B, 320]], "cao", partial=True, note="chỉ có tiếng Việt")
    found = draw(heights, place(), border, area(ring, code="183"), area(ring, code="184", unit="Đình Lập"))
    assert list(found.alignments) == ["cao"]
    assert not found.alignments["cao"].line.has_z
    assert found.alignments["cao"].partial
    assert found.alignments["cao"].note == {"vi": "chỉ có tiếng Việt", "en": "chỉ có tiếng Việt"}
    assert (found.places["p"].kind, found.places["p"].title["en"]) == ("town", "Chỗ")
    assert found.border_attribution == "© họ"
    assert found.border is not None
    assert shapely.equals(found.border, LineString([A, B]))
    assert [unit.unit for unit in found.units] == ["Lộc Bình", "Đình Lập"]


def test_an_empty_folder_draws_nothing(tmp_path: Path) -> None:
    tmp_path.joinpath("notes.txt").write_text("not read")
    found = load(tmp_path, CRS)
    assert (found.alignments, found.places, found.border, found.border_attribution) == ({}, {}, None, None)
    assert found.units == ()


HOSTILE = [
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{% for x in [] %}",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "${7*7}",
    "`id`",
    "]]>",
    "<!--<script>",
    "a\u2028b",
    "\u202egnp.exe",
    "javascript:alert(1)",
    "x" * 10_000,
    "{0} {found} %s",
]


RING = [A, B, C, A]


def test_units_of_one_code_follow_one_another() -> None:
    old = area(RING, unit="Xã Cũ", level="commune", code="1", valid_until="2025-06-30")
    new = area(RING, unit="Xã Mới", level="commune", code="1", valid_from="2025-07-01")
    found = draw(new, old, area(RING, unit="Huyện", code="1")).units
    assert [(one.unit, one.valid_from, one.valid_until) for one in found] == [
        ("Xã Cũ", None, date(2025, 6, 30)),
        ("Xã Mới", date(2025, 7, 1), None),
        ("Huyện", None, None),
    ]
    days = date(2025, 6, 30), date(2025, 7, 1)
    assert [[one.valid(day) for day in days] for one in found] == [[True, False], [False, True], [True, True]]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ({}, {}, "is given twice"),
        ({}, {"valid_from": "2025-07-01"}, "is given twice"),  # the first never ends
        ({"valid_until": "2025-07-01"}, {"valid_from": "2025-07-01"}, "is given twice"),
        ({"valid_from": "2025-07-01"}, {"valid_from": "2025-08-01"}, "is given twice"),
        ({"valid_from": "2025-07-01"}, {"valid_until": "2025-7-1"}, "2025-7-1"),
        ({"valid_from": "2025-07-01"}, {"valid_until": "2025-02-30"}, "2025-02-30"),
        ({"valid_from": "2025-07-01"}, {"valid_until": 20250630}, "20250630"),
        ({"valid_until": "2024-01-01"}, {"valid_from": "2025-07-01", "valid_until": "2025-06-30"}, "2025-06-30"),
    ],
)
def test_two_units_of_one_code_on_one_day_are_a_fault(
    tmp_path: Path, first: dict[str, Any], second: dict[str, Any], said: str
) -> None:
    (sentence,) = faults(put(tmp_path, area(RING, code="1", **first), area(RING, code="1", **second)))
    assert "features[1]" in sentence
    assert said in sentence


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_kept_as_typed(text: str) -> None:
    border = feature({"type": "LineString", "coordinates": [A, B]}, border=True, attribution=text)
    both = {"vi": text, "en": text}
    found = draw(
        line(MERIDIAN, title=both, source=text, note=text),
        place(title=text, source=text),
        border,
        area([A, B, C, A], unit=text),
    )
    drawn, where = found.alignments["r"], found.places["p"]
    assert [drawn.title, drawn.source, drawn.note] == [both, text, both]
    assert [where.title, where.source] == [both, text]
    assert [found.border_attribution, found.units[0].unit] == [text, text]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_a_fault_is_short_and_printable(tmp_path: Path, text: str) -> None:
    said = "\n".join(faults(put(tmp_path, line(MERIDIAN, route=text, accuracy=text, start=text))))
    assert all(c.isprintable() or c == "\n" for c in said)
    assert len(said) < 1_000


def test_a_line_drawn_beyond_km0_is_said_in_metres() -> None:
    """There is no chainage below Km0, and none is made up for a sentence."""
    drawn = aligned(EAST, calibration=[at("Km1", EAST[1]), at("Km11", EAST[2])])
    with pytest.raises(RouteError, match=r"^Km60 is not on route r, which runs from -9000 m to Km11;"):
        drawn.point(60_000)


@pytest.mark.skipif(os.name == "nt", reason="Windows allows no such names")
@pytest.mark.parametrize("name", hostile.FILE_NAMES)
def test_a_hostile_name_of_a_file_or_folder_is_printable_in_a_fault(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    with pytest.raises(RouteError) as caught:
        load(folder, CRS)
    assert printable(name) in caught.value.write("vi")
    assert caught.value.write("vi").isprintable()
    folder.mkdir()
    put(folder, line(MERIDIAN), line(MERIDIAN), name=f"{name}.geojson")
    (sentence,) = faults(folder)
    assert sentence.isprintable()
    assert sentence.startswith(f"{printable(name)}/{printable(name)}.geojson: features[1]")
    assert len(sentence) < 1_000


def test_a_hostile_crs_is_printable_in_a_fault() -> None:
    for text in ("\u202eEPSG:9215", "+proj=longlat\n+datum=WGS84 +type=crs"):
        with pytest.raises(RouteError) as caught:
            metric(text)
        assert caught.value.write("vi").isprintable()


def test_names_are_composed() -> None:
    apart = unicodedata.normalize("NFD", "Đồng Đăng")
    assert apart != "Đồng Đăng"
    assert draw(place(title=apart)).places["p"].title["vi"] == "Đồng Đăng"


# --- units -----------------------------------------------------------------------------------------------------------

EAST = from_metric(*[(x, 2_410_000) for x in (430_000, 440_000, 450_000)])
WEST, MIDDLE = box(106, 21, EAST[1][0], 22), box(EAST[1][0], 21, 108, 22)


def told(found: tuple[UnitPart, ...]) -> list[tuple[str | None, int, int]]:
    return [(part.unit, round(part.start_m), round(part.end_m)) for part in found]


def test_a_route_is_cut_where_units_meet() -> None:
    drawn = aligned(EAST, start="Km10")
    assert told(cut_by_units(drawn, {"Tây": WEST, "Đông": MIDDLE})) == [
        ("Tây", 10_000, 20_000),
        ("Đông", 20_000, 30_000),
    ]
    # Nothing covers the east; a unit met twice comes twice; of two that overlap, the first named has the metre.
    assert told(cut_by_units(drawn, {"Tây": WEST})) == [("Tây", 10_000, 20_000), (None, 20_000, 30_000)]
    third = from_metric((435_000, 2_410_000), (438_000, 2_410_000))
    gate = box(third[0][0], 21, third[1][0], 22)
    assert told(cut_by_units(drawn, {"Cổng": gate, "Tây": WEST})) == [
        ("Tây", 10_000, 15_000),
        ("Cổng", 15_000, 18_000),
        ("Tây", 18_000, 20_000),
        (None, 20_000, 30_000),
    ]
    assert told(cut_by_units(drawn, {})) == [(None, 10_000, 30_000)]


@given(st.lists(st.tuples(st.floats(106.6, 106.9), st.floats(0.001, 0.1)), max_size=4))
def test_every_metre_has_one_unit(squares: list[tuple[float, float]]) -> None:
    drawn = aligned(EAST)
    areas = {str(i): box(x, 21.7, x + width, 21.9) for i, (x, width) in enumerate(squares)}
    found = cut_by_units(drawn, areas)
    assert (found[0].start_m, found[-1].end_m) == (drawn.start_m, drawn.end_m)
    assert all(a.end_m == b.start_m and a.unit != b.unit for a, b in pairwise(found))
    for part in found:
        middle = drawn.point((part.start_m + part.end_m) / 2)
        within = [name for name, square in areas.items() if square.distance(middle) < 1e-9]
        assert part.unit in within if part.unit else part.end_m - part.start_m > 0


def test_inner_ends_are_rounded_and_slivers_go_to_the_part_before() -> None:
    cut = (
        UnitPart("a", 1_750, 10_240),
        UnitPart("b", 10_240, 10_600),
        UnitPart("a", 10_600, 20_250),
        UnitPart("c", 20_250, 33_333),
    )
    assert told(round_parts(cut)) == [("a", 1_750, 20_500), ("c", 20_500, 33_333)]
    sliver_first = (UnitPart("b", 0, 100), UnitPart("a", 100, 700), UnitPart("c", 700, 2_100))
    assert told(round_parts(sliver_first)) == [("a", 0, 500), ("c", 500, 2_100)]
    short = (UnitPart("b", 0, 100), UnitPart("a", 100, 300))
    assert round_parts(short) == short
