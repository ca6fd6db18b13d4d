"""The kinds of file that a report can be."""

from enum import StrEnum


class Kind(StrEnum):
    """What kind of file; its value is the ending of the file's name."""

    DOCX = "docx"
    XLSX = "xlsx"
    PDF = "pdf"
    HTML = "html"
    MD = "md"
