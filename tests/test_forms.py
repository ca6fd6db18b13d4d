"""Weekly forms: what they ask, and that whatever is filled in comes back, however the file was treated."""

from __future__ import annotations

import io
import json
import subprocess
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsinfra import loader, progress
from lsinfra.codes import Base, Funding, Stage
from lsinfra.intake import Confidence, Intake, Proposal
from lsinfra.intake.forms.reading import FormsRead, read_forms
from lsinfra.intake.forms.writing import FormError, write_forms
from lsinfra.intake.workbooks.opening import open_book
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import PartialDate, read_figure, write_figure
from lsinfra.records import Project, Title
from lsinfra.text import LANGS
from tests.conftest import Run
from tests.test_render import data_of
from tools.prepare import find_office

AS_OF, DAY = date(2024, 10, 31), date(2024, 11, 7)
LOC_BINH, WHOLE = f"loc-binh-{DAY}.xlsx", f"toan-du-an-{DAY}.xlsx"
FIRST, LAST = 8, 17  # the rows of figures of Lộc Bình: five stages, in ha and in households
# Excel's own "0 for nothing, 1 for text": what a person may type into a cell of figures.
HA = st.decimals(0, 99_999, places=3)


@pytest.fixture(scope="module")
def blank(real: Portfolio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the forms of the real records, nothing filled in."""
    folder = tmp_path_factory.mktemp("biểu")
    write_forms(real, progress.measure(real, AS_OF), folder, DAY)
    return folder


def filled(blank: Path, folder: Path, fill: Callable[[Any], object], name: str = LOC_BINH) -> Path:
    """A form filled in and saved by another program than the one that wrote it."""
    book = openpyxl.load_workbook(blank / name)
    fill(book.worksheets[-1] if name == WHOLE else book.active)
    path = folder / "Bao cao (1).xlsx"
    book.save(path)
    return path


def put(**cells: object) -> Callable[[Any], None]:
    def fill(sheet: Any) -> None:
        for name, value in cells.items():
            sheet[name] = value

    return fill


def one(read: FormsRead) -> Intake:
    assert read.faults == ()
    (intake,) = read.intakes
    return intake


def short(proposal: Proposal) -> tuple[object, ...]:
    return (
        proposal.position,
        proposal.project,
        proposal.section,
        proposal.stage,
        write_figure(proposal.figure),
        proposal.observed.iso if proposal.observed else None,
    )


def refusals(intake: Intake) -> dict[str, str]:
    return {unread.position: unread.why.values["reason"].key for unread in intake.unread}  # type: ignore[attr-defined]


# --- writing -------------------------------------------------------------------------------------------------------


def test_there_is_a_form_for_each_unit_and_one_for_whole_projects(blank: Path) -> None:
    units = ["chi-lang", "tp-lang-son", "cao-loc", "van-lang", "trang-dinh", "loc-binh", "dinh-lap", "toan-du-an"]
    assert {path.name for path in blank.iterdir()} == {f"{unit}-2024-11-07.xlsx" for unit in units}
    assert [sheet.name for sheet in open_book(blank / WHOLE).sheets] == ["Toàn dự án", "Giải ngân"]


def test_a_form_shows_what_was_last_known(blank: Path) -> None:
    (sheet,) = open_book(blank / LOC_BINH).sheets
    rows = {row: [sheet.cells[row, column].text for column in range(2, 6)] for row in range(FIRST, LAST + 1)}
    assert rows[14] == ["Nâng cấp Quốc lộ 4B, đoạn Km18 – Km80", "Km18–Km38", "Bàn giao mặt bằng", "ha"]
    assert [rows[row][3] for row in rows] == ["ha", "hộ"] * len(Stage)
    # 37,07 ha, đạt 75,12%: the total is only implied, and is not shown as one.
    assert (sheet.cells[14, 11].amount, sheet.cells[14, 13].text) == (Decimal("37.07"), "15/8/2024")
    assert (14, 7) not in sheet.cells
    assert (14, 12) not in sheet.cells
    money = open_book(blank / WHOLE).sheets[1]
    assert [money.cells[8, column].text for column in range(2, 6)] == [
        "Cao tốc cửa khẩu Hữu Nghị – Chi Lăng (BOT)",
        "kế hoạch vốn sau điều chỉnh",
        "Năm 2024: tất cả các nguồn vốn",
        "tỷ đồng",
    ]
    assert [money.cells[8, column].amount for column in (7, 11, 12)] == [
        Decimal("1288.123"),
        Decimal("490.1"),
        Decimal("1288.123"),
    ]


def test_only_the_input_cells_are_open(blank: Path) -> None:
    sheet = openpyxl.load_workbook(blank / LOC_BINH).active
    assert sheet is not None
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    open_cells = {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    assert open_cells == {"F4"} | {f"{c}{row}" for c in "FGIJO" for row in range(FIRST, LAST + 1)}
    assert sheet.column_dimensions["A"].hidden
    assert sheet.row_dimensions[1].hidden


def test_the_sheet_refuses_what_is_no_such_figure_and_offers_what_may_be_chosen(blank: Path, real: Portfolio) -> None:
    def rules(sheet: Any) -> dict[str, Any]:
        return {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}

    land = rules(openpyxl.load_workbook(blank / LOC_BINH).active)
    for row in range(FIRST, LAST + 1):
        rule = land[f"F{row}:G{row}"]
        kind = "decimal" if row % 2 == 0 else "whole"  # ha, then households
        limits = rule.formula1, Decimal(rule.formula2)
        assert (rule.type, rule.operator or "between", *limits) == (kind, "between", "0", Decimal(10**15))
        assert ("ha" if kind == "decimal" else "hộ") in rule.error
    about = land[f"I{FIRST}:I{LAST}"]
    assert (about.type, about.formula1) == ("list", '"khoảng"')
    for cells in ("F4", f"J{FIRST}:J{LAST}"):
        assert (land[cells].type, land[cells].formula1, land[cells].formula2) == ("date", "36526", "73050")
    assert len(land) == 2 + 1 + LAST + 1 - FIRST
    sheet = openpyxl.load_workbook(blank / WHOLE).worksheets[1]
    money = rules(sheet)
    assert Decimal(money["F8:G8"].formula1) == -(10**15)  # a recovery may be less than nothing
    asked = [row for row in range(FIRST, sheet.max_row + 1) if "|?|" in str(sheet.cell(row, 1).value)]
    offered = f'"{",".join(base.write("vi") for base in Base)}"'
    assert asked
    for row in asked:
        assert (money[f"C{row}"].type, money[f"C{row}"].formula1) == ("list", offered)
    assert {cells for cells in money if cells.startswith("C")} == {f"C{row}" for row in asked}


def test_a_form_prints_on_a4_across_with_its_headings_on_every_page(blank: Path) -> None:
    for name in (LOC_BINH, WHOLE):
        for sheet in openpyxl.load_workbook(blank / name).worksheets:
            setup = sheet.page_setup
            assert (setup.orientation, setup.paperSize, setup.fitToWidth or 1, setup.fitToHeight) == (
                "landscape",
                9,
                1,
                0,
            )
            assert sheet.sheet_properties.pageSetUpPr.fitToPage
            assert sheet.print_title_rows == "$6:$7"
            shown = [column for column in sheet.column_dimensions.values() if not column.hidden]
            characters = sum(column.width * (column.max - column.min + 1) for column in shown)
            # 27,7 cm take 143 digits of Arial 10; much smaller than at 70 % nobody reads the marks of Vietnamese.
            assert characters <= 143 / 0.7


def test_the_same_input_gives_the_same_bytes_and_a_filled_form_is_never_overwritten(
    real: Portfolio, blank: Path, tmp_path: Path
) -> None:
    known = progress.measure(real, AS_OF)
    made = write_forms(real, known, tmp_path / "mới", DAY)
    assert [path.read_bytes() for path in made] == [(blank / path.name).read_bytes() for path in made]
    assert write_forms(real, known, tmp_path / "mới", DAY) == made
    filled(blank, tmp_path, put(F14=40)).replace(made[5])
    before = made[5].read_bytes()
    with pytest.raises(FormError, match=LOC_BINH):
        write_forms(real, known, tmp_path / "mới", DAY)
    assert made[5].read_bytes() == before


def test_a_section_out_of_scope_is_not_asked_for_and_an_ended_unit_is_said_to_be_one(
    real: Portfolio, tmp_path: Path
) -> None:
    project = real.records.projects[2]
    first, *others = project.sections
    sections = (first.model_copy(update={"in_scope": False}), *others)
    records = real.records.model_copy(update={"projects": (project.model_copy(update={"sections": sections}),)})
    world = Portfolio(records, real.routes)
    made = write_forms(world, progress.measure(world, AS_OF), tmp_path, date(2025, 7, 3))
    assert [path.name for path in made] == ["dinh-lap-2025-07-03.xlsx", "toan-du-an-2025-07-03.xlsx"]
    remark = open_book(made[0]).sheets[0].cells[3, 2].text
    assert remark.startswith("Đình Lập")
    assert "30/6/2025" in remark


def test_a_number_too_long_for_a_spreadsheet_is_written_as_text(real: Portfolio, tmp_path: Path) -> None:
    figure = read_figure("1,00000000000000001/123456789012,34567 ha")
    seen = real.records.projects[2].clearance[0].model_copy(update={"handed_over": (figure,)})
    project = real.records.projects[2].model_copy(update={"clearance": (seen,)})
    world = Portfolio(real.records.model_copy(update={"projects": (project,)}), real.routes)
    path = write_forms(world, progress.measure(world, AS_OF), tmp_path, DAY)[0]
    path = filled(tmp_path, tmp_path, put(F14="2,00000000000000002"), path.name)
    (proposal,) = one(read_forms([path], world)).proposals
    assert write_figure(proposal.figure) == "2,00000000000000002/123.456.789.012,34567 ha"


def test_texts_of_the_records_are_never_formulas(real: Portfolio, tmp_path: Path) -> None:
    hostile = ["=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-1", "[1]x!A1", "a\x00b\x1b[31m", "_x0041_", "x" * 40_000]
    for number, text in enumerate(hostile):
        projects = [_renamed(real.records.projects[2], text)]
        records = real.records.model_copy(update={"projects": tuple(projects)})
        world = Portfolio(records, real.routes)
        made = write_forms(world, progress.measure(world, AS_OF), tmp_path / str(number), DAY)
        assert len(made) == 3
        for path in made:
            for sheet in openpyxl.load_workbook(path).worksheets:
                formulas = {cell.column_letter for row in sheet.iter_rows() for cell in row if cell.data_type == "f"}
                assert formulas == {"H", "N"}
            assert one(read_forms([path], world)).unread == ()


def _renamed(project: Project, name: str) -> Project:
    """A project whose title and whose units are a hostile text."""
    sections = tuple(
        section.model_copy(update={"unit": f"{name[:50]}{n}"}) for n, section in enumerate(project.sections)
    )
    return project.model_copy(update={"title": Title(vi=name), "sections": sections})


# --- reading -------------------------------------------------------------------------------------------------------


def test_a_form_with_nothing_new_is_said_to_have_nothing(blank: Path, real: Portfolio, tmp_path: Path) -> None:
    read = read_forms([blank / LOC_BINH], real)
    assert [(notice.where, notice.key) for notice in read.notices] == [(LOC_BINH, "form.nothing_filled")]
    known = filled(blank, tmp_path, put(F8=490.1, J8="2024-10"), WHOLE)
    (notice,) = read_forms([known], real).notices
    assert (notice.key, notice.values) == ("form.nothing_new", {"count": 1})
    assert read_forms([filled(blank, tmp_path, put(F14=40))], real).notices == ()


def test_rows_that_were_deleted_are_said_to_be_gone(blank: Path, real: Portfolio, tmp_path: Path) -> None:
    def delete(sheet: Any) -> None:
        sheet["F14"] = 40
        sheet.delete_rows(15, 2)

    read = read_forms([filled(blank, tmp_path, delete)], real)
    assert [proposal.position for proposal in one(read).proposals] == ["Lộc Bình!F14"]
    (notice,) = read.notices
    assert (notice.where, notice.key) == ("Bao cao (1).xlsx: Lộc Bình!A1", "form.rows_missing")
    assert "2 trong 10 dòng" in notice.write("vi")


def hidden_row(sheet: Any) -> None:
    sheet.row_dimensions[14].hidden = True


def hidden_column(sheet: Any) -> None:
    sheet.column_dimensions["F"].hidden = True


def hidden_sheet(sheet: Any) -> None:
    sheet.parent.create_sheet("Nháp")
    sheet.parent.active = 1
    sheet.sheet_state = "hidden"


@pytest.mark.parametrize("hide", [hidden_row, hidden_column, hidden_sheet])
def test_a_figure_that_nobody_sees_is_doubted(
    blank: Path, real: Portfolio, tmp_path: Path, hide: Callable[[Any], None]
) -> None:
    def both(sheet: Any) -> None:
        sheet["F14"] = sheet["F10"] = 40
        hide(sheet)

    above, below = one(read_forms([filled(blank, tmp_path, both)], real)).proposals
    assert [doubt.code for doubt in below.doubts] == ["hidden"]
    assert below.confidence is Confidence.MEDIUM
    assert [doubt.code for doubt in above.doubts] == ([] if hide is hidden_row else ["hidden"])


def test_a_blank_form_says_nothing(blank: Path, real: Portfolio) -> None:
    read = read_forms(sorted(blank.iterdir()), real)
    assert read.faults == ()
    assert {notice.key for notice in read.notices} == {"form.nothing_filled"}
    assert len(read.intakes) == 8
    assert [intake for intake in read.intakes if intake.proposals or intake.unread] == []


def test_what_is_filled_in_is_proposed_with_its_cell(blank: Path, real: Portfolio, tmp_path: Path) -> None:
    note = unicodedata.normalize("NFD", " =1+1 theo biên bản \n số 12 ")
    path = filled(
        blank,
        tmp_path,
        put(F8=49.35, G8=49.36, F9=818, F14=57.815, I14="khoảng", J14=date(2024, 10, 20), O14=note),
    )
    intake = one(read_forms([path], real, source="self-report-2024"))
    assert (intake.input, intake.unread) == ("Bao cao (1).xlsx", ())
    assert [short(proposal) for proposal in intake.proposals] == [
        ("Lộc Bình!F8", "ql4b", "loc-binh", Stage.INVENTORIED, "49,35/49,36 ha", "2024-11-07"),
        ("Lộc Bình!F9", "ql4b", "loc-binh", Stage.INVENTORIED, "818 hộ", "2024-11-07"),
        ("Lộc Bình!F14", "ql4b", "loc-binh", Stage.HANDED_OVER, "khoảng 57,815 ha", "2024-10-20"),
    ]
    last = intake.proposals[-1]
    assert (last.note, last.quote, last.source) == ("=1+1 theo biên bản số 12", "57,815", "self-report-2024")
    assert (last.confidence, last.doubts) == (Confidence.HIGH, ())


def test_what_the_records_hold_already_is_not_proposed_again(blank: Path, real: Portfolio, tmp_path: Path) -> None:
    path = filled(blank, tmp_path, put(F8=490.1, J8="2024-10", F9=490.1), WHOLE)
    (proposal,) = one(read_forms([path], real)).proposals
    assert proposal.position == "Giải ngân!F9"


def test_money_has_its_year_base_and_source(blank: Path, real: Portfolio, tmp_path: Path) -> None:
    base = Base.PROVINCE_ASSIGNED.write("vi")
    cells = put(F8=-1.5, C13=base.upper() + " ", F13="1.288,123", F14=3, C15="?", F15=4, C12=base, F12=2, G12=5)
    path = filled(blank, tmp_path, cells, WHOLE)
    intake = one(read_forms([path], real))
    got = [
        (p.position, p.stage, p.plan_year, p.base, p.added_after_september, write_figure(p.figure))
        for p in intake.proposals
    ]
    assert got == [
        ("Giải ngân!F8", None, 2024, Base.ADJUSTED, False, "-1,5/1.288,123 tỷ đồng"),
        ("Giải ngân!F12", None, 2024, Base.PROVINCE_ASSIGNED, True, "2/5 tỷ đồng"),
        ("Giải ngân!F13", None, 2024, Base.PROVINCE_ASSIGNED, False, "1.288,123 tỷ đồng"),
    ]
    assert {p.funding for p in intake.proposals} == {None}
    assert [p.project for p in intake.proposals] == ["huu-nghi-chi-lang", "huu-nghi-chi-lang", "dong-dang-tra-linh"]
    assert refusals(intake) == {"Giải ngân!C14": "base_missing", "Giải ngân!C15": "base_unknown"}
    assert Funding.CENTRAL_BUDGET.write("vi") in str(open_book(blank / WHOLE).sheets[1].cells[14, 4].text)


def money_rows(world: Portfolio, folder: Path, day: date) -> list[str]:
    """What the rows of money of the first project ask for, at a day."""
    path = write_forms(world, progress.measure(world, day), folder, day)[-1]
    sheet = open_book(path).sheets[-1]
    title = sheet.cells[FIRST, 2].text
    return [
        sheet.cells[row, 4].text
        for row, column in sorted(sheet.cells)
        if column == 2 and row >= FIRST and sheet.cells[row, 2].text == title
    ]


def test_capital_added_after_september_has_its_row_until_it_closes(real: Portfolio, tmp_path: Path) -> None:
    added = "Năm {}, vốn bổ sung sau ngày 30/9: tất cả các nguồn vốn"

    def asked(day: date, world: Portfolio = real) -> list[str]:
        rows = money_rows(world, tmp_path / f"{day} {id(world)}", day)
        return [row for row in rows if "bổ sung" in row]

    assert asked(date(2024, 9, 30)) == [added.format(2023)]
    assert asked(date(2024, 10, 1)) == [added.format(2023), added.format(2024)]
    assert asked(date(2025, 1, 1)) == [added.format(2024)]
    project = real.records.projects[0]
    (spent,) = project.disbursement
    more = spent.model_copy(update={"added_after_september": True, "funding": {}})
    known = project.model_copy(update={"disbursement": (spent, more)})
    world = Portfolio(real.records.model_copy(update={"projects": (known,)}), real.routes)
    rows = money_rows(world, tmp_path / "biết", date(2025, 2, 1))
    assert rows[0] == added.format(2024)  # what was added goes on when the rest of the year has closed
    path = tmp_path / "biết" / "toan-du-an-2025-02-01.xlsx"
    book = openpyxl.load_workbook(path)
    put(F8=500)(book.worksheets[1])
    book.save(path)
    (proposal,) = one(read_forms([path], world)).proposals
    assert (proposal.added_after_september, proposal.base, proposal.plan_year) == (True, Base.ADJUSTED, 2024)


@pytest.mark.parametrize(
    ("typed", "figure", "code"),
    [
        ("1.288,123", "1288,123 ha", None),
        ("1,288.123", "1288,123 ha", "decimal_dot"),
        ("366.55", "366,55 ha", "decimal_dot"),
        ("1,288,123", "1.288.123 ha", "comma_groups"),
        ("6.316", "6316 ha", "two_readings"),
        ("37,07 ha", "37,07 ha", None),
        (" 37,07/49,35\u00a0", "37,07/49,35 ha", None),
        ("37,07/49,35 ha đạt 75,12%", "37,07/49,35 ha, đạt 75,12%", None),
        (unicodedata.normalize("NFD", "khoảng 5,3"), "khoảng 5,3 ha", None),
    ],
)
def test_numbers_typed_as_text(
    blank: Path, real: Portfolio, tmp_path: Path, typed: str, figure: str, code: str | None
) -> None:
    intake = one(read_forms([filled(blank, tmp_path, put(F14=typed))], real))
    (proposal,) = intake.proposals
    assert write_figure(proposal.figure).replace(".", "") == figure.replace(".", "")
    assert [doubt.code for doubt in proposal.doubts] == ([code] if code else [])
    expected = {None: Confidence.HIGH, "two_readings": Confidence.LOW}.get(code, Confidence.MEDIUM)
    assert proposal.confidence is expected
    for lang in LANGS:
        assert all(doubt.message(lang) for doubt in proposal.doubts)


@pytest.mark.parametrize("typed", ["15/10/2024", "2024-10-15", "ngày 15 tháng 10 năm 2024", 45580, date(2024, 10, 15)])
def test_dates_of_every_kind(blank: Path, real: Portfolio, tmp_path: Path, typed: object) -> None:
    (proposal,) = one(read_forms([filled(blank, tmp_path, put(F14=40, J14=typed))], real)).proposals
    assert proposal.observed == PartialDate(2024, 10, 15)


def test_the_form_s_own_date_counts_and_a_month_may_do(blank: Path, real: Portfolio, tmp_path: Path) -> None:
    (proposal,) = one(read_forms([filled(blank, tmp_path, put(F14=40, F4="tháng 10/2024"))], real)).proposals
    assert proposal.observed == PartialDate(2024, 10)


def error_cell(name: str, value: str) -> Callable[[Any], None]:
    def fill(sheet: Any) -> None:
        sheet[name] = value
        sheet[name].data_type = "e"

    return fill


def bare_serial(sheet: Any) -> None:
    sheet["F14"], sheet["J14"] = 40, 45580
    sheet["J14"].number_format = "General"


def percent(sheet: Any) -> None:
    sheet["F14"] = 0.7512
    sheet["F14"].number_format = "0.00%"


@pytest.mark.parametrize(
    ("fill", "key", "cell"),
    [
        (put(F14="=1+1"), "no_cached_value", "F14"),
        (put(F14="=[1]Sheet1!A1"), "linked", "F14"),
        (error_cell("F14", "#N/A"), "error_value", "F14"),
        (percent, "percent_cell", "F14"),
        (put(F14=date(2024, 5, 3)), "date_for_number", "F14"),
        (put(F14=True), "truth_for_number", "F14"),
        (put(F14="37 km"), "wrong_measure", "F14"),
        (put(F14="370.700 m2"), "other_unit", "F14"),
        (put(F14="37,07/49,35", G14=49.36), "two_totals", "F14"),
        (put(F14=1, G14="49,35/50"), "one_number", "G14"),
        (put(F14=1, G14=0), "total_not_positive", "F14"),
        (put(F14="không rõ"), "no_number", "F14"),
        (put(F14="37,07 ha mặt bằng sạch"), "words_beside", "F14"),
        (put(F14="được 37,07 ha"), "words_beside", "F14"),
        (put(F14="30+5"), "sum_or_range", "F14"),
        (put(F14="khoảng 30 – 35 ha"), "sum_or_range", "F14"),
        (put(F14="1.200 đến 1.300"), "sum_or_range", "F14"),
        (put(F15=304.5), "not_whole", "F15"),
        (put(F14=40, J14="31/11/2024"), "date_day", "J14"),
        (put(F14=40, J14="05/13/2024"), "month_first", "J14"),
        (put(F14=40, J14="30/13/2024"), "no_day", "J14"),
        (put(F14=40, J14="30/10/1024"), "no_day", "J14"),
        (put(F14=40, J14="30/10"), "no_day", "J14"),
        (put(F14=40, J14=3.5), "no_day", "J14"),
        (bare_serial, "serial_for_date", "J14"),
        (put(F14=40, F4=None), "date_missing", "J14"),
        (put(F14=40, F4="hôm qua"), "form_date", "J14"),
        (put(F14=40, I14="chắc"), "about_word", "I14"),
        (put(G14=50), "value_missing", "G14"),
        (put(O14="đã xong"), "value_missing", "O14"),
        (put(F14=40, D14="Mặt bằng sạch"), "words_moved", "F14"),
        (put(F30=40), "row_without_key", "F30"),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_and_the_others_are_read(
    blank: Path, real: Portfolio, tmp_path: Path, fill: Callable[[Any], object], key: str, cell: str
) -> None:
    def both(sheet: Any) -> None:
        fill(sheet)
        sheet["F8"], sheet["J8"] = 11, "2024-11-01"

    intake = one(read_forms([filled(blank, tmp_path, both)], real))
    assert refusals(intake) == {f"Lộc Bình!{cell}": key}
    assert [proposal.position for proposal in intake.proposals] == ["Lộc Bình!F8"]
    for lang in LANGS:
        (why,) = [unread.why.message(lang) for unread in intake.unread]
        assert "2024-10" not in why  # dates in a form are 31/10/2024
        assert "note" not in why  # of the records; the form has “Ghi chú”


@pytest.mark.parametrize("fill", [put(O14='=A1&"x"'), error_cell("O14", "#N/A")])
def test_a_note_without_words_is_told_and_its_figure_read(
    blank: Path, real: Portfolio, tmp_path: Path, fill: Callable[[Any], object]
) -> None:
    def both(sheet: Any) -> None:
        sheet["F14"] = 40
        fill(sheet)

    intake = one(read_forms([filled(blank, tmp_path, both)], real))
    assert refusals(intake) == {"Lộc Bình!O14": "no_words"}
    assert [(proposal.position, proposal.note) for proposal in intake.proposals] == [("Lộc Bình!F14", None)]


def test_a_total_that_nobody_touched_is_said_to_be_the_form_s(blank: Path, real: Portfolio, tmp_path: Path) -> None:
    row = 8  # 490,1/1.288,123 tỷ đồng
    (kept,) = one(read_forms([filled(blank, tmp_path, put(**{f"F{row}": 500}), WHOLE)], real)).proposals
    assert (write_figure(kept.figure), kept.quote) == ("500/1.288,123 tỷ đồng", "500 / 1.288,123")
    assert [(doubt.code, doubt.severity.value) for doubt in kept.doubts] == [("total_kept", "info")]
    assert "ô G8" in kept.doubts[0].message("vi")
    assert kept.confidence is Confidence.HIGH
    typed_ = put(**{f"F{row}": 500, f"G{row}": 1300})
    (changed,) = one(read_forms([filled(blank, tmp_path, typed_, WHOLE)], real)).proposals
    assert (write_figure(changed.figure), changed.quote, changed.doubts) == ("500/1.300 tỷ đồng", "500 / 1.300", ())


def test_a_form_of_other_records_is_refused_row_by_row(blank: Path, real: Portfolio, tmp_path: Path) -> None:
    sections = tuple(part for part in real.records.projects[2].sections if part.id != "loc-binh")
    project = real.records.projects[2].model_copy(update={"sections": sections})
    other = Portfolio(real.records.model_copy(update={"projects": (project,)}), real.routes)
    intake = one(read_forms([filled(blank, tmp_path, put(F14=40))], other))
    assert intake.proposals == ()
    assert refusals(intake) == {"Lộc Bình!F14": "unknown_row"}


def test_a_dash_and_blanks_say_nothing(blank: Path, real: Portfolio, tmp_path: Path) -> None:
    intake = one(read_forms([filled(blank, tmp_path, put(F14="–", F15="  ", F8="-"))], real))
    assert (intake.proposals, intake.unread) == ((), ())


def test_words_that_were_sorted_away_from_their_keys_are_noticed(blank: Path, real: Portfolio, tmp_path: Path) -> None:
    def sort_all_but_the_key(sheet: Any) -> None:
        for column in "BCDEFG":
            cells = [sheet[f"{column}{row}"].value for row in range(FIRST, LAST + 1)]
            for row, value in zip(range(FIRST, LAST + 1), reversed(cells), strict=True):
                sheet[f"{column}{row}"] = value
        sheet["F14"] = 40

    intake = one(read_forms([filled(blank, tmp_path, sort_all_but_the_key)], real))
    assert intake.proposals == ()
    assert refusals(intake) == {"Lộc Bình!F14": "words_moved"}


def test_a_row_filled_in_twice_is_refused_at_both_places(blank: Path, real: Portfolio, tmp_path: Path) -> None:
    def twice(sheet: Any) -> None:
        for column in "ABCDE":
            sheet[f"{column}40"] = sheet[f"{column}14"].value
        sheet["F14"], sheet["F40"] = 40, 41

    intake = one(read_forms([filled(blank, tmp_path, twice)], real))
    assert intake.proposals == ()
    assert refusals(intake) == {"Lộc Bình!F14": "row_twice", "Lộc Bình!F40": "row_twice"}


@pytest.mark.parametrize(
    ("cell", "value", "key"),
    [
        ("A1", None, "form.not_a_form"),
        ("A1", "lsinfra.form/2 10 0123456789abcdef", "form.other_version"),
        ("G1", None, "form.columns_missing"),
        ("A14", "land|ql4b|loc-binh|paid|HA|00000000", "form.rows_changed"),
    ],
)
def test_a_form_whose_marks_were_changed_is_refused_whole(
    blank: Path, real: Portfolio, tmp_path: Path, cell: str, value: object, key: str
) -> None:
    path = filled(blank, tmp_path, put(F14=40, **{cell: value}))
    read = read_forms([path, blank / WHOLE], real)
    assert [fault.key for fault in read.faults] == [key]
    assert all(fault.write(lang).startswith("Bao cao (1).xlsx") for fault in read.faults for lang in LANGS)
    # What is no form may be a table of another layout.
    told = [read.faults[0].write(lang) for lang in LANGS]
    assert ["--mapping" in one for one in told] == [key == "form.not_a_form"] * len(told)
    assert [proposal for intake in read.intakes for proposal in intake.proposals] == []
    assert read.intakes[-1].input == WHOLE


def test_a_sheet_that_somebody_added_is_passed_over_and_said_so(blank: Path, real: Portfolio, tmp_path: Path) -> None:
    def add(sheet: Any) -> None:
        sheet["F14"] = 40
        sheet.parent.create_sheet("Nháp")["B2"] = "tính thử"

    read = read_forms([filled(blank, tmp_path, add)], real)
    assert [proposal.position for proposal in one(read).proposals] == ["Lộc Bình!F14"]
    assert [(fault.where, fault.key) for fault in read.notices] == [("Bao cao (1).xlsx: Nháp!A1", "form.sheet_ignored")]


def test_rows_and_columns_put_before_the_form_do_not_matter(blank: Path, real: Portfolio, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(blank / LOC_BINH)
    moved = openpyxl.Workbook()
    assert book.active is not None
    assert moved.active is not None
    moved.active.title = "Huyện"
    for row in book.active.iter_rows():
        for cell in row:
            if cell.value is not None:
                moved.active.cell(cell.row + 3, cell.column + 2, cell.value)
    moved.active["H17"] = 40
    moved.save(tmp_path / "x.xlsx")
    (proposal,) = one(read_forms([tmp_path / "x.xlsx"], real)).proposals
    assert (proposal.position, proposal.stage) == ("Huyện!H17", Stage.HANDED_OVER)


def test_columns_may_be_moved(blank: Path, real: Portfolio, tmp_path: Path) -> None:
    """The whole sheet with its columns turned round: O first, A last but near enough to be found."""
    book: Any = openpyxl.load_workbook(blank / LOC_BINH)
    cells = [(cell.row, cell.column, cell.value) for row in book.active for cell in row if cell.value is not None]
    moved: Any = openpyxl.Workbook()
    moved.active.title = "Huyện"
    for row, column, value in cells:
        moved.active.cell(row, column if column == 1 else 17 - column, value)
    moved.active.cell(14, 17 - 6, 40)
    moved.active.cell(14, 17 - 15, "biên bản số 1")
    moved.save(tmp_path / "x.xlsx")
    (proposal,) = one(read_forms([tmp_path / "x.xlsx"], real)).proposals
    assert (proposal.position, write_figure(proposal.figure), proposal.note) == ("Huyện!K14", "40 ha", "biên bản số 1")


def test_progress_is_told_file_by_file(blank: Path, real: Portfolio) -> None:
    steps: list[tuple[int, int]] = []
    files = sorted(blank.iterdir())
    read_forms(files, real, step=lambda done, of: steps.append((done, of)))
    assert steps == [(number, len(files)) for number in range(1, len(files) + 1)]


VALUES = st.dictionaries(
    st.integers(FIRST, LAST),
    st.tuples(HA, st.none() | st.decimals(1, 99_999, places=2), st.none() | st.dates(date(2024, 11, 1), DAY)),
)


@settings(max_examples=40)
@given(VALUES, st.permutations(range(FIRST, LAST + 1)), st.booleans(), st.data())
def test_whatever_is_filled_in_comes_back(
    blank: Path, real: Portfolio, values: dict[int, Any], order: list[int], as_text: bool, data: st.DataObject
) -> None:
    """Rows in any order, some left out, numbers as numbers or as text, under any file name."""
    left_out = data.draw(st.sets(st.sampled_from(range(FIRST, LAST + 1))), label="left out") - set(values)
    book = openpyxl.load_workbook(blank / LOC_BINH)
    sheet: Any = book.active
    rows = {row: [sheet.cell(row, column).value for column in range(1, 16)] for row in range(FIRST, LAST + 1)}
    expected = set()
    for row, (value, total, day) in values.items():
        households = row % 2 == 1
        figure = [None if part is None else Decimal(int(part)) if households else part for part in (value, total)]
        written = [None if part is None else typed(part, as_text) for part in figure]
        rows[row][5:7], rows[row][9] = written, day
        stage = list(Stage)[(row - FIRST) // 2]
        expected.add((stage, households, *figure, (day or DAY).isoformat()))
    kept = [row for row in order if row not in left_out]
    for at in range(FIRST, LAST + 1):
        for column in range(1, 16):
            sheet.cell(at, column).value = rows[kept[at - FIRST]][column - 1] if at - FIRST < len(kept) else None
    out = io.BytesIO()
    book.save(out)
    path = blank.parent / "tên gì cũng được.xlsx"
    path.write_bytes(out.getvalue())
    intake = one(read_forms([path], real))
    assert intake.unread == ()
    got = {
        (p.stage, p.figure.unit.value == "hộ", p.figure.value, p.figure.total, p.observed.iso if p.observed else "")
        for p in intake.proposals
    }
    assert got == expected


def typed(number: Decimal, as_text: bool) -> object:
    return f"{number:f}".replace(".", ",") if as_text else float(number)


# --- other programs ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, str], Path]:
    """``office(path, "ods")``: the file opened and saved by LibreOffice. Without it the tests fail."""
    program = find_office()
    if program is None:
        pytest.fail("No LibreOffice was found: install libreoffice-calc (make test does on Debian).")
    profile = tmp_path_factory.mktemp("office")

    def convert(path: Path, kind: str) -> Path:
        folder = tmp_path_factory.mktemp("saved")
        home = f"-env:UserInstallation={profile.as_uri()}"
        command = [program, home, "--headless", "--convert-to", kind, "--outdir", str(folder), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        return folder / f"{path.stem}.{kind}"

    return convert


def test_the_sheet_itself_says_what_is_wrong(
    office: Callable[[Path, str], Path], real: Portfolio, tmp_path: Path
) -> None:
    day = date(2026, 11, 20)
    made = write_forms(real, progress.measure(real, day), tmp_path, day)
    cells = put(F8=-5, F9=304.5, F10=12.25, G10=49.35, F11="37,07", F12=50, G12=49.35, F14=40, F15=818, F16=0, G16=1)
    path = filled(tmp_path, tmp_path, cells, made[5].name)
    (sheet,) = openpyxl.load_workbook(office(path, "xlsx"), data_only=True).worksheets
    assert {row: sheet.cell(row, 14).value for row in range(FIRST, LAST)} == {
        8: "Là số âm",
        9: "Phải là số nguyên",
        10: "Hợp lệ",
        11: "Không phải là số",
        12: "Lớn hơn tổng số",
        13: None,
        14: "Giảm so với kỳ trước",
        15: "Hợp lệ",
        16: "Hợp lệ",
    }
    assert [sheet.cell(row, 8).value for row in (10, 15, 16)] == [0.2482, 1, 0]


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_a_form_saved_by_libreoffice_is_read(
    office: Callable[[Path, str], Path], blank: Path, real: Portfolio, tmp_path: Path, kind: str
) -> None:
    def fill(sheet: Any) -> None:
        put(F8=57.815, G8="1.288,123", F9=818, F10="366.55", F12=3, J12="15/10/2024", F14=40, J14=45580, F16="=1+1")(
            sheet
        )
        sheet["F13"] = date(2024, 5, 3)
        sheet["O14"] = "=1+1"
        sheet["O14"].data_type = "s"
        error_cell("F15", "#N/A")(sheet)
        percent_of = sheet["F17"]
        percent_of.value, percent_of.number_format = 0.5, "0%"

    path = filled(blank, tmp_path, fill)
    read = read_forms([office(path, kind)], real)
    intake = one(read)
    assert [(*short(proposal)[4:], proposal.position) for proposal in intake.proposals] == [
        ("57,815/1.288,123 ha", "2024-11-07", "Lộc Bình!F8"),
        ("818 hộ", "2024-11-07", "Lộc Bình!F9"),
        ("366,55 ha", "2024-11-07", "Lộc Bình!F10"),
        ("3 ha", "2024-10-15", "Lộc Bình!F12"),
        ("40 ha", "2024-10-15", "Lộc Bình!F14"),
        ("2 ha", "2024-11-07", "Lộc Bình!F16"),
    ]
    assert intake.proposals[4].note == "=1+1"
    told = {"Lộc Bình!F13": "date_for_number", "Lộc Bình!F15": "error_value", "Lộc Bình!F17": "percent_cell"}
    if kind == "xls":
        # It tells no errors and no formats; so every number of one is doubted, and the file said to be old.
        del told["Lộc Bình!F15"]
        told["Lộc Bình!F17"] = "not_whole"
        assert [fault.key for fault in read.notices] == ["form.old_file"]
        assert {proposal.confidence for proposal in intake.proposals} == {Confidence.MEDIUM}
    else:
        assert [doubt.code for doubt in intake.proposals[5].doubts] == ["calculated"]
        assert intake.proposals[0].confidence is Confidence.HIGH
    assert refusals(intake) == told


def test_from_a_form_through_libreoffice_and_the_records_to_the_map(
    office: Callable[[Path, str], Path], lsinfra: Callable[..., Run], root: Path
) -> None:
    assert lsinfra("intake", "form", "--as-of", "2026-11-20", "--out", root / "biểu", cwd=root).code == 0
    book = openpyxl.load_workbook(root / "biểu" / "toan-du-an-2026-11-20.xlsx")
    sheet = book.worksheets[0]
    (row,) = [cells for cells in sheet.iter_rows() if str(cells[0].value).startswith(HANDED_OVER)]
    row[5].value, row[14].value = 612.5, "Biên bản số 12"
    book.save(root / "gửi.xlsx")
    saved = office(root / "gửi.xlsx", "xlsx")
    named = ("--source", "tuan-47", "--title", "Báo cáo tuần 47", "--dated", "2026-11-20")
    assert lsinfra("intake", "excel", saved, *named, cwd=root).code == 0
    (kept,) = (root / "intake").glob("*.json")
    reviewed = lsinfra("intake", "review", kept, cwd=root, stdin="n\n")
    assert "Đã nhận 1, bỏ qua 0, chưa quyết định 0." in reviewed.stdout
    assert lsinfra("intake", "apply", kept, cwd=root).code == 0
    (project,) = [one for one in loader.load(root / "projects.yaml").projects if one.id == "huu-nghi-chi-lang"]
    seen = project.clearance[-1]
    assert (seen.as_of.iso, seen.source, str(seen.note and seen.note.vi)) == ("2026-11-20", "tuan-47", "Biên bản số 12")
    assert [write_figure(figure) for figure in seen.handed_over] == ["612,5/618 ha"]
    assert lsinfra("weekly", "--today", "2026-11-22", cwd=root).code == 0
    page = (root / "maps" / "2026-11-20" / "index.html").read_text(encoding="utf-8")
    assert "612,5/618 ha" in json.dumps(data_of(page), ensure_ascii=False)


HANDED_OVER = "land|huu-nghi-chi-lang|-|handed_over|HA|"
