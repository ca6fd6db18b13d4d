"""The weekly report as a file."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lsinfra.commands.loading import fail_on_errors, measured, root_of, since_before
from lsinfra.commands.options import STDOUT, AsOf, help_
from lsinfra.commands.output import emit, make_folder, show
from lsinfra.text import say

if TYPE_CHECKING:
    from lsinfra.render.payload import Scope
    from lsinfra.report.model import Report


class Kind(StrEnum):
    """What kind of file; its value is the ending of the file's name."""

    DOCX = "docx"
    XLSX = "xlsx"
    MD = "md"
    HTML = "html"


def _docx(report: "Report", _: "Scope") -> bytes:
    from lsinfra.report.word import word

    return word(report)


def _xlsx(report: "Report", scope: "Scope") -> bytes:
    from lsinfra.report.workbook import workbook

    return workbook(report, scope)


def _md(report: "Report", _: "Scope") -> str:
    from lsinfra.report.plain import markdown

    return markdown(report)


def _html(report: "Report", _: "Scope") -> str:
    from lsinfra.report.plain import html

    return html(report)


_WRITERS: dict[Kind, "Callable[[Report, Scope], str | bytes]"] = {
    Kind.DOCX: _docx,
    Kind.XLSX: _xlsx,
    Kind.MD: _md,
    Kind.HTML: _html,
}


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
    from lsinfra.render.payload import Scope
    from lsinfra.report.contents import contents

    root = root_of(call)
    since = since_before(call, root, portfolio, snapshots.make(root, portfolio, progress, findings, call.now))
    made = contents(portfolio, progress, findings, lang=call.lang, since=since)
    written = _WRITERS[format](made, Scope(portfolio, progress, call.lang))
    if out is None:
        # Beside the pages of the day; the name holds the day, for the file is sent on alone.
        day = progress.as_of.isoformat()
        out = root / "maps" / day / f"{say(call.lang, 'report.file')}-{day}.{format.value}"
        make_folder(out.parent)
    emit(written, out)
    if out != STDOUT:
        show(call, [str(out)])
    fail_on_errors(findings)
