"""Everything that can be wrong, said so that a tired officer can mend it.

    LsinfraError            anything a user can mend; never a traceback
    ├── QuantityError       a text is not the figure, date or chainage it should be
    ├── InputError          files that somebody wrote: every fault found, each with its place
    └── RunError            the run itself: nothing to read, no room to write, a tool that is missing

A ``Finding`` is no error: data that loads, about which there is a doubt.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from lsinfra.text import Lang, Word, say


class LsinfraError(Exception):
    """Anything a user can mend. ``str`` is the English sentence; ``write`` says it in a language."""

    group = "run"

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values

    def write(self, lang: Lang) -> str:
        return say(lang, f"{self.group}.{self.key}", **self.values)

    def __str__(self) -> str:
        return self.write("en")


class QuantityError(LsinfraError, ValueError):
    """A text that is not the figure, date or chainage it should be; its sentence is under ``quantity.``."""

    group = "quantity"


class RunError(LsinfraError):
    """The run cannot go on; its sentence is under ``run.``."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a file.

    ``where`` is file:line:column, ``path`` the place in it, ``key`` the message (``fault.unknown_key``).
    """

    where: str
    path: str
    key: str
    values: dict[str, object] = field(default_factory=dict)

    def write(self, lang: Lang) -> str:
        place = f"{self.where}: {self.path}: " if self.path else f"{self.where}: "
        return place + say(lang, self.key, **self.values)


_REASONS = {
    errno.ENOENT: "missing",
    errno.EEXIST: "not_a_folder",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.EISDIR: "folder",
    errno.ENOTDIR: "no_folder",
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EFBIG: "too_large",
    errno.EIO: "broken",
    errno.EROFS: "read_only",
}


def why(error: OSError) -> object:
    """Why the system refused a file, to be said in a sentence; a reason without words of ours as the system says it."""
    if word := _REASONS.get(error.errno or 0):
        return Word(f"run.reason.{word}")
    return error.strerror or type(error).__name__


def missing_package(package: str) -> RunError:
    """A package that lsinfra does without until it is asked for this, with the command that installs it here."""
    return RunError("no_package", package=package, python=sys.executable)


class InputError(LsinfraError):
    """Files that somebody wrote cannot be used; ``faults`` holds every fault that was found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        super().__init__("input")
        self.faults = tuple(faults)

    def write(self, lang: Lang) -> str:
        return "\n".join(fault.write(lang) for fault in self.faults)


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """A doubt about data that loads. ``code`` is stable and documented; ``project`` may be None (the portfolio)."""

    code: str
    severity: Severity
    where: str
    project: str | None
    section: str | None = None
    values: dict[str, object] = field(default_factory=dict)

    def message(self, lang: Lang) -> str:
        return say(lang, f"finding.{self.code}", **self.values)
