"""The file in which proposals are decided upon: JSON (``lsinfra.intake/1``), or a table for a spreadsheet.

``figure`` is what counts; ``value``, ``total``, ``stated_percent`` and ``measure`` repeat it for scripts and must agree
with it. Both are read back with every fault at once.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from lsinfra import csvfile
from lsinfra.codes import Base, Funding, SourceKind, Stage
from lsinfra.csvfile import Style
from lsinfra.dates import YEARS, read_date
from lsinfra.errors import Fault, InputError, LsinfraError, RunError, Severity, why
from lsinfra.fields import hint
from lsinfra.intake import keeping
from lsinfra.intake.decisions import Confirmed, Decision, Entry, NewSource, Reviewed
from lsinfra.intake.keeping import EditError
from lsinfra.intake.proposals import ID_DIGITS, Confidence, Doubt, Proposal, Unread
from lsinfra.numerals import shown
from lsinfra.quantities import Figure, read_figure, write_figure
from lsinfra.text import Lang

SCHEMA = "lsinfra.intake/1"
DISBURSEMENT = "disbursement"
"""What stands for the stage of a figure of money."""
MAX_BYTES = 60_000_000
MAX_TEXT = 5_000
MAX_ROWS = 100_000  # proposals, doubts and unread places together
MAX_MARKS = 8_000_000  # commas and brackets, before a file is taken apart: each stands for a value in memory
MAX_FAULTS = 1_000  # that are told at once

_UNREAD = "unread"
_DOUBT_LINE = re.compile(rf"({'|'.join(Severity)}) (\w+): (.*)")
_SPOKEN_DATE = re.compile(r"(?:ngày|tháng) +", re.IGNORECASE)


# --- writing --------------------------------------------------------------------------------------------------


def as_record(entry: Entry, lang: Lang) -> dict[str, Any]:
    """An entry with the keys of the JSON: those of a row of ``progress``, and what a reviewer needs."""
    proposal, figure = entry.proposal, entry.proposal.figure
    return {
        "id": entry.id,
        "decision": entry.decision.value,
        "confirmed": str(entry.confirmed) if entry.confirmed else None,
        "edited": entry.edited,
        "project": proposal.project,
        "section": proposal.section,
        "stage": proposal.stage.value if proposal.stage else DISBURSEMENT,
        "plan_year": proposal.plan_year,
        "base": proposal.base.value if proposal.base else None,
        "funding": proposal.funding.value if proposal.funding else None,
        "added_after_september": proposal.added_after_september,
        **_repeated(figure),
        "observed": proposal.observed.iso if proposal.observed else None,
        "source": proposal.source,
        "figure": write_figure(figure),
        "read": entry.read,
        "note": proposal.note,
        "quote": proposal.quote,
        "position": proposal.position,
        "confidence": proposal.confidence.value,
        "findings": [_doubt(doubt, lang) for doubt in proposal.doubts],
    }


def _doubt(doubt: Doubt, lang: Lang) -> dict[str, str]:
    return {"code": doubt.code, "severity": doubt.severity.value, "message": doubt.message(lang)}


def _amount(value: Decimal | None) -> int | float | None:
    return None if value is None else int(value) if value == value.to_integral_value() else float(value)


def to_record(reviewed: Reviewed, lang: Lang) -> dict[str, Any]:
    """The whole file as JSON has it."""
    return {
        "schema": SCHEMA,
        "input": {"name": reviewed.input, "sha256": reviewed.sha256},
        "source": _source_record(reviewed.source),
        "proposals": [as_record(entry, lang) for entry in reviewed.entries],
        "unread": [
            {"quote": unread.quote, "position": unread.position, "why": _doubt(unread.why, lang)}
            for unread in reviewed.unread
        ],
    }


def to_json(reviewed: Reviewed, lang: Lang) -> str:
    """The whole file as JSON, two spaces, Vietnamese as it is."""
    text = json.dumps(to_record(reviewed, lang), ensure_ascii=False, indent=2, allow_nan=False)
    return text.replace("\u2028", "\\u2028") + "\n"


def _source_record(source: NewSource | None) -> dict[str, str | None] | None:
    if source is None:
        return None
    return {
        "key": source.key,
        "title": source.title,
        "kind": source.kind.value,
        "date": source.date.iso if source.date else None,
        "number": source.number,
        "issuer": source.issuer,
    }


COLUMNS = (
    *("id", "decision", "confirmed", "project", "section", "stage", "plan_year", "base", "funding"),
    *("added_after_september", "figure", "read"),
    *("observed", "source", "note", "quote", "position", "confidence", "findings", "input", "sha256"),
    "new_source",
)


def to_csv(reviewed: Reviewed, lang: Lang, style: Style = Style.BOM) -> str:
    """A table for a spreadsheet: it begins with a byte order mark, asked for or not, and no cell is a formula.

    What a spreadsheet would make a date or a number of is written so that it leaves it alone: ``#`` before the id,
    ``ngày`` before a date. What a table has no place for stands in every row: the input, and as JSON the new source.
    """
    rows: list[dict[str, Any]] = []
    new = json.dumps(_source_record(reviewed.source), ensure_ascii=False) if reviewed.source else None
    of = {"input": reviewed.input, "sha256": f"#{reviewed.sha256}", "new_source": new}
    for entry in reviewed.entries:
        row = as_record(entry, lang) | of
        observed = entry.proposal.observed
        row["id"] = f"#{entry.id}"
        row["added_after_september"] = "yes" if entry.proposal.added_after_september else ""
        row["observed"] = f"{'tháng' if observed.day is None else 'ngày'} {observed.iso}" if observed else None
        row["findings"] = "\n".join(_doubt_line(doubt, lang) for doubt in entry.proposal.doubts)
        rows.append(row)
    for unread in reviewed.unread:
        row = dict.fromkeys(COLUMNS) | {"decision": _UNREAD, "quote": unread.quote, "position": unread.position}
        row |= {"findings": _doubt_line(unread.why, lang)} | of
        rows.append(row)
    return csvfile.written(COLUMNS, rows, Style.EXCEL if style is Style.EXCEL else Style.BOM, "\r\n")


def _doubt_line(doubt: Doubt, lang: Lang) -> str:
    return f"{doubt.severity.value} {doubt.code}: {' '.join(doubt.message(lang).split())}"


def save(path: Path, reviewed: Reviewed, before: bytes | None, lang: Lang) -> bytes:
    """Write a proposals file, as a table where its name ends in ``.csv``, and return its bytes.

    Parameters
    ----------
    before
        What the file holds, None when it is not there yet; ``keeping.swap`` refuses when it holds something else.
    """
    # Between its cells what was there: a table that Excel opens on this machine must stay one.
    style = Style.EXCEL if before and _mark(before.decode("utf-8", "replace")) == ";" else Style.BOM
    text = to_csv(reviewed, lang, style) if path.suffix.lower() == ".csv" else to_json(reviewed, lang)
    data = text.encode("utf-8", "backslashreplace")
    if data != before:
        keeping.swap(path, data, before)
    return data


# --- reading --------------------------------------------------------------------------------------------------


def read(path: Path) -> tuple[Reviewed, bytes]:
    """Read a proposals file, JSON or a table as ``to_csv`` writes it, and its bytes.

    Raises
    ------
    InputError
        Every fault of the file, of thousands the first thousand.
    EditError
        It is no proposals file at all, or of a newer lsinfra.
    RunError
        The file cannot be read.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise EditError("file_too_large", path=path, limit=f"{MAX_BYTES / 1e6:.0f}")
        data = path.read_bytes()
    except OSError as error:
        raise RunError("unreadable", path=path, reason=why(error)) from None
    try:
        wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")  # a spreadsheet's "Unicode text"
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise EditError("not_utf8", path=path) from None
    if sum(map(text.count, ",;\t[{")) > MAX_MARKS:
        raise EditError("too_many_values", path=path, limit=f"{MAX_MARKS / 1e6:.0f}")
    if text.lstrip()[:1] == "{":
        return _from_json(path, text), data
    return _from_csv(path, text), data


@dataclass
class _Reader:
    """Reads the fields of a row, and gathers what is wrong with them."""

    faults: list[Fault] = field(default_factory=list)
    rows: int = 0

    def fault(self, where: str, key: str, /, **values: object) -> None:
        self.add(Fault(where, "", f"intake.file.{key}", values))

    def add(self, fault: Fault) -> None:
        self.faults.append(fault)
        if len(self.faults) >= MAX_FAULTS:
            raise InputError(self.faults)

    def count(self, where: str, number: int) -> None:
        self.rows += number
        if self.rows > MAX_ROWS:
            self.fault(where, "too_many_rows", limit=MAX_ROWS)
            raise InputError(self.faults)

    def text(self, row: Mapping[str, Any], name: str, where: str) -> str | None:
        """The text of a field; None where there is none."""
        value = row.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self.fault(f"{where}.{name}", "not_text", found=shown(str(value)))
            return None
        if len(value) > MAX_TEXT:
            self.fault(f"{where}.{name}", "too_long", length=len(value), limit=MAX_TEXT)
            return None
        return value

    def code(self, row: Mapping[str, Any], name: str, codes: type[StrEnum], where: str) -> Any:
        """The code of a field; None where there is none, or no such."""
        if (value := self.text(row, name, where)) is None:
            return None
        known = [str(code) for code in codes]
        if value.strip().casefold() not in known:
            close = hint(value, known)
            self.fault(f"{where}.{name}", "not_in_list", found=shown(value), expected=", ".join(known), hint=close)
            return None
        return codes(value.strip().casefold())

    def stage(self, row: Mapping[str, Any], where: str) -> Stage | None:
        """The stage of a figure of land; None for disbursement, which may be left empty."""
        value = self.text(row, "stage", where)
        if value is None or value.strip().casefold() == DISBURSEMENT:
            return None
        known = [*map(str, Stage), DISBURSEMENT]
        if value.strip().casefold() not in known:
            said: dict[str, object] = {"found": shown(value), "expected": ", ".join(known), "hint": hint(value, known)}
            self.fault(f"{where}.stage", "not_in_list", **said)
            return None
        return Stage(value.strip().casefold())

    def read(self, row: Mapping[str, Any], name: str, where: str, reader: Callable[[str], Any]) -> Any:
        """What ``reader`` makes of the text of a field; None where there is none, or it cannot be read."""
        if (value := self.text(row, name, where)) is None:
            return None
        try:
            return reader(value)
        except LsinfraError as error:
            self.add(Fault(f"{where}.{name}", "", f"{error.group}.{error.key}", error.values))
            return None

    def year(self, row: Mapping[str, Any], where: str) -> int | None:
        value = row.get("plan_year")
        if value is None or value == "":
            return None
        text = str(value).strip()
        if isinstance(value, bool) or not re.fullmatch("[0-9]{4}", text) or not YEARS[0] <= int(text) < YEARS[1]:
            self.fault(f"{where}.plan_year", "not_a_year", found=shown(text), low=YEARS[0], high=YEARS[1] - 1)
            return None
        return int(text)

    def truth(self, row: Mapping[str, Any], name: str, where: str) -> bool:
        value = row.get(name)
        text = str(value).strip().casefold()
        if value in (None, "") or text in {"false", "no", "0"}:
            return False
        if text not in {"true", "yes", "1"}:
            self.fault(f"{where}.{name}", "not_true_or_false", found=shown(str(value)))
        return True

    def confirmed(self, row: Mapping[str, Any], where: str) -> Confirmed | None:
        """What was confirmed; a bare ``true`` does not say what, and is none."""
        text = str(row.get("confirmed") or "").strip()
        if text.casefold() in {"", "false", "no", "0", "true", "yes", "1"}:
            return None
        if (found := Confirmed.read(text)) is None:
            self.fault(f"{where}.confirmed", "not_confirmed", found=shown(text))
        return found

    def entry(self, row: Mapping[str, Any], where: str, doubts: tuple[Doubt, ...]) -> Entry | None:
        """The entry of a row, None where its faults leave nothing to go on."""
        figure: Figure | None = self.read(row, "figure", where, read_figure)
        if row.get("figure") in (None, ""):
            self.fault(f"{where}.figure", "no_figure")
        read: Figure | None = self.read(row, "read", where, read_figure)
        if figure is not None:
            self.agreeing(row, figure, read, where)
        found_id = (self.text(row, "id", where) or "").removeprefix("#")
        if found_id and not re.fullmatch(f"[0-9a-f]{{{ID_DIGITS}}}", found_id):
            self.fault(f"{where}.id", "not_an_id", found=shown(found_id))
        decision = self.code(row, "decision", Decision, where) or Decision.PENDING
        # Quotes are read as they are: only what is edited may be wrong.
        values = (
            self.text(row, "project", where),
            self.text(row, "section", where),
            self.stage(row, where),
            self.year(row, where),
            self.code(row, "base", Base, where),
            self.code(row, "funding", Funding, where),
        )
        observed = self.read(row, "observed", where, lambda text: read_date(_SPOKEN_DATE.sub("", text.strip(), 1)))
        source, note = self.text(row, "source", where), self.text(row, "note", where)
        quote, position = self.text(row, "quote", where) or "", self.text(row, "position", where) or ""
        confidence = self.code(row, "confidence", Confidence, where) or Confidence.LOW
        confirmed, added = self.confirmed(row, where), self.truth(row, "added_after_september", where)
        if figure is None:
            return None
        proposal = Proposal(*values, figure, observed, source, note, quote, position, confidence, doubts, added)
        return Entry(proposal, decision, found_id or proposal.id, confirmed, write_figure(read) if read else None)

    def agreeing(self, row: Mapping[str, Any], figure: Figure, read: Figure | None, where: str) -> None:
        """What repeats the figure must agree with it, or with what was read when the figure alone was edited."""
        now, then = _repeated(figure), _repeated(read or figure)
        for name in now:
            if name in row and row[name] != now[name] and (row[name] != then[name] or figure == read):
                values = {"name": name, "found": shown(str(row[name])), "figure": figure}
                self.fault(f"{where}.{name}", "disagrees", **values)


def _repeated(figure: Figure) -> dict[str, Any]:
    """What repeats a figure for scripts: amounts in ha, km, counts, đồng."""
    return {
        "measure": figure.measure.value,
        "value": _amount(figure.amount),
        "total": _amount(figure.total_amount),
        "stated_percent": _amount(figure.percent),
        "about": figure.about,
    }


def _from_json(path: Path, text: str) -> Reviewed:
    try:
        found = json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise EditError("not_json", path=path, line=line) from None
    schema = found.get("schema")
    if schema != SCHEMA:
        key = (
            "newer" if isinstance(schema, str) and re.fullmatch(r"lsinfra\.intake/[0-9]{1,6}", schema) else "no_schema"
        )
        raise EditError(key, path=path, found=shown(str(schema)), known=SCHEMA)
    reader = _Reader()
    name = shown(path.name)
    at = found.get("input") if isinstance(found.get("input"), dict) else {}
    entries = []
    for n, row in enumerate(_rows(reader, found, "proposals", name)):
        where = f"{name}: proposals[{n}]"
        if unknown := sorted(set(row) - set(_KEYS)):
            reader.fault(where, "unknown_keys", found=shown(", ".join(unknown)), expected=", ".join(_KEYS))
        doubts = tuple(_said(reader, doubt, where) for doubt in _rows(reader, row, "findings", where))
        entries.append(reader.entry(row, where, doubts))
    unread = []
    for n, row in enumerate(_rows(reader, found, "unread", name)):
        where = f"{name}: unread[{n}]"
        doubt = row.get("why") if isinstance(row.get("why"), dict) else {}
        quote, position = reader.text(row, "quote", where) or "", reader.text(row, "position", where) or ""
        unread.append(Unread(quote, position, _said(reader, doubt or {}, where)))
    source = _source(reader, found.get("source"), f"{name}: source")
    of = reader.text(at, "name", f"{name}: input") or "", reader.text(at, "sha256", f"{name}: input") or ""
    return _sound(reader, Reviewed(*of, tuple(entry for entry in entries if entry), tuple(unread), source), name)


_KEYS = (
    *("id", "decision", "confirmed", "edited", "project", "section", "stage", "plan_year", "base", "funding"),
    *("added_after_september", "measure", "value", "total", "stated_percent", "about", "observed", "source", "figure"),
    *("read", "note", "quote", "position", "confidence", "findings"),
)


def _rows(reader: _Reader, table: Mapping[str, Any], name: str, where: str) -> Iterator[dict[str, Any]]:
    rows = table.get(name, [])
    if not isinstance(rows, list):
        reader.fault(f"{where}.{name}", "not_a_list")
        return
    reader.count(where, len(rows))
    for n, row in enumerate(rows):
        if isinstance(row, dict):
            yield row
        else:
            reader.fault(f"{where}.{name}[{n}]", "not_a_table", found=shown(str(row)))


def _said(reader: _Reader, row: Mapping[str, Any], where: str) -> Doubt:
    code = reader.text(row, "code", where) or "?"
    severity = reader.code(row, "severity", Severity, where) or Severity.WARNING
    return Doubt(code, {}, severity, said=reader.text(row, "message", where) or code)


def _source(reader: _Reader, row: object, where: str) -> NewSource | None:
    if row is None:
        return None
    if not isinstance(row, dict):
        reader.fault(where, "not_a_table", found=shown(str(row)))
        return None
    key, title = reader.text(row, "key", where), reader.text(row, "title", where)
    if key is None or title is None:
        reader.fault(where, "source_half")
        return None
    kind = reader.code(row, "kind", SourceKind, where) or SourceKind.OFFICIAL
    date = reader.read(row, "date", where, read_date)
    return NewSource(key, title, kind, date, reader.text(row, "number", where), reader.text(row, "issuer", where))


def _from_csv(path: Path, text: str) -> Reviewed:
    name = shown(path.name)
    try:
        table = csv.reader(io.StringIO(text, newline=""), delimiter=_mark(text), strict=True)
        rows = list(islice(table, MAX_ROWS + 2))
    except csv.Error:
        raise EditError("not_a_table", path=path, expected=", ".join(COLUMNS)) from None
    columns = [column.strip().casefold() for column in rows[0]] if rows else []
    if not {"decision", "figure", "project"} <= set(columns):
        raise EditError("not_a_table", path=path, expected=", ".join(COLUMNS))
    reader = _Reader()
    reader.count(name, len(rows) - 1)
    if unknown := [column for column in columns if column and column not in COLUMNS]:
        reader.fault(f"{name}:1", "unknown_keys", found=shown(", ".join(unknown)), expected=", ".join(COLUMNS))
    entries: list[Entry | None] = []
    unread: list[Unread] = []
    of, new = ("", ""), ""
    for n, cells in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        row = {column: csvfile.unguarded(cell) for column, cell in zip(columns, cells, strict=False)}
        where = f"{name}: {n}"
        of = of if any(of) else (row.get("input", ""), row.get("sha256", "").removeprefix("#"))
        new = new or row.get("new_source", "")
        doubts = tuple(_doubts_of(row.get("findings", "")))
        if row.get("decision", "").strip().casefold() == _UNREAD:
            why_ = doubts[0] if doubts else Doubt(_UNREAD, said="")
            unread.append(Unread(row.get("quote", ""), row.get("position", ""), why_))
        else:
            entries.append(reader.entry(row, where, doubts))
    source = _source(reader, _object(new), f"{name}: new_source")
    return _sound(reader, Reviewed(*of, tuple(entry for entry in entries if entry), tuple(unread), source), name)


def _mark(text: str) -> str:
    """What stands between the cells of a table."""
    return max(",;\t", key=text.partition("\n")[0].count)


def _object(text: str) -> object:
    """What a cell of JSON says; the text itself where it is none."""
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return text


def _doubts_of(text: str) -> Iterator[Doubt]:
    """Doubts as ``_doubt_line`` wrote them; another line is somebody's own remark."""
    for line in text.splitlines():
        if match := _DOUBT_LINE.fullmatch(line.strip()):
            yield Doubt(match[2], {}, Severity(match[1]), said=match[3])


def _sound(reader: _Reader, reviewed: Reviewed, name: str) -> Reviewed:
    seen: set[str] = set()
    for entry in reviewed.entries:
        if entry.id in seen:
            reader.fault(f"{name}: {entry.id}", "id_twice")
        seen.add(entry.id)
    if reader.faults:
        raise InputError(reader.faults)
    return reviewed


def _no_number(text: str) -> None:
    raise ValueError(text)


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("a key stands there twice")
    return table
