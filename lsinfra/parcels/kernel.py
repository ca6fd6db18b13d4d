"""The kernel: what some parcels come to, and how that is added up.

One pure function of parcels, units and routes, which every engine calls with other pieces of the register; and the
sum of what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from lsinfra.parcels.areas import SLIVER_M2, split
from lsinfra.parcels.land import (
    NO_DAY,
    NO_PROJECT,
    NOT_A_STAGE,
    REPAIRED_SHARE,
    Flags,
    Ints,
    Land,
    projected,
)
from lsinfra.parcels.model import STAGES, Faulty, Floats, Lines, Partial, Units
from lsinfra.parcels.places import Intervals, locate
from lsinfra.parcels.stretches import union

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

EXAMPLES = 5
_PIECE = 100_000
_POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_AREAS = ("project", "unit", "stage")
_WHOLES = ("project", "stage")
_STRETCHES = ("project", "route", "handed_over")


def measure(parcels: GeoDataFrame | Land, units: Units, lines: Lines, as_of: date | None = None) -> Partial:
    """Area by project, unit and stage, and the stretches of the routes along which land is handed over or not.

    Parameters
    ----------
    parcels : GeoDataFrame or Land
        ``parcel_id``, ``project``, ``stage`` (str or None), ``stage_date`` (date or None), geometry: Polygon or
        MultiPolygon in any CRS; measured in that of the units.
    units, lines
        In one metric CRS.
    as_of : date, optional
        A stage dated later is not known on that day: it counts as None.

    Raises
    ------
    RouteError
        No exact way from the CRS of the parcels to that of the units is known.
    """
    if not isinstance(parcels, Land):
        # Piece by piece: what fits the processor's own memory is done in half the time.
        pieces = [parcels.iloc[start : start + _PIECE] for start in range(0, max(len(parcels), 1), _PIECE)]
        if len(pieces) > 1:
            return combine(*(measure(Land.of(piece), units, lines, as_of) for piece in pieces))
    land = parcels if isinstance(parcels, Land) else Land.of(parcels)
    bad = _faults_of_words(land) | {"wrong_crs": in_another_crs(land)}
    # What stands in another CRS than the rest has no place to be taken to.
    astray = np.flatnonzero(bad["wrong_crs"])
    land = land.with_shapes(astray, np.full(len(astray), None, dtype=object))
    land, mended, shapeless = mended_land(land.to_crs(units.crs), ~bad["wrong_crs"])
    bad |= shapeless
    good = ~np.logical_or.reduce(list(bad.values()))
    rows = np.flatnonzero(good)
    land = land.known_on(as_of)
    located, beyond = locate(land, lines, rows)
    return Partial(
        areas=_areas(land, units, rows),
        wholes=_wholes(land, rows),
        stretches=_stretches(lines, located, land.handed_over),
        off_route=_counted(land, beyond),
        repaired=int(np.count_nonzero(good[mended])),
        unmeasured=len(land) - len(rows),
        faulty=tuple(_faulty(land, code, np.flatnonzero(which)) for code, which in bad.items() if which.any()),
    )


def combine(*partials: Partial) -> Partial:
    """Some partial results as one: associative, and commutative but for the order in which examples are named."""
    lines = pd.concat([partial.stretches for partial in partials], ignore_index=True)
    of = lines[list(_STRETCHES)].drop_duplicates(ignore_index=True)
    key = lines.groupby(list(_STRETCHES), sort=False).ngroup().to_numpy().astype(np.int64)
    which, start, end = union(key, lines["start_m"].to_numpy(), lines["end_m"].to_numpy())
    return Partial(
        areas=_added([partial.areas for partial in partials], _AREAS),
        wholes=_added([partial.wholes for partial in partials], _WHOLES),
        stretches=_stretch_table(of.iloc[which], start, end),
        off_route=_added([partial.off_route for partial in partials], ("project",)),
        repaired=sum(partial.repaired for partial in partials),
        unmeasured=sum(partial.unmeasured for partial in partials),
        faulty=_all_faulty(chain.from_iterable(partial.faulty for partial in partials)),
    )


# --- sums ------------------------------------------------------------------------------------------------------------


def _areas(land: Land, units: Units, rows: Ints) -> pd.DataFrame:
    row, unit, area = split(land, units, rows)
    names = [*units.names, None]
    # As long as all combinations fit into a table they are counted in one; −1 (none) goes to the last place.
    wide = len(names), len(STAGES) + 1
    key = (land.project[row] * wide[0] + unit % wide[0]) * wide[1] + land.stage[row] % wide[1]
    found, sums, counts, newest = _summed(key, area, land.day[row], area > SLIVER_M2)
    return _table(
        {
            "project": _words(land.projects)[found // (wide[0] * wide[1])],
            "unit": _words(names)[found // wide[1] % wide[0]],
            "stage": _words([*STAGES, None])[found % wide[1]],
        },
        sums,
        counts,
        newest,
    )


def _wholes(land: Land, rows: Ints) -> pd.DataFrame:
    wide = len(STAGES) + 1
    key = land.project[rows] * wide + land.stage[rows] % wide
    found, sums, counts, newest = _summed(key, land.area_m2[rows], land.day[rows], np.ones(len(rows), dtype=bool))
    words = {"project": _words(land.projects)[found // wide], "stage": _words([*STAGES, None])[found % wide]}
    return _table(words, sums, counts, newest)


_DENSE = 4_000_000


def _summed(key: Ints, area: Floats, day: Ints, counts_as: Flags) -> tuple[Ints, Floats, Ints, Ints]:
    """By key: the keys, the sum of the areas; of those that count as parcels how many, and the newest day."""
    if len(key) and key.max() >= _DENSE:
        found, key = np.unique(key, return_inverse=True)
    else:
        found = np.arange(int(key.max(initial=-1)) + 1)
    sums = np.bincount(key, weights=area, minlength=len(found))
    counts = np.bincount(key[counts_as], minlength=len(found))
    newest = np.full(len(found), NO_DAY)
    np.maximum.at(newest, key[counts_as], day[counts_as])
    there = np.flatnonzero(counts)
    found, newest = found[there].astype(np.int64), newest[there].astype(np.int64)
    return found, sums[there].astype(np.float64), counts[there].astype(np.int64), newest


def _words(words: Iterable[str | None]) -> np.ndarray:
    return np.array([*words], dtype=object)


def _table(words: dict[str, np.ndarray], area: Floats, parcels: Ints, newest: Ints) -> pd.DataFrame:
    table = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in words.items()})
    table["area_m2"], table["parcels"] = area, parcels
    table["newest"] = newest.astype("datetime64[D]").astype("datetime64[s]")
    return _sorted(table, tuple(words))


def _sorted(table: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    """By their words, none at the end."""
    order = table[list(by)].sort_values(list(by), na_position="last", kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _added(tables: list[pd.DataFrame], by: tuple[str, ...]) -> pd.DataFrame:
    all_ = pd.concat(tables, ignore_index=True)
    how = {"area_m2": "sum", "parcels": "sum", "newest": "max"}
    sums = all_.groupby(list(by), dropna=False, sort=False).agg({name: how[name] for name in all_ if name in how})
    sums = sums.reset_index()
    for name in by:
        sums[name] = sums[name].astype(object).where(sums[name].notna(), None)
    return _sorted(sums, by)


def _counted(land: Land, rows: Ints) -> pd.DataFrame:
    counts = np.bincount(land.project[rows], minlength=len(land.projects))
    there = np.flatnonzero(counts)
    projects = pd.Series(_words(land.projects)[there], dtype=object)
    return _sorted(pd.DataFrame({"project": projects, "parcels": counts[there]}), ("project",))


def _stretches(lines: Lines, located: Intervals, handed_over: Flags) -> pd.DataFrame:
    key, start, end = union(located.line * 2 + handed_over[located.row], located.start_m, located.end_m)
    ways = [(lines.lines[place].project, lines.lines[place].route) for place in key // 2]
    of = pd.DataFrame(
        {"project": [project for project, _ in ways], "route": [route for _, route in ways]}, dtype=object
    )
    return _stretch_table(of.assign(handed_over=key % 2 == 1), start, end)


def _stretch_table(of: pd.DataFrame, start: Floats, end: Floats) -> pd.DataFrame:
    """Stretches with the line and the kind of each beside them, sorted."""
    table = of.reset_index(drop=True).assign(start_m=start, end_m=end)
    return table.sort_values([*_STRETCHES, "start_m"], ignore_index=True)


# --- what cannot be measured -----------------------------------------------------------------------------------------


def _faults_of_words(land: Land) -> dict[str, Flags]:
    return {
        "project": land.project == NO_PROJECT,
        "stage": land.stage == NOT_A_STAGE,
        "date": (land.stage >= 0) & (land.day == NO_DAY),
    }


def in_another_crs(land: Land) -> Flags:
    """Degrees where the register is in metres, or the reverse."""
    west, south, east, north = land.bounds
    degrees = (west >= -180) & (east <= 180) & (south >= -90) & (north <= 90)
    other: Flags = degrees if projected(land.crs) else ~degrees & np.isfinite(west)
    return other


def mended_land(land: Land, which: Flags) -> tuple[Land, Flags, dict[str, Flags]]:
    """Parcels in the CRS in which they are measured, with shapes that can be.

    Parameters
    ----------
    which : array of bool
        Those to be looked at.

    Returns
    -------
    land : Land
        With the geometries that could be repaired, their area staying within 1e-6.
    mended : array of bool
        Which those are.
    faults : dict
        By code of ``Faulty``, the rows that have no shape to be measured.
    """
    asked = np.flatnonzero(which & ~land.surely_valid())
    shapes = land.shapes(asked)
    kind = shapely.get_type_id(shapes)
    missing = (kind < 0) | shapely.is_empty(shapes)
    polygon = np.isin(kind, _POLYGONS)
    wrong = polygon & ~missing & ~shapely.is_valid(shapes)
    repaired = shapes.copy()
    # Nothing is made of a vertex that is nowhere.
    somewhere = wrong & np.isfinite(shapely.bounds(shapes)).all(axis=1)
    repaired[somewhere] = _polygons_of(shapely.make_valid(shapes[somewhere]))
    before, after = shapely.area(shapes), shapely.area(repaired)
    beyond = wrong & ~(somewhere & (np.abs(after - before) <= REPAIRED_SHARE * before))
    empty = polygon & ~missing & ~beyond & (after == 0)
    changed = wrong & ~beyond & ~empty
    flags = {code: np.zeros(len(land), dtype=bool) for code in ("empty", "not_polygon", "invalid", "mended")}
    said = {"empty": missing | empty, "not_polygon": ~polygon & ~missing, "invalid": beyond, "mended": changed}
    for code, those in said.items():
        flags[code][asked[those]] = True
    mended = flags.pop("mended")
    return land.with_shapes(asked[changed], repaired[changed]), mended, flags


def _polygons_of(shapes: np.ndarray) -> np.ndarray:
    """The areas of mended geometries: a spike that has become a line is no land."""
    found = shapes.copy()
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION)
    for place in mixed:
        parts = [part for part in shapes[place].geoms if part.geom_type in ("Polygon", "MultiPolygon")]
        found[place] = shapely.union_all(parts)
    return found


def _faulty(land: Land, code: str, rows: Ints) -> Faulty:
    """Parcels of one fault, by the name of the first of them."""
    examples = tuple((land.name(int(row)), land.said(int(row)) if code == "stage" else None) for row in rows[:EXAMPLES])
    return Faulty(code, len(rows), examples)


def _all_faulty(faulty: Iterable[Faulty]) -> tuple[Faulty, ...]:
    by_code: dict[str, Faulty] = {}
    for one in faulty:
        before = by_code.get(one.code, Faulty(one.code, 0, ()))
        by_code[one.code] = Faulty(one.code, before.count + one.count, (*before.examples, *one.examples)[:EXAMPLES])
    return tuple(by_code[code] for code in sorted(by_code))
