"""Doubts about where things are: routes, sections, stretches, lengths. Each check is listed in ``checks.CHECKS``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from shapely import LineString, Point

from lsinfra.alignments import Alignment
from lsinfra.errors import Finding
from lsinfra.fields import hint
from lsinfra.phrases import Amount, Percent, Place
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import Chainage, Figure, Measure, Unit
from lsinfra.records import Issue, Project, Record, Section, Stretch, Title
from lsinfra.subject import ERROR, INFO, WARNING, Subject, finding

# How far a drawn length may lie from a published one before it is said. A schematic line cuts every corner.
SCHEMATIC_TOLERANCE = 0.10
SURVEY_TOLERANCE = 0.01


def unknown_route(subject: Subject) -> Iterator[Finding]:
    """A route or place that is named but drawn nowhere, and a project without any route."""
    records, routes = subject.portfolio.records, subject.portfolio.routes
    for project in records.projects:
        if not project.routes:
            yield finding("project_without_route", WARNING, project, project)
        for route, record, section in _routes_of(project):
            if route not in routes.alignments:
                known = hint(route, list(routes.alignments))
                yield finding("unknown_route", ERROR, record, project, section, route=route, hint=known)
            elif route not in project.routes:
                yield finding("route_not_of_project", WARNING, record, project, section, route=route)
    for work in (*records.proposals, *records.finished):
        for route in work.routes:
            if route not in routes.alignments:
                yield finding(
                    "unknown_route", ERROR, work, None, route=route, hint=hint(route, list(routes.alignments))
                )
        for place in work.places:
            if place not in routes.places:
                yield finding("unknown_place", ERROR, work, None, place=place, hint=hint(place, list(routes.places)))


def _routes_of(project: Project) -> Iterator[tuple[str, Record, str | None]]:
    """Every route that a project or a part of it names, once, and where it does so first."""
    named: list[tuple[str, Record, str | None]] = [(route, project, None) for route in project.routes]
    named += [(part.route, section, section.id) for section in project.sections for part in section.parts]
    named += [(part.route, seen, seen.section) for seen in project.clearance for part in seen.handed_over_at]
    named += [(claim.route, claim, None) for claim in project.length if claim.route]
    named += [(issue.route, issue, issue.section) for issue in project.issues if issue.route]
    yield from {route: (route, record, section) for route, record, section in reversed(named)}.values()


def route_without_project(subject: Subject) -> Iterator[Finding]:
    """A line in geodata that no record speaks of."""
    records = subject.portfolio.records
    named = {route for project in records.projects for route, _, _ in _routes_of(project)}
    named |= {route for work in (*records.proposals, *records.finished) for route in work.routes}
    for route in subject.portfolio.routes.alignments:
        if route not in named:
            yield Finding("route_without_project", WARNING, "geodata", None, None, {"route": route})


def length_differs(subject: Subject) -> Iterator[Finding]:
    """A published length against the drawn one (of a line drawn whole), and published lengths against each other."""
    lines = subject.portfolio.routes.alignments
    for project in subject.projects:
        as_of = subject.progress.as_of
        claims = [claim for claim in project.length if claim.as_of is None or claim.as_of.last_day <= as_of]
        wholes = [claim for claim in claims if claim.route is None]
        for claim in claims:
            routes = [claim.route] if claim.route else list(project.routes)
            if routes and all(route in lines and not lines[route].partial for route in routes):
                drawn = sum(lines[route].drawn_m for route in routes)
                exact = all(lines[route].accuracy == "survey" for route in routes)
                what = _named(lines[claim.route]) if claim.route else Place(project, None)
                yield from _length(project, claim, what, claim.value, drawn, exact=exact)
        for first, second in pairwise(wholes):
            if first.value.amount != second.value.amount:
                pair: dict[str, object] = {"first": first.value, "second": second.value}
                yield finding("length_claims_differ", INFO, second, project, None, **pair)
        for section in project.sections:
            if section.length and section.parts and all(part.route in lines for part in section.parts):
                drawn = sum(float(part.to.m - part.from_.m) for part in section.parts)
                exact = section.placed == "surveyed"
                yield from _length(project, section, Place(project, section.id), section.length, drawn, exact=exact)
    for work in (*subject.portfolio.records.proposals, *subject.portfolio.records.finished):
        drawn_whole = all(route in lines and not lines[route].partial for route in work.routes)
        if work.length and work.routes and drawn_whole:
            drawn = sum(lines[route].drawn_m for route in work.routes)
            yield from _length(None, work, work.title, work.length, drawn, exact=False)


def _named(line: Alignment) -> object:
    return Title(vi=line.title["vi"], en=line.title["en"]) if line.title else line.route


def _length(
    project: Project | None, record: Record, what: object, claim: Figure, drawn_m: float, *, exact: bool
) -> Iterator[Finding]:
    published_m = float(claim.amount) * 1000
    tolerance = SURVEY_TOLERANCE if exact else SCHEMATIC_TOLERANCE
    if published_m > 0 and abs(drawn_m / published_m - 1) > tolerance:
        drawn = Amount(Decimal(round(drawn_m / 100)) / 10, Unit.KM)
        ratio = Percent(Fraction(drawn_m) / (Fraction(claim.amount) * 1000), Measure.LENGTH)
        severity = WARNING if exact else INFO
        section = record.id if isinstance(record, Section) else None
        values = {"what": what, "claimed": claim, "drawn": drawn, "ratio": ratio}
        yield finding("length_differs", severity, record, project, section, **values)


def sections_on_route(subject: Subject) -> Iterator[Finding]:
    """Sections that leave a gap, overlap, or lie outside their route."""
    lines = subject.portfolio.routes.alignments
    for project in subject.projects:
        on_route: dict[str, list[tuple[Decimal, Decimal, Section]]] = defaultdict(list)
        for section in project.sections:
            for part in section.parts:
                on_route[part.route].append((part.from_.m, part.to.m, section))
                line = lines.get(part.route)
                if line and not (line.holds(part.from_) and line.holds(part.to)):
                    values = {"unit": section.unit, "route": part.route, "start": part.from_, "end": part.to}
                    ends = {"first": _km(line.start_m), "last": _km(line.end_m)}
                    yield finding("section_outside_route", ERROR, section, project, section.id, **values, **ends)
        for route, parts in on_route.items():
            parts.sort(key=lambda part: part[:2])
            _, reached, last = parts[0]
            for start, end, section in parts[1:]:
                if start != reached:
                    code = "section_gap" if reached < start else "section_overlap"
                    low, high = (reached, start) if reached < start else (start, min(reached, end))
                    values = {"route": route, "start": Chainage(low), "end": Chainage(high)}
                    values |= {"first": last.unit, "second": section.unit}
                    yield finding(code, WARNING, section, project, section.id, **values)
                if end > reached:
                    reached, last = end, section
            if line := lines.get(route):
                # The ends of the route that no section reaches; less than a metre is rounding.
                bare = [(line.start_m, float(parts[0][0]), parts[0][2]), (float(reached), line.end_m, last)]
                for from_m, to_m, section in bare:
                    if to_m - from_m > 1:
                        values = {"route": route, "start": _km(from_m), "end": _km(to_m), "unit": section.unit}
                        yield finding("section_short", WARNING, section, project, section.id, **values)


def stretch_outside_route(subject: Subject) -> Iterator[Finding]:
    """Handed-over land published by chainage that its route does not have: the map can draw only what is on it."""
    lines = subject.portfolio.routes.alignments
    for project in subject.projects:
        for seen in project.clearance:
            for part in seen.handed_over_at:
                line = lines.get(part.route)
                if line and not (line.holds(part.from_) and line.holds(part.to)):
                    values = {"place": Place(project, seen.section, seen.as_of), "route": part.route}
                    values |= {"start": part.from_, "end": part.to, "first": _km(line.start_m), "last": _km(line.end_m)}
                    yield finding("stretch_outside_route", ERROR, seen, project, seen.section, **values)


def issue_outside_route(subject: Subject) -> Iterator[Finding]:
    """An obstacle at a chainage none of the project's routes has."""
    lines = subject.portfolio.routes.alignments
    for project in subject.projects:
        for issue in project.issues:
            routes = [issue.route] if issue.route else list(project.routes)
            known = [lines[route] for route in routes if route in lines]
            if issue.at is not None and known and not any(line.holds(issue.at) for line in known):
                yield finding("issue_outside_route", WARNING, issue, project, issue.section, at=issue.at)


def issue_unplaced(subject: Subject) -> Iterator[Finding]:
    """An open obstacle with a chainage, of which nobody can tell on which of the project's routes it is."""
    lines, as_of = subject.portfolio.routes.alignments, subject.progress.as_of
    for project in subject.projects:
        for issue in project.issues:
            open_ = issue.closed is None or issue.closed.last_day > as_of
            if issue.at is None or not open_ or len(project.routes) < 2 or route_of(project, issue):
                continue
            # On none of the routes that are drawn: issue_outside_route says so.
            holding = [route for route in project.routes if route not in lines or lines[route].holds(issue.at)]
            if holding:
                values = {"at": issue.at, "routes": ", ".join(holding)}
                yield finding("issue_unplaced", INFO, issue, project, issue.section, **values)


def route_of(project: Project, issue: Issue) -> str | None:
    """The route an obstacle is on: its own, that of its section where that is on one route, or the project's only."""
    section = project.section(issue.section)
    routes = {part.route for part in section.parts} if section else set()
    if issue.route or len(routes) == 1:
        return issue.route or routes.pop()
    return project.routes[0] if len(project.routes) == 1 else None


def point_of(portfolio: Portfolio, project: Project, issue: Issue) -> Point | None:
    """Where an obstacle is, EPSG:4326: a chainage between the first and the last that was published of its route.

    None for any other: a chainage counted from where a sketch begins is no place.
    """
    line = portfolio.routes.alignments.get(route_of(project, issue) or "")
    ends = _known(line)
    if line is None or issue.at is None or ends is None:
        return None
    return line.point(issue.at) if ends[0] <= float(issue.at.m) <= ends[1] else None


def stretch_of(portfolio: Portfolio, part: Stretch) -> LineString:
    """Where a published stretch is, EPSG:4326: as far as it lies where ``point_of`` would know a place.

    An empty line where that is nowhere.
    """
    line = portfolio.routes.alignments.get(part.route)
    ends = _known(line)
    if line is None or ends is None:
        return LineString()
    return line.interval(max(float(part.from_.m), ends[0]), min(float(part.to.m), ends[1]))


def _known(line: Alignment | None) -> tuple[float, float] | None:
    """The first and the last published chainage (m) of a route, between which a chainage is a place."""
    return (line.calibration[0][0], line.calibration[-1][0]) if line and line.calibrated else None


def in_scope(project: Project, line: Alignment) -> list[LineString]:
    """A route without the stretches of sections that are not the province's: no figure of its own is of those."""
    beyond = sorted(
        (float(part.from_.m), float(part.to.m))
        for section in project.sections
        if not section.in_scope
        for part in section.parts
        if part.route == line.route
    )
    if not beyond:
        return [line.line]
    pieces, at = [], line.start_m
    for start, end in [*beyond, (line.end_m, line.end_m)]:
        # Chainage is written to the metre: less than that at an end is rounding.
        if start - at > 1:
            pieces.append(line.interval(at, start))
        at = max(at, end)
    return [piece for piece in pieces if not piece.is_empty]


def _km(metres: float) -> Chainage:
    return Chainage(Decimal(max(round(metres), 0)))
