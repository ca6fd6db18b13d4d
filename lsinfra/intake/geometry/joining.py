"""The parts of one route → one line: end joined to end, repeated parts once, gaps and forks refused with their place.

Everything here is in the metric CRS, in metres.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyproj
import shapely
from shapely import LineString, Point
from shapely.ops import substring

from lsinfra.intake.geometry.drawing import GeoImportError, Size
from lsinfra.numerals import shown
from lsinfra.text import Lang

TOLERANCE_M = 1.0
"""Ends this near to each other are one point: more than rounding makes, less than any gap between two roads."""
MAX_TOLERANCE_M = 200.0
MAX_PARTS = 2_000
"""Lines one route may come in; a file of more is a whole network, of which layers or a ref must be chosen."""
MAX_LENGTH_M = 5_000_000.0
"""Length of all lines of one route together; no road of the country is half as long."""
_SAME_M = 0.01
# A way gone twice: within half the width of a road of itself, though not just about the bend where it turns.
_PACE_M = 10.0
_BESIDE_M = 2.0
_FAR_M = 30.0
_DOUBLED_M = 100.0
_AT_ONCE = 16  # paces searched for together; of a line all in one place, each has all others beside it
_SAID = 6  # gaps or forks that a sentence names


@dataclass(frozen=True, slots=True)
class Joined:
    """One line (metric CRS), how many parts it is of, how many were dropped, and the gaps bridged: where, how wide.

    ``doubled_m`` is how much of the way it goes twice, first at ``doubled_at``, but for some metres about the bend
    where it turns; 0 where it nowhere does.
    """

    line: LineString
    parts: int
    dropped: int
    bridged: tuple[tuple[Point, float], ...]
    crosses: Point | None
    doubled_m: float
    doubled_at: Point


@dataclass(frozen=True, slots=True)
class _Gap:
    start: str
    end: str
    width_m: float


@dataclass(frozen=True, slots=True)
class _Gaps:
    """Gaps said one after another, each with both its ends and its width."""

    gaps: tuple[_Gap, ...]

    def write(self, lang: Lang) -> str:
        widths = (Size(gap.width_m, 1 if gap.width_m < 100 else 0).write(lang) for gap in self.gaps)
        return "; ".join(f"{gap.start} → {gap.end} ({m} m)" for gap, m in zip(self.gaps, widths, strict=True))


def join(parts: Sequence[LineString], back: pyproj.Transformer, file: str, tolerance_m: float = TOLERANCE_M) -> Joined:
    """One line of the parts of a route.

    Parameters
    ----------
    parts : sequence of LineString
        Metric CRS, in any order and direction.
    back : Transformer
        From the metric CRS to longitude and latitude, for what is said.
    tolerance_m : float
        Ends no farther apart than this are joined; each gap wider than 1 cm so bridged is told.

    Raises
    ------
    GeoImportError
        ``gaps``, ``forks`` or ``loop``, with coordinates and distances; a tolerance that is none.
    """
    if not 0 <= tolerance_m <= MAX_TOLERANCE_M:
        raise GeoImportError("bad_tolerance", found=f"{tolerance_m:g}", limit=f"{MAX_TOLERANCE_M:g}")
    if len(parts) > MAX_PARTS:
        raise GeoImportError("too_many_parts", file=shown(file), found=len(parts), limit=MAX_PARTS)
    if (length := sum(part.length for part in parts)) > MAX_LENGTH_M:
        raise GeoImportError("too_long", file=shown(file), km=Size(length / 1000), limit=Size(MAX_LENGTH_M / 1000))
    kept = _distinct([shapely.remove_repeated_points(part, _SAME_M / 10) for part in parts])
    kept = [part for part in kept if part.length > _SAME_M]
    if not kept:
        raise GeoImportError("nothing", file=shown(file))
    ends = [Point(at) for part in kept for at in (part.coords[0], part.coords[-1])]
    node = _clusters(ends, tolerance_m)
    long = [
        at for at, part in enumerate(kept) if node[2 * at] != node[2 * at + 1] or part.length > 2 * tolerance_m
    ] or list(range(len(kept)))
    met: dict[int, list[int]] = defaultdict(list)
    for at in long:
        met[node[2 * at]].append(at)
        met[node[2 * at + 1]].append(at)

    first: dict[int, Point] = {}
    for number, end in zip(node, ends, strict=True):
        first.setdefault(number, end)
    spot = first.__getitem__

    values = {"file": shown(file), "parts": len(long)}
    forks = [spot(number) for number, parts_there in met.items() if len(parts_there) > 2]
    loose = [number for number, parts_there in met.items() if len(parts_there) == 1]
    forks += _on_the_way([spot(number) for number in loose], [kept[at] for at in long], tolerance_m)
    if forks:
        raise GeoImportError("forks", **values, count=len(forks), at="; ".join(_said(p, back) for p in forks[:_SAID]))
    groups = _groups(long, node)
    if len(groups) == 1 and not loose:
        raise GeoImportError("loop", **values, at=_said(spot(node[2 * long[0]]), back))
    if len(groups) > 1:
        raise GeoImportError("gaps", **values, pieces=len(groups), at=_gaps(groups, met, spot, back))
    line, bridged = _walk(long, kept, node, met, loose[0])
    crosses = None if line.is_simple else _crossing(line)
    return Joined(line, len(long), len(parts) - len(long), tuple(bridged), crosses, *_doubled(line))


def _distinct(parts: Sequence[LineString]) -> list[LineString]:
    """Each part once, also where it comes again in the other direction, or as a piece of a longer one."""
    longest = sorted(parts, key=lambda one: -one.length)
    tree = shapely.STRtree(longest)
    kept: set[int] = set()
    for at, part in enumerate(longest):
        near = [longest[other] for other in tree.query(part, predicate="dwithin", distance=_SAME_M) if other in kept]
        if not any(shapely.hausdorff_distance(part, _stretch(part, other)) <= _SAME_M for other in near):
            kept.add(at)
    return [longest[at] for at in sorted(kept)]


def _stretch(part: LineString, other: LineString) -> LineString:
    """What of another line lies between the ends of this one."""
    low, high = sorted(other.project(Point(at)) for at in (part.coords[0], part.coords[-1]))
    if part.is_closed or other.is_closed:
        return other
    return LineString(substring(other, low, high).coords) if high > low else other


def _clusters(ends: Sequence[Point], tolerance_m: float) -> list[int]:
    """The number of the node each end belongs to: ends within the tolerance are one node."""
    node = list(range(len(ends)))

    def top(at: int) -> int:
        while node[at] != at:
            node[at] = node[node[at]]
            at = node[at]
        return at

    tree = shapely.STRtree(ends)
    for a, b in zip(*tree.query(ends, predicate="dwithin", distance=max(tolerance_m, _SAME_M)), strict=True):
        node[top(int(a))] = top(int(b))
    return [top(at) for at in range(len(ends))]


def _on_the_way(loose: Sequence[Point], lines: Sequence[LineString], tolerance_m: float) -> list[Point]:
    """Loose ends that lie on the middle of a line: a branch, though no vertex is shared."""
    found = []
    tree = shapely.STRtree(lines)
    for end in loose:
        for number in tree.query(end, predicate="dwithin", distance=max(tolerance_m, _SAME_M)):
            line = lines[number]
            if tolerance_m + _SAME_M < line.project(end) < line.length - tolerance_m - _SAME_M:
                found.append(end)
                break
    return found


def _groups(long: Sequence[int], node: Sequence[int]) -> list[set[int]]:
    """Parts that hang together, as sets of their nodes."""
    groups: list[set[int]] = []
    for at in long:
        mine = {node[2 * at], node[2 * at + 1]}
        for group in [group for group in groups if group & mine]:
            mine |= group
            groups.remove(group)
        groups.append(mine)
    return groups


def _gaps(
    groups: list[set[int]], met: dict[int, list[int]], spot: Callable[[int], Point], back: pyproj.Transformer
) -> _Gaps:
    """The narrowest ways from piece to piece: where each begins and ends, and how wide it is."""
    loose = [[number for number in group if len(met[number]) == 1] or list(group) for group in groups]
    ways: list[_Gap] = []
    reached, left = [0], list(range(1, len(groups)))
    while left and len(ways) < _SAID:
        pairs = (
            (spot(a).distance(spot(b)), a, b, other) for one in reached for other in left for a in loose[one]
            for b in loose[other]
        )  # fmt: skip
        width, a, b, other = min(pairs)
        ways.append(_Gap(_said(spot(a), back), _said(spot(b), back), width))
        reached.append(other)
        left.remove(other)
    return _Gaps(tuple(ways))


def _walk(
    long: Sequence[int], kept: Sequence[LineString], node: Sequence[int], met: dict[int, list[int]], start: int
) -> tuple[LineString, list[tuple[Point, float]]]:
    left = set(long)
    coords: list[tuple[float, float]] = []
    bridged = []
    here = start
    while left:
        at = next(part for part in met[here] if part in left)
        left.remove(at)
        forward = node[2 * at] == here
        piece = [(x, y) for x, y in (kept[at].coords if forward else kept[at].coords[::-1])]
        if coords:
            width = math.dist(coords[-1], piece[0])
            if width > _SAME_M:
                bridged.append((Point(coords[-1]), width))
            else:
                piece = piece[1:]
        coords += piece
        here = node[2 * at + 1] if forward else node[2 * at]
    return LineString(coords), bridged


def _crossing(line: LineString) -> Point:
    """The first place where a line meets itself."""
    legs = [LineString(pair) for pair in pairwise(line.coords)]
    tree = shapely.STRtree(legs)
    for at, leg in enumerate(legs):
        for other in sorted(int(number) for number in tree.query(leg, predicate="intersects")):
            if other > at + 1:
                return shapely.point_on_surface(leg.intersection(legs[other]))
    return Point(line.coords[0])


def _doubled(line: LineString) -> tuple[float, Point]:
    """How much of its way a line goes a second time (m), and where first: bends and crossings are no way gone twice."""
    at = shapely.get_coordinates(line)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(at, axis=0).T))])
    spots = np.linspace(0.0, line.length, max(2, math.ceil(line.length / _PACE_M) + 1))
    path = np.column_stack([np.interp(spots, along, at[:, axis]) for axis in (0, 1)])
    paces = np.asarray(shapely.linestrings(np.stack([path[:-1], path[1:]], axis=1)))
    middles = np.asarray(shapely.points((path[:-1] + path[1:]) / 2))
    tree = shapely.STRtree(paces)
    again: list[int] = []
    for start in range(0, len(paces), _AT_ONCE):
        pace, other = tree.query(middles[start : start + _AT_ONCE], predicate="dwithin", distance=_BESIDE_M)
        pace += start
        again += np.unique(pace[pace - other > _FAR_M / _PACE_M]).tolist()
    doubled_m = len(again) * line.length / len(paces)
    if doubled_m < _DOUBLED_M:
        return 0.0, Point(at[0])
    return doubled_m, Point(middles[again[0]])


def _said(point: Point, back: pyproj.Transformer) -> str:
    lon, lat = back.transform(point.x, point.y)
    return f"{lon:.5f}, {lat:.5f}"
