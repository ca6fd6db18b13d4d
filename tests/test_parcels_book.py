"""The book's progress with figures computed from a parcel register: which rows, how dated, what stands beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pandas as pd

from lsinfra.parcels.book import Counted
from lsinfra.parcels.model import Measured

REGISTER = "so-thua.parquet"
HECTARE_M2 = 10_000

Row = tuple[str, str | None, str | None, str]
"""Project, unit, stage, hectares."""


def counted(
    *rows: Row,
    units: tuple[str, ...] = ("Lộc Bình", "Đình Lập"),
    lengths: Sequence[tuple[str, float, float, float]] = (),
    day: str = "2024-10-31",
) -> Counted:
    """What the kernel would give: a stage is dated ``day``; lengths are of project, whole, cleared, unregistered (m)."""
    columns = ["project", "unit", "stage", "area_m2", "parcels", "newest"]
    areas = pd.DataFrame(
        [
            (project, unit, stage, float(Decimal(ha) * HECTARE_M2), 7, pd.Timestamp(day) if stage else pd.NaT)
            for project, unit, stage, ha in rows
        ],
        columns=columns,
    ).astype({"newest": "datetime64[s]"})
    by = ["project", "stage"]
    wholes = areas.groupby(by, dropna=False).agg({"area_m2": "sum", "parcels": "sum", "newest": "max"}).reset_index()
    measured = pd.DataFrame(
        [(project, whole, cleared, whole - cleared - none, none, 0) for project, whole, cleared, none in lengths],
        columns=["project", "length_m", "cleared_m", "uncleared_m", "unregistered_m", "off_route"],
    )
    return Counted(REGISTER, Measured(date.fromisoformat(day), areas, wholes, pd.DataFrame(), measured, 0), units)


def sound(
    *more: Row,
    a: tuple[str, str] = ("1", "3"),
    b: tuple[str, str] = ("2", "4"),
    second: str = "Đình Lập",
    lengths: Sequence[tuple[str, float, float, float]] = (),
) -> Counted:
    """A register in which handed over and paid land of the sections a and b is what ``tests.test_checks`` reports."""
    units = ("Lộc Bình", second)
    rows = [
        ("p", unit, stage, ha)
        for unit, both in zip(units, (a, b), strict=True)
        for stage, ha in zip(("handed_over", "paid"), both, strict=True)
    ]
    return counted(*rows, *more, units=units, lengths=lengths)


SOUND = sound()
