"""Proposals and what was written of them, as tables for a terminal and as rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lsinfra.intake import proposal_file
from lsinfra.intake.decisions import Decision, Entry, Reviewed
from lsinfra.intake.edits import Applied
from lsinfra.intake.review import what
from lsinfra.numerals import shown
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import write_figure
from lsinfra.render.rows import Rows
from lsinfra.render.writing import cells, rich_table
from lsinfra.text import Lang, printable, say

if TYPE_CHECKING:
    from rich.console import RenderableType

_QUOTE = 120
_SHOWN = 1_000  # rows of a table; nobody reads more in a terminal, and drawing them takes minutes
_PATH = len("observations[22]")  # what a piece of a JSON path needs, to stay in one piece
_COLUMNS = ("position", "what", "figure", "observed", "source", "confidence", "findings", "decision")


def proposal_tables(reviewed: Reviewed, portfolio: Portfolio, lang: Lang) -> Iterable[RenderableType]:
    """The proposals, a row each, then what was not understood; the quotes are in the file and in the review.

    What the records have already and nobody decided about is one line, however much it is.
    """
    open_ = [entry for entry in reviewed.entries if entry.decided or entry.decision is not Decision.SKIP]
    if open_:
        table = rich_table(reviewed.input, [say(lang, f"intake.column.{column}") for column in _COLUMNS])
        table.columns[0].min_width = _PATH if any("]." in entry.proposal.position for entry in open_) else None
        for entry in open_[:_SHOWN]:
            table.add_row(*cells(*_row(entry, portfolio, lang)))
        yield table
        yield from _more(len(open_), lang)
    if recorded := len(reviewed.entries) - len(open_):
        key = "intake.column.recorded" if open_ else "intake.column.all_recorded"
        yield _line(say(lang, key, input=printable(reviewed.input), count=recorded))
    elif not open_:
        yield _line(say(lang, "intake.column.none", input=printable(reviewed.input)))
    if reviewed.unread:
        heads = [say(lang, f"intake.column.{column}") for column in ("position", "quote", "why")]
        missed = rich_table(say(lang, "intake.column.unread"), heads)
        for unread in reviewed.unread[:_SHOWN]:
            missed.add_row(
                *cells(_position(unread.position), shown(unread.quote, _QUOTE), printable(unread.why.message(lang)))
            )
        yield missed
        yield from _more(len(reviewed.unread), lang)


def proposal_rows(reviewed: Reviewed, lang: Lang) -> Rows:
    """The proposals, then what was not understood, a row each with the keys of the JSON; ``kind`` tells which."""
    record = proposal_file.to_record(reviewed, lang)
    rows = [{"kind": "proposal", **row} for row in record["proposals"]]
    for row, entry in zip(rows, reviewed.entries, strict=True):
        figure = entry.proposal.figure
        row |= {"value": figure.amount, "total": figure.total_amount, "stated_percent": figure.percent}
    rows += [{"kind": "unread", **row} for row in record["unread"]]
    return Rows(proposal_file.SCHEMA, rows, {"input": record["input"], "source": record["source"]})


def _more(count: int, lang: Lang) -> Iterable[RenderableType]:
    """That there are rows that are not shown, and where they are."""
    if count > _SHOWN:
        yield _line(say(lang, "intake.column.more", count=count - _SHOWN))


def _position(position: str) -> str:
    """A position; a JSON path is broken behind its lists, not in the middle of a word."""
    return printable(position).replace("].", "].\n")


def _line(text: str) -> RenderableType:
    from rich.text import Text

    return Text(text)


def _row(entry: Entry, portfolio: Portfolio, lang: Lang) -> tuple[str, ...]:
    proposal = entry.proposal
    figure = write_figure(proposal.figure)
    return (
        _position(proposal.position),
        what(proposal, portfolio, lang),
        say(lang, "intake.column.edited", figure=figure) if entry.edited else figure,
        proposal.observed.write(lang) if proposal.observed else "–",
        printable(proposal.source or "–"),
        proposal.confidence.write(lang),
        printable(" ".join(doubt.message(lang) for doubt in proposal.doubts)) or "–",
        say(lang, f"intake.decision.{entry.decision.value}"),
    )


def applied_lines(applied: Applied, lang: Lang) -> Iterable[str]:
    """What was written, or would be: the new lines with their numbers, then where the file as it was is kept."""
    for number, line in applied.added:
        yield f"{number:>5} + {printable(line)}"
    values = {"path": applied.path, "written": len(applied.written), "already": len(applied.already)}
    if not applied.written:
        yield say(lang, "intake.applied.nothing", **values)
    elif applied.backup is None:
        yield say(lang, "intake.applied.would", **values)
    else:
        yield say(lang, "intake.applied.written", **values)
        yield say(lang, "intake.applied.backup", backup=applied.backup, path=applied.path)
