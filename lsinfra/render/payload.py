"""What a page says, as plain data: every number is written here, once, in the language of the page.

The scripts of the page only lay these texts out. Rows are short lists, not tables with names, because a page with
a thousand sections must stay small enough to send.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from typing import Any
from urllib.parse import urlsplit

from lsinfra.codes import Base, Kind, SourceKind, Stage, TotalKind
from lsinfra.numerals import decimals_of
from lsinfra.portfolio import Portfolio
from lsinfra.progress import ClearanceRow, Dating, DisbursementRow, Progress, Rate, SectionSum
from lsinfra.quantities import SHOWN_IN, Measure, PartialDate, StatedCheck, number, outward, share_text
from lsinfra.records import LengthClaim, Project, Section, Work
from lsinfra.text import Lang, say, words

MEASURES = (Measure.AREA, Measure.LENGTH, Measure.HOUSEHOLDS, Measure.PARCELS)
"""Which figure stands for a place where several were published, on the map and beside it: land before length."""

CLASSES = 5
COMPLETE, NO_TOTAL, NO_DATA = CLASSES, CLASSES + 1, CLASSES + 2
"""How a share is drawn: 0–4 the fifths below 1, then complete, a figure without a total, nothing published."""

_KINDS = {TotalKind.NONE: 0, TotalKind.STATED: 1, TotalKind.IMPLIED: 2}
_CHECKS = {check: -1 if check is StatedCheck.NONE else place for place, check in enumerate(StatedCheck)}
_LINKS = {"http", "https"}
_POINTS = {Kind.STATION, Kind.BORDER_GATE, Kind.BRIDGE}
"""Works of which nobody asks the length."""

_BASES = (Base.ADJUSTED, Base.WITH_CARRY_OVER, Base.PROVINCE_ASSIGNED, Base.PM_ASSIGNED, Base.TOTAL_INVESTMENT)
"""Which base stands for a plan year that has several: what is in force before what it was made from."""

_SHARED = {
    "whole_project": "word.whole",
    "press": "word.sourcekind.press",
    "conflict": "word.statedcheck.conflict",
    "implied": "word.totalkind.implied",
    "aged": "page.head.old",
    "all_sources": "page.all_funding",
    "observed": "page.column.date",
} | {name: f"page.column.{name}" for name in ("project", "scope", "stage", "value", "share", "stated", "source")}
"""Words of the scripts that have their place elsewhere."""


@dataclass(frozen=True)
class Scope:
    """What a page is about: the whole portfolio or one project of it, at a date, in a language."""

    portfolio: Portfolio
    progress: Progress
    lang: Lang
    project: str | None = None

    @cached_property
    def projects(self) -> tuple[Project, ...]:
        every = self.portfolio.records.projects
        return tuple(project for project in every if self.project in (None, project.id))

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Place of each project on the page."""
        return {project.id: place for place, project in enumerate(self.projects)}

    @cached_property
    def sections(self) -> dict[tuple[str, str], int]:
        """Place of each (project, section) on the page."""
        pairs = ((project.id, section.id) for project in self.projects for section in project.sections)
        return {pair: place for place, pair in enumerate(pairs)}

    @cached_property
    def sources(self) -> dict[str, int]:
        """Number of each source, the same on every page of the portfolio: its place in the records."""
        return {source: place for place, source in enumerate(self.portfolio.records.sources)}

    @cached_property
    def clearance(self) -> tuple[ClearanceRow, ...]:
        return tuple(row for row in self.progress.clearance if row.project in self.numbers)

    @cached_property
    def disbursement(self) -> tuple[DisbursementRow, ...]:
        return tuple(row for row in self.progress.disbursement if row.project in self.numbers)

    @cached_property
    def handed_over(self) -> dict[tuple[str, str | None], dict[Measure, int]]:
        """Place of the handed-over row of each project or section, by measure."""
        found: dict[tuple[str, str | None], dict[Measure, int]] = {}
        for place, row in enumerate(self.clearance):
            if row.stage is Stage.HANDED_OVER:
                found.setdefault((row.project, row.section), {})[row.measure] = place
        return found

    def say(self, key: str, /, **values: object) -> str:
        return say(self.lang, f"page.{key}", **values)

    def word(self, key: str) -> str:
        return say(self.lang, f"word.{key}")

    def source_numbers(self, sources: Iterable[str | None]) -> list[int]:
        """Numbers of the sources that are known, each once."""
        return [self.sources[source] for source in dict.fromkeys(sources) if source in self.sources]

    def title(self, project: str) -> str:
        return self.projects[self.numbers[project]].title.write(self.lang)


# --- numbers ---------------------------------------------------------------------------------------------------------


def amount(value: Decimal, measure: Measure, lang: Lang) -> str:
    """A value in the base unit of its measure, as a number in the unit it is shown in: money in billions.

    Decimals as many as the figure has.
    """
    if measure is Measure.MONEY:
        value = (value / SHOWN_IN[measure].factor).normalize()
        value = value.quantize(Decimal(1)) if value == value.to_integral_value() else value
    return number(value, None, lang)


def interval(low: Fraction, high: Fraction | None, measure: Measure, lang: Lang) -> str:
    """An interval of amounts in base units, its ends rounded outwards to three decimals, as the findings say it."""
    factor = Fraction(SHOWN_IN[measure].factor)
    ends = outward(low / factor, None if high is None else high / factor)
    first, last = (None if end is None else number(end, 3, lang) for end in ends)
    return f"≥ {first}" if last is None else f"{first} – {last}"


@cache
def unit(measure: Measure, lang: Lang) -> str:
    return SHOWN_IN[measure].write(lang)


def total_text(rate: Rate, measure: Measure, lang: Lang) -> str:
    """The total without its unit; an implied one as the interval it lies in; empty when there is none."""
    if rate.total is not None:
        return amount(rate.total, measure, lang)
    return "" if rate.low is None else interval(rate.low, rate.high, measure, lang)


def rate_text(rate: Rate, measure: Measure, lang: Lang) -> str:
    """Value and printed total with the unit: ``366,55/640,28 ha``; an implied total is never written into it."""
    text = amount(rate.value, measure, lang)
    if rate.total is not None:
        text = say(lang, "quantity.figure.of", value=text, total=amount(rate.total, measure, lang))
    text = f"{text} {unit(measure, lang)}"
    return say(lang, "quantity.figure.about", figure=text) if rate.about else text


def share_words(rate: Rate, measure: Measure, lang: Lang) -> str:
    """The share for a reader; with an implied total the percentage as stated, or both ends; empty if not known.

    Stated 100 % without a total, or 0 % of something, is said as the bound that its printed decimals allow: 100 % may
    have been rounded up from 99,5 %.
    """
    if rate.kind is TotalKind.IMPLIED and rate.stated_percent is not None:
        stated, half = rate.stated_percent, Decimal(5).scaleb(-decimals_of(rate.stated_percent) - 1)
        if stated == 100:
            return f"≥ {percent_stated(stated - half, lang)}"
        if stated == 0 and rate.value:
            return f"< {percent_stated(half, lang)}" if rate.value > 0 else f"> {percent_stated(-half, lang)}"
        return percent_stated(stated, lang)
    if rate.share is not None:
        return share_text(rate.share, measure, lang)
    if not rate.low or not rate.high:
        return ""
    ends = [share_text(Fraction(rate.value) / end, measure, lang) for end in (rate.high, rate.low)]
    return ends[0] if ends[0] == ends[1] else " – ".join(ends)


def share_of(rate: Rate) -> Fraction | None:
    """The share to draw: the exact one, or the lower end of what an implied total allows."""
    if rate.share is not None:
        return rate.share
    return Fraction(rate.value) / rate.high if rate.high else None


def share_class(rate: Rate) -> int:
    """How a share is drawn; an implied total is never known well enough to call a figure complete."""
    share = share_of(rate)
    if share is None:
        return NO_TOTAL
    if share >= 1:
        return COMPLETE - 1 if rate.kind is TotalKind.IMPLIED else COMPLETE
    return max(0, share.numerator * CLASSES // share.denominator)


def percent_stated(percent: Decimal | None, lang: Lang) -> str:
    return "" if percent is None else f"{number(percent, None, lang)}%"


def bar(rate: Rate) -> int:
    """Length of the share's bar in thousandths, -1 for none; full only where the share is complete."""
    share, full = share_of(rate), 999 if rate.kind is TotalKind.IMPLIED else 1000
    return -1 if share is None else min(max(share.numerator * 1000 // share.denominator, 0), full)


# --- rows ------------------------------------------------------------------------------------------------------------


def clearance_rows(scope: Scope) -> list[list[Any]]:
    """One list a row: project, section (-1: whole project), stage, what ``_rate`` and ``_dating`` give, measure."""
    stages = {stage: place for place, stage in enumerate(Stage)}
    return [
        [
            scope.numbers[row.project],
            -1 if row.section is None else scope.sections.get((row.project, row.section), -1),
            stages[row.stage],
            *_rate(row.rate, row.measure, scope.lang),
            *_dating(row.dating, scope),
            MEASURES.index(row.measure),
        ]
        for row in scope.clearance
    ]


def money_rows(scope: Scope) -> list[list[Any]]:
    """One list a row: project, plan year and base, funding ("": all), then ``_rate``, ``_dating``, closing."""
    lang = scope.lang
    return [
        [
            scope.numbers[row.project],
            scope.say("plan", year=row.plan_year, base=row.base),
            "" if row.funding is None else first_capital(row.funding.write(lang)),
            *_rate(row.rate, Measure.MONEY, lang),
            *_dating(row.dating, scope),
            scope.say("plan_closes", day=day_text(row.closes, lang)) if row.closes else "",
        ]
        for row in scope.disbursement
    ]


def _rate(rate: Rate, measure: Measure, lang: Lang) -> list[Any]:
    """Figure, total if implied, kind of total (0 none, 1 stated, 2 implied), share, bar, class, stated, its check."""
    implied = total_text(rate, measure, lang) if rate.kind is TotalKind.IMPLIED else ""
    return [
        rate_text(rate, measure, lang),
        f"{implied} {unit(measure, lang)}" if implied else "",
        _KINDS[rate.kind],
        share_words(rate, measure, lang),
        bar(rate),
        share_class(rate),
        percent_stated(rate.stated_percent, lang),
        _CHECKS[rate.check],
    ]


def _dating(dating: Dating, scope: Scope) -> list[Any]:
    """Date, age, whether stale, number of the source, line in projects.yaml, note."""
    return [
        dating.observed.write(scope.lang),
        _age(dating.age_days, scope.lang),
        int(dating.stale),
        scope.sources.get(dating.source, -1),
        dating.where,
        "" if dating.note is None else dating.note.write(scope.lang),
    ]


@cache  # many figures are of one day
def _age(days: int, lang: Lang) -> str:
    return say(lang, "page.age", days=number(days, None, lang)) if days else ""


def day_text(day: date, lang: Lang) -> str:
    """A day of the calendar for a reader."""
    return PartialDate(day.year, day.month, day.day).write(lang)


# --- projects, sections, sources -------------------------------------------------------------------------------------


def project_heads(scope: Scope) -> list[dict[str, Any]]:
    """Title, kind, status, years and length of each project on the page."""
    lang = scope.lang
    heads = []
    for project in scope.projects:
        facts = [first_capital(project.kind.write(lang)), project.status.write(lang)]
        if project.years:
            facts.append(f"{project.years.from_}–{project.years.to}")
        heads.append(
            {
                "id": project.id,
                "title": project.title.write(lang),
                "facts": facts,
                "length": _length(scope, project),
                "note": "" if project.note is None else project.note.write(lang),
            }
        )
    return heads


def _length(scope: Scope, project: Project) -> list[Any]:
    """The newest published length of the whole project that has a source: figure, date, source; nothing without."""
    claims = [claim for claim in lengths(scope, project) if claim.route is None and claim.source in scope.sources]
    if not claims:
        return []
    newest = max(claims, key=lambda claim: day.last_day if (day := claimed(scope, claim)) else date.min)
    when = claimed(scope, newest)
    written = "" if when is None else when.write(scope.lang)
    return [newest.value.write(scope.lang), written, *scope.source_numbers([newest.source])]


def lengths(scope: Scope, project: Project) -> list[LengthClaim]:
    """The published lengths that were known at the page's date, or of which the date is not known."""
    dated = ((claim, claimed(scope, claim)) for claim in project.length)
    return [claim for claim, when in dated if when is None or when.last_day <= scope.progress.as_of]


def claimed(scope: Scope, claim: LengthClaim) -> PartialDate | None:
    """As of when a length was published: its own date, else that of its source."""
    source = scope.portfolio.records.sources.get(claim.source or "")
    return claim.as_of or (source.date if source else None)


def gone_unit(scope: Scope, section: Section) -> str:
    """``huyện, đến 30/6/2025`` for a section whose administrative unit had ended before the page's date; else empty."""
    unit = scope.portfolio.records.units.get(section.unit)
    if unit is None or unit.until is None or unit.until.last_day >= scope.progress.as_of:
        return ""
    return scope.say("unit_until", level=unit.level, day=unit.until)


def first_capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def extent(scope: Scope, section: Section) -> str:
    """``Km18 – Km38``, a stretch after the other, each route named where there are several.

    On a route whose chainage nobody published it is a distance along the drawn line, and is said to be that.
    """
    lang, alignments = scope.lang, scope.portfolio.routes.alignments
    told = []
    for route in dict.fromkeys(part.route for part in section.parts):
        parts, line = [part for part in section.parts if part.route == route], alignments.get(route)
        if line is None or line.calibrated:
            text = ", ".join(f"{part.from_.write(lang)} – {part.to.write(lang)}" for part in parts)
        else:
            ends = [[number(end.m / 1000, 1, lang) for end in (part.from_, part.to)] for part in parts]
            text = scope.say("drawn_extent", extent=", ".join(" – ".join(pair) for pair in ends))
        several = len(section.parts) != len(parts)
        name = (line.title or {}).get(lang) if line else None
        told.append(f"{name or route}: {text}" if several else text)
    return "; ".join(told)


def source_list(scope: Scope) -> list[dict[str, Any]]:
    """Every source of the records, by its number."""
    lang = scope.lang
    listed: list[dict[str, Any]] = []
    for source in scope.portfolio.records.sources.values():
        parts = [source.number, source.issuer, source.date]
        listed.append(
            {
                "title": source.title.write(lang),
                "about": [part if isinstance(part, str) else part.write(lang) for part in parts if part is not None],
                "kind": source.kind.write(lang),
                "press": int(source.kind is SourceKind.PRESS),
                "url": source.url or "",
                "link": safe_link(source.url),
                "note": "" if source.note is None else source.note.write(lang),
            }
        )
    return listed


def safe_link(url: str | None) -> str:
    """The address when it may be followed (http or https with a host), else nothing: it is then shown as text only."""
    try:
        parts = urlsplit(url or "")
        return str(url) if parts.scheme in _LINKS and parts.hostname else ""
    except ValueError:
        return ""


def work_facts(scope: Scope, work: Work) -> str:
    """Kind and length of a proposal or a finished work; a gate, a bridge and a station have none to publish."""
    kind = first_capital(work.kind.write(scope.lang))
    if work.length is None and work.kind in _POINTS:
        return kind
    return f"{kind} · {scope.say('no_length') if work.length is None else work.length.write(scope.lang)}"


# --- the headline figure of a project --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Headline:
    """The one figure that stands for a project's handed-over land, and whether it is a sum of its sections."""

    project: str
    measure: Measure
    rate: Rate
    row: int | None
    total: SectionSum | None


def headline(scope: Scope, project: str, measures: Collection[Measure] = MEASURES) -> Headline | None:
    """The first of a project's headlines that has a share, else the first. None when nothing was published."""
    found = [one for one in headlines(scope, project) if one.measure in measures]
    return next((one for one in found if share_class(one.rate) != NO_TOTAL), found[0] if found else None)


def headlines(scope: Scope, project: str) -> list[Headline]:
    """For each measure, in the order of ``MEASURES``, the figure that stands for a project's handed-over land.

    The project's own, or a complete sum of its sections if that is newer or the only one.
    """
    own = scope.handed_over.get((project, None), {})
    sums = {
        total.measure: total
        for total in scope.progress.sums
        if total.project == project and total.stage is Stage.HANDED_OVER and total.rate is not None
    }
    found = []
    for measure in MEASURES:
        place, total = own.get(measure), sums.get(measure)
        row = None if place is None else scope.clearance[place]
        if row is not None and (total is None or total.first <= row.dating.observed):
            found.append(Headline(project, measure, row.rate, place, None))
        elif total is not None and total.rate is not None:
            found.append(Headline(project, measure, total.rate, None, total))
    return found


def reported(scope: Scope, project: str) -> SectionSum | None:
    """Of the measures of land handed over that sections report, the one that most of them do; None: none does."""
    found = [one for one in scope.progress.sums if (one.project, one.stage) == (project, Stage.HANDED_OVER)]
    return max(found, key=lambda one: (one.reported, -MEASURES.index(one.measure)), default=None)


def summed(scope: Scope, found: Headline) -> list[ClearanceRow]:
    """The rows a headline was made of: the project's own, or those of its sections."""
    if found.row is not None:
        return [scope.clearance[found.row]]
    places = (places for (owner, section), places in scope.handed_over.items() if owner == found.project and section)
    inside = {section.id for section in scope.projects[scope.numbers[found.project]].sections if section.in_scope}
    rows = (scope.clearance[measures[found.measure]] for measures in places if found.measure in measures)
    return [row for row in rows if row.section in inside]


def headline_texts(scope: Scope, found: Headline) -> list[Any]:
    """Share, figure, bar, class, date, row (-1: a sum of sections), whether stale, sources of a headline."""
    rows = summed(scope, found)
    return [
        share_words(found.rate, found.measure, scope.lang),
        rate_text(found.rate, found.measure, scope.lang),
        bar(found.rate),
        share_class(found.rate),
        sum_dates(scope, found) if found.row is None else rows[0].dating.observed.write(scope.lang),
        -1 if found.row is None else found.row,
        int(any(row.dating.stale for row in rows)),
        scope.source_numbers(row.dating.source for row in rows),
    ]


def sum_dates(scope: Scope, found: Headline) -> str:
    """How many sections a sum is made of, and when they were observed."""
    if found.total is None:
        return ""
    first, last = found.total.first.write(scope.lang), found.total.last.write(scope.lang)
    return f"{scope.say('sum_of', count=found.total.sections)} · {first if first == last else f'{first} – {last}'}"


# --- the money of a project ------------------------------------------------------------------------------------------


def latest_money(scope: Scope, project: str) -> list[int]:
    """Places of the rows of a project's latest plan year: the base that stands for it first, its sources after it."""
    places = [place for place, row in enumerate(scope.disbursement) if row.project == project]
    latest = max((scope.disbursement[place].plan_year for place in places), default=0)
    found = [place for place in places if scope.disbursement[place].plan_year == latest]
    return sorted(found, key=lambda place: _BASES.index(scope.disbursement[place].base))


def interface_words(lang: Lang) -> dict[str, str]:
    """What the scripts say themselves: ``page``'s table ``ui``, ``map``, and words that have another place."""
    own = {key.removeprefix("ui."): text for key, text in words(lang, "page").items() if key.startswith("ui.")}
    return own | words(lang, "map") | {name: say(lang, key) for name, key in _SHARED.items()}
