"""Where along the routes parcels lie.

Every vertex of a parcel is located at the nearest place of each line of its project; the parcel lies along it from the
least to the greatest of these places. Where one winds about the other, that may be too much or too little: then it is
what runs between its vertices and within it, as far as it is in reach.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely

from lsinfra.parcels.grid import grid_of, parts_of
from lsinfra.parcels.land import Flags, Ints, Land, Rings, Shapes, picked, rings_of
from lsinfra.parcels.model import JUT_M, NEAR_M, REACH_M, Floats, Line, Lines

if TYPE_CHECKING:
    import pandas as pd

_SAME_M = 1e-6  # rounding of two places that are one
_APART = 2.0
"""Two neighbouring vertices lie at two places of the line, with a hairpin between, when these are farther apart along
it than this times the way from one to the other over the parcel: down from the line, along the edge, up to it."""
_BENT, _BENT_M = 1.1, 1.0
"""A line that is longer between two neighbouring vertices than this times that way and a metre may leave the parcel's
reach between them."""
_LARGE_M = 100.0
"""An edge longer than this may cross a bend of the line that no vertex is near."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """Stretches of lines, arrays of one length: the parcel's row, the line's place, from and to (drawn metres)."""

    row: Ints
    line: Ints
    start_m: Floats
    end_m: Floats
    offset_m: Floats


def intervals(land: Land, lines: Lines) -> pd.DataFrame:
    """The stretches of the routes along which parcels lie.

    Returns
    -------
    DataFrame
        ``row`` (place of the parcel in ``land``), ``route``, ``start_m``, ``end_m`` (metres along the drawn line),
        ``offset_m`` (from the line to the nearest vertex within its reach), sorted by row, route and start. No row for
        a parcel out of reach or of a project without a surveyed line; several for one at both legs of a hairpin, or in
        the reach of several lines.
    """
    import pandas as pd

    found, _ = locate(land, lines, np.arange(len(land)))
    order = np.lexsort((found.start_m, found.line, found.row))
    routes = np.array([*(line.route for line in lines.lines), None], dtype=object)
    return pd.DataFrame(
        {
            "row": found.row[order],
            "route": routes[found.line[order]],
            "start_m": found.start_m[order],
            "end_m": found.end_m[order],
            "offset_m": found.offset_m[order],
        }
    )


def locate(land: Land, lines: Lines, rows: Ints) -> tuple[Intervals, Ints]:
    """The stretches along which some parcels lie, and the rows of those that are out of reach of every line of theirs.

    A parcel lies along every line of its project in whose reach it is, with what it has within that reach.

    Parameters
    ----------
    rows
        The parcels to be looked at, all of which can be measured.
    """
    wanted = np.zeros(len(land), dtype=bool)
    wanted[rows] = True
    by_project: dict[str, list[int]] = {}
    for place, line in enumerate(lines.lines):
        if line.accuracy == "survey":
            by_project.setdefault(line.project, []).append(place)
    rings = [_by_project(picked(some, wanted[some.rows]), land.project) for some in land.rings()]
    rings = [some for some in rings if len(some.rows)]
    codes = [land.project[some.rows] for some in rings]
    found: list[Intervals] = []
    beyond = [np.zeros(0, dtype=np.int64)]
    for code in np.unique(land.project[rows]):
        places = by_project.get(land.projects[code] if code >= 0 else "", [])
        if not places:
            continue
        own = [
            _slice(some, *np.searchsorted(sorted_, [code, code + 1]))
            for some, sorted_ in zip(rings, codes, strict=True)
        ]
        own = [some for some in own if len(some.rows)]
        # A parcel with several rings, perhaps of one size, is one parcel.
        here = np.concatenate([some.rows for some in own])
        here = here if (here[1:] > here[:-1]).all() else np.unique(here)
        own = [Rings(np.searchsorted(here, some.rows), some.x, some.y) for some in own]
        reached = np.zeros(len(here), dtype=bool)
        for place in places:
            at_it, stretches = _along(land, lines.lines[place], place, own, here)
            reached |= at_it
            found += stretches
        beyond.append(here[~reached])
    return _joined(found), np.concatenate(beyond)


def reach_m(line: Line, handed_over: Flags) -> Floats:
    """How far from a line a parcel may be to say something of its length (m).

    Half the right of way and ``JUT_M``. Where its width is not known, land that is not handed over is in the way as far
    off as ``REACH_M``, but land that is clears the road only up to ``NEAR_M``: to err is to say less is cleared.
    """
    if line.corridor_m is None:
        return np.where(handed_over, NEAR_M, REACH_M)
    return np.full(len(handed_over), line.corridor_m / 2 + JUT_M)


def _along(land: Land, line: Line, place: int, rings: list[Rings], rows: Ints) -> tuple[Flags, list[Intervals]]:
    """Which of some rows are in reach of a line, and where along it.

    ``rings`` are all that these rows have; their parcels are counted by their places in ``rows``.
    """
    reach = reach_m(line, land.handed_over[rows])
    located = [_vertices(line, some) for some in rings]
    far = np.zeros(len(rows), dtype=bool)
    for some, (_, away_m) in zip(rings, located, strict=True):
        far[some.rows[(away_m > reach[some.rows]).any(axis=0)]] = True
    found = []
    for some, (s_m, away_m) in zip(rings, located, strict=True):
        near = ~far[some.rows]
        if not near.all():
            some, s_m, away_m = picked(some, near), s_m[:, near], away_m[:, near]  # noqa: PLW2901
        found.append(_stretches(line, place, some, s_m, away_m, reach, lambda row: land.shapes(rows[[row]])[0]))
    # Of the others only what is within reach counts; a long lot does not clear the road it turns away from.
    others = np.flatnonzero(far)
    shapes = land.shapes(rows[others])
    reaching = shapely.distance(shapes, grid_of(line).line) <= reach[others]
    kept = dict(zip(others[reaching], _within_reach(line, shapes[reaching], reach[others[reaching]]), strict=True))
    found += [
        _stretches(line, place, some, *_vertices(line, some), reach, kept.__getitem__)
        for some in rings_of(np.array(list(kept.values()), dtype=object), np.array(list(kept), dtype=np.int64))
    ]
    far[others[reaching]] = False
    return ~far, [replace(one, row=rows[one.row]) for one in found]


def _within_reach(line: Line, shapes: Shapes, reach: Floats) -> Shapes:
    """What parcels have within reach of a line."""
    drawn, found = grid_of(line).line, np.empty(len(shapes), dtype=object)
    for place, (shape, far) in enumerate(zip(shapes, reach, strict=True)):
        west, south, east, north = shapely.bounds(shape)
        # No other part of the line comes as near.
        local = shapely.clip_by_rect(drawn, west - far - 1, south - far - 1, east + far + 1, north + far + 1)
        common = shapely.intersection(shape, _around(local, far))
        found[place] = shapely.MultiPolygon([part for part in parts_of(common) if isinstance(part, shapely.Polygon)])
    return found


def _around(line: shapely.Geometry, far: float) -> shapely.Geometry:
    """The ground within a distance of a line.

    GEOS rounds a line off before it makes a buffer of it, a single leg not. The chords of its round ends lie where
    every place is that of the vertex.
    """
    legs = [pair for part in shapely.get_parts(line) for pair in pairwise(shapely.get_coordinates(part).tolist())]
    return shapely.union_all(shapely.buffer(shapely.linestrings(legs), far, quad_segs=4))


def _by_project(rings: Rings, project: Ints) -> Rings:
    codes = project[rings.rows]
    if (codes[1:] >= codes[:-1]).all():
        return rings
    order = np.argsort(codes, kind="stable")
    return Rings(rings.rows[order], rings.x[:, order], rings.y[:, order])


def _slice(rings: Rings, start: int, end: int) -> Rings:
    return Rings(rings.rows[start:end], rings.x[:, start:end], rings.y[:, start:end])


def _vertices(line: Line, rings: Rings) -> tuple[Floats, Floats]:
    """Where along a line the vertices are, and how far from it."""
    # The last vertex is the first.
    x, y = rings.x[:-1].ravel(), rings.y[:-1].ravel()
    corner, first = _corners(x, y)
    s_m, away_m = grid_of(line).locate(x[first], y[first])
    shape = (len(rings.x) - 1, len(rings.rows))
    s_m, away_m = s_m[corner].reshape(shape), away_m[corner].reshape(shape)
    return np.concatenate([s_m, s_m[:1]]), np.concatenate([away_m, away_m[:1]])


def _corners(x: Floats, y: Floats) -> tuple[Ints, Ints]:
    """Neighbours share their corners: the number of each point's place, and a point at each place."""
    import pandas as pd

    # One number of both coordinates; two places may share it, which is seen below.
    mixed = x.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + y.view(np.uint64)
    corner, numbers = pd.factorize(mixed)
    first = np.empty(len(numbers), dtype=np.int64)
    first[corner] = np.arange(len(x))
    if (x[first][corner] != x).any() or (y[first][corner] != y).any():
        corner = first = np.arange(len(x))
    return corner, first


def _stretches(
    line: Line,
    place: int,
    rings: Rings,
    s_m: Floats,
    away_m: Floats,
    reach: Floats,
    shape: Callable[[int], shapely.Geometry],
) -> Intervals:
    """From the least to the greatest place of a ring's vertices, but of a winding one what is within it and in reach.

    ``reach`` and ``shape`` tell of a row how far it reaches and what it has within that reach.
    """
    along, edge = np.abs(np.diff(s_m, axis=0)), _edges(rings)
    way = away_m[:-1] + edge + away_m[1:]
    leap = along > _APART * way + _SAME_M
    large = (edge > _LARGE_M) & (away_m[:-1] + away_m[1:] <= edge)
    winding = (leap | (along > _BENT * way + _BENT_M) | large).any(axis=0)
    plain = ~winding
    nearest = away_m.min(axis=0)
    rows, low, high = [rings.rows[plain]], [s_m[:, plain].min(axis=0)], [s_m[:, plain].max(axis=0)]
    away = [nearest[plain]]
    for ring in np.flatnonzero(winding):
        row = rings.rows[ring]
        runs = np.split(s_m[:, ring], np.flatnonzero(leap[:, ring]) + 1)
        spans = [(run.min(), run.max()) for run in runs] + grid_of(line).inside(shape(row))
        spans = _common(spans, grid_of(line).beside(shape(row), reach[row]))
        rows.append(np.full(len(spans), row))
        low.append(np.array([start for start, _ in spans]))
        high.append(np.array([end for _, end in spans]))
        away.append(np.full(len(spans), nearest[ring]))
    row = np.concatenate(rows)
    return Intervals(row, np.full(len(row), place), np.concatenate(low), np.concatenate(high), np.concatenate(away))


def _common(spans: list[tuple[float, float]], others: list[tuple[float, float]]) -> list[tuple[float, float]]:
    pairs = [(max(a, c), min(b, d)) for a, b in spans for c, d in others]
    return [(start, end) for start, end in pairs if start < end]


def _edges(rings: Rings) -> Floats:
    """The length of every edge, an array (edges, rings)."""
    return np.hypot(np.diff(rings.x, axis=0), np.diff(rings.y, axis=0))


def _joined(found: list[Intervals]) -> Intervals:
    if not found:
        none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Intervals(none, none, nothing, nothing, nothing)
    return Intervals(*(np.concatenate([getattr(one, name) for one in found]) for name in Intervals.__annotations__))
