"""Three ways to run the kernel over a register, which come to the same: in memory, streamed from the disk, on Dask."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import date
from importlib import import_module
from itertools import chain

from lsinfra.parcels import cluster
from lsinfra.parcels.cluster import FAN, EngineError
from lsinfra.parcels.kernel import combine, measure
from lsinfra.parcels.model import Lines, Partial, Units
from lsinfra.parcels.register import Register

ENGINES = ("auto", "memory", "stream", "dask")
MANY = 1_000_000
"""Parcels beyond which a register is streamed where nobody said how to read it."""

Told = Callable[[int, int], object]
"""Told how many pieces of a register are done, and how many there are."""


def run(
    register: Register,
    units: Units,
    lines: Lines,
    *,
    as_of: date | None = None,
    engine: str = "auto",
    threads: int = 2,
    scheduler: str | None = None,
    told: Told | None = None,
) -> Partial:
    """What a whole register comes to; the engines agree to 1e-9 of each figure.

    Parameters
    ----------
    units, lines
        In one metric CRS, in which everything is measured.
    as_of : date, optional
        A stage dated later is not known on that day.
    engine : str
        ``memory``: all rows in one frame, one call. ``stream``: piece by piece from the disk, bounded memory, the same
        result to the last bit for any number of threads. ``dask``: processes on this machine, or on those of a cluster.
        ``auto``: on Dask where ``scheduler`` is given, else in memory up to ``MANY`` parcels, streamed beyond.
    threads : int
        Threads of ``stream``, worker processes of ``dask`` on this machine.
    scheduler : str, optional
        ``tcp://HOST:PORT`` or ``tls://HOST:PORT`` (certificates as Dask's own configuration says): the cluster of
        ``dask``; None starts one here, closed to other users of the machine, and stops it afterwards. Every worker
        reads the register itself, under the same path.
    told : callable, optional
        Called with pieces done and pieces in all as the run goes on, from 0.

    Raises
    ------
    RunError
        The file is damaged or was changed on the way (``RegisterError``); not every parcel of it was counted, there is
        too little memory, the cluster is not there, has other versions or was lost (``EngineError``). There is no
        result of a part of it.
    """
    way = _way(engine, register, threads, scheduler)
    told = told or _unheard
    try:
        if way == "dask":
            partial = cluster.run(register, units, lines, as_of, threads, scheduler, told)
        elif way == "stream":
            with _given_back(register), closing(_streamed(register, units, lines, as_of, threads, told)) as pieces:
                partial = fold(pieces)
        else:
            told(0, 1)
            partial = measure(register.frame(), units, lines, as_of)
            told(1, 1)
    except MemoryError:
        raise EngineError("memory", rows=register.rows) from None
    _check_counts(partial, register)
    return partial


def fold(partials: Iterable[Partial]) -> Partial:
    """Partial results as one, in their order, added up ``FAN`` at a time as they come.

    Each goes through log(n) sums instead of n, and the tree of sums depends on nothing but their number: the same
    pieces give the same bytes, however many threads were at work. Few are held at a time.
    """
    levels: list[list[Partial]] = [[]]
    for partial in partials:
        levels[0].append(partial)
        for level, full in enumerate(levels):
            if len(full) < FAN:
                break
            if level + 1 == len(levels):
                levels.append([])
            levels[level + 1].append(combine(*full))
            full.clear()
    return combine(*chain.from_iterable(reversed(levels)))


def _check_counts(partial: Partial, register: Register) -> None:
    """Every parcel of the register must be in the sums, or among those that cannot be measured."""
    counted = int(partial.wholes["parcels"].sum()) + partial.unmeasured
    if counted != register.rows:
        raise EngineError("rows", path=register.path, rows=register.rows, counted=counted)


def _way(engine: str, register: Register, threads: int, scheduler: str | None) -> str:
    if engine not in ENGINES:
        raise EngineError("engine", found=engine, known=", ".join(ENGINES))
    if threads < 1:
        raise EngineError("too_few", found=threads)
    if scheduler is not None and engine not in ("auto", "dask"):
        raise EngineError("not_dask")
    if engine != "auto":
        return engine
    return "dask" if scheduler is not None else "stream" if register.rows > MANY else "memory"


def _unheard(_done: int, _pieces: int) -> None:
    """Nobody listens."""


def _streamed(
    register: Register, units: Units, lines: Lines, as_of: date | None, threads: int, told: Told
) -> Generator[Partial]:
    """Every piece in the order of the file; at most one more than there are threads is held at a time."""
    told(0, register.groups)
    under_way: deque[Future[Partial]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for group in range(register.groups):
            under_way.append(pool.submit(_measured, register, group, units, lines, as_of))
            if len(under_way) > threads:
                yield under_way.popleft().result()
                told(group + 1 - threads, register.groups)
        while under_way:
            yield under_way.popleft().result()
            told(register.groups - len(under_way), register.groups)
    finally:
        # After an error or Ctrl+C: nothing more is begun, and no thread outlives the run.
        pool.shutdown(cancel_futures=True)


@contextmanager
def _given_back(register: Register) -> Iterator[None]:
    """While a register is streamed, what Arrow has read of it is given back as any other memory is.

    Its own pool of memory keeps 100 MB that nobody else can use.
    """
    if not register.file.parquet:
        yield
        return
    arrow = import_module("pyarrow")
    before = arrow.default_memory_pool()
    arrow.set_memory_pool(arrow.system_memory_pool())
    try:
        yield
    finally:
        arrow.set_memory_pool(before)


def _measured(register: Register, group: int, units: Units, lines: Lines, as_of: date | None) -> Partial:
    return measure(register.land(group), units, lines, as_of)
