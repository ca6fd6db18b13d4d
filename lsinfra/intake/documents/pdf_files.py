"""The text of a .pdf: paragraphs over the pages, small print at the foot of a page apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from lsinfra.errors import RunError
from lsinfra.intake.documents.grammar import Block, blocks_of
from lsinfra.intake.documents.names import Names
from lsinfra.intake.documents.pdf_pages import MAX_PAGES
from lsinfra.text import Lang, say

_SECONDS = 10.0
_BYTES_A_SECOND = 200_000  # more time for larger files
_MOST_SECONDS = 120.0


class PdfError(RunError):
    """A PDF that cannot be read; its sentence is under ``document.``."""

    group = "document"


def pdf_blocks(content: bytes, name: str, names: Names, lang: Lang) -> tuple[list[Block], list[str]]:
    """The paragraphs of a PDF with their pages, and the pages that are pictures without text.

    Raises
    ------
    PdfError
        A locked or damaged file, one with more than 500 pages, one that takes too long, a scan.
    """
    answer = _pages(content, name)
    if fault := answer.get("fault"):
        raise PdfError(f"pdf_{fault}", file=name, limit=MAX_PAGES)
    places = [say(lang, "document.position.page", number=number) for number in range(1, len(answer["pages"]) + 1)]
    pictures = [places[number - 1] for number in answer["pictures"]]
    body: list[tuple[str, str]] = []
    notes: list[Block] = []
    for place, lines in zip(places, answer["pages"], strict=True):
        foot = len(lines)
        while foot and lines[foot - 1][1]:
            foot -= 1
        # A page that is small all over has no foot.
        foot = foot or len(lines)
        body += [("", place), *((text, place) for text, _ in lines[:foot])]
        for block in blocks_of(((text, place) for text, _ in lines[foot:]), names):
            block.aside = True
            notes.append(block)
    blocks = [*blocks_of(iter(body), names), *notes]
    if not blocks:
        raise PdfError("scan" if pictures else "no_text", file=name)
    return blocks, pictures


def _pages(content: bytes, name: str) -> dict[str, Any]:
    """What ``pdf_pages`` answers."""
    seconds = min(_MOST_SECONDS, _SECONDS + len(content) / _BYTES_A_SECOND)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "lsinfra.intake.documents.pdf_pages"]
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
