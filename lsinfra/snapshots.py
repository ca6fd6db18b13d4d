"""Snapshots: what was known at a date, kept for ever as one readable file each.

Two times stay apart: ``as_of`` is what the figures are of, ``taken`` when they were known. A file is named by the hash
of its bytes and is never overwritten; a correction is another file. ``lsinfra.snapshot/1`` is the dataclasses below
and those of ``progress``, field by field, with exact numbers as texts: a changed field is another schema number.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from lsinfra.dates import PartialDate, read_date
from lsinfra.errors import Fault, Finding, RunError, Severity, why
from lsinfra.numerals import shown
from lsinfra.portfolio import Portfolio
from lsinfra.progress import Progress
from lsinfra.quantities import Chainage, Figure, read_figure, write_figure
from lsinfra.records import FILE, Record, Title
from lsinfra.text import Lang, printable
from lsinfra.weeks import Week

SCHEMA = "lsinfra.snapshot/1"

# The clocks of the machines that share a drive, and a run that began before another ended, differ by less than this.
CLOCKS_APART = timedelta(minutes=10)
# A temporary file this much older than a new one belongs to a writer that was killed.
LEFT_BEHIND_S = 24 * 3600


class Unsound(RunError):
    """A file that cannot be read as a snapshot; its sentence is under ``snapshot.unsound.`` and begins with the path."""

    group = "snapshot.unsound"

    def write(self, lang: Lang) -> str:
        return f"{printable(str(self.values['path']))}: {super().write(lang)}"


class StoreError(RunError):
    """The folder of the snapshots cannot give or take what it was asked; its sentence is under ``snapshot.``."""

    group = "snapshot"


@dataclass(frozen=True, slots=True)
class Input:
    """A file that the snapshot was made from: its path under the root, the hash of its bytes, how many they are."""

    path: str
    sha256: str
    size: int = field(metadata={"key": "bytes"})


class KeptSection(NamedTuple):
    """A section and the administrative unit it was in."""

    id: str
    unit: str


@dataclass(frozen=True, slots=True)
class KeptProject:
    """A project's name and its sections, as they were."""

    id: str
    title: Title
    sections: tuple[KeptSection, ...]


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """A doubt as it was said, in both languages."""

    code: str
    severity: Severity
    where: str
    project: str | None
    section: str | None
    vi: str
    en: str

    def message(self, lang: Lang) -> str:
        return self.en if lang == "en" else self.vi


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that was known: ``progress`` at its ``as_of``, the doubts, the inputs.

    ``taken`` is when it was known, with its offset, in whole seconds; None where an old file does not say, as
    ``version`` is then empty. No record in it knows its line (``Record.where``) but by the ``where`` beside it.
    """

    taken: datetime | None
    version: str
    inputs: tuple[Input, ...]
    projects: tuple[KeptProject, ...]
    progress: Progress
    findings: tuple[KeptFinding, ...]

    @property
    def as_of(self) -> date:
        return self.progress.as_of


def make(
    root: Path, portfolio: Portfolio, progress: Progress, findings: Iterable[Finding], taken: datetime
) -> Snapshot:
    """What is known now, in memory: equal to what is read back once it is kept.

    Parameters
    ----------
    root
        The folder that ``portfolio`` was loaded from; its records and geodata are hashed.
    taken
        The moment of it, with its offset; parts of a second are cut off.

    Raises
    ------
    RunError
        An input cannot be read.
    ValueError
        A time without an offset, which another machine could not place.
    """
    if taken.utcoffset() is None:
        raise ValueError(f"{taken} has no offset")
    projects = [
        KeptProject(
            project.id,
            Title(vi=project.title.vi, en=project.title.en),
            tuple(KeptSection(section.id, section.unit) for section in project.sections),
        )
        for project in portfolio.records.projects
    ]
    doubts = [
        KeptFinding(one.code, one.severity, one.where, one.project, one.section, one.message("vi"), one.message("en"))
        for one in findings
    ]
    inputs = [_input(root, path) for path in [root / FILE, *sorted((root / "geodata").glob("*.geojson"))]]
    bare: Progress = _reader(Progress)(_plain(progress), "progress")
    return Snapshot(
        taken.replace(microsecond=0), version("lsinfra"), tuple(inputs), tuple(projects), bare, tuple(doubts)
    )


def _input(root: Path, path: Path) -> Input:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RunError("unreadable", path=path, reason=why(error)) from None
    return Input(path.relative_to(root).as_posix(), hashlib.sha256(data).hexdigest(), len(data))


# --- the format --------------------------------------------------------------------------------------------


class _Unfit(ValueError):
    """A value that is not what stands there in a snapshot: the key under ``snapshot.unsound.``, and its values."""

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values


# What is kept as a text: how it is written, and how it is read.
_TEXTS: dict[type, tuple[Callable[[Any], str], Callable[[str], Any]]] = {
    Decimal: ("{:f}".format, Decimal),
    Fraction: (str, Fraction),
    date: (date.isoformat, date.fromisoformat),
    datetime: (datetime.isoformat, datetime.fromisoformat),
    PartialDate: (lambda day: day.iso, read_date),
    Figure: (write_figure, read_figure),
    Chainage: (lambda at: at.write("vi"), str),
}


def _plain(value: Any) -> Any:
    """A value as JSON has it: tables by field, exact numbers, dates and figures as their own spelling."""
    kind = type(value)
    if kind in _TEXTS:
        return _TEXTS[kind][0](value)
    if value is None or kind in (str, int, bool):
        return value
    if isinstance(value, StrEnum):
        return value.value
    if names := _names(kind):
        return {key: _plain(getattr(value, name)) for name, key in names.items()}
    return [_plain(item) for item in value]


@cache
def _names(kind: type) -> dict[str, str]:
    """The fields of a table and their keys in the file; none for what is no table."""
    if issubclass(kind, Record):
        return {name: info.alias or name for name, info in kind.model_fields.items()}
    if is_dataclass(kind):
        return {one.name: one.metadata.get("key", one.name) for one in fields(kind)}
    return {name: name for name in getattr(kind, "_fields", ())}


@cache
def _reader(hint: Any) -> Callable[[Any, str], Any]:
    """What reads a value of this type at a place of the file; anything else in it is an ``_Unfit``."""
    if hint in _TEXTS:
        return lambda value, place: _text(hint, _of(str, value, place), place)
    if isinstance(hint, types.UnionType):
        (some,) = (part for part in get_args(hint) if part is not types.NoneType)
        read = _reader(some)
        return lambda value, place: None if value is None else read(value, place)
    if get_origin(hint) is tuple:
        item = _reader(get_args(hint)[0])
        return lambda value, place: tuple(
            item(part, f"{place}[{n}]") for n, part in enumerate(_of(list, value, place))
        )
    if issubclass(hint, StrEnum):
        codes = {code.value: code for code in hint}
        return lambda value, place: _one_of(codes, _of(str, value, place), place)
    names = _names(hint)
    if issubclass(hint, Record):
        return lambda value, place: _record(hint, _table(value, names.values(), place), place)
    if names:
        hints = get_type_hints(hint)
        readers = [(key, _reader(hints[name])) for name, key in names.items()]

        def table(value: Any, place: str) -> Any:
            found = _table(value, names.values(), place)
            return hint(*[read(found[key], f"{place}.{key}") for key, read in readers])

        return table
    return lambda value, place: _of(hint, value, place)


def _of(kind: type, value: Any, place: str) -> Any:
    if type(value) is not kind:
        raise _Unfit("unfit", place=place, found=shown(str(value)))
    return value


def _one_of(codes: dict[str, Any], value: str, place: str) -> Any:
    if value not in codes:
        raise _Unfit("unfit", place=place, found=shown(value))
    return codes[value]


def _text(kind: type, text: str, place: str) -> Any:
    try:
        return _read_text(kind, text)
    except (ValueError, ArithmeticError):
        raise _Unfit("unfit", place=place, found=shown(text)) from None


@lru_cache(maxsize=65536)
def _read_text(kind: type, text: str) -> Any:
    write, read = _TEXTS[kind]
    value = read(text)
    # Only one spelling of each value is written, so only that one is read; NaN is no number.
    if write(value) != text or (kind is Decimal and not value.is_finite()):
        raise ValueError(text)
    return value


def _table(value: Any, names: Iterable[str], place: str) -> dict[str, Any]:
    found: dict[str, Any] = _of(dict, value, place)
    if strange := [name for name in found if name not in names]:
        raise _Unfit("unknown_keys", place=place, keys=", ".join(map(shown, strange)))
    if missing := [name for name in names if name not in found]:
        raise _Unfit("missing_keys", place=place, keys=", ".join(missing))
    return found


def _record(kind: type[Record], value: dict[str, Any], place: str) -> Record:
    try:
        return kind.model_validate(value)
    except ValueError:
        raise _Unfit("unfit", place=place, found=shown(json.dumps(value, ensure_ascii=False))) from None
