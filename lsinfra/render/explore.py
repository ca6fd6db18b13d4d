"""Tables made fit for geopandas' own map, ``GeoDataFrame.explore()``.

That map puts every text into a page as it is, and through a template engine that runs what stands in ``{{…}}``: a road
of a hostile name would run a program on the machine of whoever draws it. ``map.draw`` has no such weakness.
"""

from __future__ import annotations

from datetime import date
from numbers import Number
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import Index, Series

# References of HTML, which the reader's browser shows as the characters that they stand for.
_WRITTEN = str.maketrans({character: f"&#{ord(character)};" for character in "&<>\"'`{}"})


def explorable(table: GeoDataFrame) -> GeoDataFrame:
    """A copy whose texts are HTML that says exactly what they say: for ``explorable(table).explore(…)`` alone.

    So are the names of its columns and of its rows. Numbers, days, the geometry and its CRS stay as they are, and what
    is missing stays missing.
    """
    import pandas as pd

    safe = table.copy()
    geometry = safe.geometry.name
    for place, name in enumerate(safe.columns):
        if str(safe.dtypes.iloc[place]) != "geometry" and name != geometry:
            safe.isetitem(place, _column(safe.iloc[:, place]).array)
    safe.index = pd.Index(_names(safe.index), name=None if safe.index.name is None else _told(safe.index.name))
    safe.columns = pd.Index(_names(safe.columns))
    return safe.set_geometry(_told(geometry)) if _told(geometry) != geometry else safe


def _column(found: Series[Any]) -> Series[Any]:
    from pandas import CategoricalDtype
    from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

    if isinstance(found.dtype, CategoricalDtype):
        return found.cat.rename_categories([_told(one) for one in found.cat.categories])
    if is_numeric_dtype(found) or is_bool_dtype(found) or is_datetime64_any_dtype(found):
        return found
    told = found.astype(object).map(_told, na_action="ignore")
    # A column without any text would become one of objects.
    return told.astype(found.dtype) if str(found.dtype) in {"str", "string"} else told


def _names(found: Index[Any]) -> list[Any]:
    return [_told(one) for one in found]


def _told(value: Any) -> Any:
    """What a template runs nothing of: a number or a day as it is, the text of anything else as references."""
    return value if isinstance(value, Number | date) else str(value).translate(_WRITTEN)
