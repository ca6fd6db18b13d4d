"""OC4IDS packages read back: ours as they were, others as far as they are beyond doubt, hostile ones refused."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from lsinfra import checks, cli, portfolio, progress
from lsinfra.alignments import RouteError
from lsinfra.codes import Base, Funding, Kind, SourceKind, Status
from lsinfra.commands.options import WrongUse
from lsinfra.errors import InputError, LsinfraError, RunError, Severity
from lsinfra.exchange import oc4ids
from lsinfra.exchange.oc4ids import notation, reading
from lsinfra.exchange.oc4ids.describing import described
from lsinfra.exchange.oc4ids.nodes import MOST
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import Chainage
from lsinfra.records import Records
from lsinfra.text import LANGS
from tests.any_records import built, worlds
from tests.conftest import ROOT
from tests.hostile import texts

STANDARD = ROOT.parent / "shared" / "reference" / "oc4ids"
DAY = date(2200, 12, 31)
Json = dict[str, Any]
Read = Callable[[Any], oc4ids.Package]


@pytest.fixture(scope="module")
def sample() -> Portfolio:
    return portfolio.load(ROOT / "tests" / "sample")


@pytest.fixture(scope="module")
def plain(sample: Portfolio) -> str:
    """A package of the sample's first project alone."""
    records = sample.records.model_copy(
        update={"projects": sample.records.projects[:1], "proposals": (), "finished": ()}
    )
    return oc4ids.write(replace(sample, records=records), DAY)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a package given as JSON text, bytes or value."""

    def read(package: Any) -> oc4ids.Package:
        raw = package if isinstance(package, (str, bytes)) else json.dumps(package, ensure_ascii=False)
        path = tmp_path / "package.json"
        path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
        return oc4ids.read(path)

    return read


def held(records: Records) -> Json:
    """What of the records the standard can hold (docs/en/oc4ids.md): all but the portfolio's own settings, the report,
    indicators, obstacles, and sources and units that no project names.
    """
    said: Json = records.model_dump(exclude={"portfolio", "report", "indicators"})
    used = {
        one["source"] for p in said["projects"] for group in ("clearance", "disbursement", "plan") for one in p[group]
    }
    used |= {one["source"] for p in said["projects"] for group in ("investment", "milestones") for one in p[group]}
    used |= {one["source"] for p in said["projects"] for one in p["length"]}
    used |= {key for work in (*said["proposals"], *said["finished"]) for key in work["source"]}
    units = {section["unit"] for p in said["projects"] for section in p["sections"]}
    for p in said["projects"]:
        del p["issues"]
    return said | {
        "sources": {key: source for key, source in said["sources"].items() if key in used},
        "units": {name: unit for name, unit in said["units"].items() if name in units},
    }


# --- ours ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("world", ["real", "sample"])
def test_a_package_comes_back_as_it_was_written(world: str, request: pytest.FixtureRequest, read: Read) -> None:
    whole: Portfolio = request.getfixturevalue(world)
    back = read(oc4ids.write(whole, DAY))
    assert held(back.records) == held(whole.records)
    assert back.left == ()


def test_a_new_folder_holds_the_package(real: Portfolio, read: Read, tmp_path: Path) -> None:
    package = read(oc4ids.write(real, DAY))
    made = oc4ids.found(package, tmp_path / "mới")
    assert held(portfolio.load(tmp_path / "mới").records) == held(real.records) == held(made.records)
    assert oc4ids.write(made, DAY, oc4ids.Publication(publisher="x")) == oc4ids.write(
        real, DAY, oc4ids.Publication(publisher="x")
    )
    lines = made.routes.alignments
    assert list(lines) == list(real.routes.alignments)
    for route, line in real.routes.alignments.items():
        other = lines[route]
        assert other.line.equals_exact(line.line, 1e-7)
        same = ("title", "accuracy", "uncertainty_m", "partial", "source", "note", "credit", "metric_crs")
        assert [getattr(other, name) for name in same] == [getattr(line, name) for name in same]
        assert sum(other.calibration, ()) == pytest.approx(sum(line.calibration, ()), abs=0.02)
    named = {place for work in (*real.records.proposals, *real.records.finished) for place in work.places}
    titles = {key: place.title for key, place in made.routes.places.items()}
    assert titles == {key: real.routes.places[key].title for key in named}
    files = {path: path.read_bytes() for path in (tmp_path / "mới").rglob("*.*")}
    oc4ids.found(package, tmp_path / "again")
    assert files == {path: (tmp_path / "again" / path.relative_to(tmp_path / "mới")).read_bytes() for path in files}
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_a_new_folder_is_written_as_people_write(sample: Portfolio, read: Read, tmp_path: Path) -> None:
    project: Json = {"id": "p", "title": "2024", "kind": "road", "status": "implementation"}
    project |= {"sections": [{"id": "s", "unit": "0123", "in_scope": "false"}]}
    project |= {"milestones": [{"title": "x", "kind": "other", "date": "2024-02-29", "planned": "true", "source": "s"}]}
    sources = {"s": {"title": "Báo cáo", "kind": "official", "date": "2024-10"}}
    records = built({"portfolio": {"title": "x"}, "sources": sources, "projects": [project]})
    oc4ids.found(read(oc4ids.write(replace(sample, records=records), DAY)), tmp_path / "x")
    text = (tmp_path / "x" / "projects.yaml").read_text(encoding="utf-8")
    assert "date: 2024-02-29\n" in text
    assert "planned: true\n" in text
    assert "vi: 2024\n" in text
    assert re.search("unit: ['\"]?0123['\"]?\n", text)


def test_a_folder_that_would_say_something_else_is_not_made(plain: str, read: Read, tmp_path: Path) -> None:
    package = read(plain)
    other = package.records.model_copy(update={"projects": ()})
    with pytest.raises(oc4ids.Oc4idsError, match="something else"):
        oc4ids.found(replace(package, records=other), tmp_path / "x")
    assert [path.name for path in tmp_path.iterdir()] == ["package.json"]


def test_a_new_folder_takes_the_place_of_nothing(plain: str, read: Read, tmp_path: Path) -> None:
    package = read(plain)
    (tmp_path / "there").mkdir()
    oc4ids.found(package, tmp_path / "there")  # an empty one is as good as none
    before = (tmp_path / "there" / "projects.yaml").read_bytes()
    for taken in (tmp_path / "there", tmp_path / "package.json"):
        with pytest.raises(oc4ids.Oc4idsError, match="new folder"):
            oc4ids.found(package, taken)
    assert (tmp_path / "there" / "projects.yaml").read_bytes() == before


def test_a_folder_measures_as_the_package_was_measured(tmp_path: Path, sample: Portfolio, read: Read) -> None:
    """A book of another zone: its sections end where its lines do, and would not in any other zone."""
    (tmp_path / "here").mkdir()
    shutil.copytree(ROOT / "tests" / "sample" / "geodata", tmp_path / "here" / "geodata")
    book = (ROOT / "tests" / "sample" / "projects.yaml").read_text(encoding="utf-8")
    (tmp_path / "here" / "projects.yaml").write_text(
        book.replace("portfolio:\n", "portfolio:\n  metric_crs: EPSG:9217\n", 1), encoding="utf-8"
    )
    here = portfolio.load(tmp_path / "here")
    line = here.routes.alignments["duong-ho-trang"]
    assert line.metric_crs == "EPSG:9217"
    last = here.records.projects[1].sections[0]
    end = Chainage(Decimal(repr(line.drawn_m)).quantize(Decimal("0.01")))
    parts = (last.parts[0].model_copy(update={"to": end}),)
    sections = (last.model_copy(update={"parts": parts}), *here.records.projects[1].sections[1:])
    projects = (here.records.projects[0], here.records.projects[1].model_copy(update={"sections": sections}))
    here = replace(here, records=here.records.model_copy(update={"projects": projects}))
    package = read(oc4ids.write(here, DAY))
    with pytest.raises(oc4ids.Oc4idsError, match="EPSG:5897") as refused:
        oc4ids.found(package, tmp_path / "made", "EPSG:5897")
    assert refused.value.key == "crs_contradicts"
    assert "EPSG:9217" in refused.value.write("en")
    assert not (tmp_path / "made").exists()
    made = oc4ids.found(package, tmp_path / "made", "epsg:9217")
    assert made.records.portfolio.metric_crs == "EPSG:9217"
    assert made.routes.alignments["duong-ho-trang"].drawn_m == pytest.approx(line.drawn_m, abs=0.005)
    found = checks.check(made, progress.measure(made, date(2024, 6, 30)), date(2024, 6, 30))
    assert [one.code for one in found if one.severity is Severity.ERROR] == []


def test_a_package_without_a_publisher_is_called_so_in_each_language(sample: Portfolio, read: Read) -> None:
    report = sample.records.report.model_copy(update={"issuer": None, "authority": None})
    text = oc4ids.write(replace(sample, records=sample.records.model_copy(update={"report": report})), DAY)
    title = read(text).records.portfolio.title
    assert (title.vi, title.en) == ("Dữ liệu OC4IDS, chưa nêu cơ quan công bố", "OC4IDS data, publisher not named")
    assert read(foreign()).records.portfolio.title.en == "OC4IDS data of Sở X"


# --- any records ---------------------------------------------------------------------------------------------------


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much])
@given(data=worlds)
def test_any_records_come_back_as_they_were(data: Json, sample: Portfolio, read: Read) -> None:
    records = built(data)
    back = read(oc4ids.write(replace(sample, records=records), DAY))
    assert held(back.records) == held(records)
    assert back.left == ()


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=worlds)
def test_any_records_come_back_through_a_folder(
    data: Json, sample: Portfolio, read: Read, tmp_path_factory: pytest.TempPathFactory
) -> None:
    records = built(data)
    made = oc4ids.found(read(oc4ids.write(replace(sample, records=records), DAY)), tmp_path_factory.mktemp("x") / "y")
    assert held(made.records) == held(records)


# --- of others -----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not STANDARD.is_dir(), reason="the standard's example is in ../shared alone")
def test_the_standards_own_example(read: Read, tmp_path: Path) -> None:
    package = read((STANDARD / "example-valid-package.json").read_bytes())
    [project] = package.records.projects
    assert (project.id, project.kind, project.status) == ("huu-nghi-chi-lang", Kind.ROAD, Status.IMPLEMENTATION)
    [milestone] = project.milestones
    assert (milestone.date.iso, milestone.planned) == ("2026-12-31", True)
    [investment] = project.investment
    assert investment.total.amount == 11_024_700_000_000
    # What does not say its stage, its base or how sure its line is is left, and told.
    assert (project.clearance, project.disbursement, project.plan) == ((), (), ())
    assert {(one.path, one.why) for one in package.left} >= {
        ("projects[0].metrics[0]", "stage"),
        ("projects[0].metrics[1].observations[0]", "base"),
        ("projects[0].locations[0]", "line_unsure"),
        ("projects[0].social", "field"),
    }
    (tmp_path / "example.json").write_bytes((STANDARD / "example-valid-package.json").read_bytes())
    surer = oc4ids.read(tmp_path / "example.json", uncertainty_m=5000)
    # Nothing is measured in a system that nobody named.
    with pytest.raises(oc4ids.Oc4idsError, match="--crs"):
        oc4ids.found(surer, tmp_path / "made")
    with pytest.raises(RouteError):
        oc4ids.found(surer, tmp_path / "made", "EPSG:4326")
    assert not (tmp_path / "made").exists()
    made = oc4ids.found(surer, tmp_path / "made", "EPSG:9207")
    [line] = made.routes.alignments.values()
    assert (line.accuracy, line.uncertainty_m, line.metric_crs) == ("schematic", 5000, "EPSG:9207")
    assert made.records.portfolio.metric_crs == "EPSG:9207"


def foreign(*observations: Json, metric: str = "landClearance.handedOver", **more: Any) -> Json:
    project = {"id": "oc4ids-abc123-Đường 7/A", "title": "Road 7A", "status": "implementation"} | more
    if observations:
        project["metrics"] = [{"id": metric, "observations": list(observations)}]
    publisher, moment = {"name": "Sở X"}, "2026-11-21T00:00:00+07:00"
    return {"uri": "a:b", "publisher": publisher, "publishedDate": moment, "version": "0.9", "projects": [project]}


AREA = {"unit": {"id": "HAR", "scheme": "UNCEFACT"}, "period": {"endDate": "2026-10-31T23:59:59Z"}}


def test_a_figure_of_another_publisher(read: Read) -> None:
    row = AREA | {"id": "1", "measure": 6316, "dimensions": {"total": "7000.5", "statedPercent": 90.2}}
    [project] = read(foreign(row)).records.projects
    assert project.id == "duong-7-a"
    [seen] = project.clearance
    # The end of that day, as it is written; in Viet Nam the clock shows the next month.
    assert (seen.as_of.iso, seen.section, seen.source) == ("2026-10-31", None, "oc4ids-2026-11-21")
    [figure] = seen.handed_over
    assert (figure.value, figure.total, figure.percent) == (Decimal(6316), Decimal("7000.5"), Decimal("90.2"))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (AREA | {"id": "1", "measure": 5, "dimensions": {"district": "Lộc Bình"}}, "dimension"),
        (AREA | {"id": "1", "measure": 5, "dimensions": {"administrativeUnit": "Lộc Bình"}}, "dimension"),
        (AREA | {"id": "1", "measure": 5, "dimensions": {"planYear": "2026"}}, "dimension"),
        (AREA | {"id": "1", "measure": 5, "period": AREA["period"] | {"startDate": "2026-10-01T00:00:00Z"}}, "period"),
        (AREA | {"id": "1", "measure": 5, "unit": {"id": "ACR"}}, "unit"),
        (AREA | {"id": "1", "value": {"amount": 5, "currency": "USD"}}, "currency"),
        ({"id": "1", "measure": 5, "unit": {"id": "HAR"}}, "undated"),
    ],
)
def test_what_is_not_beyond_doubt_is_left(row: Json, why: str, read: Read) -> None:
    package = read(foreign(row))
    assert package.records.projects[0].clearance == ()
    assert [(one.path, one.why) for one in package.left] == [("projects[0].metrics[0].observations[0]", why)]


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("0.9", []),
        ("0.9.5", []),
        (0.9, []),
        ({}, ["{…}"]),
        ("1.0", ["1.0"]),
        ("0.95", ["0.95"]),
        ("0.10", ["0.10"]),
        (None, [""]),
    ],
)
def test_another_version_is_told(version: object, told: list[str], read: Read) -> None:
    package = read(foreign() | {"version": version})
    assert [(one.path, one.quote, one.why) for one in package.left] == [("version", one, "version") for one in told]


def test_a_measure_in_words_is_left(read: Read) -> None:
    package = read(foreign(AREA | {"id": "1", "measure": "five"}))
    assert [(one.path, one.why) for one in package.left] == [
        ("projects[0].metrics[0].observations[0].measure", "words")
    ]


def test_a_day_is_the_one_that_is_written(read: Read) -> None:
    moments = ["2024-10-31T23:59:59Z", "2024-10-31T00:00:00-05:00", "2024-10-31T00:00:00+07:00"]
    said = [{"id": str(n), "title": "x", "dateMet": moment} for n, moment in enumerate(moments)]
    [project] = read(foreign(milestones=said)).records.projects
    assert [one.date.iso for one in project.milestones] == ["2024-10-31"] * 3


@pytest.mark.parametrize(
    ("said", "planned"),
    [
        ({"dateMet": "2024-04-30T00:00:00Z"}, False),
        ({"dateMet": "2024-04-30T00:00:00Z", "status": "met"}, False),
        ({"dueDate": "2024-04-30T00:00:00Z"}, True),
        ({"dueDate": "2024-04-30T00:00:00Z", "status": "scheduled"}, True),
        ({"dueDate": "2024-04-30T00:00:00Z", "status": "notMet"}, True),
        ({"dueDate": "2024-04-30T00:00:00Z", "status": "met"}, None),
        ({"dateMet": "2024-04-30T00:00:00Z", "status": "notMet"}, None),
        ({"dateMet": "2024-04-30T00:00:00Z", "status": "partiallyMet"}, None),
        ({"dateMet": "2024-04-30T00:00:00Z", "status": "scheduled"}, None),
    ],
)
def test_a_milestone_happened_only_where_a_day_says_so(said: Json, planned: bool | None, read: Read) -> None:
    package = read(foreign(milestones=[{"id": "1", "title": "x"} | said]))
    [project] = package.records.projects
    assert [one.planned for one in project.milestones] == ([] if planned is None else [planned])
    told = [(one.path, one.why) for one in package.left]
    assert told == ([("projects[0].milestones[0]", "milestone_status")] if planned is None else [])


MONEY = {"value": {"amount": 5_000_000_000, "currency": "VND"}}


@pytest.mark.parametrize(
    ("start", "base", "taken"),
    [
        ("2024-01-01T00:00:00+07:00", "adjusted", True),
        ("2024-09-01T00:00:00+07:00", "adjusted", False),
        (None, "adjusted", False),
        (None, "total_investment", True),
        ("2024-01-01T00:00:00+07:00", "total_investment", False),
    ],
)
def test_money_is_a_sum_since_its_plan_year_began(start: str | None, base: str, taken: bool, read: Read) -> None:
    period = {"endDate": "2024-10-31T00:00:00+07:00"} | ({"startDate": start} if start else {})
    row = MONEY | {"id": "1", "period": period, "dimensions": {"planYear": "2024", "base": base}}
    package = read(foreign(row, metric="financialProgress"))
    assert len(package.records.projects[0].disbursement) == taken
    assert [one.why for one in package.left] == ([] if taken else ["period"])


def test_what_another_publisher_notes_stays_with_the_figure(read: Read) -> None:
    row = AREA | {"id": "1", "measure": 5, "notes": "phase 2 only", "indicator": "x"}
    package = read(foreign(row))
    [seen] = package.records.projects[0].clearance
    assert seen.note is not None
    assert seen.note.vi == "phase 2 only"
    assert [(one.path.rpartition(".")[2], one.why) for one in package.left] == [("indicator", "field")]
    other = row | {"dimensions": {"written": "5 ha"}}
    del other["indicator"]
    assert [(one.quote, one.why) for one in read(foreign(other)).left] == [("phase 2 only", "notes")]


def test_a_document_of_no_known_kind_is_not_made_official(read: Read) -> None:
    package = read(foreign(documents=[{"id": "d", "title": "x", "documentType": "plan"}]))
    assert package.records.sources["d"].kind is SourceKind.PRESS
    assert [(one.path, one.why) for one in package.left] == [("projects[0].documents[0].documentType", "kind")]


# --- into records that are there -----------------------------------------------------------------------------------


def test_figures_are_proposed_for_known_projects(sample: Portfolio, read: Read) -> None:
    package = read(oc4ids.write(sample, DAY))
    renamed = sample.records.projects[1].model_copy(update={"id": "khac"})
    others = replace(
        sample, records=sample.records.model_copy(update={"projects": (sample.records.projects[0], renamed)})
    )
    intake = oc4ids.proposed(package, others)
    assert {one.project for one in intake.proposals} == {"quoc-lo-99"}
    land = [one for one in intake.proposals if one.stage]
    money = [one for one in intake.proposals if not one.stage]
    assert len(land) == 6
    assert [(one.plan_year, one.base, one.funding) for one in money] == [
        (2024, Base.PROVINCE_ASSIGNED, None),
        (2024, Base.PROVINCE_ASSIGNED, Funding.CENTRAL_BUDGET),
        (2024, Base.PROVINCE_ASSIGNED, Funding.LOCAL_BUDGET),
    ]
    assert {one.source for one in intake.proposals} == {"report-may", "report-june"}
    assert re.fullmatch(r"projects\[0\]\.metrics\[\d\]\.observations\[\d\]", land[0].position)
    assert [(one.why.code, one.position) for one in intake.unread] == [("project_unknown", "projects[1]")]
    assert {lang: intake.unread[0].why.message(lang) for lang in LANGS}["en"].startswith("the records have no")


# --- faults --------------------------------------------------------------------------------------------------------


def faults_of(read: Read, package: Any) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as refused:
        read(package)
    for lang in LANGS:
        assert all(line.startswith("package.json: ") for line in refused.value.write(lang).splitlines())
    return [(fault.path, fault.key.removeprefix("oc4ids.fault.")) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "not_json"),
        ("{", "not_json"),
        (b"\xff{}", "not_utf8"),
        ("[" * 100_000, "too_deep"),
        ('{"a":' * 60 + "1" + "}" * 60, "too_deep"),
        ('{"a": 1, "a": 2}', "key_twice"),
        ('{"a": NaN, "b": -Infinity}', "not_a_number"),
        ('{"a": 1e999999999}', "not_a_number"),
        ('{"a": ' + "9" * 5000 + "}", "not_a_number"),
        ("[" + "0," * notation.MAX_VALUES + "0]", "too_many"),
        ("[1, 2]", "wrong_type"),
        ("null", "wrong_type"),
    ],
)
def test_what_is_no_package_is_refused(text: str | bytes, key: str, read: Read) -> None:
    assert faults_of(read, text) == [("", key)]


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "package.json").open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(InputError, match="over the limit"):
        oc4ids.read(tmp_path / "package.json")
    with pytest.raises(RunError):
        oc4ids.read(tmp_path / "none.json")


LINE = {"type": "LineString", "coordinates": [[106.7, 21.9], [106.8, 21.8]]}


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"title": 7}, [("projects[0].title", "wrong_type")]),
        ({"status": None}, [("projects[0]", "missing")]),
        ({"status": "begun"}, [("projects[0]", "fault.not_in_list")]),
        ({"title": "a\u202eb"}, [("projects[0].title", "bad_character")]),
        ({"title": "a\x1b[2J"}, [("projects[0].title", "bad_character")]),
        ({"locations": {}}, [("projects[0].locations", "wrong_type")]),
        ({"locations": [[]]}, [("projects[0].locations[0]", "wrong_type")]),
        (
            {"locations": [{"id": "a", "geometry": LINE | {"coordinates": [[106.7, 21.9], [21.8, 106.8]]}}]},
            [("projects[0].locations[0].geometry.coordinates[1]", "outside")],
        ),
        (
            {"locations": [{"id": "a", "geometry": LINE | {"coordinates": [[106.7, "x"]]}}]},
            [("projects[0].locations[0].geometry.coordinates[0]", "position")],
        ),
        (
            {"locations": [{"id": "a", "geometry": LINE | {"coordinates": [[106.7, 21.9], [106.7, 21.9]]}}]},
            [("projects[0].locations[0].geometry.coordinates", "short_line")],
        ),
        ({"locations": [{"id": "route/a", "geometry": LINE}]}, [("projects[0].locations[0]", "missing_fact")]),
        (
            {"locations": [{"id": "a", "geometry": {"type": "Circle"}}]},
            [("projects[0].locations[0].geometry", "geometry_type")],
        ),
        (
            {"milestones": [{"id": "1", "title": "x", "dateMet": "2024-02-30T00:00:00Z"}]},
            [("projects[0].milestones[0].dateMet", "wrong_type")],
        ),
        (
            {"milestones": [{"id": "1", "title": "x", "dateMet": "0001-01-01T00:00:00+07:00"}]},
            [("projects[0].milestones[0].dateMet", "quantity.date_year")],
        ),
        (
            {"milestones": [{"id": "1", "title": "x", "dateMet": "1700-01-01T00:00:00Z"}]},
            [("projects[0].milestones[0].dateMet", "quantity.date_year")],
        ),
        ({"title": "", "status": []}, [("projects[0]", "missing"), ("projects[0].status", "wrong_type")]),
    ],
)
def test_every_fault_is_told_with_its_place(change: Json, faults: list[tuple[str, str]], read: Read) -> None:
    assert faults_of(read, foreign(**change)) == faults


def test_a_written_figure_must_be_the_value(read: Read) -> None:
    wrong = [
        AREA | {"id": "1", "measure": 37.08, "dimensions": {"written": "37,07 ha"}},
        AREA | {"id": "2", "measure": 37.07, "dimensions": {"written": "37,07 km"}},
        AREA | {"id": "3", "measure": 37.07, "dimensions": {"written": "6.316 ha"}},
        AREA | {"id": "4", "measure": 1, "dimensions": {"observed": "2026-09", "total": "0"}},
    ]
    at = "projects[0].metrics[0].observations"
    assert faults_of(read, foreign(*wrong)) == [
        (f"{at}[0]", "written_differs"),
        (f"{at}[1]", "written_differs"),
        (f"{at}[2]", "quantity.ambiguous"),
        (f"{at}[3]", "quantity.total_not_positive"),
        (f"{at}[3]", "dates_differ"),
    ]


def test_every_contradiction_within_a_package_is_told(sample: Portfolio, read: Read) -> None:
    package = json.loads(oc4ids.write(sample, DAY))
    first = package["projects"][0]
    metrics = {one["id"]: one["observations"] for one in first["metrics"]}
    handed = metrics["landClearance.handedOver"]
    handed[0]["dimensions"] |= {"stage": "paid", "total": "41"}
    handed[1]["dimensions"] |= {"statedPercent": "99", "statedCheck": "conflict", "administrativeUnit": "Xã Lạ"}
    handed[2]["unit"]["name"] = "hộ"
    first["budget"]["amount"]["amount"] = 5
    groups = first["budget"]["budgetBreakdowns"]
    groups[1]["budgetBreakdown"][0]["amount"]["amount"] = 7
    groups[2]["budgetBreakdown"][1]["amount"]["amount"] = 8
    package["projects"][1]["implementationPeriod"] = {"startDate": "2024-01-01T00:00:00+07:00"}
    package["projects"][1]["description"] = described(None, {"years": "2023–2024"})
    lengths = package["projects"][3]["metrics"][0]["observations"]
    lengths.append(lengths[0])
    package["projects"][2]["status"] = "completion"
    place = first["locations"][0]
    place["description"] = place["description"].replace("EPSG:9215", "EPSG:9207")
    faults = faults_of(read, package)
    assert [path for path, key in faults if key == "twice"] == ["projects[3].metrics[0].observations[1]"]
    found = {path for path, key in faults if key == "contradicts"}
    at = f"projects[0].metrics[{list(metrics).index('landClearance.handedOver')}].observations"
    assert found == {
        f"{at}[0].dimensions",
        f"{at}[0].dimensions.total",
        f"{at}[1].dimensions.statedPercent",
        f"{at}[1].dimensions.statedCheck",
        f"{at}[2].unit",
        "projects[0].budget.amount",
        "projects[0].budget.budgetBreakdowns[1].budgetBreakdown[0]",
        "projects[0].budget.budgetBreakdowns[2].budgetBreakdown[1]",
        "projects[1].implementationPeriod",
        *(f"projects[{n}].locations[0]" for n in (1, 2, 3)),
        "projects[2]",
    }


def test_a_figure_of_a_section_in_another_unit_is_told(plain: str, read: Read) -> None:
    package = json.loads(plain)
    row = package["projects"][0]["metrics"][0]["observations"][0]
    assert row["dimensions"]["administrativeUnit"] == "Sông Trên"
    row["dimensions"]["administrativeUnit"] = "Sông Dưới"
    assert faults_of(read, package) == [("projects[0].metrics[0].observations[0]", "contradicts")]


def test_what_the_records_refuse_is_told_with_the_place_in_the_package(plain: str, read: Read) -> None:
    package = json.loads(plain)
    first, second = package["projects"][0], json.loads(plain)["projects"][0]
    rows = [row for metric in first["metrics"] for row in metric["observations"]]
    rows[0]["dimensions"]["section"] = "nowhere"
    first["additionalClassifications"][0]["id"] = "canal"
    package["projects"].append(second)
    faults = faults_of(read, package)
    assert ("projects[0]", "fault.not_in_list") in faults
    first["additionalClassifications"][0]["id"] = "road"
    faults = faults_of(read, package)
    assert [path for path, key in faults if key == "fault.unknown_section"] == [
        "projects[0].metrics[0].observations[0]"
    ]
    assert [path for path, key in faults if key == "fault.duplicate_id"] == ["projects[1]"]


def test_clashing_lines_and_documents(plain: str, read: Read) -> None:
    package = json.loads(plain)
    second = json.loads(plain)["projects"][0]
    second["identifiers"][0]["id"] = "other"
    second["locations"][0]["geometry"] = LINE
    second["documents"][0]["title"] = "Another document"
    package["projects"].append(second)
    assert faults_of(read, package) == [("projects[1].locations[0]", "drawn_twice")]
    second["locations"][0] = package["projects"][0]["locations"][0]
    sources = read(package).records.sources
    assert sources["report-may"].title.vi == "Báo cáo tháng 5"
    assert sources["other-report-may"].title.vi == "Another document"


def test_of_thousands_of_faults_some_are_told(read: Read) -> None:
    package = foreign()
    package["projects"] = [{"id": str(n), "title": 7, "status": "completion"} for n in range(3000)]
    faults = faults_of(read, package)
    assert len(faults) == MOST + 1
    assert faults[-1] == ("", "more")


def test_thousands_of_projects(read: Read) -> None:
    package = foreign()
    package["projects"] = [{"id": f"p-{n}", "title": f"Road {n}", "status": "completion"} for n in range(3000)]
    assert [one.id for one in read(package).records.projects] == [f"p-{n}" for n in range(3000)]


def test_more_than_records_hold_is_refused(plain: str, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_NODES", 50)
    assert faults_of(read, plain) == [("", "too_many_records")]


def test_hostile_texts_stay_texts(tmp_path: Path, read: Read) -> None:
    marker = tmp_path / "marker"
    told = {name: text for name, text in texts(marker).items() if name != "rtl"}
    package = foreign()
    package["projects"] = [
        {"id": name, "title": text, "description": text, "status": "completion"} for name, text in told.items()
    ]
    made = oc4ids.found(read(package), tmp_path / "made")
    assert [one.title.vi for one in made.records.projects] == list(told.values())
    assert not marker.exists()


# --- anything at all -----------------------------------------------------------------------------------------------

junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["2024-13-01T00:00:00Z", "Km5–Km3", "1/0 ha", "oc4ids-", "=1+1", "{{7}}", "\ud800", "a" * 5000]),
    st.builds(lambda: [[[[[]]]]]),
    st.builds(lambda: {"id": {"id": "id"}}),
    st.lists(st.integers(), max_size=3),
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every table or list with a key or index of it."""
    inner = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [(value, key) for key, _ in inner] + [found for _, one in inner for found in places(one)]


def answer(read: Read, package: str) -> list[str]:
    """What is told of a package; anything but an answer is raised."""
    try:
        read(package)
    except LsinfraError as error:
        return [error.write(lang) for lang in LANGS]
    return []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_changed_gets_an_answer(data: st.DataObject, plain: str, read: Read) -> None:
    package = json.loads(plain)
    for _ in range(data.draw(st.integers(1, 4))):
        holder, key = data.draw(st.sampled_from(places(package)))
        change = data.draw(st.sampled_from(["junk", "gone", "more"]))
        if change == "junk":
            holder[key] = data.draw(junk)
        elif change == "more" and isinstance(holder, dict):
            holder[data.draw(st.text(max_size=5))] = data.draw(junk)
        elif isinstance(holder, list):
            del holder[key:]
        else:
            holder.pop(key, None)
    said = answer(read, json.dumps(package))
    assert [sentence for sentence in said if not sentence.startswith("package.json: ")] == []


# --- the commands --------------------------------------------------------------------------------------------------


def run(*arguments: str | Path) -> Any:
    return CliRunner().invoke(cli.app, ["--lang", "en", *map(str, arguments)])


def test_the_commands(root: Path, tmp_path: Path) -> None:
    package = tmp_path / "package.json"
    done = run("--root", root, "export", "oc4ids", "--out", package, "--prefix", "oc4ids-bu3kcz")
    assert done.exit_code == 1
    assert "--publisher" in str(done.exception.write("en"))
    named = ("--prefix", "oc4ids-bu3kcz", "--publisher", "UBND tỉnh Lạng Sơn")
    done = run("--root", root, "export", "oc4ids", "--out", package, *named)
    assert done.exit_code == 0, done.output
    assert str(package) in done.output
    assert json.loads(package.read_bytes())["projects"][2]["id"] == "oc4ids-bu3kcz-ql4b"
    done = run("intake", "oc4ids", package, "--new", tmp_path / "made")
    assert done.exit_code == 0, done.output
    assert held(portfolio.load(tmp_path / "made").records) == held(portfolio.load(root).records)
    done = run("--root", root, "--today", "2026-11-22", "intake", "oc4ids", package, "--format", "csv")
    assert done.exit_code == 0, done.output
    # Every figure is recorded already, so that nothing is left to be decided.
    decisions = [line.split(",")[1] for line in done.stdout.splitlines() if line.startswith("#")]
    assert set(decisions) == {"skip"}
    assert len(decisions) == 24
    done = run("--root", root, "--today", "2026-11-22", "intake", "oc4ids", package)
    assert done.stdout.splitlines()[0] == "package.json: 24 figures, all of them recorded already."
    assert "handed over" not in done.stdout
    # Nothing is to be applied: nothing is kept, and no next step is promised.
    assert "apply" not in done.stderr
    assert not (root / "intake").exists()
    changed = package.read_text(encoding="utf-8").replace("455.61", "455.71")
    package.write_text(changed.replace("455,61", "455,71"), encoding="utf-8")
    done = run("--root", root, "--today", "2026-11-22", "intake", "oc4ids", package)
    assert "lsinfra intake apply" in done.stderr, done.output
    assert len(list((root / "intake").glob("package-*.json"))) == 1


def test_an_export_without_a_prefix_says_so(root: Path) -> None:
    done = run("--root", root, "export", "oc4ids", "--publisher", "UBND tỉnh Lạng Sơn")
    assert json.loads(done.stdout)["projects"][0]["id"].startswith("oc4ids-xxxxxx-")
    assert "provisional prefix" in done.stderr
    assert "--publisher" not in done.stderr


def test_a_report_that_came_out_after_its_figures_is_exported_without_being_asked_for(root: Path) -> None:
    book = root / "projects.yaml"
    text = book.read_text(encoding="utf-8")
    book.write_text(text.replace("    date: 2025-10-27\n", "    date: 2025-10-29\n"), encoding="utf-8")
    done = run("--root", root, "--today", "2025-11-22", "export", "oc4ids")
    assert json.loads(done.stdout)["publishedDate"][:10] == "2025-10-29"
    assert '"vietnam-vn-2025-10-27"' in done.stdout
    done = run("--root", root, "--today", "2025-11-22", "export", "oc4ids", "--as-of", "2025-10-28")
    assert json.loads(done.stdout)["publishedDate"][:10] == "2025-10-28"
    assert "vietnam-vn-2025-10-27" not in done.stdout


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--new", "x", "--source", "a"], "--new"),
        (["--new", "x", "--format", "json"], "--new"),
        (["--uncertainty", "5000"], "--uncertainty"),
        (["--crs", "EPSG:9215"], "--crs"),
        (["--new", "x", "--uncertainty", "-5"], "-5"),
        (["--new", "x", "--uncertainty", "0"], "--uncertainty"),
        (["--new", "x", "--uncertainty", "nan"], "nan"),
        (["--new", "x", "--uncertainty", "inf"], "inf"),
    ],
)
def test_options_that_do_not_go_together(options: list[str], named: str, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=named):
        CliRunner().invoke(cli.app, ["intake", "oc4ids", str(tmp_path / "p.json"), *options], catch_exceptions=False)
