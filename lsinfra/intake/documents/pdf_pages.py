"""The lines of a PDF's pages, as a process of its own: ``python -m lsinfra.intake.documents.pdf_pages < FILE > JSON``.

A PDF may be made so that reading it takes for ever or all the memory; this process can be ended and has a limit.
The answer is ``{"pages": [[PART, …], …], "pictures": [page, …], "aside": [code, …]}`` or ``{"fault": key}``;
a PART is a line ``{"text": …, "small": …}`` or a table ``{"rows": [[cell, …], …], "shared": [[row, column], …]}``,
from top to bottom.
"""

from __future__ import annotations

import io
import json
import sys
from itertools import pairwise
from typing import Any

MAX_PAGES = 300
MAX_RULES = 3_000  # of one page: a drawing, in which no tables are sought
MAX_MEMORY = 1_000_000_000
_SMALL = 0.9  # of the usual size of letters: a footnote
_RUN = ("JavaScript", "Launch", "SubmitForm", "ImportData", "URI")  # kinds of action
_RAISED = 0.78  # of the letter before: the number of a note


def read(content: bytes) -> dict[str, Any]:
    """The lines and tables of every page; pages with pictures and without text.

    ``fault`` is "locked", "damaged" or "too_many_pages".
    """
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect, PDFTextExtractionNotAllowed
    from pdfplumber.utils.exceptions import PdfminerException

    try:
        with pdfplumber.open(io.BytesIO(content), pages=list(range(1, MAX_PAGES + 2))) as document:
            if len(document.pages) > MAX_PAGES:
                return {"fault": "too_many_pages"}
            pages, pictures = [], []
            aside = _aside(document.doc.catalog)
            for number, page in enumerate(document.pages, 1):
                parts = _parts(page)
                if not parts and (page.images or page.rects or page.curves):
                    pictures.append(number)
                pages.append(parts)
                page.close()
    except PdfminerException as error:
        locked = isinstance(error.args[0] if error.args else None, PDFPasswordIncorrect | PDFTextExtractionNotAllowed)
        return {"fault": "locked" if locked else "damaged"}
    except (PDFPasswordIncorrect, PDFTextExtractionNotAllowed):
        return {"fault": "locked"}
    except Exception:  # noqa: BLE001 - a damaged PDF raises anything at all inside its parser
        return {"fault": "damaged"}
    return {"pages": pages, "pictures": pictures, "aside": aside}


def _aside(catalog: dict[str, Any]) -> list[str]:
    """Files embedded in a PDF, and what it would run or send when it is opened."""
    from pdfminer.pdftypes import resolve1

    names = resolve1(catalog.get("Names"))
    named = names if isinstance(names, dict) else {}
    action = resolve1(catalog.get("OpenAction"))
    kind = str(resolve1(action.get("S"))) if isinstance(action, dict) else ""
    runs = "JavaScript" in named or "AA" in catalog or any(word in kind for word in _RUN)
    return [code for code, holds in (("objects", "EmbeddedFiles" in named), ("scripts", runs)) if holds]


def _parts(page: Any) -> list[dict[str, Any]]:
    characters = page.chars
    if not characters:
        return []
    sizes = sorted(character["size"] for character in characters)
    usual = sizes[len(sizes) // 2]
    raised = set()
    for before, character in pairwise(characters):
        digit, size = character["text"].isdigit(), character["size"]
        goes_on = id(before) in raised and size == before["size"]
        if digit and (goes_on or (size < _RAISED * before["size"] and before["text"] != "m")):
            raised.add(id(character))
    seen = {(c["x0"], c["top"], c["text"]) for c in characters if id(c) in raised}
    page = page.filter(lambda thing: (thing.get("x0"), thing.get("top"), thing.get("text")) not in seen)
    tables = page.find_tables() if 4 <= len(page.edges) <= MAX_RULES else []
    tables = [table for table in tables if len(table.rows) > 1 and len(table.rows[0].cells) > 1]  # others are frames
    parts = [(table.bbox[1], _table(table)) for table in tables]
    page = page.filter(lambda thing: thing["object_type"] != "char" or not any(_in(thing, t.bbox) for t in tables))
    parts += [
        (line["top"], {"text": line["text"], "small": _size(line["chars"]) < _SMALL * usual})
        for line in page.extract_text_lines(return_chars=True)
    ]
    return [part for _, part in sorted(parts, key=lambda part: part[0])]


def _in(thing: dict[str, Any], box: tuple[float, float, float, float]) -> bool:
    x, y = (thing["x0"] + thing["x1"]) / 2, (thing["top"] + thing["bottom"]) / 2
    return bool(box[0] <= x <= box[2] and box[1] <= y <= box[3])


def _table(table: Any) -> dict[str, Any]:
    """The cells of a table; one that covers several places stands in each of them, as merged ones do."""
    texts, boxes = table.extract(), [row.cells for row in table.rows]
    columns = [_middle([row[at] for row in boxes], 0) for at in range(len(boxes[0]))]
    rows: list[list[str]] = []
    shared = []
    for number, cells in enumerate(texts):
        height = _middle(boxes[number], 1)
        row = []
        for at, text in enumerate(cells):
            if text is None:
                point = {"x0": columns[at], "x1": columns[at], "top": height, "bottom": height}
                covers = [
                    (n, k)
                    for n, line in enumerate(boxes[: number + 1])
                    for k, c in enumerate(line)
                    if c and _in(point, c)
                ]
                line, place = covers[0] if covers else (number, at)
                text_there = texts[line][place] or ""
                shared += [(line, place), (number, at)] if line != number else []
            else:
                text_there = text
            row.append(" ".join(text_there.split()))
        rows.append(row)
    return {"rows": rows, "shared": shared}


def _middle(boxes: list[tuple[float, float, float, float] | None], axis: int) -> float:
    """The middle of the smallest of some boxes along an axis: the others are merged."""
    spans = [(box[axis], box[axis + 2]) for box in boxes if box]
    low, high = min(spans, key=lambda span: span[1] - span[0], default=(0.0, 0.0))
    return (low + high) / 2


def _size(characters: list[dict[str, Any]]) -> float:
    sizes = sorted(character["size"] for character in characters)
    return float(sizes[len(sizes) // 2])


def main() -> None:
    """Read standard input, write JSON."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    try:
        answer = read(sys.stdin.buffer.read())
    except MemoryError:
        answer = {"fault": "too_heavy"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
