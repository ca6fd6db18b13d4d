"""The report as a Word document (.docx) in the official layout. The same report gives the same bytes.

Source: Nghị định 30/2020/NĐ-CP, Phụ lục I: A4; margins 20–25, 20–25, 30–35, 15–20 mm; page number centred on
top from page 2 on, counted anew in each annex.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from itertools import groupby, zip_longest
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from lsinfra.report.model import (
    LANGUAGES,
    Annex,
    Blank,
    Block,
    Bullets,
    Heading,
    Paragraph,
    Picture,
    Report,
    Run,
    Table,
)
from lsinfra.report.word_styles import SIZE, define_styles, element, name_styles
from lsinfra.report.word_tables import fill, in_order, wide

MARGINS_MM = {"top": 20, "bottom": 20, "left": 30, "right": 15}
A4_MM = (210, 297)
PICTURE_MM = 120
"""The highest a picture may be."""

_CENTRE = WD_ALIGN_PARAGRAPH.CENTER
_LEFT = 0.4
"""Part of the width that the issuing body has; the national title has the rest."""

_LEFT_OUT = ("/thumbnail", "/customXml", "/extended-properties")
"""Parts of the library's empty document that speak of another one."""

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def word(report: Report, pictures: Mapping[str, bytes] | None = None) -> bytes:
    """The document.

    Parameters
    ----------
    report
        What it says.
    pictures
        PNG images by ``Picture.kind``; where one is missing a sentence stands instead.

    Returns
    -------
    bytes
        A .docx file: real styles and headings, no clock in it, no field but the page number.
    """
    document = Document()
    _prepare(document, report)
    _head(document, report)
    writer = _Writer(document, pictures or {}, _width_mm(landscape=False))
    writer.block(report.opening)
    for section in report.sections:
        document.add_paragraph(f"{section.number} {section.title}", style="Heading 1")
        writer.blocks(section.blocks)
    writer.block(report.closing, keep=True)
    _foot(document, report)
    for annex in report.annexes:
        _annex(document, annex, pictures or {})
    name_styles(document, report.lang)
    return _packed(document)


# --- the document --------------------------------------------------------------------------------------------------


def _prepare(document: Any, report: Report) -> None:
    """Page, styles, language, header, properties."""
    _page(document.sections[0], landscape=False)
    define_styles(document, LANGUAGES[report.lang])
    header = document.sections[0].header.paragraphs[0]
    header.style, header.alignment = document.styles["Header"], _CENTRE
    _page_number(header)
    settings = document.settings.element
    compat = element("w:compat")
    compat.append(
        element(
            "w:compatSetting",
            {"name": "compatibilityMode", "uri": "http://schemas.microsoft.com/office/word", "val": "15"},
        )
    )
    before = settings.find(qn("w:rsids"))
    old = settings.find(qn("w:compat"))
    if old is not None:
        settings.replace(old, compat)
    elif before is not None:
        before.addprevious(compat)
    else:
        settings.append(compat)
    day = datetime.combine(report.as_of, time(), UTC)
    properties = document.core_properties
    properties.title, properties.subject = report.title[:255], " ".join(report.head.subject)[:255]
    properties.author = properties.last_modified_by = "" if "…" in report.head.issuer else report.head.issuer[:255]
    properties.comments = properties.keywords = ""
    properties.language, properties.revision = LANGUAGES[report.lang], 1
    properties.created = properties.modified = day
    for owner in (document.part.package, document.part):
        for key in [key for key, found in owner.rels.items() if found.reltype.endswith(_LEFT_OUT)]:
            del owner.rels[key]


def _page(section: Any, *, landscape: bool) -> None:
    width, height = reversed(A4_MM) if landscape else A4_MM
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    for side, margin in MARGINS_MM.items():
        setattr(section, f"{side}_margin", Mm(margin))
    section.header_distance = section.footer_distance = Mm(10)
    section.different_first_page_header_footer = True


def _width_mm(*, landscape: bool) -> float:
    return A4_MM[landscape] - MARGINS_MM["left"] - MARGINS_MM["right"]


# --- head, foot, annexes -------------------------------------------------------------------------------------------


def _head(document: Any, report: Report) -> None:
    """Issuing body and number on the left, the national title, place and day on the right; then the title."""
    head, width = report.head, _width_mm(landscape=False)
    left, right = _side_by_side(document, width, _LEFT).rows[0].cells
    _line(left, [head.authority], size=13)
    _line(left, [head.issuer], size=13, bold=True)
    _rule(left, width * _LEFT, _part_of(head.issuer, 13, width * _LEFT))
    _line(left, [head.number], size=13, before=4)
    for paragraph in left.paragraphs:
        paragraph.paragraph_format.right_indent = Mm(4) + (paragraph.paragraph_format.right_indent or 0)
    _line(right, [head.nation], size=13, bold=True)
    _line(right, [head.motto], size=SIZE, bold=True)
    _rule(right, width * (1 - _LEFT), 64 if report.lang == "vi" else 80)
    _line(right, [head.place_and_day], size=SIZE, italic=True, before=4)
    document.add_paragraph(head.kind, style="Title")
    for subject in head.subject:
        document.add_paragraph(subject, style="Subtitle")
    _rule_paragraph(document.add_paragraph(style="Centred"), width, _part_of(max(head.subject, key=len), SIZE, width))
    document.add_paragraph(style="Centred").paragraph_format.space_after = Pt(2)


def _foot(document: Any, report: Report) -> None:
    """Recipients on the left, the signature on the right, not to be torn apart; then what the dotted lines are."""
    room = document.add_paragraph(style="Table Text")
    room.paragraph_format.keep_with_next = True
    table = _side_by_side(document, _width_mm(landscape=False), 0.45)
    left, right = table.rows[0].cells
    title = left.paragraphs[0]
    run = title.add_run(report.recipients.title)
    run.bold, run.italic, run.font.size = True, True, Pt(12)
    for line in report.recipients.lines:
        left.add_paragraph(line, style="Recipients")
    signature = report.signature
    _line(right, list(signature.lines), size=SIZE, bold=True)
    for _ in range(4):
        right.add_paragraph(style="Centred")
    right.add_paragraph(style="Centred").add_run(signature.name or "").bold = True
    for cell in (left, right):
        for paragraph in cell.paragraphs:
            paragraph.paragraph_format.keep_with_next = bool(report.note)
    if report.note:
        # A row of the same table: it has no page of its own.
        row = table.add_row()
        row._tr.get_or_add_trPr().append(element("w:cantSplit"))
        note = row.cells[0].merge(row.cells[1]).paragraphs[0]
        note.style, note.paragraph_format.space_before = "Table Note", Pt(12)
        note.add_run(report.note)


def _annex(document: Any, annex: Annex, pictures: Mapping[str, bytes]) -> None:
    section = document.add_section(WD_SECTION.NEW_PAGE)
    _flatten(document.element.body[-2])
    _page(section, landscape=True)
    # Pages are counted anew in each annex.
    kind = element("w:pgNumType", {"start": "1"})
    properties = section._sectPr
    for old in properties.findall(qn("w:pgNumType")):
        properties.remove(old)
    properties.find(qn("w:pgMar")).addnext(kind)
    document.add_paragraph(annex.number, style="Annex Heading")
    document.add_paragraph(annex.title, style="Subtitle")
    attached = document.add_paragraph(style="Centred")
    attached.add_run(annex.attached).italic = True
    attached.paragraph_format.keep_with_next = True
    width = _width_mm(landscape=True)
    _rule_paragraph(document.add_paragraph(style="Centred"), width, 60)
    document.add_paragraph(style="Table Text").paragraph_format.keep_with_next = True
    writer = _Writer(document, pictures, width)
    writer.blocks(annex.blocks)


def _flatten(holder: Any) -> None:
    """The paragraph that ends a section, made so low that it never takes a page of its own; the one before it goes
    where it is only the blank line after a table.
    """
    before = holder.getprevious()
    if before is not None and before.tag == qn("w:p") and not before.findall(qn("w:r")):
        before.getparent().remove(before)
    low = {"before": "0", "after": "0", "line": "20", "lineRule": "exact"}
    holder.get_or_add_pPr().append(element("w:spacing", low))
    properties = holder.pPr
    properties.insert(0, properties[-1])


def _side_by_side(document: Any, width_mm: float, left_part: float) -> Any:
    """A table of one row, two cells without lines."""
    table = document.add_table(rows=1, cols=2)
    table.autofit = False
    margins = element("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(element(f"w:{side}", {"w": "0", "type": "dxa"}))
    table._tbl.tblPr.append(margins)
    in_order(table._tbl.tblPr)
    row = table.rows[0]
    row._tr.get_or_add_trPr().append(element("w:cantSplit"))
    for cell, part in zip(row.cells, (left_part, 1 - left_part), strict=True):
        cell.width = Mm(width_mm * part)
    for column, part in zip(table.columns, (left_part, 1 - left_part), strict=True):
        column.width = Mm(width_mm * part)
    return table


def _line(
    cell: Any, lines: list[str], *, size: float, bold: bool = False, italic: bool = False, before: float = 0
) -> None:
    """Centred lines of a cell; its first paragraph is there already."""
    for text in lines:
        if not text:
            continue
        first = cell.paragraphs[0]
        paragraph = first if not first.runs and len(cell.paragraphs) == 1 else cell.add_paragraph()
        paragraph.style, paragraph.paragraph_format.space_before = "Centred", Pt(before)
        run = paragraph.add_run(text)
        run.bold, run.italic, run.font.size = bold, italic, Pt(size)


def _rule(cell: Any, width_mm: float, rule_mm: float) -> None:
    paragraph = cell.add_paragraph()
    paragraph.style = "Centred"
    _rule_paragraph(paragraph, width_mm, rule_mm)


def _part_of(text: str, size: float, most_mm: float) -> float:
    """How long a ruled line under a bold text is, in mm: between a third and a half of it, as the decree asks."""
    return 0.42 * min(wide(text, size) * 25.4 / 1440, most_mm)


def _rule_paragraph(paragraph: Any, width_mm: float, rule_mm: float) -> None:
    """A ruled line in the middle: the upper border of a paragraph without text."""
    aside = Mm(max(0.0, (width_mm - rule_mm) / 2))
    shape = paragraph.paragraph_format
    shape.left_indent, shape.right_indent = aside, aside
    shape.space_before, shape.line_spacing = Pt(5), Pt(3)
    borders = element("w:pBdr")
    borders.append(element("w:top", {"val": "single", "sz": "6", "space": "1", "color": "000000"}))
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _page_number(paragraph: Any) -> None:
    for kind, text in (("begin", ""), ("", "PAGE"), ("separate", ""), (None, "2"), ("end", "")):
        run = paragraph.add_run()
        if kind:
            run._r.append(element("w:fldChar", {"fldCharType": kind}))
        elif kind is None:
            run.text = text
        else:
            code = element("w:instrText")
            code.text = text
            run._r.append(code)


# --- blocks --------------------------------------------------------------------------------------------------------


class _Writer:
    """Lays blocks out between the margins."""

    def __init__(self, document: Any, pictures: Mapping[str, bytes], width_mm: float) -> None:
        self.document, self.pictures, self.width_mm = document, pictures, width_mm

    def blocks(self, blocks: Sequence[Block]) -> None:
        """Blocks one after the other; what leads to a table, a list or dotted lines stays with it."""
        for block, after in zip_longest(blocks, blocks[1:]):
            self.block(block, keep=isinstance(after, (Table, Bullets, Blank)))

    def block(self, block: Block, *, keep: bool = False) -> None:
        match block:
            case Heading():
                self.document.add_paragraph(f"{block.number} {block.title}", style=f"Heading {block.level}")
            case Paragraph():
                made = self.document.add_paragraph(style="Body Text")
                _write(made, block.runs)
                made.paragraph_format.keep_with_next = keep or None
            case Bullets():
                for item in block.items:
                    _write(self.document.add_paragraph(style="List Bullet"), item)
            case Blank():
                for _ in range(block.lines):
                    self._dotted()
            case Table():
                self._table(block)
            case Picture():
                self._picture(block)

    def _dotted(self) -> None:
        made = self.document.add_paragraph("\t", style="Dotted Line")
        made.paragraph_format.tab_stops.add_tab_stop(Mm(self.width_mm), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)

    def _picture(self, block: Picture) -> None:
        png = self.pictures.get(block.kind)
        if png is None:
            self.document.add_paragraph(block.missing, style="Body Text")
            return
        made = self.document.add_paragraph(style="Centred")
        made.paragraph_format.keep_with_next = True
        shape = made.add_run().add_picture(io.BytesIO(png))
        scale = min(Mm(self.width_mm) / shape.width, Mm(PICTURE_MM) / shape.height)
        shape.width, shape.height = int(shape.width * scale), int(shape.height * scale)
        described = shape._inline.docPr
        described.set("descr", block.alt)
        described.set("name", block.kind)
        caption = self.document.add_paragraph(block.caption, style="Caption")
        caption.paragraph_format.keep_with_next = False

    def _table(self, block: Table) -> None:
        if block.caption:
            self.document.add_paragraph(block.caption, style="Caption")
        if block.note and block.numbered:
            self.document.add_paragraph(block.note, style="Table Note").paragraph_format.keep_with_next = True
        table = self.document.add_table(rows=0, cols=len(block.columns))
        table.style, table.autofit = "Table Grid", False
        fill(table._tbl, block, self.width_mm)
        if block.note and not block.numbered:
            self.document.add_paragraph(block.note, style="Table Note")
        else:
            self.document.add_paragraph(style="Table Text")


def _write(paragraph: Any, runs: tuple[Run, ...]) -> None:
    for bold, same in groupby(runs, key=lambda run: run.bold):
        made = paragraph.add_run("".join(run.text for run in same))
        made.bold = bold or None


def _packed(document: Any) -> bytes:
    """The file with its parts in order and without the clock."""
    raw, out = io.BytesIO(), io.BytesIO()
    document.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for name in sorted(source.namelist()):
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 0
            target.writestr(entry, source.read(name), compresslevel=9)
    return out.getvalue()
