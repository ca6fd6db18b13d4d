"""Figures by what they are of, in time: those of the records, and those of an input between them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from lsinfra.codes import Base, Funding, SourceKind, Stage
from lsinfra.intake.proposals import Proposal
from lsinfra.quantities import Figure, Measure, PartialDate
from lsinfra.records import Records

Key = tuple[str | None, str | None, Stage | None, int | None, Base | None, Funding | None, bool, Measure]
"""What a figure is of, of capital added after September or not; figures with one key are compared."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A figure that stands in the records, ``where`` its line; or ``here``, in the input itself, ``where`` its cell."""

    figure: Figure
    observed: PartialDate
    source: str
    where: str
    official: bool
    here: bool = False

    @property
    def rank(self) -> tuple[object, ...]:
        """As ``progress`` ranks figures of one date; the last is the one that counts."""
        figure = self.figure
        precise = self.observed.day is not None
        return self.observed.last_day, self.official, precise, figure.total is not None, -figure.amount, self.source


class Line:
    """The figures of one thing in time, of the records and of the input, each beside those before and after it."""

    def __init__(self, history: Sequence[Recorded], here: Sequence[Recorded]) -> None:
        # Of what both say, the records count.
        self.figures = sorted((*here, *history), key=lambda one: one.rank)
        self.days = [one.observed.last_day for one in self.figures]

    def before(self, observed: PartialDate) -> Recorded | None:
        """The last figure of a day before, None where there is none."""
        at = bisect_left(self.days, observed.last_day)
        return self.figures[at - 1] if at else None

    def after(self, observed: PartialDate) -> Recorded | None:
        """The figure that counts of the next day on which there is one, None where there is none."""
        at = bisect_right(self.days, observed.last_day)
        if at == len(self.days):
            return None
        return self.figures[bisect_right(self.days, self.days[at]) - 1]


def key_of(proposal: Proposal) -> Key:
    """What a proposal's figure is of."""
    money = (proposal.plan_year, proposal.base, proposal.funding, proposal.added_after_september)
    of = (None, None, None, False) if proposal.stage else money
    return proposal.project, proposal.section, proposal.stage, *of, proposal.figure.measure


def recorded(records: Records) -> dict[Key, list[Recorded]]:
    """Every figure of land and money in the records by what it is of, oldest first; of one date the one that counts
    last.
    """
    found: dict[Key, list[Recorded]] = {}

    def add(key: Key, figure: Figure, observed: PartialDate, source: str, where: str) -> None:
        known = records.sources.get(source)
        official = known is not None and known.kind is SourceKind.OFFICIAL
        found.setdefault(key, []).append(Recorded(figure, observed, source, where, official))

    for project in records.projects:
        for seen in project.clearance:
            for stage, figure in seen.stages:
                key = project.id, seen.section, stage, None, None, None, False, figure.measure
                add(key, figure, seen.as_of, seen.source, seen.where)
        for spent in project.disbursement:
            of = project.id, None, None, spent.plan_year, spent.base
            for funding, figure in ((None, spent.total), *spent.funding.items()):
                money = *of, funding, spent.added_after_september, figure.measure
                add(money, figure, spent.as_of, spent.source, spent.where)
    for history in found.values():
        history.sort(key=lambda one: one.rank)
    return found


def last_before(history: Sequence[Recorded], observed: PartialDate | None) -> Recorded | None:
    """The last recorded figure of a day before; with no day given, the very last. None where there is none."""
    early = [one for one in history if observed is None or one.observed.last_day < observed.last_day]
    return early[-1] if early else None


def says_the_same(recorded: Figure, proposed: Figure) -> bool:
    """Whether records hold all that a proposed figure says: its amount, and its total and percentage if it has any."""
    return (
        recorded.amount == proposed.amount
        and recorded.about == proposed.about
        and proposed.total_amount in (None, recorded.total_amount)
        and proposed.percent in (None, recorded.percent)
    )
