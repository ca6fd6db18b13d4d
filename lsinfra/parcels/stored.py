"""The files that parcels stand in, GeoParquet and GeoPackage: what columns they have, and their rows piece by piece.

Nothing here knows what a column means. A file that is cut short or replaced while it is read is noticed: before and
after each piece its size and its time must be what they were, and on the machine that opened it its number too.
"""

from __future__ import annotations

import json
import math
import platform
import sqlite3
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyogrio
import pyproj
from pyogrio import raw
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj.exceptions import CRSError

from lsinfra.errors import RunError, missing_package, why
from lsinfra.numerals import shown

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

TEXT, INTEGER, NUMBER, DATE, NOTHING, OTHER = "text", "integer", "number", "date", "nothing", "other"
"""The kinds of columns; ``NOTHING`` is one whose type says only that all of it is null."""
WINDOW = 100_000
"""Rows of a GeoPackage that are read at a time."""
MAX_ROWS, MAX_BYTES = 2**21, 2**30
"""Of a row group, which is read as a whole; other programs write up to a million rows. ``importing`` takes any."""
SAMPLED = 5
SAMPLE = 2_000
"""At so many places of a file so many rows are looked at for personal data when it is opened."""
CLOCKS = timezone(timedelta(hours=7))
"""Those of Việt Nam."""
DEFAULT_CRS = "OGC:CRS84"
"""The CRS of GeoParquet that names none (GeoParquet 1.1, “crs”)."""

OGR_KINDS = {"OFTString": TEXT, "OFTInteger": INTEGER, "OFTInteger64": INTEGER, "OFTReal": NUMBER}
OGR_KINDS |= {"OFTDate": DATE, "OFTDateTime": DATE}


Trouble = tuple[str, dict[str, object]]
"""What is wrong with a file: the key of its sentence under ``register.``, and the values."""


class RegisterError(RunError):
    """A register that cannot be read or written; its sentence is under ``register.``."""

    group = "register"


@dataclass(frozen=True)
class Stored:
    """A file that was looked at.

    Attributes
    ----------
    layer : str or None
        Of a GeoPackage; None for GeoParquet.
    crs : str or None
        ``EPSG:9215``; well-known text where no authority knows it; None where the file does not say.
    geometry : str
        The name of its column.
    kinds : dict
        The kind of every other column, by its name in the file.
    said : dict
        What the file itself calls the type of each.
    firsts : tuple of int
        The number of the first row of each piece.
    numbers : tuple of int
        Which row group of a Parquet file each piece is: one without rows is none. Empty for a GeoPackage.
    stamp : tuple of int
        Size and time: those of the same file on every machine.
    identity : tuple or None
        The machine, and what the file has there alone: another file of the same size and time is another file. It is
        asked for on that machine only.
    bounds : tuple of float or None
        West, south, east, north as the file itself says; None where it does not.
    faults : tuple of Trouble
        What keeps the file from being a register, whatever its columns are.
    """

    path: Path
    layer: str | None
    crs: str | None
    geometry: str
    kinds: dict[str, str]
    said: dict[str, str]
    rows: int
    firsts: tuple[int, ...]
    stamp: tuple[int, int]
    faults: tuple[Trouble, ...] = field(default=(), compare=False)
    bounds: tuple[float, ...] | None = field(default=None, compare=False)
    numbers: tuple[int, ...] = ()
    identity: tuple[str, int, int] | None = field(default=None, compare=False)

    @property
    def parquet(self) -> bool:
        return self.layer is None


def look(path: Path) -> Stored:
    """What a file holds, without its rows.

    Raises
    ------
    RunError
        It cannot be opened; it is neither GeoParquet nor a GeoPackage, or broken; pyarrow is missing.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
        stamp, identity = _stamp(path), _identity(path)
    except OSError as error:
        raise RunError("unreadable", path=path, reason=why(error)) from None
    if head[:4] == b"PAR1":
        return replace(_look_parquet(path, stamp), identity=identity)
    if head == b"SQLite format 3\0":
        with quietly():
            return replace(_look_geopackage(path, stamp), identity=identity)
    raise RegisterError("not_a_register", file=shown(path.name))


def table(file: Stored, group: int, names: Sequence[str], coded: Sequence[str] = ()) -> pa.Table:
    """Some columns of a row group of a Parquet file, in that order; ``coded``: texts to be read as dictionaries.

    Raises
    ------
    RegisterError
        The row group is damaged, or the file another one by now.
    """
    with _unchanged(file, group), parquet_file(file.path, coded) as opened:
        read = opened.read_row_group(file.numbers[group], columns=list(names), use_threads=False).select(list(names))
        read.validate(full=True)  # letters that are no UTF-8, above all
        return read


def rows(
    file: Stored, group: int, names: Sequence[str], *, geometry: bool = True
) -> tuple[list[npt.NDArray[Any]], npt.NDArray[np.object_] | None]:
    """Some columns of a window of a GeoPackage, in that order, and the WKB of its rows.

    Raises
    ------
    RegisterError
        As ``table``.
    """
    first = file.firsts[group]
    asked = {"skip_features": first, "max_features": WINDOW, "columns": list(names), "read_geometry": geometry}
    asked["datetime_as_string"] = True  # as numbers they have lost their zone
    with _unchanged(file, group):
        with quietly():
            meta, _, wkb, columns = raw.read(file.path, layer=file.layer, **asked)
        expected = min(WINDOW, file.rows - first)
        found = len(columns[0]) if columns else len(wkb)
        if found != expected:
            raise RegisterError("changed", file=shown(file.path.name))
    by_name = dict(zip((str(name) for name in meta["fields"]), columns, strict=True))
    read = [by_name[name] for name in names]
    moments = [file.kinds[name] == DATE and one.dtype == object for name, one in zip(names, read, strict=True)]
    return [_days_of(one) if there else one for one, there in zip(read, moments, strict=True)], wkb


def extremes(file: Stored, group: int, name: str) -> tuple[str, str] | None:
    """The least and the greatest text of a column in a row group; None where the file does not say."""
    if not file.parquet or file.kinds[name] != TEXT:
        return None
    with _unchanged(file, group), parquet_file(file.path) as opened:
        chunks = opened.metadata.row_group(file.numbers[group])
        found = map(chunks.column, range(chunks.num_columns))
        statistics = next((one.statistics for one in found if one.path_in_schema == name), None)
        if statistics is None or not statistics.has_min_max:
            return None
        return str(statistics.min), str(statistics.max)


def sample(file: Stored, name: str) -> list[str]:
    """Some values of a column as texts: the first rows of a few pieces, spread over the file."""
    found: list[object] = []
    groups = sorted({round(at) for at in np.linspace(0, len(file.firsts) - 1, SAMPLED)}) if file.rows else []
    for group in groups:
        if file.parquet:
            with _unchanged(file, group), parquet_file(file.path) as opened:
                batches = opened.iter_batches(
                    SAMPLE, row_groups=[file.numbers[group]], columns=[name], use_threads=False
                )
                found += next(batches).column(0).to_pylist()
        else:
            asked = {"skip_features": file.firsts[group], "max_features": SAMPLE, "read_geometry": False}
            with _unchanged(file, group), quietly():
                _, _, _, columns = raw.read(file.path, layer=file.layer, columns=[name], **asked)
            found += list(columns[0])
    # A whole number that stands among decimals is one.
    plain = (int(one) if isinstance(one, float) and one.is_integer() else one for one in found)
    return [str(value) for value in plain if value is not None and value == value]


def days(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Days or moments of Arrow as days; None for texts. A moment with a time zone is on the day it is in Việt Nam."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_null(kind) or pa.types.is_date32(kind):
        return column.cast(pa.date32())
    if not pa.types.is_temporal(kind):
        return None
    if getattr(kind, "tz", None):
        column = pc.local_timestamp(column.cast(pa.timestamp(kind.unit, "+07:00")))
    return column.cast(pa.date32(), safe=False)


def day_of(moment: str | None) -> date | None:
    """The day of a moment as GDAL writes it: with a zone (``+07:00``, ``Z``) that in Việt Nam, else as it stands."""
    with suppress(ValueError, OverflowError):
        found = datetime.fromisoformat(moment or "")
        return (found.astimezone(CLOCKS) if found.tzinfo else found).date()
    return None


def _days_of(moments: npt.NDArray[Any]) -> npt.NDArray[np.datetime64]:
    return np.array([day_of(moment) for moment in moments], dtype="datetime64[D]")


def spoken(crs: pyproj.CRS) -> str:
    """A CRS as ``EPSG:9215`` where an authority knows it, else as well-known text."""
    plain = crs.to_2d() if len(crs.axis_info) > 2 else crs
    named = plain.to_authority(min_confidence=100)
    return ":".join(named) if named else plain.to_wkt()


# --- GeoParquet ------------------------------------------------------------------------------------------------------


def _look_parquet(path: Path, stamp: tuple[int, int]) -> Stored:
    try:
        with parquet_file(path) as opened:
            schema, meta = opened.schema_arrow, opened.metadata
    except RunError:
        raise
    except Exception:  # noqa: BLE001 - pyarrow says what is broken in a dozen ways
        raise RegisterError("broken", file=shown(path.name)) from None
    faults: list[Trouble] = []
    geometry, crs, bounds = _geo(schema, faults)
    twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
    faults += [("one_name_twice", {"column": shown(name)}) for name in twice]
    groups = [meta.row_group(group) for group in range(meta.num_row_groups)]
    sizes = [group.num_rows for group in groups]
    starts, numbers = np.cumsum([0, *sizes]), tuple(number for number, size in enumerate(sizes) if size)
    most, largest = max(sizes, default=0), max((group.total_byte_size for group in groups), default=0)
    if most > MAX_ROWS or largest > MAX_BYTES:
        said = {"rows": most, "mb": largest >> 20, "limit": MAX_ROWS, "limit_mb": MAX_BYTES >> 20}
        faults.append(("large_groups", dict(said)))
    return Stored(
        path=path,
        layer=None,
        crs=crs,
        geometry=geometry,
        kinds={one.name: _arrow_kind(one.type) for one in schema if one.name != geometry},
        said={one.name: str(one.type) for one in schema if one.name != geometry},
        rows=meta.num_rows,
        firsts=tuple(int(starts[number]) for number in numbers),
        numbers=numbers,
        stamp=stamp,
        faults=tuple(faults),
        bounds=bounds,
    )


def _geo(schema: pa.Schema, faults: list[Trouble]) -> tuple[str, str | None, tuple[float, ...] | None]:
    """The geometry column, its CRS and its bounds, as the key ``geo`` says."""
    try:
        said = json.loads((schema.metadata or {})[b"geo"])
        geometry = said["primary_column"]
        column = said["columns"][geometry]
        known = isinstance(column, dict) and schema.get_field_index(geometry) >= 0
    except (KeyError, ValueError, TypeError, RecursionError):
        known = False
    if not known:
        faults.append(("not_geoparquet", {}))
        return "", None, None
    bounds = _box(column.get("bbox"))
    if column.get("encoding") != "WKB" or "binary" not in str(schema.field(geometry).type):
        faults.append(("encoding", {"found": shown(str(column.get("encoding")))}))
    if column.get("edges", "planar") != "planar":
        faults.append(("edges", {}))
    return geometry, _crs(column.get("crs", DEFAULT_CRS), faults), bounds


def _crs(said: Any, faults: list[Trouble]) -> str | None:
    """A CRS of the earth or of a map, as a file says it."""
    if said is None:
        faults.append(("no_crs", {}))
        return None
    try:
        found = pyproj.CRS.from_user_input(said)
    except (CRSError, TypeError, ValueError):
        found = None
    if found is None or not (found.is_geographic or found.is_projected):
        faults.append(("crs_unknown", {}))
        return None
    return spoken(found)


def _box(said: Any) -> tuple[float, ...] | None:
    """West, south, east, north of a box of two or three dimensions; None for anything else."""
    if not isinstance(said, list | tuple) or len(said) not in (4, 6):
        return None
    if not all(isinstance(one, int | float) and math.isfinite(one) for one in said):
        return None
    half = len(said) // 2
    return tuple(float(one) for one in (*said[:2], *said[half : half + 2]))


def _arrow_kind(kind: pa.DataType) -> str:
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return TEXT
    if types.is_integer(kind):
        return INTEGER
    if types.is_floating(kind) or types.is_decimal(kind):
        return NUMBER
    if types.is_date(kind) or types.is_timestamp(kind):
        return DATE
    return NOTHING if types.is_null(kind) else OTHER


@contextmanager
def parquet_file(path: Path, coded: Sequence[str] = ()) -> Iterator[pq.ParquetFile]:
    """A Parquet file, not mapped into memory: a mapped file that is cut short would end the process."""
    try:
        import pyarrow.parquet as pq
    except ImportError:
        raise missing_package("pyarrow") from None
    with pq.ParquetFile(path, memory_map=False, read_dictionary=list(coded), page_checksum_verification=True) as opened:
        yield opened


# --- GeoPackage ------------------------------------------------------------------------------------------------------


_ALONE = Lock()
_ARCS = {"OGR_ARC_STEPSIZE": "0.1"}
"""GDAL makes chords of arcs, each so many degrees: a circle loses θ²/6 of its area by them, half a millionth."""


@contextmanager
def quietly() -> Iterator[None]:
    """Without what GDAL has to remark about a file, which nobody could understand; by one thread at a time."""
    with _ALONE, warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        pyogrio.set_gdal_config_options(_ARCS)
        yield


def _look_geopackage(path: Path, stamp: tuple[int, int]) -> Stored:
    try:
        there = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
        if not there:
            raise RegisterError("no_layer", file=shown(path.name), there="—")
        infos = {name: pyogrio.read_info(path, layer=name) for name in there}
        chosen, info = next(iter(infos.items()))
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            quoted = chosen.replace('"', '""')
            (count,) = base.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()  # noqa: S608
    except (DataSourceError, DataLayerError, sqlite3.Error, UnicodeDecodeError):
        raise RegisterError("broken", file=shown(path.name)) from None
    faults: list[Trouble] = []
    systems = {name: one["crs"] for name, one in infos.items()}
    if len(systems) > 1:
        said = ", ".join(f"{shown(name)} ({shown(str(crs or '—'), 30)})" for name, crs in systems.items())
        faults.append(("several_layers" if len(set(systems.values())) == 1 else "mixed_crs", {"layers": said}))
    names = [str(name) for name in info["fields"]]
    return Stored(
        path=path,
        layer=chosen,
        crs=_crs(info["crs"], faults),
        geometry=info["geometry_name"],
        kinds={name: OGR_KINDS.get(kind, OTHER) for name, kind in zip(names, info["ogr_types"], strict=True)},
        said={name: kind.removeprefix("OFT") for name, kind in zip(names, info["ogr_types"], strict=True)},
        rows=count,
        firsts=tuple(range(0, count, WINDOW)),
        stamp=stamp,
        faults=tuple(faults),
        bounds=_box(info["total_bounds"]),
    )


# --- a file that changes ---------------------------------------------------------------------------------------------


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _identity(path: Path) -> tuple[str, int, int]:
    found = path.stat()
    return platform.node(), found.st_ino, found.st_ctime_ns


def _same_file(file: Stored) -> bool:
    here = _identity(file.path)
    elsewhere = file.identity is None or file.identity[0] != here[0]
    return _stamp(file.path) == file.stamp and (elsewhere or file.identity == here)


@contextmanager
def _unchanged(file: Stored, group: int) -> Iterator[None]:
    """Whatever goes wrong while a piece is read, said as what it is: the file has changed, or the piece is damaged."""
    failed: Exception | None = None
    try:
        yield
    except RunError:
        raise
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - pyarrow and GDAL say what is broken in a dozen ways
        failed = error
    try:
        same = _same_file(file)
    except OSError as error:
        raise RunError("unreadable", path=file.path, reason=why(error)) from None
    if not same:
        raise RegisterError("changed", file=shown(file.path.name))
    if failed is not None:
        first = file.firsts[group]
        last = file.firsts[group + 1] if group + 1 < len(file.firsts) else file.rows
        raise RegisterError("damaged", file=shown(file.path.name), first=first + 1, last=last)
