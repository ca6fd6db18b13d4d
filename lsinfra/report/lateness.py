"""Who is late: figures that are out of date or were never reported, each stage and measure judged by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from lsinfra.codes import Funding, Stage, TotalKind
from lsinfra.progress import ClearanceRow, DisbursementRow, Rate
from lsinfra.quantities import number
from lsinfra.records import Project, Section
from lsinfra.render.payload import Scope, first_capital, gone_unit, headlines, latest_money, summed, unit
from lsinfra.report.model import Cell, Table
from lsinfra.report.tables import Cells, blank, ended, inside, plan_closing, table
from lsinfra.report.wording import ABOVE, UNKNOWN, date_cell, order_cell, source_cell, text_cell
from lsinfra.text import say


@dataclass(frozen=True)
class Silence:
    """Figures of one date that are out of date, or (``row`` None) one that was never reported, and whose it is.

    ``row`` is the first of them; ``late_days``: days beyond ``stale_after_days``.
    """

    project: Project
    part: str
    what: str
    row: ClearanceRow | DisbursementRow | None
    late_days: int


def silences(scope: Scope) -> list[Silence]:
    """Who is late at the day; the project that is latest first, in it the latest first.

    Of the project and each of its sections every stage and measure by itself, land handed over wherever it was never
    reported, and the money of the latest plan year. What is complete is not waited for, neither are the parts of a
    project that is all handed over. A unit that has ended can report no more: ``ended_silent`` names it.
    """
    found, by_project = list[Silence](), _by_project(scope)
    for project in scope.projects:
        for part, silent in _land(scope, project, by_project[project.id]):
            if part is None or not gone_unit(scope, part):
                found += silent
        found += _money(scope, project)
    worst: dict[str, int] = defaultdict(int)
    for one in found:
        worst[one.project.id] = max(worst[one.project.id], one.late_days)
    places = {project.id: place for place, project in enumerate(scope.projects)}
    return sorted(
        found, key=lambda one: (-worst[one.project.id], places[one.project.id], one.row is None, -one.late_days)
    )


def ended_silent(scope: Scope) -> str:
    """The units that would be late had they not ended before the day, and when they ended; empty for none."""
    by_project = _by_project(scope)
    silent = (one for project in scope.projects for one in _land(scope, project, by_project[project.id]))
    return ended(scope, (part for part, found in silent if part and found))


def finished(scope: Scope, project: Project, rows: Iterable[ClearanceRow] | None = None) -> bool:
    """All land of a project is handed over, in every measure that it or, since then, one of its sections reports.

    ``rows``: the project's figures, where they were picked out already.
    """
    heads = {one.measure: one for one in headlines(scope, project.id)}
    if not heads or not all(complete(one.rate) for one in heads.values()):
        return False
    when = {measure: _newest(summed(scope, one)) for measure, one in heads.items()}
    here = inside(project) - {None}
    for row in _by_project(scope)[project.id] if rows is None else rows:
        if row.stage is Stage.HANDED_OVER and row.section in here and not complete(row.rate):
            head = when.get(row.measure)
            observed = row.dating.observed.last_day
            # Without a figure of the whole in this measure one of the same day tells that not all is done.
            if observed > head if head else observed >= max(when.values()):
                return False
    return True


def _newest(rows: Iterable[ClearanceRow]) -> date:
    return max(row.dating.observed.last_day for row in rows)


def complete(rate: Rate) -> bool:
    """All of a printed total; a value above it is doubtful, and an implied total is never known well enough."""
    return rate.kind is TotalKind.STATED and rate.share == 1


def _by_project(scope: Scope) -> dict[str, list[ClearanceRow]]:
    found: dict[str, list[ClearanceRow]] = defaultdict(list)
    for row in scope.clearance:
        found[row.project].append(row)
    return found


def _land(
    scope: Scope, project: Project, rows: Iterable[ClearanceRow]
) -> Iterator[tuple[Section | None, list[Silence]]]:
    """The silences of the project and of each of its sections that are the province's, ended or not."""
    known: dict[str | None, list[ClearanceRow]] = defaultdict(list)
    for row in rows:
        known[row.section].append(row)
    parts = (None, *(section for section in project.sections if section.in_scope))
    here = {None if part is None else part.id for part in parts}
    told = {section for section in here if any(row.stage is Stage.HANDED_OVER for row in known[section])}
    done = finished(scope, project, rows)
    for part in parts:
        section, name = (None, say(scope.lang, "word.whole")) if part is None else (part.id, part.unit)
        silent = [_late(scope, project, name, late) for late in _old(known[section], done)]
        # A project may be reported by its sections.
        if not done and section not in told and (part is not None or not told):
            what = first_capital(Stage.HANDED_OVER.write(scope.lang))
            silent.append(Silence(project, name, what, None, 0))
        yield part, silent


def _old(rows: Iterable[ClearanceRow], done: bool) -> Iterable[list[ClearanceRow]]:
    """The figures that are waited for and out of date, those of one stage, date and source together."""
    late: dict[object, list[ClearanceRow]] = defaultdict(list)
    for row in rows:
        waited = not complete(row.rate) and not (done and row.stage is Stage.HANDED_OVER)
        if waited and row.dating.stale:
            late[row.stage, row.dating.observed, row.dating.source].append(row)
    return late.values()


def _late(scope: Scope, project: Project, part: str, rows: list[ClearanceRow]) -> Silence:
    units = ", ".join(unit(row.measure, scope.lang) for row in rows)
    what = say(scope.lang, "report.what.stage", stage=first_capital(rows[0].stage.write(scope.lang)), units=units)
    return Silence(project, part, what, rows[0], _late_days(scope, rows[0]))


def _money(scope: Scope, project: Project) -> Iterator[Silence]:
    """The capital of the latest plan year, of each closing day its newest figure; a source of capital that is older."""
    lang, part = scope.lang, say(scope.lang, "word.whole")
    newest: dict[tuple[date | None, Funding | None], DisbursementRow] = {}
    for row in (scope.disbursement[place] for place in latest_money(scope, project.id)):
        known = newest.get((row.closes, row.funding))
        if known is None or row.dating.age_days < known.dating.age_days:
            newest[row.closes, row.funding] = row
    if not newest:
        yield Silence(project, part, say(lang, "report.what.money"), None, 0)
    plans = {closes for closes, _ in newest}
    for (closes, funding), row in newest.items():
        together = newest.get((closes, None))
        if not row.dating.stale or (funding and together and together.dating.age_days >= row.dating.age_days):
            continue
        more = [] if len(plans) == 1 else [plan_closing(scope, row)]
        more += [funding.write(lang)] if funding else []
        what = say(lang, "report.what.money")
        if more:
            what = say(lang, "report.what.money_of", plan=", ".join(more))
        yield Silence(project, part, what, row, _late_days(scope, row))


def _late_days(scope: Scope, row: ClearanceRow | DisbursementRow) -> int:
    return row.dating.age_days - scope.portfolio.records.portfolio.stale_after_days


def late(scope: Scope, found: Iterable[Silence], caption: str, note: str) -> Table:
    """Who is late, and by how many days."""
    lang, rows, before = scope.lang, list[Cells](), ""
    for place, one in enumerate(found, 1):
        title = ABOVE if one.project.id == before else text_cell(one.project.title.write(lang))
        before = one.project.id
        head = order_cell(place), title, text_cell(one.part), text_cell(one.what)
        if one.row is None:
            rows.append((*head, text_cell(say(lang, "report.unknown.never")), *blank(2, UNKNOWN), Cell()))
            continue
        dating = one.row.dating
        age, days = (Cell(number(days, None, lang), days, row=one.row) for days in (dating.age_days, one.late_days))
        source = source_cell(scope, None, [dating.source])
        rows.append((*head, date_cell(dating.observed, lang, one.row), age, days, source))
    return table(scope, "late", "order project part what newest age late reference", rows, caption=caption, note=note)
