"""What stands around the map: the headline cards, the tables below, the ways to other pages. Plain data, no markup.

A cell of a table is a text, or a list that says how to show it: ``["n", text]`` a number, ``["chip", kind, text]`` a
status, ``["src", [numbers]]`` references to sources, ``["where", text]`` a place in the records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lsinfra.codes import Stage
from lsinfra.errors import Finding, Severity
from lsinfra.progress import Change, ClearanceRow, Rate, TotalKind
from lsinfra.quantities import Measure, StatedCheck, number
from lsinfra.records import Issue, Project
from lsinfra.render.map import work_facts
from lsinfra.render.payload import (
    COMPLETE,
    Headline,
    Scope,
    amount,
    day_text,
    first_capital,
    headline,
    percent_stated,
    rate_text,
    share_class,
    share_of,
    share_words,
    total_text,
    unit,
)

Line = dict[str, Any]
Table = dict[str, Any]

MOST_LINES = 4
"""Lines of a card; what is beyond them is counted and stands in the table."""


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
        "nav": [],
        "cards": [_land(scope), _money(scope), _changed(scope), _unknown(scope, about)],
        "pages": [] if scope.project else [f"{project.id}.html" for project in scope.projects],
        "tables": tables,
        "used": sorted(_used(scope)),
        "findings": len(about),
    }


# --- cards -----------------------------------------------------------------------------------------------------------


def _card(scope: Scope, name: str, lines: Sequence[Line], foot: str = "", none: str = "") -> dict[str, Any]:
    more = len(lines) - MOST_LINES
    return {
        "title": scope.say(f"card.{name}"),
        "lines": lines[:MOST_LINES],
        "more": scope.say("more", count=more) if more > 0 else "",
        "foot": foot,
        "none": "" if lines else none,
    }


def _line(name: str, big: str, *subs: str, rate: Rate | None = None, chips: Iterable[list[str]] = ()) -> Line:
    share = None if rate is None else share_of(rate)
    return {
        "name": name,
        "big": big,
        "subs": [sub for sub in subs if sub],
        "bar": -1 if share is None else int(min(max(share, Fraction(0)), Fraction(1)) * 1000),
        "class": -1 if rate is None or share is None else share_class(rate),
        "chips": list(chips),
    }


def _chips(scope: Scope, rate: Rate, *, stale: bool, source: str | None) -> Iterator[list[str]]:
    known = scope.portfolio.records.sources.get(source or "")
    if share_class(rate) == COMPLETE:
        yield ["done", scope.say("ui.done")]
    if rate.check is StatedCheck.CONFLICT:
        yield ["doubt", scope.say("ui.conflict")]
    if stale:
        yield ["stale", scope.say("ui.stale")]
    if known is not None and known.kind == "press":
        yield ["press", scope.say("ui.press")]


def _land(scope: Scope) -> dict[str, Any]:
    """Land handed over: one line a project, never added up; a project's page has its sections as well."""
    lines = []
    for project in scope.projects:
        found = headline(scope, project.id)
        name = scope.say("ui.whole_project") if scope.project else project.title.write(scope.lang)
        lines.append(_headline_line(scope, name, found) if found else _without_headline(scope, project, name))
        if scope.project:
            lines += [
                _row_line(scope, row.unit or "", row)
                for row in scope.clearance
                if row.stage is Stage.HANDED_OVER and row.section is not None
            ]
    return _card(scope, "land", lines, none=scope.say("ui.not_published"))


def _headline_line(scope: Scope, name: str, found: Headline) -> Line:
    if found.row is not None:
        return _row_line(scope, name, scope.clearance[found.row])
    total, lang = found.total, scope.lang
    first, last = ("", "") if total is None else (total.first.write(lang), total.last.write(lang))
    when = first if first == last else f"{first} – {last}"
    sections = scope.say("sum_of", count=0 if total is None else total.sections)
    rows = [row for row in scope.clearance if total and row.project == total.project and row.section is not None
            and row.stage is Stage.HANDED_OVER and row.measure is found.measure]
    stale = any(row.dating.stale for row in rows)
    chips = _chips(scope, found.rate, stale=stale, source=rows[0].dating.source if rows else None)
    return _rate_line(scope, name, found.rate, found.measure, f"{sections} · {when}", chips)


def _row_line(scope: Scope, name: str, row: ClearanceRow) -> Line:
    chips = _chips(scope, row.rate, stale=row.dating.stale, source=row.dating.source)
    return _rate_line(scope, name, row.rate, row.measure, row.dating.observed.write(scope.lang), chips)


def _rate_line(
    scope: Scope, name: str, rate: Rate, measure: Measure, when: str, chips: Iterable[list[str]], about: str = ""
) -> Line:
    """The share, or without one the value, in large; then the figures, what they are measured against, the date."""
    share, text = share_words(rate, measure, scope.lang), rate_text(rate, measure, scope.lang)
    if rate.kind is TotalKind.IMPLIED:
        of = f"{total_text(rate, measure, scope.lang)} {unit(measure, scope.lang)}"
        text = scope.say("implied", figure=text, total=of)
    if not share:
        return _line(name, text, scope.say("ui.no_total"), about, when, rate=rate, chips=chips)
    return _line(name, share, text, about, when, rate=rate, chips=chips)


def _without_headline(scope: Scope, project: Project, name: str) -> Line:
    """A project without a figure of its own: what its sections reported, never added up."""
    rows = [row for row in scope.clearance if row.project == project.id and row.stage is Stage.HANDED_OVER]
    if not rows:
        return _line(name, scope.say("ui.not_published"), chips=[["unknown", scope.say("ui.unknown")]])
    shown = [f"{row.unit} {rate_text(row.rate, row.measure, scope.lang)}" for row in rows[:3]]
    if len(rows) > 3:
        shown.append(scope.say("more", count=len(rows) - 3))
    when = max(row.dating.observed for row in rows).write(scope.lang)
    return _line(
        name,
        scope.say("no_whole"),
        "; ".join(shown),
        when,
        chips=[["unknown", scope.say("ui.unknown")]] + ([["stale", scope.say("ui.stale")]] if all(row.dating.stale for row in rows) else []),
    )


def _money(scope: Scope) -> dict[str, Any]:
    """Disbursed of the latest plan year: numerator, denominator, base, year and date together."""
    lines = []
    for project in scope.projects:
        rows = [row for row in scope.disbursement if row.project == project.id]
        name = project.title.write(scope.lang)
        if not rows:
            lines.append(_line(name, scope.say("ui.not_published"), chips=[["unknown", scope.say("ui.unknown")]]))
        latest = max((row.plan_year for row in rows), default=0)
        for row in rows:
            if row.plan_year != latest or (row.funding is not None and not scope.project):
                continue
            against = scope.say("plan", year=row.plan_year, base=row.base)
            title = name if not scope.project else first_capital(row.funding.write(scope.lang)) if row.funding else scope.say("all_funding")
            chips = _chips(scope, row.rate, stale=row.dating.stale, source=row.dating.source)
            about = "" if row.funding else against
            lines.append(_rate_line(scope, title, row.rate, Measure.MONEY, row.dating.observed.write(scope.lang), chips, about))
    lines.sort(key=lambda line: line["bar"] < 0 and bool(line["chips"]) and line["chips"][0][0] == "unknown")
    return _card(scope, "money", lines, none=scope.say("ui.not_published"))


def _changed(scope: Scope) -> dict[str, Any]:
    """What changed since the observation before, and how much of it is work and how much a change of scope."""
    changes = [change for change in scope.progress.changes if change.after.project in scope.numbers and change.after.stage is Stage.HANDED_OVER]
    changes.sort(key=lambda change: (change.after.section is not None, change.after.measure is not Measure.AREA))
    lines = [_change_line(scope, change) for change in changes]
    return _card(scope, "changed", lines, none=scope.say("no_change"))


def _change_line(scope: Scope, change: Change) -> Line:
    lang, before, after = scope.lang, change.before, change.after
    name = scope.title(after.project) if scope.project is None else scope.say("ui.whole_project")
    if after.section is not None:
        name = f"{scope.title(after.project)} · {after.unit}" if scope.project is None else after.unit or ""
    figures = scope.say("from_to", before=_short(before, scope), after=rate_text(after.rate, after.measure, lang))
    dates = scope.say("from_to", before=before.dating.observed.write(lang), after=after.dating.observed.write(lang))
    parts = ""
    if change.share is not None and change.work is not None and change.scope is not None:
        points = {"share": change.share, "work": change.work, "scope": change.scope}
        parts = scope.say("work_scope", **{key: _signed(value * 100, 2, lang) for key, value in points.items()})
    grown = _plus(change.value, amount(change.value, after.measure, lang))
    chips = _chips(scope, after.rate, stale=False, source=after.dating.source)
    return _line(name, f"{grown} {unit(after.measure, lang)}", figures, dates, parts, chips=[chip for chip in chips if chip[0] != "done"])


def _short(row: ClearanceRow, scope: Scope) -> str:
    return rate_text(row.rate, row.measure, scope.lang).removesuffix(f" {unit(row.measure, scope.lang)}")


def _signed(value: Fraction, decimals: int, lang: Any) -> str:
    return _plus(value, number(value, decimals, lang))


def _plus(value: Fraction | Decimal, text: str) -> str:
    return f"+{text}" if value > 0 else text


def _unknown(scope: Scope, findings: Sequence[Finding]) -> dict[str, Any]:
    """The biggest gap, what is out of date, in conflict or not published."""
    lines = []
    gap = _gap(scope)
    if gap:
        lines.append(gap)
    every = [row.dating for row in scope.clearance] + [row.dating for row in scope.disbursement]
    stale = sum(dating.stale for dating in every)
    days = scope.portfolio.records.portfolio.stale_after_days
    lines.append(_line(scope.say("stale_count", days=days), _of(scope, stale, len(every)), chips=[["stale", scope.say("ui.stale")]] if stale else []))
    rates = [row.rate for row in scope.clearance] + [row.rate for row in scope.disbursement]
    conflicts = sum(rate.check is StatedCheck.CONFLICT for rate in rates)
    if conflicts:
        lines.append(_line(scope.say("conflict_count"), number(conflicts, None, scope.lang), chips=[["doubt", scope.say("ui.conflict")]]))
    silent = sum(not any(row.project == project.id for row in scope.disbursement) for project in scope.projects)
    if silent and not scope.project:
        lines.append(_line(scope.say("no_money_count"), _of(scope, silent, len(scope.projects)), chips=[["unknown", scope.say("ui.unknown")]]))
    elif scope.project:
        missing = [section for section in scope.projects[0].sections if (scope.project, section.id) not in scope.handed_over]
        if missing:
            lines.append(_line(scope.say("no_section_count"), _of(scope, len(missing), len(scope.projects[0].sections)), chips=[["unknown", scope.say("ui.unknown")]]))
    serious = sum(finding.severity is not Severity.INFO for finding in findings)
    card = _card(scope, "unknown", lines)
    card["foot"] = scope.say("see_findings", count=serious) if serious else ""
    return card


def _of(scope: Scope, part: int, whole: int) -> str:
    return f"{number(part, None, scope.lang)}/{number(whole, None, scope.lang)}"


def _gap(scope: Scope) -> Line | None:
    """The most land that is not handed over yet, by the projects' own headline figures."""
    gaps = []
    for place, project in enumerate(scope.projects):
        found = headline(scope, project.id)
        if found and found.measure is Measure.AREA and found.rate.total is not None and found.rate.total > found.rate.value:
            when = scope.clearance[found.row].dating.observed if found.row is not None else found.total.last if found.total else None
            gaps.append((found.rate.total - found.rate.value, -place, project, when))
    if not gaps:
        return None
    missing, _, project, when = max(gaps, key=lambda gap: gap[:2])
    name = scope.say("gap")
    title = "" if scope.project else project.title.write(scope.lang)
    return _line(name, f"{amount(missing, Measure.AREA, scope.lang)} {unit(Measure.AREA, scope.lang)}", title, when.write(scope.lang) if when else "")


# --- tables ----------------------------------------------------------------------------------------------------------


def _tables(scope: Scope, findings: Sequence[Finding]) -> Iterator[Table]:
    yield _sums(scope)
    yield _investment(scope)
    yield _milestones(scope)
    yield _issues(scope)
    if scope.project is None:
        yield _indicators(scope)
        yield _works(scope)
    yield _findings(scope, findings)


def _table(scope: Scope, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """A table with its heading and its column heads: ``table.NAME`` and ``column.COLUMN`` of the page's words."""
    return {
        "id": name,
        "title": scope.say(f"table.{name}"),
        "note": scope.say(f"about.{name}"),
        "head": [scope.say(f"column.{column}") for column in columns],
        "rows": [list(row) for row in rows],
    }


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
            figure = scope.say("implied", figure=figure, total=f"{total_text(total.rate, total.measure, lang)} {unit(total.measure, lang)}")
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
    found = [
        (event.date.last_day, project, event)
        for project in scope.projects
        for event in project.milestones
    ]
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
    place = " · ".join(part for part in (section.unit if section else "", issue.at.write(scope.lang) if issue.at else "") if part)
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
            state = ["chip", "done", scope.say("reached")] if row.reached else ["chip", "current", scope.say("not_reached")]
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
    return _table(scope, "works", ("work", "state", "facts", "note", "source"), rows)


def _findings(scope: Scope, findings: Sequence[Finding]) -> Table:
    order = list(Severity)
    kinds = {Severity.ERROR: "doubt", Severity.WARNING: "stale", Severity.INFO: "unknown"}
    titles = {project.id: project.title.write(scope.lang) for project in scope.portfolio.records.projects}
    rows = [
        [
            ["chip", kinds[finding.severity], scope.say(f"severity.{finding.severity}")],
            titles.get(finding.project or "", scope.say("whole_portfolio")),
            finding.message(scope.lang),
            ["where", finding.where],
            ["where", finding.code],
        ]
        for finding in sorted(findings, key=lambda finding: order.index(finding.severity))
    ]
    return _table(scope, "findings", ("severity", "project", "finding", "line", "code"), rows)


def _numbers(scope: Scope, sources: Iterable[str]) -> list[int]:
    return [scope.sources[source] for source in sources if source in scope.sources]


def _used(scope: Scope) -> set[int]:
    """Numbers of the sources that the page names; the portfolio's page lists all."""
    if scope.project is None:
        return set(scope.sources.values())
    project = scope.projects[0]
    named = [row.dating.source for row in (*scope.clearance, *scope.disbursement)]
    named += [row.source for row in scope.progress.investment if row.project == project.id]
    named += [event.source for event in project.milestones]
    named += [issue.source for issue in project.issues if issue.source]
    named += [claim.source for claim in project.length if claim.source]
    return set(_numbers(scope, named))
