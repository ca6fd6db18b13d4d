"""One job over a register of parcels in a process of its own: ``python -m benchmarks.parcel_jobs JOB FOLDER``.

What a job needs besides the parcels (libraries, units, routes, the register looked at) is there before its clock
starts; the units and routes have a job of their own. It says on stdout, as JSON, how many seconds it took by the clock
and of the processor (in this process, without Dask's workers), the most memory that it and the processes it started
have held (resident, as Linux counts it; nothing elsewhere), and what it found, so that no job is fast by being wrong:
land in all or within the units, length that is cleared and that is not.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.timing import BenchError

if TYPE_CHECKING:
    from lsinfra.parcels.model import Lines, Measured, Partial, Units
    from lsinfra.parcels.register import Register

THREADS = 2


@dataclass(frozen=True)
class Done:
    """What one run of a job came to; None where the job does not look for it, or the system does not say."""

    seconds: float
    busy: float
    whole_m2: float | None = None
    within_m2: float | None = None
    cleared_m: float | None = None
    uncleared_m: float | None = None
    peak_bytes: int | None = None
    worker_bytes: int | None = None


Clock = tuple[float, float]
"""Seconds of wall clock, and of the processor in all threads of this process."""


def timed(job: Callable[[], Any]) -> tuple[Clock, Any]:
    start, busy = time.perf_counter(), time.process_time()
    found = job()
    return (time.perf_counter() - start, time.process_time() - busy), found


# --- the limit -------------------------------------------------------------------------------------------------------


def limit(folder: Path) -> Done:
    """What nobody who reads the register can do without, on one thread, a row group at a time (all at once is slower).

    The columns that areas by project and stage need, the geometries decoded by GEOS, their areas, one sum a project
    and stage; no units.
    """
    import numpy as np
    import pyarrow.parquet as pq
    import shapely

    def job() -> float:
        file = pq.ParquetFile(folder / "register.parquet", read_dictionary=["project", "stage"])
        found = 0.0
        for group in range(file.metadata.num_row_groups):
            table = file.read_row_group(group, ["project", "stage", "geometry"], use_threads=False)
            area = shapely.area(shapely.from_wkb(table["geometry"].to_numpy()))
            project = table["project"].combine_chunks().indices.to_numpy().astype(np.int64)
            stage = table["stage"].combine_chunks().indices.fill_null(-1).to_numpy()
            found += float(np.bincount(project * 8 + stage + 1, weights=area).sum())
        return found

    taken, found = timed(job)
    return Done(*taken, found)


# --- ours ------------------------------------------------------------------------------------------------------------


def opened(folder: Path) -> tuple[Register, Units, Lines]:
    from lsinfra.parcels.ground import lines_from, units_from
    from lsinfra.parcels.register import open_register

    register = open_register(folder / "register.parquet")
    return (
        register,
        units_from(folder / "units.gpkg", register.crs),
        lines_from(folder / "routes.gpkg", register.crs),
    )


def engine(name: str, threads: int) -> Callable[[Path], Done]:
    """A run of an engine over the register without routes, from the file to the sums of areas."""

    def job(folder: Path) -> Done:
        from lsinfra.parcels import engines
        from lsinfra.parcels.model import Lines

        register, units, lines = opened(folder)
        none = Lines((), lines.crs)
        return areas(*timed(lambda: engines.run(register, units, none, engine=name, threads=threads)))

    return job


def whole(name: str, threads: int) -> Callable[[Path], Done]:
    """The whole job, from the file to what is told: areas, lengths, stretches by chainage and the longest of them."""

    def job(folder: Path) -> Done:
        from lsinfra.parcels import engines
        from lsinfra.parcels.results import conclude, longest

        register, units, lines = opened(folder)

        def told() -> Measured:
            measured = conclude(engines.run(register, units, lines, engine=name, threads=threads), lines)
            longest(measured)
            return measured

        with workers() as most:
            taken, found = timed(told)
        cleared, uncleared = (float(found.lengths[f"{state}_m"].sum()) for state in ("cleared", "uncleared"))
        return replace(areas(taken, found), cleared_m=cleared, uncleared_m=uncleared, worker_bytes=most[0])

    return job


def frame(folder: Path) -> Done:
    """The kernel alone, without lengths, over a frame that is in memory, as ``geopandas.overlay`` is given it."""
    from lsinfra.parcels.kernel import measure
    from lsinfra.parcels.model import Lines

    register, units, lines = opened(folder)
    parcels = register.frame()
    return areas(*timed(lambda: measure(parcels, units, Lines((), lines.crs))))


def land(folder: Path) -> Done:
    """The kernel alone, without lengths, over what the engines give it: the row groups as they were read."""
    from lsinfra.parcels.engines import fold
    from lsinfra.parcels.kernel import measure
    from lsinfra.parcels.model import Lines

    register, units, lines = opened(folder)
    pieces = [register.land(group) for group in range(register.groups)]
    none = Lines((), lines.crs)
    return areas(*timed(lambda: fold(measure(piece, units, none) for piece in pieces)))


def ground(folder: Path) -> Done:
    """Units and routes read from their files."""
    from lsinfra.parcels.ground import lines_from, units_from
    from lsinfra.parcels.register import open_register

    crs = open_register(folder / "register.parquet").crs
    taken, _ = timed(lambda: (units_from(folder / "units.gpkg", crs), lines_from(folder / "routes.gpkg", crs)))
    return Done(*taken)


def areas(taken: Clock, found: Partial | Measured) -> Done:
    if faulty := getattr(found, "faulty", ()):
        raise BenchError(f"parcels that cannot be measured: {faulty}")
    within = found.areas["area_m2"][found.areas["unit"].notna()]
    return Done(*taken, float(found.wholes["area_m2"].sum()), float(within.sum()))


# --- the peers -------------------------------------------------------------------------------------------------------


def overlay(folder: Path) -> Done:
    """``geopandas.overlay`` of frames that are in memory, and the sums by project, unit and stage."""
    import geopandas

    parcels = geopandas.read_parquet(folder / "register.parquet", columns=["project", "stage", "geometry"])
    units = geopandas.read_file(folder / "units.gpkg")

    def job() -> float:
        cut = geopandas.overlay(parcels, units, how="intersection")
        cut["area_m2"] = cut.area
        return float(cut.groupby(["project", "unit", "stage"], dropna=False)["area_m2"].sum().sum())

    taken, found = timed(job)
    return Done(*taken, None, found)


_CUT = "ST_Area(ST_Intersection(p.geometry, u.shape))"
# Of the ways to ask first whether a parcel lies within a unit the fastest: ST_Contains takes a fifth longer.
_CONTAINED = f"CASE WHEN ST_ContainsProperly(u.shape, p.geometry) THEN ST_Area(p.geometry) ELSE {_CUT} END"


def duckdb(area: str) -> Callable[[Path], Done]:
    """DuckDB with its spatial extension, as pip installs both, from the file to the sums, on our number of threads."""

    def job(folder: Path) -> Done:
        peer, extension = importlib.import_module("duckdb"), importlib.import_module("duckdb_extension_spatial")
        (library,) = Path(extension.__file__ or "").parent.rglob("spatial.duckdb_extension")
        with peer.connect(config={"threads": THREADS}) as base:
            base.execute(f"LOAD '{library}'")
            base.execute(f"CREATE TABLE units AS SELECT unit, geom AS shape FROM ST_Read('{folder / 'units.gpkg'}')")
            asked = (
                f"SELECT p.project, u.unit, p.stage, sum({area}) FROM read_parquet('{folder / 'register.parquet'}') p "
                "JOIN units u ON ST_Intersects(u.shape, p.geometry) GROUP BY ALL"
            )
            taken, rows = timed(lambda: base.execute(asked).fetchall())
        return Done(*taken, None, sum(row[3] for row in rows))

    return job


JOBS: dict[str, Callable[[Path], Done]] = {
    "limit": limit,
    "ground": ground,
    "areas-1": engine("stream", 1),
    "areas-2": engine("stream", THREADS),
    "whole-1": whole("stream", 1),
    "whole-2": whole("stream", THREADS),
    "memory": whole("memory", 1),
    "dask": whole("dask", THREADS),
    "land": land,
    "frame": frame,
    "overlay": overlay,
    "duckdb": duckdb(_CUT),
    "duckdb-contained": duckdb(_CONTAINED),
}


# --- memory ----------------------------------------------------------------------------------------------------------


def held(process: int | str = "self") -> int | None:
    """The most bytes a process has held at once; None where the system does not say, or it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), None)


@contextmanager
def workers() -> Iterator[list[int | None]]:
    """The most bytes that any process started by this one has held: a list of one, filled while the block runs."""
    most: list[int | None] = [None]
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            found = map(held, descendants(os.getpid()))
            most[0] = max((bytes_ for bytes_ in (most[0], *found) if bytes_ is not None), default=None)

    watch = threading.Thread(target=look, daemon=True)
    watch.start()
    try:
        yield most
    finally:
        over.set()
        watch.join()


def descendants(process: int) -> set[int]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text(errors="replace").rpartition(")")[2].split()[1])
        except OSError:
            continue
    found: set[int] = set()
    level = {process}
    while level:
        level = {child for child, parent in parents.items() if parent in level}
        found |= level
    return found


def main(job: str, folder: Path) -> None:
    done = JOBS[job](folder)
    print(json.dumps(asdict(done) | {"peak_bytes": held()}))


# Dask's workers import this module again.
if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
