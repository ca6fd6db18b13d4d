"""Observations of the records → metrics and forecasts: what was measured, when, by whom, as the records spell it.

What follows from a published figure is marked as such: an implied total, how a stated percentage stands to the two
numbers beside it. Nothing that was computed is given as a measure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lsinfra.alignments import Alignment
from lsinfra.codes import Base, Stage, TotalKind
from lsinfra.exchange.oc4ids import codes
from lsinfra.exchange.oc4ids.notation import plain
from lsinfra.exchange.oc4ids.places import en, stretches, vi
from lsinfra.numerals import number
from lsinfra.progress import rate
from lsinfra.quantities import (
    IMPLIED_DECIMALS,
    Figure,
    Measure,
    PartialDate,
    StatedCheck,
    Unit,
    outward,
    write_figure,
)
from lsinfra.records import Clearance, Disbursement, LengthClaim, PlanTarget, Project, Section, Title
from lsinfra.text import LANGS, say

Json = dict[str, Any]
CURRENCY = "VND"


def moment(day: date) -> str:
    """A day as the standard wants it: the beginning of that day in Viet Nam."""
    return f"{day.isoformat()}T00:00:00+07:00"


def kept(table: Json) -> Json:
    """Without what is empty: the standard wants fields that say nothing left out."""
    return {name: value for name, value in table.items() if value not in (None, "", [], {}, ())}


def value_of(figure: Figure) -> Json:
    """An amount in đồng, exact."""
    return {"amount": figure.amount, "currency": CURRENCY}


def metrics(
    project: Project,
    seen: Iterable[tuple[int, Clearance]],
    spent: Iterable[tuple[int, Disbursement]],
    lengths: Sequence[LengthClaim],
    lines: Mapping[str, Alignment],
) -> list[Json]:
    rows: dict[str, list[Json]] = {}
    for n, one in seen:
        for stage, figure in one.stages:
            more = _place(project, one.section) | {"handedOverAt": stretches(one.handed_over_at, lines)}
            rows.setdefault(codes.STAGES[stage], []).append(_land(n, one.as_of, stage, figure, one, more))
    for n, paid in spent:
        for funding, figure in [(None, paid.total), *paid.funding.items()]:
            more = {
                "planYear": str(paid.plan_year),
                "base": paid.base.value,
                "funding": funding and funding.value,
                "addedAfterSeptember": "true" if paid.added_after_september else None,
            }
            rows.setdefault(codes.FINANCIAL, []).append(_money(n, paid.as_of, figure, paid, more))
    return _listed(rows) + lengths_of(lengths, project.sections)


def forecasts(project: Project, plan: Iterable[tuple[int, PlanTarget]]) -> list[Json]:
    rows: dict[str, list[Json]] = {}
    for n, target in plan:
        for stage, figure in target.stages:
            row = _land(n, target.by, stage, figure, target, _place(project, target.section))
            rows.setdefault(codes.STAGES[stage], []).append(row)
        if money := target.money:
            more = {"planYear": str(money[0]), "base": money[1].value}
            rows.setdefault(codes.FINANCIAL, []).append(_money(n, target.by, money[2], target, more))
    return _listed(rows, forecast=True)


def _listed(rows: dict[str, list[Json]], *, forecast: bool = False) -> list[Json]:
    about = say("vi", "oc4ids.about_figures")
    return [
        {"id": name} | _titles(name, forecast=forecast) | {"description": about, "observations": rows[name]}
        for name in (*codes.STAGES.values(), codes.FINANCIAL)
        if name in rows
    ]


def _titles(metric: str, *, forecast: bool = False) -> Json:
    return {
        "title" if lang == "vi" else f"title_{lang}": say(lang, f"oc4ids.forecast.{metric}")
        if forecast
        else say(lang, f"oc4ids.metric.{metric}")
        for lang in LANGS
    }


def _place(project: Project, section: str | None) -> Json:
    found = project.section(section)
    return {"section": section, "administrativeUnit": found and found.unit}


def _land(n: int, by: PartialDate, stage: Stage, figure: Figure, said: Clearance | PlanTarget, more: Json) -> Json:
    own: Json = {"id": f"{n}/{figure.measure.value}", "period": {"endDate": moment(by.last_day)}}
    own |= {"measure": figure.value, "unit": _unit(figure.unit)}
    return own | _dimensions(n, by, figure, said.source, said.note, {"stage": stage.value} | more)


def _money(n: int, by: PartialDate, figure: Figure, said: Disbursement | PlanTarget, more: Json) -> Json:
    """A sum since the beginning of its plan year, or (against the total investment) of the project."""
    since = {} if more["base"] == Base.TOTAL_INVESTMENT else {"startDate": moment(date(int(more["planYear"]), 1, 1))}
    own: Json = {"id": f"{n}/{more.get('funding') or 'total'}", "period": since | {"endDate": moment(by.last_day)}}
    if since and date(int(more["planYear"]), 1, 1) > by.last_day:
        own["period"].pop("startDate")
    own["value"] = value_of(figure)
    return own | _dimensions(n, by, figure, said.source, said.note, more)


def lengths_of(claims: Sequence[LengthClaim], sections: Sequence[Section]) -> list[Json]:
    rows = []
    for n, claim in enumerate(claims, 1):
        row: Json = {"id": f"{n}"}
        if claim.as_of:
            row["period"] = {"endDate": moment(claim.as_of.last_day)}
        row |= {"measure": claim.value.value, "unit": _unit(claim.value.unit)}
        more = {"route": claim.route}
        rows.append(row | _dimensions(n, claim.as_of, claim.value, claim.source, claim.note, more, measured=False))
    for section in sections:
        figure = section.length
        if figure is None:
            continue
        row = {"id": f"section/{section.id}", "measure": figure.value, "unit": _unit(figure.unit)}
        more = {"section": section.id, "administrativeUnit": section.unit}
        rows.append(row | _dimensions(None, None, figure, None, None, more, measured=False))
    return [{"id": codes.LENGTH} | _titles(codes.LENGTH) | {"observations": rows}] if rows else []


def _unit(unit: Unit) -> Json:
    return {"name": unit.value, "scheme": "UNCEFACT", "id": codes.UNITS[unit]}


def _dimensions(
    n: int | None,
    when: PartialDate | None,
    figure: Figure,
    source: str | None,
    note: Title | None,
    more: Json,
    *,
    measured: bool = True,
) -> Json:
    """Dimensions and notes of an observation: what is recorded, what follows from it and is marked so, and since when.

    ``statement`` numbers what one source said in one breath: figures with the same number belong together. ``measured``
    is of land and money; a published length has no total, it is one.
    """
    dimensions = kept(
        more
        | {"statement": str(n) if n else None, "observed": when.iso if when else None, "source": source}
        | derived(figure, measured=measured)
        | {"note": vi(note), "noteEn": en(note)}
    )
    return {"dimensions": dimensions, "notes": remarks(when, figure, vi(note), measured=measured)}


def derived(figure: Figure, *, measured: bool) -> dict[str, str | None]:
    """The dimensions that say nothing but the figure itself, and what follows from it."""
    found = rate(figure)
    # Money in đồng, as ``value`` has it; land in the unit of ``measure``.
    unit = figure.unit.factor if figure.measure is Measure.MONEY else Decimal(1)
    low, high = found.low, found.high
    if figure.measure is not Measure.MONEY:
        low, high = (None if end is None else end / Fraction(figure.unit.factor) for end in (low, high))
    low, high = outward(low, high, 0 if figure.measure is Measure.MONEY else IMPLIED_DECIMALS)
    return {
        "written": write_figure(figure),
        "total": None if figure.total is None else plain(figure.total * unit),
        "totalKind": found.kind.value if measured else None,
        "impliedTotalAbove": _exact(low),
        "impliedTotalUpTo": _exact(high),
        "statedPercent": None if figure.percent is None else f"{figure.percent:f}",
        "statedCheck": found.check.value if figure.percent is not None else None,
        "approximate": "true" if figure.about else None,
    }


def _exact(end: Fraction | None) -> str | None:
    """An end of an implied total, which has few decimals."""
    return None if end is None else plain(Decimal(end.numerator) / end.denominator)


def remarks(when: PartialDate | None, figure: Figure, note: str | None, *, measured: bool) -> str:
    """The note, and in words what a reader of the figure alone would not know."""
    return "\n".join(_remarks(when, figure, note, measured=measured))


def _remarks(when: PartialDate | None, figure: Figure, note: str | None, *, measured: bool) -> Iterator[str]:
    if note:
        yield note
    yield say("vi", "oc4ids.written", figure=write_figure(figure))
    if when and when.day is None:
        yield say("vi", "oc4ids.month_only", month=when)
    if not measured:
        return
    found = rate(figure)
    if found.kind is TotalKind.IMPLIED:
        yield say("vi", "oc4ids.total_implied", percent=number(figure.percent or 0, None, "vi"))
    elif found.kind is TotalKind.NONE and figure.measure is not Measure.PERCENT:
        yield say("vi", "oc4ids.total_unknown")
    if found.check is StatedCheck.CONFLICT:
        yield say("vi", "oc4ids.stated_conflict")
