"""What a snapshot holds, how it is made, and the text it is kept as."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from lsinfra.dates import PartialDate
from lsinfra.errors import Finding, RunError, Severity, why
from lsinfra.portfolio import Portfolio
from lsinfra.progress import Progress
from lsinfra.records import FILE, Title
from lsinfra.snapshots.codec import Unfit, keys_of, plain, reader, table_of
from lsinfra.text import Lang, Phrase

SCHEMA = "lsinfra.snapshot/1"


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
            tuple(KeptSection(section.id, section.unit) for section in project.sections),
        )
        for project in portfolio.records.projects
    ]
    doubts = [
        KeptFinding(one.code, one.severity, one.where, one.project, one.section, one.message("vi"), one.message("en"))
        for one in findings
    ]
    inputs = [_input(root, path) for path in [root / FILE, *sorted((root / "geodata").glob("*.geojson"))]]
    bare: Progress = reader(Progress)(plain(progress), "progress")  # without the lines of notes
    return Snapshot(taken, version("lsinfra"), tuple(inputs), tuple(projects), bare, tuple(doubts))


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
    return snapshot


def said(moment: datetime) -> Phrase:
    """A moment for a sentence: day, time, and how far from UTC."""
    day = PartialDate(moment.year, moment.month, moment.day)
    zone = moment.isoformat()[19:]
    return Phrase("snapshot.moment", (("time", f"{moment:%H:%M:%S}"), ("day", day), ("zone", zone)))
