"""A QGIS project inside the GeoPackage: every layer in its order and style, the temporal controller ready to play.

QGIS forgets the temporal settings of a layer's default style when it opens the layer by itself; those of a project it
keeps. A project cannot say "the file I lie in", only a name: under another name it finds no layers. Where another
export lies beside it under the old name it would find those; so each layer asks for the mark of its own file, and shows
nothing rather than figures of another week.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from copy import deepcopy
from datetime import date, timedelta
from xml.etree import ElementTree as ET

from lsinfra.exchange.gis.layers import Exporting, Layer
from lsinfra.exchange.gis.style import DOCTYPE, VERSION, style
from lsinfra.render.payload import day_text
from lsinfra.text import say

TABLE = "CREATE TABLE qgis_projects (name TEXT PRIMARY KEY, metadata BLOB, content BLOB)"
NAME = "lsinfra"

_TOP_DOWN = (
    *("places", "obstacles", "stretches", "sections", "sections_by_date", "projects", "findings", "routes"),
    *("boundaries", "border", "clearance", "disbursement", "sources"),
)
_LATER = {"sections_by_date", "findings"}
"""What is not shown until somebody ticks it: it would hide the sections of the date."""

_KINDS = {"Point": "Point", "MultiLineString": "Line", "LineString": "Line", "MultiPolygon": "Polygon"}
_MARGIN = 0.1  # degrees around the sections


def row(exporting: Exporting, layers: Sequence[Layer], file: str, mark: str) -> tuple[str, str, str]:
    """The project as a row of ``qgis_projects``: name, when it was made, its zip in hexadecimal digits.

    Parameters
    ----------
    file
        The name of the GeoPackage.
    mark
        What only this file has among its metadata.
    """
    about = {"last_modified_time": f"{exporting.as_of.isoformat()}T00:00:00", "last_modified_user": ""}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        entry = zipfile.ZipInfo(f"{NAME}.qgs")  # of 1980, whenever it is made
        entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
        made.writestr(entry, _project(exporting, layers, file, mark))
    return NAME, json.dumps(about), packed.getvalue().hex()


def _project(exporting: Exporting, layers: Sequence[Layer], file: str, mark: str) -> str:
    whole = ET.Element("qgis", {"version": VERSION, "projectname": ""})
    ET.SubElement(whole, "title").text = _title(exporting)
    whole.append(_crs("projectCrs"))
    known = {layer.name: layer for layer in layers}
    reference = ET.SubElement(ET.SubElement(whole, "properties"), "SpatialRefSys")
    ET.SubElement(reference, "ProjectionsEnabled", {"type": "int"}).text = "1"
    tree = ET.SubElement(whole, "layer-tree-group")
    canvas = ET.SubElement(whole, "mapcanvas", {"name": "theMapCanvas", "annotationsVisible": "1"})
    ET.SubElement(canvas, "units").text = "degrees"
    canvas.append(_extent(known["sections"]))
    canvas.append(_crs("destinationsrs"))
    drawn = ET.SubElement(whole, "projectlayers")
    own = f"EXISTS (SELECT 1 FROM gpkg_metadata WHERE instr(metadata, '{mark}'))"  # noqa: S608
    for name in _TOP_DOWN:
        layer, source = known[name], f"./{file}|layername={name}|subset={own}"
        shown = "Qt::Unchecked" if name in _LATER else "Qt::Checked"
        said = {"id": _id(layer), "name": layer.title(exporting.lang), "source": source, "providerKey": "ogr"}
        ET.SubElement(tree, "layer-tree-layer", said | {"checked": shown, "expanded": str(int(name == "sections"))})
        drawn.append(_layer(layer, exporting, source))
    days = known["sections_by_date"].table["valid_from"].dropna()
    first = days.min().date() if len(days) else exporting.as_of
    whole.append(_time(first, exporting.as_of + timedelta(days=1)))
    whole.append(_view(known["sections"]))
    ET.indent(whole)
    return DOCTYPE + ET.tostring(whole, encoding="unicode")


def _title(exporting: Exporting) -> str:
    """The portfolio's, and the date: of two weeks in two windows each says which it is."""
    day = say(exporting.lang, "gis.as_of", day=day_text(exporting.as_of, exporting.lang))
    return f"{exporting.portfolio.records.portfolio.title.write(exporting.lang)}, {day}"


def _layer(layer: Layer, exporting: Exporting, source: str) -> ET.Element:
    kind = _KINDS[layer.geometry_type] if layer.geometry_type else "No geometry"
    made = ET.Element("maplayer", {"type": "vector", "geometry": kind, "styleCategories": "AllStyleCategories"})
    texts = {"id": _id(layer), "datasource": source, "layername": layer.title(exporting.lang)}
    for name, text in texts.items():
        ET.SubElement(made, name).text = text
    if layer.placed:
        made.append(_crs("srs"))
    ET.SubElement(made, "provider", {"encoding": "UTF-8"}).text = "ogr"
    look = style(layer, exporting.lang)
    made.set("labelsEnabled", look.get("labelsEnabled", "0"))
    made.extend(deepcopy(part) for part in look)
    return made


def _id(layer: Layer) -> str:
    """QGIS gives a layer another id where it finds one too short."""
    return f"{NAME}_{layer.name}"


def _crs(name: str) -> ET.Element:
    made = ET.Element(name)
    system = ET.SubElement(made, "spatialrefsys")
    for part, text in (("srsid", "3452"), ("srid", "4326"), ("authid", "EPSG:4326"), ("geographicflag", "true")):
        ET.SubElement(system, part).text = text
    return made


def _extent(layer: Layer) -> ET.Element:
    """What the map opens at."""
    made = ET.Element("extent")
    for side, value in _sides(layer).items():
        ET.SubElement(made, side).text = value
    return made


def _view(layer: Layer) -> ET.Element:
    """What "zoom to the whole" goes to."""
    made = ET.Element("ProjectViewSettings", {"UseProjectScales": "0"})
    extent = ET.SubElement(made, "DefaultViewExtent", _sides(layer))
    extent.extend(_crs("crs"))
    return made


def _sides(layer: Layer) -> dict[str, str]:
    """The sections with a margin, in degrees; the world where none is drawn."""
    shapes = layer.table["geometry"]
    drawn = shapes[shapes.notna()]
    west, south, east, north = drawn.total_bounds if len(drawn) else (-180.0, -90.0, 180.0, 90.0)
    sides = {"xmin": west - _MARGIN, "ymin": south - _MARGIN, "xmax": east + _MARGIN, "ymax": north + _MARGIN}
    return {side: f"{value:.6f}" for side, value in sides.items()}


def _time(first: date, end: date) -> ET.Element:
    """What the temporal controller plays: from the first figure to the date, a day a step.

    QGIS draws in a step whatever is valid at any time of it: in a longer one two states of a section at once.
    """
    made = ET.Element("ProjectTimeSettings", {"timeStep": "1", "timeStepUnit": "d", "frameRate": "10"})
    made.set("cumulativeTemporalRange", "0")
    span = ET.SubElement(made, "TemporalRange")
    for name, day in (("start", first), ("end", end)):
        ET.SubElement(span, name).text = f"{day.isoformat()}T00:00:00Z"
    return made
