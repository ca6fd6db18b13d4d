"""Parcels of a GIS file into a register: our columns under our names, stages as codes, sorted by project.

Whatever cannot be understood for certain is refused, all of it at once: a word that is no stage, a day that could be
two days. A shape that cannot be measured is taken along as it is and counted: ``parcels check`` says which it is, and
no figure is made of a register that has one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError

from lsinfra import files
from lsinfra.errors import Fault, InputError, RunError, why
from lsinfra.fields import hint
from lsinfra.numerals import shown
from lsinfra.parcels import geoparquet, personal, sources
from lsinfra.parcels.geoparquet import Extent
from lsinfra.parcels.kernel import in_another_crs, mended_land
from lsinfra.parcels.land import WKB_COLLECTION, Land, decoded, wkb_kind
from lsinfra.parcels.meanings import Meanings, Noted
from lsinfra.parcels.metric import crs_name
from lsinfra.parcels.register import COLUMNS, NAMES, OPTIONAL, in_words, meaning
from lsinfra.parcels.sorting import sorted_by
from lsinfra.parcels.sources import Source
from lsinfra.parcels.stored import DATE, INTEGER, NUMBER, TEXT, spoken
from lsinfra.phrases import Numeral
from lsinfra.text import Lang, say

if TYPE_CHECKING:
    import pyarrow as pa

OURS = (*COLUMNS, *OPTIONAL)
_KINDS = {
    "parcel_id": (TEXT, INTEGER, NUMBER),
    "project": (TEXT, INTEGER),
    "stage": (TEXT, INTEGER),
    "stage_date": (DATE, TEXT),
    "households": (INTEGER, NUMBER, TEXT),
    "land_class": (TEXT, INTEGER),
}
_MAY_BE_EMPTY = ("stage", "stage_date", *OPTIONAL)
_SHAPES = ("empty", "not_polygon", "invalid")
# The first bytes of a shape as it is written here: little-endian, Polygon or MultiPolygon without heights.
_PLAIN = {shapely.GeometryType.POLYGON: b"\x01\x03\0\0\0", shapely.GeometryType.MULTIPOLYGON: b"\x01\x06\0\0\0"}
_NAMES = {b"\x01\x03\0\0\0": "Polygon", b"\x01\x06\0\0\0": "MultiPolygon"}


@dataclass(frozen=True)
class Asked:
    """What a person says of a file.

    Attributes
    ----------
    project : str or None
        That of all its parcels; None where a column says it.
    columns : sequence of str
        ``OUR=THEIRS``; nothing after the sign: there is no such column, and nothing is known (stage, its date).
    stages : sequence of str
        ``WORDS=CODE``; nothing after the sign: no stage is known.
    layer, crs : str or None
        None: the only one; what the file says.
    leave_out_personal : bool
        Columns that look like personal data are left out, instead of the file refused.
    allow : sequence of str
        Columns that look like it and are none.
    """

    project: str | None = None
    columns: Sequence[str] = ()
    stages: Sequence[str] = ()
    layer: str | None = None
    crs: str | None = None
    leave_out_personal: bool = False
    allow: Sequence[str] = ()


@dataclass(frozen=True)
class Brought:
    """What was written.

    Attributes
    ----------
    columns : dict
        Our columns and those of the file that they were made of.
    left_out : tuple of str
        The other columns of the file; those of personal data are counted in ``personal`` and named nowhere else.
    shapes : dict
        Parcels whose shape cannot be measured, by the code of ``model.Faulty``.
    undated : int
        Parcels that have a stage and no date of it.
    overruled : str or None
        The CRS that the file says, where another one was asked for.
    """

    path: Path
    rows: int
    projects: int
    crs: str
    columns: dict[str, str]
    left_out: tuple[str, ...]
    personal: tuple[str, ...]
    repaired: int
    flattened: int
    straightened: int
    shapes: dict[str, int]
    undated: int
    overruled: str | None
    encoding: str | None

    def write(self, lang: Lang) -> str:
        """A line for each thing a person should know."""

        def line(key: str, **values: object) -> str:
            return say(lang, f"register.brought.{key}", **values)

        lines = [
            line(
                "rows", path=self.path, rows=Numeral(self.rows), projects=Numeral(self.projects), crs=crs_name(self.crs)
            )
        ]
        lines.append(
            line("columns", columns=", ".join(f"{ours} = {shown(name)}" for ours, name in self.columns.items()))
        )
        if self.encoding:
            lines.append(line("encoding", encoding=self.encoding))
        if self.overruled:
            lines.append(line("overruled", said=crs_name(self.overruled), crs=crs_name(self.crs)))
        for key, names in (("left_out", self.left_out), ("personal", self.personal)):
            if names:
                lines.append(line(key, columns=", ".join(map(shown, names))))
        counts = {key: getattr(self, key) for key in ("repaired", "flattened", "straightened")}
        lines += [line(key, count=Numeral(count)) for key, count in counts.items() if count]
        lines += [
            line(f"shape_{code}", count=Numeral(count), path=self.path) for code, count in self.shapes.items() if count
        ]
        if self.undated:
            lines.append(line("undated", count=Numeral(self.undated), path=self.path))
        lines.append(line("not_looked_for", path=self.path))
        return "\n".join(lines)


def bring(file: Path, out: Path, asked: Asked, told: Callable[[int, int], object] = lambda done, of: None) -> Brought:  # noqa: ARG005
    """Write the parcels of a file as a register.

    Parameters
    ----------
    file
        GeoPackage, Shapefile, GeoJSON, FlatGeobuf or GeoParquet.
    out
        GeoParquet; written beside and swapped in when it is whole.
    told
        Told how many rows have been read, and of how many.

    Raises
    ------
    InputError
        Every fault: columns that are missing, twice there or personal; words that are no stage; days that are none.
    RunError
        The file cannot be read, or the register cannot be written.
    """
    source = sources.look(file, asked.layer)
    plan = _plan(source, asked)
    seen = _Seen(plan)
    if not out.parent.is_dir():
        raise RunError("no_folder", path=out, folder=out.parent)
    try:
        with sorted_by(seen.tables(told), "project", out.parent) as tables, files.replacing(out) as part:
            if faults := [*seen.faults()]:
                raise InputError(faults)
            projects = _Counted(tables)
            rows = geoparquet.write(part, seen.schema, projects, plan.crs, seen.extent)
    except OSError as error:
        raise RunError("unwritable", path=out, reason=why(error)) from None
    said = {name: theirs for name, theirs in plan.columns.items() if theirs is not None}
    return Brought(
        path=out,
        rows=rows,
        projects=projects.count,
        crs=plan.crs,
        columns=said,
        left_out=tuple(name for name in source.kinds if name not in said.values() and name not in plan.personal),
        personal=plan.personal,
        repaired=seen.repaired,
        flattened=seen.flattened,
        straightened=seen.straightened,
        shapes=seen.shapes,
        undated=seen.undated,
        overruled=source.crs if asked.crs and source.crs and source.crs != plan.crs else None,
        encoding=source.encoding if source.encoding not in (None, "utf-8") else None,
    )


# --- what is to be done ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Plan:
    """``columns``: ours and theirs, None where nothing is known; ``personal``: columns that are left out as such."""

    source: Source
    columns: dict[str, str | None]
    meanings: Meanings
    crs: str
    personal: tuple[str, ...]
    allow: tuple[str, ...]
    project: str | None


def _plan(source: Source, asked: Asked) -> _Plan:
    """What is to be done, or everything that is in the way of it."""
    where = shown(source.path.name)
    if source.parquet and not source.rows:  # its columns are of no kind
        raise InputError([Fault(where, "", "register.empty")])
    faults: list[Fault] = []

    def fault(key: str, **values: object) -> None:
        faults.append(Fault(where, "", f"register.{key}", values))

    columns = _columns(source, asked, fault)
    meanings = Meanings.of(asked.stages, fault)
    crs = _crs(source, asked, fault)
    suspects = dict(_suspects(source, asked.allow))
    for name, kind in suspects.items():
        ours = next((ours for ours, theirs in columns.items() if theirs == name), None)
        if ours is not None:
            fault("personal_within", column=shown(name), kind=in_words(kind), ours=ours)
        elif not asked.leave_out_personal:
            fault("personal_import", column=shown(name), kind=in_words(kind))
    if faults:
        raise InputError(faults)
    return _Plan(source, columns, meanings, crs or "", tuple(suspects), tuple(asked.allow), asked.project)


def _columns(source: Source, asked: Asked, fault: Callable[..., None]) -> dict[str, str | None]:
    """Which of the file's columns is which of ours."""
    there = ", ".join(map(shown, source.kinds)) or "—"
    columns: dict[str, str | None] = {}
    for text in asked.columns:
        ours, sign, named = (part.strip() for part in text.partition("="))
        may_be_empty = ours in _MAY_BE_EMPTY or (ours == "project" and asked.project is not None)
        if not sign or ours not in OURS or not (named or may_be_empty):
            fault("bad_column", found=shown(text), known=", ".join(OURS))
            continue
        if named and named not in source.kinds:
            fault("no_column", found=shown(named), hint=hint(named, list(source.kinds)), there=there)
        columns[ours] = named if named in source.kinds else None
    meant: dict[str, list[str]] = {}
    for name in source.kinds:
        means = meaning(name)
        if means and means not in columns and name not in columns.values():
            meant.setdefault(means, []).append(name)
    for ours in OURS:
        names = meant.get(ours, [])
        if len(names) > 1:
            fault("two_columns", column=ours, first=shown(names[0]), second=shown(names[1]))
        elif names:
            columns[ours] = names[0]
        elif ours in COLUMNS and ours not in columns and not (ours == "project" and asked.project):
            key = "missing_import_empty" if ours in _MAY_BE_EMPTY else "missing_import"
            fault(key, column=ours, names=", ".join(NAMES[ours]), there=there)
        taken = columns.get(ours)
        if taken and source.kinds[taken] not in _KINDS[ours]:
            fault("kind_import", column=ours, found=shown(taken))
    if asked.project and columns.get("project"):
        fault("two_projects", column=shown(columns["project"] or ""))
    return {ours: columns[ours] for ours in OURS if ours in columns}


def _crs(source: Source, asked: Asked, fault: Callable[..., None]) -> str | None:
    if asked.crs is None and source.crs is None:
        fault("source_no_crs")
        return None
    try:
        crs = pyproj.CRS.from_user_input(asked.crs or source.crs)
    except CRSError:
        fault("crs_no_such", found=shown(asked.crs or ""))
        return None
    if not (crs.is_projected or crs.is_geographic):
        fault("crs_no_such", found=shown(asked.crs or source.crs or ""))
        return None
    return spoken(crs)


def _suspects(source: Source, allow: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Columns that look like personal data by their names, or by their first rows."""
    names = [name for name in source.kinds if name not in allow]
    found = {name: kind for name in names if (kind := personal.by_name(name))}
    looked = [name for name in names if name not in found and source.kinds[name] in (TEXT, INTEGER, NUMBER)]
    contents = {name: personal.Contents(whole_numbers=source.kinds[name] != TEXT) for name in looked}
    for table in sources.batches(source, looked, geometry=False, rows=sources.SAMPLE) if looked else ():
        for name in looked:
            contents[name].see(_plain(table.column(name)))
    for name in names:
        kind = found.get(name) or (contents[name].kind() if name in contents else None)
        if kind:
            yield name, kind


def _plain(column: pa.ChunkedArray) -> Iterator[str]:
    """The different values of a column as texts, whole numbers as such."""
    for value in column.unique().to_pylist():
        if value is not None and value == value:
            yield str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


# --- doing it --------------------------------------------------------------------------------------------------------


class _Counted:
    """Tables that are counted by their project while they pass."""

    def __init__(self, tables: Iterable[pa.Table]) -> None:
        self.tables, self.count = tables, 0

    def __iter__(self) -> Iterator[pa.Table]:
        last = None
        for table in self.tables:
            project = table.column("project")[0].as_py()
            self.count += project != last
            last = project
            yield table


@dataclass
class _Seen:
    """What is found out of a file while it is read: all that its register's head says, and every fault."""

    plan: _Plan
    rows: int = 0
    repaired: int = 0
    flattened: int = 0
    straightened: int = 0
    bent: Noted = field(default_factory=Noted)
    extent: Extent = field(default_factory=Extent)
    shapes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_SHAPES, 0))
    missing: dict[str, list[int]] = field(default_factory=dict)
    undated: int = 0
    elsewhere: int = 0
    contents: dict[str, personal.Contents] = field(default_factory=dict)

    @property
    def schema(self) -> pa.Schema:
        import pyarrow as pa

        kinds = {"stage_date": pa.date32(), "households": pa.int64()}
        names = [*COLUMNS, *(name for name in OPTIONAL if self.plan.columns.get(name))]
        return pa.schema([*((name, kinds.get(name, pa.string())) for name in names), ("geometry", pa.binary())])

    def tables(self, told: Callable[[int, int], object]) -> Iterator[pa.Table]:
        """The rows of the file under our names, in the file's order."""
        theirs = list(dict.fromkeys(name for name in self.plan.columns.values() if name))
        for table in sources.batches(self.plan.source, theirs):
            yield self._ours(table)
            self.rows += table.num_rows
            told(self.rows, max(self.rows, self.plan.source.rows))

    def faults(self) -> Iterator[Fault]:
        """What is wrong with the rows that were read."""
        where = shown(self.plan.source.path.name)
        columns = self.plan.columns
        for ours, contents in self.contents.items():
            if kind := contents.kind():
                said = {"column": shown(columns[ours] or ""), "kind": in_words(kind), "ours": ours}
                yield Fault(where, "", "register.personal_within", said)
        for ours, rows in self.missing.items():
            first = ", ".join(map(str, rows[1:])) + (", …" if rows[0] > len(rows) - 1 else "")
            said = {"column": ours, "count": Numeral(rows[0]), "rows": first}
            yield Fault(where, "", "register.missing_values", said)
        if self.bent.count:
            yield Fault(where, "", "register.bent", self.bent.said("geometry"))
        if self.elsewhere:
            key = "register.degrees" if pyproj.CRS(self.plan.crs).is_projected else "register.metres"
            yield Fault(where, "", key, {"count": Numeral(self.elsewhere), "crs": crs_name(self.plan.crs)})
        yield from (Fault(where, "", f"register.{key}", values) for key, values in self.plan.meanings.faults())
        if not self.rows:
            yield Fault(where, "", "register.empty")
        elif self.rows == self.shapes["not_polygon"] + self.shapes["empty"]:
            yield Fault(where, "", "register.no_areas")

    def _ours(self, table: pa.Table) -> pa.Table:
        import pyarrow as pa
        import pyarrow.compute as pc

        made: dict[str, Any] = {}
        for name in self.schema.names[:-1]:
            theirs = self.plan.columns.get(name)
            values = table.column(theirs) if theirs else None
            made[name] = self._column(name, values, table.num_rows)
        self.undated += pc.sum(pc.and_(made["stage"].is_valid(), made["stage_date"].is_null())).as_py() or 0
        made["geometry"] = self._geometry(table.column("geometry"), made)
        return pa.table(made, schema=self.schema)

    def _column(self, name: str, values: pa.ChunkedArray | None, count: int) -> pa.Array:
        import pyarrow as pa

        if values is None:
            return pa.array([self.plan.project if name == "project" else None] * count, self.schema.field(name).type)
        found = self.plan.meanings.read(name, values, self.rows)
        if name in ("parcel_id", "project", "land_class") and self.plan.columns[name] not in self.plan.allow:
            self.contents.setdefault(name, personal.Contents()).look(found)
        if name in ("parcel_id", "project") and found.null_count:
            gone = np.flatnonzero(found.is_null().to_numpy(zero_copy_only=False))
            kept = self.missing.setdefault(name, [0])
            kept[0] += len(gone)
            kept += [int(row) + self.rows + 1 for row in gone[: 6 - len(kept)]]
        return found

    def _geometry(self, wkb: pa.ChunkedArray, columns: Mapping[str, pa.Array]) -> pa.Array:
        """Shapes as they are written: two-dimensional, mended where that changes nothing."""
        import pyarrow as pa
        import pyarrow.compute as pc

        shapes = wkb.combine_chunks().cast(pa.binary())
        plain = pc.is_in(pc.binary_slice(shapes, 0, 5), pa.array(_PLAIN.values(), pa.binary()))
        other = np.flatnonzero(~plain.to_numpy(zero_copy_only=False) & shapes.is_valid().to_numpy(zero_copy_only=False))
        if len(other):
            found = self._straight(shapes.take(pa.array(other)).to_pylist(), other, len(shapes))
            shapes = self._replaced(shapes, other, self._flattened(found))
        named = {**columns, "geometry": shapes}
        ours = {name: name for name in (*COLUMNS, "geometry")}
        land = Land.from_arrow(pa.table({name: named[name] for name in ours}), ours, self.plan.crs)
        mended_in, mended, faults = mended_land(land, np.ones(len(land), dtype=bool))
        rows = np.flatnonzero(mended)
        if len(rows):
            shapes = self._replaced(shapes, rows, list(shapely.to_wkb(mended_in.shapes(rows), byte_order=1)))
        self.repaired += len(rows)
        for code in _SHAPES:
            self.shapes[code] += int(np.count_nonzero(faults[code]))
        heads = pc.unique(pc.binary_slice(shapes, 0, 5)).to_pylist()
        self.extent.see(land.bounds, (_NAMES[head] for head in heads if head in _NAMES))
        self.elsewhere += int(np.count_nonzero(in_another_crs(land)))
        return shapes

    def _straight(self, found: list[bytes], rows: np.ndarray, count: int) -> list[bytes]:
        """Shapes without arcs, where GDAL can read the file; ``rows``: theirs among the ``count`` of this piece."""
        bent = [place for place, wkb in enumerate(found) if wkb_kind(wkb) > WKB_COLLECTION]
        if bent and not self.plan.source.parquet:
            again = sources.straightened(self.plan.source, self.rows, count)
            for place in bent:
                found[place] = again[rows[place]] or found[place]
        left = [place for place in bent if wkb_kind(found[place]) > WKB_COLLECTION]
        self.straightened += len(bent) - len(left)
        self.bent.add(rows[left] + self.rows + 1)
        return found

    def _flattened(self, found: list[bytes]) -> list[bytes]:
        """Areas in the plane; anything else as it is."""
        shapes = decoded(np.array(found, dtype=object))
        areas = np.isin(shapely.get_type_id(shapes), list(_PLAIN))
        high = areas & (shapely.has_z(shapes) | shapely.has_m(shapes))
        self.flattened += int(np.count_nonzero(high))
        written = shapely.to_wkb(shapely.force_2d(shapes), output_dimension=2, byte_order=1, include_srid=False)
        return [now if area else was for was, now, area in zip(found, written, areas, strict=True)]

    @staticmethod
    def _replaced(shapes: pa.Array, rows: np.ndarray, by: list[bytes]) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        which = np.zeros(len(shapes), dtype=bool)
        which[rows] = True
        return pc.replace_with_mask(shapes, pa.array(which), pa.array(by, pa.binary()))
