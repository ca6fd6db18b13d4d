"""What has no field of its own in the standard stands as labelled lines below a description, for people and for us.

    A sketch through the known places, not the centre line.

    Thông tin:
    Độ chính xác: schematic
    Sai số (m): 5500

``described`` and ``told_apart`` undo each other whatever the text is.
"""

from __future__ import annotations

from collections.abc import Mapping

from lsinfra.text import say, words

_GROUP = "oc4ids"
_LABEL = "fact."
_ESCAPED = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"))


def _heading() -> str:
    return say("vi", "oc4ids.facts")


def described(text: str | None, facts: Mapping[str, str | None] | None = None) -> str | None:
    """A description with facts below it, by their keys under ``oc4ids.fact.``; None where there is neither."""
    lines = [
        f"{say('vi', f'oc4ids.fact.{key}')}: {_on_one_line(value)}" for key, value in (facts or {}).items() if value
    ]
    mark = f"{_heading()}\n"
    if not lines and (text is None or mark not in text):
        return text
    return (f"{text}\n\n" if text is not None else "") + mark + "\n".join(lines)


def told_apart(description: str | None) -> tuple[str | None, dict[str, str]]:
    """The text of a description and the facts below it; a line that is none of ours is no fact."""
    mark = f"{_heading()}\n"
    if description is None:
        return None, {}
    before, found, below = description.rpartition(f"\n\n{mark}")
    if not found:
        if not description.startswith(mark):
            return description, {}
        before, below = "", description.removeprefix(mark)
    labels = {label: key.removeprefix(_LABEL) for key, label in words("vi", _GROUP).items() if key.startswith(_LABEL)}
    facts = {}
    for line in below.split("\n"):
        label, colon, value = line.partition(": ")
        if colon and label in labels:
            facts[labels[label]] = _on_lines(value)
    return (before if found else None), facts


def _on_one_line(value: str) -> str:
    for plain, escaped in _ESCAPED:
        value = value.replace(plain, escaped)
    return value


def _on_lines(value: str) -> str:
    """The value as it was before ``_on_one_line``."""
    pieces = value.split("\\\\")
    return "\\".join(piece.replace("\\n", "\n").replace("\\r", "\r") for piece in pieces)
