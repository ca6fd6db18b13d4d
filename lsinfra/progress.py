"""Clearance and disbursement at a date: pure, exact arithmetic on what was published.

Nothing is interpolated and no total is made of figures that do not belong together. Shares are ``Fraction``, 1 the
whole; amounts ``Decimal`` in the measure's base unit (ha, km, count, đồng).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import reduce
from itertools import product
from typing import Protocol

from lsinfra.codes import Base, Funding, Party, SourceKind, Stage, TotalKind
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import (
    IMPLIED_DECIMALS,
    Figure,
    Measure,
    PartialDate,
    StatedCheck,
    implied_total,
    outward,
    stated_check,
    write_figure,
)
from lsinfra.records import Clearance, Disbursement, Indicator, IndicatorValue, Project, Records, Stretch, Title

# Figures further apart than this are not of one time and are not added.
SAME_TIME_DAYS = 31

# Sums of amounts, whose printed numbers have up to 18 digits in any unit; a sum that were not exact raises.
EXACT = Context(prec=100, traps=[Inexact])

Parts = tuple[Fraction | None, Fraction | None, Fraction | None]
"""Δshare, and the parts of it that are work and scope."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A value against its total, exact.

    ``total`` is None unless it was printed, or computed of parcels. ``low`` and ``high`` bound an implied total
    (``high`` None: no upper bound). ``share`` is value ÷ total or, without a printed total, the stated percentage; None
    where neither was published.
    """

    value: Decimal
    total: Decimal | None
    low: Fraction | None
    high: Fraction | None
    kind: TotalKind
    share: Fraction | None
    stated_percent: Decimal | None
    check: StatedCheck
    about: bool

    def bounds(self, *, money: bool = False) -> tuple[float | None, float | None]:
        """``low`` and ``high`` as numbers for machines, rounded outwards: land to three decimals, money whole đồng."""
        low, high = outward(self.low, self.high, 0 if money else IMPLIED_DECIMALS)
        plain = int if money else float
        return None if low is None else plain(low), None if high is None else plain(high)


@dataclass(frozen=True, slots=True)
class Dating:
    """When, by whom and where in the file a figure was published, and how old that is at the date asked for."""

    observed: PartialDate
    age_days: int
    stale: bool
    source: str
    where: str
    note: Title | None


@dataclass(frozen=True, slots=True)
class ClearanceRow:
    """The latest figure of one (project or section, stage, measure) at the date; ``section`` None is the project."""

    project: str
    section: str | None
    unit: str | None
    stage: Stage
    measure: Measure
    rate: Rate
    dating: Dating
    stretches: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionSum:
    """The sum of a project's sections for one stage and measure, made only when it may be made.

    ``reported`` of ``sections`` have the figure. ``rate`` is None unless all have it, dated within 31 days of each
    other.
    """

    project: str
    stage: Stage
    measure: Measure
    reported: int
    sections: int
    first: PartialDate
    last: PartialDate
    rate: Rate | None


@dataclass(frozen=True, slots=True)
class DisbursementRow:
    """Disbursed of one plan year's capital, cumulative, against its base; ``funding`` None is all sources together.

    ``closes`` is the last day of the plan year's disbursement, None where the base is no plan of a year
    (``closing_day``).
    """

    project: str
    plan_year: int
    base: Base
    funding: Funding | None
    rate: Rate
    dating: Dating
    closes: date | None


@dataclass(frozen=True, slots=True)
class Change:
    """What changed between two observations of the same thing: Δshare = work + scope.

    ``work`` and ``scope`` are None unless both totals were printed, ``share`` where either observation has none.
    """

    before: ClearanceRow
    after: ClearanceRow
    value: Decimal
    share: Fraction | None
    work: Fraction | None
    scope: Fraction | None


@dataclass(frozen=True, slots=True)
class InvestmentRow:
    """Total investment (``party`` None) or a part of it, as a share of the total investment of the same source."""

    project: str
    party: Party | None
    figure: Figure
    rate: Rate
    source: str
    where: str
    note: Title | None


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """One reading of an indicator. ``reached`` is None where there is no target in the same unit."""

    indicator: str
    title: Title
    year: int | None
    observed: PartialDate
    estimate: bool
    value: Figure
    target: Figure | None
    target_by: int | None
    reached: bool | None
    source: str
    where: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything that can be said at ``as_of``. ``changes``: each row against the observation before it."""

    as_of: date
    clearance: tuple[ClearanceRow, ...]
    sums: tuple[SectionSum, ...]
    disbursement: tuple[DisbursementRow, ...]
    changes: tuple[Change, ...]
    investment: tuple[InvestmentRow, ...]
    indicators: tuple[IndicatorRow, ...]


# --- measures ----------------------------------------------------------------------------------------------


def rate(figure: Figure) -> Rate:
    """A printed figure against its total.

    share = value ÷ total, exact; without a printed total the stated percentage, whose total is then implied:
    value ÷ percentage, an interval because the percentage was rounded (``quantities.implied_total``).
    """
    low = high = share = None
    kind = TotalKind.NONE
    if figure.total_amount is not None:
        kind, share = TotalKind.STATED, Fraction(figure.amount) / Fraction(figure.total_amount)
    elif figure.percent is not None:
        kind, share = TotalKind.IMPLIED, Fraction(figure.percent) / 100
        low, high = implied_total(figure.amount, figure.percent)
    check = stated_check(share, figure.percent) if kind is TotalKind.STATED else StatedCheck.NONE
    total = figure.total_amount
    return Rate(figure.amount, total, low, high, kind, share, figure.percent, check, figure.about)


def change(before: ClearanceRow, after: ClearanceRow) -> Change:
    """What changed between two observations of the same thing."""
    return Change(before, after, EXACT.subtract(after.rate.value, before.rate.value), *parts(before.rate, after.rate))


def parts(old: Rate, new: Rate) -> Parts:
    """The change of a share, and the parts of it that are work and scope.

    Δshare = work + scope; work = (v₁ − v₀) ÷ t₁, scope = v₀ (1/t₁ − 1/t₀), exactly. All three None unless both totals
    were printed: a stated percentage is no exact share.
    """
    if not old.total or not new.total:
        return None, None, None
    work = (Fraction(new.value) - Fraction(old.value)) / Fraction(new.total)
    scope = Fraction(old.value) * (1 / Fraction(new.total) - 1 / Fraction(old.total))
    return work + scope, work, scope


def added(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum of amounts of one unit."""
    return reduce(EXACT.add, amounts, Decimal(0))


def total(rates: Sequence[Rate]) -> Rate:
    """The sum of several rates of one measure. Its total is an interval if any of theirs is, None if any has none."""
    value = added(part.value for part in rates)
    about = any(part.about for part in rates)
    kinds = {part.kind for part in rates}
    if TotalKind.NONE in kinds:
        return Rate(value, None, None, None, TotalKind.NONE, None, None, StatedCheck.NONE, about)
    if kinds in ({TotalKind.STATED}, {TotalKind.COMPUTED}):
        whole = added(part.total for part in rates if part.total is not None)
        share = Fraction(value) / Fraction(whole)
        return Rate(value, whole, None, None, kinds.pop(), share, None, StatedCheck.NONE, about)
    lows = [part.low if part.total is None else Fraction(part.total) for part in rates]
    highs = [part.high if part.total is None else Fraction(part.total) for part in rates]
    low = sum((bound for bound in lows if bound is not None), Fraction(0))
    high = None if None in highs else sum((bound for bound in highs if bound is not None), Fraction(0))
    return Rate(value, None, low, high, TotalKind.IMPLIED, None, None, StatedCheck.NONE, about)


# --- at a date ---------------------------------------------------------------------------------------------


def newest(records: Records, today: date) -> date:
    """The day of the newest observation of land or money, a month counting as its last day.

    Observations that have not begun by ``today`` do not count; without any other it is ``today``.
    """
    return max((day.last_day for day in _observed(records) if day.first_day <= today), default=today)


def newest_before(records: Records, day: date) -> date | None:
    """The day of the newest observation of land or money that is over before ``day``; None where there is none."""
    return max((seen.last_day for seen in _observed(records) if seen.last_day < day), default=None)


def _observed(records: Records) -> Iterator[PartialDate]:
    for project in records.projects:
        yield from (seen.as_of for seen in project.clearance)
        yield from (spent.as_of for spent in project.disbursement)


def measure(portfolio: Portfolio, as_of: date) -> Progress:
    """Everything that can be said at ``as_of``: for each project or section, stage and measure the latest observation
    not after it. The order of the observations in the file does not matter.
    """
    records = portfolio.records
    clearance: list[ClearanceRow] = []
    changes: list[Change] = []
    sums: list[SectionSum] = []
    for project in records.projects:
        rows = []
        for history in histories(records, project, as_of):
            rows.append(history[-1])
            if len(history) > 1:
                changes.append(change(history[-2], history[-1]))
        clearance += rows
        sums += sums_of(project, rows)
    return Progress(
        as_of,
        tuple(clearance),
        tuple(sums),
        tuple(history[-1] for project in records.projects for history in money_histories(records, project, as_of)),
        tuple(changes),
        tuple(row for project in records.projects for row in _investment(project)),
        tuple(row for indicator in records.indicators for row in readings(indicator, as_of)),
    )


class Part(Protocol):
    """A section as sums need it."""

    @property
    def id(self) -> str: ...

    @property
    def in_scope(self) -> bool: ...


class Divided(Protocol):
    """A project as sums need it: of the records, or as a snapshot keeps it."""

    @property
    def id(self) -> str: ...

    @property
    def sections(self) -> Sequence[Part]: ...


def histories(records: Records, project: Project, as_of: date) -> Iterator[list[ClearanceRow]]:
    """For each (section, stage, measure) of a project its observations up to ``as_of``, oldest first, one a date.

    Where several sources speak of one date, an official one outranks the press, then a day a month, then a figure
    with a total one without, then the lower value. Whole project first, then sections in their order.
    """
    found: dict[tuple[str | None, Stage, Measure], list[ClearanceRow]] = defaultdict(list)
    for observation in project.clearance:
        if observation.as_of.last_day > as_of:
            continue
        section = project.section(observation.section)
        for stage, figure in observation.stages:
            stretches = observation.handed_over_at if stage is Stage.HANDED_OVER else ()
            found[observation.section, stage, figure.measure].append(
                ClearanceRow(
                    project.id,
                    observation.section,
                    section.unit if section else None,
                    stage,
                    figure.measure,
                    rate(figure),
                    _dating(records, observation, as_of),
                    stretches,
                )
            )
    sections = [None, *(section.id for section in project.sections)]
    order = {
        (section, stage, measure): n for n, (section, stage, measure) in enumerate(product(sections, Stage, Measure))
    }
    for key in sorted(found, key=order.__getitem__):
        rows = sorted(found[key], key=lambda row: _rank(records, row))
        yield [row for row, later in zip(rows, [*rows[1:], None], strict=True) if not _same_day(row, later)]


def _rank(records: Records, row: ClearanceRow) -> tuple[object, ...]:
    source = records.sources.get(row.dating.source)
    official = source is not None and source.kind is SourceKind.OFFICIAL
    observed = row.dating.observed
    precise = observed.day is not None
    return observed.last_day, official, precise, row.rate.total is not None, -row.rate.value, row.dating.source


def _same_day(row: ClearanceRow, later: ClearanceRow | None) -> bool:
    return later is not None and row.dating.observed.last_day == later.dating.observed.last_day


def _dating(records: Records, observation: Clearance | Disbursement, as_of: date) -> Dating:
    age = (as_of - observation.as_of.last_day).days
    stale = age > records.portfolio.stale_after_days
    return Dating(observation.as_of, age, stale, observation.source, observation.where, observation.note)


def sums_of(project: Divided, rows: Sequence[ClearanceRow]) -> Iterator[SectionSum]:
    """Sums of sections, made only when every section in scope has the figure, dated within 31 days of each other."""
    counted = [section.id for section in project.sections if section.in_scope]
    parts: dict[tuple[Stage, Measure], list[ClearanceRow]] = defaultdict(list)
    for row in rows:
        if row.section in counted:
            parts[row.stage, row.measure].append(row)
    for (stage, measure), found in parts.items():
        first = min((row.dating.observed for row in found), key=lambda day: day.last_day)
        last = max((row.dating.observed for row in found), key=lambda day: day.last_day)
        together = (last.last_day - first.last_day).days <= SAME_TIME_DAYS
        whole = total([row.rate for row in found]) if len(found) == len(counted) and together else None
        yield SectionSum(project.id, stage, measure, len(found), len(counted), first, last, whole)


def money_histories(records: Records, project: Project, as_of: date) -> Iterator[list[DisbursementRow]]:
    """For each plan year, base and capital source of a project its figures up to ``as_of``, oldest first, one a date.

    Of several sources of one date as ``histories``. In the order of year, base and capital source, all sources
    together first; capital added after September is counted apart, for it has another closing day.
    """
    found: dict[tuple[int, Base, bool, Funding | None], list[tuple[Disbursement, Figure]]] = defaultdict(list)
    for observation in project.disbursement:
        if observation.as_of.last_day <= as_of:
            for funding, figure in ((None, observation.total), *observation.funding.items()):
                key = observation.plan_year, observation.base, observation.added_after_september, funding
                found[key].append((observation, figure))
    fundings = [None, *Funding]
    order = {key: (key[0], list(Base).index(key[1]), key[2], fundings.index(key[3])) for key in found}
    for key in sorted(found, key=order.__getitem__):
        year, base, _, funding = key
        latest: dict[date, DisbursementRow] = {}
        for observation, figure in sorted(found[key], key=lambda pair: _money_rank(records, *pair)):
            dating, closes = _dating(records, observation, as_of), closing_day(observation)
            latest[observation.as_of.last_day] = DisbursementRow(
                project.id, year, base, funding, rate(figure), dating, closes
            )
        yield list(latest.values())


def closing_day(observation: Disbursement) -> date | None:
    """The last day on which a plan year's capital is disbursed, None against the total investment, which has none.

    31 January of the next year; capital added after 30 September, 31 December of the next year.
    Source: Luật Đầu tư công 58/2024/QH15, Art. 72.
    """
    if observation.base is Base.TOTAL_INVESTMENT:
        return None
    following = observation.plan_year + 1
    return date(following, 12, 31) if observation.added_after_september else date(following, 1, 31)


def _money_rank(records: Records, observation: Disbursement, figure: Figure) -> tuple[object, ...]:
    """As of land; whatever else differs decides too, so that the order in the file never does."""
    source = records.sources.get(observation.source)
    official = source is not None and source.kind is SourceKind.OFFICIAL
    precise = observation.as_of.day is not None
    rank = observation.as_of.last_day, official, precise, figure.total is not None, -figure.amount
    return *rank, observation.source, write_figure(figure)


def _investment(project: Project) -> Iterator[InvestmentRow]:
    """The total investment of each source, then its parts as shares of it (of none, where it is 0 or less)."""
    for investment in project.investment:
        whole = investment.total
        yield InvestmentRow(project.id, None, whole, rate(whole), investment.source, investment.where, investment.note)
        for part in investment.parts:
            figure = part.amount
            share = Fraction(figure.amount) / Fraction(whole.amount) if whole.amount > 0 else None
            kind = TotalKind.NONE if share is None else TotalKind.STATED
            check = stated_check(share, figure.percent)
            of = None if share is None else whole.amount
            of_whole = Rate(figure.amount, of, None, None, kind, share, figure.percent, check, figure.about)
            yield InvestmentRow(project.id, part.party, figure, of_whole, investment.source, part.where, part.note)


def _reading_rank(observed: PartialDate, reading: IndicatorValue) -> tuple[object, ...]:
    figures = [write_figure(figure) for figure in reading.value]
    return observed.last_day, reading.source, observed.iso, reading.year or 0, not reading.estimate, figures


def readings(indicator: Indicator, as_of: date) -> Iterator[IndicatorRow]:
    """Readings up to the date, oldest first. A year counts as its last day unless the source's own date is given."""
    found = []
    for reading in indicator.observations:
        observed = reading.as_of or PartialDate(reading.year or 0, 12, None)
        if observed.last_day <= as_of:
            found.append((observed, reading))
    for observed, reading in sorted(found, key=lambda item: _reading_rank(*item)):
        for figure in reading.value:
            target = indicator.target
            comparable = target is not None and target.value.measure is figure.measure
            yield IndicatorRow(
                indicator.id,
                indicator.title,
                reading.year,
                observed,
                reading.estimate,
                figure,
                target.value if target else None,
                target.by if target else None,
                figure.amount >= target.value.amount if target and comparable else None,
                reading.source,
                reading.where,
            )
