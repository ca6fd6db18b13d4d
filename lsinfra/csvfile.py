"""Tables as CSV: no text in them is a formula for a spreadsheet, and what keeps it from being one can be taken back.

A spreadsheet takes a text for a formula by its beginning. Before such a beginning an apostrophe is put: at the start of
a text, and after each comma, semicolon, tab or line break in it, for a program that splits at another mark than ours
finds a cell there. Numbers are no text: a negative one stays as it is. ``unguarded`` gives back the text exactly.
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
_GUARD = re.compile(rf"{_CELL}(?={_BEGINS})|\A(?='*[\t\r\n])")
_GUARDED = re.compile(rf"{_CELL}'(?={_BEGINS})|\A'(?='*[\t\r\n])")
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


def guarded(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet would take for a formula."""
    return _GUARD.sub("'", text)


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
            return number.replace(".", ",") if style is Style.EXCEL else _quoted(number)
        case list() | dict():
            return _text(json.dumps(value, ensure_ascii=False))
        case _:
            return _text(f"{value}")


@lru_cache(maxsize=4096)  # codes, names and sources come again in every row
def _text(text: str) -> str:
    return _quoted(guarded(text))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
