"""A portfolio → an OC4IDS 0.9.5 project package, with nothing in it that was not published.

What was published is written as the records spell it (``dimensions.written``), with its day, or its month, and its
source. What rests on a source of a later day than the one asked for is left away. A total that a stated percentage
implies, and how a stated percentage stands to the computed share, are marked as such. Every text in English stands
beside the Vietnamese one in a field with the suffix ``_en``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from lsinfra import progress
from lsinfra.codes import Base, Party, Status
from lsinfra.errors import RunError
from lsinfra.exchange.oc4ids import codes
from lsinfra.exchange.oc4ids.describing import described
from lsinfra.exchange.oc4ids.notation import to_json
from lsinfra.exchange.oc4ids.observing import CURRENCY, forecasts, kept, lengths_of, metrics, moment, value_of
from lsinfra.exchange.oc4ids.places import en, locations, vi
from lsinfra.numerals import shown
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import Figure, PartialDate, Unit, write_figure
from lsinfra.records import (
    Disbursement,
    Investment,
    InvestmentPart,
    LengthClaim,
    Milestone,
    Project,
    Records,
    Source,
    Work,
)
from lsinfra.text import say

Json = dict[str, Any]
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
    """The package as JSON text: what was observed by a day in sources of that day or before, or of no known day.

    The same bytes for the same input. Titles, notes, status, sections and lines have no day: they are today's.

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
        "publishedDate": moment(as_of),
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
    for where, works in ((codes.PROPOSALS, records.proposals), (codes.FINISHED, records.finished)):
        known = [work for work in works if any(_out(records, key, as_of) for key in work.source)]
        made += [_work(portfolio, work, where, codes.WORKS[where], as_of, prefix) for work in known]
    return made


def newest(records: Records, today: date) -> date:
    """The last day, ``today`` or before, of which something was observed or a source is dated."""
    days = [source.date.last_day for source in records.sources.values() if source.date]
    return max([progress.newest(records, today), *(day for day in days if day <= today)])


def _out(records: Records, key: str | None, as_of: date) -> bool:
    """Whether a source was out by a day, as far as its own day is known."""
    source = records.sources.get(key) if key else None
    return source is None or source.date is None or source.date.last_day <= as_of


# --- projects ------------------------------------------------------------------------------------------------------


def _project(portfolio: Portfolio, project: Project, as_of: date, prefix: str) -> Json:
    def by_then(one: Any, when: PartialDate | None = None) -> bool:
        return (when is None or when.last_day <= as_of) and _out(portfolio.records, one.source, as_of)

    seen = [(n, one) for n, one in enumerate(project.clearance, 1) if by_then(one, one.as_of)]
    spent = [(n, one) for n, one in enumerate(project.disbursement, 1) if by_then(one, one.as_of)]
    plan = [(n, one) for n, one in enumerate(project.plan, 1) if by_then(one)]
    investment = [one for one in project.investment if by_then(one)]
    lengths = [one for one in project.length if by_then(one, one.as_of)]
    milestones = [one for one in project.milestones if by_then(one, None if one.planned else one.date)]
    budget = _budget(investment, [one for _, one in spent])
    days = [one.as_of.last_day for _, one in seen] + [one.as_of.last_day for _, one in spent]
    years = project.years
    facts = {
        "short": vi(project.short),
        "short_en": en(project.short),
        "years": f"{years.from_}–{years.to}" if years else None,
    }
    made = _base(project, codes.PROJECTS, project.status, prefix) | {
        "updated": moment(max(days)) if days else None,
        "description": described(vi(project.note), facts),
        "description_en": en(project.note),
        "implementationPeriod": years
        and {"startDate": moment(date(years.from_, 1, 1)), "endDate": moment(date(years.to, 12, 31))},
        "locations": locations(portfolio, project.routes, project.sections, ()),
        "budget": budget,
        "parties": _parties(investment, [one for _, one in spent], budget or {}),
        "metrics": metrics(project, seen, spent, lengths, portfolio.routes.alignments),
        "forecasts": forecasts(project, plan),
        "milestones": [_milestone(n, one) for n, one in enumerate(milestones, 1)],
    }
    named = {one.source for _, one in seen} | {one.source for _, one in spent} | {one.source for one in milestones}
    named |= {one.source for _, one in plan} | {one.source for one in investment}
    named |= {one.source for one in lengths if one.source}
    return kept(made | {"documents": _documents(portfolio.records, named)})


def _work(portfolio: Portfolio, work: Work, where: str, status: Status, as_of: date, prefix: str) -> Json:
    made = _base(work, where, status, prefix) | {
        "description": described(vi(work.note)),
        "description_en": en(work.note),
        "locations": locations(portfolio, work.routes, (), work.places),
        "metrics": lengths_of([LengthClaim.model_construct(value=work.length)] if work.length else [], ()),
        "documents": [
            _document(key, portfolio.records.sources[key])
            for key in dict.fromkeys(work.source)
            if key in portfolio.records.sources and _out(portfolio.records, key, as_of)
        ],
    }
    return kept(made)


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


# --- money ---------------------------------------------------------------------------------------------------------


def _plan(figure: Figure) -> Json | None:
    return None if figure.total_amount is None else {"amount": figure.total_amount, "currency": CURRENCY}


def _budget(investment: Sequence[Investment], spent: Sequence[Disbursement]) -> Json | None:
    """``amount`` is the total investment where one alone is published; plan years are of the newest figure of each."""
    groups = [_invested(n, one) for n, one in enumerate(investment, 1)]
    newest: dict[tuple[int, Base, bool], Disbursement] = {}
    for one in spent:
        key = one.plan_year, one.base, one.added_after_september
        if one.base is not Base.TOTAL_INVESTMENT and (key not in newest or newest[key].as_of <= one.as_of):
            newest[key] = one
    groups += [group for key in sorted(newest) for group in _planned(newest[key])]
    total = value_of(investment[0].total) if len(investment) == 1 else None
    return kept({"amount": total, "budgetBreakdowns": groups}) or None


def _invested(n: int, investment: Investment) -> Json:
    note = investment.note
    facts = {"written": write_figure(investment.total), "source": investment.source}
    return kept(
        {
            "id": f"investment/{n}",
            "description": described(vi(note), facts),
            "description_en": en(note),
            "budgetBreakdown": [_part(m, part) for m, part in enumerate(investment.parts, 1)],
        }
    )


def _part(m: int, part: InvestmentPart) -> Json:
    """Who bears what; its percentage is a share of the whole, nothing that was achieved (``đạt``)."""
    amount, percent = write_figure(replace(part.amount, percent=None)), part.amount.percent
    facts = {"written": amount, "share": None if percent is None else write_figure(Figure(percent, Unit.PERCENT))}
    return kept(
        {
            "id": f"{m}/{part.party.value}",
            "description": described(vi(part.note), facts),
            "description_en": en(part.note),
            "amount": value_of(part.amount),
            "sourceParty": {"id": part.party.value, "name": part.party.write("vi")},
        }
    )


def _planned(spent: Disbursement) -> Iterator[Json]:
    """The plan of one year's capital, as far as it is printed beside what was disbursed of it.

    The whole, and its sources in a group of their own: the rows of one group are parts that may be summed.
    """
    year = {"startDate": moment(date(spent.plan_year, 1, 1)), "endDate": moment(date(spent.plan_year, 12, 31))}
    whole = [{"id": "total", "amount": plan, "period": year}] if (plan := _plan(spent.total)) else []
    rows: list[Json] = []
    for funding, figure in spent.funding.items():
        if plan := _plan(figure):
            party = {"id": funding.value, "name": Party(funding.value).write("vi")}
            rows.append({"id": funding.value, "amount": plan, "period": year, "sourceParty": party})
    added = "/added" if spent.added_after_september else ""
    values = {"year": spent.plan_year, "base": spent.base, "date": spent.as_of, "source": spent.source}
    name = f"plan/{spent.plan_year}/{spent.base.value}{added}"
    if whole:
        yield {"id": name, "description": say("vi", "oc4ids.plan_year", **values), "budgetBreakdown": whole}
    if rows:
        said = say("vi", "oc4ids.plan_year_funding", **values)
        yield {"id": f"{name}/funding", "description": said, "budgetBreakdown": rows}


def _parties(investment: Sequence[Investment], spent: Sequence[Disbursement], budget: Json) -> list[Json]:
    """Who bears a part: what documents call a source of capital, which is not always an organisation.

    Whom a row of the budget names is a ``sourceParty`` too: the schema asks for it.
    """
    rows = [row for group in budget.get("budgetBreakdowns", ()) for row in group.get("budgetBreakdown", ())]
    bearing = {row["sourceParty"]["id"] for row in rows if "sourceParty" in row}
    named = {part.party for one in investment for part in one.parts}
    named |= {Party(funding.value) for one in spent for funding in one.funding}
    return [
        {
            "id": party.value,
            "name": party.write("vi"),
            "name_en": party.write("en"),
            "roles": list(codes.ROLES) if party.value in bearing else list(codes.ROLES[:1]),
        }
        for party in Party
        if party in named
    ]


# --- milestones and documents --------------------------------------------------------------------------------------


def _milestone(n: int, milestone: Milestone) -> Json:
    type_, code = codes.MILESTONES[milestone.kind]
    day = moment(milestone.date.last_day)
    facts = {"number": milestone.number, "source": milestone.source, "date": _month(milestone.date)}
    return kept(
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
    facts = {
        "number": source.number,
        "date": _month(source.date) if source.date else None,
        "url": None if proper else url,
    }
    return kept(
        {
            "id": key,
            "documentType": codes.DOCUMENTS[source.kind],
            "title": source.title.vi,
            "title_en": source.title.en,
            "description": described(vi(note), facts),
            "description_en": en(note),
            "url": proper,
            "datePublished": source.date and moment(source.date.last_day),
            "language": "vi",
            "author": vi(issuer),
            "author_en": en(issuer),
        }
    )


def _month(when: PartialDate) -> str | None:
    """A date of which only the month was published, as records spell it; None for a day."""
    return when.iso if when.day is None else None
