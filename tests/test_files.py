"""Files whole or not at all: what stands after a writing that went well, was refused, or was cut off."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lsinfra import files

LINKS = [True, False]


@contextmanager
def no_room() -> Iterator[None]:
    """The system itself refuses to let any file grow beyond ten bytes."""
    if sys.platform == "win32":
        pytest.skip("no such limit")
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "projects.yaml"


def aged(path: Path, hours: float) -> Path:
    path.write_bytes(b"half")
    then = path.stat().st_mtime - hours * 3600
    os.utime(path, (then, then))
    return path


def without_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", link)


def test_a_new_file_is_never_written_over_another(path: Path) -> None:
    files.write_new(path, b"one")
    with pytest.raises(FileExistsError):
        files.write_new(path, b"two")
    assert path.read_bytes() == b"one"


def test_what_finds_no_room_leaves_the_old_file_and_nothing_else(path: Path) -> None:
    path.write_bytes(b"old")
    other = path.with_name("other")
    for write in (files.replace, files.add, files.write_beside):
        with no_room(), pytest.raises(OSError, match="too large"):
            write(path, b"new and longer than ten")
    with no_room(), pytest.raises(OSError, match="too large"):
        files.write_new(other, b"new and longer than ten")
    assert [(one.name, one.read_bytes()) for one in path.parent.iterdir()] == [(path.name, b"old")]


def test_a_file_takes_the_place_of_another_and_leaves_nothing_beside(path: Path) -> None:
    for data in (b"one", b"two", b""):
        files.replace(path, data)
        assert [(one.name, one.read_bytes()) for one in path.parent.iterdir()] == [(path.name, data)]


def test_what_is_written_by_name_takes_its_place_whole_or_not_at_all(path: Path) -> None:
    path.write_bytes(b"old")
    left = aged(files.write_beside(path, b"half"), 25)
    with pytest.raises(UnicodeEncodeError), files.replacing(path) as part:
        part.write_text("một nửa", encoding="ascii")
    assert path.read_bytes() == b"old"
    with files.replacing(path) as part:
        part.write_bytes(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path], f"{left} was left by a killed writer"


def test_what_cannot_be_replaced_stays(path: Path) -> None:
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        files.replace(path, b"new")
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("name", ["a" * 255, "ầ" * 85, "[a]*?.yaml", ".hidden"])
def test_any_name_that_the_drive_takes_will_do(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert files.add(path, b"one")
    left = aged(files.write_beside(path, b"half"), 25)
    files.replace(path, b"two")
    assert not left.exists()
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [(name, b"two")]


@pytest.mark.parametrize("links", LINKS)
def test_a_name_that_is_taken_is_left_alone(path: Path, links: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not links:
        without_links(monkeypatch)
    assert files.add(path, b"one")
    assert not files.add(path, b"two")
    assert [(one.name, one.read_bytes()) for one in path.parent.iterdir()] == [(path.name, b"one")]


def test_who_may_still_be_writing_is_not_disturbed(path: Path) -> None:
    folder = path.parent
    young, old = aged(folder / ".projects.yaml.1-00.part", 23), aged(folder / ".projects.yaml.2-00.part", 25)
    foreign = aged(folder / ".other.yaml.3-00.part", 99)
    files.replace(path, b"new")
    assert not old.exists()
    assert {one.name for one in folder.iterdir()} == {young.name, foreign.name, path.name}
    files.sweep(folder, "projects*")  # nobody else can be writing: all of them, and no others
    assert {one.name for one in folder.iterdir()} == {foreign.name, path.name}
    files.sweep(folder)
    assert list(folder.iterdir()) == [path]


def test_a_folder_that_cannot_be_settled_is_no_fault(tmp_path: Path) -> None:
    files.settle(tmp_path, tmp_path / "missing", tmp_path)


def test_the_bytes_are_on_the_disk_before_they_have_their_name(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a power cut could leave a name without its content; the system is watched, not replaced."""
    done: list[tuple[str, int]] = []
    settle, rename = os.fsync, Path.replace

    def watched_fsync(handle: int) -> None:
        settle(handle)
        done.append(("settled", os.fstat(handle).st_ino))

    def watched_replace(part: Path, target: Path) -> Path:
        done.append(("named", part.stat().st_ino))
        return rename(part, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "replace", watched_replace)
    files.replace(path, b"new")
    file, folder = path.stat().st_ino, path.parent.stat().st_ino
    settled = [("settled", folder)] if os.name != "nt" else []
    assert done == [("settled", file), ("named", file), *settled]
