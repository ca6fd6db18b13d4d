"""Routes, sections and places ↔ the locations of a project: geometry as it is drawn, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from shapely import LineString

from lsinfra.alignments import Alignment
from lsinfra.exchange.oc4ids.describing import described
from lsinfra.exchange.oc4ids.notation import plain
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import Chainage
from lsinfra.records import Section, Stretch, Title
from lsinfra.routes import Place
from lsinfra.text import say

Json = dict[str, Any]
_DEGREES = Decimal("0.000000001")  # 0.1 mm: a line that is read back must be as long as the sections on it, to 1 cm
_METRES = Decimal("0.01")


def locations(
    portfolio: Portfolio, routes: Sequence[str], sections: Sequence[Section], places: Sequence[str]
) -> list[Json]:
    """One a route, a section and a place, in that order: ``route/ql4b``, ``section/loc-binh``, ``place/huu-nghi``."""
    drawn = portfolio.routes
    made = [_route(route, drawn.alignments.get(route)) for route in dict.fromkeys(routes)]
    made += [_section(portfolio, section) for section in sections]
    made += [_place(place, drawn.places.get(place), drawn.metric_crs) for place in dict.fromkeys(places)]
    return made


def vi(title: Title | None) -> str | None:
    return title.vi if title else None


def en(title: Title | None) -> str | None:
    return title.en if title else None


def stretches(parts: Sequence[Stretch], lines: Mapping[str, Alignment]) -> str | None:
    """``ql4b Km18–Km38; ql4b Km40–Km41+500``; None without any.

    A route that is drawn without a published chainage has metres along it: no Km that nobody published.
    """
    made = []
    for part in parts:
        line = lines.get(part.route)
        if line is not None and _counted(line):
            ends = {"start": plain(part.from_.m), "end": plain(part.to.m)}
            made.append(f"{part.route} {say('vi', 'oc4ids.counted', **ends)}")
        else:
            made.append(f"{part.route} {part.from_.write('vi')}–{part.to.write('vi')}")
    return "; ".join(made) or None


def _counted(line: Alignment) -> bool:
    """Whether the chainage of a line is only counted from where it is drawn from."""
    return not line.calibrated and line.calibration[0][1] == 0


def _route(route: str, line: Alignment | None) -> Json:
    if line is None:
        return {"id": f"route/{route}"}
    title, note = line.title or {}, line.note or {}
    facts = {
        "accuracy": line.accuracy,
        "uncertainty": None if line.uncertainty_m is None else _plain(line.uncertainty_m),
        "partial": "true" if line.partial else None,
        "counted": plain(_metres(line.calibration[0][0])) if _counted(line) else None,
        "calibration": None if _counted(line) else "; ".join(_calibrated(line)),
        "metric_crs": line.metric_crs,
        "origin": line.source,
        "credit": line.credit,
        "title": title.get("vi"),
        "title_en": title.get("en"),
        "note": note.get("vi"),
        "note_en": note.get("en"),
    }
    made = {"id": f"route/{route}", "description": described(_said(line), facts)}
    return made | {"geometry": _line([line.line])}


def _worst(lines: Sequence[Alignment]) -> Alignment:
    """The line that is the least sure."""
    return max(lines, key=lambda line: (line.accuracy != "survey", line.uncertainty_m or 0))


def _said(line: Alignment) -> str:
    """How a line is to be looked at."""
    if line.accuracy == "survey":
        return say("vi", "oc4ids.survey")
    return say("vi", "oc4ids.schematic", metres=_plain(line.uncertainty_m or 0))


def _calibrated(line: Alignment) -> list[str]:
    """``Km18 106.9056 21.7799`` a calibration point."""
    return [f"{_chainage(at)} {' '.join(_plain(x) for x in line.point(at).coords[0])}" for at, _ in line.calibration]


def _chainage(metres: float) -> str:
    return Chainage(_metres(metres)).write("vi")


def _metres(metres: float) -> Decimal:
    return Decimal(repr(metres)).quantize(_METRES).normalize()


def _section(portfolio: Portfolio, section: Section) -> Json:
    note = section.note
    lines = portfolio.routes.alignments
    drawn = [(lines[one.route], one) for one in section.parts if one.route in lines]
    cut = [(line, piece) for line, one in drawn if not (piece := line.interval(one.from_, one.to)).is_empty]
    facts: dict[str, str | None] = {"drawing": _said(_worst([line for line, _ in cut])) if cut else None}
    facts |= {"chainage": stretches(section.parts, lines), "placed": section.placed.value}
    facts |= {"in_scope": None if section.in_scope else "false"}
    if unit := portfolio.records.units.get(section.unit):
        facts |= {
            "level": unit.level.value,
            "since": unit.from_.iso if unit.from_ else None,
            "until": unit.until.iso if unit.until else None,
            "unit_note": vi(unit.note),
            "unit_note_en": en(unit.note),
        }
    made: Json = {"id": f"section/{section.id}", "description": described(vi(note), facts)}
    if note and note.en:
        made["description_en"] = note.en
    if cut:
        made["geometry"] = _line([piece for _, piece in cut])
    return made | {"address": {"region": section.unit}}


def _place(id: str, place: Place | None, metric_crs: str) -> Json:
    if place is None:
        return {"id": f"place/{id}"}
    facts = {
        "place_kind": place.kind,
        "uncertainty": _plain(place.uncertainty_m),
        "origin": place.source,
        "credit": place.credit,
        "metric_crs": metric_crs,
    }
    return {
        "id": f"place/{id}",
        "description": described(place.title["vi"], facts),
        "description_en": place.title["en"],
        "geometry": {"type": "Point", "coordinates": _position(place.point.coords[0])},
    }


def _line(lines: Sequence[LineString]) -> Json:
    parts = [[_position(at) for at in line.coords] for line in lines]
    if len(parts) == 1:
        return {"type": "LineString", "coordinates": parts[0]}
    return {"type": "MultiLineString", "coordinates": parts}


def _position(at: Sequence[float]) -> list[Decimal]:
    return [Decimal(repr(float(x))).quantize(_DEGREES) for x in at[:2]]


def _plain(amount: float) -> str:
    return plain(Decimal(repr(float(amount))).quantize(_DEGREES))
