"""What can be asked for: the names of the layers, and the formats by the endings of files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath

from lsinfra.errors import RunError

LAYERS = (
    *("sections", "sections_by_date", "projects", "stretches", "routes", "obstacles", "places", "boundaries", "border"),
    *("findings", "clearance", "disbursement", "sources"),
)
"""Every layer, in the order in which a GeoPackage holds them."""

GEOMETRIES = {
    "sections": "MultiLineString",
    "sections_by_date": "MultiLineString",
    "projects": "MultiLineString",
    "stretches": "LineString",
    "routes": "LineString",
    "obstacles": "Point",
    "places": "Point",
    "boundaries": "MultiPolygon",
    "border": "MultiLineString",
    "findings": "MultiLineString",
    "clearance": "MultiLineString",
}
"""The one type of geometry of each layer that has any."""

PACKAGE = ".gpkg"
ONE_LAYER = (".geojson", ".fgb", ".parquet")
_SHAPEFILE = {".shp", ".shx", ".dbf", ".shz"}


class GisError(RunError):
    """What cannot be written for a GIS; its sentence is under ``gis.``."""

    group = "gis"


@dataclass(frozen=True)
class Target:
    """What is to be written: the name and the ending of the file, the one layer it holds (None: all of them)."""

    file: str
    ending: str
    layer: str | None


def target(out: PurePath, layer: str | None) -> Target:
    """What a file's name and ``--layer`` ask for; of one layer without a name it is ``sections``.

    Raises
    ------
    GisError
        An ending that no format here has, a Shapefile, a layer that is not one of ``LAYERS``, or one layer of a
        GeoPackage, which holds all.
    """
    ending = out.suffix.lower()
    if ending in _SHAPEFILE:
        raise GisError("shapefile", path=out)
    if ending != PACKAGE and ending not in ONE_LAYER:
        raise GisError("ending", path=out, expected=", ".join((PACKAGE, *ONE_LAYER)))
    if layer is not None and layer not in LAYERS:
        raise GisError("unknown_layer", found=layer, known=", ".join(LAYERS))
    if ending == PACKAGE:
        if layer is not None:
            raise GisError("all_layers", layer=layer, expected=", ".join(ONE_LAYER))
        return Target(out.name, ending, None)
    return Target(out.name, ending, layer or LAYERS[0])


def check_free(out: Path) -> None:
    """See that nobody has the GeoPackage open that would be replaced.

    SQLite would play what the other program wrote beside it (``-wal``, ``-journal``) into the new file.

    Raises
    ------
    GisError
        Such a file is there.
    """
    for beside in (out.with_name(f"{out.name}{ending}") for ending in ("-wal", "-journal")):
        if beside.exists():
            raise GisError("in_use", path=out, beside=beside.name)
