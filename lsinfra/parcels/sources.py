"""GIS files of parcels as others make them, read some rows at a time: their columns as Arrow, their shapes as WKB."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyogrio
import pyproj
from pyogrio import raw
from pyogrio.errors import CRSError as NoCrs
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj.exceptions import CRSError

from lsinfra.errors import RunError, missing_package, why
from lsinfra.intake.geometry import lettering
from lsinfra.numerals import shown
from lsinfra.parcels import stored
from lsinfra.parcels.stored import RegisterError
from lsinfra.text import Phrase

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 65_536
SAMPLE = 10_000
"""Rows of a shapefile by which the encoding of its letters is found out, and of any file that are looked at before it
is brought in."""
_DRIVERS = {
    ".gpkg": "GPKG",
    ".shp": "ESRI Shapefile",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".fgb": "FlatGeobuf",
}
_MENDED_HERE = ("no_crs", "crs_unknown", "large_groups")
"""Faults of a GeoParquet file as a register that do not keep it from being brought in."""
_PARQUET = (".parquet", ".geoparquet")
# GDAL goes by what a file begins with, whatever its name is, and some of its formats fetch what they name.
_BEGINNINGS = {
    "GPKG": re.compile(rb"SQLite format 3\0"),
    "ESRI Shapefile": re.compile(rb"\0\0\x27\x0a"),
    "GeoJSON": re.compile(rb"(?:\xef\xbb\xbf)?\s*\{"),
    "FlatGeobuf": re.compile(rb"fgb"),
}
# GDAL runs what such a file of JSON tells it to run, on any file or server it names.
_ORDERS = re.compile(rb'"type"\s*:\s*"gdal_')
# Where no schema holds them, letters are bytes: each of Latin-1 is one.
_BYTES = "ISO-8859-1"


@dataclass(frozen=True)
class Source:
    """A file that was looked at.

    Attributes
    ----------
    crs : str or None
        As the file says; None where it says nothing.
    rows : int
        As the file says; 0 where it does not.
    kinds : dict
        The kind of each column (``stored.TEXT`` …) by its name.
    encoding : str or None
        That of a shapefile's letters, as ``lettering`` names it; None where the format leaves no choice.
    names : dict
        The names as GDAL has them, by those in ``kinds``.
    """

    path: Path
    layer: str | None
    crs: str | None
    kinds: dict[str, str]
    rows: int
    encoding: str | None = None
    names: dict[str, str] = field(default_factory=dict)
    geometry: str = "geometry"

    @property
    def parquet(self) -> bool:
        return self.layer is None


def look(path: Path, layer: str | None = None) -> Source:
    """What a file holds, without its rows.

    Raises
    ------
    RunError
        It cannot be read; no such format or layer; several layers and none was named; pyarrow is missing.
    """
    try:
        import pyarrow as pa  # noqa: F401  (asked for before anything is read)
    except ImportError:
        raise missing_package("pyarrow") from None
    try:
        with path.open("rb") as stream:
            head = stream.read(1 << 16)
    except OSError as error:
        raise RunError("unreadable", path=path, reason=why(error)) from None
    ending = path.suffix.lower()
    if ending in _PARQUET or head[:4] == b"PAR1":
        return _look_parquet(path)
    driver = _DRIVERS.get(ending)
    if driver is None or _ORDERS.search(head):
        raise RegisterError("unknown_format", file=shown(path.name), known=" ".join((*_DRIVERS, *_PARQUET)))
    if not _BEGINNINGS[driver].match(head):
        raise RegisterError("broken", file=shown(path.name))
    try:
        with stored.quietly():
            there = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
            chosen = _chosen(path, there, layer)
            info = pyogrio.read_info(path, layer=chosen, encoding=_BYTES if ending == ".shp" else None)
    except (DataSourceError, DataLayerError, ValueError, UnicodeError):
        raise RegisterError("broken", file=shown(path.name)) from None
    except (UnboundLocalError, NoCrs):  # pyogrio's own slip where GDAL cannot write down the CRS that it read
        raise RegisterError("source_crs", file=shown(path.name)) from None
    if info["driver"] != driver:
        raise RegisterError("unknown_format", file=shown(path.name), known=" ".join((*_DRIVERS, *_PARQUET)))
    raw_names = [str(name) for name in info["fields"]]
    kinds = [stored.OGR_KINDS.get(kind, stored.OTHER) for kind in info["ogr_types"]]
    encoding = _encoding(path, raw_names) if ending == ".shp" else None
    names = [_decoded(name, encoding) if encoding else name for name in raw_names]
    return Source(
        path=path,
        layer=chosen,
        crs=_spoken(path, info["crs"]) if info["crs"] else None,
        kinds=dict(zip(names, kinds, strict=True)),
        rows=max(int(info["features"]), 0),
        encoding=encoding,
        names=dict(zip(names, raw_names, strict=True)),
    )


def batches(
    source: Source, names: Sequence[str], *, geometry: bool = True, rows: int | None = None
) -> Iterator[pa.Table]:
    """Some columns of a file, in that order, and ``geometry`` (WKB), ``BATCH`` rows at a time.

    Parameters
    ----------
    rows
        The first ones only; None for all.

    Raises
    ------
    RegisterError
        The file is damaged.
    """
    read = _parquet_batches if source.parquet else _ogr_batches
    left = rows
    try:
        for table in read(source, list(names), geometry=geometry):
            table.validate(full=True)  # letters that are no UTF-8, above all
            yield table if left is None else table.slice(0, left)
            left = None if left is None else left - table.num_rows
            if left is not None and left <= 0:
                return
    except (RunError, MemoryError, GeneratorExit):
        raise
    except Exception:  # noqa: BLE001 - pyarrow and GDAL say what is broken in a dozen ways
        raise RegisterError("broken", file=shown(source.path.name)) from None


def _chosen(path: Path, there: list[str], layer: str | None) -> str:
    said = ", ".join(map(shown, there)) or "—"
    if not there or (layer and layer not in there):
        raise RegisterError("no_layer", file=shown(path.name), there=said)
    if layer is None and len(there) > 1:
        raise RegisterError("which_layer", file=shown(path.name), there=said)
    return layer or there[0]


def _spoken(path: Path, crs: str) -> str:
    try:
        return stored.spoken(pyproj.CRS.from_user_input(crs))
    except CRSError:
        raise RegisterError("source_crs", file=shown(path.name)) from None


# --- GDAL ------------------------------------------------------------------------------------------------------------


def _ogr_batches(source: Source, names: list[str], *, geometry: bool) -> Iterator[pa.Table]:
    import pyarrow as pa

    raw_names = [source.names[name] for name in names]
    asked = {"layer": source.layer, "encoding": _BYTES if source.encoding else None}
    how = {"columns": raw_names, "read_geometry": geometry, "batch_size": BATCH, "use_pyarrow": True}
    how["datetime_as_string"] = True  # as numbers they have lost their zone, or have been given one
    with ExitStack() as stack:
        with stored.quietly():
            meta, reader = stack.enter_context(raw.open_arrow(source.path, **how, **asked))
        while (batch := _next(reader)) is not None:
            table = pa.Table.from_batches([batch])
            columns = {}
            for name, theirs in zip(names, raw_names, strict=True):
                read = _letters(table.column(theirs), source.encoding)
                columns[name] = _days_of(read) if source.kinds[name] == stored.DATE else read
            if geometry:
                columns["geometry"] = table.column(meta["geometry_name"] or "wkb_geometry")
            yield pa.table(columns) if columns else table.select([])


def _days_of(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Days, also of moments, which are texts here."""
    import pyarrow as pa

    if not pa.types.is_string(column.type):
        return column
    coded = column.combine_chunks().dictionary_encode()
    days = [stored.day_of(moment) for moment in coded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(days, pa.date32()).take(coded.indices)])


def straightened(source: Source, first: int, rows: int) -> npt.NDArray[np.object_]:
    """The WKB of some rows of a file that is not GeoParquet, chords instead of arcs, see ``stored.quietly``.

    Raises
    ------
    RegisterError
        The file is damaged, or no longer what it was.
    """
    asked: dict[str, Any] = {"layer": source.layer, "columns": [], "skip_features": first, "max_features": rows}
    try:
        with stored.quietly():
            _, _, wkb, _ = raw.read(source.path, **asked)
    except (DataSourceError, ValueError, RuntimeError):
        raise RegisterError("broken", file=shown(source.path.name)) from None
    if len(wkb) != rows:
        raise RegisterError("changed", file=shown(source.path.name))
    return np.asarray(wkb, dtype=object)


def _next(reader: pa.RecordBatchReader) -> pa.RecordBatch | None:
    with stored.quietly():
        return next(reader, None)


def _letters(column: pa.ChunkedArray, encoding: str | None) -> pa.ChunkedArray:
    """A column in plain types; a text whose bytes were taken for Latin-1 in its own letters."""
    import pyarrow as pa

    if isinstance(column.type, pa.BaseExtensionType):  # JSON
        column = pa.chunked_array([chunk.storage for chunk in column.chunks])
    if encoding is None or not pa.types.is_string(column.type):
        return column
    coded = column.combine_chunks().dictionary_encode()
    words = [_decoded(word, encoding) for word in coded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(words, pa.string()).take(coded.indices)])


def _encoding(path: Path, names: list[str]) -> str:
    """How the letters of a shapefile are to be read: as they make words of Vietnamese, else as its .cpg says."""
    with stored.quietly():
        _, _, _, columns = raw.read(path, encoding=_BYTES, read_geometry=False, max_features=SAMPLE)
    texts = {value for column in columns for value in column if isinstance(value, str)} | set(names)
    found = lettering.guess([text.encode("latin-1", "replace") for text in texts])
    if found is None:
        raise RegisterError("letters", file=shown(path.name))
    return found


def _decoded(text: str, encoding: str) -> str:
    raw_bytes = text.encode("latin-1", "replace")
    read = lettering.decode(raw_bytes, encoding)
    return raw_bytes.decode("utf-8", "replace") if read is None else read


# --- GeoParquet ------------------------------------------------------------------------------------------------------


def _look_parquet(path: Path) -> Source:
    try:
        found = stored.look(path)
    except RegisterError as error:
        if error.key != "not_a_register":
            raise
        raise RegisterError("not_parquet", file=shown(path.name)) from None
    for key, values in found.faults:
        if key not in _MENDED_HERE:
            raise RegisterError(
                "bad_parquet", file=shown(path.name), reason=Phrase(f"register.{key}", tuple(values.items()))
            )
    return Source(
        path,
        None,
        found.crs,
        found.kinds,
        found.rows,
        names={name: name for name in found.kinds},
        geometry=found.geometry,
    )


def _parquet_batches(source: Source, names: list[str], *, geometry: bool) -> Iterator[pa.Table]:
    import pyarrow as pa

    wanted = [*names, source.geometry] if geometry else names
    with stored.parquet_file(source.path) as file:
        for batch in file.iter_batches(BATCH, columns=wanted, use_threads=False):
            columns = {name: batch.column(name) for name in names}
            if geometry:
                columns["geometry"] = batch.column(source.geometry)
            yield pa.table(columns)
