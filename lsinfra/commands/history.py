"""The commands of the history: snapshots and their index, what changed, pace and forecast."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from lsinfra.commands.loading import fail_on_errors, measured, read_days, recalled, root_of, tell_passed_over
from lsinfra.commands.options import STDOUT, TODAY, AsOf, Call, Format, FormatOption, Known, Out, WrongUse, help_
from lsinfra.commands.output import bar, emit, emit_as, show, tell
from lsinfra.errors import QuantityError
from lsinfra.numerals import shown
from lsinfra.text import say

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from lsinfra.index import Brought, Index
    from lsinfra.snapshots import Snapshot

Index_ = Annotated[str | None, typer.Option("--index", metavar="FILE|URL", help=help_("index"), show_default=False)]
Side = Annotated[str, typer.Argument(help=help_("side"), show_default=False)]


Found = TypeVar("Found")


class FailOn(StrEnum):
    REGRESS = "regress"


# --- snapshots -----------------------------------------------------------------------------------------------------


def take(context: typer.Context, as_of: AsOf = None) -> None:
    call, portfolio, progress, findings = measured(context, as_of)
    from lsinfra import snapshots

    root = root_of(call)
    made = snapshots.make(root, portfolio, progress, findings, call.now)
    taken = snapshots.take(root / snapshots.FOLDER, made)
    show(call, [str(taken.path)])
    fail_on_errors(findings)


def list_(context: typer.Context, format: FormatOption = Format.TABLE, out: Out = STDOUT) -> None:
    call: Call = context.obj
    from lsinfra import snapshots
    from lsinfra.render import snapshot_tables

    found = snapshots.entries(_folder(call))
    emit_as(
        format,
        out,
        table=lambda: snapshot_tables.list_table(found, call.lang),
        json=lambda: snapshot_tables.list_json(found),
        rows=lambda: snapshot_tables.list_rows(found),
    )


def show_(
    context: typer.Context,
    which: Annotated[str, typer.Argument(help=help_("which"), show_default=False)],
    format: FormatOption = Format.TABLE,
    out: Out = STDOUT,
) -> None:
    call: Call = context.obj
    snapshot = _kept(call, which)
    from lsinfra.render import tables

    emit_as(
        format,
        out,
        table=lambda: tables.progress_table(snapshot.projects, snapshot.progress, call.lang),
        json=lambda: tables.progress_json(
            snapshot.progress, snapshot.findings, call.lang, snapshot.taken, snapshot.as_of
        ),
        rows=lambda: tables.progress_rows(snapshot.progress, snapshot.taken, snapshot.as_of),
    )


def verify(context: typer.Context) -> None:
    call: Call = context.obj
    from lsinfra import snapshots
    from lsinfra.render import snapshot_tables

    verified = snapshots.verify(_folder(call))
    show(call, snapshot_tables.verified_lines(verified, call.lang))
    if verified.faults:
        raise typer.Exit(1)


# --- the index -----------------------------------------------------------------------------------------------------


def index(
    context: typer.Context,
    index: Index_ = None,
    prune: Annotated[bool, typer.Option("--prune", help=help_("prune"))] = False,
) -> None:
    call: Call = context.obj
    from lsinfra import snapshots
    from lsinfra.render import index_tables

    with _index(call, index) as opened:
        show(call, index_tables.brought_lines(_bring_up(call, opened, prune=prune), call.lang))
        if state := opened.link.state:
            if not state.spatial:
                show(call, [say(call.lang, "index.spatial.not_yet" if state.postgis else "index.spatial.no_postgis")])
                return
            # After the figures: a fault in today's records leaves those of the snapshots whole.
            from lsinfra.index import spatial

            root = root_of(call)
            before = snapshots.inputs(root)
            _, portfolio, progress, _ = measured(context, None)
            drawn = spatial.draw(opened, root, before, portfolio, progress)
            key = "index.spatial.drawn" if drawn.new else "index.spatial.same"
            show(call, [say(call.lang, key, routes=drawn.routes, sections=drawn.sections)])


def roles(out: Out = STDOUT) -> None:
    from lsinfra.index import migrations

    emit(migrations.roles(), out)


def history(
    context: typer.Context,
    project: Annotated[str, typer.Argument(help=help_("history_project"), show_default=False)],
    index: Index_ = None,
    format: FormatOption = Format.TABLE,
    out: Out = STDOUT,
) -> None:
    call: Call = context.obj
    from lsinfra.render import index_tables

    found = _asked(call, index, lambda opened: opened.history(project))
    emit_as(
        format,
        out,
        table=lambda: index_tables.history_table(found, call.lang),
        json=lambda: index_tables.history_json(found),
        rows=lambda: index_tables.history_rows(found),
    )


def changes(
    context: typer.Context,
    week: Annotated[str | None, typer.Argument(help=help_("week"), show_default=False)] = None,
    index: Index_ = None,
    format: FormatOption = Format.TABLE,
    out: Out = STDOUT,
) -> None:
    call: Call = context.obj
    from lsinfra.render import index_tables
    from lsinfra.weeks import read_week

    try:
        asked = None if week is None else read_week(week)
    except QuantityError as error:
        raise WrongUse("unfit", reason=error) from None
    found = _asked(call, index, lambda opened: opened.changes(asked))
    emit_as(
        format,
        out,
        table=lambda: index_tables.changes_table(found, call.lang),
        json=lambda: index_tables.changes_json(found),
        rows=lambda: index_tables.changes_rows(found),
    )


# --- compare, forecast ---------------------------------------------------------------------------------------------


def compare(
    context: typer.Context,
    before: Side,
    after: Side,
    known: Known = TODAY,
    fail_on: Annotated[FailOn | None, typer.Option("--fail-on", help=help_("fail_on"), show_default=False)] = None,
    format: FormatOption = Format.TABLE,
    out: Out = STDOUT,
) -> None:
    call: Call = context.obj
    from lsinfra import compare as comparing
    from lsinfra.render import compare_tables

    old, new = _side(context, before, known), _side(context, after, known)
    both = old.with_findings and new.with_findings
    comparison = comparing.compare(old.snapshot, new.snapshot, kept=(old.kept, new.kept), with_findings=both)
    emit_as(
        format,
        out,
        table=lambda: compare_tables.compare_table(comparison, call.lang),
        json=lambda: compare_tables.compare_json(comparison, call.lang),
        rows=lambda: compare_tables.compare_rows(comparison, call.lang),
    )
    if fail_on is FailOn.REGRESS and comparing.regressed(comparison):
        raise typer.Exit(1)


def forecast(
    context: typer.Context,
    as_of: AsOf = None,
    last: Annotated[int, typer.Option("--last", min=2, metavar="N", help=help_("last"))] = 4,
    format: FormatOption = Format.TABLE,
    out: Out = STDOUT,
) -> None:
    call, portfolio, progress, findings = measured(context, as_of)
    from lsinfra import forecast as forecasting
    from lsinfra.render import forecast_tables

    # Asked of a day, the time left is counted from it; else from today, however old the newest figures are.
    found = forecasting.forecast(portfolio, progress.as_of, last, None if as_of else call.today)
    emit_as(
        format,
        out,
        table=lambda: forecast_tables.forecast_table(portfolio, found, call.lang),
        json=lambda: forecast_tables.forecast_json(found),
        rows=lambda: forecast_tables.forecast_rows(found),
    )
    fail_on_errors(findings)


# --- what they share -----------------------------------------------------------------------------------------------


def _folder(call: Call) -> Path:
    from lsinfra import snapshots

    return root_of(call) / snapshots.FOLDER


def _index(call: Call, where: str | None, *, make: bool = True) -> "Index":
    from lsinfra import index as indexing

    opened = indexing.open_index(where or _folder(call) / indexing.FILE, make=make)
    if opened.link.secrets:
        tell(call, say(call.lang, "index.password_seen"))
    return opened


def _bring_up(call: Call, index: "Index", *, prune: bool = False) -> "Brought":
    with bar(call, say(call.lang, "cli.indexing")) as step:
        return index.bring_up(_folder(call), step, prune=prune)


def _asked(call: Call, where: str | None, ask: "Callable[[Index], Found]") -> "Found":
    """What the index answers: a file brought up to the snapshots first, a server as it is."""
    with _index(call, where, make=False) as opened:
        if opened.link.state is None:
            tell_passed_over(call, _bring_up(call, opened).passed_over)
        elif lacking := opened.lacking(_folder(call)):
            tell(call, say(call.lang, "index.lacking", weeks=", ".join(week.iso for week in lacking)))
        return ask(opened)


def _is_file(text: str) -> bool:
    return text.endswith(".json") or Path(text).is_file()


def _kept(call: Call, text: str) -> "Snapshot":
    """A snapshot by its file, or the newest one of a day or week."""
    from lsinfra import snapshots

    if _is_file(text):
        return snapshots.load(Path(text))
    first, last = _days(call, text)
    return recalled(call, last, call.today.isoformat(), first, as_kept=True).kept


def _days(call: Call, text: str) -> "tuple[date, date]":
    """The first and last day that a date, a month or a week names; of what has begun, a week not after today."""
    from lsinfra.weeks import read_week

    try:
        if not re.search("[0-9].*w|w.*[0-9]|tuần", text.lower()):
            return read_days(text, text, call.today)
        week = read_week(text)
    except WrongUse as error:
        if isinstance(reason := error.values.get("reason"), QuantityError):
            raise _no_moment(text, reason) from None
        raise
    except QuantityError as error:
        raise _no_moment(text, error) from None
    if week.first_day > call.today:
        raise WrongUse("future_day", option=text, day=week)
    return week.first_day, min(week.last_day, call.today)


def _no_moment(text: str, reason: QuantityError) -> WrongUse:
    """What is wrong with a day or week that was meant; of any other word, what could stand there."""
    if reason.key in {"date_form", "week_form"}:
        return WrongUse("not_a_moment", found=shown(text))
    return WrongUse("unfit", reason=reason)


@dataclass(frozen=True)
class _Sided:
    """One side of a comparison; ``kept`` is the date of the snapshot that stands for its day."""

    snapshot: "Snapshot"
    kept: "date | None" = None
    with_findings: bool = True


def _side(context: typer.Context, text: str, known: str) -> _Sided:
    """One side of a comparison: a file, or a moment as it is known today or as the snapshots knew it."""
    from lsinfra import snapshots

    call: Call = context.obj
    if _is_file(text):
        return _Sided(snapshots.load(Path(text)))
    first, last = _days(call, text)
    if known != TODAY:
        found = recalled(call, last, known, first)
        return _Sided(found.snapshot, found.kept.as_of, found.snapshot is found.kept)
    _, portfolio, progress, findings = measured(context, last.isoformat())
    return _Sided(snapshots.make(root_of(call), portfolio, progress, findings, None))
