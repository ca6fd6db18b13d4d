"""An OC4IDS package → records, and what of it records cannot hold.

A package of ours comes back as it was written, but for what the standard has no place for (``docs/en/oc4ids.md``).
One of another publisher gives what is beyond doubt: a wrong figure is worse than a missed one.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from lsinfra import loader
from lsinfra.codes import Kind, SourceKind
from lsinfra.errors import Fault, InputError, QuantityError
from lsinfra.exchange.oc4ids import codes
from lsinfra.exchange.oc4ids.describing import told_apart
from lsinfra.exchange.oc4ids.drawing import Drawn, Located, located
from lsinfra.exchange.oc4ids.figures import (
    Gathered,
    Left,
    Observation,
    clearance,
    dated,
    disbursement,
    money,
    observations,
    planned,
    target,
    titled,
)
from lsinfra.exchange.oc4ids.nodes import Faults, Node, as_json
from lsinfra.exchange.oc4ids.notation import from_json
from lsinfra.numerals import MAX_LENGTH, shown
from lsinfra.quantities import Figure, read_figure, write_figure
from lsinfra.records import Records
from lsinfra.text import LANGS, say
from lsinfra.yamlfile import MAX_NODES, Document, Path_, Table

_READ = frozenset(
    {
        *("id", "updated", "language", "identifiers", "title", "title_en", "description", "description_en", "status"),
        *("type", "sector", "additionalClassifications", "implementationPeriod", "locations", "budget", "parties"),
        *("metrics", "forecasts", "milestones", "documents"),
    }
)
"""What is read of a project, and what follows from something else; all other keys are told as left."""
_STAGES = {metric: stage for stage, metric in codes.STAGES.items()}
_LONGEST_ID = 60
_OWN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Package:
    """A package as it was read.

    Parameters
    ----------
    data
        What ``projects.yaml`` would hold, of ``Table``, list and text; ``Table.where`` is the JSON path.
    records
        The same as records; ``where`` of each is its JSON path.
    drawn
        Routes, places and units.
    left
        What records cannot hold, and what is not beyond doubt.
    """

    name: str
    sha256: str
    data: Table
    records: Records
    drawn: Drawn
    left: tuple[Left, ...]


def read(path: Path, uncertainty_m: float | None = None) -> Package:
    """Read a package of any publisher.

    Parameters
    ----------
    uncertainty_m
        How far (m) real routes may lie from drawn ones that do not say it themselves; None to leave such lines away.

    Raises
    ------
    RunError
        The file cannot be read.
    InputError
        It is no package that can be used: every fault, with its JSON path.
    """
    value, raw = from_json(path)
    faults = Faults(shown(path.name, MAX_LENGTH))
    root = Node(value, "", faults)
    if not root.is_a(dict, "table"):
        faults.settle()
    reader = _Reader(root, uncertainty_m)
    data = reader.data()
    faults.settle()
    return Package(
        faults.file, hashlib.sha256(raw).hexdigest(), data, _built(data, faults), reader.drawn, tuple(reader.left)
    )


def _built(data: Table, faults: Faults) -> Records:
    """Records of the data; what is wrong with it is said with the JSON path of the table it stands in."""
    paths: list[str] = [""]
    values: dict[Path_, tuple[int, int]] = {}

    def walk(value: Any, at: Path_, column: int) -> None:
        if isinstance(value, Table) and value.where:
            paths.append(value.where)
            column = len(paths) - 1
        values[at] = (1, column + 1)
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, (*at, name), column)
        elif isinstance(value, list):
            for n, inner in enumerate(value):
                walk(inner, (*at, n), column)

    walk(data, (), 0)
    if len(values) > MAX_NODES:
        faults.add("", "too_many_records", found=len(values), limit=MAX_NODES)
        faults.settle()
    try:
        return loader.build(Document(faults.file, data, values))
    except InputError as error:
        for fault in error.faults:
            column = int(fault.where.rsplit(":", 1)[1])
            # The place in the records is what a reader knows; where a first one stands is a path as well.
            said = fault.values
            if isinstance(first := said.get("first"), str) and first.startswith(f"{faults.file}:1:"):
                said = said | {"first": paths[int(first.rsplit(":", 1)[1]) - 1]}
            faults.take(Fault(faults.file, paths[column - 1], fault.key, said))
        faults.settle()
        raise


@dataclass
class _Reader:
    """Reads one package; ``sources`` are the documents of all its projects by their keys.

    ``publisher`` and ``published`` are what the package says of itself, ``published`` None where it does not.
    """

    root: Node
    uncertainty_m: float | None
    drawn: Drawn = field(default_factory=Drawn)
    left: list[Left] = field(default_factory=list)
    sources: Table = field(default_factory=Table)
    publisher: str = ""
    published: date | None = None

    def data(self) -> Table:
        self.publisher = shown(self.root.table("publisher").required("name") or "")
        self.published = self.root.day("publishedDate")
        said = self.root.inside("version")
        version = "" if said is None else as_json(said.value).strip('"')  # many write it as a number
        if not codes.VERSIONS.fullmatch(version):
            self.left.append(Left("version", version, "version"))
        lists: dict[str, list[Table]] = {name: [] for name in (codes.PROJECTS, codes.PROPOSALS, codes.FINISHED)}
        if self.root.inside("projects") is None:
            self.root.fault("missing", name="projects")
        for node in self.root.rows("projects"):
            where, project = self.project(node)
            lists[where].append(project)
        made = Table(
            {
                "portfolio": Table({"title": self.titled("oc4ids.root_title", "oc4ids.root_title_unnamed")}),
                "sources": self.sources,
            }
        )
        if self.drawn.units:
            made["units"] = Table(self.drawn.units)
        return Table(made | {name: rows for name, rows in lists.items() if rows})

    def titled(self, key: str, unnamed: str) -> Table:
        """What the package is called in each language; one that names no publisher does not take that for its name."""
        if self.publisher in {say(lang, "oc4ids.unnamed") for lang in LANGS}:
            return Table((lang, say(lang, unnamed)) for lang in LANGS)
        return Table((lang, say(lang, key, publisher=self.publisher)) for lang in LANGS)

    # --- one project -----------------------------------------------------------------------------------------------

    def project(self, node: Node) -> tuple[str, Table]:
        classes = {one.text("scheme"): one.text("id") for one in node.rows("additionalClassifications")}
        where = classes.get(codes.LIST) or codes.PROJECTS
        if where not in (codes.PROJECTS, codes.PROPOSALS, codes.FINISHED):
            self.left.append(Left(node.path, where, "list"))
            where = codes.PROJECTS
        own = self.id(node)
        text, facts = told_apart(node.text("description"))
        made = Table(id=own, title=titled(node.required("title"), node.text("title_en"), node.path))
        made.where = node.path
        made["kind"] = classes.get(codes.KIND) or self.kind(node)
        made["note"] = titled(text, node.text("description_en"), node.path)
        found = located(node, own, self.drawn, self.left, self.uncertainty_m)
        keys = self.documents(node, own)
        if where == codes.PROJECTS:
            made["status"] = node.required("status")
            made["short"] = titled(facts.get("short"), facts.get("short_en"), node.path)
            made["years"] = self.years(node, facts.get("years"))
            self.measured(node, made, found, keys)
            made["investment"] = list(self.investment(node, keys, made["disbursement"]))
            made["milestones"] = list(self.milestones(node, keys))
        else:
            made["places"] = found.places
            made["source"] = list(keys.values()) or [self.own()]
            made["length"] = self.length_of_work(node)
            if (status := node.required("status")) and status != codes.WORKS[where].value:
                node.fault("contradicts", found=f"status: {shown(status)}", against=where)
        made["routes"] = found.routes
        self.left += [Left(f"{node.path}.{name}", "", "field") for name in node.value if name not in _READ]
        kept = Table({name: value for name, value in made.items() if value})
        kept.where = node.path
        return where, kept

    def id(self, node: Node) -> str:
        whole = node.required("id") or ""
        own = [one.text("id") for one in node.rows("identifiers") if one.text("scheme") == codes.OURS]
        return next(filter(None, own), None) or _slug(codes.PREFIXED.sub("", whole, count=1)) or _slug(node.path)

    def kind(self, node: Node) -> str:
        sectors = node.inside("sector")
        said = sectors.value if sectors is not None and sectors.is_a(list, "list") else []
        texts = [one for one in said if isinstance(one, str)]
        return next((codes.KINDS_OF_SECTORS[one] for one in texts if one in codes.KINDS_OF_SECTORS), Kind.OTHER).value

    def years(self, node: Node, written: str | None) -> Table | None:
        """First and last year, as written; of another publisher the years of the days it gives."""
        period = node.table("implementationPeriod")
        first, last = period.day("startDate"), period.day("endDate")
        if written is not None:
            start, _, end = written.partition("–")
        elif first is not None and last is not None:
            start, end = str(first.year), str(last.year)
        else:
            return None
        made = Table({"from": start, "to": end})
        made.where = period.path
        for name, year, day in (("startDate", start, first), ("endDate", end, last)):
            if day is not None and str(day.year) != year:
                period.fault("contradicts", found=f"{name}: {day.isoformat()}", against=f"{start}–{end}")
        return made

    def metrics(self, node: Node, name: str) -> Iterator[Node]:
        """The metrics that are known; the others are told as left."""
        for metric in node.rows(name):
            code = metric.required("id") or ""
            if code in _STAGES or code == codes.FINANCIAL or (code == codes.LENGTH and name == "metrics"):
                yield metric
            else:
                vague = code.startswith(codes.LAND)
                self.left.append(Left(metric.path, code, "stage" if vague else "metric"))

    def measured(self, node: Node, made: Table, found: Located, keys: dict[str, str]) -> None:
        land, spent, planned, lengths = Gathered(), Gathered(), Gathered(), []
        for metric in self.metrics(node, "metrics"):
            code = metric.text("id") or ""
            for one in observations(metric, self.left):
                source = self.source(one.dimensions, keys)
                section = found.sections.get(one.dimension("section") or "")
                unit = one.dimension("administrativeUnit")
                if section is not None and unit is not None and unit != section.get("unit"):
                    one.node.fault("contradicts", found=as_json(unit), against=section.get("unit") or section["id"])
                if code == codes.LENGTH:
                    if section is not None:
                        self.length_once(one, section)
                    else:
                        lengths.append(self.length(one, source if one.dimension("source") else None))
                elif one.when is None:
                    self.left.append(Left(one.node.path, "", "undated"))
                elif code in _STAGES:
                    clearance(one, _STAGES[code], source or self.own(), land)
                elif one.dimension("base") is None or one.dimension("planYear") is None:
                    self.left.append(Left(one.node.path, write_figure(one.figure), "base"))
                else:
                    disbursement(one, source or self.own(), spent)
        for metric in self.metrics(node, "forecasts"):
            stage = _STAGES.get(metric.text("id") or "")
            for one in observations(metric, self.left):
                if one.when is None or (stage is None and one.dimension("base") is None):
                    self.left.append(Left(one.node.path, write_figure(one.figure), "undated" if stage else "base"))
                else:
                    target(one, self.source(one.dimensions, keys) or self.own(), planned, stage)
        made |= {"clearance": land.rows(), "disbursement": spent.rows(), "plan": planned.rows()}
        made |= {"length": lengths, "sections": list(found.sections.values())}

    def length(self, one: Observation, source: str | None) -> Table:
        fields = {
            "value": write_figure(one.figure),
            "route": one.dimension("route"),
            "as_of": one.when and one.when.iso,
            "note": one.note,
            "source": source,
        }
        made = Table({name: value for name, value in fields.items() if value})
        made.where = one.node.path
        return made

    def length_once(self, one: Observation, of: Table) -> None:
        """The length of a section or a work, which has one alone and no note."""
        if "length" in of:
            one.node.fault("twice")
        if one.note:
            self.left.append(Left(f"{one.node.path}.notes", one.note["vi"], "notes"))
        of["length"] = write_figure(one.figure)

    def length_of_work(self, node: Node) -> str | None:
        made = Table()
        for metric in self.metrics(node, "metrics"):
            if metric.text("id") != codes.LENGTH:
                self.left.append(Left(metric.path, metric.text("id") or "", "metric"))
                continue
            for one in observations(metric, self.left):
                self.length_once(one, made)
        return made.get("length")

    # --- money and milestones --------------------------------------------------------------------------------------

    def investment(self, node: Node, keys: dict[str, str], spent: list[Table]) -> Iterator[Table]:
        budget = node.table("budget")
        whole = self.amount(budget) if budget.inside("amount") else None
        totals: list[str] = []
        for group in budget.rows("budgetBreakdowns"):
            name = group.required("id") or ""
            if name.startswith("investment/"):
                text, facts = told_apart(group.text("description"))
                totals.append(facts.get("written") or "")
                made = Table(total=totals[-1], parts=[self.part(one) for one in group.rows("budgetBreakdown")])
                made["note"] = titled(text, group.text("description_en"), group.path)
                made["source"] = keys.get(facts.get("source") or "") or facts.get("source")
                kept = Table({name: value for name, value in made.items() if value})
                kept.where = group.path
                yield kept
            elif name.startswith("plan/"):
                self.planned(group, name, spent)
            else:
                self.left.append(Left(group.path, name, "budget"))
        if whole is not None and not totals:
            made = Table(total=write_figure(whole), source=self.own())
            made.where = budget.path
            yield made
        elif whole is not None and all(_differs(total, whole) for total in totals):
            found = write_figure(whole)
            budget.table("amount").fault("contradicts", found=found, against="; ".join(totals))

    def planned(self, group: Node, name: str, spent: list[Table]) -> None:
        """The plan of a year, which is nothing of its own: it must be what stands beside what was disbursed of it."""
        newest = planned(spent, name)
        for row in group.rows("budgetBreakdown"):
            known = newest.get(row.text("id") or "")
            figure = self.amount(row)
            if known is None:
                self.left.append(Left(row.path, name, "budget"))
            elif figure is not None and figure.amount != known.total_amount:
                row.fault("contradicts", found=write_figure(figure), against=write_figure(known))

    def part(self, node: Node) -> Table:
        text, facts = told_apart(node.text("description"))
        figure, written = self.amount(node), facts.get("written")
        if written and figure and _differs(written, figure):
            node.fault("written_differs", written=written, found=write_figure(figure))
        said = written or (figure and write_figure(figure))
        if said and (share := facts.get("share")):
            said += f", đạt {share}"
        made = Table(party=node.table("sourceParty").text("id"), amount=said)
        made["note"] = titled(text, node.text("description_en"), node.path)
        kept = Table({name: value for name, value in made.items() if value})
        kept.where = node.path
        return kept

    def amount(self, node: Node) -> Figure | None:
        value = node.table("amount")
        amount, currency = value.number("amount"), value.text("currency")
        if amount is None:
            return None
        if currency not in (None, "VND"):
            self.left.append(Left(value.path, currency or "", "currency"))
            return None
        try:
            return money(amount)
        except QuantityError as error:
            node.faults.take(Fault(node.faults.file, value.path, f"{error.group}.{error.key}", error.values))
            return None

    def milestones(self, node: Node, keys: dict[str, str]) -> Iterator[Table]:
        kinds = {code: kind for kind, (_, code) in codes.MILESTONES.items()}
        for one in node.rows("milestones"):
            _, facts = told_apart(one.text("description"))
            met, due, status = one.day("dateMet"), one.day("dueDate"), one.text("status")
            # It happened where a day says so and no status says otherwise; a day it was due is no such day.
            if (status == "met" and met is None) or (met is not None and status not in (None, "met")):
                self.left.append(Left(one.path, one.text("id") or "", "milestone_status"))
                continue
            when = dated(one, met or due, facts.get("date"))
            title = titled(one.text("title"), one.text("title_en"), one.path)
            if when is None or title is None:
                self.left.append(Left(one.path, one.text("id") or "", "milestone"))
                continue
            said = facts.get("source")
            made = Table(
                title=title,
                kind=kinds.get(one.text("code") or "other", kinds["other"]).value,
                date=when.iso,
                number=facts.get("number"),
                planned=None if met else "true",
                source=(keys.get(said) or said) if said else self.own(),
            )
            if met and due and met != due:
                self.left.append(Left(f"{one.path}.dueDate", due.isoformat(), "field"))
            kept = Table({name: value for name, value in made.items() if value})
            kept.where = one.path
            yield kept

    # --- sources ---------------------------------------------------------------------------------------------------

    def documents(self, node: Node, project: str) -> dict[str, str]:
        """The documents of a project put to the sources: under their ids, or, where another has it, the project's."""
        keys: dict[str, str] = {}
        for one in node.rows("documents"):
            name = one.required("id")
            if name is None:
                continue
            source = self.document(one, name)
            key = name if _OWN.fullmatch(name) and len(name) <= _LONGEST_ID else _slug(name) or _slug(one.path)
            if key in self.sources and self.sources[key] != source:
                key = _slug(f"{project}-{key}")
            if self.sources.setdefault(key, source) != source:
                one.fault("document_twice", found=as_json(name))
            keys[name] = key
        return keys

    def document(self, node: Node, name: str) -> Table:
        text, facts = told_apart(node.text("description"))
        kinds = {code: kind for kind, code in codes.DOCUMENTS.items()}
        if node.text("documentType") not in kinds:
            self.left.append(Left(f"{node.path}.documentType", name, "kind"))
        when = dated(node, node.day("datePublished"), facts.get("date"))
        made = Table(
            title=titled(node.text("title") or name, node.text("title_en"), node.path),
            kind=kinds.get(node.text("documentType") or "", SourceKind.PRESS).value,
            number=facts.get("number"),
            issuer=titled(node.text("author"), node.text("author_en"), node.path),
            date=when and when.iso,
            url=node.text("url") or facts.get("url"),
            note=titled(text, node.text("description_en"), node.path),
        )
        kept = Table({name: value for name, value in made.items() if value})
        kept.where = node.path
        return kept

    def source(self, dimensions: Node, keys: dict[str, str]) -> str | None:
        """The source an observation names; what is no document of the project is said by the records."""
        named = dimensions.text("source")
        return None if named is None else keys.get(named) or named

    def own(self) -> str:
        """The package itself, as the source of what names none."""
        key = f"oc4ids-{self.published.isoformat()}" if self.published else "oc4ids"
        if key not in self.sources:
            made = Table(
                title=self.titled("oc4ids.package_title", "oc4ids.package_title_unnamed"),
                kind=SourceKind.OFFICIAL.value,
            )
            if self.published:
                made["date"] = self.published.isoformat()
            self.sources[key] = made
        return key


def _differs(printed: str, figure: Figure) -> bool:
    try:
        return read_figure(printed).amount != figure.amount
    except QuantityError:
        return False  # said where the record is made


def _slug(text: str) -> str:
    """An id of ours from any text: without accents, in small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", plain.lower())[: _LONGEST_ID - 1].strip("-")
