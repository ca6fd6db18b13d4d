"""Figures, units, dates and chainage as Vietnamese documents print them: read and write.

A figure is ``VALUE[/TOTAL] UNIT[, [đạt] P%]``: ``366,55/640,28 ha, đạt 57,24%``. The comma is the decimal mark;
dots and spaces stand only between complete groups of three. Everything is exact: ``Decimal`` and ``Fraction``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from lsinfra.dates import PartialDate, read_date
from lsinfra.errors import QuantityError
from lsinfra.numerals import NUMBER, ONE_GROUP, clean_text, decimals_of, half_up, number, read_number, settled, shown
from lsinfra.text import Lang, say

__all__ = [
    "SHOWN_IN",
    "Chainage",
    "Figure",
    "Measure",
    "PartialDate",
    "StatedCheck",
    "Unit",
    "implied_total",
    "number",
    "read_chainage",
    "read_date",
    "read_document_figure",
    "read_figure",
    "share_text",
    "stated_check",
    "write_figure",
]

MAX_KM = 9999


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
        return _OF_UNIT[self][0]

    @property
    def factor(self) -> Decimal:
        """What one of this unit is in the base unit of its measure: ha, km, a count, percent, đồng."""
        return _OF_UNIT[self][1]

    def write(self, lang: Lang) -> str:
        return say(lang, f"quantity.unit.{self.name.lower()}")


_OF_UNIT = {
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
SHOWN_IN = {
    Measure.AREA: Unit.HA,
    Measure.LENGTH: Unit.KM,
    Measure.HOUSEHOLDS: Unit.HOUSEHOLDS,
    Measure.PARCELS: Unit.PARCELS,
    Measure.ROADS: Unit.ROADS,
    Measure.MONEY: Unit.BILLION,
    Measure.PERCENT: Unit.PERCENT,
}
"""The unit that an amount of each measure is shown in."""

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
                object.__setattr__(self, name, settled(amount))
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


# --- reading figures -------------------------------------------------------------------------------------------

_HEAD = re.compile(rf"(khoảng *)?({NUMBER}) *", re.IGNORECASE)
_BEFORE = re.compile(r"((?:[^\W\d_]|[~≈<>≤≥±])[^0-9]*?) *(?=[0-9])")
_TOTAL = re.compile(rf"/ *({NUMBER}) *")
_PERCENT = re.compile(rf", *(?:đạt +)?({NUMBER}) *%$", re.IGNORECASE)
_EXPONENT = re.compile(r"e[-+\u2212]?[0-9]", re.IGNORECASE)
_UNIT = re.compile(
    "(" + "|".join(s.replace(" ", " +") for s in sorted(_SPELLINGS, key=len, reverse=True)) + r")(?!\w) *",
    re.IGNORECASE,
)


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
    clean = clean_text(text)
    head = _HEAD.match(clean)
    if head is None:
        raise _without_start(clean)
    if _EXPONENT.match(clean, head.end()):
        raise QuantityError("exponent", found=shown(clean))
    start = head.end()
    unit, at = _unit(clean, start)
    total = _TOTAL.match(clean, at)
    if total is not None:
        first, start = unit, total.end()
        unit, at = _unit(clean, start)
        if first is not None and unit is not None and first is not unit:
            raise QuantityError("mixed_units", found=shown(clean), first=first.value, second=unit.value)
        if clean.startswith("/", at):
            raise QuantityError("two_totals", found=shown(clean))
    if unit is None:
        raise QuantityError("missing_unit", found=shown(clean), known=", ".join(Unit))
    if measures is not None and unit.measure not in measures:
        expected = _Either(tuple(measure for measure in Measure if measure in measures))
        raise QuantityError("wrong_measure", found=shown(clean), unit=unit, expected=expected)
    percent = _PERCENT.match(clean, at)
    if percent is None and at < len(clean):
        raise QuantityError("trailing", found=shown(clean), rest=shown(clean[at:]))
    either = unit.measure in _EITHER
    spelled = "%" if unit is Unit.PERCENT else f" {clean[start:at].rstrip()}"
    return Figure(
        value=read_number(head[2], doubts, either=either, unit=spelled),
        unit=unit,
        total=None if total is None else read_number(total[1], doubts, either=either, unit=spelled),
        percent=None if percent is None else read_number(percent[1], doubts, either=True, unit="%"),
        about=head[1] is not None,
    )


def _without_start(clean: str) -> QuantityError:
    """Why a text does not begin as a figure: a word stands where only "khoảng" may, or there is no number."""
    before = _BEFORE.match(clean)
    if before is None:
        return QuantityError("no_number", found=shown(clean))
    try:
        figure = read_figure(clean[before.end() :])
    except QuantityError:
        return QuantityError("no_number", found=shown(clean))
    return QuantityError("word_before", found=shown(before[1]), right=write_figure(replace(figure, about=True)))


def _unit(clean: str, at: int) -> tuple[Unit | None, int]:
    """The unit at a place and where it ends; None when the text ends there or goes on with a stroke or a comma."""
    if match := _UNIT.match(clean, at):
        return _SPELLINGS[" ".join(match[1].casefold().split())], match.end()
    rest = clean[at:]
    if rest and rest[0] not in "/,":
        raise QuantityError("unknown_unit", found=shown(re.split("[/,]", rest)[0].rstrip()), known=", ".join(Unit))
    return None, at


@dataclass(frozen=True, slots=True)
class _Either:
    """Several measures, to be said as "A or B"."""

    measures: tuple[Measure, ...]

    def write(self, lang: Lang) -> str:
        return say(lang, "quantity.or").join(measure.write(lang) for measure in self.measures)


# --- writing figures -------------------------------------------------------------------------------------------


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
    return text.replace(".", "") if measure in _EITHER and ONE_GROUP.fullmatch(text.lstrip("-")) else text


def percent_decimals(measure: Measure) -> int:
    """How many decimals a share is printed with in percent, and its change in percentage points."""
    return 1 if measure is Measure.MONEY else 2


def share_text(share: Fraction, measure: Measure, lang: Lang) -> str:
    """A share (1 is the whole) as a percentage: ``57,25%``; never 100 unless it is, never 0 if it is more.

    Two decimals, half up; one for money. Where these would show 100 for less than the whole or 0 for something, the
    bound is shown: ``> 99,99%``, ``< 0,01%``; below zero alike: ``< -99,99%``, ``> -0,01%``.
    """
    decimals = percent_decimals(measure)
    steps, whole = half_up(abs(share), decimals + 2), 10 ** (decimals + 2)
    bound = ""
    if steps == whole and abs(share) < 1:
        steps, bound = whole - 1, ">" if share > 0 else "<"
    elif steps == 0 and share != 0:
        steps, bound = 1, "<" if share > 0 else ">"
    text = number(Fraction(steps if share >= 0 else -steps, 10**decimals), decimals, lang) + "%"
    return f"{bound} {text}" if bound else text


# --- stated percentages ----------------------------------------------------------------------------------------


def stated_check(share: Fraction | None, stated_percent: Decimal | None) -> StatedCheck:
    """How a stated percentage stands to the share (1 is the whole) that the printed numbers give.

    Rounded is half up at the decimals the percentage is printed with, and tried before truncated (cut off towards
    zero there): 38.0 for 490.1/1288.123 is rounded, 57.24 for 366.55/640.28 is truncated. ``NONE`` when either is None.
    """
    if share is None or stated_percent is None:
        return StatedCheck.NONE
    percent, decimals = share * 100, decimals_of(stated_percent)
    stated = Fraction(stated_percent)
    if percent == stated:
        return StatedCheck.EXACT
    if Fraction(half_up(percent, decimals), 10**decimals) == stated:
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
    unit = Fraction(1, 10 ** decimals_of(percent))
    lowest, highest = (stated, stated + unit) if truncated else (stated - unit / 2, stated + unit / 2)
    return part * 100 / highest, part * 100 / lowest if lowest > 0 else None


IMPLIED_DECIMALS = 3
"""Of an implied total of land; money is in đồng."""


def outward(
    low: Fraction | None, high: Fraction | None, decimals: int = IMPLIED_DECIMALS
) -> tuple[Fraction | None, Fraction | None]:
    """An interval with its ends rounded away from it, so that it still holds whatever it held; None stays None."""
    scale = 10**decimals
    return (
        None if low is None else Fraction(math.floor(low * scale), scale),
        None if high is None else Fraction(math.ceil(high * scale), scale),
    )


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
        object.__setattr__(self, "m", settled(self.m))
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
    clean = clean_text(text)
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
    raise QuantityError("chainage_form", found=shown(clean))
