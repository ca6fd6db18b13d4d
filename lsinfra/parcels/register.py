"""A register on the disk: its columns, its CRS, no personal data, read piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from lsinfra.parcels.land import Land

COLUMNS = ("parcel_id", "project", "stage", "stage_date")
OPTIONAL = ("households", "land_class")


@dataclass(frozen=True)
class Register:
    """A register that was opened and whose columns are in order. Picklable: a worker opens the file itself."""

    path: Path
    crs: str
    rows: int
    groups: int
    """Pieces it is read in: row groups of a Parquet file, windows of rows of a GeoPackage."""
    columns: dict[str, str]
    """Our names and those of the file: ``{"parcel_id": "ma_thua", "geometry": "geom", …}``."""

    def land(self, group: int, as_plain: bool = True) -> Land:
        """One piece for the kernel: only the columns that it needs."""
        raise NotImplementedError

    def frame(self, groups: Sequence[int] | None = None, projects: Sequence[str] | None = None) -> GeoDataFrame:
        """Some pieces (all) with every column of ours that the file has; index: the number of the row in the file."""
        raise NotImplementedError

    def frames(self) -> Iterator[GeoDataFrame]:
        """Piece by piece."""
        raise NotImplementedError


def open_register(path: Path, allow: Sequence[str] = ()) -> Register:
    """Look at a register without reading its parcels.

    Raises
    ------
    RunError, InputError
        It cannot be read; a column is missing; columns that look like personal data and are not in ``allow``.
    """
    raise NotImplementedError
