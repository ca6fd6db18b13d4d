"""What changed between two snapshots, and what kind of change it is: pure, exact, independent of any order.

A figure is followed by what it is of (project, section, stage, measure; of money its plan, base and capital source).
Its line in the file, its note and its age are no change of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Generic, TypeVar

from lsinfra.codes import Base, Funding, Stage, TotalKind
from lsinfra.errors import Severity
from lsinfra.numerals import decimals_of
from lsinfra.progress import EXACT, ClearanceRow, DisbursementRow, parts
from lsinfra.quantities import Measure
from lsinfra.snapshots import KeptFinding, KeptProject, Snapshot

Row = TypeVar("Row", ClearanceRow, DisbursementRow)
Thing = TypeVar("Thing")


class ChangeKind(StrEnum):
    """What became of a figure.

    ``NEW``: not in the first snapshot; ``GONE``: not in the second. A later observation ``MOVED`` (another figure),
    ``SLIPPED_BACK`` (a lower value) or ``CONFIRMED`` (the very same figure). Of the same date: ``CORRECTED`` (nothing
    happened on the ground, the record was mended) or ``SAME`` (listed only because it has gone stale). ``EARLIER``:
    the second snapshot has an earlier observation, because the later one was withdrawn or, comparing backwards, had
    not been made.
    """

    NEW = "new"
    GONE = "gone"
    MOVED = "moved"
    CORRECTED = "corrected"
    SLIPPED_BACK = "slipped_back"
    CONFIRMED = "confirmed"
    EARLIER = "earlier"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Compared(Generic[Row]):
    """One figure in both snapshots; ``before`` None where it is new, ``after`` None where it is gone.

    ``value`` and ``total`` are the differences in the measure's base unit (ha, km, count, đồng), None where a side has
    none. ``share`` = ``work`` + ``scope``, exactly; all None unless both totals were printed (``progress.parts``).
    ``newly_stale``: it was not stale and is.
    """

    before: Row | None
    after: Row | None
    kind: ChangeKind
    newly_stale: bool = False
    value: Decimal | None = None
    total: Decimal | None = None
    share: Fraction | None = None
    work: Fraction | None = None
    scope: Fraction | None = None

    @property
    def row(self) -> Row:
        """The figure as the second snapshot has it, or as the first had it."""
        row = self.after or self.before
        if row is None:
            raise ValueError("a figure that neither snapshot has")
        return row

    @property
    def lost(self) -> bool:
        """The figure is gone, or its value is lower without being a correction of the same date."""
        if self.kind is ChangeKind.EARLIER:
            return self.value is not None and self.value < 0
        return self.kind in {ChangeKind.GONE, ChangeKind.SLIPPED_BACK}


@dataclass(frozen=True, slots=True)
class FindingChange:
    """A doubt that is only in the second snapshot (``came``) or only in the first."""

    came: bool
    finding: KeptFinding


@dataclass(frozen=True, slots=True)
class Moment:
    """What a snapshot is of, and when that was known (None: it does not say)."""

    as_of: date
    taken: datetime | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs between two snapshots.

    ``projects`` are those of the second in its order, then those only the first has; the rows follow that order, the
    whole project before its sections.
    """

    before: Moment
    after: Moment
    projects: tuple[KeptProject, ...]
    clearance: tuple[Compared[ClearanceRow], ...]
    disbursement: tuple[Compared[DisbursementRow], ...]
    findings: tuple[FindingChange, ...]

    @property
    def empty(self) -> bool:
        return not (self.clearance or self.disbursement or self.findings)

    @property
    def backwards(self) -> bool:
        """The second snapshot is of an earlier day than the first or, of the same day, was taken earlier."""
        if self.before.as_of != self.after.as_of:
            return self.after.as_of < self.before.as_of
        first, second = self.before.taken, self.after.taken
        return first is not None and second is not None and second < first


def compare(before: Snapshot, after: Snapshot) -> Comparison:
    """Every figure and doubt that differs between two snapshots; nothing for a snapshot and itself.

    Parameters
    ----------
    before, after
        Of any two days, known at any two times; ``after`` may be the earlier one (``Comparison.backwards``).

    Notes
    -----
    A figure differs by its value, total, stated percentage, “about”, published stretches, date or source, or because
    it has gone stale. Differences run from ``before`` to ``after`` whatever the calendar says. A finding is the same
    doubt when its code, project and section are; equal sentences are set off first, then one against one, so that a
    doubt said of another line or with another age is not one that came.
    """
    known = {project.id for project in after.projects}
    projects = (*after.projects, *(project for project in before.projects if project.id not in known))
    order = _Order(projects, before.projects)
    old, new = before.progress, after.progress
    return Comparison(
        Moment(before.as_of, before.taken),
        Moment(after.as_of, after.taken),
        projects,
        tuple(_rows(old.clearance, new.clearance, order.of_land)),
        tuple(_rows(old.disbursement, new.disbursement, order.of_money)),
        tuple(_findings(before.findings, after.findings, order)),
    )


def regressed(comparison: Comparison) -> tuple[Compared[ClearanceRow] | Compared[DisbursementRow], ...]:
    """The rows that went back: land first, then money.

    A figure that is gone; a later observation with a lower value; a withdrawn observation that leaves an earlier one
    with a lower value. Not a lower value of the same date, which is a correction; not a share that fell because scope
    was added; not a total that is no longer printed. Nothing went back in a comparison backwards in time: what is not
    there had not been published yet.
    """
    if comparison.backwards:
        return ()
    land = (row for row in comparison.clearance if row.lost)
    money = (row for row in comparison.disbursement if row.lost)
    return *land, *money


# --- figures -----------------------------------------------------------------------------------------------


def _rows(
    olds: Sequence[Row],
    news: Sequence[Row],
    place: Callable[[Row], tuple[Any, ...]],
) -> Iterator[Compared[Row]]:
    """Every row that differs, in the order of its place; the place is also what the figure is of."""
    for _, old, new in _together(olds, news, place):
        pairs, gone, come = _matched(old, new, _said)
        for before, after in pairs:
            if (found := _compared(before, after)) is not None:
                yield found
        yield from (Compared(row, None, ChangeKind.GONE) for row in gone)
        yield from (Compared(None, row, ChangeKind.NEW) for row in come)


def _compared(before: Row, after: Row) -> Compared[Row] | None:
    kind, newly_stale = _kind(before, after), after.dating.stale and not before.dating.stale
    if kind is ChangeKind.SAME and not newly_stale:
        return None
    old, new = before.rate, after.rate
    value = EXACT.subtract(new.value, old.value)
    total = None if old.total is None or new.total is None else EXACT.subtract(new.total, old.total)
    return Compared(before, after, kind, newly_stale, value, total, *parts(old, new))


def _kind(before: ClearanceRow | DisbursementRow, after: ClearanceRow | DisbursementRow) -> ChangeKind:
    """What became of the figure; a month counts as its last day, so that a day given later is a correction."""
    earlier, later = before.dating.observed.last_day, after.dating.observed.last_day
    if later < earlier:
        return ChangeKind.EARLIER
    if later == earlier:
        return ChangeKind.SAME if _said(before) == _said(after) else ChangeKind.CORRECTED
    if after.rate.value < before.rate.value:
        return ChangeKind.SLIPPED_BACK
    return ChangeKind.CONFIRMED if _figure(before) == _figure(after) else ChangeKind.MOVED


def _figure(row: ClearanceRow | DisbursementRow) -> tuple[Any, ...]:
    """What was printed. Where a percentage implies the total, the decimals it was printed with count too."""
    rate, percent = row.rate, row.rate.stated_percent
    decimals = decimals_of(percent) if percent is not None and rate.kind is TotalKind.IMPLIED else None
    return rate.value, rate.total, percent, decimals, rate.about, stretches_of(row)


def stretches_of(row: ClearanceRow | DisbursementRow) -> tuple[tuple[str, Decimal, Decimal], ...]:
    """The published stretches of a row: route, from and to in metres, in the order of the route."""
    stretches = row.stretches if isinstance(row, ClearanceRow) else ()
    return tuple(sorted((part.route, part.from_.m, part.to.m) for part in stretches))


def _said(row: ClearanceRow | DisbursementRow) -> tuple[Any, ...]:
    """What was printed, of when and by whom."""
    return row.dating.observed.iso, row.dating.source, *_figure(row)


# --- findings ----------------------------------------------------------------------------------------------


def _findings(olds: Sequence[KeptFinding], news: Sequence[KeptFinding], order: _Order) -> list[FindingChange]:
    """The doubts that came, then those that went; the most serious first."""
    found: list[FindingChange] = []
    for _, old, new in _together(olds, news, lambda one: (one.project or "", one.section or "", one.code)):
        _, gone, come = _matched(old, new, lambda one: (one.severity.value, one.vi, one.en))
        found += [FindingChange(True, one) for one in come] + [FindingChange(False, one) for one in gone]
    return sorted(found, key=order.of_finding)


# --- what belongs together ---------------------------------------------------------------------------------


def _together(
    olds: Iterable[Thing], news: Iterable[Thing], key: Callable[[Thing], tuple[Any, ...]]
) -> Iterator[tuple[tuple[Any, ...], list[Thing], list[Thing]]]:
    """Things of both sides by their key, in its order."""
    groups: dict[tuple[Any, ...], tuple[list[Thing], list[Thing]]] = defaultdict(lambda: ([], []))
    for side, things in enumerate((olds, news)):
        for thing in things:
            groups[key(thing)][side].append(thing)
    for place in sorted(groups):
        yield place, *groups[place]


def _matched(
    olds: list[Thing], news: list[Thing], said: Callable[[Thing], Hashable]
) -> tuple[list[tuple[Thing, Thing]], list[Thing], list[Thing]]:
    """Pairs of things that are the same one, and what is left on each side: equal ones first, then one against one."""
    twins: dict[Hashable, list[Thing]] = defaultdict(list)
    for thing in news:
        twins[said(thing)].append(thing)
    pairs, rest = [], []
    for thing in olds:
        if equal := twins[said(thing)]:
            pairs.append((thing, equal.pop()))
        else:
            rest.append(thing)
    left = [thing for equal in twins.values() for thing in equal]
    for side in (rest, left):  # which of several is paired with which must not hang on their order
        side.sort(key=lambda thing: str(said(thing)))
    pairs += zip(rest, left, strict=False)
    return pairs, rest[len(left) :], left[len(rest) :]


class _Order:
    """Where everything stands in the order of a comparison."""

    def __init__(self, projects: Sequence[KeptProject], before: Sequence[KeptProject]) -> None:
        self.projects = {project.id: place for place, project in enumerate(projects)}
        sections = [(project.id, section.id) for project in (*projects, *before) for section in project.sections]
        self.sections = {section: place for place, section in enumerate(dict.fromkeys(sections))}

    def of_land(self, row: ClearanceRow) -> tuple[Any, ...]:
        return *self._of(row.project, row.section), _STAGES[row.stage], _MEASURES[row.measure]

    def of_money(self, row: DisbursementRow) -> tuple[Any, ...]:
        plan = row.plan_year, _BASES[row.base], row.closes or date.min
        return *self._of(row.project, None), *plan, _FUNDINGS[row.funding]

    def of_finding(self, one: FindingChange) -> tuple[Any, ...]:
        finding = one.finding
        place = self._of(finding.project, finding.section)
        severe = _SEVERITIES[finding.severity]
        return not one.came, severe, *place, finding.code, finding.vi, finding.en, finding.where

    def _of(self, project: str | None, section: str | None) -> tuple[Any, ...]:
        """The portfolio before its projects, a project before its sections, what no list names after those it names."""
        at = -1 if project is None else self.projects.get(project, len(self.projects))
        within = -1 if section is None else self.sections.get((project or "", section), len(self.sections))
        return at, project or "", within, section or ""


_STAGES = {stage: place for place, stage in enumerate(Stage)}
_MEASURES = {measure: place for place, measure in enumerate(Measure)}
_BASES = {base: place for place, base in enumerate(Base)}
_FUNDINGS = {funding: place for place, funding in enumerate((None, *Funding))}
_SEVERITIES = {severity: place for place, severity in enumerate(Severity)}
