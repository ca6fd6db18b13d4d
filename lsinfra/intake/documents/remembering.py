"""What goes on from one sentence to the next, and what a sentence gave."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lsinfra.codes import Stage
from lsinfra.intake.documents.clauses import Whose
from lsinfra.intake.documents.prose_dates import AsOf
from lsinfra.intake.documents.prose_money import Money
from lsinfra.intake.documents.reservations import planned_below
from lsinfra.intake.proposals import Proposal


@dataclass
class Context:
    """What goes on from one sentence and paragraph to the next.

    ``lead_unit``: the unit that an introduction names; ``lead_alone``: without the word of its level.
    ``date_of``: the project whose figures the date was said of in a paragraph before; None for any.
    ``date_by``: the project that the sentence of the date spoke of.
    ``planned``: a heading before speaks of plans.
    ``units_since``: units were named since the project was, so that a figure without one may be anybody's.
    """

    whose: Whose = field(default_factory=Whose)
    lead_unit: str | None = None
    lead_alone: bool = False
    units_since: bool = False
    project_here: bool = False
    unit_here: bool = False
    date: AsOf | None = None
    date_of: str | None = None
    date_by: str | None = None
    date_here: bool = False
    stage: Stage | str | None = None
    money: Money | None = None
    money_of: str | None = None
    exact: bool = True
    figures: bool = False
    planned: bool = False

    def copy(self) -> Context:
        return replace(self)

    def open_block(self) -> None:
        """A paragraph begins: it keeps project and date, and the unit only of an introduction."""
        self.whose = replace(
            self.whose, unit=self.lead_unit, whole=False, named=False, near=False, alone=self.lead_alone
        )
        self.project_here = self.unit_here = self.date_here = self.figures = False
        self.money = None

    def close_block(self, text: str) -> None:
        """A paragraph ends; one without figures, or that ends with a colon, introduces those that follow."""
        introduces = not self.figures or text.rstrip().endswith(":")
        if self.date_here:
            self.date_of = None if introduces else self.date_by
        if not self.figures:
            planned = planned_below(text)
            self.planned = self.planned if planned is None else planned
        if introduces:
            self.lead_alone = self.whose.alone
            self.lead_unit = self.whose.unit if self.unit_here else None if self.project_here else self.lead_unit
            if self.unit_here and self.project_here:
                self.units_since = False
        else:
            self.stage = None
            if self.project_here and not self.whose.unit_leads:
                self.lead_unit = None


@dataclass(frozen=True, slots=True)
class Found:
    """One figure of a sentence: a proposal without its place, or why it is none. ``at`` is its offset."""

    at: int
    quote: str
    proposal: Proposal | None = None
    why: str = ""
    values: dict[str, object] = field(default_factory=dict)

    def placed(self, position: str) -> Proposal:
        if self.proposal is None:
            raise ValueError("what was not understood has no place among the proposals")
        return replace(self.proposal, position=position)
