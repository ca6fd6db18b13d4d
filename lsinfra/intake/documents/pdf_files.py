"""The text of a .pdf: paragraphs over the pages, small print at the foot of a page apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from lsinfra.errors import RunError
from lsinfra.intake.documents.grammar import Block, blocks_of, clean, is_page_number
from lsinfra.intake.documents.names import Names
from lsinfra.intake.documents.pdf_pages import MAX_PAGES
from lsinfra.intake.documents.table_rows import row_lines, row_quote
from lsinfra.text import Lang, say

_SECONDS = 10.0
_BYTES_A_SECOND = 200_000  # more time for larger files
_MOST_SECONDS = 30.0


class PdfError(RunError):
    """A PDF that cannot be read; its sentence is under ``document.``."""

    group = "document"


def pdf_blocks(content: bytes, name: str, names: Names, lang: Lang) -> tuple[list[Block], list[str], list[str]]:
    """The paragraphs of a PDF with their pages, the pages that are pictures without text, and what else it holds
    that is never opened or run: ``objects``, ``scripts`` (``document.doubt.``).

    Raises
    ------
    PdfError
        A locked or damaged file, one with more than 300 pages, one that takes too long, a scan.
    """
    answer = _pages(content, name)
    if fault := answer.get("fault"):
        raise PdfError(f"pdf_{fault}", file=name, limit=MAX_PAGES)
    places = [say(lang, "document.position.page", number=number) for number in range(1, len(answer["pages"]) + 1)]
    pictures = [places[number - 1] for number in answer["pictures"]]
    body: list[tuple[str, str]] = []
    notes: list[Block] = []
    quotes: dict[tuple[str, str], str] = {}
    for place, parts in zip(places, answer["pages"], strict=True):
        foot = _foot(parts)
        body.append(("", place))
        over = ""
        for part in parts[:foot]:
            if "rows" in part:
                shared = {(row, column) for row, column in part["shared"]}
                for number, row in row_lines(part["rows"], over, shared):
                    body += [("", place), (row, place), ("", place)]
                    quotes[place, " ".join(clean(row).split())] = row_quote(part["rows"][number - 1])
            else:
                over = part["text"]
                body.append((over, place))
        for block in blocks_of(((part["text"], place) for part in parts[foot:]), names):
            block.aside = True
            notes.append(block)
    blocks = [*blocks_of(iter(body), names), *notes]
    for block in blocks:
        block.quote = quotes.get((block.position(0), block.text))
    if not blocks:
        raise PdfError("scan" if pictures else "no_text", file=name)
    return blocks, pictures, answer["aside"]


def _foot(parts: list[dict[str, Any]]) -> int:
    """Where the notes at the foot of a page begin: the small lines at its end, the number of the page aside."""
    foot = len(parts)
    while foot and (parts[foot - 1].get("small") or (foot == len(parts) and is_page_number(parts[-1].get("text", "")))):
        foot -= 1
    # A page that is small all over has no foot, nor has one whose last line is its number alone.
    return foot if foot and any(part.get("small") for part in parts[foot:]) else len(parts)


def _pages(content: bytes, name: str) -> dict[str, Any]:
    """What ``pdf_pages`` answers."""
    seconds = min(_MOST_SECONDS, _SECONDS + len(content) / _BYTES_A_SECOND)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    # -P: a file in the folder one works in is never taken for a module.
    command = [sys.executable, "-P", "-m", "lsinfra.intake.documents.pdf_pages"]
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, timeout=seconds, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        raise PdfError("pdf_slow", file=name, seconds=int(seconds)) from None
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {"fault": "damaged"}
    return answer
