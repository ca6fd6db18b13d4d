"""Disbursement in prose: what was given out of one year's capital, of which plan, from which sources."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from lsinfra.codes import Base, Funding
from lsinfra.intake.documents.clauses import Run
from lsinfra.intake.documents.prose_figures import Printed
from lsinfra.intake.documents.wording import FIRST, GIVEN, Kind, Word


@dataclass(frozen=True, slots=True)
class Spent:
    """One amount given out; ``funding`` None is all sources together. ``unclear``: its source cannot be told."""

    word: Word
    run: Run
    funding: Funding | None
    unclear: bool = False


# What may stand between an amount and its source behind it: "45 tỷ đồng (vốn ODA)", "45 tỷ đồng thuộc vốn ODA".
_BEHIND = re.compile(r"\s*\(?\s*(?:(?:là|từ|thuộc|của|bằng|gồm)\s+)*", re.IGNORECASE)
_SAID_DONE = re.compile(r"(?:được|đạt)(?: khoảng)? ?$", re.IGNORECASE)
UNSURE = "unsure"  # in place of a base: what is said is of one plan or of another
_APART = re.compile(r"[,;:%]| và |\d[.,]?\d* ?(?:tỷ|tỉ|triệu|đồng)", re.IGNORECASE)  # two plans, not one
_KEPT = (Kind.DONE, Kind.DATE, Kind.LEVEL, Kind.PROJECT, Kind.NOW)


@dataclass
class Money:
    """What a sentence says of capital, gathered word by word.

    ``mode`` is what the next amount would be: "plan", "after" (a plan named after the amount that was spent of it),
    "spent", "of_plan" (spent of a plan that is named in between), "land" (money paid for land) or None. ``pending``
    is an amount behind "giải ngân kế hoạch vốn …": the plan, if another amount is said to be spent after it.
    ``part``: the plan that was named is of one source only. ``plans`` are the amounts of all plans that are named,
    ``given``: one is "được giao", which is any of them.
    """

    mode: str | None = None
    funding: Word | None = None
    years: set[int] = field(default_factory=set)
    bases: set[Base | str] = field(default_factory=set)
    total: tuple[Word, Run] | None = None
    spent: list[Spent] = field(default_factory=list)
    left: list[tuple[Word, str]] = field(default_factory=list)
    exact: bool = True
    part: bool = False
    plans: set[str] = field(default_factory=set)
    given: bool = False
    pending: tuple[Word, Run, bool] | None = None
    _last: Word | None = None
    _clause: int = -1
    _unsure: bool = False
    _leading: set[int] = field(default_factory=set)

    def read(self, run: Run, text: str) -> None:
        """Take in a run of the sentence ``text``; amounts that are no disbursement are ``left`` with their reason."""
        if run.clause != self._clause:
            self._close_source()
            self._clause, self._unsure = run.clause, False
        for word in run.words:
            if word.kind is Kind.STAGE:
                self.mode = "land"
            elif word.kind is Kind.SPENT:
                named = any(known.kind is Kind.FUNDING for known in run.words)
                self._unsure = not named and (self.funding is not None or (self.part and self.total is None))
                self._is_plan()
                self.mode = "spent"
            elif word.kind is Kind.PLAN or (word.kind is Kind.BASE and self.mode is None):
                self._plan(word, text)
            elif word.kind is Kind.YEAR:
                self._year(word)
            elif word.kind is Kind.FUNDING:
                self._source(word, run, text)
            elif word.kind in (Kind.TOTAL, Kind.LEVEL, Kind.WHOLE):
                # "Ngân sách trung ương: giải ngân lũy kế là 490 tỷ đồng" is of that source all the same.
                if not (word.kind is Kind.LEVEL and self.funding in run.words):
                    self.funding, self._unsure = None, False
            elif word.kind is Kind.FIGURE and isinstance(word.value, Printed) and word.value.money:
                self._amount(word, word.value, run, text)
            if word.kind is Kind.BASE and isinstance(word.value, Base | str):
                self.bases.add(word.value)
            self.given |= word.value == GIVEN and not self._one_plan(word, run)
            if word.kind not in _KEPT or word.value == "percent":
                self._last = word
        self.exact &= run.exact

    def close(self) -> None:
        """The sentence ends: what is pending was spent, unless it may as well have been assigned."""
        self._close_source()
        if self.pending is not None:
            word, run, given = self.pending
            if given or self.spent:
                self.left.append((word, "plan_or_spent"))
            else:
                self._spend(word, run)
        further_spent = [spent.word.value for spent in self.spent if spent.funding is None]
        self.plans |= {said.total for said in further_spent if isinstance(said, Printed) and said.total is not None}
        for further in [spent for spent in self.spent[1:] if spent.funding is None and not spent.unclear]:
            self.spent.remove(further)
            self.left.append((further.word, "spent_twice"))
            self.bases.add(UNSURE)

    @staticmethod
    def _one_plan(given: Word, run: Run) -> bool:
        """Whether "được giao" is of the plan that is named with it: "được giao năm 2024 (sau điều chỉnh)"."""
        for base in run.of(Kind.BASE):
            one, other = sorted((given, base), key=lambda word: word.start)
            if not _APART.search(run.between(one, other)):
                return True
        return False

    def _year(self, word: Word) -> None:
        """A year is the plan's behind a word of capital, or where the sentence begins with it and a plan follows."""
        years = {int(year) for year in re.findall(r"20\d\d", str(word.value))}
        if self._last is None:
            self._leading = years
        elif self._last.kind in (Kind.PLAN, Kind.SPENT, Kind.BASE, Kind.FUNDING):
            self.years |= years

    def _source(self, word: Word, run: Run, text: str) -> None:
        """A capital source: of the amount it stands right behind, else of the amount that follows."""
        after = [text[word.end : w.start] for w in run.figures if w.start > word.start]
        follows = bool(after) and not re.search(r"[;,)]| và ", after[0])
        if not follows and self.spent and _BEHIND.fullmatch(text[self.spent[-1].word.end : word.start]):
            self.spent[-1] = replace(self.spent[-1], funding=_funding(word), unclear=word.value is None)
        elif not follows and self.total and _BEHIND.fullmatch(text[self.total[0].end : word.start]):
            self.left.append((self.total[0], "plan_alone"))
            self.total, self.part = None, True
        else:
            self._close_source()
            self.funding, self._unsure = word, False

    def _close_source(self) -> None:
        """A source that no amount followed may be of the one before it."""
        before = self.spent[-1] if self.spent and self.funding is not None else None
        if before is not None and self.funding and before.word.start < self.funding.start and before.funding is None:
            self.spent[-1] = replace(before, unclear=True)
        self.funding = None

    def _plan(self, word: Word, text: str) -> None:
        self.years, self._leading = self.years or self._leading, set()
        apart = self._last is None or set(text[self._last.end : word.start]) & set(",:(")
        if self._last is not None and self._last.kind is Kind.SPENT and not apart:
            self.mode = "of_plan"  # giải ngân kế hoạch vốn năm 2024: of which the amount is to follow
        elif self.mode != "of_plan" or apart:
            self.mode = "after" if self.spent and self.mode in ("spent", "after") else "plan"

    def _is_plan(self) -> None:
        """What was pending is the plan: the amount spent of it follows."""
        if self.pending is not None and self.total is None:
            self.total = self.pending[:2]
        self.pending = None

    def _amount(self, word: Word, printed: Printed, run: Run, text: str) -> None:
        source, self.funding = self.funding, None
        spent = printed.total or printed.percent or _SAID_DONE.search(text[max(0, word.start - 15) : word.start])
        if self.mode in ("plan", "after") and not (source or run.of(Kind.AMONG)):
            self.plans.add(printed.value)
        if run.forbidden is not None:
            self.left.append((word, run.forbidden))
        elif self.mode == "of_plan" and not spent and self.pending is None:
            given = self._last is not None and (self._last.kind is Kind.BASE or self._last.value == GIVEN)
            self.pending = (word, run, given)
        elif self.mode in ("spent", "of_plan") or (self.mode == "after" and source and printed.percent is not None):
            self._is_plan()
            self._spend(word, run, source)
            self.mode = "spent"
        elif self.mode in ("plan", "after") and not (source or self.total or printed.percent or run.of(Kind.AMONG)):
            self.total = (word, run)
        else:
            self.part |= source is not None and not run.of(Kind.AMONG)
            self.funding = source if self.mode == "plan" else None
            reasons = {"plan": "plan_alone", "after": "plan_or_spent", "land": "money_of_land"}
            self.left.append((word, reasons.get(self.mode or "", "no_stage")))

    def _spend(self, word: Word, run: Run, source: Word | None = None) -> None:
        unclear = self._unsure or (source is not None and source.value is None)
        self.spent.append(Spent(word, run, _funding(source) if source else None, unclear))

    @property
    def base(self) -> Base | None:
        """The one base that is named, None when there is none or it may be another one."""
        named = next(iter(self.bases), None)
        return named if isinstance(named, Base) and not self.several_plans else None

    @property
    def several_plans(self) -> bool:
        """Whether more than one plan is spoken of, so that no figure can be told to be of one of them."""
        return len(self.bases) + self.given * bool(self.bases) > 1 or len(self.plans) > 1 or FIRST in self.bases

    @property
    def plan_year(self) -> int | None:
        return next(iter(self.years)) if len(self.years) == 1 else None

    def take(self, kept: Money) -> tuple[Word, Run] | None:
        """The plan of the sentence before, for what was spent in this one; None where this one names another plan."""
        self.years = self.years or set(kept.years)
        if self.bases and kept.bases != self.bases:
            return None
        self.plans |= kept.plans
        self.bases, self.given = self.bases or set(kept.bases), self.given or kept.given
        return kept.total

    def carried(self, kept: Money | None = None) -> Money:
        """The plan alone, for the sentence that follows; beside another that was ``kept`` it is one of several."""
        if kept is not None and kept.plans and self.plans:
            self.years, self.given = self.years or kept.years, self.given or kept.given
            self.plans, self.bases = self.plans | kept.plans, self.bases | kept.bases
        return replace(
            Money(years=set(self.years), bases=set(self.bases), total=self.total, exact=self.exact, part=self.part),
            plans=set(self.plans),
            given=self.given,
        )


def _funding(word: Word) -> Funding | None:
    return word.value if isinstance(word.value, Funding) else None


def with_total(printed: Printed, total: Printed) -> Printed | None:
    """The amount with the plan as its total; None where it has one already or the units differ."""
    if printed.total is not None or printed.unit != total.unit or total.total is not None:
        return None
    return replace(printed, total=total.value, total_unit=total.unit)
