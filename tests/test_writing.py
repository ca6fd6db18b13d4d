"""What every result is written with: the parts of a change add up as they are printed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lsinfra.compare import compare
from lsinfra.numerals import half_up
from lsinfra.quantities import Measure
from lsinfra.render.writing import points, shared_out
from tests.test_compare import W46, W47, kept, one
from tests.test_progress import land, money

PARTS = ("work", "scope", "correction")


@pytest.mark.parametrize(
    ("parts", "whole", "shown"),
    [
        (("37.4", "2.1", "0"), 40, (38, 2, 0)),  # rounded by themselves 37 and 2; 37.4 lost more than 2.1
        (("87.52", "4.51", "0"), 92, (88, 4, 0)),
        (("0.6", "0", "0.6"), 1, (1, 0, 0)),  # 1 + 1 − 1 would be a scope that nobody changed
        (("0.4", "0.4", "0.4"), 1, (1, 0, 0)),
        (("-0.6", "-0.6", "0"), -1, (0, -1, 0)),
        (("-0.5", "0.5", "0"), 0, (-1, 1, 0)),
        (("2000", "-1000", "0"), 1000, (2000, -1000, 0)),
        (("0", "0", "0"), 0, (0, 0, 0)),
    ],
)
def test_a_rounded_sum_is_shared_out(parts: tuple[str, ...], whole: int, shown: tuple[int, ...]) -> None:
    exact = dict(zip(PARTS, map(Fraction, parts), strict=True))
    assert half_up(sum(exact.values(), Fraction(0)), 0) == whole
    assert shared_out(whole, exact) == dict(zip(PARTS, shown, strict=True))


@settings(max_examples=100, derandomize=True)
@given(st.lists(st.fractions(-100, 100, max_denominator=1000), min_size=1, max_size=4))
@example([Fraction(1, 2), Fraction(-1, 2), Fraction(1, 2)])
def test_every_part_is_its_own_within_one_and_they_add_up(parts: list[Fraction]) -> None:
    exact = {str(number): part for number, part in enumerate(parts)}
    whole = half_up(sum(parts, Fraction(0)), 0)
    shown = shared_out(whole, exact)
    assert sum(shown.values()) == whole
    assert all(abs(shown[name] - part) < 1 for name, part in exact.items())
    alone = {name: half_up(part, 0) for name, part in exact.items()}
    assert sum(alone.values()) != whole or shown == alone


def test_no_part_is_printed_that_is_not_there() -> None:
    # 10 000 → 10 001,8 of the same date, then 10 003,6, of 30 000 ha: 0,006 points each and 0,012 together; no scope.
    first = kept(land(f"{W46} 10000/30000 ha"), "2024-11-17")
    last = kept(land(f'{W46} "10001,8/30000 ha"', f'{W47} "10003,6/30000 ha"'), "2024-11-24")
    (row,) = compare(first, last).clearance
    assert points(row, Measure.AREA, "vi") == {"share": "+0,01", "correction": "0,00", "work": "+0,01", "scope": "0,00"}


def test_points_have_the_decimals_of_the_share() -> None:
    # 40/100 → 45/110 tỷ: 40,0 → 40,9 %, 5/110 = 4,545 by work, 40/110 − 40/100 = −3,636 by the plan.
    line = "plan_year: 2024, base: adjusted, source: report, total:"
    steps = f"as_of: 2024-11-15, {line} 40/100 tỷ đồng", f"as_of: 2024-11-22, {line} 45/110 tỷ đồng"
    row = one(compare(kept(money(steps[0]), "2024-11-17"), kept(money(*steps), "2024-11-24")).disbursement)
    assert points(row, Measure.MONEY, "en") == {"share": "+0.9", "correction": "", "work": "+4.5", "scope": "-3.6"}


def test_a_stated_percentage_has_no_parts() -> None:
    steps = f'{W46} "10 ha, đạt 50%"', f'{W47} "12 ha, đạt 60%"'
    (row,) = compare(kept(land(steps[0]), "2024-11-17"), kept(land(*steps), "2024-11-24")).clearance
    assert set(points(row, Measure.AREA, "vi").values()) == {""}
