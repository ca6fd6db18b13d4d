"""What a geometry file holds once it is read: lines and areas with their attributes, in the file's own coordinates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from lsinfra.errors import RunError, Severity
from lsinfra.numerals import number, shown
from lsinfra.text import Lang, say

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

MAX_SHAPES = 50_000
"""Lines and areas of one file; a province's road network has fewer, and a file of more is no one route's."""
MAX_POSITIONS = 2_000_000
"""Positions of one file: some 100 MB once read."""


class GeoImportError(RunError):
    """A geometry file that cannot be brought in as it is; its sentence is under ``geoimport.``."""

    group = "geoimport"


def no_layer(name: str, wanted: Iterable[str], there: Iterable[str]) -> GeoImportError:
    """That a file has none of the layers that were asked for, and which it has."""
    said = {"layers": ", ".join(map(shown, wanted)), "there": ", ".join(map(shown, list(there)[:30])) or "—"}
    return GeoImportError("no_layer", file=shown(name), **said)


@dataclass(frozen=True, slots=True)
class Size:
    """A measured number to be said in the notation of a language: metres, percent, hectares."""

    value: float
    decimals: int = 0

    def write(self, lang: Lang) -> str:
        return number(Fraction(self.value), self.decimals, lang)


@dataclass(frozen=True, slots=True)
class Shape:
    """A line or an area of a file.

    Attributes
    ----------
    layer : str
        The layer, folder or kind it stands in; may be empty.
    attributes : dict of str
        As the file writes them, all as text; what is null in the file is left out.
    geometry : LineString, Polygon or MultiPolygon
        Two-dimensional, in the coordinates of the file.
    """

    layer: str
    attributes: dict[str, str]
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Drawing:
    """What was read of one file.

    Attributes
    ----------
    name, sha256 : str
        The file's name without its folder, and the hash of its bytes (of the .shp of a shapefile).
    crs : str or None
        What the file says of its coordinates, as ``EPSG:9215`` or well-known text; None where it says nothing.
    encoding : str or None
        How the letters of its attributes were read; None where the format leaves no choice.
    left_out : dict
        What the file holds besides and is not read, by kind and number: points, texts, …
    heights : bool
        Whether positions carried heights or measures, which were dropped.
    mended : bool
        Whether the file was damaged and what is here was put together again.
    """

    name: str
    sha256: str
    crs: str | None
    shapes: tuple[Shape, ...]
    encoding: str | None = None
    left_out: dict[str, int] = field(default_factory=dict)
    heights: bool = False
    mended: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be taken out of a file.

    Attributes
    ----------
    layers : tuple of str
        Only these layers or folders; empty for all.
    ref : str or None
        OpenStreetMap: the ``ref`` of a road, such as ``QL.4B``.
    admin_level : int or None
        OpenStreetMap: the ``admin_level`` of boundaries (6 for what were districts, 8 in older data; 9 and 6 of 2025).
    encoding : str or None
        How to read the attributes of a shapefile; None to find out.
    """

    layers: tuple[str, ...] = ()
    ref: str | None = None
    admin_level: int | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person must know before he agrees; ``code`` is stable, its sentence is under ``geoimport.note.``.

    An ``ERROR`` keeps the import from being written.
    """

    severity: Severity
    code: str
    values: dict[str, object] = field(default_factory=dict)

    def write(self, lang: Lang) -> str:
        return say(lang, f"geoimport.note.{self.code}", **self.values)
