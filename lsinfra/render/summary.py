"""The head of a page: what a leader reads in one look. Plain data, no markup.

A table with a line for each project (on a project's own page for each section), then the worst gaps, then what nobody
reported. Land and money are never added up over projects: their figures are of different dates and scopes.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from lsinfra.codes import Stage, TotalKind
from lsinfra.compare import Compared
from lsinfra.errors import Finding
from lsinfra.progress import Change, ClearanceRow, DisbursementRow, Rate
from lsinfra.quantities import Measure, PartialDate, number
from lsinfra.records import Project, Section
from lsinfra.render.gaps import LATE, UNREPORTED, Gap, marks, named, unknown, worst
from lsinfra.render.gaps import MOST as GAPS
from lsinfra.render.obstacles import unsolved
from lsinfra.render.payload import (
    COMPLETE,
    MEASURES,
    Headline,
    Scope,
    day_text,
    first_capital,
    headline,
    headlines,
    latest_money,
    rate_text,
    share_class,
    share_of,
    share_words,
    sum_dates,
    summed,
    total_text,
    unit,
)
from lsinfra.render.since import Changed, chip, measure_of, parts_text
from lsinfra.render.writing import grown

Cell = dict[str, Any]

MANY, MOST = 8, 6
"""Of more than so many projects or sections only so many have a line, those with the lowest shares; that is said."""
FEW = 2
"""Figures of sections, or changes, in one cell; how many more there are is said."""

_LAND = tuple(measure for measure in MEASURES if measure is not Measure.LENGTH)


def summary(scope: Scope, findings: Sequence[Finding], changed: Changed | None = None) -> dict[str, Any]:
    """The head's table, the worst gaps and what is not known.

    ``changed``: since an earlier date; without one the last column has what changed since the observation before.
    """
    label = scope.say("head.changed") if changed is None else first_capital(changed.label)
    columns = ["land", "length", "money", "changed"]
    lines = _of_sections(scope, changed) if scope.project else _of_projects(scope, changed)
    against = label if changed is None else f"{scope.say('head.short_changed')}: {changed.label}"
    moved = any(line["cells"][-1]["changes"] for line in lines)
    if not moved:
        columns.pop()
        against = f"{label}: {scope.say('head.no_earlier' if changed is None else 'since.none')}"
        lines = [line | {"cells": line["cells"][:-1]} for line in lines]
    heads = [label if name == "changed" else scope.say(f"head.{name}") for name in columns]
    return {
        "head": [scope.say("column.scope" if scope.project else "column.project"), *heads],
        "short": [scope.say(f"head.short_{name}") for name in columns],
        "lines": lines,
        "against": against if lines else "",
        "moved": int(moved),
        "more": _more(scope, changed),
        "gaps": _gaps(scope),
        "unknown": list(unknown(scope, findings)),
    }


# --- the lines -------------------------------------------------------------------------------------------------------


def _of_projects(scope: Scope, changed: Changed | None) -> list[Cell]:
    return [
        {
            "name": project.name.write(scope.lang),
            "title": project.title.write(scope.lang),
            "href": f"{project.id}.html",
            "project": scope.numbers[project.id],
            "cells": _project_cells(scope, project, changed),
        }
        for project in _lowest(scope.projects, lambda project: _share(scope, project))
    ]


def _of_sections(scope: Scope, changed: Changed | None) -> list[Cell]:
    """The whole project, then its sections; the money is of the whole and stands once. The silent share one line."""
    (project,) = scope.projects
    told = _told_sections(scope, project, changed)
    lines = [{"name": scope.word("whole"), "cells": _project_cells(scope, project, changed)}]
    for section in _lowest(told, lambda section: _section_share(scope, project, section)):
        row = {"name": section.unit, "cells": _section_cells(scope, project, section, changed)}
        lines.append(row if section.in_scope else row | {"about": scope.say("ui.beyond")})
    silent = [one.unit for one in project.sections if one.in_scope and one not in told]
    if silent and len(told) <= MANY:
        none = {"figures": [], "none": scope.say("ui.not_published")}
        lines.append({"name": named(scope, silent), "cells": [none, none, {}, {"changes": [], "none": ""}]})
    return lines


def _told_sections(scope: Scope, project: Project, changed: Changed | None) -> list[Section]:
    """The sections with a figure, or with one that is gone since the date compared."""
    land = changed.land.values() if changed else ()
    gone = {one.row.section for one in land if one.row.stage is Stage.HANDED_OVER}
    return [one for one in project.sections if (project.id, one.id) in scope.handed_over or one.id in gone]


def _lowest(every: Sequence[Any], share: Any) -> list[Any]:
    """All of them in their order; of too many those with the lowest shares, those without any last."""
    if len(every) <= MANY:
        return list(every)
    found = [(share(one), place, one) for place, one in enumerate(every)]
    return [one for *_, one in sorted(found, key=lambda item: (item[0] is None, item[0] or 0, item[1]))[:MOST]]


def _share(scope: Scope, project: Project) -> Fraction | None:
    found = headline(scope, project.id)
    return None if found is None else share_of(found.rate)


def _section_share(scope: Scope, project: Project, section: Section) -> Fraction | None:
    places = scope.handed_over.get((project.id, section.id), {})
    shares = (share_of(scope.clearance[places[measure]].rate) for measure in MEASURES if measure in places)
    return next((share for share in shares if share is not None), None)


def _more(scope: Scope, changed: Changed | None) -> list[str]:
    """What is said below the table where not every project or section has a line, and where they all are."""
    if scope.project is None:
        kind, every, table = "projects", len(scope.projects), "#projects"
    else:
        told = _told_sections(scope, scope.projects[0], changed)
        kind, every, table = "sections", len(told), "#land"
    if every <= MANY:
        return []
    count, most = (number(one, None, scope.lang) for one in (every, MOST))
    return [scope.say(f"head.lowest_{kind}", count=count, most=most), table]


# --- the cells -------------------------------------------------------------------------------------------------------


def _project_cells(scope: Scope, project: Project, changed: Changed | None) -> list[Cell]:
    """Land in ha (households or parcels where those have a share and it has none), length in km, money, changes."""
    found = {one.measure: one for one in headlines(scope, project.id)}
    land = headline(scope, project.id, _LAND)
    return [
        _headline(scope, project, land) if land else _no_headline(scope, project, _LAND),
        _headline(scope, project, found[Measure.LENGTH])
        if Measure.LENGTH in found
        else _no_headline(scope, project, (Measure.LENGTH,)),
        _money(scope, project),
        _changes(scope, project, changed),
    ]


def _section_cells(scope: Scope, project: Project, section: Section, changed: Changed | None) -> list[Cell]:
    places = scope.handed_over.get((project.id, section.id), {})
    cells = []
    for measures in (_LAND, (Measure.LENGTH,)):
        place = next((places[measure] for measure in measures if measure in places), None)
        told = [] if place is None else [_row(scope, scope.clearance[place], place)]
        cells.append({"figures": told, "none": "" if told or not section.in_scope else scope.say("ui.not_published")})
    return [*cells, {}, _section_changes(scope, project, section, changed)]


def _headline(scope: Scope, project: Project, found: Headline) -> Cell:
    if found.row is not None:
        return {"figures": [_row(scope, scope.clearance[found.row], found.row)], "none": ""}
    rows, when = summed(scope, found), sum_dates(scope, found)
    told = _figure(scope, found.rate, found.measure, when, rows)
    said = [told["text"], *(f"({told[name]})" for name in ("big", "about") if told[name])]
    dates = "; ".join([when, *(word for _, word in told["chips"])])
    return {"figures": [told | {"copy": _copied(scope, project, " ".join(said), dates, rows)}], "none": ""}


def _copied(scope: Scope, project: Project, figure: str, date: str, rows: Sequence[ClearanceRow]) -> str:
    """What a copy button gives of figures that are no single row: with their dates, marks and sources."""
    sources = scope.portfolio.records.sources
    titles = (sources[row.dating.source].title.write(scope.lang) for row in rows if row.dating.source in sources)
    what = f"{project.title.write(scope.lang)}, {Stage.HANDED_OVER.write(scope.lang)}"
    return scope.say("ui.copy_line", what=what, figure=figure, date=date, source="; ".join(dict.fromkeys(titles)))


def _row(scope: Scope, row: ClearanceRow, place: int) -> Cell:
    when = row.dating.observed.write(scope.lang)
    return _figure(scope, row.rate, row.measure, when, [row]) | {"row": ["rows", place]}


def _figure(
    scope: Scope,
    rate: Rate,
    measure: Measure,
    when: str,
    rows: Sequence[ClearanceRow] | Sequence[DisbursementRow],
    about: str = "",
) -> Cell:
    """The share in large ("" for none), value and total, what it is measured against, date, marks, sources."""
    lang, total = scope.lang, ""
    if rate.kind is TotalKind.IMPLIED:
        total = scope.say("head.implied", total=f"{total_text(rate, measure, lang)} {unit(measure, lang)}")
    elif rate.kind is TotalKind.NONE:
        total = scope.say("ui.no_total")
    return {
        "big": share_words(rate, measure, lang),
        "text": rate_text(rate, measure, lang),
        "about": "; ".join(part for part in (about, total) if part),
        "date": when,
        "chips": marks(scope, rate, rows),
        "sources": scope.source_numbers(row.dating.source for row in rows),
    }


def _no_headline(scope: Scope, project: Project, measures: Sequence[Measure]) -> Cell:
    """Without a figure of the whole what its sections reported, side by side and never added up."""
    inside = {section.id for section in project.sections if section.in_scope}
    found = [
        place
        for (owner, section), places in scope.handed_over.items()
        for measure, place in places.items()
        if owner == project.id and section in inside and measure in measures
    ]
    if not found:
        return {"figures": [], "none": scope.say("ui.not_published")}
    if scope.project:
        return {"figures": [], "none": scope.say("no_whole")}
    rows = [scope.clearance[place] for place in found[:FEW]]
    dates = list(dict.fromkeys(row.dating.observed.write(scope.lang) for row in rows))
    texts = [f"{row.unit} {rate_text(row.rate, row.measure, scope.lang)}" for row in rows]
    rest = [scope.say("more", count=number(len(found) - FEW, None, scope.lang))] if len(found) > FEW else []
    told = {
        "big": "",
        "text": "; ".join([*texts, *rest]),
        "about": scope.say("no_whole"),
        "date": "; ".join(dates),
        "chips": marks(scope, None, rows),
        "sources": scope.source_numbers(row.dating.source for row in rows),
    }
    when = "; ".join([*dates, *(word for _, word in marks(scope, None, rows))])
    copy = _copied(scope, project, "; ".join([*texts, *rest]), when, rows)
    return {"figures": [told | {"copy": copy, "apart": 1}], "none": ""}


def _money(scope: Scope, project: Project) -> Cell:
    """The latest plan year: numerator, denominator, base and date together; on a project's page by source as well."""
    places = latest_money(scope, project.id)
    if not places:
        return {"figures": [], "none": scope.say("ui.not_published")}
    shown = places if scope.project else places[:1]
    told = []
    for place in shown:
        row = scope.disbursement[place]
        plan = scope.say("plan_short", year=row.plan_year, base=scope.say(f"base.{row.base}"))
        when = row.dating.observed.write(scope.lang)
        figure = _figure(scope, row.rate, Measure.MONEY, when, [row], "" if row.funding else first_capital(plan))
        name = {"name": first_capital(row.funding.write(scope.lang))} if row.funding else {}
        told.append(figure | name | {"row": ["money", place]})
    rest = sum(scope.disbursement[place].funding is None for place in places[len(shown) :])
    more = [scope.say("head.more_bases", count=number(rest, None, scope.lang)), "#money"] if rest else []
    return {"figures": told, "none": "", "more": more}


# --- changes ---------------------------------------------------------------------------------------------------------


def changes(scope: Scope) -> list[Change]:
    """What changed in the handed-over land since the observation before: whole projects first, then areas first."""
    found = (change for change in scope.progress.changes if change.after.stage is Stage.HANDED_OVER)
    own = [change for change in found if change.after.project in scope.numbers]
    return sorted(own, key=lambda one: (one.after.section is not None, one.after.measure is not Measure.AREA))


def _changes(scope: Scope, project: Project, changed: Changed | None) -> Cell:
    """On the portfolio's page all of a project that must be told; on its own what is not told of a section below."""
    if changed is None:
        before = [one for one in changes(scope) if one.after.project == project.id]
        if scope.project:
            before = [one for one in before if one.after.section is None]
        return _told(scope, [_since_before(scope, one) for one in before], scope.say("head.no_earlier"), "#changes")
    found = [one for one in changed.listed if one.row.project == project.id]
    if scope.project:
        found = [one for one in found if not isinstance(one.row, ClearanceRow) or one.row.section is None]
    return _told(scope, [_compared(scope, one) for one in found], scope.say("since.none"), "#since")


def _section_changes(scope: Scope, project: Project, section: Section, changed: Changed | None) -> Cell:
    if changed is None:
        before = [one for one in changes(scope) if one.after.section == section.id]
        return _told(scope, [_since_before(scope, one) for one in before], "", "#changes")
    every = (one for one in changed.land.values() if one.row.stage is Stage.HANDED_OVER)
    own = [one for one in every if (one.row.project, one.row.section) == (project.id, section.id)]
    return _told(scope, [_compared(scope, one) for one in own], scope.say("since.none"), "#since")


def _told(scope: Scope, told: list[Cell], none: str, table: str) -> Cell:
    few = FEW if scope.project or len(scope.projects) < FEW else 1
    rest = len(told) - few
    return {
        "changes": told[:few],
        "none": "" if told else none,
        "more": [scope.say("more", count=number(rest, None, scope.lang)), table] if rest > 0 else [],
    }


def _since_before(scope: Scope, change: Change) -> Cell:
    dates = [one.dating.observed.write(scope.lang) for one in (change.before, change.after)]
    return {
        "name": _whose(scope, change.after),
        "big": grown(change.value, change.after.measure, scope.lang),
        "chip": [],
        "about": [
            parts_text(change, change.after.measure, scope.lang),
            scope.say("from_to", before=dates[0], after=dates[1]),
        ],
    }


def _compared(scope: Scope, one: Compared[ClearanceRow] | Compared[DisbursementRow]) -> Cell:
    return {
        "name": _whose(scope, one.row),
        "big": grown(one.value, measure_of(one.row), scope.lang),
        "chip": chip(one.kind, scope.lang),
        "about": [parts_text(one, measure_of(one.row), scope.lang)],
    }


def _whose(scope: Scope, row: ClearanceRow | DisbursementRow) -> str:
    """What of its line a change is: a section, its capital, its length, households; nothing for the line's own land."""
    if not isinstance(row, ClearanceRow):
        return first_capital(row.funding.write(scope.lang)) if row.funding else scope.say("ui.disbursement")
    parts = ["" if scope.project or row.section is None else row.unit or ""]
    if row.stage is not Stage.HANDED_OVER:
        parts.append(first_capital(row.stage.write(scope.lang)))
    if row.measure is not Measure.AREA:
        length = row.measure is Measure.LENGTH
        parts.append(scope.say("head.short_length") if length else first_capital(unit(row.measure, scope.lang)))
    return " · ".join(part for part in parts if part)


# --- gaps ------------------------------------------------------------------------------------------------------------


def _gaps(scope: Scope) -> dict[str, Any]:
    """The worst gaps, each with who must act and by when. What nobody published of any of them is said once."""
    told, known = worst(scope), unsolved(scope)
    silent = [name for name in ("who", "due") if not any(getattr(gap, name) for gap in told)]
    notes = [] if known or not told else [scope.say("gap.measured")]
    notes += [scope.say(f"gap.no_{name}") for name in silent if told]
    columns = [name for name in ("who", "due") if name not in silent]
    return {
        "head": [scope.say(f"column.{name}") for name in ("gap", *columns)],
        "lines": [_gap(scope, gap, columns) for gap in told],
        "note": first_capital("; ".join(notes)),
        "none": "" if told or not scope.projects else scope.say("gap.complete" if _complete(scope) else "gap.none"),
        "more": [scope.say("gap.more", count=number(len(known), None, scope.lang)), "#issues"]
        if len(known) > GAPS
        else [],
    }


def _complete(scope: Scope) -> bool:
    """Whether the land of every project is handed over in full, by its own headline."""
    found = [headline(scope, project.id) for project in scope.projects]
    return bool(found) and all(one is not None and share_class(one.rate) == COMPLETE for one in found)


def _gap(scope: Scope, gap: Gap, columns: Sequence[str]) -> Cell:
    """Place, text, date, sources and marks; for each further column its label ("" where none is given) and text.

    ``late`` marks a due day that has passed; ``due`` is the day of one that has not, which may pass before it is read,
    and of a figure how it is marked then: nobody reported it up to that day.
    """
    beside = []
    for column in columns:
        label, text = _who(scope, gap) if column == "who" else _due(scope, gap)
        beside.append([label, text] if text else ["", scope.say(f"gap.no_{column}")])
    day = gap.due.last_day if isinstance(gap.due, PartialDate) else gap.due
    overdue, unreported = ["doubt", scope.say("issue.late")], ["unknown", scope.say("gap.unreported")]
    return {
        "place": gap.place,
        "text": gap.text,
        "date": gap.when,
        "sources": gap.sources,
        "chips": gap.chips,
        "beside": beside,
        "late": {LATE: overdue, UNREPORTED: unreported}.get(gap.mark, []),
        "due": [day.isoformat(), *([] if gap.obstacle else unreported)] if day and not gap.mark else [],
    }


def _who(scope: Scope, gap: Gap) -> tuple[str, str]:
    return (scope.say(f"role.{gap.who[0]}"), gap.who[1]) if gap.who else ("", "")


def _due(scope: Scope, gap: Gap) -> tuple[str, str]:
    """The day; of one that the law sets, and nobody for this project, that too."""
    if gap.due is None:
        return "", ""
    day = gap.due.write(scope.lang) if isinstance(gap.due, PartialDate) else day_text(gap.due, scope.lang)
    return scope.say("column.due"), scope.say("gap.by_law", day=day) if gap.by_law else day
