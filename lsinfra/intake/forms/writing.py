"""The weekly form: a workbook for each reporting unit, prefilled, to be filled in and read back by ``form_reading``.

A row for each stage and measure, beside it what was last known. Each row carries its key in a hidden column, with a
checksum of the words beside it, so that rows may be sorted or left out and the file renamed, and a row whose words were
moved away from its key is noticed. Texts of the records are written as texts, never as formulas; the formulas are ours.
The same input gives the same bytes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path

from lsinfra import files
from lsinfra.codes import Base, Funding, Stage
from lsinfra.errors import RunError, why
from lsinfra.intake.forms.layout import FormRow
from lsinfra.intake.forms.sheet import Page, workbook
from lsinfra.numerals import shown
from lsinfra.portfolio import Portfolio
from lsinfra.progress import ClearanceRow, DisbursementRow, Progress
from lsinfra.quantities import SHOWN_IN, Measure, Unit
from lsinfra.records import Project, Section
from lsinfra.text import Lang, say

# Asked of everybody; other measures where they were reported before.
MEASURES = (Measure.AREA, Measure.HOUSEHOLDS)
# Asked of a project whose plan year has no figures yet, beside all sources together.
SOURCES = (Funding.CENTRAL_BUDGET, Funding.LOCAL_BUDGET)
# The month in which a plan year closes, and the first one in which capital may be added to it that closes later.
_CLOSES, _FIRST_ADDED = 1, 10


class FormError(RunError):
    """Forms cannot be written; the sentence is under ``form.``."""

    group = "form"


def write_forms(
    portfolio: Portfolio,
    progress: Progress,
    folder: Path,
    as_of: date,
    *,
    lang: Lang = "vi",
    measures: Collection[Measure] = MEASURES,
) -> list[Path]:
    """Write a form for each reporting unit, and one for whole projects and their money.

    Parameters
    ----------
    progress
        What is known already; each row shows its latest figure.
    folder
        Made when it is missing. A form that is there already is left as it is.
    as_of
        The day the figures are asked for; it stands in the form and in the file's name.
    measures
        What is asked of every stage, besides what was reported before.

    Returns
    -------
    list of Path
        The forms, units in the order of the records, whole projects last.

    Raises
    ------
    FormError
        There is nothing to ask for, or another file stands where a form would be: it may have been filled in.
    RunError
        The folder cannot be written.
    """
    made = {
        folder / f"{stem}-{as_of.isoformat()}.xlsx": raw
        for stem, raw in _forms(portfolio, progress, as_of, lang, measures)
    }
    if not made:
        raise FormError("nothing_to_ask")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = [path for path, raw in made.items() if path.exists() and path.read_bytes() != raw]
        if there:
            raise FormError("form_exists", path=there[0], number=len(there))
        for path, raw in made.items():
            if not path.exists() and not files.add(path, raw):  # somebody else's came between
                raise FormError("form_exists", path=path, number=1)
    except OSError as error:
        raise RunError("unwritable", path=error.filename or folder, reason=why(error)) from error
    return list(made)


def _forms(
    portfolio: Portfolio, progress: Progress, as_of: date, lang: Lang, measures: Collection[Measure]
) -> Iterator[tuple[str, bytes]]:
    """The name, without its date and ending, and the bytes of each form."""
    taken: set[str] = set()
    for unit, rows in _rows_of_units(portfolio, progress, lang, measures).items():
        title = say(lang, "form.title.unit", unit=shown(unit, 100))
        page = Page(unit, title, _standing(portfolio, unit, as_of, lang), tuple(rows), money=False)
        yield _stem(unit, taken), workbook([page], as_of, lang)
    pages = []
    if land := tuple(_rows_of_projects(portfolio, progress, lang, measures)):
        pages.append(Page(say(lang, "form.sheet.land"), say(lang, "form.title.land"), "", land, money=False))
    if money := tuple(_rows_of_money(portfolio, progress, as_of, lang)):
        pages.append(Page(say(lang, "form.sheet.money"), say(lang, "form.title.money"), "", money, money=True))
    if pages:
        yield _stem(say(lang, "form.sheet.land"), taken), workbook(pages, as_of, lang)


def _standing(portfolio: Portfolio, name: str, as_of: date, lang: Lang) -> str:
    """A remark on a unit that is no more at the date; its figures go on under its old name."""
    unit = portfolio.records.units.get(name)
    if unit is None or unit.until is None or unit.until.last_day >= as_of:
        return ""
    return say(lang, "form.ended", level=unit.level, unit=shown(name, 100), day=unit.until)


def _stem(name: str, taken: set[str]) -> str:
    """A file name without marks: ``loc-binh``; another for each unit."""
    plain = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    slug = re.sub("[^a-z0-9]+", "-", "".join(c for c in plain if not unicodedata.combining(c))).strip("-")[:60] or "x"
    stem = next(stem for n in count(1) if (stem := slug if n == 1 else f"{slug}-{n}") not in taken)
    taken.add(stem)
    return stem


# --- rows ----------------------------------------------------------------------------------------------------------

_Latest = dict[tuple[str, str | None, Stage, Measure], ClearanceRow]


def _rows_of_units(
    portfolio: Portfolio, progress: Progress, lang: Lang, measures: Collection[Measure]
) -> dict[str, list[FormRow]]:
    latest = _latest(progress)
    units: dict[str, list[FormRow]] = {}
    for project in portfolio.records.projects:
        for section in project.sections:
            if section.in_scope:
                units.setdefault(section.unit, []).extend(_land(project, section, latest, lang, measures))
    return units


def _rows_of_projects(
    portfolio: Portfolio, progress: Progress, lang: Lang, measures: Collection[Measure]
) -> Iterator[FormRow]:
    latest = _latest(progress)
    for project in portfolio.records.projects:
        yield from _land(project, None, latest, lang, measures)


def _latest(progress: Progress) -> _Latest:
    return {(row.project, row.section, row.stage, row.measure): row for row in progress.clearance}


def _land(
    project: Project, section: Section | None, latest: _Latest, lang: Lang, measures: Collection[Measure]
) -> Iterator[FormRow]:
    of = section.id if section else None
    place = _place(section, lang) if section else say(lang, "word.whole")
    for stage in Stage:
        for measure in (Measure.AREA, Measure.LENGTH, Measure.HOUSEHOLDS, Measure.PARCELS):
            row = latest.get((project.id, of, stage, measure))
            if row is None and measure not in measures:
                continue
            unit = SHOWN_IN[measure]
            content = stage.write(lang)
            labels = _labels(project, place, content[:1].upper() + content[1:], unit, lang)
            yield FormRow(project.id, of, stage, unit, None, None, None, labels, *_before(row, unit, lang))


def _place(section: Section, lang: Lang) -> str:
    parts = [f"{part.from_.write(lang)}–{part.to.write(lang)}" for part in section.parts]
    return "; ".join(parts) or section.unit


def _rows_of_money(portfolio: Portfolio, progress: Progress, as_of: date, lang: Lang) -> Iterator[FormRow]:
    """The rows of the plan years still open at the date, as they were reported; where there is none, new ones of the
    date's year, whose base is asked for.

    Capital added to a plan after 30 September is counted apart, for it runs to 31 December of the next year
    (``progress.closing_day``): it has a row of its own from 1 October on, until then.
    """
    for project in portfolio.records.projects:
        rows = [row for row in progress.disbursement if row.project == project.id]
        # Against the total investment, which no year closes, the two cannot be told apart: one row does.
        apart = {(row.plan_year, row.base, row.funding, _added(row)): row for row in reversed(rows)}
        known = [row for row in reversed(apart.values()) if row.closes is None or row.closes >= as_of]
        for row in known:
            yield _money(project, row.plan_year, row.base, row.funding, row, lang, added=_added(row))
        if not any(row.plan_year == as_of.year and not _added(row) for row in known):
            for funding in (None, *SOURCES):
                yield _money(project, as_of.year, None, funding, None, lang)
        for year in (as_of.year - 1, *([as_of.year] if as_of.month >= _FIRST_ADDED else [])):
            if not any(row.plan_year == year and _added(row) for row in known):
                yield _money(project, year, None, None, None, lang, added=True)


def _added(row: DisbursementRow) -> bool:
    """Whether it is of capital added after September, which closes in another month than the rest of its plan."""
    return row.closes is not None and row.closes.month != _CLOSES


def _money(
    project: Project,
    year: int,
    base: Base | None,
    funding: Funding | None,
    row: DisbursementRow | None,
    lang: Lang,
    *,
    added: bool = False,
) -> FormRow:
    unit = SHOWN_IN[Measure.MONEY]
    source = funding.write(lang) if funding else say(lang, "form.all_sources")
    content = say(lang, "form.money_added_row" if added else "form.money_row", year=year, source=source)
    labels = _labels(project, base.write(lang) if base else "", content, unit, lang)
    return FormRow(project.id, None, None, unit, year, base, funding, labels, *_before(row, unit, lang), added)


def _labels(project: Project, place: str, content: str, unit: Unit, lang: Lang) -> tuple[str, str, str, str]:
    title = shown(" ".join(project.title.write(lang).split()), 200)
    return title, shown(place, 200), content, unit.write(lang)


def _before(
    row: ClearanceRow | DisbursementRow | None, unit: Unit, lang: Lang
) -> tuple[Decimal | None, Decimal | None, str | None]:
    """Value and total in the row's unit and the date as text; a total that was only implied is not known."""
    if row is None:
        return None, None, None
    total = row.rate.total
    places = -unit.factor.adjusted()
    value = row.rate.value.scaleb(places)
    return value, None if total is None else total.scaleb(places), row.dating.observed.write(lang)
