"""The page of a project's parcels: its figures worked out by hand, and the page itself in a real Chromium."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import geopandas
import numpy as np
import pytest
import shapely

from lsinfra.errors import InputError, RunError
from lsinfra.parcels import synthetic
from lsinfra.parcels.land import transformer
from lsinfra.parcels.model import Line, Lines, Units
from lsinfra.parcels.register import open_register
from lsinfra.render import parcel_page, parcel_payload, parcel_shapes
from lsinfra.render.parcel_holding import Holding, gather
from lsinfra.text import Lang
from tests.conftest import Run
from tests.test_everyone import AUDIT, AXE

Visits = Callable[..., Any]
Command = Callable[..., Run]

PHONE, SCREEN = (390, 844), (1440, 900)
CRS = "EPSG:9215"
X, Y = 500_000.0, 2_400_000.0
HOSTILE = "</script><img src=x onerror=alert(1)>{{7*7}}"
LAST = date(2025, 6, 1)


# --- a world that can be worked out by hand --------------------------------------------------------------------------
#
# A straight road of 3,000 m as drawn, Km18 to Km21: its first half has 2 km of chainage, its second 1 km. Thirty
# parcels of 100 m × 30 m on each side, numbered from the west; A ends at 1,250 m, B at 2,700 m.
#
#   0–4 paid · 4–14 handed over · 14 inventoried on the north side · 15–24 handed over · 24 not known · 25 none · 26–30
#   handed over; and one of a hectare, clear for works, 500 m aside.

HOLE, HALVED, ASIDE = "N20", "S21", "aside"


def stage_of(place: int, side: str) -> str | None:
    if place < 4:
        return "paid"
    if place == 14 and side == "N":
        return "inventoried"
    return None if place == 24 else "handed_over"


def register(stages: Mapping[str, str | None] | None = None) -> geopandas.GeoDataFrame:
    """The parcels as ``Register.frame`` gives them; ``stages`` in the place of those above."""
    table: dict[str, tuple[Any, str | None]] = {}
    for place in range(30):
        for side, low in (("N", 0.0), ("S", -30.0)):
            box = shapely.box(X + 100 * place, Y + low, X + 100 * place + 100, Y + low + 30)
            if place != 25:
                table[HOSTILE if (place, side) == (14, "N") else f"{side}{place}"] = box, stage_of(place, side)
    middle = shapely.box(X + 2030, Y + 10, X + 2070, Y + 20)
    table[HOLE] = table[HOLE][0].difference(middle), table[HOLE][1]
    gap = shapely.box(X + 2140, Y - 40, X + 2160, Y + 10)
    table[HALVED] = table[HALVED][0].difference(gap), table[HALVED][1]
    table[ASIDE] = shapely.box(X + 1000, Y + 500, X + 1100, Y + 600), "clear"
    told = {name: (stages or {}).get(name, stage) for name, (_, stage) in table.items()}
    days = [LAST if stage == "paid" else date(2024, 5, 31) if stage else None for stage in told.values()]
    columns = {
        "parcel_id": list(table),
        "project": "p",
        "stage": list(told.values()),
        "stage_date": np.array(days, dtype="datetime64[s]"),
    }
    return geopandas.GeoDataFrame(columns, geometry=[shape for shape, _ in table.values()], crs=CRS)


def units() -> Units:
    ends = {"A": (-500, 1250), "B": (1250, 2700)}
    shapes = [shapely.box(X + west, Y - 1000, X + east, Y + 1000).wkb for west, east in ends.values()]
    return Units(tuple(ends), tuple(shapes), CRS)


def lines(**changes: Any) -> Lines:
    xy = np.array([[X, Y], [X + 3000, Y]])
    road: dict[str, Any] = {"knots": ((18_000.0, 0.0), (20_000.0, 1500.0), (21_000.0, 3000.0)), "corridor_m": 60.0}
    other = Line("q", "other", xy + 200)
    return Lines((Line("p", "road", xy, **(road | changes)), other), CRS)


def made(lang: Lang = "vi", roads: Lines | None = None, **options: Any) -> dict[str, str]:
    """The pages of the world."""
    told: dict[str, Any] = {"source": "so-thua.parquet", "title": "Đường thử", "name": "p.html"} | options
    parcels = told.pop("parcels", None)
    return parcel_page.pages(
        "p", register() if parcels is None else parcels, units(), roads or lines(), lang=lang, **told
    )


def held(as_of: date | None = None, roads: Lines | None = None) -> Holding:
    return gather("p", register(), units(), roads or lines(), "so-thua.parquet", as_of, "Đường thử", "vi")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the world, and its pages by sections of at most 25 parcels."""
    found = tmp_path_factory.mktemp("parcels")
    parcel_page.write(made(), found)
    parcel_page.write(made(name="lớn.html", most=40, section=25), found)
    parcel_page.write(made("en", name="en.html"), found)
    parcel_page.write(made(name="sketch.html", roads=lines(accuracy="schematic")), found)
    # Its last tick has a long text, at the very end of the strip.
    parcel_page.write(made(name="short.html", roads=lines(knots=((18_000.0, 0.0), (20_600.0, 3000.0)))), found)
    two = side_by_side({"M3": "paid", "N7": "paid"})
    for name, most in (("two.html", 100), ("two-large.html", 9)):
        told = parcel_page.pages(
            "p", two.frame, two.units, two.lines, source="f", name=name, most=most, section=most + 1
        )
        parcel_page.write(told, found)
    return found


# --- figures ---------------------------------------------------------------------------------------------------------


def test_the_head_says_area_and_length() -> None:
    """47 parcels of 0.3 ha without a hole of 0.04 ha and a gap of 0.06 ha, of 18.3 ha; 2.2 of 3 km by chainage."""
    area, length = parcel_payload.head(held())
    assert (area["big"], area["text"]) == ("76,50%", "14,00/18,30 ha")
    assert (length["big"], length["text"]) == ("73,33%", "2,20/3,00 km")
    assert length["about"] == "chưa bàn giao 0,73 km; chưa có thửa trong sổ 0,07 km"


def test_the_longest_stretch_is_the_longest_by_chainage_and_names_all_that_block_it() -> None:
    """As drawn 400–1,400 m and 1,500–2,500 m are as long as each other; by chainage the first has twice the length."""
    found = parcel_payload.longest(held())
    assert found is not None
    assert (found["length"], found["where"]) == ("1,33", "Km18+533 – Km19+867")
    before, after = found["ends"]
    assert (before["name"], after["name"]) == (
        "Về phía đầu tuyến, tại Km18+533",
        "Về phía cuối tuyến, tại Km19+867",
    )
    assert [one["id"] for one in before["parcels"]] == ["N3", "S3"]
    assert [(one["id"], one["stage"]) for one in after["parcels"]] == [(HOSTILE, 1)]


@pytest.mark.parametrize(
    ("stages", "before", "after"),
    [
        # From the beginning of the road to its end but for what is not in the register.
        (
            dict.fromkeys((*(f"{side}{n}" for side in "NS" for n in (0, 1, 2, 3, 24)), HOSTILE), "handed_over"),
            "hết đoạn: đây là đầu tuyến",
            "gặp đoạn chưa có thửa nào trong sổ (Km20+667 – Km20+733)",
        ),
        # Only the last four are handed over.
        (
            {f"{side}{n}": "paid" for side in "NS" for n in range(4, 24)},
            "gặp đoạn chưa có thửa nào trong sổ (Km20+667 – Km20+733)",
            "hết đoạn: đây là cuối tuyến",
        ),
    ],
)
def test_an_end_of_the_route_or_of_the_register_is_named_as_such(
    stages: dict[str, str], before: str, after: str
) -> None:
    holding = gather("p", register(stages), units(), lines(), "f", None, "p", "vi")
    found = parcel_payload.longest(holding)
    assert found is not None
    assert [(end["text"], end["parcels"]) for end in found["ends"]] == [(before, []), (after, [])]


def test_counts_under_five_are_left_out_and_areas_stay() -> None:
    """Rows: not known, inventoried, approved, paid, handed over, clear, all; the whole project, A, B, outside."""
    whole, a, b, outside = parcel_payload.legend(held(), counts=True)
    assert [row[1] for row in whole] == ["0,60", "0,30", "", "2,40", "14,00", "1,00", "18,30"]
    assert [row[0] for row in whole] == ["không nêu", "không nêu", "", "8", "47", "không nêu", "không nêu"]
    # N12 and S12 lie across the border: half of each on either side, and counted on both.
    assert a[4] == ["18", "5,10"]
    assert b[4] == ["25", "7,10"]
    assert outside[4] == ["6", "1,80"]
    assert outside[6] == ["6", "1,80"]


def test_the_notes_say_what_was_not_looked_for_and_what_was_taken() -> None:
    def notes(day: date | None = None, **changes: Any) -> str:
        return " ".join(parcel_payload.notes(gather("p", register(), units(), lines(**changes), "f", day, "p", "en")))

    assert "Overlaps and repeated parcels are not looked for here" in notes()
    assert re.search(r"No width .*not handed over.* 500 m .*handed over.* 50 m", notes(corridor_m=None))
    assert "No width" not in notes()
    # The paid ones are of June.
    assert "Parcels dated after 31 May 2025: 8." in notes(date(2025, 5, 31))
    assert "dated after" not in notes(LAST)


def test_the_notes_say_what_counts_and_what_was_searched_for_where_it_was() -> None:
    said = "the ids of all parcels were searched"
    whole = " ".join(parcel_payload.notes(gather("p", register(), units(), lines(), "f", None, "p", "en")))
    assert "within half of it and 1 m more of the line counts for the length" in whole
    for searched in (True, False):
        holding = gather("p", register(), units(), lines(), "f", None, "p", "en", searched=searched)
        assert (said in " ".join(parcel_payload.notes(holding))) is searched


# --- two routes side by side -----------------------------------------------------------------------------------------
#
# Both run east for 1,000 m, 40 m apart, each with 60 m of right of way: what is within 31 m counts. Ten parcels of
# 100 m along each outer side, and ten between the routes, 20 m deep, which are in the reach of both.


def side_by_side(stages: Mapping[str, str | None], thin: int = 1) -> Holding:
    """All is handed over but for ``stages``; the parcels between are cut into so many strips."""
    south, north = np.array([[X, Y], [X + 1000, Y]]), np.array([[X, Y + 40], [X + 1000, Y + 40]])
    roads = Lines((Line("p", "south", south, corridor_m=60.0), Line("p", "north", north, corridor_m=60.0)), CRS)
    table = {}
    for place in range(10):
        west, east = X + 100 * place, X + 100 * place + 100
        table[f"S{place}"] = shapely.box(west, Y - 20, east, Y)
        table[f"N{place}"] = shapely.box(west, Y + 40, east, Y + 60)
        for strip in range(thin):
            low, high = (Y + 10 + 20 * part / thin for part in (strip, strip + 1))
            table[f"M{place}" + (f".{strip}" if strip else "")] = shapely.box(west, low, east, high)
    columns = {
        "parcel_id": list(table),
        "project": "p",
        "stage": [stages.get(name.partition(".")[0], "handed_over") for name in table],
        "stage_date": np.array([LAST] * len(table), dtype="datetime64[s]"),
    }
    frame = geopandas.GeoDataFrame(columns, geometry=list(table.values()), crs=CRS)
    return gather("p", frame, Units((), (), CRS), roads, "f", None, "p", "vi")


def ends_of(holding: Holding) -> tuple[str, str, list[tuple[str, list[str]]]]:
    found = parcel_payload.longest(holding)
    assert found is not None
    return (
        found["route"],
        found["where"],
        [(end["text"], [one["id"] for one in end["parcels"]]) for end in found["ends"]],
    )


def test_what_lies_between_two_routes_blocks_both() -> None:
    """M3 is in the way of both, N7 of the northern one alone: the southern one is clear from 400 m to its end."""
    holding = side_by_side({"M3": "paid", "N7": "paid"})
    route, stretch, ends = ends_of(holding)
    assert (route, stretch) == ("south", "Km0+400 – Km1")
    assert ends == [("bị chặn bởi thửa chưa bàn giao:", ["M3"]), ("hết đoạn: đây là cuối tuyến", [])]
    states = [(row[0], row[1], row[4]) for row in parcel_payload.stretches(holding)]
    assert (0, 1, "Km0+300 – Km0+400") in states
    assert (1, 1, "Km0+300 – Km0+400") in states
    assert (1, 1, "Km0+700 – Km0+800") in states
    text = " ".join(parcel_payload.notes(holding))
    assert "Thửa nằm dọc nhiều tuyến của dự án được tính vào chiều dài của từng tuyến đó" in text
    assert "nhiều tuyến" not in " ".join(parcel_payload.notes(held()))


def test_a_parcel_between_two_routes_has_both_on_its_card_and_counts_once_in_the_bins() -> None:
    holding = side_by_side({})
    told = parcel_payload.parcel_rows(holding, holding.order)["parcels"]
    row = told["ids"].index("M3")
    spots = {(told["lines"][row], told["starts"][row])} | {(line, at) for n, line, at, _ in told["more"] if n == row}
    assert spots == {(0, 300), (1, 300)}
    assert sorted(told["ids"]) == sorted(holding.ids)
    _, bins = parcel_payload.bins(holding)
    assert sum(sum(one["areas"]) for one in bins) == 30 * 2000
    # The pages of both routes are found from a place on either.
    cut = parcel_page.sections(holding, 10, "f")
    assert sum(len(one.rows) for one in cut) == 30
    spans = [{int(line) for line, _, _ in parcel_page._spans(holding, one.rows)} for one in cut]
    assert [
        place
        for place, one in enumerate(cut)
        if np.isin(one.rows, holding.ids.index("M3")).any() and len(spans[place]) < 2
    ] == []


def test_blockers_are_counted_from_five_on() -> None:
    assert ends_of(side_by_side({"M3": "paid"}, thin=4))[2][0][0] == "bị chặn bởi thửa chưa bàn giao:"
    text, found = ends_of(side_by_side({"M3": "paid"}, thin=5))[2][0]
    assert text == "bị chặn bởi 5 thửa chưa bàn giao:"
    assert found == ["M3", "M3.1", "M3.2", "M3.3", "M3.4"]


def test_what_is_as_short_as_the_rounding_of_a_drawing_blocks_nothing() -> None:
    """Clear to 300 m; then 8 mm not handed over and 8 mm without a parcel, which are nothing; then what blocks."""
    ends = {"clear": (0, 300), "sliver": (300, 300.008), "behind": (300.016, 400)}
    days = np.array([LAST] * 3, dtype="datetime64[s]")
    stages = ["handed_over", "paid", "paid"]
    columns = {"parcel_id": list(ends), "project": "p", "stage": stages, "stage_date": days}
    shapes = [shapely.box(X + west, Y - 20, X + east, Y) for west, east in ends.values()]
    frame = geopandas.GeoDataFrame(columns, geometry=shapes, crs=CRS)
    roads = Lines((Line("p", "south", np.array([[X, Y], [X + 400, Y]]), corridor_m=60.0),), CRS)
    holding = gather("p", frame, Units((), (), CRS), roads, "f", None, "p", "vi")
    assert ends_of(holding)[2][1] == ("bị chặn bởi thửa chưa bàn giao:", ["behind"])


# --- the world again -------------------------------------------------------------------------------------------------


def test_the_bins_hold_every_parcel_along_the_route_once() -> None:
    step, bins = parcel_payload.bins(held())
    assert step == "0,1 km"
    assert [bin_["where"] for bin_ in bins[:2]] == ["Km18 – Km18+100", "Km18+100 – Km18+200"]
    assert len(bins) == 30
    sums = np.array([bin_["areas"] for bin_ in bins]).sum(axis=0)
    assert sums.tolist() == [6_000, 3_000, 0, 24_000, 140_000, 0]


def test_a_stage_of_a_later_day_is_not_known() -> None:
    before = held(date(2025, 5, 31))
    assert parcel_payload.legend(before, counts=True)[0][0] == ["không nêu", "3,00"]  # 8 in B, fewer in A
    rows = parcel_payload.parcel_rows(before, before.order)["parcels"]
    assert rows["days"][rows["ids"].index("N0")] == -1
    now = held()
    data = parcel_payload.parcel_rows(now, now.order)
    rows = data["parcels"]
    assert data["days"][rows["days"][rows["ids"].index("N0")]] == "01/6/2025"


def test_what_is_drawn_is_where_the_parcels_are() -> None:
    """Every vertex to 1e-6 degrees, holes and parts too, in the order of the route."""
    holding = held()
    told = parcel_payload.parcel_rows(holding, holding.order)["parcels"]
    assert told["ids"][:4] == ["N0", "S0", "N1", "S1"]
    assert told["ids"][-1] == ASIDE
    step = transformer(CRS, "EPSG:4326")
    assert step is not None
    shapes = dict(zip(holding.ids, holding.frame.geometry, strict=True))
    drawn = np.cumsum(np.array(told["steps"]).reshape(-1, 2), axis=0) / parcel_shapes.PRECISION
    at = ring = 0
    for name, rings in zip(told["ids"], told["rings"], strict=True):
        parts = shapely.get_rings(shapely.get_parts(shapes[name]))
        assert len(parts) == rings
        for part in parts:
            lon, lat = step.transform(*shapely.get_coordinates(part)[:-1].T)
            points = drawn[at : at + told["points"][ring]] if len(told["points"]) > 1 else drawn[at : at + 4]
            assert np.abs(points - np.column_stack([lat, lon])).max() <= 0.5 / parcel_shapes.PRECISION + 1e-12
            at, ring = at + len(points), ring + 1
    assert at == len(drawn)


def test_the_line_carries_its_published_chainage() -> None:
    told = parcel_shapes.chain(lines().lines[0], CRS)
    assert np.cumsum(told["metres"]).tolist() == [180_000, 200_000, 210_000]
    assert parcel_shapes.chain(lines(accuracy="schematic").lines[0], CRS)["metres"] == []


def test_without_a_survey_no_length_is_told() -> None:
    for roads, said in ((lines(accuracy="schematic"), "sơ họa"), (Lines((), CRS), "chưa có tim tuyến")):
        holding = held(roads=roads)
        assert [said in one["text"] for one in parcel_payload.head(holding)] == [False, True]
        assert parcel_payload.longest(holding) is None
        assert parcel_payload.bins(holding) == ("", [])


def test_the_notes_say_source_and_measure() -> None:
    first, *others = parcel_payload.notes(held())
    assert first.startswith(
        "Nguồn: sổ thửa so-thua.parquet, hệ tọa độ EPSG:9215; diện tích và chiều dài đo trong hệ EPSG:9215."
    )
    text = " ".join(others)
    assert "Bề rộng giải phóng mặt bằng theo tệp tim tuyến: 60 m." in text
    assert "Thửa ở bước “mặt bằng sạch” không tính là đã bàn giao" in text
    # There is one; how many so few are is told of nothing.
    assert "Số thửa không nằm dọc tuyến: không nêu." in text


def test_parcels_that_cannot_be_measured_are_refused() -> None:
    parcels = register()
    parcels.loc[3, "stage_date"] = None
    with pytest.raises(InputError, match=r"so-thua\.parquet"):
        made(parcels=parcels)
    with pytest.raises(parcel_page.ParcelPageError, match="has no parcel of the project “p”"):
        made(parcels=register().iloc[:0])


def test_the_same_parcels_give_the_same_bytes() -> None:
    assert made() == made()
    assert made(most=40, section=25) == made(most=40, section=25)


def test_ten_thousand_parcels_weigh_less_than_a_megabyte(tmp_path: Path) -> None:
    written = synthetic.generate(tmp_path, projects=1, parcels=10_000)
    frame = open_register(written.register).frame()
    assert len(frame) == 10_000
    found = made(parcels=frame.to_crs(CRS).assign(project="p"), roads=Lines((), CRS))
    assert len(found["p.html"].encode()) < 1_000_000


# --- many parcels ----------------------------------------------------------------------------------------------------


def test_many_parcels_have_a_page_for_each_section() -> None:
    """58 along the road: three pages; the one aside has its own. Their areas add up to that of the whole."""
    holding = held()
    cut = parcel_page.sections(holding, 25, "lớn-sections")
    assert [len(one.rows) for one in cut] == [20, 19, 19, 1]
    assert sorted(np.concatenate([one.rows for one in cut]).tolist()) == list(range(59))
    assert cut[0].name.startswith("Km18 – Km19+333")
    assert cut[-1].name == "Các thửa không nằm dọc tuyến (trang 4)"
    told = made(name="lớn.html", most=40, section=25)
    assert list(told) == ["lớn.html", *(f"lớn-sections/00{n}.html" for n in (1, 2, 3, 4))]


def test_pages_take_the_place_of_earlier_ones_whole(tmp_path: Path) -> None:
    parcel_page.write(made(name="a.html", most=40, section=15), tmp_path)
    assert len(list((tmp_path / "a-sections").glob("*.html"))) == 5
    found = parcel_page.write(made(name="a.html", most=40, section=25), tmp_path)
    assert sorted((tmp_path / "a-sections").glob("*.html")) == found[1:]
    assert parcel_page.write(made(name="a.html"), tmp_path) == [tmp_path / "a.html"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    parcel_page.write(made(name="a.html", most=40, section=25), tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.html")}
    told = made(name="a.html", most=40, section=15)
    (name, _), *_ = [(name, told[name]) for name in told if "004" in name]
    with pytest.raises(RunError):
        parcel_page.write(told | {name: "", f"{name}/no": ""}, tmp_path / "missing")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.html")} == before
    # The first page is given its name last: when it cannot have it the sections are those of before again.
    (tmp_path / "a.html").unlink()
    (tmp_path / "a.html").mkdir()
    del before[tmp_path / "a.html"]
    with pytest.raises(RunError, match=r"a\.html"):
        parcel_page.write(told, tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.html") if path.is_file()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-sections", "a.html"]


def test_a_folder_that_was_not_made_here_stays(tmp_path: Path) -> None:
    (tmp_path / "a-sections").mkdir()
    mine = tmp_path / "a-sections" / "001.html"
    mine.write_text("precious")
    # A page without sections needs no folder.
    assert parcel_page.write(made(name="a.html"), tmp_path) == [tmp_path / "a.html"]
    before = (tmp_path / "a.html").read_bytes()
    with pytest.raises(parcel_page.ParcelPageError, match="a-sections"):
        parcel_page.write(made("en", name="a.html", most=40, section=25), tmp_path)
    assert mine.read_text() == "precious"
    assert (tmp_path / "a.html").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-sections", "a.html"]
    mine.unlink()
    mine.parent.rmdir()
    # What somebody has put beside our pages keeps them all, and a link is not followed.
    parcel_page.write(made(name="a.html", most=40, section=25), tmp_path)
    (tmp_path / "a-sections" / "note.txt").write_text("precious")
    parcel_page.write(made(name="a.html"), tmp_path)
    assert (tmp_path / "a-sections" / "note.txt").read_text() == "precious"
    (tmp_path / "b-sections").symlink_to(tmp_path / "a-sections")
    (tmp_path / "a-sections" / "note.txt").unlink()
    parcel_page.write(made(name="b.html"), tmp_path)
    assert len(list((tmp_path / "b-sections").glob("*.html"))) == 4


def test_what_a_killed_run_left_goes_after_a_day(tmp_path: Path) -> None:
    parcel_page.write(made(name="a.html", most=40, section=25), tmp_path)
    for age, name in ((2 * 24 * 3600, ".a-sections.1-old.part"), (60, ".a-sections.2-new.part")):
        shutil.copytree(tmp_path / "a-sections", tmp_path / name)
        then = time.time() - age
        os.utime(tmp_path / name, (then, then))
    parcel_page.write(made(name="a.html"), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a-sections.2-new.part", "a.html"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "a.html").symlink_to(tmp_path / "there" / "b.html")
    parcel_page.write(made(name="a.html"), tmp_path)
    assert (tmp_path / "a.html").is_symlink()
    assert "Bản đồ thửa đất" in (tmp_path / "there" / "b.html").read_text("utf-8")


def test_every_step_is_told() -> None:
    told: list[tuple[int, int]] = []
    made(most=40, section=25, tell=lambda done, of: told.append((done, of)))
    assert told == [(0, 2), *((done, 6) for done in range(1, 6))]


# --- in a browser ----------------------------------------------------------------------------------------------------

# What the canvas shows in the middle of a parcel, and where that is in the window.
MIDDLE = """id => {
  const { held, data, canvas, map } = lsinfra.shown, i = data.parcels.ids.indexOf(id);
  const [a, b, c, d] = held.boxes.slice(4 * i, 4 * i + 4), { k, dx, dy, sharp } = canvas._frame;
  const x = ((a + c) / 2) * k + dx, y = ((b + d) / 2) * k + dy;
  const box = canvas._container.getBoundingClientRect();
  const { data: pixel } = canvas._container.getContext('2d').getImageData(x * sharp, y * sharp, 1, 1);
  return { x: box.left + x, y: box.top + y, pixel: [...pixel] };
}"""
GREEN = [0, 158, 115, 255]


def words(text: str) -> str:
    """A text in one line."""
    return " ".join(text.split())


def popup(seen: Any) -> str:
    return words(seen.page.locator(".card-pop").inner_text())


def asked(seen: Any, text: str) -> str:
    """What the page answers beside the box of its search."""
    search = seen.page.get_by_role("searchbox")
    search.fill(text)
    search.press("Enter")
    return words(seen.page.locator(".told").inner_text())


@pytest.mark.parametrize("size", [PHONE, SCREEN], ids=["phone", "screen"])
@pytest.mark.parametrize("name", ["p", "en", "lớn", "lớn-sections/002", "lớn-sections/004"])
def test_a_page_is_drawn_without_the_network(visit: Visits, folder: Path, name: str, size: tuple[int, int]) -> None:
    seen = visit(folder / f"{name}.html", *size)
    seen.assert_quiet()
    assert seen.page.locator("#broken").is_hidden()
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert seen.page.locator("h1").inner_text() == "Đường thử"
    assert seen.page.locator("script[src], link[href], img, iframe").count() == 0
    policy = seen.page.locator("meta[http-equiv]").get_attribute("content")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", ["p", "lớn", "two"])
def test_a_small_phone_shows_the_page_in_its_width_and_the_map_in_its_height(
    visit: Visits, folder: Path, name: str
) -> None:
    seen = visit(folder / f"{name}.html", 320, 640)
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert seen.page.locator("#map").bounding_box()["height"] >= 0.6 * 640


@pytest.mark.parametrize("name", ["p", "en"])
def test_what_can_be_looked_for_is_read_on_a_phone(visit: Visits, folder: Path, name: str) -> None:
    seen = visit(folder / f"{name}.html", 360, 640)
    room = seen.page.get_by_role("searchbox").evaluate("""box => {
      const pen = document.createElement("canvas").getContext("2d"), look = getComputedStyle(box);
      pen.font = look.font;
      const inner = box.clientWidth - parseFloat(look.paddingLeft) - parseFloat(look.paddingRight);
      return inner - pen.measureText(box.placeholder).width;
    }""")
    assert room >= 0


def test_a_button_that_is_of_no_use_is_not_there(visit: Visits, folder: Path) -> None:
    back = visit(folder / "p.html", *PHONE).page.get_by_role("button", name="Hiện lại tất cả", include_hidden=True)
    assert back.is_hidden()


def test_no_sentence_or_table_counts_few_parcels(visit: Visits, folder: Path) -> None:
    """Neither the matches of a search nor the parcels of a section, which together are those of the project."""
    seen = visit(folder / "p.html")
    seen.page.get_by_label("Bàn giao mặt bằng").uncheck()
    search = seen.page.get_by_role("searchbox")
    search.fill("n")
    for place in ("1", "2"):
        search.press("Enter")
        told = seen.page.locator(".told").inner_text()
        assert re.findall(r"[0-9]+", told) == [place]
    heads = visit(folder / "lớn.html").page.locator("#sections thead th")
    assert heads.all_text_contents() == ["Đoạn", "Diện tích đã bàn giao"]


def test_the_sum_is_named_as_that_of_all_stages(visit: Visits, folder: Path) -> None:
    """It stays when a stage is not shown."""
    seen = visit(folder / "p.html")
    row = seen.page.locator(".stages .sum")
    before = row.inner_text()
    assert before.split("\t")[0] == "Cộng mọi bước"
    seen.page.get_by_label("Bàn giao mặt bằng").uncheck()
    assert row.inner_text() == before


def test_chainages_below_the_strip_do_not_touch(visit: Visits, folder: Path) -> None:
    boxes = "all => all.map(one => one.getBoundingClientRect()).map(({ left, right }) => [left, right])"
    for width in (320, 945):
        seen = visit(folder / "short.html", width, 800)
        seen.page.locator("#strip svg").wait_for()
        ticks = seen.page.eval_on_selector_all("#strip text.tick", boxes)
        assert len(ticks) > 2
        assert [pair for pair in pairwise(ticks) if pair[0][1] > pair[1][0]] == []


def test_bars_on_the_map_are_as_the_legend_shows_them(visit: Visits, folder: Path) -> None:
    """Only what is handed over is solid: within any other bar there is more than one colour."""
    seen = visit(folder / "lớn.html")
    seen.page.evaluate("""() => {
      const { canvas } = lsinfra.shown, pen = canvas._container.getContext('2d'), real = pen.fillRect.bind(pen);
      lsinfra.bars = [];
      pen.fillRect = (...box) => { lsinfra.bars.push(pen.fillStyle); real(...box); };
      canvas.draw();
    }""")
    fills = seen.page.evaluate("lsinfra.bars.map(one => typeof one === 'string' ? one : 'pattern')")
    assert set(fills) == {"pattern", "#009e73"}


def test_two_routes_are_told_apart(visit: Visits, folder: Path) -> None:
    seen = visit(folder / "two.html")
    strip = seen.page.locator("#strip")
    assert "Thửa nằm dọc nhiều tuyến chỉ có ở cột của tuyến" in words(strip.inner_text())
    assert strip.locator("figcaption").all_inner_texts() == ["north", "south"]
    seen.page.evaluate("lsinfra.shown.show(lsinfra.shown.data.parcels.ids.indexOf('M3'))")
    text = popup(seen)
    assert "Km0+300 – Km0+400 · south; Km0+300 – Km0+400 · north" in text
    assert "Thửa này chặn đoạn liên tục dài nhất về phía đầu tuyến, tại Km0+400." in text
    # From a place on either route there is a way to all parcels; those between are on a page of the northern one.
    seen = visit(folder / "two-large.html")
    for line, links in ((0, 2), (1, 1)):
        seen.page.evaluate("line => lsinfra.shown.tell(line, 350)", line)
        assert seen.page.locator(".card-pop .links a").count() == links


def test_the_head_is_what_a_leader_reads(visit: Visits, folder: Path) -> None:
    text = words(visit(folder / "p.html").page.locator("#summary").inner_text())
    assert "1,33 km" in text
    assert "Km18+533 – Km19+867" in text
    assert "bị chặn bởi thửa chưa bàn giao: N3 (chi trả bồi thường); S3 (chi trả bồi thường)" in text
    assert HOSTILE in text
    assert "76,50%" in text
    assert "73,33%" in text


def test_a_hostile_text_is_only_a_text(visit: Visits, folder: Path) -> None:
    source = (folder / "p.html").read_text("utf-8")
    assert "<img" not in source
    seen = visit(folder / "p.html")
    seen.page.get_by_role("button", name=f"Thửa {HOSTILE}").click()
    assert HOSTILE in popup(seen)
    seen.assert_quiet()


def test_only_what_is_handed_over_is_solid_green(visit: Visits, folder: Path) -> None:
    seen = visit(folder / "p.html")
    drawn = {name: seen.page.evaluate(MIDDLE, name)["pixel"] for name in ("N5", "S16", "N1", "N24", ASIDE, HOLE)}
    assert drawn["N5"] == drawn["S16"] == GREEN
    assert [name for name in ("N1", "N24", ASIDE, HOLE) if drawn[name] == GREEN] == []


def test_a_parcel_that_is_touched_says_what_is_known_of_it(visit: Visits, folder: Path) -> None:
    seen = visit(folder / "p.html")
    at = seen.page.evaluate(MIDDLE, "N3")
    seen.page.mouse.click(at["x"], at["y"])
    text = popup(seen)
    assert "Thửa N3" in text
    assert "Chi trả bồi thường (từ 01/6/2025)" in text
    assert "3.000,0 m²" in text
    assert "Km18+400 – Km18+533" in text
    assert "Thửa này chặn đoạn liên tục dài nhất về phía đầu tuyến, tại Km18+533." in text
    # Escape closes it, and a hole is no part of its parcel.
    seen.page.keyboard.press("Escape")
    assert seen.page.locator(".card-pop").count() == 0
    at = seen.page.evaluate(MIDDLE, HOLE)
    seen.page.mouse.click(at["x"], at["y"])
    assert seen.page.evaluate("lsinfra.shown.picked") == -1


def test_parcels_are_reached_by_the_keyboard(visit: Visits, folder: Path) -> None:
    seen = visit(folder / "p.html")
    search = seen.page.get_by_role("searchbox")
    search.fill("s16")
    seen.page.keyboard.press("Enter")
    assert "Thửa S16" in popup(seen)
    seen.page.get_by_role("button", name="Thửa sau").press("Enter")
    assert "Thửa N17" in popup(seen)
    seen.page.keyboard.press("Escape")
    search.fill("km19+500")
    search.press("Enter")
    assert "Km19+500" in popup(seen)
    assert "đã bàn giao" in popup(seen)
    seen.page.keyboard.press("Escape")
    search.fill("km30")
    search.press("Enter")
    assert "Không có tim tuyến nào của dự án đi qua Km30." in seen.page.locator(".told").inner_text()
    search.fill("không có")
    search.press("Enter")
    assert "Không có thửa nào khớp" in seen.page.locator(".told").inner_text()


def test_the_filter_keeps_what_was_asked_for(visit: Visits, folder: Path) -> None:
    """A parcel across a border is of both units."""
    shown = "[...lsinfra.shown.data.parcels.ids].filter((_, i) => lsinfra.shown.matches(i))"
    seen = visit(folder / "p.html")
    choice, cells = seen.page.get_by_label("Đơn vị hành chính"), seen.page.locator(".stages tbody tr")
    assert len(seen.page.evaluate(shown)) == 59
    choice.select_option("A")
    in_a = seen.page.evaluate(shown)
    assert {"N12", "S12", "N11", ASIDE} <= set(in_a)
    assert "N13" not in in_a
    assert cells.nth(3).inner_text().split("\t")[1:] == ["18", "5,10"]
    choice.select_option("B")
    assert {"N12", "S12", "N13"} <= set(seen.page.evaluate(shown))
    choice.select_option("-1")
    seen.page.get_by_label("Bàn giao mặt bằng").uncheck()
    assert len(seen.page.evaluate(shown)) == 12
    assert seen.page.evaluate(MIDDLE, "N5")["pixel"] != GREEN
    seen.page.get_by_role("button", name="Hiện lại tất cả").click()
    assert len(seen.page.evaluate(shown)) == 59


def test_the_strip_and_the_tables_say_the_same_as_the_head(visit: Visits, folder: Path) -> None:
    seen = visit(folder / "p.html")
    seen.page.locator("#stretches summary").click()
    rows = seen.page.locator("#stretches tbody tr")
    rows.first.wait_for()
    assert [[words(cell) for cell in text.split("\t")[:3]] for text in rows.all_inner_texts()] == [
        ["Km18 – Km18+533", "chưa bàn giao", "533"],
        ["Km18+533 – Km19+867", "đã bàn giao", "1.333"],
        ["Km19+867 – Km20", "chưa bàn giao", "133"],
        ["Km20 – Km20+600", "đã bàn giao", "600"],
        ["Km20+600 – Km20+667", "chưa bàn giao", "67"],
        ["Km20+667 – Km20+733", "chưa có thửa trong sổ", "67"],
        ["Km20+733 – Km21", "đã bàn giao", "267"],
    ]
    widths = seen.page.eval_on_selector_all("#strip .state", "all => all.map(one => one.width.baseVal.value)")
    assert len(widths) == 7
    assert seen.page.locator("#strip .bracket").count() == 1
    assert "1,33 km" in seen.page.locator("#strip").text_content()
    rows.nth(5).get_by_role("button").click()
    west, east = seen.page.evaluate(
        "[lsinfra.shown.map.getBounds().getWest(), lsinfra.shown.map.getBounds().getEast()]"
    )
    assert 0.0006 < east - west < 0.01


def test_a_page_of_many_leads_to_the_parcels_that_block(visit: Visits, folder: Path) -> None:
    seen = visit(folder / "lớn.html")
    assert seen.page.evaluate("lsinfra.shown.count") == 0
    links = seen.page.eval_on_selector_all(
        "#sections a, .blockers a", "all => all.map(one => one.getAttribute('href'))"
    )
    assert len(links) == 7
    assert [link for link in links if not (folder / unquote(link.partition("#")[0])).is_file()] == []
    seen.page.get_by_role("link", name=HOSTILE).click()
    seen.page.wait_for_selector('html[data-ready="true"]', state="attached")
    assert HOSTILE in popup(seen)
    seen.page.get_by_role("link", name="Toàn dự án").click()
    seen.page.wait_for_selector("#sections")
    seen.assert_quiet()


def test_along_a_sketch_no_chainage_is_told_and_why(visit: Visits, folder: Path) -> None:
    seen = visit(folder / "sketch.html")
    why = "hưa tính được: tim tuyến mới là sơ họa"
    assert seen.page.get_by_role("searchbox").get_attribute("placeholder") == "Mã thửa"
    assert asked(seen, "Km20") == f"Không tìm được Km20. Lý trình c{why}."
    asked(seen, "N5")
    assert f"Lý trình C{why}".lower() in popup(seen).lower()
    assert "không nằm dọc" not in popup(seen)


def test_a_section_names_its_sums_as_its_own(visit: Visits, folder: Path) -> None:
    """Of 58 parcels along the road its page has 20 from the west: 6 ha, all of A but what is aside or on page two."""
    table = visit(folder / "lớn-sections/001.html").page.locator("#units")
    rows = [text.split("\t") for text in table.locator("tbody tr").all_inner_texts()]
    assert (rows[-1][0], rows[-1][-1]) == ("Cộng của đoạn này", "6,00")
    assert (rows[0][0], rows[0][-1]) == ("A", "6,00")
    assert "chỉ là phần của các thửa trong đoạn này" in table.inner_text()
    table = visit(folder / "lớn.html").page.locator("#units")
    assert table.locator("tbody tr").last.inner_text().startswith("Toàn dự án")
    assert "đoạn này" not in table.inner_text()


def test_a_parcel_is_found_from_the_pages_that_do_not_draw_it(visit: Visits, folder: Path) -> None:
    """From the whole by a link; from a section by way of the whole. N28 is on the third page."""
    seen = visit(folder / "lớn-sections/001.html")
    assert asked(seen, "N28").startswith("Trang của đoạn này không có thửa nào khớp “N28”.")
    seen.page.get_by_role("link", name="Tìm trong toàn dự án").click()
    seen.page.wait_for_selector('html[data-ready="true"]', state="attached")
    assert seen.page.locator("#sections").count() == 1
    assert words(seen.page.locator(".told").inner_text()).startswith("Thửa N28: Mở bản đồ từng thửa Km20+")
    seen.page.locator(".told a").click()
    seen.page.wait_for_selector('html[data-ready="true"]', state="attached")
    assert unquote(seen.page.url).endswith("lớn-sections/003.html#p/N28")
    assert "Thửa N28" in popup(seen)
    seen.assert_quiet()
    assert asked(visit(folder / "lớn.html"), "N99") == "Không có thửa nào khớp “N99”."


def test_where_ids_are_too_many_for_a_page_it_says_where_to_look(
    visit: Visits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcel_page, "INDEXED", 58)
    parcel_page.write(made("en", name="a.html", most=40, section=25), tmp_path)
    told = asked(visit(tmp_path / "a.html"), "N28")
    assert "search by id on this page" in told
    assert "“Maps of parcels by section”" in told


def test_a_chainage_of_another_section_leads_to_its_page(visit: Visits, folder: Path) -> None:
    seen = visit(folder / "lớn-sections/001.html")
    asked(seen, "Km20+900")
    text = popup(seen)
    assert "Quãng này không nằm trong trang của đoạn đang xem." in text
    assert "Phóng to" not in text
    seen.page.locator(".card-pop .links a").click()
    seen.page.wait_for_selector('html[data-ready="true"]', state="attached")
    assert seen.page.url.endswith("-sections/003.html")
    asked(seen, "Km20+900")
    assert "Phóng to đến từng thửa" in popup(seen)
    assert "không nằm trong trang" not in popup(seen)


def test_on_its_section_a_parcel_is_told_to_block_the_longest_stretch(visit: Visits, folder: Path) -> None:
    seen = visit(folder / "lớn-sections/001.html")
    asked(seen, "S3")
    assert "Thửa này chặn đoạn liên tục dài nhất về phía đầu tuyến, tại Km18+533." in popup(seen)
    asked(seen, "S4")
    assert "chặn" not in popup(seen)
    # The other end is on the second page, none on the third.
    assert visit(folder / "lớn-sections/002.html").page.evaluate("lsinfra.shown.blockers.size") == 1
    assert visit(folder / "lớn-sections/003.html").page.evaluate("lsinfra.shown.blockers.size") == 0


def test_bars_and_band_of_a_section_end_together(visit: Visits, tmp_path: Path) -> None:
    """The first eight parcels end with what is not handed over, at Km18+533, within a bin."""
    parcel_page.write(made(name="a.html", most=40, section=8), tmp_path)
    for number in (1, 2):
        seen = visit(tmp_path / f"a-sections/00{number}.html")
        bins, band = seen.page.evaluate("""() => {
          const { bins, stretches } = lsinfra.shown.data;
          return [bins.map(one => [one.from, one.to]), stretches.map(one => [one[2], one[3]])];
        }""")
        assert band[0][0] <= bins[0][0]
        assert band[-1][1] >= bins[-1][1]
        assert "Quãng ở hai đầu tính cả thửa của trang bên cạnh." in seen.page.locator("#strip").inner_text()


def test_another_unit_comes_into_view(visit: Visits, folder: Path) -> None:
    """Zoomed in on a parcel of A, B is chosen: its parcels are all on the map; then those of the project."""
    seen = visit(folder / "p.html")
    asked(seen, "N5")
    inside = """ids => ids.every(id => {
      const { held, data, map } = lsinfra.shown, i = data.parcels.ids.indexOf(id);
      const [a, b, c, d] = held.boxes.slice(4 * i, 4 * i + 4);
      return map.getBounds().contains(lsinfra.shown._latlng((a + c) / 2, (b + d) / 2));
    })"""
    assert not seen.page.evaluate(inside, ["N13"])
    seen.page.get_by_label("Đơn vị hành chính").select_option("B")
    assert seen.page.evaluate(inside, ["N13", "S24"])
    assert not seen.page.evaluate(inside, ["N0"])
    seen.page.get_by_role("button", name="Hiện lại tất cả").click()
    assert seen.page.evaluate(inside, ["N0", "S29"])


def test_the_search_says_what_is_hidden_and_what_is_only_like_it(visit: Visits, folder: Path) -> None:
    seen = visit(folder / "p.html")
    assert asked(seen, "Thửa s-16") == ""
    assert "Thửa S16" in popup(seen)
    # No answer leaves nothing open that would pass for one.
    assert asked(seen, "N99") == "Không có thửa nào khớp “N99”."
    assert seen.page.locator(".card-pop").count() == 0
    assert asked(seen, "17") == (
        "Không có mã nào đúng là “17”; đây là mã có chứa các ký tự đó. "
        "Đây là thửa khớp thứ 1. Nhấn Tìm để sang thửa tiếp theo."
    )
    assert asked(seen, "N1").startswith("Đây là thửa khớp thứ 1.")
    # N1 is paid, and N10 handed over.
    seen.page.get_by_label("Chi trả bồi thường").uncheck()
    assert asked(seen, "N1") == "Thửa khớp “N1” đang bị bộ lọc ẩn. Bấm “Hiện lại tất cả” để thấy lại."
    seen.page.get_by_role("button", name="Hiện lại tất cả").click()
    asked(seen, "n1")
    assert "Thửa N1 " in popup(seen)
    # At the border of two bins that which begins there.
    asked(seen, "Km18+100")
    assert "Km18+100 – Km18+200" in popup(seen)


@pytest.mark.parametrize(
    ("name", "size", "scheme"), [("p", SCREEN, "light"), ("p", PHONE, "dark"), ("lớn", PHONE, "light")]
)
def test_axe_finds_nothing(visit: Visits, folder: Path, name: str, size: tuple[int, int], scheme: str) -> None:
    seen = visit(folder / f"{name}.html", *size, color_scheme=scheme)
    seen.page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    if name == "p":
        seen.page.evaluate("lsinfra.shown.show(3)")
    seen.page.evaluate(AXE)
    assert seen.page.evaluate(AUDIT) == []


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_writes_the_page(lsinfra: Command, tmp_path: Path) -> None:
    register().to_parquet(tmp_path / "so-thua.parquet")
    shapes = {"unit": ["A"], "geometry": [shapely.box(X - 500, Y - 1000, X + 1250, Y + 1000)]}
    geopandas.GeoDataFrame(shapes, crs=CRS).to_file(tmp_path / "units.gpkg")
    road = {"project": ["p"], "route": ["road"], "geometry": [shapely.LineString(lines().lines[0].xy)]}
    geopandas.GeoDataFrame(road, crs=CRS).to_file(tmp_path / "routes.gpkg")
    given = ("--project", "p", "--units", "units.gpkg", "--routes", "routes.gpkg")
    done = lsinfra("parcels", "map", "so-thua.parquet", *given, cwd=tmp_path)
    assert (done.code, done.stdout) == (0, "p-parcels.html\n")
    assert "Bản đồ thửa đất" in (tmp_path / "p-parcels.html").read_text("utf-8")
    done = lsinfra("--lang", "en", "parcels", "map", "so-thua.parquet", "--project", "nobody", cwd=tmp_path)
    assert done.code == 1
    assert "so-thua.parquet has no parcel of the project “nobody”" in done.stderr
    # The folder is looked at before anything that takes time.
    done = lsinfra("--lang", "en", "parcels", "map", "so-thua.parquet", *given, "--out", "no/p.html", cwd=tmp_path)
    assert done.code == 1
    assert "there is no folder no" in done.stderr


def test_the_ids_are_searched_before_anything_is_written(lsinfra: Command, tmp_path: Path) -> None:
    """Among 12,000 parcels, most of another project, one carries a telephone number where no sample is taken."""
    box, rows = shapely.box(X, Y, X + 10, Y + 10), 12_000
    ids = np.array([f"T{row}" for row in range(rows)], dtype=object)
    ids[2501] = "Nguyễn Văn An 0912345678"
    columns = {"parcel_id": ids, "project": np.where(np.arange(rows) // 3 == 2501 // 3, "p", "q"), "stage": None}
    columns["stage_date"] = np.full(rows, np.datetime64("NaT", "s"))
    frame = geopandas.GeoDataFrame(columns, geometry=[box] * rows, crs=CRS)
    frame.to_parquet(tmp_path / "r.parquet")
    asked = ("parcels", "map", "r.parquet", "--project", "p", "--out", "p.html")
    done = lsinfra("--lang", "en", *asked, cwd=tmp_path)
    assert done.code == 1
    assert "parcel_id" in done.stderr
    assert "0912" not in done.stderr
    assert not (tmp_path / "p.html").exists()
    done = lsinfra("--lang", "en", *asked, "--allow", "parcel_id", cwd=tmp_path)
    assert (done.code, done.stdout) == (0, "p.html\n")
