"""More sections than are drawn as lines of their own: on a canvas, and yet touched, reached, filtered and looked up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsinfra.render import page
from tests.test_render import thousand

Visits = Callable[..., Any]

# The colour of the canvas under a place of the map, and the one that a variable of the style sheet has.
PIXEL = """(number) => {
  const layer = lsinfra.drawn, [line] = layer._sections[number].lines, middle = line[Math.floor(line.length / 2)];
  const held = layer._crowd._container, box = held.getBoundingClientRect(), sharp = held.width / box.width;
  const map = layer._map.getContainer().getBoundingClientRect(), at = layer._map.latLngToContainerPoint(middle);
  const x = (at.x + map.x - box.x) * sharp, y = (at.y + map.y - box.y) * sharp;
  return [...held.getContext("2d").getImageData(x, y, 1, 1).data];
}"""
VARIABLE = """(name) => {
  const pen = document.createElement("canvas").getContext("2d");
  pen.fillStyle = getComputedStyle(lsinfra.drawn._map.getContainer()).getPropertyValue(name);
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data];
}"""
CLOSE = "(number) => lsinfra.drawn._map.setView(lsinfra.drawn._sections[number].lines[0][0], 16, { animate: false })"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crowd")
    path = folder / "page.html"
    path.write_text(page.page(*thousand(folder)), encoding="utf-8")
    return path


def test_a_section_on_the_canvas_has_the_colour_of_its_class_in_both_schemes(visit: Visits, written: Path) -> None:
    for scheme in ("light", "dark"):
        seen = visit(written, color_scheme=scheme)
        # 990,5/1010 ha is of the class below the last, of which the most of each dash is drawn.
        seen.page.evaluate(CLOSE, 990)
        found = tuple(seen.page.evaluate(PIXEL, 990))
        own, track = (tuple(seen.page.evaluate(VARIABLE, name)) for name in ("--c4", "--track"))
        assert own != track
        assert found in {own, track}
        assert found[3] == 255


def test_a_click_on_the_canvas_tells_of_the_section_under_it(visit: Visits, written: Path) -> None:
    seen = visit(written)
    for number in (7, 640):
        seen.page.evaluate(CLOSE, number)
        middle = """(n) => {
          const layer = lsinfra.drawn, line = layer._sections[n].lines[0];
          const box = layer._map.getContainer().getBoundingClientRect();
          const [a, b] = [line[0], line[line.length - 1]].map((at) => layer._map.latLngToContainerPoint(at));
          return [box.x + (a.x + b.x) / 2, box.y + (a.y + b.y) / 2];
        }"""
        seen.page.locator("#map").scroll_into_view_if_needed()
        seen.page.mouse.click(*seen.page.evaluate(middle, number))
        assert seen.page.locator(".leaflet-popup h3").last.inner_text() == f"Đoạn Xã số {number}"
        assert seen.page.evaluate("lsinfra.drawn.picked") == ["section", number]
        seen.page.keyboard.press("Escape")
    seen.assert_quiet()


def test_the_arrows_go_from_section_to_section(visit: Visits, written: Path) -> None:
    seen = visit(written)
    project, walker = (seen.page.locator("path.hit").nth(n) for n in range(2))
    assert walker.get_attribute("aria-label").startswith("Đoạn Xã số 0, ")
    project.focus()
    for key, expected in (("Right", 0), ("Right", 1), ("Down", 2), ("Left", 1)):
        seen.page.keyboard.press(f"Arrow{key}")
        assert walker.evaluate("one => one === document.activeElement")
        assert walker.get_attribute("aria-label").startswith(f"Đoạn Xã số {expected}, ")
    seen.page.keyboard.press("Enter")
    assert seen.page.locator(".leaflet-popup h3").last.inner_text() == "Đoạn Xã số 1"
    assert walker.get_attribute("aria-current") == "true"
    seen.page.keyboard.press("Escape")
    assert walker.evaluate("one => one === document.activeElement")
    # Before the first section comes the project.
    for _ in range(2):
        seen.page.keyboard.press("ArrowLeft")
    assert project.evaluate("one => one === document.activeElement")


def test_a_filter_dims_the_others_on_the_canvas(visit: Visits, written: Path) -> None:
    seen = visit(written)
    seen.page.evaluate(CLOSE, 500)
    assert seen.page.evaluate(PIXEL, 500)[3] == 255
    seen.page.evaluate("lsinfra.drawn.filter('c')")
    assert 0 < seen.page.evaluate(PIXEL, 500)[3] < 128
    seen.page.evaluate("lsinfra.drawn.filter('')")
    assert seen.page.evaluate(PIXEL, 500)[3] == 255


def test_a_row_that_was_not_made_is_found_by_its_address(visit: Visits, written: Path) -> None:
    seen = visit(written)
    assert seen.page.locator("#row-640").count() == 0
    seen.page.evaluate("lsinfra.drawn.show('section', 640)")
    seen.page.locator('.leaflet-popup a[href="#row-640"]').click()
    row = seen.page.locator("#row-640")
    assert row.is_visible()
    assert row.evaluate("one => one.classList.contains('picked')")
    assert "640,5/1.010 ha" in row.inner_text()


def test_money_is_drawn_on_the_project_s_line_alone(visit: Visits, written: Path) -> None:
    seen = visit(written)
    seen.page.evaluate(CLOSE, 500)
    seen.page.evaluate("lsinfra.drawn.mode('money')")
    assert seen.page.evaluate(PIXEL, 500) == [0, 0, 0, 0]
