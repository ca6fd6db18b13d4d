"""The index under fire: writers killed at any moment, and several at once. It holds whole weeks, and can be brought up.

The writers are processes of their own, forked from one that has loaded everything, so that a kill costs little.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select

from lsinfra.codes import Stage, TotalKind
from lsinfra.index import Held, Index, IndexFault, open_index
from lsinfra.index.rows import Rows, rows
from lsinfra.index.schema import PROGRESS, WEEK, read_amount
from lsinfra.progress import ClearanceRow, Dating, Progress, Rate
from lsinfra.quantities import Measure, PartialDate, StatedCheck
from lsinfra.snapshots import Snapshot, take
from lsinfra.weeks import Week
from tests.forks import Crew, hired, say, serve
from tests.postgres import Server

KILLS, KILLS_ON_SERVER = 200, 30
CRASHES = 3
WEEKS, PROJECTS = 2, 50
WRITERS = 4
PATIENCE_S = 0.025
FIRST = date(2024, 8, 31)
TAKEN = datetime(2024, 9, 30, tzinfo=UTC)


def snapshot(number: int, mark: int) -> Snapshot:
    """A week whose every figure is ``mark``, so that a mixture of two writes would show."""
    as_of = FIRST + timedelta(weeks=number)
    day = PartialDate(as_of.year, as_of.month, as_of.day)
    dating = Dating(day, 0, False, "báo-cáo", "projects.yaml:1", None)
    value, total = Decimal(mark), Decimal(10**6)
    rate = Rate(value, total, None, None, TotalKind.STATED, Fraction(mark, 10**6), None, StatedCheck.NONE, False)
    land = [
        ClearanceRow(f"p{project:04}", None, None, stage, measure, rate, dating)
        for project in range(PROJECTS)
        for stage in Stage
        for measure in (Measure.AREA, Measure.HOUSEHOLDS)
    ]
    return Snapshot(TAKEN, "0.1.0", (), (), Progress(as_of, tuple(land), (), (), (), (), ()), ())


# --- in the writers' processes -------------------------------------------------------------------------------------


@cache
def made(number: int, mark: int, dialect: str) -> Rows:
    return rows(snapshot(number, mark), dialect, Path())


def take_orders() -> None:
    for number, mark, dialect in product(range(WEEKS), (1, 2), ("sqlite", "postgresql")):
        made(number, mark, dialect)
    serve(lambda order, _: write(order))


def write(order: dict[str, Any]) -> None:
    """Bring the index up and be done; or write its weeks over and over, each time with another mark."""
    folder = Path(order["folder"])
    if order["job"] == "bring up":
        with open_index(order["where"]) as index:
            index.bring_up(folder, prune=True)
        return
    dialect = "postgresql" if "://" in order["where"] else "sqlite"
    data = {(number, mark): made(number, mark, dialect) for number in range(WEEKS) for mark in (1, 2)}
    logging.lastResort = Heard()
    try:
        keep_on(order, data)
    except IndexFault as fault:
        say("fault", fault.key, fault.values.get("reason"))


class Heard(logging.Handler):
    """Says what a library would print on stderr beside our sentence."""

    def emit(self, record: logging.LogRecord) -> None:
        say("logged", record.getMessage())


def keep_on(order: dict[str, Any], data: dict[tuple[int, int], Rows]) -> None:
    """Write the weeks over and over, until somebody ends it."""
    folder = Path(order["folder"])
    with open_index(order["where"]) as index:
        for turn in range(order["start"], 10**6):
            # Half of the writers are on their own from their first write on, the others after it.
            if turn == order["start"] + order["start"] % 2:
                say("writing")
            for number in range(WEEKS):
                as_of = FIRST + timedelta(weeks=number)
                # Newer than what is there; of no file, so that it goes again.
                taken = TAKEN + timedelta(minutes=1 + turn)
                # A digest of its own, as every snapshot has: one of two weeks would be of the week noted last.
                held = Held(Week.of(as_of), f"{number}-{turn:06}", as_of, taken, "none")
                index.keep(folder, held, data[number, 1 + turn // 2 % 2])


# --- in the test's -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    with hired(__name__) as crew:
        yield crew


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The snapshots that the index is to hold: a week's figures are its number and a hundred."""
    folder = tmp_path / "snapshots"
    for number in range(WEEKS):
        take(folder, snapshot(number, 100 + number))
    return folder


def marks(index: Index) -> dict[str, set[int]]:
    """Of each week that the index holds the marks of its figures; every project must have all of them."""
    cells = [column for column in PROGRESS.columns if column.name.endswith(("_area", "_households"))]
    ends = [end(column) for column in cells for end in (func.min, func.max)]
    counts = [func.count(column) for column in cells]
    with index.link.reading() as connection:
        weeks = set(connection.scalars(select(WEEK.c.week)))
        found = connection.execute(select(PROGRESS.c.week, *counts, *ends).group_by(PROGRESS.c.week)).all()
    assert {row[0] for row in found} == weeks
    assert all(set(row[1 : len(cells) + 1]) == {PROJECTS} for row in found)
    return {row[0]: {int(read_amount(mark)) for mark in row[len(cells) + 1 :]} for row in found}


def settle(where: str) -> None:
    """Wait until the server has noticed that its client is dead: a commit that was asked for is carried out."""
    with psycopg.connect(where, autocommit=True) as connection:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        while connection.execute(others).fetchone() != (0,):
            time.sleep(0.005)


def bring_back(index: Index, folder: Path) -> None:
    """The folder's own snapshots in place of newer ones: on a server those go only as weeks that a folder lacks."""
    if index.link.state:
        index.bring_up(folder / "none", prune=True)
    index.bring_up(folder, prune=True)


WHOLE = {Week.of(FIRST + timedelta(weeks=number)).iso: {100 + number} for number in range(WEEKS)}


def test_a_killed_writer_leaves_whole_weeks(crew: Crew, where: str, folder: Path) -> None:
    on_server = "://" in where
    chance = random.Random(20240831)
    seen: set[int] = set()
    for kill in range(KILLS_ON_SERVER if on_server else KILLS):
        (pid,) = crew.order(job="write", where=where, folder=str(folder), start=kill)
        if ["writing"] not in crew.said:  # it may have been said before the number
            crew.until("writing")
        time.sleep(chance.random() * PATIENCE_S)
        os.kill(pid, signal.SIGKILL)
        assert crew.codes() == [-signal.SIGKILL]
        if on_server:
            settle(where)
        with open_index(where) as index:
            found = marks(index)
            assert all(len(values) == 1 for values in found.values()), (kill, found)
            seen |= {value for values in found.values() for value in values}
            if not on_server:
                with index.link.reading() as connection:
                    assert connection.exec_driver_sql("PRAGMA integrity_check").all() == [("ok",)]
            bring_back(index, folder)
            assert marks(index) == WHOLE, kill
    assert {1, 2} <= seen


def test_a_killed_server_leaves_whole_weeks(crew: Crew, postgres: Server, folder: Path) -> None:
    """Two write, one reads, and the server is killed where it stands. Each writer ends with a sentence."""
    where = postgres.cleared()
    chance = random.Random(20240831)
    with open_index(where) as index:
        index.bring_up(folder, prune=True)
    for crash in range(CRASHES):
        crew.order(job="write", where=where, folder=str(folder), writers=2, start=crash)
        while crew.said.count(["writing"]) < 2:
            crew.said.append(crew.hear())
        with open_index(where) as reader:
            found = WHOLE
            while found == WHOLE:  # until it sees what a writer wrote
                found = marks(reader)
                assert all(len(values) == 1 for values in found.values()), (crash, found)
            time.sleep(chance.random() * PATIENCE_S)
            postgres.crash()
            with pytest.raises(IndexFault) as caught:
                reader.weeks()
        assert crew.codes() == [0, 0]
        told = [" ".join(words) for words in crew.said if words[0] in {"fault", "logged"}]
        assert len(told) == 2, told
        assert all("index.reason.shut_down" in one for one in told), told
        assert "đã ngắt kết nối" in caught.value.write("vi")
        with open_index(where) as index:
            found = marks(index)
            assert found.keys() == WHOLE.keys()
            assert all(len(values) == 1 for values in found.values()), (crash, found)
            bring_back(index, folder)
            assert marks(index) == WHOLE, crash


def test_writers_at_once_wait_for_each_other(crew: Crew, where: str, folder: Path) -> None:
    crew.order(job="bring up", where=where, folder=str(folder), writers=WRITERS)
    assert crew.codes() == [0] * WRITERS
    with open_index(where) as index:
        assert marks(index) == WHOLE
        assert index.bring_up(folder, prune=True).written == ()
