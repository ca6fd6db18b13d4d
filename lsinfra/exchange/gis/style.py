"""The look of each layer in QGIS: the colours and dashes of the page, who plays through time, what is labelled.

QML is XML of QGIS's own; what is left out of it QGIS fills with its defaults. No text of a record goes into a style.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from lsinfra.exchange.gis.fields import column_title, names_of
from lsinfra.exchange.gis.layers import BEYOND, PARTLY, STATUSES, Layer, status_words
from lsinfra.render.looks import (
    BEYOND_DASH,
    BORDER,
    BORDER_DASH,
    BORDER_MM,
    CASE_MM,
    COLOURS,
    DASHES,
    EDGE,
    GROUND,
    INK,
    LINE_MM,
    PROPOSED,
    PROPOSED_DASH,
    QUIET,
    QUIET_MM,
    THIN_MM,
    TRACK,
    UNITS,
    UNITS_DASH,
    UNITS_MM,
)
from lsinfra.render.payload import COMPLETE, NO_DATA, NO_TOTAL
from lsinfra.text import Lang, say

VERSION = "3.22.0"  # of QGIS, whose QML this is; later ones read it
DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"

_DOUBTS = {"error": "#b02a0f", "warning": "#cc3311", "info": "#4b535d"}
_STATES = {"open": "#cc3311", "late": "#b02a0f", "closed": "#848c97"}
_ROLES = {"project": (QUIET, ""), "proposal": (PROPOSED, PROPOSED_DASH), "finished": (QUIET, "")}


@dataclass(frozen=True)
class Stroke:
    """One line of a symbol: colour, width and dash in millimetres on paper."""

    colour: str
    width_mm: float
    dash: str = ""


@dataclass(frozen=True)
class Category:
    """A value of the expression a layer is drawn by, its name in the legend, and how it is drawn."""

    value: str
    label: str
    symbol: ET.Element


def qml(layer: Layer, lang: Lang) -> str:
    """The style of a layer as QML."""
    return DOCTYPE + ET.tostring(style(layer, lang), encoding="unicode")


def style(layer: Layer, lang: Lang) -> ET.Element:
    """The style of a layer; of a table that is not drawn the words of its columns alone."""
    match layer.name:
        case "sections":
            return _style(layer, lang, _by_status(layer, lang))
        case "sections_by_date":
            return _style(layer, lang, _by_status(layer, lang), time=_time("valid_to", 0))
        case "projects":
            return _style(layer, lang, _by_status(layer, lang))
        case "stretches":
            return _style(layer, lang, _single(_line(*_cased(Stroke(COLOURS[COMPLETE], LINE_MM)))))
        case "routes":
            roles = [
                Category(role, say(lang, f"gis.role.{role}"), _line(Stroke(colour, QUIET_MM, dash)))
                for role, (colour, dash) in _ROLES.items()
            ]
            other = Category("", say(lang, "gis.role.none"), _line(Stroke(QUIET, UNITS_MM)))
            return _style(layer, lang, _categories('"role"', [*roles, other]))
        case "obstacles":
            states = [
                Category(state, say(lang, f"page.issue.{state}"), _marker("triangle", colour, 3.4))
                for state, colour in _STATES.items()
            ]
            return _style(layer, lang, _categories('"state"', states))
        case "places":
            return _style(layer, lang, _single(_marker("circle", "#ffffff", 1.5)), label=_title("title", lang))
        case "boundaries":
            return _style(layer, lang, _single(_outline()), time=_time("valid_until", 1), label='"unit"')
        case "border":
            return _style(layer, lang, _single(_line(Stroke(BORDER, BORDER_MM, BORDER_DASH))))
        case "findings":
            levels = [
                Category(level, say(lang, f"word.severity.{level}"), _line(Stroke(colour, 2 * CASE_MM, UNITS_DASH)))
                for level, colour in _DOUBTS.items()
            ]
            return _style(layer, lang, _categories('"severity"', levels))
        case _:
            return _style(layer, lang)


# --- land ------------------------------------------------------------------------------------------------------------


def _by_status(layer: Layer, lang: Lang) -> ET.Element:
    """A category a status; in thin lines those that are of the whole project's figure, as far as the layer has any."""
    whole = layer.name == "projects"
    there = set(zip(layer.table["status_of"], layer.table["status"], strict=True))
    found = []
    for level, status in enumerate(STATUSES):
        words = status_words(level, lang)
        if not whole and level != PARTLY:
            found.append(Category(f"section {status}", words, _land(level, thin=level == NO_DATA)))
        if ("project", status) in there:
            of_project = words if whole else say(lang, "gis.of_project", status=words)
            found.append(Category(f"project {status}", of_project, _land(level, thin=True)))
        if ("sections", status) in there:
            of_sections = words if level == PARTLY else say(lang, "gis.of_sections", status=words)
            found.append(Category(f"sections {status}", of_sections, _land(level, thin=True)))
    return _categories('"status_of" || \' \' || "status"', found)


def _land(level: int, *, thin: bool) -> ET.Element:
    if level == BEYOND:
        return _line(Stroke(GROUND, LINE_MM + CASE_MM), Stroke(QUIET, QUIET_MM, BEYOND_DASH))
    level = NO_TOTAL if level == PARTLY else level
    return _line(*_cased(Stroke(COLOURS[level], THIN_MM if thin else LINE_MM, DASHES[level])))


def _cased(stroke: Stroke) -> tuple[Stroke, ...]:
    """What lies under the colour: an edge, and between the dashes the pale track."""
    return Stroke(EDGE, stroke.width_mm + CASE_MM), Stroke(TRACK, stroke.width_mm), stroke


# --- symbols ---------------------------------------------------------------------------------------------------------


def _line(*strokes: Stroke) -> ET.Element:
    symbol = _symbol("line")
    for stroke in strokes:
        # A dash of a hundredth is a dot, which only a round end makes.
        round_end = stroke.dash.startswith("0.01")
        _layer(
            symbol,
            "SimpleLine",
            {
                "line_color": _rgb(stroke.colour),
                "line_width": f"{stroke.width_mm:.2f}",
                "line_width_unit": "MM",
                "line_style": "solid",
                "capstyle": "round" if round_end else "flat",
                "joinstyle": "round",
                "use_custom_dash": "1" if stroke.dash else "0",
                "customdash": stroke.dash.replace(" ", ";") or "5;2",
                "customdash_unit": "MM",
            },
        )
    return symbol


def _marker(shape: str, colour: str, size_mm: float) -> ET.Element:
    symbol = _symbol("marker")
    outline = {
        "outline_color": _rgb(EDGE),
        "outline_style": "solid",
        "outline_width": "0.3",
        "outline_width_unit": "MM",
    }
    size = {"name": shape, "color": _rgb(colour), "size": f"{size_mm}", "size_unit": "MM"}
    _layer(symbol, "SimpleMarker", size | outline)
    return symbol


def _outline() -> ET.Element:
    symbol = _symbol("fill")
    _layer(
        symbol,
        "SimpleLine",
        {
            "line_color": _rgb(UNITS),
            "line_width": f"{UNITS_MM:.2f}",
            "line_width_unit": "MM",
            "use_custom_dash": "1",
            "customdash": UNITS_DASH.replace(" ", ";"),
            "customdash_unit": "MM",
        },
    )
    return symbol


def _symbol(kind: str) -> ET.Element:
    return ET.Element("symbol", {"type": kind, "name": "0", "alpha": "1", "clip_to_extent": "1", "force_rhr": "0"})


def _layer(symbol: ET.Element, kind: str, options: Mapping[str, str]) -> None:
    made = ET.SubElement(symbol, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    listed = ET.SubElement(made, "Option", {"type": "Map"})
    for name, value in options.items():
        ET.SubElement(listed, "Option", {"name": name, "value": value, "type": "QString"})


def _rgb(colour: str) -> str:
    """``#440154`` as QGIS writes it: red, green, blue, opacity."""
    return ",".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5)) + ",255"


# --- the whole style -------------------------------------------------------------------------------------------------


def _single(symbol: ET.Element) -> ET.Element:
    renderer = ET.Element("renderer-v2", {"type": "singleSymbol", "symbollevels": "0", "forceraster": "0"})
    ET.SubElement(renderer, "symbols").append(symbol)
    return renderer


def _categories(by: str, categories: Iterable[Category]) -> ET.Element:
    """A category a value; one of the value "" is for whatever has no other."""
    renderer = ET.Element("renderer-v2", {"type": "categorizedSymbol", "attr": by, "symbollevels": "0"})
    listed, symbols = ET.SubElement(renderer, "categories"), ET.SubElement(renderer, "symbols")
    for number, one in enumerate(categories):
        said = {"symbol": str(number), "value": one.value, "label": one.label, "render": "true", "type": "string"}
        ET.SubElement(listed, "category", said)
        one.symbol.set("name", str(number))
        symbols.append(one.symbol)
    return renderer


def _time(end: str, limit: int) -> dict[str, str]:
    """How QGIS plays a layer through time: from ``valid_from`` to the day in ``end``; limit 1: that day too.

    By expressions: two fields QGIS would compare in SQL, as texts, where a day is before its own midnight.
    """
    return {
        "enabled": "1",
        "mode": "4",
        "startField": "valid_from",
        "endField": end,
        "limitMode": str(limit),
        "startExpression": 'to_datetime(coalesce("valid_from", make_date(1000, 1, 1)))',
        "endExpression": f'to_datetime(coalesce("{end}", make_date(9999, 1, 1)))',
        "durationField": "",
        "durationUnit": "days",
        "fixedDuration": "0",
        "accumulate": "0",
    }


def _style(
    layer: Layer,
    lang: Lang,
    renderer: ET.Element | None = None,
    time: Mapping[str, str] | None = None,
    label: str | None = None,
) -> ET.Element:
    whole = ET.Element(
        "qgis",
        {
            "version": VERSION,
            "styleCategories": "Symbology|Labeling|Fields|Temporal|AttributeTable",
            "labelsEnabled": str(int(bool(label))),
        },
    )
    if time is not None:
        ET.SubElement(whole, "temporal", dict(time))
    if renderer is not None:
        whole.append(renderer)
    if label is not None:
        whole.append(_labels(label))
    ET.SubElement(whole, "previewExpression").text = _shown(layer.name, lang)
    aliases = ET.SubElement(whole, "aliases")
    for place, column in enumerate(["fid", *names_of(layer.table)]):
        ET.SubElement(aliases, "alias", {"index": f"{place}", "field": column, "name": column_title(column, lang)})
    ET.indent(whole)
    return whole


def _shown(name: str, lang: Lang) -> str:
    """The expression by which QGIS names a row of a layer to who asks for it, in the language of the export."""
    project, unit = _title("project_title", lang), "coalesce(' – ' || \"unit\", '')"
    match name:
        case "sections" | "sections_by_date":
            return f"{project} || {unit}"
        case "projects":
            return project
        case "stretches":
            return f"{project} || ' – ' || \"extent\""
        case "clearance":
            return f"{project} || {unit} || ' – ' || \"value_text\" || ' ' || \"unit_code\""
        case "disbursement":
            return f"{project} || ' – ' || \"plan_year\""
        case "routes":
            return f'coalesce({_title("title", lang)}, "route")'
        case "obstacles":
            return _title("text", lang)
        case "boundaries":
            return '"unit"'
        case "border":
            return '"attribution"'
        case "findings":
            return '"message"'
        case _:
            return _title("title", lang)


def _title(column: str, lang: Lang) -> str:
    """A text in a language, in Vietnamese where it is not translated."""
    return f'"{column}_vi"' if lang == "vi" else f'coalesce("{column}_{lang}", "{column}_vi")'


def _labels(field: str) -> ET.Element:
    made = ET.Element("labeling", {"type": "simple"})
    settings = ET.SubElement(made, "settings")
    look = {"fieldName": field, "isExpression": "1", "fontSize": "8", "fontSizeUnit": "Point", "textColor": _rgb(INK)}
    text = ET.SubElement(settings, "text-style", look)
    halo = {"bufferDraw": "1", "bufferSize": "0.8", "bufferSizeUnits": "MM", "bufferColor": _rgb("#ffffff")}
    ET.SubElement(text, "text-buffer", halo)
    ET.SubElement(settings, "placement", {"placement": "6", "dist": "1", "distUnits": "MM"})
    return made
