"""A YAML file as plain data with the line and column of every part, and every fault of the notation named.

Scalars stay text: ``no``, ``06316``, ``2026-02-30`` and ``nan`` mean nothing until a field gives them a type.
Built on ruamel.yaml's event stream, so that depth and size are bounded before anything is built.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsinfra.errors import Fault, InputError, RunError, why
from lsinfra.numerals import MAX_LENGTH, shown

if TYPE_CHECKING:
    from ruamel.yaml.error import MarkedYAMLError

# Far above what a province needs, and read in seconds even when it is nonsense: 10,000 sections with two figures each
# are 168,000 values in 3.3 MB.
MAX_BYTES = 5_000_000
MAX_DEPTH = 40
MAX_NODES = 200_000

# What a quoted text may bring in by a backslash though YAML allows it nowhere else: controls, halves of characters.
_UNSEEN = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Path_ = tuple[str | int, ...]
Place = tuple[int, int]


class Table(dict[str, Any]):
    """A YAML mapping that knows where it stands (``projects.yaml:11:5``)."""

    where: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """The data of one file (``Table``, list, text or None) and where each part of it stands.

    ``values`` and ``keys`` give line and column, counted from 1, of the value and of the key at a path;
    ``aliases`` the path where an aliased part was written; ``flow`` the tables and lists written in brackets.
    """

    name: str
    data: Any
    values: dict[Path_, Place] = field(default_factory=dict)
    keys: dict[Path_, Place] = field(default_factory=dict)
    aliases: dict[Path_, Path_] = field(default_factory=dict)
    flow: set[Path_] = field(default_factory=set)

    def written(self, path: Path_) -> Path_:
        """The path at which the part seen at ``path`` was written."""
        length = 1
        while length <= len(path):
            if source := self.aliases.get(path[:length]):
                path, length = source + path[length:], 1
            else:
                length += 1
        return path

    def real(self, path: Path_) -> Path_:
        """The longest beginning of a path that stands in the file."""
        while path and self.written(path) not in self.values:
            path = path[:-1]
        return path

    def where(self, path: Path_, *, key: bool = False) -> str:
        """``projects.yaml:11:18`` of the value (or the key) at a path, or of what holds it."""
        # The key of an aliased value stands where the alias was used, the value where it was written.
        place = self.keys.get((*self.written(path[:-1]), path[-1])) if key and path else None
        line, column = place or self.values.get(self.written(self.real(path)), (1, 1))
        return f"{self.name}:{line}:{column}"

    def cut_by_comma(self, path: Path_, *, unknown: bool) -> tuple[Path_, str] | None:
        """Where a comma inside brackets cut a text in pieces, and the whole: ``{total: 37,07 ha}``, ``[37,07 ha]``.

        In a table the pieces after the first became keys without a value; ``unknown`` when ``path`` may be one of them.
        """
        if not path or path[:-1] not in self.flow:
            return None
        holder = self.data
        for part in path[:-1]:
            holder = holder[part]
        at, pieces = path[:-1], holder
        if isinstance(holder, dict):
            keys = list(holder)
            first = keys.index(path[-1])
            while unknown and first > 0 and holder[keys[first]] is None:
                first -= 1
            at = (*at, keys[first])
            pieces = [holder[keys[first]], *takewhile(lambda key: holder[key] is None, keys[first + 1 :])]
        if len(pieces) < 2 or not all(isinstance(piece, str) for piece in pieces):
            return None
        decimal = [before[-1:].isdigit() and after[:1].isdigit() for before, after in pairwise(pieces)]
        if not (unknown or any(decimal)):
            return None
        commas = ["," if tight else ", " for tight in decimal]
        return at, pieces[0] + "".join(comma + piece for comma, piece in zip(commas, pieces[1:], strict=True))


def spell(path: Path_) -> str:
    """A path as people read it: ``projects[0].clearance[2].handed_over``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{shown(part)}" for part in path)
    return text.removeprefix(".")


def read(path: Path) -> Document:
    """Read one YAML file of a single document.

    Raises
    ------
    RunError
        The file is missing or cannot be read.
    InputError
        The file is no YAML that can be used: every duplicate key, tag and alias fault, or the first fault of notation.
    """
    name = shown(path.name, MAX_LENGTH)
    return parse(_text(path, name), name)


def parse(text: str, name: str) -> Document:
    """As ``read``, of a text; ``name`` stands in the messages."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    builder = _Builder(name, YAML(typ="safe", pure=True).parse(text))
    try:
        document = builder.document()
    except ReaderError as error:
        line, column = _place(text[: error.position])
        found = error.character if isinstance(error.character, int) else ord(error.character)
        builder.faults.append(Fault(f"{name}:{line}:{column}", "", "fault.bad_character", {"found": f"U+{found:04X}"}))
    except MarkedYAMLError as error:
        builder.faults.append(_syntax(name, error, builder.open))
    except (YAMLError, ValueError, OverflowError, RecursionError) as error:
        # What the scanner trips over without saying where, such as a character number beyond Unicode ("\\UFFFFFFFF").
        line, column = builder.last
        builder.faults.append(
            Fault(f"{name}:{line}:{column}", "", "fault.yaml_syntax", {"problem": shown(str(error).split("\n")[0])})
        )
    if builder.faults:
        raise InputError(sorted(builder.faults, key=place_of))
    if document.data is None:
        raise InputError([Fault(f"{name}:1:1", "", "fault.empty_file")])
    return document


def place_of(fault: Fault) -> Place:
    """Line and column of a fault of a file that was read."""
    _, line, column = fault.where.rsplit(":", 2)
    return int(line), int(column)


def _text(path: Path, name: str) -> str:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            values: dict[str, object] = {"found": f"{size / 1e6:.0f}", "limit": f"{MAX_BYTES / 1e6:.0f}"}
            raise InputError([Fault(name, "", "fault.file_too_large", values)])
        raw = path.read_bytes()
    except OSError as error:
        raise RunError("unreadable", path=path, reason=why(error)) from error
    try:
        # A byte order mark is what Windows Notepad leaves; line ends are made one kind.
        return _lines(raw.removeprefix(codecs.BOM_UTF8).decode("utf-8"))
    except UnicodeDecodeError as error:
        line, column = _place(_lines(error.object[: error.start].decode("utf-8")))
        values = {"found": f"0x{error.object[error.start]:02X}"}
        raise InputError([Fault(f"{name}:{line}:{column}", "", "fault.not_utf8", values)]) from None


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _place(before: str) -> Place:
    """Line and column of the character after a piece of text."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


# How ruamel words a fault of notation (context, problem), what it is in our words, and whether the place to look at is
# where the broken part begins rather than where reading stopped. The first that fits is taken.
_NOTATION = (
    ("", r"found character '\t'", "tab", False),
    ("", "cannot start any token", "bad_start", False),
    ("quoted scalar", "end of stream", "open_quote", True),
    ("quoted scalar", "document separator", "open_quote", True),
    ("double-quoted scalar", "", "bad_escape", False),
    ("parsing a flow", "", "open_bracket", True),
    ("simple key", "", "no_colon", True),
    ("", "mapping values are not allowed", "stray_colon", False),
    ("parsing a block", "", "bad_indent", False),
    ("", "are not allowed here", "bad_indent", False),
)


def _syntax(name: str, error: MarkedYAMLError, brackets: list[Place]) -> Fault:
    context, problem = str(error.context or ""), str(error.problem or "")
    stopped = error.problem_mark or error.context_mark
    values: dict[str, object] = {"problem": shown("; ".join(filter(None, (context, problem))), 120)}
    key, mark = "yaml_syntax", stopped
    for in_context, in_problem, fits, at_start in _NOTATION:
        if in_context in context and in_problem in problem:
            key, mark = fits, (error.context_mark if at_start else None) or stopped
            break
    if stopped is not None:
        values |= {"line": stopped.line + 1, "column": stopped.column + 1}
    if key == "bad_start":
        values = {"found": problem.split("'")[1] if problem.count("'") > 1 else problem}
    where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark is not None else f"{name}:1:1"
    if key == "open_bracket" and brackets:
        where = f"{name}:{brackets[-1][0]}:{brackets[-1][1]}"
    return Fault(where, "", f"fault.{key}", values)


@dataclass
class _Anchor:
    path: Path_
    data: Any = None
    size: int = 0
    closed: bool = False


class _Stop(Exception):
    """A fault after which reading on would be guesswork or a flood."""


class _Builder:
    """From events to data. Anchors are shared, never copied, and their expanded size is bounded."""

    def __init__(self, name: str, events: Iterator[Any]) -> None:
        self.name, self.events = name, events
        self.faults: list[Fault] = []
        self.values: dict[Path_, Place] = {}
        self.keys: dict[Path_, Place] = {}
        self.aliases: dict[Path_, Path_] = {}
        self.flow: set[Path_] = set()
        self.anchors: dict[str, _Anchor] = {}
        self.size = 0
        self.last: Place = (1, 1)
        self.open: list[Place] = []  # the brackets that are not closed yet

    def document(self) -> Document:
        data, documents = None, 0
        try:
            for event in self.events:
                kind = type(event).__name__
                if kind == "DocumentStartEvent":
                    documents += 1
                    if documents == 2:
                        self.fault(event, (), "second_document")
                        raise _Stop
                elif kind not in {"StreamStartEvent", "StreamEndEvent", "DocumentEndEvent"}:
                    data = self.node(event, ())
        except _Stop:
            pass
        return Document(self.name, data, self.values, self.keys, self.aliases, self.flow)

    def fault(self, event: Any, path: Path_, key: str, **values: object) -> None:
        mark = event.start_mark
        self.faults.append(Fault(f"{self.name}:{mark.line + 1}:{mark.column + 1}", spell(path), f"fault.{key}", values))

    def node(self, event: Any, path: Path_) -> Any:
        self.values[path] = self.last = (event.start_mark.line + 1, event.start_mark.column + 1)
        self.grow(event, path, 1)
        if type(event).__name__ == "AliasEvent":
            return self.alias(event, path)
        if len(path) > MAX_DEPTH:
            self.fault(event, (), "too_deep", limit=MAX_DEPTH)
            raise _Stop
        anchor = _Anchor(path)
        if event.anchor:
            self.anchors[event.anchor] = anchor
        self.no_tag(event, path)
        if flow := getattr(event, "flow_style", False):
            self.flow.add(path)
            self.open.append(self.last)
        before = self.size
        kind = type(event).__name__
        if kind == "ScalarEvent":
            empty = event.style is None and event.value in {"", "~", "null", "Null", "NULL"}
            anchor.data = None if empty else self.text(event, path)
        elif kind == "SequenceStartEvent":
            anchor.data = self.sequence(path)
        else:
            anchor.data = self.mapping(event, path)
        if flow:
            self.open.pop()
        anchor.size, anchor.closed = self.size - before + 1, True
        return anchor.data

    def grow(self, event: Any, path: Path_, size: int) -> None:
        self.size += size
        if self.size > MAX_NODES:
            self.fault(event, path, "too_many", limit=MAX_NODES)
            raise _Stop

    def alias(self, event: Any, path: Path_) -> Any:
        anchor = self.anchors.get(event.anchor)
        if anchor is None:
            self.fault(event, path, "unknown_alias", found=shown(f"*{event.anchor}"))
            return None
        if not anchor.closed:
            self.fault(event, path, "self_alias", found=shown(f"*{event.anchor}"))
            return None
        self.grow(event, path, anchor.size)
        self.aliases[path] = anchor.path
        return anchor.data

    def text(self, event: Any, path: Path_) -> str:
        if unseen := _UNSEEN.search(event.value):
            self.fault(event, path, "bad_character", found=f"U+{ord(unseen[0]):04X}")
        return unicodedata.normalize("NFC", event.value)

    def no_tag(self, event: Any, path: Path_) -> None:
        if event.ctag is not None and str(event.ctag) not in {"", "!"}:
            self.fault(event, path, "tag", found=shown(str(event.tag).replace("tag:yaml.org,2002:", "!!")))

    def sequence(self, path: Path_) -> list[Any]:
        items: list[Any] = []
        while type(event := next(self.events)).__name__ != "SequenceEndEvent":
            items.append(self.node(event, (*path, len(items))))
        return items

    def mapping(self, start: Any, path: Path_) -> Table:
        table = Table()
        table.where = f"{self.name}:{start.start_mark.line + 1}:{start.start_mark.column + 1}"
        while type(event := next(self.events)).__name__ != "MappingEndEvent":
            if type(event).__name__ != "ScalarEvent":
                self.fault(event, path, "key_not_text")
                raise _Stop
            self.no_tag(event, path)
            key = self.text(event, path)
            inner = (*path, key)
            if key in table:
                self.fault(event, path, "duplicate_key", found=shown(key), line=self.keys[inner][0])
                self.node(next(self.events), inner)
                continue
            self.keys[inner] = (event.start_mark.line + 1, event.start_mark.column + 1)
            table[key] = self.node(next(self.events), inner)
        return table
