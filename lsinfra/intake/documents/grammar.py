"""Official Vietnamese prose → proposed observations, by a small grammar over the names of the records.

Precision before all: what is not plainly an observation is listed as unread, with the reason, and never proposed.
"""

from __future__ import annotations

import hashlib
import math
import re
import time
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from lsinfra.errors import Severity
from lsinfra.intake.documents.names import Names, names_of
from lsinfra.intake.documents.observing import Reader
from lsinfra.intake.documents.prose_dates import document_date
from lsinfra.intake.documents.remembering import Context
from lsinfra.intake.documents.reservations import doubts_figures
from lsinfra.intake.proposals import Confidence, Doubt, Intake, Proposal, Unread
from lsinfra.portfolio import Portfolio
from lsinfra.text import Lang, say

MAX_SENTENCE = 2_000  # characters; nobody writes longer ones, and each word is held against the others of its sentence
MAX_TEXT = 3_000_000  # characters of one document: some fifteen hundred pages
_MAX_TITLE = 400
MAX_BLOCK = 20_000  # characters of one paragraph; a longer one is cut into pieces

_ITEM = re.compile(
    r"\s*(?:[-+*•–—●▪]\s+|(?:\d{1,2}(?:\.\d{1,2}){0,3}|[IVX]{1,5}|[a-zđ])[.)]\s+(?=\S)|#+\s|\(\d+\)\s|\|)"
)
_PAGE_NUMBER = re.compile(r"\s*(?:[-–]\s*)?(?:trang\s*)?\d{1,4}(?:\s*/\s*\d{1,4})?(?:\s*[-–])?\s*$", re.IGNORECASE)
# A title that ends with its date: "Tình hình thực hiện các dự án đến ngày 15 tháng 10 năm 2026".
_TITLE = re.compile(
    r"(?:.*\s)?\(?(?:Số liệu|Tình hình|Báo cáo|Kết quả|Tiến độ|Về việc|V/v|BÁO CÁO|BIỂU|TÌNH HÌNH|KẾT QUẢ|TIẾN ĐỘ)\s"
    r"[^.;:]*?\b(?:20\d\d|\d{1,2}/20\d\d)\)?"
)
_END = re.compile(r"[.!?…](?=\s)")
_SHORT = ("tp", "ql", "đt", "tt", "q", "p", "h", "x", "tx", "ths", "ts", "ks", "gs", "bs", "st", "tr", "số")
_SPECIAL = str.maketrans(
    dict.fromkeys("\u00a0\u2007\u2009\u202f\t\v\f", " ") | dict.fromkeys("\u00ad\u200b\u200c\u200d\ufeff", "")
)


@dataclass
class Block:
    """A paragraph with single blanks; ``marks`` are the places in it where a new position of the document begins.

    ``aside``: a footnote, whose names do not go on into the text after it. ``quote``: the words of the document, where
    the text was made of the cells of a table.
    """

    text: str = ""
    marks: list[tuple[int, str]] = field(default_factory=list)
    aside: bool = False
    quote: str | None = None

    def add(self, line: str, position: str) -> None:
        """Another line; a word that was divided at the end of the one before is put together."""
        line = " ".join(line.split())
        if not line:
            return
        if re.search(r"\w-$", self.text[-2:]) and line[0].islower():
            self.text = self.text[:-1]
        elif self.text:
            self.text += " "
        self.marks.append((len(self.text), position))
        self.text += line

    def position(self, at: int) -> str:
        """Where the character ``at`` stands in the document."""
        return self.marks[max(0, bisect_right(self.marks, at, key=lambda mark: mark[0]) - 1)][1]


def read_text(
    text: str, portfolio: Portfolio, positions: Sequence[tuple[int, str]] = (), *, lang: Lang = "vi"
) -> Intake:
    """The figures of a text, as proposals, and whatever stands near a project's name and was not understood.

    Parameters
    ----------
    text
        Prose in any normal form; paragraphs end at empty lines and before list items.
    positions
        Where each position of the document begins (offset in ``text``, ``trang 3``), in order; the lines of the text
        (``dòng 14``) where there are none.
    lang
        Of the positions made here.
    """
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    blocks = list(blocks_of(_lines(text, positions, lang), names_of(portfolio)))
    return read_blocks(blocks, portfolio, digest)


def _lines(text: str, positions: Sequence[tuple[int, str]], lang: Lang) -> Iterator[tuple[str, str]]:
    """Every line with the position it stands at."""
    at = 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if positions:
            place = positions[max(0, bisect_right(positions, at, key=lambda position: position[0]) - 1)][1]
        else:
            place = say(lang, "document.position.line", number=number)
        yield line, place
        at += len(line)


def clean(text: str) -> str:
    """The text in NFC, every blank a plain one, without marks that are not seen."""
    return unicodedata.normalize("NFC", text).translate(_SPECIAL)


def is_page_number(line: str) -> bool:
    """Whether a line is the number of a page and nothing else: ``- 3 -``, ``trang 3/12``."""
    return _PAGE_NUMBER.match(line) is not None


def blocks_of(lines: Iterator[tuple[str, str]], names: Names) -> Iterator[Block]:
    """Paragraphs from lines with their positions: an empty line or a list item begins another.

    A paragraph that has not ended goes on over a page number and the empty lines around it.
    """
    block = Block()
    empty = False
    for raw, position in lines:
        line = clean(raw)
        if not line.strip():
            empty = True
            continue
        if is_page_number(line) and (empty or not block.text):
            continue
        goes_on = bool(block.text) and block.text[-1] not in ".;:!?" and line.strip()[0].islower()
        item = _ITEM.match(line) and not names.spans(block.text, line.strip())
        titled = line.strip()[0].isupper() and len(block.text) <= _MAX_TITLE and _TITLE.fullmatch(block.text)
        if block.text and (item or titled or (empty and not goes_on) or len(block.text) > MAX_BLOCK):
            yield block
            block = Block()
        for start in range(0, len(line), MAX_BLOCK):
            if len(block.text) > MAX_BLOCK:
                yield block
                block = Block()
            block.add(line[start : start + MAX_BLOCK], position)
        empty = False
    if block.text:
        yield block


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """The sentences of a paragraph and where each begins; what is too long for one is cut at a blank."""
    for start, sentence in _sentences(text):
        at = 0
        while len(sentence) - at > MAX_SENTENCE:
            blank = sentence.rfind(" ", at + 1, at + MAX_SENTENCE)
            cut = blank if blank > 0 else at + MAX_SENTENCE
            yield start + at, sentence[at:cut]
            at = cut
        yield start + at, sentence[at:]


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    """The sentences of a paragraph; "TP. Lạng Sơn" and 15.8.2024 end none."""
    start = 0
    for end in _END.finditer(text):
        before = re.search(r"(\w*)$", text[max(start, end.start() - 12) : end.start()])
        last = before[1].lower() if before else ""
        following = text[end.end() : end.end() + 2].lstrip()[:1]
        if end[0] == "." and (last in _SHORT or following.islower() or (last[-1:].isdigit() and following.isdigit())):
            continue
        yield start, text[start : end.end()]
        start = end.end() + 1
    if text[start:].strip():
        yield start, text[start:]


def read_blocks(
    blocks: Sequence[Block], portfolio: Portfolio, digest: str, input: str = "", until: float = math.inf
) -> Intake:
    """The proposals of a document's paragraphs, in order.

    Parameters
    ----------
    digest
        sha256 of the document's bytes, in hex.
    input
        Its file name.
    until
        The moment of ``time.monotonic`` at which to give up.

    Raises
    ------
    TimeoutError
        It was not done by then.
    """
    names = names_of(portfolio)
    document = document_date("\n".join(block.text for block in blocks[:60]))
    proposals: list[Proposal] = []
    unread: list[Unread] = []
    context = Context()
    doubted = False
    for block in blocks:
        if time.monotonic() > until:
            raise TimeoutError
        kept, before = context.copy(), (len(proposals), len(unread))
        _read_block(block, Reader(names, document, context), proposals, unread)
        if any(doubts_figures(text) for _, text in sentences(block.text)):
            doubted |= before == (len(proposals), len(unread))
            proposals[before[0] :] = map(_not_final, proposals[before[0] :])
        if block.aside:
            context = kept
    if doubted:
        proposals = list(map(_not_final, proposals))
    return Intake(input, digest, tuple(proposals), tuple(unread))


def _not_final(proposal: Proposal) -> Proposal:
    """A figure of which another sentence of the document says that it is not confirmed."""
    doubt = Doubt("not_final", severity=Severity.ERROR, group="document")
    doubts = (*(known for known in proposal.doubts if known.code != doubt.code), doubt)
    return replace(proposal, confidence=Confidence.LOW, doubts=doubts)


def _read_block(block: Block, reader: Reader, proposals: list[Proposal], unread: list[Unread]) -> None:
    reader.context.open_block()
    for start, text in sentences(block.text):
        for found in reader.sentence(text):
            at = start + found.at
            quote = block.quote or found.quote
            if found.proposal is not None:
                proposals.append(replace(found.placed(block.position(at)), quote=quote))
            else:
                unread.append(Unread(quote, block.position(at), Doubt(found.why, found.values, group="document")))
    reader.context.close_block(block.text)


__all__ = ["Block", "blocks_of", "clean", "is_page_number", "read_blocks", "read_text", "sentences"]
