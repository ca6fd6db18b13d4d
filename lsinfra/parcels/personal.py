"""Personal data, which has no place in a register of land: columns by their names, and by what stands in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable


def by_name(name: str) -> str | None:
    """What kind of personal data a column's name speaks of; None for any other name."""
    return None


def by_content(values: Iterable[str]) -> str | None:
    """What kind of personal data stands in a column; None where there is none."""
    return None
