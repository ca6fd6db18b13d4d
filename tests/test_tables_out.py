"""The rows of a result as CSV, JSON Lines and Parquet: all the same, exact, and no formula for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lsinfra import cli, csvfile, schemas
from lsinfra.commands.options import STDOUT, Format, FormatOption
from lsinfra.commands.output import emit, emit_as
from lsinfra.csvfile import Style, guarded, unguarded
from lsinfra.errors import RunError
from lsinfra.intake import proposal_file
from lsinfra.render.rows import DECIMALS, Rows, as_csv, as_jsonl, as_parquet
from lsinfra.render.writing import as_json
from tests.conftest import ROOT
from tests.results import Result, results
from tests.test_schemas import schema

NESTED = {
    "forecast/1": {"pace", "needs", "plan", "schedule"},
    "week_changes/1": {"before", "after"},
    "parcels-check/1": {"places"},
}
"""Tables within the rows of the JSON, whose values are columns of their own."""


def tables() -> list[Result]:
    return [result for result in results() if result.rows is not None]


def rows(result: Result) -> Rows:
    assert result.rows is not None
    return result.rows


def table(text: str, style: Style = Style.PLAIN) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=mark(style)))


def mark(style: Style) -> str:
    return ";" if style is Style.EXCEL else ","


def parquet(found: Rows) -> pa.Table:
    return pq.read_table(pa.BufferReader(as_parquet(found)))


# --- the same rows in every form -----------------------------------------------------------------------------------


def test_a_line_of_json_is_what_the_schema_says_a_row_is() -> None:
    for result in tables():
        required = schema(result.schema)["$defs"]["row"]["required"]
        row = {"properties": schemas.columns(f"lsinfra.{result.schema}"), "required": required}
        validator = jsonschema.Draft202012Validator(row | {"additionalProperties": False})
        lines = as_jsonl(rows(result)).splitlines()
        assert len(lines) == len(rows(result).rows)
        assert [error.message for line in lines for error in validator.iter_errors(json.loads(line))] == []


def test_nothing_of_a_row_is_left_out() -> None:
    for result in tables():
        columns = set(schemas.columns(rows(result).schema))
        left = {key for row in rows(result).rows for key in row} - columns
        assert left == NESTED.get(result.schema, set()) & left
        assert (
            len(rows(result).rows) == 0
            or columns >= {"kind"}
            or result.schema in {"check/1", "snapshot_list/1", "parcels-check/1"}
        )


def test_what_is_no_letter_in_a_folder_s_name_can_be_written(tmp_path: Path, capfdbinary: Any) -> None:
    """A folder from another system may have a name that is no UTF-8: Python has half a surrogate pair of it."""
    strange = os.fsdecode(b"t\xff")
    emit(as_json({"root": strange}), tmp_path / "s.json")
    assert json.loads((tmp_path / "s.json").read_text(encoding="utf-8")) == {"root": strange}
    for form in (Format.JSON, Format.JSONL, Format.CSV):
        emit_as(form, STDOUT, table=list, json=lambda: as_json({"unit": strange}), rows=lambda: one(unit=strange))
        sys.stdout.flush()
        assert b"t\\udcff" in capfdbinary.readouterr().out


def test_json_lines_have_the_rows_of_the_json() -> None:
    for result in tables():
        if result.schema in NESTED or result.schema == "compare/1":
            continue
        whole, told = result.json, [json.loads(line) for line in as_jsonl(rows(result)).splitlines()]
        own: dict[str, list[tuple[str, str | None]]] = {
            "check/1": [("findings", None)],
            "snapshot_list/1": [("snapshots", None)],
            "intake/1": [("proposals", "proposal"), ("unread", "unread")],
            "parcels/1": [("rows", "area"), ("totals", "total"), ("lengths", "length"), ("stretches", "stretch")],
        }
        lists = own.get(result.schema, [("clearance", "clearance"), ("disbursement", "disbursement")])
        expected = [({"kind": kind} if kind else {}) | row for name, kind in lists for row in whole[name]]
        assert told == expected


def test_a_text_ends_no_line_of_json_lines() -> None:
    text = "a\nb\rc\x85d\u2028e\u2029f\x1cg"
    (line,) = as_jsonl(one(unit=text)).splitlines()
    assert json.loads(line)["unit"] == text


def test_csv_has_the_rows_of_json_lines() -> None:
    for result in tables():
        lines = [json.loads(line) for line in as_jsonl(rows(result)).splitlines()]
        for style in Style:
            cells = table(as_csv(rows(result), style), style)
            assert len(cells) == len(lines)
            for row, line in zip(cells, lines, strict=True):
                assert list(row) == list(schemas.columns(rows(result).schema))
                assert {key: _read(text, line.get(key), style) for key, text in row.items()} == {
                    key: line.get(key) for key in row
                }


def _read(text: str, like: Any, style: Style) -> Any:
    """A cell as a script reads it that knows the column's type."""
    if text == "":
        return None
    if isinstance(like, bool):
        return {"true": True, "false": False}[text]
    if isinstance(like, list | dict):
        return json.loads(unguarded(text))
    if isinstance(like, int | float):
        assert "." not in text if style is Style.EXCEL else "," not in text
        return float(text.replace(",", "."))
    return unguarded(text)


def test_parquet_has_the_rows_of_json_lines() -> None:
    for result in tables():
        found, lines = parquet(rows(result)), [json.loads(line) for line in as_jsonl(rows(result)).splitlines()]
        assert found.column_names == list(schemas.columns(rows(result).schema))
        told = [{key: _as_json(value) for key, value in row.items()} for row in found.to_pylist()]
        assert told == [{key: _utc(line.get(key), found.schema.field(key).type) for key in told[0]} for line in lines]


def _as_json(value: Any) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return float(value)
    return value


def _utc(value: Any, kind: pa.DataType) -> Any:
    moment = value is not None and pa.types.is_timestamp(kind)
    return datetime.fromisoformat(value).astimezone(UTC).isoformat() if moment else value


# --- parquet -------------------------------------------------------------------------------------------------------


def one(**values: object) -> Rows:
    return Rows("lsinfra.progress/1", [{"kind": "clearance", **values}], {"as_of": "2024-10-31"})


def test_the_columns_of_parquet_have_their_types_units_and_meaning() -> None:
    result = next(result for result in tables() if result.schema == "progress/1")
    found = parquet(rows(result)).schema
    kinds = {
        "project": pa.string(),
        "value": pa.decimal128(38, 9),
        "value_vnd": pa.decimal128(38, 9),
        "plan_low_vnd": pa.decimal128(38, 9),
        "stated_percent": pa.decimal128(38, 9),
        "share": pa.float64(),
        "age_days": pa.int64(),
        "plan_year": pa.int64(),
        "stale": pa.bool_(),
        "observed": pa.string(),  # 2024-10 is no day
        "closes": pa.date32(),
    }
    assert {name: found.field(name).type for name in kinds} == kinds
    assert found.field("value_vnd").metadata[b"unit"].decode() == "đồng"
    assert found.field("age_days").metadata[b"unit"] == b"days"
    assert b"null: no total was printed" in found.field("total").metadata[b"description"]
    head = json.loads(found.metadata[b"lsinfra"])
    assert head == {key: result.json[key] for key in ("schema", "as_of", "known", "snapshot_as_of")}


def test_a_table_of_no_row_and_one_of_many_have_the_same_types() -> None:
    result = next(result for result in tables() if result.schema == "compare/1" and rows(result).rows)
    none = Rows(rows(result).schema, [], rows(result).head)
    assert parquet(none).schema == parquet(rows(result)).schema
    assert parquet(none).num_rows == 0
    assert (as_csv(none).count("\n"), as_jsonl(none)) == (1, "")


def test_amounts_are_exact_in_parquet_and_csv() -> None:
    # 18 digits, as a document may print: no float has them.
    amount = Decimal("123456789012345.678")
    assert Decimal(float(amount)) != amount
    found = one(value=amount, value_vnd=Decimal("11024700000000.0"))
    assert parquet(found)["value"].to_pylist() == [amount]
    (row,) = table(as_csv(found))
    assert (row["value"], row["value_vnd"]) == ("123456789012345.678", "11024700000000")
    (row,) = table(as_csv(found, Style.EXCEL), Style.EXCEL)
    assert row["value"] == "123456789012345,678"


def test_what_parquet_cannot_hold_exactly_is_said() -> None:
    fine = Decimal(1).scaleb(-DECIMALS)
    assert parquet(one(value=fine))["value"].to_pylist() == [fine]
    for amount in (fine / 10, Decimal(10) ** 29):
        with pytest.raises(RunError, match="column value has a number") as caught:
            as_parquet(one(value=amount))
        assert caught.value.key == "not_in_parquet"


def test_the_same_rows_give_the_same_bytes() -> None:
    found = next(rows(result) for result in tables() if result.schema == "progress/1")
    assert as_parquet(found) == as_parquet(found)


def test_without_pyarrow_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(RunError, match=r"-m pip install pyarrow$"):
        as_parquet(one())


# --- formulas ------------------------------------------------------------------------------------------------------

FORMULAS = [
    "=1+1",
    "+1",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    '"=1"',
    "\u200b=1",
    "\ufeff=1",
    "＝1",
    "\ttab",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert guarded(text).startswith("'")
    for split in ",;\t\n\r":
        assert guarded(f"ghi chú{split}=1") == f"ghi chú{split}'=1"
        if text[0] not in "\t\r\n":  # those are such marks themselves
            assert guarded(f"ghi chú{split}{text}") == f"ghi chú{split}'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["2024-10", "1-2", "12/5", "304/305", "0.9.1", "007", "1e5", "12:30"])
def test_excel_makes_no_date_and_no_number_of_a_text(text: str) -> None:
    """A month is not opened as its first day; a whole day may be, and a script's table keeps all as they are."""
    for style in (Style.BOM, Style.EXCEL):
        assert guarded(text, style) == f"'{text}"
        assert guarded(f"'{text}", style) == f"''{text}"
    assert guarded(text) == text
    for style in Style:
        assert [unguarded(guarded(one, style)) for one in (text, f"'{text}", f"''{text}")] == [
            *(text, f"'{text}", f"''{text}"),
        ]
        assert guarded("2024-10-31", style) == "2024-10-31"
        assert guarded("2024", style) == "2024"
        assert guarded("2024-W44", style) == "2024-W44"


@pytest.mark.parametrize(
    "text",
    ["", "Km18+500", "a-b", "1-2", "'tis", "đạt 55%, còn 3 ha", "x = 1", "'", "2024-10", "a@b", "17,34/31,52 ha"],
)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text == unguarded(text)


HOSTILE = st.text(alphabet="=+-@＝'\"\t\r\n,;| aà1\u200b\ufeff\x00", max_size=12)


@settings(max_examples=100)
@given(HOSTILE, st.sampled_from(Style))
@example("''=1", Style.PLAIN)
@example("a;''\t\"'=1", Style.PLAIN)
@example("'1-1", Style.PLAIN)
@example("'\t1-1", Style.EXCEL)
def test_the_apostrophes_can_be_taken_back(text: str, style: Style) -> None:
    assert unguarded(guarded(text, style)) == text


@settings(max_examples=100)
@given(st.lists(HOSTILE, min_size=1, max_size=3), st.sampled_from(Style), st.sampled_from(",;\t"))
@example(['x;"=1"'], Style.PLAIN, ";")
@example(["x\r=1"], Style.PLAIN, ",")
def test_no_reader_finds_a_formula_whatever_it_splits_at(texts: list[str], style: Style, split: str) -> None:
    keys = [f"k{n}" for n in range(len(texts))]
    text = csvfile.written(keys, [dict(zip(keys, texts, strict=True))], style).removeprefix("\ufeff")
    if split == mark(style):
        (read,) = table(text, style)
        assert [unguarded(cell) for cell in read.values()] == texts
    naive = [cell for line in text.replace("\r", "\n").split("\n") for cell in line.split(split)]
    for cell in [*naive, *(cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=split) for cell in row)]:
        assert cell.lstrip(' \t"\x00\u200b\ufeff')[:1] not in set("=+-@＝"), cell


def test_numbers_are_no_texts() -> None:
    text = csvfile.written(["a", "b", "c"], [{"a": -5, "b": Decimal("-0.50"), "c": -0.25}])
    assert text == "a,b,c\n-5,-0.5,-0.25\n"
    assert csvfile.written(["a"], [{"a": Decimal("-0.50")}], Style.EXCEL) == "\ufeffa\r\n-0,5\r\n"


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The formulas of above, the real progress and a comparison in both forms for Excel, as LibreOffice opens them."""
    folder = tmp_path_factory.mktemp("bảng")
    row: dict[str, object] = {f"k{n}": text for n, text in enumerate(FORMULAS)}
    row |= {"amount": Decimal("-37.07"), "name": "Đình Lập"}
    commands, languages = [], {Style.EXCEL: (59, 1066), Style.BOM: (44, 1033)}
    for style, (between, language) in languages.items():
        made = {"formulas": csvfile.written(row, [row], style)}
        made |= {name: as_csv(rows(result), style) for name, result in opened().items()}
        here = folder / style.value
        here.mkdir()
        for name, text in made.items():
            (here / f"{name}.csv").write_bytes(text.encode())
        # Between cells ; or , · around texts " · UTF-8 · from line 1 · whose region · what may be a date is one
        options = f"CSV:{between},34,76,1,,{language},false,true,false,false,false,-1,true"
        commands.append([f"--infilter={options}", "--convert-to", "xlsx", "--outdir", str(here)])
        commands[-1] += [str(path) for path in sorted(here.glob("*.csv"))]
    where = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    for given_ in commands:
        subprocess.run(["soffice", "--headless", where, *given_], check=True, capture_output=True, timeout=120)
    found = {path: openpyxl.load_workbook(path) for path in sorted(folder.glob("*/*.xlsx"))}
    return {f"{path.parent.name} {path.stem}": book[book.sheetnames[0]] for path, book in found.items()}


def opened() -> dict[str, Result]:
    """The real progress of October 2024, where months are, and a comparison."""
    found = [result for result in tables() if result.of == "real" and rows(result).rows]
    return {
        "progress": next(one for one in found if (one.schema, one.json.get("as_of")) == ("progress/1", "2024-10-31")),
        "compare": next(one for one in found if one.schema == "compare/1"),
    }


@pytest.mark.parametrize("style", [Style.EXCEL, Style.BOM])
def test_a_spreadsheet_reads_letters_and_numbers_and_no_formula(sheets: dict[str, Any], style: Style) -> None:
    *texts, amount, name = sheets[f"{style.value} formulas"][2]
    assert {cell.data_type for cell in texts} == {"s"}
    assert all("'" in cell.value for cell in texts)
    assert (amount.value, amount.data_type) == (-37.07, "n")
    assert (name.value, name.data_type) == ("Đình Lập", "s")


@pytest.mark.parametrize("style", [Style.EXCEL, Style.BOM])
@pytest.mark.parametrize("name", ["progress", "compare"])
def test_a_spreadsheet_reads_the_real_tables_as_they_are(sheets: dict[str, Any], style: Style, name: str) -> None:
    """Row by row: a number is that number, a month a text, a whole day that day, a text that text."""
    told, columns = rows(opened()[name]), schemas.columns(rows(opened()[name]).schema)
    head, *cells = sheets[f"{style.value} {name}"].iter_rows(values_only=True)
    assert list(head) == list(columns)
    assert len(cells) == len(told.rows)
    months = 0
    for line, row in zip(cells, told.rows, strict=True):
        for key, cell in zip(columns, line, strict=True):
            value = row.get(key)
            months += isinstance(value, str) and len(value) == len("2024-10") and value[:2] == "20"
            if isinstance(value, Decimal | float | int) and not isinstance(value, bool):
                assert cell == pytest.approx(float(value), rel=1e-14), key
            elif isinstance(cell, datetime):
                assert cell.date().isoformat() == value, key
            elif isinstance(value, str):
                assert unguarded(cell) == value, key
            elif value is None:
                assert cell is None, key
    assert months > 0


# --- the commands --------------------------------------------------------------------------------------------------


def run(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["lsinfra", "--root", str(ROOT), *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_every_command_that_gives_rows_gives_them_in_every_form() -> None:
    import typer

    def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                yield from commands(command, f"{before}{name} ")
            else:
                yield f"{before}{name}", command.callback

    shared = {
        name
        for name, callback in commands(typer.main.get_command(cli.app))
        if callback.__annotations__.get("format") in (FormatOption, "FormatOption")
    }
    assert shared == {
        *("check", "progress", "compare", "forecast", "snapshot list", "snapshot show", "snapshot history"),
        *("snapshot changes", "intake excel", "intake document", "intake oc4ids", "parcels check", "parcels progress"),
    }
    assert {one.value for one in Format} == {"table", "json", "jsonl", "parquet", *Style}


@pytest.mark.parametrize("form", ["jsonl", "csv", "csv-bom", "csv-excel", "parquet"])
def test_a_form_to_stdout_and_to_a_file_is_the_same(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    asked = "--as-of", "2024-10", "--format", form
    assert run("progress", *asked, monkeypatch=monkeypatch) == 0
    told = capfdbinary.readouterr().out
    assert run("progress", *asked, "--out", str(tmp_path / "out"), monkeypatch=monkeypatch) == 0
    assert (tmp_path / "out").read_bytes() == told
    expected = next(
        rows(result).rows
        for result in tables()
        if (result.schema, result.of) == ("progress/1", "real") and rows(result).head["as_of"] == "2024-10-31"
    )
    if form == "parquet":
        assert pq.read_table(pa.BufferReader(told)).num_rows == len(expected)
    elif form == "jsonl":
        assert len(told.splitlines()) == len(expected)
    else:
        assert told.startswith(b"\xef\xbb\xbf") == (form != "csv")
        assert len(table(told.decode(), Style(form))) == len(expected)


def test_parquet_is_not_poured_onto_a_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run("progress", "--format", "parquet", monkeypatch=monkeypatch) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert "--out" in told.err


def test_a_schema_is_printed_by_its_name(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("schema", "progress", monkeypatch=monkeypatch) == 0
    assert json.loads(capsys.readouterr().out) == schema("progress/1")
    assert run("schema", "progres", monkeypatch=monkeypatch) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert all(name in told.err for name in schemas.names())


# --- the table of the intake ---------------------------------------------------------------------------------------


def test_proposals_for_a_vietnamese_excel_are_read_back_and_stay_so(tmp_path: Path) -> None:
    path = tmp_path / "đề xuất.json"
    text = next(result.text for result in tables() if result.schema == "intake/1")
    path.write_text(text, encoding="utf-8")
    reviewed, _ = proposal_file.read(path)
    made = proposal_file.to_csv(reviewed, "vi", Style.EXCEL)
    assert made.startswith("\ufeffid;decision;")
    assert ";'=HYPERLINK(" in made
    sheet = tmp_path / "đề xuất.csv"
    sheet.write_text(made, encoding="utf-8", newline="")
    back, before = proposal_file.read(sheet)
    assert back == reviewed
    assert proposal_file.save(sheet, back, before, "vi") == before
