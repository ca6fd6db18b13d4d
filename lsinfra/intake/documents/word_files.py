"""The text of a .docx: paragraphs, table rows and footnotes in reading order, as they stand with all changes accepted.

A .docx is a ZIP of XML; sizes and declarations are looked at before anything is opened.
"""

from __future__ import annotations

import io
import math
import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lsinfra.errors import RunError
from lsinfra.intake.damage import BROKEN_ZIP
from lsinfra.intake.documents.grammar import MAX_TEXT, Block, blocks_of, clean
from lsinfra.intake.documents.names import Names
from lsinfra.intake.documents.table_rows import row_lines, row_quote
from lsinfra.text import Lang, say

MAX_UNPACKED = 150_000_000
MAX_PARTS = 5_000
MAX_XML = 40_000_000
MAX_COLUMNS = 1_000  # of a table; Word makes 63
MAX_MARKS = 2_000_000  # tags and attributes of all parts; each takes some 200 bytes once it is read
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_OBJECTS = ("/word/embeddings/", "/word/activex/", "/word/afchunk")
_ENTITIES = (b"<!DOCTYPE", b"<!ENTITY")


class WordError(RunError):
    """A Word file that cannot be read; its sentence is under ``document.``."""

    group = "document"


def word_blocks(
    content: bytes, name: str, names: Names, lang: Lang, until: float = math.inf
) -> tuple[list[Block], list[str]]:
    """The paragraphs of a Word file with their places (``đoạn 3``, ``bảng 1, hàng 2``, ``chú thích 7``), and what else
    it holds that is never opened: ``objects``, ``outside`` (``document.doubt.``).

    Parameters
    ----------
    until
        The moment of ``time.monotonic`` at which to give up.

    Raises
    ------
    WordError
        A locked, damaged or unsafe file, one with macros, one whose parts unpack to more than 150 MB, too much text.
    TimeoutError
        It was not done by then.
    """
    _checked(content, name)
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError
    from docx.oxml import parse_xml

    try:
        document = Document(io.BytesIO(content))
        body = document.element.body
        aside = _aside(document.part.package)
        notes = {
            (kind, note.get(f"{_W}id")): note
            for relation in document.part.rels.values()
            if not relation.is_external and (kind := relation.reltype.rpartition("/")[2]) in ("footnotes", "endnotes")
            for note in parse_xml(relation.target_part.blob)
        }
    except (*BROKEN_ZIP, KeyError, AttributeError, PackageNotFoundError, SyntaxError):
        raise WordError("damaged", file=name) from None
    found: list[Block] = []
    length = 0
    # A footnote may be referred to a thousand times: the text can be far longer than the file.
    for block in _blocks(body, notes, names, lang, _Bounds(name, until)):
        length += len(block.text)
        if length > MAX_TEXT:
            raise WordError("too_much_text", file=name, limit=MAX_TEXT)
        found.append(block)
    return found, aside


def _aside(package: Any) -> list[str]:
    """Files and controls embedded in a document; pictures, templates and the like that it wants from elsewhere."""
    objects = any(str(part.partname).lower().startswith(_OBJECTS) for part in package.iter_parts())
    outside = any(one.is_external and not one.reltype.endswith("/hyperlink") for one in package.iter_rels())
    return [code for code, holds in (("objects", objects), ("outside", outside)) if holds]


@dataclass
class _Bounds:
    """What the reading of one file may take."""

    name: str
    until: float

    def time(self) -> None:
        if time.monotonic() > self.until:
            raise TimeoutError

    def cells(self, length: int, columns: int) -> None:
        self.time()
        if columns > MAX_COLUMNS:
            raise WordError("damaged", file=self.name)
        if length > MAX_TEXT:
            raise WordError("too_much_text", file=self.name, limit=MAX_TEXT)


def _checked(content: bytes, name: str) -> None:
    """Refuse what must not be opened: another format, a bomb, declarations of entities, macros."""
    if content.startswith(_OLE):
        raise WordError("locked", file=name)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise WordError("bomb", file=name, limit=MAX_UNPACKED // 1_000_000)
            if any(part.filename.lower().endswith(("vbaproject.bin", "vbadata.xml")) for part in parts):
                raise WordError("macros", file=name)
            if any(part.flag_bits & 1 for part in parts):
                raise WordError("locked", file=name)
            marks = 0
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    marks += _checked_part(packed, part, name)
                    if marks > MAX_MARKS:
                        raise WordError("many_marks", file=name, limit=MAX_MARKS)
    except BROKEN_ZIP:
        raise WordError("damaged", file=name) from None


def _checked_part(packed: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> int:
    """How many tags and attributes one part of XML has; it is unpacked no further than its size is announced."""
    with packed.open(part) as stream:
        text = stream.read(MAX_XML + 1)
    if len(text) > MAX_XML:
        raise WordError("bomb", file=name, limit=MAX_UNPACKED // 1_000_000)
    # A declaration stands before the first element; in UTF-16 there is a zero byte beside each letter.
    head = text.replace(b"\0", b"").upper()
    if any(mark in head for mark in _ENTITIES):
        raise WordError("entities", file=name)
    return sum(map(head.count, (b"<", b'="', b"='")))


def _blocks(
    body: Any, notes: dict[tuple[str, str | None], Any], names: Names, lang: Lang, bounds: _Bounds
) -> Iterator[Block]:
    paragraphs = tables = 0
    over = ""
    for element in body.iterchildren():
        for part in _paragraphs_and_tables(element):
            bounds.time()
            if part.tag == f"{_W}p":
                paragraphs += 1
                place = say(lang, "document.position.paragraph", number=paragraphs)
                text = _text(part)
                over = text or over
                yield from _of_text(text, place, names)
                yield from _notes(part, notes, names, lang)
            else:
                tables += 1
                rows, shared = _rows(part, bounds)
                for number, line in row_lines(rows, over, shared):
                    bounds.time()
                    place = say(lang, "document.position.row", table=tables, row=number)
                    for block in _of_text(line, place, names):
                        block.quote = row_quote(rows[number - 1])
                        yield block
                yield from _notes(part, notes, names, lang)
                over = ""


def _paragraphs_and_tables(element: Any) -> Iterator[Any]:
    """The paragraphs and tables of a piece of the body, those in boxes and content controls too; in order."""
    if element.tag in (f"{_W}p", f"{_W}tbl"):
        yield element
        if element.tag == f"{_W}tbl":
            return
    if element.tag in (f"{_MC}Fallback", f"{_W}del", f"{_W}moveFrom"):
        return
    for child in element.iterchildren():
        if isinstance(child.tag, str):
            yield from _paragraphs_and_tables(child)


def _of_text(text: str, place: str, names: Names) -> Iterator[Block]:
    yield from blocks_of(((line, place) for line in text.split("\n")), names)


def _notes(part: Any, notes: dict[tuple[str, str | None], Any], names: Names, lang: Lang) -> Iterator[Block]:
    """The footnotes that a paragraph refers to, as asides."""
    for kind in ("footnote", "endnote"):
        for reference in part.iter(f"{_W}{kind}Reference"):
            number = reference.get(f"{_W}id")
            note = notes.get((f"{kind}s", number))
            if note is None:
                continue
            place = say(lang, "document.position.note", number=number)
            for paragraph in note.iter(f"{_W}p"):
                for block in _of_text(_text(paragraph), place, names):
                    block.aside = True
                    yield block


def _text(paragraph: Any) -> str:
    """The text of a paragraph as it stands: what was struck out, hidden or moved away is not in it."""
    pieces: list[str] = []

    def walk(element: Any) -> None:
        for child in element.iterchildren():
            tag = child.tag if isinstance(child.tag, str) else ""
            if tag in (f"{_W}del", f"{_W}moveFrom", f"{_W}p", f"{_W}tbl", f"{_MC}Fallback", f"{_W}instrText"):
                continue
            if tag == f"{_W}r" and _unseen(child, pieces):
                continue
            if tag == f"{_W}t":
                pieces.append(child.text or "")
            elif tag in (f"{_W}tab", f"{_W}br", f"{_W}cr"):
                pieces.append("\n" if child.get(f"{_W}type") != "page" and tag != f"{_W}tab" else " ")
            elif tag == f"{_W}noBreakHyphen":
                pieces.append("-")
            else:
                walk(child)

    walk(paragraph)
    return "".join(pieces)


def _unseen(run: Any, before: list[str]) -> bool:
    """Whether a run is hidden, struck through, or the raised number of a note; the 2 of m² is seen."""
    properties = run.find(f"{_W}rPr")
    if properties is None:
        return False
    for mark in ("vanish", "strike", "dstrike"):
        found = properties.find(f"{_W}{mark}")
        if found is not None and found.get(f"{_W}val") not in ("0", "false", "none"):
            return True
    raised = properties.find(f"{_W}vertAlign")
    if raised is None or raised.get(f"{_W}val") != "superscript":
        return False
    text = "".join(piece.text or "" for piece in run.iter(f"{_W}t"))
    return bool(re.fullmatch(r"[\d\s()*]+", text)) and not (
        text.strip() in "23" and next(filter(None, reversed(before)), "").endswith("m")
    )


def _rows(table: Any, bounds: _Bounds) -> tuple[list[list[str]], set[tuple[int, int]]]:
    """The cells of a table as text, a merged cell in every place that it covers; rows may differ in length.

    With the row and column of each that is merged over rows.
    """
    rows: list[list[str]] = []
    shared: set[tuple[int, int]] = set()
    length = 0
    for row in table.iterchildren(f"{_W}tr"):
        cells: list[str] = []
        for cell in row.iter(f"{_W}tc"):
            if cell.getparent() is not row and cell.getparent().tag != f"{_W}sdtContent":
                continue
            text = clean(" ".join(_text(paragraph) for paragraph in cell.iterchildren(f"{_W}p")).replace("\n", " "))
            span = cell.find(f"{_W}tcPr/{_W}gridSpan")
            width = _width(span)
            merged = cell.find(f"{_W}tcPr/{_W}vMerge")
            if merged is not None and merged.get(f"{_W}val") != "restart" and rows and len(cells) < len(rows[-1]):
                text = rows[-1][len(cells)]
                shared |= {(len(rows) - above, len(cells) + at) for at in range(width) for above in (0, 1)}
            length += (len(text) + 1) * width
            bounds.cells(length, len(cells))
            cells += [" ".join(text.split())] * width
        rows.append(cells)
    return rows, shared


def _width(span: Any) -> int:
    value = span.get(f"{_W}val") if span is not None else None
    return min(int(value), 60) if value and value.isdigit() and int(value) > 0 else 1
