"""A register on Dask: worker processes on this machine, or those of a cluster; for those who outgrow a machine."""

from __future__ import annotations

import contextlib
import logging
import pickle
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from datetime import date
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from geopandas import GeoDataFrame

from lsinfra.errors import RunError, missing_package, why
from lsinfra.files import LEFT_BEHIND_S
from lsinfra.parcels.kernel import combine, measure
from lsinfra.parcels.land import Land
from lsinfra.parcels.model import Lines, Partial, Units
from lsinfra.parcels.register import COLUMNS, Register
from lsinfra.text import printable

if TYPE_CHECKING:
    from dask.dataframe import DataFrame
    from dask.delayed import Delayed


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
    # Nobody looks at what it would note a hundred times a second, or measure fifty times.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.tick.limit": "1h",
}
_FORKED = sys.platform == "linux"
"""Whether workers on this machine are forked off a process that has imported what they need, once for all of them."""
_IMPORTED = (__name__, "dask.dataframe", "distributed", "pyarrow.parquet")
_SCRATCH = "lsinfra-dask-"
"""What the folders are called that a cluster on this machine keeps its files in."""


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
    if address is not None:
        with _joined(address) as client:
            _check_versions(client)
            _check_file(client, register)
            return _gather(client, partials(register, units, lines, as_of), register, told)
    with _scratch() as scratch:
        _prepare()
        # Drawn up while that on which the workers wait is imported.
        with _startable():
            pieces = partials(register, units, lines, as_of, scratch)
        with _local(workers, scratch) as client:
            return _gather(client, pieces, register, told)


def partials(
    parcels: Register | DataFrame, units: Units, lines: Lines, as_of: date | None = None, scratch: Path | None = None
) -> list[Delayed]:
    """What each piece of a register, or each partition of a frame, comes to: ``kernel.measure`` by ``map_partitions``.

    Parameters
    ----------
    parcels : Register or dask_geopandas.GeoDataFrame
        A register is read by the workers (``frame``). A frame of one's own has the columns of a register and a CRS.
    scratch : Path, optional
        A folder that the workers can read and nobody else can write to: units and lines go by way of it. None: they
        are sent.

    Returns
    -------
    list of Delayed
        A ``Partial`` each; ``total`` adds them up.
    """
    ground: Any = pickle.dumps((units, lines))
    if scratch is not None:
        (scratch / "ground").write_bytes(ground)
        ground = scratch / "ground"
    else:
        # Sent once, and held once by each worker. Being the result of a task, it is made again where the only worker
        # that has it dies; scattered data would be lost.
        ground = _delayed()(pickle.loads, pure=False)(ground)
    lazy: Any
    lazy, crs = (frame(parcels), parcels.crs) if isinstance(parcels, Register) else (parcels, "")
    measured = lazy.map_partitions(_measured, ground, as_of, crs, meta=(None, object), enforce_metadata=False)
    return list(measured.to_delayed())


def total(partials: Sequence[Delayed]) -> Delayed:
    """The sum of partial results, added up where they lie, a few at a time."""
    added = _delayed()(_added, pure=False)
    level = list(partials)
    while True:
        level = [added(level[start : start + FAN]) for start in range(0, len(level), FAN)]
        if len(level) == 1:
            return level[0]


def frame(register: Register) -> DataFrame:
    """A register as a lazy frame of Dask, a partition a piece, read by the workers themselves.

    Returns
    -------
    dask.dataframe.DataFrame
        Of a Parquet file the columns that the kernel needs as Arrow has them, the geometry as WKB: objects of shapely,
        which it seldom asks for, would take four times as long as all the rest of reading. Of a GeoPackage a
        ``dask_geopandas.GeoDataFrame``.
    """
    with _extra():
        from_map = import_module("dask.dataframe").from_map
    read = _columns if register.file.parquet else _shapes
    if read is _shapes:
        with _extra():
            import_module("dask_geopandas")  # tells Dask which frame of its own a GeoDataFrame is
    groups = list(range(register.groups))
    lazy: DataFrame = from_map(read, groups, register=register, meta=read(0, register).iloc[:0])
    return lazy


def _shapes(group: int, register: Register) -> GeoDataFrame:
    return register.frame([group], columns=COLUMNS)


def _columns(group: int, register: Register) -> pd.DataFrame:
    found: pd.DataFrame = register.table(group).to_pandas(types_mapper=pd.ArrowDtype)
    return found


def _measured(parcels: pd.DataFrame, ground: Path | tuple[Units, Lines], as_of: date | None, crs: str) -> Partial:
    units, lines = _ground(ground) if isinstance(ground, Path) else ground
    return measure(_land(parcels, crs), units, lines, as_of)


@lru_cache(maxsize=1)
def _ground(path: Path) -> tuple[Units, Lines]:
    """Units and lines, once a process."""
    found: tuple[Units, Lines] = pickle.loads(path.read_bytes())  # noqa: S301 - of the process that started this one
    return found


def _land(parcels: pd.DataFrame, crs: str) -> GeoDataFrame | Land:
    """A partition as the kernel takes it."""
    if isinstance(parcels, GeoDataFrame):
        return parcels
    names = [str(name) for name in parcels]
    table = import_module("pyarrow").table({name: parcels[name].array.__arrow_array__() for name in names})
    return Land.from_arrow(table, dict(zip(names, names, strict=True)), crs)


def _added(partials: list[Partial]) -> Partial:
    return combine(*partials)


def _delayed() -> Any:
    with _extra():
        return import_module("dask").delayed


@contextlib.contextmanager
def _extra() -> Iterator[None]:
    """Whichever package of the extra cannot be imported in here is one to be installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise missing_package(str(error.name).partition(".")[0]) from None


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


def _prepare() -> None:
    """What takes long about the processes of this machine begins now, while this one has imports of its own to do."""
    with _extra():
        import_module("cryptography")  # which distributed asks for only when it needs it
    if _FORKED:
        server = import_module("multiprocessing.forkserver")
        server.set_forkserver_preload(list(_IMPORTED))
        with _deaf():
            server.ensure_running()  # it ends with this process


def dask_setup(_worker: object) -> None:
    """What a worker process of ours does first (Dask calls it): where ``_deaf`` can do nothing, Ctrl+C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """A folder that only this user can look into; those of runs that were killed before they could remove theirs go."""
    with _startable():
        folder = tempfile.TemporaryDirectory(prefix=_SCRATCH)
    with folder as name:
        new = Path(name)
        for left in new.parent.glob(f"{_SCRATCH}*"):
            with contextlib.suppress(OSError):
                if new.stat().st_mtime - left.stat().st_mtime > LEFT_BEHIND_S:
                    shutil.rmtree(left)
        yield new


@contextlib.contextmanager
def _startable() -> Iterator[None]:
    """Whatever the system refuses to workers that are about to be started: no room on the disk, above all."""
    try:
        yield
    except OSError as error:
        raise EngineError("no_start", reason=why(error)) from error


@contextlib.contextmanager
def _distributed(**more: object) -> Iterator[Any]:
    """The package, with our settings, and silent: what goes wrong is told by us, once."""
    with _extra():
        dask, distributed = import_module("dask"), import_module("distributed")
    quiet = import_module("distributed.utils").silence_logging_cmgr(_SILENT)
    with dask.config.set(_SETTINGS | more), quiet:
        yield distributed


@contextlib.contextmanager
def _local(workers: int, scratch: Path) -> Iterator[Any]:
    """A client of a cluster of processes of this machine, which ends with it."""
    method = "forkserver" if _FORKED else "spawn"
    here = {"temporary-directory": str(scratch), "distributed.worker.multiprocessing-method": method}
    with _distributed(**here) as distributed, contextlib.ExitStack() as stack:
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
def _joined(address: str) -> Iterator[Any]:
    """A client of the cluster at an address."""
    with _distributed() as distributed:
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


def _gather(client: Any, pieces: list[Delayed], register: Register, told: Callable[[int, int], object]) -> Partial:
    """Have all pieces done, wait for their sum, and tell how far they are."""
    *left, whole = client.compute([*pieces, total(pieces)])
    watch = _Watch(client)
    while not whole.done():
        time.sleep(_LOOK_S)
        watch.look()
        before = len(left)
        # One that is done is let go: the cluster keeps it only until it is in a sum.
        left = [piece for piece in left if piece.status != "finished"]
        if len(left) < before:
            told(register.groups - len(left), register.groups)
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
    told(register.groups, register.groups)
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
