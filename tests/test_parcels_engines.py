"""The engines that run the kernel over a register: they agree to 1e-9, and end with all of it or with none."""

from __future__ import annotations

import logging
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from lsinfra.errors import LsinfraError
from lsinfra.parcels import cluster, engines, ground, kernel, stored
from lsinfra.parcels.cluster import EngineError
from lsinfra.parcels.model import Lines, Partial, Units
from lsinfra.parcels.register import Register, open_register
from lsinfra.parcels.synthetic import generate
from tests.conftest import Run

PROJECTS, PARCELS = 4, 60
AS_OF = date(2025, 6, 30)
QUICK = {"distributed.comm.timeouts.connect": "300ms"}
"""A cluster whose scheduler is gone asks for it so long as it is closed."""


@dataclass(frozen=True)
class World:
    register: Register
    units: Units
    lines: Lines
    whole: Partial
    """All of it in one call of the kernel."""


def in_groups(source: Path, path: Path, rows: int, **columns: object) -> Path:
    """A register with so many parcels in a row group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(source)
    for name, values in columns.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(place), pa.array(values, table.schema.field(place).type))
    pq.write_table(table, path, row_group_size=rows)
    return path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Four projects whose parcels are in row groups that no border of a project agrees with."""
    folder = tmp_path_factory.mktemp("world")
    made = generate(folder, PROJECTS, PARCELS)
    register = open_register(in_groups(made.register, folder / "cut.parquet", 37))
    units, lines = ground.units_from(made.units, register.crs), ground.lines_from(made.routes, register.crs)
    assert register.groups == 7
    return World(register, units, lines, kernel.measure(register.frame(), units, lines, AS_OF))


@pytest.fixture
def finely(world: World, tmp_path: Path) -> Register:
    """The same in so many pieces that none of the engines is done with them in an instant."""
    return open_register(in_groups(world.register.path, tmp_path / "fine.parquet", 8))


@contextmanager
def threads_here(folder: Path, **more: object) -> Iterator[Any]:
    """A cluster of Dask whose workers are threads of this process: there in an instant."""
    settings = {"n_workers": 1, "threads_per_worker": 2, "processes": False, "protocol": "tcp", "host": "127.0.0.1"}
    settings |= {"dashboard_address": "127.0.0.1:0", "scheduler_kwargs": {"dashboard": False}}
    with (
        import_module("dask").config.set({"temporary-directory": str(folder)}),
        import_module("distributed").LocalCluster(silence_logs=logging.CRITICAL + 1, **settings | more) as there,
    ):
        yield there


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with threads_here(tmp_path_factory.mktemp("dask")) as there:
        yield there.scheduler_address


def assert_same(found: Partial, expected: Partial, *, exactly: bool = False) -> None:
    """Each figure within 1e-9 of itself, everything else equal."""
    for field in fields(Partial):
        mine, theirs = getattr(found, field.name), getattr(expected, field.name)
        if isinstance(mine, pd.DataFrame):
            assert_frame_equal(mine, theirs, check_exact=exactly, rtol=1e-9, atol=0 if exactly else 1e-9)
        else:
            assert mine == theirs, field.name


def run(world: World, register: Register | None = None, **how: Any) -> Partial:
    return engines.run(register or world.register, world.units, world.lines, as_of=AS_OF, **how)


# --- all engines agree ---------------------------------------------------------------------------------------------


def test_the_world_has_what_could_differ(world: World) -> None:
    assert world.whole.wholes["parcels"].sum() == world.register.rows == PROJECTS * PARCELS
    assert world.whole.areas["parcels"].sum() > world.register.rows  # some parcels lie on a border
    assert set(world.whole.stretches["handed_over"]) == {True, False}
    assert world.whole.stretches["project"].nunique() == PROJECTS


def test_streamed_is_as_in_memory_whatever_the_threads(world: World) -> None:
    assert_same(run(world, engine="memory"), world.whole, exactly=True)
    one, many = run(world, engine="stream", threads=1), run(world, engine="stream", threads=5)
    assert_same(one, world.whole)
    assert_same(one, many, exactly=True)


def test_a_geopackage_is_streamed_in_windows(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "WINDOW", 50)
    register = open_register(generate(tmp_path, PROJECTS, PARCELS, form="gpkg").register)
    assert register.groups == 5
    assert_same(run(world, register, engine="stream"), world.whole)
    sums: Any = cluster.total(cluster.partials(register, world.units, world.lines, AS_OF))
    assert_same(sums.compute(scheduler="synchronous"), world.whole)


def test_a_cluster_at_an_address_comes_to_the_same(world: World, scheduler: str) -> None:
    told: list[tuple[int, int]] = []
    found = run(world, scheduler=scheduler, told=lambda done, of: told.append((done, of)))
    assert_same(found, world.whole)
    assert (told[0], told[-1]) == ((0, 7), (7, 7))


def test_workers_of_another_folder_find_the_register(
    world: World, scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.register.path.parent)
    register = open_register(Path(world.register.path.name))
    assert_same(run(world, register, scheduler=scheduler, told=lambda *_: os.chdir(tmp_path)), world.whole)


def test_a_register_is_a_frame_of_dask(world: World, tmp_path: Path) -> None:
    columns = cluster.frame(world.register)
    assert (columns.npartitions, [*columns.columns]) == (7, ["parcel_id", "project", "stage", "stage_date", "geometry"])
    assert str(columns["geometry"].dtype) == "binary[pyarrow]"  # nobody makes objects of them before the kernel
    shapes = cluster.frame(open_register(generate(tmp_path, PROJECTS, PARCELS, form="gpkg").register))
    assert type(shapes).__module__.startswith("dask_geopandas")
    sums: Any = cluster.total(cluster.partials(world.register, world.units, world.lines, AS_OF, tmp_path))
    assert_same(sums.compute(scheduler="synchronous"), world.whole)


def test_a_piece_is_read_and_measured_in_one_task(world: World) -> None:
    pieces = cluster.partials(world.register, world.units, world.lines)
    assert {len(piece.dask) for piece in pieces} == {7 + 1}  # and units and lines


def test_a_frame_of_ones_own_goes_through_the_kernel(world: World) -> None:
    own = import_module("dask_geopandas").from_geopandas(world.register.frame(), npartitions=5)
    sums: Any = cluster.total(cluster.partials(own, world.units, world.lines, AS_OF))
    assert_same(sums.compute(scheduler="synchronous"), world.whole)
    gone: Any = cluster.total(cluster.partials(own[own["stage"] == "handed_over"], world.units, world.lines))
    assert set(gone.compute(scheduler="synchronous").wholes["stage"]) == {"handed_over"}


def test_parcels_that_cannot_be_measured_are_the_same_ones(world: World, tmp_path: Path, scheduler: str) -> None:
    stages = ["", "gone", None, "paid"] * (world.register.rows // 4)
    register = open_register(in_groups(world.register.path, tmp_path / "bad.parquet", 37, stage=stages))
    memory = run(world, register, engine="memory")
    (fault,) = memory.faulty
    assert (fault.code, fault.count, len(fault.examples)) == ("stage", 60, 5)
    assert_same(run(world, register, engine="stream"), memory)
    assert_same(run(world, register, scheduler=scheduler), memory)


@pytest.mark.parametrize("fan", [2, 3, 6, 7, 8])
def test_partials_are_added_in_their_order(world: World, monkeypatch: pytest.MonkeyPatch, fan: int) -> None:
    monkeypatch.setattr(engines, "FAN", fan)
    monkeypatch.setattr(cluster, "FAN", fan)
    register = world.register
    pieces = [kernel.measure(register.land(n), world.units, world.lines, AS_OF) for n in range(register.groups)]
    assert_same(engines.fold(pieces), world.whole)
    assert_same(engines.fold(pieces[:1]), kernel.combine(pieces[0]))
    sums: Any = cluster.total([import_module("dask").delayed(piece, traverse=False) for piece in pieces])
    assert_same(sums.compute(scheduler="synchronous"), world.whole)


def test_it_is_told_how_far_the_run_is(world: World) -> None:
    for engine, pieces in (("stream", 7), ("memory", 1)):
        told: list[tuple[int, int]] = []
        run(world, engine=engine, threads=3, told=lambda done, of, told=told: told.append((done, of)))
        assert told == [(done, pieces) for done in range(pieces + 1)]


def test_streaming_leaves_the_memory_of_arrow_as_it_was(world: World) -> None:
    import pyarrow as pa

    pools: list[str] = []
    before = pa.default_memory_pool().backend_name
    run(world, engine="stream", told=lambda *_: pools.append(pa.default_memory_pool().backend_name))
    assert set(pools) == {"system"}
    assert pa.default_memory_pool().backend_name == before != "system"


def test_a_large_register_is_streamed_unless_told_otherwise(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def pieces(**how: Any) -> int:
        told: list[int] = []
        run(world, told=lambda _, of: told.append(of), **how)
        return told[-1]

    assert pieces() == 1
    monkeypatch.setattr(engines, "MANY", world.register.rows - 1)
    assert pieces() == world.register.groups
    assert pieces(engine="memory") == 1


# --- all of it or nothing ------------------------------------------------------------------------------------------


def test_a_piece_that_is_left_out_is_noticed(world: World) -> None:
    for engine in ("memory", "stream"):
        with pytest.raises(EngineError, match="has 240 parcels, but 222 were counted"):
            # 18 of the last group's are of no other
            run(world, replace(world.register, groups=6), engine=engine)


@pytest.mark.parametrize("engine", ["memory", "stream", "dask"])
def test_a_damaged_piece_ends_the_run(world: World, tmp_path: Path, scheduler: str, engine: str) -> None:
    import pyarrow.parquet as pq

    path = in_groups(world.register.path, tmp_path / "damaged.parquet", 37)
    group = pq.read_metadata(path).row_group(3)
    # Of no column that is looked at for personal data when it is opened.
    (column,) = (one for one in map(group.column, range(group.num_columns)) if one.path_in_schema == "geometry")
    data = bytearray(path.read_bytes())
    start = column.dictionary_page_offset or column.data_page_offset
    data[start : start + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    path.write_bytes(data)
    register = open_register(path)
    before = threading.active_count()
    with pytest.raises(LsinfraError, match=r"damaged\.parquet.*112.*148"):
        run(world, register, engine=engine, scheduler=scheduler if engine == "dask" else None)
    if engine == "stream":
        assert threading.active_count() == before


@pytest.mark.parametrize("engine", ["stream", "dask"])
def test_a_file_that_is_cut_short_while_it_is_read(world: World, finely: Register, scheduler: str, engine: str) -> None:
    def cut(done: int, _of: int) -> None:
        if done:
            os.truncate(finely.path, 5000)

    with pytest.raises(LsinfraError, match=r"fine\.parquet.*changed"):
        run(world, finely, engine=engine, scheduler=scheduler if engine == "dask" else None, told=cut)


def test_ctrl_c_leaves_no_thread(world: World, finely: Register) -> None:
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        run(world, finely, engine="stream", told=interrupt)
    assert threading.active_count() == before


def interrupt(done: int, _of: int) -> None:
    """Ctrl+C, once the run is under way; it is heard although a shell may have begun this in the background."""
    if done:
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            signal.signal(signal.SIGINT, before)


# --- processes of this machine -------------------------------------------------------------------------------------


def test_a_killed_worker_changes_nothing(world: World, finely: Register) -> None:
    killed: list[int] = []

    def kill(done: int, of: int) -> None:
        if 0 < done < of and not killed:
            worker = multiprocessing.active_children()[0]
            assert worker.pid
            os.kill(worker.pid, signal.SIGKILL)
            killed.append(worker.pid)

    # The only one, and with it all that lay there: pieces that were done, units and lines.
    assert_same(run(world, finely, engine="dask", threads=1, told=kill), world.whole)
    assert len(killed) == 1
    assert multiprocessing.active_children() == []


def test_ctrl_c_leaves_no_process_and_no_file(
    world: World, finely: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    deaf: list[str] = []

    def interrupt_all(done: int, of: int) -> None:
        # A terminal sends it to all processes of a run; the workers neither hear it as they start nor later.
        for worker in multiprocessing.active_children():
            status = Path(f"/proc/{worker.pid}/status").read_text()
            masks = dict(line.split(":", 1) for line in status.splitlines())
            deaf.extend(mask for mask in ("SigBlk", "SigIgn") if int(masks[mask], 16) >> signal.SIGINT - 1 & 1)
        interrupt(done, of)

    with pytest.raises(KeyboardInterrupt):
        run(world, finely, engine="dask", threads=1, told=interrupt_all)
    assert deaf == ["SigBlk", "SigIgn"]
    assert multiprocessing.active_children() == []
    # The folder of multiprocessing itself stays as long as this process does.
    assert [path.name for path in scratch.iterdir() if not path.name.startswith("pymp-")] == []


@pytest.mark.parametrize("package", ["dask", "distributed", "cryptography"])
def test_without_what_dask_needs(world: World, lsinfra: Callable[..., Run], package: str) -> None:
    folder = world.register.path.parent
    ground = ["--units", folder / "units.gpkg", "--routes", folder / "routes.gpkg"]
    asked = ["parcels", "progress", world.register.path, *ground, "--engine", "dask", "--lang", "en"]
    done = lsinfra(*asked, without=(package,))
    assert (done.code, done.stdout) == (1, "")
    said = rf"needs the package {package}, which is not installed here.*pip install {package}$"
    assert re.search(said, done.stderr)
    assert done.stderr.count("\n") == 1


def test_what_a_killed_run_left_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    names = ("lsinfra-dask-killed", "lsinfra-dask-running", "another")
    for name in names:
        (tmp_path / name / "worker").mkdir(parents=True)
    for name in (names[0], names[2]):
        os.utime(tmp_path / name, (0, 0))
    with cluster._scratch() as scratch:
        assert sorted(tmp_path.iterdir()) == sorted([scratch, *(tmp_path / name for name in names[1:])])
        assert scratch.stat().st_mode & 0o077 == 0  # what workers unpickle lies there
    assert not scratch.exists()


def test_workers_that_have_no_room(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(EngineError, match=r"worker processes of Dask did not start \(there is no such file"):
        run(world, engine="dask")


# --- a cluster elsewhere -------------------------------------------------------------------------------------------


def test_a_worker_that_dies_over_a_piece_each_time(world: World, finely: Register, tmp_path: Path) -> None:
    dask = import_module("dask")
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        threads_here(tmp_path) as there,
    ):

        def kill(done: int, _of: int) -> None:
            if done:
                there.sync(there.workers[0].close, nanny=False, executor_wait=False)

        with pytest.raises(EngineError, match="died 1 times over the same piece"):
            run(world, finely, scheduler=there.scheduler_address, told=kill)


def test_what_is_in_a_sum_is_let_go(
    world: World, finely: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "FAN", 2)
    kept: list[int] = []
    with threads_here(tmp_path) as there:

        def count(done: int, of: int) -> None:
            if done < 20 or kept:
                return
            end = time.monotonic() + 10
            # While this is told nothing is let go: the pieces done meanwhile, and those that are in no sum yet.
            while (held := sum(task.state == "memory" for task in there.scheduler.tasks.values())) > of - 18:
                assert time.monotonic() < end, f"{held} partial results are kept"
                time.sleep(0.01)
            kept.append(held)

        assert_same(run(world, finely, scheduler=there.scheduler_address, told=count), world.whole)
    assert kept


def test_workers_that_have_all_gone(
    world: World, finely: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "LOST_S", 0.2)
    monkeypatch.setattr(cluster, "_ASK_S", 0.1)
    with (
        threads_here(tmp_path) as there,
        pytest.raises(EngineError, match=r"All workers .* lost"),
    ):
        run(world, finely, scheduler=there.scheduler_address, told=lambda done, _: there.scale(0) if done else None)


def test_a_scheduler_that_is_lost(world: World, finely: Register, tmp_path: Path) -> None:
    with import_module("dask").config.set(QUICK), threads_here(tmp_path) as there:

        def stop(done: int, _of: int) -> None:
            if done:
                there.sync(there.scheduler.close)

        with pytest.raises(EngineError, match=f"scheduler at {there.scheduler_address} was lost"):
            run(world, finely, scheduler=there.scheduler_address, told=stop)


def test_a_scheduler_without_workers(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ANSWER_S", 0.3)
    with (
        threads_here(tmp_path, n_workers=0) as there,
        pytest.raises(EngineError, match="no wor"),
    ):
        run(world, scheduler=there.scheduler_address)


def test_a_scheduler_that_is_not_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ANSWER_S", 0.3)
    with pytest.raises(EngineError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:1 "):
        run(world, scheduler="tcp://127.0.0.1:1")


def test_workers_without_the_register(world: World, finely: Register, scheduler: str) -> None:
    finely.path.unlink()
    with pytest.raises(EngineError, match=r"cannot read .*fine\.parquet: there is no such file"):
        run(world, finely, scheduler=scheduler)


def test_workers_with_another_register(world: World, finely: Register, scheduler: str) -> None:
    in_groups(world.register.path, finely.path, 4)
    with pytest.raises(EngineError, match=r"has another file under .*fine\.parquet"):
        run(world, finely, scheduler=scheduler)


def test_workers_of_another_version(world: World, tmp_path: Path) -> None:
    about = tmp_path / "else" / "shapely-1.0.dist-info" / "METADATA"
    about.parent.mkdir(parents=True)
    about.write_text("Metadata-Version: 2.1\nName: shapely\nVersion: 1.0\n", encoding="utf-8")
    with threads_here(tmp_path, n_workers=0) as there:
        line = [sys.executable, "-m", "distributed.cli.dask_worker", there.scheduler_address, "--host", "127.0.0.1"]
        line += ["--no-nanny", "--no-dashboard", "--nthreads", "1", "--local-directory", str(tmp_path)]
        environment = os.environ | {"PYTHONPATH": str(about.parents[1])}
        with subprocess.Popen(line, env=environment, stderr=subprocess.DEVNULL) as worker:
            try:
                with pytest.raises(EngineError, match=r"other versions .*: shapely 1\.0 ≠ \d"):
                    run(world, scheduler=there.scheduler_address)
            finally:
                worker.kill()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"engine": "spark"}, "There is no engine spark. The engines: auto, memory, stream, dask."),
        ({"engine": "stream", "threads": 0}, "0 threads cannot read a register"),
        ({"engine": "stream", "scheduler": "tcp://127.0.0.1:8786"}, "--scheduler belongs to --engine dask"),
        ({"scheduler": "http://127.0.0.1:8786"}, "http://127.0.0.1:8786 is no address of a Dask scheduler"),
        ({"scheduler": "tcp://127.0.0.1"}, "tcp://127.0.0.1 is no address of a Dask scheduler"),
    ],
)
def test_a_run_that_cannot_be(world: World, how: dict[str, Any], said: str) -> None:
    with pytest.raises(EngineError, match=said):
        run(world, **how)
