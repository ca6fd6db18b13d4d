"""The CRS in which parcels are measured: which it is, whether it is fit for the place, and how shapes come into it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError

from lsinfra.alignments import RouteError, metric
from lsinfra.errors import RunError
from lsinfra.numerals import shown
from lsinfra.parcels.land import transformer
from lsinfra.phrases import Numeral

DISTORTION = 0.005
"""A CRS that shows areas larger or smaller by more than this, as a share, is not made for the place."""
DOUBTFUL = 0.001
"""From this on whoever shows areas should say that the CRS distorts them."""


_MERIDIAN = "8802"  # EPSG: longitude of natural origin


class GroundError(RunError):
    """Units, routes or a CRS that the parcels cannot be measured against; its sentence is under ``ground.``."""

    group = "ground"


def crs_name(crs: Any) -> str:
    """A CRS for a sentence: ``EPSG:9215``; where no authority knows it its name, with the middle meridian of its zone.

    Well-known text fills a screen. That of the province's own parameters is a CRS bound to the datum shift.
    """
    found = pyproj.CRS.from_user_input(crs)
    if code := found.to_authority(min_confidence=100):
        return ":".join(code)
    plain = found.source_crs if found.is_bound and found.source_crs else found
    projection = plain.coordinate_operation
    meridian = None
    for one in projection.params if projection else ():
        if one.code == _MERIDIAN:
            minutes = round(float(one.value) * 60)
            meridian = f"{minutes // 60}°{minutes % 60:02}′"
    name = projection.method_name if projection and plain.name in ("unknown", "unnamed", "") else plain.name
    return shown(f"{name} ({meridian})" if meridian else name)


def measuring_crs(asked: str | None, register_crs: str, book_crs: Callable[[], str | None]) -> str:
    """The CRS in which parcels are measured: the one asked for, else the register's own where it is of metres (the
    plane areas of the cadastre are), else the book's, which is asked only then.

    Raises
    ------
    GroundError
        None of them is there; the one asked for is unknown or not in metres.
    RouteError
        That of the book is.
    """
    own = None
    with suppress(CRSError):
        parsed = pyproj.CRS.from_user_input(register_crs)
        if parsed.is_projected and all(axis.unit_name == "metre" for axis in parsed.axis_info[:2]):
            own = register_crs
    chosen = asked or own or book_crs()
    if not chosen:
        raise GroundError("no_metric_crs", found=crs_name(register_crs))
    try:
        metric(chosen)
    except RouteError as error:
        if not asked:
            raise
        if error.key == "crs_not_metric":
            raise GroundError("asked_not_metric", **error.values) from None
        raise GroundError("asked_unknown", found=shown(asked)) from None
    return chosen


def areal_distortion(crs: str, bounds: Sequence[float]) -> float:
    """How much larger (or, negative, smaller) than on the ground a CRS shows areas, as a share, where it is worst.

    Parameters
    ----------
    bounds : (west, south, east, north)
        In ``crs``, metres; looked at in the corners, the middles of the sides and the centre.

    Raises
    ------
    GroundError
        More than ``DISTORTION``, or the bounds lie where the CRS has no meaning.
    """
    west, south, east, north = bounds
    to_metric = metric(crs)
    x, y = np.meshgrid([west, (west + east) / 2, east], [south, (south + north) / 2, north])
    lon, lat = to_metric.transform(x.ravel(), y.ravel(), direction="INVERSE")
    named = pyproj.CRS.from_user_input(crs)
    worst = math.inf
    if np.isfinite(lon).all() and np.isfinite(lat).all():
        with suppress(ProjError):
            scale = np.asarray(pyproj.Proj(named).get_factors(lon, lat).areal_scale) - 1
            worst = float(scale[np.abs(scale).argmax()]) if np.isfinite(scale).all() else math.inf
    if not abs(worst) <= DISTORTION:
        percent = Numeral(Fraction(worst) * 100, 3) if math.isfinite(worst) else "∞"
        raise GroundError("distorts", crs=crs_name(named), percent=percent)
    return worst


def in_metres(shapes: npt.NDArray[Any], said: Any, crs: str, where: str) -> npt.NDArray[Any]:
    """Shapes of a file in the metric CRS, without heights.

    Parameters
    ----------
    said : CRS, str or None
        What the file says its CRS is; None: nothing.
    where : str
        The file, for a message.

    Raises
    ------
    GroundError
        No CRS; one that the numbers do not fit; no exact way from it to the metric one.
    """
    shapes = shapely.force_2d(shapes)
    if said is None:
        raise GroundError("no_crs", file=where)
    source = pyproj.CRS.from_user_input(said)
    reach = np.abs(shapely.total_bounds(shapes))
    if np.isfinite(reach).all() and (reach.max() <= 360) != source.is_geographic:
        key = "metres_in_degrees" if source.is_geographic else "degrees_in_metres"
        raise GroundError(key, file=where, crs=shown(source.name))
    try:
        step = transformer(source.to_wkt(), crs)
    except RouteError:
        raise GroundError("no_way", file=where, crs=shown(source.name), wanted=shown(crs)) from None
    shapes = shapes if step is None else move(shapes, step)
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        raise GroundError("elsewhere", file=where, crs=shown(source.name), wanted=shown(crs))
    return shapes


def move(shapes: npt.NDArray[Any], step: pyproj.Transformer) -> npt.NDArray[Any]:
    """Shapes taken vertex by vertex to another CRS."""
    moved: npt.NDArray[Any] = shapely.transform(shapes, lambda xy: np.column_stack(step.transform(xy[:, 0], xy[:, 1])))
    return moved
