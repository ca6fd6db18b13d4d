"""Money, doubts and sources as tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lsinfra.errors import Finding
from lsinfra.frames.columns import DISBURSEMENT, FINDINGS, SOURCES, both, dated, rate_of, table, titled, when
from lsinfra.portfolio import Portfolio
from lsinfra.progress import Progress
from lsinfra.text import Lang

if TYPE_CHECKING:
    from pandas import DataFrame

    from lsinfra.snapshots import KeptFinding


def disbursement(portfolio: Portfolio, progress: Progress) -> DataFrame:
    """Disbursement at a date, one row a figure: the newest of each project, plan year, base and capital source.

    Returns
    -------
    DataFrame
        - ``project`` id, ``project_title_vi``, ``project_title_en``; ``plan_year``; ``base`` what the share is of
        - ``funding`` capital source, None: all together
        - ``value_vnd`` disbursed, cumulative for the plan year, ``plan_vnd`` its base, NaN: not printed; in đồng,
          ``value_text`` and ``plan_text`` exact
        - ``plan_low_vnd``, ``plan_high_vnd`` bounds of a plan that a stated percentage implies, rounded outwards;
          ``plan_kind``: stated, implied, none
        - ``share``, ``stated_percent``, ``stated_check``, ``about``, ``observed`` … ``note_en`` as in ``clearance``
        - ``closes`` the last day of the plan year's disbursement, NaT: its base is no plan of a year
    """
    rows = []
    for row in progress.disbursement:
        amounts = rate_of(row.rate, money=True)
        names = {"value": "value_vnd", "total": "plan_vnd", "total_text": "plan_text", "total_kind": "plan_kind"}
        names |= {"total_low": "plan_low_vnd", "total_high": "plan_high_vnd"}
        rows.append(
            {
                **titled(portfolio.project(row.project)),
                "plan_year": row.plan_year,
                "base": row.base.value,
                "funding": row.funding.value if row.funding else None,
                **{names.get(name, name): amount for name, amount in amounts.items()},
                "closes": row.closes,
                **dated(portfolio, row.dating),
            }
        )
    return table(DISBURSEMENT, rows)


def findings(findings: Iterable[Finding | KeptFinding], lang: Lang) -> DataFrame:
    """The doubts, one row each, errors first as ``checks.check`` gives them.

    Returns
    -------
    DataFrame
        ``code`` stable; ``severity``: error, warning, info; ``project`` and ``section`` ids, None: of all, or of no
        section; ``where`` the line in the records; ``message`` in the language asked for.
    """
    rows = [
        {
            "code": one.code,
            "severity": one.severity.value,
            "project": one.project,
            "section": one.section,
            "where": one.where,
            "message": one.message(lang),
        }
        for one in findings
    ]
    return table(FINDINGS, rows)


def sources(portfolio: Portfolio) -> DataFrame:
    """The documents that figures were taken from, one row each.

    Returns
    -------
    DataFrame
        ``source`` id, ``title_vi``, ``title_en``, ``kind``: official, press; ``number``, ``issuer_vi``, ``issuer_en``,
        ``date`` (a day or a month) and ``date_last_day``, ``url``, ``note_vi``, ``note_en``: None or NaT where not
        recorded.
    """
    rows = [
        {
            "source": name,
            **both("title", source.title),
            "kind": source.kind.value,
            "number": source.number,
            **both("issuer", source.issuer),
            **when("date", source.date),
            "url": source.url,
            **both("note", source.note),
        }
        for name, source in portfolio.records.sources.items()
    ]
    return table(SOURCES, rows)
