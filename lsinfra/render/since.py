"""What changed since an earlier date: beside every headline, in a column of the tables, and as a table of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from lsinfra import snapshots
from lsinfra.checks import check
from lsinfra.codes import Stage
from lsinfra.compare import ChangeKind, Compared, Comparison, compare
from lsinfra.errors import LsinfraError, RunError
from lsinfra.portfolio import Portfolio
from lsinfra.progress import Change, ClearanceRow, DisbursementRow, measure, newest_before
from lsinfra.quantities import Measure
from lsinfra.render.payload import Scope, day_text, first_capital, rate_text
from lsinfra.render.writing import grown, points
from lsinfra.text import Lang, say
from lsinfra.weeks import Week

CHIPS = {
    ChangeKind.NEW: "current",
    ChangeKind.GONE: "unknown",
    ChangeKind.MOVED: "moved",
    ChangeKind.CORRECTED: "corrected",
    ChangeKind.SLIPPED_BACK: "doubt",
    ChangeKind.CONFIRMED: "confirmed",
    ChangeKind.EARLIER: "doubt",
}
"""How each kind of change is marked: a colour and a sign beside its word. ``SAME`` is no change of the figure."""

UPDATES = {ChangeKind.NEW, ChangeKind.MOVED, ChangeKind.CONFIRMED}
"""What is expected of a figure; all else a reader must be told."""


@dataclass(frozen=True)
class Since:
    """A comparison that ends with a page's own figures, and what its beginning is.

    ``stored``: a snapshot that was kept, what was known then. Otherwise the earlier date was measured from the records
    of today, and says what is known now of that day.
    """

    comparison: Comparison
    stored: bool

    def write(self, lang: Lang) -> str:
        """What it is compared with: ``so với bản lưu ngày 24/10/2024``."""
        before = self.comparison.before
        day = day_text(before.as_of, lang)
        if not self.stored:
            return say(lang, "page.since.records", day=day)
        taken = before.taken.date() if before.taken else before.as_of
        if taken == before.as_of:
            return say(lang, "page.since.stored", day=day)
        return say(lang, "page.since.stored_later", day=day, taken=day_text(taken, lang))


def before_this_week(
    root: Path, portfolio: Portfolio, known: snapshots.Snapshot, today: date
) -> tuple[Since | None, tuple[LsinfraError, ...]]:
    """What a week's figures are compared with, and what had to be passed over in finding it.

    The last snapshot of an earlier week; where there is none, what the records of today say of the last day before
    this week on which something was observed.

    Parameters
    ----------
    root
        The folder of ``projects.yaml``, in which the snapshots are.
    known
        The week's own figures, not kept yet.
    today
        Snapshots taken after it do not count; doubts are those of this day.

    Returns
    -------
    tuple of Since or None, and of LsinfraError
        None where nothing was observed before this week. Damaged snapshots keep nobody from a comparison.
    """
    # The page is of a date: it does not say at which moment it was made.
    timeless = replace(known, taken=None)
    monday = Week.of(known.as_of).first_day
    passed_over: tuple[LsinfraError, ...] = ()
    try:
        before = snapshots.nearest(root / snapshots.FOLDER, monday - timedelta(days=1), today)
        return Since(compare(before.snapshot, timeless), stored=True), before.passed_over
    except RunError as error:
        # That none was kept yet is no fault, and a folder that cannot be read is told when the snapshot is taken.
        if error.key == "none_sound":
            passed_over = (error,)
    day = newest_before(portfolio.records, monday)
    if day is None:
        return None, passed_over
    progress = measure(portfolio, day)
    then = snapshots.make(root, portfolio, progress, check(portfolio, progress, today), None)
    return Since(compare(then, timeless), stored=False), passed_over


@dataclass(frozen=True)
class Changed:
    """The changes of what is on a page."""

    scope: Scope
    since: Since

    @cached_property
    def label(self) -> str:
        return self.since.write(self.scope.lang)

    @cached_property
    def land(self) -> dict[tuple[object, ...], Compared[ClearanceRow]]:
        """Each figure of land that changed, by what it is of."""
        found = (one for one in self.since.comparison.clearance if one.kind in CHIPS)
        return {of_land(one.row): one for one in found if one.row.project in self.scope.numbers}

    @cached_property
    def money(self) -> dict[tuple[object, ...], Compared[DisbursementRow]]:
        """Each figure of disbursement that changed, by what it is of."""
        found = (one for one in self.since.comparison.disbursement if one.kind in CHIPS)
        return {of_money(one.row): one for one in found if one.row.project in self.scope.numbers}

    @cached_property
    def listed(self) -> list[Compared[ClearanceRow] | Compared[DisbursementRow]]:
        """The projects' own figures of land handed over, then those of sections that must be told, then money.

        A section is told where its project has no own figure that changed, or where it is more than an update. Of
        other stages what is gone, for no row of the page tells of it.
        """
        handed_over = [one for one in self.land.values() if one.row.stage is Stage.HANDED_OVER]
        gone = [one for one in self.land.values() if one.row.stage is not Stage.HANDED_OVER and one.after is None]
        own = {one.row.project for one in handed_over if one.row.section is None}
        told = [
            one
            for one in handed_over
            if one.row.section is None or one.row.project not in own or one.kind not in UPDATES
        ]
        told.sort(key=lambda one: (one.row.section is not None, one.row.measure is not Measure.AREA))
        money = sorted(self.money.values(), key=lambda one: one.row.funding is not None)
        return [*told, *gone, *money]

    def of(self, row: ClearanceRow | DisbursementRow) -> Compared[ClearanceRow] | Compared[DisbursementRow] | None:
        """What became of a figure of the page; None where there is no new one."""
        if isinstance(row, ClearanceRow):
            return self.land.get(of_land(row))
        return self.money.get(of_money(row))


def of_land(row: ClearanceRow) -> tuple[object, ...]:
    return row.project, row.section, row.stage, row.measure


def of_money(row: DisbursementRow) -> tuple[object, ...]:
    return row.project, row.plan_year, row.base, row.funding, row.closes


# --- words ---------------------------------------------------------------------------------------------------------


def chip(kind: ChangeKind, lang: Lang) -> list[str]:
    return [CHIPS[kind], say(lang, f"compare.kind.{kind}")]


def parts_text(
    change: Change | Compared[ClearanceRow] | Compared[DisbursementRow], measure: Measure, lang: Lang
) -> str:
    """The change of the share with its parts as one sentence; empty where they are not known."""
    said = points(change, measure, lang)
    if not said["work"]:
        return ""
    if not said["correction"]:
        return say(lang, "page.work_scope", share=said["share"], work=said["work"], scope=said["scope"])
    if change.work or change.scope:
        return say(lang, "page.corrected_work_scope", **said)
    return say(lang, "page.corrected", share=said["share"], correction=said["correction"])


# --- on a page -------------------------------------------------------------------------------------------------------


def since_data(changed: Changed) -> dict[str, Any]:
    """The column of the tables: what it is compared with, and for each row of land and of money what became of it.

    0 where there is no new figure; else place among ``kinds`` (chip and word), difference, parts of the share.
    """
    kinds = list(CHIPS)
    scope, lang = changed.scope, changed.scope.lang

    def cell(row: ClearanceRow | DisbursementRow) -> Any:
        found = changed.of(row)
        if found is None:
            return 0
        return [
            kinds.index(found.kind),
            grown(found.value, measure_of(row), lang),
            parts_text(found, measure_of(row), lang),
        ]

    return {
        "label": first_capital(changed.label),
        "kinds": [chip(kind, lang) for kind in kinds],
        "land": [cell(row) for row in scope.clearance],
        "money": [cell(row) for row in scope.disbursement],
    }


def measure_of(row: ClearanceRow | DisbursementRow) -> Measure:
    return row.measure if isinstance(row, ClearanceRow) else Measure.MONEY


def subject(scope: Scope, row: ClearanceRow | DisbursementRow) -> str:
    """What of a project a row is: a section, the whole, or its capital of a plan."""
    if isinstance(row, ClearanceRow):
        return row.unit or scope.word("whole")
    plan = scope.say("plan_short", year=row.plan_year, base=scope.say(f"base.{row.base}"))
    return f"{first_capital(row.funding.write(scope.lang)) if row.funding else scope.say('all_funding')} · {plan}"


def parts_told(changed: Changed) -> list[str]:
    """The columns of the table for the share and its parts; one for corrections only where there are any."""
    corrected = any(one.correction for one in changed.listed)
    return ["share", *(["correction"] if corrected else []), "work", "scope"]


def since_rows(changed: Changed) -> Iterator[list[Any]]:
    """The table of what changed: cells as ``content.py`` lays them out."""
    scope, lang = changed.scope, changed.scope.lang
    for one in changed.listed:
        row, measure = one.row, measure_of(one.row)
        said = points(one, measure, lang)
        yield [
            scope.title(row.project),
            subject(scope, row),
            first_capital(row.stage.write(lang)) if isinstance(row, ClearanceRow) else scope.say("ui.disbursement"),
            *_side(scope, one.before, measure),
            *_side(scope, one.after, measure),
            ["n", grown(one.value, measure, lang)],
            *(["n", said[name]] for name in parts_told(changed)),
            ["chip", *chip(one.kind, lang)],
        ]


def _side(scope: Scope, row: ClearanceRow | DisbursementRow | None, measure: Measure) -> list[Any]:
    """Figure and date."""
    if row is None:
        return [["n", "–"], ""]
    return [["n", rate_text(row.rate, measure, scope.lang)], row.dating.observed.write(scope.lang)]
