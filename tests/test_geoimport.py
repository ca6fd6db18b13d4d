"""A geometry file becomes a route or boundaries of ``geodata/``: asked about, shown, written, and taken back."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pyproj
import pytest
import shapely
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from lsinfra import files, loader, portfolio, starter
from lsinfra.alignments import metric
from lsinfra.codes import Level
from lsinfra.commands import geodata as geodata_commands
from lsinfra.errors import QuantityError, RunError, Severity
from lsinfra.intake.geometry import crs, joining, planning, reading, sections, splicing, store
from lsinfra.intake.geometry.drawing import Drawing, GeoImportError, Shape, Wanted
from lsinfra.intake.geometry.plans import ImportPlan, Request
from lsinfra.intake.keeping import EditError
from lsinfra.routes import load
from lsinfra.text import LANGS, Lang
from tests.conftest import ROOT, Run

Command = Callable[..., Run]
REFERENCE = ROOT.parent / "shared" / "reference"
TODAY = date(2026, 11, 22)
SKETCH = [(106.9056, 21.7799), (106.9233, 21.7587), (106.9555, 21.7025), (107.0338, 21.6158), (107.0981, 21.5463),
          (107.2619, 21.3946)]  # fmt: skip
TM_107_15 = "+proj=tmerc +lat_0=0 +lon_0=107.25 +k=0.9999 +x_0=500000 +y_0=0 +ellps=WGS84 +units=m +no_defs"
CHECK_POINT = (106.7610, 21.8526), (449262.310, 2417428.067)


def reference(name: str) -> Path:
    path = REFERENCE / name
    if not path.exists():
        pytest.skip("the reference data (../shared/reference) is not here and may not be shipped")
    return path


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes of a file is tested here, read without the process that test_geoimport_files.py is about."""
    monkeypatch.setattr(planning, "read", reading.read_here)


def asked(**more: Any) -> Request:
    given: dict[str, Any] = {
        "source": "Ban QLDA",
        "licence": "CC BY 4.0",
        "dated": "2026-03",
        "attribution": "Ban QLDA",
    }
    return Request(**(given | {"today": TODAY, "accuracy": "survey"} | more))


def geojson(path: Path, *lines: Sequence[Any], kind: str = "LineString", **properties: Any) -> Path:
    rows = [
        {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": line}} for line in lines
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}), encoding="utf-8")
    return path


def bent(line: list[tuple[float, float]], off: float = 0.004, times: int = 12) -> list[tuple[float, float]]:
    """A road that winds about a sketch: some 400 m to either side, the same ends."""
    whole = LineString(line)
    at = [whole.interpolate(share / (times * 5), normalized=True) for share in range(times * 5 + 1)]
    return [(round(p.x + off * math.sin(n * math.pi / 5), 6), round(p.y, 6)) for n, p in enumerate(at)]


SURVEY = bent(SKETCH)


def planned(root: Path, file: Path, request: Request | None = None, **target: Any) -> ImportPlan:
    geodata = root / "geodata"
    return planning.plan(file, portfolio.load(root), geodata, request or asked(), **(target or {"route": "ql4b"}))


def refused(call: Callable[[], object]) -> GeoImportError:
    with pytest.raises(GeoImportError) as caught:
        call()
    for lang in LANGS:
        assert "\n" not in caught.value.write(lang)
    return caught.value


def codes(plan: ImportPlan) -> set[str]:
    return {note.code for note in plan.notes}


def fact(plan: ImportPlan, code: str) -> dict[str, Any]:
    found = [row for row in plan.as_dict()["facts"] if row["code"] == code]
    assert found, code
    first: dict[str, Any] = found[0]
    return first


def test_a_file_is_read_in_a_process_that_may_not_take_long(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "read", reading.read)
    monkeypatch.setattr(reading, "SECONDS", 0.001)
    assert refused(lambda: planned(root, geojson(tmp_path / "a.geojson", SURVEY))).key == "too_slow"


# --- coordinates ---------------------------------------------------------------------------------------------------


def drawn(line: list[tuple[float, float]], named: str | None) -> Drawing:
    return Drawing("a.dxf", "0", named, (Shape("", {}, LineString(line)),))


def test_the_check_point_comes_out_with_its_datum_step() -> None:
    """EPSG:9215 by EPSG:6960; without the step it would be 224 m off."""
    lonlat, (east, north) = CHECK_POINT
    placed = crs.place(drawn([(east, north), (east + 100, north)], "EPSG:9215"))
    lon, lat = placed.shapes[0].geometry.coords[0]
    assert pyproj.Geod(ellps="WGS84").inv(lon, lat, *lonlat)[2] < 0.01
    assert placed.step == "EPSG:6960"
    esri = pyproj.CRS(9215).to_wkt("WKT1_ESRI")  # as a .prj says it, with no code in it
    assert crs.place(drawn([(east, north), (east + 100, north)], esri)).shapes == placed.shapes


def test_a_missing_crs_is_asked_for_with_what_the_numbers_suggest(root: Path) -> None:
    known = load(root / "geodata", "EPSG:9215")
    _, (east, north) = CHECK_POINT
    near = shapely.Point(106.76, 21.85)

    def ask(line: list[tuple[float, float]], **more: Any) -> GeoImportError:
        return refused(lambda: crs.place(drawn(line, None), known=known, near=near, **more))

    error = ask([(east, north), (east + 100, north)])
    assert error.key == "crs_missing"
    assert str(error.values["suggested"]).startswith("EPSG:9215 (VN-2000 / TM-3 107-15, 0 km)")
    assert "EPSG:9214 (VN-2000 / TM-3 107-00, 26 km)" in str(error.values["suggested"])  # its neighbour, after it
    turned_round = ask([(north, east), (north, east + 100)])  # X is north, as surveyors of Việt Nam write it
    assert turned_round.key == "swapped_metres"
    assert str(turned_round.values["suggested"]).startswith("EPSG:9215 (VN-2000 / TM-3 107-15, 0 km)")
    both_wrong = refused(lambda: crs.place(drawn([(north, east), (north, east + 100)], "EPSG:4326"), near=near))
    assert both_wrong.key == "swapped_metres"  # as GeoJSON that names no CRS
    assert both_wrong.values["suggested"] == turned_round.values["suggested"]
    strange = refused(lambda: crs.place(drawn([(1000.0, 2000.0), (1300.0, 2400.0)], "EPSG:4326"), near=near))
    assert strange.key == "metres_in_degrees_strange"
    assert ask([(east * 1000, north * 1000), (east * 1000 + 1, north * 1000)]).key == "in_millimetres"
    assert ask([(1, 2), (300, 400)]).key == "crs_missing_strange"
    assert ask([(106.7, 21.8), (106.8, 21.9)]).key == "crs_missing_degrees"
    assert ask([(21.8, 106.7), (21.9, 106.8)]).key == "swapped"
    turned = crs.place(drawn([(north, east), (north, east + 100)], None), crs="EPSG:9215", swap=True)
    assert turned.shapes == crs.place(drawn([(east, north), (east + 100, north)], None), crs="EPSG:9215").shapes
    assert {note.code for note in turned.notes} >= {"swapped_as_asked"}


@pytest.mark.parametrize(
    ("named", "at", "step"),
    [
        ("EPSG:9215", CHECK_POINT[1], "EPSG:6960"),
        ("EPSG:4756", (106.7, 21.8), "EPSG:6960"),
        ("EPSG:4131", (106.7, 21.8), "EPSG:1542"),
        ("EPSG:4326", (106.7, 21.8), ""),
        ("EPSG:32648", (680000.0, 2400000.0), ""),
        (f"{TM_107_15} +towgs84=-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278",
         CHECK_POINT[1], "own"),
    ],
)  # fmt: skip
def test_the_step_between_the_datums_is_named_by_its_code(named: str, at: tuple[float, float], step: str) -> None:
    x, y = at
    assert crs.place(drawn([at, (x + 0.01, y)], named)).step == step


def test_an_import_has_its_row_in_the_table_of_imports(root: Path, tmp_path: Path) -> None:
    """Under the heading the shipped README has for it, whatever a person wrote below; made where somebody took it."""
    readme = root / "geodata" / "README.md"
    shipped = readme.read_text(encoding="utf-8")
    file = geojson(tmp_path / "1.geojson", SURVEY)

    def after(text: str) -> str:
        readme.write_text(text, encoding="utf-8")
        return planned(root, file).changes[-1].after.decode()

    head = splicing.head("en").splitlines()
    below = shipped + "\n## Notes\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    for text in (shipped, below, shipped[: shipped.index(head[0])], shipped[: shipped.index("## Imports")]):
        lines = after(text).splitlines()
        assert lines.count("## Imports") == 1
        at = lines.index(head[0])
        assert at > lines.index("## Imports")
        assert lines[at + 1] == head[1]
        assert lines[at + 2].startswith("| `ql4b` | 1.geojson | survey | Ban QLDA | 2026-03 |")
    assert after(below).endswith(below[-len("\n## Notes\n\n| a | b |\n|---|---|\n| 1 | 2 |\n") :])
    assert shipped[shipped.index("## Imports") :] in after(shipped[: shipped.index("## Imports")])


def test_the_readme_is_gone_on_with_in_its_own_language(root: Path, tmp_path: Path) -> None:
    readme = root / "geodata" / "README.md"
    file = geojson(tmp_path / "1.geojson", SURVEY)

    def after(lang: Lang, **more: object) -> str:
        return planned(root, file, asked(lang=lang, **more)).changes[-1].after.decode()

    made = {lang: starter.make("Cà Mau", lang).files["geodata/README.md"] for lang in LANGS}
    for lang in LANGS:
        readme.write_text(made["vi"], encoding="utf-8")
        text = after(lang, accuracy="schematic", uncertainty_m=500.0)
        assert text.startswith(made["vi"])
        added = text.removeprefix(made["vi"])
        assert added.startswith("\n## Các lần nhập\n\n")
        assert "| `ql4b` | 1.geojson | vẽ phác, sai số đến 500 m | Ban QLDA |" in added
        assert not re.search("Imports|schematic|what", added)
        # A second one goes into the same table.
        readme.write_text(text, encoding="utf-8")
        assert after(lang).count("\n## ") == text.count("\n## ")
        readme.write_text(made["en"], encoding="utf-8")
        assert after(lang).removeprefix(made["en"]).startswith("\n## Imports\n\n")
        readme.unlink()
        assert after(lang).startswith("## Imports" if lang == "en" else "## Các lần nhập")


@pytest.mark.parametrize(
    ("line", "named", "key"),
    [
        ([(21.8, 106.7), (21.9, 106.8)], "EPSG:4326", "swapped"),
        ([(10.0, 50.0), (10.1, 50.0)], "EPSG:4326", "outside"),
        ([CHECK_POINT[1], (450000, 2417428)], "EPSG:4326", "metres_in_degrees_strange"),  # no place to suggest by
        ([(106.7, 21.8), (106.8, 21.9)], "EPSG:9215", "degrees_in_metres"),
        ([(106.7, 21.8), (106.8, 21.9)], "EPSG:1", "crs_unknown"),
        ([(106.7, 21.8), (106.8, 21.9)], "no such", "crs_unknown"),
    ],
)
def test_a_crs_that_does_not_fit_is_refused(line: list[tuple[float, float]], named: str, key: str) -> None:
    assert refused(lambda: crs.place(drawn(line, named))).key == key


def test_an_ellipsoid_alone_is_no_datum_and_is_told() -> None:
    _, at = CHECK_POINT
    line = [at, (at[0] + 100, at[1])]
    assert "datum_unsaid" in {note.code for note in crs.place(drawn(line, TM_107_15)).notes}
    for exact in ("EPSG:9215", pyproj.CRS(9215).to_wkt("WKT1_ESRI"), pyproj.CRS(9215).to_wkt()):
        assert "datum_unsaid" not in {note.code for note in crs.place(drawn(line, exact)).notes}
    labelled = pyproj.CRS(9215).to_wkt("WKT1_ESRI").replace("D_Vietnam_2000", "D_WGS_1984")
    lon, lat = crs.place(drawn(line, labelled)).shapes[0].geometry.coords[0]
    shift = pyproj.Geod(ellps="WGS84").inv(lon, lat, *CHECK_POINT[0])[2]
    assert 215 < shift < 230  # read as it says; what it says is checked against known lines, not against its name


def test_what_a_person_says_outranks_the_file_and_is_noted() -> None:
    _, at = CHECK_POINT
    placed = crs.place(drawn([at, (at[0] + 100, at[1])], "EPSG:32648"), crs="EPSG:9215")
    assert placed.crs.startswith("EPSG:9215")
    assert "crs_overruled" in {note.code for note in placed.notes}


def test_vn2000_labelled_wgs84_is_found_and_asked_about(root: Path) -> None:
    """A real file: shifted 192 m east and 109 m south."""
    file = reference("fixture_langson_province_vn2000_mislabelled_as_wgs84.geojson")
    right = reading.read_here(reference("fixture_langson_province_corrected_wgs84.geojson"), Wanted())
    wrong = reading.read_here(file, Wanted())
    known = load(root / "geodata", "EPSG:9215")
    error = refused(lambda: planned(root, file, level=Level.PROVINCE))
    assert error.key == "ask_datum"
    assert (error.values["said_as"], error.values["other_as"]) == ("wgs84", "vn2000")
    moved = crs.place(wrong, known=known, assume="vn2000")
    assert "datum_assumed" in {note.code for note in moved.notes}
    assert shapely.hausdorff_distance(moved.shapes[0].geometry, right.shapes[0].geometry) < 2e-6
    kept = crs.place(wrong, known=known, assume="wgs84")
    assert kept.shapes == wrong.shapes
    assert {note.code for note in crs.place(right, known=known).notes} == {"datum_checked"}
    # The other way round: right numbers under the name of VN-2000.
    error = refused(lambda: crs.place(right, known=known, crs="EPSG:4756"))
    assert (error.key, error.values["other_as"]) == ("ask_datum", "wgs84")


def test_a_datum_is_checked_by_a_surveyed_route(root: Path) -> None:
    """The border of the shipped data serves where there is no reference data: vertices of it, shifted or not."""
    known = load(root / "geodata", "EPSG:9215")
    assert known.border is not None
    line = [(x, y) for x, y in known.border.geoms[0].coords][:300]
    assert {note.code for note in crs.place(drawn(line, "EPSG:4326"), known=known).notes} == {"datum_checked"}
    back = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:4756", always_xy=True, only_best=True)
    shifted = [back.transform(*at) for at in line]
    assert refused(lambda: crs.place(drawn(shifted, "EPSG:4326"), known=known)).key == "ask_datum"
    utm = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3405", always_xy=True, only_best=True)
    metres = [utm.transform(*at) for at in line]
    assert refused(lambda: crs.place(drawn(metres, "EPSG:32648"), known=known)).key == "ask_datum"
    placed = crs.place(drawn(metres, "EPSG:32648"), known=known, assume="vn2000")
    assert shapely.hausdorff_distance(placed.shapes[0].geometry, LineString(line)) < 1e-6


# --- joining -------------------------------------------------------------------------------------------------------

BACK = pyproj.Transformer.from_crs("EPSG:9215", "EPSG:4326", always_xy=True)
ZERO = (450_000.0, 2_400_000.0)


def metres(*line: tuple[float, float]) -> LineString:
    return LineString([(x + ZERO[0], y + ZERO[1]) for x, y in line])


def joined(*parts: LineString, tolerance_m: float = 1.0) -> joining.Joined:
    return joining.join(parts, BACK, "a.gpx", tolerance_m)


@settings(max_examples=40)
@given(st.lists(st.integers(1, 90), min_size=1, max_size=8, unique=True), st.randoms(use_true_random=False))
def test_a_line_that_was_cut_is_one_line_again(cuts: list[int], chance: Any) -> None:
    """However its parts are ordered, turned, or given twice."""
    whole = metres(*[(n * 10.0, math.sin(n / 3) * 50) for n in range(92)])
    ends = [0, *sorted(cuts), 91]
    parts = [LineString(whole.coords[a : b + 1]) for a, b in pairwise(ends)]
    parts += [part.reverse() for part in chance.sample(parts, 1)]
    chance.shuffle(parts)
    parts = [part.reverse() if chance.random() < 0.5 else part for part in parts]
    found = joined(*parts)
    assert shapely.equals(found.line.normalize(), whole.normalize())
    assert (found.parts, found.dropped, found.bridged) == (len(ends) - 1, 1, ())


def test_gaps_are_refused_with_their_ends_and_width_unless_allowed() -> None:
    first, second = metres((0, 0), (100, 0)), metres((103, 4), (200, 0))
    error = refused(lambda: joined(second, first))
    assert error.key == "gaps"
    lon, lat = BACK.transform(ZERO[0] + 100, ZERO[1])
    assert f"{lon:.5f}, {lat:.5f}" in error.write("en")
    assert "(5.0 m)" in error.write("en")
    assert "(5,0 m)" in error.write("vi")
    found = joined(first, second, tolerance_m=5.5)
    assert [round(width, 3) for _, width in found.bridged] == [5.0]
    assert found.line.length == pytest.approx(100 + 5 + math.dist((103, 4), (200, 0)))
    for tolerance in (-1.0, 201.0, math.nan):
        assert refused(lambda tolerance=tolerance: joined(first, tolerance_m=tolerance)).key == "bad_tolerance"  # type: ignore[misc]


def test_forks_loops_and_crossings() -> None:
    stem, left, right = metres((0, 0), (100, 0)), metres((100, 0), (200, 50)), metres((100, 0), (200, -50))
    error = refused(lambda: joined(stem, left, right))
    assert (error.key, error.values["count"]) == ("forks", 1)
    branch = metres((50, 0.3), (60, 80))  # ends on the middle of another line, with no vertex there
    assert refused(lambda: joined(stem, branch)).key == "forks"
    assert refused(lambda: joined(metres((0, 0), (10, 0), (10, 10), (0, 0)))).key == "loop"
    assert refused(lambda: joined(stem, metres((100, 0), (50, 80), (0, 0)))).key == "loop"
    found = joined(metres((0, 0), (100, 0), (100, 50), (50, 50), (50, -50)))
    assert found.crosses is not None
    assert found.crosses.distance(shapely.Point(ZERO[0] + 50, ZERO[1])) < 0.01
    assert found.doubled_m == 0.0
    parts = [metres((n, 0), (n, 1)) for n in range(joining.MAX_PARTS + 1)]
    assert refused(lambda: joined(*parts)).key == "too_many_parts"


@pytest.mark.parametrize(
    ("line", "doubled_m"),
    [
        ([(0, 0), (2000, 0), (1500, 0), (1500, 900)], 500),
        ([(0, 0), (2000, 0), (2000, 1), (1500, 1), (1500, 900)], 500),  # there and back, as a GPS in a car has it
        ([(0, 0), (2000, 0), (2000, 20), (0, 20)], 0),  # a hairpin bend
        ([(0, 0), (2000, 0), (2000, 500), (1000, 500), (1000, -500)], 0),  # a loop under a bridge
        ([(0, 0), (2000, 0), (2000, 300), (1990, 300), (1900, -300)], 0),
    ],
)
def test_a_line_that_goes_back_on_itself_is_told_from_a_crossing(
    line: list[tuple[float, float]], doubled_m: float
) -> None:
    found = joined(metres(*line))
    assert found.doubled_m == pytest.approx(doubled_m, abs=35)  # the bend where it turns is none
    if doubled_m:
        assert found.doubled_at.distance(metres((1500, 0), (2000, 0))) < 2


def test_a_doubled_line_is_written_only_when_told_to(root: Path, tmp_path: Path) -> None:
    file = geojson(tmp_path / "1.geojson", [*SURVEY[:30], *SURVEY[24:29][::-1], *SURVEY[25:]])
    made = planned(root, file)
    assert [note.code for note in made.notes if note.severity is Severity.ERROR] == ["doubled"]
    assert "crosses_itself" not in codes(made)
    assert refused(lambda: planning.commit(made)).key == "blocked"
    assert not planned(root, file, asked(anyway=True)).blocked


def test_lengths_name_what_published_them(root: Path, tmp_path: Path) -> None:
    made = planned(root, geojson(tmp_path / "1.geojson", SURVEY), route="ql1b")
    (row,) = [fact for fact in made.facts if fact.code == "length_published"]
    title = portfolio.load(root).records.sources["self-report-2024"].title
    for lang in LANGS:
        assert f"{title.write(lang)})" in row.write(lang)
    assert "—" not in planned(root, tmp_path / "1.geojson", asked(licence="mở", attribution=None)).write("vi")


# --- a route -------------------------------------------------------------------------------------------------------


def test_a_route_is_shown_then_written_and_all_else_stays(root: Path, tmp_path: Path) -> None:
    geodata = root / "geodata"
    before = {path.name: path.read_bytes() for path in geodata.iterdir()}
    parts = [SURVEY[40:], SURVEY[:20][::-1], SURVEY[19:41], SURVEY[19:41][::-1]]
    made = planned(root, geojson(tmp_path / "tim tuyến.geojson", *parts))
    assert {path.name: path.read_bytes() for path in geodata.iterdir()} == before
    assert not made.blocked
    assert fact(made, "joined") == {"code": "joined", "parts": 3, "dropped": 1, "points": 61}
    true = pyproj.Geod(ellps="WGS84").line_length(*LineString(SURVEY).xy)
    assert fact(made, "length")["drawn_m"] == pytest.approx(true, rel=0.001)
    assert fact(made, "length_old")["old_m"] == 56651
    assert 300 < fact(made, "off")["max_m"] < 500
    assert fact(made, "chainage") == {"code": "chainage", "start": "Km18", "end": "Km80"}
    legs = [row for row in made.as_dict()["facts"] if row["code"] == "leg"]
    assert [(row["first"], row["last"]) for row in legs] == [("Km18", "Km43"), ("Km43", "Km80")]
    drawn_m = sum(row["percent"] / 100 * km * 1000 for row, km in zip(legs, (25, 37), strict=True))
    assert drawn_m == pytest.approx(fact(made, "length")["drawn_m"], abs=35)
    assert "datum_unchecked" in codes(made)
    for lang in LANGS:
        assert "routes.geojson, geodata/README.md" in made.write(lang)
    entry = planning.commit(made)
    line = load(geodata, "EPSG:9215").alignments["ql4b"]
    assert [(round(x, 6), round(y, 6)) for x, y in line.line.coords] == SURVEY
    assert (line.accuracy, line.uncertainty_m, line.start_m, line.end_m) == ("survey", None, 18_000, 80_000)
    assert line.title == portfolio.load(ROOT).routes.alignments["ql4b"].title
    assert line.note is None
    assert line.source == "Ban QLDA; 2026-03; CC BY 4.0"
    # Byte for byte, but for the one feature.
    old, new = before["routes.geojson"].decode(), (geodata / "routes.geojson").read_bytes().decode()
    cut = [[(one.start, one.end) for one in splicing.standing(text)[0] if one.properties["route"] == "ql4b"]
           for text in (old, new)]  # fmt: skip
    ((a, b),), ((c, d),) = cut
    assert (old[:a], old[b:]) == (new[:c], new[d:])
    assert all((geodata / name).read_bytes() == data for name, data in before.items()
               if name not in ("routes.geojson", "README.md"))  # fmt: skip
    assert (entry / "before" / "routes.geojson").read_bytes() == before["routes.geojson"]
    readme = (geodata / "README.md").read_text(encoding="utf-8")
    assert f"| `ql4b` | imported, see Imports | {line.drawn_m / 1000:.1f} km | Laid on at Km18" in readme
    assert "| `ql4b` | tim tuyến.geojson | survey | Ban QLDA | 2026-03 | CC BY 4.0 | Ban QLDA | 2026-11-22 |" in readme
    lines = before["README.md"].decode().splitlines()
    assert [row for row in lines if row not in readme.splitlines()] == [r for r in lines if r.startswith("| `ql4b` |")]


def test_restore_takes_back_one_import_after_the_other(root: Path, tmp_path: Path) -> None:
    geodata = root / "geodata"

    def state() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in geodata.iterdir() if path.is_file()}

    states = [state()]
    square = [[(106.8, 21.3), (107.4, 21.3), (107.4, 21.9), (106.8, 21.9), (106.8, 21.3)]]
    files: list[tuple[Path, dict[str, Any]]] = [
        (geojson(tmp_path / "1.geojson", SURVEY), {"route": "ql4b"}),
        (geojson(tmp_path / "2.geojson", square, kind="Polygon", name="Huyện Lộc Bình"), {"level": Level.DISTRICT}),
        (geojson(tmp_path / "3.geojson", bent(SKETCH, 0.003)), {"route": "ql4b"}),
    ]
    for file, target in files:
        planning.commit(planned(root, file, **target))
        states.append(state())
    assert (geodata / "boundaries-district.geojson").exists()
    assert state()["README.md"].decode().count("| `ql4b` |") == 2
    for want in states[-2::-1]:
        store.restore(geodata)
        assert state() == want
    assert refused(lambda: store.restore(geodata)).key == "nothing_to_restore"
    kept = sorted(path.name for path in (geodata / "imports").iterdir())
    assert kept == ["0001-ql4b", "0002-boundaries-district", "0003-ql4b"]
    assert (geodata / "imports" / "0003-ql4b" / "after" / "routes.geojson").read_bytes() == states[3]["routes.geojson"]
    planning.commit(planned(root, files[0][0]))
    store.restore(geodata)
    assert state() == states[0]


def test_restore_never_loses_a_later_change(root: Path, tmp_path: Path) -> None:
    geodata = root / "geodata"
    made = planned(root, geojson(tmp_path / "1.geojson", SURVEY))
    readme = geodata / "README.md"
    readme.write_bytes(readme.read_bytes() + b"\nmine\n")
    assert refused(lambda: planning.commit(made)).key == "changed_meanwhile"
    planning.commit(planned(root, tmp_path / "1.geojson"))
    readme.write_bytes(readme.read_bytes() + b"\nmine again\n")
    now = (geodata / "routes.geojson").read_bytes()
    assert refused(lambda: store.restore(geodata)).key == "changed_since"
    assert (geodata / "routes.geojson").read_bytes() == now


@pytest.mark.parametrize("swapped", [0, 1, 2])
def test_a_run_killed_between_two_files_is_taken_back(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swapped: int
) -> None:
    """Whatever of the files was swapped when the power went, each is whole, and restore gives the old ones."""
    geodata = root / "geodata"
    before = {path.name: path.read_bytes() for path in geodata.iterdir() if path.is_file()}
    made = planned(root, geojson(tmp_path / "1.geojson", SURVEY))
    after = {change.name: change.after for change in made.changes}
    write = files.replace
    done: list[Path] = []

    def killed(path: Path, data: bytes) -> None:
        if path.parent == geodata:
            if len(done) == swapped:
                raise KeyboardInterrupt
            done.append(path)
        write(path, data)

    monkeypatch.setattr(store, "replace", killed)
    if swapped < len(made.changes):
        with pytest.raises(KeyboardInterrupt):
            planning.commit(made)
    else:
        planning.commit(made)
    monkeypatch.undo()
    now = {path.name: path.read_bytes() for path in geodata.iterdir() if path.is_file()}
    assert all(now[name] in (data, after.get(name)) for name, data in before.items())
    if swapped:
        store.restore(geodata)
    else:
        assert refused(lambda: store.restore(geodata)).key == "nothing_to_restore"
    assert {path.name: path.read_bytes() for path in geodata.iterdir() if path.is_file()} == before


def test_of_two_imports_at_once_none_is_lost(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes while an import is being written is refused, and then sees that the files are others now."""
    first, second = (planned(root, geojson(tmp_path / f"{n}.geojson", bent(SKETCH, n / 1e3))) for n in (3, 4))
    write = files.replace
    told: list[str] = []

    def meanwhile(path: Path, data: bytes) -> None:
        if path == root / "geodata" / "routes.geojson":
            for other in (lambda: planning.commit(second), lambda: store.restore(root / "geodata")):
                with pytest.raises(EditError) as refusal:
                    other()
                told.append(refusal.value.key)
        write(path, data)

    monkeypatch.setattr(store, "replace", meanwhile)
    planning.commit(first)
    monkeypatch.undo()
    assert told == ["locked", "locked"]
    assert refused(lambda: planning.commit(second)).key == "changed_meanwhile"
    written = {change.name: change.after for change in first.changes}
    assert {name: (root / "geodata" / name).read_bytes() for name in written} == written
    assert [path.name for path in (root / "geodata").glob(".*")] == []


def test_provenance_and_accuracy_must_be_said(root: Path, tmp_path: Path) -> None:
    file = geojson(tmp_path / "1.geojson", SURVEY)

    def key(**more: Any) -> str:
        return refused(lambda: planned(root, file, asked(**more))).key

    error = refused(lambda: planned(root, file, asked(source=" ", licence="")))
    assert (error.key, error.values["options"]) == ("provenance_missing", "--source, --licence")
    assert key(attribution=None) == "attribution_missing"
    assert key(licence="ODbL 1.0", attribution=None) == "attribution_missing"
    assert key(accuracy=None) == "accuracy_missing"
    assert key(accuracy="schematic") == "uncertainty_missing"
    assert key(accuracy="schematic", uncertainty_m=-5.0) == "bad_uncertainty"
    for dated in ("tháng trước", "1066", "2027", "20255"):  # a year before maps, one to come, none
        with pytest.raises(QuantityError):
            planned(root, file, asked(dated=dated))
    year = planned(root, file, asked(dated=" 2025 "))
    (readme,) = (change.after.decode() for change in year.changes if change.name == "README.md")
    assert (fact(year, "provenance_credit")["dated"], "| Ban QLDA | 2025 | CC BY 4.0 |" in readme) == ("2025", True)
    assert refused(lambda: planned(root, file, route="ql4c")).key == "unknown_route"
    assert refused(lambda: planned(root, file, route="ql4b", level=Level.DISTRICT)).key == "route_or_level"
    assert planned(root, file, asked(licence="mở", attribution=None)).what == "ql4b"


def test_all_that_a_request_lacks_is_told_at_once(root: Path, tmp_path: Path) -> None:
    file = geojson(tmp_path / "a.geojson", SURVEY)
    with pytest.raises(planning.RequestError) as caught:
        planned(root, file, Request(today=TODAY, valid_from="2025-07-01", valid_until="2024-07-01"), route="ql-4b")
    keys = [fault.key for fault in caught.value.faults]
    assert keys == ["provenance_missing", "unknown_route", "accuracy_missing", "valid_backwards"]
    for lang in LANGS:
        assert len(caught.value.write(lang).splitlines()) == len(keys)
    assert "--source, --licence, --dated" in str(caught.value)
    with pytest.raises(planning.RequestError) as caught:
        planned(root, file, asked(attribution=None, dated="30/2", accuracy="schematic"), route="ql4b")
    first, second, third = caught.value.faults
    assert (first.key, third.key) == ("attribution_missing", "uncertainty_missing")
    assert isinstance(second, QuantityError)


def test_the_command_asks_for_everything_at_once(lsinfra: Command, root: Path, tmp_path: Path) -> None:
    file = geojson(tmp_path / "a.geojson", SURVEY)
    run = lsinfra("geodata", "import", file, "--route", "ql4b", "--lang", "en", cwd=root)
    assert (run.code, run.stdout) == (1, "")
    provenance, accuracy = run.stderr.splitlines()
    assert "--source, --licence, --dated" in provenance
    assert "--accuracy survey" in accuracy


def test_the_direction_follows_the_published_chainage(root: Path, tmp_path: Path) -> None:
    backwards = geojson(tmp_path / "1.geojson", SURVEY[::-1])
    first, second = (planned(root, file) for file in (backwards, geojson(tmp_path / "2.geojson", SURVEY)))
    assert first.changes[0].after == second.changes[0].after
    assert ("turned" in codes(first), "turned" in codes(second)) == (True, False)
    assert refused(lambda: planned(root, backwards, asked(reverse=True))).key == "reverse_against_chainage"
    # A sketch whose Km0 was only set: the line follows it, and may be turned.
    link = [(106.6839, 22.0057), (106.6905, 21.9645), (106.6977, 21.9511)]
    file = geojson(tmp_path / "3.geojson", link[::-1])
    for reverse, want in ((False, link), (True, link[::-1])):
        made = planned(root, file, asked(reverse=reverse), route="huu-nghi-chi-lang-link")
        assert ("turned" in codes(made)) is not reverse
        (one,) = [
            one
            for one in splicing.standing(made.changes[0].after.decode())[0]
            if one.properties["route"] == "huu-nghi-chi-lang-link"
        ]
        assert [tuple(at) for at in one.value["geometry"]["coordinates"]] == want
        assert one.properties["start"] == "Km0"
        assert ("start_moved" in codes(made)) is False  # within the 8 km the sketch owns up to


def test_a_whole_road_is_cut_to_the_route(root: Path, tmp_path: Path) -> None:
    """OpenStreetMap has the road from the city to the sea, of which the project upgrades Km18 to Km80."""
    whole = [(106.80, 21.85), *SURVEY, (107.40, 21.33)]
    file = geojson(tmp_path / "a.geojson", whole)
    past = planned(root, file, asked(anyway=True))
    assert "runs_past" in codes(past)
    made = planned(root, file, asked(cut=True))
    assert "cut" in codes(made)
    assert not {"runs_past", "elsewhere"} & codes(made)
    planning.commit(made)
    new = load(root / "geodata", "EPSG:9215").alignments["ql4b"]
    assert shapely.hausdorff_distance(new.line, LineString(SURVEY)) < 2e-6
    assert (round(new.start_m), round(new.end_m)) == (18_000, 80_000)


def test_a_line_elsewhere_is_kept_from_being_written(root: Path, tmp_path: Path) -> None:
    far = [(x + 0.1, y) for x, y in SURVEY]
    error = refused(lambda: planned(root, geojson(tmp_path / "1.geojson", far)))
    assert error.key == "no_chainage_left"
    detour = [*SURVEY[:30], (SURVEY[30][0] + 0.1, SURVEY[30][1]), *SURVEY[31:]]
    made = planned(root, geojson(tmp_path / "2.geojson", detour))
    assert made.blocked
    assert [note.code for note in made.notes if note.severity is Severity.ERROR] == ["elsewhere"]
    assert refused(lambda: planning.commit(made)).key == "blocked"
    made = planned(root, tmp_path / "2.geojson", asked(anyway=True))
    assert not made.blocked
    assert "elsewhere" in codes(made)


def test_what_falls_off_a_shorter_line_is_told(root: Path, tmp_path: Path) -> None:
    """Half of the road: Km80 has no place on it, and the section of Đình Lập ends beyond it."""
    made = planned(root, geojson(tmp_path / "1.geojson", SURVEY[:45]), asked(accuracy="schematic", uncertainty_m=200.0))
    assert "chainage_dropped" in codes(made)
    assert {finding.code for finding in made.findings} >= {"section_outside_route", "length_differs"}
    whole = planned(root, geojson(tmp_path / "2.geojson", SURVEY))
    assert {finding.code for finding in whole.findings} <= {"length_differs"}


def test_a_part_of_a_route_is_written_only_when_it_is_called_a_part(root: Path, tmp_path: Path) -> None:
    """Nineteen of sixty-two kilometres are no ql4b: neither doubts of the plan nor of the records are passed over."""
    geodata = root / "geodata"
    before = (geodata / "routes.geojson").read_bytes()
    half, whole = geojson(tmp_path / "1.geojson", SURVEY[:20]), geojson(tmp_path / "2.geojson", SURVEY)
    made = planned(root, half)
    assert {note.code for note in made.notes if note.severity is Severity.ERROR} == {"falls_short"}
    assert "section_outside_route" in {one.code for one in made.findings if one.severity is Severity.ERROR}
    error = refused(lambda: planning.commit(made))
    assert (error.key, error.values["count"]) == ("blocked", made.write("vi").count("LỖI: "))
    part = planned(root, half, asked(partial=True))  # the sections that would lie beyond it are still errors
    assert "falls_short" not in codes(part)
    assert refused(lambda: planning.commit(part)).key == "blocked"
    assert (geodata / "routes.geojson").read_bytes() == before
    planning.commit(planned(root, half, asked(partial=True, anyway=True, uncertainty_m=5.0)))
    # A part that is known to be one is no measure of where the rest ought to be; but is it a part that comes now?
    made = planned(root, whole)
    assert {note.code for note in made.notes if note.severity is Severity.ERROR} == {"part_or_whole"}
    assert refused(lambda: planning.commit(made)).key == "blocked"
    assert "elsewhere" not in codes(planned(root, whole, asked(partial=False)))
    store.restore(geodata)  # the published Km80, which had no place on the part
    planning.commit(planned(root, whole))
    line = load(geodata, "EPSG:9215").alignments["ql4b"]
    assert not line.partial
    assert shapely.hausdorff_distance(line.line, LineString(SURVEY)) < 2e-6


def test_the_command_writes_no_errors_unless_told_to(lsinfra: Command, root: Path, tmp_path: Path) -> None:
    file = geojson(tmp_path / "1.geojson", SURVEY[:20])
    given = ["geodata", "import", file, "--route", "ql4b", "--accuracy", "survey", "--source", "BQL", "--licence", "mở"]
    given += ["--dated", "2026-03", "--lang", "vi", "--yes"]
    before = (root / "geodata" / "routes.geojson").read_bytes()
    run = lsinfra(*given, cwd=root)
    assert run.code == 1
    assert "--partial" in run.stdout
    assert "--anyway" in run.stderr
    assert (root / "geodata" / "routes.geojson").read_bytes() == before
    assert lsinfra(*given, "--partial", "--anyway", cwd=root).code == 0
    assert (root / "geodata" / "routes.geojson").read_bytes() != before


def test_a_line_does_not_confirm_itself(root: Path, tmp_path: Path) -> None:
    """The survey that stands may raise the question of the datum, but its successor is not right for lying on it."""
    planning.commit(planned(root, geojson(tmp_path / "1.geojson", SURVEY)))
    mended = geojson(tmp_path / "2.geojson", [*SURVEY[:-2], (SURVEY[-2][0], SURVEY[-2][1] + 1e-4), SURVEY[-1]])
    assert "datum_checked" not in codes(planned(root, mended))
    back = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:4756", always_xy=True, only_best=True)
    shifted = geojson(tmp_path / "3.geojson", [back.transform(*at) for at in SURVEY])
    assert refused(lambda: planned(root, shifted)).key == "ask_datum"
    # Nor does what the same maker drew in the same coordinates; a line of another's does.
    other = "lang-son-tien-yen"
    again = {"partial": True, "anyway": True}
    assert "datum_checked" not in codes(
        planned(root, geojson(tmp_path / "4.geojson", SURVEY), asked(**again), route=other)
    )
    assert "datum_checked" in codes(planned(root, tmp_path / "4.geojson", asked(source="x", **again), route=other))
    units = districts(tmp_path / "5.geojson", ("Lộc Bình", 106.9, 107.1))
    planning.commit(planned(root, units, level=Level.DISTRICT))
    more = districts(tmp_path / "6.geojson", ("Lộc Bình", 106.9, 107.1), ("Đình Lập", 107.1, 107.2))
    assert "datum_checked" not in codes(planned(root, more, asked(source="x"), level=Level.DISTRICT))


def test_files_keep_their_line_ends_and_the_readme_is_made_where_there_is_none(root: Path, tmp_path: Path) -> None:
    geodata = root / "geodata"
    routes = geodata / "routes.geojson"
    routes.write_bytes(b"\xef\xbb\xbf" + routes.read_bytes().replace(b"\n", b"\r\n"))
    before = routes.read_bytes()
    (geodata / "README.md").unlink()
    planning.commit(planned(root, geojson(tmp_path / "1.geojson", SURVEY)))
    after = routes.read_bytes()
    assert after.startswith(b"\xef\xbb\xbf{\r\n")
    assert after.count(b"\n") == after.count(b"\r\n")
    assert (geodata / "README.md").read_text(encoding="utf-8").startswith("## Các lần nhập\n\n")
    assert refused(lambda: planned(root, tmp_path / "1.geojson")).key == "no_change"
    store.restore(geodata)
    assert routes.read_bytes() == before
    assert not (geodata / "README.md").exists()


def test_a_route_that_was_not_drawn_yet_is_added_at_the_end(root: Path, tmp_path: Path) -> None:
    routes = root / "geodata" / "routes.geojson"
    text = routes.read_text(encoding="utf-8")
    found, _ = splicing.standing(text)
    (at,) = [n for n, one in enumerate(found) if one.properties["route"] == "lang-son-tien-yen"]
    without = text[: found[at].start] + text[found[at + 1].start :]
    routes.write_bytes(without.replace("\n", "\r\n").encode())
    made = planned(root, geojson(tmp_path / "1.geojson", SURVEY), route="lang-son-tien-yen")
    assert "direction_unknown" in codes(made)
    nothing = refused(lambda: planned(root, tmp_path / "1.geojson", asked(cut=True), route="lang-son-tien-yen"))
    assert nothing.key == "cut_by_nothing"
    assert fact(made, "chainage")["start"] == "Km0"
    after = made.changes[0].after.decode()
    assert after.count("\n") == after.count("\r\n")
    names = [one.properties["route"] for one in splicing.standing(after)[0]]
    assert names == [one.properties["route"] for n, one in enumerate(found) if n != at] + ["lang-son-tien-yen"]
    turned = planned(root, tmp_path / "1.geojson", asked(reverse=True), route="lang-son-tien-yen")
    coordinates = splicing.standing(turned.changes[0].after.decode())[0][-1].value["geometry"]["coordinates"]
    assert [tuple(at) for at in coordinates] == SURVEY[::-1]


def test_a_hostile_source_stays_text(root: Path, tmp_path: Path) -> None:
    name = "a`|\n<script>|{{x}}"
    made = planned(root, geojson(tmp_path / "1.geojson", SURVEY), asked(source=name))
    row = next(line for line in made.changes[1].after.decode().splitlines() if r"\<script\>" in line)
    assert re.sub(r"\\.", "", row).count("|") == 9
    planning.commit(made)
    assert load(root / "geodata", "EPSG:9215").alignments["ql4b"].source.startswith("a`|\n<script>|{{x}}")


def test_two_drawings_of_one_route_are_left_to_the_person(root: Path, tmp_path: Path) -> None:
    feature = {"type": "Feature", "properties": {"route": "ql4b", "accuracy": "survey", "source": "x"},
               "geometry": {"type": "LineString", "coordinates": SURVEY}}  # fmt: skip
    own = root / "geodata" / "survey.geojson"
    own.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    error = refused(lambda: planned(root, geojson(tmp_path / "1.geojson", SURVEY)))
    assert (error.key, error.values["files"]) == ("drawn_twice", "routes.geojson, survey.geojson")


@settings(max_examples=60)
@given(
    st.lists(st.dictionaries(st.text(max_size=4), st.text(max_size=6) | st.integers() | st.none(), max_size=3)),
    st.sampled_from([None, 0, 2]),
    st.lists(st.text(max_size=5), max_size=2),
    st.integers(0, 5),
)
def test_features_are_spliced_as_json_says(
    rows: list[dict[str, Any]], indent: int | None, new: list[str], at: int
) -> None:
    text = json.dumps({"name": "]}", "features": rows, "more": [1, {"features": []}]}, indent=indent)
    found, _ = splicing.standing(text)
    assert [json.loads(text[one.start : one.end]) for one in found] == rows
    old = {found[at].start: '"changed"'} if at < len(found) else {}
    after = json.loads(splicing.replaced(text, old, [json.dumps(one) for one in new]))
    want: list[Any] = ["changed" if n == at else row for n, row in enumerate(rows)]
    assert after["features"] == want + new


# --- boundaries and sections ---------------------------------------------------------------------------------------


def box(west: float, east: float) -> list[list[tuple[float, float]]]:
    return [[(west, 21.3), (east, 21.3), (east, 22.0), (west, 22.0), (west, 21.3)]]


def districts(path: Path, *units: tuple[str, float, float], **more: str) -> Path:
    rows = [
        {"type": "Feature", "properties": {"ten": name, **more},
         "geometry": {"type": "Polygon", "coordinates": box(west, east)}}
        for name, west, east in units
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}), encoding="utf-8")
    return path


TWO = [("Huyện Lộc Bình", 106.8, 107.0338), ("Huyện Đình Lập", 107.0338, 107.4)]


def test_boundaries_are_taken_and_cut_the_routes(root: Path, tmp_path: Path) -> None:
    made = planned(root, districts(tmp_path / "h.geojson", *TWO), asked(valid_until="2025-06-30"), level=Level.DISTRICT)
    assert fact(made, "units")["count"] == 2
    planning.commit(made)
    routes = load(root / "geodata", "EPSG:9215")
    assert [(unit.unit, unit.level) for unit in routes.units] == [
        ("Lộc Bình", Level.DISTRICT),
        ("Đình Lập", Level.DISTRICT),
    ]
    properties = splicing.standing((root / "geodata" / made.what).read_text(encoding="utf-8"))[0][0].properties
    assert properties["valid_until"] == "2025-06-30"
    assert properties["credit"] == "Ban QLDA"
    whole = portfolio.load(root)
    cut = sections.propose(whole, Level.DISTRICT, "ql4b")
    text = sections.as_yaml(cut, "vi")
    assert "- {route: ql4b, from: Km18, to: Km43}" in text
    assert "# Địa giới cấp huyện đã dùng: có hiệu lực đến hết 30/6/2025" in text.splitlines()
    assert "tính được Km 18,000–" in text
    assert "Ban QLDA; 2026-03; CC BY 4.0 · Ban QLDA\n" in text
    assert cut.projects[0].bare == ()
    assert refused(lambda: sections.propose(whole, Level.COMMUNE)).key == "no_boundaries"
    with pytest.raises(RunError, match="x"):
        sections.propose(whole, Level.DISTRICT, "x")
    nothing = replace(whole, routes=replace(routes, alignments={}))
    assert refused(lambda: sections.propose(nothing, Level.DISTRICT, "ql4b")).key == "none_drawn"
    half = {name: line for name, line in routes.alignments.items() if name != "huu-nghi-chi-lang-link"}
    some = sections.propose(replace(whole, routes=replace(routes, alignments=half)), Level.DISTRICT)
    assert [one.undrawn for one in some.projects] == [("huu-nghi-chi-lang-link",), (), ()]
    assert "# tuyến huu-nghi-chi-lang-link chưa được vẽ" in sections.as_yaml(some, "vi")
    # One unit replaced, one added, one untouched to the byte.
    before = (root / "geodata" / made.what).read_text(encoding="utf-8")
    again = districts(tmp_path / "h2.geojson", ("Huyện Đình Lập", 107.0338, 107.5), ("Cao Lộc", 106.0, 106.8))
    more = planned(root, again, asked(valid_until="2025-06-30"), level=Level.DISTRICT)
    row = fact(more, "units")
    assert (row["new"], row["replaced"], row["kept"]) == (1, 1, 1)
    first = splicing.standing(before)[0][0]
    assert before[: first.end] in more.changes[0].after.decode()


def test_sections_say_of_when_their_boundaries_are(root: Path, tmp_path: Path) -> None:
    old, new = districts(tmp_path / "1.geojson", *TWO), districts(tmp_path / "2.geojson", ("Xã Na Dương", 106.8, 107.4))
    planning.commit(planned(root, old, asked(valid_until="2025-06-30"), level=Level.COMMUNE))
    planning.commit(planned(root, new, asked(valid_from="2025-07-01"), level=Level.COMMUNE))
    whole = portfolio.load(root)
    error = refused(lambda: sections.propose(whole, Level.COMMUNE))  # a stretch would be in two units
    assert (error.key, error.values["days"]) == ("several_times", "2025-06-30, 2025-07-01")

    planning.commit(planned(root, old, asked(valid_until="2025-06-30"), level=Level.DISTRICT))
    ended = portfolio.load(root)
    assert refused(lambda: sections.propose(ended, Level.DISTRICT, on=TODAY)).key == "none_on_day"

    def used(day: date) -> str:
        text = sections.as_yaml(sections.propose(whole, Level.COMMUNE, on=day), "en")
        return next(line for line in text.splitlines() if "in force" in line)

    assert used(date(2025, 6, 30)) == "# Boundaries used, of level commune: in force until 30 June 2025"
    assert used(TODAY) == "# Boundaries used, of level commune: in force from 1 July 2025"


def test_a_commune_is_named_with_the_word_of_its_level(root: Path, tmp_path: Path) -> None:
    """Thị trấn Cao Lộc and xã Cao Lộc are two places; the state map keeps the word in an attribute of its own."""
    rows = [{"ten": "Cao Lộc", "Loai": "Thị trấn", "ma": "1"}, {"ten": "Cao Lộc", "Loai": "xã", "ma": "2"},
            {"ten": "P. Kỳ Lừa", "Loai": "cấp xã", "ma": "3"}, {"ten": "Phường Tam Thanh", "Loai": "Phường", "ma": "4"},
            {"ten": "Hải Yến", "Loai": "Xã Hải Yến", "ma": "5"}]  # fmt: skip

    def units(level: Level) -> tuple[set[str], ImportPlan]:
        features = [
            {"type": "Feature", "properties": row, "geometry": {"type": "Polygon", "coordinates": box(at, at + 0.1)}}
            for at, row in enumerate(rows, 105)
        ]
        file = tmp_path / "x.geojson"
        file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        made = planned(root, file, level=level)
        return {one.properties["unit"] for one in splicing.standing(made.changes[0].after.decode())[0]}, made

    names, made = units(Level.COMMUNE)
    assert names == {"Thị trấn Cao Lộc", "Xã Cao Lộc", "P. Kỳ Lừa", "Phường Tam Thanh", "Hải Yến"}
    (note,) = [note for note in made.notes if note.code == "kind_unsaid"]
    assert (note.values["count"], note.values["first"]) == (2, "P. Kỳ Lừa")
    rows[:] = [{"ten": "Lạng Sơn", "Loai": "Thành phố", "ma": "1"}, {"ten": "Cao Lộc", "Loai": "Huyện", "ma": "2"}]
    names, made = units(Level.DISTRICT)
    assert names == {"TP Lạng Sơn", "Cao Lộc"}
    assert "kind_unsaid" not in codes(made)


def test_two_communes_of_one_name_need_their_codes(root: Path, tmp_path: Path) -> None:
    rows = [("Xã Hòa Bình", 106.8, 107.0), ("Xã Hòa Bình", 107.0, 107.2)]
    file = districts(tmp_path / "h.geojson", *rows)
    assert refused(lambda: planned(root, file, level=Level.COMMUNE)).key == "twice"
    value = json.loads(file.read_text(encoding="utf-8"))
    for number, row in enumerate(value["features"]):
        row["properties"]["số"] = str(number)
    file.write_text(json.dumps(value), encoding="utf-8")
    assert fact(planned(root, file, asked(code_field="số"), level=Level.COMMUNE), "units")["count"] == 2


def test_boundaries_that_cannot_be_taken(root: Path, tmp_path: Path) -> None:
    def key(*units: tuple[str, float, float], **more: Any) -> str:
        file = districts(tmp_path / "h.geojson", *units)
        return refused(lambda: planned(root, file, asked(**more), level=Level.COMMUNE)).key

    assert key(*TWO, TWO[0]) == "twice"
    assert key(*TWO, name_field="khác") == "no_field"
    assert key(*TWO, valid_from="2025-07") == "not_a_day"
    assert key(*TWO, valid_from="2025-07-01", valid_until="2024-01-01") == "valid_backwards"
    assert key(("b\ufffdn", 106.8, 107.0)) == "bad_letters"
    half = geojson(tmp_path / "a.geojson", box(106.8, 107.0), kind="Polygon", ten="Xã A", ma="1\ud800")
    assert refused(lambda: planned(root, half, level=Level.COMMUNE)).key == "bad_letters"
    bow = [[(106.8, 21.3), (107.0, 21.5), (107.0, 21.3), (106.8, 21.5), (106.8, 21.3)]]
    file = geojson(tmp_path / "b.geojson", bow, kind="Polygon", ten="x")
    error = refused(lambda: planned(root, file, level=Level.COMMUNE))
    assert error.key == "broken_areas"
    assert ": x (tự cắt tại 106.90000, 21.40000)" in error.write("vi")
    file = geojson(tmp_path / "c.geojson", box(106.8, 107.0), kind="Polygon", q="x")
    assert refused(lambda: planned(root, file, level=Level.COMMUNE)).key == "which_field"
    file = geojson(tmp_path / "d.geojson", SURVEY)
    assert refused(lambda: planned(root, file, level=Level.COMMUNE)).key == "no_areas"
    file = districts(tmp_path / "e.geojson", *TWO)
    assert refused(lambda: planned(root, file, route="ql4b")).key == "no_lines"
    overlapping = districts(tmp_path / "f.geojson", TWO[0], ("y", 107.0, 107.4))
    made = planned(root, overlapping, level=Level.COMMUNE)
    assert [note.code for note in made.notes if note.severity is Severity.ERROR] == ["overlap"]
    assert refused(lambda: planning.commit(made)).key == "blocked"
    assert not planned(root, overlapping, asked(anyway=True), level=Level.COMMUNE).blocked
    sliver = districts(tmp_path / "g.geojson", TWO[0], ("y", 107.0337, 107.4))
    made = planned(root, sliver, level=Level.COMMUNE)  # ten metres of a rim of 80 km
    assert ("overlap" in codes(made), made.blocked) == (True, False)


def test_sections_of_the_districts_of_2024_are_those_of_the_records(root: Path) -> None:
    """The YAML, pasted and read, has the very stretches that the records have."""
    file = reference("langson_districts_2024_from_communes_simplified.geojson")
    planning.commit(planned(root, file, level=Level.DISTRICT))
    cut = {one.project: one for one in sections.propose(portfolio.load(root), Level.DISTRICT).projects}
    for project in loader.load(ROOT / "projects.yaml").projects:
        inside = [section for section in project.sections if section.unit != "Cao Bằng"]
        want = {one.unit: {(p.route, int(p.from_.m), int(p.to.m)) for p in one.parts} for one in inside}
        found = cut[project.id].sections
        got = {one.unit: {(p.route, math.floor(p.start_m), math.floor(p.end_m)) for p in one.parts} for one in found}
        assert got == want
        assert {one.id for one in found} == {section.id for section in inside}


def test_proposed_sections_are_yaml_that_the_records_read(root: Path, tmp_path: Path) -> None:
    """The lines under each id and under units, put where the answer says, are records without a fault."""
    units = [("no", 105.0, 107.0338), ('x: "#{', 107.0338, 107.2), ("Lộc Bình", 107.25, 107.4)]
    file = districts(tmp_path / "h.geojson", *units)
    days = asked(valid_from="2008-08-01", valid_until="2025-06-30", source="a\u2028b")
    planning.commit(planned(root, file, days, level=Level.DISTRICT))
    cut = sections.propose(portfolio.load(root), Level.DISTRICT)
    text = sections.as_yaml(cut, "en")
    head, *answers = re.split("^  - id: (.*)\n", text, flags=re.MULTILINE)
    assert answers[::2] == ["huu-nghi-chi-lang", "dong-dang-tra-linh", "ql4b"]
    records = (ROOT / "projects.yaml").read_text(encoding="utf-8")
    unknown = head[head.index("units:\n") + 7 : head.index("projects:")]
    records = records.replace("\nunits:\n", f"\nunits:\n{unknown}")
    for project, answer in zip(answers[::2], answers[1::2], strict=True):
        at = records.index(f"  - id: {project}\n")
        start = records.index("    sections:", at)
        rest = re.compile(r"^ {4}\w|^\S|^ {2}-", re.MULTILINE).search(records, start + 13)
        assert rest
        records = records[:start] + answer + records[rest.start() :]
    # Figures of sections that are gone are another matter.
    records = re.sub(r"^ {4}(clearance|issues):\n( {6}.*\n)+", "", records, flags=re.MULTILINE)
    (tmp_path / "p.yaml").write_text(records, encoding="utf-8")
    read = loader.load(tmp_path / "p.yaml")
    ids = {one.id: {s.unit: s.id for s in one.sections} for one in read.projects}
    assert ids["ql4b"] == {"no": "no", 'x: "#{': "x", "Lộc Bình": "loc-binh"}
    assert {"no", 'x: "#{'} <= set(read.units)
    assert read.units["no"].until == read.units["Lộc Bình"].until
    assert str(read.units["no"].from_ and read.units["no"].from_.first_day) == "2008-08-01"


def test_the_roads_of_another_maker_need_their_gaps_told(root: Path, tmp_path: Path) -> None:
    source = reference("roads_national_schematic_ccbysa.geojson")
    rows = [r for r in json.loads(source.read_text(encoding="utf-8"))["features"]
            if r["properties"]["name_src"] == "Quốc lộ 4B"]  # fmt: skip
    file = tmp_path / "ql4b.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": rows}), encoding="utf-8")
    made = planned(root, file, asked(accuracy="schematic", uncertainty_m=1500.0))
    assert fact(made, "length")["drawn_m"] == pytest.approx(98_900, rel=0.01)  # from the city to the sea
    assert fact(made, "length_chainage")["percent"] == pytest.approx(58.8 / 62 * 100, abs=1)


def test_openstreetmap_brings_its_licence(root: Path, tmp_path: Path) -> None:
    import osmium
    from osmium.osm.mutable import Node, Way

    with osmium.SimpleWriter(str(tmp_path / "a.osm.pbf")) as writer:
        for number, at in enumerate(SURVEY, 1):
            writer.add_node(Node(id=number, location=at))
        writer.add_way(Way(id=1, nodes=list(range(1, len(SURVEY) + 1)), tags={"highway": "trunk", "ref": "QL.4B"}))
    given = asked(licence="", attribution=None, source="OpenStreetMap", wanted=Wanted(ref="QL4B"))
    made = planned(root, tmp_path / "a.osm.pbf", given)
    planning.commit(made)
    readme = (root / "geodata" / "README.md").read_text(encoding="utf-8")
    assert "| ODbL 1.0 | © OpenStreetMap contributors |" in readme
    (one,) = [r for r in splicing.standing((root / "geodata/routes.geojson").read_text(encoding="utf-8"))[0]
              if r.properties["route"] == "ql4b"]  # fmt: skip
    assert one.properties["credit"] == "© OpenStreetMap contributors"


def test_vn2000_drawing_of_a_designer_end_to_end(root: Path, tmp_path: Path) -> None:
    """A DXF in metres with no CRS: asked for, suggested, given; the line comes back to 10 cm."""
    import ezdxf

    forth = metric("EPSG:9215")
    document = ezdxf.new()  # type: ignore[attr-defined]
    document.modelspace().add_lwpolyline([forth.transform(*at) for at in SURVEY], dxfattribs={"layer": "TIM TUYẾN"})
    document.saveas(tmp_path / "tim.dxf")
    error = refused(lambda: planned(root, tmp_path / "tim.dxf"))
    assert error.key == "crs_missing"
    assert str(error.values["suggested"]).startswith("EPSG:9215")
    planning.commit(planned(root, tmp_path / "tim.dxf", asked(crs="EPSG:9215")))
    line = load(root / "geodata", "EPSG:9215").alignments["ql4b"].line
    assert shapely.hausdorff_distance(line, LineString(SURVEY)) < 2e-6
    shutil.rmtree(root / "geodata" / "imports")
    assert refused(lambda: store.restore(root / "geodata")).key == "nothing_to_restore"


@pytest.mark.parametrize("command", [geodata_commands.bring, geodata_commands.fetch])
def test_every_option_that_both_commands_have_is_asked_for(command: Callable[..., None]) -> None:
    app = typer.Typer()
    app.command()(command)
    line = "--uncertainty 5 --reverse --cut --whole --tolerance 2 --name-field n --code-field c --from 2025-07-01 "
    line += "--until 2026-07-01 --anyway --ref QL.4B --admin-level 6"
    call = SimpleNamespace(today=TODAY, lang="en")
    file = ["a.geojson"] if command is geodata_commands.bring else []
    context = typer.main.get_command(app).make_context("x", [*file, *line.split()], obj=call)
    assert geodata_commands._asked(cast(typer.Context, context)) == Request(
        today=TODAY,
        uncertainty_m=5.0,
        reverse=True,
        cut=True,
        partial=False,
        tolerance_m=2.0,
        name_field="n",
        code_field="c",
        valid_from="2025-07-01",
        valid_until="2026-07-01",
        anyway=True,
        wanted=Wanted((), "QL.4B", 6),
        lang="en",
    )
