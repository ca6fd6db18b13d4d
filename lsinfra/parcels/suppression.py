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

    Of a stage of a project the count is published, and that of each unit. So that none can be had by taking the others
    from the sum, further ones are left out (``hidden``). Areas and lengths stay: they are figures of land. No sum over
    the stages may be published beside these where one of them is left out.
    """
    areas, wholes, lengths = measured.areas.copy(), measured.wholes.copy(), measured.lengths.copy()
    counts, sizes = areas["parcels"].tolist(), areas["area_m2"].tolist()
    rows = defaultdict(list)
    for row, stage in enumerate(_stages(areas)):
        rows[stage].append(row)
    left, gone = np.zeros(len(areas), dtype=bool), np.zeros(len(wholes), dtype=bool)
    for place, (stage, whole) in enumerate(zip(_stages(wholes), wholes["parcels"].tolist(), strict=True)):
        parts = rows[stage]
        left[parts], gone[place] = hidden([counts[row] for row in parts], [sizes[row] for row in parts], whole)
    areas["parcels"] = areas["parcels"].astype("Int64").mask(left)
    wholes["parcels"] = wholes["parcels"].astype("Int64").mask(gone)
    off = lengths["off_route"].astype("Int64")
    lengths["off_route"] = off.mask((off > 0) & (off < FEWEST))
    return replace(measured, areas=areas, wholes=wholes, lengths=lengths)


def _stages(table: pd.DataFrame) -> Iterator[tuple[str, str | None]]:
    """Project and stage of each row; a stage that is not known is None however the table has it."""
    for project, stage in zip(table["project"], table["stage"], strict=True):
        yield project, None if pd.isna(stage) else stage


def hidden(counts: Sequence[int], areas: Sequence[float], whole: int) -> tuple[list[bool], bool]:
    """Which parts of a published sum, and whether the sum itself, must be left out.

    Parameters
    ----------
    counts
        The parts. They add up to ``whole`` or, where a parcel is counted on both sides of a border, to more.
    areas
        What the parts measure: where one more must go, it is the one of the smallest area. Their sizes are known to
        every reader; chosen by count, the choice itself would tell of the counts.

    Returns
    -------
    tuple
        A flag for each part, and one for the sum. From what stays, each count below ``FEWEST`` may still be anything
        from 1 to ``FEWEST`` - 1: two parts at least are left out together, and so many parcels that one of them could
        have that many with one parcel in each of the others. Where there are not, the sum goes.
    """
    if 0 < whole < FEWEST:
        return [count > 0 for count in counts], True
    out = [0 < count < FEWEST for count in counts]
    if not any(out):
        return out, False
    rest = sorted((area, place) for place, area in enumerate(areas) if not out[place] and counts[place])
    for _, place in [*rest, (0.0, -1)]:
        together = sum(count for count, left in zip(counts, out, strict=True) if left)
        if sum(out) > 1 and together >= FEWEST - 2 + sum(out):
            return out, False
        if place >= 0:
            out[place] = True
    return out, True
