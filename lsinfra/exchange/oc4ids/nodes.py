"""A place in a package somebody wrote: what stands there in the type it must have, or a fault with its JSON path."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lsinfra.errors import Fault, InputError, QuantityError
from lsinfra.numerals import MAX_LENGTH, shown
from lsinfra.quantities import PartialDate
from lsinfra.text import Word

MOST = 200
"""Faults that are told of one file; whoever made it made the others alike."""
_ENOUGH = 10_000  # faults after which the rest of a file is not looked at
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[-+][0-9]{2}:[0-9]{2})"
)
# Controls but tab and newline, halves of characters, and what turns a line of text round.
_UNSEEN = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u200d\u2010-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(slots=True)
class Faults:
    """Every fault of one file, ``MOST`` at most; ``file`` is its name."""

    file: str
    found: list[Fault] = field(default_factory=list)
    more: int = 0

    def add(self, path: str, key: str, /, **values: object) -> None:
        self.take(Fault(self.file, path, f"oc4ids.fault.{key}", values))

    def take(self, fault: Fault) -> None:
        if len(self.found) < MOST:
            self.found.append(fault)
            return
        self.more += 1
        if self.more > _ENOUGH:
            self.settle()

    def settle(self) -> None:
        """Raise InputError where there is any."""
        if self.more:
            self.found.append(Fault(self.file, "", "oc4ids.fault.more", {"count": self.more}))
        if self.found:
            raise InputError(self.found)


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place (``projects[0].budget``). Null counts as left out, as what is empty should have been."""

    value: Any
    path: str
    faults: Faults

    def fault(self, key: str, /, **values: object) -> None:
        self.faults.add(self.path, key, **values)

    def inside(self, name: str) -> Node | None:
        """What stands under a key of a table; None where it is left out."""
        found = self.value.get(name) if isinstance(self.value, dict) else None
        return None if found is None else Node(found, f"{self.path}.{name}".removeprefix("."), self.faults)

    def table(self, name: str) -> Node:
        """A table under a key; an empty one where it is left out or is none."""
        found = self.inside(name)
        if found is None or not found.is_a(dict, "table"):
            return Node({}, f"{self.path}.{name}".removeprefix("."), self.faults)
        return found

    def rows(self, name: str) -> Iterator[Node]:
        """The tables of a list under a key."""
        found = self.inside(name)
        if found is not None and found.is_a(list, "list"):
            for n, value in enumerate(found.value):
                row = Node(value, f"{found.path}[{n}]", self.faults)
                if row.is_a(dict, "table"):
                    yield row

    def is_a(self, kind: type, expected: str) -> bool:
        if not isinstance(self.value, kind):
            self.fault("wrong_type", found=as_json(self.value), expected=Word(f"oc4ids.expected.{expected}"))
            return False
        return True

    def text(self, name: str) -> str | None:
        """A text in NFC; None where it is left out, empty or none."""
        found = self.inside(name)
        if found is None or not found.is_a(str, "text"):
            return None
        text = unicodedata.normalize("NFC", found.value.replace("\r\n", "\n"))
        if unseen := _UNSEEN.search(text):
            found.fault("bad_character", found=f"U+{ord(unseen[0]):04X}")
            return None
        return text if text.strip() else None

    def required(self, name: str) -> str | None:
        """A text that must be there."""
        text, found = self.text(name), self.inside(name)
        if text is None and (found is None or (isinstance(found.value, str) and not found.value.strip())):
            self.fault("missing", name=name)
        return text

    def number(self, name: str) -> Decimal | None:
        found = self.inside(name)
        return found.value if found is not None and found.is_a(Decimal, "number") else None

    def day(self, name: str) -> date | None:
        """The day of a date-time as it is written, whatever its offset: moved to another it would be another day."""
        found = self.inside(name)
        if found is None or not found.is_a(str, "moment"):
            return None
        try:
            if not _MOMENT.fullmatch(found.value):
                raise ValueError
            day = datetime.fromisoformat(found.value).date()
            PartialDate(day.year, day.month, day.day)
        except QuantityError as error:
            self.faults.take(Fault(self.faults.file, found.path, f"{error.group}.{error.key}", error.values))
        except ValueError:
            found.fault("wrong_type", found=as_json(found.value), expected=Word("oc4ids.expected.moment"))
        else:
            return day
        return None


def as_json(value: Any) -> str:
    """What was found, as the file writes it, for a sentence."""
    if isinstance(value, Decimal):
        return shown(str(value))
    if isinstance(value, (dict, list)):
        return "{…}" if isinstance(value, dict) else "[…]"
    return shown(json.dumps(value, ensure_ascii=False), MAX_LENGTH // 5)
