"""Doubts about proposals that only the records can raise: what falls, what is above its total, what slipped a unit.

Each check is a small generator in ``CHECKS``. What they find replaces what they found before, so that a proposal that
was edited, or records that moved on, are looked at anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import islice

from lsinfra.codes import Level, SourceKind, Stage
from lsinfra.errors import Severity
from lsinfra.fields import AREA_STAGES, hint
from lsinfra.intake.history import Key, Line, Recorded, key_of, last_before, recorded, says_the_same
from lsinfra.intake.proposals import Doubt, Intake, Proposal, confidence_of, lower
from lsinfra.numerals import decimals_of, number, settled, shown
from lsinfra.phrases import Amount, Percent
from lsinfra.portfolio import Portfolio
from lsinfra.progress import rate
from lsinfra.quantities import SHOWN_IN, Figure, Measure, PartialDate, StatedCheck, write_figure
from lsinfra.records import Project, Records, Unit
from lsinfra.routes import Boundary, Routes
from lsinfra.text import Lang, say
from lsinfra.units import first_day, parted, valid

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

# How far a unit can slip: a decimal mark by one, two or three places, "m²" for "ha", "nghìn tỷ" for "tỷ", "triệu" for
# "đồng".
SLIPS = (10, 100, 1000, 10**4, 10**6)
# Two totals that differ by a slip alone are as near to each other as this.
_NEAR = Fraction(2, 100)
# A value that one more step of ten would bring this near to its total was probably meant to be there.
_ALMOST_ALL = Fraction(995, 1000)
# A value this many times above what bounds it was not meant: 620 of 618 ha may be a slip of the pen, 6,000 is no work.
_FAR = 5
# A step's total this many times that of another step in the same place is of no land that lies there.
_BEYOND = 100
# So many other figures of one thing and date in one input are told of each; a year of forms may hold hundreds.
_SAID = 3

BLOCKING = frozenset(
    {
        "project_missing",
        "unknown_project",
        "unknown_section",
        "date_missing",
        "source_missing",
        "unknown_source",
        "plan_missing",
        "wrong_measure",
        "recorded_otherwise",
        "future",
        "negative",
        "above_total",
    }
)
"""Doubts that, as errors, no confirmation settles: there is no place in the records for what they are about, or it
cannot be true, and ``checks`` would call it an error.
"""

_BESIDE_THE_FIGURE = frozenset(
    {
        "project_missing",
        "date_missing",
        "source_missing",
        "unknown_source",
        "plan_missing",
        "whole_absent",
        "already_recorded",
        "older",
    }
)
"""What is still to be said, or how the figure stands in the records: no reason to think that it was read wrong. Every
other doubt lowers the confidence (``proposals.confidence_of``).
"""


@dataclass(frozen=True)
class _Case:
    """A proposal, and all that the checks hold it against. ``today`` None: nobody said which day it is.

    ``others``: the figures of the same thing and date in this input by their spelling, each with the first that says
    it, its own among them. ``since``: the first day of the section's unit, None where no boundary tells. ``last`` and
    ``later``: the figures next to it in time, in the records or in this input; ``steps``: the last ones of the steps of
    land clearance in the same place. ``namesake``: a commune has the name of its unit.
    """

    proposal: Proposal
    records: Records
    project: Project | None
    history: Sequence[Recorded]
    others: Mapping[str, Proposal]
    today: date | None
    newest: date | None
    whole_absent: bool
    since: date | None
    last: Recorded | None
    later: Recorded | None
    steps: Mapping[Stage, Recorded]
    namesake: Callable[[str, date], bool]


def doubted(intake: Intake, portfolio: Portfolio, today: date | None = None) -> Intake:
    """The same proposals with the doubts that the records raise put behind those of their reader.

    Parameters
    ----------
    today
        The day of the run; None to leave dates in the future unquestioned.
    """
    found = doubted_all(intake.proposals, portfolio.records, portfolio.routes, today)
    return replace(intake, proposals=found)


def doubted_all(
    proposals: Sequence[Proposal],
    records: Records,
    routes: Routes | None,
    today: date | None,
    skipped: Sequence[bool] | None = None,
) -> tuple[Proposal, ...]:
    """As ``doubted``.

    Parameters
    ----------
    routes
        None: no boundaries tell from when on a unit exists.
    skipped
        Of each proposal whether it will not be written: no other is held against it. None: all may be.

    Notes
    -----
    A confidence is lowered by what questions the figure and never raised: how sure its reader was is not known here.
    """
    histories = recorded(records)
    newest = {project.id: _newest(project) for project in records.projects}
    projects = {project.id: project for project in records.projects}
    alike: dict[tuple[object, ...], dict[str, Proposal]] = {}
    here: dict[Key, list[Recorded]] = {}
    for proposal, out in zip(proposals, skipped or [False] * len(proposals), strict=True):
        said = alike.setdefault((key_of(proposal), proposal.observed), {})
        said.setdefault(write_figure(proposal.figure), proposal)
        if proposal.observed is not None and not out:
            listed = records.sources.get(proposal.source or "")
            official = listed is not None and listed.kind is SourceKind.OFFICIAL
            of = proposal.figure, proposal.observed, proposal.source or "", proposal.position
            here.setdefault(key_of(proposal), []).append(Recorded(*of, official, here=True))
    lines = {key_of(one): Line(histories.get(key_of(one), ()), here.get(key_of(one), ())) for one in proposals}
    wholes = {(key_of(proposal), proposal.observed) for proposal in proposals if proposal.funding is None}
    wholes |= {(key, one.observed) for key, history in histories.items() for one in history}
    steps: dict[tuple[object, ...], dict[Stage, Recorded]] = {}
    for (place, part, stage, *_, measure), figures in (*here.items(), *histories.items()):
        if stage is not None:  # of a step that is in both, the records count
            steps.setdefault((place, part, measure), {})[stage] = max(figures, key=lambda one: one.rank)
    made = []
    since = {
        section.unit: first_day(routes, section.unit, records.units.get(section.unit)) if routes else None
        for project in records.projects
        for section in project.sections
    }
    namesake = _namesakes(records, routes)
    for proposal in proposals:
        project = projects.get(proposal.project or "")
        section = project.section(proposal.section) if project else None
        line, observed = lines[key_of(proposal)], proposal.observed
        history = histories.get(key_of(proposal), ())
        case = _Case(
            proposal,
            records,
            project,
            history,
            alike[key_of(proposal), proposal.observed],
            today,
            newest.get(proposal.project or ""),
            proposal.funding is not None and _of_all(proposal) not in wholes,
            since[section.unit] if section else None,
            line.before(observed) if observed else last_before(history, None),
            line.after(observed) if observed else None,
            steps.get((proposal.project, proposal.section, proposal.figure.measure), {}),
            namesake,
        )
        kept = [doubt for doubt in proposal.doubts if doubt.code not in CODES]
        found = [doubt for check in CHECKS for doubt in check(case)]
        at_most = confidence_of(doubt for doubt in found if doubt.code not in _BESIDE_THE_FIGURE)
        made.append(replace(proposal, doubts=(*kept, *found), confidence=lower(proposal.confidence, at_most)))
    return tuple(made)


def _namesakes(records: Records, routes: Routes | None) -> Callable[[str, date], bool]:
    """Whether a commune bears the name of a district on a day: xã Cao Lộc is not what huyện Cao Lộc was."""
    communes: dict[str, list[Boundary | Unit]] = {}
    for drawn in routes.units if routes else ():
        if drawn.level is Level.COMMUNE:
            communes.setdefault(parted(drawn.unit)[1], []).append(drawn)
    for name, listed in records.units.items():
        if listed.level is Level.COMMUNE:
            communes.setdefault(parted(name)[1], []).append(listed)

    def namesake(name: str, day: date) -> bool:
        return any(valid(unit, day) for unit in communes.get(parted(name)[1], ()))

    return namesake


def _of_all(proposal: Proposal) -> tuple[Key, PartialDate | None]:
    """What is of all capital sources together, and when, where a proposal is of one."""
    return key_of(replace(proposal, funding=None)), proposal.observed


def _newest(project: Project) -> date | None:
    days = [seen.as_of.last_day for seen in project.clearance] + [
        spent.as_of.last_day for spent in project.disbursement
    ]
    return max(days, default=None)


# --- whose figure it is --------------------------------------------------------------------------------------


def _nowhere(case: _Case) -> Iterator[Doubt]:
    """No such project or section, or a measure that has no place there."""
    proposal, records = case.proposal, case.records
    if proposal.project is None:
        yield Doubt("project_missing", {"known": ", ".join(project.id for project in records.projects)}, ERROR)
    elif case.project is None:
        known = [project.id for project in records.projects]
        values = {"found": shown(proposal.project), "known": ", ".join(known), "hint": hint(proposal.project, known)}
        yield Doubt("unknown_project", values, ERROR)
    elif proposal.section is not None and case.project.section(proposal.section) is None:
        sections = [section.id for section in case.project.sections]
        values = {"found": shown(proposal.section), "known": ", ".join(sections) or "–"}
        yield Doubt("unknown_section", values | {"hint": hint(proposal.section, sections)}, ERROR)
    if proposal.stage is None and (proposal.plan_year is None or proposal.base is None or proposal.section is not None):
        yield Doubt("plan_missing", {}, ERROR)
    elif case.whole_absent:
        yield Doubt("whole_absent")
    if proposal.figure.measure not in (AREA_STAGES if proposal.stage else (Measure.MONEY,)):
        yield Doubt("wrong_measure", {"figure": proposal.figure}, ERROR)


def _untraced(case: _Case) -> Iterator[Doubt]:
    """No source, or one that is not listed."""
    source, known = case.proposal.source, list(case.records.sources)
    if source is None:
        yield Doubt("source_missing", {}, ERROR)
    elif source not in known:
        yield Doubt("unknown_source", {"found": shown(source), "hint": hint(source, known)}, ERROR)


def _dating(case: _Case) -> Iterator[Doubt]:
    """No date, one that has not come, one before what is known, one when the unit was not yet or no more."""
    observed = case.proposal.observed
    if observed is None:
        yield Doubt("date_missing", {}, ERROR)
        return
    if case.today is not None and observed.first_day > case.today:
        today = PartialDate(case.today.year, case.today.month, case.today.day)
        yield Doubt("future", {"observed": observed, "today": today}, ERROR)
    if case.newest is not None and observed.last_day < case.newest:
        newest = PartialDate(case.newest.year, case.newest.month, case.newest.day)
        yield Doubt("older", {"observed": observed, "newest": newest})
    section = case.project.section(case.proposal.section) if case.project else None
    unit = case.records.units.get(section.unit) if section else None
    if section and unit and unit.until and observed.first_day > unit.until.last_day:
        # Only where a commune of that name exists may the figure be of another place altogether.
        other = unit.level is not Level.COMMUNE and case.namesake(section.unit, observed.last_day)
        values = {"unit": section.unit, "until": unit.until, "observed": observed}
        yield Doubt("unit_ended", values, ERROR if other else WARNING)
    if section and case.since and observed.last_day < case.since:
        since = PartialDate(case.since.year, case.since.month, case.since.day)
        yield Doubt("unit_not_yet", {"unit": section.unit, "since": since, "observed": observed}, ERROR)
    year = None if case.proposal.stage else case.proposal.plan_year
    if year is not None and not year <= observed.year <= year + 2:
        yield Doubt("plan_year_unlikely", {"year": str(year), "observed": observed})


def _known_already(case: _Case) -> Iterator[Doubt]:
    """A figure of this date that is recorded, or said twice in one input."""
    proposal = case.proposal
    for one in case.history:
        if one.observed != proposal.observed:
            continue
        values = {"figure": one.figure, "source": one.source, "where": one.where}
        if says_the_same(one.figure, proposal.figure):
            yield Doubt("already_recorded", values, INFO)
        elif proposal.source is not None and one.source == proposal.source:
            yield Doubt("recorded_otherwise", values, ERROR)
        else:
            yield Doubt("same_day_differs", values)
    own = write_figure(proposal.figure)
    others = (other for said, other in case.others.items() if said != own)
    for other in islice(others, _SAID):
        yield Doubt("said_twice", {"figure": other.figure, "position": shown(other.position)})


# --- the figure ----------------------------------------------------------------------------------------------


def _against_itself(case: _Case) -> Iterator[Doubt]:
    """More than its total, less than nothing, or not its own percentage."""
    figure = case.proposal.figure
    found = rate(figure)
    if found.check is StatedCheck.CONFLICT and found.share is not None:
        decimals = 0 if figure.percent is None else decimals_of(figure.percent)
        yield Doubt("percent_conflict", {"figure": figure, "computed": Percent(found.share, figure.measure, decimals)})
    if figure.value < 0:
        land = figure.measure is not Measure.MONEY
        yield Doubt("negative", {"figure": figure}, ERROR) if land else Doubt("recovery", {"figure": figure})
    if (found.share or 0) > 1:
        # Money may pass a plan lawfully.
        severity = WARNING if figure.measure is Measure.MONEY else ERROR
        yield Doubt("above_total", {"figure": figure}, severity)
    elif case.last and case.last.figure.total_amount is not None and figure.total is None:
        total = case.last.figure.total_amount
        if figure.amount > total and figure.measure is not Measure.MONEY:
            values = {"figure": figure, "total": _amount(total, figure.measure), "last": _Beside(case.last)}
            yield Doubt("above_last_total", values, ERROR)


def _against_its_neighbours(case: _Case) -> Iterator[Doubt]:
    """Below the last figure or above the next one, or of another total than the last."""
    figure, last, later = case.proposal.figure, case.last, case.later
    if later is not None and figure.amount > later.figure.amount:
        values = {"figure": figure, "later": _Beside(later, later=True)}
        yield Doubt("above_later", values, _by(later))
    if last is None:
        return
    if figure.amount < last.figure.amount:
        yield Doubt("falls", {"figure": figure, "last": _Beside(last)}, ERROR)
    ours, theirs = figure.total_amount, last.figure.total_amount
    if ours is not None and theirs is not None and ours != theirs and slip_between(ours, theirs) is None:
        yield Doubt("total_changed", {"figure": figure, "last": _Beside(last)})


def _by(later: Recorded) -> Severity:
    """How grave it is not to go with a later figure: of two in one input the later one bears the error."""
    return WARNING if later.here else ERROR


def _slipped(case: _Case) -> Iterator[Doubt]:
    """Ten, a hundred, a thousand, a million times too much or too little."""
    figure, last, later = case.proposal.figure, case.last, case.later
    for one in (last, later):
        ours, theirs = figure.total_amount, one.figure.total_amount if one else None
        if one is not None and ours is not None and theirs is not None and (times := slip_between(ours, theirs)):
            values = {"figure": figure, "times": _Times(times), "other": _amount(theirs, figure.measure)}
            values["beside"] = _Beside(one, later=one is later)
            yield Doubt("total_slip", values, ERROR if one is last else _by(one))
            return
    if (meant := slipped_value(figure, last.figure if last else None)) is not None:
        # Nobody printed it, so it has no zeros to keep: 61,5 ha ten times are 615 ha.
        values = {"figure": figure, "meant": _amount(settled(meant.normalize()), figure.measure)}
        yield Doubt("unit_slip", values, ERROR)


def _against_other_steps(case: _Case) -> Iterator[Doubt]:
    """A step of which no other figure is known: of quite another size than the steps beside it."""
    figure, of = case.proposal.figure, case.proposal.stage
    if of is None or case.last is not None or case.later is not None:
        return
    ours = figure.total_amount or figure.amount
    for stage, one in case.steps.items():
        theirs = one.figure.total_amount or one.figure.amount
        if stage is of or theirs <= 0:
            continue
        whole = one.figure.total_amount is not None
        times = slip_between(ours, theirs)
        if ours < theirs:
            slipped = times is not None and whole and figure.total is not None
        elif whole:
            slipped = times is not None or ours > theirs * _BEYOND
        else:  # it may have begun only
            slipped = times is not None and times > _BEYOND
        if slipped:
            values = {"figure": figure, "times": _Times(times or round(ours / theirs)), "stage": stage}
            yield Doubt("step_slip", values | {"other": one.figure, "observed": one.observed}, ERROR)
            return


def slip_between(one: Decimal, other: Decimal) -> int | None:
    """By how many times two amounts differ, when that is a slip and nothing else; None when it is not."""
    low, high = sorted((Fraction(abs(one)), Fraction(abs(other))))
    return next((times for times in SLIPS if low and abs(high / (low * times) - 1) <= _NEAR), None)


def slipped_value(figure: Figure, last: Figure | None) -> Decimal | None:
    """What a value was probably meant to be when it slipped by some places, in the base unit; None when it did not.

    It did when, moved by a power of ten, it is what its own percentage says; or when it cannot be (below the last
    figure, above its total) and moved could; or when it has more decimals than its total, and moved is almost all.
    """
    value, total = figure.amount, figure.total_amount
    if value <= 0:
        return None
    down, up = [value / times for times in SLIPS], [value * times for times in SLIPS]
    found = rate(figure)
    if found.check is StatedCheck.CONFLICT and total is not None and figure.percent is not None:
        stated, unit = Fraction(figure.percent), Fraction(1, 10 ** decimals_of(figure.percent))
        for meant in (*down, *up):
            if abs(Fraction(meant) / Fraction(total) * 100 - stated) < unit:
                return meant
    low = last.amount if last is not None and last.amount > 0 else None
    high = total if total is not None else last.total_amount if last is not None else None
    if high is not None and value > high * _FAR:
        return next((meant for meant in down if (low or 0) <= meant <= high), None)
    if low is not None and value < low:
        return next((meant for meant in up if low <= meant <= (high or 2 * low)), None)
    if low is not None and high is None:
        # Nothing bounds it: ten times more may well be work, a hundred times exactly on the last figure is not.
        return next((meant for meant in down[1:] if low <= meant <= 2 * low), None)
    if figure.total is not None and figure.percent is None and decimals_of(figure.value) > decimals_of(figure.total):
        return next((meant for meant in up if _ALMOST_ALL <= Fraction(meant) / Fraction(high or 1) <= 1), None)
    return None


@dataclass(frozen=True)
class _Beside:
    """“the last recorded figure, 4 of 9 ha (15 August 2024)”; of the input's own with its cell."""

    one: Recorded
    later: bool = False

    def write(self, lang: Lang) -> str:
        one = self.one
        key = f"{'read' if one.here else 'recorded'}_{'after' if self.later else 'before'}"
        values = {"figure": one.figure, "observed": one.observed, "position": shown(one.where)}
        return say(lang, f"intake.beside.{key}", **values)


@dataclass(frozen=True)
class _Times:
    """“1.000”."""

    times: int

    def write(self, lang: Lang) -> str:
        return number(self.times, 0, lang)


def _amount(amount: Decimal, measure: Measure) -> Amount:
    unit = SHOWN_IN[measure]
    return Amount(amount / unit.factor, unit)


CHECKS: list[Callable[[_Case], Iterator[Doubt]]] = [
    _nowhere,
    _untraced,
    _dating,
    _known_already,
    _against_itself,
    _against_its_neighbours,
    _slipped,
    _against_other_steps,
]

CODES = BLOCKING | {
    "above_last_total",
    "above_later",
    "already_recorded",
    "falls",
    "older",
    "percent_conflict",
    "plan_year_unlikely",
    "recovery",
    "said_twice",
    "same_day_differs",
    "step_slip",
    "total_changed",
    "total_slip",
    "unit_ended",
    "unit_not_yet",
    "unit_slip",
    "whole_absent",
}
"""The doubts that are raised here, and so taken away before they are raised again."""
