"""A file of units or routes → its rows, with shapes in the metric CRS, and columns found by any of their names."""

from __future__ import annotations

import unicodedata
import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import pyproj
import shapely
from geopandas import GeoDataFrame
from pyogrio.errors import CRSError as LayerCRSError
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from lsinfra.alignments import metric
from lsinfra.errors import Fault, InputError, RunError, missing_package, why
from lsinfra.geojson import flaw
from lsinfra.numerals import MAX_LENGTH, shown
from lsinfra.parcels.land import REPAIRED_SHARE
from lsinfra.parcels.metric import GroundError, in_metres
from lsinfra.phrases import Numeral

AREAS, LINES = ("Polygon", "MultiPolygon"), ("LineString", "MultiLineString")

_SAID = 5  # faults of one kind that are written out


@dataclass(frozen=True)
class Table:
    """The rows of a file, its shapes in the metric CRS and two-dimensional (None: there is none)."""

    where: str
    frame: GeoDataFrame
    shapes: npt.NDArray[Any]
    columns: dict[str, str]
    to_metric: pyproj.Transformer

    @property
    def rows(self) -> range:
        return range(len(self.shapes))

    def texts(self, column: str) -> list[str | None]:
        """A column as text in NFC, empty for a column that is not there."""
        name = self.columns.get(column)
        return [] if name is None else [as_text(value) for value in self.frame[name].tolist()]

    def some(self, column: str, rows: Iterable[int]) -> list[str | None]:
        texts = self.texts(column)
        return [texts[row] if texts else None for row in rows]

    def value(self, column: str, row: int) -> Any:
        """One value as the file has it; None where it says nothing."""
        name = self.columns.get(column)
        value = None if name is None else self.frame[name].iat[row]
        return None if _is_nothing(value) or value == "" else value

    def valid(self, row: int, on: date) -> bool:
        """Whether the unit of a row exists on a day, as ``routes.Boundary.valid``; a day that is none says nothing."""
        since, until = (as_day(self.value(name, row)) for name in ("valid_from", "valid_until"))
        return (since or on) <= on <= (until or on)

    def areas(self, rows: Sequence[int], faults: Faults) -> dict[int, BaseGeometry]:
        """The areas of some rows, mended where that changes nothing."""
        found = {}
        for row in rows:
            shape = self.shapes[row]
            if shape is None or shape.is_empty:
                faults.add(row, "geo.no_geometry", wanted=" / ".join(AREAS))
            elif shape.geom_type not in AREAS:
                faults.add(row, "geo.wrong_type", found=shape.geom_type, wanted=" / ".join(AREAS))
            elif (whole := mend(shape)) is None:
                found_flaw = flaw(shape)
                at = self.to_metric.transform(*found_flaw.at, direction="INVERSE")
                faults.add(row, "geo.bad_polygon", reason=replace(found_flaw, at=at))
            else:
                found[row] = whole
        return found


class Faults:
    """What is wrong in a file: of each kind the first few rows, and how many more there are."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.found: dict[str, list[Fault]] = defaultdict(list)

    def add(self, row: int | str, key: str, **values: object) -> None:
        path = f"features[{row}]" if isinstance(row, int) else row
        self.found[key].append(Fault(self.where, path, key, values))

    def refuse(self) -> None:
        """Raise them, if there are any."""
        said = []
        for faults in self.found.values():
            said += faults[:_SAID]
            if len(faults) > _SAID:
                values: dict[str, object] = {"count": Numeral(len(faults) - _SAID), "path": faults[0].path}
                said.append(Fault(self.where, "", "ground.more", values))
        if said:
            raise InputError(said)


def open_table(
    file: Path, crs: str, wanted: tuple[str, ...], names: Mapping[str, tuple[str, ...]], needed: tuple[str, ...]
) -> Table:
    """The rows of a file, with shapes in ``crs`` and the columns that ``names`` knows.

    Parameters
    ----------
    wanted : tuple of str
        Types of geometry by which a layer is chosen where a file has several.
    names : mapping
        Our name of a column, and what it may be called (``_plain``), the first that is there being taken.
    needed : tuple of str
        Of these columns of ours one must be there.

    Raises
    ------
    GroundError, RunError
        The file cannot be read, has no CRS or no such column; ``crs`` is unfit.
    """
    to_metric = metric(crs)
    where = shown(file.name, MAX_LENGTH)
    frame = _read(file, where, wanted)
    there: dict[str, str] = {}
    for column in frame.columns:
        there.setdefault(_plain(str(column)), column)
    columns = {ours: there[theirs] for ours, known in names.items() for theirs in reversed(known) if theirs in there}
    if not set(needed) & set(columns):
        expected = ", ".join(name for ours in needed for name in names[ours])
        raise GroundError("no_column", file=where, found=", ".join(map(shown, frame.columns)), expected=expected)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    return Table(where, frame, in_metres(shapes, frame.crs, crs, where), columns, to_metric)


def _read(file: Path, where: str, wanted: tuple[str, ...]) -> GeoDataFrame:
    """The rows of a file; of several layers the only one that has what is wanted."""
    try:
        with file.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise RunError("unreadable", path=file, reason=why(error)) from None
    if b"<OGR" in head:  # GDAL would follow it to other files, or to servers
        raise GroundError("broken", file=where)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of measures that are dropped, of a .dbf that is missing
        if file.suffix.lower() in (".parquet", ".geoparquet"):
            return _read_parquet(file, where)
        try:
            layers = [(str(name), str(kind)) for name, kind in pyogrio.list_layers(file) if kind is not None]
            sure = [name for name, kind in layers if kind.split(" ")[0] in wanted]
            fit = sure or [name for name, kind in layers if kind.split(" ")[0] in ("Unknown", "GeometryCollection")]
            if len(fit) > 1:
                raise GroundError("layers", file=where, found=", ".join(map(shown, fit)))
            if not fit:
                raise GroundError("nothing", file=where, wanted=" / ".join(wanted))
            frame = geopandas.read_file(file, layer=fit[0], engine="pyogrio")
        except (
            *(DataSourceError, DataLayerError, FeatureError, GeometryError, LayerCRSError),
            *(ValueError, UnboundLocalError, shapely.GEOSException),  # pyogrio's own slips on damaged files
        ):
            raise GroundError("broken", file=where) from None
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise GroundError("nothing", file=where, wanted=" / ".join(wanted))
    return frame


def _read_parquet(file: Path, where: str) -> GeoDataFrame:
    try:
        import pyarrow as pa
    except ImportError:
        raise missing_package("pyarrow") from None
    try:
        return geopandas.read_parquet(file)
    except (pa.ArrowException, ValueError, KeyError, OSError, CRSError, shapely.GEOSException):
        raise GroundError("broken", file=where) from None


def mend(shape: BaseGeometry) -> BaseGeometry | None:
    """A valid area of the same size; None where there is none."""
    if shapely.is_valid(shape):
        return shape if shape.area > 0 else None
    mended = polygonal(shapely.make_valid(shape, method="structure", keep_collapsed=False))
    same = mended.area > 0 and abs(mended.area - shape.area) <= REPAIRED_SHARE * mended.area
    return mended if same else None


def polygonal(shape: BaseGeometry) -> BaseGeometry:
    """The areas of what an operation gave, without the lines and points in which areas merely met."""
    if shape.geom_type in AREAS:
        return shape
    return shapely.union_all([part for part in shapely.get_parts(shape) if part.geom_type in AREAS])


def as_day(value: Any) -> date | None:
    """A day as GDAL gives it: a date, a moment, or text that begins with one."""
    if isinstance(value, str):
        with suppress(ValueError):
            return date.fromisoformat(value[:10])
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value if isinstance(value, date) else None


def as_text(value: Any) -> str | None:
    """A value as text in NFC, None where it says nothing; a whole number as such, also where GDAL gives 181.0."""
    if _is_nothing(value):
        return None
    whole = isinstance(value, float) and value.is_integer()
    return unicodedata.normalize("NFC", str(int(value) if whole else value)).strip() or None


def _plain(name: str) -> str:
    """The letters and digits of a column's name without case and accents: ``Tên_xã`` → ``tenxa``."""
    plain = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    return "".join(c for c in plain if c.isascii() and c.isalnum())


def _is_nothing(value: Any) -> bool:
    """None, nan, NaT and NA; a list never is."""
    return value is None or (not isinstance(value, (list, dict, np.ndarray)) and bool(pd.isna(value)))
