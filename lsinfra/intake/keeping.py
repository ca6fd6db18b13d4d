"""Files that are changed whole or not at all, by one at a time: a lock, a file beside that is swapped in, a backup."""

from __future__ import annotations

import getpass
import glob
import hashlib
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from lsinfra import files
from lsinfra.errors import RunError, why
from lsinfra.text import printable

# The byte that is locked, far behind what is written into the lock file: Windows lets nobody read a locked byte.
_LOCKED_AT = 1 << 30
_WHO_BYTES = 200
_WRITABLE = 0o222

BACKUPS = "backups"
_DIGITS = 8


class EditError(RunError):
    """A file that intake may not or cannot change; its sentence is under ``intake.``."""

    group = "intake"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep a file for oneself: ``.NAME.lock`` beside it is locked by the system, which lets go of it when we die.

    No lock is ever left behind that somebody would have to remove; the lock file itself is removed at the end.

    Raises
    ------
    EditError
        Somebody else has it, with who he is; the drive knows no locks; or the file is marked read-only, which a
        renaming over it would not ask.
    RunError
        The folder cannot be written.
    """
    path = path.resolve()
    if path.exists() and not (path.stat().st_mode & _WRITABLE and os.access(path, os.W_OK)):
        raise EditError("read_only", path=path)
    beside = path.with_name(f".{path.name}.lock")
    while True:
        try:
            file = os.fdopen(os.open(beside, os.O_RDWR | os.O_CREAT, 0o666), "r+b", buffering=0)
        except OSError as error:
            raise RunError("unwritable", path=beside, reason=why(error)) from None
        with file:
            _lock(file, path)
            # Whoever had it may have removed the file between our opening and our locking it.
            if not _still_there(file, beside):
                continue
            with suppress(OSError):
                file.truncate(0)
                file.write(_who().encode())
            try:
                yield
            finally:
                if os.name != "nt":
                    files.remove(beside)
        if os.name == "nt":  # an open file cannot be removed there
            files.remove(beside)
        return


def _still_there(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False


def _who() -> str:
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a machine without names
        user = "?"
    return f"{user}@{socket.gethostname()}, {os.getpid()}"


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(_LOCKED_AT)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            file.seek(0)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        raise EditError("locked", path=path, who=_holder(file)) from None
    except OSError as error:
        raise EditError("no_locks", path=path, reason=why(error)) from None


def _holder(file: BinaryIO) -> str:
    with suppress(OSError):
        file.seek(0)
        return printable(file.read(_WHO_BYTES).decode("utf-8", "replace")) or "?"
    return "?"


def swap(path: Path, data: bytes, before: bytes | None) -> None:
    """Put these bytes in the place of a file: written beside, settled on the disk, renamed over it.

    To be called by whoever has the lock of the file.

    Parameters
    ----------
    before
        What the file must hold now, None when it must not be there.

    Raises
    ------
    EditError
        The file holds something else: somebody saved it in the meantime.
    RunError
        No room, no right, or (on Windows) the file is open in a program that lets nobody replace it.
    """
    path = path.resolve()  # a link keeps pointing at the file
    try:
        # Of a long name the files beside it have the beginning alone, as those of another file may.
        mine = path.name[: files.NAMED]
        if mine == path.name:
            files.sweep(path.parent, glob.escape(mine))
        part = files.write_beside(path, data)
        try:
            if mine != path.name:
                files.sweep(path.parent, glob.escape(mine), part)
            if before is not None:
                part.chmod(path.stat().st_mode & 0o7777)
            if (path.read_bytes() if path.exists() else None) != before:
                raise EditError("changed_meanwhile", path=path)
            part.replace(path)
        finally:
            files.remove(part)
        files.settle(path.parent)
    except OSError as error:
        raise RunError("unwritable", path=path, reason=why(error)) from None


def keep(folder: Path, name: str, data: bytes) -> Path:
    """Keep these bytes in ``backups/`` under the next number: ``projects-0007-1a2b3c4d.yaml``, the newest the highest.

    The end of the name is the beginning of the SHA-256 of the bytes. What the newest backup holds is not kept twice.
    To be called by whoever has the lock of the file. To restore: copy the backup over the file.

    Raises
    ------
    RunError
        The folder cannot be written.
    """
    stem, dot, suffix = name.rpartition(".")
    digest = hashlib.sha256(data).hexdigest()[:_DIGITS]
    kept = folder / BACKUPS
    pattern = re.compile(rf"{re.escape(stem)}-(\d{{4,9}})-([0-9a-f]{{{_DIGITS}}}){re.escape(dot + suffix)}")
    path = kept
    try:
        kept.mkdir(exist_ok=True)
        names = [match for path in kept.iterdir() if (match := pattern.fullmatch(path.name))]
        newest = max(names, key=lambda match: int(match[1]), default=None)
        number = int(newest[1]) if newest else 0
        if newest and newest[2] == digest:
            path = kept / newest[0]
            if path.read_bytes() == data:
                return path
        path = kept / f"{stem}-{number + 1:04}-{digest}{dot}{suffix}"
        files.sweep(kept, f"{glob.escape(stem)}-*")
        files.replace(path, data)
        files.settle(folder)
    except OSError as error:
        raise RunError("unwritable", path=path, reason=why(error)) from None
    return path
