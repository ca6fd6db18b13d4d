"""What goes into the kernel beside the parcels, and what comes out of it.

``Units`` and ``Lines`` are plain arrays that can be sent to another process; whatever index the kernel needs of them is
built once a process and kept there (``kernel``), never sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lsinfra.codes import Accuracy, Stage

if TYPE_CHECKING:
    import pandas as pd

STAGES: tuple[str, ...] = tuple(stage.value for stage in Stage)
"""The stages a parcel may have reached; a parcel of which none is known has stage None."""
HANDED_OVER = Stage.HANDED_OVER.value
REACH_M, NEAR_M = 500.0, 50.0
"""Where nobody gave the width of the right of way: how far from a line of its project a parcel that is not handed over
may be, and one that is, to say something of its length (m)."""
JUT_M = 1.0
"""How far a parcel may jut out of the right of way by the way it was drawn (m)."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Units:
    """Administrative units that do not overlap.

    Attributes
    ----------
    names : tuple of str
        One each; the same name twice is one unit in two pieces.
    wkb : tuple of bytes
        Polygon or MultiPolygon in ``crs``.
    crs : str
        The metric CRS in which everything is measured, such as ``EPSG:9215``.
    doubtful : tuple of str
        Those of several pieces that do not touch each other, of which nobody said that they are one unit.
    """

    names: tuple[str, ...]
    wkb: tuple[bytes, ...]
    crs: str
    doubtful: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Line:
    """The centre line of one route of a project.

    Attributes
    ----------
    xy : array (vertices, 2)
        In the metric CRS, from low to high chainage.
    knots : tuple of (chainage_m, drawn_m)
        As ``Alignment.calibration``: where published chainage lies on the drawn line. ``((0.0, 0.0),)``: it is metres
        from the first vertex.
    accuracy : str
        A ``schematic`` line shows which road is meant, not whose land is taken: no length is measured along it.
    corridor_m : float or None
        Full width of the right of way, None where nobody gave it. What parcels have beyond half of it and ``JUT_M``
        (beyond ``REACH_M`` or ``NEAR_M`` where it is None) says nothing about the length.
    accuracy_said : bool
        False: nobody said how the line was drawn, and it is taken for a survey.
    """

    project: str
    route: str
    xy: Floats
    knots: tuple[tuple[float, float], ...] = ((0.0, 0.0),)
    accuracy: Accuracy = "survey"
    corridor_m: float | None = None
    accuracy_said: bool = True


@dataclass(frozen=True, eq=False)
class Lines:
    """The routes of all projects; ``crs`` is the metric CRS, the same as that of the units."""

    lines: tuple[Line, ...]
    crs: str

    def __post_init__(self) -> None:
        """One line a route, each with a beginning and an end; whoever reads them from a file says it to the user."""
        if len({(line.project, line.route) for line in self.lines}) < len(self.lines):
            raise ValueError("a route has two lines")
        for line in self.lines:
            if (line.xy[0] == line.xy[-1]).all():
                raise ValueError(f"the line of {line.route} ends where it begins")


@dataclass(frozen=True)
class Faulty:
    """Parcels that cannot be measured, of one kind of fault.

    ``code``: ``empty`` (no geometry or one without area), ``not_polygon``, ``invalid`` (crosses itself, and a repair
    would change its area by more than 1e-6), ``wrong_crs`` (degrees in a CRS of metres or the reverse), ``stage`` (a
    word that is no stage), ``project`` (none given), ``date`` (a stage without a date).
    """

    code: str
    count: int
    examples: tuple[tuple[str, str | None], ...]
    """Up to five, in the order of the register: parcel id, and what was found there (None: nothing)."""


@dataclass(frozen=True, eq=False)
class Partial:
    """What some parcels come to. ``kernel.combine`` adds it to that of others, in any grouping.

    Attributes
    ----------
    areas : DataFrame
        ``project`` (str), ``unit`` (str, None outside every unit), ``stage`` (str, None not known), ``area_m2``
        (float), ``parcels`` (int; those with land there: one across a border counts on both sides), ``newest``
        (datetime64[s], the newest date of a stage, NaT where none is known). A row a combination that has parcels,
        sorted.
    wholes : DataFrame
        ``project``, ``stage``, ``area_m2``, ``parcels`` (each counted once), ``newest``: the same without units.
    stretches : DataFrame
        ``project``, ``route``, ``handed_over`` (bool), ``start_m``, ``end_m`` (float; metres along the drawn line):
        the union of the intervals of the parcels of that kind, without overlap, sorted. The two kinds may overlap.
    off_route : DataFrame
        ``project``, ``parcels``: those too far from every line of their project to say anything of its length.
    repaired : int
        Parcels whose geometry was mended, the area staying within 1e-6.
    unmeasured : int
        Parcels that cannot be measured and are in no sum, each once. Whoever shows sums refuses them while there is
        any.
    faulty : tuple of Faulty
        What is wrong with those; one may have several faults.
    """

    areas: pd.DataFrame
    wholes: pd.DataFrame
    stretches: pd.DataFrame
    off_route: pd.DataFrame
    repaired: int = 0
    unmeasured: int = 0
    faulty: tuple[Faulty, ...] = ()


@dataclass(frozen=True, eq=False)
class Measured:
    """What a register says of its projects; every table sorted by project.

    Attributes
    ----------
    as_of : date or None
        The day that was asked for, or the newest date of a stage; None where no stage is dated.
    areas, wholes : DataFrame
        As in ``Partial``.
    stretches : DataFrame
        ``project``, ``route``, ``state`` (``cleared``, ``uncleared``, ``unregistered``), ``start_m``, ``end_m``
        (chainage): every surveyed line cut without gap or overlap. Cleared is land handed over on which no parcel
        stands that is not; unregistered is a stretch without any parcel.
    lengths : DataFrame
        ``project``, ``length_m``, ``cleared_m``, ``uncleared_m``, ``unregistered_m``, ``off_route`` (parcels). NaN
        where the project has no line, or only schematic ones.
    repaired : int
        As in ``Partial``.
    """

    as_of: date | None
    areas: pd.DataFrame
    wholes: pd.DataFrame
    stretches: pd.DataFrame
    lengths: pd.DataFrame
    repaired: int
