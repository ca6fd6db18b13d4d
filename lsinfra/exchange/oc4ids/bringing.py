"""What a package gives to records that are there: figures of their own projects, proposed for review."""

from __future__ import annotations

from collections.abc import Iterator

from lsinfra.codes import Funding, Stage
from lsinfra.errors import Severity
from lsinfra.exchange.oc4ids.reading import Package
from lsinfra.intake import Confidence, Doubt, Intake, Proposal, Unread
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import Figure, write_figure
from lsinfra.records import Clearance, Disbursement, Project

_GROUP = "oc4ids"


def proposed(package: Package, portfolio: Portfolio) -> Intake:
    """The figures of land and money of the projects that the records have, and what else the package says.

    Figures that a plan names, milestones, investment and geometry of a known project are no proposals; they stay in
    the package. ``source`` is a key of the records' sources, None where they do not list the document.
    """
    known = {project.id for project in portfolio.records.projects}
    sources = set(portfolio.records.sources)
    proposals = [
        one for project in package.records.projects if project.id in known for one in _figures(project, sources)
    ]
    unread = [
        Unread(project.title.vi, project.where, Doubt("project_unknown", group=_GROUP))
        for project in package.records.projects
        if project.id not in known
    ]
    unread += left(package)
    return Intake(package.name, package.sha256, tuple(proposals), tuple(unread))


def left(package: Package) -> list[Unread]:
    """What records cannot hold, and what is not beyond doubt, with its JSON path."""
    return [
        Unread(one.quote or one.path.rpartition(".")[2], one.path, Doubt(one.why, {}, Severity.INFO, _GROUP))
        for one in package.left
    ]


def _figures(project: Project, sources: set[str]) -> Iterator[Proposal]:
    for seen in project.clearance:
        for stage, figure in seen.stages:
            yield _proposal(project, seen, figure, sources, section=seen.section, stage=stage)
    for spent in project.disbursement:
        of: list[tuple[Funding | None, Figure]] = [(None, spent.total), *spent.funding.items()]
        for funding, figure in of:
            yield _proposal(project, spent, figure, sources, funding=funding)


def _proposal(
    project: Project,
    said: Clearance | Disbursement,
    figure: Figure,
    sources: set[str],
    *,
    section: str | None = None,
    stage: Stage | None = None,
    funding: Funding | None = None,
) -> Proposal:
    """A figure with the words it was printed in and its JSON path; as sure as the package."""
    spent = said if isinstance(said, Disbursement) else None
    return Proposal(
        project=project.id,
        section=section,
        stage=stage,
        plan_year=spent.plan_year if spent else None,
        base=spent.base if spent else None,
        funding=funding,
        figure=figure,
        observed=said.as_of,
        source=said.source if said.source in sources else None,
        note=said.note.vi if said.note else None,
        quote=write_figure(figure),
        position=said.where,
        confidence=Confidence.HIGH,
        added_after_september=spent.added_after_september if spent else False,
    )
