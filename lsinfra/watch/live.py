"""What is shown at this moment: the newest pages that could be made, and what was wrong with the last save."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Condition, Lock

from lsinfra.errors import LsinfraError
from lsinfra.render.page import Pages
from lsinfra.text import LANGS, Lang, say

_TOLD = 20
"""Faults that a page tells; the terminal tells all."""


@dataclass(frozen=True)
class Shown:
    """A state: ``made`` names the pages, another name each time; ``faults`` are of a save after they were made."""

    made: str
    pages: Pages | None = None
    faults: Mapping[Lang, tuple[str, ...]] = field(default_factory=dict)


class Live:
    """The state that the watcher sets and every listener waits for; safe to be used by several threads."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang
        self.closed = False
        self._run = secrets.token_hex(8)
        self._count = 0
        self._shown = Shown(f"{self._run}-0")
        self._changed = Condition()
        self._making = Lock()
        self._made: tuple[str, dict[str, str]] = ("", {})

    @property
    def shown(self) -> Shown:
        with self._changed:
            return self._shown

    def show(self, pages: Pages) -> None:
        """New pages: every browser loads its page again."""
        self._count += 1
        self._tell(Shown(f"{self._run}-{self._count}", pages))

    def fail(self, error: LsinfraError) -> None:
        """The last save cannot be used: the pages stay, and say so in both languages."""
        self._tell(replace(self.shown, faults={lang: _sentences(error, lang) for lang in LANGS}))

    def close(self) -> None:
        """Nobody watches any more: no listener waits on."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def after(self, seen: Shown | None, seconds: float) -> Shown:
        """The state as soon as it is not ``seen`` any more, or after so many seconds as it is."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed or self._shown is not seen, seconds)
            return self._shown

    def page(self, shown: Shown, name: str) -> str | None:
        """A page by its name in the folder of its date, made at the first call; None where there is none of it."""
        if shown.pages is None or name not in shown.pages.names:
            return None
        with self._making:
            if self._made[0] != shown.made:
                self._made = (shown.made, {})
            made = self._made[1]
            if name not in made:
                made[name] = shown.pages.make(name)
            return made[name]

    def _tell(self, shown: Shown) -> None:
        with self._changed:
            self._shown = shown
            self._changed.notify_all()


def _sentences(error: LsinfraError, lang: Lang) -> tuple[str, ...]:
    lines = error.write(lang).splitlines()
    more = [say(lang, "watch.more_faults", count=len(lines) - _TOLD)] if len(lines) > _TOLD else []
    return (*lines[:_TOLD], *more)
