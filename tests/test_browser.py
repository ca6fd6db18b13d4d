"""The browser fixture itself: a page that asks for something, complains or opens a dialog is caught at it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import BEFORE, Visit, Window

if TYPE_CHECKING:
    from playwright.sync_api import Browser

QUIET_PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><title>x</title><p>Giải phóng mặt bằng</p>
<img alt="" src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="><script>
document.documentElement.dataset.ready = "true";%s</script></html>"""


def test_a_page_that_keeps_to_itself_is_quiet(visit: Callable[..., Visit], tmp_path: Path) -> None:
    path = tmp_path / "trang một.html"
    path.write_text(QUIET_PAGE % "", encoding="utf-8")
    seen = visit(path, width=390, height=844)
    assert seen.page.inner_text("p") == "Giải phóng mặt bằng"
    assert seen.page.evaluate("innerWidth") == 390
    seen.assert_quiet()


@pytest.mark.parametrize(
    ("script", "request_seen", "error_seen"),
    [
        ("new Image().src = 'https://example.org/a.png';", "https://example.org/a.png", "console: "),
        ("fetch('http://127.0.0.1:9/b').catch(() => 0);", "http://127.0.0.1:9/b", "console: "),
        ("new Image().src = 'beside.png';", "beside.png", "console: "),
        ("alert('once');", None, "dialog: once"),
        ("console.error('no');", None, "console: no"),
        ("setTimeout(() => { throw Error('late'); });", None, "script: late"),
    ],
)
def test_a_page_that_does_not_is_caught(
    visit: Callable[..., Visit], tmp_path: Path, script: str, request_seen: str | None, error_seen: str
) -> None:
    path = tmp_path / "page.html"
    path.write_text(QUIET_PAGE % script, encoding="utf-8")
    seen = visit(path)
    seen.until(lambda: any(error.startswith(error_seen) for error in seen.errors), True)
    assert [request.endswith(request_seen or "") for request in seen.requests] == ([True] if request_seen else [])
    with pytest.raises(AssertionError):
        seen.assert_quiet()


SEEN = """() => [history.length, localStorage.length, sessionStorage.length, document.cookie, new Date().getFullYear(),
  innerWidth, matchMedia('print').matches, matchMedia('(prefers-color-scheme: dark)').matches,
  matchMedia('(prefers-reduced-motion: reduce)').matches, Boolean(document.querySelector(':hover'))]"""
LEAVES = """setInterval(() => console.error('late'), 1); localStorage.a = sessionStorage.a = 1;
onbeforeunload = () => console.error('gone')"""


def test_a_window_keeps_nothing_for_the_next_test(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "first.html").write_text(QUIET_PAGE % LEAVES, encoding="utf-8")
    (tmp_path / "next.html").write_text(QUIET_PAGE % "", encoding="utf-8")
    window = Window(chromium, {})
    reader = {"color_scheme": "dark", "reduced_motion": "reduce"}
    first = window.open(tmp_path / "first.html", 390, 844, date(2028, 1, 1), reader, ready=True)
    first.page.emulate_media(media="print")
    first.page.evaluate("location.hash = 'b'")
    first.page.mouse.move(100, 20)
    first.page.wait_for_function("document.querySelector(':hover')")
    assert first.page.evaluate(SEEN) == [3, 1, 1, "", 2028, 390, True, True, True, True]
    assert window.leave()
    after = window.open(tmp_path / "next.html", 1440, 900, BEFORE, {}, ready=True)
    assert after.page.evaluate(SEEN) == [2, 0, 0, "", 2000, 1440, False, False, False, False]
    after.page.wait_for_timeout(50)
    after.assert_quiet()
    assert "console: late" in first.errors
    after.page.close()
    assert not window.leave()
    window.context.close()
