"""A portfolio for a GIS: a GeoPackage with every layer and its style; one layer as GeoJSON, FlatGeobuf, GeoParquet.

Never a Shapefile: it cuts names to ten characters, knows neither what is unknown nor UTF-8 for certain, and spreads a
layer over several files.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lsinfra.exchange.gis.names import LAYERS, GisError, Target, check_free, target
from lsinfra.text import Lang

if TYPE_CHECKING:
    from lsinfra.errors import Finding
    from lsinfra.portfolio import Portfolio
    from lsinfra.progress import Progress

__all__ = ["LAYERS", "GisError", "Target", "check_free", "target", "write"]


def write(
    portfolio: Portfolio, progress: Progress, findings: Iterable[Finding], asked: Target, lang: Lang = "vi"
) -> bytes:
    """The file: the same records at the same date give the same bytes.

    Parameters
    ----------
    portfolio, progress
        What is written, and at which date.
    findings
        The doubts about it.
    asked
        What ``target`` made of the file's name.
    lang
        Of the findings, the legend and the titles of columns; records are in both languages whatever it is.

    Raises
    ------
    GisError
        GeoParquet is asked for and pyarrow is not installed.
    """
    from lsinfra.exchange.gis import geopackage, single
    from lsinfra.exchange.gis.layers import Exporting

    exporting = Exporting(portfolio, progress, tuple(findings), lang)
    if asked.layer is None:
        return geopackage.write(exporting, asked.file)
    return single.write(exporting, asked.layer, asked.ending)
