"""The kinds of field a record has: each reads the text that stands in the file or says what was found and expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from lsinfra.codes import Code
from lsinfra.dates import YEARS
from lsinfra.errors import LsinfraError
from lsinfra.numerals import shown
from lsinfra.quantities import Chainage, Figure, Measure, PartialDate, read_chainage, read_date, read_figure
from lsinfra.text import Phrase, Word
from lsinfra.yamlfile import Table


class FieldError(LsinfraError, ValueError):
    """A field that is not what it should be; its sentence is under ``fault.``."""

    group = "fault"


# Ids become file names, also on Windows, and keys in JSON.
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_RESERVED = {"index", "con", "prn", "aux", "nul"} | {f"{name}{n}" for name in ("com", "lpt") for n in range(10)}


def found(value: Any) -> object:
    """What stands in the file, short and plain enough for a sentence."""
    if isinstance(value, str):
        return f"“{shown(value)}”"
    kinds: dict[type, str] = {dict: "table", Table: "table", list: "list"}
    return Word(f"word.found.{kinds.get(type(value), 'nothing')}")


def _text(value: Any) -> Any:
    if not isinstance(value, str) or not value.strip():
        raise FieldError("not_text", found=found(value))
    return value


def _identifier(value: Any) -> Any:
    if not isinstance(value, str) or len(value) > 60 or not _ID.fullmatch(value) or value in _RESERVED:
        raise FieldError("not_an_id", found=found(value))
    return value


def whole(low: int, high: int) -> BeforeValidator:
    def read(value: Any) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,6}", value) or not low <= int(value) <= high:
            raise FieldError("not_a_whole_number", found=found(value), low=low, high=high)
        return int(value)

    return BeforeValidator(read)


def _truth(value: Any) -> bool:
    if value not in ("true", "false"):
        raise FieldError("not_true_or_false", found=found(value))
    return bool(value == "true")


def chosen(codes: type[Code]) -> BeforeValidator:
    def read(value: Any) -> Code:
        known = [str(code) for code in codes]
        if value not in known:
            raise FieldError("not_in_list", found=found(value), expected=", ".join(known), hint=hint(value, known))
        return codes(value)

    return BeforeValidator(read)


def _read(read: Callable[[str], object], expected: str) -> BeforeValidator:
    def field(value: Any) -> object:
        if not isinstance(value, str):
            raise FieldError("not_written", found=found(value), expected=Word(f"word.expected.{expected}"))
        return read(value)

    return BeforeValidator(field)


def figure_of(*measures: Measure) -> BeforeValidator:
    return _read(lambda text: read_figure(text, measures), "figure")


def one_or_more(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def hint(value: object, known: list[str]) -> object:
    """“did you mean”, or nothing."""
    close = get_close_matches(str(value), known, 1)
    return Phrase("fault.did_you_mean", (("name", close[0]),)) if close else ""


FIGURE_SCHEMA = {"type": "string", "examples": ["366,55/640,28 ha, đạt 57,24%", "304/305 hộ"]}
_NAME_SCHEMA = {"type": "string", "minLength": 1}

Text = Annotated[str, BeforeValidator(_text), WithJsonSchema(_NAME_SCHEMA)]
Id = Annotated[str, BeforeValidator(_identifier), WithJsonSchema({"type": "string", "pattern": f"^{_ID.pattern}$"})]
Truth = Annotated[bool, BeforeValidator(_truth), WithJsonSchema({"type": "boolean"})]
Year = Annotated[int, whole(*YEARS), WithJsonSchema({"type": "integer", "minimum": YEARS[0], "maximum": YEARS[1]})]
# A plan year closes in the year after it, which must be one that dates have.
PlanYear = Annotated[
    int,
    whole(YEARS[0], YEARS[1] - 1),
    WithJsonSchema({"type": "integer", "minimum": YEARS[0], "maximum": YEARS[1] - 1}),
]
When = Annotated[
    PartialDate,
    _read(read_date, "date"),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}(-\d{2})?$", "examples": ["2024-08-15", "2024-10"]}),
]
At = Annotated[
    Chainage,
    _read(read_chainage, "chainage"),
    WithJsonSchema({"type": "string", "examples": ["Km18", "Km18+500"]}),
]
AREA_STAGES = (Measure.AREA, Measure.LENGTH, Measure.HOUSEHOLDS, Measure.PARCELS)
StageFigure = Annotated[Figure, figure_of(*AREA_STAGES), WithJsonSchema(FIGURE_SCHEMA)]
StageFigures = Annotated[
    tuple[StageFigure, ...],
    BeforeValidator(one_or_more),
    WithJsonSchema({"anyOf": [FIGURE_SCHEMA, {"type": "array", "items": FIGURE_SCHEMA, "minItems": 1}]}),
]
Length = Annotated[Figure, figure_of(Measure.LENGTH), WithJsonSchema({"type": "string", "examples": ["62 km"]})]
Money = Annotated[
    Figure,
    figure_of(Measure.MONEY),
    WithJsonSchema({"type": "string", "examples": ["490,1/1.288,123 tỷ đồng, đạt 38,0%"]}),
]
AnyFigures = Annotated[
    tuple[Annotated[Figure, figure_of(*Measure), WithJsonSchema(FIGURE_SCHEMA)], ...],
    BeforeValidator(one_or_more),
    WithJsonSchema({"anyOf": [FIGURE_SCHEMA, {"type": "array", "items": FIGURE_SCHEMA, "minItems": 1}]}),
]
SourceIds = Annotated[
    tuple[Id, ...],
    BeforeValidator(one_or_more),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
