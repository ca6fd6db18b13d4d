"""Records and routes together: the real root loads, faults of both are told at once, sections lie on their routes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyproj
import pytest

from lsinfra import portfolio
from lsinfra.errors import InputError, RunError
from lsinfra.quantities import read_chainage
from tests.conftest import ROOT


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_the_real_portfolio_loads() -> None:
    found = portfolio.load(ROOT)
    records, routes = found.records, found.routes
    assert [project.id for project in records.projects] == ["huu-nghi-chi-lang", "dong-dang-tra-linh", "ql4b"]
    assert [work.id for work in records.proposals] == [
        "lang-son-tien-yen",
        "ql1b",
        "ga-dong-dang",
        "duong-sat-ha-noi-dong-dang",
        "cua-khau-thong-minh",
    ]
    assert (len(records.finished), len(records.indicators)) == (5, 3)
    assert routes.metric_crs == records.portfolio.metric_crs == "EPSG:9215"
    named = [route for project in records.projects for route in project.routes]
    named += [route for work in records.proposals for route in work.routes]
    assert sorted(named) == sorted(routes.alignments)
    placed = [place for work in (*records.proposals, *records.finished) for place in work.places]
    assert set(placed) <= set(routes.places)
    assert routes.border is not None


def test_the_length_of_a_section_is_its_part_of_the_drawn_line() -> None:
    """Measured on the ellipsoid, which the metric CRS must match to a thousandth."""
    found = portfolio.load(ROOT)
    earth = pyproj.Geod(ellps="WGS84")
    for project in found.records.projects:
        for section in project.sections:
            assert section.parts != ()
            for part in section.parts:
                line = found.routes.alignments[part.route]
                piece = line.interval(part.from_, part.to)
                drawn_m = line.drawn_at(part.to) - line.drawn_at(part.from_)
                assert earth.line_length(*piece.xy) == pytest.approx(drawn_m, rel=1e-3)
                assert piece.distance(line.line) < 1e-9


def test_the_sections_of_ql4b_meet_at_km38() -> None:
    found = portfolio.load(ROOT)
    ql4b = found.records.projects[2]
    line = found.routes.alignments["ql4b"]
    loc_binh, dinh_lap = (line.interval(one.parts[0].from_, one.parts[0].to) for one in ql4b.sections)
    assert loc_binh.coords[0] == line.line.coords[0]  # Km18
    assert dinh_lap.coords[-1] == line.line.coords[-1]  # Km80
    joint = line.point(read_chainage("Km38"))
    assert loc_binh.coords[-1] == dinh_lap.coords[0] == (joint.x, joint.y)


def test_the_metric_crs_is_that_of_the_records(root: Path) -> None:
    change(root / "projects.yaml", "metric_crs: EPSG:9215", "metric_crs: EPSG:3405")
    assert portfolio.load(root).routes.metric_crs == "EPSG:3405"
    change(root / "projects.yaml", "metric_crs: EPSG:3405", "metric_crs: EPSG:4326")
    with pytest.raises(RunError, match="EPSG:4326"):
        portfolio.load(root)


def test_faults_of_both_files_are_told_at_once(root: Path) -> None:
    change(root / "projects.yaml", "handed_over: 21,27 ha", "handed_over: 21.27 ha")
    change(root / "projects.yaml", "status: implementation\n    length:", "status: begun\n    length:")
    lines = (root / "geodata" / "routes.geojson").read_text(encoding="utf-8").count('"start": "Km0"')
    change(root / "geodata" / "routes.geojson", '"start": "Km0"', '"start": "0"')
    change(
        root / "geodata" / "places.geojson", '"kind": "town", "uncertainty_m": 300', '"kind": "x", "uncertainty_m": 300'
    )
    with pytest.raises(InputError) as caught:
        portfolio.load(root)
    where = [(fault.where.split(":")[0], fault.key) for fault in caught.value.faults]
    assert where == [
        ("projects.yaml", "quantity.decimal_dot"),
        ("projects.yaml", "fault.not_in_list"),
        ("geodata/places.geojson", "geo.bad_choice"),
        *[("geodata/routes.geojson", "geo.not_chainage")] * lines,
    ]
    assert lines > 1


def test_faults_of_the_geodata_alone(root: Path) -> None:
    change(root / "geodata" / "places.geojson", '"kind": "city"', '"kind": "x"')
    with pytest.raises(InputError) as caught:
        portfolio.load(root)
    assert [fault.key for fault in caught.value.faults] == ["geo.bad_choice"]


def test_a_fault_of_the_records_is_told_although_there_is_no_geodata(root: Path) -> None:
    shutil.rmtree(root / "geodata")
    with pytest.raises(RunError, match="geodata"):
        portfolio.load(root)
    change(root / "projects.yaml", "handed_over: 21,27 ha", "handed_over: 21.27 ha")
    with pytest.raises(InputError) as caught:
        portfolio.load(root)
    assert [fault.key for fault in caught.value.faults] == ["quantity.decimal_dot"]


def test_no_records_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        portfolio.load(tmp_path)
    assert caught.value.key == "unreadable"
