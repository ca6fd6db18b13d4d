"""A portfolio → an OC4IDS 0.9.5 project package, with nothing in it that was not published.

What was published is written with the words it was printed in (``dimensions.printed``), its day, or its month, and
its source. A total that a stated percentage implies, and how a stated percentage stands to the computed share, are
marked as such. Every text in English stands beside the Vietnamese one in a field with the suffix ``_en``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lsinfra.codes import Base, Party, Stage, Status, TotalKind
from lsinfra.errors import RunError
from lsinfra.exchange.oc4ids import codes
from lsinfra.exchange.oc4ids.describing import described
from lsinfra.exchange.oc4ids.notation import to_json
from lsinfra.exchange.oc4ids.places import locations, stretches
from lsinfra.numerals import number, shown
from lsinfra.portfolio import Portfolio
from lsinfra.progress import rate
from lsinfra.quantities import Figure, Measure, PartialDate, StatedCheck, Unit, write_figure
from lsinfra.records import (
    Clearance,
    Disbursement,
    Investment,
    LengthClaim,
    Milestone,
    PlanTarget,
    Project,
    Records,
    Source,
    Title,
    Work,
)
from lsinfra.text import LANGS, say

Json = dict[str, Any]
_IMPLIED_DECIMALS = 3
_CURRENCY = "VND"
_NAMESPACE = uuid.UUID("5d2f6d0c-9b1e-5c7a-8a44-6f1d3a0f7c52")  # of the addresses that are made for packages


class Oc4idsError(RunError):
    """A package that cannot be made or read; its sentence is under ``oc4ids.``."""

    group = "oc4ids"


@dataclass(frozen=True, slots=True)
class Publication:
    """What a package says of itself.

    Parameters
    ----------
    prefix
        ``oc4ids-`` and six letters or digits, which the Open Contracting Partnership gives; None for one that is no
        publisher's.
    publisher
        Name; None for the issuer of the weekly report, or for words that say it is not named.
    uri
        Where the package is published; None for a ``urn:uuid:`` of its content.
    licence
        Address of the licence of the data; None to say nothing of it.

    Raises
    ------
    Oc4idsError
        A prefix or an address that the standard does not know.
    """

    prefix: str | None = None
    publisher: str | None = None
    uri: str | None = None
    licence: str | None = None

    def __post_init__(self) -> None:
        if self.prefix is not None and not codes.PREFIXED.fullmatch(self.prefix):
            raise Oc4idsError("prefix", found=shown(self.prefix))
        for address in (self.uri, self.licence):
            if address is not None and not codes.URI.fullmatch(address):
                raise Oc4idsError("address", found=shown(address))
        if self.publisher is not None and not self.publisher.strip():
            raise Oc4idsError("publisher")


def write(portfolio: Portfolio, as_of: date, publication: Publication | None = None) -> str:
    """The package as JSON text: what had been published by a day, the same bytes for the same input.

    Raises
    ------
    Oc4idsError
        There is no project at all; the standard wants one.
    """
    made = publication or Publication()
    projects = package(portfolio, as_of, made.prefix or codes.PREFIX)
    if not projects:
        raise Oc4idsError("no_project")
    report = portfolio.records.report
    whole: Json = {
        "uri": made.uri or "",
        "publishedDate": _moment(as_of),
        "version": codes.VERSION,
        "publisher": {"name": made.publisher or report.issuer or report.authority or say("vi", "oc4ids.unnamed")},
    }
    if made.licence:
        whole["license"] = made.licence
    whole["projects"] = projects
    whole["uri"] = made.uri or uuid.uuid5(_NAMESPACE, to_json(whole)).urn
    return to_json(whole) + "\n"


def package(portfolio: Portfolio, as_of: date, prefix: str) -> list[Json]:
    """The projects of a package: those under way, then the proposals, then the finished works."""
    records = portfolio.records
    made = [_project(portfolio, project, as_of, prefix) for project in records.projects]
    made += [_work(portfolio, work, codes.PROPOSALS, Status.IDENTIFICATION, prefix) for work in records.proposals]
    made += [_work(portfolio, work, codes.FINISHED, Status.COMPLETION, prefix) for work in records.finished]
    return made


# --- projects ------------------------------------------------------------------------------------------------------


def _project(portfolio: Portfolio, project: Project, as_of: date, prefix: str) -> Json:
    seen = [(n, one) for n, one in enumerate(project.clearance, 1) if one.as_of.last_day <= as_of]
    spent = [(n, one) for n, one in enumerate(project.disbursement, 1) if one.as_of.last_day <= as_of]
    lengths = [one for one in project.length if one.as_of is None or one.as_of.last_day <= as_of]
    milestones = [one for one in project.milestones if one.planned or one.date.last_day <= as_of]
    newest = max((one.as_of.last_day for _, one in (*seen, *spent)), default=None)
    years = project.years
    facts = {
        "short": project.short and project.short.vi,
        "short_en": project.short and project.short.en,
        "years": years and f"{years.from_}–{years.to}",
    }
    made = _base(project, codes.PROJECTS, project.status, prefix) | {
        "updated": newest and _moment(newest),
        "description": described(project.note and project.note.vi, facts),
        "description_en": project.note and project.note.en,
        "implementationPeriod": years
        and {"startDate": _moment(date(years.from_, 1, 1)), "endDate": _moment(date(years.to, 12, 31))},
        "locations": locations(portfolio, project.routes, project.sections, ()),
        "budget": _budget(project.investment, [one for _, one in spent]),
        "parties": _parties(project.investment, [one for _, one in spent]),
        "metrics": _metrics(project, seen, spent, lengths),
        "forecasts": _forecasts(project),
        "milestones": [_milestone(n, one) for n, one in enumerate(milestones, 1)],
    }
    named = {one.source for _, one in (*seen, *spent)} | {one.source for one in (*project.plan, *project.investment)}
    named |= {one.source for one in milestones} | {one.source for one in lengths if one.source}
    return _kept(made | {"documents": _documents(portfolio.records, named)})


def _work(portfolio: Portfolio, work: Work, where: str, status: Status, prefix: str) -> Json:
    made = _base(work, where, status, prefix) | {
        "description": described(work.note and work.note.vi),
        "description_en": work.note and work.note.en,
        "locations": locations(portfolio, work.routes, (), work.places),
        "metrics": _lengths([LengthClaim.model_construct(value=work.length)] if work.length else [], ()),
        "documents": [
            _document(key, portfolio.records.sources[key]) for key in work.source if key in portfolio.records.sources
        ],
    }
    return _kept(made)


def _base(record: Project | Work, where: str, status: Status, prefix: str) -> Json:
    return {
        "id": f"{prefix}-{record.id}",
        "updated": None,
        "language": "vi",
        "identifiers": [{"scheme": codes.OURS, "id": record.id}],
        "title": record.title.vi,
        "title_en": record.title.en,
        "description": None,
        "description_en": None,
        "status": status.value,
        "type": codes.type_of(record.kind, record.title.vi),
        "sector": list(codes.SECTORS[record.kind]),
        "additionalClassifications": [
            {"scheme": codes.KIND, "id": record.kind.value, "description": record.kind.write("vi")},
            {"scheme": codes.LIST, "id": where, "description": say("vi", f"oc4ids.list.{where}")},
        ],
    }


def _kept(table: Json) -> Json:
    """Without what is empty: the standard wants fields that say nothing left out."""
    return {name: value for name, value in table.items() if value not in (None, "", [], {}, ())}


# --- money ---------------------------------------------------------------------------------------------------------


def _value(figure: Figure) -> Json:
    return {"amount": figure.amount, "currency": _CURRENCY}


def _plan(figure: Figure) -> Json | None:
    return None if figure.total_amount is None else {"amount": figure.total_amount, "currency": _CURRENCY}


def _budget(investment: Sequence[Investment], spent: Sequence[Disbursement]) -> Json | None:
    """``amount`` is the total investment where one alone is published; plan years are of the newest figure of each."""
    groups = [_invested(n, one) for n, one in enumerate(investment, 1)]
    newest: dict[tuple[int, Base, bool], Disbursement] = {}
    for one in spent:
        key = one.plan_year, one.base, one.added_after_september
        if one.base is not Base.TOTAL_INVESTMENT and (key not in newest or newest[key].as_of <= one.as_of):
            newest[key] = one
    groups += filter(None, (_planned(newest[key]) for key in sorted(newest)))
    total = _value(investment[0].total) if len(investment) == 1 else None
    return _kept({"amount": total, "budgetBreakdowns": groups}) or None


def _invested(n: int, investment: Investment) -> Json:
    note = investment.note
    facts = {"printed": write_figure(investment.total), "source": investment.source}
    return _kept(
        {
            "id": f"investment/{n}",
            "description": described(note and note.vi, facts),
            "description_en": note and note.en,
            "budgetBreakdown": [
                _kept(
                    {
                        "id": f"{m}/{part.party.value}",
                        "description": described(part.note and part.note.vi, {"printed": write_figure(part.amount)}),
                        "description_en": part.note and part.note.en,
                        "amount": _value(part.amount),
                        "sourceParty": {"id": part.party.value, "name": part.party.write("vi")},
                    }
                )
                for m, part in enumerate(investment.parts, 1)
            ],
        }
    )


def _planned(spent: Disbursement) -> Json | None:
    """The plan of one year's capital, as far as it is printed beside what was disbursed of it."""
    year = {"startDate": _moment(date(spent.plan_year, 1, 1)), "endDate": _moment(date(spent.plan_year, 12, 31))}
    rows: list[Json] = []
    if plan := _plan(spent.total):
        rows.append({"id": "total", "amount": plan, "period": year})
    for funding, figure in spent.funding.items():
        if plan := _plan(figure):
            party = {"id": funding.value, "name": Party(funding.value).write("vi")}
            rows.append({"id": funding.value, "amount": plan, "period": year, "sourceParty": party})
    if not rows:
        return None
    added = "/added" if spent.added_after_september else ""
    values = {"year": spent.plan_year, "base": spent.base, "date": spent.as_of, "source": spent.source}
    return {
        "id": f"plan/{spent.plan_year}/{spent.base.value}{added}",
        "description": say("vi", "oc4ids.plan_year", **values),
        "budgetBreakdown": rows,
    }


def _parties(investment: Sequence[Investment], spent: Sequence[Disbursement]) -> list[Json]:
    """Who bears a part: what documents call a source of capital, which is not always an organisation."""
    named = {part.party for one in investment for part in one.parts}
    named |= {Party(funding.value) for one in spent for funding in one.funding}
    return [
        {"id": party.value, "name": party.write("vi"), "name_en": party.write("en"), "roles": ["funder"]}
        for party in Party
        if party in named
    ]


# --- figures -------------------------------------------------------------------------------------------------------


def _metrics(
    project: Project,
    seen: Iterable[tuple[int, Clearance]],
    spent: Iterable[tuple[int, Disbursement]],
    lengths: Sequence[LengthClaim],
) -> list[Json]:
    rows: dict[str, list[Json]] = {}
    for n, one in seen:
        for stage, figure in one.stages:
            more = _place(project, one.section) | {"handedOverAt": stretches(one.handed_over_at)}
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
    return _listed(rows) + _lengths(lengths, [one for one in project.sections if one.length])


def _forecasts(project: Project) -> list[Json]:
    rows: dict[str, list[Json]] = {}
    for n, target in enumerate(project.plan, 1):
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
    own = {"id": f"{n}/{figure.measure.value}", "period": {"endDate": _moment(by.last_day)}}
    own |= {"measure": figure.value, "unit": unit_of(figure.unit)}
    return own | _dimensions(n, by, figure, said.source, said.note, {"stage": stage.value} | more)


def _money(n: int, by: PartialDate, figure: Figure, said: Disbursement | PlanTarget, more: Json) -> Json:
    """A sum since the beginning of its plan year, or (against the total investment) of the project."""
    since = {} if more["base"] == Base.TOTAL_INVESTMENT else {"startDate": _moment(date(int(more["planYear"]), 1, 1))}
    own: Json = {"id": f"{n}/{more.get('funding') or 'total'}", "period": since | {"endDate": _moment(by.last_day)}}
    if since and date(int(more["planYear"]), 1, 1) > by.last_day:
        own["period"].pop("startDate")
    own["value"] = _value(figure)
    return own | _dimensions(n, by, figure, said.source, said.note, more)


def _lengths(claims: Sequence[LengthClaim], sections: Sequence[Any]) -> list[Json]:
    rows = []
    for n, claim in enumerate(claims, 1):
        row: Json = {"id": f"{n}"}
        if claim.as_of:
            row["period"] = {"endDate": _moment(claim.as_of.last_day)}
        row |= {"measure": claim.value.value, "unit": unit_of(claim.value.unit)}
        rows.append(row | _dimensions(n, claim.as_of, claim.value, claim.source, claim.note, {"route": claim.route}))
    for section in sections:
        figure = section.length
        row = {"id": f"section/{section.id}", "measure": figure.value, "unit": unit_of(figure.unit)}
        more = {"section": section.id, "administrativeUnit": section.unit}
        rows.append(row | _dimensions(None, None, figure, None, None, more))
    return [{"id": codes.LENGTH} | _titles(codes.LENGTH) | {"observations": rows}] if rows else []


def unit_of(unit: Unit) -> Json:
    return {"name": unit.value, "scheme": "UNCEFACT", "id": codes.UNITS[unit]}


def _dimensions(
    n: int | None, when: PartialDate | None, figure: Figure, source: str | None, note: Title | None, more: Json
) -> Json:
    """Dimensions and notes of an observation: what is printed, what follows from it and is marked so, and since when.

    ``statement`` numbers what one source said in one breath: figures with the same number belong together.
    """
    found = rate(figure)
    # Money in đồng, as ``value`` has it; land in the unit of ``measure``.
    unit = figure.unit.factor if figure.measure is Measure.MONEY else Decimal(1)
    total = None if figure.total is None else figure.total * unit
    low, high = found.low, found.high
    if figure.measure is not Measure.MONEY:
        low, high = (None if end is None else end / Fraction(figure.unit.factor) for end in (low, high))
    dimensions = _kept(
        more
        | {
            "statement": n and str(n),
            "observed": when and when.iso,
            "source": source,
            "printed": write_figure(figure),
            "total": _plain(total),
            "totalKind": found.kind.value,
            "impliedTotalAbove": _plain(_bound(low, up=False)),
            "impliedTotalUpTo": _plain(_bound(high, up=True)),
            "statedPercent": None if figure.percent is None else f"{figure.percent:f}",
            "statedCheck": found.check.value if figure.percent is not None else None,
            "approximate": "true" if figure.about else None,
            "note": note and note.vi,
            "noteEn": note and note.en,
        }
    )
    return {"dimensions": dimensions, "notes": "\n".join(_remarks(when, figure, note))}


def _bound(end: Fraction | None, *, up: bool) -> Decimal | None:
    """An end of an implied total, rounded away from the interval it ends: nothing of it is cut off."""
    if end is None:
        return None
    scaled = end * 10**_IMPLIED_DECIMALS
    whole = -(-scaled.numerator // scaled.denominator) if up else scaled.numerator // scaled.denominator
    return Decimal(whole).scaleb(-_IMPLIED_DECIMALS)


def _plain(amount: Decimal | None) -> str | None:
    """Digits with a decimal point; a whole amount without one."""
    if amount is None:
        return None
    return f"{amount:f}" if amount % 1 else str(int(amount))


def _remarks(when: PartialDate | None, figure: Figure, note: Title | None) -> Iterator[str]:
    """The note, and in words what a reader of the figure alone would not know."""
    if note:
        yield note.vi
    yield say("vi", "oc4ids.printed", figure=write_figure(figure))
    if when and when.day is None:
        yield say("vi", "oc4ids.month_only", month=when)
    found = rate(figure)
    if found.kind is TotalKind.IMPLIED:
        yield say("vi", "oc4ids.total_implied", percent=number(figure.percent or 0, None, "vi"))
    elif found.kind is TotalKind.NONE and figure.measure is not Measure.PERCENT:
        yield say("vi", "oc4ids.total_unknown")
    if found.check is StatedCheck.CONFLICT:
        yield say("vi", "oc4ids.stated_conflict")


# --- milestones and documents --------------------------------------------------------------------------------------


def _milestone(n: int, milestone: Milestone) -> Json:
    type_, code = codes.MILESTONES[milestone.kind]
    day = _moment(milestone.date.last_day)
    facts = {"number": milestone.number, "source": milestone.source, "date": _month(milestone.date)}
    return _kept(
        {
            "id": f"{milestone.source}/{n}",
            "title": milestone.title.vi,
            "title_en": milestone.title.en,
            "type": type_,
            "code": code,
            "description": described(None, facts),
            "dueDate": day if milestone.planned else None,
            "dateMet": None if milestone.planned else day,
            "status": "scheduled" if milestone.planned else "met",
        }
    )


def _documents(records: Records, named: Iterable[str]) -> list[Json]:
    keys = set(named)
    return [_document(key, source) for key, source in records.sources.items() if key in keys]


def _document(key: str, source: Source) -> Json:
    note, issuer, url = source.note, source.issuer, source.url
    proper = url if url and codes.URI.fullmatch(url) else None
    facts = {"number": source.number, "date": source.date and _month(source.date), "url": None if proper else url}
    return _kept(
        {
            "id": key,
            "documentType": codes.DOCUMENTS[source.kind],
            "title": source.title.vi,
            "title_en": source.title.en,
            "description": described(note and note.vi, facts),
            "description_en": note and note.en,
            "url": proper,
            "datePublished": source.date and _moment(source.date.last_day),
            "language": "vi",
            "author": issuer and issuer.vi,
            "author_en": issuer and issuer.en,
        }
    )


def _month(when: PartialDate) -> str | None:
    """A date of which only the month was published, as records spell it; None for a day."""
    return when.iso if when.day is None else None


def _moment(day: date) -> str:
    """A day as the standard wants it: the beginning of that day in Viet Nam."""
    return f"{day.isoformat()}T00:00:00+07:00"
