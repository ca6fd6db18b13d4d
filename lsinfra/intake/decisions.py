"""What a person decided about proposals."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from lsinfra.codes import SourceKind
from lsinfra.dates import PartialDate
from lsinfra.errors import Severity
from lsinfra.intake.proposals import ID_DIGITS, Doubt, Intake, Proposal, Unread
from lsinfra.quantities import write_figure


class Decision(StrEnum):
    """What a person said of a proposal."""

    ACCEPT = "accept"
    SKIP = "skip"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a person said is right although it is doubted: the serious doubts, and the ``Proposal.id`` they are about.

    Whatever is changed in the proposal, and a doubt that is not among them, needs a new yes.
    """

    of: str
    codes: frozenset[str]

    @classmethod
    def all_of(cls, proposal: Proposal) -> Confirmed | None:
        """The yes to every serious doubt about a proposal as it is; None where there is none."""
        codes = frozenset(doubt.code for doubt in proposal.doubts if doubt.severity is Severity.ERROR)
        return cls(proposal.id, codes) if codes else None

    def __str__(self) -> str:
        return " ".join([self.of, *sorted(self.codes)])

    @classmethod
    def read(cls, text: str) -> Confirmed | None:
        """What ``str`` wrote; None where it is something else."""
        of, *codes = text.split() or [""]
        sound = re.fullmatch(f"[0-9a-f]{{{ID_DIGITS}}}", of) and all(re.fullmatch("[a-z_]+", code) for code in codes)
        return cls(of, frozenset(codes)) if sound and codes else None


@dataclass(frozen=True, slots=True)
class Entry:
    """A proposal with its decision.

    Parameters
    ----------
    id
        Of the proposal as it was read: it stays when the proposal is edited.
    confirmed
        The doubts of severity error that a person settled; None while there was no such yes.
    read
        The figure as it was read, in the records' spelling; None where the file does not say.
    """

    proposal: Proposal
    decision: Decision
    id: str
    confirmed: Confirmed | None = None
    read: str | None = None

    @property
    def edited(self) -> bool:
        """Whether the proposal says something else than what was read."""
        return self.proposal.id != self.id

    def settles(self, doubt: Doubt) -> bool:
        """Whether a person said of this doubt, and of this very figure, that it is right all the same."""
        return (
            self.confirmed is not None and self.confirmed.of == self.proposal.id and doubt.code in self.confirmed.codes
        )

    @property
    def decided(self) -> bool:
        """Whether a person decided about it or edited it; what is recorded already was skipped without anybody."""
        if self.edited or self.decision is Decision.ACCEPT:
            return True
        return self.decision is Decision.SKIP and not _recorded(self.proposal.doubts)


@dataclass(frozen=True, slots=True)
class NewSource:
    """A document that is to be entered under ``sources``."""

    key: str
    title: str
    kind: SourceKind = SourceKind.OFFICIAL
    date: PartialDate | None = None
    number: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An intake with its decisions; ``source`` is the document to be entered under ``sources``, None for none."""

    input: str
    sha256: str
    entries: tuple[Entry, ...]
    unread: tuple[Unread, ...] = ()
    source: NewSource | None = None


def begin(intake: Intake, source: NewSource | None = None) -> Reviewed:
    """Nothing decided yet, but that what is recorded already is to be skipped; nothing twice.

    ``source`` becomes the source of the proposals that have none.
    """
    entries: dict[str, Entry] = {}
    for proposal in intake.proposals:
        sourced = replace(proposal, source=source.key) if source and proposal.source is None else proposal
        decision = Decision.SKIP if _recorded(proposal.doubts) else Decision.PENDING
        entries.setdefault(proposal.id, Entry(sourced, decision, proposal.id, read=write_figure(proposal.figure)))
    return Reviewed(intake.input, intake.sha256, tuple(entries.values()), intake.unread, source)


def _recorded(doubts: Iterable[Doubt]) -> bool:
    return any(doubt.code == "already_recorded" for doubt in doubts)
