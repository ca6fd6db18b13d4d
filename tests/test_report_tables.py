"""The tables of the report cell by cell: a world worked out by hand, and figures that are not as they should be."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lsinfra import compare, portfolio, progress, snapshots
from lsinfra.render.payload import Scope
from lsinfra.render.since import Since
from lsinfra.report.contents import contents
from lsinfra.report.model import Bullets, Report, tables_of, words_of
from lsinfra.report.still import map_svg
from lsinfra.report.workbook import workbook
from tests.conftest import ROOT
from tests.reporting import Told, project, records, tell, write

SOURCES = {
    "bc5": {"title": "Báo cáo tháng 5", "kind": "official", "date": "2024-05"},
    "bc6": {"title": "Báo cáo tháng 6", "kind": "official", "date": "2024-06"},
    "bao": {"title": "Báo Thử", "kind": "press"},
}


def seen(day: str, source: str, **figures: Any) -> dict[str, Any]:
    return {"as_of": day, "source": source} | figures


def spent(day: str, source: str, total: str, **more: Any) -> dict[str, Any]:
    return {"as_of": day, "source": source, "plan_year": "2024", "base": "adjusted", "total": total} | more


def stretch(first: str, last: str) -> dict[str, str]:
    return {"route": "quoc-lo-99", "from": first, "to": last}


BY_HAND = records(
    project(
        1,
        routes=["quoc-lo-99"],
        sections=[
            {"id": "a", "unit": "Xã A", "placed": "surveyed"} | stretch("Km0", "Km5"),
            {"id": "b", "unit": "Xã B"} | stretch("Km5", "Km10"),
            {"id": "c", "unit": "Xã C", "in_scope": False} | stretch("Km10", "Km12"),
        ],
        clearance=[
            seen("2024-05-20", "bc5", handed_over=["10/40 ha, đạt 25%", "3/9 hộ"]),
            seen("2024-06-30", "bc6", handed_over=["16/50 ha, đạt 33%", "khoảng 2/5 km"], note="Phần qua tỉnh Thử."),
            seen("2024-05-20", "bao", section="a", handed_over="4/20 ha", handed_over_at=[stretch("Km0", "Km1")]),
            seen(
                "2024-06-15", "bc6", section="a", handed_over="khoảng 1 km", handed_over_at=[stretch("Km0", "Km2+500")]
            ),
            seen("2024-06-30", "bc6", section="a", paid="8/20 ha"),
            seen("2024-05-20", "bc5", section="b", handed_over="37,07 ha, đạt 75,12%"),
            seen("2024-06-30", "bc6", section="c", handed_over="9/9 ha"),
        ],
        disbursement=[
            spent("2024-05", "bc5", "30/90 tỷ đồng, đạt 33,3%", funding={"central_budget": "20 tỷ đồng, đạt 50%"}),
            spent("2024-06", "bc6", "45/90 tỷ đồng, đạt 51%", funding={"central_budget": "24 tỷ đồng, đạt 60%"}),
        ],
    ),
    project(
        2,
        sections=[{"id": "d", "unit": "Xã D"}],
        clearance=[seen("2024-06-30", "bc6", section="d", inventoried="5/6 ha")],
        disbursement=[],
    ),
    project(
        3,
        clearance=[seen("2024-05-20", "bc5", handed_over="6/6 ha")],
        disbursement=[],
        milestones=[
            {"title": "Thông xe", "kind": "start", "date": "2024-07-07", "planned": True, "source": "bc6"},
            {"title": "Bàn giao", "kind": "start", "date": "2024-07-08", "planned": True, "source": "bc6"},
        ],
    ),
    sources=SOURCES,
    units={"Xã B": {"level": "commune", "until": "2024-05-31"}},
)
"""30 June 2024 against 15 June: figures of 20 May are 41 days old, 6 beyond the limit of 35."""

STALE = "[1]; chưa cập nhật"
PRESS = "[3]; chưa cập nhật; báo chí"
IMPLIED = "tỷ lệ do nguồn nêu, tổng số suy ra"
NO_MONEY = "Các nguồn đã dùng không nêu số liệu giải ngân"
ONLY = "Chưa có số liệu bàn giao; đã có: đo đạc, kiểm đếm"
PLAN = "năm 2024, kế hoạch vốn sau điều chỉnh"
CLOSES = f"{PLAN}, hạn giải ngân 31/01/2025"
ONE, TWO, THREE = (f"Đường tỉnh {n}" for n in (201, 202, 203))
HANDED, PAID, COUNTED = "Bàn giao mặt bằng", "Chi trả bồi thường", "Đo đạc, kiểm đếm"

EXPECTED = {
    "by_project": [
        f"1|{ONE}|ha|50|16|34|32,00%|30/6/2024|[2]; tỷ lệ nguồn nêu không khớp; Phần qua tỉnh Thử",
        "||km|5|2|–|40,00%|30/6/2024|[2]; số gần đúng; Phần qua tỉnh Thử",
        f"||hộ|9|3|6|33,33%|20/5/2024|{STALE}; dự án còn đoạn ngoài phạm vi: Xã C",
        f"2|{TWO}|–|–|–|–|–|–|{ONLY}",
        f"3|{THREE}|ha|6|6|0|100,00%|20/5/2024|{STALE}",
    ],
    "by_unit": [
        f"1|Xã A|{ONE}|ha|20|4|20,00%|20/5/2024|{PRESS}",
        "|||km|–|1|–|15/6/2024|[2]; số gần đúng",
        f"2|Xã B|{ONE}|ha|49,344 – 49,351|37,07|75,12%|20/5/2024|{STALE}; {IMPLIED}",
        f"3|Xã D|{TWO}|–|–|–|–|–|{ONLY}",
    ],
    "by_chainage": [
        f"1|{ONE}|Xã A|Km0 – Km2+500|15/6/2024|[2]; số gần đúng",
        f"2|{ONE}|Xã A|Km0 – Km1|20/5/2024|{PRESS}",
    ],
    "money": [
        f"1|{ONE} ({CLOSES})|90|45|50,0%|51%|tháng 6/2024|[2]; tỷ lệ nguồn nêu không khớp",
        f"|Ngân sách trung ương|39,669 – 40,337|24|–|60%|tháng 6/2024|[2]; {IMPLIED}",
    ],
    "late": [
        f"1|{ONE}|Toàn dự án|{HANDED} (hộ)|20/5/2024|41|6|[1]",
        f"2||Xã A|{HANDED} (ha)|20/5/2024|41|6|[3]",
        f"3|{TWO}|Toàn dự án|{HANDED}|Chưa có|–|–|",
        f"4||Xã D|{HANDED}|Chưa có|–|–|",
        "5||Toàn dự án|Giải ngân|Chưa có|–|–|",
        f"6|{THREE}|Toàn dự án|Giải ngân|Chưa có|–|–|",
    ],
    "clearance": [
        f"1|{ONE}||||||||||",
        f"|Toàn dự án||{HANDED}|ha|50|16|32,00%|33%|30/6/2024|[2]; tỷ lệ nguồn nêu không khớp|Phần qua tỉnh Thử.",
        f"|||{HANDED}|km|5|2|40,00%|–|30/6/2024|[2]; số gần đúng|Phần qua tỉnh Thử.",
        f"|||{HANDED}|hộ|9|3|33,33%|–|20/5/2024|{STALE}|",
        f"|Xã A|Km0 – Km5 (theo khảo sát)|{PAID}|ha|20|8|40,00%|–|30/6/2024|[2]|",
        f"|||{HANDED}|ha|20|4|20,00%|–|20/5/2024|{PRESS}|",
        f"|||{HANDED}|km|–|1|–|–|15/6/2024|[2]; số gần đúng|",
        f"|Xã B|Km5 – Km10|{HANDED}|ha|49,344 – 49,351|37,07|–|75,12%|20/5/2024|{STALE}; {IMPLIED}|",
        f"|Xã C (ngoài phạm vi)|Km10 – Km12|{HANDED}|ha|9|9|100,00%|–|30/6/2024|[2]|",
        (
            f"|Tổng hợp từ các đoạn||{HANDED}|ha|69,344 – 69,351|41,07|59,22% – 59,23%|–|20/5/2024|"
            "[3], [1]; chưa cập nhật; báo chí; tính từ tổng số suy ra; tổng hợp từ 2/2 đoạn|"
            "không gồm đoạn ngoài phạm vi: Xã C"
        ),
        f"2|{TWO}||||||||||",
        f"|Xã D||{COUNTED}|ha|6|5|83,33%|–|30/6/2024|[2]|",
        f"|Tổng hợp từ các đoạn||{COUNTED}|ha|6|5|83,33%|–|30/6/2024|[2]; tổng hợp từ 1/1 đoạn|",
        f"3|{THREE}||||||||||",
        f"|Toàn dự án||{HANDED}|ha|6|6|100,00%|–|20/5/2024|{STALE}|",
    ],
    "disbursement": [
        f"1|{ONE}||||||||",
        f"|Tổng các nguồn vốn|N{PLAN[1:]}|90|45|50,0%|51%|tháng 6/2024|31/01/2025|[2]; tỷ lệ nguồn nêu không khớp",
        f"|Ngân sách trung ương||39,669 – 40,337|24|–|60%|tháng 6/2024|31/01/2025|[2]; {IMPLIED}",
        f"2|{TWO}||||||||",
        f"|{NO_MONEY}||||||||",
        f"3|{THREE}||||||||",
        f"|{NO_MONEY}||||||||",
    ],
    # Of 25 % to 32 %: 6 ha of 50 are 12 points; 10 ha of 50 and not of 40 are 5 less.
    "changes": [
        f"1|{ONE}|Toàn dự án|{HANDED}|ha|10|40|20/5/2024|16|50|30/6/2024|+6|+7,00|+12,00|-5,00|Cập nhật|[1], [2]",
        f"2|{ONE}|Toàn dự án|{HANDED}|km|–|–|–|2|5|30/6/2024|–|–|–|–|Mới có số liệu|[2]",
        f"3|{ONE}|Xã A|{PAID}|ha|–|–|–|8|20|30/6/2024|–|–|–|–|Mới có số liệu|[2]",
        f"4|{ONE}|Xã C|{HANDED}|ha|–|–|–|9|9|30/6/2024|–|–|–|–|Mới có số liệu|[2]",
        f"5|{TWO}|Xã D|{COUNTED}|ha|–|–|–|5|6|30/6/2024|–|–|–|–|Mới có số liệu|[2]",
        (
            f"6|{ONE}|Tất cả các nguồn vốn ({CLOSES})|Giải ngân|tỷ đồng|30|90|tháng 5/2024|45|90|tháng 6/2024|"
            "+15|+16,7|+16,7|0,0|Cập nhật|[1], [2]"
        ),
        (
            f"7|{ONE}|Ngân sách trung ương ({CLOSES})|Giải ngân|tỷ đồng|20|39,603 – 40,405|tháng 5/2024|"
            "24|39,669 – 40,337|tháng 6/2024|+4|–|–|–|Cập nhật|[1], [2]"
        ),
    ],
}


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return tell(write(tmp_path_factory.mktemp("hand") / "w", BY_HAND), "2024-06-30")


def rows(told: Told, id: str) -> list[str]:
    """The rows of a table, a cell after the other."""
    table = next((table for table in tables_of(told.report) if table.id == id), None)
    found = [] if table is None else table.rows
    return ["|".join(cell.text for cell in cells).replace("\u00a0", " ") for cells in found]


@pytest.mark.parametrize("id", EXPECTED)
def test_a_table_says_what_was_worked_out_by_hand(id: str, by_hand: Told) -> None:
    assert rows(by_hand, id) == EXPECTED[id]


def bullets(report: Report, section: int) -> list[str]:
    blocks = report.sections[section].blocks
    items = (item for block in blocks if isinstance(block, Bullets) for item in block.items)
    return [words_of(item).replace("\u00a0", " ") for item in items]


def test_the_summary_says_what_was_worked_out_by_hand(by_hand: Told) -> None:
    assert bullets(by_hand.report, 0) == [
        (
            f"{ONE}: đã bàn giao 16/50 ha, đạt 32,00% (nguồn nêu 33%, không khớp số tính lại), còn 34 ha "
            f"(30/6/2024; Phần qua tỉnh Thử) [2]. Giải ngân {PLAN}: 45/90 tỷ đồng, đạt 50,0% "
            "(nguồn nêu 51%, không khớp số tính lại) (tháng 6/2024) [2]."
        ),
        f"{TWO}: các nguồn đã dùng không nêu số liệu bàn giao mặt bằng. {NO_MONEY}.",
        f"{THREE}: đã bàn giao 6/6 ha, đạt 100,00% (20/5/2024, chưa cập nhật) [1]. {NO_MONEY}.",
        (
            f"{ONE}, toàn dự án (Phần qua tỉnh Thử): từ 10/40 ha (20/5/2024) [1] thành 16/50 ha (30/6/2024) [2], "
            "tăng 6 ha. Tỷ lệ thay đổi +7,00 điểm phần trăm, trong đó do thực hiện +12,00, do điều chỉnh phạm vi -5,00."
        ),
        f"{ONE}, toàn dự án (Phần qua tỉnh Thử): mới có số liệu, khoảng 2/5 km (30/6/2024) [2].",
        (
            f"{ONE}, giải ngân {PLAN}, từ tất cả các nguồn vốn: từ 30/90 tỷ đồng (tháng 5/2024) [1] thành "
            "45/90 tỷ đồng (tháng 6/2024) [2], tăng 15 tỷ đồng. Tỷ lệ thay đổi +16,7 điểm phần trăm, "
            "trong đó do thực hiện +16,7, do điều chỉnh phạm vi 0,0."
        ),
        (
            f"{ONE}, giải ngân {PLAN}, từ ngân sách trung ương: từ 20 tỷ đồng (tháng 5/2024) [1] thành 24 tỷ đồng "
            "(tháng 6/2024) [2], tăng 4 tỷ đồng."
        ),
    ]
    assert "Ngoài ra còn 3 thay đổi khác, nêu tại Phụ lục III." in said(by_hand, 0)
    assert bullets(by_hand.report, 4) == [f"{THREE}: Thông xe, dự kiến 07/7/2024 [2]."]


def said(told: Told, section: int) -> str:
    """What a section of the report says in sentences, a paragraph a line."""
    blocks = told.report.sections[section].blocks
    return "\n".join(words_of(block.runs) for block in blocks if hasattr(block, "runs"))


def test_a_unit_that_has_ended_is_not_late_and_is_named(by_hand: Told) -> None:
    late = next(table for table in tables_of(by_hand.report) if table.id == "late")
    assert "kết thúc hoạt động: Xã B (cấp xã, đến 31/5/2024); số liệu cuối cùng nêu tại Phụ lục I." in late.note
    assert "có 2 nội dung chậm cập nhật và 4 nội dung chưa từng có số liệu" in said(by_hand, 2)


# --- what is said of figures that are not as they should be -----------------------------------------------------------


def told_of(folder: Path, *projects: dict[str, Any], day: str = "2024-06-30", **more: Any) -> Told:
    return tell(write(folder / "w", records(*projects, sources=SOURCES, **more)), day)


def test_sections_with_figures_are_no_silence_of_the_project() -> None:
    told = tell(ROOT, "2024-10-31")
    whole = "Chưa có số liệu toàn dự án; số liệu các đoạn nêu theo địa bàn"
    assert rows(told, "by_project")[2] == f"2|Cao tốc Đồng Đăng (Lạng Sơn) – Trà Lĩnh (Cao Bằng)|–|–|–|–|–|–|{whole}"
    silent = "|Cao Lộc|km 0,0 – 1,0 của đường vẽ (lý trình chưa công bố)|–|–|–|–|–|–|–|Chưa có số liệu|"
    assert silent in rows(told, "clearance")
    others = rows(tell(ROOT, "2024-08-31"), "by_project")
    assert others[0].endswith(whole)


def test_nothing_but_a_section_out_of_scope_is_not_the_project(tmp_path: Path) -> None:
    beyond = [{"id": "a", "unit": "Xã A", "in_scope": False}]
    told = told_of(
        tmp_path, project(1, sections=beyond, clearance=[seen("2024-06-30", "bc6", section="a", handed_over="1/2 ha")])
    )
    assert rows(told, "by_project") == [f"1|{ONE}|–|–|–|–|–|–|Chỉ có số liệu của đoạn ngoài phạm vi"]
    assert "các nguồn đã dùng không nêu số liệu bàn giao mặt bằng" in bullets(told.report, 0)[0]


def test_what_nobody_gave_is_said_of_the_sources_used(tmp_path: Path) -> None:
    told = told_of(tmp_path, project(1, clearance=[], disbursement=[]), project(2))
    assert rows(told, "by_project")[0].endswith("|Các nguồn đã dùng không nêu số liệu giải phóng mặt bằng")
    assert f"Dự án mà các nguồn đã dùng không nêu số liệu giải ngân: {ONE}." in said(told, 1)


def test_many_projects_are_counted_by_what_is_known_of_all_of_them(tmp_path: Path) -> None:
    """Four have only a section's figure; of the others 5/5 ha is not all where 3/20 km is; money has one of nine."""
    sections = [{"id": "a", "unit": "Xã A"}, {"id": "b", "unit": "Xã B"}]
    part = [seen("2024-06-30", "bc6", section="a", handed_over="1/2 ha")]
    both = [seen("2024-06-30", "bc6", handed_over=["5/5 ha", "3/20 km"])]
    every = [project(n, sections=sections, clearance=part, disbursement=[]) for n in range(1, 5)]
    every += [project(n, clearance=both, disbursement=[]) for n in range(5, 8)]
    every += [project(8, clearance=[seen("2024-06-30", "bc6", handed_over="5/5 ha")], disbursement=[]), project(9)]
    text = said(told_of(tmp_path, *every), 0)
    assert "Có 9/9 dự án đã có số liệu bàn giao mặt bằng (5 dự án có số liệu toàn dự án)" in text
    assert "trong đó 1 dự án đã bàn giao đủ; 1/9 dự án đã có số liệu giải ngân." in text


def test_a_complete_area_does_not_hide_a_length_that_is_not(tmp_path: Path) -> None:
    told = told_of(tmp_path, project(1, clearance=[seen("2024-06-30", "bc6", handed_over=["5/5 ha", "3/20 km"])]))
    assert (
        "đã bàn giao 5/5 ha, đạt 100,00% (30/6/2024) [2]; 3/20 km, đạt 15,00% (30/6/2024) [2]. Giải ngân"
        in (bullets(told.report, 0)[0])
    )


@pytest.mark.parametrize(
    ("sections", "done"),
    [
        ({"as_of": "2024-06-29", "handed_over": "1/2 ha"}, True),
        ({"as_of": "2024-06-30", "handed_over": "1/2 km"}, False),
        ({"as_of": "2024-06-29", "handed_over": "1/2 km"}, True),
        ({"as_of": "2024-06-30", "handed_over": "2/2 km"}, True),
        ({"as_of": "2024-06-30", "handed_over": "1/2 km", "section": "c"}, True),
    ],
)
def test_all_is_handed_over_until_a_section_says_since_then_that_it_is_not(
    sections: dict[str, str], done: bool, tmp_path: Path
) -> None:
    whole = seen("2024-06-30", "bc6", handed_over="9/9 ha")
    three = [{"id": "a", "unit": "Xã A"}, {"id": "b", "unit": "Xã B"}, {"id": "c", "unit": "Xã C", "in_scope": False}]
    part = {"section": "a", "source": "bc6"} | sections
    told = told_of(tmp_path, project(1, sections=three, clearance=[whole, part]), day="2024-09-30")
    assert any(HANDED in row for row in rows(told, "late")) is not done


def test_a_fresh_figure_hides_no_old_one_of_another_stage_or_measure(tmp_path: Path) -> None:
    old = seen("2023-01-01", "bc5", handed_over=["1/2 ha", "3/9 hộ"], approved="2/2 ha", paid="1/2 ha")
    fresh = seen("2024-06-30", "bc6", inventoried="2/2 ha", handed_over="4/9 hộ")
    told = told_of(tmp_path, project(1, clearance=[old, fresh]))
    assert rows(told, "late") == [
        f"1|{ONE}|Toàn dự án|{PAID} (ha)|01/01/2023|546|511|[1]",
        f"2||Toàn dự án|{HANDED} (ha)|01/01/2023|546|511|[1]",
    ]
    assert "có 2 nội dung chậm cập nhật." in said(told, 2)


def test_nothing_late_and_nothing_missing_is_said_of_both(tmp_path: Path) -> None:
    assert "không có số liệu nào chậm cập nhật; không có dự án" in said(told_of(tmp_path, project(1)), 2)


def test_a_source_of_capital_that_fell_silent_is_late_by_itself(tmp_path: Path) -> None:
    local = {"central_budget": "1 tỷ đồng", "local_budget": "2 tỷ đồng"}
    old, fresh = spent("2024-04", "bc5", "3/9 tỷ đồng", funding=local), spent("2024-06", "bc6", "4/9 tỷ đồng")
    told = told_of(tmp_path, project(1, disbursement=[old, fresh | {"funding": {"central_budget": "2 tỷ đồng"}}]))
    assert rows(told, "late") == [f"1|{ONE}|Toàn dự án|Giải ngân (ngân sách địa phương)|tháng 4/2024|61|26|[1]"]


def test_a_stated_hundred_percent_without_a_total_is_no_hundred(tmp_path: Path) -> None:
    told = told_of(
        tmp_path,
        project(1, clearance=[seen("2024-06-30", "bc6", handed_over="37,07 ha, đạt 100%")]),
        project(2, clearance=[seen("2024-06-30", "bc6", handed_over="0,5 ha, đạt 0%")]),
    )
    assert rows(told, "by_project") == [
        f"1|{ONE}|ha|36,885 – 37,257|37,07|–|≥ 99,5%|30/6/2024|[2]; {IMPLIED}",
        f"2|{TWO}|ha|≥ 100,000|0,5|–|< 0,5%|30/6/2024|[2]; {IMPLIED}",
    ]
    one, two = bullets(told.report, 0)
    assert "37,07 ha, nguồn nêu đạt 100% (nếu đã làm tròn: ≥ 99,5%, tổng số suy ra 36,885 – 37,257 ha)" in one
    assert "0,5 ha, nguồn nêu đạt 0% (nếu đã làm tròn: < 0,5%, tổng số suy ra ≥ 100,000 ha)" in two


def test_a_value_above_its_total_leaves_nothing_and_says_so(tmp_path: Path) -> None:
    told = told_of(
        tmp_path,
        project(1, clearance=[seen("2024-06-30", "bc6", handed_over="12/10 ha")], disbursement=[]),
        project(2, clearance=[seen("2024-05-20", "bc5", handed_over="12/10 ha")]),
    )
    # It is not complete either, and stays to be reported.
    assert rows(told, "late")[0] == f"1|{TWO}|Toàn dự án|{HANDED} (ha)|20/5/2024|41|6|[1]"
    assert rows(told, "by_project")[0] == f"1|{ONE}|ha|10|12|–|120,00%|30/6/2024|[2]; vượt tổng số"
    assert "đã bàn giao 12/10 ha, đạt 120,00%, vượt tổng số (30/6/2024) [2]." in bullets(told.report, 0)[0]


def test_every_base_of_a_plan_year_is_said_the_newest_first(tmp_path: Path) -> None:
    money = [
        spent("2024-03", "bc5", "1/100 tỷ đồng"),
        spent("2024-06", "bc6", "50 tỷ đồng") | {"base": "province_assigned"},
    ]
    (line,) = bullets(told_of(tmp_path, project(1, disbursement=money)).report, 0)[:1]
    assert line.endswith(
        "Giải ngân năm 2024, kế hoạch vốn tỉnh giao: 50 tỷ đồng (nguồn không nêu kế hoạch vốn) (tháng 6/2024) [2]; "
        f"{PLAN}: 1/100 tỷ đồng, đạt 1,0% (tháng 3/2024, chưa cập nhật) [1]."
    )


def test_capital_added_after_september_is_told_apart_by_its_closing_day(tmp_path: Path) -> None:
    money = [
        spent("2024-11", "bc5", "50/90 tỷ đồng"),
        spent("2024-11", "bc6", "1/7 tỷ đồng", added_after_september=True),
    ]
    told = told_of(tmp_path, project(1, disbursement=money), day="2024-11-30")
    assert [row.split("|")[1] for row in rows(told, "money")] == [
        f"{ONE} ({PLAN}, hạn giải ngân 31/01/2025)",
        f"{ONE} ({PLAN}, hạn giải ngân 31/12/2025)",
    ]
    changes = [line for line in bullets(told.report, 0) if "mới có số liệu" in line]
    assert [line.split(": ")[0] for line in changes] == [
        f"{ONE}, giải ngân {PLAN}, hạn giải ngân {day}, từ tất cả các nguồn vốn" for day in ("31/01/2025", "31/12/2025")
    ]


def test_a_confirmed_figure_is_said_once_and_without_points(tmp_path: Path) -> None:
    twice = [seen(day, "bc6", handed_over="3/9 ha") for day in ("2024-06-01", "2024-06-30")]
    told = told_of(tmp_path, project(1, clearance=twice, disbursement=[]))
    assert bullets(told.report, 0)[1] == f"{ONE}, toàn dự án: giữ nguyên theo số liệu mới hơn, 3/9 ha (30/6/2024) [2]."


def test_what_a_whole_project_covers_is_said_on_the_map_and_in_the_chart() -> None:
    told = tell(ROOT, "2025-10-27")
    scope = Scope(told.portfolio, told.progress, "vi")
    with zipfile.ZipFile(io.BytesIO(workbook(told.report, scope))) as parts:
        chart = parts.read("xl/charts/chart1.xml").decode()
    assert "27/10/2025; Phần qua tỉnh Lạng Sơn" in chart
    drawn = " ".join(re.findall(">([^<]+)<", map_svg(scope))).replace("\u00a0", " ")
    assert "27/10/2025, báo chí; Phần qua tỉnh Lạng Sơn" in drawn


def changed(folder: Path, first: dict[str, str], second: dict[str, str]) -> list[str]:
    """What the summary says of one observation that was recorded in two ways."""
    kept = []
    for n, figures in enumerate((first, second)):
        clearance = [seen("2024-06-30", "bc6", **figures)]
        root = write(folder / str(n), records(project(1, clearance=clearance), sources=SOURCES))
        whole = portfolio.load(root)
        now = progress.measure(whole, date(2024, 6, 30))
        kept.append(snapshots.make(root, whole, now, (), None))
    return bullets(contents(whole, now, since=Since(compare.compare(*kept), stored=True)), 0)[1:]


def test_a_stage_that_is_not_land_handed_over_is_named_where_it_is_gone(tmp_path: Path) -> None:
    gone = f"{ONE}, toàn dự án, đo đạc, kiểm đếm: không còn số liệu; số liệu trước đó là 304/305 hộ (30/6/2024) [2]."
    assert changed(tmp_path, {"inventoried": "304/305 hộ", "handed_over": "1/2 ha"}, {"handed_over": "1/2 ha"}) == [
        gone
    ]


def test_a_share_that_stayed_has_no_parts(tmp_path: Path) -> None:
    first, second = {"handed_over": "3/9 ha, đạt 33%"}, {"handed_over": "3/9 ha, đạt 33,3%"}
    same = "từ 3/9 ha (30/6/2024) [2] thành 3/9 ha (30/6/2024) [2]."
    assert changed(tmp_path, first, second) == [f"{ONE}, toàn dự án: đính chính, {same}"]


def test_a_unit_that_ended_with_all_its_land_is_not_named_among_the_silent(tmp_path: Path) -> None:
    sections = [{"id": "a", "unit": "Xã A"}, {"id": "b", "unit": "Xã B"}]
    parts = [seen("2024-04-30", "bc5", section="b", handed_over="2/2 ha")]
    parts.append(seen("2024-06-30", "bc6", section="a", handed_over="1/2 ha"))
    units = {"Xã B": {"level": "commune", "until": "2024-05-31"}}
    told = told_of(tmp_path, project(1, sections=sections, clearance=parts), units=units)
    assert rows(told, "late") == []
    assert "kết thúc" not in said(told, 2)
    old = [part | {"handed_over": "1/2 ha"} for part in parts]
    silent = said(told_of(tmp_path / "old", project(1, sections=sections, clearance=old), units=units), 2)
    assert "kết thúc hoạt động: Xã B (cấp xã, đến 31/5/2024)" in silent
