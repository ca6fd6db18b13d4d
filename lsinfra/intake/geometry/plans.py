"""What is asked for and what would come of it: ``Request`` and ``ImportPlan``, and what both kinds of plan need."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from lsinfra import placement, progress
from lsinfra.codes import Accuracy, Datum, Level
from lsinfra.errors import Finding, Severity
from lsinfra.intake.geometry import splicing
from lsinfra.intake.geometry.crs import OWN, Placed, place
from lsinfra.intake.geometry.drawing import Drawing, Note, Size, Wanted
from lsinfra.intake.geometry.store import Change
from lsinfra.numerals import shown
from lsinfra.portfolio import Portfolio
from lsinfra.records import Title
from lsinfra.routes import Routes, load
from lsinfra.subject import Subject
from lsinfra.text import Lang, say

README = "README.md"
_PLACED = (
    placement.sections_on_route,
    placement.stretch_outside_route,
    placement.issue_outside_route,
    placement.length_differs,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person asks for.

    Attributes
    ----------
    source, licence, dated : str
        Whose line it is, under which licence, of which day, month or year; without them nothing is imported. What is
        fetched brings them.
    attribution : str or None
        Who must be named; a licence that asks for it (CC BY, ODbL) is refused without.
    accuracy : "survey" or "schematic", or None
        Never guessed. A schematic one must own up to its uncertainty.
    uncertainty_m : float or None
        How far the real line may lie from this one, metres.
    today : date
        The day of the import, for the README.
    crs, assume, swap
        See ``crs.place``.
    reverse : bool
        Turn the line round; only where no two published chainages say its direction.
    cut : bool
        Keep of the line only what lies between the ends of the old drawing.
    tolerance_m : float
        See ``joining.join``.
    partial : bool or None
        The file holds only a part of the route; None leaves what the old drawing says, and where the new line does
        not cover the same it is asked for.
    anyway : bool
        Let a plan with errors be written: the person has looked at them.
    name_field, code_field : str or None
        Which attribute names a unit; None to find it.
    valid_from, valid_until : str or None
        Days between which boundaries are valid, ISO.
    lang : str
        Of a README that is made; what is added to one that is there is in its own language.
    """

    today: date
    source: str = ""
    licence: str = ""
    dated: str = ""
    attribution: str | None = None
    accuracy: Accuracy | None = None
    uncertainty_m: float | None = None
    wanted: Wanted = field(default_factory=Wanted)
    crs: str | None = None
    assume: Datum | None = None
    swap: bool = False
    reverse: bool = False
    cut: bool = False
    tolerance_m: float = 1.0
    partial: bool | None = None
    anyway: bool = False
    name_field: str | None = None
    code_field: str | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    lang: Lang = "vi"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the report: a key under ``geoimport.report.`` and its values."""

    code: str
    values: dict[str, object]

    def write(self, lang: Lang) -> str:
        return say(lang, f"geoimport.report.{self.code}", **self.values)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Everything an import would change; nothing is written before ``commit``.

    Attributes
    ----------
    what : str
        The route's id, or the file of the boundaries.
    facts : tuple of Line
        Lengths, distances, chainages, in the order in which a person reads them.
    notes : tuple of Note
        Doubts about the file and what is drawn in it.
    findings : tuple of Finding
        Doubts about the records that the new line would bring and the old one did not.
    anyway : bool
        Whether it may be written in spite of errors among the doubts, which otherwise keep it from that.
    """

    geodata: Path
    what: str
    changes: tuple[Change, ...]
    facts: tuple[Line, ...]
    notes: tuple[Note, ...]
    findings: tuple[Finding, ...]
    anyway: bool

    @property
    def errors(self) -> int:
        """How many of the doubts are errors."""
        severities = [note.severity for note in self.notes] + [finding.severity for finding in self.findings]
        return severities.count(Severity.ERROR)

    @property
    def blocked(self) -> bool:
        return self.errors > 0 and not self.anyway

    def write(self, lang: Lang) -> str:
        """The report, one sentence a line."""
        lines = [fact.write(lang) for fact in self.facts]
        lines += [f"{say(lang, f'geoimport.severity.{one.severity}')}: {one.write(lang)}" for one in self.notes]
        lines += [f"{say(lang, f'geoimport.severity.{one.severity}')}: {one.message(lang)}" for one in self.findings]
        files = ", ".join(f"{self.geodata.name}/{change.name}" for change in self.changes)
        return "\n".join([*lines, say(lang, "geoimport.would_write", files=files)])

    def as_dict(self) -> dict[str, Any]:
        """The same for a script; sentences in English."""
        notes = [{"code": one.code, "severity": str(one.severity), "message": one.write("en")} for one in self.notes]
        findings = [
            {"code": one.code, "severity": str(one.severity), "project": one.project, "message": one.message("en")}
            for one in self.findings
        ]
        facts = [{"code": one.code, **{key: _plain(value) for key, value in one.values.items()}} for one in self.facts]
        return {"schema": "lsinfra.geodata-plan/1", "what": self.what, "files": [one.name for one in self.changes],
                "blocked": self.blocked, "facts": facts, "notes": notes, "findings": findings}  # fmt: skip


# --- what both kinds of plan need ----------------------------------------------------------------------------------


def placed(
    drawing: Drawing, asked: Request, known: Routes, *, near: Any = None, route: str | None = None,
    level: Level | None = None,
) -> Placed:  # fmt: skip
    """See ``crs.place``. What is replaced, and what the same source drew, may have the same fault as the file."""
    source = spoken_source(asked)
    alignments = {name: line for name, line in known.alignments.items() if name != route and line.source != source}
    units = tuple(unit for unit in known.units if unit.level is not level and unit.source != source)
    others = replace(known, alignments=alignments, units=units)
    given: dict[str, Any] = {"crs": asked.crs, "assume": asked.assume, "swap": asked.swap, "near": near}
    return place(drawing, **given, known=known, others=others)


def file_facts(drawing: Drawing, where: Placed, asked: Request) -> list[Line]:
    """What was read, whose it is, and how it came to WGS84."""
    values: dict[str, object] = {"file": shown(drawing.name), "sha256": drawing.sha256[:16]}
    facts = [Line("file", {**values, "count": len(drawing.shapes), "crs": where.crs})]
    whose = {"source": asked.source.strip(), "dated": asked.dated.strip(), "licence": asked.licence.strip()}
    owed: dict[str, object] = {**whose, "credit": asked.attribution}
    facts.append(Line("provenance_credit", owed) if asked.attribution else Line("provenance", {**whose}))
    if where.step:
        facts.append(Line("step_own", {}) if where.step == OWN else Line("step", {"step": where.step}))
    layers = list(dict.fromkeys(shape.layer for shape in drawing.shapes if shape.layer))
    if len(layers) > 1:
        facts.append(Line("layers", {"layers": ", ".join(shown(layer) for layer in layers[:20])}))
    if drawing.encoding:
        facts.append(Line("encoding", {"encoding": drawing.encoding}))
    if left := [Line(f"left.{kind}", {"count": count}) for kind, count in sorted(drawing.left_out.items()) if count]:
        facts.append(Line("left_out", {"what": Listed(tuple(left))}))
    return facts


@dataclass(frozen=True, slots=True)
class Listed:
    """Things said one after another, in a sentence."""

    things: tuple[Line | Title, ...]

    def write(self, lang: Lang) -> str:
        return ", ".join(thing.write(lang) for thing in self.things)


def spoken_source(asked: Request) -> str:
    """The source as the feature carries it, shown with the route wherever its source is."""
    return f"{asked.source.strip()}; {asked.dated.strip()}; {asked.licence.strip()}"


def text_of(geodata: Path, name: str) -> str | None:
    """A file of the folder as text with its line ends and its BOM; None where there is none."""
    try:
        return (geodata / name).read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None


def readme_change(
    geodata: Path, what: str, drawing: Drawing, asked: Request, km: str | None, detail: Callable[[Lang], str]
) -> Change:
    """The row of an import in ``geodata/README.md``, in the language of what stands there."""
    before = text_of(geodata, README)
    lang = splicing.language(before or "", asked.lang)
    attribution = asked.attribution or "—"
    cells = [drawing.name, detail(lang), asked.source, asked.dated, asked.licence, attribution, asked.today.isoformat()]
    text = splicing.entered(before or "", what, cells, route_km=km, lang=lang)
    return Change(README, None if before is None else before.encode(), text.encode())


def tried(geodata: Path, changes: Sequence[Change], metric_crs: str) -> Routes:
    """The folder as it would be, read as every command reads it.

    Raises
    ------
    InputError
        It would have faults.
    """
    with tempfile.TemporaryDirectory(prefix="lsinfra-") as folder:
        copy = Path(folder) / "geodata"
        copy.mkdir()
        for path in geodata.glob("*.geojson"):
            (copy / path.name).write_bytes(path.read_bytes())
        for change in changes:
            if change.name.endswith(".geojson"):
                (copy / change.name).write_bytes(change.after)
        return load(copy, metric_crs)


def new_findings(before: Portfolio, routes: Routes, today: date) -> tuple[Finding, ...]:
    """Doubts about where the records' sections, stretches and obstacles lie that the new drawing would bring."""

    def found(portfolio: Portfolio) -> list[Finding]:
        subject = Subject(portfolio, progress.measure(portfolio, today), today)
        return [doubt for check in _PLACED for doubt in check(subject)]

    told = {_key(one) for one in found(before)}
    return tuple(one for one in found(Portfolio(before.records, routes)) if _key(one) not in told)


def _key(finding: Finding) -> tuple[object, ...]:
    return finding.code, finding.project, finding.section, finding.message("en")


def _plain(value: object) -> object:
    if isinstance(value, (int, float, str)) or value is None:
        return value
    if isinstance(value, Size):
        return round(value.value, value.decimals)
    write = getattr(value, "write", None)
    return write("en") if write else str(value)
