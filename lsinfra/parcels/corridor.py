"""Which parcels lie outside the right of way of their project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from lsinfra.parcels.land import Flags, Ints, Shapes
from lsinfra.parcels.model import REACH_M, Floats, Line

SLACK_M = 1.0
"""A parcel may jut out of the right of way by this much: its edge is drawn to the decimetre at best."""
_CHUNK = 40  # vertices of a line whose surroundings are one small polygon
_QUARTER = 16  # edges of a quarter of a circle: less than 0.1 % of the radius is cut off


@dataclass(frozen=True, eq=False)
class Beyond:
    """What lies outside, a row a parcel.

    Attributes
    ----------
    wholly : array of bool
        No part of the parcel is inside.
    past_m2 : array of float
        The area outside of a parcel that juts out by more than ``SLACK_M``; 0 for the others, those ``wholly`` out too.
    """

    wholly: Flags
    past_m2: Floats


def beyond(shapes: Shapes, lines: Sequence[Line], corridor_m: float | None) -> Beyond:
    """Compare the parcels of one project with the surroundings of its lines.

    Parameters
    ----------
    shapes : array of Polygon or MultiPolygon, valid, in the CRS of the lines
    lines
        At least one, none schematic.
    corridor_m
        Full width of the right of way along lines that do not say theirs. None: only what is farther than ``REACH_M``
        from them is outside.
    """
    reaches = [width / 2 if (width := line.corridor_m or corridor_m) else REACH_M for line in lines]
    wide = shapely.union_all(_around([line.xy for line in lines], [reach + SLACK_M for reach in reaches]))
    shapely.prepare(wide)
    wholly, past_m2 = np.zeros(len(shapes), dtype=bool), np.zeros(len(shapes))
    doubtful = np.flatnonzero(~shapely.contains_properly(wide, shapes))
    if not len(doubtful):
        return Beyond(wholly, past_m2)
    # Small polygons, for a long one is slow to cut with.
    parts = [
        (line.xy[start : start + _CHUNK + 1], reach)
        for line, reach in zip(lines, reaches, strict=True)
        for start in range(0, len(line.xy) - 1, _CHUNK)
    ]
    near = _around([xy for xy, _ in parts], [reach for _, reach in parts])
    at, number = shapely.STRtree(near).query(shapes[doubtful], predicate="intersects")
    wholly[doubtful] = np.bincount(at, minlength=len(doubtful)) == 0
    inside = shapely.intersection(shapes[doubtful[at]], near[number])
    for place, some in zip(*_grouped(at, inside), strict=True):
        row = doubtful[place]
        past_m2[row] = max(shapely.area(shapes[row]) - shapely.area(shapely.union_all(some)), 0.0)
    return Beyond(wholly, past_m2)


def distance_m(shape: shapely.Geometry, lines: Sequence[Line]) -> float:
    """How far a parcel is from the nearest of some lines."""
    return float(min(shapely.distance(shape, shapely.LineString(line.xy)) for line in lines))


def _around(paths: Sequence[Floats], reaches: Sequence[float]) -> Shapes:
    lines = np.array([shapely.LineString(xy) for xy in paths], dtype=object)
    around: Shapes = shapely.buffer(lines, np.array(reaches), quad_segs=_QUARTER)
    return around


def _grouped(at: Ints, values: Shapes) -> tuple[Ints, list[Shapes]]:
    """The values of each place together."""
    order = np.argsort(at, kind="stable")
    places, starts = np.unique(at[order], return_index=True)
    return places, np.split(values[order], starts[1:]) if len(places) else []
