"""The map in use: its names, chainage, measures, filter, search, selection and addresses, in a real Chromium."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import folium
import pytest
from shapely import LineString, Point

from lsinfra import checks, portfolio, progress
from lsinfra.alignments import Alignment
from lsinfra.codes import Stage
from lsinfra.quantities import Measure
from lsinfra.render import ground, page, payload, status, timeline
from lsinfra.render import map as maps
from lsinfra.render.sheet import leaflet_js
from tests.conftest import ROOT
from tests.test_render import scope_of, world_of

OCTOBER_2024, OCTOBER_2025 = date(2024, 10, 31), date(2025, 10, 31)
PHONE = {"width": 390, "height": 844, "has_touch": True}
SIZES = {"phone": PHONE, "tablet": {"width": 820, "height": 1180}, "screen": {"width": 1440, "height": 900}}

Visits = Callable[..., Any]


@pytest.fixture(scope="module")
def real() -> portfolio.Portfolio:
    return portfolio.load(ROOT)


@pytest.fixture(scope="module")
def written(real: portfolio.Portfolio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the real records, ``index.html``, and the map alone, ``map.html``."""
    folder = tmp_path_factory.mktemp("maps")
    measured = progress.measure(real, OCTOBER_2025)
    findings = checks.check(real, measured)
    (folder / "index.html").write_text(page.page(real, measured, findings), encoding="utf-8")
    maps.draw(real, measured, findings).save(str(folder / "map.html"))
    return folder


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> portfolio.Portfolio:
    """The real records with made-up boundaries: four districts until 30/6/2025, twelve communes from the day after."""
    folder = tmp_path_factory.mktemp("bounded")
    (folder / "projects.yaml").write_bytes((ROOT / "projects.yaml").read_bytes())
    (folder / "geodata").mkdir()
    for path in (ROOT / "geodata").glob("*.geojson"):
        (folder / "geodata" / path.name).write_bytes(path.read_bytes())
    units = [
        unit(f"Huyện {n}", "district", 106.2 + 0.3 * n, 21.3, 0.3, 1.1, valid_until="2025-06-30") for n in range(4)
    ]
    units += [
        unit(f"Xã {n}.{m}", "commune", 106.2 + 0.3 * n, 21.3 + m * 0.4, 0.3, 0.4, valid_from="2025-07-01")
        for n in range(4)
        for m in range(3)
    ]
    collection = {"type": "FeatureCollection", "features": units}
    (folder / "geodata" / "units.geojson").write_text(json.dumps(collection), encoding="utf-8")
    return portfolio.load(folder)


def unit(name: str, level: str, x: float, y: float, width: float, height: float, **dates: str) -> dict[str, Any]:
    ring = [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]]
    properties = {"unit": name, "level": level, "source": "thử", "credit": "© Bản đồ thử", **dates}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def saved(folder: Path, world: portfolio.Portfolio, day: date = OCTOBER_2024) -> Path:
    path = folder / "page.html"
    path.write_text(page.page(world, progress.measure(world, day)), encoding="utf-8")
    return path


def move(seen: Any, lat: float, lon: float, zoom: float) -> None:
    seen.page.evaluate("at => { map_progress.setView([at[0], at[1]], at[2], { animate: false }); }", [lat, lon, zoom])


NO_COMMUNES = "Chưa có ranh giới xã nên không tìm theo xã được."


# --- names -----------------------------------------------------------------------------------------------------------

LAID = """() => {
  const map = document.querySelector('.folium-map').getBoundingClientRect(), overlaps = [];
  const shown = (selector) => [...document.querySelectorAll(selector)]
    .filter((one) => getComputedStyle(one).visibility !== 'hidden')
    .map((one) => [`${one.className || one.localName} ${one.textContent}`, one.getBoundingClientRect()])
    .filter(([, box]) => box.width);
  const labels = shown('.project-label, .place bdi, .place i, .part, .unit, .km, .pin');
  const controls = shown('#map .leaflet-control'), by = 0.5;
  const beside = (a, b) => a.left >= b.right - by || b.left >= a.right - by;
  const hit = (a, b) => !beside(a, b) && a.top < b.bottom - by && b.top < a.bottom - by;
  const inside = (box) => box.left >= map.left - 1 && box.right <= map.right + 1
    && box.top >= map.top - 1 && box.bottom <= map.bottom + 1;
  labels.forEach(([name, box], i) => {
    const others = [...labels.slice(i + 1), ...controls];
    for (const [other, there] of others) if (hit(box, there)) overlaps.push(`${name} × ${other}`);
    if (!inside(box)) overlaps.push(`${name} is cut`);
  });
  return { overlaps, labels: labels.map(([name]) => name) };
}"""

VIEWS = [(21.95, 106.72, 9), (21.95, 106.72, 10.25), (21.85, 106.76, 11), (21.7, 106.97, 12.5), (21.97, 106.7, 14)]


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_no_name_lies_on_another_or_on_a_control(
    visit: Visits, bounded: portfolio.Portfolio, tmp_path: Path, size: Any
) -> None:
    seen = visit(saved(tmp_path, bounded, OCTOBER_2025), **size)
    everything: set[str] = set()
    first = seen.page.evaluate(LAID)
    assert first["overlaps"] == []
    assert sum("project-label" in name for name in first["labels"]) == 3  # the figures come before all else
    for lat, lon, zoom in VIEWS:
        move(seen, lat, lon, zoom)
        laid = seen.page.evaluate(LAID)
        assert laid["overlaps"] == [], (lat, lon, zoom)
        everything.update(name.split()[0] for name in laid["labels"])
        seen.page.evaluate("() => { map_progress.panBy([90, -70], { animate: false }); }")
        assert seen.page.evaluate(LAID)["overlaps"] == [], (lat, lon, zoom)
    assert {"project-label", "km", "unit"} <= everything
    # Wider names, a legend that is opened, another week: laid out anew.
    seen.page.locator("details.legend > summary").click()
    seen.page.get_by_role("radio", name="Giải ngân").check(force=True)
    seen.page.locator(".weeks input").focus()
    seen.page.keyboard.press("Home")
    seen.page.wait_for_timeout(400)  # names are laid out a while after the last change
    seen.until(lambda: seen.page.evaluate(LAID)["overlaps"], [])
    seen.assert_quiet()


def test_forty_projects_of_long_names_do_not_lie_on_each_other(visit: Visits, tmp_path: Path) -> None:
    seen_at = {"as_of": "2024-10-20", "handed_over": "12,5/1010 ha", "source": "s"}
    world = world_of(tmp_path, {"clearance": [seen_at]})
    (first,) = world.records.projects
    title = first.title.model_copy(update={"vi": "Dự án " + "rất dài " * 24})
    many = tuple(first.model_copy(update={"id": f"p{n}", "title": title}) for n in range(40))
    world = portfolio.Portfolio(world.records.model_copy(update={"projects": many}), world.routes)
    seen = visit(saved(tmp_path, world))
    laid = seen.page.evaluate(LAID)
    assert laid["overlaps"] == []
    assert 3 <= len(laid["labels"]) < 40


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_what_the_lines_are_not_is_always_readable(visit: Visits, written: Path, size: Any) -> None:
    seen = visit(written / "map.html", **size)
    for zoom in (9, 12, 15):
        move(seen, 21.7, 106.97, zoom)
        note = seen.page.locator(".assured")
        assert note.inner_text().split("\n") == ["Hướng tuyến vẽ sơ họa", "Nét đứt: chưa công bố vị trí"]
        box = note.bounding_box()
        at = [box["x"] + 12, box["y"] + box["height"] - 8]
        assert seen.page.evaluate("at => Boolean(document.elementFromPoint(...at).closest('.assured'))", at)
    seen.page.locator("path.hit").last.dispatch_event("click")
    assert note.is_visible()
    seen.page.keyboard.press("Escape")
    seen.page.get_by_role("radio", name="Giải ngân").check(force=True)
    assert "theo tỷ lệ, không theo vị trí" in note.inner_text()


def test_only_the_sketched_are_called_so(tmp_path: Path, real: portfolio.Portfolio) -> None:
    def told(world: portfolio.Portfolio) -> Any:
        return maps.map_data(scope_of(world, OCTOBER_2024))["schematic"]

    assert told(real) == [""]
    lines = dict(real.routes.alignments)
    lines["ql4b"] = replaced(lines["ql4b"], accuracy="survey")
    mixed = portfolio.Portfolio(real.records, routes_of(real, lines))
    assert told(mixed) == ["Hữu Nghị – Chi Lăng", "Đồng Đăng – Trà Lĩnh"]
    surveyed = {name: replaced(line, accuracy="survey") for name, line in lines.items()}
    assert told(portfolio.Portfolio(real.records, routes_of(real, surveyed))) == []


def replaced(line: Alignment, **values: Any) -> Alignment:
    from dataclasses import replace

    return replace(line, **values)


def routes_of(world: portfolio.Portfolio, lines: dict[str, Alignment]) -> Any:
    from dataclasses import replace

    return replace(world.routes, alignments=lines)


# --- chainage --------------------------------------------------------------------------------------------------------


def test_a_chain_is_the_line_with_its_published_chainage(real: portfolio.Portfolio) -> None:
    found = {row[0]: row for row in ground.published(scope_of(real, OCTOBER_2025))}
    # Two kilometre posts at least were published of two routes, of the others none.
    assert {route for route, row in found.items() if row[5]} == {"huu-nghi-chi-lang-main", "ql4b"}
    assert [found[route][3] for route in ("ql4b", "huu-nghi-chi-lang-main")] == ["Km18 – Km80", "Km1+750 – Km44+750"]
    assert found["dong-dang-tra-linh"][3:] == ["", "", []]
    line, at, points = real.routes.alignments["ql4b"], [0, 0, 0], []
    for step in zip(*[iter(found["ql4b"][5])] * 3, strict=True):
        at = [a + b for a, b in zip(at, step, strict=True)]
        points.append((at[1] / 1e5, at[0] / 1e5, at[2]))
    assert [points[0][2], points[-1][2]] == [18_000, 80_000]
    assert 43_000 in [m for _, _, m in points]  # a calibration point stays, straight as the line may be there
    for x, y, m in points:
        assert line.point(float(m)).distance(Point(x, y)) < 0.0005
    drawn = LineString([(x, y) for x, y, _ in points])
    for km in range(18, 81):
        assert drawn.distance(line.point(km * 1000.0)) < 0.0003


@pytest.mark.parametrize(("zoom", "step"), [(8.5, None), (9.5, 10), (10.75, 5), (13, 1)])
def test_ticks_come_closer_with_the_zoom_and_only_where_chainage_is_published(
    visit: Visits, written: Path, zoom: float, step: int | None
) -> None:
    seen = visit(written / "map.html")
    move(seen, 21.62, 107.04, zoom)
    texts = seen.page.eval_on_selector_all(".km", "found => found.map(one => one.textContent)")
    whole = sorted({int(text[2:]) for text in texts if "+" not in text})
    if step is None:
        assert texts == []
        return
    # All ticks are one path, each a part of it; a number is there only where it finds room.
    (drawn,) = seen.page.eval_on_selector_all("path.tick", "found => found.map(one => one.getAttribute('d'))")
    assert drawn.count("M") >= len(texts) > 3
    ends = {18, 80}
    assert all(km % step == 0 for km in whole if km not in ends)
    assert min(b - a for a, b in pairwise(whole)) <= step
    # Every number stands where the alignment has it.
    place = "n => lsinfra.along(lsinfra.drawn._chains.find(one => one.id === 'ql4b').points, n).at"
    line = portfolio.load(ROOT).routes.alignments["ql4b"]
    for km in [km for km in whole if 18 <= km <= 80][:6]:
        lat, lon = seen.page.evaluate(place, km * 1000)
        assert line.point(km * 1000.0).distance(Point(lon, lat)) < 0.0003


def test_a_route_without_published_chainage_has_no_km_at_any_zoom(visit: Visits, tmp_path: Path) -> None:
    section = {"id": "a", "unit": "Xã A", "route": "duong", "from": "Km2", "to": "Km6"}
    seen = visit(saved(tmp_path, world_of(tmp_path, {"sections": [section]})))
    for zoom in (9, 11, 13, 15):
        move(seen, 21.85, 106.75, zoom)
        assert seen.page.locator(".km, path.tick").count() == 0
    search(seen, "Km3")
    assert seen.page.locator("[role=option]").count() == 0
    assert told(seen) == "Chưa công bố lý trình: duong."
    assert seen.page.locator(".pin").count() == 0


# --- search ----------------------------------------------------------------------------------------------------------


def search(seen: Any, query: str) -> Any:
    box = seen.page.get_by_role("combobox", name="Tìm trên bản đồ")
    box.fill(query)
    return box


def told(seen: Any) -> str:
    text: str = seen.page.locator(".tools .told").inner_text()
    return text


def options(seen: Any) -> list[str]:
    found: list[str] = seen.page.eval_on_selector_all(
        "[role=option] > bdi", "found => found.map(one => one.textContent)"
    )
    return found


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("loc binh", "Lộc Bình"),
        ("LỘC BÌNH", "Lộc Bình"),
        ("lộc bình", "Lộc Bình"),
        ("ql4b", "Nâng cấp Quốc lộ 4B, đoạn Km18 – Km80"),
        ("QL 4B", "Nâng cấp Quốc lộ 4B, đoạn Km18 – Km80"),
        ("tra linh dong", "Cao tốc Đồng Đăng (Lạng Sơn) – Trà Lĩnh (Cao Bằng)"),
        ("thanh pho lang", "Thành phố Lạng Sơn"),
        ("đình lap", "Đình Lập"),
        ("huyện Lộc Bình", "Lộc Bình"),
        ("doan dinh lap", "Đình Lập"),
        ("đoạn thành phố lạng sơn", "TP Lạng Sơn"),
        ("tp lang son", "TP Lạng Sơn"),
        ("tuyến kết nối", "Cao tốc cửa khẩu Hữu Nghị – Chi Lăng, tuyến kết nối Tân Thanh và Cốc Nam"),
        ("quốc lộ 1b", "Nâng cấp Quốc lộ 1B"),
        ("cau 17/10", "Cầu 17/10, thành phố Lạng Sơn"),
        ("cua khau thong minh", "Cửa khẩu thông minh tại các đường chuyên dụng vận chuyển hàng hóa"),
        ("QL4B Km25+300", "Km25+300"),
        ("quoc lo 4b km 80", "Km80"),
        ("25+300", "Km25+300"),
    ],
)
def test_a_name_is_found_with_or_without_its_marks(visit: Visits, written: Path, query: str, first: str) -> None:
    seen = visit(written / "map.html")
    search(seen, query)
    assert options(seen)[0] == first
    seen.assert_quiet()


@pytest.mark.parametrize(
    ("query", "found", "said"),
    [
        (
            "Km25",
            ["Km25", "Km25"],
            (
                "Chưa công bố lý trình: Cao tốc cửa khẩu Hữu Nghị – Chi Lăng, tuyến kết nối Tân Thanh và Cốc Nam; "
                "Cao tốc Đồng Đăng (Lạng Sơn) – Trà Lĩnh (Cao Bằng)."
            ),
        ),
        ("ql4b Km90", [], "Km90 nằm ngoài phạm vi lý trình đã công bố của Quốc lộ 4B, đoạn Km18–Km80 (Km18 – Km80)."),
        (
            "ql4b Km17+999",
            [],
            "Km17+999 nằm ngoài phạm vi lý trình đã công bố của Quốc lộ 4B, đoạn Km18–Km80 (Km18 – Km80).",
        ),
        ("ql1z Km5", [], "Không có tuyến nào như trong “ql1z Km5”."),
        ("Km25+3", [], "“km25+3”: sau dấu + ghi đủ ba chữ số, ví dụ Km25+300."),
        ("không đâu cả", [], f"Không tìm thấy “không đâu cả”. {NO_COMMUNES}"),
        ("xã Lộc Bình", [], f"Không tìm thấy “xã Lộc Bình”. {NO_COMMUNES}"),
        ("<b>{x}", [], f"Không tìm thấy “<b>{{x}}”. {NO_COMMUNES}"),
    ],
)
def test_a_km_is_placed_only_where_it_was_published(
    visit: Visits, written: Path, query: str, found: list[str], said: str
) -> None:
    seen = visit(written / "map.html")
    search(seen, query)
    assert options(seen) == found
    assert told(seen) == said


def test_the_search_is_a_combobox_for_the_keyboard(visit: Visits, written: Path) -> None:
    seen = visit(written / "index.html")
    box = search(seen, "loc binh")
    listed = seen.page.get_by_role("listbox")
    assert (box.get_attribute("aria-expanded"), box.get_attribute("aria-controls")) == (
        "true",
        listed.get_attribute("id"),
    )
    assert box.get_attribute("aria-activedescendant") is None
    box.press("ArrowDown")
    active = seen.page.locator(f"#{box.get_attribute('aria-activedescendant')}")
    assert active.get_attribute("aria-selected") == "true"
    box.press("ArrowUp")
    assert seen.page.locator("[aria-selected=true]").inner_text() == listed.get_by_role("option").last.inner_text()
    box.press("Escape")
    assert (box.get_attribute("aria-expanded"), box.input_value()) == ("false", "loc binh")
    box.press("Escape")
    assert box.input_value() == ""
    box.fill("loc binh")
    box.press("ArrowDown")
    box.press("Enter")
    # The section's own popup, and it is lit everywhere; closed, one is back in the box.
    assert seen.page.locator(".leaflet-popup h3").last.inner_text() == "Đoạn Lộc Bình"
    assert seen.page.locator("path.hit.picked").count() == 1
    seen.page.keyboard.press("Escape")
    assert seen.page.evaluate("document.activeElement.getAttribute('role')") == "combobox"
    seen.assert_quiet()


def test_a_km_that_is_found_has_a_pin_and_says_how_sure_it_is(
    visit: Visits, written: Path, real: portfolio.Portfolio
) -> None:
    seen = visit(written / "index.html")
    search(seen, "QL4B Km25+300").press("Enter")
    assert seen.page.locator(".pin").inner_text() == "Km25+300"
    popup = seen.page.locator(".leaflet-popup .card-pop").last.inner_text()
    assert "Đoạn Lộc Bình" in popup  # Km18 – Km38
    assert "Vị trí theo lý trình đã công bố" in popup
    assert "lệch đến 2.000 m" in popup
    lat, lon = seen.page.evaluate("() => { const at = lsinfra.drawn._pin.label.at; return at; }")
    assert real.routes.alignments["ql4b"].point(25_300.0).distance(Point(lon, lat)) < 0.0003
    search(seen, "Km70").press("Enter")
    assert seen.page.locator(".pin").inner_text() == "Km70"
    assert "Đoạn Đình Lập" in seen.page.locator(".leaflet-popup .card-pop").last.inner_text()


TWICE = """all => all.filter(one => getComputedStyle(one).visibility !== 'hidden').map(one => one.textContent)
  .filter((name, place, names) => names.indexOf(name) !== place)"""


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_what_is_found_is_in_the_window(visit: Visits, written: Path, size: Any) -> None:
    seen = visit(written / "index.html", **size)
    where = """() => {
      const map = document.querySelector('.folium-map').getBoundingClientRect();
      const pin = lsinfra.drawn._pin, at = pin && map_progress.latLngToContainerPoint(pin.label.at).y + map.top;
      return ['.folium-map', '.leaflet-popup'].flatMap(one => [...document.querySelectorAll(one)].slice(-1))
        .map(one => one.getBoundingClientRect()).concat(pin ? { top: at, bottom: at } : [])
        .map(one => [one.top >= map.top - 1, one.top >= -1, one.bottom <= Math.min(map.bottom, innerHeight) + 1]);
    }"""
    for query, many in (("QL4B Km30", 3), ("tân thanh", 2), ("cầu 17/10", 2), ("quốc lộ 1b", 2), ("Đoạn Đình Lập", 2)):
        seen.page.evaluate("() => { scrollTo(0, 0); map_progress.closePopup(); }")
        box = search(seen, query)
        box.press("Enter")
        seen.page.wait_for_timeout(600)  # the map has come to rest, a popup before is gone
        seen.until(lambda: seen.page.evaluate(where), [[True] * 3] * many)
        # No name stands twice on the map, and what the box says is found again.
        seen.until(lambda: seen.page.eval_on_selector_all(".pin, .place bdi", TWICE), [])
        search(seen, box.input_value())
        assert options(seen)
        assert len(options(seen)) == 1 or "Km" not in query
    seen.assert_quiet()


def test_communes_are_promised_where_there_are_any(
    visit: Visits, written: Path, bounded: portfolio.Portfolio, tmp_path: Path
) -> None:
    seen = visit(written / "index.html")
    assert "xã" not in seen.page.get_by_role("combobox", name="Tìm trên bản đồ").get_attribute("placeholder")
    seen = visit(saved(tmp_path, bounded, OCTOBER_2025))
    assert "xã" in seen.page.get_by_role("combobox", name="Tìm trên bản đồ").get_attribute("placeholder")
    search(seen, "phuong 1.1")
    assert options(seen) == ["Xã 1.1"]
    search(seen, "xã lộc bình")
    assert told(seen) == "Không tìm thấy “xã lộc bình”."


# --- selection -------------------------------------------------------------------------------------------------------


def lit(seen: Any) -> dict[str, list[str]]:
    """What is lit as picked: names of lines, numbers of rows, ids of cards; each says so to a screen reader too."""
    read = "found => found.map(one => one.ariaLabel || one.id)"
    names: list[str] = seen.page.eval_on_selector_all(".picked[aria-current=true]", read)
    assert len(names) == seen.page.locator(".picked, [aria-current=true]").count()
    return {
        "lines": [name.split(",")[0] for name in names if "-" not in name.split()[0]],
        "rows": [name for name in names if name.startswith("row-")],
        "cards": [name for name in names if name.startswith("project-")],
    }


def rows_of(seen: Any, project: str, unit: str | None, stage: int | None = None) -> list[str]:
    """The ids of the rows of the table of a section (None: of the whole project), of any stage by default."""
    read = """([project, unit, stage]) => {
      const { rows, sections, projects } = lsinfra.drawn._data;
      const named = (row) => (row[1] < 0 ? null : sections[row[1]][1]);
      const own = (row) => projects[row[0]].id === project && (unit === '*' || named(row) === unit);
      return rows.flatMap((row, n) => (own(row) && (stage === null || row[2] === stage) ? [`row-${n}`] : []));
    }"""
    found: list[str] = seen.page.evaluate(read, [project, unit, stage])
    return found


def test_a_line_a_row_and_a_card_light_each_other_up(visit: Visits, written: Path) -> None:
    seen = visit(written / "index.html")
    mine = rows_of(seen, "ql4b", "Lộc Bình")
    assert len(mine) >= 2
    expected = {"lines": ["Đoạn Lộc Bình"], "rows": mine, "cards": ["project-ql4b"]}
    hit = seen.page.locator('path.hit[aria-label^="Đoạn Lộc Bình"]')
    hit.dispatch_event("click")
    assert lit(seen) == expected
    # Escape closes the popup, and with it nothing is picked any more.
    seen.page.keyboard.press("Escape")
    assert lit(seen) == {"lines": [], "rows": [], "cards": []}
    seen.page.wait_for_selector(".leaflet-popup", state="detached")  # it fades
    # By the row: the page stays where it is, and no popup is opened.
    cell = seen.page.locator(f"#{mine[0]} td").nth(1)
    cell.scroll_into_view_if_needed()
    before = seen.page.evaluate("scrollY")
    cell.click()
    assert lit(seen) == expected
    assert seen.page.evaluate("scrollY") == before
    assert seen.page.locator(".leaflet-popup").count() == 0
    # Another section in its place.
    hit.focus()
    seen.page.keyboard.press("ArrowRight")
    seen.page.keyboard.press("Enter")
    assert lit(seen)["lines"] == ["Đoạn Đình Lập"]
    assert not set(lit(seen)["rows"]) & set(mine)
    seen.page.keyboard.press("Escape")
    # The button of a row opens the map, and closing it leads back to the row.
    button = seen.page.locator(f"#{mine[0]} button[title='Xem trên bản đồ']")
    button.click()
    assert seen.page.locator(".leaflet-popup h3").last.inner_text() == "Đoạn Lộc Bình"
    seen.page.keyboard.press("Escape")
    assert button.evaluate("one => one === document.activeElement")
    seen.assert_quiet()


def test_a_whole_project_is_picked_by_its_row_too(visit: Visits, written: Path) -> None:
    seen = visit(written / "index.html")
    mine = rows_of(seen, "ql4b", None)
    seen.page.locator(f"#{mine[0]} button[title='Xem trên bản đồ']").press("Enter")
    assert lit(seen) == {"lines": ["Nâng cấp Quốc lộ 4B"], "rows": mine, "cards": ["project-ql4b"]}
    assert "Quốc lộ 4B" in seen.page.locator(".leaflet-popup h3").last.inner_text()


def test_a_line_is_wide_enough_for_a_finger(visit: Visits, written: Path) -> None:
    seen = visit(written / "map.html", **PHONE)
    widths = seen.page.eval_on_selector_all(
        "path.hit", "all => all.map(one => Number(one.getAttribute('stroke-width')))"
    )
    assert min(widths) >= 24
    boxes = seen.page.eval_on_selector_all("path.spot", "all => all.map(one => one.getBBox().width)")
    assert min(boxes) >= 24
    controls = ".leaflet-bar a, .switch label, .legend > summary, .tools select, .tools input, .weeks .play"
    heights = seen.page.eval_on_selector_all(controls, "all => all.map(one => one.getBoundingClientRect().height)")
    assert min(heights) >= 24
    # A tap 10 pixels beside the line is one on it.
    move(seen, 21.5, 107.15, 12)
    x, y = seen.page.evaluate(
        """() => {
          const { points } = lsinfra.drawn._chains.find(one => one.id === 'ql4b'), map = map_progress;
          const box = map.getContainer().getBoundingClientRect();
          const at = map.latLngToContainerPoint(lsinfra.along(points, 62000).at);
          return [box.x + at.x + 8, box.y + at.y - 6];
        }"""
    )
    seen.page.touchscreen.tap(x, y)
    assert seen.page.locator(".leaflet-popup h3").last.inner_text() == "Đoạn Đình Lập"
    seen.assert_quiet()


def test_arrows_go_round_the_lines(visit: Visits, written: Path) -> None:
    seen = visit(written / "map.html")
    lines = seen.page.eval_on_selector_all("#map path[tabindex]", "all => all.map(one => one.ariaLabel)")
    seen.page.locator("#map path[tabindex]").first.focus()

    def at() -> str:
        name: str = seen.page.evaluate("document.activeElement.ariaLabel")
        return name

    for key, name in (
        ("ArrowRight", lines[1]),
        ("ArrowDown", lines[2]),
        ("ArrowLeft", lines[1]),
        ("Home", lines[0]),
        ("ArrowUp", lines[-1]),
        ("End", lines[-1]),
    ):
        seen.page.keyboard.press(key)
        assert at() == name
    assert seen.page.evaluate("document.activeElement.getAttribute('role')") == "button"


# --- measures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [OCTOBER_2024, OCTOBER_2025], ids=str)
def test_a_measure_alone_is_a_page_that_knows_no_other(real: portfolio.Portfolio, day: date) -> None:
    scope = scope_of(real, day)
    line = timeline.timeline(scope)
    data = maps.map_data(scope, line)["timeline"]
    for place, measure in enumerate(payload.MEASURES):
        by = data["by"][place]
        for stop, one in enumerate(line.stops):
            at = scope_of(real, one.as_of)
            for project in at.projects:
                found = [head for head in payload.headlines(at, project.id) if head.measure is measure]
                number = scope.numbers[project.id]
                expected = payload.share_class(found[0].rate) if found else payload.NO_DATA
                assert code(data, by, "projects", number, stop) == expected
                for section in project.sections:
                    key = (project.id, section.id)
                    row = at.handed_over.get(key, {}).get(measure)
                    whole = status.own_style(at, project.id, None, (measure,))
                    style = status.section_style(at, project.id, section, whole, (measure,))
                    assert code(data, by, "sections", scope.sections[key], stop) == style[0]
                    if row is not None and not whole[0] < payload.NO_TOTAL:
                        assert style[0] == payload.share_class(at.clearance[row].rate)
        known = any(
            row.measure is measure and row.stage is Stage.HANDED_OVER
            for histories in line.known.land.values()
            for row, *_ in histories
        )
        assert bool(by) is known


def code(data: Any, by: Any, name: str, number: int, stop: int) -> int:
    codes = by[name][number] if by else ""
    codes = data[name][number] if codes == 0 else codes
    return int(codes[stop]) if codes else payload.NO_DATA


def test_the_measure_switch_recolours_and_names_who_has_none(
    visit: Visits, written: Path, real: portfolio.Portfolio
) -> None:
    seen = visit(written / "map.html")

    def shown(name: str) -> tuple[list[str], str, str]:
        seen.page.get_by_role("radio", name=name).check(force=True)
        figures = seen.page.locator(".project-label .figures").all_inner_texts()
        return figures, seen.page.locator(".lacking").inner_text(), seen.page.locator(".legend b").inner_text()

    assert shown("Giải phóng mặt bằng") == (["96,44%", "99,44%", "100,00%"], "", "Tỷ lệ mặt bằng đã bàn giao")
    figures, none, title = shown("km (chiều dài")
    assert figures == ["66,64%", "chưa có số liệu này", "chưa có số liệu này"]
    assert none.endswith("của toàn dự án: Đồng Đăng – Trà Lĩnh; Quốc lộ 4B")
    assert "km" in title
    figures, none, _ = shown("hộ (số hộ")
    assert figures == ["chưa có số liệu này", "chưa có số liệu này", "100,00%"]
    assert none.endswith("Hữu Nghị – Chi Lăng; Đồng Đăng – Trà Lĩnh")
    figures, none, _ = shown("Giải ngân")
    assert figures[0] == "38,0%"
    assert none.startswith("Chưa có số liệu giải ngân của toàn dự án: ")
    # The line of a project is drawn by the class of its figure, and by that of no figure where there is none.
    seen.page.get_by_role("radio", name="hộ (số hộ").check(force=True)
    strokes = seen.page.evaluate("lsinfra.drawn._projects.map(one => one.shown.getElement().getAttribute('stroke'))")
    assert strokes == ["var(--c7)", "var(--c7)", "var(--c5)"]
    name = seen.page.locator('path.hit[aria-label^="Đoạn Lộc Bình"]').get_attribute("aria-label")
    assert "818/818 hộ" in name
    assert seen.page.get_by_role("radio", name="thửa").count() == 0
    seen.assert_quiet()


# --- filter ----------------------------------------------------------------------------------------------------------


def test_how_far_a_place_is(tmp_path: Path) -> None:
    sections = [{"id": name, "unit": name} for name in "abcde"] + [{"id": "x", "unit": "x", "in_scope": "false"}]
    given = {"a": "0/40 ha", "b": "0,1/40 ha", "c": "40/40 ha", "d": "5 ha", "x": "1/2 ha"}
    clearance = [
        {"as_of": "2024-10-20", "section": name, "handed_over": text, "source": "s"} for name, text in given.items()
    ]
    world = world_of(tmp_path, {"sections": sections, "clearance": clearance})
    assert status.states(scope_of(world, OCTOBER_2024)) == ("d", "npctdx")


def test_a_filter_lights_map_table_and_cards_and_can_be_left(
    visit: Visits, written: Path, real: portfolio.Portfolio
) -> None:
    seen = visit(written / "index.html")
    choice = seen.page.get_by_role("combobox", name="Lọc tình trạng")
    states = "".join(status.states(scope_of(real, OCTOBER_2025)))
    counts = {
        text.rsplit(" (", 1)[0]: int(text.rsplit("(", 1)[1][:-1])
        for text in choice.locator("option").all_inner_texts()[1:]
    }
    assert counts["bàn giao một phần"] == states.count("p")
    assert counts["đã bàn giao đủ"] == states.count("c") == 3
    assert counts["chưa có số liệu"] == states.count("d")
    seen.page.locator(".weeks input").focus()
    seen.page.keyboard.press("Home")
    choice.select_option(label="đã bàn giao đủ (3)")
    assert seen.page.locator(".tools .told").inner_text().startswith("Đang lọc “đã bàn giao đủ”: 2 đoạn, 1 dự án")
    # The figures of the filter are of the page's date, and the map goes there.
    assert "31/10/2025" in seen.page.locator(".weeks .day").inner_text()
    bright = seen.page.eval_on_selector_all("path.hit.match", "all => all.map(one => one.ariaLabel.split(',')[0])")
    assert bright == ["Nâng cấp Quốc lộ 4B", "Đoạn Lộc Bình", "Đoạn Đình Lập"]
    dim = "one => Number(getComputedStyle(one.shown.getElement()).opacity) < 0.5"
    assert seen.page.evaluate(f"lsinfra.drawn._projects.map({dim})") == [True, True, False]
    assert seen.page.locator(".project.match").evaluate_all("all => all.map(one => one.id)") == ["project-ql4b"]
    rows = seen.page.locator("#progress tr.match").evaluate_all("all => all.map(one => one.id)")
    assert rows == rows_of(seen, "ql4b", "*", 3)
    seen.page.get_by_role("button", name="Bỏ lọc").click()
    assert seen.page.locator(".match, .away").count() == 0
    assert seen.page.locator(".tools .told").inner_text() == ""
    assert not seen.page.get_by_role("button", name="Bỏ lọc").is_visible()
    assert choice.evaluate("one => one === document.activeElement")
    seen.assert_quiet()


def test_doubtful_and_old_figures_are_those_of_checks_and_records(
    visit: Visits, written: Path, real: portfolio.Portfolio
) -> None:
    measured = progress.measure(real, OCTOBER_2025)
    seen = visit(written / "index.html")
    choice = seen.page.get_by_role("combobox", name="Lọc tình trạng")
    choice.select_option(value="stale")
    found = seen.page.locator("#progress tr.match").evaluate_all("all => all.map(one => Number(one.dataset.row))")
    assert found == [place for place, row in enumerate(measured.clearance) if row.dating.stale]
    choice.select_option(value="doubt")
    found = seen.page.locator("#progress tr.match").evaluate_all("all => all.map(one => Number(one.dataset.row))")
    doubts = {
        one.where
        for one in checks.check(real, measured)
        if one.severity != "info" and not one.code.startswith("stale_")
    }
    assert found == [
        place
        for place, row in enumerate(measured.clearance)
        if row.dating.where in doubts or row.rate.check == "conflict"
    ]
    assert found


# --- addresses -------------------------------------------------------------------------------------------------------


def address(seen: Any) -> str:
    text: str = seen.page.evaluate("location.hash")
    return text


def test_an_address_brings_back_what_was_shown(visit: Visits, written: Path) -> None:
    seen = visit(written / "index.html")
    before = seen.page.evaluate("history.length")
    seen.page.locator('path.hit[aria-label^="Đoạn Lộc Bình"]').dispatch_event("click")
    assert address(seen) == "#ql4b/loc-binh"
    seen.page.locator(".weeks input").focus()
    seen.page.keyboard.press("Home")
    seen.page.keyboard.press("ArrowRight")
    assert address(seen) == "#ql4b/loc-binh/2024-W44"
    assert seen.page.evaluate("history.length") == before + 1  # the section is a step, the weeks are none
    seen.page.reload()
    seen.page.wait_for_selector('html[data-ready="true"]', state="attached")
    assert lit(seen)["lines"] == ["Đoạn Lộc Bình"]
    assert "tuần 44/2024" in seen.page.locator(".weeks .day").inner_text()
    assert seen.page.locator(".leaflet-popup h3").last.inner_text() == "Đoạn Lộc Bình"
    # An anchor of the page is left alone, and going back brings the section back.
    seen.page.evaluate("location.hash = 'source-3'")
    assert seen.page.locator("#source-3").is_visible()
    assert address(seen) == "#source-3"
    seen.page.go_back()
    seen.page.wait_for_function("location.hash === '#ql4b/loc-binh/2024-W44'")
    assert lit(seen)["lines"] == ["Đoạn Lộc Bình"]
    seen.page.evaluate("lsinfra.drawn.go(lsinfra.drawn._data.timeline.stops.length - 1)")
    seen.page.keyboard.press("Escape")
    seen.page.locator(".leaflet-container").focus()
    seen.page.keyboard.press("Escape")
    assert address(seen) == ""
    seen.assert_quiet()


@pytest.mark.parametrize(
    ("given", "picked", "week", "unknown"),
    [
        ("#ql4b", ["Nâng cấp Quốc lộ 4B"], "44/2025", ""),
        ("#ql4b/", ["Nâng cấp Quốc lộ 4B"], "44/2025", ""),
        ("#2024-W33", [], "33/2024", ""),
        ("#ql4b/2024-W33", ["Nâng cấp Quốc lộ 4B"], "33/2024", ""),
        ("#ql4b/nowhere/2024-W33", ["Nâng cấp Quốc lộ 4B"], "33/2024", "“nowhere”"),
        ("#ql4b/loc-binh/2019-W01", ["Đoạn Lộc Bình"], "44/2025", "“2019-W01”"),
        ("#no-project/loc-binh", [], "44/2025", "“no-project”, “loc-binh”"),
        ("#%3Cb%3E/%E0%A4%A", [], "44/2025", "“%3Cb%3E”, “%E0%A4%A”"),
        ("#%", [], "44/2025", "“%”"),
        ("#findings", [], "44/2025", ""),
    ],
)
def test_what_an_address_does_not_know_is_said(
    visit: Visits, written: Path, tmp_path: Path, given: str, picked: list[str], week: str, unknown: str
) -> None:
    link = tmp_path / "link.html"
    link.write_text('<!doctype html><html data-ready="true"><title>x</title></html>', encoding="utf-8")
    seen = visit(link)
    seen.page.goto((written / "index.html").resolve().as_uri() + given)
    seen.page.wait_for_selector('html[data-ready="true"]', state="attached")
    assert lit(seen)["lines"] == picked
    assert week in seen.page.locator(".weeks .day").inner_text()
    assert told(seen) == (f"Liên kết có phần không có trên trang này: {unknown}." if unknown else "")
    seen.assert_quiet()


# --- the ground and the frame ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "names", "title"),
    [
        (date(2025, 6, 30), {f"Huyện {n}" for n in range(4)}, "địa giới cấp huyện"),
        (date(2025, 7, 1), {f"Xã {n}.{m}" for n in range(4) for m in range(3)}, "địa giới cấp xã"),
    ],
)
def test_boundaries_are_those_of_the_day(bounded: portfolio.Portfolio, day: date, names: set[str], title: str) -> None:
    data = maps.map_data(scope_of(bounded, day))
    assert {name for name, *_ in data["units"]["names"]} == names
    assert data["units"]["title"] == title
    assert "© Bản đồ thử" in data["attribution"].split(", ")
    # A border of two units is drawn once: 5 · 1,1° + 2 · 1,2° of the districts, 5 · 1,2° + 4 · 1,2° of the communes.
    length = sum(abs(step) for line in data["units"]["lines"] for step in line[2:]) / ground.PRECISION
    assert length == pytest.approx(7.9 if day.month == 6 else 10.8, abs=0.01)


def test_boundaries_are_quiet_and_named_when_one_looks_closer(
    visit: Visits, bounded: portfolio.Portfolio, tmp_path: Path
) -> None:
    seen = visit(saved(tmp_path, bounded, OCTOBER_2025))
    assert seen.page.locator("path.bounds").count() == 1
    assert seen.page.locator("path.bounds.leaflet-interactive").count() == 0
    assert "địa giới cấp xã" in seen.page.locator("details.legend").inner_text()
    assert "© Bản đồ thử" in seen.page.locator(".leaflet-control-attribution").inner_text()
    visible = "all => all.filter(one => getComputedStyle(one).visibility !== 'hidden').length"
    move(seen, 21.9, 106.7, 6)
    assert seen.page.eval_on_selector_all(".unit", visible) == 0
    move(seen, 21.9, 106.7, 10.5)
    assert seen.page.eval_on_selector_all(".unit", visible) > 0
    seen.assert_quiet()


def test_without_boundaries_none_is_drawn_nor_spoken_of(real: portfolio.Portfolio) -> None:
    assert maps.map_data(scope_of(real, OCTOBER_2025))["units"] == {}


def test_scale_and_north(visit: Visits, written: Path) -> None:
    seen = visit(written / "map.html")
    assert seen.page.locator(".leaflet-control-scale-line").all_inner_texts()[0].endswith("km")
    assert "mi" not in seen.page.locator(".leaflet-control-scale").inner_text()
    north = seen.page.get_by_role("img", name="Hướng bắc ở phía trên")
    assert north.inner_text() == "B"
    assert north.bounding_box()["y"] > 0


def test_the_legend_is_folded_on_a_phone_and_compact_on_a_screen(visit: Visits, written: Path) -> None:
    assert visit(written / "map.html", **PHONE).page.locator("details.legend").get_attribute("open") is None
    legend = visit(written / "map.html").page.locator("details.legend")
    box = legend.bounding_box()
    assert (box["width"] < 280, box["height"] < 300) == (True, True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_follow_the_scheme(visit: Visits, written: Path, scheme: str) -> None:
    seen = visit(written / "map.html", color_scheme=scheme)
    read = """() => {
      const weights = [0.2126, 0.7152, 0.0722];
      const bright = (text) => text.match(/[\\d.]+/g).slice(0, 3).reduce((all, one, i) => all + one * weights[i], 0);
      const colour = (selector, name) => bright(getComputedStyle(document.querySelector(selector))[name]);
      const box = (name) => colour('.tools input', name);
      const [map, figures] = [colour('.lsinfra', 'backgroundColor'), colour('.project-label .figures', 'color')];
      return [map, figures, box('backgroundColor'), box('color')];
    }"""
    ground_, figures, box, text = seen.page.evaluate(read)
    assert (ground_ > figures) is (scheme == "light")
    assert (box > text) is (scheme == "light")
    stroke = seen.page.evaluate("getComputedStyle(lsinfra.drawn._projects[0].shown.getElement()).stroke")
    assert stroke == {"light": "rgb(122, 209, 81)", "dark": "rgb(162, 224, 124)"}[scheme]


def test_nothing_moves_for_those_who_asked_for_that(visit: Visits, written: Path) -> None:
    still = visit(written / "map.html", reduced_motion="reduce").page
    assert still.evaluate("[map_progress.options.zoomAnimation, map_progress.options.fadeAnimation]") == [False, False]
    assert visit(written / "map.html").page.evaluate("map_progress.options.zoomAnimation") is True


def test_on_a_map_of_ones_own_the_tools_are_a_control_and_its_address_is_left_alone(
    visit: Visits, real: portfolio.Portfolio, tmp_path: Path
) -> None:
    own = folium.Map(tiles=None)
    own.add_child(maps.ProgressLayer(real, progress.measure(real, OCTOBER_2025)))
    own.default_js, own.default_css = [], []
    html = own.get_root().render().replace("<head>", f"<head><script>{leaflet_js()}</script>", 1)
    (tmp_path / "own.html").write_text(html, encoding="utf-8")
    seen = visit(tmp_path / "own.html")
    assert seen.page.locator(".leaflet-control.tools").count() == 1
    search(seen, "loc binh").press("Enter")
    assert seen.page.locator(".leaflet-popup").count() == 1
    assert seen.page.locator("path.hit.picked").count() == 1
    assert address(seen) == ""
    seen.page.evaluate("() => { lsinfra.drawn.remove(); }")
    assert seen.page.locator(".tools, path.hit, .assured, .switch").count() == 0
    seen.assert_quiet()


def test_measures_are_told_in_their_order(real: portfolio.Portfolio) -> None:
    """The scripts know a measure by its place: area, length, households, parcels."""
    assert payload.MEASURES == (Measure.AREA, Measure.LENGTH, Measure.HOUSEHOLDS, Measure.PARCELS)
    scope = scope_of(real, OCTOBER_2025)
    assert [row[17] for row in payload.clearance_rows(scope)] == [
        payload.MEASURES.index(row.measure) for row in scope.clearance
    ]
