"""Whatever somebody put into geodata/: every fault said in one sentence, all at once, never a traceback."""

from __future__ import annotations

import copy
import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsinfra.alignments import RouteError
from lsinfra.errors import InputError
from lsinfra.geojson import MAX_BYTES
from lsinfra.routes import load
from lsinfra.text import LANGS
from tests.conftest import ROOT
from tests.test_routes import CRS, MERIDIAN, A, B, C, area, at, faults, feature, line, place, put

HERE = "bad.geojson: "


def said(folder: Path) -> list[str]:
    """The faults without the name of the folder, which pytest makes up."""
    return [text.removeprefix(f"{folder.name}/") for text in faults(folder)]


# --- the file --------------------------------------------------------------------------------------------------------

FILES: dict[str, tuple[bytes, str]] = {
    "empty": (
        b"",
        "not valid JSON: it breaks off at line 1, column 1; export the file again as GeoJSON (RFC 7946)",
    ),
    "cut off": (
        b'{"type": "FeatureCollection",\n"features": [',
        "not valid JSON: it breaks off at line 2, column 14; export the file again as GeoJSON (RFC 7946)",
    ),
    "shapefile": (
        b"\x00\x00\x27\x0a\xff\xfe",
        "byte 5 is not UTF-8 text; save the file again as GeoJSON with encoding UTF-8",
    ),
    "utf-16": ("{}".encode("utf-16"), "byte 1 is not UTF-8 text; save the file again as GeoJSON with encoding UTF-8"),
    "brackets": (b"[" * 200_000, "brackets stand too deep inside one another for GeoJSON; export the file again"),
    "objects": (b'{"a":' * 100_000, "brackets stand too deep inside one another for GeoJSON; export the file again"),
    "huge number": (
        b'{"type": ' + b"9" * 5_000 + b"}",
        "a number has thousands of digits; export the file again with 6 decimals",
    ),
    "a name twice": (
        b'{"type": "FeatureCollection", "features": [], "features": []}',
        'the same name stands twice in one object: "features"; keep one of them',
    ),
    "null": (b"null", 'type: found null where "FeatureCollection" is expected; export the layer as GeoJSON'),
    "a list": (b"[1, 2]", 'type: found [1, 2] where "FeatureCollection" is expected; export the layer as GeoJSON'),
    "topojson": (
        b'{"type": "Topology"}',
        'type: found "Topology" where "FeatureCollection" is expected; export the layer as GeoJSON',
    ),
    "no features": (
        b'{"type": "FeatureCollection", "features": {}}',
        "features: found {} where the list of features is expected; export the layer as GeoJSON",
    ),
    "a number for a feature": (
        b'{"type": "FeatureCollection", "features": [7]}',
        "features[0]: found 7 where a feature with its properties is expected; export the layer as GeoJSON",
    ),
    "vn-2000": (
        (
            b'{"type": "FeatureCollection", "features": [0], '
            b'"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9215"}}}'
        ),
        (
            'crs: the file says its coordinates are "urn:ogc:def:crs:EPSG::9215"; GeoJSON is WGS84: '
            "export the layer again with EPSG:4326 as its CRS"
        ),
    ),
    "a linked crs": (
        b'{"type": "FeatureCollection", "features": [], "crs": {"type": "link"}}',
        (
            'crs: the file says its coordinates are {"type": "link"}; GeoJSON is WGS84: '
            "export the layer again with EPSG:4326 as its CRS"
        ),
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_geojson(tmp_path: Path, name: str) -> None:
    raw, sentence = FILES[name]
    tmp_path.joinpath("bad.geojson").write_bytes(raw)
    assert said(tmp_path) == [HERE + sentence]


def test_a_file_of_100_mb_is_not_read(tmp_path: Path) -> None:
    with tmp_path.joinpath("bad.geojson").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    assert MAX_BYTES == 32 * 1024 * 1024
    assert said(tmp_path) == [
        HERE + "the file is 100 MB, more than the 32 MB this program reads; "
        "keep only the routes and places needed, or simplify the lines"
    ]


def test_a_folder_with_the_name_of_a_file(tmp_path: Path) -> None:
    tmp_path.joinpath("bad.geojson").mkdir()
    (sentence,) = said(tmp_path)
    assert sentence.startswith(HERE + "the file cannot be read (")


@pytest.mark.parametrize(
    "name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"]
)
def test_wgs84_by_any_of_its_names(tmp_path: Path, name: str) -> None:
    put(tmp_path, line(MERIDIAN), crs={"type": "name", "properties": {"name": name}})
    assert list(load(tmp_path, CRS).alignments) == ["r"]


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    put(tmp_path, line(MERIDIAN, title="Đèo"))
    path = tmp_path / "a.geojson"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b", ", b",\r\n"))
    assert load(tmp_path, CRS).alignments["r"].title == {"vi": "Đèo", "en": "Đèo"}


# --- a feature -------------------------------------------------------------------------------------------------------


def shaped(kind: str, coordinates: Any) -> dict[str, Any]:
    made = line([])
    made["geometry"] = {"type": kind, "coordinates": coordinates}
    return made


def without(name: str, made: dict[str, Any]) -> dict[str, Any]:
    del made["properties"][name]
    return made


KINDS = (
    " where exactly one of these is expected: route (an alignment), place, border, unit (an administrative unit); "
    "give each feature one of them"
)
MISSING = "is missing; see geodata/README.md for what each kind of feature must hold"
METRES = (
    "these look like metres (VN-2000 or another projection), not degrees; "
    "export the layer again with EPSG:4326 as its CRS"
)
OUTSIDE = "which is outside Viet Nam (102–110° E, 8–24° N); correct the coordinates"
UNSEEN = "which cannot be used (a control character, or half of one); delete it or type the text again"
POSITION = "where a position [longitude, latitude] is expected"

FEATURES: dict[str, tuple[dict[str, Any], str]] = {
    "of no kind": (feature(None, fid=7), "properties: found —" + KINDS),
    "of two kinds": (line(MERIDIAN, place="p"), "properties: found route, place" + KINDS),
    "border false": (feature(None, border=False), "properties: found —" + KINDS),
    "border yes": (
        feature({"type": "LineString", "coordinates": [A, B]}, border="yes", attribution="x"),
        'properties.border: found "yes" where true or false is expected',
    ),
    "no accuracy": (without("accuracy", line(MERIDIAN)), f"properties.accuracy: {MISSING}"),
    "no source": (line(MERIDIAN, source=None), f"properties.source: {MISSING}"),
    "no uncertainty": (line(MERIDIAN, uncertainty_m=None), f"properties.uncertainty_m: {MISSING}"),
    "no title": (without("title", place()), f"properties.title: {MISSING}"),
    "half a title": (place(title={"vi": "Chỗ"}), f"properties.title.en: {MISSING}"),
    "no attribution": (
        feature({"type": "LineString", "coordinates": [A, B]}, border=True),
        f"properties.attribution: {MISSING}",
    ),
    "no level": (without("level", area([A, B, C, A])), f"properties.level: {MISSING}"),
    "a list for an id": (line(MERIDIAN, route=["r"]), 'properties.route: found ["r"] where a text is expected'),
    "a blank source": (line(MERIDIAN, source=" "), 'properties.source: found " " where a text is expected'),
    "half a character": (
        line(MERIDIAN, note="\ud83d"),
        f'properties.note: found "U+D83D" with the character U+D83D, {UNSEEN}',
    ),
    "a window's title": (
        place(title={"vi": "\x1b]0;pwn\x07", "en": "Gate"}),
        rf'properties.title.vi: found "\u001b]0;pwn\u0007" with the character U+001B, {UNSEEN}',
    ),
    "a control of one character": (
        area([A, B, C, A], code="\x9b2J"),
        f'properties.code: found "U+009B2J" with the character U+009B, {UNSEEN}',
    ),
    "an id in capitals": (
        line(MERIDIAN, route="QL 4B"),
        'properties.route: found "QL 4B"; an id has only lower-case letters a–z, digits and hyphens, such as ql4b',
    ),
    "a new accuracy": (
        line(MERIDIAN, accuracy="exact"),
        'properties.accuracy: found "exact"; expected one of: schematic, survey',
    ),
    "true metres": (
        line(MERIDIAN, uncertainty_m=True),
        "properties.uncertainty_m: found true where a number of metres above 0 is expected, such as 1500",
    ),
    "no metres": (
        line(MERIDIAN, uncertainty_m=0),
        "properties.uncertainty_m: found 0 where a number of metres above 0 is expected, such as 1500",
    ),
    "nan metres": (
        line(MERIDIAN, uncertainty_m=float("nan")),
        "properties.uncertainty_m: found NaN where a number of metres above 0 is expected, such as 1500",
    ),
    "a start": (
        line(MERIDIAN, start="Km18+50"),
        'properties.start: found "Km18+50" where a chainage is expected, such as "Km18" or "Km18+500"',
    ),
    "a start in metres": (
        line(MERIDIAN, start=18_000),
        'properties.start: found 18000 where a chainage is expected, such as "Km18" or "Km18+500"',
    ),
    "a chainage that is a table": (
        line(MERIDIAN, start={}),
        'properties.start: found {} where a chainage is expected, such as "Km18" or "Km18+500"',
    ),
    "calibration as a table": (
        line(MERIDIAN, calibration={"Km18": A}),
        (
            'properties.calibration: found {"Km18": [107.0, 21.5]} where a list is expected, '
            'such as [{"chainage": "Km18", "at": [106.9056, 21.7799]}]'
        ),
    ),
    "calibration without a place": (
        line(MERIDIAN, calibration=[{"chainage": "Km18"}]),
        f"properties.calibration[0].at: found null {POSITION}",
    ),
    "calibration and start": (
        line(MERIDIAN, start="Km18", calibration=[at("Km18", MERIDIAN[0])]),
        (
            "properties.start: start and calibration stand together; "
            "keep the calibration, or the start where no other chainage is known"
        ),
    ),
    "calibration that falls": (
        line(MERIDIAN, calibration=[at("Km1", MERIDIAN[0]), at("Km2", MERIDIAN[2]), at("Km3", MERIDIAN[1])]),
        (
            "properties.calibration: along the line Km3 does not come after Km2; "
            "chainage must rise along the line: correct the points"
        ),
    ),
    "one chainage at two points": (
        line(MERIDIAN, calibration=[at("Km1", MERIDIAN[0]), at("Km1", MERIDIAN[1])]),
        (
            "properties.calibration: along the line Km1 does not come after Km1; "
            "chainage must rise along the line: correct the points"
        ),
    ),
    "no geometry": (
        feature(None, route="r", accuracy="survey", source="x"),
        "geometry: the feature has no geometry; draw it as LineString / MultiLineString, or delete the feature",
    ),
    "a polygon for a line": (
        shaped("Polygon", [[A, B, C, A]]),
        (
            'geometry.type: found "Polygon" where LineString / MultiLineString is expected; '
            "draw the feature again in a layer of that type"
        ),
    ),
    "a type that is a list": (
        shaped(["LineString"], [A, B]),  # type: ignore[arg-type]
        (
            'geometry.type: found ["LineString"] where LineString / MultiLineString is expected; '
            "draw the feature again in a layer of that type"
        ),
    ),
    "an empty line": (
        line([]),
        "geometry.coordinates: the geometry is empty; draw it as LineString, or delete the feature",
    ),
    "an empty part": (shaped("MultiLineString", [[A, B], []]), f"geometry.coordinates[1]: found [] {POSITION}"),
    "one point": (
        line([A]),
        "geometry.coordinates: the line has 1 point(s) and no length; a line needs two different points",
    ),
    "one point twice": (
        shaped("MultiLineString", [[A, B], [B, B]]),
        "geometry.coordinates[1]: the line has 2 point(s) and no length; a line needs two different points",
    ),
    "text for degrees": (line([A, ["107.1", "21.5"]]), f'geometry.coordinates[1]: found ["107.1", "21.5"] {POSITION}'),
    "one number": (line([A, [107.1]]), f"geometry.coordinates[1]: found [107.1] {POSITION}"),
    "flat numbers": (line([107.0, 21.5]), f"geometry.coordinates[0]: found 107.0 (+1) {POSITION}"),
    "true degrees": (line([A, [True, 21.5]]), f"geometry.coordinates[1]: found [true, 21.5] {POSITION}"),
    "not a number": (
        line([A, [float("nan"), 21.5]]),
        "geometry.coordinates[1]: found [NaN, 21.5], which is no number of degrees; expected [longitude, latitude]",
    ),
    "infinite": (
        line([A, [107.0, float("inf")], [float("-inf"), 0]]),
        (
            "geometry.coordinates[1]: found [107.0, Infinity] (+1), which is no number of degrees; "
            "expected [longitude, latitude]"
        ),
    ),
    "an integer beyond floats": (
        line([A, [10**400, 21.5]]),
        f"geometry.coordinates[1]: found [1{'0' * 58}…, which is no number of degrees; expected [longitude, latitude]",
    ),
    "latitude first": (
        line([A[::-1], B[::-1]]),
        (
            "geometry.coordinates[0]: found [21.5, 107.0] (+1): latitude stands before longitude; "
            "GeoJSON wants [longitude, latitude], turn them round"
        ),
    ),
    "vn-2000 metres": (
        line([[449262.31, 2417428.07], A]),
        f"geometry.coordinates[0]: found [449262.31, 2417428.07]: {METRES}",
    ),
    "abroad": (place([100.5, 13.75]), f"geometry.coordinates: found [100.5, 13.75], {OUTSIDE}"),
    "an open ring": (
        area([A, B, C, [107.0, 21.6]]),
        (
            "geometry.coordinates[0]: the ring of 4 point(s) is not closed or has no area; "
            "a ring needs three different points and ends where it begins"
        ),
    ),
    "a bow tie": (
        area([[107, 21], [108, 22], [108, 21], [107, 22], [107, 21]]),
        (
            "geometry: the boundary is not a proper area (it crosses itself at 107.50000, 21.50000); "
            'repair it with "Fix geometries" in QGIS'
        ),
    ),
}


@pytest.mark.parametrize("name", FEATURES)
def test_a_feature_that_cannot_be_drawn(tmp_path: Path, name: str) -> None:
    made, sentence = FEATURES[name]
    put_ascii(tmp_path, made)
    assert said(tmp_path) == [f"{HERE}features[0].{sentence}"]


@pytest.mark.parametrize("control", [c for c in map(chr, range(0xA0)) if unicodedata.category(c) == "Cc"])
def test_of_the_controls_only_tab_and_line_end_are_kept(tmp_path: Path, control: str) -> None:
    put_ascii(tmp_path, place(title=f"a{control}b"))
    if control in "\t\n":
        assert load(tmp_path, CRS).places["p"].title["vi"] == f"a{control}b"
    else:
        (sentence,) = said(tmp_path)
        assert sentence.endswith(f"with the character U+{ord(control):04X}, {UNSEEN}")
        assert sentence.isprintable()


def test_a_line_end_of_windows_is_a_line_end(tmp_path: Path) -> None:
    put_ascii(tmp_path, place(title="a\r\nb"))
    assert load(tmp_path, CRS).places["p"].title["vi"] == "a\nb"


def put_ascii(folder: Path, *features: Any) -> None:
    """As ``put``, half characters included."""
    collection = {"type": "FeatureCollection", "features": features}
    folder.joinpath("bad.geojson").write_text(json.dumps(collection), encoding="ascii")


def test_a_place_or_a_unit_twice(tmp_path: Path) -> None:
    put_ascii(tmp_path, place(), place(), area([A, B, C, A]), area([A, B, C, A]))
    where = f"{tmp_path.name}/bad.geojson: features"
    assert said(tmp_path) == [
        f'{HERE}features[1].properties: place "p" is given twice; the other stands at {where}[0]; keep one of the two',
        (
            f'{HERE}features[3].properties: unit "Lộc Bình" is given twice at the same level for the same time; '
            f"the other stands at {where}[2]; keep one of the two, or give valid_from and valid_until "
            "so that one follows the other"
        ),
    ]


def test_all_faults_of_all_files_at_once(tmp_path: Path) -> None:
    worst = line([A[::-1], [1, 2], ["x", "y"]], route="R", accuracy="?", source=None)
    put(tmp_path, worst, place(kind="castle"), name="a.geojson")
    put(tmp_path, line([A]), name="b.geojson")
    tmp_path.joinpath("c.geojson").write_text("{")
    put(tmp_path, line(MERIDIAN, "good"), name="d.geojson")
    found = [text.split(": ")[:2] for text in said(tmp_path)]
    assert sorted(map(tuple, found)) == [
        ("a.geojson", "features[0].geometry.coordinates[0]"),
        ("a.geojson", "features[0].geometry.coordinates[1]"),
        ("a.geojson", "features[0].geometry.coordinates[2]"),
        ("a.geojson", "features[0].properties.accuracy"),
        ("a.geojson", "features[0].properties.route"),
        ("a.geojson", "features[0].properties.source"),
        ("a.geojson", "features[1].properties.kind"),
        ("b.geojson", "features[0].geometry.coordinates"),
        ("c.geojson", "not valid JSON"),
    ]


# --- fuzz ------------------------------------------------------------------------------------------------------------

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([107.0, 21.5])
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
)
SOUND = [json.loads(path.read_bytes()) for path in sorted((ROOT / "geodata").glob("[pr]*.geojson"))]


def answered(folder: Path, raw: bytes) -> None:
    """Either it loads, or every fault can be said in both languages."""
    folder.joinpath("fuzz.geojson").write_bytes(raw)
    try:
        found = load(folder, CRS)
    except InputError as error:
        said = [fault.write(lang) for fault in error.faults for lang in LANGS]
    except RouteError as error:  # a line so far from Lạng Sơn that EPSG:9215 does not fit it
        said = [error.write(lang) for lang in LANGS]
    else:
        assert all(drawn.drawn_m > 0 for drawn in found.alignments.values())
        return
    assert said
    assert all(said)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("geodata")


def places_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, kept in inner for deeper in places_in(kept, (*path, key)))]


@given(raw=st.binary(max_size=200))
def test_any_bytes_are_answered(folder: Path, raw: bytes) -> None:
    answered(folder, raw)


@given(st.sampled_from(SOUND), st.data())
def test_any_change_to_a_sound_file_is_answered(folder: Path, sound: Any, data: st.DataObject) -> None:
    changed = copy.deepcopy(sound)
    changed["features"] = changed["features"][:3]
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([path for path in places_in(changed) if path]))
        holder = changed
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = data.draw(ANYTHING)
    answered(folder, json.dumps(changed).encode())
