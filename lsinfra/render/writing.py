"""What every result is written with: JSON, CSV, tables for a terminal, and exact amounts as plain numbers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lsinfra.numerals import half_up
from lsinfra.progress import Dating
from lsinfra.text import Lang, say

_SHARE_DECIMALS = 6


def amount_number(value: Decimal | None) -> int | float | None:
    """A JSON number: whole where the decimal is, else a float (15 significant digits)."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def share_number(share: Fraction | None) -> float | None:
    """Six decimals, half up; never 1 unless it is, never 0 if it is more."""
    if share is None:
        return None
    whole = 10**_SHARE_DECIMALS
    shown = half_up(share, _SHARE_DECIMALS)
    if 0 < share < 1:
        shown = min(max(shown, 1), whole - 1)
    return float(Fraction(shown, whole))


def signed_share(share: Fraction | None) -> float | None:
    """A change of a share, six decimals, half up."""
    return None if share is None else half_up(share, _SHARE_DECIMALS) / 10**_SHARE_DECIMALS


def as_json(value: dict[str, Any]) -> str:
    """Two spaces, Vietnamese as it is, no NaN."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_csv(rows: Sequence[dict[str, Any]], keys: Sequence[str]) -> str:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(keys)
    for row in rows:
        values = (row.get(key) for key in keys)
        writer.writerow([_plain(value) for value in values])
    return out.getvalue()


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def rich_table(title: str, heads: Iterable[str]) -> Any:
    """An empty table for a terminal with these words at the head of its columns."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title) if title else None, title_justify="left", box=box.SIMPLE_HEAD)
    for head in heads:
        table.add_column(Text(head), overflow="fold")
    return table


def cells(*texts: str) -> list[Any]:
    """Texts as they are: rich's markup in a record is text too."""
    from rich.text import Text

    return [Text(text) for text in texts]


def observed_text(dating: Dating, lang: Lang) -> str:
    observed = dating.observed.write(lang)
    return f"{observed} ({say(lang, 'cli.table.stale')})" if dating.stale else observed
