"""``geodata/`` is changed: whole files beside and swapped in, the old ones kept in ``geodata/imports/``; and back.

Every import has a folder ``imports/0001-ql4b/`` with the files as they were (``before/``) and ``import.json``, which
names them with the hashes before and after. It is complete before anything is swapped, so that a run that was
killed half-way is taken back like any other.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsinfra.errors import RunError, why
from lsinfra.files import replace, settle
from lsinfra.intake.geometry.drawing import GeoImportError
from lsinfra.intake.keeping import locked
from lsinfra.numerals import shown

FOLDER = "imports"
_ENTRY = re.compile(r"(\d{4})-[a-z0-9-]+")
_KEPT = re.compile(r"[\w.-]+\.(geojson|md)", re.UNICODE)
_RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Change:
    """A file of ``geodata/`` by its name: its bytes before (None where there was none) and after."""

    name: str
    before: bytes | None
    after: bytes


@dataclass(frozen=True, slots=True)
class Restored:
    """What was taken back: the import's folder, its name (route or file), and the files that were put back."""

    entry: str
    what: str
    files: tuple[str, ...]


def commit(geodata: Path, what: str, changes: Sequence[Change]) -> Path:
    """Write changes, each file whole or not at all; the folder that keeps what was there before.

    Raises
    ------
    GeoImportError
        A file is no longer what it was when the changes were planned.
    EditError
        Another import is being written or taken back.
    RunError
        The folder cannot be written.
    """
    with _alone(geodata):
        return _committed(geodata, what, changes)


def restore(geodata: Path) -> Restored:
    """Take the last import back that was not taken back yet: every file becomes what it was before it.

    What is taken back is kept beside it (``after/``).

    Raises
    ------
    GeoImportError
        There is none; a file was changed after the import (that change would be lost); its folder is damaged.
    EditError
        Another import is being written or taken back.
    RunError
        The folder cannot be written.
    """
    with _alone(geodata):
        return _restored(geodata)


def _alone(geodata: Path) -> AbstractContextManager[None]:
    """The folder for oneself: between the look at its files and their swap nobody else changes them."""
    return locked(geodata / FOLDER)


def _committed(geodata: Path, what: str, changes: Sequence[Change]) -> Path:
    for change in changes:
        if _bytes(geodata / change.name) != change.before:
            raise GeoImportError("changed_meanwhile", file=shown(change.name))
    number = max((int(found[1]) for found in map(_ENTRY.fullmatch, _names(geodata)) if found), default=0) + 1
    entry = geodata / FOLDER / f"{number:04d}-{re.sub('[^a-z0-9-]+', '-', Path(what).stem.lower())}"
    try:
        (geodata / FOLDER).mkdir(exist_ok=True)
        entry.mkdir()
        (entry / "before").mkdir()
        for change in changes:
            if change.before is not None:
                replace(entry / "before" / change.name, change.before)
        files = [{"name": one.name, "before": _hash(one.before), "after": _hash(one.after)} for one in changes]
        kept = {"schema": "lsinfra.geodata-import/1", "what": what, "files": files}
        replace(entry / "import.json", (json.dumps(kept, ensure_ascii=False, indent=2) + "\n").encode())
        settle(entry / "before", entry, geodata / FOLDER)
        for change in changes:
            replace(geodata / change.name, change.after)
    except OSError as error:
        raise RunError("unwritable", path=entry, reason=why(error)) from None
    return entry


def _restored(geodata: Path) -> Restored:
    entries = sorted((name for name in _names(geodata) if _ENTRY.fullmatch(name)), reverse=True)
    for name in entries:
        entry = geodata / FOLDER / name
        # A folder without its list was never acted upon: the run was killed before anything was swapped.
        if (entry / _RESTORED).exists() or not (entry / "import.json").exists():
            continue
        what, files = _listed(entry)
        changed = [file for file in files if _bytes(geodata / file.name) != file.before]
        for file in changed:
            there = _bytes(geodata / file.name)
            if there is None or there != file.after:
                raise GeoImportError("changed_since", file=shown(file.name), entry=f"{FOLDER}/{name}")
        try:
            (entry / "after").mkdir(exist_ok=True)
            for file in changed:
                replace(entry / "after" / file.name, file.after)
            for file in changed:
                if file.before is None:
                    (geodata / file.name).unlink()
                else:
                    replace(geodata / file.name, file.before)
            settle(geodata)
            replace(entry / _RESTORED, b"")
        except OSError as error:
            raise RunError("unwritable", path=entry, reason=why(error)) from None
        if changed:
            return Restored(name, what, tuple(file.name for file in changed))
    raise GeoImportError("nothing_to_restore", folder=shown(f"{geodata.name}/{FOLDER}"))


def _listed(entry: Path) -> tuple[str, list[Change]]:
    """The changes of an import as its folder tells them; the bytes after it only where they are still there."""
    try:
        kept: dict[str, Any] = json.loads((entry / "import.json").read_text(encoding="utf-8"))
        files = []
        for row in kept["files"]:
            name = row["name"]
            if not _KEPT.fullmatch(name):
                raise ValueError(name)
            before = None if row["before"] is None else (entry / "before" / name).read_bytes()
            if before is not None and _hash(before) != row["before"]:
                raise ValueError(name)
            there = _bytes(entry.parent.parent / name)
            after = there if there is not None and _hash(there) == row["after"] else b""
            files.append(Change(name, before, after))
        return str(kept["what"]), files
    except (OSError, ValueError, KeyError, TypeError):
        raise GeoImportError("damaged", entry=f"{FOLDER}/{entry.name}") from None


def _names(geodata: Path) -> list[str]:
    try:
        return [path.name for path in (geodata / FOLDER).iterdir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError("unreadable", path=geodata / FOLDER, reason=why(error)) from None


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RunError("unreadable", path=path, reason=why(error)) from None


def _hash(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()
