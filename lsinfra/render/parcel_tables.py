"""The figures of a parcel register as JSON, rows and terminal tables.

Keys are never translated; ``lsinfra.parcels/1`` changes its number when a key does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pandas as pd

from lsinfra.errors import Severity
from lsinfra.numerals import half_up, number
from lsinfra.parcels.account import HECTARE_M2, Account, Remark, Share, hectares, rows_of
from lsinfra.parcels.metric import crs_name
from lsinfra.parcels.model import HANDED_OVER, STAGES
from lsinfra.parcels.suppression import FEWEST
from lsinfra.quantities import SHOWN_IN, Measure
from lsinfra.render.payload import day_text
from lsinfra.render.rows import Rows
from lsinfra.render.writing import Fitted, as_json, cells, heads, rich_table
from lsinfra.text import Lang, printable, say

if TYPE_CHECKING:
    from rich.console import RenderableType

SCHEMA = "lsinfra.parcels/1"

_KM_M = 1000
_HA_DECIMALS, _KM_DECIMALS = 10, 9
_HIDDEN = "…"
MOST_ROWS, MOST_PROJECTS = 5_000, 500
"""Of more areas a table on a terminal leaves out the units, of more projects it shows the first."""
_TOLD = 3
"""Remarks of one kind that are told one by one."""


# --- JSON and rows ---------------------------------------------------------------------------------------------------


def parcels_json(found: Account, lang: Lang) -> str:
    """Everything as JSON: areas in ha (ten decimals), lengths and chainage in km (nine), null what is not known."""
    measured = found.measured
    return as_json(
        {
            "schema": SCHEMA,
            **_head(found),
            "rows": _areas(measured.areas),
            "totals": _areas(measured.wholes),
            "lengths": _lengths(measured.lengths),
            "stretches": _stretches(measured.stretches),
            "longest": _longest(found.longest),
            "findings": [
                {
                    "code": remark.code,
                    "severity": remark.severity.value,
                    "project": remark.project,
                    "parcels": remark.amount.parcels if remark.amount else None,
                    "area_ha": _known(remark.amount.area_m2, HECTARE_M2, _HA_DECIMALS) if remark.amount else None,
                    "message": remark.message(lang),
                }
                for remark in found.remarks
            ],
        }
    )


def parcels_rows(found: Account) -> Rows:
    """The areas of units, those of whole projects, the lengths and the stretches, with the keys of the JSON."""
    measured = found.measured
    kinds = {
        "area": _areas(measured.areas),
        "total": _areas(measured.wholes),
        "length": _lengths(measured.lengths),
        "stretch": _stretches(measured.stretches),
    }
    return Rows(SCHEMA, [{"kind": kind} | row for kind, rows in kinds.items() for row in rows], _head(found))


def _head(found: Account) -> dict[str, Any]:
    as_of = found.measured.as_of
    return {
        "as_of": as_of.isoformat() if as_of else None,
        "register": found.register,
        "metric_crs": found.metric_crs,
        "public": found.public,
    }


def _areas(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of ``areas``, or of ``wholes``: these have no unit."""
    with_unit = "unit" in table.columns
    return [
        {"project": row.project}
        | ({"unit": _text(row.unit)} if with_unit else {})
        | {
            "stage": _text(row.stage),
            "area_ha": _known(row.area_m2, HECTARE_M2, _HA_DECIMALS),
            "parcels": _count(row.parcels),
            "newest": day.isoformat() if (day := _day(row.newest)) else None,
        }
        for row in rows_of(table)
    ]


def _lengths(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "project": row.project,
            "length_km": _known(row.length_m, _KM_M, _KM_DECIMALS),
            "cleared_km": _known(row.cleared_m, _KM_M, _KM_DECIMALS),
            "uncleared_km": _known(row.uncleared_m, _KM_M, _KM_DECIMALS),
            "unregistered_km": _known(row.unregistered_m, _KM_M, _KM_DECIMALS),
            "parcels_off_route": _off_route(row),
        }
        for row in rows_of(table)
    ]


def _off_route(row: Any) -> int | None:
    """How many parcels are too far from the routes of a project; None also where it has none that is surveyed."""
    return None if pd.isna(row.length_m) else _count(row.off_route)


def _stretches(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{"project": row.project, "route": row.route, "state": row.state} | _ends(row) for row in rows_of(table)]


def _longest(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {"project": row.project, "route": row.route}
        | _ends(row)
        | {"before": _text(row.before), "after": _text(row.after)}
        for row in rows_of(table)
    ]


def _ends(row: Any) -> dict[str, Any]:
    return {
        "start_km": _known(row.start_m, _KM_M, _KM_DECIMALS),
        "end_km": _known(row.end_m, _KM_M, _KM_DECIMALS),
    }


def _known(value: Any, factor: int, decimals: int) -> float | None:
    """A measured number in the unit it is told in; None for what is not known (NaN, NA)."""
    return None if pd.isna(value) else round(float(value) / factor, decimals)


def _count(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else value


def _day(value: Any) -> date | None:
    return None if pd.isna(value) else value.date()


# --- the remarks -----------------------------------------------------------------------------------------------------


def remark_lines(remarks: Iterable[Remark], lang: Lang, *, every: bool = False) -> Iterator[str]:
    """The remarks for a reader: of those alike the first few, with how many more there are.

    ``every``: also the notes on single projects, what they tell being in the table.
    """
    alike: dict[str, list[Remark]] = defaultdict(list)
    for remark in remarks:
        if every or remark.project is None or remark.severity is not Severity.INFO:
            alike[remark.code].append(remark)
    for some in alike.values():
        rest = len(some) - _TOLD
        for place, remark in enumerate(some[:_TOLD], start=1):
            message = remark.message(lang)
            if place == _TOLD and rest:
                message = say(lang, "parcels.more", message=message, count=number(rest, 0, lang))
            yield say(lang, "parcels.line", severity=say(lang, f"word.severity.{remark.severity}"), message=message)


# --- the tables ------------------------------------------------------------------------------------------------------


@dataclass
class _Line:
    """One line of the table of areas: a unit of a project, or all of the project."""

    area_m2: dict[str | None, Fraction] = field(default_factory=dict)
    parcels: dict[str | None, int | None] = field(default_factory=dict)
    newest: date | None = None

    def add(self, row: Any) -> None:
        stage, day = _text(row.stage), _day(row.newest)
        self.area_m2[stage], self.parcels[stage] = Fraction(row.area_m2), _count(row.parcels)
        self.newest = max(filter(None, (self.newest, day)), default=None)


def parcels_tables(found: Account, lang: Lang) -> list[RenderableType]:
    """The areas of each project and its units by stage, the lengths, the longest cleared stretches, for a terminal.

    Of very many units or projects a part is shown, and said to be one.
    """
    from rich.text import Text

    measured = found.measured
    notes = [say(lang, "parcels.table.cleared_note"), say(lang, "parcels.table.overlaps_note")]
    notes += [remark.message(lang) for remark in found.remarks if remark.code == "later"]
    if len(measured.areas) > MOST_ROWS:
        found = replace(found, measured=replace(measured, areas=measured.areas.iloc[:0]))
        notes.append(say(lang, "parcels.table.without_units"))
    projects = measured.lengths["project"]
    if len(projects) > MOST_PROJECTS:
        found = _of(found, set(projects.iloc[:MOST_PROJECTS]))
        notes.append(
            say(
                lang, "parcels.table.cut", shown=number(MOST_PROJECTS, 0, lang), projects=number(len(projects), 0, lang)
            )
        )
    if found.public:
        notes.append(say(lang, "parcels.table.suppressed_note", fewest=FEWEST))
    parts = [_area_table(found, lang), _length_table(found, lang), _longest_table(found, lang)]
    return [*(part for part in parts if part.table.row_count), *map(Text, notes)]


def _of(found: Account, projects: set[str]) -> Account:
    """The same of some projects."""
    tables = {name: getattr(found.measured, name) for name in ("areas", "wholes", "stretches", "lengths")}
    some = {name: table[table["project"].isin(projects)] for name, table in tables.items()}
    longest = found.longest[found.longest["project"].isin(projects)]
    return replace(found, measured=replace(found.measured, **some), longest=longest)


def _area_table(found: Account, lang: Lang) -> Fitted:
    measured = found.measured
    lines: dict[tuple[str, bool, str | None], _Line] = defaultdict(_Line)
    for row in rows_of(measured.wholes):
        lines[row.project, False, None].add(row)
    for row in rows_of(measured.areas):
        lines[row.project, True, _text(row.unit)].add(row)
    present = {stage for line in lines.values() for stage in line.area_m2}
    stages = [stage for stage in (*STAGES, None) if stage in present]
    words = {"register": printable(found.register), "crs": crs_name(found.metric_crs)}
    title = say(lang, "parcels.table.areas_undated", **words)
    if measured.as_of:
        title = say(lang, "parcels.table.areas", date=day_text(measured.as_of, lang), **words)
    several = measured.areas.groupby("project")["unit"].nunique()
    shown: list[tuple[tuple[str, str], _Line]] = []
    for project, is_part, unit in sorted(lines, key=_place):
        if is_part and unit is None and not several.get(project):
            continue  # no unit is known there: it would be the whole project once more
        name = say(lang, "parcels.table.outside") if unit is None else printable(unit)
        name = name if is_part else say(lang, "parcels.table.whole")
        shown.append(((printable(project), name), lines[project, is_part, unit]))
    table = rich_table(
        title,
        [
            *heads(lang, "project", "part"),
            *_heads(lang, "registered", "handed_over_share"),
            *(_stage(stage, lang) for stage in stages),
            *_heads(lang, "newest"),
        ],
    )
    for names, line in shown:
        table.add_row(*cells(*names, *_cells(line, stages, lang)))
    return Fitted(table, lambda: _long_table(title, shown, stages, lang))


def _long_table(
    title: str, lines: Iterable[tuple[tuple[str, str], _Line]], stages: Iterable[str | None], lang: Lang
) -> Any:
    """The same with a row for each stage, where the terminal has no room for a column."""
    columns = [*heads(lang, "project", "part"), *_heads(lang, "stage", "area", "handed_over_share", "newest")]
    table = rich_table(title, columns)
    for names, line in lines:
        whole, share, *_, newest = _cells(line, (), lang)
        table.add_row(*cells(*names, say(lang, "parcels.table.registered"), whole, share, newest))
        for stage in stages:
            if stage in line.area_m2:
                area = _cell(line.area_m2[stage], line.parcels[stage], lang)
                table.add_row(*cells(*names, _stage(stage, lang), area, "", ""))
    return table


def _stage(stage: str | None, lang: Lang) -> str:
    return say(lang, f"word.stage.{stage}") if stage else say(lang, "parcels.table.no_stage")


def _place(key: tuple[str, bool, str | None]) -> tuple[str, bool, bool, str]:
    """Of a project the whole first, what lies in no unit last."""
    project, is_part, unit = key
    return project, is_part, unit is None, unit or ""


def _cells(line: _Line, stages: Iterable[str | None], lang: Lang) -> Iterator[str]:
    whole = sum(line.area_m2.values(), Fraction(0))
    counts = list(line.parcels.values())
    yield _cell(whole, None if None in counts else sum(filter(None, counts)), lang)
    yield Share(line.area_m2.get(HANDED_OVER, Fraction(0)) / whole).write(lang) if whole else ""
    for stage in stages:
        yield _cell(line.area_m2[stage], line.parcels[stage], lang) if stage in line.area_m2 else ""
    yield day_text(line.newest, lang) if line.newest else ""


def _cell(area_m2: Fraction, parcels: int | None, lang: Lang) -> str:
    return f"{hectares(area_m2, lang)} ({_HIDDEN if parcels is None else number(parcels, 0, lang)})"


def _length_table(found: Account, lang: Lang) -> Fitted:
    table = rich_table(
        say(lang, "parcels.table.lengths"),
        [
            *heads(lang, "project"),
            *_heads(lang, "length", "cleared", "uncleared", "unregistered", "off_route"),
        ],
    )
    for row in rows_of(found.measured.lengths):
        figures = [say(lang, "parcels.table.unknown")] * 5
        if not pd.isna(row.length_m):
            parts, off = (row.cleared_m, row.uncleared_m, row.unregistered_m), _count(row.off_route)
            figures = [
                _kilometres(row.length_m, lang),
                *(_part(part, row.length_m, lang) for part in parts),
                _HIDDEN if off is None else number(off, 0, lang),
            ]
        table.add_row(*cells(printable(row.project), *figures))
    return Fitted(table)


def _part(part_m: float, whole_m: float, lang: Lang) -> str:
    """A length with its share of the route: ``12,345 (20,58%)``."""
    share = f" ({Share(Fraction(part_m) / Fraction(whole_m)).write(lang)})" if whole_m else ""
    return _kilometres(part_m, lang) + share


def _kilometres(metres: float, lang: Lang) -> str:
    """A length to the metre; what is more than none is no 0, as with ``hectares``."""
    least = Fraction(1, _KM_M)
    length = Fraction(metres) / _KM_M
    return f"< {number(least, 3, lang)}" if 0 < length < least else number(length, 3, lang)


def _longest_table(found: Account, lang: Lang) -> Fitted:
    columns = [*heads(lang, "project"), *_heads(lang, "route", "from", "to", "length")]
    table = rich_table(say(lang, "parcels.table.longest"), columns)
    for row in rows_of(found.longest):
        ends = (chainage_text(row.start_m), chainage_text(row.end_m))
        length = f"{_kilometres(row.end_m - row.start_m, lang)} {SHOWN_IN[Measure.LENGTH].write(lang)}"
        table.add_row(*cells(printable(row.project), printable(row.route), *ends, length))
    return Fitted(table)


def chainage_text(metres: float) -> str:
    """A place on a route to the metre, half up: ``Km18+500``; before Km0 with a minus sign."""
    whole = half_up(Fraction(metres), 0)
    km, rest = divmod(abs(whole), 1000)
    return f"{'-' if whole < 0 else ''}Km{km}" + (f"+{rest:03}" if rest else "")


def _heads(lang: Lang, *names: str) -> list[str]:
    return [say(lang, f"parcels.table.{name}") for name in names]
