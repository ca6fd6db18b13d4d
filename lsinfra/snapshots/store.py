"""The folder of the snapshots: ``snapshots/2024-W44/2024-10-31-<16 hex of the SHA-256 of the bytes>.json``.

Files are only ever added, whole, under a name that their content gives them, so that writers on several machines need
no lock. Only ``take`` writes; whatever it was doing when it was killed, what stands there is sound.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from lsinfra.dates import YEARS, PartialDate
from lsinfra.errors import Fault, RunError, why
from lsinfra.snapshots import model, old
from lsinfra.snapshots.codec import Unfit
from lsinfra.snapshots.model import Snapshot, said, written
from lsinfra.text import Lang, printable
from lsinfra.weeks import Week

FOLDER = "snapshots"

# What reads each schema, the newest first. A schema stays here for ever; a new one gets a reader of its own.
_READERS: dict[str, Callable[[dict[str, Any]], Snapshot]] = {model.SCHEMA: model.read, old.SCHEMA: old.read}

DIGITS = 16
_NAME = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})-([0-9a-f]{{{DIGITS}}})\.json")
_WEEK = re.compile("[0-9]{4}-W[0-9]{2}")
_TAKEN = re.compile(rb'"taken": "([-+:0-9T]+)"')
# The index of the snapshots, and what its database puts beside it while it works, stand in the same folder.
_BESIDE = "index."
_HEAD_BYTES = 200  # schema, date and time of a snapshot stand in them

# The clocks of machines that share a drive, and two runs that go on at once, are less than this apart.
CLOCKS_APART = timedelta(minutes=10)
# A temporary file this much older than a new one was left behind by a writer that was killed.
LEFT_BEHIND_S = 24 * 3600


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
    named = _NAME.fullmatch(path.name)
    if named and _digest(data) != named[2]:
        raise Unsound("edited" if data.endswith(b"}\n") else "cut_off", path=path)
    try:
        found = json.loads(data, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Unsound("not_json" if data.rstrip().endswith(b"}") else "cut_off", path=path) from None
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
    if match := _NAME.fullmatch(path.name):
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


def recall(folder: Path, as_of: date, known: date | None = None) -> tuple[Snapshot, Path]:
    """What was known then: of the sound snapshots whose date is nearest to ``as_of`` and not after it, one.

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
    early = [entry for entry in reversed(found) if entry.as_of <= as_of]
    passed: list[datetime] = []
    for _, same in groupby(early, key=lambda entry: entry.as_of):
        moments = _moments(same)
        passed += [moment for moment, _ in moments]
        if known is not None:
            moments = [(moment, path) for moment, path in reversed(moments) if moment.date() <= known]
        for _, path in moments:
            with suppress(Unsound):
                return load(path), path
    if not found:
        raise StoreError("none", folder=folder)
    if not early:
        raise StoreError("none_so_early", day=_day(as_of), first=_day(found[0].as_of))
    if known is not None and passed and min(passed).date() > known:
        raise StoreError("not_known_yet", day=_day(as_of), known=_day(known), first=said(min(passed)))
    raise StoreError("none_sound", day=_day(as_of))


def _day(day: date) -> PartialDate:
    return PartialDate(day.year, day.month, day.day)


def verify(folder: Path) -> Verified:
    """Read every file again and hold it against its name and its place; anything that is no snapshot is a fault too.

    Raises
    ------
    RunError
        The folder cannot be read.
    """
    faults: list[Fault] = []
    count = 0

    def fault(at: Path, key: str, /, **values: object) -> None:
        where = printable(at.relative_to(folder.parent).as_posix())
        faults.append(Fault(where, "", f"snapshot.{key}", values))

    weeks = _weeks(folder)
    for path in _listed(folder):
        if path not in weeks and not path.name.startswith(_BESIDE):
            fault(path, "stranger")
    for path in (path for week in weeks for path in _listed(week)):
        entry = _entry(path)
        if entry is None:
            fault(path, "stranger")
            continue
        try:
            load(path)
        except Unsound as error:
            fault(path, error.key, **error.values)
            continue
        except RunError as error:
            fault(path, "unreadable", reason=error.values["reason"])
            continue
        week = Week.of(entry.as_of).iso
        if path.parent.name != week:
            fault(path, "wrong_week", week=week)
        else:
            count += 1
    return Verified(count, tuple(faults))


# --- writing -----------------------------------------------------------------------------------------------


def take(folder: Path, snapshot: Snapshot) -> Taken:
    """Keep a snapshot for ever, unless the newest of its date says the same.

    The same is all but the time and the version of lsinfra: a week in which nothing changed, or an update that changes
    no figure, is no new knowledge. Two runs at the very same time may both be kept if their times differ.

    Raises
    ------
    StoreError
        The clock stands before the time of a snapshot that is there; a damaged file has the name of this one.
    RunError
        The folder cannot be written: no room, no right, a file in its place. What is there stays as it is.
    """
    if snapshot.taken is None:
        raise ValueError("a snapshot without its time cannot be kept")
    data = written(snapshot)
    day = snapshot.as_of
    week = folder / Week.of(day).iso
    path = week / f"{day.isoformat()}-{_digest(data)}.json"
    _make_folders(folder, week)
    newest = _newest(entry for entry in _week_entries(week) if entry.as_of == day)
    # Of the other dates only the newest week is looked at: there may be hundreds, on a slow drive.
    last = _newest(entry for other in _weeks(folder)[-1:] for entry in _week_entries(other))
    for _, its_path, moment in filter(None, (newest, last)):
        if moment - snapshot.taken > CLOCKS_APART:
            raise StoreError("clock", now=said(snapshot.taken), before=said(moment), path=its_path)
    if newest is not None:
        before, its_path, _ = newest
        if written(replace(before, taken=snapshot.taken, version=snapshot.version)) == data:
            return Taken(its_path, False, before)
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
        except OSError as error:
            raise RunError("unwritable", path=folder, reason=why(error)) from None


def _keep(folder: Path, path: Path, data: bytes) -> bool:
    """Put these bytes under their name, whole or not at all; False when they were there already."""
    part = folder / f".{os.getpid()}-{secrets.token_hex(8)}.part"
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _sweep(folder, part)
        new = _give_name(part, path)
        if not new and path.read_bytes() != data:
            raise StoreError("damaged_there", path=path)
        for changed in (path.parent, folder, folder.parent):
            _settle(changed)
    except OSError as error:
        raise RunError("unwritable", path=path, reason=why(error)) from None
    finally:
        with suppress(OSError):
            part.unlink()
    return new


def _give_name(part: Path, path: Path) -> bool:
    """A second name for a complete file, never over another one; False when the name is taken."""
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError:
        # No hard links on this drive, or not enough room for one. Whoever comes between the look and the renaming
        # has the same name, so the same bytes.
        if path.exists():
            return False
        with suppress(FileExistsError):  # Windows; elsewhere the same bytes take their own place
            part.rename(path)
    return True


def _settle(folder: Path) -> None:
    """Have the names in a folder outlive a power cut, where the system can be asked for it."""
    if os.name == "nt":
        return
    with suppress(OSError):  # not every network drive can; the bytes themselves are settled
        at = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(at)
        finally:
            os.close(at)


def _sweep(folder: Path, part: Path) -> None:
    """Remove what killed writers left behind; the drive's own clock tells how old it is."""
    now = part.stat().st_mtime
    for left in folder.glob(".*.part"):
        with suppress(OSError):
            if now - left.stat().st_mtime > LEFT_BEHIND_S:
                left.unlink()
