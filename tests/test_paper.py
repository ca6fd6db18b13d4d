"""Pages on paper: printed by a real Chromium, and read again as PDF."""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pdfplumber
import pypdfium2  # type: ignore[import-untyped]
import pytest

from lsinfra import checks, compare, portfolio, progress, snapshots
from lsinfra.codes import Stage
from lsinfra.progress import ClearanceRow
from lsinfra.records import Issue
from lsinfra.render import browser, page
from lsinfra.render.paper import Size
from lsinfra.render.payload import rate_text
from lsinfra.render.since import Since
from lsinfra.text import Lang, words
from tests.conftest import ROOT, Run, Visit

DAY = date(2025, 10, 27)
A3, A4 = (1190.55, 841.89), (841.89, 595.28)
MARGIN = 22  # pt, less than any margin of print.css and paper.py
Visits = Callable[..., Visit]


def html_of(world: portfolio.Portfolio, day: date = DAY, **more: Any) -> str:
    measured = progress.measure(world, day)
    return page.page(world, measured, checks.check(world, measured), **more)


@pytest.fixture(scope="module")
def real() -> portfolio.Portfolio:
    return portfolio.load(ROOT)


@pytest.fixture(scope="module")
def printed(real: portfolio.Portfolio) -> bytes:
    """The portfolio's page as PDF."""
    return browser.pdf(html_of(real), DAY)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def texts(data: bytes) -> list[str]:
    """The text of each page, without white space."""
    return [squeezed(one) for one in plain(data)]


def plain(data: bytes) -> list[str]:
    """The text of each page, line by line."""
    return [one.get_textpage().get_text_range() for one in pypdfium2.PdfDocument(data)]


def assert_whole(data: bytes) -> None:
    """Nothing outside the margins, no picture, every font inside, a foot on every page, no page half empty."""
    with pdfplumber.open(BytesIO(data)) as pdf:
        sheets = pdf.pages
        for number, sheet in enumerate(sheets, 1):
            size = A3 if number == 1 else A4
            assert (float(sheet.width), float(sheet.height)) == pytest.approx(size, abs=1.5)
            assert sheet.images == []
            assert min(char["x0"] for char in sheet.chars) >= MARGIN
            assert max(char["x1"] for char in sheet.chars) <= float(sheet.width) - MARGIN
            assert min(char["top"] for char in sheet.chars) >= MARGIN
            assert max(char["bottom"] for char in sheet.chars) <= float(sheet.height)
            foot = [char for char in sheet.chars if char["top"] > float(sheet.height) - 45]
            assert squeezed("".join(char["text"] for char in foot)).count(f"Trang{number}/{len(sheets)}") == 1
            if number < len(sheets):
                last = max(char["bottom"] for char in sheet.chars if char not in foot)
                assert last > 0.6 * float(sheet.height), f"page {number} ends at {last}"
        found = [one for one in map(pdf.doc.getobj, pdf.doc.xrefs[0].get_objids()) if isinstance(one, dict)]
    fonts = [one for one in found if name_of(one, "Type") == "Font"]
    # The letters of a Type 3 font are drawn in the file itself; a composite one has its file with its descendant.
    kinds = Counter(name_of(one, "Subtype") for one in fonts)
    assert set(kinds) <= {"Type0", "Type3", "CIDFontType2", "CIDFontType0", "TrueType"}
    files = {"FontFile", "FontFile2", "FontFile3"}
    assert [one for one in fonts if name_of(one, "Subtype") == "Type3" and not one["CharProcs"]] == []
    letters = [one for one in fonts if name_of(one, "Subtype") not in {"Type0", "Type3"}]
    assert letters
    assert [one for one in letters if not files & set(one["FontDescriptor"].resolve())] == []


def name_of(found: dict[str, Any], key: str) -> str:
    return getattr(found.get(key), "name", "")


# --- the PDF ---------------------------------------------------------------------------------------------------------


def test_a_lying_a3_sheet_then_a4_and_nothing_cut(printed: bytes) -> None:
    assert_whole(printed)


def test_the_sheet_has_map_legend_scale_north_date_and_sources(printed: bytes, real: portfolio.Portfolio) -> None:
    first = texts(printed)[0]
    ui, on_map = words("vi", "page"), words("vi", "map")
    said = [
        "ui.legend_land",
        "ui.class5",
        "ui.class6",
        "ui.class7",
        "ui.beyond",
        "ui.proposed",
        "ui.finished",
        "ui.border",
    ]
    said += ["ui.place_not_published", "ui.stale_sign", "ui.schematic", "ui.gaps", "ui.unknown"]
    legend = [ui[one] for one in said] + [on_map[f"short{level}"] for level in range(5)]
    rest = [on_map["sketched"], on_map["dash_land"], "27/10/2025", "km", "© OpenStreetMap contributors", "GeoNames"]
    assert [one for one in legend + rest if squeezed(one).casefold() not in first.casefold()] == []
    # The slider is no matter of paper.
    assert squeezed(ui["ui.about_weeks"]) not in first
    table = first[first.index("Toàndựán/đoạnĐãbàngiao") :]
    for project in real.records.projects:
        named = [project.name.write("vi"), *(one.unit for one in project.sections if one.in_scope)]
        assert [one for one in named if squeezed(one) not in table] == []
    # Nothing is left away, no name is cut.
    assert "dòngkhác" not in table
    assert "…" not in first
    for source in (1, 4, 6, 7):
        assert f"[{source}]" in first
        assert f"{source}." in first


def rows_of(seen: Visit) -> list[Counter[str]]:
    """The words of each row of each table below the map."""
    found: list[str] = seen.page.eval_on_selector_all(
        "#below .data tbody tr",
        # The words of buttons that copy are for ears only.
        """rows => rows.map(row => { const own = row.cloneNode(true);
            own.querySelectorAll('.copy, [rowspan]').forEach(one => one.remove());
            const all = document.createTreeWalker(own, NodeFilter.SHOW_TEXT), said = [];
            while (all.nextNode()) said.push(all.currentNode.data);
            return said.join(' '); })""",
    )
    return [Counter(re.findall(r"\d[\d.,/%]*", row)) for row in found]


@pytest.mark.parametrize("project", [None, "huu-nghi-chi-lang"])
def test_every_row_of_every_table_stands_whole_on_one_page(
    visit: Visits, tmp_path: Path, real: portfolio.Portfolio, printed: bytes, project: str | None
) -> None:
    html = html_of(real, project=project)
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    seen = visit(tmp_path / "page.html")
    data = browser.pdf(html, DAY) if project else printed
    if project:
        assert_whole(data)
    pages = [Counter(re.findall(r"\d[\d.,/%]*", one)) for one in plain(data)[1:]]
    rows = rows_of(seen)
    assert len(rows) > 15
    assert [dict(row) for row in rows if not any(row <= one for one in pages)] == []


def test_a_table_that_goes_on_has_its_heads_again(printed: bytes) -> None:
    lines = [one.splitlines() for one in plain(printed)[1:]]
    land = [at for at, page in enumerate(lines) if any("Bàn giao mặt bằng" in line and "ha" in line for line in page)]
    on = [at for at in land if any("projects.yaml:" in line for line in lines[at])][:3]
    tops = [" ".join(lines[at][:5]) for at in on if "Diễn biến" in " ".join(lines[at])]
    assert len(tops) >= 2
    assert all("Toàn dự án/đoạn" in top and "Thời điểm" in top for top in tops[1:])


def test_a_heading_stands_above_what_it_heads(printed: bytes, real: portfolio.Portfolio) -> None:
    heads = {
        words("vi", "page")[f"table.{name}"] for name in ("lengths", "investment", "milestones", "works", "findings")
    }
    for text in plain(printed)[1:]:
        lines = text.splitlines()
        for at, line in enumerate(lines):
            if any(re.fullmatch(rf"{re.escape(head)} \(\d+\)", line.strip()) for head in heads):
                assert len(lines) - at > 5, line


def test_the_same_page_gives_the_same_bytes(printed: bytes, real: portfolio.Portfolio) -> None:
    again = browser.pdf(html_of(real), DAY)
    assert again == printed
    assert set(re.findall(rb"/(?:CreationDate|ModDate) \(D:(\d+)", again)) == {b"20251027000000"}
    # Where it was made, and where other pages lie on that machine, is nobody's business.
    assert b"file:" not in again
    assert b"/Dest" in again


@pytest.mark.parametrize(("size", "points"), [(Size.A4, A4), (Size.A1, (2383.94, 1683.78))])
def test_the_first_sheet_in_another_size(real: portfolio.Portfolio, size: Size, points: tuple[float, float]) -> None:
    data = browser.pdf(html_of(real, project="ql4b", size=size), DAY)
    with pdfplumber.open(BytesIO(data)) as pdf:
        first, second = pdf.pages[:2]
        assert (float(first.width), float(first.height)) == pytest.approx(points, abs=1.5)
        assert (float(second.width), float(second.height)) == pytest.approx(A4, abs=1.5)
        # As large as the sheet, and all on it.
        right = max(char["x1"] for char in first.chars)
        assert 0.9 * points[0] < right < points[0] - MARGIN
        assert "Quốc lộ 4B" in first.extract_text()
        assert "Biểu đồ" in second.extract_text()


def test_the_picture_of_the_sheet(real: portfolio.Portfolio) -> None:
    data = browser.png(html_of(real, picture=True))
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    # 420 × 297 mm at 96 px an inch, two dots for a px.
    assert struct.unpack(">II", data[16:24]) == (3176, 2246)
    assert len(data) > 200_000


SHEET = """() => {
  const sheet = document.getElementById('sheet'), all = (what, of = sheet) => [...of.querySelectorAll(what)];
  const side = sheet.querySelector('.paper-side');
  return {
    cited: all('.ref').map(one => one.textContent),
    listed: all('.paper-sources li').map(one => `[${one.value}]`),
    lines: all('.paper-table tbody tr').map(one => [...one.children].map(cell => cell.innerText.trim())),
    left: (sheet.querySelector('.paper-table .sub') || {}).textContent,
    leads: all('#summary a[href^="#"]:not(.ref)').map(one => one.nextElementSibling?.textContent),
    cut: side.scrollHeight > side.clientHeight + 1 || sheet.scrollHeight > sheet.clientHeight + 1,
  };
}"""


def sheet_of(seen: Visit) -> dict[str, Any]:
    seen.page.evaluate("() => { window.dispatchEvent(new Event('beforeprint')); }")
    found: dict[str, Any] = seen.page.evaluate(SHEET)
    seen.page.evaluate("() => { window.dispatchEvent(new Event('afterprint')); }")
    assert seen.page.locator(".paper-where").count() == 0
    return found


def with_issues(real: portfolio.Portfolio, count: int) -> portfolio.Portfolio:
    first, *rest = real.records.projects
    issues = tuple(Issue.model_validate({"text": f"Việc {n}", "owner": "Sở"}) for n in range(count))
    changed = first.model_copy(update={"issues": issues})
    return portfolio.Portfolio(real.records.model_copy(update={"projects": (changed, *rest)}), real.routes)


def test_every_line_of_the_printed_table_has_its_date_and_its_source_and_all_of_them_are_at_the_foot(
    visit: Visits, tmp_path: Path, real: portfolio.Portfolio
) -> None:
    (tmp_path / "page.html").write_text(html_of(with_issues(real, 5)), encoding="utf-8")
    found = sheet_of(visit(tmp_path / "page.html"))
    assert set(found["cited"]) == set(found["listed"])
    assert not found["cut"]
    measured, numbers = progress.measure(real, DAY), list(real.records.sources)
    rows = [row for row in measured.clearance if row.stage is Stage.HANDED_OVER]
    lines = [line for line in found["lines"] if len(line) == 4]
    assert len(lines) == len(rows) > 10
    for row, (_, figure, _, dated) in zip(rows_in_order(real, rows), lines, strict=True):
        assert squeezed(figure).startswith(squeezed(rate_text(row.rate, row.measure, "vi")))
        assert row.dating.observed.write("vi") in dated
        assert f"[{numbers.index(row.dating.source) + 1}]" in dated
    # A way to a later page says where it leads.
    assert found["leads"] == [
        " (các trang sau)",
        " (mục “Vướng mắc”, các trang sau)",
        " (mục “Giải ngân”, các trang sau)",
        " (mục “Điểm cần kiểm tra”, các trang sau)",
    ]


def rows_in_order(real: portfolio.Portfolio, rows: list[ClearanceRow]) -> list[ClearanceRow]:
    """As the records list them: each project, then its sections."""
    places = {
        (project.id, section): (n, k)
        for n, project in enumerate(real.records.projects)
        for k, section in enumerate([None, *(one.id for one in project.sections)])
    }
    return sorted(rows, key=lambda row: places[row.project, row.section])


def test_of_a_table_without_room_the_lines_with_a_change_or_a_doubt_stay(visit: Visits, tmp_path: Path) -> None:
    """Seventy projects: the last but one has slipped back, the last is in conflict with itself."""
    world(tmp_path / "root", 70, routes=False)
    book = tmp_path / "root" / "projects.yaml"
    text = book.read_text(encoding="utf-8").replace("/41 ha", "/100 ha").replace("70/100 ha", "70/100 ha, đạt 90%")
    first = "{as_of: 2024-02-20, handed_over: '69/100 ha', source: bc}"
    assert first in text
    book.write_text(
        text.replace(first, f"{first}\n      - {first.replace('02-20', '09-20').replace('69/', '11/')}"), "utf-8"
    )
    made, days = portfolio.load(tmp_path / "root"), (date(2024, 8, 1), date(2024, 10, 31))
    kept = [snapshots.make(ROOT, made, progress.measure(made, day), (), None) for day in days]
    since = Since(compare.compare(*kept), stored=True)
    (tmp_path / "page.html").write_text(html_of(made, days[1], since=since), encoding="utf-8")
    found = sheet_of(visit(tmp_path / "page.html"))
    names = [line[0] for line in found["lines"]]
    assert names[-2:] == ["Đường tỉnh 68", "Đường tỉnh 69"]
    assert "-58 ha" in found["lines"][-2][2]
    assert len(names) > 15
    assert names[:-2] == [f"Đường tỉnh {n}" for n in range(len(names) - 2)]
    assert found["left"] == f"và {70 - len(names)} dòng khác ở bảng “Giải phóng mặt bằng”, các trang sau"
    assert not found["cut"]


# --- what a page must stand ------------------------------------------------------------------------------------------

LONG = "Cải tạo, nâng cấp đường tỉnh 229 đoạn từ trung tâm huyện đến cửa khẩu và tuyến kết nối khu tái định cư " * 2


def world(folder: Path, projects: int, *, routes: bool, title: str = "Đường tỉnh {}") -> portfolio.Portfolio:
    (folder / "geodata").mkdir(parents=True)
    lines, book = [], ["portfolio:\n  title: Thử", "sources:\n  bc: {title: Báo cáo, kind: official}", "projects:"]
    for number in range(projects):
        y = 21.6 + 0.02 * (number % 20)
        line = [[106.3 + 0.3 * (number // 20), y], [106.5 + 0.3 * (number // 20), y + 0.01]]
        properties = {"route": f"p{number}", "accuracy": "schematic", "uncertainty_m": 500, "source": "thử"}
        geometry = {"type": "LineString", "coordinates": line}
        lines.append({"type": "Feature", "properties": properties, "geometry": geometry})
        route = f"\n    routes: [p{number}]" if routes else ""
        book.append(
            f"  - id: p{number}\n    title: {title.format(number)}\n    kind: road\n    status: implementation{route}\n"
            f"    clearance:\n      - {{as_of: 2024-02-20, handed_over: '{number + 1}/41 ha', source: bc}}"
        )
    if routes:
        drawn = json.dumps({"type": "FeatureCollection", "features": lines})
        (folder / "geodata" / "routes.geojson").write_text(drawn, encoding="utf-8")
    (folder / "projects.yaml").write_text("\n".join(book) + "\n", encoding="utf-8")
    return portfolio.load(folder)


@pytest.mark.parametrize(
    ("projects", "routes", "title"),
    [(40, True, "Đường tỉnh {}"), (2, True, LONG.strip()[:196] + " {}"), (2, False, "Đường tỉnh {}")],
    ids=["forty", "long", "no-route"],
)
def test_many_projects_long_names_and_no_route(tmp_path: Path, projects: int, routes: bool, title: str) -> None:
    made = world(tmp_path / "root", projects, routes=routes, title=title)
    data = browser.pdf(html_of(made, date(2024, 10, 31)), DAY)
    sheets = list(pypdfium2.PdfDocument(data))
    assert [round(one.get_width()) for one in sheets] == [1191] + [842] * (len(sheets) - 1)
    for sheet in sheets:
        text = sheet.get_textpage()
        boxes = [text.get_rect(place) for place in range(text.count_rects())]
        assert min(left for left, _, _, _ in boxes) >= MARGIN
        assert max(right for _, _, right, _ in boxes) <= sheet.get_width() - MARGIN
        assert min(bottom for _, bottom, _, _ in boxes) > 0
    read = "".join(texts(data)[1:])
    for number in range(projects):
        assert squeezed(title.format(number)) in read
        assert squeezed(f"{number + 1}/41 ha") in read
    # Without a route no map, and no scale of the whole world.
    first = texts(data)[0]
    assert (squeezed(words("vi", "page")["ui.legend_land"]) in first) is routes
    # The land handed over stands on the sheet of every page; of many projects, of those that have the least.
    assert "1/41ha" in first


def test_a_crowd_of_sections_is_lines_as_well(visit: Visits, tmp_path: Path) -> None:
    """On the screen they are on a canvas, which a PDF would give a white ground that hides the map."""
    world(tmp_path / "root", 1, routes=True)
    book = (tmp_path / "root" / "projects.yaml").read_text(encoding="utf-8")
    sections = "".join(
        f"      - {{id: s{k}, unit: Xã {k}, route: p0, from: Km{k // 20}+{50 * (k % 20):03}, "
        f"to: Km{(k + 1) // 20}+{50 * ((k + 1) % 20):03}}}\n"
        for k in range(320)
    )
    figures = "".join(
        f"\n      - {{as_of: 2024-03-01, section: s{k}, handed_over: 5/10 ha, source: bc}}" for k in range(320)
    )
    text = book.rstrip().replace("    clearance:", f"    sections:\n{sections}    clearance:") + figures + "\n"
    (tmp_path / "root" / "projects.yaml").write_text(text, encoding="utf-8")
    made = portfolio.load(tmp_path / "root")
    (tmp_path / "page.html").write_text(html_of(made, date(2024, 10, 31)), encoding="utf-8")
    seen = visit(tmp_path / "page.html", color_scheme="dark")
    assert seen.page.locator(".lsinfra canvas").is_visible()
    for key in ("", "c"):  # a filter dims the screen, never the paper
        seen.page.evaluate("(key) => { lsinfra.drawn.filter(key); }", key)
        seen.page.evaluate("() => { window.dispatchEvent(new Event('beforeprint')); }")
        assert not seen.page.locator(".lsinfra canvas").is_visible()
        pens, broad = seen.page.evaluate(
            """() => {
              const map = document.querySelector('.lsinfra').getBoundingClientRect();
              const all = [...document.querySelectorAll('.leaflet-lsinfra-crowd-pane svg path')];
              return [all.map(one => {
                const box = one.getBoundingClientRect();
                const inside = box.left > map.left && box.right < map.right && box.top > map.top;
                return [one.getAttribute('stroke'), inside && box.bottom < map.bottom, box.width];
              }), map.width];
            }"""
        )
        # Edges, ground and the colour of half of it, as on a light screen; each as long as the map is broad.
        assert list(dict.fromkeys(pen for pen, _, _ in pens)) == ["#5a626d", "#e3e7eb", "#2a788e"]
        assert all(inside and 0.5 * broad < width for _, inside, width in pens), pens
        seen.page.evaluate("() => { window.dispatchEvent(new Event('afterprint')); }")
        assert seen.page.locator(".lsinfra canvas").is_visible()
    assert seen.page.locator(".leaflet-lsinfra-crowd-pane svg").count() == 0
    seen.assert_quiet()


def test_what_is_too_long_to_be_printed_is_said(visit: Visits, tmp_path: Path) -> None:
    """More than four thousand rows: paper has only what was opened, and says so at every place that counts them."""
    world(tmp_path / "root", 21, routes=False)
    book = (tmp_path / "root" / "projects.yaml").read_text(encoding="utf-8")
    sections = "".join(f"      - {{id: s{k}, unit: Xã {k}}}\n" for k in range(200))
    rows = "".join(
        f"\n      - {{as_of: 2024-03-01, section: s{k}, handed_over: 5/10 ha, source: bc}}" for k in range(200)
    )
    book = re.sub(r"    clearance:(.*\n.*)", lambda found: f"    sections:\n{sections}{found[0]}{rows}", book)
    (tmp_path / "root" / "projects.yaml").write_text(book, encoding="utf-8")
    (tmp_path / "page.html").write_text(html_of(portfolio.load(tmp_path / "root"), date(2024, 10, 31)), "utf-8")
    seen = visit(tmp_path / "page.html")
    said = words("vi", "map")
    assert not seen.page.get_by_text(said["unprinted"]).is_visible()
    seen.page.locator("#progress .folded summary").first.click()
    # Its rows are made once it is open, which the browser tells a moment later.
    seen.page.wait_for_function("() => document.querySelectorAll('#progress .folded[open] tbody tr').length >= 200")
    read = "".join(texts(seen.page.pdf(prefer_css_page_size=True, print_background=True)))
    assert read.count(squeezed(said["unprinted"])) == 1
    assert read.count(squeezed(said["closed"])) == 20
    assert squeezed(said["paper_left"].partition("{count}")[2]) in read
    assert squeezed("dòng khác ở các trang sau") not in read
    # The part that was opened is there whole, and no other.
    assert read.count("đã244ngày") == 200
    seen.assert_quiet()


# --- the button and what the screen has of it ------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_button_prints(visit: Visits, tmp_path: Path, real: portfolio.Portfolio, lang: Lang) -> None:
    (tmp_path / "page.html").write_text(html_of(real, lang=lang), encoding="utf-8")
    seen = visit(tmp_path / "page.html")
    seen.page.evaluate("() => { window.asked = 0; window.print = () => { window.asked += 1; }; }")
    seen.page.get_by_role("button", name={"vi": "In", "en": "Print"}[lang], exact=True).click()
    assert seen.page.evaluate("window.asked") == 1
    seen.assert_quiet()


@pytest.mark.parametrize("size", [(390, 844), (1440, 900)], ids=["phone", "screen"])
def test_after_printing_the_screen_is_as_before(
    visit: Visits, tmp_path: Path, real: portfolio.Portfolio, size: tuple[int, int]
) -> None:
    (tmp_path / "page.html").write_text(html_of(real), encoding="utf-8")
    seen = visit(tmp_path / "page.html", *size)
    state = """() => { const map = lsinfra.drawn._map, round = (at) => Math.round(at * 1e4); return [
        document.querySelectorAll('#sheet').length,
        ['summary', 'projects', 'below'].map((id) => document.getElementById(id).innerText), Math.round(scrollY),
        document.querySelectorAll('details.fold[open]').length, document.querySelectorAll('a[href]').length,
        document.documentElement.className, map.getZoom(), round(map.getCenter().lat), round(map.getCenter().lng),
        map.getContainer().clientWidth, document.activeElement.textContent]; }"""
    seen.page.evaluate("() => { lsinfra.drawn._map.setZoom(11, { animate: false }); }")
    seen.page.evaluate("() => { window.print = () => {}; }")
    seen.page.get_by_role("button", name="In", exact=True).click()
    seen.page.wait_for_timeout(500)
    before = seen.page.evaluate(state)
    seen.page.evaluate("() => { window.dispatchEvent(new Event('beforeprint')); }")
    box = "(one) => { const box = one.getBoundingClientRect(); return [box.left, box.top, box.right, box.bottom]; }"
    left, top, right, bottom = seen.page.eval_on_selector("#sheet", box)
    assert (round(right - left), round(bottom - top)) == (1497, 1030)
    assert seen.page.locator("details.fold:not([open])").count() == 0
    left, top, right, bottom = seen.page.eval_on_selector("#map", box)
    assert right - left > 550
    coloured = ".leaflet-overlay-pane path[stroke^='var(--c']"
    lines = seen.page.eval_on_selector_all(coloured, f"all => all.map({box})")
    assert len(lines) > 3
    outside = [one for one in lines if not (left <= one[0] and top <= one[1] and one[2] <= right and one[3] <= bottom)]
    assert outside == []
    seen.page.evaluate("() => { window.dispatchEvent(new Event('afterprint')); }")
    seen.page.wait_for_timeout(500)
    seen.until(lambda: seen.page.evaluate(state), before)
    seen.assert_quiet()


def test_dark_pages_are_printed_light(visit: Visits, tmp_path: Path, real: portfolio.Portfolio) -> None:
    (tmp_path / "page.html").write_text(html_of(real), encoding="utf-8")
    seen = visit(tmp_path / "page.html", color_scheme="dark")
    assert seen.page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 29)"
    data = seen.page.pdf(prefer_css_page_size=True, print_background=True)
    with pdfplumber.open(BytesIO(data)) as pdf:
        colours = Counter(tuple(char["non_stroking_color"]) for char in pdf.pages[0].chars)
    ink, _ = colours.most_common(1)[0]
    assert max(ink) < 0.25


# --- the browser -----------------------------------------------------------------------------------------------------


def fake(folder: Path, body: str) -> Path:
    """A program in the place of a browser."""
    path = folder / "fake.py"
    path.write_text(f"#!{sys.executable}\nimport os, sys, time\nfrom pathlib import Path\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_what_a_browser_is_told(tmp_path: Path) -> None:
    """A profile of its own that is gone afterwards, no network, and no sandbox only for root."""
    told = tmp_path / "told"
    program = fake(
        tmp_path,
        f"Path({str(told)!r}).write_text('\\n'.join(sys.argv[1:]), encoding='utf-8')\n"
        "[made] = [one.split('=', 1)[1] for one in sys.argv if one.startswith('--print-to-pdf=')]\n"
        "Path(made).write_bytes(b'/CreationDate (D:20990101121212+00) /ModDate (D:20990101121212+00)')\n"
        "print('<html data-ready=\"true\">')",
    )
    assert browser.pdf("<p>a", DAY, browser=program) == (
        b"/CreationDate (D:20251027000000+00) /ModDate (D:20251027000000+00)"
    )
    options = told.read_text(encoding="utf-8").splitlines()
    assert "--host-resolver-rules=MAP * ~NOTFOUND" in options
    assert ("--no-sandbox" in options) is (os.geteuid() == 0)
    [profile] = [one.split("=", 1)[1] for one in options if one.startswith("--user-data-dir=")]
    assert not Path(profile).parent.exists()


def test_a_browser_that_hangs_is_stopped_with_its_children(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    program = fake(
        tmp_path,
        f"if os.fork() == 0:\n    while True:\n        Path({str(alive)!r}).touch(); time.sleep(0.05)\ntime.sleep(60)",
    )
    with pytest.raises(browser.BrowserError) as caught:
        browser.pdf("<p>a", DAY, browser=program, limit_s=1.5)
    assert "1.5" in caught.value.write("vi")
    alive.unlink()
    time.sleep(0.3)
    assert not alive.exists()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("sys.exit('no display')", "no display"),
        ("pass", "không báo lý do"),
        # Something was printed, but the page had not been drawn.
        ("[Path(one.split('=', 1)[1]).touch() for one in sys.argv if 'pdf=' in one]", "không báo lý do"),
    ],
)
def test_a_browser_that_does_nothing_is_told_of(tmp_path: Path, body: str, said: str) -> None:
    with pytest.raises(browser.BrowserError) as caught:
        browser.pdf("<p>a", DAY, browser=fake(tmp_path, body))
    assert said in caught.value.write("vi")
    assert "fake.py" in caught.value.write("vi")


def test_where_a_browser_is_looked_for(tmp_path: Path) -> None:
    program = fake(tmp_path, "pass")
    assert browser.find({"LSINFRA_BROWSER": str(program), "PATH": ""}) == program
    named = tmp_path / "bin" / "google-chrome"
    named.parent.mkdir()
    program.rename(named)
    assert browser.find({"PATH": str(named.parent)}) == named
    edge = tmp_path / "Microsoft" / "Edge" / "Application" / "msedge.exe"
    edge.parent.mkdir(parents=True)
    named.rename(edge)
    assert browser.find({"PROGRAMFILES(X86)": str(tmp_path)}, "win32") == edge
    app = tmp_path / "Applications" / "Chromium.app" / "Contents" / "MacOS" / "Chromium"
    app.parent.mkdir(parents=True)
    edge.rename(app)
    assert browser.find({"HOME": str(tmp_path)}, "darwin") == app
    with pytest.raises(browser.BrowserError) as caught:
        browser.find({"PROGRAMFILES": str(tmp_path)}, "win32")
    for lang in ("vi", "en"):
        told = caught.value.write(lang)
        assert all(one in told for one in ("msedge", "chrome.exe", str(tmp_path), "LSINFRA_BROWSER", "Edge"))


def test_the_set_up_looks_for_the_same_browser_before_anything_is_installed(tmp_path: Path) -> None:
    program = fake(tmp_path, "pass")
    code = f"import sys; sys.path[0] = {str(ROOT / 'tools')!r}; import prepare; print(prepare.find_browser())"
    for named, found in ((program, str(program)), (tmp_path / "none", "None")):
        # -S: no installed package can be imported.
        done = subprocess.run(
            [sys.executable, "-S", "-c", code],
            env={key: one for key, one in os.environ.items() if key != "PYTHONPATH"} | {browser.VARIABLE: str(named)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout.strip(), done.stderr) == (found, "")


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_writes_both(lsinfra: Callable[..., Run], root: Path) -> None:
    done = lsinfra("map", "--project", "ql4b", "--pdf", "a.pdf", "--png", "a.png", "--size", "A4", cwd=root)
    assert (done.code, done.stdout.split()) == (0, ["a.pdf", "a.png"])
    assert "Quốclộ4B" in texts((root / "a.pdf").read_bytes())[0]
    assert struct.unpack(">II", (root / "a.png").read_bytes()[16:24]) == (2246, 1588)
    # The page only for who asks for it, and nothing is left beside.
    assert sorted(one.name for one in root.iterdir()) == ["a.pdf", "a.png", "geodata", "projects.yaml"]


def test_without_a_browser_the_command_says_so(lsinfra: Callable[..., Run], root: Path) -> None:
    done = lsinfra("map", "--pdf", "a.pdf", cwd=root, env={"LSINFRA_BROWSER": "/không/có"})
    assert (done.code, done.stdout) == (1, "")
    assert "“/không/có”" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (root / "a.pdf").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--size", "A4"), "--size"),
        (("--pdf", "-", "--png", "-"), "(-)"),
        (("--out", "-", "--pdf", "-"), "(-)"),
        (("--pdf", "a.pdf", "--tiles", "https://t.example/{z}/{x}/{y}.png", "--credit", "T"), "--tiles"),
    ],
)
def test_what_cannot_be_asked_for(
    lsinfra: Callable[..., Run], root: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = lsinfra("map", *arguments, cwd=root)
    assert done.code == 2
    assert said in done.stderr
    assert not (root / "a.pdf").exists()
