"""Registers of one and of five million parcels: areas by project, unit and stage, and the cleared length.

The register is synthetic (``lsinfra.parcels.synthetic``). Every run of every job is a process of its own
(``benchmarks.parcel_jobs``), which tells its seconds and its memory; the jobs take turns, and the medians of three runs
are compared; the larger register takes its turns among those of the smaller. The whole job begins with the file of the
parcels and ends with the lengths, the stretches by chainage and the longest of them; units and routes are read before
its clock starts, which takes what a line of its own tells. Three measures:

- **the limit**: read the columns, decode the geometries, add up their areas, on one thread. Nobody who reads a register
  with the libraries at hand is faster; it finds no unit and no length.
- **geopandas.overlay**, against the kernel alone, both of the same frame in memory. What the kernel takes of row groups
  in memory as the engines read them (vertices and codes, no geometry objects) is noted: for a file it is called so.
- **DuckDB** with its spatial extension, in plain SQL, and in SQL that asks first whether a parcel lies within a unit;
  from the same file to the same sums, on as many threads as ours.

All must find the same land and the same lengths, to a millionth. Where the system does not tell how much memory a
process has held there is no verdict on it.

The page of a project with 10,000 parcels is made by the command and opened in Chromium without the network; its map is
there when the first frame after the page has called itself ready is painted.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
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
    "overlay": "geopandas.overlay",
    "frame": "the kernel alone, of a frame",
    "land": "the kernel alone, of row groups",
    "ground": "units and routes",
    "memory": "in memory",
    "dask": f"Dask, {THREADS} workers",
    "duckdb": "DuckDB, plain SQL",
    "duckdb-contained": "DuckDB, containment first",
    "areas-2": f"areas, {THREADS} threads",
    "areas-1": "areas, 1 thread",
    "limit": "read, decode, area, bincount",
    "whole-1": "areas and lengths, 1 thread",
    "whole-2": f"areas and lengths, {THREADS} threads",
}
"""In the order in which they take turns: what is compared stands side by side, also with what follows."""
LARGE = ("whole-2", "dask", "whole-1", "ground")
"""What is done with the larger register."""


@dataclass(frozen=True)
class Series:
    """All runs of one job."""

    job: str
    runs: tuple[Done, ...]

    @property
    def timing(self) -> Timing:
        return Timing(SAID[self.job], tuple(run.seconds for run in self.runs))

    @property
    def peak_bytes(self) -> int | None:
        return most(run.peak_bytes for run in self.runs)

    @property
    def worker_bytes(self) -> int | None:
        return most(run.worker_bytes for run in self.runs)


def most(found: Iterable[int | None]) -> int | None:
    """None where one of them is not known."""
    all_ = list(found)
    return None if None in all_ else max(bytes_ for bytes_ in all_ if bytes_ is not None)


def measuring(folder: Path, rounds: int, parcels: int = PARCELS) -> Outcome:
    """Both registers into ``folder``, then every job over them; at most ``RUNS`` rounds."""
    rounds = min(rounds, RUNS)
    projects = -(-parcels // synthetic.PARCELS)
    name, name_more = (f"{times * projects * synthetic.PARCELS:,} parcels" for times in (1, TIMES_MORE))
    small, large = folder / name, folder / name_more
    synthetic.generate(small, projects)
    synthetic.generate(large, projects * TIMES_MORE)
    found = in_turn([*((small, job) for job in SAID), *((large, job) for job in LARGE)], rounds)
    timings = {job: found[small, job].timing for job in SAID}
    timings_more = {job: found[large, job].timing for job in LARGE}
    limits = [within(f"{name}: {SAID[job]}", timings[job], timings["limit"], times) for job, times in LIMITS.items()]
    drawn = page(folder / "page", rounds)
    memory = (
        ("its memory, streamed", found[large, "whole-2"].peak_bytes, STREAM_BYTES),
        ("its memory, of a worker", found[large, "dask"].worker_bytes, WORKER_BYTES),
    )
    held = {of: in_bytes(of, bytes_, limit) for of, bytes_, limit in memory}
    return Outcome(
        (
            *limits,
            faster(f"{name}: the kernel alone, of a frame", timings["frame"], timings["overlay"], OVERLAY),
            faster(f"{name}: areas, {THREADS} threads", timings["areas-2"], timings["duckdb"], PLAIN),
            faster(f"{name}: areas, {THREADS} threads", timings["areas-2"], timings["duckdb-contained"], CONTAINED),
            within(f"{name_more}: areas and lengths", timings_more["whole-2"], timings["whole-2"], MORE),
            within(f"{name_more}: {SAID['dask']}", timings_more["dask"], timings_more["whole-2"], CLUSTER),
            *(one for one in held.values() if isinstance(one, Verdict)),
            *drawn.verdicts,
        ),
        (
            Note("parcels: runs of each job, each in a process of its own", rounds),
            *drawn.notes,
            *(one for one in held.values() if isinstance(one, Note)),
            *(Note(f"{name}: {SAID[job]}", timings[job]) for job in ("land", "ground", "memory", "dask")),
            *(Note(f"{name_more}: {SAID[job]}", timings_more[job]) for job in ("whole-1", "ground")),
            *(said(f"{name}: memory of {SAID[job]}", found[small, job].peak_bytes) for job in SAID if job != "ground"),
        ),
    )


def in_bytes(name: str, found: int | None, limit: int) -> Verdict | Note:
    """Whether memory is within its limit; no verdict where it is not known."""
    return said(name, found) if found is None else Verdict(name, found, limit)


def said(name: str, found: int | None) -> Note:
    return Note(name, "not measured on this system") if found is None else Note(name, found, "bytes")


Job = tuple[Path, str]
"""The folder of a register, and what is done with it."""


def in_turn(jobs: Sequence[Job], rounds: int) -> dict[Job, Series]:
    """Every job so often, in turn, every other round backwards; what they find in a folder must be the same."""
    runs: dict[Job, list[Done]] = {job: [] for job in jobs}
    for turn in range(rounds):
        for folder, job in jobs[:: -1 if turn % 2 else 1]:
            runs[folder, job].append(run(job, folder))
    for of in {folder for folder, _ in jobs}:
        agree({job: done[0] for (folder, job), done in runs.items() if folder == of})
    return {(folder, job): Series(job, tuple(done)) for (folder, job), done in runs.items()}


def agree(runs: Mapping[str, Done]) -> None:
    """See that the jobs over one register find the same."""
    for what in ("whole_m2", "within_m2", "cleared_m", "uncleared_m"):
        found = {job: amount for job, done in runs.items() if (amount := getattr(done, what)) is not None}
        if found and max(found.values()) - min(found.values()) > SAME * max(found.values()):
            raise BenchError(f"the jobs do not find the same land ({what}): {found}")


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
