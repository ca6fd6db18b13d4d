"""What a weekly run did, for a script: ``lsinfra.weekly/1``.

The keys, all of which are always there:

schema, version
    ``lsinfra.weekly/1``; the version of the program.
started, root, lang
    The moment the run began (with its offset from UTC), the folder of ``projects.yaml`` (null when none was found), the
    language of every sentence.
exit_code, fail_on
    What the program ended with: 0, 1 or 2; the severity from which on a finding makes it 1 (``error``, ``warning``,
    ``info``), or ``never``.
as_of
    The date of the figures. Null when the run did not get so far.
counts
    How many findings there are of each severity: ``error``, ``warning``, ``info``. Null when it did not get so far.
failing
    The findings that made the exit code 1, with the keys of ``lsinfra.check/1``.
clearance, disbursement
    The headline figures, with the keys of ``lsinfra.progress/1``: of each whole project the land handed over (in each
    measure that was published) and the money of each plan year. A project that published none has no row.
pages, reports, kept_edited
    Files that were written, and files that somebody had edited under the names that they have now. These paths and
    that of the snapshot are relative to ``root``, with ``/``.
missed
    Sentences: what the report lacks (a PDF, a picture of the map) and why.
snapshot
    ``path``, ``sha256`` of the file, and whether it is ``new`` (false: nothing has changed since it was taken). Null
    when the run did not get so far, and as long as nothing is known of any day.
faults
    Why the run failed; empty when it did not. ``where`` (``FILE:LINE:COLUMN``) and ``path`` (the place in the file) are
    null for what is no fault of a file; ``code`` is stable, ``message`` a sentence.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lsinfra.errors import Finding, InputError, LsinfraError, Severity
from lsinfra.portfolio import Portfolio
from lsinfra.progress import Progress
from lsinfra.render.tables import clearance_record, disbursement_record, finding_record, headline_rows
from lsinfra.render.writing import as_json
from lsinfra.snapshots import Taken
from lsinfra.text import Lang, say

SCHEMA = "lsinfra.weekly/1"


@dataclass
class Week:
    """What a weekly run has got done so far; it is filled in step by step, and told also when a step fails."""

    started: datetime
    lang: Lang
    root: Path | None = None
    portfolio: Portfolio | None = None
    progress: Progress | None = None
    findings: Sequence[Finding] | None = None
    failing: Sequence[Finding] = ()
    pages: Sequence[Path] = ()
    reports: Sequence[Path] = ()
    kept: list[Path] = field(default_factory=list)
    missed: Sequence[str] = ()
    snapshot: Taken | None = None

    @property
    def counts(self) -> dict[Severity, int]:
        """How many findings there are of each severity."""
        counted = Counter(finding.severity for finding in self.findings or ())
        return {severity: counted[severity] for severity in Severity}


def weekly_json(week: Week, exit_code: int, fail_on: str, error: LsinfraError | None = None) -> str:
    """A weekly run as JSON; ``error`` is what ended it."""
    land, money = headline_rows(week.portfolio, week.progress) if week.portfolio and week.progress else ([], [])
    return as_json(
        {
            "schema": SCHEMA,
            "version": version("lsinfra"),
            "started": week.started.isoformat(),
            "root": str(week.root.resolve()) if week.root else None,
            "lang": week.lang,
            "exit_code": exit_code,
            "fail_on": fail_on,
            "as_of": week.progress.as_of.isoformat() if week.progress else None,
            "counts": None if week.findings is None else {one.value: n for one, n in week.counts.items()},
            "failing": [finding_record(finding, week.lang) for finding in week.failing],
            "clearance": [clearance_record(row) for row in land],
            "disbursement": [disbursement_record(row) for row in money],
            "pages": [_within(week, path) for path in week.pages],
            "reports": [_within(week, path) for path in week.reports],
            "kept_edited": [_within(week, path) for path in week.kept],
            "missed": list(week.missed),
            "snapshot": _snapshot(week),
            "faults": [] if error is None else _faults(error, week.lang),
        }
    )


def _within(week: Week, path: Path) -> str:
    return path.relative_to(week.root).as_posix() if week.root else str(path)


def _snapshot(week: Week) -> dict[str, Any] | None:
    if week.snapshot is None:
        return None
    path = week.snapshot.path
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"path": _within(week, path), "sha256": digest, "new": week.snapshot.new}


def _faults(error: LsinfraError, lang: Lang) -> list[dict[str, str | None]]:
    if isinstance(error, InputError):
        return [
            {"where": one.where, "path": one.path or None, "code": one.key, "message": say(lang, one.key, **one.values)}
            for one in error.faults
        ]
    return [{"where": None, "path": None, "code": f"{error.group}.{error.key}", "message": error.write(lang)}]
