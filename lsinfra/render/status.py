"""Which figure colours a project or a section, and by which class: one rule for the map of every week."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from lsinfra.errors import Finding, Severity
from lsinfra.quantities import Measure
from lsinfra.records import Section
from lsinfra.render.payload import (
    COMPLETE,
    MEASURES,
    NO_DATA,
    NO_TOTAL,
    Scope,
    headline,
    latest_money,
    share_class,
)

RECENT_DAYS = 31
"""A section's own figure gives way on the map to one of the whole project that is newer by more than this."""


NOT_BEGUN, PARTLY, WHOLE, AMOUNT, UNKNOWN, BEYOND = "npctdx"
"""How far a project or a section is, by its own figure of land handed over: none of it, a part, all of it, an amount
without a total, nothing published, not the province's."""


def own_style(scope: Scope, project: str, section: str | None, measures: Collection[Measure] = MEASURES) -> list[int]:
    """Class and row of the figure that colours a project or section: the first measure with a share, else any."""
    places = scope.handed_over.get((project, section), {})
    ranked = [places[measure] for measure in measures if measure in places]
    for place in ranked:
        share = share_class(scope.clearance[place].rate)
        if share != NO_TOTAL:
            return [share, place]
    return [NO_TOTAL, ranked[0]] if ranked else [NO_DATA, -1]


def section_style(
    scope: Scope, project: str, section: Section, whole: list[int], measures: Collection[Measure] = MEASURES
) -> list[int]:
    """Class, whether it is the whole project's (1), and the row, of a section.

    Its own share, unless the project's is newer by more than a month or there is none.
    """
    own = own_style(scope, project, section.id, measures)
    if not section.in_scope:
        return [own[0], 0, own[1]]
    if own[0] < NO_TOTAL and whole[0] < NO_TOTAL:
        rows = scope.clearance
        newer = rows[whole[1]].dating.observed.last_day - rows[own[1]].dating.observed.last_day
        return [whole[0], 1, whole[1]] if newer.days > RECENT_DAYS else [own[0], 0, own[1]]
    if own[0] >= NO_TOTAL > whole[0]:
        return [whole[0], 1, whole[1]]
    return [own[0], 0, own[1]]


def money_style(scope: Scope, project: str) -> list[Any]:
    """Class, plan year and base in short, and the rows of the latest plan year's disbursement, all sources first."""
    places = latest_money(scope, project)
    if not places:
        return [NO_DATA, "", []]
    row = scope.disbursement[places[0]]
    plan = scope.say("plan_short", year=row.plan_year, base=scope.say(f"base.{row.base}"))
    return [share_class(row.rate), plan, places]


def states(scope: Scope) -> tuple[str, str]:
    """How far each project and each section of the page is at its date: one letter each, in their order."""
    projects, sections = [], []
    for project in scope.projects:
        found = headline(scope, project.id)
        level = NO_DATA if found is None else share_class(found.rate)
        projects.append(_state(level, nothing=found is not None and not found.rate.value))
        for section in project.sections:
            level, row = own_style(scope, project.id, section.id)
            nothing = row >= 0 and not scope.clearance[row].rate.value
            sections.append(_state(level, nothing=nothing) if section.in_scope else BEYOND)
    return "".join(projects), "".join(sections)


def _state(level: int, *, nothing: bool) -> str:
    if level == NO_DATA or nothing:
        return NOT_BEGUN if nothing else UNKNOWN
    return WHOLE if level == COMPLETE else AMOUNT if level == NO_TOTAL else PARTLY


def doubted(scope: Scope, findings: Iterable[Finding]) -> list[int]:
    """The rows of land that a warning or an error points at; that a figure is old is told apart from doubt."""
    doubts = (one for one in findings if one.severity is not Severity.INFO and not one.code.startswith("stale_"))
    places = {one.where for one in doubts}
    return [place for place, row in enumerate(scope.clearance) if row.dating.where in places]
