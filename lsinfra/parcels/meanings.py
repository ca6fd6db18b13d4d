"""What stands in the columns of a file of parcels, read as a register has it: texts, stages, days, numbers.

A column is Arrow's, and so is what comes of it. What cannot be read is noted and becomes null; ``Meanings.faults`` says
it all at the end.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from lsinfra.codes import Stage
from lsinfra.dates import YEARS
from lsinfra.numerals import shown
from lsinfra.parcels import personal, stored
from lsinfra.parcels.people import folded
from lsinfra.phrases import Numeral
from lsinfra.text import LANGS, Phrase

if TYPE_CHECKING:
    import pyarrow as pa

STAGES: Mapping[str, Stage] = {
    "đã kiểm đếm": Stage.INVENTORIED,
    "đã đo đạc, kiểm đếm": Stage.INVENTORIED,
    "đã phê duyệt phương án": Stage.APPROVED,
    "đã phê duyệt phương án bồi thường": Stage.APPROVED,
    "đã chi trả": Stage.PAID,
    "đã chi trả bồi thường": Stage.PAID,
    "đã chi trả tiền bồi thường": Stage.PAID,
    "đã bàn giao": Stage.HANDED_OVER,
    "đã bàn giao mặt bằng": Stage.HANDED_OVER,
}
"""What is written for a stage beside its code and its word in either language: that it has been done. Whole texts only,
capitals and accents alike: “chưa bàn giao” is none of them, nor is “bàn giao một phần”."""

_DAYS = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?")
_DAY_FIRST = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")
_WHOLE = re.compile(r"[0-9]{1,9}")
_EXACT = 2.0**53  # beyond it decimals are not every whole number
EXAMPLES = 5


@dataclass
class Noted:
    """Rows in which something could not be read: how many, and the first of them, counted from 1.

    ``example``: what stands in one of them; None where that is not kept, or each may be somebody.
    """

    count: int = 0
    rows: list[int] = field(default_factory=list)
    example: str | None = None

    def add(self, rows: np.ndarray) -> None:
        self.count += len(rows)
        self.rows += [int(row) for row in rows[: EXAMPLES - len(self.rows)]]

    def said(self, column: str) -> dict[str, object]:
        rows = ", ".join(map(str, self.rows)) + (", …" if self.count > len(self.rows) else "")
        example = "" if self.example is None else Phrase("register.example", (("found", shown(self.example)),))
        return {"column": column, "count": Numeral(self.count), "rows": rows, "example": example}


@dataclass
class Meanings:
    """How the columns of one file are read, and what of them could not be.

    Attributes
    ----------
    stages : dict
        By a text as ``_alike`` makes it.
    day_first : bool
        Whether a day such as 31/10/2024 was met: only then is it known how 05/06/2024 is meant.
    either : Noted
        The days written like that.
    hidden : Noted
        Words that are no stage, and may be somebody.
    """

    stages: dict[str, Stage | None]
    unknown: dict[str, int] = field(default_factory=dict)
    hidden: Noted = field(default_factory=Noted)
    noted: dict[str, Noted] = field(default_factory=dict)
    day_first: bool = False
    either: Noted = field(default_factory=Noted)

    @classmethod
    def of(cls, stages: Sequence[str], fault: Callable[..., None]) -> Meanings:
        """With words of a person's own: ``WORDS=CODE``, or ``WORDS=`` where no stage is known."""
        known: dict[str, Stage | None] = {_alike(words): stage for words, stage in STAGES.items()}
        known |= {_alike(stage): stage for stage in Stage}
        known |= {_alike(stage.write(lang)): stage for stage in Stage for lang in LANGS}
        for text in stages:
            words, sign, code = text.rpartition("=")
            if not sign or (code.strip() and code.strip() not in tuple(Stage)):
                fault("bad_stage", found=shown(text), known=", ".join(Stage))
            else:
                known[_alike(words)] = Stage(code.strip()) if code.strip() else None
        return cls(known)

    def read(self, name: str, values: pa.ChunkedArray, first: int) -> pa.Array:
        """A column of ours; ``first`` is the number of rows before it."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = values.combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if name == "stage":
            return self._stages(column, first)
        if name == "stage_date":
            return self._days(column, first)
        if name == "households":
            return self._numbers(column, first)
        if pa.types.is_floating(column.type):
            column = self._whole(name, column, first)
        text = pc.utf8_trim_whitespace(pc.utf8_normalize(column.cast(pa.string()), form="NFC"))
        return pc.if_else(pc.equal(text, ""), None, text)

    def faults(self) -> Iterator[tuple[str, dict[str, object]]]:
        """Key and values of every fault."""
        for words, count in sorted(self.unknown.items(), key=lambda one: (-one[1], one[0]))[:20]:
            yield "unknown_stage", {"found": shown(words), "count": Numeral(count), "known": ", ".join(Stage)}
        if self.hidden.count:
            yield "hidden_stage", self.hidden.said("stage") | {"known": ", ".join(Stage)}
        for name, noted in self.noted.items():
            key = {"stage_date": "bad_days", "households": "bad_households"}.get(name, "bad_numbers")
            yield key, noted.said(name)
        if self.either.count and not self.day_first:
            yield "either_day", self.either.said("stage_date")

    def _stages(self, column: pa.Array, first: int) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        coded = column.cast(pa.string()).dictionary_encode()
        words = coded.dictionary.to_pylist()
        unknown = [bool(word.strip()) and _alike(word) not in self.stages for word in words]
        hidden = [none and personal.may_be_somebody(word) for none, word in zip(unknown, words, strict=True)]
        self.hidden.add(_rows(coded.indices, hidden, first))
        for place, word in enumerate(words):
            if unknown[place] and not hidden[place]:
                count = pc.sum(pc.equal(coded.indices, place)).as_py()
                plain = unicodedata.normalize("NFC", word).strip()
                self.unknown[plain] = self.unknown.get(plain, 0) + count
        return pa.array([self.stages.get(_alike(word)) for word in words], pa.string()).take(coded.indices)

    def _days(self, column: pa.Array, first: int) -> pa.Array:
        import pyarrow as pa

        if (known := stored.days(column)) is not None:
            return known
        coded = column.cast(pa.string()).dictionary_encode()
        words = [word.strip() for word in coded.dictionary.to_pylist()]
        days = [_day(word) for word in words]
        bad = [bool(word) and day is None for word, day in zip(words, days, strict=True)]
        self._note("stage_date", coded.indices, words, bad, first)
        turned = [_DAY_FIRST.fullmatch(word) for word in words]
        self.day_first |= any(match and int(match[1]) > 12 for match in turned)
        self.either.add(_rows(coded.indices, [match is not None for match in turned], first))
        return pa.array(days, pa.date32()).take(coded.indices)

    def _numbers(self, column: pa.Array, first: int) -> pa.Array:
        """Whole numbers from 0 on."""
        import pyarrow as pa

        coded = column.dictionary_encode()
        words = coded.dictionary.to_pylist()
        numbers = [_number(word) for word in words]
        bad = [number is None and str(word).strip() != "" for word, number in zip(words, numbers, strict=True)]
        self._note("households", coded.indices, words, bad, first)
        return pa.array(numbers, pa.int64()).take(coded.indices)

    def _whole(self, name: str, column: pa.Array, first: int) -> pa.Array:
        """Decimals that are whole numbers."""
        import pyarrow as pa

        values = column.to_numpy(zero_copy_only=False)
        good = np.isfinite(values) & (np.abs(values) < _EXACT) & (values == np.trunc(values))
        bad = ~good & ~np.isnan(values)
        if bad.any():
            self.noted.setdefault(name, Noted()).add(np.flatnonzero(bad) + first + 1)
        return pa.array(np.where(good, values, 0).astype(np.int64), mask=~good)

    def _note(self, name: str, codes: pa.Array, words: Sequence[object], bad: Sequence[bool], first: int) -> None:
        if any(bad):
            noted = self.noted.setdefault(name, Noted())
            noted.add(_rows(codes, bad, first))
            if noted.example is None:
                wrong = (str(word).strip() for word, none in zip(words, bad, strict=True) if none)
                noted.example = next((word for word in wrong if not personal.may_be_somebody(word)), None)


def _rows(codes: pa.Array, which: Sequence[bool], first: int) -> np.ndarray:
    """The numbers of the rows, from 1, whose code is one of these."""
    if not any(which):
        return np.zeros(0, dtype=np.int64)
    places = codes.fill_null(0).to_numpy(zero_copy_only=False)
    given = codes.is_valid().to_numpy(zero_copy_only=False)
    return np.flatnonzero(np.array(which)[places] & given) + first + 1


def _alike(words: str) -> str:
    """A text in small letters without accents, signs and blanks between its words made one."""
    return " ".join(re.findall(r"\w+", folded(words).replace("_", " ")))


def _day(text: str) -> date | None:
    """2024-10-31, 2024/10/31 or 31/10/2024, also with a time that is midnight."""
    if match := _DAYS.fullmatch(text):
        year, month, day = map(int, match.groups())
    elif match := _DAY_FIRST.fullmatch(text):
        day, month, year = map(int, match.groups())
    else:
        return None
    with suppress(ValueError):
        return date(year, month, day) if YEARS[0] <= year <= YEARS[1] else None
    return None


def _number(value: object) -> int | None:
    if isinstance(value, float):
        return int(value) if value.is_integer() and 0 <= value < _EXACT else None
    text = str(value).strip()
    return int(text) if _WHOLE.fullmatch(text) else None
