"""A register on Dask: worker processes on this machine, or those of a cluster; for those who outgrow a machine."""

from __future__ import annotations

import contextlib
import logging
import pickle
import re
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from datetime import date
from functools import partial as bound
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsinfra.errors import LsinfraError, missing_package
from lsinfra.parcels.kernel import combine, measure
from lsinfra.parcels.model import Lines, Partial, Units
from lsinfra.parcels.pieces import EngineError, FileState, read_frame, state
from lsinfra.parcels.register import Register
from lsinfra.text import printable

if TYPE_CHECKING:
    from dask.delayed import Delayed
    from dask_geopandas import GeoDataFrame
    from distributed import Client, Future

PACKAGES = ("lsinfra", "dask", "distributed", "geopandas", "numpy", "pandas", "pyarrow", "pyproj", "shapely")
"""What must have the same version everywhere: figures come from it, or the talk between the processes."""
ANSWER_S = 10.0
"""A scheduler that has not answered by then is not there."""
LOST_S = 30.0
"""Workers that have all gone, and of whom none has come back by then, are lost."""
_LOOK_S, _ASK_S = 0.05, 2.0
"""How often the futures are looked at, and the scheduler is asked who works for it."""
_FAN = 8
"""Partial results that are added up at a time."""
_SILENT = logging.CRITICAL + 1
_SETTINGS = {
    "distributed.comm.timeouts.connect": ANSWER_S,
    "distributed.admin.large-graph-warning-threshold": "1TB",
    # A scheduler answers on a port for browsers too, loopback as well; it shall have nothing to say there.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


def run(
    register: Register,
    known: FileState,
    units: Units,
    lines: Lines,
    as_of: date | None,
    workers: int,
    address: str | None,
    told: Callable[[int, int], None],
) -> Partial:
    """What a whole register comes to, as ``engines.run`` with ``engine="dask"``.

    A worker that dies is replaced and its pieces are done again; whether all were done is for the caller to count.
    """
    if address is not None and not re.fullmatch(r"(tcp|tls)://[^\s/]+:\d{1,5}", address):
        raise EngineError("address", found=address)
    told(0, register.groups)
    with _client(workers, address) as client:
        if address is not None:
            _check_versions(client)
            _check_file(client, register, known)
        pieces = partials(frame(register, known), units, lines, as_of)
        futures: list[Future] = client.compute([*pieces, total(pieces)])
        return _gather(client, futures, register, told)


def frame(register: Register, known: FileState) -> GeoDataFrame:
    """The register as a lazy frame of Dask, a partition a piece; workers read it themselves."""
    import dask_geopandas  # noqa: F401  (tells Dask which frame of its own a GeoDataFrame is)
    from dask.dataframe import from_map

    groups = [range(group, group + 1) for group in range(register.groups)]
    return from_map(bound(read_frame, register, known=known), groups, meta=read_frame(register, range(0), known))


def partials(parcels: GeoDataFrame, units: Units, lines: Lines, as_of: date | None = None) -> list[Delayed]:
    """What each partition of a frame of parcels comes to: the kernel by ``map_partitions``.

    Units and lines go to the scheduler once and lie in the memory of each worker once. Being the result of a task, they
    are made again where the only worker that had them dies, as scattered data would not be.
    """
    from dask import delayed

    ground = delayed(pickle.loads, name="ground", pure=False)(pickle.dumps((units, lines)))
    return parcels.map_partitions(_measured, ground, as_of, meta=(None, object)).to_delayed()


def total(partials: Sequence[Delayed]) -> Delayed:
    """The sum of partial results, added up where they lie."""
    from dask import delayed

    level = list(partials)
    while True:
        level = [delayed(_added)(level[start : start + _FAN]) for start in range(0, len(level), _FAN)]
        if len(level) == 1:
            return level[0]


def _measured(parcels: Any, ground: tuple[Units, Lines], as_of: date | None) -> Partial:
    return measure(parcels, *ground, as_of)


def _added(partials: list[Partial]) -> Partial:
    return combine(*partials)


# --- the processes -------------------------------------------------------------------------------------------------


def dask_setup(_worker: object) -> None:
    """What a worker process of ours does first (Dask calls it): Ctrl+C is for the one who started it to hear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def _client(workers: int, address: str | None) -> Iterator[Client]:
    """The way to a cluster: one of this machine's processes that ends with it, or that at an address."""
    try:
        import dask
        import dask_geopandas  # noqa: F401
        import distributed
        from distributed.utils import silence_logging_cmgr
    except ModuleNotFoundError as error:
        raise missing_package(str(error.name)) from None

    with contextlib.ExitStack() as stack:
        # What goes wrong is told by us, once; the lines of Units and Lines are larger than Dask deems usual.
        stack.enter_context(silence_logging_cmgr(_SILENT))
        stack.enter_context(dask.config.set(_SETTINGS))
        if address is not None:
            client = stack.enter_context(_join(address))
        else:
            scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="lsinfra-"))
            # Encrypted with keys of this run alone: no other user of this machine can send it work.
            lock = distributed.Security.temporary()
            try:
                local = distributed.LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                    scheduler_kwargs={"dashboard": False},
                    local_directory=scratch,
                    security=lock,
                    silence_logs=_SILENT,
                    preload=[__name__],
                )
            except (OSError, RuntimeError, TimeoutError) as error:
                raise EngineError("no_start", reason=_first(error)) from error
            client = stack.enter_context(distributed.Client(stack.enter_context(local)))
        yield client


@contextlib.contextmanager
def _join(address: str) -> Iterator[Client]:
    from distributed import Client

    try:
        client = Client(address, timeout=ANSWER_S, set_as_default=True)
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        raise EngineError("no_scheduler", address=address, reason=_first(error)) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=ANSWER_S)
        except TimeoutError:
            raise EngineError("no_workers", address=address) from None
        yield client


def _first(error: BaseException) -> str:
    return printable(str(error).strip().partition("\n")[0]) or type(error).__name__


def _check_versions(client: Client) -> None:
    """Every worker must compute as we do."""
    found = client.get_versions(packages=list(PACKAGES))
    ours = found["client"]["packages"]
    differing = {
        f"{name} {theirs.get(name) or '–'} ≠ {ours[name]}"
        for said in found["workers"].values()
        for theirs in [said["packages"]]
        for name in ("python", *PACKAGES)
        if theirs.get(name) != ours[name]
    }
    if differing:
        raise EngineError("versions", differing=", ".join(sorted(differing)))


def _check_file(client: Client, register: Register, known: FileState) -> None:
    """Every worker must have the same register under the same path."""
    for worker, found in client.run(_look, register.path).items():
        if isinstance(found, LsinfraError):
            raise EngineError("no_file", worker=worker, path=register.path, reason=found.values["reason"])
        if found != known:
            raise EngineError("other_file", worker=worker, path=register.path)


def _look(path: Path) -> FileState | LsinfraError:
    try:
        return state(path)
    except LsinfraError as error:
        return error


def _gather(client: Client, futures: list[Future], register: Register, told: Callable[[int, int], None]) -> Partial:
    """Wait for the last of the futures, the sum of the others, and tell how far they are."""
    from distributed import KilledWorker

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
        if isinstance(error, KilledWorker):
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
    """Looks after a cluster while it is at work: without scheduler or workers, waiting would have no end."""

    def __init__(self, client: Client) -> None:
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
            there = self._client.nthreads()
        except (OSError, TimeoutError):
            raise self.lost() from None
        if there:
            self._seen = now
        elif now - self._seen > LOST_S:
            raise EngineError("workers_lost", seconds=round(LOST_S))

    def lost(self) -> EngineError:
        return EngineError("lost", address=self._address)
