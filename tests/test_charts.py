"""The charts of a project: their data worked out by hand, and what Chromium makes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsinfra import portfolio, progress, records, routes
from lsinfra.render import charts, page, payload, time_chainage
from lsinfra.render.sheet import data_script, static
from lsinfra.render.timeline import Stop, timeline
from lsinfra.text import LANGS, Lang, words
from lsinfra.weeks import Week
from tests import hostile
from tests.conftest import ROOT

OCTOBER_2025 = date(2025, 10, 31)
PHONE, SCREEN = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
SAMPLE_ROUTES = ROOT / "tests" / "sample" / "geodata"

Visits = Callable[..., Any]


@pytest.fixture(scope="module")
def drawn_routes() -> routes.Routes:
    return routes.load(SAMPLE_ROUTES, "EPSG:9215")


def charts_of(
    world: portfolio.Portfolio, day: date, project: str, lang: Lang = "vi", stops: Sequence[Stop] | None = None
) -> dict[str, Any]:
    """The charts of one project at a date."""
    scope = payload.Scope(world, progress.measure(world, day), lang, project)
    (found,) = charts.chart_data(scope, timeline(scope).stops if stops is None else stops)["projects"]
    return dict(found)


def world_of(drawn_routes: routes.Routes, **project: Any) -> portfolio.Portfolio:
    """A portfolio of one project ``p`` on ``quoc-lo-99``, Km0 to Km22+200."""
    head = {"id": "p", "title": "Dự án", "kind": "road", "status": "implementation", "routes": ["quoc-lo-99"]}
    given = {
        "portfolio": {"title": "Thử", "stale_after_days": "30"},
        "sources": {
            "s": {"title": "Báo cáo", "kind": "official"},
            "later": {"title": "Kế hoạch sau", "kind": "official", "date": "2024-09-01"},
            "news": {"title": "Báo", "kind": "press"},
        },
        "projects": [head | project],
    }
    return portfolio.Portfolio(records.Records.model_validate(given), drawn_routes)


def seen(day: str, figure: str | list[str], section: str | None = None, **more: Any) -> dict[str, Any]:
    return {"as_of": day, "handed_over": figure, "source": "s"} | ({"section": section} if section else {}) | more


TWO_SECTIONS = [
    {"id": "a", "unit": "Sông Trên", "route": "quoc-lo-99", "from": "Km0", "to": "Km10"},
    {"id": "b", "unit": "Sông Dưới", "route": "quoc-lo-99", "from": "Km12", "to": "Km22+200"},
]


def full(drawn_routes: routes.Routes) -> portfolio.Portfolio:
    """Observations, a plan, money, obstacles and stretches on two sections with a gap between them."""
    return world_of(
        drawn_routes,
        sections=TWO_SECTIONS,
        clearance=[
            seen("2024-05-31", "10/40 ha", "a"),
            seen("2024-05-31", "15/60 ha", "b"),
            seen("2024-05-31", "25/100 ha"),
            seen("2024-06", "30/100 ha"),
            seen("2024-06-30", "12/40 ha", "a"),
            seen(
                "2024-06-30",
                "18/60 ha",
                "b",
                handed_over_at=[{"route": "quoc-lo-99", "from": "Km14", "to": "Km16+500"}],
            ),
            seen("2024-08-15", "45/90 ha", source="news"),
        ],
        disbursement=[
            {"as_of": "2024-05", "plan_year": "2024", "base": "adjusted", "total": "20/100 tỷ đồng", "source": "s"},
            {"as_of": "2024-08-15", "plan_year": "2024", "base": "adjusted", "total": "45/90 tỷ đồng", "source": "s"},
        ],
        plan=[
            {"by": "2024-12-31", "handed_over": "90/90 ha", "source": "s"},
            {"by": "2024-09-30", "handed_over": "72 ha", "source": "s"},
            {"by": "2024-10-31", "handed_over": "80/90 ha", "source": "later"},
            {"by": "2024-12", "plan_year": "2024", "base": "adjusted", "disbursed": "90/90 tỷ đồng", "source": "s"},
        ],
        issues=[
            {"text": "Đường điện", "at": "Km3+500", "due": "2024-07-31", "owner": "Ban quản lý", "source": "s"},
            {"text": "Mồ mả", "at": "Km18", "due": "2025-01-31"},
            {"text": "Nhà dân", "at": "Km20", "closed": "2024-07"},
            {"text": "Không rõ", "at": "Km99"},
            {"text": "Chưa nêu lý trình"},
        ],
    )


AUGUST = date(2024, 8, 20)


# --- S-curve, by hand ------------------------------------------------------------------------------------------------


def test_huu_nghi_has_two_dots_and_its_scope_changed(real: portfolio.Portfolio) -> None:
    land, money = charts_of(real, OCTOBER_2025, "huu-nghi-chi-lang")["curves"]
    (line,) = land["lines"]
    first, second = line["dots"]
    assert line["name"] == "Toàn dự án"
    # A month counts as its last day; the first of it says how much of it is not known.
    assert first[:2] == [date(2024, 10, 31).toordinal(), date(2024, 10, 1).toordinal()]
    assert second[:2] == [date(2025, 7, 28).toordinal()] * 2
    assert first[2] == pytest.approx(366.55 / 640.28, abs=1e-6)
    assert second[2] == pytest.approx(596 / 618, abs=1e-6)
    assert (first[4], second[4]) == ("", "phạm vi thay đổi: 640,28 → 618 ha")
    assert land["rows"][:2] == [
        ["Toàn dự án", "tháng 10/2024", "366,55/640,28 ha", "57,25%", "", [0]],
        ["Toàn dự án", "28/7/2025", "596/618 ha", "96,44%", "phạm vi thay đổi: 640,28 → 618 ha", [5]],
    ]
    # 39,9/59,87 km and the 21,27 ha of Cao Lộc are no share of the area: told, not drawn.
    assert [row[:4] for row in land["rows"][2:]] == [
        ["Toàn dự án", "tháng 10/2024", "39,9/59,87 km", "66,64%"],
        ["Cao Lộc", "15/8/2024", "21,27 ha", ""],
    ]
    assert any(note.startswith("2 số liệu") for note in land["notes"])
    assert land["until"] == OCTOBER_2025.toordinal()
    (paid,) = money["lines"]
    assert paid["name"] == "Kế hoạch vốn sau điều chỉnh"
    assert paid["dots"][0][2] == pytest.approx(490.1 / 1288.123, abs=1e-6)
    # The plan year is over on its closing day: nothing is said of it after that.
    closing = date(2025, 1, 31).toordinal()
    assert money["closes"] == [[closing, "Thời hạn giải ngân 31/01/2025"]]
    assert money["until"] == closing
    assert money["from"] == date(2024, 1, 1).toordinal()


def test_a_page_of_the_past_knows_nothing_later(real: portfolio.Portfolio) -> None:
    past = charts_of(real, date(2024, 10, 31), "huu-nghi-chi-lang")
    assert [len(line["dots"]) for line in past["curves"][0]["lines"]] == [1]
    assert past["grid"]["rows"][-1] == ["31/10/2024", "tuần 44/2024"]
    stops = [Stop(day, Week.of(day), True) for day in (date(2025, 7, 28), date(2024, 8, 15), date(2024, 10, 31))]
    told = charts_of(real, date(2024, 10, 31), "huu-nghi-chi-lang", stops=stops)["grid"]["rows"]
    assert [row[0] for row in told] == ["15/8/2024", "31/10/2024"]


def test_ql4b_has_its_sections_beside_it_and_an_implied_total_is_said(real: portfolio.Portfolio) -> None:
    (land,) = charts_of(real, OCTOBER_2025, "ql4b")["curves"]
    assert [(line["name"], len(line["dots"])) for line in land["lines"]] == [
        ("Toàn dự án", 1),
        ("Lộc Bình", 2),
        ("Đình Lập", 2),
    ]
    loc_binh, dinh_lap = land["lines"][1]["dots"], land["lines"][2]["dots"]
    assert [dot[2] for dot in loc_binh] == [0.7512, 1.0]
    assert dinh_lap[0][2] == pytest.approx(17.34 / 31.52, abs=1e-6)
    assert land["rows"][loc_binh[0][3]][4] == "tỷ lệ do nguồn nêu, tổng chưa công bố"


def test_a_plan_is_drawn_as_it_was_published(drawn_routes: routes.Routes) -> None:
    land, money = charts_of(full(drawn_routes), AUGUST, "p")["curves"]
    plan = land["lines"][0]["plan"]
    # 72 ha without a total is measured against the newest published one, 90 ha; "later" is not out by August.
    assert [(dot[0], dot[2]) for dot in plan] == [
        (date(2024, 9, 30).toordinal(), 0.8),
        (date(2024, 12, 31).toordinal(), 1.0),
    ]
    assert [land["rows"][dot[3]] for dot in plan] == [
        ["Toàn dự án", "30/9/2024", "72 ha", "80,00%", "kế hoạch, tỷ lệ tính trên tổng 90 ha công bố 15/8/2024", [0]],
        ["Toàn dự án", "31/12/2024", "90/90 ha", "100,00%", "kế hoạch", [0]],
    ]
    assert [line["plan"] for line in land["lines"][1:]] == [[], []]
    (paid,) = money["lines"]
    assert [dot[2] for dot in paid["dots"]] == [0.2, 0.5]
    assert paid["dots"][1][4] == "mẫu số thay đổi: 100 → 90 tỷ đồng"
    assert [(dot[0], dot[2]) for dot in paid["plan"]] == [(date(2024, 12, 31).toordinal(), 1.0)]
    after = charts_of(full(drawn_routes), date(2024, 9, 30), "p")["curves"][0]["lines"][0]["plan"]
    assert len(after) == 3


def test_how_late_against_the_plan_stands_beside_the_curve(drawn_routes: routes.Routes) -> None:
    """45 ha on 15 August, 76 days after 20 ha were due; 25 of the next 52 ha take 25/52 of 122 days: 17.3 late."""
    plan = [
        {"by": "2024-05-31", "handed_over": "20 ha", "source": "s"},
        {"by": "2024-09-30", "handed_over": "72 ha", "source": "s"},
    ]
    land = [seen("2024-05-31", "25/100 ha"), seen("2024-08-15", "45/90 ha")]
    (curve,) = charts_of(world_of(drawn_routes, clearance=land, plan=plan), AUGUST, "p")["curves"]
    told = "chậm 2,5 tuần làm việc (tính đến 15/8/2024), giữa mục tiêu 31/5/2024 và mục tiêu 30/9/2024"
    assert f"So với kế hoạch, Toàn dự án: {told}." in curve["notes"]
    (bare,) = charts_of(world_of(drawn_routes, clearance=land), AUGUST, "p")["curves"]
    assert not [note for note in bare["notes"] if "So với kế hoạch" in note]


def test_targets_that_cannot_be_drawn_are_told(drawn_routes: routes.Routes) -> None:
    plan = [
        {"by": "2024-09", "handed_over": ["8 km", "12/12 ha"], "source": "s"},
        {"by": "2024-12", "handed_over": "9 km", "source": "s"},
    ]
    world = world_of(drawn_routes, clearance=[seen("2024-05-31", ["1/2 ha", "3 km"])], plan=plan)
    (land,) = charts_of(world, AUGUST, "p")["curves"]
    assert [row[1:5] for row in land["rows"]] == [
        ["31/5/2024", "1/2 ha", "50,00%", ""],
        ["tháng 9/2024", "12/12 ha", "100,00%", "kế hoạch"],
        ["31/5/2024", "3 km", "", ""],
        ["tháng 9/2024", "8 km", "", "kế hoạch"],
        ["tháng 12/2024", "9 km", "", "kế hoạch"],
    ]
    assert [len(line["plan"]) for line in land["lines"]] == [1]
    # A plan alone has no axes: nothing was observed.
    assert charts_of(world_of(drawn_routes, plan=plan), AUGUST, "p")["curves"] == []


def test_a_stated_hundred_without_a_total_is_not_drawn_as_all(drawn_routes: routes.Routes) -> None:
    world = world_of(drawn_routes, clearance=[seen("2024-05-31", "40 ha, đạt 100%")])
    (land,) = charts_of(world, AUGUST, "p")["curves"]
    assert land["lines"][0]["dots"][0][2] == 0.999
    assert land["rows"][0][3] == "≥ 99,5%"


def test_sections_alone_make_no_line_of_the_whole(drawn_routes: routes.Routes) -> None:
    figures = [seen("2024-05-31", "10/40 ha", "a"), seen("2024-05-31", "15/60 ha", "b")]
    world = world_of(drawn_routes, sections=TWO_SECTIONS, clearance=figures)
    (land,) = charts_of(world, AUGUST, "p")["curves"]
    assert [(line["name"], line["main"]) for line in land["lines"]] == [("Sông Trên", 0), ("Sông Dưới", 0)]


def test_more_lines_than_can_be_told_apart_are_in_the_table(drawn_routes: routes.Routes) -> None:
    sections = [{"id": f"s{n}", "unit": f"Xã {n}"} for n in range(9)]
    world = world_of(
        drawn_routes, sections=sections, clearance=[seen("2024-05-31", "1/4 ha", f"s{n}") for n in range(9)]
    )
    (land,) = charts_of(world, AUGUST, "p")["curves"]
    assert len(land["lines"]) == charts.LINES == 7
    assert [row[0] for row in land["rows"]] == [f"Xã {n}" for n in range(9)]
    assert "Biểu đồ chỉ vẽ 7 trong 9 đường; số liệu còn lại ở dạng bảng." in land["notes"]


def test_capital_added_after_september_has_its_own_line_and_closing_day(drawn_routes: routes.Routes) -> None:
    paid = {"plan_year": "2024", "base": "adjusted", "source": "s"}
    world = world_of(
        drawn_routes,
        disbursement=[
            {"as_of": "2024-12-31", "total": "50/100 tỷ đồng"} | paid,
            {"as_of": "2024-12-31", "total": "1/10 tỷ đồng", "added_after_september": "true"} | paid,
        ],
    )
    told = charts_of(world, date(2025, 3, 1), "p")
    (money,) = told["curves"]
    assert [line["name"] for line in money["lines"]] == [
        "Kế hoạch vốn sau điều chỉnh",
        "Kế hoạch vốn sau điều chỉnh, phần bổ sung sau ngày 30/9",
    ]
    assert [day for day, _ in money["closes"]] == [date(2025, 1, 31).toordinal(), date(2025, 12, 31).toordinal()]
    assert told["none"] == ["Chưa có số liệu bàn giao mặt bằng có tỷ lệ để vẽ."]


def test_only_the_newest_plan_years_are_drawn_and_it_is_said(drawn_routes: routes.Routes) -> None:
    paid = [
        {"as_of": f"{year}-12", "plan_year": str(year), "base": "adjusted", "total": "1/2 tỷ đồng", "source": "s"}
        for year in range(2019, 2024)
    ]
    panels = charts_of(world_of(drawn_routes, disbursement=paid), AUGUST, "p")["curves"]
    assert [panel["title"][-4:] for panel in panels] == ["2023", "2022", "2021"]
    assert panels[-1]["notes"][-1] == "Chỉ vẽ 3 năm kế hoạch vốn gần nhất trong 5 năm."


def test_without_figures_or_a_route_one_sentence_stands_there(drawn_routes: routes.Routes) -> None:
    told = charts_of(world_of(drawn_routes, routes=[]), AUGUST, "p")
    assert told["curves"] == []
    assert told["grid"] is None
    assert len(told["none"]) == 1
    assert told["none_grid"] == "Chưa có hướng tuyến để lập biểu đồ thời gian – lý trình."


@given(
    st.dictionaries(
        st.dates(date(2020, 1, 1), date(2024, 12, 31)),
        st.tuples(st.integers(0, 999), st.one_of(st.none(), st.integers(1, 999))),
        min_size=1,
        max_size=12,
    ),
    st.dates(date(2020, 1, 1), date(2025, 12, 31)),
)
def test_dots_are_the_published_shares_and_no_others(
    drawn_routes: routes.Routes, figures: dict[date, tuple[int, int | None]], day: date
) -> None:
    clearance = [
        seen(when.isoformat(), f"{value}/{total} ha" if total else f"{value} ha")
        for when, (value, total) in figures.items()
    ]
    told = charts_of(world_of(drawn_routes, clearance=clearance), day, "p")
    dots = [tuple(dot[:3]) for panel in told["curves"] for line in panel["lines"] for dot in line["dots"]]
    expected = [
        (when.toordinal(), when.toordinal(), Fraction(value, total))
        for when, (value, total) in sorted(figures.items())
        if total and when <= day
    ]
    assert [dot[:2] for dot in dots] == [one[:2] for one in expected]
    assert all(abs(dot[2] - one[2]) <= Fraction(1, 10**6) for dot, one in zip(dots, expected, strict=True))
    assert all((dot[2] >= 1) is (one[2] >= 1) for dot, one in zip(dots, expected, strict=True))


# --- time and chainage, by hand --------------------------------------------------------------------------------------


def runs(grid: dict[str, Any], place: int) -> list[tuple[Any, ...]]:
    """First stop, the one after the last, class, stale, whole, share of each run of a section."""
    return [tuple(run[:6]) for run in grid["sections"][place][3]]


def test_the_cells_of_ql4b(real: portfolio.Portfolio) -> None:
    grid = charts_of(real, OCTOBER_2025, "ql4b")["grid"]
    assert [row[0] for row in grid["rows"]] == ["15/8/2024", "26/3/2025", "31/10/2025"]
    # The figures of March are 219 days old in October.
    assert runs(grid, 0) == [(0, 1, 3, 0, 0, "75,12%"), (1, 2, 5, 0, 0, "100,00%"), (2, 3, 5, 1, 0, "100,00%")]
    assert runs(grid, 1) == [(0, 1, 2, 0, 0, "55,01%"), (1, 2, 5, 0, 0, "100,00%"), (2, 3, 5, 1, 0, "100,00%")]
    assert tuple(grid["whole"][0][:6]) == (0, 1, 7, 0, 0, "")
    (panel,) = grid["panels"]
    assert panel["blocks"] == [(18000.0, 38000.0, 0), (38000.0, 80000.0, 1)]
    assert (panel["axis"], panel["gaps"], panel["notes"]) == ("Lý trình", [], [])
    assert [tick[1] for tick in panel["ticks"]][:3] == ["Km18", "Km20", "Km25"]


def test_a_newer_figure_of_the_whole_project_stands_for_a_section_and_is_marked(real: portfolio.Portfolio) -> None:
    grid = charts_of(real, OCTOBER_2025, "dong-dang-tra-linh")["grid"]
    # 5,105/27,13 km of August 2024 gives way to 451,6/458,4 ha of July 2025.
    assert runs(grid, 2) == [(0, 1, 0, 0, 0, "18,82%"), (1, 2, 4, 0, 1, "98,52%"), (2, 3, 4, 0, 1, "99,44%")]
    assert grid["sections"][3][:3] == ["Cao Bằng", "km 52,5 – 113,9 của đường vẽ (lý trình chưa công bố)", 1]
    (panel,) = grid["panels"]
    assert panel["axis"] == "Km theo đường vẽ"
    assert panel["notes"][0].startswith("Lý trình của tuyến này chưa công bố")
    assert [tick[1] for tick in panel["ticks"]][:2] == ["0", "10"]


def test_gaps_stretches_and_obstacles(drawn_routes: routes.Routes) -> None:
    grid = charts_of(full(drawn_routes), AUGUST, "p")["grid"]
    (panel,) = grid["panels"]
    assert panel["gaps"] == [[10000.0, 12000.0]]
    # Published stretches of June, none in May.
    assert [run[9] for run in grid["sections"][1][3]][:2] == [[], [[0, 14000.0, 16500.0]]]
    # Closed, off the route and without a chainage: no mark. Overdue by August: said.
    assert panel["marks"] == [[3500.0, 0], [18000.0, 1]]
    told = [(issue[0], issue[1], issue[3][0], issue[5]) for issue in grid["issues"]]
    assert told == [
        ("Đường điện", "Km3+500 · Quốc lộ 99", "doubt", 1),
        ("Mồ mả", "Km18 · Quốc lộ 99", "unsolved", 1),
        ("Nhà dân", "Km20 · Quốc lộ 99", "done", 0),
        ("Không rõ", "Km99 · Quốc lộ 99", "unsolved", 0),
    ]
    assert grid["issues"][0][2] == "Đơn vị chịu trách nhiệm: Ban quản lý · hạn 31/7/2024"
    assert grid["issues"][2][2] == "giải quyết xong tháng 7/2024"
    before = charts_of(full(drawn_routes), date(2024, 7, 15), "p")["grid"]["panels"][0]["marks"]
    assert [at for at, _ in before] == [3500.0, 18000.0, 20000.0]


def test_an_obstacle_on_one_of_several_routes_is_placed_only_where_it_is_said(drawn_routes: routes.Routes) -> None:
    issues = [
        {"text": "không rõ tuyến", "at": "Km3"},
        {"text": "có tuyến", "at": "Km3", "route": "duong-ho-trang"},
        {"text": "có đoạn", "at": "Km4", "section": "a"},
    ]
    world = world_of(drawn_routes, routes=["quoc-lo-99", "duong-ho-trang"], sections=TWO_SECTIONS, issues=issues)
    grid = charts_of(world, AUGUST, "p")["grid"]
    assert [panel["marks"] for panel in grid["panels"]] == [[[4000.0, 2]], [[3000.0, 1]]]
    # What would place it is said.
    assert grid["issues"][0][2] == "chưa rõ thuộc tuyến nào của dự án: ghi thêm route vào hồ sơ"
    assert (
        charts_of(full(drawn_routes), AUGUST, "p")["grid"]["issues"][3][2] == "chưa xác định được vị trí trên tuyến vẽ"
    )


def test_only_the_newest_rows_are_drawn_and_it_is_said(drawn_routes: routes.Routes) -> None:
    days = [date(2020, 1, 6) + timedelta(weeks=n) for n in range(100)]
    world = world_of(drawn_routes, clearance=[seen(day.isoformat(), "1/2 ha") for day in days])
    grid = charts_of(world, days[-1], "p")["grid"]
    assert len(grid["rows"]) == time_chainage.ROWS == 60
    assert grid["rows"][0][0] == payload.day_text(days[40], "vi")
    assert "Chỉ vẽ 60 kỳ mới nhất trong 100 kỳ; các kỳ trước không vẽ, không tính bình quân." in grid["notes"]
    # One a week keeps the row's own figure: a run a row, none merged away.
    assert [run[:2] for run in grid["whole"]] == [[n, n + 1] for n in range(60)]


def test_every_source_on_the_charts_is_named(real: portfolio.Portfolio, drawn_routes: routes.Routes) -> None:
    def named(world: portfolio.Portfolio, day: date, project: str) -> set[str]:
        scope = payload.Scope(world, progress.measure(world, day), "vi", project)
        numbers = charts.sources(charts.chart_data(scope, timeline(scope).stops))
        return {name for name, number in scope.sources.items() if number in numbers}

    # July's figure is not on the page of October but on its chart.
    assert named(real, OCTOBER_2025, "dong-dang-tra-linh") == {
        "self-report-2024", "vietnam-vn-2025-07-07", "vietnam-vn-2025-10-27",
    }  # fmt: skip
    assert named(full(drawn_routes), AUGUST, "p") == {"s", "news"}
    assert named(full(drawn_routes), date(2024, 9, 30), "p") == {"s", "news", "later"}
    # An obstacle's alone.
    issues = [{"text": "x", "at": "Km3", "source": "news"}]
    assert named(world_of(drawn_routes, issues=issues), AUGUST, "p") == {"news"}


# --- in Chromium -----------------------------------------------------------------------------------------------------


def page_of(path: Path, world: portfolio.Portfolio, day: date, project: str) -> Path:
    """The charts alone on a page, as the scripts of a project's page would put them there."""
    scope = payload.Scope(world, progress.measure(world, day), "vi", project)
    told = {"charts": charts.chart_data(scope, timeline(scope).stops), "sources": payload.source_list(scope)}
    styles = "".join(static(name) for name in ("colours.css", "page.css", "layer.css", "charts.css"))
    scripts = "\n".join(static(name) for name in ("dom.js", "popups.js", "charts.js"))
    start = (
        "lsinfra.data().then((data) => { document.querySelector('main').append(...lsinfra.charts(data, 0));"
        " setTimeout(() => { document.documentElement.dataset.ready = 'true'; }, 100); });"
    )
    path.write_text(
        '<!DOCTYPE html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<style>{styles}</style><body class="page"><main></main>{data_script(told)}'
        f"<script>{scripts}\n{start}</script>",
        encoding="utf-8",
    )
    return path


def drawn_at(visible: Any, selector: str) -> list[dict[str, float]]:
    """Where shapes are on the screen."""
    boxes: list[dict[str, float]] = visible.page.eval_on_selector_all(
        selector,
        "all => all.map(one => { const b = one.getBoundingClientRect(); return {x: b.x + b.width / 2, w: b.width}; })",
    )
    return boxes


@pytest.mark.parametrize("size", [PHONE, SCREEN], ids=["phone", "screen"])
def test_published_figures_are_dots_joined_by_steps(
    visit: Visits, real: portfolio.Portfolio, tmp_path: Path, size: dict[str, int]
) -> None:
    visible = visit(page_of(tmp_path / "page.html", real, OCTOBER_2025, "huu-nghi-chi-lang"), **size)
    visible.assert_quiet()
    land = visible.page.locator("svg.curve").first
    assert land.locator(".dot").count() == 2
    assert land.locator(".moved").count() == 1
    assert "phạm vi thay đổi: 640,28 → 618 ha" in land.text_content()
    paths = visible.page.eval_on_selector_all("svg.curve .step", "all => all.map(one => one.getAttribute('d'))")
    assert len(paths) == 4
    assert all(re.fullmatch(r"M[\d.]+ [\d.]+([HV][\d.]+)*", path) for path in paths)
    # 31/10/2024 … 28/7/2025 is 270 of the 396 days from 1/10/2024 to 1/11/2025.
    first, second = drawn_at(visible, "svg.curve >> nth=0 >> .dot")
    plot = drawn_at(visible, "svg.curve >> nth=0 >> .axis")[0]
    assert second["x"] - first["x"] == pytest.approx(plot["w"] * 270 / 396, abs=1)
    assert visible.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    # Drawn at the width it has: letters keep their size.
    for scale in visible.page.eval_on_selector_all(
        ".chart svg", "all => all.map(one => one.getBoundingClientRect().width / one.viewBox.baseVal.width)"
    ):
        assert scale == pytest.approx(1, abs=0.01)
    letters = visible.page.eval_on_selector_all(
        ".chart text", "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(letters) >= 11


def test_obstacles_and_stretches_are_at_their_chainage(
    visit: Visits, drawn_routes: routes.Routes, tmp_path: Path
) -> None:
    visible = visit(page_of(tmp_path / "page.html", full(drawn_routes), AUGUST, "p"), **SCREEN)
    visible.assert_quiet()
    ticks = visible.page.eval_on_selector_all(
        "svg.route [data-m]",
        "all => all.map(one => [Number(one.dataset.m), one.getBoundingClientRect()])"
        ".map(([m, b]) => [m, b.x + b.width / 2])",
    )
    at = dict(map(tuple, ticks))
    scale = (at[20000] - at[2000]) / 18000
    marks = drawn_at(visible, ".issue")
    for mark, metres in zip(marks, (3500, 18000), strict=True):
        assert mark["x"] == pytest.approx(at[2000] + (metres - 2000) * scale, abs=1)
    (exact, *_) = drawn_at(visible, ".exact")
    assert exact["x"] == pytest.approx(at[2000] + (15250 - 2000) * scale, abs=1)
    assert exact["w"] == pytest.approx(2500 * scale, abs=1)
    assert visible.page.locator(".obstacles li").count() == 4
    assert visible.page.locator("svg.curve >> nth=0 >> .target").count() == 2


def test_a_class_has_a_pattern_of_its_own_beside_its_colour(
    visit: Visits, real: portfolio.Portfolio, tmp_path: Path
) -> None:
    visible = visit(page_of(tmp_path / "page.html", real, OCTOBER_2025, "ql4b"), **SCREEN)
    fills = visible.page.eval_on_selector_all(
        "svg.route .cell", "all => all.map(one => [one.dataset.class, one.getAttribute('fill')])"
    )
    by_class = dict(fills)
    assert by_class["5"] == "var(--c5)"
    assert len(set(by_class.values())) == len(by_class) == 4
    for level in ("2", "3", "7"):
        (name,) = re.fullmatch(r"url\(#(.+)\)", by_class[level]).groups()  # type: ignore[union-attr]
        assert visible.page.locator(f"svg.route pattern[id='{name}']").count() == 1


def test_the_tables_hold_what_is_drawn(visit: Visits, real: portfolio.Portfolio, tmp_path: Path) -> None:
    visible = visit(page_of(tmp_path / "page.html", real, OCTOBER_2025, "huu-nghi-chi-lang"), **SCREEN)
    for summary in visible.page.locator("summary").all():
        summary.focus()
        visible.page.keyboard.press("Enter")
    visible.page.wait_for_selector("#time-chainage table")
    land = visible.page.locator("#curves table").first.locator("tbody tr")
    assert land.nth(1).locator("td").all_text_contents()[:5] == [
        "Toàn dự án", "28/7/2025", "596/618 ha", "96,44%", "phạm vi thay đổi: 640,28 → 618 ha",
    ]  # fmt: skip
    assert "báo chí" in land.nth(1).text_content()
    cells = visible.page.locator("#time-chainage tbody tr").all_text_contents()
    assert any(row.startswith("3. Cao Lộc") and "21,27 ha" in row and "chưa công bố tổng" in row for row in cells)
    # Opened twice, there is still one table.
    visible.page.locator("summary").first.click()
    visible.page.locator("summary").first.click()
    assert visible.page.locator("#curves figure >> nth=0 >> table").count() == 1


def test_it_is_drawn_anew_when_the_window_changes(visit: Visits, real: portfolio.Portfolio, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(page.page(real, progress.measure(real, OCTOBER_2025), project="ql4b"), "utf-8")
    visible = visit(tmp_path / "page.html", **SCREEN)
    height = "document.querySelector('svg.curve').viewBox.baseVal.height"
    tall = []
    for event in ("beforeprint", "afterprint"):
        visible.page.evaluate(f"window.dispatchEvent(new Event('{event}'))")
        tall.append(visible.page.evaluate(height))
    assert tall == [290, 340]
    visible.page.set_viewport_size(PHONE)
    visible.page.wait_for_function("() => document.querySelector('svg.route').viewBox.baseVal.width < 390")
    assert visible.page.evaluate("document.documentElement.scrollWidth") <= 390
    visible.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    # Two frames later it still has the width of the paper.
    width = (
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => "
        "done(document.querySelector('svg.route').viewBox.baseVal.width))))"
    )
    assert visible.page.evaluate(width) == 1047  # 277 mm of A4
    assert visible.page.evaluate(height) == 290
    visible.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert visible.page.evaluate(width) < 390
    visible.assert_quiet()


@pytest.mark.parametrize("lang", LANGS)
def test_they_stand_on_the_page_of_a_project(
    visit: Visits, real: portfolio.Portfolio, tmp_path: Path, lang: Lang
) -> None:
    path = tmp_path / "page.html"
    path.write_text(
        page.page(real, progress.measure(real, OCTOBER_2025), project="huu-nghi-chi-lang", lang=lang), encoding="utf-8"
    )
    visible = visit(path, **PHONE)
    visible.assert_quiet()
    assert [visible.page.locator(f"main svg.{kind}").count() for kind in ("curve", "route")] == [2, 2]
    told = visible.page.locator(".charts").all_text_contents()
    assert not any("undefined" in text for text in told)
    assert any(words(lang, "chart")["ui.curves"] in text for text in told)


def test_hostile_texts_stay_texts(visit: Visits, drawn_routes: routes.Routes, tmp_path: Path) -> None:
    texts = hostile.texts(tmp_path / "marker")
    named = list(texts.values())
    sections = [
        {"id": f"s{n}", "unit": text, "route": "quoc-lo-99", "from": f"Km{n}", "to": f"Km{n + 1}"}
        for n, text in enumerate(named)
    ]
    world = world_of(
        drawn_routes,
        sections=sections,
        clearance=[seen("2024-05-31", "1/4 ha", f"s{n}") for n in range(len(named))],
        issues=[{"text": text, "at": "Km3", "owner": text, "actor": text} for text in named],
    )
    visible = visit(page_of(tmp_path / "page.html", world, AUGUST, "p"), **PHONE)
    visible.assert_quiet()
    assert visible.page.evaluate("window.__hacked") is None
    assert not (tmp_path / "marker").exists()
    assert visible.page.locator("main script, main img, main b, main [onload]").count() == 0
    listed = visible.page.locator(".obstacles li").all_text_contents()
    assert all(text.strip() in item for text, item in zip(named, listed, strict=True))
    assert visible.page.evaluate("document.documentElement.scrollWidth") <= 390


WEEKLY = [
    seen("2024-10", "366,55/640,28 ha"),
    seen("2025-07-28", "596/618 ha"),
    seen("2026-11-01", "601/618 ha"),
    seen("2026-11-08", "606/620 ha"),
    seen("2026-11-15", "609/620 ha", handed_over_at=[{"route": "quoc-lo-99", "from": "Km14", "to": "Km16"}]),
    seen("2026-11-22", "608,5/625 ha"),
]
AIMS = [
    {"by": day, "handed_over": f"{value} ha", "source": "s"}
    for day, value in (("2026-10-31", 605), ("2027-01-31", 618))
]


@pytest.mark.parametrize("size", [PHONE, SCREEN], ids=["phone", "screen"])
def test_weekly_figures_at_the_end_of_a_long_axis_stay_readable(
    visit: Visits, drawn_routes: routes.Routes, tmp_path: Path, size: dict[str, int]
) -> None:
    world = world_of(drawn_routes, sections=TWO_SECTIONS, clearance=WEEKLY, plan=AIMS)
    visible = visit(page_of(tmp_path / "page.html", world, date(2026, 11, 22), "p"), **size)
    said = visible.page.eval_on_selector_all("svg.curve .halo", "all => all.map(one => one.textContent)")
    # The first and the last with their dates, whatever else has no room.
    for share, day in (("57,25%", "tháng 10/2024"), ("97,36%", "22/11/2026")):
        assert share in said
        assert day in said[said.index(share) :][:4]
    # Whole or not at all: nothing ends in a colon that nothing follows, no share is without its date.
    for place, text in enumerate(said):
        if text.endswith(":"):
            assert "→" in said[place + 1]
    strong = visible.page.locator("svg.curve .halo.strong").count()
    assert strong == sum(bool(re.search(r"\d/20\d\d$", text)) for text in said)
    # A target is called one and is drawn apart.
    aims = visible.page.eval_on_selector_all("svg.curve .aim.strong", "all => all.map(one => one.textContent)")
    assert "kế hoạch 98,88%" in aims
    assert all(text.startswith("kế hoạch ") for text in aims)
    assert not {"96,80%", "98,88%"} & set(said)
    style = "one => { const style = getComputedStyle(one); return [style.fontStyle, style.fontWeight]; }"
    assert visible.page.eval_on_selector("svg.curve .aim.strong", style) == ["italic", "400"]
    boxes = visible.page.eval_on_selector_all(
        "svg.curve .halo",
        "all => all.map(one => one.getBoundingClientRect()).map(b => [b.left, b.top, b.right, b.bottom])",
    )
    # Lines of 17 px stand 14 px apart.
    hidden = [
        (said[place], said[before])
        for place, one in enumerate(boxes)
        for before, other in enumerate(boxes[:place])
        if one[0] < other[2] - 1 and other[0] < one[2] - 1 and one[1] < other[3] - 3.1 and other[1] < one[3] - 3.1
    ]
    assert hidden == []
    # Dots of neighbouring weeks do not cover each other's middle.
    dots = visible.page.eval_on_selector_all(
        "svg.curve .dot", "all => all.map(one => one.getBoundingClientRect()).map(b => [b.x + b.width / 2, b.width])"
    )
    assert all(after[0] - before[0] > after[1] / 2 for before, after in pairwise(dots))


def test_the_whole_project_s_column_keeps_its_colour_where_stretches_are_known(
    visit: Visits, drawn_routes: routes.Routes, tmp_path: Path
) -> None:
    both = ["quoc-lo-99", "duong-ho-trang"]
    world = world_of(drawn_routes, routes=both, sections=TWO_SECTIONS, clearance=WEEKLY)
    visible = visit(page_of(tmp_path / "page.html", world, date(2026, 11, 22), "p"), **SCREEN)
    column = (
        "all => all.map(svg => [...svg.querySelectorAll('.cell')].filter(one => one.getBoundingClientRect().left > "
        "svg.getBoundingClientRect().right - 100).length)"
    )
    # Six figures, six cells, on the route of the stretches and on the other.
    assert visible.page.eval_on_selector_all("svg.route", column) == [6, 6]


def test_a_long_history_is_drawn_whole_and_its_words_stay_apart(
    visit: Visits, drawn_routes: routes.Routes, tmp_path: Path
) -> None:
    days = [date(2014, 1, 6) + timedelta(weeks=n) for n in range(520)]
    clearance = [seen(day.isoformat(), f"{n}/600 ha") for n, day in enumerate(days)]
    world = world_of(drawn_routes, sections=TWO_SECTIONS, clearance=clearance)
    visible = visit(page_of(tmp_path / "page.html", world, days[-1], "p"), **PHONE)
    visible.assert_quiet()
    assert visible.page.locator("svg.curve .dot").count() == 520
    # Of 60 rows of 10 px every second has its date beside it, the newest among them.
    labels = visible.page.locator("svg.route .row").all_text_contents()
    assert labels == [payload.day_text(day, "vi") for day in days[-59::2]]
    boxes = visible.page.eval_on_selector_all(
        "svg.curve text",
        "all => all.map(one => one.getBoundingClientRect()).map(b => [b.left, b.top, b.right, b.bottom])",
    )
    # Lines of 17 px stand 14 px apart.
    hidden = [
        (one, other)
        for place, one in enumerate(boxes)
        for other in boxes[:place]
        if one[0] < other[2] - 1 and other[0] < one[2] - 1 and one[1] < other[3] - 3.1 and other[1] < one[3] - 3.1
    ]
    assert hidden == []
