"""Where the parts of a YAML text begin and end, and what to put between them so that nothing else changes.

Texts are only ever added: an ``Insertion`` says what and before which character. Positions count characters of a text
whose lines end with a line feed alone.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Value = str | Sequence["Value"] | Mapping[str, "Value"]
"""What is written: texts, lists, tables."""

# What may stand without quotes wherever it stands, also between brackets when it has no comma.
_PLAIN = re.compile(r"[^\W_](?:[\w ./()%+–,-]*[\w./()%+–])?")
# What other readers of YAML would take for no text.
_RESERVED = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan"}
_DASH = re.compile(r"^ *-(?=\s|$)", re.MULTILINE)
_UNPRINTABLE = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff]")


class Bare(str):
    """A text that stands without quotes though other readers of YAML take it for none: ``true``."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Insertion:
    """A text to be put before the character at ``at``; several at one place in their order."""

    at: int
    text: str


@dataclass
class Node:
    """A part of the text. ``opened`` is where the inside of a bracket begins; ``end`` is behind the last character."""

    kind: str  # table, list, text, alias
    start: int
    end: int
    flow: bool = False
    opened: int = 0
    items: list[Node] = field(default_factory=list)
    keys: dict[str, Node] = field(default_factory=dict)
    pairs: dict[str, Node] = field(default_factory=dict)

    def at(self, *path: str | int) -> Node | None:
        """The part at a path below, None where there is none."""
        node: Node | None = self
        for step in path:
            if node is None:
                return None
            if isinstance(step, int):
                node = node.items[step] if step < len(node.items) else None
            else:
                node = node.pairs.get(step)
        return node


def outline(text: str) -> Node:
    """The parts of a YAML text that was read before, and so is sound."""
    from ruamel.yaml import YAML

    events = iter(YAML(typ="safe", pure=True).parse(text))
    for event in events:
        if type(event).__name__ not in {"StreamStartEvent", "DocumentStartEvent"}:
            return _node(event, events, text)
    raise ValueError("a text without a node")


def _node(event: Any, events: Iterator[Any], text: str) -> Node:
    name, start, end = type(event).__name__, event.start_mark.index, event.end_mark.index
    if name == "AliasEvent":
        return Node("alias", start, end)
    if name == "ScalarEvent":
        if event.style in ("|", ">") and "+" not in text[start:end].partition("\n")[0]:
            end = start + len(text[start:end].rstrip())
        return Node("text", start, end)
    node = Node("table" if name == "MappingStartEvent" else "list", start, end, bool(event.flow_style), end)
    while type(event := next(events)).__name__ not in {"MappingEndEvent", "SequenceEndEvent"}:
        part = _node(event, events, text)
        if node.kind == "list":
            node.items.append(part)
        else:
            value = _node(next(events), events, text)
            if value.start == value.end:  # nothing is written: the pair ends with its colon
                value.end = value.start = max(part.end, text.find(":", part.end, value.start) + 1)
            key = unicodedata.normalize("NFC", event.value)
            node.keys[key], node.pairs[key] = part, value
        node.end = (node.items[-1] if node.kind == "list" else value).end
    if node.flow:
        node.end = event.end_mark.index
    return node


# --- writing --------------------------------------------------------------------------------------------------


def scalar(text: str, *, flow: bool = False, quoted: bool = False) -> str:
    """A text as YAML: plain where nobody can misread it, else in double quotes."""
    if isinstance(text, Bare):
        return text
    text = unicodedata.normalize("NFC", text)
    plain = _PLAIN.fullmatch(text) and text.casefold() not in _RESERVED and not (flow and "," in text)
    if plain and not quoted:
        return text
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04X}", json.dumps(text, ensure_ascii=False))


def in_brackets(value: Value, *, quoted: bool = False) -> str:
    """A value on one line: ``{as_of: 2024-08-15, paid: "26,5 ha"}``; ``quoted`` as JSON has it."""
    if isinstance(value, str):
        return scalar(value, flow=True, quoted=quoted)
    if isinstance(value, Mapping):
        pairs = (
            f"{scalar(key, flow=True, quoted=quoted)}: {in_brackets(part, quoted=quoted)}"
            for key, part in value.items()
        )
        return "{" + ", ".join(pairs) + "}"
    return "[" + ", ".join(in_brackets(part, quoted=quoted) for part in value) + "]"


def _lines(table: Mapping[str, Value], indent: int) -> list[str]:
    """A table a key a line; what its keys hold in brackets, as the records have it."""
    return [
        f"{' ' * indent}{scalar(key)}: {scalar(part) if isinstance(part, str) else in_brackets(part)}"
        for key, part in table.items()
    ]


def _item_lines(table: Mapping[str, Value], indent: int, gap: int) -> list[str]:
    lines = _lines(table, indent + 1 + gap)
    return [f"{' ' * indent}-{' ' * gap}{lines[0].lstrip()}", *lines[1:]]


def append_items(text: str, node: Node, tables: Sequence[Mapping[str, Value]]) -> Insertion:
    """Tables at the end of a list, in the notation of the last one there."""
    if node.flow:
        return _within_brackets(text, node, node.items[-1:], [in_brackets(t, quoted=_json(text, node)) for t in tables])
    last = node.items[-1]
    indent, gap = _dash(text, last)
    if last.kind == "table" and last.flow:
        dash = f"{' ' * indent}-{' ' * gap}"
        lines = [f"{dash}{in_brackets(table, quoted=_json(text, last))}" for table in tables]
    else:
        lines = [line for table in tables for line in _item_lines(table, indent, gap)]
    return _below(text, last.end, lines)


def add_key(
    text: str,
    node: Node,
    key: str,
    value: Mapping[str, Value] | Sequence[Mapping[str, Value]] | str,
    after: Sequence[str],
) -> Insertion:
    """A key with its value in a table: behind those of ``after`` that stand there, else behind its last key.

    A list of tables is written an item a line under its key, a table of tables a key a line.
    """
    if node.flow:
        quoted = _json(text, node)
        pair = f"{scalar(key, flow=True, quoted=quoted)}: {in_brackets(value, quoted=quoted)}"
        return _within_brackets(text, node, list(node.pairs.values())[-1:], [pair])
    before = [part for name, part in node.pairs.items() if name in after] or list(node.pairs.values())
    indent = _column(text, next(iter(node.keys.values())).start)
    return _below(text, before[-1].end, _key_lines(text, node, key, value, indent))


def _key_lines(
    text: str, node: Node, key: str, value: Mapping[str, Value] | Sequence[Mapping[str, Value]] | str, indent: int
) -> list[str]:
    head = f"{' ' * indent}{scalar(key)}:"
    if isinstance(value, str):
        return [f"{head} {scalar(value)}"]
    if isinstance(value, Mapping):
        nested = any(isinstance(part, Mapping) for part in value.values())
        # A table of texts stands in brackets unless its neighbours are written a key a line.
        below = [part for part in node.pairs.values() if part.kind == "table" and not part.flow]
        if not nested and not below:
            return [f"{head} {in_brackets(value)}"]
        step = _column(text, next(iter(below[-1].keys.values())).start) - indent if below else 2
        return [head, *_lines(value, indent + step)]
    step = _list_step(text, node)
    return [head, *(line for table in value for line in _item_lines(table, indent + step, 1))]


def _list_step(text: str, node: Node) -> int:
    """How far the dashes of a table's lists stand in from their keys; 2 where it has no list to go by."""
    for key, part in node.pairs.items():
        if part.kind == "list" and not part.flow and part.items:
            return _dash(text, part.items[0])[0] - _column(text, node.keys[key].start)
    return 2


def _within_brackets(text: str, node: Node, last: Sequence[Node], parts: Sequence[str]) -> Insertion:
    if not last:
        return Insertion(node.opened, ", ".join(parts))
    before = text[text.rfind("\n", 0, last[0].start) + 1 : last[0].start]
    # What has a line of its own gets neighbours that have one.
    comma = f",\n{before}" if node.kind == "list" and before and not before.strip() else ", "
    return Insertion(last[0].end, "".join(f"{comma}{part}" for part in parts))


def _below(text: str, end: int, lines: Sequence[str]) -> Insertion:
    """Lines under the one that holds the character before ``end``."""
    added = "\n".join(lines)
    if text[end - 1 : end] == "\n":
        return Insertion(end, added + "\n")
    at = text.find("\n", end)
    return Insertion(len(text), f"\n{added}") if at < 0 else Insertion(at + 1, f"{added}\n")


def _column(text: str, at: int) -> int:
    return at - text.rfind("\n", 0, at) - 1


def _dash(text: str, item: Node) -> tuple[int, int]:
    """Column of the dash of a list's item, and how many blanks stand between it and the item."""
    dashes = list(_DASH.finditer(text, 0, item.start + 1))
    line = dashes[-1].start()
    dash = text.index("-", line) - line
    between = text[line + dash + 1 : item.start]
    return dash, len(between) if between.strip(" ") == "" else 1


def _json(text: str, node: Node) -> bool:
    """Whether the keys of a bracket are quoted, as in JSON."""
    table = next((part for part in node.items if part.kind == "table"), node)
    return any(text[key.start : key.start + 1] == '"' for key in table.keys.values())
