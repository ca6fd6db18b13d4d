"""A page of 1,000 sections, against the same map by folium's own means.

The peer is what a folium user writes first: one ``folium.PolyLine`` with a ``folium.Popup`` of HTML for each section,
rendered to the text of a page. Both begin at the loaded portfolio and its progress, cut the same lines out of the
routes and write the same popups, with the same functions for numbers and dates. Ours writes cards, tables and findings
besides, and holds Leaflet itself; folium's page loads Leaflet and six other libraries from the network, so that its
bytes are not all that a reader needs. What folium alone takes, given lines and popups ready made, is told as well.

The size is held to what can still be sent by e-mail or opened on a slow line: 0.5 MB (500,000 bytes).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from html import escape
from pathlib import Path

import folium

from benchmarks import synthetic
from benchmarks.timing import BenchError, Note, Outcome, Verdict, faster, in_turn
from lsinfra import checks, portfolio, progress
from lsinfra.codes import Stage
from lsinfra.portfolio import Portfolio
from lsinfra.progress import ClearanceRow, Progress
from lsinfra.records import Project, Section
from lsinfra.render import page, payload
from lsinfra.text import Lang, say

PROJECTS, SECTIONS = 20, 50
BYTES, TIMES = 500_000, 5.0
AS_OF = date(2024, 10, 31)
CENTRE = (21.85, 106.75)
LANG: Lang = "vi"

Drawing = tuple[list[tuple[float, float]], str]
"""Latitudes and longitudes of a line, and the HTML of its popup."""


def building(folder: Path, rounds: int) -> Outcome:
    """The page of the synthetic province against folium; ``folder`` takes its records."""
    synthetic.write(folder, PROJECTS, SECTIONS)
    whole = portfolio.load(folder)
    measured = progress.measure(whole, AS_OF)
    findings = checks.check(whole, measured, AS_OF)
    drawings = list(section_drawings(whole, measured))
    ours, peer = page.page(whole, measured, findings, lang=LANG), naive(drawings)
    if len(drawings) != PROJECTS * SECTIONS or peer.count("L.polyline(") != len(drawings):
        raise BenchError(f"{len(drawings)} sections, {peer.count('L.polyline(')} lines by folium")
    times = in_turn(
        {
            "page": lambda: page.page(whole, measured, findings, lang=LANG),
            "folium": lambda: naive(section_drawings(whole, measured)),
            "ready made": lambda: naive(drawings),
        },
        rounds,
    )
    before = in_turn(
        {
            "loading": lambda: portfolio.load(folder),
            "progress": lambda: progress.measure(whole, AS_OF),
            "checks": lambda: checks.check(whole, measured, AS_OF),
        },
        rounds,
    )
    return Outcome(
        (
            faster("page of 1,000 sections", times["page"], times["folium"], TIMES),
            Verdict("its size", len(ours.encode()), BYTES),
        ),
        (
            Note("the page by folium", len(peer.encode()), "bytes"),
            Note("folium given lines and popups ready made", times["ready made"]),
            *(Note(f"its {name}", timing) for name, timing in before.items()),
            Note("its figures of land", len(measured.clearance), "rows"),
            Note("its findings", len(findings), ""),
        ),
    )


def naive(drawings: Iterable[Drawing]) -> str:
    """The map as folium's own guide shows it."""
    drawn = folium.Map(location=CENTRE, zoom_start=9)
    for line, html in drawings:
        popup = folium.Popup(html, max_width=320)
        folium.PolyLine(line, color="#2A788E", weight=8, popup=popup).add_to(drawn)  # type: ignore[no-untyped-call]
    text: str = drawn.get_root().render()
    return text


# --- what the peer is given ----------------------------------------------------------------------------------------


def section_drawings(whole: Portfolio, measured: Progress) -> Iterator[Drawing]:
    """The lines of every section, each with the popup that our page shows for it."""
    rows: dict[tuple[str, str | None], list[ClearanceRow]] = defaultdict(list)
    for row in measured.clearance:
        rows[row.project, row.section].append(row)
    scope = payload.Scope(whole, measured, LANG)
    for project in whole.records.projects:
        for section in project.sections:
            html = popup_html(scope, project, section, rows[project.id, section.id])
            for part in section.parts:
                line = whole.routes.alignments[part.route].interval(part.from_, part.to)
                yield [(y, x) for x, y in line.coords], html


def popup_html(scope: payload.Scope, project: Project, section: Section, rows: list[ClearanceRow]) -> str:
    """What the popup of a section says: place, stages with figure, share, date and source, lines of the records."""
    sources = scope.portfolio.records.sources
    ladder = []
    for stage in Stage:
        figures = [figure(row) for row in rows if row.stage is stage] or [escape(say(LANG, "page.ui.not_published"))]
        ladder.append(f"<li>{escape(payload.first_capital(stage.write(LANG)))}<br>{'<br>'.join(figures)}</li>")
    used = dict.fromkeys(row.dating.source for row in rows)
    titles = "".join(f"<li>{escape(sources[source].title.write(LANG))}</li>" for source in used)
    return (
        f"<h3>{say(LANG, 'page.ui.section')} {escape(section.unit)}</h3><p>{escape(project.title.write(LANG))}</p>"
        f"<p>{escape(payload.extent(scope, section))} ({section.placed.write(LANG)})</p>"
        f"<ol>{''.join(ladder)}</ol><ul>{titles}</ul>"
        f"<p>{' · '.join(dict.fromkeys(row.dating.where for row in rows))}</p>"
    )


def figure(row: ClearanceRow) -> str:
    words = [
        payload.rate_text(row.rate, row.measure, LANG),
        payload.share_words(row.rate, row.measure, LANG),
        row.dating.observed.write(LANG),
        say(LANG, "page.ui.old") if row.dating.stale else "",
    ]
    return escape(" ".join(word for word in words if word))
