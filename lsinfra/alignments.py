"""One route as drawn: chainage ↔ point, lengths in the metric CRS, and where it meets administrative units.

Geometry stays in EPSG:4326 (longitude, latitude); it is measured in the metric CRS the caller names, with the datum
step (for VN-2000 EPSG:6960, 1 m) and never through the network.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from itertools import accumulate, pairwise
from typing import get_args

import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError
from pyproj.network import set_network_enabled  # type: ignore[attr-defined]
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from lsinfra.codes import Accuracy
from lsinfra.errors import QuantityError, RunError
from lsinfra.geojson import Position
from lsinfra.numerals import shown
from lsinfra.quantities import Chainage

ACCURACIES: tuple[Accuracy, ...] = get_args(Accuracy)
SAME_M = 0.01
"""Two distances along a line that are one and the same place (m)."""


class RouteError(RunError):
    """A question about routes that has no answer: no such chainage, an unfit CRS; its sentence is under ``geo.``."""

    group = "geo"


@dataclass(frozen=True)
class Alignment:
    """One route as drawn, and where its published chainage lies on it.

    Attributes
    ----------
    line : LineString
        EPSG:4326, from low to high chainage.
    uncertainty_m : float or None
        How far the real route may lie from the line; None for a survey that does not say.
    partial : bool
        Only a part of the route is drawn.
    calibration : tuple of (chainage_m, drawn_m)
        Rising in both. Between two pairs the chainage runs evenly along the drawn line; outside them a metre of line
        is a metre of chainage. A route whose chainage is not known has one pair, its start.
    along_m : tuple of float
        Distance of every vertex from the first, in the metric CRS.
    credit : str or None
        Whom a map must name that shows it, such as © OpenStreetMap contributors.
    """

    route: str
    title: dict[str, str] | None
    line: LineString
    accuracy: Accuracy
    uncertainty_m: float | None
    partial: bool
    source: str
    note: dict[str, str] | None
    calibration: tuple[tuple[float, float], ...]
    along_m: tuple[float, ...]
    metric_crs: str
    credit: str | None = None

    @property
    def drawn_m(self) -> float:
        """Length of the drawn line in the metric CRS."""
        return self.along_m[-1]

    @property
    def start_m(self) -> float:
        return self.chainage_at(0.0)

    @property
    def end_m(self) -> float:
        return self.chainage_at(self.drawn_m)

    @property
    def published_m(self) -> float:
        """Length by chainage, from the first to the last vertex."""
        return self.end_m - self.start_m

    @property
    def calibrated(self) -> bool:
        """Whether at least two published chainages are known, so that drawn and published length can be compared."""
        return len(self.calibration) > 1

    @property
    def ratio(self) -> float | None:
        """Drawn length to published length; None where no calibration tells them apart."""
        return self.drawn_m / self.published_m if self.calibrated else None

    def chainage_at(self, drawn_m: float) -> float:
        """The chainage (m) at a distance along the drawn line (m)."""
        return _piecewise(drawn_m, [drawn for _, drawn in self.calibration], [at for at, _ in self.calibration])

    def drawn_at(self, chainage: Chainage | float) -> float:
        """The distance along the drawn line (m) at a chainage; outside 0…``drawn_m`` for one that is off the route."""
        return _piecewise(
            _metres(chainage), [at for at, _ in self.calibration], [drawn for _, drawn in self.calibration]
        )

    def holds(self, chainage: Chainage | float) -> bool:
        """Whether a chainage lies on the route (to 1 cm)."""
        return -SAME_M <= self.drawn_at(chainage) <= self.drawn_m + SAME_M

    def point(self, chainage: Chainage | float) -> Point:
        """The point at a chainage, EPSG:4326, on the drawn line.

        Raises
        ------
        RouteError
            The chainage is not on the route: no place is made up for it.
        """
        if not self.holds(chainage):
            ends = {"start": spell(self.start_m), "end": spell(self.end_m)}
            raise RouteError("chainage_outside", found=spell(_metres(chainage)), route=self.route, **ends)
        return Point(self._position(self._clip(chainage)))

    def interval(self, start: Chainage | float, end: Chainage | float) -> LineString:
        """The part of the line between two chainages, EPSG:4326; what lies beyond the route's ends is left away.

        An empty line where nothing of it is on the route, or ``start`` is not below ``end``; the checks say so.
        """
        low, high = self._clip(start), self._clip(end)
        if high - low < SAME_M:
            return LineString()
        # A vertex at an end would be there twice, or a hair from it.
        inner = slice(bisect_right(self.along_m, low + SAME_M), bisect_left(self.along_m, high - SAME_M))
        return LineString([self._position(low), *self._vertices[inner], self._position(high)])

    def chainage_of(self, point: Point) -> float:
        """The chainage (m) of the place on the line nearest to a point (EPSG:4326), nearest in the metric CRS."""
        there = Point(metric(self.metric_crs).transform(point.x, point.y))
        return self.chainage_at(nearest(self._measured, self.along_m, there)[0])

    @cached_property
    def _vertices(self) -> list[Position]:
        return [(x, y) for x, y in self.line.coords]

    @cached_property
    def _measured(self) -> LineString:
        return measured(self.line, metric(self.metric_crs))

    def _clip(self, chainage: Chainage | float) -> float:
        return min(max(self.drawn_at(chainage), 0.0), self.drawn_m)

    def _position(self, drawn_m: float) -> Position:
        """A vertex when the distance is one; else evenly in degrees between the two vertices around it.

        So it is on the line as drawn. Evenly in metres would be some 3 m elsewhere on a leg of 28 km.
        """
        index = min(max(bisect_right(self.along_m, drawn_m), 1), len(self.along_m) - 1)
        before, after = self.along_m[index - 1], self.along_m[index]
        share = (drawn_m - before) / (after - before)
        (x0, y0), (x1, y1) = self._vertices[index - 1 : index + 1]
        return (x1, y1) if share == 1 else (x0 + share * (x1 - x0), y0 + share * (y1 - y0))


@dataclass(frozen=True)
class UnitPart:
    """A stretch of a route in one administrative unit, None where no unit covers it; chainage in metres."""

    unit: str | None
    start_m: float
    end_m: float


@cache
def metric(metric_crs: str) -> pyproj.Transformer:
    """The transformer from EPSG:4326 (longitude, latitude) to a metric CRS (easting, northing, metres).

    Takes the best operation PROJ knows, never a ballpark one: from WGS84 to VN-2000 that is EPSG:6960 reversed, 1 m.
    Without that datum step lines in Lạng Sơn come out some 220 m off.

    Raises
    ------
    RouteError
        The CRS is missing, unknown, geographic, or not in metres.
    """
    if not metric_crs or not metric_crs.strip():
        raise RouteError("crs_missing")
    set_network_enabled(False)
    try:
        crs = pyproj.CRS.from_user_input(metric_crs)
        if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info):
            raise RouteError("crs_not_metric", found=shown(metric_crs), name=shown(crs.name))
        return pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True, allow_ballpark=False, only_best=True)
    except (CRSError, ProjError):
        raise RouteError("crs_unknown", found=shown(metric_crs)) from None


def cut_by_units(alignment: Alignment, units: Mapping[str, BaseGeometry]) -> tuple[UnitPart, ...]:
    """The stretches of a route by the unit they lie in, in order, without gap or overlap.

    The line is cut wherever it meets a boundary, and each piece goes to the first unit that holds its middle: where
    two polygons overlap a little or leave a slit, the route still has each metre once. A unit met twice comes twice.

    Parameters
    ----------
    units : mapping of name to Polygon or MultiPolygon
        EPSG:4326.
    """
    parts: list[UnitPart] = []
    for (a, b), (from_m, to_m) in zip(pairwise(alignment.line.coords), pairwise(alignment.along_m), strict=True):
        leg = LineString([a, b])
        near = {name: area for name, area in units.items() if area.intersects(leg)}
        cuts = {0.0, 1.0}
        for area in near.values():
            met = shapely.get_coordinates(leg.intersection(area.boundary))
            cuts.update(leg.project(Point(position), normalized=True) for position in met)
        for low, high in pairwise(sorted(cuts)):
            middle = leg.interpolate((low + high) / 2, normalized=True)
            unit = next((name for name, area in near.items() if area.covers(middle)), None)
            ends = (alignment.chainage_at(from_m + share * (to_m - from_m)) for share in (low, high))
            parts.append(UnitPart(unit, *ends))
    return _joined(parts)


def round_parts(parts: Sequence[UnitPart], step_m: float = 500.0) -> tuple[UnitPart, ...]:
    """Stretches with their inner ends rounded to a step; the ends of the route stay.

    A stretch shorter than the step is within the rounding and goes to the one before it (the first, to the next).
    """
    long = [part for part in parts if part.end_m - part.start_m >= step_m]
    if not long:
        return tuple(parts)
    first, last = parts[0].start_m, parts[-1].end_m
    kept = _joined(
        [
            UnitPart(part.unit, part.start_m, after)
            for part, after in zip(long, [p.start_m for p in long[1:]] + [last], strict=True)
        ]
    )
    # Half a step rounds up, as every figure of the project does.
    inner = [math.floor(part.start_m / step_m + 0.5) * step_m for part in kept[1:]]
    ends = [first, *inner, last]
    return tuple(UnitPart(part.unit, low, high) for part, (low, high) in zip(kept, pairwise(ends), strict=True))


def measured(line: LineString, transformer: pyproj.Transformer) -> LineString:
    """A line of EPSG:4326 in the metric CRS."""
    return LineString(zip(*transformer.transform(*line.xy), strict=True))


def along_line(line: LineString) -> tuple[float, ...]:
    """Distance of every vertex from the first, in the units of the line's own CRS."""
    return tuple(accumulate((math.dist(a, b) for a, b in pairwise(line.coords)), initial=0.0))


def nearest(line: LineString, along_m: Sequence[float], point: Point) -> tuple[float, float]:
    """Distance along a line of its place nearest to a point, and how far off the point is; all in the metric CRS."""
    distance = float(line.project(point))
    # A point at a vertex must give that vertex exactly: Km80 is the end of the line, not a micron before it.
    vertex = min(along_m, key=lambda at: abs(at - distance))
    return vertex if abs(vertex - distance) < SAME_M else distance, float(line.distance(point))


def _piecewise(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """y at x, evenly between the knots and with slope 1 beyond them."""
    if x <= xs[0]:
        return ys[0] + (x - xs[0])
    if x >= xs[-1]:
        return ys[-1] + (x - xs[-1])
    index = bisect_right(xs, x)
    share = (x - xs[index - 1]) / (xs[index] - xs[index - 1])
    return ys[index - 1] + share * (ys[index] - ys[index - 1])


def _joined(parts: Sequence[UnitPart]) -> tuple[UnitPart, ...]:
    """Neighbouring stretches of one unit as one; what is shorter than a vertex is wide goes with its neighbour."""
    joined: list[UnitPart] = []
    for part in parts:
        if joined and (part.unit == joined[-1].unit or part.end_m - part.start_m < SAME_M):
            joined[-1] = UnitPart(joined[-1].unit, joined[-1].start_m, part.end_m)
        else:
            joined.append(part)
    return tuple(joined)


def _metres(chainage: Chainage | float) -> float:
    return float(chainage.m) if isinstance(chainage, Chainage) else float(chainage)


def spell(metres: float) -> Chainage | str:
    """To the metre, for a message; plain metres where no chainage is: a line may be drawn beyond the route's Km0."""
    try:
        return Chainage(Decimal(round(metres)))
    except QuantityError:
        return f"{round(metres)} m"
