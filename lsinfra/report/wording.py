"""Figures as the report says them: in prose as runs, in tables as cells; each with what it is exactly, and of what."""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from lsinfra.codes import Base, SourceKind, TotalKind
from lsinfra.progress import ClearanceRow, Dating, DisbursementRow, Rate, SectionSum
from lsinfra.quantities import SHOWN_IN, Measure, PartialDate, StatedCheck, number
from lsinfra.render.payload import (
    Headline,
    Scope,
    amount,
    day_text,
    percent_stated,
    share_words,
    summed,
    total_text,
    unit,
)
from lsinfra.render.since import measure_of
from lsinfra.report.model import Cell, Mark, Row, Run
from lsinfra.text import Lang, printable, say, words

Runs = tuple[Run, ...]
Figured = ClearanceRow | DisbursementRow | SectionSum
"""A row that has a rate."""

UNKNOWN = "–"
ABOVE = Cell(above=True)


# --- prose ---------------------------------------------------------------------------------------------------------


def told(lang: Lang, key: str, /, **values: str | Run | Runs) -> Runs:
    """The message ``GROUP.NAME`` as runs: its values stay runs of their own, so that a number keeps what it is of."""
    group, _, name = key.partition(".")
    found: list[Run] = []
    for literal, field, _, _ in string.Formatter().parse(words(lang, group)[name]):
        if literal:
            found.append(Run(literal))
        if field is not None:
            value = values[field]
            found += [Run(plain(value))] if isinstance(value, str) else [value] if isinstance(value, Run) else value
    return tuple(found)


def plain(text: str) -> str:
    """A text of the records on one line, without what is not seen or turns the line round."""
    return printable(" ".join(text.split()))


def bold(runs: Iterable[Run]) -> Runs:
    return tuple(replace(run, bold=True) for run in runs)


def counted(value: int, lang: Lang, row: Row | None = None) -> Run:
    """A count as a run."""
    return Run(number(value, None, lang), exact=value, row=row)


def figure(row: Figured, lang: Lang) -> Runs:
    """Value and printed total with the unit: ``366,55/640,28 ha``; an implied total is never written into it."""
    rate, measure = rate_of(row), measure_in(row)
    value = Run(amount(rate.value, measure, lang), exact=shown_in(rate.value, measure), row=row)
    runs: Runs = (value,)
    if rate.total is not None:
        total = Run(amount(rate.total, measure, lang), exact=shown_in(rate.total, measure), row=row)
        runs = told(lang, "quantity.figure.of", value=value, total=total)
    runs = *runs, Run(f"\u00a0{unit(measure, lang)}")
    return told(lang, "quantity.figure.about", figure=runs) if rate.about else runs


def rated(row: Figured, lang: Lang) -> Runs:
    """What the share is, computed or stated, and of which total: ``, đạt 57,25% (nguồn nêu 57,24%)``."""
    rate, measure = rate_of(row), measure_in(row)
    share = share_run(row, lang)
    if rate.kind is TotalKind.NONE or share is None:
        if not isinstance(row, DisbursementRow):
            return told(lang, "report.rate.no_total")
        whole = row.base is Base.TOTAL_INVESTMENT
        return told(lang, "report.rate.no_investment" if whole else "report.rate.no_plan")
    percent = rate.stated_percent
    exact = None if percent is None else Fraction(percent) / 100
    stated = Run(percent_stated(percent, lang), exact=exact, row=row)
    if rate.kind is TotalKind.IMPLIED:
        total = Run(f"{total_text(rate, measure, lang)}\u00a0{unit(measure, lang)}", row=row)
        if percent is None:
            return told(lang, "report.rate.between", share=share, total=total)
        if stated.text == share.text:
            return told(lang, "report.rate.implied", stated=stated, total=total)
        return told(lang, "report.rate.bound", stated=stated, share=share, total=total)
    if over(rate):
        return told(lang, "report.rate.over", share=share)
    if stated.text in ("", share.text) or rate.check is StatedCheck.EXACT:
        return told(lang, "report.rate.share", share=share)
    key = "report.rate.conflict" if rate.check is StatedCheck.CONFLICT else "report.rate.stated"
    return told(lang, key, share=share, stated=stated)


def share_run(row: Figured, lang: Lang) -> Run | None:
    """The share; ``exact`` None where a bound or two ends are printed. None where nothing is known of it."""
    rate = rate_of(row)
    text = share_words(rate, measure_in(row), lang)
    return Run(text, exact=rate.share if text[0].isdigit() or text[0] == "-" else None, row=row) if text else None


def dated(scope: Scope, row: Figured, extent: str = "") -> Runs:
    """When and by whom, and with ``extent`` of what: `` (28/7/2025, báo chí; Phần qua tỉnh Thử) [3]``.

    Of a sum the first and last date of its parts, and all their sources.
    """
    found = marks(scope, row)
    doubts = [mark_words(scope, mark) for mark in (Mark.PRESS, Mark.STALE) if mark in found]
    when = Run(", ".join([days_text(row, scope.lang), *doubts]), exact=_last(row), row=row)
    more = (when, Run(f"; {extent}")) if extent else (when,)
    return *told(scope.lang, "report.dated", when=more), *reference(scope, sources_of(scope, row))


def days_text(row: Figured, lang: Lang) -> str:
    """The date of a figure; of a sum the first and the last of its parts."""
    if not isinstance(row, SectionSum):
        return row.dating.observed.write(lang)
    first, last = row.first.write(lang), row.last.write(lang)
    return first if first == last else f"{first} – {last}"


def _last(row: Figured) -> PartialDate:
    return row.last if isinstance(row, SectionSum) else row.dating.observed


def reference(scope: Scope, sources: Iterable[str | None]) -> Runs:
    """`` [1]``, the number of the source in the annex; nothing where none is listed."""
    numbers = numbers_of(scope, sources)
    return (Run(f" {_bracketed(numbers)}", sources=numbers),) if numbers else ()


def numbers_of(scope: Scope, sources: Iterable[str | None]) -> tuple[int, ...]:
    """Numbers of the sources that are listed, from 1, as on the pages."""
    return tuple(place + 1 for place in scope.source_numbers(sources))


def _bracketed(numbers: Sequence[int]) -> str:
    return ", ".join(f"[{one}]" for one in numbers)


# --- cells ---------------------------------------------------------------------------------------------------------


def text_cell(text: str, *, strong: bool = False) -> Cell:
    return Cell(plain(text), strong=strong)


def order_cell(place: int) -> Cell:
    return Cell(str(place), exact=place)


def amount_cell(value: Decimal | None, measure: Measure, row: Row, lang: Lang) -> Cell:
    """An amount in the unit it is shown in; a dash where there is none."""
    if value is None:
        return Cell(UNKNOWN, row=row)
    shown = shown_in(value, measure)
    return Cell(amount(value, measure, lang), shown, row)


def total_cell(row: Figured, lang: Lang) -> Cell:
    """The printed total; of an implied one the interval it lies in, which is no number."""
    rate, measure = rate_of(row), measure_in(row)
    if rate.total is not None or rate.low is None:
        return amount_cell(rate.total, measure, row, lang)
    # An interval is read in one line.
    text = total_text(rate, measure, lang).replace(" ", "\u00a0")
    return Cell(text, row=row, marks=frozenset({Mark.IMPLIED}))


def left_cell(row: Figured, lang: Lang) -> Cell:
    """What is left of a printed total; a dash where it is not known exactly, or the value is above the total."""
    rate, measure = rate_of(row), measure_in(row)
    left = None if rate.total is None or rate.about or over(rate) else (rate.total - rate.value) or Decimal(0)
    return amount_cell(left, measure, row, lang)


def share_cell(row: Figured, lang: Lang) -> Cell:
    """The share that the printed numbers give; a dash where there is no printed total."""
    rate = rate_of(row)
    run = share_run(row, lang) if rate.kind is TotalKind.STATED or rate.stated_percent is None else None
    if run is None:
        return Cell(UNKNOWN, row=row)
    exact = run.exact if isinstance(run.exact, Fraction) else None
    return Cell(run.text, exact, row)


def stated_cell(row: Figured, lang: Lang) -> Cell:
    """The percentage as the source states it; a dash where it states none."""
    stated = rate_of(row).stated_percent
    if stated is None:
        return Cell(UNKNOWN, row=row)
    conflict = frozenset({Mark.CONFLICT} if rate_of(row).check is StatedCheck.CONFLICT else ())
    return Cell(percent_stated(stated, lang), Fraction(stated) / 100, row, conflict)


def known_share_cell(row: Figured, lang: Lang) -> Cell:
    """The computed share, or without one what the stated percentage allows, which the doubts beside it tell apart.

    A stated 100 % without a total is a bound here (``≥ 99,5%``), for nobody knows that nothing is left.
    """
    rate = rate_of(row)
    if rate.kind is not TotalKind.IMPLIED or rate.stated_percent is None:
        return share_cell(row, lang)
    run = share_run(row, lang)
    if run is None or not isinstance(run.exact, Fraction):
        return Cell(UNKNOWN if run is None else run.text, row=row)
    return Cell(run.text, run.exact, row)


def date_cell(when: PartialDate, lang: Lang, row: Row | None = None) -> Cell:
    return Cell(when.write(lang), when, row=row)


def unit_cell(measure: Measure, lang: Lang) -> Cell:
    return Cell(unit(measure, lang))


def source_cell(scope: Scope, row: Figured | None, sources: Iterable[str | None], *more: str) -> Cell:
    """Numbers of the sources, then the doubts about the figure in words: ``[3]; báo chí; số liệu cũ``."""
    numbers = numbers_of(scope, sources)
    found = frozenset() if row is None else marks(scope, row)
    said = [mark_words(scope, mark) for mark in Mark if mark in found]
    texts = [_bracketed(numbers), *said, *(plain(text) for text in more)]
    return Cell("; ".join(text for text in texts if text), row=row, marks=found, sources=numbers)


# --- what they share -----------------------------------------------------------------------------------------------


def rate_of(row: Figured) -> Rate:
    """The rate of a row; of a sum only where it was made."""
    if row.rate is None:
        raise ValueError("a sum that was not made has no figure")
    return row.rate


def measure_in(row: Figured) -> Measure:
    return row.measure if isinstance(row, SectionSum) else measure_of(row)


def shown_in(value: Decimal, measure: Measure) -> Decimal:
    """An amount of the base unit in the unit it is printed in, exact: đồng in billions."""
    shown = value / SHOWN_IN[measure].factor
    return shown if measure is not Measure.MONEY else _shortest(shown)


def _shortest(value: Decimal) -> Decimal:
    value = value.normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value


def over(rate: Rate) -> bool:
    """The value is above its printed total, so that nobody knows which of them is wrong."""
    return rate.total is not None and rate.value > rate.total


def marks(scope: Scope, row: Figured) -> frozenset[Mark]:
    """The doubts about a figure; a sum is out of date or of the press where any of its parts is."""
    rate, datings = rate_of(row), [one.dating for one in parts_of(scope, row)]
    implied = rate.kind is TotalKind.IMPLIED
    found = {
        Mark.ABOUT: rate.about,
        Mark.IMPLIED: implied and rate.stated_percent is not None,
        Mark.DERIVED: implied and rate.stated_percent is None,
        Mark.CONFLICT: rate.check is StatedCheck.CONFLICT,
        Mark.OVER: over(rate),
        Mark.STALE: any(dating.stale for dating in datings),
        Mark.PRESS: any(from_press(scope, dating) for dating in datings),
    }
    return frozenset(mark for mark, there in found.items() if there)


def parts_of(scope: Scope, row: Figured) -> Sequence[ClearanceRow | DisbursementRow]:
    """The figures that a sum is made of; any other row is made of itself."""
    if not isinstance(row, SectionSum):
        return [row]
    inside = {section.id for section in scope.projects[scope.numbers[row.project]].sections if section.in_scope}
    rows = (one for one in scope.clearance if (one.project, one.stage) == (row.project, row.stage))
    return [one for one in rows if one.section in inside and one.measure is row.measure]


def sources_of(scope: Scope, row: Figured) -> list[str]:
    """The sources of a figure, of a sum those of its parts."""
    return [one.dating.source for one in parts_of(scope, row)]


def extent_words(scope: Scope, row: ClearanceRow | SectionSum) -> str:
    """What a figure of a whole project covers, where a section of the project is not the province's; else empty.

    A sum leaves such sections out. Of a published figure its note says it, else that there are such sections.
    """
    project = scope.projects[scope.numbers[row.project]]
    beyond = ", ".join(plain(section.unit) for section in project.sections if not section.in_scope)
    if not beyond or (isinstance(row, ClearanceRow) and row.section is not None):
        return ""
    if isinstance(row, SectionSum):
        return say(scope.lang, "report.without", units=beyond)
    note = row.dating.note
    return say(scope.lang, "report.beyond", units=beyond) if note is None else plain(note.write(scope.lang)).rstrip(".")


def from_press(scope: Scope, dating: Dating) -> bool:
    source = scope.portfolio.records.sources.get(dating.source)
    return source is not None and source.kind is SourceKind.PRESS


def mark_words(scope: Scope, mark: Mark) -> str:
    return say(scope.lang, f"report.mark.{mark}")


def silent_words(scope: Scope, project: str) -> str:
    """In a few words what is not known of a project without a headline: only its whole, or any land handed over."""
    sections = {one.id for one in scope.projects[scope.numbers[project]].sections if one.in_scope}
    known = any(owner == project and section in sections for owner, section in scope.handed_over)
    return say(scope.lang, "report.silent.whole" if known else "report.silent.land")


def head_row(scope: Scope, found: Headline) -> ClearanceRow | SectionSum:
    """The row of a headline: the project's own figure, or the sum of its sections."""
    if found.row is not None:
        return summed(scope, found)[0]
    if found.total is None:
        raise ValueError("a headline is a row or a sum")
    return found.total


def day_run(day: date, lang: Lang) -> Run:
    return Run(day_text(day, lang), exact=PartialDate(day.year, day.month, day.day))
