"""The browser fixture itself: a page that asks for something, complains or opens a dialog is caught at it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Visit

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
    seen.page.wait_for_timeout(300)
    assert any(error.startswith(error_seen) for error in seen.errors)
    assert [request.endswith(request_seen or "") for request in seen.requests] == ([True] if request_seen else [])
    with pytest.raises(AssertionError):
        seen.assert_quiet()
