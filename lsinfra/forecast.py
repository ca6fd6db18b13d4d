"""How fast it goes, how fast it must go, and between which dates it may be done: arithmetic on what was published.

No date is given for certain, and none at all from fewer than three observations. Amounts are exact, in the base unit of
their measure (ha, km, a count, đồng); time is in weeks of work (``weeks.working_weeks``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise, takewhile

from lsinfra.codes import Base, MilestoneKind, Stage
from lsinfra.portfolio import Portfolio
from lsinfra.progress import ClearanceRow, DisbursementRow, Rate, histories, money_histories
from lsinfra.quantities import Measure, PartialDate
from lsinfra.records import Project, Title
from lsinfra.weeks import day_after, working_days, working_weeks

# Fewer observations give no date: of two there is one pace, and nothing says how far it may be wrong.
FEWEST = 3

Dated = tuple["Aim", "Title | None", PartialDate]

# Planned events that are papers, not works: no land and no money has to be ready for them.
_PAPERS = {MilestoneKind.DECISION, MilestoneKind.INVESTOR_SELECTED}


@dataclass(frozen=True, slots=True)
class Point:
    """A value as observed; a month counts as its last day."""

    observed: PartialDate
    value: Decimal


@dataclass(frozen=True, slots=True)
class Pace:
    """How much a week of work, from the first to the last of several observations.

    ``per_week`` is below zero where the value fell. ``slowest`` and ``fastest`` are those between neighbouring
    observations, None where there are only two. ``total_changed``: the total moved meanwhile.
    """

    first: PartialDate
    last: PartialDate
    observations: int
    weeks: Fraction
    per_week: Fraction
    slowest: Fraction | None
    fastest: Fraction | None
    total_changed: bool


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left to do: ``low`` to ``high``, alike where the total is printed; ``high`` None: no upper bound."""

    low: Fraction
    high: Fraction | None

    @property
    def nothing(self) -> bool:
        return self.high == 0


class Aim(StrEnum):
    """What has a date that a rate is needed for."""

    PLAN = "plan"
    MILESTONE = "milestone"
    LAST_YEAR = "last_year"
    CLOSING = "closing"


class NeedState(StrEnum):
    """``UNKNOWN``: no total is known, so neither is the rest."""

    NEEDED = "needed"
    REACHED = "reached"
    PASSED = "passed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Need:
    """What is needed a week of work until ``by``: what the newest observation leaves, in the time that is left.

    ``rest``, ``low`` and ``high`` (a week of work; ``high`` None: no upper bound) are None unless ``state`` is
    ``NEEDED``; ``weeks`` of work are left.
    """

    aim: Aim
    title: Title | None
    by: PartialDate
    state: NeedState
    weeks: Fraction
    rest: Rest | None = None
    low: Fraction | None = None
    high: Fraction | None = None


class Ending(StrEnum):
    """What can be said of the end. ``RANGE`` alone has dates.

    ``OVERTAKEN``: the range lies wholly in the past, so that it was wrong or the figures are too old.
    ``UNSEEN``: at no pace observed is there an end in sight. ``CLOSED``: the plan year's closing day is past.
    ``TOO_LATE``: not before that day at any pace observed.
    """

    COMPLETE = "complete"
    RANGE = "range"
    TOO_FEW = "too_few"
    NO_TOTAL = "no_total"
    UNSEEN = "unseen"
    OVERTAKEN = "overtaken"
    CLOSED = "closed"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Completion:
    """When it may be done: between ``earliest`` and ``latest`` (None: no latest date is in sight).

    ``nominal`` is how often such a range should hold the true date, were the paces to come like those observed.
    """

    ending: Ending
    earliest: date | None = None
    latest: date | None = None
    nominal: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Schedule variance in time, in weeks of work: below zero late, above zero ahead.

    ``met`` is the last target met and ``next`` the one after it (None: all are met), each with its date; ``variance``
    lies between the two as the formula has it. ``at`` is the day it is of: that of the newest observation, or, all
    targets being met, that of the first observation to show it.
    """

    met: tuple[PartialDate, Decimal]
    next: tuple[PartialDate, Decimal] | None
    at: PartialDate
    variance: Fraction


@dataclass(frozen=True, slots=True)
class Followed:
    """One thing followed: land of (project or section, stage, measure), or money of (plan year, base, funding).

    ``row`` is its newest figure, ``plan`` its dated targets. ``pace`` is None below two observations, ``rest`` without
    any total, ``schedule`` without a plan or below its first target.
    """

    row: ClearanceRow | DisbursementRow
    observations: int
    pace: Pace | None
    rest: Rest | None
    plan: tuple[tuple[PartialDate, Decimal], ...]
    needs: tuple[Need, ...]
    completion: Completion
    schedule: Schedule | None

    @property
    def measure(self) -> Measure:
        return self.row.measure if isinstance(self.row, ClearanceRow) else Measure.MONEY


@dataclass(frozen=True, slots=True)
class Forecast:
    """Everything followed at ``as_of``, from up to ``last`` observations each; in the order of the records.

    ``start``: the day from which needs are counted.
    """

    as_of: date
    start: date
    last: int
    followed: tuple[Followed, ...]


def forecast(portfolio: Portfolio, as_of: date, last: int = 4, start: date | None = None) -> Forecast:
    """Pace, need, range of completion and schedule variance of everything that was observed up to ``as_of``.

    Parameters
    ----------
    as_of
        Observations after it do not count.
    last
        How many observations, newest first, pace and range are taken from; 2 or more.
    start
        The day from which the time that is left is counted: today, where the newest figures are older; by default
        ``as_of``.
    """
    start = start or as_of
    if last < 2:
        raise ValueError(f"a pace needs two observations, not {last}")
    records = portfolio.records
    followed: list[Followed] = []
    for project in records.projects:
        for land in histories(records, project, as_of):
            row = land[-1]
            plan = planned(project, row.section, row.stage, row.measure)
            followed.append(_followed(land, plan, _dates(project), start, last))
        for money in money_histories(records, project, as_of):
            spent = money[-1]
            # A plan speaks of the year's capital as a whole, not of its sources nor of what is added in autumn.
            plain = spent.funding is None and not (spent.closes and spent.closes.month == 12)
            plan = planned_money(project, spent.plan_year, spent.base) if plain else []
            followed.append(_followed(money, plan, _closing(spent), start, last, spent.closes))
    return Forecast(as_of, start, last, tuple(followed))


def planned(project: Project, section: str | None, stage: Stage, measure: Measure) -> list[tuple[PartialDate, Decimal]]:
    """The targets of a plan for one thing, in the measure's base unit, by date; empty where no plan is recorded."""
    found = [
        (target.by, figure.amount)
        for target in project.plan
        for of, figure in target.stages
        if (target.section, of, figure.measure) == (section, stage, measure)
    ]
    return sorted(found, key=lambda target: target[0].last_day)


def planned_money(project: Project, plan_year: int, base: Base) -> list[tuple[PartialDate, Decimal]]:
    """The targets of a plan for the disbursement of a plan year, in đồng, cumulative, by date."""
    aims = [(target.by, target.money) for target in project.plan]
    found = [(by, money[2].amount) for by, money in aims if money and money[:2] == (plan_year, base)]
    return sorted(found, key=lambda target: target[0].last_day)


def _followed(
    history: Sequence[ClearanceRow] | Sequence[DisbursementRow],
    plan: list[tuple[PartialDate, Decimal]],
    dates: list[Dated],
    start: date,
    last: int,
    closes: date | None = None,
) -> Followed:
    row = history[-1]
    points = [Point(seen.dating.observed, seen.rate.value) for seen in history]
    window = in_working_time(points)[-last:]
    rest = remaining(row.rate)
    since = window[0].observed
    totals = {seen.rate.total for seen in history if seen.rate.total is not None and seen.dating.observed >= since}
    return Followed(
        row,
        len(points),
        pace(window, total_changed=len(totals) > 1),
        rest,
        tuple(plan),
        () if rest and rest.nothing else tuple(_needs(row.rate.value, rest, plan, dates, start)),
        completion(window, rest, start, closes),
        earned_schedule(points, plan),
    )


# --- pace and what is left -----------------------------------------------------------------------------------


def in_working_time(points: Sequence[Point]) -> list[Point]:
    """Points, oldest first, with time to work between them: of several that have none the last (all in one Tết)."""
    kept: list[Point] = []
    for point in points:
        if kept and not working_days(kept[-1].observed.last_day, point.observed.last_day):
            kept.pop()
        kept.append(point)
    return kept


def pace(points: Sequence[Point], *, total_changed: bool = False) -> Pace | None:
    """(last value − first value) ÷ weeks of work between them; None of fewer than two points."""
    if len(points) < 2:
        return None
    first, last = points[0], points[-1]
    paces = [_per_week(one, other) for one, other in pairwise(points)]
    several = len(paces) > 1
    return Pace(
        first.observed,
        last.observed,
        len(points),
        working_weeks(first.observed.last_day, last.observed.last_day),
        _per_week(first, last),
        min(paces) if several else None,
        max(paces) if several else None,
        total_changed,
    )


def _per_week(first: Point, last: Point) -> Fraction:
    weeks = working_weeks(first.observed.last_day, last.observed.last_day)
    return (Fraction(last.value) - Fraction(first.value)) / weeks


def remaining(rate: Rate) -> Rest | None:
    """Newest total − newest value, never below zero; an interval where the total is implied, None where there is none.

    What is stated to be 100 % of a total that is not printed may be rounded up: the rest begins at nothing there.
    """
    value = Fraction(rate.value)
    if rate.total is not None:
        rest = max(Fraction(rate.total) - value, Fraction(0))
        return Rest(rest, rest)
    if rate.low is None:
        return None
    high = None if rate.high is None else max(rate.high - value, Fraction(0))
    return Rest(max(rate.low - value, Fraction(0)), high)


# --- need ----------------------------------------------------------------------------------------------------


def _dates(project: Project) -> list[Dated]:
    """The dates by which all of a project's land is needed: planned events, and the end of its last year."""
    found: list[Dated] = [
        (Aim.MILESTONE, milestone.title, milestone.date)
        for milestone in project.milestones
        if milestone.planned and milestone.kind not in _PAPERS
    ]
    return found + ([(Aim.LAST_YEAR, None, PartialDate(project.years.to, 12, 31))] if project.years else [])


def _closing(row: DisbursementRow) -> list[Dated]:
    closes = row.closes
    return [(Aim.CLOSING, None, PartialDate(closes.year, closes.month, closes.day))] if closes else []


def _needs(
    value: Decimal,
    rest: Rest | None,
    plan: list[tuple[PartialDate, Decimal]],
    dates: list[Dated],
    start: date,
) -> Iterator[Need]:
    """By date; what is past is told only where it was missed."""
    aims: list[tuple[Aim, Title | None, PartialDate, Rest | None]] = [(*aim, rest) for aim in dates]
    for by, target in plan:
        short = max(Fraction(target) - Fraction(value), Fraction(0))
        aims.append((Aim.PLAN, None, by, Rest(short, short)))
    for aim, title, by, left in sorted(aims, key=lambda one: one[2].last_day):
        found = need(aim, title, by, left, start)
        if by.last_day > start or found.state is NeedState.PASSED:
            yield found


def need(aim: Aim, title: Title | None, by: PartialDate, rest: Rest | None, start: date) -> Need:
    """rest ÷ weeks of work from ``start`` to ``by``; ``PASSED`` where no time to work is left."""
    weeks = max(working_weeks(start, by.last_day), Fraction(0))
    if rest is None:
        return Need(aim, title, by, NeedState.UNKNOWN, weeks)
    if rest.nothing:
        return Need(aim, title, by, NeedState.REACHED, weeks)
    if not weeks:
        return Need(aim, title, by, NeedState.PASSED, weeks, rest)
    high = None if rest.high is None else rest.high / weeks
    return Need(aim, title, by, NeedState.NEEDED, weeks, rest, rest.low / weeks, high)


# --- completion ----------------------------------------------------------------------------------------------


def completion(points: Sequence[Point], rest: Rest | None, start: date, closes: date | None = None) -> Completion:
    """Between which dates what is left will be done, if it goes no slower and no faster than it did.

    The distribution-free prediction interval between the extremes of a sample: of m paces between neighbouring
    observations the next lies between the slowest and the fastest with probability (m − 1)/(m + 1), whatever they are
    distributed like, if they are exchangeable. The pace of all the time left is taken for the next; the rest divided
    by the fastest pace gives the earliest day, by the slowest the latest, in weeks of work from the newest observation.

    That is 1/3 of 3 observations, 1/2 of 4, 3/5 of 5: what so few figures can bear. The same two paces bound Sen's
    interval of the slope at its widest, whose confidence 1 − 2/n! (2/3 of 3, 11/12 of 4) is about the slope of a
    straight line that is taken for certain, and so says more than is known of a date. Works that slow down towards
    their end, as land clearance does, are done later than the range more often than earlier: ``tests/backtest.py``
    measures it.

    Parameters
    ----------
    points
        Oldest first, with working time between them (``in_working_time``).
    closes
        The last day on which a plan year's money is disbursed; there is no completion after it.

    Sources: Wilks, S. S. (1941), Determination of sample sizes for setting tolerance limits, Annals of Mathematical
    Statistics 12(1), 91–96; Hahn, G. J., Meeker, W. Q. (1991), Statistical Intervals, ch. 5; Sen, P. K. (1968),
    Estimates of the regression coefficient based on Kendall's tau, JASA 63, 1379–1389.
    """
    if rest and rest.nothing:
        return Completion(Ending.COMPLETE)
    if closes is not None and closes < start:
        return Completion(Ending.CLOSED)
    if len(points) < FEWEST:
        return Completion(Ending.TOO_FEW)
    if rest is None:
        return Completion(Ending.NO_TOTAL)
    paces = [_per_week(one, other) for one, other in pairwise(points)]
    slowest, fastest = min(paces), max(paces)
    seen = points[-1].observed.last_day
    earliest = day_after(seen, rest.low / fastest) if fastest > 0 else None
    if earliest is None:
        return Completion(Ending.UNSEEN)
    if closes is not None and earliest > closes:
        return Completion(Ending.TOO_LATE)
    latest = day_after(seen, rest.high / slowest) if slowest > 0 and rest.high is not None else None
    if latest is not None and latest < start:
        return Completion(Ending.OVERTAKEN)
    if latest is not None and closes is not None and latest > closes:
        latest = None
    return Completion(Ending.RANGE, earliest, latest, Fraction(len(paces) - 1, len(paces) + 1))


# --- schedule ------------------------------------------------------------------------------------------------


def earned_schedule(points: Sequence[Point], plan: Sequence[tuple[PartialDate, Decimal]]) -> Schedule | None:
    """SV(t) = ES − AT, with ES the time by which the plan wanted what is done, AT the time it is.

    ES = t(N) + (EV − PV(N)) ÷ (PV(N+1) − PV(N)) × (t(N+1) − t(N)), N the last target met and t(N) its date; time in
    weeks of work. EV is the newest value, of land or of money disbursed; disbursement is no actual cost. The part
    after the plus takes the plan for even between two targets, which it need not be; ``met`` and ``next`` are its
    bounds. All targets met, ES is the date of the last and AT when that was first seen, for the plan then says no more.

    Parameters
    ----------
    points
        All observations, oldest first.
    plan
        Targets by date, cumulative, in the unit of the points. None of it, or the first not met: None.

    Source: Lipke, W. (2003), Schedule is Different, The Measurable News, March 2003.
    """
    value = points[-1].value
    met = list(takewhile(lambda target: target[1] <= value, plan))
    if not met:
        return None
    (day, amount), at = met[-1], points[-1].observed
    if len(met) == len(plan):
        at = list(takewhile(lambda point: point.value >= amount, reversed(points)))[-1].observed
        return Schedule(met[-1], None, at, working_weeks(at.last_day, day.last_day))
    following = plan[len(met)]
    part = (Fraction(value) - Fraction(amount)) / (Fraction(following[1]) - Fraction(amount))
    between = working_weeks(day.last_day, following[0].last_day)
    return Schedule(met[-1], following, at, working_weeks(at.last_day, day.last_day) + part * between)
