"""Progress at a date: the published figures row by row, worked out by hand, then what must hold of any figures."""

# Decimal, Fraction and int are compared by value throughout.
# mypy: disable-error-code="comparison-overlap"

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lsinfra import loader, yamlfile
from lsinfra.codes import Base, Funding, Party, Stage, TotalKind
from lsinfra.portfolio import Portfolio
from lsinfra.progress import (
    Change,
    ClearanceRow,
    Dating,
    DisbursementRow,
    Progress,
    SectionSum,
    change,
    measure,
    newest,
    rate,
    total,
)
from lsinfra.quantities import Figure, Measure, PartialDate, StatedCheck, Unit, implied_total, read_figure
from lsinfra.records import Records
from lsinfra.routes import Routes
from tests.conftest import ROOT

NOWHERE = Routes({}, {}, None, None, (), "EPSG:9215")
HEAD = """\
portfolio: {title: T, stale_after_days: 35}
sources:
  report: {title: R, kind: official}
  press: {title: P, kind: press}
  wire: {title: W, kind: press}
projects:
  - id: p
    title: P
    kind: road
    status: implementation
    routes: [r]
"""
SECTIONS = "    sections: [{id: a, unit: A}, {id: b, unit: B}, {id: c, unit: C, in_scope: false}]\n"


def read(text: str) -> Records:
    return loader.build(yamlfile.parse(text, "projects.yaml"))


def at(records: Records, day: str) -> Progress:
    return measure(Portfolio(records, NOWHERE), date.fromisoformat(day))


def land(*observations: str, sections: str = SECTIONS) -> Records:
    """Records of one project with sections a, b and (out of scope) c."""
    return read(HEAD + sections + "    clearance:\n" + "".join(f"      - {{{one}}}\n" for one in observations))


def money(*observations: str) -> Records:
    return read(HEAD + "    disbursement:\n" + "".join(f"      - {{{one}}}\n" for one in observations))


def row(figure: Figure, stage: Stage = Stage.HANDED_OVER) -> ClearanceRow:
    dating = Dating(PartialDate(2024, 8, 15), 0, False, "report", "", None)
    return ClearanceRow("p", None, None, stage, figure.measure, rate(figure), dating)


def datings(progress: Progress) -> list[Dating]:
    return [seen.dating for seen in progress.clearance] + [seen.dating for seen in progress.disbursement]


def one(rows: Any) -> Any:
    (only,) = rows
    return only


@pytest.fixture(scope="module")
def real() -> Records:
    return loader.load(ROOT / "projects.yaml")


# --- the published figures -----------------------------------------------------------------------------------------

HUU_NGHI, DONG_DANG, QL4B = "huu-nghi-chi-lang", "dong-dang-tra-linh", "ql4b"
HANDED, INVENTORIED, PAID = Stage.HANDED_OVER, Stage.INVENTORIED, Stage.PAID
AREA, LENGTH, HOUSEHOLDS = Measure.AREA, Measure.LENGTH, Measure.HOUSEHOLDS
NONE, EXACT, ROUNDED, TRUNCATED, CONFLICT = StatedCheck

# (project, section, stage, measure) → value, total, share, stated %, how that stands to the share, observed.
# 74.3/74.44 = 99.8119…, 17.34/31.52 = 55.0126…: half up they are 99.8 and 55.
AUGUST: dict[Any, Any] = {
    (HUU_NGHI, "chi-lang", PAID, AREA): ("26.5", None, None, None, NONE, "2024-08-15"),
    (HUU_NGHI, "tp-lang-son", INVENTORIED, AREA): (
        "74.3",
        "74.44",
        Fraction(3715, 3722),
        "99.8",
        ROUNDED,
        "2024-08-15",
    ),
    (HUU_NGHI, "tp-lang-son", INVENTORIED, HOUSEHOLDS): ("304", "305", Fraction(304, 305), None, NONE, "2024-08-15"),
    (HUU_NGHI, "cao-loc", HANDED, AREA): ("21.27", None, None, None, NONE, "2024-08-15"),
    (HUU_NGHI, "van-lang", INVENTORIED, AREA): ("60.83", "60.83", Fraction(1), "100", EXACT, "2024-08-15"),
    (DONG_DANG, "van-lang", HANDED, AREA): ("21.13", None, None, None, NONE, "2024-08-15"),
    (DONG_DANG, "van-lang", HANDED, LENGTH): ("5.3", None, None, None, NONE, "2024-08-15"),
    (DONG_DANG, "trang-dinh", HANDED, LENGTH): ("5.105", "27.13", Fraction(1021, 5426), None, NONE, "2024-08-15"),
    # No total is printed: the share is the stated 75.12 %.
    (QL4B, "loc-binh", HANDED, AREA): ("37.07", None, Fraction(939, 1250), "75.12", NONE, "2024-08-15"),
    (QL4B, "dinh-lap", HANDED, AREA): ("17.34", "31.52", Fraction(867, 1576), "55", ROUNDED, "2024-08-15"),
}
# 366.55/640.28 = 57.2483… is 57.25 half up, 57.24 cut off; 39.9/59.87 = 66.6444….
OCTOBER: dict[Any, Any] = AUGUST | {
    (HUU_NGHI, None, HANDED, AREA): ("366.55", "640.28", Fraction(36655, 64028), "57.24", TRUNCATED, "2024-10"),
    (HUU_NGHI, None, HANDED, LENGTH): ("39.9", "59.87", Fraction(3990, 5987), "66.64", ROUNDED, "2024-10"),
}
MARCH: dict[Any, Any] = OCTOBER | {
    (QL4B, None, HANDED, AREA): ("80.87", "80.87", Fraction(1), "100", EXACT, "2025-03-26"),
    (QL4B, None, HANDED, HOUSEHOLDS): ("1802", "1802", Fraction(1), None, NONE, "2025-03-26"),
    (QL4B, "loc-binh", HANDED, AREA): ("49.35", "49.35", Fraction(1), None, NONE, "2025-03-26"),
    (QL4B, "loc-binh", HANDED, HOUSEHOLDS): ("818", "818", Fraction(1), None, NONE, "2025-03-26"),
    (QL4B, "dinh-lap", HANDED, AREA): ("31.52", "31.52", Fraction(1), None, NONE, "2025-03-26"),
    (QL4B, "dinh-lap", HANDED, HOUSEHOLDS): ("984", "984", Fraction(1), None, NONE, "2025-03-26"),
}
# 596/618 = 96.4401…, stated 96.5; 451.6/458.4 = 98.5165…, stated 98.
JULY: dict[Any, Any] = MARCH | {
    (HUU_NGHI, None, HANDED, AREA): ("596", "618", Fraction(298, 309), "96.5", CONFLICT, "2025-07-28"),
    (DONG_DANG, None, HANDED, AREA): ("451.6", "458.4", Fraction(1129, 1146), "98", TRUNCATED, "2025-07-07"),
}
LATEST: dict[Any, Any] = JULY | {
    (DONG_DANG, None, HANDED, AREA): ("455.61", "458.19", Fraction(15187, 15273), None, NONE, "2025-10-27"),
}
# Days from an observation (a month: its last day) to the date, counted on the calendar.
AGES = {
    "2024-08-15": {"2024-08-15": 0},
    "2024-08-31": {"2024-08-15": 16},
    "2024-10-30": {"2024-08-15": 76},
    "2024-10-31": {"2024-08-15": 77, "2024-10": 0},
    "2025-03-26": {"2024-08-15": 223, "2024-10": 146, "2025-03-26": 0},
    "2025-07-28": {"2024-08-15": 347, "2024-10": 270, "2025-03-26": 124, "2025-07-07": 21, "2025-07-28": 0},
    "2025-10-27": {"2024-08-15": 438, "2024-10": 361, "2025-03-26": 215, "2025-07-28": 91, "2025-10-27": 0},
}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2024-08-14", {}),
        ("2024-08-15", AUGUST),
        ("2024-08-31", AUGUST),
        ("2024-10-30", AUGUST),
        ("2024-10-31", OCTOBER),
        ("2025-03-26", MARCH),
        ("2025-07-28", JULY),
        ("2025-10-27", LATEST),
    ],
)
def test_the_published_figures_at_a_date(real: Records, day: str, expected: dict[Any, Any]) -> None:
    found = {}
    for seen in at(real, day).clearance:
        key = (seen.project, seen.section, seen.stage, seen.measure)
        assert key not in found
        rate_, stated = seen.rate, seen.rate.stated_percent
        found[key] = (rate_.value, rate_.total, rate_.share, stated, rate_.check, seen.dating.observed.iso)
        assert seen.dating.age_days == AGES[day][seen.dating.observed.iso]
        assert seen.dating.stale == (seen.dating.age_days > 35)
    decimal = {
        key: (*(text and Decimal(text) for text in (value, whole)), share, stated and Decimal(stated), *rest)
        for key, (value, whole, share, stated, *rest) in expected.items()
    }
    assert found == decimal


def test_each_row_says_whose_word_it_is_and_on_which_line(real: Records) -> None:
    lines = (ROOT / "projects.yaml").read_text(encoding="utf-8").splitlines()
    progress = at(real, "2025-10-27")
    assert len(datings(progress)) == len(LATEST) + 3
    for dating in datings(progress):
        name, line, column = dating.where.split(":")
        assert (name, lines[int(line) - 1][int(column) - 1 :]) == (
            "projects.yaml",
            f"as_of: {dating.observed.iso}",
        )
        iso = dating.observed.iso
        assert dating.source == ("self-report-2024" if iso < "2025" else f"vietnam-vn-{iso}")


def test_rows_stand_in_the_order_of_the_file(real: Records) -> None:
    keys = [(seen.project, seen.section, seen.measure.value) for seen in at(real, "2024-10-31").clearance]
    assert keys == [
        (HUU_NGHI, None, "area"),
        (HUU_NGHI, None, "length"),
        (HUU_NGHI, "chi-lang", "area"),
        (HUU_NGHI, "tp-lang-son", "area"),
        (HUU_NGHI, "tp-lang-son", "households"),
        (HUU_NGHI, "cao-loc", "area"),
        (HUU_NGHI, "van-lang", "area"),
        (DONG_DANG, "van-lang", "area"),
        (DONG_DANG, "van-lang", "length"),
        (DONG_DANG, "trang-dinh", "length"),
        (QL4B, "loc-binh", "area"),
        (QL4B, "dinh-lap", "area"),
    ]


def test_what_is_about_stays_about(real: Records) -> None:
    about = {(seen.project, seen.section, seen.measure) for seen in at(real, "2024-10-31").clearance if seen.rate.about}
    assert about == {(DONG_DANG, "van-lang", LENGTH)}


def test_the_implied_total_of_loc_binh() -> None:
    found = rate(read_figure("37,07 ha, đạt 75,12%"))
    # 75.12 % half up is 75.115 … 75.125 %: 37.07 ÷ 0.75125 = 49.34442…, 37.07 ÷ 0.75115 = 49.35099….
    assert (found.kind, found.total, found.check) == (TotalKind.IMPLIED, None, NONE)
    assert (found.low, found.high) == (Fraction(3707000, 75125), Fraction(3707000, 75115))
    assert found.low is not None
    assert found.high is not None
    assert Fraction("49.344") < found.low < found.high < Fraction("49.351")
    assert found.low < Fraction("49.35") < found.high  # what was published in March 2025


def test_no_total_and_no_percentage_is_no_share() -> None:
    found = rate(read_figure("26,5 ha"))
    assert (found.kind, found.total, found.low, found.high, found.share) == (TotalKind.NONE, None, None, None, None)


def test_square_metres_are_hectares_and_metres_kilometres() -> None:
    assert rate(read_figure("5000/20000 m²")).total == 2
    assert rate(read_figure("500 m")).value == Decimal("0.5")


# --- at a date -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "day", "age", "stale"),
    [
        ("35", "2024-09-19", 35, False),
        ("35", "2024-09-20", 36, True),
        ("7", "2024-08-22", 7, False),
        ("7", "2024-08-23", 8, True),
    ],
)
def test_stale_is_older_than_the_days_and_not_as_old(setting: str, day: str, age: int, stale: bool) -> None:
    text = HEAD.replace("stale_after_days: 35", f"stale_after_days: {setting}")
    observations = "{as_of: 2024-08-15, handed_over: 1 ha, source: report}"
    records = read(
        f"{text}    clearance: [{observations}]\n    disbursement: "
        "[{as_of: 2024-08-15, plan_year: 2024, base: adjusted, total: 1 tỷ đồng, source: report}]\n"
    )
    progress = at(records, day)
    for seen in (one(progress.clearance), one(progress.disbursement)):
        assert (seen.dating.age_days, seen.dating.stale) == (age, stale)


@pytest.mark.parametrize("month", ["2024-02", "2023-02", "2024-12"])
def test_a_month_counts_as_its_last_day(month: str) -> None:
    last = date(int(month[:4]), int(month[5:]), calendar.monthrange(int(month[:4]), int(month[5:]))[1])
    records = land(f"as_of: {month}, handed_over: 1 ha, source: report")
    assert at(records, (last - timedelta(days=1)).isoformat()).clearance == ()
    assert one(at(records, last.isoformat()).clearance).dating.age_days == 0


# On one date: official before press, a day before a month, with a total before without, the lower value, the id.
@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        (("2024-10-31", "9/10 ha", "press"), ("2024-10-31", "1 ha", "report")),
        (("2024-10-31", "9/10 ha", "press"), ("2024-10", "1 ha", "report")),
        (("2024-10-31", "9/10 ha", "unlisted"), ("2024-10-31", "1 ha", "report")),
        (("2024-10", "1/10 ha", "report"), ("2024-10-31", "9 ha", "report")),
        (("2024-10-31", "1 ha", "press"), ("2024-10-31", "9/10 ha", "wire")),
        (("2024-10-31", "2/10 ha", "wire"), ("2024-10-31", "1/10 ha", "press")),
        (("2024-10-31", "1/10 ha", "press"), ("2024-10-31", "1/20 ha", "wire")),
        (("2024-10-30", "1 ha", "report"), ("2024-10-31", "2 ha", "press")),
        (("2024-09", "1 ha", "report"), ("2024-10-01", "2 ha", "press")),
    ],
)
def test_which_of_two_figures_is_believed(weaker: tuple[str, str, str], stronger: tuple[str, str, str]) -> None:
    texts = [f'as_of: {day}, handed_over: "{figure}", source: {source}' for day, figure, source in (weaker, stronger)]
    for order in (texts, texts[::-1]):
        seen = one(at(land(*order), "2024-12-31").clearance)
        assert (seen.dating.observed.iso, seen.dating.source) == (stronger[0], stronger[2])
        assert seen.rate == rate(read_figure(stronger[1]))


def test_two_figures_of_one_date_are_no_change() -> None:
    records = land(
        "as_of: 2024-10-31, handed_over: 1/10 ha, source: press",
        "as_of: 2024-10, handed_over: 2/10 ha, source: report",
        "as_of: 2024-09-01, handed_over: 1/10 ha, source: report",
    )
    moved = one(at(records, "2024-12-31").changes)
    assert (moved.before.dating.observed.iso, moved.after.dating.observed.iso) == ("2024-09-01", "2024-10")


def test_stages_imply_nothing_of_one_another() -> None:
    records = land("as_of: 2024-08-15, section: a, clear: 5/5 ha, source: report")
    seen = one(at(records, "2024-08-15").clearance)
    assert (seen.stage, seen.section, seen.unit) == (Stage.CLEAR, "a", "A")


def test_published_stretches_belong_to_the_land_handed_over() -> None:
    records = land(
        "as_of: 2024-08-15, paid: 5 ha, handed_over: 4 ha, source: report, "
        "handed_over_at: [{route: r, from: Km1, to: Km2+500}]"
    )
    stretches = {
        seen.stage: [(part.from_.m, part.to.m) for part in seen.stretches]
        for seen in at(records, "2024-08-15").clearance
    }
    assert stretches == {Stage.PAID: [], Stage.HANDED_OVER: [(1000, 2500)]}


def test_the_newest_day(real: Records) -> None:
    assert newest(real, date(2026, 11, 21)) == date(2025, 10, 27)
    assert newest(real, date(2025, 10, 27)) == date(2025, 10, 27)
    assert newest(real, date(2025, 10, 26)) == date(2025, 7, 28)
    # A month that has begun counts, as its last day; one that has not does not.
    assert newest(real, date(2024, 10, 1)) == date(2024, 10, 31)
    assert newest(real, date(2024, 9, 30)) == date(2024, 8, 15)
    spent = money("as_of: 2025-02, plan_year: 2024, base: adjusted, total: 1 tỷ đồng, source: report")
    assert newest(spent, date(2025, 3, 1)) == date(2025, 2, 28)


def test_without_an_observation_the_day_is_today(real: Records) -> None:
    for records, today in ((read(HEAD), date(2025, 1, 2)), (real, date(2024, 8, 14))):
        assert newest(records, today) == today


# --- sums of sections ----------------------------------------------------------------------------------------------


def sums(progress: Progress) -> dict[Any, Any]:
    return {(added.project, added.stage, added.measure): added for added in progress.sums}


def test_the_sums_of_october_2024(real: Records) -> None:
    found = sums(at(real, "2024-10-31"))
    counts = {key: (added.reported, added.sections) for key, added in found.items()}
    assert counts == {
        (HUU_NGHI, PAID, AREA): (1, 4),
        (HUU_NGHI, INVENTORIED, AREA): (2, 4),
        (HUU_NGHI, INVENTORIED, HOUSEHOLDS): (1, 4),
        (HUU_NGHI, HANDED, AREA): (1, 4),
        (DONG_DANG, HANDED, AREA): (1, 3),  # the part in Cao Bằng is not the province's
        (DONG_DANG, HANDED, LENGTH): (2, 3),
        (QL4B, HANDED, AREA): (2, 2),
    }
    made = found.pop((QL4B, HANDED, AREA)).rate
    assert all(added.rate is None for added in found.values())
    # 37.07 + 17.34 of (37.07 at 75.12 %) + 31.52: an interval, and no share
    assert (made.value, made.kind, made.total, made.share) == (Decimal("54.41"), TotalKind.IMPLIED, None, None)
    assert made.low == Fraction(3707000, 75125) + Fraction("31.52")
    assert made.high == Fraction(3707000, 75115) + Fraction("31.52")


def test_the_sum_of_march_2025_stands_beside_the_published_total(real: Records) -> None:
    progress = at(real, "2025-03-26")
    for measured, whole in ((AREA, "80.87"), (HOUSEHOLDS, "1802")):
        made = sums(progress)[QL4B, HANDED, measured].rate
        assert (made.value, made.total, made.share, made.kind) == (Decimal(whole), Decimal(whole), 1, TotalKind.STATED)
    assert (QL4B, None, HANDED, AREA) in {(r.project, r.section, r.stage, r.measure) for r in progress.clearance}


@pytest.mark.parametrize(
    ("first", "last", "together"),
    [
        ("2024-08-15", "2024-09-15", True),  # 31 days
        ("2024-08-15", "2024-09-16", False),  # 32
        ("2024-09-30", "2024-10", True),  # 31: the month is its last day
        ("2024-09-29", "2024-10", False),
    ],
)
def test_sections_are_added_within_31_days(first: str, last: str, together: bool) -> None:
    records = land(
        f"as_of: {last}, section: a, handed_over: 1/2 ha, source: report",
        f"as_of: {first}, section: b, handed_over: 1/4 ha, source: report",
    )
    added = one(at(records, "2024-12-31").sums)
    assert (added.reported, added.sections, added.first.iso, added.last.iso) == (2, 2, first, last)
    assert (added.rate is not None) == together
    if together:
        assert (added.rate.value, added.rate.total, added.rate.share) == (2, 6, Fraction(1, 3))


def test_a_section_out_of_scope_is_not_counted() -> None:
    records = land(
        "as_of: 2024-08-15, section: a, handed_over: 1/2 ha, source: report",
        "as_of: 2024-08-15, section: c, handed_over: 8/8 ha, source: report",
    )
    added = one(at(records, "2024-08-15").sums)
    assert (added.reported, added.sections, added.rate) == (1, 2, None)
    both = land(
        "as_of: 2024-08-15, section: a, handed_over: 1/2 ha, source: report",
        "as_of: 2024-08-15, section: b, handed_over: khoảng 2/2 ha, source: report",
        "as_of: 2024-08-15, section: c, handed_over: 8/8 ha, source: report",
    )
    made = one(at(both, "2024-08-15").sums).rate
    assert (made.value, made.total, made.about) == (3, 4, True)


def test_the_projects_own_figure_is_no_part_of_the_sum() -> None:
    records = land(
        "as_of: 2024-08-15, handed_over: 100/100 ha, source: report",
        "as_of: 2024-08-15, section: a, handed_over: 1/2 ha, source: report",
    )
    added = one(at(records, "2024-08-15").sums)
    assert (added.reported, added.rate) == (1, None)


def test_a_section_without_a_total_leaves_the_sum_without_one() -> None:
    records = land(
        'as_of: 2024-08-15, section: a, handed_over: "1 ha", source: report',
        'as_of: 2024-08-15, section: b, handed_over: "3 ha, đạt 50%", source: report',
    )
    made = one(at(records, "2024-08-15").sums).rate
    assert (made.value, made.total, made.low, made.share, made.kind) == (4, None, None, None, TotalKind.NONE)


def test_a_total_without_upper_bound_has_a_sum_without_one() -> None:
    made = total([rate(read_figure("1 ha, đạt 0%")), rate(read_figure("1/2 ha"))])
    # 0 % was rounded from less than 0.5 %: more than 200 ha, and no saying how many
    assert (made.low, made.high, made.kind) == (202, None, TotalKind.IMPLIED)


# --- change --------------------------------------------------------------------------------------------------------


def moved(progress: Progress) -> dict[Any, Change]:
    return {(step.after.project, step.after.section, step.after.measure): step for step in progress.changes}


def test_work_and_scope_of_the_real_changes(real: Records) -> None:
    found = moved(at(real, "2025-10-27"))
    assert set(found) == {
        (HUU_NGHI, None, AREA),
        (DONG_DANG, None, AREA),
        (QL4B, "loc-binh", AREA),
        (QL4B, "dinh-lap", AREA),
    }
    # 366.55/640.28 → 596/618: 229.45 ha more is 37.13 points, 22.28 ha less scope 2.06, together 39.19
    step = found[HUU_NGHI, None, AREA]
    assert step.value == Decimal("229.45")
    assert step.work == Fraction(22945, 61800)
    assert step.scope == Fraction(36655 * 2228, 618 * 64028 * 100)
    assert step.share == Fraction(298, 309) - Fraction(36655, 64028)
    assert step.work + step.scope == step.share
    assert [round(float(part) * 100, 2) for part in (step.work, step.scope, step.share)] == [37.13, 2.06, 39.19]
    # 451.6/458.4 → 455.61/458.19
    step = found[DONG_DANG, None, AREA]
    assert (step.value, step.work) == (Decimal("4.01"), Fraction(401, 45819))
    assert step.scope == Fraction(4516 * 21, 45819 * 4584)
    # the total of August was not printed: how much was work nobody can say
    step = found[QL4B, "loc-binh", AREA]
    assert (step.value, step.share, step.work, step.scope) == (Decimal("12.28"), None, None, None)
    step = found[QL4B, "dinh-lap", AREA]
    assert (step.work, step.scope) == (Fraction(1418, 3152), 0)


def test_a_share_can_fall_while_land_is_handed_over() -> None:
    found = change(row(read_figure("50/100 ha")), row(read_figure("60/200 ha")))
    assert (found.value, found.share) == (10, Fraction(-1, 5))
    assert (found.work, found.scope) == (Fraction(1, 20), Fraction(-1, 4))


def test_a_change_without_a_total_has_no_share() -> None:
    for before, after in (("1 ha", "2/4 ha"), ("1/4 ha", "2 ha"), ("1 ha, 25%", "2/4 ha"), ("1 ha, 25%", "2 ha, 50%")):
        found = change(row(read_figure(before)), row(read_figure(after)))
        assert (found.value, found.share, found.work, found.scope) == (1, None, None, None)


def test_a_change_is_from_the_observation_before(real: Records) -> None:
    records = land(
        *(f"as_of: 2024-0{n}-01, handed_over: {value}/10 ha, source: report" for n, value in ((1, 1), (3, 4), (2, 2)))
    )
    found = one(at(records, "2024-12-31").changes)
    assert (found.before.rate.value, found.after.rate.value) == (2, 4)
    assert at(records, "2024-01-31").changes == ()


# --- money ---------------------------------------------------------------------------------------------------------


def test_the_disbursement_of_october_2024(real: Records) -> None:
    assert at(real, "2024-10-30").disbursement == ()
    rows = at(real, "2024-10-31").disbursement
    whole, central, local = rows
    assert {(seen.project, seen.plan_year, seen.base, seen.closes) for seen in rows} == {
        (HUU_NGHI, 2024, Base.ADJUSTED, date(2025, 1, 31))
    }
    assert [seen.funding for seen in rows] == [None, Funding.CENTRAL_BUDGET, Funding.LOCAL_BUDGET]
    # 490.1/1288.123 = 38.0476…
    assert (whole.rate.value, whole.rate.total) == (490_100_000_000, 1_288_123_000_000)
    assert (whole.rate.share, whole.rate.check) == (Fraction(490100, 1288123), ROUNDED)
    # 49 % of between 490 ÷ 0.495 and 490 ÷ 0.485 billion; 0.03 % of between 0.1 ÷ 0.00035 and 0.1 ÷ 0.00025
    assert (central.rate.kind, central.rate.share) == (TotalKind.IMPLIED, Fraction(49, 100))
    assert (central.rate.low, central.rate.high) == (
        Fraction(490_000_000_000_000, 495),
        Fraction(490_000_000_000_000, 485),
    )
    assert (local.rate.low, local.rate.high) == (Fraction(10**13, 35), 400_000_000_000)
    assert local.rate.share == Fraction(3, 10_000)
    assert whole.dating.observed.iso == "2024-10"


def test_each_base_and_plan_year_has_its_own_line() -> None:
    spent = money(
        "as_of: 2024-09-30, plan_year: 2024, base: total_investment, total: 3/100 tỷ đồng, source: report",
        "as_of: 2024-09-30, plan_year: 2024, base: pm_assigned, total: 3/10 tỷ đồng, source: report",
        "as_of: 2024-06-30, plan_year: 2024, base: pm_assigned, total: 1/10 tỷ đồng, source: report",
        "as_of: 2024-01-31, plan_year: 2023, base: pm_assigned, total: 9/9 tỷ đồng, source: report",
    )
    rows = at(spent, "2024-12-31").disbursement
    assert [(seen.plan_year, seen.base, seen.rate.share, seen.closes) for seen in rows] == [
        (2023, Base.PM_ASSIGNED, 1, date(2024, 1, 31)),
        (2024, Base.PM_ASSIGNED, Fraction(3, 10), date(2025, 1, 31)),
        (2024, Base.TOTAL_INVESTMENT, Fraction(3, 100), None),
    ]


def test_capital_added_after_september_has_a_year_more() -> None:
    spent = money(
        "as_of: 2024-12-31, plan_year: 2024, base: adjusted, total: 3/10 tỷ đồng, added_after_september: true, "
        "source: report"
    )
    assert [seen.closes for seen in at(spent, "2024-12-31").disbursement] == [date(2025, 12, 31)]
    both = money(
        "as_of: 2024-12-31, plan_year: 2024, base: adjusted, total: 3/10 tỷ đồng, added_after_september: true, "
        "source: report",
        "as_of: 2024-12-31, plan_year: 2024, base: adjusted, total: 5/10 tỷ đồng, source: report",
    )
    assert [(seen.rate.value, seen.closes) for seen in at(both, "2024-12-31").disbursement] == [
        (5_000_000_000, date(2025, 1, 31)),
        (3_000_000_000, date(2025, 12, 31)),
    ]


def test_a_capital_source_keeps_its_latest_figure() -> None:
    """A newer figure of all sources together does not make the older ones of each source unknown."""
    spent = money(
        "as_of: 2024-10, plan_year: 2024, base: adjusted, total: 5/10 tỷ đồng, source: report, "
        "funding: {oda: 2/4 tỷ đồng, central_budget: 3/6 tỷ đồng}",
        "as_of: 2024-11, plan_year: 2024, base: adjusted, total: 8/10 tỷ đồng, source: report, "
        "funding: {oda: 4/4 tỷ đồng}",
    )
    rows = at(spent, "2024-12-31").disbursement
    assert [(seen.funding, seen.rate.share, seen.dating.observed.iso) for seen in rows] == [
        (None, Fraction(4, 5), "2024-11"),
        (Funding.CENTRAL_BUDGET, Fraction(1, 2), "2024-10"),
        (Funding.ODA, 1, "2024-11"),
    ]


def test_official_money_outranks_the_press_of_the_day() -> None:
    texts = [
        f"as_of: {day}, plan_year: 2024, base: adjusted, total: {total_} tỷ đồng, source: {source}"
        for day, total_, source in (("2024-10-31", "1/10", "press"), ("2024-10", "2/10", "report"))
    ]
    for order in (texts, texts[::-1]):
        seen: DisbursementRow = one(at(money(*order), "2024-12-31").disbursement)
        assert (seen.dating.source, seen.rate.share) == ("report", Fraction(1, 5))


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [(("1/10", "press"), ("1/20", "wire")), (("2/10", "wire"), ("1/10", "press")), (("1", "wire"), ("2/3", "press"))],
)
def test_which_of_two_sums_of_money_is_believed(weaker: tuple[str, str], stronger: tuple[str, str]) -> None:
    texts = [
        f"as_of: 2024-10-31, plan_year: 2024, base: adjusted, total: {figure} tỷ đồng, source: {source}"
        for figure, source in (weaker, stronger)
    ]
    for order in (texts, texts[::-1]):
        seen = one(at(money(*order), "2024-12-31").disbursement)
        assert (seen.dating.source, seen.rate) == (stronger[1], rate(read_figure(f"{stronger[0]} tỷ đồng")))


def test_a_recovery_of_advances_is_negative() -> None:
    spent = money(
        "as_of: 2024-10, plan_year: 2024, base: adjusted, total: -5/100 tỷ đồng, source: report, "
        'funding: {oda: "-2 tỷ đồng, đạt -10%"}'
    )
    whole, oda = at(spent, "2024-12-31").disbursement
    assert (whole.rate.value, whole.rate.share) == (-5_000_000_000, Fraction(-1, 20))
    # −2 is −10 % of a total that is positive: 2 ÷ 0.105 to 2 ÷ 0.095 billion
    assert (oda.rate.share, oda.rate.low, oda.rate.high) == (
        Fraction(-1, 10),
        Fraction(2 * 10**12, 105),
        Fraction(2 * 10**12, 95),
    )


def test_the_parts_of_the_investment(real: Records) -> None:
    whole, investor, state = at(real, "2024-10-31").investment
    assert [(part.project, part.party, part.source) for part in (whole, investor, state)] == [
        (HUU_NGHI, None, "self-report-2024"),
        (HUU_NGHI, Party.INVESTOR, "self-report-2024"),
        (HUU_NGHI, Party.STATE, "self-report-2024"),
    ]
    assert (whole.rate.value, whole.rate.share) == (11_024_700_000_000, None)
    # 50.1510… and 49.8492… %
    assert (investor.rate.share, investor.rate.check, investor.rate.about) == (Fraction(55290, 110247), ROUNDED, True)
    assert (state.rate.share, state.rate.check, state.rate.about) == (Fraction(5495723, 11024700), ROUNDED, False)
    assert state.rate.total == 11_024_700_000_000


def test_parts_of_no_investment_have_no_share() -> None:
    records = read(
        HEAD
        + '    investment: [{total: 0 tỷ đồng, parts: [{party: state, amount: "1 tỷ đồng, 50%"}], source: report}]\n'
    )
    _, part = at(records, "2024-10-31").investment
    assert (part.rate.share, part.rate.total, part.rate.kind, part.rate.check) == (None, None, TotalKind.NONE, NONE)


# --- indicators ----------------------------------------------------------------------------------------------------


def test_the_indicators(real: Records) -> None:
    communes, villages, border = "duong-den-trung-tam-xa", "duong-den-trung-tam-thon", "duong-tuan-tra-bien-gioi"
    rows = at(real, "2024-10-31").indicators
    found = [(r.indicator, r.year, r.estimate, r.value.value, r.value.unit, r.reached, r.observed.iso) for r in rows]
    assert found == [
        (communes, 2023, False, Decimal("96.1"), Unit.PERCENT, False, "2023-12"),
        (communes, 2024, True, Decimal("98.3"), Unit.PERCENT, False, "2024-10"),
        (villages, 2023, False, Decimal("80.5"), Unit.PERCENT, True, "2023-12"),
        (villages, 2024, True, Decimal(87), Unit.PERCENT, True, "2024-10"),
        (border, None, False, Decimal(284), Unit.ROADS, None, "2024-10"),
        (border, None, False, Decimal("53.9"), Unit.KM, None, "2024-10"),
    ]
    assert {(r.indicator, r.target and r.target.value, r.target_by) for r in rows} == {
        (communes, 100, 2025),
        (villages, 80, 2025),
        (border, None, None),
    }
    assert [r.year for r in at(real, "2024-10-30").indicators] == [2023, 2023]
    assert len(at(real, "2023-12-31").indicators) == 2
    assert at(real, "2023-12-30").indicators == ()


@pytest.mark.parametrize(
    ("value", "target", "reached"),
    [("80%", "80%", True), ("79,99%", "80%", False), ("5000 m", "5 km", True), ("90 km", "80%", None)],
)
def test_a_target_is_reached_in_its_own_measure(value: str, target: str, reached: bool | None) -> None:
    records = read(
        "portfolio: {title: T}\nindicators:\n  - id: i\n    title: I\n"
        f'    observations: [{{year: 2024, value: "{value}", source: report}}]\n'
        f'    target: {{value: "{target}", by: 2025, source: report}}\n'
    )
    assert one(at(records, "2024-12-31").indicators).reached is reached


# --- what holds of any figures -------------------------------------------------------------------------------------


def decimals(least: int) -> st.SearchStrategy[Decimal]:
    """Any number a document may print: 18 digits, of which up to 17 decimals."""
    return st.builds(
        lambda digits, places: Decimal(digits).scaleb(-places), st.integers(least, 10**18 - 1), st.integers(0, 17)
    )


@given(decimals(0), decimals(1), decimals(0), decimals(1))
def test_a_change_is_exactly_work_and_scope(v0: Decimal, t0: Decimal, v1: Decimal, t1: Decimal) -> None:
    found = change(row(Figure(v0, Unit.HA, t0)), row(Figure(v1, Unit.HA, t1)))
    assert found.work is not None
    assert found.scope is not None
    assert found.share == found.work + found.scope == Fraction(v1) / Fraction(t1) - Fraction(v0) / Fraction(t0)
    assert Fraction(found.value) == Fraction(v1) - Fraction(v0)
    assert (found.scope == 0) == (v0 == 0 or t0 == t1)


@given(decimals(0), decimals(1))
def test_a_share_is_between_0_and_1_when_the_value_is_not_above_the_total(value: Decimal, whole: Decimal) -> None:
    assume(value <= whole)
    share = rate(Figure(value, Unit.HA, whole)).share
    assert share is not None
    assert 0 <= share <= 1
    assert (share == 1) == (value == whole)
    assert (share == 0) == (value == 0)


@given(st.lists(st.tuples(decimals(0), decimals(1)), min_size=1, max_size=8), st.randoms())
def test_a_sum_is_exact_and_its_order_is_irrelevant(parts: list[tuple[Decimal, Decimal]], random: Any) -> None:
    rates = [rate(Figure(value, Unit.M2, whole)) for value, whole in parts]
    made = total(rates)
    assert Fraction(made.value) == sum(Fraction(value) for value, _ in parts) / 10_000
    assert made.total is not None
    assert Fraction(made.total) == sum(Fraction(whole) for _, whole in parts) / 10_000
    random.shuffle(rates)
    assert total(rates) == made


@given(st.integers(1, 10**6), st.integers(1, 9999))
def test_an_implied_total_holds_every_total_that_rounds_to_the_percentage(value: int, hundredths: int) -> None:
    percent = Decimal(hundredths).scaleb(-2)
    found = rate(Figure(Decimal(value), Unit.HA, percent=percent))
    assert (found.low, found.high) == implied_total(Decimal(value), percent)
    assert found.low is not None
    assert found.high is not None
    assert found.low < Fraction(value * 10_000, hundredths) <= found.high


DAYS = st.sampled_from(["2024-08-15", "2024-08-31", "2024-08", "2024-09-15", "2024-09-30", "2024-09", "2024-10-31"])
SOURCES = st.sampled_from(["report", "press", "wire", "unlisted"])


@st.composite
def figures(draw: st.DrawFn, unit: str) -> str:
    value = draw(st.integers(1, 40))
    form = draw(st.sampled_from(["{v} {u}", "{v}/{t} {u}", "{v} {u}, đạt {p}%", "{v}/{t} {u}, đạt {p}%"]))
    return form.format(v=value, t=draw(st.integers(20, 40)), u=unit, p=draw(st.integers(1, 100)))


@st.composite
def observed_land(draw: st.DrawFn) -> tuple[str, str]:
    """A date, and an observation of that date."""
    day, section = draw(DAYS), draw(st.sampled_from(["", "section: a, ", "section: b, ", "section: c, "]))
    stage, unit = draw(st.sampled_from(["paid", "handed_over"])), draw(st.sampled_from(["ha", "hộ"]))
    return day, f'as_of: {day}, {section}{stage}: "{draw(figures(unit))}", source: {draw(SOURCES)}'


@st.composite
def observed_money(draw: st.DrawFn) -> tuple[str, str]:
    day, base = draw(DAYS), draw(st.sampled_from(["adjusted", "pm_assigned"]))
    names = draw(st.lists(st.sampled_from(["oda", "loan"]), unique=True))
    funding = ", ".join(f'{name}: "{draw(figures("tỷ đồng"))}"' for name in names)
    figure = draw(figures("tỷ đồng"))
    text = f'as_of: {day}, plan_year: 2024, base: {base}, total: "{figure}", funding: {{{funding}}}'
    return day, f"{text}, source: {draw(SOURCES)}"


def thing(observation: tuple[str, str]) -> tuple[str, ...]:
    """What a file may say only once: the same of the same date by the same source."""
    text = observation[1]
    return tuple(re.findall(r"as_of: [-0-9]+|section: \w|paid|handed_over|hộ|base: \w+|source: \w+", text))


LAND = st.lists(observed_land(), max_size=8, unique_by=thing)
MONEY = st.lists(observed_money(), max_size=6, unique_by=thing)
READINGS = st.lists(
    st.tuples(DAYS, st.integers(1, 99), SOURCES).map(
        lambda one: (one[0], f'as_of: {one[0]}, value: "{one[1]}%", source: {one[2]}')
    ),
    min_size=1,
    max_size=5,
)


def written(lands: list[tuple[str, str]], spent: list[tuple[str, str]], readings: list[tuple[str, str]]) -> Records:
    def items(observations: list[tuple[str, str]], indent: int) -> str:
        return "".join(f"\n{' ' * indent}- {{{text}}}" for _, text in observations) or " []"

    return read(
        f"{HEAD}{SECTIONS}    clearance:{items(lands, 6)}\n    disbursement:{items(spent, 6)}\n"
        f"indicators:\n  - id: i\n    title: I\n    observations:{items(readings, 6)}\n"
    )


def said(progress: Progress) -> str:
    """Everything in it but the lines of the file."""
    text, lines = re.subn(r"projects\.yaml:\d+:\d+", "", repr(progress))
    assert lines >= len(progress.clearance) + len(progress.disbursement)
    return text


@given(LAND, MONEY, READINGS, st.randoms(use_true_random=False), DAYS)
def test_the_order_of_the_file_is_irrelevant(lands: Any, spent: Any, readings: Any, random: Any, day: str) -> None:
    as_of = last_day(day).isoformat()
    before = said(at(written(lands, spent, readings), as_of))
    for observations in (lands, spent, readings):
        random.shuffle(observations)
    assert said(at(written(lands, spent, readings), as_of)) == before


@given(LAND, MONEY, READINGS, st.dates(date(2024, 8, 14), date(2024, 11, 1)))
def test_what_comes_after_the_date_is_not_known(lands: Any, spent: Any, readings: Any, as_of: date) -> None:
    known = [[one for one in group if last_day(one[0]) <= as_of] for group in (lands, spent, readings)]
    day = as_of.isoformat()
    assert said(at(written(lands, spent, readings), day)) == said(at(written(*known), day))


@given(LAND, MONEY, st.dates(date(2024, 8, 14), date(2024, 11, 1)), st.integers(0, 60))
def test_time_brings_only_newer_figures(lands: Any, spent: Any, as_of: date, days: int) -> None:
    records = written(lands, spent, [("2024-08", "as_of: 2024-08, value: 1%, source: report")])
    earlier, later = (at(records, day.isoformat()) for day in (as_of, as_of + timedelta(days=days)))

    def seen(progress: Progress) -> dict[Any, date]:
        found: dict[Any, date] = {
            (r.section, r.stage, r.measure): r.dating.observed.last_day for r in progress.clearance
        }
        return found | {(r.base, r.funding): r.dating.observed.last_day for r in progress.disbursement}

    after = seen(later)
    for key, observed in seen(earlier).items():
        assert observed <= after[key] <= later.as_of
    for dating in datings(later):
        assert dating.age_days == (later.as_of - dating.observed.last_day).days >= 0


@given(LAND)
def test_a_sum_is_made_only_of_every_section_in_scope(lands: Any) -> None:
    progress = at(written(lands, [], [("2024-08", "as_of: 2024-08, value: 1%, source: report")]), "2024-12-31")
    added: SectionSum
    for added in progress.sums:
        rows = [
            r
            for r in progress.clearance
            if (r.stage, r.measure) == (added.stage, added.measure) and r.section in ("a", "b")
        ]
        days = [r.dating.observed.last_day for r in rows]
        assert (added.reported, added.sections) == (len(rows), 2)
        assert (added.rate is not None) == (len(rows) == 2 and max(days) - min(days) <= timedelta(days=31))
        if added.rate is not None:
            assert added.rate.value == sum(r.rate.value for r in rows)


def last_day(text: str) -> date:
    year, month, *day = (int(part) for part in text.split("-"))
    return date(year, month, day[0] if day else calendar.monthrange(year, month)[1])
