"""What a form is made of: its rows, the keys by which they are found again, and the codes of its columns.

``forms`` writes them and ``form_reading`` reads them back; nothing else knows them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lsinfra.codes import Base, Funding, Stage
from lsinfra.intake.workbooks.cells import folded
from lsinfra.quantities import Unit

SCHEMA = "lsinfra.form/1"

# Codes of the columns, in their order; they stand in the hidden first row. The key of a row is in column A.
COLUMNS = (
    "key",
    "project",
    "place",
    "content",
    "unit",
    "value",
    "total",
    "share",
    "about",
    "date",
    "before_value",
    "before_total",
    "before_date",
    "check",
    "note",
)
INPUTS = frozenset({"value", "total", "about", "date", "note"})
# The words of a row that its key vouches for.
LABELS = ("project", "place", "content", "unit")

# What stands in column A of the rows that are no figures.
AS_OF_KEY, HEAD_KEY = "as_of", "head"
# In a key: the whole project, all capital sources together; a base that the form asks for; behind a plan year,
# capital that was added to it after September.
NOTHING, ASKED, ADDED = "-", "?", "+"

_MARK = re.compile(rf"{re.escape(SCHEMA)} ([0-9]{{1,6}}) ([0-9a-f]{{16}})")
_ANY_MARK = re.compile(r"lsinfra\.form/[0-9]+\b")


@dataclass(frozen=True, slots=True)
class FormRow:
    """One row: what its figure is of, the words that say so, and what was last known.

    ``stage`` is None for money, whose ``base`` None is asked for by a drop-down; ``added`` is capital added after
    30 September. Amounts are in ``unit``.
    """

    project: str
    section: str | None
    stage: Stage | None
    unit: Unit
    plan_year: int | None
    base: Base | None
    funding: Funding | None
    labels: tuple[str, str, str, str]
    value: Decimal | None = None
    total: Decimal | None = None
    observed: str | None = None
    added: bool = False

    @property
    def asks_base(self) -> bool:
        return self.stage is None and self.base is None

    @property
    def key(self) -> str:
        """``land|ql4b|loc-binh|handed_over|HA|<checksum>``, ``money|ql4b|2024|adjusted|-|BILLION|<checksum>``."""
        if self.stage is not None:
            parts = ["land", self.project, self.section or NOTHING, self.stage.value, self.unit.name]
        else:
            base, funding = self.base or ASKED, self.funding or NOTHING
            year = f"{self.plan_year}{ADDED if self.added else ''}"
            parts = ["money", self.project, year, str(base), str(funding), self.unit.name]
        return "|".join([*parts, checksum(parts, self.labels, asked=self.asks_base)])


def checksum(parts: Sequence[str], labels: Sequence[str], *, asked: bool) -> str:
    """8 hex digits that hold a key and the words of its row together; a base that is asked for is no such word."""
    words = [folded(label) for at, label in enumerate(labels) if not (asked and LABELS[at] == "place")]
    return hashlib.sha256("\x1f".join([*parts, "", *words]).encode()).hexdigest()[:8]


def read_key(key: str, labels: Sequence[str]) -> FormRow | None:
    """The row of a key, or None where it is no key of this version or does not belong to the words beside it."""
    *parts, check = key.split("|")
    try:
        match parts:
            case ["land", project, section, stage, unit]:
                of = None if section == NOTHING else section
                row = FormRow(project, of, Stage(stage), Unit[unit], None, None, None, _four(labels))
            case ["money", project, year, base, funding, unit]:
                asked = None if base == ASKED else Base(base)
                source = None if funding == NOTHING else Funding(funding)
                row = FormRow(
                    project,
                    None,
                    None,
                    Unit[unit],
                    int(year.removesuffix(ADDED)),
                    asked,
                    source,
                    _four(labels),
                    added=year.endswith(ADDED),
                )
            case _:
                return None
    except (KeyError, ValueError):
        return None
    return row if checksum(parts, labels, asked=row.asks_base) == check else None


def _four(labels: Sequence[str]) -> tuple[str, str, str, str]:
    project, place, content, unit = labels
    return project, place, content, unit


def is_key(text: str) -> bool:
    """Whether a text of column A is the key of a figure, if perhaps a spoiled one."""
    return text.startswith(("land|", "money|"))


def mark(keys: Iterable[str]) -> str:
    """What stands in A1: the version of the form, how many rows it has, and a hash of their keys."""
    known = sorted(keys)
    return f"{SCHEMA} {len(known)} {_hash(known)}"


def _hash(keys: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()[:16]


def is_form(text: str) -> bool:
    """Whether A1 says that the sheet is a form of any version."""
    return _ANY_MARK.match(text) is not None


@dataclass(frozen=True, slots=True)
class Mark:
    """The rows a form had when it was written."""

    rows: int
    hash: str

    def fits(self, keys: Iterable[str]) -> bool:
        """Whether these are all its rows and no others; rows may be missing, but none may be another."""
        known = list(keys)
        return len(known) < self.rows or (len(known) == self.rows and _hash(known) == self.hash)


def read_mark(text: str) -> Mark | None:
    """What A1 says; None where it is a form of another version."""
    match = _MARK.fullmatch(text.strip())
    return Mark(int(match[1]), match[2]) if match else None
