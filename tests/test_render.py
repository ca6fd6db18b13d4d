"""What the map and the pages are made of, and that they are written whole or not at all; no browser needed."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import folium
import pytest
from shapely import LineString

from lsinfra import checks, placement, portfolio, progress, records, routes
from lsinfra.errors import RunError
from lsinfra.quantities import Measure, read_figure
from lsinfra.render import ground, page, payload, sheet
from lsinfra.render import map as maps
from lsinfra.text import LANGS, Lang, words
from tests import hostile
from tests.conftest import ROOT

OF_PAGES = ("clock.js", "copy.js", "head.js", "tables.js", "print.js", "page.js")
OCTOBER_2024 = date(2024, 10, 31)
OCTOBER_2025 = date(2025, 10, 31)


def scope_of(world: portfolio.Portfolio, day: date, lang: Lang = "vi", project: str | None = None) -> payload.Scope:
    return payload.Scope(world, progress.measure(world, day), lang, project)


def data_of(html: str) -> Any:
    """The data of a page, as its script reads it."""
    (packed, text) = re.findall(
        r'<script type="application/json" id="lsinfra-data"( data-packed="gzip")?>(.*?)</script>', html
    )[0]
    data = json.loads(gzip.decompress(base64.b64decode(text)) if packed else text)
    data |= {name: rows_of(data[name]) for name in sheet.TABLES if name in data}
    if page_of := data.get("page"):
        for held in (*page_of["tables"], page_of):
            held |= {name: rows_of(held[name]) for name in ("rows", "sparks") if name in held}
    return data


def rows_of(folded: list[Any]) -> list[list[Any]]:
    """The rows of a table that a page holds by columns."""
    count, *columns = folded
    return [[one[i if len(one) > 1 else 0] for one in columns] for i in range(count)]


def world_of(
    tmp_path: Path, project: dict[str, Any], line: Sequence[Sequence[float]] = ((106.7, 21.9), (106.8, 21.8))
) -> portfolio.Portfolio:
    """A portfolio of one project on one route, ``duong``, from Km0."""
    properties = {"route": "duong", "accuracy": "schematic", "uncertainty_m": 500, "source": "thử"}
    feature = {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "LineString", "coordinates": [list(at) for at in line]},
    }
    (tmp_path / "routes.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8"
    )
    given = {
        "portfolio": {"title": "Thử"},
        "sources": {"s": {"title": "Báo cáo", "kind": "official"}},
        "projects": [
            {"id": "p", "title": "Dự án", "kind": "road", "status": "implementation", "routes": ["duong"]} | project
        ],
    }
    return portfolio.Portfolio(records.Records.model_validate(given), routes.load(tmp_path, "EPSG:9215"))


def calibrated(world: portfolio.Portfolio) -> portfolio.Portfolio:
    """The same with the chainages of both ends of every line published, each where it lay before."""
    lines = world.routes.alignments
    known = {
        name: replace(line, calibration=((line.start_m, 0.0), (line.end_m, line.drawn_m)))
        for name, line in lines.items()
    }
    return replace(world, routes=replace(world.routes, alignments=known))


# --- numbers and styles ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure", "text", "total", "share", "drawn"),
    [
        ("366,55/640,28 ha, đạt 57,24%", "366,55/640,28 ha", "640,28", "57,25%", 2),
        ("37,07 ha, đạt 75,12%", "37,07 ha", "49,344 – 49,351", "75,12%", 3),
        ("26,5 ha", "26,5 ha", "", "", payload.NO_TOTAL),
        ("5,105/27,13 km", "5,105/27,13 km", "27,13", "18,82%", 0),
        ("1.802/1.802 hộ", "1.802/1.802 hộ", "1.802", "100,00%", payload.COMPLETE),
        ("639,99/640 ha", "639,99/640 ha", "640", "> 99,99%", 4),
        ("0/640 ha", "0/640 ha", "640", "0,00%", 0),
        ("20/100 ha", "20/100 ha", "100", "20,00%", 1),
        ("khoảng 5,3 km", "khoảng 5,3 km", "", "", payload.NO_TOTAL),
        ("490,1/1.288,123 tỷ đồng, đạt 38,0%", "490,1/1.288,123 tỷ đồng", "1.288,123", "38,0%", 1),
        ("100 triệu đồng", "0,1 tỷ đồng", "", "", payload.NO_TOTAL),
        ("-2/100 tỷ đồng", "-2/100 tỷ đồng", "100", "-2,0%", 0),
        # Rounded, 100 % may be 99,5 % and 0 % may be 0,49 %: 80,87 ÷ 1,005 = 80,4676…, ÷ 0,995 = 81,2763….
        ("80,87 ha, đạt 100%", "80,87 ha", "80,467 – 81,277", "≥ 99,5%", 4),
        ("80,87 ha, đạt 100,00%", "80,87 ha", "80,865 – 80,875", "≥ 99,995%", 4),
        ("5 ha, đạt 0%", "5 ha", "≥ 1.000,000", "< 0,5%", 0),
    ],
)
def test_a_figure_is_written_once_and_drawn_by_its_share(
    figure: str, text: str, total: str, share: str, drawn: int
) -> None:
    read = read_figure(figure)
    rate = progress.rate(read)
    assert payload.rate_text(rate, read.measure, "vi") == text
    assert payload.total_text(rate, read.measure, "vi") == total
    assert payload.share_words(rate, read.measure, "vi") == share
    assert payload.share_class(rate) == drawn
    assert (payload.bar(rate) == 1000) is (drawn == payload.COMPLETE)


def test_money_and_areas_in_english() -> None:
    rate = progress.rate(read_figure("490,1/1.288,123 tỷ đồng"))
    assert payload.rate_text(rate, Measure.MONEY, "en") == "490.1 of 1,288.123 billion đồng"
    assert payload.amount(Decimal(11024700000000), Measure.MONEY, "en") == "11,024.7"
    # 490 ÷ 0,495 = 989,8989…; 490 ÷ 0,485 = 1.010,3092…: rounded outwards
    assert (
        payload.total_text(progress.rate(read_figure("490 tỷ đồng, đạt 49%")), Measure.MONEY, "vi")
        == "989,898 – 1.010,310"
    )


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://langson.gov.vn/a?b=1#c", "https://langson.gov.vn/a?b=1#c"),
        ("http://langson.gov.vn", "http://langson.gov.vn"),
        ("javascript:alert(1)", ""),
        ("JaVaScRiPt:alert(1)", ""),
        ("data:text/html,<script>", ""),
        ("//langson.gov.vn", ""),
        ("https:alert(1)", ""),
        ("https://[", ""),
        ("file:///etc/passwd", ""),
        ("báo giấy, trang 3", ""),
        (None, ""),
    ],
)
def test_only_a_web_address_becomes_a_link(url: str | None, link: str) -> None:
    assert payload.safe_link(url) == link


def test_coordinates_come_back_to_the_metre() -> None:
    line = [(106.70001, 21.95112), (106.7, 21.9), (106.81234, 21.87654)]
    (steps,) = ground.encode(LineString(line))
    back, at = [], [0, 0]
    for lat, lon in zip(steps[::2], steps[1::2], strict=True):
        at = [at[0] + lat, at[1] + lon]
        back.append((at[1] / ground.PRECISION, at[0] / ground.PRECISION))
    assert back == line


def test_a_section_has_the_colour_of_the_newer_figure(real: portfolio.Portfolio) -> None:
    def styles(day: date) -> dict[str, list[int]]:
        scope = scope_of(real, day)
        return {f"{scope.projects[row[0]].id}/{row[1]}": row[5][:2] for row in maps.map_data(scope)["sections"]}

    before, after = styles(OCTOBER_2024), styles(OCTOBER_2025)
    # August 2024: 5,105 of 27,13 km; October 2025: 455,61 of 458,19 ha of the whole project.
    assert before["dong-dang-tra-linh/Tràng Định"] == [0, 0]
    assert after["dong-dang-tra-linh/Tràng Định"] == [4, 1]
    # 21,27 ha without a total: the whole project's 366,55 of 640,28 ha.
    assert before["huu-nghi-chi-lang/Cao Lộc"] == [2, 1]
    assert before["dong-dang-tra-linh/Văn Lãng"] == [payload.NO_TOTAL, 0]
    assert before["ql4b/Lộc Bình"] == [3, 0]
    assert after["ql4b/Lộc Bình"] == [payload.COMPLETE, 0]


def test_what_is_not_the_provinces_takes_no_colour_of_its_figures(real: portfolio.Portfolio) -> None:
    scope = scope_of(real, OCTOBER_2025)
    data = maps.map_data(scope)
    number = scope.numbers["dong-dang-tra-linh"]
    (line,) = data["projects"][number]["line"]
    # The route's part in Lạng Sơn ends at Km52+500, between Thất Khê and Đông Khê (22.4294 N).
    border = real.routes.alignments["dong-dang-tra-linh"].point(52_500)
    assert [sum(line[0::2]), sum(line[1::2])] == pytest.approx([border.y * 1e5, border.x * 1e5], abs=1)
    assert border.y < 22.4294
    sections = {section[1]: section for section in data["sections"] if section[0] == number}
    assert {name: section[8] for name, section in sections.items()} == {
        "Cao Lộc": 0,
        "Văn Lãng": 0,
        "Tràng Định": 0,
        "Cao Bằng": 1,
    }
    assert sections["Cao Bằng"][5] == [payload.NO_DATA, 0, -1]
    assert sections["Tràng Định"][5][1] == 1


def test_sections_that_are_not_the_provinces_may_lie_over_each_other(tmp_path: Path) -> None:
    def beyond(name: str, start: str, end: str) -> dict[str, Any]:
        return {"id": name, "unit": name, "route": "duong", "from": start, "to": end, "in_scope": "false"}

    world = world_of(tmp_path, {"sections": [beyond("a", "Km2", "Km9"), beyond("b", "Km3", "Km4")]})
    line = world.routes.alignments["duong"]
    pieces = maps.map_data(scope_of(world, OCTOBER_2024))["projects"][0]["line"]
    assert pieces == [*ground.encode(line.interval(0, 2000)), *ground.encode(line.interval(9000, line.end_m))]


def test_whoever_must_be_named_is_named(real: portfolio.Portfolio) -> None:
    credits_line = maps.map_data(scope_of(real, OCTOBER_2025))["attribution"]
    assert credits_line == "© OpenStreetMap contributors, GeoNames (CC BY 4.0)"


def test_published_stretches_are_drawn_where_they_are(tmp_path: Path) -> None:
    section = {"id": "a", "unit": "A", "route": "duong", "from": "Km0", "to": "Km10"}
    stretch = {"route": "duong", "from": "Km2", "to": "Km3"}
    clearance = {
        "as_of": "2024-08-15",
        "section": "a",
        "handed_over": "1/10 km",
        "handed_over_at": [stretch],
        "source": "s",
    }
    sketch = world_of(tmp_path, {"sections": [section], "clearance": [clearance]})
    world = calibrated(sketch)
    ((_, _, _, _, whole, _, exact, *_),) = maps.map_data(scope_of(world, OCTOBER_2024))["sections"]
    expected = world.routes.alignments["duong"].interval(2000, 3000)
    # Counted from where a sketch begins a chainage is no place: then the section alone is drawn.
    ((_, _, _, _, whole_of_sketch, _, exact_of_sketch, *_),) = maps.map_data(scope_of(sketch, OCTOBER_2024))["sections"]
    assert (whole_of_sketch, exact_of_sketch) == (whole, [])
    assert exact == ground.encode(expected)
    assert whole == ground.encode(world.routes.alignments["duong"].interval(0, 10_000))


def test_a_stretch_is_drawn_between_the_chainages_that_are_published(tmp_path: Path) -> None:
    world = calibrated(world_of(tmp_path, {}))
    line = world.routes.alignments["duong"]
    for first, last, start, end, expected in [
        *((0, 9000, "Km2", "Km3", (2000, 3000)), (2500, 9000, "Km2", "Km3", (2500, 3000))),
        *((0, 2900, "Km2", "Km3", (2000, 2900)), (3000, 9000, "Km2", "Km3", None), (0, 2000, "Km2", "Km3", None)),
    ]:
        known = tuple((float(at), line.drawn_at(at)) for at in (first, last))
        routes_ = replace(world.routes, alignments={"duong": replace(line, calibration=known)})
        stretch = records.Stretch.model_validate({"route": "duong", "from": start, "to": end})
        drawn = placement.stretch_of(replace(world, routes=routes_), stretch)
        assert drawn.is_empty if expected is None else drawn.equals_exact(line.interval(*expected), 1e-9)
    elsewhere = records.Stretch.model_validate({"route": "khong-ve", "from": "Km2", "to": "Km3"})
    assert placement.stretch_of(world, elsewhere).is_empty


def test_stretches_of_a_whole_project_are_drawn_once(tmp_path: Path) -> None:
    clearance = {
        "as_of": "2024-10-20",
        "handed_over": ["1/10 km", "2/20 ha"],
        "handed_over_at": [{"route": "duong", "from": "Km2", "to": "Km3"}],
        "source": "s",
    }
    section = {"id": "a", "unit": "A", "route": "duong", "from": "Km0", "to": "Km10"}
    world = calibrated(
        world_of(tmp_path, {"sections": [section], "clearance": [clearance, clearance | {"section": "a"}]})
    )
    data = maps.map_data(scope_of(world, OCTOBER_2024))
    expected = ground.encode(world.routes.alignments["duong"].interval(2000, 3000))
    assert data["projects"][0]["exact"] == expected
    assert data["sections"][0][6] == expected


@pytest.mark.parametrize(
    ("figures", "share"),
    [
        (["10/20 hộ"], "50,00%"),
        (["3/4 thửa"], "75,00%"),
        (["3/4 thửa", "10/20 hộ"], "50,00%"),
        (["21 ha", "10/20 hộ"], "50,00%"),
        (["10/20 hộ", "1/4 km"], "25,00%"),
        (["10/20 hộ", "1/4 km", "1/5 ha"], "20,00%"),
    ],
)
def test_one_figure_stands_for_a_project_on_map_and_card(tmp_path: Path, figures: list[str], share: str) -> None:
    world = world_of(tmp_path, {"clearance": [{"as_of": "2024-10-20", "handed_over": figures, "source": "s"}]})
    data = data_of(page.page(world, progress.measure(world, OCTOBER_2024)))
    (project,) = data["projects"]
    assert project["head"][0] == share
    assert project["head"][3] == data["rows"][project["head"][5]][8]


def test_a_sum_of_sections_is_old_with_its_oldest_and_names_all_its_sources(tmp_path: Path) -> None:
    sections = [
        {"id": name, "unit": name, "route": "duong", "from": f"Km{n}", "to": f"Km{n + 1}"}
        for n, name in enumerate("ab")
    ]
    clearance = [
        {"as_of": day, "section": name, "handed_over": "5/10 ha", "source": "s"}
        for name, day in (("a", "2024-09-20"), ("b", "2024-10-20"))
    ]
    world = world_of(tmp_path, {"sections": sections, "clearance": clearance})
    (project,) = maps.map_data(scope_of(world, OCTOBER_2024))["projects"]
    assert project["head"] == ["50,00%", "10/20 ha", 500, 2, "cộng 2 đoạn · 20/9/2024 – 20/10/2024", -1, 1, [0]]


def test_the_base_in_force_stands_for_the_latest_plan_year(tmp_path: Path) -> None:
    given = [
        (2024, "total_investment", "1/10"),
        (2024, "pm_assigned", "5/10"),
        (2024, "adjusted", "4/10"),
        (2024, "province_assigned", "6/10"),
        (2023, "adjusted", "9/10"),
    ]
    paid = [
        {"as_of": f"{year}-10", "plan_year": str(year), "base": base, "total": f"{figure} tỷ đồng", "source": "s"}
        for year, base, figure in given
    ]
    world = world_of(tmp_path, {"disbursement": paid})
    data = data_of(page.page(world, progress.measure(world, OCTOBER_2024)))
    level, plan, places = data["projects"][0]["money"]
    assert (level, plan) == (2, "năm 2024, KH sau điều chỉnh")
    # Adjusted, of the province, of the Prime Minister, total investment; nothing of 2023.
    assert [data["money"][place][6] for place in places] == ["40,0%", "60,0%", "50,0%", "10,0%"]
    (line,) = data["page"]["summary"]["lines"]
    money = line["cells"][2]
    assert [one["big"] for one in money["figures"]] == ["40,0%"]
    assert money["more"] == ["và so với 3 mức kế hoạch khác", "#money"]
    assert len(data["money"]) == 5


def test_a_unit_that_ended_before_the_date_is_said_so(real: portfolio.Portfolio) -> None:
    def ends(day: date, lang: Lang = "vi") -> dict[str, str]:
        return {section[1]: section[9] for section in maps.map_data(scope_of(real, day, lang))["sections"]}

    assert set(ends(OCTOBER_2024).values()) == {""}
    assert set(ends(date(2025, 6, 30)).values()) == {""}
    assert ends(OCTOBER_2025)["Lộc Bình"] == "cấp huyện, đến 30/6/2025"
    assert ends(OCTOBER_2025, "en")["Lộc Bình"] == "district until 30 June 2025"
    assert ends(OCTOBER_2025)["Cao Bằng"] == ""


def test_works_of_one_place_have_one_marker(real: portfolio.Portfolio) -> None:
    data = maps.map_data(scope_of(real, OCTOBER_2025))
    places = [tuple(spot[:2]) for spot in data["spots"]]
    assert len(set(places)) == len(places)
    here = {frozenset(data["quiet"][number][1] for number in works) for *_, works in data["spots"]}
    assert frozenset({"Cầu 17/10, thành phố Lạng Sơn", "Cầu Kỳ Cùng, thành phố Lạng Sơn"}) in here
    facts = {work[1]: work[2] for work in data["quiet"]}
    assert facts["Cầu 17/10, thành phố Lạng Sơn"] == "Cầu"
    assert facts["Đường xuất nhập khẩu Tân Thanh – Khả Phong"] == "Đường bộ · chưa công bố chiều dài"


def test_a_change_tells_work_from_scope(real: portfolio.Portfolio) -> None:
    """366,55/640,28 → 596/618: work 229,45/618, scope 366,55 (1/618 − 1/640,28), by hand."""
    data = data_of(page.page(real, progress.measure(real, OCTOBER_2025), project="huu-nghi-chi-lang"))
    change = data["page"]["summary"]["lines"][0]["cells"][3]["changes"][0]
    assert change["big"] == "+229,45 ha"
    assert change["about"] == ["Tỷ lệ +39,19 điểm %: thực hiện +37,13, phạm vi +2,06", "tháng 10/2024 → 28/7/2025"]
    assert data["page"]["tables"][0]["rows"][0][6:10] == [
        ["n", "+229,45 ha"],
        ["n", "+39,19"],
        ["n", "+37,13"],
        ["n", "+2,06"],
    ]


def test_the_parts_of_a_change_add_up_as_printed(real: portfolio.Portfolio) -> None:
    """451,6/458,4 → 455,61/458,19: 0,9208 = 0,8752 + 0,0456; each rounded by itself would be 0,92 = 0,88 + 0,05."""
    data = data_of(page.page(real, progress.measure(real, OCTOBER_2025), project="dong-dang-tra-linh"))
    change = data["page"]["summary"]["lines"][0]["cells"][3]["changes"][0]
    assert change["about"][0] == "Tỷ lệ +0,92 điểm %: thực hiện +0,88, phạm vi +0,04"


def test_only_what_was_planned_is_told_of_the_future(tmp_path: Path) -> None:
    milestones = [
        {"title": title, "kind": "other", "date": day, "planned": planned, "source": "s"}
        for title, day, planned in (
            ("đã qua", "2024-10-31", "false"),
            ("chưa ai biết", "2024-11-01", "false"),
            ("theo kế hoạch", "2026-01-01", "true"),
        )
    ]
    world = world_of(tmp_path, {"milestones": milestones})
    (table,) = [one for one in content(world)["tables"] if one["id"] == "milestones"]
    assert [(row[3], row[5]) for row in table["rows"]] == [
        ("theo kế hoạch", ["chip", "unknown", "dự kiến"]),
        ("đã qua", ""),
    ]


def test_each_published_length_stands_with_source_and_date_beside_the_drawn_one(tmp_path: Path) -> None:
    lengths = [
        {"value": "khoảng 10 km", "source": "s", "note": "ước"},
        {"value": "12 km", "as_of": "2024-09-30", "source": "s"},
        {"value": "14 km", "as_of": "2024-11-01", "source": "s"},
        {"value": "15 km", "route": "duong"},
    ]
    world = world_of(tmp_path, {"length": lengths})
    km = world.routes.alignments["duong"].drawn_m / 1000

    def written(value: float, decimals: int) -> str:
        return f"{value:.{decimals}f}".replace(".", ",")

    (table,) = [one for one in content(world)["tables"] if one["id"] == "lengths"]
    drawn = ["n", f"{written(km, 1)} km"]
    end = [["n", ""], "sơ họa", "± 500 m"]
    assert table["rows"] == [
        [
            "Dự án",
            "Toàn dự án",
            ["n", "khoảng 10 km"],
            "",
            "ước",
            ["src", [0]],
            drawn,
            ["n", written(km / 10, 3)],
            *end,
        ],
        ["Dự án", "Toàn dự án", ["n", "12 km"], "30/9/2024", "", ["src", [0]], drawn, ["n", written(km / 12, 3)], *end],
        ["Dự án", "duong", ["n", "15 km"], "", "", "chưa ghi nguồn", drawn, ["n", written(km / 15, 3)], *end],
    ]
    (project,) = maps.map_data(scope_of(world, OCTOBER_2024))["projects"]
    assert project["length"] == ["12 km", "30/9/2024", 0]
    assert [text for text in project["facts"] if "km" in text] == []


def test_a_calibrated_route_has_the_ratio_of_drawn_to_chainage(real: portfolio.Portfolio) -> None:
    (table,) = [one for one in content(real, "ql4b")["tables"] if one["id"] == "lengths"]
    ratio = real.routes.alignments["ql4b"].ratio
    assert ratio is not None
    assert {row[8][1] for row in table["rows"]} == {f"{ratio:.3f}".replace(".", ",")}
    # By its chainage the route is the 62 km of the first claim.
    assert table["rows"][0][2] == ["n", "62 km"]
    assert table["rows"][0][7] == table["rows"][0][8]


def test_investment_has_the_date_of_its_source(real: portfolio.Portfolio) -> None:
    (table,) = [one for one in content(real)["tables"] if one["id"] == "investment"]
    place = table["head"].index("Thời điểm")
    assert {row[place] for row in table["rows"] if row[0].startswith("Cao tốc cửa khẩu")} == {"tháng 10/2024"}


def content(world: portfolio.Portfolio, project: str | None = None) -> Any:
    """What stands around the map at the end of October 2024."""
    return data_of(page.page(world, progress.measure(world, OCTOBER_2024), project=project))["page"]


# --- the document ----------------------------------------------------------------------------------------------------


def test_data_cannot_leave_its_script() -> None:
    text = "</script><!--<script>\u2028\u2029&\ud800"
    html = sheet.data_script({"a": text})
    inner = html.removeprefix('<script type="application/json" id="lsinfra-data">').removesuffix("</script>")
    assert not set(inner) & set("<>&\u2028\u2029")
    assert json.loads(inner)["a"] == text.replace("\ud800", "?")


def test_long_data_is_packed_and_the_same_every_time() -> None:
    data = {"a": ["số liệu"] * 20_000}
    html = sheet.data_script(data)
    assert len(html) < 2_000
    assert data_of(html) == data
    assert sheet.data_script(data) == html


def test_a_table_goes_by_columns_and_what_is_the_same_once() -> None:
    rows = [["a", 1, ["x"]], ["b", 1, ["x"]], ["c", 1, ["y"]]]
    assert sheet.columns(rows) == [3, ["a", "b", "c"], [1], [["x"], ["x"], ["y"]]]
    for some in (rows, rows[:1], []):
        assert rows_of(sheet.columns(some)) == some


def test_style_sheets_lose_only_what_nobody_reads() -> None:
    text = '/* of\n two lines */\na > b,\nc :focus {\n  d: e(f, g) "h:  i, j";\n}\n'
    assert sheet.lean(text) == 'a > b,c :focus{d:e(f,g) "h:  i, j";}'


@pytest.mark.parametrize("script", [*maps.SCRIPTS, *OF_PAGES, "charts.js"])
def test_scripts_keep_every_text(script: str) -> None:
    """No text goes over a line, and those between backticks and quotation marks come through as they are written."""
    written = (sheet._STATIC / script).read_text(encoding="utf-8")
    code = [line for line in written.splitlines() if not line.strip().startswith("//")]
    assert [line for line in code if line.count("`") % 2 or line.endswith("\\")] == []
    made = sheet.static(script)
    assert len(made) < len(written)
    assert [line for line in code if "`" in line and line.strip() not in made.splitlines()] == []
    plain = [
        text
        for line in code
        if "`" not in line
        for text in re.findall(r'"(?:[^"\\\n]|\\.)*"', line.partition(" // ")[0])
    ]
    assert [text for text in plain if text not in made] == []


def test_the_images_of_leaflet_are_only_on_a_map_to_which_more_can_be_added(real: portfolio.Portfolio) -> None:
    measured = progress.measure(real, OCTOBER_2024)
    assert maps.draw(real, measured).get_root().render().count("data:image/png") == 3
    html = page.page(real, measured)
    assert "data:image/png" not in html
    assert "url(images" not in html


@pytest.mark.parametrize("lang", LANGS)
def test_the_portfolio_s_page_is_small_enough_to_send(real: portfolio.Portfolio, lang: Lang) -> None:
    measured = progress.measure(real, OCTOBER_2025)
    assert len(page.page(real, measured, checks.check(real, measured), lang=lang).encode()) < 350_000


def test_the_policy_names_every_script_and_style(real: portfolio.Portfolio) -> None:
    html = page.page(real, progress.measure(real, OCTOBER_2024))
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        texts = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        assert texts
        hashes = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts}
        assert set(re.findall(r"'sha256-([^']*)'", policy.split(rule)[1].split(";")[0])) == hashes
    assert "default-src 'none'" in policy
    assert "img-src data:;" in policy
    assert "unsafe" not in policy


def test_a_page_names_no_address_to_load_from(real: portfolio.Portfolio) -> None:
    html = page.page(real, progress.measure(real, OCTOBER_2024))
    # What scripts ask for is seen in Chromium (test_page.py).
    markup = re.sub(r"<script\b[^>]*>.*?</script>", "<script></script>", html, flags=re.DOTALL)
    loading = r"<(?:link|iframe|object|embed|base)\b|\b(?:src|href)=(?!\"#)|@import|url\((?!data:)"
    assert re.findall(loading, markup) == []
    assert "sourceMappingURL" not in html
    assert "user-scalable" not in html
    for library in ("jquery", "bootstrap", "font-awesome", "cdn."):
        assert library not in html.lower()


def test_a_basemap_opens_the_policy_for_its_tiles_only(real: portfolio.Portfolio) -> None:
    basemap = maps.Basemap("https://{s}.tile.example.org/{z}/{x}/{y}.png", "© Example")
    drawn = maps.draw(real, progress.measure(real, OCTOBER_2024), basemap=basemap)
    html = drawn.get_root().render()
    assert "img-src data: https://*.tile.example.org;" in html
    assert "L.tileLayer(" in html


@pytest.mark.parametrize(
    ("url", "attribution", "key"),
    [
        ("https://tile.example.org/{z}/{x}.png", "©", "bad_tiles"),
        ("ftp://tile.example.org/{z}/{x}/{y}.png", "©", "bad_tiles"),
        ("OpenStreetMap", "©", "bad_tiles"),
        ("https://tile.example.org/{z}/{x}/{y}{{7*7}}", "©", "bad_tiles"),
        ("https://tile.example.org'; img-src */{z}/{x}/{y}", "©", "bad_tiles"),
        ("https://tile.example.org/{z}/{x}/{y}.png", "{% raw %}", "bad_attribution"),
    ],
)
def test_a_basemap_that_is_none_is_refused(url: str, attribution: str, key: str) -> None:
    with pytest.raises(maps.BasemapError) as caught:
        maps.Basemap(url, attribution)
    assert caught.value.key == key
    assert (attribution if key == "bad_attribution" else url) in caught.value.write("vi")


def test_the_layer_goes_on_any_folium_map(real: portfolio.Portfolio) -> None:
    drawn = folium.Map(location=[21.9, 106.7], tiles=None)
    drawn.add_child(maps.ProgressLayer(real, progress.measure(real, OCTOBER_2024), name="Tiến độ"))
    drawn.add_child(folium.LayerControl())
    html = drawn.get_root().render()
    assert "lsinfra.layer()" in html
    assert data_of(html)["projects"][0]["id"] == "huu-nghi-chi-lang"
    assert '"Ti\\u1ebfn \\u0111\\u1ed9" : progress_layer' in html


def test_a_map_is_a_folium_map(real: portfolio.Portfolio, tmp_path: Path) -> None:
    measured = progress.measure(real, OCTOBER_2024)
    drawn = maps.draw(real, measured, checks.check(real, measured), project="ql4b")
    assert isinstance(drawn, folium.Map)
    drawn.save(str(tmp_path / "map.html"))
    data = data_of((tmp_path / "map.html").read_text(encoding="utf-8"))
    assert [project["id"] for project in data["projects"]] == ["ql4b"]
    assert data["doubts"][0]


@pytest.mark.parametrize("name", sorted(hostile.texts(Path("x"))))
def test_no_text_runs_while_a_page_is_built(name: str, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    text = hostile.texts(marker)[name]
    hostile.write_root(tmp_path / "root", text)
    world = portfolio.load(tmp_path / "root")
    measured = progress.measure(world, OCTOBER_2024)
    written = page.write(world, measured, checks.check(world, measured), tmp_path / "maps")
    drawn = maps.draw(world, measured, checks.check(world, measured)).get_root().render()
    own = folium.Map(tiles=None)
    own.add_child(maps.ProgressLayer(world, measured))
    for html in (written[0].read_text("utf-8"), written[1].read_text("utf-8"), drawn, own.get_root().render()):
        data = data_of(html)
        assert data["projects"][0]["title"] == text
        assert data["sections"][0][1] == text
        assert data["attribution"] == text  # of the border, of a place, of a route: each name once
        if "page" in data:
            assert [text, f"{text} · {text}"] in data["page"]["drawn"]
    assert not marker.exists()


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    code = (
        "import hashlib, sys; from datetime import date; from pathlib import Path; "
        "from lsinfra import checks, portfolio, progress; from lsinfra.render import page; "
        "world = portfolio.load(Path(sys.argv[1])); seen = progress.measure(world, date(2025, 10, 31)); "
        "pages = page.write(world, seen, checks.check(world, seen), Path('maps')); "
        "print(*(hashlib.sha256(path.read_bytes()).hexdigest() for path in pages))"
    )
    hashes = set()
    for seed, folder in (("0", "a"), ("1", "b b"), ("4711", "c/đ")):
        (tmp_path / folder).mkdir(parents=True)
        env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", code, str(ROOT)],
            cwd=tmp_path / folder,
            env=env,
            capture_output=True,
            text=True,
            check=True,
        )
        hashes.add(done.stdout)
    assert len(hashes) == 1
    assert len(hashes.pop().split()) == 5


def test_a_thousand_sections_stay_below_half_a_megabyte(tmp_path: Path) -> None:
    html = page.page(*thousand(tmp_path))
    assert len(html.encode()) < 500_000
    data = data_of(html)
    assert len(data["sections"]) == len(data["rows"]) == 1000


def thousand(tmp_path: Path) -> tuple[portfolio.Portfolio, progress.Progress]:
    """A project of 1,000 sections, each with a figure of its own."""
    sections = [
        {
            "id": f"s{n}",
            "unit": f"Xã số {n}",
            "route": "duong",
            "from": f"Km{n // 10}+{n % 10}00",
            "to": f"Km{(n + 1) // 10}+{(n + 1) % 10}00",
        }
        for n in range(1000)
    ]
    clearance = [
        {"as_of": "2024-10-20", "section": f"s{n}", "handed_over": f"{n},5/1010 ha", "source": "s"} for n in range(1000)
    ]
    line = [(106.0 + step / 500, 22.0 + (step % 7) / 900) for step in range(600)]
    world = world_of(tmp_path, {"sections": sections, "clearance": clearance}, line)
    return world, progress.measure(world, OCTOBER_2024)


@pytest.mark.parametrize("lang", LANGS)
def test_every_page_is_said_in_full(real: portfolio.Portfolio, lang: Lang) -> None:
    """No text of the page is a Python value, an open placeholder or a key."""
    measured = progress.measure(real, OCTOBER_2025)
    findings = checks.check(real, measured)
    for project in (None, "huu-nghi-chi-lang", "dong-dang-tra-linh", "ql4b"):
        data = data_of(page.page(real, measured, findings, project=project, lang=lang))
        # Words with a {place} in them are filled in by the page's scripts; test_page.py reads what comes of them.
        said = every_text(data | {"words": {}, "charts": data.get("charts", {}) | {"words": {}}})
        odd = [text for text in said if re.search(r"\b(None|nan|True|False|Decimal|Fraction)\b|[{}]", text)]
        assert odd == []
    own = {key.removeprefix("ui."): text for key, text in words(lang, "page").items() if key.startswith("ui.")}
    assert data["words"].items() > own.items()
    # What the scripts ask for is there, a missing word would be "undefined" on the page; and nothing else is.
    scripts = "".join(sheet.static(name) for name in (*maps.SCRIPTS, *OF_PAGES))
    asked = set(re.findall(r"\b(?:w|words|data\.words)\.(\w+)", scripts))
    assert data["words"].keys() == asked


def every_text(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in every_text(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in every_text(inner)]
    return [value] if isinstance(value, str) else []


# --- writing ---------------------------------------------------------------------------------------------------------


def test_the_pages_of_a_date(real: portfolio.Portfolio, tmp_path: Path) -> None:
    measured = progress.measure(real, OCTOBER_2024)
    written = page.write(real, measured, (), tmp_path)
    names = ["index.html", "huu-nghi-chi-lang.html", "dong-dang-tra-linh.html", "ql4b.html"]
    assert written == [*(tmp_path / "2024-10-31" / name for name in names), tmp_path / "index.html"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2024-10-31", "index.html"]
    assert sorted(path.name for path in (tmp_path / "2024-10-31").iterdir()) == sorted([*names, "en", ".lsinfra.json"])
    assert sorted(path.name for path in (tmp_path / "2024-10-31" / "en").iterdir()) == sorted(names)


def test_the_dates_stand_newest_first(real: portfolio.Portfolio, tmp_path: Path) -> None:
    for other in ("2024-09-30", "2026-01-05", "2023-02-30", "notes"):
        (tmp_path / other).mkdir()
        (tmp_path / other / "index.html").write_text("x", encoding="utf-8")
    (tmp_path / "2024-08-31").mkdir()
    page.write(real, progress.measure(real, OCTOBER_2024), (), tmp_path)
    rows = data_of((tmp_path / "index.html").read_text("utf-8"))["dates"]["rows"]
    assert rows == [
        ["05/01/2026", "2026-01-05/index.html"],
        ["31/10/2024", "2024-10-31/index.html"],
        ["30/9/2024", "2024-09-30/index.html"],
    ]


def test_new_pages_replace_old_ones_whole(real: portfolio.Portfolio, tmp_path: Path) -> None:
    folder = tmp_path / "2024-10-31"
    folder.mkdir()
    (folder / "a-project-that-is-gone.html").write_text("old", encoding="utf-8")
    page.write(real, progress.measure(real, OCTOBER_2024), (), tmp_path)
    assert not (folder / "a-project-that-is-gone.html").exists()
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_what_a_killed_run_left_is_put_right(tmp_path: Path) -> None:
    for name, text in (
        (".2024-10-31.old", "old"),
        (".2024-10-31.new", "half"),
        (".2024-09-30.old", "older"),
        ("2024-09-30", "newer"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text(text, encoding="utf-8")
    for name in (".index.html.new", ".index.html.7-00ff.part"):
        (tmp_path / name).write_text("half", encoding="utf-8")
    (tmp_path / ".gitkeep").write_text("", encoding="utf-8")
    page.restore(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".gitkeep", "2024-09-30", "2024-10-31"]
    assert (tmp_path / "2024-10-31" / "index.html").read_text("utf-8") == "old"
    assert (tmp_path / "2024-09-30" / "index.html").read_text("utf-8") == "newer"


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from lsinfra import portfolio, progress
from lsinfra.render import page

world, maps, step = portfolio.load(Path(sys.argv[1])), Path(sys.argv[2]), 0
seen = progress.measure(world, date(2024, 10, 31))
# As binary files of the report: each run its own, of which none may stand beside the pages of another.
reports = [{f"{n}.pdf": bytes([n, *range(256)]) * 900, f"{n}.xlsx": bytes([255 - n]) * 70_000} for n in (0, 1)]
page.write(world, seen, (), maps, "vi", reports=reports[0])

def watch(event, arguments):
    # Every touch of the disk inside maps/ is a moment to die in.
    global step
    if event in {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir"} and str(maps) in str(arguments[0]):
        step += 1
        if step == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

for fatal in range(1, 500):
    child = os.fork()
    if not child:
        sys.addaudithook(watch)
        page.write(world, seen, (), maps, "en" if fatal % 2 else "vi", reports=reports[fatal % 2])
        os._exit(0)
    killed = os.waitpid(child, 0)[1] == signal.SIGKILL
    folder = maps / "2024-10-31"
    if not folder.exists():
        folder = maps / ".2024-10-31.old"
    pages = [path.read_text("utf-8") for path in folder.glob("*.html")]
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in {".pdf", ".xlsx"}}
    whole = len(pages) == 4 and all(text.endswith("</html>") for text in pages) and files in reports
    dates = (maps / "index.html").read_text("utf-8").endswith("</html>")
    print(fatal, killed, whole, len({text[:40] for text in pages}), dates)
    if not killed:
        break
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is killed at each of its steps by forking it there")
def test_a_run_killed_at_any_step_leaves_a_whole_set_of_pages(tmp_path: Path) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(ROOT), str(tmp_path / "maps")],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    steps = [line.split() for line in done.stdout.splitlines()]
    assert len(steps) > 10
    assert [step[1] for step in steps] == ["True"] * (len(steps) - 1) + ["False"]
    assert [step for step in steps if step[2:] != ["True", "1", "True"]] == []


def test_a_folder_that_cannot_be_written_is_said(real: portfolio.Portfolio, tmp_path: Path) -> None:
    (tmp_path / "maps").write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(RunError) as caught:
        page.write(real, progress.measure(real, OCTOBER_2024), (), tmp_path / "maps")
    assert caught.value.key == "unwritable"
    assert "maps" in str(caught.value)


def test_why_a_folder_cannot_be_written_is_said_in_its_language(real: portfolio.Portfolio, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(RunError) as caught:
        page.write(real, progress.measure(real, OCTOBER_2024), (), tmp_path / "file" / "maps")
    assert words("vi", "run")["reason.no_folder"] in caught.value.write("vi")


def test_chainage_that_nobody_published_is_not_told_as_one(real: portfolio.Portfolio) -> None:
    scope = scope_of(real, OCTOBER_2025)
    told = {
        (project.id, section.id): payload.extent(scope, section)
        for project in real.records.projects
        for section in project.sections
    }
    assert told["ql4b", "dinh-lap"] == "Km38 – Km80"
    assert told["dong-dang-tra-linh", "trang-dinh"] == "km 29,0 – 52,5 của đường vẽ (lý trình chưa công bố)"
    assert told["huu-nghi-chi-lang", "cao-loc"] == (
        "Cao tốc cửa khẩu Hữu Nghị – Chi Lăng, tuyến chính: Km1+750 – Km11+500, Km16 – Km19, Km30 – Km35+500; "
        "Cao tốc cửa khẩu Hữu Nghị – Chi Lăng, tuyến kết nối Tân Thanh và Cốc Nam: "
        "km 5,5 – 6,7 của đường vẽ (lý trình chưa công bố)"
    )
