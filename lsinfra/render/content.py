"""What stands around the map besides the head: the tables, the ways to other pages. Plain data, no markup.

A cell of a table is a text, or a list that says how to show it: ``["n", text]`` a number, ``["chip", kind, text]`` a
status, ``["src", [numbers]]`` references to sources, ``["where", text]`` a place in the records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from lsinfra.alignments import Alignment
from lsinfra.codes import TotalKind
from lsinfra.errors import Finding, Severity
from lsinfra.progress import Rate
from lsinfra.quantities import Measure, Unit, number
from lsinfra.records import Issue, LengthClaim, Milestone, Project
from lsinfra.render import obstacles, provenance
from lsinfra.render.payload import (
    Scope,
    amount,
    claimed,
    day_text,
    first_capital,
    lengths,
    percent_stated,
    rate_text,
    share_words,
    total_text,
    unit,
    work_facts,
)
from lsinfra.render.since import Changed, parts_told, since_data, since_rows
from lsinfra.render.summary import changes, summary
from lsinfra.render.writing import grown, points

Table = dict[str, Any]

_PARTS = {"share": "points", "correction": "correction", "work": "work", "scope": "extent"}
"""Columns of the parts of a share's change."""


def page_content(scope: Scope, findings: Sequence[Finding], changed: Changed | None = None) -> dict[str, Any]:
    """Everything of a page that is not the map; ``changed``: since an earlier date, where one is compared.

    ``clock``: the page's date, that of its newest figure ("" for none), and after how many days that is old. By them
    the page says, when it is opened, how old it has become.
    """
    about = [finding for finding in findings if scope.project is None or finding.project == scope.project]
    tables = [table for table in _tables(scope, about, changed) if table["rows"]]
    settings = scope.portfolio.records.portfolio
    own = scope.title(scope.project) if scope.project else settings.title.write(scope.lang)
    return {
        "title": own,
        "above": settings.title.write(scope.lang) if scope.project else "",
        "as_of": scope.say("as_of", day=day_text(scope.progress.as_of, scope.lang)),
        "clock": _clock(scope),
        "summary": summary(scope, about, changed),
        "since": None if changed is None else since_data(changed),
        "pages": [] if scope.project else [f"{project.id}.html" for project in scope.projects],
        "tables": tables,
        "used": sorted(_used(scope, tables)),
        "drawn": [[one.what, " · ".join(filter(None, (one.source, one.credit)))] for one in provenance.drawn(scope)],
    }


def _clock(scope: Scope) -> list[Any]:
    datings = [row.dating for row in scope.clearance] + [row.dating for row in scope.disbursement]
    newest = max((dating.observed.last_day for dating in datings), default=None)
    days = scope.portfolio.records.portfolio.stale_after_days
    return [scope.progress.as_of.isoformat(), newest.isoformat() if newest else "", days]


# --- tables ----------------------------------------------------------------------------------------------------------


def _tables(scope: Scope, findings: Sequence[Finding], changed: Changed | None) -> Iterator[Table]:
    if changed is not None:
        columns = ("project", "scope", "stage", "before", "date", "after", "date", "change")
        parts = (_PARTS[name] for name in parts_told(changed))
        table = _table(scope, "since", (*columns, *parts, "state"), since_rows(changed))
        yield table | {"title": f"{table['title']} {changed.label}"}
    yield _changes(scope)
    yield _sums(scope)
    yield _lengths(scope)
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
        said = points(change, after.measure, lang)
        rows.append(
            [
                scope.title(after.project),
                after.unit or scope.word("whole"),
                ["n", rate_text(before.rate, before.measure, lang)],
                before.dating.observed.write(lang),
                ["n", rate_text(after.rate, after.measure, lang)],
                after.dating.observed.write(lang),
                ["n", grown(change.value, after.measure, lang)],
                *(["n", said[name]] for name in ("share", "work", "scope")),
                ["src", scope.source_numbers([before.dating.source, after.dating.source])],
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
                "ui.implied_of",
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


def _lengths(scope: Scope) -> Table:
    """Each published length with its source and date beside the drawn length of the same routes."""
    lines, rows = scope.portfolio.routes.alignments, []
    for project in scope.projects:
        claims = lengths(scope, project)
        told = {claim.route for claim in claims}
        if None in told and len(project.routes) == 1:
            told.update(project.routes)
        # A route of which no length was published is drawn all the same, and measured.
        rest = [route for route in project.routes if route in lines and route not in told]
        for route, claim in [*((claim.route, claim) for claim in claims), *((route, None) for route in rest)]:
            drawn = [lines[name] for name in ([route] if route else project.routes) if name in lines]
            whole = len(drawn) == (1 if route else len(project.routes)) and not any(line.partial for line in drawn)
            rows.append(
                [
                    project.title.write(scope.lang),
                    scope.word("whole") if route is None else _route_name(scope, route),
                    *_published(scope, claim),
                    *_drawn(scope, drawn, None if claim is None or not whole else Fraction(claim.value.amount)),
                ]
            )
    columns = ("project", "part_of_route", "published", "date", "note", "source")
    return _table(
        scope, "lengths", (*columns, "drawn", "drawn_ratio", "chainage_ratio", "accuracy", "uncertainty"), rows
    )


def _published(scope: Scope, claim: LengthClaim | None) -> list[Any]:
    """Length, date, note, source."""
    if claim is None:
        return [["n", scope.say("ui.not_published")], "", "", ["src", []]]
    when = claimed(scope, claim)
    return [
        ["n", claim.value.write(scope.lang)],
        "" if when is None else when.write(scope.lang),
        "" if claim.note is None else claim.note.write(scope.lang),
        _sourced(scope, claim.source),
    ]


def _drawn(scope: Scope, lines: Sequence[Alignment], published_km: Fraction | None) -> list[Any]:
    """Drawn length, its ratios to the published length and to the chainage, accuracy, uncertainty of some routes.

    A schematic line is given to 0,1 km, a survey to the metre. No ratio where a route is drawn only in part.
    """
    lang = scope.lang
    if not lines:
        return [["n", scope.say("not_drawn")], ["n", ""], ["n", ""], "", ""]
    surveyed = all(line.accuracy == "survey" for line in lines)
    drawn_km = sum((Fraction(line.drawn_m) for line in lines), Fraction(0)) / 1000
    text = f"{number(drawn_km, 3 if surveyed else 1, lang)} {unit(Measure.LENGTH, lang)}"
    if any(line.partial for line in lines):
        text = scope.say("drawn_in_part", length=text)
    by_chainage = lines[0].ratio if len(lines) == 1 else None
    widest = [line.uncertainty_m for line in lines if line.uncertainty_m is not None]
    return [
        ["n", text],
        ["n", number(drawn_km / published_km, 3, lang) if published_km else ""],
        ["n", "" if by_chainage is None else number(Fraction(by_chainage), 3, lang)],
        scope.say("accuracy.survey" if surveyed else "accuracy.schematic"),
        f"± {number(Fraction(max(widest)), 0, lang)} {Unit.M.write(lang)}" if widest else "",
    ]


def _route_name(scope: Scope, route: str) -> str:
    line = scope.portfolio.routes.alignments.get(route)
    return (line.title.get(scope.lang) or line.title["vi"]) if line and line.title else route


def _investment(scope: Scope) -> Table:
    records, rows = scope.portfolio.records, []
    for row in scope.progress.investment:
        if row.project not in scope.numbers:
            continue
        whole, source = row.party is None, records.sources.get(row.source)
        rows.append(
            [
                scope.title(row.project),
                scope.say("total_investment") if row.party is None else first_capital(row.party.write(scope.lang)),
                ["n", f"{_about(scope, row.rate)} {unit(Measure.MONEY, scope.lang)}"],
                ["n", "" if whole else share_words(row.rate, Measure.AREA, scope.lang)],
                ["n", percent_stated(row.rate.stated_percent, scope.lang)],
                source.date.write(scope.lang) if source and source.date else "",
                "" if row.note is None else row.note.write(scope.lang),
                ["src", scope.source_numbers([row.source])],
                ["where", row.where],
            ]
        )
    columns = ("project", "part", "value", "share", "stated", "date", "note", "source", "line")
    return _table(scope, "investment", columns, rows)


def _about(scope: Scope, rate: Rate) -> str:
    text = amount(rate.value, Measure.MONEY, scope.lang)
    return scope.say("about_value", value=text) if rate.about else text


def _milestones(scope: Scope) -> Table:
    """Events up to the page's date, and what was planned; a later event that nobody called planned was not known."""
    found = [(project, event) for project in scope.projects for event in project.milestones if _said(scope, event)]
    found.sort(key=lambda item: item[1].date.last_day, reverse=True)
    rows = [
        [
            event.date.write(scope.lang),
            project.title.write(scope.lang),
            first_capital(event.kind.write(scope.lang)),
            event.title.write(scope.lang),
            event.number or "",
            ["chip", "unknown", scope.say("planned")] if event.planned else "",
            ["src", scope.source_numbers([event.source])],
        ]
        for project, event in found
    ]
    return _table(scope, "milestones", ("date", "project", "kind", "event", "number", "state", "source"), rows)


def _said(scope: Scope, event: Milestone) -> bool:
    return event.planned or event.date.last_day <= scope.progress.as_of


def _issues(scope: Scope) -> Table:
    rows = [_issue(scope, project, issue) for project, issue in obstacles.known(scope)]
    columns = ("project", "issue", "place", "level", "who", "raised", "due", "state", "source")
    return _table(scope, "issues", columns, rows)


def _issue(scope: Scope, project: Project, issue: Issue) -> list[Any]:
    who = [f"{scope.say(f'role.{role}')}: {name}" for role, name in obstacles.roles(issue)]
    return [
        project.title.write(scope.lang),
        issue.text.write(scope.lang),
        " · ".join(obstacles.place(scope, project, issue)),
        issue.level.write(scope.lang) if issue.level else "",
        "; ".join(who) or scope.say("gap.no_who"),
        obstacles.raised_text(scope, issue),
        issue.due.write(scope.lang) if issue.due else scope.say("gap.no_due"),
        ["chip", *obstacles.chip(scope, issue)],
        _sourced(scope, issue.source),
    ]


def _sourced(scope: Scope, source: str | None) -> Any:
    """A reference to a source; that none is recorded is said."""
    return scope.say("no_source") if source is None else ["src", scope.source_numbers([source])]


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
                ["src", scope.source_numbers([row.source])],
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
                ["src", scope.source_numbers(work.source)],
            ]
            for work in works
        ]
    return _table(scope, "works", ("works", "state", "facts", "note", "source"), rows, "note")


def _findings(scope: Scope, findings: Sequence[Finding]) -> Table:
    order = list(Severity)
    titles = {project.id: project.title.write(scope.lang) for project in scope.portfolio.records.projects}
    rows = [
        [
            ["chip", finding.severity, scope.word(f"severity.{finding.severity}")],
            titles.get(finding.project or "", scope.say("whole_portfolio")),
            finding.message(scope.lang),
            ["where", finding.where],
            ["where", finding.code],
        ]
        for finding in sorted(findings, key=lambda finding: order.index(finding.severity))
    ]
    return _table(scope, "findings", ("severity", "project", "finding", "line", "code"), rows, "finding")


def _used(scope: Scope, tables: Sequence[Table]) -> set[int]:
    """Numbers of the sources that the page names outside its charts; the portfolio's page lists all."""
    if scope.project is None:
        return set(scope.sources.values())
    cells = (cell for table in tables for row in table["rows"] for cell in row)
    cited = {number for cell in cells if cell[:1] == ["src"] for number in cell[1]}
    named = [row.dating.source for row in scope.clearance] + [row.dating.source for row in scope.disbursement]
    named += [claim.source for claim in lengths(scope, scope.projects[0]) if claim.source]
    return cited.union(scope.source_numbers(named))
