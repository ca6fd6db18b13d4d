"""The files of the report: Word as the office program opens it, HTML as a browser reads it, Markdown; same bytes."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unicodedata import combining, normalize

import pdfplumber
import pytest
import typer
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from lsinfra import cli
from lsinfra.commands.options import WrongUse
from lsinfra.commands.report import report as command
from lsinfra.report.model import tables_of
from lsinfra.report.plain import html, markdown
from lsinfra.report.word import word
from lsinfra.text import LANGS, Lang, say
from tests.conftest import ROOT
from tests.hostile import texts, write_root
from tests.reporting import SAMPLE, WORLDS, project, records, tell, write
from tools.prepare import find_office


def png(width: int = 40, height: int = 20) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def opened(data: bytes) -> Any:
    return Document(io.BytesIO(data))


def read(data: bytes) -> str:
    """Every text of the document's body, in its order."""
    return "".join(node.text or "\n" for node in opened(data).element.body.iter(qn("w:t"), qn("w:p")))


# --- Word ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [word, lambda report, pictures: html(report, pictures).encode()])
def test_the_same_report_gives_the_same_bytes(make: Callable[..., bytes]) -> None:
    files = {make(tell(ROOT, lang=lang).report, {"map": png()}) for lang in LANGS for _ in range(2)}
    assert len(files) == 2


def test_the_file_has_no_clock_and_nothing_of_another_document() -> None:
    with zipfile.ZipFile(io.BytesIO(word(tell(ROOT).report))) as file:
        entries = file.infolist()
        names = [entry.filename for entry in entries]
        core = file.read("docProps/core.xml").decode()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert names == sorted(names)
    assert not [name for name in names if "thumbnail" in name or "custom" in name or "app.xml" in name]
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core)) == {"2025-10-27T00:00:00Z"}
    assert "python" not in core


MARGINS = {"top": (20, 25), "bottom": (20, 25), "left": (30, 35), "right": (15, 20)}
"""Nghị định 30/2020/NĐ-CP, Phụ lục I: between what and what each margin is, in mm."""


def sheet(section: Any) -> tuple[int, int]:
    return round(section.page_width.mm), round(section.page_height.mm)


def test_the_page_is_that_of_the_decree() -> None:
    first, *annexes = opened(word(tell(SAMPLE).report)).sections
    assert (first.orientation, *sheet(first)) == (WD_ORIENT.PORTRAIT, 210, 297)
    assert len(annexes) == 5
    for section in (first, *annexes):
        for side, (low, high) in MARGINS.items():
            assert low <= round(getattr(section, f"{side}_margin").mm, 1) <= high
        assert section.different_first_page_header_footer
        assert section.first_page_header.is_linked_to_previous
    for annex in annexes:
        assert (annex.orientation, *sheet(annex)) == (WD_ORIENT.LANDSCAPE, 297, 210)
        assert annex._sectPr.find(qn("w:pgNumType")).get(qn("w:start")) == "1"
    header = first.header.paragraphs[0]._p.xml
    assert "PAGE" in header
    assert 'w:val="center"' in header


@pytest.mark.parametrize(("lang", "tag"), [("vi", "vi-VN"), ("en", "en-GB")])
def test_styles_are_real_and_in_one_font(lang: Lang, tag: str) -> None:
    document = opened(word(tell(SAMPLE, lang=lang).report))
    used = {paragraph.style.style_id for paragraph in document.paragraphs}
    assert {"Heading1", "Heading2", "Heading3", "Caption", "ListBullet", "BodyText", "Title"} <= used
    for style in document.styles:
        if style.style_id in used:
            fonts = style.element.rPr.find(qn("w:rFonts"))
            assert {fonts.get(qn(f"w:{name}")) for name in ("ascii", "hAnsi", "eastAsia", "cs")} == {"Times New Roman"}
            assert not [name for name in fonts.attrib if "heme" in name]
    (language,) = document.styles.element.find(qn("w:docDefaults")).iter(qn("w:lang"))
    assert language.get(qn("w:val")) == tag
    assert {table.style.style_id for table in document.tables if table.style.style_id == "TableGrid"}
    assert document.styles["Heading 1"].paragraph_format.keep_with_next
    # The only field is the number of the page, and it is in the header.
    assert not re.search("w:instrText|w:fldSimple|w:fldChar", document.element.body.xml)


def test_rows_are_whole_and_heads_repeat_with_column_numbers() -> None:
    document = opened(word(tell(ROOT).report))
    tables = [table._tbl for table in document.tables if table.style.style_id == "TableGrid"]
    assert len(tables) == 4 + 5
    for table in tables:
        rows = table.findall(qn("w:tr"))
        heads = [row for row in rows if row.trPr.find(qn("w:tblHeader")) is not None]
        assert rows[: len(heads)] == heads
        assert heads
        assert all(row.trPr.find(qn("w:cantSplit")) is not None for row in rows)
        widths = [int(column.get(qn("w:w"))) for column in table.tblGrid]
        for row in rows:
            spans = [int(cell.tcPr.gridSpan.val) if cell.tcPr.gridSpan is not None else 1 for cell in row.tc_lst]
            assert sum(spans) == len(widths)
            assert sum(int(cell.tcPr.find(qn("w:tcW")).get(qn("w:w"))) for cell in row.tc_lst) == sum(widths)
    numbers = ["".join(node.text for node in tables[4].iter(qn("w:t")))]
    assert "(1)(2)(3)(4)(5)(6)(7)(8)(9)(10)(11)(12)" in numbers[0]


TIMES = tuple(
    {sign: int(wide) for part in said.split() for wide, _, signs in [part.partition(":")] for sign in signs}
    for said in (
        (
            "250:.,' 278:ijlt:;“” 333:frI()[] 389:sJ 444:acez 500:bdghknopquvxy0123456789_ 556:FPS 564:+= 611:ELTZ "
            "667:BCR 722:wADGHKNOQUVXY 778:m 833:% 889:M 944:W"
        ),
        (
            "250:., 278:il' 333:fjt()[]:;“” 389:sI 444:cerz 500:agovxyJ0123456789_ 556:bdhknpquS 570:+= 611:FP "
            "667:BELTZ 722:wACDNRUVXY 778:GHKOQ 833:m 944:M 1000:W%"
        ),
    )
)
"""Widths of Times, upright and bold, in thousandths of the size."""


@pytest.mark.parametrize("lang", LANGS)
def test_no_word_of_a_table_is_wider_than_its_column(lang: Lang) -> None:
    """By the widths that Times has had since 1985."""
    document = opened(word(tell(ROOT, lang=lang).report))
    checked = 0
    for table in document.tables:
        for row in table._tbl.tr_lst:
            for cell in row.tc_lst:
                room = int(cell.tcPr.find(qn("w:tcW")).get(qn("w:w"))) - 2 * 50
                text = "".join(node.text or "" for node in cell.iter(qn("w:t")))
                bold = cell.xpath(".//w:rPr/w:b[not(@w:val='0')] | .//w:pStyle[@w:val='TableHead']")
                for one in re.split("[ /–-]+", text) if table.style.style_id == "TableGrid" else ():
                    # Letters with marks are as wide as without.
                    bare = "".join(sign for sign in normalize("NFD", one) if not combining(sign))
                    widths, plain = TIMES[bool(bold)], bare.translate({0x111: "d", 0x110: "D", 0xA0: "."})
                    assert sum(widths[sign] for sign in plain) * 11 * 20 / 1000 <= room, (one, text)
                    checked += 1
    assert checked > 500


def test_paragraphs_are_six_points_apart_and_notes_whole() -> None:
    """Nghị định 30/2020/NĐ-CP, Phụ lục I: 6 points at least; a point a), b) is upright."""
    document = opened(word(tell(SAMPLE).report))
    for name in ("Body Text", "List Bullet", "Heading 1", "Heading 2", "Heading 3"):
        style = document.styles[name]
        assert style.paragraph_format.space_after >= Pt(6)
        assert style.element.pPr.find(qn("w:contextualSpacing")) is None
    assert not document.styles["Heading 3"].font.italic
    notes = [one for one in document.styles if one.name == "Ghi chú bảng"]
    assert [one.paragraph_format.keep_together for one in notes] == [True]


def test_the_heading_of_rows_and_the_last_row_are_not_left_alone() -> None:
    document = opened(word(tell(ROOT).report))
    tables = [table._tbl for table in document.tables if table.style.style_id == "TableGrid"]

    def stays(row: Any) -> bool:
        return all(one.pPr.find(qn("w:keepNext")) is not None for one in row.iter(qn("w:p")))

    found = 0
    for table in tables:
        rows = [row for row in table.tr_lst if row.trPr.find(qn("w:tblHeader")) is None]
        assert len(rows) == 1 or (stays(rows[0]) and stays(rows[-2]))
        heads = [row for row in rows if row.xpath("./w:tc[w:tcPr/w:gridSpan]//w:rPr/w:b[not(@w:val='0')]")]
        assert all(stays(row) for row in heads)
        found += len(heads)
    assert found == 3 + 3


def test_the_map_is_a_picture_that_is_described() -> None:
    told = tell(ROOT).report
    assert say("vi", "report.map.missing") in read(word(told))
    data = word(told, {"map": png()})
    document = opened(data)
    (picture,) = document.inline_shapes
    assert picture._inline.docPr.get("descr").startswith("Bản đồ các dự án")
    assert picture.width / picture.height == pytest.approx(2, rel=0.01)
    assert picture.width <= Mm(165)
    assert "Bản đồ kèm theo" not in read(data)
    assert "Hình 1. Bản đồ tỷ lệ mặt bằng đã bàn giao" in read(data)


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], list[str]]:
    """``pdf(docx)``: the text of each page as LibreOffice lays the document out. Without it the tests fail."""
    program = find_office()
    if program is None:
        pytest.fail("No LibreOffice was found: install libreoffice-writer (make test does on Debian).")
    home = f"-env:UserInstallation={tmp_path_factory.mktemp('office').as_uri()}"

    def pages(data: bytes) -> list[str]:
        folder = tmp_path_factory.mktemp("report")
        (folder / "r.docx").write_bytes(data)
        line = [program, home, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(folder / "r.docx")]
        subprocess.run(line, check=True, capture_output=True, timeout=180)
        with pdfplumber.open(folder / "r.pdf") as made:
            return [page.extract_text() or "" for page in made.pages]

    return pages


def test_the_office_program_shows_what_was_written(pdf: Callable[[bytes], list[str]]) -> None:
    pages = pdf(word(tell(ROOT).report, {"map": png()}))
    first = pages[0]
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in first
    assert "Độc lập - Tự do - Hạnh phúc" in first
    assert not re.match(r"1\n", first)
    body = pages[: next(n for n, page in enumerate(pages) if page.startswith("Phụ lục I\n"))]
    assert [page.split("\n")[0] for page in body[1:]] == [str(n) for n in range(2, len(body) + 1)]
    annexes = [n for n, page in enumerate(pages) if re.match(r"Phụ lục [IV]+\n", page)]
    assert [pages[n].split("\n")[0].split()[-1] for n in annexes] == ["I", "II", "III", "IV", "V"]
    # The second page of an annex is its page 2, and repeats the heads with the numbers of the columns.
    after = pages[annexes[0] + 1]
    assert after.startswith("2\n")
    assert "(1) (2) (3) (4)" in after
    assert all(len(page) > 60 for page in pages)


@pytest.mark.parametrize("name", ["a long name", "no projects"])
def test_no_page_is_empty(name: str, pdf: Callable[[bytes], list[str]], tmp_path: Path) -> None:
    pages = pdf(word(tell(write(tmp_path / "w", WORLDS[name])).report))
    assert all(len(page) > 60 for page in pages)


# --- texts of anybody's --------------------------------------------------------------------------------------------


class Seen(HTMLParser):
    """Every tag, every attribute, all text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.addresses: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.addresses |= {value or "" for name, value in attrs if name in {"src", "href"}}

    def handle_data(self, data: str) -> None:
        self.text.append(data)


TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "body",
    "main",
    "h1",
    "h2",
    "h3",
    "h4",
    "p",
    "b",
    "i",
    "span",
    "ul",
    "li",
    "div",
}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
NAMES = {"lang", "charset", "http-equiv", "content", "name", "style", "role", "scope", "colspan", "rowspan"}
NAMES |= {"tabindex", "aria-label"}


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    for name, text in texts(marker).items():
        root = tmp_path / name
        write_root(root, text)
        report = tell(root).report
        shown = report.sections[0].blocks[2].items[0][0].text  # type: ignore[union-attr]
        assert shown
        page = Seen()
        page.feed(html(report))
        assert page.tags == TAGS
        assert page.names <= NAMES
        assert page.addresses == set()
        assert shown in "".join(page.text)
        marked = markdown(report)
        assert not re.search(r"(?<!\\)[<`]", marked)
        data = word(report)
        assert shown in read(data)
        assert not re.search("w:instrText|w:fldSimple|w:hyperlink", opened(data).element.body.xml)
    assert not marker.exists()


# --- Markdown and HTML -----------------------------------------------------------------------------------------------


def test_the_markdown_reads_like_the_report() -> None:
    text = markdown(tell(ROOT).report)
    assert "\n# BÁO CÁO\n" in text
    assert "\n## I. TÓM TẮT\n" in text
    assert "- **Cao tốc cửa khẩu Hữu Nghị – Chi Lăng (BOT)**: đã bàn giao 596/618\u00a0ha, đạt 96,44%" in text
    assert f"báo chí, {say('vi', 'report.mark.stale')}) [6]." in text
    for line in text.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) > 4
    heads = re.findall(r"^\|.*\|\n\|[-:| ]+\|$", text, re.MULTILINE)
    assert len(heads) == 4 + 5
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in heads[0].split("\n")}) == 1


SIGNS = (
    "a | b",
    "[x](http://y.test)",
    "**x** __y__",
    "![x](y.png)",
    "<b>x</b> &amp;",
    "`x` ~~y~~",
    "a \\| b \\",
    "1. x",
    "- x",
    "+ x",
    "# x",
    "> x",
    "https://evil.example/x",
    "www.evil.example",
    "mailto:a@evil.example",
    "@chairman",
    "=== ---",
)
"""Names that Markdown, or the chat that shows it, could take for something else."""


def test_a_text_of_the_records_is_no_sign_of_markdown(tmp_path: Path) -> None:
    told = tell(write(tmp_path / "w", records(*(project(n, title=name) for n, name in enumerate(SIGNS, 1)))))
    marked = markdown(told.report)
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(marked)
    inline = [token for token in tokens if token.type == "inline"]
    pieces = [piece for token in inline for piece in token.children or ()]
    # A break is one of the two lines of a head; nothing else but words, bold and slanted ones.
    looks = {"text", "text_special", "strong_open", "strong_close", "em_open", "em_close", "hardbreak"}
    assert {piece.type for piece in pieces} <= looks
    shown = {"".join(piece.content for piece in token.children or ()).replace("\u2060", "") for token in inline}
    assert set(SIGNS) <= shown
    kinds = [token.type for token in tokens]
    every = list(tables_of(told.report))
    assert kinds.count("tr_open") == sum(1 + len(table.rows) for table in every)
    cells = sum((1 + len(table.rows)) * len(table.columns) for table in every)
    assert kinds.count("td_open") + kinds.count("th_open") == cells
    # Programs that make links of bare addresses find none, nor a name to call.
    assert not re.search(r"(?i)(?<!\\)(https?://|www\.|mailto:)|@\w", marked.replace("\\\\", ""))


def test_what_scrolls_in_the_html_has_a_name_and_the_rest_fits_a_phone() -> None:
    text = html(tell(ROOT).report, {"map": png()})
    named = re.findall(r'<div style="overflow-x:auto" role="region" aria-label="([^"]+)" tabindex="0">', text)
    assert len(named) == text.count("overflow-x:auto") == 4 + 5
    assert named[0] == "Bảng 1. Kết quả bàn giao mặt bằng theo dự án"
    assert named[-1] == "NGUỒN SỐ LIỆU"
    # A row of dots is a border: no letters that cannot be broken.
    assert "…" * 25 not in text
    assert "overflow-wrap:anywhere" in text


def test_the_html_asks_for_nothing_and_its_tables_are_whole() -> None:
    text = html(tell(ROOT).report, {"map": png()})
    assert text.startswith("<!DOCTYPE html>\n")
    page = Seen()
    page.feed(text)
    assert page.tags == TAGS | {"figure", "img", "figcaption"}
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    body = ET.fromstring(re.sub(r"<meta [^>]*>|<img [^>]*>", "", text.removeprefix("<!DOCTYPE html>")))
    for table in body.iter("table"):
        if table.get("role"):
            continue
        grid: dict[tuple[int, int], int] = {}
        for y, row in enumerate(table.iter("tr")):
            x = 0
            for cell in row:
                while (y, x) in grid:
                    x += 1
                for down in range(int(cell.get("rowspan", "1"))):
                    for across in range(int(cell.get("colspan", "1"))):
                        grid[y + down, x + across] = 1
        rows = len(list(table.iter("tr")))
        assert len(grid) == rows * (1 + max(x for _, x in grid))


# --- the command ---------------------------------------------------------------------------------------------------

app = typer.Typer()
app.callback()(cli.options)
app.command("report")(command)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, [*arguments])


def test_the_command_writes_beside_the_pages_of_the_day(root: Path) -> None:
    done = run("--root", str(root), "--lang", "vi", "report", "--as-of", "2024-10")
    assert done.exit_code == 0, done.output
    path = root / "maps" / "2024-10-31" / "bao-cao-2024-10-31.docx"
    assert done.output == f"{path}\n"
    assert "366,55/640,28\u00a0ha" in read(path.read_bytes())
    first = path.read_bytes()
    run("--root", str(root), "--lang", "vi", "report", "--as-of", "2024-10")
    assert path.read_bytes() == first


@pytest.mark.parametrize("kind", ["md", "html"])
def test_the_command_writes_where_it_is_told(kind: str, root: Path) -> None:
    path = root / f"out.{kind}"
    done = run("--root", str(root), "--lang", "en", "report", "--format", kind, "--out", str(path))
    assert done.exit_code == 0, done.output
    assert "Land handed over by project" in path.read_text(encoding="utf-8")
    shown = run("--root", str(root), "--lang", "en", "report", "--format", kind, "--out", "-")
    assert shown.stdout == path.read_text(encoding="utf-8")


def test_the_name_of_the_file_says_its_kind(root: Path) -> None:
    path = root / "a.md"
    done = run("--root", str(root), "--lang", "en", "report", "--out", str(path))
    assert done.exit_code == 0, done.output
    assert "Land handed over by project" in path.read_text(encoding="utf-8")
    with pytest.raises(WrongUse) as refused:
        CliRunner().invoke(
            app, ["--root", str(root), "report", "--format", "pdf", "--out", "a.docx"], catch_exceptions=False
        )
    assert "what is written is pdf" in refused.value.write("en")
