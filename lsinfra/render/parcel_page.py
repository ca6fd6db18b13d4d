"""The page of a project's parcels: one file, or of many parcels one page for the whole and one for each section.

Up to ``MOST`` parcels are drawn one by one. Of more the page shows the route by bins of its chainage and leads to the
pages of the sections, which lie in a folder beside it, named as the file is.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from lsinfra import files
from lsinfra.errors import RunError, why
from lsinfra.numerals import number, shown
from lsinfra.parcels import kernel, results
from lsinfra.parcels.account import hectares
from lsinfra.parcels.land import Ints
from lsinfra.parcels.model import Lines, Units
from lsinfra.parcels.suppression import FEWEST
from lsinfra.quantities import Measure, share_text
from lsinfra.render import parcel_payload as payload
from lsinfra.render.parcel_holding import Holding, gather
from lsinfra.render.parcel_payload import HANDED_OVER
from lsinfra.render.sheet import Sheet, Verbatim, data_script, static
from lsinfra.text import Lang, say

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

MOST = 50_000
"""Parcels that are drawn one by one on one page."""
SECTION = 20_000
"""Parcels of a section's page at most."""

_SCRIPTS = ("parcels.js", "parcel_page.js")
_NAMED = 5  # projects named in a message


class ParcelPageError(RunError):
    """There is nothing to be drawn, or no one file for it; its sentence is under ``parcelmap.``."""

    group = "parcelmap"


@dataclass(frozen=True, eq=False)
class Section:
    """The parcels of one page of several: a run along one line, or of those that lie along none (``line`` −1)."""

    rows: Ints
    line: int
    start_m: float
    end_m: float
    name: str
    path: str
    """Of its page, seen from the first."""


def pages(
    project: str,
    frame: GeoDataFrame,
    units: Units,
    lines: Lines,
    day: date | None = None,
    *,
    source: str,
    as_of: date | None = None,
    title: str | None = None,
    lang: Lang = "vi",
    name: str = "index.html",
    most: int = MOST,
    section: int = SECTION,
    tell: Callable[[int, int], None] = lambda _done, _of: None,
) -> dict[str, str]:
    """The pages of a project as HTML by their paths: the first under ``name``, those of its sections in a folder.

    Parameters
    ----------
    frame : GeoDataFrame
        The project's parcels, as ``Register.frame(projects=[project])`` gives them.
    units, lines
        In one metric CRS. Lines of other projects are left away.
    day
        A stage dated later is not known; None: ``as_of``.
    source
        Name of the register's file, to be said on the page.
    as_of
        The day that was asked for; None: the newest date of a stage up to ``day``.
    title
        Of the project, anybody's text; None: its id.
    name
        Of the first page's file; the folder is named as it is.
    most, section
        How many parcels one page draws, and how many that of a section.
    tell
        Told after each page how many are made, and of how many.

    Raises
    ------
    ParcelPageError
        The project has no parcels.
    InputError
        There are parcels that cannot be measured.
    """
    if not len(frame):
        raise ParcelPageError("no_parcels", project=shown(project), file=source)
    holding = gather(project, frame, units, lines, source, as_of, title or project, lang, day)
    common = payload.page_data(holding)
    whole = common | {
        "head": payload.head(holding),
        "longest": payload.longest(holding),
        "none": (
            say(lang, "parcelmap.no_cleared") if len(holding.measured.stretches) else payload.without_length(holding)
        ),
        "legend": payload.legend(holding, counts=True),
        "stretches": payload.stretches(holding),
        "nav": [],
        "parts": [],
        "section": "",
    }
    whole["bin"], whole["bins"] = payload.bins(holding)
    if len(frame) <= most:
        rows = holding.order
        whole |= payload.ground_of(holding, rows, along=True) | payload.parcel_rows(holding, rows) | {"large": False}
        return {name: _html(_renumbered(whole, rows), lang)}
    cut = sections(holding, section, f"{Path(name).stem}-sections")
    none = holding.order[:0]
    every = (
        whole
        | payload.ground_of(holding, holding.order, along=True)
        | payload.parcel_rows(holding, none)
        | {"large": True}
    )
    every["parts"] = [_told(holding, one) for one in cut]
    told = {name: _html(_linked(every, cut), lang)}
    for one in cut:
        tell(len(told), 1 + len(cut))
        told[one.path] = _html(_section_data(holding, common, whole, one, name), lang)
    return told


def write(made: Mapping[str, str], folder: Path) -> list[Path]:
    """Write the pages of a project (``pages``) into a folder, which must be there; what they take the place of goes.

    The folder of the sections is swapped for that of an earlier run, and the first page is written last.

    Raises
    ------
    RunError
        No room, no right.
    """
    first, *others = made
    beside = folder / f"{Path(first).stem}-sections"
    new, old = (folder / f".{beside.name}{ending}" for ending in (".new", ".old"))
    try:
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)
        if others:
            new.mkdir()
            for path in others:
                files.write_new(new / Path(path).name, made[path].encode())
            files.settle(new)
        if beside.exists():
            beside.rename(old)
        if others:
            new.rename(beside)
        files.replace(folder / first, made[first].encode())
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(new, ignore_errors=True)
        raise RunError("unwritable", path=Path(error.filename or folder), reason=why(error)) from None
    return [folder / path for path in made]


def sections(holding: Holding, most: int, folder: str) -> list[Section]:
    """The parcels in the order of the route, cut into runs of at most so many of them, about as many in each."""
    order, at = holding.order, holding.longest_of
    line = np.full(len(order), -1)
    line[at.index] = at["line"]
    found: list[Section] = []
    for number_ in [*range(len(holding.lines.lines)), -1]:
        own = order[line[order] == number_]
        if not len(own):
            continue
        for rows in np.array_split(own, -(-len(own) // most)):
            low, high, name = (
                0.0,
                0.0,
                say(
                    holding.lang,
                    "parcelmap.off_route_section" if len(at) else "parcelmap.unplaced_section",
                    number=len(found) + 1,
                ),
            )
            if number_ >= 0:
                low, high = float(at.loc[rows, "start_m"].min()), float(at.loc[rows, "end_m"].max())
                name = payload.where(low, high)
            file = f"{len(found) + 1:03}.html"
            found.append(Section(rows, number_, low, high, name, f"{folder}/{file}"))
    return found


def _told(holding: Holding, one: Section) -> dict[str, Any]:
    lang, area, over = holding.lang, holding.land.area_m2[one.rows], holding.stage[one.rows] == HANDED_OVER
    done, total = payload.whole(area[over]), payload.whole(area)
    figures = {"value": hectares(done, lang), "total": hectares(total, lang), "unit": "ha"}
    few = len(one.rows) < FEWEST
    return {
        "line": one.line,
        "from": one.start_m,
        "to": one.end_m,
        "name": one.name,
        "href": quote(one.path),
        "box": payload.bounds_of(holding, one.rows),
        "count": say(lang, "parcelmap.withheld") if few else number(len(one.rows), 0, lang),
        "done": f"{say(lang, 'parcelmap.of', **figures)} ({share_text(done / total, Measure.AREA, lang)})",
    }


def _section_data(
    holding: Holding, common: dict[str, Any], whole: dict[str, Any], one: Section, first: str
) -> dict[str, Any]:
    """A section's page: its own parcels and areas, and of the route what lies along them. No counts: those of several
    sections could be taken from the whole's.
    """
    frame = holding.frame.iloc[one.rows]
    partial = kernel.measure(frame, holding.units, holding.lines, holding.day)
    part = replace(holding, frame=frame, measured=results.conclude(partial, holding.lines, holding.measured.as_of))
    own = {"units": [say(holding.lang, "parcelmap.outside") if name is None else name for name in part.names]}
    rows = np.arange(len(frame))
    shown_ = (
        common | own | payload.ground_of(part, rows, along=False) | payload.parcel_rows(part, rows) | {"large": False}
    )
    shown_ |= {
        "head": payload.head(part, section=True),
        "longest": None,
        "none": "",
        "legend": payload.legend(part, counts=False),
    }
    across = [row for row in whole["stretches"] if row[0] == one.line and row[3] > one.start_m and row[2] < one.end_m]
    bins = [
        row for row in whole["bins"] if row["line"] == one.line and row["to"] > one.start_m and row["from"] < one.end_m
    ]
    return shown_ | {
        "stretches": across,
        "bin": whole["bin"],
        "bins": bins,
        "nav": [[say(holding.lang, "parcelmap.nav_whole"), f"../{quote(first)}"]],
        "parts": [],
        "section": one.name,
    }


def _renumbered(data: dict[str, Any], rows: Ints) -> dict[str, Any]:
    """The blockers by their places on the page."""
    place = {int(row): n for n, row in enumerate(rows)}
    return _with_ends(data, lambda parcel: parcel | {"row": place[parcel["row"]]})


def _linked(data: dict[str, Any], cut: Sequence[Section]) -> dict[str, Any]:
    """The blockers with the addresses of the pages that draw them."""

    def link(parcel: dict[str, Any]) -> dict[str, Any]:
        path = next(one.path for one in cut if (one.rows == parcel["row"]).any())
        return parcel | {"row": -1, "href": f"{quote(path)}#p/{quote(parcel['id'], safe='')}"}

    return _with_ends(data, link)


def _with_ends(data: dict[str, Any], change: Any) -> dict[str, Any]:
    found = data["longest"]
    if found is None:
        return data
    ends = [end | {"parcels": [change(parcel) for parcel in end["parcels"]]} for end in found["ends"]]
    return data | {"longest": found | {"ends": ends}}


def _html(data: dict[str, Any], lang: Lang) -> str:
    words = {name: say(lang, f"parcelmap.{name}") for name in ("heading", "map_label", "map_words")}
    sheet = Sheet(lang, "page.html", words=words)
    sheet.header.add_child(
        Verbatim(f"<style>{static('charts.css')}\n{static('parcels.css')}</style>"), name="parcels-style"
    )
    sheet.html.add_child(Verbatim('<div class="folium-map" id="map_parcels"></div>'), name="map")
    sheet.html.add_child(Verbatim(data_script(data)), name="data")
    scripts = [f"<script>{static(name)}</script>" for name in ("dom.js", *_SCRIPTS)]
    sheet.html.add_child(Verbatim("\n".join(scripts)), name="page")
    return sheet.render()
