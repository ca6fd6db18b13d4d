"""What is found in a register, kind by kind, while it is looked through and afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
from geopandas import GeoDataFrame

from lsinfra.errors import Severity
from lsinfra.parcels import metric
from lsinfra.parcels.land import REPAIRED_SHARE, Flags, Ints, Shapes, transformer
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
    "distorts": ERROR,
    "clear": WARNING,
    "day_alone": WARNING,
    "outside_crs": WARNING,
    "distorted": WARNING,
    "off_route": WARNING,
    "past_corridor": WARNING,
    "outside_units": WARNING,
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
POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


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
        None where the kind has no area.
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
    """Some parcels, a row each: its number in the file, what names it, its shape in the metric CRS, and as it is."""

    rows: Ints
    ids: npt.NDArray[np.object_]
    projects: npt.NDArray[np.object_]
    shapes: Shapes
    raw: Shapes
    degrees: bool
    """Whether ``raw`` should be in degrees."""

    @classmethod
    def of(cls, frame: GeoDataFrame, said: str, crs: str) -> Piece:
        """The parcels of a frame of ``Register``; ``said``: the CRS of the register, ``crs``: the metric one."""
        raw = shapely.force_2d(frame.geometry.to_numpy())
        step = transformer(said, crs)
        ids, projects = (frame[name].to_numpy(dtype=object) for name in ("parcel_id", "project"))
        return cls(
            rows=frame.index.to_numpy(dtype=np.int64) + 1,
            ids=ids,
            projects=projects,
            shapes=raw if step is None else metric.move(raw, step),
            raw=raw,
            degrees=pyproj.CRS(said).is_geographic,
        )

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, which: Flags | Ints) -> Piece:
        return Piece(
            rows=self.rows[which],
            ids=self.ids[which],
            projects=self.projects[which],
            shapes=self.shapes[which],
            raw=self.raw[which],
            degrees=self.degrees,
        )

    def by_project(self) -> Iterator[Piece]:
        """The parcels of each project, in the order of the file."""
        place, _ = pd.factorize(self.projects)
        order = np.argsort(place, kind="stable")
        for some in np.split(order, np.flatnonzero(np.diff(place[order])) + 1):
            if len(some):
                yield self.where(some)

    def states(self) -> tuple[npt.NDArray[np.object_], Shapes]:
        """What is wrong with each shape (a code of ``KINDS``, "" nothing), and the shapes, mended where they can be."""
        state, shapes = np.full(len(self), "", dtype=object), self.shapes.copy()
        low_x, low_y, high_x, high_y = np.abs(shapely.bounds(self.raw)).T
        in_degrees = np.maximum(np.maximum(low_x, high_x) - 180, np.maximum(low_y, high_y) - 90) <= 0
        crossed = np.flatnonzero(~shapely.is_valid(shapes) & ~shapely.is_missing(shapes))
        mended = np.array([_polygons(shape) for shape in shapes[crossed]], dtype=object)
        before, after = shapely.area(shapes[crossed]), shapely.area(mended)
        same = np.abs(after - before) <= REPAIRED_SHARE * before
        state[crossed] = np.where(same, "repairable", "invalid")
        shapes[crossed] = np.where(same, mended, shapes[crossed])
        state[~(shapely.area(shapes) > 0) & (state == "")] = "empty"
        state[in_degrees != self.degrees] = "wrong_crs"
        state[~np.isin(shapely.get_type_id(self.raw), POLYGONS)] = "not_polygon"
        state[shapely.is_missing(self.raw) | shapely.is_empty(self.raw)] = "empty"
        return state, shapes

    def sound(self) -> Piece:
        """The parcels that can be measured and of which somebody said whose they are, mended where need be."""
        state, shapes = self.states()
        sound = np.isin(state, ("", "repairable")) & ~pd.isna(self.projects)
        return replace(self, shapes=shapes).where(sound)


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

    def say(self, code: str, **values: object) -> None:
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
            chosen = np.arange(min(TOLD, len(piece)))
        for at in chosen:
            size = None if area_m2 is None else float(area_m2[at])
            if len(note.spots) == TOLD and (-(size or 0.0), int(piece.rows[at])) >= note.spots[-1][:2]:
                continue
            spot = Spot(
                *(piece.ids[at], piece.projects[at], int(piece.rows[at]), *self._place(piece.shapes[at])),
                other=None if other is None else other.ids[at],
                other_row=None if other is None else int(other.rows[at]),
                found=found(int(at)) if found else None,
                area_m2=size,
            )
            note.spots = sorted([*note.spots, (-(size or 0.0), spot.row, spot)], key=lambda one: one[:2])[:TOLD]

    def cut_short(self, code: str) -> None:
        """Note that there may be more of a kind than were counted."""
        self._notes.setdefault(code, _Note()).complete = False

    def findings(self) -> Iterator[Doubt]:
        for code, severity in KINDS.items():
            if note := self._notes.get(code):
                spots = tuple(spot for _, _, spot in note.spots)
                sums = note.count, len(note.projects), note.area_m2
                yield Doubt(code, severity, *sums, spots, note.complete, note.values)

    def _place(self, shape: shapely.Geometry | None) -> tuple[float | None, float | None]:
        """A point of a parcel in EPSG:4326; none where it is nowhere."""
        inside = shapely.point_on_surface(shape) if shapely.is_valid(shape) else None
        found = shapely.get_coordinates(inside if inside is not None and not inside.is_empty else shape)
        if not len(found):
            return None, None
        lon, lat = found[0] if self._to_degrees is None else self._to_degrees.transform(*found[0])
        if not (np.isfinite([lon, lat]).all() and abs(lon) <= 180 and abs(lat) <= 90):
            return None, None
        return round(float(lon), 7), round(float(lat), 7)


def _polygons(shape: shapely.Geometry) -> shapely.Geometry | None:
    """A shape that crosses itself, mended; of what comes out only the areas."""
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return None
    parts = shapely.get_parts(shapely.make_valid(shape))
    return shapely.union_all(parts[np.isin(shapely.get_type_id(parts), POLYGONS)])
