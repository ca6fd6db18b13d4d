"""Where each route meets administrative units: `python tools/sections.py districts.geojson`.

The file of boundaries (GeoJSON, WGS84, polygons with their name in a property) is the user's own; none is shipped.
For each route and each unit in order: chainage as computed from the drawn line, and rounded to half a kilometre for
a section of projects.yaml with `placed: approximate`. A unit that a route meets several times comes several times;
what lies in no unit of the file is written as "—".
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from lsinfra.alignments import cut_by_units, round_parts
from lsinfra.errors import LsinfraError
from lsinfra.routes import load

GEODATA = Path(__file__).resolve().parent.parent / "geodata"


def units(source: Path, name: str) -> dict[str, BaseGeometry]:
    """The polygons of a boundary file by name."""
    rows = json.loads(source.read_text(encoding="utf-8-sig"))["features"]
    return {row["properties"][name]: shape(row["geometry"]) for row in rows}


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("boundaries", type=Path, help="GeoJSON with the polygons of the units")
    parser.add_argument("--name", default="name", help="the property that names a unit (default: name)")
    parser.add_argument("--geodata", type=Path, default=GEODATA, help="the folder of the routes (default: geodata/)")
    parser.add_argument("--crs", default="EPSG:9215", help="the metric CRS (default: EPSG:9215)")
    given = parser.parse_args(arguments)
    try:
        routes = load(given.geodata, given.crs)
    except LsinfraError as error:
        sys.exit(error.write("en"))
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # the names are Vietnamese, also on Windows
    areas = units(given.boundaries, given.name)
    for alignment in routes.alignments.values():
        parts = cut_by_units(alignment, areas)
        for title, rows in (("computed", parts), ("rounded", round_parts(parts))):
            print(f"{alignment.route}, {title}:")
            for part in rows:
                print(f"  Km {part.start_m / 1000:8.3f} – {part.end_m / 1000:8.3f}  {part.unit or '—'}")


if __name__ == "__main__":
    main(sys.argv[1:])
