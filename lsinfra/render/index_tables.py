"""History and changes out of the index as JSON, rows and terminal tables.

Keys are never translated; ``lsinfra.history/1`` and ``lsinfra.week_changes/1`` change their numbers when a key does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

from lsinfra.codes import TotalKind
from lsinfra.index import CELLS, Brought, Cell, CellChange, Changes, Held, History, LandChange, MoneyChange, MoneyRow
from lsinfra.progress import Rate
from lsinfra.quantities import Measure
from lsinfra.render.payload import day_text, percent_stated, rate_text, share_words
from lsinfra.render.rows import Rows
from lsinfra.render.writing import (
    as_json,
    cells,
    grown,
    heads,
    observed_text,
    rich_table,
    share_number,
)
from lsinfra.text import Lang, say
from lsinfra.weeks import Week

if TYPE_CHECKING:
    from rich.console import RenderableType

HISTORY_SCHEMA = "lsinfra.history/1"
CHANGES_SCHEMA = "lsinfra.week_changes/1"

_SAID = ("share", "stated_percent", "about", "observed", "stale", "source")
_LAND = ("value", "total", "total_low", "total_high", "total_kind", *_SAID)
_MONEY = ("value_vnd", "plan_vnd", "plan_low_vnd", "plan_high_vnd", "plan_kind", *_SAID)
_PLACE = ("project", "section", "unit", "stage", "measure")
_LINE = ("project", "plan_year", "base", "funding", "closes")

One = TypeVar("One", Cell, MoneyRow)


def brought_lines(brought: Brought, lang: Lang) -> list[str]:
    """What bringing the index up did, which weeks went or are not this folder's, why each file was passed over."""
    lines = [say(lang, "index.brought.passed_over", reason=fault) for fault in brought.passed_over]
    done = {"weeks": brought.weeks, "written": len(brought.written), "removed": len(brought.removed)}
    lines.append(say(lang, "index.brought.done", path=brought.name, **done))
    if brought.removed:
        lines.append(say(lang, "index.brought.removed", weeks=", ".join(week.iso for week in brought.removed)))
    if brought.newer:
        lines.append(say(lang, "index.brought.newer", weeks=", ".join(week.iso for week in brought.newer)))
    if brought.kept:
        lines.append(say(lang, "index.brought.kept", weeks=", ".join(week.iso for week in brought.kept)))
    return lines


# --- history -----------------------------------------------------------------------------------------------


def history_json(history: History) -> str:
    """One project over the weeks as JSON: ``weeks`` that the index holds, ``clearance``, ``disbursement``.

    Areas in ha, lengths in km, money in đồng, shares 0–1; null is what nobody published. ``stale`` is as the snapshot
    of that week had it, ``source`` the key of the source. A week without a row of some figure did not have it.
    """
    return as_json(
        {
            "schema": HISTORY_SCHEMA,
            "project": history.project,
            "weeks": [_week_record(held) for held in history.weeks],
            "clearance": list(_land_history(history)),
            "disbursement": list(_money_history(history)),
        }
    )


def history_rows(history: History) -> Rows:
    """The rows of the JSON as one table; ``kind`` is clearance or disbursement."""
    rows = [{"kind": "clearance", **row} for row in _land_history(history)]
    rows += [{"kind": "disbursement", **row} for row in _money_history(history)]
    return Rows(HISTORY_SCHEMA, rows, {"project": history.project})


def history_table(history: History, lang: Lang) -> list[RenderableType]:
    """Land and money of a project as tables for a terminal, the weeks in which a figure stayed the same as one line.

    A line counts its weeks with a snapshot: between the first and the last of them others may have none. The same
    figure of another date or source, or gone stale, is another line.
    """
    title = history.title.write(lang)
    tables = []
    places: dict[tuple[Any, ...], list[tuple[Week, Cell]]] = {}
    for row in history.land:
        for cell in row.cells().values():
            name = row.unit or row.section or say(lang, "word.whole")
            places.setdefault((row.section or "", name, cell.stage, cell.measure), []).append((row.week, cell))
    if places:
        table = rich_table(say(lang, "index.table.history_land", title=title), heads(lang, "part", "stage", *_OVER))
        order = sorted(places.items(), key=lambda item: (item[0][0], CELLS.index(item[0][2:])))
        for (_, name, stage, measure), found in order:
            for span, cell in _spans(found, history.weeks):
                known = *_figure_texts(cell.rate, measure, lang), observed_text(cell, lang), cell.source
                table.add_row(*cells(name, stage.write(lang), *_span_texts(span, lang), *known))
        tables.append(table)
    lines: dict[tuple[Any, ...], list[tuple[Week, MoneyRow]]] = {}
    for paid in history.money:
        lines.setdefault((*_line_key(paid), paid.line), []).append((paid.week, paid))
    if lines:
        table = rich_table(say(lang, "index.table.history_money", title=title), heads(lang, "line", *_OVER))
        for rows in lines.values():
            for span, line in _spans(rows, history.weeks):
                known = *_figure_texts(line.rate, Measure.MONEY, lang), observed_text(line, lang), line.source
                table.add_row(*cells(_line_text(line, lang), *_span_texts(span, lang), *known))
        tables.append(table)
    return tables


_OVER = ("weeks", "snapshots", "figure", "share", "date", "source")
_SIDES = ("before", "after", "difference")


def _spans(found: Iterable[tuple[Week, One]], weeks: Iterable[Held]) -> Iterator[tuple[list[Week], One]]:
    """Runs of the same figure over weeks that follow each other in the index."""

    def same(one: One) -> tuple[object, ...]:
        return one.figure, one.observed, one.source, one.stale

    place = {held.week: number for number, held in enumerate(weeks)}
    numbered = ((place[week] - number, same(one), week, one) for number, (week, one) in enumerate(found))
    for _, run in groupby(numbered, key=lambda item: item[:2]):
        items = list(run)
        yield [week for _, _, week, _ in items], items[0][3]


def _span_texts(span: list[Week], lang: Lang) -> tuple[str, str]:
    first, last = span[0].write(lang), span[-1].write(lang)
    text = first if first == last else say(lang, "index.table.span", first=first, last=last)
    return text, say(lang, "index.table.count", count=len(span))


def _land_history(history: History) -> Iterator[dict[str, Any]]:
    for row in history.land:
        for cell in row.cells().values():
            place = (row.project, row.section, row.unit, cell.stage.value, cell.measure.value)
            yield {"week": row.week.iso, **dict(zip(_PLACE, place, strict=True)), **_cell_record(cell)}


def _money_history(history: History) -> Iterator[dict[str, Any]]:
    for row in history.money:
        yield {"week": row.week.iso, **_line_record(row), **_money_record(row)}


# --- changes -----------------------------------------------------------------------------------------------


def changes_json(changes: Changes) -> str:
    """All that differs between two weeks as JSON: ``clearance`` and ``disbursement``, each figure with both sides.

    ``before`` or ``after`` is null where that week had no such figure; ``difference`` then too.
    """
    return as_json(
        {
            "schema": CHANGES_SCHEMA,
            "from": _week_record(changes.before),
            "to": _week_record(changes.after),
            "clearance": [_land_change(row, cell) for row in changes.land for cell in row.cells()],
            "disbursement": [_money_change(row) for row in changes.money],
        }
    )


def changes_rows(changes: Changes) -> Rows:
    """The rows of the JSON as one table, each side's keys as ``before_KEY`` and ``after_KEY``."""
    rows = [{"kind": "clearance", **_land_change(row, cell)} for row in changes.land for cell in row.cells()]
    rows += [{"kind": "disbursement", **_money_change(row)} for row in changes.money]
    for row in rows:
        row |= {"from": changes.before.week.iso, "to": changes.after.week.iso}
        for side in ("before", "after"):
            keys = _LAND if row["kind"] == "clearance" else _MONEY
            row |= {f"{side}_{key}": (row[side] or {}).get(key) for key in keys}
    head = {"from": _week_record(changes.before), "to": _week_record(changes.after)}
    return Rows(CHANGES_SCHEMA, rows, head)


def changes_table(changes: Changes, lang: Lang) -> list[RenderableType]:
    """What differs in land and in money as tables for a terminal; a sentence when nothing does."""
    weeks = {"before": changes.before.week, "after": changes.after.week}
    tables = []
    if changes.land:
        columns = heads(lang, "project", "part", "stage", *_SIDES)
        table = rich_table(say(lang, "index.table.changes_land", **weeks), columns)
        for row in changes.land:
            part = row.unit or row.section or say(lang, "word.whole")
            for one in row.cells():
                texts = [_side_text(side, one.measure, lang) for side in (one.before, one.after)]
                what = row.title.write(lang), part, one.stage.write(lang)
                table.add_row(*cells(*what, *texts, grown(one.difference, one.measure, lang)))
        tables.append(table)
    if changes.money:
        columns = heads(lang, "project", "line", *_SIDES)
        table = rich_table(say(lang, "index.table.changes_money", **weeks), columns)
        for paid in changes.money:
            texts = [_side_text(side, Measure.MONEY, lang) for side in (paid.before, paid.after)]
            line = paid.row.title.write(lang), _line_text(paid.row, lang)
            table.add_row(*cells(*line, *texts, grown(paid.difference, Measure.MONEY, lang)))
        tables.append(table)
    return tables or list(cells(say(lang, "index.table.nothing", **weeks)))


def _land_change(row: LandChange, one: CellChange) -> dict[str, Any]:
    place = row.project, row.section, row.unit, one.stage.value, one.measure.value
    return {
        **dict(zip(_PLACE, place, strict=True)),
        "difference": one.difference,
        "before": _cell_record(one.before) if one.before else None,
        "after": _cell_record(one.after) if one.after else None,
    }


def _money_change(row: MoneyChange) -> dict[str, Any]:
    return {
        **_line_record(row.row),
        "difference_vnd": row.difference,
        "before": _money_record(row.before) if row.before else None,
        "after": _money_record(row.after) if row.after else None,
    }


def _side_text(side: Cell | MoneyRow | None, measure: Measure, lang: Lang) -> str:
    """The figure with its share; below it, of when and whose it is."""
    if side is None:
        return "–"
    known = ", ".join(filter(None, _figure_texts(side.rate, measure, lang)))
    return f"{known}\n{observed_text(side, lang)}\n{side.source}"


# --- parts -------------------------------------------------------------------------------------------------


def _week_record(held: Held) -> dict[str, Any]:
    taken = held.taken.isoformat() if held.taken else None
    return {"week": held.week.iso, "as_of": held.as_of.isoformat(), "taken": taken, "snapshot": held.file}


def _cell_record(cell: Cell) -> dict[str, Any]:
    amounts = cell.rate.value, cell.rate.total, *cell.rate.bounds()
    return dict(zip(_LAND, (*amounts, *_said(cell)), strict=True))


def _money_record(row: MoneyRow) -> dict[str, Any]:
    amounts = row.rate.value, row.rate.total, *row.rate.bounds(money=True)
    return dict(zip(_MONEY, (*amounts, *_said(row)), strict=True))


def _said(one: Cell | MoneyRow) -> tuple[object, ...]:
    rate = one.rate
    shares = share_number(rate.share), rate.stated_percent
    return rate.kind.value, *shares, rate.about, one.observed.iso, one.stale, one.source


def _line_key(row: MoneyRow) -> tuple[Any, ...]:
    funding, closes = row.funding.value if row.funding else None, row.closes.isoformat() if row.closes else None
    return row.project, row.plan_year, row.base.value, funding, closes


def _line_record(row: MoneyRow) -> dict[str, Any]:
    return dict(zip(_LINE, _line_key(row), strict=True))


def _line_text(row: MoneyRow, lang: Lang) -> str:
    funding = row.funding.write(lang) if row.funding else say(lang, "cli.table.all_funding")
    closes = (say(lang, "compare.closes", day=day_text(row.closes, lang)),) if row.closes else ()
    return ", ".join([str(row.plan_year), row.base.write(lang), funding, *closes])


def _figure_texts(rate: Rate, measure: Measure, lang: Lang) -> tuple[str, str]:
    """The figure and its share; beside it the percentage that was printed with a total, where that is another."""
    share, stated = share_words(rate, measure, lang), percent_stated(rate.stated_percent, lang)
    if rate.kind is TotalKind.STATED and stated and stated != share:
        share = say(lang, "index.table.stated", share=share, percent=stated)
    return rate_text(rate, measure, lang), share
