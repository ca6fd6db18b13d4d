"""Where obstacles are: what a page says of their place, and which are marked on the map."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsinfra import portfolio, progress
from lsinfra.records import Issue
from lsinfra.render import obstacles, page
from lsinfra.render.ground import PRECISION
from lsinfra.render.payload import Scope
from tests.conftest import ROOT
from tests.test_render import OCTOBER_2024

LINK = "Cao tốc cửa khẩu Hữu Nghị – Chi Lăng, tuyến kết nối Tân Thanh và Cốc Nam"


@pytest.fixture(scope="module")
def real() -> portfolio.Portfolio:
    return portfolio.load(ROOT)


@pytest.mark.parametrize(
    ("project", "given", "said"),
    [
        ("ql4b", {"at": "Km25+300"}, ["Km25+300"]),
        ("ql4b", {"at": "Km25+300", "route": "ql4b"}, ["Km25+300"]),
        ("ql4b", {"section": "loc-binh"}, ["Lộc Bình"]),
        # Of two routes a chainage alone is no place.
        ("huu-nghi-chi-lang", {"at": "Km3", "route": "huu-nghi-chi-lang-link"}, ["Km3", LINK]),
        ("huu-nghi-chi-lang", {"at": "Km3", "section": "van-lang"}, ["Văn Lãng", "Km3", LINK]),
        ("huu-nghi-chi-lang", {"at": "Km3"}, ["Km3", "chưa nêu tuyến nào"]),
        ("huu-nghi-chi-lang", {}, []),
        # The chainage of another project's road.
        ("ql4b", {"at": "Km3", "route": "huu-nghi-chi-lang-link"}, ["Km3", LINK]),
    ],
)
def test_the_route_of_a_chainage_is_named_where_it_could_be_another(
    real: portfolio.Portfolio, project: str, given: dict[str, Any], said: list[str]
) -> None:
    scope = Scope(real, progress.measure(real, OCTOBER_2024), "vi")
    issue = Issue.model_validate({"text": "Việc"} | given)
    assert obstacles.place(scope, real.project(project), issue) == said


def with_issues(real: portfolio.Portfolio, *given: dict[str, Any]) -> portfolio.Portfolio:
    """The real records, with these obstacles of QL4B."""
    issues = tuple(Issue.model_validate(one) for one in given)
    projects = tuple(
        one.model_copy(update={"issues": issues}) if one.id == "ql4b" else one for one in real.records.projects
    )
    return portfolio.Portfolio(real.records.model_copy(update={"projects": projects}), real.routes)


GIVEN = [
    {"text": "Đường điện", "at": "Km25+300", "owner": "Điện lực", "due": "2024-10-01"},
    {"text": "Mồ mả", "at": "Km25+310"},
    {"text": "Đã xong", "at": "Km30", "closed": "2024-10-02"},
    {"text": "Ngoài lý trình", "at": "Km17"},
    {"text": "Chưa rõ nơi"},
    {"text": "Tuyến chưa có lý trình", "at": "Km3", "route": "huu-nghi-chi-lang-link"},
]


def test_only_an_open_obstacle_of_a_published_chainage_is_on_the_map(real: portfolio.Portfolio) -> None:
    world = with_issues(real, *GIVEN)
    found = obstacles.marked(Scope(world, progress.measure(world, OCTOBER_2024), "vi"))
    assert [one[2:6] for one in found] == [
        [
            "Quốc lộ 4B · Km25+300",
            "Đường điện",
            "Đơn vị chịu trách nhiệm: Điện lực · hạn 01/10/2024 · Ngày nêu: chưa ghi ngày nêu",
            ["doubt", "quá hạn"],
        ],
        ["Quốc lộ 4B · Km25+310", "Mồ mả", "Ngày nêu: chưa ghi ngày nêu", ["unsolved", "chưa giải quyết"]],
    ]
    for (lat, lon, *_), metres in zip(found, (25_300.0, 25_310.0), strict=True):
        at = real.routes.alignments["ql4b"].point(metres)
        assert (lat / PRECISION, lon / PRECISION) == pytest.approx((at.y, at.x), abs=0.00001)


def test_a_mark_on_the_map_tells_of_its_obstacle(
    visit: Callable[..., Any], real: portfolio.Portfolio, tmp_path: Path
) -> None:
    world = with_issues(real, *GIVEN)
    (tmp_path / "page.html").write_text(page.page(world, progress.measure(world, OCTOBER_2024)), encoding="utf-8")
    seen = visit(tmp_path / "page.html")
    marks = seen.page.locator(".obstacle[role=button]")
    assert marks.count() == 2
    assert marks.first.get_attribute("aria-label") == "Vướng mắc: Quốc lộ 4B · Km25+300: Đường điện"
    marks.last.focus()
    seen.page.keyboard.press("Enter")
    # Ten metres apart: one mark tells of both.
    popup = seen.page.locator(".leaflet-popup .card-pop").last
    assert popup.locator("h3").all_inner_texts() == ["Đường điện", "Mồ mả"]
    assert "quá hạn" in popup.inner_text()
    seen.page.keyboard.press("Escape")
    assert marks.last.evaluate("one => one === document.activeElement")
    # Of an earlier day nobody knows which there were.
    seen.page.evaluate("lsinfra.drawn.go(0)")
    assert marks.count() == 0
    seen.page.evaluate("lsinfra.drawn.go(lsinfra.drawn._data.timeline.stops.length - 1)")
    assert marks.count() == 2
    assert "vướng mắc" in seen.page.locator("details.legend").inner_text()
    seen.assert_quiet()
