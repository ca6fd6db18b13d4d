"""JSON without floats: decimals written and read digit by digit, and what is read bounded in size and depth."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from lsinfra.errors import Fault, InputError, RunError, why
from lsinfra.numerals import MAX_LENGTH, shown

MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 40
MAX_VALUES = 500_000
"""Values of one package: 160,000 positions, or some 5,000 figures; the whole province today is 3,000."""
MAX_DIGITS = 40


def to_json(value: Any, indent: str = "") -> str:
    """JSON text of tables, lists, text, truths, whole numbers and Decimals; a list of numbers stands on one line."""
    inner = indent + "  "
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, dict) and value:
        rows = [f"{inner}{json.dumps(key, ensure_ascii=False)}: {to_json(one, inner)}" for key, one in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, (list, tuple)) and value:
        if all(isinstance(one, Decimal) for one in value):
            return "[" + ", ".join(map(to_json, value)) + "]"
        return "[\n" + ",\n".join(inner + to_json(one, inner) for one in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)


def plain(amount: Decimal) -> str:
    """Digits with a decimal point, without an exponent and without zeros at the end."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def from_json(path: Path) -> tuple[Any, bytes]:
    """The value of a JSON file, its numbers as Decimal, and the bytes of the file.

    Raises
    ------
    RunError
        The file cannot be read.
    InputError
        It is too large or holds too many values; it is not UTF-8, no JSON, or too deep; it says a key twice, NaN, or a
        number nobody could print.
    """
    name = shown(path.name, MAX_LENGTH)
    raw = _bytes(path, name)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(name, "not_utf8", found=f"0x{raw[error.start]:02X}", byte=error.start + 1) from None
    if (values := text.count(",") + text.count("[") + text.count("{")) > MAX_VALUES:
        raise _refused(name, "too_many", found=values, limit=MAX_VALUES)
    repeated: list[str] = []
    strange: list[str] = []

    def number(digits: str) -> Decimal:
        amount = Decimal(digits) if len(digits) <= MAX_DIGITS else None
        if amount is None or abs(amount.adjusted()) > MAX_DIGITS:
            strange.append(digits)
            return Decimal(0)
        return amount

    def no_number(word: str) -> Decimal:
        strange.append(word)
        return Decimal(0)

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            repeated.extend(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        return made

    hooks: dict[str, Any] = {"parse_float": number, "parse_int": number, "parse_constant": no_number}
    try:
        value = json.loads(text, object_pairs_hook=table, **hooks)
    except json.JSONDecodeError as error:
        raise _refused(name, "not_json", line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise _refused(name, "too_deep", limit=MAX_DEPTH) from None
    if _deep(value):
        raise _refused(name, "too_deep", limit=MAX_DEPTH)
    faults = []
    if repeated:
        names = ", ".join(shown(key) for key in list(dict.fromkeys(repeated))[:5])
        faults.append(Fault(name, "", "oc4ids.fault.key_twice", {"names": names}))
    if strange:
        found = ", ".join(shown(digits, 20) for digits in strange[:5])
        faults.append(Fault(name, "", "oc4ids.fault.not_a_number", {"found": found, "count": len(strange)}))
    if faults:
        raise InputError(faults)
    return value, raw


def _bytes(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
            size = max(len(raw), path.stat().st_size)
    except OSError as error:
        raise RunError("unreadable", path=path, reason=why(error)) from None
    if size > MAX_BYTES:
        raise _refused(name, "too_large", found=size // 1_048_576, limit=MAX_BYTES // 1_048_576)
    return raw


def _refused(name: str, key: str, /, **values: object) -> InputError:
    return InputError([Fault(name, "", f"oc4ids.fault.{key}", values)])


def _deep(value: Any) -> bool:
    """Whether lists and tables stand in one another deeper than any package needs."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True
