"""Progress and findings as JSON, rows and terminal tables.

Keys are never translated; ``lsinfra.progress/1`` changes its number when a key does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsinfra.codes import Stage, TotalKind
from lsinfra.errors import Finding, Severity
from lsinfra.phrases import TO_THE_METRE
from lsinfra.portfolio import Portfolio
from lsinfra.progress import Change, ClearanceRow, Dating, DisbursementRow, Progress, Rate, newest_before
from lsinfra.quantities import Measure
from lsinfra.render.payload import (
    Scope,
    day_text,
    headline,
    rate_text,
    share_words,
    sum_dates,
    summed,
)
from lsinfra.render.rows import Rows
from lsinfra.render.writing import (
    as_json,
    cells,
    heads,
    observed_text,
    rich_table,
    share_number,
    signed_share,
)
from lsinfra.text import Lang, say

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lsinfra.records import Project
    from lsinfra.snapshots import KeptFinding, KeptProject

SCHEMA = "lsinfra.progress/1"
CHECK_SCHEMA = "lsinfra.check/1"

Reported = Mapping[tuple[str, str | None, Stage, Measure], ClearanceRow | None]
"""The reported row, if any, whose place a computed one took (``parcels.book.Joined``)."""

_TOLD = 5
"""Errors that `weekly` tells in full."""


def progress_json(
    progress: Progress,
    findings: Iterable[Finding | KeptFinding],
    lang: Lang,
    known: datetime | None = None,
    kept: date | None = None,
    reported: Reported | None = None,
) -> str:
    """The whole progress as JSON: ``clearance``, ``disbursement``, ``findings``, and what stands behind them.

    ``known`` is when the snapshot was taken that this is told from, None where it is told from the records of today;
    ``kept`` is the date that snapshot was taken for. ``reported``: see ``beside``.
    Areas in ha, lengths in km, money in đồng, shares 0–1; null is what nobody published.
    """
    return as_json(
        {
            "schema": SCHEMA,
            **_head(progress, known, kept),
            "clearance": [clearance_record(row) | beside(row, reported) for row in progress.clearance],
            "disbursement": [disbursement_record(row) for row in progress.disbursement],
            "findings": [finding_record(finding, lang) for finding in findings],
            "sums": [
                {
                    "project": row.project,
                    "stage": row.stage.value,
                    "measure": row.measure.value,
                    "reported": row.reported,
                    "sections": row.sections,
                    "first": row.first.iso,
                    "last": row.last.iso,
                    **(_rate(row.rate) if row.rate else dict.fromkeys(_RATE_KEYS)),
                }
                for row in progress.sums
            ],
            "changes": [change_record(row) for row in progress.changes],
            "investment": [
                {
                    "project": row.project,
                    "party": row.party.value if row.party else None,
                    "amount_vnd": row.rate.value,
                    "about": row.rate.about,
                    "share": share_number(row.rate.share),
                    "stated_percent": row.rate.stated_percent,
                    "stated_check": row.rate.check.value,
                    "source": row.source,
                    "where": row.where,
                }
                for row in progress.investment
            ],
            "indicators": [
                {
                    "indicator": row.indicator,
                    "year": row.year,
                    "observed": row.observed.iso,
                    "estimate": row.estimate,
                    "value": row.value.amount,
                    "measure": row.value.measure.value,
                    "target": row.target.amount if row.target else None,
                    "target_by": row.target_by,
                    "reached": row.reached,
                    "source": row.source,
                    "where": row.where,
                }
                for row in progress.indicators
            ],
        }
    )


def _head(progress: Progress, known: datetime | None, kept: date | None) -> dict[str, str | None]:
    return {
        "as_of": progress.as_of.isoformat(),
        "known": known.isoformat() if known else None,
        "snapshot_as_of": kept.isoformat() if kept else None,
    }


def findings_json(as_of: str, findings: Iterable[Finding | KeptFinding], lang: Lang) -> str:
    """The findings alone as JSON."""
    rows = [finding_record(finding, lang) for finding in findings]
    return as_json({"schema": CHECK_SCHEMA, "as_of": as_of, "findings": rows})


def findings_rows(as_of: str, findings: Iterable[Finding | KeptFinding], lang: Lang) -> Rows:
    """The findings as rows."""
    return Rows(CHECK_SCHEMA, [finding_record(finding, lang) for finding in findings], {"as_of": as_of})


def clearance_record(row: ClearanceRow) -> dict[str, Any]:
    """One row of clearance with the keys of the JSON."""
    return {
        "project": row.project,
        "section": row.section,
        "unit": row.unit,
        "stage": row.stage.value,
        "measure": row.measure.value,
        **_rate(row.rate),
        **_dating(row.dating),
    }


_REPORTED = ("value", "total", "total_low", "total_high", "total_kind", "share", "stated_percent", "about")
_REPORTED_BY = ("observed", "source", "where")


def beside(row: ClearanceRow, reported: Reported | None) -> dict[str, Any]:
    """What stands beside a figure where figures are taken from a parcel register: whether it is computed, and the
    reported one in whose place it stands (null: nobody reported one, or the figure is the reported one).

    Nothing where ``reported`` is None: no register was given.
    """
    if reported is None:
        return {}
    key = row.project, row.section, row.stage, row.measure
    told = reported.get(key)
    found = clearance_record(told) if told else {}
    keys = (*_REPORTED, *_REPORTED_BY)
    return {"computed": key in reported, **{f"reported_{name}": found.get(name) for name in keys}}


def disbursement_record(row: DisbursementRow) -> dict[str, Any]:
    """One row of disbursement with the keys of the JSON; đồng, bounds of an implied plan rounded outwards."""
    rate = row.rate
    low, high = rate.bounds(money=True)
    return {
        "project": row.project,
        "plan_year": row.plan_year,
        "base": row.base.value,
        "funding": row.funding.value if row.funding else None,
        "value_vnd": rate.value,
        "plan_vnd": rate.total,
        "plan_low_vnd": low,
        "plan_high_vnd": high,
        "plan_kind": rate.kind.value,
        "share": share_number(rate.share),
        "stated_percent": rate.stated_percent,
        "stated_check": rate.check.value,
        "closes": row.closes.isoformat() if row.closes else None,
        **_dating(row.dating),
    }


def change_record(row: Change) -> dict[str, Any]:
    """One change: Δvalue in the measure's unit, Δshare and its two parts."""
    after = row.after
    return {
        "project": after.project,
        "section": after.section,
        "stage": after.stage.value,
        "measure": after.measure.value,
        "from": row.before.dating.observed.iso,
        "to": after.dating.observed.iso,
        "value": row.value,
        "share": signed_share(row.share),
        "work_share": signed_share(row.work),
        "scope_share": signed_share(row.scope),
    }


def finding_record(finding: Finding | KeptFinding, lang: Lang) -> dict[str, Any]:
    """One finding; ``code`` is stable, ``message`` is in the language asked for."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "where": finding.where,
        "project": finding.project,
        "section": finding.section,
        "message": finding.message(lang),
    }


def progress_rows(
    progress: Progress, known: datetime | None = None, kept: date | None = None, reported: Reported | None = None
) -> Rows:
    """Clearance and disbursement as rows, one a figure: ``kind`` tells which, the other keys as in the JSON."""
    rows = [{"kind": "clearance", **clearance_record(row), **beside(row, reported)} for row in progress.clearance]
    rows += [{"kind": "disbursement", **disbursement_record(row)} for row in progress.disbursement]
    return Rows(SCHEMA, rows, _head(progress, known, kept))


_FIGURE = ("figure", "share", "date", "source")


def progress_table(
    projects: Sequence[Project | KeptProject],
    progress: Progress,
    lang: Lang,
    reported: Reported | None = None,
    doubts: Sequence[Finding] = (),
) -> list[RenderableType]:
    """Clearance and disbursement as two tables for a terminal; ``projects`` have the titles.

    Where figures are taken from a parcel register, a column has the ``reported`` figure of each computed one, and a
    third table the ``doubts`` about the register.
    """
    titles = {project.id: project.title.write(lang) for project in projects}
    title = say(lang, "cli.table.clearance", date=day_text(progress.as_of, lang))
    taken = () if reported is None else ("reported",)
    land = rich_table(title, heads(lang, "project", "part", "stage", *_FIGURE, *taken))
    for row in progress.clearance:
        key = row.project, row.section, row.stage, row.measure
        told = reported.get(key) if reported else None
        land.add_row(
            *cells(
                titles[row.project],
                row.unit or say(lang, "word.whole"),
                row.stage.write(lang),
                _rate_text(row, lang),
                share_words(row.rate, row.measure, lang),
                observed_text(row.dating, lang),
                row.dating.source,
                *([] if reported is None else [_reported_text(told, lang) if told else ""]),
            )
        )
    columns = ("project", "year", "base", "funding", *_FIGURE)
    money = rich_table(say(lang, "cli.table.disbursement"), heads(lang, *columns))
    for spent in progress.disbursement:
        money.add_row(
            *cells(
                titles[spent.project],
                str(spent.plan_year),
                spent.base.write(lang),
                spent.funding.write(lang) if spent.funding else say(lang, "cli.table.all_funding"),
                rate_text(spent.rate, Measure.MONEY, lang),
                share_words(spent.rate, Measure.MONEY, lang),
                observed_text(spent.dating, lang),
                spent.dating.source,
            )
        )
    if reported is None:
        return [land, money]
    note = cells(say(lang, "cli.table.computed") + "\n")
    return [land, *note, money, *(findings_table(projects, doubts, lang) if doubts else [])]


def _rate_text(row: ClearanceRow, lang: Lang) -> str:
    """Value and total; computed ones to the square metre or metre, printed ones as they were."""
    rate = row.rate
    if rate.kind is not TotalKind.COMPUTED or rate.total is None:
        return rate_text(rate, row.measure, lang)
    least = Decimal(1).scaleb(-TO_THE_METRE[row.measure])
    value, total = (amount.quantize(least, ROUND_HALF_UP) for amount in (rate.value, rate.total))
    return rate_text(replace(rate, value=value, total=total), row.measure, lang)


def _reported_text(row: ClearanceRow, lang: Lang) -> str:
    """A reported figure with its share, date and source, for one cell."""
    share = share_words(row.rate, row.measure, lang)
    figure = rate_text(row.rate, row.measure, lang) + (f" ({share})" if share else "")
    return f"{figure}; {observed_text(row.dating, lang)}; {row.dating.source}"


def findings_table(
    projects: Iterable[Project | KeptProject], findings: Iterable[Finding | KeptFinding], lang: Lang
) -> list[RenderableType]:
    """The findings as a table for a terminal; ``projects`` have the titles."""
    table = rich_table("", heads(lang, "severity", "code", "project", "message", "where"))
    titles = {project.id: project.title.write(lang) for project in projects}
    for finding in findings:
        severity = say(lang, f"word.severity.{finding.severity.value}")
        project = titles.get(finding.project or "", "")
        table.add_row(*cells(severity, finding.code, project, finding.message(lang), finding.where))
    return [table]


def headline_rows(portfolio: Portfolio, progress: Progress) -> tuple[list[ClearanceRow], list[DisbursementRow]]:
    """Land handed over and money disbursed of whole projects, in their order; no row where none is published."""
    order = {project.id: place for place, project in enumerate(portfolio.records.projects)}
    land = [row for row in progress.clearance if row.section is None and row.stage is Stage.HANDED_OVER]
    money = [row for row in progress.disbursement if row.funding is None]
    return sorted(land, key=lambda row: order[row.project]), sorted(money, key=lambda row: order[row.project])


def summary(
    portfolio: Portfolio,
    progress: Progress,
    findings: Sequence[Finding],
    pages: Sequence[Path],
    lang: Lang,
    today: date,
) -> list[str]:
    """The lines `weekly` ends with: each project's land, by the headline of the pages, and money with their dates, the
    errors, how many doubts there are, where the pages are.
    """
    sources = portfolio.records.sources
    title = portfolio.records.portfolio.title
    lines = [say(lang, "cli.summary.title", title=title, date=day_text(progress.as_of, lang))]
    if newest_before(portfolio.records, date.max) is None:  # progress without a figure is to no day
        lines = [title.write(lang)]

    def line(name: str, measure: Measure, rate: Rate, date: str, of: Sequence[Dating], **values: object) -> str:
        share = share_words(rate, measure, lang)
        kinds = (sources[one.source].kind.write(lang) if one.source in sources else one.source for one in of)
        return say(
            lang,
            f"cli.summary.{name}",
            figure=rate_text(rate, measure, lang),
            share=f" ({share})" if share else "",
            date=date,
            kind=", ".join(dict.fromkeys(kinds)),
            stale=say(lang, "cli.summary.stale") if any(one.stale for one in of) else "",
            **values,
        )

    scope = Scope(portfolio, progress, lang)
    _, spent = headline_rows(portfolio, progress)
    for project in portfolio.records.projects:
        found = headline(scope, project.id)
        if found is None:
            lines.append(say(lang, "cli.summary.land_unknown", project=project.title))
        else:
            of = [row.dating for row in summed(scope, found)]
            name = "land" if found.total is None else "land_sum"
            when = sum_dates(scope, found) or of[0].observed.write(lang)
            lines.append(line(name, found.measure, found.rate, when, of, project=project.title))
        paid = [row for row in spent if row.project == project.id]
        lines += [
            line(
                "money",
                Measure.MONEY,
                row.rate,
                row.dating.observed.write(lang),
                [row.dating],
                year=row.plan_year,
                base=row.base,
            )
            for row in paid
        ]
    ages = [row.dating.age_days for row in progress.clearance]
    ages += [row.dating.age_days for row in progress.disbursement]
    newest = min(ages, default=0) + (today - progress.as_of).days
    if newest > portfolio.records.portfolio.stale_after_days:
        lines.append(say(lang, "cli.summary.age", days=newest))
    serious = [finding for finding in findings if finding.severity is Severity.ERROR]
    for one in serious[:_TOLD]:
        lines.append(say(lang, "cli.summary.error", message=one.message(lang), where=one.where))
    if len(serious) > _TOLD:
        lines.append(say(lang, "cli.summary.more_errors", count=len(serious) - _TOLD))
    counted = Counter(finding.severity for finding in findings)
    errors, warnings, notes = (counted[severity] for severity in Severity)
    lines.append(say(lang, "cli.summary.findings", errors=errors, warnings=warnings, notes=notes))
    lines.append(say(lang, "cli.summary.pages", path=pages[0]))
    return lines


# --- parts -------------------------------------------------------------------------------------------------

_RATE_KEYS = (
    "value",
    "total",
    "total_low",
    "total_high",
    "total_kind",
    "share",
    "stated_percent",
    "stated_check",
    "about",
)


def _rate(rate: Rate) -> dict[str, Any]:
    """Value, total and share; the bounds of an implied total are rounded outwards, so that they still hold it."""
    low, high = rate.bounds()
    return {
        "value": rate.value,
        "total": rate.total,
        "total_low": low,
        "total_high": high,
        "total_kind": rate.kind.value,
        "share": share_number(rate.share),
        "stated_percent": rate.stated_percent,
        "stated_check": rate.check.value,
        "about": rate.about,
    }


def _dating(dating: Dating) -> dict[str, Any]:
    return {
        "observed": dating.observed.iso,
        "age_days": dating.age_days,
        "stale": dating.stale,
        "source": dating.source,
        "where": dating.where,
    }
