"""Whatever the file, a reader gives an answer or one sentence that names it: no traceback, ten seconds, one gigabyte.

What is particular to a format stands in its own tests; here is what all of them must bear.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsinfra import portfolio, progress
from lsinfra.codes import Level
from lsinfra.errors import InputError, LsinfraError
from lsinfra.intake import proposal_file, review
from lsinfra.intake.documents import pdf_pages
from lsinfra.intake.documents.grammar import MAX_BLOCK, blocks_of
from lsinfra.intake.documents.names import names_of
from lsinfra.intake.documents.reading import read_document
from lsinfra.intake.forms.freeform import read_table
from lsinfra.intake.forms.mapping import read_mapping
from lsinfra.intake.forms.reading import read_forms
from lsinfra.intake.forms.writing import write_forms
from lsinfra.intake.geometry import fetching, lettering, overpass, planning, reading
from lsinfra.intake.geometry.drawing import GeoImportError, Wanted
from lsinfra.intake.geometry.plans import Request
from lsinfra.intake.proposals import Doubt, Intake, Unread
from lsinfra.intake.workbooks.cells import CellError, read_amount
from lsinfra.intake.workbooks.opening import open_book, parse
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import Unit
from lsinfra.render.intake_tables import proposal_tables
from lsinfra.text import LANGS
from tests import hostile_files as made
from tests.conftest import ROOT
from tests.test_geoimport_files import LINE, SQUARE, geojson, pbf, table

TODAY = date(2026, 11, 20)
SENTENCE = "Đến ngày 15/8/2024, huyện Lộc Bình đã bàn giao 37,07 ha, đạt 75,12% dự án QL4B."
MAPPING = """\
header: 1
date: 2024-10-31
project_column: A
skip: {column: A, roman: true, words: [Tổng]}
columns:
  - {column: B, unit: ha, stage: handed_over}
  - {column: C, unit: ha, stage: paid, total: D}
"""
HEAD = "<row>" + "".join(f'<c t="str"><v>{word}</v></c>' for word in ("Dự án", "giao", "trả", "tổng")) + "</row>"


def answer(path: Path, real: Portfolio) -> str:
    """``read``, or the key of the refusal after a look at its sentences: each line printable, each naming the file."""
    try:
        READERS["".join(path.suffixes[-2:]) if path.name.endswith(".osm.json") else path.suffix](path, real)
    except LsinfraError as error:
        for lang in LANGS:
            for line in error.write(lang).split("\n"):
                assert line.isprintable(), ascii(line)
                assert path.name in line, line
        return error.faults[0].key if isinstance(error, InputError) else f"{error.group}.{error.key}"
    return "read"


def _table(path: Path, real: Portfolio) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "map.yaml"
        rules.write_text(MAPPING, encoding="utf-8")
        intake = read_table(path, read_mapping(rules), real)
    reviewed = review.prepare(intake, real, today=TODAY)
    assert proposal_file.to_json(reviewed, "vi")
    assert proposal_file.to_csv(reviewed, "vi")


def _mapping(path: Path, real: Portfolio) -> None:
    read_mapping(path)


def _proposals(path: Path, real: Portfolio) -> None:
    reviewed, _ = proposal_file.read(path)
    review.checked(reviewed, real, TODAY)


def _geometry(path: Path, real: Portfolio) -> None:
    reading.read_here(path, Wanted(ref="QL.4B") if path.suffix == ".pbf" or ".osm" in path.suffixes else Wanted())


def _document(path: Path, real: Portfolio) -> None:
    review.prepare(read_document(path, real), real, today=TODAY)


def _pdf(path: Path, real: Portfolio) -> None:
    pdf_pages.read(path.read_bytes())  # in this process: the one apart takes its time to begin


READERS: dict[str, Callable[[Path, Portfolio], object]] = {
    **dict.fromkeys((".xlsx", ".xlsm", ".ods"), _table),
    **dict.fromkeys((".docx", ".txt"), _document),
    ".pdf": _pdf,
    ".yaml": _mapping,
    **dict.fromkeys((".json", ".csv"), _proposals),
    **dict.fromkeys((".osm.json", ".pbf", ".gpkg", ".kml", ".kmz", ".gpx", ".geojson"), _geometry),
}


# --- real files, spoiled -------------------------------------------------------------------------------------------


@cache
def sound() -> dict[str, bytes]:
    """Small real files, as the programs that people use write them."""
    files: dict[str, bytes] = {"map.yaml": MAPPING.encode()}
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Dự án", "giao", "trả", "tổng"], ["ql4b", 37.07, "12,5", 49.35], ["QL 1", "=B2/2", "1.234", None]):
        sheet.append(row)
    book.save(out := io.BytesIO())
    files["bảng.xlsx"] = out.getvalue()
    cells = '<table:table-cell office:value-type="float" office:value="1.5"><text:p>1,5</text:p></table:table-cell>' * 4
    files["bảng.ods"] = made.zipped(made.open_sheet(f"<table:table-row>{cells}</table:table-row>" * 3))
    document = docx.Document()
    document.add_paragraph(SENTENCE)
    grid = document.add_table(2, 2)
    for at, text in enumerate(("Huyện", "Đã bàn giao (ha)", "Lộc Bình", "37,07")):
        grid.cell(at // 2, at % 2).text = text
    document.save(out := io.BytesIO())
    files["báo cáo.docx"] = out.getvalue()
    files["báo cáo.pdf"] = made.pdf(*PAGES, FONT, made.stream(b"BT /F1 12 Tf 40 800 Td (QL4B 1 ha) Tj ET"))
    files["báo cáo.txt"] = SENTENCE.encode()
    way = {"type": "way", "id": 1, "geometry": [{"lon": x, "lat": y} for x, y in LINE]}
    elements = [way | {"tags": {"highway": "trunk", "ref": "QL.4B"}}]
    elements += [{"type": "relation", "id": 2, "tags": {"type": "route", "ref": "QL4B"}, "members": [way | {"ref": 1}]}]
    kept = {"server": "máy chủ", "fetched": "2026-11-01T08:00:00+07:00"}
    answer = {"osm3s": {"timestamp_osm_base": "2026-11-01T00:00:00Z"}, "lsinfra": kept, "elements": elements}
    files["ql4b.osm.json"] = json.dumps(answer).encode()
    with tempfile.TemporaryDirectory() as folder:
        from shapely import LineString

        name = Path(folder) / "a.gpkg"
        table(name, [LineString(LINE)], {"tên": ["Quốc lộ 4B"]}, "EPSG:4326", layer="t", driver="GPKG")
        files["tuyến.gpkg"] = name.read_bytes()
        files["tuyến.osm.pbf"] = pbf(Path(folder) / "a.osm.pbf").read_bytes()
    return files


PAGES = (
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 842] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>",
)
FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


@pytest.mark.parametrize("name", sorted(sound()))
def test_a_sound_file_is_read(tmp_path: Path, real: Portfolio, name: str) -> None:
    (tmp_path / name).write_bytes(sound()[name])
    assert answer(tmp_path / name, real) == "read"


@pytest.mark.parametrize("name", sorted(sound()))
@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_a_spoiled_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, real: Portfolio, name: str, seed: int
) -> None:
    raw = sound()[name]
    spoil = made.spoiled_inside if raw[:2] == b"PK" and seed % 4 else made.spoiled
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(spoil(raw, seed))
    assert answer(path, real)


@pytest.mark.parametrize("name", ["đề xuất.json", "đề xuất.csv"])
@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_spoiled_proposals_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, real: Portfolio, name: str, seed: int
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(made.spoiled(proposals(name), seed))
    assert answer(path, real)


@cache
def proposals(name: str) -> bytes:
    real = portfolio.load(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.txt").write_text(SENTENCE, encoding="utf-8")
        reviewed = review.prepare(read_document(Path(folder) / "a.txt", real), real, today=TODAY)
    assert reviewed.entries
    return (proposal_file.to_csv if name.endswith("csv") else proposal_file.to_json)(reviewed, "vi").encode()


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_a_kept_answer_that_is_spoiled_is_used_or_asked_for_anew(
    tmp_path_factory: pytest.TempPathFactory, real: Portfolio, seed: int
) -> None:
    """The service's address answers nobody: whatever lies in the folder, it is an answer or one sentence."""
    geodata = tmp_path_factory.mktemp("kept")
    ask = fetching.Ask("http://127.0.0.1:9/api", seconds=2)
    sought = overpass.Sought((106.0, 21.0, 107.5, 22.5), ref="QL.4B")
    with pytest.raises(fetching.GeoFetchError) as refused:
        fetching.fetch(sought, geodata, datetime(2026, 11, 20, tzinfo=UTC), ask)
    assert refused.value.key == "no_network"
    (path,) = _names_of_kept(geodata, sought, ask)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made.spoiled(sound()["ql4b.osm.json"], seed))
    try:
        got = fetching.fetch(sought, geodata, datetime(2026, 11, 20, tzinfo=UTC), ask)
    except fetching.GeoFetchError as error:
        key = error.key
    else:
        key = ""
        assert got.kept
        assert got.server.isprintable()
        assert answer(got.path, real)
    assert key in {"", "no_network"}


def _names_of_kept(geodata: Path, sought: overpass.Sought, ask: fetching.Ask) -> list[Path]:
    import hashlib

    key = hashlib.sha256(f"{ask.server}\n{overpass.first_question(sought)}".encode()).hexdigest()[:12]
    return [geodata / fetching.FOLDER / f"{sought.name}-{key}{overpass.ENDING}"]


# --- entities ------------------------------------------------------------------------------------------------------


def xml_parts() -> list[tuple[str, str]]:
    """Every part of XML that a reader of a zip looks at, by the kind of file."""
    book = [name for name in made.workbook() if name != "[Content_Types].xml"]
    return [
        *(("a.xlsx", name) for name in book),
        ("a.ods", "content.xml"),
        *(("a.docx", name) for name in made.letter()),
        *(("a.kmz", name) for name in ("doc.kml", "files/b.kml")),
        *((name, "") for name in ("a.kml", "a.gpx")),
    ]


def parts_of(name: str) -> dict[str, str | bytes]:
    line = f"<Placemark><LineString><coordinates>{LINE[0]}</coordinates></LineString></Placemark>"
    known: dict[str, dict[str, str | bytes]] = {
        "a.xlsx": made.workbook(HEAD),
        "a.ods": made.open_sheet(),
        "a.docx": made.letter(made.paragraph(SENTENCE)),
        "a.kmz": {"doc.kml": "<kml/>", "files/b.kml": f"<kml>{line}</kml>"},
    }
    return known[name]


@pytest.mark.parametrize("declared", sorted(made.DECLARED))
@pytest.mark.parametrize(("name", "part"), xml_parts())
def test_a_file_that_declares_entities_is_refused(
    tmp_path: Path, real: Portfolio, name: str, part: str, declared: str
) -> None:
    head = f'<?xml version="1.0" encoding="UTF-8"?>{made.DECLARED[declared]}'
    path = tmp_path / name
    if part:
        parts = parts_of(name)
        path.write_bytes(made.zipped(parts | {part: head + str(parts[part])}))
    else:
        path.write_text(f"{head}<{path.suffix[1:]}>&l;</{path.suffix[1:]}>", encoding="utf-8")
    if path.suffix == ".kmz":  # it is told of the part in which it stands
        with pytest.raises(GeoImportError) as refused:
            reading.read_here(path, Wanted())
        assert refused.value.key == "xml_doctype"
        assert part in refused.value.write("vi")
    else:
        assert answer(path, real) in {"form.doctype", "document.entities", "geoimport.xml_doctype"}


# --- bombs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "inner", "keys"),
    [
        ("a.xlsx", "xl/a.xml", {"form.zip_bomb"}),
        ("a.ods", "content.xml", {"form.zip_bomb"}),
        ("a.docx", "word/a.xml", {"document.bomb"}),
        ("a.kmz", "a.kml", {"geoimport.not_xml", "geoimport.broken"}),
    ],
)
def test_members_that_are_all_the_same_bytes_are_not_unpacked(
    tmp_path: Path, real: Portfolio, name: str, inner: str, keys: set[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(made.piled(inner, 20_000_000, 150))
    assert path.stat().st_size < 50_000
    if name == "a.kmz":
        assert f"geoimport.{geometry_key(path)}" in keys
    else:
        assert answer(path, real) in keys


def geometry_key(path: Path) -> str:
    with pytest.raises(GeoImportError) as refused:
        reading.read_here(path, Wanted())
    return refused.value.key


def write_bombs(folder: Path) -> dict[str, str]:
    """Small files that ask for more than there is, and with what they are refused."""
    note = f'<w:footnotes xmlns:w="{made.WORD}"><w:footnote w:id="7">{made.paragraph("chữ " * 50_000)}</w:footnote>'
    cell = "<w:tc>{}<w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    high, wide = '<w:tcPr><w:vMerge w:val="restart"/></w:tcPr>', '<w:tcPr><w:gridSpan w:val="60"/></w:tcPr>'
    under = f"<w:tr>{cell.format('<w:tcPr><w:vMerge/></w:tcPr>', '')}{cell.format('', '1')}</w:tr>"
    merged = f"<w:tr>{cell.format(high, 'chữ ' * 100_000)}</w:tr>{under * 3_000}"
    columns = f"<w:tr>{cell.format(wide, '1') * 300}</w:tr>" * 400
    # Bytes that cannot be packed keep what is packed well from standing out.
    dense = bytes(range(256)) * 2_000
    filler: dict[str, Any] = {"xl/media/a.bin": b"".join(bytes([b ^ (n * 37 & 255)]) for n, b in enumerate(dense))}
    texts = f"<si><t>{'9, ' * 10_900}</t></si>"
    rows = HEAD + '<row><c t="str"><v>ql4b</v></c><c t="s"><v>0</v></c></row>' * 5_000
    figures = HEAD + '<row><c t="str"><v>ql4b</v></c><c><v>1</v></c></row>' * 12_000
    ranges = "<mergeCells>" + '<mergeCell ref="A1:XFD2"/>' * 100_000 + "</mergeCells>"
    long = '<x a="' + "y" * 4_000_000 + '"/>'
    called = '<w:r><w:footnoteReference w:id="7"/></w:r>' * 5_000
    unread = '{"schema": "lsinfra.intake/1", "unread": ['
    files: dict[str, tuple[bytes, str]] = {
        "marks.docx": (made.zipped(made.letter("<w:p/>" * 2_100_000)), "document.many_marks"),
        "notes.docx": (
            made.zipped(
                made.letter(
                    f"<w:p>{called}</w:p>",
                    ("f", "footnotes", "footnotes.xml"),
                    **{"word/footnotes.xml": f"{note}</w:footnotes>"},
                )
            ),
            "document.too_much_text",
        ),
        "merged.docx": (made.zipped(made.letter(f"<w:tbl>{merged}</w:tbl>")), "document.too_much_text"),
        "columns.docx": (made.zipped(made.letter(f"<w:tbl>{columns}</w:tbl>")), "document.damaged"),
        "merges.xlsx": (made.zipped(made.workbook(HEAD, ranges, **filler)), "form.many_merges"),
        "text.xlsx": (made.zipped(made.workbook(rows, "", texts)), "form.much_text"),
        "figures.xlsx": (made.zipped(made.workbook(figures, **filler)), "form.many_figures"),
        "token.xlsx": (made.zipped(made.workbook(HEAD, long)), "form.damaged"),
        "values.json": ((unread + "{}," * 5_000_000 + "{}]}").encode(), "intake.too_many_values"),
        "rows.json": ((unread + "{}," * 120_000 + "{}]}").encode(), "intake.file.too_many_rows"),
        "rows.csv": (b"decision,figure,project\n" + b",,\n" * 120_000, "intake.file.too_many_rows"),
        "faults.json": ((unread + "0," * 90_000 + "0]}").encode(), "intake.file.not_a_table"),
    }
    for name, (raw, _) in files.items():
        (folder / name).write_bytes(raw)
    return {name: key for name, (_, key) in files.items()}


BOUNDED = """
import json, resource, sys
from pathlib import Path
from lsinfra import portfolio
from tests import test_intake_fuzz as fuzz

real = portfolio.load(fuzz.ROOT)
_, most = resource.getrlimit(resource.RLIMIT_CPU)
found = {}
for name in sys.argv[2:]:
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 11, most))
    found[name] = fuzz.answer(Path(sys.argv[1]) / name, real)
own, others = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
if sys.platform == "linux":  # there it is at least what the process that began this one had: all the tests
    (own,) = (int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM:"))
print(json.dumps({"found": found, "kilobytes": max(own, others)}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows gives a process no bound of time and memory to be held to")
def test_no_file_takes_ten_seconds_or_a_gigabyte(tmp_path: Path) -> None:
    """In a process that is ended where one file takes ten seconds of its own time."""
    expected = write_bombs(tmp_path)
    command = [sys.executable, "-c", BOUNDED, str(tmp_path), *expected]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    told = json.loads(done.stdout)
    assert told["found"] == expected
    assert told["kilobytes"] * (1 if sys.platform == "darwin" else 1024) < 1_000_000_000


def test_a_long_line_is_cut_into_blocks(real: Portfolio) -> None:
    blocks = list(blocks_of(iter([("chữ " * 50_000, "dòng 1")]), names_of(real)))
    assert sum(block.text.count("chữ") for block in blocks) == 50_000
    assert max(len(block.text) for block in blocks) <= 2 * MAX_BLOCK + 1


def test_a_row_filled_in_many_times_is_told_at_each(tmp_path: Path, real: Portfolio) -> None:
    form = write_forms(real, progress.measure(real, TODAY), tmp_path, TODAY)[5]
    book = openpyxl.load_workbook(form)
    sheet = book.worksheets[0]
    key = next(cell.value for cell in sheet["A"] if str(cell.value).startswith("land|"))
    for row in range(500, 530):
        sheet.cell(row, 1).value, sheet.cell(row, 6).value = key, 1
    book.save(form)
    (intake,) = read_forms([form], real).intakes
    reasons = [unread.why.values["reason"] for unread in intake.unread]
    assert [reason.key for reason in reasons if isinstance(reason, LsinfraError)] == ["row_twice"] * 30
    assert "F501" in str(reasons[0])
    assert "F500" in str(reasons[1])


def test_ten_thousand_faults_are_told_as_a_thousand(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"schema": "lsinfra.intake/1", "proposals": [{}] * 10_000}))
    with pytest.raises(InputError) as refused:
        proposal_file.read(path)
    assert len(refused.value.faults) == proposal_file.MAX_FAULTS


ASKED = Request(
    source="x", licence="y", dated="2026-11-01", today=TODAY, attribution="z", accuracy="schematic", uncertainty_m=50.0
)


def test_a_scribble_is_no_route(tmp_path: Path, real: Portfolio) -> None:
    path = tmp_path / "a.geojson"
    ends = [[106.6 + n % 2 * 0.5, 21.6 + n * 0.001] for n in range(300)]
    geojson(path, {"type": "LineString", "coordinates": ends})
    with pytest.raises(GeoImportError) as refused:
        planning.plan(path, real, ROOT / "geodata", ASKED, route="ql4b")
    assert refused.value.key == "too_long"
    assert "a.geojson" in refused.value.write("vi")


def test_areas_that_pile_up_are_no_units(tmp_path: Path, real: Portfolio) -> None:
    path = tmp_path / "a.geojson"
    areas = [[[x + n * 1e-5, y] for x, y in SQUARE] for n in range(100)]
    rows = [
        {"type": "Feature", "properties": {"name": f"Xã {n}"}, "geometry": {"type": "Polygon", "coordinates": [area]}}
        for n, area in enumerate(areas)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}))
    with pytest.raises(GeoImportError) as refused:
        planning.plan(path, real, ROOT / "geodata", ASKED, level=Level.COMMUNE)
    assert refused.value.key == "areas_pile_up"


def test_a_table_of_thousands_of_rows_shows_the_first_and_says_so(real: Portfolio) -> None:
    from rich.console import Console

    missed = tuple(
        Unread(f"số {n}", f"dòng {n}", Doubt("left_aside", {"what": "x"}, group="form")) for n in range(1_500)
    )
    reviewed = review.prepare(Intake("a.txt", "", (), missed), real)
    Console(file=(out := io.StringIO()), width=200).print(*proposal_tables(reviewed, real, "vi"))
    assert "dòng 999" in out.getvalue()
    assert "dòng 1000 " not in out.getvalue()
    assert "500 dòng nữa" in out.getvalue()


# --- what would run, ask or reach outside --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.xlsm", "a.xlsx"])
@pytest.mark.parametrize("part", ["xl/vbaProject.bin", "xl/macrosheets/sheet1.xml"])
def test_a_workbook_with_macros_is_refused_under_any_name(
    tmp_path: Path, real: Portfolio, name: str, part: str
) -> None:
    (tmp_path / name).write_bytes(made.zipped(made.workbook(HEAD, **{part: "x"})))
    assert answer(tmp_path / name, real) == "form.macros"


@pytest.mark.parametrize(
    "formula",
    [
        "cmd|'/C calc'!A0",
        "DDE('excel';'b.xlsx';'A1')".replace("'", "&quot;").replace("DDE", "WEBSERVICE"),
        "[1]Sheet1!A1",
        "'C:\\x\\[book.xlsx]Sheet1'!A1",
    ],
)
def test_a_value_from_outside_is_refused_in_its_cell(formula: str) -> None:
    row = f"<row><c><f>{formula}</f><v>5</v></c><c><f>SUM(T[ha])+Sheet2!A1</f><v>6</v></c></row>"
    outside, own = parse(made.zipped(made.workbook(row)), "a.xlsx").sheets[0].cells.values()
    with pytest.raises(CellError) as refused:
        read_amount(outside, Unit.HA)
    assert refused.value.key == "linked"
    assert [doubt.code for doubt in read_amount(own, Unit.HA)[1]] == ["calculated"]


@pytest.mark.parametrize(
    "formula", ["of:=DDE(&quot;soffice&quot;;&quot;a&quot;;&quot;b&quot;)", "of:='file:///a.ods'#A.A1"]
)
def test_a_value_from_outside_is_refused_in_an_open_document(formula: str) -> None:
    cell = f'<table:table-cell office:value-type="float" office:value="5" table:formula="{formula}"/>'
    rows = f"<table:table-row>{cell}</table:table-row>"
    (found,) = parse(made.zipped(made.open_sheet(rows)), "a.ods").sheets[0].cells.values()
    with pytest.raises(CellError) as refused:
        read_amount(found, Unit.HA)
    assert refused.value.key == "linked"


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("xl/externalLinks/externalLink1.xml", "links_ignored"),
        ("xl/connections.xml", "links_ignored"),
        ("xl/embeddings/oleObject1.bin", "objects_ignored"),
        ("xl/activeX/activeX1.bin", "objects_ignored"),
    ],
)
def test_what_lies_beside_the_cells_is_left_alone_and_said_so(
    tmp_path: Path, real: Portfolio, part: str, told: str
) -> None:
    row = HEAD + '<row><c t="str"><v>ql4b</v></c><c><v>37.07</v></c></row>'
    (tmp_path / "a.xlsx").write_bytes(made.zipped(made.workbook(row, **{part: "x"})))
    assert open_book(tmp_path / "a.xlsx").left_aside == (told,)
    (tmp_path / "map.yaml").write_text(MAPPING, encoding="utf-8")
    intake = read_table(tmp_path / "a.xlsx", read_mapping(tmp_path / "map.yaml"), real)
    assert [proposal.figure.value for proposal in intake.proposals] == [Decimal("37.07")]
    ((position, message),) = [(unread.position, unread.why.message("en")) for unread in intake.unread]
    assert position == "a.xlsx"
    assert "not opened" in message or "not followed" in message


def test_a_form_says_so_as_well(tmp_path: Path, real: Portfolio) -> None:
    form = write_forms(real, progress.measure(real, TODAY), tmp_path, TODAY)[0]
    import zipfile

    with zipfile.ZipFile(form, "a") as file:
        file.writestr("xl/embeddings/oleObject1.bin", "x")
    # The form as it was written: nobody has filled it in.
    said = [notice.key for notice in read_forms([form], real).notices]
    assert said == ["form.nothing_filled", "form.objects_ignored"]


def document_answers(tmp_path: Path, real: Portfolio, parts: Mapping[str, str | bytes]) -> list[tuple[str, str]]:
    path = tmp_path / "a.docx"
    path.write_bytes(made.zipped(parts))
    intake = read_document(path, real)
    assert [proposal.section for proposal in intake.proposals] == ["loc-binh"]
    return [(unread.position, unread.why.code) for unread in intake.unread]


def test_what_a_letter_embeds_or_wants_from_elsewhere_is_left_alone_and_said_so(
    tmp_path: Path, real: Portfolio
) -> None:
    body = made.paragraph(SENTENCE)
    link = ("h", "hyperlink", "http://127.0.0.1:9/")
    assert document_answers(tmp_path, real, made.letter(body, link)) == []
    template = ("t", "attachedTemplate", "http://127.0.0.1:9/evil.dotm")
    assert document_answers(tmp_path, real, made.letter(body, template)) == [("a.docx", "outside")]
    embedded = made.letter(body, ("o", "oleObject", "embeddings/o.bin"), **{"word/embeddings/o.bin": b"x"})
    assert document_answers(tmp_path, real, embedded) == [("a.docx", "objects")]


def test_what_a_pdf_would_run_is_left_alone_and_said_so(tmp_path: Path, real: Portfolio) -> None:
    text = made.stream(b"BT /F1 12 Tf 40 800 Td (Huyen Loc Binh da ban giao 37,07 ha du an QL4B.) Tj ET")
    path = tmp_path / "a.pdf"
    for more, told in (
        ("/OpenAction [3 0 R /Fit]", set()),
        ("/OpenAction << /S /JavaScript /JS (app.alert(1)) >>", {"scripts"}),
        ("/OpenAction << /S /Launch /F (calc.exe) >> /Names << /EmbeddedFiles << /Names [] >> >>",
         {"scripts", "objects"}),
        ("/AA << /WC << /S /URI /URI (http://127.0.0.1:9) >> >> /Names << /JavaScript << >> >>", {"scripts"}),
    ):  # fmt: skip
        path.write_bytes(made.pdf(PAGES[0].replace(">>", f"{more} >>"), *PAGES[1:], FONT, text))
        unread = read_document(path, real).unread
        assert {one.why.code for one in unread if one.position == "a.pdf"} == told


@pytest.mark.parametrize(
    "objects",
    [
        (PAGES[0], "<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 >>", PAGES[2], FONT, made.stream(b"")),
        (PAGES[0], "<< /Type /Pages /Kids [3 0 R] /Count 100000 >>", "<< /Type /Pages /Kids [2 0 R] >>"),
        (PAGES[0], *(f"<< /Type /Pages /Kids [{f'{n} 0 R ' * 10}] >>" for n in range(3, 30)), PAGES[2]),
        (PAGES[0], *(f"<< /Type /Pages /Kids [{n} 0 R] >>" for n in range(3, 3_000)), PAGES[2]),
        (*PAGES, FONT, b"<< /Length 5 0 R >>\nstream\n\nendstream"),
        (*PAGES, FONT, made.stream(b"x", f"/Filter [{'/ASCIIHexDecode ' * 10_000}]")),
    ],
    ids=["its own child", "round", "ten of ten of ten", "deep", "as long as itself", "filters"],
)
def test_a_tree_of_pages_that_never_ends_is_left(objects: tuple[str | bytes, ...]) -> None:
    told = pdf_pages.read(made.pdf(*objects))
    assert told.get("fault") == "damaged" or len(told["pages"]) <= pdf_pages.MAX_PAGES


def test_a_hundred_thousand_pages_are_too_many() -> None:
    pages = [PAGES[2]] * 301
    kids = " ".join(f"{n} 0 R" for n in range(5, 5 + len(pages)))
    tree = f"<< /Type /Pages /Kids [{kids} {'3 0 R ' * 100_000}] /Count 100301 >>"
    assert pdf_pages.read(made.pdf(PAGES[0], tree, PAGES[2], FONT, *pages)) == {"fault": "too_many_pages"}


@pytest.mark.parametrize("path", ["../../x", "/x", "a/../../x", "..\\..\\x", "C:\\x"])
def test_a_member_s_path_leads_nowhere(tmp_path: Path, real: Portfolio, path: str) -> None:
    """Nothing is ever unpacked onto the disk, wherever a member wants to lie."""
    folder = tmp_path / "in" / "here"
    folder.mkdir(parents=True)
    line = " ".join(f"{x},{y}" for x, y in LINE)
    kml = f"<kml><Placemark><LineString><coordinates>{line}</coordinates></LineString></Placemark></kml>"
    (folder / "a.kmz").write_bytes(made.zipped({f"{path}.kml": kml}))
    (folder / "a.docx").write_bytes(made.zipped({**made.letter(made.paragraph(SENTENCE)), f"{path}.xml": "<a/>"}))
    (folder / "a.xlsx").write_bytes(made.zipped(made.workbook(HEAD, **{f"{path}.xml": "<a/>"})))
    before = sorted(tmp_path.rglob("*"))
    assert {name: answer(folder / name, real) for name in ("a.kmz", "a.docx", "a.xlsx")} == dict.fromkeys(
        ("a.kmz", "a.docx", "a.xlsx"), "read"
    )
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["a.xlsx", "a.ods", "a.docx", "a.kmz"])
def test_a_member_with_a_password_is_refused(tmp_path: Path, real: Portfolio, name: str) -> None:
    (tmp_path / name).write_bytes(made.locked(made.zipped(parts_of(name))))
    assert answer(tmp_path / name, real) in {"form.encrypted", "document.locked", "geoimport.locked"}


@pytest.mark.parametrize("module", ["pdfplumber", "python_calamine", "lsinfra"])
def test_a_file_of_the_working_folder_is_no_module(
    tmp_path: Path, real: Portfolio, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    """Forms come in a folder with whatever else was sent; the readers that are processes of their own begin there."""
    mark = tmp_path / "ran"
    (tmp_path / f"{module}.py").write_text(f"open({str(mark)!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.pdf").write_bytes(sound()["báo cáo.pdf"])
    read_document(tmp_path / "a.pdf", real)
    container = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "Workbook".encode("utf-16-le")
    with pytest.raises(InputError):
        parse(container, "a.xls")
    assert not mark.exists()


def test_a_name_that_turns_the_line_round_is_shown_as_it_is(tmp_path: Path, real: Portfolio) -> None:
    path = tmp_path / "báo\u202egnp cáo.docx"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(LsinfraError) as refused:
        read_document(path, real)
    assert refused.value.write("vi").isprintable()
    path.write_bytes(made.zipped(made.letter(made.paragraph(SENTENCE))))
    assert read_document(path, real).input == "báoU+202Egnp cáo.docx"


@pytest.mark.parametrize("said", ["utf\0-8", "hex", "idna", "undefined", "punycode", "../x", "\u202e"])
def test_a_code_page_that_is_none_reads_nothing(tmp_path: Path, said: str) -> None:
    assert lettering.decode("Lạng".encode(), said) is None


@pytest.mark.parametrize("lost", [".shx", ".dbf", ".prj", ".cpg"])
def test_a_shapefile_with_a_part_lost_or_empty_is_read_or_refused(tmp_path: Path, lost: str) -> None:
    from shapely import LineString

    path = table(tmp_path / "a.shp", [LineString(LINE)], {"ten": ["Đường"]}, "EPSG:4326", driver="ESRI Shapefile")
    whole = tmp_path / "whole"
    whole.mkdir()
    for part in tmp_path.glob("a.*"):
        shutil.copy(part, whole)
    for content in (None, b"", b"\0" * 30, b"\xff" * 200):
        if content is None:
            path.with_suffix(lost).unlink()
        else:
            path.with_suffix(lost).write_bytes(content)
        try:
            read, said = None, "a.shp"
            assert reading.read_here(path, Wanted()).shapes
        except GeoImportError as error:
            read, said = error.key, error.write("vi")
        assert "a.shp" in said
        assert read in {None, "no_shx", "broken", "nothing", "bad_feature"}
        assert lost != ".cpg" or read is None
