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
    none. ``correction_value`` is the part of ``value`` that mended the record and was no work. ``share`` =
    ``correction`` + ``work`` + ``scope``, exactly; all None unless every total was printed (``progress.parts``).
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
    correction_value: Decimal | None = None
    correction: Fraction | None = None

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
    """What a snapshot is of, when that was known (None: it does not say), and how many figures it has.

    ``kept`` is the date of the stored snapshot that stands for the day (``snapshots.recall``), None where none does.
    """

    as_of: date
    taken: datetime | None
    figures: int = 0
    kept: date | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs between two snapshots; ``findings`` None where they are not compared.

    ``projects`` are those of the second in its order, then those only the first has; the rows follow that order, the
    whole project before its sections.
    """

    before: Moment
    after: Moment
    projects: tuple[KeptProject, ...]
    clearance: tuple[Compared[ClearanceRow], ...]
    disbursement: tuple[Compared[DisbursementRow], ...]
    findings: tuple[FindingChange, ...] | None

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


def compare(
    before: Snapshot,
    after: Snapshot,
    *,
    kept: tuple[date | None, date | None] = (None, None),
    with_findings: bool = True,
) -> Comparison:
    """Every figure and doubt that differs between two snapshots; nothing for a snapshot and itself.

    Parameters
    ----------
    before, after
        Of any two days, known at any two times; ``after`` may be the earlier one (``Comparison.backwards``).
    kept
        The dates of the stored snapshots that stand for the two (``Moment.kept``).
    with_findings
        False where one of them has none that are of its day.

    Notes
    -----
    What is printed otherwise of the same date is a correction, and so is an observation that was withdrawn: neither
    work nor scope. So is, of a later observation, what the second snapshot says otherwise of the date of the first
    one's; work and scope then run from there (backwards in time, the other way round).

    A figure differs by its value, total, stated percentage, “about”, published stretches, date or source, or because
    it has gone stale. Differences run from ``before`` to ``after`` whatever the calendar says. A finding is the same
    doubt when its code, project, section and what it is about are; equal sentences are set off first, then one against
    one, so that a doubt said of another line or with another age is not one that came. An old file does not say what
    its doubts are about.
    """
    known = {project.id for project in after.projects}
    projects = (*after.projects, *(project for project in before.projects if project.id not in known))
    order = _Order(projects, before.projects)
    old, new = before.progress, after.progress
    # What the one whose day is later says of the other's dates.
    knowing, turned = (before, True) if after.as_of < before.as_of else (after, False)
    land, money = _observed(knowing, order)
    return Comparison(
        _moment(before, kept[0]),
        _moment(after, kept[1]),
        projects,
        tuple(_rows(old.clearance, new.clearance, order.of_land, _Ground(land, turned))),
        tuple(_rows(old.disbursement, new.disbursement, order.of_money, _Ground(money, turned))),
        tuple(_findings(before, after, order)) if with_findings else None,
    )


def _moment(snapshot: Snapshot, kept: date | None) -> Moment:
    progress = snapshot.progress
    return Moment(snapshot.as_of, snapshot.taken, len(progress.clearance) + len(progress.disbursement), kept)


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


@dataclass(frozen=True, slots=True)
class _Ground(Generic[Row]):
    """What one snapshot knows of each figure at each date; ``turned`` where that is the first one, of a later day."""

    rows: dict[tuple[Any, ...], Row]
    turned: bool

    def of(self, row: Row, place: tuple[Any, ...]) -> Row:
        """What it says of the figure at the date of this row; where it says nothing, the row."""
        return self.rows.get((place, row.dating.observed.last_day), row)


def _observed(
    snapshot: Snapshot, order: _Order
) -> tuple[dict[tuple[Any, ...], ClearanceRow], dict[tuple[Any, ...], DisbursementRow]]:
    """All observations of a snapshot of land and of money that a newer one superseded, by what they are of and when."""
    besides = snapshot.besides
    land = [change.before for change in snapshot.progress.changes]
    land += besides.clearance if besides else ()
    money = besides.disbursement if besides else ()
    return _by_date(land, order.of_land), _by_date(money, order.of_money)


def _by_date(rows: Iterable[Row], place: Callable[[Row], tuple[Any, ...]]) -> dict[tuple[Any, ...], Row]:
    """Each observation by what it is of and its date; none where two figures of one name have that date."""
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        same = found[place(row), row.dating.observed.last_day]
        if row not in same:
            same.append(row)
    return {key: same[0] for key, same in found.items() if len(same) == 1}


def _rows(
    olds: Sequence[Row],
    news: Sequence[Row],
    place: Callable[[Row], tuple[Any, ...]],
    ground: _Ground[Row],
) -> Iterator[Compared[Row]]:
    """Every row that differs, in the order of its place; the place is also what the figure is of."""
    for of, old, new in _together(olds, news, place):
        pairs, gone, come = _matched(old, new, _said)
        for before, after in pairs:
            if (found := _compared(before, after, of, ground)) is not None:
                yield found
        yield from (Compared(row, None, ChangeKind.GONE) for row in gone)
        yield from (Compared(None, row, ChangeKind.NEW) for row in come)


def _compared(before: Row, after: Row, of: tuple[Any, ...], ground: _Ground[Row]) -> Compared[Row] | None:
    """What became of a figure: first the record mended, then what happened from ``first`` to ``last`` on the ground."""
    first, last = before, after
    earlier, later = before.dating.observed.last_day, after.dating.observed.last_day
    if earlier == later or (later < earlier and not ground.turned):
        first = after  # one date, or a withdrawn observation: nothing but the record is another
    elif ground.turned:
        last = ground.of(after, of)
    else:
        first = ground.of(before, of)
    kind, newly_stale = _kind(before, after, first), after.dating.stale and not before.dating.stale
    if kind is ChangeKind.SAME and not newly_stale:
        return None
    old, new = before.rate, after.rate
    value = EXACT.subtract(new.value, old.value)
    total = None if old.total is None or new.total is None else EXACT.subtract(new.total, old.total)
    was, now = (before, first) if last is after else (last, after)
    corrected_value = EXACT.subtract(now.rate.value, was.rate.value)
    share, work, scope = parts(first.rate, last.rate)
    whole, _, _ = parts(old, new)
    if whole is None or share is None:
        return Compared(before, after, kind, newly_stale, value, total, correction_value=corrected_value)
    return Compared(before, after, kind, newly_stale, value, total, whole, work, scope, corrected_value, whole - share)


def _kind(
    before: ClearanceRow | DisbursementRow, after: ClearanceRow | DisbursementRow, first: ClearanceRow | DisbursementRow
) -> ChangeKind:
    """What became of the figure; a month counts as its last day, so that a day given later is a correction.

    A later observation is judged against ``first``, what is now known of the date of the earlier one.
    """
    earlier, later = before.dating.observed.last_day, after.dating.observed.last_day
    if later < earlier:
        return ChangeKind.EARLIER
    if later == earlier:
        return ChangeKind.SAME if _said(before) == _said(after) else ChangeKind.CORRECTED
    if after.rate.value < first.rate.value:
        return ChangeKind.SLIPPED_BACK
    return ChangeKind.CONFIRMED if _figure(first) == _figure(after) else ChangeKind.MOVED


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


def _findings(before: Snapshot, after: Snapshot, order: _Order) -> list[FindingChange]:
    """The doubts that came, then those that went; the most serious first."""
    told = before.besides is not None and after.besides is not None

    def doubt(one: KeptFinding) -> tuple[str, ...]:
        return one.project or "", one.section or "", one.code, one.about if told else ""

    found: list[FindingChange] = []
    for _, old, new in _together(before.findings, after.findings, doubt):
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
