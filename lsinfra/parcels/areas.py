"""How much of each parcel lies in which administrative unit.

Most parcels are nowhere near a border. The ground is looked at in cells: one that lies wholly inside a unit settles
every parcel within it, and whether it does is asked once. Only parcels in cells with a border are compared with the
units themselves, and only those that a border crosses are cut: against what the unit has around them, not the whole.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import shapely

from lsinfra.parcels.land import Flags, Ints, Land, Shapes
from lsinfra.parcels.model import Floats, Units

if TYPE_CHECKING:
    import pandas as pd

OUTSIDE = -1
_BORDER, _UNASKED = -2, -3
CELL_M = 256.0
_MOST_CELLS = 4_000_000  # of int32; larger grounds have larger cells
_BLOCK = 8  # cells on a side that are asked for together
_AROUND_M = 1.0
SLIVER_M2 = 1e-6
"""Less land than this is the rounding of two borders that are one."""


def pieces(land: Land, units: Units) -> pd.DataFrame:
    """The parcels cut at the borders of the units.

    Returns
    -------
    DataFrame
        ``row`` (place of the parcel in ``land``), ``unit`` (str, None outside every unit), ``area_m2``: sorted by row;
        the areas of a row add up to that of the parcel. What is smaller than 1e-6 m² is no piece of its own.
    """
    import pandas as pd

    row, unit, area = split(land, units)
    order = np.lexsort((unit, row))
    order = order[area[order] > SLIVER_M2]
    names = np.array([*units.names, None], dtype=object)
    return pd.DataFrame({"row": row[order], "unit": names[unit[order]], "area_m2": area[order]})


def split(land: Land, units: Units, rows: Ints | None = None) -> tuple[Ints, Ints, Floats]:
    """The same as arrays, in no order: row, place of the unit in ``units.names`` (``OUTSIDE``), area.

    Parameters
    ----------
    rows
        The parcels to be looked at, all of which can be measured; None: all.
    """
    ground = _ground(units)
    rows = np.arange(len(land)) if rows is None else rows
    unit = ground.cells(land.bounds[:, rows])
    inside = unit >= OUTSIDE
    whole = rows[inside], unit[inside], land.area_m2[rows[inside]]
    border = rows[~inside]
    if not len(border):
        return whole
    cut = _split_at_borders(land, ground, border)
    ground.rest()
    return tuple(np.concatenate(both) for both in zip(whole, cut, strict=True))  # type: ignore[return-value]


def _split_at_borders(land: Land, ground: _Ground, rows: Ints) -> tuple[Ints, Ints, Floats]:
    """Parcels that may be crossed by a border, one by one."""
    shapes, areas = land.shapes(rows), land.area_m2[rows]
    at, number = ground.tree.query(shapes)
    within = ground.within(number, shapes[at])
    settled = np.zeros(len(rows), dtype=bool)
    settled[at[within]] = True
    whole = rows[at[within]], ground.unit[number[within]], areas[at[within]]
    open_ = ~settled[at]
    at, unit, area = ground.cut(shapes, areas, at[open_], number[open_])
    rest = areas.copy()
    rest[settled] = 0
    rest -= np.bincount(at, weights=area, minlength=len(rows))
    # What no unit has. Rounding leaves a little of either sign where units meet.
    outside = np.flatnonzero(rest > _rounding(areas))
    row = np.concatenate([whole[0], rows[at], rows[outside]])
    unit = np.concatenate([whole[1], unit, np.full(len(outside), OUTSIDE)])
    return row, unit, np.concatenate([whole[2], area, rest[outside]])


class _Ground:
    """The units of a process with all that was found out about them so far."""

    def __init__(self, units: Units) -> None:
        shapes = shapely.from_wkb(np.array(units.wkb, dtype=object))
        self.parts, number = shapely.get_parts(shapes, return_index=True)
        names: dict[str, int] = {}
        for place, name in enumerate(units.names):
            names.setdefault(name, place)
        self._names = len(units.names)
        # A name that comes twice is one unit: the first place speaks for it.
        self.unit: Ints = np.array([names[units.names[place]] for place in number], dtype=np.int64)
        self._prepared, self._used = np.zeros((2, len(self.parts)), dtype=bool)
        self.tree = shapely.STRtree(self.parts)
        west, south, east, north = shapely.total_bounds(self.parts) if len(self.parts) else (0.0, 0.0, 0.0, 0.0)
        # A ring of cells around, so that what lies outside falls into one of them.
        size = CELL_M
        while ((east - west) / size + 4) * ((north - south) / size + 4) > _MOST_CELLS:
            size *= 2
        self._size, self._west, self._south = size, west - size, south - size
        wide, high = int((east - west) / size) + 3, int((north - south) / size) + 3
        self._cells = np.full((-(-high // _BLOCK) * _BLOCK, -(-wide // _BLOCK) * _BLOCK), _UNASKED, dtype=np.int32)
        # Nothing is asked of the rim: it is outside.
        self._cells[0], self._cells[:, 0], self._cells[high - 1 :], self._cells[:, wide - 1 :] = (OUTSIDE,) * 4

    def cells(self, bounds: Floats) -> Ints:
        """Of rectangles (4, n): the unit that the cells around each lie in, ``OUTSIDE``, or ``_BORDER``: not known."""
        high, wide = self._cells.shape
        ends = [
            np.clip((values - low) / self._size, 0, most - 1).astype(np.int64)
            for values, low, most in zip(bounds, [self._west, self._south] * 2, [wide, high] * 2, strict=True)
        ]
        west, south, east, north = ends
        found = self._asked(south * wide + west)
        other = np.flatnonzero((west != east) | (south != north))
        if len(other):
            west, south, east, north = (end[other] for end in ends)
            corners = [
                self._asked(row * wide + column) for row, column in ((south, east), (north, west), (north, east))
            ]
            same = (east - west <= 1) & (north - south <= 1)
            for corner in corners:
                same &= corner == found[other]
            found[other[~same]] = _BORDER
        return found

    def _asked(self, cells: Ints) -> Ints:
        flat = self._cells.reshape(-1)
        found = flat[cells]
        unasked = found == _UNASKED
        if unasked.any():
            self._ask(np.unique(cells[unasked]))
            found = flat[cells]
        return found.astype(np.int64)

    def _ask(self, cells: Ints) -> None:
        """Find out about some cells; blocks of them first, as most lie wholly inside."""
        wide = self._cells.shape[1]
        row, column = np.divmod(cells, wide)
        blocks = np.unique((row // _BLOCK) * wide + column // _BLOCK)
        top, left = np.divmod(blocks, wide)
        kind = self._kind(left * _BLOCK, top * _BLOCK, _BLOCK)
        for south, west, what in zip(top * _BLOCK, left * _BLOCK, kind, strict=True):
            if what != _BORDER:
                block = self._cells[south : south + _BLOCK, west : west + _BLOCK]
                block[block == _UNASKED] = what
        open_ = self._cells.reshape(-1)[cells] == _UNASKED
        self._cells.reshape(-1)[cells[open_]] = self._kind(column[open_], row[open_], 1)

    def _kind(self, column: Ints, row: Ints, across: int) -> Ints:
        west, south = self._west + column * self._size, self._south + row * self._size
        side = across * self._size
        # A hair larger, so that a parcel on the edge of a cell is surely within.
        hair = 1e-6
        boxes = shapely.box(west - hair, south - hair, west + side + hair, south + side + hair)
        kind = np.full(len(boxes), OUTSIDE)
        at, number = self.tree.query(boxes)
        within = self.within(number, boxes[at])
        kind[at[within]] = self.unit[number[within]]
        at, number = at[~within], number[~within]
        open_ = kind[at] == OUTSIDE
        at, number = at[open_], number[open_]
        kind[at[shapely.intersects(self.parts[number], boxes[at])]] = _BORDER
        return kind

    def within(self, number: Ints, shapes: Shapes) -> Flags:
        """Whether each of some parts of units holds a shape; the parts are prepared, and stay so until ``rest``."""
        self._used[number] = True
        shapely.prepare(self.parts[self._used & ~self._prepared])
        self._prepared |= self._used
        inside: Flags = shapely.contains_properly(self.parts[number], shapes)
        return inside

    def rest(self) -> None:
        """Let go of what was not asked for since the last time: a register sorted by project moves on."""
        idle = self._prepared & ~self._used
        shapely.destroy_prepared(self.parts[idle])
        self._prepared[idle] = False
        self._used[:] = False

    def cut(self, shapes: Shapes, areas: Floats, at: Ints, number: Ints) -> tuple[Ints, Ints, Floats]:
        """The area that some parcels have in each unit; ``at`` and ``number`` pair them with the parts they may meet.

        Parcels of one cell are cut together, against what the units have in the rectangle around them. Where the units
        leave nothing of that rectangle out, the last unit of a parcel has what the others do not.
        """
        if not len(at):
            return at, number, np.zeros(0)
        order = np.lexsort((number, at))
        at, number = at[order], number[order]
        bounds = shapely.bounds(shapes)
        column, row = ((bounds[:, :2] - (self._west, self._south)) // self._size).astype(np.int64).T
        asked = np.unique(at)
        _, group = np.unique((row << 32) + column, return_inverse=True)
        rectangle = np.full((group.max() + 1, 4), np.inf)
        for side, sign in enumerate((1, 1, -1, -1)):
            np.minimum.at(rectangle[:, side], group[asked], sign * bounds[asked, side])
        rectangle = (rectangle - _AROUND_M) * (1, 1, -1, -1)
        pair, local = np.unique(group[at] * len(self.parts) + number, return_inverse=True)
        cell, part = np.divmod(pair, len(self.parts))
        clipped = [_clipped(self.parts[one], *box) for one, box in zip(part, rectangle[cell], strict=True)]
        there = np.array(clipped, dtype=object)
        sides = rectangle[:, 2:] - rectangle[:, :2]
        left = sides.prod(axis=1) - np.bincount(cell, weights=shapely.area(there), minlength=len(rectangle))
        last = np.append(at[1:] != at[:-1], True) & (np.abs(left) <= SLIVER_M2)[group[at]]
        area = np.zeros(len(at))
        area[~last] = shapely.area(shapely.intersection(shapes[at[~last]], there[local[~last]]))
        rest = areas - np.bincount(at, weights=area, minlength=len(shapes))
        area[last] = np.where(rest > _rounding(areas), rest, 0)[at[last]]
        # Of a unit in several parts a parcel may have land in each.
        pair, unit = np.unique(at * self._names + self.unit[number], return_inverse=True)
        common = np.bincount(unit, weights=area)
        at, unit = np.divmod(pair[common > 0], self._names)
        return at, unit, common[common > 0].astype(np.float64)


def _rounding(areas: Floats) -> Floats:
    """What may be left of parcels of these areas when they have been cut (m²)."""
    left: Floats = np.maximum(SLIVER_M2, 1e-9 * areas)
    return left


def _clipped(unit: shapely.Geometry, west: float, south: float, east: float, north: float) -> shapely.Geometry:
    """What a unit has in a rectangle; by the fast way where that gives a sound polygon."""
    shape = shapely.clip_by_rect(unit, west, south, east, north)
    if shapely.is_valid(shape):
        return shape
    return shapely.intersection(unit, shapely.box(west, south, east, north))


_local = threading.local()


def _ground(units: Units) -> _Ground:
    """That of these units in this thread: GEOS builds the index of a prepared geometry when it is first asked."""
    known: tuple[Units, _Ground] | None = getattr(_local, "ground", None)
    if known is None or known[0] is not units:
        known = _local.ground = units, _Ground(units)
    return known[1]
