"""Every word a person reads, in Vietnamese and English, from ``locale/GROUP.LANG.toml``.

The top of the house: it imports nothing of it. A message is a key and values; the sentence is made only
when the language is known. Values that can write themselves (``write(lang)``) do so, others by ``str``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath
from typing import Literal, get_args

Lang = Literal["vi", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)

_LOCALE = Path(__file__).parent / "locale"


@cache
def words(lang: Lang, group: str) -> dict[str, str]:
    """The messages of one group in one language: ``locale/GROUP.LANG.toml``, nested tables as dotted keys."""
    table = tomllib.loads((_LOCALE / f"{group}.{lang}.toml").read_text(encoding="utf-8"))
    flat: dict[str, str] = {}

    def walk(prefix: str, branch: dict[str, object]) -> None:
        for name, value in branch.items():
            if isinstance(value, dict):
                walk(f"{prefix}{name}.", value)
            else:
                flat[prefix + name] = str(value)

    walk("", table)
    return flat


def say(lang: Lang, key: str, /, **values: object) -> str:
    """The message ``GROUP.NAME`` with its values put in.

    The templates are ours; the values may be anybody's text and are inserted as they are, never formatted again.

    Raises
    ------
    KeyError
        A key that is missing from the locale file, or a value that the message needs.
    """
    if not values:
        return _word(lang, key)
    group, _, name = key.partition(".")
    return words(lang, group)[name].format_map({field: _shown(value, lang) for field, value in values.items()})


@cache
def _word(lang: Lang, key: str) -> str:
    """A message that needs no values: units, statuses, headings."""
    group, _, name = key.partition(".")
    return words(lang, group)[name].format_map({})


def _shown(value: object, lang: Lang) -> str:
    # A page says tens of thousands of words: isinstance with a runtime-checked protocol would take half its time.
    write: Callable[[Lang], str] | None = getattr(value, "write", None)
    if write is not None:
        return write(lang)
    return printable(str(value)) if isinstance(value, PurePath) else str(value)


def printable(text: str) -> str:
    """A text of anybody's without what is not seen, turns the line round or commands a terminal: ESC as ``U+001B``."""
    return "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in text)


@dataclass(frozen=True, slots=True)
class Word:
    """A word to be said later: ``Word("stage.handed_over")``."""

    key: str

    def write(self, lang: Lang) -> str:
        return say(lang, self.key)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A message with its values, to be said later."""

    key: str
    values: tuple[tuple[str, object], ...] = ()

    def write(self, lang: Lang) -> str:
        return say(lang, self.key, **dict(self.values))
