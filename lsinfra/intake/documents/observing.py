"""From the runs of a sentence to proposals: project, section, stage and date of each figure, and how sure they are."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lsinfra.codes import Stage
from lsinfra.dates import PartialDate
from lsinfra.errors import QuantityError, Severity
from lsinfra.intake.documents.as_of import Dated, dated_of, leads_to_plan, said_date
from lsinfra.intake.documents.clauses import Run, Sentence, Whose, lists_units, sentence_of, spoken_of, stage_of
from lsinfra.intake.documents.names import Names, Place
from lsinfra.intake.documents.prose_figures import MEASURES_OF_LAND, Printed, agrees, conflicts
from lsinfra.intake.documents.prose_money import Money, Spent, with_total
from lsinfra.intake.documents.remembering import Context, Found
from lsinfra.intake.documents.reservations import doubts_figures, part_of_capital, unverified
from lsinfra.intake.documents.totals import Totals, is_of_whole, is_sum_of_units, is_sum_or_need, is_total, total_of
from lsinfra.intake.documents.wording import Kind, Word
from lsinfra.intake.proposals import Confidence, Doubt, Proposal, confidence_of
from lsinfra.quantities import Figure

MAX_QUOTE = 400
GROUP = "document"


@dataclass
class Reader:
    """Reads sentence after sentence of one document."""

    names: Names
    document: PartialDate | None
    context: Context

    def sentence(self, text: str) -> list[Found]:
        """The figures of a sentence, each as a proposal or as what was not understood, in order."""
        sentence = sentence_of(text, self.names, self.document)
        if self.context.planned:
            for at, run in enumerate(sentence.runs):
                if re.search(r"(?<!\w)đã(?!\w)", sentence.clause(at), re.IGNORECASE) is None:
                    run.forbidden = run.forbidden or "aim"
        spoken = spoken_of(sentence.runs, replace(self.context.whose, near=False, named=False))
        land = _told_twice(list(self._land(sentence, spoken)))
        money = list(self._money(sentence, spoken))
        self._remember(sentence, spoken)
        return sorted([*land, *money], key=lambda found: found.at)

    # --- land ---

    def _land(self, sentence: Sentence, spoken: Sequence[Whose]) -> Iterator[Found]:
        stage: Stage | str | None = None
        stage_near, single = True, True
        totals = Totals(
            [
                total_of(run, word, spoken[at])
                for at, run in enumerate(sentence.runs)
                for word in run.figures
                if is_total(run, word)
            ]
        )
        if sentence.runs and not any(run.of(Kind.STAGE, Kind.SPENT) for run in sentence.runs):
            stage, stage_near = self.context.stage, False
        for at, run in enumerate(sentence.runs):
            own, one = stage_of(run)
            inherited = own is None and one
            if not inherited:
                stage, stage_near, single = own, True, one
            elif run.of(Kind.SPENT, Kind.PLAN):
                stage = None
            for word in sorted(run.of(Kind.FIGURE, Kind.PERCENT, Kind.LOOSE), key=lambda word: word.start):
                printed = word.value
                if (
                    not isinstance(printed, Printed)
                    or printed.money
                    or (word.kind is Kind.LOOSE and not sentence.works)
                ):
                    continue
                if is_total(run, word):
                    totals.before.append(total_of(run, word, spoken[at]))
                    continue
                why = self._refused(sentence, at, spoken[at], word, printed)
                why = why or ("several_stages" if not single else None)
                why = why or ("no_stage" if stage is None or (inherited and self._strange(run)) else None)
                if why:
                    yield from self._unread(sentence, spoken[at], word, why)
                    continue
                yield from self._proposal(sentence, at, spoken[at], word, stage, stage_near, totals)
        for total in totals.before:
            if total.word.start not in totals.used:
                yield from self._unread(sentence, total.owner, total.word, "total_alone")

    @staticmethod
    def _strange(run: Run) -> bool:
        """Whether a run without a stage of its own says anything that may be no figure of the stage before it."""
        if run.unfamiliar:
            return True
        among = bool(run.of(Kind.AMONG))
        return (among and not run.of(Kind.UNIT)) or re.search(r"(?<!\w)có(?!\w)", run.text) is not None

    def _refused(self, sentence: Sentence, at: int, owner: Whose, word: Word, printed: Printed) -> str | None:
        run = sentence.runs[at]
        if owner.unclear == "other_project" or printed.broken:
            return printed.broken if owner.unclear != "other_project" else owner.unclear
        if word.kind is Kind.PERCENT:
            return "percent_alone"
        if run.forbidden or run.yearly:
            return run.forbidden or "period"
        if _unverified(sentence, at):
            return "unverified"
        if owner.unclear:
            return owner.unclear
        if run.of(Kind.AMONG) and not run.of(Kind.UNIT) and not self._among_totals(sentence, at):
            return "part"
        if is_sum_or_need(run, word):
            return "sum_or_need"
        if owner.unit is not None and is_sum_of_units(sentence.runs, at, word):
            return "section_unclear"
        if owner.unit is not None and is_of_whole(printed, sentence.text[word.end :]):
            return "total_of_whole"
        return self._misplaced(sentence, at, owner)

    def _among_totals(self, sentence: Sentence, at: int) -> bool:
        """Whether only totals stand before "trong đó" in the clause: what follows is done of them, no part of it."""
        before = [run for run in sentence.runs[:at] if run.clause == sentence.runs[at].clause]
        figures = [is_total(run, figure) for run in before for figure in run.figures]
        return bool(figures) and all(figures) and bool(sentence.runs[at].of(Kind.STAGE))

    def _misplaced(self, sentence: Sentence, at: int, owner: Whose) -> str | None:
        """Why the section cannot be told."""
        project = self.names.projects.get(owner.project or "")
        if project is None:
            return "no_project"
        following = sentence.runs[at + 1 : at + 2]
        if any(_shares(sentence.runs[at], later) for later in following):
            return "several_units" if following[0].of(Kind.UNIT) else "several_projects"
        if owner.unit is not None:
            if following and not lists_units(sentence.runs, at) and lists_units(sentence.runs, at + 1):
                return "section_unclear"  # a list of units behind it: a sum of them
            alone = not sentence.runs[at].of(Kind.UNIT, Kind.PROJECT)
            if alone and re.match(r"\W*dự án\b", sentence.runs[at].text, re.IGNORECASE):
                return "section_unclear"
            section = next((known for known in project.sections if known.unit == owner.unit), None)
            if section is None:
                return "not_a_section"
            return None if section.in_scope else "out_of_scope"
        if owner.whole:
            return None
        run = sentence.runs[at]
        for later in sentence.runs[at + 1 :]:
            units, figures = later.of(Kind.UNIT), later.figures
            if (
                later.clause == run.clause
                and units
                and figures
                and units[0].start > figures[0].start
                and not later.of(Kind.AMONG)
            ):
                return "section_unclear"
            if later.clause == run.clause and units and not figures and not later.of(Kind.STAGE, Kind.SPENT):
                return "section_unclear"
        units_before = any(other.of(Kind.UNIT) for other in sentence.runs[:at])
        if (self.context.units_since and not owner.near) or (units_before and not owner.named):
            return "section_unclear"
        return None

    def _proposal(
        self,
        sentence: Sentence,
        at: int,
        owner: Whose,
        word: Word,
        stage: Stage | str | None,
        stage_near: bool,
        totals: Totals,
    ) -> Iterator[Found]:
        """The proposal of one figure of land, or why its numbers cannot be read."""
        run, quote = sentence.runs[at], self._quote(sentence, at)
        dated = dated_of(sentence.runs, at, self.document, self.context, owner.project)
        late = "after_document" if dated.why == "after_document" else None
        if late or (run.to_date and dated.date is None and not run.of(Kind.DATE, Kind.NOW)):
            yield Found(word.start, quote, why=late or "level_undated", values={"figure": _shown(word.value)})
            return
        printed = word.value
        if not isinstance(printed, Printed):
            raise TypeError("a figure is printed")
        try:
            figure, numbers = printed.read()
        except QuantityError as error:
            yield Found(word.start, quote, why="number", values={"reason": error})
            return
        if figure.measure not in MEASURES_OF_LAND:
            yield Found(word.start, quote, why="no_stage")
            return
        meant = self._meant(owner, dated.date)
        if meant:
            values: dict[str, object] = {"figure": _shown(printed), "unit": meant}
            yield Found(word.start, quote, why="ambiguous_unit", values=values)
            return
        doubts = _number_doubts(numbers)
        clause = run.clause
        if totals.percent_of_other(figure, printed, owner, word, clause):
            yield Found(word.start, quote, why="percent_of_others", values={"figure": f"{printed.percent}%"})
            printed, figure = replace(printed, percent=None), replace(figure, percent=None)
        figure, from_before = totals.whole(figure, printed, owner, word, clause)
        if from_before:
            doubts.append(Doubt("total_before", {"figure": figure}, Severity.ERROR, GROUP))
        if conflicts(figure):
            doubts.append(Doubt("percent_conflict", {"figure": figure}, group=GROUP))
        if stage == "clear and handed over":
            stage = Stage.HANDED_OVER
            doubts.append(Doubt("clear_and_handed_over", group=GROUP))
        if dated.why:
            doubts.append(Doubt(dated.why, group=GROUP))
        doubts += self._unsure(run, owner, dated, stage_near)
        low = not dated.sure or conflicts(figure)
        proposal = self._of(owner, figure, dated, quote, low, doubts)
        self.context.figures = True
        yield Found(word.start, quote, replace(proposal, stage=stage if isinstance(stage, Stage) else None))

    def _meant(self, owner: Whose, observed: PartialDate | None) -> str:
        """The units that the name of one may mean as well on its figure's day; empty where it is sure."""
        if owner.unit is None or not owner.alone:
            return ""
        return self.names.meant(owner.unit, observed.last_day if observed else None)

    def _unsure(self, run: Run, owner: Whose, dated: Dated, stage_near: bool) -> list[Doubt]:
        """What is not said in the sentence itself, or with words the grammar does not know."""
        doubts = []
        if dated.year_taken:
            doubts.append(Doubt("year_taken", {"date": dated.date}, group=GROUP))
        if not run.exact or not self.context.exact:
            doubts.append(Doubt("marks", group=GROUP))
        if run.unfamiliar:
            doubts.append(Doubt("unfamiliar", {"words": ", ".join(run.unfamiliar[:6])}, group=GROUP))
        if (not owner.named and not self.context.project_here and not owner.near) or (
            owner.unit is not None and not run.of(Kind.UNIT) and (not owner.near or bool(run.of(Kind.PROJECT)))
        ):
            doubts.append(Doubt("from_before", group=GROUP))
        if dated.date is not None and not dated.near:
            doubts.append(Doubt("date_before", {"date": dated.date}, group=GROUP))
        if not stage_near:
            doubts.append(Doubt("stage_before", group=GROUP))
        return doubts

    def _of(self, owner: Whose, figure: Figure, dated: Dated, quote: str, low: bool, doubts: list[Doubt]) -> Proposal:
        project = self.names.projects[owner.project or ""]
        return Proposal(
            project=project.id,
            section=next((section.id for section in project.sections if section.unit == owner.unit), None),
            stage=None,
            plan_year=None,
            base=None,
            funding=None,
            figure=figure,
            observed=dated.date,
            source=None,
            note=None,
            quote=quote,
            position="",
            confidence=Confidence.LOW if low else confidence_of(doubts),
            doubts=tuple(doubts),
        )

    # --- money ---

    def _money(self, sentence: Sentence, spoken: Sequence[Whose]) -> Iterator[Found]:
        if not any(isinstance(w.value, Printed) and w.value.money for w in sentence.words):
            if any(word.kind in (Kind.PLAN, Kind.SPENT) for word in sentence.words):
                self._carry(spoken, Money())
            return
        kept = self.context.money
        money = Money(part=kept is not None and kept.part)
        for run in sentence.runs:
            money.read(run, sentence.text)
        money.close()
        carried = (
            kept is not None and not money.total and self.context.money_of == (spoken[-1].project if spoken else None)
        )
        total = money.total
        if carried and kept is not None:
            total = kept.total
            if money.spent:
                total = money.take(kept)
        attached = False
        for spent in money.spent:
            found, joined = self._spent(sentence, spoken, money, spent, total)
            attached |= joined
            if found is not None:
                yield found
        for word, why in money.left:
            at = self._at(sentence, word)
            yield from self._unread(sentence, spoken[at], word, why)
        if money.total and not attached:
            at = self._at(sentence, money.total[0])
            yield from self._unread(sentence, spoken[at], money.total[0], "plan_alone")
        self._carry(spoken, money)

    def _carry(self, spoken: Sequence[Whose], money: Money) -> None:
        if (money.total or money.part) and not money.spent:
            kept = self.context.money if self.context.money_of == spoken[-1].project else None
            self.context.money = money.carried(kept)
            self.context.money_of = spoken[-1].project

    def _spent(
        self, sentence: Sentence, spoken: Sequence[Whose], money: Money, spent: Spent, total: tuple[Word, Run] | None
    ) -> tuple[Found | None, bool]:
        """The proposal of one amount that was given out, and whether the plan became its total."""
        at = self._at(sentence, spent.word)
        owner, quote, printed = spoken[at], self._quote(sentence, at), spent.word.value
        if not isinstance(printed, Printed):
            raise TypeError("a figure is printed")
        why = printed.broken or owner.unclear or (None if owner.project else "no_project")
        why = why or ("funding_unclear" if spent.unclear else None)
        if owner.unit is not None:
            why = why or ("money_of_section" if spent.run.of(Kind.UNIT) else "section_unclear")
        why = why or ("unverified" if _unverified(sentence, at) else None)
        why = why or ("part_of_capital" if part_of_capital(sentence.clause(at)) else None)
        dated = dated_of(sentence.runs, at, self.document, self.context, owner.project)
        if why or dated.why == "after_document":
            return next(self._unread(sentence, owner, spent.word, why or "after_document"), None), False
        joined = None
        if (
            spent.funding is None
            and total is not None
            and not money.several_plans
            and isinstance(total[0].value, Printed)
            and not total[0].value.broken
        ):
            joined = with_total(printed, total[0].value)
        try:
            figure, numbers = printed.read()
            if joined is not None:
                whole, more = joined.read()
                small = whole.total is None or whole.value <= whole.total
                if small and not conflicts(whole):
                    figure, numbers = whole, more
        except QuantityError as error:
            return Found(spent.word.start, quote, why="number", values={"reason": error}), False
        attached = joined is not None and figure.total is not None
        doubts = _number_doubts(numbers)
        if attached and not agrees(figure):
            doubts.append(Doubt("total_before", {"figure": figure}, Severity.ERROR, GROUP))
        if conflicts(figure):
            doubts.append(Doubt("percent_conflict", {"figure": figure}, group=GROUP))
        if money.several_plans and figure.percent is not None and figure.total is None:
            figure = replace(figure, percent=None)
            doubts.append(Doubt("percent_of_plan", {"figure": f"{printed.percent}%"}, group=GROUP))
        doubts += _plan_doubts(money)
        if dated.why:
            doubts.append(Doubt(dated.why, group=GROUP))
        doubts += self._unsure(spent.run, owner, dated, stage_near=True)
        if not money.exact and not any(doubt.code == "marks" for doubt in doubts):
            doubts.append(Doubt("marks", group=GROUP))
        low = not dated.sure or conflicts(figure) or money.plan_year is None or money.base is None
        proposal = self._of(owner, figure, dated, quote, low, doubts)
        proposal = replace(proposal, plan_year=money.plan_year, base=money.base, funding=spent.funding)
        self.context.figures = True
        return Found(spent.word.start, quote, proposal), attached

    # --- the rest ---

    @staticmethod
    def _at(sentence: Sentence, word: Word) -> int:
        starts = [run.words[0].start for run in sentence.runs]
        return bisect_right(starts, word.start) - 1

    @staticmethod
    def _quote(sentence: Sentence, at: int) -> str:
        """The clause a run stands in, all of the sentence where that is short."""
        if len(sentence.text) <= MAX_QUOTE:
            return sentence.text.strip()
        runs = [run for run in sentence.runs if run.clause == sentence.runs[at].clause]
        start, end = runs[0].words[0].start, runs[-1].words[-1].end
        return sentence.text[max(0, start - 20) : min(end + 20, start + MAX_QUOTE)].strip()

    def _unread(self, sentence: Sentence, owner: Whose, word: Word, why: str) -> Iterator[Found]:
        """A figure that was not understood, with why; not where nothing around it speaks of projects or their land."""
        printed = word.value
        if not isinstance(printed, Printed):
            return
        near = owner.project is not None or owner.unclear == "several_projects"
        if word.kind is Kind.LOOSE:
            near = near and sentence.works and why != "other_project"
        elif word.kind is Kind.PERCENT:
            near = near and why != "other_project"
        else:
            near = (
                near
                or sentence.works
                or sentence.placed
                or (owner.unclear == "other_project" and self.context.project_here)
            )
        if near:
            self.context.figures = True
            at = self._at(sentence, word)
            values: dict[str, object] = {"figure": _shown(printed)}
            if why in ("ambiguous_unit", "commune_of"):
                places = [known.value for known in sentence.words if isinstance(known.value, Place)]
                values["unit"] = "; ".join(filter(None, (place.candidates or place.within for place in places)))
            yield Found(word.start, self._quote(sentence, at), why=why, values=values)

    def _remember(self, sentence: Sentence, spoken: Sequence[Whose]) -> None:
        """What goes on to the next sentence."""
        context, runs = self.context, sentence.runs
        if not runs:
            return
        named = [word for word in sentence.words if word.kind is Kind.PROJECT]
        units = [word for word in sentence.words if word.kind is Kind.UNIT]
        if named:
            context.project_here, context.units_since = True, False
            context.exact = all(word.exact for word in named)
        if units:
            context.units_since, context.unit_here = True, True
        context.whose = spoken[-1]
        if any(lists_units(runs, at) for at in range(len(runs))):
            context.whose = replace(context.whose, unit=None, unclear=None)
        if context.whose.unclear in ("several_units", "other_unit", "ambiguous_unit", "commune_of"):
            context.whose = replace(context.whose, unit=None)
        for at, run in enumerate(runs):
            for word in run.of(Kind.DATE, Kind.NOW):
                if run.forbidden != "aim" and not leads_to_plan(runs, at):
                    context.date = said_date(word, self.document)
                    context.date_here, context.date_of, context.date_by = True, None, spoken[-1].project
        figures = any(isinstance(word.value, Printed) for word in sentence.words)
        stages = {stage_of(run)[0] for run in runs if run.of(Kind.STAGE)}
        clean = not figures and not any(run.forbidden for run in runs) and len(stages) == 1
        if stages or figures:
            context.stage = stages.pop() if clean else (None if stages else context.stage)


def _unverified(sentence: Sentence, at: int) -> bool:
    """Whether the sentence says of its figures, or of those of this clause, that they are not final."""
    return doubts_figures(sentence.text) or unverified(sentence.clause(at))


def _told_twice(land: list[Found]) -> list[Found]:
    """The figures of a sentence; two of one stage, measure and day that differ are both in doubt."""
    values: dict[object, set[object]] = {}
    keys: list[object] = []
    for found in land:
        p = found.proposal
        keys.append(p and (p.project, p.section, p.stage, p.observed and p.observed.iso, p.figure.measure))
        if p is not None:
            values.setdefault(keys[-1], set()).add(p.figure.amount)
    return [
        replace(
            found,
            proposal=replace(
                found.proposal,
                confidence=Confidence.LOW,
                doubts=(*found.proposal.doubts, Doubt("twice", {"figure": found.proposal.figure}, group=GROUP)),
            ),
        )
        if found.proposal is not None and len(values[key]) > 1
        else found
        for found, key in zip(land, keys, strict=True)
    ]


def _number_doubts(numbers: Sequence[QuantityError]) -> list[Doubt]:
    """What is odd about a number; one that may be read in two ways must be decided by a person."""
    severities = {"ambiguous": Severity.ERROR}
    return [Doubt("number", {"reason": error}, severities.get(error.key, Severity.WARNING), GROUP) for error in numbers]


def _plan_doubts(money: Money) -> list[Doubt]:
    """What is not told of the plan that money was spent of."""
    base = "several_plans" if money.several_plans else "base_unknown"
    told = (("year_unknown", money.plan_year), (base, money.base))
    return [Doubt(code, group=GROUP) for code, known in told if known is None]


def _shares(run: Run, later: Run) -> bool:
    """Whether the figures of a run are also of a project or unit that follows: "cho dự án A và dự án B"."""
    if later.clause != run.clause or later.figures or later.of(Kind.STAGE, Kind.SPENT, Kind.AMONG):
        return False
    return any(run.of(kind) and later.of(kind) for kind in (Kind.PROJECT, Kind.UNIT))


def _shown(printed: object) -> str:
    """A figure as the text has it, for a sentence."""
    if not isinstance(printed, Printed):
        return ""
    text = printed.value if printed.total is None else f"{printed.value}/{printed.total}"
    return f"{text}{'' if printed.unit == '%' else ' '}{printed.unit}".strip()
