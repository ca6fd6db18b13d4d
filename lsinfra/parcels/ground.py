"""Administrative units and routes from a file, or from the book, as the kernel takes them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from lsinfra.parcels.model import Lines, Units

if TYPE_CHECKING:
    from lsinfra.portfolio import Portfolio


def units_from(file: Path, crs: str) -> Units: ...


def units_of(portfolio: Portfolio, crs: str, on: date, level: str | None = None) -> Units: ...


def lines_from(file: Path, crs: str) -> Lines: ...


def lines_of(portfolio: Portfolio, crs: str) -> Lines: ...
