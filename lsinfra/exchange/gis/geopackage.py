"""A GeoPackage with every layer, the words of its columns and a style for QGIS: one file that opens as it should look.

Written by GDAL; the project and the words of the columns are put in by SQLite itself. GDAL is told the time: the same
records give the same bytes, with one version of GDAL and of SQLite.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from lsinfra.exchange.gis import project
from lsinfra.exchange.gis.fields import column_title, dated, names_of, write_layer
from lsinfra.exchange.gis.layers import Exporting, Layer
from lsinfra.exchange.gis.style import qml
from lsinfra.text import LANGS

if TYPE_CHECKING:
    from pandas import DataFrame

_VERSION = "1.2"  # of GeoPackage: what GDAL 3.6 and QGIS 3.22 of Debian 12 read without a warning
_NO_MARK = "0" * 32
_WORDS = "http://www.geopackage.org/spec121/#extension_schema"


def write(exporting: Exporting, file: str) -> bytes:
    """The file; ``file`` is its name, which the QGIS project in it needs."""
    layers = exporting.layers()
    with TemporaryDirectory(prefix="lsinfra-") as folder, dated(_moment(exporting)):
        path = Path(folder) / "lsinfra.gpkg"
        for place, layer in enumerate(layers):
            options = {
                "IDENTIFIER": layer.title(exporting.lang),
                "DESCRIPTION": layer.description(exporting.as_of),
                "FID": "fid",
            }
            if layer.placed:
                options |= {"GEOMETRY_NAME": "geom", "SPATIAL_INDEX": "YES"}
            first = {"dataset_options": {"VERSION": _VERSION}, "dataset_metadata": _metadata(exporting, layers)}
            write_layer(
                path, layer.table, layer.name, "GPKG", options, append=place > 0, **(first if place == 0 else {})
            )
        write_layer(path, _styles(exporting, layers), "layer_styles", "GPKG", {"FID": "id"}, append=True)
        mark = hashlib.sha256(path.read_bytes()).hexdigest()[: len(_NO_MARK)]
        _finish(path, exporting, layers, project.row(exporting, layers, file, mark), mark)
        return path.read_bytes()


def _moment(exporting: Exporting) -> str:
    return f"{exporting.as_of.isoformat()}T00:00:00.000Z"


def _metadata(exporting: Exporting, layers: list[Layer]) -> dict[str, str]:
    """Of which date it is, under which licences, and the place of its mark: what GDAL shows of a file."""
    title = exporting.portfolio.records.portfolio.title
    owed = dict.fromkeys(credit for layer in layers for credit in layer.credits)
    return {
        "TITLE": title.write(exporting.lang),
        "AS_OF": exporting.as_of.isoformat(),
        "ATTRIBUTION": "; ".join(owed),
        "MARK": _NO_MARK,
    }


def _styles(exporting: Exporting, layers: list[Layer]) -> DataFrame:
    """The table that QGIS looks for when it opens a layer; each is its layer's default."""
    from pandas import DataFrame

    made = [
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": layer.name,
            "f_geometry_column": "geom" if layer.placed else "",
            "styleName": layer.name,
            "styleQML": qml(layer, exporting.lang),
            "styleSLD": "",
            "useAsDefault": True,
            "description": layer.title(exporting.lang),
            "owner": "",
            "ui": "",
            "update_time": exporting.as_of,
        }
        for layer in layers
    ]
    return DataFrame(made).astype({"update_time": "datetime64[s]"})


def _finish(path: Path, exporting: Exporting, layers: list[Layer], qgis: tuple[str, str, str], mark: str) -> None:
    """The words of the columns, the QGIS project, and the mark by which the project knows its file."""
    words = [
        (layer.name, column, title := column_title(column, exporting.lang), title, _both(column))
        for layer in layers
        for column in names_of(layer.table)
    ]
    with closing(sqlite3.connect(path)) as base:
        base.execute(
            "CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT,"
            " title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT,"
            " PRIMARY KEY (table_name, column_name), UNIQUE (table_name, name))"
        )
        base.execute(
            "CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL,"
            " value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN,"
            " description TEXT, UNIQUE (constraint_name, constraint_type, value))"
        )
        base.executemany("INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, NULL)", words)
        base.executemany(
            "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', ?, 'read-write')",
            [("gpkg_data_columns", _WORDS), ("gpkg_data_column_constraints", _WORDS)],
        )
        base.execute("UPDATE gpkg_metadata SET metadata = replace(metadata, ?, ?)", (_NO_MARK, mark))
        base.execute(project.TABLE)
        base.execute("INSERT INTO qgis_projects VALUES (?, ?, ?)", qgis)
        base.commit()


def _both(column: str) -> str:
    return " / ".join(column_title(column, lang) for lang in LANGS)
