"""The head of a page: a line for each project, the worst gaps, what nobody reported. No browser needed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lsinfra import portfolio, progress, records, routes
from lsinfra.errors import Finding, Severity
from lsinfra.render import summary, tables
from lsinfra.render.gaps import Gap, unknown, worst
from lsinfra.render.payload import Scope
from lsinfra.text import Lang
from tests.conftest import ROOT

DAY = date(2024, 10, 31)


def world_of(tmp_path: Path, *projects: dict[str, Any]) -> portfolio.Portfolio:
    """Projects without routes, with an official and a press source."""
    given = {
        "portfolio": {"title": "Thử"},
        "sources": {
            "s": {"title": "Báo cáo", "kind": "official", "issuer": "Ban A"},
            "t": {"title": "Bài báo", "kind": "press"},
        },
        "projects": [
            {"id": f"p{n}", "title": f"Dự án {n}", "kind": "road", "status": "implementation"} | project
            for n, project in enumerate(projects)
        ],
    }
    return portfolio.Portfolio(records.Records.model_validate(given), routes.load(tmp_path, "EPSG:9215"))


def scope_of(world: portfolio.Portfolio, project: str | None = None, lang: Lang = "vi", day: date = DAY) -> Scope:
    return Scope(world, progress.measure(world, day), lang, project)


def land(figure: str | list[str], day: str = "2024-10-20", **more: str) -> dict[str, Any]:
    return {"as_of": day, "handed_over": figure, "source": "s"} | more


def money(figure: str, base: str = "adjusted", day: str = "2024-10-20") -> dict[str, Any]:
    return {"as_of": day, "plan_year": "2024", "base": base, "total": figure, "source": "s"}


def figures(cell: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["big"], one["text"]) for one in cell["figures"]]


# --- the lines -------------------------------------------------------------------------------------------------------


def test_each_figure_has_its_own_total_date_and_marks() -> None:
    """As facts.md prints them: 596/618 ha of July 2025 beside 39,9/59,87 km of October 2024; 490,1/1.288,123."""
    scope = scope_of(portfolio.load(ROOT), day=date(2025, 10, 27))
    first, second, third = summary.summary(scope, ())["lines"]
    assert [line["name"] for line in (first, second, third)] == [
        "Hữu Nghị – Chi Lăng",
        "Đồng Đăng – Trà Lĩnh",
        "Quốc lộ 4B",
    ]
    ha, km, spent = (cell["figures"][0] for cell in first["cells"][:3])
    assert (ha["big"], ha["text"], ha["date"]) == ("96,44%", "596/618 ha", "28/7/2025")
    assert [kind for kind, _ in ha["chips"]] == ["doubt", "stale", "press"]
    assert (km["big"], km["text"], km["date"]) == ("66,64%", "39,9/59,87 km", "tháng 10/2024")
    assert [kind for kind, _ in km["chips"]] == ["stale"]
    assert (spent["text"], spent["about"]) == ("490,1/1.288,123 tỷ đồng", "Năm 2024, KH sau điều chỉnh")
    # Lengths of some sections are set side by side; no sum and no share is made of them.
    (parts,) = second["cells"][1]["figures"]
    assert figures(second["cells"][1]) == [("", "Văn Lãng khoảng 5,3 km; Tràng Định 5,105/27,13 km")]
    assert (parts["about"], parts["date"]) == ("Chưa có số liệu toàn dự án", "15/8/2024")
    assert second["cells"][2]["none"] == third["cells"][1]["none"] == "Chưa công bố"


def test_what_is_implied_or_has_no_total_says_so(tmp_path: Path) -> None:
    world = world_of(tmp_path, {"clearance": [land("37,07 ha, đạt 75,12%")]}, {"clearance": [land("5 ha")]})
    implied, bare = (line["cells"][0]["figures"][0] for line in summary.summary(scope_of(world), ())["lines"])
    # 37,07 ÷ 75,12 %, rounded or cut: the interval of facts.md.
    assert (implied["big"], implied["about"]) == ("75,12%", "tổng suy ra 49,344 – 49,351 ha")
    assert (bare["big"], bare["text"], bare["about"]) == ("", "5 ha", "chưa công bố tổng")


def test_households_stand_for_the_land_where_no_area_is_known(tmp_path: Path) -> None:
    world = world_of(tmp_path, {"clearance": [land("10/20 hộ")]}, {"clearance": [land(["10/20 hộ", "3/4 ha"])]})
    cells = [line["cells"][0] for line in summary.summary(scope_of(world), ())["lines"]]
    assert [figures(cell) for cell in cells] == [[("50,00%", "10/20 hộ")], [("75,00%", "3/4 ha")]]


def test_a_projects_own_page_has_a_line_for_each_section_that_reported(tmp_path: Path) -> None:
    sections = [{"id": name, "unit": f"Xã {name.upper()}"} for name in "abcd"]
    sections[3]["in_scope"] = "false"
    spent = money("4/10 tỷ đồng") | {"funding": {"central_budget": "3 tỷ đồng"}}
    given = {"sections": sections, "clearance": [land("5/10 ha", section="b")], "disbursement": [spent]}
    lines = summary.summary(scope_of(world_of(tmp_path, given), "p0"), ())["lines"]
    assert [line["name"] for line in lines] == ["Toàn dự án", "Xã B", "Xã A, Xã C"]
    assert figures(lines[1]["cells"][0]) == [("50,00%", "5/10 ha")]
    # Money is of the whole project and stands once, by source as well.
    assert figures(lines[0]["cells"][2]) == [("40,0%", "4/10 tỷ đồng"), ("", "3 tỷ đồng")]
    assert [line["cells"][2] for line in lines[1:]] == [{}, {}]


def test_of_many_projects_those_with_the_lowest_shares_have_a_line_and_that_is_said(tmp_path: Path) -> None:
    shares = [9, 1, None, 7, 3, 8, 2, 6, 4]
    given = [{} if value is None else {"clearance": [land(f"{value}/10 ha")]} for value in shares]
    told = summary.summary(scope_of(world_of(tmp_path, *given)), ())
    assert [line["name"] for line in told["lines"]] == [f"Dự án {n}" for n in (1, 6, 4, 8, 7, 3)]
    assert told["more"] == ["Trên đây là 6 dự án có tỷ lệ bàn giao thấp nhất; xem cả 9 dự án", "#projects"]
    told = summary.summary(scope_of(world_of(tmp_path, *given[:8])), ())
    assert [line["name"] for line in told["lines"]] == [f"Dự án {n}" for n in range(8)]
    assert told["more"] == []


def test_a_sum_of_sections_is_copied_with_all_that_it_is_made_of(tmp_path: Path) -> None:
    sections = [{"id": name, "unit": f"Xã {name.upper()}"} for name in "ab"]
    parts = [land("1/4 ha", section="a"), land("2/4 ha", "2024-10-21", section="b", source="t")]
    world = world_of(tmp_path, {"sections": sections, "clearance": parts})
    (figure,) = summary.summary(scope_of(world), ())["lines"][0]["cells"][0]["figures"]
    assert figure["copy"] == (
        "Dự án 0, bàn giao mặt bằng: 3/8 ha (37,50%). "
        "Thời điểm: cộng 2 đoạn · 20/10/2024 – 21/10/2024; báo chí. Nguồn: Báo cáo; Bài báo."
    )


def test_the_console_tells_the_headline_of_the_page(tmp_path: Path) -> None:
    sections = [{"id": name, "unit": f"Xã {name.upper()}"} for name in "ab"]
    parts = [land("5/10 ha", section="a"), land("2/4 ha", "2024-10-25", section="b") | {"source": "t"}]
    of_one = {"sections": sections, "clearance": parts[:1]}
    without_share = {"clearance": [land(["3 ha", "10/20 hộ"])]}
    world = world_of(tmp_path, {"sections": sections, "clearance": parts}, of_one, without_share)
    told = tables.summary(world, progress.measure(world, DAY), (), [tmp_path], "vi", DAY)
    assert told[1:4] == [
        "  Dự án 0: đã bàn giao 7/14 ha (50,00%), cộng 2 đoạn · 20/10/2024 – 25/10/2024 (văn bản chính thức, báo chí)",
        "  Dự án 1: chưa công bố số liệu bàn giao của toàn dự án",
        "  Dự án 2: đã bàn giao 10/20 hộ (50,00%), số liệu 20/10/2024 (văn bản chính thức)",
    ]


def test_where_nothing_is_new_that_is_said_once(tmp_path: Path) -> None:
    told = summary.summary(scope_of(world_of(tmp_path, {"clearance": [land("5/10 ha")]}, {})), ())
    assert told["against"] == "Thay đổi so với lần công bố trước: chưa có lần trước để so sánh"
    assert {len(line["cells"]) for line in told["lines"]} == {3}
    twice = {"clearance": [land("5/10 ha", "2024-09-20"), land(["7/10 ha", "1/2 km"])]}
    told = summary.summary(scope_of(world_of(tmp_path, twice)), ())
    assert [one["big"] for one in told["lines"][0]["cells"][3]["changes"]] == ["+2 ha"]


# --- gaps ------------------------------------------------------------------------------------------------------------


def gaps_of(world: portfolio.Portfolio, project: str | None = None) -> list[Gap]:
    return worst(scope_of(world, project))


ISSUES = [
    {"text": "Bãi thải", "source": "s"},
    {"text": "Đường điện", "due": "2024-10-30", "actor": "Điện lực", "owner": "Ban A", "raised": "2024-09-05"},
    {"text": "Mồ mả", "due": "2024-11-30", "owner": "UBND xã", "source": "t"},
    {"text": "Nhà dân", "due": "2024-10-01", "closed": "2024-10-02"},
    {"text": "Cáp quang", "due": "2024-08-01"},
]


def test_obstacles_come_first_by_their_due_day_with_who_must_act(tmp_path: Path) -> None:
    world = world_of(tmp_path, {"issues": ISSUES, "clearance": [land("1/10 ha")]})
    told = [(gap.text, gap.who, gap.mark, gap.when, gap.sources) for gap in gaps_of(world)]
    assert told == [
        ("Cáp quang", None, "late", "", []),
        ("Đường điện", ("actor", "Điện lực"), "late", "05/9/2024", []),
        ("Mồ mả", ("owner", "UBND xã"), "", "", [1]),
    ]
    shown = summary.summary(scope_of(world), ())["gaps"]
    assert shown["head"] == ["Nội dung", "Đơn vị xử lý", "Hạn"]
    assert [line["beside"] for line in shown["lines"]] == [
        [["", "chưa xác định đơn vị xử lý"], ["Hạn", "01/8/2024"]],
        [["Đơn vị phải xử lý", "Điện lực"], ["Hạn", "30/10/2024"]],
        [["Đơn vị chịu trách nhiệm", "UBND xã"], ["Hạn", "30/11/2024"]],
    ]
    assert [line["late"] for line in shown["lines"]] == [["doubt", "quá hạn"], ["doubt", "quá hạn"], []]
    # A day that may pass before the page is read.
    assert [line["due"] for line in shown["lines"]] == [[], [], ["2024-11-30"]]
    unknown_day = [["unknown", "chưa ghi ngày nêu"]]
    assert [line["chips"] for line in shown["lines"]] == [unknown_day, [], unknown_day]
    assert shown["more"] == ["Xem cả 4 vướng mắc chưa giải quyết", "#issues"]
    assert shown["note"] == ""


def test_a_due_day_is_over_only_the_day_after(tmp_path: Path) -> None:
    world = world_of(tmp_path, {"issues": [{"text": "Đường điện", "due": "2024-10-31"}]})
    assert [gap.mark for gap in worst(scope_of(world))] == [""]
    assert [gap.mark for gap in worst(scope_of(world, day=date(2024, 11, 1)))] == ["late"]


def test_without_obstacles_what_is_left_is_measured_and_nobody_is_named(tmp_path: Path) -> None:
    """Missing: 90 % of the money, 80 % of A, 25 % of B; what is complete or has no total is no gap."""
    world = world_of(
        tmp_path,
        {"title": "A", "clearance": [land("2/10 ha")], "disbursement": [money("1/10 tỷ đồng")]},
        {"title": "B", "clearance": [land("3/4 ha", source="t")]},
        {"title": "C", "clearance": [land("4/4 ha")]},
        {"title": "D", "clearance": [land("1 ha")]},
    )
    told = summary.summary(scope_of(world), ())["gaps"]
    assert [(line["place"], line["text"], line["date"]) for line in told["lines"]] == [
        ("A", "Còn 9/10 tỷ đồng chưa giải ngân (năm 2024, KH sau điều chỉnh)", "20/10/2024"),
        ("A", "Còn 8/10 ha chưa bàn giao", "20/10/2024"),
        ("B", "Còn 1/4 ha chưa bàn giao", "20/10/2024"),
    ]
    assert told["lines"][2]["chips"] == [["press", "báo chí"]]
    # The law closes the plan year on 31 January, and that it is the law is said; for the land nobody published a day.
    assert [line["beside"] for line in told["lines"]] == [
        [["Hạn", "31/01/2025 (theo Luật Đầu tư công)"]],
        [["", "chưa có thời hạn"]],
        [["", "chưa có thời hạn"]],
    ]
    assert [line["sources"] for line in told["lines"]] == [[0], [0], [1]]
    # After that day the figure of October tells nothing of it.
    assert told["lines"][0]["due"] == ["2025-01-31", "unknown", "chưa có số liệu đến hạn"]
    assert told["note"] == "Chưa có vướng mắc nào được nêu; dưới đây tính từ số liệu; chưa xác định đơn vị xử lý"


def test_what_is_left_of_a_plan_year_that_closed_after_its_last_figure_is_unknown(tmp_path: Path) -> None:
    given = {"title": "A", "disbursement": [money("1/10 tỷ đồng")]}
    world = world_of(tmp_path, given, {"title": "B", "disbursement": [money("2/10 tỷ đồng", day="2025-01-31")]})
    closing = scope_of(world, day=date(2025, 1, 31))
    assert [(gap.place, gap.mark, gap.by_law) for gap in worst(closing)] == [("A", "", True), ("B", "", True)]
    after = scope_of(world, day=date(2025, 2, 1))
    # B's figure is of the closing day itself: so much was left.
    assert [(gap.place, gap.mark) for gap in worst(after)] == [("B", "late")]
    told = "giải ngân năm 2024: đến 20/10/2024 còn 9/10 tỷ đồng; chưa có số liệu đến hết hạn 31/01/2025"
    assert [text for text, _ in unknown(after, ()) if "hết hạn" in text] == [f"A, {told}"]
    own = scope_of(world, "p0", day=date(2025, 2, 1))
    assert [text for text, _ in unknown(own, ()) if "hết hạn" in text] == [f"G{told[1:]}"]
    assert not any("hết hạn" in text for text, _ in unknown(closing, ()))


def test_a_gap_is_due_on_the_day_of_the_first_target_that_is_not_reached(tmp_path: Path) -> None:
    plan = [{"by": day, "handed_over": f"{ha} ha", "source": "s"} for day, ha in (("2024-06", 2), ("2024-09", 5))]
    (gap,) = gaps_of(world_of(tmp_path, {"clearance": [land("3/10 ha")], "plan": plan}))
    assert gap.due is not None
    assert (gap.text, gap.mark) == ("Còn 7/10 ha chưa bàn giao", "late")
    assert getattr(gap.due, "iso", None) == "2024-09"


def test_a_target_after_the_last_figure_may_have_been_reached(tmp_path: Path) -> None:
    plan = [{"by": "2024-10-25", "handed_over": "5 ha", "source": "s"}]
    world = world_of(tmp_path, {"clearance": [land("3/10 ha")], "plan": plan})
    (line,) = summary.summary(scope_of(world), ())["gaps"]["lines"]
    assert line["late"] == ["unknown", "chưa có số liệu đến hạn"]


def test_what_is_left_of_an_implied_total_is_an_interval(tmp_path: Path) -> None:
    (gap,) = gaps_of(world_of(tmp_path, {"clearance": [land("37,07 ha, đạt 75,12%")]}))
    # 49,344 − 37,07 and 49,351 − 37,07, rounded outwards.
    assert gap.text == "Còn 12,274 – 12,281 ha (tổng suy ra 49,344 – 49,351 ha) chưa bàn giao"


def test_an_older_figure_of_a_section_is_no_gap_beside_its_project(tmp_path: Path) -> None:
    sections = [{"id": "a", "unit": "Xã A"}, {"id": "b", "unit": "Xã B"}]
    given = {
        "sections": sections,
        "clearance": [
            land("1/10 ha", "2024-08-20", section="a"),
            land("6/8 ha", section="b"),
            land("15/20 ha", "2024-10-01"),
        ],
    }
    world = world_of(tmp_path, given)
    assert [(gap.place, gap.text) for gap in gaps_of(world, "p0")] == [
        ("Toàn dự án", "Còn 5/20 ha chưa bàn giao"),
        ("Xã B", "Còn 2/8 ha chưa bàn giao"),
    ]
    # On the portfolio's page the project's own figure speaks for it.
    assert [gap.text for gap in gaps_of(world)] == ["Còn 5/20 ha chưa bàn giao"]


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        ("4/4 ha", "Chưa có vướng mắc nào được nêu; theo số liệu, mặt bằng đã bàn giao đủ."),
        ("4 ha", "Chưa có vướng mắc nào được nêu; số liệu cũng không cho biết phần việc còn lại."),
    ],
)
def test_no_gap_is_said_for_what_it_is(tmp_path: Path, figure: str, said: str) -> None:
    told = summary.summary(scope_of(world_of(tmp_path, {"clearance": [land(figure)]})), ())["gaps"]
    assert (told["lines"], told["none"]) == ([], said)


# --- what nobody reported --------------------------------------------------------------------------------------------


def test_what_nobody_reported_is_counted_and_named(tmp_path: Path) -> None:
    sections = [{"id": "a", "unit": "Xã A"}, {"id": "b", "unit": "Xã B"}]
    told = land("1/10 ha, đạt 12%", "2024-08-20", section="a")
    world = world_of(tmp_path, {"sections": sections, "clearance": [told]}, {"short": "Đường B"})
    assert [text for text, _ in unknown(scope_of(world), ())] == [
        "Giải phóng mặt bằng: 1/2 dự án chưa có số liệu (Đường B)",
        "Giải ngân: 2/2 dự án chưa có số liệu (Dự án 0, Đường B)",
        "Bàn giao theo đoạn: 1/2 đoạn chưa có số liệu",
        "Vị trí đất đã bàn giao: chưa nguồn nào nêu lý trình",
        "1/1 số liệu đã quá 35 ngày, cũ nhất 20/8/2024",
        "1 tỷ lệ do nguồn nêu không khớp số tính lại",
    ]
    assert [text for text, _ in unknown(scope_of(world, "p1"), ())] == [
        "Giải phóng mặt bằng: chưa có số liệu",
        "Giải ngân: chưa có số liệu",
    ]


def test_where_the_land_lies_is_known_once_a_source_gives_it(tmp_path: Path) -> None:
    stretch = {"route": "r", "from": "Km0", "to": "Km1"}
    given = {"clearance": [land("1/10 km") | {"handed_over_at": [stretch]}], "disbursement": [money("1/2 tỷ đồng")]}
    assert list(unknown(scope_of(world_of(tmp_path, given)), ())) == []


def test_of_which_projects_nobody_knows_where_the_land_lies_is_said(tmp_path: Path) -> None:
    stretch = {"route": "r", "from": "Km0", "to": "Km1"}
    world = world_of(
        tmp_path,
        {"clearance": [land("1/10 km") | {"handed_over_at": [stretch]}]},
        {"clearance": [land("1/10 ha")]},
        {"clearance": [land("2/2 ha")]},
    )
    assert ["Vị trí đất đã bàn giao: 1/2 dự án chưa nguồn nào nêu lý trình (Dự án 1)", ""] in list(
        unknown(scope_of(world), ())
    )


# --- figures of sections ---------------------------------------------------------------------------------------------


def test_sections_beyond_the_province_stand_beside_none_of_its_own(tmp_path: Path) -> None:
    sections = [{"id": name, "unit": f"Xã {name.upper()}"} for name in "ac"]
    sections.append({"id": "b", "unit": "Tỉnh bạn", "in_scope": "false"})
    told = [land("1 ha", section="a"), land("3/4 ha", section="b", source="t")]
    scope = scope_of(world_of(tmp_path, {"sections": sections, "clearance": told}))
    (figure,) = summary.summary(scope, ())["lines"][0]["cells"][0]["figures"]
    assert (figure["text"], figure["sources"], figure["apart"]) == ("Xã A 1 ha", [0], 1)
    assert figure["copy"] == "Dự án 0, bàn giao mặt bằng: Xã A 1 ha. Thời điểm: 20/10/2024. Nguồn: Báo cáo."


def test_what_a_section_lacks_is_told_where_the_project_has_no_share(tmp_path: Path) -> None:
    given = {
        "sections": [{"id": "a", "unit": "Xã A"}],
        "clearance": [land("5 ha"), land("1/10 ha", section="a")],
    }
    told = gaps_of(world_of(tmp_path, given))
    assert [(gap.place, gap.text) for gap in told] == [("Dự án 0 · Xã A", "Còn 9/10 ha chưa bàn giao")]


def test_a_sum_is_doubtful_and_old_with_any_of_its_sections(tmp_path: Path) -> None:
    sections = [{"id": "a", "unit": "Xã A"}, {"id": "b", "unit": "Xã B"}]
    told = [land("1/4 ha, đạt 90%", "2024-09-25", section="a"), land("1/4 ha", section="b")]
    scope = scope_of(world_of(tmp_path, {"sections": sections, "clearance": told}))
    (figure,) = summary.summary(scope, ())["lines"][0]["cells"][0]["figures"]
    assert figure["text"] == "2/8 ha"
    assert [kind for kind, _ in figure["chips"]] == ["doubt", "stale"]


def test_households_with_a_share_stand_before_an_area_without_a_total(tmp_path: Path) -> None:
    """As on the map: what has a share says more."""
    world = world_of(tmp_path, {"clearance": [land(["5 ha", "10/20 hộ"])]})
    assert figures(summary.summary(scope_of(world), ())["lines"][0]["cells"][0]) == [("50,00%", "10/20 hộ")]


# --- changes of several ----------------------------------------------------------------------------------------------


def test_each_change_stands_with_its_own_project_and_section(tmp_path: Path) -> None:
    sections = [{"id": name, "unit": f"Xã {name.upper()}"} for name in "ab"]
    before, after = "2024-09-20", "2024-10-20"
    grown = [land("1/9 ha", before, section="a"), land("3/9 ha", after, section="a"), land("1/9 ha", section="b")]
    world = world_of(
        tmp_path,
        {"sections": sections, "clearance": grown},
        {"clearance": [land("1/9 ha", before), land("6/9 ha", after)]},
    )
    lines = summary.summary(scope_of(world), ())["lines"]
    told = [[(one["name"], one["big"]) for one in line["cells"][3]["changes"]] for line in lines]
    assert told == [[("Xã A", "+2 ha")], [("", "+5 ha")]]
    own = summary.summary(scope_of(world, "p0"), ())["lines"]
    assert [[one["big"] for one in line["cells"][3]["changes"]] for line in own] == [[], ["+2 ha"], []]


def test_the_line_that_leads_to_the_doubts_counts_errors_and_warnings_apart(tmp_path: Path) -> None:
    scope = scope_of(world_of(tmp_path, {}))
    for counts, said in [
        ((0, 9, 3), "Xem 9 cảnh báo trong các điểm cần kiểm tra"),
        ((2, 9, 0), "Xem 2 lỗi, 9 cảnh báo trong các điểm cần kiểm tra"),
        ((1, 0, 0), "Xem 1 lỗi trong các điểm cần kiểm tra"),
        ((0, 0, 4), None),
    ]:
        found = [Finding("x", one, "", None) for one, n in zip(Severity, counts, strict=True) for _ in range(n)]
        assert [text for text, link in unknown(scope, found) if link == "#findings"] == ([said] if said else [])
