"""The styles of the Word report: Times New Roman 13–14 in black, as Nghị định 30/2020/NĐ-CP, Phụ lục I, asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from lsinfra.text import Lang, say

FONT = "Times New Roman"
SIZE = 14
TABLE_SIZE = 11
INDENT_MM = 12.7
BETWEEN = 6
"""Points between paragraphs, the least that the decree allows."""

_CENTRE, _JUSTIFIED = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY

_OWN: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Annex Heading", "Heading 1", {"aligned": _CENTRE, "bold": True, "heads": True}),
    ("Table Text", "Normal", {"size": TABLE_SIZE}),
    ("Table Head", "Table Text", {"size": TABLE_SIZE, "bold": True, "aligned": _CENTRE, "heads": True}),
    (
        "Table Note",
        "Normal",
        {"size": TABLE_SIZE, "italic": True, "aligned": _JUSTIFIED, "before": 3, "after": 6, "whole": True},
    ),
    ("Centred", "Normal", {"aligned": _CENTRE}),
    ("Recipients", "Normal", {"size": TABLE_SIZE}),
    ("Dotted Line", "Body Text", {"first_mm": INDENT_MM}),
)
"""The report's own styles: name, the style it is based on, what differs."""


def element(tag: str, attributes: Mapping[str, str] | None = None) -> Any:
    """An element of the format with attributes of its namespace."""
    made = OxmlElement(tag)
    for name, value in (attributes or {}).items():
        made.set(qn(f"w:{name}"), value)
    return made


def define_styles(document: Any, language: str) -> None:
    """Every style that the report uses; ``language`` is the tag of its text (``vi-VN``)."""
    styles = document.styles
    defaults = styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for child in list(defaults):
        defaults.remove(child)
    defaults.append(_fonts())
    defaults.append(element("w:lang", {"val": language, "eastAsia": language, "bidi": language}))
    _style(styles["Normal"], SIZE, before=0, after=0)
    _style(styles["Body Text"], SIZE, aligned=_JUSTIFIED, first_mm=INDENT_MM, after=BETWEEN, line=1.1)
    _style(
        styles["Heading 1"],
        SIZE,
        bold=True,
        aligned=_JUSTIFIED,
        first_mm=INDENT_MM,
        before=12,
        after=BETWEEN,
        heads=True,
    )
    _style(styles["Heading 2"], SIZE, bold=True, aligned=_JUSTIFIED, first_mm=INDENT_MM, after=BETWEEN, heads=True)
    # A point of the decree, a), b), c): upright and not bold.
    _style(styles["Heading 3"], SIZE, aligned=_JUSTIFIED, first_mm=INDENT_MM, after=BETWEEN, heads=True)
    _style(styles["Title"], SIZE, bold=True, aligned=_CENTRE, before=12, after=0, heads=True)
    _style(styles["Subtitle"], SIZE, bold=True, aligned=_CENTRE, before=0, after=0, heads=True)
    _style(styles["Caption"], 13, bold=True, aligned=_CENTRE, before=6, after=4, heads=True)
    _style(styles["List Bullet"], SIZE, aligned=_JUSTIFIED, after=BETWEEN, line=1.1)
    _style(styles["Header"], SIZE, aligned=_CENTRE)
    _dashes(document)
    for name, based, options in _OWN:
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = styles[based]
        _style(style, **({"size": SIZE} | options))


def name_styles(document: Any, lang: Lang) -> None:
    """Say the names of the report's own styles in its language; Word has its own words for those it brings along."""
    for name, _, _ in _OWN:
        key = name.lower().replace(" ", "_")
        document.styles[name].element.name_val = say(lang, f"report.style.{key}")


def _style(
    style: Any,
    size: float,
    *,
    bold: bool = False,
    italic: bool = False,
    aligned: Any = None,
    first_mm: float = 0,
    before: float = 0,
    after: float = 0,
    line: float = 1,
    heads: bool = False,
    whole: bool = False,
) -> None:
    """Font and paragraph of a style; ``heads``: it stays with what follows; ``whole``: no page break cuts it."""
    properties = style.element.get_or_add_rPr()
    for child in list(properties):
        properties.remove(child)
    properties.append(_fonts())
    style.font.bold, style.font.italic, style.font.size = bold, italic, Pt(size)
    style.font.color.rgb = RGBColor(0, 0, 0)
    properties.append(element("w:szCs", {"val": str(int(size * 2))}))
    shape = style.paragraph_format
    for name in ("w:pBdr", "w:contextualSpacing"):
        for old in style.element.get_or_add_pPr().findall(qn(name)):
            old.getparent().remove(old)
    shape.alignment, shape.first_line_indent, shape.left_indent = aligned, Mm(first_mm), Mm(0)
    shape.space_before, shape.space_after, shape.line_spacing = Pt(before), Pt(after), line
    shape.keep_with_next, shape.widow_control = heads, True
    if heads or whole:
        shape.keep_together = True


def _fonts() -> Any:
    return element("w:rFonts", dict.fromkeys(("ascii", "hAnsi", "eastAsia", "cs"), FONT))


def _dashes(document: Any) -> None:
    """The list of the official layout: a dash at the first-line indent, lines below at the margin."""
    numbering = document.part.numbering_part.element
    number = str(
        1 + max((int(one.get(qn("w:abstractNumId"))) for one in numbering.findall(qn("w:abstractNum"))), default=0)
    )
    abstract = element("w:abstractNum", {"abstractNumId": number})
    abstract.append(element("w:multiLevelType", {"val": "singleLevel"}))
    level = element("w:lvl", {"ilvl": "0"})
    for name, value in (("start", "1"), ("numFmt", "bullet"), ("suff", "space"), ("lvlText", "-"), ("lvlJc", "left")):
        level.append(element(f"w:{name}", {"val": value}))
    indent = element("w:pPr")
    indent.append(element("w:ind", {"left": "0", "firstLine": "720"}))
    font = element("w:rPr")
    font.append(_fonts())
    level.append(indent)
    level.append(font)
    abstract.append(level)
    numbering.findall(qn("w:num"))[0].addprevious(abstract)
    made = numbering.add_num(int(number))
    properties = document.styles["List Bullet"].element.get_or_add_pPr()
    for old in properties.findall(qn("w:numPr")):
        properties.remove(old)
    own = properties.get_or_add_numPr()
    own.get_or_add_numId().val = made.numId
    # The indents of the list's level stand.
    for old in properties.findall(qn("w:ind")):
        properties.remove(old)
