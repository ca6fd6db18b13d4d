"""Who is late: figures that are out of date or were never reported, each stage and measure judged by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from lsinfra.codes import Funding, Stage, TotalKind
from lsinfra.progress import ClearanceRow, DisbursementRow, Rate
from lsinfra.quantities import number
from lsinfra.records import Project
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
    found: list[Silence] = []
    for project in scope.projects:
        here: list[tuple[str | None, str]] = [(None, say(scope.lang, "word.whole"))]
        here += [(one.id, one.unit) for one in project.sections if one.in_scope and not gone_unit(scope, one)]
        for section, part in here:
            found += _land(scope, project, section, part)
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
    return ended(
        scope,
        (
            section
            for project in scope.projects
            for section in project.sections
            if section.in_scope and any(_land(scope, project, section.id, section.unit))
        ),
    )


def finished(scope: Scope, project: Project) -> bool:
    """All land of a project is handed over, in every measure that it or, since then, one of its sections reports."""
    heads = {one.measure: one for one in headlines(scope, project.id)}
    if not heads or not all(complete(one.rate) for one in heads.values()):
        return False
    when = {measure: _newest(summed(scope, one)) for measure, one in heads.items()}
    for row in _rows(scope, project):
        if row.stage is Stage.HANDED_OVER and row.section is not None and not complete(row.rate):
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


def _rows(scope: Scope, project: Project) -> list[ClearanceRow]:
    """Every figure of land of the project and of its sections that are the province's."""
    here = inside(project)
    return [row for row in scope.clearance if row.project == project.id and row.section in here]


def _land(scope: Scope, project: Project, section: str | None, part: str) -> Iterator[Silence]:
    every, done = _rows(scope, project), finished(scope, project)
    late: dict[object, list[ClearanceRow]] = defaultdict(list)
    for row in (one for one in every if one.section == section):
        waited = not complete(row.rate) and not (done and row.stage is Stage.HANDED_OVER)
        if waited and row.dating.stale:
            late[row.stage, row.dating.observed, row.dating.source].append(row)
    for rows in late.values():
        units = ", ".join(unit(row.measure, scope.lang) for row in rows)
        what = say(scope.lang, "report.what.stage", stage=first_capital(rows[0].stage.write(scope.lang)), units=units)
        yield Silence(project, part, what, rows[0], _late_days(scope, rows[0]))
    told = {row.section for row in every if row.stage is Stage.HANDED_OVER}
    # A project may be reported by its sections.
    if not done and section not in told and (section is not None or not told):
        yield Silence(project, part, first_capital(Stage.HANDED_OVER.write(scope.lang)), None, 0)


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
