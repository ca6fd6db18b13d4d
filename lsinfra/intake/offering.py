"""What the readers gave, put together, and kept beside the records where ``review`` and ``apply`` find it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from lsinfra.errors import RunError, why
from lsinfra.intake import Intake, keeping, proposal_file
from lsinfra.intake.decisions import Reviewed
from lsinfra.text import Lang

FOLDER = "intake"
_DIGITS = 8
_NAMED = 5  # inputs that are named where many were read; each figure's position names its own
_STEM = 60  # characters of a name that a file is kept under


@dataclass(frozen=True, slots=True)
class Kept:
    """Where proposals are kept; ``decided``: somebody had decided about them already, and the file stays as it was."""

    path: Path
    decided: bool


def together(found: Sequence[Intake], source: str | None = None) -> Intake:
    """Several inputs as one, each position with the name of its file before it; of one input, that one.

    Parameters
    ----------
    source
        Key of the source of those proposals that name none.
    """

    def place(intake: Intake, position: str) -> str:
        return position if len(found) == 1 else f"{intake.input}: {position}"

    digests = "".join(intake.sha256 for intake in found)
    names = [intake.input for intake in found[:_NAMED]]
    if len(found) > _NAMED:
        names.append(f"… ({len(found)})")
    return Intake(
        ", ".join(names),
        digests if len(found) == 1 else sha256(digests.encode()).hexdigest(),
        tuple(
            replace(one, position=place(intake, one.position), source=one.source or source)
            for intake in found
            for one in intake.proposals
        ),
        tuple(replace(one, position=place(intake, one.position)) for intake in found for one in intake.unread),
    )


def keep(root: Path, reviewed: Reviewed, lang: Lang) -> Kept:
    """Keep proposals under the name of their input: ``intake/NAME-1a2b3c4d.json``, with the start of its hash.

    Asked again with another source, the newer answer counts as long as nobody has decided anything.

    Parameters
    ----------
    root
        The folder of ``projects.yaml``.

    Raises
    ------
    EditError
        Somebody reviews the file just now.
    InputError, RunError
        As ``proposal_file.read`` and ``proposal_file.save`` raise them; the folder cannot be made.
    """
    folder = root / FOLDER
    path = folder / f"{Path(reviewed.input.split(', ')[0]).stem[:_STEM]}-{reviewed.sha256[:_DIGITS]}.json"
    before = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError("unwritable", path=folder, reason=why(error)) from None
    with keeping.locked(path):
        if path.exists():
            there, before = proposal_file.read(path)
            if any(entry.decided for entry in there.entries):
                return Kept(path, True)
        proposal_file.save(path, reviewed, before, lang)
    return Kept(path, False)
