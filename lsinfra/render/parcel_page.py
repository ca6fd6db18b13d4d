"""The page of a project's parcels: one file, or of many parcels one page for the whole and one for each section.

Up to ``MOST`` parcels are drawn one by one. Of more the page shows the route by bins of its chainage and leads to the
pages of the sections, which lie in a folder beside it, named as the file is.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from lsinfra import files
from lsinfra.errors import RunError, why
from lsinfra.numerals import shown
from lsinfra.parcels import kernel, results
from lsinfra.parcels.account import hectares
from lsinfra.parcels.land import Ints
from lsinfra.parcels.model import Lines, Units
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
INDEXED = 200_000
"""Parcels whose ids the first page of several knows at most, to tell on which page each is drawn."""

_ROOMS = ("ground", "canvas", "layer", "parts", "cards", "tools", "strip", "tables", "page")
_OURS = ".lsinfra-pages"
"""In a folder of sections: the names of the files in it that were written here, a line each."""


class ParcelPageError(RunError):
    """There is nothing to be drawn, or no one file for it; its sentence is under ``parcelmap.``."""

    group = "parcelmap"


@dataclass(frozen=True, eq=False)
class Section:
    """The parcels of one page of several: a run along one line, or of those that lie along none (``line`` −1)."""

    rows: Ints
    line: int
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
    searched: bool = False,
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
    searched
        Whether the ids were searched for personal data, which is then said on the page.
    tell
        Told how many steps are done, and of how many: to measure is the first, each page another.

    Raises
    ------
    ParcelPageError
        The project has no parcels.
    InputError
        There are parcels that cannot be measured.
    """
    if not len(frame):
        raise ParcelPageError("no_parcels", project=shown(project), file=source)
    tell(0, 2)
    holding = gather(project, frame, units, lines, source, as_of, title or project, lang, day, searched=searched)
    cut = [] if len(frame) <= most else sections(holding, section, f"{Path(name).stem}-sections")
    tell(1, 2 + len(cut))
    common = payload.page_data(holding)
    whole = common | {
        "head": payload.head(holding),
        "longest": payload.longest(holding),
        "none": common["unmeasured"] or say(lang, "parcelmap.no_cleared"),
        "legend": payload.legend(holding, counts=True),
        "stretches": payload.stretches(holding),
        "nav": [],
        "parts": [],
        "section": "",
        "spans": [],
        "others": [],
    }
    whole["bin"], whole["bins"] = payload.bins(holding)
    if not cut:
        rows = holding.order
        whole |= payload.ground_of(holding, rows, along=True) | payload.parcel_rows(holding, rows) | {"large": False}
        return {name: _html(_renumbered(whole, rows), lang)}
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
        tell(1 + len(told), 2 + len(cut))
        told[one.path] = _html(_section_data(holding, common, whole, one, cut, name), lang)
    return told


def see_folder(out: Path) -> None:
    """See that a page can be written to a place, before anything is made of it.

    Raises
    ------
    RunError
        Its folder is not there.
    """
    if not out.parent.is_dir():
        raise RunError("no_folder", path=out, folder=out.parent)


def write(made: Mapping[str, str], folder: Path) -> list[Path]:
    """Write the pages of a project (``pages``) into a folder, which must be there; those of an earlier run go.

    All are written beside first and then given their names; where that fails, the earlier ones get theirs back.

    Raises
    ------
    ParcelPageError
        Where the folder of the sections must be there is something that was not written here. It stays as it is.
    RunError
        No room, no right.
    """
    first, *others = made
    # What a link leads to is replaced, never the link; the sections lie where the reader's address is.
    out = Path(os.path.realpath(folder / first))
    beside = folder / f"{Path(first).stem}-sections"
    earlier = _is_ours(beside)
    if others and not earlier and os.path.lexists(beside):
        raise ParcelPageError("not_ours", path=folder / first, folder=beside)
    new, old = _aside(beside), _aside(beside)
    steps = [(beside, old)] if earlier else []
    part: Path | None = None
    try:
        if others:
            steps.append((new, beside))
            _write_sections(new, {Path(path).name: made[path] for path in others})
        part = files.write_beside(out, made[first].encode())
        files.sweep(out.parent, glob.escape(out.name[: files.NAMED]), part)
        _sweep(beside)
        _rename([*steps, (part, out)])
    except OSError as error:
        raise RunError("unwritable", path=folder / first, reason=why(error)) from None
    finally:
        _remove(new)
        if part is not None:
            files.remove(part)
    files.settle(folder, out.parent)
    _remove(old)
    return [folder / path for path in made]


def _write_sections(folder: Path, pages_: Mapping[str, str]) -> None:
    folder.mkdir()
    try:
        files.write_new(folder / _OURS, "".join(f"{name}\n" for name in pages_).encode())
    except BaseException:
        folder.rmdir()
        raise
    for name, page in pages_.items():
        files.write_new(folder / name, page.encode())
    files.settle(folder)


def _rename(steps: Sequence[tuple[Path, Path]]) -> None:
    """Give each its new name, one after another; if one cannot have it the others get their old ones back."""
    done: list[tuple[Path, Path]] = []
    try:
        for path, name in steps:
            path.replace(name)
            done.append((path, name))
    except BaseException:
        for path, name in reversed(done):
            with suppress(OSError):
                name.replace(path)
        raise


def _aside(folder: Path) -> Path:
    """A name of its own beside a folder, as that of a file that is being written (``files.write_beside``)."""
    return folder.parent / f".{folder.name[: files.NAMED]}.{os.getpid()}-{os.urandom(8).hex()}.part"


def _is_ours(folder: Path) -> bool:
    """Whether a folder was written here, and nothing is in it that was not."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    try:
        names = {_OURS, *(folder / _OURS).read_text("utf-8").split("\n")}
        return all(path.name in names and path.is_file() and not path.is_symlink() for path in folder.iterdir())
    except (OSError, UnicodeDecodeError):
        return False


def _remove(folder: Path) -> None:
    """Remove a folder if it was written here, and the pages in it; what cannot be removed is left behind."""
    if not _is_ours(folder):
        return
    with suppress(OSError):
        for path in folder.iterdir():
            if path.name != _OURS:
                path.unlink()
        (folder / _OURS).unlink()
        folder.rmdir()


def _sweep(folder: Path) -> None:
    """Remove what runs that were killed left beside a folder; what is less than a day old may be of one at work."""
    now = folder.parent.stat().st_mtime
    for left in folder.parent.glob(f".{glob.escape(folder.name[: files.NAMED])}.*.part"):
        with suppress(OSError):
            if now - left.stat().st_mtime > files.LEFT_BEHIND_S:
                _remove(left)


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
            if number_ >= 0:
                name = payload.where(float(at.loc[rows, "start_m"].min()), float(at.loc[rows, "end_m"].max()))
            else:
                key = "parcelmap.off_route_section" if len(at) else "parcelmap.unplaced_section"
                name = say(holding.lang, key, number=len(found) + 1)
            found.append(Section(rows, number_, name, f"{folder}/{len(found) + 1:03}.html"))
    return found


def _spans(holding: Holding, rows: Ints) -> list[list[float]]:
    """Every line along which some of these parcels lie, and from where to where (m)."""
    own = holding.intervals[holding.intervals["row"].isin(rows)]
    ends = own.groupby("line").agg(start_m=("start_m", "min"), end_m=("end_m", "max"))
    return [[int(line), round(start, 2), round(end, 2)] for line, start, end in ends.itertuples()]


def _told(holding: Holding, one: Section) -> dict[str, Any]:
    """A section as its row of the table says it. Without its count: less those of the others it would be in the sum."""
    lang, area, over = holding.lang, holding.land.area_m2[one.rows], holding.stage[one.rows] == HANDED_OVER
    done, total = payload.whole(area[over]), payload.whole(area)
    figures = {"value": hectares(done, lang), "total": hectares(total, lang), "unit": "ha"}
    return {
        "line": one.line,
        "spans": _spans(holding, one.rows),
        "name": one.name,
        "href": quote(one.path),
        "ids": [holding.ids[row] for row in one.rows] if len(holding.ids) <= INDEXED else [],
        "box": payload.bounds_of(holding, one.rows),
        "done": f"{say(lang, 'parcelmap.of', **figures)} ({share_text(done / total, Measure.AREA, lang)})",
    }


def _section_data(
    holding: Holding,
    common: dict[str, Any],
    whole: dict[str, Any],
    one: Section,
    cut: Sequence[Section],
    first: str,
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
        "longest": _longest_there(whole, one),
        "none": "",
        "legend": payload.legend(part, counts=False),
    }
    spans = _spans(holding, one.rows)
    bins = [row for row in whole["bins"] if _meets(spans, row["line"], row["from"], row["to"])]
    # The band below the bars goes as far as they do.
    reach = [*spans, *([row["line"], row["from"], row["to"]] for row in bins)]
    across = [row for row in whole["stretches"] if _meets(reach, row[0], row[2], row[3])]
    others = [
        {"spans": _spans(holding, other.rows), "name": other.name, "href": quote(Path(other.path).name)}
        for other in cut
        if other is not one
    ]
    return shown_ | {
        "stretches": across,
        "bin": whole["bin"],
        "bins": bins,
        "nav": [[say(holding.lang, "parcelmap.nav_whole"), f"../{quote(first)}"]],
        "parts": [],
        "section": one.name,
        "spans": spans,
        "others": others,
    }


def _meets(spans: Sequence[Sequence[float]], line: int, start: float, end: float) -> bool:
    """Whether some of a line is within one of several spans."""
    return any(line == of and start < high and end > low for of, low, high in spans)


def _longest_there(whole: dict[str, Any], one: Section) -> dict[str, Any] | None:
    """The longest stretch on the page of a section that draws a parcel at its ends; of those only what it draws."""
    place = {int(row): n for n, row in enumerate(one.rows)}
    if whole["longest"] is None:
        return None
    ends = [
        end
        | {"parcels": [parcel | {"row": place[parcel["row"]]} for parcel in end["parcels"] if parcel["row"] in place]}
        for end in whole["longest"]["ends"]
    ]
    return whole["longest"] | {"ends": ends} if any(end["parcels"] for end in ends) else None


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
    words = {name: say(lang, f"parcelmap.{name}") for name in ("heading", "map_label")}
    words["map_words"] = say(lang, "parcelmap.map_words_large" if data["large"] else "parcelmap.map_words")
    sheet = Sheet(lang, "page.html", words=words)
    sheet.header.add_child(
        Verbatim(f"<style>{static('charts.css')}\n{static('parcels.css')}</style>"), name="parcels-style"
    )
    sheet.html.add_child(Verbatim('<div class="folium-map" id="map_parcels"></div>'), name="map")
    sheet.html.add_child(Verbatim(data_script(data)), name="data")
    scripts = [f"<script>{static(name)}</script>" for name in ("dom.js", *(f"parcel_{room}.js" for room in _ROOMS))]
    sheet.html.add_child(Verbatim("\n".join(scripts)), name="page")
    return sheet.render()
