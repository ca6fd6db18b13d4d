"""What goes in: the figures of a snapshot as rows of the tables."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lsinfra.errors import QuantityError
from lsinfra.index.schema import CELLS, WIDE, IndexFault, written_amount, written_date
from lsinfra.progress import ClearanceRow, Rate
from lsinfra.quantities import implied_total
from lsinfra.records import FILE
from lsinfra.text import printable
from lsinfra.weeks import Week

if TYPE_CHECKING:
    from lsinfra.snapshots import Input, Snapshot


class Rows(NamedTuple):
    """The rows of a week, with the columns of ``PROGRESS`` and ``DISBURSEMENT``, in the order of their keys.

    For servers alone: ``parts``, every project (section '') and section that the snapshot knew, with the columns of
    ``PART``; ``origin``, the hashes of the records and of the geodata it was made from, None where it does not say.
    """

    land: list[tuple[Any, ...]]
    money: list[tuple[Any, ...]]
    parts: Sequence[tuple[Any, ...]] = ()
    origin: tuple[str | None, str | None] = (None, None)


def rows(snapshot: Snapshot, dialect: str, path: Path) -> Rows:
    """A snapshot's figures of land and money as rows for a database of this dialect.

    Raises
    ------
    IndexFault
        A figure that has no column, is there twice, is of a total of 0, or has hundreds of digits; a text that no
        database takes.
    """
    week = Week.of(snapshot.as_of).iso
    titles = {project.id: (project.title.vi, project.title.en) for project in snapshot.projects}
    wide: dict[tuple[str, str, str | None], dict[int, ClearanceRow]] = defaultdict(dict)
    for row in snapshot.progress.clearance:
        found = wide[row.project, row.section or "", row.unit]
        place = _PLACES.get((row.stage, row.measure))
        if place is None or place in found:
            raise _unfit(path, row.project, row.section, row.stage.value, row.measure.value)
        found[place] = row
    land = []
    for (project, section, unit), figures in sorted(wide.items(), key=lambda item: item[0][:2]):
        named = (week, project, section, *titles.get(project, (project, None)), unit)
        try:
            land.append((*named, *_wide_row(figures, dialect)))
        except (QuantityError, ArithmeticError):
            raise _unfit(path, project, section) from None
    try:
        money = sorted(_money_rows(snapshot, week, titles, dialect), key=lambda row: row[:7])
    except (QuantityError, ArithmeticError):
        raise _unfit(path, "disbursement") from None
    done = Rows(land, money, list(_part_rows(snapshot, week)), origin(snapshot.inputs))
    _sound(done, path)
    return done


_PLACES = {cell: place for place, cell in enumerate(CELLS)}


def _unfit(path: Path, *place: str | None) -> IndexFault:
    return IndexFault("unfit", path=path, place=printable(" ".join(filter(None, place))))


def _wide_row(figures: dict[int, ClearanceRow], dialect: str) -> Iterator[object]:
    """The columns of a row from its fingerprint on."""
    cells: list[Any] = [None] * (len(CELLS) * 3)
    source = Counter(figures[place].dating.source for place in sorted(figures)).most_common(1)[0][0]
    rest: dict[str, Any] = {"percent": {}, "about": [], "source": {}}
    same, stale = [], 0
    for place, row in sorted(figures.items()):
        rate, dating = row.rate, row.dating
        value, total = _amounts(rate, dialect)
        cells[place * 3 : place * 3 + 3] = value, total, written_date(dating.observed)
        percent = rate.stated_percent
        if percent is not None:
            rest["percent"][str(place)] = f"{percent:f}"
            same.append((place, f"{percent:f}" if total is None else f"{WIDE.normalize(percent):f}"))
        if rate.about:
            rest["about"].append(place)
        if dating.source != source:
            rest["source"][str(place)] = dating.source
        stale |= dating.stale << place
    more = {key: found for key, found in rest.items() if found}
    yield fingerprint(cells, (same, rest["about"]))
    yield from cells
    yield json.dumps(more, ensure_ascii=False, separators=(",", ":")) if more else None
    yield source
    yield stale


def _amounts(rate: Rate, dialect: str) -> tuple[object, object]:
    """Value and total as they are stored, once it is certain that a rate can be made of them again.

    Raises
    ------
    QuantityError
        A percentage that contradicts the value.
    ArithmeticError
        A total of 0, an amount or percentage of more than 100 digits.
    """
    percent = rate.stated_percent
    if rate.total == 0:
        raise ZeroDivisionError
    if percent is not None:
        written_amount(percent, dialect)
        if rate.total is None:
            implied_total(rate.value, percent)
    return written_amount(rate.value, dialect), None if rate.total is None else written_amount(rate.total, dialect)


def _money_rows(
    snapshot: Snapshot, week: str, titles: dict[str, tuple[str, str | None]], dialect: str
) -> Iterator[tuple[Any, ...]]:
    lines: Counter[tuple[object, ...]] = Counter()
    for row in snapshot.progress.disbursement:
        rate, dating, closes = row.rate, row.dating, row.closes.isoformat() if row.closes else ""
        key = row.project, row.plan_year, row.base.value, row.funding.value if row.funding else "", closes
        figures = *_amounts(rate, dialect), None if rate.stated_percent is None else f"{rate.stated_percent:f}"
        told = int(rate.about), written_date(dating.observed), dating.source, int(dating.stale)
        yield week, *key, lines[key], *titles.get(row.project, (row.project, None)), *figures, *told
        lines[key] += 1


def _part_rows(snapshot: Snapshot, week: str) -> Iterator[tuple[Any, ...]]:
    for project in snapshot.projects:
        title = project.title.vi, project.title.en
        yield week, project.id, "", *title, None, True
        for section in project.sections:
            yield week, project.id, section.id, *title, section.unit, section.in_scope


def origin(inputs: Iterable[Input]) -> tuple[str | None, str | None]:
    """One hash of the records and one of all that is drawn, to tell whether two were made from the same files.

    That of the drawn files is the SHA-256 of their paths and hashes, a line each, in the order of their paths; None
    where no file is named, as in old snapshots.
    """
    found = {one.path: one.sha256 for one in inputs}
    drawn = "".join(f"{path} {digest}\n" for path, digest in sorted(found.items()) if path != FILE)
    return found.get(FILE), sha256(drawn.encode("utf-8", "surrogatepass")).hexdigest() if drawn else None


def _sound(found: Rows, path: Path) -> None:
    """PostgreSQL takes no NUL, neither takes half a letter, and no year is longer than an integer is."""
    texts = [text for row in found.land for text in (*row[:6], *row[-3:-1]) if isinstance(text, str)]
    texts += [text for row in [*found.money, *found.parts, found.origin] for text in row if isinstance(text, str)]
    keys = Counter(row[:3] for row in found.land)
    named = Counter(row[:3] for row in found.parts)
    twice = max([*keys.values(), *named.values()], default=1) > 1
    escaped = any("\\u0000" in row[-3] for row in found.land if row[-3])  # a NUL in the JSON text
    if escaped or "\0" in (whole := "".join(texts)) or not _encodable(whole) or twice:
        raise _unfit(path, "progress")
    if any(not 0 < row[2] < 10_000 for row in found.money):
        raise _unfit(path, "disbursement")


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def fingerprint(cells: Sequence[object], said: object = None) -> bytes:
    """16 bytes that differ when any figure of a row does: sixty columns of ten thousand rows need not be compared.

    ``cells`` are value, total and date of each, as they are stored; ``said`` what else makes the figures, in a fixed
    order. Dates and sources do not count: the same figure published again is no change. Two rows with other figures and
    the same fingerprint are not to be met with (BLAKE2b, 128 bits).
    """
    return blake2b(repr((cells[0::3], cells[1::3], said)).encode(), digest_size=16).digest()
