"""Administrative units in time: which of them exist on a day, where an old section lies now, which one a name means.

From 2025-07-01 the districts are gone and the communes are others (Nghị quyết 1672/NQ-UBTVQH15), but names live on: a
town Cao Lộc became a part of phường Kỳ Lừa, and xã Cao Lộc is another place. So nothing is concluded from a name that
geometry or the records do not say, and a name that may mean several units means none of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from shapely.geometry.base import BaseGeometry

from lsinfra.alignments import UnitPart, cut_by_units
from lsinfra.codes import Level
from lsinfra.records import Records, Section, Unit
from lsinfra.routes import Boundary, Routes

STEP_M = 500.0
"""Chainages of sketched lines and approximate sections are sure to half a kilometre at best; less is rounding."""

_WORDS = ("tỉnh", "thành phố", "huyện", "thị xã", "quận", "xã", "phường", "thị trấn", "đặc khu")
_SHORT = {"tp.": "thành phố", "tp": "thành phố", "tx.": "thị xã", "tx": "thị xã", "tt.": "thị trấn", "tt": "thị trấn"}
_WORD = re.compile(rf"({'|'.join(map(re.escape, (*_WORDS, *_SHORT)))}) +")
# The word that the records leave out before a name; a commune's is never left out, since xã and thị trấn differ.
_LEFT_OUT = {Level.PROVINCE: "tỉnh", Level.DISTRICT: "huyện"}
_OUTER = re.compile(r"[,(]| thuộc | (?=(?:huyện|thành phố|tp\.?|thị xã|tx\.?|tỉnh) )")
# Both ways to place the mark of a tone are in use: Hoà Bình, Hòa Bình.
_TONES = {
    syllable[0] + pair[1]: pair[0] + syllable[1]
    for syllable, marks in (("oa", "òà óá ỏả õã ọạ"), ("oe", "òè óé ỏẻ õẽ ọẹ"), ("uy", "ùỳ úý ủỷ ũỹ ụỵ"))
    for pair in marks.split()
}
_TONE = re.compile(rf"(?<!q)(?:{'|'.join(_TONES)})(?!\w)")


@dataclass(frozen=True, slots=True)
class Known:
    """A unit that is known by the records or the boundaries.

    ``within`` is the district it lay in, None for a district, or where no boundaries tell; first and last day are
    None where nothing is said of them.
    """

    name: str
    level: Level
    code: str | None = None
    within: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A name that several units bear; none of them may be taken without its district or the word of its level."""

    candidates: tuple[Known, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name no unit bears on that day."""


def valid(unit: Boundary | Known | Unit, day: date) -> bool:
    """Whether a unit exists on a day; where nothing is said of its beginning or end, it has none."""
    if isinstance(unit, Unit):
        return (unit.from_ is None or unit.from_.first_day <= day) and (
            unit.until is None or day <= unit.until.last_day
        )
    return (unit.valid_from or day) <= day <= (unit.valid_until or day)


def first_day(routes: Routes, name: str, recorded: Unit | None = None) -> date | None:
    """The first day of a unit that the records tell, or on which boundaries know one of its name; None where neither
    tells it.

    Parameters
    ----------
    recorded : Unit or None
        What the records say of it: a commune of 2025 that took the name of a district says nothing of the district.
        None for a unit of any level.
    """
    if recorded is not None and recorded.from_ is not None:
        return recorded.from_.first_day
    alike = (unit for unit in routes.units if unit.unit == name)
    days = [unit.valid_from for unit in alike if recorded is None or unit.level is recorded.level]
    return min((day for day in days if day), default=None) if all(days) else None


def areas(routes: Routes, level: Level, day: date | None) -> dict[str, BaseGeometry]:
    """The units of a level that exist on a day (all for None) by name, EPSG:4326.

    Of units with one name, such as the four communes Hòa Bình of 2024, each is named with its code.
    """
    there = [unit for unit in routes.units if unit.level is level and (day is None or unit.valid(day))]
    times = Counter(unit.unit for unit in there)
    return {unit.unit if times[unit.unit] == 1 else f"{unit.unit} ({unit.code})": unit.geometry for unit in there}


def successors(routes: Routes, ended: date, day: date) -> dict[str, BaseGeometry]:
    """The communes of a day whose boundaries say that they began after another unit's last day, by name, EPSG:4326.

    Boundaries without ``valid_from`` may be of the old communes, so they tell nothing.
    """
    begun = tuple(unit for unit in routes.units if unit.valid_from and unit.valid_from > ended)
    return areas(replace(routes, units=begun), Level.COMMUNE, day)


def cuts(routes: Routes, communes: Mapping[str, BaseGeometry]) -> dict[str, tuple[UnitPart, ...]]:
    """Each route cut at boundaries, by its id: chainage in metres, in order, each metre once.

    Parameters
    ----------
    communes : mapping of name to Polygon or MultiPolygon
        EPSG:4326, such as ``successors``. ``UnitPart.unit`` is None where none of them covers the route; without any
        no route is cut and the mapping is empty.
    """
    found = {}
    for route, alignment in routes.alignments.items():
        near = {name: area for name, area in communes.items() if area.intersects(alignment.line)}
        if near:
            found[route] = cut_by_units(alignment, near)
    return found


def lies_in(section: Section, cut: Mapping[str, Sequence[UnitPart]]) -> tuple[tuple[str, UnitPart], ...]:
    """The stretches of a section as (route, part), cut where its routes are; see ``cuts``.

    What lies beyond the end of a route, and on a route that is not cut, is left out.
    """
    return tuple(
        (part.route, UnitPart(piece.unit, low, high))
        for part in section.parts
        for piece in cut.get(part.route, ())
        if (low := max(piece.start_m, float(part.from_.m))) < (high := min(piece.end_m, float(part.to.m)))
    )


def communes_of(section: Section, cut: Mapping[str, Sequence[UnitPart]]) -> tuple[tuple[str, ...], bool]:
    """The communes a section lies in, in the order they are met, and whether they hold all of it.

    A commune with less of it than half a kilometre is left out where another has more: sketched lines and the ends
    of sections are no surer. The second is False where as much of it lies in no commune that was imported.
    """
    lengths: dict[str, float] = {}
    for _, part in lies_in(section, cut):
        if part.unit is not None:
            lengths[part.unit] = lengths.get(part.unit, 0.0) + part.end_m - part.start_m
    whole = float(sum(part.to.m - part.from_.m for part in section.parts))
    told = tuple(name for name, metres in lengths.items() if metres >= STEP_M)
    return told or tuple(lengths), whole - sum(lengths.values()) < STEP_M


def known_units(records: Records, routes: Routes) -> tuple[Known, ...]:
    """The units of the records and of the boundaries, each once; a commune with the district it lay in.

    That district is the one whose boundary, there on a day when the commune was, covers the commune's inner point.
    """
    found = []
    districts = [unit for unit in routes.units if unit.level is Level.DISTRICT]
    for unit in routes.units:
        inner = unit.geometry.representative_point() if unit.level is Level.COMMUNE else None
        around = [
            one.unit
            for one in districts
            if inner is not None
            and (unit.valid_from or date.min) <= (one.valid_until or date.max)
            and (one.valid_from or date.min) <= (unit.valid_until or date.max)
            and one.geometry.covers(inner)
        ]
        within = around[0] if len(around) == 1 else None
        found.append(Known(unit.unit, unit.level, unit.code, within, unit.valid_from, unit.valid_until))
    drawn = {(unit.name, unit.level) for unit in found}
    for name, recorded in records.units.items():
        if (name, recorded.level) not in drawn:
            since = recorded.from_.first_day if recorded.from_ else None
            until = recorded.until.last_day if recorded.until else None
            found.append(Known(name, recorded.level, valid_from=since, valid_until=until))
    return tuple(found)


def resolve(name: str, known: Sequence[Known], day: date | None = None) -> Known | Ambiguous | Unknown:
    """The one unit a name means on a day, as a document or a form writes it.

    ``xã Hòa Bình, huyện Chi Lăng``, ``xã Hòa Bình (Chi Lăng)``, ``TT. Cao Lộc``; small and capital letters, NFD and
    ``Hoà`` for ``Hòa`` are the same. With the word of a level it is a unit of that word only: thị trấn Cao Lộc is not
    xã Cao Lộc. Without, it is the unit that is called just so and exists (the records' Cao Lộc, a district), or the
    only one that ever bore the name.

    Parameters
    ----------
    day : date or None
        None for any day.
    """
    inner, outer = _halves(name)
    word, stem = parted(inner)
    alike = [unit for unit in known if _means(unit, word, stem)]
    if outer is not None:
        there = [unit for unit in alike if unit.within is not None and _same(outer, unit.within)]
        unsure = [unit for unit in alike if unit.within is None and unit.level is Level.COMMUNE]
        if not there and unsure:
            return Ambiguous(tuple(unsure))
        alike = there
    now = [unit for unit in alike if day is None or valid(unit, day)]
    if word is None and outer is None:
        plain = [unit for unit in now if _folded(unit.name) == stem]
        if not plain and len({_who(unit) for unit in alike}) > 1:
            return Ambiguous(tuple(alike))
        now = plain or now
    if not now:
        return Unknown()
    if len({_who(unit) for unit in now}) > 1:
        return Ambiguous(tuple(now))
    return now[-1]


def _who(unit: Known) -> tuple[object, ...]:
    """What tells a unit from others; of its generations there may be several."""
    return unit.name, unit.level, unit.code, unit.within


def _folded(name: str) -> str:
    plain = " ".join(unicodedata.normalize("NFC", name).lower().split())
    return _TONE.sub(lambda found: _TONES[found[0]], plain)


def _halves(name: str) -> tuple[str, str | None]:
    """A name and the district after it; a province after it tells nothing apart here."""
    inner, *rest = (part.strip(" )") for part in _OUTER.split(_folded(name)))
    outer = [part for part in rest if part and not part.startswith("tỉnh ")]
    return inner, outer[0] if inner and outer else None


def parted(name: str) -> tuple[str | None, str]:
    """The word of a unit's level, None without, and the name itself, in small letters: ``TT. Cao Lộc`` → thị trấn."""
    plain = _folded(name)
    if not (found := _WORD.match(plain)):
        return None, plain
    return _SHORT.get(found[1], found[1]), plain[found.end() :]


def _means(unit: Known, word: str | None, stem: str) -> bool:
    own, name = parted(unit.name)
    return name == stem and word in (None, own or _LEFT_OUT.get(unit.level))


def named_alike(written: str, name: str, level: Level | None) -> bool:
    """Whether a unit that a file names is one of the records: ``Huyện Lộc Bình`` is the district ``Lộc Bình``.

    ``xã Cao Lộc`` is not the district ``Cao Lộc``, and a name without the word of its level is only that very name.

    Parameters
    ----------
    level : Level or None
        What the records say ``name`` is, None where they do not say.
    """
    (word, stem), (own, plain) = parted(written), parted(name)
    left_out = _LEFT_OUT.get(level) if level and own is None else own
    return stem == plain and word in (own, left_out)


def _same(outer: str, district: str) -> bool:
    """Whether a district as written after a commune's name is this one."""
    (word, stem), (own, name) = parted(outer), parted(district)
    return stem == name and word in (None, own or _LEFT_OUT[Level.DISTRICT])
