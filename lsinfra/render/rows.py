"""The rows of a result, and the forms that have nothing but rows: CSV, JSON Lines and Parquet.

Each result gives its rows once. Their columns, with types and units, are those of ``$defs.row`` in its JSON Schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lsinfra import csvfile, schemas
from lsinfra.csvfile import Style
from lsinfra.errors import RunError, missing_package
from lsinfra.render.writing import json_number

if TYPE_CHECKING:
    import pyarrow as pa

# Of an exact amount in Parquet: 29 digits before the point, 9 after it. A printed number has 18 digits at most.
DIGITS, DECIMALS = 38, 9
# JSON leaves these as they are, and Python's own splitlines() ends a line at each.
_LINE_ENDS = {ord(mark): f"\\u{ord(mark):04x}" for mark in "\x85\u2028\u2029"}


@dataclass(frozen=True)
class Rows:
    """The rows of a result.

    Parameters
    ----------
    schema
        ``lsinfra.NAME/N``: the columns are those of ``$defs.row`` there.
    rows
        With the keys and values of the JSON, amounts still exact (``Decimal``); dates as their text. A row need not
        have every column, and what is no column is left out.
    head
        What stands in the JSON beside the rows: Parquet keeps it.
    """

    schema: str
    rows: Sequence[Mapping[str, Any]]
    head: Mapping[str, Any] = field(default_factory=dict)


def as_csv(found: Rows, style: Style = Style.PLAIN) -> str:
    """A row a line, every column in each, no text a formula (``csvfile``)."""
    return csvfile.written(schemas.columns(found.schema), found.rows, style)


def as_jsonl(found: Rows) -> str:
    """A row a line, with the keys it has and no other; nothing else in it that a reader might take for a line's end."""
    keys = schemas.columns(found.schema)
    rows = ({key: row[key] for key in keys if key in row} for row in found.rows)
    lines = (json.dumps(row, ensure_ascii=False, allow_nan=False, default=json_number) for row in rows)
    return "".join(f"{line.translate(_LINE_ENDS)}\n" for line in lines)


def as_parquet(found: Rows) -> bytes:
    """One Parquet file: the same rows, the same bytes.

    Amounts are decimals of 9 places, exact; shares, parts of them and what was measured floats; days dates; a date
    that may be a month stays a text; moments are in UTC. Each field's metadata has its ``description`` and ``unit``,
    the file's ``lsinfra`` the number of the schema and the head, as JSON.

    Raises
    ------
    RunError
        pyarrow is not installed, or an amount has more digits than Parquet's decimals hold.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise missing_package("pyarrow") from None
    fields, arrays = [], []
    for name, said in schemas.columns(found.schema).items():
        kind = _arrow(said)
        told = {"description": said["description"]} | ({"unit": said["x-unit"]} if "x-unit" in said else {})
        fields.append(pa.field(name, kind, metadata=told))
        try:
            arrays.append(pa.array([_value(row.get(name), kind) for row in found.rows], kind))
        except pa.ArrowInvalid:
            raise RunError("not_in_parquet", column=name, digits=DIGITS - DECIMALS, decimals=DECIMALS) from None
    head = json.dumps({"schema": found.schema, **found.head}, ensure_ascii=False, default=json_number)
    table = pa.table(arrays, schema=pa.schema(fields, metadata={"lsinfra": head}))
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _arrow(said: Mapping[str, Any]) -> pa.DataType:
    """Arrow's type of what a schema describes."""
    import pyarrow as pa

    match {said["type"]} - {"null"} if isinstance(said["type"], str) else set(said["type"]) - {"null"}:
        case kinds if kinds == {"string"}:
            texts = {"date": pa.date32(), "date-time": pa.timestamp("s", "UTC")}
            return texts.get(said.get("format", ""), pa.string())
        case kinds if kinds == {"boolean"}:
            return pa.bool_()
        case kinds if kinds == {"array"}:
            return pa.list_(_arrow(said["items"]))
        case kinds if kinds == {"object"}:
            return pa.struct({name: _arrow(one) for name, one in said["properties"].items()})
        case kinds if kinds == {"integer"} and said["x-unit"] != "đồng":
            return pa.int64()
    # What was measured on a drawing is a float from the start, as a share is; an amount that was printed is exact.
    measured = said["x-unit"] == "share" or said.get("format") == "double"
    return pa.float64() if measured else pa.decimal128(DIGITS, DECIMALS)


def _value(value: Any, kind: pa.DataType) -> Any:
    import pyarrow as pa

    if value is None:
        return None
    if pa.types.is_decimal(kind):
        return Decimal(str(value))
    if pa.types.is_date(kind):
        return date.fromisoformat(value)
    if pa.types.is_timestamp(kind):
        return datetime.fromisoformat(value)
    return value
