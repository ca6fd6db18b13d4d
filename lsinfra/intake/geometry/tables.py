"""GeoJSON, GeoPackage and shapefiles: what desktop GIS writes.

The last two are read by GDAL through pyogrio, every layer, each with the CRS it names.
"""

from __future__ import annotations

import codecs
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from lsinfra.geojson import MAX_BYTES, WGS84
from lsinfra.intake.geometry import lettering
from lsinfra.intake.geometry.drawing import MAX_POSITIONS, MAX_SHAPES, GeoImportError, Shape, no_layer
from lsinfra.numerals import shown

_LINES, _AREAS = ("LineString", "MultiLineString"), ("Polygon", "MultiPolygon")
_WESTERN = ("cp1252", "iso8859-1", "iso8859-15")

Rows = tuple[list[Shape], Counter[str], bool, str | None, str | None]
"""Shapes, what was left out, whether there were heights, the CRS, the encoding of the attributes."""


def read_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises
    ------
    GeoImportError
        Too large, not UTF-8 or not JSON.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        limit = MAX_BYTES // 1_048_576
        raise GeoImportError("too_large", file=shown(path.name), found=size // 1_048_576, limit=limit)
    try:
        value = json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise GeoImportError("not_utf8", file=shown(path.name), byte=error.start + 1) from None
    except json.JSONDecodeError as error:
        raise GeoImportError("not_json", file=shown(path.name), line=error.lineno, column=error.colno) from None
    except (RecursionError, ValueError):  # brackets in brackets; an integer of thousands of digits
        raise GeoImportError("not_json", file=shown(path.name), line=1, column=1) from None
    return value


def read_geojson(value: Any, path: Path) -> Rows:
    """GeoJSON as it was parsed: WGS84 (RFC 7946), unless its old member ``crs`` names another."""
    if not isinstance(value, dict):
        raise GeoImportError("not_geojson", file=shown(path.name))
    rows = value.get("features") if value.get("type") == "FeatureCollection" else [value]
    if not isinstance(rows, list):
        raise GeoImportError("not_geojson", file=shown(path.name))
    shapes: list[Shape] = []
    left: Counter[str] = Counter()
    heights = False
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            raise GeoImportError("not_geojson", file=shown(path.name))
        shape = row.get("geometry") if row.get("type") == "Feature" else row
        if shape is None:
            left["empty"] += 1
            continue
        properties = row.get("properties")
        attributes = _texts(properties if isinstance(properties, dict) else {})
        try:
            drawn = shapely.geometry.shape(shape)
        except Exception:  # noqa: BLE001  # shapely says a wrong form in a dozen ways
            raise GeoImportError("bad_feature", file=shown(path.name), index=index + 1) from None
        heights = heights or drawn.has_z
        _take(drawn, "", attributes, shapes, left, path.name)
    return shapes, left, heights, _named_crs(value.get("crs")), None


def _named_crs(member: Any) -> str | None:
    """The CRS of GeoJSON 2008; RFC 7946 has none, and means WGS84."""
    name = member.get("properties", {}).get("name") if isinstance(member, dict) else None
    if member is None:
        return "EPSG:4326"
    if not isinstance(name, str):
        return None
    plain = name.strip().upper().removeprefix("URN:OGC:DEF:CRS:").replace("::", ":")
    return "EPSG:4326" if plain in WGS84 else plain


def read_geopackage(path: Path, layers: Sequence[str]) -> Rows:
    """Every layer of a GeoPackage that has a geometry, or the named ones; all must be in one CRS."""
    shapes: list[Shape] = []
    left: Counter[str] = Counter()
    heights = False
    systems: dict[str | None, str] = {}
    there = _layers(path)
    if layers and not set(layers) & set(there):
        raise no_layer(path.name, layers, there)
    for layer in there:
        if layers and layer not in layers:
            continue
        found, more, high, crs, _ = _ogr(path, layer, None)
        shapes += found
        left += more
        heights = heights or high
        if found:
            systems.setdefault(crs, layer)
        if len(shapes) > MAX_SHAPES:
            raise GeoImportError("too_many", file=shown(path.name), limit=MAX_SHAPES)
    if len(systems) > 1:
        first, second = list(systems.values())[:2]
        raise GeoImportError("layers_differ", file=shown(path.name), first=shown(first), second=shown(second))
    return shapes, left, heights, next(iter(systems), None), None


def read_shapefile(path: Path, encoding: str | None) -> Rows:
    """A shapefile. Without .cpg its letters are found out; without .prj it has no CRS.

    Parameters
    ----------
    encoding : str or None
        ``utf-8``, ``cp1258``, ``tcvn3``, ``vni`` or any that Python knows; None to take the .cpg's word, or to find
        out.
    """
    have = {other.suffix.lower(): other for other in path.parent.glob(f"{_glob_text(path.stem)}.*")}
    if ".shx" not in have:
        raise GeoImportError("no_shx", file=shown(path.name), missing=shown(f"{path.stem}.shx"))
    size = sum(have[suffix].stat().st_size for suffix in (".shp", ".dbf") if suffix in have)
    if size > MAX_BYTES * 2:
        limit = MAX_BYTES * 2 // 1_048_576
        raise GeoImportError("too_large", file=shown(path.name), found=size // 1_048_576, limit=limit)
    shapes, left, heights, crs, _ = _ogr(path, None, "ISO-8859-1")
    said = encoding
    if said is None and ".cpg" in have:
        said = _code_page(have[".cpg"].read_bytes()[:40].decode("ascii", "replace").strip())
        # Programs write these of a file with letters of TCVN3 or VNI; Vietnamese they cannot hold.
        said = None if said in _WESTERN else said
    raw = [text.encode("latin-1", "replace") for shape in shapes for pair in shape.attributes.items() for text in pair]
    if said is not None and any(lettering.decode(text, said) is None for text in raw):
        if encoding is not None:
            raise GeoImportError("encoding_wrong", file=shown(path.name), encoding=shown(said))
        said = None
    said = said or lettering.guess(raw)
    how = said or "utf-8"
    read = [Shape(one.layer, _decoded(one.attributes, how), one.geometry) for one in shapes]
    return read, left, heights, crs, said


def _code_page(text: str) -> str | None:
    """Python's own name for what a .cpg says: ``UTF-8``, ``1258``, ``ISO 88591``; None where it knows none."""
    plain = text.lower().replace(" ", "").replace("ansi", "").strip()
    name = f"cp{plain}" if plain.isdigit() else plain
    try:
        return codecs.lookup(name).name if lettering.decode(b"a", name) == "a" else None
    except LookupError:
        return None


def _decoded(attributes: dict[str, str], encoding: str) -> dict[str, str]:
    def text(value: str) -> str:
        raw = value.encode("latin-1", "replace")
        read = lettering.decode(raw, encoding)
        return raw.decode("utf-8", "replace") if read is None else read

    return {text(name): text(value) for name, value in attributes.items()}


def _layers(path: Path) -> list[str]:
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        return [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    except (DataSourceError, DataLayerError, UnicodeDecodeError):
        raise GeoImportError("broken", file=shown(path.name)) from None


def _ogr(path: Path, layer: str | None, encoding: str | None) -> Rows:
    import warnings

    from pyogrio import raw
    from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FeatureError, GeometryError

    shapes: list[Shape] = []
    left: Counter[str] = Counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of measures that are dropped, of a .dbf that is missing
            meta, _, geometry, fields = raw.read(
                path, layer=layer, encoding=encoding, max_features=MAX_SHAPES + 1, datetime_as_string=True
            )
    except (DataSourceError, DataLayerError, FeatureError, GeometryError, CRSError, ValueError, UnicodeError):
        raise GeoImportError("broken", file=shown(path.name)) from None
    except UnboundLocalError:  # pyogrio's own slip where GDAL cannot write down the CRS that it read
        raise GeoImportError("crs_damaged", file=shown(path.name)) from None
    if geometry is None:
        return shapes, left, False, None, None
    if len(geometry) > MAX_SHAPES:
        raise GeoImportError("too_many", file=shown(path.name), limit=MAX_SHAPES)
    names = [str(name) for name in meta["fields"]]
    heights = "Z" in str(meta.get("geometry_type")) or "2.5D" in str(meta.get("geometry_type"))
    for index, blob in enumerate(geometry):
        if blob is None:
            left["empty"] += 1
            continue
        try:
            drawn = shapely.from_wkb(bytes(blob))
        except shapely.GEOSException:
            raise GeoImportError("bad_feature", file=shown(path.name), index=index + 1) from None
        heights = heights or drawn.has_z or drawn.has_m
        attributes = _texts({name: column[index] for name, column in zip(names, fields, strict=True)})
        _take(drawn, layer or "", attributes, shapes, left, path.name)
    crs = meta.get("crs")
    return shapes, left, heights, str(crs) if crs else None, None


def _take(
    drawn: BaseGeometry, layer: str, attributes: dict[str, str], shapes: list[Shape], left: Counter[str], file: str
) -> None:
    """Lines part by part, areas whole; the rest is counted."""
    for piece in _flat_parts(drawn):
        if piece.is_empty:
            left["empty"] += 1
        elif piece.geom_type in _AREAS:
            shapes.append(Shape(layer, attributes, shapely.force_2d(piece)))
        elif piece.geom_type in _LINES:
            shapes += [Shape(layer, attributes, shapely.force_2d(part)) for part in shapely.get_parts(piece)]
        else:
            left["point" if "Point" in piece.geom_type else "other"] += 1
    if len(shapes) > MAX_SHAPES or shapely.get_num_coordinates(drawn) > MAX_POSITIONS:
        raise GeoImportError("too_many", file=shown(file), limit=MAX_SHAPES)


def _flat_parts(drawn: BaseGeometry) -> Iterator[BaseGeometry]:
    if drawn.geom_type == "GeometryCollection":
        for part in shapely.get_parts(drawn):
            yield from _flat_parts(part)
    else:
        yield drawn


def _texts(row: dict[str, Any]) -> dict[str, str]:
    """Attributes as texts, without those that say nothing; whole numbers as such, also where GDAL gives 181.0."""
    texts = {}
    for name, value in row.items():
        if value is None or value != value:  # nan, an empty number of GDAL
            continue
        whole = isinstance(value, float) and value.is_integer()
        text = str(int(value) if whole else value).strip()
        if text and text != "NaT":
            texts[name] = text
    return texts


def _glob_text(stem: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in stem)
