"""The weeks that a page's map can be moved through, and what was known of every place in each of them.

A stop is a week in which something was observed, as the records of today tell it; between two observations nothing
changes and nothing is interpolated. A place has at a stop the class it has on a page of that day, by the same rule.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Generic, TypeVar

from lsinfra.codes import SourceKind, Stage
from lsinfra.portfolio import Portfolio
from lsinfra.progress import ClearanceRow, DisbursementRow, Progress, Rate, histories, money_histories, sums_of
from lsinfra.quantities import Measure, StatedCheck
from lsinfra.records import Project, Records, Stretch
from lsinfra.render.payload import (
    MEASURES,
    NO_DATA,
    Scope,
    day_text,
    headline,
    percent_stated,
    rate_text,
    share_class,
    share_of,
    share_words,
    sum_dates,
    summed,
)
from lsinfra.render.status import money_style, own_style, section_style
from lsinfra.weeks import Week

LEVELS = 20
"""A sparkline has this many steps between nothing and the whole."""

Row = TypeVar("Row", ClearanceRow, DisbursementRow)
_Thing = tuple[str | None, Stage, Measure]


@dataclass(frozen=True)
class Known:
    """What was observed of each project up to a date: of each row of its progress the history, the oldest first.

    ``land`` is in the order of the progress's own rows.
    """

    land: Mapping[str, Sequence[Sequence[ClearanceRow]]]
    money: Mapping[str, Sequence[Sequence[DisbursementRow]]]


@dataclass(frozen=True, slots=True)
class Stop:
    """A day that the map can show. ``observed``: something was observed in its week, up to that day."""

    as_of: date
    week: Week
    observed: bool


@dataclass(frozen=True)
class Timeline:
    """The stops of a page, the oldest first; the last is the page's own date."""

    stops: tuple[Stop, ...]
    known: Known


def read(portfolio: Portfolio, progress: Progress) -> Known:
    """The observations behind every figure of a progress, up to its date.

    The latest two of most are in the progress, which saves asking the records for them again.
    """
    records, as_of = portfolio.records, progress.as_of
    rows: dict[str, list[ClearanceRow]] = {project.id: [] for project in records.projects}
    pairs: dict[str, dict[_Thing, Sequence[ClearanceRow]]] = {project.id: {} for project in records.projects}
    for row in progress.clearance:
        if row.project in rows:
            rows[row.project].append(row)
    for change in progress.changes:
        if change.after.project in pairs:
            pairs[change.after.project][_thing(change.after)] = change.before, change.after
    land: dict[str, list[Sequence[ClearanceRow]]] = {}
    for project in records.projects:
        found = pairs[project.id]
        found |= {_thing(history[0]): history for history in _longer(records, project, as_of, found)}
        land[project.id] = [found.get(_thing(row), (row,)) for row in rows[project.id]]
    return Known(land, {project.id: list(money_histories(records, project, as_of)) for project in records.projects})


def _longer(
    records: Records, project: Project, as_of: date, pairs: Mapping[_Thing, Sequence[ClearanceRow]]
) -> Iterator[list[ClearanceRow]]:
    """The histories of what was observed more often than once, or than twice where both are known."""
    seen = [one for one in project.clearance if one.as_of.last_day <= as_of]
    times = Counter((one.section, stage, figure.measure) for one in seen for stage, figure in one.stages)
    wanted = {thing for thing, count in times.items() if count > 1 and (count > 2 or thing not in pairs)}
    if not wanted:
        return
    again = [one for one in seen if any((one.section, stage, figure.measure) in wanted for stage, figure in one.stages)]
    for history in histories(records, project.model_copy(update={"clearance": tuple(again)}), as_of):
        if _thing(history[0]) in wanted:
            yield history


def _thing(row: ClearanceRow) -> _Thing:
    return row.section, row.stage, row.measure


def timeline(scope: Scope, known: Known | None = None) -> Timeline:
    """The stops of a page: every ISO week with an observation of land or money, at the last observed day of the week.

    Parameters
    ----------
    scope
        The page; only its own projects are asked.
    known
        What ``read`` gave for the page's progress; read here if it is not given.
    """
    as_of = scope.progress.as_of
    known = read(scope.portfolio, scope.progress) if known is None else known
    days = {seen.as_of.last_day for project in scope.projects for seen in project.clearance}
    days |= {spent.as_of.last_day for project in scope.projects for spent in project.disbursement}
    last: dict[Week, date] = {}
    for day in sorted(day for day in days if day <= as_of):
        last[Week.of(day)] = day
    end = Week.of(as_of)
    stops = [Stop(day, week, True) for week, day in last.items() if week != end]
    return Timeline((*stops, Stop(as_of, end, end in last)), known)


# --- what a page is told ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Land:
    """A project's land through the stops: a class a stop as one string, its headline texts; ``now``: the styles of
    its sections at the last.
    """

    project: str
    sections: list[str]
    whole: list[str]
    heads: list[list[Any]]
    now: list[list[int]]


@dataclass(frozen=True, slots=True)
class Course:
    """A project through the stops: its land by whatever measure was published and by each that was, and its money."""

    land: Land
    by: Mapping[Measure, Land]
    money: str
    paid: list[list[Any]]


def courses(scope: Scope, line: Timeline) -> list[Course]:
    """Every project of the page through its stops; at the last with the styles that the map is drawn with."""
    return [_course(scope, project, line) for project in scope.projects]


def timeline_data(scope: Scope, line: Timeline, told: Sequence[Course]) -> dict[str, Any]:
    """What the script of the slider needs, each list in the order of the page's projects or sections.

    ``stops`` label, ISO date, week; ``sections`` and ``projects`` one string each with a class (``share_class``) a
    stop; ``whole`` one string a section, ``1`` where that class is the whole project's figure, else ``0``; ``money``
    as ``projects``, of disbursement; ``heads`` and ``paid`` the headline texts of each project, an entry where they
    change: stop, share, figure, date, whether out of date, whether from the press, plan, whether a stated percentage
    is in conflict. ``by`` holds the same of land by one measure alone, in the order of ``MEASURES``: 0 where that is
    the same, empty where nothing is known by it.
    """
    lang = scope.lang
    stops = [(day_text(stop.as_of, lang), stop.as_of.isoformat(), stop.week) for stop in line.stops]
    return {
        "stops": [[day, iso, week.write(lang), week.iso] for day, iso, week in stops],
        **_lands([one.land for one in told]),
        "by": [_by(told, measure) for measure in MEASURES],
        "money": [one.money for one in told],
        "paid": [one.paid for one in told],
    }


def _lands(lands: Sequence[Land]) -> dict[str, list[Any]]:
    return {
        "sections": [codes for one in lands for codes in one.sections],
        "whole": [codes for one in lands for codes in one.whole],
        "projects": [one.project for one in lands],
        "heads": [one.heads for one in lands],
    }


def _by(told: Sequence[Course], measure: Measure) -> Any:
    """The lands by a measure; 0 for a measure that no project has."""
    if not any(measure in one.by for one in told):
        return 0
    found: dict[str, list[Any]] = {"sections": [], "whole": [], "projects": [], "heads": []}
    for one in told:
        of = one.by.get(measure)
        known, alone = _lands([one.land]), None if of is None or of is one.land else _lands([of])
        for name, codes in known.items():
            found[name] += alone[name] if alone else [0 if of else ""] * len(codes)
    return found


def _course(scope: Scope, project: Project, line: Timeline) -> Course:
    """One project; by a measure alone only where it has several."""
    scopes = [*_scopes(scope, project, line)]
    land, money = _land(scopes, project), [money_style(at, project.id) for at in scopes]
    histories = line.known.land[project.id]
    known = {history[0].measure for history in histories if history[0].stage is Stage.HANDED_OVER}
    paid: list[list[Any]] = []
    for place, (at, (_, plan, rows)) in enumerate(zip(scopes, money, strict=True)):
        _append(paid, place, _paid(at, plan, rows))
    by = {measure: land if len(known) == 1 else _land(scopes, project, (measure,)) for measure in known}
    return Course(land, by, "".join(str(level) for level, *_ in money), paid)


def _land(scopes: Sequence[Scope], project: Project, measures: Collection[Measure] = MEASURES) -> Land:
    """A project's land at each stop; what rests on the same rows as at the stop before is not worked out again."""
    land: list[int] = []
    sections: list[list[list[int]]] = []
    heads: list[list[Any]] = []
    before: Scope | None = None
    for place, at in enumerate(scopes):
        if before is None or before.progress.clearance != at.progress.clearance:
            found = headline(at, project.id, measures)
            whole = own_style(at, project.id, None, measures)
            sections.append([section_style(at, project.id, one, whole, measures) for one in project.sections])
            land.append(NO_DATA if found is None else share_class(found.rate))
        else:
            sections.append(sections[-1])
            land.append(land[-1])
        _append(heads, place, _head(at, project.id, measures))
        before = at
    return Land(
        "".join(map(str, land)),
        ["".join(str(stop[n][0]) for stop in sections) for n in range(len(project.sections))],
        ["".join(str(stop[n][1]) for stop in sections) for n in range(len(project.sections))],
        heads,
        sections[-1],
    )


def _append(entries: list[list[Any]], place: int, texts: list[Any]) -> None:
    if not entries or entries[-1][1:] != texts:
        entries.append([place, *texts])


def _scopes(scope: Scope, project: Project, line: Timeline) -> Iterator[Scope]:
    """A project's handed-over land and money as a page of each stop has them; the last is the page's own."""
    land = _Latest([one for one in line.known.land[project.id] if one[0].stage is Stage.HANDED_OVER])
    money = _Latest(line.known.money[project.id])
    for stop in line.stops[:-1]:
        rows = land.at(stop.as_of)
        at = Progress(stop.as_of, rows, tuple(sums_of(project, rows)), money.at(stop.as_of), (), (), ())
        yield Scope(scope.portfolio, at, scope.lang, project.id)
    yield scope


class _Latest(Generic[Row]):
    """The latest rows of some histories at any day."""

    def __init__(self, histories: Sequence[Sequence[Row]]) -> None:
        self._histories: list[tuple[list[date], Sequence[Row]]] = [
            ([row.dating.observed.last_day for row in rows], rows) for rows in histories
        ]

    def at(self, day: date) -> tuple[Row, ...]:
        return tuple(rows[place - 1] for days, rows in self._histories if (place := bisect_right(days, day)))


def _head(scope: Scope, project: str, measures: Collection[Measure]) -> list[Any]:
    """Share, figure, date, whether old, whether from the press, "" for the plan, whether in conflict."""
    found = headline(scope, project, measures)
    if found is None:
        return ["", "", "", 0, 0, "", 0]
    rows = summed(scope, found)
    when = sum_dates(scope, found) if found.row is None else rows[0].dating.observed.write(scope.lang)
    texts = [share_words(found.rate, found.measure, scope.lang), rate_text(found.rate, found.measure, scope.lang), when]
    return [*texts, *_marks(scope, rows), "", _conflict([found.rate, *(row.rate for row in rows)])]


def _paid(scope: Scope, plan: str, places: Sequence[int]) -> list[Any]:
    """As ``_head``, of the latest plan year; the stated percentage stands where no share is known."""
    if not places:
        return ["", "", "", 0, 0, "", 0]
    row = scope.disbursement[places[0]]
    share = share_words(row.rate, Measure.MONEY, scope.lang) or percent_stated(row.rate.stated_percent, scope.lang)
    figure = rate_text(row.rate, Measure.MONEY, scope.lang)
    when = row.dating.observed.write(scope.lang)
    return [share, figure, when, *_marks(scope, [row]), plan, _conflict([row.rate])]


def _conflict(rates: Iterable[Rate]) -> int:
    """Whether a stated percentage of any is not the computed one."""
    return int(any(rate.check is StatedCheck.CONFLICT for rate in rates))


def _marks(scope: Scope, rows: Sequence[ClearanceRow | DisbursementRow]) -> list[int]:
    """Whether any row is out of date at the scope's date, whether any is from the press."""
    records = scope.portfolio.records
    oldest = min(row.dating.observed.last_day for row in rows)
    sources = [records.sources.get(row.dating.source) for row in rows]
    return [
        int((scope.progress.as_of - oldest).days > records.portfolio.stale_after_days),
        int(any(source is not None and source.kind is SourceKind.PRESS for source in sources)),
    ]


# --- stretches and sparklines ----------------------------------------------------------------------------------------


def placed(line: Timeline) -> set[tuple[str, str | None]]:
    """The projects (section None) and sections of whose handed-over land any stretch was ever published."""
    rows = (row for histories in line.known.land.values() for history in histories for row in history)
    return {(row.project, row.section) for row in rows if row.stretches}


def stretches(line: Timeline, project: str, section: str | None) -> list[tuple[int, int, tuple[Stretch, ...]]]:
    """First stop, the stop after the last, and the published stretches of the handed-over land between them.

    Each stretch once: an observation of two measures names them twice. Stops without any are left out.
    """
    rows = [one for one in line.known.land[project] if one[0].section == section and one[0].stage is Stage.HANDED_OVER]
    found: list[tuple[int, int, tuple[Stretch, ...]]] = []
    latest = _Latest(rows)
    for place, stop in enumerate(line.stops):
        parts = tuple(dict.fromkeys(part for row in latest.at(stop.as_of) for part in row.stretches))
        if found and found[-1][1] == place and found[-1][2] == parts:
            found[-1] = found[-1][0], place + 1, parts
        elif parts:
            found.append((place, place + 1, parts))
    return found


def sparks(scope: Scope, line: Timeline) -> list[list[str]]:
    """For each row of the page its history: a sign a stop, then the first figure and its date (empty for the only one).

    ``-`` before the first observation, ``.`` where the stop's week has none; else the step of the level from the
    observation before (the first from 0): ``a`` none, ``b`` to ``u`` 1 to 20 up, ``B`` to ``U`` down. Of several
    observations in a week the last counts. The level is the share where every observation has one, else the value
    against the greatest of them, so that only what can be compared is.
    """
    days = [stop.as_of for stop in line.stops]
    following = {project.id: iter(line.known.land[project.id]) for project in scope.projects}
    return [_spark(scope, next(following[row.project]), days) for row in scope.clearance]


def _spark(scope: Scope, history: Sequence[ClearanceRow], days: Sequence[date]) -> list[str]:
    first = history[0]
    begin = bisect_left(days, first.dating.observed.last_day)
    if len(history) == 1:
        # A single figure without a share has nothing to be held against and stands half way.
        share = share_of(first.rate)
        level = LEVELS // 2 if share is None else _level(share)
        return [f"{'-' * begin}{chr(ord('a') + level)}{'.' * (len(days) - begin - 1)}", "", ""]
    signs, before = ["-"] * begin + ["."] * (len(days) - begin), 0
    # Of several observations of a week the last stays.
    places = (bisect_left(days, row.dating.observed.last_day) for row in history)
    for place, level in dict(zip(places, _levels(history), strict=True)).items():
        signs[place] = chr(ord("a" if level >= before else "A") + abs(level - before))
        before = level
    texts = [rate_text(first.rate, first.measure, scope.lang), first.dating.observed.write(scope.lang)]
    return ["".join(signs), *texts]


def _levels(history: Sequence[ClearanceRow]) -> list[int]:
    """0 to ``LEVELS`` for each observation: its share, or its part of the greatest value where any has no share."""
    shares = [share_of(row.rate) for row in history]
    if None in shares:
        greatest = max(row.rate.value for row in history)
        shares = [Fraction(row.rate.value) / Fraction(greatest) if greatest > 0 else Fraction(0) for row in history]
    return [_level(share) for share in shares if share is not None]


def _level(share: Fraction) -> int:
    """All of the levels only for the whole or more, none only for nothing or less."""
    if share <= 0:
        return 0
    return min(max(share.numerator * LEVELS // share.denominator, 1), LEVELS)
