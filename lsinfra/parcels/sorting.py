"""More rows than there is memory for, put in order: sorted runs on the disk, merged while they are read.

The runs are files without a name in the folder where the result will be: they are gone when the process is, and if they
fit there, so does the result.
"""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

RUN_BYTES = 64 * 1024**2
"""Rows that are sorted at once take about this."""
_SLICE = 8_192
"""Rows of a run that are read at a time."""

Stretch = tuple[str, "pa.Table"]
"""Rows that stand together and have the same text, and that text."""


@contextmanager
def sorted_by(tables: Iterable[pa.Table], column: str, folder: Path) -> Iterator[Iterator[pa.Table]]:
    """Tables of one schema in order of a column of texts without nulls, rows of one text in the order they came.

    Raises
    ------
    OSError
        No room in the folder.
    """
    with ExitStack() as stack:
        runs: list[IO[bytes]] = []
        waiting: list[pa.Table] = []
        for table in tables:
            waiting.append(table)
            if sum(one.nbytes for one in waiting) >= RUN_BYTES:
                runs.append(stack.enter_context(_spooled(_sorted(waiting, column), folder)))
                waiting = []
        last = [_sorted(waiting, column)] if waiting else []
        stretches = [_stretches(column, _batches(run)) for run in runs] + [_stretches(column, last)]
        # Of equal texts those of an earlier run come first.
        yield (table for _, table in heapq.merge(*stretches, key=itemgetter(0)))


def _sorted(tables: list[pa.Table], column: str) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = pa.concat_tables(tables)
    return whole.take(pc.sort_indices(whole.column(column)))  # stable


def _spooled(table: pa.Table, folder: Path) -> IO[bytes]:
    import pyarrow as pa

    run = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - the stack of sorted_by closes it
    try:
        with pa.ipc.new_stream(run, table.schema) as stream:
            stream.write_table(table, max_chunksize=_SLICE)
        run.seek(0)
    except BaseException:
        with suppress(OSError):  # what is left in its buffer has no room either
            run.close()
        raise
    return run


def _batches(run: IO[bytes]) -> Iterator[pa.Table]:
    import pyarrow as pa

    with pa.ipc.open_stream(run) as stream:
        for batch in stream:
            yield pa.Table.from_batches([batch])


def _stretches(column: str, tables: Iterable[pa.Table]) -> Iterator[Stretch]:
    for table in tables:
        values = table.column(column).to_numpy()
        starts = [0, *(np.flatnonzero(values[1:] != values[:-1]) + 1).tolist(), len(values)]
        for start, stop in pairwise(starts):
            if stop > start:
                yield str(values[start]), table.slice(start, stop - start)
