"""A real PostgreSQL for the tests: made in a temporary folder, on loopback, gone when they end."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import quote

from tools.prepare import find_postgres

USER = "bản đồ"
SYSTEM_USER = "postgres"
_START_S = 60

# The server must go when the tests do, also when they are killed: Linux tells a child of its parent's death. The child
# asks before it becomes the server; should the parent be gone by then, it ends itself.
_UNTIL_PARENT_ENDS = """
import ctypes, os, signal, sys
parent, uid, gid, *command = sys.argv[1:]
if int(uid) != os.getuid():
    os.setgroups([])
    os.setgid(int(gid))
    os.setuid(int(uid))
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)
if os.getppid() != int(parent):
    sys.exit(1)
os.execv(command[0], command)
"""


@dataclass
class Server:
    """A running server and its user who may do everything."""

    port: int
    password: str
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes]
    again: dict[str, str] = field(default_factory=dict)

    def url(self, database: str = "postgres", password: str | None = None, port: int | None = None) -> str:
        secret = self.password if password is None else password
        return f"postgresql://{quote(USER)}:{quote(secret, safe='')}@127.0.0.1:{port or self.port}/{database}"

    def fresh(self, template: str = "template1") -> str:
        """The URL of a new database, empty or as its template."""
        name = f"empty_{next(_NUMBERS)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def cleared(self, template: str = "template1") -> str:
        """The URL of a database without an index, always the same one: each of its own is hundreds of files."""
        if template not in self.again:
            self.again[template] = self.fresh(template)
        url = self.again[template]
        self.run("DROP SCHEMA IF EXISTS lsinfra, lsinfra_2 CASCADE", url.rpartition("/")[2])
        return url

    def run(self, statement: str, database: str = "postgres") -> None:
        """Carry out a statement as the user who may do everything."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)

    def crash(self) -> None:
        """Kill the server where it stands, as a power cut would, and start it again on what is on the disk."""
        self.process.kill()
        self.process.wait()
        self.process = self.start()


_NUMBERS = count()


@contextmanager
def running() -> Iterator[Server]:
    """A server until the block ends. Root may not run one, so that root's is run by the user of Debian's package."""
    programs = find_postgres()
    if programs is None:
        raise RuntimeError(
            "No PostgreSQL was found. Install it (make test does on Debian: python3 tools/prepare.py postgres), "
            "or name the folder of its programs in LSINFRA_POSTGRES"
        )
    folder = Path(tempfile.mkdtemp(prefix="lsinfra-postgres-"))
    owner = pwd.getpwnam(SYSTEM_USER) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    port, password = free_port(), f"mật/khẩu@{secrets.token_hex(8)}"
    try:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        given = folder / "password"
        given.write_text(password, encoding="utf-8")
        os.chown(given, owner.pw_uid, owner.pw_gid)
        data = folder / "data"
        options = ["-D", str(data), "-U", USER, "-A", "scram-sha-256", "--pwfile", str(given), "-E", "UTF8"]
        made = _start([str(programs / "initdb"), *options, "--locale=C", "--no-sync"], owner, folder)
        if made.wait():
            raise RuntimeError(_log(folder))
        settings: dict[str, object] = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "fsync": "off",
            "max_connections": 20,
            "shared_buffers": "32MB",
        }
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

        def start() -> subprocess.Popen[bytes]:
            command = [str(programs / "postgres"), "-D", str(data), *arguments]
            return _until_ready(lambda: _start(command, owner, folder), port, password, folder)

        server = Server(port, password, start, start())
        try:
            yield server
        finally:
            # At once: nobody wants on the disk what is deleted next.
            for way in (signal.SIGQUIT, signal.SIGKILL):
                with suppress(subprocess.TimeoutExpired):
                    server.process.send_signal(way)
                    server.process.wait(10)
                    break
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port of loopback on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _start(command: list[str], owner: pwd.struct_passwd, folder: Path) -> subprocess.Popen[bytes]:
    """Start a program as ``owner``; what it says goes to the log."""
    started = [sys.executable, "-I", "-c", _UNTIL_PARENT_ENDS, str(os.getpid()), str(owner.pw_uid), str(owner.pw_gid)]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [*started, *command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in a terminal goes to the tests, which then end the server
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
        )


def _until_ready(
    start: Callable[[], subprocess.Popen[bytes]], port: int, password: str, folder: Path
) -> subprocess.Popen[bytes]:
    """The server that lets its user in. After a crash it may end at once, until the last of the old one has gone."""
    import psycopg

    end = time.monotonic() + _START_S
    process = start()
    while True:
        try:
            psycopg.connect(
                host="127.0.0.1", port=port, user=USER, password=password, dbname="postgres", connect_timeout=2
            ).close()
        except psycopg.OperationalError:
            if time.monotonic() > end:
                raise RuntimeError(_log(folder)) from None
            time.sleep(0.05)
            if process.poll() is not None:
                process = start()
        else:
            return process


def _log(folder: Path) -> str:
    return f"PostgreSQL did not start:\n{(folder / 'log').read_text(encoding='utf-8', errors='replace')}"
