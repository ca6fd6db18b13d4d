"""More sections than are drawn as lines of their own: on a canvas, and yet touched, reached, filtered and looked up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsinfra import portfolio, progress
from lsinfra.render import page
from tests.test_render import OCTOBER_2024, calibrated, thousand

Visits = Callable[..., Any]

# The colour of the canvas under a place of the map, and the one that a variable of the style sheet has.
PIXEL = """([number, reach]) => {
  const layer = lsinfra.drawn, [line] = layer._sections[number].lines, middle = line[Math.floor(line.length / 2)];
  const held = layer._crowd._container, box = held.getBoundingClientRect(), sharp = held.width / box.width;
  const map = layer._map.getContainer().getBoundingClientRect(), at = layer._map.latLngToContainerPoint(middle);
  const x = (at.x + map.x - box.x) * sharp, y = (at.y + map.y - box.y) * sharp;
  return [...held.getContext("2d").getImageData(x - reach, y - reach, 2 * reach + 1, 2 * reach + 1).data];
}"""
VARIABLE = """(name) => {
  const pen = document.createElement("canvas").getContext("2d");
  pen.fillStyle = getComputedStyle(lsinfra.drawn._map.getContainer()).getPropertyValue(name);
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data];
}"""
CLASSES = [f"--c{level}" for level in range(6)]
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
        found = tuple(seen.page.evaluate(PIXEL, [990, 0]))
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
    assert seen.page.evaluate(PIXEL, [500, 0])[3] == 255
    seen.page.evaluate("lsinfra.drawn.filter('c')")
    assert 0 < seen.page.evaluate(PIXEL, [500, 0])[3] < 128
    seen.page.evaluate("lsinfra.drawn.filter('')")
    assert seen.page.evaluate(PIXEL, [500, 0])[3] == 255


def test_a_row_that_was_not_made_is_found_by_its_address(visit: Visits, written: Path) -> None:
    seen = visit(written)
    assert seen.page.locator("#row-640").count() == 0
    seen.page.evaluate("lsinfra.drawn.show('section', 640)")
    seen.page.locator('.leaflet-popup a[href="#row-640"]').click()
    row = seen.page.locator("#row-640")
    assert row.is_visible()
    assert row.evaluate("one => one.classList.contains('picked')")
    assert "640,5/1.010 ha" in row.inner_text()


def classes_around(seen: Any, number: int) -> set[str]:
    """The classes whose colours are on the canvas around the middle of a section."""
    found = seen.page.evaluate(PIXEL, [number, 40])
    pixels = set(zip(*[iter(found)] * 4, strict=True))
    return {name for name in CLASSES if tuple(seen.page.evaluate(VARIABLE, name)) in pixels}


def test_money_is_drawn_on_the_project_s_line_alone(visit: Visits, written: Path) -> None:
    seen = visit(written)
    seen.page.evaluate(CLOSE, 500)
    # 500,5/1010 ha is of the third class; nothing was published of the project's money.
    assert classes_around(seen, 500) == {"--c2"}
    seen.page.evaluate("lsinfra.drawn.mode('money')")
    assert classes_around(seen, 500) == set()


def test_a_published_stretch_is_drawn_where_it_is(visit: Visits, tmp_path: Path) -> None:
    """Solid, in the colour of what is complete, over the dashes of no other class; in the midst of a crowd too."""
    world, _ = thousand(tmp_path)
    (project,) = world.records.projects
    seen_at = list(project.clearance)
    place = project.sections[500].parts[0]
    seen_at[500] = seen_at[500].model_copy(update={"handed_over_at": (place,)})
    changed = project.model_copy(update={"clearance": tuple(seen_at)})
    records = world.records.model_copy(update={"projects": (changed,)})
    world = calibrated(portfolio.Portfolio(records, world.routes))
    path = tmp_path / "page.html"
    path.write_text(page.page(world, progress.measure(world, OCTOBER_2024)), encoding="utf-8")
    seen = visit(path)
    seen.page.evaluate(CLOSE, 500)
    assert tuple(seen.page.evaluate(PIXEL, [500, 0])) == tuple(seen.page.evaluate(VARIABLE, "--c5"))
    seen.page.evaluate("lsinfra.drawn.mode('money')")
    assert "--c5" not in classes_around(seen, 500)
