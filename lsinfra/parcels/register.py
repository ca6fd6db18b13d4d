"""A register on the disk: its columns, its CRS, no personal data, read piece by piece.

A register is a GeoParquet file (WKB) or a layer of a GeoPackage, a parcel a row. Its columns may be named in English
or Vietnamese, see ``NAMES``; capitals, accents, blanks, hyphens and underscores make no difference. ``importing`` makes
one of any other file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from lsinfra.errors import Fault, InputError
from lsinfra.numerals import shown
from lsinfra.parcels import personal, stored
from lsinfra.parcels.land import Land
from lsinfra.parcels.stored import DATE, INTEGER, NOTHING, NUMBER, TEXT, Stored
from lsinfra.text import Word

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("parcel_id", "project", "stage", "stage_date")
OPTIONAL = ("households", "land_class")
NAMES: Mapping[str, tuple[str, ...]] = {
    "parcel_id": ("parcel_id", "parcel", "id_parcel", "id", "ma_thua", "ma_thua_dat", "thua", "thua_dat", "id_thua"),
    "project": ("project", "project_id", "id_project", "du_an", "ma_du_an", "id_du_an"),
    "stage": ("stage", "clearance_stage", "status", "giai_doan", "trang_thai", "tinh_trang"),
    "stage_date": ("stage_date", "date", "date_of_stage", "ngay", "ngay_giai_doan", "ngay_trang_thai"),
    "households": ("households", "household_count", "so_ho", "so_ho_dan"),
    "land_class": ("land_class", "land_use", "loai_dat", "ma_loai_dat", "muc_dich_su_dung", "mdsd"),
}
"""The names that each column of a register may have, as ``personal.plain`` makes them alike."""
_KINDS = {
    "parcel_id": (TEXT, INTEGER),
    "project": (TEXT, INTEGER),
    "stage": (TEXT,),
    "stage_date": (DATE, TEXT),
    "households": (INTEGER, NUMBER),
    "land_class": (TEXT, INTEGER),
}
_MEANINGS = {re.sub("_", "", name): ours for ours, names in NAMES.items() for name in names}
_CODED = ("project", "stage")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Register:
    """A register that was opened and whose columns are in order. Picklable: a worker opens the file itself.

    Attributes
    ----------
    crs : str
        ``EPSG:9215``; well-known text where no authority knows it.
    groups : int
        Pieces it is read in: row groups of a Parquet file, windows of rows of a GeoPackage.
    columns : dict
        Our names and those of the file: ``{"parcel_id": "ma_thua", "geometry": "geom", …}``.
    """

    path: Path
    crs: str
    rows: int
    groups: int
    columns: dict[str, str]
    file: Stored

    def land(self, group: int) -> Land:
        """One piece for the kernel: only the columns that it needs, in the CRS of the register.

        Raises
        ------
        RegisterError
            This piece cannot be read, or the file is no longer the one that was opened.
        """
        if not self.file.parquet:
            return Land.of(self._piece(group, COLUMNS))
        ours = {name: name for name in (*COLUMNS, "geometry")}
        return Land.from_arrow(self._table(group, COLUMNS), ours, self.crs)

    def frame(self, groups: Sequence[int] | None = None, projects: Sequence[str] | None = None) -> GeoDataFrame:
        """Some pieces (all) with every column of ours that the file has.

        Parameters
        ----------
        projects : sequence of str, optional
            Only the parcels of these.

        Returns
        -------
        GeoDataFrame
            ``parcel_id``, ``project``, ``stage`` (str; a text of blanks is none), ``stage_date`` (datetime64[s]; NaT
            also where a text is no day such as 2024-10-31), ``households`` (float, as the file has it), ``land_class``,
            geometry: what the file has, unmended; None where it cannot be decoded. Index: the number of the row in the
            file, from 0.
        """
        among = range(self.groups) if groups is None else groups
        found = [
            piece if projects is None else piece[piece["project"].isin(list(projects))]
            for group in among
            if projects is None or self._has(group, projects)
            for piece in [self._piece(group, self._ours)]
        ]
        if not found:
            return self._piece(0, self._ours).iloc[:0]
        return pd.concat(found) if len(found) > 1 else found[0]

    def frames(self) -> Iterator[GeoDataFrame]:
        """Piece by piece, as ``frame`` gives them."""
        return (self._piece(group, self._ours) for group in range(self.groups))

    @property
    def _ours(self) -> tuple[str, ...]:
        return tuple(name for name in self.columns if name != "geometry")

    def _has(self, group: int, projects: Sequence[str]) -> bool:
        """Whether a piece has a parcel of these projects: found out without reading its geometry."""
        ends = stored.extremes(self.file, group, self.columns["project"])
        if ends and not any(ends[0] <= project <= ends[1] for project in projects):
            return False
        if self.file.parquet:
            named = self._table(group, ("project",), geometry=False).column("project").cast("string").to_pandas()
        else:
            (named,), _ = stored.rows(self.file, group, (self.columns["project"],), geometry=False)
        return bool(_texts(pd.Series(named)).isin(list(projects)).any())

    def _table(self, group: int, names: Sequence[str], *, geometry: bool = True) -> pa.Table:
        """A piece of a Parquet file under our names: words as codes, days as days."""
        import pyarrow as pa

        wanted = (*names, "geometry") if geometry else tuple(names)
        coded = [self.columns[name] for name in _CODED if name in names]
        table = stored.table(self.file, group, [self.columns[name] for name in wanted], coded)
        made = {}
        for name in wanted:
            column = table.column(self.columns[name])
            if name in _CODED:
                column = _coded(column)
            elif name == "stage_date":
                column = _days(column)
            made[name] = column
        return pa.table(made)

    def _piece(self, group: int, names: Sequence[str]) -> GeoDataFrame:
        first = self.file.firsts[group]
        if self.file.parquet:
            table = self._table(group, names)
            plain = (table.column(name).cast("string") if name in _CODED else table.column(name) for name in names)
            columns = dict(zip(names, (column.to_pandas() for column in plain), strict=True))
            wkb = table.column("geometry").to_numpy()
        else:
            read, wkb = stored.rows(self.file, group, [self.columns[name] for name in names])
            columns = {name: pd.Series(values) for name, values in zip(names, read, strict=True)}
            if "stage_date" in columns and self.file.said[self.columns["stage_date"]] == "DateTime":
                # A GeoPackage has its moments in UTC; the day is that of Việt Nam.
                columns["stage_date"] = columns["stage_date"] + pd.Timedelta(hours=7)
        made = {name: _typed(name, values) for name, values in columns.items()}
        shapes = shapely.from_wkb(np.asarray(wkb, dtype=object), on_invalid="ignore")
        index = pd.RangeIndex(first, first + len(shapes))
        frame = pd.DataFrame({name: values.set_axis(index) for name, values in made.items()}, index=index)
        return GeoDataFrame(frame, geometry=shapes, crs=self.crs)


def open_register(path: Path, allow: Sequence[str] = ()) -> Register:
    """Look at a register without reading its parcels; of their texts a sample is looked at.

    Parameters
    ----------
    allow
        Columns, by their names in the file, that look like personal data and are none.

    Raises
    ------
    RunError
        It cannot be read, or is neither GeoParquet nor a GeoPackage.
    InputError
        Every fault of its columns: one is missing, two mean the same, one is of the wrong kind; the CRS is missing;
        columns that look like personal data and are not in ``allow``.
    """
    file = stored.look(path)
    where = shown(path.name)
    faults = [Fault(where, "", f"register.{key}", values) for key, values in file.faults]
    columns = _matched(file, where, faults)
    faults += [
        Fault(where, "", "register.personal_data", {"column": shown(name), "kind": in_words(kind)})
        for name, kind in suspects(file, allow)
    ]
    if file.rows == 0:
        faults.append(Fault(where, "", "register.empty"))
    if faults:
        raise InputError(faults)
    assert file.crs is not None  # noqa: S101 - a file without one has a fault
    return Register(path, file.crs, file.rows, len(file.firsts), columns, file)


def meaning(name: str) -> str | None:
    """Which of our columns a name means; None for a column that is not ours."""
    return _MEANINGS.get(personal.plain(name))


def in_words(kind: str) -> Word:
    """A kind of personal data in words."""
    return Word(f"register.personal.{kind}")


def suspects(file: Stored, allow: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Columns that look like personal data, and of what kind, by their names and by some of their contents."""
    for name, kind in file.kinds.items():
        if name in allow:
            continue
        found = personal.by_name(name)
        if found is None and kind in (TEXT, INTEGER, NUMBER):
            found = personal.by_content(stored.sample(file, name), whole_numbers=kind != TEXT)
        if found:
            yield name, found


def _matched(file: Stored, where: str, faults: list[Fault]) -> dict[str, str]:
    """Our names and those of the file, in our order; what is wrong with them is added to the faults."""
    theirs: dict[str, list[str]] = {}
    for name in file.kinds:
        if ours := meaning(name):
            theirs.setdefault(ours, []).append(name)
    columns = {}
    for ours in (*COLUMNS, *OPTIONAL):
        names = theirs.get(ours, [])
        if len(names) > 1:
            said: dict[str, object] = {"column": ours, "first": shown(names[0]), "second": shown(names[1])}
            faults.append(Fault(where, "", "register.two_columns", said))
        elif names and file.kinds[names[0]] not in (*_KINDS[ours], NOTHING):
            expected = "register.kind." + _KINDS[ours][0]
            said = {"column": ours, "found": shown(file.said[names[0]]), "expected": Word(expected)}
            faults.append(Fault(where, "", "register.column_kind", said | {"name": shown(names[0])}))
        elif names:
            columns[ours] = names[0]
        elif ours in COLUMNS:
            said = {"column": ours, "names": ", ".join(NAMES[ours]), "found": ", ".join(map(shown, file.kinds)) or "—"}
            faults.append(Fault(where, "", "register.missing_column", said))
    return columns | {"geometry": file.geometry}


# --- one kind of value in each column --------------------------------------------------------------------------------


def _typed(name: str, values: pd.Series[Any]) -> pd.Series[Any]:
    """A column of a piece as ``Register.frame`` promises it."""
    if name == "stage_date":
        if not pd.api.types.is_datetime64_any_dtype(values.dtype):
            values = pd.Series([_day(value) for value in values], dtype="datetime64[s]")
        days: pd.Series[Any] = values.dt.floor("D").astype("datetime64[s]")
        return days
    if name == "households":
        return pd.to_numeric(values).astype("float64")
    return _texts(values)


def _texts(values: pd.Series[Any]) -> pd.Series[Any]:
    """Texts, whole numbers as such, None for nothing and for blanks."""
    if pd.api.types.is_float_dtype(values.dtype):  # whole numbers with gaps among them
        values = values.astype("Int64")
    return pd.Series([_text(value) for value in values.astype(object)], dtype=object)


def _text(value: object) -> str | None:
    if value is None or value is pd.NA or value != value:
        return None
    text = str(value)
    return text if text.strip() else None


def _day(value: object) -> date | None:
    """A day, or a text that is one, such as 2024-10-31."""
    if isinstance(value, str) and _DAY.fullmatch(found := value.strip()):
        with suppress(ValueError):
            return date.fromisoformat(found)
    return value if isinstance(value, date) else None


def _coded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Words as codes; a whole number is a word, a text of blanks is none."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    chunks = []
    for chunk in column.chunks:
        words = [_text(word) for word in chunk.dictionary.to_pylist()]
        # Null stands among the codes, never among the words.
        kept = np.array([word is not None for word in words] or [False])
        codes = chunk.indices.fill_null(0).to_numpy(zero_copy_only=False)
        gone = ~kept[codes] | chunk.indices.is_null().to_numpy(zero_copy_only=False)
        indices = pa.array(codes.astype(np.int32), mask=gone)
        chunks.append(pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string())))
    return pa.chunked_array(chunks, pa.dictionary(pa.int32(), pa.string()))


def _days(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Days; null also where a text is none. A moment with a time zone is taken in that of Việt Nam, UTC+7."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_null(kind) or pa.types.is_date32(kind):
        return column.cast(pa.date32())
    if pa.types.is_temporal(kind):
        if getattr(kind, "tz", None):
            column = pc.local_timestamp(column.cast(pa.timestamp(kind.unit, "+07:00")))
        return column.cast(pa.date32(), safe=False)
    if not pa.types.is_dictionary(kind):
        column = column.dictionary_encode()
    days = [
        pa.array([_day(word) for word in chunk.dictionary.to_pylist()], pa.date32()).take(chunk.indices)
        for chunk in column.chunks
    ]
    return pa.chunked_array(days, pa.date32())
