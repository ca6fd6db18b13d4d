"""What every result is written with: JSON, tables for a terminal, and exact amounts as plain numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from lsinfra.compare import Compared
from lsinfra.numerals import half_up
from lsinfra.progress import Change, ClearanceRow, DisbursementRow
from lsinfra.quantities import Measure, PartialDate, number, percent_decimals
from lsinfra.render.payload import amount, unit
from lsinfra.text import Lang, say

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.table import Table

_SHARE_DECIMALS = 6


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
    """Two spaces, Vietnamese as it is, no NaN; exact amounts by ``json_number``."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=json_number) + "\n"


def json_number(value: object) -> int | float:
    """An exact amount as JSON has it: whole where the decimal is, else a float (15 significant digits)."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{value!r} has no place in JSON")


def rich_table(title: str, heads: Iterable[str]) -> Any:
    """An empty table for a terminal with these words at the head of its columns."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title) if title else None, title_justify="left", box=box.SIMPLE_HEAD)
    for head in heads:
        table.add_column(Text(head), overflow="fold")
    return table


@dataclass(frozen=True, eq=False)
class Fitted:
    """A table that breaks no word where the terminal has room for its longest ones.

    Attributes
    ----------
    narrow
        Makes the table that stands in its place where there is no room; None: words are broken then.
    """

    table: Table
    narrow: Callable[[], Table] | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        for table in filter(None, (self.table, self.narrow() if self.narrow else None)):
            if _fit(table, console, options):
                yield table
                return
        yield table


def _fit(table: Table, console: Console, options: ConsoleOptions) -> bool:
    """Set the widths of the columns: none under its longest word. False where the terminal is too narrow for that."""
    from rich.measure import Measurement, measure_renderables

    wide = options.update(width=100_000)
    heads = [Measurement.get(console, wide, one.header) for one in table.columns]
    bodies = [measure_renderables(console, wide, list(one.cells)) for one in table.columns]
    pairs = list(zip(heads, bodies, strict=True))
    least = [max(head.minimum, body.minimum) for head, body in pairs]
    edges = Measurement.get(console, wide, table).minimum - sum(least)
    # A figure is in one line where only heads must be in several.
    whole = [max(head.minimum, body.maximum) for head, body in pairs]
    lows = whole if edges + sum(whole) <= options.max_width else least
    spare = options.max_width - edges - sum(lows)
    if spare < 0:
        return False
    wishes = [max(head.maximum, body.maximum) - low for (head, body), low in zip(pairs, lows, strict=True)]
    asked = sum(wishes)
    for column, low, wish in zip(table.columns, lows, wishes, strict=True):
        column.width = low + (min(spare, asked) * wish // asked if asked else 0)
    return True


def cells(*texts: str) -> list[Any]:
    """Texts as they are: rich's markup in a record is text too."""
    from rich.text import Text

    return [Text(text) for text in texts]


def heads(lang: Lang, *names: str) -> list[str]:
    """The words at the head of the columns of a table for a terminal."""
    return [say(lang, f"heading.{name}") for name in names]


class Dated(Protocol):
    """What was observed at a date, and may have gone stale."""

    @property
    def observed(self) -> PartialDate: ...
    @property
    def stale(self) -> bool: ...


def observed_text(one: Dated, lang: Lang) -> str:
    """The date of a figure; beside it that the figure is stale."""
    observed = one.observed.write(lang)
    return f"{observed} ({say(lang, 'cli.table.stale')})" if one.stale else observed


# --- changes -------------------------------------------------------------------------------------------------------


def grown(value: Decimal | None, measure: Measure, lang: Lang) -> str:
    """A difference with its sign and unit; empty for none."""
    return "" if value is None else f"{_plus(value, amount(value, measure, lang))} {unit(measure, lang)}"


def points(
    change: Change | Compared[ClearanceRow] | Compared[DisbursementRow], measure: Measure, lang: Lang
) -> dict[str, str]:
    """The change of a share in percentage points: ``share``, and its parts ``correction``, ``work`` and ``scope``.

    With the decimals that the share itself is printed with, and a sign. Empty what is not known (a percentage that
    was stated without its total has no parts), and a correction where there is none. The parts add up to the change as
    they are printed (``shared_out``); the exact ones are in the JSON.
    """
    said = dict.fromkeys(("share", "correction", "work", "scope"), "")
    if change.share is None:
        return said
    decimals = percent_decimals(measure)
    steps = {"share": half_up(change.share * 100, decimals)}
    if change.work is not None and change.scope is not None:
        exact = {"work": change.work, "scope": change.scope}
        if isinstance(change, Compared) and change.correction:
            exact |= {"correction": change.correction}
        steps |= shared_out(steps["share"], {name: part * 100 * 10**decimals for name, part in exact.items()})
    return said | {name: _plus(n, number(Fraction(n, 10**decimals), decimals, lang)) for name, n in steps.items()}


def shared_out(whole: int, parts: Mapping[str, Fraction]) -> dict[str, int]:
    """Parts of a rounded sum as whole numbers that add up to it, by the method of the largest remainder.

    Each part is cut down to a whole number, then those that lost most get one more until the sum is reached. So each
    is less than one away from the exact part, keeps its sign, and is the part rounded by itself wherever these add up.
    To leave the rest of the sum to one of the parts would break this: it could print a change of scope where nothing
    but work and a correction is, or one of the wrong sign.

    Parameters
    ----------
    whole
        The exact sum of the parts, rounded to a whole number.
    """
    steps = {name: math.floor(part) for name, part in parts.items()}
    missing = whole - sum(steps.values())
    # Of equal remainders that of a rise first: half is rounded away from zero.
    lost = sorted(parts, key=lambda name: (steps[name] - parts[name], parts[name] < 0))
    return {name: steps[name] + (name in lost[:missing]) for name in parts}


def _plus(value: int | Decimal, text: str) -> str:
    return f"+{text}" if value > 0 else text
