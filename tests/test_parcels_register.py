"""Registers on the disk: what is read of them, what is wrong with them."""

from __future__ import annotations

import json
import pickle
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lsinfra.errors import InputError, LsinfraError, RunError
from lsinfra.parcels import sources, stored
from lsinfra.parcels.register import COLUMNS, NAMES, Register, meaning, open_register

CRS = "EPSG:9215"
X, Y = 450_000.0, 2_400_000.0
ROWS = 7
DAY = date(2024, 10, 31)


def parcels(**columns: Any) -> geopandas.GeoDataFrame:
    """Seven parcels of two projects side by side; ``columns`` instead of or beside the usual ones."""
    usual = {
        "parcel_id": [f"06316.12.{n}" for n in range(ROWS)],
        "project": ["ql4b"] * 4 + ["ql1b"] * 3,
        "stage": ["handed_over", "paid", None, "clear", "handed_over", "  ", "approved"],
        "stage_date": [DAY, DAY, None, DAY, DAY, None, date(2024, 8, 15)],
    }
    shapes = [shapely.box(X + 20 * n, Y, X + 20 * n + 20, Y + 30) for n in range(ROWS)]
    made = {name: values for name, values in (usual | columns).items() if values is not None}
    return geopandas.GeoDataFrame(made, geometry=shapes, crs=CRS)


def parquet(folder: Path, frame: geopandas.GeoDataFrame, groups: int = 3, **how: Any) -> Path:
    path = folder / "sổ thửa.parquet"
    frame.to_parquet(path, index=False, row_group_size=groups, **how)
    return path


def geopackage(folder: Path, frame: geopandas.GeoDataFrame, layer: str = "thửa") -> Path:
    path = folder / "sổ thửa.gpkg"
    frame.to_file(path, layer=layer, driver="GPKG")
    return path


WRITERS: list[Callable[[Path, geopandas.GeoDataFrame], Path]] = [parquet, geopackage]


def faults(path: Path, *allow: str) -> list[str]:
    """The keys of the faults of a register, the kind of personal data with its own."""
    with pytest.raises(InputError) as raised:
        open_register(path, allow)
    for lang in ("vi", "en"):
        assert "sổ thửa" in raised.value.write(lang)
    return [fault.key.removeprefix("register.") for fault in raised.value.faults]


def refused(path: Path) -> str:
    """The key of the sentence that says why a file cannot be opened."""
    with pytest.raises(RunError) as raised:
        open_register(path)
    assert path.name in str(raised.value)
    assert raised.value.write("vi") != str(raised.value)
    return raised.value.key


# --- what is read --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", WRITERS)
def test_a_register_is_read_piece_by_piece(
    tmp_path: Path, write: Callable[[Path, geopandas.GeoDataFrame], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "WINDOW", 3)
    frame = parcels(households=[0, 1, 2, None, 1, 1, 3], land_class=["ONT", "LUA", None, "CLN", "RSX", "ONT", " "])
    register: Register = pickle.loads(pickle.dumps(open_register(write(tmp_path, frame))))
    assert (register.rows, register.groups, register.crs) == (ROWS, 3, CRS)
    assert list(register.columns) == [*COLUMNS, "households", "land_class", "geometry"]

    found = register.frame()
    assert found.crs == CRS
    assert found.index.tolist() == list(range(ROWS))
    assert found["parcel_id"].tolist() == frame["parcel_id"].tolist()
    assert found["stage"].tolist() == ["handed_over", "paid", None, "clear", "handed_over", None, "approved"]
    assert found["land_class"].tolist() == ["ONT", "LUA", None, "CLN", "RSX", "ONT", None]
    assert [None if pd.isna(n) else n for n in found["households"]] == [0, 1, 2, None, 1, 1, 3]
    days = [None if pd.isna(day) else day.date() for day in found["stage_date"]]
    assert days == [DAY, DAY, None, DAY, DAY, None, date(2024, 8, 15)]
    assert found.geometry.geom_equals(frame.geometry).all()

    assert [piece.index.tolist() for piece in register.frames()] == [[0, 1, 2], [3, 4, 5], [6]]
    assert register.frame([2]).index.tolist() == [6]
    assert register.frame(projects=["ql1b"]).index.tolist() == [4, 5, 6]
    assert register.frame([0, 1], ["ql4b", "x"]).index.tolist() == [0, 1, 2, 3]
    assert register.frame(projects=["x"]).shape == (0, 7)
    some = register.frame([1], ["ql1b"], ["parcel_id"])
    assert (list(some.columns), some.index.tolist()) == (["parcel_id", "geometry"], [4, 5])

    pieces = [register.land(group) for group in range(3)]
    assert [len(land) for land in pieces] == [3, 3, 1]
    assert [land.projects[code] for land in pieces for code in land.project] == frame["project"].tolist()
    assert [land.said(row) for land in pieces for row in range(len(land))] == found["stage"].tolist()
    assert [land.name(row) for land in pieces for row in range(len(land))] == frame["parcel_id"].tolist()
    known = np.concatenate([land.day for land in pieces])[[0, 1, 3, 4, 6]]
    assert (known.astype("datetime64[D]") == np.array([DAY] * 4 + [date(2024, 8, 15)], "datetime64[D]")).all()
    assert np.concatenate([land.area_m2 for land in pieces]).tolist() == [600.0] * ROWS


@pytest.mark.parametrize("write", WRITERS)
def test_columns_may_be_named_in_vietnamese(
    tmp_path: Path, write: Callable[[Path, geopandas.GeoDataFrame], Path]
) -> None:
    theirs = {"parcel_id": "Mã thửa", "project": "MA_DU_AN", "stage": "Trạng-thái", "stage_date": "ngày"}
    frame = parcels().rename(columns=theirs).rename_geometry("hình")
    register = open_register(write(tmp_path, frame))
    assert {name: register.columns[name] for name in theirs} == theirs
    assert register.frame()["parcel_id"].tolist() == frame["Mã thửa"].tolist()


def test_every_name_means_one_column() -> None:
    assert {ours: {meaning(name) for name in names} for ours, names in NAMES.items()} == {
        ours: {ours} for ours in NAMES
    }
    assert meaning("Số hộ") == "households"
    assert meaning("MÃ THỬA ĐẤT") == meaning("ma_thua_dat") == "parcel_id"
    assert meaning("số thửa") is None, "the number of a parcel within its sheet is that of many parcels"


@pytest.mark.parametrize("write", WRITERS)
def test_whole_numbers_are_names_too(tmp_path: Path, write: Callable[[Path, geopandas.GeoDataFrame], Path]) -> None:
    register = open_register(write(tmp_path, parcels(parcel_id=range(101, 108), project=[1, 1, 1, 1, 2, 2, 2])))
    found = register.frame()
    assert found["parcel_id"].tolist() == ["101", "102", "103", "104", "105", "106", "107"]
    assert found["project"].tolist() == ["1"] * 4 + ["2"] * 3
    assert register.land(0).projects[0] == "1"


DAYS = [
    (
        ["2024-10-31", " 2024-08-15 ", None, "31/10/2024", "2026-02-30", "2024-10", ""],
        [DAY, date(2024, 8, 15)] + [None] * 5,
    ),
    (pd.to_datetime(["2024-10-31"] * ROWS), [DAY] * ROWS),
    (pd.to_datetime(["2024-10-30 17:00:00"] * ROWS).tz_localize("UTC"), [DAY] * ROWS),
]


@pytest.mark.parametrize(("given_days", "expected"), DAYS)
@pytest.mark.parametrize("write", WRITERS)
def test_days_are_those_of_viet_nam_and_no_text_is_bent_into_one(
    tmp_path: Path,
    write: Callable[[Path, geopandas.GeoDataFrame], Path],
    given_days: Any,
    expected: list[date | None],
) -> None:
    register = open_register(write(tmp_path, parcels(stage_date=given_days)))
    assert [None if pd.isna(day) else day.date() for day in register.frame()["stage_date"]] == expected
    known = [day for group in range(register.groups) for day in register.land(group).day]
    found = [None if day == np.iinfo(np.int64).min else np.datetime64(int(day), "D").item() for day in known]
    assert found == expected


def test_a_moment_without_a_zone_is_on_its_own_day(tmp_path: Path) -> None:
    late = pd.to_datetime(["2024-10-31 23:30:00"] * ROWS)
    assert set(open_register(parquet(tmp_path, parcels(stage_date=late))).frame()["stage_date"]) == {pd.Timestamp(DAY)}


def test_texts_kept_as_codes_read_the_same(tmp_path: Path) -> None:
    frame = parcels()
    frame[["parcel_id", "project", "stage"]] = frame[["parcel_id", "project", "stage"]].astype("category")
    found = open_register(parquet(tmp_path, frame)).frame()
    assert found["stage"].tolist() == ["handed_over", "paid", None, "clear", "handed_over", None, "approved"]
    assert found["parcel_id"].tolist() == [f"06316.12.{n}" for n in range(ROWS)]


def test_a_shape_that_cannot_be_decoded_is_none(tmp_path: Path) -> None:
    path = parquet(tmp_path, parcels())
    table = pq.read_table(path)
    wkb = [*table["geometry"].to_pylist()[:-1], b"\x01\x03\0\0\0\xff"]
    at = table.schema.get_field_index("geometry")
    pq.write_table(table.set_column(at, "geometry", pa.array(wkb, pa.binary())), path)
    assert open_register(path).frame().geometry.isna().tolist() == [False] * 6 + [True]


# --- what is wrong -------------------------------------------------------------------------------------------------


def test_every_fault_of_the_columns_is_told_at_once(tmp_path: Path) -> None:
    frame = parcels(stage=range(ROWS), stage_date=None, id=range(ROWS), owner="?")
    bare = pd.DataFrame(frame.drop(columns="geometry"))
    path = parquet(tmp_path, geopandas.GeoDataFrame(bare, geometry=np.asarray(frame.geometry)))
    assert faults(path) == ["no_crs", "two_columns", "column_kind", "missing_column", "personal_data"]
    with pytest.raises(InputError) as raised:
        open_register(path)
    said = str(raised.value).splitlines()
    assert "parcel_id and id" in said[1]
    assert "stage and of type int64; expected: text" in said[2]
    assert "--column stage_date=NAME" in said[3]
    assert "owner looks like names of people" in said[4]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda geo: geo.pop("primary_column"), "not_geoparquet"),
        (lambda geo: geo.update(primary_column=["geometry"]), "not_geoparquet"),
        (lambda geo: geo.update(columns={"geometry": "WKB"}), "not_geoparquet"),
        (lambda geo: geo.update(columns={"geom": geo["columns"]["geometry"]}, primary_column="geom"), "not_geoparquet"),
        (lambda geo: geo["columns"]["geometry"].update(encoding="polygon"), "encoding"),
        (lambda geo: geo["columns"]["geometry"].update(edges="spherical"), "edges"),
        (lambda geo: geo["columns"]["geometry"].update(crs=None), "no_crs"),
        (lambda geo: geo["columns"]["geometry"].update(crs={"type": "ProjectedCRS"}), "crs_unknown"),
        (lambda geo: geo["columns"]["geometry"].update(crs=[1]), "crs_unknown"),
    ],
)
def test_the_head_of_geoparquet_must_say_what_it_has_to(tmp_path: Path, change: Callable[[Any], Any], key: str) -> None:
    path = parquet(tmp_path, parcels())
    table = pq.read_table(path)
    geo = json.loads(table.schema.metadata[b"geo"])
    change(geo)
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    assert key in faults(path)


def test_a_column_that_stands_twice_is_told(tmp_path: Path) -> None:
    path = parquet(tmp_path, parcels())
    table = pq.read_table(path)
    pq.write_table(table.append_column("stage", table["stage"]), path)
    with pytest.raises(InputError) as raised:
        open_register(path)
    # No option could tell them apart.
    (said,) = (fault for fault in raised.value.faults if fault.key == "register.one_name_twice")
    assert said.values == {"column": "stage"}
    assert "--" not in said.write("vi")
    with pytest.raises(RunError, match="both called stage") as refused:
        sources.look(path)
    assert "--" not in refused.value.write("vi")


def test_a_crs_of_a_building_site_is_none(tmp_path: Path) -> None:
    local = 'ENGCRS["site",EDATUM["site"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],LENGTHUNIT["metre",1]]'
    frame = parcels().set_crs(local, allow_override=True)
    for write in WRITERS:
        assert faults(write(tmp_path, frame)) == ["crs_unknown"]


def test_geoparquet_that_names_no_crs_is_in_degrees(tmp_path: Path) -> None:
    path = parquet(tmp_path, parcels().to_crs(4326))
    table = pq.read_table(path)
    geo = json.loads(table.schema.metadata[b"geo"])
    del geo["columns"]["geometry"]["crs"]
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    assert open_register(path).crs == "OGC:CRS84"


def test_a_register_without_parcels_is_refused(tmp_path: Path) -> None:
    assert faults(parquet(tmp_path, parcels().iloc[:0])) == ["empty"]


def test_a_register_is_one_layer_in_one_crs(tmp_path: Path) -> None:
    path = geopackage(tmp_path, parcels())
    parcels().to_file(path, layer="hai", driver="GPKG")
    assert faults(path) == ["several_layers"]
    parcels().to_crs(4326).to_file(path, layer="hai", driver="GPKG")
    assert faults(path) == ["mixed_crs"]


def test_what_is_no_register(tmp_path: Path) -> None:
    path = tmp_path / "sổ thửa.gpkg"
    assert refused(path) == "unreadable"
    for content, key in ((b"", "not_a_register"), (b"thua,du_an\n", "not_a_register"), (b"PAR1PAR1", "broken")):
        path.write_bytes(content)
        assert refused(path) == key
    path.unlink()
    with closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TABLE thua (id TEXT)")
        base.commit()
    assert refused(path) == "broken"
    path.unlink()
    path.mkdir()
    assert refused(path) == "unreadable"


def test_a_row_group_without_rows_is_no_piece(tmp_path: Path) -> None:
    """Valid Parquet, first, between others, last: what is read is what a file without them has."""
    plain = parquet(tmp_path, parcels())
    table, holed = pq.read_table(plain), tmp_path / "holed.parquet"
    with pq.ParquetWriter(holed, table.schema) as writer:
        for start, length in ((0, 0), (0, 4), (4, 0), (4, len(table) - 4), (0, 0)):
            writer.write_table(table.slice(start, length))
    assert pq.ParquetFile(holed).num_row_groups == 5
    register = open_register(holed)
    assert (register.groups, register.rows) == (2, len(table))
    assert register.frame().equals(open_register(plain).frame())
    assert register.frame(projects=[str(register.frame()["project"].iloc[-1])]).index[-1] == len(table) - 1
    assert sum(len(register.land(group)) for group in range(register.groups)) == len(table)


@pytest.mark.parametrize("write", [parquet, geopackage])
def test_parcels_dated_after_a_day_are_counted(
    tmp_path: Path, write: Callable[[Path, geopandas.GeoDataFrame], Path]
) -> None:
    """As many as the kernel does not know the stage of on that day; a date without a stage says nothing."""
    frame = parcels()
    stages = np.array((["paid", "handed_over", None] * len(frame))[: len(frame)], dtype=object)
    days = pd.to_datetime([f"2024-0{1 + n % 5}-15" for n in range(len(frame))]).values.astype("datetime64[s]")
    frame = frame.assign(stage=stages, stage_date=days)
    register = open_register(write(tmp_path, frame))
    for day in (date(2023, 1, 1), date(2024, 2, 15), date(2024, 3, 14), date(2024, 5, 15)):
        known = [
            int(np.count_nonzero(register.land(group).known_on(day).stage >= 0)) for group in range(register.groups)
        ]
        assert register.dated_after(day) == int(frame["stage"].notna().sum()) - sum(known)


def test_a_damaged_row_group_is_told_with_its_rows(tmp_path: Path) -> None:
    """Not compressed: a byte more or less is a number as good as the one before, and only a checksum can tell."""
    path = parquet(tmp_path, parcels(), compression="NONE", write_page_checksum=True, use_dictionary=False)
    chunk = pq.ParquetFile(path).metadata.row_group(1).column(4)
    assert chunk.path_in_schema == "geometry"
    raw = bytearray(path.read_bytes())
    raw[chunk.data_page_offset + chunk.total_compressed_size - 3] ^= 1
    path.write_bytes(raw)
    register = open_register(path)
    assert len(register.land(0)) == 3
    for read in (lambda: register.land(1), lambda: register.frame([1])):
        with pytest.raises(RunError, match="rows 4 to 6 are damaged") as raised:
            read()
        assert raised.value.key == "damaged"


def test_letters_that_are_none_are_damage(tmp_path: Path) -> None:
    path = parquet(tmp_path, parcels(land_class="LUA rất dài"), compression="NONE")
    path.write_bytes(path.read_bytes().replace("rất dài".encode(), b"\xff" * len("rất dài".encode())))
    with pytest.raises(RunError, match="damaged"):
        open_register(path).frame([2])


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_that_changes_while_it_is_read_is_noticed(
    tmp_path: Path, write: Callable[[Path, geopandas.GeoDataFrame], Path]
) -> None:
    path = write(tmp_path, parcels())
    whole = path.read_bytes()
    register = open_register(path)
    for changed in (whole[: len(whole) // 2], whole + b"\0"):
        path.write_bytes(changed)
        with pytest.raises(RunError) as raised:
            register.land(0)
        assert raised.value.key == "changed"
    path.unlink()
    with pytest.raises(RunError) as raised:
        register.frame()
    assert raised.value.key == "unreadable"


def test_another_file_of_the_same_size_and_time_is_noticed(tmp_path: Path) -> None:
    """On the machine that opened it; on another one the same file has another number."""
    path = parquet(tmp_path, parcels())
    register = open_register(path)
    assert register.file.identity
    abroad = replace(register, file=replace(register.file, identity=("another machine", 0, 0)))
    other = tmp_path / "other"
    shutil.copy2(path, other)
    other.replace(path)
    assert (path.stat().st_size, path.stat().st_mtime_ns) == register.file.stamp
    with pytest.raises(RunError) as raised:
        register.land(0)
    assert raised.value.key == "changed"
    assert len(abroad.land(0)) == 3


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("sound")
    return [parquet(folder, parcels(households=range(ROWS))), geopackage(folder, parcels())]


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), which=st.integers(0, 1))
def test_a_spoiled_file_is_refused_or_read_never_a_traceback(
    sound: list[Path], tmp_path_factory: pytest.TempPathFactory, seed: int, which: int
) -> None:
    rng = random.Random(seed)
    raw = bytearray(sound[which].read_bytes())
    for _ in range(rng.choice((1, 2, 8))):
        raw[rng.randrange(len(raw))] = rng.randrange(256)
    if rng.random() < 0.3:
        del raw[rng.randrange(len(raw)) :]
    path = tmp_path_factory.getbasetemp() / f"spoiled{sound[which].suffix}"
    path.write_bytes(raw)
    try:
        register = open_register(path)
        assert len(register.frame()) == register.rows
        assert sum(len(register.land(group)) for group in range(register.groups)) == register.rows
    except LsinfraError as error:
        str(error)


def test_a_crs_that_no_authority_knows_is_kept_in_full(tmp_path: Path) -> None:
    local = parcels().to_crs("+proj=tmerc +lon_0=107.3 +k=0.9999 +x_0=500000 +ellps=WGS84 +units=m")
    register = open_register(parquet(tmp_path, local))
    assert register.crs.startswith(("PROJCRS", "BOUNDCRS", "PROJCS"))
    assert register.frame().geometry.geom_equals(local.geometry).all()
