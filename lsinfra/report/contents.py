"""What the weekly report says: title block, sections, annexes, in one language, of one day.

Every number is of a row of progress and stands with its date and source. What the records do not hold is a dotted
line, never a guess; what nobody published is said to be unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from lsinfra.errors import Finding
from lsinfra.portfolio import Portfolio
from lsinfra.progress import Progress
from lsinfra.records import Reporting
from lsinfra.render.payload import Scope, day_text
from lsinfra.render.since import Since
from lsinfra.report import annexes, sections, summary
from lsinfra.report.model import (
    Annex,
    Block,
    Picture,
    Recipients,
    Report,
    Run,
    Section,
    Signature,
    Table,
    TitleBlock,
)
from lsinfra.report.telling import ANNEXES, DOTS, LONGEST, NUMBER_DOTS, ROMAN, Telling
from lsinfra.report.wording import (
    counted,
    day_run,
    plain,
)
from lsinfra.text import Lang, say


def contents(
    portfolio: Portfolio,
    progress: Progress,
    findings: Sequence[Finding] = (),
    *,
    lang: Lang = "vi",
    since: Since | None = None,
) -> Report:
    """The report of ``progress.as_of``.

    Parameters
    ----------
    portfolio, progress, findings
        What is known at the day, and the doubts about it.
    since
        A comparison that ends with ``progress``: what changed; None where there is nothing to compare with.
    """
    telling = Telling(Scope(portfolio, progress, lang), tuple(findings), since)
    parts = {
        "summary": summary.summary,
        "results": sections.results,
        "reporting": sections.reporting,
        "obstacles": sections.obstacles,
        "next_week": sections.next_week,
        "proposals": sections.proposals,
    }
    made = [
        Section(f"{number}.", say(lang, f"report.section.{name}"), tuple(make(telling)))
        for number, (name, make) in zip(ROMAN, parts.items(), strict=True)
    ]
    office, day = telling.office, day_text(progress.as_of, lang)
    title = plain(portfolio.records.portfolio.title.write(lang))
    issuer = plain(office.issuer or DOTS)
    named: dict[str, str | Run] = {"issuer": issuer, "day": day_run(progress.as_of, lang)}
    projects = counted(len(telling.scope.projects), lang)
    return Report(
        lang,
        progress.as_of,
        f"{title} – {day}",
        _head(telling, title, day),
        telling.tell("report.opening", **named, count=projects, annex=telling.annex("sources")),
        tuple(_numbered(lang, made)),
        telling.tell("report.closing", **named),
        tuple(_annexes(telling, issuer)),
        "" if _complete(office) else say(lang, "report.note.dots"),
        _signature(office),
        _recipients(lang, office),
    )


# --- head and foot -------------------------------------------------------------------------------------------------


def _head(telling: Telling, title: str, day: str) -> TitleBlock:
    lang, office = telling.lang, telling.office
    return TitleBlock(
        nation=say(lang, "report.head.nation"),
        motto=say(lang, "report.head.motto"),
        authority=plain(office.authority or "").upper(),
        issuer=plain(office.issuer or DOTS).upper(),
        number=say(lang, "report.head.number", number=plain(office.number or NUMBER_DOTS)),
        place_and_day=say(lang, "report.head.place_and_day", place=plain(office.place or DOTS)),
        kind=say(lang, "report.head.kind"),
        subject=(title, say(lang, "report.head.subject", day=day)),
    )


def _signature(office: Reporting) -> Signature:
    signer = office.signature
    lines = [plain(line).upper() for line in (signer.on_behalf, signer.post) if line]
    return Signature(tuple(lines) or (DOTS,), plain(signer.name or ""))


def _recipients(lang: Lang, office: Reporting) -> Recipients:
    names = [plain(name).rstrip(" ;.") for name in office.recipients] or [DOTS, say(lang, "report.file_copy")]
    ends = [";"] * (len(names) - 1) + ["."]
    lines = tuple(f"- {name}{end}" for name, end in zip(names, ends, strict=True))
    return Recipients(say(lang, "report.recipients"), lines)


def _complete(office: Reporting) -> bool:
    """Nothing is left to be filled in but the running number and the day."""
    signer = office.signature
    texts = (office.issuer, office.number, office.place, signer.post, signer.name)
    return all(texts) and all((office.recipients, office.decisions, office.next_week, office.proposals))


def _numbered(lang: Lang, sections: Iterable[Section]) -> Iterator[Section]:
    """The sections with their tables and pictures numbered."""
    count: Counter[type] = Counter()
    for section in sections:
        blocks = list(section.blocks)
        for place, block in enumerate(blocks):
            if isinstance(block, (Table, Picture)):
                count[type(block)] += 1
                key = "report.table" if isinstance(block, Table) else "report.picture"
                caption = say(lang, key, number=count[type(block)], caption=block.caption)
                blocks[place] = replace(block, caption=caption)
        yield replace(section, blocks=tuple(blocks))


# --- annexes -------------------------------------------------------------------------------------------------------


def _annexes(telling: Telling, issuer: str) -> Iterator[Annex]:
    scope, lang = telling.scope, telling.lang
    number = plain(telling.office.number or NUMBER_DOTS)
    attached = say(lang, "report.annex.attached", number=number, issuer=issuer)
    moved = [
        table
        for table in (telling.by_project, telling.by_unit, telling.by_chainage, telling.late)
        if len(table.rows) > LONGEST
    ]
    listed = {
        "clearance": [annexes.clearance(scope), *moved],
        "disbursement": [annexes.disbursement(scope)],
        "changes": [annexes.changes(telling.changed)] if telling.changed else [],
        "findings": [annexes.findings(scope, telling.findings)],
        "sources": [annexes.sources(scope)],
    }
    for name in ANNEXES:
        title = say(lang, f"report.annex.{name}").upper()
        blocks: list[Block] = [table for table in listed[name] if table.rows]
        if name == "changes" and telling.label:
            blocks.insert(0, telling.tell("report.annex.since", label=telling.label))
        if not any(isinstance(block, Table) for block in blocks):
            blocks.append(telling.tell(f"report.annex.none.{name}"))
        yield Annex(telling.annex(name), title, attached, tuple(blocks))
