"""A geometry file of any kind → a ``Drawing``, read in a process of its own so that no file can hang or fill this one.

``python -m lsinfra.intake.geometry.reading`` is that process: the question comes on stdin, the answer goes to stdout.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import shapely

from lsinfra.errors import RunError, why
from lsinfra.intake.geometry import cad, markup, osm, overpass, tables
from lsinfra.intake.geometry.drawing import Drawing, GeoImportError, Shape, Wanted, no_layer
from lsinfra.numerals import shown

SECONDS = 10.0
MAX_MEMORY = 1024**3
_PBF_SECONDS_A_MB = 0.5
"""An extract of a country is large and honest: the time it may take grows with its size."""

_FARTHEST = 1e9  # metres or degrees; nothing on earth has a larger coordinate
SUFFIXES = (".geojson", ".json", ".gpkg", ".shp", ".kml", ".kmz", ".gpx", ".dxf", ".pbf")


def read(path: Path, wanted: Wanted | None = None, *, seconds: float | None = None) -> Drawing:
    """A file's lines and areas, in its own coordinates.

    Parameters
    ----------
    wanted : Wanted, optional
        Layers, OpenStreetMap's ref or level, encoding; None for all there is.
    seconds : float, optional
        How long the reading may take; None for ``SECONDS``. An OpenStreetMap extract is given more, by its size.

    Raises
    ------
    GeoImportError
        No such format; too large, broken or hostile; nothing in it that could be a route or a boundary.
    RunError
        The file cannot be opened.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            stream.read(1)
    except OSError as error:
        raise RunError("unreadable", path=path, reason=why(error)) from None
    if path.suffix.lower() not in SUFFIXES:
        raise GeoImportError("unknown_format", file=shown(path.name), known=" ".join(SUFFIXES))
    seconds = SECONDS if seconds is None else seconds
    if path.suffix.lower() == ".pbf":
        seconds += size / 1_048_576 * _PBF_SECONDS_A_MB
    asked = wanted or Wanted()
    question: dict[str, object] = {"path": str(path.resolve()), "layers": asked.layers, "ref": asked.ref}
    question |= {"admin_level": asked.admin_level, "encoding": asked.encoding}
    command = [sys.executable, "-P", "-m", "lsinfra.intake.geometry.reading"]
    room = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(
            command, input=json.dumps(question).encode(), capture_output=True, timeout=seconds, env=room, check=False
        )
    except subprocess.TimeoutExpired:
        raise GeoImportError("too_slow", file=shown(path.name), seconds=round(seconds)) from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:  # it died: out of memory, or a fault inside a library
        raise GeoImportError("gave_up", file=shown(path.name)) from None
    if "key" in answer:
        raise GeoImportError(answer["key"], **answer["values"])
    shapes = tuple(Shape(layer, attributes, shapely.from_wkb(wkb)) for layer, attributes, wkb in answer.pop("shapes"))
    return Drawing(**answer, shapes=shapes)


def read_here(path: Path, wanted: Wanted) -> Drawing:
    """The same in this process, without a bound on time."""
    encoding = crs = None
    heights = mended = False
    left: Counter[str] = Counter()
    suffix = path.suffix.lower()
    if suffix in (".geojson", ".json"):
        value = tables.read_json(path)
        if overpass.is_answer(value):
            (shapes, left), crs = overpass.read_answer(value, path, wanted.ref, wanted.admin_level), "EPSG:4326"
        else:
            shapes, left, heights, crs, encoding = tables.read_geojson(value, path)
    elif suffix == ".gpkg":
        shapes, left, heights, crs, encoding = tables.read_geopackage(path, wanted.layers)
    elif suffix == ".shp":
        shapes, left, heights, crs, encoding = tables.read_shapefile(path, wanted.encoding)
    elif suffix == ".dxf":
        shapes, left, heights, mended = cad.read_dxf(path, wanted.layers)
    elif suffix == ".pbf":
        (shapes, left), crs = osm.read_pbf(path, wanted.ref, wanted.admin_level), "EPSG:4326"
    else:
        readers = {".kml": markup.read_kml, ".kmz": markup.read_kmz, ".gpx": markup.read_gpx}
        (shapes, left, heights), crs = readers[suffix](path), "EPSG:4326"
    chosen = [shape for shape in shapes if not wanted.layers or shape.layer in wanted.layers]
    if wanted.layers and not chosen:
        raise no_layer(path.name, wanted.layers, dict.fromkeys(one.layer for one in shapes))
    if not chosen:
        raise GeoImportError("nothing", file=shown(path.name))
    if not all(_finite(shape) for shape in chosen):
        raise GeoImportError("not_finite", file=shown(path.name))
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Drawing(path.name, digest, crs, tuple(chosen), encoding, dict(+left), heights, mended)


def _finite(shape: Shape) -> bool:
    return bool((abs(shapely.get_coordinates(shape.geometry)) < _FARTHEST).all())  # false for nan as well


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    wanted = Wanted(tuple(question["layers"]), question["ref"], question["admin_level"], question["encoding"])
    path = Path(question["path"])
    try:
        drawing = read_here(path, wanted)
    except RunError as error:
        return {"key": error.key, "values": error.values}
    except MemoryError:
        return {"key": "gave_up", "values": {"file": shown(path.name)}}
    except OSError:
        return {"key": "broken", "values": {"file": shown(path.name)}}
    names = ("name", "sha256", "crs", "encoding", "left_out", "heights", "mended")
    kept = {name: getattr(drawing, name) for name in names}
    return kept | {"shapes": [(one.layer, one.attributes, one.geometry.wkb_hex) for one in drawing.shapes]}


def _main() -> None:
    question = json.load(sys.stdin)
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.write(json.dumps(_answer(question)))


if __name__ == "__main__":
    _main()
