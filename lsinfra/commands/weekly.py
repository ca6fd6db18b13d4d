"""The week's job: check, pages, report, snapshot, summary; for a planner, or for a timer that reads one line."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lsinfra.commands.loading import day_phrase, measured, root_of, tell_passed_over
from lsinfra.commands.options import STDOUT, AsOf, Call, WrongUse, help_
from lsinfra.commands.output import admit, emit, show, steps, tell
from lsinfra.errors import LsinfraError, RunError, Severity
from lsinfra.report.kinds import Kind
from lsinfra.text import say

if TYPE_CHECKING:
    from lsinfra.errors import Finding
    from lsinfra.render.weekly_tables import Week

_TOLD = 5
"""Findings that are told in full on stderr."""


class FailOn(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


def weekly(
    context: typer.Context,
    as_of: AsOf = None,
    fail_on: Annotated[FailOn, typer.Option("--fail-on", help=help_("weekly_fail_on"))] = FailOn.ERROR,
    summary: Annotated[
        Path | None,
        typer.Option("--summary", metavar="PATH", help=help_("weekly_summary"), show_default=False, readable=False),
    ] = None,
) -> None:
    from lsinfra.render.weekly_tables import Week, weekly_json

    call: Call = context.obj
    if summary:
        admit(summary, "json")
    week = Week(call.now, call.lang)
    try:
        _work(context, as_of, week, aloud=not call.quiet and summary != STDOUT)
    except LsinfraError as error:
        if summary:
            code = 2 if isinstance(error, WrongUse) else 1
            _keep_despite(weekly_json(week, code, fail_on, error), summary, call)
        raise
    week.failing = _failing(week.findings or (), fail_on)
    code = 1 if week.failing else 0
    if summary:
        emit(weekly_json(week, code, fail_on), summary)
    if call.quiet and summary != STDOUT:
        emit(_line(week) + "\n", STDOUT)
    if call.quiet or fail_on is not FailOn.ERROR:
        _tell_failing(week)
    if code:
        raise typer.Exit(code)


def _work(context: typer.Context, as_of: str | None, week: "Week", *, aloud: bool) -> None:
    """The job itself; ``week`` is told after each step. ``aloud``: the summary for a person is printed."""
    call: Call = context.obj
    week.root = root = root_of(call)
    _, portfolio, progress, findings = measured(context, as_of)
    week.portfolio, week.progress, week.findings = portfolio, progress, findings
    from lsinfra import progress as progressing
    from lsinfra import snapshots
    from lsinfra.render import page, since, tables
    from lsinfra.render.payload import Scope
    from lsinfra.report import formats
    from lsinfra.report.contents import contents

    known = snapshots.make(root, portfolio, progress, findings, call.now)
    before, passed_over = since.before_this_week(root, portfolio, known, call.today)
    tell_passed_over(call, passed_over)
    report = contents(portfolio, progress, findings, lang=call.lang, since=before)
    scope = Scope(portfolio, progress, call.lang)
    missed: list[RunError] = []
    with steps(call, say(call.lang, "cli.making"), len(Kind) + page.count(portfolio)) as done:
        reports = formats.write_all(report, scope, missed.append, done)
        week.missed = tuple(dict.fromkeys(one.write(call.lang) for one in missed))
        week.pages = page.write(
            portfolio,
            progress,
            findings,
            root / "maps",
            call.lang,
            since=before,
            reports=reports,
            tell=done,
            kept=week.kept.append,
        )
        week.reports = [week.pages[0].with_name(name) for name in reports]
    for path in week.kept:
        tell(call, say(call.lang, "cli.kept_edited", path=path))
    for sentence in week.missed:  # a timer, which wants silence, must hear of it too
        typer.echo(sentence, err=True)
    if aloud:
        show(call, tables.summary(portfolio, progress, findings, week.pages, call.lang, call.today))
    if progressing.newest_before(portfolio.records, date.max) is None:
        # Kept under today, it would look as if the figures of earlier days that are yet to come had gone.
        if aloud:
            show(call, [say(call.lang, "cli.summary.no_figure")])
        return
    # Last: a folder that takes no snapshot keeps nobody from the pages.
    week.snapshot = taken = snapshots.take(root / snapshots.FOLDER, known)
    if aloud:
        show(call, [say(call.lang, "cli.summary.kept" if taken.new else "cli.summary.kept_before", path=taken.path)])


def _keep_despite(text: str, summary: Path, call: Call) -> None:
    """Write the summary of a run that failed; if that fails too, the first reason is still the one to be told last."""
    try:
        emit(text, summary)
    except RunError as error:
        typer.echo(error.write(call.lang), err=True)


def _failing(findings: "Sequence[Finding]", fail_on: FailOn) -> "list[Finding]":
    """The findings of this severity and of those above it."""
    if fail_on is FailOn.NEVER:
        return []
    ranks = list(Severity)
    return [one for one in findings if ranks.index(one.severity) <= ranks.index(Severity(fail_on.value))]


def _line(week: "Week") -> str:
    """A weekly run in one line: date of the figures, findings by severity, where the pages are, what is missing."""
    if not week.progress or not week.pages:
        raise ValueError("only a run that came to its end has a line")
    counts = week.counts
    line = say(
        week.lang,
        "cli.weekly.line",
        time=f"{week.started:%Y-%m-%d %H:%M}",
        figures=_figures(week),
        errors=counts[Severity.ERROR],
        warnings=counts[Severity.WARNING],
        notes=counts[Severity.INFO],
        pages=week.pages[0],
        snapshot=week.snapshot.path.name if week.snapshot else say(week.lang, "cli.weekly.no_snapshot"),
    )
    if week.missed:
        line += say(week.lang, "cli.weekly.incomplete")
    if week.kept:
        line += say(week.lang, "cli.weekly.kept", count=len(week.kept))
    return line


def _figures(week: "Week") -> str:
    """Of which day the figures are; no day has any as long as there are none."""
    from lsinfra.progress import newest_before

    if not week.progress or not week.portfolio or newest_before(week.portfolio.records, date.max) is None:
        return say(week.lang, "cli.weekly.no_figures")
    return say(week.lang, "cli.weekly.figures", date=day_phrase(week.progress.as_of))


def _tell_failing(week: "Week") -> None:
    """The findings for which the exit code is 1, on stderr: the first in full, of the others how many."""
    for one in week.failing[:_TOLD]:
        severity = say(week.lang, f"word.severity.{one.severity.value}")
        line = say(week.lang, "cli.weekly.failing", severity=severity, where=one.where, message=one.message(week.lang))
        typer.echo(line, err=True)
    if len(week.failing) > _TOLD:
        typer.echo(say(week.lang, "cli.weekly.more", count=len(week.failing) - _TOLD), err=True)
