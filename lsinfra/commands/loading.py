"""What most commands begin and end with: the root folder, the day asked for, the progress at it, the exit code."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lsinfra.commands.options import THEN, TODAY, Call, WrongUse
from lsinfra.errors import QuantityError, RunError, Severity, why
from lsinfra.text import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lsinfra.errors import Finding, LsinfraError
    from lsinfra.portfolio import Portfolio
    from lsinfra.progress import Progress
    from lsinfra.quantities import PartialDate
    from lsinfra.records import Project
    from lsinfra.render.since import Since
    from lsinfra.snapshots import KeptFinding, KeptProject, Recalled, Snapshot


def root_of(call: Call) -> Path:
    """The folder of projects.yaml: --root, or upward from here."""
    from lsinfra.records import FILE

    try:
        start = call.root or Path.cwd()
    except OSError as error:
        raise RunError("unreadable", path=".", reason=why(error)) from None
    found = [start] if call.root else [start, *start.parents]
    for folder in found:
        if (folder / FILE).is_file():
            return folder
    raise RunError("no_root", path=start)


def read_day(text: str, option: str, today: date | None = None) -> date:
    """The day an option names; of a month its last one."""
    return read_days(text, option, today)[1]


def read_days(text: str, option: str, today: date | None = None) -> tuple[date, date]:
    """The first and last day an option names; what has not begun by ``today`` has nothing to show."""
    from lsinfra.quantities import read_date

    if text == TODAY and today:
        return today, today
    try:
        day = read_date(text)
    except QuantityError as error:
        raise WrongUse("not_a_day", option=option, reason=error) from None
    if today and day.first_day > today:
        raise WrongUse("future_day", option=option, day=day)
    return day.first_day, day.last_day


def measured(context: typer.Context, as_of: str | None) -> "tuple[Call, Portfolio, Progress, tuple[Finding, ...]]":
    """The portfolio, its progress at the date asked for, and every finding."""
    from lsinfra import checks, portfolio, progress

    call: Call = context.obj
    whole = portfolio.load(root_of(call))
    day = progress.newest(whole.records, call.today) if as_of is None else read_day(as_of, "--as-of", call.today)
    found = progress.measure(whole, day)
    if call.verbose:
        counts = {"projects": len(whole.records.projects), "routes": len(whole.routes.alignments)}
        figures = len(found.clearance) + len(found.disbursement)
        typer.echo(say(call.lang, "cli.read", root=root_of(call), figures=figures, date=day, **counts), err=True)
    return call, whole, found, checks.check(whole, found, call.today)


def day_phrase(day: date) -> "PartialDate":
    """A day that writes itself."""
    from lsinfra.quantities import PartialDate

    return PartialDate(day.year, day.month, day.day)


@dataclass(frozen=True)
class Told:
    """Progress with its findings and titles: from the records of today (``known`` None), or as it was known then, by
    the snapshot of the date ``kept``.
    """

    call: Call
    projects: "Sequence[Project | KeptProject]"
    progress: "Progress"
    findings: "Sequence[Finding | KeptFinding]"
    known: datetime | None
    kept: date | None = None


def told(context: typer.Context, as_of: str | None, known: str, *, as_kept: bool = False) -> Told:
    """The progress at a day, as it is known today or as a snapshot knew it; ``as_kept``: of its own day, with the
    findings of that day, which are kept for no other.
    """
    if known == TODAY:
        call, portfolio, progress, findings = measured(context, as_of)
        return Told(call, portfolio.records.projects, progress, findings, None)
    call = context.obj
    first, last = (None, call.today) if as_of is None else read_days(as_of, "--as-of", call.today)
    found = recalled(call, last, known, first, as_kept=as_kept or as_of is None)
    snapshot = found.snapshot
    return Told(call, snapshot.projects, snapshot.progress, snapshot.findings, snapshot.taken, found.kept.as_of)


def recalled(call: Call, day: date, known: str, first: date | None, *, as_kept: bool = False) -> "Recalled":
    """What the snapshots knew of a day: at first (``then``), or by another day; said on stderr which one it is.

    Said too: what was passed over; that the snapshot is of a day before ``first``, with which the days begin that were
    asked for; that no findings are kept for another day than its own. ``as_kept``: see ``told``.
    """
    from lsinfra import snapshots

    by = None if known == THEN else read_day(known, "--known", call.today)
    folder = root_of(call) / snapshots.FOLDER
    found = (snapshots.nearest if as_kept and first else snapshots.recall)(folder, day, by)
    if as_kept:
        found = replace(found, snapshot=found.kept)
    tell_passed_over(call, found.passed_over)
    if not call.quiet and found.kept.taken:
        as_of, taken = day_phrase(found.kept.as_of), snapshots.said(found.kept.taken)
        typer.echo(say(call.lang, "cli.recalled", path=found.path, as_of=as_of, taken=taken), err=True)
        if first and found.kept.as_of < first:
            typer.echo(say(call.lang, "cli.nearest", day=day_phrase(day), as_of=as_of), err=True)
        if found.snapshot is not found.kept:
            typer.echo(say(call.lang, "cli.no_findings", day=day_phrase(day)), err=True)
    return found


def since_before(call: Call, root: Path, portfolio: "Portfolio", known: "Snapshot") -> "Since | None":
    """What the week is compared with: the last snapshot of an earlier week, else what the records of today say of the
    last day before this week on which something was observed. Damaged snapshots keep nobody from it, but are told.
    """
    from lsinfra import checks, compare, snapshots
    from lsinfra import progress as progressing
    from lsinfra.render.since import Since
    from lsinfra.weeks import Week

    # The page is of a date: it does not say at which moment it was made.
    timeless = replace(known, taken=None)
    monday = Week.of(known.as_of).first_day
    try:
        before = snapshots.nearest(root / snapshots.FOLDER, monday - timedelta(days=1), call.today)
        tell_passed_over(call, before.passed_over)
        return Since(compare.compare(before.snapshot, timeless), stored=True)
    except RunError as error:
        # That none was kept yet is no fault, and a folder that cannot be read is told when the snapshot is taken.
        if error.key == "none_sound":
            tell_passed_over(call, [error])
        day = progressing.newest_before(portfolio.records, monday)
    if day is None:
        return None
    measured = progressing.measure(portfolio, day)
    then = snapshots.make(root, portfolio, measured, checks.check(portfolio, measured, call.today), None)
    return Since(compare.compare(then, timeless), stored=False)


def tell_passed_over(call: Call, faults: "Iterable[LsinfraError]") -> None:
    """A snapshot that cannot be read is missing from the answer: that is said beside it."""
    for fault in faults:
        typer.echo(say(call.lang, "cli.passed_over", reason=fault), err=True)


def fail_on_errors(findings: "Iterable[Finding | KeptFinding]") -> None:
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise typer.Exit(1)
