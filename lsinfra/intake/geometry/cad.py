"""DXF drawings: lines, polylines, arcs, ellipses and splines of the model space, also those inside blocks.

Curves become lines that stray no more than ``SAGITTA`` from them. A drawing names no coordinate system.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shapely import LineString

from lsinfra.errors import missing_package
from lsinfra.intake.geometry.drawing import MAX_POSITIONS, GeoImportError, Shape, no_layer
from lsinfra.numerals import shown

MAX_BYTES = 32 * 1024 * 1024
MAX_ENTITIES = 50_000
"""Entities once the blocks are taken apart: ten blocks of ten blocks of ten … are many more."""
SAGITTA = 0.05
"""How far a line may lie from the curve it stands for, in units of the drawing (5 cm where that is metres)."""

_DRAWN = {"LINE", "LWPOLYLINE", "POLYLINE", "ARC", "CIRCLE", "ELLIPSE", "SPLINE"}
_NEAR_LINE = re.compile(r'near line ([0-9]+) as "')  # so ezdxf says where a number was guessed
_UNICODE = re.compile(r"\\U\+([0-9A-Fa-f]{4})")


def read_dxf(path: Path, layers: Sequence[str]) -> tuple[list[Shape], Counter[str], bool, bool]:
    """Lines of a DXF file (text or binary), what was left out by kind, whether there were heights, and whether the
    drawing had to be mended.

    Parameters
    ----------
    layers : sequence of str
        Only these layers; empty for all.
    """
    try:
        from ezdxf.disassemble import recursive_decompose
    except ImportError:
        raise missing_package("ezdxf") from None
    size = path.stat().st_size
    if size > MAX_BYTES:
        limit = MAX_BYTES // 1_048_576
        raise GeoImportError("too_large", file=shown(path.name), found=size // 1_048_576, limit=limit)
    shapes: list[Shape] = []
    left: Counter[str] = Counter()
    heights = False
    positions = 0
    there: dict[str, None] = {}
    try:
        document, mended = _opened(path)
        for count, entity in enumerate(recursive_decompose(document.modelspace())):
            if count >= MAX_ENTITIES:
                raise GeoImportError("too_many", file=shown(path.name), limit=MAX_ENTITIES)
            layer = _letters(str(entity.dxf.get("layer", "0")))
            there[layer] = None
            if layers and layer not in layers:
                continue
            if entity.dxftype() not in _DRAWN:
                left[_kind(entity.dxftype())] += 1
                continue
            line, high = _line(entity)
            positions += len(line)
            if positions > MAX_POSITIONS:
                raise GeoImportError("too_many", file=shown(path.name), limit=MAX_POSITIONS)
            heights = heights or high
            if len(set(line)) > 1:
                shapes.append(Shape(layer, {"layer": layer}, LineString(line)))
            else:
                left["short_line"] += 1
        if layers and not set(layers) & there.keys():
            raise no_layer(path.name, layers, there)
    except GeoImportError:
        raise
    except Exception:  # noqa: BLE001  # a damaged drawing fails anywhere inside the library
        raise GeoImportError("broken", file=shown(path.name)) from None
    return shapes, left, heights, mended


def _opened(path: Path) -> tuple[Any, bool]:
    """The drawing, and whether it had to be mended; one of whose numbers some could only be guessed is refused."""
    import ezdxf
    from ezdxf import recover
    from ezdxf.audit import AuditError

    try:
        return ezdxf.readfile(path), False  # type: ignore[attr-defined]
    except ezdxf.DXFError:  # type: ignore[attr-defined]
        document, audit = recover.readfile(path)
    for doubt in audit.errors:
        if doubt.code in (AuditError.INVALID_FLOATING_POINT_VALUE, AuditError.INVALID_INTEGER_VALUE):
            lines = _NEAR_LINE.findall(str(doubt.message))
            raise GeoImportError("guessed_number", file=shown(path.name), line=lines[-1] if lines else "?")
    return document, True


def _line(entity: Any) -> tuple[list[tuple[float, float]], bool]:
    from ezdxf import path as paths

    points = list(paths.make_path(entity).flattening(SAGITTA))
    return [(float(point.x), float(point.y)) for point in points], any(abs(point.z) > 1e-9 for point in points)


def _kind(dxftype: str) -> str:
    if dxftype in ("TEXT", "MTEXT", "ATTRIB", "ATTDEF"):
        return "text"
    return "point" if dxftype == "POINT" else "other"


def _letters(name: str) -> str:
    r"""A name with its ``\U+1EC7`` as letters, as drawings older than 2007 write Vietnamese."""
    return _UNICODE.sub(lambda found: chr(int(found[1], 16)), name)
