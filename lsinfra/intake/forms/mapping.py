"""The mapping file of a table of another layout: which sheet, which rows, what each column holds.

::

    sheet: Biểu 01                       # the first sheet, when it is left out
    header: 5-8                          # rows of the headings; the figures follow
    first: 10                            # the first row of figures, when it is not the next one
    last: 60                             # the last row, when something else follows the table
    date: B3                             # a cell, or a date such as 2024-10-31
    project: ql4b                        # one project, or:
    project_column: Danh mục dự án       # the column of its name (letters or heading)
    section_column: Địa bàn              # the column of the unit's name, when figures are of sections
    blank_is_whole: true                 # a row without a unit is of the whole project; it is not read otherwise
    names: {Cao tốc Hữu Nghị: huu-nghi-chi-lang, H. Lộc Bình: loc-binh}
    skip: {column: TT, roman: true, words: [Tổng cộng, Tổng số]}
    columns:
      - {column: Kế hoạch vốn / Đã bàn giao, stage: handed_over, unit: ha, total: H}
      - {column: F, heading: NSTW, plan_year: 2024, base: adjusted, funding: central_budget, unit: triệu đồng, total: E}
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from lsinfra import yamlfile
from lsinfra.codes import Base, Funding, Stage
from lsinfra.dates import PartialDate, read_date
from lsinfra.errors import Fault, InputError, LsinfraError, QuantityError
from lsinfra.fields import AREA_STAGES, Id, PlanYear, Text, Truth, chosen, found, hint
from lsinfra.intake.workbooks.cells import CellError, folded
from lsinfra.intake.workbooks.parts import Place, column_of
from lsinfra.numerals import shown
from lsinfra.quantities import Measure, Unit
from lsinfra.records import Record
from lsinfra.text import Word

_EMPTY = "form.mapping_empty"
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ROWS = re.compile(r"([1-9][0-9]{0,5})(?: *[-–] *([1-9][0-9]{0,5}))?")


class _Wrong(CellError, ValueError):
    """As a cell's error, in the mapping file itself; pydantic gathers what is a ValueError."""


def _rows(value: Any) -> tuple[int, int]:
    match = _ROWS.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[2] or match[1]) < int(match[1]):
        raise _Wrong("bad_rows", found=_said(value))
    return int(match[1]), int(match[2] or match[1])


def _row(value: Any) -> int:
    first, last = _rows(value)
    if first != last:
        raise _Wrong("bad_rows", found=_said(value))
    return first


def _date(value: Any) -> Place | PartialDate:
    if isinstance(value, str) and (match := _CELL.fullmatch(value.strip())):
        return int(match[2]), column_of(match[1])
    try:
        return read_date(value if isinstance(value, str) else "")
    except QuantityError:
        raise _Wrong("bad_cell", found=_said(value)) from None


def _unit(value: Any) -> Unit:
    known = {folded(unit.value): unit for unit in Unit if unit.measure in (*AREA_STAGES, Measure.MONEY)}
    if not isinstance(value, str) or folded(value) not in known:
        raise _Wrong("bad_unit", found=_said(value), known=", ".join(unit.value for unit in known.values()))
    return known[folded(value)]


def _said(value: object) -> object:
    return shown(value) if isinstance(value, str) else found(value)


Rows = Annotated[tuple[int, int], BeforeValidator(_rows)]


class MappedColumn(Record):
    """A column of figures. ``column``, ``total``: letters or a heading; ``heading``: what the letters must be under.

    Of land (``stage``) or of money (``plan_year`` and ``base``, of capital added after 30 September or not).
    """

    column: Text
    unit: Annotated[Unit, BeforeValidator(_unit)]
    heading: Text | None = None
    total: Text | None = None
    stage: Annotated[Stage, chosen(Stage)] | None = None
    plan_year: PlanYear | None = None
    base: Annotated[Base, chosen(Base)] | None = None
    funding: Annotated[Funding, chosen(Funding)] | None = None
    added_after_september: Truth = False

    @model_validator(mode="after")
    def _of_something(self) -> MappedColumn:
        money = self.plan_year is not None and self.base is not None
        some = any((self.plan_year, self.base, self.funding, self.added_after_september))
        if (self.stage is not None) is some or (some and not money):
            raise _Wrong("column_of_what", expected=", ".join(unit.value for unit in Unit if unit is not Unit.PERCENT))
        if (self.unit.measure is Measure.MONEY) is not money:
            units = [unit.value for unit in Unit if (unit.measure is Measure.MONEY) is money]
            raise _Wrong("column_of_what", expected=", ".join(units))
        return self


class Skip(Record):
    """Rows that are no figures of a project: a Roman number or one of the words in this column, sums above all."""

    column: Text
    roman: Truth = False
    words: tuple[Text, ...] = ()


class Mapping(Record):
    """What a table's sheet, rows and columns are."""

    sheet: Text | None = None
    header: Rows
    first: Annotated[int, BeforeValidator(_row)] | None = None
    last: Annotated[int, BeforeValidator(_row)] | None = None
    date: Annotated[Place | PartialDate, BeforeValidator(_date)]
    project: Id | None = None
    project_column: Text | None = None
    section_column: Text | None = None
    blank_is_whole: Truth = False
    names: dict[Text, Id] = Field(default_factory=dict)
    skip: tuple[Skip, ...] = ()
    columns: tuple[MappedColumn, ...]

    @model_validator(mode="before")
    @classmethod
    def _one_skip(cls, data: Any) -> Any:
        """One rule may stand without its list."""
        if isinstance(data, dict) and isinstance(data.get("skip"), dict):
            return {**data, "skip": [data["skip"]]}
        return data

    @model_validator(mode="after")
    def _of_a_project(self) -> Mapping:
        if (self.project is None) is (self.project_column is None):
            raise _Wrong("project_needed")
        return self


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises
    ------
    RunError
        The file is missing or cannot be read.
    InputError
        Every fault of the file.
    """
    try:
        document = yamlfile.read(path)
    except InputError as error:  # an empty file is told of as if it were the records
        faults = [replace(one, key=_EMPTY) if one.key == "fault.empty_file" else one for one in error.faults]
        raise InputError(faults) from None
    if not isinstance(document.data, dict):
        raise InputError([Fault(document.where(()), "", _EMPTY)])
    try:
        return Mapping.model_validate(document.data)
    except ValidationError as error:
        faults = [_fault(document, dict(item)) for item in error.errors(include_url=False, include_input=True)]
        raise InputError(sorted(faults, key=yamlfile.place_of)) from None


def _fault(document: yamlfile.Document, error: dict[str, Any]) -> Fault:
    """One of pydantic's errors in our words, at its place in the file."""
    loc = tuple(part for part in error["loc"] if part != "[key]")
    if loc[:2] == ("skip", 0) and ("skip", 0) not in document.values:  # one rule, written without a list
        loc = ("skip", *loc[2:])
    path = document.real(loc)
    name = str(loc[-1]) if loc else ""
    cause = error.get("ctx", {}).get("error")
    if error["type"] == "missing":
        return Fault(document.where(path), yamlfile.spell(path), "fault.missing", {"name": name})
    if error["type"] == "extra_forbidden":
        inner: dict[str, type[Record]] = {"columns": MappedColumn, "skip": Skip}
        known = list((inner.get(str(loc[0]), Mapping) if len(loc) > 1 else Mapping).model_fields)
        values: dict[str, object] = {"found": shown(name), "expected": ", ".join(known), "hint": hint(name, known)}
        return Fault(document.where(loc, key=True), yamlfile.spell(loc[:-1]), "fault.unknown_key", values)
    if isinstance(cause, LsinfraError):
        return Fault(document.where(path), yamlfile.spell(path), f"{cause.group}.{cause.key}", cause.values)
    kind = "list" if error["type"] in {"tuple_type", "list_type"} else "table"
    values = {"found": found(error["input"]), "expected": Word(f"word.expected.{kind}")}
    return Fault(document.where(path), yamlfile.spell(path), "fault.not_written", values)
