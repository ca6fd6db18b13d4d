"""Doubts about data that loads. Each check is a small generator in ``CHECKS``; its code is stable and documented.

Nothing is mended here and no figure is left out: a finding says what a reader must know before he believes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from lsinfra.alignments import Alignment
from lsinfra.codes import Stage
from lsinfra.errors import Finding, Severity
from lsinfra.phrases import Between, Percent, Place, Sum
from lsinfra.portfolio import Portfolio
from lsinfra.progress import ClearanceRow, Progress, histories, rate
from lsinfra.quantities import (
    Chainage,
    Figure,
    Measure,
    PartialDate,
    StatedCheck,
    Unit,
    implied_total,
)
from lsinfra.records import Clearance, Disbursement, Project, Record, Section, Title

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

_UNIT_OF = {
    Measure.AREA: Unit.HA,
    Measure.LENGTH: Unit.KM,
    Measure.HOUSEHOLDS: Unit.HOUSEHOLDS,
    Measure.PARCELS: Unit.PARCELS,
}

# How far a drawn length may lie from a published one before it is said. A schematic line cuts every corner.
SCHEMATIC_TOLERANCE = 0.10
SURVEY_TOLERANCE = 0.01


@dataclass(frozen=True)
class Subject:
    """What the checks look at. ``today`` is the day of the run, None where the caller does not say."""

    portfolio: Portfolio
    progress: Progress
    today: date | None

    @property
    def projects(self) -> Sequence[Project]:
        return self.portfolio.records.projects


def check(portfolio: Portfolio, progress: Progress, today: date | None = None) -> tuple[Finding, ...]:
    """Every finding, errors first, then by project in the order of the file."""
    subject = Subject(portfolio, progress, today)
    order = {project.id: n for n, project in enumerate(subject.projects)}
    found = [finding for one in CHECKS for finding in one(subject)]
    severities = list(Severity)
    return tuple(sorted(found, key=lambda f: (severities.index(f.severity), order.get(f.project or "", -1))))


def _finding(
    code: str, severity: Severity, record: Record, project: Project | None, section: str | None = None, **values: object
) -> Finding:
    return Finding(code, severity, record.where, project.id if project else None, section, values)


def _observations(subject: Subject) -> Iterator[tuple[Project, Clearance | Disbursement, str | None]]:
    for project in subject.projects:
        for observation in project.clearance:
            yield project, observation, observation.section
        for spent in project.disbursement:
            yield project, spent, None


def _figures(subject: Subject) -> Iterator[tuple[Project, Clearance | Disbursement, str | None, Figure]]:
    """Every figure of land and money up to the date asked for: a doubt about an old one is one about the history."""
    for project, observation, section in _observations(subject):
        if observation.as_of.last_day > subject.progress.as_of:
            continue
        if isinstance(observation, Clearance):
            figures = [figure for _, figure in observation.stages]
        else:
            figures = [observation.total, *observation.funding.values()]
        for figure in figures:
            yield project, observation, section, figure


def _steps(subject: Subject) -> Iterator[tuple[Project, ClearanceRow, ClearanceRow]]:
    """Each figure with the one before it of the same section, stage and measure, up to the date asked for."""
    for project in subject.projects:
        for history in histories(subject.portfolio.records, project, subject.progress.as_of):
            for before, after in pairwise(history):
                yield project, before, after


def _step(
    code: str,
    severity: Severity,
    project: Project,
    before: ClearanceRow,
    after: ClearanceRow,
    old: Decimal,
    new: Decimal,
) -> Finding:
    unit = _UNIT_OF[after.measure]
    values = {
        "place": Place(project, after.section),
        "stage": after.stage,
        "before": Figure(old, unit),
        "after": Figure(new, unit),
        "first": before.dating.observed,
        "second": after.dating.observed,
    }
    return Finding(code, severity, after.dating.where, project.id, after.section, values)


def _km(metres: float) -> Chainage:
    return Chainage(Decimal(max(round(metres), 0)))


# --- figures -----------------------------------------------------------------------------------------------


def stated_percent_conflict(subject: Subject) -> Iterator[Finding]:
    """A stated percentage that is neither the rounded nor the truncated share."""
    for project, observation, section, figure in _figures(subject):
        found = rate(figure)
        if found.check is StatedCheck.CONFLICT and found.share is not None:
            values = {"figure": figure, "computed": Percent(found.share, figure.measure)}
            place = Place(project, section, observation.as_of)
            yield _finding("stated_percent_conflict", WARNING, observation, project, section, place=place, **values)
    for project in subject.projects:
        for row in (row for row in subject.progress.investment if row.project == project.id):
            if row.rate.check is StatedCheck.CONFLICT and row.rate.share is not None:
                figure = Figure(row.rate.value / Unit.BILLION.factor, Unit.BILLION, percent=row.rate.stated_percent)
                computed = Percent(row.rate.share, Measure.PERCENT)
                values = {"figure": figure, "computed": computed, "place": Place(project, None)}
                yield Finding("stated_percent_conflict", WARNING, row.where, project.id, None, values)


def value_above_total(subject: Subject) -> Iterator[Finding]:
    """A part that is larger than its whole."""
    for project, observation, section, figure in _figures(subject):
        if figure.total is not None and figure.value > figure.total:
            place = Place(project, section, observation.as_of)
            yield _finding("value_above_total", ERROR, observation, project, section, place=place, figure=figure)


def negative_value(subject: Subject) -> Iterator[Finding]:
    """Land, road and households cannot be less than nothing (money can: recovered advances)."""
    for project, observation, section, figure in _figures(subject):
        if figure.measure is not Measure.MONEY and figure.value < 0:
            place = Place(project, section, observation.as_of)
            yield _finding("negative_value", ERROR, observation, project, section, place=place, figure=figure)


def value_falls(subject: Subject) -> Iterator[Finding]:
    """A later value below an earlier one: land handed over does not come back."""
    for project, before, after in _steps(subject):
        if after.rate.value < before.rate.value:
            yield _step("value_falls", WARNING, project, before, after, before.rate.value, after.rate.value)


def total_changed(subject: Subject) -> Iterator[Finding]:
    """A total that moved: the scope is no longer the same, shares before and after do not compare."""
    for project, before, after in _steps(subject):
        old, new = before.rate, after.rate
        if old.total is not None and new.total is not None and old.total != new.total:
            yield _step("total_changed", WARNING, project, before, after, old.total, new.total)


def total_implied(subject: Subject) -> Iterator[Finding]:
    """A total nobody printed: what the stated percentage implies, if it was rounded and if it was cut off."""
    for project, observation, section, figure in _figures(subject):
        if figure.total is None and figure.percent is not None:
            rounded = implied_total(figure.value, figure.percent)
            truncated = implied_total(figure.value, figure.percent, truncated=True)
            values = {"rounded": Between(rounded, figure.unit), "truncated": Between(truncated, figure.unit)}
            place = Place(project, section, observation.as_of)
            yield _finding("total_implied", INFO, observation, project, section, place=place, figure=figure, **values)


def sources_disagree(subject: Subject) -> Iterator[Finding]:
    """Two figures of one thing and one day."""
    for project in subject.projects:
        first_said: dict[tuple[object, ...], tuple[Clearance, Figure]] = {}
        known = [seen for seen in project.clearance if seen.as_of.last_day <= subject.progress.as_of]
        for observation in known:
            for stage, figure in observation.stages:
                key = (observation.as_of.last_day, observation.section, stage, figure.measure)
                first, other = first_said.setdefault(key, (observation, figure))
                if (other.amount, other.total_amount) != (figure.amount, figure.total_amount):
                    values = {"first": other, "second": figure, "observed": observation.as_of, "stage": stage}
                    values |= {"source": first.source, "other": observation.source}
                    place = Place(project, observation.section)
                    section = observation.section
                    yield _finding("sources_disagree", WARNING, observation, project, section, place=place, **values)


def parts_do_not_sum(subject: Subject) -> Iterator[Finding]:
    """Parts of an investment or of a plan year that do not make up their whole."""
    for project in subject.projects:
        for investment in project.investment:
            if investment.parts:
                amounts = [part.amount for part in investment.parts]
                yield from _parts(project, investment, amounts, investment.total)
        for observation in project.disbursement:
            if len(observation.funding) > 1 and observation.as_of.last_day <= subject.progress.as_of:
                yield from _parts(project, observation, list(observation.funding.values()), observation.total)


def _parts(project: Project, record: Record, parts: Sequence[Figure], whole: Figure) -> Iterator[Finding]:
    added = sum((part.amount for part in parts), Decimal(0))
    if added != whole.amount:
        terms = Sum(tuple(Figure(part.value, part.unit, about=part.about) for part in parts))
        total = Figure(added / whole.unit.factor, whole.unit)
        values = {"parts": terms, "added": total, "whole": Figure(whole.value, whole.unit)}
        yield _finding("parts_do_not_sum", WARNING, record, project, None, **values)


def sections_do_not_sum(subject: Subject) -> Iterator[Finding]:
    """A project's own figure that is not the sum of its sections of the same time."""
    for project in subject.projects:
        rows = [row for row in subject.progress.clearance if row.project == project.id and row.section is None]
        for added in (added for added in subject.progress.sums if added.project == project.id):
            for row in rows:
                same = (row.stage, row.measure) == (added.stage, added.measure)
                if same and added.rate and added.last == row.dating.observed and added.first == added.last:
                    mine = (row.rate.value, row.rate.total)
                    sums = (added.rate.value, added.rate.total)
                    if mine[0] != sums[0] or (mine[1] != sums[1] and None not in (mine[1], sums[1])):
                        unit = _UNIT_OF[row.measure]
                        values: dict[str, object] = {"stage": row.stage, "observed": row.dating.observed}
                        values |= {"own": Figure(mine[0], unit, mine[1]), "added": Figure(sums[0], unit, sums[1])}
                        yield Finding("sections_do_not_sum", WARNING, row.dating.where, project.id, None, values)


# --- time and source ---------------------------------------------------------------------------------------


def future_observation(subject: Subject) -> Iterator[Finding]:
    """An observation of a day that has not come."""
    for project, observation, section in _observations(subject):
        if subject.today is not None and observation.as_of.first_day > subject.today:
            values = {
                "observed": observation.as_of,
                "today": PartialDate(subject.today.year, subject.today.month, subject.today.day),
            }
            yield _finding("future_observation", ERROR, observation, project, section, **values)


def after_its_source(subject: Subject) -> Iterator[Finding]:
    """An observation dated after the document it is taken from."""
    for project, observation, section in _observations(subject):
        source = subject.portfolio.records.sources.get(observation.source)
        if source and source.date and observation.as_of.first_day > source.date.last_day:
            values = {"observed": observation.as_of, "source": source.title, "published": source.date}
            yield _finding("after_its_source", WARNING, observation, project, section, **values)


def stale(subject: Subject) -> Iterator[Finding]:
    """Projects whose newest figures are older than ``stale_after_days``."""
    days = subject.portfolio.records.portfolio.stale_after_days
    for project in subject.projects:
        land = [row.dating for row in subject.progress.clearance if row.project == project.id]
        money = [row.dating for row in subject.progress.disbursement if row.project == project.id]
        for code, datings in (("stale_clearance", land), ("stale_disbursement", money)):
            old = [dating for dating in datings if dating.stale]
            if old:
                newest = max(datings, key=lambda dating: dating.observed.last_day)
                values = {"old": len(old), "all": len(datings), "days": days, "newest": newest.observed}
                yield Finding(code, WARNING, newest.where, project.id, None, values)


def missing(subject: Subject) -> Iterator[Finding]:
    """What nobody reported: land handed over, of the project or of a section; money."""
    for project in subject.projects:
        rows = [row for row in subject.progress.clearance if row.project == project.id]
        handed = {row.section for row in rows if row.stage is Stage.HANDED_OVER}
        if None not in handed:
            yield _finding("no_clearance", WARNING, project, project)
        for section in project.sections:
            if section.in_scope and section.id not in handed:
                yield _finding("no_clearance_section", INFO, section, project, section.id, unit=section.unit)
        if not any(row.project == project.id for row in subject.progress.disbursement):
            yield _finding("no_disbursement", WARNING, project, project)


def unknown_source(subject: Subject) -> Iterator[Finding]:
    """A source that is not listed: the figure cannot be traced."""
    records = subject.portfolio.records
    used: list[tuple[Project | None, Record, str]] = []
    for project in records.projects:
        for group in (project.clearance, project.disbursement, project.investment, project.milestones):
            used += [(project, record, record.source) for record in group]
        for loose in (project.length, project.issues):
            used += [(project, record, record.source) for record in loose if record.source]
    for work in (*records.proposals, *records.finished):
        used += [(None, work, source) for source in work.source]
    for indicator in records.indicators:
        used += [(None, reading, reading.source) for reading in indicator.observations]
        used += [(None, target, target.source) for target in [indicator.target] if target]
    for owner, record, source in used:
        if source not in records.sources:
            yield _finding("unknown_source", ERROR, record, owner, source=source)


def unit_ended(subject: Subject) -> Iterator[Finding]:
    """A figure of a unit that no longer was: districts of 2024 after 2025-07-01."""
    for project, observation, section in _observations(subject):
        part = project.section(section)
        unit = subject.portfolio.records.units.get(part.unit) if part else None
        if part and unit and unit.until and observation.as_of.first_day > unit.until.last_day:
            values = {"unit": part.unit, "until": unit.until, "observed": observation.as_of}
            yield _finding("unit_ended", WARNING, observation, project, section, **values)


# --- routes ------------------------------------------------------------------------------------------------


def unknown_route(subject: Subject) -> Iterator[Finding]:
    """A route or place that is named but drawn nowhere, and a project without any route."""
    records, routes = subject.portfolio.records, subject.portfolio.routes
    for project in records.projects:
        if not project.routes:
            yield _finding("project_without_route", WARNING, project, project)
        named = {part.route: section for section in project.sections for part in section.parts}
        for route in dict.fromkeys([*project.routes, *named]):
            if route not in routes.alignments:
                yield _finding("unknown_route", ERROR, project, project, route=route)
            elif route not in project.routes:
                yield _finding("route_not_of_project", WARNING, named[route], project, named[route].id, route=route)
    for work in (*records.proposals, *records.finished):
        for route in work.routes:
            if route not in routes.alignments:
                yield _finding("unknown_route", ERROR, work, None, route=route)
        for place in work.places:
            if place not in routes.places:
                yield _finding("unknown_place", ERROR, work, None, place=place)


def route_without_project(subject: Subject) -> Iterator[Finding]:
    """A line in geodata that no record speaks of."""
    records = subject.portfolio.records
    named = {route for project in records.projects for route in project.routes}
    named |= {route for work in (*records.proposals, *records.finished) for route in work.routes}
    for route in subject.portfolio.routes.alignments:
        if route not in named:
            yield Finding("route_without_project", WARNING, "geodata", None, None, {"route": route})


def length_differs(subject: Subject) -> Iterator[Finding]:
    """A published length against the drawn one (of a line drawn whole), and published lengths against each other."""
    lines = subject.portfolio.routes.alignments
    for project in subject.projects:
        wholes = [claim for claim in project.length if claim.route is None]
        for claim in project.length:
            routes = [claim.route] if claim.route else list(project.routes)
            if routes and all(route in lines and not lines[route].partial for route in routes):
                drawn = sum(lines[route].drawn_m for route in routes)
                exact = all(lines[route].accuracy == "survey" for route in routes)
                what = _named(lines[claim.route]) if claim.route else Place(project, None)
                yield from _length(project, claim, what, claim.value, drawn, exact=exact)
        for first, second in pairwise(wholes):
            if first.value.amount != second.value.amount:
                pair: dict[str, object] = {"first": first.value, "second": second.value}
                yield _finding("length_claims_differ", INFO, second, project, None, **pair)
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
        drawn = Figure(Decimal(round(drawn_m / 100)) / 10, Unit.KM)
        ratio = Percent(Fraction(round(drawn_m)) / Fraction(round(published_m)), Measure.MONEY)
        severity = WARNING if exact else INFO
        section = record.id if isinstance(record, Section) else None
        values = {"what": what, "claimed": claim, "drawn": drawn, "ratio": ratio}
        yield _finding("length_differs", severity, record, project, section, **values)


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
                    yield _finding("section_outside_route", ERROR, section, project, section.id, **values, **ends)
        for route, parts in on_route.items():
            parts.sort(key=lambda part: part[:2])
            for (_, end, first), (start, _, second) in pairwise(parts):
                if end != start:
                    code = "section_gap" if end < start else "section_overlap"
                    low, high = sorted((end, start))
                    values = {"route": route, "first": first.unit, "second": second.unit}
                    values |= {"start": Chainage(low), "end": Chainage(high)}
                    yield _finding(code, WARNING, second, project, second.id, **values)
            if line := lines.get(route):
                yield from _uncovered(project, route, parts, line.start_m, line.end_m)


def _uncovered(
    project: Project, route: str, parts: Sequence[tuple[Decimal, Decimal, Section]], start_m: float, end_m: float
) -> Iterator[Finding]:
    """The ends of a route that no section reaches; less than a metre is rounding."""
    first, last = parts[0], parts[-1]
    for low, high, section in ((start_m, float(first[0]), first[2]), (float(last[1]), end_m, last[2])):
        if high - low > 1:
            values = {"route": route, "start": _km(low), "end": _km(high), "first": "–", "second": section.unit}
            yield _finding("section_gap", WARNING, section, project, section.id, **values)


def issue_outside_route(subject: Subject) -> Iterator[Finding]:
    """An obstacle at a chainage none of the project's routes has."""
    lines = subject.portfolio.routes.alignments
    for project in subject.projects:
        for issue in project.issues:
            routes = [issue.route] if issue.route else list(project.routes)
            known = [lines[route] for route in routes if route in lines]
            if issue.at is not None and known and not any(line.holds(issue.at) for line in known):
                yield _finding("issue_outside_route", WARNING, issue, project, issue.section, at=issue.at)


CHECKS: list[Callable[[Subject], Iterator[Finding]]] = [
    stated_percent_conflict,
    value_above_total,
    negative_value,
    value_falls,
    total_changed,
    total_implied,
    sources_disagree,
    parts_do_not_sum,
    sections_do_not_sum,
    future_observation,
    after_its_source,
    stale,
    missing,
    unknown_source,
    unit_ended,
    unknown_route,
    route_without_project,
    length_differs,
    sections_on_route,
    issue_outside_route,
]
