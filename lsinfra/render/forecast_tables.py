"""Pace, need and forecast as JSON, rows and a terminal table.

Keys are never translated; ``lsinfra.forecast/1`` changes its number when a key does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lsinfra.forecast import FEWEST, Completion, Ending, Followed, Forecast, Need, Pace, Schedule
from lsinfra.numerals import half_up
from lsinfra.portfolio import Portfolio
from lsinfra.progress import ClearanceRow
from lsinfra.quantities import SHOWN_IN, Measure, PartialDate, number
from lsinfra.render.payload import day_text, rate_text
from lsinfra.render.rows import Rows
from lsinfra.render.writing import as_json, cells, heads, observed_text, rich_table
from lsinfra.text import Lang, say
from lsinfra.weeks import TET_DAYS

if TYPE_CHECKING:
    from rich.console import RenderableType

SCHEMA = "lsinfra.forecast/1"

_DECIMALS = 6
# What a rate is shown with: a hundredth of a ha, km or billion đồng, a tenth of a household; more below ten of these.
_SHOWN_DIGITS = 10
_SHOWN_DECIMALS = {Measure.AREA: 2, Measure.LENGTH: 2, Measure.MONEY: 2}


# --- JSON and rows ---------------------------------------------------------------------------------------------------


def forecast_json(found: Forecast) -> str:
    """Everything as JSON: amounts of land in ``measure_unit`` (ha, km, a count), of money in đồng (``_vnd``).

    A week is a week of work. Rates have six decimals, half up. null is what is not known or cannot be said.
    """
    land = [_record(one) for one in found.followed if isinstance(one.row, ClearanceRow)]
    money = [_record(one) for one in found.followed if not isinstance(one.row, ClearanceRow)]
    return as_json({"schema": SCHEMA, **_head(found), "clearance": land, "disbursement": money})


def _head(found: Forecast) -> dict[str, Any]:
    return {"as_of": found.as_of.isoformat(), "counted_from": found.start.isoformat(), "last": found.last}


def _record(one: Followed) -> dict[str, Any]:
    row, vnd = one.row, "" if isinstance(one.row, ClearanceRow) else "_vnd"
    return {
        **_of(one),
        f"value{vnd}": row.rate.value,
        f"total{vnd}": row.rate.total,
        "total_kind": row.rate.kind.value,
        "observed": row.dating.observed.iso,
        "stale": row.dating.stale,
        "source": row.dating.source,
        "observations": one.observations,
        "pace": _pace(one.pace, vnd) if one.pace else None,
        f"rest_low{vnd}": _rounded(one.rest.low) if one.rest else None,
        f"rest_high{vnd}": _rounded(one.rest.high) if one.rest else None,
        "needs": [_need(need, vnd) for need in one.needs],
        "completion": _completion(one.completion),
        "plan": [{"by": by.iso, f"value{vnd}": value} for by, value in one.plan],
        "schedule": _schedule(one.schedule) if one.schedule else None,
    }


def _of(one: Followed) -> dict[str, Any]:
    row = one.row
    if isinstance(row, ClearanceRow):
        part = {"section": row.section, "unit": row.unit, "stage": row.stage.value, "measure": row.measure.value}
        return {"project": row.project, **part, "measure_unit": SHOWN_IN[row.measure].value}
    return {
        "project": row.project,
        "plan_year": row.plan_year,
        "base": row.base.value,
        "funding": row.funding.value if row.funding else None,
        "closes": row.closes.isoformat() if row.closes else None,
    }


def _pace(pace: Pace, vnd: str) -> dict[str, Any]:
    return {
        "from": pace.first.iso,
        "to": pace.last.iso,
        "observations": pace.observations,
        "working_weeks": _rounded(pace.weeks),
        f"per_working_week{vnd}": _rounded(pace.per_week),
        f"slowest_per_working_week{vnd}": _rounded(pace.slowest),
        f"fastest_per_working_week{vnd}": _rounded(pace.fastest),
        "total_changed": pace.total_changed,
    }


def _need(need: Need, vnd: str) -> dict[str, Any]:
    return {
        "aim": need.aim.value,
        "title": {"vi": need.title.vi, "en": need.title.en} if need.title else None,
        "by": need.by.iso,
        "state": need.state.value,
        "working_weeks": _rounded(need.weeks),
        f"rest_low{vnd}": _rounded(need.rest.low) if need.rest else None,
        f"rest_high{vnd}": _rounded(need.rest.high) if need.rest else None,
        f"per_working_week_low{vnd}": _rounded(need.low),
        f"per_working_week_high{vnd}": _rounded(need.high),
    }


def _completion(found: Completion) -> dict[str, Any]:
    return {
        "state": found.ending.value,
        "earliest": found.earliest.isoformat() if found.earliest else None,
        "latest": found.latest.isoformat() if found.latest else None,
        "nominal_coverage": _rounded(found.nominal),
    }


def _schedule(found: Schedule) -> dict[str, Any]:
    return {
        "last_target_met": found.met[0].iso,
        "next_target": found.next[0].iso if found.next else None,
        "at": found.at.iso,
        "variance_working_weeks": _rounded(found.variance),
    }


def _rounded(value: Fraction | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value.denominator == 1 else half_up(value, _DECIMALS) / 10**_DECIMALS


def forecast_rows(found: Forecast) -> Rows:
    """A row for each need, with what it is of beside it; one without a need for what has none. Keys as in the JSON."""
    return Rows(SCHEMA, [row for one in found.followed for row in _rows(one)], _head(found))


def _rows(one: Followed) -> Iterator[dict[str, Any]]:
    land = isinstance(one.row, ClearanceRow)
    vnd = "" if land else "_vnd"
    record = _record(one)
    pace, completion, schedule = record["pace"] or {}, record["completion"], record["schedule"] or {}
    row = {"kind": "clearance" if land else "disbursement"} | record
    row |= {
        "pace_from": pace.get("from"),
        "pace_to": pace.get("to"),
        f"per_working_week{vnd}": pace.get(f"per_working_week{vnd}"),
        "total_changed": pace.get("total_changed"),
        "completion": completion["state"],
        "earliest": completion["earliest"],
        "latest": completion["latest"],
        "nominal_coverage": completion["nominal_coverage"],
        "variance_working_weeks": schedule.get("variance_working_weeks"),
    }
    for need in record["needs"] or [{}]:
        ends = {f"needed_{end}{vnd}": need.get(f"per_working_week_{end}{vnd}") for end in ("low", "high")}
        title = (need.get("title") or {}).get("vi")
        yield (
            row
            | {name: need.get(name) for name in ("aim", "by", "state", "working_weeks")}
            | {"aim_title": title}
            | ends
        )


# --- the table -------------------------------------------------------------------------------------------------------


def forecast_table(portfolio: Portfolio, found: Forecast, lang: Lang) -> list[RenderableType]:
    """One table for a terminal, a row for each thing followed, and a note on what its words mean."""
    from rich.text import Text

    titles = {project.id: project.title.write(lang) for project in portfolio.records.projects}
    columns = heads(lang, "project", "followed", "pace", "need", "end", "schedule")
    table = rich_table(say(lang, "forecast.title", date=day_text(found.as_of, lang)), columns)
    for one in found.followed:
        table.add_row(
            *cells(
                titles[one.row.project],
                what_words(one, lang),
                pace_words(one, lang),
                "\n".join(need_words(need, one.measure, lang) for need in one.needs),
                completion_words(one, lang),
                schedule_words(one.schedule, one.plan, found.start, lang),
            )
        )
    start = day_text(found.start, lang)
    return [table, Text(say(lang, "forecast.note", days=TET_DAYS, last=found.last, start=start))]


def what_words(one: Followed, lang: Lang) -> str:
    """Whose and what: “Lộc Bình, bàn giao mặt bằng: 37,07 ha (15/08/2024)”."""
    row = one.row
    if isinstance(row, ClearanceRow):
        of = f"{row.unit or say(lang, 'word.whole')}, {row.stage.write(lang)}"
    else:
        of = say(lang, "word.plan", year=row.plan_year, base=row.base)
        of += f", {row.funding.write(lang)}" if row.funding else ""
    return f"{of}: {rate_text(row.rate, one.measure, lang)}, {observed_text(row.dating, lang)}"


def pace_words(one: Followed, lang: Lang) -> str:
    """“4,25 ha/tuần làm việc (15/08/2024 – 31/10/2024, 4 số liệu)”; why not, where there is none."""
    pace = one.pace
    if pace is None:
        return say(lang, "forecast.pace.none")
    sign = "falls" if pace.per_week < 0 else "none_done" if pace.per_week == 0 else "rises"
    rate = rate_words(abs(pace.per_week), one.measure, lang)
    text = say(lang, f"forecast.pace.{sign}", rate=rate, first=pace.first, last=pace.last, count=pace.observations)
    return text + (say(lang, "forecast.pace.total_changed") if pace.total_changed else "")


def rate_words(rate: Fraction, measure: Measure, lang: Lang, *, up: bool = False) -> str:
    """A rate of 0 or more a week of work, of at least two digits that count; half up, or ``up`` where less will not do.

    0.364 ha is 0,36 ha of a pace and 0,37 ha of a need; 0.0023 ha is 0,0023 ha, never 0.
    """
    unit, decimals = SHOWN_IN[measure], _SHOWN_DECIMALS.get(measure, 1)
    value = rate / Fraction(unit.factor)
    while 0 < value * 10**decimals < _SHOWN_DIGITS:
        decimals += 1
    if up:
        value = Fraction(math.ceil(value * 10**decimals), 10**decimals)
    return say(lang, "forecast.rate", amount=number(value, decimals, lang), unit=unit)


def need_words(need: Need, measure: Measure, lang: Lang) -> str:
    """“2,50 ha/tuần làm việc để kịp mục tiêu kế hoạch (31/12/2026; còn 60,4 tuần làm việc)”."""
    aim = say(lang, f"forecast.aim.{need.aim.value}", title=need.title or "")
    weeks = number(need.weeks, 1, lang)
    if need.low is None:
        return say(lang, f"forecast.need.{need.state.value}", aim=aim, by=need.by)
    low = rate_words(need.low, measure, lang, up=True)
    high = (
        low if need.high == need.low else None if need.high is None else rate_words(need.high, measure, lang, up=True)
    )
    if high is None:
        return say(lang, "forecast.need.at_least", low=low, aim=aim, by=need.by, weeks=weeks)
    name = "needed" if low == high else "between"
    return say(lang, f"forecast.need.{name}", low=low, high=high, aim=aim, by=need.by, weeks=weeks)


def completion_words(one: Followed, lang: Lang) -> str:
    """Between which dates, how often such a range should hold; or plainly why there is none."""
    found = one.completion
    if found.ending is not Ending.RANGE or found.earliest is None:
        closes = None if isinstance(one.row, ClearanceRow) else one.row.closes
        day = day_text(closes, lang) if closes else ""
        count = one.pace.observations if one.pace else 1
        if found.ending is Ending.TOO_FEW and one.observations >= FEWEST:
            return say(lang, "forecast.end.too_few_asked", count=count, fewest=FEWEST)
        return say(lang, f"forecast.end.{found.ending.value}", count=count, fewest=FEWEST, closes=day)
    values = {"earliest": day_text(found.earliest, lang), "nominal": found.nominal}
    if found.latest is None:
        return say(lang, "forecast.end.open", **values)
    return say(lang, "forecast.end.range", latest=day_text(found.latest, lang), **values)


def schedule_words(found: Schedule | None, plan: Sequence[tuple[PartialDate, Decimal]], start: date, lang: Lang) -> str:
    """How many weeks of work late or ahead of the plan, and between which targets that is.

    Below the first target nothing is measured: it is said whether that one is due by ``start``.
    """
    if found is None and plan:
        first = plan[0][0]
        return say(lang, f"forecast.schedule.{'due' if first.last_day <= start else 'not_due'}", first=first)
    if found is None:
        return say(lang, "forecast.schedule.none")
    due = found.next is not None and found.next[0].last_day <= start
    # In the week of Tết a target falls due with no time of work gone since.
    sign = "late" if found.variance < 0 else "ahead" if found.variance > 0 else "just_due" if due else "on_time"
    text = say(lang, f"forecast.schedule.{sign}", weeks=number(abs(found.variance), 1, lang), at=found.at)
    if found.next is None:
        return text + say(lang, "forecast.schedule.all_met", met=found.met[0])
    between = "between_due" if due else "between"
    return text + say(lang, f"forecast.schedule.{between}", met=found.met[0], next=found.next[0])
