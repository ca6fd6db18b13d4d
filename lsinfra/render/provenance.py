"""Where what is drawn comes from, and who must be named for it: on the map itself and among the page's sources."""

from __future__ import annotations

from dataclasses import dataclass

from lsinfra.render import communes, ground
from lsinfra.render.payload import Scope, first_capital


@dataclass(frozen=True, slots=True)
class Drawn:
    """Something on the page that somebody else drew.

    Attributes
    ----------
    what : str
        In the page's language: the route's title, the border, the places, the boundaries.
    source : str
        As its file says it; empty where it says nothing but whom to name.
    credit : str
        Whom its licence wants named; empty where nobody must be.
    """

    what: str
    source: str
    credit: str


def drawn(scope: Scope) -> list[Drawn]:
    """The routes that are surveyed or owed to somebody, boundaries drawn or told of, the border, the places.

    Sketches of our own are not among them: the legend says what they are.
    """
    routes, records = scope.portfolio.routes, scope.portfolio.records
    shown = {route for project in scope.projects for route in project.routes}
    shown |= {route for work in (*records.proposals, *records.finished) for route in work.routes}
    found = [
        Drawn((line.title or {}).get(scope.lang) or line.route, line.source, line.credit or "")
        for line in routes.alignments.values()
        if line.route in shown and (line.credit or line.accuracy == "survey")
    ]
    units = (*communes.boundaries(scope), *ground.units_shown(scope))
    found += [Drawn(scope.say("drawn.units"), one.source, one.credit or "") for one in units]
    if routes.border_attribution:
        found.append(
            Drawn(first_capital(scope.say("ui.border")), routes.border_licence or "", routes.border_attribution)
        )
    owed = sorted({place.credit for place in routes.places.values() if place.credit})
    found += [Drawn(scope.say("drawn.places"), "", credit) for credit in owed]
    return list(dict.fromkeys(found))


def attribution(scope: Scope) -> str:
    """Everybody who must be named for what is drawn, each once."""
    return ", ".join(dict.fromkeys(one.credit for one in drawn(scope) if one.credit))
