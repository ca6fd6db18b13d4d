"""Provinces by name, old and new, and the zone of VN-2000 that the EPSG database gives each.

The zones are not kept here: they are read from the names of the areas of use in pyproj's own copy of the EPSG database,
which knows the 63 provinces of before 1 July 2025. Which of the 34 of today holds which of them is law; which zone a
merged province uses from then on is not in the database, so where its parts have different ones the candidates are
named and one is only proposed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from lsinfra.errors import RunError
from lsinfra.numerals import shown
from lsinfra.text import Lang, say

# The provinces and cities from 1 July 2025, in the order of the resolution, and the ones of before that each holds, the
# one it is named after first (Nghị quyết 202/2025/QH15, Điều 1; the last eleven stayed as they were). Huế is the
# former Thừa Thiên Huế (Nghị quyết 175/2024/QH15, from 1 January 2025), by which name the EPSG database knows it.
PROVINCES: dict[str, tuple[str, ...]] = {
    "Tuyên Quang": ("Tuyên Quang", "Hà Giang"),
    "Lào Cai": ("Lào Cai", "Yên Bái"),
    "Thái Nguyên": ("Thái Nguyên", "Bắc Kạn"),
    "Phú Thọ": ("Phú Thọ", "Vĩnh Phúc", "Hòa Bình"),
    "Bắc Ninh": ("Bắc Ninh", "Bắc Giang"),
    "Hưng Yên": ("Hưng Yên", "Thái Bình"),
    "Hải Phòng": ("Hải Phòng", "Hải Dương"),
    "Ninh Bình": ("Ninh Bình", "Hà Nam", "Nam Định"),
    "Quảng Trị": ("Quảng Trị", "Quảng Bình"),
    "Đà Nẵng": ("Đà Nẵng", "Quảng Nam"),
    "Quảng Ngãi": ("Quảng Ngãi", "Kon Tum"),
    "Gia Lai": ("Gia Lai", "Bình Định"),
    "Khánh Hòa": ("Khánh Hòa", "Ninh Thuận"),
    "Lâm Đồng": ("Lâm Đồng", "Đắk Nông", "Bình Thuận"),
    "Đắk Lắk": ("Đắk Lắk", "Phú Yên"),
    "Hồ Chí Minh": ("Hồ Chí Minh", "Bà Rịa - Vũng Tàu", "Bình Dương"),
    "Đồng Nai": ("Đồng Nai", "Bình Phước"),
    "Tây Ninh": ("Tây Ninh", "Long An"),
    "Cần Thơ": ("Cần Thơ", "Sóc Trăng", "Hậu Giang"),
    "Vĩnh Long": ("Vĩnh Long", "Bến Tre", "Trà Vinh"),
    "Đồng Tháp": ("Đồng Tháp", "Tiền Giang"),
    "Cà Mau": ("Cà Mau", "Bạc Liêu"),
    "An Giang": ("An Giang", "Kiên Giang"),
    "Cao Bằng": ("Cao Bằng",),
    "Điện Biên": ("Điện Biên",),
    "Hà Tĩnh": ("Hà Tĩnh",),
    "Lai Châu": ("Lai Châu",),
    "Lạng Sơn": ("Lạng Sơn",),
    "Nghệ An": ("Nghệ An",),
    "Quảng Ninh": ("Quảng Ninh",),
    "Thanh Hóa": ("Thanh Hóa",),
    "Sơn La": ("Sơn La",),
    "Hà Nội": ("Hà Nội",),
    "Huế": ("Thừa Thiên Huế",),
}
CITIES = frozenset({"Hải Phòng", "Đà Nẵng", "Hồ Chí Minh", "Cần Thơ", "Hà Nội", "Huế"})

# Names that no rule makes of the official ones: what people type, and how older papers spell.
_ALSO = {
    "hcm": "Hồ Chí Minh",
    "tphcm": "Hồ Chí Minh",
    "hochiminhcity": "Hồ Chí Minh",
    "saigon": "Hồ Chí Minh",
    "baccan": "Bắc Kạn",
    "daclac": "Đắk Lắk",
    "dacnong": "Đắk Nông",
}
_BEFORE = {"tinh", "thanh pho", "tp"}
_OFFERED = 3
_MERIDIAN = "8802"  # EPSG: the longitude of natural origin, of a transverse Mercator its central meridian


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of VN-2000 / TM-3: ``EPSG:9215`` and its central meridian in degrees."""

    crs: str
    meridian: float

    def write(self, lang: Lang) -> str:
        """``EPSG:9215, kinh tuyến trục 107°15′``."""
        minutes = round(self.meridian * 60)
        return say(lang, "starter.zone", crs=self.crs, meridian=f"{minutes // 60}°{minutes % 60:02d}′")


@dataclass(frozen=True, slots=True)
class Province:
    """A province that was named.

    ``name`` is its official name without the word before it, ``into`` the province of today that holds a former one
    (None where it is one of today); ``zones`` its parts of before 1 July 2025 with the zone of each, None where the
    EPSG database knows none. The first part is the one it is named after.
    """

    name: str
    into: str | None
    zones: tuple[tuple[str, Zone | None], ...]

    @property
    def city(self) -> bool:
        return self.name in CITIES

    @property
    def renamed(self) -> bool:
        """Whether the province of today that holds this former one is the same under another name (Huế)."""
        return self.into is not None and PROVINCES[self.into] == (self.name,)

    @property
    def merged(self) -> bool:
        """Whether its parts do not all have one zone."""
        return len({zone for _, zone in self.zones}) > 1

    @property
    def zone(self) -> Zone | None:
        """The zone of the part it is named after; None where that is not known."""
        return self.zones[0][1]


def find(text: str) -> Province:
    """The province a text names, with or without marks and the word before it, in any case.

    A name that both an old and a new province bear is the new one.

    Raises
    ------
    RunError
        There is none; the error offers the nearest names.
    """
    names = _names()
    key = _key(text)
    if key not in names:
        near = [names[one] for one in get_close_matches(key, names, _OFFERED)]
        if not near:
            raise StarterError("no_province", found=shown(text))
        raise StarterError("near_province", found=shown(text), near=", ".join(dict.fromkeys(near)))
    name = names[key]
    known = _zones()
    parts = PROVINCES.get(name, (name,))
    into = next((new for new, held in PROVINCES.items() if name in held), None) if name not in PROVINCES else None
    return Province(name, into, tuple((part, known.get(_key(part))) for part in parts))


class StarterError(RunError):
    """A starter cannot be made; its sentence is under ``starter.``."""

    group = "starter"


@cache
def _names() -> dict[str, str]:
    """Every province of today and of before by the letters of its name."""
    old = {_key(part): part for parts in PROVINCES.values() for part in parts}
    return old | {_key(name): name for name in PROVINCES} | _ALSO


def _key(text: str) -> str:
    """The letters of a name without marks, spaces and the word before it: ``TP. Hải Phòng`` → ``haiphong``."""
    plain = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    words = " ".join(re.findall("[a-z]+", "".join(c for c in plain if not unicodedata.combining(c))))
    for before in sorted(_BEFORE):
        if words.startswith(f"{before} "):
            words = words.removeprefix(before)
            break
    return words.replace(" ", "")


@cache
def _zones() -> dict[str, Zone]:
    """The zone of each province that the EPSG database names among a zone's areas of use."""
    from pyproj import CRS
    from pyproj.database import query_crs_info
    from pyproj.enums import PJType

    found: dict[str, Zone] = {}
    for info in query_crs_info(auth_name="EPSG", pj_types=[PJType.PROJECTED_CRS]):
        if not info.name.startswith("VN-2000 / TM-3") or info.area_of_use is None:
            continue
        crs = f"EPSG:{info.code}"
        operation = CRS.from_user_input(crs).coordinate_operation
        meridians = [one.value for one in operation.params if one.code == _MERIDIAN] if operation else []
        for meridian in meridians:
            found |= dict.fromkeys(_named(info.area_of_use.name or ""), Zone(crs, float(meridian)))
    return found


def _named(area: str) -> Iterator[str]:
    """The letters of each province of ``Vietnam - Hai Phong city; Ben Tre and Long An provinces.``"""
    for name in re.split(r"[,;.]| and ", area.removeprefix("Vietnam - ")):
        if key := _key(re.sub(r"\b(city|cities|municipality|provinces?)\b", "", name)):
            yield key
