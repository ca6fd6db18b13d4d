"""Parcels as the kernel reads them: codes instead of words, and rings of equal size side by side.

Most parcels are one ring without holes. Those are never made into geometry objects: their vertices are taken from the
bytes of the file, and rings with the same number of vertices are worked on together. Any other shape (holes, several
parts, heights) goes by way of shapely.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError

from lsinfra.alignments import RouteError
from lsinfra.numerals import shown
from lsinfra.parcels.model import HANDED_OVER, STAGES, Floats

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

NO_STAGE, NOT_A_STAGE = -1, -2
NO_PROJECT = -1
NO_DAY = np.iinfo(np.int64).min
"""Days since 1970-01-01 where no date is given; NaT, as an integer."""
_EPOCH, _DAYS = date(1970, 1, 1), np.iinfo(np.int64).max
REPAIRED_SHARE = 1e-6
"""A repair may change the area of a parcel by this share of it at most."""
_FLAT_M2 = 1e-9
"""A turn of two edges whose parallelogram is smaller than this is no turn to be sure of."""
_LITTLE_ENDIAN, _POLYGON, _HEAD = 1, 3, 13
WKB_COLLECTION = 7
"""Of the types of WKB; those beyond it are arcs and surfaces in space (ISO 13249-3)."""
_WKB_POINT, _WKB_LINES, _WKB_FACES = 1, (2, 8), (3, 17)
_WKB_TYPE, _WKB_SRID = 0x1FFFFFFF, 0x20000000  # what others than ISO put before the type, and that a CRS follows
_PLAIN_TYPES = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True, eq=False)
class Rings:
    """Rings with the same number of vertices, the first of which is also the last.

    Attributes
    ----------
    rows : array (k,)
        The parcel of each.
    x, y : array (vertices, k)
    """

    rows: Ints
    x: Floats
    y: Floats


@dataclass(frozen=True, eq=False)
class Land:
    """Some parcels, a row each.

    Attributes
    ----------
    crs : str
    projects : tuple of str
    project : array of int
        Place in ``projects``; ``NO_PROJECT``.
    stage : array of int
        Place in ``STAGES``; ``NO_STAGE``, or ``NOT_A_STAGE`` for a word that is none.
    day : array of int
        Days since 1970-01-01; ``NO_DAY``.
    name : callable
        Parcel id of a row, for a message.
    said : callable
        What the register says of the stage of a row, for a message.
    simple : tuple of Rings
        The parcels that are one ring, each once.
    odd_rows, odd : array
        The other rows, and their geometries as they are (None among them, and what is no polygon).
    """

    crs: str
    projects: tuple[str, ...]
    project: Ints
    stage: Ints
    day: Ints
    name: Callable[[int], str]
    said: Callable[[int], str | None]
    simple: tuple[Rings, ...]
    odd_rows: Ints
    odd: Shapes

    def __len__(self) -> int:
        return len(self.project)

    @classmethod
    def of(cls, parcels: GeoDataFrame) -> Land:
        """The parcels of a frame with the columns of a register; without a CRS it raises."""
        if parcels.crs is None:
            raise RouteError("crs_missing")
        import pandas as pd

        project, projects = _names(*pd.factorize(parcels["project"], use_na_sentinel=True))
        words, stages = pd.factorize(parcels["stage"], use_na_sentinel=True)
        dates = pd.to_datetime(parcels["stage_date"])
        if dates.dt.tz is not None:
            # A moment is a day in Viet Nam, as a register on the disk is read.
            dates = dates.dt.tz_convert("Asia/Ho_Chi_Minh").dt.tz_localize(None)
        days = dates.to_numpy().astype("datetime64[D]").astype(np.int64)
        ids, geometry = parcels["parcel_id"].array, parcels.geometry.to_numpy()
        simple, odd_rows, odd = _from_shapes(geometry)
        return cls(
            crs=parcels.crs.to_string(),
            projects=projects,
            project=project,
            stage=_stage_codes([str(word) for word in stages])[words],
            day=days,
            name=lambda row: _spelt(ids[row]) or "",
            said=lambda row: _spelt(parcels["stage"].iloc[row]),
            simple=simple,
            odd_rows=odd_rows,
            odd=odd,
        )

    @classmethod
    def from_arrow(cls, table: Any, columns: dict[str, str], crs: str) -> Land:
        """The same from a table of Arrow with WKB.

        Parameters
        ----------
        table : pyarrow.Table
        columns : dict
            Our names (those of a register and ``geometry``) and those of the table. ``parcel_id`` may be missing: then
            a message has no name for a parcel but its row.
        """
        import pyarrow as pa

        project, projects = _names(*_coded(table.column(columns["project"])))
        word, words = _coded(table.column(columns["stage"]))
        days = table.column(columns["stage_date"]).cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
        ids = table.column(columns["parcel_id"]) if columns.get("parcel_id") in table.column_names else None
        wkb = table.column(columns["geometry"]).combine_chunks()
        simple, odd_rows, odd = _from_wkb(wkb)
        return cls(
            crs=crs,
            projects=projects,
            project=project,
            stage=_stage_codes([str(name) for name in words])[word],
            day=days.fill_null(NO_DAY).to_numpy(),
            name=lambda row: f"#{row + 1}" if ids is None else _spelt(ids[row].as_py()) or "",
            said=lambda row: None if word[row] < 0 else str(words[word[row]]),
            simple=simple,
            odd_rows=odd_rows,
            odd=odd,
        )

    def to_crs(self, crs: str) -> Land:
        """The same parcels with their vertices in another CRS, with the datum step; itself where it is the same.

        Raises
        ------
        RouteError
            No exact way between the two is known.
        """
        step = transformer(self.crs, crs)
        if step is None:
            return replace(self, crs=crs)
        simple = []
        for rings in self.simple:
            x, y = step.transform(rings.x.ravel(), rings.y.ravel())
            simple.append(Rings(rings.rows, np.reshape(x, rings.x.shape), np.reshape(y, rings.y.shape)))
        odd = shapely.transform(self.odd, lambda xy: np.stack(step.transform(*xy.T), axis=-1))
        return replace(self, crs=crs, simple=tuple(simple), odd=odd)

    def known_on(self, day: date | None) -> Land:
        """The same parcels as known on a day: a stage dated later is not known then. None: as they are."""
        later = self.day > (_DAYS if day is None else (day - _EPOCH).days)
        unknown = later | (self.stage == NO_STAGE)
        stage, days = np.where(later, NO_STAGE, self.stage), np.where(unknown, NO_DAY, self.day)
        return replace(self, stage=stage, day=days)

    @property
    def handed_over(self) -> Flags:
        """Of every row, whether it is handed over: no other stage says so."""
        done: Flags = self.stage == STAGES.index(HANDED_OVER)
        return done

    @cached_property
    def area_m2(self) -> Floats:
        """Of every row, in the CRS as it is; 0 for what is no polygon."""
        areas = np.zeros(len(self))
        for rings in self.simple:
            # From the first vertex: coordinates of millions of metres would cost the last digits.
            x, y = rings.x - rings.x[0], rings.y - rings.y[0]
            areas[rings.rows] = np.abs((x[1:-1] * (y[2:] - y[:-2])).sum(axis=0)) / 2
        areas[self.odd_rows] = shapely.area(self.odd)
        return areas

    @cached_property
    def bounds(self) -> Floats:
        """West, south, east, north: an array (4, rows); NaN where there is no geometry."""
        bounds = np.full((4, len(self)), np.nan)
        for rings in self.simple:
            bounds[0, rings.rows], bounds[2, rings.rows] = rings.x.min(axis=0), rings.x.max(axis=0)
            bounds[1, rings.rows], bounds[3, rings.rows] = rings.y.min(axis=0), rings.y.max(axis=0)
        bounds[:, self.odd_rows] = shapely.bounds(self.odd).T
        return bounds

    def shapes(self, rows: Ints) -> Shapes:
        """The geometries of some rows."""
        # Where each row stands: in which set of rings (−1: among the odd ones), and at which place of it.
        which, place = self._places
        found = np.empty(len(rows), dtype=object)
        for number in range(-1, len(self.simple)):
            here = np.flatnonzero(which[rows] == number)
            if not len(here):
                continue
            at = place[rows[here]]
            if number < 0:
                found[here] = self.odd[at]
            else:
                rings = self.simple[number]
                found[here] = shapely.polygons(np.stack([rings.x[:, at].T, rings.y[:, at].T], axis=-1))
        return found

    @cached_property
    def _places(self) -> tuple[Ints, Ints]:
        which, place = np.full(len(self), -1), np.zeros(len(self), dtype=np.int64)
        for number, rings in enumerate(self.simple):
            which[rings.rows], place[rings.rows] = number, np.arange(len(rings.rows))
        place[self.odd_rows] = np.arange(len(self.odd_rows))
        return which, place

    def rings(self) -> Iterator[Rings]:
        """Every ring of every parcel, holes and parts too."""
        yield from self.simple
        yield from rings_of(self.odd, self.odd_rows)

    def with_shapes(self, rows: Ints, shapes: Shapes) -> Land:
        """The same parcels, some of them with another geometry."""
        if not len(rows):
            return self
        changed = np.zeros(len(self), dtype=bool)
        changed[rows] = True
        kept = [some for some in (picked(rings, ~changed[rings.rows]) for rings in self.simple) if len(some.rows)]
        stays = ~changed[self.odd_rows]
        odd_rows = np.concatenate([self.odd_rows[stays], rows])
        return replace(
            self, simple=tuple(kept), odd_rows=odd_rows, odd=np.concatenate([self.odd[stays], np.asarray(shapes)])
        )

    def surely_valid(self) -> Flags:
        """Rows that are valid at a glance: a ring that turns one way, once round. Of others nothing is said."""
        sure = np.zeros(len(self), dtype=bool)
        for rings in self.simple:
            with np.errstate(invalid="ignore"):  # a vertex that is nowhere makes no turn to be sure of
                dx, dy = np.diff(rings.x, axis=0), np.diff(rings.y, axis=0)
                dx, dy = np.concatenate([dx, dx[:1]]), np.concatenate([dy, dy[:1]])
                turn = dx[:-1] * dy[1:] - dy[:-1] * dx[1:]
            one_way = (turn > _FLAT_M2).all(axis=0) | (turn < -_FLAT_M2).all(axis=0)
            if len(dx) > 5:
                once = np.count_nonzero((dx[1:] > 0) != (dx[:-1] > 0), axis=0) <= 2
                one_way &= once & (dx != 0).all(axis=0)
            sure[rings.rows] = one_way
        return sure


@lru_cache(maxsize=64)
def transformer(crs: str, to: str) -> pyproj.Transformer | None:
    """From one CRS to another, x before y; None where they are the same.

    Raises
    ------
    RouteError
        One of them is unknown, or PROJ knows no exact operation between them.
    """
    pyproj.network.set_network_enabled(False)  # type: ignore[attr-defined]
    try:
        before, after = pyproj.CRS.from_user_input(crs), pyproj.CRS.from_user_input(to)
        if before.equals(after, ignore_axis_order=True):
            return None
        return pyproj.Transformer.from_crs(before, after, always_xy=True, allow_ballpark=False, only_best=True)
    except (CRSError, ProjError):
        raise RouteError("crs_unknown", found=shown(f"{crs} → {to}")) from None


@lru_cache(maxsize=64)
def projected(crs: str) -> bool:
    """Whether a CRS has metres or the like, not degrees."""
    try:
        return bool(pyproj.CRS.from_user_input(crs).is_projected)
    except CRSError:
        raise RouteError("crs_unknown", found=shown(crs)) from None


# --- from a file or a frame to codes and rings -----------------------------------------------------------------------


def _spelt(value: Any) -> str | None:
    import pandas as pd

    return None if pd.isna(value) else str(value)


def _names(places: npt.NDArray[Any], words: Iterable[object]) -> tuple[Ints, tuple[str, ...]]:
    """Names as the records write them (NFC, without blanks around), each once; −1 for none and for a blank one."""
    names = [unicodedata.normalize("NFC", str(word)).strip() for word in words]
    known = {name: place for place, name in enumerate(dict.fromkeys(filter(None, names)))}
    return np.array([*(known.get(name, NO_PROJECT) for name in names), NO_PROJECT])[places], tuple(known)


def _stage_codes(words: Sequence[str]) -> Ints:
    """The code of each word, and at the end (the place of −1) that of none."""
    known = {stage: code for code, stage in enumerate(STAGES)}
    return np.array([*(known.get(word, NOT_A_STAGE) for word in words), NO_STAGE], dtype=np.int64)


def _coded(column: Any) -> tuple[Ints, list[object]]:
    """A column of words as places in a list; −1 where there is none."""
    import pyarrow as pa

    coded = column.combine_chunks()
    if isinstance(coded, pa.ChunkedArray):  # more than 2 GB of text
        coded = pa.concat_arrays(coded.chunks)
    if not pa.types.is_dictionary(coded.type):
        coded = coded.dictionary_encode()
    places = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return places, coded.dictionary.to_pylist()


def _from_wkb(wkb: Any) -> tuple[tuple[Rings, ...], Ints, Shapes]:
    """Rings straight from the bytes where they are a 2D polygon of one ring; the others by way of shapely."""
    import pyarrow as pa

    if isinstance(wkb, pa.ChunkedArray):
        wkb = wkb.combine_chunks()
    if isinstance(wkb, pa.ExtensionArray):
        wkb = wkb.storage
    if pa.types.is_dictionary(wkb.type):
        wkb = wkb.dictionary_decode()
    if not pa.types.is_binary(wkb.type) and not pa.types.is_large_binary(wkb.type):
        # Of a fixed size, or as views: as bytes one after the other.
        wkb = wkb.cast(pa.binary())
    wide = pa.types.is_large_binary(wkb.type)
    _, offsets, data = wkb.buffers()
    ends = np.frombuffer(offsets, np.int64 if wide else np.int32)[wkb.offset : wkb.offset + len(wkb) + 1].astype(
        np.int64
    )
    raw = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    starts, sizes = ends[:-1], np.diff(ends)
    simple = sizes >= _HEAD
    if wkb.null_count:
        simple &= wkb.is_valid().to_numpy(zero_copy_only=False)
    head = np.zeros((len(wkb), _HEAD), np.uint8)
    head[simple] = _windows(raw, starts[simple], _HEAD)
    kind, rings, vertices = (head[:, at : at + 4].copy().view("<u4")[:, 0] for at in (1, 5, 9))
    simple &= (head[:, 0] == _LITTLE_ENDIAN) & (kind == _POLYGON) & (rings == 1) & (vertices > 3)
    simple &= sizes == _HEAD + 16 * vertices.astype(np.int64)
    found = []
    for size in np.unique(vertices[simple]):
        rows = np.flatnonzero(simple & (vertices == size))
        bytes_ = _windows(raw, starts[rows] + _HEAD, 16 * int(size))
        xy = bytes_.view("<f8").reshape(len(rows), int(size), 2)
        found.append(Rings(rows, np.ascontiguousarray(xy[:, :, 0].T), np.ascontiguousarray(xy[:, :, 1].T)))
    kept, unclosed = _closed(found)
    odd = np.union1d(np.flatnonzero(~simple), unclosed)
    taken = wkb.take(pa.array(odd)) if len(odd) else wkb[:0]
    return kept, odd, decoded(np.array(taken.to_pylist(), dtype=object))


def decoded(wkb: Shapes) -> Shapes:
    """Geometries of their bytes; None for bytes that are none.

    For a collection, and for arcs and surfaces in space, which shapely cannot measure, stands its first vertex: no area
    either, but at its place.
    """
    try:
        shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    except NotImplementedError:
        shapes = np.array([_alone(one) for one in wkb], dtype=object)
    shapes = np.asarray(shapes, dtype=object)
    kind = shapely.get_type_id(shapes)
    for row in np.flatnonzero((kind == shapely.GeometryType.GEOMETRYCOLLECTION) | (kind < 0)):
        if wkb[row] is not None and wkb_kind(wkb[row]) >= WKB_COLLECTION:
            shapes[row] = _first_vertex(wkb[row])
    return shapes


def wkb_kind(wkb: bytes) -> int:
    """The type of a geometry by its bytes, without its dimensions; 0 where there is none."""
    if len(wkb) < 5:
        return 0
    return (int.from_bytes(wkb[1:5], "little" if wkb[0] == _LITTLE_ENDIAN else "big") & _WKB_TYPE) % 1000


def _alone(wkb: bytes | None) -> shapely.Geometry | None:
    try:
        return shapely.from_wkb(wkb, on_invalid="ignore")
    except NotImplementedError:
        return None


def _first_vertex(wkb: bytes) -> shapely.Point | None:
    at = 0
    try:
        while True:  # from the whole to its first part
            order = "<" if wkb[at] == _LITTLE_ENDIAN else ">"
            (said,) = struct.unpack_from(f"{order}I", wkb, at + 1)
            kind = (said & _WKB_TYPE) % 1000
            at += 9 if said & _WKB_SRID else 5
            at += {_WKB_POINT: 0, **dict.fromkeys(_WKB_FACES, 8)}.get(kind, 4)
            if kind in (_WKB_POINT, *_WKB_LINES, *_WKB_FACES):
                xy = struct.unpack_from(f"{order}2d", wkb, at)
                return shapely.Point(xy) if np.isfinite(xy).all() else None
    except (struct.error, IndexError):
        return None


def _windows(raw: npt.NDArray[np.uint8], starts: Ints, size: int) -> npt.NDArray[np.uint8]:
    """So many bytes from each of these places, as rows of an array of their own."""
    if not len(starts):
        return np.zeros((0, size), np.uint8)
    return np.lib.stride_tricks.sliding_window_view(raw, size)[starts]


def _from_shapes(geometry: Shapes) -> tuple[tuple[Rings, ...], Ints, Shapes]:
    geometry = np.asarray(geometry, dtype=object)
    simple = shapely.get_type_id(geometry) == shapely.GeometryType.POLYGON
    sizes = shapely.get_num_coordinates(geometry)
    simple &= (shapely.get_num_interior_rings(geometry) == 0) & (sizes > 0)
    rows = np.flatnonzero(simple)
    kept, unclosed = _closed(list(_alike(geometry[rows], sizes[rows], rows)))
    odd = np.union1d(np.flatnonzero(~simple), unclosed)
    return kept, odd, geometry[odd]


def _alike(shapes: Shapes, sizes: npt.NDArray[np.integer[Any]], rows: Ints) -> Iterator[Rings]:
    """Polygons of one ring, or rings, sorted by their numbers of vertices, which are given."""
    xy, first = shapely.get_coordinates(shapes), np.cumsum(sizes) - sizes
    if len(sizes) and (sizes == sizes[0]).all():
        x, y = (np.ascontiguousarray(values.reshape(len(sizes), -1).T) for values in xy.T)
        yield Rings(rows, x, y)
        return
    for size in np.unique(sizes):
        here = np.flatnonzero(sizes == size)
        at = first[here] + np.arange(size)[:, None]
        yield Rings(rows[here], xy[at, 0], xy[at, 1])


def rings_of(shapes: Shapes, rows: Ints) -> Iterator[Rings]:
    """Every ring of every polygon among some geometries, holes and parts too, with the row that each shape is of."""
    polygons = np.isin(shapely.get_type_id(shapes), _PLAIN_TYPES)
    parts, of = shapely.get_parts(shapes[polygons], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    yield from _alike(rings, shapely.get_num_coordinates(rings), rows[polygons][of[part]])


def picked(rings: Rings, which: Flags) -> Rings:
    """Some of the rings; themselves where that is all."""
    return rings if which.all() else Rings(rings.rows[which], rings.x[:, which], rings.y[:, which])


def _closed(found: list[Rings]) -> tuple[tuple[Rings, ...], Ints]:
    """Rings whose last vertex is the first and whose numbers are numbers; and the rows of the others."""
    kept, others = [], [np.zeros(0, dtype=np.int64)]
    for rings in found:
        good = (rings.x[0] == rings.x[-1]) & (rings.y[0] == rings.y[-1])
        good &= np.isfinite(rings.x).all(axis=0) & np.isfinite(rings.y).all(axis=0)
        if good.all():
            kept.append(rings)
            continue
        others.append(rings.rows[~good])
        kept.append(Rings(rings.rows[good], rings.x[:, good], rings.y[:, good]))
    return tuple(rings for rings in kept if len(rings.rows)), np.concatenate(others)
