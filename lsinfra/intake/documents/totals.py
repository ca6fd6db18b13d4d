"""What has to be done, as a text says it: which numbers are totals, whose they are, which figures are done of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from lsinfra.errors import QuantityError
from lsinfra.intake.documents.clauses import Run, Whose
from lsinfra.intake.documents.prose_figures import Printed, agrees, conflicts
from lsinfra.intake.documents.prose_money import with_total
from lsinfra.intake.documents.wording import NEED, Kind, Word, bare
from lsinfra.quantities import Figure

# What may stand between what was done and its sum: "đã bàn giao được tổng diện tích 54,41 ha".
_OF_SUM = re.compile(r" ?(?:(?:mat bang|duoc|xong|voi|cho)[ ,]*)*")
# Behind a section's figure with a total: "37,07/80,87 ha toàn dự án".
_OF_WHOLE = re.compile(
    r",? ?(?:mặt bằng |đất )?(?:của |cho |trên )?(?:(?:toàn|cả)(?: bộ)? (?:dự án|tuyến)|dự án(?= ?(?:[.,;)]|$)))",
    re.IGNORECASE,
)
_OF_PROJECT = re.compile(r"(?<!\w)(?:dự án|toàn tuyến|cả tuyến)(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Total:
    """A number that has to be done, and whose it is."""

    word: Word
    owner: Whose
    clause: int


def is_total(run: Run, figure: Word) -> bool:
    """Whether a number is said to be a total ("tổng diện tích cần thu hồi là 640,28 ha"), and not done before it."""
    if isinstance(figure.value, Printed) and figure.value.need and not figure.value.total:
        return True
    mark, between = _mark(run, figure)
    if mark is None or any(word.kind in (Kind.DONE, Kind.FIGURE) for word in between):
        return False
    return mark.value == NEED or not (_of_stage(between) or _sum_of(run, mark))


def is_sum_or_need(run: Run, figure: Word) -> bool:
    """Whether a number may be the sum of what was done or of what has to be: "tổng diện tích bàn giao 54,41 ha"."""
    mark, between = _mark(run, figure)
    if mark is None or mark.value == NEED or any(word.kind is Kind.FIGURE for word in between):
        return False
    done = any(word.kind is Kind.DONE for word in run.words if word.end <= figure.start)
    return (_of_stage(between) or _sum_of(run, mark)) and not done


def is_sum_of_units(runs: Sequence[Run], at: int, figure: Word) -> bool:
    """Whether a number without a unit of its own sums up those of several units before it."""
    mark, _ = _mark(runs[at], figure)
    if mark is None or mark.value == NEED or runs[at].of(Kind.UNIT):
        return False
    return len({word.value for run in runs[:at] if run.figures for word in run.of(Kind.UNIT)}) > 1


def is_of_whole(printed: Printed, behind: str) -> bool:
    """Whether the total that is printed with a figure is said to be of the whole project."""
    return printed.total is not None and _OF_WHOLE.match(behind) is not None


def _mark(run: Run, figure: Word) -> tuple[Word | None, list[Word]]:
    """The last word for a total before a number, and the words between them."""
    printed = figure.value
    if figure.kind is Kind.LOOSE or (isinstance(printed, Printed) and printed.total):
        return None, []
    before = [word for word in run.words if word.end <= figure.start]
    marks = [at for at, word in enumerate(before) if word.kind is Kind.TOTAL]
    return (before[marks[-1]], before[marks[-1] + 1 :]) if marks else (None, [])


def _of_stage(between: Sequence[Word]) -> bool:
    """Whether a stage follows the word for a total, and nothing says that it is still to be done."""
    return any(word.kind is Kind.STAGE for word in between) and not any(word.kind is Kind.AIM for word in between)


def _sum_of(run: Run, mark: Word) -> bool:
    """Whether the word for a total stands right behind a stage: "bàn giao tổng cộng"."""
    before = [word for word in run.words if word.end <= mark.start and word.kind is not Kind.DONE]
    stage = before[-1] if before and before[-1].kind is Kind.STAGE else None
    if stage is None:
        return False
    return _OF_SUM.fullmatch(bare(run.between(stage, mark))) is not None


@dataclass
class Totals:
    """The totals of a sentence; ``used`` are those that became part of a figure."""

    every: list[Total]
    before: list[Total] = field(default_factory=list)
    used: set[int] = field(default_factory=set)

    def whole(self, figure: Figure, printed: Printed, owner: Whose, at: Word, clause: int) -> tuple[Figure, bool]:
        """The figure with the total of its own project and unit, and whether only its size speaks for that.

        One named behind it ("đạt 54,6% tổng diện tích 640,28 ha") must agree with the percentage.
        """
        if figure.total is not None:
            return figure, False
        for total, joined in self._joined(printed, at, clause):
            if _same(total.owner, owner) and (total in self.before or agrees(joined)):
                self.used.add(total.word.start)
                return joined, not agrees(joined)
        return figure, False

    def percent_of_other(self, figure: Figure, printed: Printed, owner: Whose, at: Word, clause: int) -> bool:
        """Whether the stated percentage is the figure's share of what another unit or the whole has to do."""
        if figure.percent is None or figure.total is not None:
            return False
        joined = self._joined(printed, at, clause)
        return any(agrees(whole) for total, whole in joined if not _same(total.owner, owner))

    def _joined(self, printed: Printed, at: Word, clause: int) -> Iterator[tuple[Total, Figure]]:
        """Each total that a figure may be of, the nearest before it first, with the figure made of both."""
        behind = [total for total in self.every if total.clause == clause and total.word.start > at.start]
        for total in (*reversed(self.before), *behind):
            said = total.word.value
            joined = with_total(printed, said) if isinstance(said, Printed) and not said.broken else None
            if joined is None:
                continue
            try:
                whole, doubts = joined.read()
            except QuantityError:
                continue
            if not (doubts or whole.total is None or whole.value > whole.total or conflicts(whole)):
                yield total, whole


def total_of(run: Run, figure: Word, owner: Whose) -> Total:
    """A total and whose it is; of a unit named before only where the run does not speak of the project."""
    alone = owner.unit is not None and not run.of(Kind.UNIT)
    if alone and _OF_PROJECT.search(run.text):
        owner = replace(owner, unclear=owner.unclear or "section_unclear")
    return Total(figure, owner, run.clause)


def _same(one: Whose, other: Whose) -> bool:
    return not one.unclear and (one.project, one.unit) == (other.project, other.unit)
