"""Dataclasses as JSON and back, exactly: what a snapshot's file is written in.

Every field is a key, numbers that must stay exact are texts, and nothing is read that would not be written.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, get_args, get_origin, get_type_hints

from lsinfra.dates import YEARS, PartialDate, read_date
from lsinfra.numerals import shown
from lsinfra.quantities import Chainage, Figure, read_chainage, read_figure, write_figure
from lsinfra.records import Record
from lsinfra.text import Word, printable


class Unfit(ValueError):
    """A value that is not what stands there in a snapshot: the key under ``snapshot.``, and its values."""

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values


# No number that is worked out of printed ones is longer; one that were would take for ever to be worked with.
_LONGEST, _LARGEST = 4000, 2**62


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() is None or moment.microsecond or not YEARS[0] <= moment.year <= YEARS[1]:
        raise ValueError(text)
    return moment


# What is kept as a text: how it is written, and how it is read.
_TEXTS: dict[type, tuple[Callable[[Any], str], Callable[[str], Any]]] = {
    Decimal: ("{:f}".format, Decimal),
    Fraction: (str, Fraction),
    date: (date.isoformat, date.fromisoformat),
    datetime: (datetime.isoformat, _moment),
    PartialDate: (lambda day: day.iso, read_date),
    Figure: (write_figure, read_figure),
    Chainage: (lambda at: at.write("vi"), read_chainage),
}


def plain(value: Any) -> Any:
    """A value as JSON has it: tables by field, exact numbers, dates and figures as their own spelling."""
    kind: type = type(value)
    if kind in _TEXTS:
        return _TEXTS[kind][0](value)
    if value is None or kind in (str, int, bool):
        return value
    if isinstance(value, StrEnum):
        return value.value
    if names := keys_of(kind):
        return {key: plain(getattr(value, name)) for name, key in names.items()}
    return [plain(item) for item in value]


@cache
def keys_of(kind: type) -> dict[str, str]:
    """The fields of a table and their keys in the file; none for what is no table."""
    if issubclass(kind, Record):
        return {name: info.alias or name for name, info in kind.model_fields.items()}
    if is_dataclass(kind):
        return {one.name: one.metadata.get("key", one.name) for one in fields(kind)}
    return {name: name for name in getattr(kind, "_fields", ())}


@cache
def reader(hint: Any) -> Callable[[Any, str], Any]:
    """What reads a value of this type at a place of the file; anything else in it is an ``Unfit``."""
    if hint in _TEXTS:
        return lambda value, place: _text(hint, _of(str, value, place), place)
    if isinstance(hint, types.UnionType):
        (some,) = (part for part in get_args(hint) if part is not types.NoneType)
        read = reader(some)
        return lambda value, place: None if value is None else read(value, place)
    if get_origin(hint) is tuple:
        item = reader(get_args(hint)[0])
        return lambda value, place: tuple(item(part, f"{place}[{n}]") for n, part in enumerate(_of(list, value, place)))
    if issubclass(hint, StrEnum):
        codes = {code.value: code for code in hint}
        return lambda value, place: _one_of(codes, _of(str, value, place), place)
    names = keys_of(hint)
    if issubclass(hint, Record):
        return lambda value, place: _record(hint, table_of(value, names.values(), place), place)
    if names:
        hints = get_type_hints(hint)
        readers = [(key, reader(hints[name])) for name, key in names.items()]

        def table(value: Any, place: str) -> Any:
            found = table_of(value, names.values(), place)
            inside = f"{place}." if place else ""
            return hint(*[read(found[key], f"{inside}{key}") for key, read in readers])

        return table
    return lambda value, place: _of(hint, value, place)


def _of(kind: type, value: Any, place: str) -> Any:
    if type(value) is not kind or (isinstance(value, int) and abs(value) > _LARGEST):
        raise Unfit("unfit", place=place, found=shown(str(value)))
    if isinstance(value, str) and not _sayable(value):
        raise Unfit("unfit", place=place, found=shown(printable(value)))
    return value


def _sayable(text: str) -> bool:
    """Whether a text can stand in a file: half a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _one_of(codes: dict[str, Any], value: str, place: str) -> Any:
    if value not in codes:
        raise Unfit("unfit", place=place, found=shown(value))
    return codes[value]


def _text(kind: type, text: str, place: str) -> Any:
    try:
        return _read_text(kind, text)
    except (ValueError, ArithmeticError):
        raise Unfit("unfit", place=place, found=shown(text)) from None


@lru_cache(maxsize=65536)
def _read_text(kind: type, text: str) -> Any:
    write, read = _TEXTS[kind]
    if len(text) > _LONGEST:
        raise ValueError(text)
    value = read(text)
    # Only one spelling of each value is written, so only that one is read; NaN is no number.
    if write(value) != text or (kind is Decimal and not value.is_finite()):
        raise ValueError(text)
    return value


def table_of(value: Any, names: Iterable[str], place: str) -> dict[str, Any]:
    """The value if it is a table of exactly these keys."""
    found: dict[str, Any] = _of(dict, value, place)
    place_said = place or Word("snapshot.top")
    if strange := [name for name in found if name not in names]:
        raise Unfit("unknown_keys", place=place_said, keys=", ".join(map(shown, strange)))
    if missing := [name for name in names if name not in found]:
        raise Unfit("missing_keys", place=place_said, keys=", ".join(missing))
    return found


def _record(kind: type[Record], value: dict[str, Any], place: str) -> Record:
    try:
        return kind.model_validate(value)
    except ValueError:
        raise Unfit("unfit", place=place, found=shown(json.dumps(value, ensure_ascii=False))) from None
