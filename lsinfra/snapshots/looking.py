"""A snapshot looked at on another day than its own: the same knowledge, what it says of that day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from lsinfra.codes import Base, Funding, Stage
from lsinfra.progress import ClearanceRow, DisbursementRow, Progress, change, sums_of
from lsinfra.quantities import Measure
from lsinfra.snapshots.model import Row, Snapshot, aged, not_shown, up_to


def at(snapshot: Snapshot, day: date) -> Snapshot:
    """What the same knowledge says of another day: what ``progress.measure`` would have said then, row for row.

    For each thing the latest observation not after ``day``, with its age at it; changes, sums and indicators
    accordingly. Findings are not worked out anew: there are none, which says nothing about doubts. On the snapshot's
    own day it is the snapshot itself.

    Parameters
    ----------
    day
        Earlier or later. A file that keeps no other observations (``Snapshot.besides`` None) can tell of no earlier
        day; at a later one it is as it is, for nobody knows when it called a figure stale.

    Raises
    ------
    ValueError
        An earlier day than such a file's own.
    """
    besides, shown = snapshot.besides, snapshot.progress
    if besides is None and day < snapshot.as_of:
        raise ValueError(f"{day} is before {snapshot.as_of}, and no earlier observation is kept")
    if besides is None or day == snapshot.as_of:
        return snapshot
    order, stale_after = _Order(snapshot, besides.after_september), besides.stale_after_days
    land = _histories(order.of_land, (*shown.clearance, *besides.clearance), day, stale_after)
    money = _histories(order.of_money, (*shown.disbursement, *besides.disbursement), day, stale_after)
    places = {name: place for place, name in enumerate(besides.indicators)}
    readings = sorted((*shown.indicators, *besides.readings), key=lambda row: places[row.indicator])
    known = [past for history in land if (past := up_to(history, day))]
    rows: dict[str, list[ClearanceRow]] = defaultdict(list)
    for past in known:
        rows[past[-1].project].append(past[-1])
    progress = Progress(
        day,
        tuple(past[-1] for past in known),
        tuple(one for project in snapshot.projects for one in sums_of(project, rows[project.id])),
        tuple(spent[-1] for history in money if (spent := up_to(history, day))),
        tuple(change(*past[-2:]) for past in known if len(past) > 1),
        shown.investment,
        tuple(row for row in readings if row.observed.last_day <= day),
    )
    others = replace(
        besides,
        clearance=tuple(row for history in land for row in not_shown(history, day)),
        disbursement=tuple(row for history in money for row in not_shown(history, day)),
        readings=tuple(row for row in readings if row.observed.last_day > day),
    )
    return replace(snapshot, progress=progress, findings=(), besides=others)


def _histories(
    order: Callable[[Row], tuple[Any, ...]], rows: Iterable[Row], day: date, stale_after_days: int
) -> list[list[Row]]:
    """All observations of each thing, oldest first, with their age at the day; the things in their order."""
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        found[order(row)].append(aged(row, day, stale_after_days))
    return [sorted(found[key], key=lambda row: row.dating.observed.last_day) for key in sorted(found)]


class _Order:
    """Where everything stands in the order of the records; a place is also what a figure is of."""

    def __init__(self, snapshot: Snapshot, after_september: Iterable[str]) -> None:
        self.after_september = frozenset(after_september)
        self.projects = {project.id: place for place, project in enumerate(snapshot.projects)}
        self.sections = {
            (project.id, section.id): place
            for project in snapshot.projects
            for place, section in enumerate(project.sections)
        }

    def of_land(self, row: ClearanceRow) -> tuple[Any, ...]:
        section = -1 if row.section is None else self.sections[row.project, row.section]
        return self.projects[row.project], section, _STAGES[row.stage], _MEASURES[row.measure]

    def of_money(self, row: DisbursementRow) -> tuple[Any, ...]:
        plan = row.plan_year, _BASES[row.base], row.closes or date.min, row.dating.where in self.after_september
        return self.projects[row.project], *plan, _FUNDINGS[row.funding]


_STAGES = {stage: place for place, stage in enumerate(Stage)}
_MEASURES = {measure: place for place, measure in enumerate(Measure)}
_BASES = {base: place for place, base in enumerate(Base)}
_FUNDINGS = {funding: place for place, funding in enumerate((None, *Funding))}
