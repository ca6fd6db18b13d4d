"""What a world of parcels comes to, worked out slowly and from the definitions, to hold the kernel against.

Areas by ``geopandas.overlay`` with whole units. Places along a line as rational numbers, segment and share of it, found
by trying every segment; their union over rational numbers too. Only the way from there to metres is rounded.

The definitions. A parcel along which a route runs (some of it no farther from the line than half the right of way, or
500 m) lies on the one of these routes that has the vertex nearest to it. Its stretch is from the least to the greatest
place of its vertices, each at the nearest place of the line. Where two neighbouring vertices lie at places farther
apart along the line than twice the way down to it, along the edge and up again, there is a hairpin between them, and
the stretch is cut. Uncleared is what any parcel has that is not handed over; cleared what only others have.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from itertools import pairwise

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from lsinfra.parcels.model import Line
from tests.parcel_worlds import World

SLIVER_M2 = 1e-6
"""Less land than this is rounding, and no parcel is counted for it."""
REACH_M = 500.0
APART_M = 20_000.0
Place = Fraction
"""Number of the segment, and the share of it that is gone."""
Span = tuple[Place, Place]
Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Sum:
    """Land of one kind; the same as a row of the kernel's tables."""

    area_m2: float = 0.0
    parcels: int = 0
    newest: date | None = None


@dataclass(frozen=True)
class Truth:
    """``areas`` by project, unit and stage; ``wholes`` by project and stage; ``spans`` by project, route and whether
    handed over (drawn metres); ``states`` by project and route (state, from, to; chainage); ``off_route`` parcels by
    project.
    """

    areas: dict[tuple[str, str | None, str | None], Sum]
    wholes: dict[tuple[str, str | None], Sum]
    spans: dict[tuple[str, str, bool], list[tuple[float, float]]]
    states: dict[tuple[str, str], list[tuple[str, float, float]]]
    off_route: dict[str, int]


def truths(worlds: Sequence[World]) -> list[Truth]:
    """Everything that is to be known of worlds whose parcels are all in order."""
    return [_truth(world, cut) for world, cut in zip(worlds, _cuts(worlds), strict=True)]


def _truth(world: World, cut: list[tuple[int, str | None, float]]) -> Truth:
    parcels = world.parcels.copy()
    if world.as_of is not None:
        later = [day is not None and day > world.as_of for day in parcels["stage_date"]]
        parcels.loc[later, ["stage", "stage_date"]] = None
    stages = [None if pd.isna(stage) else stage for stage in parcels["stage"]]
    days = [None if pd.isna(day) else day for day in parcels["stage_date"]]
    projects = parcels["project"].tolist()
    areas: dict[tuple[str, str | None, str | None], Sum] = defaultdict(Sum)
    for row, unit, area in cut:
        key = projects[row], unit, stages[row]
        areas[key] = _with(areas[key], area, days[row])
    wholes: dict[tuple[str, str | None], Sum] = defaultdict(Sum)
    for row, area in enumerate(parcels.area):
        wholes[projects[row], stages[row]] = _with(wholes[projects[row], stages[row]], area, days[row])
    spans: dict[tuple[str, str, bool], list[Span]] = defaultdict(list)
    off_route: dict[str, int] = defaultdict(int)
    for row, shape in enumerate(parcels.geometry):
        lines = [line for line in world.lines.lines if line.project == projects[row] and line.accuracy == "survey"]
        near = [line for line in lines if shape.distance(shapely.LineString(line.xy)) <= _reach(line)]
        if near:
            corners = shapely.points(shapely.get_coordinates(shape))
            line = min(near, key=lambda one: shapely.distance(corners, shapely.LineString(one.xy)).min())
            spans[line.project, line.route, stages[row] == "handed_over"] += _spans(shape, line)
        elif lines:
            off_route[projects[row]] += 1
    joined = {key: _union(some) for key, some in spans.items()}
    drawn = {(line.project, line.route): line for line in world.lines.lines if line.accuracy == "survey"}
    return Truth(
        areas=dict(areas),
        wholes=dict(wholes),
        spans={key: [_drawn(span, drawn[key[:2]]) for span in some] for key, some in joined.items() if some},
        states={key: _states(joined.get((*key, True), []), joined.get((*key, False), []), drawn[key]) for key in drawn},
        off_route=dict(off_route),
    )


def _with(sum_: Sum, area_m2: float, day: date | None) -> Sum:
    newest = max((one for one in (sum_.newest, day) if one is not None), default=None)
    return Sum(sum_.area_m2 + area_m2, sum_.parcels + 1, newest)


def _cuts(worlds: Sequence[World]) -> list[list[tuple[int, str | None, float]]]:
    """For each world the land of each parcel in each unit: row, name, m²; what is in none of them as None.

    The worlds are laid side by side, for one overlay of all of them takes as long as that of three or four alone.
    """
    rows, units = [], []
    for number, world in enumerate(worlds):
        step = APART_M * np.array(divmod(number, 15))
        moved = _moved(world.parcels.geometry.to_numpy(), step)
        rows += [(number, row, shape) for row, shape in enumerate(moved)]
        shapes: dict[str, list[shapely.Geometry]] = defaultdict(list)
        for name, wkb in zip(world.units.names, world.units.wkb, strict=True):
            shapes[name].append(shapely.from_wkb(wkb))
        for name, some in shapes.items():
            units += [(name, shape) for shape in _moved(np.array([shapely.union_all(some)]), step)]
    parcels = geopandas.GeoDataFrame(rows, columns=["world", "row", "geometry"], geometry="geometry")
    ground = geopandas.GeoDataFrame(units, columns=["unit", "geometry"], geometry="geometry")
    found: list[list[tuple[int, str | None, float]]] = [[] for _ in worlds]
    for how in ("intersection", "difference"):
        pieces = geopandas.overlay(parcels, ground, how=how, keep_geom_type=True)
        names = pieces["unit"] if how == "intersection" else [None] * len(pieces)
        for number, row, name, area in zip(pieces["world"], pieces["row"], names, pieces.area, strict=True):
            if area > SLIVER_M2:
                found[number].append((row, name, area))
    return found


def _moved(shapes: Shapes, step: npt.NDArray[np.float64]) -> Shapes:
    moved: Shapes = shapely.transform(shapes, lambda xy: xy + step)
    return moved


def _reach(line: Line) -> float:
    return REACH_M if line.corridor_m is None else line.corridor_m / 2


# --- along a line ----------------------------------------------------------------------------------------------------


def _spans(shape: shapely.Geometry, line: Line) -> list[Span]:
    """From the least to the greatest place of each ring's vertices, cut at hairpins."""
    found = []
    for part in shapely.get_parts(shape):
        for ring in (part.exterior, *part.interiors):
            corners = [(x, y) for x, y in ring.coords][:-1]
            places = [_place(corner, line) for corner in corners]
            away = [math.dist(corner, _spot(place, line)) for corner, place in zip(corners, places, strict=True)]
            runs = [[places[0]]]
            for one, two in pairwise([*range(len(corners)), 0]):
                over = away[one] + math.dist(corners[one], corners[two]) + away[two]
                if abs(_metres(places[one], line) - _metres(places[two], line)) > 2 * over + 1e-6:
                    runs.append([])
                runs[-1].append(places[two])
            runs[0] += runs.pop() if len(runs) > 1 else []  # the ring closes: the last run goes on in the first
            found += [(min(run), max(run)) for run in runs]
    return found


def _place(corner: tuple[float, float], line: Line) -> Place:
    """The nearest place of a line, the first of several. Segments that are surely farther are left out in floats."""
    rough = shapely.distance(_legs(line), shapely.Point(corner))
    best: tuple[Fraction, Place] | None = None
    px, py = map(Fraction, corner)
    for number in np.flatnonzero(rough <= rough.min() + 1e-3).tolist():
        (ax, ay), (bx, by) = (map(Fraction, end) for end in line.xy[number : number + 2].tolist())
        ux, uy = bx - ax, by - ay
        share = min(max(((px - ax) * ux + (py - ay) * uy) / (ux * ux + uy * uy), Fraction(0)), Fraction(1))
        square = (px - ax - share * ux) ** 2 + (py - ay - share * uy) ** 2
        if best is None or square < best[0]:
            best = square, number + share
    assert best is not None
    return best[1]


def _spot(place: Place, line: Line) -> tuple[float, float]:
    number = min(math.floor(place), len(line.xy) - 2)
    x, y = line.xy[number] + float(place - number) * (line.xy[number + 1] - line.xy[number])
    return float(x), float(y)


def _metres(place: Place, line: Line) -> float:
    """Along the line as drawn."""
    number = min(math.floor(place), len(line.xy) - 2)
    gone = _gone(line)
    return gone[number] + float(place - number) * (gone[number + 1] - gone[number])


@cache
def _legs(line: Line) -> Shapes:
    return np.array([shapely.LineString(leg) for leg in pairwise(line.xy)], dtype=object)


@cache
def _gone(line: Line) -> list[float]:
    """How far it is along the line to each vertex (m)."""
    steps = [math.dist(a, b) for a, b in pairwise(line.xy.tolist())]
    return [math.fsum(steps[:count]) for count in range(len(line.xy))]


def _drawn(span: Span, line: Line) -> tuple[float, float]:
    return _metres(span[0], line), _metres(span[1], line)


def _chainage(place: Place, line: Line) -> float:
    """Evenly between two calibration points; outside them a metre of line is a metre of chainage."""
    drawn = _metres(place, line)
    if drawn <= line.knots[0][1]:
        return line.knots[0][0] + drawn - line.knots[0][1]
    for (at, low), (to, high) in pairwise(line.knots):
        if drawn <= high:
            return at + (to - at) * (drawn - low) / (high - low)
    return line.knots[-1][0] + drawn - line.knots[-1][1]


def _union(spans: Iterable[Span]) -> list[Span]:
    """What is covered; a stretch of no length is none."""
    union: list[Span] = []
    for low, high in sorted(span for span in spans if span[0] < span[1]):
        if union and low <= union[-1][1]:
            union[-1] = union[-1][0], max(union[-1][1], high)
        else:
            union.append((low, high))
    return union


def _states(cleared: Sequence[Span], uncleared: Sequence[Span], line: Line) -> list[tuple[str, float, float]]:
    """The whole line cut into what is cleared, uncleared and unregistered, in chainage."""
    ends = {end for span in (*cleared, *uncleared) for end in span} | {Fraction(0), Fraction(len(line.xy) - 1)}
    states: list[tuple[str, Place, Place]] = []
    for low, high in pairwise(sorted(ends)):
        held = [any(a <= low and high <= b for a, b in spans) for spans in (uncleared, cleared)]
        state = "uncleared" if held[0] else "cleared" if held[1] else "unregistered"
        before = states.pop() if states and states[-1][0] == state else (state, low, low)
        states.append((state, before[1], high))
    return [(state, _chainage(low, line), _chainage(high, line)) for state, low, high in states]
