"""``lsinfra watch``: what is on the disk is what is shown, to this machine alone, and nothing is written."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread, Timer
from typing import TYPE_CHECKING

import pytest

from lsinfra import portfolio, progress
from lsinfra.commands.options import Call
from lsinfra.commands.watch import follow
from lsinfra.errors import Fault, InputError
from lsinfra.render import page
from lsinfra.text import LANGS, Lang, say
from lsinfra.watch.inputs import Inputs
from lsinfra.watch.live import Live
from lsinfra.watch.server import LISTENERS, WatchError, inside, segments, serving
from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog

SAMPLE = ROOT / "tests" / "sample"
NOW = datetime(2024, 7, 5, 8, 30).astimezone()
LIMIT_S = 60
"""After which a test that waits for something is over, and fails."""


def world(folder: Path) -> Path:
    """A copy of the made-up province, to be changed."""
    shutil.copytree(SAMPLE, folder)
    return folder


def change(root: Path, old: str, new: str) -> None:
    path = root / "projects.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def stop() -> Iterator[Event]:
    """Set at the end of the test, and at the latest when it has taken too long."""
    event = Event()
    late = Timer(LIMIT_S, event.set)
    late.start()
    yield event
    late.cancel()
    event.set()


# --- when something has changed --------------------------------------------------------------------------------------


def in_place(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def by_renaming(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.swp~")
    beside.write_bytes(data)
    beside.replace(path)


def by_a_backup(path: Path, data: bytes) -> None:
    path.rename(path.with_name(f"{path.name}~"))
    path.write_bytes(data)


def by_removing(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


SAVES = [in_place, by_renaming, by_a_backup, by_removing]


def test_each_way_of_saving_is_told_once(tmp_path: Path, stop: Event) -> None:
    root = world(tmp_path / "sổ")
    changes = Inputs(root).changes(stop)
    next(changes)
    for path in (root / "projects.yaml", root / "geodata" / "routes.geojson"):
        for n, save in enumerate(SAVES):
            save(path, path.read_bytes() + b"\n" * (n + 1))
            next(changes)
    # What does not matter is not told: the same bytes once more, other files.
    in_place(root / "projects.yaml", (root / "projects.yaml").read_bytes())
    (root / "ghi chú.txt").write_text("x", encoding="utf-8")
    (root / "geodata" / "README.md").write_text("x", encoding="utf-8")
    enough = Timer(1, stop.set)
    enough.start()
    assert list(changes) == []
    enough.join()


def test_a_folder_that_goes_comes_or_is_another_one_is_told(tmp_path: Path, stop: Event) -> None:
    root = world(tmp_path / "root")
    changes = Inputs(root).changes(stop)
    next(changes)
    (root / "geodata").rename(root / "cũ")
    next(changes)
    shutil.copytree(root / "cũ", root / "geodata")
    next(changes)
    # It is another folder now than that of the beginning.
    path = root / "geodata" / "places.geojson"
    path.write_bytes(path.read_bytes() + b"\n")
    next(changes)
    root.rename(tmp_path / "away")
    next(changes)
    (tmp_path / "away").rename(root)
    next(changes)
    stop.set()
    assert list(changes) == []


def test_what_no_notice_is_given_of_is_seen_by_looking(tmp_path: Path, stop: Event) -> None:
    root, real = world(tmp_path / "root"), tmp_path / "elsewhere.yaml"
    (root / "projects.yaml").rename(real)
    (root / "projects.yaml").symlink_to(real)
    changes = Inputs(root).changes(stop)
    next(changes)
    real.write_bytes(real.read_bytes() + b"\n")
    next(changes)
    stop.set()
    assert list(changes) == []


class Meanwhile(Event):
    """Something more happens each time that the watcher waits for the files to come to rest."""

    def __init__(self, acts: list[Callable[[], object]]) -> None:
        super().__init__()
        self.acts = acts

    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002
        if self.acts:
            self.acts.pop(0)()
        return super().wait(0)


def add(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_a_file_that_comes_in_pieces_is_told_when_it_is_whole(tmp_path: Path) -> None:
    root = world(tmp_path / "root")
    path = root / "projects.yaml"
    whole = path.read_bytes()
    size = len(whole) // 9 + 1
    path.write_bytes(b"")
    stop = Meanwhile([partial(add, path, whole[at : at + size]) for at in range(0, len(whole), size)])
    changes = Inputs(root).changes(stop)
    next(changes)
    assert path.read_bytes() == whole
    stop.set()
    assert list(changes) == []


def test_another_day_is_told_though_nothing_was_saved(tmp_path: Path, stop: Event) -> None:
    days = [date(2024, 7, 5)]
    changes = Inputs(world(tmp_path / "root"), lambda: days[-1]).changes(stop)
    next(changes)
    days.append(date(2024, 7, 6))
    next(changes)
    stop.set()
    assert list(changes) == []


def held(path: Path) -> Callable[[], None]:
    """Something that nobody can read stands in the place of a file; gives what puts it back."""
    aside = path.with_name("aside")
    path.rename(aside)
    path.mkdir()

    def free() -> None:
        path.rmdir()
        aside.rename(path)

    return free


def test_a_file_that_another_program_holds_is_waited_for(tmp_path: Path) -> None:
    root = world(tmp_path / "root")
    path = root / "projects.yaml"
    stop = Meanwhile([lambda: None, lambda: None, held(path)])
    changes = Inputs(root).changes(stop)
    next(changes)
    assert path.is_file()
    stop.set()
    assert list(changes) == []


def test_waiting_for_a_file_has_an_end(tmp_path: Path, stop: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lsinfra.watch.inputs.PATIENCE_S", 0.3)
    root = world(tmp_path / "root")
    changes = Inputs(root).changes(stop)
    with monkeypatch.context() as refused:
        # As Windows refuses a file that is open elsewhere; neither its time nor its size tells when it is free again.
        def denied(path: Path, mode: str) -> None:
            raise PermissionError(13, "denied", f"{path} {mode}")

        refused.setattr(Path, "open", denied)
        next(changes)
    next(changes)
    stop.set()
    assert list(changes) == []


# --- what is served --------------------------------------------------------------------------------------------------

PAST, SECRET = "2024-05-31", b"only mine"


def pages_of(root: Path, lang: Lang = "vi") -> page.Pages:
    whole = portfolio.load(root)
    return page.Pages(whole, progress.measure(whole, date(2024, 6, 30)), (), lang)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with pages of an earlier date in ``maps/``, and with much about it that is nobody's business."""
    root = world(tmp_path_factory.mktemp("watch") / "root")
    whole = portfolio.load(root)
    page.write(whole, progress.measure(whole, date.fromisoformat(PAST)), (), root / "maps", reports={"a b.docx": b"PK"})
    (root / "secret.html").write_bytes(SECRET)
    (root.parent / "secret.html").write_bytes(SECRET)
    inner = root / "maps" / PAST
    (inner / "out.html").symlink_to(root / "secret.html")
    (inner / "up").symlink_to(root)
    (inner / "hidden.html").symlink_to(inner / ".hidden.html")
    (inner / ".hidden.html").write_bytes(SECRET)
    (inner / "same.html").symlink_to(inner / "index.html")
    (inner / "bảng.csv").write_bytes(b"a,b\n")
    (inner / "tệp.lạ").write_bytes(b"?")
    os.mkfifo(inner / "pipe.html")
    return root


@pytest.fixture(scope="module")
def live(place: Path) -> Live:
    live = Live("vi")
    live.show(pages_of(place))
    return live


@pytest.fixture(scope="module")
def port(place: Path, live: Live) -> Iterator[int]:
    with serving(live, place / "maps", 0) as address:
        yield port_of(address)


def port_of(address: str) -> int:
    found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/", address)
    assert found, address
    return int(found[1])


def get(port: int, target: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
    try:
        connection.putrequest(method, target, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def policy_of(text: str) -> dict[str, set[str]]:
    found = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
    assert found
    return {
        name: set(sources.split()) for name, _, sources in (one.strip().partition(" ") for one in found[1].split(";"))
    }


@pytest.mark.parametrize("name", ["index.html", "quoc-lo-99.html", "en/index.html", "en/duong-ho-trang.html"])
def test_a_live_page_is_the_page_weekly_writes_and_a_script(place: Path, live: Live, port: int, name: str) -> None:
    written = pages_of(place).make(name)
    answer, data = get(port, f"/live/{name}")
    assert (answer.status, answer.getheader("Content-Type")) == (200, "text/html; charset=utf-8")
    assert data == get(port, f"/2024-06-30/{name}")[1]
    text = data.decode()
    lang: Lang = "en" if name.startswith("en/") else "vi"
    marks = " ".join(f'data-{mark}="{say(lang, f"watch.page.{mark}")}"' for mark in ("preview", "mark"))
    body, _, script = text.rpartition(f'<script data-made="{live.shown.made}" {marks}>')
    script = script.removesuffix("</script>\n")
    assert "EventSource" in script
    before, after = policy_of(written), policy_of(body)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert after == before | {
        "script-src": before["script-src"] | {f"'sha256-{digest}'"},
        "connect-src": {"'self'"},
    }
    assert after["default-src"] == {"'none'"}
    policy = re.compile(r'(?<=<meta http-equiv="Content-Security-Policy" content=")[^"]*')
    assert policy.sub("", body, count=1) == policy.sub("", written, count=1)


def test_what_lies_in_maps_is_given_byte_for_byte(place: Path, port: int) -> None:
    inner = place / "maps" / PAST
    for target, name, kind in [
        ("index.html", "index.html", "text/html; charset=utf-8"),
        ("", "index.html", "text/html; charset=utf-8"),
        ("en/quoc-lo-99.html?x=/../..", "en/quoc-lo-99.html", "text/html; charset=utf-8"),
        ("same.html", "index.html", "text/html; charset=utf-8"),
        ("a%20b.docx", "a b.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("b%E1%BA%A3ng.csv", "bảng.csv", "text/csv; charset=utf-8"),
        ("t%E1%BB%87p.l%E1%BA%A1", "tệp.lạ", "application/octet-stream"),
    ]:
        answer, data = get(port, f"/{PAST}/{target}")
        assert (answer.status, answer.getheader("Content-Type")) == (200, kind)
        assert data == (inner / name).read_bytes()
        assert int(answer.getheader("Content-Length") or 0) == len(data)
    assert "connect-src" not in (inner / "index.html").read_text(encoding="utf-8")


def test_a_large_file_is_never_whole_in_memory(place: Path, port: int) -> None:
    path = place / "maps" / PAST / "large.bin"
    with path.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
        file.write(b"begin")
    tracemalloc.start()
    try:
        answer, data = get(port, f"/{PAST}/large.bin", "HEAD")
        assert (answer.status, answer.getheader("Content-Length"), data) == (200, str(64 * 1024 * 1024), b"")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
        connection.request("GET", f"/{PAST}/large.bin")
        answer = connection.getresponse()
        assert answer.read(5) == b"begin"
        size = 5
        while piece := answer.read(256 * 1024):
            size += len(piece)
        connection.close()
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    finally:
        tracemalloc.stop()
        path.unlink()
    assert size == 64 * 1024 * 1024


def test_there_is_an_end_to_how_many_listen(place: Path) -> None:
    live = Live("vi")
    with serving(live, place / "maps", 0) as address:
        number = port_of(address)
        heard = [events(number) for _ in range(LISTENERS)]
        for one in heard:
            next(one)
        assert get(number, "/.live")[0].status == 503
        assert get(number, "/index.html")[0].status == 200
        live.close()
        assert [list(one) for one in heard] == [[] for _ in heard]


def test_every_answer_is_for_this_machine_and_this_moment(port: int) -> None:
    for target in ("/", "/live/index.html", "/index.html", f"/{PAST}/index.html", "/nope.html"):
        answer, data = get(port, target)
        bare, nothing = get(port, target, "HEAD")
        assert nothing == b""
        dropped = {"Date"}
        assert {name: value for name, value in answer.getheaders() if name not in dropped} == {
            name: value for name, value in bare.getheaders() if name not in dropped
        }
        assert answer.getheader("Cache-Control") == "no-store"
        assert answer.getheader("X-Content-Type-Options") == "nosniff"
        assert answer.getheader("X-Frame-Options") == "DENY"
        assert answer.getheader("Cross-Origin-Resource-Policy") == "same-origin"
        assert answer.getheader("Server") == "lsinfra"
        assert answer.getheader("Access-Control-Allow-Origin") is None
        assert int(answer.getheader("Content-Length") or 0) == len(data)
    assert get(port, "/")[0].getheader("Location") == "/live/index.html"


def test_the_list_of_dates_has_those_written_and_the_one_of_now(port: int) -> None:
    answer, data = get(port, "/index.html")
    assert answer.status == 200
    links = re.findall(r'"(\d{4}-\d\d-\d\d/index\.html)"', data.decode())
    assert links == ["2024-06-30/index.html", f"{PAST}/index.html"]
    assert all(get(port, f"/{link}")[0].status == 200 for link in links)


def test_a_page_that_is_not_there_says_so_and_follows(port: int, live: Live) -> None:
    for target in ("/live/nope.html", "/nope/index.html", "/live/", "/live"):
        answer, data = get(port, target)
        if target == "/live/":
            assert answer.status == 200
            continue
        assert answer.status == 404
        assert say("vi", "watch.no_page") in data.decode()
        assert f'data-made="{live.shown.made}"' in data.decode()


ESCAPES = [
    "/../secret.html",
    "/../../secret.html",
    f"/{PAST}/../../secret.html",
    "/%2e%2e/secret.html",
    "/%2e%2e%2fsecret.html",
    "/..%2fsecret.html",
    "/..%5csecret.html",
    "/%252e%252e/secret.html",
    "/....//secret.html",
    "//secret.html",
    "///../secret.html",
    "/./../secret.html",
    "/%c0%ae%c0%ae/secret.html",
    f"/{PAST}/out.html",
    f"/{PAST}/up/secret.html",
    f"/{PAST}/up/projects.yaml",
    f"/{PAST}/hidden.html",
    f"/{PAST}/.hidden.html",
    f"/{PAST}/.lsinfra.json",
    f"/{PAST}/%2elsinfra.json",
    f"/{PAST}/pipe.html",
    f"/{PAST}/index.html/",
    f"/{PAST}/index.html%00",
    f"/{PAST}/index.html:stream",
    f"/{PAST}%2findex.html",
    f"/{PAST}%5cindex.html",
    f"/{PAST}/x%0d%0aSet-Cookie:a=b",
    "/C:/secret.html",
    "/live/../secret.html",
    "/live/%2e%2e/secret.html",
    "/projects.yaml",
    "/geodata/routes.geojson",
    "/etc/passwd",
    "//etc/passwd",
    "*",
    "/.live/",
    "/.live?x",
]


@pytest.mark.parametrize("target", ESCAPES)
def test_nothing_outside_the_pages_is_given_away(port: int, target: str) -> None:
    answer, data = get(port, target)
    assert answer.status == 404
    assert SECRET not in data
    assert answer.getheader("Set-Cookie") is None
    assert b"secret" not in data
    assert len(data) < 10_000


def test_a_name_is_decoded_once_and_an_absolute_one_stays_inside(place: Path) -> None:
    assert segments("/a/b.html?c/../d") == ("a", "b.html")
    assert segments("/a%25%20b/") == ("a% b", "index.html")
    assert segments("/%252e%252e/x") == ("%2e%2e", "x")
    assert segments("a") is None
    for target in (
        "/../x",
        "/a/../x",
        "/%2e%2e/x",
        "/.x",
        "/a/.x",
        "/a//x",
        "/a%2fx",
        "/a%5cx",
        "/C:/x",
        "/a%0ax",
        "/%ff",
    ):
        assert segments(target) is None
    assert inside(place / "maps", ("index.html",)) == place / "maps" / "index.html"
    assert inside(place / "maps", (str(place / "secret.html"),)) is None
    assert inside(place / "maps", ("..", "secret.html")) is None
    assert inside(place / "no such folder", ("index.html",)) is None
    assert inside(place / "maps", ("x" * 5000,)) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost.evil.example:{port}",
        "",
        "[::1]:{port}",
    ],
)
def test_another_name_than_this_machines_is_refused(port: int, host: str) -> None:
    for target in ("/", "/live/index.html", "/.live", "/nope"):
        answer, data = get(port, target, Host=host.format(port=port))
        assert (answer.status, data) == (421, b"421 Misdirected Request\n")
    assert get(port, "/live/index.html", Host=f"LOCALHOST:{port}")[0].status == 200


def test_a_request_of_another_origin_is_refused_but_a_link_may_be_followed(port: int) -> None:
    for site in ("cross-site", "same-site"):
        for mode, dest in (("no-cors", "script"), ("cors", "empty"), ("navigate", "iframe"), ("no-cors", "image")):
            for target in ("/live/index.html", "/index.html", "/.live"):
                sent = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": mode, "Sec_Fetch_Dest": dest}
                assert get(port, target, **sent)[0].status == 403
    sent = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert get(port, "/live/index.html", **sent)[0].status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "NO"])
def test_only_reading_is_served(place: Path, port: int, method: str) -> None:
    before = tree(place / "maps" / PAST / "en")
    answer, data = get(port, f"/{PAST}/en/index.html", method)
    assert (answer.status, answer.getheader("Allow")) == (405, "GET, HEAD")
    assert data == b"405 Method Not Allowed\n"
    assert tree(place / "maps" / PAST / "en") == before


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /live/index.html HTTP/1.1\r\n\r\n", b"421"),
        (b"GET /live/index.html HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nHost: evil\r\n\r\n", b"421"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(200)) + b"\r\n", b"431"),
        (b"GET / HTTP/9.9\r\nHost: 127.0.0.1:%d\r\n\r\n", b"505"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400"),
        (b"GET /%ff%fe HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", b"404"),
        (b"GET http://127.0.0.1:%d/secret.html HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", b"404"),
        (b"GET /\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", b"404"),
    ],
)
def test_what_is_no_request_gets_one_line(port: int, sent: bytes, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S) as connection:
        connection.sendall(sent.replace(b"%d", b"%d" % port))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith((b"HTTP/1.0 " + status, status + b" "))
    assert b"Traceback" not in answer
    # Who goes away in the middle of an answer takes nobody else along.
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S) as connection:
        connection.sendall(b"GET /live/index.html HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port)
    assert get(port, "/live/index.html")[0].status == 200


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have one address on the loopback")
def test_only_the_loopback_address_listens(port: int) -> None:
    # All of 127.0.0.0/8 is this machine; whoever listened everywhere would answer here too.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=LIMIT_S)


def test_a_port_that_is_taken_is_one_sentence(place: Path, live: Live, port: int) -> None:
    with pytest.raises(WatchError) as caught, serving(live, place / "maps", port):
        pass
    for lang in ("vi", "en"):
        told = caught.value.write(lang)
        assert str(port) in told
        assert "--port 0" in told
        assert "\n" not in told


def events(port: int) -> Iterator[dict[str, object]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
    connection.request("GET", "/.live")
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Content-Type")) == (200, "text/event-stream")
    with answer:
        for line in answer:
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))
    connection.close()


def test_a_listener_hears_every_state_and_the_end(place: Path) -> None:
    live = Live("vi")
    with serving(live, place / "maps", 0) as address:
        number = port_of(address)
        answer, data = get(number, "/live/index.html")
        assert answer.status == 503
        assert say("vi", "watch.not_yet") in data.decode()
        heard = events(number)
        first = next(heard)
        assert (first["faults"], get(number, "/index.html")[0].status) == ({}, 200)
        faults = [Fault(f"projects.yaml:{n}:1", "", "fault.missing", {"name": "<b>"}) for n in range(1, 26)]
        live.fail(InputError(faults))
        told = next(heard)["faults"]
        assert isinstance(told, dict)
        for lang in ("vi", "en"):
            assert told[lang][0] == faults[0].write(lang)
            assert told[lang][20:] == [say(lang, "watch.more_faults", count=5)]
        live.show(pages_of(place))
        last = next(heard)
        assert last["made"] == live.shown.made != first["made"]
        assert last["faults"] == {}
        good = get(number, "/live/index.html")[1]
        assert live.shown.made in good.decode()
        # A later fault takes no page away.
        live.fail(InputError(faults))
        assert next(heard)["made"] == last["made"]
        assert get(number, "/live/index.html")[1] == good
    assert list(heard) == []
    with pytest.raises(ConnectionRefusedError):
        get(number, "/")


# --- the command -----------------------------------------------------------------------------------------------------


class Acting(Event):
    """Lets the watcher run in this thread: does the next act when its word was said, and stops it after the last."""

    def __init__(self, capsys: pytest.CaptureFixture[str], acts: list[tuple[str, Callable[[], object]]]) -> None:
        super().__init__()
        self.capsys, self.acts = capsys, acts
        self.out, self.err, self._new = "", "", ""

    def is_set(self) -> bool:
        out, err = self.capsys.readouterr()
        self.out, self.err, self._new = self.out + out, self.err + err, self._new + out + err
        if self.acts and self.acts[0][0] in self._new:
            self._new = ""
            self.acts.pop(0)[1]()
        return super().is_set() or not self.acts

    def wait(self, timeout: float | None = None) -> bool:
        super().wait(timeout)
        return self.is_set()


def test_the_terminal_says_what_a_save_has_brought(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = world(tmp_path / "root")
    path, away = root / "projects.yaml", root / "away.yaml"
    right, wrong = "handed_over: 20/40 ha, đạt 50%", "handed_over: 20.5/40 ha, đạt 50%"
    acts: list[tuple[str, Callable[[], object]]] = [
        ("30/6/2024", lambda: change(root, right, "handed_over: 41/40 ha, đạt 50%")),
        ("41/40 ha", lambda: change(root, "handed_over: 41/40 ha, đạt 50%", wrong)),
        ("20.5", lambda: shutil.move(path, away)),
        (str(path), lambda: shutil.move(away, path)),
        ("20.5", lambda: change(root, wrong, right)),
        ("30/6/2024", lambda: None),
    ]
    stop = Acting(capsys, acts)
    late = Timer(LIMIT_S, stop.set)
    late.start()
    before = tree(root)
    follow(Call(None, "vi", verbose=False, quiet=False, now=NOW), root, None, None, stop)
    late.cancel()
    assert acts == [], stop.out + stop.err
    assert tree(root) == before
    first, nothing, *lines = stop.out.splitlines()
    assert first == say("vi", "watch.following", root=root)
    assert nothing == say("vi", "watch.nothing_written")
    assert lines[0].startswith("08:3")
    # The errors that came, then what was wrong before and is so again is not told a second time.
    new = [line for line in lines if " mới: " in line]
    assert any("lỗi (projects.yaml:" in line and "41/40 ha" in line for line in new)
    assert not any("20/40" in line for line in new)
    assert sum("số liệu đến 30/6/2024" in line.lower() for line in lines) == 3
    told = [line.split("  ", 1)[1] for line in stop.err.splitlines() if re.match(r"\d\d:\d\d:\d\d  ", line)]
    faulty, unreadable = (say("vi", f"watch.{key}", time="").strip() for key in ("faulty", "unreadable"))
    assert told == [faulty, unreadable, faulty]


def test_the_pages_are_of_today_when_a_day_begins_or_the_machine_has_slept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = world(tmp_path / "root")
    friday = datetime(2024, 6, 21, 17, 30).astimezone()
    times = [friday]
    acts: list[tuple[str, Callable[[], object]]] = [
        ("17:30:00", lambda: times.append(friday + timedelta(days=17, hours=-9))),
        ("08:30:00", lambda: None),
    ]
    stop = Acting(capsys, acts)
    late = Timer(LIMIT_S, stop.set)
    late.start()
    call = Call(None, "vi", verbose=False, quiet=False, now=friday)
    follow(call, root, None, None, stop, clock=lambda: times[-1])
    late.cancel()
    assert acts == [], stop.out + stop.err
    told = [line for line in stop.out.splitlines() if re.match(r"\d\d:\d\d:\d\d ", line)]
    # On that Friday figures of 30 June were yet to come, which is an error; on the Monday after they are there.
    assert [(line[:8], line.split(": ")[1].split(",")[0]) for line in told] == [
        ("17:30:00", "2 lỗi"),
        ("08:30:00", "0 lỗi"),
    ]


class Away(Event):
    """A file is away just when it is loaded, and is the same one again afterwards; stops when a word was said."""

    def __init__(self, capsys: pytest.CaptureFixture[str], path: Path, word: str) -> None:
        super().__init__()
        self.capsys, self.path, self.word = capsys, path, word
        self.asked, self.out, self.err = 0, "", ""

    def is_set(self) -> bool:
        self.asked += 1
        aside = self.path.with_name("aside")
        if self.asked == 1:
            self.path.rename(aside)
        elif self.asked == 2:
            aside.rename(self.path)
        out, err = self.capsys.readouterr()
        self.out, self.err = self.out + out, self.err + err
        return super().is_set() or self.word in self.out


def test_a_file_that_could_not_be_loaded_is_loaded_as_soon_as_it_can(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = world(tmp_path / "root")
    stop = Away(capsys, root / "projects.yaml", "30/6/2024")
    late = Timer(LIMIT_S, stop.set)
    late.start()
    follow(Call(None, "vi", verbose=False, quiet=False, now=NOW), root, None, None, stop)
    late.cancel()
    assert say("vi", "watch.unreadable", time="").strip() in stop.err
    assert "30/6/2024" in stop.out


def test_quiet_tells_faults_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = world(tmp_path / "root")
    change(root, "plan_year: 2024", "plan_year: 24")
    stop = Acting(capsys, [("24", lambda: None)])
    follow(Call(None, "en", verbose=False, quiet=True, now=NOW), root, None, None, stop)
    assert stop.out == ""
    assert "plan_year" in stop.err


SCROLLED = """() => new Promise((done, fail) => {
  setTimeout(() => fail(Error("not scrolled")), 20000);
  const look = () => (scrollY ? done() : requestAnimationFrame(look));
  look();
})"""
"""Waits until the reader is back where he was."""


@contextmanager
def following(root: Path) -> Iterator[str]:
    """The watcher at work in a thread of its own; gives the address."""
    stop, ready, addresses = Event(), Event(), list[str]()

    def served(address: str) -> None:
        addresses.append(address)
        ready.set()

    call = Call(None, "vi", verbose=False, quiet=True, now=NOW)
    thread = Thread(target=follow, args=(call, root, None, 0, stop, served))
    thread.start()
    try:
        assert ready.wait(LIMIT_S)
        yield addresses[0]
    finally:
        stop.set()
        thread.join()


def test_a_page_follows_the_records_by_itself(chromium: Browser, tmp_path: Path) -> None:
    root = world(tmp_path / "root")
    before = tree(root)
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(LIMIT_S * 1000)
    tab, english = context.new_page(), context.new_page()
    wrong: list[str] = []
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        wrong.append(dialog.message)
        dialog.dismiss()

    def hear(said: ConsoleMessage) -> None:
        if "Content Security" in said.text:
            wrong.append(said.text)

    for one in (tab, english):
        one.on("pageerror", lambda error: wrong.append(str(error)))
        one.on("dialog", refuse)
        one.on("request", lambda request: asked.append(request.url))
        one.on("console", hear)
    with following(root) as address:
        tab.goto(address)
        tab.locator("#progress, #projects").get_by_text("25/100 hộ").first.wait_for(state="attached")
        english.goto(f"{address}live/en/quoc-lo-99.html")
        for one, lang in zip((tab, english), LANGS, strict=True):
            one.wait_for_selector('html[data-ready="true"]', state="attached")
            assert one.title().startswith(f"{say(lang, 'watch.page.preview')} ")
            for medium in ("print", "screen"):
                one.emulate_media(media=medium)
                assert one.get_by_text(say(lang, "watch.page.mark")).is_visible()
        tab.wait_for_selector('html[data-ready="true"]', state="attached")
        # Sometimes the browser goes back to the place by itself: not here.
        tab.evaluate("history.scrollRestoration = 'manual'; scrollTo(0, 700)")
        # A figure is changed: both pages have it, at the place where the reader was.
        change(root, "25/100 hộ, đạt 25%", "26/100 hộ, đạt 26%")
        for one in (tab, english):
            one.bring_to_front()
            one.get_by_text(re.compile("26(/| of )100 ")).first.wait_for(state="attached")
        tab.bring_to_front()
        tab.wait_for_selector('html[data-ready="true"]', state="attached")
        tab.evaluate(SCROLLED)
        # Faults: the old figures stay, and each page says so in its own language; what was typed is text.
        change(root, "plan_year: 2024", "plan_year: <img src=x onerror=alert(1)>")
        for one, lang in zip((tab, english), LANGS, strict=True):
            one.bring_to_front()
            told = one.get_by_role("alert").filter(has_text="plan_year")
            told.wait_for()
            assert say(lang, "watch.page.faulty") in told.inner_text()
            assert "<img src=x" in told.inner_text()
            assert one.get_by_text(re.compile("26(/| of )100 ")).count()
        # Mended: the sentence goes.
        change(root, "plan_year: <img src=x onerror=alert(1)>", "plan_year: 2024")
        tab.bring_to_front()
        tab.locator("#lsinfra-watch").wait_for(state="detached")
        tab.get_by_text("26/100 hộ").first.wait_for(state="attached")
    tab.get_by_text(say("vi", "watch.page.ended")).wait_for()
    assert wrong == []
    assert all(url.startswith(address) for url in asked if not url.startswith("data:"))
    change(root, "26/100 hộ, đạt 26%", "25/100 hộ, đạt 25%")
    assert tree(root) == before
    context.close()


def test_ctrl_c_ends_it_and_leaves_nothing_behind(tmp_path: Path) -> None:
    root = world(tmp_path / "root")
    before = tree(root)
    # What runs in the background of a shell has Ctrl+C ignored, and its children too: here it is heard.
    heard_again = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    start = f"{heard_again}; from lsinfra.cli import main; main()"
    command = [sys.executable, "-c", start, "--lang", "en", "watch", "--port", "0"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        late = Timer(LIMIT_S, running.kill)
        late.start()
        assert running.stdout is not None
        assert running.stderr is not None
        first = running.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", first)
        assert found, first
        assert running.stdout.readline().strip() == say("en", "watch.nothing_written")
        assert "30 June 2024" in running.stdout.readline()
        heard = events(int(found[1]))
        next(heard)
        running.send_signal(signal.SIGINT)
        assert running.stdout.read() == f"{say('en', 'watch.ended')}\n"
        assert running.stderr.read() == ""
        assert running.wait() == 0
        late.cancel()
    assert tree(root) == before
    with pytest.raises(ConnectionRefusedError):
        get(int(found[1]), "/")
