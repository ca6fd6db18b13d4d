"""What a package gives to records that are there: figures of their own projects, proposed for review."""

from __future__ import annotations

from collections.abc import Iterator

from lsinfra.codes import Funding
from lsinfra.errors import Severity
from lsinfra.exchange.oc4ids.reading import Package
from lsinfra.intake import Confidence, Doubt, Intake, Proposal, Unread
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import write_figure
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
        Unread(project.title.vi, _place(project.where), Doubt("project_unknown", group=_GROUP))
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
            yield Proposal(
                project.id, seen.section, stage, None, None, None, figure, *_said(seen, sources, write_figure(figure))
            )
    for spent in project.disbursement:
        of: list[tuple[Funding | None, object]] = [(None, spent.total), *spent.funding.items()]
        for funding, _ in of:
            figure = spent.total if funding is None else spent.funding[funding]
            yield Proposal(
                project.id,
                None,
                None,
                spent.plan_year,
                spent.base,
                funding,
                figure,
                *_said(spent, sources, write_figure(figure)),
                added_after_september=spent.added_after_september,
            )


def _said(
    seen: Clearance | Disbursement, sources: set[str], quote: str
) -> tuple[object, str | None, str | None, str, str, Confidence]:
    """As of when, the source and the note, the words and the place, and how sure: as sure as the package."""
    source = seen.source if seen.source in sources else None
    return seen.as_of, source, seen.note and seen.note.vi, quote, _place(seen.where), Confidence.HIGH


def _place(where: str) -> str:
    return where
