"""The Python page does what it says, in both languages; what a program may import is typed; the notebook runs."""

from __future__ import annotations

import doctest
import importlib
import json
import re
import zipfile
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import assert_type

import folium
import nbclient
import nbformat
import pytest
from geopandas import GeoDataFrame
from jupyter_client.manager import KernelManager
from markdown_it import MarkdownIt
from pandas import DataFrame, Series
from shapely import LineString

from lsinfra import checks, frames, portfolio, progress
from lsinfra.errors import Finding, RunError
from lsinfra.portfolio import Portfolio
from lsinfra.progress import ClearanceRow, Progress
from lsinfra.render.explore import explorable
from lsinfra.text import LANGS, Lang
from tests.conftest import ROOT

DOCS = ROOT / "docs"


def code(lang: Lang) -> list[str]:
    """The Python of the page, block by block."""
    tokens = MarkdownIt().parse((DOCS / lang / "python.md").read_text(encoding="utf-8"))
    return [token.content for token in tokens if token.type == "fence" and token.info == "python"]


@pytest.fixture
def here(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a program: within the records' own."""
    folder = root / "trong" / "này"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def test_the_examples_of_the_page_are_true(here: Path) -> None:
    assert code("vi") == code("en")
    shown = [block for block in code("en") if block.startswith(">>>")]
    assert len(shown) >= 7
    test = doctest.DocTestParser().get_doctest("\n".join(shown), {}, "docs/en/python.md", None, 0)
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    assert "".join(said) == ""
    # What it says it wrote is there, and asks the network for nothing.
    assert not re.search(
        r"<(script|link|img)[^>]*(src|href)=.?https?:", (here / "ql4b.html").read_text(encoding="utf-8")
    )


@pytest.mark.parametrize("lang", LANGS)
def test_everything_the_page_offers_is_there(lang: Lang) -> None:
    rows = re.findall(r"(?m)^\| (`lsinfra\..+?) \| (.+?) \| .+ \|$", (DOCS / lang / "python.md").read_text("utf-8"))
    assert len(rows) >= 10
    for modules, offered in rows:
        found = [importlib.import_module(name) for name in re.findall(r"`([\w.]+)`", modules)]
        for name in re.findall(r"`(\w+)`", offered):
            assert any(hasattr(module, name) for module in found), name


@pytest.mark.parametrize("lang", LANGS)
def test_every_table_there_is_is_named(lang: Lang) -> None:
    text = (DOCS / lang / "python.md").read_text(encoding="utf-8")
    assert [name for name in frames.__all__ if f"`{name}`" not in text and f"frames.{name}" not in text] == []


def test_a_folder_may_be_named_by_a_text(root: Path) -> None:
    assert portfolio.load(str(root)).records == portfolio.load(root).records


def test_every_table_with_lines_is_ready_for_geopandas_map(real: Portfolio) -> None:
    found = progress.measure(real, date(2024, 10, 31))
    (block,) = (block for block in code("en") if not block.startswith(">>>"))
    land = frames.sections(real, found)
    exec(block, {"land": land})
    tables = [land, frames.projects(real, found), frames.clearance(real, found), frames.sections_by_date(real)]
    for table in [*tables, frames.routes(real), frames.places(real), frames.border(real)]:
        page = explorable(table).explore(tiles=None).get_root().render()
        drawn = re.search(r"geo_json_\w+_add\((\{.+\})\);", page)
        assert drawn is not None
        assert len(json.loads(drawn[1])["features"]) == table.geometry.notna().sum() > 0


# --- texts of anybody's in geopandas' map ----------------------------------------------------------------------------

HOSTILE = [
    "{{ cycler.__init__.__globals__.os.environ }} {{ 6*7 }}",
    "{% raw %} {# ",
    "</script><script>alert(1)</script>",
    "<img src=x onerror='alert(1)'> &amp; \"`",
]


def test_a_text_is_never_run_by_the_map(real: Portfolio) -> None:
    line = LineString([(106.7, 21.8), (106.8, 21.9)])
    data = {"unit": [*HOSTILE, None], "none": [None] * 5, "share": [0.5, None, 1, 0, 0.25]}
    table = GeoDataFrame(data, geometry=[line] * 5, crs="EPSG:4326").astype({"unit": "str", "none": "str"})
    safe = explorable(table)
    assert (safe.crs, list(safe.dtypes), safe["share"].equals(table["share"])) == (table.crs, list(table.dtypes), True)
    assert safe.isna().equals(table.isna())
    # What explore() makes of a table: folium's GeoJson with a tooltip. Without the step before, Jinja runs the first.
    drawn = folium.Map(tiles=None)
    folium.GeoJson(safe, tooltip=folium.GeoJsonTooltip(["unit"])).add_to(drawn)
    page = drawn.get_root().render()
    assert not re.search(r"PATH|\b42\b|alert\(1\)</script>|<img", page)
    told = [json.loads(found) for found in re.findall(r'"unit": ("(?:[^"\\]|\\.)*")', page)]
    assert [re.sub(r"&#(\d+);", lambda at: chr(int(at[1])), one) for one in told] == HOSTILE
    # Nor what stands in a category, in an object of another kind, in the name of a column or of a row.
    odd = table[["geometry"]].set_axis([*HOSTILE, "e"], axis=0)
    odd["of"] = Series([*HOSTILE, None], index=odd.index, dtype="category")
    odd["list"] = Series([[text] for text in [*HOSTILE, "e"]], index=odd.index)
    odd["amount"] = Series(
        [Decimal("1.5"), None, Fraction(1, 3), date(2024, 1, 1), True], index=odd.index, dtype=object
    )
    odd[HOSTILE[0]] = 1
    odd = odd.rename_geometry(HOSTILE[1])
    safe = explorable(odd)
    assert safe["amount"].tolist() == odd["amount"].tolist()
    assert (safe["of"].dtype.name, safe["of"].isna().tolist(), safe.crs) == (
        "category",
        odd["of"].isna().tolist(),
        odd.crs,
    )
    assert safe.geometry.equals(odd.geometry.set_axis(safe.index))
    drawn = folium.Map(tiles=None)
    shown = [name for name in safe.columns if name not in {safe.geometry.name, "amount"}]
    folium.GeoJson(safe.drop(columns="amount"), tooltip=folium.GeoJsonTooltip(shown)).add_to(drawn)
    assert not re.search(r"PATH|\b42\b|alert\(1\)</script>|<img", drawn.get_root().render())
    # The real tables lose nothing on the way.
    land = frames.sections(real, progress.measure(real, date(2024, 10, 31)))
    assert list(explorable(land).dtypes) == list(land.dtypes)
    assert explorable(land)["unit"].tolist() == land["unit"].tolist()


# --- a typed program -------------------------------------------------------------------------------------------------


def test_what_a_program_gets_is_typed(real: Portfolio) -> None:
    """mypy holds each type (``make lint``); the values are looked at here."""
    found = assert_type(progress.measure(real, date(2024, 10, 31)), Progress)
    row = assert_type(found.clearance[0], ClearanceRow)
    assert isinstance(assert_type(row.rate.value, Decimal), Decimal)
    assert isinstance(assert_type(row.rate.share, Fraction | None), Fraction)
    assert assert_type(row.section, str | None) is None
    assert isinstance(assert_type(checks.check(real, found), tuple[Finding, ...]), tuple)
    land = assert_type(frames.sections(real, found), GeoDataFrame)
    assert isinstance(assert_type(explorable(land), GeoDataFrame), GeoDataFrame)
    assert isinstance(assert_type(frames.disbursement(real, found), DataFrame), DataFrame)


def test_load_looks_upward_as_the_program_does(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_itself = assert_type(portfolio.load(), Portfolio)
    assert by_itself.records == portfolio.load(here.parent.parent).records
    # Told where, it looks nowhere else.
    with pytest.raises(RunError, match=r"projects\.yaml"):
        portfolio.load(here)
    outside = here.parent.parent.parent / "ngoài"
    outside.mkdir()
    monkeypatch.chdir(outside)
    with pytest.raises(RunError, match=r"No projects\.yaml in .*ngoài"):
        portfolio.load()


def test_the_wheel_holds_all_that_a_program_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    wheel = importlib.import_module("flit_core.buildapi").build_wheel(str(tmp_path))
    with zipfile.ZipFile(tmp_path / wheel) as opened:
        held = {name for name in opened.namelist() if not name.endswith(".py") and name.startswith("lsinfra/")}
    there = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "lsinfra").rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }
    assert held == there
    assert "lsinfra/py.typed" in held
    assert "lsinfra/starter/templates/projects.vi.yaml" in held


# --- the notebook ----------------------------------------------------------------------------------------------------


def test_the_notebook_runs(here: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    kept = (DOCS / "notebook.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(kept, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)
    assert str(Path.home()) not in kept
    # Its own sockets as files: no port of the machine is opened.
    manager = KernelManager(transport="ipc")
    client = nbclient.NotebookClient(notebook, km=manager, timeout=120, resources={"metadata": {"path": str(here)}})
    client.execute(cleanup_kc=True)
    load, sections, money, measured, drawn = (cell.outputs[-1].data for cell in cells)
    assert load["text/plain"] == "datetime.date(2025, 10, 27)"
    assert "Lộc Bình" in sections["text/html"]
    assert "490100000000" in money["text/html"]
    assert "ql4b: Lộc Bình" in measured["text/plain"]
    assert "iframe" in drawn["text/html"]
