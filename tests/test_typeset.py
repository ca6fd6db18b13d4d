"""The report as PDF: a font whole for Vietnamese, tags, the official page, texts of anybody's; the same bytes."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pdfplumber
import pytest
from PIL import Image

from lsinfra.render.payload import Scope
from lsinfra.report.formats import write
from lsinfra.report.kinds import Kind
from lsinfra.report.lettering import FONT
from lsinfra.report.model import Paragraph, Run, tables_of
from lsinfra.report.still import map_svg
from lsinfra.report.typeset import import_typst, pdf, png
from lsinfra.text import LANGS, Lang
from tests.conftest import ROOT
from tests.hostile import texts, write_root
from tests.reporting import SAMPLE, WORLDS, Told, project, records, tell
from tests.reporting import write as write_world

TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
VOWELS = [[normalize("NFC", vowel + tone) for tone in TONES] for vowel in "aăâeêioôơuưy"]
PLAIN = {"ă": "a", "â": "a", "ê": "e", "ô": "o", "ơ": "o", "ư": "u", "đ": "d"}
LETTERS = [letter for row in VOWELS for letter in row if letter not in "aeiouy"] + ["đ"]
LETTERS += [letter.upper() for letter in LETTERS]
STYLES = [(bold, italic) for bold in (False, True) for italic in (False, True)]
MM = 72 / 25.4


def opened(data: bytes, pages: list[int] | None = None) -> Any:
    return pdfplumber.open(io.BytesIO(data), pages=pages)


def made(told: Told, lang: Lang = "vi") -> bytes:
    return write(told.report, Scope(told.portfolio, told.progress, lang), Kind.PDF)


def words(text: str) -> str:
    """A text without blanks and without the places where a long word may be broken."""
    return re.sub(r"[\s\u200b\xad]+", "", text)


def printed(data: bytes) -> str:
    with opened(data) as file:
        return words("".join(char["text"] for page in file.pages for char in page.chars))


@pytest.fixture(scope="module")
def real() -> bytes:
    return made(tell(ROOT))


# --- letters -------------------------------------------------------------------------------------------------------


def test_every_vietnamese_letter_is_drawn_with_one_font() -> None:
    assert len(LETTERS) == 134
    told, text = tell(SAMPLE).report, " ".join(LETTERS)
    runs = (Run(text), Run(text, bold=True))
    # The note is slanted, and this title bold and slanted.
    recipients = replace(told.recipients, title=text)
    data = pdf(replace(told, opening=Paragraph(runs), note=text, recipients=recipients), {})
    with opened(data) as file:
        chars = [char for page in file.pages for char in page.chars]
    assert {char["fontname"].split("+")[1].split("-")[0] for char in chars} == {
        "SourceSerif4Roman",
        "SourceSerif4Italic",
    }
    text = "".join(char["text"] for char in chars)
    assert [letter for letter in LETTERS if text.count(letter) < len(STYLES)] == []
    assert "\ufffd" not in text
    assert "(cid:" not in text
    # The standard refuses a sign that the font does not hold.
    assert b"pdfuaid:part" in data


@pytest.mark.parametrize(("bold", "italic"), STYLES)
def test_no_letter_is_drawn_without_its_marks(bold: bool, italic: bool) -> None:
    """A font may hold a letter and draw nothing: with each mark there must be more ink than without."""
    rows = [[*row, *{"a": "đd", "i": "ı"}.get(row[0], "")] for row in VOWELS]
    rows += [[letter.upper() for letter in row] for row in rows]
    looks = f'font-weight="{"bold" if bold else "normal"}" font-style="{"italic" if italic else "normal"}"'
    size = 10
    said = "".join(
        f'<text x="{x * size + 3}" y="{y * size + 7}" font-size="5">{letter}</text>'
        for y, row in enumerate(rows)
        for x, letter in enumerate(row)
    )
    wide, high = 8 * size, len(rows) * size
    name = f"font-family=\"'{FONT}'\""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" {name} {looks}>{said}</svg>'
    drawn = Image.open(io.BytesIO(png(svg, wide, 254))).convert("L")
    assert drawn.size == (wide * 10, high * 10)

    def ink(x: int, y: int) -> int:
        cell = drawn.crop((x * 100, y * 100, x * 100 + 100, y * 100 + 100))
        return sum((255 - level) * count for level, count in enumerate(cell.histogram()))

    inks = {letter: ink(x, y) for y, row in enumerate(rows) for x, letter in enumerate(row)}
    # The hook of ỉ is where the dot of i was.
    bare = {letter: "ı" if row[0] == "i" else row[0] for row in rows for letter in row[1:6]}
    bare |= {upper(letter): upper(plain) for letter, plain in PLAIN.items() for upper in (str, str.upper)}
    assert set(LETTERS) <= set(inks)
    assert set(LETTERS) == set(bare)
    assert [letter for letter, plain in bare.items() if inks[letter] <= inks[plain]] == []


def test_a_name_in_another_script_is_printed(tmp_path: Path) -> None:
    """By a font of this machine; where none holds it, all the rest is printed and the file claims no standard."""
    told = tell(write_world(tmp_path / "w", records(project(1, title="Cửa khẩu Hữu Nghị (友谊关)"))))
    data = made(told)
    text = printed(data)
    assert "CửakhẩuHữuNghị(" in text
    assert ("CửakhẩuHữuNghị(友谊关)" in text) == (b"pdfuaid:part" in data)


def test_the_fonts_of_the_machine_are_looked_at_for_another_script_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every address of a source is a word that may be broken: that alone calls for no other font."""
    compiler, _ = import_typst()
    own, compiled = [], compiler.compile

    def watched(*given: Any, **options: Any) -> Any:
        own.append(options["ignore_system_fonts"])
        return compiled(*given, **options)

    monkeypatch.setattr(compiler, "compile", watched)
    address = {"bc": {"title": "Báo", "kind": "press", "date": "2024-06", "url": f"https://bao.vn/{'x' * 90}"}}
    pdf(tell(write_world(tmp_path / "w", records(project(1), sources=address))).report, {})
    pdf(tell(write_world(tmp_path / "v", records(project(1, title="友谊关")))).report, {})
    assert own[0] is True
    assert set(own[1:]) == {False}


# --- what a reader and a screen reader find ------------------------------------------------------------------------


def kinds(tree: list[Any]) -> Iterator[dict[str, Any]]:
    for one in tree:
        yield one
        yield from kinds(one.get("children", []))


@pytest.mark.parametrize(("lang", "tag"), [("vi", "vi-VN"), ("en", "en-GB")])
def test_the_file_is_tagged(lang: Lang, tag: str) -> None:
    told = tell(ROOT, lang=lang)
    data = made(told, lang)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in data
    with opened(data) as file:
        assert file.doc.catalog["Lang"].decode() == tag
        assert file.metadata["Title"] == told.report.title
        assert "Author" not in file.metadata
        found = list(kinds(file.structure_tree))
    types = [one["type"] for one in found]
    assert types.count("Table") == len(list(tables_of(told.report)))
    assert {"H1", "H2", "H3", "L", "LI", "TR", "TH", "TD", "P"} <= set(types)
    (picture,) = [one for one in found if one["type"] == "Figure"]
    assert picture["alt_text"].startswith({"vi": "Bản đồ các dự án", "en": "Map of the projects"}[lang])


def test_the_file_says_who_made_it_where_that_is_known() -> None:
    with opened(made(tell(SAMPLE))) as file:
        assert file.metadata["Author"] == "SỞ GIAO THÔNG"


def test_a_line_of_prose_reaches_the_margin(tmp_path: Path) -> None:
    """All but the last of a paragraph; a block that is only as wide as its text would leave the first ragged."""
    told = tell(write_world(tmp_path / "w", WORLDS["everything"]))
    with opened(pdf(told.report, {}), [3, 4]) as file:
        pages = [page.extract_text_lines() for page in file.pages]
    full = [line for lines in pages for line in lines if line["x1"] > (210 - 15) * MM - 1]
    assert len(full) > 20
    for lines in pages:
        for line, after in pairwise(lines):
            # What comes after a short line begins anew, at the indent.
            assert line in full or after["x0"] > 40 * MM, line["text"]


def test_the_file_has_no_clock(real: bytes) -> None:
    assert b"CreationDate" not in real
    assert b"xmp:CreateDate" not in real


def test_the_page_is_that_of_the_decree(real: bytes) -> None:
    with opened(real) as file:
        pages = [(page.width / MM, page.height / MM, page.chars, page.extract_text()) for page in file.pages]
    sizes = [(round(width), round(height)) for width, height, _, _ in pages]
    upright = sizes.count((210, 297))
    assert sizes == [(210, 297)] * upright + [(297, 210)] * (len(sizes) - upright)
    for width, height, chars, text in pages:
        body = [char for char in chars if not char["text"].isspace() and char["top"] > 19 * MM]
        assert min(char["x0"] for char in body) >= 30 * MM - 0.1
        assert max(char["x1"] for char in body) <= (width - 15) * MM + 0.6
        assert max(char["bottom"] for char in body) <= (height - 20) * MM + 5
        assert len(text) > 60
    heads = [text.split("\n")[0] for *_, text in pages]
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in pages[0][3]
    assert heads[1:upright] == [str(n) for n in range(2, upright + 1)]
    annexes = [n for n, head in enumerate(heads) if head.startswith("Phụ lục ")]
    assert [heads[n] for n in annexes] == [f"Phụ lục {n}" for n in ("I", "II", "III", "IV", "V")]
    assert annexes[0] == upright
    # An annex's pages are counted anew.
    for first, after in zip(annexes, [*annexes[1:], len(pages)], strict=True):
        assert heads[first + 1 : after] == [str(n) for n in range(2, after - first + 1)]
    assert "(1) (2) (3) (4)" in pages[annexes[0] + 1][3]


def test_a_heading_row_stands_again_on_the_next_page(real: bytes) -> None:
    with opened(real) as file:
        texts_of = [page.extract_text() for page in file.pages]
    at = next(n for n, text in enumerate(texts_of) if text.startswith("Phụ lục I\n"))
    name = "1 Cao tốc cửa khẩu Hữu Nghị – Chi Lăng (BOT)"
    assert [text.split("\n").count(name) for text in texts_of[at : at + 2]] == [1, 1]


@pytest.mark.parametrize("lang", LANGS)
def test_no_number_and_no_day_is_broken(lang: Lang) -> None:
    told = tell(ROOT, lang=lang)
    with opened(made(told, lang)) as file:
        there = {word for page in file.pages for word in page.extract_text().split()}
    wanted = {
        word
        for table in tables_of(told.report)
        for row in table.rows
        for place, cell in enumerate(row)
        if table.columns[place].kind in {"number", "share", "points", "date"} and not cell.above
        for word in cell.text.split()
    }
    assert "100,00%" in wanted or lang == "en"
    assert wanted - there == set()


# --- texts of anybody's --------------------------------------------------------------------------------------------

MARKUP = (
    '#read("/etc/passwd")',
    "*đậm* _nghiêng_ `mã` $x^2$",
    "= Đề mục",
    "- mục + mục / mục: x",
    "@nguon <nhan> // lời /* lời */",
    "\\u{41} \\ ~ --- ... 'a' \"b\"",
    "#let x = 1; #x #(1+1)",
    "https://example.org/#read",
    ']}#eval("1")[{',
    "{{ 7*7 }} </script><script>1</script>",
)


def test_markup_is_only_text(tmp_path: Path) -> None:
    told = tell(write_world(tmp_path / "w", records(*(project(n, title=text) for n, text in enumerate(MARKUP, 1)))))
    text = printed(made(told))
    assert [one for one in MARKUP if words(one) not in text] == []
    assert "root:" not in text


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    every = texts(marker)
    for name in ("jinja-popen", "img-onerror", "cdata", "separators", "rtl", "quotes", "very-long", "one-word"):
        text = every[name]
        root = tmp_path / name
        write_root(root, text)
        told = tell(root)
        data = pdf(told.report, {"map": map_svg(Scope(told.portfolio, told.progress, "vi"))})
        if name in {"one-word", "very-long", "rtl"}:
            with opened(data, [1, 4]) as file:
                for page in file.pages:
                    shown = [char["x1"] for char in page.chars if not char["text"].isspace()]
                    assert max(shown) <= page.width - 14 * MM, name
    assert not marker.exists()


@pytest.mark.parametrize("name", [*WORLDS])
def test_missing_pieces_leave_no_page_empty_and_nothing_cut(name: str, tmp_path: Path) -> None:
    told = tell(write_world(tmp_path / "w", WORLDS[name]))
    with opened(pdf(told.report, {}), [*range(1, 8)]) as file:
        for page in file.pages:
            assert len(page.extract_text()) > 60
            body = [char for char in page.chars if not char["text"].isspace()]
            assert max(char["x1"] for char in body) <= page.width - 15 * MM + 0.6
            assert max(char["bottom"] for char in body) <= page.height - 20 * MM + 5


# --- the same bytes ------------------------------------------------------------------------------------------------

HASHED = """
import hashlib
from lsinfra.render.payload import Scope
from lsinfra.report.formats import write_all
from lsinfra.text import LANGS
from tests.conftest import ROOT
from tests.reporting import tell
import tempfile
from pathlib import Path
from tests.reporting import WORLDS, write
with tempfile.TemporaryDirectory() as folder:
    edge = write(Path(folder) / "w", WORLDS["everything"])
    for root, lang in (*((ROOT, lang) for lang in LANGS), (edge, "vi")):
        told = tell(root, lang=lang)
        for name, data in write_all(told.report, Scope(told.portfolio, told.progress, lang)).items():
            print(lang, name, hashlib.sha256(data).hexdigest())
"""


def test_every_kind_has_the_same_bytes_in_every_process() -> None:
    said = set()
    for seed, zone in (("1", "UTC"), ("2", "Asia/Ho_Chi_Minh")):
        env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "TZ": zone}
        done = subprocess.run([sys.executable, "-c", HASHED], env=env, cwd=ROOT, capture_output=True, check=True)
        said.add(done.stdout.decode())
    (lines,) = said
    endings = [line.split()[1].rpartition(".")[2] for line in lines.splitlines()]
    assert endings == [kind.value for _, kind in product((*LANGS, "edge"), Kind)]
    assert len({line.split()[2] for line in lines.splitlines()}) == len(endings)
