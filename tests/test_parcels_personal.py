"""Personal data, which a register must not have: columns known by their names, and by what stands in them."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from pathlib import Path

import geopandas
import pytest

from lsinfra.errors import InputError
from lsinfra.parcels import personal
from lsinfra.parcels.register import open_register, refuse_personal
from tests.test_parcels_register import ROWS, WRITERS, faults, parcels, parquet

NAMED = {
    "name": "TEN_CSD CSD VO_CHONG ten_vo household_head nguoi_dai_dien contact ＨＯ＿ＴＥＮ "
    "TENCHU TenChuSDD ho_ten Họ-và-tên Chủ_sử_dụng owner OwnerName LANDOWNER2 name ten Tên_chủ_hộ",
    "phone": "DTHOAI SO_DTHOAI so_di_dong hotline phone Số_ĐT SODT1 sdt_chu dien_thoai DIENTHOAI mobile dtdd_lien_he",
    "identity": "GTTT giay_to id_number CCCD so_cmnd soCMT Căn_cước passport_no so_dinh_danh",
    "contact": "MST STK ho_khau thuong_tru DCTT que_quan gioi_tinh dan_toc nguoi_uy_quyen "
    "Email DIACHI địa_chỉ_chủ ngay_sinh Date_of_birth so_tai_khoan",
}
HARMLESS = """
    parcel_id project stage stage_date households so_ho land_class ghi_chu chu_vi chu_dau_tu ten_du_an ten_xa
    ten_chuong_trinh dia_chinh so_to_bd_dia_chinh ownership dien_tich dt shape_area layer file_name project_name so_thua
    mdsd dinh_danh_thua ngay_cap_gcn don_vi nguon_goc thuong_mai
    geometry fid objectid id unit_name tinh_trang ngay ma_thua so_nguoi note comment hotel
"""


def test_columns_are_known_by_their_names() -> None:
    for kind, names in NAMED.items():
        assert {name: personal.by_name(name) for name in names.split()} == dict.fromkeys(names.split(), kind)
        assert {personal.by_name(name.replace("_", " ")) for name in names.split()} == {kind}


def test_other_columns_are_not() -> None:
    assert {name: kind for name in HARMLESS.split() if (kind := personal.by_name(name))} == {}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("0912345678", "phone"),
        ("0912 345 678", "phone"),
        ("091.234.5678", "phone"),
        ("+84 912 345 678", "phone"),
        ("84912345678", "phone"),
        ("(+84)912345678", "phone"),
        ("02053812345", "phone"),
        ("(0205) 3812345", "phone"),
        ("thửa 12, ĐT 0912345678", "phone"),
        ("12/345 sđt0912345678", "phone"),
        ("12-0912345678", "phone"),
        ("020090001234", "identity"),
        ("020 090 001 234", "identity"),
        ("CCCD:020301001234", "identity"),
        ("081234567", "identity"),
    ],
)
def test_numbers_of_people_are_found_within_a_text(value: str, kind: str) -> None:
    assert personal.by_content([value, "06316.12.345"]) == kind


@pytest.mark.parametrize(
    "value",
    [
        "12/345",
        "06316.12.345",
        "06316-123-4567",
        "ql4b-00012-000345",
        "T12345-P4567",
        "TD0912345678",
        "2024-10-31 12:30:00",
        "202401151230",
        "063160120345",  # no province has the code 063
        "020490001234",  # no century has the digit 4
        "020001001234",  # nobody who was born in 1901
        "550e8400-e29b-41d4-a716-020090001234",
        "0612345678",  # no such mobile code
        "13 digits: 1020090001234",
    ],
)
def test_numbers_of_parcels_are_not(value: str) -> None:
    assert personal.by_content([value]) is None


def test_numbers_that_follow_upon_one_another_are_those_of_parcels() -> None:
    """The same twelve digits (commune 06013, sheet 012) are a woman's of Bình Thuận or a parcel's."""
    few, many = ([f"060130120{n:03}" for n in range(1, count)] for count in (10, 40))
    assert personal.by_content(few) == "identity"
    assert personal.by_content(many) is None
    rng = random.Random(4)
    people = [f"020{rng.randrange(2)}{rng.randrange(40, 100)}{rng.randrange(20_000):06}" for _ in range(50_000)]
    assert personal.by_content(people) == "identity"
    assert personal.by_content([*many, "thửa 7, ĐT 0912345678"]) == "phone"


def test_whole_numbers_have_lost_their_zeros() -> None:
    rng = random.Random(5)
    phones = [str(rng.choice((3, 5, 7, 8, 9)) * 10**8 + rng.randrange(10**8)) for _ in range(30)]
    assert personal.by_content(phones, whole_numbers=True) == "phone"
    assert personal.by_content(["912345678", *map(str, range(100))], whole_numbers=True) is None
    assert personal.by_content(map(str, range(1_700_000_000, 1_700_000_100)), whole_numbers=True) is None


def test_names_of_people_are_told_from_those_of_places() -> None:
    people = ["Nguyễn Văn An", "TRẦN THỊ BÌNH", "Hộ ông Lý Hải", "Bà: Nông Thị Dung", "12/3"]
    assert personal.by_content(people) == "name"
    assert personal.by_content(["Chi Lăng", "Cao Lộc", "Mai Pha", "Hoàng Văn Thụ", "Lộc Bình"]) is None
    assert personal.by_content(["Hồ nuôi trồng thủy sản", "Đất ở", "La Ga Du"]) is None


PEOPLE = [
    "Nông Thị Hoa / Nông Văn Páo / Nông Đức Mạnh",
    "Giàng A Páo / Sùng Thị Mỷ / Lò Văn Pó / Vàng A Tủa",
    "Lường Văn Thắng / Quàng Thị Én / Cầm Bá Phúc / Điêu Chính Ngâu",
    "Tẩn Sử Mẩy / Phàn Lở Mẩy / Chảo Lở Mẩy / Hờ A Chư",
    "nguyễn văn an / trần thị bình / lê hữu phước",
    "Nguyen Van An / TRAN THI BINH / le van cuong",
    "Nguyễn An / Trần Bình / Lê Cường / Nông Hoa",
    "Nguyễn V. An / Trần T. Bình / Lê V. C",
    "Thửa 12 - Nguyễn Văn An / Thửa 13 - Trần Thị Bình / Thửa 14 - Vi Văn Giang",
    "T1_Nguyễn_Văn_An / T2_Trần_Thị_Bình / T3_Vi_Văn_Giang",
    "LUC / ONT / RSX / CLN / Lý Văn Ba / HNK / BHK / Bế Thị Lan / NTS / Đàm Văn Tư",
    "LUC / ONT / RSX / CLN / HNK / đã trả ông Nguyễn Văn An",
    "LUC / ONT / RSX / CLN / HNK / Gia đình bà Hoàng Lan",
]
OTHERS = [
    "Nông nghiệp / Lâm nghiệp / Nông thôn / NÔNG NGHIỆP KHÁC / Lâm Nghiệp Sản Xuất",
    "Hồ nuôi trồng thủy sản / ĐỒNG CỎ CHĂN NUÔI / Đường giao thông / ĐƯỜNG GIAO THÔNG NÔNG THÔN / La Ga Du",
    "Dat o do thi / DAT TRONG LUA / Duong giao thong / DONG CO TU NHIEN / Nong nghiep khac / Rung san xuat",
    "Bàn giao mặt bằng / BÀN GIAO MẶT BẰNG / Bàn Giao / Đang kiểm đếm / Đã Kiểm Đếm / Phê Duyệt / Chi Trả / Thu Hồi",
    "Ban giao mat bang / DANG KIEM DEM / Da Kiem Dem / Phe Duyet / Chua Ban Giao Mat Bang / Do Dac Kiem Dem",
    "Chi Lăng / Cao Lộc / Mai Pha / Lộc Bình / Hoàng Đồng / Đồng Đăng / Lương Văn Tri / Hoàng Văn Thụ / Đinh Lập",
    "xã Hoàng Văn Thụ / đường Nguyễn Thị Minh Khai / phường Lương Văn Tri / trường Lê Văn Tám / phố Phan Thị Ràng",
    "Hoàng Văn Thụ 1/12 / Hoàng Văn Thụ 1/13 / Hoàng Văn Thụ 1/14 / Hoàng Văn Thụ 2/1",
    "12 hộ Cao Lộc / hộ kinh doanh / hộ trồng cao su / 3 hộ Đồng Đăng / bà con",
    "user@ / 12@34 / @",
]


@pytest.mark.parametrize("texts", PEOPLE)
def test_people_of_the_mountains_and_of_all_spellings_are_found(texts: str) -> None:
    for form in ("NFC", "NFD"):
        assert personal.by_content(unicodedata.normalize(form, texts).split(" / ")) == "name"


@pytest.mark.parametrize("texts", OTHERS)
def test_land_places_and_stages_are_no_people(texts: str) -> None:
    for form in ("NFC", "NFD"):
        assert personal.by_content(unicodedata.normalize(form, texts).split(" / ")) is None


def test_addresses_of_mail_and_wide_digits_are_found() -> None:
    assert personal.by_content(["LUC", "hỏi vi.van-an+1@mail.gov.vn nhé"]) == "contact"
    assert personal.by_content(["０９１２ ３４５ ６７８"]) == "phone"


def test_what_may_be_somebody_is_not_repeated() -> None:
    for text in ("Nguyễn Văn An", "đã trả bà Vi Hoa", "an@gmail.com", "T5 0912345678", "020085001234", "Trần Bình"):
        assert personal.quotable(text) == personal.HIDDEN
        assert personal.quotable(unicodedata.normalize("NFD", text)) == personal.HIDDEN
    for text in ("Bàn giao một phần", "06316.12.345", "ql4b-00012-000345", "handed-over", "31/10/2024", "Cao Lộc"):
        assert personal.quotable(text) == text


@pytest.mark.parametrize("write", WRITERS)
def test_a_register_with_personal_data_is_refused_and_no_value_said(
    tmp_path: Path, write: Callable[[Path, geopandas.GeoDataFrame], Path]
) -> None:
    ids = ["1", "2", "3", "4", "5", "6", "7 (0912 345 678)"]
    path = write(
        tmp_path, parcels(parcel_id=ids, ten_chu="Nguyễn Văn An", lien_he=[912_345_678 + 7919 * n for n in range(7)])
    )
    with pytest.raises(InputError) as raised:
        open_register(path)
    said = [(fault.values["column"], fault.values["kind"].key) for fault in raised.value.faults]  # type: ignore[attr-defined]
    assert said == [
        ("parcel_id", "register.personal.phone"),
        ("ten_chu", "register.personal.name"),
        ("lien_he", "register.personal.phone"),
    ]
    for lang in ("vi", "en"):
        assert "912" not in raised.value.write(lang)
        assert "An" not in raised.value.write(lang).replace("An ", "")
    assert faults(path, "ten_chu", "lien_he") == ["personal_data"]
    assert open_register(path, ["ten_chu", "lien_he", "parcel_id"]).rows == ROWS


def test_the_sample_reaches_into_the_last_piece(tmp_path: Path) -> None:
    ids = [f"{n}" for n in range(6)] + ["ĐT 0912345678"]
    assert faults(parquet(tmp_path, parcels(parcel_id=ids), groups=1)) == ["personal_data"]


def test_every_value_that_is_to_be_published_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lsinfra.parcels.stored.SAMPLE", 2)
    ids = [f"{n}" for n in range(5)] + ["ĐT 0912345678", "6"]
    register = open_register(parquet(tmp_path, parcels(ma_thua=ids, parcel_id=None), groups=ROWS))
    refuse_personal(register, register.frame().iloc[:5])
    refuse_personal(register, register.frame(), ["ma_thua"])
    with pytest.raises(InputError) as raised:
        refuse_personal(register, register.frame())
    assert [fault.values["column"] for fault in raised.value.faults] == ["ma_thua"]
    assert "0912" not in raised.value.write("vi")
