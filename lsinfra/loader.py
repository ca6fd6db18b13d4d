"""``projects.yaml`` → records, or every fault of the file at once, each with its place and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from lsinfra import yamlfile
from lsinfra.errors import Fault, InputError, LsinfraError, RunError, why
from lsinfra.fields import found, hint
from lsinfra.numerals import shown
from lsinfra.records import FILE, Clearance, Project, Record, Records, Stretch
from lsinfra.text import Word


def find_root(start: Path | None = None) -> Path:
    """The folder of ``projects.yaml``: ``start`` (None: the working folder) or the nearest above it.

    Raises
    ------
    RunError
        None of them has one, or the working folder is gone.
    """
    try:
        first = start or Path.cwd()
    except OSError as error:
        raise RunError("unreadable", path=".", reason=why(error)) from None
    for folder in (first, *first.parents):
        if (folder / FILE).is_file():
            return folder
    raise RunError("no_root", path=first)


def load(path: Path) -> Records:
    """Read ``projects.yaml``.

    Raises
    ------
    RunError
        The file is missing or cannot be read.
    InputError
        Every fault of the file, in the order of its lines.
    """
    return build(yamlfile.read(path))


def build(document: yamlfile.Document) -> Records:
    """Records of a document that was read; raises InputError as ``load`` does."""
    if not isinstance(document.data, dict):
        raise InputError([Fault(document.where(()), "", "fault.not_a_table", {"found": found(document.data)})])
    try:
        records = Records.model_validate(document.data)
    except ValidationError as error:
        faults = [_fault(document, dict(item)) for item in error.errors(include_url=False, include_input=True)]
        # A figure cut in two is met at both halves and said once.
        raise InputError(fault for fault, _ in groupby(sorted(faults, key=yamlfile.place_of))) from None
    if faults := list(_loose_ends(document, records)):
        raise InputError(sorted(faults, key=yamlfile.place_of))
    return records


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of ``projects.yaml`` for editors."""
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Records.model_json_schema(by_alias=True)
    # Keys that are ids: pydantic says what they look like, and leaves every other key allowed.
    made["properties"]["sources"]["additionalProperties"] = False
    return made


def _fault(document: yamlfile.Document, error: dict[str, Any]) -> Fault:
    """One of pydantic's errors in our words, at its place in the file."""
    on_key = "[key]" in error["loc"]
    loc = tuple(part for part in error["loc"] if part != "[key]")
    if "parts" in loc and loc[: loc.index("parts") + 1] not in document.values:
        # route, from, to written beside the section's id
        at = loc.index("parts")
        loc = loc[:at] + loc[at + 2 :]
    path = document.real(loc)
    cause = error.get("ctx", {}).get("error")
    name = str(loc[-1]) if loc else ""
    if split := document.cut_by_comma(path, unknown=error["type"] == "extra_forbidden"):
        head, cut = split
        return Fault(document.where(head), yamlfile.spell(head), "fault.split_by_comma", {"found": shown(cut)})
    if error["type"] == "missing":
        return Fault(document.where(path), yamlfile.spell(path), "fault.missing", {"name": name})
    if error["type"] == "extra_forbidden":
        known = _keys_at(loc[:-1])
        values: dict[str, object] = {"found": shown(name), "expected": ", ".join(known), "hint": hint(name, known)}
        return Fault(document.where(loc, key=True), yamlfile.spell(loc[:-1]), "fault.unknown_key", values)
    place = document.where(path, key=on_key)
    if isinstance(cause, LsinfraError):
        return Fault(place, yamlfile.spell(path), f"{cause.group}.{cause.key}", cause.values)
    expected = Word(f"word.expected.{'list' if error['type'] in {'tuple_type', 'list_type'} else 'table'}")
    return Fault(
        place, yamlfile.spell(path), "fault.not_written", {"found": found(error["input"]), "expected": expected}
    )


def _keys_at(loc: tuple[str | int, ...]) -> list[str]:
    """The keys a table may have at a place of the file."""
    model: type[Record] = Records
    for part in loc:
        field = next((f for name, f in model.model_fields.items() if (f.alias or name) == part), None)
        if field is not None:
            model = _model_in(field.annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[Record] | None:
    """The record a field's type holds, under whatever tuple, dict or None."""
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part))), None)


def _loose_ends(document: yamlfile.Document, records: Records) -> Iterator[Fault]:
    """What a table alone cannot know: ids given twice, sections that are not there."""

    def fault(path: yamlfile.Path_, key: str, **values: object) -> Fault:
        return Fault(document.where(path), yamlfile.spell(path), f"fault.{key}", values)

    path: yamlfile.Path_
    seen: dict[str, str] = {}
    for group in ("projects", "proposals", "finished", "indicators"):
        for n, record in enumerate(getattr(records, group)):
            path = (group, n, "id")
            if record.id in seen:
                yield fault(path, "duplicate_id", found=record.id, first=seen[record.id])
            seen.setdefault(record.id, document.where(path))
    for path, unknown, projects in _unknown_projects(records):
        values = {"expected": ", ".join(projects) or "–", "hint": hint(unknown, projects)}
        yield fault(path, "unknown_project", found=unknown, **values)
    for n, project in enumerate(records.projects):
        known: dict[str, str] = {}
        for m, part in enumerate(project.sections):
            path = ("projects", n, "sections", m, "id")
            if part.id in known:
                yield fault(path, "duplicate_id", found=part.id, first=known[part.id])
            known.setdefault(part.id, document.where(path))
        named = [("clearance", m, seen.section) for m, seen in enumerate(project.clearance)]
        named += [("plan", m, target.section) for m, target in enumerate(project.plan)]
        named += [("issues", m, issue.section) for m, issue in enumerate(project.issues)]
        for group, m, section in named:
            if section is not None and section not in known:
                values = {"expected": ", ".join(known) or "–", "hint": hint(section, list(known))}
                yield fault(("projects", n, group, m, "section"), "unknown_section", found=section, **values)
        for path, twice, first in _repeated(document, n, project):
            yield fault(path, twice, first=first)
        for m, seen_at in enumerate(project.clearance):
            for k, key_, values in _astray(project, seen_at):
                yield fault(("projects", n, "clearance", m, "handed_over_at", k), key_, **values)


def _unknown_projects(records: Records) -> Iterator[tuple[yamlfile.Path_, str, list[str]]]:
    """Place and words of every remark of the report on a project that is not there, and the projects that are."""
    projects = [project.id for project in records.projects]
    for group in ("decisions", "next_week", "proposals"):
        for n, remark in enumerate(getattr(records.report, group)):
            if remark.project is not None and remark.project not in projects:
                yield ("report", group, n, "project"), remark.project, projects


def _repeated(document: yamlfile.Document, n: int, project: Project) -> Iterator[tuple[yamlfile.Path_, str, str]]:
    """Place and fault of every observation and target that says again what another did, and where that stands."""
    written: dict[tuple[object, ...], str] = {}
    for group, m, things, twice in _told(project):
        path = ("projects", n, group, m)
        if first := next((written[thing] for thing in things if thing in written), None):
            yield path, twice, first
        for thing in things:
            written.setdefault(thing, document.where(path))


def _told(project: Project) -> Iterator[tuple[str, int, list[tuple[object, ...]], str]]:
    """Group and place of every observation and target, what it speaks of, which nothing else of the project may, and
    the fault when something does. Of one day there is one target, whosever; a month counts as its last day.
    """
    for m, seen in enumerate(project.clearance):
        things: list[tuple[object, ...]] = [
            (seen.as_of, seen.section, stage, figure.measure, seen.source) for stage, figure in seen.stages
        ]
        yield "clearance", m, things, "duplicate_observation"
    for m, spent in enumerate(project.disbursement):
        of = spent.as_of, spent.plan_year, spent.base, spent.added_after_september, spent.source
        yield "disbursement", m, [of], "duplicate_observation"
    for m, target in enumerate(project.plan):
        things = [("plan", target.section, stage, figure.measure) for stage, figure in target.stages]
        things += [("plan", *target.money[:2])] if target.money else []
        yield "plan", m, [(target.by.last_day, *thing) for thing in things], "duplicate_target"


def _astray(project: Project, observation: Clearance) -> Iterator[tuple[int, str, dict[str, object]]]:
    """Stretches of handed-over land that would be drawn where their observation has no business, or twice."""
    section = project.section(observation.section)
    outside = [part for other in project.sections if not other.in_scope for part in other.parts]
    for k, stretch in enumerate(observation.handed_over_at):
        place: dict[str, object] = {"route": stretch.route, "start": stretch.from_, "end": stretch.to}
        if section and section.parts:
            if not any(_within(stretch, part) for part in section.parts):
                yield k, "stretch_not_in_section", place | {"unit": section.unit}
        elif stretch.route not in project.routes:
            yield k, "stretch_not_in_project", place | {"expected": ", ".join(project.routes) or "–"}
        elif any(_overlap(stretch, part) for part in outside):
            yield k, "stretch_out_of_scope", place
        if any(_overlap(stretch, other) for other in observation.handed_over_at[:k]):
            yield k, "stretches_overlap", place


def _within(stretch: Stretch, part: Stretch) -> bool:
    return stretch.route == part.route and part.from_ <= stretch.from_ and stretch.to <= part.to


def _overlap(one: Stretch, other: Stretch) -> bool:
    return one.route == other.route and one.from_ < other.to and other.from_ < one.to
