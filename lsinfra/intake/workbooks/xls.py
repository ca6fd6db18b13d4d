"""The sheets of an .xls workbook, by python-calamine in a process of its own.

The old format is binary, and what reads it makes a full table of every sheet: a file of a few bytes may ask for more
memory than there is, which ends a process. So it is not this one. The bytes come on stdin, the cells leave as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from typing import Any

from lsinfra.dates import PartialDate
from lsinfra.errors import QuantityError
from lsinfra.intake.workbooks.cells import Cell, CellKind, date_cell, number_cell
from lsinfra.intake.workbooks.parts import MAX_CELLS, MAX_LETTERS, MAX_MERGES, MAX_TEXT, Place, Sheet, Stop

SECONDS, MEMORY = 10, 1_000_000_000
ENCRYPTED = 3  # exit codes of the process
TOO_MANY = 4


def read_xls(raw: bytes) -> list[Sheet]:
    """The sheets in their order.

    Raises
    ------
    Stop
        The file is encrypted, damaged, too large, or takes too long.
    """
    # -P: a file in the folder one works in is never taken for a module.
    command = [sys.executable, "-P", "-m", "lsinfra.intake.workbooks.xls"]
    room = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(command, input=raw, capture_output=True, timeout=SECONDS, env=room, check=False)
    except subprocess.TimeoutExpired:
        raise Stop("too_slow", limit=SECONDS) from None
    if done.returncode == ENCRYPTED:
        raise Stop("encrypted")
    if done.returncode == TOO_MANY or done.returncode < 0:  # or ended by the system for want of memory
        raise Stop("many_cells", limit=MAX_CELLS)
    if done.returncode != 0:
        raise Stop("damaged")
    return [_sheet(found) for found in json.loads(done.stdout)]


def _sheet(found: dict[str, Any]) -> Sheet:
    cells: dict[Place, Cell] = {}
    for row, column, kind, value in found["cells"]:
        if cell := _cell(kind, value):
            cells[row, column] = cell
    merges = tuple(((top, left), (bottom, right)) for top, left, bottom, right in found["merges"])
    return Sheet(found["name"], cells, merges)


def _cell(kind: str, value: str) -> Cell | None:
    if kind == "number":
        return replace(number_cell(value), old=True)
    if kind == "date":
        try:
            day = date.fromisoformat(value)
            return date_cell(PartialDate(day.year, day.month, day.day))
        except QuantityError:
            return Cell(CellKind.TEXT, value)
    if kind == "truth":
        return Cell(CellKind.TRUTH, value)
    return Cell(CellKind.ERROR if value.startswith("#") else CellKind.TEXT, value[:MAX_TEXT]) if value else None


# --- in the process of its own -------------------------------------------------------------------------------------


def main() -> int:
    """Read a workbook from stdin and write its cells to stdout."""
    from python_calamine import CalamineWorkbook, PasswordError

    _bound_memory()
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read()))
    except PasswordError:
        return ENCRYPTED
    except Exception:  # noqa: BLE001  whatever is wrong with the file, the answer is one sentence
        return 1
    sheets, count, length = [], 0, 0
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        cells = []
        for row, values in enumerate(sheet.iter_rows(), 1):
            for column, value in enumerate(values, 1):
                if value != "":
                    kind, text = _plain(value)
                    cells.append((row, column, kind, text[:MAX_TEXT]))
                    length += len(text[:MAX_TEXT])
            if count + len(cells) > MAX_CELLS or length > MAX_LETTERS:
                return TOO_MANY
        count += len(cells)
        merges = [
            (top + 1, left + 1, bottom + 1, right + 1)
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        ]
        if len(merges) > MAX_MERGES:
            return TOO_MANY
        sheets.append({"name": name, "cells": cells, "merges": merges})
    sys.stdout.buffer.write(json.dumps(sheets).encode())
    return 0


def _plain(value: object) -> tuple[str, str]:
    if isinstance(value, bool):
        return "truth", str(value)
    if isinstance(value, (int, float)):
        return "number", repr(value)
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return "date", value.isoformat()
    return "text", str(value)


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such bound; the time is bounded there too
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    sys.exit(main())
