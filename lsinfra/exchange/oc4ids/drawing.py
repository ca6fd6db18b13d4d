"""The locations of a package → routes and places as ``geodata/`` holds them, and the sections of a project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from lsinfra.exchange.oc4ids.describing import told_apart
from lsinfra.exchange.oc4ids.figures import Left, stretches, titled
from lsinfra.exchange.oc4ids.nodes import Node, as_json
from lsinfra.geojson import EAST, NORTH, SOUTH, WEST
from lsinfra.quantities import Chainage
from lsinfra.text import LANGS, Word
from lsinfra.yamlfile import Table

Json = dict[str, Any]
_DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_ROUTE, _SECTION, _PLACE = "route/", "section/", "place/"


@dataclass(slots=True)
class Drawn:
    """What the locations of all projects give: GeoJSON features of routes and places by id, units by name.

    ``metric_crs`` is the one in which lengths are measured; None where nothing says.
    """

    routes: dict[str, Json] = field(default_factory=dict)
    places: dict[str, Json] = field(default_factory=dict)
    units: dict[str, Table] = field(default_factory=dict)
    metric_crs: str | None = None


@dataclass(slots=True)
class Located:
    """What the locations of one project give: ids of routes and places, sections by id."""

    routes: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    sections: dict[str, Table] = field(default_factory=dict)


def located(project: Node, id: str, drawn: Drawn, left: list[Left], uncertainty_m: float | None) -> Located:
    """The locations of a project; ``uncertainty_m`` is what somebody says of lines that say nothing of themselves."""
    found = Located()
    for n, node in enumerate(project.rows("locations"), 1):
        name = node.text("id") or ""
        geometry = _geometry(node)
        if name.startswith(_SECTION):
            found.sections[name.removeprefix(_SECTION)] = _section(node, name.removeprefix(_SECTION), drawn)
        elif name.startswith(_ROUTE):
            found.routes.append(name.removeprefix(_ROUTE))
            if geometry:
                _once(node, drawn.routes, found.routes[-1], _route(node, found.routes[-1], geometry, drawn))
        elif name.startswith(_PLACE):
            found.places.append(name.removeprefix(_PLACE))
            if geometry:
                _once(node, drawn.places, found.places[-1], _place(node, found.places[-1], geometry, drawn))
        elif geometry and geometry["type"] in {"LineString", "MultiLineString"} and uncertainty_m:
            route = f"{id}-{n}"
            found.routes.append(route)
            said = node.text("description") or project.text("title") or route
            properties = {"route": route, "title": said, "accuracy": "schematic", "uncertainty_m": uncertainty_m}
            drawn.routes[route] = _feature(properties | {"source": f"OC4IDS: {project.text('id')}"}, geometry)
        else:
            why = "line_unsure" if geometry and "Line" in geometry["type"] else "location"
            left.append(Left(node.path, name, why))
    return found


def _once(node: Node, known: dict[str, Json], id: str, feature: Json | None) -> None:
    if feature is not None and known.setdefault(id, feature) != feature:
        node.fault("drawn_twice", found=as_json(id))


def _feature(properties: Json, geometry: Json) -> Json:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _both(vi: str | None, en: str | None) -> Json | None:
    return None if vi is None else dict(zip(LANGS, (vi, en or vi), strict=True))


def _metres(text: str | None) -> Decimal | None:
    try:
        metres = Decimal(text) if text else None
    except InvalidOperation:
        return None
    return metres if metres is not None and metres.is_finite() else None


def _measured_in(node: Node, drawn: Drawn, said: str | None) -> None:
    """The system lengths are measured in, which all locations must have in common."""
    if drawn.metric_crs is None:
        drawn.metric_crs = said
    elif said is not None and said != drawn.metric_crs:
        node.fault("contradicts", found=as_json(said), against=drawn.metric_crs)


def _route(node: Node, route: str, geometry: Json, drawn: Drawn) -> Json | None:
    _, facts = told_apart(node.text("description"))
    if facts.get("accuracy") is None:
        node.fault("missing_fact", name=Word("oc4ids.fact.accuracy"))
        return None
    _measured_in(node, drawn, facts.get("metric_crs"))
    properties: Json = {
        "route": route,
        "title": _both(facts.get("title"), facts.get("title_en")),
        "accuracy": facts["accuracy"],
        "uncertainty_m": _metres(facts.get("uncertainty")),
        "partial": facts.get("partial") == "true",
        "source": facts.get("origin"),
        "note": _both(facts.get("note"), facts.get("note_en")),
        "credit": facts.get("credit"),
    }
    pieces = [piece.split(" ") for piece in (facts.get("calibration") or "").split("; ") if piece]
    if (counted := _metres(facts.get("counted"))) is not None:
        properties["start"] = Chainage(counted).write("vi")
    elif pieces:
        at = [[_metres(x) for x in piece[1:]] for piece in pieces]
        properties["calibration"] = [
            {"chainage": piece[0], "at": position} for piece, position in zip(pieces, at, strict=True)
        ]
    return _feature({name: value for name, value in properties.items() if value is not None}, geometry)


def _place(node: Node, place: str, geometry: Json, drawn: Drawn) -> Json | None:
    text, facts = told_apart(node.text("description"))
    _measured_in(node, drawn, facts.get("metric_crs"))
    title = text or place
    properties = {
        "place": place,
        "title": _both(title, node.text("description_en")),
        "kind": facts.get("place_kind"),
        "uncertainty_m": _metres(facts.get("uncertainty")),
        "source": facts.get("origin"),
        "credit": facts.get("credit"),
    }
    return _feature({name: value for name, value in properties.items() if value is not None}, geometry)


def _section(node: Node, id: str, drawn: Drawn) -> Table:
    text, facts = told_apart(node.text("description"))
    unit = node.table("address").text("region")
    fields = {
        "id": id,
        "unit": unit,
        "parts": stretches(facts.get("chainage"), node.path),
        "placed": facts.get("placed"),
        "in_scope": facts.get("in_scope"),
        "note": titled(text, node.text("description_en"), node.path),
    }
    if unit and facts.get("level") and unit not in drawn.units:
        said = {
            "level": facts["level"],
            "from": facts.get("since"),
            "until": facts.get("until"),
            "note": titled(facts.get("unit_note"), facts.get("unit_note_en"), node.path),
        }
        drawn.units[unit] = _filled(said, node.path)
    return _filled(fields, node.path)


def _filled(fields: Json, path: str) -> Table:
    made = Table({name: value for name, value in fields.items() if value})
    made.where = path
    return made


# --- geometry ------------------------------------------------------------------------------------------------------


def _geometry(node: Node) -> Json | None:
    """The geometry of a location, its positions numbers within the box of ``geodata/``; None without a proper one."""
    if node.inside("geometry") is None:
        return None
    table = node.table("geometry")
    kind, coordinates = table.text("type"), table.inside("coordinates")
    if kind not in _DEPTH:
        expected = ", ".join(_DEPTH)
        table.fault("geometry_type", found=as_json(table.value.get("type")), expected=expected)
        return None
    if coordinates is None:
        table.fault("missing", name="coordinates")
        return None
    bad = next((at for at in _positions(coordinates, _DEPTH[kind]) if not _is_position(at.value)), None)
    if bad is not None:
        bad.fault("position", found=as_json(bad.value))
        return None
    for at in _positions(coordinates, _DEPTH[kind]):
        x, y = at.value[:2]
        if not (WEST <= x <= EAST and SOUTH <= y <= NORTH):
            found = f"[{as_json(x)}, {as_json(y)}]"
            at.fault("outside", found=found, west=f"{WEST:g}", south=f"{SOUTH:g}", east=f"{EAST:g}", north=f"{NORTH:g}")
            return None
    if not _long_enough(coordinates.value, _DEPTH[kind]):
        coordinates.fault("short_line")
        return None
    return {"type": kind, "coordinates": coordinates.value}


def _positions(node: Node, depth: int) -> Iterator[Node]:
    """Every position; what stands where a list of positions should is given as if it were one."""
    if depth == 0 or not isinstance(node.value, list) or not node.value:
        yield node
        return
    for n, value in enumerate(node.value):
        yield from _positions(Node(value, f"{node.path}[{n}]", node.faults), depth - 1)


def _is_position(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) in (2, 3)
        and all(isinstance(x, Decimal) and x.is_finite() for x in value)
    )


def _long_enough(value: Any, depth: int) -> bool:
    """Whether every line has two places at least."""
    if depth == 0:
        return True
    if depth == 1:
        return len({tuple(position[:2]) for position in value}) > 1
    return all(_long_enough(inner, depth - 1) for inner in value)
