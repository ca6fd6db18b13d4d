"""Obstacles (``issues`` of the records) at a page's date: which are known, who acts, which are open or overdue.

The head of a page, its table, its charts and the report all ask here, so that none tells another story.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from lsinfra.dates import PartialDate
from lsinfra.placement import point_of, route_of
from lsinfra.records import Issue, Project
from lsinfra.render.ground import position
from lsinfra.render.payload import Scope
from lsinfra.text import say

OPEN, LATE, CLOSED = "open", "late", "closed"
"""States of an obstacle; their words are under ``page.issue``."""

CHIPS = {OPEN: "unsolved", LATE: "doubt", CLOSED: "done"}
"""How each state is marked: what is open must not look like what is done."""


def raised(scope: Scope, issue: Issue) -> PartialDate | None:
    """When an obstacle was raised: its own date, else that of its source; None where neither is recorded."""
    source = scope.portfolio.records.sources.get(issue.source or "")
    return issue.raised or (source.date if source else None)


def raised_text(scope: Scope, issue: Issue) -> str:
    """The date for a reader; that none is recorded is said."""
    when = raised(scope, issue)
    return scope.say("gap.no_raised") if when is None else when.write(scope.lang)


def known(scope: Scope) -> list[tuple[Project, Issue]]:
    """The obstacles that had been raised by the page's date, or of which nobody recorded when they were."""
    dated = ((project, issue, raised(scope, issue)) for project in scope.projects for issue in project.issues)
    as_of = scope.progress.as_of
    return [(project, issue) for project, issue, when in dated if when is None or when.last_day <= as_of]


def state(issue: Issue, as_of: date) -> str:
    """``CLOSED``, ``LATE`` (past its due day) or ``OPEN`` at a day."""
    if issue.closed is not None and issue.closed.last_day <= as_of:
        return CLOSED
    return LATE if issue.due is not None and issue.due.last_day < as_of else OPEN


def chip(scope: Scope, issue: Issue) -> list[str]:
    """Kind and word of an obstacle's state; of one that is open the due day too, which may pass before it is read."""
    found = state(issue, scope.progress.as_of)
    due = [issue.due.last_day.isoformat()] if found == OPEN and issue.due else []
    return [CHIPS[found], say(scope.lang, f"page.issue.{found}"), *due]


def unsolved(scope: Scope) -> list[tuple[Project, Issue]]:
    """The known obstacles that are open at the page's date: by their due day, those without one last."""
    found = [pair for pair in known(scope) if state(pair[1], scope.progress.as_of) != CLOSED]
    return sorted(found, key=lambda pair: pair[1].due.last_day if pair[1].due else date.max)


def who_acts(issue: Issue) -> tuple[str, str] | None:
    """Who is to act on an obstacle: ``("actor", …)``; where nobody named one, ``("owner", …)``, who is responsible.

    The first is the word of the role, under ``page.role``. None where neither is recorded.
    """
    if issue.actor:
        return "actor", issue.actor
    return ("owner", issue.owner) if issue.owner else None


def place(scope: Scope, project: Project, issue: Issue) -> list[str]:
    """Section, chainage, and the route where the project has several or the record names another.

    Of several routes a chainage alone is no place: that none is recorded is said.
    """
    section, route = project.section(issue.section), route_of(project, issue) or ""
    line = scope.portfolio.routes.alignments.get(route)
    if project.routes == (route,):
        route = ""
    elif route and line and line.title:
        route = line.title.get(scope.lang) or line.title["vi"]
    elif not route and issue.at and project.routes:
        route = say(scope.lang, "page.no_issue_route")
    parts = (section.unit if section else "", issue.at.write(scope.lang) if issue.at else "", route)
    return [one for one in parts if one]


def roles(issue: Issue) -> list[tuple[str, str]]:
    """``who_acts``, and after an actor the owner, where that is somebody else."""
    first = who_acts(issue)
    both = first is not None and issue.owner not in (None, first[1])
    return [*([first] if first else []), *([("owner", issue.owner or "")] if both else [])]


def marked(scope: Scope) -> list[list[Any]]:
    """The unsolved obstacles that have a place on the map: latitude, longitude, place, text, facts, chip, sources.

    Only a chainage between the first and the last that was published of its route has one. Latitude and longitude are
    whole, as ``ground.position`` gives them.
    """
    found = []
    for project, issue in unsolved(scope):
        point = point_of(scope.portfolio, project, issue)
        if point is None:
            continue
        facts = [f"{scope.say(f'role.{role}')}: {who}" for role, who in roles(issue)]
        facts += [say(scope.lang, "chart.issue.due", value=issue.due)] if issue.due else []
        facts.append(f"{scope.say('column.raised')}: {raised_text(scope, issue)}")
        where = [project.name.write(scope.lang), *place(scope, project, issue)]
        sources = scope.source_numbers([issue.source])
        told = [" · ".join(where), issue.text.write(scope.lang), " · ".join(facts), chip(scope, issue), sources]
        found.append([*position(point), *told])
    return found
