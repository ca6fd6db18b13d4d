"""GIS files of parcels brought into a register: what is written, what is refused, and that nothing half is left."""

from __future__ import annotations

import json
import re
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from shapely import Polygon

from lsinfra.errors import InputError, RunError
from lsinfra.parcels import geoparquet, personal, sorting, sources, stored
from lsinfra.parcels.importing import Asked, Brought, bring
from lsinfra.parcels.register import open_register
from lsinfra.phrases import Numeral
from lsinfra.text import LANGS
from tests.conftest import Run
from tests.test_geoimport_files import tcvn3

CRS = "EPSG:9215"
X, Y = 450_000.0, 2_400_000.0
WORDS = ["Đã bàn giao", "đã chi trả", None, "handed_over", "Kiểm đếm", "BÀN GIAO MẶT BẰNG"]
CODES = ["handed_over", "paid", None, "handed_over", "inventoried", "handed_over"]
ASKED = Asked(stages=["Kiểm đếm=inventoried"])
DAYS = ["2024-10-31", "31/10/2024", None, "05/06/2024", "2024/08/15", "2024-08-15 00:00:00"]
READ = [date(2024, 10, 31), date(2024, 10, 31), None, date(2024, 6, 5), date(2024, 8, 15), date(2024, 8, 15)]


def parcels(**columns: Any) -> geopandas.GeoDataFrame:
    """Six parcels of two projects that take turns, as a district's office might keep them."""
    usual = {
        "MA_THUA": [f"12/{n}" for n in range(6)],
        "DU_AN": ["ql4b", "ql1b"] * 3,
        "TRANGTHAI": WORDS,
        "NGAY": DAYS,
        "SO_HO": [1, 0, 2, 1, 1, 3],
        "DIENTICH": [600.0] * 6,
    }
    shapes = [shapely.box(X + 20 * n, Y, X + 20 * n + 20, Y + 30) for n in range(6)]
    made = {name: values for name, values in (usual | columns).items() if values is not None}
    return geopandas.GeoDataFrame(made, geometry=made.pop("geometry", shapes), crs=CRS)


def written(folder: Path, frame: geopandas.GeoDataFrame, ending: str = ".gpkg") -> Path:
    path = folder / f"thửa{ending}"
    if ending == ".parquet":
        frame.to_parquet(path, index=False)
    elif ending == ".fgb":
        frame.to_file(path, SPATIAL_INDEX="NO")  # it would put them into another order
    else:
        frame.to_file(path)
    return path


def brought(folder: Path, frame: geopandas.GeoDataFrame, asked: Asked = ASKED, ending: str = ".gpkg") -> Brought:
    return bring(written(folder, frame, ending), folder / "sổ.parquet", asked)


def refused(folder: Path, frame: geopandas.GeoDataFrame, asked: Asked = ASKED, ending: str = ".gpkg") -> dict[str, Any]:
    """The keys of the faults with their values; nothing is written."""
    before = {path.name for path in folder.iterdir()}
    with pytest.raises(InputError) as raised:
        brought(folder, frame, asked, ending)
    assert {path.name for path in folder.iterdir()} - before <= {
        f"thửa{end}" for end in (".shp", ".cpg", ".dbf", ".prj", ".shx", ending)
    }
    for lang in ("vi", "en"):
        assert all(line.startswith("thửa") for line in raised.value.write(lang).splitlines())
    return {fault.key.removeprefix("register."): fault.values for fault in raised.value.faults}


# --- what is written -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".gpkg", ".shp", ".geojson", ".fgb", ".parquet"])
def test_every_format_gives_the_same_register(tmp_path: Path, ending: str) -> None:
    made = brought(tmp_path, parcels(), ending=ending)
    assert (made.rows, made.projects, made.crs) == (6, 2, CRS)
    assert made.left_out == ("DIENTICH",)
    register = open_register(made.path)
    assert list(register.columns) == ["parcel_id", "project", "stage", "stage_date", "households", "geometry"]
    found = register.frame()
    order = [1, 3, 5, 0, 2, 4]  # by project, and as they came within one
    assert found["project"].tolist() == ["ql1b"] * 3 + ["ql4b"] * 3
    assert found["parcel_id"].tolist() == [f"12/{n}" for n in order]
    assert found["stage"].tolist() == [CODES[n] for n in order]
    assert [None if pd.isna(day) else day.date() for day in found["stage_date"]] == [READ[n] for n in order]
    assert found["households"].tolist() == [[1, 0, 2, 1, 1, 3][n] for n in order]
    assert found.geometry.area.tolist() == [600.0] * 6
    assert found.total_bounds.tolist() == [X, Y, X + 120, Y + 30]


def test_what_is_written_is_geoparquet_1_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geoparquet, "ROW_GROUP", 4)
    path = brought(tmp_path, parcels(land_class=["ONT", " LUA", "", None, "CLN", "ONT"])).path
    file = pq.ParquetFile(path)
    geo = json.loads(file.schema_arrow.metadata[b"geo"])
    column = geo["columns"]["geometry"]
    assert (geo["version"], geo["primary_column"], column["encoding"]) == ("1.1.0", "geometry", "WKB")
    assert column["geometry_types"] == ["Polygon"]
    assert column["bbox"] == [X, Y, X + 120, Y + 30]
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 9215}
    assert [file.metadata.row_group(n).num_rows for n in range(2)] == [4, 2]
    assert {file.metadata.row_group(0).column(n).compression for n in range(7)} == {"ZSTD"}
    kinds = dict(zip(file.schema_arrow.names, map(str, file.schema_arrow.types), strict=True))
    assert kinds["stage_date"] == "date32[day]"
    assert kinds["households"] == "int64"
    theirs = geopandas.read_parquet(path)
    assert theirs.crs == CRS
    assert [None if pd.isna(one) else one for one in theirs["land_class"]] == ["LUA", None, "ONT", "ONT", None, "CLN"]


def test_the_same_rows_give_the_same_bytes_however_they_are_sorted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In memory at once, and in runs on the disk that are merged."""
    many = pd.concat([parcels(MA_THUA=[f"{sheet}/{n}" for n in range(6)]) for sheet in range(40)], ignore_index=True)
    many["DU_AN"] = [f"d{(7 * n) % 11:02}" for n in range(len(many))]
    first = brought(tmp_path, many).path.read_bytes()
    assert brought(tmp_path, many).path.read_bytes() == first
    monkeypatch.setattr(sources, "BATCH", 16)
    monkeypatch.setattr(sorting, "RUN_BYTES", 4_000)
    monkeypatch.setattr(sorting, "_SLICE", 5)
    made = brought(tmp_path, many)
    assert made.path.read_bytes() == first
    assert made.projects == 11
    found = open_register(made.path).frame()
    expected = many.sort_values("DU_AN", kind="stable")
    assert found["parcel_id"].tolist() == expected["MA_THUA"].tolist()


def test_one_project_for_all_and_columns_by_name(tmp_path: Path) -> None:
    frame = parcels(DU_AN=None, TRANGTHAI=None, NGAY=None, so_thua=range(7, 13), MA_THUA=None)
    asked = Asked("ql4b", columns=["parcel_id=so_thua", "stage=", "stage_date="])
    found = open_register(brought(tmp_path, frame, asked).path).frame()
    assert set(found["project"]) == {"ql4b"}
    assert found["parcel_id"].tolist() == ["7", "8", "9", "10", "11", "12"]
    assert found["stage"].isna().all()
    assert found["stage_date"].isna().all()


def test_a_column_that_is_named_outranks_one_that_is_understood(tmp_path: Path) -> None:
    frame = parcels(id=[f"A{n}" for n in range(6)])
    assert refused(tmp_path, frame)["two_columns"] == {"column": "parcel_id", "first": "MA_THUA", "second": "id"}
    made = brought(tmp_path, frame, Asked(columns=["parcel_id=id"], stages=ASKED.stages))
    assert made.columns["parcel_id"] == "id"
    assert "MA_THUA" in made.left_out


def test_letters_of_old_fonts_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, parcels(TRANGTHAI=["x" * 40] * 6), ".shp")
    dbf = path.with_suffix(".dbf").read_bytes()
    for word in ["Đã bàn giao", "đã chi trả", "", "mặt bằng sạch", "Đã kiểm đếm", "bàn giao mặt bằng"]:
        dbf = dbf.replace(b"x" * 40, tcvn3(word.replace("Đ", "đ")).ljust(40), 1)
    path.with_suffix(".dbf").write_bytes(dbf)
    path.with_suffix(".cpg").write_text("ISO-8859-1")
    made = bring(path, tmp_path / "sổ.parquet", Asked())
    assert made.encoding == "tcvn3"
    stages = open_register(made.path).frame()["stage"].tolist()
    assert stages == ["paid", "clear", "handed_over", "handed_over", None, "inventoried"]


def test_shapes_are_mended_only_where_that_changes_nothing(tmp_path: Path) -> None:
    """A spike without width is cut off; a bow tie stays as it is and is counted, and so is what is no area."""
    spike = Polygon([(X, Y), (X + 20, Y), (X + 50, Y), (X + 20, Y), (X + 20, Y + 30), (X, Y + 30)])
    bow = Polygon([(X, Y), (X + 20, Y + 30), (X + 20, Y), (X, Y + 30)])
    high = shapely.force_3d(shapely.box(X, Y, X + 20, Y + 30), 7.0)
    two = shapely.MultiPolygon([shapely.box(X, Y, X + 10, Y + 30), shapely.box(X + 20, Y, X + 30, Y + 30)])
    shapes = [spike, bow, None, shapely.Point(X, Y), two, shapely.box(X, Y, X + 20, Y + 30)]
    made = brought(tmp_path, parcels(geometry=shapes, DU_AN=["ql4b"] * 6), ending=".parquet")
    assert (made.repaired, made.shapes) == (1, {"empty": 1, "not_polygon": 1, "invalid": 1})
    found = open_register(made.path).frame().geometry
    assert found[0].is_valid
    assert (found[0].area, found[0].bounds) == (600.0, (X, Y, X + 20, Y + 30))
    assert found[1].equals_exact(bow)
    assert found.isna().tolist() == [False, False, True, False, False, False]
    assert found[3].equals(shapes[3])
    assert "parcels check" in made.write("en")
    assert brought(tmp_path, parcels(geometry=[high] * 6)).flattened == 6
    assert not open_register(made.path).frame().geometry.has_z.any()
    assert pq.ParquetFile(made.path).read()["geometry"][0].as_py() == shapely.to_wkb(
        shapely.force_2d(high), byte_order=1
    )


def test_the_crs_is_asked_for_where_the_file_says_none(tmp_path: Path) -> None:
    path = written(tmp_path, parcels(), ".shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(InputError) as raised:
        bring(path, tmp_path / "sổ.parquet", ASKED)
    assert [fault.key for fault in raised.value.faults] == ["register.source_no_crs"]
    made = bring(path, tmp_path / "sổ.parquet", Asked(crs="EPSG:9215", stages=ASKED.stages))
    assert (made.crs, made.overruled) == (CRS, None)
    assert open_register(made.path).frame().total_bounds.tolist() == [X, Y, X + 120, Y + 30]


def test_a_crs_of_ones_own_outranks_that_of_the_file_and_is_told(tmp_path: Path) -> None:
    made = brought(tmp_path, parcels(), Asked(crs="EPSG:9216", stages=ASKED.stages))
    assert (made.crs, made.overruled) == ("EPSG:9216", CRS)
    assert "EPSG:9215" in made.write("vi")
    assert refused(tmp_path, parcels(), Asked(crs="EPSG:4756", stages=ASKED.stages))["metres"]["count"] == Numeral(6)
    assert "degrees" in refused(tmp_path, parcels().to_crs(4326), Asked(crs=CRS, stages=ASKED.stages))
    assert "crs_no_such" in refused(tmp_path, parcels(), Asked(crs="EPSG:0", stages=ASKED.stages))


# --- what is refused -----------------------------------------------------------------------------------------------


def test_every_fault_of_the_rows_is_told_at_once(tmp_path: Path) -> None:
    frame = parcels(
        MA_THUA=["1", "2", " ", "4", None, "6"],
        TRANGTHAI=["Chưa bàn giao", "chưa bàn giao", "?", None, "đã  CHI TRẢ", "bàn giao một phần"],
        NGAY=["0204-10-31", "hôm qua", "2026-02-30", "05/06/2024", None, "12/2024"],
        SO_HO=[1, -1, 2, 1, 1, 3],
    )
    found = refused(tmp_path, frame, Asked())
    assert set(found) == {"missing_values", "unknown_stage", "bad_days", "either_day", "bad_households"}
    assert found["missing_values"] == {"column": "parcel_id", "count": Numeral(2), "rows": "3, 5"}
    assert found["bad_days"]["rows"] == "1, 2, 3, 6"
    assert found["either_day"]["rows"] == "4"
    assert found["bad_households"]["rows"] == "2"
    with pytest.raises(InputError) as raised:
        brought(tmp_path, frame, Asked())
    words = [fault.values["found"] for fault in raised.value.faults if fault.key == "register.unknown_stage"]
    assert words == ["?", "Chưa bàn giao", "bàn giao một phần", "chưa bàn giao"]


def test_what_could_not_be_read_is_shown_unless_it_may_be_somebody(tmp_path: Path) -> None:
    def said(*allow: str, **columns: Any) -> str:
        with pytest.raises(InputError) as raised:
            brought(tmp_path, parcels(**columns), replace(ASKED, allow=allow))
        return raised.value.write("en")

    assert "stage_date is no day in 2 row(s): 2, 5; such as “18/07/24”. Write" in said(
        NGAY=["2024-10-31", "18/07/24", None, None, "07/2024", None]
    )
    assert "stage_date is no day in 6 row(s): 1, 2, 3, 4, 5, …; such as “07/2024”. Write" in said(NGAY=["07/2024"] * 6)
    somebody = said("NGAY", NGAY=["0912 345 678", None, None, None, None, None])
    assert "is no day in 1 row(s): 1. Write" in somebody
    assert "345" not in somebody


def test_what_is_to_be_mended_and_what_was_not_looked_for_is_told(tmp_path: Path) -> None:
    made = brought(tmp_path, parcels(NGAY=[None, *DAYS[1:]]))
    assert made.undated == 1
    lines = made.write("en").splitlines()
    assert lines[-2].startswith("To be mended, a stage without its date: 1; lsinfra parcels check ")
    assert lines[-1].startswith("Not looked for yet: repeated ids, overlaps")
    assert "without its date" not in brought(tmp_path, parcels()).write("en")


def test_a_file_that_holds_no_parcels_is_no_register(tmp_path: Path) -> None:
    points = [shapely.Point(X + n, Y) for n in range(6)]
    assert set(refused(tmp_path, parcels(geometry=points))) == {"no_areas"}
    assert set(refused(tmp_path, parcels(geometry=[None, *points[1:]]))) == {"no_areas"}
    assert set(refused(tmp_path, parcels().iloc[:0], ending=".parquet")) == {"empty"}
    text = tmp_path / "text.parquet"
    for content in (b"", b"thua,du_an\n"):
        text.write_bytes(content)
        with pytest.raises(RunError) as raised:
            bring(text, tmp_path / "x.parquet", ASKED)
        assert raised.value.key == "not_parquet"
        assert "import" not in raised.value.write("vi")


def test_a_crs_without_a_code_is_told_by_its_name(tmp_path: Path) -> None:
    """That of the cadastre with the parameters of the province: 1 700 letters of well-known text."""
    own = (
        "+proj=tmerc +lon_0=107.25 +k=0.9999 +x_0=500000 +ellps=WGS84 +towgs84=-191.9,-39.3,-111.5,0,0,0,0.25 +units=m"
    )
    made = brought(tmp_path, parcels().set_crs(own, allow_override=True))
    assert "BOUNDCRS" in made.crs
    assert made.overruled is None
    assert "CRS Transverse Mercator (107°15′)\n" in made.write("en")
    assert "BOUNDCRS" not in made.write("vi")


def test_a_parcel_without_a_project_is_refused(tmp_path: Path) -> None:
    found = refused(tmp_path, parcels(DU_AN=["ql4b", None, "", "ql1b", "ql4b", None]))
    assert found == {"missing_values": {"column": "project", "count": Numeral(3), "rows": "2, 3, 6"}}


def test_a_day_is_read_day_first_only_where_the_file_shows_it(tmp_path: Path) -> None:
    either = ["05/06/2024"] * 5
    assert set(refused(tmp_path, parcels(NGAY=[*either, "2024-10-31"]))) == {"either_day"}
    assert set(refused(tmp_path, parcels(NGAY=[*either, "10/31/2024"]))) == {"bad_days", "either_day"}
    found = open_register(brought(tmp_path, parcels(NGAY=[*either, "31/10/2024"])).path).frame()
    assert sorted(set(found["stage_date"].dt.date)) == [date(2024, 6, 5), date(2024, 10, 31)]


def test_words_of_a_stage_may_mean_that_none_is_known(tmp_path: Path) -> None:
    frame = parcels(TRANGTHAI=["Chưa bàn giao", "xong = rồi", *WORDS[2:]])
    asked = Asked(stages=["chưa bàn giao=", "Xong = rồi=handed_over", *ASKED.stages])
    stages = open_register(brought(tmp_path, frame, asked).path).frame()["stage"].tolist()
    assert stages == ["handed_over", "handed_over", "handed_over", None, None, "inventoried"]
    assert "bad_stage" in refused(tmp_path, frame, Asked(stages=["x=done"]))
    assert "bad_stage" in refused(tmp_path, frame, Asked(stages=["handed_over"]))


def test_columns_that_are_missing_or_misnamed(tmp_path: Path) -> None:
    frame = parcels(DU_AN=None, NGAY=None)
    found = refused(tmp_path, frame, Asked(columns=["parcel_id=MA_THUAA", "colour=x"], stages=ASKED.stages))
    assert set(found) == {"no_column", "bad_column", "missing_import", "missing_import_empty"}
    assert str(found["no_column"]["hint"].write("en")) == " (did you mean “MA_THUA”?)"
    assert refused(tmp_path, frame, Asked(columns=["project="]))["bad_column"]["found"] == "project="
    assert set(refused(tmp_path, parcels(DU_AN=None))) == {"missing_import"}
    assert set(refused(tmp_path, parcels(), Asked("ql4b", stages=ASKED.stages))) == {"two_projects"}
    alone = brought(tmp_path, parcels(), Asked("ql4b", columns=["project="], stages=ASKED.stages))
    assert set(open_register(alone.path).frame()["project"]) == {"ql4b"}
    assert set(refused(tmp_path, parcels(TRANGTHAI=[1.5] * 6))) == {"kind_import"}
    assert set(refused(tmp_path, parcels(MA_THUA=[1.5] * 6))) == {"bad_numbers", "missing_values"}


def test_personal_data_is_refused_or_left_out(tmp_path: Path) -> None:
    frame = parcels(TENCHU="Nguyễn Văn An", GHICHU=["", "ĐT 0912.345.678", "", "", "", ""], id_doc=["x"] * 6)
    found = refused(tmp_path, frame)
    assert set(found) == {"personal_import"}
    with pytest.raises(InputError) as raised:
        brought(tmp_path, frame)
    assert [fault.values["column"] for fault in raised.value.faults] == ["TENCHU", "GHICHU"]
    assert "345" not in raised.value.write("vi") + str(raised.value)
    made = brought(tmp_path, frame, Asked(stages=ASKED.stages, leave_out_personal=True))
    assert made.personal == ("TENCHU", "GHICHU")
    assert made.left_out == ("DIENTICH", "id_doc")
    assert pq.ParquetFile(made.path).schema_arrow.names == [
        *("parcel_id", "project", "stage", "stage_date", "households", "geometry")
    ]
    assert b"An" not in made.path.read_bytes()


def test_personal_data_within_our_columns_is_never_left_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it stands far behind the rows that are looked at first."""
    frame = parcels(MA_THUA=["1", "2", "3", "4", "5", "6 - 020090001234"])
    asked = Asked(stages=ASKED.stages, leave_out_personal=True)
    assert refused(tmp_path, frame, asked)["personal_within"]["ours"] == "parcel_id"
    monkeypatch.setattr(sources, "SAMPLE", 3)
    assert refused(tmp_path, frame, asked)["personal_within"]["ours"] == "parcel_id"
    assert brought(tmp_path, frame, Asked(stages=ASKED.stages, allow=["MA_THUA"])).rows == 6


@pytest.mark.parametrize("ending", [".gpkg", ".parquet", ".geojson", ".fgb"])
@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2024-02-27T18:00:00+07:00", date(2024, 2, 27)),
        ("2024-02-27T18:00:00Z", date(2024, 2, 28)),
        ("2024-02-27T16:59:59Z", date(2024, 2, 27)),
        ("2024-02-27T18:00:00", date(2024, 2, 27)),
    ],
)
def test_moments_are_days_in_viet_nam(tmp_path: Path, ending: str, moment: str, day: date) -> None:
    """With a zone those that it was there, without one as they stand: of a register, and of what is imported."""
    moments = pd.to_datetime([moment] * 6)
    names = {"MA_THUA": "ma_thua", "DU_AN": "du_an", "TRANGTHAI": "stage", "NGAY": "ngay"}
    file = written(tmp_path, parcels(NGAY=moments, TRANGTHAI=["paid"] * 6).rename(columns=names), ending)
    made = bring(file, tmp_path / "sổ.parquet", Asked())
    registers = [made.path, file] if ending in (".gpkg", ".parquet") else [made.path]
    for path in registers:
        register = open_register(path)
        assert {found.date() for found in register.frame()["stage_date"]} == {day}
        assert set(register.land(0).day.astype("datetime64[D]").tolist()) == {day}


def test_words_of_no_stage_that_may_be_somebody_are_not_repeated(tmp_path: Path) -> None:
    words = ["đã trả bà Vi Hoa", "paid", None, "vi.hoa@mail.vn", "Xong", "Trần Bình"]
    assert set(refused(tmp_path, parcels(TRANGTHAI=words), Asked())) == {"personal_within"}
    found = refused(tmp_path, parcels(TRANGTHAI=words), Asked(allow=["TRANGTHAI"]))
    assert (found["hidden_stage"]["count"], found["hidden_stage"]["rows"]) == (Numeral(3), "1, 4, 6")
    assert found["unknown_stage"]["found"] == "Xong"
    with pytest.raises(InputError) as raised:
        brought(tmp_path, parcels(TRANGTHAI=words), Asked(allow=["TRANGTHAI"]))
    for lang in LANGS:
        assert not re.search("(?i)hoa|bình", raised.value.write(lang).replace("phải", ""))
    meant = Asked(stages=[f"{word}=paid" for word in words if word], allow=["TRANGTHAI"])
    assert brought(tmp_path, parcels(TRANGTHAI=words), meant).rows == 6


@pytest.mark.parametrize("kept", [personal.KEPT, 3])
def test_names_of_people_are_found_wherever_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    """Behind the rows that are looked at first, and, of three people at least, behind all values that are kept."""
    monkeypatch.setattr(sources, "SAMPLE", 3)
    monkeypatch.setattr(personal, "KEPT", kept)
    people = ["Nông Thị Hoa", "Vi Văn Giang", "Lý Thị Lan"]
    for name, ours in (("MA_THUA", "parcel_id"), ("LOAI_DAT", "land_class")):
        frame = parcels(**{name: ["LUC", "ONT", "RSX", *people]})
        assert refused(tmp_path, frame)["personal_within"]["ours"] == ours
        assert brought(tmp_path, frame, Asked(stages=ASKED.stages, allow=[name])).rows == 6
    assert brought(tmp_path, parcels(LOAI_DAT=["LUC", "ONT", "RSX", "Chi Lăng", "Cao Lộc", "Hồ ao"])).rows == 6


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("x.gpkg", b"no such thing", "broken"),
        ("x.geojson", b'{"type": "FeatureCollection", "features": [{]}', "broken"),
        ("x.geojson", b'{"type": "FeatureCollection", "features": []}', None),
        (
            "x.geojson",
            b'{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline read /etc/x"}',
            "unknown_format",
        ),
        ("x.geojson", b'<OGRVRTDataSource><OGRVRTLayer name="x"/></OGRVRTDataSource>', "broken"),
        ("x.vrt", b"<OGRVRTDataSource/>", "unknown_format"),
        ("x.csv", b"thua,du_an\n1,2\n", "unknown_format"),
        ("x.parquet", b"PAR1 but not for long", "broken"),
        ("x.shp", b"\0\0\x27\x0a", "broken"),
    ],
)
def test_files_that_are_none(tmp_path: Path, name: str, content: bytes, key: str | None) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises((RunError, InputError)) as raised:
        bring(path, tmp_path / "sổ.parquet", ASKED)
    assert name in str(raised.value)
    assert raised.value.key == (key or "input")
    assert not (tmp_path / "sổ.parquet").exists()


def test_letters_that_are_none_are_damage(tmp_path: Path) -> None:
    path = written(tmp_path, parcels(), ".fgb")
    raw = path.read_bytes()
    assert raw.count("đã chi trả".encode()) == 1
    path.write_bytes(raw.replace("đã chi trả".encode(), b"\xff" * len("đã chi trả".encode())))
    with pytest.raises(RunError) as raised:
        bring(path, tmp_path / "sổ.parquet", ASKED)
    assert raised.value.key == "broken"


def test_no_byte_of_a_shape_can_change_unseen(tmp_path: Path) -> None:
    """A page is checked; the few bytes before it say nothing of the shapes."""
    path = brought(tmp_path, parcels()).path
    raw, shapes = path.read_bytes(), open_register(path).frame().geometry
    chunk = pq.ParquetFile(path).metadata.row_group(0).column(5)
    assert chunk.path_in_schema == "geometry"
    seen = 0
    for at in range(chunk.data_page_offset, chunk.data_page_offset + chunk.total_compressed_size):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 4]) + raw[at + 1 :])
        try:
            assert (open_register(path).frame().geometry.to_wkb() == shapes.to_wkb()).all()
        except RunError as error:
            seen += error.key == "damaged"
    assert seen > chunk.total_compressed_size / 2


def test_row_groups_that_are_too_large_to_be_read_whole_are_made_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, parcels(), ".parquet")
    for name in ("MAX_ROWS", "MAX_BYTES"):
        with monkeypatch.context() as patched:
            patched.setattr(stored, name, 5)
            with pytest.raises(InputError, match="6 rows"):
                open_register(path)
            assert bring(path, tmp_path / "sổ.parquet", ASKED).rows == 6


def test_layers(tmp_path: Path) -> None:
    path = written(tmp_path, parcels())
    parcels().to_file(path, layer="hai", driver="GPKG")
    for layer, key in ((None, "which_layer"), ("ba", "no_layer")):
        with pytest.raises(RunError) as raised:
            bring(path, tmp_path / "sổ.parquet", Asked(layer=layer, stages=ASKED.stages))
        assert raised.value.key == key
        assert "hai" in str(raised.value)
    assert bring(path, tmp_path / "sổ.parquet", Asked(layer="hai", stages=ASKED.stages)).rows == 6


@contextmanager
def room(size: int) -> Iterator[None]:
    """The system itself refuses to let any file grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the runs are written, while the register is, and at its end."""
    monkeypatch.setattr(sorting, "RUN_BYTES", 500)
    monkeypatch.setattr(sources, "BATCH", 2)
    path, out = written(tmp_path, parcels(), ".geojson"), tmp_path / "sổ.parquet"
    size = bring(path, out, ASKED).path.stat().st_size
    out.write_bytes(b"what was there before")
    for limit in (10, 1_000, size - 1):
        with pytest.raises(RunError) as raised, room(limit):
            bring(path, out, ASKED)
        assert raised.value.key == "unwritable"
        assert out.read_bytes() == b"what was there before"
        assert sorted(one.name for one in tmp_path.iterdir()) == ["sổ.parquet", "thửa.geojson"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RunError) as raised:
        bring(written(tmp_path, parcels()), tmp_path / "no" / "sổ.parquet", ASKED)
    assert raised.value.key == "no_folder"


# --- the command ---------------------------------------------------------------------------------------------------


def test_the_command(tmp_path: Path, lsinfra: Callable[..., Run]) -> None:
    written(tmp_path, parcels(TENCHU="x"))
    asked = ("parcels", "import", "thửa.gpkg", "--out", "sổ.parquet")
    done = lsinfra("--lang", "en", *asked, cwd=tmp_path)
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr.startswith("thửa.gpkg: the column TENCHU looks like names of people.")
    done = lsinfra(*asked, "--leave-out-personal", "--stage", "Kiểm đếm=inventoried", cwd=tmp_path)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "sổ.parquet: 6 thửa của 2 dự án, hệ tọa độ EPSG:9215"
    assert open_register(tmp_path / "sổ.parquet").rows == 6
    done = lsinfra("--lang", "en", *asked, cwd=tmp_path, without=("pyarrow",))
    assert done.stderr.startswith("This needs the package pyarrow")
