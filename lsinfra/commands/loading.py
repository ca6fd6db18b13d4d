"""What most commands begin and end with: the root folder, the day asked for, the progress at it, the exit code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lsinfra.commands.options import THEN, TODAY, Call, WrongUse
from lsinfra.errors import QuantityError, RunError, Severity, why
from lsinfra.text import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lsinfra.errors import Finding
    from lsinfra.portfolio import Portfolio
    from lsinfra.progress import Progress
    from lsinfra.quantities import PartialDate
    from lsinfra.records import Project
    from lsinfra.snapshots import KeptFinding, KeptProject, Snapshot


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
    """The day an option names; one that has not begun by ``today`` has nothing to show."""
    from lsinfra.quantities import read_date

    if text == TODAY and today:
        return today
    try:
        day = read_date(text)
    except QuantityError as error:
        raise WrongUse("not_a_day", option=option, reason=error) from None
    if today and day.first_day > today:
        raise WrongUse("future_day", option=option, day=day)
    return day.last_day


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
    """Progress with its findings and titles: from the records of today (``known`` None), or as it was known then."""

    call: Call
    projects: "Sequence[Project | KeptProject]"
    progress: "Progress"
    findings: "Sequence[Finding | KeptFinding]"
    known: datetime | None


def told(context: typer.Context, as_of: str | None, known: str) -> Told:
    """The progress at a day, as it is known today or as a snapshot knew it."""
    if known == TODAY:
        call, portfolio, progress, findings = measured(context, as_of)
        return Told(call, portfolio.records.projects, progress, findings, None)
    call = context.obj
    day = call.today if as_of is None else read_day(as_of, "--as-of", call.today)
    snapshot = recalled(call, day, known)
    return Told(call, snapshot.projects, snapshot.progress, snapshot.findings, snapshot.taken)


def recalled(call: Call, day: date, known: str) -> "Snapshot":
    """What the snapshots knew of a day: at first (``then``), or by another day; said on stderr which one it is."""
    from lsinfra import snapshots

    by = None if known == THEN else read_day(known, "--known", call.today)
    snapshot, path = snapshots.recall(root_of(call) / snapshots.FOLDER, day, by)
    if not call.quiet and snapshot.taken:
        as_of, taken = day_phrase(snapshot.as_of), snapshots.said(snapshot.taken)
        typer.echo(say(call.lang, "cli.recalled", path=path, as_of=as_of, taken=taken), err=True)
    return snapshot


def fail_on_errors(findings: "Iterable[Finding | KeptFinding]") -> None:
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise typer.Exit(1)
