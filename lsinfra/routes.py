"""geodata/ → alignments, places, border and boundaries; chainage ↔ point; lengths in the metric CRS.

Every ``*.geojson`` of the folder is read; the properties of a feature tell what it is: ``route`` an alignment,
``place`` a place or gate, ``border: true`` the land border, ``unit`` with ``level`` an administrative boundary.
Geometry stays in EPSG:4326; it is measured in the metric CRS the caller names, with the datum step (for VN-2000
EPSG:6960, 1 m) and never through the network.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyproj
import shapely
from shapely import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry

from lsinfra.alignments import (
    ACCURACIES,
    SAME_M,
    Alignment,
    RouteError,
    along_line,
    measured,
    metric,
    nearest,
    spell,
)
from lsinfra.codes import Accuracy, Level
from lsinfra.errors import Fault, InputError, QuantityError
from lsinfra.geojson import Feature, Position, as_json, features
from lsinfra.numerals import MAX_LENGTH, shown
from lsinfra.quantities import read_chainage

PLACE_KINDS = ("city", "town", "gate", "railway_station", "junction", "chainage")

_KINDS = ("route", "place", "border", "unit")
_DISTORTION = 0.001  # a metric CRS made for the place keeps lengths within 0.03 %; Web Mercator adds 8 % here
_ELSEWHERE = 2  # a survey farther from the sketch than this times what the sketch owns up to is of another road
_NEAR_M = 100.0  # how far off a surveyed line its own calibration point may lie


@dataclass(frozen=True)
class Place:
    """A town, gate or other known point, EPSG:4326, how sure it is (m), and whom a map must name for it."""

    id: str
    title: dict[str, str]
    kind: str
    point: Point
    uncertainty_m: float
    source: str
    credit: str | None


@dataclass(frozen=True)
class Boundary:
    """An administrative unit somebody imported: Polygon or MultiPolygon, EPSG:4326.

    ``valid_from`` is its first day and ``valid_until`` its last; None where the file says nothing of it. Of units
    with one code (or one name, without codes) no two exist on one day. ``credit`` is whom a page must name that shows
    what was found with it.
    """

    unit: str
    level: Level
    code: str | None
    geometry: BaseGeometry
    source: str
    valid_from: date | None = None
    valid_until: date | None = None
    credit: str | None = None

    def valid(self, day: date) -> bool:
        """Whether it exists on a day; one whose file says nothing of it always does."""
        return (self.valid_from or day) <= day <= (self.valid_until or day)


@dataclass(frozen=True)
class Routes:
    """Everything in the folder, by id; the border is None where no file gives it.

    ``border_attribution`` is whom a map must name for it, ``border_licence`` under which licence it is; None where its
    file says nothing of it.
    """

    alignments: dict[str, Alignment]
    places: dict[str, Place]
    border: MultiLineString | None
    border_attribution: str | None
    units: tuple[Boundary, ...]
    metric_crs: str
    border_licence: str | None = None


def load(folder: Path, metric_crs: str) -> Routes:
    """Everything drawn in a folder of GeoJSON files.

    A ``survey`` alignment replaces the ``schematic`` one of the same route; what it leaves out of title, start and
    calibration is taken from the one it replaces.

    Parameters
    ----------
    folder : Path
        Its ``*.geojson`` are read, in the order of their names; nothing else.
    metric_crs : str
        A projected CRS in metres fit for the place, such as EPSG:9215.

    Raises
    ------
    InputError
        With every fault of every file.
    RouteError
        No such folder; the metric CRS is missing, unknown, not in metres, or wrong for the place.
    """
    transformer = metric(metric_crs)
    if not folder.is_dir():
        raise RouteError("no_folder", folder=shown(folder.name or str(folder), MAX_LENGTH))
    faults: list[Fault] = []
    drawn: list[_Drawn] = []
    places: dict[str, tuple[Feature, Place]] = {}
    units: dict[tuple[str, str], list[tuple[Feature, Boundary]]] = {}
    borders: list[tuple[BaseGeometry, str, str]] = []
    for feature in features(folder, faults):
        kinds = [kind for kind in _KINDS if feature.properties.get(kind) not in (None, False)]
        if len(kinds) != 1:
            feature.fault("properties", "which_kind", found=", ".join(kinds) or "—")
        elif kinds == ["route"]:
            drawn += filter(None, [_drawn(feature)])
        elif kinds == ["border"]:
            borders += filter(None, [_border(feature)])
        elif kinds == ["place"] and (place := _place(feature)):
            _once(feature, places, place.id, place, "twice_place")
        elif kinds == ["unit"] and (unit := _boundary(feature)):
            _generation(feature, units.setdefault((unit.level, unit.code or unit.unit), []), unit)
    alignments = {}
    for line, older in _chosen(drawn):
        alignment = _align(line, older, transformer, metric_crs)
        if alignment:
            alignments[alignment.route] = alignment
    if faults:
        raise InputError(faults)
    for alignment in alignments.values():
        _check_distortion(alignment)
    return Routes(
        alignments=dict(sorted(alignments.items())),
        places={key: place for key, (_, place) in sorted(places.items())},
        border=MultiLineString([part for line, _, _ in borders for part in getattr(line, "geoms", [line])])
        if borders
        else None,
        border_attribution="; ".join(dict.fromkeys(attribution for _, attribution, _ in borders)) or None,
        border_licence="; ".join(dict.fromkeys(licence for *_, licence in borders if licence)) or None,
        units=tuple(
            unit
            for _, generations in sorted(units.items())
            for _, unit in sorted(generations, key=lambda one: one[1].valid_from or date.min)
        ),
        metric_crs=metric_crs,
    )


@dataclass(frozen=True)
class _Drawn:
    """An alignment as its file gives it, before chainage is laid on it."""

    feature: Feature
    route: str
    accuracy: Accuracy
    title: dict[str, str] | None
    line: LineString
    uncertainty_m: float | None
    partial: bool
    source: str
    note: dict[str, str] | None
    credit: str | None
    start_m: float | None
    points: tuple[tuple[float, Position], ...]


def _drawn(feature: Feature) -> _Drawn | None:
    before = len(feature.faults)
    route, source = feature.slug("route"), feature.text("source")
    title, note = feature.both("title", required=False), feature.both("note", required=False)
    accuracy, credit = feature.choice("accuracy", ACCURACIES), feature.text("credit", required=False)
    uncertainty = feature.metres("uncertainty_m", required=accuracy == "schematic")
    partial = feature.flag("partial")
    start = _chainage(feature, feature.properties.get("start"), "start") if feature.has("start") else None
    points = _points(feature)
    if points and start is not None:
        feature.fault("properties.start", "start_and_calibration")
    shape = feature.geometry("LineString", "MultiLineString")
    line = None if shape is None else _one_line(feature, shape)
    if len(feature.faults) > before or not (line and route and source and accuracy):
        return None
    return _Drawn(
        feature, route, accuracy, title, line, uncertainty, partial, source, note, credit, start, tuple(points)
    )


def _points(feature: Feature) -> list[tuple[float, Position]]:
    """The calibration: ``[{"chainage": "Km18", "at": [longitude, latitude]}, …]``."""
    rows = feature.properties.get("calibration")
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        feature.fault("properties.calibration", "not_calibration", found=as_json(rows))
        return []
    read = []
    for index, row in enumerate(rows):
        path = f"calibration[{index}]"
        at = feature.position(row.get("at"), f"properties.{path}.at")
        chainage = _chainage(feature, row.get("chainage"), f"{path}.chainage")
        if at is not None and chainage is not None:
            read.append((chainage, at))
    return sorted(read)


def _chainage(feature: Feature, value: Any, path: str) -> float | None:
    with suppress(QuantityError):
        if isinstance(value, str):
            return float(read_chainage(value).m)
    feature.fault(f"properties.{path}", "not_chainage", found=as_json(value))
    return None


def _one_line(feature: Feature, shape: BaseGeometry) -> LineString | None:
    """One line of a geometry whose parts touch (to 1 cm); gaps and forks are said with their coordinates."""
    parts = [LineString(part.coords) for part in getattr(shape, "geoms", [shape])]
    if len(parts) > 1:
        parts = [shapely.set_precision(part, 1e-7, mode="pointwise") for part in parts]
        merged = shapely.line_merge(MultiLineString(parts))
        if merged.geom_type != "LineString":
            meets = Counter(end for part in parts for end in (part.coords[0], part.coords[-1]))
            forks = [end for end, count in meets.items() if count > 2]
            loose = [end for end, count in meets.items() if count == 1]
            at = "; ".join(f"{x:.5f}, {y:.5f}" for x, y in (forks or loose or list(meets))[:6])
            feature.fault("geometry", "forks" if forks else "gaps", parts=len(parts), at=at)
            return None
        parts = [merged]
    return shapely.remove_repeated_points(parts[0])


def _place(feature: Feature) -> Place | None:
    before = len(feature.faults)
    place, title, kind = feature.slug("place"), feature.both("title"), feature.choice("kind", PLACE_KINDS)
    uncertainty, source = feature.metres("uncertainty_m", required=True), feature.text("source")
    credit, point = feature.text("credit", required=False), feature.geometry("Point")
    if len(feature.faults) > before or not isinstance(point, Point):
        return None
    if not (place and title and kind and uncertainty and source):
        return None
    return Place(place, title, kind, point, uncertainty, source, credit)


def _border(feature: Feature) -> tuple[BaseGeometry, str, str] | None:
    """The line, whom to name for it, and its licence, empty where the file says nothing of it."""
    before = len(feature.faults)
    feature.flag("border")
    attribution, line = feature.text("attribution"), feature.geometry("LineString", "MultiLineString")
    licence = feature.text("licence", required=False)
    if len(feature.faults) > before or not (line and attribution):
        return None
    return line, attribution, licence or ""


def _boundary(feature: Feature) -> Boundary | None:
    before = len(feature.faults)
    unit, level, source = feature.text("unit"), feature.choice("level", tuple(Level)), feature.text("source")
    code, area = feature.text("code", required=False), feature.geometry("Polygon", "MultiPolygon")
    credit = feature.text("credit", required=False)
    since, until = feature.day("valid_from"), feature.day("valid_until")
    if since and until and since > until:
        feature.fault("properties.valid_until", "valid_backwards", since=since.isoformat(), until=until.isoformat())
    if len(feature.faults) > before or not (unit and level and source and area):
        return None
    return Boundary(unit, level, code, area, source, since, until, credit)


def _generation(feature: Feature, standing: list[tuple[Feature, Boundary]], unit: Boundary) -> None:
    """Add a unit to those of its code: they follow one another in time, and no two are there on one day."""
    since, until = unit.valid_from or date.min, unit.valid_until or date.max
    for other, old in standing:
        if since <= (old.valid_until or date.max) and (old.valid_from or date.min) <= until:
            feature.fault("properties", "twice_unit", found=as_json(unit.code or unit.unit), other=_at(other))
            return
    standing.append((feature, unit))


def _once(feature: Feature, seen: dict[str, tuple[Feature, Any]], key: str, value: Any, message: str) -> None:
    if key in seen:
        feature.fault("properties", message, found=as_json(key), other=_at(seen[key][0]))
        return
    seen[key] = (feature, value)


def _at(feature: Feature) -> str:
    return f"{feature.where}: {feature.path}"


def _chosen(drawn: Sequence[_Drawn]) -> list[tuple[_Drawn, _Drawn | None]]:
    """The line of each route, and the schematic one it replaces; two of one accuracy are a fault."""
    found: dict[str, dict[str, _Drawn]] = {}
    for line in drawn:
        lines = found.setdefault(line.route, {})
        first = lines.setdefault(line.accuracy, line)
        if first is not line:
            values = {"route": shown(line.route), "accuracy": line.accuracy, "other": _at(first.feature)}
            line.feature.fault("properties.route", "twice_route", **values)
    chosen: list[tuple[_Drawn, _Drawn | None]] = []
    for lines in found.values():
        schematic = lines.get("schematic")
        chosen += [(lines["survey"], schematic)] if "survey" in lines else [(lines["schematic"], None)]
    return chosen


def _align(drawn: _Drawn, older: _Drawn | None, transformer: pyproj.Transformer, metric_crs: str) -> Alignment | None:
    """Lay the chainage on a line, turning a line that is drawn against it."""
    own = bool(drawn.points) or drawn.start_m is not None
    given = drawn if own or older is None else older
    reach = max(given.uncertainty_m or 0.0, drawn.uncertainty_m or 0.0, _NEAR_M)
    line = drawn.line
    if len(given.points) > 1:
        first, last = (line.project(Point(at)) for _, at in (given.points[0], given.points[-1]))
        line = line.reverse() if first > last else line
    elif older is not None:
        start = Point(older.line.coords[0])
        ends = [Point(line.coords[0]).distance(start), Point(line.coords[-1]).distance(start)]
        line = line.reverse() if ends[1] < ends[0] else line
    ground = measured(line, transformer)
    along = along_line(ground)
    if older is not None and older.uncertainty_m:
        off = float(shapely.distance(shapely.points(ground.coords), measured(older.line, transformer)).max())
        if off > _ELSEWHERE * older.uncertainty_m:
            where = {"route": drawn.route, "off": round(off / 1000), "reach": math.ceil(older.uncertainty_m / 1000)}
            drawn.feature.fault("geometry", "survey_elsewhere", **where)
            return None
    knots: list[tuple[float, float]] = []
    for chainage, at in given.points:
        distance, off = nearest(ground, along, Point(transformer.transform(*at)))
        if off > reach:
            where = {"found": spell(chainage), "off": round(off), "reach": round(reach)}
            drawn.feature.fault("properties.calibration", "calibration_off", **where)
            return None
        if knots and (chainage <= knots[-1][0] or distance <= knots[-1][1] + SAME_M):
            where = {"found": spell(chainage), "before": spell(knots[-1][0])}
            drawn.feature.fault("properties.calibration", "calibration_falls", **where)
            return None
        knots.append((chainage, distance))
    return Alignment(
        route=drawn.route,
        title=drawn.title or (older.title if older else None),
        line=line,
        accuracy=drawn.accuracy,
        uncertainty_m=drawn.uncertainty_m,
        partial=drawn.partial,
        source=drawn.source,
        note=drawn.note,
        calibration=tuple(knots) or ((given.start_m or 0.0, 0.0),),
        along_m=along,
        metric_crs=metric_crs,
        credit=drawn.credit,
    )


def _check_distortion(alignment: Alignment) -> None:
    """Refuse a metric CRS that is not made for the place: compare with the length on the ellipsoid."""
    true = pyproj.Geod(ellps="WGS84").line_length(*alignment.line.xy)
    if not abs(alignment.drawn_m / true - 1) <= _DISTORTION:
        found = {"found": shown(alignment.metric_crs), "route": alignment.route, "true": round(true)}
        drawn = round(alignment.drawn_m) if math.isfinite(alignment.drawn_m) else "∞"
        raise RouteError("crs_distorts", **found, drawn=drawn)
