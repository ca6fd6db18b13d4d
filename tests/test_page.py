"""The pages in a real Chromium, opened from ``file://`` with the network refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import folium
import pytest

from lsinfra import checks, portfolio, progress, records, routes
from lsinfra.progress import Rate
from lsinfra.quantities import Measure, read_figure
from lsinfra.render import map as maps
from lsinfra.render import page
from lsinfra.render.sheet import leaflet_js
from tests import hostile
from tests.conftest import Run
from tests.test_render import calibrated, thousand, world_of

OCTOBER_2024 = date(2024, 10, 31)
OCTOBER_2025 = date(2025, 10, 31)
PHONE = {"width": 390, "height": 844}
NAMES = ("index", "huu-nghi-chi-lang", "dong-dang-tra-linh", "ql4b")

Visits = Callable[..., Any]


@pytest.fixture(scope="module")
def written(real: portfolio.Portfolio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the pages of the real records, of two dates."""
    folder = tmp_path_factory.mktemp("maps")
    for day in (OCTOBER_2024, OCTOBER_2025):
        measured = progress.measure(real, day)
        page.write(real, measured, checks.check(real, measured), folder)
    return folder


def rows_of(seen: Any, table: str = "#progress") -> list[list[str]]:
    """The cells of a table's body as text."""
    found: list[list[str]] = seen.page.eval_on_selector_all(
        f"{table} tbody tr:not(.group)", "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )
    return found


# Of each row its project, which stands above the group, and what its cells say.
READ_ROWS = """rows => rows.map(row => {
  const said = (selector) => [...row.querySelectorAll(selector)].map(one => one.textContent).join('|');
  return { project: row.closest('tbody').querySelector('.group').textContent, name: row.cells[0].textContent,
    second: row.cells[1].textContent, value: said('.value'), total: said('.figure-cell .small'),
    share: said('.share-cell > b, .share-cell > .none'), stated: said('.share-cell .small'),
    date: said('.date-cell'), source: said('.source-cell') };
})"""


def read_rows(seen: Any, table: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = seen.page.eval_on_selector_all(f"{table} tbody tr:not(.group)", READ_ROWS)
    return found


# --- whole, quiet, alone ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [PHONE, {"width": 1440, "height": 900}], ids=["phone", "screen"])
def test_a_page_is_drawn_without_the_network(visit: Visits, written: Path, name: str, size: dict[str, int]) -> None:
    seen = visit(written / "2025-10-31" / f"{name}.html", **size)
    seen.assert_quiet()
    assert seen.page.locator("h1").count() == 1
    assert seen.page.locator("html").get_attribute("lang") == "vi"
    assert seen.page.locator("main #map path.hit").count() > 0
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    shown = "[...document.querySelectorAll('main *')].filter(e => e.offsetParent && !e.closest('.folium-map, .scroll'))"
    wider = f"{shown}.filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className)"
    assert seen.page.evaluate(wider) == []


@pytest.mark.parametrize("width", [360, 320])
def test_the_weekly_pages_are_no_wider_than_a_small_phone(
    visit: Visits, lsinfra: Callable[..., Run], root: Path, width: int
) -> None:
    """As `weekly` writes them, with a change since the date before in every row, and everything unfolded."""
    assert lsinfra("weekly", cwd=root).code == 0
    for name in NAMES:
        seen = visit(root / "maps" / "2025-10-27" / f"{name}.html", width, 780)
        seen.page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_list_of_dates_leads_to_the_pages(visit: Visits, written: Path) -> None:
    seen = visit(written / "index.html", **PHONE)
    assert seen.page.locator("ol.date-list a").all_text_contents() == ["31/10/2025", "31/10/2024"]
    seen.page.locator("ol.date-list a").first.click()
    seen.page.wait_for_selector('html[data-ready="true"] #progress', state="attached")
    assert "31/10/2025" in seen.page.title()
    seen.page.get_by_role("link", name="Các kỳ số liệu").click()
    seen.page.wait_for_selector("ol.date-list")
    seen.assert_quiet()


def test_every_page_leads_to_the_others_and_to_the_other_language(visit: Visits, written: Path) -> None:
    seen = visit(written / "2025-10-31" / "index.html")

    def go(link: str, title: str) -> None:
        seen.page.get_by_role("link", name=link, exact=True).first.click()
        seen.page.wait_for_function(
            "title => document.title.includes(title) && document.documentElement.dataset.ready", arg=title
        )

    go("Nâng cấp Quốc lộ 4B, đoạn Km18 – Km80", "Nâng cấp Quốc lộ 4B")
    go("English", "As of 31 October 2025")
    go("Whole portfolio", "key infrastructure projects")
    go("Tiếng Việt", "hạ tầng trọng điểm")
    go("English", "As of")
    go("Other dates", "Các kỳ số liệu")
    seen.assert_quiet()


def test_without_scripts_the_page_says_so(visit: Visits, written: Path) -> None:
    seen = visit(written / "2025-10-31" / "index.html", ready=False, java_script_enabled=False)
    assert "JavaScript" in seen.page.locator("noscript").inner_text()
    assert not seen.page.locator("#broken").is_visible()


def test_a_browser_that_cannot_draw_it_says_so(visit: Visits, written: Path, tmp_path: Path) -> None:
    html = (written / "2025-10-31" / "index.html").read_text("utf-8")
    broken = re.sub(r'(id="lsinfra-data" data-packed="gzip">)...', r"\1{,", html)
    assert broken != html
    (tmp_path / "broken.html").write_text(broken, encoding="utf-8")
    seen = visit(tmp_path / "broken.html", ready=False)
    seen.page.wait_for_selector("#broken:not([hidden])")
    assert seen.page.locator("html").get_attribute("data-ready") is None


def test_the_layer_on_a_map_of_ones_own(visit: Visits, real: portfolio.Portfolio, tmp_path: Path) -> None:
    """Leaflet comes from the own map's page here; only the layer is ours."""
    sheet = maps.draw(real, progress.measure(real, OCTOBER_2024)).get_root()
    sheet.save(str(tmp_path / "map.html"))
    seen = visit(tmp_path / "map.html", **PHONE)
    seen.assert_quiet()
    assert seen.page.locator("path.hit").count() > 0
    own = folium.Map(tiles=None)
    own.add_child(maps.ProgressLayer(real, progress.measure(real, OCTOBER_2024)))
    own.default_js, own.default_css = [], []
    html = own.get_root().render().replace("<head>", f"<head><script>{leaflet_js()}</script>", 1)
    (tmp_path / "own.html").write_text(html, encoding="utf-8")
    seen = visit(tmp_path / "own.html")
    assert seen.page.locator("path.hit").count() > 0
    seen.assert_quiet()


def test_a_thousand_sections_are_packed_and_drawn(visit: Visits, tmp_path: Path) -> None:
    html = page.page(*thousand(tmp_path))
    assert 'data-packed="gzip"' in html
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    seen = visit(tmp_path / "page.html")
    seen.assert_quiet()
    # The table is long: it is made when it is opened.
    assert rows_of(seen) == []
    seen.page.locator("#progress summary").click()
    seen.page.wait_for_selector("#row-999")
    assert len(rows_of(seen)) == 1000
    # The sections are on a canvas; one path stands for the one that is reached by keyboard, the other is the project's.
    assert seen.page.locator("path.hit").count() == 2


@pytest.mark.parametrize(
    "projects", [[], [{"id": "p", "title": "Đường mới", "kind": "road", "status": "preparation"}]], ids=len
)
def test_a_portfolio_that_knows_next_to_nothing(visit: Visits, tmp_path: Path, projects: list[dict[str, str]]) -> None:
    (tmp_path / "geodata").mkdir()
    given = {"portfolio": {"title": "Danh mục mới"}, "projects": projects}
    world = portfolio.Portfolio(records.Records.model_validate(given), routes.load(tmp_path / "geodata", "EPSG:9215"))
    measured = progress.measure(world, OCTOBER_2024)
    pages = page.write(world, measured, checks.check(world, measured), tmp_path / "maps")
    for path in pages:
        visit(path).assert_quiet()
    seen = visit(pages[0])
    text = seen.page.locator("main").inner_text().lower()
    assert text.count("chưa công bố") >= 1 + len(projects)
    # Where nothing is drawn there is no empty map.
    assert not seen.page.locator("#map").is_visible()
    # No head of a table without rows, no heading without sources.
    assert "chưa công bố số liệu giải phóng mặt bằng." in text
    assert seen.page.locator("#land table, #money table, #sources").count() == 0


# --- what it says ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [OCTOBER_2024, OCTOBER_2025], ids=str)
def test_the_table_holds_every_figure_of_the_progress_and_no_other(
    visit: Visits, real: portfolio.Portfolio, written: Path, day: date
) -> None:
    measured = progress.measure(real, day)
    seen = visit(written / day.isoformat() / "index.html")
    titles = {project.id: project.title.vi for project in real.records.projects}
    rows = read_rows(seen, "#progress")
    assert len(rows) == len(measured.clearance)
    for cells, row in zip(rows, measured.clearance, strict=True):
        assert cells["project"] == titles[row.project]
        # The districts ended on 30/6/2025.
        ended = "cấp huyện, đến 30/6/2025" if row.unit and day == OCTOBER_2025 else ""
        assert cells["name"] == (row.unit or "Toàn dự án") + ended
        assert cells["second"].lower() == row.stage.write("vi")
        assert_rate(cells, row.rate, row.measure)
        assert row.dating.observed.write("vi") in cells["date"]
        assert ("đã cũ" in cells["date"]) is row.dating.stale
        assert row.dating.where in cells["source"]
        assert ("báo chí" in cells["source"]) is (real.records.sources[row.dating.source].kind == "press")
    money = read_rows(seen, "#disbursement")
    assert len(money) == len(measured.disbursement)
    for cells, paid in zip(money, measured.disbursement, strict=True):
        assert_rate(cells, paid.rate, Measure.MONEY)
        assert str(paid.plan_year) in cells["name"]
        assert paid.base.write("vi") in cells["name"]


def assert_rate(cells: dict[str, str], rate: Rate, measure: Measure) -> None:
    """Value, total, share and stated percentage as they stand on the page are those of the rate."""
    value, _, unit = cells["value"].rpartition(" ") if measure is not Measure.MONEY else split_money(cells["value"])
    value, _, total = value.partition("/")
    # The strict grammar of the records reads the page's own figures back; a lone group of three is said in full there.
    assert figure(f"{value} {unit}", measure) == rate.value
    if rate.total is not None:
        assert figure(f"{total} {unit}", measure) == rate.total
        assert cells["total"] == ""
    elif rate.low is not None and rate.high is not None:
        low, high = cells["total"].removeprefix("Tổng suy ra: ").removesuffix(f" {unit}").split(" – ")
        scale = 10**9 if measure is Measure.MONEY else 1
        assert abs(Fraction(figure(f"{low} {unit}", measure)) - rate.low) <= Fraction(scale, 1000)
        assert abs(Fraction(figure(f"{high} {unit}", measure)) - rate.high) <= Fraction(scale, 1000)
    else:
        assert (total, cells["total"]) == ("", "chưa công bố tổng")
    if rate.share is None:
        assert cells["share"] == "–"
    else:
        shown = Fraction(cells["share"].strip("<> %").replace(".", "").replace(",", "."))
        assert abs(shown - rate.share * 100) <= Fraction(1, 20)
    if rate.stated_percent is None:
        assert cells["stated"] == ""
    else:
        assert cells["stated"].startswith(f"Nguồn nêu {rate.stated_percent}%".replace(".", ","))


def split_money(text: str) -> tuple[str, str, str]:
    value = text.removesuffix(" tỷ đồng")
    assert value != text
    return value, " ", "tỷ đồng"


def figure(text: str, measure: Measure) -> Any:
    clean = text.strip()
    if measure is not Measure.MONEY and measure is not Measure.HOUSEHOLDS:
        clean = clean.replace(".", "")
    return read_figure(clean, (measure,)).amount


def test_headline_switch_and_legend(visit: Visits, written: Path) -> None:
    seen = visit(written / "2024-10-31" / "index.html")
    first = seen.page.locator(".look tbody tr").first
    assert "57,25%" in first.inner_text()
    assert "366,55/640,28 ha" in first.inner_text()
    legend = seen.page.locator("details.legend")
    legend.locator(".how summary").click()
    for words in ("chưa có số liệu", "Nét đứt", "không công bố vị trí", "sơ họa", "đề xuất"):
        assert words in legend.inner_text()
    assert "OpenStreetMap" in seen.page.locator(".leaflet-control-attribution").inner_text()
    label = seen.page.locator(".project-label", has_text="Hữu Nghị").locator(".figures")
    assert label.inner_text() == "57,25%"
    dated = seen.page.locator(".project-label .when")
    assert dated.all_text_contents() == ["tháng 10/2024", "", "cộng 2 đoạn · 15/8/2024"]
    assert [one.split() for one in seen.page.locator(".project-label .when.stale-date").all_text_contents()] == [
        ["cộng", "2", "đoạn", "·", "15/8/2024"]
    ]
    seen.page.get_by_role("radio", name="Giải ngân").focus()
    seen.page.keyboard.press("Space")
    assert label.inner_text() == "38,0%"
    whole = seen.page.locator(".project-label", has_text="Hữu Nghị").inner_text().splitlines()
    assert whole[-2:] == ["năm 2024, KH sau điều chỉnh", "tháng 10/2024"]
    assert "vốn đã giải ngân" in legend.inner_text()


def test_dash_and_colour_say_the_share(visit: Visits, written: Path) -> None:
    """Only a section handed over in full is a solid line; all others are dashed from end to end."""
    lines = (
        "[...document.querySelectorAll('.leaflet-overlay-pane path')].filter(p => %s)"
        ".map(p => p.getAttribute('stroke-dasharray'))"
    )
    seen = visit(written / "2025-10-31" / "ql4b.html")
    done = "p.getAttribute('stroke') === 'var(--c5)' && p.getAttribute('stroke-opacity') !== '0'"
    assert set(seen.page.evaluate(lines % done)) == {None}
    seen = visit(written / "2024-10-31" / "ql4b.html")
    assert seen.page.evaluate(lines % done) == []
    shares = "['var(--c3)', 'var(--c2)'].includes(p.getAttribute('stroke'))"
    assert set(seen.page.evaluate(lines % shares)) == {"11 5", "8 8"}


@pytest.mark.parametrize("day", ["2024-10-31", "2025-10-31"])
@pytest.mark.parametrize("name", NAMES)
def test_every_source_that_is_cited_is_listed(visit: Visits, written: Path, name: str, day: str) -> None:
    seen = visit(written / day / f"{name}.html")
    for table in seen.page.locator(".as-table > summary").all():
        table.click()
    assert seen.page.locator("main .ref").count() > 0
    loose = "all => all.filter(one => !one.hash || !document.querySelector(one.hash)).map(one => one.textContent)"
    assert seen.page.eval_on_selector_all("main .ref", loose) == []
    # In the order of the records, each once, under its own number.
    numbers = seen.page.eval_on_selector_all("#sources li", "all => all.map(one => [one.value, one.id])")
    assert numbers == [[number, f"source-{number}"] for number in sorted({pair[0] for pair in numbers})]


def seen_at(day: str, figure: str, source: str) -> dict[str, str]:
    return {"as_of": day, "handed_over": figure, "source": source}


def test_a_source_of_what_was_before_is_listed(visit: Visits, tmp_path: Path) -> None:
    given = {
        "portfolio": {"title": "Thử"},
        "sources": {name: {"title": name, "kind": "official"} for name in ("then", "now", "none")},
        "projects": [
            {"id": "p", "title": "Dự án", "kind": "road", "status": "implementation"}
            | {"clearance": [seen_at("2024-08-30", "8 ha", "then"), seen_at("2024-09-30", "9 ha", "now")]}
        ],
    }
    world = portfolio.Portfolio(records.Records.model_validate(given), routes.load(tmp_path, "EPSG:9215"))
    html = page.page(world, progress.measure(world, OCTOBER_2024), project="p")
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    seen = visit(tmp_path / "page.html")
    assert seen.page.locator("#sources li bdi").all_inner_texts() == ["then", "now"]
    assert seen.page.locator("#changes a.ref").all_inner_texts() == ["[1]", "[2]"]


# --- on a phone ------------------------------------------------------------------------------------------------------


def test_on_a_phone_what_is_long_is_folded(visit: Visits, written: Path) -> None:
    path = written / "2025-10-31" / "index.html"
    assert visit(path).page.locator("details.fold:not([open])").count() == 0
    seen = visit(path, **PHONE)
    folds = seen.page.locator("details.fold")
    assert folds.count() >= 8
    assert seen.page.locator("details.fold[open]").count() == 0
    assert seen.page.evaluate("document.documentElement.scrollHeight") < 8000
    # A heading says how many rows are under it.
    for fold in folds.all():
        rows = fold.locator("tbody tr:not(.group), ol.sources > li").count()
        assert fold.locator("summary").first.inner_text().endswith(f"({rows})")
        assert fold.locator("summary h2").count() == 1
    # By the keyboard as well.
    folds.first.locator("summary").focus()
    seen.page.keyboard.press("Enter")
    assert seen.page.locator("#progress").is_visible()
    seen.assert_quiet()


@pytest.mark.parametrize("anchor", ["findings", "row-2", "source-3"])
def test_an_address_inside_of_what_is_folded_opens_it(visit: Visits, written: Path, anchor: str) -> None:
    seen = visit(written / "2025-10-31" / "index.html", **PHONE)
    target = seen.page.locator(f"#{anchor}")
    block = seen.page.locator(".block", has=target) if anchor != "findings" else target
    seen.page.evaluate(f"location.hash = '{anchor}'")
    seen.page.wait_for_function(f"document.getElementById('{anchor}').getBoundingClientRect().top < innerHeight")
    assert block.locator("details.fold").get_attribute("open") == ""
    assert seen.page.locator("details.fold[open]").count() == 1
    # Closed again, the same link opens it again.
    block.locator("summary").first.click()
    seen.page.evaluate(
        f"document.body.append(Object.assign(document.createElement('a'), {{id: 'again', href: '#{anchor}'}}))"
    )
    seen.page.evaluate("document.getElementById('again').click()")
    assert block.locator("details.fold").get_attribute("open") == ""


def test_paper_has_every_table_open(visit: Visits, written: Path) -> None:
    seen = visit(written / "2025-10-31" / "index.html", **PHONE)
    seen.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    seen.page.emulate_media(media="print")
    assert seen.page.locator("details.fold:not([open])").count() == 0
    seen.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    seen.page.emulate_media(media="screen")
    seen.page.wait_for_selector("details.fold[open]", state="detached")


def test_no_python_and_no_english_on_a_vietnamese_page(visit: Visits, written: Path) -> None:
    seen = visit(written / "2025-10-31" / "index.html")
    text = seen.page.locator("body").inner_text()
    for name in ("title", "aria-label"):
        read = f"found => found.map(one => one.getAttribute('{name}'))"
        text += " ".join(seen.page.eval_on_selector_all(f"[{name}]", read))
    assert re.findall(r"\b(None|nan|NaN|null|undefined|Infinity|object Object)\b|[{}]", text) == []
    english = re.findall(
        r"\b(the|and|of|not|published|section|share|source|zoom|close|popup|total|stale|project)\b",
        text,
        re.IGNORECASE,
    )
    assert english == []


def test_an_english_page_is_english(visit: Visits, real: portfolio.Portfolio, tmp_path: Path) -> None:
    measured = progress.measure(real, OCTOBER_2024)
    page.write(real, measured, checks.check(real, measured), tmp_path, "en")
    seen = visit(tmp_path / "2024-10-31" / "index.html")
    text = seen.page.locator("main").inner_text()
    assert "366.55 of 640.28 ha" in text
    assert "Not published" in text
    assert re.findall(r"Chưa|Bàn giao|Giải ngân|Nguồn|Thời điểm", text) == []


def test_a_line_says_whose_figure_it_is_and_of_when(visit: Visits, written: Path) -> None:
    seen = visit(written / "2025-10-31" / "index.html")

    def spoken() -> dict[str, str]:
        names = seen.page.eval_on_selector_all("path.hit", "found => found.map(one => one.ariaLabel)")
        return {name.split(",")[0]: name for name in names}

    land = spoken()
    assert land["Đoạn Tràng Định"].endswith("Toàn dự án: 455,61/458,19 ha, 99,44%, 27/10/2025, báo chí")
    assert land["Đoạn Chi Lăng"].endswith("Toàn dự án: 596/618 ha, 96,44%, 28/7/2025, số liệu cũ, không khớp, báo chí")
    assert land["Đoạn Lộc Bình"].endswith("Km80: 49,35/49,35 ha, 100,00%, 26/3/2025, số liệu cũ, báo chí")
    seen.page.get_by_role("radio", name="Giải ngân").focus()
    seen.page.keyboard.press("Space")
    assert "Toàn dự án: 490,1/1.288,123 tỷ đồng, 38,0%, tháng 10/2024, số liệu cũ" in spoken()["Đoạn Chi Lăng"]


def test_works_that_are_points_lie_above_the_lines(visit: Visits, written: Path) -> None:
    seen = visit(written / "2025-10-31" / "index.html")
    spots = seen.page.locator("path.spot")
    assert spots.count() == 5
    for number in range(spots.count()):
        seen.page.locator("#map").evaluate("box => box.scrollIntoView()")
        box = spots.nth(number).bounding_box()
        at = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
        assert seen.page.evaluate("at => document.elementFromPoint(...at).classList.contains('spot')", at)
        seen.page.mouse.click(*at)
        popup = seen.page.locator(".leaflet-popup .card-pop").last
        popup.locator(".work").first.wait_for()
        for name in (spots.nth(number).get_attribute("aria-label") or "").split("; "):
            assert name.split(": ", 1)[1] in popup.inner_text()
        seen.page.keyboard.press("Escape")
        seen.page.wait_for_selector(".leaflet-popup", state="detached")
        seen.page.evaluate("lsinfra.drawn.fit()")


def test_a_popup_names_the_press_once_and_the_end_of_a_unit(visit: Visits, written: Path) -> None:
    seen = visit(written / "2025-10-31" / "ql4b.html")
    seen.page.locator("#progress").get_by_role("button", name="Lộc Bình").first.click()
    popup = seen.page.locator(".leaflet-popup .card-pop")
    assert "cấp huyện, đến 30/6/2025" in popup.inner_text()
    source = popup.locator("ul.used li").first.inner_text()
    assert source.count("báo chí") == 1


def test_a_projects_own_stretches_and_latest_plan_year(visit: Visits, tmp_path: Path) -> None:
    clearance = {
        "as_of": "2024-10-20",
        "handed_over": "1/10 km",
        "handed_over_at": [{"route": "duong", "from": "Km2", "to": "Km3"}],
        "source": "s",
    }
    paid = [
        {"as_of": f"{year}-10", "plan_year": str(year), "base": "adjusted", "total": "1/4 tỷ đồng", "source": "s"}
        for year in (2023, 2024)
    ]
    world = calibrated(world_of(tmp_path, {"clearance": [clearance], "disbursement": paid}))
    html = page.page(world, progress.measure(world, OCTOBER_2024))
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    seen = visit(tmp_path / "page.html")
    assert seen.page.locator(".leaflet-overlay-pane path[stroke='var(--c5)']").count() == 1
    assert "đúng lý trình" in seen.page.locator("details.legend").inner_text()
    seen.page.get_by_role("button", name="Xem trên bản đồ").click()
    popup = seen.page.locator(".leaflet-popup .card-pop")
    assert "đúng lý trình được công bố" in popup.inner_text()
    for place in (popup, seen.page.locator("#projects")):
        assert place.locator(".moneys").inner_text().startswith("Năm 2024")
        assert "2023" not in place.inner_text()
    assert len(rows_of(seen, "#disbursement")) == 2


def test_a_length_in_a_card_names_its_source(visit: Visits, written: Path) -> None:
    seen = visit(written / "2024-10-31" / "index.html")
    about = seen.page.locator("#projects .sub").first
    assert "dài khoảng 59,87 km (tháng 10/2024)" in about.inner_text()
    assert about.locator("a.ref").get_attribute("href") == "#source-1"


@pytest.mark.parametrize("size", [PHONE, {"width": 320, "height": 600}], ids=["phone", "small"])
def test_nothing_lies_over_the_scale(visit: Visits, written: Path, size: dict[str, int]) -> None:
    seen = visit(written / "2025-10-31" / "index.html", **size)
    boxes = seen.page.eval_on_selector_all(
        "#map .leaflet-control-scale, #map .leaflet-control-attribution, #map .legend",
        "found => found.map(one => one.getBoundingClientRect()).map(box => [box.top, box.bottom])",
    )
    assert len(boxes) == 3
    ordered = sorted(boxes)
    assert all(above[1] <= below[0] for above, below in pairwise(ordered))


# --- keyboard --------------------------------------------------------------------------------------------------------


def test_every_section_is_reached_by_tab_and_opened_by_enter(
    visit: Visits, real: portfolio.Portfolio, written: Path
) -> None:
    seen = visit(written / "2024-10-31" / "index.html")
    opened: dict[str, str] = {}
    seen.page.locator("#map .leaflet-container").focus()
    for _ in range(60):
        seen.page.keyboard.press("Tab")
        name = seen.page.evaluate("document.activeElement.closest('path.hit') ? document.activeElement.ariaLabel : ''")
        if not name and opened and not seen.page.evaluate("Boolean(document.activeElement.closest('#map path'))"):
            break
        if not name:
            continue
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_selector(".leaflet-popup .card-pop")
        opened[name] = seen.page.locator(".leaflet-popup .card-pop").inner_text()
        assert seen.page.evaluate("Boolean(document.activeElement.closest('.leaflet-popup'))")
        seen.page.keyboard.press("Escape")
        seen.page.wait_for_selector(".leaflet-popup .card-pop", state="detached")
        assert seen.page.evaluate("document.activeElement.ariaLabel") == name
    for project in real.records.projects:
        assert [name for name in opened if name.startswith(project.title.vi)], project.id
        for section in project.sections:
            (name,) = (name for name in opened if name.startswith(f"Đoạn {section.unit}, {project.title.vi}"))
            for stage in ("Đo đạc, kiểm đếm", "Phê duyệt phương án bồi thường", "Chi trả", "Bàn giao", "Mặt bằng sạch"):
                assert stage in opened[name]
    seen.assert_quiet()


def test_a_row_leads_to_the_map_and_back(visit: Visits, written: Path) -> None:
    seen = visit(written / "2024-10-31" / "index.html")
    seen.page.locator("#progress").get_by_role("button", name="Lộc Bình").click()
    popup = seen.page.locator(".leaflet-popup .card-pop")
    assert "75,12%" in popup.inner_text()
    assert "projects.yaml:" in popup.inner_text()
    seen.page.wait_for_selector(".leaflet-pan-anim, .leaflet-zoom-anim", state="detached")
    popup.get_by_role("link", name="Xem trong bảng").click()
    assert "Lộc Bình" in seen.page.locator("#progress tr:target").inner_text()


def test_zoom_is_not_forbidden_and_the_map_is_60_percent_of_a_phone(visit: Visits, written: Path) -> None:
    seen = visit(written / "2025-10-31" / "index.html", **PHONE, has_touch=True)
    height = seen.page.locator("#map").bounding_box()["height"]
    assert abs(height - 0.6 * PHONE["height"]) < 3
    seen.page.locator("path.hit").first.dispatch_event("click")
    seen.assert_quiet()


# --- hostile texts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(hostile.texts(Path("x"))))
def test_a_hostile_text_is_shown_as_typed(visit: Visits, tmp_path: Path, name: str) -> None:
    text = hostile.texts(tmp_path / "ran")[name]
    hostile.write_root(tmp_path / "root", text)
    world = portfolio.load(tmp_path / "root")
    measured = progress.measure(world, OCTOBER_2024)
    index, project, _ = page.write(world, measured, checks.check(world, measured), tmp_path / "maps")
    for path, fields in ((index, PORTFOLIO_FIELDS), (project, PROJECT_FIELDS)):
        seen = visit(path, reduced_motion="reduce")
        for selector in fields:
            texts = seen.page.eval_on_selector_all(selector, "found => found.map(one => one.textContent)")
            assert any(text in one for one in texts), selector
        drawn = seen.page.query_selector_all("path.hit, path.quiet")
        # The map of a project has the same lines.
        for place, path_element in enumerate(drawn if path == index else drawn[:1]):
            path_element.dispatch_event("click")
            if place == 0:  # the same by keyboard
                path_element.press("Enter")
            assert text in seen.page.locator(".leaflet-popup .card-pop").last.text_content()  # the one before fades
        assert seen.page.title().startswith(re.sub(r"[ \t\n]+", " ", text).strip()[:20])
        assert seen.page.evaluate("window.__hacked") is None
        assert seen.page.locator("img, iframe, script[src]").count() == 0
        links = seen.page.eval_on_selector_all("a[href]", "found => found.map(one => one.getAttribute('href'))")
        assert [
            href
            for href in links
            if not re.fullmatch(r"#[\w-]*|(en/)?[\w-]+\.html|\.\./index\.html|https://leafletjs\.com", href)
        ] == []
        seen.assert_quiet()
    assert not (tmp_path / "ran").exists()


PORTFOLIO_FIELDS = (
    "#title",
    ".look tbody th",
    ".gaps .what",
    "#projects h2",
    "#projects .note",
    "#progress [data-row] th",
    "#progress td:last-child",
    "#disbursement td:last-child",
    '#table-lengths [data-label="Ghi chú"]',
    '#table-investment [data-label="Ghi chú"]',
    '#table-milestones [data-label="Nội dung"]',
    '#table-milestones [data-label="Số hiệu"]',
    '#table-issues [data-label="Vướng mắc"]',
    '#table-issues [data-label="Vị trí"]',
    '#table-issues [data-label="Đơn vị xử lý"]',
    '#table-indicators [data-label="Chỉ tiêu"]',
    '#table-works [data-label="Công trình"]',
    '#table-works [data-label="Ghi chú"]',
    '#table-findings [data-label="Nội dung"]',
    "#sources li",
    ".place",
    ".project-label",
    ".leaflet-control-attribution",
)
PROJECT_FIELDS = ("#title", ".above", "#progress [data-row] th", "#sources li", ".project-label")


def test_a_web_address_is_a_link_and_any_other_is_text(visit: Visits, tmp_path: Path) -> None:
    for address, linked in (("https://langson.gov.vn/bao-cao", True), ("javascript:alert(1)", False)):
        root = tmp_path / str(linked)
        hostile.write_root(root, address)
        world = portfolio.load(root)
        (index, *_) = page.write(world, progress.measure(world, OCTOBER_2024), (), root / "maps")
        seen = visit(index)
        links = seen.page.locator("#sources a")
        assert links.count() == linked
        if linked:
            assert links.get_attribute("href") == address
            assert links.get_attribute("rel") == "noopener noreferrer"
