"""What stands in the way most, and what cannot be said because nobody reported it. Plain data, no markup.

Obstacles (``issues`` of the records) name who must act and by when. What is left to hand over or to disburse is
measured; who must do it no figure says, and nothing is made up for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from lsinfra.codes import SourceKind, Stage
from lsinfra.dates import PartialDate
from lsinfra.errors import Finding, Severity
from lsinfra.forecast import planned, planned_money
from lsinfra.progress import ClearanceRow, DisbursementRow, Rate
from lsinfra.quantities import Measure, StatedCheck, number
from lsinfra.records import Issue, Project
from lsinfra.render.payload import (
    COMPLETE,
    MEASURES,
    Scope,
    amount,
    headline,
    interval,
    issue_state,
    latest_money,
    share_class,
    share_of,
    sum_dates,
    summed,
    total_text,
    unit,
)
from lsinfra.text import say

MOST = 3
"""Gaps that are told; how many more obstacles there are is said, with a link to the table that has them all."""
NAMED = 3
"""Projects or sections that are named in one line; of the rest their number."""

Chips = list[list[str]]


@dataclass(frozen=True)
class Gap:
    """What stands in the way of a project.

    ``text`` says it, ``place`` where (the project, its section, the chainage). ``actor`` is who must act, ``due`` by
    when: "" and None where nobody published it. ``when`` is the date of the figure, "" for an obstacle.
    """

    project: str
    place: str
    text: str
    actor: str
    due: PartialDate | date | None
    late: bool
    when: str = ""
    chips: Chips | None = None


def worst(scope: Scope) -> list[Gap]:
    """The obstacles that are open, overdue ones first and oldest first, then what is left, widest first."""
    return [*_obstacles(scope), *_left(scope)][:MOST]


def open_issues(scope: Scope) -> list[tuple[Project, Issue]]:
    """The obstacles that are open at the page's date: by their due day, those without one last."""
    found = [
        (project, issue)
        for project in scope.projects
        for issue in project.issues
        if issue_state(issue, scope.progress.as_of)[1] != "closed"
    ]
    return sorted(found, key=lambda one: one[1].due.last_day if one[1].due else date.max)


def _obstacles(scope: Scope) -> Iterator[Gap]:
    for project, issue in open_issues(scope):
        section = project.section(issue.section)
        where = [
            "" if scope.project else project.name.write(scope.lang),
            section.unit if section else "",
            issue.at.write(scope.lang) if issue.at else "",
        ]
        late = issue_state(issue, scope.progress.as_of)[1] == "late"
        actor = issue.actor or issue.owner or ""
        place = " · ".join(part for part in where if part)
        yield Gap(project.id, place, issue.text.write(scope.lang), actor, issue.due, late)


# --- what is left ----------------------------------------------------------------------------------------------------


def _left(scope: Scope) -> list[Gap]:
    """What is not handed over or not disbursed yet, by the share that is missing; without a total nobody knows it."""
    found: list[tuple[Fraction, Gap]] = []
    for project in scope.projects:
        found += _land(scope, project)
        for place in latest_money(scope, project.id)[:1]:
            row = scope.disbursement[place]
            if row.funding is None and (missing := _missing(row.rate)):
                found.append((missing, _money_gap(scope, project, row)))
    return [gap for _, gap in sorted(found, key=lambda pair: -pair[0])]


def _land(scope: Scope, project: Project) -> Iterator[tuple[Fraction, Gap]]:
    """Of the project its headline; of its sections, on its own page or where it has none, what is not older."""
    whole, since = headline(scope, project.id), date.min
    if whole:
        rows = summed(scope, whole)
        when = sum_dates(scope, whole) if whole.row is None else rows[0].dating.observed.write(scope.lang)
        since = min(row.dating.observed.last_day for row in rows)
        yield from _land_gap(scope, project, None, whole.measure, whole.rate, when, marks(scope, whole.rate, rows))
    if whole and scope.project is None:
        return
    inside = {section.id: section.unit for section in project.sections if section.in_scope}
    for (owner, section), measures in scope.handed_over.items():
        known = [scope.clearance[measures[measure]] for measure in MEASURES if measure in measures]
        fresh = [row for row in known if row.dating.observed.last_day >= since and _missing(row.rate)]
        if owner == project.id and section in inside and fresh:
            row = fresh[0]
            when = row.dating.observed.write(scope.lang)
            yield from _land_gap(scope, project, section, row.measure, row.rate, when, marks(scope, row.rate, [row]))


def _missing(rate: Rate) -> Fraction | None:
    """The share that is left; None where nothing is, or where nobody knows of how much."""
    share = share_of(rate)
    return None if share is None or share >= 1 else 1 - share


def _land_gap(
    scope: Scope, project: Project, section: str | None, measure: Measure, rate: Rate, when: str, chips: Chips
) -> Iterator[tuple[Fraction, Gap]]:
    missing, part = _missing(rate), project.section(section)
    if missing is None:
        return
    text = scope.say("gap.land", left=_amounts(rate, measure, scope))
    due = _target(planned(project, section, Stage.HANDED_OVER, measure), rate.value)
    where = ["" if scope.project else project.name.write(scope.lang), part.unit if part else ""]
    place = " · ".join(name for name in where if name) or scope.word("whole")
    yield missing, _gap(scope, project, place, text, due, when, chips)


def _money_gap(scope: Scope, project: Project, row: DisbursementRow) -> Gap:
    plan = scope.say("plan_short", year=row.plan_year, base=scope.say(f"base.{row.base}"))
    text = scope.say("gap.money", left=_amounts(row.rate, Measure.MONEY, scope), plan=plan)
    due = _target(planned_money(project, row.plan_year, row.base), row.rate.value) or row.closes
    place = scope.word("whole") if scope.project else project.name.write(scope.lang)
    chips = marks(scope, row.rate, [row])
    return _gap(scope, project, place, text, due, row.dating.observed.write(scope.lang), chips)


def _gap(
    scope: Scope, project: Project, place: str, text: str, due: PartialDate | date | None, when: str, chips: Chips
) -> Gap:
    last = due.last_day if isinstance(due, PartialDate) else due
    return Gap(project.id, place, text, "", due, last is not None and last < scope.progress.as_of, when, chips)


def _target(plan: Sequence[tuple[PartialDate, Decimal]], value: Decimal) -> PartialDate | None:
    """The day of the first target of a plan that is not reached."""
    return next((by for by, wanted in plan if wanted > value), None)


def _amounts(rate: Rate, measure: Measure, scope: Scope) -> str:
    """What is left of the whole, with the unit; of an implied total the interval of both."""
    lang, of_unit = scope.lang, unit(measure, scope.lang)
    if rate.total is not None:
        left = amount(rate.total - rate.value, measure, lang)
        return f"{say(lang, 'quantity.figure.of', value=left, total=total_text(rate, measure, lang))} {of_unit}"
    low, value = rate.low or Fraction(0), Fraction(rate.value)
    ends = interval(max(low - value, Fraction(0)), rate.high and rate.high - value, measure, lang)
    total = f"{total_text(rate, measure, lang)} {of_unit}"
    return scope.say("ui.implied_of", figure=f"{ends} {of_unit}", total=total)


# --- what a figure is marked with ------------------------------------------------------------------------------------


def marks(scope: Scope, rate: Rate | None, rows: Sequence[ClearanceRow | DisbursementRow]) -> Chips:
    """The statuses of a figure, each with its word: complete, in conflict, out of date, from the press.

    ``rows``: the figure's own, or those it is the sum of; one that is old or of the press makes the sum so. ``rate``:
    None where the rows only stand side by side.
    """
    sources = scope.portfolio.records.sources
    press = {name for name, source in sources.items() if source.kind is SourceKind.PRESS}
    said = (
        ("done", "page.ui.done", rate is not None and share_class(rate) == COMPLETE),
        ("doubt", "word.statedcheck.conflict", rate is not None and rate.check is StatedCheck.CONFLICT),
        ("stale", "page.head.old", any(row.dating.stale for row in rows)),
        ("press", "word.sourcekind.press", any(row.dating.source in press for row in rows)),
    )
    return [[kind, say(scope.lang, key)] for kind, key, is_so in said if is_so]


# --- what nobody reported --------------------------------------------------------------------------------------------


def unknown(scope: Scope, findings: Sequence[Finding]) -> Iterator[list[str]]:
    """What is not published, what is out of date or in conflict: a sentence, and where the page has more of it."""
    every: list[ClearanceRow | DisbursementRow] = [*scope.clearance, *scope.disbursement]
    for name, known in (("land", scope.clearance), ("money", scope.disbursement)):
        told = {row.project for row in known}
        silent = [project.name.write(scope.lang) for project in scope.projects if project.id not in told]
        if silent and scope.project:
            yield [scope.say(f"unknown.own_{name}"), ""]
        elif silent:
            yield [
                scope.say(f"unknown.{name}", part=_of(scope, silent, scope.projects), names=named(scope, silent)),
                "",
            ]
    sections = [(project.id, one.id) for project in scope.projects for one in project.sections if one.in_scope]
    if blank := [pair for pair in sections if pair not in scope.handed_over]:
        yield [scope.say("unknown.sections", part=_of(scope, blank, sections)), ""]
    begun = [row for row in scope.clearance if row.stage is Stage.HANDED_OVER and row.rate.value > 0]
    if any(share_class(row.rate) != COMPLETE for row in begun) and not any(row.stretches for row in begun):
        yield [scope.say("unknown.where"), ""]
    if stale := [row for row in every if row.dating.stale]:
        oldest = min((row.dating.observed for row in stale), key=lambda when: when.last_day)
        days = number(scope.portfolio.records.portfolio.stale_after_days, None, scope.lang)
        yield [scope.say("unknown.stale", part=_of(scope, stale, every), days=days, oldest=oldest), ""]
    if conflicts := sum(row.rate.check is StatedCheck.CONFLICT for row in every):
        yield [scope.say("unknown.conflict", count=number(conflicts, None, scope.lang)), ""]
    if serious := sum(finding.severity is not Severity.INFO for finding in findings):
        yield [scope.say("see_findings", count=number(serious, None, scope.lang)), "#findings"]


def _of(scope: Scope, part: Sized, whole: Sized) -> str:
    return f"{number(len(part), None, scope.lang)}/{number(len(whole), None, scope.lang)}"


def named(scope: Scope, names: Sequence[str]) -> str:
    """The names, or of many the first and how many more there are."""
    if len(names) <= NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:NAMED])} {scope.say('more', count=number(len(names) - NAMED, None, scope.lang))}"
