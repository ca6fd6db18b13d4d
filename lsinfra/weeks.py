"""ISO weeks, and weeks of work: the calendar without the week of Tết."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache

from lsinfra.dates import YEARS
from lsinfra.errors import QuantityError
from lsinfra.numerals import clean_text, shown
from lsinfra.text import Lang, say

# The last days of 2200, the last year of dates, are in the first week of 2201.
_YEARS = YEARS[0], YEARS[1] + 1

# Days off at Tết: the eve (giao thừa) and the six days after it. Assumed of the five that the law gives: see
# ``working_days``.
TET_DAYS = 7
# The years whose Tết the calendar of the library holds; in others no day is taken off.
TET_YEARS = (1950, 2100)

_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
# Other spellings, only to show the right one.
_OTHER_WEEKS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<y>[0-9]{4}) *[-/. ]? *(?:w|tuần|week) *(?P<w>[0-9]{1,2})",
        r"(?:w|tuần|week)? *(?P<w>[0-9]{1,2}) *(?:[-/.,]|năm|of|year)? *(?P<y>[0-9]{4})",
    )
)


class WeekError(QuantityError):
    """A text that is no week; its sentence is under ``forecast.``."""

    group = "forecast"


@dataclass(frozen=True, order=True, slots=True)
class Week:
    """A week of ISO 8601: Monday to Sunday, of the year that its Thursday is in.

    Raises
    ------
    WeekError
        A year before 1900 or after 2200, a week that the year does not have.
    """

    year: int
    week: int

    def __post_init__(self) -> None:
        if not _YEARS[0] <= self.year <= _YEARS[1]:
            raise WeekError("week_year", found=self.iso, first=_YEARS[0], last=_YEARS[1])
        weeks = date(self.year, 12, 28).isocalendar().week  # 28 December is always in the last week
        if not 1 <= self.week <= weeks:
            raise WeekError("week_number", found=self.iso, weeks=weeks, year=self.year)

    @classmethod
    def of(cls, day: date) -> Week:
        """The week that a day is in; 2024-12-30 is in 2025-W01."""
        year, week, _ = day.isocalendar()
        return cls(year, week)

    @property
    def first_day(self) -> date:
        """Its Monday."""
        return date.fromisocalendar(self.year, self.week, 1)

    @property
    def last_day(self) -> date:
        """Its Sunday."""
        return date.fromisocalendar(self.year, self.week, 7)

    @property
    def iso(self) -> str:
        """``2024-W44``."""
        return f"{self.year:04}-W{self.week:02}"

    def write(self, lang: Lang) -> str:
        """``tuần 44/2024``, ``week 44 of 2024``."""
        return say(lang, "forecast.week", week=self.week, year=self.year)


def read_week(text: str) -> Week:
    """A week as ISO 8601 spells it, ``2024-W33``.

    Raises
    ------
    WeekError
        Any other text; ``tuần 33/2024`` and ``2024W33`` with the right spelling.
    """
    clean = clean_text(text)
    if match := _WEEK.fullmatch(clean):
        return Week(int(match[1]), int(match[2]))
    for pattern in _OTHER_WEEKS:
        if match := pattern.fullmatch(clean):
            try:
                meant = Week(int(match["y"]), int(match["w"]))
            except WeekError as error:  # said of what stands there, not of a week that nobody wrote
                raise WeekError(error.key, **(error.values | {"found": clean})) from None
            raise WeekError("week_spelling", found=clean, right=meant.iso)
    raise WeekError("week_form", found=shown(clean))


# --- weeks of work -------------------------------------------------------------------------------------------


@cache
def tet(year: int) -> date | None:
    """The first day of Tết (mùng một) of the Vietnamese calendar; None before 1950 and after 2100.

    Not always the Chinese new year: 2007-02-17, not -18; 2030-02-02, not -03 (UTC+7 against UTC+8).
    """
    if not TET_YEARS[0] <= year <= TET_YEARS[1]:
        return None
    from holidays import country_holidays

    return next(
        day for day, name in country_holidays("VN", years=year, language="vi").items() if name == "Tết Nguyên Đán"
    )


def working_days(first: date, last: date) -> int:
    """The days after ``first`` up to and with ``last``, but for the seven of Tết; negative the other way round.

    The law gives five days (Bộ luật Lao động 45/2019/QH14, Art. 112); that no work is done for seven, from the eve
    (giao thừa), is an assumption of this program. It is made so because any seven days hold five weekdays and one
    Saturday and Sunday; on which days the five fall the Prime Minister decides each year, so the edges may differ by a
    day or two, and single holidays are worked round as a Sunday is.
    """
    if last < first:
        return -working_days(last, first)
    off = 0
    for year in range(first.year, last.year + 1):
        new_year = tet(year)
        if new_year is not None:
            eve = new_year - timedelta(days=1)
            begins, ends = max(eve, first + timedelta(days=1)), min(eve + timedelta(days=TET_DAYS - 1), last)
            off += max((ends - begins).days + 1, 0)
    return (last - first).days - off


def working_weeks(first: date, last: date) -> Fraction:
    """``working_days`` ÷ 7, exact: a week of work is a calendar week, weekends and all, outside Tết."""
    return Fraction(working_days(first, last), 7)


def day_after(first: date, weeks: Fraction) -> date | None:
    """The first day by which ``weeks`` (0 or more) of work have passed since ``first``; None after 2100."""
    days = -(-weeks * 7 // 1)
    day = first
    while (short := days - working_days(first, day)) > 0:
        # Never too far: no day counts for more than one.
        if short > (date(TET_YEARS[1], 12, 31) - day).days:
            return None
        day += timedelta(days=int(short))
    return day
