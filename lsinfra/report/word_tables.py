"""The tables of the Word report, built as the format's own elements: the library takes the square of the rows."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from docx.oxml.ns import qn

from lsinfra.report.lettering import in_lines, low_rows, times
from lsinfra.report.model import FEW_ROWS, Kind, Table, heads, rows_down, spans
from lsinfra.report.word_styles import TABLE_SIZE, element

_ALIGNED = {
    Kind.TEXT: "left",
    Kind.NUMBER: "right",
    Kind.SHARE: "right",
    Kind.POINTS: "right",
    Kind.DATE: "center",
    Kind.ORDER: "center",
    Kind.UNIT: "center",
    Kind.SOURCE: "left",
}
_WORDS = {Kind.TEXT, Kind.SOURCE}
"""Columns that take the room that is left; others only a little of it."""

_MARGIN = 50
"""Left and right of a cell, in twentieths of a point, as all widths here."""

_LONGEST_WORD = 1600
_BOLD = 1.06


def fill(table: Any, block: Table, width_mm: float) -> None:
    """Give an empty table its look and its rows.

    Parameters
    ----------
    table
        The element ``w:tbl``.
    block
        What it holds.
    width_mm
        The whole width.
    """
    widths = _widths(block, width_mm)
    properties = table.tblPr
    for old in properties.findall(qn("w:tblW")):
        properties.remove(old)
    properties.append(element("w:tblW", {"w": str(sum(widths)), "type": "dxa"}))
    margins = element("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(element(f"w:{side}", {"w": str(_MARGIN), "type": "dxa"}))
    properties.append(margins)
    if block.caption:
        properties.append(element("w:tblCaption", {"val": block.caption}))
    in_order(properties)
    for grid, width in zip(table.tblGrid.findall(qn("w:gridCol")), widths, strict=True):
        grid.set(qn("w:w"), str(width))
    note = bool(block.note) and not block.numbered
    for row in _heads(block, widths):
        table.append(row)
    for place, cells in enumerate(block.rows):
        # Neither the first nor the last row stands alone on a page, and the heading of some rows stays with them.
        end = place in {0, len(block.rows) - 2} if place + 1 < len(block.rows) else note
        table.append(_row(block, place, widths, keep=end or heads(cells) or _together(block, place)))


def _widths(block: Table, width_mm: float) -> list[int]:
    """Widths in twentieths of a point, together the whole width: no number, day or word is cut where there is room.

    The rest is shared (``low_rows``).
    """
    whole = round(width_mm * 1440 / 25.4)
    least, most, share = zip(*(_wanted(block, place) for place in range(len(block.columns))), strict=True)
    if sum(least) >= whole:
        widths = [few * whole / sum(least) for few in least]
    elif sum(most) <= whole:
        # What is left over goes to the columns of words.
        worded = [wide * (column.kind in _WORDS) for column, wide in zip(block.columns, most, strict=True)]
        weights = worded if any(worded) else most
        part = (whole - sum(most)) / sum(weights)
        widths = [wide + part * weight for wide, weight in zip(most, weights, strict=True)]
    else:
        low, high = 0.0, max(wide / one for wide, one in zip(most, share, strict=True))
        for _ in range(40):
            middle = (low + high) / 2
            widths = [min(max(few, middle * one), wide) for few, wide, one in zip(least, most, share, strict=True)]
            low, high = (middle, high) if sum(widths) < whole else (low, middle)
    ends = [round(sum(widths[: n + 1])) for n in range(len(widths))]
    return [end - start for start, end in zip([0, *ends], [*ends[:-1], whole], strict=False)]


def _wanted(block: Table, place: int) -> tuple[float, float, float]:
    """How wide a column is at least, every word whole; at most, no text broken; and its share of what is between."""
    column, edges = block.columns[place], 2 * _MARGIN + 20
    title = column.head
    words = [wide(word) * _BOLD for word in title.split()] + [wide(f"({place + 1})")] * block.numbered
    texts, deep = [], [1]
    for row in block.rows:
        cell = row[place]
        if cell.above:
            deep[-1] += 1
        elif not spans(row, place):
            bold = _BOLD if cell.strong else 1
            words += [wide(word) * bold for word in in_lines(cell.text).split(" ")]
            texts.append(wide(cell.text) * bold)
            deep.append(1)
    least = min(max(words), _LONGEST_WORD)
    # A head takes three lines at most.
    most = max([least, wide(title) * _BOLD / 2.5, *texts])
    return least + edges, most + edges, low_rows(text / rows for text, rows in zip(texts, deep[1:], strict=True))


def wide(text: str, size: float = TABLE_SIZE) -> float:
    """About how wide a text of this size is, in twentieths of a point."""
    return 20 * size * times(text)


def _heads(block: Table, widths: list[int]) -> list[Any]:
    """The rows at the head, repeated on every page: groups, titles with their units, numbers (1) (2) …"""
    columns = block.columns
    titles = [column.head for column in columns]
    rows = []
    if any(column.group for column in columns):
        first, second = _head_row(), _head_row()
        place = 0
        for group, members in groupby(columns, key=lambda column: column.group):
            span = len(list(members))
            for n in range(place, place + span):
                if not group:
                    first.append(_cell(titles[n], widths[n], "TableHead", merge="restart"))
                second.append(
                    _cell("" if not group else titles[n], widths[n], "TableHead", merge="" if group else "on")
                )
            if group:
                first.append(_cell(group, sum(widths[place : place + span]), "TableHead", span=span))
            place += span
        rows += [first, second]
    else:
        row = _head_row()
        for title, width in zip(titles, widths, strict=True):
            row.append(_cell(title, width, "TableHead"))
        rows.append(row)
    if block.numbered:
        row = _head_row()
        for n, width in enumerate(widths, 1):
            row.append(_cell(f"({n})", width, "TableHead", bold=False))
        rows.append(row)
    return rows


def _head_row() -> Any:
    row, properties = element("w:tr"), element("w:trPr")
    properties.append(element("w:cantSplit"))
    properties.append(element("w:tblHeader"))
    row.append(properties)
    return row


def _together(block: Table, place: int) -> bool:
    """The next row goes on with words of this one, and they are few rows: a page break would cut the words."""
    for number, column in enumerate(block.columns):
        if column.kind is Kind.ORDER:
            continue
        first = place
        while not (down := rows_down(block, first, number)):
            first -= 1
        if place < first + down - 1 < first + FEW_ROWS:
            return True
    return False


def _row(block: Table, at: int, widths: list[int], *, keep: bool) -> Any:
    """A row that no page break cuts; ``keep``: it stays beside the next one."""
    row, properties, cells = element("w:tr"), element("w:trPr"), block.rows[at]
    properties.append(element("w:cantSplit"))
    row.append(properties)
    place = 0
    while place < len(cells):
        cell, down = cells[place], rows_down(block, at, place)
        span = len(cells) - place if spans(cells, place) else 1
        merge = "restart" if down > 1 else "" if down else "on"
        aligned = _ALIGNED[block.columns[place].kind]
        width = sum(widths[place : place + span])
        row.append(
            _cell(cell.text, width, "TableText", span=span, merge=merge, bold=cell.strong, aligned=aligned, keep=keep)
        )
        place += span
    return row


def _cell(
    text: str,
    width: int,
    style: str,
    *,
    span: int = 1,
    merge: str = "",
    bold: bool | None = None,
    aligned: str = "",
    keep: bool = False,
) -> Any:
    """A cell; ``merge``: "restart" begins a cell that goes down, "on" is its lower part."""
    cell, properties = element("w:tc"), element("w:tcPr")
    properties.append(element("w:tcW", {"w": str(width), "type": "dxa"}))
    if span > 1:
        properties.append(element("w:gridSpan", {"val": str(span)}))
    if merge:
        properties.append(element("w:vMerge", {"val": "restart"} if merge == "restart" else {}))
    properties.append(element("w:vAlign", {"val": "center"}))
    cell.append(properties)
    paragraph, shape = element("w:p"), element("w:pPr")
    shape.append(element("w:pStyle", {"val": style}))
    if keep:
        shape.append(element("w:keepNext"))
    if aligned and aligned != "left":
        shape.append(element("w:jc", {"val": aligned}))
    paragraph.append(shape)
    if text:
        run = element("w:r")
        if bold is not None:
            look = element("w:rPr")
            look.append(element("w:b", {} if bold else {"val": "0"}))
            run.append(look) if bold or style == "TableHead" else None
        written = element("w:t")
        written.text = in_lines(text)
        written.set(qn("xml:space"), "preserve")
        run.append(written)
        paragraph.append(run)
    cell.append(paragraph)
    return cell


_TABLE_ORDER = ("tblStyle", "tblW", "jc", "tblInd", "tblBorders", "tblLayout", "tblCellMar", "tblLook", "tblCaption")


def in_order(properties: Any) -> None:
    """The properties of a table in the order that the format asks for."""
    order = {qn(f"w:{name}"): place for place, name in enumerate(_TABLE_ORDER)}
    properties[:] = sorted(properties, key=lambda child: order[child.tag])
