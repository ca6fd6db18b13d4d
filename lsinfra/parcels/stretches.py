"""Unions of stretches of a line."""

from __future__ import annotations

import numpy as np

from lsinfra.parcels.land import Flags, Ints
from lsinfra.parcels.model import Floats


def union(key: Ints, start: Floats, end: Floats) -> tuple[Ints, Floats, Floats]:
    """The stretches that are covered, by key: without overlap, sorted; two that touch are one, those of no length none.

    Parameters
    ----------
    key : array of int
        What is united together, such as a line.
    start, end : arrays (m)
    """
    long = end > start
    key, start, end = key[long], start[long], end[long]
    if not len(key):
        return key, start, end
    order = np.lexsort((start, key))
    key, start, end = key[order], start[order], end[order]
    change = np.flatnonzero(key[1:] != key[:-1]) + 1
    found: list[tuple[Ints, Floats, Floats]] = []
    for low, high in zip(np.r_[0, change], np.r_[change, len(key)], strict=True):
        reached = np.maximum.accumulate(end[low:high])
        gap = np.flatnonzero(start[low + 1 : high] > reached[:-1])
        first, last = np.r_[0, gap + 1], np.r_[gap, high - low - 1]
        found.append((np.full(len(first), key[low]), start[low:high][first], reached[last]))
    keys, starts, ends = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return keys, starts, ends


def covers(spans: Floats, at: Floats) -> Flags:
    """Whether places are in a union of stretches: an array (2, n) of starts and ends, sorted and without overlap."""
    start, end = spans
    place = np.searchsorted(start, at, side="right") - 1
    inside: Flags = (place >= 0) & (at < np.append(end, -np.inf)[place])
    return inside
