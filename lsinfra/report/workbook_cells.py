"""Tables of the report as cells of a spreadsheet: a number is the number that is printed, a text is a text.

What is written is what is printed: 96,44 % is kept as 0.9644 and shown with two decimals, so that no number format can
round 99,999 % up to 100 %. An interval, a bound (``> 99,99%``) and a dash are texts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from lsinfra.quantities import PartialDate
from lsinfra.report.lettering import times
from lsinfra.report.model import Cell, Column, Kind, Table, spans
from lsinfra.text import Lang

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

FONT, SIZE = "Times New Roman", 11
LINE_POINTS = 15
"""Height of a line of text. Heights are set: not every program makes a row as high as its texts."""

_HIGHEST = 27
"""Lines of the highest row that a spreadsheet has."""

WHOLE = 165
"""Characters that a sheet is wide where its texts need it: A4 landscape at more than eight tenths of the size."""

DATE = "dd/mm/yyyy"
HEAD, GROUP, LINE, GREY = "#D9E2EC", "#EEF2F6", "#BFBFBF", "#666666"

_PRINTED = re.compile(r"([+-]?)([0-9][0-9.,]*)(%?)")
_DIGITS = 15
"""A spreadsheet keeps so many digits of a number; a longer one is written as text."""

_MOST_TEXT = 32_000
"""A cell holds little more, in units of UTF-16."""

_LONGEST_WORD = 26
_BOLD = 1.07
"""How much wider bold letters are."""

_PADDING, _INDENT = 0.8, 1.3
"""Room that the edges of a cell take, and the indent of a text."""

_ALIGNED = {
    Kind.NUMBER: "right",
    Kind.SHARE: "right",
    Kind.POINTS: "right",
    Kind.DATE: "center",
    Kind.ORDER: "center",
    Kind.UNIT: "center",
}

_NUMERIC = {Kind.NUMBER, Kind.SHARE, Kind.POINTS}
_BAR = "#A9D3DE"
"""Behind a share, as long as it is of the whole."""


class Looks:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], Format] = {}

    def of(self, **properties: object) -> Format:
        """A format: xlsxwriter's names; the font of the workbook, centred from top to bottom."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            common = {"font_name": FONT, "font_size": SIZE, "valign": "vcenter"}
            self._made[key] = self._book.add_format(common | properties)
        return self._made[key]

    @property
    def head(self) -> Format:
        return self.of(bold=True, align="center", text_wrap=True, bg_color=HEAD, border=1, border_color=LINE)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a table stands: rows from 0; ``heads`` its first, ``first`` its first of data, ``end`` the one after it."""

    heads: int
    first: int
    end: int


# --- what is written -----------------------------------------------------------------------------------------------


def printed(cell: Cell, lang: Lang) -> tuple[Decimal, str] | None:
    """The number that a cell prints, and the number format that prints it so; None for what is no single number.

    A percentage is 0–1. A plus that is printed is in the format.
    """
    match = _PRINTED.fullmatch(cell.text)
    if match is None or cell.exact is None or isinstance(cell.exact, PartialDate):
        return None
    sign, digits, percent = match.groups()
    plain = digits.replace(".", "").replace(",", ".") if lang == "vi" else digits.replace(",", "")
    if len(plain.replace(".", "").lstrip("0")) > _DIGITS:
        return None
    decimals = len(plain.partition(".")[2])
    form = "#,##0" + ("." + "0" * decimals if decimals else "") + percent
    if sign == "+":
        form = f"+{form};-{form};{form}"
    value = Decimal(sign + plain)
    return value / 100 if percent else value, form


def in_words(table: Table, lang: Lang) -> bool:
    """Some number of the table is printed as a text (an interval, a bound), in the manner of the report's language."""
    numeric = [n for n, column in enumerate(table.columns) if column.kind in _NUMERIC]
    cells = (row[n] for row in table.rows for n in numeric)
    return any(printed(cell, lang) is None and any(map(str.isdigit, cell.text)) for cell in cells)


def midnight(day: PartialDate) -> datetime:
    """What a cell with a day holds."""
    return datetime.combine(day.last_day, time())  # a cell has no time zone


def write_text(sheet: Worksheet, row: int, column: int, text: str, look: Format) -> None:
    """A text as a text, whatever it begins with; of one that no cell holds the beginning."""
    if len(text.encode("utf-16-le")) // 2 > _MOST_TEXT:
        text = text[: _MOST_TEXT // 2] + "…"
    if text:
        sheet.write_string(row, column, text, look)
    else:
        sheet.write_blank(row, column, None, look)


def write_across(sheet: Worksheet, row: int, columns: tuple[int, int], text: str, look: Format, room: float) -> None:
    """A text over several columns, as high as its lines; ``room``: the width of the columns in characters."""
    first, last = columns
    if last > first:
        sheet.merge_range(row, first, row, last, None, look)
    write_text(sheet, row, first, text, look)
    lines = min(lines_needed(text, room * SIZE / look.font_size), _HIGHEST)
    sheet.set_row(row, min(round(lines * LINE_POINTS * look.font_size / SIZE + 3), 409))


def lines_needed(text: str, width: float) -> int:
    """On how many lines a text stands in a column of so many characters."""
    lines, room = 1, width - _PADDING - _INDENT
    left = room
    for word in text.split():
        needed = wide(word)
        if needed > left < room:
            lines, left = lines + 1, room
        if needed > room > 0:  # cut within the word
            lines += int(needed / room)
            needed %= room
        left -= needed + wide(" ")
    return lines


@lru_cache(maxsize=10_000)  # the same words stand in thousands of cells
def wide(text: str) -> float:
    """About how wide a text is in the font of the workbook, in the width of its digits, as columns are."""
    return times(text) / times("0")


# --- tables --------------------------------------------------------------------------------------------------------


def widths_of(tables: Sequence[Table], whole: float = WHOLE) -> list[float]:
    """Widths in characters for tables that stand under one another: no number, day or word is cut.

    What is left of ``whole`` goes to the columns by their weights, to none more than its longest text needs.
    """
    least, most, weights = [], [], []
    for place, columns in enumerate(zip(*(table.columns for table in tables), strict=True)):
        cells = [row[place] for table in tables for row in table.rows if not spans(row, place)]
        heads = [column.head for column in columns]
        words = [wide(word) * (_BOLD if cell.strong else 1) for cell in cells for word in cell.text.split()]
        words = [min(word, _LONGEST_WORD) for word in words]
        if columns[0].kind in _ALIGNED:
            whole_texts = (wide(cell.text) * (_BOLD if cell.strong else 1) for cell in cells)
            words += [min(text, _LONGEST_WORD) for text in whole_texts]
        # A head is bold, and on two lines or a little more.
        words += [wide(word) * _BOLD for head in heads for word in head.split()]
        words += [wide(head) * _BOLD / 2 for head in heads]
        dates = any(column.kind is Kind.DATE for column in columns)
        longest = max([*words, 10 if dates else 3])
        least.append(longest + _PADDING + _INDENT)
        texts = [min(wide(cell.text) * (_BOLD if cell.strong else 1), 2 * whole) for cell in cells]
        most.append(max([longest, *texts]) + _PADDING + _INDENT + 1)
        weights.append(max(column.width for column in columns))
    return _shared(least, most, weights, whole)


def _shared(least: Sequence[float], most: Sequence[float], weights: Sequence[float], whole: float) -> list[float]:
    """The room that the least leaves, by weights, to each until it has what it can use."""
    widths, open_ = list(least), set(range(len(least)))
    while open_ and (spare := whole - sum(widths)) > 0.5:
        share = spare / sum(weights[place] for place in open_)
        for place in sorted(open_):
            widths[place] = min(most[place], widths[place] + share * weights[place])
        open_ = {place for place in open_ if widths[place] < most[place]}
    return [round(width, 1) for width in widths]


def set_widths(sheet: Worksheet, widths: Sequence[float]) -> None:
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)


def draw(sheet: Worksheet, looks: Looks, table: Table, top: int, widths: Sequence[float], lang: Lang) -> Placed:
    """Write a table from the row ``top`` on: heads with their groups, numbers (1) (2) …, rows.

    Nothing of the rows is merged, so that they can be sorted: a cell that goes on from above repeats it in grey. A
    share has a bar behind it; a bound or an interval, which is no number, has none.
    """
    row = first = _heads(sheet, looks, table, top, widths)
    carried = [Cell()] * len(table.columns)
    for cells in table.rows:
        _row(sheet, looks, row, cells, carried, table.columns, widths, lang)
        carried = [old if cell.above else cell for old, cell in zip(carried, cells, strict=True)]
        row += 1
    for place, column in enumerate(table.columns):
        if column.kind is Kind.SHARE and table.rows:
            bar = {"type": "data_bar", "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1,
                   "bar_solid": True, "bar_color": _BAR, "bar_border_color": _BAR, "data_bar_2010": True}  # fmt: skip
            sheet.conditional_format(first, place, row - 1, place, bar)
    return Placed(top, first, row)


def _heads(sheet: Worksheet, looks: Looks, table: Table, top: int, widths: Sequence[float]) -> int:
    """The rows at the head; the row after them."""
    titles = [column.head for column in table.columns]
    needed = [lines_needed(title, width / _BOLD) for title, width in zip(titles, widths, strict=True)]
    grouped = [bool(column.group) for column in table.columns]
    if not any(grouped):
        for place, title in enumerate(titles):
            write_text(sheet, top, place, title, looks.head)
        sheet.set_row(top, max(needed) * LINE_POINTS + 5)
        row = top + 1
    else:
        place, over = 0, [1]
        for group, members in groupby(table.columns, key=lambda column: column.group):
            last = place + len(list(members)) - 1
            if group and last > place:
                sheet.merge_range(top, place, top, last, None, looks.head)
            if group:
                write_text(sheet, top, place, group, looks.head)
                over.append(lines_needed(group, sum(widths[place : last + 1]) / _BOLD))
            for n in range(place, last + 1):
                if not group:
                    sheet.merge_range(top, n, top + 1, n, None, looks.head)
                write_text(sheet, top + bool(group), n, titles[n], looks.head)
            place = last + 1
        under = max((n for n, inside in zip(needed, grouped, strict=True) if inside), default=1)
        above = max(*over, max(needed) - under)
        sheet.set_row(top, above * LINE_POINTS + 4)
        sheet.set_row(top + 1, under * LINE_POINTS + 4)
        row = top + 2
    if table.numbered:
        look = looks.of(italic=True, align="center", font_color=GREY, border=1, border_color=LINE)
        for place in range(len(titles)):
            write_text(sheet, row, place, f"({place + 1})", look)
        row += 1
    return row


def _row(
    sheet: Worksheet,
    looks: Looks,
    row: int,
    cells: Sequence[Cell],
    carried: Sequence[Cell],
    columns: Sequence[Column],
    widths: Sequence[float],
    lang: Lang,
) -> None:
    strong = any(cell.strong for cell in cells)
    runs = next((place for place in range(len(cells)) if spans(cells, place)), None)
    bold, lines = _BOLD if strong else 1.0, 1
    for place, (cell, above, column) in enumerate(zip(cells, carried, columns, strict=True)):
        shown = above if cell.above else cell
        look: dict[str, Any] = {"align": _ALIGNED.get(column.kind, "left"), "border": 1, "border_color": LINE}
        if look["align"] != "center":
            look["indent"] = 1
        if strong:
            look |= {"bg_color": GROUP, "bold": True}
        if cell.above:
            look |= {"font_color": GREY}
        if runs is not None and place >= runs:
            # The text goes over the empty cells after it: no lines between them.
            look |= {"left": int(place == runs), "right": int(place == len(cells) - 1)}
            del look["border"]
            look |= {"top": 1, "bottom": 1}
        else:
            look["text_wrap"] = True
            lines = max(lines, lines_needed(shown.text, widths[place] / bold))
        write_cell(sheet, looks, row, place, shown, look, lang)
    sheet.set_row(row, min(lines, _HIGHEST) * LINE_POINTS + 3)
    if runs is not None and wide(cells[runs].text) * bold > (room := sum(widths[runs:])) - 3:
        look = {"align": "left", "indent": 1, "text_wrap": True, "border": 1, "border_color": LINE}
        if strong:
            look |= {"bg_color": GROUP, "bold": True}
        write_across(sheet, row, (runs, len(cells) - 1), cells[runs].text, looks.of(**look), room / bold)


def write_cell(
    sheet: Worksheet, looks: Looks, row: int, column: int, cell: Cell, look: dict[str, Any], lang: Lang
) -> None:
    """A number as the number it prints, a day as a day, all else as text."""
    number = printed(cell, lang)
    if number is not None:
        look = {name: value for name, value in look.items() if name != "text_wrap"}
        sheet.write_number(row, column, float(number[0]), looks.of(num_format=number[1], **look))
    elif isinstance(cell.exact, PartialDate) and cell.exact.day is not None:
        sheet.write_datetime(row, column, midnight(cell.exact), looks.of(num_format=DATE, **look))
    else:
        write_text(sheet, row, column, cell.text, looks.of(**look))
