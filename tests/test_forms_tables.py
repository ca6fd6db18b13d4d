"""Tables of another layout, by a mapping file: the 48-column disbursement form among them, made up here."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from lsinfra import portfolio
from lsinfra.codes import Base, Funding, Stage
from lsinfra.errors import InputError
from lsinfra.intake import Confidence, Intake
from lsinfra.intake.forms.freeform import read_table, read_tables
from lsinfra.intake.forms.mapping import read_mapping
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import Unit, write_figure
from lsinfra.text import LANGS, say
from tests.conftest import ROOT, Run


@pytest.fixture(scope="module")
def sample() -> Portfolio:
    return portfolio.load(ROOT / "tests" / "sample")


def saved(folder: Path, cells: dict[str, object], merges: tuple[str, ...] = (), name: str = "Biểu 01") -> Path:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = name
    for at, value in cells.items():
        sheet[at] = value
    for merge in merges:
        sheet.merge_cells(merge)
    path = folder / "bảng.xlsx"
    book.save(path)
    return path


def table(folder: Path, mapping: str, cells: dict[str, object], merges: tuple[str, ...], of: Portfolio) -> Intake:
    return read_table(saved(folder, cells, merges), read_mapping(written(folder, mapping)), of)


def written(folder: Path, mapping: str) -> Path:
    path = folder / "bang.yaml"
    path.write_text(mapping, encoding="utf-8")
    return path


def refusals(intake: Intake) -> dict[str, str]:
    for lang in LANGS:
        assert all(unread.why.message(lang) for unread in intake.unread)
    return {unread.position: unread.why.values["reason"].key for unread in intake.unread}  # type: ignore[attr-defined]


# --- land ----------------------------------------------------------------------------------------------------------

LAND = """
sheet: biểu 01
header: 3-5
date: B2
project_column: Công trình
section_column: Địa bàn
names: {Q.lộ 99: quoc-lo-99, H. Sông Trên: song-tren}
skip: {column: TT, roman: true, words: [Tổng cộng]}
columns:
  - {column: Bàn giao / Diện tích (ha), stage: handed_over, unit: ha, total: Diện tích phải thu hồi}
  - {column: G, heading: Số hộ, stage: handed_over, unit: hộ}
  - {column: Chi trả / Diện tích (ha), stage: paid, unit: ha}
"""
LAND_CELLS: dict[str, object] = {
    "A1": "BIỂU TỔNG HỢP",
    "B2": "Đến ngày",
    "A3": "TT",
    "B3": "Công trình",
    "C3": "Địa bàn",
    "D3": "Diện tích\n phải thu hồi ",
    "E3": "Kết quả",
    "E4": "Chi trả",
    "F4": "Bàn giao",
    "E5": "Diện tích (ha)",
    "F5": "Diện tích (ha)",
    "G5": "Số hộ",
    "A6": "I",
    "B6": "Các dự án đường bộ",
    "F6": 999,
    "A7": 1,
    "B7": "Q.lộ 99",
    "C7": "H. Sông Trên",
    "D7": 40,
    "E7": "30,5",
    "F7": 22.5,
    "G7": 30,
    "A8": 2,
    "C8": "Sông Dưới",
    "D8": "60,0",
    "F8": "366.55",
    "A9": 3,
    "B9": "Cầu lạ",
    "F9": 5,
    "A10": 4,
    "B10": "Quốc lộ 99",
    "C10": "Huyện lạ",
    "F10": 6,
    "A11": 5,
    "B11": "National road 99",
    "C11": "Sông Dưới",
    "F11": "=F7+F8",
    "G11": "-",
    "A12": "Tổng cộng:",
    "F12": 1_000,
}
LAND_MERGES = ("A3:A5", "B3:B5", "C3:C5", "D3:D5", "E3:G3", "F4:G4", "B7:B8")


def test_a_table_with_merged_headings(tmp_path: Path, sample: Portfolio) -> None:
    intake = table(tmp_path, LAND, {**LAND_CELLS, "B2": date(2024, 7, 15)}, LAND_MERGES, sample)
    got = [(p.position, p.project, p.section, p.stage, write_figure(p.figure)) for p in intake.proposals]
    assert got == [
        ("Biểu 01!F7", "quoc-lo-99", "song-tren", Stage.HANDED_OVER, "22,5/40 ha"),
        ("Biểu 01!G7", "quoc-lo-99", "song-tren", Stage.HANDED_OVER, "30 hộ"),
        ("Biểu 01!E7", "quoc-lo-99", "song-tren", Stage.PAID, "30,5 ha"),
        ("Biểu 01!F8", "quoc-lo-99", "song-duoi", Stage.HANDED_OVER, "366,55/60,0 ha"),
    ]
    assert {p.observed.iso for p in intake.proposals if p.observed} == {"2024-07-15"}
    assert [doubt.code for doubt in intake.proposals[3].doubts] == ["decimal_dot"]
    assert intake.proposals[3].quote == "366.55"
    assert refusals(intake) == {
        "Biểu 01!B9": "which_project",
        "Biểu 01!C10": "which_section",
        "Biểu 01!F11": "no_cached_value",
    }


def test_a_column_that_was_moved_is_found_by_its_heading_and_missed_by_its_letters(
    tmp_path: Path, sample: Portfolio
) -> None:
    moved = {at: value for at, value in LAND_CELLS.items() if at[0] != "G"}
    moved |= {f"H{at[1:]}": value for at, value in LAND_CELLS.items() if at[0] == "G"}
    moved["B2"] = "15/7/2024"
    merges = tuple(merge.replace("G", "H") for merge in LAND_MERGES)
    with pytest.raises(InputError) as refused:
        table(tmp_path, LAND, moved, merges, sample)
    assert [fault.key for fault in refused.value.faults] == ["form.other_heading"]
    by_heading = LAND.replace("{column: G, heading: Số hộ,", "{column: Số hộ,")
    intake = table(tmp_path, by_heading, moved, merges, sample)
    assert ("Biểu 01!H7", Unit.HOUSEHOLDS) in [(p.position, p.figure.unit) for p in intake.proposals]


def test_everything_that_does_not_fit_is_said_at_once(tmp_path: Path, sample: Portfolio) -> None:
    mapping = """
header: 3-5
date: B2
project: quoc-lo-100
columns:
  - {column: Diện tích (ha), stage: handed_over, unit: ha}
  - {column: Tiền, stage: paid, unit: ha, total: Không có}
"""
    with pytest.raises(InputError) as refused:
        table(tmp_path, mapping, LAND_CELLS, LAND_MERGES, sample)
    assert [fault.key.removeprefix("form.") for fault in refused.value.faults] == [
        "headings_twice",
        "no_heading",
        "no_heading",
        "unknown_project",
        "date_unread",
    ]
    for lang in LANGS:
        assert all(line.startswith("bảng.xlsx: Biểu 01: ") for line in refused.value.write(lang).split("\n"))
    with pytest.raises(InputError) as refused:
        table(tmp_path, f"sheet: Biểu 02\n{mapping}", LAND_CELLS, LAND_MERGES, sample)
    assert [fault.key for fault in refused.value.faults] == ["form.no_sheet"]
    with pytest.raises(InputError) as refused:
        table(tmp_path, LAND, {**LAND_CELLS, "B2": None}, LAND_MERGES, sample)
    assert [fault.key for fault in refused.value.faults] == ["form.no_date"]


@pytest.mark.parametrize(
    ("line", "other", "at", "key"),
    [
        ("header: 3-5", "header: 5-3", "5-3", "form.bad_rows"),
        ("header: 3-5", "head: 3-5", "head:", "fault.unknown_key"),
        ("date: B2", "date: hôm nay", "hôm nay", "form.bad_cell"),
        ("unit: hộ", "unit: sào", "sào", "form.bad_unit"),
        ("stage: paid, unit: ha", "stage: paid, unit: tỷ đồng", "{column: Chi trả", "form.column_of_what"),
        ("stage: paid, unit: ha", "plan_year: 2024, unit: tỷ đồng", "{column: Chi trả", "form.column_of_what"),
        ("stage: paid, unit: ha", "unit: ha", "{column: Chi trả", "form.column_of_what"),
        ("stage: paid, unit: ha", "stage: chi, unit: ha", "chi, unit", "fault.not_in_list"),
        ("project_column: Công trình", "", "sheet: biểu 01", "form.project_needed"),
        ("roman: true", "roman: có", "có, words", "fault.not_true_or_false"),
        ("roman: true", "latin: true", "latin", "fault.unknown_key"),
    ],
)
def test_a_fault_of_the_mapping_has_its_place(tmp_path: Path, line: str, other: str, at: str, key: str) -> None:
    mapping = LAND.replace(line, other)
    assert mapping.count(at) == 1
    before = mapping[: mapping.index(at)]
    place = f"bang.yaml:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
    with pytest.raises(InputError) as refused:
        read_mapping(written(tmp_path, mapping))
    assert (place, key) in [(fault.where, fault.key) for fault in refused.value.faults]
    assert all(refused.value.write(lang) for lang in LANGS)


@pytest.mark.parametrize("text", ["", "# chưa ghi gì\n", "~\n", "a\n", "[header]\n", "5\n"])
def test_a_mapping_without_a_key_asks_for_its_own_keys(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError) as refused:
        read_mapping(written(tmp_path, text))
    (fault,) = refused.value.faults
    assert (fault.key, fault.where.rpartition("/")[2][:9]) == ("form.mapping_empty", "bang.yaml")
    for lang in LANGS:
        assert "portfolio" not in fault.write(lang)
        assert all(key in fault.write(lang) for key in ("header", "date", "project_column", "columns"))


def test_a_mapping_that_is_no_yaml_keeps_its_fault(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read_mapping(written(tmp_path, "a: [\n"))
    assert [fault.key for fault in refused.value.faults] == ["fault.open_bracket"]


def test_a_blank_unit_is_the_whole_project_only_where_the_mapping_says_so(tmp_path: Path, sample: Portfolio) -> None:
    cells = {**LAND_CELLS, "B2": date(2024, 7, 15), "C8": " "}
    intake = table(tmp_path, LAND, cells, LAND_MERGES, sample)
    assert refusals(intake)["Biểu 01!C8"] == "section_blank"
    assert "Biểu 01!F8" not in {p.position for p in intake.proposals}
    intake = table(tmp_path, f"{LAND}\nblank_is_whole: true\n", cells, LAND_MERGES, sample)
    assert {p.position: p.section for p in intake.proposals}["Biểu 01!F8"] is None
    assert "Biểu 01!C8" not in refusals(intake)


@pytest.mark.parametrize(
    ("cells", "mapped", "found"),
    [
        ({"C3": "Đã chi (tỷ đồng)"}, "triệu đồng", "C: tỷ đồng"),
        ({"C3": "Đã chi (Tỉ)"}, "triệu đồng", "C: tỉ"),
        ({"C3": "Đã chi, triệu đồng"}, "tỷ đồng", "C: triệu đồng"),
        ({"C3": "Đã chi (trđ)"}, "tỷ đồng", "C: trđ"),
        ({"C3": "Đã chi (1.000 đồng)"}, "triệu đồng", "C: 1.000 đồng"),
        ({"C3": "Đã chi (đồng)"}, "triệu đồng", "C: đồng"),
        ({"C2": "Giải ngân (triệu đồng)", "C3": "Lũy kế"}, "tỷ đồng", "C: triệu đồng"),
        ({"C2": "Giải ngân (triệu đồng)", "C3": "Lũy kế (tỷ đồng)"}, "tỷ đồng", None),  # the nearest one holds
        ({"C1": "ĐVT: Triệu đồng", "C3": "Lũy kế"}, "tỷ đồng", "C: triệu đồng"),
        ({"A1": "(Đơn vị tính triệu đồng)", "C3": "Lũy kế"}, "tỷ đồng", "C: triệu đồng"),
        ({"C1": "ĐVT: triệu đồng", "C3": "Lũy kế (tỷ đồng)"}, "tỷ đồng", None),
        ({"C1": "ĐVT: ha; tỷ đồng", "C3": "Lũy kế"}, "tỷ đồng", None),
        ({"C1": "Đơn vị: Hội đồng GPMB", "C3": "Hợp đồng, đạt tỷ lệ"}, "triệu đồng", None),
        ({"C3": "Lũy kế (triệu đồng)", "D3": "Kế hoạch (tỷ đồng)"}, "triệu đồng", "D: tỷ đồng"),
        ({"C3": "Bàn giao (m2)"}, "ha", "C: m2"),
        ({"C3": "Bàn giao của các hộ (ha)"}, "ha", None),
    ],
)
def test_the_unit_of_the_heading_is_held_against_that_of_the_mapping(
    tmp_path: Path, sample: Portfolio, cells: dict[str, object], mapped: str, found: str | None
) -> None:
    of = "stage: paid" if mapped == "ha" else "plan_year: 2024, base: adjusted"
    mapping = f"header: 2-3\ndate: 2024-06-30\nproject: quoc-lo-99\ncolumns:\n  - {{column: C, {of}, unit: {mapped}"
    mapping += ", total: D}" if "D3" in cells else "}"
    (proposal,) = table(tmp_path, mapping, {"C4": 12, "D4": 20, **cells}, (), sample).proposals
    doubts = [(doubt.code, f"{doubt.values['column']}: {doubt.values['found']}") for doubt in proposal.doubts]
    assert doubts == ([] if found is None else [("unit_of_heading", found)])
    assert proposal.confidence is (Confidence.HIGH if found is None else Confidence.LOW)
    assert all(mapped in doubt.message(lang) for doubt in proposal.doubts for lang in LANGS)


def test_a_total_in_two_places_and_an_ambiguous_one(tmp_path: Path, sample: Portfolio) -> None:
    """Two totals that differ are refused; one that can be read in two ways must be confirmed."""
    cells = {**LAND_CELLS, "B2": date(2024, 7, 15)}
    for written_so, figure in (("22,5/40", "22,5/40 ha"), ("22,5/41", None)):
        intake = table(tmp_path, LAND, {**cells, "F7": written_so}, LAND_MERGES, sample)
        read = {p.position: write_figure(p.figure) for p in intake.proposals}
        assert read.get("Biểu 01!F7") == figure
        assert refusals(intake).get("Biểu 01!F7") == (None if figure else "two_totals")
    (proposal,) = (
        p
        for p in table(tmp_path, LAND, {**cells, "D7": "1.040"}, LAND_MERGES, sample).proposals
        if p.position == "Biểu 01!F7"
    )
    assert [(doubt.code, doubt.values["found"]) for doubt in proposal.doubts] == [("two_readings", "1.040")]
    assert proposal.confidence is Confidence.LOW


def test_what_is_left_aside_is_said(tmp_path: Path, sample: Portfolio) -> None:
    path = saved(tmp_path, {**LAND_CELLS, "B2": date(2024, 7, 15)}, LAND_MERGES)
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("xl/externalLinks/externalLink1.xml", "<a/>")
        file.writestr("xl/embeddings/oleObject1.bin", b"x")
    intake = read_table(path, read_mapping(written(tmp_path, LAND)), sample)
    aside = [unread for unread in intake.unread if unread.why.code == "left_aside"]
    assert [unread.position for unread in aside] == ["bảng.xlsx", "bảng.xlsx"]
    for lang in LANGS:
        assert [unread.why.message(lang) for unread in aside] == [
            say(lang, f"form.{key}") for key in ("links_ignored", "objects_ignored")
        ]


def test_a_table_that_cannot_be_read_keeps_no_other_out(tmp_path: Path, sample: Portfolio) -> None:
    good = saved(tmp_path, {**LAND_CELLS, "B2": date(2024, 7, 15)}, LAND_MERGES)
    bad, empty = tmp_path / "không phải.xlsx", tmp_path / "rỗng.xlsx"
    bad.write_text("STT;ha\n")
    empty.write_bytes(b"")
    steps: list[tuple[int, int]] = []
    read = read_tables(
        [bad, good, empty],
        read_mapping(written(tmp_path, LAND)),
        sample,
        step=lambda *done: steps.append(done),
    )
    assert [(fault.where, fault.key) for fault in read.faults] == [
        (bad.name, "form.csv_file"),
        (empty.name, "form.empty_file"),
    ]
    assert [(intake.input, len(intake.proposals)) for intake in read.intakes] == [(good.name, 4)]
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_the_command_reads_the_good_tables_and_tells_of_the_bad_ones(lsinfra: Callable[..., Run], root: Path) -> None:
    mapping = "header: 1\ndate: 2024-06-30\nproject: ql4b\ncolumns:\n  - {column: ha, stage: paid, unit: ha}\n"
    good = saved(root, {"A1": "ha", "A2": 12.5})
    (root / "hỏng.xlsx").write_bytes(b"")
    files = "hỏng.xlsx", good.name
    run = lsinfra("intake", "excel", *files, "--mapping", written(root, mapping), "--format", "json", cwd=root)
    assert (run.code, [row["position"] for row in json.loads(run.stdout)["proposals"]]) == (1, ["Biểu 01!A2"])
    assert "hỏng.xlsx: " in run.stderr
    assert "Traceback" not in run.stderr


# --- the 48-column disbursement form -------------------------------------------------------------------------------

# Its main columns; headings and figures are made up.
DISBURSEMENT = """
sheet: Giải ngân
header: 6-9
date: 2024-06-30
project_column: Danh mục dự án
skip:
  - {column: TT, roman: true}
  - {column: Danh mục dự án, words: [Tổng số, Trong đó]}
columns:
  - column: Giải ngân kế hoạch năm 2024 đến kỳ báo cáo / Tổng số
    total: Kế hoạch vốn năm 2024 / Tổng số
    plan_year: 2024
    base: province_assigned
    unit: triệu đồng
  - column: Giải ngân kế hoạch năm 2024 đến kỳ báo cáo / Trong đó / NSTW
    total: Kế hoạch vốn năm 2024 / Trong đó / NSTW
    plan_year: 2024
    base: province_assigned
    funding: central_budget
    unit: triệu đồng
  - column: Giải ngân kế hoạch năm 2024 đến kỳ báo cáo / Trong đó / NSĐP
    total: Kế hoạch vốn năm 2024 / Trong đó / NSĐP
    plan_year: 2024
    base: province_assigned
    funding: local_budget
    unit: triệu đồng
"""
GROUPS = {
    12: "Kế hoạch vốn năm 2023 kéo dài",
    20: "Kế hoạch vốn năm 2024",
    28: "Giải ngân kế hoạch năm 2023 kéo dài đến kỳ báo cáo",
    36: "Giải ngân kế hoạch năm 2024 đến kỳ báo cáo",
    44: "Ước giải ngân cả năm 2024",
}


def disbursement_form(folder: Path, name: str) -> Path:
    """48 columns: five groups of a total and of its parts, with headings merged over four rows."""
    cells: dict[str, object] = {"A2": "BIỂU TÌNH HÌNH GIẢI NGÂN", "A6": "TT", "B6": "Danh mục dự án"}
    merges = ["A6:A9", "B6:B9", "A2:AV2"]
    for column in range(3, 12):
        letter = get_column_letter(column)
        cells[f"{letter}6"] = f"Thông tin {column}"
        merges.append(f"{letter}6:{letter}9")
    for first, heading in GROUPS.items():
        letters = [get_column_letter(column) for column in range(first, min(first + 8, 49))]
        cells |= {f"{letters[0]}6": heading, f"{letters[0]}7": "Tổng số", f"{letters[1]}7": "Trong đó"}
        cells |= {f"{letters[1]}8": "NSTW", f"{letters[2]}8": "NSĐP", f"{letters[3]}8": "ODA"}
        merges += [f"{letters[0]}6:{letters[-1]}6", f"{letters[0]}7:{letters[0]}9", f"{letters[1]}7:{letters[-1]}7"]
        merges += [f"{letter}8:{letter}9" for letter in letters[1:4]]
    cells |= {get_column_letter(column) + "10": column for column in range(1, 49)}
    rows: list[tuple[object, ...]] = [
        ("", "Tổng số", 100_000, 80_000, 20_000, 25_000, 20_000, 5_000),
        ("I", "Giao thông", 100_000, 80_000, 20_000, 25_000, 20_000, 5_000),
        (1, "Quốc lộ 99", 100_000, 80_000, 20_000, "25.000,5", 20_000.5, 5_000),
        (2, "Đường ven hồ Trăng", 0, None, None, 0, None, None),
    ]
    for at, (number, title, *amounts) in enumerate(rows, 11):
        cells |= {f"A{at}": number, f"B{at}": title}
        for column, amount in zip((20, 21, 22, 36, 37, 38), amounts, strict=True):
            cells[f"{get_column_letter(column)}{at}"] = amount
            cells[f"{get_column_letter(column - 8)}{at}"] = 7  # the years and estimates beside it
    return saved(folder, cells, tuple(merges), name)


def test_the_disbursement_form_of_48_columns(tmp_path: Path, sample: Portfolio) -> None:
    # The row of column numbers under the headings has no project's name, and is told.
    path = disbursement_form(tmp_path, "Giải ngân")
    intake = read_table(path, read_mapping(written(tmp_path, DISBURSEMENT)), sample, source="report-june")
    got = [(p.position, p.project, p.base, p.plan_year, p.funding, write_figure(p.figure)) for p in intake.proposals]
    base = Base.PROVINCE_ASSIGNED
    assert got == [
        ("Giải ngân!AJ13", "quoc-lo-99", base, 2024, None, "25.000,5/100.000 triệu đồng"),
        ("Giải ngân!AK13", "quoc-lo-99", base, 2024, Funding.CENTRAL_BUDGET, "20.000,5/80.000 triệu đồng"),
        ("Giải ngân!AL13", "quoc-lo-99", base, 2024, Funding.LOCAL_BUDGET, "5.000/20.000 triệu đồng"),
        ("Giải ngân!AJ14", "duong-ho-trang", base, 2024, None, "0 triệu đồng"),
    ]
    assert intake.proposals[0].figure.amount == Decimal(25000500000)
    assert {p.source for p in intake.proposals} == {"report-june"}
    assert {p.confidence for p in intake.proposals} == {Confidence.HIGH}
    assert refusals(intake) == {"Giải ngân!B10": "which_project"}


def test_a_column_may_be_of_capital_added_after_september(tmp_path: Path, sample: Portfolio) -> None:
    path = disbursement_form(tmp_path, "Giải ngân")
    one = "    base: province_assigned\n    unit: triệu đồng\n"
    mapping = DISBURSEMENT.replace(one, f"{one}    added_after_september: true\n")
    assert mapping != DISBURSEMENT
    found = read_table(path, read_mapping(written(tmp_path, mapping)), sample).proposals
    assert [proposal.added_after_september for proposal in found] == [True, False, False, True]
    land = "sheet: x\nheader: 1\ndate: 2024-06-30\nproject: quoc-lo-99\ncolumns:\n"
    land += "  - {column: F, stage: paid, unit: ha, added_after_september: true}\n"
    with pytest.raises(InputError) as refused:
        read_mapping(written(tmp_path, land))
    assert [fault.key for fault in refused.value.faults] == ["form.column_of_what"]


def test_the_row_of_column_numbers_may_be_counted_to_the_headings(tmp_path: Path, sample: Portfolio) -> None:
    path = disbursement_form(tmp_path, "Giải ngân")
    mapping = DISBURSEMENT.replace("header: 6-9", "header: 6-9\nfirst: 11")
    intake = read_table(path, read_mapping(written(tmp_path, mapping)), sample)
    assert (len(intake.proposals), intake.unread) == (4, ())
