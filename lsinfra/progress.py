"""Clearance and disbursement at a date: pure, exact arithmetic on what was published.

Nothing is interpolated and no total is made of figures that do not belong together. Shares are ``Fraction`` 0–1,
amounts ``Decimal`` in the measure's base unit (ha, km, count, đồng).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from lsinfra.codes import Base, Funding, Party, Stage
from lsinfra.quantities import Figure, Measure, PartialDate, StatedCheck
from lsinfra.records import Stretch, Title


class TotalKind(StrEnum):
    """Where a total comes from: printed, implied by a stated percentage (an interval), or nowhere."""

    STATED = "stated"
    IMPLIED = "implied"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rate:
    """A value against its total, exact.

    ``total`` is None unless it was printed. ``low`` and ``high`` bound an implied total (``high`` None: no upper bound).
    ``share`` is value ÷ total or, without a printed total, the stated percentage; None where neither was published.
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
    """The latest figure of one (project or section, stage, measure) at the date. ``section`` None: the whole project."""

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

    ``reported`` of ``sections`` have the figure. ``rate`` is None unless all have it, dated within 31 days of each other.
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

    ``closes`` is the day the plan year closes: 31 January of the next year (Luật Đầu tư công 58/2024/QH15, Art. 72).
    """

    project: str
    plan_year: int
    base: Base
    funding: Funding | None
    rate: Rate
    dating: Dating
    closes: date


@dataclass(frozen=True, slots=True)
class Change:
    """What changed between two observations of the same thing: Δshare = work + scope (None where a total is missing)."""

    before: ClearanceRow
    after: ClearanceRow
    value: Decimal
    share: Fraction | None
    work: Fraction | None
    scope: Fraction | None


@dataclass(frozen=True, slots=True)
class InvestmentRow:
    """Total investment (``party`` None) or a part of it; ``share`` is of the printed total, and rounds or not as stated."""

    project: str
    party: Party | None
    rate: Rate
    about: bool
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
