"""The report in each kind of file; each writer is imported when it is wanted."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from lsinfra.errors import RunError
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


def write(
    report: Report,
    scope: Scope,
    kind: Kind,
    missed: Callable[[RunError], None] = lambda _: None,
    drawn: Drawn | None = None,
) -> bytes:
    """The report as a file of this kind; the same report gives the same bytes.

    Parameters
    ----------
    report
        What it says (``contents.contents``).
    scope
        The same day and language, for the map and the courses of the figures.
    missed
        Called with the reason why a Word or HTML report has no picture of the map, which it says too.
    drawn
        The map of ``scope``, where several kinds share it.

    Raises
    ------
    TypesetError
        A PDF is asked for, and cannot be made.
    """
    drawn = drawn or Drawn(scope)
    data = _WRITERS[kind](report, drawn)
    if kind in _PICTURED and drawn.trouble:
        missed(drawn.trouble)
    return data


def write_all(
    report: Report,
    scope: Scope,
    missed: Callable[[RunError], None] = lambda _: None,
    tell: Callable[[], None] = lambda: None,
) -> dict[str, bytes]:
    """The report in every kind, by the names of the files; without a PDF where that cannot be made.

    Parameters
    ----------
    missed
        Called with each reason why there is no PDF, or no picture of the map; perhaps with the same one twice.
    tell
        Called after each kind.
    """
    from lsinfra.report.typeset import TypesetError

    made, drawn = {}, Drawn(scope)
    for kind in Kind:
        try:
            made[file_name(report, kind)] = write(report, scope, kind, missed, drawn)
        except TypesetError as error:
            missed(error)
        tell()
    return made


class Drawn:
    """The map of a scope, drawn once for every kind of file that shows it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.trouble: RunError | None = None

    @cached_property
    def svg(self) -> str:
        return map_svg(self.scope, *_MAP_MM)

    @cached_property
    def pictures(self) -> dict[str, bytes]:
        """The map as PNG by its kind; none where no route is drawn, or (``trouble``) no picture can be made."""
        from lsinfra.report.typeset import TypesetError, png

        try:
            return {"map": png(self.svg, _MAP_MM[0])} if self.svg else {}
        except TypesetError as error:
            self.trouble = error
            return {}


def _docx(report: Report, drawn: Drawn) -> bytes:
    from lsinfra.report.word import word

    return word(report, drawn.pictures)


def _xlsx(report: Report, drawn: Drawn) -> bytes:
    from lsinfra.report.workbook import workbook

    return workbook(report, drawn.scope)


def _pdf(report: Report, drawn: Drawn) -> bytes:
    from lsinfra.report.typeset import pdf

    return pdf(report, {"map": drawn.svg})


def _html(report: Report, drawn: Drawn) -> bytes:
    from lsinfra.report.plain import html

    return html(report, drawn.pictures).encode()


def _md(report: Report, _: Drawn) -> bytes:
    from lsinfra.report.plain import markdown

    return markdown(report).encode()


_WRITERS: dict[Kind, Callable[[Report, Drawn], bytes]] = {
    Kind.DOCX: _docx,
    Kind.XLSX: _xlsx,
    Kind.PDF: _pdf,
    Kind.HTML: _html,
    Kind.MD: _md,
}
_PICTURED = {Kind.DOCX, Kind.HTML}
"""Kinds that show the map as a picture and are written without it too."""
