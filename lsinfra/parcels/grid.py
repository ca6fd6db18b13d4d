"""A line with the segments that come near each cell of the ground around it.

A point is located among those of its cell, in numpy. Where that cannot be sure (a point far from the line, a cell with
a whole hairpin in it), a tree over the segments answers.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from itertools import pairwise

import numpy as np
import shapely

from lsinfra.parcels.land import Ints
from lsinfra.parcels.model import NEAR_M, Floats, Line

_CELL_M = 24.0  # at least; and so large that the right of way is within two cells of the line
_SAMPLE_M = 10.0  # a line is entered at places no farther apart than this, in the cells there and two around
_AROUND = tuple((right, up) for up in range(-2, 3) for right in range(-2, 3))
_BLOCK = 16  # cells on each side of a block
_NONE = 1 << 40  # a segment that there is not
_TRIED = 24  # segments tried in numpy; a cell with more of them asks the tree
_KEPT = 16  # lines whose grid is kept; registers are sorted by project


class Grid:
    """A line, in the units of its CRS; ``line`` without vertices that are there twice."""

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
        # Where most of the parcels are; farther ones are asked of the tree.
        reach = NEAR_M if line.corridor_m is None else line.corridor_m / 2
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

    def inside(self, shape: shapely.Geometry) -> list[tuple[float, float]]:
        """The stretches of the line that lie inside a parcel (m)."""
        spans = []
        for part in parts_of(shapely.intersection(self.line, shape)):
            if not isinstance(part, shapely.LineString):
                continue
            xy = shapely.get_coordinates(part)
            steps = np.hypot(*np.diff(xy, axis=0).T)
            # From the middle of its longest leg, where no crossing is; which way it runs, a place beyond tells.
            leg = int(steps.argmax())
            middle, beyond = (xy[leg] + share * (xy[leg + 1] - xy[leg]) for share in (0.5, 0.75))
            (at, after), _ = self.locate(*np.stack([middle, beyond]).T.copy())
            back, on = steps[:leg].sum() + steps[leg] / 2, steps[leg:].sum() - steps[leg] / 2
            back, on = (back, on) if after > at else (on, back)
            spans.append((max(at - back, 0.0), min(at + on, float(self._s[-1]))))
        return spans

    def beside(self, shape: shapely.Geometry, far: float) -> list[tuple[float, float]]:
        """The stretches of the line from which a parcel is no farther than this (m); they may overlap.

        Along a leg the distance to an edge falls and rises once: it is near from the first to the last place that is
        near an end of the edge or right beside it.
        """
        west, south, east, north = shapely.bounds(shape)
        bx, by = self._ax + self._length * self._ux, self._ay + self._length * self._uy
        near = (np.minimum(self._ax, bx) <= east + far) & (np.maximum(self._ax, bx) >= west - far)
        near &= (np.minimum(self._ay, by) <= north + far) & (np.maximum(self._ay, by) >= south - far)
        legs = np.flatnonzero(near)
        ends = np.array(
            [pair for part in parts_of(shapely.boundary(shape)) for pair in pairwise(shapely.get_coordinates(part))]
        )
        ends = ends[(ends[:, 0] != ends[:, 1]).any(axis=1)]
        along = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
        ex, ey = ((ends[:, 1] - ends[:, 0]) / along[:, None]).T
        ux, uy = self._ux[legs, None], self._uy[legs, None]
        # From each end of each edge to the begin of each leg.
        (px, py), (qx, qy) = (
            (self._ax[legs, None] - ends[:, end, 0], self._ay[legs, None] - ends[:, end, 1]) for end in (0, 1)
        )
        spans = [_chord(px * ux + py * uy, px * uy - py * ux, far), _chord(qx * ux + qy * uy, qx * uy - qy * ux, far)]
        strip = _slab(px * ex + py * ey, ux * ex + uy * ey, 0.0, along)
        aside = _slab(px * ey - py * ex, ux * ey - uy * ex, -far, far)
        low, high = np.maximum(strip[0], aside[0]), np.minimum(strip[1], aside[1])
        spans.append((np.where(low <= high, low, np.inf), np.where(low <= high, high, -np.inf)))
        low = np.maximum(np.min([low for low, _ in spans], axis=0), 0.0)
        high = np.minimum(np.max([high for _, high in spans], axis=0), self._length[legs, None])
        leg, edge = np.nonzero(low < high)
        start = self._s[legs[leg]]
        found = zip((start + low[leg, edge]).tolist(), (start + high[leg, edge]).tolist(), strict=True)
        return [*found, *self.inside(shape)]

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


def _chord(along: Floats, aside: Floats, far: float) -> tuple[Floats, Floats]:
    """From where to where a way is within a distance of a point that lies so far behind its begin and beside it."""
    half = np.sqrt(np.maximum(far * far - aside * aside, 0.0))
    meets = np.abs(aside) <= far
    return np.where(meets, -along - half, np.inf), np.where(meets, half - along, -np.inf)


def _slab(at: Floats, step: Floats, low: float, high: Floats | float) -> tuple[Floats, Floats]:
    """From where to where a way is between two bounds that begins at ``at`` and gains ``step`` a metre."""
    with np.errstate(divide="ignore", invalid="ignore"):
        one, two = (low - at) / step, (high - at) / step
    # Alongside the bounds it is between them all the way, or never.
    level, between = step == 0, (low <= at) & (at <= high)
    first = np.where(level, np.where(between, -np.inf, np.inf), np.minimum(one, two))
    return first, np.where(level, np.where(between, np.inf, -np.inf), np.maximum(one, two))


def parts_of(shape: shapely.Geometry) -> list[shapely.Geometry]:
    """The parts of a geometry, those of its collections too, without empty ones."""
    return [part for some in shapely.get_parts(shape) for part in shapely.get_parts(some) if not part.is_empty]


_local = threading.local()


def grid_of(line: Line) -> Grid:
    """That of this line in this thread, if it is one of the last that were asked for."""
    known: OrderedDict[int, tuple[Line, Grid]] | None = getattr(_local, "grids", None)
    if known is None:
        known = _local.grids = OrderedDict()
    if id(line) not in known:
        known[id(line)] = line, Grid(line)
        while len(known) > _KEPT:
            known.popitem(last=False)
    known.move_to_end(id(line))
    return known[id(line)][1]
