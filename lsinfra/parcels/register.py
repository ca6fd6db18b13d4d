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
import numpy.typing as npt
import pandas as pd
from geopandas import GeoDataFrame

from lsinfra.errors import Fault, InputError
from lsinfra.numerals import shown
from lsinfra.parcels import personal, stored
from lsinfra.parcels.land import Land, decoded
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
TEXTS = ("parcel_id", "project", "land_class")
"""Columns of free texts, in which somebody may have written anything."""
_MEANINGS = {re.sub("_", "", name): ours for ours, names in NAMES.items() for name in names}
_CODED = ("project", "stage")
_NO_SHAPES = np.zeros(0, dtype=object)
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
        table = self.table(group)
        return Land.from_arrow(table, {name: name for name in table.column_names}, self.crs)

    def table(self, group: int) -> pa.Table:
        """The same of a Parquet file as Arrow has it, under our names: words as codes, days as days, WKB."""
        return self._table(group, COLUMNS)

    def frame(
        self,
        groups: Sequence[int] | None = None,
        projects: Sequence[str] | None = None,
        columns: Sequence[str] | None = None,
    ) -> GeoDataFrame:
        """Some pieces (all) with the columns of ours that the file has.

        Parameters
        ----------
        projects : sequence of str, optional
            Only the parcels of these.
        columns : sequence of str, optional
            Only these of ours, such as ``COLUMNS``; the geometry is always there.

        Returns
        -------
        GeoDataFrame
            ``parcel_id``, ``project``, ``stage`` (str; a text of blanks is none), ``stage_date`` (datetime64[s]; NaT
            also where a text is no day such as 2024-10-31), ``households`` (float, as the file has it), ``land_class``,
            geometry: what the file has, unmended, see ``land.decoded``. Index: the number of the row in the
            file, from 0.
        """
        among = range(self.groups) if groups is None else groups
        if projects is not None:
            among = [group for group in among if self._has(group, projects)]
        names = [name for name in self.columns if name != "geometry" and (columns is None or name in columns)]
        if not among:
            return self._piece(0, names).iloc[:0]
        found = [self._piece(group, names, projects) for group in among]
        return pd.concat(found) if len(found) > 1 else found[0]

    def frames(self) -> Iterator[GeoDataFrame]:
        """Piece by piece, as ``frame`` gives them."""
        return (self.frame([group]) for group in range(self.groups))

    def dated_after(self, day: date) -> int:
        """How many parcels have a stage that is dated after a day: found out without reading their geometry."""
        return sum(int(np.count_nonzero(self._dates(group) > np.datetime64(day))) for group in range(self.groups))

    def _dates(self, group: int) -> npt.NDArray[np.datetime64]:
        """Of each parcel of a piece the date of its stage; NaT where none is known."""
        names = ("stage", "stage_date")
        if self.file.parquet:  # words stay codes here: a text for each of millions of rows would take long
            table = self._table(group, names, geometry=False)
            without, days = (table.column("stage").is_null().to_numpy(), table.column("stage_date").to_numpy())
        else:
            columns, _ = self._read(group, names, geometry=False)
            without, days = pd.isna(columns["stage"]), columns["stage_date"]
        return np.where(without, np.datetime64("NaT"), days.astype("datetime64[D]"))

    def _has(self, group: int, projects: Sequence[str]) -> bool:
        """Whether a piece has a parcel of these projects: found out without reading its geometry."""
        ends = stored.extremes(self.file, group, self.columns["project"])
        if ends and not any(ends[0] <= project <= ends[1] for project in projects):
            return False
        return bool(pd.Series(self._read(group, ("project",), geometry=False)[0]["project"]).isin(projects).any())

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

    def _read(
        self, group: int, names: Sequence[str], *, geometry: bool = True
    ) -> tuple[dict[str, npt.NDArray[Any]], npt.NDArray[np.object_]]:
        """The columns of a piece, each of one kind of value, and its WKB (none where it is not asked for)."""
        if self.file.parquet:
            table = self._table(group, names, geometry=geometry)
            wkb = table.column("geometry").to_numpy() if geometry else _NO_SHAPES
            return {name: _from_arrow(name, table.column(name)) for name in names}, wkb
        read, wkb = stored.rows(self.file, group, [self.columns[name] for name in names], geometry=geometry)
        columns = {name: _from_gdal(name, values) for name, values in zip(names, read, strict=True)}
        return columns, _NO_SHAPES if wkb is None else np.asarray(wkb, dtype=object)

    def _piece(self, group: int, names: Sequence[str], projects: Sequence[str] | None = None) -> GeoDataFrame:
        wanted = names if projects is None or "project" in names else [*names, "project"]
        columns, wkb = self._read(group, wanted)
        first = self.file.firsts[group]
        chosen = np.arange(len(wkb))
        if projects is not None:
            chosen = np.flatnonzero(pd.Series(columns["project"]).isin(projects))
        # As they are: pandas would make texts of its own of them, in which null is NaN.
        frame = pd.DataFrame({name: pd.Series(columns[name][chosen], dtype=columns[name].dtype) for name in names})
        return GeoDataFrame(frame.set_axis(first + chosen), geometry=decoded(wkb[chosen]), crs=self.crs)


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


def refuse_personal(register: Register, frame: pd.DataFrame, allow: Sequence[str] = ()) -> None:
    """See that what is about to be published of some parcels looks like no personal data: every value, not a sample.

    Parameters
    ----------
    frame
        Some parcels as ``Register.frame`` gives them; the columns of texts that it has are looked at.
    allow
        Columns, by their names in the file, that look like personal data and are none.

    Raises
    ------
    InputError
        Naming the columns, by their names in the file, and what they look like; no value is said.
    """
    where = shown(register.path.name)
    faults = []
    for ours in TEXTS:
        theirs = register.columns.get(ours)
        if theirs is None or theirs in allow or ours not in frame:
            continue
        whole_numbers = register.file.kinds[theirs] != TEXT
        if kind := personal.by_content(map(str, frame[ours].dropna().unique()), whole_numbers=whole_numbers):
            said: dict[str, object] = {"column": shown(theirs), "kind": in_words(kind)}
            faults.append(Fault(where, "", "register.personal_data", said))
    if faults:
        raise InputError(faults)


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


def _from_arrow(name: str, column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """A column of a table as ``Register.frame`` promises it; words are codes there already, and days days."""
    import pyarrow as pa

    if name == "stage_date":
        read = column.to_numpy().astype("datetime64[s]")
    elif name == "households":
        read = column.cast(pa.float64(), safe=False).to_numpy()
    elif name in _CODED:
        read = column.cast(pa.string()).to_numpy()
    else:
        plain = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        read = _blanked(plain.cast(pa.string())).to_numpy()
    return np.asarray(read)


def _from_gdal(name: str, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same of what GDAL gives: objects, numbers with NaN for null, days."""
    if name == "stage_date":
        if values.dtype.kind != "M":
            return np.array([_day(value) for value in values], dtype="datetime64[s]")
        return values.astype("datetime64[D]").astype("datetime64[s]")
    if name == "households":
        return values.astype(np.float64)
    if values.dtype.kind == "f":  # whole numbers with gaps among them
        return np.array([None if np.isnan(value) else str(int(value)) for value in values], dtype=object)
    return np.array([_text(value) for value in values], dtype=object)


def _text(value: object) -> str | None:
    text = None if value is None else str(value)
    return text if text and text.strip() else None


def _day(value: object) -> date | None:
    """A text that is a day such as 2024-10-31."""
    if isinstance(value, str) and _DAY.fullmatch(found := value.strip()):
        with suppress(ValueError):
            return date.fromisoformat(found)
    return None


def _blanked(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts, of which those of blanks are null."""
    import pyarrow.compute as pc

    blank = pc.equal(pc.utf8_trim_whitespace(column), "")
    return pc.if_else(blank, None, column) if pc.any(blank).as_py() else column


def _coded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Words as codes; a whole number is a word, a text of blanks is none."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        return _blanked(column.cast(pa.string())).dictionary_encode()
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
    """Days; null also where a text is none."""
    import pyarrow as pa

    if (days := stored.days(column)) is not None:
        return days
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    read = [
        pa.array([_day(word) for word in chunk.dictionary.to_pylist()], pa.date32()).take(chunk.indices)
        for chunk in coded.chunks
    ]
    return pa.chunked_array(read, pa.date32())
