"""Taking times: two jobs or more in turn, so that what else the machine does falls on all of them alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 5


class BenchError(Exception):
    """A bench that did not do what it is to time."""


@dataclass(frozen=True)
class Timing:
    """Seconds of wall clock of each counted run of a job."""

    label: str
    runs_s: tuple[float, ...]

    @property
    def median_s(self) -> float:
        return statistics.median(self.runs_s)

    @property
    def min_s(self) -> float:
        return min(self.runs_s)

    @property
    def max_s(self) -> float:
        return max(self.runs_s)


@dataclass(frozen=True)
class Verdict:
    """One line of the result: a value against its limit.

    ``value`` is a ratio of two medians where ``candidate`` and ``baseline`` are given, else a number of bytes; where
    ``in_seconds``, the candidate's own median, with the baseline beside it. ``at_least`` tells which side of the limit
    is the good one.
    """

    name: str
    value: float
    limit: float
    at_least: bool = False
    candidate: Timing | None = None
    baseline: Timing | None = None
    in_seconds: bool = False

    @property
    def unit(self) -> str:
        return "s" if self.in_seconds else "ratio" if self.candidate else "bytes"

    @property
    def ratio(self) -> float | None:
        """Candidate ÷ baseline, of a time that has its limit in seconds."""
        if not (self.in_seconds and self.candidate and self.baseline):
            return None
        return self.candidate.median_s / self.baseline.median_s

    @property
    def met(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass(frozen=True)
class Note:
    """Something to know beside the verdicts, without a limit: a time, a count, or a word."""

    name: str
    value: Timing | int | str
    unit: str = ""


@dataclass(frozen=True)
class Outcome:
    """What one bench found."""

    verdicts: tuple[Verdict, ...]
    notes: tuple[Note, ...] = ()


def in_turn(jobs: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, Timing]:
    """Run every job once without counting it, then all of them ``rounds`` times in turn, every other round backwards.

    The first run fills the disk cache and whatever a process keeps. The collector of garbage stays as it is; it is
    emptied before each run, outside the clock, so that no job pays for what another left behind.
    """
    for job in jobs.values():
        job()
    runs: dict[str, list[float]] = {label: [] for label in jobs}
    for turn in range(rounds):
        for label in list(jobs)[:: -1 if turn % 2 else 1]:
            gc.collect()
            start = time.perf_counter()
            jobs[label]()
            runs[label].append(time.perf_counter() - start)
    return {label: Timing(label, tuple(taken)) for label, taken in runs.items()}


def faster(name: str, candidate: Timing, baseline: Timing, times: float) -> Verdict:
    """Whether the candidate takes at most a part of the baseline's time: baseline ÷ candidate ≥ ``times``."""
    return Verdict(name, baseline.median_s / candidate.median_s, times, True, candidate, baseline)


def within(name: str, candidate: Timing, baseline: Timing, times: float) -> Verdict:
    """Whether the candidate takes at most so many times the baseline's time: candidate ÷ baseline ≤ ``times``."""
    return Verdict(name, candidate.median_s / baseline.median_s, times, False, candidate, baseline)


def below(name: str, candidate: Timing, limit_s: float, baseline: Timing | None = None) -> Verdict:
    """Whether the candidate takes at most so many seconds on this machine; ``baseline`` stands beside it."""
    return Verdict(name, candidate.median_s, limit_s, False, candidate, baseline, in_seconds=True)
