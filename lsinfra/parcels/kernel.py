"""The kernel: what some parcels come to, and how that is added up."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lsinfra.parcels.model import Lines, Partial, Units

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from lsinfra.parcels.land import Land


def measure(parcels: GeoDataFrame | Land, units: Units, lines: Lines, as_of: date | None = None) -> Partial:
    """Area by project, unit and stage, and the stretches of the routes along which land is handed over or not.

    Parameters
    ----------
    parcels : GeoDataFrame or Land
        ``parcel_id``, ``project``, ``stage`` (str or None), ``stage_date`` (date or None), geometry: Polygon or
        MultiPolygon in any CRS; measured in that of the units.
    as_of : date, optional
        A stage dated later is not known on that day: it counts as None.
    """
    raise NotImplementedError


def combine(*partials: Partial) -> Partial:
    """Some partial results as one: associative, and commutative but for the order in which examples are named."""
    raise NotImplementedError
