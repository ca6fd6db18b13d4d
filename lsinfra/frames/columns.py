"""The columns of every table, their types, and the parts that rows share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lsinfra.codes import Stage
from lsinfra.portfolio import Portfolio
from lsinfra.progress import Dating, Rate
from lsinfra.quantities import Figure, Measure, PartialDate, Unit, write_figure
from lsinfra.records import Project, Title

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame

CRS = "EPSG:4326"

LAND = {
    Measure.AREA: (Unit.HA, "ha"),
    Measure.LENGTH: (Unit.KM, "km"),
    Measure.HOUSEHOLDS: (Unit.HOUSEHOLDS, "households"),
    Measure.PARCELS: (Unit.PARCELS, "parcels"),
}
"""The measures of land with the unit of their amounts; the first that has a share stands for a stage."""

TEXT, NUMBER, COUNT, FLAG, DAY = "str", "float64", "Int64", "bool", "datetime64[s]"
_TYPES = {"first_year": COUNT, "last_year": COUNT} | {
    "partial": FLAG,
    "calibrated": FLAG,
    "in_scope": FLAG,
    "about": FLAG,
    "stale": FLAG,
}
_TYPES |= {"age_days": COUNT, "plan_year": COUNT, "value": NUMBER, "total": NUMBER, "share": NUMBER}
_TYPES |= {"total_low": NUMBER, "total_high": NUMBER, "stated_percent": NUMBER}
_TYPES |= {"valid_from": DAY, "valid_until": DAY, "valid_to": DAY, "closes": DAY}
_ENDINGS = {"_ha": NUMBER, "_km": NUMBER, "_m": NUMBER, "_vnd": NUMBER, "_share": NUMBER, "_last_day": DAY}
_ENDINGS |= {"_households": NUMBER, "_parcels": NUMBER, "_stale": "boolean", "_age_days": COUNT}


def kind_of(column: str) -> str:
    """The type of a column by its name: a unit at its end, or one of the few names that are not text."""
    return _TYPES.get(column) or next((kind for end, kind in _ENDINGS.items() if column.endswith(end)), TEXT)


_TITLED = ("project", "project_title_vi", "project_title_en")
_RATE = ("value", "value_text", "total", "total_text", "total_low", "total_high", "total_kind")
_SHARE = ("share", "stated_percent", "stated_check", "about")
_DATED = ("observed", "observed_last_day", "age_days", "stale", "source", "source_kind", "where", "note_vi", "note_en")
_SURE = ("accuracy", "uncertainty_m", "geometry")

ROUTES = (
    *("route", "title_vi", "title_en", "role", "named_by", "partial", "calibrated", "drawn_km", "start_km", "end_km"),
    *("source", "credit", "note_vi", "note_en", *_SURE),
)
PLACES = ("place", "title_vi", "title_en", "kind", "source", "credit", *_SURE)
BOUNDARIES = ("unit", "level", "code", "valid_from", "valid_until", "source", "credit", *_SURE)
BORDER = ("attribution", "licence", *_SURE)
CLEARANCE = (
    *(*_TITLED, "section", "unit", "stage", "measure", "unit_code"),
    *(*_RATE, *_SHARE, *_DATED, *_SURE),
)
_MEASURES = ("ha", "km", "households", "parcels")
_STAGED = ("ha", "households")
FIGURE = ("text", "observed", "source")
"""What belongs to an amount, beside it: ``handed_over_km_observed`` is of ``handed_over_km`` and of no other."""
_STANDING = ("share", "measure", "total_kind", "stated_check", "text", "observed", "observed_last_day", "source")
_PLACED = ("section", "unit", "in_scope", "extent", "placed")


def _by_stage(*aged: str) -> tuple[str, ...]:
    """The columns of every stage: of each measure the amounts and what belongs to them, then the standing figure."""
    found = []
    for stage in (Stage.HANDED_OVER, *(stage for stage in Stage if stage is not Stage.HANDED_OVER)):
        for name in _MEASURES if stage is Stage.HANDED_OVER else _STAGED:
            found += [f"{stage}_{what}{name}" for what in ("", "total_", "total_low_", "total_high_")]
            found += [f"{stage}_{name}_{what}" for what in (*FIGURE, *aged)]
        found += [f"{stage}_{what}" for what in _STANDING]
    return tuple(found)


_AGE = ("handed_over_age_days", "handed_over_stale")
SECTIONS = (*_TITLED, *_PLACED, *_by_stage("stale"), *_AGE, "note_vi", "note_en", *_SURE)
PROJECTS = (
    *(*_TITLED, "kind", "project_status", "first_year", "last_year", "routes", *_by_stage("stale"), *_AGE),
    *("note_vi", "note_en", *_SURE),
)
SECTIONS_BY_DATE = (*_TITLED, *_PLACED, "valid_from", "valid_to", *_by_stage(), "note_vi", "note_en", *_SURE)
STRETCHES = (
    *(*_TITLED, "section", "unit", "route", "start_km", "end_km", "extent"),
    *("observed", "observed_last_day", "source", "where", *_SURE),
)
OBSTACLES = (
    *(*_TITLED, "section", "unit", "route", "chainage", "text_vi", "text_en", "owner", "authority", "actor"),
    *("raised", "raised_last_day", "due", "due_last_day", "closed", "closed_last_day", "source", "where", *_SURE),
)
DISBURSEMENT = (
    *(*_TITLED, "plan_year", "base", "funding", "value_vnd", "value_text", "plan_vnd", "plan_text"),
    *("plan_low_vnd", "plan_high_vnd", "plan_kind", *_SHARE, "closes", *_DATED),
)
FINDINGS = ("code", "severity", "project", "section", "where", "message")
SOURCES = (
    *("source", "title_vi", "title_en", "kind", "number", "issuer_vi", "issuer_en", "date", "date_last_day", "url"),
    *("note_vi", "note_en"),
)


# --- tables ----------------------------------------------------------------------------------------------------------


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> DataFrame:
    """Rows as a table with these columns and their types; what a row does not say is missing."""
    from pandas import DataFrame, Series

    listed = list(rows)
    made = {
        name: Series([row.get(name) for row in listed], dtype=kind_of(name)) for name in columns if name != "geometry"
    }
    return DataFrame(made)


def geo_table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> GeoDataFrame:
    """The same with a geometry, EPSG:4326."""
    from geopandas import GeoDataFrame, GeoSeries
    from pandas import Series

    listed = list(rows)
    shapes = GeoSeries(Series([row.get("geometry") for row in listed], dtype=object), crs=CRS)
    return GeoDataFrame(table(columns, listed), geometry=shapes, crs=CRS)


# --- parts of rows ---------------------------------------------------------------------------------------------------


def both(name: str, text: Title | Mapping[str, str] | None) -> dict[str, str | None]:
    """``NAME_vi`` and ``NAME_en``; None where there is no text, or it is not translated."""
    if text is None:
        return {}
    words = {"vi": text.vi, "en": text.en} if isinstance(text, Title) else text
    return {f"{name}_{lang}": words.get(lang) for lang in ("vi", "en")}


def when(name: str, day: PartialDate | None) -> dict[str, Any]:
    """``NAME`` as published and ``NAME_last_day``; None where it is not recorded."""
    return {} if day is None else {name: day.iso, f"{name}_last_day": day.last_day}


def titled(project: Project) -> dict[str, str | None]:
    return {"project": project.id, **both("project_title", project.title)}


def rate_of(rate: Rate, *, money: bool = False) -> dict[str, Any]:
    """Value, total and share; bounds of an implied total are rounded outwards, so that they still hold it.

    Land to three decimals, money to the đồng.
    """
    low, high = rate.bounds(money=money)
    return {
        "value": float(rate.value),
        "value_text": _exact(rate.value, money=money),
        "total": None if rate.total is None else float(rate.total),
        "total_text": None if rate.total is None else _exact(rate.total, money=money),
        "total_low": low,
        "total_high": high,
        "total_kind": rate.kind.value,
        "share": None if rate.share is None else float(rate.share),
        "stated_percent": None if rate.stated_percent is None else float(rate.stated_percent),
        "stated_check": rate.check.value,
        "about": rate.about,
    }


def _exact(amount: Decimal, *, money: bool) -> str:
    """Every digit as printed, a point before the decimals, no exponent: 366.55; of billions in đồng 490100000000."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if money and "." in text else text


def figure_text(rate: Rate, measure: Measure) -> str:
    """A figure of land as the records spell it: ``366,55/640,28 ha, đạt 57,24%``."""
    return write_figure(Figure(rate.value, LAND[measure][0], rate.total, rate.stated_percent, about=rate.about))


def dated(portfolio: Portfolio, dating: Dating) -> dict[str, Any]:
    source = portfolio.records.sources.get(dating.source)
    return {
        **when("observed", dating.observed),
        "age_days": dating.age_days,
        "stale": dating.stale,
        "source": dating.source,
        "source_kind": source.kind.value if source else None,
        "where": dating.where,
        **both("note", dating.note),
    }
