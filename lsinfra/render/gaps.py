"""What stands in the way most, and what cannot be said because nobody reported it. Plain data, no markup.

Obstacles (``issues`` of the records) name who must act and by when. What is left to hand over or to disburse is
measured; who must do it no figure says, and nothing is made up for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from lsinfra.codes import SourceKind, Stage
from lsinfra.dates import PartialDate
from lsinfra.errors import Finding, Severity
from lsinfra.forecast import planned, planned_money
from lsinfra.progress import ClearanceRow, DisbursementRow, Rate
from lsinfra.quantities import Measure, StatedCheck, number
from lsinfra.records import Project
from lsinfra.render import obstacles
from lsinfra.render.payload import (
    COMPLETE,
    MEASURES,
    Scope,
    amount,
    day_text,
    headline,
    interval,
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

_SERIOUS = (("count_errors", Severity.ERROR), ("count_warnings", Severity.WARNING))


@dataclass(frozen=True)
class Gap:
    """What stands in the way of a project.

    ``text`` says it, ``place`` where (the project, its section, the chainage). ``who`` is who must act, as
    ``obstacles.who_acts`` tells it, ``due`` by when: None where nobody published it. ``by_law``: the due day is the
    closing of the plan year, which nobody set for this project. ``when`` is the date of the figure, or when the
    obstacle was raised.
    """

    place: str
    text: str
    due: PartialDate | date | None
    mark: str
    when: str
    chips: Chips
    sources: list[int]
    obstacle: bool = False
    who: tuple[str, str] | None = None
    by_law: bool = False


LATE, UNREPORTED = "late", "unreported"
"""Marks of a gap whose due day is past: nothing ended it; or no figure reaches to that day, and nobody knows."""


def worst(scope: Scope) -> list[Gap]:
    """The obstacles that are open, overdue ones first and oldest first, then what is left, widest first."""
    return [*_obstacles(scope), *_left(scope)][:MOST]


def _obstacles(scope: Scope) -> Iterator[Gap]:
    for project, issue in obstacles.unsolved(scope):
        where = ["" if scope.project else project.name.write(scope.lang), *obstacles.place(scope, project, issue)]
        when = obstacles.raised(scope, issue)
        yield Gap(
            place=" · ".join(part for part in where if part),
            text=issue.text.write(scope.lang),
            due=issue.due,
            mark=LATE if obstacles.state(issue, scope.progress.as_of) == obstacles.LATE else "",
            when="" if when is None else when.write(scope.lang),
            chips=[] if when else [["unknown", scope.say("gap.no_raised")]],
            sources=scope.source_numbers([issue.source]),
            obstacle=True,
            who=obstacles.who_acts(issue),
        )


# --- what is left ----------------------------------------------------------------------------------------------------


def _left(scope: Scope) -> list[Gap]:
    """What is not handed over or not disbursed yet, by the share that is missing; without a total nobody knows it."""
    found: list[tuple[Fraction, Gap]] = []
    for project in scope.projects:
        found += _land(scope, project)
        row = _money(scope, project)
        if row and not unreported_year(scope, row) and (missing := _missing(row.rate)):
            found.append((missing, _money_gap(scope, project, row)))
    return [gap for _, gap in sorted(found, key=lambda pair: -pair[0])]


def _money(scope: Scope, project: Project) -> DisbursementRow | None:
    """What stands for the latest plan year of a project, all sources of capital together."""
    rows = [scope.disbursement[place] for place in latest_money(scope, project.id)[:1]]
    return next((row for row in rows if row.funding is None), None)


def unreported_year(scope: Scope, row: DisbursementRow) -> bool:
    """Whether a plan year closed before the page's date and its figure is older: what was spent at last is unknown."""
    return row.closes is not None and row.dating.observed.last_day < row.closes < scope.progress.as_of


def _land(scope: Scope, project: Project) -> Iterator[tuple[Fraction, Gap]]:
    """Of the project its headline; of its sections, on its own page or where that has no share, what is not older."""
    whole, since = headline(scope, project.id), date.min
    if whole:
        rows = summed(scope, whole)
        when = sum_dates(scope, whole) if whole.row is None else rows[0].dating.observed.write(scope.lang)
        since = min(row.dating.observed.last_day for row in rows)
        yield from _land_gap(scope, project, None, whole.measure, whole.rate, rows, when)
    if whole and scope.project is None and share_of(whole.rate) is not None:
        return
    inside = {section.id: section.unit for section in project.sections if section.in_scope}
    for (owner, section), measures in scope.handed_over.items():
        known = [scope.clearance[measures[measure]] for measure in MEASURES if measure in measures]
        fresh = [row for row in known if row.dating.observed.last_day >= since and _missing(row.rate)]
        if owner == project.id and section in inside and fresh:
            row = fresh[0]
            when = row.dating.observed.write(scope.lang)
            yield from _land_gap(scope, project, section, row.measure, row.rate, [row], when)


def _missing(rate: Rate) -> Fraction | None:
    """The share that is left; None where nothing is, or where nobody knows of how much."""
    share = share_of(rate)
    return None if share is None or share >= 1 else 1 - share


def _land_gap(
    scope: Scope,
    project: Project,
    section: str | None,
    measure: Measure,
    rate: Rate,
    rows: Sequence[ClearanceRow],
    when: str,
) -> Iterator[tuple[Fraction, Gap]]:
    missing, part = _missing(rate), project.section(section)
    if missing is None:
        return
    text = scope.say("gap.land", left=_amounts(rate, measure, scope))
    due = _target(planned(project, section, Stage.HANDED_OVER, measure), rate.value)
    where = ["" if scope.project else project.name.write(scope.lang), part.unit if part else ""]
    place = " · ".join(name for name in where if name) or scope.word("whole")
    yield missing, _gap(scope, place, text, due, rate, rows, when)


def _money_gap(scope: Scope, project: Project, row: DisbursementRow) -> Gap:
    plan = scope.say("plan_short", year=row.plan_year, base=scope.say(f"base.{row.base}"))
    text = scope.say("gap.money", left=_amounts(row.rate, Measure.MONEY, scope), plan=plan)
    target = _target(planned_money(project, row.plan_year, row.base), row.rate.value)
    place = scope.word("whole") if scope.project else project.name.write(scope.lang)
    found = _gap(scope, place, text, target or row.closes, row.rate, [row], row.dating.observed.write(scope.lang))
    return replace(found, by_law=target is None and row.closes is not None)


def _gap(
    scope: Scope,
    place: str,
    text: str,
    due: PartialDate | date | None,
    rate: Rate,
    rows: Sequence[ClearanceRow | DisbursementRow],
    when: str,
) -> Gap:
    """A target that has passed was missed if a figure of that day or a later one is below it."""
    last, mark = due.last_day if isinstance(due, PartialDate) else due, ""
    if last is not None and last < scope.progress.as_of:
        mark = LATE if min(row.dating.observed.last_day for row in rows) >= last else UNREPORTED
    sources = scope.source_numbers(row.dating.source for row in rows)
    return Gap(place, text, due, mark, when, marks(scope, rate, rows), sources)


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

    ``rows``: the figure's own, or those it is the sum of; one that is in conflict, old or of the press makes the sum
    so. ``rate``: None where the rows only stand side by side.
    """
    rates = [*([rate] if rate else []), *(row.rate for row in rows)]
    sources = scope.portfolio.records.sources
    press = {name for name, source in sources.items() if source.kind is SourceKind.PRESS}
    said = (
        ("done", "page.ui.done", rate is not None and share_class(rate) == COMPLETE),
        ("doubt", "word.statedcheck.conflict", any(one.check is StatedCheck.CONFLICT for one in rates)),
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
    yield from _nowhere(scope)
    yield from _years(scope)
    if stale := [row for row in every if row.dating.stale]:
        oldest = min((row.dating.observed for row in stale), key=lambda when: when.last_day)
        days = number(scope.portfolio.records.portfolio.stale_after_days, None, scope.lang)
        yield [scope.say("unknown.stale", part=_of(scope, stale, every), days=days, oldest=oldest), ""]
    if conflicts := sum(row.rate.check is StatedCheck.CONFLICT for row in every):
        yield [scope.say("unknown.conflict", count=number(conflicts, None, scope.lang)), ""]
    severities = [finding.severity for finding in findings]
    counts = ((name, severities.count(severity)) for name, severity in _SERIOUS)
    if serious := [scope.say(name, count=number(count, None, scope.lang)) for name, count in counts if count]:
        yield [scope.say("see_findings", serious=", ".join(serious)), "#findings"]


def _nowhere(scope: Scope) -> Iterator[list[str]]:
    """The projects that handed over a part of their land, and of which no source says where that part lies."""
    begun = [row for row in scope.clearance if row.stage is Stage.HANDED_OVER and row.rate.value > 0]
    placed = {row.project for row in begun if row.stretches}
    parted = dict.fromkeys(row.project for row in begun if share_class(row.rate) != COMPLETE)
    blank = [scope.projects[scope.numbers[one]].name.write(scope.lang) for one in parted if one not in placed]
    if blank and len(blank) == len(parted):
        yield [scope.say("unknown.where"), ""]
    elif blank:
        part = _of(scope, blank, parted)
        yield [scope.say("unknown.where_of", part=part, names=named(scope, blank)), ""]


def _years(scope: Scope) -> Iterator[list[str]]:
    """The plan years that closed after their last figure: what was left then may have been disbursed since."""
    for project in scope.projects:
        row = _money(scope, project)
        if row and row.closes and unreported_year(scope, row) and _missing(row.rate):
            values = {"left": _amounts(row.rate, Measure.MONEY, scope), "when": row.dating.observed}
            values |= {"year": row.plan_year, "day": day_text(row.closes, scope.lang)}
            name = {} if scope.project else {"project": project.name}
            yield [scope.say("unknown.year_of" if name else "unknown.year", **values, **name), "#money"]


def _of(scope: Scope, part: Sized, whole: Sized) -> str:
    return f"{number(len(part), None, scope.lang)}/{number(len(whole), None, scope.lang)}"


def named(scope: Scope, names: Sequence[str]) -> str:
    """The names, or of many the first and how many more there are."""
    if len(names) <= NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:NAMED])} {scope.say('more', count=number(len(names) - NAMED, None, scope.lang))}"
