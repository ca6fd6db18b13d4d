"""What stands in a cell of a workbook, and its reading as a figure or a date.

A spreadsheet keeps numbers in binary; 15 significant digits of them are what a person typed (57.815 lies in the file as
57.814999999999998). Figures typed as text are read as documents are: with a doubt where both notations are possible.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from lsinfra.dates import PartialDate, read_date
from lsinfra.errors import LsinfraError, QuantityError, Severity
from lsinfra.intake.proposals import Doubt
from lsinfra.numerals import number, shown
from lsinfra.quantities import Figure, Unit, read_document_figure
from lsinfra.text import printable

# Whole numbers in this range may be days: 2000-01-01 to 2099-12-31 as Excel counts them.
SERIALS = range(36_526, 73_051)
YEARS = range(2000, 2100)
# What people put where there is nothing.
DASHES = frozenset("-–—−")
NOTE_LENGTH = 500

# A figure without a unit of its own.
_BARE = re.compile(r"(?:khoảng +)?[-\u2212]?[0-9](?:[0-9., /]*[0-9])?", re.IGNORECASE)
_SUM = re.compile(r"(?:khoảng +)?[-\u2212]?[0-9][0-9.,]* *(?:[-\u2013\u2014\u2212+*~]|đến) *[0-9].*", re.IGNORECASE)
_MONTH_FIRST = re.compile(r"([0-9]{1,2}) *[-/.] *([0-9]{1,2}) *[-/.]")
_SHARE = re.compile(r"(?<=[\w²]) +(?=đạt +[0-9])", re.IGNORECASE)  # the comma that few people type
_DOUBTS = {"ambiguous": "two_readings", "decimal_dot": "decimal_dot", "comma_groups": "comma_groups"}


class CellError(LsinfraError):
    """A cell that does not hold what it should; its sentence is under ``form.``."""

    group = "form"


class CellKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    PERCENT = "percent"  # a number that is shown as a percentage
    DATE = "date"
    TRUTH = "truth"
    ERROR = "error"  # #N/A and its like
    FORMULA = "formula"  # a formula whose value the file does not hold


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell that is not empty.

    Parameters
    ----------
    text
        What it shows, as near as the file tells: a number in Vietnamese notation, a date as 31/10/2024.
    amount
        The number of NUMBER and PERCENT (0.5 for 50 %), to 15 significant digits; else None.
    day
        The date of DATE, or the one that a whole number would be, were it shown as one; else None.
    calculated, linked
        Whether a formula made it, and whether that formula reaches into another workbook.
    old
        From an .xls, of which neither formulas nor percentages nor error values are told.
    """

    kind: CellKind
    text: str
    amount: Decimal | None = None
    day: PartialDate | None = None
    calculated: bool = False
    linked: bool = False
    old: bool = False

    @property
    def blank(self) -> bool:
        """Whether it says nothing: blanks, or a dash."""
        return self.kind is CellKind.TEXT and (not self.text.strip() or self.text.strip() in DASHES)


def number_cell(raw: str, *, percent: bool = False, epoch: date | None = None, calculated: bool = False) -> Cell:
    """The cell of a number as a file writes it (``366.55``, ``1E-3``).

    ``epoch``: day 0 of the workbook's calendar; None for 1899-12-30, which fits every day after February 1900.
    """
    try:
        amount = Decimal(f"{float(raw):.15g}")
    except (ValueError, OverflowError):
        return Cell(CellKind.TEXT, shown(raw), calculated=calculated)
    if not amount.is_finite() or abs(amount.adjusted()) > 30:
        return Cell(CellKind.TEXT, shown(raw), calculated=calculated)
    if not amount:
        amount = Decimal(0)
    if percent:
        text = number((amount * 100).normalize() + 0, None, "vi") + "%"
        return Cell(CellKind.PERCENT, text, amount, None, calculated)
    day = day_of(int(amount), epoch) if amount == amount.to_integral_value() and int(amount) in SERIALS else None
    return Cell(CellKind.NUMBER, number(amount, None, "vi"), amount, day, calculated)


def date_cell(day: PartialDate, calculated: bool = False) -> Cell:
    return Cell(CellKind.DATE, day.write("vi"), None, day, calculated)


def day_of(serial: int, epoch: date | None = None) -> PartialDate:
    found = (epoch or date(1899, 12, 30)) + timedelta(days=serial)
    return PartialDate(found.year, found.month, found.day)


def folded(text: str) -> str:
    """A text to be compared: NFC, one blank between words, no capitals."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def tidy(text: str) -> str:
    """A text of anybody's for a record's note: NFC, on one line, printable, not too long."""
    return shown(printable(" ".join(unicodedata.normalize("NFC", text[: 4 * NOTE_LENGTH]).split())), NOTE_LENGTH)


def read_amount(cell: Cell, unit: Unit) -> tuple[Figure, tuple[Doubt, ...]]:
    """The figure of a cell in a row or column of ``unit``, without or with a total of its own (``37,07/49,35``).

    Raises
    ------
    LsinfraError
        A date, a percentage, an error value, a formula without a value, a link, another unit, no number.
    """
    _refuse(cell)
    if cell.amount is not None:
        if cell.kind is CellKind.PERCENT and unit is not Unit.PERCENT:
            raise CellError("percent_cell", found=cell.text, unit=unit)
        amount = cell.amount * 100 if cell.kind is CellKind.PERCENT else cell.amount
        return Figure(amount, unit), _doubted(cell)
    if cell.kind is not CellKind.TEXT:
        raise CellError("date_for_number" if cell.kind is CellKind.DATE else "truth_for_number", found=shown(cell.text))
    text = unicodedata.normalize("NFC", " ".join(cell.text.split()))
    if _SUM.fullmatch(text):
        raise CellError("sum_or_range", found=shown(text))
    spelled = f"{text} {unit.value}" if _BARE.fullmatch(text) else _SHARE.sub(", ", text)
    try:
        figure, errors = read_document_figure(spelled, (unit.measure,))
    except QuantityError as error:
        if error.key not in {"too_long", "word_before", "trailing"}:
            raise
        # The other sentences name the key of the records for words; a workbook has a column for them, or none.
        raise CellError("words_beside", found=shown(text)) from None
    if figure.unit is not unit:
        raise CellError("other_unit", found=shown(text), unit=unit)
    doubts = tuple(Doubt(_DOUBTS[error.key], error.values, _severity(error), "form") for error in errors)
    return figure, doubts + _doubted(cell)


def read_day(cell: Cell) -> PartialDate:
    """The date of a cell: a real date, or text such as 31/10/2024, 2024-10-31, tháng 10/2024.

    Raises
    ------
    LsinfraError
        Anything else; the month before the day; a number that is not shown as a date, whatever day it would be.
    """
    _refuse(cell)
    if cell.kind is CellKind.NUMBER and cell.day is not None:
        raise CellError("serial_for_date", found=cell.text, day=cell.day)
    if cell.day is not None and cell.day.year in YEARS:
        return cell.day
    if cell.kind is not CellKind.TEXT:  # or a number typed where dates are shown: 3,5 is then 03/01/1900
        raise CellError("no_day", found=shown(cell.text))
    text = re.sub(r"^tháng +(?=[0-9])", "", " ".join(cell.text.split()), flags=re.IGNORECASE)
    try:
        day = read_date(_day_of_text(text))
    except QuantityError as error:
        if error.key == "date_day":
            raise
        # The other sentences ask for the spelling of the records, which a workbook does not use.
        raise CellError("no_day", found=shown(cell.text)) from None
    if day.year not in YEARS:
        raise CellError("no_day", found=shown(cell.text))
    return day


def _day_of_text(text: str) -> str:
    """A date as the records spell it, of one that is spelled another way."""
    try:
        return read_date(text).iso
    except QuantityError as error:
        if error.key != "date_spelling":
            raise
        right = str(error.values["right"])
    if (match := _MONTH_FIRST.match(text)) and int(match[2]) > 12:
        raise CellError("month_first", found=shown(text), day=read_date(right))
    return right


def refusal(error: LsinfraError) -> Doubt:
    """Why a cell was not read."""
    return Doubt("refused", {"reason": error}, Severity.ERROR, "form")


def _refuse(cell: Cell) -> None:
    if cell.linked:
        raise CellError("linked", found=shown(cell.text))
    if cell.kind is CellKind.ERROR:
        raise CellError("error_value", found=shown(cell.text))
    if cell.kind is CellKind.FORMULA:
        raise CellError("no_cached_value")


def _severity(error: QuantityError) -> Severity:
    return Severity.ERROR if error.key == "ambiguous" else Severity.WARNING


def _doubted(cell: Cell) -> tuple[Doubt, ...]:
    codes = [code for code, holds in (("calculated", cell.calculated), ("old_format", cell.old)) if holds]
    return tuple(Doubt(code, {}, Severity.WARNING, "form") for code in codes)
