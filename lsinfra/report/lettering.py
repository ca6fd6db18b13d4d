"""How wide words are: in a drawing, with its font and how they are cut or broken to fit, and in Times New Roman."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate
from unicodedata import combining, normalize

FONT = "Source Serif 4"
"""Of every word in the drawing: whole for Vietnamese, and at hand for the typesetter that makes a picture of it."""

_EASTERN = 0x2E80
"""Signs from here on are as wide as they are high."""

TEXT_MM = 2.5
"""Of a common word on the map."""

_WIDTHS = {
    sign: wide
    for signs, wide in (
        (" !.,:;'|·", 0.35),
        ("()[]{}/\\`?-fijltIJ", 0.45),
        ('0123456789+<=>≤≥_$#"*–acersSz', 0.62),
        ("bdđghknopquvxyBCEFLPTXYZ", 0.73),
        ("ADĐGHKNOQRUV&—", 0.85),
    )
    for sign in signs
}
"""Of the font's signs in bold at its smallest size, rounded up, as parts of the size; of every other sign 1.1."""


_TIMES = (
    dict.fromkeys(".,;:!|'()[]/ijlt-", 0.34) | dict.fromkeys("mMW%", 0.84) | {"w": 0.73, "+": 0.57, " ": 0.25, "…": 1}
)
"""Widths in Times New Roman that differ from the usual half of the size."""

_DAY = re.compile(r"(?<=^\d) (?=[A-Z][a-z]+ \d{4}$)|(?<=^\d\d) (?=[A-Z][a-z]+ \d{4}$)")
"""Between the day and the month of an English date."""


def width(text: str, size: float) -> float:
    """How wide a text may be at most, in mm: generous, so that what is measured free is free."""
    return size * sum(map(_wide, text))


def times(text: str) -> float:
    """About how wide a text is in Times New Roman, as a multiple of its size; generous where letters have marks, which
    a font that stands in for it may take from a wider one.
    """
    return sum(map(_in_times, text))


def shorten(text: str, most: float) -> str:
    """A text cut to a width (mm)."""
    if _fitting(text, most) == len(text):
        return text
    return f"{text[: _fitting(text, most - width('…', TEXT_MM))].rstrip()}…"


def lines_of(parts: Iterable[str], room: float) -> Iterator[str]:
    """Lines of this width (mm); a part that is wider than one is broken anywhere."""
    line = ""
    for part in parts:
        longer = f"{line} {part}" if line else part
        if line and _fitting(longer, room) < len(longer):
            yield line
            longer = part
        while (end := max(1, _fitting(longer, room))) < len(longer):
            yield longer[:end]
            longer = longer[end:]
        line = longer
    yield line


def in_lines(text: str) -> str:
    """A text of a table: an interval may be broken after its dash alone, an English date after its month."""
    return _DAY.sub("\u00a0", text.replace("–\u00a0", "– "))


def low_rows(lengths: Iterable[float]) -> float:
    """What part a column has of the room that its table may share, if the rows are to be low.

    A row is as high as its longest text over the width of that column. The sum of their squares, which the longest
    leads, is least where each width is as the cube root of the column's own sum.
    """
    return math.cbrt(max(1.0, sum(length * length for length in lengths)))


@cache
def _in_times(sign: str) -> float:
    if ord(sign) > _EASTERN:
        return 1
    return _TIMES.get(sign, 0.72 if sign.isupper() else 0.5 if sign.isascii() else 0.56)


def _wide(sign: str) -> float:
    base = normalize("NFD", sign)[0]
    return 0 if combining(base) else _WIDTHS.get(base, 1.1)


def _fitting(text: str, most: float) -> int:
    """How many signs of a text fit into a width (mm)."""
    sums = accumulate(TEXT_MM * _wide(sign) for sign in text)
    return next((place for place, reached in enumerate(sums) if reached > most), len(text))
