"""One layer in one file: GeoJSON (RFC 7946), FlatGeobuf, GeoParquet 1.1 (a table without geometry: Parquet)."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry.base import BaseGeometry

from lsinfra.errors import missing_package
from lsinfra.exchange.gis.fields import attributes, column_title, write_layer
from lsinfra.exchange.gis.layers import Exporting, Layer
from lsinfra.frames.columns import kind_of
from lsinfra.text import LANGS

if TYPE_CHECKING:
    import pyarrow as pa

_DIGITS = 7  # of a degree: 1 cm; RFC 7946, 11.2 finds six enough


def write(exporting: Exporting, name: str, ending: str) -> bytes:
    """The file.

    Raises
    ------
    RunError
        GeoParquet is asked for and pyarrow is not installed.
    """
    if ending == ".parquet":
        try:
            import pyarrow as pa  # noqa: F401
        except ImportError:
            raise missing_package("pyarrow") from None
    layer = exporting.layer(name)
    if ending == ".geojson":
        return _geojson(exporting, layer)
    return _flatgeobuf(exporting, layer) if ending == ".fgb" else _parquet(exporting, layer)


# --- GeoJSON ---------------------------------------------------------------------------------------------------------


def _geojson(exporting: Exporting, layer: Layer) -> bytes:
    """A feature a line; longitude first, seven decimals, outer rings against the clock, null where nothing is known."""
    columns = list(attributes(layer.table))
    shapes = layer.table["geometry"] if layer.placed else [None] * len(layer.table)
    features = []
    for place, shape in enumerate(shapes):
        properties = {name: None if gaps[place] else _plain(values[place]) for name, values, gaps in columns}
        features.append({"type": "Feature", "properties": properties, "geometry": _shape(shape)})
    head = {
        "type": "FeatureCollection",
        "name": layer.name,
        "title": layer.title(exporting.lang),
        "description": layer.description(exporting.as_of),
        "as_of": exporting.as_of.isoformat(),
        "attribution": list(layer.credits),
    }
    lines = ",\n".join(_json(feature) for feature in features)
    return f'{_json(head)[:-1]},"features":[\n{lines}\n]}}\n'.encode()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _plain(value: Any) -> object:
    """A day as ISO 8601 writes it; a number of numpy's as one of Python's."""
    if isinstance(value, str):
        return value
    plain: object = value.item()
    if isinstance(plain, float):
        return int(plain) if plain.is_integer() and math.fabs(plain) < 2**53 else plain
    return plain if isinstance(plain, bool | int) else str(value)


def _shape(shape: BaseGeometry | None) -> object:
    if shape is None:
        return None
    turned = shapely.orient_polygons(shape)
    return json.loads(shapely.to_geojson(shapely.transform(turned, lambda points: points.round(_DIGITS))))


# --- FlatGeobuf ------------------------------------------------------------------------------------------------------


def _flatgeobuf(exporting: Exporting, layer: Layer) -> bytes:
    gaps = not layer.placed or bool(layer.table["geometry"].isna().any()) or not len(layer.table)
    options = {
        "TITLE": layer.title(exporting.lang),
        "DESCRIPTION": layer.description(exporting.as_of),
        # Its index has no place for a row without a geometry.
        "SPATIAL_INDEX": "NO" if gaps else "YES",
    }
    with TemporaryDirectory(prefix="lsinfra-") as folder:
        path = Path(folder) / f"{layer.name}.fgb"
        write_layer(path, layer.table, layer.name, "FlatGeobuf", options)
        return path.read_bytes()


# --- GeoParquet ------------------------------------------------------------------------------------------------------


def _parquet(exporting: Exporting, layer: Layer) -> bytes:
    """GeoParquet 1.1 with the box of each geometry in a column; the words of columns as metadata of their fields."""
    from geopandas import GeoDataFrame
    from pyarrow import parquet

    made = io.BytesIO()
    if isinstance(layer.table, GeoDataFrame):
        layer.table.to_parquet(made, index=False, schema_version="1.1.0", write_covering_bbox=True)
    else:
        layer.table.to_parquet(made, index=False)
    made.seek(0)
    table = _said(exporting, layer, parquet.read_table(made))
    again = io.BytesIO()
    parquet.write_table(table, again, compression="zstd")
    return again.getvalue()


def _said(exporting: Exporting, layer: Layer, table: pa.Table) -> pa.Table:
    """The table with days as days, and with what its columns and the whole of it mean."""
    import pyarrow as pa

    fields = []
    for field in table.schema:
        if field.name in layer.table.columns and field.name != "geometry":
            words = {f"description_{lang}": column_title(field.name, lang) for lang in LANGS}
            kind = pa.date32() if kind_of(field.name).startswith("datetime64") else field.type
            fields.append(pa.field(field.name, kind, metadata=words))
        else:
            fields.append(field)
    about = {
        "title": layer.title(exporting.lang),
        "description": layer.description(exporting.as_of),
        "as_of": exporting.as_of.isoformat(),
        "attribution": "; ".join(layer.credits),
    }
    kept = {name: value for name, value in (table.schema.metadata or {}).items() if name in (b"geo", b"pandas")}
    return table.cast(pa.schema(fields)).replace_schema_metadata({**kept, **about})
