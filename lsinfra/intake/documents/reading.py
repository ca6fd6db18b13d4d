"""Word, PDF and text files → paragraphs with their places → proposals. Nothing of a file is ever run or fetched."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from lsinfra.errors import RunError, why
from lsinfra.intake.documents.grammar import MAX_TEXT, Block, blocks_of, clean, read_blocks
from lsinfra.intake.documents.names import names_of
from lsinfra.intake.documents.table_rows import row_lines, row_quote
from lsinfra.intake.proposals import Doubt, Intake, Unread
from lsinfra.portfolio import Portfolio
from lsinfra.text import Lang, printable, say

MAX_BYTES = 50_000_000
SECONDS = 10.0  # for what is not a PDF; a hundred dense pages take one
_DASHES = re.compile(r"[ \t|:-]+")
_MOST_COLUMNS = 60  # of a table in Markdown
KINDS = (".docx", ".pdf", ".txt", ".md")


class DocumentError(RunError):
    """A document that cannot be read; its sentence is under ``document.``."""

    group = "document"


def read_document(path: Path, portfolio: Portfolio, *, lang: Lang = "vi") -> Intake:
    """The figures of a document as proposals, and whatever near a project's name was not understood.

    Parameters
    ----------
    path
        A .docx, .pdf, .txt or .md file in Vietnamese.
    portfolio
        Whose projects and units are sought.
    lang
        Of the positions (``dòng 14``, ``trang 3``, ``bảng 1, hàng 2``, ``chú thích 7``).

    Raises
    ------
    DocumentError
        A file that is missing, of another kind, locked, damaged, too large, a scan without text, or one that takes
        more than ten seconds.
    """
    content, name = _content(path), printable(path.name)
    digest = hashlib.sha256(content).hexdigest()
    unread: list[Unread] = []
    aside: list[str] = []
    kind = path.suffix.lower()
    until = time.monotonic() + SECONDS
    try:
        if kind == ".docx":
            from lsinfra.intake.documents.word_files import word_blocks

            blocks, aside = word_blocks(content, name, names_of(portfolio), lang, until)
        elif kind == ".pdf":
            from lsinfra.intake.documents.pdf_files import pdf_blocks

            blocks, pictures, aside = pdf_blocks(content, name, names_of(portfolio), lang)
            unread = [Unread("", page, Doubt("page_without_text", group="document")) for page in pictures]
            until = time.monotonic() + SECONDS  # its own process has its own bound
        else:
            blocks = _text_blocks(content, name, portfolio, lang)
        if sum(len(block.text) for block in blocks) > MAX_TEXT:
            raise DocumentError("too_much_text", file=name, limit=MAX_TEXT)
        if not blocks:
            raise DocumentError("no_text", file=name)
        intake = read_blocks(blocks, portfolio, digest, name, until)
    except TimeoutError:
        raise DocumentError("slow", file=name, seconds=f"{SECONDS:g}") from None
    unread += [Unread("", name, Doubt(code, group="document")) for code in aside]
    return Intake(intake.input, digest, intake.proposals, (*intake.unread, *unread))


def _content(path: Path) -> bytes:
    name = printable(path.name)
    if path.suffix.lower() == ".docm":
        raise DocumentError("macros", file=name)
    if path.suffix.lower() == ".doc":
        raise DocumentError("old_word", file=name)
    if path.suffix.lower() not in KINDS:
        raise DocumentError("kind", file=name, known=", ".join(KINDS))
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise DocumentError("unreadable", file=printable(str(path)), reason=why(error)) from None
    if len(content) > MAX_BYTES:
        raise DocumentError("too_large", file=name, limit=MAX_BYTES // 1_000_000)
    if not content:
        raise DocumentError("no_text", file=name)
    return content


def _text_blocks(content: bytes, name: str, portfolio: Portfolio, lang: Lang) -> list[Block]:
    """The paragraphs of a text file in UTF-8, or UTF-16 where it begins with its mark."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DocumentError("encoding", file=name, line=line) from None
    if "\0" in text:
        raise DocumentError("encoding", file=name, line=text[: text.index("\0")].count("\n") + 1)
    if len(text) > MAX_TEXT:
        raise DocumentError("too_much_text", file=name, limit=MAX_TEXT)
    lines = [
        (line, say(lang, "document.position.line", number=number)) for number, line in enumerate(text.splitlines(), 1)
    ]
    names = names_of(portfolio)
    blocks: list[Block] = []
    start = 0
    for first, after in _tables([line for line, _ in lines]):
        blocks += blocks_of(iter(lines[start:first]), names)
        rows = [_cells(line) for line, _ in lines[first:after]]
        over = next((line for line, _ in reversed(lines[start:first]) if line.strip()), "")
        for number, row in row_lines([rows[0], *rows[2:]], over):
            place = lines[first + number][1] if number > 1 else lines[first][1]
            for block in blocks_of(iter([(row, place)]), names):
                block.quote = row_quote(rows[number])
                blocks.append(block)
        start = after
    blocks += blocks_of(iter(lines[start:]), names)
    return blocks


def _tables(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where the tables of a Markdown text begin and end: a row, a line of dashes, further rows."""
    at = 0
    while at + 1 < len(lines):
        dashes = lines[at + 1]
        columns = 0 < lines[at].count("|") <= _MOST_COLUMNS
        if columns and {"|", "-"} <= set(dashes[:200]) and _DASHES.fullmatch(dashes):
            after = at + 2
            while after < len(lines) and 0 < lines[after].count("|") <= _MOST_COLUMNS:
                after += 1
            yield at, after
            at = after
        else:
            at += 1


def _cells(line: str) -> list[str]:
    """The cells of a row of Markdown."""
    inner = clean(line).strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [" ".join(cell.replace("\\|", "|").strip(" *").split()) for cell in re.split(r"(?<!\\)\|", inner)]
