"""Units in time on a made-up district and its communes; names that mean one unit, several or none."""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lsinfra import checks, loader, portfolio
from lsinfra.alignments import UnitPart
from lsinfra.codes import Level
from lsinfra.intake.documents.grammar import read_text
from lsinfra.intake.geometry import planning
from lsinfra.intake.geometry.boundaries import plain_unit
from lsinfra.intake.geometry.plans import Request
from lsinfra.portfolio import Portfolio
from lsinfra.progress import measure
from lsinfra.records import Records, Section
from lsinfra.render.content import page_content
from lsinfra.render.map import map_data
from lsinfra.render.page import page
from lsinfra.render.payload import Scope
from lsinfra.routes import Routes, load
from lsinfra.text import Lang
from lsinfra.units import (
    Ambiguous,
    Known,
    Unknown,
    areas,
    communes_of,
    cuts,
    first_day,
    known_units,
    lies_in,
    parted,
    resolve,
    successors,
    valid,
)
from tests.conftest import ROOT, Visit

OLD, NEW = date(2024, 10, 31), date(2025, 7, 1)
ENDED = date(2025, 6, 30)
COMMUNES = ROOT.parent / "shared" / "reference" / "communes_old_new_2025.csv"

RECORDS = """\
portfolio: {title: Sổ}
units:
  Chi Lăng: {level: district, until: 2025-06-30}
  TP Lạng Sơn: {level: district, until: 2025-06-30}
projects:
  - id: p
    title: {vi: Đường Đông Khê – Trà Lĩnh, en: Project}
    kind: road
    status: implementation
    routes: [r]
    sections:
      - {id: a, unit: Chi Lăng, route: r, from: Km0, to: Km8}
      - {id: b, unit: TP Lạng Sơn, route: r, from: Km8, to: Km8+400}
      - {id: c, unit: TP Lạng Sơn, route: r, from: Km8, to: Km10}
      - {id: d, unit: TP Lạng Sơn}
"""


def square(unit: str, south: float, north: float, level: str = "commune", **properties: Any) -> dict[str, Any]:
    ring = [[106.9, south], [107.1, south], [107.1, north], [106.9, north], [106.9, south]]
    given = {"unit": unit, "level": level, "source": "a test"} | properties
    return {"type": "Feature", "properties": given, "geometry": {"type": "Polygon", "coordinates": [ring]}}


# The route is 0.1° of a meridian with its chainage from Km0 to Km10: a hundredth of a degree is a kilometre.
ROUTE: dict[str, Any] = {
    "type": "Feature",
    "properties": {
        "route": "r",
        "accuracy": "schematic",
        "uncertainty_m": 500,
        "source": "a test",
        "calibration": [{"chainage": "Km0", "at": [107, 21.5]}, {"chainage": "Km10", "at": [107, 21.6]}],
    },
    "geometry": {"type": "LineString", "coordinates": [[107, 21.5], [107, 21.6]]},
}
SINCE, UNTIL = {"valid_from": "2025-07-01"}, {"valid_until": "2025-06-30"}
REFORM = (
    square("Chi Lăng", 21.4, 21.58, "district", code="187", **UNTIL),
    square("TP Lạng Sơn", 21.58, 21.7, "district", code="178", **UNTIL),
    square("Xã Hòa Bình", 21.4, 21.55, code="1", **UNTIL),
    square("Xã Hòa Bình", 21.58, 21.7, code="2", **UNTIL),
    square("Thị trấn Cao Lộc", 21.55, 21.58, code="3", **UNTIL),
    square("Xã Vạn Linh", 21.4, 21.53, code="1", **SINCE),
    square("Phường Kỳ Lừa", 21.53, 21.583, code="3", **SINCE),
    square("Xã Cao Lộc", 21.583, 21.59, code="4", **SINCE),
)


def drawn(folder: Path, *features: Any) -> Routes:
    return drawn_with(folder, ROUTE, *features)


def drawn_with(folder: Path, *features: Any) -> Routes:
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (folder / "a.geojson").write_text(text, encoding="utf-8")
    return load(folder, "EPSG:9215")


@pytest.fixture
def records(tmp_path: Path) -> Records:
    (tmp_path / "projects.yaml").write_text(RECORDS, encoding="utf-8")
    return loader.load(tmp_path / "projects.yaml")


def sections(records: Records) -> dict[str, Section]:
    return {section.id: section for section in records.projects[0].sections}


# --- where an old section lies now -----------------------------------------------------------------------------------


def test_units_of_a_day(tmp_path: Path, records: Records) -> None:
    routes = drawn(tmp_path, *REFORM)
    assert list(areas(routes, Level.COMMUNE, OLD)) == ["Xã Hòa Bình (1)", "Xã Hòa Bình (2)", "Thị trấn Cao Lộc"]
    assert list(areas(routes, Level.COMMUNE, NEW)) == ["Xã Vạn Linh", "Phường Kỳ Lừa", "Xã Cao Lộc"]
    assert areas(routes, Level.DISTRICT, NEW) == {}
    district = records.units["Chi Lăng"]
    assert [valid(district, day) for day in (OLD, ENDED, NEW)] == [True, True, False]


def test_a_section_is_cut_at_the_communes_that_followed(tmp_path: Path, records: Records) -> None:
    routes = drawn(tmp_path, *REFORM)
    cut = cuts(routes, successors(routes, ENDED, NEW))
    told = [
        (route, part.unit, round(part.start_m), round(part.end_m))
        for route, part in lies_in(sections(records)["a"], cut)
    ]
    assert told == [("r", "Xã Vạn Linh", 0, 3000), ("r", "Phường Kỳ Lừa", 3000, 8000)]
    assert communes_of(sections(records)["a"], cut) == (("Xã Vạn Linh", "Phường Kỳ Lừa"), True)
    # All is said of a short section; of a longer one not the 300 m that may be rounding, but that a kilometre is bare.
    assert communes_of(sections(records)["b"], cut) == (("Phường Kỳ Lừa", "Xã Cao Lộc"), True)
    assert communes_of(sections(records)["c"], cut) == (("Xã Cao Lộc",), False)
    assert communes_of(sections(records)["d"], cut) == ((), True)


def test_without_boundaries_that_began_later_nothing_is_said(tmp_path: Path, records: Records) -> None:
    undated = square("Xã Cũ", 21.4, 21.7)
    for features in ((), (undated,), REFORM[:5]):
        routes = drawn(tmp_path, *features)
        assert successors(routes, ENDED, NEW) == {}
        assert cuts(routes, successors(routes, ENDED, NEW)) == {}
        assert communes_of(sections(records)["a"], {}) == ((), False)
    assert successors(drawn(tmp_path, *REFORM), ENDED, ENDED) == {}


def test_what_lies_beyond_the_route_is_in_no_commune() -> None:
    section = Section.model_validate({"id": "a", "unit": "X", "route": "r", "from": "Km9", "to": "Km12"})
    parts = {"r": (UnitPart("Xã A", 0.0, 10_000.0),)}
    assert lies_in(section, parts) == (("r", UnitPart("Xã A", 9_000.0, 10_000.0)),)
    assert communes_of(section, parts) == (("Xã A",), False)


def test_the_map_says_where_sections_of_a_district_that_is_gone_lie_since(tmp_path: Path, records: Records) -> None:
    def since(day: date, lang: Lang, *features: Any) -> dict[str, str]:
        world = Portfolio(records, drawn(tmp_path, *features))
        scope = Scope(world, measure(world, day), lang)
        return {unit + extent: text for _, unit, extent, *_, text, _, _ in map_data(scope)["sections"]}

    assert set(since(ENDED, "vi", *REFORM).values()) == {""}
    assert set(since(NEW, "vi", *REFORM[:5]).values()) == {""}
    named = [square("<b>&Xã", 21.4, 21.53, code="1", credit="© Tổng cục", **SINCE), *REFORM[6:]]
    assert since(NEW, "vi", *REFORM[:5], *named) == {
        "Chi LăngKm0 – Km8": "tuyến đã vẽ nay thuộc: <b>&Xã, phường Kỳ Lừa (ranh giới: © Tổng cục; a test)",
        "TP Lạng SơnKm8 – Km8+400": "tuyến đã vẽ nay thuộc: phường Kỳ Lừa, xã Cao Lộc (ranh giới: © Tổng cục; a test)",
        "TP Lạng SơnKm8 – Km10": "tuyến đã vẽ nay thuộc: xã Cao Lộc; phần còn lại chưa có ranh giới "
        "(ranh giới: © Tổng cục; a test)",
        "TP Lạng Sơn": "",
    }
    assert since(NEW, "en", *REFORM)["TP Lạng SơnKm8 – Km10"] == (
        "as drawn it now lies in: xã Cao Lộc; of the rest no boundaries were imported (boundaries: a test)"
    )


def test_a_commune_with_the_name_of_a_district_says_nothing_of_the_district(tmp_path: Path, records: Records) -> None:
    """Where the communes of 2025 are imported without their words, huyện Chi Lăng is not born with xã Chi Lăng."""
    routes = drawn(tmp_path, square("Chi Lăng", 21.4, 21.5, code="1", **SINCE))
    assert first_day(routes, "Chi Lăng", records.units["Chi Lăng"]) is None
    assert first_day(routes, "Chi Lăng") == NEW


def test_who_drew_it_is_named_on_the_map_and_among_the_sources(tmp_path: Path, records: Records) -> None:
    """What an open licence asks for: the makers of the route and of the boundaries that a section is told by."""
    osm = {**ROUTE, "properties": {**ROUTE["properties"], "credit": "© người vẽ {{x}}", "source": "OSM; ODbL 1.0"}}
    world = Portfolio(
        records, drawn_with(tmp_path, osm, *REFORM[:5], square("Xã Mới", 21.4, 21.7, credit="© B", **SINCE))
    )

    border = {"type": "Feature", "properties": {"border": True, "attribution": "© C", "licence": "ODbL"},
              "geometry": {"type": "LineString", "coordinates": [[106, 22], [107, 22]]}}  # fmt: skip
    bounded = Scope(replace(world, routes=drawn_with(tmp_path, ROUTE, border)), measure(world, NEW), "en")
    assert map_data(bounded)["attribution"] == "© C"
    assert page_content(bounded, [])["drawn"] == [["Land border", "ODbL · © C"]]

    def told(day: date) -> tuple[str, list[list[str]]]:
        scope = Scope(world, measure(world, day), "vi")
        return map_data(scope)["attribution"], page_content(scope, [])["drawn"]

    assert told(ENDED) == (
        "© người vẽ {{x}}",
        [["r", "OSM; ODbL 1.0 · © người vẽ {{x}}"], ["Ranh giới đơn vị hành chính", "a test"]],
    )
    assert told(NEW) == (
        "© người vẽ {{x}}, © B",
        [["r", "OSM; ODbL 1.0 · © người vẽ {{x}}"], ["Ranh giới đơn vị hành chính", "a test · © B"]],
    )


def test_the_page_says_in_a_table_where_a_section_lies_and_whose_lines_are_drawn(
    tmp_path: Path, records: Records, visit: Callable[..., Visit]
) -> None:
    figures = (
        RECORDS
        + """\
    clearance:
      - {as_of: 2024-08-15, section: c, handed_over: ["1/2 ha", 3/4 hộ], source: s}
sources:
  s: {title: Báo cáo, date: 2024-09, kind: official}
"""
    )
    (tmp_path / "projects.yaml").write_text(figures, encoding="utf-8")
    osm = {**ROUTE, "properties": {**ROUTE["properties"], "credit": "© <b>x", "source": "OSM"}}
    now = square("Xã Mới", 21.4, 21.7, credit="© B", **SINCE)
    world = Portfolio(loader.load(tmp_path / "projects.yaml"), drawn_with(tmp_path, osm, *REFORM[:5], now))
    for project in (None, "p"):
        (tmp_path / "a.html").write_text(page(world, measure(world, NEW), project=project), encoding="utf-8")
        seen = visit(tmp_path / "a.html")
        land, sources = seen.page.inner_text("#land"), seen.page.inner_text("#sources")
        # Of a section with two figures once.
        assert land.count("tuyến đã vẽ nay thuộc: xã Mới (ranh giới: © B)") == 1
        assert land.count("cấp huyện, đến 30/6/2025") == 2
        assert "OSM · © <b>x" in sources
        assert "a test · © B" in sources
        assert "© <b>x, © B" in seen.page.inner_text(".leaflet-control-attribution")
        seen.assert_quiet()


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "day", "code"),
    [
        ("xã Hòa Bình, huyện Chi Lăng", OLD, "1"),
        ("Xã Hoà Bình (Chi Lăng)", OLD, "1"),
        (unicodedata.normalize("NFD", "XÃ HÒA BÌNH THÀNH PHỐ LẠNG SƠN"), OLD, "2"),
        ("Hòa Bình, TP. Lạng Sơn", OLD, "2"),
        ("TT. Cao Lộc", OLD, "3"),
        ("thị trấn  Cao Lộc, huyện Chi Lăng, tỉnh Lạng Sơn", OLD, "3"),
        ("xã Cao Lộc", NEW, "4"),
        ("xã Cao Lộc, tỉnh Lạng Sơn", NEW, "4"),
        ("Kỳ Lừa", NEW, "3"),
        ("huyện Chi Lăng", OLD, "187"),
        ("Chi Lăng", OLD, "187"),
        ("thành phố Lạng Sơn", OLD, "178"),
    ],
)
def test_a_name_means_one_unit(tmp_path: Path, records: Records, name: str, day: date, code: str) -> None:
    found = resolve(name, known_units(records, drawn(tmp_path, *REFORM)), day)
    assert isinstance(found, Known)
    assert found.code == code


def test_a_name_that_may_mean_several_means_none(tmp_path: Path, records: Records) -> None:
    known = known_units(records, drawn(tmp_path, *REFORM))
    for name, day, codes in (
        ("xã Hòa Bình", OLD, {"1", "2"}),
        ("Hòa Bình", OLD, {"1", "2"}),
        ("xã Hòa Bình, tỉnh Lạng Sơn", OLD, {"1", "2"}),
        ("Cao Lộc", NEW, {"3", "4"}),  # the commune of today, or the town that was
        ("Cao Lộc", OLD, {"3", "4"}),
        ("Cao Lộc", None, {"3", "4"}),
    ):
        found = resolve(name, known, day)
        assert isinstance(found, Ambiguous), (name, day)
        assert {one.code for one in found.candidates} == codes


def test_a_unit_of_another_day_or_word_is_not_taken(tmp_path: Path, records: Records) -> None:
    known = known_units(records, drawn(tmp_path, *REFORM))
    for gone in ("thị trấn Cao Lộc", "Chi Lăng", "phường Cao Lộc"):
        assert resolve(gone, known, NEW) == Unknown(), gone
    for other in ("xã Hòa Bình, huyện Đình Lập", "huyện Lạng Sơn"):
        assert resolve(other, known, OLD) == Unknown(), other
    for nothing in ("", "   ", "(", ",", "xã", "huyện "):
        assert resolve(nothing, known, NEW) == Unknown(), nothing


def test_the_tone_of_quy_stands_where_it_stands() -> None:
    assert parted("Xã Phú Quý") == ("xã", "phú quý")
    assert parted("Xã Thuý Hoà") == ("xã", "thúy hòa")


def test_a_recorded_commune_begins_on_its_first_day(tmp_path: Path) -> None:
    began = RECORDS.replace("units:\n", "units:\n  Xã Mới: {level: commune, from: 2025-07-01}\n")
    (tmp_path / "projects.yaml").write_text(began, encoding="utf-8")
    records, routes = loader.load(tmp_path / "projects.yaml"), drawn(tmp_path)
    commune = records.units["Xã Mới"]
    assert [valid(commune, day) for day in (OLD, ENDED, NEW)] == [False, False, True]
    assert first_day(routes, "Xã Mới", commune) == NEW
    known = known_units(records, routes)
    assert resolve("xã Mới", known, ENDED) == Unknown()
    assert resolve("xã Mới", known, NEW) == Known("Xã Mới", Level.COMMUNE, valid_from=NEW)


def test_without_districts_a_district_confirms_nothing(tmp_path: Path, records: Records) -> None:
    known = known_units(records, drawn(tmp_path, REFORM[2]))
    assert isinstance(resolve("xã Hòa Bình", known, OLD), Known)
    found = resolve("xã Hòa Bình, huyện Chi Lăng", known, OLD)
    assert isinstance(found, Ambiguous)
    assert len(found.candidates) == 1


def test_the_records_spelling_stays_the_districts(tmp_path: Path, records: Records) -> None:
    town = square("Thị trấn Chi Lăng", 21.4, 21.5, **UNTIL)
    known = known_units(records, drawn(tmp_path, town))
    assert resolve("Chi Lăng", known, OLD) == Known("Chi Lăng", Level.DISTRICT, valid_until=ENDED)
    assert isinstance(resolve("Chi Lăng", known, NEW), Ambiguous)


@pytest.mark.skipif(not COMMUNES.exists(), reason=f"{COMMUNES.name} is reference data and is not there")
def test_the_communes_of_lang_son() -> None:
    table = csv.DictReader(COMMUNES.read_text(encoding="utf-8").splitlines())
    rows = [row for row in table if row["province_code"] == "20"]
    known = {
        Known(row["old_unit_name_2025_03"], Level.COMMUNE, row["old_code"], row["old_district"], None, ENDED)
        for row in rows
    } | {Known(row["new_name"], Level.COMMUNE, row["new_code"], None, NEW) for row in rows}
    every = sorted(known, key=lambda one: (one.name, one.within or ""))
    old, new = [one for one in every if one.valid_until], [one for one in every if one.valid_from]
    assert (len(old), len(new)) == (194, 65)
    for one in old:
        assert resolve(f"{one.name}, {one.within}", every, OLD) == one
    for one in new:
        assert resolve(one.name, every, NEW) == one
    several = resolve("xã Hoà Bình", every, OLD)
    assert isinstance(several, Ambiguous)
    assert {one.within for one in several.candidates} == {
        "Huyện Bình Gia",
        "Huyện Văn Quan",
        "Huyện Hữu Lũng",
        "Huyện Chi Lăng",
    }
    gone, there = resolve("thị trấn Cao Lộc", every, NEW), resolve("xã Cao Lộc", every, NEW)
    assert gone == Unknown()
    assert isinstance(there, Known)
    (town,) = (one for one in old if one.name == "Thị trấn Cao Lộc")
    into = {row["new_name"] for row in rows if row["old_code"] == town.code}
    assert (into, there.name) == ({"Phường Kỳ Lừa"}, "Xã Cao Lộc")


@pytest.mark.skipif(not COMMUNES.exists(), reason=f"{COMMUNES.name} is reference data and is not there")
def test_the_sections_of_2024_lie_in_communes_their_districts_became(root: Path) -> None:
    """The imported boundaries against the table of what each commune was made of, which knows no geometry."""
    whose = Request(today=NEW, source="x", licence="x", dated="2026-08")
    for level, name, asked in (
        (Level.COMMUNE, "langson_communes_2025_simplified", replace(whose, valid_from="2025-07-01")),
        (Level.DISTRICT, "langson_districts_2024_from_communes_simplified", replace(whose, valid_until="2025-06-30")),
    ):
        file = COMMUNES.with_name(f"{name}.geojson")
        planning.commit(planning.plan(file, portfolio.load(root), root / "geodata", asked, level=level))
    world = portfolio.load(root)
    became: dict[str, set[str]] = {}
    for row in csv.DictReader(COMMUNES.read_text(encoding="utf-8").splitlines()):
        became.setdefault(plain_unit(row["old_district"]), set()).add(row["new_name"])
    cut, told = cuts(world.routes, successors(world.routes, ENDED, NEW)), 0
    for project in world.records.projects:
        for section in project.sections:
            if section.in_scope and section.parts:
                names, whole = communes_of(section, cut)
                assert whole, section.id
                assert set(names) <= became[section.unit], section.id
                told += len(names)
    assert told > 20
    known = known_units(world.records, world.routes)
    there = resolve("xã Cao Lộc", known, NEW)
    assert isinstance(there, Known)
    assert there.within is None
    assert isinstance(resolve("thị trấn Cao Lộc", known, NEW), Unknown)
    assert isinstance(resolve("Cao Lộc", known, NEW), Ambiguous)
    assert isinstance(resolve("Cao Lộc", known, OLD), Known)
    # The figures of the districts of 2024 are those of units that were there.
    assert "unit_not_yet" not in {one.code for one in checks.check(world, measure(world, NEW), NEW)}


# --- names in documents ----------------------------------------------------------------------------------------------


def read_unit(tmp_path: Path, records: Records, unit: str, written: str, *features: Any) -> list[str | None]:
    """The section of each figure that is read, where the records' first section is of the unit."""
    (tmp_path / "projects.yaml").write_text(RECORDS.replace("unit: Chi Lăng", f"unit: {unit}"), encoding="utf-8")
    world = Portfolio(loader.load(tmp_path / "projects.yaml"), drawn(tmp_path, *features))
    text = f"Đến ngày 15/8/2025, {written} đã bàn giao 37,07 ha mặt bằng dự án Đường Đông Khê – Trà Lĩnh."
    return [proposal.section for proposal in read_text(text, world).proposals]


def test_a_document_gives_a_commune_no_figure_of_a_town_of_its_name(tmp_path: Path, records: Records) -> None:
    assert read_unit(tmp_path, records, "Xã Cao Lộc", "xã Cao Lộc", *REFORM) == ["a"]
    assert read_unit(tmp_path, records, "Xã Cao Lộc", "thị trấn Cao Lộc", *REFORM) == []
    assert read_unit(tmp_path, records, "Thị trấn Cao Lộc", "TT Cao Lộc", *REFORM) == ["a"]


def test_a_document_gives_no_figure_to_one_of_several_communes(tmp_path: Path, records: Records) -> None:
    now = [square("Xã Hòa Bình", low, low + 0.01, code=str(low), **SINCE) for low in (21.4, 21.5)]
    assert read_unit(tmp_path, records, "Xã Hòa Bình", "xã Hòa Bình", *now) == []
    # The one of today is meant where the others are of before the reform.
    assert read_unit(tmp_path, records, "Xã Hòa Bình", "xã Hòa Bình", *REFORM[:4], now[0]) == ["a"]
