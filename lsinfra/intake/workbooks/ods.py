"""The sheets of an .ods workbook (OpenDocument 1.2, ISO/IEC 26300)."""

from __future__ import annotations

import re
from datetime import date

from lsinfra.dates import PartialDate
from lsinfra.errors import QuantityError
from lsinfra.intake.workbooks.cells import Cell, CellKind, date_cell, number_cell
from lsinfra.intake.workbooks.parts import MAX_COLUMNS, MAX_TEXT, Package, Place, Sheet, local
from lsinfra.numerals import shown

_OUTSIDE = re.compile(r"'(?:file|https?|ftp):|\b(?:DDE|WEBSERVICE) *\(", re.IGNORECASE)  # in a formula
# Parts of a sheet whose texts and cells are not its own: notes, drawings, what was there before a change.
_BESIDE = frozenset({"annotation", "shapes", "frame", "custom-shape", "tracked-changes", "forms", "g"})


def read_ods(package: Package) -> tuple[list[Sheet], bool]:
    """The sheets in their order, and whether any refers to another file."""
    reader = _Reader(package)
    package.read("content.xml", reader.start, end=reader.end, text=reader.text)
    return reader.sheets, reader.links


class _Reader:
    """The elements of a document, made cells. What is repeated is written out where it is not empty."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.sheets: list[Sheet] = []
        self.links = False
        self.name = ""
        self.cells: dict[Place, Cell] = {}
        self.merges: list[tuple[Place, Place]] = []
        self.row, self.rows, self.column = 0, 1, 1
        self.unseen = False  # the row at hand
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.across = 1  # the next column that is described
        self.line: list[tuple[int, int, Cell]] = []  # first column, how often, of the row at hand
        self.of: dict[str, str] = {}
        self.pieces: list[str] = []
        self.beside = self.paragraph = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _BESIDE:
            self.beside += 1
        if self.beside:
            return
        if name == "table":
            self.name = local(attributes).get("name", "")
            self.cells, self.merges, self.row, self.across = {}, [], 1, 1
            self.hidden_rows, self.hidden_columns = set(), set()
        elif name == "table-column":
            of = local(attributes)
            after = min(self.across + _times(of.get("number-columns-repeated")), MAX_COLUMNS + 1)
            if of.get("visibility", "visible") != "visible":
                self.hidden_columns |= set(range(self.across, after))
            self.across = after
        elif name == "table-row":
            of = local(attributes)
            self.rows, self.column, self.line = _times(of.get("number-rows-repeated")), 1, []
            self.unseen = of.get("visibility", "visible") != "visible"
        elif name in {"table-cell", "covered-table-cell"}:
            self.of, self.pieces = local(attributes), []
        elif name == "p":
            self.paragraph += 1
            if self.pieces:
                self.pieces.append("\n")
        elif name == "s":
            self.pieces.append(" " * min(_times(local(attributes).get("c")), 100))
        elif name in {"tab", "line-break"}:
            self.pieces.append(" ")
        elif name == "table-source":
            self.links = True

    def text(self, text: str) -> None:
        if self.paragraph and not self.beside:
            self.pieces.append(text)

    def end(self, name: str) -> None:
        if name in _BESIDE:
            self.beside -= 1
        elif self.beside:
            return
        elif name == "p":
            self.paragraph -= 1
        elif name in {"table-cell", "covered-table-cell"}:
            self.close_cell()
        elif name == "table-row":
            for column, times, cell in self.line:
                for row in range(self.row, self.row + self.rows):
                    for at in range(column, column + times):
                        self.package.keep(self.cells, (row, at), cell)
                    if self.unseen:
                        self.hidden_rows.add(row)
            self.row += self.rows
        elif name == "table":
            unseen = frozenset(self.hidden_rows), frozenset(self.hidden_columns)
            self.sheets.append(Sheet(self.name, self.cells, tuple(self.merges), *unseen))

    def close_cell(self) -> None:
        times = _times(self.of.get("number-columns-repeated"))
        if cell := _cell(self.of, "".join(self.pieces)[:MAX_TEXT]):
            self.line.append((self.column, times, cell))
            self.links = self.links or cell.linked
        down, across = _times(self.of.get("number-rows-spanned")), _times(self.of.get("number-columns-spanned"))
        if down > 1 or across > 1:
            last = self.row + down - 1, self.column + across - 1
            self.package.merge(self.merges, (self.row, self.column), last)
        self.column += times


def _times(text: str | None) -> int:
    return max(1, int(text)) if text else 1


def _cell(of: dict[str, str], text: str) -> Cell | None:
    formula = of.get("formula")
    calculated, linked = formula is not None, _OUTSIDE.search(formula or "") is not None
    kind, raw = of.get("value-type", ""), of.get("value", "")
    cell: Cell | None
    if kind in {"float", "currency", "percentage"} and not text.startswith("#"):
        cell = number_cell(raw, percent=kind == "percentage")
    elif kind == "date":
        cell = _date(of.get("date-value", ""))
    elif kind == "boolean":
        cell = Cell(CellKind.TRUTH, text)
    elif calculated and (text.startswith(("#", "Err:")) or not kind):
        cell = Cell(CellKind.ERROR, text) if text else Cell(CellKind.FORMULA, "")
    else:
        text = text or of.get("string-value", "")[:MAX_TEXT]
        cell = Cell(CellKind.ERROR if of.get("value-type") == "error" else CellKind.TEXT, text) if text else None
    if cell is not None and calculated:
        cell = Cell(cell.kind, cell.text, cell.amount, cell.day, calculated=True, linked=linked)
    return cell


def _date(raw: str) -> Cell:
    try:
        day = date.fromisoformat(raw[:10])
        return date_cell(PartialDate(day.year, day.month, day.day))
    except (ValueError, QuantityError):
        return Cell(CellKind.TEXT, shown(raw))
