"""How a map on paper and in a GIS is drawn: the colours of the page's light scheme, lengths in millimetres.

The page's own are in ``static/colours.css`` and ``static/legend.js``; a test holds the colours together.
"""

COLOURS = ("#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#009e73", "#4b535d", "#7d8590")
"""A colour for each class of a share (``payload.share_class``)."""

DASHES = ("0.6 4.2", "1.5 3.3", "2.4 2.4", "3.3 1.5", "4 0.8", "", "0.01 2.7", "0.6 2.1")
"""The second cue beside colour, as on the page: the more is handed over, the more of each dash is drawn."""

EDGE, TRACK, INK, SOFT = "#5a626d", "#e3e7eb", "#20262e", "#4b535d"
GROUND, QUIET, PROPOSED, BORDER, UNITS = "#f3f4f1", "#848c97", "#967a58", "#848c97", "#9aa3ae"

LINE_MM, THIN_MM, CASE_MM = 1.3, 0.95, 0.35
"""Width of a section's own figure, of the whole project's, and of what shows beside them."""

QUIET_MM, BORDER_MM, UNITS_MM = 0.7, 0.35, 0.2
BEYOND_DASH, PROPOSED_DASH, BORDER_DASH, UNITS_DASH = "4.2 1.2", "0.9 1.5", "3 0.9 0.6 0.9", "0.3 0.9"
"""What is not the province's, what is only proposed, the land border, administrative boundaries."""
