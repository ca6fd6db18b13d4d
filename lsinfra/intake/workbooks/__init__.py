"""Workbooks of every kind (.xlsx, .xls, .ods) as sheets of plain cells, with bounds on what a file may cost."""
