"""Filled forms → proposals. Found by their hidden keys: renamed, sorted, partly filled, saved by another program.

A row whose value is blank says nothing; one whose value is filled in is proposed, unless the records hold the very same
figure of that date. What stands in an input cell and cannot be read is told with its cell, and the other rows are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path

from lsinfra.codes import Base
from lsinfra.dates import PartialDate
from lsinfra.errors import Fault, InputError, LsinfraError, Severity
from lsinfra.intake.forms.layout import (
    AS_OF_KEY,
    COLUMNS,
    HEAD_KEY,
    LABELS,
    FormRow,
    is_form,
    is_key,
    read_key,
    read_mark,
)
from lsinfra.intake.proposals import Doubt, Intake, Proposal, Unread, confidence_of
from lsinfra.intake.workbooks.cells import (
    Cell,
    CellError,
    CellKind,
    folded,
    read_amount,
    read_day,
    refusal,
    tidy,
)
from lsinfra.intake.workbooks.opening import Book, open_book
from lsinfra.intake.workbooks.parts import MAX_FOUND, Place, Sheet
from lsinfra.numerals import number, shown
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import Figure
from lsinfra.records import Records
from lsinfra.text import LANGS, printable, say

# How far from the corner of a sheet its mark may have been moved by rows and columns put before it.
_NEAR = 12

Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class FormsRead:
    """What forms, or tables of another layout, gave.

    Parameters
    ----------
    intakes
        One for each file that could be read, in the order of the files. Cells that could not be read are in ``unread``.
    faults
        Files and sheets that could not be read at all.
    notices
        What was passed over on purpose: links to other workbooks, sheets that are no form.
    """

    intakes: tuple[Intake, ...]
    faults: tuple[Fault, ...]
    notices: tuple[Fault, ...]


def read_forms(
    files: Sequence[Path], portfolio: Portfolio, *, source: str | None = None, step: Step | None = None
) -> FormsRead:
    """Read forms that ``write_forms`` made and people filled in: .xlsx, .xls or .ods.

    Parameters
    ----------
    source
        The key of ``sources`` that all their figures come from; None while it is not known.
    step
        Is told how many files are done, and of how many.

    Raises
    ------
    RunError
        A file is missing or cannot be read.
    """
    known = _Known.of(portfolio.records)
    intakes: list[Intake] = []
    faults: list[Fault] = []
    notices: list[Fault] = []
    for done, path in enumerate(files, 1):
        try:
            form = _Form(open_book(path), known, source)
            form.read()
        except InputError as error:
            faults += error.faults
        else:
            faults += form.faults
            notices += form.notices
            if form.found:
                found = tuple(form.proposals), tuple(form.unread)
                intakes.append(Intake(form.book.name, form.book.sha256, *found))
        if step:
            step(done, len(files))
    return FormsRead(tuple(intakes), tuple(faults), tuple(notices))


# --- what the records know -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    """The ids of the records, and the figures that are in them already."""

    places: frozenset[tuple[str, str | None]]
    figures: frozenset[tuple[object, ...]]

    @staticmethod
    def of(records: Records) -> _Known:
        places: set[tuple[str, str | None]] = set()
        figures: set[tuple[object, ...]] = set()
        for project in records.projects:
            places |= {(project.id, None), *((project.id, section.id) for section in project.sections)}
            for seen in project.clearance:
                figures |= {
                    (project.id, seen.section, stage, None, None, None, False, *_said(figure, seen.as_of))
                    for stage, figure in seen.stages
                }
            for spent in project.disbursement:
                for funding, figure in ((None, spent.total), *spent.funding.items()):
                    key = project.id, None, None, spent.plan_year, spent.base, funding, spent.added_after_september
                    figures.add((*key, *_said(figure, spent.as_of)))
        return _Known(frozenset(places), frozenset(figures))


def _said(figure: Figure, observed: PartialDate) -> tuple[object, ...]:
    return figure.measure, figure.amount, figure.total_amount, figure.about, observed.iso


@cache
def _words(key: str) -> frozenset[str]:
    """A word of the form in every language, to be found again."""
    return frozenset(folded(say(lang, key)) for lang in LANGS)


@cache
def _bases() -> dict[str, Base]:
    return {folded(base.write(lang)): base for lang in LANGS for base in Base}


# --- one file ------------------------------------------------------------------------------------------------------


@dataclass
class _Form:
    """One file while it is read."""

    book: Book
    known: _Known
    source: str | None
    proposals: list[Proposal] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notices: list[Fault] = field(default_factory=list)
    found: bool = False
    recorded: int = 0  # rows whose very figure the records hold

    def read(self) -> None:
        beside = []
        for sheet in self.book.sheets:
            if corner := _corner(sheet):
                self.found = True
                self.sheet(sheet, corner)
            elif sheet.cells:
                beside.append(sheet)
        if not self.found:
            self.faults.append(Fault(shown(self.book.name, 200), "", "form.not_a_form"))
            return
        for sheet in beside:
            self.notices.append(self.fault(sheet, "A1", "form.sheet_ignored"))
        if not (self.proposals or self.unread or self.faults):
            of: tuple[str, dict[str, object]] = "form.nothing_filled", {}
            if self.recorded:
                of = "form.nothing_new", {"count": self.recorded}
            self.notices.append(Fault(shown(self.book.name, 200), "", *of))
        if self.book.old:
            self.notices.append(Fault(shown(self.book.name, 200), "", "form.old_file"))
        self.notices += [Fault(shown(self.book.name, 200), "", f"form.{key}") for key in self.book.left_aside]

    def fault(self, sheet: Sheet, cell: str, key: str, **values: object) -> Fault:
        return Fault(f"{shown(self.book.name, 200)}: {shown(sheet.name)}!{cell}", "", key, values)

    def sheet(self, sheet: Sheet, corner: Place) -> None:
        top, left = corner
        corner_cell = sheet.position(top, left).rpartition("!")[2]
        mark = read_mark(sheet.cells[corner].text)
        if mark is None:
            self.faults.append(self.fault(sheet, corner_cell, "form.other_version"))
            return
        columns = {
            cell.text: column for (row, column), cell in sheet.cells.items() if row == top and cell.text in COLUMNS
        }
        columns["key"] = left
        if missing := [code for code in COLUMNS if code not in columns]:
            self.faults.append(self.fault(sheet, corner_cell, "form.columns_missing", found=", ".join(missing)))
            return
        lines = _lines(sheet, columns)
        keyed = [line for line in lines if is_key(line.key)]
        keys = [line.key for line in keyed]
        if not mark.fits(set(keys)):
            self.faults.append(self.fault(sheet, corner_cell, "form.rows_changed"))
            return
        if missing_rows := mark.rows - len(set(keys)):
            self.notices.append(self.fault(sheet, corner_cell, "form.rows_missing", count=missing_rows, of=mark.rows))
        self.rows(lines, keyed)

    def rows(self, lines: list[_Line], keyed: list[_Line]) -> None:
        as_of = next((line.day("value") for line in lines if line.key == AS_OF_KEY), None)
        head = max((line.row for line in lines if line.key == HEAD_KEY), default=0)
        filled: dict[str, list[_Line]] = defaultdict(list)
        for line in keyed:
            if line.has("value"):
                filled[line.key].append(line)
        for line in lines:
            if len(self.proposals) + len(self.unread) > MAX_FOUND:
                raise InputError([Fault(shown(self.book.name, 200), "", "form.many_figures", {"limit": MAX_FOUND})])
            try:
                if is_key(line.key):
                    others = (other for other in filled[line.key] if other is not line and line.has("value"))
                    if other := next(others, None):
                        raise _At("value", CellError("row_twice", other=other.position("value")))
                    self.row(line, as_of)
                elif line.row > head and not line.key and line.has("value"):
                    raise _At("value", CellError("row_without_key"))
            except _At as at:
                self.refuse(line, at.column, at.error)

    def refuse(self, line: _Line, column: str, error: LsinfraError) -> None:
        cell = line.cell(column)
        quote = shown(printable(cell.text), 200) if cell else ""
        self.unread.append(Unread(quote, line.position(column), refusal(error)))

    def row(self, line: _Line, as_of: PartialDate | LsinfraError | None) -> None:
        """One row: a proposal, nothing, or why not (raised)."""
        row = read_key(line.key, line.labels())
        if not line.has("value"):
            if column := line.alone():
                raise _At(column, CellError("value_missing", cell=line.position("value").rpartition("!")[2]))
            return
        if row is None:
            raise _At("value", CellError("words_moved"))
        if (row.project, row.section) not in self.known.places:
            raise _At("value", CellError("unknown_row", found="/".join(filter(None, (row.project, row.section)))))
        figure, doubts = line.figure(row)
        doubts += line.sheet.unseen(line.row, line.columns["value"])
        observed = line.observed(as_of)
        base = line.base() if row.asks_base else row.base
        of = row.project, row.section, row.stage, row.plan_year, base, row.funding, row.added
        if (*of, *_said(figure, observed)) in self.known.figures:
            self.recorded += 1
            return
        if line.same_total():
            at = line.position("total").rpartition("!")[2]
            total: dict[str, object] = {"total": line.cells["total"].text, "cell": at}
            doubts += (Doubt("total_kept", total, Severity.INFO, "form"),)
        quoted = [printable(line.cells[column].text.strip()) for column in ("value", "total") if line.has(column)]
        if unsaid := line.unsaid("note"):
            self.refuse(line, "note", unsaid)
        note = None if unsaid else line.cell("note")
        self.proposals.append(
            Proposal(
                row.project,
                row.section,
                row.stage,
                row.plan_year,
                base,
                row.funding,
                figure,
                observed,
                self.source,
                tidy(note.text) if note and not note.blank else None,
                shown(" / ".join(quoted), 200),
                line.position("value"),
                confidence_of(doubts),
                doubts,
                row.added,
            )
        )


def _corner(sheet: Sheet) -> Place | None:
    """Where the mark of a form stands: in A1, or near it."""
    for row in range(1, _NEAR + 1):
        for column in range(1, _NEAR + 1):
            cell = sheet.cells.get((row, column))
            if cell and cell.kind is CellKind.TEXT and is_form(cell.text):
                return row, column
    return None


class _At(Exception):
    """What is wrong with a row, and in which column."""

    def __init__(self, column: str, error: LsinfraError) -> None:
        super().__init__(column)
        self.column, self.error = column, error


# --- one row -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of a sheet by the codes of its columns."""

    sheet: Sheet
    columns: dict[str, int]
    row: int
    cells: dict[str, Cell]

    @property
    def key(self) -> str:
        cell = self.cells.get("key")
        return cell.text.strip() if cell else ""

    def cell(self, column: str) -> Cell | None:
        return self.cells.get(column)

    def has(self, column: str) -> bool:
        cell = self.cells.get(column)
        return cell is not None and not cell.blank

    def position(self, column: str) -> str:
        return self.sheet.position(self.row, self.columns[column])

    def labels(self) -> list[str]:
        return [cell.text if (cell := self.cells.get(code)) else "" for code in LABELS]

    def alone(self) -> str | None:
        """The first input of a row without a value that says something all the same."""
        if self.has("total") and not self.same_total():
            return "total"
        return next((column for column in ("about", "date", "note") if self.has(column)), None)

    def unsaid(self, column: str) -> CellError | None:
        """Why a cell of words says none: a formula without its result, an error value. None where it does."""
        cell = self.cells.get(column)
        if cell is None or cell.kind not in {CellKind.FORMULA, CellKind.ERROR}:
            return None
        return CellError("no_words", found=shown(cell.text) or "=")

    def same_total(self) -> bool:
        """Whether the total is the one that the form was written with."""
        total, before = self.cells.get("total"), self.cells.get("before_total")
        if total is None or before is None:
            return False
        return total.amount == before.amount and total.text == before.text

    def figure(self, row: FormRow) -> tuple[Figure, tuple[Doubt, ...]]:
        cell = self.cells["value"]
        total_cell = self.cells["total"] if self.has("total") else None
        total: Decimal | None = None
        more: tuple[Doubt, ...] = ()
        if total_cell is not None:
            whole, more = _try("total", lambda: read_amount(total_cell, row.unit))
            if whole.total is not None or whole.percent is not None:
                raise _At("total", CellError("one_number", found=shown(total_cell.text)))
            total = whole.value
        try:
            figure, doubts = read_amount(cell, row.unit)
            if figure.total is not None and total is not None and figure.total != total:
                raise CellError("two_totals", found=shown(cell.text), total=number(total, None, "vi"))
            about = figure.about or self.about()
            figure = Figure(figure.value, row.unit, figure.total if total is None else total, figure.percent, about)
        except LsinfraError as error:
            raise _At("value", error) from None
        return figure, doubts + tuple(doubt for doubt in more if doubt not in doubts)

    def about(self) -> bool:
        if not self.has("about"):
            return False
        if folded(self.cells["about"].text) not in _words("form.about"):
            raise _At("about", CellError("about_word", found=shown(self.cells["about"].text)))
        return True

    def base(self) -> Base:
        if not self.has("place"):
            raise _At("place", CellError("base_missing"))
        text = self.cells["place"].text
        if (base := _bases().get(folded(text))) is None:
            raise _At("place", CellError("base_unknown", found=shown(text)))
        return base

    def day(self, column: str) -> PartialDate | LsinfraError | None:
        """The date of a cell, why it is none, or None for an empty one."""
        if not self.has(column):
            return None
        try:
            return read_day(self.cells[column])
        except LsinfraError as error:
            return error

    def observed(self, as_of: PartialDate | LsinfraError | None) -> PartialDate:
        """The date of the row, or else that of the form."""
        own = self.day("date")
        if isinstance(own, LsinfraError):
            raise _At("date", own)
        day = own or as_of
        if day is None:
            raise _At("date", CellError("date_missing"))
        if isinstance(day, LsinfraError):
            raise _At("date", CellError("form_date", reason=day))
        return day


def _try(column: str, read: Callable[[], tuple[Figure, tuple[Doubt, ...]]]) -> tuple[Figure, tuple[Doubt, ...]]:
    try:
        return read()
    except LsinfraError as error:
        raise _At(column, error) from None


def _lines(sheet: Sheet, columns: dict[str, int]) -> list[_Line]:
    """The rows in which one of the form's columns says something, from top to bottom."""
    codes = {column: code for code, column in columns.items()}
    rows: dict[int, dict[str, Cell]] = defaultdict(dict)
    for (row, column), cell in sheet.cells.items():
        if code := codes.get(column):
            rows[row][code] = cell
    return [_Line(sheet, columns, row, rows[row]) for row in sorted(rows)]
