"""Dates of a sentence: as of when a figure is true, what merely happened on a day, which documents are cited."""

from __future__ import annotations

import re

from lsinfra.dates import PartialDate
from lsinfra.errors import QuantityError
from lsinfra.intake.documents.wording import Kind, Word, bare

_DAY = r"(?P<d>\d{1,2})(?:[/.-]| thang )(?P<m>\d{1,2})(?:(?:[/.-]| nam )(?P<y>\d{4}))"
_DAY_ALONE = r"ngay (?P<d>\d{1,2})(?:/| thang )(?P<m>\d{1,2})"
_MONTH = r"(?:thang )?(?P<m>\d{1,2})(?:[/.-]| nam )(?P<y>\d{4})"
_QUARTER = r"quy (?P<q>i{1,3}|iv|[1-4])(?:/| nam |-)(?P<y>\d{4})"
_LEAD = (
    r"(?<!\w)(?:(?:so lieu )?(?:tinh |cap nhat )?(?:den|toi)|tai|tinh|so lieu)(?: (?:het|cuoi|thoi diem|ngay|thang))*"
)
_END = r"(?![\w/]|[.,-]\d)"
_AS_OF = tuple(re.compile(f"{_LEAD} {form}{_END}") for form in (_DAY, _MONTH, _QUARTER, r"nam (?P<y>\d{4})"))
_AS_OF_DAY = re.compile(rf"(?<!\w)(?:so lieu )?(?:tinh )?(?:den|toi)(?: het)? {_DAY_ALONE}{_END}")
_NOW = re.compile(
    r"(?<!\w)(?:tinh )?(?:den nay|den (?:thoi diem )?(?:hien nay|hien tai|nay|bao cao)|hien nay|hien)(?!\w)"
)
_FROM = re.compile(
    r"(?<!\w)tu (?:(?:ngay|thang) |(?=\d{1,2}[/.-]\d))\d{1,2}(?:[/.-]\d{1,2})?(?:[/.-]\d{4})?"
    r" den (?:ngay |thang |het )*\d{1,2}(?:[/.-]\d{1,2})?"
    r"(?:[/.-]\d{4})?"
)
_PLAIN_DAY = r"\d{1,2}(?:[/.-]| thang )\d{1,2}(?:(?:[/.-]| nam )\d{4})?"
_CITED = re.compile(
    rf"(?<!\w)(?:so )?\d+[a-z]?[/-](?=[\w/-]{0, 30}[a-z])[\w/-]{1, 60}(?:[^;.,\d]{{0,40}},? ngay {_PLAIN_DAY})?"
    rf"|(?<!\w)(?:quyet dinh|nghi quyet|thong bao|cong van|bao cao|to trinh) ngay {_PLAIN_DAY}"
)
_HEADING = re.compile(r"(?<!\w)[A-ZĐ]\w*(?: [A-ZĐ]\w*){0,4}, ngày (\d{1,2}) tháng (\d{1,2}) năm (\d{4})")
_EVENT = re.compile(rf"(?<!\w)(?:(?:vao |hom |sang |chieu )?ngay {_PLAIN_DAY}){_END}")
_YEARS = re.compile(
    r"(?<![\w/.-])(?:nam )?(?:19|20)\d\d(?: ?[-–] ?(?:19|20)\d\d)?(?![\w/]|[.,]\d| ?(?:ha|m2|m²|km|hộ|thửa|tỷ|tỉ)\b)"
)
_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


def document_date(text: str) -> PartialDate | None:
    """The day a document says it was made on (“Lạng Sơn, ngày 20 tháng 8 năm 2024”); None where it says none."""
    heading = _HEADING.search(text, 0, 6000)
    return _date(heading[3], heading[2], heading[1]) if heading else None


def dates(text: str, taken: list[bool], document: PartialDate | None) -> list[Word]:
    """The dates of a sentence with single blanks; a day without a year is of the document's year, where it is known."""
    without = bare(text)
    found: list[Word] = []

    def take(kind: Kind, match: re.Match[str], value: object = None) -> None:
        if not any(taken[match.start() : match.end()]):
            taken[match.start() : match.end()] = [True] * (match.end() - match.start())
            found.append(Word(kind, match.start(), match.end(), value))

    for pattern, kind, source in (
        (_HEADING, Kind.CITED, text),
        (_CITED, Kind.CITED, without),
        (_FROM, Kind.PERIOD, without),
    ):
        for match in pattern.finditer(source):
            take(kind, match)
    for pattern in _AS_OF:
        for match in pattern.finditer(without):
            parts = match.groupdict()
            aim = pattern is _AS_OF[-1] and "het" not in match[0]
            take(Kind.AIM if aim else Kind.DATE, match, _of_parts(parts))
    for match in _AS_OF_DAY.finditer(without):
        take(Kind.DATE, match, _of_parts(match.groupdict() | {"y": str(document.year)}) if document else None)
    for pattern, kind in ((_NOW, Kind.NOW), (_EVENT, Kind.EVENT), (_YEARS, Kind.YEAR)):
        for match in pattern.finditer(without):
            take(kind, match, document if kind is Kind.NOW else None)
    return found


def _of_parts(parts: dict[str, str | None]) -> PartialDate | None:
    quarter = parts.get("q")
    month = str(3 * (_QUARTERS.get(quarter) or int(quarter))) if quarter else parts.get("m") or "12"
    return _date(parts["y"], month, parts.get("d"))


def _date(year: str | None, month: str | None, day: str | None) -> PartialDate | None:
    """The date, None when there is no such day."""
    try:
        return PartialDate(int(year or 0), int(month or 0), int(day) if day else None)
    except QuantityError:
        return None
