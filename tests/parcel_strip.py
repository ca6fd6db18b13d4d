"""A register small enough to be worked out by hand: seven parcels of 0.2 ha along a straight kilometre, and one more.

::

    Km0     A     250      B           650          Km1
     | a | b | c | d | e |    | f |                        g: 2 km aside

a to e stand at 0–500 m, f at 600–700 m: 100 m of the road each, 20 m wide. Project q is drawn schematically.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import geopandas
import numpy as np
import shapely

from lsinfra.parcels.account import Account, Later, account
from lsinfra.parcels.kernel import measure
from lsinfra.parcels.model import Line, Lines, Units
from lsinfra.parcels.results import conclude

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

CRS = "EPSG:9215"
X, Y = 500_000.0, 2_400_000.0
PARCELS = {
    # id: project, metres along, metres aside, stage and its date
    "a": ("p", 0, 0, "handed_over", "2024-05-01"),
    "b": ("p", 100, 0, "handed_over", "2024-06-01"),
    "c": ("p", 200, 0, "paid", "2024-06-15"),
    "d": ("p", 300, 0, "clear", "2024-07-01"),
    "e": ("p", 400, 0, None, None),
    "f": ("p", 600, 0, "handed_over", "2024-05-01"),
    "g": ("p", 800, 2000, "handed_over", "2024-05-01"),
    "h": ("q", 0, 5000, "paid", "2024-04-01"),
}


def register() -> GeoDataFrame:
    """The parcels as a register has them."""
    shapes = [shapely.box(X + x, Y + y - 10, X + x + 100, Y + y + 10) for _, x, y, *_ in PARCELS.values()]
    dates = [None if row[4] is None else date.fromisoformat(row[4]) for row in PARCELS.values()]
    table = {
        "parcel_id": list(PARCELS),
        "project": [row[0] for row in PARCELS.values()],
        "stage": [row[3] for row in PARCELS.values()],
        "stage_date": np.array(dates, dtype="datetime64[s]"),
    }
    return geopandas.GeoDataFrame(table, geometry=shapes, crs=CRS)


def units() -> Units:
    """A up to 250 m, B up to 650 m; the rest of f, g and h lie in neither."""
    ends = {"A": (0, 250), "B": (250, 650)}
    shapes = [shapely.box(X + west, Y - 500, X + east, Y + 500).wkb for west, east in ends.values()]
    return Units(tuple(ends), tuple(shapes), CRS)


def lines() -> Lines:
    """p's road, a surveyed kilometre, and q's, which is a sketch."""

    def straight(north: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.array([[X, Y + north], [X + 1000, Y + north]])

    road = Line("p", "r", straight(0), corridor_m=60.0)
    return Lines((road, Line("q", "s", straight(5000), accuracy="schematic")), CRS)


def told(as_of: date | None = None, parcels: GeoDataFrame | None = None, late: int | None = None) -> Account:
    """What the register comes to; of ``late`` parcels it was found that they are dated later."""
    ground, roads = units(), lines()
    measured = conclude(measure(register() if parcels is None else parcels, ground, roads, as_of), roads, as_of)
    later = None if late is None or as_of is None else Later(as_of, late)
    return account("register.parquet", measured, ground, roads, late=later)
