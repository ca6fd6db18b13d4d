"""The YAML reader: text stays text, every part knows its place, and nothing anybody writes hangs or breaks it."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import synthetic
from lsinfra import loader, yamlfile
from lsinfra.errors import InputError, RunError
from lsinfra.text import LANGS, printable
from lsinfra.yamlfile import MAX_BYTES, MAX_DEPTH, MAX_NODES, Document, Table, parse, read, spell
from tests import hostile
from tests.forks import Crew, hired, say, serve


def document(text: str) -> Document:
    return parse(text, "a.yaml")


def of(raw: bytes, folder: Path) -> Document:
    path = folder / "a.yaml"
    path.write_bytes(raw)
    return read(path)


def faults(text: str) -> list[tuple[str, str, str]]:
    """Place, path and key of every fault, in the order in which they are said."""
    with pytest.raises(InputError) as caught:
        document(text)
    for lang in LANGS:
        assert len(caught.value.write(lang).splitlines()) == len(caught.value.faults)
    return [(fault.where.removeprefix("a.yaml:"), fault.path, fault.key) for fault in caught.value.faults]


# --- scalars ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "no", "yes", "on", "Off", "true", "FALSE", "y",
        "06316", "0x1F", "0o17", "1_000", "1e3", "+1", ".5", "12:30:45", "366.55",
        "nan", ".nan", "NaN", ".inf", "-.INF",
        "2026-02-30", "2024-10", "2001-12-14t21:59:43.10-05:00",
        "=", "<<", "nUll", "undefined", "1.288,123", "Km18+500",
    ],
)  # fmt: skip
def test_a_scalar_stays_as_it_is_written(text: str) -> None:
    assert document(f"a: {text}\nb:\n- {text}\n- '{text}'\n- \"{text}\"\n").data == {"a": text, "b": [text] * 3}


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL", " # nothing"])
def test_nothing_is_nothing(text: str) -> None:
    assert document(f"a: {text}\nb: 1\n").data == {"a": None, "b": "1"}
    assert document(f"- {text}\n- x\n").data == [None, "x"]


@pytest.mark.parametrize("text", ["", "~", "null"])
def test_nothing_in_quotes_is_text(text: str) -> None:
    assert document(f"a: '{text}'\nb: \"{text}\"\n").data == {"a": text, "b": text}


def test_text_is_kept_as_it_was_typed() -> None:
    hostile = [
        "{{ 7*7 }}",
        "{% x %}",
        "</script>",
        "${x}",
        "`id`",
        "]]>",
        "a\u2028b",
        "\u202egnp.exe",
        "😀",
        "a\ufeffb",
    ]
    for text in hostile:
        assert document(f"a: '{text}'\nb: x\n").data == {"a": text, "b": "x"}
    assert document("a: '1\t2'\n").data == {"a": "1\t2"}
    assert document("a: |\n  một\n  hai\nb: >\n  một\n  hai\nc: một\n  hai\n").data == {
        "a": "một\nhai\n",
        "b": "một hai\n",
        "c": "một hai",
    }


def test_names_are_composed() -> None:
    apart = unicodedata.normalize("NFD", "Đồng Đăng")
    assert len(apart) > len("Đồng Đăng")
    found = document(f"units:\n  {apart}: {apart}\n  ghi: 1\n")
    assert found.data == {"units": {"Đồng Đăng": "Đồng Đăng", "ghi": "1"}}
    assert found.where(("units", "Đồng Đăng"), key=True) == "a.yaml:2:3"
    assert faults(f"{apart}: 1\nĐồng Đăng: 2\n") == [("2:1", "", "fault.duplicate_key")]


# --- places ----------------------------------------------------------------------------------------------------------

PLACES = """\
# ghi chú
portfolio:
  title: {vi: Thử, en: "Trial"}

projects:
  - id: ql4b
    routes: [a, b]
    note: |
      hai
      dòng
  -   id: 'x'
"""
# Counted by hand in the lines above: line and column of the value, then of the key.
COUNTED = {
    (): ((2, 1), None),
    ("portfolio",): ((3, 3), (2, 1)),
    ("portfolio", "title"): ((3, 10), (3, 3)),
    ("portfolio", "title", "vi"): ((3, 15), (3, 11)),
    ("portfolio", "title", "en"): ((3, 24), (3, 20)),
    ("projects",): ((6, 3), (5, 1)),
    ("projects", 0): ((6, 5), None),
    ("projects", 0, "id"): ((6, 9), (6, 5)),
    ("projects", 0, "routes"): ((7, 13), (7, 5)),
    ("projects", 0, "routes", 0): ((7, 14), None),
    ("projects", 0, "routes", 1): ((7, 17), None),
    ("projects", 0, "note"): ((8, 11), (8, 5)),
    ("projects", 1): ((11, 7), None),
    ("projects", 1, "id"): ((11, 11), (11, 7)),
}


@pytest.mark.parametrize("form", ["lf", "crlf", "cr", "bom", "bom and crlf", "no last line end"])
def test_every_part_knows_its_line_and_column(form: str, tmp_path: Path) -> None:
    text = PLACES.rstrip("\n") if form == "no last line end" else PLACES
    ends = "\r\n" if "crlf" in form else "\r" if form == "cr" else "\n"
    raw = (b"\xef\xbb\xbf" if "bom" in form else b"") + text.replace("\n", ends).encode()
    found = of(raw, tmp_path)
    assert found.values == {path: value for path, (value, _) in COUNTED.items()}
    assert found.keys == {path: key for path, (_, key) in COUNTED.items() if key}
    assert found.data["projects"][0]["note"] == "hai\ndòng\n"
    assert found.flow == {("portfolio", "title"), ("projects", 0, "routes")}


def test_a_table_carries_its_place() -> None:
    data = document(PLACES).data
    assert isinstance(data["projects"][1], Table)
    assert data["projects"][1].where == "a.yaml:11:7"
    assert data["portfolio"]["title"].where == "a.yaml:3:10"


def test_what_is_not_there_stands_where_its_holder_does() -> None:
    found = document(PLACES)
    assert found.where(("projects", 0, "status")) == "a.yaml:6:5"
    assert found.where(("projects", 0, "status", "x", 3)) == "a.yaml:6:5"
    assert found.where(("projects", 0, "routes"), key=True) == "a.yaml:7:5"
    assert found.where(("projects", 0), key=True) == "a.yaml:6:5"
    assert found.real(("projects", 0, "routes", 7)) == ("projects", 0, "routes")


def test_characters_are_counted_not_bytes() -> None:
    found = document("Lạng Sơn: {a: 😀, b: 'x\ty', c: d}\n")
    assert [found.values[("Lạng Sơn", key)] for key in "abc"] == [(1, 15), (1, 21), (1, 31)]


ALIASED = """\
a: &one
  name: x
  inner: &two [1, 2]
b: *one
c:
  - *two
  - {d: *one}
"""


def test_an_alias_stands_where_its_content_is_written() -> None:
    found = document(ALIASED)
    one = {"name": "x", "inner": ["1", "2"]}
    assert found.data == {"a": one, "b": one, "c": [["1", "2"], {"d": one}]}
    assert found.where(("b", "name")) == "a.yaml:2:9"
    assert found.where(("b", "name"), key=True) == "a.yaml:2:3"
    assert found.where(("b", "inner", 1)) == "a.yaml:3:19"
    assert found.where(("c", 0, 0)) == "a.yaml:3:16"
    assert found.where(("c", 1, "d", "inner", 1)) == "a.yaml:3:19"
    assert found.where(("c", 1, "d", "missing")) == "a.yaml:1:4"
    # The alias's own key is where it was used.
    assert found.where(("b",), key=True) == "a.yaml:4:1"


def test_a_path_is_spelled_for_people() -> None:
    assert spell(("projects", 0, "clearance", 2, "handed_over")) == "projects[0].clearance[2].handed_over"
    assert spell(("units", "Lộc Bình")) == "units.Lộc Bình"
    assert spell((3, "a")) == "[3].a"
    assert spell(()) == ""
    assert spell(("a\u202eb\nc", "x" * 99)) == f"aU+202EbU+000Ac.{'x' * 60}…"


# --- faults of notation ----------------------------------------------------------------------------------------------


def test_all_that_can_be_known_is_said_at_once() -> None:
    text = 'a: !x 1\na: 2\nb: *c\nd: &d [*d]\n!y e: 1\nf: {g: 1, g: 2, g: 3}\nh: "\\a"\n'
    assert faults(text) == [
        ("1:4", "a", "fault.tag"),
        ("2:1", "", "fault.duplicate_key"),
        ("3:4", "b", "fault.unknown_alias"),
        ("4:8", "d[0]", "fault.self_alias"),
        ("5:1", "", "fault.tag"),
        ("6:11", "f", "fault.duplicate_key"),
        ("6:17", "f", "fault.duplicate_key"),
        ("7:4", "h", "fault.bad_character"),
    ]


def test_what_was_found_before_reading_stopped_is_said_too() -> None:
    assert faults("a: 1\na: 2\nb: [\n") == [("2:1", "", "fault.duplicate_key"), ("3:4", "", "fault.open_bracket")]
    assert faults("a: 1\na: 2\nb: \x00\n")[-1] == ("3:4", "", "fault.bad_character")


@pytest.mark.parametrize(
    ("text", "where", "key"),
    [
        ("", "1:1", "empty_file"),
        ("\n\n", "1:1", "empty_file"),
        ("# a\n# b\n", "1:1", "empty_file"),
        ("---\n...\n", "1:1", "empty_file"),
        ("~\n", "1:1", "empty_file"),
        ("a: 1\n---\nb: 2\n", "2:1", "second_document"),
        ("a: 1\n...\nb: 2\n", "3:1", "second_document"),
        ("\ta: 1\n", "1:1", "tab"),
        ("a:\n  b: 1\n\tc: 2\n", "3:1", "tab"),
        ("a: 1\t2\n", "1:5", "tab"),
        ("a: 'x\nb: 1\n", "1:4", "open_quote"),
        ('a: "x\n---\n', "1:4", "open_quote"),
        ("a: {b: [c}\n", "1:8", "open_bracket"),
        ("a: [b c: d\n", "1:4", "open_bracket"),
        ("a: 1\nb\nc: 2\n", "2:1", "no_colon"),
        ("a: 10:30: b\n", "1:9", "stray_colon"),
        ("a: %x\n", "1:4", "bad_start"),
        ("a: `x`\n", "1:4", "bad_start"),
        ('a: "\\q"\n', "1:6", "bad_escape"),
        ('a: "\\u12"\n', "1:7", "bad_escape"),
        ("a:\n  b: 1\n c: 2\n", "3:2", "bad_indent"),
        ("a: - b\n", "1:4", "bad_indent"),
        ("a: 'x' y\n", "1:8", "bad_indent"),
        ("a: &\n", "1:5", "yaml_syntax"),
        ("a: >x\n", "1:5", "yaml_syntax"),
        ("a: !e!x 1\n", "1:4", "yaml_syntax"),
        ("? [a]\n: b\n", "1:3", "key_not_text"),
        ("{a: 1}: b\n", "1:1", "key_not_text"),
        ("a: \x07\n", "1:4", "bad_character"),
        ("a: 'ừ\x7f'\n", "1:6", "bad_character"),
        ("a: \ufffe\n", "1:4", "bad_character"),
        ('a: "\\ud800"\n', "1:4", "bad_character"),
        ('a: "\\ud83d\\ude00"\n', "1:4", "bad_character"),
        ('a: "\\0"\n', "1:4", "bad_character"),
        ('"\\x1b[2J": 1\n', "1:1", "bad_character"),
    ],
)
def test_a_fault_of_notation_has_its_place(text: str, where: str, key: str) -> None:
    assert faults(text) == [
        (where, "a" if '"\\' in text and text[0] == "a" and "bad_ch" in key else "", f"fault.{key}")
    ]


def test_a_character_number_beyond_unicode_is_a_fault() -> None:
    ((_, _, key),) = faults('a: 1\nb: "\\UFFFFFFFF"\n')
    assert key == "fault.yaml_syntax"
    ((_, _, key),) = faults('a: 1\nb: "\\U00110000"\n')
    assert key == "fault.yaml_syntax"


@pytest.mark.parametrize(
    ("raw", "where", "found"),
    [
        (b"a: L\xf4c\n", "1:5", "0xF4"),
        ("ghi chú: Lạng\nb: ừ".encode() + b"\xff", "2:5", "0xFF"),
        (b"\xef\xbb\xbfa: \xe9", "1:4", "0xE9"),
        (b"a: 1\r\nb: 2\rc: \xc3(", "3:4", "0xC3"),
        ("a: 1".encode("utf-16"), "1:1", "0xFF"),
        (b"PK\x03\x04\x14\x00\x06\x80", "1:8", "0x80"),
    ],
)
def test_what_is_no_utf8_is_said_with_its_place(raw: bytes, where: str, found: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        of(raw, tmp_path)
    (fault,) = caught.value.faults
    assert (fault.where, fault.key, fault.values) == (f"a.yaml:{where}", "fault.not_utf8", {"found": found})


def test_what_cannot_be_opened_is_said(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "không có.yaml", "không có tệp"), (tmp_path, "đây là thư mục")):
        with pytest.raises(RunError) as caught:
            read(path)
        assert str(path) in caught.value.write("vi")
        assert reason in caught.value.write("vi")


# --- the large, the deep and the endless -----------------------------------------------------------------------------


def test_depth_is_bounded_at_the_limit() -> None:
    # What the outermost brackets hold is one level down.
    brackets = MAX_DEPTH + 1
    assert document("[" * brackets + "]" * brackets).real((0,) * 99) == (0,) * MAX_DEPTH
    assert faults("[" * (brackets + 1) + "]" * (brackets + 1)) == [(f"1:{brackets + 1}", "", "fault.too_deep")]
    assert faults("\n".join(f"{'  ' * n}a:" for n in range(brackets + 1))) == [
        (f"{brackets + 1}:{2 * brackets + 1}", "", "fault.too_deep")
    ]


def test_aliases_count_what_they_repeat() -> None:
    ten = "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"
    # The list is 11 values; each alias counts 1 and those 11: with the outer list and the table, 13 + 12 n values.
    within = (MAX_NODES - 13) // 12
    assert len(document(f"a: &a {ten}\nb: [{', '.join(['*a'] * within)}]\n").data["b"]) == within
    ((where, path, key),) = faults(f"a: &a {ten}\nb: [{', '.join(['*a'] * (within + 1))}]\n")
    assert (where, path, key) == (f"2:{5 + 4 * within}", f"b[{within}]", "fault.too_many")


def test_ten_thousand_sections_fit_in_one_file(tmp_path: Path) -> None:
    synthetic.write(tmp_path, 2, 50)
    path = tmp_path / "projects.yaml"
    assert 100 * path.stat().st_size < MAX_BYTES
    assert 100 * len(read(path).values) < MAX_NODES


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 40)
)
HUGE: dict[str, tuple[str, str]] = {
    "brackets": ("[" * 200_000, "too_deep"),
    "brackets in a table": ("a: " + "{a: " * 200_000, "too_deep"),
    "dashes": ("- " * 200_000, "too_deep"),
    "question marks": ("? " * 200_000, "key_not_text"),
    "closing brackets": ("]" * 200_000, "bad_indent"),
    "quotes": ("'" * 200_001, "open_quote"),
    "anchors": ("".join(f"&a{n} " for n in range(50_000)), "yaml_syntax"),
    "exclamation marks": ("!" * 200_000, "tag"),
    "alias bomb": (BOMB, "too_many"),
    "many values": ("a: [" + "1," * (MAX_BYTES // 2 - 10), "too_many"),
    "many keys": ("".join(f"k{n}: 1\n" for n in range(300_000)), "too_many"),
    "one key ever again": ("a: 1\n" * 300_000, "too_many"),
    "one long line": ("a: " + "x" * (MAX_BYTES - 10), ""),
    "one long text of words": ("a: " + "x " * (MAX_BYTES // 2 - 10), ""),
    "one long key": ("x" * (MAX_BYTES - 10) + ": 1", "stray_colon"),
    "long lines": ("a: |\n" + "  x\n" * (MAX_BYTES // 4 - 10), ""),
    "escapes": ('a: "' + "\\n" * (MAX_BYTES // 2 - 10) + '"', ""),
    "empty lines": ("\n" * (MAX_BYTES - 10), "empty_file"),
    "comments": ("# x\n" * (MAX_BYTES // 4 - 10), "empty_file"),
}


def take_orders() -> None:
    serve(lambda order, _: read_bounded(Path(order["path"])))


def read_bounded(path: Path) -> None:
    """Read a file with 2 GB and half a minute of one's own time, and say the fault."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
    try:
        yamlfile.read(path)
    except InputError as error:
        for lang in LANGS:
            error.write(lang)
        say(error.faults[-1].key)


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    with hired(__name__) as crew:
        yield crew


@pytest.mark.skipif(sys.platform == "win32", reason="os.fork")
@pytest.mark.parametrize("name", HUGE)
def test_nothing_hangs_and_nothing_fills_the_memory(name: str, tmp_path: Path, crew: Crew) -> None:
    """In a process of its own, with 2 GB and half a minute of its own time, which only what hangs will need."""
    text, key = HUGE[name]
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    assert path.stat().st_size <= MAX_BYTES
    crew.order(path=str(path))
    assert crew.codes() == [0]
    assert crew.said == ([[f"fault.{key}"]] if key else [])


def test_a_file_of_50_megabytes_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yaml"
    with path.open("wb") as file:
        file.truncate(50_000_000)

    def opened(_: Path) -> Any:
        raise AssertionError("the file was read")

    monkeypatch.setattr(Path, "read_bytes", opened)
    with pytest.raises(InputError) as caught:
        read(path)
    assert [fault.key for fault in caught.value.faults] == ["fault.file_too_large"]
    path.write_bytes(b"")
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(InputError):
        yamlfile.read(path)


@pytest.mark.skipif(os.name == "nt", reason="Windows allows no such names")
@pytest.mark.parametrize("name", hostile.FILE_NAMES)
def test_a_hostile_name_of_a_file_is_printable_in_every_answer(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with pytest.raises(RunError) as missing:
        loader.load(path)
    assert printable(str(path)) in missing.value.write("vi")
    assert missing.value.write("vi").isprintable()
    # Bytes that are no text, notation that breaks off, a date that is none: each of them names the file.
    for raw in (
        b"\xff",
        b"a: [",
        b"portfolio: {title: x}\nsources: {a: {title: x, kind: press, date: x}}",
        b"# " * MAX_BYTES,
    ):
        path.write_bytes(raw)
        with pytest.raises(InputError) as caught:
            loader.load(path)
        (fault,) = caught.value.faults
        assert fault.where.startswith(printable(name))
        assert fault.write("vi").isprintable()
