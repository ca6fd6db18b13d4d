"""The published JSON Schemas: everything that is written fits them, and none changes unnoticed."""

from __future__ import annotations

import copy
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cache
from typing import Any

import jsonschema
import pytest

from lsinfra import codes, schemas
from lsinfra.compare import ChangeKind
from lsinfra.errors import Severity
from lsinfra.forecast import Aim, Ending, NeedState
from lsinfra.intake import Confidence
from lsinfra.intake.decisions import Decision
from lsinfra.parcels.results import STATES
from lsinfra.quantities import Measure, StatedCheck
from tests.conftest import ROOT
from tests.results import FREE, Result, results

CONTRACTS = ROOT / "tests" / "contracts"
"""Each schema as it was published last: what scripts were written against."""

Schema = dict[str, Any]


@cache
def schema(name: str) -> Schema:
    found: Schema = json.loads(schemas.text(name))
    return found


@cache
def strict(name: str) -> jsonschema.protocols.Validator:
    """A schema that lets no key pass that it does not know; a reader's own must."""
    return jsonschema.Draft202012Validator(_closed(schema(name)), format_checker=jsonschema.FormatChecker())


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items()}
    return {"additionalProperties": False} | closed if node.get("type") == "object" and "properties" in node else closed


def faults(result: Result) -> list[str]:
    found = [*strict(result.schema).iter_errors(result.json)]
    return [f"{result.schema} of {result.of}: {error.json_path}: {error.message}" for error in found]


# --- what is written -----------------------------------------------------------------------------------------------


def test_everything_that_is_written_fits_its_schema() -> None:
    assert [fault for result in results() for fault in faults(result)] == []


def test_each_schema_is_tried_and_named_in_what_it_describes() -> None:
    assert {result.schema for result in results()} == set(schemas.names())
    for result in results():
        if result.schema != "pages/1":  # the names of files are its keys
            assert result.json["schema"] == f"lsinfra.{result.schema}" == schema(result.schema)["title"]


def test_a_key_that_no_schema_knows_and_one_that_is_missing_are_seen() -> None:
    result = next(result for result in results() if result.schema == "progress/1" and result.json["clearance"])
    strange, missing = result.json, result.json
    strange["clearance"][0]["percent"] = 1
    del missing["clearance"][0]["share"]
    validator = strict("progress/1")
    assert "percent" in next(validator.iter_errors(strange)).message
    assert "share" in next(validator.iter_errors(missing)).message
    # A reader's own, published schema lets the first pass: a key may be added.
    assert jsonschema.Draft202012Validator(schema("progress/1")).is_valid(strange)


def test_no_schema_marker_stands_in_the_code_without_its_schema() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "lsinfra").rglob("*.py"))
    named = set(re.findall(r'"lsinfra\.([a-z_-]+/[0-9]+)"', text))
    assert named - {"form/1"} == set(schemas.names()) - {"pages/1"}  # lsinfra.form/1 is a mark in a workbook


# --- the schemas themselves ----------------------------------------------------------------------------------------


def nodes(name: str) -> Iterator[tuple[str, Schema]]:
    """Place and schema of everything that a schema describes."""

    def walk(place: str, node: Any) -> Iterator[tuple[str, Schema]]:
        if isinstance(node, dict):
            for key, one in node.get("properties", {}).items():
                yield f"{place}.{key}", one
                yield from walk(f"{place}.{key}", one)
            for key in ("items", "additionalProperties"):
                yield from walk(f"{place}[]", node.get(key))

    yield from walk("", schema(name))
    for key, one in schema(name).get("$defs", {}).items():
        yield f"$defs.{key}", one
        yield from walk(f"$defs.{key}", one)


@pytest.mark.parametrize("name", schemas.names())
def test_a_schema_says_what_everything_means(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))
    assert schema(name)["description"]
    for place, node in nodes(name):
        if set(node) == {"$ref"}:
            continue
        said, kinds = node["description"], _kinds(node)
        assert re.fullmatch(r"[A-Z“(].*\.", said, re.DOTALL), place
        assert ("null" in kinds) == ("null: " in said), f"{place} must say what null means, and only where it may be"
        if kinds & {"number", "integer"}:
            assert node["x-unit"], place
        if None in node.get("enum", []):
            assert "null" in kinds, place


def _kinds(node: Schema) -> set[str]:
    kinds = node.get("type", [])
    return {kinds} if isinstance(kinds, str) else {*kinds, *(one.get("type", "") for one in node.get("anyOf", []))}


CODES: dict[str, list[type[StrEnum]]] = {
    "stage": [codes.Stage],
    "measure": [Measure],
    "base": [codes.Base],
    "funding": [codes.Funding],
    "party": [codes.Party],
    "severity": [Severity],
    "stated_check": [StatedCheck],
    "check": [StatedCheck],
    "total_kind": [codes.TotalKind],
    "plan_kind": [codes.TotalKind],
    "aim": [Aim],
    "decision": [Decision],
    "confidence": [Confidence],
    "completion": [Ending],
    "change": [ChangeKind],
}
NARROWER = {
    "measure": {"roads", "money", "percent"},  # land is measured in none of these
    "total_kind": {"computed"},  # of a parcel register, in lsinfra.progress/1 alone
    "plan_kind": {"computed"},
    "stage": set(),
}
WIDER = {"stage": {"disbursement"}, "change": {"came", "went"}}


@pytest.mark.parametrize("name", schemas.names())
def test_the_codes_of_a_schema_are_those_of_the_program(name: str) -> None:
    for place, node in nodes(name):
        key = re.sub("^(before|after)_", "", place.rpartition(".")[2])
        if key in CODES and "enum" in node:
            known = {member.value for one in CODES[key] for member in one}
            said = {value for value in node["enum"] if value is not None}
            if key == "change" and said == WIDER["change"]:
                continue
            assert said - WIDER.get(key, set()) in (known, known - NARROWER.get(key, set())), place
    states = {
        frozenset(node["enum"])
        for place, node in nodes(name)
        if place.endswith(".state") and None not in node.get("enum", [None])
    }
    assert states <= {frozenset(Ending), frozenset(NeedState), frozenset(STATES)}


# --- a contract ----------------------------------------------------------------------------------------------------

SIGNATURE = ("type", "format", "pattern", "x-unit", "const", "minimum")


def keys(whole: Schema) -> dict[str, tuple[Any, frozenset[Any]]]:
    """What a script may rest on: of each key of a schema, by its place, what it may be, and its codes."""
    found: dict[str, tuple[Any, frozenset[Any]]] = {}

    def walk(place: str, node: Schema, *, null: bool = False) -> None:
        if "$ref" in node:
            there: Any = whole
            for step in node["$ref"].removeprefix("#/").split("/"):
                there = there[step]
            walk(place, there, null=null)
            return
        if "anyOf" in node:
            (one,) = (each for each in node["anyOf"] if each != {"type": "null"})
            walk(place, one, null=True)
            return
        kinds = frozenset(_kinds(node) | ({"null"} if null else set()))
        rest = (*(node.get(name) for name in SIGNATURE[1:]), node.get("additionalProperties") is False)
        found[place] = ((kinds, *rest), frozenset(node.get("enum", [])))
        for key, one in node.get("properties", {}).items():
            must = "" if key in node.get("required", []) else "?"
            walk(f"{place}.{key}{must}", one)
        for key, mark in (("items", "[]"), ("additionalProperties", "{}")):
            if isinstance(node.get(key), dict):
                walk(f"{place}{mark}", node[key])

    walk("", whole)
    if "row" in whole.get("$defs", {}):
        walk("row", whole["$defs"]["row"])
    return found


def broken(old: Schema, new: Schema) -> list[str]:
    """What a script that was written against the old schema would miss or misread."""
    before, after = keys(old), keys(new)
    gone = [f"{place} is gone" for place in before if place not in after]
    other = [
        f"{place} is another thing" for place in before.keys() & after.keys() if before[place][0] != after[place][0]
    ]
    fewer = [
        f"{place} lost {sorted(map(str, before[place][1] - after[place][1]))}"
        for place in before.keys() & after.keys()
        if before[place][1] - after[place][1]
    ]
    # What reads a closed table refuses whatever key it does not know; of a form closed as a whole, whatever is new.
    tables = {place for place, ((*_, closed), _) in before.items() if closed}
    more = {key_of(place) for place in after.keys() - before.keys() if place.rpartition(".")[0] in tables}
    more |= added(old, new) if "" in tables else set()
    return sorted(gone + other + fewer + [f"{one} is new in a closed form" for one in more])


def key_of(place: str) -> str:
    return place.rpartition(".")[2].rstrip("?[]{}")


def reworded(old: Schema, new: Schema) -> list[str]:
    """Where something that stayed is said in other words: whether it still means the same only a person can tell."""
    before, after = dict(descriptions(old)), dict(descriptions(new))
    return [place for place in before if place in after and before[place] != after[place]]


def descriptions(node: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Place and text of every description."""
    if isinstance(node, dict):
        for key, one in node.items():
            if key == "description" and isinstance(one, str):
                yield place, one
            else:
                yield from descriptions(one, f"{place}.{key}")


def added(old: Schema, new: Schema) -> set[str]:
    """The names of keys and codes that are new: they need no number, but a line in the changelog."""
    before, after = keys(old), keys(new)
    names = {key_of(place) for place in after.keys() - before.keys()}
    return names | {str(code) for place in before.keys() & after.keys() for code in after[place][1] - before[place][1]}


def test_no_published_schema_is_broken_and_no_addition_is_unsaid() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    unreleased = changelog.partition("## [Unreleased]")[2].partition("\n## [")[0]
    published = {"/".join(path.stem.rsplit("-", 1)) for path in CONTRACTS.glob("*.json")}
    now = set(schemas.names())
    assert now - published == set(), "copy a new schema to tests/contracts once it is as it shall be published"
    numbers: dict[str, list[int]] = defaultdict(list)
    for name in now:
        numbers[name.rpartition("/")[0]].append(int(name.rpartition("/")[2]))
        assert f"`lsinfra.{name}`" in changelog, f"CHANGELOG.md must name `lsinfra.{name}`"
    for name in published:
        old = json.loads((CONTRACTS / f"{name.replace('/', '-')}.json").read_text(encoding="utf-8"))
        base, _, number = name.rpartition("/")
        if name not in now:
            assert max(numbers[base], default=0) > int(number), f"lsinfra.{name} may only give way to a higher number"
            continue
        assert broken(old, schema(name)) == [], f"such a change of lsinfra.{name} needs the number {int(number) + 1}"
        assert reworded(old, schema(name)) == [], (
            "copy it to tests/contracts if it means the same, else it is a new form"
        )
        for key in added(old, schema(name)):
            said = [line for line in unreleased.split("\n- ") if f"`lsinfra.{name}`" in line and f"`{key}`" in line]
            assert said, f"CHANGELOG.md must say under Unreleased that `lsinfra.{name}` has the new `{key}`"


def sums(whole: Schema) -> Schema:
    """The keys of a sum of sections: no column refers to them."""
    found: Schema = whole["$defs"]["sum"]["properties"]
    return found


BREAKS: dict[str, Callable[[Schema], object]] = {
    "a key goes": lambda whole: sums(whole).pop("share"),
    "a key is renamed": lambda whole: sums(whole).update(part=sums(whole).pop("share")),
    "a key may be missing": lambda whole: whole["$defs"]["sum"]["required"].remove("share"),
    "a type": lambda whole: sums(whole)["reported"].update(type="string"),
    "null is new": lambda whole: sums(whole)["reported"].update(type=["integer", "null"]),
    "a unit": lambda whole: sums(whole)["stated_percent"].update({"x-unit": "share"}),
    "a code goes": lambda whole: sums(whole)["stage"]["enum"].remove("paid"),
    "a text of another form": lambda whole: sums(whole)["first"].update(pattern=".*"),
    "a list is a table": lambda whole: whole["properties"]["sums"].update(type="object"),
    "the marker": lambda whole: whole["properties"]["schema"].update(const="lsinfra.progress/2"),
    "a column goes": lambda whole: whole["$defs"]["row"]["properties"].pop("kind"),
}


@pytest.mark.parametrize("change", BREAKS)
def test_a_change_that_breaks_scripts_is_seen(change: str) -> None:
    new = copy.deepcopy(schema("progress/1"))
    BREAKS[change](new)
    assert broken(schema("progress/1"), new)


def test_an_addition_breaks_nothing_and_is_seen() -> None:
    old, new = schema("progress/1"), copy.deepcopy(schema("progress/1"))
    sums(new)["quality"] = {"type": "string", "description": "New."}
    sums(new)["stage"]["enum"].append("fenced")
    sums(new)["share"]["description"] = "Said in other words."
    assert broken(old, new) == []
    assert reworded(old, new) == [".$defs.sum.properties.share"]
    assert reworded(old, old) == []
    assert added(old, new) == {"quality", "fenced"}
    assert broken(old, old) == []
    assert added(old, old) == set()


def test_an_addition_to_a_closed_form_breaks_it() -> None:
    new = copy.deepcopy(schema("snapshot/1"))
    new["$defs"]["input"]["properties"]["lines"] = {"type": "integer", "x-unit": "count", "description": "New."}
    assert broken(schema("snapshot/1"), new) == ["lines is new in a closed form"]
    assert broken(schema("snapshot/1"), schema("snapshot/1")) == []


def test_an_addition_to_a_closed_table_within_an_open_form_breaks_it() -> None:
    old = copy.deepcopy(schema("progress/1"))
    old["$defs"]["sum"]["additionalProperties"] = False
    new = copy.deepcopy(old)
    new["properties"]["lines"] = {"type": "integer", "x-unit": "count", "description": "New."}
    assert broken(old, new) == []
    sums(new)["quality"] = {"type": "string", "description": "New."}
    assert broken(old, new) == ["quality is new in a closed form"]


def test_a_form_is_closed_as_a_whole_or_says_that_keys_may_be_added() -> None:
    for form in schemas.names():
        whole = schema(form)
        closed = {place for place, ((*_, shut), _) in keys(whole).items() if shut}
        assert ("Keys may be added without a new number" in whole["description"]) == (closed == set()), form
        assert closed == set() or "" in closed, form


# --- asking for them -----------------------------------------------------------------------------------------------


def test_a_schema_is_found_by_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    assert schemas.find("progress") == schemas.find("progress/1") == schemas.find("lsinfra.progress/1") == "progress/1"
    assert [schemas.find(name) for name in ("progres", "", "progress/2", "../progress", "/1")] == [None] * 5
    monkeypatch.setattr(schemas, "names", lambda: ("progress/10", "progress/9"))
    assert schemas.find("progress") == "progress/10"


def test_every_result_has_rows_or_is_known_to_have_none() -> None:
    with_rows = {name for name in schemas.names() if "row" in schema(name).get("$defs", {})}
    assert with_rows == {name for name in schemas.names() if name.partition("/")[0] not in FREE}
    assert with_rows == {result.schema for result in results() if result.rows is not None}
