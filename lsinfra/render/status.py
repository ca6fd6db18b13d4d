"""Which figure colours a project or a section, and by which class: one rule for the map of every week."""

from __future__ import annotations

from typing import Any

from lsinfra.records import Section
from lsinfra.render.payload import MEASURES, NO_DATA, NO_TOTAL, Scope, latest_money, share_class

RECENT_DAYS = 31
"""A section's own figure gives way on the map to one of the whole project that is newer by more than this."""


def own_style(scope: Scope, project: str, section: str | None) -> list[int]:
    """Class and row of the figure that colours a project or section: the first measure with a share, else any."""
    places = scope.handed_over.get((project, section), {})
    ranked = [places[measure] for measure in MEASURES if measure in places] if len(places) > 1 else [*places.values()]
    for place in ranked:
        share = share_class(scope.clearance[place].rate)
        if share != NO_TOTAL:
            return [share, place]
    return [NO_TOTAL, ranked[0]] if ranked else [NO_DATA, -1]


def section_style(scope: Scope, project: str, section: Section, whole: list[int]) -> list[int]:
    """Class, whether it is the whole project's (1), and the row, of a section.

    Its own share, unless the project's is newer by more than a month or there is none.
    """
    own = own_style(scope, project, section.id)
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
