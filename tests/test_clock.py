"""What a page says of itself by its reader's clock, and that its bytes know of none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lsinfra import portfolio, progress, records, routes
from lsinfra.render import page
from lsinfra.text import Lang
from tests.conftest import Visit

Visits = Callable[..., Visit]
AS_OF = date(2025, 10, 27)


def written(tmp_path: Path, lang: Lang = "vi", **more: Any) -> Path:
    """A project with a figure of the page's date, and obstacles due before, after, solved, unknown."""
    issues = [
        {"text": "Đường điện", "due": "2025-11-10", "owner": "Ban A", "source": "s"},
        {"text": "Mồ mả", "due": "2025-10-26", "actor": "Xã B", "raised": "2025-09"},
        {"text": "Nhà dân", "due": "2025-11-01", "closed": "2025-10-20"},
        {"text": "Cáp quang", "due": "2025-11-11"},
        {"text": "Nêu sau", "due": "2025-12-01", "raised": "2025-10-28"},
    ]
    seen = {"as_of": "2025-10-27", "handed_over": "1/10 ha", "source": "s"}
    project = {"id": "p", "title": "Đường tỉnh 201", "kind": "road", "status": "implementation"}
    given = {
        "portfolio": {"title": "Thử", "stale_after_days": "35"},
        "sources": {"s": {"title": "Báo cáo", "kind": "official", "date": "2025-10-20"}},
        "projects": [project | {"issues": issues, "clearance": [seen]}],
    }
    world = portfolio.Portfolio(records.Records.model_validate(given), routes.load(tmp_path, "EPSG:9215"))
    path = tmp_path / "page.html"
    path.write_text(page.page(world, progress.measure(world, AS_OF), lang=lang, **more), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2025, 10, 26), ""),
        (AS_OF, ""),
        (date(2025, 12, 1), ""),  # 35 days
        (date(2025, 12, 2), "Mở xem ngày 02/12/2025: số liệu mới nhất cách nay 36 ngày"),
        (date(2026, 3, 5), "Mở xem ngày 05/3/2026: số liệu mới nhất cách nay 129 ngày"),
        (date(2028, 11, 22), "Mở xem ngày 22/11/2028: số liệu mới nhất cách nay 1.122 ngày"),
    ],
)
def test_the_head_says_how_old_the_newest_figure_is(visit: Visits, tmp_path: Path, today: date, said: str) -> None:
    seen = visit(written(tmp_path), today=today)
    assert "".join(seen.page.locator(".opened").all_text_contents()) == said
    assert seen.page.inner_text("#as-of").startswith("Số liệu đến ngày 27/10/2025")
    seen.assert_quiet()


def test_it_says_so_in_english(visit: Visits, tmp_path: Path) -> None:
    seen = visit(written(tmp_path, "en"), today=date(2028, 11, 22))
    assert seen.page.inner_text(".opened") == "Opened on 22 November 2028: the newest figure is 1,122 days old"


def states(seen: Visit) -> dict[str, str]:
    """The state of each obstacle of the table."""
    rows = seen.page.locator("#table-issues tbody tr").all()
    return {row.locator("td").first.inner_text(): row.locator(".chip").last.inner_text() for row in rows}


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (AS_OF, "chưa giải quyết", "chưa giải quyết"),
        (date(2025, 11, 10), "chưa giải quyết", "chưa giải quyết"),
        (date(2025, 11, 11), "đã quá hạn, tính đến ngày 11/11/2025", "chưa giải quyết"),
    ],
)
def test_a_due_day_that_passed_since_is_marked_with_the_day_it_is_counted_to(
    visit: Visits, tmp_path: Path, today: date, first: str, last: str
) -> None:
    seen = visit(written(tmp_path), today=today)
    # What was raised after the page's date was not known; what was solved or late at it stays as it was.
    assert states(seen) == {"Đường điện": first, "Mồ mả": "quá hạn", "Nhà dân": "đã giải quyết", "Cáp quang": last}
    gaps = {
        text: text_of
        for row in seen.page.locator(".gaps tbody tr").all()
        for text_of in [row.inner_text()]
        for text in ("Đường điện", "Mồ mả", "Cáp quang")
        if text in text_of
    }
    late = "đã quá hạn, tính đến ngày 11/11/2025"
    assert (late in gaps["Đường điện"], late in gaps["Mồ mả"], late in gaps["Cáp quang"]) == (
        first == late,
        False,
        False,
    )
    assert "quá hạn" in gaps["Mồ mả"]
    assert "20/10/2025 [1]" in gaps["Đường điện"]
    assert "chưa ghi ngày nêu" in gaps["Cáp quang"]


def test_a_page_for_paper_asks_no_clock(visit: Visits, tmp_path: Path) -> None:
    seen = visit(written(tmp_path, still=True), today=date(2028, 11, 22))
    assert seen.page.locator(".opened").count() == 0
    assert set(states(seen).values()) == {"chưa giải quyết", "quá hạn", "đã giải quyết"}


def test_the_table_says_who_acts_as_the_head_does(visit: Visits, tmp_path: Path) -> None:
    seen = visit(written(tmp_path))
    table = seen.page.inner_text("#table-issues")
    for said in ("Đơn vị chịu trách nhiệm: Ban A", "Đơn vị phải xử lý: Xã B", "chưa xác định đơn vị xử lý"):
        assert said in table
    who = seen.page.locator(".gaps tbody td:nth-child(2)")
    labels = who.evaluate_all("all => all.map((one) => [one.dataset.label || '', one.textContent])")
    assert labels == [
        ["Đơn vị phải xử lý", "Xã B"],
        ["Đơn vị chịu trách nhiệm", "Ban A"],
        ["", "chưa xác định đơn vị xử lý"],
    ]
