"""The charts of a project as plain data: what was known when (S-curve), and where along the route (time–chainage).

Only what was published is a point; between two points the last figure holds, nothing is interpolated. Shares are sent
as numbers between 0 and 1 for drawing alone: what a person reads is written here, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lsinfra.codes import Stage, TotalKind
from lsinfra.forecast import Point, earned_schedule, planned, planned_money
from lsinfra.progress import ClearanceRow, DisbursementRow, Rate, histories, money_histories, rate
from lsinfra.quantities import SHOWN_IN, Figure, Measure, PartialDate
from lsinfra.records import PlanTarget, Project
from lsinfra.render import payload
from lsinfra.render.forecast_tables import schedule_words
from lsinfra.render.payload import Scope
from lsinfra.render.time_chainage import SOURCES, Histories, time_chainage
from lsinfra.render.timeline import Stop
from lsinfra.render.writing import share_number
from lsinfra.text import Lang, say, words

LINES = 7
"""As many lines can be told apart in one S-curve, the project's own among them."""

PLAN_YEARS = 3
"""As many of the newest plan years have a chart of money."""


def chart_data(scope: Scope, stops: Sequence[Stop]) -> dict[str, Any]:
    """The charts of every project of a page, and the words of their script.

    Parameters
    ----------
    scope
        The page; observations after its date are left away.
    stops
        The dates that are rows of the time–chainage charts, in any order; those after the page's date are left away.

    Returns
    -------
    dict
        ``words``; ``projects``, one a project of the page: ``curves`` (panels of land, then of money by plan year,
        newest first), ``grid`` (``None`` where no route is drawn), and ``none``, the sentences for what is missing.
        Days are ordinals (``date.toordinal``), chainages metres, shares 0–1.
    """
    kept = sorted((stop for stop in stops if stop.as_of <= scope.progress.as_of), key=lambda stop: stop.as_of)
    return {
        "words": {
            name.removeprefix("ui."): text
            for name, text in words(scope.lang, "chart").items()
            if name.startswith("ui.")
        },
        "projects": [_project(scope, project, kept) for project in scope.projects],
    }


def sources(told: dict[str, Any]) -> set[int]:
    """Numbers of the sources that the charts name (``chart_data``), also of figures that newer ones have followed."""
    found: set[int] = set()
    for project in told["projects"]:
        found.update(number for panel in project["curves"] for row in panel["rows"] for number in row[-1])
        if grid := project["grid"]:
            runs = [run for section in grid["sections"] for run in section[-1]] + grid["whole"]
            found.update(number for run in runs for number in run[SOURCES])
            found.update(number for issue in grid["issues"] for number in issue[4])
    return found


def _project(scope: Scope, project: Project, stops: Sequence[Stop]) -> dict[str, Any]:
    known = _handed_over(scope, project)
    land, money = _land(scope, project, known), _money(scope, project)
    grid = time_chainage(scope, project, known, stops)
    none = [] if land or money else [say(scope.lang, "chart.no_curve")]
    if money and not land:
        none.append(say(scope.lang, "chart.no_land"))
    return {
        "curves": [*([land] if land else []), *money],
        "grid": grid,
        "none": none,
        "none_grid": "" if grid else say(scope.lang, "chart.no_route"),
    }


def _known(scope: Scope, project: Project) -> Iterator[list[ClearanceRow]]:
    """The histories of handed-over land up to the page's date."""
    every = histories(scope.portfolio.records, project, scope.progress.as_of)
    return (rows for rows in every if rows[0].stage is Stage.HANDED_OVER)


def _handed_over(scope: Scope, project: Project) -> Histories:
    found: Histories = {}
    for rows in _known(scope, project):
        found.setdefault(rows[0].section, {})[rows[0].measure] = rows
    return found


# --- S-curve ---------------------------------------------------------------------------------------------------------


def _land(scope: Scope, project: Project, known: Histories) -> dict[str, Any] | None:
    """Shares of handed-over land: the project's own line, and its sections'; None where no share was published."""
    lang = scope.lang
    ids = [None, *(section.id for section in project.sections if section.in_scope)]
    own, any_of = ({of for one in places for of in _shared(known.get(one, {}))} for places in ([None], ids))
    drawn = next((of for of in payload.MEASURES if of in (own or any_of)), None)
    if drawn is None:
        return None
    names = {None: scope.word("whole")} | {section.id: section.unit for section in project.sections}
    panel = _Panel(scope, scope.progress.as_of)
    points = {
        (one, of): [_point(scope, row, of) for row in known.get(one, {}).get(of, [])]
        for one in names
        for of in payload.MEASURES
    }
    plans = {
        (one, of): _land_plan(scope, project, one, of, known.get(one, {}).get(of, []))
        for one in names
        for of in payload.MEASURES
    }
    able = [one for one in ids if _can_be_drawn(points[one, drawn]) or _can_be_drawn(plans[one, drawn])]
    notes = [say(lang, "chart.how_land")]
    for one in able[:LINES]:
        panel.add(names[one], one is None, points[one, drawn], plans[one, drawn])
        if plans[one, drawn]:
            plan = planned(project, one, Stage.HANDED_OVER, drawn)
            notes += _against_plan(scope, names[one], known.get(one, {}).get(drawn, []), plan)
    # What cannot be drawn is in the table all the same.
    for key, rows in points.items():
        if key[1] is not drawn or key[0] not in able[:LINES]:
            panel.tell(names[key[0]], [*rows, *plans[key]])
    if able[LINES:]:
        notes.append(say(lang, "chart.lines_left", shown=LINES, count=len(able)))
    return panel.data(say(lang, "chart.land", measure=drawn), notes)


def _shared(history: dict[Measure, list[ClearanceRow]]) -> set[Measure]:
    """The measures of which a share was published."""
    return {of for of, rows in history.items() if any(payload.share_of(row.rate) is not None for row in rows)}


def _can_be_drawn(points: Sequence[_Point]) -> bool:
    return any(point.share is not None for point in points)


def _money(scope: Scope, project: Project) -> list[dict[str, Any]]:
    """One panel a plan year, newest first: disbursed against each base, all sources of capital together."""
    lang = scope.lang
    every = money_histories(scope.portfolio.records, project, scope.progress.as_of)
    lines = [line for line in every if line[0].funding is None]
    panels: list[dict[str, Any]] = []
    for year in sorted({line[0].plan_year for line in lines}, reverse=True):
        of_year = [line for line in lines if line[0].plan_year == year]
        closing = sorted({line[0].closes for line in of_year if line[0].closes})
        panel = _Panel(scope, min(scope.progress.as_of, closing[-1]) if closing else scope.progress.as_of)
        notes = [say(lang, "chart.how_money")]
        for line in of_year:
            points, name = [_point(scope, row, Measure.MONEY) for row in line], _base_name(scope, line[0], of_year)
            plan = _money_plan(scope, project, line)
            if _can_be_drawn(points):
                panel.add(name, line is of_year[0], points, plan)
                notes += _against_plan(scope, name, line, planned_money(project, year, line[0].base) if plan else [])
            else:
                panel.tell(name, [*points, *plan])
        panel.closes = [(day, say(lang, "chart.closes", day=payload.day_text(day, lang))) for day in closing]
        if panel.lines:
            title = say(lang, "chart.money", year=year)
            panels.append(panel.data(title, notes, first=date(year, 1, 1)))
    if panels[PLAN_YEARS:]:
        panels[PLAN_YEARS - 1]["notes"].append(say(lang, "chart.years_left", shown=PLAN_YEARS, count=len(panels)))
    return panels[:PLAN_YEARS]


def _against_plan(
    scope: Scope,
    name: str,
    rows: Sequence[ClearanceRow] | Sequence[DisbursementRow],
    plan: Sequence[tuple[PartialDate, Decimal]],
) -> list[str]:
    """How late or early against the dated targets of a plan, in weeks of work; nothing without a plan or a figure."""
    if not rows or not plan:
        return []
    found = earned_schedule([Point(row.dating.observed, row.rate.value) for row in rows], plan)
    told = schedule_words(found, plan, scope.progress.as_of, scope.lang)
    return [say(scope.lang, "chart.against_plan", name=name, told=told)]


def _base_name(scope: Scope, row: DisbursementRow, lines: Sequence[Sequence[DisbursementRow]]) -> str:
    """The base; where two lines have the same, capital added after September is told by its later closing day."""
    name = payload.first_capital(row.base.write(scope.lang))
    same = [line for line in lines if line[0].base is row.base]
    late = row.closes is not None and any(row.closes > (line[0].closes or row.closes) for line in same)
    return say(scope.lang, "chart.added", base=name) if late else name


def _land_plan(
    scope: Scope, project: Project, section: str | None, of: Measure, known: Sequence[ClearanceRow]
) -> list[_Point]:
    """The planned shares of handed-over land, by date."""
    targets = [
        (target, figure)
        for target in project.plan
        if target.section == section
        for stage, figure in target.stages
        if stage is Stage.HANDED_OVER and figure.measure is of
    ]
    return _targets(scope, targets, of, known)


def _money_plan(scope: Scope, project: Project, line: Sequence[DisbursementRow]) -> list[_Point]:
    """The planned shares of disbursement of a plan year against the base of a line; of its capital plan as a whole."""
    first = line[0]
    targets = [
        (target, aim[2])
        for target in project.plan
        if (aim := target.money) is not None and aim[:2] == (first.plan_year, first.base)
    ]
    return _targets(scope, targets, Measure.MONEY, line)


def _targets(
    scope: Scope,
    targets: Sequence[tuple[PlanTarget, Figure]],
    of: Measure,
    known: Sequence[ClearanceRow | DisbursementRow],
) -> list[_Point]:
    """Targets by date, from sources that were out at the page's date.

    A target printed without its total is measured against the newest total that was published, and says so.
    """
    lang, points = scope.lang, []
    newest = next((row for row in reversed(known) if row.rate.total), None)
    for target, figure in sorted(targets, key=lambda pair: (pair[0].by.last_day, pair[1].amount)):
        source = scope.portfolio.records.sources.get(target.source)
        if source is not None and source.date is not None and source.date.first_day > scope.progress.as_of:
            continue
        aimed, remark = rate(figure), say(lang, "chart.planned")
        if aimed.share is None and newest is not None and newest.rate.total:
            total = newest.rate.total
            aimed = replace(aimed, share=Fraction(aimed.value) / Fraction(total))
            against = f"{payload.amount(total, of, lang)} {SHOWN_IN[of].write(lang)}"
            remark = say(lang, "chart.planned_of", total=against, day=newest.dating.observed)
        texts = [
            target.by.write(lang),
            payload.rate_text(aimed, of, lang),
            payload.share_words(aimed, of, lang),
            remark,
            scope.source_numbers([target.source]),
        ]
        points.append(_Point(target.by, aimed, share_number(aimed.share), texts, of))
    return points


@dataclass(frozen=True)
class _Point:
    """A published figure as a dot: when, how high (None: it has no share), and as texts."""

    observed: PartialDate
    rate: Rate
    share: float | None
    texts: list[Any]
    measure: Measure


def _point(scope: Scope, row: ClearanceRow | DisbursementRow, of: Measure) -> _Point:
    """Its texts: date, figure, share, remark, numbers of its sources."""
    share = payload.share_of(row.rate)
    implied = row.rate.kind is TotalKind.IMPLIED
    height = share_number(share)
    if height is not None and implied:
        height = min(height, 0.999)  # a stated 100 % may have been rounded up
    texts = [
        row.dating.observed.write(scope.lang),
        payload.rate_text(row.rate, of, scope.lang),
        payload.share_words(row.rate, of, scope.lang),
        say(scope.lang, "chart.stated") if implied else "",
        scope.source_numbers([row.dating.source]),
    ]
    return _Point(row.dating.observed, row.rate, height, texts, of)


class _Panel:
    """One S-curve in the making: its lines, the rows of its table, the days it spans."""

    def __init__(self, scope: Scope, until: date) -> None:
        self.scope, self.until = scope, until
        self.lines: list[dict[str, Any]] = []
        self.rows: list[list[Any]] = []
        self.closes: list[tuple[date, str]] = []
        self.days: list[date] = []
        self.untold = 0

    def add(self, name: str, main: bool, points: Sequence[_Point], plan: Sequence[_Point]) -> None:
        """A line: a dot a figure that has a share, of last day, first day, share, row, how the total moved."""
        dots = []
        for before, point in zip([None, *points], points, strict=False):
            moved = "" if before is None else _moved(before, point, self.scope.lang)
            point.texts[3] = " · ".join(text for text in (moved, point.texts[3]) if text)
            if point.share is None:
                self.tell(name, [point])
            else:
                dots.append([*self._row(name, point), moved])
        aims = [self._row(name, point) for point in plan if point.share is not None]
        self.tell(name, [point for point in plan if point.share is None])
        self.lines.append({"name": name, "main": int(main), "dots": dots, "plan": aims})

    def _row(self, name: str, point: _Point) -> list[Any]:
        """Last day, first day, share, and the row of the table that it is put into."""
        days = [point.observed.last_day, point.observed.first_day]
        self.days += days
        self.rows.append([name, *point.texts])
        return [*(day.toordinal() for day in days), point.share, len(self.rows) - 1]

    def tell(self, name: str, points: Sequence[_Point]) -> None:
        """Figures that are in the table only."""
        self.untold += len(points)
        self.rows += [[name, *point.texts] for point in points]

    def data(self, title: str, notes: list[str], first: date | None = None) -> dict[str, Any]:
        start = min([*self.days, *([first] if first else [])]).replace(day=1)
        end = _next_month(max([*self.days, self.until, *(day for day, _ in self.closes)]))
        if self.untold:
            notes = [*notes, say(self.scope.lang, "chart.not_drawn", count=self.untold)]
        return {
            "title": title,
            "notes": notes,
            "from": start.toordinal(),
            "to": end.toordinal(),
            "until": self.until.toordinal(),
            "ticks": _months(start, end),
            "lines": self.lines,
            "closes": [[day.toordinal(), text] for day, text in self.closes],
            "rows": self.rows,
        }


def _moved(before: _Point, after: _Point, lang: Lang) -> str:
    """``phạm vi thay đổi: 640,28 → 618 ha`` where the printed total is another than before; for money, the plan."""
    old, new = before.rate.total, after.rate.total
    if old is None or new is None or old == new:
        return ""
    ends = {"before": payload.amount(old, after.measure, lang), "after": payload.amount(new, after.measure, lang)}
    key = "chart.plan_moved" if after.measure is Measure.MONEY else "chart.scope_moved"
    return say(lang, key, **ends, unit=SHOWN_IN[after.measure].write(lang))


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _months(start: date, end: date) -> list[list[Any]]:
    """The first days of the months: day, text, and how much it matters (2 a year's, 1 a quarter's, 0 a month's)."""
    ticks = []
    while start <= end:
        level = 2 if start.month == 1 else int(start.month % 3 == 1)
        ticks.append([start.toordinal(), f"{start.month:02}/{start.year}", level])
        start = _next_month(start)
    return ticks
