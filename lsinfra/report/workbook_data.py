"""Every figure of land and money in one flat table to be filtered, and the observations behind it, one by one and by
date.

Where nothing was observed a cell is empty and a sparkline has no column: nothing is interpolated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from lsinfra.numerals import number
from lsinfra.progress import ClearanceRow, DisbursementRow, histories, money_histories
from lsinfra.quantities import PartialDate, StatedCheck
from lsinfra.render.payload import Scope, day_text, first_capital
from lsinfra.render.since import measure_of, of_land, of_money
from lsinfra.report.model import Cell, Column, Kind, Table
from lsinfra.report.tables import plan_words
from lsinfra.report.wording import (
    UNKNOWN,
    amount_cell,
    date_cell,
    share_cell,
    shown_in,
    source_cell,
    stated_cell,
    text_cell,
    total_cell,
    unit_cell,
)
from lsinfra.report.workbook_cells import (
    DATE,
    HEAD,
    LINE,
    WHOLE,
    Looks,
    Placed,
    draw,
    midnight,
    set_widths,
    widths_of,
    write_across,
)
from lsinfra.text import Lang, say

Row = ClearanceRow | DisbursementRow

_COLUMNS: dict[str, tuple[Kind, float]] = {
    "project": (Kind.TEXT, 3),
    "part": (Kind.TEXT, 1.5),
    "stage": (Kind.TEXT, 2),
    "plan_year": (Kind.TEXT, 2),
    "capital": (Kind.TEXT, 1.5),
    "unit": (Kind.UNIT, 0.5),
    "done": (Kind.NUMBER, 1),
    "total": (Kind.NUMBER, 1),
    "computed": (Kind.SHARE, 1),
    "stated": (Kind.SHARE, 1),
    "check": (Kind.TEXT, 1),
    "date": (Kind.DATE, 1),
    "age": (Kind.NUMBER, 0.5),
    "trend": (Kind.TEXT, 1),
    "source": (Kind.SOURCE, 4),
    "where": (Kind.TEXT, 1.5),
}
"""Columns of the flat table: what they hold, and their weight; the head is ``report.column.NAME``."""

_NAMES = 6
"""Columns that name a figure: the first of both sheets."""

_GROUPED = {"computed", "stated"}
_TREND_WIDTH = 14.0
_WIDE_DATES = 12
"""More dates than this are printed on several pages beside each other."""

_FEWEST = 2
"""Observations of a figure that has a sparkline."""

_SPARK = "#2A788E"


def data(scope: Scope, looks: Looks, flat: Worksheet, observations: Worksheet, trend: Worksheet) -> None:
    """Fill the three sheets: a row a figure, a row an observation of each, and again a row a figure by its dates."""
    lines = list(_lines(scope))
    observed = {row.dating.observed for line in lines for row in line.history}
    # A month before its last day: it is over by then.
    days = sorted(observed, key=lambda day: (day.last_day, day.day is not None))
    first = _trend(scope, looks, trend, lines, days)
    _observations(scope, looks, observations, lines)
    _flat(scope, looks, flat, lines, (trend.get_name(), first, len(days)))


@dataclass(frozen=True, slots=True)
class _Line:
    """A figure at the day, and its observations up to it, oldest first."""

    row: Row
    history: Sequence[Row]


def _lines(scope: Scope) -> Iterator[_Line]:
    records, as_of = scope.portfolio.records, scope.progress.as_of
    known: dict[tuple[object, ...], Sequence[Row]] = {}
    for project in scope.projects:
        known |= {of_land(found[-1]): found for found in histories(records, project, as_of)}
        known |= {of_money(found[-1]): found for found in money_histories(records, project, as_of)}
    for row in scope.clearance:
        yield _Line(row, known.get(of_land(row), ()))
    for spent in scope.disbursement:
        yield _Line(spent, known.get(of_money(spent), ()))


# --- the flat table ------------------------------------------------------------------------------------------------


def _flat(scope: Scope, looks: Looks, sheet: Worksheet, lines: Sequence[_Line], behind: tuple[str, int, int]) -> None:
    """The flat table; ``behind``: sheet, first row and number of the dates that the sparklines are drawn from."""
    lang, places = scope.lang, {name: place for place, name in enumerate(_COLUMNS)}
    rows = tuple((*_names(scope, line.row), *_figures(scope, line.row)) for line in lines)
    table = Table("data", "", tuple(_column(name, lang) for name in _COLUMNS), rows, numbered=True)
    widths = widths_of([table], WHOLE * 1.4)
    widths[places["trend"]] = max(_TREND_WIDTH, widths[places["trend"]])
    set_widths(sheet, widths)
    top = _titles(scope, looks, sheet, "data", widths)
    placed = _filtered(looks, sheet, table, top, widths, lang)
    name, first, days = behind
    for n, line in enumerate(lines):
        if (span := _span(line)) is None:
            continue
        cells = xl_range(first + n, _NAMES, first + n, _NAMES + days - 1)
        spark = {"range": f"'{name}'!{cells}", "type": "column", "series_color": _SPARK, "empty_cells": "gaps"}
        sheet.add_sparkline(placed.first + n, places["trend"], spark | span)


def _span(line: _Line) -> dict[str, float] | None:
    """From 0 to the newest printed total, or beyond to a value above it: a column is as high as its share of that.

    None where there is no such total, or nothing to compare: a single column would be high or low by itself.
    """
    total, measure = line.row.rate.total, measure_of(line.row)
    if total is None or len(line.history) < _FEWEST:
        return None
    ends = [Decimal(0), total, *(row.rate.value for row in line.history)]
    return {"min": float(shown_in(min(ends), measure)), "max": float(shown_in(max(ends), measure)) or 1}


def _filtered(looks: Looks, sheet: Worksheet, table: Table, top: int, widths: Sequence[float], lang: Lang) -> Placed:
    """A table that can be filtered, with heads that stay and the first column."""
    placed = draw(sheet, looks, table, top, widths, lang)
    sheet.autofilter(placed.first - 1, 0, placed.end - 1, len(widths) - 1)
    sheet.freeze_panes(placed.first, 1)
    sheet.repeat_rows(placed.heads, placed.first - 1)
    return placed


def _column(name: str, lang: Lang) -> Column:
    kind, width = _COLUMNS[name]
    group = say(lang, "report.group.rate") if name in _GROUPED else ""
    return Column(say(lang, f"report.column.{name}"), kind, width, group)


def _names(scope: Scope, row: Row) -> tuple[Cell, ...]:
    """What a figure is of: project, part, stage, plan, capital, unit; a cell is empty where that is not asked."""
    lang = scope.lang
    title = text_cell(scope.projects[scope.numbers[row.project]].name.write(lang))
    if isinstance(row, DisbursementRow):
        capital = row.funding.write(lang) if row.funding else say(lang, "report.all_funding")
        what = text_cell(say(lang, "report.what.money"))
        of = (
            text_cell(say(lang, "word.whole")),
            what,
            text_cell(first_capital(plan_words(scope, row))),
            text_cell(first_capital(capital)),
        )
    else:
        part = say(lang, "word.whole") if row.section is None else row.unit or row.section
        of = (text_cell(part), text_cell(first_capital(row.stage.write(lang))), Cell(), Cell())
    return title, *of, unit_cell(measure_of(row), lang)


def _figures(scope: Scope, row: Row) -> Iterator[Cell]:
    """Value, total, computed, stated, check, date, age, (trend), document, doubts, note, place in the file."""
    lang, dating = scope.lang, row.dating
    note = [dating.note.write(lang)] if dating.note else []
    yield amount_cell(row.rate.value, measure_of(row), row, lang)
    yield total_cell(row, lang)
    yield share_cell(row, lang)
    yield stated_cell(row, lang)
    compared = row.rate.check is not StatedCheck.NONE
    yield text_cell(say(lang, f"word.statedcheck.{row.rate.check}") if compared else UNKNOWN)
    yield date_cell(dating.observed, lang, row)
    yield Cell(number(dating.age_days, None, lang), dating.age_days, row=row)
    yield Cell()
    yield source_cell(scope, row, [dating.source], *note)
    yield text_cell(dating.where)


# --- the observations ----------------------------------------------------------------------------------------------


def _observations(scope: Scope, looks: Looks, sheet: Worksheet, lines: Sequence[_Line]) -> None:
    """Every observation in a row of its own, with its total, date, source and doubts."""
    names, lang = [name for name in _COLUMNS if name != "trend"], scope.lang
    kept = [place for place, name in enumerate(_COLUMNS) if name != "trend"]
    every = ((*_names(scope, row), *_figures(scope, row)) for line in lines for row in line.history)
    rows = tuple(tuple(cells[place] for place in kept) for cells in every)
    table = Table("observations", "", tuple(_column(name, lang) for name in names), rows, numbered=True)
    widths = widths_of([table], WHOLE * 1.4)
    set_widths(sheet, widths)
    _filtered(looks, sheet, table, _titles(scope, looks, sheet, "observations", widths), widths, lang)


def _trend(scope: Scope, looks: Looks, sheet: Worksheet, lines: Sequence[_Line], days: Sequence[PartialDate]) -> int:
    """Every observation by its date, a row a figure; the first row of data."""
    lang = scope.lang
    heads = [_column(name, lang) for name in list(_COLUMNS)[:_NAMES]]
    heads += [Column(day.write(lang), Kind.NUMBER) for day in days]
    rows = tuple((*_names(scope, line.row), *_observed(line, days, lang)) for line in lines)
    table = Table("trend", "", tuple(heads), rows)
    widths = widths_of([table])
    set_widths(sheet, widths)
    top = _titles(scope, looks, sheet, "trend", widths[: _NAMES + _WIDE_DATES])
    placed = draw(sheet, looks, table, top, widths, lang)
    look = looks.of(bold=True, align="center", bg_color=HEAD, border=1, border_color=LINE, num_format=DATE)
    for place, day in enumerate(days, _NAMES):
        if day.day is not None:
            sheet.write_datetime(placed.heads, place, midnight(day), look)
    sheet.freeze_panes(placed.first, 1)
    sheet.repeat_rows(placed.heads, placed.first - 1)
    if len(days) > _WIDE_DATES:
        sheet.fit_to_pages(0, 0)
        sheet.repeat_columns(0, _NAMES - 1)
    return placed.first


def _observed(line: _Line, days: Iterable[PartialDate], lang: Lang) -> Iterator[Cell]:
    values = {row.dating.observed: row.rate.value for row in line.history}
    for day in days:
        yield amount_cell(values[day], measure_of(line.row), line.row, lang) if day in values else Cell()


def _titles(scope: Scope, looks: Looks, sheet: Worksheet, name: str, widths: Sequence[float]) -> int:
    """A title and what the sheet shows; the row after them."""
    across, wide, lang = (0, len(widths) - 1), sum(widths), scope.lang
    title = say(lang, f"report.book.{name}.title")
    write_across(sheet, 0, across, title, looks.of(bold=True, font_size=14, text_wrap=True), wide / 1.1)
    day = say(lang, "report.book.as_of", day=day_text(scope.progress.as_of, lang))
    told = " ".join([day, say(lang, f"report.book.{name}.note"), say(lang, "report.book.notation")])
    write_across(sheet, 1, across, told, looks.of(italic=True, text_wrap=True), wide)
    return 2
