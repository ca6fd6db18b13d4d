"""The tables in the text of the report.

Projects, sections and sources stand in the order of the records; nothing is added up here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lsinfra.codes import Stage, TotalKind
from lsinfra.progress import ClearanceRow, DisbursementRow, SectionSum
from lsinfra.quantities import Measure, number
from lsinfra.records import Project, Section
from lsinfra.render.payload import (
    Scope,
    extent,
    first_capital,
    gone_unit,
    headline,
    latest_money,
    unit,
)
from lsinfra.report.model import Cell, Column, Kind, Mark, Table
from lsinfra.report.wording import (
    ABOVE,
    UNKNOWN,
    amount_cell,
    date_cell,
    head_row,
    known_share_cell,
    left_cell,
    order_cell,
    plain,
    share_cell,
    source_cell,
    stated_cell,
    text_cell,
    total_cell,
    unit_cell,
)
from lsinfra.text import Lang, say

Cells = tuple[Cell, ...]

_COLUMNS: dict[str, tuple[Kind, float]] = {
    "order": (Kind.ORDER, 0.6),
    "project": (Kind.TEXT, 4.2),
    "part": (Kind.TEXT, 2.4),
    "funding": (Kind.TEXT, 3.4),
    "place": (Kind.TEXT, 1.8),
    "chainage": (Kind.TEXT, 4.2),
    "stage": (Kind.TEXT, 3),
    "unit": (Kind.UNIT, 0.8),
    "total": (Kind.NUMBER, 1.3),
    "handed_over": (Kind.NUMBER, 1.3),
    "done": (Kind.NUMBER, 1.3),
    "left": (Kind.NUMBER, 1.1),
    "plan": (Kind.NUMBER, 1.5),
    "disbursed": (Kind.NUMBER, 1.5),
    "share": (Kind.SHARE, 1.1),
    "computed": (Kind.SHARE, 1.1),
    "stated": (Kind.SHARE, 1.1),
    "date": (Kind.DATE, 1.5),
    "newest": (Kind.DATE, 1.5),
    "closes": (Kind.DATE, 1.4),
    "plan_year": (Kind.TEXT, 2.2),
    "source": (Kind.SOURCE, 2),
    "remark": (Kind.TEXT, 3.2),
    "age": (Kind.NUMBER, 1.1),
    "late": (Kind.NUMBER, 1.1),
    "what": (Kind.TEXT, 2.2),
    "before": (Kind.NUMBER, 1.4),
    "after": (Kind.NUMBER, 1.4),
    "before_date": (Kind.DATE, 1.5),
    "after_date": (Kind.DATE, 1.5),
    "change": (Kind.NUMBER, 1.3),
    "points": (Kind.POINTS, 1),
    "correction": (Kind.POINTS, 1.1),
    "work": (Kind.POINTS, 1.1),
    "extent": (Kind.POINTS, 1.1),
    "state": (Kind.TEXT, 1.8),
    "severity": (Kind.TEXT, 1.2),
    "finding": (Kind.TEXT, 9),
    "issued": (Kind.DATE, 1.5),
    "reference": (Kind.SOURCE, 0.5),
    "document": (Kind.TEXT, 6),
    "number": (Kind.TEXT, 2),
    "issuer": (Kind.TEXT, 3),
    "kind": (Kind.TEXT, 1.8),
    "note": (Kind.TEXT, 5),
}
"""What each column holds and how wide it is beside others; its head is ``report.column.NAME``."""

_GROUPS = {
    "computed": "rate",
    "stated": "rate",
    "before": "earlier",
    "before_date": "earlier",
    "after": "now",
    "after_date": "now",
    "points": "share_change",
    "correction": "share_change",
    "work": "share_change",
    "extent": "share_change",
}
"""Columns under one head, ``report.group.NAME``."""

_MONEY = {"plan", "disbursed"}
_OPTIONAL = {"chainage", "remark", "number", "issuer", "note"}


def table(
    scope: Scope,
    id: str,
    names: str,
    rows: Iterable[Cells],
    *,
    caption: str = "",
    note: str = "",
    numbered: bool = False,
) -> Table:
    """A table with columns by their names; of ``_OPTIONAL`` those that hold anything."""
    named, rows = names.split(), list(rows)
    kept = [n for n, name in enumerate(named) if name not in _OPTIONAL or any(row[n].text for row in rows)]
    columns = tuple(_column(scope.lang, named[n]) for n in kept)
    return Table(id, caption, columns, tuple(tuple(row[n] for n in kept) for row in rows), note, numbered)


def _column(lang: Lang, name: str) -> Column:
    kind, width = _COLUMNS[name]
    group = say(lang, f"report.group.{_GROUPS[name]}") if name in _GROUPS else ""
    money = unit(Measure.MONEY, lang) if name in _MONEY else ""
    return Column(say(lang, f"report.column.{name}"), kind, width, group, money)


def blank(count: int, text: str = "") -> Cells:
    """Cells with nothing in them, or with the same text."""
    return (Cell(text),) * count


# --- in the text ---------------------------------------------------------------------------------------------------


def of_projects(scope: Scope, project: Project) -> list[ClearanceRow | SectionSum]:
    """A project's own figures of land handed over; without any, or where it is newer, the sum of its sections."""
    places = scope.handed_over.get((project.id, None), {})
    own: list[ClearanceRow | SectionSum] = [scope.clearance[place] for place in places.values()]
    found = headline(scope, project.id)
    return own if found is None or found.row is not None else [head_row(scope, found), *own]


def by_project(scope: Scope, caption: str, note: str) -> Table:
    """Land handed over of each project, a row a measure."""
    lang, rows = scope.lang, []
    for place, project in enumerate(scope.projects, 1):
        name = text_cell(project.title.write(lang))
        found = of_projects(scope, project)
        if not found:
            rows.append((order_cell(place), name, *blank(6, UNKNOWN), text_cell(say(lang, "report.unknown.land"))))
        head: Cells = (order_cell(place), name)
        for one in found:
            rows.append((*head, *_land(scope, one, left=True)))
            head = (ABOVE, ABOVE)
    names = "order project unit total handed_over left share date source"
    return table(scope, "by_project", names, rows, caption=caption, note=note)


def _land(scope: Scope, row: ClearanceRow | SectionSum, *, left: bool) -> Cells:
    """Unit, total, handed over, what is left where that is asked for, share, date, source."""
    lang = scope.lang
    total, value = totals(row, lang)
    rest = (left_cell(row, lang),) if left else ()
    return unit_cell(row.measure, lang), total, value, *rest, known_share_cell(row, lang), *dated_cells(scope, row)


def amounts(scope: Scope, row: ClearanceRow | SectionSum) -> Cells:
    """Unit, total, value, computed share, stated share."""
    lang = scope.lang
    return (
        unit_cell(row.measure, lang),
        *totals(row, lang),
        share_cell(row, lang),
        stated_cell(row, lang),
    )


def totals(row: ClearanceRow | SectionSum, lang: Lang) -> tuple[Cell, Cell]:
    value = None if row.rate is None else row.rate.value
    return total_cell(row, lang), amount_cell(value, row.measure, row, lang)


def dated_cells(scope: Scope, row: ClearanceRow | SectionSum) -> Cells:
    """When, and by whom; of a sum the dates and sources of its parts."""
    lang = scope.lang
    if isinstance(row, ClearanceRow):
        return date_cell(row.dating.observed, lang, row), source_cell(scope, row, [row.dating.source])
    return _sum_date(row, lang), source_cell(scope, row, sum_sources(scope, row), _sum_words(row, lang))


def _sum_date(row: SectionSum, lang: Lang) -> Cell:
    if row.first == row.last:
        return date_cell(row.first, lang, row)
    return Cell(f"{row.first.write(lang)} – {row.last.write(lang)}", row=row)


def sum_sources(scope: Scope, row: SectionSum) -> list[str]:
    """The sources of the figures that a sum is made of."""
    inside = {section.id for section in scope.projects[scope.numbers[row.project]].sections if section.in_scope}
    parts = (one for one in scope.clearance if (one.project, one.stage) == (row.project, row.stage))
    return [one.dating.source for one in parts if one.section in inside and one.measure is row.measure]


def _sum_words(row: SectionSum, lang: Lang) -> str:
    return say(lang, "report.sum_of", reported=row.reported, sections=row.sections)


def by_unit(scope: Scope, caption: str) -> Table:
    """Land handed over in each administrative unit, project by project; never added up over projects."""
    lang, rows = scope.lang, []
    found: dict[str, list[tuple[Project, Section]]] = defaultdict(list)
    stages: dict[tuple[str, str | None], dict[str, None]] = defaultdict(dict)
    for row in scope.clearance:
        stages[row.project, row.section][row.stage.write(lang)] = None
    for project in scope.projects:
        for section in project.sections:
            if section.in_scope:
                found[section.unit].append((project, section))
    for place, (name, parts) in enumerate(found.items(), 1):
        head: Cells = (order_cell(place), text_cell(name))
        for project, section in parts:
            title = text_cell(project.title.write(lang))
            places = scope.handed_over.get((project.id, section.id), {})
            for one in (scope.clearance[at] for at in places.values()):
                rows.append((*head, title, *_land(scope, one, left=False)))
                head, title = (ABOVE, ABOVE), ABOVE
            if not places:
                rows.append(
                    (*head, title, *blank(5, UNKNOWN), text_cell(_instead(lang, stages[project.id, section.id])))
                )
                head = (ABOVE, ABOVE)
    names = "order place project unit total handed_over share date source"
    return table(scope, "by_unit", names, rows, caption=caption, note=gone_units(scope))


def _instead(lang: Lang, stages: Iterable[str]) -> str:
    """What is known of a section of which no land handed over is."""
    if stages:
        return say(lang, "report.unknown.only", stages=", ".join(stages))
    return say(lang, "report.unknown.handed_over")


def gone_units(scope: Scope) -> str:
    """Which units of the sections had ended before the day of the report; empty where none had."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for project in scope.projects:
        for section in project.sections:
            if section.in_scope and (ended := gone_unit(scope, section)):
                found[ended][plain(section.unit)] = None
    told = "; ".join(f"{', '.join(units)} ({ended})" for ended, units in found.items())
    return say(scope.lang, "report.gone", units=told) if told else ""


def by_chainage(scope: Scope, caption: str) -> Table:
    """Where handed-over land lies, of each figure whose source published it."""
    lang = scope.lang
    rows: list[Cells] = []
    told: set[tuple[str, str | None]] = set()
    for row in scope.clearance:
        if not row.stretches or row.stage is not Stage.HANDED_OVER or (row.project, row.section) in told:
            continue
        told.add((row.project, row.section))
        stretches = extent(scope, Section.model_construct(id="", unit="", parts=row.stretches))
        cells = (
            text_cell(scope.title(row.project)),
            text_cell(row.unit or say(lang, "word.whole")),
            text_cell(stretches),
        )
        rows.append((order_cell(len(rows) + 1), *cells, *dated_cells(scope, row)))
    return table(scope, "by_chainage", "order project part chainage date source", rows, caption=caption)


def no_chainage(scope: Scope) -> str:
    """Why there is no table of chainage: amounts without a place, or no figure of land handed over at all."""
    return "report.results.no_chainage" if scope.handed_over else "report.results.no_land"


def money(scope: Scope, caption: str) -> Table:
    """The latest plan year of each project that has one: all sources of capital together, then each."""
    lang, rows, place = scope.lang, [], 0
    for project in scope.projects:
        found = [scope.disbursement[at] for at in latest_money(scope, project.id)]
        for n, row in enumerate(found):
            place += n == 0
            name = project.title.write(lang) if row.funding is None else first_capital(row.funding.write(lang))
            if row.funding is None:
                name = f"{name} ({plan_words(scope, row)})"
            order = order_cell(place) if n == 0 else ABOVE
            rows.append((order, text_cell(name, strong=row.funding is None), *money_cells(scope, row)))
    names = "order funding plan disbursed computed stated date source"
    return table(scope, "money", names, rows, caption=caption)


def plan_words(scope: Scope, row: DisbursementRow) -> str:
    """Which plan year, and what the rate is measured against."""
    return say(scope.lang, "report.plan", year=row.plan_year, base=row.base)


def money_cells(scope: Scope, row: DisbursementRow) -> Cells:
    """Plan, disbursed, computed, stated, date, source."""
    lang = scope.lang
    return (
        total_cell(row, lang),
        amount_cell(row.rate.value, Measure.MONEY, row, lang),
        share_cell(row, lang),
        stated_cell(row, lang),
        date_cell(row.dating.observed, lang, row),
        source_cell(scope, row, [row.dating.source]),
    )


@dataclass(frozen=True)
class Silence:
    """A figure that is out of date, or (``row`` None) was never reported, and whose it is.

    ``late_days``: days beyond ``stale_after_days``.
    """

    project: Project
    part: str
    what: str
    row: ClearanceRow | DisbursementRow | None
    late_days: int


def silences(scope: Scope) -> list[Silence]:
    """Who is late at the day: of each project and each of its sections the newest figure of land, of each project the
    newest of money, where that is out of date or missing; the project that is latest first, in it the latest first.

    Land that is all handed over is not waited for; of a whole project, neither are its sections.
    """
    found, told = [], {row.project for row in scope.clearance}
    known: dict[tuple[str, str | None], list[ClearanceRow]] = defaultdict(list)
    for row in scope.clearance:
        known[row.project, row.section].append(row)
    for project in scope.projects:
        finished = _finished(known[project.id, None])
        sections = () if finished else (None, *(one for one in project.sections if one.in_scope))
        for section in sections:
            part = say(scope.lang, "word.whole") if section is None else section.unit
            rows = known[project.id, None if section is None else section.id]
            if section is None and not rows and project.id in told:
                continue  # it is reported by its sections
            if not _finished(rows):
                found.append(_silence(scope, project, part, say(scope.lang, "report.what.land"), rows))
        spent = [scope.disbursement[place] for place in latest_money(scope, project.id)]
        whole = say(scope.lang, "word.whole")
        found.append(_silence(scope, project, whole, say(scope.lang, "report.what.money"), spent))
    late = [one for one in found if one is not None]
    worst = {one.project.id: 0 for one in late}
    for one in late:
        worst[one.project.id] = max(worst[one.project.id], one.late_days)
    places = {project.id: place for place, project in enumerate(scope.projects)}
    return sorted(
        late, key=lambda one: (-worst[one.project.id], places[one.project.id], one.row is None, -one.late_days)
    )


def _finished(rows: Sequence[ClearanceRow]) -> bool:
    """Every measure of land handed over is complete by its printed total."""
    shares = [row.rate.share for row in rows if row.stage is Stage.HANDED_OVER and row.rate.kind is TotalKind.STATED]
    handed_over = sum(row.stage is Stage.HANDED_OVER for row in rows)
    return 0 < handed_over == sum(share is not None and share >= 1 for share in shares)


def _silence(
    scope: Scope, project: Project, part: str, what: str, rows: Sequence[ClearanceRow | DisbursementRow]
) -> Silence | None:
    if not rows:
        return Silence(project, part, what, None, 0)
    newest = min(rows, key=lambda row: row.dating.age_days)
    late = newest.dating.age_days - scope.portfolio.records.portfolio.stale_after_days
    return Silence(project, part, what, newest, late) if late > 0 else None


def late(scope: Scope, found: Iterable[Silence], caption: str, note: str) -> Table:
    """Who is late, and by how many days."""
    lang, rows, before = scope.lang, [], ""
    for place, one in enumerate(found, 1):
        title = ABOVE if one.project.id == before else text_cell(one.project.title.write(lang))
        before = one.project.id
        head = order_cell(place), title, text_cell(one.part), text_cell(one.what)
        if one.row is None:
            rows.append((*head, text_cell(say(lang, "report.unknown.never")), *blank(2, UNKNOWN), Cell()))
            continue
        dating = one.row.dating
        age, days = (
            Cell(number(days, None, lang), days, row=one.row, marks=frozenset({Mark.LATE}))
            for days in (dating.age_days, one.late_days)
        )
        source = source_cell(scope, None, [dating.source])
        rows.append((*head, date_cell(dating.observed, lang, one.row), age, days, source))
    return table(scope, "late", "order project part what newest age late reference", rows, caption=caption, note=note)
