"""What intake proposes: observations read from forms, documents and sheets, each with the words it came from.

A proposal is no record yet. A person accepts, edits or skips it (``review``), and only then it is written (``edits``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from lsinfra.codes import Base, Funding, Stage
from lsinfra.errors import Severity
from lsinfra.quantities import Figure, PartialDate, write_figure
from lsinfra.text import Lang, printable, say

ID_DIGITS = 12


class Confidence(StrEnum):
    """How sure one may be of what was read."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    def write(self, lang: Lang) -> str:
        return say(lang, f"intake.confidence.{self.value}")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason to look twice.

    Parameters
    ----------
    code
        Stable and documented; its sentence is ``GROUP.doubt.CODE``.
    values
        What the sentence needs; they write themselves or are text.
    severity
        An error must be confirmed by a person before the figure is written.
    group
        The group of messages of the reader that doubts.
    said
        The sentence as it stands in a proposals file, whose values are not kept; None while there are values.
    """

    code: str
    values: dict[str, object] = field(default_factory=dict)
    severity: Severity = Severity.WARNING
    group: str = "intake"
    said: str | None = None

    def message(self, lang: Lang) -> str:
        if self.said is not None:
            return printable(self.said)
        return say(lang, f"{self.group}.doubt.{self.code}", **self.values)

    def write(self, lang: Lang) -> str:
        return self.message(lang)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One observation that was read, and where.

    Parameters
    ----------
    project, section
        Ids of the records; ``project`` None is not known and must be edited in, ``section`` None the whole project.
    stage
        None for disbursement.
    plan_year, base, funding
        Of disbursement; ``funding`` None is all sources together. None for land.
    figure
        As it was read, exact.
    observed, source
        As of when, and the key under ``sources``; None while not known.
    note
        A remark to be kept with the observation.
    quote, position
        The words or the cell it came from: ``Lộc Bình!F12``, ``dòng 14``, ``trang 3``.
    confidence, doubts
        What a person should know before accepting.
    added_after_september
        Of disbursement: capital added to the plan after 30 September, which is counted apart
        (``records.Disbursement``).
    """

    project: str | None
    section: str | None
    stage: Stage | None
    plan_year: int | None
    base: Base | None
    funding: Funding | None
    figure: Figure
    observed: PartialDate | None
    source: str | None
    note: str | None
    quote: str
    position: str
    confidence: Confidence
    doubts: tuple[Doubt, ...] = ()
    added_after_september: bool = False

    @property
    def id(self) -> str:
        """12 hex digits of what it says and where it came from: the same whenever the same input is read again.

        Source, note and doubts are not in it: they are no part of what was read.
        """
        says: list[object] = [
            self.project,
            self.section,
            self.stage,
            self.plan_year,
            self.base,
            self.funding,
            write_figure(self.figure),
            self.observed.iso if self.observed else None,
            self.quote,
            self.position,
        ]
        says += [True] if self.added_after_september else []
        return hashlib.sha256(json.dumps(says, ensure_ascii=True).encode()).hexdigest()[:ID_DIGITS]


def confidence_of(doubts: Iterable[Doubt]) -> Confidence:
    """High without a doubt, low where a person must decide, medium between."""
    severities = {doubt.severity for doubt in doubts}
    if Severity.ERROR in severities:
        return Confidence.LOW
    return Confidence.MEDIUM if Severity.WARNING in severities else Confidence.HIGH


def lower(one: Confidence, other: Confidence) -> Confidence:
    return max(one, other, key=list(Confidence).index)


@dataclass(frozen=True, slots=True)
class Unread:
    """What stands near a project's name, or in an input cell, and was not understood; ``why`` says so."""

    quote: str
    position: str
    why: Doubt


@dataclass(frozen=True, slots=True)
class Intake:
    """What one input gave. ``input`` is its file name, ``sha256`` the hash of its bytes in hex."""

    input: str
    sha256: str
    proposals: tuple[Proposal, ...]
    unread: tuple[Unread, ...] = ()
