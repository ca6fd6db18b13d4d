"""The plan to take administrative boundaries of a level into ``geodata/boundaries-LEVEL[-FROM].geojson``."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from lsinfra.codes import Level
from lsinfra.errors import Severity
from lsinfra.geojson import MAX_BYTES, Flaw, flaw
from lsinfra.intake.geometry import splicing
from lsinfra.intake.geometry.drawing import Drawing, GeoImportError, Note, Shape, Size
from lsinfra.intake.geometry.plans import (
    ImportPlan,
    Line,
    Request,
    file_facts,
    placed,
    readme_change,
    spoken_source,
    text_of,
    tried,
)
from lsinfra.intake.geometry.store import Change
from lsinfra.numerals import shown
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import read_date
from lsinfra.text import Lang, say
from lsinfra.units import parted

# Attributes that name a unit, as desktop GIS, the state map and OpenStreetMap have them; the first there is counts.
_NAMES = {
    Level.PROVINCE: ("unit", "ten_tinh", "tentinh", "name_1", "adm1_vi", "ten", "name", "name:vi"),
    Level.DISTRICT: ("unit", "full_name", "ten_huyen", "tenhuyen", "quan_huyen", "name_2", "adm2_vi", "ten", "name",
                     "name:vi"),
    Level.COMMUNE: ("unit", "full_name", "ten_xa", "tenxa", "phuong_xa", "name_3", "adm3_vi", "ten", "name", "name:vi"),
}  # fmt: skip
_CODES = {
    Level.PROVINCE: ("code", "ma_tinh", "matinh", "ma"),
    Level.DISTRICT: ("code", "ma_huyen", "mahuyen", "ma"),
    Level.COMMUNE: ("code", "ma_xa", "maxa", "ma"),
}
# Attributes that hold the word of a unit, Xã or Phường, where its name leaves it out.
_KINDS = ("unit_type", "loai", "loai_dvhc", "cap_hc", "type_2", "type_3", "type")
_MET = 20  # neighbours that units have at most, on the average; it is about 3
_OVERLAP_HA = 10.0  # less is nothing to speak of
_SLIVER_M = 100.0  # two makers, or two simplifications, draw one rim no farther apart
_PREFIXES = (("Thành phố ", "TP "), ("Thị xã ", "TX "), ("Huyện ", ""), ("TP. ", "TP "), ("Tỉnh ", ""))


@dataclass(frozen=True, slots=True)
class _Unit:
    name: str
    code: str | None
    area: BaseGeometry


@dataclass(frozen=True, slots=True)
class _Broken:
    """Units with what is wrong with their areas, said one after another."""

    units: tuple[tuple[str, Flaw], ...]

    def write(self, lang: Lang) -> str:
        return "; ".join(f"{name} ({wrong.write(lang)})" for name, wrong in self.units)


def boundary_plan(drawing: Drawing, portfolio: Portfolio, geodata: Path, asked: Request, level: Level) -> ImportPlan:
    """What it would mean to take the areas of a file as the units of a level; see ``planning.plan``."""
    known = portfolio.routes
    where = placed(drawing, asked, known, level=level)
    areas = [shape for shape in where.shapes if shape.geometry.geom_type in ("Polygon", "MultiPolygon")]
    if not areas:
        raise GeoImportError("no_areas", file=shown(drawing.name), lines=len(where.shapes))
    name_field = _field(areas, asked.name_field, _NAMES[level], drawing.name, required=True)
    code_field = _field(areas, asked.code_field, _CODES[level], drawing.name, required=asked.code_field is not None)
    units = _units(areas, str(name_field), code_field, level, drawing.name)
    notes = [*where.notes, *_overlaps(units, drawing.name), *_unsaid_kinds(units, level)]
    since = read_date(asked.valid_from).last_day.isoformat() if asked.valid_from else None
    until = read_date(asked.valid_until).last_day.isoformat() if asked.valid_until else None
    name = f"boundaries-{level}-{since}.geojson" if since else f"boundaries-{level}.geojson"
    text = text_of(geodata, name)
    whole = splicing.EMPTY if text is None else text
    standing, _ = splicing.standing(whole)
    keys = {_key(one.properties): one.start for one in standing}
    old: dict[int, str] = {}
    new: list[str] = []
    for unit in units:
        properties = {
            "unit": unit.name,
            "level": str(level),
            "code": unit.code,
            "valid_from": since,
            "valid_until": until,
            "source": spoken_source(asked),
            "licence": asked.licence.strip(),
            "credit": asked.attribution,
        }
        feature = splicing.feature(properties, unit.area)
        start = keys.get(_key(properties))
        if start is None:
            new.append(feature)
        else:
            old[start] = feature
    change = Change(name, None if text is None else text.encode(), splicing.replaced(whole, old, new).encode())
    if len(change.after) > MAX_BYTES:
        found, limit = len(change.after) // 1_048_576, MAX_BYTES // 1_048_576
        raise GeoImportError("too_large_after", file=shown(name), found=found, limit=limit)
    tried(geodata, [change], known.metric_crs)
    facts = file_facts(drawing, where, asked)
    counts = {"count": len(units), "level": level, "new": len(new), "replaced": len(old)}
    facts.append(Line("units", {**counts, "kept": len(standing) - len(old), "field": shown(str(name_field))}))
    facts.append(Line("area", {"km2": Size(sum(map(_hectares, (unit.area for unit in units))) / 100, 1)}))

    def detail(lang: Lang) -> str:
        told = say(lang, "geoimport.readme.units", count=len(units), level=level)
        if since or until:
            told += say(lang, "geoimport.readme.valid", since=since or "…", until=until or "…")
        return told

    changes = (change, readme_change(geodata, name, drawing, asked, None, detail))
    return ImportPlan(geodata, name, changes, tuple(facts), tuple(notes), (), asked.anyway)


def plain_unit(name: str) -> str:
    """A district as the records write it: Huyện Lộc Bình → Lộc Bình, Thành phố Lạng Sơn → TP Lạng Sơn."""
    for long, short in _PREFIXES:
        if name.startswith(long):
            return short + name[len(long) :]
    return name


def _field(
    areas: Sequence[Shape], given: str | None, candidates: Sequence[str], file: str, *, required: bool
) -> str | None:
    """The attribute that every area has a value of: the given one, or the first of the candidates."""
    counted = Counter(name for shape in areas for name in shape.attributes)
    there = ", ".join(shown(name) for name in sorted(counted)[:30]) or "—"
    by_plain = {name.lower(): name for name, count in counted.items() if count == len(areas)}
    if given is not None:
        if given not in counted:
            raise GeoImportError("no_field", file=shown(file), field=shown(given), there=there)
        if counted[given] < len(areas):
            missing = len(areas) - counted[given]
            raise GeoImportError("empty_field", file=shown(file), field=shown(given), count=missing)
        return given
    found = next((by_plain[name] for name in candidates if name in by_plain), None)
    if found is None and required:
        raise GeoImportError("which_field", file=shown(file), there=there)
    return found


def _units(areas: Sequence[Shape], name_field: str, code_field: str | None, level: Level, file: str) -> list[_Unit]:
    units = []
    broken = []
    for shape in areas:
        name = _whole_name(shape, name_field)
        name = name if level is Level.COMMUNE else plain_unit(name)
        code = shape.attributes.get(code_field or "")
        for text in (name, code or ""):
            if "\ufffd" in text or not text.isprintable():
                raise GeoImportError("bad_letters", file=shown(file), found=shown(text))
        if not shape.geometry.is_valid:
            broken.append((shown(name), flaw(shape.geometry)))
            continue
        area = shapely.set_precision(shape.geometry, 10**-splicing.DECIMALS)
        units.append(_Unit(name, code, area))
    if broken:
        raise GeoImportError("broken_areas", file=shown(file), count=len(broken), units=_Broken(tuple(broken[:6])))
    twice = [key for key, count in Counter(unit.code or unit.name for unit in units).items() if count > 1]
    if twice:
        raise GeoImportError("twice", file=shown(file), units=", ".join(shown(key) for key in twice[:10]))
    return units


def _whole_name(shape: Shape, name_field: str) -> str:
    """A unit's name with the word of its level, from another attribute where the name leaves it out."""
    name = unicodedata.normalize("NFC", " ".join(shape.attributes[name_field].split()))
    if parted(name)[0]:
        return name
    plain = {field.lower(): text for field, text in shape.attributes.items()}
    for field in _KINDS:
        kind, rest = parted(f"{plain.get(field, '')} x")
        if kind and rest == "x":
            return f"{kind.capitalize()} {name}"
    return name


def _unsaid_kinds(units: Sequence[_Unit], level: Level) -> list[Note]:
    """A doubt about communes without the word of their level: thị trấn Cao Lộc and xã Cao Lộc are two places."""
    bare = [unit.name for unit in units if level is Level.COMMUNE and not parted(unit.name)[0]]
    values: dict[str, object] = {"count": len(bare), "first": shown(bare[0]) if bare else ""}
    return [Note(Severity.WARNING, "kind_unsaid", values)] if bare else []


def _key(properties: dict[str, Any]) -> tuple[Any, Any]:
    return properties.get("level"), properties.get("code") or properties.get("unit")


def _overlaps(units: Sequence[_Unit], file: str) -> list[Note]:
    """Pairs of units that lie over one another by more than a sliver."""
    tree = shapely.STRtree([unit.area for unit in units])
    pairs: list[tuple[int, int]] = []
    for at, unit in enumerate(units):
        met = (int(other) for other in tree.query(unit.area, predicate="intersects"))
        pairs += sorted((at, other) for other in met if other > at)
        if len(pairs) > _MET * len(units):
            raise GeoImportError("areas_pile_up", file=shown(file), found=len(units))
    notes = []
    for a, b in pairs:
        common = units[a].area.intersection(units[b].area)
        ha = _hectares(common)
        if ha > _OVERLAP_HA:
            values: dict[str, object] = {
                "first": shown(units[a].name),
                "second": shown(units[b].name),
                "ha": Size(ha),
            }
            severity = Severity.ERROR if _width_m(common) > _SLIVER_M else Severity.WARNING
            notes.append(Note(severity, "overlap", values))
    return notes


def _hectares(area: BaseGeometry) -> float:
    """On the ellipsoid."""
    import pyproj

    return abs(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(area)[0]) / 10_000 if not area.is_empty else 0.0


def _width_m(area: BaseGeometry) -> float:
    """How wide the widest part of an area is: for a strip, its area by half its rim, on the ellipsoid."""
    import pyproj

    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    sizes = [pyproj.Geod(ellps="WGS84").geometry_area_perimeter(part) for part in parts]
    return max((2 * abs(square_m) / rim_m for square_m, rim_m in sizes if rim_m), default=0.0)


def slug(text: str) -> str:
    """An id of a name: TP Lạng Sơn → tp-lang-son."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return re.sub("[^a-z0-9]+", "-", "".join(c for c in plain if not unicodedata.combining(c))).strip("-") or "unit"
