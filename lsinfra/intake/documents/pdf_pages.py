"""The lines of a PDF's pages, as a process of its own: ``python -m lsinfra.intake.documents.pdf_pages < FILE > JSON``.

A PDF may be made so that reading it takes for ever or all the memory; this process can be ended and has a limit.
The answer is ``{"pages": [[[text, small], …], …], "pictures": [page, …]}`` or ``{"fault": key}``.
"""

from __future__ import annotations

import io
import json
import sys
from itertools import pairwise
from typing import Any

MAX_PAGES = 500
MAX_MEMORY = 1_000_000_000
_SMALL = 0.9  # of the usual size of letters: a footnote
_RAISED = 0.78  # of the letter before: the number of a note


def read(content: bytes) -> dict[str, Any]:
    """The lines of every page, each with whether it is set small; pages with pictures and without text.

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
            for number, page in enumerate(document.pages, 1):
                lines = _lines(page)
                if not lines and (page.images or page.rects or page.curves):
                    pictures.append(number)
                pages.append(lines)
                page.close()
    except PdfminerException as error:
        locked = isinstance(error.args[0] if error.args else None, PDFPasswordIncorrect | PDFTextExtractionNotAllowed)
        return {"fault": "locked" if locked else "damaged"}
    except (PDFPasswordIncorrect, PDFTextExtractionNotAllowed):
        return {"fault": "locked"}
    except Exception:  # noqa: BLE001 - a damaged PDF raises anything at all inside its parser
        return {"fault": "damaged"}
    return {"pages": pages, "pictures": pictures}


def _lines(page: Any) -> list[tuple[str, bool]]:
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
    clean = page.filter(lambda thing: (thing.get("x0"), thing.get("top"), thing.get("text")) not in seen)
    found = clean.extract_text_lines(return_chars=True)
    return [(line["text"], _size(line["chars"]) < _SMALL * usual) for line in found]


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
