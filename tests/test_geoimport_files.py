"""Geometry files of every kind are read as what they hold; broken and hostile ones are refused in one sentence."""

from __future__ import annotations

import json
import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ezdxf
import numpy as np
import osmium
import pyogrio.raw
import pyproj
import pytest
import shapely
from osmium.osm.mutable import Node, Relation, Way
from shapely import LineString, Polygon

from lsinfra.errors import LsinfraError
from lsinfra.intake.geometry import lettering, reading
from lsinfra.intake.geometry.drawing import Drawing, GeoImportError, Wanted
from lsinfra.text import LANGS

LINE = [(106.9, 21.78), (106.95, 21.7), (107.0, 21.65)]
SQUARE = [(106.9, 21.7), (107.0, 21.7), (107.0, 21.8), (106.9, 21.8), (106.9, 21.7)]
KML = '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">{}</kml>'
COORDINATES = " ".join(f"{x},{y},12.5" for x, y in LINE)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told of a file is tested here, on machines under any load; not how quickly."""
    monkeypatch.setattr(reading, "SECONDS", 120.0)


def here(path: Path, **wanted: Any) -> Drawing:
    """Read in this process: what is read is the same, only quicker."""
    return reading.read_here(path, Wanted(**wanted))


def coordinates(drawing: Drawing) -> list[list[tuple[float, float]]]:
    return [[(x, y) for x, y in shapely.get_coordinates(shape.geometry)] for shape in drawing.shapes]


def geojson(path: Path, *rows: dict[str, Any], **more: Any) -> Path:
    features = [{"type": "Feature", "properties": {}, "geometry": row} for row in rows]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **more}), encoding="utf-8")
    return path


def table(path: Path, shapes: list[Any], columns: dict[str, list[str]], crs: str | None, **options: Any) -> Path:
    geometry = np.array([shapely.to_wkb(shape) for shape in shapes], dtype=object)
    fields = [np.array(values, dtype=object) for values in columns.values()]
    kind = options.pop("geometry_type", shapes[0].geom_type)
    pyogrio.raw.write(path, geometry, fields, list(columns), geometry_type=kind, crs=crs, **options)
    return path


def answered(path: Path) -> bool:
    """Whether a file is read; else there is a sentence about it."""
    try:
        return bool(here(path).shapes)
    except LsinfraError as error:
        said = error.write("vi")
    assert said
    return False


def refused(path: Path, **wanted: Any) -> str:
    """The key of the refusal; it says itself in both languages, in one line, and with no words of a library."""
    with pytest.raises(GeoImportError) as caught:
        reading.read(path, Wanted(**wanted))
    assert "reason" not in caught.value.values
    for lang in LANGS:
        said = caught.value.write(lang)
        assert said
        assert "\n" not in said
        assert str(path.parent) not in said
    return caught.value.key


# --- formats -------------------------------------------------------------------------------------------------------


def test_geojson_lines_areas_heights_and_its_old_crs(tmp_path: Path) -> None:
    line = {"type": "LineString", "coordinates": [[*at, 300.0] for at in LINE]}
    both = {"type": "GeometryCollection", "geometries": [line, {"type": "Polygon", "coordinates": [SQUARE]}]}
    point = {"type": "Point", "coordinates": [106.9, 21.7]}
    drawing = here(geojson(tmp_path / "a.geojson", both, point))
    assert coordinates(drawing) == [LINE, SQUARE]
    assert (drawing.crs, drawing.heights, drawing.left_out) == ("EPSG:4326", True, {"point": 1})
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9215"}}
    assert here(geojson(tmp_path / "b.json", line, crs=named)).crs == "EPSG:9215"


def test_geopackage_every_layer_or_the_named_one(tmp_path: Path) -> None:
    path = tmp_path / "tuyến.gpkg"
    table(path, [LineString(LINE)], {"tên": ["Quốc lộ 4B"]}, "EPSG:4326", layer="tim tuyến", driver="GPKG")
    table(path, [LineString(LINE[:2])], {"tên": ["nhánh"]}, "EPSG:4326", layer="nhánh", append=False, driver="GPKG",
          dataset_options={}, layer_options={})  # fmt: skip
    drawing = here(path)
    assert {shape.layer: shape.attributes["tên"] for shape in drawing.shapes} == {
        "tim tuyến": "Quốc lộ 4B",
        "nhánh": "nhánh",
    }
    assert [shape.layer for shape in here(path, layers=("nhánh",)).shapes] == ["nhánh"]
    table(path, [LineString([(449262, 2417428), (450000, 2418000)])], {"tên": ["x"]}, "EPSG:9215", layer="vn2000",
          driver="GPKG")  # fmt: skip
    assert refused(path) == "layers_differ"
    assert refused(path, layers=("không có",)) == "no_layer"
    assert pyproj.CRS(here(path, layers=("vn2000",)).crs).to_epsg() == 9215


NAMES = ["Huyện Lộc Bình", "Thành phố Lạng Sơn", "Đình Lập", "Tràng Định", "Hữu Lũng", "Chi Lăng", "Văn Quan"]


def tcvn3(text: str) -> bytes:
    table_of = {letter: byte for byte in range(0xA1, 0x100) if (letter := lettering.decode(bytes([byte]), "tcvn3"))}
    return bytes(ord(c) if ord(c) < 0x80 else table_of[c] for c in text)


def cp1258(text: str) -> bytes:
    """Letters with their tone after them, as Windows-1258 has them."""
    import unicodedata

    out = b""
    for letter in text:
        try:
            out += letter.encode("cp1258")
        except UnicodeEncodeError:
            base, tone = unicodedata.normalize("NFD", letter)[0], unicodedata.normalize("NFD", letter)[1:]
            marks = [mark for mark in tone if mark in "\u0300\u0301\u0303\u0309\u0323"]
            plain = unicodedata.normalize("NFC", base + "".join(mark for mark in tone if mark not in marks))
            out += plain.encode("cp1258") + "".join(marks).encode("cp1258")
    return out


def vni(text: str) -> bytes:
    """A letter, then its marks as a byte of Latin-1, which differs with a roof or a bow below the tone."""
    import unicodedata

    alone = dict(zip("đíìỉĩịơưỵĐ", "ñíìæóòôöîÑ", strict=True))
    tones = dict(zip("\u0301\u0300\u0309\u0303\u0323", "ùøûõï", strict=True))
    over = {
        "\u0302": dict(zip(("", *tones), "âáàåãä", strict=True)),
        "\u0306": dict(zip(("", *tones), "êéèúüë", strict=True)),
    }
    out = ""
    for letter in text:
        base, *marks = list(unicodedata.normalize("NFD", letter))
        roof, tone = [m for m in marks if m in over], "".join(m for m in marks if m in tones)
        horned = unicodedata.normalize("NFC", base + "".join(m for m in marks if m == "\u031b"))
        plain = alone.get(letter) or alone.get(horned, horned)
        out += plain if letter in alone else plain + (over[roof[0]][tone] if roof else tones.get(tone, ""))
    return out.encode("latin-1")


WRITERS = [("utf-8", str.encode), ("cp1258", cp1258), ("tcvn3", tcvn3), ("vni", vni)]


@pytest.mark.parametrize(("encoding", "write"), WRITERS)
def test_shapefile_without_cpg_and_prj(tmp_path: Path, encoding: str, write: Callable[[str], bytes]) -> None:
    areas = [Polygon([(x + n * 0.1, y) for x, y in SQUARE]) for n in range(len(NAMES))]
    path = table(tmp_path / "h.shp", areas, {"TEN": ["x" * 40] * len(NAMES)}, "EPSG:4326", driver="ESRI Shapefile")
    dbf = path.with_suffix(".dbf").read_bytes()
    for name in NAMES:
        dbf = dbf.replace(b"x" * 40, write(name).ljust(40), 1)
    path.with_suffix(".dbf").write_bytes(dbf)
    for suffix in (".cpg", ".prj"):
        path.with_suffix(suffix).unlink(missing_ok=True)
    drawing = here(path)
    assert drawing.crs is None
    assert drawing.encoding == encoding
    assert [shape.attributes["TEN"] for shape in drawing.shapes] == NAMES
    says = {"utf-8": "UTF-8", "cp1258": "1258", "tcvn3": "no such", "vni": "ISO-8859-1"}
    path.with_suffix(".cpg").write_text(says[encoding])
    assert [shape.attributes["TEN"] for shape in here(path).shapes] == NAMES
    assert [shape.attributes["TEN"] for shape in here(path, encoding=encoding).shapes] == NAMES
    path.with_suffix(".shx").unlink()
    assert refused(path) == "no_shx"


def test_vni_as_its_fonts_have_it() -> None:
    """By hand, from the layout of VNI Windows."""
    assert vni("Huyện Lộc Bình") == "Huyeän Loäc Bình".encode("latin-1")
    written = "Xaõ Höõu Khaùnh, Ñình Laäp, Thò traán Na Döông, Baéc Sôn, THAÙNG, Myõ, Lyù, kyõ".encode("latin-1")
    assert lettering.decode(written, "vni") == "Xã Hữu Khánh, Đình Lập, Thị trấn Na Dương, Bắc Sơn, THÁNG, Mỹ, Lý, kỹ"


@pytest.mark.parametrize(("encoding", "write"), WRITERS)
def test_a_western_code_page_says_nothing_of_vietnamese(
    tmp_path: Path, encoding: str, write: Callable[[str], bytes]
) -> None:
    """What a program puts into .cpg that took the letters of an ABC or VNI font for those of Western Europe."""
    path = table(tmp_path / "h.shp", [Polygon(SQUARE)], {"TEN": ["x" * 40]}, "EPSG:4326", driver="ESRI Shapefile")
    dbf = path.with_suffix(".dbf").read_bytes().replace(b"x" * 40, write("Thị xã Lộc Bình, huyện Hữu Lũng").ljust(40))
    path.with_suffix(".dbf").write_bytes(dbf)
    for said in ("1252", "ANSI 1252", "ISO-8859-1", "88591", "8859_1"):
        path.with_suffix(".cpg").write_text(said)
        drawing = here(path)
        assert drawing.encoding == encoding, said
        assert drawing.shapes[0].attributes["TEN"] == "Thị xã Lộc Bình, huyện Hữu Lũng"


def test_letters_are_told_by_syllables() -> None:
    for word in ("Nguyễn", "Đình", "LẬP", "khuỷu", "giếng", "ươm", "Hòa", "hoà"):
        assert lettering.is_syllable(word), word
    for word in ("éin", "§×nh", "LËp", "lẬp", "strê", "ếế"):
        assert not lettering.is_syllable(word), word
    assert lettering.guess([b"\xff\xfe\xfd", b"\x80"]) is None
    assert lettering.guess([b"Loc Binh"]) == "utf-8"


def test_kml_all_folders_tracks_and_areas_with_holes(tmp_path: Path) -> None:
    ring = " ".join(f"{x},{y}" for x, y in SQUARE)
    hole = "106.92,21.72 106.94,21.72 106.94,21.74 106.92,21.72"
    area = (
        f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs>"
        f"<innerBoundaryIs><LinearRing><coordinates>{hole}</coordinates></LinearRing></innerBoundaryIs></Polygon>"
    )
    track = "".join(f"<gx:coord>{x} {y} 5</gx:coord>" for x, y in LINE)
    text = KML.format(
        "<Document><Folder><name>Tim tuyến</name><Folder><name>Đoạn 1</name><Placemark><name>Km18</name>"
        '<ExtendedData><Data name="lý trình"><value>Km18</value></Data></ExtendedData>'
        f"<LineString><coordinates> {COORDINATES} </coordinates></LineString></Placemark></Folder></Folder>"
        f"<Placemark><MultiGeometry>{area}{area}<Point><coordinates>1,2</coordinates></Point></MultiGeometry></Placemark>"
        f'<Placemark><gx:Track xmlns:gx="g">{track}</gx:Track></Placemark>'
        "<NetworkLink><Link><href>http://example.invalid/x.kml</href></Link></NetworkLink></Document>"
    )
    (tmp_path / "a.kml").write_text(text, encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "a.kmz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", text)
        archive.writestr("images/x.png", b"not a picture")
    for name in ("a.kml", "a.kmz"):
        drawing = here(tmp_path / name)
        line, areas, driven = drawing.shapes
        assert line.layer == "Tim tuyến / Đoạn 1"
        assert line.attributes == {"name": "Km18", "lý trình": "Km18"}
        assert list(line.geometry.coords) == list(driven.geometry.coords) == LINE
        assert areas.geometry.geom_type == "MultiPolygon"
        assert areas.geometry.area == pytest.approx(2 * (0.01 - 0.0002))
        assert (drawing.left_out, drawing.heights, drawing.crs) == ({"point": 1, "link": 1}, True, "EPSG:4326")


def test_gpx_segments_are_lines_of_their_own(tmp_path: Path) -> None:
    def points(name: str, line: list[tuple[float, float]]) -> str:
        return "".join(f'<{name} lat="{y}" lon="{x}"><ele>3</ele></{name}>' for x, y in line)

    text = (
        '<gpx xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="1" lon="2"/><trk><name>khảo sát</name>'
        f"<trkseg>{points('trkpt', LINE[:2])}</trkseg><trkseg>{points('trkpt', LINE[1:])}</trkseg>"
        f"<trkseg>{points('trkpt', LINE[:1])}</trkseg></trk><rte>{points('rtept', LINE)}</rte></gpx>"
    )
    (tmp_path / "a.gpx").write_text(text, encoding="utf-8")
    drawing = here(tmp_path / "a.gpx")
    assert coordinates(drawing) == [LINE[:2], LINE[1:], LINE]
    assert [shape.layer for shape in drawing.shapes] == ["khảo sát", "khảo sát", "rte"]
    assert drawing.left_out == {"point": 1, "short_line": 1}


def dxf(path: Path) -> Path:
    """A straight, a bulge, a spline, a circle's quarter, a line in a block that is moved and turned, and a text."""
    document = ezdxf.new("R2010")  # type: ignore[attr-defined]
    space = document.modelspace()
    space.add_line((0, 0), (100, 0), dxfattribs={"layer": "TIM"})
    space.add_lwpolyline([(0, 0, 1.0), (10, 0, 0)], format="xyb", dxfattribs={"layer": "cong"})
    space.add_spline(fit_points=[(0, 0), (50, 30), (100, 0)], dxfattribs={"layer": "spline"})
    space.add_arc((0, 0), 100, 0, 90, dxfattribs={"layer": "arc"})
    block = document.blocks.new("ĐOẠN")
    block.add_line((0, 0), (10, 0), dxfattribs={"layer": "khối"})
    space.add_blockref("ĐOẠN", (1000, 2000), dxfattribs={"rotation": 90})
    space.add_text("Km18")
    document.saveas(path)
    return path


def test_dxf_curves_and_blocks(tmp_path: Path) -> None:
    drawing = here(dxf(tmp_path / "a.dxf"))
    by_layer = {shape.layer: shape.geometry for shape in drawing.shapes}
    assert list(by_layer["TIM"].coords) == [(0, 0), (100, 0)]
    assert by_layer["cong"].length == pytest.approx(np.pi * 5, rel=0.01)
    assert by_layer["arc"].length == pytest.approx(np.pi * 50, rel=0.001)
    # No more than 5 cm between the arc and the line that stands for it.
    middles = [part.interpolate(0.5, normalized=True) for part in map(LineString, zip(
        by_layer["arc"].coords, by_layer["arc"].coords[1:], strict=False))]  # fmt: skip
    assert min(point.distance(shapely.Point(0, 0)) for point in middles) > 100 - 0.051
    assert by_layer["spline"].distance(shapely.Point(50, 30)) < 0.1
    block = np.array(by_layer["khối"].coords)
    assert block == pytest.approx(np.array([(1000, 2000), (1000, 2010)]))
    assert (drawing.crs, drawing.left_out) == (None, {"text": 1})
    assert [shape.layer for shape in here(tmp_path / "a.dxf", layers=("TIM",)).shapes] == ["TIM"]
    with pytest.raises(GeoImportError, match="TIM, cong, spline, arc, khối, 0"):
        here(tmp_path / "a.dxf", layers=("TIM2",))


def test_a_damaged_drawing_is_mended_or_refused(tmp_path: Path) -> None:
    """A number that can only be guessed is not taken: 460740.28 without its point is another place."""
    sound = dxf(tmp_path / "a.dxf").read_bytes()
    path = tmp_path / "b.dxf"
    assert sound.count(b"\n2010.0\n") == 0
    number = sound.index(b"100.0", sound.index(b"TIM"))
    path.write_bytes(sound[:number] + b"1\xff00.0" + sound[number + 5 :])
    assert refused(path) == "guessed_number"
    line = sound[:number].count(b"\n") + 1
    with pytest.raises(GeoImportError, match=rf"\(gần dòng {line}\)|\(near line {line}\)"):
        here(path)
    end = sound.rindex(b"  0\r\nENDSEC" if b"\r\n" in sound else b"  0\nENDSEC")
    path.write_bytes(sound[:end])
    drawing = here(path)
    assert drawing.mended
    assert "TIM" in {shape.layer for shape in drawing.shapes}
    assert not here(tmp_path / "a.dxf").mended


def test_a_prj_with_letters_of_another_encoding_is_one_sentence(tmp_path: Path) -> None:
    path = table(tmp_path / "a.shp", [LineString(LINE)], {"n": ["x"]}, "EPSG:4326", driver="ESRI Shapefile")
    text = path.with_suffix(".prj").read_bytes()
    path.with_suffix(".prj").write_bytes(text.replace(b"Greenwich", b"Kinh tuy\xd5n g\xe8c"))
    assert refused(path) == "crs_damaged"
    path.with_suffix(".prj").unlink()
    assert here(path).crs is None


def pbf(path: Path, relation: bool = True) -> Path:
    with osmium.SimpleWriter(str(path)) as writer:
        spots = [*LINE, (107.1, 21.6), *SQUARE[:4]]
        for number, at in enumerate(spots, 1):
            writer.add_node(Node(id=number, location=at))
        writer.add_way(Way(id=1, nodes=[1, 2], tags={"highway": "trunk", "ref": "QL.4B;QL.31"}))
        writer.add_way(Way(id=2, nodes=[2, 3], tags={"highway": "trunk", "name": "không số hiệu"}))
        writer.add_way(Way(id=3, nodes=[3, 4], tags={"highway": "trunk_link", "ref": "QL4B"}))
        writer.add_way(Way(id=4, nodes=[5, 6, 7], tags={}))
        writer.add_way(Way(id=5, nodes=[7, 8, 5], tags={}))
        writer.add_way(Way(id=6, nodes=[3, 4], tags={"highway": "trunk"}))
        if relation:
            members = [("w", 2, ""), ("w", 1, ""), ("w", 3, ""), ("w", 6, "link"), ("w", 99, "")]
            tags = {"type": "route", "route": "road", "ref": "QL 4B"}
            writer.add_relation(Relation(id=1, members=members, tags=tags))
        bound = {"type": "boundary", "boundary": "administrative", "admin_level": "6", "name": "Lộc Bình"}
        writer.add_relation(Relation(id=2, members=[("w", 4, "outer"), ("w", 5, "outer")], tags=bound))
        cut = bound | {"name": "bị cắt"}
        writer.add_relation(Relation(id=3, members=[("w", 4, "outer"), ("w", 98, "outer")], tags=cut))
    return path


def test_openstreetmap_relations_first_then_ways(tmp_path: Path) -> None:
    drawing = here(pbf(tmp_path / "a.osm.pbf"), ref="QL.4B")
    assert coordinates(drawing) == [LINE[:2], LINE[1:]]
    assert {shape.layer for shape in drawing.shapes} == {"relation"}
    assert drawing.left_out == {"link_road": 2, "missing": 1}
    drawing = here(pbf(tmp_path / "b.osm.pbf", relation=False), ref="ql4b")
    assert coordinates(drawing) == [LINE[:2]]
    assert drawing.left_out == {"link_road": 1}
    drawing = here(tmp_path / "a.osm.pbf", admin_level=6)
    (unit,) = drawing.shapes
    assert unit.attributes["name"] == "Lộc Bình"
    assert shapely.equals(unit.geometry, Polygon(SQUARE))
    assert drawing.left_out == {"open_ring": 1}
    assert refused(tmp_path / "a.osm.pbf") == "ref_or_level"
    assert refused(tmp_path / "a.osm.pbf", ref="QL.1") == "no_ref"
    assert refused(tmp_path / "a.osm.pbf", admin_level=9) == "no_level"


def test_openstreetmap_roads_of_roads_and_areas_with_holes(tmp_path: Path) -> None:
    """A road whose relation holds the relations of its stretches; a unit with an enclave and an exclave."""
    path = tmp_path / "a.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        inner = [(106.94, 21.74), (106.96, 21.74), (106.96, 21.76), (106.94, 21.76)]
        exclave = [(107.2, 21.7), (107.3, 21.7), (107.3, 21.8)]
        for number, at in enumerate([*LINE, *SQUARE[:4], *inner, *exclave], 1):
            writer.add_node(Node(id=number, location=at))
        for number, nodes in enumerate([[1, 2], [2, 3], [4, 5, 6, 7, 4], [8, 9, 10, 11, 8], [12, 13, 14, 12]], 1):
            writer.add_way(Way(id=number, nodes=nodes, tags={"highway": "trunk"} if number < 3 else {}))
        stretch = {"type": "route", "route": "road"}
        writer.add_relation(Relation(id=1, members=[("r", 2, ""), ("r", 3, "")], tags=stretch | {"ref": "QL.4B"}))
        writer.add_relation(Relation(id=2, members=[("w", 1, "forward")], tags=stretch))
        writer.add_relation(Relation(id=3, members=[("w", 2, "")], tags=stretch))
        unit = {"type": "boundary", "boundary": "administrative", "admin_level": "6", "name": "Xã Lộc Bình"}
        members = [("w", 4, "inner"), ("w", 3, "outer"), ("w", 5, "outer")]
        writer.add_relation(Relation(id=4, members=members, tags=unit))
    assert coordinates(here(path, ref="QL4B")) == [LINE[:2], LINE[1:]]
    (area,) = here(path, admin_level=6).shapes
    want = Polygon(SQUARE, [inner]).union(Polygon(exclave))
    assert area.geometry.geom_type == "MultiPolygon"
    assert shapely.equals(area.geometry, want)


# --- hostile and broken --------------------------------------------------------------------------------------------


def test_bombs_are_refused(tmp_path: Path) -> None:
    entity = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    for name, root in (("a.kml", "kml"), ("a.gpx", "gpx")):
        (tmp_path / name).write_text(f"<?xml version='1.0'?>{entity}<{root}>&b;</{root}>")
        assert refused(tmp_path / name) == "xml_doctype"
    external = '<!DOCTYPE kml SYSTEM "file:///etc/passwd"><kml/>'
    (tmp_path / "b.kml").write_bytes(external.encode("utf-16"))
    assert refused(tmp_path / "b.kml") == "xml_doctype"
    (tmp_path / "c.kml").write_text("<kml>" + "<Folder>" * 100_000)
    assert refused(tmp_path / "c.kml") == "xml_too_deep"
    with zipfile.ZipFile(tmp_path / "d.kmz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", b" " * (40 * 1024 * 1024))
    assert (tmp_path / "d.kmz").stat().st_size < 100_000
    assert refused(tmp_path / "d.kmz") == "too_large_inside"
    (tmp_path / "e.geojson").write_text("[" * 200_000)
    assert refused(tmp_path / "e.geojson") == "not_json"
    document = ezdxf.new()  # type: ignore[attr-defined]
    block = document.blocks.new("B0")
    for at in range(10):
        block.add_line((at, 0), (at, 1))
    for level in range(1, 9):
        block = document.blocks.new(f"B{level}")
        for at in range(10):
            block.add_blockref(f"B{level - 1}", (at, 0))
    document.modelspace().add_blockref("B8", (0, 0))
    document.saveas(tmp_path / "f.dxf")
    assert refused(tmp_path / "f.dxf") == "too_many"


def test_a_geopackage_whose_view_never_ends_is_stopped(tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    path = table(tmp_path / "a.gpkg", [LineString(LINE)], {"n": ["x"]}, "EPSG:4326", layer="t", driver="GPKG")
    with closing(sqlite3.connect(path)) as base:
        base.execute("ALTER TABLE t RENAME TO kept")
        base.execute(
            "CREATE VIEW t AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) "
            "SELECT i AS fid, (SELECT geom FROM kept) AS geom, 'x' AS n FROM c WHERE i < 0"
        )
        base.commit()
    with pytest.raises(GeoImportError) as caught:
        reading.read(path, seconds=2.5)
    assert caught.value.key in ("too_slow", "broken", "nothing")


@pytest.mark.parametrize(
    ("name", "data", "key"),
    [
        ("a.txt", b"x", "unknown_format"),
        ("a.kml", b"", "not_xml"),
        ("a.kml", b"<kml><Placemark><LineString><coordinates>a,b c,d</coordinates></LineString></Placemark></kml>",
         "not_positions"),
        ("a.kml", b"<kml/>", "nothing"),
        ("a.kml", b"<kml><Placemark><LineString><coordinates>nan,1 2,3</coordinates></LineString></Placemark></kml>",
         "not_finite"),
        ("a.kmz", b"PK\x03\x04 no archive", "broken"),
        ("a.gpx", b"<gpx><trk><trkseg><trkpt lat='x' lon='1'/><trkpt/></trkseg></trk></gpx>", "not_positions"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [1]}', "not_geojson"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": 1}', "not_geojson"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "x"}}]}',
         "bad_feature"),
        ("a.geojson", b"\xff", "not_utf8"),
        ("a.gpkg", b"SQLite format 3\0 and no more", "broken"),
        ("a.dxf", b"no drawing", "broken"),
    ],
)  # fmt: skip
def test_a_broken_file_is_one_sentence(tmp_path: Path, name: str, data: bytes, key: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert refused(path) == key


def test_a_file_that_is_missing_or_too_large(tmp_path: Path) -> None:
    with pytest.raises(LsinfraError, match=r"a\.kml"):
        reading.read(tmp_path / "a.kml")
    for name in ("a.kml", "a.geojson", "a.dxf"):
        with (tmp_path / name).open("wb") as file:
            os.truncate(file.fileno(), 33 * 1024 * 1024)
        assert refused(tmp_path / name) == "too_large"


def test_mutated_files_are_read_or_refused(tmp_path: Path) -> None:
    """Real files with some bytes changed, cut or doubled: an answer, or a sentence, never a traceback."""
    chance = random.Random(4)  # the same files every time
    geojson(tmp_path / "a.geojson", {"type": "LineString", "coordinates": LINE})
    line = f"<Placemark><LineString><coordinates>{COORDINATES}</coordinates></LineString></Placemark>"
    (tmp_path / "a.kml").write_text(KML.format(line))
    with zipfile.ZipFile(tmp_path / "a.kmz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", KML.format(line))
    points = "".join(f'<trkpt lat="{y}" lon="{x}"/>' for x, y in LINE)
    (tmp_path / "a.gpx").write_text(f"<gpx><trk><trkseg>{points}</trkseg></trk></gpx>")
    dxf(tmp_path / "a.dxf")
    table(tmp_path / "a.shp", [LineString(LINE)], {"n": ["x"]}, "EPSG:4326", driver="ESRI Shapefile")
    answers = set()
    for name, times in (("a.geojson", 60), ("a.kml", 60), ("a.kmz", 60), ("a.gpx", 60), ("a.dxf", 6), ("a.shp", 40)):
        path = tmp_path / name
        sound = path.read_bytes()
        for _ in range(times):
            broken = bytearray(sound)
            for _ in range(chance.randint(1, 8)):
                at = chance.randrange(len(broken))
                if chance.random() < 0.6:
                    broken[at] = chance.randrange(256)
                else:
                    broken[at : at + chance.randint(1, 40)] = broken[:at][-20:] if chance.random() < 0.5 else b""
                broken = broken or bytearray(b"x")
            path.write_bytes(broken)
            answers.add(answered(path))
        path.write_bytes(sound)
    assert answers == {True, False}


def test_the_process_apart_gives_the_same_answer(tmp_path: Path) -> None:
    path = dxf(tmp_path / "tim tuyến.dxf")
    assert reading.read(path) == here(path)
