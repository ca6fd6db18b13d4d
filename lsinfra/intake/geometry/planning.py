"""An import worked out and tried before anything is written: ``plan`` or ``plan_fetched``, then ``commit``.

A plan holds the new bytes of every file, and what a person must see to agree: how long the new line is against the
published length and the old drawing, how far it lies from them, what becomes of the published chainage, and which
sections and obstacles of the records would no longer lie on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from lsinfra.alignments import ACCURACIES
from lsinfra.codes import Level
from lsinfra.dates import YEARS
from lsinfra.errors import LsinfraError, QuantityError
from lsinfra.intake.geometry import boundaries, fetching, lines, osm, overpass, store
from lsinfra.intake.geometry.drawing import GeoImportError
from lsinfra.intake.geometry.plans import README, ImportPlan, Request
from lsinfra.intake.geometry.reading import read
from lsinfra.numerals import shown
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import read_date
from lsinfra.text import Lang, Phrase


class RequestError(GeoImportError):
    """Everything that a request lacks or has wrong, a sentence a line; ``faults`` holds one error for each."""

    def __init__(self, faults: Sequence[LsinfraError]) -> None:
        super().__init__("request")
        self.faults = tuple(faults)

    def write(self, lang: Lang) -> str:
        return "\n".join(fault.write(lang) for fault in self.faults)


def plan(
    file: Path, portfolio: Portfolio, geodata: Path, asked: Request, *, route: str | None = None,
    level: Level | None = None,
) -> ImportPlan:  # fmt: skip
    """What importing a file as one route, or as the boundaries of a level, would change.

    A file of OpenStreetMap brings its licence and whom to name.

    Parameters
    ----------
    geodata : Path
        The folder the portfolio's routes were read from.

    Raises
    ------
    RequestError
        More than one thing that was asked for is missing or wrong: all of them at once.
    GeoImportError
        One such thing, or anything in the file that a person must answer or mend first, in one sentence.
    RunError, InputError
        The file or the folder cannot be read; the folder as it would be has faults.
    """
    from_osm = file.name.lower().endswith((".pbf", overpass.ENDING))
    if from_osm:
        licence, attribution = asked.licence.strip() or osm.LICENCE, asked.attribution or osm.CREDIT
        asked = replace(asked, licence=licence, attribution=attribution)
    _refuse([*_of_provenance(asked), *_of_target(asked, portfolio, file.name if from_osm else None, route, level)])
    return _planned(file, portfolio, geodata, asked, route, level)


def plan_fetched(
    portfolio: Portfolio, geodata: Path, asked: Request, now: datetime, ask: fetching.Ask, *,
    route: str | None = None, level: Level | None = None, box: str | None = None,
) -> ImportPlan:  # fmt: skip
    """What taking a road or boundaries from OpenStreetMap would change; the answer is kept, see ``fetching.fetch``.

    What the import would refuse in any case is refused before the network is asked.

    Parameters
    ----------
    asked : Request
        Its source, licence, date, whom to name and accuracy are those of the answer, whatever it says.
    box : str, optional
        Where to look, ``WEST,SOUTH,EAST,NORTH`` in degrees; about the drawn routes where it is None.

    Raises
    ------
    RequestError, GeoImportError, RunError, InputError
        As ``plan``.
    GeoFetchError
        See ``fetching.fetch``; a box that is none, or no box where nothing is drawn yet.
    """
    asked = replace(asked, accuracy=None if route is None else "schematic")
    lines_drawn = (line.line for line in portfolio.routes.alignments.values())
    within = overpass.read_box(box) if box else overpass.box_of(lines_drawn)
    faults = list(_of_target(asked, portfolio, "Overpass", route, level))
    if within is None:
        faults.append(fetching.GeoFetchError("bad_box", found=shown(box)) if box else fetching.GeoFetchError("no_box"))
    _refuse(faults)
    assert within is not None  # noqa: S101  # refused otherwise
    sought = overpass.Sought(within, asked.wanted.ref, asked.wanted.admin_level)
    got = fetching.fetch(sought, geodata, now, ask)
    whose = (("credit", osm.CREDIT), ("licence", osm.LICENCE), ("server", got.server), ("fetched", got.fetched))
    told = (*whose, ("dated", got.dated), ("path", got.path))
    ask.tell(Phrase("geofetch.kept" if got.kept else "geofetch.got", told))
    given = replace(asked, source=got.source, licence=osm.LICENCE, dated=got.dated, attribution=osm.CREDIT)
    return _planned(got.path, portfolio, geodata, given, route, level)


def commit(made: ImportPlan) -> Path:
    """Write a plan; the folder that keeps the files as they were.

    Raises
    ------
    GeoImportError
        The plan has errors that nobody let pass, or a file changed since it was made.
    """
    if made.blocked:
        raise GeoImportError("blocked", count=made.errors)
    return store.commit(made.geodata, made.what, made.changes)


def _planned(
    file: Path, portfolio: Portfolio, geodata: Path, asked: Request, route: str | None, level: Level | None
) -> ImportPlan:
    drawing = read(file, asked.wanted)
    if route is not None:
        made = lines.line_plan(drawing, portfolio, geodata, asked, route)
    else:
        assert level is not None  # noqa: S101  # one of the two, see _of_target
        made = boundaries.boundary_plan(drawing, portfolio, geodata, asked, level)
    if all(change.before == change.after for change in made.changes if change.name != README):
        raise GeoImportError("no_change", what=shown(made.what))
    return made


# --- what is asked for ---------------------------------------------------------------------------------------------


def _refuse(faults: Sequence[LsinfraError]) -> None:
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise RequestError(faults)


def _of_provenance(asked: Request) -> Iterator[LsinfraError]:
    """Source, licence, date, and whoever the licence wants named."""
    given = (("--source", asked.source), ("--licence", asked.licence), ("--dated", asked.dated))
    if missing := [option for option, text in given if not text.strip()]:
        yield GeoImportError("provenance_missing", options=", ".join(missing))
    if asked.attribution is None and any(word in asked.licence.upper() for word in ("BY", "ODBL", "OPEN DATABASE")):
        yield GeoImportError("attribution_missing", licence=shown(asked.licence))
    dated = asked.dated.strip()
    if dated and not _is_year(dated, asked.today) and (wrong := _date_fault(dated)):
        yield wrong


def _of_target(
    asked: Request, portfolio: Portfolio, from_osm: str | None, route: str | None, level: Level | None
) -> Iterator[LsinfraError]:
    """Route or boundaries, and what either needs; ``from_osm``: the name of what is OpenStreetMap's, if it is."""
    if (route is None) == (level is None):
        yield GeoImportError("route_or_level")
    if from_osm is not None and (asked.wanted.ref is None) == (asked.wanted.admin_level is None):
        yield GeoImportError("ref_or_level", file=shown(from_osm))
    if route is not None:
        with_route = lines.unknown_route(route, portfolio)
        if with_route:
            yield with_route
        if asked.accuracy not in ACCURACIES:
            yield GeoImportError("accuracy_missing")
        if asked.accuracy == "schematic" and asked.uncertainty_m is None:
            yield GeoImportError("uncertainty_missing")
    if asked.uncertainty_m is not None and not 0 < asked.uncertainty_m < 1e5:
        yield GeoImportError("bad_uncertainty", found=f"{asked.uncertainty_m:g}")
    days = [day for day in (asked.valid_from, asked.valid_until) if day]
    wrong = [fault for day in days if (fault := _date_fault(day, whole=True))]
    yield from wrong
    if len(days) == 2 and not wrong and read_date(days[0]).last_day > read_date(days[1]).last_day:
        yield GeoImportError("valid_backwards", since=days[0], until=days[1])


def _is_year(text: str, today: date) -> bool:
    """Whether it is a year alone, which is all that many maps say of their date."""
    return re.fullmatch("[0-9]{4}", text) is not None and YEARS[0] <= int(text) <= today.year


def _date_fault(text: str, *, whole: bool = False) -> LsinfraError | None:
    """What is wrong with a date, which must be a ``whole`` day or may be a month; None where it is one."""
    try:
        return GeoImportError("not_a_day", found=shown(text)) if read_date(text).day is None and whole else None
    except QuantityError as error:
        return error
