"""Land that lies in more than one parcel of a project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from lsinfra.parcels.land import Flags, Ints, Shapes
from lsinfra.parcels.model import Floats

SHARE = 1e-6
"""Two parcels overlap where they have more in common than this share of the smaller one."""
_BLOCK = 32  # parcels whose neighbours are looked for together: with bad data each may have all the others
_CHUNK = 50_000  # pairs that are compared together
# With bad data the search gives up, after so many neighbours of a parcel (on the ground it has five), or overlaps.
_FEW, _NEIGHBOURS, _OVERLAPS = 10_000, 50, 2


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Pairs of parcels with land in common.

    Attributes
    ----------
    first, second : array of int
        Places of the two, ``first < second``.
    area_m2 : array of float
        What the two have in common.
    common : array of geometry
        The same as shapes.
    complete : bool
        False: so many parcels lie on each other that not all pairs were looked at.
    """

    first: Ints
    second: Ints
    area_m2: Floats
    common: Shapes
    complete: bool

    def land_m2(self, which: Flags) -> float:
        """The land of some of the pairs, each place counted once however many parcels hold it."""
        return float(shapely.area(shapely.union_all(self.common[which])))


def copies(shapes: Shapes) -> Ints:
    """For each parcel the place of the first one with exactly the same shape; its own where it is the first.

    Parameters
    ----------
    shapes : array of Polygon or MultiPolygon, valid
    """
    first = np.arange(len(shapes))
    # Only shapes in the same rectangle can be the same.
    _, group, size = np.unique(shapely.bounds(shapes), axis=0, return_inverse=True, return_counts=True)
    twins = np.flatnonzero(size[group] > 1)
    if len(twins):
        spelt = shapely.to_wkb(shapely.normalize(shapely.force_2d(shapes[twins])))
        _, earliest, same = np.unique(spelt.astype(object), return_index=True, return_inverse=True)
        first[twins] = twins[earliest[same]]
    return first


def overlaps(shapes: Shapes) -> Overlaps:
    """Every two parcels with more in common than ``SHARE`` of the smaller one; common borders are none.

    Parameters
    ----------
    shapes : array of Polygon or MultiPolygon, valid, in a metric CRS
    """
    area = shapely.area(shapes)
    none = np.zeros(0, dtype=np.int64)
    found: list[tuple[Ints, Ints, Floats, Shapes]] = [(none, none, np.zeros(0), np.zeros(0, dtype=object))]
    tried, kept, complete = 0, 0, True
    for first, second in _near(shapes, area):
        if tried > _FEW + _NEIGHBOURS * len(shapes) or kept > _FEW + _OVERLAPS * len(shapes):
            complete = False
            break
        common = shapely.intersection(shapes[first], shapes[second])
        common_m2 = shapely.area(common)
        much = common_m2 > SHARE * np.minimum(area[first], area[second])
        found.append((first[much], second[much], common_m2[much], common[much]))
        tried, kept = tried + len(first), kept + int(much.sum())
    first, second, common_m2, common = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Overlaps(first, second, common_m2, common, complete)


def _near(shapes: Shapes, area: Floats) -> Iterator[tuple[Ints, Ints]]:
    """Every two parcels whose rectangles have enough in common, some pairs at a time."""
    tree, bounds = shapely.STRtree(shapes), shapely.bounds(shapes)
    waiting: list[npt.NDArray[np.int64]] = []
    for start in range(0, len(shapes), _BLOCK):
        pairs = tree.query(shapes[start : start + _BLOCK])
        pairs[0] += start
        first, second = pairs[:, pairs[0] < pairs[1]]
        near = _rectangle_m2(bounds[first], bounds[second]) > SHARE * np.minimum(area[first], area[second])
        waiting.append(np.stack([first[near], second[near]]))
        if sum(some.shape[1] for some in waiting) >= _CHUNK:
            yield from _chunks(np.concatenate(waiting, axis=1))
            waiting = []
    if waiting:
        yield from _chunks(np.concatenate(waiting, axis=1))


def _chunks(pairs: npt.NDArray[np.int64]) -> Iterator[tuple[Ints, Ints]]:
    for start in range(0, pairs.shape[1], _CHUNK):
        first, second = pairs[:, start : start + _CHUNK]
        yield first, second


def _rectangle_m2(one: Floats, other: Floats) -> Floats:
    """The area that two rectangles have in common; 0 where they only touch."""
    low, high = np.maximum(one[:, :2], other[:, :2]), np.minimum(one[:, 2:], other[:, 2:])
    area: Floats = np.prod(np.clip(high - low, 0, None), axis=1)
    return area
