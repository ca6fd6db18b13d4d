"""What every part of the report is told from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from lsinfra.errors import Finding
from lsinfra.records import Project, Remark, Reporting
from lsinfra.render.payload import Scope, day_text
from lsinfra.render.since import Changed, Since
from lsinfra.report import lateness, tables
from lsinfra.report.model import (
    Blank,
    Block,
    Bullets,
    Paragraph,
    Run,
    Table,
)
from lsinfra.report.wording import (
    Runs,
    plain,
    reference,
    told,
)
from lsinfra.text import Lang, say

LONGEST = 60
"""A table with more rows stands in the annexes and not in the text."""

MOST = 8
"""So many projects are named one by one in the text."""

ROMAN = ("I", "II", "III", "IV", "V", "VI")
ANNEXES = ("clearance", "disbursement", "changes", "findings", "sources")

DOTS = "……………………"
NUMBER_DOTS = "…/BC-…"


@dataclass(frozen=True)
class Telling:
    """What the report is made from."""

    scope: Scope
    findings: tuple[Finding, ...]
    since: Since | None

    @property
    def lang(self) -> Lang:
        return self.scope.lang

    @property
    def office(self) -> Reporting:
        return self.scope.portfolio.records.report

    @cached_property
    def changed(self) -> Changed | None:
        return None if self.since is None else Changed(self.scope, self.since)

    @property
    def label(self) -> str:
        """What it is compared with: ``so với ngày 28/7/2025 (theo hồ sơ hiện có)``; empty for nothing."""
        if self.since is None:
            return ""
        day = day_text(self.since.comparison.before.as_of, self.lang)
        return say(self.lang, "report.changes.snapshot" if self.since.stored else "report.changes.records", day=day)

    @cached_property
    def by_project(self) -> Table:
        caption, note = say(self.lang, "report.caption.by_project"), say(self.lang, "report.note.by_project")
        return tables.by_project(self.scope, caption, note)

    @cached_property
    def by_unit(self) -> Table:
        return tables.by_unit(self.scope, say(self.lang, "report.caption.by_unit"))

    @cached_property
    def by_chainage(self) -> Table:
        return tables.by_chainage(self.scope, say(self.lang, "report.caption.by_chainage"))

    @cached_property
    def silences(self) -> list[lateness.Silence]:
        return lateness.silences(self.scope)

    @cached_property
    def late(self) -> Table:
        note = " ".join(part for part in (say(self.lang, "report.note.late"), self.ended) if part)
        return lateness.late(self.scope, self.silences, say(self.lang, "report.caption.late"), note)

    @cached_property
    def ended(self) -> str:
        """Which units are not waited for because they ended; empty for none."""
        units = lateness.ended_silent(self.scope)
        return say(self.lang, "report.note.ended", units=units, annex=self.annex("clearance")) if units else ""

    def tell(self, key: str, /, **values: str | Run | Runs) -> Paragraph:
        return Paragraph(told(self.lang, key, **values))

    def annex(self, name: str) -> str:
        """How the text refers to an annex: ``Phụ lục IV``."""
        return say(self.lang, "report.annex.number", number=ROMAN[ANNEXES.index(name)])

    def title(self, project: Project) -> str:
        return plain(project.title.write(self.lang))


def remarks(telling: Telling, remarks: Iterable[Remark]) -> Iterator[Block]:
    """What the records hold for a part of the report, or dotted lines."""
    as_of = telling.scope.progress.as_of
    items = []
    for remark in remarks:
        if remark.until is not None and remark.until.last_day < as_of:
            continue
        text: Runs = (
            Run(plain(remark.text.write(telling.lang)).rstrip(".")),
            *reference(telling.scope, [remark.source]),
        )
        if remark.project is not None:
            name = (Run(plain(telling.scope.title(remark.project)), bold=True),)
            text = told(telling.lang, "report.of_project", project=name, text=text)
        items.append((*text, Run(".")))
    yield Bullets(tuple(items)) if items else Blank()
