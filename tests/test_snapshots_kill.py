"""Snapshots under fire: writers that are killed, writers at once, no room, no right. Nothing is lost or half written.

The writers are processes of their own, forked from one that has loaded everything, so that a kill costs little.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from lsinfra.errors import RunError
from lsinfra.snapshots import Verified, load, take, verify
from tests.conftest import ROOT

GOLDEN = next((ROOT / "tests" / "snapshots" / "2024-W26").iterdir())
NOBODY = 65534
KILLS = 200
LONG = 100_000  # characters of one sentence: so much to write that a kill may come while it is written
WRITERS, EACH = 8, 25

# A process that runs this file: each line it reads is an order; it forks a writer for each and says what they do.
WRITER_ARGUMENT = "be-a-writer"


# --- in the writers' processes -------------------------------------------------------------------------------------


def serve() -> None:
    """Fork the writers of each order, say their numbers, wait for them, say ``end``."""
    for line in sys.stdin:
        order = json.loads(line)
        pids = []
        for number in range(order["writers"]):
            pid = os.fork()
            if pid == 0:
                code = 1
                try:
                    write(order, number)
                    code = 0
                finally:  # never back into this loop
                    if code:
                        traceback.print_exc()
                    os._exit(code)
            pids.append(pid)
        say("pids", *pids)
        for pid in pids:
            _, status = os.waitpid(pid, 0)
            say("gone", os.waitstatus_to_exitcode(status))
        say("end")


def write(order: dict[str, Any], number: int) -> None:
    """Take snapshots, each differing from all others unless the order says so; say the name of each that is kept.

    Where the folder refuses one, say so, and what verifying finds there afterwards.
    """
    os.chdir(Path(order["folder"]).parent)
    folder = Path("snapshots")
    if not order["links"]:
        os.link = no_links  # type: ignore[assignment]
    base = load(GOLDEN)
    if order["stranger"] and os.geteuid() == 0:
        os.seteuid(NOBODY)  # root may write anywhere
    for n in range(order["each"]):
        if n == 1 and order["longest"]:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (order["longest"], order["longest"]))
        mark = "same" if order["same"] else f"{order['round']} {number} {n}"
        progress = replace(base.progress, as_of=base.as_of + timedelta(days=0 if order["same"] else n % 100))
        findings = (replace(base.findings[0], where=mark, en="…" * order["long"]), *base.findings[1:])
        try:
            taken = take(folder, replace(base, progress=progress, findings=findings))
        except RunError as error:
            os.seteuid(os.getuid())
            verified = verify(folder)
            hidden = len(list(folder.rglob(".*")))
            say("refused", verified.count, len(verified.faults), hidden, quote(error.write("vi")))
            return
        say("kept", taken.path.name, int(taken.new))


def no_links(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def say(*words: object) -> None:
    # One write of a short line: lines of many processes do not mix.
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


# --- in the test's -------------------------------------------------------------------------------------------------


@dataclass
class Crew:
    """The process that forks writers, and what it has said."""

    process: subprocess.Popen[str]

    def order(self, folder: Path, **order: object) -> list[int]:
        """Begin; the writers' process numbers."""
        whole = {"folder": str(folder), "writers": 1, "each": 1, "links": True, "same": False, "round": 0}
        whole |= {"long": 1, "longest": 0, "stranger": False} | order
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(whole) + "\n")
        self.process.stdin.flush()
        self.early: list[list[str]] = []
        while (words := self.hear())[0] != "pids":
            self.early.append(words)
        return [int(pid) for pid in words[1:]]

    def rest(self) -> list[list[str]]:
        """All that the writers say until the last is gone."""
        said = self.early
        while (words := self.hear())[0] != "end":
            said.append(words)
        return said

    def hear(self) -> list[str]:
        assert self.process.stdout is not None
        words = self.process.stdout.readline().split()
        assert words, "the writers' process is gone"
        return words


@contextmanager
def hired(*before: str) -> Iterator[Crew]:
    """The process that forks writers, begun by another command if there is one."""
    with subprocess.Popen(
        [*before, sys.executable, "-m", "tests.test_snapshots_kill", WRITER_ARGUMENT],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Crew(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=60) == 0


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    with hired() as crew:
        yield crew


def kept_in(said: list[list[str]]) -> list[str]:
    return [words[1] for words in said if words[0] == "kept"]


def exits(said: list[list[str]]) -> list[str]:
    return [words[1] for words in said if words[0] == "gone"]


def on_disk(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*/*.json")}


def test_no_kill_loses_or_halves_a_snapshot(crew: Crew, tmp_path: Path) -> None:
    moments = random.Random(20241101)
    folder, promised = tmp_path, set[str]()
    halfway = killed = 0
    for number in range(KILLS):
        if number % 10 == 0:  # another folder now and then: each kill is followed by reading all that is there
            folder, promised = tmp_path / str(number) / "snapshots", set()
            folder.parent.mkdir()
        (pid,) = crew.order(folder, each=100_000, links=number % 20 < 10, round=number, long=LONG)
        time.sleep(moments.uniform(0, 0.03))
        os.kill(pid, signal.SIGKILL)
        said = crew.rest()
        killed += exits(said) == [str(-signal.SIGKILL)]
        promised |= set(kept_in(said))
        there = on_disk(folder)
        assert promised <= there
        assert verify(folder) == Verified(len(there), ())
        halfway += len(list(folder.glob(".*.part")))
    assert killed == KILLS
    # Some were killed in the middle of it, or this has shown nothing.
    assert halfway > 0


@pytest.mark.parametrize("links", [True, False])
def test_no_writer_loses_what_it_wrote_beside_others(crew: Crew, tmp_path: Path, links: bool) -> None:
    folder = tmp_path / "snapshots"
    crew.order(folder, writers=WRITERS, each=EACH, links=links)
    said = crew.rest()
    names = kept_in(said)
    assert exits(said) == ["0"] * WRITERS
    assert len(names) == len(set(names)) == WRITERS * EACH
    assert on_disk(folder) == set(names)
    assert verify(folder) == Verified(WRITERS * EACH, ())
    assert list(folder.glob(".*")) == []


@pytest.mark.parametrize("links", [True, False])
def test_the_same_snapshot_from_many_is_one_file(crew: Crew, tmp_path: Path, links: bool) -> None:
    """Alone, and after another one, which all of them name as the one before."""
    golden = load(GOLDEN)
    earlier = replace(golden, progress=replace(golden.progress, as_of=golden.as_of - timedelta(days=7)))
    for number in range(8):
        folder = tmp_path / str(number) / "snapshots"
        before = {take(folder, earlier).path.name} if number else set[str]()
        folder.parent.mkdir(exist_ok=True)
        crew.order(folder, writers=WRITERS, each=3, links=links, same=True)
        said = crew.rest()
        assert exits(said) == ["0"] * WRITERS
        assert len(kept_in(said)) == WRITERS * 3
        assert len(set(kept_in(said))) == 1
        assert on_disk(folder) == set(kept_in(said)) | before
        assert verify(folder) == Verified(1 + len(before), ())
    assert list(folder.glob(".*")) == []


# What runs a command with an empty drive of 64 kB at a folder, which nobody else sees.
SMALL_DRIVE = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=64k tmpfs "$0" && exec "$@"')


def can_mount(place: Path) -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*SMALL_DRIVE, str(place), "true"], capture_output=True, check=False).returncode == 0


def refusal(said: list[list[str]]) -> tuple[list[int], str]:
    """How many are sound, how many are not, what is left behind, and what was said."""
    (words,) = [words[1:] for words in said if words[0] == "refused"]
    return [int(word) for word in words[:3]], unquote(words[3])


def test_a_full_drive_is_said_and_harms_nothing(tmp_path: Path) -> None:
    """On a small drive of its own; where none can be mounted, under a limit that cuts a file off as it is written."""
    small = can_mount(tmp_path)
    with hired(*SMALL_DRIVE, str(tmp_path)) if small else hired() as crew:
        crew.order(tmp_path / "snapshots", each=100, longest=0 if small else 4096)
        said = crew.rest()
    kept = len(kept_in(said))
    counts, sentence = refusal(said)
    assert counts == [kept, 0, 0]
    assert 1 <= kept < 64 * 1024 // GOLDEN.stat().st_size + 1
    assert sentence.startswith("Không ghi được snapshots/2024-W")
    if small:
        assert ".json: hết chỗ trên đĩa. Hãy kiểm tra chỗ trống trên đĩa và quyền ghi" in sentence


def test_a_file_that_cannot_be_finished_leaves_nothing(crew: Crew, tmp_path: Path) -> None:
    crew.order(tmp_path / "snapshots", each=3, longest=4096)
    said = crew.rest()
    assert len(kept_in(said)) == 1
    assert refusal(said)[0] == [1, 0, 0]


def test_a_folder_that_may_not_be_written_is_said_and_harms_nothing(crew: Crew, tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    crew.order(folder)
    (name,) = kept_in(crew.rest())
    week = next(folder.iterdir())
    for place in (tmp_path, folder, week):
        place.chmod(0o555)
    try:
        crew.order(folder, round=1, stranger=True)
        counts, sentence = refusal(crew.rest())
    finally:
        for place in (tmp_path, folder, week):
            place.chmod(0o755)
    assert counts == [1, 0, 0]
    assert ".json: không có quyền đối với tệp này. Hãy kiểm tra chỗ trống trên đĩa và quyền ghi" in sentence
    assert on_disk(folder) == {name}


if __name__ == "__main__" and WRITER_ARGUMENT in sys.argv:
    serve()
