"""The tables of the Word report, built as the format's own elements: the library takes the square of the rows."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from docx.oxml.ns import qn

from lsinfra.report.model import Cell, Column, Kind, Table
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

_LITTLE = 0.1
_FEW_ROWS = 5
_LONG_TEXT = 24
"""Characters of a text that needs the whole width of its column."""

_MARGIN = 50
"""Left and right of a cell, in twentieths of a point, as all widths here."""

_LONGEST_WORD = 1600
_EMS = dict.fromkeys(".,;:!|'()[]/ijlt-", 0.34) | dict.fromkeys("mMW%–", 0.84) | {"w": 0.73, "+": 0.57, "%": 0.84}
"""Widths of characters that differ from the usual half of the size."""


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
        after = block.rows[place + 1] if place + 1 < len(block.rows) else ()
        table.append(_row(cells, after, block.columns, widths, keep=_together(block, place) or (note and not after)))


def _widths(block: Table, width_mm: float) -> list[int]:
    """Widths in twentieths of a point, together the whole width: no number, day or word is cut where there is room.

    What is left beyond the longest word of each column is shared among the columns of words by their weights.
    """
    whole = round(width_mm * 1440 / 25.4)
    least = []
    for place, column in enumerate(block.columns):
        words = [(word, True) for text in (column.title, f"({column.unit})") for word in text.split()]
        if block.numbered:
            words.append((f"({place + 1})", False))
        for row in block.rows:
            if not _spans(row, place):
                words += [(word, row[place].strong) for word in row[place].text.split()]
        longest = max((_wide(word) * (1.06 if bold else 1) for word, bold in words), default=0)
        # A head takes three lines at most.
        title = _wide(f"{column.title} ({column.unit})" if column.unit else column.title) / 2.5
        least.append(min(max(longest, title), _LONGEST_WORD) + 2 * _MARGIN + 20)
    if sum(least) >= whole:
        ends = [round(sum(least[: n + 1]) / sum(least) * whole) for n in range(len(least))]
    else:
        weights = [_weight(block, place) for place in range(len(block.columns))]
        share = (whole - sum(least)) / (sum(weights) or 1)
        wide = [one + share * weight for one, weight in zip(least, weights, strict=True)]
        ends = [round(sum(wide[: n + 1])) for n in range(len(wide))]
        ends[-1] = whole
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def _weight(block: Table, place: int) -> float:
    """How much of the room that is left a column takes: one with short texts, or of numbers, takes little."""
    column = block.columns[place]
    if column.kind not in _WORDS:
        return column.width * _LITTLE
    longest = max((len(row[place].text) for row in block.rows if not _spans(row, place)), default=0)
    return column.width * min(1, max(_LITTLE, longest / _LONG_TEXT))


def _wide(word: str) -> float:
    """About how wide a word is in Times New Roman, in twentieths of a point."""
    return 20 * TABLE_SIZE * sum(_EMS.get(character, 0.72 if character.isupper() else 0.5) for character in word)


def _heads(block: Table, widths: list[int]) -> list[Any]:
    """The rows at the head, repeated on every page: groups, titles with their units, numbers (1) (2) …"""
    columns = block.columns
    titles = [f"{column.title} ({column.unit})" if column.unit else column.title for column in columns]
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


def _spans(cells: tuple[Cell, ...], place: int) -> bool:
    """The row has nothing after this cell, one of its first two: it runs to the end of the row."""
    after = cells[place + 1 :]
    return place < 2 <= len(after) and bool(cells[place].text) and not any(one.text or one.above for one in after)


def _together(block: Table, place: int) -> bool:
    """The next row goes on with words of this one, and they are few rows: a page break would cut the words."""
    for number, column in enumerate(block.columns):
        if column.kind is Kind.ORDER or place + 1 == len(block.rows) or not block.rows[place + 1][number].above:
            continue
        first, last = place, place + 1
        while block.rows[first][number].above:
            first -= 1
        while last + 1 < len(block.rows) and last - first < _FEW_ROWS and block.rows[last + 1][number].above:
            last += 1
        if last - first < _FEW_ROWS:
            return True
    return False


def _row(
    cells: tuple[Cell, ...], below: tuple[Cell, ...], columns: tuple[Column, ...], widths: list[int], *, keep: bool
) -> Any:
    """A row that no page break cuts; ``below``: the next one, whose cells may go on from these; ``keep``: beside it."""
    row, properties = element("w:tr"), element("w:trPr")
    properties.append(element("w:cantSplit"))
    row.append(properties)
    place = 0
    while place < len(cells):
        cell, spans = cells[place], _spans(cells, place)
        span = len(cells) - place if spans else 1
        merge = "on" if cell.above else "restart" if below and below[place].above else ""
        aligned = _ALIGNED[columns[place].kind]
        width = sum(widths[place : place + span])
        stays = keep or (spans and cell.strong)
        row.append(
            _cell(cell.text, width, "TableText", span=span, merge=merge, bold=cell.strong, aligned=aligned, keep=stays)
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
        written.text = text
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
