"""The pages for everyone: axe-core, the keyboard, what is heard, every colour scheme, small windows, the clipboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from lsinfra import checks, compare, portfolio, progress, snapshots
from lsinfra.render import page
from lsinfra.render.sheet import static
from lsinfra.render.since import Since
from lsinfra.report import plain
from tests.conftest import ROOT
from tests.reporting import tell

LAST = date(2025, 10, 27)
NOW = datetime(2026, 1, 5, 8, tzinfo=timezone(timedelta(hours=7)))
PHONE, SCREEN = (390, 844), (1440, 900)
NAMES = ("index", "huu-nghi-chi-lang", "dong-dang-tra-linh", "ql4b")

Visits = Callable[..., Any]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The newest pages of the real records, compared with the date before, as ``weekly`` does."""
    folder, world = tmp_path_factory.mktemp("maps"), portfolio.load(ROOT)
    days = [progress.measure(world, day) for day in (date(2025, 7, 28), LAST)]
    first, second = (snapshots.make(ROOT, world, measured, (), NOW) for measured in days)
    since = Since(compare.compare(first, second), stored=False)
    reports = {f"bao-cao.{ending}": b"" for ending in ("docx", "xlsx", "pdf", "md")}
    reports["bao-cao.html"] = plain.html(tell(ROOT, str(LAST)).report).encode()
    page.write(world, days[1], checks.check(world, days[1]), folder, since=since, reports=reports)
    return folder


# --- axe-core --------------------------------------------------------------------------------------------------------

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
AUDIT = """async () => {
  const found = await axe.run(document, {
    resultTypes: ['violations', 'incomplete'], rules: { 'target-size': { enabled: true } },
  });
  // What axe leaves to people: contrast where something may lie above (measured below, colour by colour), lines of the
  // map, and heads of groups of rows, which are no heads of columns.
  const looked = ['color-contrast', 'target-size', 'th-has-data-cells'];
  return [...found.violations, ...found.incomplete.filter((one) => !looked.includes(one.id))]
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(' ')}`));
}"""


@pytest.mark.parametrize(
    ("name", "size", "scheme"),
    [
        *((f"{LAST}/{name}.html", SCREEN, "light") for name in NAMES),
        (f"{LAST}/index.html", PHONE, "dark"),
        (f"{LAST}/huu-nghi-chi-lang.html", PHONE, "dark"),
        (f"{LAST}/en/index.html", PHONE, "light"),
        (f"{LAST}/en/ql4b.html", SCREEN, "dark"),
        (f"{LAST}/bao-cao.html", PHONE, "light"),
        ("index.html", PHONE, "dark"),
    ],
)
def test_axe_finds_nothing(visit: Visits, written: Path, name: str, size: tuple[int, int], scheme: str) -> None:
    seen = visit(written / name, *size, ready="bao-cao" not in name, color_scheme=scheme)
    seen.page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    seen.page.evaluate(AXE)
    assert seen.page.evaluate(AUDIT) == []


def test_axe_would_find_something(visit: Visits, written: Path) -> None:
    seen = visit(written / "index.html")
    seen.page.evaluate("document.querySelector('h1').style.color = '#999'")
    seen.page.evaluate(AXE)
    assert [one.split(":")[0] for one in seen.page.evaluate(AUDIT)] == ["color-contrast"]


# --- colours ---------------------------------------------------------------------------------------------------------

TEXT = ("ink", "soft", "faint", "link", "done", "current", "doubt", "stale", "unknown")
DRAWN = (
    "done-edge",
    "doubt-edge",
    "edge",
    "c0",
    "c1",
    "c2",
    "c5",
    "c6",
    "c7",
    "beyond",
    "proposed",
    "finished",
    "border",
)


def schemes() -> dict[str, dict[str, str]]:
    """Each scheme's colours by name, as six digits."""
    first, second = (
        {name: "".join(2 * digit for digit in value) if len(value) == 3 else value for name, value in found}
        for found in (
            re.findall(r"--([\w-]+):#([0-9a-f]{3}|[0-9a-f]{6})(?=[;}])", block)
            for block in re.findall(r":root\{(.*?)\}", static("colours.css"), re.DOTALL)[:2]
        )
    )
    return {"light": first, "dark": first | second}


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: (lighter + 0.05) ÷ (darker + 0.05) of the relative luminances."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("777777", "ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_stands_out_from_what_it_is_on(scheme: str) -> None:
    """Text 4.5 : 1 (WCAG 1.4.3), what is drawn 3 : 1 (1.4.11); the pale shares have an edge of ``--edge``."""
    colours = schemes()[scheme]
    grounds = ("ground", "map", "shade", "mark")
    pale = {(name, on): contrast(colours[name], colours[on]) for name in TEXT for on in grounds}
    assert {pair: ratio for pair, ratio in pale.items() if ratio < 4.5} == {}
    drawn = {(name, on): contrast(colours[name], colours[on]) for name in DRAWN for on in ("ground", "map")}
    assert {pair: ratio for pair, ratio in drawn.items() if ratio < 3} == {}


def test_no_colour_is_written_anywhere_else() -> None:
    names = (
        "page.css",
        "layer.css",
        "charts.css",
        "page.js",
        "head.js",
        "tables.js",
        "copy.js",
        "charts.js",
        "layer.js",
    )
    found = {name: re.findall(r"(?<!&)#(?:[0-9a-fA-F]{3}){1,2}\b(?![\w-])", static(name)) for name in names}
    assert {name: colours for name, colours in found.items() if colours} == {}


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 24, 29)")])
def test_the_page_follows_the_readers_scheme(visit: Visits, written: Path, scheme: str, ground: str) -> None:
    seen = visit(written / str(LAST) / "index.html", color_scheme=scheme)
    assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
    seen.page.emulate_media(media="print")
    assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_forced_colours_everything_is_told_apart(visit: Visits, written: Path, scheme: str) -> None:
    seen = visit(written / str(LAST) / "index.html", forced_colors="active", color_scheme=scheme)
    style = """(where, name) => getComputedStyle(document.querySelector(where))[name]"""

    def of(where: str, name: str) -> str:
        text: str = seen.page.evaluate(f"([where, name]) => ({style})(where, name)", [where, name])
        return text

    ground = of("body", "backgroundColor")
    assert of("#progress .bar", "borderTopWidth") == "1px"
    assert of("#progress .bar i", "backgroundColor") != ground
    # The lines of the map keep their own colours and dashes; the north arrow is there.
    lines = seen.page.eval_on_selector_all(
        ".leaflet-overlay-pane path[stroke^='var(--c']", "all => all.map(one => getComputedStyle(one).stroke)"
    )
    assert len(set(lines)) > 1
    assert of(".legend .shares path:last-child", "stroke") in lines + [schemes_rgb(scheme, f"c{n}") for n in range(6)]
    assert (
        seen.page.evaluate("getComputedStyle(document.querySelector('.north'), '::before').borderBottomColor") != ground
    )
    # What is chosen differs from what is not, and so does what has the focus.
    chosen = [of(f".switch label:nth-of-type({n}) span", "backgroundColor") for n in (1, 2)]
    assert chosen[0] != chosen[1]
    seen.page.locator(".switch input").first.focus()
    seen.page.keyboard.press("ArrowRight")
    assert of(".switch label:nth-of-type(2) span", "outlineStyle") == "solid"
    seen.page.evaluate("lsinfra.drawn.pick('section', 0)")
    assert of("#progress tr.picked td", "outlineStyle") == "solid"
    assert of(".project.picked, .project", "outlineStyle") == "solid"
    # Nothing stands in the corner where nothing is said.
    assert of("#told", "borderTopWidth") == "0px"
    chips = seen.page.eval_on_selector_all(
        "#below .chip", "all => all.map(one => [one.textContent, getComputedStyle(one).borderTopStyle])"
    )
    assert len(chips) > 10
    assert [chip for chip in chips if not chip[0] or chip[1] == "none"] == []


def schemes_rgb(scheme: str, name: str) -> str:
    value = schemes()[scheme][name]
    return "rgb({}, {}, {})".format(*(int(value[place : place + 2], 16) for place in (0, 2, 4)))


def test_who_asks_for_more_contrast_has_no_grey_words(visit: Visits, written: Path) -> None:
    words = (
        "[document.body, ...document.querySelectorAll('.small, .none, .when:not(.stale-date), .sub, .about, .place')]"
    )
    colours = f"[...new Set({words}.map(one => getComputedStyle(one).color))]"
    assert len(visit(written / str(LAST) / "ql4b.html").page.evaluate(colours)) > 2
    assert len(visit(written / str(LAST) / "ql4b.html", contrast="more").page.evaluate(colours)) == 1


def test_nothing_moves_for_who_asked_for_that(visit: Visits, written: Path) -> None:
    seen = visit(written / str(LAST) / "index.html", reduced_motion="reduce")
    moving = """[...document.querySelectorAll('*')].filter((one) => { const { transitionDuration, animationName } =
        getComputedStyle(one); return !/^0s(, 0s)*$/.test(transitionDuration) || animationName !== 'none'; }).length"""
    seen.page.locator(".leaflet-control-zoom-in").click()
    zoom = seen.page.evaluate("lsinfra.drawn._map.getZoom()")
    seen.page.locator("path.hit").first.focus()
    seen.page.keyboard.press("Enter")
    assert seen.page.evaluate(f"[document.getAnimations().length, {moving}]") == [0, 0]
    assert seen.page.evaluate("lsinfra.drawn._map._animatingZoom || false") is False
    assert zoom == seen.page.evaluate("lsinfra.drawn._map.getZoom()")


# --- the keyboard ----------------------------------------------------------------------------------------------------


def focused(seen: Any) -> str:
    text: str = seen.page.evaluate("document.activeElement.id || document.activeElement.className")
    return text


def test_the_keyboard_skips_to_the_summary_and_past_the_map(visit: Visits, written: Path) -> None:
    seen = visit(written / str(LAST) / "index.html")
    seen.page.keyboard.press("Tab")
    assert focused(seen) == "skip"
    assert seen.page.evaluate("document.activeElement.getBoundingClientRect().left") == 0
    seen.page.keyboard.press("Enter")
    assert focused(seen) == "summary"
    past = seen.page.get_by_role("link", name="Bỏ qua bản đồ")
    past.focus()
    seen.page.keyboard.press("Enter")
    assert focused(seen) == "below"


def test_every_stop_of_the_keyboard_can_be_seen_and_has_a_name(visit: Visits, written: Path) -> None:
    seen = visit(written / str(LAST) / "index.html")
    stops = []
    for _ in range(400):
        seen.page.keyboard.press("Tab")
        stop = seen.page.evaluate(
            """() => {
              const one = document.activeElement, style = getComputedStyle(one);
              if (one === document.body) return null;
              const map = one.closest('.leaflet-container, .weeks, .tools'); // marked in ways of their own
              const seen = map || style.outlineStyle !== 'none';
              const name = one.getAttribute('aria-label') || one.textContent || one.labels?.length || one.placeholder;
              return [one.outerHTML.slice(0, 80), Boolean(seen), Boolean(name), one.getBoundingClientRect().width > 0];
            }"""
        )
        if stop is None:
            break
        stops.append(stop)
    assert len(stops) > 60
    assert [stop for stop in stops if not all(stop[1:])] == []


def test_the_keyboard_alone_does_everything(visit: Visits, written: Path) -> None:
    seen = visit(written / str(LAST) / "index.html")
    page = seen.page
    page.evaluate("window.print = () => { window.asked = true; }")
    order: list[str] = []

    def tab_to(where: str) -> None:
        """On with Tab, never back: the order of the keyboard is that of the page."""
        for _ in range(120):
            page.keyboard.press("Tab")
            order.append(focused(seen))
            if page.evaluate(f"document.activeElement.matches({where!r})"):
                return
        raise AssertionError(f"{where} was not reached after {order[-5:]}")

    tab_to("#nav button")
    page.keyboard.press("Enter")
    assert page.evaluate("window.asked")
    tab_to(".look .copy")
    page.keyboard.press(" ")
    page.wait_for_selector("#told:not(:empty)")
    # A place of the list: arrows, Enter, its popup, and back to where one came from.
    tab_to(".tools input")
    page.keyboard.type("loc binh")
    page.wait_for_selector(".tools [role=option]")
    page.keyboard.press("ArrowDown")
    assert page.locator(".tools [aria-selected=true]").count() == 1
    page.keyboard.press("Enter")
    popup = page.locator(".leaflet-popup .card-pop[role=dialog]")
    assert popup.get_attribute("aria-label") == "Đoạn Lộc Bình"
    assert page.evaluate("document.activeElement.matches('.card-pop')")
    page.keyboard.press("Escape")
    page.wait_for_selector(".leaflet-popup", state="detached")
    assert page.evaluate("document.activeElement.matches('.tools input')")
    page.keyboard.press("Tab")
    page.keyboard.type("bàn giao một phần")
    page.wait_for_selector(".tools .clear:not([hidden])")
    assert page.locator("#progress tr.match").count() > 0
    tab_to(".tools .clear")
    page.keyboard.press("Enter")
    assert page.locator(".match").count() == 0
    tab_to(".leaflet-container")
    at = page.evaluate("lsinfra.drawn._map.getZoom()")
    page.keyboard.press("+")
    page.wait_for_function(f"() => lsinfra.drawn._map.getZoom() > {at}")
    tab_to(".switch input")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("lsinfra.drawn.measure") == 0
    tab_to(".legend summary")
    page.keyboard.press("Enter")
    assert not page.locator(".legend .shares").is_visible()
    tab_to(".weeks input")
    page.keyboard.press("Home")
    assert "15/8/2024" in page.locator(".weeks .day").inner_text()
    tab_to(".weeks .back")
    page.keyboard.press("Enter")
    assert "27/10/2025" in page.locator(".weeks .day").inner_text()
    # A row of the table leads to its line on the map, and Escape back to the row.
    tab_to("#progress th button")
    row = page.evaluate("document.activeElement.closest('tr').id")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('.card-pop')")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.closest('tr').id") == row
    tab_to("#reports a")
    seen.assert_quiet()


def test_back_and_forward_go_through_what_was_shown(visit: Visits, written: Path) -> None:
    seen = visit(written / str(LAST) / "index.html")
    picked = "[lsinfra.drawn.picked, lsinfra.drawn.stop]"
    seen.page.evaluate("location.hash = '#ql4b/loc-binh/2024-W44'")
    seen.page.wait_for_function("lsinfra.drawn.picked")
    first = seen.page.evaluate(picked)
    seen.page.evaluate("location.hash = '#huu-nghi-chi-lang'")
    seen.page.wait_for_function("lsinfra.drawn.picked[0] === 'project'")
    second = seen.page.evaluate(picked)
    assert first[1] < second[1]
    seen.page.go_back()
    seen.page.wait_for_function("lsinfra.drawn.picked[0] === 'section'")
    assert seen.page.evaluate(picked) == first
    seen.page.go_forward()
    seen.page.wait_for_function("lsinfra.drawn.picked[0] === 'project'")
    assert seen.page.evaluate(picked) == second
    seen.assert_quiet()


def test_back_leads_to_what_was_picked_before_and_then_to_the_plain_page(visit: Visits, written: Path) -> None:
    seen = visit(written / str(LAST) / "index.html")
    page, popup = seen.page, seen.page.locator(".leaflet-popup h3")
    plain = page.url
    page.evaluate("lsinfra.drawn.show('section', 7)")
    first, name = page.url, popup.last.inner_text()
    page.locator("#progress th button").last.click()
    second = page.url
    assert len({plain, first, second}) == 3
    # Neither the measure nor the slider is a step, nor is a popup that is closed.
    page.locator(".measures input[value='0']").check()
    page.locator(".weeks input").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert re.fullmatch(re.escape(second) + r"/\d{4}-W\d{2}", page.url)
    page.go_back()
    page.wait_for_function("(url) => location.href === url && lsinfra.drawn.picked[0] === 'section'", arg=first)
    assert popup.last.inner_text() == name
    page.go_back()
    page.wait_for_function("() => lsinfra.drawn.picked === null")
    assert page.url == plain
    page.wait_for_function("() => !document.querySelector('.leaflet-popup')")
    assert page.evaluate("lsinfra.drawn.stop === lsinfra.drawn._data.timeline.stops.length - 1")
    page.go_forward()
    page.wait_for_function("() => lsinfra.drawn.picked")
    assert popup.last.inner_text() == name
    # What is picked after a popup was closed takes the place of it: Back is never pressed for nothing.
    page.keyboard.press("Escape")
    page.evaluate("lsinfra.drawn.pick()")
    page.evaluate("lsinfra.drawn.show('project', 0)")
    page.go_back()
    page.wait_for_function("() => lsinfra.drawn.picked === null")
    assert page.url == plain
    seen.assert_quiet()


def test_on_a_phone_everything_can_be_touched_and_a_note_goes_soon(visit: Visits, written: Path) -> None:
    seen = visit(written / str(LAST) / "index.html", *PHONE)
    small = seen.page.evaluate(
        """() => [...document.querySelectorAll('a, button, input, select, summary')]
          .filter(one => !one.closest('.leaflet-control-attribution')).map(one => [one, one.getBoundingClientRect()])
          .filter(([, box]) => box.width && (box.height < 24 || box.width < 24))
          .map(([one, box]) => `${one.className} ${one.textContent}: ${box.width} × ${box.height}`)"""
    )
    assert small == []
    seen.page.locator("#summary .copy").first.click()
    note = seen.page.locator("#told:not(:empty)")
    assert note.bounding_box()["height"] < 70
    # What lies under it can be touched meanwhile.
    assert note.evaluate("one => getComputedStyle(one).pointerEvents") == "none"
    seen.page.wait_for_selector("#told:empty", state="attached")


# --- what is heard ---------------------------------------------------------------------------------------------------


def test_the_ears_are_told_what_the_eyes_see(visit: Visits, written: Path) -> None:
    seen = visit(written / str(LAST) / "index.html")
    heard = seen.page.locator("body").aria_snapshot()
    # Signs are for the eye: beside each stands its word.
    assert [sign for sign in "◷✓▸✕▲↻✎" if sign in re.sub(r'button "Chạy.*', "", heard)] == []
    assert heard.count("không khớp") >= 3
    assert '- region "Bản đồ các dự án":' in heard
    assert 'group "Bản đồ: phím mũi tên để dịch chuyển' in heard
    # The lines can be pressed, so they are in no image; names on the map are not read out in a heap.
    marks = "96,44%, 28/7/2025, số liệu cũ, không khớp, báo chí"
    lines = re.findall(rf'button "(?:Đoạn|Cao tốc|Nâng cấp) [^\n]*{marks}"', heard)
    assert len(lines) > 3
    assert "- text: Hữu Nghị – Chi Lăng" not in heard
    assert not re.search(r"- img:\n +- '?button", heard)
    bare = """[...document.querySelectorAll('table')].flatMap((table) => [...table.querySelectorAll('th')]
        .filter((one) => !['col', 'row', 'rowgroup'].includes(one.scope) || !one.textContent.trim())
        .map((one) => one.outerHTML))"""
    assert seen.page.evaluate(bare) == []
    unnamed = """[...document.querySelectorAll('table')].filter((one) => !one.caption
        && !document.getElementById(one.getAttribute('aria-labelledby'))).length"""
    assert seen.page.evaluate(unnamed) == 0
    # What is said when something happens.
    live = seen.page.eval_on_selector_all(
        "[role=status], [aria-live]", "all => all.map(one => one.id || one.className)"
    )
    assert {"told", "lacking", "aloud"} <= set(live)


# --- the clipboard ---------------------------------------------------------------------------------------------------

LINE = (
    "Cao tốc cửa khẩu Hữu Nghị – Chi Lăng (BOT), Toàn dự án, Bàn giao mặt bằng: 596/618 ha (96,44%). "
    "Thời điểm: 28/7/2025; không khớp; số liệu cũ; báo chí. "
    "Nguồn: Lãnh đạo tỉnh kiểm tra thực địa dự án tuyến cao tốc cửa khẩu Hữu Nghị - Chi Lăng, vietnam.vn, 28/7/2025."
)


def pasted(seen: Any) -> str:
    seen.page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), { id: 'paste' }))")
    seen.page.locator("#paste").focus()
    seen.page.keyboard.press("Control+V")
    text: str = seen.page.locator("#paste").input_value()
    return text


@pytest.mark.parametrize("modern", [True, False], ids=["clipboard", "without"])
@pytest.mark.parametrize("at", [".look tbody tr:first-child .copy", "#row-0 .copy"])
def test_a_figure_is_copied_with_all_that_belongs_to_it(visit: Visits, written: Path, modern: bool, at: str) -> None:
    seen = visit(written / str(LAST) / "index.html")
    if not modern:
        seen.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    button = seen.page.locator(at).first
    assert "596/618 ha" in button.get_attribute("aria-label")
    button.focus()
    seen.page.keyboard.press("Enter")
    told = seen.page.locator("#told[role=status]")
    seen.page.wait_for_selector("#told:not(:empty)")
    assert told.inner_text() == f"Đã chép: {LINE}"
    assert seen.page.evaluate("document.activeElement.className") == "copy"
    seen.page.keyboard.press("Escape")
    assert told.inner_text() == ""
    assert pasted(seen) == LINE
    seen.assert_quiet()


def test_what_cannot_be_copied_is_shown(visit: Visits, written: Path) -> None:
    seen = visit(written / str(LAST) / "index.html")
    refused = "Object.defineProperty(navigator, 'clipboard', { value: undefined }); document.execCommand = () => false"
    seen.page.evaluate(f"() => {{ {refused}; }}")
    seen.page.locator(".copy").first.click()
    seen.page.wait_for_selector("#told:not(:empty)")
    assert seen.page.locator("#told").inner_text().endswith(LINE)


# --- the lines of the map --------------------------------------------------------------------------------------------


def test_lines_reach_beyond_the_map_only_while_it_is_dragged(visit: Visits, written: Path) -> None:
    """Unseen they would lie over the buttons around it; dragged, what comes into sight must be there."""
    seen = visit(written / str(LAST) / "ql4b.html")
    beyond = """(document.querySelector('.leaflet-overlay-pane svg').getBoundingClientRect().width
        - document.querySelector('.lsinfra').clientWidth)"""
    assert 0 < seen.page.evaluate(beyond) < 24
    box = seen.page.locator(".lsinfra").bounding_box()
    seen.page.mouse.move(box["x"] + 200, box["y"] + 200)
    seen.page.mouse.down()
    seen.page.mouse.move(box["x"] + 210, box["y"] + 205, steps=4)
    assert seen.page.evaluate(beyond) > 100
    seen.page.mouse.up()
    seen.page.wait_for_function(f"() => {beyond} < 24")
    seen.assert_quiet()


# --- in one look, and at any size ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [PHONE, SCREEN], ids=["phone", "screen"])
def test_the_whole_head_stands_above_the_fold(visit: Visits, written: Path, size: tuple[int, int]) -> None:
    seen = visit(written / str(LAST) / "index.html", *size)
    assert (
        seen.page.evaluate("document.querySelector('.unknown li:last-child').getBoundingClientRect().bottom") <= size[1]
    )
    if size == SCREEN:
        assert seen.page.evaluate("document.querySelector('#map').getBoundingClientRect().top") < 0.65 * size[1]


@pytest.mark.parametrize(("width", "height"), [(320, 256), (720, 450)], ids=["400 %", "200 %"])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost_when_it_is_zoomed(visit: Visits, written: Path, name: str, width: int, height: int) -> None:
    """A window of 1440 × 900 px at 200 % has 720 × 450 CSS px, one of 1280 × 1024 at 400 % 320 × 256 (WCAG 1.4.10)."""
    seen = visit(written / str(LAST) / f"{name}.html", width, height)
    # The map is large enough to be read, and nothing on it lies on another thing.
    assert seen.page.evaluate("document.querySelector('.lsinfra').clientHeight") >= 200
    on_map = (".leaflet-control-zoom", ".measures", ".legend", ".assured", ".leaflet-control-attribution")
    boxes = [
        seen.page.eval_on_selector(f".lsinfra {one}", "one => one.getBoundingClientRect().toJSON()") for one in on_map
    ]
    lying = [
        {on_map[i], on_map[k]}
        for (i, a), (k, b) in combinations(enumerate(boxes), 2)
        if a["left"] < b["right"] and b["left"] < a["right"] and a["top"] < b["bottom"] and b["top"] < a["bottom"]
    ]
    assert lying == []
    seen.page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    cut = """[...document.querySelectorAll('#summary td, #summary li, .data td')].filter(one => one.offsetParent
      && one.scrollWidth > one.clientWidth + 1).map(one => one.textContent)"""
    assert seen.page.evaluate(cut) == []


def test_a_map_that_nobody_sees_yet_does_not_break(visit: Visits, written: Path, tmp_path: Path) -> None:
    """In a part of a page that is still hidden a map has no size at all."""
    html = (written / str(LAST) / "index.html").read_text("utf-8")
    (tmp_path / "hidden.html").write_text(html.replace("<main>", "<main hidden>"), "utf-8")
    visit(tmp_path / "hidden.html").assert_quiet()


def test_the_heads_of_a_long_table_stay_in_sight(visit: Visits, written: Path) -> None:
    seen = visit(written / str(LAST) / "index.html")
    seen.page.locator("#row-12").scroll_into_view_if_needed()
    seen.page.evaluate("document.getElementById('row-12').scrollIntoView({ block: 'center' })")
    assert seen.page.evaluate("document.querySelector('#progress thead th').getBoundingClientRect().top") == 0
