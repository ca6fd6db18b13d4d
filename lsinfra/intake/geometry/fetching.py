"""Routes and boundaries from OpenStreetMap's Overpass service, for those who have a network: only when asked.

One question at a time, with pauses and a name (``User-Agent``), as the service asks of its users. An answer is kept
in ``geodata/cache/`` with the question, the server and the moment, and never asked for again unless one wants it.
It comes in parts (the relations, then their ways, some at a time); those that are whole outlive a broken run, and the
next run of the same day goes on with them. The answer is a file like any other: ``planning.plan`` takes it from there.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import shutil
import threading
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

from lsinfra import files
from lsinfra.errors import RunError, why
from lsinfra.geojson import MAX_BYTES
from lsinfra.intake.geometry import osm, overpass
from lsinfra.intake.geometry.overpass import Sought
from lsinfra.numerals import shown
from lsinfra.text import Phrase

SERVER = "https://overpass-api.de/api/interpreter"
FOLDER = "cache"
SECONDS = overpass.SERVER_SECONDS + 60.0
"""For one answer from the first byte sent to the last received."""
TRIES = 4
BUSY = (429, 502, 503, 504)
FIRST_WAIT = 30
"""Seconds; overpass-api.de wants this much after a 429 before the next question. Doubled each time."""
LONGEST_WAIT = 300
_PAUSE = 2
_RELATIONS_AT_ONCE = 40
_REDIRECTS = 3
_LOOK = 0.2  # seconds; Ctrl-C is heard between two looks
_STALE = timedelta(days=1)
"""Parts that lie further apart are not put together: the map has changed between them."""
_CHUNK = 65_536
_OWN = "lsinfra"


class GeoFetchError(RunError):
    """Nothing could be got from the network; its sentence is under ``geofetch.``."""

    group = "geofetch"


@dataclass(frozen=True, slots=True)
class Ask:
    """How the network is asked.

    Attributes
    ----------
    server : str
        The address of an Overpass service, https or http.
    again : bool
        Ask also for what is kept.
    seconds, limit
        The longest time and the most bytes (unpacked) of one answer.
    wait : callable
        Lets a number of seconds pass.
    tell : callable
        Is told what is being done, for a person who waits.
    """

    server: str = SERVER
    again: bool = False
    seconds: float = SECONDS
    limit: int = MAX_BYTES
    wait: Callable[[float], None] = time.sleep
    tell: Callable[[Phrase], None] = lambda said: None  # noqa: ARG005


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer that is kept.

    Attributes
    ----------
    path : Path
        Overpass JSON; its member ``lsinfra`` tells where it is from and whom to name.
    server : str
        The server's name.
    fetched : str
        The moment it was asked for, ISO.
    dated : str
        The day of the data, ISO; of several parts the oldest.
    kept : bool
        It was there already; the network was not used.
    """

    path: Path
    server: str
    fetched: str
    dated: str
    kept: bool

    @property
    def source(self) -> str:
        """As a feature carries it."""
        return f"OpenStreetMap, {self.server}"


def fetch(sought: Sought, geodata: Path, now: datetime, ask: Ask | None = None) -> Fetched:
    """Get a road or boundaries, from what is kept or from the network.

    Parameters
    ----------
    now : datetime
        With its zone; kept with the answer.

    Raises
    ------
    GeoFetchError
        The address is none; no network; the server refuses, is busy for too long, slow or breaks off; its answer is
        too large, none, or empty. What is kept stays as it was.
    GeoImportError
        Neither or both of ref and level are sought.
    RunError
        The folder cannot be written.
    """
    ask = ask or Ask()
    host = _address(ask.server).netloc
    question = overpass.first_question(sought)
    key = hashlib.sha256(f"{ask.server}\n{question}".encode()).hexdigest()[:12]
    path = geodata / FOLDER / f"{sought.name}-{key}{overpass.ENDING}"
    if not ask.again and (kept := _kept(path)):
        return _fetched(path, kept, kept=True)
    parts = _Parts(path.with_name(f"{path.name}.parts"), now, ask)
    try:
        whole = _whole(parts, question)
        if not whole["elements"]:
            raise GeoFetchError("empty", server=host, what=shown(sought.ref or f"admin_level {sought.admin_level}"))
        whole[_OWN]["question"] = question
        _write(path, whole, ask.limit, host)
        shutil.rmtree(parts.folder, ignore_errors=True)
    except OSError as error:
        raise RunError("unwritable", path=path, reason=why(error)) from None
    return _fetched(path, whole, kept=False)


def _whole(parts: _Parts, question: str) -> dict[str, Any]:
    """All parts as one answer, every element once."""
    first = parts.get(question)
    relations = overpass.relations_of(first["elements"])
    some = [relations[at : at + _RELATIONS_AT_ONCE] for at in range(0, len(relations), _RELATIONS_AT_ONCE)]
    answers = [first, *(parts.get(overpass.next_question(numbers)) for numbers in some)]
    elements: dict[tuple[str, str], Any] = {}
    for answer in answers:
        for element in answer["elements"]:
            if isinstance(element, dict):
                elements[str(element.get("type")), str(element.get("id"))] = element
    oldest = min((answer["osm3s"] for answer in answers), key=lambda osm3s: str(osm3s["timestamp_osm_base"]))
    return {_OWN: dict(first[_OWN]), "osm3s": oldest, "elements": list(elements.values())}


class _Parts:
    """The parts of one answer: those of a run that broke off, then from the network."""

    def __init__(self, folder: Path, now: datetime, ask: Ask) -> None:
        self.folder, self.now, self.ask = folder, now, ask
        self.asked = 0

    def get(self, question: str) -> dict[str, Any]:
        path = self.folder / f"{hashlib.sha256(question.encode()).hexdigest()[:16]}.json"
        kept = _kept(path)
        if kept and abs(self.now - datetime.fromisoformat(kept[_OWN]["fetched"])) < _STALE:
            return kept
        if self.asked:
            self.ask.wait(_PAUSE)
        self.asked += 1
        host = _address(self.ask.server).netloc
        answer = _checked(_patient(self.ask, question), host)
        answer[_OWN] = {
            "server": host,
            "fetched": self.now.isoformat(timespec="seconds"),
            "licence": osm.LICENCE,
            "attribution": osm.CREDIT,
        }
        _write(path, answer, self.ask.limit, host)
        return answer


# --- what is kept --------------------------------------------------------------------------------------------------


def _kept(path: Path) -> dict[str, Any] | None:
    """An answer of an earlier run; None where there is none, or no whole one."""
    try:
        found = json.loads(path.read_bytes())
        own = found[_OWN]
        zoned = datetime.fromisoformat(own["fetched"]).tzinfo is not None
        sound = zoned and isinstance(own["server"], str) and _day(found) and overpass.is_answer(found)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if sound else None


def _fetched(path: Path, answer: dict[str, Any], *, kept: bool) -> Fetched:
    own = answer[_OWN]
    return Fetched(path, shown(own["server"]), own["fetched"], _day(answer) or "", kept)


def _day(answer: dict[str, Any]) -> str | None:
    """The day of the data as the service tells it, in Greenwich."""
    told = answer["osm3s"]["timestamp_osm_base"]
    if not (isinstance(told, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]+Z", told, re.ASCII)):
        return None
    return datetime.fromisoformat(told).date().isoformat()


def _write(path: Path, answer: dict[str, Any], limit: int, host: str) -> None:
    data = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    if len(data) > limit:
        raise GeoFetchError("too_large", server=host, limit=_megabytes(limit))
    path.parent.mkdir(parents=True, exist_ok=True)
    files.replace(path, data)


# --- the network ---------------------------------------------------------------------------------------------------


def _address(server: str) -> SplitResult:
    """An address one may ask: http or https, a host, no password."""
    try:
        parts = urlsplit(server)
        port = parts.port
        fits = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc and port != 0
    except ValueError:
        fits = False
    if not fits or not re.fullmatch(r"[!-~]+", server):
        raise GeoFetchError("address", found=shown(server), example=SERVER)
    return parts


def _patient(ask: Ask, question: str) -> bytes:
    """The answer; a busy server is asked again after the time it names, or after ever longer ones."""
    host = _address(ask.server).netloc
    pause = FIRST_WAIT
    for left in reversed(range(TRIES)):
        ask.tell(Phrase("geofetch.asking", (("server", host),)))
        answer = _once(ask, question)
        if isinstance(answer, bytes):
            return answer
        status, after = answer
        seconds = max(FIRST_WAIT, pause if after is None else after)
        if seconds > LONGEST_WAIT:
            raise GeoFetchError("wait_long", server=host, status=status, seconds=seconds)
        if left:
            ask.tell(Phrase("geofetch.waiting", (("server", host), ("status", status), ("seconds", seconds))))
            ask.wait(seconds)
        pause *= 2
    raise GeoFetchError("busy", server=host, status=status, tries=TRIES)


def _once(ask: Ask, question: str) -> bytes | tuple[int, int | None]:
    """One question: the answer, or a busy server's status and how many seconds it wants to be left alone.

    It is asked in a thread of its own: a server that sends a letter now and then cannot hold this one.
    """
    got: list[bytes | tuple[int, int | None] | BaseException] = []

    def run() -> None:
        try:
            got.append(_exchange(ask, question))
        except BaseException as error:  # noqa: BLE001  # it is raised where somebody can see it
            got.append(error)

    thread = threading.Thread(target=run, daemon=True)
    end = time.monotonic() + ask.seconds
    thread.start()
    while thread.is_alive() and time.monotonic() < end:
        thread.join(_LOOK)
    if not got:
        raise GeoFetchError("slow", server=_address(ask.server).netloc, seconds=round(ask.seconds))
    if isinstance(got[0], BaseException):
        raise got[0]
    return got[0]


def _exchange(ask: Ask, question: str) -> bytes | tuple[int, int | None]:
    """The same without a bound on the time in which the head of an answer comes."""
    end = time.monotonic() + ask.seconds
    at, host = ask.server, _address(ask.server).netloc
    opener = _opener()
    headers = {"User-Agent": f"lsinfra/{version('lsinfra')}", "Accept": "application/json", "Accept-Encoding": "gzip"}
    for _ in range(_REDIRECTS + 1):
        request = urllib.request.Request(at, urlencode({"data": question}).encode(), headers)  # noqa: S310  # see _address
        try:
            with opener.open(request, timeout=max(0.1, end - time.monotonic())) as response:
                return _body(response, ask, end, host)
        except urllib.error.HTTPError as error:
            with error:
                if error.code in BUSY:
                    return error.code, _after(error.headers)
                if error.code not in (301, 302, 303, 307, 308):
                    raise GeoFetchError("status", server=host, status=error.code) from None
                at = _elsewhere(at, error.headers.get("Location", ""), host)
        except TimeoutError:
            raise GeoFetchError("slow", server=host, seconds=round(ask.seconds)) from None
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise GeoFetchError("slow", server=host, seconds=round(ask.seconds)) from None
            reason = getattr(error.reason, "strerror", None) or str(error.reason)
            raise GeoFetchError("no_network", server=host, reason=shown(reason)) from None
        except (HTTPException, OSError, ValueError):
            raise GeoFetchError("broken_off", server=host) from None
    raise GeoFetchError("round", server=host)


def _after(headers: Message) -> int | None:
    """How many seconds a busy server wants to be left alone, or until when by its own clock (RFC 9110, 10.2.3)."""
    told = headers.get("Retry-After", "").strip()
    if re.fullmatch("[0-9]{1,6}", told):
        return int(told)
    try:
        until, now = parsedate_to_datetime(told), parsedate_to_datetime(headers.get("Date", ""))
        return math.ceil((until - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def _opener() -> urllib.request.OpenerDirector:
    """http and https and nothing else: no proxy or password of the environment, no redirect followed unseen."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _elsewhere(at: str, location: str, host: str) -> str:
    """Where a redirect leads, which may only be the same host."""
    try:
        there = urljoin(at, location)
        same = urlsplit(there)[:2] == urlsplit(at)[:2] and _address(there)
    except (ValueError, GeoFetchError):
        same = None
    if not same:
        raise GeoFetchError("elsewhere", server=host, to=shown(location))
    return there


def _body(response: HTTPResponse, ask: Ask, end: float, host: str) -> bytes:
    """The bytes of an answer, unpacked, whole, within the bounds of size and time."""
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip"):
        raise GeoFetchError("not_json", server=host, found=shown(coding))
    told = response.headers.get("Content-Length", "")
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16) if coding == "gzip" else None
    got, whole = 0, bytearray()
    while chunk := response.read1(_CHUNK):
        got += len(chunk)
        if unpack:
            try:
                chunk = unpack.decompress(chunk, ask.limit + 1 - len(whole))
            except zlib.error:
                raise GeoFetchError("broken_off", server=host) from None
        whole += chunk
        if max(got, len(whole)) > ask.limit:
            raise GeoFetchError("too_large", server=host, limit=_megabytes(ask.limit))
        if time.monotonic() > end:
            raise GeoFetchError("slow", server=host, seconds=round(ask.seconds))
    if (told.isdigit() and got != int(told)) or (unpack and not unpack.eof):
        raise GeoFetchError("broken_off", server=host)
    kind = response.headers.get_content_type()
    if kind not in ("application/json", "application/osm3s+json", "text/json"):
        raise GeoFetchError("not_json", server=host, found=shown(kind))
    return bytes(whole)


def _checked(data: bytes, host: str) -> dict[str, Any]:
    """An answer that is one; the service tells of its own failures inside an answer with status 200."""
    try:
        answer: dict[str, Any] = json.loads(data)
    except (ValueError, RecursionError):
        raise GeoFetchError("broken_off", server=host) from None
    if not overpass.is_answer(answer):
        raise GeoFetchError("not_overpass", server=host)
    if remark := answer.get("remark"):
        said = str(remark)
        if "timed out" in said:
            raise GeoFetchError("too_much", server=host, seconds=overpass.SERVER_SECONDS)
        raise GeoFetchError("remark", server=host, remark=shown(" ".join(said.split()), 200))
    try:
        day = _day(answer)
    except (KeyError, TypeError, ValueError):
        day = None
    if day is None:
        raise GeoFetchError("not_overpass", server=host)
    return answer


def _megabytes(limit: int) -> int:
    return max(1, limit // 1_048_576)
