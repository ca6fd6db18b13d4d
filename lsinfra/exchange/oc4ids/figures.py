"""Observations of a package → observations of the records: what was measured, when, by whom, as printed.

What is printed (``dimensions.printed``) must be what ``measure`` or ``value`` says. An observation of another publisher
is read where unit, stage and day are beyond doubt; a dimension that is not known here may say that it is of something
else, so that nothing is taken of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lsinfra.codes import Stage
from lsinfra.errors import Fault, QuantityError
from lsinfra.exchange.oc4ids import codes
from lsinfra.exchange.oc4ids.nodes import Node, as_json
from lsinfra.numerals import settled
from lsinfra.quantities import Figure, PartialDate, Unit, read_date, read_figure, write_figure
from lsinfra.yamlfile import Table

_BILLION_DECIMALS = 6  # of an amount that is written in billions; 1 đồng is more
MOST_STRETCHES = 1_000  # of one text; what stands behind them is no chainage, and the records say so
_UNITS = {code: unit for unit, code in codes.UNITS.items() if code != "C62"}
_NAMES = {unit.value: unit for unit in Unit}
_KNOWN = frozenset(
    {
        *("stage", "section", "administrativeUnit", "handedOverAt", "route"),
        *("planYear", "base", "funding", "addedAfterSeptember"),
        *("statement", "observed", "source", "sourceKind", "printed", "total", "totalKind"),
        *("impliedTotalAbove", "impliedTotalUpTo", "statedPercent", "statedCheck", "approximate", "note", "noteEn"),
    }
)


@dataclass(frozen=True, slots=True)
class Left:
    """What the records cannot hold or what is not beyond doubt; ``why`` is a key under ``oc4ids.doubt.``."""

    path: str
    quote: str
    why: str


@dataclass(frozen=True, slots=True)
class Observation:
    """An observation as it was read; ``when`` None where nothing is said of it."""

    node: Node
    dimensions: Node
    figure: Figure
    when: PartialDate | None

    def dimension(self, name: str) -> str | None:
        return self.dimensions.text(name)

    def said(self, source: Any, *names: str) -> tuple[Any, ...]:
        """What figures that were published in one breath have in common."""
        return (
            self.dimension("statement"),
            self.when and self.when.iso,
            source,
            *map(self.dimension, (*names, "note")),
        )


def note_of(node: Node, text: str = "note", english: str = "noteEn") -> Table | None:
    """A text in both languages; None without the Vietnamese one."""
    return titled(node.text(text), node.text(english), node.path)


def titled(vi: str | None, en: str | None, path: str) -> Table | None:
    if vi is None:
        return None
    made = Table({"vi": vi} | ({"en": en} if en is not None else {}))
    made.where = path
    return made


def observations(metric: Node, left: list[Left]) -> Iterator[Observation]:
    """The observations of a metric that can be read; what is wrong goes into the faults, what is not ours into left."""
    for node in metric.rows("observations"):
        dimensions = node.table("dimensions")
        strange = [name for name in dimensions.value if name not in _KNOWN]
        if strange:
            left.append(Left(node.path, as_json(strange[0]), "dimension"))
            continue
        before = len(node.faults.found)
        figure = _figure(node, dimensions, left)
        when = _when(node, dimensions)
        if figure is not None and len(node.faults.found) == before:
            yield Observation(node, dimensions, figure, when)


def _figure(node: Node, dimensions: Node, left: list[Left]) -> Figure | None:
    value, measure = node.inside("value"), node.inside("measure")
    amount = node.table("value").number("amount") if value else None
    if value and (currency := node.table("value").text("currency")) not in (None, "VND"):
        left.append(Left(node.path, currency or "", "currency"))
        return None
    if measure is not None and not isinstance(measure.value, Decimal):
        left.append(Left(measure.path, as_json(measure.value), "words"))
        return None
    printed = dimensions.text("printed")
    try:
        if printed is not None:
            figure = read_figure(printed)
            other = amount is not None and figure.amount != amount
            if other or (measure is not None and (figure.value != measure.value or _unit(node) is not figure.unit)):
                said = as_json(amount if other else measure and measure.value)
                node.fault("printed_differs", printed=printed, found=said)
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
    text = dimensions.text(name) or ""
    if not text.isascii() or not text.removeprefix("-").replace(".", "", 1).isdigit() or len(text) > 40:
        raise QuantityError("no_number", found=as_json(found.value))
    return Decimal(text)


def _unit(node: Node) -> Unit | None:
    unit = node.table("unit")
    return _NAMES.get(unit.text("name") or "") or _UNITS.get(unit.text("id") or "")


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
    """``ql4b Km18–Km38; ql4b Km40–Km41+500`` → route, from, to; what is no chainage is said by the records."""
    made = []
    for piece in text.split("; ", MOST_STRETCHES) if text else ():
        route, _, ends = piece.partition(" ")
        start, _, end = ends.partition("–")
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
    key = found.said(source, "section", "noteEn", "handedOverAt")
    fields = {
        when: found.when and found.when.iso,
        "section": found.dimension("section"),
        "handed_over_at": stretches(at, found.node.path),
        "note": note_of(found.dimensions),
        "source": source,
    }
    into.table(key, found.node.path, fields).setdefault(stage.value, []).append(write_figure(found.figure))


def disbursement(found: Observation, source: str, into: Gathered) -> None:
    """A figure of money, put to the others of its statement."""
    key = found.said(source, "planYear", "base", "addedAfterSeptember", "noteEn")
    fields = {
        "as_of": found.when and found.when.iso,
        "plan_year": found.dimension("planYear"),
        "base": found.dimension("base"),
        "added_after_september": found.dimension("addedAfterSeptember"),
        "note": note_of(found.dimensions),
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


def target(found: Observation, source: str, into: Gathered, stage: Stage | None) -> None:
    """A figure of a plan, put to the others of its statement; ``stage`` None for money."""
    if stage is not None:
        clearance(found, stage, source, into, "by")
        return
    key = found.said(source, "section", "noteEn", "handedOverAt")
    fields = {"by": found.when and found.when.iso, "note": note_of(found.dimensions), "source": source}
    table = into.table(key, found.node.path, fields)
    if "disbursed" in table:
        found.node.fault("twice")
    table |= {"plan_year": found.dimension("planYear"), "base": found.dimension("base")}
    table["disbursed"] = write_figure(found.figure)
