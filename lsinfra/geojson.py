"""GeoJSON files → features that can be trusted: geometry in WGS84 within Viet Nam, properties on demand.

Reads what anybody may have put into the folder and gathers every fault, each with its place and a sentence;
after it nobody checks a coordinate again. It knows nothing of roads: ``routes`` says what a feature must hold.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import shapely
from shapely.geometry.base import BaseGeometry

from lsinfra.errors import Fault, why
from lsinfra.numerals import MAX_LENGTH, shown
from lsinfra.text import Lang, say

WEST, SOUTH, EAST, NORTH = 102.0, 8.0, 110.0, 24.0
"""The box every coordinate must lie in (degrees, WGS84): Viet Nam's mainland with a margin."""

MAX_BYTES = 32 * 1024 * 1024
"""No schematic or surveyed province comes near this; a larger file is a mistake, and would make every page wait."""

WGS84 = frozenset({"OGC:CRS84", "OGC:1.3:CRS84", "EPSG:4326"})

# How deep the positions of a geometry type lie in its coordinates.
_DEPTH = {"Point": 0, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

# The kinds of flaws as shapely (GEOS) names them.
_FLAWS = {
    "Self-intersection": "crosses",
    "Ring Self-intersection": "touches",
    "Hole lies outside shell": "hole_outside",
    "Holes are nested": "nested",
    "Nested shells": "nested",
    "Interior is disconnected": "parted",
}

# Controls but tab and newline, and halves of characters: what commands a terminal or cannot be written at all.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

Position = tuple[float, float]
Choice = TypeVar("Choice", bound=str)


@dataclass(frozen=True)
class Feature:
    """One feature of a file whose outer form is right; its properties and geometry are read by the methods.

    Each method notes what is wrong in ``faults`` (shared by the whole folder) and then gives None.
    """

    where: str
    path: str
    properties: dict[str, Any]
    shape: Any
    faults: list[Fault]

    def fault(self, path: str, key: str, **values: object) -> None:
        self.faults.append(Fault(self.where, f"{self.path}.{path}" if path else self.path, f"geo.{key}", values))

    def has(self, name: str) -> bool:
        """Whether a property is given; null counts as left out, as desktop GIS writes an empty cell."""
        return self.properties.get(name) is not None

    def text(self, name: str, *, required: bool = True) -> str | None:
        """A property of text, in NFC and otherwise as typed."""
        return self._text(self.properties.get(name), f"properties.{name}", required=required)

    def both(self, name: str, *, required: bool = True) -> dict[str, str] | None:
        """A text in both languages: ``{"vi": …, "en": …}``; a plain text stands for both."""
        value = self.properties.get(name)
        if not isinstance(value, dict):
            text = self.text(name, required=required)
            return None if text is None else {"vi": text, "en": text}
        read = {lang: self._text(value.get(lang), f"properties.{name}.{lang}", required=True) for lang in ("vi", "en")}
        said = {lang: text for lang, text in read.items() if text is not None}
        return said if len(said) == len(read) else None

    def slug(self, name: str) -> str | None:
        """An id: lower-case ASCII letters, digits and hyphens, as in the records."""
        text = self.text(name)
        if text is not None and not all(c.isascii() and (c.islower() or c.isdigit() or c == "-") for c in text):
            self.fault(f"properties.{name}", "bad_id", found=as_json(text))
            return None
        return text

    def choice(self, name: str, allowed: Sequence[Choice]) -> Choice | None:
        """The one of the allowed texts that a property says."""
        text = self.text(name)
        chosen = next((one for one in allowed if one == text), None)
        if text is not None and chosen is None:
            self.fault(f"properties.{name}", "bad_choice", found=as_json(text), allowed=", ".join(allowed))
        return chosen

    def metres(self, name: str, *, required: bool) -> float | None:
        """A positive length in metres."""
        value = self.properties.get(name)
        if value is None:
            if required:
                self.fault(f"properties.{name}", "missing")
            return None
        if not _is_number(value) or not 0 < value < 1e6:
            self.fault(f"properties.{name}", "not_metres", found=as_json(value))
            return None
        return float(value)

    def day(self, name: str) -> date | None:
        """A day as ``YYYY-MM-DD``."""
        value = self.properties.get(name)
        if value is None:
            return None
        if isinstance(value, str) and _DAY.fullmatch(value):
            with suppress(ValueError):
                return date.fromisoformat(value)
        self.fault(f"properties.{name}", "not_day", found=as_json(value))
        return None

    def flag(self, name: str) -> bool:
        value = self.properties.get(name)
        if value is not None and not isinstance(value, bool):
            self.fault(f"properties.{name}", "not_flag", found=as_json(value))
        return value is True

    def position(self, value: Any, path: str) -> Position | None:
        """One ``[longitude, latitude]`` within the box."""
        wrong = _wrong(value)
        if wrong:
            self.fault(path, wrong, found=as_json(value), more="")
            return None
        return float(value[0]), float(value[1])

    def geometry(self, *wanted: str) -> BaseGeometry | None:
        """The geometry, two-dimensional, EPSG:4326, of one of the wanted types and with no fault in it."""
        if not isinstance(self.shape, dict):
            self.fault("geometry", "no_geometry", wanted=" / ".join(wanted))
            return None
        kind, coordinates = self.shape.get("type"), self.shape.get("coordinates")
        if kind not in wanted:
            self.fault("geometry.type", "wrong_type", found=as_json(kind), wanted=" / ".join(wanted))
            return None
        if not isinstance(coordinates, list) or not coordinates:
            self.fault("geometry.coordinates", "empty_geometry", wanted=kind)
            return None
        before = len(self.faults)
        depth = _DEPTH[kind]
        self._positions(coordinates, depth)
        if len(self.faults) > before:
            return None
        flat = _two(coordinates, depth)
        for at, part in _parts(flat, depth):
            distinct = len(set(part))
            if kind.endswith("LineString") and distinct < 2:
                self.fault(f"geometry.coordinates{at}", "short_line", found=len(part))
            elif kind.endswith("Polygon") and (distinct < 3 or len(part) < 4 or part[0] != part[-1]):
                self.fault(f"geometry.coordinates{at}", "bad_ring", found=len(part))
        if len(self.faults) > before:
            return None
        drawn = shapely.geometry.shape({"type": kind, "coordinates": flat})
        if kind.endswith("Polygon") and not drawn.is_valid:
            self.fault("geometry", "bad_polygon", reason=flaw(drawn))
            return None
        return drawn

    def _positions(self, coordinates: Any, depth: int) -> None:
        """Say each kind of wrong position once, at the first of its kind and with how many there are."""
        first: dict[str, tuple[str, Any]] = {}
        count: dict[str, int] = {}
        for at, position in _walk(coordinates, depth):
            wrong = _wrong(position)
            if wrong:
                first.setdefault(wrong, (at, position))
                count[wrong] = count.get(wrong, 0) + 1
        for wrong, (at, position) in first.items():
            more = f" (+{count[wrong] - 1})" if count[wrong] > 1 else ""
            self.fault(f"geometry.coordinates{at}", wrong, found=as_json(position), more=more)

    def _text(self, value: Any, path: str, *, required: bool) -> str | None:
        if value is None:
            if required:
                self.fault(path, "missing")
        elif not isinstance(value, str) or not value.strip():
            self.fault(path, "not_text", found=as_json(value))
        else:
            text = value.replace("\r\n", "\n")  # a line end as Windows writes it
            if unseen := _UNSEEN.search(text):
                self.fault(path, "bad_character", found=as_json(value), character=f"U+{ord(unseen[0]):04X}")
                return None
            return unicodedata.normalize("NFC", text)
        return None


@dataclass(frozen=True, slots=True)
class Flaw:
    """What makes an area no proper one, a key under ``geo.flaw.``, and where (degrees)."""

    kind: str
    at: Position

    def write(self, lang: Lang) -> str:
        return say(lang, f"geo.flaw.{self.kind}", lon=f"{self.at[0]:.5f}", lat=f"{self.at[1]:.5f}")


def flaw(area: BaseGeometry) -> Flaw:
    """The first flaw of an area that is not valid, in degrees, in our words in place of the library's."""
    kind, _, at = shapely.is_valid_reason(area).partition("[")
    lon, lat = at.rstrip("]").split()
    return Flaw(_FLAWS.get(kind, "other"), (float(lon), float(lat)))


def features(folder: Path, faults: list[Fault]) -> Iterator[Feature]:
    """Each feature of each ``*.geojson`` in the folder, by name of file; what cannot be read goes into ``faults``."""
    for path in sorted(folder.glob("*.geojson")):
        where = shown(f"{folder.resolve().name}/{path.name}", MAX_LENGTH)
        collection = _read(path, where, faults)
        if collection is None:
            continue
        if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
            found = collection.get("type") if isinstance(collection, dict) else collection
            faults.append(Fault(where, "type", "geo.not_collection", {"found": as_json(found)}))
            continue
        crs = _foreign_crs(collection.get("crs"))
        if crs is not None:
            # Its coordinates mean something else: to judge them would bury this one sentence.
            faults.append(Fault(where, "crs", "geo.foreign_crs", {"found": crs}))
            continue
        rows = collection.get("features")
        if not isinstance(rows, list):
            faults.append(Fault(where, "features", "geo.no_features", {"found": as_json(rows)}))
            continue
        for index, row in enumerate(rows):
            at = f"features[{index}]"
            properties = row.get("properties") if isinstance(row, dict) else None
            if not isinstance(row, dict) or row.get("type") != "Feature" or not isinstance(properties, dict):
                faults.append(Fault(where, at, "geo.not_feature", {"found": as_json(row)}))
                continue
            yield Feature(where, at, properties, row.get("geometry"), faults)


def as_json(value: Any) -> str:
    """What was found, as the file writes it, for a sentence."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=True)
    except (ValueError, RecursionError):  # an integer of thousands of digits; brackets in brackets
        text = type(value).__name__
    return shown(text)


def _read(path: Path, where: str, faults: list[Fault]) -> Any:
    """The JSON value of a file, or None with a fault."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            sizes: dict[str, object] = {"found": size // 1_048_576, "limit": MAX_BYTES // 1_048_576}
            faults.append(Fault(where, "", "geo.too_large", sizes))
            return None
        raw = path.read_bytes()
    except OSError as error:
        faults.append(Fault(where, "", "geo.unreadable", {"reason": why(error)}))
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        faults.append(Fault(where, "", "geo.not_utf8", {"byte": error.start + 1}))
        return None
    repeated: list[str] = []

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            repeated.extend(sorted({name for name in names if names.count(name) > 1}))
        return made

    try:
        value = json.loads(text, object_pairs_hook=table)
    except json.JSONDecodeError as error:
        faults.append(Fault(where, "", "geo.not_json", {"line": error.lineno, "column": error.colno}))
        return None
    except RecursionError:
        faults.append(Fault(where, "", "geo.too_deep", {}))
        return None
    except ValueError:  # Python refuses to read an integer of thousands of digits
        faults.append(Fault(where, "", "geo.huge_number", {}))
        return None
    if repeated:
        faults.append(Fault(where, "", "geo.repeated_name", {"names": ", ".join(map(as_json, repeated[:5]))}))
        return None
    if value is None:
        faults.append(Fault(where, "type", "geo.not_collection", {"found": "null"}))
    return value


def _foreign_crs(crs: Any) -> str | None:
    """The name of a CRS that is not WGS84, None when it is WGS84 or left out (RFC 7946: GeoJSON is WGS84)."""
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        return as_json(crs)
    plain = name.strip().upper().removeprefix("URN:OGC:DEF:CRS:").replace("::", ":")
    return None if plain in WGS84 else as_json(name)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _wrong(position: Any) -> str | None:
    """The message that says what is wrong with a position, None when it is right."""
    if not isinstance(position, (list, tuple)) or len(position) < 2 or not all(map(_is_number, position[:2])):
        return "not_position"
    x, y = position[:2]
    if WEST <= x <= EAST and SOUTH <= y <= NORTH:
        return None
    if not (abs(x) < 1e12 and abs(y) < 1e12):  # false for nan as well
        return "not_finite"
    if WEST <= y <= EAST and SOUTH <= x <= NORTH:
        return "swapped"
    return "in_metres" if abs(x) > 360 or abs(y) > 360 else "outside"


def _walk(value: Any, depth: int, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every position with its place; what stands where a list of positions should is given as if it were one."""
    if depth == 0 or not isinstance(value, list) or not value:
        yield at, value
        return
    for index, inner in enumerate(value):
        yield from _walk(inner, depth - 1, f"{at}[{index}]")


def _two(value: Any, depth: int) -> Any:
    """The coordinates as tuples of two numbers: heights are dropped, lengths are of the ground plan."""
    return (float(value[0]), float(value[1])) if depth == 0 else [_two(inner, depth - 1) for inner in value]


def _parts(value: Any, depth: int, at: str = "") -> Iterator[tuple[str, list[Position]]]:
    """Each line or ring with its place."""
    if depth == 1:
        yield at, value
    elif depth > 1:
        for index, inner in enumerate(value):
            yield from _parts(inner, depth - 1, f"{at}[{index}]")
