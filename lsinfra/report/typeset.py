"""The report as PDF, and pictures of its map, by typst: no system library, no network, the same bytes everywhere.

typst is an extra (``pip install "lsinfra[pdf]"``), imported only here. Its own fonts hold every Vietnamese letter; only
a text in another script (a Chinese name) is looked for among the fonts of the machine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from lsinfra.errors import RunError
from lsinfra.report.model import Annex, Block, Bullets, Heading, Paragraph, Picture, Report, Run, Section, Table
from lsinfra.report.still import FONT

_FONTS = (FONT, "New Computer Modern", "DejaVu Sans Mono")
"""All of them are inside typst."""

_LATIN = re.compile(r"[\t\n\r -ɏ̀-ͯḀ-ỿ –—‘’“”•…−≈≤≥±×·→←↑↓₫]*")


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
        typst is not installed.
    """
    said = json.dumps(_report(report, pictures), ensure_ascii=False)
    made = _typst().compile(
        files(__package__).joinpath("templates/report.typ").read_bytes(),
        format="pdf",
        sys_inputs={"report": said},
        ignore_system_fonts=_own_fonts(said),
        timestamp=0,
    )
    return bytes(made)


def png(svg: str, width_mm: float, dots_per_inch: int = 220) -> bytes:
    """A picture of an SVG, this wide, on white; the same SVG gives the same bytes.

    Raises
    ------
    TypesetError
        typst is not installed.
    """
    page = (
        f"#set page(width: {width_mm:g}mm, height: auto, margin: 0mm)\n"
        '#image(bytes(sys.inputs.svg), format: "svg", width: 100%)'
    )
    made = _typst().compile(
        page.encode(), format="png", ppi=dots_per_inch, sys_inputs={"svg": svg}, ignore_system_fonts=_own_fonts(svg)
    )
    return bytes(made)


@cache
def _typst() -> Any:
    try:
        import typst
    except ImportError:
        raise TypesetError("no_typst") from None
    return typst


def _own_fonts(text: str) -> bool:
    """Whether typst's own fonts hold every letter: then the machine's are not even looked at."""
    return _LATIN.fullmatch(text) is not None


# --- the report as the template reads it -----------------------------------------------------------------------------


def _report(report: Report, pictures: Mapping[str, str]) -> dict[str, Any]:
    head = {name: getattr(report.head, name) for name in report.head.__slots__}
    return {
        "title": report.title,
        "lang": report.lang,
        "fonts": _FONTS,
        "fallback": True,
        "head": head,
        "opening": _block(report.opening),
        "sections": [_part(section) for section in report.sections],
        "closing": _block(report.closing),
        "note": report.note,
        "signature": {"lines": report.signature.lines, "name": report.signature.name},
        "recipients": {"title": report.recipients.title, "lines": report.recipients.lines},
        "annexes": [_part(annex) | {"attached": annex.attached} for annex in report.annexes],
        "pictures": {kind: svg for kind, svg in pictures.items() if svg},
    }


def _part(part: Section | Annex) -> dict[str, Any]:
    return {"number": part.number, "title": part.title, "blocks": [_block(block) for block in part.blocks]}


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Heading():
            return {"is": "heading", "level": block.level, "number": block.number, "title": block.title}
        case Paragraph():
            return {"is": "paragraph", "runs": _runs(block.runs), "small": block.small}
        case Bullets():
            return {"is": "bullets", "items": [_runs(item) for item in block.items]}
        case Table():
            return {"is": "table"} | _table(block)
        case Picture():
            named = {"kind": block.kind, "alt": block.alt, "caption": block.caption, "missing": block.missing}
            return {"is": "picture"} | named
    return {"is": "blank", "lines": block.lines}


def _runs(runs: tuple[Run, ...]) -> list[dict[str, Any]]:
    return [{"text": run.text, "bold": run.bold, "italic": run.italic} for run in runs]


def _table(table: Table) -> dict[str, Any]:
    columns = [
        {
            "title": one.title + (f" ({one.unit})" if one.unit else ""),
            "kind": one.kind,
            "width": one.width,
            "group": one.group,
        }
        for one in table.columns
    ]
    rows = [[{"text": cell.text, "strong": cell.strong, "above": cell.above} for cell in row] for row in table.rows]
    told = {"caption": table.caption, "note": table.note, "numbered": table.numbered}
    return told | {"columns": columns, "rows": rows}
