"""The plan to put a file's line in place of a route's drawing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from shapely import LineString, Point
from shapely.ops import substring

from lsinfra.alignments import Alignment, along_line, measured, metric, nearest, spell
from lsinfra.errors import Severity
from lsinfra.fields import hint
from lsinfra.geojson import MAX_BYTES
from lsinfra.intake.geometry import splicing
from lsinfra.intake.geometry.drawing import Drawing, GeoImportError, Note, Size
from lsinfra.intake.geometry.joining import Joined, join
from lsinfra.intake.geometry.plans import (
    ImportPlan,
    Line,
    Listed,
    Request,
    file_facts,
    new_findings,
    placed,
    readme_change,
    spoken_source,
    text_of,
    tried,
)
from lsinfra.intake.geometry.store import Change
from lsinfra.numerals import shown
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import Figure
from lsinfra.routes import Routes
from lsinfra.text import Lang, say

ROUTES = "routes.geojson"
_ELSEWHERE = 2  # as lsinfra.routes: farther from the sketch than this times what it owns up to is another road
_REACH_M = 100.0  # a drawing that does not say how sure it is
_OWN = {
    "route", "title", "accuracy", "uncertainty_m", "partial", "source", "note", "start", "calibration", "credit",
    "licence",
}  # fmt: skip
_PLACE_ON_LINE_M = 10.0
_SHORT = 0.9  # a sketch cuts corners: the road it stands for is longer than it, not shorter
_STEP_M = 50.0
_ON_LINE_M = 0.5


@dataclass(frozen=True, slots=True)
class _Old:
    """The feature of the route as it stands: in which file, where in its text, its properties, and how it is drawn."""

    name: str
    start: int | None
    properties: dict[str, Any]
    alignment: Alignment | None


@dataclass(frozen=True, slots=True)
class _Knot:
    """A published chainage, where the new line has it (EPSG:4326; None: it has no place there), how far it moved."""

    text: str
    at: tuple[float, float] | None
    moved_m: float


def line_plan(drawing: Drawing, portfolio: Portfolio, geodata: Path, asked: Request, route: str) -> ImportPlan:
    """What it would mean to draw a route by the lines of a file; see ``planning.plan``."""
    known = portfolio.routes
    old = _standing(route, known, geodata)
    near = old.alignment.line if old.alignment else None
    where = placed(drawing, asked, known, near=near, route=route)
    lines = [one.geometry for one in where.shapes if isinstance(one.geometry, LineString)]
    if not lines:
        raise GeoImportError("no_lines", file=shown(drawing.name), areas=len(where.shapes))
    forth = metric(known.metric_crs)
    back = pyproj.Transformer.from_crs(known.metric_crs, "EPSG:4326", always_xy=True, only_best=True)
    joined = join([measured(line, forth) for line in lines], back, drawing.name, asked.tolerance_m)
    notes = [*where.notes, *_joining_notes(joined, back)]
    ground = _oriented(joined.line, old, forth, notes, reverse=asked.reverse)
    if asked.reverse:
        ground = ground.reverse()
    ground = _within(ground, old, asked, forth, notes)
    knots, ground = _knots(ground, old, asked, forth, back, notes)
    line = _rounded(ground, back)
    properties = _properties(route, old, asked, knots)
    changes = [_spliced(geodata, old, splicing.feature(properties, line))]
    if len(changes[0].after) > MAX_BYTES:
        found, limit = len(changes[0].after) // 1_048_576, MAX_BYTES // 1_048_576
        raise GeoImportError("too_large_after", file=shown(changes[0].name), found=found, limit=limit)
    routes = tried(geodata, changes, known.metric_crs)
    new = routes.alignments[route]
    facts = file_facts(drawing, where, asked)
    facts.append(Line("joined", {"parts": joined.parts, "dropped": joined.dropped, "points": len(new.line.coords)}))
    facts += _length_facts(portfolio, new, old)
    facts += _chainage_facts(new, knots)
    facts += _distance_facts(known, new, old, forth, notes)
    km = f"{new.drawn_m / 1000:.1f} km"

    def detail(lang: Lang) -> str:
        accuracy = say(lang, f"geoimport.readme.accuracy.{new.accuracy}")
        if not new.uncertainty_m:
            return accuracy
        return say(lang, "geoimport.readme.uncertain", accuracy=accuracy, metres=f"{new.uncertainty_m:g}")

    changes.append(readme_change(geodata, route, drawing, asked, km, detail))
    findings = new_findings(portfolio, routes, asked.today)
    return ImportPlan(geodata, route, tuple(changes), tuple(facts), tuple(notes), findings, asked.anyway)


def unknown_route(route: str, portfolio: Portfolio) -> GeoImportError | None:
    """What to say of a route nobody drew and no record names, which is a slip of the pen; None of a known one."""
    records = portfolio.records
    named = {one for project in records.projects for one in project.routes}
    named |= {one for work in (*records.proposals, *records.finished) for one in work.routes}
    known = sorted(named | portfolio.routes.alignments.keys())
    if route in known:
        return None
    return GeoImportError("unknown_route", route=shown(route), hint=hint(route, known), known=", ".join(known))


def _standing(route: str, known: Routes, geodata: Path) -> _Old:
    found = []
    for path in sorted(geodata.glob("*.geojson")):
        text = text_of(geodata, path.name) or ""
        found += [
            _Old(path.name, one.start, one.properties, known.alignments.get(route))
            for one in splicing.standing(text)[0]
            if one.properties.get("route") == route
        ]
    if len(found) > 1:
        raise GeoImportError("drawn_twice", route=route, files=", ".join(one.name for one in found))
    return found[0] if found else _Old(ROUTES, None, {}, None)


def _spliced(geodata: Path, old: _Old, feature: str) -> Change:
    text = text_of(geodata, old.name)
    whole = splicing.EMPTY if text is None else text
    if old.start is None:
        after = splicing.replaced(whole, {}, [feature])
    else:
        after = splicing.replaced(whole, {old.start: feature}, [])
    return Change(old.name, None if text is None else text.encode(), after.encode())


def _joining_notes(joined: Joined, back: pyproj.Transformer) -> list[Note]:
    notes = []
    for point, width in joined.bridged:
        lon, lat = back.transform(point.x, point.y)
        notes.append(
            Note(Severity.WARNING, "bridged", {"width_m": Size(width, 2), "lon": f"{lon:.5f}", "lat": f"{lat:.5f}"})
        )
    if joined.doubled_m:
        lon, lat = back.transform(joined.doubled_at.x, joined.doubled_at.y)
        where = {"doubled_m": Size(joined.doubled_m), "lon": f"{lon:.5f}", "lat": f"{lat:.5f}"}
        notes.append(Note(Severity.ERROR, "doubled", where))
    elif joined.crosses is not None:
        lon, lat = back.transform(joined.crosses.x, joined.crosses.y)
        notes.append(Note(Severity.WARNING, "crosses_itself", {"lon": f"{lon:.5f}", "lat": f"{lat:.5f}"}))
    return notes


# --- direction and chainage ----------------------------------------------------------------------------------------


def _oriented(
    ground: LineString, old: _Old, forth: pyproj.Transformer, notes: list[Note], *, reverse: bool
) -> LineString:
    """The line in the direction of the old drawing, or ``reverse``; a doubt where that does not tell."""
    if old.alignment is None:
        notes.append(Note(Severity.WARNING, "direction_unknown", {}))
        return ground
    sketch = measured(old.alignment.line, forth)
    low, high = (sketch.project(Point(at)) for at in (ground.coords[0], ground.coords[-1]))
    if abs(high - low) < 0.2 * ground.length:
        notes.append(Note(Severity.WARNING, "direction_doubtful", {}))
    if low <= high:
        return ground
    if not reverse:  # which turns it back to the direction of the file
        notes.append(Note(Severity.INFO, "turned"))
    return ground.reverse()


def _within(ground: LineString, old: _Old, asked: Request, forth: pyproj.Transformer, notes: list[Note]) -> LineString:
    """The line between the ends of the old drawing, where that is asked for; a doubt where it covers more or less.

    A road of OpenStreetMap is the whole road, also where the project is only a part of it. A part of a route that
    passes for the whole makes its chainages and lengths wrong, so what it is must be said.
    """
    if old.alignment is None:
        if asked.cut:
            raise GeoImportError("cut_by_nothing")
        return ground
    sketch = measured(old.alignment.line, forth)
    low, high = (ground.project(Point(at)) for at in (sketch.coords[0], sketch.coords[-1]))
    past: dict[str, object] = {"before_m": Size(low), "after_m": Size(ground.length - high)}
    past |= {"start": spell(old.alignment.start_m), "end": spell(old.alignment.end_m)}
    if asked.cut and high - low > _STEP_M:
        notes.append(Note(Severity.INFO, "cut", past))
        return LineString(substring(ground, low, high).coords)
    reach = old.alignment.uncertainty_m or _REACH_M
    missed = max(Point(at).distance(ground) for at in (sketch.coords[0], sketch.coords[-1]))
    if missed > reach or ground.length < _SHORT * sketch.length:
        if asked.partial is None:
            sizes: dict[str, object] = {"new_m": Size(ground.length), "old_m": Size(sketch.length)}
            notes.append(Note(Severity.ERROR, "falls_short", sizes))
    elif max(low, ground.length - high) > reach:
        if not old.alignment.partial:
            notes.append(Note(Severity.WARNING, "runs_past", past))
        elif asked.partial is None:
            notes.append(Note(Severity.ERROR, "part_or_whole", past))
    return ground


def _knots(
    ground: LineString,
    old: _Old,
    asked: Request,
    forth: pyproj.Transformer,
    back: pyproj.Transformer,
    notes: list[Note],
) -> tuple[list[_Knot], LineString]:
    """The published chainages on the new line, each at the place of it nearest to where it was; and the line.

    The published chainage outranks the drawn one: it stays, and its point moves onto the line. A point from which
    the line is farther away than the old drawing owns up to has no place on it.
    """
    rows = old.properties.get("calibration") or []
    if not rows:
        _start_note(ground, old, forth, notes)
        return [], ground
    if asked.reverse and len(rows) > 1:
        raise GeoImportError("reverse_against_chainage", first=rows[0]["chainage"], last=rows[-1]["chainage"])
    reach = max(old.properties.get("uncertainty_m") or 0.0, asked.uncertainty_m or 0.0, _REACH_M)
    along = along_line(ground)
    knots: list[_Knot] = []
    reached = -math.inf
    for row in sorted(rows, key=lambda one: _chainage_m(one["chainage"])):
        point = Point(forth.transform(*row["at"][:2]))
        distance, off = nearest(ground, along, point)
        if off > reach or distance <= reached + 1.0:
            knots.append(_Knot(row["chainage"], None, off))
            notes.append(Note(Severity.WARNING, "chainage_dropped", {"chainage": row["chainage"], "off_m": Size(off)}))
            continue
        reached = distance
        place = ground.interpolate(distance)
        lon, lat = back.transform(place.x, place.y)
        moved = (round(lon, splicing.DECIMALS), round(lat, splicing.DECIMALS))
        # A point that is on the line stays to the digit, so that the same import twice changes nothing.
        knots.append(_Knot(row["chainage"], tuple(row["at"][:2]) if off <= _ON_LINE_M else moved, off))
    if not any(knot.at for knot in knots):
        raise GeoImportError("no_chainage_left", chainages=", ".join(knot.text for knot in knots), reach=Size(reach))
    return knots, ground


def _chainage_m(text: str) -> Decimal:
    from lsinfra.quantities import read_chainage

    return read_chainage(text).m


def _start_note(ground: LineString, old: _Old, forth: pyproj.Transformer, notes: list[Note]) -> None:
    """Where the chainage only counts from the start of the line, a start elsewhere moves every chainage."""
    if old.alignment is None:
        return
    start = Point(measured(old.alignment.line, forth).coords[0])
    off = start.distance(Point(ground.coords[0]))
    if off > max(old.alignment.uncertainty_m or 0.0, _REACH_M):
        said = spell(old.alignment.start_m)
        notes.append(Note(Severity.WARNING, "start_moved", {"chainage": said, "off_m": Size(off)}))


def _properties(route: str, old: _Old, asked: Request, knots: list[_Knot]) -> dict[str, Any]:
    """The new feature's properties in the order of the file; the sketch's note was of the sketch."""
    kept = [knot for knot in knots if knot.at]
    start = None if kept else old.properties.get("start", "Km0")
    partial = old.properties.get("partial") if asked.partial is None else asked.partial
    properties = {
        "route": route,
        "title": old.properties.get("title"),
        "accuracy": asked.accuracy,
        "uncertainty_m": asked.uncertainty_m,
        "partial": partial,
        "source": spoken_source(asked),
        "licence": asked.licence.strip(),
        "credit": asked.attribution,
        "start": start,
        "calibration": [{"chainage": knot.text, "at": list(knot.at)} for knot in kept if knot.at] or None,
    }
    return properties | {name: value for name, value in old.properties.items() if name not in _OWN}


def _rounded(ground: LineString, back: pyproj.Transformer) -> LineString:
    at = np.column_stack(back.transform(*np.array(ground.coords).T))
    line = shapely.remove_repeated_points(LineString(np.round(at, splicing.DECIMALS)))
    return LineString(line.coords)


# --- what a person is told -----------------------------------------------------------------------------------------


def _length_facts(portfolio: Portfolio, new: Alignment, old: _Old) -> list[Line]:
    """The new line against the old drawing, against the published chainage and against every published length.

    Whether a length is too far off is for the checks of the records, ``length_differs``, to say.
    """
    facts = [Line("length", {"drawn_m": Size(new.drawn_m), "crs": new.metric_crs})]
    values: dict[str, object]
    if old.alignment is not None:
        change = new.drawn_m / old.alignment.drawn_m
        values = {"old_m": Size(old.alignment.drawn_m), "percent": Size(change * 100, 1)}
        facts.append(Line("length_old", values))
    if new.calibrated and new.ratio is not None:
        first, last = new.calibration[0], new.calibration[-1]
        published, drawn = last[0] - first[0], last[1] - first[1]
        values = {"first": spell(first[0]), "last": spell(last[0]), "published_m": Size(published)}
        values |= {"drawn_m": Size(drawn), "percent": Size(drawn / published * 100, 1)}
        facts.append(Line("length_chainage", values))
    for (low, from_m), (high, to_m) in pairwise(new.calibration) if len(new.calibration) > 2 else ():
        ends: dict[str, object] = {"first": spell(low), "last": spell(high)}
        facts.append(Line("leg", {**ends, "percent": Size((to_m - from_m) / (high - low) * 100, 1)}))
    for claim, sources in _claims(portfolio, new.route):
        published = float(claim.amount) * 1000
        values = {"claimed": claim, "percent": Size(new.drawn_m / published * 100, 1)}
        titles = Listed(tuple(portfolio.records.sources[source].title for source in sources))
        sourced = Line("length_published", {**values, "source": titles})
        facts.append(sourced if sources else Line("length_unsourced", values))
    return facts


def _claims(portfolio: Portfolio, route: str) -> list[tuple[Figure, tuple[str, ...]]]:
    """Published lengths of exactly this route, with the ids of their sources."""
    records = portfolio.records
    found = [
        (claim.value, (claim.source,) if claim.source else ())
        for project in records.projects
        for claim in project.length
        if claim.route == route or (claim.route is None and tuple(project.routes) == (route,))
    ]
    works = (*records.proposals, *records.finished)
    return found + [
        (work.length, tuple(work.source)) for work in works if work.length and tuple(work.routes) == (route,)
    ]


def _chainage_facts(new: Alignment, knots: list[_Knot]) -> list[Line]:
    facts = [Line("chainage", {"start": spell(new.start_m), "end": spell(new.end_m)})]
    facts += [
        Line("chainage_kept", {"chainage": knot.text, "moved_m": Size(knot.moved_m)}) for knot in knots if knot.at
    ]
    return facts


def _distance_facts(
    known: Routes, new: Alignment, old: _Old, forth: pyproj.Transformer, notes: list[Note]
) -> list[Line]:
    """How far the new line lies from the old one, and from the places that one was drawn through."""
    if old.alignment is None:
        return []
    ground, sketch = measured(new.line, forth), measured(old.alignment.line, forth)
    beside = ground
    if old.alignment.partial:  # where it drew nothing it cannot be missed
        low, high = sorted(ground.project(Point(at)) for at in (sketch.coords[0], sketch.coords[-1]))
        beside = LineString(substring(ground, low, high).coords) if high - low > _STEP_M else ground
    off = _offsets(beside, sketch)
    missed = _offsets(sketch, ground)
    facts = [Line("off", {"max_m": Size(off.max()), "mean_m": Size(off.mean()), "missed_m": Size(missed.max())})]
    sure = old.alignment.uncertainty_m or _REACH_M
    if off.max() > _ELSEWHERE * sure:
        # Against an older survey that does not say how sure it is, the road may have been moved since.
        severity = Severity.WARNING if old.alignment.uncertainty_m is None else Severity.ERROR
        notes.append(Note(severity, "elsewhere", {"off_m": Size(off.max()), "sure_m": Size(sure)}))
    for place in known.places.values():
        point = Point(forth.transform(place.point.x, place.point.y))
        if point.distance(sketch) > _PLACE_ON_LINE_M:
            continue
        far = point.distance(ground)
        title = _Title(place.title)
        facts.append(Line("place", {"place": title, "off_m": Size(far), "sure_m": Size(place.uncertainty_m)}))
        if far > place.uncertainty_m + (new.uncertainty_m or 0.0):
            notes.append(Note(Severity.WARNING, "misses_place", {"place": title, "off_m": Size(far)}))
    return facts


@dataclass(frozen=True, slots=True)
class _Title:
    text: dict[str, str]

    def write(self, lang: str) -> str:
        return self.text[lang]


def _offsets(line: LineString, other: LineString) -> np.ndarray:
    """The distance of every 50 m of a line from another (m)."""
    spots = shapely.get_coordinates(shapely.segmentize(line, _STEP_M))
    return np.asarray(shapely.distance(shapely.points(spots), other))
