"""Maps and pages: one file each, no network, the same bytes every time; records never pass through a template."""
