"""The tables of the index, and how their rows become figures again.

One wide row for each project, section and week: for each stage and measure the value, the total and the date of the
figure, three columns each. ``source`` is the key of the source that most of its figures have; ``stale`` has a bit for
each figure that was out of date by the snapshot, whose threshold nobody else knows. What only some figures have is one
JSON text, ``rest``, by their place in ``CELLS``: ``percent``, stated, as it was spelled; ``about``; ``source`` where it
is another one. (A source for each figure in a column of its own would be a third more to write.) ``fingerprint`` tells
whether two weeks differ. Money has a table of its own, for a project has several plan years, bases and sources of
capital. Notes, stretches and findings stay in the snapshot, whose file the week names.

Amounts are exact: NUMERIC on PostgreSQL; on SQLite, which has no decimals, whole ten-thousandths (1 m² of a hectare,
10 cm of a kilometre) as INTEGER, and a decimal text where a number does not fit that. Texts alone would be
readable there, but took twice as long to write and made the file a third larger; floats would be wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Underflow
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from lsinfra.codes import Base, Funding, Stage, TotalKind
from lsinfra.errors import RunError
from lsinfra.numerals import decimals_of
from lsinfra.progress import EXACT, Rate
from lsinfra.quantities import Measure, PartialDate, StatedCheck, implied_total, stated_check
from lsinfra.records import Title
from lsinfra.weeks import Week, read_week

VERSION = 2
"""Of the tables below: a changed column is another version."""

MEASURES = (Measure.AREA, Measure.LENGTH, Measure.HOUSEHOLDS, Measure.PARCELS)
CELLS = tuple((stage, measure) for stage in Stage for measure in MEASURES)

_SCALE = 4
# No published figure comes near this; what does not fit is no figure, and is refused instead of rounded.
WIDE = Context(prec=100, Emin=-100, Emax=100, traps=[Inexact, InvalidOperation, Overflow, Underflow])
_SQLITE_MOST = 2**63 - 1


class IndexFault(RunError):
    """The index cannot be used or asked this; its sentence is under ``index.``."""

    group = "index"


# --- exact numbers -----------------------------------------------------------------------------------------


class _AsItIs(UserDefinedType[Any]):
    """A column of SQLite that changes no value: INTEGER or NUMERIC would make a float of a decimal text."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "BLOB"


class Exact(TypeDecorator[Decimal]):
    """A decimal that comes back as it went in."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(_AsItIs() if dialect.name == "sqlite" else Numeric())

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else read_amount(value)


def written_amount(value: Decimal, dialect: str) -> Decimal | int | str:
    """What is stored for an amount: one spelling for each number, so that equal figures are equal in the database.

    Raises
    ------
    ArithmeticError
        More than 100 digits, or too near to 0 to be exact.
    """
    if dialect != "sqlite":
        return WIDE.normalize(WIDE.plus(value))  # plus: zero has no sign
    scaled = WIDE.scaleb(WIDE.plus(value), _SCALE)
    whole = int(scaled)
    if whole == scaled and abs(whole) <= _SQLITE_MOST:
        return whole
    return f"{WIDE.normalize(value):f}"


def read_amount(stored: Decimal | int | str) -> Decimal:
    """The amount again, exact, without zeros at its end; an integer is SQLite's, in ten-thousandths."""
    if isinstance(stored, int):
        return EXACT.divide(Decimal(stored), Decimal(10**_SCALE))
    value = WIDE.create_decimal(stored)
    return Decimal(int(value)) if value == value.to_integral_value() else WIDE.normalize(value)


def written_date(day: PartialDate) -> int:
    """20241031, a month 20241000: sorts, and is a quarter of the text."""
    return (day.year * 100 + day.month) * 100 + (day.day or 0)


@lru_cache(maxsize=16384)
def _read_date(stored: int) -> PartialDate:
    return PartialDate(stored // 10_000, stored // 100 % 100, stored % 100 or None)


# --- tables ------------------------------------------------------------------------------------------------

# PostgreSQL compares texts by the database's language otherwise, where 2024-W09 need not come before 2024-W10.
_Key = String().with_variant(String(collation="C"), "postgresql")
METADATA = MetaData()

# Every snapshot that was read, also those that a newer one of their week outranks.
SNAPSHOT = Table(
    "snapshot",
    METADATA,
    Column("digest", _Key, primary_key=True),
    Column("week", _Key, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("taken", Text, nullable=False),
    Column("file", Text, nullable=False),
)
# The snapshot whose figures a week holds, and how many rows of PROGRESS they are: to count them would take long.
WEEK = Table(
    "week",
    METADATA,
    Column("week", _Key, primary_key=True),
    Column("digest", _Key, nullable=False),
    Column("rows", Integer, nullable=False),
)


def _cell_columns() -> Iterator[Column[Any]]:
    for stage, measure in CELLS:
        name = f"{stage.value}_{measure.value}"
        yield Column(name, Exact)
        yield Column(f"{name}_total", Exact)
        yield Column(f"{name}_observed", Integer)


# Without rowid the table is its primary key: a week is one stretch of the file, written at its end, read in one go. A
# second index by project would touch as many pages again as a week has projects; one project's weeks are a seek each.
PROGRESS = Table(
    "progress",
    METADATA,
    Column("week", _Key, primary_key=True),
    Column("project", _Key, primary_key=True),
    Column("section", _Key, primary_key=True),
    Column("title_vi", Text, nullable=False),
    Column("title_en", Text),
    Column("unit", Text),
    Column("fingerprint", LargeBinary, nullable=False),
    *_cell_columns(),
    Column("rest", Text),
    Column("source", Text, nullable=False),
    Column("stale", Integer, nullable=False),
    sqlite_with_rowid=False,
)
DISBURSEMENT = Table(
    "disbursement",
    METADATA,
    Column("week", _Key, primary_key=True),
    Column("project", _Key, primary_key=True),
    Column("plan_year", Integer, primary_key=True, autoincrement=False),
    Column("base", _Key, primary_key=True),
    Column("funding", _Key, primary_key=True),
    Column("closes", _Key, primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("title_vi", Text, nullable=False),
    Column("title_en", Text),
    Column("value", Exact, nullable=False),
    Column("plan", Exact),
    Column("percent", Text),
    Column("about", SmallInteger, nullable=False),
    Column("observed", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("stale", SmallInteger, nullable=False),
    sqlite_with_rowid=False,
)
# On a server alone, for those who read the tables with other programs (``sql/002_readers.sql``, which makes them).
PART = Table(
    "part",
    MetaData(),
    *(Column(name, _Key, primary_key=True) for name in ("week", "project", "section")),
    Column("title_vi", Text, nullable=False),
    Column("title_en", Text),
    Column("unit", Text),
    Column("in_scope", Boolean, nullable=False),
)
ORIGIN = Table(
    "origin",
    MetaData(),
    Column("week", _Key, primary_key=True),
    Column("records_sha256", Text),
    Column("geodata_sha256", Text),
)
# What makes one line of money the same line in another week.
MONEY_KEY = ("project", "plan_year", "base", "funding", "closes", "line")
MONEY_FIGURES = ("value", "plan", "percent", "about")

_HEAD = ("week", "project", "section", "title_vi", "title_en", "unit", "fingerprint")
PACKED = tuple(column.name for column in PROGRESS.columns if column.name not in _HEAD)
"""The columns that a ``WideRow`` is made of: value, total, date of each of ``CELLS``, then the rest."""


# --- what comes out ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """The snapshot that a week holds: the newest by date, then by the time it was taken, then by its hash.

    ``file`` is its path in the folder of the snapshots; ``taken`` None where an old file does not say.
    """

    week: Week
    digest: str
    as_of: date
    taken: datetime | None
    file: str

    @property
    def rank(self) -> tuple[date, str, str]:
        return self.as_of, self.taken_text, self.digest

    @property
    def taken_text(self) -> str:
        """In UTC, so that texts sort as times; empty if not known."""
        return self.taken.astimezone(UTC).isoformat() if self.taken else ""

    @classmethod
    def of(cls, row: Any) -> Held:
        taken = datetime.fromisoformat(row.taken) if row.taken else None
        return cls(read_week(row.week), row.digest, row.as_of, taken, row.file)


class Cell(NamedTuple):
    """One figure of land as a week held it, in the measure's unit; ``total`` None where none was printed.

    ``percent`` is the stated percentage; ``source`` the key of the source; ``stale``: the snapshot had it out of date.
    """

    stage: Stage
    measure: Measure
    value: Decimal
    total: Decimal | None
    percent: Decimal | None
    about: bool
    observed: PartialDate
    source: str
    stale: bool

    @property
    def rate(self) -> Rate:
        return _rate(self.value, self.total, self.percent, about=self.about)

    @property
    def figure(self) -> tuple[object, ...]:
        """What makes it another figure; the same one published again, with a newer date or source, is none."""
        return _figure(self.value, self.total, self.percent, about=self.about)


def _figure(value: Decimal, total: Decimal | None, percent: Decimal | None, *, about: bool) -> tuple[object, ...]:
    """What was printed. Where a percentage implies the total, the decimals it was printed with count too."""
    decimals = decimals_of(percent) if percent is not None and total is None else None
    return value, total, percent, decimals, about


class WideRow(NamedTuple):
    """Everything that a week held of the land of one project or section (``section`` None: the project).

    ``packed`` is as the database gave it, exact; figures are made of it when they are asked for, for most of a long
    history is never looked at.
    """

    week: Week
    project: str
    section: str | None
    title: Title
    unit: str | None
    packed: str

    def cells(self) -> Mapping[tuple[Stage, Measure], Cell]:
        """The figures that there are, by stage and measure; what nobody published has no entry."""
        return _cells(self.packed)


@lru_cache(maxsize=4096)
def _cells(packed: str) -> Mapping[tuple[Stage, Measure], Cell]:
    """Made once for all weeks in which a row stayed as it was."""
    found = Unpacked(packed)
    cells = ((cell, found.cell(place)) for place, cell in enumerate(CELLS))
    return MappingProxyType({key: cell for key, cell in cells if cell})


class Unpacked:
    """A JSON array of the ``PACKED`` columns; amounts are SQLite's integers, or texts. None: there are no figures."""

    __slots__ = ("_about", "_percent", "_source", "_sources", "_stale", "_stored")

    def __init__(self, packed: str | None) -> None:
        stored: list[Any] = json.loads(packed) if packed else [*_NOTHING, None, "", 0]
        self._stored, (rest, self._source, self._stale) = stored[:-3], stored[-3:]
        more: dict[str, Any] = json.loads(rest) if rest else {}
        self._percent: dict[str, str] = more.get("percent", {})
        self._about: list[int] = more.get("about", [])
        self._sources: dict[str, str] = more.get("source", {})

    def said(self, place: int) -> tuple[object, ...]:
        """What makes the figure at a place of ``CELLS``, as it is stored: where that is equal, so is the figure."""
        value, total = self._stored[place * 3 : place * 3 + 2]
        return value, total, self._percent.get(str(place)), place in self._about

    def cell(self, place: int) -> Cell | None:
        """The figure at a place of ``CELLS``; None: nobody published any."""
        value, total, observed = self._stored[place * 3 : place * 3 + 3]
        if value is None:
            return None
        percent = self._percent.get(str(place))
        return Cell(
            *CELLS[place],
            read_amount(value),
            None if total is None else read_amount(total),
            None if percent is None else Decimal(percent),
            place in self._about,
            _read_date(observed),
            self._sources.get(str(place), self._source),
            bool(self._stale >> place & 1),
        )


_NOTHING = [None] * (len(CELLS) * 3)


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """One line of money as a week held it: of a plan year, base and capital (``funding`` None: all), in đồng.

    ``source`` is the key of the source of the figure, ``stale`` whether the snapshot had it out of date.
    ``closes`` is the last day of the plan year's disbursement; ``line`` tells lines apart that agree in all this.
    """

    week: Week
    project: str
    title: Title
    plan_year: int
    base: Base
    funding: Funding | None
    closes: date | None
    line: int
    rate: Rate
    observed: PartialDate
    source: str
    stale: bool

    @property
    def figure(self) -> tuple[object, ...]:
        """What makes it another figure, as of a ``Cell``."""
        rate = self.rate
        return _figure(rate.value, rate.total, rate.stated_percent, about=rate.about)

    @classmethod
    def of(cls, row: Any) -> MoneyRow:
        percent = None if row.percent is None else Decimal(row.percent)
        return cls(
            read_week(row.week),
            row.project,
            Title(vi=row.title_vi, en=row.title_en),
            row.plan_year,
            Base(row.base),
            Funding(row.funding) if row.funding else None,
            date.fromisoformat(row.closes) if row.closes else None,
            row.line,
            _rate(row.value, row.plan, percent, about=bool(row.about)),
            _read_date(row.observed),
            row.source,
            bool(row.stale),
        )


def _rate(value: Decimal, total: Decimal | None, percent: Decimal | None, *, about: bool) -> Rate:
    if total is not None:
        share = Fraction(value) / Fraction(total)
        check = stated_check(share, percent)
        return Rate(value, total, None, None, TotalKind.STATED, share, percent, check, about)
    if percent is not None:
        low, high = implied_total(value, percent)
        share = Fraction(percent) / 100
        return Rate(value, None, low, high, TotalKind.IMPLIED, share, percent, StatedCheck.NONE, about)
    return Rate(value, None, None, None, TotalKind.NONE, None, None, StatedCheck.NONE, about)
