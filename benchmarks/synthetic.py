"""A province that does not exist, of any size: records and routes as a planner would write them.

Everything comes from one seed, so that each run measures the same portfolio. Each project is one surveyed route of a
kilometre a section, curved like a road in the hills, with a vertex every 100 m and its chainage calibrated at both
ends. As in real records, some sections have nothing, only an amount, or an amount and a percentage; others have
several stages and land handed over at two dates; a few have a value that falls or a percentage that does not fit.
That makes some two figures a section; the real records have 1.2. Projects have a figure of their own, capital of a
plan year, investment, decisions and obstacles. The names say that they are made up.
"""

from __future__ import annotations

import json
import math
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random

from lsinfra.quantities import Figure, Unit, write_figure

SEED = 2024
AUGUST, OCTOBER = "2024-08-31", "2024-10-31"
SOURCES = {AUGUST: "thang-8", OCTOBER: "thang-10"}

_VERTEX_M = 100.0
_SECTION_KM = 1
_EAST_M, _NORTH_M = 103_600.0, 110_700.0  # one degree at 21.8° N, to some 0.2 %
_BENDS = ((12_000.0, 900.0), (4_000.0, 260.0), (1_500.0, 60.0))  # wavelength and height of the bends of a road (m)


def write(root: Path, projects: int, sections: int, seed: int = SEED, first: int = 0) -> None:
    """Write ``projects.yaml`` and ``geodata/routes.geojson`` of ``projects`` × ``sections`` under ``root``.

    The projects are numbered from ``first``.
    """
    random, numbers = Random(seed), range(first, first + projects)
    routes = [_route(random, number, sections) for number in numbers]
    communes = range(first * _communes(sections), (first + projects) * _communes(sections))
    lines = [*_HEAD, *(f"  Xã Thử {number}: {{level: commune}}" for number in communes), "projects:"]
    for number in numbers:
        lines += _project(random, number, sections)
    (root / "geodata").mkdir(parents=True)
    collection = {"type": "FeatureCollection", "features": routes}
    (root / "geodata" / "routes.geojson").write_text(json.dumps(collection), encoding="utf-8")
    (root / "projects.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


# --- routes --------------------------------------------------------------------------------------------------------


def _route(random: Random, number: int, sections: int) -> dict[str, object]:
    """A curved line whose length is the published one to some 0.2 %, well within what a survey is allowed."""
    length_m = 1000.0 * sections * _SECTION_KM
    heading = random.uniform(0, math.tau)
    waves = [(math.tau / wave, height * random.uniform(0.6, 1), random.uniform(0, math.tau)) for wave, height in _BENDS]
    steps = [_VERTEX_M * step for step in range(round(length_m / _VERTEX_M) + 1)]
    bent = [(at, sum(height * math.sin(turn * at + phase) for turn, height, phase in waves)) for at in steps]
    scale = length_m / sum(math.dist(a, b) for a, b in pairwise(bent))
    middle = 106.45 + 0.15 * (number % 5), 21.55 + 0.17 * (number // 5 % 5)
    line = [_degrees(middle, heading, (at - length_m / 2) * scale, off * scale) for at, off in bent]
    ends = [{"chainage": "Km0", "at": line[0]}, {"chainage": f"Km{sections * _SECTION_KM}", "at": line[-1]}]
    properties = {
        "route": f"tuyen-{number}",
        "title": {"vi": f"Tuyến Thử {number}", "en": f"Trial route {number}"},
        "accuracy": "survey",
        "partial": False,
        "source": "made up",
        "calibration": ends,
    }
    return {"type": "Feature", "properties": properties, "geometry": {"type": "LineString", "coordinates": line}}


def _degrees(middle: tuple[float, float], heading: float, along_m: float, off_m: float) -> list[float]:
    east_m = along_m * math.cos(heading) - off_m * math.sin(heading)
    north_m = along_m * math.sin(heading) + off_m * math.cos(heading)
    return [round(middle[0] + east_m / _EAST_M, 6), round(middle[1] + north_m / _NORTH_M, 6)]


# --- records -------------------------------------------------------------------------------------------------------

_HEAD = (
    "portfolio:",
    "  title: {vi: Tiến độ các dự án của tỉnh Thử, en: Progress of the projects of the province of Trial}",
    "sources:",
    "  thang-8: {title: {vi: Báo cáo tháng 8, en: Report of August}, number: 8/BC-THU, date: 2024-09, kind: official}",
    "  thang-10: {title: {vi: Báo Thử đưa tin, en: Trial News}, date: 2024-11-05, kind: press, url: https://example.org}",
    "units:",
)


def _communes(sections: int) -> int:
    return -(-sections // 5)


def _project(random: Random, number: int, sections: int) -> list[str]:
    plan = Decimal(random.randrange(100, 900))
    central, local = (write_figure(Figure(plan * part / 10, Unit.BILLION)) for part in (8, 2))
    lines = [
        f"  - id: du-an-{number}",
        f"    title: {{vi: Dự án Thử số {number}, en: Trial project {number}}}",
        f"    kind: {random.choice(('expressway', 'national_road', 'provincial_road'))}",
        "    status: implementation",
        "    years: {from: 2023, to: 2026}",
        f"    length: {sections * _SECTION_KM} km",
        f"    routes: [tuyen-{number}]",
        "    milestones:",
        f"      - {{title: Phê duyệt, kind: decision, date: 2023-05-10, number: {number}/QĐ-THU, source: thang-8}}",
        "      - {title: {vi: Khởi công, en: Works begun}, kind: start, date: 2023-11, source: thang-8}",
        "    investment:",
        f"      - total: {write_figure(Figure(plan, Unit.BILLION))}",
        f'        parts: [{{party: central_budget, amount: "{central}"}}, {{party: local_budget, amount: "{local}"}}]',
        "        source: thang-8",
        "    disbursement:",
        f"      - as_of: {OCTOBER}",
        "        plan_year: 2024",
        "        base: adjusted",
        f"        total: {write_figure(Figure(plan / 8, Unit.BILLION, plan / 4))}",
        f'        funding: {{central_budget: "{write_figure(Figure(plan / 8, Unit.BILLION))}"}}',
        "        source: thang-10",
        "    issues:",
    ]
    text = "{vi: Chưa di dời đường điện, en: The power line has not been moved}"
    for section in sorted(random.sample(range(sections), min(3, sections))):
        lines += [
            f"      - text: {text}",
            f"        at: Km{section * _SECTION_KM}+300",
            f"        section: doan-{section}",
            "        owner: Điện lực Thử",
            "        due: 2024-12-31",
            "        source: thang-10",
        ]
    lines.append("    sections:")
    for section in range(sections):
        unit = f"Xã Thử {number * _communes(sections) + section // 5}"
        ends = f"from: Km{section * _SECTION_KM}, to: Km{(section + 1) * _SECTION_KM}"
        lines.append(f"      - {{id: doan-{section}, unit: {unit}, route: tuyen-{number}, {ends}, placed: surveyed}}")
    lines.append("    clearance:")
    for section in range(sections):
        lines += _section(random, section)
    land = Decimal(random.randrange(800, 4000)) / 10
    return lines + _seen(OCTOBER, None, handed_over=_part(random.random(), land, stated=True))


def _section(random: Random, section: int) -> list[str]:
    """What was published of a section: nothing, a little, or two observations of several stages."""
    kind = random.random()
    if kind < 0.1:
        return []
    land = Decimal(random.randrange(20, 300)) / 10
    if kind < 0.2:
        return _seen(OCTOBER, section, handed_over=write_figure(Figure(land, Unit.HA)))
    if kind < 0.3:
        implied = Figure(land, Unit.HA, percent=Decimal(random.randrange(300, 990)) / 10)
        return _seen(OCTOBER, section, handed_over=write_figure(implied))
    if kind < 0.6:
        return _seen(OCTOBER, section, handed_over=_part(random.random(), land, stated=True))
    shares = sorted((random.random(), random.random()), reverse=kind < 0.63)  # a few fall
    households = random.randrange(10, 200)
    inventoried = f"{random.randrange(households + 1)}/{households} hộ"
    late = _part(shares[1], land, stated=True)
    if 0.63 <= kind < 0.66:  # and a few do not fit the percentage that stands beside them
        late = write_figure(Figure(_cents(land / 2), Unit.HA, land, Decimal("61.8")))
    return [
        *_seen(AUGUST, section, inventoried=inventoried, handed_over=_part(shares[0], land)),
        *_seen(
            OCTOBER, section, approved=_part(random.random(), land), paid=_part(random.random(), land), handed_over=late
        ),
    ]


def _seen(as_of: str, section: int | None, **stages: str) -> list[str]:
    """One observation; without a section it is of the whole project."""
    whose = [] if section is None else [f"        section: doan-{section}"]
    figures = [f"        {stage}: {text}" for stage, text in stages.items()]
    return [f"      - as_of: {as_of}", *whose, *figures, f"        source: {SOURCES[as_of]}"]


def _part(share: float, total: Decimal, *, stated: bool = False) -> str:
    """Some hectares of a total as documents print them, with their percentage if ``stated``."""
    value = _cents(total * Decimal(share))
    return write_figure(Figure(value, Unit.HA, total, _cents(value / total * 100) if stated else None))


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))
