"""Unions of stretches of a line."""

from __future__ import annotations

import numpy as np

from lsinfra.parcels.land import Ints
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


def without(start: Floats, end: Floats, other_start: Floats, other_end: Floats) -> tuple[Floats, Floats]:
    """What one union of stretches has beyond another, both sorted and without overlap."""
    cuts = np.unique(np.concatenate([start, end, other_start, other_end]))
    if len(cuts) < 2:
        return np.zeros(0), np.zeros(0)
    low, high = cuts[:-1], cuts[1:]
    keep = _holds(start, end, low) & ~_holds(other_start, other_end, low)
    _, low, high = union(np.zeros(int(keep.sum()), dtype=np.int64), low[keep], high[keep])
    return low, high


def _holds(start: Floats, end: Floats, at: Floats) -> np.ndarray:
    """Whether the stretch from each of some ends to the next one is in a union."""
    place = np.searchsorted(start, at, side="right") - 1
    return (place >= 0) & (at < np.append(end, 0.0)[place])
