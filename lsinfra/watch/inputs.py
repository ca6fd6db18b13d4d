"""When the records or the routes have changed and have come to rest.

A file is saved in many ways: in place, under another name that then takes the place of the old one, bit by bit by a
program that synchronises a folder. So the folders are watched, not the files; a change is only told once nothing has
moved for a while, and only if the bytes are other ones. What nobody gives notice of (a network share, a folder that
took the place of another) is seen by a look each second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from threading import Event

from watchfiles import Change, watch
from watchfiles._rust_notify import WatchfilesRustInternalError

from lsinfra.records import FILE

GEODATA = "geodata"
LOOK_S = 1.0
"""Between two looks at files that nobody said anything of."""
REST_S = 0.2
"""For so long nothing may change before a save counts as finished."""
PATIENCE_S = 10.0
"""After so long a file that never comes to rest, or that another program holds, is read as it is."""

_Look = tuple[tuple[str, int, int, int], ...]
"""Name, time, size and number of each input that is there."""


class Inputs:
    """What the pages are made of: ``projects.yaml`` and ``geodata/*.geojson`` under a root folder, and the day.

    ``today`` says which day it is; what is stale, late or yet to come changes with it.
    """

    def __init__(self, root: Path, today: Callable[[], date] = lambda: date.min) -> None:
        self.root = root
        self._today = today
        self._look: _Look | None = None
        self._told: tuple[str, date] | None = None

    def changes(self, stop: Event) -> Iterator[None]:
        """Once at the beginning, then whenever something else is on the disk or it is another day, until ``stop``."""
        for noticed in self._wakes(stop):
            look, day = self._looked(), self._today()
            if not noticed and look == self._look and self._told and day == self._told[1]:
                continue
            found = self._rested(look, stop), day
            if not stop.is_set() and found != self._told:
                self._told = found
                yield

    def again(self) -> None:
        """Tell of the files once more at the next look: they could not be read, which may be over soon."""
        self._look = self._told = None

    def _wakes(self, stop: Event) -> Iterator[bool]:
        """When to look: True where something is said to have changed, False where it is just time."""
        yield True
        folders = [path for path in (self.root, self.root / GEODATA) if path.is_dir()]
        try:
            for changes in watch(
                *folders,
                watch_filter=self._matters,
                debounce=200,
                stop_event=stop,
                rust_timeout=int(LOOK_S * 1000),
                yield_on_timeout=True,
                recursive=False,
            ):
                yield bool(changes)
        except (OSError, WatchfilesRustInternalError):
            # The system watches no more folders for us: looking alone will do.
            while not stop.wait(LOOK_S):
                yield False

    def _matters(self, _: Change, path: str) -> bool:
        name = Path(path)
        return name.name in {FILE, GEODATA} or name.parent.name == GEODATA

    def _paths(self) -> list[Path]:
        return [self.root / FILE, *sorted((self.root / GEODATA).glob("*.geojson"))]

    def _looked(self) -> _Look:
        found = []
        for path in self._paths():
            try:
                seen = path.stat()
            except OSError:
                continue
            found.append((path.name, seen.st_mtime_ns, seen.st_size, seen.st_ino))
        return tuple(found)

    def _rested(self, look: _Look, stop: Event) -> str:
        """Wait until nothing moves and all can be read; what is there then, as one hash."""
        waited = 0.0
        digest = self._hash()
        while not stop.wait(REST_S):
            waited += REST_S
            before, look = look, self._looked()
            held, digest = digest, self._hash()
            if waited >= PATIENCE_S or (before == look and digest == held and digest != _HELD):
                break
        # What could not be read is looked at again, whether or not anything is said of it.
        self._look = None if digest == _HELD else look
        return digest

    def _hash(self) -> str:
        found = hashlib.sha256()
        for path in self._paths():
            try:
                with path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
            except FileNotFoundError:
                digest = ""
            except OSError:
                return _HELD
            found.update(f"{path.name}\0{digest}\0".encode())
        return found.hexdigest()


_HELD = "held"
