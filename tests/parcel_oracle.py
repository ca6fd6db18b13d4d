"""What a world of parcels comes to, worked out slowly and from the definitions, to hold the kernel against.

Areas by ``geopandas.overlay`` with whole units. Places along a line by trying every segment; their union over rational
numbers.

The definitions. A parcel lies along every surveyed line of its project in whose reach it is: half the right of way;
where no width is known 50 m for land that is handed over, 500 m for other land. What it has beyond says nothing. Each
ring of what is left goes from the least to the greatest place of its vertices, each at the nearest place of the line.
Where two neighbouring vertices lie at places farther apart along the line than twice the way down to it, along the edge
and up again, there is a hairpin between them, and the stretch is cut; what the line has inside such a parcel is added.
Uncleared is what any parcel has that is not handed over; cleared what only others have.

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
PICKS = 64
"""So many ways to place the vertices of a ring are tried."""
Span = tuple[Fraction, Fraction]
"""From, to: metres along the line as drawn."""
Shapes = npt.NDArray[np.object_]


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
            possible, sure = _spans(shape, line, reach_m(line, handed_over))
            spans[line.project, line.route, handed_over] += possible
            surely[line.project, line.route, handed_over] += sure
        off_route[projects[row]] += bool(own) and not near
    joined = {key: merged for key, some in spans.items() if (merged := union(some))}
    certain = {key: union(surely[key]) for key in joined}
    states = {}
    for key, line in drawn.items():
        kinds = [(*key, handed_over) for handed_over in (True, False)]
        if all(_alike(joined.get(kind, []), certain.get(kind, [])) for kind in kinds):
            states[key] = _states(*(joined.get(kind, []) for kind in kinds), line)
    return Truth(dict(areas), dict(wholes), joined, certain, states, {key: n for key, n in off_route.items() if n})


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


def reach_m(line: Line, handed_over: bool) -> float:
    """How far from a line land says something of its length."""
    if line.corridor_m is None:
        return NEAR_M if handed_over else REACH_M
    return line.corridor_m / 2 + JUT_M


# --- along a line ----------------------------------------------------------------------------------------------------


def _spans(shape: shapely.Geometry, line: Line, reach: float) -> tuple[list[Span], list[Span]]:
    """All stretches that a parcel may be found to have, and those that it surely has."""
    ground = _ground(line, reach)
    left = shape if ground.covers(shape) else ground.intersection(shape)
    possible: list[Span] = []
    sure: list[Span] = []
    hairpin = False
    for ring in shapely.get_rings(shapely.get_parts(shapely.get_parts(left))):
        corners = shapely.get_coordinates(ring)[:-1]
        if not len(corners):
            continue
        ways = [_runs(corners, picks) for picks in islice(product(*_places(corners, line)), PICKS)]
        hairpin |= any(cut for _, cut in ways)
        possible += [span for way, _ in ways for span in way]
        sure += _common([way for way, _ in ways])
    inside = _inside(left, line) if hairpin else []
    return possible + inside, sure + inside


Spot = tuple[float, float]
"""Metres along the line, metres from it."""


def _runs(corners: npt.NDArray[np.float64], spots: Sequence[Spot]) -> tuple[list[Span], bool]:
    """From the least to the greatest place of a ring's vertices, cut at hairpins; and whether there is one."""
    runs = [[spots[0][0]]]
    for one, two in pairwise([*range(len(corners)), 0]):
        (at, away), (to, back) = spots[one], spots[two]
        if abs(at - to) > 2 * (away + math.dist(corners[one], corners[two]) + back) + SAME_M:
            runs.append([])
        runs[-1].append(to)
    cut = len(runs) > 1
    runs[0] += runs.pop() if cut else []  # the ring closes: the last run goes on in the first
    return [(Fraction(min(run)), Fraction(max(run))) for run in runs], cut


def _places(corners: npt.NDArray[np.float64], line: Line) -> list[list[Spot]]:
    """Of each vertex the nearest place of the line, the first of several; also others, if a hairpin is between them."""
    start, legs = line.xy[:-1] - line.xy[0], np.diff(line.xy, axis=0)
    beside = (corners - line.xy[0])[:, None] - start
    share = np.clip((beside * legs).sum(axis=2) / (legs**2).sum(axis=1), 0, 1)
    away = np.hypot(*np.moveaxis(beside - share[:, :, None] * legs, 2, 0))
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


def _inside(shape: shapely.Geometry, line: Line) -> list[Span]:
    """The stretches of a line that are inside a parcel, leg by leg."""
    found: list[Span] = []
    for number, pieces in enumerate(shapely.intersection(_legs(line), shape)):
        for piece in shapely.get_parts(pieces):
            ends = [_gone(line)[number] + math.dist(end, line.xy[number]) for end in piece.coords]
            found += [(Fraction(min(ends)), Fraction(max(ends)))] if ends else []
    return found


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


def union(spans: Iterable[Span]) -> list[Span]:
    """What is covered; a stretch of no length is none."""
    found: list[Span] = []
    for low, high in sorted(spans):
        if found and low <= found[-1][1] + SAME:
            found[-1] = found[-1][0], max(found[-1][1], high)
        else:
            found.append((low, high))
    return [(low, high) for low, high in found if high - low > SAME]


def _common(ways: Sequence[list[Span]]) -> list[Span]:
    """What all of some have."""
    found = union(ways[0])
    for way in ways[1:]:
        found = [(max(a, c), min(b, d)) for a, b in found for c, d in union(way) if max(a, c) < min(b, d)]
    return found if len(ways) > 1 else ways[0]


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
