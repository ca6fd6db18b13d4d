"""What the sums of the kernel mean: cleared, uncleared and unregistered length, and where the blockers are."""

from __future__ import annotations

from datetime import date

from lsinfra.parcels.model import Lines, Measured, Partial


def conclude(partial: Partial, lines: Lines, as_of: date | None = None) -> Measured:
    """The sums as facts about projects.

    Raises
    ------
    InputError
        There are parcels that cannot be measured.
    """
    raise NotImplementedError
