"""The shapes of a page of parcels as lists of whole numbers.

Coordinates go as 1/1 000 000 of a degree (10 cm): latitude, longitude, each vertex as the step from the one before.
Nothing is measured on them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import shapely

from lsinfra.parcels.land import Shapes, transformer
from lsinfra.parcels.model import Floats, Line, Units
from lsinfra.parcels.results import chainage

PRECISION = 1_000_000
MOST_POINTS = 600_000
"""Shapes of more vertices than this are drawn coarser: they must not outweigh the page."""

_LINE_M, _BORDER_M = 0.2, 2.0  # bends of lines and borders that are smaller than this are not drawn
_COARSER_M = 0.1
_AROUND_M = 400.0  # borders are drawn this far around
_WORLD = "EPSG:4326"


def rings(parcels: Shapes, crs: str) -> dict[str, Any]:
    """Of some parcels the number of rings of each, the points of each ring, the steps of all points.

    The last point of a ring, which is its first, is left away. A hole is a ring as any other.
    """
    tolerance = _COARSER_M
    while shapely.get_num_coordinates(parcels).sum() > MOST_POINTS:
        parcels = shapely.simplify(parcels, tolerance)
        tolerance *= 2
    parts, owner = shapely.get_parts(parcels, return_index=True)
    found, part = shapely.get_rings(parts, return_index=True)
    sizes = shapely.get_num_coordinates(found)
    xy = np.delete(shapely.get_coordinates(found), np.cumsum(sizes) - 1, axis=0)
    return {
        "rings": column(np.bincount(owner[part], minlength=len(parcels)).tolist()),
        "points": column((sizes - 1).tolist()),
        "steps": steps(xy, crs),
    }


def chain(line: Line, crs: str) -> dict[str, Any]:
    """A line: its steps, and the chainage of each vertex as a step in whole 1/10 m; none of a sketch."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line.xy, axis=0).T))])
    drawn = shapely.LineString(np.column_stack([line.xy, along]))
    kept = shapely.get_coordinates(shapely.simplify(drawn, _LINE_M, preserve_topology=False), include_z=True)[:, 2]
    knots = [drawn_m for _, drawn_m in line.knots if 0 < drawn_m < along[-1]]
    at = np.unique(np.concatenate([kept, knots]))
    xy = np.column_stack([np.interp(at, along, line.xy[:, side]) for side in (0, 1)])
    metres = np.rint(chainage(line, at) * 10).astype(np.int64)
    surveyed = line.accuracy == "survey"
    return {
        "route": line.route,
        "steps": steps(xy, crs),
        "metres": np.diff(metres, prepend=0).tolist() if surveyed else [],
    }


def borders(units: Units, names: Collection[str], box: Sequence[float]) -> tuple[list[list[int]], list[list[Any]]]:
    """The borders of some units in a box and a little around it, each once; and for each name a place in its unit."""
    west, south, east, north = box
    seen = (west - _AROUND_M, south - _AROUND_M, east + _AROUND_M, north + _AROUND_M)
    own = {n: shapely.from_wkb(wkb) for n, wkb in enumerate(units.wkb) if units.names[n] in names}
    edges = [shapely.clip_by_rect(shapely.boundary(shape), *seen) for shape in own.values()]
    merged = shapely.simplify(shapely.line_merge(shapely.union_all(edges, grid_size=0.01)), _BORDER_M)
    lines = [steps(shapely.get_coordinates(line), units.crs) for line in shapely.get_parts(merged)]
    largest: dict[str, Any] = {}
    for n, shape in own.items():
        within, name = shapely.clip_by_rect(shape, *seen), units.names[n]
        if not within.is_empty and (name not in largest or within.area > largest[name].area):
            largest[name] = within
    spots = {name: shapely.get_coordinates(shapely.point_on_surface(shape)) for name, shape in largest.items()}
    return [line for line in lines if line], [[name, *steps(at, units.crs)] for name, at in spots.items()]


def bounds(crs: str, box: Sequence[float]) -> list[float]:
    """South, west, north, east of a box of a metric CRS, in degrees."""
    west, south, east, north = box
    lon, lat = _world(crs, np.array([[west, south], [west, north], [east, south], [east, north]])).T
    return [round(float(side), 6) for side in (lat.min(), lon.min(), lat.max(), lon.max())]


def steps(xy: Floats, crs: str) -> list[int]:
    """``[lat, lon, Δlat, Δlon, …]`` of points (n, 2) of a CRS."""
    places = np.rint(_world(crs, xy)[:, ::-1] * PRECISION).astype(np.int64)
    found: list[int] = np.diff(places, axis=0, prepend=np.zeros((1, 2), np.int64)).ravel().tolist()
    return found


def column(values: list[Any]) -> list[Any]:
    """A column of a table; of one value in all rows it stands once."""
    return values[:1] if values and values.count(values[0]) == len(values) else values


def _world(crs: str, xy: Floats) -> Floats:
    """Longitude and latitude of points (n, 2)."""
    step = transformer(crs, _WORLD)
    return xy if step is None else np.column_stack(step.transform(*xy.T))
