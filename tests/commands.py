"""The command in a process of its own, forked from one that has loaded what it stands on: most of a start is that.

Nothing of an earlier run is in it: the one that forks has run no command, and read neither records nor words.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("lsinfra.exe" if os.name == "nt" else "lsinfra")
LIMIT_S = 300
MOST = 2**20
"""Bytes of an order: the arguments and the environment of a run."""

# --- in the process that forks -------------------------------------------------------------------------------------

LIBRARIES = ("docx", "ezdxf", "osmium", "pdfplumber", "python_calamine", "rich.console", "sqlalchemy", "typst")
"""What lsinfra imports inside of functions."""


def load() -> None:
    """Import all but the commands themselves, which look at the arguments and the environment as they are imported."""
    import lsinfra

    for name in LIBRARIES:
        import_module(name)
    for module in pkgutil.walk_packages(lsinfra.__path__, "lsinfra."):
        if not module.name.startswith(("lsinfra.cli", "lsinfra.commands", "lsinfra.__main__")):
            import_module(module.name)
    # Nothing of it is garbage, nor to be looked at (and with that copied) by the forks.
    gc.freeze()


def serve(number: int) -> None:
    """Fork a run for each order from a socket, answer with its exit code or minus the signal that ended it."""
    load()
    # As for the installed program; "" would be the folder that a run is in.
    sys.path[0] = str(COMMAND.parent)
    with socket.socket(fileno=number) as orders:
        while True:
            order, streams, _, _ = socket.recv_fds(orders, MOST, 3)
            if not order:
                return
            pid = os.fork()
            if pid == 0:
                orders.close()
                become(json.loads(order), streams)
            for stream in streams:
                os.close(stream)
            orders.send(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())


def hide(*packages: str) -> None:
    """Have these packages missing, for lsinfra as well where it has them already."""
    for name in [name for name in sys.modules if name.partition(".")[0] in {"lsinfra", *packages}]:
        del sys.modules[name]
    sys.modules.update(dict.fromkeys(packages))  # type: ignore[arg-type]


def become(order: dict[str, Any], streams: list[int]) -> None:
    """Be the command, and end as the interpreter does."""
    code: Any = 1
    try:
        for place, stream in enumerate(streams):
            os.dup2(stream, place)
            os.close(stream)
        os.environ.clear()
        os.environ.update(order["environment"])
        time.tzset()
        os.chdir(order["cwd"])
        sys.argv = [str(COMMAND), *order["arguments"]]
        if order["without"]:
            hide(*order["without"])
        from lsinfra.cli import main

        main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
        if not isinstance(code, int):
            print(code, file=sys.stderr)  # noqa: T201
            code = 1
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        try:
            atexit._run_exitfuncs()
            sys.stdout.flush()
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
            code = 120
        sys.stderr.flush()
        os._exit(code)


# --- in the test's -------------------------------------------------------------------------------------------------


class Starter:
    """The process that forks runs."""

    def __init__(self, orders: socket.socket) -> None:
        self.orders = orders

    def run(
        self, arguments: list[str], cwd: Path, env: dict[str, str], stdin: bytes | None, without: tuple[str, ...]
    ) -> tuple[int, bytes, bytes]:
        """The exit code of a run, and what it said on both streams; ``without``: packages that are missing in it."""
        with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            asked.write(stdin or b"")
            asked.seek(0)
            said = {"arguments": arguments, "cwd": str(cwd), "environment": env, "without": without}
            order = json.dumps(said).encode()
            assert len(order) < MOST
            socket.send_fds(self.orders, [order], [asked.fileno(), out.fileno(), err.fileno()])
            code = int(self.orders.recv(16))
            for stream in (out, err):
                stream.seek(0)
            return code, out.read(), err.read()


@contextmanager
def starter(root: Path) -> Iterator[Starter]:
    """A process that has loaded everything."""
    # Messages stay whole: each order, each answer is one.
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (ours, its):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MOST)
    ours.settimeout(LIMIT_S)
    line = [sys.executable, "-c", f"from tests.commands import serve; serve({its.fileno()})"]
    with ours, subprocess.Popen(line, cwd=root, pass_fds=[its.fileno()], stdin=subprocess.DEVNULL) as process:
        its.close()
        yield Starter(ours)
        ours.close()
        assert process.wait(timeout=LIMIT_S) == 0
