"""The published JSON Schemas (draft 2020-12) of everything that lsinfra writes as JSON, a file each beside this one.

``NAME-N.json`` describes ``lsinfra.NAME/N``. What rows a result has, and of which type and unit each column is, stands
in its ``$defs.row``; CSV, JSON Lines and Parquet are written by it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """The schemas that there are: ``check/1``, ``compare/1``, …"""
    found = (path.stem.rpartition("-") for path in FOLDER.glob("*.json"))
    return tuple(sorted(f"{name}/{number}" for name, _, number in found))


def find(asked: str) -> str | None:
    """The schema that is meant by ``progress``, ``progress/1`` or ``lsinfra.progress/1``; the newest without a number.

    None where there is none of that name.
    """
    name = asked.removeprefix("lsinfra.")
    known = sorted(names(), key=lambda one: int(one.rpartition("/")[2]))
    return next((one for one in reversed(known) if name in (one, one.rpartition("/")[0])), None)


def text(name: str) -> str:
    """The text of ``NAME/N``."""
    return (FOLDER / f"{name.replace('/', '-')}.json").read_text(encoding="utf-8")


@cache
def columns(schema: str) -> dict[str, dict[str, Any]]:
    """The columns of the rows of ``lsinfra.NAME/N``, in their order: of each the schema, with no reference left."""
    whole = json.loads(text(schema.removeprefix("lsinfra.")))
    resolved: dict[str, dict[str, Any]] = _resolved(whole["$defs"]["row"]["properties"], whole)
    return resolved


def _resolved(node: Any, whole: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_resolved(item, whole) for item in node]
    if not isinstance(node, dict):
        return node
    beside = {key: _resolved(value, whole) for key, value in node.items() if key != "$ref"}
    if "$ref" not in node:
        return beside
    there: Any = whole
    for key in node["$ref"].removeprefix("#/").split("/"):
        there = there[key]
    return _resolved(there, whole) | beside
