"""One sentence, cut into clauses and runs: whose figures stand there, at which stage, and what forbids to take them.

A run reaches as far as what it says of its figures: it ends at a comma, an "và" or a bracket after a figure, or after
words that only introduce. It may take project, section and stage from the runs before it, under the rules below.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from lsinfra.codes import Stage
from lsinfra.dates import PartialDate
from lsinfra.intake.documents import wording
from lsinfra.intake.documents.names import Named, Names, Place
from lsinfra.intake.documents.prose_dates import dates
from lsinfra.intake.documents.prose_figures import Printed, figures, with_percents
from lsinfra.intake.documents.wording import Kind, Word, bare, find, plain

_MARKS = re.compile(r"[;:]|,(?=\s|$)|(?<=\w) và (?=\w)|[()\[\]]|(?<=\w) [-–—] (?=\w)")
_KINDS = {";": Kind.STOP} | dict.fromkeys((",", "(", ")", "[", "]", ":", " - ", " – ", " — "), Kind.COMMA)
_OPENING, _CLOSING = ("(", "["), (")", "]")
_FORBIDS = {Kind.PART: "part", Kind.UNDONE: "not_done", Kind.CHANGE: "change", Kind.AIM: "aim", Kind.PERIOD: "period"}
_OWN_REASONS = frozenset({"talked", "earlier"})  # said by the word itself, not by its kind
_SAYS = frozenset(
    {
        Kind.PROJECT,
        Kind.UNIT,
        Kind.STAGE,
        Kind.SPENT,
        Kind.PLAN,
        Kind.PART,
        Kind.WHOLE,
        Kind.UNDONE,
        Kind.AIM,
        Kind.TOTAL,
        Kind.FUNDING,
    }
)


@dataclass
class Run:
    """Some words of a clause and what they say of their figures; ``forbidden`` is why these are no observations.

    ``start`` is where its ``text`` begins in the sentence; ``inside``: in brackets; ``mark`` is what stood before it.
    ``yearly``: what is said is of a year ("năm 2023, …"), which for land is no state at its end. ``to_date``: it is
    what a period brought the sum to ("trong tuần …, lũy kế …"), unless it has a date of its own.
    """

    words: list[Word]
    clause: int
    text: str
    start: int = 0
    inside: bool = False
    mark: str = ""
    forbidden: str | None = None
    yearly: bool = False
    to_date: bool = False
    unfamiliar: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._by_kind: dict[Kind, list[Word]] = {}
        for word in self.words:
            self._by_kind.setdefault(word.kind, []).append(word)

    def of(self, *kinds: Kind) -> list[Word]:
        """The words of some kinds; those of one kind after those of another, each in the order of the text."""
        return [word for kind in kinds for word in self._by_kind.get(kind, ())]

    def values(self, kind: Kind) -> list[object]:
        """What the words of a kind stand for, each once, in order."""
        return list(dict.fromkeys(word.value for word in self.of(kind)))

    @property
    def figures(self) -> list[Word]:
        """The figures with a unit."""
        return self.of(Kind.FIGURE)

    def between(self, one: Word, other: Word) -> str:
        """The text from the end of a word to the beginning of another."""
        return self.text[one.end - self.start : other.start - self.start]

    @property
    def exact(self) -> bool:
        """Whether every word had its tone marks right."""
        return all(word.exact for word in self.words)


@dataclass
class Sentence:
    """A sentence with single blanks, its words, its runs.

    ``works``: something done is named, a stage or disbursement; ``placed``: a unit of the records is.
    """

    text: str
    words: list[Word]
    runs: list[Run] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.works = any(word.kind in (Kind.STAGE, Kind.SPENT) for word in self.words)
        self.stops = [word.start for word in self.words if word.kind is Kind.STOP]
        self.placed = any(isinstance(word.value, Place) and word.value.unit for word in self.words)

    def clause(self, at: int) -> str:
        """The text of the clause that a run stands in."""
        after = bisect_right(self.stops, self.runs[at].words[0].start)
        return self.text[self.stops[after - 1] if after else 0 : self.stops[after] if after < len(self.stops) else None]


def sentence_of(text: str, names: Names, document: PartialDate | None) -> Sentence:
    """The words and runs of a sentence.

    Parameters
    ----------
    text
        In NFC, with single blanks.
    document
        The date of the document, for "đến nay" and days without a year; None when it is not known.
    """
    taken = [False] * len(text)
    without = bare(text)
    words = dates(text, taken, document)
    words += names.find(text, taken)
    words += names.chainages(text, taken)
    words += figures(text, taken)
    for known in (
        wording.LEVELS,
        wording.WHOLES,
        wording.TOTALS,
        wording.SUMS,
        wording.AIMS,
        wording.STAGES,
        wording.PARTS,
        wording.PERIODS,
        wording.BASES,
        wording.PLANS,
        wording.FUNDINGS,
        wording.UNDONE,
        wording.AMONG,
        wording.CHANGES,
        wording.DONE,
    ):
        words += find(known, text, without, taken)
    units = {word.start for word in words if word.kind is Kind.UNIT}
    numbers = [word.start for word in words if word.kind is Kind.FIGURE]
    for match in _MARKS.finditer(text):
        # "37,07 ha (huyện Lộc Bình)" is of the unit; "54,41 ha (huyện Lộc Bình 37,07 ha, …)" is of all that are listed.
        named = match[0] == "(" and match.end() in units and not _holds(numbers, match.end(), text)
        if match[0].strip() in ("-", "–", "—") and match.end() not in units:
            continue
        if not named and not any(taken[match.start() : match.end()]):
            kind = _KINDS.get(match[0], Kind.AND)
            words.append(Word(kind, match.start(), match.end(), match[0]))
    words = with_percents(sorted(words, key=lambda word: word.start), text)
    sentence = Sentence(text, words)
    sentence.runs = list(_runs(sentence))
    _forbid(sentence.runs)
    return sentence


def _holds(numbers: Sequence[int], start: int, text: str) -> bool:
    """Whether a figure begins in the brackets that are open at a place."""
    end = min((at for at in (text.find(mark, start) for mark in _CLOSING) if at >= 0), default=-1)
    at = bisect_left(numbers, start)
    return at < len(numbers) and (numbers[at] < end or end < 0)


def _runs(sentence: Sentence) -> Iterator[Run]:
    """The runs of a sentence; ";" begins a new clause."""
    run: list[Word] = []
    kinds: set[Kind] = set()
    clause, start, depth, inside, mark, last = 0, 0, 0, False, "", ""
    for word in sentence.words:
        closes = word.kind is Kind.STOP
        if word.kind in (Kind.COMMA, Kind.AND):
            closes = Kind.FIGURE in kinds or (word.kind is Kind.COMMA and word.value != ":" and not kinds & _SAYS)
        elif word.kind is Kind.AMONG:
            closes = Kind.FIGURE in kinds
        if closes:
            if run:
                yield _run(run, clause, sentence.text[start : word.start], start, inside, mark)
            run, kinds, start = [], set(), word.start if word.kind is Kind.AMONG else word.end
            clause += word.kind is Kind.STOP
        if word.kind is Kind.COMMA and word.value in _OPENING + _CLOSING:
            depth = depth + 1 if word.value in _OPENING else max(0, depth - 1)
        last = str(word.value) if word.kind in (Kind.COMMA, Kind.AND, Kind.STOP) else last
        if word.kind not in (Kind.COMMA, Kind.AND, Kind.STOP):
            inside, mark = (inside, mark) if run else (depth > 0, last)
            run.append(word)
            kinds.add(word.kind)
    if run:
        yield _run(run, clause, sentence.text[start:], start, inside, mark)


def _run(words: list[Word], clause: int, text: str, start: int, inside: bool, mark: str) -> Run:
    left = list(text)
    for word in words:
        if word.kind is not Kind.LOOSE:
            left[word.start - start : word.end - start] = " " * (word.end - word.start)
    strange = [word for word in re.findall(r"giai đoạn \w+|[^\W_]+", "".join(left)) if not plain(word)]
    return Run(list(words), clause, text, start, inside, mark, unfamiliar=tuple(strange))


def _forbid(runs: Sequence[Run]) -> None:
    """Say of each run why its figures are no observations: not done, planned, a change, a part, something of a day."""
    aim = plan = False
    clause, period, event, yearly, before = -1, "", False, False, None
    for at, run in enumerate(runs):
        if run.clause != clause:
            clause, period, event, yearly = run.clause, "", False, False
        aim |= bool(run.of(Kind.AIM))
        plan = _plan_ahead(run, plan)
        period = next((_reason(word) for word in run.of(Kind.PERIOD)), period)
        event |= bool(run.of(Kind.EVENT))
        if run.of(Kind.LEVEL, Kind.DATE, Kind.NOW) and not run.of(Kind.PERIOD, Kind.EVENT):
            run.to_date = bool(period)
            period, event, yearly = "", False, False
        run.yearly = yearly = yearly or _of_a_year(run)
        found = next((_reason(word) for word in run.words if word.kind in _FORBIDS and not _allowed(run, word)), None)
        own = run.of(Kind.STAGE, Kind.SPENT)
        reason = found or ("aim" if aim or plan else period or ("event" if event else None))
        level = bool(run.of(Kind.LEVEL))
        if reason is None and not (own or level) and before is not None and run.figures:
            reason = None if run.of(Kind.PLAN, Kind.TOTAL) else before
        if reason is None and (_planned_after(runs[at:]) or _said_planned(runs, at)):
            reason = "aim"
        run.forbidden = reason
        if own or run.figures:
            before = reason if reason in ("not_done", "talked", "aim", "part", "change") else None


def _reason(word: Word) -> str:
    """Why a word forbids what is said with it."""
    return str(word.value) if word.value in _OWN_REASONS else _FORBIDS[word.kind]


def _allowed(run: Run, word: Word) -> bool:
    """Whether a word forbids nothing where it stands.

    "Lên" leads to a cumulative amount in "nâng tổng số đã bàn giao lên 457,3 ha"; what people were talked into was done
    in "vận động nhân dân bàn giao được 17,34 ha".
    """
    if word.value == "talked":
        figure = next(iter(run.figures), None)
        stages = [stage for stage in run.of(Kind.STAGE) if figure and word.end <= stage.start < figure.start]
        if not stages or figure is None or not isinstance(figure.value, Printed):
            return False
        return figure.value.percent is not None or "duoc" in bare(run.between(stages[-1], figure)).split()
    levels = [level for level in run.of(Kind.LEVEL) if level.end <= word.start]
    return word.kind is Kind.CHANGE and bool(levels) and bare(run.text[word.start - run.start :]).startswith("len ")


def _plan_ahead(run: Run, plan: bool) -> bool:
    """Whether a plan of land was named and nothing was done since: "kế hoạch của dự án đến 30/9/2026 bàn giao …"."""
    if any(word.kind is Kind.FIGURE and isinstance(word.value, Printed) and word.value.money for word in run.words):
        return False
    before: Word | None = None
    for word in run.words:
        if word.kind is Kind.PLAN and bare(run.text[word.start - run.start : word.end - run.start]) in (
            "ke hoach",
            "kh",
        ):
            followed = bare(run.text[word.end - run.start :])
            carried_out = before is not None and before.kind is Kind.DONE
            plan = plan or not (
                (run.figures and run.figures[0].start < word.start) or carried_out or "dau tu" in followed
            )
        elif word.kind in (Kind.DONE, Kind.SPENT) or (word.kind is Kind.STOP):
            plan = False
        before = word
    return plan


def _said_planned(runs: Sequence[Run], at: int) -> bool:
    """Whether what stands right behind a run says that it is a plan: "(kế hoạch)", ", đây là mục tiêu của tỉnh"."""
    following = next(iter(runs[at + 1 : at + 2]), None)
    if following is None or following.clause != runs[at].clause or following.figures:
        return False
    said = bare(following.text).strip(" ().,;")
    if following.inside and not runs[at].inside:
        plan = r"(?:theo |so )?(?:ke hoach|kh|muc tieu|du kien|chi tieu)(?: (?:de ra|dat ra|cua .*))?"
        return re.fullmatch(plan, said) is not None
    return (
        re.match(r"(?:day|do) (?:chi |moi )?la (?:ke hoach(?! von)|kh|muc tieu|du kien|chi tieu)(?!\w)", said)
        is not None
    )


def _of_a_year(run: Run) -> bool:
    """Whether a run says "năm 2023" of what is done, not of a plan's or a document's year."""
    plain, before = (Kind.DONE, Kind.PROJECT, Kind.UNIT, Kind.STAGE, Kind.YEAR), None
    for word in run.words:
        if word.kind is Kind.YEAR and str(word.value).startswith("nam ") and before in (None, *plain):
            return True
        before = word.kind
    return False


def _planned_after(runs: Sequence[Run]) -> bool:
    """Whether a later run of the clause says that it is planned, and the first does not say that it is done."""
    first, *later = runs
    done = any(word.kind is Kind.DONE and word.value != "percent" for word in first.words) or first.of(Kind.DATE)
    mine = [run for run in later if run.clause == first.clause]
    undone = bool(mine) and not mine[0].figures and not first.of(Kind.STAGE, Kind.SPENT)
    return (not done and any(run.of(Kind.AIM) for run in mine)) or (
        undone and bool(mine[0].of(Kind.UNDONE, Kind.STAGE))
    )


# --- what a run speaks of --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Whose:
    """Project and unit that a run speaks of, as far as it says so itself or takes them from others.

    ``unclear`` is why they cannot be told; ``whole`` is said of the project as a whole; ``near`` when all of it stands
    in the same sentence; ``unit_leads`` when the unit was named before the project; ``alone`` when the unit was named
    without the word of its level, as another unit may be called.
    """

    project: str | None = None
    unit: str | None = None
    whole: bool = False
    named: bool = False
    unclear: str | None = None
    near: bool = True
    unit_leads: bool = False
    alone: bool = False


def spoken_of(runs: Sequence[Run], before: Whose) -> list[Whose]:
    """What each run of a sentence speaks of, given what the text before it spoke of."""
    spoken: list[Whose] = []
    listed: int | None = None
    for at, run in enumerate(runs):
        found = whose(run, before)
        if run.of(Kind.UNIT, Kind.WHOLE):
            listed = None
        if listed is not None and (run.clause != runs[listed].clause or run.inside != runs[listed].inside):
            # The last unit of a list is not the one that goes on behind it.
            found = replace(found, unit=None, unclear=found.unclear or "section_unclear")
        if lists_units(runs, at):
            listed = at
        before = found
        if not run.of(Kind.PROJECT):
            found = _later_project(runs, at, found)
        spoken.append(found)
    return spoken


def lists_units(runs: Sequence[Run], at: int) -> bool:
    """Whether a run is one of a list in brackets or behind "trong đó" that gives each unit its own figure."""
    run = runs[at]
    if not run.figures or not any(isinstance(place, Place) and place.unit for place in run.values(Kind.UNIT)):
        return False
    first = next((n for n in range(at, -1, -1) if _opens_list(runs, n)), None)
    return first is not None and all(runs[n].clause == run.clause or runs[n].inside for n in range(first, at + 1))


def _opens_list(runs: Sequence[Run], at: int) -> bool:
    """Whether a list begins with a run: behind a figure, in brackets, after a colon or "trong đó"."""
    run, before = runs[at], runs[at - 1] if at else None
    if before is None or not before.figures:
        return False
    return bool(run.of(Kind.AMONG)) or (run.inside and not before.inside) or run.mark in (":", " - ", " – ", " — ")


def _later_project(runs: Sequence[Run], at: int, found: Whose) -> Whose:
    """A project named only after the figures of its clause is theirs, unless another one went before."""
    named = list(
        dict.fromkeys(word.value for run in runs if run.clause == runs[at].clause for word in run.of(Kind.PROJECT))
    )
    if not named or any(run.of(Kind.PROJECT) for run in runs[:at]):
        return found
    first = named[0]
    if len(named) > 1 or not isinstance(first, Named) or found.project not in (None, first.project):
        return replace(found, unclear="several_projects")
    cleared = found.unclear if found.unclear not in ("other_project", "several_projects") else None
    unclear = cleared if first.project else "other_project"
    return replace(found, project=first.project, named=True, near=True, unclear=unclear)


def whose(run: Run, before: Whose) -> Whose:
    """What a run speaks of, given what the one before it spoke of."""
    projects, units = run.values(Kind.PROJECT), run.values(Kind.UNIT)
    named = [project.project for project in projects if isinstance(project, Named)]
    places = [place for place in units if isinstance(place, Place)]
    found = before
    if len(named) > 1:
        found = Whose(None, None, named=True, unclear="several_projects")
    elif named:
        # Only a unit that leads, as a place ("tại huyện Văn Lãng, dự án …"), is one of every project that follows.
        alone = before.project is None and before.unclear is None
        kept = before.unit if before.unit_leads or alone else None
        same = before.project == named[0] and before.named
        lost = before.unit is not None and kept is None
        unsure = lost and (same or before.near)
        found = Whose(
            named[0],
            kept,
            named=True,
            unclear="other_project" if not named[0] else "section_unclear" if unsure else None,
            unit_leads=kept is not None or _leads(run),
            alone=before.alone,
        )
    if run.of(Kind.WHOLE) and not places:
        found = replace(found, unit=None, whole=True, unclear=_but_section(found.unclear))
    if run.of(Kind.SUM) and not places:
        found = replace(found, unit=None, whole=False, unclear=found.unclear or "several_units")
    if len(places) > 1:
        found = replace(found, unit=None, whole=False, unclear=found.unclear or _of_several(places))
    elif places:
        cleared = found.unclear if found.unclear in ("several_projects", "other_project") else None
        unclear = cleared or _of_place(places[0])
        leads = _leads(run) and (bool(named) or not before.named)
        alone = places[0].alone
        found = replace(found, unit=places[0].unit, whole=False, unclear=unclear, unit_leads=leads, alone=alone)
    return found


def _leads(run: Run) -> bool:
    """Whether a unit is named as the place of what follows: before any project and before anything is done there."""
    for word in run.words:
        if word.kind is Kind.UNIT:
            rest = run.words[run.words.index(word) + 1 :]
            done = next((w for w in rest if w.kind in (Kind.STAGE, Kind.SPENT, Kind.FIGURE, Kind.PROJECT)), None)
            return done is None or done.kind is Kind.PROJECT
        if word.kind in (Kind.PROJECT, Kind.STAGE, Kind.SPENT, Kind.FIGURE):
            return False
    return False


def _but_section(unclear: str | None) -> str | None:
    return None if unclear == "section_unclear" else unclear


def _of_several(places: Sequence[Place]) -> str:
    return next(filter(None, map(_of_place, places)), "several_units")


def _of_place(place: Place) -> str | None:
    """Why a place is no unit of the records: None where it is one."""
    if place.unit is not None:
        return None
    return "ambiguous_unit" if place.candidates else "commune_of" if place.within else "other_unit"


def stage_of(run: Run) -> tuple[Stage | str | None, bool]:
    """The one stage that a run names and whether there is exactly one; (None, True) when it names none."""
    stages = run.values(Kind.STAGE)
    if set(stages) == {"plan of compensation", "approval"}:
        return Stage.APPROVED, True
    if "plan of compensation" in stages and len(stages) > 1:
        stages = [stage for stage in stages if stage != "plan of compensation"]
    if len(stages) > 1:
        return None, False
    if not stages:
        return None, True
    stage = stages[0]
    return (stage, True) if isinstance(stage, Stage) or stage == "clear and handed over" else (None, False)
