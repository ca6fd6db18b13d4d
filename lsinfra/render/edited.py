"""What a person has changed or put beside the pages of a date: it is never lost when they are written anew.

A hidden file in the folder notes the SHA-256 of each file that lsinfra wrote there. A file that differs from its note,
or that no note names, is somebody's work. It stays; where a new file needs its name it gets one of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from itertools import count
from pathlib import Path, PurePosixPath

from lsinfra import files
from lsinfra.text import Lang, say

NOTE = ".lsinfra.json"

BLANK = ".lsinfra-blank"
"""Stands beside pages that were made before any figure was known, of whatever day that was."""


def note(made: Mapping[str, bytes]) -> bytes:
    """The note of these files, by their paths within the folder; the same files give the same bytes."""
    return _written({name: hashlib.sha256(data).hexdigest() for name, data in made.items()})


def carry(old: Path, new: Path, made: Mapping[str, bytes], lang: Lang) -> list[str]:
    """Take what persons left in a folder over to the one that is to replace it.

    Parameters
    ----------
    old, new
        The folder as it is, which may be missing, and the one that holds ``made`` already.

    Returns
    -------
    list of str
        Of edited files whose names are needed, the names that they have now.

    Raises
    ------
    OSError
        As the system gives it; ``old`` is as it was.
    """
    moved = []
    for name in list(_theirs(old, made)):
        kept = name
        if name in made:
            found = _aside(old, name, made, lang)
            if found is None:
                continue
            kept = found
            moved.append(kept)
        (new / kept).parent.mkdir(parents=True, exist_ok=True)
        _again(old / name, new / kept)
    files.settle(*{(new / kept).parent for kept in moved})
    return moved


def make_room(path: Path, data: bytes, lang: Lang) -> Path | None:
    """Move a file out of the way of these bytes if somebody has edited it; where it is now, None where nobody has.

    Raises
    ------
    OSError
        As the system gives it: on Windows also when it is open in another program. Nothing has changed.
    """
    made = {path.name: data}
    if not path.is_file() or not _is_theirs(path, path.name, made, _noted(path.parent)):
        return None
    name = _aside(path.parent, path.name, made, lang)
    if name is None:
        return None
    path.rename(path.with_name(name))
    return path.with_name(name)


def add_to_note(path: Path, data: bytes) -> None:
    """Note a file that was written by itself into a folder of pages."""
    noted = _noted(path.parent) | {path.name: hashlib.sha256(data).hexdigest()}
    files.replace(path.with_name(NOTE), _written(noted))


def is_blank(folder: Path) -> bool:
    """Whether pages hold no figure and nobody has edited them or put anything beside them."""
    return (folder / BLANK).is_file() and next(_theirs(folder, {}), None) is None


def _written(noted: Mapping[str, str]) -> bytes:
    return (json.dumps(dict(sorted(noted.items())), ensure_ascii=False, indent=1) + "\n").encode()


def _noted(folder: Path) -> dict[str, str]:
    """The note of a folder; empty where there is none that can be read, so that all is taken for somebody's work."""
    try:
        found = json.loads((folder / NOTE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return {name: said for name, said in found.items() if isinstance(said, str)} if isinstance(found, dict) else {}


def _theirs(folder: Path, made: Mapping[str, bytes]) -> Iterator[str]:
    noted = _noted(folder)
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        # Hidden files and those of open documents (~$) are programs', not persons'.
        hidden = any(part.startswith((".", "~$")) for part in name.parts)
        if path.is_file() and not hidden and _is_theirs(path, name.as_posix(), made, noted):
            yield name.as_posix()


def _is_theirs(path: Path, name: str, made: Mapping[str, bytes], noted: Mapping[str, str]) -> bool:
    if name not in noted and path.suffix == ".html":
        return False  # a page that was written before there were notes
    found = _digest(path)
    return found != noted.get(name) and (name not in made or found != hashlib.sha256(made[name]).hexdigest())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _aside(folder: Path, name: str, made: Collection[str], lang: Lang) -> str | None:
    """A free name beside this one; None where the same bytes were kept under one before."""
    path, found = PurePosixPath(name), ""
    for n in count(1):
        ending = say(lang, "page.edited") + (f"-{n}" if n > 1 else "")
        found = path.with_name(f"{path.stem}-{ending}{path.suffix}").as_posix()
        if not (folder / found).exists() and found not in made:
            break
        if (folder / found).is_file() and _digest(folder / found) == _digest(folder / name):
            return None
    return found


def _again(path: Path, to: Path) -> None:
    """The same file under a second name, where the drive knows such names; a copy elsewhere."""
    try:
        os.link(path, to)
    except OSError:
        files.write_new(to, path.read_bytes())
        shutil.copystat(path, to)
