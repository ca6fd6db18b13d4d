"""Parcels written as GeoParquet 1.1: WKB, zstd, row groups of equal size; the same rows give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyproj

from lsinfra.parcels.model import Floats

if TYPE_CHECKING:
    import pyarrow as pa

ROW_GROUP = 100_000
CODED = ("project", "stage", "stage_date", "households", "land_class")
"""Columns in which few values come again and again."""


@dataclass
class Extent:
    """What the head of the file must say of all its geometries, gathered piece by piece: in the CRS of the file."""

    box: Floats = field(default_factory=lambda: np.array([np.inf, np.inf, -np.inf, -np.inf]))
    kinds: set[str] = field(default_factory=set)

    def see(self, bounds: Floats, kinds: Iterable[str]) -> None:
        """Take in some more; ``bounds`` an array (4, rows): west, south, east, north, NaN where there is nothing."""
        sound = bounds[:, np.isfinite(bounds).all(axis=0)]
        if sound.size:
            self.box[:2] = np.minimum(self.box[:2], sound[:2].min(axis=1))
            self.box[2:] = np.maximum(self.box[2:], sound[2:].max(axis=1))
        self.kinds |= set(kinds)


def write(path: Path, schema: pa.Schema, tables: Iterable[pa.Table], crs: str, extent: Extent) -> int:
    """Write tables with a column ``geometry`` (WKB) into a new file; the number of rows.

    Parameters
    ----------
    extent
        May be gathered while the tables are taken: it is written last.

    Raises
    ------
    OSError
        No room, no right; what was written by then is the caller's to remove.
    """
    import pyarrow.parquet as pq

    coded = [name for name in CODED if name in schema.names]
    count = 0
    # Where Arrow's own schema stands in a file its readers look there alone, and miss what is added at the end.
    options = {"compression": "zstd", "use_dictionary": coded, "store_schema": False, "write_page_checksum": True}
    options["write_statistics"] = [name for name in schema.names if name != "geometry"]
    with pq.ParquetWriter(path, schema.remove_metadata(), **options) as file:
        for group in grouped(tables, ROW_GROUP):
            file.write_table(group.cast(schema.remove_metadata()), row_group_size=ROW_GROUP)
            count += group.num_rows
        column: dict[str, object] = {"encoding": "WKB", "geometry_types": sorted(extent.kinds)}
        column["crs"] = pyproj.CRS.from_user_input(crs).to_json_dict()
        if np.isfinite(extent.box).all():
            column["bbox"] = extent.box.tolist()
        about = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
        file.add_key_value_metadata({"geo": json.dumps(about, ensure_ascii=False)})
    return count


def grouped(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """The same rows in tables of so many, the last one the rest."""
    import pyarrow as pa

    waiting: list[pa.Table] = []
    count = 0
    for table in tables:
        waiting.append(table)
        count += table.num_rows
        while count >= rows:
            whole = pa.concat_tables(waiting)
            yield whole.slice(0, rows)
            waiting, count = [whole.slice(rows)], count - rows
    if count:
        yield pa.concat_tables(waiting)
