"""How often the forecast's range holds the day on which a thing was really done: a back-test on made histories.

The world is made, not copied, and documented here. Each section has a total of 20 to 150 ha and a week of work each
in which a part of it is handed over; how it goes is drawn anew for each:

- *steady*: a week's part is the mean part times a factor of 0.2 to 1.8. Paces are exchangeable, which the method's
  nominal coverage asks for.
- *s-shaped*: the share done runs along the distribution function of Beta(2, 3), 6u² − 8u³ + 3u⁴ of the time u, in 25
  to 70 weeks of work, so that it begins fast and slows down towards its end; a week's part has a factor of 0.2 to 1.8,
  one week in six slips (nothing is handed over, the work stays to be done), and in one section of three there is a
  dispute: three to eight weeks in which nothing moves. The last stretch goes at a quarter of the mean pace at least.

Nothing is handed over in the seven days of Tết. What is reported each Sunday is the value to the hundredth; one report
in ten is missing. A cut is every report from the third on of the first 52 weeks before the thing is done; the weeks
after it are held out, and the true day is the first whose report shows the whole.

Run ``python -m tests.backtest`` for the table.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import median

from lsinfra.forecast import Ending, Point, Rest, completion, in_working_time, pace
from lsinfra.quantities import PartialDate
from lsinfra.weeks import day_after, working_weeks

WEEKS = 52
START = date(2024, 9, 1)  # a Sunday: the 52 weeks hold one Tết, and what is held out others


@dataclass(frozen=True)
class History:
    """Reports of one section, oldest first, and the day on which the whole was done."""

    total: Decimal
    points: tuple[Point, ...]
    done: date


@dataclass(frozen=True)
class Score:
    """Of all cuts: how many had a range, how many of these held the true day, how many had a latest day; days wide."""

    cuts: int
    ranges: int
    held: int
    closed: int
    closed_held: int
    late: int
    width_days: float
    naive_days_off: float
    naive_held: int

    @property
    def coverage(self) -> Fraction:
        return Fraction(self.held, self.ranges)


def steady(chance: random.Random, total: float) -> Iterator[float]:
    mean = total / chance.randint(25, 70)
    while True:
        yield mean * chance.uniform(0.2, 1.8)


def s_shaped(chance: random.Random, total: float) -> Iterator[float]:
    weeks = chance.randint(25, 70)
    dispute = range(0)
    if chance.random() < 1 / 3:
        begins = chance.randint(5, weeks)
        dispute = range(begins, begins + chance.randint(3, 8))
    passed, u = 0, 0.0
    while True:
        passed += 1
        if passed in dispute or chance.random() < 1 / 6:
            yield 0.0
            continue
        before, u = u, min(u + 1 / weeks, 1.0)
        part = _curve(u) - _curve(before)
        yield total * max(part, 0.25 / weeks) * chance.uniform(0.2, 1.8)


def _curve(u: float) -> float:
    return 6 * u**2 - 8 * u**3 + 3 * u**4


def histories(kind: Callable[[random.Random, float], Iterator[float]], sections: int, seed: int) -> Iterator[History]:
    chance = random.Random(seed)
    for _ in range(sections):
        total = Decimal(chance.randint(2_000, 15_000)) / 100
        parts = kind(chance, float(total))
        day, value, points = START, 0.0, []
        while value < float(total):
            following = day + timedelta(days=7)
            value += next(parts) * float(working_weeks(day, following))
            day = following
            seen = min(Decimal(round(value * 100)) / 100, total)
            if seen == total:
                break
            if chance.random() >= 0.1:
                points.append(Point(PartialDate(day.year, day.month, day.day), seen))
        yield History(total, tuple(points), day)


def score(made: Iterator[History], last: int) -> Score:
    cuts = ranges = held = closed = closed_held = late = naive_held = 0
    widths: list[int] = []
    off: list[int] = []
    for history in made:
        for cut in range(3, len(history.points) + 1):
            as_of = history.points[cut - 1].observed.last_day
            if as_of > START + timedelta(weeks=WEEKS):
                break
            cuts += 1
            points = in_working_time(history.points[:cut])[-last:]
            left = Fraction(history.total) - Fraction(points[-1].value)
            found = completion(points, Rest(left, left), as_of)
            if found.ending is not Ending.RANGE or found.earliest is None:
                continue
            ranges += 1
            # A report a week: it was done on that day or one of the six before it.
            begun = history.done - timedelta(days=6)
            holds = found.earliest <= history.done and (found.latest is None or begun <= found.latest)
            held += holds
            late += found.latest is not None and begun > found.latest
            if found.latest is not None:
                closed += 1
                closed_held += holds
                widths.append((found.latest - found.earliest).days)
            line = pace(points)
            if line and line.per_week > 0 and (naive := day_after(as_of, left / line.per_week)):
                off.append(abs((naive - history.done).days))
                naive_held += begun <= naive <= history.done
    return Score(cuts, ranges, held, closed, closed_held, late, median(widths), median(off), naive_held)


def table(sections: int, seed: int) -> Iterator[str]:
    yield "world     last  nominal  held  later  with a latest day  held of these  days wide  one line right, days off"
    for name, kind in (("steady", steady), ("s-shaped", s_shaped)):
        for last in (3, 4, 5, 6, 8, 12):
            found = score(histories(kind, sections, seed), last)
            shares = [
                Fraction(last - 2, last),
                found.coverage,
                Fraction(found.late, found.ranges),
                Fraction(found.closed, found.ranges),
                Fraction(found.closed_held, found.closed),
            ]
            told = "  ".join(f"{float(share):.3f}" for share in shares)
            line = f"{found.naive_held / found.ranges:.3f}, {found.naive_days_off:.0f}"
            yield f"{name:8}  {last:4}  {told}  {found.width_days:.0f}  {line}"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in table(200, 1))
