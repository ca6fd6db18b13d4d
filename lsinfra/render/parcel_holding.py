"""The parcels of one project with all that a page of them needs: what they come to, and where each of them lies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lsinfra.parcels import areas, kernel, places, results
from lsinfra.parcels.land import Ints, Land
from lsinfra.parcels.model import Lines, Measured, Units
from lsinfra.text import Lang

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


@dataclass(frozen=True, eq=False)
class Holding:
    """The parcels of one project with all that is known of where they lie.

    Attributes
    ----------
    frame : GeoDataFrame
        As ``Register.frame`` gives it.
    units, lines
        In one metric CRS; of the lines those of the project alone.
    source : str
        Name of the register's file.
    measured : Measured
        What the parcels come to.
    day : date or None
        A stage dated later is not known on it.
    searched : bool
        Whether the ids of the parcels were searched for personal data (``register.refuse_personal``).
    """

    project: str
    title: str
    frame: GeoDataFrame
    units: Units
    lines: Lines
    source: str
    measured: Measured
    day: date | None
    lang: Lang
    searched: bool = False

    # --- the parcels, a row each, in the order of the register ---------------------------------------------------

    @cached_property
    def land(self) -> Land:
        land = Land.of(self.frame).to_crs(self.units.crs)
        return kernel.mended_land(land.known_on(self.day), np.ones(len(land), dtype=bool))[0]

    @cached_property
    def ids(self) -> list[str]:
        return [str(one) for one in self.frame["parcel_id"]]

    @cached_property
    def stage(self) -> Ints:
        """Place among the stages of the page, as known on its date."""
        return self.land.stage + 1

    @cached_property
    def pieces(self) -> pd.DataFrame:
        return areas.pieces(self.land, self.units)

    @cached_property
    def intervals(self) -> pd.DataFrame:
        """``row``, ``line`` (place among the lines), ``start_m``, ``end_m`` (chainage), sorted by row."""
        found = places.intervals(self.land, self.lines)
        places_ = {line.route: n for n, line in enumerate(self.lines.lines)}
        found["line"] = found["route"].map(places_).astype("int64")
        for n, line in enumerate(self.lines.lines):
            own = found["line"] == n
            for name in ("start_m", "end_m"):
                found.loc[own, name] = results.chainage(line, found.loc[own, name].to_numpy())
        return found

    @cached_property
    def longest_of(self) -> pd.DataFrame:
        """Of each parcel that lies along a line its longest interval, by row."""
        own = self.intervals
        longest = own.assign(length=own["end_m"] - own["start_m"]).sort_values(["row", "length"], kind="stable")
        return longest.drop_duplicates("row", keep="last").set_index("row")

    @cached_property
    def order(self) -> Ints:
        """The rows along the route, line by line; then those that lie along none."""
        at = self.longest_of
        line, middle = np.full(len(self.land), len(self.lines.lines)), np.zeros(len(self.land))
        line[at.index], middle[at.index] = at["line"], (at["start_m"] + at["end_m"]) / 2
        return np.lexsort((middle, line))

    @cached_property
    def names(self) -> list[str | None]:
        """The units that have land of the project; None, at the end, for what is outside of all."""
        found = set(self.measured.areas["unit"].dropna())
        return [*sorted(found), *([None] if self.measured.areas["unit"].isna().any() else [])]

    @cached_property
    def belongs(self) -> list[tuple[int, ...]]:
        """Of each row the units that it has land in, as places in ``names``."""
        numbers = {name: n for n, name in enumerate(self.names)}
        units = [numbers[None if pd.isna(unit) else unit] for unit in self.pieces["unit"]]
        found: list[tuple[int, ...]] = [()] * len(self.land)
        for row, own in groupby(zip(self.pieces["row"].tolist(), units, strict=True), key=lambda one: one[0]):
            found[row] = tuple(sorted({unit for _, unit in own}))
        return found


def gather(
    project: str,
    frame: GeoDataFrame,
    units: Units,
    lines: Lines,
    source: str,
    as_of: date | None,
    title: str,
    lang: Lang,
    day: date | None = None,
    *,
    searched: bool = False,
) -> Holding:
    """The parcels of one project, measured at a day (``as_of``, where None is given), and told of ``as_of``, or (None)
    of the newest date of a stage up to that day.

    Raises
    ------
    InputError
        There are parcels that cannot be measured.
    """
    own = Lines(tuple(line for line in lines.lines if line.project == project), lines.crs)
    day = day or as_of
    measured = results.conclude(kernel.measure(frame, units, own, day), own, as_of, register=source)
    return Holding(project, title, frame, units, own, source, measured, day, lang, searched)
