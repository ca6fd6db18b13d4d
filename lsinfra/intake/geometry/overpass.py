"""OpenStreetMap's Overpass service: what it is asked, and its answers in JSON as lines and areas.

An answer is read like an extract (``osm.py``): route relations first, else the ways that bear the ``ref``; boundaries
by their level. Ways bring their own positions (``out geom``), whether they stand alone or inside a relation.
The language and the form of the answers: wiki.openstreetmap.org/wiki/Overpass_API/Overpass_QL, …/Output_formats.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import shapely
from shapely import LineString

from lsinfra.intake.geometry import osm
from lsinfra.intake.geometry.drawing import MAX_POSITIONS, MAX_SHAPES, GeoImportError, Shape
from lsinfra.numerals import shown

ENDING = ".osm.json"
SERVER_SECONDS = 90
"""How long the service may work on one question; it refuses to begin what may take longer than it has room for."""
_SERVER_BYTES = 256 * 1024**2

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees, as in GeoJSON."""
Line = list[tuple[float, float] | None]
"""Longitude and latitude of each position; None where the answer was clipped."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is to be got: the road with a ``ref``, or the boundaries of an ``admin_level``, that touch a box."""

    box: Box
    ref: str | None = None
    admin_level: int | None = None

    @property
    def name(self) -> str:
        return osm.plain_ref(self.ref).lower() if self.ref else f"admin-level-{self.admin_level}"


def first_question(sought: Sought) -> str:
    """The relations with their members, and for a road the ways that bear its ``ref``.

    Raises
    ------
    GeoImportError
        Neither or both of ref and level are sought; a ref without a letter or digit.
    """
    west, south, east, north = sought.box
    head, within = f"{_head()};\n", f"({south:.3f},{west:.3f},{north:.3f},{east:.3f})"
    if (sought.ref is None) == (sought.admin_level is None):
        raise GeoImportError("ref_or_level", file="Overpass")
    if sought.ref is None:
        asked = f'["boundary"="administrative"]["admin_level"="{sought.admin_level:d}"]'
        return f"{head}relation{asked}{within};\nout body;\n"
    letters = osm.plain_ref(sought.ref)
    if not letters or len(letters) > 20:
        raise GeoImportError("no_ref", file="Overpass", ref=shown(sought.ref))
    # Only letters and digits come into the question: nothing in a ref can end the text it stands in.
    wanted = "[ ._-]*".join(letters)
    bears = f'["ref"~"(^|;)[ ._-]*{wanted}[ ._-]*(;|$)",i]'
    roads = f'relation["type"~"^(super)?route$"]{bears}{within}->.roads;\nrelation(r.roads)->.inner;\n'
    return f'{head}{roads}(.roads; .inner;);\nout body;\nway["highway"]{bears}{within};\nout geom;\n'


def next_question(relations: Iterable[int]) -> str:
    """The ways of relations, whole, also where they leave the box."""
    return f"{_head()};\nrelation(id:{','.join(str(one) for one in relations)});\nway(r);\nout geom;\n"


def _head() -> str:
    return f"[out:json][timeout:{SERVER_SECONDS}][maxsize:{_SERVER_BYTES}]"


def is_answer(value: object) -> bool:
    """Whether parsed JSON is an Overpass answer and no GeoJSON."""
    return isinstance(value, dict) and "type" not in value and isinstance(value.get("elements"), list)


def read_answer(
    value: dict[str, Any], path: Path, ref: str | None, admin_level: int | None
) -> tuple[list[Shape], Counter[str]]:
    """Lines of the road with a ``ref``, or areas of an ``admin_level``, of an answer; WGS84.

    Raises
    ------
    GeoImportError
        Neither or both are asked for; nothing of it is in the file; an element that is none; too many.
    """
    if (ref is None) == (admin_level is None):
        raise GeoImportError("ref_or_level", file=shown(path.name))
    relations: dict[int, tuple[dict[str, str], list[dict[str, Any]]]] = {}
    ways: dict[int, tuple[dict[str, str], Line]] = {}
    for index, element in enumerate(value["elements"]):
        try:
            kind, number, tags = element["type"], int(element["id"]), _tags(element)
            if kind == "relation":
                members = [one for one in element.get("members", []) if one["type"] in ("way", "relation")]
                relations[number] = tags, members
                for member in members:
                    member["ref"] = int(member["ref"])
                    if member["type"] == "way" and "geometry" in member:
                        ways.setdefault(member["ref"], ({}, _line(member)))
            elif kind == "way":
                ways[number] = tags, _line(element)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise GeoImportError("bad_feature", file=shown(path.name), index=index + 1) from None
    if len(ways) > MAX_SHAPES or sum(len(line) for _, line in ways.values()) > MAX_POSITIONS:
        raise GeoImportError("too_many", file=shown(path.name), limit=MAX_SHAPES)
    if ref is not None:
        shapes, left = _road(relations, ways, osm.plain_ref(ref))
        if not shapes:
            raise GeoImportError("no_ref", file=shown(path.name), ref=shown(ref))
        return shapes, left
    shapes, left = _areas(relations, ways, str(admin_level))
    if not shapes and not left:
        raise GeoImportError("no_level", file=shown(path.name), level=admin_level)
    return shapes, left


def _road(relations: dict[int, Any], ways: dict[int, Any], wanted: str) -> tuple[list[Shape], Counter[str]]:
    left: Counter[str] = Counter()
    ids: set[int] = set()
    open_ = {n for n, (tags, _) in relations.items() if _is_route(tags) and osm.bears(tags, wanted)}
    seen: set[int] = set()
    while open_:
        seen |= open_
        inner: set[int] = set()
        for number in open_ & relations.keys():
            for member in relations[number][1]:
                if member["type"] == "relation":
                    inner.add(member["ref"])
                elif member.get("role") == "link":
                    left["link_road"] += 1
                else:
                    ids.add(member["ref"])
        open_ = inner - seen
    by_relation = bool(ids)
    left["missing"] += len(ids - ways.keys()) + len(seen - relations.keys())
    shapes = []
    for number, (tags, line) in sorted(ways.items()):
        if not (number in ids if by_relation else "highway" in tags and osm.bears(tags, wanted)):
            continue
        if tags.get("highway", "").endswith("_link"):
            left["link_road"] += 1
            continue
        left["missing"] += None in line
        # Where positions are missing the line is broken off, never drawn straight across.
        for _, run in groupby(line, key=lambda at: at is not None):
            piece = list(run)
            if len(set(piece)) > 1:  # a run of what is missing is one None
                told = tags | {"id": str(number)}
                shapes.append(Shape("relation" if by_relation else "way", told, LineString(piece)))
    return shapes, +left


def _areas(relations: dict[int, Any], ways: dict[int, Any], level: str) -> tuple[list[Shape], Counter[str]]:
    left: Counter[str] = Counter()
    shapes = []
    for _, (tags, members) in sorted(relations.items()):
        if tags.get("boundary") != "administrative" or tags.get("admin_level") != level:
            continue
        rings = [ways[one["ref"]][1] if one["ref"] in ways else [None] for one in members if one["type"] == "way"]
        area = None if None in chain(*rings) else osm.area_of([line for line in rings if len(line) > 1])
        if area is None:
            left["open_ring"] += 1
        else:
            shapes.append(Shape(f"admin_level {level}", tags, area))
    return shapes, +left


def _is_route(tags: dict[str, str]) -> bool:
    return tags.get("type") in ("route", "superroute")


def _tags(element: dict[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in element.get("tags", {}).items()}


def _line(element: dict[str, Any]) -> Line:
    line = [None if at is None else (float(at["lon"]), float(at["lat"])) for at in element["geometry"]]
    if not all(at is None or (math.isfinite(at[0]) and math.isfinite(at[1])) for at in line):
        raise ValueError(element["geometry"])
    return line


def relations_of(elements: Sequence[Any]) -> list[int]:
    """The numbers of the relations among the elements of an answer, in order; whatever else is there is passed over."""
    numbers = [one.get("id") for one in elements if isinstance(one, dict) and one.get("type") == "relation"]
    return sorted({number for number in numbers if isinstance(number, int)})


def box_of(lines: Iterable[Any], margin: float = 0.1) -> Box | None:
    """The box about lines in degrees, widened, on round numbers so that the same question is asked again.

    None where there is no line.
    """
    drawn = list(lines)
    if not drawn:
        return None
    west, south, east, north = (float(at) for at in shapely.total_bounds(drawn))
    return round(west - margin, 1), round(south - margin, 1), round(east + margin, 1), round(north + margin, 1)


def read_box(text: str) -> Box | None:
    """``106.1,21.3,107.4,22.4`` → west, south, east, north; None for anything else."""
    if not re.fullmatch(r"\s*-?\d{1,3}(\.\d{1,9})?(\s*,\s*-?\d{1,3}(\.\d{1,9})?){3}\s*", text, re.ASCII):
        return None
    west, south, east, north = (float(one) for one in text.split(","))
    fits = -180 <= west < east <= 180 and -90 <= south < north <= 90
    return (west, south, east, north) if fits else None
