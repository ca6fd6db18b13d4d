"""What was found in a parcel register, as JSON, rows and a table for a terminal.

Keys are never translated; ``lsinfra.parcels-check/1`` changes its number when a key does.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lsinfra.numerals import number
from lsinfra.parcels.doubts import PAIRS, Doubt, Inspection, Spot
from lsinfra.parcels.metric import crs_name
from lsinfra.render.payload import day_text
from lsinfra.render.rows import Rows
from lsinfra.render.writing import as_json, cells, heads, rich_table
from lsinfra.text import Lang, printable, say

if TYPE_CHECKING:
    from rich.console import RenderableType

SCHEMA = "lsinfra.parcels-check/1"
M2_PER_HA = 10_000
_AREA_DECIMALS = 10
_SHOWN_DECIMALS = 4  # of hectares: to the square metre
_PLACE = ("parcel", "project", "row", "lon", "lat", "other", "other_row", "found")


def inspection_json(found: Inspection, lang: Lang) -> str:
    """Everything that was found as JSON; areas in ha, coordinates in degrees (EPSG:4326)."""
    findings = []
    for doubt in found.findings:
        places = [_spot(spot) | {"area_ha": _ha(spot.area_m2)} for spot in doubt.spots]
        findings.append(_finding(doubt, lang) | {"places": places})
    return as_json({"schema": SCHEMA, **_head(found), "findings": findings})


def inspection_rows(found: Inspection, lang: Lang) -> Rows:
    """A row a place, and one for what has no place."""
    nowhere = dict.fromkeys((*_PLACE, "place_area_ha"))
    rows: list[dict[str, Any]] = []
    for doubt in found.findings:
        places = [_spot(spot) | {"place_area_ha": _ha(spot.area_m2)} for spot in doubt.spots]
        rows += [_finding(doubt, lang) | place for place in places or [nowhere]]
    return Rows(SCHEMA, rows, _head(found))


def inspection_table(found: Inspection, lang: Lang) -> list[RenderableType]:
    """What was looked through, then a row a kind; a sentence where nothing was found."""
    title = say(
        lang,
        "parcelcheck.title",
        register=printable(found.register),
        rows=number(found.rows, 0, lang),
        projects=number(found.projects, 0, lang),
        crs=crs_name(found.crs),
        today=day_text(found.today, lang),
    )
    if not found.findings:
        return list(cells(title, say(lang, "parcelcheck.nothing")))
    words = [say(lang, f"parcelcheck.{name}") for name in ("count", "area", "places")]
    table = rich_table(title, [*heads(lang, "severity", "code"), words[0], words[1], *heads(lang, "message"), words[2]])
    for doubt in found.findings:
        spots = "\n".join(_place_text(spot, lang) for spot in doubt.spots)
        severity = say(lang, f"word.severity.{doubt.severity.value}")
        counted = _count_text(doubt, lang), "" if doubt.area_m2 is None else _area_text(doubt.area_m2, lang)
        table.add_row(*cells(severity, doubt.code, *counted, doubt.message(lang), spots))
    return [table]


def _head(found: Inspection) -> dict[str, Any]:
    return {
        "register": found.register,
        "rows": found.rows,
        "projects": found.projects,
        "metric_crs": found.crs,
        "looked_at": found.today.isoformat(),
    }


def _finding(doubt: Doubt, lang: Lang) -> dict[str, Any]:
    return {
        "code": doubt.code,
        "severity": doubt.severity.value,
        "count": doubt.count,
        "complete": doubt.complete,
        "projects": doubt.projects,
        "area_ha": _ha(doubt.area_m2),
        "message": doubt.message(lang),
    }


def _spot(spot: Spot) -> dict[str, Any]:
    return {name: getattr(spot, name) for name in _PLACE}


def _ha(area_m2: float | None) -> float | None:
    return None if area_m2 is None else round(area_m2 / M2_PER_HA, _AREA_DECIMALS)


def _count_text(doubt: Doubt, lang: Lang) -> str:
    if not doubt.count:
        return ""
    text = number(doubt.count, 0, lang)
    text = text if doubt.complete else say(lang, "parcelcheck.at_least", count=text)
    return say(lang, "parcelcheck.pairs", count=text) if doubt.code in PAIRS else text


def _area_text(area_m2: float, lang: Lang) -> str:
    """Hectares to the square metre; what is less is said to be less, never 0."""
    least = Fraction(1, 10**_SHOWN_DECIMALS)
    area = Fraction(area_m2) / M2_PER_HA
    if 0 < area < least:
        return say(lang, "parcelcheck.less", least=number(least, _SHOWN_DECIMALS, lang))
    return number(area, _SHOWN_DECIMALS, lang)


def _place_text(spot: Spot, lang: Lang) -> str:
    """One parcel: its id and project, its row, where it is, what was found."""
    name = say(lang, "parcelcheck.place.no_id") if spot.parcel is None else printable(spot.parcel)
    parts = [name if spot.project is None else f"{name} ({printable(spot.project)})"]
    parts.append(say(lang, "parcelcheck.place.row", row=spot.row))
    if spot.lon is not None and spot.lat is not None:
        parts.append(say(lang, "parcelcheck.place.at", lon=f"{spot.lon:.6f}", lat=f"{spot.lat:.6f}"))
    if spot.other_row is not None:
        other = say(lang, "parcelcheck.place.no_id") if spot.other is None else printable(spot.other)
        parts.append(say(lang, "parcelcheck.place.other", parcel=other, row=spot.other_row))
    if spot.found is not None:
        parts.append(say(lang, "parcelcheck.place.found", found=spot.found))
    if spot.area_m2 is not None:
        parts.append(say(lang, "parcelcheck.place.area", area=_area_text(spot.area_m2, lang)))
    return "; ".join(parts)
