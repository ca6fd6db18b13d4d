"""Layers for a GIS: read back by Debian's GDAL and by QGIS, the same bytes for the same records, nothing made up."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas
import pytest
import typer
from pandas import DataFrame, Timestamp, isna
from pandas.testing import assert_frame_equal
from shapely import LinearRing, Polygon
from shapely.geometry import shape

from lsinfra import checks, portfolio, progress
from lsinfra.cli import app
from lsinfra.commands import exchange
from lsinfra.commands.options import Call
from lsinfra.errors import RunError
from lsinfra.exchange import gis
from lsinfra.exchange.gis import LAYERS, GisError, target
from lsinfra.exchange.gis.layers import STATUS_COLUMNS, STATUSES, Exporting
from lsinfra.exchange.gis.names import GEOMETRIES
from lsinfra.exchange.gis.style import qml
from lsinfra.portfolio import Portfolio
from lsinfra.render.payload import share_class
from lsinfra.render.sheet import static
from lsinfra.text import LANGS, Lang
from tests import hostile
from tests.conftest import ROOT

MadeUp = Callable[[str], Exporting]
DAY = date(2025, 10, 27)
OGRINFO, OGR2OGR, PYTHON = "ogrinfo", "ogr2ogr", Path("/usr/bin/python3")  # make test sees to GDAL's tools
HAS_QGIS = PYTHON.exists() and Path("/usr/lib/python3/dist-packages/qgis").exists()
needs_qgis = pytest.mark.skipif(not HAS_QGIS, reason="Debian's python3-qgis is not installed")


def exporting(whole: Portfolio, day: date = DAY, lang: Lang = "vi") -> Exporting:
    at = progress.measure(whole, day)
    return Exporting(whole, at, checks.check(whole, at), lang)


def written(name: str, from_: Exporting, layer: str | None = None) -> bytes:
    asked = target(Path(name), layer)
    return gis.write(from_.portfolio, from_.progress, from_.findings, asked, from_.lang)


@pytest.fixture(scope="module")
def everything(real: Portfolio) -> Exporting:
    return exporting(real)


@pytest.fixture(scope="module")
def package(everything: Exporting, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gis") / "tiến độ.gpkg"
    path.write_bytes(written(path.name, everything))
    return path


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> MadeUp:
    """A world with something in every layer, in which every text is the one given."""

    @cache
    def make(text: str) -> Exporting:
        root = tmp_path_factory.mktemp("made-up") / "root"
        hostile.write_root(root, text)
        return exporting(portfolio.load(root), date(2024, 10, 31))

    return make


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as base:
        return base.execute(sql).fetchall()


def ogr(*arguments: str | Path) -> str:
    done = subprocess.run([*map(str, arguments)], capture_output=True, text=True, check=True)
    assert "Warning" not in done.stderr, done.stderr
    return done.stdout


def by_gdal(path: Path, layer: str) -> list[dict[str, Any]]:
    """The features of a layer as Debian's GDAL reads them."""
    text = ogr(OGR2OGR, "-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=15", "/vsistdout/", path, layer)
    features: list[dict[str, Any]] = json.loads(text)["features"]
    return features


def as_read(value: Any) -> object:
    """A cell of a table as a reader without pandas has it."""
    if isna(value):
        return None
    return value.isoformat()[:10] if isinstance(value, date) else value


def records(table: DataFrame) -> list[dict[str, object]]:
    plain = table.drop(columns="geometry", errors="ignore")
    return [{str(name): as_read(value) for name, value in row.items()} for row in plain.to_dict("records")]


# --- the GeoPackage --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sections", "findings", "places", "disbursement"])
def test_gdal_of_debian_reads_what_was_written(everything: Exporting, package: Path, name: str) -> None:
    table, found = everything.layer(name).table, by_gdal(package, name)
    assert [feature["properties"] for feature in found] == records(table)
    if name in GEOMETRIES:
        read = [None if one["geometry"] is None else shape(one["geometry"]) for one in found]
        assert read == list(table["geometry"])


def test_gdal_of_debian_finds_every_layer_with_its_type(package: Path) -> None:
    told = ogr(OGRINFO, "-so", package)
    found = dict(re.findall(r"^\d+: (\w+) \(([^)]+)\)$", told, re.MULTILINE))
    placed = {name: re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind) for name, kind in GEOMETRIES.items()}
    plain = dict.fromkeys(("clearance", "disbursement", "sources", "layer_styles"), "None")
    assert found == placed | plain
    assert "AS_OF=2025-10-27" in told
    assert "© OpenStreetMap contributors" in told
    types = ogr(OGRINFO, "-so", package, "sections_by_date")
    for wanted in ("valid_from: Date", "valid_to: Date", "in_scope: Integer(Boolean)", "handed_over_ha: Real"):
        assert wanted in types


def test_the_package_passes_the_validator_of_gdal(made_up: MadeUp, package: Path, tmp_path: Path) -> None:
    full = tmp_path / "full.gpkg"
    full.write_bytes(written(full.name, made_up("Đường")))
    for path in (package, full):
        ogr(PYTHON, "-m", "osgeo_utils.samples.validate_gpkg", "-k", "--extra", "--warning-as-error", path)


def test_the_package_is_sound(package: Path, everything: Exporting) -> None:
    assert rows(package, "PRAGMA integrity_check") == [("ok",)]
    assert rows(package, "PRAGMA foreign_key_check") == []
    assert rows(package, "PRAGMA application_id") == [(0x47504B47,)]
    contents = rows(package, "SELECT table_name, data_type, last_change, description FROM gpkg_contents")
    assert [name for name, *_ in contents] == [*LAYERS, "layer_styles"]
    assert {changed for *_, changed, _ in contents} == {"2025-10-27T00:00:00.000Z"}
    told = {name: text for name, *_, text in contents}
    assert "GeoNames" in told["places"]
    assert "© OpenStreetMap contributors" in told["border"]
    assert "Open Database Licence" in told["border"]
    for layer in everything.layers():
        words = rows(package, f"SELECT column_name FROM gpkg_data_columns WHERE table_name = '{layer.name}'")
        assert {name for (name,) in words} == set(layer.table.columns) - {"geometry"}


def test_the_same_records_give_the_same_bytes(everything: Exporting, package: Path) -> None:
    assert written(package.name, everything) == package.read_bytes()
    for ending in ("geojson", "fgb", "parquet"):
        assert written(f"x.{ending}", everything) == written(f"x.{ending}", everything)


def test_a_hostile_name_is_text_like_any_other(tmp_path: Path, made_up: MadeUp) -> None:
    known = hostile.texts(tmp_path / "marker")
    text = "".join(known[name] for name in ("quotes", "jinja-popen", "comment-end", "separators", "cdata", "one-word"))
    text += unicodedata.normalize("NFD", "Đường Hữu Nghị")
    path = tmp_path / "x.gpkg"
    from_ = made_up(text)
    path.write_bytes(written("x.gpkg", from_))
    title = from_.portfolio.records.projects[0].title.vi
    assert title == unicodedata.normalize("NFC", text)
    assert rows(path, "SELECT DISTINCT project_title_vi FROM sections") == [(title,)]
    assert rows(path, "SELECT text_vi, actor FROM obstacles") == [
        (title, from_.portfolio.records.projects[0].issues[0].actor)
    ]
    (styles,) = zip(*rows(path, "SELECT styleQML FROM layer_styles"), strict=True)
    assert not any(title in style for style in styles)
    collection = json.loads(written("x.geojson", from_, "stretches"))
    assert [one["properties"]["project_title_vi"] for one in collection["features"]] == [title]
    assert not (tmp_path / "marker").exists()


# --- what is told ----------------------------------------------------------------------------------------------------


def test_every_layer_that_has_a_geometry_says_how_sure_it_is(everything: Exporting) -> None:
    for layer in everything.layers():
        assert layer.placed == (layer.name in GEOMETRIES and layer.name != "clearance")
        if layer.placed:
            assert {"accuracy", "uncertainty_m"} <= set(layer.table.columns)
    drawn = everything.layer("sections").table
    assert set(drawn["accuracy"]) == {"schematic"}


def test_a_finding_lies_on_what_it_is_about_or_nowhere(everything: Exporting) -> None:
    table = everything.layer("findings").table
    whole = dict(zip(*(everything.layer("projects").table[name] for name in ("project", "geometry")), strict=True))
    assert len(table) == len(everything.findings)
    lies = set()
    for project, section, line in zip(table["project"], table["section"], table["geometry"], strict=True):
        assert (line is None) == isna(project)
        if line is not None:
            lies.add(isna(section))
            assert (line == whole[project]) == isna(section)
    assert lies == {True, False}


def test_a_status_is_the_class_of_the_figure_behind_it(everything: Exporting) -> None:
    table = {(row["project"], row["section"]): row for row in records(everything.layer("sections").table)}
    own = table["ql4b", "loc-binh"]
    assert (own["status"], own["status_of"], own["status_text"]) == ("complete", "section", "49,35/49,35 ha")
    of_project = table["huu-nghi-chi-lang", "cao-loc"]
    assert (of_project["status_of"], of_project["status_text"]) == ("project", "596/618 ha, đạt 96,5%")
    assert of_project["status_share"] == pytest.approx(596 / 618)
    assert table["dong-dang-tra-linh", "cao-bang"]["status"] == "beyond"
    whole = {row["project"]: row["status"] for row in records(everything.layer("projects").table)}
    of_area = [row for row in everything.progress.clearance if row.section is None and row.measure == "area"]
    assert whole == {row.project: STATUSES[share_class(row.rate)] for row in of_area}


def test_a_project_of_which_only_sections_report_says_so(real: Portfolio) -> None:
    def told(section: str | None) -> dict[str, Any]:
        """Of ql4b with the figures of its sections alone, or of one of them."""
        of = [one for one in real.project("ql4b").clearance if one.section and section in (None, one.section)]
        alone = real.project("ql4b").model_copy(update={"clearance": tuple(of)})
        from_ = exporting(replace(real, records=real.records.model_copy(update={"projects": (alone,)})))
        (row,) = records(from_.layer("projects").table)
        drawn = {one.get("value") for one in ET.fromstring(qml(from_.layer("projects"), "vi")).iter("category")}
        assert f"{row['status_of']} {row['status']}" in drawn
        return row

    whole = told(None)
    assert (whole["status"], whole["status_of"], whole["status_share"]) == ("complete", "sections", 1)
    assert (whole["status_vi"], whole["status_en"]) == ("100% (cộng 2 đoạn)", "100% (sum of 2 sections)")
    # 49,35 and 31,52 ha: the columns of the whole project hold what was published of the whole, nothing here.
    assert (whole["status_text"], whole["status_observed"]) == ("80,87/80,87 ha", "2025-03-26")
    assert whole["handed_over_ha"] is None
    one = told("loc-binh")
    assert (one["status"], one["status_of"]) == ("partly_reported", "sections")
    assert one["status_vi"] == "chưa đủ số liệu để cộng (1/2 đoạn)"
    assert (one["status_share"], one["status_text"]) == (None, None)
    assert told("nowhere")["status_vi"] == "chưa có số liệu"


@pytest.mark.parametrize("day", [date(2024, 8, 15), date(2024, 10, 30), date(2024, 10, 31), date(2025, 7, 7), DAY])
def test_the_states_of_a_day_are_the_sections_of_that_day(real: Portfolio, everything: Exporting, day: date) -> None:
    states = everything.layer("sections_by_date").table
    at = Timestamp(day)
    there = states[(states["valid_from"] <= at) & ~(states["valid_to"] <= at)]
    on_day = exporting(real, day).layer("sections").table
    same = ["project", "section", *STATUS_COLUMNS, "handed_over_text", "geometry"]
    assert_frame_equal(DataFrame(there[same].reset_index(drop=True)), DataFrame(on_day[same]))


def test_the_states_of_a_section_leave_no_gap(everything: Exporting) -> None:
    for _, states in everything.layer("sections_by_date").table.groupby(["project", "section"]):
        assert list(states["valid_to"][:-1]) == list(states["valid_from"][1:])
        assert isna(states["valid_to"].iloc[-1])
        assert (states["valid_from"].diff().dropna().dt.days > 0).all()
        told = records(states.drop(columns=["valid_from", "valid_to"]))
        assert all(before != after for before, after in pairwise(told))


def test_obstacles_of_the_day_have_their_state(made_up: MadeUp) -> None:
    (row,) = made_up("Đường").layer("obstacles").table.to_dict("records")
    assert (row["state"], row["chainage"], row["geometry"].geom_type) == ("open", "Km3", "Point")
    whole = made_up("Đường").portfolio
    assert list(exporting(whole, date(2025, 1, 31)).layer("obstacles").table["state"]) == ["late"]
    # Told by a document of October 2024, it was not known before.
    assert exporting(whole, date(2024, 9, 30)).layer("obstacles").table.empty


# --- styles ----------------------------------------------------------------------------------------------------------


def test_a_style_has_the_colours_of_the_page(package: Path) -> None:
    light = dict(re.findall(r"--(\w+): *(#[0-9a-f]{6})", static("colours.css").split("@media")[0]))
    found = dict(rows(package, "SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault"))
    assert set(found) == set(LAYERS)
    for name in ("sections", "sections_by_date"):
        renderer = ET.fromstring(found[name]).find("renderer-v2")
        assert renderer is not None
        symbols = {one.get("name"): one for one in renderer.iterfind("symbols/symbol")}
        drawn = {one.get("value"): symbols[one.get("symbol")] for one in renderer.iterfind("categories/category")}
        for level, status in enumerate(STATUSES[: STATUSES.index("beyond")]):
            top = options(drawn[f"section {status}"])[-1]
            assert (
                top["line_color"]
                == ",".join(str(int(light[f"c{level}"][at : at + 2], 16)) for at in (1, 3, 5)) + ",255"
            )
            assert top["use_custom_dash"] == ("0" if status == "complete" else "1")
        assert {"project 80_to_100", "section beyond"} <= set(drawn)
    first = ET.fromstring(found["sections_by_date"]).find("temporal")
    assert first is not None
    assert (first.get("enabled"), first.get("startField"), first.get("endField")) == ("1", "valid_from", "valid_to")


def options(symbol: ET.Element) -> list[dict[str, str]]:
    return [
        {str(one.get("name")): str(one.get("value")) for one in layer.iterfind("Option/Option")}
        for layer in symbol.iterfind("layer")
    ]


@pytest.fixture(scope="module")
def opened(package: Path, real: Portfolio) -> dict[str, dict[str, Any]]:
    """Every layer as QGIS opens it, without a screen: by itself, and (``project NAME``) in the file's own project.

    ``frames``: what is drawn of some days; ``renamed``: how many rows the project shows under another name, while an
    export of an earlier day lies beside it under the old one.
    """
    renamed = package.parent / "renamed" / "tuần 43.gpkg"
    renamed.parent.mkdir()
    renamed.write_bytes(package.read_bytes())
    renamed.with_name(package.name).write_bytes(written(package.name, exporting(real, date(2025, 7, 7))))
    script = """
import json, os, sys
from qgis.core import QgsApplication, QgsDateTimeRange, QgsProject, QgsVectorLayer, QgsVectorLayerTemporalContext
from qgis.PyQt.QtCore import QDateTime, Qt
QgsApplication.setPrefixPath("/usr", True)
app = QgsApplication([], False)
app.initQgis()
path, renamed, *names = sys.argv[1:]
layers = {name: QgsVectorLayer(f"{path}|layername={name}", name, "ogr") for name in names}
book, found = QgsProject.instance(), {}
assert book.read(f"geopackage:{path}?projectName=lsinfra")
layers.update({f"project {name}": book.mapLayer(f"lsinfra_{name}") for name in names})
shown = [node.layerId() for node in book.layerTreeRoot().findLayers() if node.isVisible()]
for name, layer in layers.items():
    time, renderer = layer.temporalProperties(), layer.renderer()
    found[name] = {
        "valid": layer.isValid(), "count": layer.featureCount(), "crs": layer.crs().authid(),
        "aliases": [layer.attributeDisplayName(n) for n in range(len(layer.fields()))],
        "labels": layer.labelsEnabled(), "start": time.startField(), "end": time.endField(), "mode": int(time.mode()),
        "limit": int(time.limitMode()), "row": layer.displayExpression(),
        "plays": time.isActive(), "shown": layer.id() in shown, "title": layer.name(),
        "legend": [one.label() for one in renderer.categories()] if hasattr(renderer, "categories") else [],
    }
span = book.timeSettings().temporalRange()
days = [str(day.date().toPyDate()) for day in (span.begin(), span.end())]
view = book.viewSettings().defaultViewExtent()
found["project"] = {"title": book.title(), "crs": book.crs().authid(), "span": days, "view": view.toString(2)}

def frame(day):  # what the temporal controller draws in its step from a day on
    layer, context = book.mapLayer("lsinfra_sections_by_date"), QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    start, settings = QDateTime.fromString(day, Qt.ISODate), book.timeSettings()
    end = start.addDays(int(settings.timeStep()) * {4: 1, 5: 7}[int(settings.timeStepUnit())])
    wanted = layer.temporalProperties().createFilterString(context, QgsDateTimeRange(start, end, True, False))
    return sorted([one["project"], one["section"] or "", one["status"]] for one in layer.getFeatures(wanted))

found["frames"] = {day: frame(day) for day in ("2024-10-30", "2024-10-31", "2025-10-27")}
assert book.read(f"geopackage:{renamed}?projectName=lsinfra")
found["renamed"] = {name: len(list(book.mapLayer(f"lsinfra_{name}").getFeatures())) for name in names}
print(json.dumps(found))
sys.stdout.flush()
os._exit(0)  # what QGIS does at its end without a screen is not our matter
"""
    environment = {
        "QT_QPA_PLATFORM": "offscreen",
        "PATH": "/usr/bin:/bin",
        "HOME": str(package.parent),
        "LANG": "C.UTF-8",
    }
    done = subprocess.run(
        [str(PYTHON), "-c", script, str(package), str(renamed), *LAYERS],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


@needs_qgis
def test_qgis_opens_every_layer_in_its_own_style(opened: dict[str, dict[str, Any]], everything: Exporting) -> None:
    for layer in everything.layers():
        told = opened[layer.name]
        assert (told["valid"], told["count"]) == (True, len(layer.table)), layer.name
        assert told["crs"] == ("EPSG:4326" if layer.placed else "")
    assert opened["sections"]["legend"][:2] == ["dưới 20%", "từ 20% đến dưới 40%"]
    assert "từ 80% đến dưới 100% (số liệu toàn dự án)" in opened["sections"]["legend"]
    assert opened["sections"]["aliases"][1] == "mã dự án"
    assert opened["sections"]["aliases"][0] == "số thứ tự"
    assert opened["routes"]["legend"][-1] == "không dự án, công trình nào nêu"
    assert (opened["places"]["labels"], opened["sections"]["labels"]) == (True, False)


@needs_qgis
def test_the_project_in_the_file_plays_through_time(opened: dict[str, dict[str, Any]], everything: Exporting) -> None:
    book = opened["project"]
    assert (book["title"], book["crs"], book["span"]) == (
        f"{everything.portfolio.records.portfolio.title.vi}, số liệu đến 27/10/2025",
        "EPSG:4326",
        ["2024-08-15", "2025-10-28"],
    )
    for layer in everything.layers():
        alone, inside = opened[layer.name], opened[f"project {layer.name}"]
        assert (inside["valid"], inside["count"]) == (True, len(layer.table)), layer.name
        for same in ("legend", "labels", "aliases", "crs", "row"):
            assert inside[same] == alone[same]
        assert inside["title"] == layer.title("vi")
        assert inside["plays"] == (layer.name in ("sections_by_date", "boundaries"))
        assert inside["shown"] == (layer.name not in ("sections_by_date", "findings"))
    time = opened["project sections_by_date"]
    # The limits of QGIS: 0, the day of the end is not included; 1, it is.
    assert [time[part] for part in ("start", "end", "mode", "limit")] == ["valid_from", "valid_to", 4, 0]
    ends = opened["project boundaries"]
    assert [ends[part] for part in ("start", "end", "mode", "limit")] == ["valid_from", "valid_until", 4, 1]


@needs_qgis
@pytest.mark.parametrize("day", ["2024-10-30", "2024-10-31", "2025-10-27"])
def test_qgis_draws_one_state_of_a_section_a_day(opened: dict[str, dict[str, Any]], real: Portfolio, day: str) -> None:
    table = exporting(real, date.fromisoformat(day)).layer("sections").table
    parts = table[["project", "section", "status"]].fillna("")
    assert opened["frames"][day] == sorted(parts.to_numpy().tolist())


@needs_qgis
def test_a_project_under_another_name_shows_no_figures_of_another_file(opened: dict[str, dict[str, Any]]) -> None:
    assert opened["renamed"] == dict.fromkeys(LAYERS, 0)


@needs_qgis
def test_the_map_opens_at_the_sections(opened: dict[str, dict[str, Any]], everything: Exporting) -> None:
    west, south, east, north = everything.layer("sections").table.total_bounds
    view = [float(side) for corner in opened["project"]["view"].split(" : ") for side in corner.split(",")]
    assert view == pytest.approx([west - 0.1, south - 0.1, east + 0.1, north + 0.1], abs=0.01)


@needs_qgis
def test_qgis_names_a_row_in_the_language_of_the_export(opened: dict[str, dict[str, Any]], made_up: MadeUp) -> None:
    assert opened["places"]["row"] == '"title_vi"'
    in_english = replace(made_up("Đường"), lang="en")
    for layer in in_english.layers():
        (shown,) = ET.fromstring(qml(layer, "en")).iterfind("previewExpression")
        assert shown.text
        assert "_vi" not in re.sub(r'coalesce\("(\w+)_en", "\1_vi"\)', "", shown.text)


def test_the_project_names_the_file_it_lies_in(everything: Exporting, tmp_path: Path) -> None:
    path = tmp_path / "đường & cầu.gpkg"
    path.write_bytes(written(path.name, everything))
    ((packed,),) = rows(path, "SELECT content FROM qgis_projects WHERE name = 'lsinfra'")
    with zipfile.ZipFile(io.BytesIO(bytes.fromhex(packed))) as opened_zip:
        (entry,) = opened_zip.infolist()
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        whole = ET.fromstring(opened_zip.read(entry))
    sources = [str(one.text).split("|subset=") for one in whole.iterfind("projectlayers/maplayer/datasource")]
    assert sorted(source for source, _ in sources) == sorted(f"./{path.name}|layername={name}" for name in LAYERS)
    ((own,),) = {(own,) for _, own in sources}
    assert rows(path, f"SELECT count(*) FROM border WHERE {own}") == rows(path, "SELECT count(*) FROM border")
    # The same records of another day are another file.
    path.write_bytes(written(path.name, exporting(everything.portfolio, date(2025, 7, 7))))
    assert rows(path, f"SELECT count(*) FROM border WHERE {own}") == [(0,)]


# --- one layer -------------------------------------------------------------------------------------------------------


def positions(coordinates: Any) -> Iterator[tuple[float, ...]]:
    if isinstance(coordinates[0], int | float):
        yield tuple(coordinates)
    else:
        for one in coordinates:
            yield from positions(one)


@pytest.mark.parametrize("name", LAYERS)
def test_geojson_is_as_rfc_7946_has_it(made_up: MadeUp, name: str) -> None:
    from_ = made_up("Đường")
    data = written("x.geojson", from_, name)
    collection, table = json.loads(data), from_.layer(name).table
    assert data.decode("utf-8").startswith('{"type":"FeatureCollection"')
    assert "crs" not in collection
    assert (collection["name"], collection["as_of"]) == (name, "2024-10-31")
    assert [one["properties"] for one in collection["features"]] == records(table)
    assert len(table) > 0
    for one in collection["features"]:
        assert set(one) == {"type", "properties", "geometry"}
        if (drawn := one["geometry"]) is None:
            continue
        for longitude, latitude in positions(drawn["coordinates"]):
            assert 106 < longitude < 108 > latitude * 4
            assert (round(longitude, 7), round(latitude, 7)) == (longitude, latitude)
        if drawn["type"] == "MultiPolygon":
            assert all(LinearRing(outer).is_ccw for outer, *_ in drawn["coordinates"])


def test_a_ring_with_the_clock_is_turned_and_digits_nobody_measured_are_left_away(made_up: MadeUp) -> None:
    from_ = made_up("Đường")
    (unit,) = from_.portfolio.routes.units
    ring = [(106.7, 21.8), (106.8, 21.95), (106.8000000001, 21.8)]
    turned = replace(from_.portfolio.routes, units=(replace(unit, geometry=Polygon(ring)),))
    data = json.loads(
        written("x.geojson", replace(from_, portfolio=replace(from_.portfolio, routes=turned)), "boundaries")
    )
    ((outer,),) = data["features"][0]["geometry"]["coordinates"]
    assert not Polygon(ring).exterior.is_ccw
    assert LinearRing(outer).is_ccw
    assert sorted(outer[:-1]) == [[106.7, 21.8], [106.8, 21.8], [106.8, 21.95]]


@pytest.mark.parametrize("name", ["stretches", "findings", "disbursement", "boundaries"])
def test_gdal_of_debian_reads_flatgeobuf(made_up: MadeUp, tmp_path: Path, name: str) -> None:
    from_, path = made_up("Đường"), tmp_path / "x.fgb"
    path.write_bytes(written("x.fgb", from_, name))
    table = from_.layer(name).table
    wanted = records(table)
    read = [{key: _day(one["properties"].get(key)) for key in wanted[0]} for one in by_gdal(path, name)]
    assert sorted(map(str, read)) == sorted(map(str, wanted))


def _day(value: object) -> object:
    """FlatGeobuf knows moments but no days."""
    return value.removesuffix("T00:00:00") if isinstance(value, str) else value


def test_an_empty_layer_is_a_layer(everything: Exporting, tmp_path: Path) -> None:
    assert everything.layer("boundaries").table.empty
    for ending in ("geojson", "fgb", "parquet"):
        path = tmp_path / f"x.{ending}"
        path.write_bytes(written(path.name, everything, "boundaries"))
        read = geopandas.read_parquet(path) if ending == "parquet" else geopandas.read_file(path)
        assert len(read) == 0
        assert read.crs == "EPSG:4326"


@pytest.mark.parametrize("name", ["sections", "places", "boundaries"])
def test_geoparquet_says_what_it_is_and_is_read_back_whole(tmp_path: Path, made_up: MadeUp, name: str) -> None:
    import pyarrow.parquet as pq

    from_ = made_up("Đường")
    data = written("x.parquet", from_, name)
    layer = from_.layer(name)
    schema = pq.read_schema(io.BytesIO(data))
    about = json.loads(schema.metadata[b"geo"])
    column = about["columns"]["geometry"]
    assert (about["version"], about["primary_column"], column["encoding"]) == ("1.1.0", "geometry", "WKB")
    assert column["geometry_types"] == [GEOMETRIES[name]]
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 4326}
    sides = {side: ["bbox", side] for side in ("xmin", "ymin", "xmax", "ymax")}
    assert column["covering"] == {"bbox": sides}
    assert column["bbox"] == pytest.approx(list(layer.table.total_bounds))
    assert schema.metadata[b"as_of"] == b"2024-10-31"
    words = schema.field("uncertainty_m").metadata
    assert {b"description_vi", b"description_en"} <= set(words)
    path = tmp_path / "x.parquet"
    path.write_bytes(data)
    read = geopandas.read_parquet(path).drop(columns="bbox", errors="ignore")
    assert list(read.geometry) == list(layer.table.geometry)
    assert records(DataFrame(read)) == records(DataFrame(layer.table))


def test_a_table_without_geometry_is_plain_parquet(everything: Exporting) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(written("x.parquet", everything, "disbursement")))
    assert b"geo" not in table.schema.metadata
    assert str(table.schema.field("closes").type) == "date32[day]"
    assert table.column("value_text").to_pylist()[0] == "490100000000"


# --- what cannot be --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "layer", "said"),
    [
        ("x.shp", None, "Shapefile"),
        ("x.DBF", "sections", "Shapefile"),
        ("x.kml", None, "ends in .gpkg, .geojson, .fgb, .parquet"),
        ("x", None, "No format is known"),
        ("-", None, "No format is known"),
        ("x.fgb", "tuyen", "There is no layer “tuyen”. The layers: sections, sections_by_date"),
        ("x.gpkg", "routes", "holds every layer"),
    ],
)
def test_what_cannot_be_written_is_said_in_one_sentence(name: str, layer: str | None, said: str) -> None:
    with pytest.raises(GisError) as raised:
        target(Path(name), layer)
    assert said in raised.value.write("en")
    assert all(raised.value.write(lang).strip() for lang in LANGS)


def test_without_pyarrow_it_is_said_how_to_get_it(everything: Exporting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(RunError, match=rf"{re.escape(sys.executable)} -m pip install pyarrow$"):
        written("x.parquet", everything)


def test_the_command_writes_a_file_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "x.geojson"
    exchange.gis(context(), out, "routes", "2024-10-31")
    assert capsys.readouterr() == (f"{out}\n", "")
    assert json.loads(out.read_text("utf-8"))["as_of"] == "2024-10-31"
    assert [path.name for path in tmp_path.iterdir()] == ["x.geojson"]


@pytest.mark.parametrize("name", ["folder.geojson", "nowhere/x.geojson"])
def test_what_stands_in_the_way_is_said_in_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.geojson").mkdir()
    with pytest.raises(RunError) as raised:
        exchange.gis(context(), tmp_path / name, "places", None)
    assert raised.value.write("en").startswith(f"Cannot write {tmp_path / name}: ")
    assert len(raised.value.write("vi").splitlines()) == 1
    assert [path.name for path in tmp_path.rglob("*")] == ["folder.geojson"]


@pytest.mark.parametrize("ending", ["-wal", "-journal"])
def test_a_package_that_is_open_elsewhere_stays(tmp_path: Path, ending: str) -> None:
    out = tmp_path / "x.gpkg"
    out.write_bytes(b"open in QGIS")
    beside = tmp_path / f"x.gpkg{ending}"
    beside.touch()
    with pytest.raises(GisError, match=f"is open in another program, such as QGIS, which keeps {beside.name}"):
        exchange.gis(context(), out, None, None)
    assert out.read_bytes() == b"open in QGIS"


def context() -> typer.Context:
    found = typer.Context(typer.main.get_command(app))
    found.obj = Call(ROOT, "vi", False, False, datetime(2026, 1, 5, tzinfo=UTC))
    return found
