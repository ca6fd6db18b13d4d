"""ISO weeks, and weeks of work without the week of Tết."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsinfra.weeks import Week, WeekError, day_after, read_week, tet, working_days, working_weeks

DAYS = st.dates(date(1950, 1, 1), date(2100, 12, 31))


def test_a_week_is_of_the_year_of_its_thursday() -> None:
    # The examples of ISO 8601 itself: 1 January 2005 is in 2004-W53, 30 December 2024 in 2025-W01.
    assert Week.of(date(2005, 1, 1)) == Week(2004, 53)
    assert Week.of(date(2024, 12, 30)) == Week(2025, 1)
    week = Week.of(date(2024, 10, 31))
    assert (week.iso, week.first_day, week.last_day) == ("2024-W44", date(2024, 10, 28), date(2024, 11, 3))
    assert (week.write("vi"), week.write("en")) == ("tuần 44/2024", "week 44 of 2024")
    assert Week.of(date(2200, 12, 31)).year == 2201


@given(DAYS, DAYS)
def test_weeks_hold_their_days_in_order_and_are_read_back(one: date, other: date) -> None:
    week = Week.of(one)
    assert week.first_day <= one <= week.last_day == week.first_day + timedelta(days=6)
    assert read_week(week.iso) == week
    assert (week < Week.of(other)) == (week.last_day < Week.of(other).first_day)


@pytest.mark.parametrize(
    ("text", "en", "vi"),
    [
        ("tuần 33/2024", "Write 2024-W33.", "Hãy viết 2024-W33."),
        ("2024W33", "Write 2024-W33.", "Hãy viết 2024-W33."),
        ("2024-w3", "Write 2024-W03.", "Hãy viết 2024-W03."),
        ("week 33 of 2024", "Write 2024-W33.", "Hãy viết 2024-W33."),
        ("2023-W53", "the year 2023 has only the weeks 01 to 52", "năm 2023 chỉ có các tuần từ 01 đến 52"),
        ("2024-W00", "the year 2024 has only the weeks 01 to 52", "năm 2024 chỉ có các tuần từ 01 đến 52"),
        ("tuần 54/2024", "tuần 54/2024: the year 2024 has only", "tuần 54/2024: năm 2024 chỉ có"),
        ("1899-W10", "outside the years 1900–2201", "nằm ngoài các năm 1900–2201"),
        ("yesterday", "“yesterday” is no week.", "“yesterday” không phải là tuần."),
        ("2024-10-31", "such as 2024-W33", "ví dụ 2024-W33"),
    ],
)
def test_another_text_is_answered_with_the_right_spelling(text: str, en: str, vi: str) -> None:
    with pytest.raises(WeekError) as caught:
        read_week(text)
    assert en in caught.value.write("en")
    assert vi in caught.value.write("vi")


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (2007, date(2007, 2, 17)),  # in China the 18th
        (2024, date(2024, 2, 10)),
        (2025, date(2025, 1, 29)),
        (2026, date(2026, 2, 17)),
        (2027, date(2027, 2, 6)),
        (2030, date(2030, 2, 2)),  # in China the 3rd
        (1949, None),
        (2101, None),
    ],
)
def test_tet_is_that_of_the_vietnamese_calendar(year: int, day: date | None) -> None:
    assert tet(year) == day


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2024, 8, 15), date(2024, 10, 31), 77),
        (date(2025, 1, 27), date(2025, 2, 3), 0),  # from the day before the eve to mùng sáu
        (date(2025, 1, 27), date(2025, 2, 4), 1),
        (date(2025, 1, 26), date(2025, 2, 3), 1),
        (date(2025, 1, 28), date(2025, 1, 29), 0),
        (date(2024, 10, 31), date(2025, 1, 31), 92 - 4),  # 28, 29, 30 and 31 January are off
        (date(2024, 2, 1), date(2025, 3, 1), 394 - 14),
        (date(2025, 3, 1), date(2024, 2, 1), -380),
        (date(2025, 3, 1), date(2025, 3, 1), 0),
    ],
)
def test_the_seven_days_of_tet_do_not_count(first: date, last: date, days: int) -> None:
    assert working_days(first, last) == days
    assert working_weeks(first, last) == Fraction(days, 7)


@given(DAYS, DAYS, DAYS)
def test_working_time_adds_up(a: date, b: date, c: date) -> None:
    assert working_days(a, b) + working_days(b, c) == working_days(a, c)


@given(st.dates(date(1960, 1, 1), date(2090, 1, 1)), st.fractions(0, 400, max_denominator=50))
def test_the_day_after_some_weeks_is_the_first_by_which_they_have_passed(first: date, weeks: Fraction) -> None:
    day = day_after(first, weeks)
    assert day is not None
    assert working_weeks(first, day) >= weeks
    assert day == first or working_weeks(first, day - timedelta(days=1)) < weeks


def test_weeks_of_work_run_over_tet() -> None:
    assert day_after(date(2025, 1, 20), Fraction(1)) == date(2025, 1, 27)
    assert day_after(date(2025, 1, 20), Fraction(8, 7)) == date(2025, 2, 4)
    assert day_after(date(2025, 1, 20), Fraction(0)) == date(2025, 1, 20)
    assert day_after(date(2025, 1, 20), Fraction(5000)) is None
