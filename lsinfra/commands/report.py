"""The weekly report as a file."""

from pathlib import Path
from typing import Annotated

import typer

from lsinfra.commands.loading import fail_on_errors, measured, root_of, tell_passed_over
from lsinfra.commands.options import STDOUT, AsOf, Call, help_
from lsinfra.commands.output import admit, emit, make_folder, show, tell
from lsinfra.errors import RunError, why
from lsinfra.report.kinds import Kind
from lsinfra.text import say


def report(
    context: typer.Context,
    as_of: AsOf = None,
    format: Annotated[
        Kind | None, typer.Option("--format", help=help_("report_format"), show_default=Kind.DOCX.value)
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PATH", help=help_("report_out"), show_default=False, readable=False)
    ] = None,
) -> None:
    kind = _kind(format, out)
    if out:
        admit(out, kind.value)
    call, portfolio, progress, findings = measured(context, as_of)
    from lsinfra import snapshots
    from lsinfra.render import since
    from lsinfra.render.payload import Scope
    from lsinfra.report import formats
    from lsinfra.report.contents import contents

    root = root_of(call)
    known = snapshots.make(root, portfolio, progress, findings, call.now)
    before, passed_over = since.before_this_week(root, portfolio, known, call.today)
    tell_passed_over(call, passed_over)
    made = contents(portfolio, progress, findings, lang=call.lang, since=before)
    missed: list[RunError] = []
    data = formats.write(made, Scope(portfolio, progress, call.lang), kind, missed.append)
    if out is None:
        out = root / "maps" / progress.as_of.isoformat() / formats.file_name(made, kind)
        _put_beside_pages(call, data, out)
    else:
        emit(data, out)
    for one in missed:
        tell(call, one.write(call.lang))
    if out != STDOUT:
        show(call, [str(out)])
    fail_on_errors(findings)


def _kind(asked: Kind | None, out: Path | None) -> Kind:
    """What is asked for, else what the name of the file ends in, else Word."""
    ending = out.suffix[1:].lower() if out else ""
    return asked or (Kind(ending) if ending in list(Kind) else Kind.DOCX)


def _put_beside_pages(call: Call, data: bytes, path: Path) -> None:
    """Write a report of the day; one that somebody has edited gives way, and is told."""
    from lsinfra.render import edited

    make_folder(path.parent)
    try:
        moved = edited.make_room(path, data, call.lang)
        if moved:
            tell(call, say(call.lang, "cli.kept_edited", path=moved))
        emit(data, path)
        edited.add_to_note(path, data)
    except OSError as error:
        raise RunError("unwritable", path=path, reason=why(error)) from None
