"""The kernel against an oracle that was written from the definitions alone, on 200 random worlds; and what must not
change when the same land is registered, read or laid out otherwise.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Polygon

from lsinfra.errors import InputError
from lsinfra.parcels import areas, kernel, places, results, synthetic
from lsinfra.parcels.land import Land
from lsinfra.parcels.model import Line, Lines, Measured, Partial, Units
from tests.parcel_oracle import Sum, Truth, chainage, reach_m, truths, union
from tests.parcel_worlds import CRS, World, world

WORLDS = [world(seed) for seed in range(200)]
SOME = range(4, 200, 40)
STRAIGHT = [seed for seed in range(200) if {len(line.xy) for line in WORLDS[seed].lines.lines} == {2}][:9]
NEAR_M = 1e-6
SHARE = 1e-9
SLACK = 1.5
"""What lies at both legs of a bend that is no hairpin has its corner too: at 1.1 times the way over the parcel that is
no farther than √(1 + 1.1²) times the reach."""
NEAR_M2 = 1e-5
"""Of land cut at borders, so much may be rounding; whole parcels are held to ``SHARE`` alone."""


@pytest.fixture(scope="module")
def known() -> list[Truth]:
    return truths(WORLDS)


@pytest.fixture(scope="module")
def partials() -> list[Partial]:
    return [measure(some) for some in WORLDS]


@pytest.fixture(scope="module")
def measured(partials: list[Partial]) -> Measured:
    """All worlds at once: no two of them have a project in common."""
    return results.conclude(
        kernel.combine(*partials), Lines(tuple(line for some in WORLDS for line in some.lines.lines), CRS)
    )


def measure(some: World) -> Partial:
    return kernel.measure(some.parcels, some.units, some.lines, some.as_of)


def sums(table: pd.DataFrame, by: Sequence[str]) -> dict[tuple[str | None, ...], Sum]:
    return {
        tuple(None if pd.isna(row[name]) else row[name] for name in by): Sum(
            row["area_m2"], row["parcels"], None if pd.isna(row["newest"]) else row["newest"].date()
        )
        for row in table.to_dict("records")
    }


def spans(table: pd.DataFrame, *by: str) -> dict[tuple[Any, ...], list[tuple[float, float]]]:
    found: dict[tuple[Any, ...], list[tuple[float, float]]] = {}
    for row in table.to_dict("records"):
        found.setdefault(tuple(row[name] for name in by), []).append((row["start_m"], row["end_m"]))
    return found


def merged(some: Iterable[tuple[float | Fraction, float | Fraction]]) -> list[tuple[float, float]]:
    """Stretches without overlap and without the gaps of rounding."""
    return [(float(low), float(high)) for low, high in union((Fraction(low), Fraction(high)) for low, high in some)]


def far(some: Iterable[tuple[float, float]]) -> float:
    return sum(high - low for low, high in some)


def same_sums(found: Mapping[Any, Sum], wanted: Mapping[Any, Sum], near: float = NEAR_M2) -> None:
    assert found.keys() == wanted.keys()
    assert {key: (one.parcels, one.newest) for key, one in found.items()} == {
        key: (one.parcels, one.newest) for key, one in wanted.items()
    }
    areas = {key: one.area_m2 for key, one in wanted.items()}
    assert {key: one.area_m2 for key, one in found.items()} == pytest.approx(areas, rel=SHARE, abs=near)


def same_spans(one: Partial, two: Partial) -> None:
    by = ("project", "route", "handed_over")
    first, second = spans(one.stretches, *by), spans(two.stretches, *by)
    assert first.keys() == second.keys()
    for key, some in first.items():
        assert np.array(merged(some)) == pytest.approx(np.array(merged(second[key])), abs=NEAR_M), key


def same(one: Partial, two: Partial) -> None:
    """Two partial results say the same but for rounding."""
    same_sums(sums(one.areas, ("project", "unit", "stage")), sums(two.areas, ("project", "unit", "stage")))
    same_sums(sums(one.wholes, ("project", "stage")), sums(two.wholes, ("project", "stage")))
    same_spans(one, two)
    assert one.off_route.to_dict("list") == two.off_route.to_dict("list")
    assert (one.repaired, one.faulty) == (two.repaired, two.faulty)


# --- the oracle ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(200))
def test_the_kernel_measures_what_the_oracle_does(seed: int, known: list[Truth], partials: list[Partial]) -> None:
    partial, true = partials[seed], known[seed]
    assert (partial.repaired, partial.faulty) == (0, ())
    same_sums(sums(partial.areas, ("project", "unit", "stage")), true.areas)
    same_sums(sums(partial.wholes, ("project", "stage")), true.wholes, near=0)
    found = {key: merged(some) for key, some in spans(partial.stretches, "project", "route", "handed_over").items()}
    for key in {*found, *true.spans}:
        some, possible, sure = found.get(key, []), merged(true.spans.get(key, [])), merged(true.surely.get(key, []))
        if key[:2] in true.states:
            assert np.array(some) == pytest.approx(np.array(possible), abs=NEAR_M), key
        assert far(merged([*some, *possible])) == pytest.approx(far(possible), abs=NEAR_M), key
        assert far(merged([*some, *sure])) == pytest.approx(far(some), abs=NEAR_M), key
    assert dict(partial.off_route[["project", "parcels"]].to_numpy().tolist()) == true.off_route


def test_every_line_is_cut_into_what_the_oracle_says(known: list[Truth], measured: Measured) -> None:
    states = {way: found for true in known for way, found in true.states.items()}
    surveyed = [line for some in WORLDS for line in some.lines.lines if line.accuracy == "survey"]
    found = {way: some.sort_values("start_m") for way, some in measured.stretches.groupby(["project", "route"])}
    assert found.keys() == {(line.project, line.route) for line in surveyed}
    assert len(states) > 0.98 * len(found)  # of the rest the oracle cannot tell
    for way, wanted in states.items():
        assert found[way]["state"].to_list() == [state for state, *_ in wanted], way
        ends = np.array([ends for _, *ends in wanted])
        assert found[way][["start_m", "end_m"]].to_numpy() == pytest.approx(ends, abs=NEAR_M), way


def test_stretches_lie_end_to_end_and_none_is_rounding(measured: Measured) -> None:
    table = measured.stretches
    assert (table["end_m"] - table["start_m"]).min() > NEAR_M / 2  # a metre of chainage is not quite one of the line
    same_line = (table[["project", "route"]].iloc[1:].to_numpy() == table[["project", "route"]].iloc[:-1]).all(axis=1)
    assert (table["start_m"].to_numpy()[1:] == table["end_m"].to_numpy()[:-1])[same_line].all()
    assert (table["state"].to_numpy()[1:] != table["state"].to_numpy()[:-1])[same_line].all()


def test_the_lengths_of_every_project_are_those_of_the_oracle(known: list[Truth], measured: Measured) -> None:
    routes = Counter(line.project for some in WORLDS for line in some.lines.lines if line.accuracy == "survey")
    told = Counter(project for true in known for project, _ in true.states)
    lengths = {row["project"]: row for row in measured.lengths.to_dict("records")}
    assert lengths.keys() == {*routes, *(project for some in WORLDS for project in some.parcels["project"])}
    for project, row in lengths.items():
        (true,) = (true for true in known if project in {key[0] for key in (*true.states, *true.wholes)})
        assert row["off_route"] == true.off_route.get(project, 0)
        if routes[project] > told[project]:  # the oracle cannot tell
            continue
        parts = {"cleared": 0.0, "uncleared": 0.0, "unregistered": 0.0}
        for state, start, end in (part for way, some in true.states.items() if way[0] == project for part in some):
            parts[state] += end - start
        found = [row[f"{name}_m"] for name in ("length", *parts)]
        wanted = [sum(parts.values()), *parts.values()] if project in routes else [np.nan] * 4
        assert found == pytest.approx(wanted, abs=NEAR_M, nan_ok=True), project


# --- what is so whatever the rules of the kernel ---------------------------------------------------------------------


def test_a_road_is_what_the_land_on_it_and_around_it_is(measured: Measured) -> None:
    """Places of every line, held against the parcels as they are drawn.

    On land that is not handed over: uncleared. No land within reach: unregistered. Cleared: beside land handed over.
    """
    states = {way: some.sort_values("start_m") for way, some in measured.stretches.groupby(["project", "route"])}
    wrong: dict[str, list[tuple[str, str, float]]] = {"on": [], "alone": [], "cleared": []}
    tried = Counter[str]()
    for some in WORLDS:
        for line in some.lines.lines:
            if line.accuracy != "survey":
                continue
            own = some.parcels[some.parcels["project"] == line.project]
            day = pd.to_datetime(own["stage_date"])
            over = (own["stage"] == "handed_over") & ~(day > pd.Timestamp(some.as_of or date.max))
            drawn = shapely.LineString(line.xy)
            at = (np.arange(40) + 0.37) / 40 * drawn.length
            away = shapely.distance(shapely.line_interpolate_point(drawn, at)[:, None], own.geometry.to_numpy())
            within = away <= SLACK * np.where(over, reach_m(line, True), reach_m(line, False))
            table = states[line.project, line.route]
            places = np.array([chainage(place, line) for place in at])
            state = table["state"].to_numpy()[np.searchsorted(table["start_m"].to_numpy(), places) - 1]
            held = (away[:, ~over] == 0).any(axis=1)
            cases = {
                "on": (held, state == "uncleared"),
                "alone": (~within.any(axis=1), state == "unregistered"),
                "cleared": (state == "cleared", within[:, over].any(axis=1)),
            }
            for name, (asked, right) in cases.items():
                tried[name] += int(asked.sum())
                wrong[name] += [(line.project, line.route, float(place)) for place in at[asked & ~right]]
    assert wrong == {name: [] for name in wrong}
    assert min(tried.values()) > 1000


# --- adding up -------------------------------------------------------------------------------------------------------


def pieces(some: World, seed: int) -> list[Partial]:
    """The partial results of a random partition of the parcels, cut without regard to projects."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, rng.integers(2, 7), len(some.parcels))
    return [measure(replace(some, parcels=some.parcels[group == number])) for number in np.unique(group)]


@pytest.mark.parametrize("seed", SOME)
def test_any_partition_adds_up_to_the_whole(seed: int, partials: list[Partial]) -> None:
    parts = pieces(WORLDS[seed], seed)
    whole = partials[seed]
    same(kernel.combine(*parts), whole)
    same(reduce(kernel.combine, parts), whole)
    random.Random(seed).shuffle(parts)
    middle = len(parts) // 2
    same(kernel.combine(kernel.combine(*parts[:middle]) if middle else parts[0], *parts[max(middle, 1) :]), whole)


def test_nothing_adds_nothing() -> None:
    some = WORLDS[0]
    nothing = measure(replace(some, parcels=some.parcels.iloc[:0]))
    assert (len(nothing.areas), len(nothing.wholes), len(nothing.stretches), len(nothing.off_route)) == (0, 0, 0, 0)
    same(kernel.combine(nothing, measure(some), nothing), measure(some))
    same(kernel.combine(nothing, nothing), nothing)
    lengths = results.conclude(nothing, some.lines).lengths
    assert lengths["unregistered_m"].to_list() == pytest.approx(lengths["length_m"].to_list())


# --- what must not change --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SOME)
def test_the_order_of_the_rows_says_nothing(seed: int, partials: list[Partial]) -> None:
    some = WORLDS[seed]
    order = np.random.default_rng(seed).permutation(len(some.parcels))
    same(measure(replace(some, parcels=some.parcels.iloc[order])), partials[seed])


@pytest.mark.parametrize("seed", SOME)
def test_where_a_world_lies_says_nothing(seed: int, partials: list[Partial]) -> None:
    some, step = WORLDS[seed], np.array([12_345.0, -54_321.0])
    units = shapely.transform(shapely.from_wkb(np.array(some.units.wkb, dtype=object)), lambda xy: xy + step)
    moved = replace(
        some,
        parcels=some.parcels.set_geometry(some.parcels.translate(*step), crs=CRS),
        units=Units(some.units.names, tuple(shapely.to_wkb(units).tolist()), CRS),
        lines=Lines(tuple(replace(line, xy=line.xy + step) for line in some.lines.lines), CRS),
    )
    same(measure(moved), partials[seed])


@pytest.mark.parametrize("seed", STRAIGHT)
def test_a_parcel_cut_in_two_has_as_much_land_and_road(seed: int, partials: list[Partial]) -> None:
    some = WORLDS[seed]
    rows, shapes = [], []
    for row, shape in enumerate(some.parcels.geometry):
        halves = [shape]
        corners = list(shape.exterior.coords)[:-1] if isinstance(shape, Polygon) and not shape.interiors else []
        if len(corners) == 4 and shape.convex_hull.equals(shape):  # along a diagonal: no vertex is new
            halves = [Polygon([corners[0], corners[1], corners[2]]), Polygon([corners[2], corners[3], corners[0]])]
        rows += [row] * len(halves)
        shapes += halves
    cut = some.parcels.iloc[rows].set_geometry(geopandas.GeoSeries(shapes, crs=CRS).array)
    whole, halved = partials[seed], measure(replace(some, parcels=cut))
    for table, by in (("areas", ("project", "unit", "stage")), ("wholes", ("project", "stage"))):
        one, two = (sums(getattr(partial, table), by) for partial in (whole, halved))
        areas = {key: sum_.area_m2 for key, sum_ in one.items()}
        assert {key: sum_.area_m2 for key, sum_ in two.items()} == pytest.approx(areas, rel=SHARE, abs=NEAR_M2)
        assert {key: sum_.newest for key, sum_ in two.items()} == {key: sum_.newest for key, sum_ in one.items()}
    same_spans(halved, whole)


@pytest.mark.parametrize("seed", SOME[:3])
def test_units_and_roads_elsewhere_say_nothing(seed: int, partials: list[Partial]) -> None:
    some = WORLDS[seed]
    far = shapely.box(1_000_000, 900_000, 1_100_000, 1_000_000)  # so large a ground that it is looked at more coarsely
    units = Units((*some.units.names, "đảo xa"), (*some.units.wkb, shapely.to_wkb(far)), CRS)
    lines = Lines((replace(ROAD, project="of nobody"), *some.lines.lines[::-1]), CRS)
    same(measure(replace(some, units=units, lines=lines)), partials[seed])


def test_places_along_a_long_road_are_the_nearest() -> None:
    """Of 3,001 vertices over 60 km; GEOS looks at all of them."""
    road = Line("p", "r", synthetic.road(0), corridor_m=None)
    drawn, rng = shapely.LineString(road.xy), np.random.default_rng(1)
    spots = shapely.get_coordinates(shapely.line_interpolate_point(drawn, rng.uniform(0, drawn.length, 400)))
    spots += rng.normal(0, 1, (400, 2)) * rng.choice([5, 30, 150, 400], (400, 1))
    shapes = [Polygon(spot + rng.uniform(-20, 20, (3, 2))) for spot in spots]
    parcels = register(*((shape, "approved") for shape in shapes))
    found = places.intervals(Land.of(parcels), Lines((road,), CRS))
    reached = np.flatnonzero(shapely.distance(np.array(shapes), drawn) <= 500)
    assert found["row"].to_list() == reached.tolist()
    corners = np.asarray(shapely.points(np.array([shape.exterior.coords[:3] for shape in shapes])[reached]))
    within = np.flatnonzero(np.asarray(shapely.distance(drawn, corners) <= 500).all(axis=1))
    assert len(within) > 300
    found, corners = found.iloc[within], corners[within]
    at, away = shapely.line_locate_point(drawn, corners), shapely.distance(drawn, corners)
    assert found["start_m"].to_numpy() == pytest.approx(at.min(axis=1), abs=NEAR_M)
    assert found["end_m"].to_numpy() == pytest.approx(at.max(axis=1), abs=NEAR_M)
    assert found["offset_m"].to_numpy() == pytest.approx(away.min(axis=1), abs=NEAR_M)


def test_the_parcels_of_a_unit_and_outside_add_up_to_all(measured: Measured) -> None:
    split = measured.areas.groupby(["project", "stage"], dropna=False)["area_m2"].sum()
    whole = measured.wholes.groupby(["project", "stage"], dropna=False)["area_m2"].sum()
    assert split.index.to_list() == whole.index.to_list()
    assert split.to_list() == pytest.approx(whole.to_list(), rel=SHARE)


# --- what is worked out by hand --------------------------------------------------------------------------------------

ROAD = Line("p", "r", np.array([[440_000.0, 2_410_000.0], [441_000.0, 2_410_000.0]]), corridor_m=60.0)
NO_UNITS = Units((), (), CRS)


def box(west: float, south: float, east: float, north: float) -> Polygon:
    return shapely.box(440_000 + west, 2_410_000 + south, 440_000 + east, 2_410_000 + north)


def register(*rows: tuple[Any, ...]) -> geopandas.GeoDataFrame:
    """Parcels named 0, 1, …: geometry, stage and, where they are not p and 2025-01-01, project and date."""
    rest = "p", date(2025, 1, 1)
    full = [(*row, *rest[len(row) - 2 :]) for row in rows]
    return geopandas.GeoDataFrame(
        {
            "parcel_id": [str(number) for number in range(len(full))],
            "project": [row[2] for row in full],
            "stage": [row[1] for row in full],
            "stage_date": [row[3] for row in full],
        },
        geometry=[row[0] for row in full],
        crs=CRS,
    )


def lengths(parcels: geopandas.GeoDataFrame, *lines: Line) -> list[float]:
    """Of p: length, cleared, uncleared, unregistered (m), and the parcels off the route."""
    known = Lines(lines, CRS)
    measured = results.conclude(kernel.measure(parcels, NO_UNITS, known), known)
    (row,) = (row for row in measured.lengths.to_dict("records") if row["project"] == "p")
    return [row[name] for name in ("length_m", "cleared_m", "uncleared_m", "unregistered_m", "off_route")]


def test_only_what_nobody_holds_is_cleared() -> None:
    parcels = register(
        (box(0, 0, 300, 30), "handed_over"),
        (box(200, -30, 400, 0), "approved"),  # on the other side, over 100 m of the first
        (box(600, 5, 700, 25), "clear"),  # clear is not handed over: no stage implies another
        (box(700, 5, 750, 25), None, "p", None),
    )
    assert lengths(parcels, ROAD) == pytest.approx([1000, 200, 350, 450, 0])


def test_a_stage_of_a_later_day_is_not_known_yet() -> None:
    parcels = register((box(0, 0, 300, 30), "handed_over", "p", date(2025, 1, 2)))
    early = kernel.measure(parcels, NO_UNITS, Lines((ROAD,), CRS), date(2025, 1, 1))
    assert sums(early.wholes, ("project", "stage")) == {("p", None): Sum(9000.0, 1, None)}
    assert spans(early.stretches, "handed_over") == {(False,): [(0.0, 300.0)]}
    on_the_day = kernel.measure(parcels, NO_UNITS, Lines((ROAD,), CRS), date(2025, 1, 2))
    assert sums(on_the_day.wholes, ("project", "stage")) == {("p", "handed_over"): Sum(9000.0, 1, date(2025, 1, 2))}


@pytest.mark.parametrize(
    ("shape", "uncleared_m", "off"),
    [
        (box(100, 31.1, 200, 50), 0, 1),  # beyond half of 60 m and the metre that a drawing may be off
        (box(100, 30.9, 200, 50), 100, 0),
        (box(100, -200, 200, 200), 100, 0),  # right across, every vertex beyond
        (box(1010, -10, 1050, 10), 0, 0),  # past the end: within reach, but along no metre of the road
        (box(-50, -10, 50, 10), 50, 0),
        (shapely.MultiPolygon([box(100, 5, 150, 25), box(300, 5, 340, 25)]), 90, 0),
        (shapely.MultiPolygon([box(100, 35, 150, 55), box(300, 35, 340, 55)]), 0, 1),  # two rings, one parcel
    ],
)
def test_the_reach_of_a_road(shape: shapely.Geometry, uncleared_m: float, off: int) -> None:
    wanted = [1000, 0, uncleared_m, 1000 - uncleared_m, off]
    assert lengths(register((shape, "approved")), ROAD) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("aside_m", "stage", "cleared_m", "uncleared_m"),
    [
        (499, "approved", 0, 100),
        (501, "approved", 0, 0),
        (49, "handed_over", 100, 0),
        (51, "handed_over", 0, 0),
        (400, "handed_over", 0, 0),  # a quarry; the road is not cleared by it
    ],
)
def test_without_a_width_land_blocks_from_farther_than_it_clears(
    aside_m: float, stage: str, cleared_m: float, uncleared_m: float
) -> None:
    unknown, parcels = replace(ROAD, corridor_m=None), register((box(100, aside_m, 200, aside_m + 100), stage))
    known = cleared_m + uncleared_m
    wanted = [1000, cleared_m, uncleared_m, 1000 - known, 0 if known else 1]
    assert lengths(parcels, unknown) == pytest.approx(wanted)


def test_land_handed_over_later_blocks_from_as_far_as_any() -> None:
    later = register((box(100, 400, 200, 600), "handed_over", "p", date(2025, 1, 2)))
    lines = Lines((replace(ROAD, corridor_m=None),), CRS)
    found = kernel.measure(later, NO_UNITS, lines, date(2025, 1, 1)).stretches
    assert spans(found, "handed_over") == {(False,): [(100.0, 200.0)]}
    assert kernel.measure(later, NO_UNITS, lines, date(2025, 1, 2)).stretches.empty


def test_a_parcel_lies_on_every_route_in_whose_reach_it_is() -> None:
    wide = replace(ROAD, route="wide", xy=ROAD.xy + np.array([0.0, 100.0]), corridor_m=140.0)
    one = register((box(100, 32, 200, 45), "approved"))  # 32 m from the narrow one, beyond its 30; 55 m from the wide
    assert lengths(one, ROAD, wide) == pytest.approx([2000, 0, 100, 1900, 0])
    both = register((box(100, 20, 200, 45), "approved"))
    assert lengths(both, ROAD, wide) == pytest.approx([2000, 0, 200, 1800, 0])


def test_a_service_road_takes_no_land_from_the_main_line() -> None:
    service = replace(ROAD, route="service", xy=ROAD.xy + np.array([0.0, 25.0]), corridor_m=20.0)
    parcels = register((box(0, -30, 1000, 5), "handed_over"), (box(0, 5, 1000, 25), "approved"))
    assert lengths(parcels, ROAD) == pytest.approx([1000, 0, 1000, 0, 0])
    assert lengths(parcels, ROAD, service) == pytest.approx([2000, 0, 2000, 0, 0])


def test_at_a_crossing_land_is_in_the_way_of_both_roads() -> None:
    across = replace(ROAD, route="across", xy=ROAD.xy[0] + np.array([[500.0, -500.0], [500.0, 500.0]]))
    parcels = register((box(470, -500, 500, 500), "handed_over"), (box(500, -20, 900, 20), "approved"))
    cleared, uncleared = 30 + 960, 400 + 40
    wanted = [2000, cleared, uncleared, 2000 - cleared - uncleared, 0]
    assert lengths(parcels, ROAD, across) == pytest.approx(wanted)
    assert lengths(parcels, across, ROAD) == pytest.approx(wanted)


@pytest.mark.parametrize("stage", ["handed_over", "approved"])
def test_what_a_parcel_has_beyond_the_right_of_way_says_nothing(stage: str) -> None:
    corners = [(100, 0), (110, 0), (110, 100), (900, 100), (900, 110), (100, 110)]
    ell = Polygon([(440_000 + x, 2_410_000 + y) for x, y in corners])
    wanted = [1000, 10, 0, 990, 0] if stage == "handed_over" else [1000, 0, 10, 990, 0]
    assert lengths(register((ell, stage)), ROAD) == pytest.approx(wanted)


def test_a_road_that_winds_within_a_parcel_is_the_parcels() -> None:
    legs = [(0, 0), (1000, 0), (1000, 40), (0, 40), (0, 80), (1000, 80)]
    serpentine = replace(ROAD, xy=ROAD.xy[0] + np.array(legs, dtype=float))
    found = kernel.measure(register((box(300, -10, 700, 90), "approved")), NO_UNITS, Lines((serpentine,), CRS))
    wanted = [(300, 700), (1340, 1740), (2380, 2780)]
    assert found.stretches[["start_m", "end_m"]].to_numpy() == pytest.approx(np.array(wanted))


def test_a_road_that_is_covered_without_a_gap_has_no_stretch_of_rounding() -> None:
    turns = np.linspace(0.03, 6.2, 60)
    lines, rows = [], []
    for number, turn in enumerate(turns):
        along = np.array([np.cos(turn), np.sin(turn)])
        beside = np.array([-along[1], along[0]])
        begin = np.array([400_000.0 + 3000 * number, 2_300_000.0])
        ends = np.linspace(0, 997.3, 8)
        lines.append(Line(f"p{number}", "r", begin + ends[[0, -1], None] * along, corridor_m=60.0))
        for one, two in pairwise(ends):
            quad = [begin + at * along + off * beside for at, off in ((one, -20), (two, -20), (two, 20), (one, 20))]
            rows.append((Polygon(quad), "handed_over", f"p{number}", date(2025, 1, 1)))
    known = Lines(tuple(lines), CRS)
    measured = results.conclude(kernel.measure(register(*rows), NO_UNITS, known), known)
    assert measured.stretches["state"].to_list() == ["cleared"] * len(lines)
    assert (measured.lengths["cleared_m"] == measured.lengths["length_m"]).all()
    assert measured.lengths["length_m"].to_numpy() == pytest.approx(997.3)


def test_a_route_has_one_line_with_two_ends() -> None:
    with pytest.raises(ValueError, match="two lines"):
        Lines((ROAD, replace(ROAD, xy=ROAD.xy + 1)), CRS)
    with pytest.raises(ValueError, match="ends where it begins"):
        Lines((replace(ROAD, xy=np.vstack([ROAD.xy, ROAD.xy[1] + 50, ROAD.xy[0]])),), CRS)
    assert len(Lines((ROAD, replace(ROAD, route="s"), replace(ROAD, project="q")), CRS).lines) == 3


def test_a_parcel_between_the_legs_of_a_hairpin_has_both_and_not_the_bend() -> None:
    legs = np.array([[0.0, 0.0], [1000.0, 0.0], [1000.0, 100.0], [0.0, 100.0]])
    hairpin = Line("p", "r", legs + ROAD.xy[0], corridor_m=200.0)
    between = register((box(100, 10, 150, 90), "approved"))
    found = kernel.measure(between, NO_UNITS, Lines((hairpin,), CRS)).stretches
    assert found[["start_m", "end_m"]].to_numpy() == pytest.approx(np.array([[100, 150], [1950, 2000]]))
    bend = register((box(900, 10, 990, 90), "approved"))
    found = kernel.measure(bend, NO_UNITS, Lines((hairpin,), CRS)).stretches
    assert found[["start_m", "end_m"]].to_numpy() == pytest.approx(np.array([[900, 1200]]))


def test_a_bend_that_turns_out_of_reach_is_not_the_parcels() -> None:
    legs = [(0, 0), (200, 0), (200, 100), (0, 100)]
    bend = replace(ROAD, xy=ROAD.xy[0] + np.array(legs, dtype=float))
    found = kernel.measure(register((box(152, 10, 160, 90), "handed_over")), NO_UNITS, Lines((bend,), CRS)).stretches
    last = 160 + np.sqrt(31**2 - 10**2)  # there the road is 31 m from a corner; past it the parcel is 40 m away
    assert found[["start_m", "end_m"]].to_numpy() == pytest.approx(np.array([[152, last], [500 - last, 348]]))


def test_lengths_are_of_published_chainage() -> None:
    published = replace(ROAD, knots=((18_000.0, 0.0), (18_400.0, 500.0), (19_600.0, 1000.0)))
    parcels = register((box(400, 0, 600, 20), "handed_over"))
    cleared = 80 + 240  # 100 m drawn are 80 m by chainage before the middle, 240 m after
    assert lengths(parcels, published) == pytest.approx([1600, cleared, 0, 1600 - cleared, 0])


@pytest.mark.parametrize("line", [[replace(ROAD, accuracy="schematic")], [replace(ROAD, project="other")], []])
def test_without_a_surveyed_line_no_length_is_known(line: list[Line]) -> None:
    assert np.isnan(lengths(register((box(0, 0, 300, 30), "handed_over")), *line)[:4]).all()


def test_the_register_may_be_in_another_crs() -> None:
    parcels = register(
        (box(0, 0, 300, 30), "handed_over"), (box(200, -90, 400, 0), "approved"), (box(500, -100, 600, 100), "paid")
    )
    one, two = (kernel.measure(some, NO_UNITS, Lines((ROAD,), CRS)) for some in (parcels, parcels.to_crs(4326)))
    assert two.wholes["area_m2"].to_list() == pytest.approx(one.wholes["area_m2"].to_list(), rel=1e-6)
    ends = ["start_m", "end_m"]
    assert len(one.stretches) == 3
    assert two.stretches[ends].to_numpy() == pytest.approx(one.stretches[ends].to_numpy(), abs=1e-3)


def test_a_parcel_in_two_pieces_of_a_unit_is_one_parcel_there() -> None:
    pieces = [
        shapely.to_wkb(box(0, 0, 100, 100)),
        shapely.to_wkb(box(200, 0, 300, 100)),
        shapely.to_wkb(box(100, 0, 150, 100)),
    ]
    units = Units(("xã A", "xã A", "xã B"), tuple(pieces), CRS)
    partial = kernel.measure(register((box(50, 0, 250, 10), "paid")), units, Lines((), CRS))
    found = {
        unit: (round(one.area_m2, 6), one.parcels) for (unit, _), one in sums(partial.areas, ("unit", "stage")).items()
    }
    assert found == {"xã A": (1000.0, 1), "xã B": (500.0, 1), None: (500.0, 1)}


# --- what cannot be measured -----------------------------------------------------------------------------------------

GOOD = (box(0, 0, 10, 10), "paid")
BOW = Polygon([(440_000 + x, 2_410_000 + y) for x, y in [(0, 0), (10, 10), (10, 0), (0, 10)]])


@pytest.mark.parametrize(
    ("code", "row", "found"),
    [
        ("empty", (None, "paid"), None),
        ("empty", (Polygon(), "paid"), None),
        ("empty", (Polygon([(440_000, 2_410_000), (440_010, 2_410_000), (440_020, 2_410_000)]), "paid"), None),
        ("not_polygon", (shapely.Point(440_000, 2_410_000), "paid"), None),
        ("not_polygon", (shapely.LineString(ROAD.xy), "paid"), None),
        ("not_polygon", (shapely.GeometryCollection([box(0, 0, 1, 1)]), "paid"), None),
        ("invalid", (BOW, "paid"), None),
        ("wrong_crs", (shapely.box(106.7, 21.8, 106.8, 21.9), "paid"), None),
        ("stage", (box(0, 0, 1, 1), "đã chi trả"), "đã chi trả"),
        ("stage", (box(0, 0, 1, 1), "Paid"), "Paid"),
        ("project", (box(0, 0, 1, 1), "paid", None), None),
        ("date", (box(0, 0, 1, 1), "paid", "p", None), None),
    ],
)
def test_a_parcel_that_cannot_be_measured_is_in_no_sum_and_named(
    code: str, row: tuple[object, ...], found: str | None
) -> None:
    lines = Lines((ROAD,), CRS)
    partial = kernel.measure(register(GOOD, row, GOOD), NO_UNITS, lines)
    (faulty,) = partial.faulty
    assert (faulty.code, faulty.count, faulty.examples) == (code, 1, (("1", found),))
    assert sums(partial.wholes, ("project", "stage")) == {("p", "paid"): Sum(200.0, 2, date(2025, 1, 1))}
    with pytest.raises(InputError) as refused:
        results.conclude(partial, lines)
    assert len(refused.value.faults) == 1
    for lang in ("vi", "en"):
        assert "1" in refused.value.faults[0].write(lang)


def test_metres_in_a_register_of_degrees_are_seen() -> None:
    degrees = register(GOOD, GOOD).to_crs(4326)
    mixed = degrees.set_geometry([degrees.geometry.iloc[0], box(0, 0, 10, 10)], crs=4326)
    partial = kernel.measure(mixed, NO_UNITS, Lines((ROAD,), CRS))
    (faulty,) = partial.faulty
    assert (faulty.code, faulty.count, faulty.examples) == ("wrong_crs", 1, (("1", None),))
    assert partial.wholes[["area_m2", "parcels"]].to_numpy().tolist() == [[pytest.approx(100, rel=1e-6), 1]]


def test_what_a_repair_hardly_changes_is_repaired_and_counted() -> None:
    # Out to a point and back: the spike has no land.
    spike = Polygon([(440_000 + x, 2_410_000 + y) for x, y in [(0, 0), (10, 0), (20, 0), (10, 0), (10, 10), (0, 10)]])
    assert not spike.is_valid
    partial = kernel.measure(register(GOOD, (spike, "paid")), NO_UNITS, Lines((), CRS))
    assert (partial.repaired, partial.faulty) == (1, ())
    assert partial.wholes[["area_m2", "parcels"]].to_numpy().tolist() == [[pytest.approx(200), 2]]


def test_five_of_each_kind_are_named_and_all_counted() -> None:
    rows = [*[(None, "paid")] * 4, *[(BOW, "paid")] * 2]
    partials = [kernel.measure(register(*rows), NO_UNITS, Lines((), CRS)) for _ in range(2)]
    both = kernel.combine(*partials)
    assert {one.code: (one.count, len(one.examples)) for one in both.faulty} == {"empty": (8, 5), "invalid": (4, 4)}
    assert both.wholes.empty
    with pytest.raises(InputError) as refused:
        results.conclude(both, Lines((), CRS))
    assert len(refused.value.faults) == 2


def test_rounding_gives_a_huge_parcel_no_unit() -> None:
    """Of 4,000 ha the last digit of a sum is more than a sliver: no unit has it that the parcel does not meet."""
    chance = np.random.default_rng(4)
    far = 40_000.0
    seats = shapely.MultiPoint(500_000 + far * chance.random((int(chance.integers(4, 9)), 2)))
    ground = shapely.box(490_000, 490_000, 550_000, 550_000)
    parts = [shapely.intersection(part, ground) for part in shapely.voronoi_polygons(seats, extend_to=ground).geoms]
    units = Units(tuple(f"xã {n}" for n in range(len(parts))), tuple(shapely.to_wkb(parts).tolist()), CRS)
    shapes = []
    for _ in range(150):
        turn = np.sort(chance.random(5)) * 2 * np.pi
        reach = 0.6 * far * chance.uniform(0.4, 1, 5)
        at = 500_000 + far * chance.random(2)
        shapes.append(
            shapely.convex_hull(shapely.MultiPoint(at + np.stack([np.cos(turn), np.sin(turn)], 1) * reach[:, None]))
        )
    land = Land.of(
        geopandas.GeoDataFrame(
            {"parcel_id": [str(n) for n in range(150)], "project": "p", "stage": None, "stage_date": None},
            geometry=shapes,
            crs=CRS,
        )
    )
    pieces = areas.pieces(land, units).dropna(subset="unit")
    found = set(zip(pieces["row"], pieces["unit"], strict=True))
    met = {
        (row, name)
        for row, shape in enumerate(shapes)
        for name, part in zip(units.names, parts, strict=True)
        if shapely.intersection(shape, part).area > max(1e-6, 1e-9 * shape.area)
    }
    assert found ^ met == set()
