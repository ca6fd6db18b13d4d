"""Where the sections of a district that is gone lie since: the communes that followed, by their imported boundaries."""

from __future__ import annotations

from datetime import date

from lsinfra.alignments import UnitPart
from lsinfra.codes import Level
from lsinfra.render.payload import Scope
from lsinfra.routes import Boundary
from lsinfra.units import communes_of, cuts, parted, successors


def boundaries(scope: Scope) -> list[Boundary]:
    """The communes by which a section of a unit that had ended before the page's date is told; empty where none is."""
    units = scope.portfolio.records.units
    named = (units.get(section.unit) for project in scope.projects for section in project.sections)
    ended = [unit.until.last_day for unit in named if unit and unit.until and unit.level is not Level.PROVINCE]
    return _begun(scope, min(ended)) if ended else []


def _within(name: str) -> str:
    """A name inside a sentence: xã Lộc Bình."""
    return name[0].lower() + name[1:] if parted(name)[0] else name


def _begun(scope: Scope, ended: date) -> list[Boundary]:
    """The communes of the page's date that began after a day."""
    there = (one for one in scope.portfolio.routes.units if one.level is Level.COMMUNE)
    return [one for one in there if one.valid_from and one.valid_from > ended and one.valid(scope.progress.as_of)]


def told(scope: Scope) -> dict[tuple[str, str], str]:
    """What to say by (project, section) of the sections whose unit had ended before the page's date.

    Nothing of a section that is not drawn, or where no communes that began later were imported: of what is not
    known nothing is said.
    """
    routes, day = scope.portfolio.routes, scope.progress.as_of
    found: dict[tuple[str, str], str] = {}
    cut: dict[date, dict[str, tuple[UnitPart, ...]]] = {}
    for project in scope.projects:
        for section in project.sections:
            unit = scope.portfolio.records.units.get(section.unit)
            if unit is None or unit.until is None or unit.level is Level.PROVINCE:
                continue
            ended = unit.until.last_day
            if ended not in cut:
                cut[ended] = cuts(routes, successors(routes, ended, day))
            names, whole = communes_of(section, cut[ended])
            if names:
                source = "; ".join(dict.fromkeys(one.credit or one.source for one in _begun(scope, ended)))
                values = {"units": ", ".join(map(_within, names)), "source": source}
                text = scope.say("unit_since", **values) if whole else scope.say("unit_since_partly", **values)
                found[project.id, section.id] = text
    return found
