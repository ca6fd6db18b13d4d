"""Sections II to VI of the report: results, state of reporting, obstacles, next week, proposals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from lsinfra.codes import Authority
from lsinfra.errors import Severity
from lsinfra.records import Issue, Milestone, Project
from lsinfra.render import obstacles as recorded
from lsinfra.render.payload import day_text, latest_money
from lsinfra.report import tables
from lsinfra.report.model import (
    Blank,
    Block,
    Bullets,
    Heading,
    Paragraph,
    Picture,
    Run,
    Table,
)
from lsinfra.report.telling import LONGEST, MOST, Telling, remarks
from lsinfra.report.wording import (
    Runs,
    bold,
    counted,
    day_run,
    plain,
    reference,
    told,
)
from lsinfra.text import say

NEXT_DAYS = 7
"""What falls due within so many days after the report's day is of the next week."""


def results(telling: Telling) -> Iterator[Block]:
    scope, lang = telling.scope, telling.lang
    yield Heading(2, "1.", say(lang, "report.heading.clearance"))
    yield Heading(3, "a)", say(lang, "report.heading.by_project"))
    yield from _here_or_annexed(telling, telling.by_project, "report.results.by_project", "report.annex.none.clearance")
    yield Heading(3, "b)", say(lang, "report.heading.by_unit"))
    yield from _here_or_annexed(telling, telling.by_unit, "report.results.by_unit", "report.results.no_unit")
    yield Heading(3, "c)", say(lang, "report.heading.by_chainage"))
    yield from _here_or_annexed(telling, telling.by_chainage, "report.results.by_chainage", tables.no_chainage(scope))
    day = day_text(scope.progress.as_of, lang)
    yield Picture(
        "map",
        say(lang, "report.map.alt", day=day),
        say(lang, "report.map.caption", day=day),
        say(lang, "report.map.missing" if _drawn(telling) else "report.map.no_route"),
    )
    yield Heading(2, "2.", say(lang, "report.heading.disbursement"))
    silent = [telling.title(project) for project in scope.projects if not latest_money(scope, project.id)]
    table = tables.money(scope, say(lang, "report.caption.money"))
    if len(table.rows) > LONGEST:
        yield telling.tell("report.results.long_money", annex=telling.annex("disbursement"))
    elif table.rows:
        yield telling.tell("report.results.money", annex=telling.annex("disbursement"))
        yield table
    if not scope.disbursement:
        yield telling.tell("report.results.no_money")
    elif not silent:
        return
    elif len(silent) <= MOST:
        yield telling.tell("report.results.silent_money", projects="; ".join(silent))
    else:
        yield telling.tell("report.results.silent_money_count", count=counted(len(silent), lang))


def _drawn(telling: Telling) -> bool:
    """Whether any of the projects has a route that a map could show."""
    known = telling.scope.portfolio.routes.alignments
    return any(route in known for project in telling.scope.projects for route in project.routes)


def _here_or_annexed(telling: Telling, table: Table, key: str, empty: str) -> Iterator[Block]:
    if not table.rows:
        yield telling.tell(empty)
        return
    if len(table.rows) > LONGEST:
        yield _annexed(telling, table)
    else:
        yield telling.tell(key, annex=telling.annex("clearance"))
        yield table


def _annexed(telling: Telling, table: Table) -> Paragraph:
    return telling.tell("report.results.annexed", caption=table.caption, annex=telling.annex("clearance"))


# --- III. reporting ------------------------------------------------------------------------------------------------


def reporting(telling: Telling) -> Iterator[Block]:
    scope, lang = telling.scope, telling.lang
    days = counted(scope.portfolio.records.portfolio.stale_after_days, lang)
    found = telling.silences
    never = sum(one.row is None for one in found)
    values = {"days": days, "day": day_run(scope.progress.as_of, lang)}
    if not found:
        yield telling.tell("report.reporting.none", **values)
        if telling.ended:
            yield Paragraph((Run(telling.ended),))
        return
    parts = {"late": counted(len(found) - never, lang), "never": counted(never, lang)}
    key = "late" if not never else "never" if never == len(found) else "both"
    yield telling.tell(f"report.reporting.{key}", **values, **parts)
    yield _annexed(telling, telling.late) if len(telling.late.rows) > LONGEST else telling.late


# --- IV. obstacles -------------------------------------------------------------------------------------------------


def obstacles(telling: Telling) -> Iterator[Block]:
    """What stands open at the day, by the level at which it can be settled, the longest overdue first."""
    scope, lang, as_of = telling.scope, telling.lang, telling.scope.progress.as_of
    every, unsolved = recorded.known(scope), recorded.unsolved(scope)
    states = Counter(recorded.state(issue, as_of) for _, issue in every)
    if unsolved:
        values = {"day": day_run(as_of, lang), "open": counted(len(unsolved), lang)}
        if states[recorded.LATE]:
            yield telling.tell("report.obstacles.lead_late", **values, late=counted(states[recorded.LATE], lang))
        else:
            yield telling.tell("report.obstacles.lead", **values)
    place = 0
    for level in (*reversed(Authority), None):
        here = [(project, issue) for project, issue in unsolved if issue.level is level]
        if not here:
            continue
        place += 1
        title = "report.heading.no_level" if level is None else "report.heading.level"
        yield Heading(2, f"{place}.", say(lang, title, **({} if level is None else {"level": level})))
        yield Bullets(tuple(_obstacle(telling, project, issue) for project, issue in here))
    if not every:
        yield telling.tell("report.obstacles.none")
        yield Blank()
    elif not unsolved:
        yield telling.tell("report.obstacles.all_closed", count=counted(len(every), lang))
    elif states[recorded.CLOSED]:
        yield telling.tell("report.obstacles.closed", count=counted(states[recorded.CLOSED], lang))
    yield from _doubts(telling)


def _obstacle(telling: Telling, project: Project, issue: Issue) -> Runs:
    scope, lang = telling.scope, telling.lang
    head = ", ".join([telling.title(project), *map(plain, recorded.place(scope, project, issue))])
    runs = list(
        told(lang, "report.obstacles.text", head=Run(head, bold=True), text=plain(issue.text.write(lang)).rstrip("."))
    )
    runs += reference(scope, [issue.source])
    runs.append(Run("."))
    if recorded.raised(scope, issue) is None:
        runs += told(lang, "report.obstacles.no_raised")
    roles = recorded.roles(issue)
    for role, who in roles:
        runs += told(lang, f"report.obstacles.{role}", who=plain(who).rstrip("."))
    if not roles:
        runs += told(lang, "report.obstacles.no_actor")
    runs += _due(telling, issue)
    return tuple(runs)


def _due(telling: Telling, issue: Issue) -> Runs:
    lang, as_of = telling.lang, telling.scope.progress.as_of
    if issue.due is None:
        return told(lang, "report.obstacles.no_due")
    due = Run(issue.due.write(lang), exact=issue.due)
    if (over := (as_of - issue.due.last_day).days) > 0:
        days = bold((counted(over, lang),))
        return told(lang, "report.obstacles.overdue", due=due, day=day_run(as_of, lang), days=days)
    return told(lang, "report.obstacles.due", due=due)


def _doubts(telling: Telling) -> Iterator[Block]:
    """How many figures are doubtful; the doubts themselves stand in their annex."""
    if not telling.findings:
        return
    found = Counter(finding.severity for finding in telling.findings)
    said: list[Run] = []
    for severity in Severity:
        if found[severity]:
            count = counted(found[severity], telling.lang)
            said += [*([Run(", ")] if said else []), *told(telling.lang, f"report.doubt.{severity}", count=count)]
    yield telling.tell("report.obstacles.doubts", annex=telling.annex("findings"), found=tuple(said))


# --- V. next week, VI. proposals -----------------------------------------------------------------------------------


def next_week(telling: Telling) -> Iterator[Block]:
    """What is to be done by the records; then what they say falls due in the coming week."""
    yield from remarks(telling, telling.office.next_week)
    due = [_falling_due(telling, *pair) for pair in _coming(telling)]
    if due:
        yield telling.tell("report.next.lead", days=counted(NEXT_DAYS, telling.lang))
        yield Bullets(tuple(due))


def _coming(telling: Telling) -> Iterator[tuple[Project, Issue | Milestone]]:
    first = telling.scope.progress.as_of + timedelta(days=1)
    last = first + timedelta(days=NEXT_DAYS - 1)
    open_ = recorded.unsolved(telling.scope)
    for project in telling.scope.projects:
        for owner, issue in open_:
            if owner is project and issue.due is not None and first <= issue.due.last_day <= last:
                yield project, issue
        for event in project.milestones:
            if event.planned and first <= event.date.last_day <= last:
                yield project, event


def _falling_due(telling: Telling, project: Project, event: Issue | Milestone) -> Runs:
    lang = telling.lang
    when, text = (event.due, event.text) if isinstance(event, Issue) else (event.date, event.title)
    key = "report.next.issue" if isinstance(event, Issue) else "report.next.milestone"
    date = "" if when is None else when.write(lang)
    name = (Run(telling.title(project), bold=True),)
    runs = told(lang, key, project=name, text=plain(text.write(lang)).rstrip("."), date=Run(date, exact=when))
    return *runs, *reference(telling.scope, [event.source]), Run(".")


def proposals(telling: Telling) -> Iterator[Block]:
    yield from remarks(telling, telling.office.proposals)
