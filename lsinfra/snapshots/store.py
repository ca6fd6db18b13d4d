"""The folder of the snapshots: ``snapshots/2024-W44/2024-10-31-<16 hex of the SHA-256 of the bytes>.json``.

Files are only ever added, whole, under a name that their content gives them, so that writers on several machines need
no lock. Only ``take`` writes; whatever it was doing when it was killed, what stands there is sound.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from lsinfra import files
from lsinfra.dates import YEARS, PartialDate
from lsinfra.errors import Fault, LsinfraError, RunError, why
from lsinfra.snapshots import model, old
from lsinfra.snapshots.codec import Unfit
from lsinfra.snapshots.looking import at
from lsinfra.snapshots.model import DIGITS, NAME, Snapshot, said, written
from lsinfra.text import Lang, printable
from lsinfra.weeks import Week

FOLDER = "snapshots"

# What reads each schema, the newest first. A schema stays here for ever; a new one gets a reader of its own.
_READERS: dict[str, Callable[[dict[str, Any]], Snapshot]] = {model.SCHEMA: model.read, old.SCHEMA: old.read}

_WEEK = re.compile("[0-9]{4}-W[0-9]{2}")
_TAKEN = re.compile(rb'"taken": "([-+:0-9T]+)"')
# The index of the snapshots, and what its database puts beside it while it works, stand in the same folder.
_BESIDE = "index."
_HEAD_BYTES = 200  # schema, date and time of a snapshot stand in them

# The clocks of machines that share a drive, and two runs that go on at once, are less than this apart.
CLOCKS_APART = timedelta(minutes=10)


class Unsound(RunError):
    """A file that cannot be used as a snapshot; its sentence is under ``snapshot.``, after the path."""

    group = "snapshot"

    def write(self, lang: Lang) -> str:
        return f"{printable(str(self.values['path']))}: {super().write(lang)}"


class StoreError(RunError):
    """The folder cannot take or give what it was asked for; its sentence is under ``snapshot.``."""

    group = "snapshot"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file with a snapshot's name. Nothing is known of its content yet."""

    path: Path
    as_of: date
    digest: str


@dataclass(frozen=True, slots=True)
class Taken:
    """Where a snapshot is kept; ``new`` is False when the same was there already, which ``snapshot`` then is."""

    path: Path
    new: bool
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Recalled:
    """What was known: ``snapshot`` is of the day asked for, ``kept`` what the file at ``path`` holds.

    ``passed_over``: why each file cannot be used that would have answered, or might have.
    """

    snapshot: Snapshot
    kept: Snapshot
    path: Path
    passed_over: tuple[LsinfraError, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """How many files are sound, and all that is wrong with the others."""

    count: int
    faults: tuple[Fault, ...]


# --- reading -----------------------------------------------------------------------------------------------


def load(path: Path) -> Snapshot:
    """Read a snapshot, or a file that a script kept of ``lsinfra progress --format json``.

    A file with a snapshot's name must have the bytes that it is named by; under another name they cannot be checked.

    Raises
    ------
    Unsound
        Cut off, edited, no snapshot, of a newer lsinfra, or with anything in it that does not belong there.
    RunError
        The file cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RunError("unreadable", path=path, reason=why(error)) from None
    named = NAME.fullmatch(path.name)
    if named and _digest(data) != named[2]:
        raise Unsound("edited" if data.endswith(b"}\n") else "cut_off", path=path)
    try:
        found = json.loads(data, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        cut_off = data.lstrip().startswith(b"{") and not data.rstrip().endswith(b"}")
        raise Unsound("cut_off" if cut_off else "not_json", path=path) from None
    schema = found.get("schema") if isinstance(found, dict) else None
    if not isinstance(schema, str) or schema not in _READERS:
        newer = isinstance(schema, str) and re.fullmatch(r"lsinfra\.(snapshot|progress)/[1-9][0-9]{0,5}", schema)
        raise Unsound("newer" if newer else "not_a_snapshot", path=path, found=schema, known=model.SCHEMA)
    try:
        snapshot = _READERS[schema](found)
    except Unfit as error:
        raise Unsound(error.key, path=path, **error.values) from None
    if named and snapshot.as_of.isoformat() != named[1]:
        raise Unsound("other_date", path=path, day=_day(snapshot.as_of))
    return snapshot


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:DIGITS]


def _no_number(text: str) -> None:
    raise ValueError(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("a key stands there twice")
    return table


def entries(folder: Path) -> list[Entry]:
    """Every file with a snapshot's name, by date; none where there is no folder yet.

    Raises
    ------
    RunError
        The folder cannot be read.
    """
    found = [entry for week in _weeks(folder) for entry in _week_entries(week)]
    return sorted(found, key=lambda entry: (entry.as_of, entry.path.name))


def _weeks(folder: Path) -> list[Path]:
    return [path for path in _listed(folder) if _WEEK.fullmatch(path.name) and path.is_dir()]


def _week_entries(week: Path) -> Iterator[Entry]:
    for path in _listed(week):
        if (entry := _entry(path)) is not None:
            yield entry


def _listed(folder: Path) -> list[Path]:
    """What is in a folder but for hidden files: temporary ones, and those of the system."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError("unreadable", path=folder, reason=why(error)) from None


def _entry(path: Path) -> Entry | None:
    if match := NAME.fullmatch(path.name):
        with suppress(ValueError):
            day = date.fromisoformat(match[1])
            if YEARS[0] <= day.year <= YEARS[1]:
                return Entry(path, day, match[2])
    return None


def _moments(found: Iterable[Entry]) -> list[tuple[datetime, Path]]:
    """When each was taken as its first lines say, earliest first: true only if the file is found sound."""
    moments = []
    for entry in found:
        with suppress(OSError, ValueError), entry.path.open("rb") as file:
            if match := _TAKEN.search(file.read(_HEAD_BYTES)):
                moments.append((datetime.fromisoformat(match[1].decode()), entry.path))
    return sorted(moment for moment in moments if moment[0].utcoffset() is not None)


def nearest(folder: Path, day: date, known: date | None = None) -> Recalled:
    """Of the sound snapshots whose own date is nearest to a day and not after it, one, as it was kept.

    Parameters
    ----------
    known
        The last day of knowing, by the calendar of the machine that took the snapshot: the latest one taken up to it.
        None: the earliest one taken, which is what was first said of that date.

    Raises
    ------
    StoreError
        There is none, with what there is.
    """
    found = entries(folder)
    early = [entry for entry in reversed(found) if entry.as_of <= day]
    seen: list[datetime] = []
    passed_over: list[LsinfraError] = []
    for _, group in groupby(early, key=lambda entry: entry.as_of):
        same = list(group)
        moments = _moments(same)
        seen += [moment for moment, _ in moments]
        passed_over += _timeless(same, moments)
        if known is not None:
            moments = [(moment, path) for moment, path in reversed(moments) if moment.date() <= known]
        for _, path in moments:
            if snapshot := _sound(path, passed_over):
                return Recalled(snapshot, snapshot, path, tuple(passed_over))
    raise _none(folder, day, known, found, early, seen)


def recall(folder: Path, day: date, known: date | None = None) -> Recalled:
    """What was known of a day: ages and sums are those of that day (``at``).

    Parameters
    ----------
    known
        The last day of knowing, by the calendar of the machine that took the snapshot: the last sound one taken up to
        it, whatever date it was taken for, since it holds all that was known then. None: what was first said, by
        the snapshot that ``nearest`` finds.

    Raises
    ------
    StoreError
        There is none, with what there is.
    """
    if known is None:
        found = nearest(folder, day)
        return replace(found, snapshot=at(found.snapshot, day))
    every = entries(folder)
    moments = _moments(every)
    passed_over = _timeless(every, moments)
    for moment, path in reversed(moments):
        if moment.date() <= known and (snapshot := _sound(path, passed_over)):
            if snapshot.besides is None and day < snapshot.as_of:
                continue  # it cannot tell of an earlier day
            return Recalled(at(snapshot, day), snapshot, path, tuple(passed_over))
    # Whatever there is would have answered, but for those that hold their own date alone.
    answering = [entry for entry in every if passed_over or entry.as_of <= day]
    raise _none(folder, day, known, every, answering, [moment for moment, _ in moments])


def _sound(path: Path, passed_over: list[LsinfraError]) -> Snapshot | None:
    """The snapshot of a file; None for one that cannot be used, of which the reason is added to the others."""
    try:
        return load(path)
    except RunError as error:
        passed_over.append(error)
        return None


def _timeless(found: Iterable[Entry], moments: Iterable[tuple[datetime, Path]]) -> list[LsinfraError]:
    """Why each file cannot be used whose first lines do not say when it was taken: it may be the one looked for."""
    passed_over: list[LsinfraError] = []
    known = {path for _, path in moments}
    for entry in found:
        if entry.path not in known:
            _sound(entry.path, passed_over)
    return passed_over


def _none(
    folder: Path, day: date, known: date | None, found: list[Entry], early: list[Entry], seen: list[datetime]
) -> StoreError:
    """Why nothing answers: of the files ``early`` could have, which were taken at ``seen``."""
    if not found:
        return StoreError("none", folder=folder)
    if known is not None and seen and min(seen).date() > known:
        return StoreError("not_known_yet", day=_day(day), known=_day(known), first=said(min(seen)))
    if not early:
        return StoreError("none_so_early", day=_day(day), first=_day(found[0].as_of))
    return StoreError("none_sound", day=_day(day))


def _day(day: date) -> PartialDate:
    return PartialDate(day.year, day.month, day.day)


def verify(folder: Path) -> Verified:
    """Read every file again and hold it against its name and its place; anything that is no snapshot is a fault too.

    A file that another one names as the one before it, and that is not there, is lost. Of the last one taken nobody
    says so: when it goes, or it and those before it together, nothing here can tell.

    Raises
    ------
    RunError
        The folder cannot be read.
    """
    faults: list[Fault] = []
    count = 0
    there: set[str] = set()
    named: dict[str, Path] = {}

    def fault(at: Path, key: str, /, **values: object) -> None:
        faults.append(Fault(_place(folder, at), "", f"snapshot.{key}", values))

    weeks = _weeks(folder)
    for path in _listed(folder):
        if path not in weeks and not path.name.startswith(_BESIDE):
            fault(path, "stranger")
    for path in (path for week in weeks for path in _listed(week)):
        entry = _entry(path)
        if entry is None:
            fault(path, "stranger")
            continue
        there.add(path.name)
        try:
            snapshot = load(path)
        except Unsound as error:
            fault(path, error.key, **error.values)
            continue
        except RunError as error:
            fault(path, "unreadable", reason=error.values["reason"])
            continue
        if snapshot.previous:
            named.setdefault(snapshot.previous, path)
        week = Week.of(entry.as_of).iso
        if path.parent.name != week:
            fault(path, "wrong_week", week=week)
        else:
            count += 1
    for name, by in named.items():
        if name not in there:
            fault(_path(folder, name), "lost", by=_place(folder, by))
    return Verified(count, tuple(faults))


def _place(folder: Path, path: Path) -> str:
    """A path in the folder as it is said."""
    return printable(path.relative_to(folder.parent).as_posix())


def _path(folder: Path, name: str) -> Path:
    """Where the file of a name belongs."""
    day = name[:10]
    try:
        return folder / Week.of(date.fromisoformat(day)).iso / name
    except ValueError:  # a date that there is not: nothing of that name was ever kept
        return folder / name


# --- writing -----------------------------------------------------------------------------------------------


def take(folder: Path, snapshot: Snapshot) -> Taken:
    """Keep a snapshot for ever, unless the newest of its date says the same.

    The same is all but the time, the version of lsinfra and the file before: a week in which nothing changed, or an
    update that changes no figure, is no new knowledge. It is given the name of the sound file that was taken last
    (``Snapshot.previous``), by which ``verify`` sees when that one is lost. The folder is looked at once for both, so
    that writers of the same snapshot at once name the same one before and make the same file. Two runs at the very same
    time may both be kept if their times differ, or if a third is kept between their looks.

    Raises
    ------
    StoreError
        The clock stands before the time of a snapshot that is there; a damaged file has the name of this one; a file
        stands where a folder belongs.
    RunError
        The folder cannot be written: no room, no right. What is there stays as it is.
    """
    if snapshot.taken is None:
        raise ValueError("a snapshot without its time cannot be kept")
    week = folder / Week.of(snapshot.as_of).iso
    _make_folders(folder, week)
    found = entries(folder)
    last = _newest(found)
    same_day = _newest(entry for entry in found if entry.as_of == snapshot.as_of)
    if last is not None and last[2] - snapshot.taken > CLOCKS_APART:
        raise StoreError("clock", now=said(snapshot.taken), before=said(last[2]), path=last[1])
    snapshot = replace(snapshot, previous=last[1].name if last else None)
    data = written(snapshot)
    if same_day is not None:
        before, its_path, _ = same_day
        told = replace(before, taken=snapshot.taken, version=snapshot.version, previous=snapshot.previous)
        if written(told) == data:
            return Taken(its_path, False, before)
    path = week / f"{snapshot.as_of.isoformat()}-{_digest(data)}.json"
    return Taken(path, _keep(folder, path, data), snapshot)


def _newest(found: Iterable[Entry]) -> tuple[Snapshot, Path, datetime] | None:
    """The sound snapshot taken last; a damaged file, of which ``verify`` tells, is passed over."""
    for moment, path in reversed(_moments(found)):
        with suppress(RunError):
            return load(path), path, moment
    return None


def _make_folders(*folders: Path) -> None:
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise StoreError("file_there", path=folder) from None
        except OSError as error:
            raise RunError("unwritable", path=folder, reason=why(error)) from None


def _keep(folder: Path, path: Path, data: bytes) -> bool:
    """Put these bytes under their name, whole or not at all; False when they were there already."""
    try:
        part = files.write_beside(folder / path.name, data)
        try:
            files.sweep(folder, new=part)
            new = files.name_once(part, path)
        finally:
            files.remove(part)
        if not new and path.read_bytes() != data:
            raise StoreError("damaged_there", path=path)
        files.settle(path.parent, folder, folder.parent)
    except OSError as error:
        raise RunError("unwritable", path=path, reason=why(error)) from None
    return new
