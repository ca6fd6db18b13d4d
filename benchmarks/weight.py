"""What a page weighs and how soon its map is seen: the real portfolio's, and one of 10,000 sections beside its peers.

The peers draw the same 10,000 lines with the same facts by their own plain means: folium (a ``PolyLine`` and a
``Popup`` a section), geopandas (``explore``), lonboard, kepler.gl and pydeck. They draw lines and facts only; ours has
tables, findings and sources besides. Each is timed from the loaded portfolio (geopandas, lonboard, kepler.gl and pydeck
from a table that is made once) to the text of a page. A peer that is not installed is said to be missing.

All are opened in Chromium with the network cut off, as from a USB stick. The first map is the first frame after a line
or a canvas stands on the page; a page that has neither after some seconds does not open. Panning and zooming are
timed to the frame that shows them. Beside the clock stands the processor time of the page's own thread, which a busy
machine does not change as much.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import synthetic
from benchmarks.commands import ROOT
from benchmarks.page import AS_OF, LANG, naive, section_drawings
from benchmarks.timing import BenchError, Note, Outcome, Timing, Verdict, below, in_turn
from lsinfra import checks, portfolio, progress
from lsinfra.codes import Stage
from lsinfra.portfolio import Portfolio
from lsinfra.progress import Progress
from lsinfra.render import page, payload
from tools.prepare import find_browser

PROJECTS, SECTIONS = 200, 50
BYTES, FIRST_S, MOVE_S = 2_000_000, 1.5, 0.4
REAL_BYTES, REAL_FIRST_S, REAL_DAY = 350_000, 1.0, date(2025, 10, 31)
ROUNDS = 3
"""At most: folium alone takes minutes."""
WAIT_MS = 20_000
"""How long a page without the network may take until something of a map is there."""

_WATCH = """(() => {
  const look = () => {
    if (document.querySelector(".leaflet-overlay-pane path, canvas")) {
      requestAnimationFrame(() => { document.documentElement.dataset.firstMap = performance.now(); });
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
_MOVE = """async (kind) => {
  const map = lsinfra.drawn._map, taken = [];
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  for (let i = 0; i < 8; i++) {
    const start = performance.now();
    if (kind === "pan") map.panBy([i % 2 ? -200 : 200, 60], { animate: false });
    else map.setZoom(map.getZoom() + (i % 2 ? -1 : 1), { animate: false });
    await frame();
    taken.push((performance.now() - start) / 1000);
  }
  return taken;
}"""


def weighing(folder: Path, rounds: int) -> Outcome:
    """Both pages and the peers; ``folder`` takes records and pages."""
    rounds = min(rounds, ROUNDS)
    synthetic.write(folder / "large", PROJECTS, SECTIONS)
    loading = in_turn({"loaded": lambda: portfolio.load(folder / "large")}, 1)["loaded"]
    whole = portfolio.load(folder / "large")
    measured = progress.measure(whole, AS_OF)
    findings = checks.check(whole, measured, AS_OF)
    frame = section_frame(whole, measured)
    if len(frame) != PROJECTS * SECTIONS:
        raise BenchError(f"{len(frame)} lines")
    jobs: dict[str, Callable[[], str]] = {
        "ours": lambda: page.page(whole, measured, findings, lang=LANG),
        "folium": lambda: naive(section_drawings(whole, measured)),
    }
    missing = []
    for name, needs, peer in PEERS:
        try:
            for need in needs:
                importlib.import_module(need)
        except ImportError:
            missing.append(name)
        else:
            jobs[name] = lambda peer=peer: peer(frame)  # type: ignore[misc]
    made = {name: job() for name, job in jobs.items()}
    times = in_turn(jobs, rounds)
    real = portfolio.load(ROOT)
    known = progress.measure(real, REAL_DAY)
    made["real"] = page.page(real, known, checks.check(real, known, REAL_DAY), lang=LANG)
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    seen = opened({name: folder / f"{name}.html" for name in made}, rounds)
    notes = [Note("10,000 sections: records and routes loaded", loading)]
    notes += [Note(f"10,000 sections by {name}", "not installed") for name in missing]
    for name in times:
        notes += [
            Note(f"10,000 sections by {name}: bytes", len(made[name].encode()), "bytes"),
            Note(f"10,000 sections by {name}: built", times[name]),
            *seen.notes.get(name, ()),
        ]
    return Outcome(
        (
            Verdict("page of the real portfolio", len(made["real"].encode()), REAL_BYTES),
            below("its first map", seen.first["real"], REAL_FIRST_S),
            Verdict("page of 10,000 sections", len(made["ours"].encode()), BYTES),
            below("its first map", seen.first["ours"], FIRST_S, seen.first.get("folium")),
            below("panning it", seen.moves["pan"], MOVE_S),
            below("zooming it", seen.moves["zoom"], MOVE_S),
        ),
        tuple(notes),
    )


# --- the peers -----------------------------------------------------------------------------------------------------


def section_frame(whole: Portfolio, measured: Progress) -> Any:
    """A GeoDataFrame of the sections, EPSG:4326: unit, project, figure, share, date, class."""
    from geopandas import GeoDataFrame

    scope = payload.Scope(whole, measured, LANG)
    known = {(row.project, row.section): row for row in measured.clearance if row.stage is Stage.HANDED_OVER}
    parts = [
        (project, section, known.get((project.id, section.id)), part)
        for project in whole.records.projects
        for section in project.sections
        for part in section.parts
    ]
    rows = [
        {
            "unit": section.unit,
            "project": scope.title(project.id),
            "figure": "" if row is None else payload.rate_text(row.rate, row.measure, LANG),
            "share": "" if row is None else payload.share_words(row.rate, row.measure, LANG),
            "observed": "" if row is None else row.dating.observed.write(LANG),
            "level": payload.NO_DATA if row is None else payload.share_class(row.rate),
            "geometry": whole.routes.alignments[part.route].interval(part.from_, part.to),
        }
        for project, section, row, part in parts
    ]
    return GeoDataFrame(rows, crs="EPSG:4326")


def explored(frame: Any) -> str:
    """By geopandas: a folium map of one GeoJSON layer with tooltips."""
    text: str = frame.explore(column="level").get_root().render()
    return text


def lonboard(frame: Any) -> str:
    """By lonboard: one layer of paths."""
    peer = importlib.import_module("lonboard")
    text: str = peer.Map(peer.PathLayer.from_geopandas(frame, width_min_pixels=2)).to_html()
    return text


def keplergl(frame: Any) -> str:
    """By kepler.gl, which writes a file."""
    peer = importlib.import_module("keplergl")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.html"
        # It tells stdout, which is for the result, where it has saved.
        with contextlib.redirect_stdout(sys.stderr):
            peer.KeplerGl(data={"sections": frame}).save_to_html(file_name=str(path))
        return path.read_text(encoding="utf-8")


def pydeck(frame: Any) -> str:
    """By pydeck: one GeoJSON layer, as a page for use without the network."""
    peer = importlib.import_module("pydeck")
    layer = peer.Layer("GeoJsonLayer", frame.__geo_interface__, get_line_color=[42, 120, 142], line_width_min_pixels=2)
    view = peer.ViewState(latitude=21.85, longitude=106.75, zoom=8)
    deck = peer.Deck(layers=[layer], initial_view_state=view, map_provider=None)
    text: str = deck.to_html(as_string=True, offline=True)
    return text


PEERS = (
    ("geopandas", ("matplotlib", "mapclassify"), explored),
    ("lonboard", ("lonboard",), lonboard),
    ("keplergl", ("keplergl",), keplergl),
    ("pydeck", ("pydeck",), pydeck),
)
"""Each with what has to be installed for it."""


# --- the browser ---------------------------------------------------------------------------------------------------


class Seen:
    """What Chromium saw: the first map of each page that opened, how ours moves, and what is to be said of each."""

    def __init__(self) -> None:
        self.first: dict[str, Timing] = {}
        self.moves: dict[str, Timing] = {}
        self.notes: dict[str, list[Note]] = {}


def opened(pages: dict[str, Path], rounds: int) -> Seen:
    """Open each page without the network ``rounds`` times after once that is not counted, in turn."""
    from playwright.sync_api import TimeoutError, sync_playwright  # noqa: A004  (its own, of a wait)

    path = find_browser()
    if path is None:
        raise BenchError("no Chromium, Chrome or Edge was found")
    seen = Seen()
    first: dict[str, list[float]] = {}
    paint: dict[str, list[float]] = {}
    busy: dict[str, list[float]] = {}
    moves: dict[str, list[float]] = {"pan": [], "zoom": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
        context.add_init_script(_WATCH)
        for turn in range(rounds + 1):
            for name, file in pages.items():
                if turn and name not in first:
                    continue
                shown = context.new_page()
                asked = context.new_cdp_session(shown)
                asked.send("Performance.enable", {"timeDomain": "threadTicks"})
                shown.goto(file.resolve().as_uri(), wait_until="commit")
                try:
                    shown.wait_for_selector("html[data-first-map]", state="attached", timeout=WAIT_MS)
                except TimeoutError:
                    shown.close()
                    continue
                worked = asked.send("Performance.getMetrics")["metrics"]
                busy.setdefault(name, [])
                first.setdefault(name, [])
                paint.setdefault(name, [])
                if turn:
                    busy[name] += [one["value"] for one in worked if one["name"] == "TaskDuration"]
                    first[name].append(shown.evaluate("document.documentElement.dataset.firstMap / 1000"))
                    paint[name] += shown.evaluate(
                        "performance.getEntriesByType('paint').slice(0, 1).map(one => one.startTime / 1000)"
                    )
                if turn and name == "ours":
                    shown.wait_for_selector('html[data-ready="true"]', state="attached")
                    for kind in moves:
                        moves[kind] += shown.evaluate(_MOVE, kind)
                shown.close()
        browser.close()
    seen.first = {name: Timing(f"{name}, first map", tuple(taken)) for name, taken in first.items()}
    seen.moves = {kind: Timing(kind, tuple(taken)) for kind, taken in moves.items()}
    for name in pages:
        label = f"10,000 sections by {name}"
        if name not in first:
            seen.notes[name] = [Note(f"{label}: without the network", "no map")]
        else:
            seen.notes[name] = (
                [Note(f"{label}: first paint", Timing("paint", tuple(paint[name])))] if paint[name] else []
            )
            seen.notes[name].append(Note(f"{label}: first map without the network", seen.first[name]))
            seen.notes[name].append(Note(f"{label}: processor time till then", Timing("busy", tuple(busy[name]))))
    return seen
