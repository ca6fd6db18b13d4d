"""Tables as CSV: no text in them is a formula for a spreadsheet, and what keeps it from being one can be taken back.

A spreadsheet takes a text for a formula by its beginning. Before such a beginning an apostrophe is put: at the start of
a text, and after each comma, semicolon, tab or line break in it, for a program that splits at another mark than ours
finds a cell there. Numbers are no text: a negative one stays as it is.

In the tables for Excel a text of digits and marks alone, as the month ``2024-10``, gets one too: it would be opened as
the first day of the month. A whole day is a day to Excel as well and stays. ``unguarded`` gives back any text exactly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

# The full-width signs are formulas to a spreadsheet too; blanks, quotes and what is not printed may stand before.
_FORMULA = "[=+\\-@＝＋－＠]"
_BEFORE = r"(?:[^\S\t\r\n]|[\"\x00-\x08\x0e-\x1f\x7f\u200b-\u200f\u2060\ufeff])*"
_BEGINS = rf"'*{_BEFORE}{_FORMULA}"
_CELL = r"(?:\A|(?<=[,;\t\r\n]))"
# What Excel makes a date, a time or a number of, and not the one that was meant: 2024-10, 1-2, 12/5, 007, 1e5.
_READ = r"(?![0-9]{4}-[0-9]{2}-[0-9]{2}\Z)(?:[0-9]+(?:[-/.:,eE][0-9]+)+|0[0-9]+)\Z"
_EVERYWHERE = rf"{_CELL}(?={_BEGINS})|\A(?='*[\t\r\n])"
# An apostrophe that stands before such a text already is guarded everywhere, so that taking one away is exact.
_GUARD = re.compile(rf"{_EVERYWHERE}|\A(?='+{_READ})")
_GUARD_EXCEL = re.compile(rf"{_EVERYWHERE}|\A(?='*{_READ})")
_GUARDED = re.compile(rf"{_CELL}'(?={_BEGINS})|\A'(?='*(?:[\t\r\n]|{_READ}))")
# A cell that any reader would split, or trim, otherwise.
_QUOTED = re.compile(r'[,;\t\r\n"]|\A\s|\s\Z')


class Style(StrEnum):
    """For whom a table is: ``PLAIN`` for programs, ``BOM`` for Excel on an English Windows, ``EXCEL`` on a Vietnamese.

    Excel reads UTF-8 by its byte order mark alone. A Vietnamese Windows has the semicolon between cells and the comma
    in numbers: with a dot, 37.07 would become a text, and 1.288 a thousand.
    """

    PLAIN = "csv"
    BOM = "csv-bom"
    EXCEL = "csv-excel"


def guarded(text: str, style: Style = Style.PLAIN) -> str:
    """The text with an apostrophe before whatever a spreadsheet would take for a formula; for Excel, or for a date."""
    return (_GUARD if style is Style.PLAIN else _GUARD_EXCEL).sub("'", text)


def unguarded(text: str) -> str:
    """The text that ``guarded`` was given."""
    return _GUARDED.sub("", text)


def written(
    columns: Iterable[str],
    rows: Iterable[Mapping[str, object]],
    style: Style = Style.PLAIN,
    end: str = "\n",
) -> str:
    """A table as CSV, its columns in the first line; a key that a row does not have is an empty cell.

    Parameters
    ----------
    rows
        Of texts, numbers (Decimals exact), booleans and None; a list or table stands in its cell as JSON.
    end
        Of a line; with ``Style.EXCEL`` it is that of Windows.
    """
    keys = list(columns)
    mark, end = (";", "\r\n") if style is Style.EXCEL else (",", end)
    lines = [keys, *([_cell(row.get(key), style) for key in keys] for row in rows)]
    bom = "" if style is Style.PLAIN else "\ufeff"
    # A line without anything would be passed over.
    return bom + "".join((mark.join(cells) or '""') + end for cells in lines)


def plain_number(value: Decimal) -> str:
    """All digits of a decimal, none that says nothing: 37.07, 12."""
    if value == value.to_integral_value():
        return f"{int(value)}"
    return f"{value:f}".rstrip("0")


def _cell(value: object, style: Style) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value}"
        case Decimal() | float():
            number = plain_number(value) if isinstance(value, Decimal) else repr(value)
            return number.replace(".", ",") if style is Style.EXCEL else number
        case list() | dict():
            return _text(json.dumps(value, ensure_ascii=False), style)
        case _:
            return _text(f"{value}", style)


@lru_cache(maxsize=4096)  # codes, names and sources come again in every row
def _text(text: str, style: Style) -> str:
    return _quoted(guarded(text, style))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
