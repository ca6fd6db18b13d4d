"""The report without an office program: Markdown for chats, and HTML for e-mail.

The HTML has its styles on its elements (mail programs drop all others), no script, and asks no server for anything.
"""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from lsinfra.report.model import (
    Blank,
    Block,
    Bullets,
    Cell,
    Column,
    Heading,
    Kind,
    Paragraph,
    Picture,
    Report,
    Run,
    Table,
    rows_down,
    spans,
)

_DOTS = "…" * 30
_RIGHT = {Kind.NUMBER, Kind.SHARE, Kind.POINTS}
_MIDDLE = {Kind.ORDER, Kind.UNIT, Kind.DATE}

_WORDS_EM = 8.5
"""Width that a column of words has at least where it needs it."""

_SIGNS = re.compile(r"[\\`*_{}\[\]<>#|~&!]")

_ADDRESS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*(?=:)|www(?=\.))([:.])(?=//|\S)")
"""What chats make a link of by itself: ``https://…``, ``mailto:…``, ``www.…``."""

_JOINER = "\u2060"
"""Not seen: a name after @ is nobody's, an address of mail none."""

# --- Markdown ------------------------------------------------------------------------------------------------------


def markdown(report: Report) -> str:
    """The report as Markdown (CommonMark with tables); texts of the records stay texts."""
    return "\n\n".join(_markdown(report)) + "\n"


def _markdown(report: Report) -> Iterator[str]:
    head = report.head
    yield _lines(_strong(text) for text in (head.nation, head.motto))
    office = (_strong(head.authority), _strong(head.issuer), _safe(head.number), _slanted(head.place_and_day))
    yield _lines(text for text in office if text)
    yield f"# {_safe(head.kind)}"
    yield _lines(_strong(subject) for subject in head.subject)
    yield _said(report.opening.runs)
    for section in report.sections:
        yield f"## {_safe(section.number)} {_safe(section.title)}"
        for block in section.blocks:
            yield from _marked(block)
    yield _said(report.closing.runs)
    yield _lines([_strong(report.recipients.title), *(_safe(line, start=True) for line in report.recipients.lines)])
    signature = report.signature
    yield _lines(_strong(line) for line in (*signature.lines, signature.name) if line)
    if report.note:
        yield _slanted(report.note)
    for annex in report.annexes:
        yield f"## {_safe(annex.number)}. {_safe(annex.title)}"
        yield _slanted(annex.attached)
        for block in annex.blocks:
            yield from _marked(block)


def _marked(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{'#' * (block.level + 1)} {_safe(block.number)} {_safe(block.title)}"
        case Paragraph():
            yield _said(block.runs)
        case Bullets():
            yield "\n".join(f"- {_said(item)}" for item in block.items)
        case Blank():
            yield _lines([_DOTS] * block.lines)
        case Table():
            if block.caption:
                yield _strong(block.caption)
            yield "\n".join(_rows(block))
            if block.note:
                yield _slanted(block.note)
        case Picture():
            yield _safe(block.missing)


def _rows(block: Table) -> Iterator[str]:
    yield _row(_safe(_title(column)) for column in block.columns)
    yield _row("---:" if c.kind in _RIGHT else ":---:" if c.kind in _MIDDLE else "---" for c in block.columns)
    for cells in block.rows:
        yield _row(_cell(cell) for cell in cells)


def _row(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _cell(cell: Cell) -> str:
    return _strong(cell.text) if cell.strong else _safe(cell.text, keep="[]" if cell.sources else "")


def _title(column: Column) -> str:
    return f"{column.group}: {column.head}" if column.group else column.head


def _said(runs: Sequence[Run]) -> str:
    """Runs of one look together, their outer blanks outside the signs; references stay as they are read."""
    texts = []
    for bold, same in groupby(runs, key=lambda run: run.bold):
        text = "".join(_safe(run.text, keep="[]" if run.sources else "") for run in same)
        sign = "**" * bold
        inner = text.strip()
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        texts.append(f"{before}{sign}{inner}{sign}{after}" if sign and inner else text)
    return _first("".join(texts))


def _strong(text: str) -> str:
    return f"**{_safe(text)}**" if text else ""


def _slanted(text: str) -> str:
    return f"_{_safe(text)}_"


def _lines(texts: Iterable[str]) -> str:
    return "  \n".join(texts)


def _safe(text: str, *, keep: str = "", start: bool = False) -> str:
    """A text in which nothing is a sign of Markdown or of HTML, an address or a name that is called; ``start``: it may
    begin a line.
    """
    escaped = _SIGNS.sub(lambda found: found[0] if found[0] in keep else f"\\{found[0]}", text)
    escaped = _ADDRESS.sub(lambda found: f"{found[1]}\\{found[2]}", escaped)
    escaped = escaped.replace("@", f"@{_JOINER}")
    return _first(escaped) if start else escaped


def _first(text: str) -> str:
    """A line that would be taken for a list or a rule."""
    return re.sub(r"^(\d+)([.)])|^([-+=])", lambda f: f"{f[1]}\\{f[2]}" if f[1] else f"\\{f[3]}", text)


# --- HTML ----------------------------------------------------------------------------------------------------------

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_FONT = "font-family:'Times New Roman',Times,serif;font-size:16px;line-height:1.4;color:#111;overflow-wrap:anywhere"
_STYLES = {
    "body": f"{_FONT};background:#fff;max-width:66em;margin:0 auto;padding:1em",
    "h1": "font-size:20px;text-align:center;margin:1em 0 0",
    "h2": "font-size:18px;margin:1.4em 0 .4em",
    "h3": "font-size:16px;margin:1em 0 .3em",
    "h4": "font-size:16px;font-weight:normal;margin:.8em 0 .3em",
    "p": "margin:.4em 0",
    "centred": "margin:.1em 0;text-align:center",
    "small": "margin:.3em 0;font-size:14px;font-style:italic",
    "ul": "margin:.4em 0;padding-left:1.4em",
    "scroll": "overflow-x:auto",
    "table": "border-collapse:collapse;width:100%;font-size:14px;margin:.5em 0",
    "caption": "font-weight:bold;text-align:center;margin:.8em 0 .3em",
    "blank": "margin:.4em 0;height:1.3em;border-bottom:1px dotted #555",
    "th": "border:1px solid #555;padding:3px 5px;background:#f2f2f2;text-align:center;overflow-wrap:normal",
    "td": "border:1px solid #555;padding:3px 5px;vertical-align:middle",
    "plain": "border:0;width:100%;margin:1em 0",
    "side": "border:0;width:50%;vertical-align:top;text-align:center",
    "img": "max-width:100%;height:auto;border:1px solid #999",
}


def html(report: Report, pictures: Mapping[str, bytes] | None = None) -> str:
    """The report as one HTML file.

    Parameters
    ----------
    report
        What it says.
    pictures
        PNG images by ``Picture.kind``, put into the file; where one is missing a sentence stands instead.
    """
    root = ET.Element("html", {"lang": report.lang})
    head = ET.SubElement(root, "head")
    ET.SubElement(head, "meta", {"charset": "utf-8"})
    ET.SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": _POLICY})
    ET.SubElement(head, "meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"})
    _text(head, "title", report.title, "")
    body = ET.SubElement(root, "body", {"style": _STYLES["body"]})
    main = ET.SubElement(body, "main")
    _top(main, report)
    _block(main, report.opening, {})
    for section in report.sections:
        _text(main, "h2", f"{section.number} {section.title}")
        for block in section.blocks:
            _block(main, block, pictures or {})
    _block(main, report.closing, {})
    _bottom(main, report)
    for annex in report.annexes:
        _text(main, "h2", f"{annex.number}. {annex.title}")
        _text(main, "p", annex.attached, "small")
        for block in annex.blocks:
            _block(main, block, pictures or {}, annex.title)
    for made in root.iter():
        # A line for each block; between pieces of running text a line break would be a blank.
        if made.tag not in {"b", "i", "span"}:
            made.tail = "\n"
    return f"<!DOCTYPE html>\n{ET.tostring(root, encoding='unicode', method='html')}\n"


def _text(parent: ET.Element, tag: str, text: str, look: str | None = None, **attributes: str) -> ET.Element:
    style = _STYLES.get(tag if look is None else look)
    made = ET.SubElement(parent, tag, ({"style": style} if style else {}) | attributes)
    made.text = text
    return made


def _top(main: ET.Element, report: Report) -> None:
    head = report.head
    left, right = _sides(main)
    for text, bold in ((head.authority, False), (head.issuer, True), (head.number, False)):
        if text:
            _text(left, "p", "" if bold else text, "centred")
            if bold:
                _text(left[-1], "b", text)
    for text, tag in ((head.nation, "b"), (head.motto, "b"), (head.place_and_day, "i")):
        _text(_text(right, "p", "", "centred"), tag, text)
    _text(main, "h1", head.kind)
    for subject in head.subject:
        _text(_text(main, "p", "", "centred"), "b", subject)


def _bottom(main: ET.Element, report: Report) -> None:
    left, right = _sides(main)
    left.set("style", _STYLES["side"].replace("center", "left"))
    _text(_text(left, "p", "", "p"), "b", report.recipients.title)
    for line in report.recipients.lines:
        _text(left, "p", line, "p")
    for line in (*report.signature.lines, report.signature.name):
        _text(_text(right, "p", "", "centred"), "b", line)
    if report.note:
        _text(main, "p", report.note, "small")


def _sides(main: ET.Element) -> tuple[ET.Element, ET.Element]:
    table = ET.SubElement(main, "table", {"role": "presentation", "style": _STYLES["plain"]})
    row = ET.SubElement(ET.SubElement(table, "tbody"), "tr")
    return _text(row, "td", "", "side"), _text(row, "td", "", "side")


def _block(main: ET.Element, block: Block, pictures: Mapping[str, bytes], title: str = "") -> None:
    """A block; ``title`` is the name of a table that has no caption."""
    match block:
        case Heading():
            _text(main, f"h{block.level + 1}", f"{block.number} {block.title}")
        case Paragraph():
            _write(_text(main, "p", "", "p"), block.runs)
        case Bullets():
            items = _text(main, "ul", "")
            for item in block.items:
                _write(_text(items, "li", "", "p"), item)
        case Blank():
            for _ in range(block.lines):
                _text(main, "p", "", "blank")
        case Table():
            _table(main, block, block.caption or title)
        case Picture():
            _picture(main, block, pictures.get(block.kind))


def _write(parent: ET.Element, runs: Sequence[Run]) -> None:
    for bold, same in groupby(runs, key=lambda run: run.bold):
        made = ET.SubElement(parent, "b" if bold else "span")
        made.text = "".join(run.text for run in same)


def _picture(main: ET.Element, block: Picture, png: bytes | None) -> None:
    if png is None:
        _text(main, "p", block.missing)
        return
    figure = ET.SubElement(main, "figure", {"style": _STYLES["centred"]})
    address = f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
    ET.SubElement(figure, "img", {"src": address, "alt": block.alt, "style": _STYLES["img"]})
    _text(figure, "figcaption", block.caption, "caption")


def _table(main: ET.Element, block: Table, name: str) -> None:
    if block.caption:
        # Outside of what scrolls: the middle of a table may lie beyond a narrow window.
        _text(main, "p", block.caption, "caption")
    # On a phone the table is wider than the window: what scrolls must be reached by the keyboard, and have a name.
    named = {"role": "region", "aria-label": name, "tabindex": "0"}
    scroll = ET.SubElement(main, "div", {"style": _STYLES["scroll"], **named})
    table = ET.SubElement(scroll, "table", {"style": _STYLES["table"], "aria-label": name})
    _heads(ET.SubElement(table, "thead"), block)
    body = ET.SubElement(table, "tbody")
    for place, cells in enumerate(block.rows):
        row = ET.SubElement(body, "tr")
        for column, cell in enumerate(cells):
            across = len(cells) - column if spans(cells, column) else 1
            if down := rows_down(block, place, column):
                _td(row, cell, block.columns[column], down, across)
            if across > 1:
                break
    if block.note:
        _text(main, "p", block.note, "small")


def _heads(thead: ET.Element, block: Table) -> None:
    """A row of titles; with groups one above them."""
    columns = block.columns
    first = ET.SubElement(thead, "tr")
    grouped = any(column.group for column in columns)
    second = ET.SubElement(thead, "tr") if grouped else first
    for group, members in groupby(enumerate(columns), key=lambda one: one[1].group):
        inside = list(members)
        if group:
            _text(first, "th", group, scope="colgroup", colspan=str(len(inside)))
        for place, column in inside:
            down = {"rowspan": "2"} if grouped and not group else {}
            made = _text(second if group else first, "th", column.head, scope="col", **down)
            made.set("style", f"{_STYLES['th']};min-width:{_narrowest(block, place):g}em")


def _narrowest(block: Table, place: int) -> float:
    """How narrow a column may be, in em: one of words not so narrow that each stands on a line of its own."""
    column = block.columns[place]
    texts = [column.title, *(row[place].text for row in block.rows if not spans(row, place))]
    if column.kind in {Kind.TEXT, Kind.SOURCE}:
        return min(_WORDS_EM, max(map(len, texts)) / 2)
    return max(len(word) for word in column.title.split()) / 2


def _td(row: ET.Element, cell: Cell, column: Column, down: int, across: int) -> None:
    aligned = "right" if column.kind in _RIGHT else "center" if column.kind in _MIDDLE else "left"
    look = f"{_STYLES['td']};text-align:{aligned}"
    if column.kind in _RIGHT | _MIDDLE:
        look += ";white-space:nowrap"
    if across > 1 and cell.strong:
        look += ";background:#f2f2f2"
    attributes = {"style": look} | ({"rowspan": str(down)} if down > 1 else {})
    made = ET.SubElement(row, "td", attributes | ({"colspan": str(across)} if across > 1 else {}))
    if cell.strong:
        _text(made, "b", cell.text)
    else:
        made.text = cell.text
