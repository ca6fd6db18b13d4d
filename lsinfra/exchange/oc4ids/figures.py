"""Observations of a package → observations of the records: what was measured, when, by whom.

All that an observation says must agree: ``dimensions.written`` with ``measure`` or ``value``, the total and percentage
with it, the stage with the metric. One of another publisher is read where unit, stage and day are beyond doubt; a
dimension that is not known here may say that it is of something else, so that nothing is taken of it, and what has a
beginning is of a period, no state.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lsinfra.codes import Base, Stage
from lsinfra.errors import Fault, QuantityError
from lsinfra.exchange.oc4ids import codes
from lsinfra.exchange.oc4ids.nodes import Node, as_json
from lsinfra.exchange.oc4ids.notation import plain
from lsinfra.exchange.oc4ids.observing import derived, remarks
from lsinfra.numerals import settled, shown
from lsinfra.quantities import Chainage, Figure, PartialDate, Unit, read_date, read_figure, write_figure
from lsinfra.text import LANGS
from lsinfra.yamlfile import Table

_BILLION_DECIMALS = 6  # of an amount that is written in billions; 1 đồng is more
MOST_STRETCHES = 1_000  # of one text; what stands behind them is no chainage, and the records say so
_YEAR = re.compile("[1-9][0-9]{3}")
_DIGITS = re.compile(r"-?(?=.{1,40}\Z)[0-9]+(?:\.[0-9]+)?")
_COUNTED = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,9})?)–([0-9]{1,7}(?:\.[0-9]{1,9})?) m ")
_UNITS = {code: unit for unit, code in codes.UNITS.items() if code != "C62"}
_NAMES = {unit.value: unit for unit in Unit}
_NUMBERS = frozenset({"total", "impliedTotalAbove", "impliedTotalUpTo", "statedPercent"})
_FIGURE = _NUMBERS | {"written", "totalKind", "statedCheck", "approximate"}
_KNOWN = _FIGURE | {"statement", "observed", "source", "note", "noteEn"}
_OF_LAND = _KNOWN | {"stage", "section", "administrativeUnit", "handedOverAt"}
_OF_MONEY = _KNOWN | {"planYear", "base", "funding", "addedAfterSeptember"}
_OF_LENGTH = _KNOWN | {"route", "section", "administrativeUnit"}
_STAGES = {metric: stage for stage, metric in codes.STAGES.items()}
_FIELDS = frozenset({"id", "period", "measure", "unit", "value", "dimensions", "notes"})


@dataclass(frozen=True, slots=True)
class Left:
    """What the records cannot hold or what is not beyond doubt; ``why`` is a key under ``oc4ids.doubt.``."""

    path: str
    quote: str
    why: str


@dataclass(frozen=True, slots=True)
class Observation:
    """An observation as it was read; ``when`` and ``note`` None where nothing is said of it."""

    node: Node
    dimensions: Node
    figure: Figure
    when: PartialDate | None
    note: Table | None

    def dimension(self, name: str) -> str | None:
        return self.dimensions.text(name)

    def said(self, source: Any, *names: str) -> tuple[Any, ...]:
        """What figures that were published in one breath have in common."""
        return (
            self.dimension("statement"),
            self.when and self.when.iso,
            source,
            *(self.note and self.note.get(lang) for lang in LANGS),
            *map(self.dimension, names),
        )


def titled(vi: str | None, en: str | None, path: str) -> Table | None:
    if vi is None:
        return None
    made = Table({"vi": vi} | ({"en": en} if en is not None else {}))
    made.where = path
    return made


def observations(metric: Node, left: list[Left]) -> Iterator[Observation]:
    """The observations of a metric that can be read; what is wrong goes into the faults, what is not ours into left."""
    code = metric.text("id") or ""
    known = _OF_LENGTH if code == codes.LENGTH else _OF_MONEY if code == codes.FINANCIAL else _OF_LAND
    for node in metric.rows("observations"):
        dimensions = node.table("dimensions")
        strange = [name for name in dimensions.value if name not in known]
        if strange or (dimensions.inside("administrativeUnit") and not dimensions.inside("section")):
            left.append(Left(node.path, as_json((strange or ["administrativeUnit"])[0]), "dimension"))
            continue
        left += [Left(f"{node.path}.{name}", "", "field") for name in node.value if name not in _FIELDS]
        before = len(node.faults.found)
        figure = _figure(node, dimensions, left)
        when = _when(node, dimensions)
        stage = dimensions.text("stage")
        if stage is not None and code in _STAGES and stage != _STAGES[code].value:
            dimensions.fault("contradicts", found=f"stage: {shown(stage)}", against=code)
        if figure is not None:
            _agrees(dimensions, figure, measured=code != codes.LENGTH)
        if figure is None or len(node.faults.found) != before:
            continue
        if not _is_a_state(node, dimensions, when, money=code == codes.FINANCIAL):
            left.append(Left(node.path, write_figure(figure), "period"))
            continue
        note = _note(node, dimensions, figure, when, left, measured=code != codes.LENGTH)
        yield Observation(node, dimensions, figure, when, note)


def _agrees(dimensions: Node, figure: Figure, *, measured: bool) -> None:
    """Whether every dimension that follows from the figure is what follows from it; a fault each."""
    for name, follows in derived(figure, measured=measured).items():
        said = dimensions.inside(name)
        if said is None or name == "written":
            continue
        text = plain(said.value) if isinstance(said.value, Decimal) else dimensions.text(name)
        if text is None or (name == "approximate" and follows is None and text == "false"):
            continue
        if text != follows and not (name in _NUMBERS and follows is not None and _number(text) == Decimal(follows)):
            said.fault("contradicts", found=as_json(said.value), against=write_figure(figure))


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _DIGITS.fullmatch(text) else None


def _is_a_state(node: Node, dimensions: Node, when: PartialDate | None, *, money: bool) -> bool:
    """Whether an observation is what was reached at its day: no beginning, or for money that of its plan year.

    What does not say its plan year and base is left for that (``base``).
    """
    start = node.table("period").day("startDate")
    year, base = dimensions.text("planYear"), dimensions.text("base")
    if not money or base == Base.TOTAL_INVESTMENT:
        return start is None
    if year is None or base is None or when is None or not _YEAR.fullmatch(year):
        return True
    begins = date(int(year), 1, 1)
    return start == begins or (start is None and begins > when.last_day)


def _note(
    node: Node, dimensions: Node, figure: Figure, when: PartialDate | None, left: list[Left], *, measured: bool
) -> Table | None:
    """The note of the records; of another publisher the notes, which may say what the figure is of."""
    text, notes = dimensions.text("note"), node.text("notes")
    if text is None and dimensions.inside("written") is None:
        return titled(notes, None, node.path)
    if notes is not None and notes != remarks(when, figure, text, measured=measured):
        left.append(Left(f"{node.path}.notes", notes, "notes"))
    return titled(text, dimensions.text("noteEn"), node.path)


def _figure(node: Node, dimensions: Node, left: list[Left]) -> Figure | None:
    value, measure = node.inside("value"), node.inside("measure")
    amount = node.table("value").number("amount") if value else None
    if value and (currency := node.table("value").text("currency")) not in (None, "VND"):
        left.append(Left(node.path, currency or "", "currency"))
        return None
    if measure is not None and not isinstance(measure.value, Decimal):
        left.append(Left(measure.path, as_json(measure.value), "words"))
        return None
    written = dimensions.text("written")
    try:
        if written is not None:
            figure = read_figure(written)
            other = amount is not None and figure.amount != amount
            if other or (measure is not None and (figure.value != measure.value or _unit(node) is not figure.unit)):
                said = as_json(amount if other else measure and measure.value)
                node.fault("written_differs", written=written, found=said)
            return figure
        if amount is not None:
            return money(amount)
        unit = _unit(node)
        if measure is None or unit is None:
            left.append(Left(node.path, as_json(node.table("unit").value.get("name")), "unit"))
            return None
        return Figure(
            value=measure.value,
            unit=unit,
            total=_digits(dimensions, "total"),
            percent=_digits(dimensions, "statedPercent"),
            about=dimensions.text("approximate") == "true",
        )
    except QuantityError as error:
        node.faults.take(Fault(node.faults.file, node.path, f"{error.group}.{error.key}", error.values))
        return None


def _digits(dimensions: Node, name: str) -> Decimal | None:
    """A dimension that is a number, written as one or as a text of digits."""
    found = dimensions.inside(name)
    if found is None:
        return None
    if isinstance(found.value, Decimal):
        return found.value
    number = _number(dimensions.text(name) or "")
    if number is None:
        raise QuantityError("no_number", found=as_json(found.value))
    return number


def _unit(node: Node) -> Unit | None:
    """The unit by its name or its code; a fault where they name two."""
    unit = node.table("unit")
    name, code = unit.text("name"), unit.text("id")
    named, coded = _NAMES.get(name or ""), _UNITS.get(code or "")
    if named and code and code in codes.UNITS.values() and codes.UNITS[named] != code:
        unit.fault("contradicts", found=shown(name or ""), against=code)
    return named or coded


def money(amount: Decimal) -> Figure:
    """An amount in đồng as records write it: in billions where that is shorter."""
    amount = settled(amount)
    billions = amount / Unit.BILLION.factor
    short = billions == billions.quantize(Decimal(1).scaleb(-_BILLION_DECIMALS))
    return Figure(_trimmed(billions), Unit.BILLION) if short else Figure(_trimmed(amount), Unit.VND)


def _trimmed(amount: Decimal) -> Decimal:
    return Decimal(int(amount)) if amount == amount.to_integral_value() else amount.normalize()


def _when(node: Node, dimensions: Node) -> PartialDate | None:
    """The day, or the month where ``dimensions.observed`` says that no more is known of the day."""
    return dated(node, node.table("period").day("endDate"), dimensions.text("observed"))


def dated(node: Node, day: Any, written: str | None) -> PartialDate | None:
    """A day of the standard with what is written of it: a month counts as its last day."""
    when = None if day is None else PartialDate(day.year, day.month, day.day)
    if written is None:
        return when
    try:
        said = read_date(written)
    except QuantityError as error:
        node.faults.take(Fault(node.faults.file, node.path, f"{error.group}.{error.key}", error.values))
        return when
    if day is not None and said.last_day != day:
        node.fault("dates_differ", found=day.isoformat(), written=said.iso)
    return said


def stretches(text: str | None, path: str) -> list[Table]:
    """``ql4b Km18–Km38; ql4b Km40–Km41+500`` → route, from, to; what is no chainage is said by the records.

    Metres that are counted along a drawn line are a chainage to the records.
    """
    made = []
    for piece in text.split("; ", MOST_STRETCHES) if text else ():
        route, _, ends = piece.partition(" ")
        start, _, end = ends.partition("–")
        if counted := _COUNTED.match(ends):
            start, end = (Chainage(Decimal(metres)).write("vi") for metres in counted.groups())
        made.append(Table({"route": route, "from": start, "to": end}))
        made[-1].where = path
    return made


class Gathered:
    """Observations of one project put together again as the records have them."""

    def __init__(self) -> None:
        self.groups: dict[tuple[Any, ...], Table] = {}

    def table(self, key: tuple[Any, ...], path: str, fields: Mapping[str, Any]) -> Table:
        """The record that figures with this key belong to."""
        if key not in self.groups:
            self.groups[key] = Table({name: value for name, value in fields.items() if value})
            self.groups[key].where = path
        return self.groups[key]

    def rows(self) -> list[Table]:
        """The records in the order of their statements' numbers, those without one behind, as they came."""
        order = {key: n for n, key in enumerate(self.groups)}

        def rank(key: tuple[Any, ...]) -> tuple[int, int]:
            digits = key[0] if isinstance(key[0], str) and key[0].isascii() and key[0].isdigit() else ""
            return int(digits[:9]) if digits else 1_000_000_000, order[key]

        return [self.groups[key] for key in sorted(self.groups, key=rank)]


def clearance(found: Observation, stage: Stage, source: str, into: Gathered, when: str = "as_of") -> None:
    """A figure of land, put to the others of its statement."""
    at = found.dimension("handedOverAt")
    key = found.said(source, "section", "handedOverAt")
    fields = {
        when: found.when and found.when.iso,
        "section": found.dimension("section"),
        "handed_over_at": stretches(at, found.node.path),
        "note": found.note,
        "source": source,
    }
    into.table(key, found.node.path, fields).setdefault(stage.value, []).append(write_figure(found.figure))


def disbursement(found: Observation, source: str, into: Gathered) -> None:
    """A figure of money, put to the others of its statement."""
    key = found.said(source, "planYear", "base", "addedAfterSeptember")
    fields = {
        "as_of": found.when and found.when.iso,
        "plan_year": found.dimension("planYear"),
        "base": found.dimension("base"),
        "added_after_september": found.dimension("addedAfterSeptember"),
        "note": found.note,
        "source": source,
    }
    table = into.table(key, found.node.path, fields)
    funding, text = found.dimension("funding"), write_figure(found.figure)
    if funding is None:
        if "total" in table:
            found.node.fault("twice")
        table["total"] = text
        return
    sources = table.setdefault("funding", Table())
    sources.where = sources.where or found.node.path
    if funding in sources:
        found.node.fault("twice")
    sources[funding] = text


def planned(spent: Iterable[Table], name: str) -> dict[str, Figure]:
    """The figures of the newest disbursement of ``plan/YEAR/BASE[/added][/funding]``: ``total`` and the fundings.

    What has no total, or cannot be read, is left out.
    """
    newest: tuple[PartialDate, Table] | None = None
    for one in spent:
        key = f"plan/{one.get('plan_year')}/{one.get('base')}{'/added' if one.get('added_after_september') else ''}"
        with suppress(QuantityError):
            when = read_date(one["as_of"])
            if key == name.removesuffix("/funding") and (newest is None or newest[0] <= when):
                newest = when, one
    found = {}
    if newest:
        for of, text in [("total", newest[1].get("total")), *newest[1].get("funding", {}).items()]:
            with suppress(QuantityError):
                if text and (figure := read_figure(text)).total is not None:
                    found[of] = figure
    return found


def target(found: Observation, source: str, into: Gathered, stage: Stage | None) -> None:
    """A figure of a plan, put to the others of its statement; ``stage`` None for money."""
    if stage is not None:
        clearance(found, stage, source, into, "by")
        return
    key = found.said(source, "section", "handedOverAt")
    fields = {"by": found.when and found.when.iso, "note": found.note, "source": source}
    table = into.table(key, found.node.path, fields)
    if "disbursed" in table:
        found.node.fault("twice")
    table |= {"plan_year": found.dimension("planYear"), "base": found.dimension("base")}
    table["disbursed"] = write_figure(found.figure)
