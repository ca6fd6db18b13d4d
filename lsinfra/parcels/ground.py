"""Administrative units and routes from a file, or from the book, as the kernel takes them.

A file is anything GDAL reads, or GeoParquet; its columns are found by name (``UNIT_NAMES``, ``ROUTE_NAMES``), whatever
their case and accents. All is brought into the metric CRS the caller names, with the datum step and never through the
network.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from lsinfra.alignments import ACCURACIES, SAME_M, along_line, measured, metric, nearest, spell
from lsinfra.codes import Level
from lsinfra.errors import QuantityError
from lsinfra.geojson import EAST, NORTH, SOUTH, WEST
from lsinfra.numerals import shown
from lsinfra.parcels.mapfile import AREAS, LINES, Faults, Table, as_text, open_table, polygonal
from lsinfra.parcels.metric import GroundError, move
from lsinfra.parcels.model import Floats, Line, Lines, Units
from lsinfra.phrases import Numeral
from lsinfra.quantities import read_chainage
from lsinfra.units import areas

if TYPE_CHECKING:
    from lsinfra.portfolio import Portfolio

UNIT_NAMES: Mapping[str, tuple[str, ...]] = {
    "unit": ("unit", "name", "ten", "tenxa", "tenphuong", "tendvhc", "tenhuyen", "tentinh"),
    "code": ("code", "ma", "maxa", "madvhc", "mahuyen", "matinh"),
    "level": ("level", "cap"),
    "valid_from": ("validfrom",),
    "valid_until": ("validuntil",),
}
"""What a column of a file of units may be called, the first that is there being taken: its letters and digits."""
ROUTE_NAMES: Mapping[str, tuple[str, ...]] = {
    "project": ("project", "projectid", "duan", "maduan"),
    "route": ("route", "routeid", "tuyen", "matuyen"),
    "accuracy": ("accuracy", "dochinhxac"),
    "uncertainty_m": ("uncertaintym",),
    "corridor_m": ("corridorm", "hanhlangm"),
    "start": ("start", "lytrinhdau"),
    "calibration": ("calibration",),
    "border": ("border",),
}
"""The same for a file of routes."""
OVERLAP = 1e-6
"""Of the smaller of two units, how much may also lie in the other: more would count its parcels twice."""
_NEAR_M = 100.0  # how far from a line its own calibration point may lie, as in geodata/


def units_from(file: Path, crs: str, on: date | None = None) -> Units:
    """The administrative units of a file.

    Parameters
    ----------
    file : Path
        A row a unit, Polygon or MultiPolygon; columns as ``UNIT_NAMES``. A file of ``geodata/`` is one as well. Where
        it says of which level its units are, the smallest that is there is taken: a commune before its district.
    crs : str
        Metric CRS in which the parcels are measured.
    on : date, optional
        Units that had ended by then, or had not begun, are left out; None for all.

    Raises
    ------
    GroundError
        The file cannot be read, has no CRS, no column of names; ``crs`` is unfit.
    InputError
        Units without a name or an area, with flaws, or that lie over one another by more than ``OVERLAP``.

    Notes
    -----
    Rows of one name and one code are the pieces of one unit; of several codes, several units. Without codes they are
    taken for one, in doubt where they do not touch each other (``Units.doubtful``).
    """
    table = open_table(file, crs, AREAS, UNIT_NAMES, ("unit",))
    names, levels = table.texts("unit"), table.texts("level")
    rows = [row for row in table.rows if on is None or table.valid(row, on)]
    if not rows:
        raise GroundError("nothing", file=table.where, wanted=" / ".join(AREAS))
    if levels and set(filter(None, levels)) <= set(Level):
        # A row without a level among those with one is no unit (a place, the border).
        level = next((one for one in reversed(Level) if any(levels[row] == one for row in rows)), None)
        rows = [row for row in rows if levels[row] == level]
    faults = Faults(table.where)
    for row in rows:
        if names[row] is None:
            faults.add(row, "ground.no_unit")
    shapes = table.areas(rows, faults)
    faults.refuse()
    return _units(
        [(str(names[row]), code, shapes[row]) for row, code in zip(rows, table.some("code", rows), strict=True)],
        crs,
        table.where,
    )


def units_of(portfolio: Portfolio, crs: str, on: date | None, level: str | None = None) -> Units:
    """The administrative units of the book that exist on a day; none where ``geodata/`` holds no boundaries.

    Parameters
    ----------
    on : date or None
        None for all there ever were, which is refused where those of two times lie over one another.
    level : str, optional
        ``commune``, ``district`` or ``province``; None for the smallest of which there are any on that day.

    Raises
    ------
    GroundError
        ``crs`` is unfit.
    InputError
        The units lie over one another by more than ``OVERLAP``.
    """
    transformer = metric(crs)
    wanted = reversed(Level) if level is None else (Level(level),)
    found = next(filter(None, (areas(portfolio.routes, one, on) for one in wanted)), {})
    shapes = move(np.array(list(found.values()), dtype=object), transformer)
    return _units([(name, None, area) for name, area in zip(found, shapes, strict=True)], crs, "geodata")


def lines_from(file: Path, crs: str, book: Callable[[], Portfolio | None] | None = None) -> Lines:
    """The routes of a file.

    Parameters
    ----------
    file : Path
        LineString or MultiLineString; columns as ``ROUTE_NAMES``, of which ``project`` or ``route`` must be there.
        Rows of one route are its parts and must touch. A file of ``geodata/`` is one as well: ``start`` and
        ``calibration`` are written as there, a survey goes before a schematic line. Without ``accuracy`` it is
        taken for a survey (``Line.accuracy_said``); the border is no route, nor is a row that is no line.
    book : callable, optional
        Gives the book (None: there is none), which knows whose a route is that comes without a project; otherwise the
        route's id is the project's. Asked only where there is such a route.

    Raises
    ------
    GroundError
        The file cannot be read, has no CRS, no such column; ``crs`` is unfit.
    InputError
        Lines that name neither project nor route, parts that leave gaps or fork, a closed line, numbers that are none,
        a calibration that does not rise along the line.
    """
    table = open_table(file, crs, LINES, ROUTE_NAMES, ("project", "route"))
    faults = Faults(table.where)
    of_rows: dict[tuple[int, ...], list[tuple[str, str]]] = defaultdict(list)
    for key, some in _grouped(table, book, faults).items():
        of_rows[tuple(some)].append(key)
    lines = []
    for rows, keys in of_rows.items():  # a route of two projects is looked at once
        if line := _line(table, rows, faults):
            lines += [Line(project, route, *line) for project, route in keys]
    faults.refuse()
    if not lines:
        raise GroundError("nothing", file=table.where, wanted=" / ".join(LINES))
    return Lines(tuple(sorted(lines, key=lambda line: (line.project, line.route))), crs)


def lines_of(portfolio: Portfolio, crs: str) -> Lines:
    """The routes of the book's projects, as drawn in ``geodata/``; a route of two projects is there for each.

    Raises
    ------
    GroundError
        ``crs`` is unfit.
    InputError
        A line is closed.
    """
    transformer = metric(crs)
    drawn = portfolio.routes.alignments
    faults = Faults("geodata")
    lines = []
    for project in portfolio.records.projects:
        for route in dict.fromkeys(project.routes):
            if alignment := drawn.get(route):
                line = measured(alignment.line, transformer)
                if closed(line):
                    lon, lat = alignment.line.coords[0][:2]
                    faults.add(shown(route), "ground.closed", at=f"{lon:.5f}, {lat:.5f}")
                    continue
                # The book measured the way to its calibration points in its own metric CRS.
                chainages, drawn_m = zip(*alignment.calibration, strict=True)
                here = np.interp(drawn_m, alignment.along_m, along_line(line)).tolist()
                knots = tuple(zip(chainages, here, strict=True))
                xy = shapely.get_coordinates(shapely.remove_repeated_points(line))
                lines.append(Line(project.id, route, xy, knots, alignment.accuracy))
    faults.refuse()
    return Lines(tuple(sorted(lines, key=lambda line: (line.project, line.route))), crs)


def _units(found: Sequence[tuple[str, str | None, BaseGeometry]], crs: str, where: str) -> Units:
    """Units side by side: what two of them both claim is refused, but for slips of the pen, which the first keeps."""
    codes = defaultdict(set)
    for name, code, _ in found:
        codes[name].add(code)
    # The four communes Hòa Bình of 2024 are four units, each named with its code.
    names = [f"{name} ({code})" if len(codes[name]) > 1 and code else name for name, code, _ in found]
    shapes = np.array([shape for *_, shape in found], dtype=object)
    faults = Faults(where)
    for one, two in [] if shapely.coverage_is_valid(shapes) else _over(shapes):
        both = shapely.intersection(shapes[one], shapes[two]).area
        if both > OVERLAP * min(shapes[one].area, shapes[two].area):
            values = {
                "first": shown(names[one]),
                "second": shown(names[two]),
                "ha": Numeral(Fraction(both) / 10_000, 4),
            }
            faults.add("", "ground.overlap", **values)
        elif both > 0:
            shapes[two] = polygonal(shapely.difference(shapes[two], shapes[one]))
    faults.refuse()
    rows: dict[str, list[int]] = defaultdict(list)
    for row, (name, (_, code, _)) in enumerate(zip(names, found, strict=True)):
        if code is None:
            rows[name].append(row)
    doubtful = tuple(sorted(name for name, some in rows.items() if not _touching(shapes[some])))
    return Units(tuple(names), tuple(shapely.to_wkb(shapes).tolist()), crs, doubtful)


def _touching(shapes: npt.NDArray[Any]) -> bool:
    """Whether one can go from each area to each other without leaving them."""
    if len(shapes) == 1:
        return True
    one, two = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=SAME_M)
    reached, more = np.zeros(len(shapes), dtype=bool), np.array([0])
    while len(more):
        reached[more] = True
        beside = two[reached[one]]
        more = np.unique(beside[~reached[beside]])
    return bool(reached.all())


def _over(shapes: npt.NDArray[Any]) -> list[tuple[int, int]]:
    """The pairs of areas that have land in common, by place."""
    one, two = shapely.STRtree(shapes).query(shapes)
    one, two = one[one < two], two[one < two]
    shapely.prepare(shapes)
    met = shapely.relate_pattern(shapes[one], shapes[two], "T********")
    return sorted(zip(one[met].tolist(), two[met].tolist(), strict=True))


def _grouped(
    table: Table, book: Callable[[], Portfolio | None] | None, faults: Faults
) -> dict[tuple[str, str], list[int]]:
    """The rows of each route of each project, an id being made up for a line that names its project alone."""
    projects, routes = table.some("project", table.rows), table.some("route", table.rows)
    owners: dict[str, list[str]] = defaultdict(list)
    if book and any(route and not project for project, route in zip(projects, routes, strict=True)):
        found = book()
        for recorded in found.records.projects if found else ():
            for name in dict.fromkeys(recorded.routes):
                owners[name].append(recorded.id)
    alone = Counter(project for project, route in zip(projects, routes, strict=True) if project and not route)
    nth: Counter[str] = Counter()
    named: dict[tuple[str, str], list[int]] = defaultdict(list)
    made: dict[tuple[str, str], int] = {}
    nameless = []
    for row, (project, route) in enumerate(zip(projects, routes, strict=True)):
        if route:
            # Whose it is must be known before its parts are put together: one may name its project, another not.
            for owner in [project] if project else owners.get(route, [route]):
                named[owner, route].append(row)
        elif project:  # several lines of a project without ids of their own are several routes
            nth[project] += 1
            made[project, project if alone[project] == 1 else f"{project}-{nth[project]}"] = row
        elif _is_line(table.shapes[row]) and not table.value("border", row):
            nameless.append(row)
    if named or made:
        for row in nameless:
            faults.add(row, "ground.no_route")
    for (project, route), row in made.items():
        if (project, route) in named:
            faults.add(row, "ground.same_route", project=shown(project), route=shown(route))
    return named | {key: [row] for key, row in made.items() if key not in named}


def _is_line(shape: BaseGeometry | None) -> bool:
    return shape is not None and shape.geom_type in LINES


def _line(
    table: Table, rows: Sequence[int], faults: Faults
) -> tuple[Floats, tuple[tuple[float, float], ...], Any, float | None, bool] | None:
    """One route of its rows, as ``Line`` has it from its vertices on; None with a fault."""
    unsaid = {row for row in rows if as_text(table.value("accuracy", row)) is None}
    said = {row: "survey" if row in unsaid else as_text(table.value("accuracy", row)) for row in rows}
    for row in [row for row in rows if said[row] not in ACCURACIES]:
        faults.add(row, "ground.bad_accuracy", found=shown(str(said[row])))
        return None
    surveyed = [row for row in rows if said[row] == "survey"]
    # What a survey leaves out is taken from the sketch that it replaces, as in geodata/.
    chosen, older = surveyed or rows, [row for row in rows if row not in surveyed]
    for row in chosen:
        shape = table.shapes[row]
        if shape is None or shape.is_empty or shape.length == 0:
            faults.add(row, "geo.no_geometry", wanted=" / ".join(LINES))
            return None
        if shape.geom_type not in LINES:
            faults.add(row, "geo.wrong_type", found=shape.geom_type, wanted=" / ".join(LINES))
            return None
    corridor = _corridor(table, chosen, faults)
    line = _joined(table, chosen, faults)
    if line is None or math.isnan(corridor or 0.0):
        return None
    knots = _knots(table, chosen, line, faults)
    if knots == () and older:
        knots = _knots(table, older, line, faults)
    if knots is None:
        return None
    if len(knots) > 1 and knots[0][1] > knots[-1][1]:  # drawn against its chainage
        line = line.reverse()
        knots = tuple((at, line.length - distance) for at, distance in knots)
    for before, after in pairwise(knots):
        if after[0] <= before[0] or after[1] <= before[1] + SAME_M:
            faults.add(chosen[0], "geo.calibration_falls", found=spell(after[0]), before=spell(before[0]))
            return None
    whole = unsaid.isdisjoint(chosen)
    return shapely.get_coordinates(line), knots or ((0.0, 0.0),), said[chosen[0]], corridor, whole


def _corridor(table: Table, rows: Sequence[int], faults: Faults) -> float | None:
    """The one width (m) the rows of a route give; nan with a fault."""
    widths = set()
    for row in rows:
        value = table.value("corridor_m", row)
        if value is None:
            continue
        try:
            width = float(value)
        except (TypeError, ValueError):
            width = math.nan
        if not 0 < width < 1e5:
            faults.add(row, "geo.not_metres", found=shown(str(value)))
            return math.nan
        widths.add(width)
    if len(widths) > 1:
        faults.add(rows[0], "ground.parts_differ", column="corridor_m")
        return math.nan
    return widths.pop() if widths else None


def _joined(table: Table, rows: Sequence[int], faults: Faults) -> LineString | None:
    """One line of a route's parts, in the direction of the first; ends within 1 cm of each other are one point.

    Parts may not fork nor leave gaps, and no line may be closed; one that crosses itself elsewhere is as good as any.
    """
    parts = [LineString(part) for row in rows for part in shapely.get_parts(table.shapes[row]) if part.length > 0]
    line = parts[0]
    if len(parts) > 1:
        parts = _met(parts)
        merged = shapely.line_merge(shapely.multilinestrings(parts))
        if merged.geom_type != "LineString":
            met = Counter(end for part in parts for end in (part.coords[0], part.coords[-1]))
            forks = [end for end, count in met.items() if count > 2]
            loose = [end for end, count in met.items() if count == 1]
            at = "; ".join(_degrees(table, *place) for place in (forks or loose or list(met))[:6])
            faults.add(rows[0], "geo.forks" if forks else "geo.gaps", parts=len(parts), at=at)
            return None
        lead = next(pair for pair in pairwise(parts[0].coords) if pair[0] != pair[1])
        line = merged if lead in list(pairwise(merged.coords)) else merged.reverse()
    if closed(line):
        faults.add(rows[0], "ground.closed", at=_degrees(table, *line.coords[0]))
        return None
    return shapely.remove_repeated_points(line)


def closed(line: LineString) -> bool:
    """Whether a line ends where it begins: then its places have no order, and a parcel there would be at both ends."""
    return math.dist(line.coords[0][:2], line.coords[-1][:2]) <= SAME_M


def _degrees(table: Table, x: float, y: float) -> str:
    lon, lat = table.to_metric.transform(x, y, direction="INVERSE")
    return f"{lon:.5f}, {lat:.5f}"


def _met(parts: Sequence[LineString]) -> list[LineString]:
    """Lines whose ends are one point where they nearly are: that of the first of them."""
    coords = [list(part.coords) for part in parts]
    ends = shapely.points([end for line in coords for end in (line[0], line[-1])])
    one, two = shapely.STRtree(ends).query(ends, predicate="dwithin", distance=SAME_M)
    first = np.full(len(ends), len(ends))
    np.minimum.at(first, one, two)
    at = shapely.get_coordinates(ends[first]).tolist()
    return [LineString([at[2 * place], *line[1:-1], at[2 * place + 1]]) for place, line in enumerate(coords)]


def _knots(
    table: Table, rows: Sequence[int], line: LineString, faults: Faults
) -> tuple[tuple[float, float], ...] | None:
    """Where published chainage lies on a line, by chainage; () where the rows say nothing of it, None with a fault."""
    said = {name: [(row, v) for row in rows if (v := table.value(name, row)) is not None] for name in _CHAINED}
    if said["start"] and said["calibration"]:
        faults.add(rows[0], "geo.start_and_calibration")
        return None
    starts = {_chainage(value): (row, value) for row, value in said["start"]}
    if len(starts) > 1:
        faults.add(rows[0], "ground.parts_differ", column="start")
        return None
    for start, (row, value) in starts.items():
        if start is None:
            faults.add(row, "geo.not_chainage", found=shown(str(value)))
            return None
        return ((start, 0.0),)
    knots = set()
    along = along_line(line)
    for row, value in said["calibration"]:
        reach = max(_NEAR_M, _number(table.value("uncertainty_m", row)) or 0.0)
        for point in _points(value):
            if point is None:
                faults.add(row, "geo.not_calibration", found=shown(str(value)))
                return None
            chainage, at = point
            distance, off = nearest(line, along, Point(table.to_metric.transform(*at)))
            if not off <= reach:
                faults.add(row, "geo.calibration_off", found=spell(chainage), off=round(off), reach=round(reach))
                return None
            knots.add((chainage, distance))
    return tuple(sorted(knots))


_CHAINED = ("start", "calibration")


def _points(value: Any) -> list[tuple[float, tuple[float, float]] | None]:
    """The points of ``[{"chainage": "Km18", "at": [longitude, latitude]}, …]``; None for what is none."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return [None]
    if not isinstance(value, (list, np.ndarray)):
        return [None]
    return [_point(one) for one in value]


def _point(value: Any) -> tuple[float, tuple[float, float]] | None:
    if not isinstance(value, dict):
        return None
    chainage, at = _chainage(value.get("chainage")), value.get("at")
    if chainage is None or not isinstance(at, (list, tuple, np.ndarray)) or len(at) < 2:
        return None
    lon, lat = _number(at[0]), _number(at[1])
    if lon is None or lat is None or not (WEST <= lon <= EAST and SOUTH <= lat <= NORTH):
        return None
    return chainage, (lon, lat)


def _chainage(value: Any) -> float | None:
    with suppress(QuantityError):
        if isinstance(value, str):
            return float(read_chainage(value).m)
    return None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return None
    return float(value) if math.isfinite(value) else None
