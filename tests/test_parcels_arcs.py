"""Parcels with arcs and surfaces in space, as CAD, Oracle and QGIS draw them: measured truly, or refused."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from shapely import GeometryCollection, Point, box

from lsinfra.errors import InputError
from lsinfra.parcels import inspection, kernel, results
from lsinfra.parcels.importing import Asked, bring
from lsinfra.parcels.land import decoded
from lsinfra.parcels.model import Lines, Units
from lsinfra.parcels.register import open_register
from lsinfra.parcels.stored import quietly
from tests.test_parcels_register import CRS, DAY, ROWS, X, Y, parcels, parquet

R = 20.0
PLAIN = box(X, Y, X + 30, Y + 20).wkb
NONE = Units((), (), CRS), Lines((), CRS)


def _whole(kind: int, *parts: bytes, order: str = "<") -> bytes:
    return struct.pack(f"{order}BII", order == "<", kind, len(parts)) + b"".join(parts)


def _vertices(kind: int, *xy: tuple[float, float], order: str = "<") -> bytes:
    return struct.pack(f"{order}BII", order == "<", kind, len(xy)) + b"".join(
        struct.pack(f"{order}2d", *one) for one in xy
    )


RING = ((X - R, Y), (X, Y + R), (X + R, Y), (X, Y - R), (X - R, Y))
CIRCLE = _whole(10, _vertices(8, *RING))
HALVES = _whole(10, _whole(9, _vertices(8, *RING[:3]), _vertices(8, *RING[2:])))
SURFACE = _whole(12, PLAIN)
TRIANGLE = struct.pack("<BIII", 1, 17, 1, 4) + b"".join(struct.pack("<2d", *one) for one in (*RING[:3], RING[0]))
TIN = _whole(16, TRIANGLE)
BENT = {"circle": CIRCLE, "halves": HALVES, "surface": SURFACE, "triangle": TRIANGLE, "tin": TIN}


def _with(folder: Path, wkb: bytes) -> Path:
    """A GeoParquet register whose third shape has these bytes."""
    path = parquet(folder, parcels(stage="paid", stage_date=DAY), groups=ROWS)
    table = pq.read_table(path)
    shapes = table.column("geometry").to_pylist()
    shapes[2] = wkb
    at = table.schema.get_field_index("geometry")
    pq.write_table(table.set_column(at, table.schema.field(at), pa.array(shapes, pa.binary())), path)
    return path


def _geopackage(folder: Path, *wkb: bytes) -> Path:
    path = folder / "thửa.gpkg"
    columns = {"parcel_id": [f"T{n}" for n in range(len(wkb))], "project": "ql4b", "stage": "paid", "stage_date": DAY}
    table = pa.table(pd.DataFrame(columns)).append_column("geometry", pa.array(wkb, pa.binary()))
    how = {"layer": "x", "driver": "GPKG", "geometry_name": "geometry", "geometry_type": "Unknown", "crs": CRS}
    with quietly():  # surfaces in space are not in the standard
        pyogrio.write_arrow(table, path, **how)
    return path


@pytest.mark.parametrize("wkb", BENT.values(), ids=BENT)
def test_arcs_in_a_register_are_no_polygons(tmp_path: Path, wkb: bytes) -> None:
    """Neither in memory nor by pieces; ``check`` says where, ``import`` refuses them."""
    path = _with(tmp_path, wkb)
    register = open_register(path)
    for partial in (kernel.measure(register.land(0), *NONE), kernel.measure(register.frame(), *NONE)):
        assert [(one.code, one.count) for one in partial.faulty] == [("not_polygon", 1)]
        with pytest.raises(InputError):
            results.conclude(partial, NONE[1])
    (doubt,) = (
        one for one in inspection.inspect(register, *NONE, None, None, DAY).findings if one.code == "not_polygon"
    )
    assert (doubt.count, doubt.spots[0].row) == (1, 3)
    assert doubt.spots[0].lon is not None
    with pytest.raises(InputError) as raised:
        bring(path, tmp_path / "neu.parquet", Asked())
    assert [(fault.key, fault.values["rows"]) for fault in raised.value.faults] == [("register.bent", "3")]
    assert "--" not in raised.value.write("vi")


def test_arcs_of_a_geopackage_are_measured_to_a_millionth(tmp_path: Path) -> None:
    path = _geopackage(tmp_path, PLAIN, CIRCLE, HALVES, SURFACE)
    made = bring(path, tmp_path / "sổ.parquet", Asked())
    assert (made.straightened, sum(made.shapes.values())) == (3, 0)
    assert "3" in made.write("vi").splitlines()[-1]
    true_m2 = [600.0, math.pi * R**2, math.pi * R**2, 600.0]
    for register in (open_register(path), open_register(made.path)):
        assert register.frame().geometry.area.tolist() == pytest.approx(true_m2, rel=1e-6)


def test_surfaces_in_space_of_a_geopackage_are_refused(tmp_path: Path) -> None:
    path = _geopackage(tmp_path, PLAIN, TRIANGLE, CIRCLE, TIN)
    with pytest.raises(InputError) as raised:
        bring(path, tmp_path / "sổ.parquet", Asked())
    assert [(fault.key, fault.values["rows"]) for fault in raised.value.faults] == [("register.bent", "2, 4")]
    assert not (tmp_path / "sổ.parquet").exists()


def test_what_cannot_be_measured_is_at_its_first_vertex() -> None:
    big = _whole(10, _vertices(8, *RING, order=">"), order=">")
    small = box(X, Y, X + 1, Y + 1)
    both = GeometryCollection([small, Point(X, Y)])
    shapes = [
        CIRCLE,
        HALVES,
        SURFACE,
        TRIANGLE,
        TIN,
        big,
        both.wkb,
        _whole(7, CIRCLE),
        shapely.to_wkb(shapely.set_srid(both, 9215), include_srid=True),
    ]
    found = decoded(np.array(shapes, dtype=object))
    first = box(X, Y, X + 30, Y + 20).exterior.coords[0], small.exterior.coords[0]
    at = [RING[0], RING[0], first[0], RING[0], RING[0], RING[0], first[1], RING[0], first[1]]
    assert [(one.x, one.y) for one in found] == at
    broken = [CIRCLE[:20], _whole(12), _whole(7), b"\1", b"", TIN[:-70], _vertices(8, (math.nan, 0.0)), None, CIRCLE]
    assert [one is None for one in decoded(np.array(broken, dtype=object))] == [True] * 8 + [False]
    kept = np.array([PLAIN, None, Point(1, 2).wkb, CIRCLE], dtype=object)
    assert [shape and shape.geom_type for shape in decoded(kept)] == ["Polygon", None, "Point", "Point"]
