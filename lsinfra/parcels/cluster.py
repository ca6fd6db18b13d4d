"""A register on Dask: worker processes on this machine, or those of a cluster; for those who outgrow a machine."""

from __future__ import annotations

import contextlib
import logging
import pickle
import re
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsinfra.errors import RunError, missing_package, why
from lsinfra.parcels.kernel import combine, measure
from lsinfra.parcels.model import Lines, Partial, Units
from lsinfra.parcels.register import Register
from lsinfra.text import printable

if TYPE_CHECKING:
    from dask.delayed import Delayed
    from dask_geopandas import GeoDataFrame


PACKAGES = ("lsinfra", "dask", "distributed", "geopandas", "numpy", "pandas", "pyarrow", "pyproj", "shapely")
"""What must have the same version everywhere: the figures come from it, or the talk between the processes."""
ANSWER_S = 10.0
"""A scheduler that has not answered by then is not there (s)."""
LOST_S = 30.0
"""Workers that have all gone, and of whom none has come back by then, are lost (s)."""
_LOOK_S, _ASK_S = 0.05, 2.0
"""How often the futures are looked at, and the scheduler is asked who works for it (s)."""
FAN = 16
"""Partial results that are added up at a time."""
_SILENT = logging.CRITICAL + 1
_SETTINGS = {
    "distributed.comm.timeouts.connect": ANSWER_S,
    # The lines of a nation's routes are more than Dask deems usual.
    "distributed.admin.large-graph-warning-threshold": "1TB",
    # Scheduler and workers listen for browsers too, on loopback; there shall be nothing to see.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # Nobody looks at what it would note a hundred times a second.
    "distributed.worker.profile.enabled": False,
}


class EngineError(RunError):
    """A register cannot be measured to the end; its sentence is under ``engine.``."""

    group = "engine"


def run(
    register: Register,
    units: Units,
    lines: Lines,
    as_of: date | None,
    workers: int,
    address: str | None,
    told: Callable[[int, int], object],
) -> Partial:
    """What a whole register comes to, as ``engines.run`` with ``engine="dask"``.

    A worker that dies is replaced and its pieces are done again; whether all were done is for the caller to count.
    """
    if address is not None and not re.fullmatch(r"(tcp|tls)://[^\s/]+:\d{1,5}", address):
        raise EngineError("address", found=printable(address))
    # A worker may have been started in another folder.
    file = replace(register.file, path=register.path.resolve())
    register = replace(register, path=file.path, file=file)
    told(0, register.groups)
    with _client(workers, address) as client:
        if address is not None:
            _check_versions(client)
            _check_file(client, register)
        pieces = partials(register, units, lines, as_of)
        return _gather(client, client.compute([*pieces, total(pieces)]), register, told)


def partials(parcels: Register | GeoDataFrame, units: Units, lines: Lines, as_of: date | None = None) -> list[Delayed]:
    """What each piece of a register, or each partition of a frame of parcels, comes to.

    Parameters
    ----------
    parcels : Register or dask_geopandas.GeoDataFrame
        A register is read by the workers, in the form that costs the kernel least. Of a frame (``frame``, or any other
        with the columns of a register) the partitions go through the kernel by ``map_partitions``.

    Returns
    -------
    list of Delayed
        A ``Partial`` each; ``total`` adds them up.
    """
    delayed = _delayed()
    # Sent once, and held once by each worker. Being the result of a task, it is made again where the only worker that
    # has it dies; scattered data would be lost.
    ground = delayed(pickle.loads, pure=False)(pickle.dumps((units, lines)))
    if isinstance(parcels, Register):
        piece = delayed(_measured_piece, pure=False)
        return [piece(parcels, group, ground, as_of) for group in range(parcels.groups)]
    measured = parcels.map_partitions(_measured, ground, as_of, meta=(None, object), enforce_metadata=False)
    return list(measured.to_delayed())


def total(partials: Sequence[Delayed]) -> Delayed:
    """The sum of partial results, added up where they lie, a few at a time."""
    added = _delayed()(_added, pure=False)
    level = list(partials)
    while True:
        level = [added(level[start : start + FAN]) for start in range(0, len(level), FAN)]
        if len(level) == 1:
            return level[0]


def frame(register: Register) -> GeoDataFrame:
    """A register as a lazy ``dask_geopandas.GeoDataFrame``, a partition a piece, read by the workers themselves."""
    try:
        import_module("dask_geopandas")  # tells Dask which frame of its own a GeoDataFrame is
        from_map = import_module("dask.dataframe").from_map
    except ModuleNotFoundError as error:
        raise missing_package(str(error.name)) from None
    groups = [[group] for group in range(register.groups)]
    lazy: GeoDataFrame = from_map(register.frame, groups, meta=register.frame([]))
    return lazy


def _delayed() -> Any:
    try:
        return import_module("dask").delayed
    except ModuleNotFoundError as error:
        raise missing_package(str(error.name)) from None


def _measured_piece(register: Register, group: int, ground: tuple[Units, Lines], as_of: date | None) -> Partial:
    return measure(register.land(group), *ground, as_of)


def _measured(parcels: Any, ground: tuple[Units, Lines], as_of: date | None) -> Partial:
    return measure(parcels, *ground, as_of)


def _added(partials: list[Partial]) -> Partial:
    return combine(*partials)


# --- the processes -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Processes that are begun in here, or by threads that are, never hear Ctrl+C; this one hears it as it leaves."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        # Begun while the signal is blocked, it would let it through again.
        import_module("multiprocessing.resource_tracker").ensure_running()
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, before)
        if heard:
            signal.raise_signal(signal.SIGINT)


def dask_setup(_worker: object) -> None:
    """What a worker process of ours does first (Dask calls it): where ``_deaf`` can do nothing, Ctrl+C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def _client(workers: int, address: str | None) -> Iterator[Any]:
    """The way to a cluster: to one of processes of this machine that ends with it, or to that at an address."""
    try:
        dask, distributed = import_module("dask"), import_module("distributed")
    except ModuleNotFoundError as error:
        raise missing_package(str(error.name)) from None
    # What goes wrong is told by us, once.
    quiet = import_module("distributed.utils").silence_logging_cmgr(_SILENT)
    way = _local(dask, distributed, workers) if address is None else _joined(distributed, address)
    with dask.config.set(_SETTINGS), quiet, way as client:
        yield client


@contextlib.contextmanager
def _local(dask: Any, distributed: Any, workers: int) -> Iterator[Any]:
    with tempfile.TemporaryDirectory(prefix="lsinfra-") as scratch, contextlib.ExitStack() as stack:
        stack.enter_context(dask.config.set({"temporary-directory": scratch}))
        try:
            with _deaf():
                cluster = distributed.LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                    scheduler_kwargs={"dashboard": False},
                    # Encrypted, with keys of this run alone: no other user of this machine can send it work.
                    security=distributed.Security.temporary(),
                    silence_logs=_SILENT,
                    preload=[__name__],
                )
                stack.enter_context(cluster)
                client = stack.enter_context(distributed.Client(cluster))
        except (OSError, RuntimeError, TimeoutError) as error:
            raise EngineError("no_start", reason=_first_line(error)) from error
        yield client


@contextlib.contextmanager
def _joined(distributed: Any, address: str) -> Iterator[Any]:
    try:
        client = distributed.Client(address, timeout=ANSWER_S)
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        raise EngineError("no_scheduler", address=address, reason=_first_line(error)) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=ANSWER_S)
        except TimeoutError:
            raise EngineError("no_workers", address=address) from None
        yield client


def _first_line(error: BaseException) -> str:
    return printable(str(error).strip().partition("\n")[0]) or type(error).__name__


def _check_versions(client: Any) -> None:
    """Every worker must compute as we do."""
    found = client.get_versions(packages=list(PACKAGES))
    ours = found["client"]["packages"]
    differing = {
        f"{name} {said['packages'].get(name) or '–'} ≠ {ours[name]}"
        for said in found["workers"].values()
        for name in ("python", *PACKAGES)
        if said["packages"].get(name) != ours[name]
    }
    if differing:
        raise EngineError("versions", differing=", ".join(sorted(differing)))


def _check_file(client: Any, register: Register) -> None:
    """Every worker must have the same register under the same path."""
    for worker, found in client.run(_stamp, register.path).items():
        if isinstance(found, OSError):
            raise EngineError("no_file", worker=worker, path=register.path, reason=why(found))
        if found != register.file.stamp:
            raise EngineError("other_file", worker=worker, path=register.path)


def _stamp(path: Path) -> tuple[int, int] | OSError:
    try:
        found = path.stat()
    except OSError as error:
        return error
    return found.st_size, found.st_mtime_ns


# --- waiting -------------------------------------------------------------------------------------------------------


def _gather(client: Any, futures: list[Any], register: Register, told: Callable[[int, int], object]) -> Partial:
    """Wait for the last of the futures, the sum of the others, and tell how far they are."""
    *pieces, whole = futures
    done, watch = 0, _Watch(client)
    while not whole.done():
        time.sleep(_LOOK_S)
        watch.look()
        if (now := sum(piece.status == "finished" for piece in pieces)) > done:
            done = now
            told(done, len(pieces))
    if whole.status == "error":
        error = whole.exception()
        if isinstance(error, import_module("distributed").KilledWorker):
            raise EngineError("killed", path=register.path, tries=error.allowed_failures + 1)
        raise error
    try:
        # Its worker may die before it has come: then it is made again.
        found: Partial = whole.result(timeout=LOST_S)
    except (TimeoutError, CancelledError):
        raise watch.lost() from None
    told(len(pieces), len(pieces))
    return found


class _Watch:
    """Looks after a cluster at work: without scheduler or workers, waiting would have no end."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._address = client.scheduler.address
        self._asked = self._seen = time.monotonic()

    def look(self) -> None:
        """Raise ``EngineError`` where there is nobody left to wait for."""
        if self._client.status != "running":
            raise self.lost()
        now = time.monotonic()
        if now - self._asked < _ASK_S:
            return
        self._asked = now
        try:
            there = self._client.sync(self._client.scheduler.ncores, workers=None, callback_timeout=LOST_S)
        except (OSError, TimeoutError):
            raise self.lost() from None
        if there:
            self._seen = now
        elif now - self._seen > LOST_S:
            raise EngineError("workers_lost", seconds=round(LOST_S))

    def lost(self) -> EngineError:
        return EngineError("lost", address=self._address)
