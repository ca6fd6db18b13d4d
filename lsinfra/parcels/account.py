"""What a run over a register comes to, with what a reader of its figures must be told beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyproj

from lsinfra.codes import Stage
from lsinfra.errors import Severity
from lsinfra.numerals import number
from lsinfra.parcels import suppression
from lsinfra.parcels.kernel import in_another_crs
from lsinfra.parcels.metric import DOUBTFUL, GroundError, areal_distortion, crs_name
from lsinfra.parcels.model import NEAR_M, REACH_M
from lsinfra.parcels.results import longest
from lsinfra.phrases import Numeral
from lsinfra.quantities import Measure, PartialDate, share_text
from lsinfra.text import Lang, Word, printable, say

if TYPE_CHECKING:
    from lsinfra.parcels.model import Line, Lines, Measured, Units
    from lsinfra.parcels.register import Register

HECTARE_M2 = 10_000
_NAMED = 5  # units that are named in one sentence
LEAST_HA = Fraction(1, 100)
"""The smallest area that is shown; a smaller one is said to be smaller."""


def hectares(area_m2: Fraction, lang: Lang) -> str:
    """An area as a reader is told it, without its unit: ``1.234,56``, half up; what is more than none is no 0."""
    area = area_m2 / HECTARE_M2
    return f"< {number(LEAST_HA, 2, lang)}" if 0 < area < LEAST_HA else number(area, 2, lang)


def rows_of(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table, each with its columns by name."""
    return table.itertuples()


@dataclass(frozen=True)
class Amount:
    """How many parcels, and how much of their land (m², None where it is not said) a remark is of."""

    parcels: int
    area_m2: Fraction | None = None

    def write(self, lang: Lang) -> str:
        count = say(
            lang, f"parcels.count.{'one' if self.parcels == 1 else 'many'}", count=number(self.parcels, 0, lang)
        )
        if self.area_m2 is None:
            return count
        return say(lang, "parcels.count.with_area", count=count, area=hectares(self.area_m2, lang))


@dataclass(frozen=True)
class Share:
    """A part of a whole (1), said in percent."""

    share: Fraction

    def write(self, lang: Lang) -> str:
        return share_text(self.share, Measure.AREA, lang)


@dataclass(frozen=True)
class Remark:
    """Something that the reader of the figures must know.

    Attributes
    ----------
    code : str
        Stable; its sentence is ``parcels.remark.CODE``.
    project : str or None
        None: of the whole register.
    amount : Amount or None
        Of which parcels; None where it is of none, or where that must not be published.
    """

    code: str
    severity: Severity
    project: str | None = None
    amount: Amount | None = None
    values: tuple[tuple[str, object], ...] = ()

    def message(self, lang: Lang) -> str:
        parcels = self.amount or Word("parcels.count.some")
        project = printable(self.project or "")
        return say(lang, f"parcels.remark.{self.code}", project=project, parcels=parcels, **dict(self.values))


@dataclass(frozen=True, eq=False)
class Account:
    """The figures of a register, and what is said beside them.

    Attributes
    ----------
    register : str
        The name of the file.
    metric_crs : str
        What was measured in.
    longest : DataFrame
        As ``results.longest``.
    public : bool
        Counts are left out that must not be published; they are NA in ``measured``.
    """

    register: str
    metric_crs: str
    measured: Measured
    longest: pd.DataFrame
    remarks: tuple[Remark, ...]
    public: bool = False


@dataclass(frozen=True)
class Later:
    """How many parcels have a stage that is dated after the day of the figures.

    It is not known on that day, nor is the one before it: that is not in the register. So the figures say less than had
    been reached.
    """

    day: date
    parcels: int


def later(register: Register, day: date) -> Later:
    """The parcels of a register whose stage is dated after the day that it is measured at."""
    return Later(day, register.dated_after(day))


def later_among(frame: pd.DataFrame, day: date) -> Later:
    """The same of parcels as ``Register.frame`` gives them."""
    return Later(day, int((frame["stage"].notna() & (frame["stage_date"] > pd.Timestamp(day))).sum()))


@dataclass(frozen=True)
class Reach:
    """How far from the lines of a project a parcel may lie that still says something of their length.

    Attributes
    ----------
    halves : tuple of float
        Half of each width of the right of way that is known (m).
    unknown : bool
        Whether a line comes without its width.
    """

    halves: tuple[float, ...]
    unknown: bool

    def write(self, lang: Lang) -> str:
        said = [say(lang, "parcels.reach.half", metres=number(Fraction(half), None, lang)) for half in self.halves]
        if self.unknown:
            said.append(say(lang, "parcels.reach.unknown", **_REACHES))
        return ", ".join(said)


_REACHES = {"far": Numeral(Fraction(REACH_M)), "near": Numeral(Fraction(NEAR_M))}


def account(
    register: str,
    measured: Measured,
    units: Units,
    lines: Lines,
    distorted: float = 0.0,
    late: Later | None = None,
) -> Account:
    """The figures with their remarks.

    Parameters
    ----------
    register
        The name of the file.
    distorted
        By which share the metric CRS shows areas larger (negative: smaller) there (``distortion``).
    late
        The parcels dated after the day that was measured at (``later``).
    """
    of_all = _of_all(measured, units, distorted, late)
    remarks = (*of_all, *_of_stages(measured, units), *_of_lengths(measured, lines))
    return Account(register, units.crs, measured, longest(measured), remarks)


def distortion(register: Register, crs: str) -> float:
    """How a metric CRS distorts areas where the parcels of a register lie, as ``metric.areal_distortion``.

    Where the file does not say where they lie, its first piece does. Where a CRS seems unfit that may be of parcels in
    another one than the register's, such as degrees among metres: they are left away, to be refused by their own name
    when they are measured.

    Raises
    ------
    GroundError
        It distorts too much, or has no meaning there.
    """
    try:
        return _distortion(register, crs, register.file.bounds or _bounds(register, 0))
    except GroundError:
        sound = (_distortion(register, crs, _bounds(register, group)) for group in range(register.groups))
        return max(sound, key=abs)


def _distortion(register: Register, crs: str, bounds: tuple[float, ...] | None) -> float:
    if bounds is None:
        return 0.0
    if register.crs != crs:
        step = pyproj.Transformer.from_crs(register.crs, crs, always_xy=True)
        west, south, east, north = bounds
        bounds = step.transform_bounds(west, south, east, north)
    return areal_distortion(crs, bounds)


def _bounds(register: Register, group: int) -> tuple[float, ...] | None:
    """West, south, east, north of the parcels of a piece that lie in the register's CRS; None where none do."""
    land = register.land(group)
    own = np.isfinite(land.bounds).all(axis=0) & ~in_another_crs(land)
    west, south, east, north = land.bounds[:, own]
    return (west.min(), south.min(), east.max(), north.max()) if own.any() else None


def of_crs(crs: str, distorted: float) -> Iterator[Remark]:
    """What must be said of a metric CRS that distorts areas by such a share (``distortion``); nothing of a little."""
    if abs(distorted) > DOUBTFUL:
        values = (("crs", crs_name(crs)), ("percent", Share(Fraction(distorted))))
        yield Remark("distorted", Severity.WARNING, values=values)


def of_later(late: Later | None) -> Iterator[Remark]:
    """What must be said of parcels that are dated after the day of the figures; nothing where there are none."""
    if late and late.parcels:
        day = PartialDate(late.day.year, late.day.month, late.day.day)
        yield Remark("later", Severity.WARNING, amount=Amount(late.parcels), values=(("day", day),))


def of_units(units: Units) -> Iterator[Remark]:
    """What must be said of units that may be several of one name; nothing where there are none."""
    if units.doubtful:
        named = ", ".join(units.doubtful[:_NAMED]) + (", …" if len(units.doubtful) > _NAMED else "")
        values = (("units", printable(named)), ("count", Numeral(Fraction(len(units.doubtful)))))
        yield Remark("same_name", Severity.WARNING, values=values)


def of_unsaid(project: str, lines: Iterable[Line]) -> Iterator[Remark]:
    """What must be said of the lines of a project of which nobody said how they were drawn; nothing of others."""
    if unsaid := [line for line in lines if line.project == project and not line.accuracy_said]:
        yield Remark("accuracy_unsaid", Severity.WARNING, project, values=_routes(unsaid))


def published(found: Account) -> Account:
    """The same for publication: no count that ``suppression`` leaves out, in no remark either."""
    remarks = tuple(replace(remark, amount=None) for remark in found.remarks)
    return replace(found, measured=suppression.published(found.measured), remarks=remarks, public=True)


def _of_all(measured: Measured, units: Units, distorted: float, late: Later | None) -> Iterator[Remark]:
    if measured.as_of is None:
        yield Remark("undated", Severity.WARNING)
    yield from of_later(late)
    yield from of_crs(units.crs, distorted)
    if not units.names:
        yield Remark("no_units", Severity.INFO)
    yield from of_units(units)
    if measured.repaired:
        yield Remark("repaired", Severity.INFO, amount=Amount(measured.repaired))


def _of_stages(measured: Measured, units: Units) -> Iterator[Remark]:
    wholes, areas = measured.wholes, measured.areas
    for code, severity, stage in (("clear", Severity.WARNING, Stage.CLEAR.value), ("no_stage", Severity.INFO, None)):
        rows = wholes[wholes["stage"].isna() if stage is None else wholes["stage"] == stage]
        for row in rows_of(rows):
            yield Remark(code, severity, row.project, Amount(row.parcels, Fraction(row.area_m2)))
    if units.names:
        outside = areas[areas["unit"].isna()].groupby("project", sort=False)[["parcels", "area_m2"]].sum()
        for row in rows_of(outside):
            yield Remark("outside_units", Severity.WARNING, row.Index, Amount(int(row.parcels), Fraction(row.area_m2)))


def _of_lengths(measured: Measured, lines: Lines) -> Iterator[Remark]:
    drawn: dict[str, list[Line]] = {project: [] for project in measured.lengths["project"]}
    sketched: dict[str, list[Line]] = {project: [] for project in drawn}
    for line in lines.lines:
        routes = (sketched if line.accuracy == "schematic" else drawn).get(line.project)
        if routes is not None:
            routes.append(line)
    for project, off_route in zip(drawn, measured.lengths["off_route"], strict=True):
        if not drawn[project] and not sketched[project]:
            yield Remark("no_route", Severity.WARNING, project)
        elif not drawn[project]:
            yield Remark("schematic", Severity.WARNING, project, values=_routes(sketched[project]))
        elif sketched[project]:
            yield Remark("partly_schematic", Severity.WARNING, project, values=_routes(sketched[project]))
        yield from of_unsaid(project, drawn[project])
        if wide := [line for line in drawn[project] if line.corridor_m is None]:
            yield Remark("no_corridor", Severity.WARNING, project, values=(*_routes(wide), *_REACHES.items()))
        if off_route:
            halves = {line.corridor_m / 2 for line in drawn[project] if line.corridor_m is not None}
            reach = Reach(tuple(sorted(halves)), bool(wide))
            yield Remark("off_route", Severity.WARNING, project, Amount(int(off_route)), (("reach", reach),))


def _routes(lines: list[Line]) -> tuple[tuple[str, object], ...]:
    return (("routes", printable(", ".join(line.route for line in lines))),)
