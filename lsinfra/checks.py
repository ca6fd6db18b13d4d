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
from lsinfra.numerals import decimals_of
from lsinfra.phrases import Amount, Between, Percent, Place, Sum
from lsinfra.portfolio import Portfolio
from lsinfra.progress import EXACT, ClearanceRow, Progress, Rate, added, histories, rate
from lsinfra.quantities import SHOWN_IN, Chainage, Figure, Measure, PartialDate, StatedCheck, Unit, implied_total
from lsinfra.records import Clearance, Disbursement, Project, Record, Section, Title
from lsinfra.text import Phrase

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

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
    # A length written as a bare text is no table with a line of its own.
    where = record.where or (project.where if project else "")
    return Finding(code, severity, where, project.id if project else None, section, values)


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
    code: str, project: Project, before: ClearanceRow, after: ClearanceRow, old: Decimal, new: Decimal
) -> Finding:
    unit = SHOWN_IN[after.measure]
    values = {
        "place": Place(project, after.section),
        "stage": after.stage,
        "before": Amount(old, unit),
        "after": Amount(new, unit),
        "first": before.dating.observed,
        "second": after.dating.observed,
    }
    return Finding(code, WARNING, after.dating.where, project.id, after.section, values)


def _km(metres: float) -> Chainage:
    return Chainage(Decimal(max(round(metres), 0)))


# --- figures -----------------------------------------------------------------------------------------------


def stated_percent_conflict(subject: Subject) -> Iterator[Finding]:
    """A stated percentage that is neither the rounded nor the truncated share."""
    for project, observation, section, figure in _figures(subject):
        found = rate(figure)
        if found.check is StatedCheck.CONFLICT and found.share is not None:
            values = {"figure": figure, "computed": _computed(found, figure.measure)}
            place = Place(project, section, observation.as_of)
            yield _finding("stated_percent_conflict", WARNING, observation, project, section, place=place, **values)
    for project in subject.projects:
        for row in (row for row in subject.progress.investment if row.project == project.id):
            if row.rate.check is StatedCheck.CONFLICT and row.rate.share is not None:
                computed = _computed(row.rate, Measure.MONEY)
                values = {"figure": row.figure, "computed": computed, "place": Place(project, None)}
                yield Finding("stated_percent_conflict", WARNING, row.where, project.id, None, values)


def _computed(found: Rate, measure: Measure) -> Percent:
    """The computed share, with as many decimals as the stated one, so that the two are never written alike."""
    decimals = 0 if found.stated_percent is None else decimals_of(found.stated_percent)
    return Percent(found.share or Fraction(0), measure, decimals)


def value_above_total(subject: Subject) -> Iterator[Finding]:
    """A part that is larger than its whole, or is said to be more than 100 % of it. Money may pass a plan lawfully."""
    for project, observation, section, figure in _figures(subject):
        if (rate(figure).share or 0) > 1:
            place, severity = (
                Place(project, section, observation.as_of),
                WARNING if figure.measure is Measure.MONEY else ERROR,
            )
            yield _finding("value_above_total", severity, observation, project, section, place=place, figure=figure)


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
            yield _step("value_falls", project, before, after, before.rate.value, after.rate.value)


def total_changed(subject: Subject) -> Iterator[Finding]:
    """A total that moved: the scope is no longer the same, shares before and after do not compare."""
    for project, before, after in _steps(subject):
        old, new = before.rate, after.rate
        if old.total is not None and new.total is not None and old.total != new.total:
            yield _step("total_changed", project, before, after, old.total, new.total)


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
    said: dict[tuple[object, ...], tuple[Clearance | Disbursement, Figure]] = {}
    for project, observation, section in _observations(subject):
        if observation.as_of.last_day > subject.progress.as_of:
            continue
        things: list[tuple[object, object, Figure]] = []
        if isinstance(observation, Clearance):
            things += [(figure.measure, stage, figure) for stage, figure in observation.stages]
        else:
            plan = Phrase("word.plan", (("year", observation.plan_year), ("base", observation.base)))
            things += [(None, plan, observation.total)]
            things += [(funding, plan, figure) for funding, figure in observation.funding.items()]
        for kind, what, figure in things:
            key = (project.id, section, observation.as_of.last_day, what, kind)
            first, other = said.setdefault(key, (observation, figure))
            if (other.amount, other.total_amount) != (figure.amount, figure.total_amount):
                values = {"first": other, "second": figure, "observed": observation.as_of, "stage": what}
                values |= {"source": first.source, "other": observation.source, "place": Place(project, section)}
                yield _finding("sources_disagree", WARNING, observation, project, section, **values)


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
    together = added(part.amount for part in parts)
    if together != whole.amount:
        terms = Sum(tuple(Figure(part.value, part.unit, about=part.about) for part in parts))
        total = Amount(EXACT.divide(together, whole.unit.factor), whole.unit)
        values = {"parts": terms, "added": total, "whole": Figure(whole.value, whole.unit)}
        yield _finding("parts_do_not_sum", WARNING, record, project, None, **values)


def sections_do_not_sum(subject: Subject) -> Iterator[Finding]:
    """A project's own figure that is not the sum of its sections of the same time."""
    for project in subject.projects:
        rows = [row for row in subject.progress.clearance if row.project == project.id and row.section is None]
        for sum_ in (sum_ for sum_ in subject.progress.sums if sum_.project == project.id):
            for row in rows:
                same = (row.stage, row.measure) == (sum_.stage, sum_.measure)
                if same and sum_.rate and sum_.last == row.dating.observed and sum_.first == sum_.last:
                    mine = (row.rate.value, row.rate.total)
                    sums = (sum_.rate.value, sum_.rate.total)
                    if mine[0] != sums[0] or (mine[1] != sums[1] and None not in (mine[1], sums[1])):
                        unit = SHOWN_IN[row.measure]
                        values: dict[str, object] = {"stage": row.stage, "observed": row.dating.observed}
                        values |= {"own": Amount(mine[0], unit, mine[1]), "added": Amount(sums[0], unit, sums[1])}
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
        for route, record, section in _routes_of(project):
            if route not in routes.alignments:
                yield _finding("unknown_route", ERROR, record, project, section, route=route)
            elif route not in project.routes:
                yield _finding("route_not_of_project", WARNING, record, project, section, route=route)
    for work in (*records.proposals, *records.finished):
        for route in work.routes:
            if route not in routes.alignments:
                yield _finding("unknown_route", ERROR, work, None, route=route)
        for place in work.places:
            if place not in routes.places:
                yield _finding("unknown_place", ERROR, work, None, place=place)


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
        drawn = Amount(Decimal(round(drawn_m / 100)) / 10, Unit.KM)
        ratio = Percent(Fraction(drawn_m) / (Fraction(claim.amount) * 1000), Measure.LENGTH)
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
            _, reached, last = parts[0]
            for start, end, section in parts[1:]:
                if start != reached:
                    code = "section_gap" if reached < start else "section_overlap"
                    low, high = (reached, start) if reached < start else (start, min(reached, end))
                    values = {"route": route, "start": Chainage(low), "end": Chainage(high)}
                    values |= {"first": last.unit, "second": section.unit}
                    yield _finding(code, WARNING, section, project, section.id, **values)
                if end > reached:
                    reached, last = end, section
            if line := lines.get(route):
                # The ends of the route that no section reaches; less than a metre is rounding.
                bare = [(line.start_m, float(parts[0][0]), parts[0][2]), (float(reached), line.end_m, last)]
                for from_m, to_m, section in bare:
                    if to_m - from_m > 1:
                        values = {"route": route, "start": _km(from_m), "end": _km(to_m), "unit": section.unit}
                        yield _finding("section_short", WARNING, section, project, section.id, **values)


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
                    yield _finding("stretch_outside_route", ERROR, seen, project, seen.section, **values)


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
    stretch_outside_route,
    issue_outside_route,
]
