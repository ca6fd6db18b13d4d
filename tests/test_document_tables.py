"""Tables of Word and PDF files → proposals: one figure of value, total and share, whatever the order of the columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lsinfra.intake.documents.reading import read_document
from lsinfra.intake.documents.table_rows import row_lines
from lsinfra.intake.proposals import Intake
from tests.test_documents import letters, pdf, read_pdf, read_word, real, said, unread, word

QL4B = "Dự án QL4B, số liệu đến ngày 15/8/2024"
LODGED = "ql4b | loc-binh | handed_over | 2024-08-15 | 37,07/49,35 ha, đạt 75,12%"
PUSHED = "ql4b | dinh-lap | handed_over | 2024-08-15 | 17,34/31,52 ha, đạt 55%"


def read_table(tmp_path: Path, rows: list[list[str]], *before: str, merge: Any = ()) -> Intake:
    """The figures of a Word file with one table; ``merge`` are pairs of corners to be merged."""

    def build(document: Any) -> None:
        for paragraph in before:
            document.add_paragraph(paragraph)
        table = document.add_table(rows=len(rows), cols=len(rows[0]))
        for row, cells in enumerate(rows):
            for column, text in enumerate(cells):
                table.cell(row, column).text = text
        for first, last in merge:
            whole = table.cell(*first).merge(table.cell(*last))
            whole.text = rows[first[0]][first[1]]

    return read_word(tmp_path, word(build))


@pytest.mark.parametrize(
    "rows",
    [
        [["Đơn vị", "Đã bàn giao (ha)", "Tổng số (ha)", "Tỷ lệ (%)"], ["Huyện Lộc Bình", "37,07", "49,35", "75,12"]],
        [["Đơn vị", "Tổng số (ha)", "Đã bàn giao (ha)", "Tỷ lệ (%)"], ["Huyện Lộc Bình", "49,35", "37,07", "75,12"]],
        [
            ["Đơn vị", "Phải thu hồi, ha", "Diện tích bàn giao, ha", "Đạt tỷ lệ"],
            ["Lộc Bình", "49,35", "37,07", "75,12"],
        ],
        [["Địa phương", "ĐVT", "Tổng số", "Đã bàn giao", "%"], ["Huyện Lộc Bình", "ha", "49,35", "37,07", "75,12"]],
        [["Đơn vị", "Tổng số", "Đã bàn giao", "Tỷ lệ"], ["Huyện Lộc Bình", "49,35 ha", "37,07 ha", "75,12%"]],
        [["Đơn vị", "Bàn giao mặt bằng", "Ghi chú"], ["Huyện Lộc Bình", "37,07/49,35 ha", "Còn vướng 12 hộ"]],
        [
            ["TT", "Đơn vị", "Bàn giao mặt bằng (ha)", "Bàn giao mặt bằng (ha)", "Bàn giao mặt bằng (ha)"],
            ["TT", "Đơn vị", "Tổng số", "Đã thực hiện", "Tỷ lệ"],
            ["(1)", "(2)", "(3)", "(4)", "(5)"],
            ["1", "Huyện Lộc Bình", "49,35", "37,07", "75,12"],
        ],
        [
            ["Nội dung", "Đơn vị tính", "Tổng số", "Thực hiện", "Tỷ lệ (%)"],
            ["Huyện Lộc Bình bàn giao mặt bằng", "ha", "49,35", "37,07", "75,12"],
        ],
    ],
)
def test_value_total_and_share_are_one_figure(tmp_path: Path, rows: list[list[str]]) -> None:
    intake = read_table(tmp_path, rows, QL4B)
    assert said(intake) in ([LODGED], [LODGED.removesuffix(", đạt 75,12%")])
    assert (said(intake) == [LODGED]) is any("75,12" in cell for row in rows for cell in row)


def test_heads_merged_over_columns_and_rows(tmp_path: Path) -> None:
    rows = [
        ["Đơn vị", "Bàn giao mặt bằng", "", "", "Chi trả (hộ)"],
        ["", "Tổng (ha)", "Đã bàn giao (ha)", "Tỷ lệ (%)", ""],
        ["Huyện Lộc Bình", "49,35", "37,07", "75,12", "300"],
        ["Huyện Đình Lập", "31,52", "17,34", "55", "640"],
    ]
    merge = [((0, 1), (0, 3)), ((0, 0), (1, 0)), ((0, 4), (1, 4))]
    assert said(read_table(tmp_path, rows, QL4B, merge=merge)) == [
        LODGED,
        "ql4b | loc-binh | paid | 2024-08-15 | 300 hộ",
        PUSHED,
        "ql4b | dinh-lap | paid | 2024-08-15 | 640 hộ",
    ]


def test_a_column_of_projects_goes_on_over_its_rows(tmp_path: Path) -> None:
    rows = [
        ["Dự án", "Đơn vị", "Đã bàn giao (ha)"],
        ["Cao tốc Hữu Nghị - Chi Lăng", "Huyện Cao Lộc", "21,27"],
        ["QL4B", "Huyện Lộc Bình", "37,07"],
        ["", "Huyện Đình Lập", "17,34"],
        ["Kè sông Kỳ Cùng", "Huyện Lộc Bình", "4,5"],
    ]
    intake = read_table(tmp_path, rows, "Số liệu đến ngày 15/8/2024", merge=[((2, 0), (3, 0))])
    assert said(intake) == [
        "huu-nghi-chi-lang | cao-loc | handed_over | 2024-08-15 | 21,27 ha",
        "ql4b | loc-binh | handed_over | 2024-08-15 | 37,07 ha",
        "ql4b | dinh-lap | handed_over | 2024-08-15 | 17,34 ha",
    ]
    assert unread(intake) == ["4,5 ha"]


def test_a_number_merged_over_rows_is_nobodys(tmp_path: Path) -> None:
    rows = [
        ["Đơn vị", "Tổng diện tích (ha)", "Đã bàn giao (ha)"],
        ["Huyện Lộc Bình", "80,87", "37,07"],
        ["Huyện Đình Lập", "", "17,34"],
    ]
    intake = read_table(tmp_path, rows, QL4B, merge=[((1, 1), (2, 1))])
    assert said(intake) == [
        "ql4b | loc-binh | handed_over | 2024-08-15 | 37,07 ha",
        "ql4b | dinh-lap | handed_over | 2024-08-15 | 17,34 ha",
    ]
    assert "80,87 ha" in unread(intake)


@pytest.mark.parametrize("over", ["ĐVT: tỷ đồng", "Đơn vị tính: Tỷ đồng", "(Đơn vị: tỷ đồng)"])
def test_the_unit_over_the_table(tmp_path: Path, over: str) -> None:
    rows = [
        ["Dự án", "Kế hoạch vốn năm 2024 tỉnh giao", "Giải ngân đến ngày 30/9/2024", "Tỷ lệ (%)"],
        ["QL4B", "350", "152,4", "43,5"],
    ]
    assert said(read_table(tmp_path, rows, over)) == [
        "ql4b | - | disbursement 2024 province_assigned - | 2024-09-30 | 152,4/350 tỷ đồng, đạt 43,5%"
    ]


def test_a_number_without_any_unit_is_listed(tmp_path: Path) -> None:
    intake = read_table(tmp_path, [["Đơn vị", "Diện tích bàn giao"], ["Huyện Lộc Bình", "37,07"]], QL4B)
    assert (said(intake), unread(intake)) == ([], ["37,07"])


def test_a_table_without_a_project_is_listed(tmp_path: Path) -> None:
    rows = [["Đơn vị", "Đã bàn giao (ha)"], ["Huyện Lộc Bình", "37,07"]]
    intake = read_table(tmp_path, rows, "Số liệu đến ngày 15/8/2024")
    assert (said(intake), [miss.why.code for miss in intake.unread]) == ([], ["no_project"])


def test_what_is_planned_or_left_in_one_column_says_nothing_of_another(tmp_path: Path) -> None:
    rows = [
        ["Đơn vị", "Kế hoạch bàn giao (ha)", "Đã bàn giao (ha)", "Còn lại (ha)", "Trong tuần bàn giao (ha)"],
        ["Huyện Lộc Bình", "45", "37,07", "12,28", "1,5"],
    ]
    intake = read_table(tmp_path, rows, QL4B)
    assert said(intake) == ["ql4b | loc-binh | handed_over | 2024-08-15 | 37,07 ha"]
    assert unread(intake) == ["45 ha", "12,28 ha", "1,5 ha"]


def test_a_share_that_may_be_of_two_figures_is_of_none() -> None:
    rows = [["Đơn vị", "Bàn giao (hộ)", "Bàn giao (ha)", "Tỷ lệ (%)"], ["Lộc Bình", "300", "37,07", "75,12"]]
    assert [line for _, line in row_lines(rows)] == [
        "Lộc Bình: Bàn giao là 300 hộ. Lộc Bình: Bàn giao là 37,07 ha. Lộc Bình: Tỷ lệ là 75,12%."
    ]


def test_thousands_of_a_unit_are_no_unit() -> None:
    rows = [["Đơn vị", "Giải ngân (nghìn đồng)", "Bàn giao (1.000 m2)"], ["Lộc Bình", "300", "37,07"]]
    assert "đồng." not in " ".join(line for _, line in row_lines(rows))
    assert "m²" not in " ".join(line for _, line in row_lines(rows))


# --- PDF -------------------------------------------------------------------------------------------------------------


def ruled(rows: list[list[str]], top: int, *, size: int = 10) -> str:
    """The drawing of a table with lines around its cells, letters without marks."""
    width, height = 160, 20
    steps = [
        f"40 {top - height * n} m {40 + width * len(rows[0])} {top - height * n} l S" for n in range(len(rows) + 1)
    ]
    steps += [
        f"{40 + width * n} {top} m {40 + width * n} {top - height * len(rows)} l S" for n in range(len(rows[0]) + 1)
    ]
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            shown = letters(text).replace("(", r"\(").replace(")", r"\)")
            steps.append(f"BT /F1 {size} Tf {44 + width * column} {top - height * row - 14} Td ({shown}) Tj ET")
    return "\n".join(steps)


def test_a_ruled_table_of_a_pdf(tmp_path: Path) -> None:
    rows = [["Don vi", "Ban giao (ha)", "Tong so (ha)", "Ty le (%)"], ["Huyen Loc Binh", "37,07", "49,35", "75,12"]]
    content = pdf([(letters(QL4B), 12)], drawn=ruled(rows, 760))
    intake = read_pdf(tmp_path, content)
    assert (said(intake), intake.proposals[0].position) == ([LODGED], "trang 1")


def test_a_merged_row_of_a_ruled_table_is_no_row_of_numbers(tmp_path: Path) -> None:
    rows = [["Don vi", "Ban giao (ha)"], ["Huyen Loc Binh", "37,07"], ["Huyen Dinh Lap va cac xa", ""]]
    drawing = ruled(rows, 760).replace("200 760 m 200 700 l S", "200 760 m 200 720 l S")
    assert drawing != ruled(rows, 760)
    assert said(read_pdf(tmp_path, pdf([(letters(QL4B), 12)], drawn=drawing))) == [
        "ql4b | loc-binh | handed_over | 2024-08-15 | 37,07 ha"
    ]


def test_a_note_above_the_page_number_runs_into_no_sentence(tmp_path: Path) -> None:
    content = pdf(
        [("Den ngay 15/8/2024, huyen Loc Binh da ban", 12), ("1 Huyen Dinh Lap chua ban giao 9 ha", 8), ("1", 12)],
        [("giao 37,07 ha mat bang du an QL4B.", 12), ("Het.", 12)],
    )
    intake = read_pdf(tmp_path, content)
    assert said(intake) == ["ql4b | loc-binh | handed_over | 2024-08-15 | 37,07 ha"]


def test_the_words_of_a_row_are_shown_as_they_stand(tmp_path: Path) -> None:
    rows = [["Đơn vị", "Đã bàn giao (ha)", "Chưa bàn giao (ha)"], ["Huyện Lộc Bình", "37,07", "12,28"]]
    intake = read_table(tmp_path, rows, QL4B)
    quotes = {*(one.quote for one in intake.proposals), *(one.quote for one in intake.unread)}
    assert quotes == {"Huyện Lộc Bình | 37,07 | 12,28"}


def test_a_table_of_markdown_is_read_by_its_heads(tmp_path: Path) -> None:
    path = tmp_path / "báo cáo.md"
    path.write_text(
        f"{QL4B}\n\n| Đơn vị | Tổng số (ha) | Đã bàn giao (ha) | Tỷ lệ (%) |\n|---|---:|---:|---:|\n"
        "| Huyện Lộc Bình | 49,35 | 37,07 | 75,12 |\n| **Huyện Đình Lập** | 31,52 | 17,34 | 55 |\n\n"
        "Đến ngày 15/8/2024, dự án QL4B còn 12,28 ha tại huyện Lộc Bình.\n",
        encoding="utf-8",
    )
    intake = read_document(path, real())
    assert said(intake) == [LODGED, PUSHED]
    assert [(found.position, found.quote) for found in intake.proposals] == [
        ("dòng 5", "Huyện Lộc Bình | 49,35 | 37,07 | 75,12"),
        ("dòng 6", "Huyện Đình Lập | 31,52 | 17,34 | 55"),
    ]
    assert unread(intake) == ["12,28 ha"]


def test_a_row_of_one_capital_source_is_never_of_all_of_them(tmp_path: Path) -> None:
    rows = [
        ["Nguồn vốn", "Kế hoạch vốn (tỷ đồng)", "Giải ngân lũy kế (tỷ đồng)", "Tỷ lệ (%)"],
        ["Tổng số", "1.000", "490,1", "49,01"],
        ["Ngân sách trung ương", "900", "490", "54,4"],
        ["Ngân sách địa phương", "100", "0,1", "0,1"],
    ]
    intake = read_table(tmp_path, rows, "Giải ngân dự án QL4B đến ngày 30/6/2026")
    assert said(intake) == [
        "ql4b | - | disbursement - - - | 2026-06-30 | 490,1/1.000 tỷ đồng, đạt 49,01%",
        "ql4b | - | disbursement - - central_budget | 2026-06-30 | 490 tỷ đồng, đạt 54,4%",
        "ql4b | - | disbursement - - local_budget | 2026-06-30 | 0,1 tỷ đồng, đạt 0,1%",
    ]
