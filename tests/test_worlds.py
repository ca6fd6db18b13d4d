"""Pages of worlds with pieces missing, or with very many: said in full, in one language, no wider than a phone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lsinfra import checks, portfolio, progress
from lsinfra.codes import Authority, Stage
from lsinfra.render import page
from lsinfra.text import Lang, words
from tests.conftest import Visit
from tests.reporting import WORLDS, project, records, write

Visits = Callable[..., Visit]
DAY = date(2024, 6, 30)
PHONE = (390, 844)

LONG = "Dự án đầu tư xây dựng, cải tạo, nâng cấp tuyến đường nối cửa khẩu với các khu công nghiệp và vùng nguyên liệu "


def divided(number: int, unit: str = "Huyện số {}", **more: Any) -> dict[str, Any]:
    """A project with a route through so many units, each with every stage in two measures."""
    sections = [
        {"id": f"s{n}", "unit": unit.format(n), "route": "r", "from": f"Km{8 * n}", "to": f"Km{8 * n + 8}"}
        for n in range(number)
    ]
    clearance = [
        {"as_of": "2024-06-30", "section": f"s{n}", "source": "bc"}
        | {stage.value: [f"{40 - 5 * rank},5/45 ha", f"{90 - 9 * rank}/100 hộ"] for rank, stage in enumerate(Stage)}
        for n in range(number)
    ]
    return project(1, routes=["r"], sections=sections, clearance=clearance, **more)


def obstacle(number: int) -> dict[str, Any]:
    return {
        "text": f"Chưa di dời đường điện và {number} ngôi mộ",
        "at": f"Km{number}+500",
        "level": list(Authority)[number % len(Authority)].value,
        "owner": "Ban quản lý dự án",
        "actor": "Ủy ban nhân dân xã",
        "due": f"2024-{5 + number % 7:02d}-15",
        "source": "bc",
    }


def disputed(number: int) -> dict[str, Any]:
    """A project with so many figures that do not agree with the percentage beside them."""
    sections = [{"id": f"s{n}", "unit": f"Xã {n}"} for n in range(number)]
    clearance = [
        {"as_of": "2024-06-30", "section": f"s{n}", "handed_over": f"{n + 1}/200 ha, đạt 99%", "source": "bc"}
        for n in range(number)
    ]
    return project(1, sections=sections, clearance=clearance)


OWN: dict[str, dict[str, Any]] = {
    "ten districts": records(divided(10)),
    "long names": records(
        divided(3, "Xã Thống Nhất Hữu Liên Vạn Linh Hòa Bình {}", title=LONG * 2), project(2, title="X" * 200)
    ),
    "many obstacles": records(divided(2, issues=[obstacle(n) for n in range(12)])),
    "300 findings": records(disputed(300)),
}
ROUTE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {
                "route": "r",
                "accuracy": "schematic",
                "uncertainty_m": 500,
                "title": "Tuyến thử",
                "source": "vẽ tay",
                "calibration": [{"chainage": "Km0", "at": [106.3, 21.8]}, {"chainage": "Km80", "at": [106.9, 22.0]}],
            },
            "geometry": {"type": "LineString", "coordinates": [[106.3, 21.8], [106.6, 21.95], [106.9, 22.0]]},
        }
    ],
}

# What a page says, shown or only heard, with everything unfolded.
SAID = """async () => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  await new Promise((done) => setTimeout(done));
  const heard = ["aria-label", "title", "placeholder", "data-label"].flatMap((name) =>
    [...document.querySelectorAll(`[${name}]`)].map((one) => one.getAttribute(name)));
  return [document.title, document.body.innerText, ...heard].join("\\n");
}"""


@pytest.fixture(scope="module")
def only() -> dict[Lang, set[str]]:
    """Of each language the parts of sentences that a page of the other may not have."""

    def parts(lang: Lang) -> set[str]:
        groups = ("page", "map", "chart", "finding", "word", "quantity")
        texts = (text for group in groups for text in words(lang, group).values())
        found = (part.strip(" .,;:()") for text in texts for part in re.split(r"\{\w*\}", text))
        return {part for part in found if len(part) >= 6}

    vi, en = parts("vi"), parts("en")
    return {"vi": {one for one in vi if not any(one in other for other in en)}, "en": en - vi}


def pages(folder: Path, world: dict[str, Any], lang: Lang) -> Iterator[Path]:
    """The portfolio's page, and the first project's."""
    root = write(folder, world)
    if world in OWN.values():
        (root / "geodata" / "routes.geojson").write_text(json.dumps(ROUTE), encoding="utf-8")
    whole = portfolio.load(root)
    measured = progress.measure(whole, DAY)
    found = checks.check(whole, measured)
    for one in (None, *(first.id for first in whole.records.projects[:1])):
        path = folder / f"{one}.html"
        path.write_text(page.page(whole, measured, found, project=one, lang=lang), encoding="utf-8")
        yield path


@pytest.mark.parametrize("name", [*WORLDS, *OWN])
def test_a_page_says_everything_in_vietnamese(
    visit: Visits, tmp_path: Path, only: dict[Lang, set[str]], name: str
) -> None:
    assert_said(visit, tmp_path, only["en"], name, "vi")


@pytest.mark.parametrize("name", ["no projects", "many obstacles"])
def test_a_page_says_everything_in_english(
    visit: Visits, tmp_path: Path, only: dict[Lang, set[str]], name: str
) -> None:
    assert_said(visit, tmp_path, only["vi"], name, "en")


def assert_said(visit: Visits, folder: Path, foreign: set[str], name: str, lang: Lang) -> None:
    seen = None
    for path in pages(folder / "w", (WORLDS | OWN)[name], lang):
        if seen is None:
            seen = visit(path, *PHONE)
        else:
            seen.page.goto(path.resolve().as_uri())
            seen.page.wait_for_selector('html[data-ready="true"]', state="attached")
        text = seen.page.evaluate(SAID)
        assert len(text) > 100
        # What the records themselves say stays as it is.
        given = json.dumps((WORLDS | OWN)[name], ensure_ascii=False)
        odd = set(re.findall(r"\b(?:None|nan|NaN|null|undefined|Infinity|True|False|object Object)\b|[{}]", text))
        odd |= {part for part in foreign if part in text and re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text)}
        assert sorted(one for one in odd if one not in given) == []
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        seen.assert_quiet()


def test_a_word_of_the_other_language_would_be_found(only: dict[Lang, set[str]]) -> None:
    assert {"Not published", "Land handed over", "no deadline given"} <= only["en"]
    assert {"Chưa công bố", "Mặt bằng đã bàn giao"} <= only["vi"]
