"""The map: a folium map, and a layer of progress that can be put on any folium map.

Nothing is placed where nobody published a place. A section whose handed-over amount is known takes the colour of its
share and is dashed from end to end; only stretches whose chainage was published are drawn where they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from html import escape
from typing import Any
from urllib.parse import urlsplit

import folium
from folium.template import Template
from shapely import GeometryCollection
from shapely.geometry.base import BaseGeometry

from lsinfra.codes import Stage
from lsinfra.errors import Finding, RunError
from lsinfra.placement import in_scope, stretch_of
from lsinfra.portfolio import Portfolio
from lsinfra.progress import Progress
from lsinfra.quantities import StatedCheck
from lsinfra.records import Section, Stretch
from lsinfra.render import communes, obstacles, payload, provenance
from lsinfra.render.ground import boundaries, bounded_since, encode, position, published
from lsinfra.render.payload import Scope
from lsinfra.render.sheet import Sheet, Verbatim, data_script, static
from lsinfra.render.status import doubted, money_style, states
from lsinfra.render.timeline import Known, Timeline, courses, placed, stretches, timeline, timeline_data
from lsinfra.text import Lang, say

SCRIPTS = (
    "dom.js",
    "popups.js",
    "legend.js",
    "timeline.js",
    "labels.js",
    "select.js",
    "find.js",
    "crowd.js",
    "controls.js",
    "obstacles.js",
    "layer.js",
)
"""What the layer is made of, in the order in which its parts need each other."""

DOUBTS = 3
"""Findings told in the popup of a project; all of them are in the page's table."""

_TILES = re.compile(r"https?://(?:\{s\}\.)?[A-Za-z0-9.-]+(?::[0-9]+)?/(?:[^\s{}<>\"'\\]|\{[a-z-]+\})*")


class BasemapError(RunError):
    """A background that cannot be used; its sentence is under ``page.``."""

    group = "page"


class Basemap(folium.TileLayer):
    """An online background for a map. It makes the page ask the tile server for images; no page has one by itself.

    Parameters
    ----------
    url
        Address of the tiles with ``{z}``, ``{x}``, ``{y}``, http or https. The caller's own words, never a record's.
    attribution
        Whose map it is.

    Raises
    ------
    BasemapError
        The address is no template of tiles, or the attribution is none.
    """

    def __init__(self, url: str, attribution: str) -> None:
        # Both pass through folium's templates twice; what could be taken for one is refused.
        if not _TILES.fullmatch(url) or not all(mark in url for mark in ("{z}", "{x}", "{y}")):
            raise BasemapError("bad_tiles", found=url)
        if re.search(r"\{[{%#]", attribution):
            raise BasemapError("bad_attribution", found=attribution)
        super().__init__(tiles=url, attr=escape(attribution), control=False)

    def get_name(self) -> str:
        return "basemap"

    @property
    def origin(self) -> str:
        """Where the tiles come from, for the security policy of the page: ``https://*.tile.example.org``."""
        parts = urlsplit(self.tiles.replace("{s}", "*"))
        return f"{parts.scheme}://{parts.netloc}"


class ProgressLayer(folium.FeatureGroup):
    """Progress as a layer of a folium map: routes, sections, popups, a legend and the switch between two measures.

    Parameters
    ----------
    portfolio, progress
        What is drawn, and at which date.
    project
        Only this one; None for all.
    lang
        Of every word on the layer.
    name
        In folium's layer control.
    fit
        Whether the map is moved to show the whole layer.
    known
        The observations of the portfolio (``timeline.read``), where several layers share them.

    Examples
    --------
    >>> folium.Map(tiles=None).add_child(ProgressLayer(portfolio, progress))  # doctest: +SKIP
    """

    _template = Template("{% macro script(this, kwargs) %}var {{ this.get_name() }} = lsinfra.layer();{% endmacro %}")

    def __init__(
        self,
        portfolio: Portfolio,
        progress: Progress,
        *,
        project: str | None = None,
        lang: Lang = "vi",
        name: str | None = None,
        fit: bool = True,
        known: Known | None = None,
    ) -> None:
        super().__init__(name=name or say(lang, "page.layer"))
        self.scope = Scope(portfolio, progress, lang, project)
        self.timeline = timeline(self.scope, known)
        self.extra: dict[str, Any] = {}
        self.fit = fit

    def get_name(self) -> str:
        return "progress_layer"

    @cached_property
    def data(self) -> dict[str, Any]:
        """What the layer's script draws; ``extra`` is what a page around it adds."""
        return map_data(self.scope, self.timeline) | {"fit": self.fit}

    def render(self, **kwargs: Any) -> None:  # type: ignore[override]  # folium's own layers return nothing either
        """Add the layer to its map; the records go into the page verbatim, past folium's templates."""
        figure: Any = self.get_root()
        if not isinstance(figure, Sheet):
            styles = f"{static('colours.css')}\n{static('layer.css')}"
            figure.header.add_child(Verbatim(f"<style>{styles}</style>"), name="lsinfra-style")
        needed = (name for name in SCRIPTS if name != "obstacles.js" or self.data["obstacles"])
        scripts = "\n".join(static(name) for name in needed)
        figure.header.add_child(Verbatim(f"<script>{scripts}</script>"), name="lsinfra-script")
        figure.html.add_child(Verbatim(data_script(self.data | self.extra)), name="lsinfra-data")
        super().render(**kwargs)  # type: ignore[no-untyped-call]


class ProgressMap(folium.Map):
    """A folium map that needs no network: Leaflet is inside the page, and nothing else is loaded."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012  (folium declares both so)
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    _template = Template(
        """
        {% macro html(this, kwargs) %}<div class="folium-map" id="{{ this.get_name() }}"></div>{% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
          center: {{ this.location|tojson }}, zoom: {{ this.options.zoom|tojson }},
          zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.5, scrollWheelZoom: !L.Browser.mobile, ...lsinfra.motion
        });
        {% endmacro %}
        """
    )

    def __init__(self, sheet: Sheet, location: Sequence[float]) -> None:
        super().__init__(location=list(location), tiles=None, zoom_start=9)
        # folium.Map makes a figure of its own; ours has the language, the policy and Leaflet itself.
        self.sheet = sheet
        sheet.add_child(self)

    def get_name(self) -> str:
        return "map_progress"


def draw(
    portfolio: Portfolio,
    progress: Progress,
    findings: Iterable[Finding] = (),
    *,
    project: str | None = None,
    lang: Lang = "vi",
    basemap: Basemap | None = None,
) -> folium.Map:
    """A map of the progress, whole in one file: ``draw(…).save("map.html")``.

    Parameters
    ----------
    portfolio, progress
        Records and routes, and what was measured of them at a date.
    findings
        Doubts about the figures; those of a project are said in its popup.
    project
        Only this one; None for all.
    lang
        Of every word on it.
    basemap
        An online background; without one the page makes no request at all.

    Raises
    ------
    RunError
        There is no such project.
    """
    if project is not None:
        portfolio.project(project)
    layer = ProgressLayer(portfolio, progress, project=project, lang=lang)
    layer.extra |= told_doubts(layer.scope, findings)
    return on_sheet(layer, "map.html", basemap)


def on_sheet(layer: ProgressLayer, template: str, basemap: Basemap | None = None) -> ProgressMap:
    """A map with this layer on a sheet of ours, laid out by a template."""
    sheet = Sheet(layer.scope.lang, template, (basemap.origin,) if basemap else ())
    if template == "map.html":  # alone, on paper too, it says of which day it is
        day = payload.day_text(layer.scope.progress.as_of, layer.scope.lang)
        sheet.heading += f" · {layer.scope.say('as_of', day=day)}"
    south, west, north, east = layer.data["bounds"]
    drawn = ProgressMap(sheet, ((south + north) / 2, (west + east) / 2))
    if basemap:
        drawn.add_child(basemap)
    drawn.add_child(layer)
    return drawn


def told_doubts(scope: Scope, findings: Iterable[Finding]) -> dict[str, Any]:
    """What a layer is told of the findings: ``doubts`` for popups, ``doubted`` rows."""
    findings = list(findings)
    return {"doubts": _doubts(scope, findings), "doubted": doubted(scope, findings)}


def _doubts(scope: Scope, findings: Iterable[Finding]) -> list[list[str]]:
    """The messages of the first findings of each project on the page, as many as a popup has room for."""
    found: list[list[str]] = [[] for _ in scope.projects]
    for finding in findings:
        if finding.project in scope.numbers and len(told := found[scope.numbers[finding.project]]) < DOUBTS:
            told.append(finding.message(scope.lang))
    return found


# --- data ------------------------------------------------------------------------------------------------------------


def map_data(scope: Scope, line: Timeline | None = None) -> dict[str, Any]:
    """Everything the layer's script needs: words, rows, lines, places, weeks."""
    line = line or timeline(scope)
    told = courses(scope, line)
    rows, money = payload.clearance_rows(scope), payload.money_rows(scope)
    routes, bounds = scope.portfolio.routes, _bounds(scope)
    units = boundaries(scope, bounds)
    if units:
        units["since"] = bounded_since(scope, [stop.as_of for stop in line.stops])
    quiet, spots = _quiet(scope)
    return {
        "lang": scope.lang,
        "words": payload.interface_words(scope.lang),
        "stages": [payload.first_capital(stage.write(scope.lang)) for stage in Stage],
        "checks": [say(scope.lang, f"word.statedcheck.{check}") for check in StatedCheck],
        "rows": rows,
        "money": money,
        "sources": payload.source_list(scope),
        "projects": [head | lines for head, lines in zip(payload.project_heads(scope), _projects(scope), strict=True)],
        "sections": _sections(scope, [style for course in told for style in course.land.now]),
        "states": states(scope),
        "routes": published(scope),
        "quiet": quiet,
        "spots": spots,
        "obstacles": obstacles.marked(scope),
        "places": [
            [place.title.get(scope.lang) or place.title["vi"], place.kind, *position(place.point)]
            for place in routes.places.values()
            if place.kind != "chainage"
        ],
        "border": [] if routes.border is None else encode(routes.border),
        "units": units,
        "attribution": provenance.attribution(scope),
        "schematic": _schematic(scope),
        "bounds": bounds,
        "timeline": timeline_data(scope, line, told) | {"exact": _stretches(scope, line)},
    }


def _schematic(scope: Scope) -> list[str]:
    """The titles of the projects with a sketched line, ``""`` for all of them; empty where every line is surveyed."""
    known = scope.portfolio.routes.alignments
    drawn = [(project, {known[one].accuracy for one in project.routes if one in known}) for project in scope.projects]
    found = [project.name.write(scope.lang) for project, how in drawn if "schematic" in how]
    return [""] if found and all(how <= {"schematic"} for _, how in drawn) else found


def _routes(scope: Scope) -> list[str]:
    """The drawn routes of the projects on the page."""
    known = scope.portfolio.routes.alignments
    return [route for project in scope.projects for route in project.routes if route in known]


def _projects(scope: Scope) -> list[dict[str, Any]]:
    """Lines, label and style of each project; its own rows are found by the script."""
    alignments = scope.portfolio.routes.alignments
    listed = []
    for project in scope.projects:
        lines = [alignments[route] for route in project.routes if route in alignments]
        found = payload.headline(scope, project.id)
        listed.append(
            {
                "name": project.name.write(scope.lang),
                "line": [part for line in lines for piece in in_scope(project, line) for part in encode(piece)],
                "exact": _exact(scope, project.id, None),
                "money": money_style(scope, project.id),
                "head": [] if found is None else payload.headline_texts(scope, found),
                "by": _by(scope, found),
            }
        )
    return listed


def _by(scope: Scope, found: payload.Headline | None) -> list[Any]:
    """The headline by each measure alone: 0 where it is ``found``, empty where nothing is known by it."""
    every = {} if found is None else {one.measure: one for one in payload.headlines(scope, found.project)}
    texts = {measure: 0 if one == found else payload.headline_texts(scope, one) for measure, one in every.items()}
    return [texts.get(measure, []) for measure in payload.MEASURES]


def _sections(scope: Scope, styles: Iterable[list[int]]) -> list[list[Any]]:
    """Project, name, extent, how placed, lines, style, exact stretches, note, 1 if not the province's, end of unit,
    where it lies since, id, level of its unit ("" where no record says).
    """
    lies, units = communes.told(scope), scope.portfolio.records.units
    owned = ((project, section) for project in scope.projects for section in project.sections)
    return [
        [
            scope.numbers[project.id],
            section.unit,
            payload.extent(scope, section),
            section.placed.write(scope.lang),
            _cut(scope, section),
            style,
            _exact(scope, project.id, section.id),
            "" if section.note is None else section.note.write(scope.lang),
            int(not section.in_scope),
            payload.gone_unit(scope, section),
            lies.get((project.id, section.id), ""),
            section.id,
            units[section.unit].level.value if section.unit in units else "",
        ]
        for (project, section), style in zip(owned, styles, strict=True)
    ]


def _cut(scope: Scope, section: Section) -> list[list[int]]:
    alignments = scope.portfolio.routes.alignments
    lines = (alignments[part.route].interval(part.from_, part.to) for part in section.parts if part.route in alignments)
    return [part for line in lines if not line.is_empty for part in encode(line)]


def _placed(scope: Scope, stretches: Iterable[Stretch]) -> list[list[int]]:
    lines = (stretch_of(scope.portfolio, part) for part in stretches)
    return [part for line in lines if not line.is_empty for part in encode(line)]


def _exact(scope: Scope, project: str, section: str | None) -> list[list[int]]:
    """The published stretches of the handed-over land, each once: an observation of two measures names them twice."""
    rows = (scope.clearance[place] for place in scope.handed_over.get((project, section), {}).values())
    return _placed(scope, dict.fromkeys(stretch for row in rows for stretch in row.stretches))


def _stretches(scope: Scope, line: Timeline) -> list[list[Any]]:
    """Published stretches at the stops: 1 for a section, number, first stop, the stop after the last, lines.

    Up to the page's own date no lines: they stand with the project or the section.
    """
    known = placed(line)
    owners: list[tuple[int, int, str, str | None]] = [
        *((0, n, project, None) for project, n in scope.numbers.items() if (project, None) in known),
        *((1, n, *pair) for pair, n in scope.sections.items() if pair in known),
    ]
    return [
        [kind, number, first, after, [] if after == len(line.stops) else _placed(scope, parts)]
        for kind, number, project, section in owners
        for first, after, parts in stretches(line, project, section)
    ]


def _quiet(scope: Scope) -> tuple[list[list[Any]], list[list[Any]]]:
    """Proposals (0) and finished works (1) that can be drawn: title, facts, lines, note, sources.

    And the places of those that are points, each once, with the numbers of all works there.
    """
    routes, records = scope.portfolio.routes, scope.portfolio.records
    listed: list[list[Any]] = []
    spots: dict[tuple[int, ...], list[int]] = {}
    for finished, works in ((0, records.proposals), (1, records.finished)):
        for work in works:
            lines = [
                part
                for route in work.routes
                if route in routes.alignments
                for part in encode(routes.alignments[route].line)
            ]
            points = {tuple(position(routes.places[place].point)) for place in work.places if place in routes.places}
            if not lines and not points:
                continue
            for at in sorted(points):
                spots.setdefault(at, []).append(len(listed))
            listed.append(
                [
                    finished,
                    work.title.write(scope.lang),
                    payload.work_facts(scope, work),
                    lines,
                    "" if work.note is None else work.note.write(scope.lang),
                    scope.source_numbers(work.source),
                ]
            )
    return listed, [[*at, works] for at, works in spots.items()]


def _bounds(scope: Scope) -> list[float]:
    """South, west, north, east of the projects' routes; of the border or the world where none is drawn."""
    routes = scope.portfolio.routes
    shapes: list[BaseGeometry] = [routes.alignments[route].line for route in _routes(scope)]
    if not shapes and routes.border is not None:
        shapes = [routes.border]
    if not shapes:
        return [-60.0, -180.0, 75.0, 180.0]
    west, south, east, north = GeometryCollection(shapes).bounds
    return [round(side, 5) for side in (south, west, north, east)]
