"""Doubts about data that loads. Each check is a small generator in ``CHECKS``; its code is stable and documented.

Nothing is mended here and no figure is left out: a finding says what a reader must know before he believes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from lsinfra import placement
from lsinfra.codes import Stage
from lsinfra.errors import Finding, Severity
from lsinfra.fields import hint
from lsinfra.numerals import decimals_of, half_up
from lsinfra.phrases import Amount, Between, Percent, Place, Sum
from lsinfra.portfolio import Portfolio
from lsinfra.progress import EXACT, ClearanceRow, Progress, Rate, added, rate
from lsinfra.quantities import SHOWN_IN, Figure, Measure, PartialDate, StatedCheck, implied_total
from lsinfra.records import Clearance, Disbursement, PlanTarget, Project, Record
from lsinfra.subject import ERROR, INFO, WARNING, Subject, finding, observations
from lsinfra.text import Phrase
from lsinfra.units import first_day


def check(portfolio: Portfolio, progress: Progress, today: date | None = None) -> tuple[Finding, ...]:
    """Every finding, errors first, then by project in the order of the file."""
    subject = Subject(portfolio, progress, today)
    return in_order(portfolio, [doubt for one in CHECKS for doubt in one(subject)])


def in_order(portfolio: Portfolio, found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings with the errors first, then by project in the order of the file."""
    order = {project.id: n for n, project in enumerate(portfolio.records.projects)}
    severities = list(Severity)
    return tuple(sorted(found, key=lambda f: (severities.index(f.severity), order.get(f.project or "", -1))))


def _figures(subject: Subject) -> Iterator[tuple[Project, Clearance | Disbursement, str | None, Figure]]:
    """Every figure of land and money up to the date asked for: a doubt about an old one is one about the history."""
    for project, observation, section in observations(subject):
        if observation.as_of.last_day > subject.progress.as_of:
            continue
        if isinstance(observation, Clearance):
            figures = [figure for _, figure in observation.stages]
        else:
            figures = [observation.total, *observation.funding.values()]
        for figure in figures:
            yield project, observation, section, figure


def _targets(subject: Subject) -> Iterator[tuple[Project, PlanTarget, object, Figure]]:
    """Every figure of every plan, whatever its date, with what it is of: a stage, or the money of a plan year."""
    for project in subject.projects:
        for target in project.plan:
            for stage, figure in target.stages:
                yield project, target, stage, figure
            if target.money:
                year, base, figure = target.money
                yield project, target, Phrase("word.plan", (("year", year), ("base", base))), figure


def _steps(subject: Subject) -> Iterator[tuple[Project, ClearanceRow, ClearanceRow]]:
    """Each figure with the one before it of the same section, stage and measure, up to the date asked for."""
    for project, history in subject.histories:
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


# --- figures -----------------------------------------------------------------------------------------------


def stated_percent_conflict(subject: Subject) -> Iterator[Finding]:
    """A stated percentage that is neither the rounded nor the truncated share."""
    for project, observation, section, figure in _figures(subject):
        found = rate(figure)
        if found.check is StatedCheck.CONFLICT and found.share is not None:
            values = {"figure": figure, "computed": _computed(found, figure.measure)}
            place = Place(project, section, observation.as_of)
            yield finding("stated_percent_conflict", WARNING, observation, project, section, place=place, **values)
    for project, target, _, figure in _targets(subject):
        found = rate(figure)
        if found.check is StatedCheck.CONFLICT:
            values = {"figure": figure, "computed": _computed(found, figure.measure)}
            place = Place(project, target.section, target.by)
            yield finding("stated_percent_conflict", WARNING, target, project, target.section, place=place, **values)
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
            yield finding("value_above_total", severity, observation, project, section, place=place, figure=figure)


def negative_value(subject: Subject) -> Iterator[Finding]:
    """Land, road and households cannot be less than nothing (money can: recovered advances)."""
    for project, observation, section, figure in _figures(subject):
        if figure.measure is not Measure.MONEY and figure.value < 0:
            place = Place(project, section, observation.as_of)
            yield finding("negative_value", ERROR, observation, project, section, place=place, figure=figure)
    for project, target, _, figure in _targets(subject):
        if figure.value < 0:
            place = Place(project, target.section, target.by)
            yield finding("negative_value", ERROR, target, project, target.section, place=place, figure=figure)


def value_falls(subject: Subject) -> Iterator[Finding]:
    """A later value below an earlier one: land handed over does not come back."""
    for project, before, after in _steps(subject):
        if after.rate.value < before.rate.value:
            yield _step("value_falls", project, before, after, before.rate.value, after.rate.value)


def plan_falls(subject: Subject) -> Iterator[Finding]:
    """A target below an earlier one of the same thing: targets are cumulative, and what is done stays done."""
    latest: dict[tuple[object, ...], tuple[PlanTarget, Figure]] = {}
    for project, target, what, new in sorted(_targets(subject), key=lambda aimed: aimed[1].by.last_day):
        key = project.id, target.section, what, new.measure
        if key in latest and new.amount < latest[key][1].amount:
            before, old = latest[key]
            values = {
                "place": Place(project, target.section),
                "stage": what,
                "before": Figure(old.value, old.unit),
                "after": Figure(new.value, new.unit),
                "first": before.by,
                "second": target.by,
            }
            yield finding("plan_falls", WARNING, target, project, target.section, **values)
        latest[key] = target, new


def plan_above_total(subject: Subject) -> Iterator[Finding]:
    """A target that is larger than its whole, or is said to be more than 100 % of it."""
    for project, target, _, figure in _targets(subject):
        if (rate(figure).share or 0) > 1:
            values = {"place": Place(project, target.section, target.by), "figure": figure}
            yield finding("plan_above_total", ERROR, target, project, target.section, **values)


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
            yield finding("total_implied", INFO, observation, project, section, place=place, figure=figure, **values)


def sources_disagree(subject: Subject) -> Iterator[Finding]:
    """Two figures of one thing and one day."""
    said: dict[tuple[object, ...], tuple[Clearance | Disbursement, Figure]] = {}
    for project, observation, section in observations(subject):
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
                yield finding("sources_disagree", WARNING, observation, project, section, **values)


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
        # A whole printed with fewer decimals than its parts may be their sum, rounded.
        decimals = decimals_of(whole.value)
        rounded = half_up(Fraction(total.value), decimals) == Fraction(whole.value) * 10**decimals
        yield finding("parts_do_not_sum", INFO if rounded else WARNING, record, project, None, **values)


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
    for project, observation, section in observations(subject):
        if subject.today is not None and observation.as_of.first_day > subject.today:
            values = {
                "observed": observation.as_of,
                "today": PartialDate(subject.today.year, subject.today.month, subject.today.day),
            }
            yield finding("future_observation", ERROR, observation, project, section, **values)


def after_its_source(subject: Subject) -> Iterator[Finding]:
    """An observation dated after the document it is taken from."""
    for project, observation, section in observations(subject):
        source = subject.portfolio.records.sources.get(observation.source)
        if source and source.date and observation.as_of.first_day > source.date.last_day:
            values = {"observed": observation.as_of, "source": source.title, "published": source.date}
            yield finding("after_its_source", WARNING, observation, project, section, **values)


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
            yield finding("no_clearance", WARNING, project, project)
        for section in project.sections:
            if section.in_scope and section.id not in handed:
                yield finding("no_clearance_section", INFO, section, project, section.id, unit=section.unit)
        if not any(row.project == project.id for row in subject.progress.disbursement):
            yield finding("no_disbursement", WARNING, project, project)


def unknown_source(subject: Subject) -> Iterator[Finding]:
    """A source that is not listed: the figure cannot be traced."""
    records = subject.portfolio.records
    used: list[tuple[Project | None, Record, str]] = []
    for project in records.projects:
        for group in (project.clearance, project.disbursement, project.plan, project.investment, project.milestones):
            used += [(project, record, record.source) for record in group]
        for loose in (project.length, project.issues):
            used += [(project, record, record.source) for record in loose if record.source]
    for remark in (*records.report.decisions, *records.report.next_week, *records.report.proposals):
        used += [(None, remark, remark.source)] if remark.source else []
    for work in (*records.proposals, *records.finished):
        used += [(None, work, source) for source in work.source]
    for indicator in records.indicators:
        used += [(None, reading, reading.source) for reading in indicator.observations]
        used += [(None, target, target.source) for target in [indicator.target] if target]
    for owner, record, source in used:
        if source not in records.sources:
            yield finding(
                "unknown_source", ERROR, record, owner, source=source, hint=hint(source, list(records.sources))
            )


def unknown_unit(subject: Subject) -> Iterator[Finding]:
    """A section's unit that is not among the units, where there are any: whether it still exists cannot be checked."""
    units = subject.portfolio.records.units
    for project in subject.projects:
        for section in project.sections:
            if units and section.unit not in units:
                spelt = hint(section.unit, list(units))
                yield finding("unknown_unit", WARNING, section, project, section.id, unit=section.unit, hint=spelt)


def plan_year_unlikely(subject: Subject) -> Iterator[Finding]:
    """Money of a plan year that had not begun, or had closed for more than a year."""
    for project in subject.projects:
        for spent in project.disbursement:
            if not spent.plan_year <= spent.as_of.year <= spent.plan_year + 2:
                values = {"year": spent.plan_year, "observed": spent.as_of}
                yield finding("plan_year_unlikely", WARNING, spent, project, None, **values)
        for target in project.plan:
            if target.plan_year is not None and not target.plan_year <= target.by.year <= target.plan_year + 2:
                values = {"year": target.plan_year, "observed": target.by}
                yield finding("plan_year_unlikely", WARNING, target, project, None, **values)


def unit_ended(subject: Subject) -> Iterator[Finding]:
    """A figure of a unit that no longer was: districts of 2024 after 2025-07-01."""
    for project, observation, section in observations(subject):
        part = project.section(section)
        unit = subject.portfolio.records.units.get(part.unit) if part else None
        if part and unit and unit.until and observation.as_of.first_day > unit.until.last_day:
            values = {"unit": part.unit, "until": unit.until, "observed": observation.as_of}
            yield finding("unit_ended", WARNING, observation, project, section, **values)


def unit_not_yet(subject: Subject) -> Iterator[Finding]:
    """A figure of a unit before its first day: a commune of 2025-07-01 in a report of 2024."""
    for project, observation, section in observations(subject):
        part = project.section(section)
        units, routes = subject.portfolio.records.units, subject.portfolio.routes
        since = first_day(routes, part.unit, units.get(part.unit)) if part else None
        if part and since and observation.as_of.last_day < since:
            values = {"unit": part.unit, "since": PartialDate(since.year, since.month, since.day)}
            yield finding("unit_not_yet", WARNING, observation, project, section, **values, observed=observation.as_of)


def level_ended(subject: Subject) -> Iterator[Finding]:
    """An obstacle left to a level of units that all had ended by its due day, or by the day it was raised."""
    ends: dict[str, list[PartialDate | None]] = {}
    for unit in subject.portfolio.records.units.values():
        ends.setdefault(unit.level, []).append(unit.until)
    last = {level: max(day for day in days if day) for level, days in ends.items() if all(days)}
    for project in subject.projects:
        for issue in project.issues:
            until = last.get(issue.level) if issue.level else None
            after = [day for day in (issue.due, issue.raised) if until and day and day.first_day > until.last_day]
            if until and after:
                values = {"level": issue.level, "until": until, "day": after[0]}
                yield finding("level_ended", WARNING, issue, project, issue.section, **values)


CHECKS: list[Callable[[Subject], Iterator[Finding]]] = [
    stated_percent_conflict,
    value_above_total,
    negative_value,
    value_falls,
    plan_falls,
    plan_above_total,
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
    unknown_unit,
    unit_ended,
    unit_not_yet,
    level_ended,
    plan_year_unlikely,
    placement.unknown_route,
    placement.route_without_project,
    placement.length_differs,
    placement.sections_on_route,
    placement.stretch_outside_route,
    placement.issue_outside_route,
    placement.issue_unplaced,
]
