"""Tables made fit for geopandas' own map, ``GeoDataFrame.explore()``.

That map puts every text into a page as it is, and through a template engine that runs what stands in ``{{…}}``: a road
of a hostile name would run a program on the machine of whoever draws it. ``map.draw`` has no such weakness.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

# References of HTML, which the reader's browser shows as the characters that they stand for.
_WRITTEN = str.maketrans({character: f"&#{ord(character)};" for character in "&<>\"'`{}"})


def explorable(table: GeoDataFrame) -> GeoDataFrame:
    """A copy whose texts are HTML that says exactly what they say: for ``explorable(table).explore(…)`` alone.

    Numbers, days, the geometry and its CRS stay as they are, and what is missing stays missing.
    """
    safe = table.copy()
    for name in safe.select_dtypes(include=["str", "object"]).columns:
        if name != safe.geometry.name:
            told = safe[name].map(lambda text: text.translate(_WRITTEN), na_action="ignore")
            safe[name] = told.astype(safe[name].dtype)  # a column without any text would become one of objects
    return safe
