"""Applying under fire: writers that are killed, and writers at once. The file is the old or the new one, whole.

The writers are processes of their own, forked from one that has loaded everything, so that a kill costs little.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest

from lsinfra import loader
from lsinfra.intake.edits import apply
from lsinfra.intake.keeping import EditError
from lsinfra.quantities import PartialDate
from tests.conftest import ROOT
from tests.forks import code_of, forked
from tests.test_intake_edits import SMALL, accepted, proposal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="os.fork")

KILLS = 200
WRITERS, EACH = 4, 6


def day(n: int) -> PartialDate:
    moment = date(2025, 1, 1) + timedelta(days=n)
    return PartialDate(moment.year, moment.month, moment.day)


def expected(n: int) -> bytes:
    """The file after ``n`` observations."""
    lines = (
        f"      - as_of: {day(k).iso}\n        handed_over: {k + 1} ha\n        note: {NOTE}\n        source: s\n"
        for k in range(n)
    )
    return (SMALL + ("    clearance:\n" if n else "") + "".join(lines)).encode()


NOTE = "Đợt cuối"


def accept(folder: Path, n: int) -> None:
    apply(folder, accepted(proposal(f"{n + 1} ha", observed=day(n), note=NOTE)))


def apart(scene: str, folder: Path) -> None:
    """Play a scene in a process of its own, in which nothing but the scene goes on: only there may one fork."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.test_intake_kill", scene, folder], cwd=ROOT, timeout=300, check=False
    )
    assert done.returncode == 0


def test_no_kill_halves_the_records_or_loses_what_was_applied(tmp_path: Path) -> None:
    apart("kills", tmp_path)


def test_editors_at_once_lose_nothing(tmp_path: Path) -> None:
    apart("editors", tmp_path)


def kills(tmp_path: Path) -> None:
    moments = random.Random(20250101)
    killed = halfway = between = began = 0
    folder = tmp_path
    for number in range(KILLS):
        if number % 10 == 0:
            folder, began = tmp_path / str(number), 0
            folder.mkdir()
            (folder / "projects.yaml").write_bytes(SMALL.encode())
        said, tell = os.pipe()

        def work(folder: Path = folder, began: int = began, tell: int = tell) -> None:
            for n in range(began, began + 50):
                accept(folder, n)
                os.write(tell, b".")

        pid = forked(work)
        os.close(tell)
        os.read(said, 1) if number % 4 == 0 else None
        if number % 2:
            time.sleep(moments.uniform(0, 0.06))
        else:  # in the middle of writing, which is but a small part of the time
            until = time.monotonic() + 5
            while not list(folder.glob(".*.part")) and time.monotonic() < until:
                time.sleep(0.0003)
        os.kill(pid, signal.SIGKILL)
        killed += code_of(pid) == -signal.SIGKILL
        promised = began + (number % 4 == 0) + len(_all_of(said))
        found = (folder / "projects.yaml").read_bytes()
        there = next(n for n in range(began, began + 52) if found == expected(n))
        assert promised <= there <= promised + 1
        between += there > promised
        halfway += bool(list(folder.glob(".*.part")))
        began = there
        if number % 10 == 9:
            # What the killed left behind holds nobody up, and is gone when the next one is done.
            accept(folder, began)
            assert sorted(path.name for path in folder.iterdir()) == ["backups", "projects.yaml"]
            assert (folder / "projects.yaml").read_bytes() == expected(began + 1)
            for kept in (folder / "backups").iterdir():
                assert kept.read_bytes() in {expected(n) for n in range(began + 1)}
    assert killed == KILLS
    # Some were killed in the middle of it, or this has shown nothing.
    assert halfway > 0
    assert between > 0


def _all_of(said: int) -> bytes:
    found = b""
    while piece := os.read(said, 1000):
        found += piece
    os.close(said)
    return found


def editors(tmp_path: Path) -> None:
    (tmp_path / "projects.yaml").write_bytes(SMALL.encode())

    def editor(number: int) -> Iterator[int]:
        for n in range(number * EACH, (number + 1) * EACH):
            refused = 0
            while True:
                with suppress(EditError):
                    accept(tmp_path, n)
                    break
                refused += 1
                time.sleep(0.002)
            yield refused

    said, tell = os.pipe()

    def work(number: int) -> None:
        refused = sum(editor(number))
        os.write(tell, f"{refused}\n".encode())

    pids = [forked(partial(work, number)) for number in range(WRITERS)]
    os.close(tell)
    assert [code_of(pid) for pid in pids] == [0] * WRITERS
    assert sum(map(int, _all_of(said).split())) > 0
    (project,) = loader.load(tmp_path / "projects.yaml").projects
    assert sorted(int(figure.value) for seen in project.clearance for _, figure in seen.stages) == list(
        range(1, WRITERS * EACH + 1)
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backups", "projects.yaml"]


if __name__ == "__main__":
    {"kills": kills, "editors": editors}[sys.argv[1]](Path(sys.argv[2]))
