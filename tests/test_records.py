"""``projects.yaml``: every published figure is in it, exactly; what loads is frozen; what does not is said all at once.

The figures below are written out by hand from the documents, with a decimal point, in ha, km, households and billion
đồng; they are not read from the file.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from ruamel.yaml import YAML

from lsinfra import yamlfile
from lsinfra.codes import Base, Kind, Placed, Stage, Status
from lsinfra.errors import InputError
from lsinfra.loader import build, load, schema
from lsinfra.quantities import Figure, PartialDate
from lsinfra.records import Project, Records
from tests.conftest import ROOT

RECORDS = load(ROOT / "projects.yaml")
PROJECTS = {project.id: project for project in RECORDS.projects}
REPORT = "self-report-2024"


def plain(figure: Figure) -> tuple[str, str | None, str, str | None]:
    """Value, total, unit and stated percentage as they are printed."""
    value, total, percent = (None if n is None else f"{n:f}" for n in (figure.value, figure.total, figure.percent))
    assert value is not None
    return value, total, figure.unit.value, percent


def read(text: str) -> Records:
    return build(yamlfile.parse(text, "projects.yaml"))


def faults(text: str) -> list[str]:
    """Each fault as ``line:column path key``."""
    with pytest.raises(InputError) as caught:
        read(text)
    return [f"{f.where.partition(':')[2]} {f.path} {f.key}".replace("  ", " ") for f in caught.value.faults]


def said(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(text)
    return [line.partition(": ")[2] for line in caught.value.write("en").splitlines()]


# --- the published figures -------------------------------------------------------------------------------------------

# project, as of, section, stage, value, total, unit, stated percentage, source
CLEARANCE = [
    ("huu-nghi-chi-lang", "2024-10", None, "handed_over", "366.55", "640.28", "ha", "57.24", REPORT),
    ("huu-nghi-chi-lang", "2024-10", None, "handed_over", "39.9", "59.87", "km", "66.64", REPORT),
    ("huu-nghi-chi-lang", "2024-08-15", "Chi Lăng", "paid", "26.5", None, "ha", None, REPORT),
    ("huu-nghi-chi-lang", "2024-08-15", "TP Lạng Sơn", "inventoried", "304", "305", "hộ", None, REPORT),
    ("huu-nghi-chi-lang", "2024-08-15", "TP Lạng Sơn", "inventoried", "74.3", "74.44", "ha", "99.8", REPORT),
    ("huu-nghi-chi-lang", "2024-08-15", "Cao Lộc", "handed_over", "21.27", None, "ha", None, REPORT),
    ("huu-nghi-chi-lang", "2024-08-15", "Văn Lãng", "inventoried", "60.83", "60.83", "ha", "100", REPORT),
    ("huu-nghi-chi-lang", "2025-07-28", None, "handed_over", "596", "618", "ha", "96.5", "vietnam-vn-2025-07-28"),
    ("dong-dang-tra-linh", "2024-08-15", "Tràng Định", "handed_over", "5.105", "27.13", "km", None, REPORT),
    ("dong-dang-tra-linh", "2024-08-15", "Văn Lãng", "handed_over", "21.13", None, "ha", None, REPORT),
    ("dong-dang-tra-linh", "2024-08-15", "Văn Lãng", "handed_over", "5.3", None, "km", None, REPORT),
    ("dong-dang-tra-linh", "2025-07-07", None, "handed_over", "451.6", "458.4", "ha", "98", "vietnam-vn-2025-07-07"),
    ("dong-dang-tra-linh", "2025-10-27", None, "handed_over", "455.61", "458.19", "ha", None, "vietnam-vn-2025-10-27"),
    ("ql4b", "2024-08-15", "Lộc Bình", "handed_over", "37.07", None, "ha", "75.12", REPORT),
    ("ql4b", "2024-08-15", "Đình Lập", "handed_over", "17.34", "31.52", "ha", "55", REPORT),
    # "all land handed over": what is handed over is the whole.
    ("ql4b", "2025-03-26", None, "handed_over", "80.87", "80.87", "ha", "100", "vietnam-vn-2025-03-26"),
    ("ql4b", "2025-03-26", None, "handed_over", "1802", "1802", "hộ", None, "vietnam-vn-2025-03-26"),
    ("ql4b", "2025-03-26", "Lộc Bình", "handed_over", "49.35", "49.35", "ha", None, "vietnam-vn-2025-03-26"),
    ("ql4b", "2025-03-26", "Lộc Bình", "handed_over", "818", "818", "hộ", None, "vietnam-vn-2025-03-26"),
    ("ql4b", "2025-03-26", "Đình Lập", "handed_over", "31.52", "31.52", "ha", None, "vietnam-vn-2025-03-26"),
    ("ql4b", "2025-03-26", "Đình Lập", "handed_over", "984", "984", "hộ", None, "vietnam-vn-2025-03-26"),
]


def unit_of(project: Project, section: str | None) -> str | None:
    found = project.section(section)
    return found.unit if found else None


def test_every_figure_of_land_clearance_is_there_and_no_other() -> None:
    found = [
        (project.id, seen.as_of.iso, unit_of(project, seen.section), stage.value, *plain(figure), seen.source)
        for project in RECORDS.projects
        for seen in project.clearance
        for stage, figure in seen.stages
    ]
    assert sorted(found, key=str) == sorted(CLEARANCE, key=str)


def test_only_what_is_printed_as_about_is_about() -> None:
    about = [
        (project.id, plain(figure)[0])
        for project in RECORDS.projects
        for seen in project.clearance
        for _, figure in seen.stages
        if figure.about
    ]
    assert about == [("dong-dang-tra-linh", "5.3")]


def test_no_place_of_handed_over_land_is_published() -> None:
    assert [seen for project in RECORDS.projects for seen in project.clearance if seen.handed_over_at] == []


def test_disbursement() -> None:
    assert [bool(project.disbursement) for project in RECORDS.projects] == [True, False, False]
    (seen,) = PROJECTS["huu-nghi-chi-lang"].disbursement
    assert (seen.as_of.iso, seen.plan_year, seen.base, seen.source) == ("2024-10", 2024, Base.ADJUSTED, REPORT)
    assert plain(seen.total) == ("490.1", "1288.123", "tỷ đồng", "38.0")
    assert {funding.value: plain(figure) for funding, figure in seen.funding.items()} == {
        "central_budget": ("490", None, "tỷ đồng", "49"),
        "local_budget": ("0.1", None, "tỷ đồng", "0.03"),
    }
    assert seen.total.total_amount == Decimal(1_288_123_000_000)


def test_investment_by_part() -> None:
    assert [bool(project.investment) for project in RECORDS.projects] == [True, False, False]
    (investment,) = PROJECTS["huu-nghi-chi-lang"].investment
    assert (plain(investment.total), investment.source) == (("11024.7", None, "tỷ đồng", None), REPORT)
    assert [(part.party.value, *plain(part.amount), part.amount.about) for part in investment.parts] == [
        ("investor", "5529", None, "tỷ đồng", "50.15", True),
        ("state", "5495.723", None, "tỷ đồng", "49.85", False),
    ]
    assert sum(part.amount.value for part in investment.parts) == Decimal("11024.723")


def test_decisions_and_milestones() -> None:
    assert [(m.date.iso, m.kind.value, m.number, m.source) for m in PROJECTS["huu-nghi-chi-lang"].milestones] == [
        ("2022-12-30", "decision", "41/NQ-HĐND", REPORT),
        ("2023-12-04", "decision", "2014/QĐ-UBND", REPORT),
        ("2023-12-19", "decision", "58/NQ-HĐND", REPORT),
        ("2024-01-17", "decision", "103/QĐ-UBND", REPORT),
        ("2024-03-06", "decision", "427/QĐ-UBND", REPORT),
        ("2024-04", "investor_selected", None, REPORT),
        ("2024-04", "start", None, REPORT),
    ]
    assert not any(m.planned for m in PROJECTS["huu-nghi-chi-lang"].milestones)
    assert not PROJECTS["dong-dang-tra-linh"].milestones + PROJECTS["ql4b"].milestones


def test_lengths() -> None:
    found = {p.id: [(*plain(c.value)[::2], c.value.about, c.route) for c in p.length] for p in RECORDS.projects}
    assert found == {
        "huu-nghi-chi-lang": [
            ("59.87", "km", True, None),
            ("43", "km", True, "huu-nghi-chi-lang-main"),
            ("17", "km", True, "huu-nghi-chi-lang-link"),
        ],
        "dong-dang-tra-linh": [],
        "ql4b": [("62", "km", False, None), ("63.387", "km", False, None)],
    }
    claims = [claim for project in RECORDS.projects for claim in project.length if claim.source]
    kinds = {claim.value.value: RECORDS.sources[str(claim.source)].kind.value for claim in claims}
    assert [kinds[Decimal(n)] for n in ("59.87", "43", "17", "63.387")] == ["official", "press", "press", "press"]


def test_the_projects_themselves() -> None:
    assert [(p.id, p.kind, p.status) for p in RECORDS.projects] == [
        ("huu-nghi-chi-lang", Kind.EXPRESSWAY, Status.IMPLEMENTATION),
        ("dong-dang-tra-linh", Kind.EXPRESSWAY, Status.IMPLEMENTATION),
        ("ql4b", Kind.NATIONAL_ROAD, Status.IMPLEMENTATION),
    ]
    years = PROJECTS["huu-nghi-chi-lang"].years
    assert years is not None
    assert (years.from_, years.to) == (2023, 2026)
    # Nobody published where a district begins.
    assert {section.placed for p in RECORDS.projects for section in p.sections} == {Placed.APPROXIMATE}
    assert [s.unit for p in RECORDS.projects for s in p.sections if not s.in_scope] == ["Cao Bằng"]
    assert [s.unit for s in PROJECTS["huu-nghi-chi-lang"].sections] == [
        "Chi Lăng",
        "TP Lạng Sơn",
        "Cao Lộc",
        "Văn Lãng",
    ]
    ends = {(s.unit, p.from_.write("vi"), p.to.write("vi")) for s in PROJECTS["ql4b"].sections for p in s.parts}
    assert {unit for unit, _, _ in ends} == {"Lộc Bình", "Đình Lập"}
    assert (min(start for _, start, _ in ends), max(end for _, _, end in ends)) == ("Km18", "Km80")


def test_districts_ended_on_30_june_2025() -> None:
    districts = {name: unit.until.iso if unit.until else None for name, unit in RECORDS.units.items()}
    names = {"Chi Lăng", "TP Lạng Sơn", "Cao Lộc", "Văn Lãng", "Tràng Định", "Lộc Bình", "Đình Lập"}
    assert districts == dict.fromkeys(names, "2025-06-30") | {"Cao Bằng": None}


def test_sources_and_whose_word_they_are() -> None:
    found = {key: (s.kind.value, s.date.iso if s.date else None, s.number) for key, s in RECORDS.sources.items()}
    assert found == {
        "self-report-2024": ("official", "2024-10", None),
        "notice-70": ("official", "2023-09-06", "70-TB/VPTW"),
        "congress-xvii": ("official", "2020-11", None),
        "vietnam-vn-2025-03-26": ("press", "2025-03-26", None),
        "vietnam-vn-2025-07-07": ("press", "2025-07-07", None),
        "vietnam-vn-2025-07-28": ("press", "2025-07-28", None),
        "vietnam-vn-2025-10-27": ("press", "2025-10-27", None),
        "press-lengths": ("press", None, None),
    }
    titles = {key: source.title.vi for key, source in RECORDS.sources.items()}
    assert titles["self-report-2024"] == "Báo cáo tự giám sát thực hiện Nghị quyết số 11-NQ/TW"
    assert titles["notice-70"] == "Thông báo số 70-TB/VPTW"
    assert titles["congress-xvii"] == "Tài liệu học tập Nghị quyết Đại hội Đảng bộ tỉnh lần thứ XVII"
    assert (
        titles["vietnam-vn-2025-07-28"]
        == "Lãnh đạo tỉnh kiểm tra thực địa dự án tuyến cao tốc cửa khẩu Hữu Nghị - Chi Lăng"
    )
    assert titles["vietnam-vn-2025-07-07"] == "Họp tháo gỡ vướng mắc giải phóng mặt bằng các dự án cao tốc"
    assert titles["vietnam-vn-2025-10-27"] == "UBND tỉnh xem xét tiến độ thực hiện dự án cao tốc"
    assert titles["vietnam-vn-2025-03-26"] == "Có 100% mặt bằng, Lạng Sơn quyết hoàn thành nâng cấp QL4B trong năm 2025"
    issuers = {key: s.issuer.vi if s.issuer else None for key, s in RECORDS.sources.items()}
    assert [issuers[key] for key in ("self-report-2024", "notice-70", "congress-xvii")] == [
        "Ban Thường vụ Tỉnh ủy Lạng Sơn",
        "Văn phòng Trung ương Đảng",
        "Ban Tuyên giáo Tỉnh ủy Lạng Sơn",
    ]


def test_every_source_that_is_named_is_there_and_every_one_there_is_named() -> None:
    named = set(re.findall(r'source(?:=|": ?)"([^"]+)"', RECORDS.model_dump_json(by_alias=True)))
    named |= {key for work in RECORDS.proposals + RECORDS.finished for key in work.source}
    assert named == set(RECORDS.sources)


def test_proposals() -> None:
    found = [(p.id, *(plain(p.length)[::2] if p.length else (None, None)), p.source) for p in RECORDS.proposals]
    assert found == [
        ("lang-son-tien-yen", "100", "km", (REPORT,)),
        ("ql1b", "145", "km", ("notice-70", REPORT)),
        ("ga-dong-dang", None, None, ("notice-70",)),
        ("duong-sat-ha-noi-dong-dang", None, None, ("notice-70",)),
        ("cua-khau-thong-minh", None, None, (REPORT,)),
    ]


def test_indicators() -> None:
    found = [
        (
            i.id,
            [(o.year, [plain(f)[::2] for f in o.value], o.estimate, o.source) for o in i.observations],
            (plain(i.target.value)[::2], i.target.by, i.target.source) if i.target else None,
        )
        for i in RECORDS.indicators
    ]
    assert found == [
        (
            "duong-den-trung-tam-xa",
            [(2023, [("96.1", "%")], False, REPORT), (2024, [("98.3", "%")], True, REPORT)],
            (("100", "%"), 2025, "congress-xvii"),
        ),
        (
            "duong-den-trung-tam-thon",
            [(2023, [("80.5", "%")], False, REPORT), (2024, [("87", "%")], True, REPORT)],
            (("80", "%"), 2025, "congress-xvii"),
        ),
        ("duong-tuan-tra-bien-gioi", [(None, [("284", "tuyến"), ("53.9", "km")], False, REPORT)], None),
    ]


def test_finished_works() -> None:
    assert [(w.id, w.kind.value, w.source) for w in RECORDS.finished] == [
        ("bac-giang-chi-lang", "expressway", ("congress-xvii",)),
        ("duong-hang-hoa-huu-nghi", "road", ("congress-xvii",)),
        ("duong-tan-thanh-kha-phong", "road", ("congress-xvii",)),
        ("cau-17-10", "bridge", ("congress-xvii",)),
        ("cau-ky-cung", "bridge", ("congress-xvii",)),
    ]


def test_everything_has_its_text_in_both_languages() -> None:
    titles = [project.title for project in RECORDS.projects]
    titles += [work.title for work in RECORDS.proposals + RECORDS.finished]
    titles += [indicator.title for indicator in RECORDS.indicators]
    titles += [source.title for source in RECORDS.sources.values()]
    assert [title.vi for title in titles if title.en is None] == []


def test_a_figure_can_be_traced_to_its_line() -> None:
    lines = (ROOT / "projects.yaml").read_text("utf-8").splitlines()
    for project in RECORDS.projects:
        for seen in project.clearance:
            line = int(seen.where.split(":")[1])
            assert lines[line - 1] == f"      - as_of: {seen.as_of.iso}"


# --- what loads ------------------------------------------------------------------------------------------------------

LEAST = """\
portfolio: {title: Thử}
projects:
  - id: a
    title: Đường A
    kind: road
    status: preparation
"""


def test_a_project_needs_only_four_things() -> None:
    (project,) = read(LEAST).projects
    assert (project.id, project.title.vi, project.title.en) == ("a", "Đường A", None)
    assert (project.sections, project.clearance, project.length, project.years) == ((), (), (), None)
    given = {"id": "a", "title": "Đường A", "kind": "road", "status": "preparation"}
    for missing in given:
        kept = ", ".join(f"{key}: {value}" for key, value in given.items() if key != missing)
        text = f"portfolio: {{title: Thử}}\nprojects:\n  - {{{kept}}}\n"
        assert faults(text) == ["3:5 projects[0] fault.missing"]
        assert said(text) == [f"projects[0]: “{missing}” is missing. Add a line “{missing}: …”."]


def test_years_may_be_one_year() -> None:
    years = read(LEAST + "    years: {from: 2024, to: 2024}\n").projects[0].years
    assert years is not None
    assert (years.from_, years.to) == (2024, 2024)
    assert faults(LEAST + "    years: {from: 2025, to: 2024}\n") == ["7:12 projects[0].years fault.years_backwards"]


@pytest.mark.parametrize("year", [1900, 2199])
def test_a_plan_year_closes_in_a_year_that_dates_have(year: int) -> None:
    spent = {"as_of": "2024-10", "plan_year": str(year), "base": "adjusted", "total": "1/2 tỷ đồng", "source": "s"}
    assert read(f"{LEAST}    disbursement: [{json.dumps(spent)}]\n").projects[0].disbursement[0].plan_year == year
    assert PartialDate(year + 1, 12, 31).last_day.year == year + 1
    for beyond in (1899, 2200):
        spent["plan_year"] = str(beyond)
        (fault,) = faults(f"{LEAST}    disbursement: [{json.dumps(spent)}]\n")
        assert fault.endswith("projects[0].disbursement[0].plan_year fault.not_a_whole_number")


def test_capital_may_be_added_after_september() -> None:
    spent = {"as_of": "2024-10", "plan_year": "2024", "base": "adjusted", "total": "1/2 tỷ đồng", "source": "s"}
    for written, truth in ({}, False), ({"added_after_september": "true"}, True):
        text = f"{LEAST}    disbursement: [{json.dumps(spent | written)}]\n"
        assert read(text).projects[0].disbursement[0].added_after_september is truth


def test_a_plan_is_dated_targets_of_land_and_of_money() -> None:
    head = "portfolio: {title: T}\nprojects:\n  - {id: p, title: P, kind: road, status: preparation"
    sections = ", sections: [{id: a, unit: A}]"
    plan = """, plan: [
      {by: 2024-12-31, handed_over: "400/640,28 ha", source: ke-hoach},
      {by: 2025-06, section: a, handed_over: ["49,35 ha", 818 hộ], clear: 1 km, source: ke-hoach},
      {by: 2024-12-31, clear: 9 ha, plan_year: 2024, base: adjusted, disbursed: 1.000 tỷ đồng, source: ke-hoach},
      {by: 2024-12-31, plan_year: 2024, base: pm_assigned, disbursed: 900 tỷ đồng, source: ke-hoach},
      {by: 2025-06, handed_over: 500 ha, source: ke-hoach}]}
"""
    first, second, third, *_ = read(head + sections + plan).projects[0].plan
    assert (first.by, first.section, first.source) == (PartialDate(2024, 12, 31), None, "ke-hoach")
    assert [(stage, *plain(figure)) for stage, figure in first.stages] == [
        (Stage.HANDED_OVER, "400", "640.28", "ha", None)
    ]
    assert first.money is None
    assert [(stage, *plain(figure)) for stage, figure in second.stages] == [
        (Stage.HANDED_OVER, "49.35", None, "ha", None),
        (Stage.HANDED_OVER, "818", None, "hộ", None),
        (Stage.CLEAR, "1", None, "km", None),
    ]
    assert third.money is not None
    assert third.money[:2] == (2024, Base.ADJUSTED)
    assert third.money[2].amount == Decimal(10**12)


def test_the_published_projects_have_no_plan() -> None:
    assert [project.id for project in RECORDS.projects if project.plan] == []


@pytest.mark.parametrize(
    ("target", "key"),
    [
        ("{by: 2025-06, handed_over: [1 ha, 2 ha], source: k}", "fault.measure_twice"),
        ("{by: 2025-06, handed_over: 1 ha}", "fault.missing"),
        ("{handed_over: 1 ha, source: k}", "fault.missing"),
        ("{by: 2025-06, plan_year: 2025, base: adjusted, disbursed: 1 ha, source: k}", "quantity.wrong_measure"),
        ("{by: 2025-06, plan_year: 2025, base: best, disbursed: 1 tỷ đồng, source: k}", "fault.not_in_list"),
    ],
)
def test_a_target_without_what_it_needs(target: str, key: str) -> None:
    project = "{id: p, title: P, kind: road, status: preparation, plan: [" + target + "]}"
    (fault,) = faults("portfolio: {title: T}\nprojects:\n  - " + project + "\n")
    assert fault.split()[-1] == key


def test_a_place_of_handed_over_land_needs_its_figure() -> None:
    seen = {"as_of": "2024-10", "source": "s", "handed_over_at": [{"route": "r", "from": "Km1", "to": "Km2"}]}
    for figure in {}, {"paid": "5 ha"}:
        text = f"{LEAST}    clearance: [{json.dumps(seen | figure)}]\n"
        assert faults(text) == ["7:17 projects[0].clearance[0] fault.places_alone"]
    text = f"{LEAST}    routes: [r]\n    clearance: [{json.dumps(seen | {'handed_over': '5 ha'})}]\n"
    assert len(read(text).projects[0].clearance[0].handed_over_at) == 1


def test_stretches_that_touch_lie_where_they_may() -> None:
    section = "{id: a, unit: A, route: r, from: Km1, to: Km4}, "
    section += "{id: b, unit: B, route: r, from: Km4, to: Km9, in_scope: false}"
    stretches = "[{route: r, from: Km1, to: Km2}, {route: r, from: Km2, to: Km4}]"
    for of in "", "section: a, ":
        seen = f"{{as_of: 2024-10, {of}source: s, handed_over: 5 ha, handed_over_at: {stretches}}}"
        read(f"{LEAST}    routes: [r]\n    sections: [{section}]\n    clearance: [{seen}]\n")


def test_the_portfolio_needs_only_a_title() -> None:
    records = read("portfolio: {title: Thử}\n")
    assert (records.portfolio.metric_crs, records.portfolio.stale_after_days, records.projects) == ("EPSG:9215", 35, ())


def test_a_title_falls_back_to_the_vietnamese() -> None:
    title = read("portfolio: {title: {vi: Thử}}\n").portfolio.title
    assert (title.write("vi"), title.write("en")) == ("Thử", "Thử")
    title = read("portfolio: {title: {vi: Thử, en: Trial}}\n").portfolio.title
    assert (title.write("vi"), title.write("en")) == ("Thử", "Trial")


def test_short_forms_are_the_same_as_the_long_ones() -> None:
    long = read(
        LEAST
        + """\
    length: [{value: 5 km}]
    sections: [{id: s, unit: U, parts: [{route: r, from: Km1, to: Km2}]}]
    clearance: [{as_of: 2024-10, handed_over: [5 ha], source: x}]
proposals: [{id: b, title: B, kind: road, source: [x]}]
"""
    )
    short = read(
        LEAST
        + """\
    length: 5 km
    sections: [{id: s, unit: U, route: r, from: Km1, to: Km2}]
    clearance: [{as_of: 2024-10, handed_over: 5 ha, source: x}]
proposals: [{id: b, title: {vi: B}, kind: road, source: x}]
"""
    )
    assert short.model_dump() == long.model_dump()


@pytest.mark.parametrize(
    "change",
    [
        lambda: setattr(PROJECTS["ql4b"], "id", "x"),
        lambda: setattr(PROJECTS["ql4b"].clearance[0], "section", None),
        lambda: setattr(PROJECTS["ql4b"].sections[0].parts[0], "to", None),
        lambda: setattr(RECORDS.portfolio, "stale_after_days", 1),
        lambda: setattr(PROJECTS["ql4b"].clearance[0].handed_over[0], "value", Decimal(1)),
        lambda: setattr(PROJECTS["ql4b"].clearance[0], "where", "x"),
    ],
)
def test_records_do_not_change(change: Callable[[], None]) -> None:
    before = RECORDS.model_dump()
    with pytest.raises((ValidationError, AttributeError)):
        change()
    assert RECORDS.model_dump() == before


# --- what does not load ----------------------------------------------------------------------------------------------


def test_all_faults_are_said_at_once_in_the_order_of_the_lines() -> None:
    text = """\
portfolio: {title: Thử, stale_after_days: vài}
sources:
  Báo cáo: {title: B, kind: offical}
projects:
  - id: a
    title: Đường A
    kind: road
    clearence: []
    sections:
      - {id: s, unit: U, route: r, from: 18+500, to: Km20}
      - {id: t, unit: U, route: r, from: Km18, to: Km1}
      - {id: u, unit: U, route: r, from: Km18}
    clearance:
      - as_of: 15/8/2024
        handed_over: [366.55 ha, 5 ha ước]
        paid: 5 tỷ đồng
        source: x
      - {as_of: 2024-10, source: x}
indicators: hai
tổng: 5
"""
    assert faults(text) == [
        "1:43 portfolio.stale_after_days fault.not_a_whole_number",
        "3:3 sources.Báo cáo fault.not_an_id",
        "3:29 sources.Báo cáo.kind fault.not_in_list",
        "5:5 projects[0] fault.missing",
        "8:5 projects[0] fault.unknown_key",
        "10:42 projects[0].sections[0].from quantity.chainage_spelling",
        "11:9 projects[0].sections[1] fault.backwards",
        "12:9 projects[0].sections[2] fault.missing",
        "14:16 projects[0].clearance[0].as_of quantity.date_spelling",
        "15:23 projects[0].clearance[0].handed_over[0] quantity.decimal_dot",
        "15:34 projects[0].clearance[0].handed_over[1] quantity.trailing",
        "16:15 projects[0].clearance[0].paid quantity.wrong_measure",
        "18:9 projects[0].clearance[1] fault.no_stage",
        "19:13 indicators fault.not_written",
        "20:1 fault.unknown_key",
    ]


def test_loose_ends_are_said_at_once_in_the_order_of_the_lines() -> None:
    text = (
        LEAST
        + """\
    sections: [{id: s, unit: U}, {id: s, unit: V}]
    clearance:
      - {as_of: 2024-10, section: t, handed_over: 5 ha, source: x}
      - {as_of: 2024-10, section: t, handed_over: 6 ha, source: x}
    issues: [{text: Vướng, section: r}]
finished: [{id: a, title: A, kind: road, source: x}]
"""
    )
    assert faults(text) == [
        "7:39 projects[0].sections[1].id fault.duplicate_id",
        "9:35 projects[0].clearance[0].section fault.unknown_section",
        "10:9 projects[0].clearance[1] fault.duplicate_observation",
        "10:35 projects[0].clearance[1].section fault.unknown_section",
        "11:37 projects[0].issues[0].section fault.unknown_section",
        "12:17 finished[0].id fault.duplicate_id",
    ]


def test_a_fault_in_aliased_text_stands_where_it_is_written() -> None:
    text = "portfolio: {title: Thử}\nunits:\n  A: &u\n    level: distric\n  B: *u\n"
    assert faults(text) == ["4:12 units.A.level fault.not_in_list", "4:12 units.B.level fault.not_in_list"]
    text = "portfolio: {title: Thử}\nunits:\n  A: &u {level: district}\n  B: {level: district, lever: *u}\n"
    assert faults(text) == ["4:24 units.B fault.unknown_key"]


def one_figure(line: str) -> str:
    return LEAST + f"    clearance:\n      - as_of: 2024-10\n        {line}\n        source: x\n"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("handed_ovr: 5 ha", "handed_over"),
        ("inventoryed: 5 ha", "inventoried"),
        ("as_off: 2024", "as_of"),
        ("bàn_giao: 5 ha", None),
    ],
)
def test_a_misspelled_key_gets_a_hint(line: str, hint: str | None) -> None:
    (sentence,) = [s for s in said(one_figure(f"handed_over: 1 ha\n        {line}")) if "there is no key" in s]
    assert ("did you mean" in sentence) is (hint is not None)
    assert hint is None or f"(did you mean “{hint}”?)" in sentence
    assert "The keys that can be used here: as_of, section, inventoried, approved, paid, handed_over, clear" in sentence


@pytest.mark.parametrize(
    ("line", "where", "whole"),
    [
        ("handed_over: [37,07 ha]", "9:22", "37,07 ha"),
        ("handed_over: [366,55/640,28 ha, đạt 57,24%]", "9:22", "366,55/640,28 ha, đạt 57,24%"),
        ("handed_over: [304/305 hộ, 74,3 ha]", "9:22", "304/305 hộ, 74,3 ha"),
    ],
)
def test_a_comma_in_a_list_in_brackets(line: str, where: str, whole: str) -> None:
    (fault,) = [*faults(one_figure(line))]
    assert fault == f"{where} projects[0].clearance[0].handed_over fault.split_by_comma"
    assert f"“{whole}”" in said(one_figure(line))[0]


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("handed_over: 37,07 ha, source: x", "37,07 ha"),
        ("source: x, handed_over: 366,55/640,28 ha, đạt 57,24%", "366,55/640,28 ha, đạt 57,24%"),
        ("handed_over: 5 ha, source: x, note: Tháng 8, theo báo cáo", "Tháng 8, theo báo cáo"),
    ],
)
def test_a_comma_in_a_table_in_brackets(written: str, whole: str) -> None:
    text = LEAST + f"    clearance:\n      - {{as_of: 2024-10, {written}}}\n"
    (sentence,) = said(text)
    assert f"the commas inside the brackets cut “{whole}” into pieces" in sentence


@pytest.mark.parametrize("list_", ["[QL4, QL1]", "[A 1, B]", "[4_, 1]"])
def test_brackets_without_a_figure_are_not_taken_for_one(list_: str) -> None:
    assert {fault.split()[-1] for fault in faults(LEAST + f"    routes: {list_}\n")} == {"fault.not_an_id"}


def test_an_empty_value_in_brackets_is_not_a_cut_text() -> None:
    assert faults("portfolio: {title: , stale_after_days: 5}\n") == ["1:19 portfolio.title fault.not_text"]
    assert faults("portfolio: {stale_after_days: 5, title}\n") == ["1:39 portfolio.title fault.not_text"]


@pytest.mark.parametrize("id", ["a", "ql4b", "4", "a-b-c", "x" * 60])
def test_an_id(id: str) -> None:
    assert read(LEAST.replace("id: a", f"id: {id}")).projects[0].id == id


@pytest.mark.parametrize(
    "id",
    ["A", "đ", "a_b", "a b", "-a", "a-", "a--b", "a/b", "../a", "a.b", "x" * 61, "con", "nul", "com1", "lpt9", "index"],
)  # fmt: skip
def test_no_id(id: str) -> None:
    assert faults(LEAST.replace("id: a", f"id: '{id}'")) == ["3:9 projects[0].id fault.not_an_id"]


@pytest.mark.parametrize("bad", ["no", "yes", "True", "1", ""])
def test_true_and_false_are_spelled_out(bad: str) -> None:
    text = LEAST + f"    sections:\n      - id: s\n        unit: U\n        in_scope: {bad}\n"
    assert [fault.split()[-1] for fault in faults(text)] == ["fault.not_true_or_false"]
    for good, value in (("true", True), ("false", False)):
        assert read(text.replace(f"in_scope: {bad}", f"in_scope: {good}")).projects[0].sections[0].in_scope is value


# --- the schema for editors ------------------------------------------------------------------------------------------


def core(path_or_text: Any) -> Any:
    """A YAML 1.2 core document as editors read it: there are no dates in it, only text."""

    def text(value: Any) -> Any:
        if isinstance(value, dict):
            return {text(key): text(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [text(inner) for inner in value]
        return value.isoformat() if isinstance(value, date) else value

    return text(YAML(typ="safe", pure=True).load(path_or_text))


SCHEMA = schema()
VALID = core(ROOT / "projects.yaml")


def test_the_schema_is_one_and_the_records_are_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for document in (VALID, core(LEAST), core(ROOT / "tests" / "sample" / "projects.yaml")):
        assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)] == []


def test_the_schema_knows_every_code() -> None:
    assert SCHEMA["$defs"]["Kind"]["enum"] == [kind.value for kind in Kind]
    assert set(SCHEMA["$defs"]["Clearance"]["properties"]) >= {stage.value for stage in Stage}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.pop("portfolio"),
        lambda d: d.update(extra=1),
        lambda d: d["portfolio"].update(title=5),
        lambda d: d["portfolio"].update(stale_after_days=0),
        lambda d: d["sources"].update({"Báo cáo": d["sources"]["notice-70"]}),
        lambda d: d["sources"]["notice-70"].update(kind="rumour"),
        lambda d: d["sources"]["notice-70"].update(date="6/9/2023"),
        lambda d: d["projects"][0].pop("status"),
        lambda d: d["projects"][0].update(id="QL 4B"),
        lambda d: d["projects"][0].update(clearence=[]),
        lambda d: d["projects"][0]["clearance"][0].update(paid=26.5),
        lambda d: d["projects"][0]["clearance"][0].pop("source"),
        lambda d: d["projects"][0]["disbursement"][0]["funding"].update(lottery="1 tỷ đồng"),
        lambda d: d["projects"][0]["disbursement"][0].update(base="guessed"),
        lambda d: d["projects"][2]["sections"][0].pop("to"),
        lambda d: d["projects"][2]["sections"][0].update(in_scope="không"),
        lambda d: d["indicators"][0]["target"].update(by="sớm"),
        lambda d: d.update(projects={}),
    ],
)
def test_a_wrong_document_is_not_valid(spoil: Callable[[Any], object]) -> None:
    document = copy.deepcopy(VALID)
    spoil(document)
    assert not Draft202012Validator(SCHEMA).is_valid(document)
