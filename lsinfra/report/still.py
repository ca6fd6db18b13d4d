"""The map on paper: one SVG for the report, drawn from the same figures and in the same manner as the page's map.

Nothing is placed where nobody published a place: a section with an amount is dashed from end to end, only published
stretches are solid. Lengths in the drawing are millimetres of paper; the ground is measured in the metric CRS.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice, product
from xml.etree import ElementTree as ET

import numpy as np
import shapely
from shapely import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry

from lsinfra.alignments import Alignment, metric
from lsinfra.numerals import number
from lsinfra.placement import stretch_of
from lsinfra.quantities import Measure
from lsinfra.records import Project, Section
from lsinfra.render import ground, payload, provenance
from lsinfra.render.looks import (
    BEYOND_DASH,
    BORDER,
    BORDER_DASH,
    BORDER_MM,
    CASE_MM,
    COLOURS,
    DASHES,
    EDGE,
    GROUND,
    INK,
    LINE_MM,
    PROPOSED,
    PROPOSED_DASH,
    QUIET,
    QUIET_MM,
    SOFT,
    THIN_MM,
    TRACK,
    UNITS,
    UNITS_DASH,
    UNITS_MM,
)
from lsinfra.render.payload import COMPLETE, NO_DATA, NO_TOTAL, Scope, first_capital
from lsinfra.render.status import own_style, section_style
from lsinfra.report.lettering import FONT, TEXT_MM, lines_of, shorten, width
from lsinfra.report.model import Mark, words_of
from lsinfra.report.wording import extent_words, head_row, mark_words, marks, plain, reference, silent_words, sources_of
from lsinfra.text import say

_EXACT = len(COLOURS)
"""Beside the classes: a stretch that was published as handed over."""

_KEY_MM = 47.0  # the legend stands in a column of its own
_TALLEST = 1.5  # of the height asked for: so far down a long legend may go
_MOST_LINES = 100  # of one text: more than the tallest legend holds
_NAME_MM = (52.0, 30.0)  # of a project's box, and of the box where that finds no room
_DATED_MM, _SMALL_MM = 52.0, 0.9 * TEXT_MM  # the line with a figure's date is no wider, and smaller
Box = tuple[float, float, float, float]  # left, top, right, bottom, in mm


@dataclass
class _Drawing:
    """The sheet while it is drawn: where the ground lies on it, and what is taken already."""

    root: ET.Element
    width: float
    height: float
    west: float = 0.0
    north: float = 0.0
    mm_per_m: float = 1.0
    taken: list[Box] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    lines: list[LineString] = field(default_factory=list)

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.west) * self.mm_per_m, (self.north - y) * self.mm_per_m


def map_svg(scope: Scope, width_mm: float = 165.0, height_mm: float = 150.0) -> str:
    """The map of a page's projects as an SVG of this size; ``""`` where none of their routes is drawn.

    Parameters
    ----------
    scope
        Which projects, at which date, in which language.
    width_mm, height_mm
        Of the paper it takes, legend included; a long legend makes it higher, by a half at most.
    """
    shapes = [line.line for line in _alignments(scope).values()]
    if not shapes:
        return ""
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "font-family": f"'{FONT}'"})
    drawing = _Drawing(root, width_mm - _KEY_MM, height_mm)
    _fit(drawing, scope, shapes)
    clip = ET.SubElement(ET.SubElement(root, "defs"), "clipPath", {"id": "frame"})
    frame = {"width": _mm(drawing.width), "height": _mm(drawing.height)}
    ET.SubElement(clip, "rect", frame)
    ET.SubElement(root, "rect", frame | {"fill": GROUND})
    ground_layer = ET.SubElement(root, "g", {"clip-path": "url(#frame)", "fill": "none"})
    _surroundings(drawing, scope, ground_layer)
    used = _routes(drawing, scope, ground_layer)
    drawing.taken.append(_north_and_scale(drawing, scope))
    left_out = _figures(drawing, scope)
    _places(drawing, scope)
    ET.SubElement(root, "rect", frame | {"fill": "none", "stroke": BORDER, "stroke-width": "0.2"})
    high = max(height_mm, _legend(drawing, scope, used, left_out))
    for name, value in (("width", f"{_mm(width_mm)}mm"), ("height", f"{_mm(high)}mm")):
        root.set(name, value)
    root.set("viewBox", f"0 0 {_mm(width_mm)} {_mm(high)}")
    return ET.tostring(root, encoding="unicode")


# --- the ground ------------------------------------------------------------------------------------------------------


def _alignments(scope: Scope) -> dict[str, Alignment]:
    known = scope.portfolio.routes.alignments
    return {route: known[route] for project in scope.projects for route in project.routes if route in known}


def _metres(scope: Scope, shape: BaseGeometry) -> BaseGeometry:
    """A geometry of EPSG:4326 in the metric CRS."""
    transformer = metric(scope.portfolio.routes.metric_crs)
    return shapely.transform(shape, lambda points: np.column_stack(transformer.transform(points[:, 0], points[:, 1])))


def _fit(drawing: _Drawing, scope: Scope, shapes: Sequence[BaseGeometry]) -> None:
    """The projects' routes in the middle of the frame, with a margin for their labels."""
    west, south, east, north = _metres(scope, shapely.union_all(shapes)).bounds
    across, upward = max(east - west, 1000.0), max(north - south, 1000.0)
    drawing.mm_per_m = min((drawing.width - 34) / across, (drawing.height - 20) / upward)
    drawing.west = (west + east) / 2 - drawing.width / drawing.mm_per_m / 2
    drawing.north = (south + north) / 2 + drawing.height / drawing.mm_per_m / 2


def _paths(drawing: _Drawing, scope: Scope, shape: BaseGeometry) -> Iterator[LineString]:
    """The lines of a geometry in EPSG:4326 on the sheet, without bends that nobody sees (0,05 mm)."""
    moved = _metres(scope, shape)
    for part in getattr(moved, "geoms", [moved]):
        points = [drawing.at(x, y) for x, y in shapely.get_coordinates(part).tolist()]
        if len(points) > 1:
            yield LineString(shapely.simplify(LineString(points), 0.05, preserve_topology=False))


def _stroke(layer: ET.Element, line: LineString, colour: str, width: float, dash: str = "") -> None:
    start, *rest = shapely.get_coordinates(line).tolist()
    drawn = {"d": f"M{_pair(start)}" + "".join(f"L{_pair(point)}" for point in rest), "stroke": colour}
    drawn |= {"stroke-width": _mm(width), "stroke-linejoin": "round"}
    if dash:
        drawn |= {"stroke-dasharray": dash, "stroke-linecap": "round" if dash.startswith("0.01") else "butt"}
    ET.SubElement(layer, "path", drawn)


def _surroundings(drawing: _Drawing, scope: Scope, layer: ET.Element) -> None:
    routes, records = scope.portfolio.routes, scope.portfolio.records
    for unit in ground.units_shown(scope):
        for line in _paths(drawing, scope, unit.geometry.boundary):
            _stroke(layer, line, UNITS, UNITS_MM, UNITS_DASH)
    if routes.border is not None:
        for line in _paths(drawing, scope, routes.border):
            _stroke(layer, line, BORDER, BORDER_MM, BORDER_DASH)
    for works, colour, dash in ((records.proposals, PROPOSED, PROPOSED_DASH), (records.finished, QUIET, "")):
        for route in dict.fromkeys(route for work in works for route in work.routes if route in routes.alignments):
            for line in _paths(drawing, scope, routes.alignments[route].line):
                _stroke(layer, line, colour, QUIET_MM, dash)


def _routes(drawing: _Drawing, scope: Scope, layer: ET.Element) -> set[int]:
    """Every section by its own figure, the rest of each route by its project's; the classes that were drawn."""
    used: set[int] = set()
    known = scope.portfolio.routes.alignments
    for project in scope.projects:
        whole = own_style(scope, project.id, None)
        lines = [known[route].line for route in project.routes if route in known]
        drawing.lines += [path for shape in lines for path in _paths(drawing, scope, shape)]
        for shape in lines:
            _cased(drawing, scope, layer, shape, THIN_MM)
        drawn = [(section, shape) for section in project.sections for shape in _cut(scope, section)]
        rest = MultiLineString([part for line in lines for part in _without(line, [shape for _, shape in drawn])])
        used |= _coloured(drawing, scope, layer, rest, whole[0], THIN_MM)
        for section, shape in drawn:
            if not section.in_scope:
                for line in _paths(drawing, scope, shape):
                    _stroke(layer, line, GROUND, 1.8)
                    _stroke(layer, line, QUIET, QUIET_MM, BEYOND_DASH)
                continue
            level, of_project, _ = section_style(scope, project.id, section, whole)
            wide = THIN_MM if of_project or level == NO_DATA else LINE_MM
            _cased(drawing, scope, layer, shape, wide)
            used |= _coloured(drawing, scope, layer, shape, level, wide)
        for shape in _handed_over(scope, project):
            _cased(drawing, scope, layer, shape, LINE_MM)
            _coloured(drawing, scope, layer, shape, COMPLETE)
            used.add(_EXACT)
    return used


def _cased(drawing: _Drawing, scope: Scope, layer: ET.Element, shape: BaseGeometry, wide: float) -> None:
    """What lies under the colour: an edge, and between the dashes the pale track."""
    for line in _paths(drawing, scope, shape):
        _stroke(layer, line, EDGE, wide + CASE_MM)
        _stroke(layer, line, TRACK, wide)


def _without(line: LineString, stretches: Sequence[LineString]) -> list[LineString]:
    """What is left of a line (EPSG:4326) beside stretches of itself, which are a hair (0,1 m) wide here."""
    rest = line.difference(shapely.union_all([stretch.buffer(1e-6) for stretch in stretches]))
    return [part for part in getattr(rest, "geoms", [rest]) if isinstance(part, LineString) and not part.is_empty]


def _cut(scope: Scope, section: Section) -> Iterator[LineString]:
    known = scope.portfolio.routes.alignments
    for part in section.parts:
        if part.route in known and not (line := known[part.route].interval(part.from_, part.to)).is_empty:
            yield line


def _handed_over(scope: Scope, project: Project) -> Iterator[LineString]:
    """The stretches whose chainage was published, as far as their place is known."""
    for section in (None, *(section.id for section in project.sections)):
        for place in scope.handed_over.get((project.id, section), {}).values():
            for part in scope.clearance[place].stretches:
                if not (line := stretch_of(scope.portfolio, part)).is_empty:
                    yield line


def _coloured(
    drawing: _Drawing, scope: Scope, layer: ET.Element, shape: BaseGeometry, level: int, wide: float = LINE_MM
) -> set[int]:
    for line in _paths(drawing, scope, shape):
        _stroke(layer, line, *_look(level, wide))
    return set() if shape.is_empty else {level}


def _look(level: int, wide: float = LINE_MM) -> tuple[str, float, str]:
    """Colour, width and dash of a class."""
    return COLOURS[level], 0.5 if level == NO_DATA else wide, DASHES[level]


# --- words on it -----------------------------------------------------------------------------------------------------


def _free(drawing: _Drawing, box: Box) -> bool:
    left, top, right, bottom = box
    if left < 1 or top < 1 or right > drawing.width - 1 or bottom > drawing.height - 1:
        return False
    return all(left >= r or right <= l or top >= b or bottom <= t for l, t, r, b in drawing.taken)  # noqa: E741


def _crossed(drawing: _Drawing, box: Box) -> float:
    """How much of the routes a box would hide, in mm."""
    area = shapely.box(*box)
    return float(sum(line.intersection(area).length for line in drawing.lines))


def _text(drawing: _Drawing, x: float, y: float, text: str, size: float = TEXT_MM, **look: str) -> None:
    made = ET.SubElement(
        drawing.root, "text", {"x": _mm(x), "y": _mm(y), "font-size": _mm(size), "fill": look.pop("fill", INK)}
    )
    for name, value in look.items():
        made.set(name.replace("_", "-"), value)
    made.text = plain(text)


def _places(drawing: _Drawing, scope: Scope) -> None:
    """Cities and gates before towns; a name that finds no room is left away, with its dot."""
    order = {"city": 0, "gate": 1}
    places = [place for place in scope.portfolio.routes.places.values() if place.kind != "chainage"]
    for place in sorted(places, key=lambda one: order.get(one.kind, 2)):
        x, y = drawing.at(*_metres(scope, place.point).bounds[:2])
        name = place.title.get(scope.lang) or place.title["vi"]
        size = TEXT_MM if place.kind in order else TEXT_MM * 0.92
        wide = width(name, size)
        offers = [
            (x + dx - wide * (1 - side) / 2, y + dy - size * 0.8)
            for side, dx, dy in (
                (1, 1.5, 0.9),
                (-1, -1.5, 0.9),
                (0, 0, -1.7),
                (0, 0, 3.9),
                (1, 1.3, -1.2),
                (-1, -1.3, 3.2),
            )
        ]
        boxes = [(left, top, left + wide, top + size * 1.15) for left, top in offers]
        room = [box for box in boxes if _free(drawing, box)]
        if not room or not _free(drawing, (x - 0.8, y - 0.8, x + 0.8, y + 0.8)):
            continue
        box = min(room, key=lambda one: (round(_crossed(drawing, one), 1), boxes.index(one)))
        drawing.taken += [box, (x - 0.9, y - 0.9, x + 0.9, y + 0.9)]
        dot = {"cx": _mm(x), "cy": _mm(y), "r": "0.75", "fill": "#ffffff", "stroke": EDGE, "stroke-width": "0.35"}
        ET.SubElement(drawing.root, "circle", dot)
        weight = "bold" if place.kind in order else "normal"
        halo = {"stroke": GROUND, "stroke_width": "0.7", "paint_order": "stroke", "stroke_linejoin": "round"}
        _text(drawing, box[0], box[1] + size * 0.88, name, size, font_weight=weight, **halo)


def _figures(drawing: _Drawing, scope: Scope) -> int:
    """A box for each project beside its route: what was handed over, of what, and when; how many found no room."""
    known = scope.portfolio.routes.alignments
    left_out = 0
    for project in scope.projects:
        lines = [
            line for route in project.routes if route in known for line in _paths(drawing, scope, known[route].line)
        ]
        if not lines:
            continue
        longest = max(lines, key=lambda line: line.length)
        for most in _NAME_MM:
            words = _told(scope, project, most)
            if found := _room(drawing, longest, words):
                at, box = found
                drawing.taken.append(box)
                drawing.boxes.append(box)
                _box(drawing, at, box, words)
                break
        else:
            left_out += 1
    return left_out


def _room(drawing: _Drawing, line: LineString, words: Sequence[tuple[str, float, str]]) -> tuple[Point, Box] | None:
    """Where a box with these words hides least of the routes, and the place of the line that it belongs to."""
    wide = max(width(text, size) for text, size, _ in words) + 2.4
    high = sum(size * 1.25 for _, size, _ in words) + 1.6
    offers = [
        (at, (left, top, left + wide, top + high))
        for part, turn, far in product((0.5, 0.35, 0.65, 0.2, 0.8), range(16), (4, 8, 13, 19, 26))
        for at in (line.interpolate(part, normalized=True),)
        for left, top in (_beside(at, turn / 16, far, wide, high),)
    ]
    others = shapely.union_all([shapely.box(*box) for box in drawing.boxes])
    room = [
        (at, box, place)
        for place, (at, box) in enumerate(offers)
        if _free(drawing, box) and not _leader(at, box).intersects(others)
    ]
    if not room:
        return None
    at, box, _ = min(room, key=lambda one: (round(_crossed(drawing, one[1]), 1), one[2]))
    return at, box


def _told(scope: Scope, project: Project, most: float) -> list[tuple[str, float, str]]:
    """The lines of a project's box, its name no longer than ``most`` (mm): text, size, weight."""
    name = shorten(plain(project.name.write(scope.lang)), most)
    found = payload.headline(scope, project.id)
    if found is None:
        return [(name, TEXT_MM, "normal"), (first_capital(silent_words(scope, project.id)), TEXT_MM, "bold")]
    row = head_row(scope, found)
    share, figure, _, _, when, *_ = payload.headline_texts(scope, found)
    told = [(name, TEXT_MM, "normal"), (share or figure, TEXT_MM * 1.3, "bold")]
    if share:
        told.append((figure, TEXT_MM, "normal"))
    doubts = marks(scope, row)
    dated = ", ".join([when, *(mark_words(scope, mark) for mark in (Mark.PRESS, Mark.STALE) if mark in doubts)])
    dated = "; ".join(part for part in (dated, extent_words(scope, row)) if part)
    dated += words_of(reference(scope, sources_of(scope, row))).replace(" ", "\u00a0")
    return [
        *told,
        *((line, _SMALL_MM, "normal") for line in lines_of(dated.split(" "), _DATED_MM * TEXT_MM / _SMALL_MM)),
    ]


def _beside(at: Point, turn: float, far: float, wide: float, high: float) -> tuple[float, float]:
    """Left and top of a box that lies ``far`` from a point in a direction (a part of a whole turn, east first)."""
    dx, dy = math.cos(2 * math.pi * turn), -math.sin(2 * math.pi * turn)
    reach = far + min(wide / 2 / max(abs(dx), 1e-9), high / 2 / max(abs(dy), 1e-9))
    return at.x + dx * reach - wide / 2, at.y + dy * reach - high / 2


def _leader(at: Point, box: Box) -> LineString:
    """From a place to the nearest of a box."""
    near = shapely.box(*box).exterior
    return LineString([at, near.interpolate(near.project(at))])


def _box(drawing: _Drawing, at: Point, box: Box, words: Sequence[tuple[str, float, str]]) -> None:
    left, top, right, bottom = box
    leader = _leader(at, box)
    end = Point(leader.coords[-1])
    points = (leader.interpolate(far) for far in range(2, int(leader.length), 2))
    drawing.taken += [(point.x - 1, point.y - 1, point.x + 1, point.y + 1) for point in points]
    line = {"x1": _mm(at.x), "y1": _mm(at.y), "x2": _mm(end.x), "y2": _mm(end.y)}
    ET.SubElement(drawing.root, "line", line | {"stroke": EDGE, "stroke-width": "0.25"})
    shape = {"x": _mm(left), "y": _mm(top), "width": _mm(right - left), "height": _mm(bottom - top), "rx": "0.8"}
    look = {"fill": "#ffffff", "stroke": EDGE, "stroke-width": "0.25"}
    ET.SubElement(drawing.root, "rect", shape | look)
    y = top + 0.6
    for text, size, weight in words:
        y += size * 1.25
        _text(drawing, left + 1.2, y - size * 0.28, text, size, font_weight=weight)


def _north_and_scale(drawing: _Drawing, scope: Scope) -> Box:
    """A scale bar of a round number of kilometres and an arrow to the north of the grid, at the lower left."""
    most = 34 / drawing.mm_per_m / 1000
    km = next(step for step in (100, 50, 20, 10, 5, 2, 1, 0.5) if step <= most or step == 0.5)
    long = km * 1000 * drawing.mm_per_m
    x, y = 4.0, drawing.height - 4.0
    for part in range(2):
        piece = {"x": _mm(x + part * long / 2), "y": _mm(y - 1.2), "width": _mm(long / 2), "height": "1.2"}
        fill = (INK, "#ffffff")[part]
        ET.SubElement(drawing.root, "rect", piece | {"fill": fill, "stroke": INK, "stroke-width": "0.2"})
    label = number(Decimal(str(km)), None, scope.lang)
    _text(drawing, x, y - 2.2, "0")
    _text(drawing, x + long, y - 2.2, f"{label} {payload.unit(Measure.LENGTH, scope.lang)}", text_anchor="middle")
    arrow = f"M{_mm(x + 3)} {_mm(y - 14)}l-1.6 5 1.6 -1.2 1.6 1.2z"
    ET.SubElement(drawing.root, "path", {"d": arrow, "fill": INK})
    _text(
        drawing, x + 3, y - 15, payload.interface_words(scope.lang)["north"], text_anchor="middle", font_weight="bold"
    )
    return (x - 2, y - 19, x + long + 8, y + 2)


# --- the legend ------------------------------------------------------------------------------------------------------


def _legend(drawing: _Drawing, scope: Scope, used: set[int], left_out: int) -> float:
    """How far down it goes."""
    words = payload.interface_words(scope.lang)
    records = scope.portfolio.records
    x, y = drawing.width + 3, 3.2
    y = _wrapped(drawing, words["legend_land"], x, y, bold=True) + 1
    names = [words[f"short{level}"] for level in range(COMPLETE)] + [words[f"class{level}"] for level in (5, 6, 7)]
    samples: list[tuple[str, Sequence[tuple[str, float, str]]]] = [
        (names[level], ((EDGE, 1.6, ""), (TRACK, 1.25, ""), _look(level)))
        for level in (*range(NO_TOTAL), *sorted(used & {NO_TOTAL, NO_DATA}))
    ]
    if _EXACT in used:
        samples.append((words["exact"], ((EDGE, 1.6, ""), _look(COMPLETE))))
    if any(
        True for project in scope.projects for one in project.sections if not one.in_scope for _ in _cut(scope, one)
    ):
        samples.append((words["beyond"], ((QUIET, QUIET_MM, BEYOND_DASH),)))
    known = scope.portfolio.routes.alignments
    for works, name, colour, dash in (
        (records.proposals, "proposed", PROPOSED, PROPOSED_DASH),
        (records.finished, "finished", QUIET, ""),
    ):
        if any(route in known for work in works for route in work.routes):
            samples.append((words[name], ((colour, QUIET_MM, dash),)))
    if scope.portfolio.routes.border is not None:
        samples.append((words["border"], ((BORDER, BORDER_MM, BORDER_DASH),)))
    if ground.units_shown(scope):
        samples.append((scope.say("drawn.units"), ((UNITS, UNITS_MM, UNITS_DASH),)))
    for name, strokes in samples:
        for colour, wide, dash in strokes:
            _stroke(drawing.root, LineString([(x, y + 1.6), (x + 11, y + 1.6)]), colour, wide, dash)
        y = _wrapped(drawing, payload.first_capital(name), x + 13, y) + 0.7
    notes = [words["place_not_published"]]
    if left_out:
        notes.append(say(scope.lang, "report.left_out", count=left_out))
    if any(line.accuracy == "schematic" for line in _alignments(scope).values()):
        notes.append(words["schematic"])
    if told := provenance.attribution(scope):
        notes.append(told)
    y += 1.5
    for note in notes:
        y = _wrapped(drawing, note, x, y, fill=SOFT) + 1.2
    return y


def _wrapped(drawing: _Drawing, text: str, x: float, y: float, *, bold: bool = False, fill: str = INK) -> float:
    """A text in lines no wider than what is left of the legend's column; where the next one begins.

    What does not fit above the lowest end of the drawing is cut.
    """
    high = TEXT_MM * 1.2
    lines = list(islice(lines_of(plain(text).split(), drawing.width + _KEY_MM - x), _MOST_LINES))
    room = max(0, int((drawing.height * _TALLEST - y) / high) - 1)
    if len(lines) > room:
        lines = [*lines[: room - 1], "…"] if room else []
    for line in lines:
        y += high
        _text(drawing, x, y - TEXT_MM * 0.25, line, fill=fill, font_weight="bold" if bold else "normal")
    return y


def _pair(point: Sequence[float]) -> str:
    return f"{_mm(point[0])} {_mm(point[1])}"


def _mm(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
