"""Tables of another layout → proposals, by a mapping file (``table_mapping``).

The headings are looked for in the table itself, merged ones above others included, so that a column that was moved is
found again and one that is gone is missed loudly. A row with figures whose project is not known is told, never dropped.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from lsinfra.codes import Stage
from lsinfra.dates import PartialDate
from lsinfra.errors import Fault, InputError, LsinfraError, Severity
from lsinfra.intake.forms.mapping import MappedColumn, Mapping
from lsinfra.intake.forms.reading import FormsRead, Step
from lsinfra.intake.proposals import Doubt, Intake, Proposal, Unread, confidence_of
from lsinfra.intake.workbooks.cells import Cell, CellError, folded, read_amount, read_day, refusal
from lsinfra.intake.workbooks.opening import Book, open_book
from lsinfra.intake.workbooks.parts import MAX_FOUND, Place, Sheet, column_of, letters
from lsinfra.numerals import shown
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import Figure, Measure, Unit
from lsinfra.records import Project
from lsinfra.text import LANGS, Word, printable

_LETTERS = re.compile("[A-Z]{1,3}")
_ROMAN = re.compile(r"(?=[IVXLC])(?:C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})\.?")
_UNIT_NOTE = re.compile(r"(?<!\w)(?:(?:đvt|đơn vị tính)(?!\w) *:?|đơn vị *:).*")
# Units as headings name them, with what one of them is in the base unit of its measure (``Unit.factor``).
_SCALES = {
    **{unit.value: (unit.measure, unit.factor) for unit in Unit if unit.measure in (Measure.AREA, Measure.MONEY)},
    **dict.fromkeys(("m2", "m 2"), (Measure.AREA, Unit.M2.factor)),
    **dict.fromkeys(("nghìn đồng", "ngàn đồng", "1.000 đồng", "1000 đồng"), (Measure.MONEY, Decimal(1000))),
    **dict.fromkeys(("triệu", "trđ", "tr.đ", "tr.đồng"), (Measure.MONEY, Unit.MILLION.factor)),
    **dict.fromkeys(("tỷ", "tỉ", "tỉ đồng"), (Measure.MONEY, Unit.BILLION.factor)),
    **dict.fromkeys(("nghìn tỷ", "nghìn tỉ", "nghìn tỉ đồng"), (Measure.MONEY, Unit.TRILLION.factor)),
}
# "Đồng" alone only in brackets or after a colon: "hội đồng", "hợp đồng"; "tỷ" not in "tỷ lệ", "tỷ trọng".
_SCALE = re.compile(
    r"(?<![\w.,])(?:"
    + "|".join(re.escape(s).replace(r"\ ", " +") for s in sorted(_SCALES, key=len, reverse=True) if s != "đồng")
    + r")(?![\w])(?! +(?:lệ|trọng|suất|giá))|(?<=[(:]) *đồng(?= *(?:\)|$))"
)
_BETWEEN = " / "  # a heading and the one above it
_SHOWN = 30  # headings in a sentence


def read_tables(
    files: Sequence[Path],
    mapping: Mapping,
    portfolio: Portfolio,
    *,
    source: str | None = None,
    step: Step | None = None,
) -> FormsRead:
    """Read the figures of tables of one layout, see ``read_table``; faults of some keep none of the others out.

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
    intakes: list[Intake] = []
    faults: list[Fault] = []
    for done, file in enumerate(files, 1):
        try:
            intakes.append(read_table(file, mapping, portfolio, source=source))
        except InputError as error:
            faults += error.faults
        if step:
            step(done, len(files))
    return FormsRead(tuple(intakes), tuple(faults), ())


def read_table(file: Path, mapping: Mapping, portfolio: Portfolio, *, source: str | None = None) -> Intake:
    """Read the figures of one table.

    Parameters
    ----------
    source
        The key of ``sources`` that the figures come from; None while it is not known.

    Returns
    -------
    Intake
        A proposal for each figure of a mapped column, position sheet and cell; in ``unread`` the cells that hold no
        figure and the rows with figures whose project or section is not known.

    Raises
    ------
    RunError
        The file is missing or cannot be read.
    InputError
        The file cannot be opened, or sheet, headings, date, project do not fit the mapping; all of these at once.
    """
    book = open_book(file)
    table = _Table.of(book, mapping, portfolio)
    proposals: list[Proposal] = []
    unread = [
        Unread("", book.name, Doubt("left_aside", {"what": Word(f"form.{key}")}, group="form"))
        for key in book.left_aside
    ]
    for row in table.rows():
        for found in table.row(row, source):
            if isinstance(found, Proposal):
                proposals.append(found)
            else:
                unread.append(found)
        if len(proposals) + len(unread) > MAX_FOUND:
            raise InputError([Fault(shown(book.name, 200), "", "form.many_figures", {"limit": MAX_FOUND})])
    return Intake(book.name, book.sha256, tuple(proposals), tuple(unread))


@dataclass(frozen=True, slots=True)
class _Figures:
    """A column of figures and that of its totals, by number."""

    of: MappedColumn
    column: int
    total: int | None
    doubts: tuple[Doubt, ...]  # of every figure of the column


@dataclass(frozen=True, slots=True)
class _Rule:
    """Rows to be passed over."""

    column: int
    roman: bool
    words: tuple[str, ...]

    def fits(self, text: str) -> bool:
        plain = folded(text)
        if self.roman and _ROMAN.fullmatch(text.strip()):
            return True
        return any(plain == word or plain.startswith((f"{word} ", f"{word}:", f"{word}(")) for word in self.words)


@dataclass(frozen=True, slots=True, order=True)
class _Merged:
    """The rows of a merged cell, and its text."""

    top: int
    bottom: int
    text: str


@dataclass(frozen=True, slots=True)
class _Table:
    """A table whose columns, date and projects are found."""

    sheet: Sheet
    mapping: Mapping
    portfolio: Portfolio
    figures: tuple[_Figures, ...]
    observed: PartialDate
    project_column: int | None
    section_column: int | None
    rules: tuple[_Rule, ...]
    names: dict[str, str]
    merged: dict[int, list[_Merged]]

    @staticmethod
    def of(book: Book, mapping: Mapping, portfolio: Portfolio) -> _Table:
        name = mapping.sheet
        sheet = next((sheet for sheet in book.sheets if name is None or folded(sheet.name) == folded(name)), None)
        place = shown(book.name, 200)
        if sheet is None:
            known = ", ".join(shown(sheet.name) for sheet in book.sheets) or "–"
            values: dict[str, object] = {"found": shown(name or ""), "known": known}
            raise InputError([Fault(place, "", "form.no_sheet", values)])
        faults: list[Fault] = []

        def fault(error: LsinfraError) -> None:
            at = f"{place}: {shown(sheet.name)}"
            faults.append(Fault(at, "", f"{error.group}.{error.key}", error.values))

        headings = _headings(sheet, mapping)

        def column(found: str | None, under: str | None = None) -> int:
            try:
                return _column(headings, found, under, mapping) if found is not None else 0
            except CellError as error:
                fault(error)
                return 0

        note = _unit_note(sheet, mapping)
        figures = []
        for of in mapping.columns:
            value, total = column(of.column, of.heading), column(of.total)
            doubts = [doubt for at in (value, total) if at for doubt in _unit_doubts(at, of.unit, headings, note)]
            figures.append(_Figures(of, value, total or None, tuple(doubts)))
        rules = tuple(_Rule(column(rule.column), rule.roman, tuple(map(folded, rule.words))) for rule in mapping.skip)
        project_column, section_column = column(mapping.project_column), column(mapping.section_column)
        projects = [project.id for project in portfolio.records.projects]
        if mapping.project is not None and mapping.project not in projects:
            fault(CellError("unknown_project", found=mapping.project, known=", ".join(projects) or "–"))
        observed = PartialDate(2000, 1)
        try:
            observed = _observed(sheet, mapping)
        except LsinfraError as error:
            fault(error)
        if faults:
            raise InputError(faults)
        names = {folded(name): key for name, key in mapping.names.items()}
        found = project_column or None, section_column or None
        merged = {
            at: _merged(sheet, at) for at in {project_column, section_column, *(rule.column for rule in rules)} if at
        }
        return _Table(sheet, mapping, portfolio, tuple(figures), observed, *found, rules, names, merged)

    def rows(self) -> Iterator[int]:
        """The rows of figures, from top to bottom."""
        first, last = self.mapping.first or self.mapping.header[1] + 1, self.mapping.last
        found = {row for row, _ in self.sheet.cells if row >= first and (last is None or row <= last)}
        return iter(sorted(found))

    def text(self, row: int, column: int | None) -> str:
        """The text of a cell, or of the merged cell that it lies in."""
        if column is None:
            return ""
        if cell := self.sheet.cells.get((row, column)):
            return cell.text
        ranges = self.merged[column]
        at = bisect_right(ranges, row, key=lambda one: one.top) - 1
        return ranges[at].text if at >= 0 and row <= ranges[at].bottom else ""

    def row(self, row: int, source: str | None) -> Iterator[Proposal | Unread]:
        filled = [
            (of, cell) for of in self.figures if (cell := self.sheet.cells.get((row, of.column))) and not cell.blank
        ]
        if not filled or any(rule.fits(self.text(row, rule.column)) for rule in self.rules):
            return
        try:
            project = self.project(row)
            section = self.section(row, project)
        except CellError as error:
            at = self.section_column if error.key in {"which_section", "section_blank"} else self.project_column
            yield Unread(str(error.values["found"]), self.sheet.position(row, at or 1), refusal(error))
            return
        for of, cell in filled:
            position = self.sheet.position(row, of.column)
            quote = shown(printable(cell.text.strip()), 200)
            try:
                figure, doubts = self.figure(row, of, cell)
            except LsinfraError as error:
                yield Unread(quote, position, refusal(error))
                continue
            stage: Stage | None = of.of.stage
            yield Proposal(
                project.id,
                section,
                stage,
                of.of.plan_year,
                of.of.base,
                of.of.funding,
                figure,
                self.observed,
                source,
                None,
                quote,
                position,
                confidence_of(doubts),
                doubts,
                of.of.added_after_september,
            )

    def figure(self, row: int, of: _Figures, cell: Cell) -> tuple[Figure, tuple[Doubt, ...]]:
        figure, doubts = read_amount(cell, of.of.unit)
        doubts += of.doubts + self.sheet.unseen(row, of.column)
        whole = self.sheet.cells.get((row, of.total)) if of.total else None
        if whole is None or whole.blank:
            return figure, doubts
        total, more = read_amount(whole, of.of.unit)
        if figure.total is not None and figure.total != total.value:
            raise CellError("two_totals", found=shown(cell.text), total=shown(whole.text))
        if total.value == 0:  # nothing was planned: a total of 0 says that there is none
            return figure, doubts
        made = Figure(figure.value, of.of.unit, total.value, figure.percent, figure.about)
        return made, doubts + tuple(doubt for doubt in more if doubt not in doubts)

    def project(self, row: int) -> Project:
        wanted = self.mapping.project
        text = self.text(row, self.project_column)
        for project in self.portfolio.records.projects:
            if project.id == (wanted or self.names.get(folded(text))):
                return project
        if wanted is None:
            for project in self.portfolio.records.projects:
                if folded(text) in {folded(project.title.write(lang)) for lang in LANGS} | {project.id}:
                    return project
        raise CellError("which_project", found=shown(printable(text), 200))

    def section(self, row: int, project: Project) -> str | None:
        text = self.text(row, self.section_column).strip()
        if not text:
            if self.section_column is None or self.mapping.blank_is_whole:
                return None
            raise CellError("section_blank", found="", project=project.id)
        named = self.names.get(folded(text))
        found = [part.id for part in project.sections if part.id == named or folded(part.unit) == folded(text)]
        if len(found) != 1:
            raise CellError("which_section", found=shown(printable(text), 200), project=project.id)
        return found[0]


def _merged(sheet: Sheet, column: int) -> list[_Merged]:
    """The merged cells that cover a column and hold a text, from top to bottom."""
    return sorted(
        _Merged(top, bottom, cell.text)
        for (top, left), (bottom, right) in sheet.merges
        if left <= column <= right and (cell := sheet.cells.get((top, left)))
    )


# --- finding columns and dates -------------------------------------------------------------------------------------


def _headings(sheet: Sheet, mapping: Mapping) -> dict[int, str]:
    """The headings over each column, from top to bottom, a merged one over all columns it covers."""
    first, last = mapping.header
    cells = {place: cell.text for place, cell in sheet.cells.items() if first <= place[0] <= last}
    covered: set[Place] = set()
    for (top, left), (bottom, right) in sheet.merges:
        end = min(right, left + 300)  # a merged range may reach to the end of the sheet
        # In a sound file no range lies over another; in one made to harm, thousands do.
        if (top, left) in cells and bottom <= last and covered.isdisjoint({(top, left), (bottom, end)}):
            for row in range(top, bottom + 1):
                for column in range(left, end + 1):
                    cells[row, column] = cells[top, left]
                    covered.add((row, column))
    found: dict[int, list[str]] = {}
    for (_, column), text in sorted(cells.items()):
        line = found.setdefault(column, [])
        if (plain := " ".join(text.split())) and plain not in line[-1:]:
            line.append(plain)
    return {column: _BETWEEN.join(line) for column, line in found.items() if line}


def _column(headings: dict[int, str], found: str, under: str | None, mapping: Mapping) -> int:
    """The number of a column given by letters (``under`` the heading that must be over it) or by its heading."""
    if _LETTERS.fullmatch(found.strip()) and not any(_ends(heading, found) for heading in headings.values()):
        column = column_of(found.strip())
        if under is not None and not _ends(headings.get(column, ""), under):
            raise CellError(
                "other_heading", column=letters(column), seen=shown(headings.get(column, ""), 120), found=shown(under)
            )
        return column
    fitting = [column for column, heading in sorted(headings.items()) if _ends(heading, found)]
    if not fitting:
        known = "; ".join(shown(heading) for _, heading in sorted(headings.items())[:_SHOWN]) or "–"
        rows = "-".join(str(row) for row in dict.fromkeys(mapping.header))
        raise CellError("no_heading", found=shown(found), rows=rows, known=known)
    if len(fitting) > 1:
        raise CellError("headings_twice", found=shown(found), columns=", ".join(map(letters, fitting)))
    return fitting[0]


def _ends(heading: str, found: str) -> bool:
    """Whether the headings over a column end with these."""
    parts, wanted = folded(heading).split(_BETWEEN), folded(found).split(_BETWEEN)
    return parts[-len(wanted) :] == wanted


def _unit_note(sheet: Sheet, mapping: Mapping) -> str:
    """What stands above the figures of the unit of them all, such as ``Đơn vị tính: triệu đồng``."""
    rows = sorted((place, cell.text) for place, cell in sheet.cells.items() if place[0] <= mapping.header[1])
    return " ".join(match[0] for _, text in rows if (match := _UNIT_NOTE.search(folded(text))))


def _unit_doubts(column: int, unit: Unit, headings: dict[int, str], note: str) -> Iterator[Doubt]:
    """A doubt where the nearest heading that names a unit of this measure names another one than the mapping."""
    for told in (*reversed(folded(headings.get(column, "")).split(_BETWEEN)), note):
        found = [(match[0], _SCALES[" ".join(match[0].split())]) for match in _SCALE.finditer(told)]
        named = [(text, scale) for text, (measure, scale) in found if measure is unit.measure]
        if unit.factor in [scale for _, scale in named]:
            return
        if named:
            values: dict[str, object] = {"column": letters(column), "found": named[0][0], "unit": unit.value}
            yield Doubt("unit_of_heading", values, Severity.ERROR, "form")
            return


def _observed(sheet: Sheet, mapping: Mapping) -> PartialDate:
    if isinstance(mapping.date, PartialDate):
        return mapping.date
    row, column = mapping.date
    cell, name = sheet.cells.get(mapping.date), f"{letters(column)}{row}"
    if cell is None or cell.blank:
        raise CellError("no_date", cell=name)
    try:
        return read_day(cell)
    except LsinfraError as error:
        raise CellError("date_unread", cell=name, reason=error) from None
