"""Land that lies in more than one parcel of a project."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from lsinfra.parcels.land import Flags, Ints, Shapes
from lsinfra.parcels.model import Floats

SHARE = 1e-6
"""Two parcels overlap where they have more in common than this share of the smaller one."""
_BLOCK = 256  # parcels whose neighbours are looked for together: with bad data each may have all others
_EACH = 50  # neighbours a parcel may have on average before the search gives up; on the ground it has five


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
    tree, bounds, area = shapely.STRtree(shapes), shapely.bounds(shapes), shapely.area(shapes)
    left = _BLOCK * _BLOCK + _EACH * len(shapes)
    pairs: list[tuple[Ints, Ints]] = []
    places = np.arange(len(shapes))
    found: list[tuple[Ints, Ints, Floats, Shapes]] = []
    for block in np.split(places, range(_BLOCK, len(places), _BLOCK)):
        at, second = tree.query(shapes[block])
        first = block[at]
        once = first < second
        first, second = first[once], second[once]
        left -= len(first)
        if left < 0:
            break
        near = _rectangle_m2(bounds[first], bounds[second]) > SHARE * np.minimum(area[first], area[second])
        pairs.append((first[near], second[near]))
        if sum(len(one) for one, _ in pairs) > _BLOCK * _BLOCK:
            found.append(_common(shapes, area, pairs))
            pairs = []
    found.append(_common(shapes, area, pairs))
    first, second, common_m2, common = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Overlaps(first, second, common_m2, common, left >= 0)


def _rectangle_m2(one: Floats, other: Floats) -> Floats:
    """The area that two rectangles have in common; 0 where they only touch."""
    low, high = np.maximum(one[:, :2], other[:, :2]), np.minimum(one[:, 2:], other[:, 2:])
    area: Floats = np.prod(np.clip(high - low, 0, None), axis=1)
    return area


def _common(shapes: Shapes, area: Floats, pairs: list[tuple[Ints, Ints]]) -> tuple[Ints, Ints, Floats, Shapes]:
    """What some pairs have in common, without those that have next to nothing."""
    none = np.zeros(0, dtype=np.int64)
    first, second = (np.concatenate([none, *(pair[end] for pair in pairs)]) for end in (0, 1))
    common = shapely.intersection(shapes[first], shapes[second])
    common_m2 = shapely.area(common)
    much = common_m2 > SHARE * np.minimum(area[first], area[second])
    return first[much], second[much], common_m2[much], common[much]
