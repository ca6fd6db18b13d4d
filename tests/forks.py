"""Processes to be killed: forked from one that has loaded everything, so that a kill costs little."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from tests.conftest import ROOT

# --- in the process that forks -------------------------------------------------------------------------------------


def forked(work: Callable[[], object]) -> int:
    """A process that does this and then ends, never coming back into the tests; its number."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            if code:
                traceback.print_exc()
            os._exit(code)
    return pid


def code_of(pid: int) -> int:
    """Wait for the end of a forked process: its exit code, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def say(*words: object) -> None:
    """One line on stdout, in one short write, so that those of many processes do not mix."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def serve(work: Callable[[dict[str, Any], int], object]) -> None:
    """Fork the writers of each order on stdin, say their numbers, wait for them, say their codes after ``end``."""
    gc.freeze()  # what is loaded is no garbage: no fork looks at it, and so none has a copy of it
    for line in sys.stdin:
        order = json.loads(line)
        pids = [forked(partial(work, order, number)) for number in range(order["writers"])]
        say("pids", *pids)
        say("end", *map(code_of, pids))


# --- in the test's -------------------------------------------------------------------------------------------------


class Crew:
    """The process that forks writers, and what it and they have said."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[list[str]] = []

    def order(self, **order: object) -> list[int]:
        """Begin; the writers' process numbers."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"writers": 1} | order) + "\n")
        self.process.stdin.flush()
        self.said = []
        return [int(pid) for pid in self.until("pids")]

    def codes(self) -> list[int]:
        """How each of the writers ended, when the last is gone; in ``said`` then stands all that they have said."""
        return [int(code) for code in self.until("end")]

    def until(self, word: str) -> list[str]:
        """Hear what is said until a line begins with this word; the rest of that line."""
        while (words := self.hear())[0] != word:
            self.said.append(words)
        return words[1:]

    def hear(self) -> list[str]:
        assert self.process.stdout is not None
        words = self.process.stdout.readline().split()
        assert words, "the writers' process is gone"
        return words


@contextmanager
def hired(module: str, *before: str) -> Iterator[Crew]:
    """The process that runs ``serve()`` of a module of tests, begun by another command if there is one."""
    command = [*before, sys.executable, "-c", f"from {module} import take_orders; take_orders()"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Crew(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=60) == 0
