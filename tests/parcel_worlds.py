"""Small worlds for the tests of the parcel kernel: routes, units and parcels of every awkward kind, from a number.

Coordinates of routes and parcels are whole multiples of 1/64 m, so that moving a world by whole metres moves each
vertex exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import geopandas
import numpy as np
import numpy.typing as npt
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from lsinfra.codes import Accuracy
from lsinfra.parcels.model import Line, Lines, Units

CRS = "EPSG:9215"
ORIGIN = np.array([440_000.0, 2_410_000.0])
SIZE_M = 3000.0
STAGES = (None, "inventoried", "approved", "paid", "handed_over", "handed_over", "handed_over", "clear")
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """Parcels as a register gives them, units and lines, and the day asked for."""

    parcels: geopandas.GeoDataFrame
    units: Units
    lines: Lines
    as_of: date | None


def world(seed: int) -> World:
    """A world of up to three projects of its own, with routes or without, and up to some tens of parcels."""
    rng = np.random.default_rng(seed)
    lines: list[Line] = []
    shapes: list[BaseGeometry] = []
    owners: list[str] = []
    for project in (f"cao-tốc-{seed}", f"ql4b-{seed}", f"đường-tỉnh-{seed}")[: rng.choice([1, 1, 2, 3])]:
        routes = _routes(rng, project)
        lines += routes
        found = [shape for line in routes for shape in (*_strip(rng, line), *_odd(rng, line))]
        found += [_blob(rng, rng.uniform(0, SIZE_M, 2)) for _ in range(rng.integers(1, 4))]
        found = [shape for shape in found if shape.is_valid and shape.area > 1]
        shapes += found
        owners += [project] * len(found)
    order = rng.permutation(len(shapes))
    stages = _stages(rng, len(shapes))
    days = [None if stage is None else date(2024, 6, 1) + timedelta(int(rng.integers(400))) for stage in stages]
    parcels = geopandas.GeoDataFrame(
        {
            "parcel_id": [f"thửa {place}" for place in order],
            "project": [owners[place] for place in order],
            "stage": [stages[place] for place in order],
            "stage_date": [days[place] for place in order],
        },
        geometry=[shapes[place] for place in order],
        crs=CRS,
    )
    return World(
        parcels, _units(rng, lines, shapes), Lines(tuple(lines), CRS), (None, date(2025, 1, 1))[rng.integers(2)]
    )


def exact(xy: Floats) -> Floats:
    """The nearest multiples of 1/64 m."""
    return np.round(np.asarray(xy) * 64) / 64


def _routes(rng: np.random.Generator, project: str) -> list[Line]:
    """None to three: those after the first anywhere, beside it within one right of way, or across it."""
    routes: list[Line] = []
    for number in range(rng.choice(4, p=[0.2, 0.45, 0.27, 0.08])):
        free = _free(rng) + ORIGIN + rng.uniform(-200, 200, 2) * number
        kind = rng.choice(["free", "beside", "across"]) if routes else "free"
        if kind == "beside":  # a service road; a ramp where it is cut short
            first = shapely.LineString(routes[0].xy)
            far = rng.choice([-1, 1]) * rng.uniform(8, 60)
            drawn = shapely.get_parts(first.offset_curve(far, join_style="mitre"))[0]
            low, high = np.sort(rng.uniform(-0.2, 1.2, 2)).clip(0, 1)
            side = substring(drawn, low, high, normalized=True)
            if side.length > 100:
                free = shapely.get_coordinates(side)[:: rng.choice([-1, 1])]
        elif kind == "across":
            spot = np.array(shapely.LineString(routes[0].xy).interpolate(rng.uniform(0.2, 0.8), normalized=True).coords)
            angle = rng.uniform(0, 2 * np.pi)
            free = spot + np.array([[-1], [1]]) * rng.uniform(200, 900) * np.array([np.cos(angle), np.sin(angle)])
        routes.append(_published(rng, project, number, exact(free)))
    return routes


def _free(rng: np.random.Generator) -> Floats:
    """A straight, winding or angular route, a hairpin, or a serpentine."""
    kind = rng.choice(["straight", "curved", "angular", "hairpin", "serpentine"])
    if kind == "straight":
        xy = rng.uniform(0, SIZE_M, (2, 2))
    elif kind == "curved":
        along = np.linspace(0, SIZE_M, rng.integers(20, 60))
        xy = np.column_stack([along, SIZE_M / 2 + rng.uniform(50, 500) * np.sin(along / rng.uniform(150, 600))])
    elif kind == "angular":
        along = np.sort(rng.uniform(0, SIZE_M, rng.integers(3, 9)))
        xy = np.column_stack([along, rng.uniform(1000, 2000, len(along))])
    elif kind == "serpentine":  # some legs beside each other
        apart, wide = rng.uniform(25, 120), rng.uniform(300, 900)
        turns = [(wide * ((number + 1) // 2 % 2), apart * (number // 2)) for number in range(2 * rng.integers(3, 6))]
        xy = np.array(turns) + rng.uniform(-4, 4, (len(turns), 2)) + rng.uniform(800, 1500, 2)
    else:  # out, round a bend of 20 to 150 m, and back
        radius, away = rng.uniform(20, 150), rng.uniform(500, 1500)
        turn = np.linspace(-np.pi / 2, np.pi / 2, 9)
        bend = np.column_stack([away + radius * np.cos(turn), radius * np.sin(turn)])
        xy = np.vstack([[[0, -radius]], bend, [[rng.uniform(0, away / 2), radius]]]) + rng.uniform(800, 1500, 2)
        if rng.random() < 0.5:  # as surveyed, with a vertex every few metres
            xy = shapely.get_coordinates(shapely.segmentize(shapely.LineString(xy), rng.uniform(5, 40)))
    angle = rng.uniform(0, 2 * np.pi)
    middle = np.array([SIZE_M, SIZE_M]) / 2
    turned: Floats = (xy - middle) @ [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]] + middle
    return turned


def _published(rng: np.random.Generator, project: str, number: int, xy: Floats) -> Line:
    """A route with its chainage counted in one of several ways, and a right of way or none."""
    length = float(shapely.LineString(xy).length)
    start = float(rng.integers(0, 5000))
    knots = [
        ((0.0, 0.0),),
        ((start, 0.0),),  # two routes of one project whose chainage overlaps
        ((start, length * 0.1), (start + 0.9 * length, length * 0.9)),
        ((start, 0.0), (start + length * 0.4, length / 3), (start + 1.1 * length, length)),
    ]
    accuracy: Accuracy = "schematic" if rng.random() < 0.1 else "survey"
    corridor = (None, 40.0, 60.0, 200.0)[rng.integers(4)]
    return Line(project, f"tuyến-{number}", xy, knots[rng.integers(4)], accuracy, corridor)


def _strip(rng: np.random.Generator, line: Line) -> list[BaseGeometry]:
    """Parcels along a route that share their edges: irregular quadrilaterals on both sides, or right across it."""
    drawn = shapely.LineString(line.xy)
    low, high = np.sort(rng.uniform(-100, drawn.length + 100, 2))
    ends = np.cumsum(np.r_[low, rng.uniform(15, 180, 7)])
    ends = ends[ends < high]
    wide = rng.uniform(10, 90)
    offsets = [[-wide, 0, wide], [-wide, wide], [-2 * wide, -wide / 8, wide / 8, wide], [wide / 2, 3 * wide]]
    across = np.array(offsets[rng.integers(4)])
    corners = np.array([_beside(drawn, at, across) for at in ends])
    if len(corners) < 2:
        return []
    corners = exact(corners + rng.uniform(-4, 4, corners.shape))
    found: list[BaseGeometry] = []
    for one, two in pairwise(corners):
        quads = [Polygon([a, b, c, d]) for (a, b), (d, c) in zip(pairwise(one), pairwise(two), strict=True)]
        chance = rng.random()
        if chance < 0.1:
            continue  # nobody knows of a parcel here
        if chance < 0.3 and len(quads) > 1 and all(quad.is_valid for quad in quads):
            found.append(MultiPolygon([quads[0], quads[-1]]) if quads[0].disjoint(quads[-1]) else quads[0])
        elif chance < 0.45 and quads[0].is_valid:
            middle = np.array(quads[0].exterior.coords)[:4]
            hole = exact(middle.mean(axis=0) + (middle - middle.mean(axis=0)) / 3)
            found.append(Polygon(middle, [hole]))
            found += quads[1:]
        else:
            found += quads
    return found


def _odd(rng: np.random.Generator, line: Line) -> list[BaseGeometry]:
    """An L beside a route with its body farther off, and a lot across whatever legs the route has there."""
    drawn = shapely.LineString(line.xy)
    found: list[BaseGeometry] = []
    if rng.random() < 0.4:
        at, wide, long = rng.uniform(0, drawn.length), rng.uniform(5, 30), rng.uniform(50, 600)
        low, deep, high = rng.choice([-1, 1]) * np.array([rng.uniform(-10, 15), rng.uniform(30, 150), 250])
        near, out = _beside(drawn, at, np.array([low, deep, high, 0])), _beside(drawn, at + 1, np.array([0]))
        along = (out[0] - near[3]) / np.hypot(*(out[0] - near[3]))
        foot, knee, top = near[:3]
        ell = [foot, foot + wide * along, knee + wide * along, knee + long * along, top + long * along, top]
        found.append(Polygon(exact(np.array(ell))))
    if rng.random() < 0.4:
        spot = np.array(drawn.interpolate(rng.uniform(0, drawn.length)).coords[0])
        wide, deep, angle = rng.uniform(10, 200), rng.uniform(10, 400), rng.uniform(0, np.pi)
        lot = np.array([[-wide, -deep], [wide, -deep], [wide, deep], [-wide, deep]]) / 2 + rng.uniform(-4, 4, (4, 2))
        found.append(Polygon(exact(spot + lot @ [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])))
    return found


def _beside(drawn: shapely.LineString, at: float, across: Floats) -> Floats:
    """Points at some distances to the left of a line, also of its straight continuation beyond the ends."""
    inner = min(max(at, 0.5), drawn.length - 0.5)
    before, after = (np.array(drawn.interpolate(inner + step).coords[0]) for step in (-0.5, 0.5))
    along = (after - before) / np.hypot(*(after - before))
    spot = (before + after) / 2 + along * (at - inner)
    return np.asarray(spot + across[:, None] * np.array([-along[1], along[0]]))


def _blob(rng: np.random.Generator, at: Floats) -> BaseGeometry:
    """A parcel with any number of corners anywhere, of 5 to 400 m."""
    turns = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 12)))
    away = rng.uniform(5, 400) * rng.uniform(0.3, 1, len(turns))
    return Polygon(exact(ORIGIN + at + np.column_stack([away * np.cos(turns), away * np.sin(turns)])))


def _stages(rng: np.random.Generator, count: int) -> list[str | None]:
    """In runs along the road, with some holdouts."""
    stages: list[str | None] = []
    while len(stages) < count:
        stage = STAGES[rng.integers(len(STAGES))]
        stages += [stage if rng.random() < 0.9 else "approved" for _ in range(rng.integers(1, 9))]
    return stages[:count]


def _units(rng: np.random.Generator, lines: list[Line], shapes: list[BaseGeometry]) -> Units:
    """The faces between wiggly borders, some along a route or a parcel; some are gone, in pieces, within another."""
    if rng.random() < 0.05:
        return Units((), (), CRS)
    low, high = rng.uniform(-200, 600, 2)
    frame = shapely.box(*(ORIGIN + low), *(ORIGIN + SIZE_M - high))
    borders: list[BaseGeometry] = [frame.exterior]
    for _ in range(rng.integers(1, 4)):
        along = np.linspace(-500, SIZE_M + 500, rng.integers(10, 80))
        wiggle = rng.uniform(0, SIZE_M) + np.cumsum(rng.uniform(-40, 40, len(along)))
        xy = np.column_stack([along, wiggle]) if rng.random() < 0.5 else np.column_stack([wiggle, along])
        borders.append(shapely.LineString(xy + ORIGIN))
    beside = [line for line in lines if rng.random() < 0.4]
    borders += [shapely.LineString(line.xy).offset_curve(rng.choice([0.0, 15.0, -70.0])) for line in beside]
    edges = [shape.exterior for shape in shapes if isinstance(shape, Polygon) and rng.random() < 0.05]
    borders += edges  # a border along the edges of parcels
    hole = shapely.Point(ORIGIN + SIZE_M / 2).buffer(rng.uniform(100, 400), quad_segs=4)
    borders.append(hole.exterior)
    cells = shapely.get_parts(shapely.polygonize([shapely.node(shapely.union_all(borders))]))
    faces = [face for face in cells if face.area > 1 and face.representative_point().within(frame)]
    kept = [face for face in faces if rng.random() < 0.85]
    names = [f"xã {rng.integers(1, 6)}" for _ in kept]
    return Units(tuple(names), tuple(shapely.to_wkb(face) for face in kept), CRS)
