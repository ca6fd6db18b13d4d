"""Whatever stands in the files, the answer is records and routes, or sentences: never another exception.

The real files are spoiled (bytes, lines, values), and files are made up. Time and memory: test_yamlfile.py.
"""

from __future__ import annotations

import json
import random
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from lsinfra import loader, portfolio, routes
from lsinfra.codes import Kind, Stage
from lsinfra.errors import InputError, LsinfraError
from lsinfra.records import Records
from lsinfra.routes import Routes
from lsinfra.text import LANGS
from tests import hostile
from tests.conftest import ROOT

YAML_BYTES = (ROOT / "projects.yaml").read_bytes()
GEOJSON = {path.name: path.read_bytes() for path in sorted((ROOT / "geodata").glob("*.geojson"))}
PLACE = re.compile(r"projects\.yaml(:[1-9]\d*:[1-9]\d*)?: ")

HOSTILE = [
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}", "{% for x in [] %}",
    "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "${7*7}", "`id`", "]]>", "<!--<script>",
    "\u2028", "\u2029", "\u202e", "\u0085", "\x00", "\x1b[31m", "\ufeff", "\ufffe", "\t", "\r", "\r\n", "\n",
    "\n\n- ", "\n---\n", "\n...\n", "'", '"', '"\\ud800"', '"\\UFFFFFFFF"', "\\", "[", "]", "{", "}", ",", ": ", ":",
    "- ", "? ", "&a ", "*a", "!!python/object:os.system ", "!x", "|", ">", "%", "@", "#", " #", "~", "null", "{}",
    "[]", "nan", "1e999", "0x1F", "9" * 400, "-1", "٣", "½", "²", "0", "100%", "366.55 ha", "6.316 ha", "Km18+50",
    "2024-02-30", "0000-00", "e\u0301", "ﬁ", "x" * 400, "{found}", "%s", "{0}", "<<: *machine-translated",
    "javascript:alert(1)",
]  # fmt: skip


def settle(examples: int) -> Callable[..., Any]:
    """A fixed number of examples, whatever the machine; the profile of CI makes them the same ones every time."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def said(error: LsinfraError) -> list[str]:
    """The lines of an error, after a look at both languages."""
    texts = [error.write(lang) for lang in LANGS]
    for text in texts:
        text.encode()
        # Nothing in a sentence may turn the line round, begin another or colour the terminal.
        assert all(line.isprintable() for line in text.split("\n")), ascii(text)
        assert not isinstance(error, InputError) or len(text.split("\n")) == len(error.faults)
        assert max(map(len, text.split("\n"))) < 1_500
    return texts[0].split("\n")


def loads(raw: bytes) -> Records | LsinfraError:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "projects.yaml"
        path.write_bytes(raw)
        try:
            return loader.load(path)
        except LsinfraError as error:
            lines = said(error)
            assert lines
            assert [line for line in lines if not PLACE.match(line)] == []
            places = (
                [tuple(map(int, f.where.split(":")[1:])) for f in error.faults] if isinstance(error, InputError) else []
            )
            assert places == sorted(places)
            return error


def draws(name: str, raw: bytes) -> Routes | LsinfraError:
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "geodata"
        folder.mkdir()
        (folder / name).write_bytes(raw)
        try:
            return routes.load(folder, "EPSG:9215")
        except LsinfraError as error:
            lines = said(error)
            assert lines
            if isinstance(error, InputError):
                assert [line for line in lines if not line.startswith(f"geodata/{name}: ")] == []
            return error


# --- the real files, spoiled -----------------------------------------------------------------------------------------


def spoiled(raw: bytes, seed: int, times: int) -> bytes:
    """A file with some pieces deleted, doubled, exchanged or with something hostile put in, at random places."""
    pick = random.Random(seed)
    for _ in range(times):
        raw = raw or b"\n"
        unit = re.compile(pick.choice([rb"(?s).", rb"[^\n]*\n?", rb"[\w.,]+", rb"[^\w\s]"]))
        found = [unit.search(raw, pick.randrange(len(raw))) for _ in "ab"]
        (a, b), (c, d) = sorted(match.span() if match else (0, 1) for match in found)
        text = pick.choice(HOSTILE).encode()
        change = pick.randrange(7)
        if change == 0:
            raw = raw[:a] + raw[b:]
        elif change == 1:
            raw = raw[:b] + raw[a:b] + raw[b:]
        elif change == 2 and b <= c:
            raw = raw[:a] + raw[c:d] + raw[b:c] + raw[a:b] + raw[d:]
        elif change == 3:
            raw = raw[:a] + text + raw[b:]
        elif change == 4:
            raw = raw[:a] + text + raw[a:]
        elif change == 5:
            raw = raw[:a] + bytes([pick.randrange(256)]) + raw[a:]
        else:
            raw = raw[: max(a, 1)]
    return raw


def piece(raw: bytes, seed: int) -> bytes:
    """The file, or a part of it that is a file of its own, so that many can be tried."""
    if seed % 4 == 0:
        return raw
    text = raw.decode()
    head = text[text.index("\nportfolio:") : text.index("\nsources:")]
    projects = text[text.index("\nprojects:") : text.index("\n# Đề xuất")].split("\n  - id: ")
    rest = [text[text.index("\nsources:") : text.index("\nprojects:")], text[text.index("\nproposals:") :]]
    part = random.Random(seed).choice([*(f"\nprojects:\n  - id: {project}" for project in projects[1:]), *rest])
    return (head + part).encode()


@settle(120)
@given(st.integers(0, 2**32), st.integers(1, 4))
def test_spoiled_records(seed: int, times: int) -> None:
    loads(spoiled(piece(YAML_BYTES, seed), seed, times))


@settle(200)
@given(st.sampled_from(sorted(GEOJSON)), st.integers(0, 2**32), st.integers(1, 4))
def test_spoiled_geodata(name: str, seed: int, times: int) -> None:
    collection = json.loads(GEOJSON[name])
    collection["features"] = random.Random(seed).sample(collection["features"], min(2, len(collection["features"])))
    for feature in collection["features"]:
        # A few vertices of the border are as good as thousands.
        if feature["geometry"]["type"] == "MultiLineString":
            feature["geometry"]["coordinates"] = [part[:20] for part in feature["geometry"]["coordinates"]]
    draws(name, spoiled(json.dumps(collection, ensure_ascii=False, indent=0).encode(), seed, times))


def test_the_parts_of_the_records_load_unspoiled() -> None:
    for seed in range(12):
        assert isinstance(loads(piece(YAML_BYTES, seed)), Records)
    for name, raw in GEOJSON.items():
        assert isinstance(draws(name, raw), Routes)


def test_spoiling_spoils() -> None:
    """Most of what the tests above try does not load, some still does, and many different sentences are reached."""
    answers = [loads(spoiled(piece(YAML_BYTES, seed), seed, 2)) for seed in range(1, 120)]
    keys = {fault.key for answer in answers if isinstance(answer, InputError) for fault in answer.faults}
    assert any(isinstance(answer, Records) for answer in answers)
    assert len(keys) > 15


# --- files made up ---------------------------------------------------------------------------------------------------

TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=20),
    st.sampled_from(
        ["5 ha", "37,07/49 ha, đạt 75,12%", "5 tỷ đồng", "khoảng 5 km", "2024-10", "2024", "Km1", "Km18+500"]
    ),
    st.sampled_from(["a", "b", "true", *(str(code) for code in (*Kind, *Stage))]),
    st.from_regex(
        r"(khoảng )?-?[0-9.,]{1,8}(/[0-9.,]{1,8})? ?(ha|km|hộ|%|tỷ đồng|m²)?(, đạt [0-9,.]{1,6}%)?", fullmatch=True
    ),
    st.from_regex(r"[0-9]{1,4}[-/.][0-9]{1,2}([-/.][0-9]{1,4})?", fullmatch=True),
)


def names(schema: dict[str, Any]) -> list[str]:
    models = [schema, *schema["$defs"].values()]
    return sorted({name for model in models for name in model.get("properties", ())})


NAMES = st.one_of(st.sampled_from(names(loader.schema())), TEXTS)
TREES = st.recursive(
    st.one_of(st.none(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=6)),
    max_leaves=25,
)


@settle(150)
@given(st.dictionaries(st.sampled_from(list(Records.model_fields)), TREES, max_size=4), st.booleans())
@example({"portfolio": {"title": {"vi": None}}, "projects": [{"length": {"value": "x"}, "title": []}]}, False)
@example({"portfolio": {"title": "x"}, "sources": {"a": {"title": "x", "kind": {"official": None}}}}, True)
def test_made_up_trees(tree: dict[str, Any], flow: bool) -> None:
    """As JSON, which is YAML too, in brackets; or in lines as an editor would write them."""
    text = json.dumps(tree, ensure_ascii=False) if flow else "\n".join(lines(tree, ""))
    loads(text.encode("utf-8", "surrogatepass"))


def lines(value: Any, indent: str) -> list[str]:
    """A tree in YAML's block form, its texts in double quotes."""
    if isinstance(value, dict) and value:
        return [line for key, inner in value.items() for line in under(f"{indent}{json.dumps(key)}:", inner, indent)]
    if isinstance(value, list) and value:
        return [line for inner in value for line in under(f"{indent}-", inner, indent)]
    return [indent + json.dumps(value)]


def under(head: str, value: Any, indent: str) -> list[str]:
    return [head, *lines(value, indent + "  ")] if isinstance(value, (dict, list)) else [f"{head} {json.dumps(value)}"]


SCHEMA = loader.schema()


@st.composite
def nearly_right(pick: st.DrawFn, model: dict[str, Any] = SCHEMA, depth: int = 0) -> Any:
    """A tree along the schema, with here and there a key left out, another put in, or a value of another kind."""
    if pick(st.integers(0, 19)) == 0 or depth > 6:
        return pick(TREES if depth < 3 else TEXTS)
    if "$ref" in model:
        return pick(nearly_right(SCHEMA["$defs"][model["$ref"].rpartition("/")[2]], depth))
    if "anyOf" in model:
        return pick(nearly_right(pick(st.sampled_from(model["anyOf"])), depth))
    if "enum" in model:
        return pick(st.sampled_from(model["enum"]))
    if model.get("type") == "array":
        return [pick(nearly_right(model["items"], depth + 1)) for _ in range(pick(st.integers(0, 2)))]
    if model.get("type") == "object":
        made = {}
        for name, inner in model.get("properties", {}).items():
            if pick(st.integers(0, 9)) < (9 if name in model.get("required", ()) else 3):
                made[name] = pick(nearly_right(inner, depth + 1))
        other = model.get("additionalProperties") or next(iter(model.get("patternProperties", {}).values()), None)
        if isinstance(other, dict):
            made["a"] = pick(nearly_right(other, depth + 1))
        if pick(st.integers(0, 15)) == 0:
            made[pick(NAMES)] = pick(TEXTS)
        return made
    if model.get("type") == "null":
        return None
    if model.get("type") == "boolean":
        return pick(st.sampled_from(["true", "false", "no"]))
    return pick(st.sampled_from(["a", "b", *model.get("examples", ()), "2024", "2024-10", "5 ha", "Km1"]) | TEXTS)


@settle(150)
@given(nearly_right())
def test_made_up_records(tree: Any) -> None:
    loads("\n".join(lines(tree, "")).encode("utf-8", "surrogatepass"))


@settle(200)
@given(st.text(max_size=200) | st.lists(st.sampled_from([*HOSTILE, "a", "b: ", "\n", "  "]), max_size=30).map("".join))
@example('a: "\\UFFFFFFFF"')
@example("a: \x85\n b")
@example("[*0")
@example("%TAG ! tag:\n---\n!x a")
def test_any_text_is_answered(text: str) -> None:
    assert isinstance(loads(text.encode("utf-8", "surrogatepass")), LsinfraError)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-200, 200) | st.floats() | TEXTS | st.sampled_from([107.25, 21.5, 10**400]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
POSITIONS = st.tuples(st.floats(102, 110), st.floats(8, 24)).map(list) | st.sampled_from([[107.0, 21.5], [107.1, 21.5]])
COORDINATES = st.recursive(POSITIONS | JSON_VALUES, lambda inner: st.lists(inner, max_size=5), max_leaves=12)
GEOMETRIES = st.one_of(
    JSON_VALUES,
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                ["Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "x", 5, None]
            ),
            "coordinates": COORDINATES,
        }
    ),
    st.fixed_dictionaries({"type": st.just("LineString"), "coordinates": st.lists(POSITIONS, min_size=2, max_size=5)}),
    st.fixed_dictionaries(
        {
            "type": st.just("MultiLineString"),
            "coordinates": st.lists(st.lists(POSITIONS, min_size=2, max_size=4), max_size=4),
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("Polygon"),
            "coordinates": st.lists(st.lists(POSITIONS, min_size=3, max_size=5).map(lambda r: [*r, r[0]]), max_size=3),
        }
    ),
)


def or_any(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values) | JSON_VALUES


POINTS = st.lists(
    st.fixed_dictionaries({"chainage": or_any("Km1", "Km20"), "at": POSITIONS | JSON_VALUES}) | JSON_VALUES, max_size=3
)
PROPERTIES = st.one_of(
    JSON_VALUES,
    st.fixed_dictionaries(
        {
            "route": or_any("a"),
            "accuracy": or_any("schematic", "survey"),
            "source": or_any("x"),
            "uncertainty_m": or_any(500),
        },
        optional={
            "calibration": POINTS | JSON_VALUES,
            "start": or_any("Km1"),
            "title": JSON_VALUES,
            "partial": JSON_VALUES,
        },
    ),
    st.fixed_dictionaries(
        {
            "place": or_any("a"),
            "title": or_any("A"),
            "kind": or_any("town"),
            "uncertainty_m": or_any(5),
            "source": or_any("x"),
        }
    ),
    st.fixed_dictionaries({"border": or_any(True), "attribution": or_any("x")}),
    st.fixed_dictionaries(
        {"unit": or_any("A"), "level": or_any("district"), "source": or_any("x")}, optional={"code": JSON_VALUES}
    ),
)
FEATURES = (
    st.fixed_dictionaries({"type": or_any("Feature"), "properties": PROPERTIES, "geometry": GEOMETRIES}) | JSON_VALUES
)


@settle(200)
@given(
    st.fixed_dictionaries(
        {"type": st.just("FeatureCollection"), "features": st.lists(FEATURES, max_size=3)},
        optional={"crs": JSON_VALUES, "name": JSON_VALUES},
    )
    | JSON_VALUES
)
def test_made_up_geodata(collection: Any) -> None:
    draws("a.geojson", json.dumps(collection).encode())


@settle(60)
@given(st.text(max_size=10), st.binary(max_size=60))
def test_any_bytes(start: str, raw: bytes) -> None:
    assert isinstance(loads(start.encode() + raw), LsinfraError)
    answer = draws("a.geojson", start.encode() + raw)
    assert isinstance(answer, LsinfraError)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_quotes_is_kept_or_refused(text: str) -> None:
    """In every text of the records: what loads is what was typed."""
    quoted = json.dumps(text, ensure_ascii=True)
    answer = loads(f"portfolio: {{title: {quoted}}}\nunits: {{{quoted}: {{level: district}}}}\n".encode())
    if isinstance(answer, Records):
        assert answer.portfolio.title.vi == YAML(typ="safe", pure=True).load(f"{quoted}\n") or "\u0301" in text
        assert len(answer.units) == 1
    else:
        assert not text.strip() or not text.isprintable()


@pytest.mark.parametrize("name", hostile.CONTROLS)
def test_what_commands_a_terminal_is_refused_in_every_text(tmp_path: Path, name: str) -> None:
    text = hostile.CONTROLS[name]
    hostile.write_root(tmp_path / "root", text)
    with pytest.raises(InputError) as caught:
        portfolio.load(tmp_path / "root")
    said(caught.value)
    keys = [fault.key for fault in caught.value.faults]
    # Nobody reads the name of a collection, the property "extra", and the notes of the two calibration points.
    in_records, in_geodata = (
        json.dumps(hostile.records("@")).count("@"),
        json.dumps(hostile.geodata("@")).count("@") - 4,
    )
    assert keys == ["fault.bad_character"] * in_records + ["geo.bad_character"] * in_geodata


def test_what_is_hostile_in_every_text_else_loads(tmp_path: Path) -> None:
    for name, text in hostile.texts(tmp_path / "ran").items():
        hostile.write_root(tmp_path / name, text)
        world = portfolio.load(tmp_path / name)
        (unit,), (gate,) = world.routes.units, world.routes.places.values()
        assert [unit.unit, unit.code, unit.source, gate.credit] == [text] * 4
        assert world.records.projects[0].sections[0].unit == text
        assert world.routes.alignments["tuyen"].calibrated
