"""The lines of a folder, kept beside the figures on a server that has PostGIS.

Snapshots keep figures and the hashes of what they were made from, no lines. So the lines are those of the folder at the
time of indexing, with the hashes of its files; the views say of each week whether its snapshot was made from the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely
from sqlalchemy import TableClause, column, delete, insert, select, table

from lsinfra import frames, snapshots
from lsinfra.index.migrations import SCHEMA
from lsinfra.index.rows import origin
from lsinfra.index.schema import IndexFault
from lsinfra.index.store import Index
from lsinfra.portfolio import Portfolio
from lsinfra.progress import Progress

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from lsinfra.snapshots import Input

_ROUTE = (
    *("route", "title_vi", "title_en", "role", "named_by", "partial", "calibrated", "drawn_km", "start_km", "end_km"),
    *("source", "credit", "note_vi", "note_en", "accuracy", "uncertainty_m", "geometry"),
)
_SECTION = ("project", "section", "extent", "placed", "accuracy", "uncertainty_m", "geometry")
_MADE_FROM = ("records_sha256", "geodata_sha256", "program")


@dataclass(frozen=True, slots=True)
class Drawn:
    """How many lines the database has now; ``new`` is False when they were there already, from the same files."""

    routes: int
    sections: int
    new: bool


def draw(index: Index, root: Path, before: Iterable[Input], portfolio: Portfolio, progress: Progress) -> Drawn:
    """Put the lines of a folder in place of those that are there, in one transaction.

    Parameters
    ----------
    root
        The folder that ``portfolio`` was loaded from; its records and geodata are hashed.
    before
        The hashes of these files from before they were loaded (``snapshots.inputs``).

    Raises
    ------
    IndexFault
        The database has no tables for lines (``Index.link.state.spatial``), cannot be reached, or refuses; a file was
        changed since ``before``, so that nobody knows which of the two was loaded.
    RunError
        A file cannot be read.
    """
    records, geodata = found = origin(snapshots.inputs(root))
    if found != origin(before):
        raise IndexFault("changed", path=root)
    made_from = records, geodata, version("lsinfra")
    routes = _rows(frames.routes(portfolio), _ROUTE)
    drawn = frames.projects(portfolio, progress), frames.sections(portfolio, progress)
    parts = {(row[0], row[1] or ""): row for frame in drawn for row in _rows(frame, _SECTION) if row[-1]}
    lines = [(project, section, *row[2:]) for (project, section), row in sorted(parts.items())]
    with index.link.writing() as connection:
        known = connection.execute(select(_table("geodata", _MADE_FROM))).first()
        if known is not None and tuple(known) == made_from:
            return Drawn(len(routes), len(lines), False)
        for name, columns, rows in (
            ("route", _ROUTE, routes),
            ("section", _SECTION, lines),
            ("geodata", _MADE_FROM, [made_from]),
        ):
            connection.execute(delete(_table(name, columns)))
            if rows:
                as_named = [dict(zip(columns, row, strict=True)) for row in rows]
                connection.execute(insert(_table(name, columns)), as_named)
    return Drawn(len(routes), len(lines), True)


def _table(name: str, columns: tuple[str, ...]) -> TableClause:
    return table(name, *(column(one) for one in columns), schema=SCHEMA)


def _rows(frame: GeoDataFrame, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """The rows as the database takes them: None for nothing, lines as hexadecimal EWKB in EPSG:4326."""
    lines = shapely.set_srid(frame.geometry.to_numpy(), 4326)
    binary = shapely.to_wkb(lines, hex=True, include_srid=True)
    values = [
        frame[name].astype(object).where(frame[name].notna(), None) if name in frame else [None] * len(frame)
        for name in columns[:-1]
    ]
    return list(zip(*values, binary, strict=True))
