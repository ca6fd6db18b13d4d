"""Counts so small that they tell of single people, left out of what is published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from lsinfra.parcels.model import Measured

FEWEST = 5
"""The smallest count of parcels or households that is published; a smaller one, but for 0, is left out."""


def published(measured: Measured) -> Measured:
    """What a register says, with the counts left out that must not be published: ``parcels`` and ``off_route`` are then
    ``Int64``, NA where left out.

    Of a stage of a project the count of each unit is published, and their sum unless one of them is left out
    (``hidden``). Areas and lengths stay: they are figures of land. Nor may any sum over stages or over projects be
    published beside these where a part of it is left out.
    """
    areas, wholes, lengths = measured.areas.copy(), measured.wholes.copy(), measured.lengths.copy()
    counts = areas["parcels"].tolist()
    rows = defaultdict(list)
    for row, stage in enumerate(_stages(areas)):
        rows[stage].append(row)
    left, gone = np.zeros(len(areas), dtype=bool), np.zeros(len(wholes), dtype=bool)
    for place, (stage, whole) in enumerate(zip(_stages(wholes), wholes["parcels"].tolist(), strict=True)):
        parts = rows[stage]
        left[parts], gone[place] = hidden([counts[row] for row in parts], whole)
    areas["parcels"] = areas["parcels"].astype("Int64").mask(left)
    wholes["parcels"] = wholes["parcels"].astype("Int64").mask(gone)
    off = lengths["off_route"].astype("Int64")
    lengths["off_route"] = off.mask((off > 0) & (off < FEWEST))
    return replace(measured, areas=areas, wholes=wholes, lengths=lengths)


def _stages(table: pd.DataFrame) -> Iterator[tuple[str, str | None]]:
    """Project and stage of each row; a stage that is not known is None however the table has it."""
    for project, stage in zip(table["project"], table["stage"], strict=True):
        yield project, None if pd.isna(stage) else stage


def hidden(counts: Sequence[int], whole: int) -> tuple[list[bool], bool]:
    """Which parts of a sum, and whether the sum itself, must be left out.

    A part is left out where it is below ``FEWEST``, whatever the others are, and the sum where a part is: so a reader
    who knows this rule learns of a part that is left out that it is from 1 to ``FEWEST`` - 1, and nothing else. To
    leave out a large part instead and keep the sum would tell more: which part was chosen depends on the others.

    Parameters
    ----------
    counts
        The parts. They add up to ``whole`` or, where a parcel is counted on both sides of a border, to more.

    Returns
    -------
    tuple
        A flag for each part, and one for the sum.
    """
    out = [0 < count < FEWEST for count in counts]
    return out, any(out) or 0 < whole < FEWEST
