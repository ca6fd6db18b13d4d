"""The kept snapshots as a list: JSON, rows, a table for a terminal; and what verifying them found.

Keys are never translated; ``lsinfra.snapshot_list/1`` changes its number when a key does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lsinfra.errors import RunError
from lsinfra.render.payload import day_text
from lsinfra.render.rows import Rows
from lsinfra.render.writing import as_json, cells, heads, rich_table
from lsinfra.snapshots import Entry, Snapshot, Verified, load, said
from lsinfra.text import Lang, printable, say
from lsinfra.weeks import Week

if TYPE_CHECKING:
    from rich.console import RenderableType

SCHEMA = "lsinfra.snapshot_list/1"


def list_json(entries: Iterable[Entry]) -> str:
    """Every file as JSON: ``figures`` of land and money and ``findings`` are counted; ``sha256``: its first 16 digits.

    A file that is not ``sound`` has null for what stands in it.
    """
    return as_json({"schema": SCHEMA, "snapshots": [_record(entry) for entry in entries]})


def list_rows(entries: Iterable[Entry]) -> Rows:
    """The rows of the JSON."""
    return Rows(SCHEMA, [_record(entry) for entry in entries])


def list_table(entries: Iterable[Entry], lang: Lang) -> list[RenderableType]:
    """The snapshots as a table for a terminal, a damaged file said to be so; a sentence where there is none."""
    table = rich_table("", heads(lang, "as_of", "week", "taken", "figures", "findings", "path"))
    for entry in entries:
        found = _loaded(entry)
        if found:
            figures, findings = str(_figures(found)), str(len(found.findings))
            taken = said(found.taken).write(lang) if found.taken else ""
        else:
            taken, figures, findings = say(lang, "snapshot.damaged"), "", ""
        as_of, week = day_text(entry.as_of, lang), Week.of(entry.as_of).write(lang)
        table.add_row(*cells(as_of, week, taken, figures, findings, printable(_path(entry))))
    return [table] if table.row_count else list(cells(say(lang, "snapshot.empty")))


def verified_lines(verified: Verified, lang: Lang) -> list[str]:
    """What is wrong with each file, then how many are sound."""
    lines = [fault.write(lang) for fault in verified.faults]
    if not verified.count and not lines:
        return [say(lang, "snapshot.empty")]
    return [*lines, say(lang, "snapshot.verified", count=verified.count, faults=len(lines))]


def _record(entry: Entry) -> dict[str, Any]:
    found = _loaded(entry)
    return {
        "as_of": entry.as_of.isoformat(),
        "week": Week.of(entry.as_of).iso,
        "taken": found.taken.isoformat() if found and found.taken else None,
        "figures": _figures(found) if found else None,
        "findings": len(found.findings) if found else None,
        "sound": found is not None,
        "path": _path(entry),
        "sha256": entry.digest,
    }


def _loaded(entry: Entry) -> Snapshot | None:
    try:
        return load(entry.path)
    except RunError:
        return None


def _figures(snapshot: Snapshot) -> int:
    return len(snapshot.progress.clearance) + len(snapshot.progress.disbursement)


def _path(entry: Entry) -> str:
    """As it is under the folder of the snapshots: the same on every machine."""
    return "/".join(entry.path.parts[-2:])
