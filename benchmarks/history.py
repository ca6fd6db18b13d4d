"""The index at ten years of weekly snapshots of 10,000 projects with 20 measures of land each, as SQLite keeps it.

Three jobs: a week is written, two weeks are compared over all projects, one project is followed over all weeks. The
limits are times on the machine at hand, which is what a person waits. Beside each stands Python's own ``sqlite3`` on
the very same rows: the same table and the same transactions with nothing but ``executemany``, and a plain ``SELECT`` of
the rows that the question is about.

The province is synthetic and streamed: one week is in memory at a time. Each week a third of the projects report anew
and all of their 20 values move; amounts have two decimals or none, totals stay. Each report has its source, one figure
in ten of it another one; one in three has a stated percentage beside its total; after 45 days a figure is stale. A week
begins as rows, as they come out of a snapshot (what that takes is told beside it), and is on the disk at the end
(``synchronous`` is full). A comparison ends with every differing row in memory, exact, as text: a figure of it becomes
decimals when it is looked at. What that takes for all figures at once is told beside it, not in it.
"""

from __future__ import annotations

import gc
import json
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from benchmarks.timing import BenchError, Note, Outcome, Timing, below, in_turn
from lsinfra.index import CELLS, Held, Index, Rows, WideRow, open_index
from lsinfra.index.rows import fingerprint, rows
from lsinfra.index.schema import PROGRESS
from lsinfra.progress import ClearanceRow, Dating, Progress
from lsinfra.quantities import Measure
from lsinfra.records import Title
from lsinfra.snapshots import KeptProject, Snapshot
from lsinfra.weeks import Week, read_week

PROJECTS, WEEKS = 10_000, 520
WRITE_S, CHANGES_S, HISTORY_S = 0.100, 0.050, 0.020
# The last so many weeks are timed, when the index has its full size.
TIMED = 15
# One project in so many reports in a week.
REPORTING = 3
# One figure in so many has a stated percentage, one in so many another source than the rest of its report.
STATING, ELSEWHERE = 3, 10
STALE_DAYS = 45
FIRST = date(2015, 1, 8)

Land = tuple[Any, ...]
"""A row of land as the index has it on SQLite: names, then figures."""


def keeping(folder: Path, rounds: int) -> Outcome:
    """All weeks into an index in ``folder``, the last of them timed; then the questions."""
    path = folder / "index.sqlite"
    with open_index(path) as index:
        written, inserted, last = fill(index, folder)
        project = f"project-{PROJECTS // 2:05}"
        check(index, project, last)
        snapshot = snapshot_of(last)
        if rows(snapshot, "sqlite", path).land != last:
            raise BenchError("a snapshot of the last week does not give its rows")
        new, old = (held.week.iso for held in index.weeks()[:-3:-1])
        scan = f"SELECT * FROM {PROGRESS.name} WHERE "
        with closing(sqlite3.connect(path)) as plain:
            jobs: dict[str, Callable[[], object]] = {
                "changes": index.changes,
                "history": lambda: index.history(project),
                "sqlite3, both weeks": lambda: plain.execute(f"{scan} week IN (?, ?)", (old, new)).fetchall(),
                "sqlite3, its rows": lambda: plain.execute(
                    f"{scan} week IN (SELECT week FROM week) AND project = ?", (project,)
                ).fetchall(),
                "decimals": lambda: [list(row.cells()) for row in index.changes().land],
                "history decimals": lambda: [row.cells() for row in index.history(project).land],
                "rows": lambda: rows(snapshot, "sqlite", path),
            }
            times = in_turn(jobs, rounds)
        changed = sum(1 for row in index.changes().land for _ in row.cells())
    return Outcome(
        (
            below("write a week into the index", written, WRITE_S, inserted),
            below("a week's changes, all projects", times["changes"], CHANGES_S, times["sqlite3, both weeks"]),
            below("history of a project", times["history"], HISTORY_S, times["sqlite3, its rows"]),
        ),
        (
            Note("the index: projects, with 20 measures of land each", PROJECTS),
            Note("its weeks", WEEKS),
            Note("its size", path.stat().st_size, "bytes"),
            Note("figures that changed in the week", changed),
            Note("the changes with every figure made a decimal", times["decimals"]),
            Note("the history with every figure made a decimal", times["history decimals"]),
            Note("a loaded snapshot made rows, before it is written", times["rows"]),
        ),
    )


def fill(index: Index, folder: Path) -> tuple[Timing, Timing, list[Land]]:
    """Write every week; the times of the last ones, by the index and by sqlite3 in turn; the rows of the last."""
    ours: list[float] = []
    plain: list[float] = []
    table = str(CreateTable(PROGRESS).compile(dialect=sqlite.dialect()))
    insert = f"INSERT INTO {PROGRESS.name} VALUES ({', '.join('?' * len(PROGRESS.columns))})"
    with closing(sqlite3.connect(folder / "plain.sqlite", isolation_level=None)) as peer:
        peer.execute(table)

        def put(found: list[Land]) -> None:
            peer.execute("BEGIN IMMEDIATE")
            peer.executemany(insert, found)
            peer.execute("COMMIT")

        found: list[Land]
        for number, found in enumerate(weeks()):
            as_of = FIRST + timedelta(weeks=number)
            held = Held(Week.of(as_of), f"{number:016x}", as_of, None, f"{as_of}.json")
            keep = partial(index.keep, folder, held, Rows(found, []))
            if number < WEEKS - TIMED:
                keep()
                continue
            jobs: list[tuple[Callable[[], object], list[float]]] = [(keep, ours), (partial(put, found), plain)]
            for job, taken in jobs[:: -1 if number % 2 else 1]:
                taken.append(seconds(job))
    return Timing("the index", tuple(ours)), Timing("sqlite3, executemany", tuple(plain)), found


def seconds(job: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def check(index: Index, project: str, last: list[Land]) -> None:
    """The index must hold what was written, or its times say nothing."""
    history = index.history(project)
    (there,) = [row for row in last if row[1] == project]
    if len(index.weeks()) != WEEKS or len(history.land) != WEEKS:
        raise BenchError(f"the index holds {len(index.weeks())} weeks of {WEEKS}")
    if history.land[-1].cells() != wide(there).cells():
        raise BenchError("the index does not give what was written")


# --- the synthetic province ----------------------------------------------------------------------------------------


def weeks() -> Iterator[list[Land]]:
    """The rows of one week after another: a third of the projects report anew, other values, the same totals."""
    chance = random.Random(1)
    totals = [[chance.randrange(1_000, 90_000) for _ in CELLS] for _ in range(PROJECTS)]
    figures: list[Land] = [()] * PROJECTS
    since = [0] * PROJECTS
    for number in range(WEEKS):
        as_of = FIRST + timedelta(weeks=number)
        week, day = Week.of(as_of).iso, int(f"{as_of:%Y%m%d}")
        for project in range(PROJECTS):
            if not figures[project] or chance.randrange(REPORTING) == 0:
                figures[project], since[project] = reported(totals[project], day, chance), number
        yield [
            (week, f"project-{at:05}", "", f"Dự án {at:05}", None, None, *cells, stale(number - since[at]))
            for at, cells in enumerate(figures)
        ]


def stale(age_weeks: int) -> int:
    """The bits of all figures of a row that was reported so many weeks ago."""
    return 2 ** len(CELLS) - 1 if age_weeks * 7 > STALE_DAYS else 0


def reported(totals: list[int], day: int, chance: random.Random) -> Land:
    """The figures of a row: values and totals in hundredths of ha and km, whole households and parcels; the rest."""
    cells: list[int] = []
    percents: dict[str, str] = {}
    sources: dict[str, str] = {}
    for place, (total, (_, measure)) in enumerate(zip(totals, CELLS, strict=True)):
        unit = 100 if measure in {Measure.AREA, Measure.LENGTH} else 10_000
        value = int(total * chance.random())
        cells += (value * unit, total * unit, day)
        if chance.randrange(STATING) == 0:
            percents[str(place)] = f"{value * 10_000 // total / 100:.2f}"
        if chance.randrange(ELSEWHERE) == 0:
            sources[str(place)] = f"bao-lang-son-{day}"
    same = [(int(place), f"{Decimal(percent).normalize():f}") for place, percent in percents.items()]
    rest = {key: found for key, found in (("percent", percents), ("source", sources)) if found}
    text = json.dumps(rest, separators=(",", ":")) if rest else None
    return fingerprint(cells, (same, [])), *cells, text, f"bao-cao-gpmb-{day}"


def wide(row: Land) -> WideRow:
    week, project, section, vi, en, unit, _, *figures = row
    return WideRow(read_week(week), project, section or None, Title(vi=vi, en=en), unit, json.dumps(figures))


def snapshot_of(found: list[Land]) -> Snapshot:
    """The snapshot whose rows these are."""
    projects, land = [], []
    for row in map(wide, found):
        projects.append(KeptProject(row.project, row.title, ()))
        for cell in row.cells().values():
            dating = Dating(cell.observed, 0, cell.stale, cell.source, "projects.yaml:1", None)
            land.append(ClearanceRow(row.project, None, None, cell.stage, cell.measure, cell.rate, dating))
    progress = Progress(FIRST + timedelta(weeks=WEEKS - 1), tuple(land), (), (), (), (), ())
    return Snapshot(None, "", (), tuple(projects), progress, ())
