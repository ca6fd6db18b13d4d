"""Numbers, units, dates and chainage as Vietnamese documents print them: read and write.

A figure is ``VALUE[/TOTAL] UNIT[, [đạt] P%]``: ``366,55/640,28 ha, đạt 57,24%``. The comma is the decimal mark;
dots and spaces stand only between complete groups of three. Everything is exact: ``Decimal`` and ``Fraction``.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from lsinfra.errors import QuantityError
from lsinfra.text import Lang, say

MAX_DIGITS = 18  # of one number: a quadrillion đồng to the hundredth, and exact in every multiplication by a unit
MAX_LENGTH = 300  # characters of one text
MAX_KM = 9999
YEARS = (1900, 2200)


class Measure(StrEnum):
    """What is measured; only figures of one measure are compared."""

    AREA = "area"
    LENGTH = "length"
    HOUSEHOLDS = "households"
    PARCELS = "parcels"
    ROADS = "roads"
    MONEY = "money"
    PERCENT = "percent"

    def write(self, lang: Lang) -> str:
        return say(lang, f"quantity.measure.{self.value}")


class Unit(StrEnum):
    """A unit; its value is the spelling that records are written with."""

    HA = "ha"
    M2 = "m²"
    KM = "km"
    M = "m"
    HOUSEHOLDS = "hộ"
    PARCELS = "thửa"
    ROADS = "tuyến"
    PERCENT = "%"
    VND = "đồng"
    MILLION = "triệu đồng"
    BILLION = "tỷ đồng"
    TRILLION = "nghìn tỷ đồng"

    @property
    def measure(self) -> Measure:
        return _UNITS[self][0]

    @property
    def factor(self) -> Decimal:
        """What one of this unit is in the base unit of its measure: ha, km, a count, percent, đồng."""
        return _UNITS[self][1]

    def write(self, lang: Lang) -> str:
        return say(lang, f"quantity.unit.{self.name.lower()}")


_UNITS = {
    Unit.HA: (Measure.AREA, Decimal(1)),
    Unit.M2: (Measure.AREA, Decimal("0.0001")),
    Unit.KM: (Measure.LENGTH, Decimal(1)),
    Unit.M: (Measure.LENGTH, Decimal("0.001")),
    Unit.HOUSEHOLDS: (Measure.HOUSEHOLDS, Decimal(1)),
    Unit.PARCELS: (Measure.PARCELS, Decimal(1)),
    Unit.ROADS: (Measure.ROADS, Decimal(1)),
    Unit.PERCENT: (Measure.PERCENT, Decimal(1)),
    Unit.VND: (Measure.MONEY, Decimal(1)),
    Unit.MILLION: (Measure.MONEY, Decimal(10**6)),
    Unit.BILLION: (Measure.MONEY, Decimal(10**9)),
    Unit.TRILLION: (Measure.MONEY, Decimal(10**12)),
}
_SPELLINGS = {unit.value: unit for unit in Unit} | {
    "m2": Unit.M2,
    "triệu": Unit.MILLION,
    "tỷ": Unit.BILLION,
    "tỉ": Unit.BILLION,
    "tỉ đồng": Unit.BILLION,
    "nghìn tỷ": Unit.TRILLION,
    "nghìn tỉ": Unit.TRILLION,
    "nghìn tỉ đồng": Unit.TRILLION,
}
_COUNTS = frozenset({Measure.HOUSEHOLDS, Measure.PARCELS, Measure.ROADS})
# Measures that are printed with three decimals as readily as with thousands, so that 6.316 may be either.
_EITHER = frozenset({Measure.AREA, Measure.LENGTH, Measure.PERCENT})


class StatedCheck(StrEnum):
    """How a stated percentage stands to the computed share."""

    NONE = "none"
    EXACT = "exact"
    ROUNDED = "rounded"
    TRUNCATED = "truncated"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it is printed, exact.

    Parameters
    ----------
    value
        In ``unit``. Trailing zeros are kept: they say how exact the printed figure is.
    unit
        Of ``value`` and ``total``.
    total
        What ``value`` is a part of, greater than 0; None when it is not printed.
    percent
        The stated percentage, 57.24 for 57,24 %; its exponent is the decimals it is printed with. May exceed 100.
    about
        Printed with "khoảng".

    Raises
    ------
    QuantityError
        A number that is not finite or longer than 18 digits, a total of 0 or less, a count that is not whole,
        a percentage with a total or a percentage of its own, or one that contradicts the value (0 ha, 5 %).
    """

    value: Decimal
    unit: Unit
    total: Decimal | None = None
    percent: Decimal | None = None
    about: bool = False

    def __post_init__(self) -> None:
        for name in ("value", "total", "percent"):
            amount = getattr(self, name)
            if amount is not None:
                object.__setattr__(self, name, _settled(amount))
        if self.total is not None and self.total <= 0:
            raise QuantityError("total_not_positive", found=f"{number(self.total, None, 'vi')} {self.unit.value}")
        if self.measure is Measure.PERCENT and not (self.total is None and self.percent is None):
            raise QuantityError("percent_of_percent", found=number(self.value, None, "vi"))
        for amount in (self.value, self.total):
            if self.measure in _COUNTS and amount is not None and amount % 1:
                raise QuantityError(
                    "not_whole", found=f"{number(amount, None, 'vi')} {self.unit.value}", unit=self.unit
                )
        if self.percent is not None and self.total is None:
            implied_total(self.value, self.percent)

    @property
    def measure(self) -> Measure:
        return self.unit.measure

    @property
    def amount(self) -> Decimal:
        """The value in the base unit of its measure: ha, km, a count, percent, đồng."""
        return self.value * self.unit.factor

    @property
    def total_amount(self) -> Decimal | None:
        """The total in the base unit of its measure, None when no total is printed."""
        return None if self.total is None else self.total * self.unit.factor

    def write(self, lang: Lang) -> str:
        """The figure for a reader: ``6.316 ha``, ``366.55 of 640.28 ha, stated 57.24%``. Records: ``write_figure``."""
        text = number(self.value, None, lang)
        if self.total is not None:
            text = say(lang, "quantity.figure.of", value=text, total=number(self.total, None, lang))
        if self.measure in _COUNTS and self.value == 1 and self.total is None:
            text = say(lang, f"quantity.one.{self.measure.value}")
        elif self.unit is Unit.PERCENT:
            text += "%"
        else:
            text = f"{text} {self.unit.write(lang)}"
        if self.about:
            text = say(lang, "quantity.figure.about", figure=text)
        if self.percent is not None:
            text = say(lang, "quantity.figure.stated", figure=text, percent=number(self.percent, None, lang))
        return text


def _settled(amount: Decimal) -> Decimal:
    """The same number without a minus before zero and without a positive exponent, so that it can be written."""
    if not amount.is_finite():
        raise QuantityError("not_finite", found=str(amount))
    exponent = amount.as_tuple().exponent
    if not (isinstance(exponent, int) and -MAX_DIGITS < exponent <= MAX_DIGITS):
        raise QuantityError("too_many_digits", found=_shown(str(amount)), limit=MAX_DIGITS)
    if exponent > 0:
        amount = Decimal(int(amount))
    if len(f"{amount.copy_abs():f}".replace(".", "")) > MAX_DIGITS:
        raise QuantityError("too_many_digits", found=_shown(str(amount)), limit=MAX_DIGITS)
    return amount or amount.copy_abs()


# --- reading figures -------------------------------------------------------------------------------------------

_BLANKS = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f", " "))
# No pattern below has two repetitions that can match the same characters, so each takes time linear in the text.
_NUMBER = r"[-\u2212]?[0-9](?:[0-9., ]*[0-9])?"
_HEAD = re.compile(rf"(khoảng +)?({_NUMBER}) *", re.IGNORECASE)
_TOTAL = re.compile(rf"/ *({_NUMBER}) *")
_PERCENT = re.compile(rf", *(?:đạt +)?({_NUMBER}) *%$", re.IGNORECASE)
_EXPONENT = re.compile(r"e[-+\u2212]?[0-9]", re.IGNORECASE)
_UNIT = re.compile(
    "(" + "|".join(s.replace(" ", " +") for s in sorted(_SPELLINGS, key=len, reverse=True)) + r")(?!\w) *",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"(?:0|[1-9][0-9]*)(?:,[0-9]+)?")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}([. ])[0-9]{3}(?:\1[0-9]{3})*(?:,[0-9]+)?")
_ONE_GROUP = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_POINT = re.compile(r"(?:0|[1-9][0-9]*|[1-9][0-9]{0,2}([, ])[0-9]{3}(?:\1[0-9]{3})*)\.[0-9]+")
_COMMA_GROUPS = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3}){2,}")


def read_figure(text: str, measures: Collection[Measure] | None = None) -> Figure:
    """A figure of the records: ``VALUE[/TOTAL] UNIT[, [đạt] P%]``, "khoảng" before it when it is approximate.

    Parameters
    ----------
    text
        As the document prints it, in NFC or NFD. The unit may stand on both sides of the stroke.
    measures
        The measures that are expected here; None for any.

    Raises
    ------
    QuantityError
        Anything else; ``6.316 ha`` (6316 or 6,316?) and ``366.55 ha`` too, with the right spelling.
    """
    return _figure(text, measures, None)


def read_document_figure(
    text: str, measures: Collection[Measure] | None = None
) -> tuple[Figure, tuple[QuantityError, ...]]:
    """A figure of a document that nobody can correct any more, and the doubts about it.

    Read here with a doubt, refused by ``read_figure``: ``366.55`` as 366,55 (``decimal_dot``), ``1,288,123`` as
    1288123 (``comma_groups``), ``6.316 ha`` as 6316, which is what the dot means in Vietnamese (``ambiguous``; the
    doubt's values ``thousands`` and ``decimal`` hold both readings).

    Raises
    ------
    QuantityError
        What cannot be read even so.
    """
    doubts: list[QuantityError] = []
    return _figure(text, measures, doubts), tuple(doubts)


def _figure(text: str, measures: Collection[Measure] | None, doubts: list[QuantityError] | None) -> Figure:
    """The figure; what can be read only with a doubt is refused when ``doubts`` is None, else put in it."""
    clean = _clean(text)
    head = _HEAD.match(clean)
    if head is None:
        raise QuantityError("no_number", found=_shown(clean))
    if _EXPONENT.match(clean, head.end()):
        raise QuantityError("exponent", found=_shown(clean))
    unit, at = _unit(clean, head.end())
    total = _TOTAL.match(clean, at)
    if total is not None:
        first = unit
        unit, at = _unit(clean, total.end())
        if first is not None and unit is not None and first is not unit:
            raise QuantityError("mixed_units", found=_shown(clean), first=first.value, second=unit.value)
    if unit is None:
        raise QuantityError("missing_unit", found=_shown(clean), known=", ".join(Unit))
    if measures is not None and unit.measure not in measures:
        expected = _Either(tuple(measure for measure in Measure if measure in measures))
        raise QuantityError("wrong_measure", found=_shown(clean), unit=unit, expected=expected)
    percent = _PERCENT.match(clean, at)
    if percent is None and at < len(clean):
        raise QuantityError("trailing", found=_shown(clean), rest=_shown(clean[at:]))
    return Figure(
        value=_number(head[2], unit.measure, doubts),
        unit=unit,
        total=None if total is None else _number(total[1], unit.measure, doubts),
        percent=None if percent is None else _number(percent[1], Measure.PERCENT, doubts),
        about=head[1] is not None,
    )


def _clean(text: str) -> str:
    """The text in NFC with plain spaces and none around it."""
    if len(text) > MAX_LENGTH:
        raise QuantityError("too_long", found=_shown(text), length=len(text), limit=MAX_LENGTH)
    clean = unicodedata.normalize("NFC", text).translate(_BLANKS).strip()
    if not clean:
        raise QuantityError("empty")
    for character in clean:
        if unicodedata.category(character) == "Nd" and character not in "0123456789":
            raise QuantityError("foreign_digit", found=_shown(clean), character=character)
    return clean


def _unit(clean: str, at: int) -> tuple[Unit | None, int]:
    """The unit at a place and where it ends; None when the text ends there or goes on with a stroke or a comma."""
    if match := _UNIT.match(clean, at):
        return _SPELLINGS[" ".join(match[1].casefold().split())], match.end()
    rest = clean[at:]
    if rest and rest[0] not in "/,":
        raise QuantityError("unknown_unit", found=_shown(re.split("[/,]", rest)[0].rstrip()), known=", ".join(Unit))
    return None, at


def _number(found: str, measure: Measure, doubts: list[QuantityError] | None) -> Decimal:
    """The number that is printed; what the dots and commas in it say, or a refusal that shows the right spelling."""
    minus = found[0] in "-\u2212"
    digits = found.removeprefix("-").removeprefix("\u2212")
    if sum(character.isdigit() for character in digits) > MAX_DIGITS:
        raise QuantityError("too_many_digits", found=_shown(found), limit=MAX_DIGITS)
    sign = "-" if minus else ""
    doubt = None
    if re.match("0[0-9]", digits):
        raise QuantityError("leading_zero", found=found)
    if _ONE_GROUP.fullmatch(digits) and measure in _EITHER:
        thousands, decimal = sign + digits.replace(".", ""), sign + digits.replace(".", ",")
        doubt = QuantityError("ambiguous", found=found, thousands=thousands, decimal=decimal)
    elif _PLAIN.fullmatch(digits) or _GROUPED.fullmatch(digits):
        pass
    elif _POINT.fullmatch(digits):
        digits = digits.translate({ord("."): ",", ord(","): "."})
        doubt = QuantityError("decimal_dot", found=found, right=sign + digits)
    elif _COMMA_GROUPS.fullmatch(digits):
        digits = digits.replace(",", ".")
        doubt = QuantityError("comma_groups", found=found, right=sign + digits)
    else:
        raise QuantityError("bad_groups", found=found)
    if doubt is not None:
        if doubts is None:
            raise doubt
        doubts.append(doubt)
    return Decimal(sign + digits.translate({ord("."): None, ord(" "): None, ord(","): "."}))


def _shown(text: str, limit: int = 60) -> str:
    """A text of anybody's for a sentence: not too long, and no character that is not seen or turns the line round."""
    seen = "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in text[: limit + 1])
    return seen if len(text) <= limit else seen[:limit] + "…"


@dataclass(frozen=True, slots=True)
class _Either:
    """Several measures, to be said as "A or B"."""

    measures: tuple[Measure, ...]

    def write(self, lang: Lang) -> str:
        return say(lang, "quantity.or").join(measure.write(lang) for measure in self.measures)


# --- writing numbers -------------------------------------------------------------------------------------------


def write_figure(figure: Figure) -> str:
    """The figure as records spell it: ``khoảng 5,3 km``, ``366,55/640,28 ha, đạt 57,24%``, ``96,1%``.

    ``read_figure`` reads it back as the same figure, trailing zeros included.
    """
    text = _record_number(figure.value, figure.measure)
    if figure.total is not None:
        text += "/" + _record_number(figure.total, figure.measure)
    text += "%" if figure.unit is Unit.PERCENT else f" {figure.unit.value}"
    if figure.percent is not None:
        text += f", đạt {_record_number(figure.percent, Measure.PERCENT)}%"
    return f"khoảng {text}" if figure.about else text


def _record_number(value: Decimal, measure: Measure) -> str:
    text = number(value, None, "vi")
    # 6316 ha without its dot: 6.316 ha would be refused as ambiguous.
    return text.replace(".", "") if measure in _EITHER and _ONE_GROUP.fullmatch(text.lstrip("-")) else text


def number(value: Decimal | Fraction | int, decimals: int | None, lang: Lang) -> str:
    """A number in the notation of a language: ``1.288,123`` (vi), ``1,288.123`` (en).

    Parameters
    ----------
    value
        Any finite number, exact.
    decimals
        How many are written, rounded half up (half away from zero); None for as many as the number has.

    Raises
    ------
    ValueError
        A fraction that never ends (1/3) without ``decimals``.
    """
    if decimals is None:
        decimals = _decimals(value)
    scaled = _half_up(Fraction(value), decimals)
    whole, part = divmod(abs(scaled), 10**decimals)
    text = f"{whole:,}" + (f".{part:0{decimals}}" if decimals else "")
    if lang == "vi":
        text = text.translate({ord("."): ",", ord(","): "."})
    return f"-{text}" if scaled < 0 else text


def _decimals(value: Decimal | Fraction | int) -> int:
    """How many decimals a number is printed with: those of a Decimal's exponent, those a fraction needs."""
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0
    denominator = value.denominator
    for decimals in range(denominator.bit_length()):
        if 10**decimals % denominator == 0:
            return decimals
    raise ValueError(f"{value} has no end as a decimal number: say how many decimals to write")


def _half_up(value: Fraction, decimals: int) -> int:
    """The value times 10^decimals, rounded half away from zero."""
    scaled = value * 10**decimals
    nearest = math.floor(abs(scaled) + Fraction(1, 2))
    return -nearest if scaled < 0 else nearest


def share_text(share: Fraction, measure: Measure, lang: Lang) -> str:
    """A share (1 is the whole) as a percentage: ``57,25%``; never 100 unless it is, never 0 if it is more.

    Two decimals, half up; one for money. Where these would show 100 for less than the whole or 0 for something, the
    bound is shown: ``> 99,99%``, ``< 0,01%``; below zero alike: ``< -99,99%``, ``> -0,01%``.
    """
    decimals = 1 if measure is Measure.MONEY else 2
    step = Fraction(1, 10**decimals)
    shown = Fraction(_half_up(abs(share) * 100, decimals), 10**decimals)
    bound = ""
    if shown == 100 and abs(share) < 1:
        shown, bound = 100 - step, ">" if share > 0 else "<"
    elif shown == 0 and share != 0:
        shown, bound = step, "<" if share > 0 else ">"
    text = number(shown if share >= 0 else -shown, decimals, lang) + "%"
    return f"{bound} {text}" if bound else text


# --- stated percentages ----------------------------------------------------------------------------------------


def stated_check(share: Fraction | None, stated_percent: Decimal | None) -> StatedCheck:
    """How a stated percentage stands to the share (1 is the whole) that the printed numbers give.

    Rounded is half up at the decimals the percentage is printed with, and tried before truncated (cut off towards
    zero there): 38.0 for 490.1/1288.123 is rounded, 57.24 for 366.55/640.28 is truncated. ``NONE`` when either is None.
    """
    if share is None or stated_percent is None:
        return StatedCheck.NONE
    percent, decimals = share * 100, _decimals(stated_percent)
    stated = Fraction(stated_percent)
    if percent == stated:
        return StatedCheck.EXACT
    if Fraction(_half_up(percent, decimals), 10**decimals) == stated:
        return StatedCheck.ROUNDED
    if Fraction(math.trunc(percent * 10**decimals), 10**decimals) == stated:
        return StatedCheck.TRUNCATED
    return StatedCheck.CONFLICT


def implied_total(value: Decimal, percent: Decimal, *, truncated: bool = False) -> tuple[Fraction, Fraction | None]:
    """The totals of which ``value`` is the stated ``percent``, in the unit of ``value``.

    Total = value ÷ percentage. The percentage was rounded half up at its own decimals, so the true one is in
    [p − ½u, p + ½u), u being one unit of its last decimal; with ``truncated`` it was cut off and is in [p, p + u).

    Returns
    -------
    low, high
        The total is greater than ``low`` and not greater than ``high``; ``high`` is None when there is no upper
        bound (a stated 0 %). 37.07 at 75.12 %: 49.3444…49.3510; truncated 49.3411…49.3477.

    Raises
    ------
    QuantityError
        No total can give this percentage: 0 ha is not 5 %, −3 is not 5 %.
    """
    part, stated = Fraction(value), Fraction(percent)
    if stated and part * stated <= 0:
        raise QuantityError("contradiction", found=number(value, None, "vi"), percent=number(percent, None, "vi"))
    part, stated = abs(part), abs(stated)  # a recovery is negative on both sides; its total is positive
    unit = Fraction(1, 10 ** _decimals(percent))
    lowest, highest = (stated, stated + unit) if truncated else (stated - unit / 2, stated + unit / 2)
    return part * 100 / highest, part * 100 / lowest if lowest > 0 else None


# --- dates -----------------------------------------------------------------------------------------------------

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")
# Other spellings, only to show the right one: day first, then month alone, then year first.
_OTHER_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?:ngày +)?(?P<d>[0-9]{1,2}) *(?:[-/.]|tháng) *(?P<m>[0-9]{1,2}) *(?:[-/.,]|năm) *(?P<y>[0-9]{4})",
        r"(?:tháng *)?(?P<m>[0-9]{1,2}) *(?:[-/.,]|năm) *(?P<y>[0-9]{4})",
        r"(?P<y>[0-9]{4}) *[-/.] *(?P<m>[0-9]{1,2})(?: *[-/.] *(?P<d>[0-9]{1,2}))?",
    )
)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A day, or a month of which the day is not given (``day`` None).

    Ordered by the last day it may be: 2024-10 is neither before nor after 2024-10-31.

    Raises
    ------
    QuantityError
        A day or month that does not exist, a year before 1900 or after 2200.
    """

    year: int
    month: int
    day: int | None = None

    def __post_init__(self) -> None:
        if not YEARS[0] <= self.year <= YEARS[1]:
            raise QuantityError("date_year", found=self.iso, first=YEARS[0], last=YEARS[1])
        if not 1 <= self.month <= 12:
            raise QuantityError("date_month", found=self.iso)
        days = _last_of(self.year, self.month).day
        if self.day is not None and not 1 <= self.day <= days:
            raise QuantityError("date_day", found=self.iso, days=days, month=PartialDate(self.year, self.month))

    def __lt__(self, other: PartialDate) -> bool:
        return self.last_day < other.last_day

    def __le__(self, other: PartialDate) -> bool:
        return self.last_day <= other.last_day

    def __gt__(self, other: PartialDate) -> bool:
        return self.last_day > other.last_day

    def __ge__(self, other: PartialDate) -> bool:
        return self.last_day >= other.last_day

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, self.day or 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.month, self.day) if self.day else _last_of(self.year, self.month)

    @property
    def iso(self) -> str:
        """``2024-10-31`` or ``2024-10``, as records spell it."""
        month = f"{self.year:04}-{self.month:02}"
        return month if self.day is None else f"{month}-{self.day:02}"

    def write(self, lang: Lang) -> str:
        """``31/10/2024``, ``tháng 10/2024``; ``31 October 2024``, ``October 2024``."""
        month = say(lang, f"quantity.month.{self.month}")
        if self.day is None:
            return say(lang, "quantity.date.month", month=month, year=self.year)
        # Days under 10 and the months 1 and 2 with a zero: Nghị định 30/2020/NĐ-CP, Phụ lục I.
        day = f"{self.day:02}" if lang == "vi" else str(self.day)
        return say(lang, "quantity.date.day", day=day, month=month, year=self.year)


def _last_of(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def read_date(text: str) -> PartialDate:
    """A date of the records, ``2024-10-31`` or ``2024-10``.

    Raises
    ------
    QuantityError
        Any other text. 15/8/2024, 10/2024 and "tháng 10 năm 2024" are refused with the right spelling.
    """
    clean = _clean(text)
    if match := _DATE.fullmatch(clean):
        year, month, day = match.groups()
        return PartialDate(int(year), int(month), None if day is None else int(day))
    for pattern in _OTHER_DATES:
        if match := pattern.fullmatch(clean):
            parts = {name: int(part) for name, part in match.groupdict().items() if part is not None}
            if parts["m"] > 12 >= parts.get("d", 13):  # 8/15/2024 is month first
                parts["m"], parts["d"] = parts["d"], parts["m"]
            meant = PartialDate(parts["y"], parts["m"], parts.get("d"))
            raise QuantityError("date_spelling", found=clean, right=meant.iso)
    raise QuantityError("date_form", found=_shown(clean))


# --- chainage --------------------------------------------------------------------------------------------------

_CHAINAGE = re.compile(r"km *(0|[1-9][0-9]{0,3})(?: *\+ *([0-9]{3}(?:,[0-9]+)?))?", re.IGNORECASE)
_SHORT_METRES = re.compile(r"(?:km|k)? *(0|[1-9][0-9]{0,3}) *\+ *([0-9]{1,2})", re.IGNORECASE)
_OTHER_CHAINAGE = re.compile(
    r"(?:km|k)? *(?P<km>0|[1-9][0-9]{0,3})(?:[.,](?P<part>[0-9]{1,3})| *\+ *(?P<m>[0-9]{3}(?:[.,][0-9]+)?) *m?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, order=True)
class Chainage:
    """A distance along a route from its Km0, ``m`` in metres, 0 to 9999 km.

    Raises
    ------
    QuantityError
        A distance outside that.
    """

    m: Decimal

    def __post_init__(self) -> None:
        object.__setattr__(self, "m", _settled(self.m))
        if not 0 <= self.m < (MAX_KM + 1) * 1000:
            raise QuantityError("chainage_range", found=number(self.m, None, "vi"), last=f"Km{MAX_KM}")

    def write(self, lang: Lang) -> str:
        """``Km18``, ``Km18+500``, ``Km18+500,25`` (en: ``Km18+500.25``); the Vietnamese is the records' spelling."""
        km, m = divmod(self.m, 1000)
        if not m:
            return f"Km{km:f}"
        whole, point, part = f"{m:f}".partition(".")
        return f"Km{km:f}+{whole:0>3}" + (("," if lang == "vi" else ".") + part if point else "")


def read_chainage(text: str) -> Chainage:
    """A chainage of the records: ``Km18``, ``Km18+500``, ``Km 18 + 500``, ``Km18+500,25``.

    Raises
    ------
    QuantityError
        Any other text. After the plus stand exactly three digits: Km18+50 is refused with both readings.
    """
    clean = _clean(text)
    if match := _CHAINAGE.fullmatch(clean):
        km, m = match.groups()
        return Chainage(Decimal(km) * 1000 + Decimal((m or "0").replace(",", ".")))
    if match := _SHORT_METRES.fullmatch(clean):
        km, m = match.groups()
        readings = {"padded": f"Km{km}+{m:0>3}", "cut": f"Km{km}+{m:0<3}"}
        raise QuantityError("chainage_metres", found=clean, **readings)
    if match := _OTHER_CHAINAGE.fullmatch(clean):
        m = match["m"].replace(".", ",") if match["m"] else f"{match['part']:0<3}"
        raise QuantityError("chainage_spelling", found=clean, right=f"Km{match['km']}+{m}")
    raise QuantityError("chainage_form", found=_shown(clean))
