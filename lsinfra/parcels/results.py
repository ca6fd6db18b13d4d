"""What the sums of the kernel mean: cleared, uncleared and unregistered length, and where the clear stretches end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd

from lsinfra.errors import Fault, InputError
from lsinfra.parcels.land import Ints
from lsinfra.parcels.model import Floats, Line, Lines, Measured, Partial
from lsinfra.parcels.personal import quotable
from lsinfra.parcels.stretches import covers
from lsinfra.phrases import Numeral
from lsinfra.text import Lang, say

CLEARED, UNCLEARED, UNREGISTERED = "cleared", "uncleared", "unregistered"
STATES = (CLEARED, UNCLEARED, UNREGISTERED)
NOISE_M = 1e-6
"""Ends of stretches that differ by less (m) are one: no place is known better."""
SAME_PLACE_M = 0.01
"""Two ends of stretches that are one and the same place (m): what is between them is the rounding of a drawing."""


def conclude(partial: Partial, lines: Lines, as_of: date | None = None, *, register: str = "") -> Measured:
    """The sums as facts about projects.

    Parameters
    ----------
    as_of : date, optional
        The day that was asked for; None: the newest date of a stage.
    register : str
        The name of the file, for a message.

    Raises
    ------
    InputError
        There are parcels that cannot be measured: nothing is summed without them.
    """
    refuse_faulty(partial, register)
    newest = partial.wholes["newest"].max()
    stretches = _stretches(partial, lines)
    return Measured(
        as_of=as_of or (None if pd.isna(newest) else newest.date()),
        areas=partial.areas,
        wholes=partial.wholes,
        stretches=stretches,
        lengths=_lengths(partial, stretches),
        repaired=partial.repaired,
    )


def refuse_faulty(partial: Partial, register: str) -> None:
    """See that every parcel could be measured."""
    if partial.faulty:
        raise InputError(
            Fault(
                register,
                "",
                f"parcel.{one.code}",
                {"count": Numeral(one.count), "parcels": _Named(one.examples)},
            )
            for one in partial.faulty
        )


@dataclass(frozen=True)
class _Named:
    """Some parcels by name, and what was found there, as ``Faulty.examples``."""

    examples: tuple[tuple[str, str | None], ...]

    def write(self, lang: Lang) -> str:
        said = []
        for parcel, found in self.examples:
            name = quotable(parcel) if parcel else say(lang, "parcel.nameless")
            said.append(name if found is None else f"{name} ({quotable(found)})")
        return "; ".join(said)


def chainage(line: Line, drawn_m: Floats) -> Floats:
    """Chainage (m) of places along the drawn line (m): evenly between its knots, a metre a metre beyond them."""
    at, drawn = (np.array(values, dtype=float) for values in zip(*line.knots, strict=True))
    drawn_m = np.asarray(drawn_m, dtype=float)
    between = np.interp(drawn_m, drawn, at)
    found: Floats = np.where(
        drawn_m < drawn[0],
        at[0] + drawn_m - drawn[0],
        np.where(drawn_m > drawn[-1], at[-1] + drawn_m - drawn[-1], between),
    )
    return found


def _stretches(partial: Partial, lines: Lines) -> pd.DataFrame:
    """Every surveyed line, cut into what is cleared, uncleared and without a register; by chainage."""
    by_line = partial.stretches.groupby(["project", "route"], sort=False).indices
    spans = partial.stretches[["start_m", "end_m"]].to_numpy(dtype=float)
    handed_over = partial.stretches["handed_over"].to_numpy(dtype=bool)
    rows: list[tuple[str, str, str, float, float]] = []
    for line in sorted(lines.lines, key=lambda one: (one.project, one.route)):
        if line.accuracy != "survey":
            continue
        own = by_line.get((line.project, line.route), np.zeros(0, dtype=np.int64))
        whole = float(np.hypot(*np.diff(line.xy, axis=0).T).cumsum()[-1])
        ends, states = _cut(whole, spans[own[handed_over[own]]].T, spans[own[~handed_over[own]]].T)
        at = chainage(line, ends).tolist()
        rows += [
            (line.project, line.route, STATES[state], *span)
            for state, span in zip(states.tolist(), pairwise(at), strict=True)
        ]
    return pd.DataFrame(rows, columns=["project", "route", "state", "start_m", "end_m"])


def _cut(whole_m: float, over: Floats, held: Floats) -> tuple[Floats, Ints]:
    """The ends of the stretches of a line, one more than there are, and the place of the state of each in ``STATES``.

    ``over`` and ``held`` are arrays (2, n) of starts and ends: of land handed over, and of land that is not.
    """
    ends = np.unique(np.concatenate([[0.0, whole_m], *over, *held]).clip(0.0, whole_m))
    # Two ends that differ by the rounding of a place are one.
    ends = ends[np.r_[True, np.diff(ends) > NOISE_M]]
    ends[-1] = whole_m
    middle = (ends[:-1] + ends[1:]) / 2
    states = np.where(covers(held, middle), 1, np.where(covers(over, middle), 0, 2))
    first = np.r_[True, np.diff(states) != 0]
    return np.append(ends[:-1][first], whole_m), states[first]


def _lengths(partial: Partial, stretches: pd.DataFrame) -> pd.DataFrame:
    projects = sorted({*partial.wholes["project"], *stretches["project"]})
    sums = (
        stretches.assign(length_m=stretches["end_m"] - stretches["start_m"])
        .pivot_table(index="project", columns="state", values="length_m", aggfunc="sum", fill_value=0.0)
        .reindex(index=projects, columns=list(STATES))
    )
    surveyed = sums.notna().any(axis=1)
    sums[surveyed] = sums[surveyed].fillna(0.0)
    off = partial.off_route.set_index("project")["parcels"].reindex(projects).fillna(0)
    return pd.DataFrame(
        {
            "project": pd.Series(projects, dtype=object),
            "length_m": sums.sum(axis=1, min_count=1).to_numpy(dtype=float),
            **{f"{state}_m": sums[state].to_numpy(dtype=float) for state in STATES},
            "off_route": off.to_numpy().astype(np.int64),
        }
    )


def longest(measured: Measured) -> pd.DataFrame:
    """The longest continuous cleared stretch of each project with a surveyed line that has one.

    Ends of two stretches less than 1 cm apart are one place.

    Returns
    -------
    DataFrame
        ``project``, ``route``, ``start_m``, ``end_m`` (chainage), ``before``, ``after``: what is there at its ends:
        ``uncleared``, ``unregistered``, or None where the line begins or ends.
    """
    found: dict[str, tuple[object, ...]] = {}
    for (project, route), table in measured.stretches.groupby(["project", "route"], sort=True):
        for start, end, before, after in _runs(table):
            if str(project) not in found or end - start > found[str(project)][3] - found[str(project)][2]:  # type: ignore[operator]
                found[str(project)] = project, route, start, end, before, after
    names = ["project", "route", "start_m", "end_m", "before", "after"]
    return pd.DataFrame({name: [row[place] for row in found.values()] for place, name in enumerate(names)})


def _runs(table: pd.DataFrame) -> list[tuple[float, float, str | None, str | None]]:
    """The cleared stretches of a line, those joined between which there is nothing worth the name."""
    rows = [
        (str(state), float(start), float(end))
        for state, start, end in zip(table["state"], table["start_m"], table["end_m"], strict=True)
        if state == CLEARED or end - start > SAME_PLACE_M
    ]
    joined: list[tuple[str, float, float]] = []
    for state, start, end in rows:
        if joined and joined[-1][0] == state:
            joined[-1] = state, joined[-1][1], end
        else:
            joined.append((state, start, end))
    states: list[str | None] = [None, *(state for state, _, _ in joined), None]
    around = list(zip(states, states[2:], strict=False))
    return [(start, end, *ends) for (state, start, end), ends in zip(joined, around, strict=True) if state == CLEARED]
