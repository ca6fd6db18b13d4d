"""Routes cut at the imported boundaries: sections proposed for ``projects.yaml``, to be pasted by hand.

Chainages are computed from the drawn line and rounded to half a kilometre, since both line and boundary are
approximate; a stretch shorter than that is within the rounding. A unit that a route meets several times becomes one
section of several parts. Nothing is written.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lsinfra.alignments import UnitPart, cut_by_units, round_parts
from lsinfra.codes import Level
from lsinfra.intake.geometry.boundaries import slug
from lsinfra.intake.geometry.drawing import GeoImportError
from lsinfra.numerals import shown
from lsinfra.quantities import Chainage
from lsinfra.routes import Routes
from lsinfra.text import Lang, say
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
    """A section: a unit, with all stretches of all the routes in it."""

    id: str
    unit: str
    parts: tuple[Piece, ...]


def propose(
    routes: Routes, level: Level, only: Sequence[str] = (), *, on: date | None = None, step_m: float = STEP_M
) -> tuple[tuple[Proposed, ...], tuple[Piece, ...]]:
    """Sections by unit in the order of the routes, and the stretches that no unit covers.

    Parameters
    ----------
    only : sequence of str
        The routes to cut, such as those of one project; empty for all.
    on : date, optional
        Units valid on this day, where their boundaries say from when to when they are; None for all.
    step_m : float
        What chainages are rounded to; the ends of a route stay.

    Raises
    ------
    GeoImportError
        No boundaries of the level were imported; a route is not drawn.
    """
    units = areas(routes, level, on)
    if not units:
        raise GeoImportError("no_boundaries", level=level)
    for name in only:
        if name not in routes.alignments:
            raise GeoImportError("not_drawn", route=shown(name), known=", ".join(routes.alignments))
    pieces: list[Piece] = []
    for name in only or tuple(routes.alignments):
        computed = cut_by_units(routes.alignments[name], units)
        for part in round_parts(computed, step_m):
            same = [one for one in computed if one.unit == part.unit and _meet(one, part)]
            exact = (same[0].start_m, same[0].end_m) if len(same) == 1 else None
            pieces.append(Piece(name, part.unit, part.start_m, part.end_m, exact))
    found = dict.fromkeys(piece.unit for piece in pieces if piece.unit is not None)
    ids: dict[str, str] = {}
    for unit in found:  # xã Hòa Bình and phường Hoà Bình may have one id
        plain = slug(unit)
        again = sum(1 for one in ids.values() if one == plain or one.startswith(f"{plain}--"))
        ids[unit] = plain if not again else f"{plain}--{again + 1}"
    sections = tuple(Proposed(ids[unit], unit, tuple(p for p in pieces if p.unit == unit)) for unit in found)
    return sections, tuple(piece for piece in pieces if piece.unit is None)


def as_yaml(sections: Sequence[Proposed], bare: Sequence[Piece], lang: Lang) -> str:
    """The sections as they stand under a project, with a comment of how each chainage was computed."""
    lines = [f"    # {say(lang, 'geoimport.sections.head')}", "    sections:"]
    for section in sections:
        lines += [f"      - id: {section.id}", f"        unit: {_text(section.unit)}", "        parts:"]
        for piece in section.parts:
            ends = f"from: {_km(piece.start_m).write(lang)}, to: {_km(piece.end_m).write(lang)}"
            exact = "" if piece.exact is None else f"  # {_computed(piece.exact, lang)}"
            lines.append(f"          - {{route: {piece.route}, {ends}}}{exact}")
        lines.append("        placed: approximate")
    for piece in bare:
        values = {"route": piece.route, "start": _km(piece.start_m), "end": _km(piece.end_m)}
        lines.append(f"    # {say(lang, 'geoimport.sections.bare', **values)}")
    return "\n".join(lines) + "\n"


def _computed(exact: tuple[float, float], lang: Lang) -> str:
    low, high = (f"{metres / 1000:.3f}" for metres in exact)
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
