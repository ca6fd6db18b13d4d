"""What is drawn, as tables: routes, places, administrative boundaries, the land border, obstacles."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from shapely import MultiPolygon, Polygon

from lsinfra.frames.columns import BORDER, BOUNDARIES, OBSTACLES, PLACES, ROUTES, both, geo_table, titled, when
from lsinfra.placement import point_of, route_of
from lsinfra.portfolio import Portfolio

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


def routes(portfolio: Portfolio) -> GeoDataFrame:
    """The drawn routes, one row each.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, LineString from low to high chainage.

        - ``route`` id; ``title_vi``, ``title_en`` None where the file gives no title
        - ``role`` what the first record that names it is: ``project``, ``proposal``, ``finished``; None: no record does
        - ``named_by`` ids of the projects and works that name it, with commas
        - ``partial`` only a part of the route is drawn
        - ``calibrated`` two chainages or more are known on it, published or, as its note says, worked out
        - ``drawn_km`` length as drawn, in the metric CRS, to the metre
        - ``start_km``, ``end_km`` chainage of the first and the last vertex; NaN where the route is not calibrated: a
          length along a sketch is no chainage
        - ``source``, ``credit`` (whom a map must name, None: nobody), ``note_vi``, ``note_en``
        - ``accuracy``, ``uncertainty_m``
    """
    records = portfolio.records
    named: dict[str, list[tuple[str, str]]] = {}
    roles = (("project", records.projects), ("proposal", records.proposals), ("finished", records.finished))
    for role, works in roles:
        for work in works:
            for route in work.routes:
                named.setdefault(route, []).append((role, work.id))
    rows = [
        {
            "route": line.route,
            **both("title", line.title),
            "role": named[line.route][0][0] if line.route in named else None,
            "named_by": ", ".join(work for _, work in named[line.route]) if line.route in named else None,
            "partial": line.partial,
            "calibrated": line.calibrated,
            "drawn_km": round(line.drawn_m) / 1000,
            "start_km": round(line.start_m) / 1000 if line.calibrated else None,
            "end_km": round(line.end_m) / 1000 if line.calibrated else None,
            "source": line.source,
            "credit": line.credit,
            **both("note", line.note),
            "accuracy": line.accuracy,
            "uncertainty_m": line.uncertainty_m,
            "geometry": line.line,
        }
        for line in portfolio.routes.alignments.values()
    ]
    return geo_table(ROUTES, rows)


def places(portfolio: Portfolio) -> GeoDataFrame:
    """Towns, gates and other known points, one row each.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, Point.

        - ``place`` id; ``title_vi``, ``title_en``; ``kind``: city, town, gate, railway_station, junction, chainage
        - ``source``; ``credit`` whom a map must name, None: nobody
        - ``accuracy`` is ``approximate``; ``uncertainty_m`` how far the real place may lie from the point
    """
    rows = [
        {
            "place": place.id,
            **both("title", place.title),
            "kind": place.kind,
            "source": place.source,
            "credit": place.credit,
            "accuracy": "approximate",
            "uncertainty_m": place.uncertainty_m,
            "geometry": place.point,
        }
        for place in portfolio.routes.places.values()
    ]
    return geo_table(PLACES, rows)


def boundaries(portfolio: Portfolio, as_of: date | None = None) -> GeoDataFrame:
    """The administrative units that were imported, one row each; of every day, or those of one day.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, MultiPolygon.

        - ``unit`` name; ``level``: province, district, commune; ``code`` None where its file gives none
        - ``valid_from`` first day and ``valid_until`` last day (included); NaT where its file says nothing of it
        - ``source``; ``credit`` whom a map must name, None: nobody
        - ``accuracy``, ``uncertainty_m`` None and NaN: no file says it of a boundary
    """
    rows = [
        {
            "unit": unit.unit,
            "level": unit.level.value,
            "code": unit.code,
            "valid_from": unit.valid_from,
            "valid_until": unit.valid_until,
            "source": unit.source,
            "credit": unit.credit,
            "geometry": MultiPolygon([unit.geometry]) if isinstance(unit.geometry, Polygon) else unit.geometry,
        }
        for unit in portfolio.routes.units
        if as_of is None or unit.valid(as_of)
    ]
    return geo_table(BOUNDARIES, rows)


def border(portfolio: Portfolio) -> GeoDataFrame:
    """The land border, one row; none where no file gives it.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, MultiLineString. ``attribution`` whom a map must name; ``licence`` None where its file gives none;
        ``accuracy`` None and ``uncertainty_m`` NaN: its file says nothing of it.
    """
    drawn = portfolio.routes
    rows = [] if drawn.border is None else [{"attribution": drawn.border_attribution, "licence": drawn.border_licence}]
    return geo_table(BORDER, [row | {"geometry": drawn.border} for row in rows])


def obstacles(portfolio: Portfolio) -> GeoDataFrame:
    """The obstacles of the records, one row each, closed ones too.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, Point on the drawn route, where its chainage is published and lies within what is known of the route
        (``placement.point_of``); None elsewhere.

        - ``project`` id, ``project_title_vi``, ``project_title_en``; ``section`` id and ``unit``, ``route`` id: None
          where not recorded; ``chainage`` as recorded (``Km3+500``)
        - ``text_vi``, ``text_en``; ``owner`` whose it is, ``authority`` the level at which it can be settled, ``actor``
          who must act; None: not recorded
        - ``raised``, ``due``, ``closed``: a day or a month, None: not recorded; ``raised_last_day``, ``due_last_day``,
          ``closed_last_day``
        - ``source`` id; ``where`` the line in the records; ``accuracy``, ``uncertainty_m`` of the drawn route
    """
    rows = []
    for project in portfolio.records.projects:
        for issue in project.issues:
            section, route = project.section(issue.section), route_of(project, issue)
            line, point = portfolio.routes.alignments.get(route or ""), point_of(portfolio, project, issue)
            rows.append(
                {
                    **titled(project),
                    "section": issue.section,
                    "unit": section.unit if section else None,
                    "route": route,
                    "chainage": issue.at.write("vi") if issue.at else None,
                    **both("text", issue.text),
                    "owner": issue.owner,
                    "authority": issue.level.value if issue.level else None,
                    "actor": issue.actor,
                    **when("raised", issue.raised),
                    **when("due", issue.due),
                    **when("closed", issue.closed),
                    "source": issue.source,
                    "where": issue.where,
                    "accuracy": line.accuracy if line and point else None,
                    "uncertainty_m": line.uncertainty_m if line and point else None,
                    "geometry": point,
                }
            )
    return geo_table(OBSTACLES, rows)
