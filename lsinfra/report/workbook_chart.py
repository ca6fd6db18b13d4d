"""The chart of the workbook: the share of land handed over of each project, nothing for what is not known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlsxwriter.chart import Chart
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from lsinfra.codes import TotalKind
from lsinfra.numerals import shown
from lsinfra.render.payload import Scope, day_text, headline, unit
from lsinfra.report.model import Cell, words_of
from lsinfra.report.wording import (
    days_text,
    extent_words,
    head_row,
    known_share_cell,
    plain,
    rate_of,
    reference,
    silent_words,
    sources_of,
)
from lsinfra.report.workbook_cells import FONT, GREY, LINE, SIZE, Looks, printed, write_text
from lsinfra.text import Lang, say

_COLOUR = "#2A788E"
_BAR_PIXELS, _SMALL_PIXELS, _AROUND_PIXELS, _ROW_PIXELS = 24, 19, 64, 20
_PIXELS_OF_CHARACTER = 7

_SIDE_BY_SIDE = 16
"""More projects than this have two charts beside each other: a page holds fifty."""

_NAME = 45
"""Characters of a name beside a bar; the whole name is in the tables."""


@dataclass(frozen=True, slots=True)
class _Bar:
    """A bar: its name with the share as printed, the number drawn and the format that prints it so; None: no bar."""

    name: str
    share: tuple[Decimal, str] | None


def charts(book: Workbook, sheet: Worksheet, looks: Looks, scope: Scope, at: tuple[int, int], wide: float) -> int:
    """Put the chart at a row, from the first column on.

    Parameters
    ----------
    at
        Its row, and the column, outside of the printed page, where the numbers stand that it is drawn from.
    wide
        How wide it is, in characters.

    Returns
    -------
    int
        The row after it.
    """
    bars = list(_bars(scope))
    top, beside = at
    if not bars:
        return top
    _numbers(sheet, looks, bars, at, scope.lang)
    columns = 1 if len(bars) <= _SIDE_BY_SIDE else 2
    each = -(-len(bars) // columns)
    bar = _BAR_PIXELS if columns == 1 else _SMALL_PIXELS
    width, height = int(wide * _PIXELS_OF_CHARACTER) // columns, each * bar + _AROUND_PIXELS
    for n in range(columns):
        drawn = _Drawn(bars[n * each : (n + 1) * each], (sheet.get_name(), top + 1 + n * each, beside))
        chart = book.add_chart({"type": "bar"})
        alt = _chart(chart, drawn, scope)
        chart.set_size({"width": width - 6, "height": height})
        sheet.insert_chart(top, 0, chart, {"description": alt, "x_offset": n * width, "object_position": 2})
    end = top + -(-height // _ROW_PIXELS) + 1
    for row in range(top, end):
        sheet.set_row_pixels(row, _ROW_PIXELS)
    return end


def _bars(scope: Scope) -> Iterator[_Bar]:
    lang = scope.lang
    for project in scope.projects:
        name, found = plain(shown(project.name.write(lang), _NAME)), headline(scope, project.id)
        if found is None:
            silent = silent_words(scope, project.id)
            yield _Bar(say(lang, "report.book.chart.no_bar", name=name, silent=silent), None)
            continue
        row = head_row(scope, found)
        cell, rate = known_share_cell(row, lang), rate_of(row)
        implied = rate.kind is TotalKind.IMPLIED and rate.stated_percent is not None
        share = say(lang, "report.book.chart.stated", share=cell.text) if implied else cell.text
        sources = words_of(reference(scope, sources_of(scope, row)))
        day = "; ".join(part for part in (days_text(row, lang), extent_words(scope, row)) if part)
        of = unit(row.measure, lang)
        said = say(lang, "report.book.chart.bar", name=name, share=share, unit=of, day=day, reference=sources)
        yield _Bar(said, printed(cell, lang) or _least(cell, lang))


def _least(cell: Cell, lang: Lang) -> tuple[Decimal, str] | None:
    """What is drawn of ``> 99,99%`` or ``67,28% – 67,29%``: its number or lower end, in a format that says so."""
    for sign in ("<", ">", "≥"):
        if cell.text.startswith(sign):
            found = printed(Cell(cell.text.removeprefix(sign).strip(), Decimal(0)), lang)
            return None if found is None else (found[0], f'"{sign} "{found[1]}')
    low, dash, _ = cell.text.partition("–")
    found = printed(Cell(low.strip(), Decimal(0)), lang) if dash else None
    return None if found is None else (found[0], f'"≥ "{found[1]}')


def _numbers(sheet: Worksheet, looks: Looks, bars: Sequence[_Bar], at: tuple[int, int], lang: Lang) -> None:
    top, beside = at
    sheet.set_column(beside, beside, 50)
    for place, name in enumerate(("project", "share")):
        write_text(sheet, top, beside + place, say(lang, f"report.column.{name}"), looks.head)
    look = looks.of(font_color=GREY, border=1, border_color=LINE)
    for row, bar in enumerate(bars, top + 1):
        write_text(sheet, row, beside, bar.name, look)
        if bar.share:  # a cell without anything is no zero
            value, form = bar.share
            with_form = looks.of(font_color=GREY, border=1, border_color=LINE, num_format=form)
            sheet.write_number(row, beside + 1, float(value), with_form)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Some bars, and where their names stand: sheet, first row, column."""

    bars: Sequence[_Bar]
    at: tuple[str, int, int]


def _chart(chart: Chart, drawn: _Drawn, scope: Scope) -> str:
    """Fill a chart; what it shows in words."""
    bars, (name, first, column), lang = drawn.bars, drawn.at, scope.lang
    last, font = first + len(bars) - 1, {"name": FONT, "size": SIZE}
    title = say(lang, "report.book.chart.title", day=day_text(scope.progress.as_of, lang))
    chart.add_series(
        {
            "name": say(lang, "report.column.share"),
            "categories": [name, first, column, last, column],
            "values": [name, first, column + 1, last, column + 1],
            "fill": {"color": _COLOUR},
            "gap": 45,
        }
    )
    chart.set_title({"name": title, "name_font": font | {"size": 12, "bold": True}})
    chart.set_legend({"none": True})
    # A bar chart counts from below: the first project is on top when the axis is turned.
    chart.set_y_axis(
        {
            "reverse": True,
            "interval_unit": 1,
            "num_font": font | {"size": SIZE - 1},
            "line": {"color": LINE},
            "major_tick_mark": "none",
        }
    )
    most = max((float(bar.share[0]) for bar in bars if bar.share), default=0)
    chart.set_x_axis(
        {
            "min": 0,
            "num_format": "0%",
            "num_font": font,
            "label_position": "high",
            "major_gridlines": {"visible": True, "line": {"color": LINE, "width": 0.5}},
            "line": {"none": True},
            **({"max": 1, "major_unit": 0.25} if most <= 1 else {}),
        }
    )
    return say(lang, "report.book.chart.alt", title=title, shares="; ".join(bar.name for bar in bars))
