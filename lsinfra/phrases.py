"""Values that findings speak with: an amount, a percentage, an interval, a sum, whose it is. Each writes itself."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from lsinfra.quantities import Figure, Measure, PartialDate, Unit, number, outward, share_text
from lsinfra.records import Project
from lsinfra.text import Lang, say

TO_THE_METRE = {Measure.AREA: 4, Measure.LENGTH: 3}
"""Decimals of ha and km in which an amount is said that was computed of parcels: to the square metre, to the metre."""


@dataclass(frozen=True)
class Amount:
    """A computed amount, of ``total`` where there is one: “54,41/80,87 ha”.

    No ``Figure``, which is what a document prints: a sum may have more digits than a printed number may.
    """

    value: Decimal
    unit: Unit
    total: Decimal | None = None

    def write(self, lang: Lang) -> str:
        text = number(self.value, None, lang)
        if self.total is not None:
            text = say(lang, "quantity.figure.of", value=text, total=number(self.total, None, lang))
        return f"{text} {self.unit.write(lang)}"


@dataclass(frozen=True)
class Percent:
    """A share to be said as a percentage of its measure; with more ``decimals`` than usual beside one that has more."""

    share: Fraction
    measure: Measure
    decimals: int = 0

    def write(self, lang: Lang) -> str:
        text = number(self.share * 100, self.decimals, lang)
        usual = self.decimals <= (1 if self.measure is Measure.MONEY else 2)
        ends = {number(end, self.decimals, lang) for end in (-100, 0, 100)}
        return share_text(self.share, self.measure, lang) if usual or text in ends else f"{text}%"


@dataclass(frozen=True)
class Numeral:
    """A number alone: “1.288,12”."""

    value: Decimal | Fraction | int
    decimals: int = 0

    def write(self, lang: Lang) -> str:
        return number(self.value, self.decimals, lang)


@dataclass(frozen=True)
class Between:
    """An interval of totals, its ends rounded outwards to three decimals: “49,344 – 49,351 ha”; no upper end: “≥”."""

    ends: tuple[Fraction, Fraction | None]
    unit: Unit

    def write(self, lang: Lang) -> str:
        low, high = (number(end, 3, lang) if end is not None else None for end in outward(*self.ends))
        return f"{f'≥ {low}' if high is None else f'{low} – {high}'} {self.unit.write(lang)}"


@dataclass(frozen=True)
class Sum:
    """“5.529 tỷ đồng + 5.495,723 tỷ đồng”."""

    terms: tuple[Figure, ...]

    def write(self, lang: Lang) -> str:
        return " + ".join(term.write(lang) for term in self.terms)


@dataclass(frozen=True)
class Place:
    """Whose figure it is, and of when: “Lộc Bình (15/8/2024)”. A project speaks for itself as “toàn dự án”."""

    project: Project
    section: str | None
    observed: PartialDate | None = None

    def write(self, lang: Lang) -> str:
        section = self.project.section(self.section)
        name = section.unit if section else say(lang, "word.whole")
        return f"{name} ({self.observed.write(lang)})" if self.observed else name
