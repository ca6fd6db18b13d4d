"""What stands around the map besides the cards: the tables, the ways to other pages. Plain data, no markup.

A cell of a table is a text, or a list that says how to show it: ``["n", text]`` a number, ``["chip", kind, text]`` a
status, ``["src", [numbers]]`` references to sources, ``["where", text]`` a place in the records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lsinfra.codes import TotalKind
from lsinfra.errors import Finding, Severity
from lsinfra.progress import Rate
from lsinfra.quantities import Measure
from lsinfra.records import Issue, Project
from lsinfra.render.cards import cards, changes, grown, points
from lsinfra.render.payload import (
    Scope,
    amount,
    day_text,
    first_capital,
    percent_stated,
    rate_text,
    share_words,
    total_text,
    unit,
    work_facts,
)

Table = dict[str, Any]


def page_content(scope: Scope, findings: Sequence[Finding]) -> dict[str, Any]:
    """Everything of a page that is not the map."""
    about = [finding for finding in findings if scope.project is None or finding.project == scope.project]
    tables = [table for table in _tables(scope, about) if table["rows"]]
    settings = scope.portfolio.records.portfolio
    own = scope.title(scope.project) if scope.project else settings.title.write(scope.lang)
    return {
        "title": own,
        "above": settings.title.write(scope.lang) if scope.project else "",
        "as_of": scope.say("as_of", day=day_text(scope.progress.as_of, scope.lang)),
        "cards": cards(scope, about),
        "pages": [] if scope.project else [f"{project.id}.html" for project in scope.projects],
        "tables": tables,
        "used": sorted(_used(scope)),
    }


# --- tables ----------------------------------------------------------------------------------------------------------


def _tables(scope: Scope, findings: Sequence[Finding]) -> Iterator[Table]:
    yield _changes(scope)
    yield _sums(scope)
    yield _investment(scope)
    yield _milestones(scope)
    yield _issues(scope)
    if scope.project is None:
        yield _indicators(scope)
        yield _works(scope)
    yield _findings(scope, findings)


def _table(
    scope: Scope, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], wide: str | None = None
) -> Table:
    """A table with the words ``table.NAME`` and ``column.COLUMN``; the column ``wide`` holds sentences."""
    return {
        "id": name,
        "title": scope.say(f"table.{name}"),
        "note": scope.say(f"about.{name}"),
        "head": [scope.say(f"column.{column}") for column in columns],
        "rows": [list(row) for row in rows],
        "wide": -1 if wide is None else columns.index(wide),
    }


def _changes(scope: Scope) -> Table:
    """Every change of handed-over land since the observation before, with its work and its scope."""
    lang, rows = scope.lang, []
    for change in changes(scope):
        before, after = change.before, change.after
        said = points(change, scope)
        rows.append(
            [
                scope.title(after.project),
                after.unit or scope.say("ui.whole_project"),
                ["n", rate_text(before.rate, before.measure, lang)],
                before.dating.observed.write(lang),
                ["n", rate_text(after.rate, after.measure, lang)],
                after.dating.observed.write(lang),
                ["n", grown(change, scope)],
                *(["n", said[name]] for name in ("share", "work", "scope")),
                ["src", _numbers(scope, [before.dating.source, after.dating.source])],
            ]
        )
    columns = ("project", "scope", "before", "date", "after", "date", "change", "points", "work", "extent", "source")
    return _table(scope, "changes", columns, rows)


def _sums(scope: Scope) -> Table:
    """Sums of sections beside the project's own figure; an incomplete one says how many sections it has."""
    lang, rows = scope.lang, []
    own = {(row.project, row.stage, row.measure): row for row in scope.clearance if row.section is None}
    for total in scope.progress.sums:
        if total.project not in scope.numbers:
            continue
        whole = own.get((total.project, total.stage, total.measure))
        first, last = total.first.write(lang), total.last.write(lang)
        complete = total.rate is not None
        figure = scope.say("sum_incomplete") if total.rate is None else rate_text(total.rate, total.measure, lang)
        if total.rate is not None and total.rate.kind is TotalKind.IMPLIED:
            figure = scope.say(
                "implied",
                figure=figure,
                total=f"{total_text(total.rate, total.measure, lang)} {unit(total.measure, lang)}",
            )
        rows.append(
            [
                scope.title(total.project),
                f"{first_capital(total.stage.write(lang))} ({unit(total.measure, lang)})",
                ["n", scope.say("of_sections", reported=total.reported, sections=total.sections)],
                ["n", figure],
                ["n", share_words(total.rate, total.measure, lang) if complete and total.rate else ""],
                first if first == last else f"{first} – {last}",
                ["n", "" if whole is None else rate_text(whole.rate, whole.measure, lang)],
                "" if whole is None else whole.dating.observed.write(lang),
            ]
        )
    return _table(scope, "sums", ("project", "stage", "reported", "sum", "share", "date", "own", "own_date"), rows)


def _investment(scope: Scope) -> Table:
    rows = []
    for row in scope.progress.investment:
        if row.project not in scope.numbers:
            continue
        whole = row.party is None
        rows.append(
            [
                scope.title(row.project),
                scope.say("total_investment") if row.party is None else first_capital(row.party.write(scope.lang)),
                ["n", f"{_about(scope, row.rate)} {unit(Measure.MONEY, scope.lang)}"],
                ["n", "" if whole else share_words(row.rate, Measure.AREA, scope.lang)],
                ["n", percent_stated(row.rate.stated_percent, scope.lang)],
                "" if row.note is None else row.note.write(scope.lang),
                ["src", _numbers(scope, [row.source])],
                ["where", row.where],
            ]
        )
    return _table(scope, "investment", ("project", "part", "value", "share", "stated", "note", "source", "line"), rows)


def _about(scope: Scope, rate: Rate) -> str:
    text = amount(rate.value, Measure.MONEY, scope.lang)
    return scope.say("about_value", value=text) if rate.about else text


def _milestones(scope: Scope) -> Table:
    found = [(event.date.last_day, project, event) for project in scope.projects for event in project.milestones]
    found.sort(key=lambda item: item[0], reverse=True)
    rows = []
    for day, project, event in found:
        state = scope.say("planned") if event.planned or day > scope.progress.as_of else ""
        rows.append(
            [
                event.date.write(scope.lang),
                project.title.write(scope.lang),
                first_capital(event.kind.write(scope.lang)),
                event.title.write(scope.lang),
                event.number or "",
                ["chip", "unknown", state] if state else "",
                ["src", _numbers(scope, [event.source])],
            ]
        )
    return _table(scope, "milestones", ("date", "project", "kind", "event", "number", "state", "source"), rows)


def _issues(scope: Scope) -> Table:
    rows = [_issue(scope, project, issue) for project in scope.projects for issue in project.issues]
    return _table(scope, "issues", ("project", "issue", "place", "owner", "actor", "due", "state", "source"), rows)


def _issue(scope: Scope, project: Project, issue: Issue) -> list[Any]:
    as_of = scope.progress.as_of
    section = project.section(issue.section)
    place = " · ".join(
        part for part in (section.unit if section else "", issue.at.write(scope.lang) if issue.at else "") if part
    )
    closed = issue.closed is not None and issue.closed.last_day <= as_of
    late = not closed and issue.due is not None and issue.due.last_day < as_of
    kind, state = ("done", "closed") if closed else ("doubt", "late") if late else ("current", "open")
    return [
        project.title.write(scope.lang),
        issue.text.write(scope.lang),
        place,
        issue.owner or "",
        issue.actor or "",
        issue.due.write(scope.lang) if issue.due else "",
        ["chip", kind, scope.say(f"issue.{state}")],
        ["src", _numbers(scope, [issue.source] if issue.source else [])],
    ]


def _indicators(scope: Scope) -> Table:
    lang, rows = scope.lang, []
    for row in scope.progress.indicators:
        when = row.observed.write(lang) if row.year is None else scope.say("year", year=row.year)
        state: Any = ""
        if row.reached is not None:
            state = (
                ["chip", "done", scope.say("reached")] if row.reached else ["chip", "current", scope.say("not_reached")]
            )
        target = scope.say("no_target")
        if row.target is not None:
            target = scope.say("target", value=row.target.write(lang), year=row.target_by)
        rows.append(
            [
                row.title.write(lang),
                scope.say("estimate", when=when) if row.estimate else when,
                ["n", row.value.write(lang)],
                target,
                state,
                ["src", _numbers(scope, [row.source])],
                ["where", row.where],
            ]
        )
    return _table(scope, "indicators", ("indicator", "date", "value", "target", "state", "source", "line"), rows)


def _works(scope: Scope) -> Table:
    records, rows = scope.portfolio.records, []
    for state, works in (("proposed", records.proposals), ("finished", records.finished)):
        rows += [
            [
                work.title.write(scope.lang),
                scope.say(f"ui.{state}"),
                work_facts(scope, work),
                "" if work.note is None else work.note.write(scope.lang),
                ["src", _numbers(scope, work.source)],
            ]
            for work in works
        ]
    return _table(scope, "works", ("works", "state", "facts", "note", "source"), rows, "note")


def _findings(scope: Scope, findings: Sequence[Finding]) -> Table:
    order = list(Severity)
    titles = {project.id: project.title.write(scope.lang) for project in scope.portfolio.records.projects}
    rows = [
        [
            ["chip", finding.severity, scope.say(f"severity.{finding.severity}")],
            titles.get(finding.project or "", scope.say("whole_portfolio")),
            finding.message(scope.lang),
            ["where", finding.where],
            ["where", finding.code],
        ]
        for finding in sorted(findings, key=lambda finding: order.index(finding.severity))
    ]
    return _table(scope, "findings", ("severity", "project", "finding", "line", "code"), rows, "finding")


def _numbers(scope: Scope, sources: Iterable[str]) -> list[int]:
    return [scope.sources[source] for source in sources if source in scope.sources]


def _used(scope: Scope) -> set[int]:
    """Numbers of the sources that the page names; the portfolio's page lists all."""
    if scope.project is None:
        return set(scope.sources.values())
    project = scope.projects[0]
    named = [row.dating.source for row in scope.clearance] + [row.dating.source for row in scope.disbursement]
    named += [row.source for row in scope.progress.investment if row.project == project.id]
    named += [event.source for event in project.milestones]
    named += [issue.source for issue in project.issues if issue.source]
    named += [claim.source for claim in project.length if claim.source]
    return set(_numbers(scope, named))
