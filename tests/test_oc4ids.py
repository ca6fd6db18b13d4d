"""The OC4IDS package of a portfolio: valid by the standard's own schemas and tool, and true to the records."""

from __future__ import annotations

import csv
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from referencing import Registry
from referencing.jsonschema import DRAFT4

from lsinfra import portfolio
from lsinfra.codes import Kind
from lsinfra.exchange import oc4ids
from lsinfra.exchange.oc4ids.codes import DOCUMENTS, MILESTONES, STAGES, type_of
from lsinfra.exchange.oc4ids.describing import described, told_apart
from lsinfra.exchange.oc4ids.notation import to_json
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import read_date
from lsinfra.text import LANGS, say
from tests.any_records import built, worlds
from tests.conftest import ROOT

STANDARD = ROOT.parent / "shared" / "reference" / "oc4ids"
DAY = date(2026, 11, 22)
Json = dict[str, Any]

needs_the_standard = pytest.mark.skipif(not STANDARD.is_dir(), reason="the schemas of OC4IDS are in ../shared alone")

# Local codes of open codelists, as docs/en/oc4ids.md lists them.
LOCAL = {
    "metricID.csv": {*STAGES.values(), "length"},
    "milestoneCode.csv": {"decision", "investorSelected", "other"},
    "documentType.csv": set(DOCUMENTS.values()),
    "classificationScheme.csv": {"lsinfra-kind", "lsinfra-list"},
    "partyRole.csv": {"sourceParty"},
}


@pytest.fixture(scope="module")
def sample() -> Portfolio:
    return portfolio.load(ROOT / "tests" / "sample")


@pytest.fixture(scope="module")
def text(real: Portfolio) -> str:
    return oc4ids.write(real, DAY)


@pytest.fixture(scope="module")
def package(text: str) -> Json:
    made: Json = json.loads(text)
    return made


@pytest.fixture(scope="module")
def validator() -> jsonschema.protocols.Validator:
    whole, project = (
        json.loads((STANDARD / f"{name}-schema.json").read_bytes()) for name in ("project-package", "project")
    )
    registry: Registry[Any] = Registry().with_resource(project["id"], DRAFT4.create_resource(project))
    draft = jsonschema.Draft4Validator
    # Without these two a wrong date or address would pass.
    assert {"date-time", "uri"} <= set(draft.FORMAT_CHECKER.checkers)
    return draft(whole, registry=registry, format_checker=draft.FORMAT_CHECKER)


def project(package: Json, name: str) -> Json:
    [found] = [one for one in package["projects"] if one["id"] == f"{oc4ids.PREFIX}-{name}"]
    assert isinstance(found, dict)
    return found


def observations(project: Json, metric: str, group: str = "metrics") -> list[Json]:
    return [row for one in project[group] if one["id"] == metric for row in one["observations"]]


# --- valid ---------------------------------------------------------------------------------------------------------


@needs_the_standard
@pytest.mark.parametrize("world", ["real", "sample"])
def test_the_package_is_valid(world: str, request: pytest.FixtureRequest, validator: Any) -> None:
    made = json.loads(oc4ids.write(request.getfixturevalue(world), DAY))
    assert [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(made)] == []


@needs_the_standard
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=worlds)
def test_the_package_of_any_records_is_valid(data: Json, sample: Portfolio, validator: Any) -> None:
    made = json.loads(oc4ids.write(replace(sample, records=built(data)), date(2200, 12, 31)))
    assert [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(made)] == []


@needs_the_standard
def test_what_is_wrong_is_seen_by_the_validator(package: Json, validator: Any) -> None:
    bent = json.loads(json.dumps(package))
    bent["projects"][0]["milestones"][0]["dateMet"] = "2024-10"
    bent["projects"][1]["status"] = "begun"
    bent["uri"] = "no address"
    assert {list(error.absolute_path)[-1] for error in validator.iter_errors(bent)} == {"dateMet", "status", "uri"}


def codelists(schema: Json, definitions: Json, value: Any, path: str = "") -> Iterator[tuple[str, str, bool, Any]]:
    """Path, codelist, whether it is open, and the code, of every coded value of a package."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]] | {
            k: v for k, v in schema.items() if "codelist" in k.lower()
        }
    if "codelist" in schema:
        for code in value if isinstance(value, list) else [value]:
            yield path, schema["codelist"], schema["openCodelist"], code
    if isinstance(value, list):
        for n, one in enumerate(value):
            yield from codelists(schema.get("items", {}), definitions, one, f"{path}[{n}]")
    if isinstance(value, dict):
        for name, one in value.items():
            yield from codelists(schema.get("properties", {}).get(name, {}), definitions, one, f"{path}.{name}")


@needs_the_standard
@pytest.mark.parametrize("world", ["real", "sample"])
def test_every_code_is_one_of_its_codelist(world: str, request: pytest.FixtureRequest) -> None:
    schema = json.loads((STANDARD / "project-schema.json").read_bytes())
    seen, strange = set(), []
    for one in json.loads(oc4ids.write(request.getfixturevalue(world), DAY))["projects"]:
        for path, name, is_open, code in codelists(schema, schema["definitions"], one):
            with (STANDARD / "codelists" / name).open(encoding="utf-8", newline="") as file:
                known = {row["Code"] for row in csv.DictReader(file)}
            seen.add(name)
            if code not in known and not (is_open and code in LOCAL.get(name, ())):
                strange.append((path, name, code))
    assert strange == []
    assert {"projectStatus.csv", "projectSector.csv", "metricID.csv", "milestoneType.csv", "partyRole.csv"} <= seen


def test_local_codes_are_documented() -> None:
    for lang in LANGS:
        page = (ROOT / "docs" / lang / "oc4ids.md").read_text(encoding="utf-8")
        assert [code for codes in LOCAL.values() for code in sorted(codes) if f"`{code}`" not in page] == []


class _Schemas(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def checked(text: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Json]:
    """What the standard's own tool says of the package, its schemas from a copy on loopback."""
    from libcoveoc4ids.api import oc4ids_json_output  # type: ignore[import-untyped]
    from libcoveoc4ids.config import LibCoveOC4IDSConfig  # type: ignore[import-untyped]

    folder = tmp_path_factory.mktemp("cove")
    (folder / "package.json").write_text(text, encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Schemas, directory=str(STANDARD)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    host = f"http://127.0.0.1:{server.server_port}/"
    settings = {
        "schema_host": host,
        "schema_version_choices": {"0.9.5": ("0.9.5", host)},
        "schema_codelists": {"0.9": f"{host}codelists/"},
    }
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("NO_PROXY", "127.0.0.1")
            config = LibCoveOC4IDSConfig(settings)
            yield oc4ids_json_output(str(folder), str(folder / "package.json"), lib_cove_oc4ids_config=config)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@needs_the_standard
def test_the_standards_own_tool_finds_nothing(checked: Json) -> None:
    assert checked["validation_errors_count"] == 0
    assert checked["validation_errors"] == []
    assert checked["additional_checks"] == []
    assert checked["conformance_checks"] == []
    assert checked["additional_closed_codelist_values"] == {}
    assert checked["deprecated_fields"] == {}
    strange = {code for found in checked["additional_open_codelist_values"].values() for code in found["values"]}
    assert strange <= {code for codes in LOCAL.values() for code in codes}


@needs_the_standard
def test_fields_beyond_the_standard_are_the_english_texts_and_dimensions_alone(checked: Json) -> None:
    beyond = [path for path in checked["additional_fields"] if "/dimensions/" not in path]
    assert [path for path in beyond if not re.search(r"/(title|description|name|author)_en$", path)] == []
    assert "/projects/title_en" in beyond


# --- true ----------------------------------------------------------------------------------------------------------


def test_a_figure_stands_as_it_is_recorded(package: Json) -> None:
    [area, length] = [
        row
        for row in observations(project(package, "huu-nghi-chi-lang"), "landClearance.handedOver")
        if row["dimensions"]["observed"] == "2024-10"
    ]
    assert (area["measure"], area["unit"]["id"]) == (366.55, "HAR")
    assert area["dimensions"]["written"] == "366,55/640,28 ha, đạt 57,24%"
    assert (area["dimensions"]["total"], area["dimensions"]["statedPercent"]) == ("640.28", "57.24")
    assert area["dimensions"]["statedCheck"] == "truncated"
    assert (length["measure"], length["unit"]["id"]) == (39.9, "KMT")
    # A month is written as its last day, and says so.
    assert area["period"] == {"endDate": "2024-10-31T00:00:00+07:00"}
    assert "tháng 10/2024" in area["notes"]
    assert "Bàn giao cho doanh nghiệp dự án" in area["notes"]


def test_stages_are_metrics_of_their_own(package: Json) -> None:
    clearance = [one["id"] for one in project(package, "huu-nghi-chi-lang")["metrics"] if "Clearance" in one["id"]]
    assert clearance == ["landClearance.inventoried", "landClearance.paid", "landClearance.handedOver"]
    [paid] = observations(project(package, "huu-nghi-chi-lang"), "landClearance.paid")
    assert paid["dimensions"]["section"] == "chi-lang"
    assert paid["dimensions"]["administrativeUnit"] == "Chi Lăng"


def test_an_implied_total_is_marked_and_no_share_is_made_up(package: Json) -> None:
    first = observations(project(package, "ql4b"), "landClearance.handedOver")[0]
    assert first["dimensions"]["written"] == "37,07 ha, đạt 75,12%"
    assert first["dimensions"]["totalKind"] == "implied"
    assert "total" not in first["dimensions"]
    # facts.md: it lies between 49.344 and 49.351 ha.
    assert (first["dimensions"]["impliedTotalAbove"], first["dimensions"]["impliedTotalUpTo"]) == ("49.344", "49.351")
    assert "suy ra" in first["notes"]
    [unknown] = [
        row
        for row in observations(project(package, "huu-nghi-chi-lang"), "landClearance.handedOver")
        if row["dimensions"].get("section") == "cao-loc"
    ]
    assert unknown["dimensions"]["totalKind"] == "none"
    assert not {"total", "statedPercent", "impliedTotalAbove"} & unknown["dimensions"].keys()


def test_a_stated_percentage_that_does_not_fit_is_told(package: Json) -> None:
    rows = observations(project(package, "huu-nghi-chi-lang"), "landClearance.handedOver")
    conflicts = [row for row in rows if row["dimensions"].get("statedCheck") == "conflict"]
    assert [row["dimensions"]["written"] for row in conflicts] == ["596/618 ha, đạt 96,5%"]
    assert "không khớp" in conflicts[0]["notes"]


def test_money_is_in_dong_of_its_plan_year(package: Json, text: str) -> None:
    whole, central, local = observations(project(package, "huu-nghi-chi-lang"), "financialProgress")
    assert whole["value"] == {"amount": 490_100_000_000, "currency": "VND"}
    assert whole["period"] == {"startDate": "2024-01-01T00:00:00+07:00", "endDate": "2024-10-31T00:00:00+07:00"}
    assert whole["dimensions"]["base"] == "adjusted"
    assert (central["dimensions"]["funding"], local["dimensions"]["funding"]) == ("central_budget", "local_budget")
    budget = project(package, "huu-nghi-chi-lang")["budget"]
    assert budget["amount"] == {"amount": 11_024_700_000_000, "currency": "VND"}
    parts, plan = budget["budgetBreakdowns"]
    amounts = [(one["sourceParty"]["id"], one["amount"]["amount"]) for one in parts["budgetBreakdown"]]
    assert amounts == [("investor", 5_529_000_000_000), ("state", 5_495_723_000_000)]
    # The plan per source is not printed: 1 000 and 288.123, which 49 % and 0.03 % imply, are no budget.
    assert [(one["id"], one["amount"]["amount"]) for one in plan["budgetBreakdown"]] == [("total", 1_288_123_000_000)]
    assert '"amount": 1288123000000,' in text


def test_plan_years_by_funding_where_they_are_printed(sample: Portfolio) -> None:
    made = json.loads(oc4ids.write(sample, DAY))
    groups = {one["id"]: one["budgetBreakdown"] for one in project(made, "quoc-lo-99")["budget"]["budgetBreakdowns"]}
    # The rows of one group are parts: the whole does not stand among them.
    rows = {name: [(one["id"], one["amount"]["amount"] // 10**9) for one in group] for name, group in groups.items()}
    assert rows["plan/2024/province_assigned"] == [("total", 100)]
    assert rows["plan/2024/province_assigned/funding"] == [("central_budget", 80), ("local_budget", 20)]
    [whole] = groups["plan/2024/province_assigned"]
    assert whole["period"]["startDate"] == "2024-01-01T00:00:00+07:00"


@pytest.mark.parametrize("world", ["real", "sample"])
def test_whom_the_budget_names_is_a_party_with_that_role(world: str, request: pytest.FixtureRequest) -> None:
    made = json.loads(oc4ids.write(request.getfixturevalue(world), DAY))
    named = []
    for one in made["projects"]:
        roles = {party["id"]: party["roles"] for party in one.get("parties", [])}
        groups = one.get("budget", {}).get("budgetBreakdowns", [])
        rows = [row for group in groups for row in group["budgetBreakdown"] if "sourceParty" in row]
        named += [roles[row["sourceParty"]["id"]] for row in rows]
    assert len(named) >= 2
    assert [roles for roles in named if roles != ["funder", "sourceParty"]] == []


def test_a_share_of_the_investment_was_not_achieved(package: Json) -> None:
    parts = project(package, "huu-nghi-chi-lang")["budget"]["budgetBreakdowns"][0]["budgetBreakdown"]
    facts = [told_apart(part["description"])[1] for part in parts]
    assert facts[0] == {"written": "khoảng 5.529 tỷ đồng", "share": "50,15%"}
    assert "đạt" not in " ".join(part["description"] for part in parts)


def test_a_length_has_no_total_and_nothing_is_said_of_one(package: Json) -> None:
    rows = observations(project(package, "huu-nghi-chi-lang"), "length")
    assert rows
    assert [row for row in rows if "totalKind" in row["dimensions"] or "tổng số" in row["notes"]] == []
    assert rows[0]["notes"].startswith("Ghi trong sổ: ")


def test_notes_say_nothing_that_the_records_do_not_know(text: str) -> None:
    # A total may be published elsewhere, and a document spells a figure in its own way.
    assert "kèm số liệu này" in text
    assert [words for words in ("chưa công bố.", "Văn bản in", "văn bản in", "Chỉ công bố") if words in text] == []


def test_geometry_is_that_of_the_map_and_says_how_sure_it_is(real: Portfolio, package: Json) -> None:
    places = {one["id"]: one for one in project(package, "ql4b")["locations"]}
    assert list(places) == ["route/ql4b", "section/loc-binh", "section/dinh-lap"]
    line = real.routes.alignments["ql4b"]
    drawn = places["route/ql4b"]["geometry"]
    assert drawn["type"] == "LineString"
    assert drawn["coordinates"] == [[round(x, 9), round(y, 9)] for x, y in line.line.coords]
    assert "sơ họa" in places["route/ql4b"]["description"]
    assert told_apart(places["route/ql4b"]["description"])[1]["accuracy"] == "schematic"
    assert places["section/dinh-lap"]["geometry"]["coordinates"][-1] == drawn["coordinates"][-1]
    assert places["section/loc-binh"]["address"] == {"region": "Lộc Bình"}


def test_a_section_of_several_stretches_is_drawn_in_several_lines(real: Portfolio, package: Json) -> None:
    [place] = [one for one in project(package, "huu-nghi-chi-lang")["locations"] if one["id"] == "section/cao-loc"]
    assert place["geometry"]["type"] == "MultiLineString"
    first = real.routes.alignments["huu-nghi-chi-lang-main"].interval(1750.0, 11500.0)
    assert place["geometry"]["coordinates"][0] == [[round(x, 9), round(y, 9)] for x, y in first.coords]
    assert len(place["geometry"]["coordinates"]) == 4


def test_a_section_says_itself_how_sure_its_line_is(package: Json) -> None:
    drawn = [
        (one["id"], told_apart(one["description"])[1].get("drawing", ""))
        for made in package["projects"]
        for one in made.get("locations", [])
        if one["id"].startswith("section/") and "geometry" in one
    ]
    assert len(drawn) > 5
    assert [name for name, said in drawn if "sơ họa" not in said] == []


def test_the_least_sure_line_of_a_section_is_the_one_that_is_told(sample: Portfolio) -> None:
    parts = [
        {"route": "quoc-lo-99", "from": "Km0", "to": "Km5"},
        {"route": "duong-ho-trang", "from": "Km0", "to": "Km5"},
    ]
    one = one_project(sample, sections=[{"id": "a", "unit": "Xã A", "parts": parts[::-1]}])
    surveyed = one_project(sample, sections=[{"id": "a", "unit": "Xã A", "parts": parts[1:]}])
    said = [told_apart(made["locations"][0]["description"])[1]["drawing"] for made in (one, surveyed)]
    assert "300 m" in said[0]
    assert said[1] == "Tim tuyến theo khảo sát."


def test_no_chainage_is_given_that_nobody_published(real: Portfolio, package: Json) -> None:
    counted = {route for route, line in real.routes.alignments.items() if not line.calibrated}
    assert "huu-nghi-chi-lang-link" in counted
    said = [
        piece
        for made in package["projects"]
        for one in made.get("locations", [])
        for piece in told_apart(one.get("description"))[1].get("chainage", "").split("; ")
        if piece.partition(" ")[0] in counted
    ]
    assert said
    assert [piece for piece in said if "Km" in piece or "đếm dọc đường vẽ" not in piece] == []
    places = {one["id"]: one for one in project(package, "huu-nghi-chi-lang")["locations"]}
    facts = told_apart(places["route/huu-nghi-chi-lang-link"]["description"])[1]
    assert facts["counted"] == "0"
    assert "calibration" not in facts


def one_project(sample: Portfolio, **fields: Any) -> Json:
    """The package of one project with these fields."""
    made = {"id": "p", "title": "Đường", "kind": "road", "status": "implementation"} | fields
    sources = {"s": {"title": "Báo cáo", "kind": "official"}}
    records = built({"portfolio": {"title": "Thử"}, "sources": sources, "projects": [made]})
    found: Json = json.loads(oc4ids.write(replace(sample, records=records), DAY))["projects"][0]
    return found


def test_an_implied_total_is_in_the_unit_of_its_measure(sample: Portfolio) -> None:
    said = {"as_of": "2024-08-15", "source": "s", "paid": "khoảng 370700 m², đạt 75,12%"}
    [row] = observations(one_project(sample, clearance=[said]), "landClearance.paid")
    assert (row["measure"], row["unit"]["id"]) == (370700, "MTK")
    # 370 700 ÷ 0.75125 and ÷ 0.75115, rounded away from what lies between.
    assert row["dimensions"]["impliedTotalAbove"] == "493444.259"
    assert row["dimensions"]["impliedTotalUpTo"] == "493509.952"
    assert row["dimensions"]["approximate"] == "true"


def test_an_implied_total_of_money_is_in_whole_dong(sample: Portfolio) -> None:
    said = {"as_of": "2024-08", "plan_year": "2024", "base": "adjusted", "total": "490 tỷ đồng, đạt 49%", "source": "s"}
    [row] = observations(one_project(sample, disbursement=[said]), "financialProgress")
    bounds = [row["dimensions"][name] for name in ("impliedTotalAbove", "impliedTotalUpTo")]
    # 490 billion ÷ 0.495 = 989 898 989 898.9…, ÷ 0.485 = 1 010 309 278 350.5…
    assert bounds == ["989898989898", "1010309278351"]


def test_of_several_figures_of_a_plan_the_newest_is_the_budget(sample: Portfolio) -> None:
    year = {"plan_year": "2024", "base": "adjusted", "source": "s"}
    later = year | {"as_of": "2024-10", "total": "2/200 tỷ đồng"}
    earlier = year | {"as_of": "2024-09", "total": "1/100 tỷ đồng"}
    whole = year | {"as_of": "2024-10", "base": "total_investment", "total": "3/900 tỷ đồng"}
    [plan] = one_project(sample, disbursement=[later, earlier, whole])["budget"]["budgetBreakdowns"]
    assert [one["amount"]["amount"] for one in plan["budgetBreakdown"]] == [200_000_000_000]


def test_of_several_total_investments_none_is_the_budget(sample: Portfolio) -> None:
    two = [{"total": "1.000 tỷ đồng", "source": "s"}, {"total": "1.200 tỷ đồng", "source": "s"}]
    budget = one_project(sample, investment=two)["budget"]
    assert "amount" not in budget
    assert [one["id"] for one in budget["budgetBreakdowns"]] == ["investment/1", "investment/2"]


def test_proposals_and_finished_works_are_projects_of_their_own_status(package: Json) -> None:
    status = {one["id"].removeprefix(f"{oc4ids.PREFIX}-"): one["status"] for one in package["projects"]}
    assert status["ql1b"] == "identification"
    assert status["cau-ky-cung"] == "completion"
    assert status["ql4b"] == "implementation"
    assert len(status) == 13
    [point] = project(package, "ga-dong-dang")["locations"]
    assert point["geometry"] == {"type": "Point", "coordinates": [106.6971, 21.9438]}


def test_documents_are_the_sources_of_the_project(package: Json) -> None:
    documents = {one["id"]: one for one in project(package, "ql4b")["documents"]}
    assert list(documents) == ["self-report-2024", "vietnam-vn-2025-03-26"]
    assert documents["vietnam-vn-2025-03-26"]["documentType"] == "pressArticle"
    assert documents["self-report-2024"]["datePublished"] == "2024-10-31T00:00:00+07:00"
    assert told_apart(documents["self-report-2024"]["description"])[1] == {"date": "2024-10"}


def test_milestones(package: Json) -> None:
    rows = project(package, "huu-nghi-chi-lang")["milestones"]
    assert [(one["code"], one["dateMet"][:10], one["status"]) for one in rows][-1] == (
        "commencement",
        "2024-04-30",
        "met",
    )
    assert told_apart(rows[-1]["description"])[1] == {"source": "self-report-2024", "date": "2024-04"}
    assert told_apart(rows[0]["description"])[1]["number"] == "41/NQ-HĐND"


@pytest.mark.parametrize(
    ("world", "day"),
    [
        ("real", date(2024, 9, 30)),
        ("real", date(2024, 12, 31)),
        ("sample", date(2024, 6, 15)),
        ("sample", date(2024, 6, 20)),
    ],
)
def test_nothing_later_than_the_day_asked_for(world: str, day: date, request: pytest.FixtureRequest) -> None:
    whole: Portfolio = request.getfixturevalue(world)
    early = json.loads(oc4ids.write(whole, day))
    later = {key for key, one in whole.records.sources.items() if one.date and one.date.last_day > day}
    assert later
    written = json.dumps(early)
    assert [key for key in later if f'"{key}"' in written or f"Nguồn: {key}" in written] == []
    rows = [row for one in early["projects"] for metric in one.get("metrics", []) for row in metric["observations"]]
    assert [row for row in rows if row.get("period", {}).get("endDate", "")[:10] > day.isoformat()] == []
    assert early["publishedDate"] == f"{day.isoformat()}T00:00:00+07:00"


def test_what_rests_on_a_later_report_is_not_known_yet(sample: Portfolio) -> None:
    fields: Json = {
        "clearance": [{"as_of": "2024-05-01", "paid": "1/2 ha", "source": "late"}],
        "disbursement": [
            {"as_of": "2024-05-01", "plan_year": "2024", "base": "adjusted", "total": "1/2 tỷ đồng", "source": "late"}
        ],
        "plan": [{"by": "2024-12", "paid": "2/2 ha", "source": "late"}],
        "investment": [{"total": "9 tỷ đồng", "source": "late"}],
        "milestones": [
            {"title": "x", "kind": "other", "date": date_, "planned": planned, "source": "late"}
            for date_, planned in (("2024-04-01", "false"), ("2024-12-01", "true"))
        ],
        "length": [{"value": "5 km", "source": "late"}],
    }
    said = {"s": {"title": "x", "kind": "official"}, "late": {"title": "y", "kind": "official", "date": "2024-07"}}
    made = {"id": "p", "title": "Đường", "kind": "road", "status": "implementation"} | fields
    work = {"id": "w", "title": "Cầu", "kind": "bridge", "source": "late"}
    records = built({"portfolio": {"title": "x"}, "sources": said, "projects": [made], "finished": [work]})
    whole = replace(sample, records=records)
    early, then = (json.loads(oc4ids.write(whole, date(2024, 7, day)))["projects"] for day in (30, 31))
    assert [one["id"].rpartition("-")[2] for one in then] == ["p", "w"]
    named = {"updated", "budget", "metrics", "forecasts", "milestones", "documents"}
    assert named <= then[0].keys()
    assert [one["id"].rpartition("-")[2] for one in early] == ["p"]
    assert named & early[0].keys() == set()


def test_without_a_day_the_package_has_the_newest_report(sample: Portfolio) -> None:
    # The newest figure is of 30 June 2024, a month that counts as its last day.
    late = sample.records.sources["report-june"].model_copy(update={"date": read_date("2024-07-05")})
    records = sample.records.model_copy(update={"sources": sample.records.sources | {"report-june": late}})
    assert oc4ids.newest(records, DAY) == date(2024, 7, 5)
    assert oc4ids.newest(records, date(2024, 7, 4)) == date(2024, 6, 30)


def test_a_planned_milestone_is_due_and_not_met(sample: Portfolio) -> None:
    said = [
        {"title": "x", "kind": "completion", "date": day, "planned": planned, "source": "s"}
        for day, planned in (("2026-12", "true"), ("2024-04-02", "false"), ("2026-11-23", "false"))
    ]
    rows = one_project(sample, milestones=said)["milestones"]
    # The third is said to have happened after the day of the package.
    assert [(one["status"], one.get("dueDate"), one.get("dateMet")) for one in rows] == [
        ("scheduled", "2026-12-31T00:00:00+07:00", None),
        ("met", None, "2024-04-02T00:00:00+07:00"),
    ]


def test_what_is_planned(sample: Portfolio) -> None:
    target = {"by": "2024-12", "section": "song-tren", "handed_over": "40/40 ha", "source": "report-june"}
    money = {
        "by": "2025-01-31",
        "plan_year": "2024",
        "base": "adjusted",
        "disbursed": "100/100 tỷ đồng",
        "source": "report-june",
    }
    first = sample.records.projects[0]
    planned = type(first).model_fields["plan"].annotation
    assert planned is not None
    from pydantic import TypeAdapter

    plan = TypeAdapter(planned).validate_python([target, money])
    records = sample.records.model_copy(update={"projects": (first.model_copy(update={"plan": plan}),)})
    made = json.loads(oc4ids.write(replace(sample, records=records), DAY))["projects"][0]
    [land] = observations(made, "landClearance.handedOver", "forecasts")
    assert (land["measure"], land["period"]["endDate"]) == (40, "2024-12-31T00:00:00+07:00")
    [spent] = observations(made, "financialProgress", "forecasts")
    assert spent["value"]["amount"] == 100_000_000_000


def test_the_same_input_gives_the_same_bytes(real: Portfolio, text: str) -> None:
    assert oc4ids.write(real, DAY) == text
    assert oc4ids.write(portfolio.load(ROOT), DAY) == text
    other = oc4ids.write(real, DAY, oc4ids.Publication(publisher="UBND tỉnh Lạng Sơn"))
    assert json.loads(other)["uri"] != json.loads(text)["uri"]
    assert json.loads(text)["uri"].startswith("urn:uuid:")


def test_what_a_publication_says_of_itself(sample: Portfolio) -> None:
    given = oc4ids.Publication("oc4ids-bu3kcz", "UBND tỉnh", "https://a.example/p.json", "https://a.example/cc")
    made = json.loads(oc4ids.write(sample, DAY, given))
    assert made["projects"][0]["id"] == "oc4ids-bu3kcz-quoc-lo-99"
    assert (made["publisher"]["name"], made["uri"], made["license"]) == ("UBND tỉnh", given.uri, given.licence)
    assert json.loads(oc4ids.write(sample, DAY))["publisher"]["name"] == "Sở Giao thông"


@pytest.mark.parametrize(
    "given",
    [
        {"prefix": "ocds-bu3kcz"},
        {"prefix": "oc4ids-BU3KCZ"},
        {"prefix": "oc4ids-bu3kczz"},
        {"uri": "p.json"},
        {"licence": "https://a b"},
        {"uri": "https://tỉnh.vn/"},
        {"uri": "http://a/#x#y"},
        {"publisher": "  "},
    ],
)
def test_a_publication_that_the_standard_does_not_know(given: Json) -> None:
    with pytest.raises(oc4ids.Oc4idsError):
        oc4ids.Publication(**given)


def test_no_project_is_no_package(sample: Portfolio) -> None:
    empty = sample.records.model_copy(update={"projects": (), "proposals": (), "finished": ()})
    with pytest.raises(oc4ids.Oc4idsError, match="at least one"):
        oc4ids.write(replace(sample, records=empty), DAY)


@pytest.mark.parametrize(
    ("kind", "title", "code"),
    [
        (Kind.EXPRESSWAY, "Cao tốc Đồng Đăng – Trà Lĩnh", "construction"),
        (Kind.NATIONAL_ROAD, "Nâng cấp Quốc lộ 4B", "rehabilitation"),
        (Kind.ROAD, "Mở rộng, nâng cấp đường tỉnh 241", "expansion"),
        (Kind.BORDER_GATE, "Cửa khẩu thông minh", None),
        (Kind.ROAD, "Bảo trì đường tỉnh 241", None),
        (Kind.BRIDGE, "Cầu Kỳ Cùng", None),
        (Kind.BRIDGE, "Thay thế cầu 17/10", "replacement"),
        (Kind.NATIONAL_ROAD, "Sửa chữa Quốc lộ 4B", "rehabilitation"),
        (Kind.ROAD, "Xây dựng đường đến cửa khẩu", "construction"),
    ],
)
def test_the_type_is_what_the_title_says(kind: Kind, title: str, code: str | None) -> None:
    assert type_of(kind, title) == code


# --- notation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("0.1", "0.1"),
        ("1E+3", "1000"),
        ("37.070", "37.07"),
        ("1288123000000.000", "1288123000000"),
        ("-0.5", "-0.5"),
        ("999999999999999999000000000000", "999999999999999999000000000000"),
        ("100", "100"),
    ],
)
def test_numbers_are_exact(amount: str, written: str) -> None:
    assert to_json(Decimal(amount)) == written


@pytest.mark.parametrize(
    "text", [None, "Một câu.", "Hai\n\nđoạn", f"x\n\n{say('vi', 'oc4ids.facts')}\nSố: 1", "\\n \\\\"]
)
@pytest.mark.parametrize(
    "facts", [{}, {"number": "1"}, {"number": "a\\nb\nc\\", "source": "Nguồn: x\n\nThông tin:\ny"}]
)
def test_facts_below_a_text_are_told_apart_from_it(text: str | None, facts: dict[str, str]) -> None:
    assert told_apart(described(text, facts)) == (text, facts)


def test_every_milestone_has_a_code_of_its_own() -> None:
    codes = [code for _, code in MILESTONES.values()]
    assert len(set(codes)) == len(codes)
