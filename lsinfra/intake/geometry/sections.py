"""Routes cut at the imported boundaries: sections proposed for ``projects.yaml``, to be pasted by hand.

Chainages are computed from the drawn line and rounded to half a kilometre, since both line and boundary are
approximate; a stretch shorter than that is within the rounding. A unit that a route meets several times becomes one
section of several parts. Nothing is written.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shapely.geometry.base import BaseGeometry

from lsinfra.alignments import UnitPart, cut_by_units, round_parts
from lsinfra.codes import Level
from lsinfra.intake.geometry.boundaries import slug
from lsinfra.intake.geometry.drawing import GeoImportError, Size
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import Chainage, read_date
from lsinfra.records import Project
from lsinfra.routes import Routes
from lsinfra.text import Lang, Phrase, say
from lsinfra.units import areas

STEP_M = 500.0
_PLAIN = re.compile(r"[^\W\d_]+( [^\W\d_]+)*")
_YAML_WORDS = {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a route in one unit, None where no unit covers it.

    ``start_m`` and ``end_m`` are rounded; ``exact`` is the stretch as computed, None where rounding joined several.
    """

    route: str
    unit: str | None
    start_m: float
    end_m: float
    exact: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Proposed:
    """A section: a unit with all stretches of a project's routes in it; its id is that of the records, or a new one."""

    id: str
    unit: str
    parts: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class OfProject:
    """The sections of one project in the order of its routes, stretches in no unit, and routes that are not drawn."""

    project: str
    sections: tuple[Proposed, ...]
    bare: tuple[Piece, ...]
    undrawn: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """Routes cut at the boundaries of a level.

    Attributes
    ----------
    units : tuple of (name, first day, last day)
        Units the sections name and the records do not know; the day is None where the boundaries do not end.
    valid : tuple of (first day, last day)
        Of when the boundaries are; None where they do not say.
    owed : tuple of str
        Sources of the boundaries and of the lines that were cut, with whom their licences want named.
    """

    level: Level
    projects: tuple[OfProject, ...]
    units: tuple[tuple[str, date | None, date | None], ...]
    valid: tuple[tuple[date | None, date | None], ...]
    owed: tuple[str, ...]


def propose(
    portfolio: Portfolio, level: Level, only: str | None = None, *, on: date | None = None, step_m: float = STEP_M
) -> Cut:
    """The sections of each project that has drawn routes, by unit.

    Parameters
    ----------
    only : str, optional
        The id of one project; None for all.
    on : date, optional
        Units valid on this day, where their boundaries say from when to when they are; None for all, if they are
        of one time.
    step_m : float
        What chainages are rounded to; the ends of a route stay.

    Raises
    ------
    GeoImportError
        No boundaries of the level were imported, or none of the day, or no day is given and they are of several
        times; no route is drawn of the project, or of any.
    RunError
        There is no such project.
    """
    records, routes = portfolio.records, portfolio.routes
    wanted = records.projects if only is None else [portfolio.project(only)]
    units = areas(routes, level, on)
    if not units:
        if on is not None and any(unit.level is level for unit in routes.units):
            raise GeoImportError("none_on_day", level=level, day=read_date(on.isoformat()))
        raise GeoImportError("no_boundaries", level=level)
    met = [unit for unit in routes.units if unit.level is level and (on is None or unit.valid(on))]
    ended = min((unit.valid_until for unit in met if unit.valid_until), default=date.max)
    begun = max((unit.valid_from for unit in met if unit.valid_from), default=date.min)
    if ended < begun:
        raise GeoImportError("several_times", level=level, days=f"{ended.isoformat()}, {begun.isoformat()}")
    found = tuple(
        _of_project(project, routes, units, step_m)
        for project in wanted
        if any(route in routes.alignments for route in project.routes)
    )
    if not found:
        raise GeoImportError("none_drawn", project=", ".join(project.id for project in wanted))
    named = dict.fromkeys(section.unit for one in found for section in one.sections)
    days = {unit.unit: (unit.valid_from, unit.valid_until) for unit in routes.units if unit.level is level}
    fresh = tuple((unit, *days.get(unit, (None, None))) for unit in named if unit not in records.units)
    lines = dict.fromkeys(piece.route for one in found for section in one.sections for piece in section.parts)
    drawn = [routes.alignments[route] for route in lines]
    owed = [_owed(unit.source, unit.credit) for unit in met]
    owed += [_owed(line.source, line.credit) for line in drawn if line.credit]
    times = tuple(dict.fromkeys((unit.valid_from, unit.valid_until) for unit in met))
    return Cut(level, found, fresh, times, tuple(dict.fromkeys(owed)))


def _of_project(project: Project, routes: Routes, units: Mapping[str, BaseGeometry], step_m: float) -> OfProject:
    pieces: list[Piece] = []
    for route in project.routes:
        if route not in routes.alignments:
            continue
        computed = cut_by_units(routes.alignments[route], units)
        for part in round_parts(computed, step_m):
            same = [one for one in computed if one.unit == part.unit and _meet(one, part)]
            exact = (same[0].start_m, same[0].end_m) if len(same) == 1 else None
            pieces.append(Piece(route, part.unit, part.start_m, part.end_m, exact))
    # Figures name sections by their ids: a section that stands keeps its own.
    standing = {section.unit: section.id for section in project.sections}
    ids: dict[str, str] = {}
    for unit in dict.fromkeys(piece.unit for piece in pieces if piece.unit is not None):
        plain, number = standing.get(unit, slug(unit)), 1
        while (named := plain if number == 1 else f"{plain}-{number}") in ids.values():
            number += 1  # xã Hòa Bình and phường Hoà Bình may have one id
        ids[unit] = named
    sections = tuple(Proposed(ids[unit], unit, tuple(p for p in pieces if p.unit == unit)) for unit in ids)
    undrawn = tuple(route for route in project.routes if route not in routes.alignments)
    return OfProject(project.id, sections, tuple(piece for piece in pieces if piece.unit is None), undrawn)


def _owed(source: str, credit: str | None) -> str:
    return f"{source} · {credit}" if credit else source


def as_yaml(cut: Cut, lang: Lang) -> str:
    """YAML as ``projects.yaml`` has it: the units it lacks, and under the id of each project its sections."""
    lines = [f"# {say(lang, 'geoimport.sections.head')}"]
    lines += [f"# {say(lang, 'geoimport.sections.owed', source=_line(one))}" for one in cut.owed]
    lines += [f"# {_time(cut.level, since, until).write(lang)}" for since, until in cut.valid]
    if cut.units:
        lines.append("units:")
        for unit, since, until in cut.units:
            days = f", from: {since.isoformat()}" if since else ""
            days += f", until: {until.isoformat()}" if until else ""
            lines.append(f"  {_text(unit)}: {{level: {cut.level}{days}}}")
    lines.append("projects:")
    for one in cut.projects:
        lines += [f"  - id: {one.project}", "    sections:" if one.sections else "    sections: []"]
        for section in one.sections:
            lines += [f"      - id: {section.id}", f"        unit: {_text(section.unit)}", "        parts:"]
            for piece in section.parts:
                ends_at = f"from: {_km(piece.start_m).write(lang)}, to: {_km(piece.end_m).write(lang)}"
                exact = "" if piece.exact is None else f"  # {_computed(piece.exact, lang)}"
                lines.append(f"          - {{route: {piece.route}, {ends_at}}}{exact}")
            lines.append("        placed: approximate")
        for piece in one.bare:
            values = {"route": piece.route, "start": _km(piece.start_m), "end": _km(piece.end_m)}
            lines.append(f"    # {say(lang, 'geoimport.sections.bare', **values)}")
        lines += [f"    # {say(lang, 'geoimport.sections.undrawn', route=route)}" for route in one.undrawn]
    return "\n".join(lines) + "\n"


def _time(level: Level, since: date | None, until: date | None) -> Phrase:
    """Of when the boundaries are that were used."""
    given = (("since", since), ("until", until))
    days = tuple((name, read_date(day.isoformat())) for name, day in given if day)
    ends = "_".join(name for name, _ in days) or "unsaid"
    return Phrase(f"geoimport.sections.valid.{ends}", (("level", level), *days))


def _line(text: str) -> str:
    """Anybody's text in a comment, which ends with its line."""
    return "".join(c if c.isprintable() else " " for c in text)


def _computed(exact: tuple[float, float], lang: Lang) -> str:
    low, high = (Size(metres / 1000, 3) for metres in exact)
    return say(lang, "geoimport.sections.computed", start=low, end=high)


def _meet(one: UnitPart, other: UnitPart) -> bool:
    return min(one.end_m, other.end_m) > max(one.start_m, other.start_m)


def _km(metres: float) -> Chainage:
    """The last whole metre, so that it lies on the route."""
    return Chainage(Decimal(max(math.floor(metres + 1e-6), 0)))


def _text(text: str) -> str:
    """A name as YAML reads back the same text."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _YAML_WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)
