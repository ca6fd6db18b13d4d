"""Values that findings speak with: a percentage, an interval, a sum, whose figure it is. Each writes itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from lsinfra.quantities import Figure, Measure, PartialDate, Unit, number, share_text
from lsinfra.records import Project
from lsinfra.text import Lang, say


@dataclass(frozen=True)
class Percent:
    """A share to be said as a percentage of its measure."""

    share: Fraction
    measure: Measure

    def write(self, lang: Lang) -> str:
        return share_text(self.share, self.measure, lang)


@dataclass(frozen=True)
class Between:
    """An interval of totals, its ends rounded outwards to three decimals: “49,344 – 49,351 ha”; no upper end: “≥”."""

    ends: tuple[Fraction, Fraction | None]
    unit: Unit

    def write(self, lang: Lang) -> str:
        low = Fraction(math.floor(self.ends[0] * 1000), 1000)
        if self.ends[1] is None:
            return f"≥ {number(low, 3, lang)} {self.unit.write(lang)}"
        high = Fraction(math.ceil(self.ends[1] * 1000), 1000)
        return f"{number(low, 3, lang)} – {number(high, 3, lang)} {self.unit.write(lang)}"


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
