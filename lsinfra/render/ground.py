"""What the figures lie on: lines as the page sends them, chainage that was published, administrative boundaries.

A route without calibration has no Km on any map: its chainage is only a distance along a line that somebody sketched.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import shapely
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from lsinfra.alignments import Alignment, spell
from lsinfra.codes import Level
from lsinfra.numerals import number
from lsinfra.render.payload import Scope
from lsinfra.routes import Boundary
from lsinfra.units import valid

PRECISION = 100_000
"""Coordinates are sent as whole 1/100 000 of a degree, about a metre, each as the step from the one before."""

TOLERANCE = 0.00005
"""Lines are drawn without the bends that are smaller than this (degrees, about 5 m); nothing is measured on them."""

CHAIN_TOLERANCE = 0.0002
"""The chain that carries the chainage may lie this far from the line (degrees, about 20 m): less than its ticks."""

MOST_POINTS = 6000
"""Boundaries of more points are drawn coarser (about 50 kB, 10 kB when packed): they must not outweigh the page."""

_SAME = 1 / PRECISION
_AROUND = 0.3  # boundaries are drawn this far around what is shown, in parts of its width or height, whichever is more
_LEAST = 0.01  # degrees; where one point is all that is shown


def encode(shape: BaseGeometry, tolerance: float = TOLERANCE) -> list[list[int]]:
    """The lines of a geometry in EPSG:4326, each ``[lat, lon, Δlat, Δlon, …]`` in whole 1/100 000 degrees."""
    lines = []
    for part in getattr(shape, "geoms", [shape]):
        # In one call each: going through .coords point by point takes four times as long.
        points = shapely.get_coordinates(part.simplify(tolerance, preserve_topology=False)).tolist()
        steps: list[int] = []
        lat = lon = 0
        for x, y in points:
            steps += (round(y * PRECISION) - lat, round(x * PRECISION) - lon)
            lat, lon = lat + steps[-2], lon + steps[-1]
        if len(points) > 1:
            lines.append(steps)
    return lines


def position(point: Point) -> list[int]:
    """Latitude and longitude of a place as they are sent."""
    return [round(point.y * PRECISION), round(point.x * PRECISION)]


# --- chainage --------------------------------------------------------------------------------------------------------


def published(scope: Scope) -> list[list[Any]]:
    """The drawn routes of the projects on the page: id, title, projects, range, how far off it may be, chain.

    The range is written ``Km18 – Km80`` and reaches from the first published chainage to the last; both are empty
    where fewer than two are known. The chain is ``[lat, lon, m, Δlat, Δlon, Δm, …]`` along the line between them.
    """
    owners: dict[str, list[int]] = {}
    for place, project in enumerate(scope.projects):
        for route in project.routes:
            owners.setdefault(route, []).append(place)
    known = scope.portfolio.routes.alignments
    return [[route, *_published(scope, known[route], projects)] for route, projects in owners.items() if route in known]


def _published(scope: Scope, line: Alignment, projects: list[int]) -> list[Any]:
    title = (line.title or {}).get(scope.lang) or line.route
    if not line.calibrated:
        return [title, projects, "", "", []]
    ends = [spell(line.calibration[place][0]) for place in (0, -1)]
    first, last = (end if isinstance(end, str) else end.write(scope.lang) for end in ends)
    off = (
        ""
        if line.uncertainty_m is None
        else scope.say("off_line", metres=number(round(line.uncertainty_m), None, scope.lang))
    )
    return [title, projects, f"{first} – {last}", off, _chain(line)]


def _chain(line: Alignment) -> list[int]:
    """The vertices between the first and the last calibration point with their chainage; those points are kept."""
    vertices = shapely.get_coordinates(line.line).tolist()
    points: list[tuple[float, float, float]] = []
    for (low, start), (high, end) in pairwise(line.calibration):
        ends = [(point.x, point.y, at) for at in (low, high) for point in (line.point(at),)]
        inner = [
            (x, y, line.chainage_at(along))
            for (x, y), along in zip(vertices, line.along_m, strict=True)
            if start < along < end
        ]
        leg = LineString([ends[0], *inner, ends[1]]).simplify(CHAIN_TOLERANCE, preserve_topology=False)
        points += shapely.get_coordinates(leg, include_z=True).tolist()[1 if points else 0 :]
    whole = [(round(y * PRECISION), round(x * PRECISION), round(at)) for x, y, at in points]
    steps = [whole[0], *(tuple(b - a for a, b in zip(*pair, strict=True)) for pair in pairwise(whole))]
    return [number for step in steps for number in step]


# --- boundaries ------------------------------------------------------------------------------------------------------


def boundaries(scope: Scope, bounds: Sequence[float]) -> dict[str, Any]:
    """The imported units of the page's date around what it shows: title, level, lines, names, whom to credit.

    Districts while there are any, else communes, else provinces; a unit that the records say had ended is none. A name
    is ``[name, lat, lon, width]``, all whole 1/100 000 degrees. Empty where none were imported.
    """
    units = units_shown(scope)
    south, west, north, east = bounds
    around = max(_AROUND * (east - west), _AROUND * (north - south), _LEAST)
    box = (west - around, south - around, east + around, north + around)
    near = [unit for unit in units if unit.geometry.intersects(shapely.box(*box))]
    if not near:
        return {}
    # Each border once, though two units share it and write it a hair apart.
    merged = shapely.line_merge(shapely.union_all([unit.geometry.boundary for unit in near], grid_size=_SAME))
    lines: BaseGeometry = shapely.clip_by_rect(merged, *box)
    tolerance = TOLERANCE
    while shapely.get_num_coordinates(lines.simplify(tolerance, preserve_topology=False)) > MOST_POINTS:
        tolerance *= 1.5
    return {
        "title": scope.say("boundaries", level=near[0].level),
        "level": near[0].level.value,
        "lines": [line for part in getattr(lines, "geoms", [lines]) for line in encode(part, tolerance)],
        "names": [[unit.unit, *_middle(unit)] for unit in near],
        "credit": sorted({unit.credit or unit.source for unit in near}),
    }


def bounded_since(scope: Scope, days: Sequence[date]) -> int:
    """Place of the first of some days from which on the units are those of the page's date."""
    shown = units_shown(scope)
    others = [place for place, day in enumerate(days) if _units_at(scope, day) != shown]
    return others[-1] + 1 if others else 0


def units_shown(scope: Scope) -> list[Boundary]:
    """The imported units of the page's date, of the level that is drawn; none where none were imported."""
    return _units_at(scope, scope.progress.as_of)


def _units_at(scope: Scope, day: date) -> list[Boundary]:
    recorded = scope.portfolio.records.units
    there = [unit for unit in scope.portfolio.routes.units if unit.valid(day)]
    for level in (Level.DISTRICT, Level.COMMUNE, Level.PROVINCE):
        gone = {name for name, unit in recorded.items() if unit.level is level and not valid(unit, day)}
        found = [unit for unit in there if unit.level is level and unit.unit not in gone]
        if found:
            return found
    return []


def _middle(unit: Boundary) -> list[int]:
    """A place inside of a unit for its name, and how wide the unit is."""
    west, _, east, _ = unit.geometry.bounds
    return [*position(unit.geometry.representative_point()), round((east - west) * PRECISION)]
