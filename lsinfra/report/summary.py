"""Section I of the report: the main results, what changed, the decisions wanted."""

from __future__ import annotations

from collections.abc import Iterator

from lsinfra.codes import Stage
from lsinfra.compare import ChangeKind, Compared
from lsinfra.progress import ClearanceRow, DisbursementRow, SectionSum
from lsinfra.quantities import Measure
from lsinfra.records import Project
from lsinfra.render.payload import Headline, Scope, headline, headlines, latest_money, unit
from lsinfra.render.since import measure_of
from lsinfra.render.writing import points
from lsinfra.report import tables
from lsinfra.report.lateness import complete, finished
from lsinfra.report.model import (
    Block,
    Bullets,
    Heading,
    Run,
)
from lsinfra.report.telling import MOST, Telling, remarks
from lsinfra.report.wording import (
    Runs,
    amount_cell,
    bold,
    counted,
    dated,
    extent_words,
    figure,
    head_row,
    left_cell,
    plain,
    rated,
    told,
)
from lsinfra.text import Lang, say

MOST_CHANGES = 6


def summary(telling: Telling) -> Iterator[Block]:
    lang = telling.lang
    yield Heading(2, "1.", say(lang, "report.heading.main"))
    yield from _main(telling)
    yield Heading(2, "2.", say(lang, "report.heading.changes"))
    yield from _changes(telling)
    yield Heading(2, "3.", say(lang, "report.heading.decisions"))
    yield from remarks(telling, telling.office.decisions)


def _main(telling: Telling) -> Iterator[Block]:
    """A line for each project; of many the counts, then those with the most land left."""
    scope, lang = telling.scope, telling.lang
    projects = list(scope.projects)
    yield telling.tell("report.summary.apart" if len(projects) > 1 else "report.summary.shares")
    if len(projects) > MOST:
        heads = [headline(scope, project.id) for project in projects]
        done = sum(finished(scope, project) for project in projects)
        told = {row.project for project in projects for row in _reported(scope, project)}
        yield telling.tell(
            "report.summary.counts" if done else "report.summary.counts_none",
            land=counted(len(told), lang),
            whole=counted(sum(found is not None for found in heads), lang),
            done=counted(done, lang),
            money=counted(len({row.project for row in scope.disbursement}), lang),
            all=counted(len(projects), lang),
        )
        left = {
            project.id: found.rate.total - found.rate.value
            for project, found in zip(projects, heads, strict=True)
            if found is not None and found.measure is Measure.AREA and found.rate.total is not None
        }
        projects = [project for project in projects if left.get(project.id, 0) > 0]
        projects = sorted(projects, key=lambda project: -left[project.id])[:MOST]
        if not projects:
            return
        yield telling.tell("report.summary.most_left")
    yield Bullets(tuple(_project(telling, project) for project in projects))


def _project(telling: Telling, project: Project) -> Runs:
    name = bold((Run(telling.title(project)),))
    return told(
        telling.lang,
        "report.summary.project",
        project=name,
        land=_land(telling, project),
        money=_money(telling, project),
    )


def _land(telling: Telling, project: Project) -> Runs:
    """What is handed over of a project; without a figure of the whole what its sections reported."""
    scope, lang = telling.scope, telling.lang
    found = headline(scope, project.id)
    if found is not None:
        row = head_row(scope, found)
        values = {
            "figure": figure(row, lang),
            "rate": rated(row, lang),
            "left": _left(row, lang),
            "dated": dated(scope, row, extent_words(scope, row)),
            "others": _not_done(scope, found),
        }
        if isinstance(row, SectionSum):
            parts = {"reported": counted(row.reported, lang, row), "sections": counted(row.sections, lang, row)}
            return told(lang, "report.summary.land_sum", **values, **parts)
        return told(lang, "report.summary.land", **values)
    sections = _reported(scope, project)
    if not sections:
        return told(lang, "report.summary.no_land")
    listed: list[Run] = []
    for part in sections[:3]:
        listed += [
            *([Run("; ")] if listed else []),
            Run(f"{plain(part.unit or '')} "),
            *figure(part, lang),
            *dated(scope, part),
        ]
    more = counted(len(sections) - 3, lang)
    key = "report.summary.land_sections_more" if len(sections) > 3 else "report.summary.land_sections"
    return told(lang, key, sections=tuple(listed), **({"more": more} if len(sections) > 3 else {}))


def _reported(scope: Scope, project: Project) -> list[ClearanceRow]:
    """Every figure of land handed over of a project or of a section of it that is the province's."""
    here = tables.inside(project)
    return [
        row
        for row in scope.clearance
        if row.project == project.id and row.stage is Stage.HANDED_OVER and row.section in here
    ]


def _not_done(scope: Scope, found: Headline) -> Runs:
    """Beside a complete headline the other measures that are not: 5/5 ha is not all where 3/20 km is."""
    if not complete(found.rate):
        return ()
    runs: list[Run] = []
    for other in headlines(scope, found.project):
        if not complete(other.rate):
            row = head_row(scope, other)
            runs += (Run("; "), *figure(row, scope.lang), *rated(row, scope.lang), *dated(scope, row))
    return tuple(runs)


def _left(row: ClearanceRow | SectionSum, lang: Lang) -> Runs:
    cell = left_cell(row, lang)
    if not cell.exact:
        return ()
    left = Run(cell.text, exact=cell.exact, row=row)
    return told(lang, "report.summary.left", left=left, unit=unit(row.measure, lang))


def _money(telling: Telling, project: Project) -> Runs:
    """The newest figure of the latest plan year; of other bases and closing days what they say."""
    scope, lang = telling.scope, telling.lang
    rows = [row for at in latest_money(scope, project.id) if (row := scope.disbursement[at]).funding is None]
    if not rows:
        return told(lang, "report.summary.no_money")
    rows.sort(key=lambda row: row.dating.age_days)
    runs: list[Run] = []
    for row in rows:
        values = {"figure": figure(row, lang), "rate": rated(row, lang), "dated": dated(scope, row)}
        runs += [Run("; ")] if runs else []
        runs += told(lang, "report.summary.plan", plan=_plan(scope, row), **values)
    return told(lang, "report.summary.money", plans=tuple(runs))


def _plan(scope: Scope, row: DisbursementRow) -> str:
    """The plan of a figure of money; the closing day where capital of that year has several."""
    year = (one.closes for one in scope.disbursement if (one.project, one.plan_year) == (row.project, row.plan_year))
    several = len({row.closes, *year}) > 1
    return tables.plan_closing(scope, row) if several else tables.plan_words(scope, row)


def _changes(telling: Telling) -> Iterator[Block]:
    changed = telling.changed
    if changed is None:
        yield telling.tell("report.changes.no_earlier")
        return
    listed = changed.listed[:MOST_CHANGES]
    if listed:
        yield telling.tell("report.changes.lead", label=telling.label, annex=telling.annex("changes"))
        yield Bullets(tuple(_change(telling, one) for one in listed))
    else:
        yield telling.tell("report.changes.none", label=telling.label)
    if more := len(changed.land) + len(changed.money) - len(listed):
        count = counted(more, telling.lang)
        yield telling.tell("report.changes.more", count=count, annex=telling.annex("changes"))


def _change(telling: Telling, one: Compared[ClearanceRow] | Compared[DisbursementRow]) -> Runs:
    scope, lang, row = telling.scope, telling.lang, one.row
    values: dict[str, Runs] = {
        "project": (Run(plain(scope.title(row.project)), bold=True),),
        "part": _part(telling, row),
        "kind": (Run(say(lang, f"compare.kind.{one.kind}")),),
    }
    for name, side in (("before", one.before), ("after", one.after)):
        if side is not None:
            values[name] = (*figure(side, lang), *dated(scope, side))
    if one.after is None:
        return told(lang, "report.changes.gone", **values)
    if one.before is None or one.kind is ChangeKind.CONFIRMED:
        return told(lang, "report.changes.new", **values)
    kind = () if one.kind is ChangeKind.MOVED else told(lang, "report.changes.kind", kind=values["kind"])
    values |= {"kind": kind, "change": ()}
    if one.value:
        cell = amount_cell(abs(one.value), measure_of(row), one, lang)
        change = (Run(cell.text, exact=cell.exact, row=one), Run(f"\u00a0{unit(measure_of(row), lang)}"))
        values["change"] = told(lang, "report.changes.up" if one.value > 0 else "report.changes.down", change=change)
    values["parts"] = _parts(one, lang)
    return told(lang, "report.changes.moved", **values)


def _parts(one: Compared[ClearanceRow] | Compared[DisbursementRow], lang: Lang) -> Runs:
    """How the share changed, and by what; nothing where that is not known, or nothing of it changed."""
    said = points(one, measure_of(one.row), lang)
    if not said["work"] or not (one.share or one.correction or one.work or one.scope):
        return ()
    exact = {"share": one.share, "correction": one.correction, "work": one.work, "scope": one.scope}
    parts = {name: Run(text, exact=exact[name], row=one) for name, text in said.items()}
    if not said["correction"]:
        return told(lang, "report.share_changed.plain", **parts)
    return told(
        lang, "report.share_changed.all" if one.work or one.scope else "report.share_changed.corrected", **parts
    )


def _part(telling: Telling, row: ClearanceRow | DisbursementRow) -> Runs:
    """What of a project changed: a section or the whole, its stage if it is not land handed over; money of a plan."""
    scope, lang = telling.scope, telling.lang
    if isinstance(row, DisbursementRow):
        funding = row.funding.write(lang) if row.funding else say(lang, "report.all_funding")
        return told(lang, "report.changes.money", plan=_plan(scope, row), funding=funding)
    part = say(lang, "report.whole") if row.section is None else plain(row.unit or row.section)
    if extent := extent_words(scope, row):
        part = f"{part} ({extent})"
    return (Run(part if row.stage is Stage.HANDED_OVER else f"{part}, {row.stage.write(lang)}"),)
