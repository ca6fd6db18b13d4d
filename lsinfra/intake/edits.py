"""Accepted proposals → lines of ``projects.yaml``, and nothing else of it changed.

The file is edited as text: what is new is put between the lines that stand there. What comes out is read again, and
unless it says what the file said before and exactly the accepted observations besides, nothing is written.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from lsinfra import loader, yamlfile
from lsinfra import routes as _routes
from lsinfra.codes import Base, Stage
from lsinfra.errors import Fault, InputError, RunError, Severity, why
from lsinfra.fields import Id
from lsinfra.intake import keeping, layout, proposal_file
from lsinfra.intake.decisions import Confirmed, Decision, Entry, NewSource, Reviewed
from lsinfra.intake.doubts import BLOCKING, doubted_all
from lsinfra.intake.history import key_of, recorded, says_the_same
from lsinfra.intake.keeping import EditError
from lsinfra.intake.layout import Bare, Insertion, Node, Value
from lsinfra.intake.proposals import Proposal
from lsinfra.numerals import shown
from lsinfra.quantities import PartialDate, write_figure
from lsinfra.records import FILE, Project, Records, Source
from lsinfra.routes import Routes
from lsinfra.text import printable

# Where new keys go: behind those of the project that come before them in the model.
_ORDER = list(Project.model_fields)


@dataclass(frozen=True, slots=True)
class Applied:
    """What was written into ``projects.yaml``, or would be.

    Parameters
    ----------
    written
        The observations that are new, as they stand in the file now.
    already
        Accepted, but recorded before: nothing was written for them.
    source
        The key of the source that was entered; None for none.
    added
        Line number in the new file and text of every line that is new or has something new in it.
    backup
        Where the file as it was is kept; None where nothing was written.
    """

    path: Path
    written: tuple[Proposal, ...]
    already: tuple[Proposal, ...]
    source: str | None
    added: tuple[tuple[int, str], ...]
    backup: Path | None


def apply(
    root: Path,
    reviewed: Reviewed | Path,
    *,
    source: NewSource | None = None,
    today: date | None = None,
    dry_run: bool = False,
) -> Applied:
    """Write the accepted proposals into ``projects.yaml``; a second time nothing is left to write.

    Parameters
    ----------
    root
        The folder of ``projects.yaml``.
    reviewed
        Proposals with their decisions, or the file that holds them.
    source
        To be entered under ``sources`` and made the source of accepted proposals that have none; None for the one that
        ``reviewed`` brings.
    today
        The day of the run, for dates in the future; None to leave them unquestioned.
    dry_run
        Only say what would be written.

    Raises
    ------
    InputError
        Every accepted proposal that cannot be written, with why; or every fault of the file as it stands.
    EditError
        Somebody else edits the file, it changed meanwhile, or the new lines would change something else.
    RunError
        The file cannot be read or written. Whatever is raised, the file is as it was.
    """
    if isinstance(reviewed, Path):
        reviewed, _ = proposal_file.read(reviewed)
    path = root / FILE
    if dry_run:
        return _edit(path, reviewed, source, today)[0]
    with keeping.locked(path):
        applied, before, after = _edit(path, reviewed, source, today)
        if before == after:
            return applied
        backup = keeping.keep(root, FILE, before)
        keeping.swap(path, after, before)
    return replace(applied, backup=backup)


def _edit(path: Path, reviewed: Reviewed, source: NewSource | None, today: date | None) -> tuple[Applied, bytes, bytes]:
    """What is to be written, the bytes of the file, and its bytes with that."""
    raw, document = _read(path)
    records = loader.build(document)
    source = source or reviewed.source
    entries = [entry for entry in reviewed.entries if entry.decision is Decision.ACCEPT]
    if source:
        entries = [
            entry if entry.proposal.source else replace(entry, proposal=replace(entry.proposal, source=source.key))
            for entry in entries
        ]
        source = settled(source)
        source = source if is_new(records, source) else None
    geodata = path.parent / "geodata"
    routes = _routes.load(geodata, records.portfolio.metric_crs) if geodata.is_dir() else None
    new, already = _sorted_out(records, routes, entries, source, today)
    adding = _Adding(raw, document)
    # The source of nothing is no news.
    if source and any(proposal.source == source.key for proposal in new):
        adding.source(source)
    else:
        source = None
    for project in records.projects:
        adding.observations(project, [proposal for proposal in new if proposal.project == project.id])
    after, added = adding.finished()
    _check(path, after, adding.expected, new)
    applied = Applied(path, tuple(new), tuple(already), source.key if source else None, added, None)
    return applied, raw, after


def _read(path: Path) -> tuple[bytes, yamlfile.Document]:
    """The bytes of the file and what they say: read once, so that the two belong together."""
    try:
        raw = path.read_bytes() if path.stat().st_size <= yamlfile.MAX_BYTES else b""
        return raw, yamlfile.parse(_text(raw), shown(path.name))
    except OSError as error:
        raise RunError("unreadable", path=path, reason=why(error)) from None
    except (UnicodeDecodeError, InputError):
        loader.load(path)  # says all that is wrong with it
        raise EditError("changed_meanwhile", path=path) from None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


# --- what may be written --------------------------------------------------------------------------------------


def settled(source: NewSource) -> NewSource:
    """A source that is to be entered as the records will have it: each text on one line.

    Raises
    ------
    EditError
        Its key is none that the records may have (``fields.Id``).
    """
    try:
        TypeAdapter(Id).validate_python(source.key)
    except ValidationError:
        raise EditError("source_key", found=shown(source.key)) from None
    number, issuer = _line(source.number or "") or None, _line(source.issuer or "") or None
    return replace(source, title=_line(source.title), number=number, issuer=issuer)


def is_new(records: Records, source: NewSource) -> bool:
    """Whether the records do not list a settled source yet.

    Raises
    ------
    EditError
        They list another one under its key.
    """
    known = records.sources.get(source.key)
    if known is not None:
        refuse_another(known, source)
    return known is None


def refuse_another(known: Source, source: NewSource, *, kind_given: bool = True) -> None:
    """Refuse a settled source whose key the records have, unless all that is said of it is what they say.

    Raises
    ------
    EditError
        Title, kind, date, number or issuer is given and another.
    """
    issuer = known.issuer.vi if known.issuer else ""
    same = (
        source.title in {"", _line(known.title.vi), _line(known.title.en or "")},
        source.kind is known.kind or not kind_given,
        source.date in (None, known.date),
        source.number in (None, _line(known.number or "")),
        source.issuer in (None, _line(issuer)),
    )
    if not all(same):
        raise EditError("source_taken", found=source.key, where=known.where, title=known.title)


def _sorted_out(
    records: Records,
    routes: Routes | None,
    entries: Sequence[Entry],
    source: NewSource | None,
    today: date | None,
) -> tuple[list[Proposal], list[Proposal]]:
    """The accepted proposals that are new, and those that are recorded; refused if any of them cannot be written."""
    faults: list[Fault] = []
    new: dict[tuple[object, ...], tuple[Entry, Proposal]] = {}
    already: list[Proposal] = []
    histories = recorded(records)
    proposals = doubted_all([entry.proposal for entry in entries], records, routes, today)
    for entry, proposal in zip(entries, proposals, strict=True):
        same = [
            one
            for one in histories.get(key_of(proposal), ())
            if one.observed == proposal.observed and one.source == proposal.source
        ]
        if same and says_the_same(same[0].figure, proposal.figure):
            already.append(proposal)
            continue
        for doubt in proposal.doubts:
            if doubt.code == "unknown_source" and source and proposal.source == source.key:
                continue
            if doubt.severity is Severity.ERROR and doubt.code in BLOCKING:
                faults.append(_fault(entry, "cannot", doubt=doubt))
            elif doubt.severity is Severity.ERROR and not entry.settles(doubt):
                faults.append(_fault(entry, "unconfirmed", doubt=doubt, yes=str(Confirmed.all_of(proposal))))
        place = (key_of(proposal), proposal.observed, proposal.source)
        first, other = new.setdefault(place, (entry, proposal))
        if other.figure != proposal.figure:
            faults.append(_fault(entry, "accepted_twice", other=other.figure, position=shown(first.proposal.position)))
    for entry, proposal in new.values():
        if proposal.funding is not None and not _has_total(proposal, new.values(), histories):
            faults.append(_fault(entry, "total_missing"))
    if faults:
        raise InputError(faults)
    return [proposal for _, proposal in new.values()], already


def _has_total(proposal: Proposal, new: Any, histories: Mapping[Any, Sequence[Any]]) -> bool:
    """Whether the disbursement of all sources together, of which this is a part, is recorded or accepted."""
    whole = key_of(replace(proposal, funding=None))
    of = proposal.observed, proposal.source
    accepted = any(key_of(other) == whole and (other.observed, other.source) == of for _, other in new)
    return accepted or any((one.observed, one.source) == of for one in histories.get(whole, ()))


def _fault(entry: Entry, key: str, /, **values: object) -> Fault:
    proposal = entry.proposal
    where = f"{printable(proposal.position) or '–'} ({entry.id})"
    return Fault(where, "", f"intake.refused.{key}", {"figure": proposal.figure, **values})


# --- putting it in --------------------------------------------------------------------------------------------


class _Adding:
    """Gathers what is put into a text, and what the data must then be."""

    def __init__(self, raw: bytes, document: yamlfile.Document) -> None:
        self.raw, self.document = raw, document
        self.text = _text(raw)
        self.root = layout.outline(self.text)
        self.expected: Any = _plain(document.data)
        self.insertions: list[Insertion] = []

    def source(self, source: NewSource) -> None:
        table: dict[str, Value] = {"title": source.title}
        if source.number:
            table["number"] = source.number
        if source.issuer:
            table["issuer"] = source.issuer
        if source.date:
            table["date"] = source.date.iso
        table["kind"] = source.kind.value
        table = _composed(table)
        sources = self.root.at("sources")
        if sources is None:
            self.put(layout.add_key(self.text, self.root, "sources", {source.key: table}, ("portfolio",)))
        else:
            self.put(layout.add_key(self.text, self.table(sources, "sources"), source.key, table, ()))
        self.expected.setdefault("sources", {})[source.key] = table

    def observations(self, project: Project, proposals: Sequence[Proposal]) -> None:
        if not proposals:
            return
        n = next(n for n, table in enumerate(self.expected["projects"]) if table["id"] == project.id)
        node = self.root.at("projects", n)
        table = self.expected["projects"][n]
        land = list(_clearance(proposal for proposal in proposals if proposal.stage))
        money = []
        for entry in _disbursement(proposal for proposal in proposals if not proposal.stage):
            if (m := _entry_of(project, entry)) is None:
                money.append(entry)
            else:
                if "note" in entry:
                    raise EditError("note_without_place", where=project.disbursement[m].where)
                self.parts(node, n, m, entry["funding"])
        for name, entries in (("clearance", land), ("disbursement", money)):
            if entries:
                self.entries(self.table(node, project.id), name, entries)
                table[name] = [*table.get(name, []), *entries]

    def entries(self, node: Node, name: str, entries: Sequence[dict[str, Value]]) -> None:
        listed = node.at(name)
        if listed is None:
            self.put(layout.add_key(self.text, node, name, entries, _ORDER[: _ORDER.index(name)]))
        elif listed.kind != "list":
            raise EditError("shared", name=name)
        else:
            self.put(layout.append_items(self.text, listed, entries))

    def parts(self, project: Node | None, n: int, m: int, parts: Any) -> None:
        """The capital sources of a disbursement that is recorded already."""
        node = self.table(project.at("disbursement", m) if project else None, "disbursement")
        if (funding := node.at("funding")) is None:
            self.put(layout.add_key(self.text, node, "funding", parts, ("as_of", "plan_year", "base", "total")))
        else:
            for key, figure in parts.items():
                self.put(layout.add_key(self.text, self.table(funding, "funding"), key, figure, ()))
        spent = self.expected["projects"][n]["disbursement"][m]
        spent["funding"] = {**spent.get("funding", {}), **parts}

    def table(self, node: Node | None, name: str) -> Node:
        """A part that is a table; an alias is one that stands elsewhere too, where nothing may change."""
        if node is None or node.kind != "table":
            raise EditError("shared", name=name)
        return node

    def put(self, insertion: Insertion) -> None:
        self.insertions.append(insertion)

    def finished(self) -> tuple[bytes, tuple[tuple[int, str], ...]]:
        """The bytes of the file with everything put in; number and text of the lines that have something new."""
        body = self.raw.decode("utf-8-sig")
        ends = re.findall("\r\n|\r|\n", body)
        bodies, texts, lines = [], [], set()
        at, grown = 0, 0
        for insertion in sorted(self.insertions, key=lambda one: one.at):  # those at one place stay in order
            texts += [self.text[at : insertion.at], insertion.text]
            # The file's own line ends are kept, and go on as they were above.
            row = self.text.count("\n", 0, insertion.at)
            end = ends[row - 1] if row else (ends or ["\n"])[0]
            bodies += [_with_ends(self.text[at : insertion.at], ends, self.text.count("\n", 0, at))]
            bodies += [insertion.text.replace("\n", end)]
            first = row + grown + insertion.text.startswith("\n")
            grown += insertion.text.count("\n")
            lines |= set(range(first, row + grown + 1 - insertion.text.endswith("\n")))
            at = insertion.at
        texts.append(self.text[at:])
        bodies.append(_with_ends(self.text[at:], ends, self.text.count("\n", 0, at)))
        mark = self.raw[: len(codecs.BOM_UTF8)] if self.raw.startswith(codecs.BOM_UTF8) else b""
        found = "".join(texts).split("\n")
        return mark + "".join(bodies).encode(), tuple((n + 1, found[n]) for n in sorted(lines))


def _with_ends(text: str, ends: Sequence[str], row: int) -> str:
    """A piece of text with the line ends that its file has from a row on."""
    first, *others = text.split("\n")
    return first + "".join(end + line for end, line in zip(ends[row:], others, strict=False))


def _clearance(proposals: Iterator[Proposal]) -> Iterator[dict[str, Value]]:
    """Entries of land: the stages of one section, date and source together."""
    grouped: dict[tuple[PartialDate | None, str | None, str | None], list[Proposal]] = {}
    for proposal in proposals:
        grouped.setdefault((proposal.observed, proposal.section, proposal.source), []).append(proposal)
    for (observed, section, source), found in grouped.items():
        entry: dict[str, Value] = {"as_of": observed.iso if observed else ""}
        if section:
            entry["section"] = section
        for stage in Stage:
            if figures := [write_figure(proposal.figure) for proposal in found if proposal.stage is stage]:
                entry[stage.value] = figures[0] if len(figures) == 1 else figures
        yield _composed(entry | _remark(found) | {"source": source or ""})


def _disbursement(proposals: Iterator[Proposal]) -> Iterator[dict[str, Value]]:
    """Entries of money: the total and the capital sources of one date, plan year, base and source together."""
    grouped: dict[tuple[PartialDate | None, int | None, Base | None, bool, str | None], list[Proposal]] = {}
    for proposal in proposals:
        key = proposal.observed, proposal.plan_year, proposal.base, proposal.added_after_september, proposal.source
        grouped.setdefault(key, []).append(proposal)
    for (observed, year, base, added, source), found in grouped.items():
        entry: dict[str, Value] = {"as_of": observed.iso if observed else "", "plan_year": str(year), "base": str(base)}
        for whole in (proposal for proposal in found if proposal.funding is None):
            entry["total"] = write_figure(whole.figure)
        if parts := {str(proposal.funding): write_figure(proposal.figure) for proposal in found if proposal.funding}:
            entry["funding"] = parts
        if added:
            entry["added_after_september"] = Bare("true")
        yield _composed(entry | _remark(found) | {"source": source or ""})


def _remark(proposals: Sequence[Proposal]) -> dict[str, Value]:
    notes = dict.fromkeys(note for proposal in proposals if (note := _line(proposal.note or "")))
    text = ""
    for note in notes:  # a note that is a sentence needs no more than a blank after it
        text += (" " if text.endswith((".", ";", "!", "?")) else "; ") * bool(text) + note
    return {"note": text} if notes else {}


def _line(text: str) -> str:
    """A text of anybody's on one line, without what cannot be seen or may not stand in the records."""
    return printable(" ".join(unicodedata.normalize("NFC", text).split()))


def _entry_of(project: Project, entry: Mapping[str, Any]) -> int | None:
    """Which recorded disbursement an entry without a total adds its capital sources to; None where it has its own."""
    if "total" in entry:
        return None
    for m, spent in enumerate(project.disbursement):
        of = (spent.as_of.iso, str(spent.plan_year), spent.base.value, spent.source)
        same = of == tuple(entry[name] for name in ("as_of", "plan_year", "base", "source"))
        if same and spent.added_after_september is ("added_after_september" in entry):
            return m
    return None


def _composed(table: dict[str, Value]) -> dict[str, Value]:
    """The table as it will be read: texts in NFC."""

    def nfc(value: Value) -> Value:
        if isinstance(value, Bare):
            return value
        if isinstance(value, str):
            return unicodedata.normalize("NFC", value)
        return (
            {key: nfc(part) for key, part in value.items()} if isinstance(value, Mapping) else [nfc(v) for v in value]
        )

    return {key: nfc(value) for key, value in table.items()}


def _plain(value: Any) -> Any:
    """The data with nothing shared, so that adding to one place adds to no other."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value


def _check(path: Path, after: bytes, expected: Any, new: Sequence[Proposal]) -> None:
    """Read what would be written, and refuse unless it says exactly what it should."""
    if len(after) > yamlfile.MAX_BYTES:
        raise EditError("would_be_too_large", path=path, limit=f"{yamlfile.MAX_BYTES / 1e6:.0f}")
    try:
        document = yamlfile.parse(_text(after), shown(path.name))
        histories = recorded(loader.build(document))
    except InputError as error:
        raise EditError("would_not_load", path=path, reason=error) from None
    if _plain(document.data) != expected:
        raise EditError("would_change_more", path=path)
    for proposal in new:
        of = proposal.observed, proposal.source
        found = [one.figure for one in histories.get(key_of(proposal), ()) if (one.observed, one.source) == of]
        if found != [proposal.figure]:
            raise EditError("would_change_more", path=path)
