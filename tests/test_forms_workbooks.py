"""Workbooks that mean harm, are broken or are something else: one sentence each, in no time and little memory."""

from __future__ import annotations

import io
import random
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from lsinfra import progress
from lsinfra.errors import InputError
from lsinfra.intake.forms.reading import read_forms
from lsinfra.intake.forms.writing import write_forms
from lsinfra.intake.workbooks.cells import CellKind
from lsinfra.intake.workbooks.opening import Book, open_book, parse
from lsinfra.intake.workbooks.parts import MAX_BYTES, MAX_CELLS, MAX_UNPACKED
from lsinfra.portfolio import Portfolio
from lsinfra.text import LANGS
from tools.prepare import find_office

CFB = bytes.fromhex("d0cf11e0a1b11ae1")
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OFFICE = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def zipped(how: int = zipfile.ZIP_DEFLATED, /, **parts: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return out.getvalue()


def xlsx(sheet: str, how: int = zipfile.ZIP_DEFLATED, /, **more: str | bytes) -> bytes:
    """A workbook of one sheet, by hand."""
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="a" Type="{RELS}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELS}"><sheets><sheet name="A" sheetId="1" r:id="b"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="b" Type="{RELS}/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    return zipped(how, **(parts | more))


def rows(inner: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{inner}</sheetData></worksheet>'


def ods(inner: str) -> str:
    return f"<office:document-content {OFFICE}>{inner}</office:document-content>"


def key_of(raw: bytes) -> str:
    """The sentence that a file is refused with, after a look at it in both languages."""
    with pytest.raises(InputError) as refused:
        parse(raw, "tuần 44.xlsx")
    (fault,) = refused.value.faults
    for lang in LANGS:
        said = fault.write(lang)
        assert said.startswith("tuần 44.xlsx: ")
        assert said.isprintable()
    return fault.key.removeprefix("form.")


def good() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Số liệu")
    sheet.write_string("B2", "chữ")
    sheet.write_number("C3", 57.815)
    sheet.write_formula("D4", "=1+1", None, 2)
    book.close()
    return out.getvalue()


def bomb() -> bytes:
    return xlsx(rows("<row>" + " " * 40_000_000 + "</row>"))


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda: b"", "empty_file"),
        (lambda: b"\xef\xbb\xbfSTT;D\xe1\xbb\xb1 \xc3\xa1n;ha\n1;QL4B;37,07\n", "csv_file"),
        (lambda: b"  <html><table><tr><td>1</td></tr></table></html>", "html_file"),
        (lambda: b"\x89PNG\r\n\x1a\n\x00\x00", "no_workbook"),
        (lambda: b"PK\x03\x04 and no more", "damaged"),
        (lambda: good()[:-200], "damaged"),
        (lambda: zipped(**{"word/document.xml": "<a/>", "[Content_Types].xml": TYPES}), "other_zip"),
        (lambda: zipped(**{"xl/workbook.bin": "x", "[Content_Types].xml": TYPES}), "binary_workbook"),
        (lambda: xlsx(rows(""), **{"xl/vbaProject.bin": b"x"}), "macros"),
        (lambda: zipped(**{"content.xml": ods(""), "Basic/Standard/M.xml": "<a/>"}), "macros"),
        (lambda: CFB + b"\x00" * 600 + "_VBA_PROJECT".encode("utf-16-le"), "macros"),
        (lambda: CFB + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (lambda: CFB + b"\x00" * 600 + "WordDocument".encode("utf-16-le"), "no_workbook"),
        (lambda: CFB + b"\x00" * 600 + "Workbook".encode("utf-16-le"), "damaged"),
        (lambda: zipped(**{"content.xml": "x", "META-INF/manifest.xml": "<m:encryption-data/>"}), "encrypted"),
        (bomb, "zip_bomb"),
        (lambda: zipped(**{f"xl/{n}.xml": b"" for n in range(6_000)}), "many_parts"),
        (lambda: xlsx(rows("<c/>" * 2_100_000), zipfile.ZIP_STORED), "many_cells"),
        (lambda: xlsx(rows("<row><c><v>1</v></c></row>" * (MAX_CELLS + 1)), zipfile.ZIP_STORED), "many_cells"),
        (lambda: xlsx(rows('<row r="99999999999"><c><v>1</v></c></row>')), "damaged"),
        (lambda: xlsx(rows('<row r="1"><c r="A9999999"><v>1</v></c></row>')), "damaged"),
        (lambda: xlsx(rows('<row r="một"/>')), "damaged"),
        (lambda: xlsx(rows("<row>")[:-20]), "damaged"),
        (lambda: xlsx('<!DOCTYPE a [<!ENTITY b "c">]>' + rows("<row><c><v>&b;</v></c></row>")), "doctype"),
        (lambda: xlsx('<!DOCTYPE a SYSTEM "file:///etc/passwd">' + rows("")), "doctype"),
        (
            lambda: zipped(
                **{
                    "content.xml": ods(
                        '<table:table table:name="A"><table:table-row table:number-rows-repeated="1048576">'
                        '<table:table-cell table:number-columns-repeated="16384" office:value-type="float" '
                        'office:value="1"/></table:table-row></table:table>'
                    )
                }
            ),
            "many_cells",
        ),
    ],
)
def test_what_is_no_workbook_to_be_opened(make: Callable[[], bytes], key: str) -> None:
    assert key_of(make()) == key


def test_a_password_of_the_zip(tmp_path: Path) -> None:
    raw = bytearray(good())
    at = 0
    while (at := raw.find(b"PK\x01\x02", at)) >= 0:  # the flag of each entry of the list of parts
        raw[at + 8] |= 1
        at += 4
    assert key_of(bytes(raw)) == "encrypted"


def test_a_part_that_says_it_is_smaller_than_it_is() -> None:
    raw = bytearray(xlsx(rows(" " * (MAX_UNPACKED + 1_000_000))))
    at = 0
    while (at := raw.find(b"PK\x01\x02", at)) >= 0:
        raw[at + 24 : at + 28] = (100).to_bytes(4, "little")
        at += 4
    assert key_of(bytes(raw)) in {"zip_bomb", "damaged"}


def test_a_file_too_large_to_be_read_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "to.xlsx"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(InputError) as refused:
        open_book(path)
    assert [fault.key for fault in refused.value.faults] == ["form.large_file"]


def test_links_to_other_workbooks_are_not_followed_and_told() -> None:
    raw = xlsx(
        rows('<row r="1"><c r="A1"><f>[1]S!A1</f><v>5</v></c></row>'), **{"xl/externalLinks/externalLink1.xml": "<a/>"}
    )
    book = parse(raw, "a.xlsx")
    assert book.links
    cell = book.sheets[0].cells[1, 1]
    assert (cell.linked, cell.calculated, cell.text) == (True, True, "5")


def test_a_link_that_was_dragged_is_a_link_in_every_cell() -> None:
    """One cell of a dragged formula holds its text, the others its number; the first of them may be empty."""
    inner = (
        '<row r="1"><c r="A1"><f t="shared" ref="A1:A3" si="0">[1]S!A1</f><v>5</v></c>'
        '<c r="B1"><f t="shared" ref="B1:B3" si="1">C1*2</f><v>2</v></c>'
        '<c r="D1"><f t="shared" si="2"/><v>7</v></c></row>'
        '<row r="2"><c r="A2"><f t="shared" si="0"/><v>6</v></c><c r="B2"><f t="shared" si="1"/><v>4</v></c>'
        '<c r="C2"><f>B2</f><v>4</v></c><c r="D2"><f t="shared" ref="D1:D3" si="2">[1]S!D2</f></c></row>'
        '<row r="3"><c r="A3" t="str"><f t="shared" si="0"/><v>x</v></c><c r="B3"><v>4</v></c></row>'
    )
    cells = parse(xlsx(rows(inner)), "a.xlsx").sheets[0].cells
    linked = {place for place, cell in cells.items() if cell.linked}
    assert linked == {(1, 1), (2, 1), (3, 1), (1, 4), (2, 4)}
    assert {place for place, cell in cells.items() if cell.calculated} == linked | {(1, 2), (2, 2), (2, 3)}


@pytest.mark.parametrize("times", [1, 30])
def test_a_link_that_fills_a_range_is_a_link_in_every_cell(times: int) -> None:
    """Only the first cell of the range has a formula; very many ranges are taken for one."""
    inner = "".join(
        f'<row r="{row}"><c r="A{row}"><f t="array" ref="A{row}:B{row + 1}">[1]S!A1:B2</f><v>5</v></c>'
        f'<c r="B{row}"><v>6</v></c><c r="C{row}"><v>7</v></c></row>'
        f'<row r="{row + 1}"><c r="B{row + 1}"><v>8</v></c></row>'
        for row in range(1, 2 * times, 2)
    )
    cells = parse(xlsx(rows(inner)), "a.xlsx").sheets[0].cells
    assert {place for place, cell in cells.items() if cell.linked} == {place for place in cells if place[1] < 3}
    assert all(cell.calculated == cell.linked for cell in cells.values())


@pytest.mark.parametrize(
    ("formula", "linked"),
    [
        ("WEBSERVICE(&quot;http://127.0.0.1/&quot;)", True),
        ("1+_xlfn.webservice (A1)", True),
        ("RTD(&quot;a&quot;,,B1)", True),
        ("IMPORTDATA(A1)", True),
        ("cmd|'/c calc'!A0", True),
        ("'C:\\[book.xlsx]S'!A1", True),
        ("RTDATA(A1)", False),
        ("Table1[ha]*2", False),
        ("SUM(A1:A9)", False),
    ],
)
def test_formulas_that_ask_somebody_else_are_links(formula: str, linked: bool) -> None:
    cell = parse(xlsx(rows(f'<row r="1"><c r="C1"><f>{formula}</f><v>5</v></c></row>')), "a.xlsx").sheets[0].cells[1, 3]
    assert (cell.linked, cell.calculated) == (linked, True)


def test_far_cells_cost_nothing() -> None:
    sheet = parse(xlsx(rows('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')), "a.xlsx").sheets[0]
    assert list(sheet.cells) == [(1_048_576, 16_384)]
    assert sheet.position(1_048_576, 16_384) == "A!XFD1048576"


def test_every_kind_of_cell_is_seen() -> None:
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
        '<numFmt numFmtId="165" formatCode="mm/yyyy"/><numFmt numFmtId="166" formatCode="0&quot;d%y&quot;"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/>'
        '<xf numFmtId="165"/><xf numFmtId="10"/><xf numFmtId="166"/></cellXfs></styleSheet>'
    )
    inner = (
        '<row r="2"><c r="A2" s="0"><v>57.814999999999998</v></c><c r="B2" s="1"><v>45580.75</v></c>'
        '<c r="C2" s="2"><v>45566</v></c><c r="D2" s="3"><v>0.5724</v></c><c r="E2" s="4"><v>1E-3</v></c></row>'
        '<row><c t="inlineStr"><is><r><t>a</t></r><rPh><t>x</t></rPh><r><t>b</t></r></is></c>'
        '<c t="str"><f>A1</f><v></v></c><c><f>A1</f></c><c t="e"><v>#N/A</v></c><c t="b"><v>1</v></c>'
        '<c t="str"><v>_x0041_b_x000a_</v></c><c t="d"><v>2024-10-31T00:00:00</v></c><c t="s"><v>-1</v></c></row>'
    )
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="b" Type="{RELS}/worksheet" Target="/xl/worksheets/sheet1.xml"/>'
        f'<Relationship Id="c" Type="{RELS}/styles" Target="styles.xml"/></Relationships>'
    )
    raw = xlsx(rows(inner), **{"xl/styles.xml": styles, "xl/_rels/workbook.xml.rels": rels})
    cells = parse(raw, "a.xlsx").sheets[0].cells
    seen = {place: (cell.kind, cell.text) for place, cell in cells.items()}
    assert seen == {
        (2, 1): (CellKind.NUMBER, "57,815"),
        (2, 2): (CellKind.DATE, "15/10/2024"),
        (2, 3): (CellKind.DATE, "tháng 10/2024"),
        (2, 4): (CellKind.PERCENT, "57,24%"),
        (2, 5): (CellKind.NUMBER, "0,001"),
        (3, 1): (CellKind.TEXT, "ab"),
        (3, 3): (CellKind.FORMULA, ""),
        (3, 4): (CellKind.ERROR, "#N/A"),
        (3, 5): (CellKind.TRUTH, "1"),
        (3, 6): (CellKind.TEXT, "Ab\n"),
        (3, 7): (CellKind.DATE, "31/10/2024"),
    }
    assert cells[2, 1].amount == Decimal("57.815")


def test_an_open_document_s_repeats_notes_and_merges() -> None:
    inner = (
        '<table:table table:name="A">'
        '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
        '<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="2"/>'
        '<table:table-cell office:value-type="float" office:value="57.815"><office:annotation><text:p>ghi chú</text:p>'
        "</office:annotation><text:p>57,8</text:p></table:table-cell>"
        '<table:table-cell table:number-columns-spanned="2" office:value-type="string">'
        '<text:p>a<text:s text:c="2"/>b</text:p>'
        "<text:p>c</text:p></table:table-cell></table:table-row>"
        '<table:table-row><table:table-cell office:value-type="percentage" office:value="0.5"/>'
        '<table:table-cell office:value-type="date" office:date-value="2024-10-31T08:00:00"/>'
        '<table:table-cell table:formula="of:=1"/></table:table-row></table:table>'
    )
    sheet = parse(zipped(**{"content.xml": ods(inner)}), "a.ods").sheets[0]
    assert {place: (cell.kind, cell.text) for place, cell in sheet.cells.items()} == {
        (4, 3): (CellKind.NUMBER, "57,815"),
        (4, 4): (CellKind.TEXT, "a  b\nc"),
        (5, 3): (CellKind.NUMBER, "57,815"),
        (5, 4): (CellKind.TEXT, "a  b\nc"),
        (6, 1): (CellKind.PERCENT, "50%"),
        (6, 2): (CellKind.DATE, "31/10/2024"),
        (6, 3): (CellKind.FORMULA, ""),
    }
    assert sheet.merges == (((4, 4), (4, 5)),)


def test_what_an_open_document_hides_is_known() -> None:
    cell = '<table:table-cell office:value-type="float" office:value="5"/>'
    inner = (
        '<table:table table:name="A"><table:table-column/>'
        '<table:table-column table:number-columns-repeated="2" table:visibility="collapse"/>'
        f"<table:table-row>{cell}</table:table-row>"
        f'<table:table-row table:visibility="filter">{cell}{cell}</table:table-row>'
        '<table:table-row table:visibility="collapse" table:number-rows-repeated="1000000"/></table:table>'
        f'<table:table table:name="B"><table:table-row>{cell}</table:table-row></table:table>'
    )
    first, second = parse(zipped(**{"content.xml": ods(inner)}), "a.ods").sheets
    assert first.hidden_rows == {2}
    assert first.hidden_columns == {2, 3}
    assert not second.hidden_rows
    assert not second.hidden_columns
    assert second.unseen(1, 1) == ()
    assert [doubt.code for doubt in first.unseen(2, 1)] == ["hidden"]


def test_the_calendar_of_1904() -> None:
    workbook = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{RELS}"><workbookPr date1904="1"/>'
        '<sheets><sheet name="A" sheetId="1" r:id="b"/></sheets></workbook>'
    )
    raw = xlsx(rows('<row><c t="n"><v>44118</v></c></row>'), **{"xl/workbook.xml": workbook})
    day = parse(raw, "a.xlsx").sheets[0].cells[1, 1].day
    assert day is not None
    assert day.iso == "2024-10-15"


def test_what_openpyxl_reads_is_read_alike(tmp_path: Path) -> None:
    """The same cells as a reader that many use, on a workbook with gaps, merged cells and several sheets."""
    chance = random.Random(4)
    made = openpyxl.Workbook()
    for sheet in (made.create_sheet(f"Tờ {n}") for n in range(3)):
        for _ in range(200):
            value = chance.choice(
                [chance.randrange(10**6), round(chance.uniform(0, 999), 3), f"chữ {chance.random()}", True]
            )
            sheet.cell(chance.randrange(1, 300), chance.randrange(1, 60), value)
        sheet.merge_cells("AA400:AC402")
        sheet["AA400"] = "gộp"
    made.save(tmp_path / "a.xlsx")
    ours = open_book(tmp_path / "a.xlsx")
    for sheet, other in zip(ours.sheets, openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets, strict=True):
        assert sheet.name == other.title
        theirs = {(c.row, c.column): c.value for row in other.iter_rows() for c in row if c.value is not None}
        assert sheet.cells.keys() == theirs.keys()
        for place, cell in sheet.cells.items():
            value = theirs[place]
            if isinstance(value, bool):
                assert cell.kind is CellKind.TRUTH
            elif isinstance(value, (int, float)):
                assert cell.amount == Decimal(str(value))
            else:
                assert cell.text == value
    assert ours.sheets[1].merges == (((400, 27), (402, 29)),)


# --- spoiled files -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def form(real: Portfolio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    known = progress.measure(real, date(2024, 10, 31))
    return write_forms(real, known, tmp_path_factory.mktemp("form"), date(2024, 11, 7))[5]


def answers(raw: bytes, real: Portfolio, path: Path) -> None:
    """Proposals or sentences, and no exception."""
    path.write_bytes(raw)
    read = read_forms([path], real)
    for lang in LANGS:
        for fault in (*read.faults, *read.notices):
            assert fault.write(lang).isprintable()
        for intake in read.intakes:
            assert all(unread.why.message(lang).isprintable() for unread in intake.unread)


@settings(max_examples=60)
@given(st.data())
def test_spoiled_bytes_are_answered(real: Portfolio, form: Path, data: st.DataObject) -> None:
    """Bytes of the zip, or of the parts inside it, changed, cut or doubled."""
    raw = form.read_bytes()
    path = form.with_name("hỏng.xlsx")
    if data.draw(st.booleans(), label="inside"):
        with zipfile.ZipFile(form) as file:
            parts = {name: file.read(name) for name in file.namelist()}
        name = data.draw(st.sampled_from(sorted(parts)))
        answers(zipped(**(parts | {name: spoiled(parts[name], data)})), real, path)
    else:
        answers(spoiled(raw, data), real, path)


def spoiled(raw: bytes, data: st.DataObject) -> bytes:
    at, length = data.draw(st.integers(0, len(raw))), data.draw(st.integers(0, 40))
    piece = data.draw(st.binary(max_size=20) | st.sampled_from([b"<", b"</row>", b"&b;", b'"', b"\x00", b"9" * 30]))
    return raw[:at] + piece + raw[at + length :]


@settings(max_examples=60)
@given(st.dictionaries(st.integers(1, 20), st.text(max_size=40) | st.floats() | st.booleans(), min_size=1))
def test_whatever_stands_in_the_cells_is_answered(real: Portfolio, form: Path, values: dict[int, object]) -> None:
    with zipfile.ZipFile(form) as file:
        parts: dict[str, str | bytes] = {name: file.read(name) for name in file.namelist()}
    cells = "".join(
        f'<row r="{row + 7}"><c r="A{row + 7}" t="inlineStr"><is><t>land|ql4b|{row}|paid|HA|00000000</t></is></c>'
        f'<c r="F{row + 7}" t="{"b" if isinstance(value, bool) else "n" if isinstance(value, float) else "str"}">'
        f"<v>{escaped(value)}</v></c></row>"
        for row, value in sorted(values.items())
    )
    with zipfile.ZipFile(form) as file:
        sheet = file.read("xl/worksheets/sheet1.xml").decode()
    parts["xl/worksheets/sheet1.xml"] = (sheet.split('<row r="8"')[0] + cells + "</sheetData></worksheet>").encode()
    answers(zipped(**parts), real, form.with_name("lạ.xlsx"))


def escaped(value: object) -> str:
    text = str(value)
    plain = "".join(c for c in text if c.isprintable())
    return plain.replace("&", "&amp;").replace("<", "&lt;")


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], bytes]:
    """A workbook as LibreOffice saves it in the old format. Without LibreOffice the tests fail."""
    program = find_office()
    if program is None:
        pytest.fail("No LibreOffice was found: install libreoffice-calc (make test does on Debian).")
    folder = tmp_path_factory.mktemp("old")

    def convert(path: Path) -> bytes:
        home = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = [program, home, "--headless", "--convert-to", "xls", "--outdir", str(folder), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        return (folder / f"{path.stem}.xls").read_bytes()

    return convert


def test_a_spoiled_old_workbook_is_answered(
    old: Callable[[Path], bytes], tmp_path: Path, form: Path, real: Portfolio
) -> None:
    raw = old(form)
    assert isinstance(parse(raw, "a.xls"), Book)
    chance = random.Random(2)
    for _ in range(12):
        changed = bytearray(raw)
        for _ in range(40):
            changed[chance.randrange(512, len(raw))] = chance.randrange(256)
        answers(bytes(changed[: chance.randrange(600, len(raw) + 1)]), real, tmp_path / "hỏng.xls")


def test_an_old_workbook_that_asks_for_too_much_memory_ends_only_its_own_process(
    old: Callable[[Path], bytes], tmp_path: Path
) -> None:
    """Two cells in opposite corners of each of three sheets: 50 million cells in the reader's full tables."""
    book = openpyxl.Workbook()
    for sheet in (book.create_sheet() for _ in range(3)):
        sheet["A1"], sheet["IV65536"] = 1, 2
    book.save(tmp_path / "a.xlsx")
    assert key_of(old(tmp_path / "a.xlsx")) == "many_cells"
