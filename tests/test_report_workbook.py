"""The report as an Excel workbook, read back with another library: every number is the one of the JSON."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell import Cell as Opened
from openpyxl.worksheet.worksheet import Worksheet

from lsinfra.numerals import number
from lsinfra.quantities import PartialDate, read_date
from lsinfra.render.payload import Scope
from lsinfra.render.tables import progress_json
from lsinfra.report.model import tables_of
from lsinfra.report.workbook import workbook
from lsinfra.text import LANGS, Lang, say
from tests.conftest import ROOT
from tests.reporting import SOURCES, WORLDS, Told, project, records, tell, write

# The other library keeps neither data bars nor sparklines, and says so.
pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")

BEFORE = 6
"""Columns of the two last sheets that name a figure."""


def made(told: Told, lang: Lang = "vi") -> bytes:
    return workbook(told.report, Scope(told.portfolio, told.progress, lang))


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data), rich_text=True)


def world(folder: Path, *projects: dict[str, Any], **more: Any) -> Told:
    return tell(write(folder, records(*projects, **more)))


@pytest.fixture(scope="module")
def real() -> Told:
    return tell(ROOT)


@pytest.fixture(scope="module")
def book(real: Told) -> Any:
    return opened(made(real))


def sheet(book: Any, name: str, lang: Lang = "vi") -> Worksheet:
    found: Worksheet = book[say(lang, f"report.book.sheet.{name}")]
    return found


def midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time())


def body(table: Worksheet) -> list[tuple[Opened, ...]]:
    """The rows below the heads that are repeated on paper."""
    last = int(str(table.print_title_rows).rpartition("$")[2])
    return [tuple(row) for row in table.iter_rows(min_row=last + 1)]


def shown(cell: Opened, lang: Lang = "vi") -> str:
    """What a spreadsheet of this language shows of a number."""
    form = cell.number_format.partition(";")[0]
    decimals, percent = len(form.partition(".")[2].rstrip("%")), form.endswith("%")
    value = round(float(cell.value) * (100 if percent else 1), 9)
    plus = "+" if form.startswith("+") and value > 0 else ""
    return plus + number(Decimal(repr(value)), decimals, lang) + ("%" if percent else "")


# --- the numbers ---------------------------------------------------------------------------------------------------


def test_every_row_of_the_json_is_in_the_flat_table(real: Told, book: Any) -> None:
    told = json.loads(progress_json(real.progress, real.findings, "vi"))
    rows = body(sheet(book, "data"))
    every = told["clearance"] + told["disbursement"]
    assert len(rows) == len(every) > 10
    for cells, one in zip(rows, every, strict=True):
        *_, value, total, computed, stated, _, when, age, _, _, where = (cell.value for cell in cells)
        factor = 10**9 if "plan_year" in one else 1
        assert value == pytest.approx(one.get("value_vnd", one.get("value")) / factor, rel=1e-12)
        printed = one.get("plan_vnd", one.get("total"))
        if printed is not None:
            assert total == pytest.approx(printed / factor, rel=1e-12)
            decimals = 3 if factor > 1 else 4
            assert computed == pytest.approx(one["share"], abs=0.5 * 10**-decimals + 1e-6)
        else:
            assert isinstance(total, str)
            assert computed == "–"
        assert stated == ("–" if one["stated_percent"] is None else pytest.approx(one["stated_percent"] / 100))
        assert (age, where) == (one["age_days"], one["where"])
        whole_day = len(one["observed"]) == 10
        assert when == (midnight(one["observed"]) if whole_day else read_date(one["observed"]).write("vi"))


@pytest.mark.parametrize("lang", LANGS)
def test_a_cell_shows_what_the_report_prints(lang: Lang) -> None:
    told = tell(ROOT, lang=lang)
    found = opened(made(told, lang))
    compared = 0
    for table in tables_of(told.report):
        if table.id in {"by_project", "money"}:
            continue
        carried = [""] * len(table.columns)
        rows = body(sheet(found, table.id, lang))
        for cells, row in zip(rows, table.rows, strict=False):
            for place, (cell, printed) in enumerate(zip(cells, row, strict=True)):
                text = carried[place] if printed.above else printed.text
                carried[place] = text
                if isinstance(cell.value, datetime):
                    assert cell.number_format == "dd/mm/yyyy"
                    assert PartialDate(cell.value.year, cell.value.month, cell.value.day).write(lang) == text
                elif isinstance(cell.value, (int, float)):
                    assert shown(cell, lang) == text
                    compared += 1
                else:
                    assert (cell.value or "") == text
    assert compared > 100


def test_the_first_sheet_has_land_and_money(real: Told, book: Any) -> None:
    values = {cell.value for row in sheet(book, "summary").iter_rows() for cell in row}
    for table in tables_of(real.report):
        if table.id in {"by_project", "money"}:
            for cell in (cell for row in table.rows for cell in row):
                if cell.exact is not None and not isinstance(cell.exact, PartialDate):
                    assert any(
                        isinstance(value, (int, float)) and value == pytest.approx(float(cell.exact), abs=5.1e-4)
                        for value in values
                    ), cell
    said = "\n".join(value for value in values if isinstance(value, str))
    silent = "Cao tốc Đồng Đăng (Lạng Sơn) – Trà Lĩnh (Cao Bằng)"
    assert say("vi", "report.results.silent_money", projects=silent).rstrip(".") in said


def test_a_share_is_never_rounded_up_to_the_whole_nor_down_to_nothing(tmp_path: Path) -> None:
    figures = {1: "99.999/100.000 hộ", 2: "1/100.000 hộ", 3: "100/100 hộ"}
    told = world(
        tmp_path / "w",
        *(project(n, clearance=[{"as_of": "2024-06-30", "handed_over": figure, "source": "bc"}], disbursement=[])
          for n, figure in figures.items()),
    )  # fmt: skip
    data = made(told)
    rows = body(sheet(opened(data), "data"))
    assert [(cell.value, cell.data_type) for cell in (row[BEFORE + 2] for row in rows)] == [
        ("> 99,99%", "s"),
        ("< 0,01%", "s"),
        (1, "n"),
    ]
    beside = [row[10:12] for row in sheet(opened(data), "summary").iter_rows(min_row=5, max_row=7)]
    assert [(cells[1].value, cells[1].number_format) for cells in beside] == [
        (0.9999, '"> "#,##0.00%'),
        (0.0001, '"< "#,##0.00%'),
        (1, "#,##0.00%"),
    ]


def test_a_number_longer_than_a_spreadsheet_keeps_is_a_text(tmp_path: Path) -> None:
    land = [{"as_of": "2024-06-30", "handed_over": "1.234.567.890.123,4567 ha", "source": "bc"}]
    rows = body(sheet(opened(made(world(tmp_path / "w", project(1, clearance=land, disbursement=[])))), "data"))
    assert rows[0][BEFORE].value == "1.234.567.890.123,4567"


# --- the observations ----------------------------------------------------------------------------------------------


def test_nothing_is_filled_in_between_observations(tmp_path: Path) -> None:
    land = [
        {"as_of": "2024-03-31", "handed_over": "10/40 ha", "source": "bc"},
        {"as_of": "2024-04", "section": "a", "handed_over": "3/9 ha", "source": "bc"},
        {"as_of": "2024-06-30", "handed_over": "25/50 ha", "source": "bc"},
    ]
    told = world(tmp_path / "w", project(1, clearance=land, disbursement=[], sections=[{"id": "a", "unit": "Xã A"}]))
    data = made(told)
    trend = sheet(opened(data), "trend")
    heads = [cell.value for cell in trend[3]][BEFORE:]
    assert heads == [midnight("2024-03-31"), "tháng 4/2024", midnight("2024-06-30")]
    assert [[cell.value for cell in row[BEFORE:]] for row in body(trend)] == [[10, None, 25], [None, 3, None]]
    part = zipfile.ZipFile(io.BytesIO(data)).read(part_of(data, "data")).decode()
    sparks = re.findall(r"<x14:sparklineGroup ([^>]*)>.*?<xm:f>(.*?)</xm:f><xm:sqref>(.*?)<", part)
    # A single observation has nothing to be compared with.
    ((said, cells, place),) = sparks
    assert (cells, place) == ("'Diễn biến'!G4:I4", "N6")
    assert 'type="column"' in said
    assert 'displayEmptyCellsAs="gap"' in said
    assert 'manualMax="50.0"' in said
    assert 'manualMin="0.0"' in said


def test_amounts_without_a_total_have_no_columns_of_a_share(tmp_path: Path) -> None:
    land = [{"as_of": f"2024-0{n}-28", "handed_over": f"{n},5 ha", "source": "bc"} for n in (3, 4, 5)]
    data = made(world(tmp_path / "w", project(1, clearance=land, disbursement=[])))
    assert [row[BEFORE].value for row in body(sheet(opened(data), "data"))] == [5.5]
    assert b"sparkline" not in zipfile.ZipFile(io.BytesIO(data)).read(part_of(data, "data"))


def test_every_observation_stands_with_its_total_date_and_source(tmp_path: Path) -> None:
    land = [
        {"as_of": "2024-03-31", "handed_over": "khoảng 10/40 ha, đạt 26%", "source": "bao"},
        {"as_of": "2024-06-30", "handed_over": "25/50 ha", "source": "bc"},
    ]
    more = {"sources": SOURCES | {"bao": {"title": "Báo Mới", "kind": "press", "date": "2024-03-31"}}}
    told = world(tmp_path / "w", project(1, clearance=land), **more)
    rows = [[cell.value for cell in row] for row in body(sheet(opened(made(told)), "observations"))]
    press = ", ".join(say("vi", f"report.mark.{name}") for name in ("stale", "press", "conflict", "about"))
    assert [row[1:3] + row[6:12] for row in rows[:2]] == [
        [
            "Toàn dự án",
            "Bàn giao mặt bằng",
            10,
            40,
            0.25,
            0.26,
            say("vi", "word.statedcheck.conflict"),
            midnight("2024-03-31"),
        ],
        ["Toàn dự án", "Bàn giao mặt bằng", 25, 50, 0.5, "–", "–", midnight("2024-06-30")],
    ]
    assert [row[13] for row in rows[:2]] == ["; ".join(["[2]", *press.split(", ")]), "[1]"]
    assert [row[2] for row in rows[2:]] == ["Giải ngân"] * 2
    assert [row[4] for row in rows[2:]] == ["Tất cả các nguồn vốn", "Ngân sách trung ương"]


@pytest.mark.parametrize("lang", LANGS)
def test_numbers_in_words_say_how_they_are_written(lang: Lang) -> None:
    """A spreadsheet in another language shows its numbers in its own manner, texts in the report's."""
    told = tell(ROOT, lang=lang)
    found = opened(made(told, lang))
    note = say(lang, "report.book.notation")
    noted = {one.title for one in found if any(note in str(cell.value) for row in one.iter_rows() for cell in row)}
    named = {name: say(lang, f"report.book.sheet.{name}") for name in ("summary", "data", "observations", "trend")}
    assert set(named.values()) <= noted
    words = re.compile(r"^[<>≥] ?[0-9]|[0-9]\s–\s[0-9]")
    for one in found:
        cells = [cell for row in one.iter_rows() for cell in row]
        numeric = [cell for cell in cells if cell.alignment.horizontal == "right" and isinstance(cell.value, str)]
        if any(words.search(cell.value) for cell in numeric):
            assert one.title in noted
    # Where every number is one, nothing needs to be said of it.
    assert say(lang, "report.book.sheet.sources") not in noted


def test_the_last_observation_of_each_row_is_its_figure(real: Told, book: Any) -> None:
    figures = [row[BEFORE].value for row in body(sheet(book, "data"))]
    observed = [[cell.value for cell in row[BEFORE:] if cell.value is not None] for row in body(sheet(book, "trend"))]
    assert [values[-1] for values in observed] == figures
    assert {len(values) for values in observed} == {1, 2}
    told = [[cell.value for cell in row] for row in body(sheet(book, "observations"))]
    assert [row[BEFORE] for row in told] == [value for values in observed for value in values]


def part_of(data: bytes, name: str) -> str:
    names = opened(data).sheetnames
    return f"xl/worksheets/sheet{names.index(say('vi', f'report.book.sheet.{name}')) + 1}.xml"


# --- the look ------------------------------------------------------------------------------------------------------


def test_every_table_has_a_sheet_that_scrolls_and_prints(real: Told, book: Any) -> None:
    ids = [table.id for table in tables_of(real.report) if table.id not in {"by_project", "money"}]
    assert book.sheetnames == [
        say("vi", f"report.book.sheet.{name}") for name in ("summary", *ids, "data", "observations", "trend")
    ]
    for found in book:
        assert (found.page_setup.orientation, found.page_setup.paperSize) == ("landscape", 9)
        # A width that is not said is 1.
        assert found.sheet_properties.pageSetUpPr.fitToPage
        assert found.page_setup.fitToWidth is None
        assert found.page_setup.fitToHeight == (None if found.title == "Tóm tắt" else 0)
        assert found.oddFooter.center.text == "&P/&N"
    assert (sheet(book, "summary").freeze_panes, sheet(book, "summary").print_title_rows) == ("A3", "$1:$2")
    for name in (*ids, "data", "observations", "trend"):
        found = sheet(book, name)
        first = body(found)[0][0].row
        assert found.freeze_panes in {f"A{first}", f"B{first}"}
        assert all(not str(one).startswith(f"A{first}") for one in found.merged_cells.ranges)
    assert sheet(book, "clearance")["A5"].value == "(1)"
    assert sheet(book, "data").auto_filter.ref == f"A5:P{sheet(book, 'data').max_row}"


def test_a_cell_that_goes_on_repeats_the_one_above_in_grey(real: Told, book: Any) -> None:
    table = next(table for table in tables_of(real.report) if table.id == "by_unit")
    place = next(n for n, row in enumerate(table.rows) if row[1].above)
    above, cell = (body(sheet(book, "by_unit"))[n][1] for n in (place - 1, place))
    assert cell.value == above.value == table.rows[place - 1][1].text
    assert cell.font.color.rgb == "FF666666"
    assert above.font.color.rgb != "FF666666"


def test_the_chart_is_told_in_words(real: Told) -> None:
    with zipfile.ZipFile(io.BytesIO(made(real))) as parts:
        drawing = parts.read("xl/drawings/drawing1.xml").decode()
        chart = parts.read("xl/charts/chart1.xml").decode()
        core = parts.read("docProps/core.xml").decode()
    assert "Hữu Nghị – Chi Lăng: 96,44% (ha, 28/7/2025)" in re.search('descr="([^"]*)"', drawing)[1]  # type: ignore[index]
    assert "<c:v>0.9644</c:v>" in chart
    assert '<c:max val="1"/>' in chart
    assert '<c:min val="0"/>' in chart
    assert "en-US" not in chart
    assert '<c:lang val="vi-VN"/>' in chart
    assert "<dc:language>vi-VN</dc:language>" in core
    assert "2025-10-27T00:00:00Z" in core


def test_the_same_report_is_the_same_bytes(real: Told) -> None:
    first = made(real)
    assert first == made(real)
    with zipfile.ZipFile(io.BytesIO(first)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}


# --- what may come -------------------------------------------------------------------------------------------------

HOSTILE = ('=HYPERLINK("http://x.test","a")', "http://x.test/a", "+1+1", "@SUM(1)", "12", "-1", "_x0041_", "{=1}")


def test_a_text_is_never_a_formula_a_link_or_a_number(tmp_path: Path) -> None:
    told = world(
        tmp_path / "w",
        *(project(n, title=text, sections=[{"id": "a", "unit": text}]) for n, text in enumerate(HOSTILE, 1)),
    )
    data = made(told)
    cells = list(every_cell(opened(data)))
    assert set(HOSTILE) <= {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not any(cell.hyperlink for cell in cells)
    assert {cell.data_type for cell in cells if cell.value in HOSTILE} == {"s"}
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert not [name for name in parts.namelist() if b"<f>" in parts.read(name) and "worksheets" in name]
        assert not [name for name in parts.namelist() if "hyperlink" in parts.read(name).decode("utf-8", "replace")]


def every_cell(book: Any) -> Iterator[Opened]:
    yield from (cell for found in book for row in found.iter_rows() for cell in row if cell.value is not None)


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("lang", LANGS)
def test_whatever_is_missing_is_said_and_nothing_is_made_up(tmp_path: Path, name: str, lang: Lang) -> None:
    told = tell(write(tmp_path / "w", WORLDS[name]), lang=lang)
    found = opened(made(told, lang))
    assert len(body(sheet(found, "data", lang))) >= len(told.progress.clearance) + len(told.progress.disbursement)
    said = [str(cell.value) for cell in every_cell(found)]
    titles = [one.title.write(lang) for one in told.portfolio.records.projects]
    braces = [text for text in said if "{" in text and not any(title[:40] in text for title in titles if "{" in title)]
    assert [text for text in said if text in {"None", "nan", "0E-9"}] + braces == []
    spent = {row.project for row in told.progress.disbursement}
    silent = [one.title.write(lang) for one in told.portfolio.records.projects if one.id not in spent]
    listed = say(lang, "report.results.silent_money", projects="; ".join(silent))
    counted = say(lang, "report.results.silent_money_count", count=len(silent))
    assert [text for text in said if text in {listed, counted}] == (
        [] if not silent else [listed] if len(silent) <= 8 else [counted]
    )


def chart_of(folder: Path, land: list[dict[str, Any]], **more: Any) -> tuple[str, str, list[float]]:
    """Of a project with two sections the words of the chart, and what is drawn: format and values."""
    sections = [{"id": one, "unit": f"Xã {one}"} for one in "ab"]
    data = made(world(folder, project(1, sections=sections, clearance=land, disbursement=[]), **more))
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        told = re.search('descr="([^"]*)"', parts.read("xl/drawings/drawing1.xml").decode())
        chart = parts.read("xl/charts/chart1.xml").decode()
    assert told is not None
    beside = sheet(opened(data), "summary")["L5"]
    values = re.search(r"<c:val>.*</c:val>", chart, re.DOTALL)
    assert values is not None
    return told[1], beside.number_format, [float(one) for one in re.findall(r"<c:v>([^<]*)</c:v>", values[0])]


def test_a_sum_of_sections_is_a_bar_with_its_days_and_source(tmp_path: Path) -> None:
    land = [
        {"as_of": day, "section": one, "handed_over": "10/40 ha", "source": "bc"}
        for one, day in (("a", "2024-06-15"), ("b", "2024-06-30"))
    ]
    told, _, drawn = chart_of(tmp_path / "w", land)
    assert "Đường tỉnh 201: 25,00% (ha, 15/6/2024 – 30/6/2024) [1]" in told
    assert drawn == [0.25]


def test_a_stated_share_and_an_interval_are_drawn_and_said_to_be_such(tmp_path: Path) -> None:
    land = [{"as_of": "2024-06-30", "handed_over": "37,07 ha, đạt 75,12%", "source": "bc"}]
    told, _, drawn = chart_of(tmp_path / "one", land)
    assert "Đường tỉnh 201: nguồn nêu 75,12% (ha, 30/6/2024) [1]" in told
    assert drawn == [0.7512]
    land = [
        {"as_of": "2024-06-30", "section": "a", "handed_over": "37,07 ha, đạt 75,12%", "source": "bc"},
        {"as_of": "2024-06-30", "section": "b", "handed_over": "17,34/31,52 ha", "source": "bc"},
    ]
    # 54.41 of 80.864 … 80.871 ha: 49.344 … 49.351 are implied.
    told, form, drawn = chart_of(tmp_path / "two", land)
    assert "Đường tỉnh 201: 67,28% – 67,29% (ha, 30/6/2024) [1]" in told.replace("\u00a0", " ")
    assert (form, drawn) == ('"≥ "#,##0.00%', [0.6728])


def test_no_bar_says_what_is_missing(tmp_path: Path) -> None:
    land = [{"as_of": "2024-06-30", "section": "a", "handed_over": "1/9 ha", "source": "bc"}]
    told, _, drawn = chart_of(tmp_path / "one", land)
    assert "Đường tỉnh 201: chưa có số liệu toàn dự án." in told
    assert drawn == []
    land = [{"as_of": "2024-06-30", "section": "a", "paid": "1/9 ha", "source": "bc"}]
    assert "Đường tỉnh 201: chưa có số liệu bàn giao." in chart_of(tmp_path / "two", land)[0]


def test_every_column_of_shares_has_bars_behind_its_numbers(real: Told) -> None:
    data = made(real)
    shares = {table.id: sum(column.kind == "share" for column in table.columns) for table in tables_of(real.report)}
    wanted = {name: count for name, count in shares.items() if name not in {"by_project", "money"}}
    wanted |= {"data": 2, "observations": 2, "trend": 0, "summary": shares["by_project"] + shares["money"]}
    for name, count in wanted.items():
        part = zipfile.ZipFile(io.BytesIO(data)).read(part_of(data, name)).decode()
        assert part.count("<x14:dataBar ") == count, name
    assert sum(wanted.values()) > 6
