"""Land clearance as tables: a row a figure, a row a section, a row a state through time, a row a published stretch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from shapely import MultiLineString

from lsinfra.codes import Stage
from lsinfra.frames.columns import (
    CLEARANCE,
    LAND,
    PROJECTS,
    SECTIONS,
    SECTIONS_BY_DATE,
    STRETCHES,
    both,
    dated,
    figure_text,
    geo_table,
    rate_of,
    titled,
)
from lsinfra.placement import in_scope, stretch_of
from lsinfra.portfolio import Portfolio
from lsinfra.progress import ClearanceRow, Progress, histories
from lsinfra.records import Project, Section

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


def clearance(portfolio: Portfolio, progress: Progress) -> GeoDataFrame:
    """Land clearance at a date, one row a figure: the newest of each project or section, stage and measure.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, MultiLineString: the line of the section, or of the project's routes as far as they are in its
        scope; None where none is drawn.

        - ``project`` id, ``project_title_vi``, ``project_title_en``; ``section`` id, None: of the whole project;
          ``unit`` the section's administrative unit
        - ``stage``: inventoried, approved, paid, handed_over, clear; ``measure``: area, length, households, parcels
        - ``unit_code`` of ``value`` and the totals: ha, km, hộ, thửa; ``value_text`` and ``total_text`` are exact
        - ``total`` NaN unless it was printed; ``total_low`` and ``total_high`` bound one that a stated percentage
          implies (``total_kind`` implied), rounded outwards to three decimals; ``total_high`` NaN: no upper bound
        - ``share`` 0–1, value ÷ total or, without a printed total, the stated percentage; NaN: neither is known
        - ``stated_percent`` as printed, NaN: none; ``stated_check``: none, exact, rounded, truncated, conflict
        - ``about`` printed with "khoảng"
        - ``observed`` date or month as published, ``observed_last_day``, ``age_days`` at the date asked for, ``stale``
        - ``source`` id, ``source_kind``: official, press; ``where`` the line in projects.yaml; ``note_vi``, ``note_en``
        - ``accuracy``, ``uncertainty_m`` of the line, None and NaN where none is drawn
    """
    ground = _Ground(portfolio)
    rows = []
    for row in progress.clearance:
        project = portfolio.project(row.project)
        rows.append(
            {
                **titled(project),
                "section": row.section,
                "unit": row.unit,
                "stage": row.stage.value,
                "measure": row.measure.value,
                "unit_code": LAND[row.measure][0].value,
                **rate_of(row.rate),
                **dated(portfolio, row.dating),
                **ground.of(project, project.section(row.section)),
            }
        )
    return geo_table(CLEARANCE, rows)


def projects(portfolio: Portfolio, progress: Progress) -> GeoDataFrame:
    """The projects, one row each, with the newest figures that were published of the whole; never a sum of sections.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, MultiLineString of the routes as far as they are in the project's scope; None where none is drawn.

        - ``project`` id, ``project_title_vi``, ``project_title_en``; ``kind`` what is built; ``project_status`` of
          OC4IDS; ``first_year``, ``last_year`` of its implementation, <NA>: not recorded; ``routes`` ids, with commas
        - ``handed_over_ha`` and the other figures as in ``sections``, of the whole project
        - ``note_vi``, ``note_en``, ``accuracy``, ``uncertainty_m``
    """
    ground = _Ground(portfolio)
    rows = []
    for project in portfolio.records.projects:
        land = [row for row in progress.clearance if (row.project, row.section) == (project.id, None)]
        about = {
            "kind": project.kind.value,
            "project_status": project.status.value,
            "first_year": project.years.from_ if project.years else None,
            "last_year": project.years.to if project.years else None,
            "routes": ", ".join(project.routes) or None,
        }
        head = ground.head(project, None)
        rows.append(head | about | _wide(land) | _aged(land) | ground.of(project, None))
    return geo_table(PROJECTS, rows)


def sections(portfolio: Portfolio, progress: Progress) -> GeoDataFrame:
    """Land clearance at a date, one row a section, and one a project that has no sections.

    A figure of a whole project that has sections is in none of their rows; see ``clearance``.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, MultiLineString; None where none is drawn.

        - ``project`` id, ``project_title_vi``, ``project_title_en``; ``section`` id, None: the undivided project
        - ``unit`` administrative unit, None: undivided; ``in_scope`` False: not the province's, no sum counts it
        - ``extent`` chainage as recorded (``Km18 – Km38``; of several routes each named), None: not recorded;
          ``placed``: surveyed, approximate (how its ends are known), None: undivided
        - ``handed_over_ha``, ``handed_over_total_ha``, and so ``_km``, ``_households``, ``_parcels``: value and printed
          total of each measure, NaN: not published; of the other stages (``paid_ha``, …) ha and households alone
        - ``handed_over_total_low_ha`` and ``handed_over_total_high_ha`` bound a total that a stated percentage implies,
          as in ``clearance``
        - beside each amount what belongs to it and to no other: ``handed_over_ha_text`` the figure, exact, as the
          records spell it, ``handed_over_ha_observed`` date or month as published, ``handed_over_ha_source``,
          ``handed_over_ha_stale``: None and <NA> where it is not published
        - ``handed_over_share`` 0–1 of the first of area, length, households, parcels that has one
          (``handed_over_measure``, ``handed_over_total_kind``: stated, implied, none); NaN: no share is known
        - ``handed_over_text``, ``handed_over_observed``, ``handed_over_observed_last_day``, ``handed_over_source``,
          ``handed_over_stated_check`` (none, exact, rounded, truncated, conflict) of that one figure alone (without a
          share of the first that there is); None: nothing published
        - ``handed_over_age_days`` at the date asked for, ``handed_over_stale`` of it; <NA>: nothing published
        - the same for ``inventoried``, ``approved``, ``paid``, ``clear``, but for age and staleness
        - ``note_vi``, ``note_en`` of the section or project; ``accuracy``, ``uncertainty_m``
    """
    found: dict[tuple[str, str | None], list[ClearanceRow]] = {}
    for row in progress.clearance:
        found.setdefault((row.project, row.section), []).append(row)
    ground = _Ground(portfolio)
    rows = []
    for project, section in _parts(portfolio):
        land = found.get((project.id, section.id if section else None), [])
        rows.append(ground.head(project, section) | _wide(land) | _aged(land) | ground.of(project, section))
    return geo_table(SECTIONS, rows)


def sections_by_date(portfolio: Portfolio, until: date | None = None) -> GeoDataFrame:
    """The states of every section and undivided project through time, one row a state; ``until``: up to that day.

    A state begins with the day of a new figure (a month counts as its last day) and ends where the next begins. Every
    part has its first state at the first day of the portfolio, be it that nothing was published of it yet.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, MultiLineString. The columns of ``sections`` without age and staleness, and

        - ``valid_from`` the first day on which this was the newest that is known; NaT: the portfolio has no figure
        - ``valid_to`` the day on which the next state begins (not included); NaT: it is the newest
    """
    last = until or date.max
    known = {project.id: list(histories(portfolio.records, project, last)) for project in portfolio.records.projects}
    days = [row.dating.observed.last_day for found in known.values() for history in found for row in history]
    first = min(days, default=None)
    ground = _Ground(portfolio)
    rows = []
    for project, section in _parts(portfolio):
        own = [found for found in known[project.id] if found[0].section == (section.id if section else None)]
        begins: set[date | None] = {first, *(row.dating.observed.last_day for history in own for row in history)}
        for start, end in pairwise([*sorted(begins, key=lambda day: day or date.min), None]):
            land = [at for history in own if start and (at := _at(history, start))]
            valid = {"valid_from": start, "valid_to": end}
            rows.append(ground.head(project, section) | valid | _wide(land) | ground.of(project, section))
    return geo_table(SECTIONS_BY_DATE, rows)


def stretches(portfolio: Portfolio, progress: Progress) -> GeoDataFrame:
    """Handed-over land whose chainage was published, one row a stretch: the only land with a place of its own.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, LineString on the drawn route; None where the place is not known (``placement.stretch_of``).

        - ``project`` id, ``project_title_vi``, ``project_title_en``; ``section`` id and ``unit``, None: whole project
        - ``route`` id; ``start_km``, ``end_km`` chainage, ``extent`` as recorded (``Km12 – Km14+500``)
        - ``observed`` date or month as published, ``observed_last_day``, ``source``, ``where`` the line in the records
        - ``accuracy``, ``uncertainty_m`` of the drawn route
    """
    rows: dict[object, dict[str, Any]] = {}
    for row in progress.clearance:
        for part in row.stretches:
            line = portfolio.routes.alignments.get(part.route)
            cut = stretch_of(portfolio, part)
            # An observation of two measures names its stretches twice.
            rows[row.project, row.section, part.route, part.from_, part.to] = {
                **titled(portfolio.project(row.project)),
                "section": row.section,
                "unit": row.unit,
                "route": part.route,
                "start_km": float(part.from_.m / 1000),
                "end_km": float(part.to.m / 1000),
                "extent": f"{part.from_.write('vi')} – {part.to.write('vi')}",
                "observed": row.dating.observed.iso,
                "observed_last_day": row.dating.observed.last_day,
                "source": row.dating.source,
                "where": row.dating.where,
                "accuracy": line.accuracy if line and not cut.is_empty else None,
                "uncertainty_m": line.uncertainty_m if line and not cut.is_empty else None,
                "geometry": None if cut.is_empty else cut,
            }
    return geo_table(STRETCHES, rows.values())


# --- parts -----------------------------------------------------------------------------------------------------------


def _parts(portfolio: Portfolio) -> Iterator[tuple[Project, Section | None]]:
    """Every section, and every project that has none."""
    for project in portfolio.records.projects:
        yield from ((project, section) for section in project.sections or (None,))


def _at(history: Sequence[ClearanceRow], day: date) -> ClearanceRow | None:
    """The newest observation that is not after a day."""
    return next((row for row in reversed(history) if row.dating.observed.last_day <= day), None)


def _standing(rows: Sequence[ClearanceRow]) -> ClearanceRow | None:
    """The figure that stands for a stage: the first measure that has a share, else the first."""
    ranked = sorted(rows, key=lambda row: list(LAND).index(row.measure))
    return next((row for row in ranked if row.rate.share is not None), ranked[0] if ranked else None)


def _wide(rows: Sequence[ClearanceRow]) -> dict[str, Any]:
    """The figures of one section, a column each, and beside each its own date and source."""
    found: dict[str, Any] = {}
    for stage in Stage:
        land = [row for row in rows if row.stage is stage]
        for row in land:
            name = LAND[row.measure][1]
            found[f"{stage}_{name}"] = float(row.rate.value)
            found[f"{stage}_total_{name}"] = None if row.rate.total is None else float(row.rate.total)
            found[f"{stage}_total_low_{name}"], found[f"{stage}_total_high_{name}"] = row.rate.bounds()
            found[f"{stage}_{name}_text"] = figure_text(row.rate, row.measure)
            found[f"{stage}_{name}_observed"] = row.dating.observed.iso
            found[f"{stage}_{name}_source"] = row.dating.source
            found[f"{stage}_{name}_stale"] = row.dating.stale
        if standing := _standing(land):
            found |= {
                f"{stage}_share": None if standing.rate.share is None else float(standing.rate.share),
                f"{stage}_measure": standing.measure.value,
                f"{stage}_total_kind": standing.rate.kind.value,
                f"{stage}_stated_check": standing.rate.check.value,
                f"{stage}_text": figure_text(standing.rate, standing.measure),
                f"{stage}_observed": standing.dating.observed.iso,
                f"{stage}_observed_last_day": standing.dating.observed.last_day,
                f"{stage}_source": standing.dating.source,
            }
    return found


def _aged(rows: Sequence[ClearanceRow]) -> dict[str, Any]:
    standing = _standing([row for row in rows if row.stage is Stage.HANDED_OVER])
    if standing is None:
        return {}
    return {"handed_over_age_days": standing.dating.age_days, "handed_over_stale": standing.dating.stale}


class _Ground:
    """Where projects and sections are: each line is cut once."""

    def __init__(self, portfolio: Portfolio) -> None:
        self._lines = portfolio.routes.alignments
        self._known: dict[tuple[str, str | None], dict[str, Any]] = {}

    def head(self, project: Project, section: Section | None) -> dict[str, Any]:
        """Whose row it is, and how the place is known."""
        if section is None:
            return titled(project) | {"in_scope": True, **both("note", project.note)}
        several = len({part.route for part in section.parts}) > 1
        extent = [
            f"{f'{part.route}: ' if several else ''}{part.from_.write('vi')} – {part.to.write('vi')}"
            for part in section.parts
        ]
        return titled(project) | {
            "section": section.id,
            "unit": section.unit,
            "in_scope": section.in_scope,
            "extent": "; ".join(extent) or None,
            "placed": section.placed.value,
            **both("note", section.note),
        }

    def of(self, project: Project, section: Section | None) -> dict[str, Any]:
        """Line, accuracy and uncertainty of a section, or of a project's routes without what is not in its scope."""
        key = project.id, section.id if section else None
        if key not in self._known:
            self._known[key] = self._cut(project, section)
        return self._known[key]

    def _cut(self, project: Project, section: Section | None) -> dict[str, Any]:
        if section is None:
            whole = [self._lines[route] for route in project.routes if route in self._lines]
            pieces = [(line, piece) for line in whole for piece in in_scope(project, line)]
        else:
            drawn = [(self._lines[part.route], part) for part in section.parts if part.route in self._lines]
            pieces = [(line, line.interval(part.from_, part.to)) for line, part in drawn]
        pieces = [(line, piece) for line, piece in pieces if not piece.is_empty]
        if not pieces:
            return {}
        reaches = [line.uncertainty_m for line, _ in pieces]
        sketched = any(line.accuracy == "schematic" for line, _ in pieces)
        by_ends = "survey" if section is None or section.placed == "surveyed" else "approximate"
        return {
            "accuracy": "schematic" if sketched else by_ends,
            # Of several lines the worst; one that does not say leaves the whole unknown.
            "uncertainty_m": None if None in reaches else max(reach for reach in reaches if reach is not None),
            "geometry": MultiLineString([piece for _, piece in pieces]),
        }
