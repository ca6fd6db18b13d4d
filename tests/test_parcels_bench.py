"""The bench of the parcels compares jobs that find the same, and says nothing that it has not measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import parcel_jobs, parcels
from benchmarks.timing import BenchError, Note, Verdict
from lsinfra.parcels.synthetic import generate


def test_the_jobs_find_the_same(tmp_path: Path) -> None:
    generate(tmp_path, 2, 60)
    done = {job: parcel_jobs.JOBS[job](tmp_path) for job in ("limit", "areas-1", "whole-2", "memory", "frame", "land")}
    parcels.agree(done)
    for job in ("whole-2", "memory"):
        assert 0 < (done[job].cleared_m or 0) < 120_000
        assert 0 < (done[job].uncleared_m or 0) < 120_000
    for what in ("whole_m2", "within_m2", "cleared_m", "uncleared_m"):
        other = replace(done["memory"], **{what: getattr(done["memory"], what) * 1.00001})
        with pytest.raises(BenchError, match=what):
            parcels.agree(done | {"memory": other})


def test_memory_that_is_not_known_has_no_verdict(tmp_path: Path) -> None:
    runs = tuple(parcel_jobs.Done(1.0, 1.0, peak_bytes=bytes_) for bytes_ in (5, 9, 7))
    assert parcels.Series("limit", runs).peak_bytes == 9
    assert parcels.in_bytes("memory", 9, 8) == Verdict("memory", 9, 8)
    unknown = parcels.Series("limit", (*runs, parcel_jobs.Done(1.0, 1.0))).peak_bytes
    assert isinstance(parcels.in_bytes("memory", unknown, 8), Note)
    assert parcel_jobs.held(2**30) is None


def test_jobs_take_turns_and_every_other_round_backwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, str]] = []

    def run(job: str, folder: Path) -> parcel_jobs.Done:
        ran.append((folder.name, job))
        return parcel_jobs.Done(1.0, 1.0)

    monkeypatch.setattr(parcels, "run", run)
    jobs = [(tmp_path / "small", "whole-2"), (tmp_path / "large", "whole-2"), (tmp_path / "large", "dask")]
    found = parcels.in_turn(jobs, 3)
    names = [(folder.name, job) for folder, job in jobs]
    assert ran == [*names, *reversed(names), *names]
    assert [len(found[job].runs) for job in jobs] == [3, 3, 3]
