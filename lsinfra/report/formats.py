"""The report in each kind of file; each writer is imported when it is wanted."""

from __future__ import annotations

from collections.abc import Callable

from lsinfra.render.payload import Scope
from lsinfra.report.kinds import Kind
from lsinfra.report.model import Report
from lsinfra.report.still import map_svg
from lsinfra.text import say

_MAP_MM = (165.0, 122.0)
"""Of the map on an upright A4 sheet."""


def file_name(report: Report, kind: Kind) -> str:
    """``bao-cao-2025-10-27.docx``: the day is in the name, for the file is sent on alone."""
    return f"{say(report.lang, 'report.file')}-{report.as_of.isoformat()}.{kind.value}"


def write(report: Report, scope: Scope, kind: Kind) -> bytes:
    """The report as a file of this kind; the same report gives the same bytes.

    Parameters
    ----------
    report
        What it says (``contents.contents``).
    scope
        The same day and language, for the map and the courses of the figures.

    Raises
    ------
    TypesetError
        A PDF is asked for, and typst or its font is not installed. The other kinds then have no picture of the map, and
        say so.
    """
    return _WRITERS[kind](report, scope)


def write_all(report: Report, scope: Scope, tell: Callable[[], None] = lambda: None) -> dict[str, bytes]:
    """The report in every kind, by the names of the files; without a PDF where that cannot be made (``can_typeset``).

    ``tell`` is called after each kind.
    """
    made = {}
    for kind in Kind:
        if kind is not Kind.PDF or can_typeset():
            made[file_name(report, kind)] = write(report, scope, kind)
        tell()
    return made


def can_typeset() -> bool:
    """Whether typst and its font are there, for the PDF and the pictures of the map."""
    from lsinfra.report.typeset import installed

    return installed()


def _pictures(scope: Scope) -> dict[str, bytes]:
    if not can_typeset() or not (drawn := map_svg(scope, *_MAP_MM)):
        return {}
    from lsinfra.report.typeset import png

    return {"map": png(drawn, _MAP_MM[0])}


def _docx(report: Report, scope: Scope) -> bytes:
    from lsinfra.report.word import word

    return word(report, _pictures(scope))


def _xlsx(report: Report, scope: Scope) -> bytes:
    from lsinfra.report.workbook import workbook

    return workbook(report, scope)


def _pdf(report: Report, scope: Scope) -> bytes:
    from lsinfra.report.typeset import pdf

    return pdf(report, {"map": map_svg(scope, *_MAP_MM)})


def _html(report: Report, scope: Scope) -> bytes:
    from lsinfra.report.plain import html

    return html(report, _pictures(scope)).encode()


def _md(report: Report, _: Scope) -> bytes:
    from lsinfra.report.plain import markdown

    return markdown(report).encode()


_WRITERS: dict[Kind, Callable[[Report, Scope], bytes]] = {
    Kind.DOCX: _docx,
    Kind.XLSX: _xlsx,
    Kind.PDF: _pdf,
    Kind.HTML: _html,
    Kind.MD: _md,
}
