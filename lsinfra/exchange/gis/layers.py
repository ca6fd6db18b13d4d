"""The layers of an export: the tables of ``frames``, with the status a map colours them by, and who must be named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lsinfra import frames
from lsinfra.codes import Stage
from lsinfra.errors import Finding
from lsinfra.exchange.gis.names import GEOMETRIES, LAYERS
from lsinfra.frames.columns import CRS, figure_text
from lsinfra.portfolio import Portfolio
from lsinfra.progress import ClearanceRow, Progress, histories, sums_of
from lsinfra.records import Project, Section
from lsinfra.render import obstacles
from lsinfra.render.payload import (
    NO_DATA,
    Scope,
    day_text,
    headline,
    interface_words,
    reported,
    share_class,
    summed,
)
from lsinfra.render.status import own_style, section_style
from lsinfra.text import LANGS, Lang, say

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame

STATUSES = (
    *("below_20", "20_to_40", "40_to_60", "60_to_80", "80_to_100", "complete", "no_total", "no_data"),
    *("beyond", "partly_reported"),
)
"""The codes of ``status`` by the class that colours a map (``payload.share_class``), and two more: not the province's;
a project of which only sections report, too few or too far apart to be added up."""

BEYOND, PARTLY = len(STATUSES) - 2, len(STATUSES) - 1

STATUS_COLUMNS = (
    *("status", "status_vi", "status_en", "status_of", "status_share", "status_text", "status_observed"),
    "status_source",
)


@cache
def status_words(level: int, lang: Lang) -> str:
    """What a class means."""
    if level == PARTLY:
        return say(lang, "page.sum_incomplete")
    return interface_words(lang)["beyond" if level == BEYOND else f"class{level}"]


@dataclass(frozen=True)
class Layer:
    """One layer: its rows, what it holds in both languages, and whom its licence wants named (empty: nobody)."""

    name: str
    table: DataFrame | GeoDataFrame
    credits: tuple[str, ...]

    @property
    def placed(self) -> bool:
        """Whether it has a geometry."""
        return "geometry" in self.table.columns

    @property
    def geometry_type(self) -> str | None:
        """The one type of its geometries, None where it has no geometry."""
        return GEOMETRIES[self.name] if self.placed else None

    def title(self, lang: Lang) -> str:
        return say(lang, f"gis.layer.{self.name}")

    def description(self, as_of: date) -> str:
        """What it holds, of which date, whom to name; in both languages."""
        held = [
            f"{say(lang, f'gis.about.{self.name}')} ({say(lang, 'gis.as_of', day=day_text(as_of, lang))})"
            for lang in LANGS
        ]
        return " · ".join([*held, *self.credits])


@dataclass(frozen=True)
class Exporting:
    """What is exported, at which date; ``lang`` of findings, legend and titles."""

    portfolio: Portfolio
    progress: Progress
    findings: tuple[Finding, ...]
    lang: Lang

    @cached_property
    def scope(self) -> Scope:
        return Scope(self.portfolio, self.progress, self.lang)

    @property
    def as_of(self) -> date:
        return self.progress.as_of

    def layers(self) -> list[Layer]:
        """Every layer of a GeoPackage; clearance without its lines, which are those of sections and projects."""
        made = [self.layer(name) for name in LAYERS]
        return [
            Layer(one.name, one.table.drop(columns="geometry"), one.credits) if one.name == "clearance" else one
            for one in made
        ]

    def layer(self, name: str) -> Layer:
        """One of ``LAYERS``."""
        return Layer(name, self._table(name), self._credits(name))

    def _table(self, name: str) -> DataFrame:
        portfolio, progress = self.portfolio, self.progress
        match name:
            case "sections":
                return self._coloured(frames.sections(portfolio, progress))
            case "projects":
                return self._coloured(frames.projects(portfolio, progress))
            case "sections_by_date":
                return self._by_date()
            case "findings":
                return self._doubts()
            case "obstacles":
                return self._obstacles()
            case "clearance" | "disbursement" | "stretches":
                made: DataFrame = getattr(frames, name)(portfolio, progress)
                return made
            case _:
                drawn: DataFrame = getattr(frames, name)(portfolio)
                return drawn

    def _credits(self, name: str) -> tuple[str, ...]:
        """Whom a licence wants named for what a layer draws, each once."""
        drawn = self.portfolio.routes
        lines = [line.credit for line in drawn.alignments.values()]
        owed: Mapping[str, list[str | None]] = {
            "places": [place.credit for place in drawn.places.values()],
            "boundaries": [unit.credit for unit in drawn.units],
            "border": [drawn.border_attribution, drawn.border_licence],
            "disbursement": [],
            "sources": [],
        }
        return tuple(dict.fromkeys(one for one in owed.get(name, lines) if one))

    # --- status ------------------------------------------------------------------------------------------------------

    def _style(self, scope: Scope, project: Project, section: Section | None) -> dict[str, Any]:
        """The class that colours a section or a whole project on the page of a date, and the figure behind it."""
        if section is None:
            return self._whole(scope, project)
        level, of_project, row = section_style(scope, project.id, section, own_style(scope, project.id, None))
        level = level if section.in_scope else BEYOND
        found: dict[str, Any] = {"status": STATUSES[level], "status_of": "project" if of_project else "section"}
        found |= {f"status_{lang}": status_words(level, lang) for lang in LANGS}
        if row < 0:
            return found
        shown = scope.clearance[row]
        return found | {
            "status_share": None if shown.rate.share is None else float(shown.rate.share),
            "status_text": figure_text(shown.rate, shown.measure),
            "status_observed": shown.dating.observed.iso,
            "status_source": shown.dating.source,
        }

    def _whole(self, scope: Scope, project: Project) -> dict[str, Any]:
        """The class of a whole project's headline on the page: its own figure, or the sum of its sections."""
        head, parts = headline(scope, project.id), reported(scope, project.id)
        level = share_class(head.rate) if head else NO_DATA if parts is None else PARTLY
        of_sections = level == PARTLY or (head is not None and head.row is None)
        found: dict[str, Any] = {"status": STATUSES[level], "status_of": "sections" if of_sections else "project"}
        for lang in LANGS:
            said = status_words(level, lang)
            if head and head.total:
                said = f"{said} ({say(lang, 'page.sum_of', count=head.total.sections)})"
            elif parts and level == PARTLY:
                counted = say(lang, "page.of_sections", reported=parts.reported, sections=parts.sections)
                said = f"{said} ({counted})"
            found[f"status_{lang}"] = said
        if head is None:
            return found
        rows = summed(scope, head)
        ends = (head.total.first, head.total.last) if head.total else (rows[0].dating.observed,)
        return found | {
            "status_share": None if head.rate.share is None else float(head.rate.share),
            "status_text": figure_text(head.rate, head.measure),
            "status_observed": "/".join(dict.fromkeys(end.iso for end in ends)),
            "status_source": ", ".join(dict.fromkeys(row.dating.source for row in rows)),
        }

    def _coloured(self, table: GeoDataFrame) -> GeoDataFrame:
        """Sections or projects with the status they have at the date."""
        owners = [self.portfolio.project(project) for project in table["project"]]
        parts = zip(owners, _or_none(table, "section"), strict=True)
        return _with_status(table, [self._style(self.scope, owner, owner.section(part)) for owner, part in parts])

    def _by_date(self) -> GeoDataFrame:
        """The states of ``frames.sections_by_date``, cut again where a figure of the whole project colours them."""
        table = frames.sections_by_date(self.portfolio, self.as_of)
        through = {project.id: self._through(project) for project in self.scope.projects}
        places, starts, ends, styles = [], [], [], []
        rows = zip(table["project"], _or_none(table, "section"), table["valid_from"], table["valid_to"], strict=True)
        for place, (project, section, start, end) in enumerate(rows):
            before, inside = {}, []
            for day, told in through[project]:
                if start == start and day > start.date():
                    inside.append((day, told[section]))
                else:
                    before = told[section]
            states = [(start, before or self._silent(project, section))]
            for day, style in inside:
                if (end != end or day < end.date()) and style != states[-1][1]:
                    states.append((day, style))
            for (begins, style), (finish, _) in pairwise([*states, (end, {})]):
                places.append(place)
                starts.append(begins)
                ends.append(finish)
                styles.append(style)
        cut = table.iloc[places].reset_index(drop=True)
        for name, days in (("valid_from", starts), ("valid_to", ends)):
            cut[name] = _days(days)
        return _with_status(cut, styles)

    def _silent(self, project: str, section: str | None) -> dict[str, Any]:
        """How a part is coloured of which nothing was published yet."""
        nothing = Scope(self.portfolio, Progress(self.as_of, (), (), (), (), (), ()), self.lang, project)
        owner = self.portfolio.project(project)
        return self._style(nothing, owner, owner.section(section))

    def _through(self, project: Project) -> list[tuple[date, dict[str | None, dict[str, Any]]]]:
        """The colours of a project's parts from each day on that has a figure of land handed over, the oldest first."""
        known = histories(self.portfolio.records, project, self.as_of)
        handed = [history for history in known if history[0].stage is Stage.HANDED_OVER]
        days = sorted({row.dating.observed.last_day for history in handed for row in history})
        found = []
        for day in days:
            rows = tuple(row for history in handed if (row := _newest(history, day)) is not None)
            at = Progress(day, rows, tuple(sums_of(project, rows)), (), (), (), ())
            scope = Scope(self.portfolio, at, self.lang, project.id)
            parts = project.sections or (None,)
            found.append((day, {part.id if part else None: self._style(scope, project, part) for part in parts}))
        return found

    # --- doubts and obstacles ----------------------------------------------------------------------------------------

    def _doubts(self) -> GeoDataFrame:
        """The findings on the line of the section or project they are about; without a geometry where there is none."""
        from geopandas import GeoDataFrame, GeoSeries
        from pandas import Series

        table = frames.findings(self.findings, self.lang)
        lines: dict[tuple[str | None, str | None], tuple[Any, ...]] = {}
        for drawn in (frames.projects(self.portfolio, self.progress), frames.sections(self.portfolio, self.progress)):
            keys = zip(drawn["project"], _or_none(drawn, "section"), strict=True)
            known = zip(drawn["accuracy"], drawn["uncertainty_m"], drawn.geometry, strict=True)
            lines |= dict(zip(keys, known, strict=True))
        keys = zip(_or_none(table, "project"), _or_none(table, "section"), strict=True)
        found = [lines.get(key, (None, float("nan"), None)) for key in keys]
        table["accuracy"] = _text([accuracy for accuracy, *_ in found])
        table["uncertainty_m"] = Series([reach for _, reach, _ in found], dtype="float64")
        shapes = GeoSeries(Series([line for *_, line in found], dtype=object), crs=CRS)
        return GeoDataFrame(table, geometry=shapes, crs=CRS)

    def _obstacles(self) -> GeoDataFrame:
        """The obstacles known at the date, with their state: open, late, closed."""
        known = {issue.where: obstacles.state(issue, self.as_of) for _, issue in obstacles.known(self.scope)}
        table = frames.obstacles(self.portfolio)
        table = table[table["where"].isin(list(known))].reset_index(drop=True)
        table.insert(list(table.columns).index("text_vi"), "state", _text([known[where] for where in table["where"]]))
        return table


def _newest(history: list[ClearanceRow], day: date) -> ClearanceRow | None:
    return next((row for row in reversed(history) if row.dating.observed.last_day <= day), None)


def _or_none(table: DataFrame, column: str) -> list[str | None]:
    """A column of text with None for what is missing; None throughout where there is no such column."""
    if column not in table.columns:
        return [None] * len(table)
    return [text if isinstance(text, str) else None for text in table[column]]


def _text(texts: list[str | None]) -> Any:
    from pandas import Series

    return Series(texts, dtype="str")


def _days(days: list[Any]) -> Any:
    from pandas import Series, to_datetime

    return Series([to_datetime(day) for day in days], dtype="datetime64[s]")


def _with_status(table: GeoDataFrame, styles: list[dict[str, Any]]) -> GeoDataFrame:
    """A table with ``STATUS_COLUMNS`` before the figures of the stages."""
    from pandas import Series

    made = table.copy()
    place = list(table.columns).index("handed_over_ha")
    for column in reversed(STATUS_COLUMNS):
        kind = "float64" if column == "status_share" else "str"
        made.insert(place, column, Series([style.get(column) for style in styles], dtype=kind))
    return made
