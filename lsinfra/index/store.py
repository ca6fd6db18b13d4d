"""The index kept up with the folder of the snapshots, and what it is asked."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self, cast

from sqlalchemy import Connection, delete, insert, select

from lsinfra.codes import Stage
from lsinfra.errors import LsinfraError
from lsinfra.index.opening import Link, open_link
from lsinfra.index.questions import (
    land_counts,
    land_differing,
    land_gone,
    land_of_project,
    money_differing,
    money_of_project,
    projects_of,
)
from lsinfra.index.rows import Rows, rows
from lsinfra.index.schema import (
    CELLS,
    DISBURSEMENT,
    MONEY_KEY,
    ORIGIN,
    PART,
    PROGRESS,
    SNAPSHOT,
    WEEK,
    Cell,
    Held,
    IndexFault,
    MoneyRow,
    Unpacked,
    WideRow,
)
from lsinfra.progress import EXACT
from lsinfra.quantities import Measure
from lsinfra.records import Title
from lsinfra.text import printable
from lsinfra.weeks import Week

if TYPE_CHECKING:
    from lsinfra.snapshots import Entry


@dataclass(frozen=True, slots=True)
class Brought:
    """What bringing the index up did. ``passed_over``: why each file that cannot be read has no part in it.

    On a server ``kept`` are the weeks of which the folder has nothing, ``newer`` those of which its snapshot is older.
    """

    name: str
    written: tuple[Week, ...]
    removed: tuple[Week, ...]
    kept: tuple[Week, ...]
    newer: tuple[Week, ...]
    weeks: int
    passed_over: tuple[LsinfraError, ...]


@dataclass(frozen=True, slots=True)
class History:
    """One project over the weeks, oldest first.

    ``weeks`` are all that the index holds; of one without a row here nothing was published by then.
    """

    project: str
    title: Title
    weeks: tuple[Held, ...]
    land: tuple[WideRow, ...]
    money: tuple[MoneyRow, ...]


class CellChange(NamedTuple):
    """A figure of land that differs between two weeks; None on a side that has none."""

    stage: Stage
    measure: Measure
    before: Cell | None
    after: Cell | None

    @property
    def difference(self) -> Decimal | None:
        """After less before, exact, in the measure's unit; None unless both are known."""
        return EXACT.subtract(self.after.value, self.before.value) if self.before and self.after else None


class LandChange(NamedTuple):
    """A project or section some figure of which differs, under its newest names; nothing packed on a side without any.

    As in a ``WideRow``, figures are made when they are asked for.
    """

    project: str
    section: str | None
    title_vi: str
    title_en: str | None
    unit: str | None
    packed_before: str | None
    packed_after: str | None

    @property
    def title(self) -> Title:
        return Title(vi=self.title_vi, en=self.title_en)

    def cells(self) -> Iterator[CellChange]:
        """Only what differs: value, total, stated percentage, or whether it is approximate."""
        before, after = Unpacked(self.packed_before), Unpacked(self.packed_after)
        for place, cell in enumerate(CELLS):
            if before.said(place) == after.said(place):
                continue
            old, new = before.cell(place), after.cell(place)
            if (old and old.figure) != (new and new.figure):
                yield CellChange(*cell, old, new)


@dataclass(frozen=True, slots=True)
class MoneyChange:
    """A line of money that differs; None on a side that has none."""

    before: MoneyRow | None
    after: MoneyRow | None

    @property
    def row(self) -> MoneyRow:
        """The newer of the two; one of them there always is."""
        return cast("MoneyRow", self.after or self.before)

    @property
    def differs(self) -> bool:
        """False where only a percentage beside a printed total is spelled with other zeros."""
        return (self.before and self.before.figure) != (self.after and self.after.figure)

    @property
    def difference(self) -> Decimal | None:
        """After less before, exact, in đồng; None unless both are known."""
        sides = self.before, self.after
        return EXACT.subtract(sides[1].rate.value, sides[0].rate.value) if sides[0] and sides[1] else None


@dataclass(frozen=True, slots=True)
class Changes:
    """All that differs between two weeks, by project, section and line."""

    before: Held
    after: Held
    land: tuple[LandChange, ...]
    money: tuple[MoneyChange, ...]


def open_index(where: str | Path, *, make: bool = True) -> Index:
    """Open the index of a file, or of a PostgreSQL URL (``postgresql://user@host/database``); made if there is none.

    Without ``make`` nothing is written on a server: for a question the right to read is enough.

    Raises
    ------
    IndexFault
        A file or a schema that is not lsinfra's (it is left as it is), damaged, or of a newer version; a server that
        cannot be reached, whose driver is missing, or that without ``make`` has no tables yet. No message holds the
        password.
    RunError
        A file that cannot be read.
    """
    return Index(open_link(where, make=make))


@dataclass(frozen=True)
class Index:
    """An open index. Every method is one question, or brings it up; each may raise ``IndexFault``."""

    link: Link

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.link.close()

    # --- keeping up ----------------------------------------------------------------------------------------

    def bring_up(self, folder: Path, step: Callable[[int, int], None] | None = None, *, prune: bool = False) -> Brought:
        """Make the index hold the newest sound snapshot of every week in the folder.

        A file of SQLite then holds nothing else. A server is not of this folder alone: what others have put there
        stays, unless ``prune`` asks that weeks of which the folder has no file go; a newer snapshot stays in any case.

        Each week is one transaction, so that whatever is killed leaves whole weeks. Files are named by their content:
        one that was read is not read again. ``step`` is told how many weeks are done, and of how many.

        Raises
        ------
        LsinfraError
            The folder or the index cannot be used. A file that cannot be read is passed over and reported.
        """
        from lsinfra import snapshots

        files: dict[Week, list[Entry]] = defaultdict(list)
        for entry in snapshots.entries(folder):
            files[Week.of(entry.as_of)].append(entry)
        before, held = self._known()
        known = dict(before)
        faults: list[LsinfraError] = []
        written, removed, newer = [], [], []
        alone = self.link.state is None
        weeks = sorted(files.keys() | held.keys())
        for number, week in enumerate(weeks):
            chosen, found = self._newest(files.get(week, []), known, held.get(week), faults)
            if chosen is None:
                gone = alone or (prune and week not in files)
                if gone and week in held and self._drop(folder, week):
                    removed.append(week)
            elif found and self.keep(folder, chosen, found):
                written.append(week)
            elif found and week in held and held[week].rank > chosen.rank:
                newer.append(week)
            if step:
                step(number + 1, len(weeks))
        self._remember(folder, known, before, prune=prune or alone)
        if self.link.state:
            self._name_older(folder)
        there = self.weeks()
        kept = [one.week for one in there if one.week not in files and not (folder / one.file).exists()]
        found_weeks = (tuple(written), tuple(removed), tuple(kept), tuple(newer))
        return Brought(self.link.name, *found_weeks, len(there), tuple(faults))

    def _newest(
        self, files: list[Entry], known: dict[str, Held], held: Held | None, faults: list[LsinfraError]
    ) -> tuple[Held | None, Rows | None]:
        """The newest sound snapshot of a week, and its rows unless they are what the week holds already.

        Only files of the newest day are read: when they were taken stands in them alone.
        """
        if held and held.digest not in {entry.digest for entry in files}:
            held = None  # its file is gone
        for day in sorted({entry.as_of for entry in files}, reverse=True):
            found: dict[str, Rows | None] = {}
            for entry in files:
                if entry.as_of != day:
                    continue
                if held and entry.digest == held.digest:
                    found[entry.digest] = None
                    continue
                if entry.digest in known and held and known[entry.digest].rank < held.rank:
                    continue  # read before, and outranked
                try:
                    known[entry.digest], found[entry.digest] = self._read(entry)
                except LsinfraError as error:
                    faults.append(error)
            if found:
                chosen = max((known[digest] for digest in found), key=lambda one: one.rank)
                return chosen, found[chosen.digest]
        return None, None

    def _read(self, entry: Entry) -> tuple[Held, Rows]:
        """A file's snapshot and its rows.

        Raises
        ------
        LsinfraError
            Whatever is in the file that a snapshot cannot hold, or the index cannot.
        """
        from lsinfra import snapshots

        try:
            snapshot = snapshots.load(entry.path)
            data = rows(snapshot, self.link.dialect, entry.path)
            file = f"{entry.path.parent.name}/{entry.path.name}"
            held = Held(Week.of(entry.as_of), entry.digest, entry.as_of, snapshot.taken, file)
            _ = held.rank
        # A number, date or text can be out of every range that Python, the index or its database has.
        except (ValueError, ArithmeticError) as error:
            if isinstance(error, LsinfraError):
                raise
            raise IndexFault("out_of_range", path=entry.path) from None
        return held, data

    def keep(self, folder: Path, chosen: Held, data: Rows) -> bool:
        """Write a week, in one transaction; False when it holds this snapshot already, or a newer one that stays.

        In a file of SQLite a newer one stays as long as its file is in the folder, on a server in any case.
        """
        with self.link.writing() as connection:
            current = _held(connection).get(chosen.week)
            if current == chosen:
                return False
            if current and current.rank > chosen.rank and (self.link.state or (folder / current.file).exists()):
                return False  # another writer saw a file that came later, or has it in another folder
            self._clear(connection, chosen.week)
            _note(connection, [chosen])
            connection.execute(insert(WEEK).values(week=chosen.week.iso, digest=chosen.digest, rows=len(data.land)))
            self.link.add(connection, PROGRESS, data.land)
            self.link.add(connection, DISBURSEMENT, data.money)
            if self.link.state:
                self._name(connection, chosen.week, data)
        return True

    def _name(self, connection: Connection, week: Week, data: Rows) -> None:
        """What a week's snapshot knew beside the figures."""
        self.link.add(connection, PART, list(data.parts))
        self.link.add(connection, ORIGIN, [(week.iso, *data.origin)])

    def _name_older(self, folder: Path) -> None:
        """The same of the weeks that an older lsinfra wrote; one whose file is gone is as good as removed."""
        from lsinfra.snapshots import Entry

        with self.link.reading() as connection:
            named = set(connection.scalars(select(ORIGIN.c.week)))
            unnamed = [held for held in _held(connection).values() if held.week.iso not in named]
        for held in unnamed:
            try:
                _, data = self._read(Entry(folder / held.file, held.as_of, held.digest))
            except LsinfraError:
                continue
            with self.link.writing() as connection:
                if _held(connection).get(held.week) == held:
                    for table in (PART, ORIGIN):
                        connection.execute(delete(table).where(table.c.week == held.week.iso))
                    self._name(connection, held.week, data)

    def _clear(self, connection: Connection, week: Week) -> None:
        for table in (WEEK, PROGRESS, DISBURSEMENT, *((PART, ORIGIN) if self.link.state else ())):
            connection.execute(delete(table).where(table.c.week == week.iso))

    def _drop(self, folder: Path, week: Week) -> bool:
        with self.link.writing() as connection:
            current = _held(connection).get(week)
            if current is None or (folder / current.file).exists():
                return False
            self._clear(connection, week)
        return True

    def _known(self) -> tuple[dict[str, Held], dict[Week, Held]]:
        with self.link.reading() as connection:
            known = [Held.of(row) for row in connection.execute(select(SNAPSHOT))]
            return {one.digest: one for one in known}, _held(connection)

    def _remember(self, folder: Path, known: dict[str, Held], before: dict[str, Held], *, prune: bool) -> None:
        """Note the snapshots that were read and that no week holds, and with ``prune`` forget those that are gone."""
        new = [one for one in known.values() if one.digest not in before]
        gone = [one.digest for one in known.values() if prune and not (folder / one.file).exists()]
        if not new and not gone:
            return
        with self.link.writing() as connection:
            _note(connection, new)
            unheld = SNAPSHOT.c.digest.not_in(select(WEEK.c.digest))
            connection.execute(delete(SNAPSHOT).where(SNAPSHOT.c.digest.in_(gone), unheld))

    def lacking(self, folder: Path) -> tuple[Week, ...]:
        """The weeks of which the folder has a snapshot and the index none, or an older one.

        Nothing is written. Only a file that the index has never seen is read, and only if its day is not an older one.
        """
        from lsinfra import snapshots

        known, held = self._known()
        found: set[Week] = set()
        for entry in snapshots.entries(folder):
            week = Week.of(entry.as_of)
            if week not in found and self._outranks(entry, known, held.get(week)):
                found.add(week)
        return tuple(sorted(found))

    def _outranks(self, entry: Entry, known: dict[str, Held], held: Held | None) -> bool:
        if held is None:
            return True
        if entry.digest == held.digest or entry.as_of < held.as_of:
            return False
        try:
            one = known.get(entry.digest) or self._read(entry)[0]
        except LsinfraError:
            return False  # holds no figure that the server could be given
        return one.rank > held.rank

    # --- questions -----------------------------------------------------------------------------------------

    def weeks(self) -> tuple[Held, ...]:
        """The weeks that the index holds, oldest first, each with its snapshot."""
        with self.link.reading() as connection:
            return tuple(_held(connection).values())

    def history(self, project: str) -> History:
        """A project, whole and by section, over all weeks.

        Raises
        ------
        IndexFault
            No week holds a figure of the project.
        """
        with self.link.reading() as connection:
            held = _held(connection)
            weeks = {week.iso: week for week in held}
            asked = {"project": project, "weeks": list(weeks)}
            found = connection.execute(land_of_project(self.link.dialect), asked).all()
            paid = connection.execute(money_of_project(), asked).all()
            if not found and not paid:
                raise _unknown(connection, project)
        titles: dict[tuple[str, str | None], Title] = {}
        land = []
        for week, _, section, vi, en, unit, packed in found:
            title = titles.setdefault((vi, en), Title(vi=vi, en=en))
            land.append(WideRow(weeks[week], project, section, title, unit, packed))
        money = tuple(MoneyRow.of(row) for row in paid)
        newest: list[WideRow | MoneyRow] = [*land[-1:], *money[-1:]]
        title = max(newest, key=lambda row: row.week).title
        return History(project, title, tuple(held.values()), tuple(land), money)

    def changes(self, week: Week | None = None, before: Week | None = None) -> Changes:
        """All that differs between a week (None: the newest) and one before it (None: the newest earlier one).

        Raises
        ------
        IndexFault
            A week that is not in the index, or none before it.
        """
        dialect = self.link.dialect
        with self.link.reading() as connection:
            new, old = _sides(_held(connection), week, before)
            asked = {"before": old.week.iso, "after": new.week.iso}
            land = [LandChange(*row) for row in connection.execute(land_differing(dialect), asked)]
            counts = {row.week: row.rows for row in connection.execute(land_counts(), asked)}
            # To look for each old row among the new ones takes long; mostly none is gone.
            if counts[old.week.iso] > counts[new.week.iso] - sum(one.packed_before is None for one in land):
                land += [LandChange(*row) for row in connection.execute(land_gone(dialect), asked)]
                land.sort(key=lambda one: (one.project, one.section or ""))
            spent = _money(connection, asked["after"], asked["before"])
            was_spent = _money(connection, asked["before"], asked["after"])
        lines = (MoneyChange(was_spent.get(key), spent.get(key)) for key in sorted(spent.keys() | was_spent.keys()))
        money = tuple(line for line in lines if line.differs)
        return Changes(old, new, tuple(land), money)


# --- parts -------------------------------------------------------------------------------------------------


def _held(connection: Connection) -> dict[Week, Held]:
    found = connection.execute(select(SNAPSHOT).join(WEEK, WEEK.c.digest == SNAPSHOT.c.digest).order_by(WEEK.c.week))
    return {held.week: held for held in map(Held.of, found)}


def _note(connection: Connection, found: list[Held]) -> None:
    for one in found:
        connection.execute(delete(SNAPSHOT).where(SNAPSHOT.c.digest == one.digest))
        noted = {"digest": one.digest, "week": one.week.iso, "as_of": one.as_of, "taken": one.taken_text}
        connection.execute(insert(SNAPSHOT).values(**noted, file=one.file))


def _sides(held: dict[Week, Held], week: Week | None, before: Week | None) -> tuple[Held, Held]:
    """The snapshots of a week and of one before it."""
    if not held:
        raise IndexFault("empty")
    weeks = list(held)
    for asked in (week, before):
        if asked is not None and asked not in held:
            raise IndexFault("no_week", week=asked, first=weeks[0], last=weeks[-1], count=len(weeks))
    new = week or weeks[-1]
    earlier = [one for one in weeks if one < new]
    if not earlier or (before is not None and before >= new):
        raise IndexFault("nothing_before", week=new, first=weeks[0])
    return held[new], held[before or earlier[-1]]


def _money(connection: Connection, this: str, other: str) -> dict[tuple[Any, ...], MoneyRow]:
    found = connection.execute(money_differing(), {"this": this, "other": other})
    return {tuple(getattr(row, name) for name in MONEY_KEY): MoneyRow.of(row) for row in found}


def _unknown(connection: Connection, project: str) -> IndexFault:
    held = list(_held(connection))
    if not held:
        return IndexFault("empty")
    known = [row.project for row in connection.execute(projects_of(), {"week": held[-1].iso})]
    near = difflib.get_close_matches(project, known, n=5)
    key = "near_project" if near else "unknown_project"
    return IndexFault(key, found=printable(project), known=", ".join(near or sorted(known)[:5]))
