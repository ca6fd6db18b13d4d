"""Pictures of the pages, beside those that a person has looked at: a block that is gone, a colour, an empty map.

``python -m tests.test_pictures`` makes the pictures in ``tests/pictures/`` anew, when a page is meant to look different
or the records of its day have changed. Look at each of them before it is kept.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pytest
from PIL import Image

from lsinfra import checks, compare, portfolio, progress, snapshots
from lsinfra.render import page
from lsinfra.render.paper import Size
from lsinfra.render.since import Since
from tests.conftest import BEFORE, QUIET, ROOT, clock_at
from tools.prepare import find_browser

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from playwright.sync_api import Browser, Page

KEPT = ROOT / "tests" / "pictures"
DAY, EARLIER = date(2025, 10, 27), date(2025, 7, 28)
PROJECT = "huu-nghi-chi-lang"
PHONE, SCREEN = (390, 844), (1440, 900)

# How letters are drawn (hinting, parts of a pixel, where the font of a sign is from) is each machine's own: without any
# other font, and hinted otherwise, 3 cells in 1,000 differed by more than 16. What is in BROKEN changes 6 or more.
CELL = 16  # px
SEEN = 16  # of 255, between the mean colours of a cell
FEW = 0.004  # of all cells


class Shot(NamedTuple):
    """A page (None: the portfolio) in a window, in light or dark; ``sheet``: the A3 sheet of it instead."""

    project: str | None
    size: tuple[int, int]
    scheme: Literal["light", "dark"] = "light"
    sheet: bool = False


SHOTS = {
    "index-phone": Shot(None, PHONE),
    "index": Shot(None, SCREEN),
    "index-dark": Shot(None, SCREEN, "dark"),
    "project-phone": Shot(PROJECT, PHONE),
    "project": Shot(PROJECT, SCREEN),
    "sheet": Shot(None, Size.A3.px, sheet=True),
}

BROKEN = {
    "a block is gone": ".unknown { visibility: hidden; }",
    "no map": ".leaflet-overlay-pane, .leaflet-marker-pane { visibility: hidden; }",
    "lines of another colour": ".leaflet-overlay-pane path { stroke: var(--c0); }",
    "bars of another colour": ".bar.c4 i { background: var(--c0); }",
    "no legend": ".lsinfra .legend { display: none; }",
    "no marks": ".chip { visibility: hidden; }",
    "columns that collide": ".look td { position: relative; left: -9%; }",
    "lines of text that collide": "#summary { line-height: 1; }",
    "one column instead of two": ".middle { display: block; }",
    "smaller letters": "#summary { font-size: 13.5px; }",
}

# --- taking pictures -------------------------------------------------------------------------------------------------


@cache
def html_of(project: str | None, picture: bool) -> str:
    """The page as ``weekly`` makes it, but in the one font that every machine with the tests has: the report's."""
    world = portfolio.load(ROOT)
    before, now = (progress.measure(world, day) for day in (EARLIER, DAY))
    first, second = (snapshots.make(ROOT, world, one, (), None) for one in (before, now))
    since = Since(compare.compare(first, second), stored=False)
    made = page.page(world, now, checks.check(world, now), project=project, since=since, picture=picture)
    assert "system-ui" in made
    return made.replace("system-ui", "Pinned")


@cache
def font() -> str:
    """A script that brings the font before anything is measured."""
    folder = files("fontpkg_source_serif_4").joinpath("files")
    (found,) = (one for one in folder.iterdir() if one.name.endswith(".ttf") and "Italic" not in one.name)
    held = f"Uint8Array.from(atob('{base64.b64encode(found.read_bytes()).decode()}'), (one) => one.charCodeAt(0))"
    return f"document.fonts.add(new FontFace('Pinned', {held}, {{ weight: '200 900' }}));"


@contextmanager
def opened(browser: Browser, shot: Shot, folder: Path) -> Iterator[Page]:
    """The page of a shot in a window of its size, drawn. Its policy refuses changed styles and is put aside."""
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=shot.scheme, offline=True, bypass_csp=True
    )
    context.add_init_script(font())
    context.add_init_script(clock_at(BEFORE))
    path = folder / "page.html"
    path.write_text(html_of(shot.project, shot.sheet), encoding="utf-8", newline="\n")
    seen = context.new_page()
    seen.goto(path.resolve().as_uri())
    seen.wait_for_selector('html[data-ready="true"]', state="attached")
    assert seen.evaluate("document.fonts.check('15px Pinned')")
    yield seen
    context.close()


def taken(seen: Page) -> Image.Image:
    return Image.open(BytesIO(seen.screenshot(animations="disabled"))).convert("RGB")


def kept(name: str) -> Image.Image:
    return Image.open(KEPT / f"{name}.png").convert("RGB")


def cells(picture: Image.Image) -> NDArray[Any]:
    """The mean colour of each square of CELL px: rows × columns × 3, 0…255."""
    points = np.asarray(picture, dtype=float)
    rows, columns = points.shape[0] // CELL, points.shape[1] // CELL
    squares = points[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL, 3)
    means: NDArray[Any] = squares.mean(axis=(1, 3))
    return means


def different(one: Image.Image, other: Image.Image) -> float:
    """The part of all cells that differ to the eye; 1 where the sizes do."""
    if one.size != other.size:
        return 1.0
    return float((np.abs(cells(one) - cells(other)).max(axis=2) > SEEN).mean())


def assert_like(picture: Image.Image, name: str, folder: Path) -> None:
    found = different(picture, kept(name))
    picture.save(folder / f"{name}.png")
    assert found <= FEW, (
        f"{found:.2%} of {folder / name}.png differ from {KEPT / name}.png. "
        "If that is meant: python -m tests.test_pictures, and look at every picture"
    )


# --- the tests -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, shot in SHOTS.items() if shot[:2] != (None, SCREEN)])
def test_a_page_looks_as_a_person_has_seen_it(chromium: Browser, tmp_path: Path, name: str) -> None:
    with opened(chromium, SHOTS[name], tmp_path) as seen:
        picture = taken(seen)
    assert_like(picture, name, tmp_path)


def test_the_portfolio_looks_so_in_light_and_dark_and_what_is_broken_is_seen(chromium: Browser, tmp_path: Path) -> None:
    with opened(chromium, SHOTS["index"], tmp_path) as seen:
        assert_like(taken(seen), "index", tmp_path)
        missed = []
        for what, rules in BROKEN.items():
            style = seen.add_style_tag(content=rules)
            if different(taken(seen), kept("index")) <= 1.5 * FEW:
                missed.append(what)
            style.evaluate("one => one.remove()")
        assert missed == []
        seen.emulate_media(color_scheme="dark")
        assert different(taken(seen), kept("index")) > 0.9
        assert_like(taken(seen), "index-dark", tmp_path)


def test_a_picture_differs_from_a_part_of_itself() -> None:
    whole = kept("index")
    assert different(whole, whole) == 0
    assert different(whole, whole.crop((0, 0, 1440, 899))) == 1


def test_the_pictures_are_small_and_none_is_left_over() -> None:
    assert {path.name for path in KEPT.iterdir()} == {f"{name}.png" for name in SHOTS}
    assert sum(path.stat().st_size for path in KEPT.iterdir()) < 600_000


def renew() -> None:
    """Make every picture anew."""
    from playwright.sync_api import sync_playwright

    KEPT.mkdir(exist_ok=True)
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(QUIET), chromium_sandbox=False)
        for name, shot in SHOTS.items():
            with opened(browser, shot, Path(folder)) as seen:
                # Few colours are enough for a mean, and make a small file.
                small = taken(seen).quantize(128, Image.Quantize.MAXCOVERAGE, kmeans=2)
                small.save(KEPT / f"{name}.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    renew()
