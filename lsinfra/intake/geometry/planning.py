"""An import worked out and tried before anything is written: ``plan``, then ``commit``.

A plan holds the new bytes of every file, and what a person must see to agree: how long the new line is against the
published length and the old drawing, how far it lies from them, what becomes of the published chainage, and which
sections and obstacles of the records would no longer lie on it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lsinfra.alignments import ACCURACIES
from lsinfra.codes import Level
from lsinfra.errors import Severity
from lsinfra.intake.geometry import boundaries, lines, osm, overpass, store
from lsinfra.intake.geometry.drawing import GeoImportError
from lsinfra.intake.geometry.plans import README, ImportPlan, Request
from lsinfra.intake.geometry.reading import read
from lsinfra.numerals import shown
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import read_date


def plan(
    file: Path, portfolio: Portfolio, geodata: Path, asked: Request, *, route: str | None = None,
    level: Level | None = None,
) -> ImportPlan:  # fmt: skip
    """What importing a file as one route, or as the boundaries of a level, would change.

    Parameters
    ----------
    geodata : Path
        The folder the portfolio's routes were read from.

    Raises
    ------
    GeoImportError
        Anything that a person must answer or mend first, in one sentence.
    RunError, InputError
        The file or the folder cannot be read; the folder as it would be has faults.
    """
    if (route is None) == (level is None):
        raise GeoImportError("route_or_level")
    asked_for = _checked(file, asked, drawn=route is not None)
    drawing = read(file, asked_for.wanted)
    if route is not None:
        made = lines.line_plan(drawing, portfolio, geodata, asked_for, route)
    else:
        assert level is not None  # noqa: S101  # one of the two, see above
        made = boundaries.boundary_plan(drawing, portfolio, geodata, asked_for, level)
    if all(change.before == change.after for change in made.changes if change.name != README):
        raise GeoImportError("no_change", what=shown(made.what))
    return made


def commit(made: ImportPlan) -> Path:
    """Write a plan; the folder that keeps the files as they were.

    Raises
    ------
    GeoImportError
        The plan has errors, or a file changed since it was made.
    """
    if made.blocked:
        raise GeoImportError("blocked", count=sum(note.severity is Severity.ERROR for note in made.notes))
    return store.commit(made.geodata, made.what, made.changes)


def _checked(file: Path, asked: Request, *, drawn: bool) -> Request:
    """What was asked, with the licence of OpenStreetMap filled in, or what is missing of it in one sentence."""
    if file.name.lower().endswith((".pbf", overpass.ENDING)):
        licence, attribution = asked.licence.strip() or osm.LICENCE, asked.attribution or osm.CREDIT
        asked = replace(asked, licence=licence, attribution=attribution)
    missing = [
        option
        for option, text in (("--source", asked.source), ("--licence", asked.licence), ("--dated", asked.dated))
        if not text.strip()
    ]
    if missing:
        raise GeoImportError("provenance_missing", options=", ".join(missing))
    if asked.attribution is None and any(word in asked.licence.upper() for word in ("BY", "ODBL", "OPEN DATABASE")):
        raise GeoImportError("attribution_missing", licence=shown(asked.licence))
    read_date(asked.dated)
    for day in filter(None, (asked.valid_from, asked.valid_until)):
        if read_date(day).day is None:
            raise GeoImportError("not_a_day", found=shown(day))
    if drawn and asked.accuracy not in ACCURACIES:
        raise GeoImportError("accuracy_missing")
    if drawn and asked.accuracy == "schematic" and not asked.uncertainty_m:
        raise GeoImportError("uncertainty_missing")
    if asked.uncertainty_m is not None and not 0 < asked.uncertainty_m < 1e5:
        raise GeoImportError("bad_uncertainty", found=f"{asked.uncertainty_m:g}")
    return asked
