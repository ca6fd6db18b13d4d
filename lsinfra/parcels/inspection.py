"""What is wrong with a register, or doubtful: each kind with its count, its area and some places.

Two readings. The first looks at each parcel by itself and notes whose it is; the second takes the parcels of some
projects together, whatever their order in the file, and compares them with each other, with the routes and with the
units. Taken together are whole projects of about ``_TOGETHER`` parcels, or a single one that has more: the largest
project must fit into memory.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
from geopandas import GeoDataFrame

from lsinfra import alignments, geojson
from lsinfra.codes import Stage
from lsinfra.errors import RunError
from lsinfra.numerals import shown
from lsinfra.parcels import account, areas, corridor, metric, personal
from lsinfra.parcels.doubts import TINY_M2, Inspection, Notes, Piece
from lsinfra.parcels.land import Flags, Land
from lsinfra.parcels.model import REACH_M, STAGES, Floats, Line, Lines, Units
from lsinfra.parcels.overlaps import SHARE, copies, overlaps
from lsinfra.parcels.register import TEXTS
from lsinfra.parcels.stored import INTEGER
from lsinfra.phrases import Percent
from lsinfra.quantities import Measure

if TYPE_CHECKING:
    from lsinfra.parcels.register import Register
    from lsinfra.portfolio import Portfolio

_TOGETHER = 200_000  # parcels of several projects that are compared at once
_NARROWEST_M, _WIDEST_M = 1, 5000  # of a right of way: a path, a border gate with its yards
_FAR_M = 100_000
_AROUND_DEGREES = 0.5  # a CRS is used a little beyond the area that it was made for


class InspectionError(RunError):
    """A register that cannot be looked through as asked; its sentence is under ``parcelcheck.``."""

    group = "parcelcheck"


def check_width(corridor_m: float | None) -> None:
    """Raise ``InspectionError`` for a width that no right of way has; None is none."""
    if corridor_m is not None and not _NARROWEST_M <= corridor_m <= _WIDEST_M:
        raise InspectionError("bad_corridor", found=f"{corridor_m:g}", least=_NARROWEST_M, most=_WIDEST_M)


def known_projects(book: Portfolio | None, lines: Lines) -> frozenset[str] | None:
    """The projects of the book and of the routes; None where there is neither."""
    named = {line.project for line in lines.lines}
    if book:
        named.update(project.id for project in book.records.projects)
    return frozenset(named) if named else None


def inspect(
    register: Register,
    units: Units,
    lines: Lines,
    known_projects: Collection[str] | None,
    corridor_m: float | None,
    today: date,
    allow: Collection[str] = (),
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> Inspection:
    """Look through a register.

    Parameters
    ----------
    units, lines
        In the metric CRS that is measured in; without any unit or line that is not compared, and said so.
    known_projects
        The projects that there are; None: nobody said.
    corridor_m
        Full width of the right of way along lines that do not say theirs (m).
    allow
        Columns, by their names in the file, that look like personal data and are none.
    told
        Is told how much is done, and of how much.

    Raises
    ------
    RunError
        The file changed or is damaged; no exact way from its CRS to the metric one is known.
    """
    notes, index, contents = Notes(units.crs), _Index(), _texts_of(register, allow)
    extents = [np.full(4, np.nan)]
    for group in range(register.groups):
        frame = register.frame([group])
        piece = Piece.of(frame, units.crs)
        _attributes(frame, piece, known_projects, today, notes)
        if len(there := _shapes(piece, register.crs, units.crs, notes)):
            extents.append(shapely.total_bounds(there.shapes))
        index.add(frame)
        for name, seen in contents.items():
            seen.see(frame[name].dropna().unique())
        told(group + 1, 2 * register.groups)
    surveyed: dict[str, list[Line]] = {}
    for line in lines.lines:
        if line.accuracy != "schematic":
            surveyed.setdefault(line.project, []).append(line)
    alike, batches = index.alike(), list(index.batches())
    for n, (projects, groups) in enumerate(batches, 1):
        piece = Piece.of(register.frame(groups, projects), units.crs)
        _same_ids(piece.where(alike[piece.rows - 1]), notes)
        piece = piece.sound()
        for some in piece.by_project():
            _among_each_other(some, notes)
            _along(some, surveyed.get(some.projects[0], []), corridor_m, notes)
        _in_units(piece, units, notes)
        told(register.groups + register.groups * n // len(batches), 2 * register.groups)
    _distortion(register, np.array(extents), units.crs, notes)
    for remark in account.of_units(units):
        notes.remark(remark.code, **dict(remark.values))
    if known_projects is None:
        notes.remark("no_projects")
    if not units.names:
        notes.remark("no_units")
    if suspects := [name for name, seen in contents.items() if seen.kind()]:
        theirs = [shown(register.columns[name]) for name in suspects]
        notes.remark("personal", columns=", ".join(theirs), allow=" ".join(f'--allow "{name}"' for name in theirs))

    def hidden(column: str, text: str) -> bool:
        if column not in contents:
            return False
        return column in suspects or personal.may_be_somebody(text, numbers=False)

    found = tuple(doubt.without(hidden) for doubt in notes.findings())
    return Inspection(register.path.name, register.rows, len(index.names), units.crs, today, found)


def _texts_of(register: Register, allow: Collection[str]) -> dict[str, personal.Contents]:
    """The columns of free texts, every value of which is looked at: opening a register looks at some alone."""
    there = {name: register.columns[name] for name in TEXTS if name in register.columns}
    return {
        name: personal.Contents(register.file.kinds[theirs] == INTEGER)
        for name, theirs in there.items()
        if theirs not in allow
    }


# --- parcel by parcel ---


def _attributes(frame: GeoDataFrame, piece: Piece, known: Collection[str] | None, today: date, notes: Notes) -> None:
    """What stands beside the shapes."""
    projects, stages, days = frame["project"], frame["stage"], frame["stage_date"]
    notes.add("no_id", piece.where(frame["parcel_id"].isna().to_numpy()))
    notes.add("project", piece.where(projects.isna().to_numpy()))
    if known is not None:
        _words("unknown_project", projects, ~projects.isin(list(known)), piece, notes)
    _words("stage", stages, ~stages.isin(STAGES), piece, notes)
    notes.add("clear", piece.where((stages == Stage.CLEAR).to_numpy()))
    notes.add("date", piece.where((stages.notna() & days.isna()).to_numpy()))
    notes.add("day_alone", piece.where((stages.isna() & days.notna()).to_numpy()))
    _words("future", days.dt.strftime("%Y-%m-%d"), days > pd.Timestamp(today), piece, notes)
    if "households" in frame:
        counts = frame["households"]
        wrong = counts.notna() & ~((counts >= 0) & (counts % 1 == 0))
        _words("households", counts.map("{:.15g}".format), wrong, piece, notes)


def _words(code: str, words: pd.Series[Any], which: pd.Series[bool], piece: Piece, notes: Notes) -> None:
    """Note some parcels that have a word, with one place of each such word."""
    wrong = (which & words.notna()).to_numpy()
    said = {word: personal.quotable(word) for word in words[wrong].unique()}
    notes.add(code, piece.where(wrong), apart=[said[word] for word in words[wrong]])


def _shapes(piece: Piece, said: str, crs: str, notes: Notes) -> Piece:
    """What each shape is by itself; ``said``: the CRS of the register, ``crs``: the metric one.

    Given back: the parcels that can be measured and lie where they may.
    """
    for code in ("empty", "not_polygon", "wrong_crs", "invalid", "repairable"):
        notes.add(code, piece.where(piece.state == code))
    piece = piece.sound()
    area_m2 = shapely.area(piece.shapes)
    tiny = area_m2 < TINY_M2
    notes.add("tiny", piece.where(tiny), area_m2=area_m2[tiny])
    west, south, east, north = shapely.bounds(piece.shapes).T
    lon, lat = alignments.metric(crs).transform((west + east) / 2, (south + north) / 2, direction="INVERSE")
    low_x, low_y, high_x, high_y = _area_of_use(pyproj.CRS(said))
    inside = (lon >= low_x) & (lon <= high_x) & (lat >= low_y) & (lat <= high_y)
    notes.add("outside_crs", piece.where(~inside))
    return piece.where(inside)


def _distortion(register: Register, extents: Floats, crs: str, notes: Notes) -> None:
    """How far the metric CRS may be trusted where the parcels lie (each piece's bounds in it, NaN: none).

    What ``progress`` refuses is an error here, also where it is the coordinates that are wrong.
    """
    extents = extents[np.isfinite(extents).all(axis=1)]
    try:
        account.distortion(register, crs)
        if not len(extents):
            return
        (west, south), (east, north) = extents[:, :2].min(axis=0), extents[:, 2:].max(axis=0)
        distorted = abs(metric.areal_distortion(crs, (west, south, east, north)))
    except metric.GroundError as error:
        notes.remark("distorts", reason=error)
        return
    if distorted > metric.DOUBTFUL:
        notes.remark("distorted", crs=metric.crs_name(crs), percent=Percent(Fraction(distorted), Measure.AREA))


def _area_of_use(crs: pyproj.CRS) -> tuple[float, float, float, float]:
    """Where parcels in this CRS may be (degrees, WGS84): around the area that it was made for, in Viet Nam."""
    west, south, east, north = geojson.WEST, geojson.SOUTH, geojson.EAST, geojson.NORTH
    if (made_for := crs.area_of_use) is None:
        return west, south, east, north
    return (
        max(west, made_for.west - _AROUND_DEGREES),
        max(south, made_for.south - _AROUND_DEGREES),
        min(east, made_for.east + _AROUND_DEGREES),
        min(north, made_for.north + _AROUND_DEGREES),
    )


# --- parcels beside each other ---


class _Index:
    """Whose each row of the file is, so that the parcels of a project can be found again, and which ids are alike."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self._codes: list[npt.NDArray[np.int32]] = []
        self._keys: list[npt.NDArray[np.uint64]] = []

    def add(self, frame: GeoDataFrame) -> None:
        """The next piece of the file."""
        place, named = pd.factorize(frame["project"])
        codes = np.array([*(self.names.setdefault(name, len(self.names)) for name in named), -1], dtype=np.int32)
        self._codes.append(codes[place])
        ids = frame["parcel_id"].to_numpy(dtype=object)
        self._keys.append(pd.util.hash_array(ids) + codes[place].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))

    def alike(self) -> Flags:
        """Rows whose id another of the project may have: all that have, and by a rare chance some that have not."""
        keys = np.concatenate(self._keys)
        order = np.argsort(keys, kind="stable")
        same = np.diff(keys[order]) == 0
        found = np.zeros(len(keys), dtype=bool)
        found[order[1:][same]] = found[order[:-1][same]] = True
        return found

    def batches(self) -> Iterator[tuple[list[str], list[int]]]:
        """Projects to be looked at together, and the pieces of the file that hold them."""
        names = list(self.names)
        rows = sum(np.bincount(codes[codes >= 0], minlength=len(names)) for codes in self._codes)
        there = [np.unique(codes) for codes in self._codes]
        batch = (np.cumsum(rows) - rows) // _TOGETHER if names else np.zeros(0, dtype=np.int64)
        for number in np.unique(batch):
            first, last = np.flatnonzero(batch == number)[[0, -1]]
            groups = [group for group, codes in enumerate(there) if ((codes >= first) & (codes <= last)).any()]
            yield names[first : last + 1], groups


def _same_ids(piece: Piece, notes: Notes) -> None:
    """Parcels whose id one before them in the same project has."""
    names = pd.DataFrame({"project": piece.projects, "id": piece.ids})
    named = piece.where(names["id"].notna().to_numpy())
    names = names[names["id"].notna()].reset_index(drop=True)
    again = names.duplicated().to_numpy()
    first = names.groupby(["project", "id"], sort=False).ngroup().to_numpy()
    firsts = np.flatnonzero(~again)[first] if len(names) else first
    notes.add("same_id", named.where(again), other=named.where(firsts[again]))


def _among_each_other(piece: Piece, notes: Notes) -> None:
    """Parcels of one project on the same land."""
    if len(piece) == 1:
        return
    first = copies(piece.shapes)
    again = first != np.arange(len(first))
    area_m2 = shapely.area(piece.shapes[again])
    notes.add("same_shape", piece.where(again), area_m2=area_m2, other=piece.where(first[again]))
    once = piece.where(~again)
    found = overlaps(once.shapes)
    for code, which in (("overlap", found.area_m2 >= TINY_M2), ("sliver", found.area_m2 < TINY_M2)):
        ends = once.where(found.first[which]), once.where(found.second[which])
        land_m2 = found.land_m2(which) if found.complete else 0.0
        notes.add(code, ends[0], area_m2=found.area_m2[which], land_m2=land_m2, other=ends[1])
        if not found.complete:
            notes.cut_short(code)


def _along(piece: Piece, lines: Sequence[Line], corridor_m: float | None, notes: Notes) -> None:
    """Parcels of one project that are not where its routes are."""
    if not lines:
        notes.add("no_line", piece, most=1)
        return
    if corridor_m is None and any(line.corridor_m is None for line in lines):
        notes.add("no_corridor", piece, most=1)
        notes.remark("no_corridor", reach=f"{REACH_M:.0f}")
    found = corridor.beyond(piece.shapes, lines, corridor_m)
    off = piece.where(found.wholly)
    off_m2 = shapely.area(off.shapes)
    notes.add("off_route", off, area_m2=off_m2, found=lambda at: _distance(corridor.distance_m(off.shapes[at], lines)))
    past = found.past_m2 >= TINY_M2
    if past.any():
        notes.add("past_corridor", piece.where(past), area_m2=found.past_m2[past])
        notes.remark("past_corridor", slack=f"{corridor.SLACK_M:.0f}")


def _distance(metres: float) -> str:
    """How far off a parcel is, in metres only where that may be true: at most a hundred kilometres."""
    return f"{metres:.0f} m" if metres <= _FAR_M else f"> {_FAR_M // 1000} km"


def _in_units(piece: Piece, units: Units, notes: Notes) -> None:
    """Parcels with land in no unit."""
    if not units.names or not len(piece):
        return
    frame = {"parcel_id": piece.ids, "project": piece.projects, "stage": None, "stage_date": pd.NaT}
    cut = areas.pieces(Land.of(GeoDataFrame(frame, geometry=piece.shapes, crs=units.crs)), units)
    cut = cut[cut["unit"].isna()]
    outside_m2 = np.bincount(cut["row"], weights=cut["area_m2"], minlength=len(piece)).astype(float)
    outside = outside_m2 > SHARE * shapely.area(piece.shapes)
    notes.add("outside_units", piece.where(outside), area_m2=outside_m2[outside])
