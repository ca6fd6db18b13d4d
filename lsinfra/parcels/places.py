"""Where along the routes parcels lie.

Every vertex of a parcel is located at the nearest place of its project's line. The line is entered in a grid of cells
with the first and the last of its segments that come near each; only those are tried, in numpy. Where that cannot be
sure (a point far from the line, a cell with a whole hairpin in it), a tree over the segments answers.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from lsinfra.parcels.land import Ints, Land, Rings, picked
from lsinfra.parcels.model import REACH_M, Floats, Line, Lines

if TYPE_CHECKING:
    import pandas as pd

_CELL_M = 24.0  # at least; and so large that the right of way is within two cells of the line
_SAMPLE_M = 10.0  # a line is entered at places no farther apart than this, in the cells there and two around
_AROUND = tuple((right, up) for up in range(-2, 3) for right in range(-2, 3))
_BLOCK = 16  # cells on each side of a block
_NONE = 1 << 40  # a segment that there is not
_TRIED = 24  # segments tried in numpy; a cell with more of them asks the tree
_KEPT = 16  # lines whose grid is kept; registers are sorted by project
OUT_OF_REACH = -1
_SAME_M = 1e-6  # rounding of two places that are one
_APART = 2.0
"""Two neighbouring vertices lie at two places of the line, with a hairpin between, when these are farther apart along
it than this times the way from one to the other over the parcel: down from the line, along the edge, up to it."""


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
        ``offset_m`` (from the line to the nearest vertex), sorted by row and start. No row for a parcel out of reach
        or of a project without a surveyed line; several for one at both legs of a hairpin.
    """
    import pandas as pd

    found, _ = locate(land, lines, np.arange(len(land)))
    order = np.lexsort((found.start_m, found.row))
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

    Of the lines in whose reach it is, a parcel lies along the one that its vertices come nearest to.
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
    offset, near = np.full(len(land), np.inf), np.full(len(land), np.inf)
    chosen = np.full(len(land), OUT_OF_REACH)
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
        here = np.unique(np.concatenate([some.rows for some in own]))
        along = []
        for place in places:
            near[here] = np.inf
            along.append([_along(lines.lines[place], some, near) for some in own])
            reached = _within_reach(land, lines.lines[place], here, near[here])
            nearer = reached[near[reached] < offset[reached]]
            offset[nearer], chosen[nearer] = near[nearer], place
        beyond.append(here[chosen[here] == OUT_OF_REACH])
        for place, located in zip(places, along, strict=True):
            for some, (s_m, away_m) in zip(own, located, strict=True):
                at_it = chosen[some.rows] == place
                if at_it.all():
                    found.append(_stretches(some, s_m, away_m, place, offset))
                elif at_it.any():
                    found.append(_stretches(picked(some, at_it), s_m[:, at_it], away_m[:, at_it], place, offset))
    return _joined(found), np.concatenate(beyond)


def _by_project(rings: Rings, project: Ints) -> Rings:
    codes = project[rings.rows]
    if (codes[1:] >= codes[:-1]).all():
        return rings
    order = np.argsort(codes, kind="stable")
    return Rings(rings.rows[order], rings.x[:, order], rings.y[:, order])


def _slice(rings: Rings, start: int, end: int) -> Rings:
    return Rings(rings.rows[start:end], rings.x[:, start:end], rings.y[:, start:end])


def _along(line: Line, rings: Rings, nearest_m: Floats) -> tuple[Floats, Floats]:
    """Where on a line the vertices are and how far from it; ``nearest_m`` learns how near each row comes."""
    grid = _grid(line)
    # The last vertex is the first.
    x, y = rings.x[:-1].ravel(), rings.y[:-1].ravel()
    corner, first = _corners(x, y)
    s_m, away_m = grid.locate(x[first], y[first])
    s_m, away_m = s_m[corner], away_m[corner]
    shape = (len(rings.x) - 1, len(rings.rows))
    s_m, away_m = s_m.reshape(shape), away_m.reshape(shape)
    np.minimum.at(nearest_m, rings.rows, away_m.min(axis=0))
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


def _within_reach(land: Land, line: Line, rows: Ints, nearest_m: Floats) -> Ints:
    """The rows of which something lies in the right of way of a line; how near their vertices come is known."""
    reach = REACH_M if line.corridor_m is None else line.corridor_m / 2
    far = rows[nearest_m > reach]
    if not len(far):
        return rows
    # Vertices may lie beyond on both sides of a line that crosses the parcel.
    reaching = far[shapely.distance(land.shapes(far), _grid(line).line) <= reach]
    return np.sort(np.concatenate([rows[nearest_m <= reach], reaching]))


def _stretches(rings: Rings, s_m: Floats, away_m: Floats, line: int, offset: Floats) -> Intervals:
    """From the least to the greatest place of a parcel's vertices; cut where its edge leaps over a hairpin."""
    edge = np.hypot(np.diff(rings.x, axis=0), np.diff(rings.y, axis=0))
    leap = np.abs(np.diff(s_m, axis=0)) > _APART * (away_m[:-1] + edge + away_m[1:]) + _SAME_M
    cut = leap.any(axis=0)
    whole = ~cut
    rows, low, high = [rings.rows[whole]], [s_m[:, whole].min(axis=0)], [s_m[:, whole].max(axis=0)]
    for ring in np.flatnonzero(cut):
        for run in np.split(s_m[:, ring], np.flatnonzero(leap[:, ring]) + 1):
            rows.append(rings.rows[ring : ring + 1])
            low.append(run.min(keepdims=True))
            high.append(run.max(keepdims=True))
    row = np.concatenate(rows)
    return Intervals(row, np.full(len(row), line), np.concatenate(low), np.concatenate(high), offset[row])


def _joined(found: list[Intervals]) -> Intervals:
    if not found:
        none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Intervals(none, none, nothing, nothing, nothing)
    return Intervals(*(np.concatenate([getattr(one, name) for one in found]) for name in Intervals.__annotations__))


class _Grid:
    """A line with the segments that come near each cell of the ground around it."""

    def __init__(self, line: Line) -> None:
        # A vertex that is there twice has no direction.
        xy = line.xy[np.r_[True, (np.diff(line.xy, axis=0) != 0).any(axis=1)]]
        self.line = shapely.LineString(xy)
        steps = np.diff(xy, axis=0)
        self._length = np.hypot(*steps.T)
        self._ax, self._ay = xy[:-1].T.copy()
        self._ux, self._uy = (steps / self._length[:, None]).T.copy()
        self._s = np.concatenate([[0.0], np.cumsum(self._length)])
        self._tree: shapely.STRtree | None = None
        reach = REACH_M / 8 if line.corridor_m is None else line.corridor_m / 2
        self._side = max(_CELL_M, (reach + _SAMPLE_M) / 2)
        self._west, self._south = xy.min(axis=0) - 3 * self._side
        # Places along every segment, close enough to each other that none of its cells is skipped by much.
        parts = np.ceil(self._length / _SAMPLE_M).astype(np.int64) + 1
        segment = np.repeat(np.arange(len(parts)), parts)
        share = (np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)) / np.repeat(parts - 1, parts)
        x = self._ax[segment] + share * self._length[segment] * self._ux[segment]
        y = self._ay[segment] + share * self._length[segment] * self._uy[segment]
        column, row = (
            ((x - self._west) / self._side).astype(np.int64),
            ((y - self._south) / self._side).astype(np.int64),
        )
        # The cells on the line, each with the first and the last segment in it.
        _, first, cell = np.unique(row << 32 | column, return_index=True, return_inverse=True)
        last = np.zeros(len(first), dtype=np.int64)
        np.maximum.at(last, cell, segment)
        column, row, first = column[first], row[first], segment[first]
        # Blocks of cells, so that the ground between the ends of a winding line costs nothing; block 0 is empty.
        self._wide, self._high = (int(values.max() + 2) // _BLOCK + 1 for values in (column, row))
        used = np.zeros(self._wide * self._high, dtype=bool)
        for right, up in _AROUND:
            used[(row + up) // _BLOCK * self._wide + (column + right) // _BLOCK] = True
        self._block = np.where(used, np.cumsum(used), 0)
        cells = (int(used.sum()) + 1) * _BLOCK**2
        self._first, self._last = np.full(cells, _NONE), np.full(cells, -1)
        for right, up in _AROUND:
            near = self._cell(column + right, row + up)
            self._first[near] = np.minimum(self._first[near], first)
            self._last[near] = np.maximum(self._last[near], last)

    def _cell(self, column: Ints, row: Ints) -> Ints:
        block: Ints = self._block[(row // _BLOCK) * self._wide + column // _BLOCK]
        return (block * _BLOCK + row % _BLOCK) * _BLOCK + column % _BLOCK

    def locate(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Of points: metres along the line to the nearest place of it (the first of several), and how far it is."""
        column, row = (x - self._west) / self._side, (y - self._south) / self._side
        edge = _BLOCK * self._wide, _BLOCK * self._high
        beyond = (column < 0) | (row < 0) | (column >= edge[0]) | (row >= edge[1])
        if beyond.any():
            column, row = np.where(beyond, 0, column), np.where(beyond, 0, row)
        cell = self._cell(column.astype(np.int64), row.astype(np.int64))
        first = self._first[cell]
        tries = self._last[cell] - first + 1
        tries[(tries < 0) | (tries > _TRIED) | beyond] = 0
        best, place = np.full(len(x), np.inf), np.zeros(len(x))
        # What lies within this of a point surely comes near its cell; anything farther may have missed it.
        sure = (2 * self._side - _SAMPLE_M) ** 2
        order = np.argsort(tries, kind="stable")
        begin = np.searchsorted(tries[order], np.arange(1, _TRIED + 1))
        px, py, segment = x[order], y[order], first[order]
        top, where = best[order], place[order]
        for step, low in enumerate(begin):
            if low == len(order):
                break
            number = segment[low:] + step
            dx, dy = px[low:] - self._ax[number], py[low:] - self._ay[number]
            ux, uy = self._ux[number], self._uy[number]
            along = dx * ux + dy * uy
            np.clip(along, 0.0, self._length[number], out=along)
            dx -= along * ux
            dy -= along * uy
            dx *= dx
            dy *= dy
            dx += dy
            better = dx < top[low:]
            top[low:][better] = dx[better]
            along += self._s[number]
            where[low:][better] = along[better]
        unsure = np.flatnonzero(~(top <= sure))
        if len(unsure):
            where[unsure], top[unsure] = self._asked(px[unsure], py[unsure])
        best[order], place[order] = top, where
        return place, np.sqrt(best)

    def _asked(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """The same of points of which the grid knows nothing, with the square of the distance."""
        if self._tree is None:
            ends = np.stack([self.line.coords[:-1], self.line.coords[1:]], axis=1)
            self._tree = shapely.STRtree(np.asarray(shapely.linestrings(ends)))
        points = shapely.points(x, y)
        at, segment = self._tree.query_nearest(points, all_matches=True)
        # The first of several that are equally near.
        order = np.lexsort((segment, at))
        at, segment = at[order], segment[order]
        single = np.r_[True, np.diff(at) != 0]
        segment = segment[single]
        dx, dy = x - self._ax[segment], y - self._ay[segment]
        along = np.clip(dx * self._ux[segment] + dy * self._uy[segment], 0.0, self._length[segment])
        dx, dy = dx - along * self._ux[segment], dy - along * self._uy[segment]
        return self._s[segment] + along, dx * dx + dy * dy


_local = threading.local()


def _grid(line: Line) -> _Grid:
    """That of this line in this thread, if it is one of the last that were asked for."""
    known: OrderedDict[int, tuple[Line, _Grid]] | None = getattr(_local, "grids", None)
    if known is None:
        known = _local.grids = OrderedDict()
    if id(line) not in known:
        known[id(line)] = line, _Grid(line)
        while len(known) > _KEPT:
            known.popitem(last=False)
    known.move_to_end(id(line))
    return known[id(line)][1]
