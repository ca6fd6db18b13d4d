"""Sizes of paper: of the first sheet of a page that is printed."""

from enum import StrEnum
from math import ceil

_PX_MM = 96 / 25.4


class Size(StrEnum):
    """The sheet with the map, lying; the tables behind it are always A4."""

    A0 = "A0"
    A1 = "A1"
    A2 = "A2"
    A3 = "A3"
    A4 = "A4"

    @property
    def mm(self) -> tuple[int, int]:
        """Width and height."""
        return {"A0": (1189, 841), "A1": (841, 594), "A2": (594, 420), "A3": (420, 297), "A4": (297, 210)}[self.value]

    @property
    def style(self) -> str:
        """Rules for a page whose sheet is of this size; the sheet is laid out for A3 (print.css) and then scaled."""
        width, height = self.mm
        # The narrower of the two: the sizes are rounded to the millimetre, and a sheet may not flow over its paper.
        scale = min(width / 420, height / 297)
        margin = " ".join(f"{edge * scale:.3f}mm" for edge in (10, 12, 14))
        foot = "".join(f"@bottom-{side}{{font-size:{10 * max(scale, 1):.2f}px}}" for side in ("left", "right"))
        page = f"@page sheet{{size:{width}mm {height}mm;margin:{margin};{foot}}}"
        return f"@media print{{{page}#sheet.fitted{{zoom:{scale:.5f}}}}}"

    @property
    def px(self) -> tuple[int, int]:
        """Width and height of the sheet on a screen."""
        width, height = self.mm
        return ceil(width * _PX_MM), ceil(height * _PX_MM)
