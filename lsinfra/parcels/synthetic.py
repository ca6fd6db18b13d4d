"""Registers of parcels that do not exist, of any size, with their units and routes: for trials, tests and benches.

Everything follows from one seed, and a project from the seed and its own number: the first ten projects are the same
whether ten are made or ten thousand. What a project looks like (``--parcels 5000``):

- **Route**: a centre line of 60 km with 3,001 vertices, one every 20 m, curved like a road in the hills (bends of 10, 3
  and 1.2 km; no radius under 300 m), and a right of way of 60 m.
- **Parcels**: 5,000 quadrilaterals that fill the right of way on both sides of the centre line, of unlike widths and
  with crooked corners; a corner belongs to all parcels that meet there, so that they share their edges and neither
  overlap nor gape. Three stretches, 3 % of the road, are not in the register. More parcels are smaller ones in more
  rows; fewer make a shorter road, but not under 2.4 km, of which the rest is then without register.
- **Stages** in runs along the road of 40 parcels' widths on average, half of them handed over, with a few parcels
  (0.6 %) that hold out among them. A tenth of the runs has no stage. The dates of a run lie within three weeks. No
  parcel is at stage ``clear``.
- **Units**: five communes to a road, which fill a strip of land 60 km by 4 km without overlap, with wiggly borders of
  hundreds of vertices. One border runs along the road for 1.3 km, to and fro across it; some 2 % of the parcels lie on
  a border. Every tenth project has only four: the parcels of its eastern end are outside every unit.

The strips lie side by side in VN-2000 / UTM zone 48N, whose area of use is nearly all of Viet Nam; the country has room
for 2,800. Projects beyond that run along the roads of the first ones, with parcels of their own in the same communes.
"""

from __future__ import annotations

import errno
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from lsinfra import files
from lsinfra.codes import Stage
from lsinfra.errors import RunError, missing_package, why
from lsinfra.parcels import geoparquet
from lsinfra.parcels.geoparquet import Extent
from lsinfra.parcels.model import Floats

if TYPE_CHECKING:
    import pyarrow as pa

CRS = "EPSG:3405"
PARCELS = 5000
CORRIDOR_M = 60.0
_AT_ONCE = 500  # units and routes, of thousands of vertices each, that are written at a time
Form = Literal["parquet", "gpkg"]

_LENGTH_M, _SHORTEST_M, _VERTEX_M = 60_000.0, 2_400.0, 20.0
_BENDS = ((10_000.0, 0.35, 0.60), (3_000.0, 0.15, 0.30), (1_200.0, 0.08, 0.18))
"""Length of a bend (m), least and greatest turn from the mean heading (radians)."""
_WIDTH_M = 24.0  # of a parcel along the road; 30 m deep, that makes 5,000 on 60 km
_UNREGISTERED, _GAPS = 0.03, 3
_RUN, _HOLDOUT = 40, 0.006
_STAGES = (None, Stage.INVENTORIED, Stage.APPROVED, Stage.PAID, Stage.HANDED_OVER)
_OFTEN = (0.10, 0.12, 0.13, 0.15, 0.50)
_FIRST_DAY, _DAYS, _SCATTER = "2024-01-01", 700, 21
_LAND = ("LUC", "BHK", "CLN", "RSX", "ONT")  # codes of cadastral maps: rice, crops, trees, forest, housing
_LAND_OFTEN = (0.25, 0.20, 0.15, 0.30, 0.10)

_UNITS, _WITHOUT = 5, 10
_STRIP_M, _HEIGHT_M, _ROWS = 60_000.0, 4_000.0, 400
_COLUMNS = (3, 2, 4, 1, 5, 0, 6)  # from the middle of the zone outwards
_WEST_M, _NORTH_M = 500_000.0 - _STRIP_M * len(_COLUMNS) / 2, 2_500_000.0
_EDGE_STEPS, _EDGE_SWAY_M = 240, 120.0
_LEG_STEPS, _LEG_SWAY_M, _CLEAR_M = 120, 300.0, 60.0
_ALONG, _ALONG_LEAST_M, _ALONG_STEP_M, _ALONG_SWAY_M = 0.025, 100.0, 10.0, 45.0
_NOWHERE: Floats = np.empty((0, 2))
_ROAD, _EDGE, _BORDER, _LOTS = range(4)  # what a stream of random numbers is for


@dataclass(frozen=True)
class Written:
    """The files of a synthetic register."""

    register: Path
    units: Path
    routes: Path


def generate(
    folder: Path,
    projects: int,
    parcels: int = PARCELS,
    seed: int = 0,
    form: Form = "parquet",
    told: Callable[[int], object] | None = None,
) -> Written:
    """Write a synthetic register with its units and routes, project by project.

    Parameters
    ----------
    folder
        Made if it is not there; files of these names in it are never replaced.
    projects, parcels
        How many projects, up to 999,999, and how many parcels each of them has, up to 100,000: a project is held in
        memory at a time.
    form
        GeoParquet 1.1 or GeoPackage for the register; units and routes are GeoPackages. The same input gives the same
        bytes.
    told
        Called after each project with the number of those that are done.

    Returns
    -------
    Written
        ``register.parquet`` or ``register.gpkg``; ``units.gpkg`` (column ``unit``); ``routes.gpkg`` (columns
        ``project``, ``route``, ``accuracy``, ``corridor_m``); all in ``CRS``.

    Raises
    ------
    RunError
        A file of these names is there; no room, no right; pyarrow is not installed.
    """
    try:
        import pyarrow.parquet  # noqa: F401  (asked for before the first file is begun)
    except ImportError:
        raise missing_package("pyarrow") from None
    made = Written(folder / f"register.{form}", folder / "units.gpkg", folder / "routes.gpkg")
    there = [path.name for path in (made.register, made.units, made.routes) if path.exists()]
    if there:
        # What is made up must never take the place of what is true.
        raise RunError("made_up_over", folder=folder, files=", ".join(there))
    grounds = range(min(projects, len(_COLUMNS) * _ROWS))
    ground = (_unit_table(place, parcels, seed) for place in grounds)
    lines = (_route_table(project, parcels, seed) for project in range(projects))
    rows = _counted((lots(project, parcels, seed) for project in range(projects)), told)
    writers = {
        made.register: _parquet(rows) if form == "parquet" else _layer("register", "Polygon", rows),
        made.routes: _layer("routes", "LineString", lines, _AT_ONCE),
        made.units: _layer("units", "Polygon", ground, _AT_ONCE),
    }
    with _refusing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        # All take their places when all are written; the register last.
        with ExitStack() as stack:
            for path, write in writers.items():
                with _refusing(path):
                    write(stack.enter_context(files.replacing(path)))
    return made


# --- the road ------------------------------------------------------------------------------------------------------


def road(place: int, parcels: int = PARCELS, seed: int = 0) -> Floats:
    """The centre line on one of the strips of land: (vertices, 2), in ``CRS``, from west to east, to the millimetre."""
    chance = np.random.default_rng((seed, _ROAD, place))
    steps = round(min(_LENGTH_M, max(_SHORTEST_M, _LENGTH_M * parcels / PARCELS)) / _VERTEX_M)
    at = (np.arange(steps) + 0.5) * _VERTEX_M
    heading = np.zeros(steps)
    for wave, least, most in _BENDS:
        heading += chance.uniform(least, most) * np.sin(2 * np.pi * at / wave + chance.uniform(0, 2 * np.pi))
    xy = np.zeros((steps + 1, 2))
    xy[1:] = np.cumsum(_VERTEX_M * np.column_stack((np.cos(heading), np.sin(heading))), axis=0)
    west, north = _corner(place)
    middle = np.array((west + _STRIP_M / 2, north - _HEIGHT_M / 2))
    return _millimetres(xy - (xy.min(axis=0) + xy.max(axis=0)) / 2 + middle)


def _millimetres(metres: Floats) -> Floats:
    rounded: Floats = np.round(metres, 3)
    return rounded


def _corner(place: int) -> tuple[float, float]:
    """The north-western corner of a strip."""
    row, column = divmod(place, len(_COLUMNS))
    return _WEST_M + _STRIP_M * _COLUMNS[column], _NORTH_M - _HEIGHT_M * row


# --- the parcels ---------------------------------------------------------------------------------------------------


def lots(project: int, parcels: int = PARCELS, seed: int = 0) -> pa.Table:
    """The parcels of a project, from the start of its road to the end, as rows of a register.

    Parameters
    ----------
    project
        Its number, from 0.

    Returns
    -------
    Table
        ``parcel_id``, ``project``, ``stage``, ``stage_date``, ``households``, ``land_class``, ``geometry`` (WKB
        polygons in ``CRS``).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    chance = np.random.default_rng((seed, _LOTS, project))
    rows = 2 * max(1, round((parcels / PARCELS) ** 0.5))
    kept = _kept(chance, -(-parcels // rows))
    shapes = _quadrilaterals(chance, road(_place(project), parcels, seed), len(kept), rows)
    runs = np.cumsum(chance.random(len(kept)) < 1 / _RUN)
    stage = chance.choice(len(_STAGES), runs[-1] + 1, p=_OFTEN)[runs]
    since = chance.integers(0, _DAYS, runs[-1] + 1)[runs]
    shapes = shapes[kept].reshape(-1, 4, 2)[:parcels]
    stage, since = (np.repeat(of_run[kept], rows)[:parcels] for of_run in (stage, since))
    holding = (stage == len(_STAGES) - 1) & (chance.random(parcels) < _HOLDOUT)
    stage[holding] = chance.integers(1, len(_STAGES) - 1, np.count_nonzero(holding))
    day = np.datetime64(_FIRST_DAY) + since + chance.integers(0, _SCATTER, parcels)
    households = chance.choice(4, parcels, p=(0.5, 0.3, 0.15, 0.05))
    land = chance.choice(len(_LAND), parcels, p=_LAND_OFTEN)
    numbers = pc.cast(pa.array(np.arange(1, parcels + 1)), pa.string())
    return pa.table(
        {
            "parcel_id": pc.binary_join_element_wise(f"T{project + 1}-P", numbers, ""),
            "project": pa.repeat(_name(project), parcels),
            "stage": pa.array([stage and stage.value for stage in _STAGES]).take(pa.array(stage)),
            "stage_date": pa.array(day, mask=stage == 0),
            "households": pa.array(households, pa.int32()),
            "land_class": pa.array(_LAND).take(pa.array(land)),
            "geometry": _wkb(shapes),
        }
    )


def _name(project: int) -> str:
    return f"thu-{project + 1:06d}"


def _place(project: int) -> int:
    """The strip of land on which a project lies: the country is full once, then the second ones are laid."""
    return project % (len(_COLUMNS) * _ROWS)


def _kept(chance: np.random.Generator, wanted: int) -> npt.NDArray[np.bool_]:
    """Which columns of parcels across the road are in the register: so many, and some between that are not."""
    missing = round(wanted * _UNREGISTERED)
    kept = np.ones(wanted + missing, dtype=bool)
    starts = (np.arange(_GAPS) + chance.random(_GAPS) * 0.9) * wanted / _GAPS
    for gap, start in enumerate(starts.astype(int)):
        length = missing // _GAPS + (gap < missing % _GAPS)
        first = start + np.count_nonzero(~kept)
        kept[first : first + length] = False
    return kept


def _quadrilaterals(chance: np.random.Generator, line: Floats, columns: int, rows: int) -> Floats:
    """All corners of the parcels: (columns along the road, rows from right to left, 4, 2), counterclockwise.

    They are cut from a net of columns + 1 by rows + 1 knots, each a little out of its place; the outer ones stay inside
    the right of way even where a straight edge cuts the corner of a bend.
    """
    depth = CORRIDOR_M / rows
    widths = chance.uniform(0.55, 1.45, columns)
    reach = min((len(line) - 1) * _VERTEX_M, _WIDTH_M * columns)
    along = np.concatenate(([0.0], np.cumsum(widths))) * reach / widths.sum()
    along = np.repeat(along[:, None], rows + 1, axis=1)
    along[1:-1] += chance.uniform(-0.2, 0.2, (columns - 1, rows + 1)) * reach / columns
    aside = np.tile(np.linspace(-CORRIDOR_M / 2, CORRIDOR_M / 2, rows + 1), (columns + 1, 1))
    aside[:, 1:-1] += chance.uniform(-0.2, 0.2, (columns + 1, rows - 1)) * depth
    inwards = 0.4 + chance.uniform(0, 0.1, (columns + 1, 2)) * depth
    aside[:, 0] += inwards[:, 0]
    aside[:, -1] -= inwards[:, 1]
    at = np.arange(len(line)) * _VERTEX_M
    step = np.diff(line, axis=0)
    heading = np.interp(along, at[:-1] + _VERTEX_M / 2, np.arctan2(step[:, 1], step[:, 0]))
    east = np.interp(along, at, line[:, 0]) - aside * np.sin(heading)
    north = np.interp(along, at, line[:, 1]) + aside * np.cos(heading)
    knots = _millimetres(np.stack((east, north), axis=-1))
    return np.stack((knots[:-1, :-1], knots[1:, :-1], knots[1:, 1:], knots[:-1, 1:]), axis=2)


_POLYGON = np.dtype([("order", "u1"), ("kind", "<u4"), ("rings", "<u4"), ("points", "<u4"), ("xy", "<f8", (5, 2))])
"""A polygon of four corners as WKB."""


def _wkb(quadrilaterals: Floats) -> pa.Array:
    import pyarrow as pa

    count = len(quadrilaterals)
    rows = np.zeros(count, dtype=_POLYGON)
    rows["order"], rows["kind"], rows["rings"], rows["points"] = 1, 3, 1, 5
    rows["xy"][:, :4], rows["xy"][:, 4] = quadrilaterals, quadrilaterals[:, 0]
    ends = np.arange(count + 1, dtype=np.int32) * _POLYGON.itemsize
    return pa.Array.from_buffers(pa.binary(), count, [None, pa.py_buffer(ends), pa.py_buffer(rows)])


def _bounds(shapes: pa.ChunkedArray) -> Floats:
    """West, south, east and north of each of the polygons that ``_wkb`` has written: (4, n)."""
    corners = np.concatenate([np.frombuffer(part.buffers()[2], _POLYGON)["xy"] for part in shapes.chunks])
    return np.hstack((corners.min(axis=1), corners.max(axis=1))).T


# --- the communes --------------------------------------------------------------------------------------------------


def units(place: int, parcels: int = PARCELS, seed: int = 0) -> list[tuple[str, shapely.Polygon]]:
    """The communes of a strip of land, from west to east: name and shape, without overlap, in ``CRS``."""
    line = road(place, parcels, seed)
    northern, southern = (_edge(place, lower, seed) for lower in (False, True))
    chance = np.random.default_rng((seed, _BORDER, place))
    last = len(northern) - 1
    west, east = line[0, 0], line[-1, 0]
    lower, upper, borders = [0], [0], [_NOWHERE]
    for number in range(1, _UNITS):
        at = west + (east - west) * number / _UNITS
        # One border follows the road; the others cross it aslant.
        length = max(_ALONG_LEAST_M, (east - west) * _ALONG) if number == _UNITS // 2 else chance.uniform(30, 100)
        sway = min(_LEG_SWAY_M, (east - west) / _UNITS * 0.15)
        nodes = [round((x - northern[0, 0]) / _STRIP_M * last) for x in (at, at + length)]
        south = _leg(chance, southern[nodes[0]], at, -_CLEAR_M, line, sway)
        north = _leg(chance, northern[nodes[1]], at + length, _CLEAR_M, line, sway)
        along = _along(chance, at, at + length, line)
        lower.append(nodes[0])
        upper.append(nodes[1])
        borders.append(_millimetres(np.vstack((south, along, north[::-1]))))
    lower.append(last)
    upper.append(last)
    borders.append(_NOWHERE)
    found = []
    for number in range(_UNITS - (place % _WITHOUT == _WITHOUT - 1)):
        south = southern[lower[number] : lower[number + 1] + 1]
        north = northern[upper[number] : upper[number + 1] + 1]
        ring = np.vstack((south, borders[number + 1], north[::-1], borders[number][::-1]))
        found.append((f"Xã Thử {place + 1}-{number + 1}", shapely.Polygon(ring)))
    return found


def _edge(place: int, lower: bool, seed: int) -> Floats:
    """The northern or southern edge of a strip, from west to east; the strip beyond has the same."""
    row, column = divmod(place, len(_COLUMNS))
    west, north = _corner(place)
    y = (
        north
        - _HEIGHT_M * lower
        + _EDGE_SWAY_M * _wiggle(np.random.default_rng((seed, _EDGE, row + lower, column)), _EDGE_STEPS)
    )
    return _millimetres(np.column_stack((np.linspace(west, west + _STRIP_M, _EDGE_STEPS + 1), y)))


def _leg(chance: np.random.Generator, start: Floats, x: float, aside_m: float, line: Floats, sway_m: float) -> Floats:
    """A border from an edge of the strip (left out) to a place north or south of the road."""
    way = np.linspace(0, 1, _LEG_STEPS + 1)
    east = start[0] + (x - start[0]) * way + sway_m * _wiggle(chance, _LEG_STEPS)
    # Towards the road as it lies there: in a land stretched so that the road is straight the way never turns back.
    road_y = np.interp(east, line[:, 0], line[:, 1]) + aside_m
    return np.column_stack((east, start[1] + (road_y - start[1]) * way))[1:]


def _along(chance: np.random.Generator, start: float, end: float, line: Floats) -> Floats:
    """A border that follows the road from one easting to another, to and fro across it."""
    steps = max(2, round((end - start) / _ALONG_STEP_M))
    east = np.linspace(start, end, steps + 1)
    aside = _ALONG_SWAY_M * _wiggle(chance, steps, slowest=4)
    return np.column_stack((east, np.interp(east, line[:, 0], line[:, 1]) + aside))


def _wiggle(chance: np.random.Generator, steps: int, slowest: int = 1) -> Floats:
    """A wandering line of steps + 1 values between -1 and 1, 0 at both ends."""
    waves = np.arange(slowest, slowest + 60)
    swings = chance.standard_normal(len(waves)) / waves
    wandering: Floats = np.sin(np.pi * np.outer(np.linspace(0, 1, steps + 1), waves)) @ swings
    wandering[[0, -1]] = 0
    greatest: float = np.abs(wandering).max()
    return wandering / greatest


# --- the files -----------------------------------------------------------------------------------------------------


def _unit_table(place: int, parcels: int, seed: int) -> pa.Table:
    import pyarrow as pa

    names, shapes = zip(*units(place, parcels, seed), strict=True)
    return pa.table({"unit": names, "geometry": [shape.wkb for shape in shapes]})


def _route_table(project: int, parcels: int, seed: int) -> pa.Table:
    import pyarrow as pa

    line = shapely.LineString(road(_place(project), parcels, seed))
    return pa.table(
        {
            "project": [_name(project)],
            "route": [_name(project)],
            "accuracy": ["survey"],
            "corridor_m": [CORRIDOR_M],
            "geometry": [line.wkb],
        }
    )


def _counted(tables: Iterable[pa.Table], told: Callable[[int], object] | None) -> Iterator[pa.Table]:
    for done, table in enumerate(tables, start=1):
        yield table
        if told is not None:
            told(done)


def _parquet(tables: Iterable[pa.Table]) -> Callable[[Path], object]:
    rows = iter(tables)
    first = next(rows)
    extent = Extent()

    def seen() -> Iterator[pa.Table]:
        for table in chain([first], rows):
            extent.see(_bounds(table["geometry"]), ("Polygon",))
            yield table

    return lambda path: geoparquet.write(path, first.schema, seen(), CRS, extent)


def _layer(
    name: str, kind: str, tables: Iterable[pa.Table], rows: int = geoparquet.ROW_GROUP
) -> Callable[[Path], object]:
    """A GeoPackage with one layer, written so many rows at a time."""

    def write(path: Path) -> None:
        with _gdal_dated(), warnings.catch_warnings():
            # Until it is whole the file has another name.
            warnings.filterwarnings("ignore", ".*(extension should be|non conformant file extension)", RuntimeWarning)
            for number, table in enumerate(geoparquet.grouped(tables, rows)):
                pyogrio.write_arrow(
                    table,
                    path,
                    layer=name,
                    driver="GPKG",
                    geometry_name="geometry",
                    geometry_type=kind,
                    crs=CRS,
                    append=number > 0,
                )

    return write


# What SQLite says by the way of GDAL where other files say a number.
_SQLITE = {"disk is full": errno.ENOSPC, "disk I/O error": errno.EIO, "readonly database": errno.EROFS}


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError("unwritable", path=error.filename2 or path, reason=why(error)) from None
    except (DataSourceError, DataLayerError) as error:
        known = next((number for words, number in _SQLITE.items() if words in str(error)), None)
        raise RunError("unwritable", path=path, reason=error if known is None else why(OSError(known, ""))) from None


@contextmanager
def _gdal_dated() -> Iterator[None]:
    """GDAL told what time it is, so that the same input gives the same bytes."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{_FIRST_DAY}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
