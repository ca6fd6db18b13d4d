"""What a page of parcels draws and says, as plain data: every number is written here, once, in the page's language.

The parcels stand in the order of the route.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pyproj

from lsinfra.codes import Stage
from lsinfra.numerals import number
from lsinfra.parcels import results
from lsinfra.parcels.account import hectares, later_among, rows_of
from lsinfra.parcels.land import NO_DAY, Ints
from lsinfra.parcels.model import JUT_M, NEAR_M, REACH_M, STAGES, Floats
from lsinfra.parcels.suppression import FEWEST, published
from lsinfra.quantities import Measure, share_text
from lsinfra.render import parcel_shapes as shapes
from lsinfra.render.parcel_holding import Holding
from lsinfra.render.parcel_tables import chainage_text
from lsinfra.render.payload import day_text
from lsinfra.text import Lang, say, words

HANDED_OVER, CLEAR = (1 + STAGES.index(stage) for stage in (Stage.HANDED_OVER, Stage.CLEAR))
"""Places of two stages among those of the page, of which the first is "not known"."""

_BINS_KM = (Fraction(1, 10), Fraction(1, 5), Fraction(1, 2), 1, 2, 5, 10, 20, 50, 100, 200)
_MOST_BINS = 72


def where(start_m: float, end_m: float) -> str:
    """``Km12+300 – Km14``, to the metre."""
    return f"{chainage_text(start_m)} – {chainage_text(end_m)}"


def whole(parts: Iterable[float]) -> Fraction:
    """An exact sum."""
    return sum(map(Fraction, parts), Fraction(0))


def kilometres(length_m: float, lang: Lang) -> str:
    return number(Fraction(length_m) / 1000, 2, lang)


def legend(holding: Holding, *, counts: bool) -> list[list[list[str]]]:
    """For the whole project and then for each of ``names``: of every stage, and at last of all, count and area.

    Empty texts where nothing is of the kind; a count that must not be published is ``parcelmap.withheld``.
    """
    told = published(holding.measured)
    tables = [told.wholes, *(_of_unit(told.areas, name) for name in holding.names)]
    return [_counted(holding, table, counts=counts) for table in tables]


def _of_unit(table: pd.DataFrame, name: str | None) -> pd.DataFrame:
    return table[table["unit"].isna() if name is None else table["unit"] == name]


def _counted(holding: Holding, table: pd.DataFrame, *, counts: bool) -> list[list[str]]:
    by_stage = {None if pd.isna(row.stage) else row.stage: row for row in rows_of(table)}
    rows = [by_stage.get(stage) for stage in (None, *Stage)]

    def count(value: Any) -> str:
        if not counts:
            return ""
        return say(holding.lang, "parcelmap.withheld") if pd.isna(value) else number(int(value), 0, holding.lang)

    said = [
        ["", ""] if row is None else [count(row.parcels), hectares(Fraction(row.area_m2), holding.lang)] for row in rows
    ]
    return [*said, [count(table["parcels"].sum(skipna=False)), hectares(whole(table["area_m2"]), holding.lang)]]


def head(holding: Holding, *, section: bool = False) -> list[dict[str, str]]:
    """The figures at the head of the page: area, then length (none of a section), each with its share and what of."""
    lang, measured = holding.lang, holding.measured
    total = whole(measured.wholes["area_m2"])
    done = whole(measured.wholes.loc[measured.wholes["stage"] == Stage.HANDED_OVER, "area_m2"])
    area = {"value": hectares(done, lang), "total": hectares(total, lang), "unit": "ha"}
    found = [
        {
            "name": say(holding.lang, "parcelmap.handed_over_area"),
            "big": share_text(done / total, Measure.AREA, lang),
            "text": say(holding.lang, "parcelmap.of", **area),
            "about": say(lang, "parcelmap.about_area_section" if section else "parcelmap.about_area"),
        }
    ]
    if section:
        return found
    length = measured.lengths.iloc[0] if len(measured.lengths) else None
    if length is None or pd.isna(length["length_m"]) or not length["length_m"]:
        none = without_length(holding)
        return [*found, {"name": say(lang, "parcelmap.cleared_length"), "big": "", "text": none, "about": ""}]
    parts = {name: kilometres(length[f"{name}_m"], lang) for name in results.STATES}
    told = {"value": parts["cleared"], "total": kilometres(length["length_m"], lang), "unit": "km"}
    share = Fraction(length["cleared_m"]) / Fraction(length["length_m"])
    return [
        *found,
        {
            "name": say(holding.lang, "parcelmap.cleared_length"),
            "big": share_text(share, Measure.LENGTH, lang),
            "text": say(holding.lang, "parcelmap.of", **told),
            "about": say(
                holding.lang, "parcelmap.about_length", uncleared=parts["uncleared"], unregistered=parts["unregistered"]
            ),
        },
    ]


def without_length(holding: Holding) -> str:
    """Why nothing can be said of the length."""
    return say(holding.lang, "parcelmap.sketched" if holding.lines.lines else "parcelmap.no_line")


def stretches(holding: Holding) -> list[list[Any]]:
    """Place of the line, that of the state in ``results.STATES``, from, to (m), where and how long in words."""
    numbers = {line.route: n for n, line in enumerate(holding.lines.lines)}
    return [
        [
            numbers[row.route],
            results.STATES.index(row.state),
            round(row.start_m, 2),
            round(row.end_m, 2),
            where(row.start_m, row.end_m),
            number(Fraction(row.end_m - row.start_m), 0, holding.lang),
        ]
        for row in rows_of(holding.measured.stretches)
    ]


def longest(holding: Holding) -> dict[str, Any] | None:
    """The longest stretch that is handed over without a break, and at each end what it ends at; None without any.

    An end is that of the route, a stretch of which the register has no parcel, or parcels that are not handed over: all
    that lie at the very end are named (by row, id and stage).
    """
    found = results.longest(holding.measured)
    if not len(found):
        return None
    best = found.iloc[0]
    lang, line = holding.lang, [one.route for one in holding.lines.lines].index(best["route"])
    return {
        "line": line,
        "from": round(best["start_m"], 2),
        "to": round(best["end_m"], 2),
        "length": kilometres(best["end_m"] - best["start_m"], lang),
        "where": where(best["start_m"], best["end_m"]),
        "route": best["route"] if len(holding.lines.lines) > 1 else "",
        "ends": [
            _end(holding, line, best["start_m"], best["before"], forward=False),
            _end(holding, line, best["end_m"], best["after"], forward=True),
        ],
    }


def _end(holding: Holding, line: int, at_m: float, beside: str | None, *, forward: bool) -> dict[str, Any]:
    """What is at an end of the longest stretch, beyond which the route is in the state ``beside``."""
    lang = holding.lang
    name = say(lang, "parcelmap.end_forward" if forward else "parcelmap.end_back", at=chainage_text(at_m))
    told = {"name": name, "parcels": []}
    if beside is None:
        return told | {"text": say(lang, "parcelmap.route_end" if forward else "parcelmap.route_begin")}
    start_m, end_m = _beyond(holding, line, at_m, forward=forward)
    if beside == results.UNREGISTERED:
        return told | {"text": say(lang, "parcelmap.unregistered_end", where=where(start_m, end_m))}
    rows = _blockers(holding, line, start_m if forward else end_m, forward=forward)
    few = len(rows) < FEWEST
    return told | {
        "text": say(lang, "parcelmap.blocked_few" if few else "parcelmap.blocked", count=number(len(rows), 0, lang)),
        "parcels": [{"row": row, "id": holding.ids[row], "stage": int(holding.stage[row])} for row in rows],
    }


def _beyond(holding: Holding, line: int, at_m: float, *, forward: bool) -> tuple[float, float]:
    """The stretch that a clear one ends at, from and to; what is as short as the rounding of a drawing is none."""
    table = holding.measured.stretches
    long = table["end_m"] - table["start_m"] > results.SAME_PLACE_M
    beyond = table["start_m"] >= at_m if forward else table["end_m"] <= at_m
    own = table[(table["route"] == holding.lines.lines[line].route) & long & beyond]
    found = own.iloc[0 if forward else -1]
    return float(found["start_m"]), float(found["end_m"])


def _blockers(holding: Holding, line: int, at_m: float, *, forward: bool) -> list[int]:
    """The rows of the parcels not handed over that lie along a line where a stretch of such begins, or across it."""
    own = holding.intervals
    own = own[(own["line"] == line) & (holding.stage[own["row"]] != HANDED_OVER)]
    near, far = (own["start_m"], own["end_m"]) if forward else (-own["end_m"], -own["start_m"])
    at = at_m if forward else -at_m
    # Those that begin there or lie across; what is within the rounding of a drawing is no gap.
    there = (near < at + results.SAME_PLACE_M) & (far > at + results.SAME_PLACE_M)
    return sorted(set(own.loc[there, "row"].tolist()))


def bins(holding: Holding) -> tuple[str, list[dict[str, Any]]]:
    """How long a bin is, in words, and the bins of every surveyed line: from, to, area of each stage (m² and words).

    A parcel counts as a whole in the bin in which the middle of its (longest) interval lies, whichever line that is on;
    one that lies along none counts in no bin.
    """
    lang, at = holding.lang, holding.longest_of
    ends = {
        route: (float(own["start_m"].min()), float(own["end_m"].max()))
        for route, own in holding.measured.stretches.groupby("route", sort=False)
    }
    if not ends:
        return "", []
    total = sum(high - low for low, high in ends.values())
    step_km = next((km for km in _BINS_KM if total / (1000 * km) <= _MOST_BINS), _BINS_KM[-1])
    step = float(1000 * step_km)
    stage, area = holding.stage[at.index], holding.land.area_m2[at.index]
    middle, line = ((at["start_m"] + at["end_m"]) / 2).to_numpy(), at["line"].to_numpy()
    found = []
    for number_, one in enumerate(holding.lines.lines):
        if one.route not in ends:
            continue
        low, high = ends[one.route]
        # An end that is within the rounding of a drawing beyond a tick makes no bin of its own.
        first = math.floor((low + results.SAME_PLACE_M) / step)
        last = max(first + 1, math.ceil((high - results.SAME_PLACE_M) / step))
        own = line == number_
        bin_ = np.clip(np.floor(middle[own] / step).astype(np.int64), first, last - 1) - first
        sums = np.bincount(bin_ * 6 + stage[own], weights=area[own], minlength=(last - first) * 6).reshape(-1, 6)
        for place_, sizes in enumerate(sums):
            start, end = (first + place_) * step, (first + place_ + 1) * step
            start, end = low if place_ == 0 else start, high if place_ == last - first - 1 else end
            found.append(
                {
                    "line": number_,
                    "from": round(start, 2),
                    "to": round(end, 2),
                    "where": where(start, end),
                    "areas": [round(size) for size in sizes],
                    "texts": [hectares(Fraction(size), lang) if size else "" for size in sizes],
                    "total": round(sum(sizes)),
                    "sum": hectares(whole(sizes), lang),
                }
            )
    return number(step_km, None, lang) + " km", found


# --- the page --------------------------------------------------------------------------------------------------------


def parcel_rows(holding: Holding, rows: Ints) -> dict[str, Any]:
    """The parcels of a page as columns, with their shapes, and what their columns refer to.

    ``places`` are line, from and to (whole m) of the first interval of each, −1 for none; ``more`` row, line, from, to
    of the others.
    """
    lang = holding.lang
    days, day = np.unique(holding.land.day[rows], return_inverse=True)
    groups = sorted({holding.belongs[row] for row in rows})
    group_of = {group: n for n, group in enumerate(groups)}
    new = np.full(len(holding.land), -1)
    new[rows] = np.arange(len(rows))
    own = holding.intervals[new[holding.intervals["row"]] >= 0]
    told = [
        [int(new[one.row]), one.line, round(one.start_m), round(one.end_m)]
        for one in rows_of(own.sort_values("row", kind="stable"))
    ]
    first: list[list[int]] = [[-1, 0, 0]] * len(rows)
    more = []
    seen: set[int] = set()
    for row, *spot in told:
        if row in seen:
            more.append([row, *spot])
        else:
            first[row] = spot
            seen.add(row)
    stage = holding.stage[rows]
    return {
        "parcels": {
            "ids": [holding.ids[row] for row in rows],
            "stages": stage.tolist(),
            "days": np.where(stage == 0, -1, day).tolist(),
            "areas": [number(Fraction(area), 1, lang) for area in holding.land.area_m2[rows].tolist()],
            "units": shapes.column([group_of[holding.belongs[row]] for row in rows]),
            "lines": shapes.column([spot[0] for spot in first]),
            "starts": [spot[1] for spot in first],
            "lengths": [spot[2] - spot[1] for spot in first],
            "more": more,
            **shapes.rings(holding.land.shapes(rows), holding.units.crs),
        },
        "days": ["" if one == NO_DAY else day_text(date(1970, 1, 1) + timedelta(int(one)), lang) for one in days],
        "groups": [list(group) for group in groups],
        "typical_m": float(np.sqrt(np.median(holding.land.area_m2[rows]))) if len(rows) else 1.0,
    }


def ground_of(holding: Holding, rows: Ints, *, along: bool) -> dict[str, Any]:
    """What some parcels lie on: lines, borders, names, and the bounds (south, west, north, east) of it all.

    Parameters
    ----------
    along
        Whether all of the route belongs to it.
    """
    lines = holding.lines.lines
    corners = np.concatenate([_corners(holding, rows), *(line.xy for line in lines if along)])
    box = (*corners.min(axis=0), *corners.max(axis=0))
    borders, names = shapes.borders(holding.units, {name for name in holding.names if name is not None}, box)
    return {
        "lines": [shapes.chain(line, holding.units.crs) for line in lines],
        "borders": borders,
        "names": names,
        "bounds": shapes.bounds(holding.units.crs, box),
    }


def bounds_of(holding: Holding, rows: Ints) -> list[float]:
    """South, west, north, east of some parcels, in degrees."""
    return shapes.bounds(holding.units.crs, _corners(holding, rows).ravel().tolist())


def _corners(holding: Holding, rows: Ints) -> Floats:
    west, south, east, north = holding.land.bounds[:, rows]
    return np.array([[west.min(), south.min()], [east.max(), north.max()]])


def page_data(holding: Holding) -> dict[str, Any]:
    """What every page of the project says alike."""
    lang, measured = holding.lang, holding.measured
    stages = [say(holding.lang, "parcelmap.stage_unknown"), *(stage.write(lang) for stage in Stage)]
    return {
        "lang": lang,
        "words": {
            key.removeprefix("ui."): text for key, text in words(lang, "parcelmap").items() if key.startswith("ui.")
        },
        "title": holding.title,
        "project": holding.project if holding.title != holding.project else "",
        "as_of": say(holding.lang, "parcelmap.as_of", day=day_text(measured.as_of, lang))
        if measured.as_of
        else say(holding.lang, "parcelmap.undated"),
        "stages": [text[:1].upper() + text[1:] for text in stages],
        "units": [say(holding.lang, "parcelmap.outside") if name is None else name for name in holding.names],
        "unmeasured": "" if len(measured.stretches) else without_length(holding),
        "notes": notes(holding),
    }


def _crs_name(crs: object) -> str:
    """``EPSG:9215``; its name where no authority has it."""
    found = pyproj.CRS.from_user_input(crs)
    code = found.to_authority(min_confidence=100)
    return ":".join(code) if code else found.name


def _told(count: int, lang: Lang) -> str:
    """A count on a page that anybody may see."""
    return say(lang, "parcelmap.withheld") if count < FEWEST else number(count, 0, lang)


def notes(holding: Holding) -> list[str]:
    """What must be known to read the figures: where they are from, what they mean, what is left out."""
    lang, measured = holding.lang, holding.measured
    corridors = sorted({line.corridor_m for line in holding.lines.lines if line.corridor_m is not None})
    length = measured.lengths.iloc[0] if len(measured.lengths) else None
    off = 0 if length is None or pd.isna(length["length_m"]) else int(length["off_route"])
    late = later_among(holding.frame, holding.day) if holding.day else None
    said = [
        say(
            holding.lang,
            "parcelmap.note_source",
            file=holding.source,
            crs=_crs_name(holding.frame.crs),
            metric=_crs_name(holding.units.crs),
        ),
        say(holding.lang, "parcelmap.note_stage"),
        say(holding.lang, "parcelmap.note_clear") if (holding.stage == CLEAR).any() else "",
        say(holding.lang, "parcelmap.note_area"),
        say(holding.lang, "parcelmap.note_length") if len(measured.stretches) else "",
        say(lang, "parcelmap.note_several_lines") if measured.stretches["route"].nunique() > 1 else "",
        say(
            holding.lang,
            "parcelmap.note_corridor",
            jut=number(Fraction(JUT_M), None, lang),
            metres=" / ".join(number(Fraction(one), None, lang) for one in corridors),
        )
        if corridors
        else "",
        say(
            lang,
            "parcelmap.note_no_corridor",
            far=number(Fraction(REACH_M), 0, lang),
            near=number(Fraction(NEAR_M), 0, lang),
        )
        if any(line.corridor_m is None and line.accuracy == "survey" for line in holding.lines.lines)
        else "",
        say(lang, "parcelmap.note_off_route", count=_told(off, lang)) if off else "",
        say(lang, "parcelmap.note_later", day=day_text(late.day, lang), count=_told(late.parcels, lang))
        if late and late.parcels
        else "",
        say(lang, "parcelmap.note_repaired", count=_told(measured.repaired, lang)) if measured.repaired else "",
        say(lang, "parcelmap.note_overlaps"),
        say(holding.lang, "parcelmap.note_withheld", fewest=FEWEST),
        say(lang, "parcelmap.note_columns"),
        say(lang, "parcelmap.note_searched") if holding.searched else "",
    ]
    return [one for one in said if one]
