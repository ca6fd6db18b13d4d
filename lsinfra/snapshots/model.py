"""What a snapshot holds, how it is made, and the text it is kept as."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from lsinfra.dates import PartialDate
from lsinfra.errors import Finding, RunError, Severity, why
from lsinfra.numerals import shown
from lsinfra.portfolio import Portfolio
from lsinfra.progress import (
    ClearanceRow,
    DisbursementRow,
    IndicatorRow,
    Progress,
    closing_day,
    histories,
    money_histories,
    readings,
)
from lsinfra.records import FILE, Title
from lsinfra.snapshots.codec import Unfit, keys_of, plain, reader, table_of
from lsinfra.text import Lang, Phrase

SCHEMA = "lsinfra.snapshot/1"

DIGITS = 16
NAME = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})-([0-9a-f]{{{DIGITS}}})\.json")
"""The name of a snapshot's file: its date, and the first digits of the hash of its bytes."""

Row = TypeVar("Row", ClearanceRow, DisbursementRow)


@dataclass(frozen=True, slots=True)
class Input:
    """A file that the snapshot was made from: its path under the root, the hash of its bytes, how many they are."""

    path: str
    sha256: str
    size: int = field(metadata={"key": "bytes"})


class KeptSection(NamedTuple):
    """A section, the administrative unit it was in, and whether it counted in sums."""

    id: str
    unit: str
    in_scope: bool = True


@dataclass(frozen=True, slots=True)
class KeptProject:
    """A project's name and its sections, as they were."""

    id: str
    title: Title
    sections: tuple[KeptSection, ...]


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """A doubt as it was said, in both languages.

    ``about``: the stage, unit or code that it speaks of, by which it is the same doubt when its numbers change.
    """

    code: str
    severity: Severity
    where: str
    project: str | None
    section: str | None
    vi: str
    en: str
    about: str = ""

    def message(self, lang: Lang) -> str:
        return self.en if lang == "en" else self.vi


@dataclass(frozen=True, slots=True)
class Besides:
    """What was known and ``Snapshot.progress`` does not show: enough to look at any other day (``snapshots.at``).

    ``clearance`` and ``disbursement`` are the observations that a newer one had superseded at the snapshot's date and
    those dated after it, whose age is negative; ``readings`` those of indicators dated after it. ``indicators`` are the
    ids of all, in their order; ``stale_after_days`` is when a figure was called stale. ``after_september`` says where
    the observations of capital added after September stand that no closing day tells from the others.
    """

    stale_after_days: int
    indicators: tuple[str, ...]
    clearance: tuple[ClearanceRow, ...]
    disbursement: tuple[DisbursementRow, ...]
    readings: tuple[IndicatorRow, ...]
    after_september: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that was known: ``progress`` at its ``as_of``, the doubts, the inputs, the other observations.

    ``taken`` is when it was known, with its offset, in whole seconds; None where an old file does not say, as
    ``version`` is then empty. No record in it knows its line (``Record.where``) but by the ``where`` beside it.
    ``besides`` is None where a file holds the figures of its own date alone. ``previous`` is the name of the file that
    was the last one taken when this one was kept, None for the first.
    """

    taken: datetime | None
    version: str
    inputs: tuple[Input, ...]
    projects: tuple[KeptProject, ...]
    progress: Progress
    findings: tuple[KeptFinding, ...]
    besides: Besides | None = None
    previous: str | None = None

    @property
    def as_of(self) -> date:
        return self.progress.as_of


def make(
    root: Path, portfolio: Portfolio, progress: Progress, findings: Iterable[Finding], taken: datetime | None
) -> Snapshot:
    """What is known now, in memory: equal to what is read back once it is kept.

    Parameters
    ----------
    root
        The folder that ``portfolio`` was loaded from; its records and geodata are hashed.
    taken
        The moment of it, with its offset; parts of a second are cut off. None for one that is never kept.

    Raises
    ------
    RunError
        An input cannot be read.
    ValueError
        A time without an offset, which another machine could not place.
    """
    if taken is not None:
        if taken.utcoffset() is None:
            raise ValueError(f"{taken} has no offset")
        taken = taken.replace(microsecond=0)
    projects = [
        KeptProject(
            project.id,
            Title(vi=project.title.vi, en=project.title.en),
            tuple(KeptSection(section.id, section.unit, section.in_scope) for section in project.sections),
        )
        for project in portfolio.records.projects
    ]
    doubts = [
        KeptFinding(
            *(one.code, one.severity, one.where, one.project, one.section),
            *(one.message("vi"), one.message("en"), _about(one)),
        )
        for one in findings
    ]
    bare: Progress = reader(Progress)(plain(progress), "progress")  # without the lines of notes
    others: Besides = reader(Besides)(plain(besides_of(portfolio, progress.as_of)), "besides")
    return Snapshot(taken, version("lsinfra"), inputs(root), tuple(projects), bare, tuple(doubts), others)


def besides_of(portfolio: Portfolio, as_of: date) -> Besides:
    """All observations but those that are the newest of their thing at a date."""
    records, stale_after = portfolio.records, portfolio.records.portfolio.stale_after_days
    land: list[ClearanceRow] = []
    money: list[DisbursementRow] = []
    for project in records.projects:
        for history in histories(records, project, date.max):
            land += [aged(row, as_of, stale_after) for row in not_shown(history, as_of)]
        for spent in money_histories(records, project, date.max):
            money += [aged(row, as_of, stale_after) for row in not_shown(spent, as_of)]
    every = (row for indicator in records.indicators for row in readings(indicator, date.max))
    return Besides(
        stale_after,
        tuple(indicator.id for indicator in records.indicators),
        tuple(land),
        tuple(money),
        tuple(row for row in every if row.observed.last_day > as_of),
        tuple(
            spent.where
            for project in records.projects
            for spent in project.disbursement
            if spent.added_after_september and closing_day(spent) is None
        ),
    )


def up_to(history: Sequence[Row], day: date) -> list[Row]:
    """The observations of a history that are not after a day."""
    return [row for row in history if row.dating.observed.last_day <= day]


def not_shown(history: Sequence[Row], day: date) -> Iterator[Row]:
    """A history, oldest first, without the newest observation that is not after a day."""
    last = len(up_to(history, day)) - 1
    yield from (row for place, row in enumerate(history) if place != last)


def aged(row: Row, day: date, stale_after_days: int) -> Row:
    """The same observation, its age and staleness counted at a day."""
    age = (day - row.dating.observed.last_day).days
    return replace(row, dating=replace(row.dating, age_days=age, stale=age > stale_after_days))


def _about(finding: Finding) -> str:
    values = finding.values.values()
    codes = [value if isinstance(value, StrEnum) else getattr(value, "unit", None) for value in values]
    return " ".join(dict.fromkeys(code.value for code in codes if isinstance(code, StrEnum)))


def inputs(root: Path) -> tuple[Input, ...]:
    """The records and everything drawn under a folder, with the hashes of their bytes.

    Raises
    ------
    RunError
        An input cannot be read.
    """
    return tuple(_input(root, path) for path in [root / FILE, *sorted((root / "geodata").glob("*.geojson"))])


def _input(root: Path, path: Path) -> Input:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RunError("unreadable", path=path, reason=why(error)) from None
    return Input(path.relative_to(root).as_posix(), hashlib.sha256(data).hexdigest(), len(data))


# --- the text ----------------------------------------------------------------------------------------------


def written(snapshot: Snapshot) -> bytes:
    """The bytes of a snapshot's file: the same snapshot, the same bytes; a row a line."""
    table = plain(snapshot)
    head = {"schema": SCHEMA, "as_of": table["progress"].pop("as_of")}
    return (_lines(head | table, 0) + "\n").encode()


def _lines(value: Any, depth: int) -> str:
    """JSON with a line for each row of a list and each key of the two outermost tables."""
    start, end = "\n" + " " * (depth + 1), "\n" + " " * depth
    if isinstance(value, list) and value:
        return f"[{start}" + f",{start}".join(json.dumps(row, ensure_ascii=False) for row in value) + f"{end}]"
    if isinstance(value, dict) and depth < 2:
        rows = (f"{json.dumps(key)}: {_lines(row, depth + 1)}" for key, row in value.items())
        return f"{{{start}" + f",{start}".join(rows) + f"{end}}}"
    return json.dumps(value, ensure_ascii=False)


def read(found: dict[str, Any]) -> Snapshot:
    """The snapshot of a file of ``SCHEMA``; its date stands at the head and not again in the progress.

    Raises
    ------
    Unfit
        Anything that ``written`` would not have put there.
    """
    held = keys_of(Snapshot)
    table = table_of(found, ["schema", "as_of", *held], "")
    rows = table_of(table["progress"], [key for key in keys_of(Progress) if key != "as_of"], "progress")
    whole = {key: table[key] for key in held} | {"progress": {"as_of": table["as_of"], **rows}}
    snapshot: Snapshot = reader(Snapshot)(whole, "")
    if snapshot.taken is None:
        raise Unfit("unfit", place="taken", found="null")
    if snapshot.previous is not None and not NAME.fullmatch(snapshot.previous):
        raise Unfit("unfit", place="previous", found=shown(snapshot.previous))
    return snapshot


def said(moment: datetime) -> Phrase:
    """A moment for a sentence: day, time, and how far from UTC."""
    day = PartialDate(moment.year, moment.month, moment.day)
    zone = moment.isoformat()[19:]
    return Phrase("snapshot.moment", (("time", f"{moment:%H:%M:%S}"), ("day", day), ("zone", zone)))
