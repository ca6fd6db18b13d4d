"""The book's progress with the figures that a parcel register gives in the place of the reported ones.

Computed are, for land handed over, the area of each section and of each whole project, and the length of a project
whose routes are surveyed whole. Every other figure stays as it was published, and so does one that the register cannot
tell: a finding says why. The total of a computed area is the land registered, not the land the project needs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from lsinfra.codes import Level, Stage, TotalKind
from lsinfra.errors import Finding
from lsinfra.fields import hint
from lsinfra.numerals import decimals_of, half_up, number, settled, shown
from lsinfra.parcels.model import Measured
from lsinfra.phrases import TO_THE_METRE, Amount, Numeral, Place
from lsinfra.progress import ClearanceRow, Dating, Progress, Rate, SectionSum, sums_of
from lsinfra.quantities import SHOWN_IN, Measure, PartialDate, StatedCheck, Unit, stated_check
from lsinfra.subject import INFO, WARNING
from lsinfra.text import Lang, say
from lsinfra.units import named_alike

if TYPE_CHECKING:
    from lsinfra.parcels.account import Remark
    from lsinfra.portfolio import Portfolio
    from lsinfra.records import Project, Section

Key = tuple[str, str | None, Stage, Measure]
"""Whose figure of what: project, section (None: the whole project), stage and measure."""

_DECIMALS = 9
"""Of a computed amount in ha or km: finer than any float's noise, and as many as Parquet keeps."""
_LEAST = Fraction(1, 2)
"""A shorter stretch (m), or a smaller piece of land (m²), is the noise of digitizing."""
_NAMED = 5
_REMARKS = {"distorted", "repaired", "off_route", "no_corridor", "same_name"}
"""Of the measuring; the others the findings say, beside what was published."""


@dataclass(frozen=True, eq=False)
class Joined:
    """Progress with computed rows in the place of the reported ones.

    Attributes
    ----------
    reported : mapping
        For every computed row, by its ``Key``, the reported row whose place it took; None where nobody reported it.
    findings : tuple of Finding
        Where the two differ, and what the register could not tell.
    """

    progress: Progress
    reported: Mapping[Key, ClearanceRow | None]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Land:
    """Some land of a project: exact sums of the register's areas (m²), and the newest date of a stage among it."""

    total_m2: Fraction
    handed_over_m2: Fraction
    newest: date | None


def key_of(row: ClearanceRow) -> Key:
    """Whose figure of what a row is."""
    return row.project, row.section, row.stage, row.measure


@dataclass(frozen=True, eq=False)
class Counted:
    """What a register gives at a day.

    Attributes
    ----------
    register : str
        What the file is called: the source of a computed figure.
    units : tuple of str
        The names of the units that the parcels were cut at; none where no boundaries were there.
    remarks : tuple of Remark
        What must be known of the measuring itself. What the book says otherwise is a finding (``join``).
    later : int
        Parcels whose stage is dated after the day, so that it was not known on it.
    """

    register: str
    measured: Measured
    units: tuple[str, ...]
    remarks: tuple[Remark, ...] = ()
    later: int = 0

    @property
    def newest(self) -> date | None:
        """The newest date of a stage; None where no stage is dated."""
        return _newest(self.measured.wholes["newest"])


def measure(
    portfolio: Portfolio,
    file: Path,
    units: Path | None,
    as_of: date,
    *,
    allow: Sequence[str] = (),
    told: Callable[[int, int], None] | None = None,
) -> Counted:
    """Measure a register along the routes of the book, and at the boundaries of a file or (None) of the book.

    Parameters
    ----------
    as_of
        A stage dated later is not known.
    allow
        Columns that look like personal data and are none.
    told
        Told how many pieces of the register are done, and how many there are.

    Raises
    ------
    RunError, InputError
        The register or the boundaries cannot be read or measured, or parcels cannot be.
    """
    from lsinfra.parcels import account, engines, ground
    from lsinfra.parcels.metric import measuring_crs
    from lsinfra.parcels.register import open_register
    from lsinfra.parcels.results import conclude

    register = open_register(file, allow)
    crs = measuring_crs(None, register.crs, lambda: portfolio.records.portfolio.metric_crs)
    distorted = account.distortion(register, crs)
    level, day = level_of_sections(portfolio, as_of)
    found = ground.units_from(units, crs, day) if units else ground.units_of(portfolio, crs, day, level)
    lines = ground.lines_of(portfolio, crs)
    measured = conclude(engines.run(register, found, lines, as_of=as_of, told=told), lines, as_of, register=file.name)
    remarks = account.account(file.name, measured, found, lines, distorted).remarks
    kept = tuple(one for one in remarks if one.code in _REMARKS)
    return Counted(file.name, measured, found.names, kept, register.dated_after(as_of))


def level_of_sections(portfolio: Portfolio, as_of: date) -> tuple[Level | None, date]:
    """Of which level the units are that most sections of the book are named by, and the last day on which they were.

    A section keeps the unit it is named by after that unit's last day: its land is still that land. None where the
    records say of no unit what it is.
    """
    records = portfolio.records
    sections = [section for project in records.projects for section in project.sections]
    known = [records.units[section.unit] for section in sections if section.unit in records.units]
    if not known:
        return None, as_of
    ((level, _),) = Counter(unit.level for unit in known).most_common(1)
    return level, min([as_of, *(unit.until.last_day for unit in known if unit.level is level and unit.until)])


def join(portfolio: Portfolio, progress: Progress, counted: Counted) -> Joined:
    """Put what a register gives in the place of the reported figures.

    Parameters
    ----------
    progress
        What was published, at ``progress.as_of``.
    counted
        What the register gives at that day.
    """
    units = tuple(dict.fromkeys(counted.units))
    scope = _Scope(portfolio, progress, counted.measured, units, counted.register, counted.later)
    computed = {key_of(row): row for project in scope.registered for row in _computed(scope, project)}
    before = {key_of(row): row for row in progress.clearance}
    order = {key: n for n, key in enumerate(_keys(portfolio))}
    clearance = tuple(sorted((before | computed).values(), key=lambda row: order[key_of(row)]))
    joined = replace(progress, clearance=clearance, sums=tuple(_sums(scope, computed)))
    reported = {key: before.get(key) for key in computed}
    return Joined(joined, reported, (*_differing(scope, computed, reported), *_untold(scope, computed)))


@dataclass(frozen=True, eq=False)
class _Scope:
    """What is joined, and the register's tables as plain sums."""

    portfolio: Portfolio
    progress: Progress
    measured: Measured
    units: tuple[str, ...]
    register: str
    later: int

    @cached_property
    def parts(self) -> dict[tuple[str, str | None], _Land]:
        """The land of each project in each unit, where it is more than a sliver; unit None outside every unit."""
        rows: dict[tuple[str, str | None], list[tuple[object, Fraction, object]]] = defaultdict(list)
        columns = (self.measured.areas[name].tolist() for name in ("project", "unit", "stage", "area_m2", "newest"))
        for project, unit, stage, area, day in zip(*columns, strict=True):
            rows[project, unit if isinstance(unit, str) else None].append((stage, Fraction(area), day))
        lands = {key: _summed(found) for key, found in rows.items()}
        return {key: land for key, land in lands.items() if land.total_m2 >= _LEAST}

    @cached_property
    def registered(self) -> list[Project]:
        """The projects of the book of which the register holds land, in the book's order."""
        held = set(self.measured.wholes["project"])
        return [project for project in self.portfolio.records.projects if project.id in held]

    def of(self, project: Project) -> dict[str | None, _Land]:
        """The land of a project by unit."""
        return {unit: land for (held, unit), land in self.parts.items() if held == project.id}

    def units_of(self, section: Section) -> list[str]:
        """The units that the section's name may mean."""
        recorded = self.portfolio.records.units.get(section.unit)
        level = recorded.level if recorded else None
        return [unit for unit in self.units if named_alike(unit, section.unit, level)]

    def unit_of(self, project: Project, section: Section) -> str | None:
        """The unit whose land is that of the section, None where there is none or where it has other sections too."""
        found = self.units_of(section)
        if len(found) != 1 or any(self.units_of(other) == found for other in project.sections if other is not section):
            return None
        return found[0]


def _summed(rows: Sequence[tuple[object, Fraction, object]]) -> _Land:
    """Land of several stages together."""
    total = sum((area for _, area, _ in rows), Fraction(0))
    over = sum((area for stage, area, _ in rows if stage == Stage.HANDED_OVER), Fraction(0))
    return _Land(total, over, _newest(day for _, _, day in rows))


def _newest(days: Iterable[object]) -> date | None:
    return max((day.date() for day in days if isinstance(day, pd.Timestamp)), default=None)


def _keys(portfolio: Portfolio) -> Iterator[Key]:
    """The order of the figures, as ``progress.measure`` has it: whole projects before their sections."""
    for project in portfolio.records.projects:
        for section in (None, *(section.id for section in project.sections)):
            for stage in Stage:
                for measure in Measure:
                    yield project.id, section, stage, measure


# --- figures ---------------------------------------------------------------------------------------------------------


def _computed(scope: _Scope, project: Project) -> Iterator[ClearanceRow]:
    """The rows that the register gives of a project, those first that the whole of it has."""
    whole = _whole(scope, project)
    if whole and whole.newest:
        yield _row(scope, project, None, Measure.AREA, _area(whole), whole.newest)
        if length := _length(scope, project):
            yield _row(scope, project, None, Measure.LENGTH, length, whole.newest)
    for section in project.sections:
        unit = scope.unit_of(project, section)
        land = scope.of(project).get(unit) if unit else None
        if land and land.newest:
            yield _row(scope, project, section, Measure.AREA, _area(land), land.newest)


def _whole(scope: _Scope, project: Project) -> _Land | None:
    """All land of a project but that of sections out of its scope; None where the register cannot tell that apart."""
    beyond = [section for section in project.sections if not section.in_scope]
    if not beyond:
        own = scope.measured.wholes[scope.measured.wholes["project"] == project.id]
        columns = (own[name].tolist() for name in ("stage", "area_m2", "newest"))
        return _summed([(stage, Fraction(area), day) for stage, area, day in zip(*columns, strict=True)])
    left_out = {scope.unit_of(project, section) for section in beyond}
    if None in left_out:
        return None
    lands = [land for unit, land in scope.of(project).items() if unit not in left_out]
    total = sum((land.total_m2 for land in lands), Fraction(0))
    over = sum((land.handed_over_m2 for land in lands), Fraction(0))
    return _Land(total, over, max((land.newest for land in lands if land.newest), default=None))


def _area(land: _Land) -> tuple[Fraction, Fraction]:
    return land.handed_over_m2 / 10_000, land.total_m2 / 10_000


def _length(scope: _Scope, project: Project) -> tuple[Fraction, Fraction] | None:
    """Cleared and whole length (km); None unless every route of the project is surveyed whole and in its scope."""
    drawn = scope.portfolio.routes.alignments
    lines = [drawn.get(route) for route in project.routes]
    if any(line is None or line.accuracy != "survey" or line.partial for line in lines):
        return None
    if not all(section.in_scope for section in project.sections):
        return None
    table = scope.measured.lengths
    own = table[table["project"] == project.id]
    for cleared, whole in zip(own["cleared_m"].tolist(), own["length_m"].tolist(), strict=True):
        if whole > 0:  # NaN: nothing was measured
            return Fraction(cleared) / 1000, Fraction(whole) / 1000
    return None


def _row(
    scope: _Scope,
    project: Project,
    section: Section | None,
    measure: Measure,
    amounts: tuple[Fraction, Fraction],
    newest: date,
) -> ClearanceRow:
    value, total = (Decimal(half_up(amount, _DECIMALS)).scaleb(-_DECIMALS) for amount in amounts)
    share = Fraction(value) / Fraction(total) if total else None
    rate = Rate(value, total, None, None, TotalKind.COMPUTED, share, None, StatedCheck.NONE, about=False)
    age = (scope.progress.as_of - newest).days
    stale = age > scope.portfolio.records.portfolio.stale_after_days
    dating = Dating(_day(newest), age, stale, scope.register, scope.register, None)
    part, unit = (section.id, section.unit) if section else (None, None)
    return ClearanceRow(project.id, part, unit, Stage.HANDED_OVER, measure, rate, dating)


def _day(day: date) -> PartialDate:
    return PartialDate(day.year, day.month, day.day)


def _sums(scope: _Scope, computed: Mapping[Key, ClearanceRow]) -> Iterator[SectionSum]:
    """Sums of sections; computed areas are added to computed ones alone."""
    for project in scope.portfolio.records.projects:
        rows = [row for row in computed.values() if row.project == project.id and row.section is not None]
        for made in scope.progress.sums:
            if made.project == project.id and not (rows and _computable(made)):
                yield made
        yield from sums_of(project, rows)


def _computable(made: SectionSum) -> bool:
    return made.stage is Stage.HANDED_OVER and made.measure is Measure.AREA


# --- findings --------------------------------------------------------------------------------------------------------


def _differing(
    scope: _Scope, computed: Mapping[Key, ClearanceRow], reported: Mapping[Key, ClearanceRow | None]
) -> Iterator[Finding]:
    """A computed figure that is not the reported one, in as many decimals as that is printed with."""
    for key, row in computed.items():
        told = reported[key]
        if told is None or _agree(row.rate, told.rate):
            continue
        project = scope.portfolio.project(row.project)
        values = {
            "place": Place(project, row.section),
            "stage": row.stage,
            "computed": _amount(row.measure, Fraction(row.rate.value), Fraction(row.rate.total or 0)),
            "first": row.dating.observed,
            "reported": _Told(told.rate, SHOWN_IN[row.measure]),
            "second": told.dating.observed,
            "source": told.dating.source,
        }
        yield Finding("parcels_differ", WARNING, told.dating.where, project.id, row.section, values)


def _agree(found: Rate, told: Rate) -> bool:
    """Whether value, total and percentage are those that were printed; a total that was not printed is not asked."""
    if _rounded(found.value, told.value) != told.value:
        return False
    if told.total is not None:
        return found.total is not None and _rounded(found.total, told.total) == told.total
    return stated_check(found.share, told.stated_percent) is not StatedCheck.CONFLICT


def _rounded(value: Decimal, like: Decimal) -> Decimal:
    decimals = decimals_of(like)
    return Decimal(half_up(Fraction(value), decimals)).scaleb(-decimals)


@dataclass(frozen=True)
class _Told:
    """A reported figure: “366,55/640,28 ha”, “khoảng 37,07 ha (75,12%)”."""

    rate: Rate
    unit: Unit

    def write(self, lang: Lang) -> str:
        text = Amount(self.rate.value, self.unit, self.rate.total).write(lang)
        if self.rate.about:
            text = say(lang, "quantity.figure.about", figure=text)
        if self.rate.total is None and self.rate.stated_percent is not None:
            text += f" ({number(self.rate.stated_percent, None, lang)}%)"
        return text


def _untold(scope: _Scope, computed: Mapping[Key, ClearanceRow]) -> Iterator[Finding]:
    """What the register holds that the book does not, and why a figure was not computed."""
    if scope.later and scope.measured.as_of:
        told = {"count": Numeral(scope.later), "day": _day(scope.measured.as_of)}
        yield Finding("parcels_later", WARNING, scope.register, None, None, told)
    if not scope.units and any(project.sections for project in scope.registered):
        yield Finding("parcels_no_boundaries", WARNING, scope.register, None)
    for project in scope.registered:
        if (project.id, None, Stage.HANDED_OVER, Measure.AREA) not in computed:
            yield from _nothing_of_all(scope, project)
        if (project.id, None, Stage.HANDED_OVER, Measure.LENGTH) not in computed and project.routes:
            yield Finding("parcels_no_length", INFO, project.where, project.id)
        if scope.units:
            yield from _of_sections(scope, project)
        yield from _of_stages(scope, project)
    known = [project.id for project in scope.portfolio.records.projects]
    for found in dict.fromkeys(project for project, _ in scope.parts if project not in known):
        area = sum((land.total_m2 for (project, _), land in scope.parts.items() if project == found), Fraction(0))
        values = {"found": shown(found), "area": _hectares(area), "hint": hint(found, known)}
        yield Finding("parcels_unknown_project", WARNING, scope.register, None, None, values)


def _nothing_of_all(scope: _Scope, project: Project) -> Iterator[Finding]:
    whole = _whole(scope, project)
    if whole is None:
        units = ", ".join(section.unit for section in project.sections if not section.in_scope)
        yield Finding("parcels_scope", WARNING, project.where, project.id, None, {"units": units})
    elif not whole.newest:
        yield _undated(scope, project, None)


def _undated(scope: _Scope, project: Project, section: Section | None) -> Finding:
    """Land of which no stage is known on the day that was asked for: no date, no figure."""
    values = {"place": Place(project, section.id if section else None), "day": _day(scope.progress.as_of)}
    record = section or project
    return Finding("parcels_no_stage", WARNING, record.where, project.id, section.id if section else None, values)


def _of_sections(scope: _Scope, project: Project) -> Iterator[Finding]:
    """Sections that no land was computed for, and land that lies in none."""
    taken = set()
    for section in project.sections:
        found = scope.units_of(section)
        taken.update(found)
        unit = scope.unit_of(project, section)
        land = scope.of(project).get(unit) if unit else None
        code, values = "parcels_none", dict[str, object](unit=section.unit)
        if unit is None:
            code = "parcels_shared_unit" if len(found) == 1 else "parcels_no_unit"
            values |= {} if len(found) == 1 else {"hint": hint(section.unit, list(scope.units))}
        elif land and land.newest:
            continue
        elif land:
            yield _undated(scope, project, section)
            continue
        yield Finding(code, WARNING, section.where, project.id, section.id, values)
    left = {unit: land for unit, land in scope.of(project).items() if unit not in taken}
    if left and project.sections:
        area = _hectares(sum((land.total_m2 for land in left.values()), Fraction(0)))
        values = {"area": area, "units": _Listed(tuple(left))}
        yield Finding("parcels_no_section", WARNING, project.where, project.id, None, values)


@dataclass(frozen=True)
class _Listed:
    """Units by name, some of many; None is what lies outside every unit."""

    units: tuple[str | None, ...]

    def write(self, lang: Lang) -> str:
        names = [unit or say(lang, "word.outside_units") for unit in self.units[:_NAMED]]
        return ", ".join([*names, "…"] if len(self.units) > _NAMED else names)


def _of_stages(scope: _Scope, project: Project) -> Iterator[Finding]:
    """Land that is not counted for want of a signature or of a stage, and road along which no parcel is registered."""
    wholes, lengths = scope.measured.wholes, scope.measured.lengths
    of_project = wholes[wholes["project"] == project.id]
    clear = _added(of_project[of_project["stage"] == Stage.CLEAR.value])
    if clear >= _LEAST:
        values = {"area": _hectares(clear), "stage": Stage.CLEAR, "counted": Stage.HANDED_OVER}
        yield Finding("parcels_clear", WARNING, scope.register, project.id, None, values)
    unknown = _added(of_project[of_project["stage"].isna()])
    if unknown >= _LEAST:
        values = {"area": _hectares(unknown), "day": _day(scope.progress.as_of), "counted": Stage.HANDED_OVER}
        yield Finding("parcels_unknown_stage", INFO, scope.register, project.id, None, values)
    own = lengths[(lengths["project"] == project.id) & (lengths["unregistered_m"] >= float(_LEAST))]
    for part, whole in zip(own["unregistered_m"].tolist(), own["length_m"].tolist(), strict=True):
        values = {name: _amount(Measure.LENGTH, Fraction(m) / 1000) for name, m in (("part", part), ("whole", whole))}
        yield Finding("parcels_unregistered", WARNING, scope.register, project.id, None, values)


def _added(rows: pd.DataFrame) -> Fraction:
    return sum(map(Fraction, rows["area_m2"].tolist()), Fraction(0))


def _amount(measure: Measure, *amounts: Fraction) -> Amount:
    """A value, or a value and its total, in ha or km: rounded to the square metre or the metre."""
    decimals = TO_THE_METRE[measure]
    value, *total = (settled(Decimal(half_up(one, decimals)).scaleb(-decimals).normalize()) for one in amounts)
    return Amount(value, SHOWN_IN[measure], *total)


def _hectares(area_m2: Fraction) -> Amount:
    return _amount(Measure.AREA, area_m2 / 10_000)
