"""The time–chainage chart of a project as plain data: dates down, chainage across, what was handed over in the cells.

A section takes the colour of its share from end to end, by the rule that colours the map: how much was handed over is
published, not where. Only stretches whose chainage was published are drawn where they are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any

from lsinfra.alignments import Alignment, spell
from lsinfra.placement import route_of
from lsinfra.progress import ClearanceRow, Progress
from lsinfra.quantities import Measure, number
from lsinfra.records import Project, Section, Stretch
from lsinfra.render import obstacles, payload
from lsinfra.render.payload import Scope
from lsinfra.render.status import own_style, section_style
from lsinfra.render.timeline import Stop
from lsinfra.text import Lang, say

ROWS = 60
"""As many of the newest stops are rows of a chart."""

SOURCES = 8
"""Place of the numbers of the sources in a run."""

_TICKS_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_MANY_TICKS = 14

Histories = dict[str | None, dict[Measure, list[ClearanceRow]]]
"""Handed-over land of the project (None) and its sections, by measure, oldest first."""


def time_chainage(scope: Scope, project: Project, known: Histories, stops: Sequence[Stop]) -> dict[str, Any] | None:
    """The chart of a project: a panel a drawn route, a row a stop; None where no route is drawn.

    Parameters
    ----------
    known
        Up to the page's date.
    stops
        The oldest first; the newest ``ROWS`` of them are rows.

    Returns
    -------
    dict or None
        ``rows`` date and week of each stop; ``sections`` name, extent, 1 if not the province's, and runs (``_runs``);
        ``whole`` the runs of the project's own figure; ``panels`` one a route, chainage in metres; ``issues``.
    """
    lang, alignments = scope.lang, scope.portfolio.routes.alignments
    lines = [alignments[route] for route in project.routes if route in alignments]
    shown = stops[-ROWS:]
    if not lines or not shown:
        return None
    states, routes = _states(scope, project, known, shown), [line.route for line in lines]
    placed = [section for section in project.sections if section.parts]
    issues, marks = _issues(scope, project, lines)
    notes = [say(lang, "chart.how_grid")]
    if any(len(section.parts) > 1 for section in placed):
        notes.append(say(lang, "chart.several_parts"))
    if len(stops) > len(shown):
        notes.append(say(lang, "chart.rows_left", shown=len(shown), count=len(stops)))
    if marks:
        notes.append(say(lang, "chart.how_issues"))
    return {
        "rows": [[payload.day_text(stop.as_of, lang), stop.week.write(lang)] for stop in shown],
        "sections": [
            [
                section.unit,
                payload.extent(scope, section),
                int(not section.in_scope),
                _runs(scope, states[section.id], routes),
            ]
            for section in placed
        ],
        "whole": _runs(scope, states[None], routes),
        "divided": int(bool(project.sections)),
        "panels": [_route(line, placed, marks, lang) for line in lines],
        "issues": issues,
        "notes": notes,
    }


def _route(
    line: Alignment, sections: Sequence[Section], marks: Sequence[tuple[str, float, int]], lang: Lang
) -> dict[str, Any]:
    """A route: its ends, ticks, the stretches of the sections, those under none, the marks of obstacles."""
    start, end = _metres(line.start_m), _metres(line.end_m)
    blocks = sorted(
        (max(float(part.from_.m), start), min(float(part.to.m), end), place)
        for place, section in enumerate(sections)
        for part in section.parts
        if part.route == line.route
    )
    blocks = [block for block in blocks if block[1] > block[0]]
    gaps, reached = [], start
    for low, high in [*((low, high) for low, high, _ in blocks), (end, end)]:
        if low - reached > 1:  # chainage is written to the metre: less than that is rounding
            gaps.append([reached, low])
        reached = max(reached, high)
    notes = [] if line.calibrated else [say(lang, "chart.drawn_only")]
    if line.partial:
        notes.append(say(lang, "chart.partial"))
    return {
        "title": _route_name(line, lang),
        "from": start,
        "to": end,
        "axis": say(lang, "chart.chainage" if line.calibrated else "chart.drawn_km"),
        "ticks": _chainages(line, lang),
        "blocks": blocks,
        "gaps": gaps,
        "marks": [[at, place] for route, at, place in marks if route == line.route],
        "notes": notes,
    }


def _route_name(line: Alignment, lang: Lang) -> str:
    return (line.title or {}).get(lang) or line.route


def _metres(chainage_m: float) -> float:
    """To the decimetre: a chart shows no less, and a computed end is no round number."""
    return round(chainage_m, 1)


def _chainages(line: Alignment, lang: Lang) -> list[list[Any]]:
    """Both ends and the round kilometres between: metres, text, 1 for an end."""

    def text(metres: float) -> str:
        if line.calibrated:
            said = spell(metres)
            return said if isinstance(said, str) else said.write(lang)
        return number(Fraction(round(metres), 1000), 1 if metres % 1000 else 0, lang)

    length_km = (line.end_m - line.start_m) / 1000
    step = next((step for step in _TICKS_KM if length_km / step <= _MANY_TICKS), _TICKS_KM[-1]) * 1000
    first = int(line.start_m // step + 1) * step
    inner = range(first, int(line.end_m) + 1, step)
    ends = [[_metres(at), text(at), 1] for at in (line.start_m, line.end_m)]
    return [ends[0], *([at, text(at), 0] for at in inner if line.start_m < at < line.end_m), ends[1]]


@dataclass(frozen=True, slots=True)
class _State:
    """What stands for a project's or a section's handed-over land at a stop; ``row`` None where nothing was known.

    ``whole``: the section's own figure is missing or older, and that of the whole project stands for it.
    """

    level: int
    row: ClearanceRow | None
    stale: bool
    whole: bool = False
    stretches: tuple[Stretch, ...] = ()


def _states(scope: Scope, project: Project, known: Histories, stops: Sequence[Stop]) -> dict[str | None, list[_State]]:
    """The states of the project (None) and of each section at each stop, by the rule that colours the map."""
    every = [rows for history in known.values() for rows in history.values()]
    dated = [([row.dating.observed.last_day for row in rows], rows) for rows in every]
    states: dict[str | None, list[_State]] = {None: [], **{section.id: [] for section in project.sections}}
    for stop in stops:
        rows = tuple(rows[place - 1] for days, rows in dated if (place := bisect_right(days, stop.as_of)))
        at = Scope(scope.portfolio, Progress(stop.as_of, rows, (), (), (), (), ()), scope.lang, project.id)
        own = own_style(at, project.id, None)
        states[None].append(_state(at, project.id, None, [own[0], 0, own[1]]))
        for section in project.sections:
            style = section_style(at, project.id, section, own)
            states[section.id].append(_state(at, project.id, section.id, style))
    return states


def _state(at: Scope, project: str, section: str | None, style: Sequence[int]) -> _State:
    level, whole, place = style
    row = at.clearance[place] if place >= 0 else None
    limit = at.portfolio.records.portfolio.stale_after_days
    stale = row is not None and (at.progress.as_of - row.dating.observed.last_day).days > limit
    rows = (at.clearance[own] for own in at.handed_over.get((project, section), {}).values())
    # An observation of two measures names its stretches twice.
    return _State(level, row, stale, bool(whole), tuple(dict.fromkeys(part for row in rows for part in row.stretches)))


def _runs(scope: Scope, states: Sequence[_State], routes: Sequence[str]) -> list[list[Any]]:
    """States that stay the same from stop to stop, as one: first stop, the one after the last, class, 1 if out of
    date, 1 if the whole project's figure stands for it, share, figure, date, sources, published stretches.
    """
    lang, runs = scope.lang, []
    start = 0
    # A row is compared by what it is, not by what is in it: the same observation stands from stop to stop.
    for _, same in groupby(states, key=lambda state: (id(state.row), state.stale, state.whole, state.stretches)):
        kept = list(same)
        state, end = kept[0], start + len(kept)
        row = state.row
        texts: list[Any] = ["", "", "", []]
        if row is not None:
            texts = [
                payload.share_words(row.rate, row.measure, lang),
                payload.rate_text(row.rate, row.measure, lang),
                row.dating.observed.write(lang),
                scope.source_numbers([row.dating.source]),
            ]
        exact = [
            [routes.index(part.route), float(part.from_.m), float(part.to.m)]
            for part in state.stretches
            if part.route in routes
        ]
        runs.append([start, end, state.level, int(state.stale), int(state.whole), *texts, exact])
        start = end
    return runs


# --- obstacles -------------------------------------------------------------------------------------------------------


def _issues(
    scope: Scope, project: Project, lines: Sequence[Alignment]
) -> tuple[list[list[Any]], list[tuple[str, float, int]]]:
    """The obstacles that have a chainage, and the marks of those still open: route, metres, number in the list.

    Many a record does not say when an obstacle arose, so each is marked at the page's date and at none before. Each
    is a list: text, place, facts, kind and word of its state (with the due day of an open one), numbers of its
    sources, 1 if it is marked.
    """
    lang, as_of = scope.lang, scope.progress.as_of
    listed: list[list[Any]] = []
    marks: list[tuple[str, float, int]] = []
    for owner, issue in obstacles.known(scope):
        if issue.at is None or owner is not project:
            continue
        route = route_of(project, issue)
        line = next((line for line in lines if line.route == route), None)
        state = obstacles.state(issue, as_of)
        closed = state == obstacles.CLOSED
        marked = line is not None and not closed and line.holds(issue.at)
        if marked and line is not None:
            marks.append((line.route, float(issue.at.m), len(listed)))
        section = project.section(issue.section)
        facts = [f"{scope.say(f'role.{role}')}: {who}" for role, who in obstacles.roles(issue)]
        facts += [say(lang, "chart.issue.due", value=issue.due)] if issue.due else []
        facts += [say(lang, "chart.issue.closed", value=issue.closed)] if closed else []
        if not marked and not closed:
            facts.append(say(lang, "chart.issue.unplaced" if route else "chart.issue.no_route"))
        place = [issue.at.write(lang), section.unit if section else "", _route_name(line, lang) if line else ""]
        listed.append(
            [
                issue.text.write(lang),
                " · ".join(part for part in place if part),
                " · ".join(facts),
                obstacles.chip(scope, issue),
                scope.source_numbers([issue.source]),
                int(marked),
            ]
        )
    return listed, marks
