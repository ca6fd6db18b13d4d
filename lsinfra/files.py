"""Files are written whole or not at all: beside their place, settled on the disk, then given their name.

A reader, a run that is killed and a power cut find the old file or the new one. Every function raises ``OSError`` as
the system gives it; whoever calls knows what the file was and says it (``errors.why``).

On Windows a file that another program holds open is not replaced but refused (``PermissionError``), and the old one
stays; names in a folder cannot be settled there on request, so ``settle`` does nothing.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# A temporary file this much older than a new one was left behind by a writer that was killed.
LEFT_BEHIND_S = 24 * 3600
NAMED = 60  # characters of a file's name that go into that of its temporary file, which may not become too long


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet and settle its bytes on the disk; what cannot be finished is removed.

    For files that nobody reads before something else is done. A kill may leave half of it.

    Raises
    ------
    FileExistsError
        Something of that name is there; it stays as it is.
    OSError
        No room, no right.
    """
    opened = path.open("xb")
    try:
        with opened as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        remove(path)
        raise


def write_beside(path: Path, data: bytes) -> Path:
    """Write what is to become a file under a name of its own in the same folder, and settle it on the disk.

    Returns
    -------
    Path
        ``.NAME.PID-RANDOM.part``: the caller renames or removes it; ``sweep`` knows it by its name.

    Raises
    ------
    OSError
        No room, no right; nothing is left behind.
    """
    part = _beside(path)
    write_new(part, data)
    return part


def _beside(path: Path) -> Path:
    # Not with_name, which refuses a path that has none, as / has.
    return path.parent / f".{path.name[:NAMED]}.{os.getpid()}-{os.urandom(8).hex()}.part"


def replace(path: Path, data: bytes) -> None:
    """Put these bytes in the place of a file, or where none is yet. Of several writers the last one wins.

    What writers of this file left behind when they were killed is removed after a day.

    Raises
    ------
    OSError
        No room, no right, or (on Windows) the file is open in a program that lets nobody replace it. What was there
        is there still.
    """
    with replacing(path) as part:
        part.write_bytes(data)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Like ``replace``, for what is too large to be held as bytes.

    Yields
    ------
    Path
        A name beside ``path`` under which the file is to be written and closed. When the block ends it takes the place
        of ``path``; when the block fails it is removed.

    Raises
    ------
    OSError
        As ``replace``.
    """
    part = _beside(path)
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        sweep(path.parent, glob.escape(path.name[:NAMED]), part)
        part.replace(path)
    finally:
        remove(part)
    settle(path.parent)


def add(path: Path, data: bytes) -> bool:
    """Put these bytes under a name that is free, never over another file; False when the name was taken.

    Raises
    ------
    OSError
        No room, no right; the name is still free.
    """
    part = write_beside(path, data)
    try:
        new = name_once(part, path)
    finally:
        remove(part)
    settle(path.parent)
    return new


def name_once(part: Path, path: Path) -> bool:
    """Give a complete file its name, never over another one; False when the name is taken.

    A second name (a hard link) where the drive knows them, and ``part`` is still there; otherwise a renaming. Windows
    refuses a renaming onto a file; elsewhere one that comes between the look and the renaming is replaced, so where
    there are no links two writers at once are safe only under names that their content gives them.

    Raises
    ------
    OSError
        No room, no right.
    """
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError:
        # No hard links on this drive, or not enough room for one.
        if path.exists():
            return False
        try:
            part.rename(path)
        except FileExistsError:  # Windows: somebody came between
            return False
    return True


def settle(*folders: Path) -> None:
    """Have the names in folders outlive a power cut, where the system can be asked for it."""
    if os.name == "nt":
        return
    for folder in folders:
        with suppress(OSError):  # not every network drive can; the bytes themselves are settled
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def sweep(folder: Path, names: str = "", new: Path | None = None) -> None:
    """Remove the temporary files that killed writers left in a folder, as far as the system lets us.

    Parameters
    ----------
    names
        Pattern of the files' names (``projects-*.yaml``); empty for all.
    new
        A temporary file that was just written: what is less than a day older than it stays, for its writer may still
        be at work, and the drive's own clock tells. None where nobody else can be writing: everything goes.
    """
    for left in folder.glob(f".{names}.*.part" if names else ".*.part"):
        with suppress(OSError):
            if new is None or new.stat().st_mtime - left.stat().st_mtime > LEFT_BEHIND_S:
                left.unlink()


def remove(path: Path) -> None:
    """Remove a file of our own that is of no more use; one that cannot be removed is left behind."""
    with suppress(OSError):
        path.unlink()
