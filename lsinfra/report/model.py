"""The report as plain data: no markup, no file format, every word already in the report's language.

``contents.contents`` makes a ``Report``; ``word``, ``plain`` and the other writers lay it out and say nothing of their
own. A number is printed as ``text`` and kept beside it as ``exact``, with the row of progress it comes from: a document
prints the text, a spreadsheet takes the number, a test finds the row again in ``progress --format json``.

    Report
    ├── head        TitleBlock: who reports, number, place and day, title
    ├── opening     Paragraph
    ├── sections    Section I, II …: blocks
    ├── closing     Paragraph
    ├── note        what the dotted lines are; "" where there is none
    ├── signature, recipients
    └── annexes     Annex I, II …: landscape, blocks
    block = Heading | Paragraph | Bullets | Blank | Table | Picture
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from lsinfra.compare import Compared
from lsinfra.errors import Finding
from lsinfra.progress import ClearanceRow, DisbursementRow, SectionSum
from lsinfra.quantities import PartialDate
from lsinfra.text import Lang

Row = ClearanceRow | DisbursementRow | SectionSum | Compared[ClearanceRow] | Compared[DisbursementRow] | Finding
"""What a number is of."""

LANGUAGES: dict[Lang, str] = {"vi": "vi-VN", "en": "en-GB"}
"""The report's languages as files name them."""

FEW_ROWS = 5
"""So many rows with words in common are not torn apart by the end of a page."""

Number = int | Decimal | Fraction
"""In the unit it is printed in: ha, km, a count, billion đồng, days. A share is 0–1 whatever is printed."""


class Mark(StrEnum):
    """A doubt about a figure; the words stand in a cell of the same row or in the sentence."""

    STALE = "stale"
    PRESS = "press"
    CONFLICT = "conflict"
    IMPLIED = "implied"
    DERIVED = "derived"
    ABOUT = "about"
    OVER = "over"


class Kind(StrEnum):
    """What a column holds: how it is aligned, and what a spreadsheet makes of ``Cell.exact``.

    ``TEXT`` words; ``NUMBER`` amounts and counts; ``SHARE`` percentages (``exact`` 0–1); ``DATE`` days and months
    (``exact`` a PartialDate); ``ORDER`` the row's number; ``UNIT`` a unit of measure; ``SOURCE`` numbers of sources
    such as ``[1]``; ``POINTS`` differences of shares in percentage points (``exact`` 0–1).
    """

    TEXT = "text"
    NUMBER = "number"
    SHARE = "share"
    DATE = "date"
    ORDER = "order"
    UNIT = "unit"
    SOURCE = "source"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of running text. A number in prose is a run of its own, with ``exact`` and the ``row`` it is of.

    ``sources``: numbers of the sources annex, where the text is a reference such as ``[1]``.
    """

    text: str
    bold: bool = False
    exact: Number | PartialDate | None = None
    row: Row | None = None
    sources: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section: level 2 (``number`` "1.") or 3 ("a)"). Level 1 is the section itself."""

    level: int
    number: str
    title: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, an item a paragraph."""

    items: tuple[tuple[Run, ...], ...]


@dataclass(frozen=True, slots=True)
class Blank:
    """Dotted lines to be filled in by hand: the records do not hold what belongs here."""

    lines: int = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``title`` at its head, ``width`` its weight beside the others (of the sum of all).

    Neighbours with the same ``group`` (not "") stand under that one head. ``unit`` is "" where the rows have their own.
    """

    title: str
    kind: Kind = Kind.TEXT
    width: float = 1
    group: str = ""
    unit: str = ""

    @property
    def head(self) -> str:
        """What stands above the column, under its group."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


@dataclass(frozen=True, slots=True)
class Cell:
    """What is printed, and the exact thing it says.

    ``exact`` is None for words and for what is no single number (an interval, a bound, nothing published).
    ``sources`` are numbers of the sources annex. ``strong``: a heading or a total row's cell. ``above``: no cell of its
    own, the one above it goes on here.
    """

    text: str = ""
    exact: Number | PartialDate | None = None
    row: Row | None = None
    marks: frozenset[Mark] = frozenset()
    sources: tuple[int, ...] = ()
    strong: bool = False
    above: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table. ``id`` is stable and in no language (``clearance``, ``disbursement`` …); ``caption`` may be "".

    Each row has as many cells as there are ``columns``; ``numbered``: a row (1)(2)… stands under the heads.
    """

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that the writer is given apart (``kind``: ``map``); without it ``missing`` is said instead."""

    kind: str
    alt: str
    caption: str
    missing: str


Block = Heading | Paragraph | Bullets | Blank | Table | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report: ``number`` "I.", ``title``."""

    number: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Annex:
    """An annex: ``number`` "Phụ lục I", ``title``, ``attached`` "(Kèm theo Báo cáo số …)". Landscape."""

    number: str
    title: str
    attached: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class TitleBlock:
    """The head of the first page. Source: Nghị định 30/2020/NĐ-CP, Phụ lục I.

    ``authority`` (the body above the issuer) may be "". ``number`` and ``place_and_day`` hold dots where the office
    writes the running number and the day; ``kind`` is BÁO CÁO, ``subject`` the lines under it.
    """

    nation: str
    motto: str
    authority: str
    issuer: str
    number: str
    place_and_day: str
    kind: str
    subject: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs: ``lines`` in capitals (on behalf of whom, the post), then room, then the ``name`` ("" unknown)."""

    lines: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Recipients:
    """“Nơi nhận:” and who receives the report, as printed line by line."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report of the day ``as_of``; ``title`` is for the properties of a file."""

    lang: Lang
    as_of: date
    title: str
    head: TitleBlock
    opening: Paragraph
    sections: tuple[Section, ...]
    closing: Paragraph
    annexes: tuple[Annex, ...]
    note: str
    signature: Signature
    recipients: Recipients


def words_of(runs: Iterable[Run]) -> str:
    """The runs as one text."""
    return "".join(run.text for run in runs)


def blocks_of(report: Report) -> Iterator[Block]:
    """Every block of the report in its order, those of the annexes last."""
    yield report.opening
    for section in report.sections:
        yield from section.blocks
    yield report.closing
    for annex in report.annexes:
        yield from annex.blocks


def tables_of(report: Report) -> Iterator[Table]:
    """Every table of the report in its order; ``id`` is unique among them."""
    return (block for block in blocks_of(report) if isinstance(block, Table))


def spans(cells: Sequence[Cell], place: int) -> bool:
    """The row has nothing after this cell, one of its first two: its text runs to the end of the row."""
    after = cells[place + 1 :]
    return place < 2 <= len(after) and bool(cells[place].text) and not any(one.text or one.above for one in after)


def heads(cells: Sequence[Cell]) -> bool:
    """The row is a heading of the rows below it."""
    return any(spans(cells, place) and cells[place].strong for place in (0, 1)[: len(cells)])


def rows_down(table: Table, at: int, place: int) -> int:
    """How many rows a cell goes down: to a heading row at most, itself the only one in such a row. 0: it goes on from
    the one above. Under a heading row a cell begins anew, for the heading may stand again on the next page.
    """
    rows = table.rows
    if heads(rows[at]):
        return 1
    if rows[at][place].above and at > 0 and not heads(rows[at - 1]):
        return 0
    last = at
    while last + 1 < len(rows) and rows[last + 1][place].above and not heads(rows[last + 1]):
        last += 1
    return last - at + 1


def runs_of(block: Block) -> Iterator[Run]:
    """Every run of a paragraph or a list; none of other blocks."""
    if isinstance(block, Paragraph):
        yield from block.runs
    elif isinstance(block, Bullets):
        for item in block.items:
            yield from item
