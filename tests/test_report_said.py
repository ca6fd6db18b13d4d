"""Every file of the report says what the report says: no number more, none less, whatever the records hold.

That each of these numbers is one of ``progress --format json`` is in test_report.py; the workbook has its own file.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pdfplumber
import pytest
from docx import Document
from docx.oxml.ns import qn

from lsinfra.report.lettering import in_lines
from lsinfra.report.model import Bullets, Heading, Paragraph, Picture, Report, Table, blocks_of, tables_of, words_of
from lsinfra.report.plain import html, markdown
from lsinfra.report.typeset import pdf
from lsinfra.report.word import word
from lsinfra.text import LANGS, Lang
from tests.conftest import ROOT
from tests.reporting import SAMPLE, WORLDS, tell, write

ROOTS = {"real": ROOT, "sample": SAMPLE}


def made(name: str, lang: Lang, folder: Path) -> Report:
    return tell(ROOTS[name] if name in ROOTS else write(folder / "w", WORLDS[name]), None, lang).report


def texts(report: Report) -> Iterator[str]:
    """Everything the report prints but the numbers of pages and columns."""
    head = report.head
    yield from (head.nation, head.motto, head.authority, head.issuer, head.number, head.place_and_day, head.kind)
    yield from (*head.subject, report.note, *report.signature.lines, report.signature.name)
    yield from (report.recipients.title, *report.recipients.lines)
    for section in report.sections:
        yield from (section.number, section.title)
    for annex in report.annexes:
        yield from (annex.number, annex.title, annex.attached)
    for block in blocks_of(report):
        match block:
            case Heading():
                yield from (block.number, block.title)
            case Paragraph():
                yield words_of(block.runs)
            case Bullets():
                yield from map(words_of, block.items)
            case Picture():
                yield block.missing
            case Table():
                yield from (block.caption, block.note)
                yield from (text for one in block.columns for text in (one.group, one.title, one.unit))
                yield from (cell.text for cells in block.rows for cell in cells)


def columns(report: Report) -> Counter[str]:
    """The numbers (1) (2) … under the heads of the annexes."""
    numbered = [table for table in tables_of(report) if table.numbered]
    return Counter(str(n + 1) for table in numbered for n in range(len(table.columns)))


def numbers(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d(?:[\d.,]*\d)?%?", text))


def of_word(report: Report) -> str:
    body = Document(io.BytesIO(word(report))).element.body
    return "\n".join("".join(node.text or "" for node in one.iter(qn("w:t"))) for one in body.iter(qn("w:p")))


class Body(HTMLParser):
    """The text of the body, a line an element."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        if tag == "body":
            self.said.clear()
        elif tag not in {"b", "i", "span"}:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def of_html(report: Report) -> str:
    page = Body()
    page.feed(html(report))
    return "".join(page.said)


def of_markdown(report: Report) -> str:
    return re.sub(r"\\(.)", r"\1", markdown(report))


@pytest.mark.parametrize("name", [*ROOTS, *WORLDS])
@pytest.mark.parametrize("lang", LANGS)
def test_a_file_has_every_number_of_the_report_and_no_other(name: str, lang: Lang, tmp_path: Path) -> None:
    report = made(name, lang, tmp_path)
    wanted = numbers("\n".join(texts(report)))
    assert numbers(of_word(report)) == wanted + columns(report)
    assert numbers(of_html(report)) == wanted
    assert numbers(of_markdown(report)) == wanted


@pytest.mark.parametrize("read", [of_word, of_html, of_markdown])
@pytest.mark.parametrize("lang", LANGS)
def test_a_file_has_every_word_of_the_report(read: Callable[[Report], str], lang: Lang, tmp_path: Path) -> None:
    for name in ("real", "everything", "hostile names"):
        report = made(name, lang, tmp_path / name)
        said = re.sub(r"[\s*_]+", "", read(report))
        for text in texts(report):
            assert all(re.sub(r"[\s*_]+", "", part) in said for part in text.split("\n")), text


@pytest.mark.parametrize("name", ["real", "everything", "no projects", "forty projects"])
@pytest.mark.parametrize("lang", LANGS)
def test_the_pdf_has_every_number_of_the_report_and_no_other(name: str, lang: Lang, tmp_path: Path) -> None:
    """Heads and headings of rows stand again on the next page, so that only what is said is compared, not how often."""
    report = made(name, lang, tmp_path)
    with pdfplumber.open(io.BytesIO(pdf(report, {}))) as file:
        pages = [page.extract_text() for page in file.pages]
    wanted = set(numbers("\n".join(map(in_lines, texts(report)))))
    found = set(numbers("\n".join(pages)))
    assert wanted - found == set()
    assert found - wanted <= {str(n) for n in range(2, len(pages) + 1)} | set(columns(report))
