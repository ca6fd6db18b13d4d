"""Which coordinates a file means, and from there to WGS84, with the datum step between VN-2000 and WGS84.

Nothing is guessed: where a file does not say, or where what it says does not fit the country, the person is asked, with
what the numbers themselves suggest. VN-2000 and WGS84 numbers of one place lie some 220 m apart in Lạng Sơn; a file
that names the wrong one of the two is found out by lines that are known to be right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely
from pyproj.database import query_crs_info
from pyproj.enums import PJType
from pyproj.exceptions import CRSError, ProjError
from pyproj.network import set_network_enabled  # type: ignore[attr-defined]
from shapely.geometry.base import BaseGeometry

from lsinfra.alignments import metric
from lsinfra.codes import Datum
from lsinfra.errors import Severity
from lsinfra.geojson import EAST, NORTH, SOUTH, WEST
from lsinfra.intake.geometry.drawing import Drawing, GeoImportError, Note, Shape
from lsinfra.numerals import shown

if TYPE_CHECKING:
    from lsinfra.routes import Routes

_BASE: dict[Datum, str] = {"wgs84": "EPSG:4326", "vn2000": "EPSG:4756"}

# The comparison of datums, tried on the boundaries of Lạng Sơn of several makers against the border: the share of the
# vertices within 600 m that come within 40 m is 69 to 76 % under the right datum and 15 to 17 % under the wrong one.
_NEAR_M = 600.0
_ON_M = 40.0
_ENOUGH = 20
_ON_SHARE = 0.4
_TIMES = 2
_EXACT_M = 100.0  # a drawn route surer than this can tell the datums apart, which lie 220 m from each other
_SUGGESTED_KM = 60.0  # a neighbouring zone of TM-3 puts a place 25 km away or more


OWN = "own"


@dataclass(frozen=True, slots=True)
class Placed:
    """A file's shapes in EPSG:4326, how they came there, and what is to be known of it.

    ``step`` is the code of the step between the datums, ``EPSG:6960``, ``OWN`` where the file brings the parameters
    itself; empty where its datum is that of WGS84.
    """

    shapes: tuple[Shape, ...]
    crs: str
    step: str
    notes: tuple[Note, ...]


def place(
    drawing: Drawing,
    *,
    crs: str | None = None,
    assume: Datum | None = None,
    swap: bool = False,
    known: Routes | None = None,
    others: Routes | None = None,
    near: BaseGeometry | None = None,
) -> Placed:
    """Put a drawing into WGS84, or ask what is missing.

    Parameters
    ----------
    crs : str, optional
        What the person says the coordinates are, ``EPSG:9215``; outranks what the file says, and that is noted.
    assume : "wgs84" or "vn2000", optional
        The answer to the question which datum the numbers have; None where nobody was asked.
    swap : bool
        The two coordinates stand in the other order (northing first, as surveyors write them).
    known : Routes, optional
        Lines that are known to be right, to compare datums with, and places to suggest a zone by.
    others : Routes, optional
        Those of the known lines that owe nothing to what the file replaces or to its source: a datum is asked about
        by any known line, but called right only by these. All of them where it is None.
    near : geometry, optional
        EPSG:4326: where the file ought to lie, such as the sketch of the route.

    Raises
    ------
    GeoImportError
        The CRS is missing (with suggestions), unknown, does not fit the numbers; the coordinates are swapped or
        outside Việt Nam; the datum is in doubt (``ask_datum``).
    """
    file = shown(drawing.name)
    shapes = tuple(_swapped(shape) for shape in drawing.shapes) if swap else drawing.shapes
    bounds = shapely.total_bounds([shape.geometry for shape in shapes])
    where = near or _neighbourhood(known)
    degrees = max(abs(bounds[0]), abs(bounds[2])) <= 360 and max(abs(bounds[1]), abs(bounds[3])) <= 360
    if crs is None and drawing.crs is None:
        _ask_crs(file, bounds, where, degrees=degrees)
    named = _parsed(crs or drawing.crs or "", file)
    notes: list[Note] = []
    if crs and drawing.crs and not named.equals(_parsed(drawing.crs, file), ignore_axis_order=True):
        said = _spoken(_parsed(drawing.crs, file))
        notes.append(Note(Severity.WARNING, "crs_overruled", {"said": said, "given": _spoken(named)}))
    if _unsaid_datum(crs or drawing.crs or ""):
        notes.append(Note(Severity.WARNING, "datum_unsaid", {"taken": _spoken(named)}))
    if named.is_geographic != degrees:
        if degrees:
            raise GeoImportError("degrees_in_metres", file=file, crs=_spoken(named))
        _ask_order(file, bounds, where)
        suggested = _suggestions(bounds, where)
        key = "metres_in_degrees" if suggested else "metres_in_degrees_strange"
        raise GeoImportError(key, file=file, crs=_spoken(named), **({"suggested": suggested} if suggested else {}))
    if assume is not None:
        named = _with_datum(named, assume, file)
    transformer = _to_wgs84(named, file)
    moved = _moved(shapes, transformer)
    _inside(moved, shapes, file, swap=swap)
    notes += _datum_notes(shapes, moved, named, (known, others or known), assume, file)
    if swap:
        notes.append(Note(Severity.WARNING, "swapped_as_asked"))
    if drawing.mended:
        notes.append(Note(Severity.WARNING, "mended"))
    if drawing.heights:
        notes.append(Note(Severity.INFO, "heights_dropped"))
    return Placed(moved, _spoken(named), _datum_step(named, transformer), tuple(notes))


def _parsed(name: str, file: str) -> pyproj.CRS:
    set_network_enabled(False)
    try:
        named = pyproj.CRS.from_user_input(name)
    except CRSError:
        raise GeoImportError("crs_unknown", file=file, found=shown(name)) from None
    if named.is_compound or len(named.axis_info) > 2:
        named = named.to_2d()
    if not (named.is_geographic or named.is_projected):
        raise GeoImportError("crs_unknown", file=file, found=shown(name))
    code = None if named.is_bound else named.to_authority(min_confidence=70)
    return pyproj.CRS.from_authority(*code) if code else named


def _unsaid_datum(name: str) -> bool:
    """Whether a CRS gives an ellipsoid only, which both datums share: ``+ellps=WGS84``, without its code."""
    datum = pyproj.CRS.from_user_input(name).datum
    return datum is not None and datum.name.lower().startswith("unknown")


def _spoken(crs: pyproj.CRS) -> str:
    code = None if crs.is_bound else crs.to_authority(min_confidence=70)
    return f"{':'.join(code)} ({shown(crs.name)})" if code else shown(crs.name)


def _to_wgs84(crs: pyproj.CRS, file: str) -> pyproj.Transformer:
    """The best operation PROJ knows, never a ballpark one, which would leave the datum step out."""
    try:
        return pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True, allow_ballpark=False, only_best=True)
    except ProjError:
        raise GeoImportError("no_operation", file=file, crs=_spoken(crs)) from None


def _datum_step(crs: pyproj.CRS, transformer: pyproj.Transformer) -> str:
    """See ``Placed.step``; of a transformer that was used, since among several operations PROJ takes one by place."""
    if crs.equals(pyproj.CRS(4326), ignore_axis_order=True):
        return ""
    used = transformer if transformer.operations else transformer.get_last_used_operation()
    steps = [one.to_json_dict().get("id") for one in used.operations or () if one.type_name == "Transformation"]
    return ", ".join(f"{named['authority']}:{named['code']}" if named else OWN for named in steps)


def _moved(shapes: Sequence[Shape], transformer: pyproj.Transformer) -> tuple[Shape, ...]:
    def step(at: np.ndarray) -> np.ndarray:
        return np.column_stack(transformer.transform(at[:, 0], at[:, 1]))

    return tuple(Shape(one.layer, one.attributes, shapely.transform(one.geometry, step)) for one in shapes)


def _swapped(shape: Shape) -> Shape:
    return Shape(shape.layer, shape.attributes, shapely.transform(shape.geometry, lambda at: at[:, ::-1]))


def _inside(moved: Sequence[Shape], shapes: Sequence[Shape], file: str, *, swap: bool) -> None:
    """Refuse what lies outside Việt Nam, telling coordinates in the wrong order apart."""
    at = np.vstack([shapely.get_coordinates(shape.geometry) for shape in moved])
    raw = np.vstack([shapely.get_coordinates(shape.geometry) for shape in shapes])
    ok = (at[:, 0] >= WEST) & (at[:, 0] <= EAST) & (at[:, 1] >= SOUTH) & (at[:, 1] <= NORTH)
    if ok.all():
        return
    first = int(np.argmin(ok))
    values = {"file": file, "x": f"{raw[first][0]:.6g}", "y": f"{raw[first][1]:.6g}", "count": int((~ok).sum())}
    x, y = raw[first]
    turned = (WEST <= y <= EAST and SOUTH <= x <= NORTH) or (_northing(x) and _easting(y))
    raise GeoImportError("swapped" if turned and not swap else "outside", **values)


def _northing(number: float) -> bool:
    return 880_000 < number < 2_620_000  # metres from the equator, 8° to 23.6°


def _easting(number: float) -> bool:
    return 200_000 < number < 850_000


# --- suggestions ---------------------------------------------------------------------------------------------------


def _ask_crs(file: str, bounds: np.ndarray, where: BaseGeometry | None, *, degrees: bool) -> None:
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    values = {"file": file, "x": f"{x:.7g}", "y": f"{y:.7g}"}
    if degrees:
        if WEST <= y <= EAST and SOUTH <= x <= NORTH:
            raise GeoImportError("swapped", **values, count=1)
        raise GeoImportError("crs_missing_degrees", **values)
    _ask_order(file, bounds, where)
    if _easting(x / 1000) and _northing(y / 1000):
        raise GeoImportError("in_millimetres", **values)
    suggested = _suggestions(bounds, where)
    if suggested:
        raise GeoImportError("crs_missing", **values, suggested=suggested)
    raise GeoImportError("crs_missing_strange", **values)


def _ask_order(file: str, bounds: np.ndarray, where: BaseGeometry | None) -> None:
    """Ask where X is north, as surveyors of Việt Nam write it: without a CRS two answers are missing, not one."""
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    if not (_northing(x) and _easting(y)):
        return
    values = {"file": file, "x": f"{x:.7g}", "y": f"{y:.7g}"}
    if suggested := _suggestions(bounds[[1, 0, 3, 2]], where):
        raise GeoImportError("swapped_metres", **values, suggested=suggested)
    raise GeoImportError("swapped_metres_strange", **values)


def _suggestions(bounds: np.ndarray, where: BaseGeometry | None) -> str:
    """The projections of VN-2000 under which the numbers come to lie near, nearest first: ``EPSG:9215 (…, 3 km)``."""
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    if where is None or not (_easting(x) and _northing(y)):
        return ""
    metres = pyproj.Geod(ellps="WGS84")
    found = []
    for code, name in _zones():
        lon, lat = pyproj.Transformer.from_crs(f"EPSG:{code}", "EPSG:4326", always_xy=True).transform(x, y)
        if not (WEST <= lon <= EAST and SOUTH <= lat <= NORTH):
            continue
        line = shapely.shortest_line(shapely.Point(lon, lat), where)
        km = metres.geometry_length(line) / 1000
        if km <= _SUGGESTED_KM:
            found.append((round(km), code, name))
    return "; ".join(f"EPSG:{code} ({name}, {km} km)" for km, code, name in sorted(found)[:3])


@cache
def _zones() -> tuple[tuple[str, str], ...]:
    """EPSG's projections of VN-2000, of 3° and of 6°."""
    infos = query_crs_info(auth_name="EPSG", pj_types=PJType.PROJECTED_CRS)
    return tuple(sorted({(info.code, info.name) for info in infos if info.name.startswith("VN-2000 / ")}))


def _neighbourhood(known: Routes | None) -> BaseGeometry | None:
    """Where the portfolio is: its drawn routes and places."""
    if known is None:
        return None
    drawn = [line.line for line in known.alignments.values()] + [place.point for place in known.places.values()]
    return shapely.GeometryCollection(drawn) if drawn else None


# --- datums --------------------------------------------------------------------------------------------------------


def _datum(crs: pyproj.CRS) -> Datum | None:
    geodetic = crs.geodetic_crs
    for datum, base in _BASE.items():
        if geodetic is not None and geodetic.equals(pyproj.CRS(base), ignore_axis_order=True):
            return datum
    return None


def _with_datum(crs: pyproj.CRS, datum: Datum, file: str) -> pyproj.CRS:
    """The same coordinates on the other datum: the projection stays, the earth under it changes."""
    if _datum(crs) == datum:
        return crs
    if crs.is_geographic:
        return pyproj.CRS(_BASE[datum])
    if crs.is_bound or crs.coordinate_operation is None:
        raise GeoImportError("assume_impossible", file=file, crs=_spoken(crs))
    name = f"{crs.name}, {datum}"
    return pyproj.crs.ProjectedCRS(crs.coordinate_operation, name=name, geodetic_crs=pyproj.CRS(_BASE[datum]))


def _datum_notes(
    shapes: Sequence[Shape],
    moved: Sequence[Shape],
    crs: pyproj.CRS,
    against: tuple[Routes | None, Routes | None],
    assume: Datum | None,
    file: str,
) -> list[Note]:
    """Ask where the other datum fits known lines far better, else say whether it could be checked at all.

    ``against``: all that is known, and what of it may confirm.
    """
    said = _datum(crs)
    if said is None:
        return []
    if assume is not None:
        return [Note(Severity.WARNING, "datum_assumed", {"datum": _name(said)})]
    unchecked = [Note(Severity.INFO, "datum_unchecked", {"datum": _name(said)})]
    known, others = against
    references = _references(known)
    if known is None or not references:
        return unchecked
    other: Datum = "vn2000" if said == "wgs84" else "wgs84"
    turned = _moved(shapes, _to_wgs84(_with_datum(crs, other, file), file))
    as_said = _fit(moved, references, known.metric_crs)
    as_other = _fit(turned, references, known.metric_crs)
    enough = max(as_said.near, as_other.near) >= _ENOUGH
    if enough and as_other.on >= _ON_SHARE * as_other.near and as_other.on >= _TIMES * as_said.on:
        fits = {"said_m": round(as_said.median_m), "other_m": round(as_other.median_m), "count": as_other.near}
        names = {"datum": _name(said), "other": _name(other), "said_as": said, "other_as": other}
        raise GeoImportError("ask_datum", file=file, **fits, **names)
    if others is not known:
        references = _references(others)
        if not references:
            return unchecked
        as_said, as_other = (_fit(each, references, known.metric_crs) for each in (moved, turned))
    enough = as_said.near >= _ENOUGH
    if enough and as_said.on >= _ON_SHARE * as_said.near and as_said.on >= _TIMES * as_other.on:
        values = {"datum": _name(said), "median_m": round(as_said.median_m), "count": as_said.near}
        return [Note(Severity.INFO, "datum_checked", values)]
    return unchecked


def _name(datum: Datum) -> str:
    return {"wgs84": "WGS84", "vn2000": "VN-2000"}[datum]


@dataclass(frozen=True, slots=True)
class _Fit:
    """How many vertices come near a known line, how many lie on it, and how far the middle one of those near is off."""

    near: int
    on: int
    median_m: float


def _fit(shapes: Sequence[Shape], references: BaseGeometry, metric_crs: str) -> _Fit:
    transformer = metric(metric_crs)

    def step(at: np.ndarray) -> np.ndarray:
        return np.column_stack(transformer.transform(at[:, 0], at[:, 1]))

    at = np.vstack([shapely.get_coordinates(shape.geometry) for shape in shapes])
    at = at[:: max(1, len(at) // 20_000)]
    lines = shapely.transform(references, step)
    tree = shapely.STRtree(shapely.get_parts(lines))
    _, far = tree.query_nearest(shapely.points(step(at)), max_distance=_NEAR_M, return_distance=True, all_matches=False)
    return _Fit(len(far), int((far <= _ON_M).sum()), float(np.median(far)) if len(far) else 0.0)


def _references(known: Routes | None) -> BaseGeometry | None:
    """Lines sure enough to tell the datums apart, leg by leg: the border, boundaries, surveyed routes."""
    if known is None:
        return None
    lines: list[BaseGeometry] = [known.border] if known.border is not None else []
    lines += [unit.geometry.boundary for unit in known.units]
    lines += [
        line.line
        for line in known.alignments.values()
        if line.accuracy == "survey" or (line.uncertainty_m or _EXACT_M) < _EXACT_M
    ]
    legs = [leg for whole in lines for part in shapely.get_parts(whole) for leg in _legs(shapely.get_coordinates(part))]
    return shapely.MultiLineString(legs) if legs else None


def _legs(at: np.ndarray) -> list[np.ndarray]:
    """Pieces of some vertices each, so that a search by box is quick."""
    return [at[start : start + 11] for start in range(0, len(at) - 1, 10)]
