"""The report as PDF, and pictures of its map, by typst: no system library, no network, the same bytes everywhere.

typst and a font are an extra of lsinfra, imported only here. The font is not one of typst's own:
Libertinus draws no ớ, ừ, ự in bold italics and sets marks askew on bold capitals, New Computer Modern on some italics.
Only a text in another script (a Chinese name) is looked for among the fonts of the machine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from lsinfra.errors import RunError
from lsinfra.report.lettering import FONT, in_lines, low_rows
from lsinfra.report.model import (
    FEW_ROWS,
    LANGUAGES,
    Annex,
    Block,
    Bullets,
    Heading,
    Paragraph,
    Picture,
    Report,
    Run,
    Section,
    Table,
    heads,
    rows_down,
    spans,
)
from lsinfra.text import Word

_FONTS = (FONT, "Libertinus Serif", "New Computer Modern", "DejaVu Sans Mono")
"""The first is in a package of its own, the others inside of typst, for signs that the first does not hold."""

_LATIN = re.compile(r"[\t\n\r -ɏ̀-ͯḀ-ỿ\u200b –—‘’“”•…−≈≤≥±×·→←↑↓₫]*")

_STANDARD = "ua-1"
"""PDF/UA: a title, a language, headings in order, tables with heads, words for pictures."""

_LONG_TEXT = 600
"""Characters of a cell that may run on to the next page."""

_LONG_WORD = re.compile(r"[^\s\u200b]{20,}")
_PART = 8
"""A word so long may be broken after every eighth sign."""

_PLACES = re.compile(r"[ \n]+|\u200b")
"""Where a line may end: at a blank, within a very long word."""

_REASON = 200
"""So many signs of what typst says are told."""

_SAMPLES = 12
"""So many of the longest words and texts of a column are measured: the widest is among them."""


class TypesetError(RunError):
    """The report cannot be made a PDF; its sentence is under ``report.``."""

    group = "report"


def pdf(report: Report, pictures: Mapping[str, str]) -> bytes:
    """The report as a PDF with tags for a screen reader; the same report gives the same bytes.

    Parameters
    ----------
    pictures
        SVG texts by the ``kind`` of the picture block (``map``); what is missing is said in its place.

    Raises
    ------
    TypesetError
        typst or the font is not installed, or typst makes no PDF of it.
    """
    drawn = {kind: svg for kind, svg in pictures.items() if svg}
    author = [] if "…" in report.head.issuer else [report.head.issuer]
    data = _walked(_report(report)) | {"title": report.title, "author": author, "pictures": drawn}
    # Where a word of ten thousand signs ends a line is not weighed against the whole paragraph: that takes minutes.
    data["linebreaks"] = "simple" if "\u200b" in json.dumps(data, ensure_ascii=False) else "optimized"
    said = json.dumps(data, ensure_ascii=False)
    template = files(__package__).joinpath("templates/report.typ").read_bytes()
    try:
        return _compiled(template, said, format="pdf", sys_inputs={"report": said}, pdf_standards=_STANDARD)
    except TypesetError as error:
        if error.key != "not_typeset":
            raise
        # A sign that no font of this machine holds: the standard forbids it, the report is printed all the same.
        return _compiled(template, said, format="pdf", sys_inputs={"report": said})


def png(svg: str, width_mm: float, dots_per_inch: int = 220) -> bytes:
    """A picture of an SVG, this wide, on white; the same SVG gives the same bytes.

    Raises
    ------
    TypesetError
        typst or the font is not installed, or typst makes no picture of it.
    """
    page = (
        f"#set page(width: {width_mm:g}mm, height: auto, margin: 0mm)\n"
        '#image(bytes(sys.inputs.svg), format: "svg", width: 100%)'
    )
    return _compiled(page.encode(), svg, format="png", ppi=dots_per_inch, sys_inputs={"svg": svg})


@cache
def import_typst() -> tuple[Any, str]:
    """typst, and the folder of the font.

    Raises
    ------
    TypesetError
        One of them is not installed.
    """
    try:
        import typst

        folder = files("fontpkg_source_serif_4").joinpath("files")
    except ImportError:
        raise TypesetError("no_typst") from None
    return typst, str(folder)


def _compiled(template: bytes, said: str, **options: Any) -> bytes:
    typst, folder = import_typst()
    # Where the own fonts hold every letter the machine's are not even looked at.
    own = _LATIN.fullmatch(said) is not None
    try:
        return bytes(typst.compile(template, font_paths=[folder], ignore_system_fonts=own, timestamp=0, **options))
    except (typst.TypstError, RuntimeError) as error:
        # Its first line says what; what follows quotes the template.
        reason = str(error).strip().partition("\n")[0][:_REASON]
        raise TypesetError("not_typeset", what=Word(f"report.typeset.{options['format']}"), reason=reason) from None


# --- the report as the template reads it -----------------------------------------------------------------------------


def _walked(said: Any) -> Any:
    """The same with every long word made breakable."""
    if isinstance(said, dict):
        return {name: _walked(one) for name, one in said.items()}
    if isinstance(said, list | tuple):
        return [_walked(one) for one in said]
    return _breakable(said) if isinstance(said, str) else said


def _breakable(text: str) -> str:
    return _LONG_WORD.sub(lambda found: "\u200b".join(re.findall(f".{{1,{_PART}}}", found[0])), text)


def _report(report: Report) -> dict[str, Any]:
    head = {name: getattr(report.head, name) for name in report.head.__slots__}
    return {
        "lang": report.lang,
        "region": LANGUAGES[report.lang].partition("-")[2],
        "fonts": _FONTS,
        "head": head,
        "opening": _block(report.opening),
        "sections": [_part(section) for section in report.sections],
        "closing": _block(report.closing),
        "note": report.note,
        "signature": {"lines": report.signature.lines, "name": report.signature.name},
        "recipients": {"title": report.recipients.title, "lines": report.recipients.lines},
        "annexes": [_part(annex) | {"attached": annex.attached} for annex in report.annexes],
    }


def _part(part: Section | Annex) -> dict[str, Any]:
    return {"number": part.number, "title": part.title, "blocks": [_block(block) for block in part.blocks]}


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Heading():
            return {"is": "heading", "level": block.level, "number": block.number, "title": block.title}
        case Paragraph():
            return {"is": "paragraph", "runs": _runs(block.runs)}
        case Bullets():
            return {"is": "bullets", "items": [_runs(item) for item in block.items]}
        case Table():
            return {"is": "table"} | _table(block)
        case Picture():
            named = {"kind": block.kind, "alt": block.alt, "caption": block.caption, "missing": block.missing}
            return {"is": "picture"} | named
    return {"is": "blank", "lines": block.lines}


def _runs(runs: tuple[Run, ...]) -> list[dict[str, Any]]:
    return [{"text": run.text, "bold": run.bold} for run in runs]


def _table(table: Table) -> dict[str, Any]:
    columns = [
        {
            "title": one.head,
            "kind": one.kind,
            "group": one.group,
        }
        | _samples(table, place)
        for place, one in enumerate(table.columns)
    ]
    rows = [_row(table, at) for at in range(len(table.rows))]
    told = {"caption": table.caption, "note": table.note, "numbered": table.numbered}
    return told | {"columns": columns, "rows": rows}


def _samples(table: Table, place: int) -> dict[str, Any]:
    """What a column must have room for (words) and would like to (texts): whether bold, and the longest of them.

    ``share``: its part of the room between.
    """
    cells = [(at, row[place]) for at, row in enumerate(table.rows) if row[place].text and not spans(row, place)]
    words = {(cell.strong, word) for _, cell in cells for word in _PLACES.split(_breakable(in_lines(cell.text)))}
    texts = _longest({(cell.strong, cell.text[:200]) for _, cell in cells})
    share = low_rows(len(cell.text) / max(1, rows_down(table, at, place)) for at, cell in cells)
    return {"words": _longest(words), "texts": texts, "share": share}


def _longest(texts: Iterable[tuple[bool, str]]) -> list[tuple[bool, str]]:
    return sorted(texts, key=lambda one: (-len(one[1]), one))[:_SAMPLES]


def _row(table: Table, at: int) -> dict[str, Any]:
    """The cells that begin in a row."""
    cells, made = table.rows[at], []
    for place, cell in enumerate(cells):
        if down := rows_down(table, at, place):
            across = len(cells) - place if spans(cells, place) else 1
            text = in_lines(cell.text)
            few = table.columns[place].kind != "order" and down <= FEW_ROWS
            made.append(
                {
                    "column": place,
                    "text": text,
                    "strong": cell.strong,
                    "rowspan": down,
                    "colspan": across,
                    "whole": few and len(text) <= _LONG_TEXT,
                }
            )
        if spans(cells, place):
            break
    return {"head": heads(cells), "cells": made}
