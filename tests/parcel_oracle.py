"""What a world of parcels comes to, worked out slowly and from the definitions, to hold the kernel against.

Areas by ``geopandas.overlay`` with whole units. Places along a line by trying every segment; their union over rational
numbers.

The definitions. A parcel lies along every surveyed line of its project in whose reach it is: half the right of way;
where no width is known 50 m for land that is handed over, 500 m for other land. Of one with a vertex beyond, only what
is within counts. Each ring goes from the least to the greatest place of its vertices, each at the nearest place of the
line. Where two neighbouring vertices lie at places farther apart along the line than twice the way down to it, along
the edge and up again, there is a hairpin between them, and the stretch is cut. To a ring that goes round a bend, or is
so large that a meander may be lost within it, is added what the line has inside the parcel, and taken away what it has
beyond reach of it. Uncleared is what any parcel has that is not handed over; cleared what only others have.

Where the reaches of two legs meet, what is left of a parcel has a vertex equally near to both. Either place may be
taken, so the oracle takes each in turn: ``Truth.spans`` are all that may be found, ``Truth.surely`` what must be.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from itertools import islice, pairwise, product
from typing import TypeVar

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from lsinfra.parcels.model import JUT_M, NEAR_M, REACH_M, Line
from tests.parcel_worlds import World

SLIVER_M2 = 1e-6
"""Less land than this is rounding, and no parcel is counted for it."""
SAME_M = 1e-6
"""Two places no farther apart are one."""
SAME = Fraction(SAME_M)
APART_M = 20_000.0
BEND, BEND_M, LONG_M = 1.1, 1.0, 100.0
"""A ring goes round a bend, if two neighbouring vertices are so much farther apart along the line than over the parcel.
A meander may be lost in it if the line may cross an edge longer than this."""
PICKS = 64
"""So many ways to place the vertices of a ring are tried."""
Span = tuple[Fraction, Fraction]
"""From, to: metres along the line as drawn."""
Rough = tuple[float, float]
"""The same of one parcel."""
Metres = TypeVar("Metres", float, Fraction)
Shapes = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sum:
    """Land of one kind; the same as a row of the kernel's tables."""

    area_m2: float = 0.0
    parcels: int = 0
    newest: date | None = None


@dataclass(frozen=True)
class Truth:
    """``areas`` by project, unit and stage; ``wholes`` by project and stage; ``spans`` and ``surely`` by project, route
    and whether handed over (drawn metres); ``states`` by project and route (state, from, to; chainage), but for routes
    on which the two differ; ``off_route`` parcels by project.
    """

    areas: dict[tuple[str, str | None, str | None], Sum]
    wholes: dict[tuple[str, str | None], Sum]
    spans: dict[tuple[str, str, bool], list[Span]]
    surely: dict[tuple[str, str, bool], list[Span]]
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
    surely: dict[tuple[str, str, bool], list[Span]] = defaultdict(list)
    off_route: dict[str, int] = defaultdict(int)
    drawn = {(line.project, line.route): line for line in world.lines.lines if line.accuracy == "survey"}
    for row, shape in enumerate(parcels.geometry):
        handed_over = stages[row] == "handed_over"
        own = [line for line in drawn.values() if line.project == projects[row]]
        near = [line for line in own if shape.distance(_whole(line)) <= reach_m(line, handed_over)]
        for line in near:
            for found, some in zip((spans, surely), _spans(shape, line, reach_m(line, handed_over)), strict=True):
                found[line.project, line.route, handed_over] += [(Fraction(low), Fraction(high)) for low, high in some]
        off_route[projects[row]] += bool(own) and not near
    joined = {way: merged for way, some in spans.items() if (merged := union(some))}
    certain = {way: union(surely[way]) for way in joined}
    states = {}
    for (project, route), line in drawn.items():
        kinds = [(project, route, True), (project, route, False)]
        if all(_alike(joined.get(kind, []), certain.get(kind, [])) for kind in kinds):
            over, held = (joined.get(kind, []) for kind in kinds)
            states[project, route] = _states(over, held, line)
    off = {project: count for project, count in off_route.items() if count}
    return Truth(dict(areas), dict(wholes), joined, certain, states, off)


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
            if area > (SLIVER_M2 if name else max(SLIVER_M2, 1e-9 * worlds[number].parcels.area.iloc[row])):
                found[number].append((row, name, area))
    return found


def _moved(shapes: Shapes, step: Floats) -> Shapes:
    moved: Shapes = shapely.transform(shapes, lambda xy: xy + step)
    return moved


def reach_m(line: Line, handed_over: bool) -> float:
    """How far from a line land says something of its length."""
    if line.corridor_m is None:
        return NEAR_M if handed_over else REACH_M
    return line.corridor_m / 2 + JUT_M


# --- along a line ----------------------------------------------------------------------------------------------------


def _spans(shape: shapely.Geometry, line: Line, reach: float) -> tuple[list[Rough], list[Rough]]:
    """All stretches that a parcel may be found to have, and those that it surely has."""
    if (_away(shapely.get_coordinates(shape), line)[0].min(axis=1) > reach).any():
        shape = shapely.intersection(_ground(line, reach), shape)
    possible: list[Rough] = []
    sure: list[Rough] = []
    more: tuple[list[Rough], list[Rough]] | None = None
    for ring in shapely.get_rings(shapely.get_parts(shapely.get_parts(shape))):
        if shapely.is_empty(ring):
            continue
        corners = shapely.get_coordinates(ring)[:-1]
        ways = []
        for picks in islice(product(*_places(corners, line)), PICKS):
            runs, plain = _runs(corners, picks)
            if not plain:
                more = more or (inside := _inside(shape, line), union(inside + _beside(shape, line, reach)))
                runs = _common([runs + more[0], more[1]])
            ways.append(runs)
        possible += [span for way in ways for span in way]
        sure += _common(ways)
    return possible, sure


Spot = tuple[float, float]
"""Metres along the line, metres from it."""


def _runs(corners: Floats, spots: Sequence[Spot]) -> tuple[list[Rough], bool]:
    """From the least to the greatest place of a ring's vertices, cut at hairpins.

    And whether it is plain that no more is to be said: no edge goes round a bend, none is so long that a meander may be
    lost between its ends.
    """
    runs, plain = [[spots[0][0]]], True
    for one, two in pairwise([*range(len(corners)), 0]):
        (at, away), (to, back) = spots[one], spots[two]
        edge = math.dist(corners[one], corners[two])
        over = away + edge + back
        plain &= abs(at - to) <= BEND * over + BEND_M and not (edge > LONG_M and away + back <= edge)
        if abs(at - to) > 2 * over + SAME_M:
            runs.append([])
            plain = False
        runs[-1].append(to)
    runs[0] += runs.pop() if len(runs) > 1 else []  # the ring closes: the last run goes on in the first
    return [(min(run), max(run)) for run in runs], plain


def _places(corners: Floats, line: Line) -> list[list[Spot]]:
    """Of each vertex the nearest place of the line, the first of several; also others, if a hairpin is between them."""
    away, share = _away(corners, line)
    found = []
    for shares, all_ in zip(share, away, strict=True):
        spots: list[Spot] = []
        nearest = all_.min()
        for number in [int(all_.argmin()), *np.flatnonzero(all_ <= nearest + SAME_M).tolist()]:
            at = _gone(line)[number] + shares[number] * math.dist(*line.xy[number : number + 2])
            if all(abs(at - other) > 4 * nearest + 1e-3 for other, _ in spots):
                spots.append((float(at), float(nearest)))
        found.append(spots)
    return found


def _away(corners: Floats, line: Line) -> tuple[Floats, Floats]:
    """How far each vertex is from each leg, and at which share of it."""
    start, legs = line.xy[:-1] - line.xy[0], np.diff(line.xy, axis=0)
    beside = (corners - line.xy[0])[:, None] - start
    share = np.clip((beside * legs).sum(axis=2) / (legs**2).sum(axis=1), 0, 1)
    return np.hypot(*np.moveaxis(beside - share[:, :, None] * legs, 2, 0)), share


def _inside(shape: shapely.Geometry, line: Line) -> list[Rough]:
    """The stretches of a line that are inside a parcel, leg by leg."""
    found = []
    for number, pieces in enumerate(shapely.intersection(_legs(line), shape)):
        if shapely.is_empty(pieces):
            continue
        for piece in shapely.get_parts(pieces):
            ends = [_gone(line)[number] + math.dist(end, line.xy[number]) for end in piece.coords]
            found.append((min(ends), max(ends)))
    return found


def _beside(shape: shapely.Geometry, line: Line, reach: float) -> list[Rough]:
    """The stretches of a line that are within reach of the edges of a parcel, leg by leg.

    On a leg these are one stretch an edge: from the first to the last place within reach of one of its ends, or beside
    it.
    """
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(shapely.get_parts(shape)))]
    begin, end = (np.concatenate([ring[part] for ring in rings]) for part in (slice(-1), slice(1, None)))
    width = np.hypot(*(end - begin).T)
    edge = (end - begin) / width[:, None]
    left = np.column_stack([-edge[:, 1], edge[:, 0]])
    # Arrays of legs and edges.
    near = np.flatnonzero(shapely.distance(_legs(line), shape) <= reach)
    start, gone = line.xy[near], np.array(_gone(line))
    length = np.diff(gone)[near, None]
    leg = (line.xy[near + 1] - start) / length
    aside = np.column_stack([-leg[:, 1], leg[:, 0]])
    ends = [spot - start[:, None] for spot in (begin, end)]
    discs = [_chord(np.einsum("lei,li->le", to, leg), np.einsum("lei,li->le", to, aside), reach) for to in ends]
    strips = [
        _slab(-np.einsum("lei,ei->le", ends[0], way), leg @ way.T, low, high)
        for way, low, high in ((edge, 0.0, width), (left, -reach, reach))
    ]
    low, high = (
        pick([one[part] for one in strips]) for part, pick in enumerate((np.maximum.reduce, np.minimum.reduce))
    )
    low, high = np.where(low <= high, low, np.inf), np.where(low <= high, high, -np.inf)
    low = np.minimum.reduce([low, *(one for one, _ in discs)]).clip(min=0)
    high = np.minimum(np.maximum.reduce([high, *(one for _, one in discs)]), length)
    there = low < high
    low, high = (low + gone[near, None])[there], (high + gone[near, None])[there]
    return list(zip(low.tolist(), high.tolist(), strict=True))


Ends = tuple[Floats, Floats]
"""From, to; from infinity to minus infinity where there is nothing."""


def _chord(along: Floats, aside: Floats, radius: float) -> Ends:
    """What circles cut off a leg."""
    half = np.sqrt(np.maximum(radius**2 - aside**2, 0))
    hit = np.abs(aside) <= radius
    return np.where(hit, along - half, np.inf), np.where(hit, along + half, -np.inf)


def _slab(value: Floats, slope: Floats, low: Floats | float, high: Floats | float) -> Ends:
    """Where something that grows evenly is between two values."""
    flat = np.abs(slope) < 1e-12
    one, two = ((bound - value) / np.where(flat, 1, slope) for bound in (low, high))
    always = flat & (value >= low) & (value <= high)
    begin = np.where(flat, np.where(always, -np.inf, np.inf), np.minimum(one, two))
    return begin, np.where(flat, -begin, np.maximum(one, two))


@cache
def _ground(line: Line, reach: float) -> shapely.Geometry:
    """What is within reach of a line, drawn around each leg of its own.

    GEOS draws around a whole line more roughly. The chords of the round ends are where the nearest place is the end.
    """
    ground = shapely.union_all(shapely.buffer(_legs(line), reach, quad_segs=4))
    shapely.prepare(ground)
    return ground


@cache
def _whole(line: Line) -> shapely.LineString:
    return shapely.LineString(line.xy)


@cache
def _legs(line: Line) -> Shapes:
    return np.array([shapely.LineString(leg) for leg in pairwise(line.xy)], dtype=object)


@cache
def _gone(line: Line) -> list[float]:
    """How far it is along the line to each vertex (m)."""
    steps = [math.dist(a, b) for a, b in pairwise(line.xy.tolist())]
    return [math.fsum(steps[:count]) for count in range(len(line.xy))]


def chainage(drawn: float, line: Line) -> float:
    """Evenly between two calibration points; outside them a metre of line is a metre of chainage."""
    if drawn <= line.knots[0][1]:
        return line.knots[0][0] + drawn - line.knots[0][1]
    for (at, low), (to, high) in pairwise(line.knots):
        if drawn <= high:
            return at + (to - at) * (drawn - low) / (high - low)
    return line.knots[-1][0] + drawn - line.knots[-1][1]


def union(spans: Iterable[tuple[Metres, Metres]]) -> list[tuple[Metres, Metres]]:
    """What is covered; a stretch of no length is none."""
    found: list[tuple[Metres, Metres]] = []
    for low, high in sorted(spans):
        if found and low - found[-1][1] <= SAME:
            found[-1] = found[-1][0], max(found[-1][1], high)
        else:
            found.append((low, high))
    return [(low, high) for low, high in found if high - low > SAME]


def _common(ways: Sequence[list[Rough]]) -> list[Rough]:
    """What all of some have."""
    found = ways[0]
    for way in ways[1:]:
        found = [(max(a, c), min(b, d)) for a, b in union(found) for c, d in union(way) if max(a, c) < min(b, d)]
    return found


def _alike(some: Sequence[Span], others: Sequence[Span]) -> bool:
    return len(some) == len(others) and all(
        abs(one - other) < SAME
        for span, same in zip(some, others, strict=True)
        for one, other in zip(span, same, strict=True)
    )


def _states(cleared: Sequence[Span], uncleared: Sequence[Span], line: Line) -> list[tuple[str, float, float]]:
    """The whole line cut into what is cleared, uncleared and unregistered, in chainage."""
    length = Fraction(_gone(line)[-1])
    ends = sorted({end for span in (*cleared, *uncleared) for end in span} | {Fraction(0), length})
    states: list[tuple[str, Fraction, Fraction]] = []
    for low, high in pairwise(ends):
        if high - low <= SAME:
            continue
        middle = (low + high) / 2
        held = [any(a < middle < b for a, b in spans) for spans in (uncleared, cleared)]
        state = "uncleared" if held[0] else "cleared" if held[1] else "unregistered"
        before = states.pop() if states and states[-1][0] == state else (state, low, low)
        states.append((state, before[1], high))
    return [(state, chainage(float(low), line), chainage(float(high), line)) for state, low, high in states]
