"""The tables of the index, and how a snapshot's figures become their rows and figures again.

One wide row for each project, section and week: for each stage and measure the value, the total and the date of the
figure, three columns each. What few figures have is one JSON text, ``rest``: a stated percentage without a total, on
which share and implied total rest, and that a figure is approximate. ``fingerprint`` tells whether two weeks differ.
Money has a table of its own, for a project has several plan years, bases and sources. Sources and findings stay in the
snapshot, whose file the week names.

Amounts are exact: NUMERIC on PostgreSQL; on SQLite, which has no decimals, whole ten-thousandths (1 m² of a hectare,
10 cm of a kilometre) as INTEGER, and a decimal text where a number does not fit that. Texts alone would be
readable there, but took twice as long to write and made the file a third larger; floats would be wrong.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Column, Date, Dialect, Integer, LargeBinary, MetaData, Numeric, SmallInteger, String, Table, Text
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from lsinfra.codes import Base, Funding, Stage, TotalKind
from lsinfra.errors import RunError
from lsinfra.progress import EXACT, ClearanceRow, DisbursementRow, Rate
from lsinfra.quantities import Measure, PartialDate, StatedCheck, implied_total
from lsinfra.records import Title
from lsinfra.weeks import Week, read_week

if TYPE_CHECKING:
    from lsinfra.snapshots import Snapshot

VERSION = 1
"""Of the tables below: a changed column is another version."""

MEASURES = (Measure.AREA, Measure.LENGTH, Measure.HOUSEHOLDS, Measure.PARCELS)
CELLS = tuple((stage, measure) for stage in Stage for measure in MEASURES)

_SCALE = 4
_WIDE = Context(prec=10_000)
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
    """What is stored for an amount: one spelling for each number, so that equal figures are equal in the database."""
    if dialect != "sqlite":
        return _WIDE.normalize(_WIDE.plus(value))  # plus: zero has no sign
    scaled = _WIDE.scaleb(value, _SCALE)
    whole = int(scaled)
    if whole == scaled and abs(whole) <= _SQLITE_MOST:
        return whole
    return f"{_WIDE.normalize(value):f}"


def read_amount(stored: Decimal | int | str) -> Decimal:
    """The amount again, exact, without zeros at its end; an integer is SQLite's, in ten-thousandths."""
    if isinstance(stored, int):
        return EXACT.divide(Decimal(stored), Decimal(10**_SCALE))
    value = _WIDE.create_decimal(stored)
    return Decimal(int(value)) if value == value.to_integral_value() else _WIDE.normalize(value)


def fingerprint(cells: Sequence[object], rest: str | None) -> bytes:
    """16 bytes that differ when any figure of a row does: sixty columns of ten thousand rows need not be compared.

    ``cells`` are value, total and date of each, as they are stored. Dates do not count: the same figure published again
    is no change. Two rows with other figures and the same fingerprint are not to be met with (BLAKE2b, 128 bits).
    """
    return blake2b(repr((cells[0::3], cells[1::3], rest)).encode(), digest_size=16).digest()


def _written_date(day: PartialDate) -> int:
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
# The snapshot whose figures a week holds.
WEEK = Table("week", METADATA, Column("week", _Key, primary_key=True), Column("digest", _Key, nullable=False))


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
    Column("percent", Exact),
    Column("about", SmallInteger, nullable=False),
    Column("observed", Integer, nullable=False),
    sqlite_with_rowid=False,
)
# What makes one line of money the same line in another week.
MONEY_KEY = ("project", "plan_year", "base", "funding", "closes", "line")
MONEY_FIGURES = ("value", "plan", "percent", "about")

_HEAD = ("week", "project", "section", "title_vi", "title_en", "unit", "fingerprint")
PACKED = tuple(column.name for column in PROGRESS.columns if column.name not in _HEAD)
"""The columns that a ``WideRow`` is made of: value, total and date of each of ``CELLS``, then ``rest``."""


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

    ``percent`` is the stated percentage where there is no total; beside a printed total it is not kept.
    """

    stage: Stage
    measure: Measure
    value: Decimal
    total: Decimal | None
    percent: Decimal | None
    about: bool
    observed: PartialDate

    @property
    def rate(self) -> Rate:
        return _rate(self.value, self.total, self.percent, about=self.about)

    @property
    def figure(self) -> tuple[Decimal, Decimal | None, Decimal | None, bool]:
        """What makes it another figure; the same one published again, with a newer date, is none."""
        return self[2:6]


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

    def cells(self) -> dict[tuple[Stage, Measure], Cell]:
        """The figures that there are, by stage and measure; what nobody published has no entry."""
        return unpacked(self.packed)


def unpacked(packed: str | None) -> dict[tuple[Stage, Measure], Cell]:
    """The figures of a JSON array of the ``PACKED`` columns, by stage and measure; None: there are none.

    Amounts are SQLite's integers, or texts.
    """
    found: dict[tuple[Stage, Measure], Cell] = {}
    if packed is None:
        return found
    stored = json.loads(packed)
    rest = json.loads(stored[-1]) if stored[-1] else {}
    for place, cell in enumerate(CELLS):
        value, total, observed = stored[place * 3 : place * 3 + 3]
        if value is None:
            continue
        more = rest.get(f"{cell[0].value}_{cell[1].value}", {}) if rest else rest
        percent = Decimal(more["percent"]) if "percent" in more else None
        whole = None if total is None else read_amount(total)
        found[cell] = Cell(*cell, read_amount(value), whole, percent, "about" in more, _read_date(observed))
    return found


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """One line of money as a week held it: of a plan year, base and source (``funding`` None: all), in đồng.

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

    @classmethod
    def of(cls, row: Any) -> MoneyRow:
        return cls(
            read_week(row.week),
            row.project,
            Title(vi=row.title_vi, en=row.title_en),
            row.plan_year,
            Base(row.base),
            Funding(row.funding) if row.funding else None,
            date.fromisoformat(row.closes) if row.closes else None,
            row.line,
            _rate(row.value, row.plan, row.percent, about=bool(row.about)),
            _read_date(row.observed),
        )


def _rate(value: Decimal, total: Decimal | None, percent: Decimal | None, *, about: bool) -> Rate:
    if total is not None:
        share = Fraction(value) / Fraction(total)
        return Rate(value, total, None, None, TotalKind.STATED, share, None, StatedCheck.NONE, about)
    if percent is not None:
        low, high = implied_total(value, percent)
        share = Fraction(percent) / 100
        return Rate(value, None, low, high, TotalKind.IMPLIED, share, percent, StatedCheck.NONE, about)
    return Rate(value, None, None, None, TotalKind.NONE, None, None, StatedCheck.NONE, about)


# --- what goes in ------------------------------------------------------------------------------------------


class Rows(NamedTuple):
    """The rows of a week, with the columns of ``PROGRESS`` and ``DISBURSEMENT``, in the order of their keys."""

    land: list[tuple[Any, ...]]
    money: list[tuple[Any, ...]]


def rows(snapshot: Snapshot, dialect: str, path: Path) -> Rows:
    """A snapshot's figures of land and money as rows for a database of this dialect.

    Raises
    ------
    IndexFault
        A figure that has no column, is there twice, or is of a total of 0; a text that no database takes.
    """
    week = Week.of(snapshot.as_of).iso
    titles = {project.id: (project.title.vi, project.title.en) for project in snapshot.projects}
    place = {cell: number * 3 for number, cell in enumerate(CELLS)}
    wide: dict[tuple[str, str, str | None], list[Any]] = defaultdict(lambda: [None] * (len(CELLS) * 3))
    rest: dict[tuple[str, str, str | None], dict[str, dict[str, object]]] = defaultdict(dict)
    for row in snapshot.progress.clearance:
        key = row.project, row.section or "", row.unit
        at = place.get((row.stage, row.measure))
        if at is None or wide[key][at] is not None or row.rate.total == 0:
            raise IndexFault("unfit", path=path, place=f"{row.project} {key[1]} {row.stage.value} {row.measure.value}")
        rate = row.rate
        total = None if rate.total is None else written_amount(rate.total, dialect)
        wide[key][at : at + 3] = written_amount(rate.value, dialect), total, _written_date(row.dating.observed)
        if more := _more(row):
            rest[key][f"{row.stage.value}_{row.measure.value}"] = more
    land = []
    for key, cells in sorted(wide.items(), key=lambda item: item[0][:2]):
        project, section, unit = key
        more_text = json.dumps(rest[key], sort_keys=True, separators=(",", ":")) if key in rest else None
        named = (week, project, section, *titles.get(project, (project, None)), unit)
        land.append((*named, fingerprint(cells, more_text), *cells, more_text))
    found = Rows(land, sorted(_money_rows(snapshot, week, titles, dialect), key=lambda row: row[:7]))
    _sound(found, path)
    return found


def _more(row: ClearanceRow | DisbursementRow) -> dict[str, object]:
    rate = row.rate
    more: dict[str, object] = {"about": True} if rate.about else {}
    if rate.total is None and rate.stated_percent is not None:
        more["percent"] = f"{rate.stated_percent:f}"
    return more


def _money_rows(
    snapshot: Snapshot, week: str, titles: dict[str, tuple[str, str | None]], dialect: str
) -> Iterator[tuple[Any, ...]]:
    lines: Counter[tuple[object, ...]] = Counter()
    for row in snapshot.progress.disbursement:
        rate, closes = row.rate, row.closes.isoformat() if row.closes else ""
        key = row.project, row.plan_year, row.base.value, row.funding.value if row.funding else "", closes
        title = titles.get(row.project, (row.project, None))
        percent = rate.stated_percent if rate.total is None else None
        amounts = [None if one is None else written_amount(one, dialect) for one in (rate.value, rate.total, percent)]
        yield week, *key, lines[key], *title, *amounts, int(rate.about), _written_date(row.dating.observed)
        lines[key] += 1


def _sound(found: Rows, path: Path) -> None:
    """PostgreSQL takes no NUL, neither takes half a letter, and no year is longer than an integer is."""
    texts = [text for row in (*found.land, *found.money) for text in row[:9] if isinstance(text, str)]
    keys = Counter(row[:3] for row in found.land)
    if "\0" in (whole := "".join(texts)) or not _encodable(whole) or max(keys.values(), default=1) > 1:
        raise IndexFault("unfit", path=path, place="progress")
    if any(not 0 < row[2] < 10_000 for row in found.money):
        raise IndexFault("unfit", path=path, place="disbursement")


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
