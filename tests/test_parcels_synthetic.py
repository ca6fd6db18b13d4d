"""Synthetic registers are what their description says: the roads, the parcels, the communes and the files."""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from pandas import Timestamp
from pyogrio.errors import DataSourceError

from lsinfra.errors import RunError
from lsinfra.parcels import geoparquet, synthetic
from lsinfra.parcels.ground import lines_from, units_from
from lsinfra.parcels.register import open_register
from lsinfra.parcels.synthetic import CORRIDOR_M, CRS, generate, lots, road, units
from lsinfra.text import Word
from tests.conftest import Run
from tests.test_files import no_room

Command = Callable[..., Run]
FORMS: tuple[synthetic.Form, ...] = ("parquet", "gpkg")
TENTH = 9  # the first strip that has only four communes


def frame(table: pa.Table) -> gpd.GeoDataFrame:
    columns = table.drop_columns("geometry").to_pandas()
    return gpd.GeoDataFrame(columns, geometry=shapely.from_wkb(table["geometry"].to_numpy()), crs=CRS)


@pytest.fixture(scope="module")
def whole() -> gpd.GeoDataFrame:
    """A project of the usual size."""
    return frame(lots(0))


# --- the road ------------------------------------------------------------------------------------------------------


def test_a_road_has_60_km_a_vertex_every_20_m_and_no_sharp_bend() -> None:
    for place in (0, 5, 2799):
        xy = road(place)
        steps = np.diff(xy, axis=0)
        assert xy.shape == (3001, 2)
        assert np.hypot(*steps.T) == pytest.approx(20.0, abs=0.002)
        turns = np.abs(np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))))
        assert 300 < 20 / turns.max() < 2000, "a road in the hills has bends, none under 300 m"
        west, south, east, north = gpd.GeoSeries([shapely.LineString(xy)], crs=CRS).to_crs(4326).total_bounds
        assert 102.14 < west < east < 108
        assert 7.99 < south < north < 23.4


def test_fewer_parcels_make_a_shorter_road_but_not_a_driveway() -> None:
    assert [len(road(0, parcels)) for parcels in (1, 200, 2500, 5000, 50_000)] == [121, 121, 1501, 3001, 3001]


# --- the parcels ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parcels", [1, 7, 300, 5000, 12_000])
def test_parcels_are_quadrilaterals_side_by_side_within_the_right_of_way(parcels: int) -> None:
    found = frame(lots(3, parcels, 7))
    shapes = found.geometry.to_numpy()
    assert len(found) == found["parcel_id"].nunique() == parcels
    assert set(shapely.get_num_coordinates(shapes)) == {5}
    assert shapely.is_valid(shapes).all()
    assert shapely.is_ccw(shapely.get_exterior_ring(shapes)).all()
    areas = shapely.area(shapes)
    joined = shapely.union_all(shapes)
    assert joined.area == pytest.approx(areas.sum(), rel=1e-9)
    way = shapely.LineString(road(3, parcels, 7)).buffer(CORRIDOR_M / 2, cap_style="square")
    assert joined.difference(way).area == 0
    if parcels >= 300:
        assert len(shapely.get_parts(joined)) <= 4, "three stretches without register, no gap besides"
    if parcels > 5000:
        met = shapely.intersects(shapes, shapely.LineString(road(3, parcels, 7))).mean()
        assert met < 0.5, "of two rows on either side of the centre line the outer ones do not reach it"


def test_the_register_fills_the_right_of_way_but_for_three_stretches(whole: gpd.GeoDataFrame) -> None:
    joined = shapely.union_all(whole.geometry.to_numpy())
    assert len(shapely.get_parts(joined)) == 4
    assert joined.area == pytest.approx(60_000 * CORRIDOR_M * 0.97, rel=0.08)
    line = shapely.LineString(road(0))
    assert line.difference(joined).length == pytest.approx(60_000 * 0.03, rel=0.1)


def test_parcels_lie_in_the_order_of_the_road(whole: gpd.GeoDataFrame) -> None:
    at = shapely.line_locate_point(shapely.LineString(road(0)), whole.geometry.centroid.to_numpy())
    assert (np.diff(at.reshape(-1, 2).mean(axis=1)) > 0).all()
    assert list(whole["parcel_id"][:2]) == ["T1-P1", "T1-P2"]


def test_stages_come_in_runs_with_a_few_that_hold_out(whole: gpd.GeoDataFrame) -> None:
    stages = whole["stage"].astype(object).where(whole["stage"].notna(), None)
    assert set(stages) == {None, "inventoried", "approved", "paid", "handed_over"}
    changes = [place for place, (one, two) in enumerate(pairwise(stages)) if one is not two and one != two]
    assert 60 < len(changes) < 250
    neighbours = [(stages[at], stages[at + 1], stages[at + 2]) for at in range(len(stages) - 2)]
    alone = [two for one, two, three in neighbours if one == three == "handed_over" != two]
    assert 2 < len(alone) < 40
    assert None not in alone


def test_a_stage_has_a_date_and_no_stage_has_none() -> None:
    found = frame(pa.concat_tables(lots(project, 500) for project in range(4)))
    assert (found["stage"].isna() == found["stage_date"].isna()).all()
    assert found["stage"].isna().any()
    dates = found["stage_date"].dropna().map(Timestamp)
    assert dates.between("2024-01-01", "2026-01-01").all()
    assert found["households"].between(0, 3).all()
    assert set(found["land_class"]) == {"LUC", "BHK", "CLN", "RSX", "ONT"}


# --- the communes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("place", "parcels"), [(0, 5000), (TENTH, 5000), (4, 5000), (2, 1), (6, 700)])
def test_communes_fill_the_strip_without_overlap(place: int, parcels: int) -> None:
    names, shapes = zip(*units(place, parcels, 1), strict=True)
    assert len(set(names)) == (4 if place == TENTH else 5)
    assert shapely.is_valid(np.array(shapes)).all()
    assert all(len(shape.exterior.coords) > 200 for shape in shapes)
    joined = shapely.union_all(shapes)
    assert joined.area == pytest.approx(sum(shape.area for shape in shapes), rel=1e-12)
    assert joined.geom_type == "Polygon", "no gaps between them"
    assert shapely.get_num_interior_rings(joined) == 0
    if place != TENTH:
        assert joined.area == pytest.approx(60_000 * 4_000, rel=0.05)
        assert joined.covers(shapely.LineString(road(place, parcels, 1)).buffer(CORRIDOR_M))


def test_communes_of_neighbouring_strips_share_their_edge() -> None:
    northern, southern, eastern = (shapely.union_all([shape for _, shape in units(place)]) for place in (0, 7, 2))
    for one, two, length in ((northern, southern, 60_000), (northern, eastern, 3_800)):
        assert one.intersection(two).area == 0
        assert one.intersection(two).length >= length


def test_one_border_runs_along_the_road_and_to_and_fro_across_it() -> None:
    crossings = 0
    for place in range(4):
        line = shapely.LineString(road(place))
        borders = [one.intersection(two) for (_, one), (_, two) in pairwise(units(place))]
        beside = [border.intersection(line.buffer(CORRIDOR_M)).length for border in borders]
        assert max(beside) > 1_000
        crossings += len(shapely.get_parts(line.intersection(borders[int(np.argmax(beside))])))
    assert crossings > 4 * 12


def test_about_two_in_a_hundred_parcels_lie_on_a_border(whole: gpd.GeoDataFrame) -> None:
    tree = shapely.STRtree([shape for _, shape in units(0)])
    parcel, _ = tree.query(whole.geometry.to_numpy(), predicate="intersects")
    met = np.bincount(parcel, minlength=len(whole))
    assert 0.012 < (met > 1).mean() < 0.03
    assert met.min() == 1
    there = frame(lots(TENTH))
    parcel, _ = shapely.STRtree([shape for _, shape in units(TENTH)]).query(there.geometry, predicate="intersects")
    assert np.isin(np.arange(len(there)), parcel, invert=True).mean() == pytest.approx(0.2, abs=0.03)


# --- the files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_the_files_are_read_by_the_commands(tmp_path: Path, form: synthetic.Form) -> None:
    done: list[int] = []
    made = generate(tmp_path / "new" / "folder", 3, 250, form=form, told=done.append)
    assert done == [1, 2, 3]
    assert {path.name for path in made.register.parent.iterdir()} == {f"register.{form}", "units.gpkg", "routes.gpkg"}
    opened = open_register(made.register)
    assert (opened.rows, opened.crs) == (750, CRS)
    found = opened.frame()
    expected = frame(pa.concat_tables(lots(project, 250) for project in range(3)))
    assert shapely.equals_exact(found.geometry.to_numpy(), expected.geometry.to_numpy()).all()
    for name in ("parcel_id", "project", "stage", "households", "land_class"):
        assert [None if one != one else one for one in found[name]] == [
            None if one != one else one for one in expected[name]
        ], name
    lines = lines_from(made.routes, CRS)
    assert [(line.project, line.corridor_m) for line in lines.lines] == [(f"thu-{n:06}", CORRIDOR_M) for n in (1, 2, 3)]
    assert np.array_equal(lines.lines[2].xy, road(2, 250))
    ground = units_from(made.units, CRS)
    assert ground.names == tuple(name for place in range(3) for name, _ in units(place, 250))
    assert ground.wkb[7] == units(1, 250)[2][1].wkb


def test_a_register_is_geoparquet_that_says_its_bounds(tmp_path: Path) -> None:
    path = generate(tmp_path, 2, 100).register
    about = json.loads(pq.read_metadata(path).metadata[b"geo"])
    read = gpd.read_parquet(path)
    assert about["version"] == "1.1.0"
    assert about["columns"]["geometry"]["bbox"] == read.total_bounds.tolist()
    assert read.crs == CRS
    assert pq.read_metadata(path).row_group(0).column(6).compression == "ZSTD"


def test_row_groups_are_full_and_cut_through_projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geoparquet, "ROW_GROUP", 90)
    path = generate(tmp_path, 5, 40).register
    about = pq.read_metadata(path)
    assert [about.row_group(group).num_rows for group in range(about.num_row_groups)] == [90, 90, 20]
    projects = pq.read_table(path)["project"].to_pylist()
    assert projects == sorted(projects)
    assert projects.count("thu-000003") == 40


def test_a_geopackage_is_written_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic, "_AT_ONCE", 2)
    made = generate(tmp_path, 5, 40, form="gpkg")
    assert [len(gpd.read_file(path)) for path in (made.units, made.routes)] == [25, 5]


@pytest.mark.parametrize("form", FORMS)
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, form: synthetic.Form) -> None:
    one, two, other = (generate(tmp_path / str(at), 2, 60, at // 2, form) for at in range(3))
    for name in ("register", "units", "routes"):
        assert getattr(one, name).read_bytes() == getattr(two, name).read_bytes() != getattr(other, name).read_bytes()


def test_a_project_is_the_same_however_many_there_are(tmp_path: Path) -> None:
    few, many = (pq.read_table(generate(tmp_path / str(k), k, 60).register) for k in (2, 4))
    assert many.slice(0, 120).equals(few)


def test_when_the_country_is_full_a_second_project_runs_along_the_first_road() -> None:
    first, second = lots(1, 30), lots(2801, 30)
    assert second["project"][0].as_py() == "thu-002802"
    assert not first["geometry"].equals(second["geometry"])
    way = shapely.LineString(road(1, 30)).buffer(CORRIDOR_M / 2, cap_style="square")
    assert shapely.covers(way, frame(second).geometry.to_numpy()).all()


def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    taken, folder = tmp_path / "file", tmp_path / "full"
    taken.write_text("mine", encoding="utf-8")
    with pytest.raises(RunError, match=r"Cannot write .*file: a file of that name"):
        generate(taken, 1, 10)
    folder.mkdir()
    for form in FORMS:
        with no_room(), pytest.raises(RunError, match=rf"Cannot write .*register\.{form}: ") as raised:
            generate(folder, 1, 10, form=form)
        assert isinstance(raised.value.values["reason"], Word)
        assert list(folder.iterdir()) == []


def test_a_full_disk_has_one_name_whoever_finds_it() -> None:
    for error in (OSError(errno.ENOSPC, ""), DataSourceError("sqlite3_exec(COMMIT) failed: database or disk is full")):
        with pytest.raises(RunError) as raised, synthetic._refusing(Path("x.gpkg")):
            raise error
        assert raised.value.values["reason"] == Word("run.reason.full")


def test_all_files_take_their_places_or_none(tmp_path: Path) -> None:
    def stop(done: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path, 3, 10, told=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["register.parquet", "units.gpkg", "routes.gpkg"])
def test_what_is_made_up_takes_the_place_of_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"the true one")
    with pytest.raises(RunError, match=f"already has {name}; made-up data"):
        generate(tmp_path, 1, 10)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {name: b"the true one"}


def test_without_pyarrow_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(RunError, match="needs the package pyarrow"):
        generate(tmp_path / "new", 1, 10)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("asked", [("--parcels", "100001"), ("--projects", "1000000"), ("--projects", "0")])
def test_more_than_fits_into_memory_or_a_name_is_refused(
    lsinfra: Command, tmp_path: Path, asked: tuple[str, str]
) -> None:
    run = lsinfra("parcels", "generate", "--projects", "1", "--out", "made", *asked, cwd=tmp_path)
    assert run.code == 2
    assert asked[0] in run.stderr
    assert list(tmp_path.iterdir()) == []
