"""Tables of a portfolio: columns with units, types and CRS, exact decimals beside floats, nothing where nobody said."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from inspect import getdoc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from pandas import DataFrame, Timestamp, isna
from shapely import LineString

from lsinfra import checks, frames, portfolio, progress
from lsinfra.frames import columns
from lsinfra.placement import point_of
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import Chainage, read_chainage
from lsinfra.records import Issue, Project
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLE = ROOT / "tests" / "sample"
GEO = {
    "routes": columns.ROUTES,
    "projects": columns.PROJECTS,
    "obstacles": columns.OBSTACLES,
    "places": columns.PLACES,
    "boundaries": columns.BOUNDARIES,
    "border": columns.BORDER,
    "clearance": columns.CLEARANCE,
    "sections": columns.SECTIONS,
    "sections_by_date": columns.SECTIONS_BY_DATE,
    "stretches": columns.STRETCHES,
}
DRAWN = ("routes", "places", "boundaries", "border", "obstacles", "sources")
LAND = ("clearance", "projects", "sections", "stretches", "disbursement")
PLAIN = {"disbursement": columns.DISBURSEMENT, "findings": columns.FINDINGS, "sources": columns.SOURCES}


@pytest.fixture(scope="module")
def sample() -> Portfolio:
    return portfolio.load(SAMPLE)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Portfolio:
    """Nothing but a title."""
    folder = tmp_path_factory.mktemp("bare")
    folder.joinpath("geodata").mkdir()
    folder.joinpath("projects.yaml").write_text("portfolio: {title: Trống}\n", encoding="utf-8")
    return portfolio.load(folder)


def tables(whole: Portfolio, day: date) -> dict[str, Any]:
    at = progress.measure(whole, day)
    found = checks.check(whole, at)
    drawn = {name: getattr(frames, name)(whole) for name in DRAWN}
    land = {name: getattr(frames, name)(whole, at) for name in LAND}
    return drawn | land | {"sections_by_date": frames.sections_by_date(whole), "findings": frames.findings(found, "en")}


def only(table: DataFrame, **values: object) -> dict[str, Any]:
    """The one row with these values."""
    for name, value in values.items():
        table = table[table[name].isna() if value is None else table[name] == value]
    (row,) = table.to_dict("records")
    return {
        str(name): None if not hasattr(value, "geom_type") and isna(value) else value for name, value in row.items()
    }


def test_every_table_has_its_columns_types_and_crs(real: Portfolio, sample: Portfolio, bare: Portfolio) -> None:
    day = date(2025, 12, 31)
    full, small, empty = tables(real, day), tables(sample, day), tables(bare, day)
    assert set(full) == set(GEO) | set(PLAIN)
    for name, wanted in (GEO | PLAIN).items():
        assert tuple(full[name].columns) == wanted
        assert list(full[name].dtypes) == list(small[name].dtypes) == list(empty[name].dtypes), name
        assert len(empty[name]) == 0 or name == "findings"
        assert "object" not in {str(kind) for kind in full[name].dtypes}
    for name in GEO:
        assert {str(one[name].crs) for one in (full, small, empty)} == {"EPSG:4326"}
        assert {"accuracy", "uncertainty_m"} <= set(full[name].columns)


@pytest.mark.parametrize("name", [*GEO, *PLAIN])
def test_the_docstring_names_every_column(name: str) -> None:
    told = f"{frames.__doc__} {getdoc(getattr(frames, name))}"
    if "``clearance``" in told:
        told += str(getdoc(frames.clearance))
    if name in ("sections_by_date", "projects"):
        told += str(getdoc(frames.sections))
    said = set(re.findall(r"``([a-z0-9_]+)``", told))
    stages = r"(inventoried|approved|paid|clear|handed_over)_(total_)?"
    alike = re.compile(rf"{stages}(ha|km|households|parcels)|{stages}[a-z_]+")
    left = {one for one in (GEO | PLAIN)[name] if one not in said and not alike.fullmatch(one)} - {"geometry"}
    assert left == set()
    of_stage = {one.removeprefix("handed_over_") for one in (GEO | PLAIN)[name] if one.startswith("handed_over_")}
    others = re.compile(
        "(total_)?(low_|high_)?(km|households|parcels)(_text|_observed|_source|_stale)?"
    )  # told of, as those of ha
    assert {f"handed_over_{one}" for one in of_stage if not others.fullmatch(one)} <= said


# --- land ------------------------------------------------------------------------------------------------------------


def test_a_figure_stands_exact_beside_its_float(real: Portfolio) -> None:
    at = progress.measure(real, date(2024, 10, 31))
    table = frames.clearance(real, at)
    assert [Decimal(text) for text in table.value_text] == [row.rate.value for row in at.clearance]
    whole = only(table, project="huu-nghi-chi-lang", section=None, measure="area")
    assert (whole["value"], whole["value_text"], whole["total_text"], whole["unit_code"]) == (
        366.55,
        "366.55",
        "640.28",
        "ha",
    )
    assert whole["share"] == pytest.approx(366.55 / 640.28, abs=1e-15)
    assert (whole["observed"], whole["observed_last_day"], whole["age_days"], whole["stale"]) == (
        "2024-10",
        Timestamp("2024-10-31"),
        0,
        False,
    )
    implied = only(table, project="ql4b", section="loc-binh")
    assert (implied["total"], implied["total_text"], implied["total_kind"]) == (None, None, "implied")
    assert (implied["total_low"], implied["total_high"], implied["share"]) == (49.344, 49.351, 0.7512)
    money = only(frames.disbursement(real, at), funding=None)
    assert (money["value_vnd"], money["value_text"], money["plan_text"]) == (490.1e9, "490100000000", "1288123000000")
    assert (money["closes"], money["plan_year"]) == (Timestamp("2025-01-31"), 2024)


def test_a_section_says_what_is_published_of_it_and_nothing_else(real: Portfolio) -> None:
    table = frames.sections(real, progress.measure(real, date(2024, 10, 31)))
    mine = only(table, project="dong-dang-tra-linh", section="van-lang")
    assert (mine["handed_over_ha"], mine["handed_over_km"]) == (21.13, 5.3)
    assert (mine["handed_over_total_ha"], mine["handed_over_share"], mine["paid_ha"]) == (None, None, None)
    assert (mine["handed_over_text"], mine["handed_over_km_text"]) == ("21,13 ha", "khoảng 5,3 km")
    assert (mine["accuracy"], mine["placed"], mine["extent"]) == ("schematic", "approximate", "Km1 – Km29")
    other = only(table, project="dong-dang-tra-linh", section="cao-loc")
    assert {other[name] for name in other if name.startswith("handed_over_")} == {None}
    assert not only(table, section="cao-bang")["in_scope"]
    loc_binh = only(table, section="loc-binh")
    assert (loc_binh["handed_over_share"], loc_binh["handed_over_total_kind"]) == (0.7512, "implied")
    assert loc_binh["geometry"].geom_type == "MultiLineString"
    line = real.routes.alignments["ql4b"]
    ends = loc_binh["geometry"].geoms[0]
    assert (ends.coords[0], ends.coords[-1]) == (line.point(18_000).coords[0], line.point(38_000).coords[0])


@pytest.mark.parametrize("day", [date(2024, 10, 31), date(2025, 10, 27)])
def test_no_figure_stands_with_the_date_or_source_of_another(real: Portfolio, day: date) -> None:
    """Kilometres of 2024 beside hectares of 2025: each with its own date, source, age and words."""
    at = progress.measure(real, day)
    names = {measure: name for measure, (_, name) in columns.LAND.items()}
    told = {(row.project, row.section, f"{row.stage}_{names[row.measure]}"): row for row in at.clearance}
    for table in (frames.projects(real, at), frames.sections(real, at)):
        amounts = [name for name in table.columns if f"{name}_observed" in table.columns]
        assert {"handed_over_km", "paid_households"} < set(amounts)
        for row in table.to_dict("records"):
            section = row.get("section")
            for amount in amounts:
                wanted = told.get((row["project"], None if isna(section) else section, amount))
                stage, _, measure = amount.rpartition("_")
                own = ["", "_text", "_observed", "_source", "_stale"]
                found = [row[f"{amount}{part}"] for part in own]
                if wanted is None:
                    assert all(map(isna, [*found, row[f"{stage}_total_{measure}"]]))
                    continue
                text = columns.figure_text(wanted.rate, wanted.measure)
                dating = wanted.dating
                assert found == [float(wanted.rate.value), text, dating.observed.iso, dating.source, dating.stale]
                if row[f"{stage}_measure"] == wanted.measure:
                    of_stage = [row[f"{stage}_{part}"] for part in ("text", "observed", "source", "stated_check")]
                    assert of_stage == [text, dating.observed.iso, dating.source, wanted.rate.check]
    both = only(frames.projects(real, at), project="huu-nghi-chi-lang")
    assert (both["handed_over_km_text"], both["handed_over_km_observed"]) == ("39,9/59,87 km, đạt 66,64%", "2024-10")
    assert (both["handed_over_observed"] == "2024-10") == (day.year == 2024)


def test_a_project_without_sections_is_a_row_and_what_is_drawn_nowhere_has_no_geometry(tmp_path: Path) -> None:
    tmp_path.joinpath("geodata").mkdir()
    tmp_path.joinpath("projects.yaml").write_text(
        """portfolio: {title: T}
projects:
  - id: a
    title: A
    kind: road
    status: implementation
    clearance: [{as_of: 2024-05, handed_over: 1/2 thửa, source: s}]
sources: {s: {title: S, kind: official}}
""",
        encoding="utf-8",
    )
    whole = portfolio.load(tmp_path)
    row = only(frames.sections(whole, progress.measure(whole, date(2024, 12, 31))))
    assert (row["project"], row["section"], row["unit"], row["placed"]) == ("a", None, None, None)
    assert (row["handed_over_parcels"], row["handed_over_measure"], row["handed_over_stale"]) == (1, "parcels", True)
    assert (row["geometry"], row["accuracy"], row["uncertainty_m"]) == (None, None, None)


@pytest.mark.parametrize(
    ("reaches", "accuracy", "uncertainty"),
    [((5.0, 300.0), "schematic", 300), ((300.0, 5.0), "schematic", 300), ((None, 300.0), "schematic", None)],
)
def test_a_section_on_a_surveyed_and_a_sketched_line_is_a_sketch_and_as_far_off_as_the_worse(
    real: Portfolio, reaches: tuple[float | None, float], accuracy: str, uncertainty: float | None
) -> None:
    link, main = (real.routes.alignments[f"huu-nghi-chi-lang-{which}"] for which in ("link", "main"))
    lines = {
        link.route: replace(link, accuracy="survey", uncertainty_m=reaches[0]),
        main.route: replace(main, uncertainty_m=reaches[1]),
    }
    whole = replace(real, routes=replace(real.routes, alignments=lines))
    project = real.project("huu-nghi-chi-lang")
    section = next(one for one in project.sections if {part.route for part in one.parts} == set(lines))
    table = frames.sections(whole, progress.measure(whole, date(2024, 6, 30)))
    row = only(table, project=project.id, section=section.id)
    assert (row["accuracy"], row["uncertainty_m"]) == (accuracy, uncertainty)


def test_an_implied_total_goes_with_its_interval(real: Portfolio) -> None:
    row = only(frames.sections(real, progress.measure(real, date(2024, 10, 31))), section="loc-binh")
    # 37,07 ha are 75,12%: rounded, of 37.07 / 0.75125 … 37.07 / 0.75115; truncated, of 37.07 / 0.7513 … 37.07 / 0.7512.
    assert (row["handed_over_text"], row["handed_over_total_ha"]) == ("37,07 ha, đạt 75,12%", None)
    low, high = row["handed_over_total_low_ha"], row["handed_over_total_high_ha"]
    assert low <= 37.07 / 0.75125 < 37.07 / 0.75115 <= high < low + 0.02
    assert (round(low, 3), round(high, 3)) == (low, high)


def test_states_follow_one_another_without_gap(real: Portfolio) -> None:
    table = frames.sections_by_date(real)
    for _, states in table.groupby(["project", "section"]):
        ordered = states.sort_values("valid_from")
        assert list(ordered.valid_to[:-1]) == list(ordered.valid_from[1:])
        assert isna(ordered.valid_to.iloc[-1])
        assert ordered.valid_from.iloc[0] == Timestamp("2024-08-15")
    first, second = (row for row in table[table.section == "loc-binh"].itertuples())
    assert (first.handed_over_text, first.valid_to) == ("37,07 ha, đạt 75,12%", Timestamp("2025-03-26"))
    assert (second.handed_over_text, second.handed_over_share) == ("49,35/49,35 ha", 1)
    assert second.handed_over_households_text == "818/818 hộ"
    early = frames.sections_by_date(real, date(2024, 12, 31))
    assert (len(early), early.valid_to.notna().sum()) == (10, 0)


@pytest.mark.parametrize("day", [date(2024, 5, 31), date(2024, 6, 19), date(2024, 6, 30), date(2025, 1, 1)])
def test_a_state_is_what_the_sections_are_on_its_days(sample: Portfolio, day: date) -> None:
    states = frames.sections_by_date(sample)
    there = (states.valid_from <= pd.Timestamp(day)) & ~(states.valid_to <= pd.Timestamp(day))
    on_day = states[there].drop(columns=["valid_from", "valid_to"]).reset_index(drop=True)
    known = frames.sections(sample, progress.measure(sample, day))[on_day.columns]
    pd.testing.assert_frame_equal(DataFrame(on_day), DataFrame(known))


def test_only_a_published_chainage_is_a_stretch(real: Portfolio, sample: Portfolio) -> None:
    assert frames.stretches(real, progress.measure(real, date(2025, 12, 31))).empty
    row = only(frames.stretches(sample, progress.measure(sample, date(2024, 6, 30))))
    line = sample.routes.alignments["quoc-lo-99"]
    assert (row["extent"], row["start_km"], row["end_km"]) == ("Km12 – Km14+500", 12, 14.5)
    assert isinstance(row["geometry"], LineString)
    assert line.chainage_of(line.point(14_500)) == pytest.approx(14_500)
    assert row["geometry"].coords[-1] == line.point(14_500).coords[0]
    # Counted from where a sketch begins it is no place: the row stays, without a line.
    sketch = replace(line, calibration=((0.0, 0.0),))
    world = replace(sample, routes=replace(sample.routes, alignments={line.route: sketch}))
    nowhere = only(frames.stretches(world, progress.measure(world, date(2024, 6, 30))))
    assert (nowhere["extent"], nowhere["geometry"], nowhere["accuracy"]) == ("Km12 – Km14+500", None, None)


# --- what is drawn, money, doubts, sources ---------------------------------------------------------------------------


def test_routes_say_who_names_them(real: Portfolio) -> None:
    table = frames.routes(real)
    assert dict(zip(table.route, table.role, strict=True))["lang-son-tien-yen"] == "proposal"
    mine = only(table, route="ql4b")
    assert (mine["role"], mine["named_by"], mine["calibrated"], mine["accuracy"]) == (
        "project",
        "ql4b",
        True,
        "schematic",
    )
    assert (mine["start_km"], mine["end_km"]) == pytest.approx((18, 80), abs=0.001)
    assert mine["drawn_km"] == pytest.approx(56.7, abs=0.05)
    assert all(round(km, 3) == km for km in table.drawn_km)
    # Where nobody published a chainage there is none, however long the sketch is.
    assert set(table[~table.calibrated].start_km.isna()) == set(table[~table.calibrated].end_km.isna()) == {True}
    assert table[table.calibrated].end_km.notna().all()
    assert set(frames.places(real).accuracy) == {"approximate"}
    assert "OpenStreetMap" in only(frames.border(real))["attribution"]


def test_only_a_published_chainage_is_the_place_of_an_obstacle(sample: Portfolio) -> None:
    row = only(frames.obstacles(sample))
    assert (row["chainage"], row["route"], row["due_last_day"]) == ("Km3+500", "quoc-lo-99", Timestamp("2024-07-31"))
    line = sample.routes.alignments["quoc-lo-99"]
    assert row["geometry"].equals(line.point(3500))
    assert row["accuracy"] == line.accuracy
    sketch = replace(line, calibration=((3500.0, 0.0),))  # where it is drawn from, which nobody published
    nowhere = only(frames.obstacles(replace(sample, routes=replace(sample.routes, alignments={line.route: sketch}))))
    assert (nowhere["chainage"], nowhere["geometry"], nowhere["accuracy"]) == ("Km3+500", None, None)
    beyond = moved_issue(sample, at="Km22+150")
    assert point_of(sample, *beyond) is not None
    shorter = replace(line, calibration=(line.calibration[0], line.calibration[1]))
    known = replace(sample, routes=replace(sample.routes, alignments={"quoc-lo-99": shorter}))
    assert shorter.holds(Chainage(Decimal(22_150)))
    assert point_of(known, *beyond) is None


def moved_issue(whole: Portfolio, at: str) -> tuple[Project, Issue]:
    """The obstacle of the sample at another chainage."""
    project = whole.records.projects[0]
    return project, project.issues[0].model_copy(update={"at": read_chainage(at)})


def test_a_project_has_its_own_figure_and_never_a_sum(real: Portfolio) -> None:
    table = frames.projects(real, progress.measure(real, date(2024, 10, 31)))
    mine = only(table, project="huu-nghi-chi-lang")
    assert (mine["handed_over_ha"], mine["handed_over_total_ha"], mine["paid_ha"]) == (366.55, 640.28, None)
    assert mine["handed_over_text"] == "366,55/640,28 ha, đạt 57,24%"
    assert mine["handed_over_km_text"] == "39,9/59,87 km, đạt 66,64%"
    assert only(table, project="ql4b")["handed_over_text"] is None
    # Cao Bằng's part of the route is not in the scope of the project.
    other = only(table, project="dong-dang-tra-linh")
    line = real.routes.alignments["dong-dang-tra-linh"]
    assert [part.coords[-1] for part in other["geometry"].geoms] == [line.point(52_500).coords[0]]


def test_boundaries_of_a_day(boundaries: Callable[[], Portfolio]) -> None:
    whole = boundaries()
    table = frames.boundaries(whole)
    assert list(table.unit) == ["Xã Cũ", "Xã Mới"]
    assert (table.valid_until[0], table.valid_from[1]) == (Timestamp("2025-06-30"), Timestamp("2025-07-01"))
    assert set(table.geom_type) == {"MultiPolygon"}
    assert list(frames.boundaries(whole, date(2025, 6, 30)).unit) == ["Xã Cũ"]
    assert list(frames.boundaries(whole, date(2025, 7, 1)).unit) == ["Xã Mới"]


@pytest.fixture
def boundaries(root: Path) -> Callable[[], Portfolio]:
    ring = "[[[106,21],[106.1,21],[106.1,21.1],[106,21]]]"
    units = [("Xã Cũ", '"valid_until":"2025-06-30"'), ("Xã Mới", '"valid_from":"2025-07-01"')]
    features = ",".join(
        f'{{"type":"Feature","properties":{{"unit":"{name}","level":"commune","code":"1","source":"s",{days}}},'
        f'"geometry":{{"type":"Polygon","coordinates":{ring}}}}}'
        for name, days in units
    )
    text = f'{{"type":"FeatureCollection","features":[{features}]}}'
    root.joinpath("geodata", "xa.geojson").write_text(text, encoding="utf-8")
    return lambda: portfolio.load(root)


def test_findings_and_sources_are_whole(real: Portfolio) -> None:
    found = checks.check(real, progress.measure(real, date(2025, 12, 31)))
    table = frames.findings(found, "vi")
    assert list(table.message) == [one.message("vi") for one in found]
    assert list(table["where"]) == [one.where for one in found]
    listed = frames.sources(real)
    assert list(listed.source) == list(real.records.sources)
    assert only(listed, source="press-lengths")["date"] is None
    assert only(listed, source="self-report-2024")["date_last_day"] == Timestamp("2024-10-31")
