"""Disbursement in prose: what was given out of one year's capital, of which plan, from which sources."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from lsinfra.codes import Base, Funding
from lsinfra.intake.documents.clauses import Run
from lsinfra.intake.documents.prose_figures import Printed
from lsinfra.intake.documents.wording import Kind, Word


@dataclass(frozen=True, slots=True)
class Spent:
    """One amount given out; ``funding`` None is all sources together."""

    word: Word
    run: Run
    funding: Funding | None


@dataclass
class Money:
    """What a sentence says of capital, gathered word by word.

    ``mode`` is what the next amount would be: "plan", "after" (a plan named after the amount that was spent of it),
    "spent", "land" (money paid for land) or None.
    """

    mode: str | None = None
    funding: Funding | None = None
    year: int | None = None
    years: set[int] = field(default_factory=set)
    bases: set[Base] = field(default_factory=set)
    total: tuple[Word, Run] | None = None
    spent: list[Spent] = field(default_factory=list)
    left: list[tuple[Word, str]] = field(default_factory=list)
    exact: bool = True
    _last: Kind | None = None

    def read(self, run: Run, text: str) -> None:
        """Take in a run of the sentence ``text``; amounts that are no disbursement are ``left`` with their reason."""
        for word in run.words:
            if word.kind is Kind.STAGE:
                self.mode = "land"
            elif word.kind is Kind.SPENT:
                if not any(known.kind is Kind.FUNDING for known in run.words):
                    self.funding = None
                self.mode = "spent"
            elif word.kind is Kind.PLAN:
                self._plan()
            elif word.kind is Kind.YEAR and self._last in (Kind.PLAN, Kind.SPENT, Kind.BASE):
                self.years |= {int(year) for year in re.findall(r"20\d\d", text[word.start : word.end])}
            elif word.kind is Kind.BASE and isinstance(word.value, Base):
                self.bases.add(word.value)
            elif word.kind is Kind.FUNDING and isinstance(word.value, Funding):
                self.funding = word.value
            elif word.kind is Kind.FIGURE and isinstance(word.value, Printed) and word.value.money:
                self._amount(word, word.value, run)
            if word.kind not in (Kind.DONE, Kind.DATE, Kind.LEVEL, Kind.PROJECT, Kind.NOW) or word.value == "percent":
                self._last = word.kind
        self.exact &= run.exact

    def _plan(self) -> None:
        if self._last is Kind.SPENT:  # giải ngân kế hoạch vốn năm 2024: of which the amount is to follow
            return
        self.mode = "after" if self.spent and self.mode in ("spent", "after") else "plan"

    def _amount(self, word: Word, printed: Printed, run: Run) -> None:
        if run.forbidden is not None:
            self.left.append((word, run.forbidden))
        elif (self.mode == "spent" and (self.funding is not None or not self.spent)) or (
            self.mode == "after" and self.funding is not None and printed.percent is not None
        ):
            self.spent.append(Spent(word, run, self.funding))
        elif (
            self.mode in ("plan", "after")
            and self.funding is None
            and self.total is None
            and not printed.percent
            and not run.of(Kind.AMONG)
        ):
            self.total = (word, run)
        else:
            reasons = {"plan": "plan_alone", "after": "plan_alone", "land": "money_of_land", "spent": "spent_twice"}
            self.left.append((word, reasons.get(self.mode or "", "no_stage")))

    @property
    def base(self) -> Base | None:
        """The one base that is named, None when there is none or several."""
        return next(iter(self.bases)) if len(self.bases) == 1 else None

    @property
    def plan_year(self) -> int | None:
        return next(iter(self.years)) if len(self.years) == 1 else None

    def carried(self) -> Money:
        """The plan alone, for the sentence that follows."""
        return Money(years=set(self.years), bases=set(self.bases), total=self.total, exact=self.exact)


def with_total(printed: Printed, total: Printed) -> Printed | None:
    """The amount with the plan as its total; None where it has one already or the units differ."""
    if printed.total is not None or printed.unit != total.unit or total.total is not None:
        return None
    return replace(printed, total=total.value, total_unit=total.unit)
