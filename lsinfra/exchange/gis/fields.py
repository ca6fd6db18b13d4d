"""A table as arrays for GDAL: real dates, nulls where nothing is known, whole numbers whole."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pyogrio

from lsinfra.codes import Stage
from lsinfra.exchange.gis.names import GEOMETRIES
from lsinfra.frames.columns import LAND
from lsinfra.text import Lang, say

if TYPE_CHECKING:
    from pandas import DataFrame, Series


_MEASURES = {name for _, name in LAND.values()}


def column_title(column: str, lang: Lang) -> str:
    """What a column holds, in words: ``Land handed over: area, ha``, ``Land handed over: area, ha: as of``."""
    for stage in Stage:
        if column.startswith(f"{stage}_"):
            figure = column.removeprefix(f"{stage}_")
            measure, _, own = figure.partition("_")
            names = [measure, own] if own and measure in _MEASURES else [figure]
            return ": ".join([stage.write(lang), *(say(lang, f"gis.figure.{name}") for name in names)])
    return say(lang, f"gis.column.{column}")


def names_of(table: DataFrame) -> list[str]:
    """The columns but the geometry."""
    return [str(name) for name in table.columns if name != "geometry"]


def attributes(table: DataFrame) -> Iterator[tuple[str, np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """Name, values and what is missing of each column but the geometry, as pyogrio takes them."""
    for name in names_of(table):
        yield name, *_values(table[name])


def _values(column: Series[Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    missing = column.isna().to_numpy(dtype=bool)
    kind = str(column.dtype)
    if kind == "str":
        return column.to_numpy(dtype=object), missing
    if kind.startswith("datetime64"):
        return column.to_numpy().astype("datetime64[D]"), missing
    if kind == "Int64":
        return column.to_numpy(dtype="int64", na_value=0), missing
    if kind == "boolean":
        return column.to_numpy(dtype=bool, na_value=False), missing
    return column.to_numpy(), missing


def write_layer(
    path: os.PathLike[str], table: DataFrame, name: str, driver: str, options: Mapping[str, str], **more: Any
) -> None:
    """One table as a layer of a file, by GDAL.

    Parameters
    ----------
    options
        Creation options of the layer.
    more
        What else ``pyogrio.raw.write`` takes.
    """
    fields = list(attributes(table))
    placed = "geometry" in table.columns
    pyogrio.raw.write(
        path,
        geometry=table["geometry"].to_wkb().to_numpy() if placed else None,
        geometry_type=GEOMETRIES[name] if placed else None,
        crs="EPSG:4326" if placed else None,
        field_data=[values for _, values, _ in fields],
        field_mask=[missing for *_, missing in fields],
        fields=[field for field, *_ in fields],
        layer=name,
        driver=driver,
        layer_options=dict(options),
        **more,
    )


@contextmanager
def dated(moment: str) -> Iterator[None]:
    """GDAL told what time it is, so that the same records give the same bytes."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": moment})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
