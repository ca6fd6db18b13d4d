"""Snapshots under fire: writers that are killed, writers at once, no room, no right. Nothing is lost or half written.

The writers are processes of their own, forked from one that has loaded everything, so that a kill costs little.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from lsinfra.errors import RunError
from lsinfra.snapshots import Verified, load, take, verify
from tests.conftest import ROOT
from tests.forks import Crew, hired, say, serve

GOLDEN = next((ROOT / "tests" / "snapshots" / "2024-W26").iterdir())
NOBODY = 65534
KILLS = 200
LONG = 100_000  # characters of one sentence: so much to write that a kill may come while it is written
WRITERS, EACH = 8, 25


# --- in the writers' processes -------------------------------------------------------------------------------------


def take_orders() -> None:
    serve(write)


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


# --- in the test's -------------------------------------------------------------------------------------------------

ORDER = {"each": 1, "links": True, "same": False, "round": 0, "long": 1, "longest": 0, "stranger": False}


def begin(crew: Crew, folder: Path, **order: object) -> list[int]:
    """The process numbers of writers into this folder."""
    return crew.order(**(ORDER | {"folder": str(folder)} | order))


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    with hired(__name__) as crew:
        yield crew


def kept_by(crew: Crew) -> list[str]:
    return [words[1] for words in crew.said if words[0] == "kept"]


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
        (pid,) = begin(crew, folder, each=100_000, links=number % 20 < 10, round=number, long=LONG)
        time.sleep(moments.uniform(0, 0.03))
        os.kill(pid, signal.SIGKILL)
        killed += crew.codes() == [-signal.SIGKILL]
        promised |= set(kept_by(crew))
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
    begin(crew, folder, writers=WRITERS, each=EACH, links=links)
    assert crew.codes() == [0] * WRITERS
    names = kept_by(crew)
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
        begin(crew, folder, writers=WRITERS, each=3, links=links, same=True)
        assert crew.codes() == [0] * WRITERS
        assert len(kept_by(crew)) == WRITERS * 3
        assert len(set(kept_by(crew))) == 1
        assert on_disk(folder) == set(kept_by(crew)) | before
        assert verify(folder) == Verified(1 + len(before), ())
    assert list(folder.glob(".*")) == []


# What runs a command with an empty drive of 64 kB at a folder, which nobody else sees.
SMALL_DRIVE = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=64k tmpfs "$0" && exec "$@"')


def can_mount(place: Path) -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*SMALL_DRIVE, str(place), "true"], capture_output=True, check=False).returncode == 0


def refusal(crew: Crew) -> tuple[list[int], str]:
    """How many are sound, how many are not, what is left behind, and what was said."""
    crew.codes()
    (words,) = [words[1:] for words in crew.said if words[0] == "refused"]
    return [int(word) for word in words[:3]], unquote(words[3])


def test_a_full_drive_is_said_and_harms_nothing(tmp_path: Path) -> None:
    """On a small drive of its own; where none can be mounted, under a limit that cuts a file off as it is written."""
    small = can_mount(tmp_path)
    with hired(__name__, *([*SMALL_DRIVE, str(tmp_path)] if small else [])) as crew:
        begin(crew, tmp_path / "snapshots", each=100, longest=0 if small else 4096)
        counts, sentence = refusal(crew)
    kept = len(kept_by(crew))
    assert counts == [kept, 0, 0]
    assert 1 <= kept < 64 * 1024 // GOLDEN.stat().st_size + 1
    assert sentence.startswith("Không ghi được snapshots/2024-W")
    if small:
        assert ".json: hết chỗ trên đĩa. Hãy kiểm tra chỗ trống trên đĩa và quyền ghi" in sentence


def test_a_file_that_cannot_be_finished_leaves_nothing(crew: Crew, tmp_path: Path) -> None:
    begin(crew, tmp_path / "snapshots", each=3, longest=4096)
    assert refusal(crew)[0] == [1, 0, 0]
    assert len(kept_by(crew)) == 1


def test_a_folder_that_may_not_be_written_is_said_and_harms_nothing(crew: Crew, tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    begin(crew, folder)
    assert crew.codes() == [0]
    (name,) = kept_by(crew)
    week = next(folder.iterdir())
    for place in (tmp_path, folder, week):
        place.chmod(0o555)
    try:
        begin(crew, folder, round=1, stranger=True)
        counts, sentence = refusal(crew)
    finally:
        for place in (tmp_path, folder, week):
            place.chmod(0o755)
    assert counts == [1, 0, 0]
    assert ".json: không có quyền đối với tệp này, hoặc tệp đang mở" in sentence
    assert "Hãy kiểm tra chỗ trống trên đĩa và quyền ghi" in sentence
    assert on_disk(folder) == {name}
