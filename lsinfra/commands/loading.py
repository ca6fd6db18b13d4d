"""What most commands begin and end with: the root folder, the day asked for, the progress at it, the exit code."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lsinfra.commands.options import THEN, TODAY, Call, WrongUse
from lsinfra.commands.output import tell
from lsinfra.errors import QuantityError, RunError, Severity
from lsinfra.text import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lsinfra.errors import Finding, LsinfraError
    from lsinfra.portfolio import Portfolio
    from lsinfra.progress import Progress
    from lsinfra.quantities import PartialDate
    from lsinfra.records import Project
    from lsinfra.render.tables import Reported
    from lsinfra.snapshots import KeptFinding, KeptProject, Recalled


def root_of(call: Call) -> Path:
    """The folder of projects.yaml: --root, or upward from here."""
    from lsinfra import loader
    from lsinfra.records import FILE

    if call.root is None:
        return loader.find_root()
    if (call.root / FILE).is_file():
        return call.root
    raise RunError("no_root", path=call.root)


def read_day(text: str, option: str, today: date | None = None) -> date:
    """The day an option names; of a month its last one."""
    return read_days(text, option, today)[1]


def read_days(text: str, option: str, today: date | None = None) -> tuple[date, date]:
    """The first and last day an option names; what has not begun by ``today`` has nothing to show."""
    if text == TODAY and today:
        return today, today
    day = read_moment(text, option)
    if today and day.first_day > today:
        raise WrongUse("future_day", option=option, day=day)
    return day.first_day, day.last_day


def read_moment(text: str, option: str) -> "PartialDate":
    """The day or month an option names."""
    from lsinfra.dates import read_date

    try:
        return read_date(text)
    except QuantityError as error:
        raise WrongUse("not_a_day", option=option, reason=error) from None


def loaded(context: typer.Context) -> "tuple[Call, Portfolio]":
    """The records with their routes."""
    from lsinfra import portfolio

    call: Call = context.obj
    return call, portfolio.load(root_of(call))


def measured(context: typer.Context, as_of: str | None) -> "tuple[Call, Portfolio, Progress, tuple[Finding, ...]]":
    """The portfolio, its progress at the date asked for, and every finding."""
    from lsinfra import progress

    call, whole = loaded(context)
    day = progress.newest(whole.records, call.today) if as_of is None else read_day(as_of, "--as-of", call.today)
    return call, whole, *measured_at(call, whole, day)


def measured_at(call: Call, whole: "Portfolio", day: date) -> "tuple[Progress, tuple[Finding, ...]]":
    """The progress at a day, and every finding."""
    from lsinfra import checks, progress

    found = progress.measure(whole, day)
    if call.verbose:
        counts = {"projects": len(whole.records.projects), "routes": len(whole.routes.alignments)}
        figures = len(found.clearance) + len(found.disbursement)
        typer.echo(say(call.lang, "cli.read", root=root_of(call), figures=figures, date=day, **counts), err=True)
    return found, checks.check(whole, found, call.today)


def day_phrase(day: date) -> "PartialDate":
    """A day that writes itself."""
    from lsinfra.quantities import PartialDate

    return PartialDate(day.year, day.month, day.day)


@dataclass(frozen=True)
class Told:
    """Progress with its findings and titles: from the records of today (``known`` None), or as it was known then, by
    the snapshot of the date ``kept``.

    ``reported``: where figures are taken from a parcel register, what was reported in the place of each computed one
    (``parcels.book.Joined``); ``doubts`` are the findings about the register, which are among ``findings`` too.
    """

    call: Call
    projects: "Sequence[Project | KeptProject]"
    progress: "Progress"
    findings: "Sequence[Finding | KeptFinding]"
    known: datetime | None
    kept: date | None = None
    reported: "Reported | None" = None
    doubts: "Sequence[Finding]" = ()


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
    if found.kept.taken:
        as_of, taken = day_phrase(found.kept.as_of), snapshots.said(found.kept.taken)
        tell(call, say(call.lang, "cli.recalled", path=found.path, as_of=as_of, taken=taken))
        if first and found.kept.as_of < first:
            tell(call, say(call.lang, "cli.nearest", day=day_phrase(day), as_of=as_of))
        if found.snapshot is not found.kept:
            tell(call, say(call.lang, "cli.no_findings", day=day_phrase(day)))
    return found


def tell_passed_over(call: Call, faults: "Iterable[LsinfraError]") -> None:
    """A snapshot that cannot be read is missing from the answer: that is said beside it."""
    for fault in faults:
        typer.echo(say(call.lang, "cli.passed_over", reason=fault), err=True)


def fail_on_errors(findings: "Iterable[Finding | KeptFinding]") -> None:
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise typer.Exit(1)
