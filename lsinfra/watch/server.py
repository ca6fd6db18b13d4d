"""A web server for this machine alone: the pages as they are now, and read-only what lies in ``maps/``.

==================  ================================================================================================
``/``               leads to ``/live/index.html``
``/live/…``         the newest pages, whatever their date is; they load themselves again
``/AS-OF/…``        the same pages under their date; every other date as it lies in ``maps/``, byte for byte
``/index.html``     the list of dates
``/.live``          what has changed (server-sent events)
==================  ================================================================================================

What is asked for under another name than this machine's own is refused: a page of the internet whose name its owner
points at 127.0.0.1 must not read the figures. So is what a page of another origin asks for. Nothing outside ``maps/``
is given away, whatever way a path or a link takes, and no hidden file.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from threading import BoundedSemaphore, Thread
from typing import Any
from urllib.parse import unquote_to_bytes

from lsinfra.errors import RunError, why
from lsinfra.render import page
from lsinfra.text import LANGS, say
from lsinfra.watch.following import following, waiting
from lsinfra.watch.live import Live, Shown

HOST = "127.0.0.1"
LIVE, EVENTS = "live", "/.live"
STILL_S = 15.0
"""A listener that has gone is noticed after so long."""
LISTENERS = 32
"""Open pages that are told of changes: each costs a thread."""
_PIECE = 64 * 1024  # bytes of a file in memory

_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_WORDS = ("faulty", "ended")


class WatchError(RunError):
    """The pages cannot be shown; its sentence is under ``watch.``."""

    group = "watch"


@contextmanager
def serving(live: Live, maps: Path, port: int) -> Iterator[str]:
    """Serve while the block runs; gives the address.

    Parameters
    ----------
    live
        What is shown.
    maps
        The folder of the pages that were written; it may be missing.
    port
        0 for any that is free.

    Raises
    ------
    WatchError
        The port is taken, or may not be used.
    """
    try:
        server = _Server(live, maps, port)
    except OSError as error:
        taken = error.errno in {errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", None)}
        key = "port_taken" if taken else "port_refused"
        raise WatchError(key, port=port, reason=why(error)) from None
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.port}/"
    finally:
        live.close()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # On Windows this would let another program listen at the same port.
    allow_reuse_address = os.name != "nt"

    def __init__(self, live: Live, maps: Path, port: int) -> None:
        self.live, self.maps, self.listeners = live, maps, BoundedSemaphore(LISTENERS)
        super().__init__((HOST, port), _Handler)
        self.port: int = self.server_address[1]
        self.names = {f"{name}:{self.port}" for name in (HOST, "localhost")}
        if self.port == 80:
            self.names |= {HOST, "localhost"}

    def server_bind(self) -> None:
        # Not HTTPServer's, which asks the network for the name of the machine.
        if exclusive := getattr(socket, "SO_EXCLUSIVEADDRUSE", None):
            self.socket.setsockopt(socket.SOL_SOCKET, exclusive, 1)
        TCPServer.server_bind(self)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A browser that goes away in the middle of an answer is no fault.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10

    def do_GET(self) -> None:
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self.server.names:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
        elif self.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"} and not self._opened():
            self.send_error(HTTPStatus.FORBIDDEN)
        elif self.path == EVENTS:
            self._tell_events()
        elif self.path.partition("?")[0] == "/":
            self._answer(HTTPStatus.FOUND, "text/plain", b"", Location=f"/{LIVE}/index.html")
        else:
            self._give(segments(self.path))

    do_HEAD = do_GET  # noqa: N815

    def _opened(self) -> bool:
        """Whether a person follows a link to a page, from wherever it is."""
        return self.headers.get("Sec-Fetch-Mode") == "navigate" and self.headers.get("Sec-Fetch-Dest") == "document"

    def _give(self, names: tuple[str, ...] | None) -> None:
        """A live page, else a file, else the sentence that there is none."""
        shown, live = self.server.live.shown, self.server.live
        if names is None:
            self._answer(HTTPStatus.NOT_FOUND, *_html(waiting(live, shown, "watch.no_page")))
            return
        first, rest = names[0], "/".join(names[1:])
        as_of = shown.pages.progress.as_of.isoformat() if shown.pages else None
        if names == ("index.html",):
            there = set(page.days(self.server.maps)) if self.server.maps.is_dir() else set()
            text = page.dates_page(sorted(there | ({as_of} if as_of else set())), live.lang)
            self._answer(HTTPStatus.OK, *_html(following(text, shown.made)))
        elif first in {LIVE, as_of} and (made := live.page(shown, rest)):
            self._answer(HTTPStatus.OK, *_html(following(made, shown.made)))
        elif first == LIVE and shown.pages is None:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, *_html(waiting(live, shown, "watch.not_yet")))
        elif not ((path := inside(self.server.maps, names)) and self._give_file(path)):
            self._answer(HTTPStatus.NOT_FOUND, *_html(waiting(live, shown, "watch.no_page")))

    def _give_file(self, path: Path) -> bool:
        """A file bit by bit, however large it is; False where it cannot be opened."""
        try:
            file = path.open("rb")
        except OSError:
            return False
        with file:
            left = os.fstat(file.fileno()).st_size
            kind = _TYPES.get(path.suffix.lower(), "application/octet-stream")
            self._begin(HTTPStatus.OK, kind, **{"Content-Length": str(left)})
            # No more than was told of, though somebody adds to it meanwhile.
            while self.command != "HEAD" and (data := file.read(min(left, _PIECE))):
                self.wfile.write(data)
                left -= len(data)
        return True

    def _tell_events(self) -> None:
        """Every state from now on, until the browser or the watcher has had enough."""
        live, listeners = self.server.live, self.server.listeners
        if not listeners.acquire(blocking=False):
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        try:
            self._tell_states(live)
        finally:
            listeners.release()

    def _tell_states(self, live: Live) -> None:
        self._begin(HTTPStatus.OK, "text/event-stream")
        if self.command == "HEAD":
            return
        seen: Shown | None = None
        while not live.closed:
            shown = live.after(seen, STILL_S)
            self.wfile.write(b": \n\n" if shown is seen else _event(shown))
            seen = shown

    def _answer(self, status: HTTPStatus, kind: str, data: bytes, **headers: str) -> None:
        self._begin(status, kind, **headers, **{"Content-Length": str(len(data))})
        if self.command != "HEAD":
            self.wfile.write(data)

    def _begin(self, status: HTTPStatus, kind: str, **headers: str) -> None:
        self.send_response(status)
        for name, value in (_HEADERS | {"Content-Type": kind} | headers).items():
            self.send_header(name, value)
        self.end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """A refusal in one line that repeats nothing of what was asked."""
        status = HTTPStatus(code)
        if status is HTTPStatus.NOT_IMPLEMENTED:
            status = HTTPStatus.METHOD_NOT_ALLOWED
        data = f"{status.value} {status.phrase}\n".encode()
        self.close_connection = True
        self._begin(status, "text/plain; charset=utf-8", Allow="GET, HEAD", **{"Content-Length": str(len(data))})
        if self.command != "HEAD":
            self.wfile.write(data)

    def version_string(self) -> str:
        return "lsinfra"

    def log_message(self, format: str, *args: Any) -> None:
        """The terminal is for the records; who opens which page is nobody's business."""


def segments(target: str) -> tuple[str, ...] | None:
    """The names in the path of a request, decoded once; None where one of them is no name of a file of ours.

    None are those that go up, are hidden, are empty, hold a separator, a drive, a stream or a control character, or
    are no UTF-8. A path that ends with ``/`` names the ``index.html`` there.
    """
    path = target.partition("?")[0]
    if not path.startswith("/"):
        return None
    try:
        names = [unquote_to_bytes(name).decode() for name in path[1:].split("/")]
    except UnicodeDecodeError:
        return None
    if names[-1] == "":
        names[-1] = "index.html"
    sound = all(
        name and not name.startswith(".") and name.isprintable() and not set(name) & set("/\\:") for name in names
    )
    return tuple(names) if sound else None


def inside(folder: Path, names: tuple[str, ...]) -> Path | None:
    """A file of a folder by its names, every link followed; None where it is none, is hidden or lies outside."""
    with suppress(OSError, RuntimeError):
        top = folder.resolve(strict=True)
        path = top.joinpath(*names).resolve(strict=True)
        if path.is_relative_to(top) and path.is_file():
            hidden = any(part.startswith(".") for part in path.relative_to(top).parts)
            return None if hidden else path
    return None


def _html(text: str) -> tuple[str, bytes]:
    return _TYPES[".html"], text.encode()


def _event(shown: Shown) -> bytes:
    words = {lang: {name: say(lang, f"watch.page.{name}") for name in _WORDS} for lang in LANGS}
    told = {"made": shown.made, "faults": shown.faults, "words": words}
    return f"data: {json.dumps(told)}\n\n".encode()
