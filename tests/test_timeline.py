"""The weeks of a page: the map at any stop is the map of a page of that day, and says that it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import folium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.timeline import LAST, year
from lsinfra import compare, portfolio, progress, records, routes, snapshots
from lsinfra.quantities import Measure
from lsinfra.render import map as maps
from lsinfra.render import page, payload, timeline
from lsinfra.render.sheet import leaflet_js
from lsinfra.render.since import Since
from lsinfra.text import Lang
from tests.conftest import ROOT
from tests.test_render import data_of, world_of

OCTOBER_2025 = date(2025, 10, 31)
HANOI = timezone(timedelta(hours=7))
NOW = datetime(2025, 11, 1, 8, tzinfo=HANOI)

Visits = Callable[..., Any]


@pytest.fixture(scope="module")
def written(real: portfolio.Portfolio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of the real records at every stop of the newest, which has what changed since October 2024."""
    folder = tmp_path_factory.mktemp("maps")
    for stop in stops_of(real, OCTOBER_2025):
        since = Since(compared(real, date(2024, 10, 31), OCTOBER_2025), stored=False) if stop == OCTOBER_2025 else None
        page.write(real, progress.measure(real, stop), (), folder, since=since)
    return folder


def compared(world: portfolio.Portfolio, before: date, after: date) -> compare.Comparison:
    first, second = (snapshots.make(ROOT, world, progress.measure(world, day), (), NOW) for day in (before, after))
    return compare.compare(first, second)


def scope_of(world: portfolio.Portfolio, day: date, project: str | None = None, lang: Lang = "vi") -> payload.Scope:
    return payload.Scope(world, progress.measure(world, day), lang, project)


def stops_of(world: portfolio.Portfolio, day: date) -> list[date]:
    return [stop.as_of for stop in timeline.timeline(scope_of(world, day)).stops]


# --- every stop is the map of its day --------------------------------------------------------------------------------

SECTIONS = [
    {"id": "a", "unit": "Xã A"},
    {"id": "b", "unit": "Xã B"},
    {"id": "c", "unit": "Tỉnh bên", "in_scope": "false"},
]
FIGURES = ["5/20 ha", "7,5 ha", "20/20 ha", "4 ha, đạt 40%", "3/10 km", "12 hộ", "1/30 ha, đạt 3,3%"]


@st.composite
def worlds(draw: st.DrawFn) -> portfolio.Portfolio:
    """Two projects of some sections, observed on any days and in any order; capital of two years."""
    projects = []
    for name in ("p", "q"):
        land = draw(
            st.lists(
                st.tuples(days(), st.sampled_from([None, "a", "b", "c"]), st.sampled_from(FIGURES), stages()),
                max_size=8,
                unique_by=lambda one: (one[0], one[1], one[3]),
            )
        )
        money = draw(
            st.lists(
                st.tuples(days(), st.sampled_from(["2023", "2024"]), st.sampled_from(["10/40 tỷ đồng", "3 tỷ đồng"])),
                max_size=3,
                unique_by=lambda one: one[:2],
            )
        )
        projects.append(
            {
                "id": name,
                "title": name,
                "kind": "road",
                "status": "implementation",
                "sections": SECTIONS,
                "clearance": [
                    {"as_of": day, "source": "s", stage: figure} | ({"section": section} if section else {})
                    for day, section, figure, stage in land
                ],
                "disbursement": [
                    {"as_of": day, "plan_year": plan, "base": "adjusted", "total": total, "source": "s"}
                    for day, plan, total in money
                ],
            }
        )
    given = {
        "portfolio": {"title": "Thử"},
        "sources": {"s": {"title": "Báo cáo", "kind": "press"}},
        "projects": projects,
    }
    return portfolio.Portfolio(
        records.Records.model_validate(given), routes.Routes({}, {}, None, None, (), "EPSG:9215")
    )


def days() -> st.SearchStrategy[str]:
    exact = st.dates(date(2023, 12, 20), date(2024, 5, 31)).map(date.isoformat)
    return st.one_of(exact, st.sampled_from(["2023-12", "2024-01", "2024-03", "2024-05"]))


def stages() -> st.SearchStrategy[str]:
    return st.sampled_from(["handed_over", "handed_over", "paid"])


def assert_every_stop(world: portfolio.Portfolio, as_of: date, project: str | None = None) -> None:
    """At each stop classes, whose figure it is, headline texts and stretches are those of a page of that day."""
    scope = scope_of(world, as_of, project)
    line = timeline.timeline(scope)
    told = maps.map_data(scope, line)["timeline"]
    assert [stop[1] for stop in told["stops"]] == [stop.as_of.isoformat() for stop in line.stops]
    for place, stop in enumerate(line.stops):
        page_then = maps.map_data(scope_of(world, stop.as_of, project))
        assert [codes[place] for codes in told["sections"]] == [str(one[5][0]) for one in page_then["sections"]]
        assert [codes[place] for codes in told["whole"]] == [str(one[5][1]) for one in page_then["sections"]]
        for number, then in enumerate(page_then["projects"]):
            assert told["projects"][number][place] == str(then["head"][3] if then["head"] else payload.NO_DATA)
            assert told["money"][number][place] == str(then["money"][0])
            head = at(told["heads"][number], place)
            known = then["head"]
            assert head[:4] == ([known[0], known[1], known[4], known[6]] if known else ["", "", "", 0])
            paid = at(told["paid"][number], place)
            row = page_then["money"][then["money"][2][0]] if then["money"][2] else None
            assert paid[1:4] == ([row[3], row[11], row[13]] if row else ["", "", 0])
            assert paid[5] == then["money"][1]


def at(entries: list[list[Any]], stop: int) -> list[Any]:
    found: list[Any] = [one for one in entries if one[0] <= stop][-1][1:]
    return found


@given(worlds(), st.dates(date(2024, 1, 1), date(2024, 8, 1)))
def test_at_every_stop_the_map_is_that_of_a_page_of_the_day(world: portfolio.Portfolio, as_of: date) -> None:
    assert_every_stop(world, as_of)


@given(worlds(), st.dates(date(2024, 1, 1), date(2024, 8, 1)))
def test_what_is_known_are_the_histories_whatever_the_progress_holds(world: portfolio.Portfolio, as_of: date) -> None:
    measured = progress.measure(world, as_of)
    for one in (measured, replace(measured, changes=())):
        known = timeline.read(world, one)
        for project in world.records.projects:
            histories = progress.histories(world.records, project, as_of)
            assert [list(history) for history in known.land[project.id]] == list(histories)


@pytest.mark.parametrize("project", [None, "ql4b"])
def test_at_every_stop_of_the_real_records(real: portfolio.Portfolio, project: str | None) -> None:
    assert_every_stop(real, OCTOBER_2025, project)


@given(worlds(), st.dates(date(2024, 1, 1), date(2024, 8, 1)))
def test_the_stops_are_the_weeks_with_an_observation(world: portfolio.Portfolio, as_of: date) -> None:
    stops = timeline.timeline(scope_of(world, as_of)).stops
    projects = world.records.projects
    every = [seen.as_of.last_day for one in projects for seen in one.clearance]
    every += [spent.as_of.last_day for one in projects for spent in one.disbursement]
    seen = {day.isocalendar()[:2] for day in every if day <= as_of}
    assert [stop.as_of for stop in stops] == sorted(stop.as_of for stop in stops)
    assert stops[-1].as_of == as_of
    assert {(stop.week.year, stop.week.week) for stop in stops if stop.observed} == seen
    assert len({stop.week for stop in stops}) == len(stops)
    for stop in stops[:-1]:
        assert stop.observed
        week = stop.as_of.isocalendar()[:2]
        assert stop.as_of == max(day for day in every if day <= as_of and day.isocalendar()[:2] == week)


def test_stops_of_the_real_records(real: portfolio.Portfolio) -> None:
    """Six weeks and the page's own; the money of October 2024 is of a week that land has too."""
    line = timeline.timeline(scope_of(real, date(2025, 12, 1)))
    assert [(stop.as_of.isoformat(), stop.week.iso, stop.observed) for stop in line.stops] == [
        ("2024-08-15", "2024-W33", True),
        ("2024-10-31", "2024-W44", True),
        ("2025-03-26", "2025-W13", True),
        ("2025-07-07", "2025-W28", True),
        ("2025-07-28", "2025-W31", True),
        ("2025-10-27", "2025-W44", True),
        ("2025-12-01", "2025-W49", False),
    ]
    assert stops_of(real, date(2025, 10, 29))[-1] == date(2025, 10, 29)  # one stop a week, the page's own
    # A project's page has the weeks of its own figures.
    own = timeline.timeline(scope_of(real, OCTOBER_2025, "ql4b"))
    assert [stop.week.iso for stop in own.stops] == ["2024-W33", "2025-W13", "2025-W44"]


def test_stretches_are_shown_while_they_are_the_latest(tmp_path: Path) -> None:
    def seen(day: str, value: str, *stretches: tuple[str, str]) -> dict[str, Any]:
        where = [{"route": "duong", "from": start, "to": end} for start, end in stretches]
        return {"as_of": day, "section": "a", "handed_over": value, "handed_over_at": where, "source": "s"}

    clearance = [
        seen("2024-01-10", "1 km", ("Km1", "Km2")),
        seen("2024-02-10", "1 km", ("Km1", "Km2")),
        seen("2024-03-10", "3 km", ("Km1", "Km4")),
        {"as_of": "2024-04-10", "section": "a", "handed_over": "4 km", "source": "s"},
    ]
    section = {"id": "a", "unit": "Xã A", "route": "duong", "from": "Km0", "to": "Km10"}
    world = world_of(tmp_path, {"sections": [section], "clearance": clearance})
    line = timeline.timeline(scope_of(world, date(2024, 3, 31)))
    spans = [
        (first, after, [(str(part.from_.m), str(part.to.m)) for part in parts])
        for first, after, parts in timeline.stretches(line, "p", "a")
    ]
    assert spans == [(0, 2, [("1000", "2000")]), (2, 4, [("1000", "4000")])]
    early = maps.map_data(scope_of(world, date(2024, 1, 31)))
    told = maps.map_data(scope_of(world, date(2024, 3, 31)))["timeline"]["exact"]
    # Those of the page's own date stand with the section, and are not sent twice.
    assert told == [[1, 0, 0, 2, early["sections"][0][6]], [1, 0, 2, 4, []]]
    # The newest figure says no place: nothing is drawn where it is.
    assert timeline.stretches(timeline.timeline(scope_of(world, date(2024, 4, 30))), "p", "a")[-1][:2] == (2, 3)


# --- sparklines ------------------------------------------------------------------------------------------------------


def test_a_sparkline_has_a_sign_for_every_stop(tmp_path: Path) -> None:
    def seen(day: str, stage: str, figure: str, section: str | None = None) -> dict[str, Any]:
        return {"as_of": day, stage: figure, "source": "s"} | ({"section": section} if section else {})

    clearance = [
        seen("2024-01-10", "handed_over", "10/40 ha"),  # 5 of 20 steps
        seen("2024-01-24", "handed_over", "39,9/40 ha"),  # not all of it: 19
        seen("2024-01-25", "handed_over", "20/40 ha"),  # the same week, the later one: 10
        seen("2024-02-21", "handed_over", "40/40 ha"),  # 20
        seen("2024-01-10", "paid", "0/40 ha"),
        seen("2024-02-21", "paid", "0,1/40 ha"),  # a little is not nothing
        seen("2024-01-17", "handed_over", "5 ha", "a"),  # no total at first: against the greatest, 20 ha
        seen("2024-01-24", "handed_over", "20/50 ha", "a"),
        seen("2024-01-17", "clear", "3 ha", "a"),
    ]
    world = world_of(tmp_path, {"sections": [{"id": "a", "unit": "Xã A"}], "clearance": clearance})
    scope = scope_of(world, date(2024, 3, 1))
    line = timeline.timeline(scope)
    assert [stop.as_of.day for stop in line.stops] == [10, 17, 25, 21, 1]
    told = dict(
        zip([(row.section, str(row.stage)) for row in scope.clearance], timeline.sparks(scope, line), strict=True)
    )
    assert told == {
        (None, "handed_over"): ["f.fk.", "10/40 ha", "10/01/2024"],
        (None, "paid"): ["a..b.", "0/40 ha", "10/01/2024"],
        ("a", "handed_over"): ["-fp..", "5 ha", "17/01/2024"],
        ("a", "clear"): ["-k...", "", ""],
    }


def drawn_sparks(seen: Any) -> list[dict[str, Any]]:
    read = """found => found.map(one => ({
      dots: one.querySelector('.dots').getAttribute('d').split('M').length - 1,
      steps: one.querySelector('.steps')?.getAttribute('d') ?? '',
      label: one.getAttribute('aria-label'), role: one.getAttribute('role') }))"""
    found: list[dict[str, Any]] = seen.page.eval_on_selector_all("#progress .spark", read)
    return found


def test_sparklines_have_a_dot_a_week_and_no_slope(visit: Visits, written: Path, real: portfolio.Portfolio) -> None:
    seen = visit(written / "2025-10-31" / "index.html")
    measured = progress.measure(real, OCTOBER_2025)
    observed = {
        (history[0].project, history[0].section, history[0].stage, history[0].measure): {
            row.dating.observed.last_day.isocalendar()[:2] for row in history
        }
        for project in real.records.projects
        for history in progress.histories(real.records, project, OCTOBER_2025)
    }
    told = drawn_sparks(seen)
    assert len(told) == len(measured.clearance)
    for one, row in zip(told, measured.clearance, strict=True):
        weeks = len(observed[row.project, row.section, row.stage, row.measure])
        assert (one["dots"], one["role"]) == (weeks, "img")
        assert set(filter(str.isalpha, one["steps"])) <= set("MHV")
        assert bool(one["steps"]) is (weeks > 1)
    assert told[0]["label"] == "Từ 366,55/640,28 ha (tháng 10/2024) đến 596/618 ha (28/7/2025), số liệu của 2 tuần"
    assert told[1]["label"] == "Một lần có số liệu: 39,9/59,87 km (tháng 10/2024)"
    seen.assert_quiet()


# --- the slider ------------------------------------------------------------------------------------------------------


def look_of(seen: Any) -> list[list[str | None]]:
    """How every line of the map is drawn, in their order; what has no opacity looks like nothing at all."""
    names = ["stroke", "stroke-dasharray", "stroke-width", "stroke-linecap"]
    found: list[list[str | None]] = seen.page.eval_on_selector_all(
        ".leaflet-overlay-pane path",
        f"""found => found.map(p => p.getAttribute('stroke-opacity') === '0' ? ['hidden']
          : {names!r}.map(name => p.getAttribute(name)))""",
    )
    return found


def labels_of(seen: Any) -> list[str]:
    found: list[str] = seen.page.locator(".project-label").all_inner_texts()
    return found


@pytest.mark.parametrize("name", ["index", "ql4b"])
def test_the_map_at_a_stop_looks_as_on_the_page_of_that_date(
    visit: Visits, written: Path, real: portfolio.Portfolio, name: str
) -> None:
    seen = visit(written / "2025-10-31" / f"{name}.html")
    slider = seen.page.get_by_role("slider")
    slider.focus()
    seen.page.keyboard.press("Home")
    then = None
    for stop in timeline.timeline(scope_of(real, OCTOBER_2025, None if name == "index" else name)).stops:
        path = written / stop.as_of.isoformat() / f"{name}.html"
        if then is None:
            then = visit(path)
        else:
            then.page.goto(path.resolve().as_uri())
            then.page.wait_for_selector('html[data-ready="true"]', state="attached")
        for mode in ("Giải ngân", "Giải phóng mặt bằng"):
            for one in (seen, then):
                one.page.get_by_role("radio", name=mode).check(force=True)
            assert look_of(seen) == look_of(then)
            assert labels_of(seen) == labels_of(then)
        slider.focus()
        seen.page.keyboard.press("ArrowRight")
    seen.assert_quiet()


def test_arrow_keys_move_the_map_and_it_is_said(visit: Visits, written: Path) -> None:
    seen = visit(written / "2025-10-31" / "index.html")
    slider, label, live = (seen.page.locator(f".weeks {part}") for part in ("input", ".day", "[aria-live=polite]"))
    notice, back = seen.page.locator("#map .earlier"), seen.page.locator(".weeks .back")
    assert label.inner_text() == "Bản đồ ngày 31/10/2025 · tuần 44/2025"
    assert not notice.is_visible()
    assert not back.is_visible()
    assert live.inner_text() == ""
    slider.focus()
    seen.page.keyboard.press("ArrowLeft")
    assert label.inner_text() == slider.get_attribute("aria-valuetext") == "Bản đồ ngày 28/7/2025 · tuần 31/2025"
    seen.page.keyboard.press("Home")
    seen.page.keyboard.press("ArrowRight")
    assert label.inner_text() == "Bản đồ ngày 31/10/2024 · tuần 44/2024"
    said = live.inner_text()
    assert said.startswith("Bản đồ ngày 31/10/2024 · tuần 44/2024. Tỷ lệ mặt bằng đã bàn giao:")
    assert "Hữu Nghị – Chi Lăng (BOT): 57,25%;" in said
    assert "Trà Lĩnh (Cao Bằng): chưa có số liệu toàn dự án;" in said
    assert "Km18 – Km80: 67,28% – 67,29%." in said
    assert notice.is_visible()
    assert "31/10/2024" in notice.inner_text()
    assert "của ngày 31/10/2025" in notice.inner_text()
    seen.page.get_by_role("radio", name="Giải ngân").check(force=True)
    assert "Hữu Nghị – Chi Lăng (BOT): 38,0%;" in live.inner_text()
    back.click()
    assert label.inner_text() == "Bản đồ ngày 31/10/2025 · tuần 44/2025"
    assert not notice.is_visible()
    seen.assert_quiet()


def test_the_map_plays_only_when_asked_and_stops(visit: Visits, written: Path) -> None:
    seen = visit(written / "2025-10-31" / "index.html")
    slider, live = seen.page.locator(".weeks input"), seen.page.locator(".weeks .aloud")
    assert slider.input_value() == slider.get_attribute("max") == "5"
    seen.page.get_by_role("button", name="Chạy qua các tuần").click()
    assert slider.input_value() == "0"  # from the end it begins anew
    seen.page.wait_for_function("() => document.querySelector('.weeks input').value === '2'")
    assert live.inner_text() == ""  # silent while it plays
    seen.page.get_by_role("button", name="Dừng").click()
    stopped = slider.input_value()
    assert seen.page.locator(".weeks .day").inner_text() in live.inner_text()
    seen.page.get_by_role("button", name="Chạy qua các tuần").click()
    seen.page.wait_for_function("n => document.querySelector('.weeks input').value !== n", arg=stopped)
    slider.focus()
    seen.page.keyboard.press("End")  # a hand on the slider ends the play
    assert seen.page.get_by_role("button", name="Chạy qua các tuần").count() == 1
    seen.assert_quiet()


def test_a_popup_says_of_which_day_its_figures_are(visit: Visits, written: Path) -> None:
    seen = visit(written / "2025-10-31" / "index.html")

    def opened() -> str:
        seen.page.locator('path.hit[aria-label^="Đoạn Lộc Bình"]').focus()
        seen.page.keyboard.press("Enter")
        text: str = seen.page.locator(".leaflet-popup .card-pop").last.inner_text()
        return text

    assert "Màu trên bản đồ" not in opened()
    slider = seen.page.locator(".weeks input")
    slider.focus()
    seen.page.keyboard.press("Home")
    # What was open told of another day.
    seen.page.wait_for_selector(".leaflet-popup", state="detached")
    said = seen.page.locator('path.hit[aria-label^="Đoạn Lộc Bình"]').get_attribute("aria-label")
    assert said.endswith("Km80: từ 60% đến dưới 80%")
    assert "49,35" not in said
    hint = "Màu trên bản đồ: ngày 15/8/2024, từ 60% đến dưới 80%. Số liệu dưới đây: ngày 31/10/2025."
    assert hint in opened()
    seen.assert_quiet()


def test_a_popup_of_an_earlier_day_says_whose_colour_that_was(visit: Visits, written: Path) -> None:
    seen = visit(written / "2025-10-31" / "index.html")

    def opened(section: str) -> str:
        seen.page.locator(f'path.hit[aria-label^="Đoạn {section}"]').focus()
        seen.page.keyboard.press("Enter")
        text: str = seen.page.locator(".leaflet-popup .card-pop").last.inner_text()
        return text

    whole = "Màu trên bản đồ theo số liệu toàn dự án"
    assert whole in opened("Tràng Định")
    seen.page.locator(".weeks input").focus()
    seen.page.keyboard.press("Home")
    # On 15/8/2024 the project had no figure of its own, and the section 5,105/27,13 ha = 18,82 %.
    popup = opened("Tràng Định")
    assert "Màu trên bản đồ: ngày 15/8/2024, dưới 20%." in popup
    assert whole not in popup
    assert whole not in opened("Chi Lăng")
    seen.assert_quiet()


def test_a_popup_tells_of_stretches_only_on_a_map_that_shows_them(
    visit: Visits, tmp_path: Path, real: portfolio.Portfolio
) -> None:
    part = {"route": "huu-nghi-chi-lang-main", "from": "Km18", "to": "Km20"}
    clearance = [
        {"as_of": "2024-08-20", "handed_over": "10/40 ha", "source": "s"},
        {"as_of": "2024-10-20", "handed_over": "20/40 ha", "source": "s", "handed_over_at": [part]},
    ]
    empty = world_of(tmp_path, {"routes": ["huu-nghi-chi-lang-main"], "clearance": clearance})
    world = portfolio.Portfolio(empty.records, real.routes)
    (tmp_path / "page.html").write_text(page.page(world, progress.measure(world, OCTOBER)), "utf-8")
    seen = visit(tmp_path / "page.html")
    said = "đúng lý trình được công bố"
    seen.page.locator("path.hit").focus()
    seen.page.keyboard.press("Enter")
    popup = seen.page.locator(".leaflet-popup .card-pop")
    assert said in popup.inner_text()
    seen.page.locator(".weeks input").focus()
    seen.page.keyboard.press("Home")
    seen.page.wait_for_selector(".leaflet-popup", state="detached")
    seen.page.locator("path.hit").focus()
    seen.page.keyboard.press("Enter")
    assert said not in popup.inner_text()


def test_paper_shows_the_week_and_the_measure_that_are_chosen(visit: Visits, written: Path) -> None:
    seen = visit(written / "2025-10-31" / "index.html")
    seen.page.locator(".weeks input").focus()
    seen.page.keyboard.press("Home")
    seen.page.locator(".measures input").nth(1).check(force=True)
    figures = labels_of(seen)
    seen.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert labels_of(seen) == figures
    assert "96,44%" not in " ".join(figures)
    told = seen.page.locator("#sheet .paper-week").inner_text()
    assert "15/8/2024" in told
    assert "31/10/2025" in told
    assert "(ha)" in seen.page.locator("#sheet .paper-key").inner_text()
    seen.page.emulate_media(media="print")
    assert not seen.page.locator(".weeks").is_visible()
    seen.page.emulate_media(media="screen")
    seen.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert "15/8/2024" in seen.page.locator(".weeks .day").inner_text()
    assert seen.page.locator(".paper-week").count() == 0
    # The page's own date needs no such line.
    seen.page.locator(".weeks input").focus()
    seen.page.keyboard.press("End")
    seen.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert seen.page.locator(".paper-week").count() == 0


def test_with_one_day_there_is_nothing_to_move(visit: Visits, tmp_path: Path) -> None:
    clearance = [{"as_of": "2024-10-30", "handed_over": "5/10 ha", "source": "s"}]
    world = world_of(tmp_path, {"clearance": clearance})
    (tmp_path / "page.html").write_text(page.page(world, progress.measure(world, date(2024, 10, 31))), "utf-8")
    seen = visit(tmp_path / "page.html")
    assert seen.page.locator(".weeks, .earlier, .spark").count() == 0
    assert seen.page.locator("#progress [data-row]").count() == 1
    seen.assert_quiet()


@pytest.mark.parametrize(
    "size", [{"width": 390, "height": 844}, {"width": 1440, "height": 900}], ids=["phone", "screen"]
)
def test_a_map_alone_moves_too(visit: Visits, real: portfolio.Portfolio, tmp_path: Path, size: dict[str, int]) -> None:
    maps.draw(real, progress.measure(real, OCTOBER_2025)).get_root().save(str(tmp_path / "map.html"))
    seen = visit(tmp_path / "map.html", **size)
    seen.page.locator(".weeks input").focus()
    seen.page.keyboard.press("Home")
    assert "15/8/2024" in seen.page.locator(".weeks .day").inner_text()
    box = seen.page.locator(".weeks").bounding_box()
    assert 0 <= box["x"] <= box["x"] + box["width"] <= size["width"]
    assert box["y"] + box["height"] <= size["height"]
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    seen.assert_quiet()


def test_on_a_map_of_ones_own_the_slider_is_a_control(visit: Visits, real: portfolio.Portfolio, tmp_path: Path) -> None:
    own = folium.Map(tiles=None)
    own.add_child(maps.ProgressLayer(real, progress.measure(real, OCTOBER_2025)))
    own.default_js, own.default_css = [], []
    html = own.get_root().render().replace("<head>", f"<head><script>{leaflet_js()}</script>", 1)
    (tmp_path / "own.html").write_text(html, encoding="utf-8")
    seen = visit(tmp_path / "own.html")
    assert seen.page.locator(".leaflet-bottom .weeks.leaflet-control").count() == 1
    seen.page.locator(".weeks input").focus()
    seen.page.keyboard.press("Home")
    assert "chưa có tỷ lệ" in labels_of(seen)[0]
    # Taken off the map it leaves nothing behind.
    seen.page.evaluate("() => lsinfra.drawn.remove()")
    assert seen.page.locator(".weeks, .earlier, path.hit").count() == 0
    seen.assert_quiet()


# --- since an earlier date -------------------------------------------------------------------------------------------


def told_of(page_data: dict[str, Any]) -> list[list[str]]:
    """What the head says became of its one line: chip, word, difference; of nothing its sentence below the table."""
    summary = page_data["summary"]
    if not summary["moved"]:
        return [["", summary["against"].rpartition(": ")[2], ""]]
    (line,) = summary["lines"]
    return [[*one["chip"], one["big"]] for one in line["cells"][3]["changes"]]


def world_at(tmp_path: Path, *clearance: dict[str, Any]) -> portfolio.Portfolio:
    given = [{"source": "s"} | one for one in clearance]
    return world_of(tmp_path, {"sections": [{"id": "a", "unit": "Xã A"}], "clearance": given})


def since_of(before: portfolio.Portfolio, after: portfolio.Portfolio, *days: date, lang: Lang = "vi") -> Any:
    """The page of the second world at the second day, compared with the first at the first."""
    first = snapshots.make(ROOT, before, progress.measure(before, days[0]), (), NOW)
    measured = progress.measure(after, days[1])
    second = snapshots.make(ROOT, after, measured, (), NOW)
    since = Since(compare.compare(first, second), stored=True)
    return data_of(page.page(after, measured, since=since, lang=lang))["page"]


AUGUST, OCTOBER = date(2024, 8, 31), date(2024, 10, 31)
OLD = {"as_of": "2024-08-20", "handed_over": "20/40 ha"}


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        # 20/40 → 30/50: +10 ha; the share 50 → 60 %, work 10/50 = +20, scope the rest −10.
        ([OLD], [OLD, {"as_of": "2024-10-20", "handed_over": "30/50 ha"}], ["moved", "cập nhật", "+10 ha"]),
        ([OLD], [OLD, {"as_of": "2024-10-20", "handed_over": "15/40 ha"}], ["doubt", "giảm so với kỳ trước", "-5 ha"]),
        ([OLD], [OLD | {"handed_over": "21/40 ha"}], ["corrected", "đính chính", "+1 ha"]),
        ([OLD], [OLD, OLD | {"as_of": "2024-10-20"}], ["confirmed", "giữ nguyên theo số liệu mới hơn", "0 ha"]),
        ([OLD], [OLD], ["", "không có số liệu mới", ""]),
        ([], [OLD], ["current", "mới có số liệu", ""]),
        ([OLD], [{"as_of": "2024-08-20", "paid": "1 ha"}], ["unknown", "không còn số liệu", ""]),
        # A stage that is gone is no land handed over that is gone, and no row of the page tells of it but this.
        ([{"as_of": "2024-08-20", "paid": "1 ha"}], [], ["unknown", "không còn số liệu", ""]),
    ],
)
def test_beside_a_headline_stands_what_became_of_it(
    tmp_path: Path, then: list[dict[str, Any]], now: list[dict[str, Any]], said: list[str]
) -> None:
    told = since_of(world_at(tmp_path, *then), world_at(tmp_path, *now), AUGUST, OCTOBER)
    assert told_of(told) == [said]
    # Where nothing is new the head says so once, and no table lists it.
    same = then == now
    assert bool(told["summary"]["moved"]) is not same
    assert ("since" in [table["id"] for table in told["tables"]]) is not same


def test_the_parts_of_a_change_stand_in_head_table_and_column(tmp_path: Path) -> None:
    now = [OLD, {"as_of": "2024-10-20", "handed_over": "30/50 ha"}]
    told = since_of(world_at(tmp_path, OLD), world_at(tmp_path, *now), AUGUST, OCTOBER)
    parts = "Tỷ lệ +10,00 điểm %: thực hiện +20,00, phạm vi -10,00"
    (line,) = told["summary"]["lines"]
    (change,) = line["cells"][3]["changes"]
    assert (change["big"], change["about"]) == ("+10 ha", [parts])
    (row,) = next(table["rows"] for table in told["tables"] if table["id"] == "since")
    assert [cell[1] for cell in row if isinstance(cell, list)][2:6] == ["+10 ha", "+10,00", "+20,00", "-10,00"]
    ((kind, difference, said),) = told["since"]["land"]
    assert (told["since"]["kinds"][kind], difference, said) == (["moved", "cập nhật"], "+10 ha", parts)


def test_a_correction_is_no_work(tmp_path: Path) -> None:
    # 20/40 → 21/40 of the same date: 2,5 points by correction, nothing by work or scope.
    told = since_of(world_at(tmp_path, OLD), world_at(tmp_path, OLD | {"handed_over": "21/40 ha"}), AUGUST, OCTOBER)
    parts = "Tỷ lệ +2,50 điểm %: đính chính +2,50"
    (line,) = told["summary"]["lines"]
    assert line["cells"][3]["changes"][0]["about"] == [told["since"]["land"][0][2]] == [parts]
    (table,) = (table for table in told["tables"] if table["id"] == "since")
    row = dict(zip(table["head"], table["rows"][0], strict=True))
    assert [row[name][1] for name in ("Tỷ lệ (điểm %)", "Do đính chính", "Do thực hiện", "Do đổi phạm vi")] == [
        "+2,50", "+2,50", "0,00", "0,00",
    ]  # fmt: skip


def test_a_change_upon_a_correction_says_both(tmp_path: Path) -> None:
    # 20/40 = 50 % is mended to 21/40 = 52,5 %; then 30/50 = 60 %: work 9/50 = 18, scope the rest −10,5.
    now = [OLD | {"handed_over": "21/40 ha"}, {"as_of": "2024-10-20", "handed_over": "30/50 ha"}]
    told = since_of(world_at(tmp_path, OLD), world_at(tmp_path, *now), AUGUST, OCTOBER)
    parts = "Tỷ lệ +10,00 điểm %: đính chính +2,50, thực hiện +18,00, phạm vi -10,50"
    assert told["since"]["land"][0][2] == parts


def test_a_section_s_change_is_told_where_its_project_has_none(tmp_path: Path) -> None:
    section = {"as_of": "2024-10-20", "section": "a", "handed_over": "5 ha"}
    slipped = {"as_of": "2024-10-25", "section": "a", "handed_over": "4 ha"}
    own = {"as_of": "2024-10-20", "handed_over": "30/40 ha"}

    def whose(then: list[dict[str, Any]], *now: dict[str, Any]) -> list[str]:
        told = since_of(world_at(tmp_path, *then), world_at(tmp_path, *now), AUGUST, OCTOBER)
        return [row[1] for table in told["tables"] if table["id"] == "since" for row in table["rows"]]

    assert whose([OLD], OLD, section) == ["Xã A"]
    assert whose([OLD], OLD, section, own) == ["Toàn dự án"]
    early = section | {"as_of": "2024-08-20"}
    assert whose([OLD, early], OLD, early, slipped, own) == ["Toàn dự án", "Xã A"]


@pytest.mark.parametrize(
    ("stored", "taken", "said"),
    [
        (True, datetime(2024, 10, 24, 8, tzinfo=HANOI), "so với bản lưu ngày 24/10/2024"),
        (True, None, "so với bản lưu ngày 24/10/2024"),
        (True, datetime(2024, 10, 28, 8, tzinfo=HANOI), "so với số liệu ngày 24/10/2024, lưu ngày 28/10/2024"),
        (False, NOW, "so với ngày 24/10/2024, theo số liệu biết hôm nay"),
    ],
)
def test_what_it_is_compared_with_is_said(stored: bool, taken: datetime | None, said: str) -> None:
    before, after = compare.Moment(date(2024, 10, 24), taken), compare.Moment(date(2024, 10, 31), NOW)
    assert Since(compare.Comparison(before, after, (), (), (), ()), stored).write("vi") == said


def test_what_changed_stands_in_the_tables(visit: Visits, written: Path) -> None:
    seen = visit(written / "2025-10-31" / "index.html")
    label = "So với ngày 31/10/2024, theo số liệu biết hôm nay"
    assert seen.page.locator(".look thead th").last.inner_text() == label
    column = f'#progress td[data-label="{label}"]'
    cells = seen.page.locator(column).all_text_contents()
    # 596 − 366,55 = 229,45 ha; 96,44 − 57,25 = 39,19 points, of them 229,45 ÷ 618 = 37,13 by work.
    assert cells[0] == "+229,45 ha cập nhậtTỷ lệ +39,19 điểm %: thực hiện +37,13, phạm vi +2,06"
    assert cells[1] == "không có số liệu mới"
    assert len(cells) == seen.page.locator("#progress [data-row]").count()
    assert (
        seen.page.locator(f'#disbursement td[data-label="{label}"]').all_inner_texts() == ["không có số liệu mới"] * 3
    )
    # The table of every change against the observation before is still there.
    assert "640,28" in seen.page.locator("#table-changes").inner_text()
    assert seen.page.locator("#since h2").inner_text() == "Thay đổi so với ngày 31/10/2024, theo số liệu biết hôm nay"
    seen.assert_quiet()


def test_without_an_earlier_date_nothing_is_said_of_one(visit: Visits, written: Path) -> None:
    seen = visit(written / "2024-10-31" / "index.html")
    assert seen.page.locator("#since, td.changed").count() == 0
    assert "không có số liệu mới" not in seen.page.locator("main").inner_text()


# --- charts and size -------------------------------------------------------------------------------------------------


def test_only_a_project_s_page_has_charts(visit: Visits, written: Path) -> None:
    project = visit(written / "2025-10-31" / "ql4b.html")
    assert project.page.locator("section.charts svg").count() >= 2
    project.assert_quiet()
    assert visit(written / "2025-10-31" / "index.html").page.locator("section.charts").count() == 0


def test_a_year_of_a_thousand_sections_stays_below_half_a_megabyte(tmp_path: Path) -> None:
    world = year(tmp_path)
    measured = progress.measure(world, LAST)
    html = page.page(world, measured)
    assert len(html.encode()) < 500_000
    data = data_of(html)
    assert (len(data["timeline"]["stops"]), len(data["sections"])) == (52, 1000)
    assert {len(codes) for codes in data["timeline"]["sections"]} == {52}
    assert len(data["page"]["sparks"]) == len(data["rows"]) > 2000
    area = [row.rate.value for row in measured.clearance if row.measure is Measure.AREA]
    assert len(area) > 1000
