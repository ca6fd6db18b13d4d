"""Where obstacles are: what a page says of their place."""

from __future__ import annotations

from typing import Any

import pytest

from lsinfra import portfolio, progress
from lsinfra.records import Issue
from lsinfra.render import obstacles
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
