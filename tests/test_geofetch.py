"""Roads and boundaries from a network: a service of the test's own on loopback, made-up answers, every way to fail."""

from __future__ import annotations

import gzip
import json
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import shapely
from shapely import LineString, Polygon

from lsinfra.errors import LsinfraError
from lsinfra.intake.geometry import fetching, overpass, reading, splicing
from lsinfra.intake.geometry.drawing import Drawing, GeoImportError, Wanted
from lsinfra.intake.geometry.fetching import Ask, GeoFetchError
from lsinfra.intake.geometry.overpass import Sought
from lsinfra.text import LANGS
from tests.conftest import Run

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
BOX = (106.0, 21.0, 107.5, 22.5)
ROAD = Sought(BOX, ref="QL.4B")
LINE = [(106.9, 21.78), (106.95, 21.7), (107.0, 21.65)]
SQUARE = [(106.9, 21.7), (107.0, 21.7), (107.0, 21.8), (106.9, 21.8), (106.9, 21.7)]
Command = Callable[..., Run]


def way(number: int, line: list[Any], **tags: str) -> dict[str, Any]:
    geometry = [None if at is None else {"lat": at[1], "lon": at[0]} for at in line]
    return {"type": "way", "id": number, "tags": tags, "geometry": geometry}


def relation(number: int, *members: tuple[str, int, str], **tags: str) -> dict[str, Any]:
    rows = [{"type": kind, "ref": ref, "role": role} for kind, ref, role in members]
    return {"type": "relation", "id": number, "tags": tags, "members": rows}


def answer(*elements: Any, day: str = "2026-11-20", **more: Any) -> dict[str, Any]:
    about = {"timestamp_osm_base": f"{day}T01:02:03Z", "copyright": "made up"}
    return {"version": 0.6, "generator": "a test", "osm3s": about, "elements": list(elements), **more}


ROADS = answer(
    relation(7, ("way", 1, ""), ("way", 2, ""), ("way", 3, ""), type="route", route="road", ref="QL 4B"),
    way(1, LINE[:2], highway="trunk", ref="QL.4B;QL.31"),
)
WAYS = answer(
    way(1, LINE[:2], highway="trunk", ref="QL.4B;QL.31"),
    way(2, LINE[1:], highway="trunk"),
    way(3, [LINE[2], (107.1, 21.6)], highway="trunk_link"),
    day="2026-11-19",
)


class Service(ThreadingHTTPServer):
    """Answers each question with the next of its replies (the last for ever), and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies: list[Callable[[BaseHTTPRequestHandler], None]] = []
        self.asked: list[tuple[str, Message, str]] = []
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/api/interpreter"

    def handle_error(self, *_: Any) -> None:
        """Nothing: one who asks may well hang up."""

    def will(self, *replies: Any) -> None:
        """Reply so from now on: an answer as it is, or what a reply does with its handler."""
        self.replies = [one if callable(one) else says(one) for one in replies]


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append((self.path, self.headers, parse_qs(body)["data"][0]))
        reply = self.server.replies[0] if len(self.server.replies) == 1 else self.server.replies.pop(0)
        reply(self)

    def log_message(self, *_: object) -> None:
        pass


def says(
    value: Any, status: int = 200, kind: str = "application/json", *, cut: int = 0, **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    """A reply of JSON (or of bytes as they are), ``cut`` short of what its length says."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        handler.send_response(status)
        for name, text in {"content-type": kind, "content-length": str(len(data)), **headers}.items():
            if text:
                handler.send_header(name.replace("_", "-"), text)
        handler.end_headers()
        handler.wfile.write(data[: len(data) - cut])

    return reply


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


class Asker:
    """Fetches into a folder without waiting; keeps how long it would have waited, and what was said meanwhile."""

    def __init__(self, service: Service, geodata: Path) -> None:
        self.service, self.geodata = service, geodata
        self.waits: list[float] = []
        self.said: list[str] = []

    def __call__(self, sought: Sought = ROAD, now: datetime = NOW, **more: Any) -> fetching.Fetched:
        given: dict[str, Any] = {"server": self.service.url, "wait": self.waits.append, "seconds": 20.0}
        given["tell"] = lambda said: self.said.append(said.write("en"))
        return fetching.fetch(sought, self.geodata, now, Ask(**(given | more)))

    def fails(self, sought: Sought = ROAD, **more: Any) -> GeoFetchError:
        """The failure: one sentence in both languages; nothing half is left."""
        with pytest.raises(GeoFetchError) as caught:
            self(sought, **more)
        for lang in LANGS:
            assert caught.value.write(lang)
            assert "\n" not in caught.value.write(lang)
        assert [path.name for path in self.geodata.rglob("*.part")] == []
        return caught.value


@pytest.fixture
def ask(service: Service, tmp_path: Path) -> Asker:
    return Asker(service, tmp_path / "geodata")


def read(path: Path, **wanted: Any) -> Drawing:
    return reading.read_here(path, Wanted(**wanted))


# --- asked, kept, taken up again -----------------------------------------------------------------------------------


def test_a_road_is_asked_for_politely_and_read(service: Service, ask: Asker) -> None:
    service.will(ROADS, WAYS)
    got = ask()
    drawing = read(got.path, ref="ql4b")
    assert [list(shape.geometry.coords) for shape in drawing.shapes] == [LINE[:2], LINE[1:]]
    assert (drawing.crs, drawing.left_out) == ("EPSG:4326", {"link_road": 1})
    assert (got.dated, got.kept, got.server) == ("2026-11-19", False, service.url.split("/")[2])
    first, second = service.asked
    for _, headers, question in service.asked:
        assert headers["User-Agent"] == f"lsinfra/{version('lsinfra')}"
        assert question.startswith(f"[out:json][timeout:{overpass.SERVER_SECONDS}]")
    assert "(21.000,106.000,22.500,107.500)" in first[2]
    assert "relation(id:7)" in second[2]
    assert ask.waits == [2]  # between two questions, never at once
    own = json.loads(got.path.read_bytes())["lsinfra"]
    assert own["question"] == first[2]
    assert (own["server"], own["fetched"]) == (got.server, "2026-11-22T09:30:00+00:00")
    assert (own["attribution"], own["licence"]) == ("© OpenStreetMap contributors", "ODbL 1.0")
    assert [path.name for path in got.path.parent.iterdir()] == [got.path.name]


def test_what_is_kept_is_not_asked_for_again_unless_one_wants_it(service: Service, ask: Asker) -> None:
    service.will(ROADS, WAYS)
    first = ask()
    later = ask(now=NOW + timedelta(days=400))
    assert (later.path, later.kept, later.fetched) == (first.path, True, first.fetched)
    assert len(service.asked) == 2
    before = first.path.read_bytes()
    service.will(says({}, 500))
    assert ask.fails(again=True).key == "status"
    assert first.path.read_bytes() == before
    service.will(ROADS | answer(way(9, LINE, highway="trunk", ref="QL4B")), WAYS)
    assert not ask(again=True, now=NOW + timedelta(days=1)).kept
    assert json.loads(first.path.read_bytes())["lsinfra"]["fetched"].startswith("2026-11-23")
    other = Sought(BOX, ref="QL.31")
    assert ask(other).path != first.path
    first.path.write_bytes(before[:100])  # damaged by a full disk or a person: not used
    asked = len(service.asked)
    service.will(ROADS, WAYS)
    assert not ask().kept
    assert len(service.asked) == asked + 2


def bounds(count: int) -> tuple[list[Any], list[Any]]:
    tags = {"type": "boundary", "boundary": "administrative", "admin_level": "6"}
    squares = [[(x + n * 0.2, y) for x, y in SQUARE] for n in range(count)]
    found = [relation(n, ("way", n, "outer"), **tags, name=f"Huyện {n}") for n in range(count)]
    return found, [way(n, square) for n, square in enumerate(squares)]


def test_a_run_that_broke_off_is_taken_up_where_it_was(service: Service, ask: Asker) -> None:
    relations, ways = bounds(100)
    sought = Sought(BOX, admin_level=6)
    service.will(answer(*relations), answer(*ways[:40]), says(answer(*ways[40:80]), cut=50))
    assert ask.fails(sought).key == "broken_off"
    assert list(ask.geodata.rglob("*.osm.json")) == []
    service.asked.clear()
    service.will(answer(*ways[40:80]), answer(*ways[80:]))
    got = ask(sought, now=NOW + timedelta(hours=2))
    assert ["relation(id:40,41," in question for _, _, question in service.asked] == [True, False]
    names = [shape.attributes["name"] for shape in read(got.path, admin_level=6).shapes]
    assert names == [f"Huyện {n}" for n in range(100)]


def test_parts_of_another_day_are_not_put_together(service: Service, ask: Asker) -> None:
    service.will(ROADS, says(WAYS, cut=9))
    assert ask.fails().key == "broken_off"
    service.will(ROADS, WAYS)
    ask(now=NOW + timedelta(days=2))
    assert len(service.asked) == 4


# --- every failure is one sentence ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "key"),
    [
        (says(ROADS, cut=20), "broken_off"),
        (says(ROADS, cut=20, content_length=""), "broken_off"),
        (says(gzip.compress(json.dumps(ROADS).encode())[:-12], content_encoding="gzip"), "broken_off"),
        (
            says(gzip.compress(json.dumps(ROADS).encode())[:-4], content_encoding="gzip"),
            "broken_off",
        ),  # all but its sum
        (
            says(json.dumps(ROADS).encode() + b"  ", cut=1),
            "broken_off",
        ),  # whole JSON, and yet not all that was promised
        (says(b"no gzip at all", content_encoding="gzip"), "broken_off"),
        (says(gzip.compress(b" " * 9_000_000), content_encoding="gzip"), "too_large"),
        (says(b"[" * 2_000_000), "too_large"),
        (says(b"[" * 90_000), "broken_off"),
        (says(b"not JSON"), "broken_off"),
        (says(b"\xff\xfe\x00"), "broken_off"),
        (says(ROADS, content_encoding="br"), "not_json"),
        (says(b"<html>busy</html>", kind="text/html"), "not_json"),
        (says([]), "not_overpass"),
        (says({"type": "FeatureCollection", "features": []}), "not_overpass"),
        (says({"elements": []}), "not_overpass"),
        (says(answer(day="yesterday")), "not_overpass"),
        (says(answer(day="2026-13-45")), "not_overpass"),
        (says(answer()), "empty"),
        (says(answer(remark='runtime error: Query timed out in "query" at line 2 after 91 seconds.')), "too_much"),
        (says(ROADS | {"remark": "runtime error: Query run out of memory\n\x1b[31m"}), "remark"),
        (says({}, 400), "status"),
        (says({}, 406), "status"),
        (says({}, 302, Location="http://127.0.0.2:1/api"), "elsewhere"),
        (says({}, 302, Location="file:///etc/passwd"), "elsewhere"),
        (says({}, 302, Location="http://[/"), "elsewhere"),
        (says({}, 302), "round"),
        (lambda handler: handler.wfile.write(b"not HTTP\r\n\r\n"), "broken_off"),
        (lambda _: None, "broken_off"),
    ],
)
def test_a_failure_is_one_sentence_and_nothing_is_kept(
    service: Service, ask: Asker, reply: Callable[[Any], None], key: str
) -> None:
    service.will(reply)
    error = ask.fails(limit=1_000_000)
    assert error.key == key
    assert "\x1b" not in error.write("vi")
    assert list(ask.geodata.rglob("*.osm.json")) == []
    assert len(service.asked) == (4 if key == "round" else 1)  # none of these is asked again of its own accord


def test_a_slow_server_is_left(service: Service, ask: Asker) -> None:
    def silent(handler: Any) -> None:
        service.over.wait(30)

    def drips(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while not service.over.wait(0.05):
            handler.wfile.write(b" ")

    def drips_its_head(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not service.over.wait(0.05):
            handler.wfile.write(b"x")

    for reply in (silent, drips, drips_its_head):
        service.will(reply)
        assert ask.fails(seconds=0.3).key == "slow"
    service.over.set()


def test_a_bomb_is_not_unpacked(service: Service, ask: Asker) -> None:
    service.will(says(gzip.compress(bytes(50_000_000)), content_encoding="gzip"))
    tracemalloc.start()
    try:
        assert ask.fails(limit=1_000_000).key == "too_large"
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_no_network_is_one_sentence(service: Service, ask: Asker) -> None:
    with Service() as gone:
        url = gone.url
    error = ask.fails(server=url)
    assert error.key == "no_network"
    assert url.split("/")[2] in error.write("en")


@pytest.mark.parametrize(
    ("told", "waited"),
    [
        ("Sun, 22 Nov 2026 10:01:30 GMT", 90),
        ("Sun, 22 Nov 2026 09:00:00 GMT", 30),
        ("Sun, 22 Nov 2026 10:01:30 -0000", 30),
        ("soon", 30),
        ("Sun, 99 Nov 2026 10:01:30 GMT", 30),
    ],
)
def test_a_busy_server_may_name_the_moment(service: Service, ask: Asker, told: str, waited: int) -> None:
    """By its own clock, whatever this machine's says."""

    def busy(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(503)
        for name, text in (("Date", "Sun, 22 Nov 2026 10:00:00 GMT"), ("Retry-After", told), ("Content-Length", "0")):
            handler.send_header(name, text)
        handler.end_headers()

    service.will(busy, ROADS, WAYS)
    assert not ask().kept
    assert ask.waits == [waited, 2]


@pytest.mark.parametrize(
    "server",
    ["", "file:///etc/passwd", "ftp://a.b/c", "overpass", "http://", "http://u:p@127.0.0.1/", "http://127.0.0.1:99999/",
     "http://127.0.0.1/\r\nX: y", "http://[/"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(service: Service, ask: Asker, server: str) -> None:
    assert ask.fails(server=server).key == "address"


def test_packed_and_chunked_answers_and_a_redirect_on_the_same_host(service: Service, ask: Asker) -> None:
    def chunked(handler: Any) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json; charset=utf-8")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        data = json.dumps(WAYS).encode()
        for start in range(0, len(data), 100):
            piece = data[start : start + 100]
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        handler.wfile.write(b"0\r\n\r\n")
        handler.close_connection = True

    packed = says(gzip.compress(json.dumps(ROADS).encode()), content_encoding="gzip")
    service.will(says({}, 307, Location="/other"), packed, chunked)
    assert len(read(ask().path, ref="QL4B").shapes) == 2
    assert [path for path, _, _ in service.asked] == ["/api/interpreter", "/other", "/api/interpreter"]
    assert service.asked[0][2] == service.asked[1][2]


def test_a_busy_server_is_given_time(service: Service, ask: Asker) -> None:
    service.will(says({}, 429, Retry_After="45"), says({}, 504), says({}, 429, Retry_After="0"), ROADS, WAYS)
    assert not ask().kept
    assert ask.waits == [45, 60, 30, 2]
    assert sum("status 429" in said for said in ask.said) == 2
    service.will(says({}, 504))
    ask.waits.clear()
    asked = len(service.asked)
    assert ask.fails(again=True).key == "busy"
    assert ask.waits == [30, 60, 120]
    assert len(service.asked) == asked + 4
    service.will(says({}, 429, Retry_After="86400"))
    ask.waits.clear()
    assert ask.fails(again=True).values["seconds"] == 86400
    assert ask.waits == []


def test_the_environment_names_no_proxy(service: Service, ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    service.will(ROADS, WAYS)
    assert not ask().kept


# --- what is asked, what an answer holds ---------------------------------------------------------------------------


@pytest.mark.parametrize("ref", ["", "…", "A" * 21])
def test_a_ref_that_is_none_is_refused(ref: str) -> None:
    with pytest.raises(GeoImportError) as caught:
        overpass.first_question(Sought(BOX, ref=ref))
    assert caught.value.key == "no_ref"


def test_a_ref_cannot_break_out_of_its_question() -> None:
    question = overpass.first_question(Sought(BOX, ref='4"];node(1);\n['))
    assert question.count('"') == overpass.first_question(ROAD).count('"')
    assert "node" not in question


def file(folder: Path, value: Any) -> Path:
    path = folder / "a.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_a_boundary_is_closed_or_left_out(tmp_path: Path) -> None:
    tags = {"boundary": "administrative", "admin_level": "6"}
    inside = relation(1, **tags, name="Lộc Bình")
    for number, line in ((4, SQUARE[:3]), (5, SQUARE[2:])):
        inside["members"].append({"type": "way", "ref": number, "role": "outer", "geometry": way(0, line)["geometry"]})
    cut = relation(2, ("way", 4, "outer"), ("way", 6, "outer"), **tags, name="bị cắt")
    none = relation(3, ("way", 99, "outer"), **tags, name="thiếu")
    other = relation(8, ("way", 4, "outer"), boundary="administrative", admin_level="4")
    value = answer(inside, cut, none, other, way(6, [SQUARE[2], None, SQUARE[0]]))
    drawing = read(file(tmp_path, value), admin_level=6)
    (unit,) = drawing.shapes
    assert unit.attributes["name"] == "Lộc Bình"
    assert shapely.equals(unit.geometry, Polygon(SQUARE))
    assert drawing.left_out == {"open_ring": 2}
    for wanted, key in (({}, "ref_or_level"), ({"ref": "QL.1"}, "no_ref"), ({"admin_level": 9}, "no_level")):
        with pytest.raises(GeoImportError) as caught:
            read(file(tmp_path, value), **wanted)
        assert caught.value.key == key


def test_relations_in_relations_and_ways_alone_and_clipped(tmp_path: Path) -> None:
    value = answer(
        relation(1, ("relation", 2, ""), ("relation", 3, ""), type="superroute", ref="QL4B"),
        relation(2, ("way", 1, ""), ("way", 5, "link"), ("relation", 1, ""), type="route"),
        way(1, [*LINE, None, (107.2, 21.5), (107.3, 21.4)], highway="trunk"),
        way(5, LINE, highway="trunk", ref="QL.4B"),
        way(6, LINE, highway="trunk", ref="QL.4BX"),
        {"type": "node", "id": 1, "lat": 1, "lon": 2},
    )
    drawing = read(file(tmp_path, value), ref="QL.4B")
    assert [list(one.geometry.coords) for one in drawing.shapes] == [LINE, [(107.2, 21.5), (107.3, 21.4)]]
    assert drawing.left_out == {"link_road": 1, "missing": 2}  # relation 3, and the clipped positions
    value["elements"] = value["elements"][3:]
    (alone,) = read(file(tmp_path, value), ref="QL.4B").shapes
    assert (alone.layer, list(alone.geometry.coords)) == ("way", LINE)


@pytest.mark.parametrize(
    "element",
    [way(1, [*LINE, (float("nan"), 1.0)]), 1, None, {},
     {"type": "way", "id": 1}, {"type": "way", "id": "x", "geometry": []}, way(1, LINE) | {"tags": [1]},
     way(1, LINE) | {"geometry": [{"lat": "x", "lon": 1}]}, relation(1) | {"members": [1]},
     relation(1) | {"members": [{"type": "way", "ref": None}]}, way(1, LINE) | {"id": float("inf")}],
)  # fmt: skip
def test_an_element_that_is_none_is_named(tmp_path: Path, element: Any) -> None:
    with pytest.raises(GeoImportError) as caught:
        read(file(tmp_path, answer(way(9, LINE, highway="trunk", ref="QL.4B"), element)), ref="QL.4B")
    assert (caught.value.key, caught.value.values["index"]) == ("bad_feature", 2)  # counted as people count


@pytest.mark.parametrize("text", ["", "1,2,3", "107,21,106,22", "a,b,c,d", "106,21,107,99", "١,2,3,4"])
def test_a_box_that_is_none_is_refused(text: str) -> None:
    assert overpass.read_box(text) is None


def test_a_box_is_about_the_routes() -> None:
    assert overpass.box_of([LineString(LINE)]) == (106.8, 21.5, 107.1, 21.9)
    assert overpass.box_of([]) is None
    assert overpass.read_box(" 106.1, 21.3,107.4,22.4") == (106.1, 21.3, 107.4, 22.4)


# --- end to end ----------------------------------------------------------------------------------------------------


def test_a_fetched_road_becomes_the_route_and_names_its_makers(service: Service, lsinfra: Command, root: Path) -> None:
    (sketch,) = [
        row["geometry"]["coordinates"]
        for row in json.loads((root / "geodata/routes.geojson").read_text(encoding="utf-8"))["features"]
        if row["properties"].get("route") == "ql4b"
    ]
    middle = [sketch[0], (sketch[0][0] + 0.005, sketch[0][1] - 0.009), *sketch[1:]]
    service.will(answer(way(1, middle, highway="trunk", ref="QL.4B")))
    command = ["geodata", "fetch", "--route", "ql4b", "--ref", "QL.4B", "--server", service.url, "--lang", "en"]
    run = lsinfra(*command, cwd=root)
    assert (run.code, run.stdout) == (1, "")  # how exact it is must be said, before anybody is asked
    assert service.asked == []
    command += ["--uncertainty", "50"]
    run = lsinfra(*command, cwd=root)
    assert run.code == 0, run.stderr
    assert "Asking 127.0.0.1" in run.stderr
    assert "© OpenStreetMap contributors, ODbL 1.0. Data of 2026-11-20 from 127.0.0.1:" in run.stderr
    assert "2026-11-20; licence ODbL 1.0; to be named on the map: © OpenStreetMap contributors\n" in run.stdout
    assert "Nothing is written yet" in run.stdout
    run = lsinfra(*command, "--anyway", "--yes", cwd=root)
    assert run.code == 0, run.stderr
    assert "the network was not used" in run.stderr
    assert len(service.asked) == 1
    written = splicing.standing((root / "geodata/routes.geojson").read_text(encoding="utf-8"))[0]
    (one,) = [row.properties for row in written if row.properties["route"] == "ql4b"]
    assert one["credit"] == "© OpenStreetMap contributors"
    assert one["accuracy"] == "schematic"
    assert one["source"].startswith("OpenStreetMap, 127.0.0.1:")
    assert one["source"].endswith("; 2026-11-20; ODbL 1.0")
    readme = (root / "geodata/README.md").read_text(encoding="utf-8")
    assert "| ODbL 1.0 | © OpenStreetMap contributors |" in readme


def test_a_kept_answer_is_imported_like_any_file(service: Service, lsinfra: Command, root: Path) -> None:
    relations, ways = bounds(2)
    service.will(answer(*relations), answer(*ways))
    run = lsinfra(
        "geodata", "fetch", "--boundaries", "district", "--admin-level", "6", "--server", service.url, cwd=root
    )
    assert run.code == 0, run.stderr
    assert "© OpenStreetMap contributors" in run.stdout
    (kept,) = (root / "geodata/cache").iterdir()
    given = ["--boundaries", "district", "--admin-level", "6", "--source", "OpenStreetMap", "--licence", "ODbL 1.0"]
    run = lsinfra("geodata", "import", kept, *given, "--dated", "2026-11-20", "--yes", cwd=root)
    assert run.code == 0, run.stderr
    assert len(service.asked) == 2
    rows = json.loads((root / "geodata/boundaries-district.geojson").read_text(encoding="utf-8"))["features"]
    assert len(rows) == 2
    assert {row["properties"]["credit"] for row in rows} == {"© OpenStreetMap contributors"}
    assert lsinfra("check", cwd=root).code == 0


def test_all_that_a_question_lacks_is_told_at_once(service: Service, lsinfra: Command, root: Path) -> None:
    given = ["--route", "ql-4b", "--from", "2025-07", "--box", "1,2", "--server", service.url, "--lang", "en"]
    run = lsinfra("geodata", "fetch", *given, cwd=root)
    assert (run.code, run.stdout) == (1, "")
    lacks = [
        "--ref",
        "no route ql-4b (did you mean “ql4b”?)",
        "--uncertainty",
        "2025-07 is no whole day",
        "1,2 is no box",
    ]
    lines = run.stderr.splitlines()
    assert len(lines) == len(lacks), lines
    assert all(word in line for word, line in zip(lacks, lines, strict=True)), lines
    assert service.asked == []


@pytest.mark.parametrize("more", [["--box", "1,2"], ["--admin-level", "6"], []])
def test_a_question_that_is_none_is_not_asked(service: Service, lsinfra: Command, root: Path, more: list[str]) -> None:
    given = ["--route", "ql4b", "--uncertainty", "50", *(["--ref", "QL.4B"] if more else [])]
    run = lsinfra("geodata", "fetch", *given, *more, "--server", service.url, cwd=root)
    assert (run.code, run.stdout, len(run.stderr.splitlines())) == (1, "", 1)
    assert service.asked == []


def test_a_folder_that_cannot_be_written_is_one_sentence(service: Service, ask: Asker) -> None:
    ask.geodata.write_bytes(b"")
    service.will(ROADS, WAYS)
    with pytest.raises(LsinfraError) as caught:
        ask()
    assert caught.value.key == "unwritable"
