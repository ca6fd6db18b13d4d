"""As of when the figures of a run are true: the nearest date that its sentence says, else one said before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lsinfra.dates import PartialDate
from lsinfra.intake.documents.clauses import Run
from lsinfra.intake.documents.prose_dates import AsOf
from lsinfra.intake.documents.remembering import Context
from lsinfra.intake.documents.wording import Kind, Word


@dataclass(frozen=True, slots=True)
class Dated:
    """As of when a figure is true.

    ``near``: its own paragraph says so. ``year_taken``: without its year, which is the document's. ``why``: the reason
    for a date that is not known.
    """

    date: PartialDate | None
    near: bool
    why: str | None = None
    year_taken: bool = False

    @property
    def sure(self) -> bool:
        return self.date is not None and not self.year_taken


def dated_of(
    runs: Sequence[Run], at: int, document: PartialDate | None, context: Context, project: str | None
) -> Dated:
    """As of when the figures of the run at a place are true.

    Its own date, else the last one before it in the sentence, unless another one stands right behind it; else the only
    one behind it in its clause; else what the text before said.

    Parameters
    ----------
    document
        The date of the document; a figure of a later day is no result yet (``after_document``).
    project
        Of the figures; the date of another project's figures in a paragraph before is not theirs.
    """
    own = _dates(runs[at])
    if len({word.value for word in own}) > 1:
        return Dated(None, near=False, why="date_unclear")
    behind = _right_behind(runs, at)
    for run in reversed(runs[: at + 1]):
        if words := _dates(run):
            if behind and {word.value for word in behind} != {words[-1].value}:
                return Dated(None, near=False, why="date_unclear")
            return _said(words[-1], document)
    clause = [word for run in runs[at + 1 :] if run.clause == runs[at].clause for word in _dates(run)]
    if clause and len({word.value for word in clause}) == 1:
        return _said(clause[0], document)
    if any(_dates(run) for run in runs[at + 1 :]):
        return Dated(None, near=False, why="date_unclear")
    if context.date is None or context.date.date is None or (context.date_of and context.date_of != project):
        return Dated(None, near=False, why="date_unknown")
    near = context.date_here and context.date_by in (None, project)
    return Dated(context.date.date, near=near, year_taken=context.date.year_taken)


def said_date(word: Word, document: PartialDate | None) -> AsOf:
    """What a word says to the text behind it; no date when it is later than the document."""
    dated = _said(word, document)
    return AsOf(dated.date, dated.year_taken)


def leads_to_plan(runs: Sequence[Run], at: int) -> bool:
    """Whether a run only introduces one that is planned: "Đến 30/9/2026, mục tiêu bàn giao 618 ha"."""
    following = next(iter(runs[at + 1 : at + 2]), None)
    alone = not runs[at].figures and not runs[at].of(Kind.STAGE, Kind.SPENT)
    return alone and following is not None and following.forbidden == "aim"


def _dates(run: Run) -> list[Word]:
    """The dates a run says of what was done: that of a plan is none ("phấn đấu đến ngày 30/9/2026 hoàn thành")."""
    return [] if run.of(Kind.AIM) else sorted(run.of(Kind.DATE, Kind.NOW), key=lambda word: word.start)


def _right_behind(runs: Sequence[Run], at: int) -> list[Word]:
    """The dates of a run that follows in the clause and has nothing of its own that they could be of."""
    following = next(iter(runs[at + 1 : at + 2]), None)
    if following is None or following.clause != runs[at].clause:
        return []
    return [] if following.figures or following.of(Kind.STAGE, Kind.SPENT, Kind.UNIT) else _dates(following)


def _said(word: Word, document: PartialDate | None) -> Dated:
    said = word.value
    if not isinstance(said, AsOf) or said.date is None:
        return Dated(None, near=False, why="date_unknown")
    if word.kind is Kind.DATE and document and said.date.first_day > document.last_day:
        return Dated(None, near=False, why="after_document")
    return Dated(said.date, near=word.kind is Kind.DATE, year_taken=said.year_taken)
