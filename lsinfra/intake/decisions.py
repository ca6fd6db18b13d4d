"""What a person decided about proposals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from lsinfra.codes import SourceKind
from lsinfra.dates import PartialDate
from lsinfra.intake.proposals import Intake, Proposal, Unread
from lsinfra.quantities import write_figure


class Decision(StrEnum):
    """What a person said of a proposal."""

    ACCEPT = "accept"
    SKIP = "skip"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Entry:
    """A proposal with its decision.

    Parameters
    ----------
    id
        Of the proposal as it was read: it stays when the proposal is edited.
    confirmed
        A person said that the figure is right although there is a doubt of severity error about it.
    read
        The figure as it was read, in the records' spelling; None where the file does not say.
    """

    proposal: Proposal
    decision: Decision
    id: str
    confirmed: bool = False
    read: str | None = None

    @property
    def edited(self) -> bool:
        """Whether the proposal says something else than what was read."""
        return self.proposal.id != self.id


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
        known = any(doubt.code == "already_recorded" for doubt in proposal.doubts)
        sourced = replace(proposal, source=source.key) if source and proposal.source is None else proposal
        decision = Decision.SKIP if known else Decision.PENDING
        entries.setdefault(proposal.id, Entry(sourced, decision, proposal.id, read=write_figure(proposal.figure)))
    return Reviewed(intake.input, intake.sha256, tuple(entries.values()), intake.unread, source)
