"""One feature of a GeoJSON text, or one row of a README, put in place of another: all else stays byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from lsinfra.text import LANGS, Lang, say

DECIMALS = 6
"""0.1 m: finer than the step between the datums is known (EPSG:6960, 1 m)."""

EMPTY = '{\n  "type": "FeatureCollection",\n  "features": [\n  ]\n}\n'
_BLANK = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Standing:
    """A feature as it stands in a text: from where to where, and its value."""

    start: int
    end: int
    value: dict[str, Any]

    @property
    def properties(self) -> dict[str, Any]:
        found = self.value.get("properties")
        return found if isinstance(found, dict) else {}


def standing(text: str) -> tuple[list[Standing], int]:
    """The features of a sound FeatureCollection with their places, and the place where another would be added."""
    decoder = json.JSONDecoder()
    found: list[Standing] = []
    add = -1
    at = _after_blank(text, text.index("{") + 1)
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        at = _after_blank(text, _after_blank(text, at) + 1)
        if key == "features":
            add = at + 1
            at = _after_blank(text, at + 1)
            while text[at] != "]":
                value, end = decoder.raw_decode(text, at)
                found.append(Standing(at, end, value))
                add = end
                at = _after_blank(text, end)
                if text[at] == ",":
                    at = _after_blank(text, at + 1)
            at += 1
        else:
            _, at = decoder.raw_decode(text, at)
        at = _after_blank(text, at)
        if text[at] == ",":
            at = _after_blank(text, at + 1)
    return found, add


def replaced(text: str, old: Mapping[int, str], new: Iterable[str]) -> str:
    """The text with other features in place of those that begin at the keys of ``old``, and new ones at the end."""
    found, add = standing(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    pieces, at = [], 0
    for one in found:
        if one.start in old:
            pieces += [text[at : one.start], old[one.start].replace("\n", newline)]
            at = one.end
    first = not found
    for feature in new:
        pieces += [text[at:add], "" if first else ",", newline, "    ", feature.replace("\n", newline)]
        at, first = add, False
    return "".join([*pieces, text[at:]])


def feature(properties: Mapping[str, Any], geometry: BaseGeometry) -> str:
    """A feature as the files of ``geodata/`` are written: a property a line, the geometry in one."""
    rows = [f"      {_json(name)}: {_json(value)}" for name, value in properties.items() if value is not None]
    shape = {"type": geometry.geom_type, "coordinates": _numbers(shapely.geometry.mapping(geometry)["coordinates"])}
    inside = ",\n".join(rows)
    return f'{{"type": "Feature", "properties": {{\n{inside}\n    }}, "geometry": {_json(shape)}}}'


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _numbers(value: Any) -> Any:
    if isinstance(value, (int, float)):
        return round(float(value), DECIMALS)
    return [_numbers(inner) for inner in value]


def _after_blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return at if found is None else found.end()


# --- the README ----------------------------------------------------------------------------------------------------


def language(text: str, otherwise: Lang) -> Lang:
    """The language that a README is written in; ``otherwise`` where nothing of it tells."""
    words = re.findall(r"\w+", text.casefold())
    counts = {lang: sum(word in say(lang, "geoimport.readme.common").split() for word in words) for lang in LANGS}
    return max(LANGS, key=lambda lang: (counts[lang], lang == otherwise))


def head(lang: Lang) -> str:
    """The first two rows of the table of imports."""
    names = say(lang, "geoimport.readme.columns")
    return f"{names}\n{'|---' * (names.count('|') - 1)}|\n"


def entered(text: str, what: str, cells: Sequence[str], *, route_km: str | None, lang: Lang) -> str:
    """A README with the row of an import in its table, in place of an older one of the same thing.

    Parameters
    ----------
    what : str
        The route's id or the file's name.
    cells : sequence of str
        The other cells of the row; anybody's text, written so that no bar, mark or line end in it counts.
    route_km : str or None
        The new drawn length for the table of routes, ``62.1 km``; None for boundaries.
    lang : str
        Of the heading and of what is around the table.
    """
    imports = f"## {say(lang, 'geoimport.readme.heading')}"
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    row = f"| `{what}` | " + " | ".join(map(_cell, cells)) + " |"
    start = lines.index(imports) if imports in lines else None
    if route_km is not None:
        for at, line in enumerate(lines[:start]):
            # The table of routes alone has lengths in its third cell.
            old = re.fullmatch(rf"\| `{re.escape(what)}`([^|]*)\|[^|]*\| [0-9.]+ km \|(.*)", line)
            if old:
                lines[at] = f"| `{what}`{old[1]}| {say(lang, 'geoimport.readme.now')} | {route_km} |{old[2]}"
    if start is None:
        intro = say(lang, "geoimport.readme.intro")
        lines = "\n".join([*_ended(lines), imports, "", intro, "", head(lang)]).split("\n")
        start = lines.index(imports)
    # A person may have written on below: the table is the one of its own section.
    end = next((at for at in range(start + 1, len(lines)) if lines[at].startswith("#")), len(lines))
    rows = [at for at in range(start, end) if lines[at].startswith("|")]
    if not rows:
        lines[start + 1 : start + 1] = ["", *head(lang).rstrip("\n").split("\n")]
        rows = [start + 2, start + 3]
    same = [at for at in rows if lines[at].startswith(f"| `{what}` |")]
    if same:
        lines[same[0]] = row
    else:
        lines.insert(rows[-1] + 1, row)
    return newline.join(lines)


def _ended(lines: list[str]) -> list[str]:
    """Lines that end with one blank one, ready for a heading; nothing where there is no text."""
    kept = list(lines)
    while kept and not kept[-1].strip():
        kept.pop()
    return [*kept, ""] if kept else []


def _cell(text: str) -> str:
    """A cell of Markdown that says exactly this text."""
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", " ".join(text.split())) or "—"
