"""The headline cards: what a leader reads in ten seconds. Plain data, no markup.

Land and money stand per project and are never added up: the projects' figures are of different dates and scopes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lsinfra.codes import SourceKind, Stage, TotalKind
from lsinfra.compare import Compared
from lsinfra.errors import Finding, Severity
from lsinfra.progress import Change, ClearanceRow, Dating, DisbursementRow, Rate
from lsinfra.quantities import Measure, StatedCheck, number
from lsinfra.records import Project
from lsinfra.render.payload import (
    COMPLETE,
    Headline,
    Scope,
    amount,
    bar,
    first_capital,
    headline,
    issue_state,
    latest_money,
    rate_text,
    share_class,
    share_words,
    sum_dates,
    summed,
    total_text,
    unit,
)
from lsinfra.render.since import Changed, beside, chip, measure_of, parts_text, subject
from lsinfra.render.writing import grown

Line = dict[str, Any]
Chips = list[list[str]]

MOST = {"land": 4, "money": 4, "changed": 2, "since": 2, "unknown": 6}
"""Lines of each card; how many more there are is said, with a link to the table that has them all."""

_TABLE = {"land": "land", "money": "money", "changed": "changes", "since": "since", "unknown": "findings"}


def cards(scope: Scope, findings: Sequence[Finding], changed: Changed | None = None) -> list[dict[str, Any]]:
    """Land handed over, money disbursed, what changed, what is not known or doubtful.

    ``changed``: since an earlier date, said beside every headline; without it the third card has what changed since
    the observation before.
    """
    serious = sum(finding.severity is not Severity.INFO for finding in findings)
    note = "" if changed is None else first_capital(changed.label)
    return [
        _card(scope, "land", _land(scope, changed), scope.say("ui.not_published"), note=note),
        _card(scope, "money", _money(scope, changed), scope.say("ui.not_published"), note=note),
        _changed(scope) if changed is None else _since(changed, note),
        _card(scope, "unknown", _unknown(scope), "", scope.say("see_findings", count=serious) if serious else ""),
    ]


def changes(scope: Scope) -> list[Change]:
    """What changed in the handed-over land since the observation before: whole projects first, then areas first."""
    found = (change for change in scope.progress.changes if change.after.stage is Stage.HANDED_OVER)
    own = [change for change in found if change.after.project in scope.numbers]
    return sorted(own, key=lambda one: (one.after.section is not None, one.after.measure is not Measure.AREA))


def _card(
    scope: Scope,
    name: str,
    lines: Sequence[Line],
    none: str,
    foot: str = "",
    count: int | None = None,
    note: str = "",
) -> dict[str, Any]:
    """``count``: how many lines there are, where only the first were made; ``note``: what changes are against."""
    more = (len(lines) if count is None else count) - MOST[name]
    link = scope.say("more", count=more) if more > 0 else foot
    return {
        "title": scope.say(f"card.{name}"),
        "lines": lines[: MOST[name]],
        "none": "" if lines else none,
        "foot": [link, f"#{_TABLE[name]}"] if link else [],
        "note": note,
    }


def _line(
    name: str, big: str, beside: str = "", *subs: str, rate: Rate | None = None, chips: Chips | None = None
) -> Line:
    """One line of a card: whose, the large figure ("" for none), what stands beside it, what stands below."""
    return {
        "name": name,
        "big": big,
        "beside": beside,
        "subs": [sub for sub in subs if sub],
        "bar": -1 if rate is None else bar(rate),
        "class": -1 if rate is None else share_class(rate),
        "chips": chips or [],
    }


def _chips(scope: Scope, rate: Rate, dating: Dating | None) -> Iterator[list[str]]:
    """The statuses of a figure, each with its word: complete, in conflict, out of date, from the press."""
    if share_class(rate) == COMPLETE:
        yield ["done", scope.say("ui.done")]
    if rate.check is StatedCheck.CONFLICT:
        yield ["doubt", scope.word("statedcheck.conflict")]
    if dating is not None and dating.stale:
        yield ["stale", scope.say("ui.old")]
    if dating is not None and _press(scope, dating):
        yield ["press", scope.word("sourcekind.press")]


def _press(scope: Scope, dating: Dating) -> bool:
    source = scope.portfolio.records.sources.get(dating.source)
    return source is not None and source.kind is SourceKind.PRESS


# --- land ------------------------------------------------------------------------------------------------------------


def _land(scope: Scope, changed: Changed | None) -> list[Line]:
    """One line a project; on a project's own page its sections follow."""
    lines = []
    for project in scope.projects:
        found = headline(scope, project.id)
        name = scope.word("whole") if scope.project else project.title.write(scope.lang)
        line = _headline(scope, name, found) if found else _no_headline(scope, project, name)
        rows = summed(scope, found) if found else _handed_over(scope, project.id)
        lines.append(line | _beside(changed, rows, "" if found else project.id))
    if scope.project:
        rows = _handed_over(scope, scope.project)
        lines += [_row(scope, row.unit or "", row) | _beside(changed, [row]) for row in rows]
    return lines


def _beside(
    changed: Changed | None,
    rows: Sequence[ClearanceRow] | Sequence[DisbursementRow],
    without: str = "",
    *,
    land: bool = True,
) -> Line:
    """What became of a headline since the earlier date; nothing where none is compared.

    ``without``: the project, where it has no headline of its own.
    """
    if changed is None:
        return {}
    return {"since": beside(changed, rows, gone=(without, land) in changed.gone)}


def _handed_over(scope: Scope, project: str) -> list[ClearanceRow]:
    """The sections' handed-over rows of a project."""
    places = (places for (owner, section), places in scope.handed_over.items() if owner == project and section)
    return [scope.clearance[place] for measures in places for place in measures.values()]


def _headline(scope: Scope, name: str, found: Headline) -> Line:
    if found.row is not None:
        return _row(scope, name, scope.clearance[found.row])
    oldest = min(
        (row.dating for row in summed(scope, found)), key=lambda dating: dating.observed.last_day, default=None
    )
    return _rate(scope, name, found.rate, found.measure, sum_dates(scope, found), _chips(scope, found.rate, oldest))


def _row(scope: Scope, name: str, row: ClearanceRow) -> Line:
    when = row.dating.observed.write(scope.lang)
    return _rate(scope, name, row.rate, row.measure, when, _chips(scope, row.rate, row.dating))


def _rate(
    scope: Scope, name: str, rate: Rate, measure: Measure, when: str, chips: Iterable[list[str]], about: str = ""
) -> Line:
    """The share, or without one the value, in large; then the figures, what they are measured against, the date."""
    share, text = share_words(rate, measure, scope.lang), rate_text(rate, measure, scope.lang)
    if rate.kind is TotalKind.IMPLIED:
        of = f"{total_text(rate, measure, scope.lang)} {unit(measure, scope.lang)}"
        text = scope.say("implied", figure=text, total=of)
    if not share:
        share, text = text, scope.say("ui.no_total")
    return _line(name, share, text, about, when, rate=rate, chips=list(chips))


def _no_headline(scope: Scope, project: Project, name: str) -> Line:
    """A project without a figure of its own: what its sections reported, side by side and never added up."""
    rows = _handed_over(scope, project.id)
    if not rows:
        return _line(name, "", chips=[["unknown", scope.word("totalkind.none")]])
    shown = [f"{row.unit} {rate_text(row.rate, row.measure, scope.lang)}" for row in rows[:3]]
    if len(rows) > 3:
        shown.append(scope.say("more", count=len(rows) - 3))
    newest = max(rows, key=lambda row: row.dating.observed.last_day).dating
    chips = [["unknown", scope.say("no_whole")]] + ([["stale", scope.say("ui.old")]] if newest.stale else [])
    return _line(name, "", "; ".join(shown), newest.observed.write(scope.lang), chips=chips)


# --- money -----------------------------------------------------------------------------------------------------------


def _money(scope: Scope, changed: Changed | None) -> list[Line]:
    """The latest plan year: numerator, denominator, base and date together; on a project's page by source as well."""
    lines, silent = [], []
    for project in scope.projects:
        rows = [scope.disbursement[place] for place in latest_money(scope, project.id)]
        title = project.title.write(scope.lang)
        if not rows:
            line = _line("" if scope.project else title, "", chips=[["unknown", scope.word("totalkind.none")]])
            silent.append(line | _beside(changed, rows, project.id, land=False))
        for row in rows:
            if row.funding and not scope.project:
                continue
            name = title
            if scope.project:
                name = first_capital(row.funding.write(scope.lang)) if row.funding else scope.say("all_funding")
            against = "" if row.funding else scope.say("plan", year=row.plan_year, base=row.base)
            when = row.dating.observed.write(scope.lang)
            chips = _chips(scope, row.rate, row.dating)
            line = _rate(scope, name, row.rate, Measure.MONEY, when, chips, against)
            lines.append(line | _beside(changed, [row]))
    return lines + silent


# --- changes and gaps ------------------------------------------------------------------------------------------------


def _changed(scope: Scope) -> dict[str, Any]:
    """What changed since the observation before."""
    found = changes(scope)
    earlier = "no_change" if scope.handed_over else "ui.not_published"
    most = [_change(scope, change) for change in found[: MOST["changed"]]]
    return _card(scope, "changed", most, scope.say(earlier), count=len(found))


def _change(scope: Scope, change: Change) -> Line:
    after = change.after
    chips = [["press", scope.word("sourcekind.press")]] if _press(scope, after.dating) else []
    big = grown(change.value, after.measure, scope.lang)
    return _moved(scope, change, big, after.measure, _whose(scope, after), chips)


def _whose(scope: Scope, row: ClearanceRow | DisbursementRow) -> str:
    """The project, its section, or on a project's own page what of it a row is."""
    if scope.project:
        return subject(scope, row)
    if isinstance(row, ClearanceRow) and row.section is not None:
        return f"{row.unit} · {scope.title(row.project)}"
    return scope.title(row.project)


def _moved(
    scope: Scope,
    change: Change | Compared[ClearanceRow] | Compared[DisbursementRow],
    big: str,
    measure: Measure,
    name: str,
    chips: Chips,
) -> Line:
    """The difference in large, then both figures, the parts of the share and both dates; of one side what there is."""
    lang, before, after = scope.lang, change.before, change.after
    sides = [one for one in (before, after) if one is not None]
    figures = [rate_text(one.rate, measure, lang) for one in sides]
    dates = [one.dating.observed.write(lang) for one in sides]
    if len(sides) == 1:
        return _line(name, big, figures[0], "", dates[0], chips=chips)
    old = figures[0].removesuffix(f" {unit(measure, lang)}")
    return _line(
        name,
        big,
        scope.say("from_to", before=old, after=figures[1]),
        parts_text(change, measure, lang),
        scope.say("from_to", before=dates[0], after=dates[1]),
        chips=chips,
    )


def _since(changed: Changed, note: str) -> dict[str, Any]:
    """What changed since the earlier date: land handed over, then money."""
    scope, lines = changed.scope, []
    for one in changed.listed[: MOST["since"]]:
        measure = measure_of(one.row)
        chips = [chip(one.kind, scope.lang)]
        if _press(scope, one.row.dating):
            chips.append(["press", scope.word("sourcekind.press")])
        lines.append(_moved(scope, one, grown(one.value, measure, scope.lang), measure, _whose(scope, one.row), chips))
    return _card(scope, "since", lines, scope.say("since.no_change"), count=len(changed.listed), note=note)


def _unknown(scope: Scope) -> list[Line]:
    """The biggest gap, what is out of date, in conflict or not published."""
    every: list[ClearanceRow | DisbursementRow] = [*scope.clearance, *scope.disbursement]
    lines = [gap] if (gap := _gap(scope)) else []
    stale = sum(row.dating.stale for row in every)
    if stale:
        days = scope.portfolio.records.portfolio.stale_after_days
        lines.append(_line("", _of(scope, stale, len(every)), scope.say("stale_count", days=days)))
    lines += _obstacles(scope)
    conflicts = sum(row.rate.check is StatedCheck.CONFLICT for row in every)
    if conflicts:
        lines.append(_line("", number(conflicts, None, scope.lang), scope.say("conflict_count")))
    if scope.project is None:
        for name, known in (("land", scope.clearance), ("money", scope.disbursement)):
            told = {row.project for row in known}
            if silent := sum(project.id not in told for project in scope.projects):
                lines.append(_line("", _of(scope, silent, len(scope.projects)), scope.say(f"no_{name}_count")))
        return lines
    if not scope.clearance:
        lines.append(_line("", "", first_capital(scope.say("no_land_count"))))
    if not scope.disbursement:
        lines.append(_line("", "", first_capital(scope.say("no_money_count"))))
    sections = [section for section in scope.projects[0].sections if section.in_scope]
    if silent := sum((scope.project, section.id) not in scope.handed_over for section in sections):
        lines.append(_line("", _of(scope, silent, len(sections)), scope.say("no_section_count")))
    return lines


def _obstacles(scope: Scope) -> Iterator[Line]:
    """How many obstacles are open at the page's date, and how many of them past their due day."""
    states = Counter(
        issue_state(issue, scope.progress.as_of)[1] for project in scope.projects for issue in project.issues
    )
    if unsolved := states["open"] + states["late"]:
        chips = [["doubt", scope.say("late_count", count=states["late"])]] if states["late"] else []
        big = number(unsolved, None, scope.lang)
        yield _line("", big, scope.say("issue_count"), chips=chips) | {"href": "#issues"}


def _of(scope: Scope, part: int, whole: int) -> str:
    return f"{number(part, None, scope.lang)}/{number(whole, None, scope.lang)}"


def _gap(scope: Scope) -> Line | None:
    """The most land that is not handed over yet, by the projects' own headline figures."""
    found = [one for project in scope.projects if (one := headline(scope, project.id)) and one.measure is Measure.AREA]
    gaps = [(one.rate.total - one.rate.value, one) for one in found if one.rate.total is not None]
    if not gaps or (widest := max(gaps, key=lambda pair: pair[0]))[0] <= 0:
        return None
    missing, one = widest
    when = sum_dates(scope, one) if one.row is None else scope.clearance[one.row].dating.observed.write(scope.lang)
    big = f"{amount(missing, Measure.AREA, scope.lang)} {unit(Measure.AREA, scope.lang)}"
    return _line(scope.say("gap"), big, "" if scope.project else scope.title(one.project), when)
