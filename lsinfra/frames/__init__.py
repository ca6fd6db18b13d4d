"""A portfolio as tables: DataFrames, and GeoDataFrames in EPSG:4326. Every exit takes its rows from here.

Columns carry their unit: ``_ha``, ``_km``, ``_m``, ``_vnd``, ``_days``; ``_share`` is 0–1. Numbers are floats for
machines, and the published decimal stands beside them, exact, as ``_text``. NaN, NaT and None are what nobody
published. Days are ``datetime64[s]`` at midnight without a time zone; a month counts as its last day, and ``observed``
keeps what was published (``2024-10``). Titles are Vietnamese (``_vi``) and, where translated, English (``_en``).

A line says where a section is, never which part of it was handed over: only ``stretches`` have a published place.
``accuracy`` says how well a geometry is known and ``uncertainty_m`` how far the real thing may lie from it (metres;
NaN: not said): ``schematic`` is a sketch, ``approximate`` has ends nobody surveyed, ``survey`` was measured.
"""

from lsinfra.frames.drawn import border, boundaries, obstacles, places, routes
from lsinfra.frames.land import clearance, projects, sections, sections_by_date, stretches
from lsinfra.frames.listed import disbursement, findings, sources

__all__ = [
    "border",
    "boundaries",
    "clearance",
    "disbursement",
    "findings",
    "obstacles",
    "places",
    "projects",
    "routes",
    "sections",
    "sections_by_date",
    "sources",
    "stretches",
]
