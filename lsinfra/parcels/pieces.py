"""A register through the kernel piece by piece, and what can go wrong with its file on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from shapely.errors import ShapelyError

from lsinfra.errors import LsinfraError, RunError, why
from lsinfra.parcels.kernel import combine, measure
from lsinfra.parcels.model import Lines, Partial, Units
from lsinfra.parcels.register import Register
from lsinfra.text import printable

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from lsinfra.parcels.land import Land

# What libraries raise over a damaged file: Arrow ValueError, KeyError and OSError, GDAL RuntimeError, GEOS its own.
_DAMAGE = (OSError, ValueError, KeyError, RuntimeError, ShapelyError)
_REASON = 200
"""Characters of a library's own words that a message repeats at most."""


class EngineError(RunError):
    """A register cannot be measured to the end; its sentence is under ``engine.``."""

    group = "engine"


@dataclass(frozen=True)
class FileState:
    """What tells a file from the one that takes its name: size in bytes, time of the last change in nanoseconds."""

    size: int
    changed_ns: int


def state(path: Path) -> FileState:
    """How the file is now.

    Raises
    ------
    RunError
        It is not there.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise RunError("unreadable", path=path, reason=why(error)) from error
    return FileState(found.st_size, found.st_mtime_ns)


def check_unchanged(register: Register, known: FileState) -> None:
    """Raise ``EngineError`` when the file is no longer the one that was opened."""
    try:
        same = state(register.path) == known
    except RunError:
        same = False
    if not same:
        raise EngineError("changed", path=register.path)


def read_land(register: Register, group: int, known: FileState) -> Land:
    """One piece for the kernel; a file that is damaged, or is another by now, is one sentence."""
    try:
        return register.land(group)
    except LsinfraError:
        check_unchanged(register, known)
        raise
    except _DAMAGE as error:
        raise _damage(register, known, group, error) from error


def read_frame(register: Register, groups: range, known: FileState) -> GeoDataFrame:
    """Some pieces as a frame, index: the number of the row in the file; errors as in ``read_land``."""
    try:
        return register.frame(groups)
    except LsinfraError:
        check_unchanged(register, known)
        raise
    except _DAMAGE as error:
        raise _damage(register, known, groups.start, error) from error


def _damage(register: Register, known: FileState, group: int, error: Exception) -> EngineError:
    check_unchanged(register, known)
    said = printable(str(error).strip().partition("\n")[0])[:_REASON] or type(error).__name__
    return EngineError("damaged", path=register.path, piece=group + 1, pieces=register.groups, reason=said)


def measure_piece(
    register: Register, group: int, known: FileState, units: Units, lines: Lines, as_of: date | None
) -> Partial:
    """What one piece of a register comes to."""
    return measure(read_land(register, group, known), units, lines, as_of)


def fold(partials: Iterable[Partial]) -> Partial:
    """Partial results as one, in their order, added in pairs as they come.

    Each goes through about log2(n) sums instead of n, and the tree of sums depends on nothing but their number: the
    same pieces give the same bytes, however many threads were at work. At most log2(n) sums are held.
    """
    sums: list[tuple[int, Partial]] = []
    for partial in partials:
        pieces, total = 1, partial
        while sums and sums[-1][0] == pieces:
            total, pieces = combine(sums.pop()[1], total), 2 * pieces
        sums.append((pieces, total))
    while len(sums) > 1:
        (_, last), (pieces, before) = sums.pop(), sums.pop()
        sums.append((pieces, combine(before, last)))
    return sums[0][1]


def counted(partial: Partial) -> int:
    """The parcels of a partial result: those in its sums and those that cannot be measured."""
    return int(partial.wholes["parcels"].sum()) + sum(fault.count for fault in partial.faulty)
