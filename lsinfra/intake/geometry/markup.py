"""KML, KMZ and GPX: lines and areas of all folders, read without entities, links or anything from outside the file.

Both are WGS84 by their own standards (OGC 12-007r2, GPX 1.1), longitude before latitude.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from xml.parsers import expat

import shapely
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from lsinfra.intake.damage import BROKEN_ZIP
from lsinfra.intake.geometry.drawing import MAX_POSITIONS, MAX_SHAPES, GeoImportError, Shape
from lsinfra.numerals import shown

MAX_XML_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 100
MAX_NODES = 1_000_000
MAX_MEMBERS = 200

_GEOMETRIES = ("LineString", "Polygon", "Track", "Point", "Model")
_BLANKS = re.compile(r"\s+")


@dataclass(slots=True)
class _Node:
    name: str
    attributes: dict[str, str]
    inner: list[_Node] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> Iterator[_Node]:
        """Every node of a name below this one, in the order of the file."""
        for node in self.inner:
            if node.name == name:
                yield node
            else:
                yield from node.all(name)

    def first(self, name: str) -> str:
        return next((node.text.strip() for node in self.inner if node.name == name), "")


def read_kml(path: Path) -> tuple[list[Shape], Counter[str], bool]:
    """Lines and areas of a KML file, what was left out, and whether there were heights."""
    return _kml(_parsed(path.read_bytes(), path.name), path.name)


def read_kmz(path: Path) -> tuple[list[Shape], Counter[str], bool]:
    """The same of every KML file in a KMZ. A bomb is refused by what comes out of it, not by what it says of itself."""
    shapes: list[Shape] = []
    left: Counter[str] = Counter()
    heights = False
    room = MAX_XML_BYTES
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if one.filename.lower().endswith(".kml")]
            if not members:
                raise GeoImportError("kmz_empty", file=shown(path.name))
            if len(members) > MAX_MEMBERS:
                raise GeoImportError("too_many", file=shown(path.name), limit=MAX_MEMBERS)
            for member in members:
                if member.flag_bits & 1:
                    raise GeoImportError("locked", file=shown(path.name))
                with archive.open(member) as stream:
                    raw = stream.read(room + 1)
                room -= len(raw)
                if room < 0:
                    limit = MAX_XML_BYTES // 1_048_576
                    raise GeoImportError("too_large_inside", file=shown(path.name), limit=limit)
                found, more, high = _kml(_parsed(raw, member.filename), path.name)
                shapes, left, heights = shapes + found, left + more, heights or high
    except BROKEN_ZIP:
        raise GeoImportError("broken", file=shown(path.name)) from None
    return shapes, left, heights


def read_gpx(path: Path) -> tuple[list[Shape], Counter[str], bool]:
    """Tracks and routes of a GPX file. A break of a track begins a new line: between two segments nobody drove."""
    top = _parsed(path.read_bytes(), path.name)
    shapes: list[Shape] = []
    left: Counter[str] = Counter(point=sum(1 for _ in top.all("wpt")))
    heights = False
    counted = 0
    for kind, segment, point in (("trk", "trkseg", "trkpt"), ("rte", None, "rtept")):
        for node in top.all(kind):
            attributes = {name: text for name in ("name", "desc") if (text := node.first(name))}
            for part in node.all(segment) if segment else [node]:
                points = list(part.all(point))
                counted = _bounded(counted + len(points), path.name)
                heights = heights or any(one.first("ele") for one in points)
                line = [(_number(one.attributes.get("lon", ""), path), _number(one.attributes.get("lat", ""), path))
                        for one in points]  # fmt: skip
                if len(set(line)) > 1:
                    shapes.append(Shape(attributes.get("name", kind), attributes, LineString(line)))
                else:
                    left["short_line"] += 1
    return shapes, left, heights


def _parsed(raw: bytes, name: str) -> _Node:
    """The tree of an XML text without prefixes; a text that declares anything (DOCTYPE, entities) is refused."""
    where = shown(name)
    if len(raw) > MAX_XML_BYTES:
        raise GeoImportError("too_large", file=where, found=len(raw) // 1_048_576, limit=MAX_XML_BYTES // 1_048_576)
    top = _Node("", {})
    open_nodes = [top]
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MAX_NODES or len(open_nodes) > MAX_DEPTH:
            raise GeoImportError("xml_too_deep", file=where)
        node = _Node(tag.rpartition(":")[2], attributes)
        open_nodes[-1].inner.append(node)
        open_nodes.append(node)

    def text(piece: str) -> None:
        open_nodes[-1].text += piece

    def declared(*_: object) -> None:
        raise GeoImportError("xml_doctype", file=where)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_nodes.pop()
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = declared
    parser.EntityDeclHandler = declared
    try:
        parser.ParseFile(io.BytesIO(raw))
    except (expat.ExpatError, ValueError, LookupError) as error:
        line = getattr(error, "lineno", 1)
        raise GeoImportError("not_xml", file=where, line=line, column=getattr(error, "offset", 0) + 1) from None
    return top


def _kml(top: _Node, file: str) -> tuple[list[Shape], Counter[str], bool]:
    shapes: list[Shape] = []
    left: Counter[str] = Counter()
    heights = False
    counted = 0
    for folder, placemark in _placemarks(top, ()):
        attributes = _attributes(placemark)
        for node in chain.from_iterable(_geometries(placemark)):
            if node.name in ("Point", "Model"):
                left["point"] += 1
                continue
            rings = [_positions(text, file) for text in _coordinates(node)]
            counted = _bounded(counted + sum(map(len, rings)), file)
            heights = heights or any(len(position) > 2 and position[2] for ring in rings for position in ring)
            flat = [[position[:2] for position in ring] for ring in rings]
            if node.name == "Polygon":
                if flat and all(len(set(ring)) > 2 for ring in flat):
                    shapes.append(Shape(folder, attributes, Polygon(flat[0], flat[1:])))
                else:
                    left["short_line"] += 1
            elif flat and len(set(flat[0])) > 1:
                shapes.append(Shape(folder, attributes, LineString(flat[0])))
            else:
                left["short_line"] += 1
            if len(shapes) > MAX_SHAPES:
                raise GeoImportError("too_many", file=shown(file), limit=MAX_SHAPES)
    left["link"] = sum(1 for name in ("NetworkLink", "GroundOverlay") for _ in top.all(name))
    return _multi(shapes), +left, heights


def _multi(shapes: list[Shape]) -> list[Shape]:
    """The areas of one placemark as one: a unit of several pieces is one unit."""
    joined: list[Shape] = []
    for shape in shapes:
        last = joined[-1] if joined else None
        same = last is not None and last.attributes is shape.attributes
        before = _polygons(last.geometry) if last is not None and same else []
        if before and _polygons(shape.geometry):
            joined[-1] = Shape(shape.layer, shape.attributes, MultiPolygon([*before, *_polygons(shape.geometry)]))
        else:
            joined.append(shape)
    return joined


def _polygons(area: BaseGeometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(area) if isinstance(part, Polygon)]


def _placemarks(node: _Node, folders: tuple[str, ...]) -> Iterator[tuple[str, _Node]]:
    for inner in node.inner:
        if inner.name == "Placemark":
            yield " / ".join(folders), inner
        elif inner.name in ("Folder", "Document"):
            yield from _placemarks(inner, (*folders, name) if (name := inner.first("name")) else folders)
        else:
            yield from _placemarks(inner, folders)


def _geometries(placemark: _Node) -> Iterator[Iterator[_Node]]:
    for inner in placemark.inner:
        if inner.name in _GEOMETRIES:
            yield iter([inner])
        elif inner.name in ("MultiGeometry", "MultiTrack"):
            yield from _geometries(inner)


def _coordinates(node: _Node) -> list[str]:
    """The coordinates of a line, or of the outer and the inner rings of an area, as ``lon,lat[,height] …``."""
    if node.name == "Track":  # <gx:coord>lon lat height</gx:coord>
        return [" ".join(",".join(one.text.split()) for one in node.all("coord"))]
    if node.name == "LineString":
        return [node.first("coordinates")]
    sides = [side for name in ("outerBoundaryIs", "innerBoundaryIs") for side in node.all(name)]
    return [one.text for side in sides for one in side.all("coordinates")]


def _positions(text: str, file: str) -> list[tuple[float, ...]]:
    try:
        # "106.7, 21.8" with a blank after the comma is against the standard, and common.
        pieces = re.sub(r"\s*,\s*", ",", text).split()
        read = [tuple(float(number) for number in piece.split(",") if number) for piece in pieces]
    except ValueError:
        raise GeoImportError("not_positions", file=shown(file), found=shown(_BLANKS.sub(" ", text))) from None
    if any(len(position) < 2 for position in read):
        raise GeoImportError("not_positions", file=shown(file), found=shown(_BLANKS.sub(" ", text)))
    return read


def _attributes(placemark: _Node) -> dict[str, str]:
    found = {name: text for name in ("name", "description") if (text := placemark.first(name))}
    for data in placemark.all("Data"):
        if name := data.attributes.get("name"):
            found[name] = data.first("value")
    for data in placemark.all("SimpleData"):
        if name := data.attributes.get("name"):
            found[name] = data.text.strip()
    return found


def _number(text: str, path: Path) -> float:
    try:
        return float(text)
    except ValueError:
        raise GeoImportError("not_positions", file=shown(path.name), found=shown(text)) from None


def _bounded(count: int, file: str) -> int:
    if count > MAX_POSITIONS:
        raise GeoImportError("too_many", file=shown(file), limit=MAX_POSITIONS)
    return count
