"""What is found in a register, kind by kind, while it is looked through and afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from lsinfra.errors import Severity
from lsinfra.parcels.kernel import in_another_crs, mended_land
from lsinfra.parcels.land import Flags, Ints, Land, Shapes, transformer
from lsinfra.parcels.model import Floats
from lsinfra.text import Lang, say

ERROR, WARNING, INFO = Severity
KINDS: dict[str, Severity] = {
    "empty": ERROR,
    "not_polygon": ERROR,
    "invalid": ERROR,
    "wrong_crs": ERROR,
    "project": ERROR,
    "unknown_project": ERROR,
    "stage": ERROR,
    "date": ERROR,
    "future": ERROR,
    "no_id": ERROR,
    "same_id": ERROR,
    "same_shape": ERROR,
    "overlap": ERROR,
    "households": ERROR,
    "personal": ERROR,
    "distorts": ERROR,
    "clear": WARNING,
    "day_alone": WARNING,
    "outside_crs": WARNING,
    "distorted": WARNING,
    "off_route": WARNING,
    "past_corridor": WARNING,
    "outside_units": WARNING,
    "same_name": WARNING,
    "tiny": WARNING,
    "sliver": INFO,
    "repairable": INFO,
    "no_projects": INFO,
    "no_line": INFO,
    "no_corridor": INFO,
    "no_units": INFO,
}
"""Every kind, in the order in which they are told. The first ones down to ``date`` are those of ``model.Faulty``."""
PAIRS = ("overlap", "sliver")
"""The kinds that count pairs of parcels, not parcels."""
TOLD = 5
"""Places that are named of each kind."""
TINY_M2 = 1.0
"""No parcel is as small; nor is what two have in common worth more than a note that is."""


@dataclass(frozen=True)
class Spot:
    """One parcel of which something is said.

    Attributes
    ----------
    row : int
        Its number in the file, the first being 1.
    lon, lat : float or None
        EPSG:4326; None where the parcel has no place on the ground.
    other, other_row
        Id and row of the parcel that it is compared with.
    found : str or None
        What was found there.
    area_m2 : float or None
        The area that is meant: of the parcel, of what two have in common, of what lies outside.
    """

    parcel: str | None
    project: str | None
    row: int
    lon: float | None
    lat: float | None
    other: str | None = None
    other_row: int | None = None
    found: str | None = None
    area_m2: float | None = None


@dataclass(frozen=True)
class Doubt:
    """One kind of thing that is wrong or doubtful.

    Attributes
    ----------
    count : int
        Parcels, or pairs of them (``PAIRS``); 0 of what is said of the whole register.
    projects : int
        Projects they belong to.
    area_m2 : float or None
        None where the kind has no area, or not all of it was counted.
    complete : bool
        False: there are more, see ``overlaps.Overlaps``.
    """

    code: str
    severity: Severity
    count: int
    projects: int
    area_m2: float | None
    spots: tuple[Spot, ...]
    complete: bool = True
    values: dict[str, object] = field(default_factory=dict)

    def message(self, lang: Lang) -> str:
        """The sentence: what is wrong and what to do."""
        return say(lang, f"parcelcheck.finding.{self.code}", **self.values)

    def without(self, hidden: Callable[[str, str], bool]) -> Doubt:
        """The same without the ids of parcels and projects (``parcel_id``, ``project``) that are to be hidden."""

        def kept(column: str, text: str | None) -> str | None:
            return None if text is None or hidden(column, text) else text

        return replace(
            self,
            spots=tuple(
                replace(
                    spot,
                    parcel=kept("parcel_id", spot.parcel),
                    project=kept("project", spot.project),
                    other=kept("parcel_id", spot.other),
                )
                for spot in self.spots
            ),
        )


@dataclass(frozen=True)
class Inspection:
    """What was found in a register, the serious first; ``crs`` is what was measured in, ``today`` the day it was."""

    register: str
    rows: int
    projects: int
    crs: str
    today: date
    findings: tuple[Doubt, ...]

    @property
    def serious(self) -> bool:
        """Whether there is an error among them."""
        return any(doubt.severity is ERROR for doubt in self.findings)


@dataclass(frozen=True, eq=False)
class Piece:
    """Some parcels, a row each.

    Attributes
    ----------
    rows : array of int
        The number of the row in the file, the first being 1.
    ids, projects : array of str or None
    shapes : array of geometry or None
        In the metric CRS, mended where they can be.
    state : array of str
        What is wrong with the shape, a code of ``KINDS``: as the kernel sees it. "" where nothing is.
    """

    rows: Ints
    ids: npt.NDArray[np.object_]
    projects: npt.NDArray[np.object_]
    shapes: Shapes
    state: npt.NDArray[np.object_]

    @classmethod
    def of(cls, frame: GeoDataFrame, crs: str) -> Piece:
        """The parcels of a frame of ``Register``; ``crs``: the metric one."""
        land = Land.of(frame)
        state = np.full(len(land), "", dtype=object)
        elsewhere = in_another_crs(land)
        land, mended, faults = mended_land(land.to_crs(crs), ~elsewhere)
        for code, rows in {**faults, "wrong_crs": elsewhere, "repairable": mended}.items():
            state[rows] = code
        ids, projects = (frame[name].to_numpy(dtype=object) for name in ("parcel_id", "project"))
        return cls(frame.index.to_numpy(dtype=np.int64) + 1, ids, projects, land.shapes(np.arange(len(land))), state)

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, which: Flags | Ints) -> Piece:
        """Some of the parcels."""
        return Piece(self.rows[which], self.ids[which], self.projects[which], self.shapes[which], self.state[which])

    def sound(self) -> Piece:
        """The parcels that can be measured."""
        return self.where(np.isin(self.state, ("", "repairable")))

    def by_project(self) -> Iterator[Piece]:
        """The parcels of each project, in the order of the file; those of none are left out."""
        place, _ = pd.factorize(self.projects)
        order = np.argsort(place, kind="stable")[np.count_nonzero(place < 0) :]
        for some in np.split(order, np.flatnonzero(np.diff(place[order])) + 1):
            if len(some):
                yield self.where(some)


@dataclass(eq=False)
class _Note:
    """One kind, while it is being counted."""

    count: int = 0
    area_m2: float | None = None
    complete: bool = True
    projects: set[str] = field(default_factory=set)
    spots: list[tuple[float, int, Spot]] = field(default_factory=list)
    values: dict[str, object] = field(default_factory=dict)


class Notes:
    """What was found so far. Of each kind a few places are kept: the largest, else the first in the file."""

    def __init__(self, crs: str) -> None:
        self._notes: dict[str, _Note] = {}
        self._to_degrees = transformer(crs, "EPSG:4326")

    def remark(self, code: str, **values: object) -> None:
        """Note a kind that is of the whole register."""
        self._notes.setdefault(code, _Note()).values.update(values)

    def add(
        self,
        code: str,
        piece: Piece,
        *,
        area_m2: Floats | None = None,
        land_m2: float | None = None,
        found: Callable[[int], str] | None = None,
        apart: Sequence[str] | None = None,
        other: Piece | None = None,
        most: int = TOLD,
    ) -> None:
        """Note some parcels.

        Parameters
        ----------
        area_m2
            Of each: the largest are named.
        land_m2
            The area of all of them; None: the sum of their areas.
        found
            What was found at one of them.
        apart
            What was found at each, where one place of each such word is enough.
        other
            The parcel that each is compared with.
        most
            So many places are enough.
        """
        if not len(piece):
            return
        note = self._notes.setdefault(code, _Note())
        note.count += len(piece)
        note.projects.update(project for project in piece.projects if project is not None)
        if area_m2 is not None:
            note.area_m2 = (note.area_m2 or 0.0) + (float(area_m2.sum()) if land_m2 is None else land_m2)
            chosen = np.argsort(-area_m2, kind="stable")[:TOLD]
        elif apart is not None:
            known = {spot.found for _, _, spot in note.spots}
            first = {word: at for at, word in reversed(list(enumerate(apart)))}
            chosen = np.array(sorted(at for word, at in first.items() if word not in known)[:TOLD], dtype=np.int64)
            found = apart.__getitem__
        else:
            chosen = np.arange(min(most, len(piece)))
        for at in chosen:
            size = None if area_m2 is None else float(area_m2[at])
            if len(note.spots) == TOLD and (-(size or 0.0), int(piece.rows[at])) >= note.spots[-1][:2]:
                continue
            spot = Spot(
                *(piece.ids[at], piece.projects[at], int(piece.rows[at]), *self._place(piece, int(at))),
                other=None if other is None else other.ids[at],
                other_row=None if other is None else int(other.rows[at]),
                found=found(int(at)) if found else None,
                area_m2=size,
            )
            note.spots = sorted([*note.spots, (-(size or 0.0), spot.row, spot)], key=lambda one: one[:2])[:TOLD]

    def cut_short(self, code: str) -> None:
        """Note that there may be more of a kind than were counted, so that its area is not known."""
        if code in self._notes:
            self._notes[code].complete = False

    def findings(self) -> Iterator[Doubt]:
        for code, severity in KINDS.items():
            if note := self._notes.get(code):
                spots = tuple(spot for _, _, spot in note.spots)
                sums = note.count, len(note.projects), note.area_m2 if note.complete else None
                yield Doubt(code, severity, *sums, spots, note.complete, note.values)

    def _place(self, piece: Piece, at: int) -> tuple[float | None, float | None]:
        """A point of a parcel in EPSG:4326; none where it is nowhere."""
        shape = None if piece.state[at] == "wrong_crs" else piece.shapes[at]
        inside = shapely.point_on_surface(shape) if shapely.is_valid(shape) else None
        found = shapely.get_coordinates(shape if inside is None or inside.is_empty else inside)
        if not len(found):
            return None, None
        lon, lat = found[0] if self._to_degrees is None else self._to_degrees.transform(*found[0])
        if not (np.isfinite([lon, lat]).all() and abs(lon) <= 180 and abs(lat) <= 90):
            return None, None
        return round(float(lon), 7), round(float(lat), 7)
