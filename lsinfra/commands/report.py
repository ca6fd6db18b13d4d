"""The weekly report as a file."""

from pathlib import Path
from typing import Annotated

import typer

from lsinfra.commands.loading import fail_on_errors, measured, root_of, tell_passed_over
from lsinfra.commands.options import STDOUT, AsOf, help_
from lsinfra.commands.output import emit, make_folder, show
from lsinfra.report.kinds import Kind


def report(
    context: typer.Context,
    as_of: AsOf = None,
    format: Annotated[Kind, typer.Option("--format", help=help_("report_format"))] = Kind.DOCX,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PATH", help=help_("report_out"), show_default=False)
    ] = None,
) -> None:
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
    if out is None:
        # Beside the pages of the day.
        out = root / "maps" / progress.as_of.isoformat() / formats.file_name(made, format)
        make_folder(out.parent)
    emit(formats.write(made, Scope(portfolio, progress, call.lang), format), out)
    if out != STDOUT:
        show(call, [str(out)])
    fail_on_errors(findings)
