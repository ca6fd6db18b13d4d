"""OpenStreetMap extracts (.osm.pbf): the ways of a road by its ``ref``, administrative boundaries by their level.

A road is taken from its route relations where there are any, else from the ways that bear the ``ref``. Only what is
asked for is kept, in a few passes over the file, so that a country fits.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import shapely
from shapely import LineString, MultiPolygon, Polygon

from lsinfra.errors import missing_package
from lsinfra.intake.geometry.drawing import MAX_POSITIONS, MAX_SHAPES, GeoImportError, Shape
from lsinfra.numerals import shown

MAX_BYTES = 2 * 1024**3
CREDIT = "© OpenStreetMap contributors"
LICENCE = "ODbL 1.0"

Ways = dict[int, tuple[dict[str, str], list[int]]]


def read_pbf(path: Path, ref: str | None, admin_level: int | None) -> tuple[list[Shape], Counter[str]]:
    """Lines of the road with a ``ref``, or areas of an ``admin_level``; WGS84.

    ``QL.4B``, ``QL 4B`` and ``ql4b`` are one ref. Link roads and the roles ``link`` are left out.

    Raises
    ------
    GeoImportError
        Neither or both are asked for; nothing of it is in the file; the package osmium is missing; a broken file.
    """
    try:
        import osmium
    except ImportError:
        raise missing_package("osmium") from None
    if (ref is None) == (admin_level is None):
        raise GeoImportError("ref_or_level", file=shown(path.name))
    if path.stat().st_size > MAX_BYTES:
        found, limit = path.stat().st_size // 1_048_576, MAX_BYTES // 1_048_576
        raise GeoImportError("too_large", file=shown(path.name), found=found, limit=limit)
    try:
        if ref is not None:
            return _road(path, ref)
        assert admin_level is not None  # noqa: S101  # one of the two, see above
        return _areas(path, str(admin_level))
    except GeoImportError:
        raise
    except (RuntimeError, OSError, ValueError, osmium.InvalidLocationError):
        raise GeoImportError("broken", file=shown(path.name)) from None


def plain_ref(ref: str) -> str:
    """``QL.4B`` → ``QL4B``."""
    return re.sub(r"[\W_]+", "", ref).upper()


def _road(path: Path, ref: str) -> tuple[list[Shape], Counter[str]]:
    import osmium

    wanted = plain_ref(ref)
    left: Counter[str] = Counter()
    ids: set[int] = set()
    inner: set[int] = set()
    for relation in _read(path, osmium.osm.RELATION, osmium.filter.KeyFilter("ref")):
        if relation.tags.get("type") in ("route", "superroute") and bears(relation.tags, wanted):
            _members(relation, ids, inner, left)
    for _ in range(3):  # a road of relations of relations; deeper is nobody's road
        if not inner:
            break
        children, inner = inner, set()
        for relation in _read(path, osmium.osm.RELATION, osmium.filter.IdFilter(children)):
            _members(relation, ids, inner, left)
    by_relation = bool(ids)
    ways: Ways = {}
    chosen = osmium.filter.IdFilter(set(ids)) if ids else osmium.filter.KeyFilter("ref")
    for way in _read(path, osmium.osm.WAY, chosen):
        tags = {tag.k: tag.v for tag in way.tags}
        if not by_relation and not ("highway" in tags and bears(tags, wanted)):
            continue
        ids.discard(way.id)
        if tags.get("highway", "").endswith("_link"):
            left["link_road"] += 1
            continue
        _keep(ways, way.id, tags, [node.ref for node in way.nodes], path)
    if not ways:
        raise GeoImportError("no_ref", file=shown(path.name), ref=shown(ref))
    left["missing"] += len(ids)
    places = _places(path, ways)
    shapes = []
    for number, (tags, nodes) in sorted(ways.items()):
        line = [places[node] for node in nodes if node in places]
        left["missing"] += len(line) < len(nodes)
        if len(set(line)) > 1:
            shapes.append(Shape("relation" if by_relation else "way", tags | {"id": str(number)}, LineString(line)))
    return shapes, +left


def bears(tags: Any, wanted: str) -> bool:
    """Whether one of the refs, ``QL.4B;QL.31``, is the one wanted."""
    return any(plain_ref(one) == wanted for one in (tags.get("ref") or "").split(";"))


def _members(relation: Any, ids: set[int], inner: set[int], left: Counter[str]) -> None:
    for member in relation.members:
        if member.type == "w":
            if member.role == "link":
                left["link_road"] += 1
            else:
                ids.add(member.ref)
        elif member.type == "r":
            inner.add(member.ref)


def _areas(path: Path, level: str) -> tuple[list[Shape], Counter[str]]:
    import osmium

    left: Counter[str] = Counter()
    found: list[tuple[dict[str, str], list[int]]] = []
    for relation in _read(path, osmium.osm.RELATION, osmium.filter.TagFilter(("boundary", "administrative"))):
        if relation.tags.get("admin_level") == level:
            tags = {tag.k: tag.v for tag in relation.tags}
            found.append((tags, [member.ref for member in relation.members if member.type == "w"]))
    if not found:
        raise GeoImportError("no_level", file=shown(path.name), level=level)
    ways: Ways = {}
    for way in _read(path, osmium.osm.WAY, osmium.filter.IdFilter({one for _, refs in found for one in refs})):
        _keep(ways, way.id, {}, [node.ref for node in way.nodes], path)
    places = _places(path, ways)
    shapes = []
    for tags, refs in found:
        lines = [[places.get(node) for node in ways[one][1]] if one in ways else [None] for one in refs]
        area = None if any(None in line for line in lines) else area_of([line for line in lines if len(line) > 1])
        if area is None:  # a neighbour cut off at the edge of the extract
            left["open_ring"] += 1
        else:
            shapes.append(Shape(f"admin_level {level}", tags, area))
    return shapes, +left


def area_of(lines: list[Any]) -> Polygon | MultiPolygon | None:
    """The area whose rings the lines make: what lies within an odd number of rings."""
    merged = shapely.line_merge(shapely.MultiLineString(lines)) if lines else LineString()
    rings = list(shapely.get_parts(merged))
    if not rings or not all(ring.is_closed and len(ring.coords) > 3 for ring in rings):
        return None
    area: Any = Polygon()
    for ring in rings:
        area = area.symmetric_difference(Polygon(ring.coords))
    return area if area.geom_type in ("Polygon", "MultiPolygon") and not area.is_empty else None


def _keep(ways: Ways, number: int, tags: dict[str, str], nodes: list[int], path: Path) -> None:
    ways[number] = (tags, nodes)
    if len(ways) > MAX_SHAPES:
        raise GeoImportError("too_many", file=shown(path.name), limit=MAX_SHAPES)


def _places(path: Path, ways: Ways) -> dict[int, tuple[float, float]]:
    """Longitude and latitude of every node of the ways."""
    import osmium

    nodes = {node for _, refs in ways.values() for node in refs}
    if len(nodes) > MAX_POSITIONS:
        raise GeoImportError("too_many", file=shown(path.name), limit=MAX_POSITIONS)
    return {
        node.id: (node.location.lon, node.location.lat)
        for node in _read(path, osmium.osm.NODE, osmium.filter.IdFilter(nodes))
        if node.location.valid()
    }


def _read(path: Path, kind: Any, chosen: Any) -> Iterable[Any]:
    import osmium

    return osmium.FileProcessor(osmium.io.File(str(path), "pbf"), kind).with_filter(chosen)
