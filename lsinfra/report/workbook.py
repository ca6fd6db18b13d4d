"""The report as an Excel workbook: a summary with a chart, a sheet for each table, every figure in one flat table, and
the observations behind it, one a row and by their dates. The same report gives the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from lsinfra.numerals import number
from lsinfra.render.payload import Scope, day_text, latest_money
from lsinfra.report.model import (
    LANGUAGES,
    Annex,
    Cell,
    Column,
    Kind,
    Paragraph,
    Report,
    Section,
    Table,
    tables_of,
    words_of,
)
from lsinfra.report.tables import no_chainage
from lsinfra.report.telling import MOST
from lsinfra.report.wording import plain
from lsinfra.report.workbook_cells import FONT, SIZE, WHOLE, Looks, draw, in_words, set_widths, widths_of, write_across
from lsinfra.report.workbook_chart import charts
from lsinfra.report.workbook_data import data
from lsinfra.text import Lang, say

SUMMARY = ("by_project", "money")
"""Tables that stand on the first sheet and have none of their own."""

_NARROWEST = 150
"""Characters of the first sheet."""

_MANY = 12
"""Columns that a sheet of the usual width has room for."""

_ONE_PAGE = 40
"""Rows of the first sheet that are printed on one page."""


def workbook(report: Report, scope: Scope) -> bytes:
    """The .xlsx file.

    Parameters
    ----------
    report
        What it says (``contents.contents``).
    scope
        What the report was made from: the histories are read in its records, up to its day.
    """
    out = io.BytesIO()
    never = dict.fromkeys(("strings_to_formulas", "strings_to_numbers", "strings_to_urls"), False)
    font = {"default_format_properties": {"font_name": FONT, "font_size": SIZE}}
    # In memory every part of the zip has one and the same time.
    book = xlsxwriter.Workbook(out, {"in_memory": True, **never, **font})
    book.set_properties(
        {
            "title": report.title[:255],
            "subject": " ".join(report.head.subject)[:255],
            "author": "" if "…" in report.head.issuer else report.head.issuer[:255],
            "created": datetime.combine(report.as_of, time(), UTC),
        }
    )
    writer = _Writer(book, report, scope, Looks(book))
    writer.summary()
    for place in _places(report):
        writer.table(place)
    data(scope, writer.looks, *map(writer.opened, ("data", "observations", "trend")))
    book.close()
    return _in_language(out.getvalue(), LANGUAGES[report.lang])


def _in_language(made: bytes, language: str) -> bytes:
    """The same file, said to be in this language: its properties and the texts of its charts."""
    said, end = f"<dc:language>{language}</dc:language>", "</cp:coreProperties>"
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            text = old.read(part).decode("utf-8")
            if part.filename == "docProps/core.xml":
                text = text.replace(end, said + end)
            elif part.filename.startswith("xl/charts/"):
                # A "<" is in no text of the records, where it is "&lt;".
                text = re.sub(r'(<(?:c:lang val|a:endParaRPr lang|a:rPr lang)=)"en-US"', rf'\1"{language}"', text)
            new.writestr(part, text.encode("utf-8"))
    return out.getvalue()


# --- where tables stand --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """A table, its title, and what is said before it."""

    table: Table
    title: str
    before: tuple[str, ...] = ()


def _places(report: Report) -> Iterator[_Place]:
    """The tables that have a sheet of their own, in the report's order."""
    parts: tuple[Section | Annex, ...] = (*report.sections, *report.annexes)
    for part in parts:
        annex = f"{part.number}. {part.title}" if isinstance(part, Annex) else ""
        said = [words_of(one.runs) for one in part.blocks if isinstance(one, Paragraph)] if annex else []
        for block in part.blocks:
            if isinstance(block, Table) and not _in_summary(report, block):
                yield _Place(block, block.caption or annex, tuple(said))


def _in_summary(report: Report, table: Table) -> bool:
    """A table of the first sheet that stands in the text: one too long for it is an annex, and has its own sheet."""
    return table.id in SUMMARY and any(table in section.blocks for section in report.sections)


def _with_units(table: Table, lang: Lang) -> Table:
    """A table of money with its unit in a column, so that it stands under a table of land with one."""
    unit = next((column.unit for column in table.columns if column.unit), "")
    if not unit:
        return table
    head = Column(say(lang, "report.column.unit"), Kind.UNIT, 0.8)
    columns = [replace(column, unit="") for column in table.columns]
    rows = tuple((*row[:2], Cell(unit), *row[2:]) for row in table.rows)
    return replace(table, columns=(*columns[:2], head, *columns[2:]), rows=rows)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the sheets one after the other."""

    book: Workbook
    report: Report
    scope: Scope
    looks: Looks

    def named(self, id: str) -> str:
        """The name of a sheet, by the id of its table."""
        return say(self.report.lang, f"report.book.sheet.{id}")

    def opened(self, id: str) -> Worksheet:
        """A new sheet: A4 landscape, one page wide, page numbers at the foot."""
        sheet = self.book.add_worksheet(self.named(id))
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.center_horizontally()
        sheet.set_footer("&C&P/&N")
        sheet.hide_gridlines(2)
        return sheet

    def table(self, place: _Place) -> None:
        table, looks, lang = place.table, self.looks, self.report.lang
        sheet = self.opened(table.id)
        sorts = table.numbered and not any(cell.strong for row in table.rows for cell in row)
        # Many columns are printed smaller, rather than their words in columns of a syllable.
        widths = widths_of([table], WHOLE * max(1, len(table.columns) / _MANY))
        set_widths(sheet, widths)
        across, wide = (0, len(widths) - 1), sum(widths)
        write_across(sheet, 0, across, place.title, looks.of(bold=True, font_size=14, text_wrap=True), wide / 1.1)
        top = 1
        day = say(lang, "report.book.as_of", day=day_text(self.report.as_of, lang))
        notation = [say(lang, "report.book.notation")] if in_words(table, lang) else []
        said = " ".join([day, *place.before, *self._sources(table), *notation])
        write_across(sheet, top, across, said, looks.of(italic=True, text_wrap=True), wide)
        placed = draw(sheet, looks, table, top + 1, widths, lang)
        if sorts:
            sheet.autofilter(placed.first - 1, 0, placed.end - 1, len(widths) - 1)
        sheet.freeze_panes(placed.first, 0)
        sheet.repeat_rows(placed.heads, placed.first - 1)
        if table.note:
            write_across(sheet, placed.end, across, table.note, looks.of(italic=True, text_wrap=True), wide)

    def _sources(self, table: Table) -> list[str]:
        """What the numbers in brackets are, where there are any."""
        if table.id == "sources" or not any(cell.sources for row in table.rows for cell in row):
            return []
        return [say(self.report.lang, "report.book.numbers", sheet=self.named("sources"))]

    def summary(self) -> None:
        sheet, looks, report = self.opened("summary"), self.looks, self.report
        tables = [table for section in report.sections for table in section.blocks if isinstance(table, Table)]
        tables = [_with_units(table, report.lang) for table in tables if table.id in SUMMARY]
        widths = widths_of(tables) if tables else [16.0] * 9
        # A chart wants room even beside short names.
        widths = [round(width * max(1, _NARROWEST / sum(widths)), 1) for width in widths]
        set_widths(sheet, widths)
        across, wide = (0, len(widths) - 1), sum(widths)
        title, day = plain(self.scope.portfolio.records.portfolio.title.write(report.lang)), report.head.subject[-1]
        look = looks.of(bold=True, font_size=16, align="center", text_wrap=True)
        write_across(sheet, 0, across, title, look, wide / 1.1)
        write_across(sheet, 1, across, day, looks.of(align="center", text_wrap=True), wide)
        row = charts(self.book, sheet, looks, self.scope, (3, len(widths) + 1), wide)
        for table in tables:
            write_across(sheet, row, across, table.caption, looks.of(bold=True, text_wrap=True), wide / 1.1)
            row = draw(sheet, looks, table, row + 1, widths, report.lang).end
            if table.note:
                write_across(sheet, row, across, table.note, looks.of(italic=True, text_wrap=True), wide)
                row += 1
            row += 1
        for text in dict.fromkeys([*self._missing(), say(report.lang, "report.book.notation")]):
            write_across(sheet, row, across, text, looks.of(text_wrap=True), wide)
            row += 1
        sheet.freeze_panes(2, 0)
        sheet.repeat_rows(0, 1)
        if row <= _ONE_PAGE:
            sheet.fit_to_pages(1, 1)
        sheet.print_area(0, 0, row - 1, across[1])

    def _missing(self) -> Iterator[str]:
        """What is not known, each in one sentence."""
        scope, lang, report = self.scope, self.report.lang, self.report
        land = {row.project for row in scope.clearance}
        no_land = [plain(one.title.write(lang)) for one in scope.projects if one.id not in land]
        no_money = [plain(one.title.write(lang)) for one in scope.projects if not latest_money(scope, one.id)]
        for names, few, many in (
            (no_land, "report.book.silent_land", "report.book.silent_land_count"),
            (no_money, "report.results.silent_money", "report.results.silent_money_count"),
        ):
            if len(names) > MOST:
                yield say(lang, many, count=number(len(names), None, lang))
            elif names:
                yield say(lang, few, projects="; ".join(names))
        there = {table.id: table for table in tables_of(report)}
        if scope.projects and "by_unit" not in there:
            yield say(lang, "report.results.no_unit")
        if scope.projects and "by_chainage" not in there:
            yield say(lang, no_chainage(scope))
        for name in ("late", "findings"):
            if name in there:
                count = number(len(there[name].rows), None, lang)
                yield say(lang, f"report.book.{name}", count=count, sheet=self.named(name))
        for annex in report.annexes:
            if not any(isinstance(block, Table) for block in annex.blocks):
                yield from (words_of(block.runs) for block in annex.blocks if isinstance(block, Paragraph))
