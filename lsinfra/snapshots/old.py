"""What scripts kept before there were snapshots: files of ``lsinfra progress --format json``.

They say less than a snapshot. What they do not say is not made up: no inputs, no notes, no changes (these are
against observations that are not in the file), and nobody knows when the file was taken unless it was told from a
snapshot. Their amounts have 15 significant digits; shares are worked out again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lsinfra.codes import Base, Funding, Party, Stage, TotalKind
from lsinfra.dates import PartialDate
from lsinfra.errors import QuantityError, Severity
from lsinfra.progress import (
    ClearanceRow,
    Dating,
    DisbursementRow,
    IndicatorRow,
    InvestmentRow,
    Progress,
    Rate,
    SectionSum,
    rate,
)
from lsinfra.quantities import Figure, Measure, StatedCheck, Unit
from lsinfra.records import Title
from lsinfra.snapshots.codec import Unfit, reader
from lsinfra.snapshots.model import KeptFinding, KeptProject, KeptSection, Snapshot

SCHEMA = "lsinfra.progress/1"

# The unit that a measure is counted in.
_UNITS = {unit.measure: unit for unit in reversed(Unit) if unit.factor == 1}
# No figure is longer; one that were would take for ever to be made a fraction.
_LARGEST = 30


@dataclass(frozen=True, slots=True)
class _Row:
    """One table of the file, and its place."""

    table: dict[str, Any]
    place: str

    def __call__(self, key: str, hint: Any) -> Any:
        """The value of a key, which must be of this type."""
        return reader(hint)(self._value(key), f"{self.place}.{key}")

    def exact(self, key: str) -> Decimal | None:
        """The number of a key exactly as it stands there, None for null."""
        value = self._value(key)
        if value is None:
            return None
        if type(value) not in (int, Decimal) or abs(Decimal(value).adjusted()) > _LARGEST:
            raise Unfit("unfit", place=f"{self.place}.{key}", found=str(value)[:60])
        return Decimal(value)

    def amount(self, key: str) -> Decimal:
        value = self.exact(key)
        if value is None:
            raise Unfit("unfit", place=f"{self.place}.{key}", found="null")
        return value

    def _value(self, key: str) -> Any:
        if key not in self.table:
            raise Unfit("missing_keys", place=self.place, keys=key)
        return self.table[key]


def read(found: dict[str, Any]) -> Snapshot:
    """The snapshot that such a file is; keys that it should not have are passed over.

    Raises
    ------
    Unfit
        A key that is missing or holds something else than it should; a figure that nobody published.
    """
    progress = Progress(
        _Row(found, "progress")("as_of", date),
        _rows(found, "clearance", _clearance),
        _rows(found, "sums", _sum),
        _rows(found, "disbursement", _disbursement),
        (),
        _investment(found),
        _rows(found, "indicators", _indicator),
    )
    known = _Row(found, "progress")("known", datetime | None) if "known" in found else None
    return Snapshot(known, "", (), _projects(progress), progress, _rows(found, "findings", _finding))


def _rows(found: dict[str, Any], key: str, read: Callable[[_Row], Any]) -> tuple[Any, ...]:
    made = []
    for n, table in enumerate(_Row(found, "progress")(key, list)):
        row = _Row(reader(dict)(table, f"{key}[{n}]"), f"{key}[{n}]")
        try:
            made.append(read(row))
        except QuantityError as error:
            raise Unfit("contradiction", place=row.place, reason=error) from None
    return tuple(made)


def _rate(row: _Row, unit: Unit, *, head: str = "total", value: str = "value") -> Rate:
    """The rate of a row; bounds and check as the file has them, which knew the decimals of the percentage."""
    ending = "_vnd" if head == "plan" else ""
    total = row.exact(f"plan{ending}" if ending else "total")
    percent, about = row.exact("stated_percent"), not ending and row("about", bool)
    low, high = row.exact(f"{head}_low{ending}"), row.exact(f"{head}_high{ending}")
    return replace(
        rate(Figure(row.amount(value), unit, total, percent, about)),
        low=None if low is None else Fraction(low),
        high=None if high is None else Fraction(high),
        kind=row(f"{head}_kind", TotalKind),
        check=row("stated_check", StatedCheck),
    )


def _dating(row: _Row) -> Dating:
    observed, age, stale = row("observed", PartialDate), row("age_days", int), row("stale", bool)
    return Dating(observed, age, stale, row("source", str), row("where", str), None)


def _clearance(row: _Row) -> ClearanceRow:
    if row.table.get("computed"):
        raise Unfit("computed", place=row.place)
    measure = row("measure", Measure)
    return ClearanceRow(
        row("project", str),
        row("section", str | None),
        row("unit", str | None),
        row("stage", Stage),
        measure,
        _rate(row, _UNITS[measure]),
        _dating(row),
    )


def _sum(row: _Row) -> SectionSum:
    measure = row("measure", Measure)
    return SectionSum(
        row("project", str),
        row("stage", Stage),
        measure,
        row("reported", int),
        row("sections", int),
        row("first", PartialDate),
        row("last", PartialDate),
        None if row.exact("value") is None else _rate(row, _UNITS[measure]),
    )


def _disbursement(row: _Row) -> DisbursementRow:
    return DisbursementRow(
        row("project", str),
        row("plan_year", int),
        row("base", Base),
        row("funding", Funding | None),
        _rate(row, Unit.VND, head="plan", value="value_vnd"),
        _dating(row),
        row("closes", date | None),
    )


def _investment(found: dict[str, Any]) -> tuple[InvestmentRow, ...]:
    """Total investments and their parts; a part's whole is the total of the same source that stands before it."""
    wholes: dict[tuple[str, str], Decimal] = {}

    def read(row: _Row) -> InvestmentRow:
        project, source, party = row("project", str), row("source", str), row("party", Party | None)
        figure = Figure(row.amount("amount_vnd"), Unit.VND, None, row.exact("stated_percent"), row("about", bool))
        measured = rate(figure)
        if party is None:
            wholes[project, source] = figure.amount
        else:
            whole = wholes.get((project, source)) if row.exact("share") is not None else None
            share = Fraction(figure.amount) / Fraction(whole) if whole else None
            kind = TotalKind.STATED if whole else TotalKind.NONE
            measured = replace(measured, total=whole, low=None, high=None, kind=kind, share=share)
        measured = replace(measured, check=row("stated_check", StatedCheck))
        return InvestmentRow(project, party, figure, measured, source, row("where", str), None)

    return _rows(found, "investment", read)


def _indicator(row: _Row) -> IndicatorRow:
    """The unit of a target is known only where it was compared with the value; any other target is left out."""
    unit, reached, target = _UNITS[row("measure", Measure)], row("reached", bool | None), row.exact("target")
    comparable = reached is not None and target is not None
    return IndicatorRow(
        row("indicator", str),
        Title(vi=row("indicator", str)),
        row("year", int | None),
        row("observed", PartialDate),
        row("estimate", bool),
        Figure(row.amount("value"), unit),
        Figure(target, unit) if comparable and target is not None else None,
        row("target_by", int | None) if comparable else None,
        reached,
        row("source", str),
        row("where", str),
    )


def _finding(row: _Row) -> KeptFinding:
    message = row("message", str)
    return KeptFinding(
        row("code", str),
        row("severity", Severity),
        row("where", str),
        row("project", str | None),
        row("section", str | None),
        message,
        message,
    )


def _projects(progress: Progress) -> tuple[KeptProject, ...]:
    """The projects that have a figure, by their ids for want of titles; the sections that have one."""
    named: dict[str, dict[str, str]] = {}
    rows: list[ClearanceRow | DisbursementRow | InvestmentRow] = [
        *progress.clearance,
        *progress.disbursement,
        *progress.investment,
    ]
    for row in rows:
        units = named.setdefault(row.project, {})
        if isinstance(row, ClearanceRow) and row.section is not None:
            units[row.section] = row.unit or row.section
    return tuple(
        KeptProject(project, Title(vi=project), tuple(KeptSection(*item) for item in units.items()))
        for project, units in named.items()
    )
