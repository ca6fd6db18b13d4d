"""geodata/ → alignments, places, border and boundaries; chainage ↔ point; lengths in the metric CRS.

Every ``*.geojson`` of the folder is read; the properties of a feature tell what it is: ``route`` an alignment,
``place`` a place or gate, ``border: true`` the land border, ``unit`` with ``level`` an administrative boundary.
Geometry stays in EPSG:4326; it is measured in the metric CRS the caller names, with the datum step (for VN-2000
EPSG:6960, 1 m) and without any network.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError
from shapely import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry

from lsinfra.errors import Fault, InputError, RunError
from lsinfra.geojson import ACCURACIES, Feature, features, spell_position
from lsinfra.quantities import Chainage

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
