"""The tables in the text of the report.

Projects, sections and sources stand in the order of the records; nothing is added up here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from lsinfra.codes import Stage
from lsinfra.progress import ClearanceRow, DisbursementRow, SectionSum
from lsinfra.quantities import Measure
from lsinfra.records import Project, Section
from lsinfra.render.payload import (
    Scope,
    day_text,
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
    days_text,
    extent_words,
    head_row,
    known_share_cell,
    left_cell,
    order_cell,
    plain,
    share_cell,
    source_cell,
    sources_of,
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
    "before_total": (Kind.NUMBER, 1.4),
    "after_total": (Kind.NUMBER, 1.4),
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
    "before_total": "earlier",
    "before_date": "earlier",
    "after": "now",
    "after_total": "now",
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
    """A table with columns by their names; of ``_OPTIONAL`` those that hold anything. What an implied total is, is
    said below it.
    """
    named, rows = names.split(), list(rows)
    kept = [n for n, name in enumerate(named) if name not in _OPTIONAL or any(row[n].text for row in rows)]
    if any({Mark.IMPLIED, Mark.DERIVED} & cell.marks for row in rows for cell in row):
        note = f"{note} {say(scope.lang, 'report.note.implied')}".lstrip()
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
            rows.append((order_cell(place), name, *blank(6, UNKNOWN), text_cell(_instead_of_whole(scope, project))))
        head: Cells = (order_cell(place), name)
        for one in found:
            rows.append((*head, *_land(scope, one, left=True)))
            head = (ABOVE, ABOVE)
    names = "order project unit total handed_over left share date source"
    return table(scope, "by_project", names, rows, caption=caption, note=note)


def inside(project: Project) -> set[str | None]:
    """The whole project and the sections of it that are the province's, as ``ClearanceRow.section`` has them."""
    return {None, *(section.id for section in project.sections if section.in_scope)}


def _instead_of_whole(scope: Scope, project: Project) -> str:
    """What is known of a project of whose whole no land handed over is: its sections, other stages, or nothing."""
    lang = scope.lang
    every = [row for row in scope.clearance if row.project == project.id]
    rows = [row for row in every if row.section in inside(project)]
    if any(row.stage is Stage.HANDED_OVER for row in rows):
        return say(lang, "report.unknown.whole")
    if rows:
        return _instead(lang, dict.fromkeys(row.stage.write(lang) for row in rows))
    return say(lang, "report.unknown.beyond" if every else "report.unknown.land")


def _land(scope: Scope, row: ClearanceRow | SectionSum, *, left: bool) -> Cells:
    """Unit, total, handed over, what is left where that is asked for, share, date, source."""
    lang = scope.lang
    total, value = totals(row, lang)
    rest = (left_cell(row, lang),) if left else ()
    when = dated_cells(scope, row, extent_words(scope, row))
    return unit_cell(row.measure, lang), total, value, *rest, known_share_cell(row, lang), *when


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


def dated_cells(scope: Scope, row: ClearanceRow | SectionSum, *more: str) -> Cells:
    """When, and by whom, and ``more`` words; of a sum the dates and sources of its parts."""
    lang = scope.lang
    made = [_sum_words(row, lang)] if isinstance(row, SectionSum) else []
    source = source_cell(scope, row, sources_of(scope, row), *made, *more)
    if isinstance(row, SectionSum) and row.first != row.last:
        return Cell(days_text(row, lang), row=row), source
    return date_cell(row.last if isinstance(row, SectionSum) else row.dating.observed, lang, row), source


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
    told = ended(scope, (one for project in scope.projects for one in project.sections if one.in_scope))
    return say(scope.lang, "report.gone", units=told) if told else ""


def ended(scope: Scope, sections: Iterable[Section]) -> str:
    """Those of the sections' units that had ended, by what they were and when they ended; empty for none."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for section in sections:
        if until := gone_unit(scope, section):
            found[until][plain(section.unit)] = None
    return "; ".join(f"{', '.join(units)} ({until})" for until, units in found.items())


def by_chainage(scope: Scope, caption: str) -> Table:
    """Where handed-over land lies, of each observation that published it; of a place the newest first."""
    lang = scope.lang
    found: dict[tuple[str, str | None], dict[object, ClearanceRow]] = defaultdict(dict)
    for row in scope.clearance:
        if row.stretches:  # land handed over alone has them
            # Several measures of one observation lie in the same stretches.
            observed = row.stretches, row.dating.observed, row.dating.source
            found[row.project, row.section].setdefault(observed, row)
    rows: list[Cells] = []
    for several in found.values():
        for row in sorted(several.values(), key=lambda row: row.dating.age_days):
            stretches = extent(scope, Section.model_construct(id="", unit="", parts=row.stretches))
            part = text_cell(row.unit or say(lang, "word.whole"))
            title = text_cell(scope.title(row.project))
            rows.append(
                (
                    order_cell(len(rows) + 1),
                    title,
                    part,
                    text_cell(stretches),
                    *dated_cells(scope, row, extent_words(scope, row)),
                )
            )
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
                name = f"{name} ({plan_closing(scope, row)})"
            order = order_cell(place) if n == 0 else ABOVE
            rows.append((order, text_cell(name, strong=row.funding is None), *money_cells(scope, row)))
    names = "order funding plan disbursed computed stated date source"
    return table(scope, "money", names, rows, caption=caption)


def plan_words(scope: Scope, row: DisbursementRow) -> str:
    """Which plan year, and what the rate is measured against."""
    return say(scope.lang, "report.plan", year=row.plan_year, base=row.base)


def plan_closing(scope: Scope, row: DisbursementRow) -> str:
    """As ``plan_words``, and the last day of the disbursement where there is one."""
    if row.closes is None:
        return plan_words(scope, row)
    return say(scope.lang, "report.plan_closes", plan=plan_words(scope, row), closes=day_text(row.closes, scope.lang))


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
