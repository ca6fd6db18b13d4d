"""Registers of one and of five million parcels: areas by project, unit and stage, and the cleared length.

The register is synthetic (``lsinfra.parcels.synthetic``). Every run of every job is a process of its own
(``benchmarks.parcel_jobs``), which tells its seconds and its memory; the jobs take turns, and the medians of three runs
are compared. Three measures:

- **the limit**: read the columns, decode the geometries, add up their areas, on one thread. Nobody who reads a register
  with the libraries at hand is faster; it finds no unit and no length.
- **geopandas.overlay**, against the kernel alone: of the same frame in memory, and of the row groups in memory as the
  engines read them (vertices and codes, no geometry objects), which is how the kernel is called for a file.
- **DuckDB** with its spatial extension, in plain SQL, and in SQL that asks first whether a parcel lies within a unit;
  from the same file to the same sums, on as many threads as ours.

All must find the same land, to a millionth.

The page of a project with 10,000 parcels is made by the command and opened in Chromium without the network; its map is
there when the first frame after the page has called itself ready is painted.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.commands import console_script
from benchmarks.parcel_jobs import THREADS, Done
from benchmarks.timing import BenchError, Note, Outcome, Timing, Verdict, below, faster, within
from lsinfra.parcels import synthetic
from tools.prepare import find_browser

PARCELS, TIMES_MORE = 1_000_000, 5
RUNS = 3
LIMITS = {"areas-1": 2.0, "areas-2": 1.5, "whole-1": 3.0, "whole-2": 3.0}
OVERLAY, PLAIN, CONTAINED, MORE, CLUSTER = 25.0, 5.0, 3.0, 5.2, 1.0
STREAM_BYTES, WORKER_BYTES = 1_000_000_000, 900_000_000
PAGE, PAGE_BYTES, PAGE_S = 10_000, 1_000_000, 1.0
SAME = 1e-6

SAID = {
    "limit": "read, decode, area, bincount",
    "areas-1": "areas, 1 thread",
    "areas-2": f"areas, {THREADS} threads",
    "whole-1": "areas and lengths, 1 thread",
    "whole-2": f"areas and lengths, {THREADS} threads",
    "land": "the kernel, of row groups",
    "frame": "the kernel, of a frame",
    "memory": "in memory",
    "dask": f"Dask, {THREADS} workers",
    "ground": "units and routes",
    "overlay": "geopandas.overlay",
    "duckdb": "DuckDB, plain SQL",
    "duckdb-contained": "DuckDB, containment first",
}


@dataclass(frozen=True)
class Series:
    """All runs of one job."""

    job: str
    runs: tuple[Done, ...]

    @property
    def timing(self) -> Timing:
        return Timing(SAID[self.job], tuple(run.seconds for run in self.runs))

    @property
    def busy(self) -> Timing:
        return Timing(SAID[self.job], tuple(run.busy for run in self.runs))

    @property
    def peak_bytes(self) -> int:
        return max(run.peak_bytes for run in self.runs)

    @property
    def worker_bytes(self) -> int:
        return max(run.worker_bytes for run in self.runs)


def measuring(folder: Path, rounds: int, parcels: int = PARCELS) -> Outcome:
    """Both registers into ``folder``, then every job over them; at most ``RUNS`` rounds."""
    rounds = min(rounds, RUNS)
    projects = -(-parcels // synthetic.PARCELS)
    name, name_more = (f"{times * projects * synthetic.PARCELS:,} parcels" for times in (1, TIMES_MORE))
    synthetic.generate(folder / name, projects)
    synthetic.generate(folder / name_more, projects * TIMES_MORE)
    found = in_turn(folder / name, SAID, rounds)
    more = in_turn(folder / name_more, ("whole-1", "whole-2", "dask"), rounds)
    timings = {job: series.timing for job, series in found.items()}
    timings_more = {job: series.timing for job, series in more.items()}
    limits = [within(f"{name}: {SAID[job]}", timings[job], timings["limit"], times) for job, times in LIMITS.items()]
    drawn = page(folder / "page", rounds)
    return Outcome(
        (
            *limits,
            faster(f"{name}: the kernel alone, of row groups", timings["land"], timings["overlay"], OVERLAY),
            faster(f"{name}: the kernel alone, of a frame", timings["frame"], timings["overlay"], OVERLAY),
            faster(f"{name}: areas, {THREADS} threads", timings["areas-2"], timings["duckdb"], PLAIN),
            faster(f"{name}: areas, {THREADS} threads", timings["areas-2"], timings["duckdb-contained"], CONTAINED),
            within(f"{name_more}: areas and lengths", timings_more["whole-2"], timings["whole-2"], MORE),
            Verdict("its memory, streamed", more["whole-2"].peak_bytes, STREAM_BYTES),
            within(f"{name_more}: {SAID['dask']}", timings_more["dask"], timings_more["whole-2"], CLUSTER),
            Verdict("its memory, of a worker", more["dask"].worker_bytes, WORKER_BYTES),
            *drawn.verdicts,
        ),
        (
            Note("parcels: runs of each job, each in a process of its own", rounds),
            *drawn.notes,
            *(Note(f"{name}: {SAID[job]}", timings[job]) for job in ("ground", "memory", "dask")),
            Note(f"{name_more}: {SAID['whole-1']}", timings_more["whole-1"]),
            *(
                Note(f"{name}: memory of {SAID[job]}", found[job].peak_bytes, "bytes")
                for job in SAID
                if job != "ground"
            ),
        ),
    )


def in_turn(folder: Path, jobs: Iterable[str], rounds: int) -> dict[str, Series]:
    """Every job so often, in turn, every other round backwards; what they find must be the same."""
    names = list(jobs)
    runs: dict[str, list[Done]] = {job: [] for job in names}
    for turn in range(rounds):
        for job in names[:: -1 if turn % 2 else 1]:
            runs[job].append(run(job, folder))
    for what in ("whole_m2", "within_m2"):
        found = {job: area for job in names if (area := getattr(runs[job][0], what)) is not None}
        if max(found.values()) - min(found.values()) > SAME * max(found.values()):
            raise BenchError(f"the jobs do not find the same land ({what}): {found}")
    return {job: Series(job, tuple(done)) for job, done in runs.items()}


def run(job: str, folder: Path) -> Done:
    """One run of a job in a new process."""
    print(f"  {folder.name}: {SAID[job]}…", file=sys.stderr)
    command = [sys.executable, "-m", "benchmarks.parcel_jobs", job, str(folder)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    return Done(**json.loads(ended.stdout))


# --- the page ---------------------------------------------------------------------------------------------------------

_READY = """new MutationObserver((_, watch) => {
  if (document.documentElement.dataset.ready !== "true") return;
  watch.disconnect();
  const root = document.documentElement;
  requestAnimationFrame(() => requestAnimationFrame(() => { root.dataset.seen = performance.now() / 1000; }));
}).observe(document, { attributes: true, childList: true, subtree: true, attributeFilter: ["data-ready"] })"""


def page(folder: Path, rounds: int) -> Outcome:
    """The page of a project of ``PAGE`` parcels, as the command writes it: its size, and how soon its map is seen."""
    made = synthetic.generate(folder, 1, PAGE)
    out = folder / "page.html"
    command = [console_script(), "parcels", "map", str(made.register), "--project", "thu-000001"]
    command += ["--units", str(made.units), "--routes", str(made.routes), "--out", str(out)]
    built = []
    for _ in range(rounds):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
        built.append(time.perf_counter() - start)
    name = f"page of {PAGE:,} parcels"
    return Outcome(
        (
            Verdict(name, out.stat().st_size, PAGE_BYTES),
            below("its first map", Timing("first map", tuple(first_maps(out, rounds))), PAGE_S),
        ),
        (Note(f"{name}: written by the command", Timing("written", tuple(built))),),
    )


def first_maps(file: Path, rounds: int) -> list[float]:
    """Seconds from the address to the map, each time in a page of its own, after once that is not counted."""
    from playwright.sync_api import sync_playwright

    path = find_browser()
    if path is None:
        raise BenchError("no Chromium, Chrome or Edge was found")
    taken = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
        context.add_init_script(_READY)
        for _ in range(rounds + 1):
            shown = context.new_page()
            shown.goto(file.resolve().as_uri(), wait_until="commit")
            shown.wait_for_selector("html[data-seen]", state="attached")
            taken.append(float(shown.evaluate("document.documentElement.dataset.seen")))
            shown.close()
        browser.close()
    return taken[1:]
