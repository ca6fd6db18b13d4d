"""How a form looks: the workbook of its rows, drawn with xlsxwriter."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lsinfra.codes import Base
from lsinfra.intake.forms.layout import AS_OF_KEY, COLUMNS, HEAD_KEY, INPUTS, LABELS, FormRow, mark
from lsinfra.numerals import number
from lsinfra.quantities import Measure
from lsinfra.text import Lang, printable, say

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

# Rows of a sheet, from 0: codes (hidden), title, remark, date, guidance, two rows of headings, then the figures.
CODES, TITLE, REMARK, AS_OF, GUIDANCE, GROUPS, HEADS, FIRST = range(8)
_AT = {code: at for at, code in enumerate(COLUMNS)}
_OF_MONEY = {
    "place": "base",
    "value": "disbursed",
    "total": "capital",
    "before_value": "disbursed",
    "before_total": "capital",
}
# On A4 across the page these print at some 70 % of their size, still to be read.
_WIDTHS = {"project": 26, "place": 19, "content": 24, "unit": 10, "share": 8, "about": 8, "check": 14, "note": 18}
_WIDTHS["before_date"] = 13
_WIDTH = 10.5
_LINE_HEIGHT = 16  # points
_DATE = "dd/mm/yyyy"
_GREY, _INPUT, _RED, _LINE = "#F2F2F2", "#FFFBE6", "#CC3311", "#BFBFBF"
# A spreadsheet keeps this many digits of a number; a longer one is written as text.
_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet of a form: name, heading, a remark under it (or none), rows of land or of money."""

    name: str
    title: str
    remark: str
    rows: tuple[FormRow, ...]
    money: bool


def workbook(pages: Sequence[Page], as_of: date, lang: Lang) -> bytes:
    """The bytes of an .xlsx with a sheet for each page; the same for the same input."""
    import xlsxwriter

    out = io.BytesIO()
    # In memory every part of the zip has one and the same time.
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": pages[0].title, "created": datetime(as_of.year, as_of.month, as_of.day)})  # noqa: DTZ001
    formats = _Formats(book)
    names: set[str] = set()
    for page in pages:
        name = _sheet_name(page.name, names)
        sheet = book.add_worksheet(name)
        marked = mark(row.key for row in page.rows)
        _draw(sheet, formats, page, marked, as_of, lang)
        book.define_name(f"'{name}'!lsinfra_form", f"='{name}'!$A$1")
        if len(names) == 1:
            book.set_custom_property("lsinfra.form", marked, "text")
    book.close()
    return out.getvalue()


def _sheet_name(name: str, taken: set[str]) -> str:
    """A name that a sheet may have: 31 characters, no brackets, strokes, colons, apostrophes, each once; no ``!``."""
    plain = re.sub(r"[\[\]:*?/\\!']", "-", printable(name))[:28].strip() or "-"
    if plain.casefold() == "history":  # Excel keeps this name for itself
        plain += "-"
    found, n = plain, 1
    while found.casefold() in taken:
        n += 1
        found = f"{plain} {n}"
    taken.add(found.casefold())
    return found


class _Formats:
    """The looks of cells."""

    def __init__(self, book: Any) -> None:
        def look(**of: object) -> Format:
            made: Format = book.add_format({"font_name": "Arial", "font_size": 10, "valign": "vcenter", **of})
            return made

        box: dict[str, object] = {"border": 1, "border_color": _LINE}
        self.title = look(bold=True, font_size=14)
        self.remark = look(italic=True)
        self.label = look(bold=True, align="right")
        self.guidance = look(text_wrap=True, font_color="#404040", valign="top")
        self.head = look(bold=True, align="center", text_wrap=True, bg_color="#D9E2EC", **box)
        self.text = look(text_wrap=True, indent=1, bg_color=_GREY, **box)
        self.number = look(align="right", bg_color=_GREY, **box)
        self.day = look(align="center", bg_color=_GREY, **box)
        self.share = look(align="right", bg_color=_GREY, num_format="0.00%", **box)
        # No format of numbers in an input cell: what is typed as a date or a percentage is then seen to be one.
        self.input = look(align="right", bg_color=_INPUT, locked=False, **box)
        self.input_text = look(text_wrap=True, indent=1, bg_color=_INPUT, locked=False, num_format="@", **box)
        self.input_word = look(text_wrap=True, indent=1, bg_color=_INPUT, locked=False, **box)
        self.date = look(align="center", bg_color=_INPUT, locked=False, num_format=_DATE, **box)
        self.key = look(font_color="#808080", font_size=8)
        self.warning: Format = book.add_format({"bg_color": "#FBE3DD", "font_color": _RED, "bold": True})


def _draw(sheet: Worksheet, formats: _Formats, page: Page, marked: str, as_of: date, lang: Lang) -> None:
    last = len(COLUMNS) - 1
    sheet.write_string(CODES, 0, marked, formats.key)
    for at, code in enumerate(COLUMNS[1:], 1):
        sheet.write_string(CODES, at, code, formats.key)
        sheet.set_column(at, at, _WIDTHS.get(code, _WIDTH))
    sheet.set_column(0, 0, 4, None, {"hidden": True})
    sheet.set_row(CODES, None, None, {"hidden": True})
    sheet.write_string(TITLE, 1, page.title, formats.title)
    sheet.set_row(TITLE, 24)
    sheet.write_string(REMARK, 1, page.remark, formats.remark)
    sheet.write_string(AS_OF, 0, AS_OF_KEY, formats.key)
    sheet.merge_range(AS_OF, 1, AS_OF, _AT["value"] - 1, say(lang, "form.as_of"), formats.label)
    sheet.write_datetime(AS_OF, _AT["value"], _midnight(as_of), formats.date)
    guidance = say(lang, "form.guidance", value=say(lang, f"form.column.{_heading('value', page)}"))
    sheet.merge_range(GUIDANCE, 1, GUIDANCE, last, guidance, formats.guidance)
    sheet.set_row(GUIDANCE, 44)
    _heads(sheet, formats, page, lang)
    for at, row in enumerate(page.rows, FIRST):
        _row(sheet, formats, at, row, lang)
    end = FIRST + len(page.rows) - 1
    _checks(sheet, formats, end, page, lang)
    sheet.freeze_panes(FIRST, _AT["value"])
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(GROUPS, HEADS)
    sheet.print_area(TITLE, 1, end, last)
    sheet.set_footer("&C&P/&N")
    sheet.hide_gridlines(2)
    # Without a password: it keeps a hand from slipping, not a person from working.
    sheet.protect("", {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True})


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  a cell has no time zone


def _heads(sheet: Worksheet, formats: _Formats, page: Page, lang: Lang) -> None:
    groups = (("value", "date", "form.group.now"), ("before_value", "before_date", "form.group.before"))
    grouped: set[int] = set()
    for first, last, key in groups:
        sheet.merge_range(GROUPS, _AT[first], GROUPS, _AT[last], say(lang, key), formats.head)
        grouped |= set(range(_AT[first], _AT[last] + 1))
    sheet.write_string(HEADS, 0, HEAD_KEY, formats.key)
    for at, code in enumerate(COLUMNS[1:], 1):
        word = say(lang, f"form.column.{_heading(code, page)}")
        if at in grouped:
            sheet.write_string(HEADS, at, word, formats.head)
        else:
            sheet.merge_range(GROUPS, at, HEADS, at, word, formats.head)
    # The merged cell above holds the word; the row of headings is found by its key all the same.
    sheet.set_row(HEADS, 32)


def _heading(code: str, page: Page) -> str:
    return _OF_MONEY.get(code, code) if page.money else code


def _row(sheet: Worksheet, formats: _Formats, at: int, row: FormRow, lang: Lang) -> None:
    sheet.write_string(at, 0, row.key, formats.key)
    for code, label in zip(LABELS, row.labels, strict=True):
        sheet.write_string(at, _AT[code], label, formats.text)
    lines = max(-(-len(label) // _WIDTHS[code]) for code, label in zip(LABELS, row.labels, strict=True))
    sheet.set_row(at, _LINE_HEIGHT * min(lines, 6) + 2)
    if row.asks_base:
        sheet.write_blank(at, _AT["place"], None, formats.input_word)
    for code in INPUTS:
        look = {"note": formats.input_text, "date": formats.date, "about": formats.input_word}.get(code, formats.input)
        sheet.write_blank(at, _AT[code], None, look)
    _amount(sheet, at, _AT["total"], row.total, formats.input)
    _amount(sheet, at, _AT["before_value"], row.value, formats.number)
    _amount(sheet, at, _AT["before_total"], row.total, formats.number)
    sheet.write_string(at, _AT["before_date"], row.observed or "", formats.day)
    line = at + 1
    value, total, before = f"F{line}", f"G{line}", f"K{line}"
    # Never 100 % unless it is, never 0 % if it is more, as everywhere in the reports.
    share = f"{value}/{total}"
    part = f"IF(AND({value}<{total},{value}>0),MAX(0.0001,MIN(0.9999,ROUND({share},4))),{share})"
    sheet.write_formula(
        at,
        _AT["share"],
        f'=IF(AND(ISNUMBER({value}),ISNUMBER({total})),IF({total}>0,{part},""),"")',
        formats.share,
        "",
    )
    said = {
        name: '"' + say(lang, f"form.check.{name}").replace('"', '""') + '"'
        for name in ("not_number", "not_whole", "negative", "above_total", "falls", "fine")
    }
    not_whole = f"IF({value}<>INT({value}),{said['not_whole']}," if _counted(row) else "("
    sheet.write_formula(
        at,
        _AT["check"],
        f'=IF({value}="","",IF(NOT(ISNUMBER({value})),{said["not_number"]},'
        f"{not_whole}IF({value}<0,{said['negative']},"
        f"IF(AND(ISNUMBER({total}),{value}>{total}),{said['above_total']},"
        f"IF(AND(ISNUMBER({before}),{value}<{before}),{said['falls']},{said['fine']}))))))",
        formats.text,
        "",
    )


def _counted(row: FormRow) -> bool:
    """Whether the row's unit is counted, never measured."""
    return row.unit.measure in {Measure.HOUSEHOLDS, Measure.PARCELS}


def _amount(sheet: Worksheet, at: int, column: int, amount: Decimal | None, look: Format) -> None:
    if amount is None:
        sheet.write_blank(at, column, None, look)
    elif len(amount.normalize().as_tuple().digits) > _DIGITS:
        sheet.write_string(at, column, number(amount, None, "vi"), look)
    else:
        sheet.write_number(at, column, float(amount), look)


def _checks(sheet: Worksheet, formats: _Formats, end: int, page: Page, lang: Lang) -> None:
    """What the sheet itself refuses or marks; a paste goes past it, so the reader checks again."""
    said, fine = f"$N{FIRST + 1}", say(lang, "form.check.fine").replace('"', '""')
    warned = f'=AND({said}<>"",{said}<>"{fine}")'
    for column in (_AT["value"], _AT["check"]):
        rule = {"type": "formula", "criteria": warned, "format": formats.warning}
        sheet.conditional_format(FIRST, column, end, column, rule)
    day = {
        "validate": "date",
        "criteria": "between",
        "minimum": date(2000, 1, 1),
        "maximum": date(2099, 12, 31),
        "error_title": say(lang, "form.ask.date_title"),
        "error_message": say(lang, "form.ask.date"),
    }
    sheet.data_validation(AS_OF, _AT["value"], AS_OF, _AT["value"], day)
    sheet.data_validation(FIRST, _AT["date"], end, _AT["date"], day)
    about = {"validate": "list", "source": [say(lang, "form.about")], "error_message": say(lang, "form.ask.about")}
    sheet.data_validation(FIRST, _AT["about"], end, _AT["about"], about)
    bases = {
        "validate": "list",
        "source": [base.write(lang) for base in Base],
        "error_message": say(lang, "form.ask.base"),
    }
    for at, row in enumerate(page.rows, FIRST):
        whole = _counted(row)
        # A recovery may make money negative; land never.
        least = -(10**15) if page.money else 0
        figure = {
            "validate": "integer" if whole else "decimal",
            "criteria": "between",
            "minimum": least,
            "maximum": 10**15,
            "error_title": say(lang, "form.ask.number_title"),
            "error_message": say(lang, "form.ask.whole" if whole else "form.ask.number", unit=row.unit),
        }
        sheet.data_validation(at, _AT["value"], at, _AT["total"], figure)
        if row.asks_base:
            sheet.data_validation(at, _AT["place"], at, _AT["place"], bases)
