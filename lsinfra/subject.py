"""What the checks look at, and how they say what they find."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from lsinfra.errors import Finding, Severity
from lsinfra.portfolio import Portfolio
from lsinfra.progress import ClearanceRow, Progress, histories
from lsinfra.records import Clearance, Disbursement, Project, Record

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


@dataclass(frozen=True)
class Subject:
    """What the checks look at. ``today`` is the day of the run, None where the caller does not say."""

    portfolio: Portfolio
    progress: Progress
    today: date | None

    @property
    def projects(self) -> Sequence[Project]:
        return self.portfolio.records.projects

    @cached_property
    def histories(self) -> Sequence[tuple[Project, Sequence[ClearanceRow]]]:
        """The observations of each section, stage and measure up to the date asked for, oldest first."""
        records, as_of = self.portfolio.records, self.progress.as_of
        return [(project, history) for project in self.projects for history in histories(records, project, as_of)]


def finding(
    code: str, severity: Severity, record: Record, project: Project | None, section: str | None = None, **values: object
) -> Finding:
    # A length written as a bare text is no table with a line of its own.
    where = record.where or (project.where if project else "")
    return Finding(code, severity, where, project.id if project else None, section, values)


def observations(subject: Subject) -> Iterator[tuple[Project, Clearance | Disbursement, str | None]]:
    for project in subject.projects:
        for observation in project.clearance:
            yield project, observation, observation.section
        for spent in project.disbursement:
            yield project, spent, None
