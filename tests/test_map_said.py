"""What the map says beside its lines: headlines of popups, names of projects, dots, rows, pins; the page's own head."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from lsinfra import checks, portfolio, progress
from lsinfra.codes import SourceKind, Stage
from lsinfra.progress import Progress
from lsinfra.quantities import Measure, StatedCheck
from lsinfra.render import map as maps
from lsinfra.render import page
from lsinfra.render.payload import Scope, rate_text, share_words
from tests.conftest import ROOT
from tests.test_map import OCTOBER_2025, PHONE, Visits, bounded, rows_of, saved, search
from tests.test_render import world_of

__all__ = ["bounded"]  # a fixture

MODES = ["land", "0", "1", "2", "money"]


@pytest.fixture(scope="module")
def real() -> portfolio.Portfolio:
    return portfolio.load(ROOT)


@pytest.fixture(scope="module")
def measured(real: portfolio.Portfolio) -> Progress:
    return progress.measure(real, OCTOBER_2025)


@pytest.fixture(scope="module")
def written(real: portfolio.Portfolio, measured: Progress, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("said")
    findings = checks.check(real, measured)
    (folder / "index.html").write_text(page.page(real, measured, findings), encoding="utf-8")
    maps.draw(real, measured, findings).save(str(folder / "map.html"))
    return folder


# --- popups ----------------------------------------------------------------------------------------------------------

OPENED = """(mode) => {
  const layer = lsinfra.drawn, found = [];
  layer.mode(mode);
  const open = (kind, all) => all.forEach((drawn, number) => {
    if (!drawn || (kind === 'section' && layer._data.sections[number][8])) return;
    layer.show(kind, number, false);
    const said = [...document.querySelectorAll('.card-pop')].pop(), big = said.querySelector('.big');
    const bar = big && big.querySelector('.bar');
    found.push({
      name: drawn.name, level: layer._level(kind, number), big: big ? big.innerText : '',
      bar: bar ? Number(/c(\\d)/.exec(bar.className)[1]) : null,
      what: said.querySelector('h4').innerText, dated: big ? big.nextElementSibling.innerText : '',
    });
  });
  open('project', layer._projects);
  open('section', layer._sections);
  return found;
}"""


def test_the_headline_of_a_popup_is_what_colours_its_line(visit: Visits, written: Path) -> None:
    seen = visit(written / "index.html")
    told = {mode: seen.page.evaluate(OPENED, mode) for mode in MODES}
    for mode, found in told.items():
        for one in found:
            if one["level"] == 7:
                assert one["big"] == "", (mode, one)
            elif one["level"] == 6:
                assert one["bar"] is None, (mode, one)
                assert "chưa công bố tổng" in one["big"], (mode, one)
            else:
                assert one["bar"] == one["level"], (mode, one)
    of = {(mode, one["name"].split(",")[0].split(":")[0]): one for mode, found in told.items() for one in found}
    # 5,105/27,13 km of a source of 2024, beside 455,61/458,19 ha of the whole project a year later.
    section = of["1", "Đoạn Tràng Định"]
    assert section["big"].split("5", 1) == ["18,82%", ",105/27,13 km"]
    assert section["what"] == "Bàn giao tính theo km"
    assert section["dated"].startswith("15/8/2024 (đã cũ) [1]")
    assert of["land", "Đoạn Tràng Định"]["what"] == "Toàn dự án: bàn giao mặt bằng"
    assert of["land", "Đoạn Tràng Định"]["big"].startswith("99,44%")
    money = of["money", "Cao tốc cửa khẩu Hữu Nghị – Chi Lăng (BOT)"]
    assert (money["what"], money["big"][:5]) == ("Giải ngân", "38,0%")
    assert "Năm 2024" in money["dated"]
    assert "tháng 10/2024" in money["dated"]
    # The whole project by a measure that only some of its sections have: unknown, and not the land's 99,44 %.
    assert of["1", "Cao tốc Đồng Đăng (Lạng Sơn) – Trà Lĩnh (Cao Bằng)"]["big"] == ""
    seen.assert_quiet()


def test_a_figure_of_a_popup_and_of_a_card_can_be_copied(visit: Visits, written: Path) -> None:
    seen = visit(written / "index.html")
    seen.page.evaluate("lsinfra.drawn.mode('1')")
    seen.page.evaluate(
        "lsinfra.drawn.show('section', lsinfra.drawn._data.sections.findIndex(one => one[1] === 'Tràng Định'))"
    )
    line = "5,105/27,13 km (18,82%). Thời điểm: 15/8/2024; số liệu cũ. Nguồn: Báo cáo tự giám sát"
    seen.page.locator(".card-pop .big .copy").last.click()
    expect(seen.page.locator("#told")).to_contain_text(line)
    seen.page.keyboard.press("Escape")
    assert seen.page.locator("#projects .big").count() == seen.page.locator("#projects .big .copy").count() == 3
    seen.page.locator("#projects .big .copy").first.click()
    expect(seen.page.locator("#told")).to_contain_text("596/618 ha (96,44%). Thời điểm: 28/7/2025; không khớp")
    seen.assert_quiet()


# --- names -----------------------------------------------------------------------------------------------------------


def test_the_name_of_a_project_says_amount_press_and_conflict(
    visit: Visits, written: Path, real: portfolio.Portfolio, measured: Progress
) -> None:
    seen = visit(written / "index.html")
    labels = seen.page.locator(".project-label").all_inner_texts()
    sources = real.records.sources
    for project, text in zip(real.records.projects, labels, strict=True):
        row = next(
            row
            for row in measured.clearance
            if (row.project, row.section, row.stage, row.measure) == (project.id, None, Stage.HANDED_OVER, Measure.AREA)
        )
        press = sources[row.dating.source].kind is SourceKind.PRESS if row.dating.source else False
        assert project.name.write("vi") in text
        assert share_words(row.rate, Measure.AREA, "vi") in text
        assert rate_text(row.rate, Measure.AREA, "vi") in text
        assert ("báo chí" in text) == press
        assert ("không khớp" in text) == (row.rate.check is StatedCheck.CONFLICT)
    assert [("không khớp" in text) for text in labels] == [True, False, False]
    seen.page.evaluate("lsinfra.drawn.mode('money')")
    amounts = seen.page.locator(".project-label .amount").all_text_contents()  # shown where there is room
    assert amounts == ["490,1/1.288,123 tỷ đồng", "", ""]


NAMED = """() => lsinfra.drawn._labels.filter((one) => one.put).map((one) => [one.box.textContent, ...one.put])"""


@pytest.mark.parametrize("size", [PHONE, {"width": 1440, "height": 900}], ids=["phone", "screen"])
def test_an_amount_takes_no_name_its_room(visit: Visits, written: Path, size: Any) -> None:
    seen = visit(written / "index.html", **size)
    named = seen.page.evaluate(NAMED)
    assert len(named) > 5
    seen.page.evaluate("() => { lsinfra.drawn._enlarge = () => {}; lsinfra.drawn._layout(); }")
    assert seen.page.evaluate(NAMED) == named
    assert seen.page.locator(".project-label.full").count() == 0


def test_a_dot_is_shown_with_its_name_only(visit: Visits, written: Path) -> None:
    seen = visit(written / "index.html", **PHONE)
    read = """() => [...document.querySelectorAll('.place')].map((one) =>
      [...one.children].map((part) => getComputedStyle(part).visibility))"""
    shown = seen.page.evaluate(read)
    assert all(dot == name for dot, name in shown)
    assert {dot for dot, _ in shown} == {"visible", "hidden"}


# --- rows and pins ---------------------------------------------------------------------------------------------------


def test_rows_that_are_picked_and_filtered_are_marked_by_more_than_colour(visit: Visits, written: Path) -> None:
    seen = visit(written / "index.html")
    row = rows_of(seen, "ql4b", "Lộc Bình")[0]
    read = """id => { const { boxShadow, backgroundImage, backgroundColor } =
      getComputedStyle(document.getElementById(id).firstChild);
      const { backgroundColor: beside } = getComputedStyle(document.getElementById(id).children[1]);
      return { boxShadow, backgroundImage, backgroundColor, beside }; }"""
    plain = seen.page.evaluate(read, row)
    assert (plain["boxShadow"], plain["backgroundImage"]) == ("none", "none")
    seen.page.locator(f"#{row} td").nth(1).click(position={"x": 3, "y": 3})
    picked = seen.page.evaluate(read, row)
    assert "inset" in picked["boxShadow"]
    assert picked["backgroundColor"] == picked["beside"] != plain["backgroundColor"]
    seen.page.evaluate("lsinfra.drawn.pick()")
    seen.page.locator(".tools select").select_option("c")
    found = seen.page.evaluate(read, row)
    assert found["boxShadow"] == "none"
    assert "repeating-linear-gradient" in found["backgroundImage"]
    assert found["backgroundColor"] == found["beside"] == picked["backgroundColor"]


def test_a_row_that_is_not_drawn_is_picked_by_the_keyboard(visit: Visits, tmp_path: Path) -> None:
    world = world_of(
        tmp_path,
        {
            "sections": [{"id": "a", "unit": "Xã A"}],
            "clearance": [{"as_of": "2024-10-20", "section": "a", "handed_over": "3/10 ha", "source": "s"}],
        },
    )
    seen = visit(saved(tmp_path, world))
    button = seen.page.locator("#row-0 button").first
    assert button.get_attribute("title") == "Chưa có hướng tuyến để vẽ trên bản đồ."
    button.press("Enter")
    assert seen.page.locator("#row-0.picked").count() == 1
    assert seen.page.evaluate("location.hash") == "#p/a"
    seen.assert_quiet()


def test_a_pin_of_a_section_goes_when_the_project_of_the_same_number_is_picked(visit: Visits, written: Path) -> None:
    seen = visit(written / "map.html")
    search(seen, "Km40").press("Enter")
    kind, number = seen.page.evaluate("lsinfra.drawn._pin.of")
    assert (kind, number < 3) == ("section", True)
    seen.page.evaluate("number => lsinfra.drawn.pick('project', number)", number)
    assert seen.page.locator(".pin").count() == 0


# --- weeks -----------------------------------------------------------------------------------------------------------


def test_at_a_stop_the_projects_of_the_head_are_read_aloud(visit: Visits, tmp_path: Path) -> None:
    seen_at = ["2024-10-01", "2024-10-20"]
    shares = [90, 80, 70, 60, 50, 40, 30, 20, 10]
    worlds = [
        world_of(
            tmp_path,
            {
                "id": f"p{n}",
                "title": f"Dự án {n}",
                "clearance": [{"as_of": day, "handed_over": f"{share}/100 ha", "source": "s"} for day in seen_at],
            },
        )
        for n, share in enumerate(shares)
    ]
    projects = tuple(one.records.projects[0] for one in worlds)
    many = portfolio.Portfolio(worlds[0].records.model_copy(update={"projects": projects}), worlds[0].routes)
    seen = visit(saved(tmp_path, many))
    seen.page.locator(".weeks input").focus()
    seen.page.keyboard.press("Home")
    said = seen.page.locator(".weeks [aria-live]").inner_text()
    head = seen.page.locator(".look tbody th").all_inner_texts()
    assert head == [f"Dự án {n}" for n in (8, 7, 6, 5, 4, 3)]
    assert [f"Dự án {n}:" in said for n in range(9)] == [f"Dự án {n}" in head for n in range(9)]
    assert "và 3 dự án khác" in said


@pytest.mark.parametrize("size", [PHONE, {"width": 1440, "height": 900}], ids=["phone", "screen"])
def test_boundaries_of_another_day_are_said(
    visit: Visits, bounded: portfolio.Portfolio, tmp_path: Path, size: Any
) -> None:
    seen = visit(saved(tmp_path, bounded, OCTOBER_2025), **size)
    stops = seen.page.evaluate("lsinfra.drawn._data.timeline.stops.map((stop) => stop[1])")
    assert any(stop < "2025-07-01" for stop in stops)
    assert any(stop >= "2025-07-01" for stop in stops[:-1])
    for number, stop in enumerate(stops[:-1]):
        seen.page.evaluate("number => lsinfra.drawn._weeks.go(number)", number)
        told = seen.page.locator(".earlier").text_content()
        assert ("Địa giới" in told) == (stop < "2025-07-01"), stop
        assert "31/10/2025" in told


# --- the head --------------------------------------------------------------------------------------------------------

HEAD = """() => [...document.querySelectorAll('.look tbody tr')].map((row) =>
  [...row.querySelectorAll('td')].slice(0, 3).map((cell) => [...cell.querySelectorAll('.fig')].map((fig) => ({
    share: (fig.querySelector('b:not(.only)') || { innerText: '' }).innerText,
    text: fig.querySelector('.figures').innerText, when: fig.querySelector('.when').innerText,
    sources: [...fig.querySelectorAll('.ref')].map((one) => one.innerText),
    chips: [...fig.querySelectorAll('.chip')].map((one) => one.className.split(' ')[1]).sort(),
  }))))"""


def test_each_figure_of_the_head_has_share_total_date_source_and_doubts(
    visit: Visits, written: Path, real: portfolio.Portfolio, measured: Progress
) -> None:
    seen = visit(written / "index.html")
    told, sources = seen.page.evaluate(HEAD), list(real.records.sources)
    compared = 0
    for project, cells in zip(real.records.projects, told, strict=True):
        own = [row for row in measured.clearance if row.project == project.id and row.section is None]
        for cell, measure in zip(cells, (Measure.AREA, Measure.LENGTH, Measure.MONEY), strict=True):
            rows: list[Any] = [row for row in own if row.stage is Stage.HANDED_OVER and row.measure is measure]
            if measure is Measure.MONEY:
                paid = [row for row in measured.disbursement if row.project == project.id and row.funding is None]
                rows = [row for row in paid if row.plan_year == max(one.plan_year for one in paid)]
            if not rows:
                assert all(fig["share"] == "" for fig in cell)
                continue
            ((row,), (fig,)) = rows, cell
            known = real.records.sources[row.dating.source]
            chips = {
                "done": row.rate.total is not None and Fraction(row.rate.value) >= Fraction(row.rate.total),
                "doubt": row.rate.check is StatedCheck.CONFLICT,
                "press": known.kind is SourceKind.PRESS,
                "stale": (OCTOBER_2025 - row.dating.observed.last_day).days > 35,
            }
            assert fig["share"] == share_words(row.rate, measure, "vi")
            assert rate_text(row.rate, measure, "vi") in fig["text"]
            assert fig["when"].startswith(row.dating.observed.write("vi"))
            assert fig["sources"] == [f"[{sources.index(row.dating.source) + 1}]"]
            assert fig["chips"] == sorted(name for name, is_so in chips.items() if is_so)
            compared += 1
    assert compared >= 5
    # Sections set side by side have their date and source as well.
    beside = told[1][1][0]
    assert "Tràng Định 5,105/27,13 km" in beside["text"]
    assert beside["when"].startswith("15/8/2024")
    assert beside["sources"] == ["[1]"]


def test_each_gap_of_the_head_has_its_date_source_and_doubts(
    visit: Visits, written: Path, real: portfolio.Portfolio, measured: Progress
) -> None:
    seen = visit(written / "index.html")
    read = """() => [...document.querySelectorAll('.gaps tbody tr')].map((row) => ({
      text: row.innerText, when: (row.querySelector('.what .when') || { innerText: '' }).innerText,
      sources: [...row.querySelectorAll('.ref')].map((one) => Number(one.innerText.slice(1, -1)) - 1),
      chips: [...row.querySelectorAll('.what .chip')].map((one) => one.className.split(' ')[1]),
    }))"""
    scope = Scope(real, measured, "vi")
    shown = seen.page.evaluate(read)
    assert len(shown) >= 2
    for gap in shown:
        # What is left of a total is of the very row that has this total.
        left, total = re.search(r"Còn ([\d.,]+)/([\d.,]+) ha", gap["text"]).groups()  # type: ignore[union-attr]
        (row,) = (
            row
            for row in scope.clearance
            if row.stage is Stage.HANDED_OVER
            and row.section is None
            and row.measure is Measure.AREA
            and f"/{total} ha" in rate_text(row.rate, row.measure, "vi")
        )
        assert row.rate.total is not None
        assert row.rate.total - row.rate.value == number(left)
        assert gap["when"].startswith(row.dating.observed.write("vi"))
        assert gap["sources"] == scope.source_numbers([row.dating.source])
        press = real.records.sources[str(row.dating.source)].kind is SourceKind.PRESS
        assert ("press" in gap["chips"]) == press
        assert ("doubt" in gap["chips"]) == (row.rate.check is StatedCheck.CONFLICT)


def number(text: str) -> Fraction:
    return Fraction(text.replace(".", "").replace(",", "."))
