"""Rows of a table as clauses: what the row is of, then the head of each column with its cell, for the grammar to read.

“Huyện Cao Lộc: Diện tích đã bàn giao (ha) 21,27 ha; …”. A column whose head names no unit is a running number or a
remark. A share goes to the column before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_NUMBER = re.compile(r"\d[\d., ]*(?:/\s*\d[\d., ]*)?")
_UNITS = (
    ("ha", r"\(?\bha\b\)?|diện tích"),
    ("m²", r"\bm2\b|\bm²"),
    ("km", r"\bkm\b|chiều dài"),
    ("hộ", r"\bhộ\b"),
    ("thửa", r"\bthửa\b"),
    ("tỷ đồng", r"\bt[ỷỉ] đồng\b"),
    ("triệu đồng", r"\btriệu đồng\b"),
)
_STAGED = re.compile("bàn giao|chi trả|kiểm đếm|phê duyệt|sạch|giải ngân", re.IGNORECASE)
_MAX_HEAD = 4


def row_lines(rows: Sequence[Sequence[str]]) -> Iterator[tuple[int, str]]:
    """Row number and sentence of each row that holds anything; a row without numbers is a heading.

    Parameters
    ----------
    rows
        The cells as text, merged ones repeated.
    """
    head = _head_rows(rows)
    width = max((len(row) for row in rows), default=0)
    heads = [_head([row[at] for row in rows[:head] if at < len(row)]) for at in range(width)]
    for number, row in enumerate(rows, 1):
        if number <= head or not any(row):
            continue
        yield number, _sentence(row, heads)


def _head_rows(rows: Sequence[Sequence[str]]) -> int:
    """How many rows at the top are the head: those before the first with a number in a cell of its own."""
    for at, row in enumerate(rows[: _MAX_HEAD + 1]):
        numbered = [cell for cell in row if _NUMBER.fullmatch(cell.strip())]
        counted = [cell.strip("() ") for cell in row if cell.strip()]
        if numbered and counted != [str(n + 1) for n in range(len(counted))]:
            return at
    return min(1, len(rows))


def _head(cells: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(cell for cell in cells if cell and not cell.strip("() ").isdigit()))


def _sentence(row: Sequence[str], heads: Sequence[str]) -> str:
    labels: list[str] = []
    pieces: list[str] = []
    before = ""
    for at, cell in enumerate(row):
        text, head = cell.strip(), heads[at] if at < len(heads) else ""
        if not text or (at and text == row[at - 1].strip() and not _NUMBER.fullmatch(text)):
            continue
        unit = _unit(head)
        if not _NUMBER.fullmatch(text):
            labels.append(text)
        elif unit == "%" and pieces and _stages(head) <= _stages(before):
            pieces[-1] += f", đạt {text}%"
        elif unit is not None:
            before = head
            pieces.append(f"{head} {text}{'' if unit == '%' else ' '}{unit}")
    label = " ".join(labels)
    return f"{label}: {'; '.join(pieces)}." if pieces else label


def _stages(head: str) -> set[str]:
    return {stage.lower() for stage in _STAGED.findall(head)}


def _unit(head: str) -> str | None:
    """The unit that the head of a column names; None for a running number."""
    if "%" in head or re.match("(?i)tỷ lệ", head):
        return "%"
    return next((unit for unit, words in _UNITS if re.search(words, head, re.IGNORECASE)), None)
