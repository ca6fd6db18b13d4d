"""The tables of the annexes: every figure of land and money, what changed, every doubt, every source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from lsinfra.codes import Placed, SourceKind
from lsinfra.compare import Compared
from lsinfra.errors import Finding, Severity
from lsinfra.progress import ClearanceRow, DisbursementRow, SectionSum
from lsinfra.quantities import PartialDate
from lsinfra.records import Section
from lsinfra.render.payload import Scope, extent, first_capital, unit
from lsinfra.render.since import Changed, measure_of
from lsinfra.render.writing import grown, points
from lsinfra.report.model import Cell, Mark, Table
from lsinfra.report.tables import (
    Cells,
    amounts,
    blank,
    dated_cells,
    gone_units,
    money_cells,
    plan_closing,
    plan_words,
    table,
)
from lsinfra.report.wording import (
    ABOVE,
    UNKNOWN,
    amount_cell,
    date_cell,
    extent_words,
    order_cell,
    plain,
    source_cell,
    text_cell,
    total_cell,
    unit_cell,
)
from lsinfra.text import Lang, say

_PARTS = {"share": "points", "correction": "correction", "work": "work", "scope": "extent"}
"""Columns of the parts of a share's change."""


def clearance(scope: Scope) -> Table:
    """Every figure of land: project, then its sections, by stage and measure; the sums of sections that may be made."""
    lang, rows = scope.lang, []
    for place, project in enumerate(scope.projects, 1):
        rows.append((order_cell(place), text_cell(project.title.write(lang), strong=True), *blank(10)))
        own = [row for row in scope.clearance if row.project == project.id]
        if not own:
            rows.append((ABOVE, text_cell(say(lang, "report.unknown.land")), *blank(10)))
        sums = [one for one in scope.progress.sums if one.project == project.id and one.rate is not None]
        known = {within: list(group) for within, group in groupby(own, key=lambda row: row.section)}
        for section in (None, *project.sections) if own else ():
            found = known.get(section.id if section else None, [])
            head: Cells = (text_cell(_part(scope, section)), text_cell(_extent(scope, section) if section else ""))
            if section and not found:
                unknown = text_cell(say(lang, "report.unknown.handed_over"))
                rows.append((ABOVE, *head, *blank(7, UNKNOWN), unknown, Cell()))
            for row in found:
                rows.append((ABOVE, *head, *_stage(scope, row)))
                head = (ABOVE, ABOVE)
        head = (text_cell(say(lang, "report.sections_together")), Cell())
        for one in sums:
            rows.append((ABOVE, *head, *_stage(scope, one)))
            head = (ABOVE, ABOVE)
    names = "order part chainage stage unit total done computed stated date source remark"
    return table(
        scope,
        "clearance",
        names,
        rows,
        numbered=True,
        note=" ".join([say(lang, "report.note.chainage"), gone_units(scope)]).rstrip(),
    )


def _part(scope: Scope, section: Section | None) -> str:
    if section is None:
        return say(scope.lang, "word.whole")
    return section.unit if section.in_scope else say(scope.lang, "report.out_of_scope", unit=section.unit)


def _extent(scope: Scope, section: Section) -> str:
    """Where the section lies; a surveyed one says so, all others are approximate."""
    text = extent(scope, section)
    return f"{text} ({section.placed.write(scope.lang)})" if text and section.placed is Placed.SURVEYED else text


def _stage(scope: Scope, row: ClearanceRow | SectionSum) -> Cells:
    if isinstance(row, SectionSum):
        written = extent_words(scope, row)
    else:
        written = "" if row.dating.note is None else row.dating.note.write(scope.lang)
    stage = first_capital(row.stage.write(scope.lang))
    return (text_cell(stage), *amounts(scope, row), *dated_cells(scope, row), text_cell(written))


def disbursement(scope: Scope) -> Table:
    """Every figure of money: project, plan year and base, then each source of capital."""
    lang, rows = scope.lang, []
    for place, project in enumerate(scope.projects, 1):
        own = [row for row in scope.disbursement if row.project == project.id]
        rows.append((order_cell(place), text_cell(project.title.write(lang), strong=True), *blank(9)))
        if not own:
            rows.append((ABOVE, text_cell(say(lang, "report.unknown.money")), *blank(9)))
        for row in own:
            name = first_capital(row.funding.write(lang)) if row.funding else say(lang, "page.all_funding")
            plan, closes = first_capital(plan_words(scope, row)) if row.funding is None else "", _closes(row, lang)
            remark = "" if row.dating.note is None or row.funding else row.dating.note.write(lang)
            *cells, source = money_cells(scope, row)
            rows.append((ABOVE, text_cell(name), text_cell(plan), *cells, closes, source, text_cell(remark)))
    names = "order funding plan_year plan disbursed computed stated date closes source remark"
    return table(scope, "disbursement", names, rows, numbered=True)


def _closes(row: DisbursementRow, lang: Lang) -> Cell:
    if row.closes is None:
        return Cell(UNKNOWN, row=row)
    return date_cell(PartialDate(row.closes.year, row.closes.month, row.closes.day), lang, row)


def changes(changed: Changed) -> Table:
    """Every figure that changed since the earlier date: of land by project, section and stage, then of money."""
    scope, lang, rows = changed.scope, changed.scope.lang, list[Cells]()
    every: list[Compared[ClearanceRow] | Compared[DisbursementRow]] = [*changed.land.values(), *changed.money.values()]
    told = ["share", *(["correction"] if any(one.correction for one in every) else []), "work", "scope"]
    for place, one in enumerate(every, 1):
        row = one.row
        stage = row.stage.write(lang) if isinstance(row, ClearanceRow) else say(lang, "report.what.money")
        sources = [side.dating.source for side in (one.before, one.after) if side is not None]
        rows.append(
            (
                order_cell(place),
                text_cell(scope.title(row.project)),
                text_cell(_subject(scope, row)),
                text_cell(first_capital(stage)),
                unit_cell(measure_of(row), lang),
                *_side(one, one.before, lang),
                *_side(one, one.after, lang),
                grown_cell(one, lang),
                *points_cells(one, lang, told),
                text_cell(first_capital(say(lang, f"compare.kind.{one.kind}"))),
                source_cell(scope, None, sources),
            )
        )
    parts = " ".join(_PARTS[name] for name in told)
    sides = "before before_total before_date after after_total after_date"
    return table(
        scope, "changes", f"order project part stage unit {sides} change {parts} state reference", rows, numbered=True
    )


def _subject(scope: Scope, row: ClearanceRow | DisbursementRow) -> str:
    """What of a project a figure is: a section, the whole, or its capital of a plan."""
    lang = scope.lang
    if isinstance(row, ClearanceRow):
        return row.unit or say(lang, "word.whole")
    funding = row.funding.write(lang) if row.funding else say(lang, "report.all_funding")
    return first_capital(say(lang, "report.changes.money_of", plan=plan_closing(scope, row), funding=funding))


def _side(
    one: Compared[ClearanceRow] | Compared[DisbursementRow], row: ClearanceRow | DisbursementRow | None, lang: Lang
) -> Cells:
    """Value, total and date."""
    if row is None:
        return (Cell(UNKNOWN, row=one),) * 3
    value, total = amount_cell(row.rate.value, measure_of(row), row, lang), total_cell(row, lang)
    # There is no room here for an interval in one line.
    total = replace(total, text=total.text.replace("\u00a0", " "))
    return value, total, date_cell(row.dating.observed, lang, row)


def grown_cell(one: Compared[ClearanceRow] | Compared[DisbursementRow], lang: Lang) -> Cell:
    """The difference with its sign; a dash where a side has none."""
    measure = measure_of(one.row)
    if one.value is None:
        return Cell(UNKNOWN, row=one)
    cell = amount_cell(one.value, measure, one, lang)
    return replace(cell, text=grown(one.value, measure, lang).removesuffix(f" {unit(measure, lang)}"))


def points_cells(one: Compared[ClearanceRow] | Compared[DisbursementRow], lang: Lang, names: Sequence[str]) -> Cells:
    """The change of the share and its parts in percentage points, as they are printed (they add up); dashes without."""
    measure = measure_of(one.row)
    said = points(one, measure, lang)
    exact = {"share": one.share, "correction": one.correction, "work": one.work, "scope": one.scope}
    return tuple(Cell(said[name] or UNKNOWN, exact[name] if said[name] else None, row=one) for name in names)


def findings(scope: Scope, found: Sequence[Finding]) -> Table:
    """Every doubt about the figures, errors first."""
    order, lang = list(Severity), scope.lang
    titles = {project.id: project.title.write(lang) for project in scope.portfolio.records.projects}
    rows = [
        (
            order_cell(place),
            Cell(first_capital(say(lang, f"word.severity.{finding.severity}")).replace(" ", "\u00a0")),
            text_cell(titles.get(finding.project or "", say(lang, "page.whole_portfolio"))),
            Cell(plain(finding.message(lang)), row=finding),
        )
        for place, finding in enumerate(sorted(found, key=lambda one: order.index(one.severity)), 1)
    ]
    return table(scope, "findings", "order severity project finding", rows, numbered=True)


def sources(scope: Scope) -> Table:
    """Every source by the number that the report refers to it with."""
    lang, rows = scope.lang, []
    for place, source in enumerate(scope.portfolio.records.sources.values(), 1):
        note = [one for one in (source.note.write(lang) if source.note else "", source.url or "") if one]
        press = source.kind is SourceKind.PRESS
        rows.append(
            (
                Cell(f"[{place}]", sources=(place,), marks=frozenset({Mark.PRESS} if press else ())),
                text_cell(source.title.write(lang)),
                text_cell(source.number or ""),
                text_cell(source.issuer.write(lang) if source.issuer else ""),
                Cell() if source.date is None else date_cell(source.date, lang),
                text_cell(first_capital(source.kind.write(lang))),
                text_cell("; ".join(note)),
            )
        )
    return table(scope, "sources", "reference document number issuer issued kind note", rows, numbered=True)
