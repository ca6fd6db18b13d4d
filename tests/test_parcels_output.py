"""What ``lsinfra parcels progress`` writes: figures worked out by hand, remarks, and what a publication leaves out."""

from __future__ import annotations

import itertools
import json
import re
import shutil
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyproj
import pytest
import shapely
from rich.console import Console

from lsinfra.errors import Severity
from lsinfra.parcels import suppression
from lsinfra.parcels.account import Account, account, hectares, published
from lsinfra.parcels.model import Line, Lines, Units
from lsinfra.parcels.results import STATES
from lsinfra.parcels.suppression import FEWEST, hidden
from lsinfra.render import parcel_tables
from lsinfra.render.parcel_tables import chainage_text, parcels_json, parcels_rows, parcels_tables, remark_lines
from lsinfra.render.rows import as_csv, as_jsonl
from lsinfra.text import Lang
from tests import parcel_strip as strip
from tests.conftest import ROOT, Run

Command = Callable[..., Run]


def figures(found: Account) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(parcels_json(found, "en"))
    return whole


def told(found: Account, lang: Lang = "vi", width: int = 200) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        console.print(*parcels_tables(found, lang), sep="\n")
    return captured.get()


def codes(found: Account) -> list[tuple[str, str | None, int | None]]:
    return [(one.code, one.project, one.amount.parcels if one.amount else None) for one in found.remarks]


# --- figures -------------------------------------------------------------------------------------------------------


def test_areas_and_lengths_are_those_worked_out_by_hand() -> None:
    whole = figures(strip.told())
    assert {key: whole[key] for key in ("schema", "as_of", "register", "metric_crs", "public")} == {
        "schema": "lsinfra.parcels/1",
        "as_of": "2024-07-01",
        "register": "register.parquet",
        "metric_crs": "EPSG:9215",
        "public": False,
    }
    keys = ("project", "unit", "stage", "area_ha", "parcels", "newest")
    assert whole["rows"] == [
        dict(zip(keys, row, strict=True))
        for row in [
            ("p", "A", "handed_over", 0.4, 2, "2024-06-01"),
            ("p", "A", "paid", 0.1, 1, "2024-06-15"),
            ("p", "B", "clear", 0.2, 1, "2024-07-01"),
            ("p", "B", "handed_over", 0.1, 1, "2024-05-01"),
            ("p", "B", "paid", 0.1, 1, "2024-06-15"),
            ("p", "B", None, 0.2, 1, None),
            ("p", None, "handed_over", 0.3, 2, "2024-05-01"),
            ("q", None, "paid", 0.2, 1, "2024-04-01"),
        ]
    ]
    # c lies in A and in B, f in B and in none: each is one parcel of the project.
    assert [(row["project"], row["stage"], row["area_ha"], row["parcels"]) for row in whole["totals"]] == [
        ("p", "clear", 0.2, 1),
        ("p", "handed_over", 0.8, 4),
        ("p", "paid", 0.2, 1),
        ("p", None, 0.2, 1),
        ("q", "paid", 0.2, 1),
    ]
    assert [list(row.values()) for row in whole["lengths"]] == [
        ["p", 1.0, 0.3, 0.3, 0.4, 1],
        ["q", None, None, None, None, None],
    ]
    assert [(row["state"], row["start_km"], row["end_km"]) for row in whole["stretches"]] == [
        ("cleared", 0.0, 0.2),
        ("uncleared", 0.2, 0.5),
        ("unregistered", 0.5, 0.6),
        ("cleared", 0.6, 0.7),
        ("unregistered", 0.7, 1.0),
    ]
    longest = {"project": "p", "route": "r", "start_km": 0.0, "end_km": 0.2, "before": None, "after": "uncleared"}
    assert whole["longest"] == [longest]


def test_a_stage_that_is_not_reached_yet_is_not_known_on_that_day() -> None:
    whole = figures(strip.told(date(2024, 5, 31)))
    assert whole["as_of"] == "2024-05-31"
    assert [(row["project"], row["stage"], row["parcels"]) for row in whole["totals"]] == [
        ("p", "handed_over", 3),
        ("p", None, 4),
        ("q", "paid", 1),
    ]
    assert whole["lengths"][0]["cleared_km"] == 0.2


def test_rows_have_what_the_json_has() -> None:
    found = strip.told()
    whole = figures(found)
    lists = {"area": "rows", "total": "totals", "length": "lengths", "stretch": "stretches"}
    lines = [json.loads(line) for line in as_jsonl(parcels_rows(found)).splitlines()]
    assert lines == [{"kind": kind} | row for kind, name in lists.items() for row in whole[name]]
    assert as_csv(parcels_rows(found)).splitlines()[1] == "area,p,A,handed_over,0.4,2,2024-06-01,,,,,,,,,"


def test_a_reader_sees_areas_counts_and_shares() -> None:
    text = told(strip.told())
    lines = [" ".join(line.split()) for line in text.splitlines()]
    names = ["p Toàn", "p A", "p B", "p ngoài", "q Toàn"]
    assert [" ".join(line.split()[:2]) for line in lines if line.endswith("/2024")][: len(names)] == names
    assert "p Toàn dự án 1,40 (7) 57,14% 0,20 (1) 0,80 (4) 0,20 (1) 0,20 (1) 01/7/2024" in lines
    assert "p B 0,60 (4) 16,67% 0,10 (1) 0,10 (1) 0,20 (1) 0,20 (1) 01/7/2024" in lines
    assert "p ngoài mọi đơn vị 0,30 (2) 100,00% 0,30 (2) 01/5/2024" in lines
    assert "p 1,000 0,300 (30,00%) 0,300 (30,00%) 0,400 (40,00%) 1" in lines
    # Where no length is known nobody knows either how many parcels are too far from the road.
    assert "q chưa rõ chưa rõ chưa rõ chưa rõ chưa rõ" in lines
    assert "p r Km0 Km0+200 0,200 km" in lines
    assert "đến 01/7/2024, tính từ register.parquet, đo trong EPSG:9215" in text


def test_no_word_is_broken_on_a_narrow_screen() -> None:
    """On 80 columns the stages stand below each other, with the figures that they have beside each other."""
    found = strip.told()
    names = {"p": "huu-nghi-chi-lang", "q": "ql4b"}
    tables = {
        name: getattr(found.measured, name).replace({"project": names})
        for name in ("areas", "wholes", "stretches", "lengths")
    }
    found = replace(found, measured=replace(found.measured, **tables), longest=found.longest.replace(names))
    whole = {word for line in told(found, "en").splitlines() for word in line.split()}
    for width in (80, 120):
        lines = told(found, "en", width).splitlines()
        assert max(map(len, lines)) <= width
        words = "\n".join(lines).partition("Cleared:")[0].split()
        strange = {word for word in words if word not in whole and not word.startswith("─")}
        assert strange == ({"Stage", "Area"} if width == 80 else set())
    # At 120 only heads take several lines.
    assert ["huu-nghi-chi-lang", "B", "0.60 (4)", "16.67%"] in [
        re.split(r"\s{2,}", line.strip())[:4] for line in told(found, "en", 120).splitlines()
    ]
    narrow = {tuple(line.split()) for line in told(found, "vi", 80).splitlines()}
    assert ("huu-nghi-chi-lang", "A", "Trong", "sổ", "0,50", "80,00%", "15/6/2024") in narrow
    # There is no room for whole words, and yet something to be read.
    assert "huu" in told(found, "vi", 40)


def test_of_very_many_projects_the_screen_shows_a_part_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    found = strip.told()
    monkeypatch.setattr(parcel_tables, "MOST_ROWS", 7)
    text = told(found, "en")
    assert "Whole project" in text
    assert "outside every unit" not in text
    assert "whole projects are shown only" in text
    monkeypatch.setattr(parcel_tables, "MOST_PROJECTS", 1)
    text = told(found, "en")
    assert "The first 1 of 2 projects are shown" in text
    assert [line.split()[0] for line in text.splitlines() if "Whole project" in line] == ["p"]
    assert "q" not in text.split()


@pytest.mark.parametrize(
    ("area_m2", "shown"), [(0, "0,00"), (99, "< 0,01"), (100, "0,01"), (12_345_678, "1.234,57"), (149, "0,01")]
)
def test_an_area_that_is_more_than_none_is_never_0(area_m2: int, shown: str) -> None:
    assert hectares(Fraction(area_m2), "vi") == shown


def test_a_length_that_is_more_than_none_is_never_0() -> None:
    found = strip.told()
    lengths = found.measured.lengths.assign(cleared_m=0.4, uncleared_m=0.0)
    lines = told(replace(found, measured=replace(found.measured, lengths=lengths))).splitlines()
    (line,) = [line for line in lines if line.split()[:2] == ["p", "1,000"]]
    assert "< 0,001 (0,04%) 0,000 (0,00%)" in " ".join(line.split())


@pytest.mark.parametrize(
    ("metres", "shown"),
    [(0.0, "Km0"), (18_500.5, "Km18+501"), (18_005.2, "Km18+005"), (999.6, "Km1"), (-120.0, "-Km0+120")],
)
def test_a_place_on_a_route_is_told_to_the_metre(metres: float, shown: str) -> None:
    assert chainage_text(metres) == shown


# --- remarks -------------------------------------------------------------------------------------------------------


def test_what_must_be_known_is_said() -> None:
    assert codes(strip.told()) == [
        ("clear", "p", 1),
        ("no_stage", "p", 1),
        ("outside_units", "p", 2),
        ("outside_units", "q", 1),
        ("off_route", "p", 1),
        ("schematic", "q", None),
    ]
    assert "not counted as handed over: 1 parcel (0.20 ha)." in strip.told().remarks[0].message("en")


def test_what_is_said_of_the_whole_register() -> None:
    found = strip.told()
    bare = replace(found.measured, as_of=None, repaired=3)
    nowhere = Units((), (), strip.CRS)
    told = account("r", bare, nowhere, Lines((), strip.CRS), -0.0025)
    assert [code for code, project, _ in codes(told) if project is None] == [
        "undated",
        "distorted",
        "no_units",
        "repaired",
    ]
    assert "up to -0.25%" in told.remarks[1].message("en")
    assert {code for code, project, _ in codes(told) if project} == {"clear", "no_stage", "off_route", "no_route"}
    assert codes(account("r", bare, strip.units(), strip.lines(), 0.0009))[0][0] == "undated"


def test_a_project_that_is_drawn_in_part_is_measured_in_part() -> None:
    roads = strip.lines()
    both = Lines((*roads.lines, replace(roads.lines[1], project="p")), roads.crs)
    remarks = account("r", strip.told().measured, strip.units(), both).remarks
    assert [one.message("en") for one in remarks if one.code == "partly_schematic"] == [
        "p: the lengths are those of its surveyed routes; drawn schematically and not measured: s."
    ]


def test_how_far_a_parcel_may_lie_from_the_road_is_said() -> None:
    """Half of the width that is known; what was taken where none is."""
    roads = strip.lines()
    wide, (road, sketch) = replace(roads.lines[0], route="w", corridor_m=None), roads.lines

    def said(*lines: Line) -> list[str]:
        remarks = account("r", strip.told().measured, strip.units(), Lines((*lines, sketch), roads.crs)).remarks
        return [one.message("en") for one in remarks if one.code in ("no_corridor", "off_route")]

    farther = "p: wholly farther from the line than counts ({}), so that they say nothing of its length: 1 parcel."
    none = (
        "p: no width of the right of way is given (w). Land not handed over counts up to 500 m from the line, land"
        " handed over up to 50 m only. lsinfra parcels progress --routes takes the width from the column corridor_m."
    )
    assert said(road) == [farther.format("30 m on each side")]
    assert said(wide) == [none, farther.format("500 m, handed over 50 m")]
    assert said(road, wide) == [none, farther.format("30 m on each side, 500 m, handed over 50 m")]
    # Of a sketch no length is measured, so that its width is not asked for.
    assert all(one.project != "q" for one in strip.told().remarks if one.code == "no_corridor")


def test_what_was_taken_for_granted_of_units_and_routes_is_said() -> None:
    roads, ground, found = strip.lines(), strip.units(), strip.told()
    road, sketch = roads.lines
    unsaid = Lines((replace(road, accuracy_said=False), sketch), roads.crs)
    remarks = account("r", found.measured, replace(ground, doubtful=tuple("ABCDEF")), unsaid).remarks
    said = {one.code: one.message("en") for one in remarks}
    assert said["accuracy_unsaid"].startswith("p: nobody said how its routes were drawn (r), so they are taken for")
    assert "have no code (6): A, B, C, D, E, …. Each name" in said["same_name"]
    assert not {"accuracy_unsaid", "same_name"} & {one.code for one in found.remarks}


def test_what_is_dated_later_is_said_in_every_form() -> None:
    """b, c and d are dated from June on: on the last of May the register no longer tells what they were at."""
    found = strip.told(date(2024, 5, 31), late=3)
    sentence = "Dated after 31 May 2024: 3 parcels. At which stage they were on that day is not in the register"
    assert found.remarks[0].message("en").startswith(sentence)
    assert figures(found)["findings"][0]["code"] == "later"
    assert sentence in " ".join(told(found, "en").split())
    assert sentence in "".join(remark_lines(found.remarks, "en"))
    assert "3 parcels" not in told(published(found), "en")
    for none in (strip.told(), strip.told(late=0)):
        assert "later" not in [code for code, *_ in codes(none)]


def test_that_overlaps_are_not_looked_for_stands_below_the_figures() -> None:
    assert "không dò thửa trùng hoặc chồng lấn" in told(strip.told(), "vi")
    assert "Overlaps and repeated parcels are not looked for" in told(strip.told(), "en")


def test_what_is_alike_is_told_a_few_times_only() -> None:
    (one,) = (remark for remark in strip.told().remarks if remark.code == "clear")
    lines = list(remark_lines([replace(one, project=f"p{n}") for n in range(5)], "en"))
    assert [line.split(":")[:2] for line in lines] == [["warning", f" p{n}"] for n in range(3)]
    assert lines[-1].endswith("(and the like for other projects: 2)")
    assert "and the like" not in "".join(remark_lines([one] * 3, "en"))
    # What a note says of one project is in the table; of the whole register it is nowhere else.
    said = {every: "".join(remark_lines(strip.told().remarks, "en", every=every)) for every in (False, True)}
    assert ["of which no stage is known" in said[every] for every in (False, True)] == [False, True]
    note = replace(one, code="repaired", severity=Severity.INFO, project=None)
    assert len(list(remark_lines([note], "en"))) == 1


def test_a_name_from_a_register_commands_no_terminal() -> None:
    parcels = strip.register().replace({"project": {"p": "\x1b[2J[red]p"}})
    found = strip.told(parcels=parcels)
    text = told(found) + "".join(remark_lines(found.remarks, "vi"))
    assert "\x1b" not in text
    assert "U+001B[2J[red]p" in text


# --- what a publication leaves out ---------------------------------------------------------------------------------


def crowd(counts: dict[tuple[str, str], int]) -> Account:
    """A register with so many parcels of a stage in a unit, each in one unit alone."""
    rows = [
        {"project": "p", "unit": unit, "stage": stage, "area_m2": 100.0 * n, "parcels": n, "newest": pd.NaT}
        for (unit, stage), n in sorted(counts.items())
    ]
    areas = pd.DataFrame(rows)
    wholes = areas.groupby(["project", "stage"], as_index=False)[["area_m2", "parcels"]].sum()
    wholes["newest"] = pd.Series(pd.NaT, index=wholes.index)
    found = strip.told()
    return replace(found, measured=replace(found.measured, areas=areas, wholes=wholes))


def parcels(found: Account) -> tuple[dict[tuple[str, str], int | None], dict[str, int | None]]:
    whole = figures(found)
    return (
        {(row["unit"], row["stage"]): row["parcels"] for row in whole["rows"]},
        {row["stage"]: row["parcels"] for row in whole["totals"]},
    )


def test_a_count_under_five_is_left_out_with_the_sum_that_would_give_it_away() -> None:
    counts = {
        "paid": {"A": 3, "B": 40, "C": 20},  # the sum less the others would be 3
        "approved": {"A": 4, "B": 4, "C": 5},  # two that are 8 together and both under 5 would be 4 each
        "clear": {"A": 4},  # the sum is it
        "inventoried": {"A": 5, "B": 70},  # nothing small
    }
    found = published(crowd({(unit, stage): n for stage, some in counts.items() for unit, n in some.items()}))
    parts, wholes = parcels(found)
    assert {key: n for key, n in parts.items() if n is not None} == {
        ("B", "paid"): 40,
        ("C", "paid"): 20,
        ("C", "approved"): 5,
        ("A", "inventoried"): 5,
        ("B", "inventoried"): 70,
    }
    assert wholes == {"approved": None, "clear": None, "inventoried": 75, "paid": None}
    assert found.public
    assert figures(found)["public"] is True


def test_the_areas_stay_and_no_small_count_is_written_anywhere() -> None:
    whole, left = figures(strip.told()), figures(published(strip.told()))
    for key in ("rows", "totals"):
        assert [row["area_ha"] for row in left[key]] == [row["area_ha"] for row in whole[key]]
        assert [row["parcels"] for row in left[key]] == [None] * len(whole[key])
    assert [row["parcels_off_route"] for row in left["lengths"]] == [None, None]
    assert [(row["parcels"], row["area_ha"]) for row in left["findings"]] == [(None, None)] * 6
    assert "outside every administrative unit: some parcels." in left["findings"][2]["message"]
    text = told(published(strip.told()))
    assert "1,40 (…)" in text
    assert [f"({n})" for n in range(1, 10) if f"({n})" in text] == []
    assert "không công bố số đếm dưới 5" in text
    assert "…" not in told(strip.told())


@pytest.mark.parametrize("units", [1, 2, 3])
def test_from_what_is_published_a_small_count_can_be_anything_small(units: int) -> None:
    """To an attacker who knows the rule a count that is withheld may still be any from 1 to 4, whatever the others are.

    All counts up to 9, and up to two parcels that lie in several units.
    """
    worlds: dict[object, set[tuple[int, ...]]] = defaultdict(set)
    for counts in itertools.product(range(10), repeat=units):
        for across in range(min(3, 1 + min(counts)) if units > 1 else 1):
            whole = sum(counts) - across
            out, gone = hidden(counts, whole)
            seen = tuple(None if left else count for left, count in zip(out, counts, strict=True))
            worlds[seen, None if gone else whole].add(counts)
    for (seen, whole), possible in worlds.items():  # type: ignore[misc]
        withheld = [place for place, count in enumerate(seen) if count is None]
        small = set(itertools.product(range(1, FEWEST), repeat=len(withheld)))
        assert {tuple(world[place] for place in withheld) for world in possible} == small
        # Nothing else is left out.
        assert (whole is None) == bool(withheld)


def test_a_stage_that_is_not_known_is_a_stage_of_its_own() -> None:
    found = strip.told()
    areas = found.measured.areas.assign(parcels=10)
    wholes = found.measured.wholes.assign(parcels=10)
    # As a table has it that was joined of others.
    wholes["stage"] = wholes["stage"].where(wholes["stage"].notna(), float("nan"))
    areas.loc[areas["stage"].isna(), "parcels"] = 2
    left = suppression.published(replace(found.measured, areas=areas, wholes=wholes))
    assert left.areas["parcels"].isna().tolist() == areas["stage"].isna().tolist()
    assert left.wholes["parcels"].isna().tolist() == wholes["stage"].isna().tolist()


# --- the command ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The register with its units and routes as files, far from any book."""
    made = tmp_path_factory.mktemp("parcels")
    strip.register().to_parquet(made / "register.parquet")
    ground = strip.units()
    shapes = geopandas.GeoSeries.from_wkb(list(ground.wkb), crs=ground.crs)
    geopandas.GeoDataFrame({"unit": list(ground.names)}, geometry=shapes).to_file(made / "units.gpkg")
    lines = strip.lines().lines
    table = {name: [getattr(line, name) for line in lines] for name in ("project", "route", "accuracy", "corridor_m")}
    roads = [shapely.LineString(line.xy) for line in lines]
    geopandas.GeoDataFrame(table, geometry=roads, crs=strip.CRS).to_file(made / "routes.gpkg")
    return made


BOUNDARIES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"unit": name, "level": "district", "source": "made up"},
            "geometry": shapely.geometry.mapping(shapely.box(west, 21.4, east, 21.7)),
        }
        for name, west, east in (("Sông Trên", 107.2, 107.39), ("Hồ Trăng", 107.39, 107.6))
    ],
}
GROUND = ("--units", "units.gpkg", "--routes", "routes.gpkg")


def test_the_command_tells_the_same(lsinfra: Command, folder: Path) -> None:
    run = lsinfra("--lang", "en", "parcels", "progress", "register.parquet", *GROUND, "--format", "json", cwd=folder)
    assert run.code == 0
    assert json.loads(run.stdout) == figures(strip.told())
    assert run.stderr.splitlines() == list(remark_lines(strip.told().remarks, "en"))
    run = lsinfra("-q", "parcels", "progress", "register.parquet", *GROUND, "--public", cwd=folder)
    assert (run.code, run.stderr) == (0, "")
    assert "1,40 (…)" in run.stdout


def test_without_a_book_nor_files_there_are_areas_alone(lsinfra: Command, folder: Path) -> None:
    run = lsinfra("--lang", "en", "parcels", "progress", "register.parquet", "--format", "json", cwd=folder)
    assert run.code == 0
    whole = json.loads(run.stdout)
    assert [(row["project"], row["unit"], row["stage"], row["area_ha"]) for row in whole["rows"]][:2] == [
        ("p", None, "clear", 0.2),
        ("p", None, "handed_over", 0.8),
    ]
    assert [row["length_km"] for row in whole["lengths"]] == [None, None]
    assert [one["code"] for one in whole["findings"]][-2:] == ["no_route", "no_route"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--out", "x.xlsx"], 2, "x.xlsx"),
        (["--as-of", "2999"], 2, "--as-of"),
        (["--threads", "0"], 2, "--threads"),
        (["--engine", "spark"], 2, "spark"),
        (["--metric-crs", "EPSG:4326"], 1, "EPSG:4326"),
        (["--metric-crs", "EPSG:3857"], 1, "EPSG:3857"),
        (["--units", "none.gpkg"], 1, "none.gpkg"),
        (["--root", "nowhere"], 1, "nowhere"),
    ],
)
def test_wrong_use_is_one_clear_sentence(
    lsinfra: Command, folder: Path, arguments: list[str], code: int, said: str
) -> None:
    run = lsinfra("--lang", "en", "parcels", "progress", "register.parquet", *arguments, cwd=folder)
    assert (run.code, run.stdout) == (code, "")
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_parcels_that_cannot_be_measured_are_refused_not_left_out(lsinfra: Command, folder: Path) -> None:
    broken = strip.register()
    broken = broken.set_geometry(
        [
            shapely.Polygon() if name == "c" else shape
            for name, shape in zip(broken["parcel_id"], broken.geometry, strict=True)
        ]
    )
    broken.loc[broken["parcel_id"] == "d", ["parcel_id", "stage_date"]] = None
    broken.to_parquet(folder / "broken.parquet")
    run = lsinfra("--lang", "en", "parcels", "progress", "broken.parquet", *GROUND, cwd=folder)
    assert (run.code, run.stdout) == (1, "")
    undated, empty = run.stderr.splitlines()
    assert empty.startswith("broken.parquet: 1 parcel(s) with no geometry, or one without area: c.")
    assert "1 parcel(s) with a stage but no date of it" in undated
    assert ": (parcel without id; lsinfra parcels check tells its row)." in undated
    assert "lsinfra parcels import reads days that are written in another way" in undated


def test_a_book_lends_its_routes_and_boundaries(lsinfra: Command, tmp_path: Path) -> None:
    """In the folder of a book a register needs nothing beside it; the book's CRS measures one in degrees."""
    shutil.copytree(ROOT / "tests" / "sample", tmp_path / "book")
    (tmp_path / "book" / "geodata" / "units.geojson").write_text(json.dumps(BOUNDARIES), encoding="utf-8")
    lot = shapely.box(107.44, 21.499, 107.45, 21.501)
    row = {"parcel_id": ["1"], "project": ["duong-ho-trang"], "stage": ["handed_over"], "stage_date": ["2024-05-01"]}
    geopandas.GeoDataFrame(row, geometry=[lot], crs="EPSG:4326").to_parquet(tmp_path / "book" / "register.parquet")
    run = lsinfra("parcels", "progress", "register.parquet", "--format", "json", cwd=tmp_path / "book")
    assert run.code == 0
    whole = json.loads(run.stdout)
    assert whole["metric_crs"] == "EPSG:9215"
    (area,) = whole["rows"]
    assert area["unit"] == "Hồ Trăng"
    geod = pyproj.Geod(ellps="WGS84")
    assert area["area_ha"] == pytest.approx(geod.geometry_area_perimeter(lot)[0] / 10_000, rel=1e-3)
    (length,) = (one for one in whole["lengths"] if one["project"] == "duong-ho-trang")
    line = shapely.LineString([(107.4, 21.5), (107.5, 21.5), (107.5, 21.6)])
    assert length["length_km"] == pytest.approx(geod.geometry_length(line) / 1000, rel=1e-3)
    # The lot stands at four to five tenths of the first leg, which runs along a parallel.
    leg_km = geod.line_length([107.4, 107.5], [21.5, 21.5]) / 1000
    (longest,) = whole["longest"]
    assert [longest["start_km"], longest["end_km"]] == pytest.approx([0.4 * leg_km, 0.5 * leg_km], rel=1e-3)


def test_a_day_that_is_asked_for_is_that_of_the_figures(lsinfra: Command, folder: Path) -> None:
    asked = ("--as-of", "2024-05", "--format", "json")
    run = lsinfra("--lang", "en", "parcels", "progress", "register.parquet", *GROUND, *asked, cwd=folder)
    assert json.loads(run.stdout) == figures(strip.told(date(2024, 5, 31), late=3))
    assert "Dated after 31 May 2024: 3 parcels" in run.stderr


@pytest.mark.parametrize("name", ["future.parquet", "future.gpkg"])
def test_a_stage_of_a_day_to_come_is_not_known_today(lsinfra: Command, folder: Path, name: str) -> None:
    """Without a day that is asked for it is today; the figures are told of the newest date up to it."""
    parcels = strip.register()
    parcels.loc[parcels["parcel_id"] == "b", "stage_date"] = pd.Timestamp("2035-01-01")
    parcels.to_parquet(folder / name) if name.endswith("parquet") else parcels.to_file(folder / name)
    asked = ("--today", "2024-06-20", "--lang", "en", "parcels")
    run = lsinfra(*asked, "progress", name, *GROUND, "--format", "json", cwd=folder)
    whole = json.loads(run.stdout)
    assert whole["as_of"] == "2024-06-15"  # of c; d is dated in July
    assert whole["lengths"][0]["cleared_km"] == 0.2  # a and f
    assert (whole["findings"][0]["code"], whole["findings"][0]["parcels"]) == ("later", 2)
    assert "Dated after 20 June 2024: 2 parcels" in run.stderr
    run = lsinfra(*asked, "map", name, "--project", "p", *GROUND, "--out", "-", cwd=folder)
    assert "Dated after 20 June 2024: 2 parcels" in run.stderr
    assert "Figures up to 15 June 2024" in run.stdout
    assert "Parcels dated after 20 June 2024: not given." in run.stdout
    assert "2035" not in run.stdout


def test_a_book_is_read_only_for_what_nobody_else_says(lsinfra: Command, folder: Path, tmp_path: Path) -> None:
    book = tmp_path / "book"
    book.mkdir()
    (book / "projects.yaml").write_text("projects: [", encoding="utf-8")
    given = ("parcels", "progress", str(folder / "register.parquet"), "--units", str(folder / "units.gpkg"))
    routes = ("--routes", str(folder / "routes.gpkg"), "--format", "json")
    run = lsinfra("--lang", "en", *given, *routes, cwd=book)
    assert run.code == 0
    assert json.loads(run.stdout) == figures(strip.told())
    assert lsinfra(*given, cwd=book).code == 1  # whose routes are those of the book


def test_a_parcel_in_degrees_among_metres_is_refused_by_its_name(lsinfra: Command, folder: Path) -> None:
    """The box of the file reaches to where no CRS of metres is fit: it is the parcel that is wrong, not the CRS."""
    stray = strip.register()
    stray = stray.set_geometry([shapely.box(107.4, 21.5, 107.41, 21.51), *stray.geometry[1:]])
    stray.to_parquet(folder / "stray.parquet")
    run = lsinfra("--lang", "en", "parcels", "progress", "stray.parquet", *GROUND, cwd=folder)
    assert (run.code, run.stdout) == (1, "")
    assert "is not made for this place" not in run.stderr
    assert "stray.parquet" in run.stderr
    assert "degrees" in run.stderr


def test_a_place_is_refused_before_the_register_is_read(lsinfra: Command, tmp_path: Path) -> None:
    run = lsinfra("--lang", "en", "parcels", "progress", "none.parquet", "--out", "x.xlsx", cwd=tmp_path)
    assert run.code == 2
    assert "x.xlsx" in run.stderr


def test_a_project_whose_name_names_no_file_is_drawn_too(lsinfra: Command, folder: Path, tmp_path: Path) -> None:
    strip.register().replace({"project": {"p": "../p"}}).to_parquet(tmp_path / "register.parquet")
    run = lsinfra("parcels", "map", "register.parquet", "--project", "../p", cwd=tmp_path)
    assert (run.code, run.stdout) == (0, "parcels.html\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["parcels.html", "register.parquet"]


def test_what_is_generated_is_sound_measured_and_drawn(lsinfra: Command, tmp_path: Path) -> None:
    run = lsinfra("parcels", "generate", "--projects", "2", "--parcels", "300", "--out", "made", cwd=tmp_path)
    assert run.stdout.split() == ["made/register.parquet", "made/units.gpkg", "made/routes.gpkg"]
    on = ("made/register.parquet", "--units", "made/units.gpkg", "--routes", "made/routes.gpkg")
    assert lsinfra("parcels", "check", *on, cwd=tmp_path).code == 0
    run = lsinfra("parcels", "progress", *on, "--format", "json", cwd=tmp_path)
    whole = json.loads(run.stdout)
    assert sum(row["parcels"] for row in whole["totals"]) == 600
    parts = [sum(row[f"{part}_km"] for part in STATES) for row in whole["lengths"]]
    assert parts == pytest.approx([row["length_km"] for row in whole["lengths"]], rel=1e-9)
    project = whole["totals"][0]["project"]
    run = lsinfra("parcels", "map", *on, "--project", project, cwd=tmp_path)
    assert (run.code, run.stdout) == (0, f"{project}-parcels.html\n")
    drawn = (tmp_path / f"{project}-parcels.html").read_text(encoding="utf-8")
    assert lsinfra("parcels", "map", *on, "--project", project, "--out", "-", cwd=tmp_path).stdout == drawn
    run = lsinfra("--lang", "en", "parcels", "map", *on, "--project", "../x", cwd=tmp_path)
    assert (run.code, run.stdout) == (1, "")
    assert "../x" in run.stderr
