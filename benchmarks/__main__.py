"""``python -m benchmarks``: run every bench and print what it found. A missed limit is said and fails nothing."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from benchmarks.timing import ROUNDS, BenchError, Note, Outcome, Timing, Verdict

HASH_SEED = "0"
LIBRARIES = (
    "dask",
    "duckdb",
    "folium",
    "geopandas",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "pyproj",
    "ruamel.yaml",
    "shapely",
    "sqlalchemy",
    "typer",
)

BENCHES = {
    "help": "lsinfra --help",
    "progress": "lsinfra progress",
    "page": "page of 1,000 sections",
    "weight": "page of 10,000 sections, and others' maps of it (minutes)",
    "timeline": "page of 52 weeks",
    "forms": "weekly forms",
    "history": "index of the snapshots (minutes)",
    "parcels": "registers of parcels (a quarter of an hour)",
}


def main(arguments: list[str]) -> int:
    """Run the benches; 0 unless one of them breaks."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="the result as JSON, for scripts")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"counted runs of each job (default: {ROUNDS})")
    parser.add_argument("--only", choices=BENCHES, help="one bench instead of all")
    parser.add_argument(
        "--parcels",
        type=int,
        default=1_000_000,
        help="parcels of the smaller register; the larger has five times as many",
    )
    given = parser.parse_args(arguments)
    if given.rounds < 1 or given.parcels < 1:
        parser.error("--rounds and --parcels must be 1 or more")
    if os.environ.get("PYTHONHASHSEED") != HASH_SEED:
        # The seed is read when Python starts: once more, with a fixed one.
        command = [sys.executable, "-m", "benchmarks", *arguments]
        return subprocess.run(command, check=False, env=os.environ | {"PYTHONHASHSEED": HASH_SEED}).returncode
    known = machine()
    try:
        outcome = run(given.rounds, given.only, given.parcels)
    except BenchError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"benchmarks: {error}\n{error.stderr or ''}", file=sys.stderr)
        return 1
    if given.json:
        print(json.dumps(as_json(outcome, known, given.rounds), ensure_ascii=False, indent=2))
    else:
        print("\n".join(table(outcome, known, given.rounds)))
    return 0


def run(rounds: int, only: str | None, parcels: int) -> Outcome:
    """Every bench, or one of them, one after the other; the commands first, while this process is still small."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        for bench, words in BENCHES.items():
            if only in (None, bench):
                tell(words)
                folder = Path(name) / bench
                folder.mkdir()
                found.append(_bench(bench, folder, rounds, parcels))
    return Outcome(
        tuple(verdict for outcome in found for verdict in outcome.verdicts),
        tuple(note for outcome in found for note in outcome.notes),
    )


def _bench(name: str, folder: Path, rounds: int, parcels: int) -> Outcome:
    """One bench; what it needs is imported only now."""
    match name:
        case "help":
            from benchmarks import commands

            return commands.starting(folder, rounds)
        case "progress":
            from benchmarks import commands

            return commands.progress(rounds)
        case "page":
            from benchmarks import page

            return page.building(folder, rounds)
        case "weight":
            from benchmarks import weight

            return weight.weighing(folder, rounds)
        case "timeline":
            from benchmarks import timeline

            return timeline.moving(folder, rounds)
        case "forms":
            from benchmarks import forms

            return forms.reading(folder, rounds)
        case "history":
            from benchmarks import history

            return history.keeping(folder, rounds)
        case _:
            from benchmarks import parcels as registers

            return registers.measuring(folder, rounds, parcels)


def tell(name: str) -> None:
    print(f"{name}…", file=sys.stderr)


# --- what is printed -----------------------------------------------------------------------------------------------


def machine() -> dict[str, str]:
    """What the times depend on; ``load`` is how many programs wanted a core in the minute before."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return {
        "system": platform.platform(terse=True),
        "processor": platform.machine(),
        "cores": str(os.cpu_count()),
        "load": load,
        "python": python,
    } | {library: version(library) for library in LIBRARIES}


def table(outcome: Outcome, known: dict[str, str], rounds: int) -> list[str]:
    """The result for a reader: medians, the fastest and the slowest run in brackets."""
    rows = [("", "lsinfra", "against", "", "result", "limit", "")]
    for verdict in outcome.verdicts:
        ours, peer = verdict.candidate, verdict.baseline
        rows.append(
            (
                verdict.name,
                seconds(ours) if ours else "",
                seconds(peer) if peer else "",
                peer.label if peer else "",
                result(verdict),
                f"{'≥' if verdict.at_least else '≤'} {amount(verdict, verdict.limit)}",
                "met" if verdict.met else "MISSED",
            )
        )
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    beside = [f"{note.name}: {said(note)}" for note in outcome.notes]
    machine_line = ", ".join(f"{name} {text}" for name, text in known.items())
    median = f"Medians of {rounds} runs in turn after one that is not counted (fastest–slowest)."
    return [median, "", *lines, "", "For information:", *(f"  {line}" for line in beside), "", machine_line]


def seconds(timing: Timing) -> str:
    return f"{timing.median_s:.3f} s ({timing.min_s:.3f}–{timing.max_s:.3f})"


def amount(verdict: Verdict, value: float) -> str:
    match verdict.unit:
        case "s":
            return f"{value:.3f} s"
        case "ratio":
            return f"{value:.2f} ×"
        case unit:
            return f"{value:,.0f} {unit}"


def result(verdict: Verdict) -> str:
    beside = "" if verdict.ratio is None else f" ({verdict.ratio:.2f} ×)"
    return amount(verdict, verdict.value) + beside


def said(note: Note) -> str:
    if isinstance(note.value, Timing):
        return seconds(note.value)
    return note.value if isinstance(note.value, str) else f"{note.value:,} {note.unit}".rstrip()


def as_json(outcome: Outcome, known: dict[str, str], rounds: int) -> dict[str, object]:
    """The result for a script."""
    return {
        "schema": "lsinfra.benchmarks/1",
        "machine": known,
        "rounds": rounds,
        "verdicts": [
            {
                "name": verdict.name,
                "value": verdict.value,
                "limit": verdict.limit,
                "limit_kind": "at_least" if verdict.at_least else "at_most",
                "unit": verdict.unit,
                "ratio": verdict.ratio,
                "met": verdict.met,
                "candidate": timing_json(verdict.candidate),
                "baseline": timing_json(verdict.baseline),
            }
            for verdict in outcome.verdicts
        ],
        "notes": [
            {"name": note.name, **(timing_json(note.value) or {})}
            if isinstance(note.value, Timing)
            else {"name": note.name, "value": note.value, "unit": note.unit}
            for note in outcome.notes
        ],
    }


def timing_json(timing: Timing | None) -> dict[str, object] | None:
    if timing is None:
        return None
    return {
        "label": timing.label,
        "median_s": timing.median_s,
        "min_s": timing.min_s,
        "max_s": timing.max_s,
        "runs_s": list(timing.runs_s),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
