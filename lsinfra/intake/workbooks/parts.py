"""What every kind of workbook is made of: sheets with their cells, and zips of XML read with bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from xml.parsers import expat
from zipfile import ZipFile

from lsinfra.errors import Severity
from lsinfra.intake.proposals import Doubt
from lsinfra.intake.workbooks.cells import Cell
from lsinfra.numerals import shown

MAX_BYTES = 30_000_000  # on disk
MAX_UNPACKED = 100_000_000
MAX_RATIO, RATIO_FROM = 200, 5_000_000  # unpacked ÷ packed, of what unpacks to more than that
MAX_PARTS = 5_000
MAX_ELEMENTS = 2_000_000  # of all parts that are read: seconds
MAX_CELLS = 300_000  # that are not empty, of a workbook
MAX_FOUND = 10_000  # figures and cells that hold none, of a workbook
MAX_MERGES = 20_000  # ranges of merged cells, of a workbook
MAX_TOKEN = 1_000_000  # bytes of one tag with its attributes
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384  # of a sheet, as Excel has them
MAX_TEXT = 32_767  # of a cell, as Excel has it
MAX_LETTERS = 20_000_000  # of all cells
Place = tuple[int, int]
"""Row and column, from 1."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of a sheet that are not empty, by row and column from 1, and its merged ranges (first, last cell).

    ``hidden_rows``, ``hidden_columns``: those with cells that a program does not show, filtered out ones among them;
    ``hidden``: it shows nothing of the sheet. Of an .xls this is not known.
    """

    name: str
    cells: dict[Place, Cell]
    merges: tuple[tuple[Place, Place], ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    hidden: bool = False

    def unseen(self, row: int, column: int) -> tuple[Doubt, ...]:
        """The doubt about a figure in a cell that nobody sees."""
        hidden = self.hidden or row in self.hidden_rows or column in self.hidden_columns
        return (Doubt("hidden", {}, Severity.WARNING, "form"),) if hidden else ()

    def position(self, row: int, column: int) -> str:
        """``Lộc Bình!F12``."""
        return f"{shown(self.name)}!{letters(column)}{row}"


def letters(column: int) -> str:
    """A column's letters: 1 is A, 27 is AA."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_of(name: str) -> int:
    """The number of a column's letters: A is 1."""
    number = 0
    for letter in name:
        number = 26 * number + ord(letter) - 64
    return number


class Stop(Exception):
    """Why a file is not read on; its sentence is under ``form.``."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values


@dataclass
class Package:
    """A zip whose parts are read as XML, with the bounds of them all."""

    zip: ZipFile
    unpacked: int = 0
    elements: int = 0
    cells: int = 0
    merges: int = 0
    letters: int = 0

    def has(self, part: str) -> bool:
        return part in self.zip.NameToInfo

    def head(self, part: str) -> bytes:
        """The first bytes of a part, enough for a list of parts."""
        with self.zip.open(part) as stream:
            return stream.read(1_000_000)

    def read(self, part: str, start: Callable[[str, dict[str, str]], None], **others: Callable[..., None]) -> None:
        """Send the elements of a part to functions of their local names; ``end`` and ``text`` may be given."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True

        def begin(name: str, attributes: dict[str, str]) -> None:
            self.elements += 1
            if self.elements > MAX_ELEMENTS:
                raise Stop("many_cells", limit=MAX_CELLS)
            start(name.rpartition(" ")[2], attributes)

        parser.StartElementHandler = begin
        if end := others.get("end"):
            parser.EndElementHandler = lambda name: end(name.rpartition(" ")[2])
        if text := others.get("text"):
            parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _no_doctype
        with self.zip.open(part) as stream:
            given = 0
            while piece := stream.read(65_536):
                self.unpacked += len(piece)
                given += len(piece)
                if self.unpacked > MAX_UNPACKED:
                    raise Stop("zip_bomb", limit=f"{MAX_UNPACKED / 1e6:.0f}")
                parser.Parse(piece)
                # A tag is read from its beginning again with every piece that does not end it.
                if given - parser.CurrentByteIndex > MAX_TOKEN:
                    raise Stop("damaged")
        parser.Parse(b"", True)

    def merge(self, merges: list[tuple[Place, Place]], first: Place, last: Place) -> None:
        self.merges += 1
        if self.merges > MAX_MERGES:
            raise Stop("many_merges", limit=MAX_MERGES)
        merges.append((first, last))

    def keep(self, cells: dict[Place, Cell], place: Place, cell: Cell) -> None:
        self.cells += 1
        if self.cells > MAX_CELLS:
            raise Stop("many_cells", limit=MAX_CELLS)
        # Thousands of cells may show one and the same long text, and each is read by itself.
        self.letters += len(cell.text)
        if self.letters > MAX_LETTERS:
            raise Stop("much_text", limit=f"{MAX_LETTERS / 1e6:.0f}")
        if place[0] > MAX_ROWS or place[1] > MAX_COLUMNS:
            raise Stop("damaged")
        cells[place] = cell


def _no_doctype(*_: object) -> None:
    # Workbooks declare none; it is where entity bombs and requests for other files come from.
    raise Stop("doctype")


def local(attributes: dict[str, str]) -> dict[str, str]:
    """Attributes by their local names."""
    return {name.rpartition(" ")[2]: value for name, value in attributes.items()}
