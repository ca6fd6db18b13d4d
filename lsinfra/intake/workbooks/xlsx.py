"""The sheets of an .xlsx workbook (ECMA-376), the transitional and the strict kind."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import PurePosixPath

from lsinfra.dates import PartialDate
from lsinfra.errors import QuantityError
from lsinfra.intake.workbooks.cells import Cell, CellKind, date_cell, number_cell
from lsinfra.intake.workbooks.parts import MAX_COLUMNS, MAX_TEXT, Package, Place, Sheet, column_of, local
from lsinfra.numerals import shown

_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# [1]Sheet1!A1 or [book.xlsx]Sheet1!A1, not a column of a table; a program asked for data (DDE); what asks a server.
_LINK = re.compile(
    r"\[[0-9]+\][^\[\]]*!|\[[^\[\]]+\.xl\w+\]|\w\|'?[^'!]*'?!|\b(?:WEBSERVICE|RTD|IMPORTDATA) *\(", re.IGNORECASE
)
_TRUE = frozenset({"1", "true"})
_MAX_FILLED = 20  # ranges that a linked formula fills, to be told apart
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.')  # of a number format: texts, colours, escapes
# Formats that have no code in the file: ECMA-376 part 1, 18.8.30.
_BUILT_IN = {**dict.fromkeys((14, 15, 16, 22), "d-m-y"), 17: "m-y", 9: "0%", 10: "0%"}
_BUILT_IN |= dict.fromkeys((*range(27, 32), 36, *range(50, 55), 57, 58), "d-m-y")


def read_xlsx(package: Package) -> list[Sheet]:
    """The sheets in their order; a chart alone on a sheet is passed over."""
    workbook = _target(package, "_rels/.rels", "officeDocument") or "xl/workbook.xml"
    found: list[tuple[str, str, bool]] = []
    epoch = date(1899, 12, 30)

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal epoch
        if name == "sheet":
            of = local(attributes)
            found.append((of.get("name", ""), of.get("id", ""), of.get("state", "visible") != "visible"))
        elif name == "workbookPr" and attributes.get("date1904") in _TRUE:
            epoch = date(1904, 1, 1)

    package.read(workbook, start)
    targets = {key: target for key, _, target in _relations(package, workbook)}
    strings = _strings(package, _target(package, workbook, "sharedStrings"))
    formats = _formats(package, _target(package, workbook, "styles"))
    sheets = []
    for name, key, hidden in found:
        if (part := targets.get(key)) and package.has(part) and "chartsheet" not in part:
            reader = _SheetReader(package, strings, formats, epoch)
            package.read(part, reader.start, end=reader.end, text=reader.text)
            reader.spread_links()
            unseen = frozenset(reader.hidden_rows), frozenset(reader.hidden_columns), hidden
            sheets.append(Sheet(_decoded(name), reader.cells, tuple(reader.merges), *unseen))
    return sheets


def _relations(package: Package, part: str) -> Iterator[tuple[str, str, str]]:
    """Id, kind and target of what a part refers to inside the package."""
    found: list[tuple[str, str, str]] = []
    path = PurePosixPath(part)
    if part.endswith(".rels"):
        rels, folder = part, PurePosixPath()
    else:
        rels, folder = str(path.parent / "_rels" / f"{path.name}.rels"), path.parent

    def start(name: str, of: dict[str, str]) -> None:
        if name == "Relationship" and of.get("TargetMode") != "External":
            target = of.get("Target", "")
            inside = target.lstrip("/") if target.startswith("/") else str(folder / target)
            found.append((of.get("Id", ""), of.get("Type", "").rpartition("/")[2], inside))

    if package.has(rels):
        package.read(rels, start)
    yield from found


def _target(package: Package, part: str, kind: str) -> str | None:
    return next((target for _, of, target in _relations(package, part) if of == kind and package.has(target)), None)


def _strings(package: Package, part: str | None) -> list[str]:
    found: list[str] = []
    inside, phonetic, pieces = False, 0, list[str]()

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal inside, phonetic
        if name == "si":
            pieces.clear()
        phonetic += name == "rPh"
        inside = name == "t" and not phonetic

    def end(name: str) -> None:
        nonlocal inside, phonetic
        inside = False
        phonetic -= name == "rPh"
        if name == "si":
            found.append(_decoded("".join(pieces)))

    if part is not None:
        package.read(part, start, end=end, text=lambda text: pieces.append(text) if inside else None)
    return found


def _formats(package: Package, part: str | None) -> list[str]:
    """What each style of cells shows: ``percent``, ``day``, ``month`` (without its day), or nothing of these."""
    codes: dict[int, str] = {**_BUILT_IN}
    ids: list[int] = []
    inside = False

    def start(name: str, of: dict[str, str]) -> None:
        nonlocal inside
        if name == "numFmt":
            codes[int(of.get("numFmtId", "0"))] = of.get("formatCode", "")
        elif name == "xf" and inside:
            ids.append(int(of.get("numFmtId", "0")))
        inside = inside or name == "cellXfs"

    def end(name: str) -> None:
        nonlocal inside
        inside = inside and name != "cellXfs"

    if part is not None:
        package.read(part, start, end=end)
    return [_shows(codes.get(number, "")) for number in ids]


def _shows(code: str) -> str:
    plain = _LITERAL.sub("", code.partition(";")[0]).lower()
    if "%" in plain:
        return "percent"
    if "y" in plain:
        return "day" if "d" in plain else "month"
    return "day" if "d" in plain and "m" in plain else ""


def _decoded(text: str) -> str:
    """A text of .xlsx, in which what XML cannot hold is written ``_x000D_``."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)[:MAX_TEXT] if "_x" in text else text[:MAX_TEXT]


class _SheetReader:
    """The elements of one sheet, made cells."""

    def __init__(self, package: Package, strings: list[str], formats: list[str], epoch: date) -> None:
        self.package, self.strings, self.formats, self.epoch = package, strings, formats, epoch
        self.cells: dict[Place, Cell] = {}
        self.merges: list[tuple[Place, Place]] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.row = self.column = 0
        self.kind = self.style = self.inside = ""
        self.value: list[str] = []
        self.formula: list[str] | None = None
        # Of a formula that was dragged over many cells, one holds the text; all have its number.
        self.shared = ""
        self.sharing: dict[str, list[Place]] = defaultdict(list)
        self.linked: set[str] = set()
        # Of a formula that fills a range by itself, only the first cell has a formula at all.
        self.array: list[tuple[Place, Place]] = []
        self.filled: list[tuple[Place, Place]] = []
        self.phonetic = False

    def start(self, name: str, of: dict[str, str]) -> None:
        if name == "c":
            match = _CELL.fullmatch(of.get("r", ""))
            self.column = column_of(match[1]) if match else self.column + 1
            self.row = int(match[2]) if match else self.row
            self.kind, self.style = of.get("t", "n"), of.get("s", "")
            self.value, self.formula, self.shared, self.array = [], None, "", []
        elif name == "row":
            self.row, self.column = int(of.get("r", self.row + 1)), 0
            if of.get("hidden") in _TRUE:
                self.hidden_rows.add(self.row)
        elif name == "col" and of.get("hidden") in _TRUE:
            after = min(int(of.get("max", "0")), MAX_COLUMNS) + 1
            self.hidden_columns |= set(range(max(1, int(of.get("min", "1"))), after))
        elif name == "f":
            self.formula, self.inside = [], "f"
            self.shared = of.get("si", "")
            self.array = _range(of.get("ref", "")) if of.get("t") == "array" else []
        elif name in {"v", "t"}:
            self.inside = "" if self.phonetic else "v"
        elif name == "rPh":
            self.phonetic = True
        elif name == "mergeCell":
            for first, last in _range(of.get("ref", "")):
                self.package.merge(self.merges, first, last)

    def text(self, text: str) -> None:
        if self.inside == "v":
            self.value.append(text)
        elif self.inside == "f" and self.formula is not None:
            self.formula.append(text)

    def end(self, name: str) -> None:
        if name in {"f", "v", "t"}:
            self.inside = ""
        elif name == "rPh":
            self.phonetic = False
        elif name == "c" and (cell := self.cell("".join(self.value))):
            self.package.keep(self.cells, (self.row, self.column), cell)
            if self.shared:
                self.sharing[self.shared].append((self.row, self.column))

    def spread_links(self) -> None:
        """Make every cell linked whose formula is that of a linked one, be it above it or below."""
        for number in self.linked:
            for place in self.sharing[number]:
                self.cells[place] = replace(self.cells[place], linked=True)
        if len(self.filled) > _MAX_FILLED:  # rather too many cells than hours of looking
            corners = [corner for both in self.filled for corner in both]
            rows, columns = zip(*corners, strict=True)
            self.filled = [((min(rows), min(columns)), (max(rows), max(columns)))]
        for (top, left), (bottom, right) in self.filled:
            for (row, column), cell in self.cells.items():
                if top <= row <= bottom and left <= column <= right:
                    self.cells[row, column] = replace(cell, calculated=True, linked=True)

    def cell(self, value: str) -> Cell | None:
        formula = self.formula is not None
        linked = formula and _LINK.search("".join(self.formula or ())) is not None
        if linked:
            self.linked |= {self.shared} - {""}
            self.filled += self.array
        shows = self.formats[int(self.style)] if self.style.isdecimal() and int(self.style) < len(self.formats) else ""
        cell: Cell | None
        if not value:
            empty = self.kind in {"str", "inlineStr"}  # a formula may give an empty text
            cell = Cell(CellKind.FORMULA, "") if formula and not empty else None
        elif self.kind == "n":
            cell = _dated(value, shows, self.epoch) or number_cell(value, percent=shows == "percent", epoch=self.epoch)
        elif self.kind == "s":
            text = self.strings[int(value)] if value.isdecimal() and int(value) < len(self.strings) else ""
            cell = Cell(CellKind.TEXT, text) if text else None
        elif self.kind == "b":
            cell = Cell(CellKind.TRUTH, value)
        elif self.kind == "e":
            cell = Cell(CellKind.ERROR, value)
        elif self.kind == "d":
            cell = _iso(value)
        else:
            cell = Cell(CellKind.TEXT, _decoded(value))
        if cell is not None and formula:
            cell = Cell(cell.kind, cell.text, cell.amount, cell.day, calculated=True, linked=linked)
        return cell


def _dated(value: str, shows: str, epoch: date) -> Cell | None:
    """The cell of a number that is shown as a date; None where it is not, or where no such day can be told."""
    if shows not in {"day", "month"}:
        return None
    try:
        day = epoch + timedelta(days=int(float(value)))
        return date_cell(PartialDate(day.year, day.month, day.day if shows == "day" or day.day > 1 else None))
    except (ValueError, OverflowError, QuantityError):
        return None


def _iso(value: str) -> Cell:
    try:
        day = date.fromisoformat(value[:10])
        return date_cell(PartialDate(day.year, day.month, day.day))
    except (ValueError, QuantityError):
        return Cell(CellKind.TEXT, shown(value))


def _range(ref: str) -> list[tuple[Place, Place]]:
    first, _, last = ref.partition(":")
    ends = [_CELL.fullmatch(first), _CELL.fullmatch(last)]
    places = [(int(end[2]), column_of(end[1])) for end in ends if end]
    return [(places[0], places[1])] if len(places) == 2 else []
