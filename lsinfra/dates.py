"""Dates to the day or to the month, read and written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from lsinfra.errors import QuantityError
from lsinfra.numerals import clean_text, shown
from lsinfra.text import Lang, say

YEARS = (1900, 2200)

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
        return _written(self.year, self.month, self.day, lang)


@cache  # a page writes a few days thousands of times
def _written(year: int, month: int, day: int | None, lang: Lang) -> str:
    name = say(lang, f"quantity.month.{month}")
    if day is None:
        return say(lang, "quantity.date.month", month=name, year=year)
    # Days under 10 and the months 1 and 2 with a zero: Nghị định 30/2020/NĐ-CP, Phụ lục I.
    return say(lang, "quantity.date.day", day=f"{day:02}" if lang == "vi" else day, month=name, year=year)


def _last_of(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def read_date(text: str) -> PartialDate:
    """A date of the records, ``2024-10-31`` or ``2024-10``.

    Raises
    ------
    QuantityError
        Any other text. 15/8/2024, 10/2024 and "tháng 10 năm 2024" are refused with the right spelling.
    """
    clean = clean_text(text)
    if match := _DATE.fullmatch(clean):
        year, month, day = match.groups()
        return PartialDate(int(year), int(month), None if day is None else int(day))
    for pattern in _OTHER_DATES:
        if match := pattern.fullmatch(clean):
            parts = {name: int(part) for name, part in match.groupdict().items() if part is not None}
            if parts["m"] > 12 >= parts.get("d", 13):  # 8/15/2024 is month first
                parts["m"], parts["d"] = parts["d"], parts["m"]
            try:
                meant = PartialDate(parts["y"], parts["m"], parts.get("d"))
            except QuantityError as error:  # said of what stands there, not of a date that nobody wrote
                raise QuantityError(error.key, **(error.values | {"found": clean})) from None
            raise QuantityError("date_spelling", found=clean, right=meant.iso)
    raise QuantityError("date_form", found=shown(clean))
