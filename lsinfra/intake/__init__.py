"""Weekly forms, documents and geometry files → proposed edits of ``projects.yaml``, reviewed by a person.

Nothing is written that was not shown; nothing that was accepted is lost.
"""

from lsinfra.intake.proposals import Confidence, Doubt, Intake, Proposal, Unread

__all__ = ["Confidence", "Doubt", "Intake", "Proposal", "Unread"]
