"""Dates of a sentence: as of when a figure is true, what merely happened on a day, which documents are cited."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lsinfra.dates import PartialDate
from lsinfra.errors import QuantityError
from lsinfra.intake.documents.wording import Kind, Word, bare

_DAY = r"(?P<d>\d{1,2})(?:[/.-]| thang )(?P<m>\d{1,2})(?:(?:[/.-]| nam )(?P<y>\d{4}))"
_MONTH = r"(?:thang )?(?P<m>\d{1,2})(?:[/.-]| nam )(?P<y>\d{4})"
_QUARTER = r"quy (?P<q>i{1,3}|iv|[1-4])(?:/| nam |-)(?P<y>\d{4})"
_LEAD = (
    r"(?<!\w)(?:(?:so lieu )?(?:(?<!du )(?<!uoc )(?<!tam )tinh |cap nhat )?(?:den|toi)|tai"
    r"|(?<!du )(?<!uoc )(?<!tam )tinh|so lieu)(?: (?:het|cuoi|thoi diem|ngay|thang))*"
)
_END = r"(?![\w/]|[.,-]\d)"
_AS_OF = tuple(re.compile(f"{_LEAD} {form}{_END}") for form in (_DAY, _MONTH, _QUARTER, r"nam (?P<y>\d{4})"))
_OF_NO_YEAR = tuple(
    re.compile(f"{_LEAD} {form}{_END}")
    for form in (
        r"(?<=ngay )(?P<d>\d{1,2})(?:[/-]| thang )(?P<m>\d{1,2})",
        # 15/8 hộ is no date.
        r"(?P<d>\d{1,2})/(?P<m>\d{1,2})(?=[,;:)]| (?:huyen|thanh pho|tp|du an|toan|da)(?!\w))",
        r"thang (?P<m>\d{1,2})",
        r"quy (?P<q>i{1,3}|iv|[1-4])",
    )
)
_NOW = re.compile(
    r"(?<!\w)(?:tinh )?(?:(?:den|toi|tai) (?:thoi diem )?(?:hien nay|hien tai|nay|bao cao)"
    r"|(?<!thuc )(?<!phat )(?<!the )hien(?: nay)?)(?!\w)"
)
# "Nay" and "giờ" by their marks: này and giỡ are other words. A renamed unit ("nay là xã …") is no date.
_NOW_MARKED = re.compile(
    r"(?<!\w)(?<!năm )(?<!tháng )(?<!tuần )(?<!quý )(?<!kỳ )(?<!xưa )(?<!lâu )"
    r"(?:(?:đến |tới |tính đến )?(?:bây giờ|hiện giờ|giờ(?! chót)|lúc này)|(?:hôm |ngày )?nay"
    r"(?! (?:(?:là|thuộc) (?:xã|phường|thị trấn|tỉnh|khu|địa)|đổi|sáp nhập|hợp nhất|được (?:đổi|sáp)"
    r"|(?:xin )?(?:báo cáo|thông báo)|đề nghị|kính|xin)(?!\w)))(?!\w)",
    re.IGNORECASE,
)
_SINCE_THEN = re.compile(
    r"(?<!\w)(?:ke )?tu (?:do|thoi diem do|sau do|dau (?:nam|thang|quy)"
    r"|(?:ngay|thang|nam|quy) [\w/.-]{1,12}(?: nam \d{4})?)"
    r"(?: cho)? (?:den|toi) (?:nay|hien nay|hien tai|gio|bay gio)(?!\w)"
)
_OTHER_DAY = re.compile(
    r"(?<!\w)(?:truoc (?:day|do|kia)|khi (?:do|ay)|luc (?:do|ay|dau)|sau (?:do|nay)|hoi (?:do|dau))(?!\w)"
)
# "Đến cuối tuần trước", "tại thời điểm kiểm tra": a date that nothing in the text tells; not "đến ngày này".
_UNTOLD = re.compile(
    r"(?<!\w)(?:den|toi|tai|tinh|vao)(?: het| cuoi| dau| giua)* (?:thoi diem|ngay|thang|quy|tuan|ky)"
    r"(?! (?:nay|do|tren|ay))(?!\w)"
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
_EVENT = re.compile(
    rf"(?<!\w)(?:(?:vao |hom |sang |chieu )?ngay {_PLAIN_DAY}|(?<![/.-])\d{{1,2}}([/.-])\d{{1,2}}\1\d{{4}}){_END}"
)
_MONTHS = re.compile(
    rf"(?<!\w)(?:thang \d{{1,2}}(?:(?:[/.-]| nam )\d{{4}})?|quy (?:i{{1,3}}|iv|[1-4])(?:(?:/| nam |-)\d{{4}})?){_END}"
)
_YEARS = re.compile(
    r"(?<![\w/.-])(?:nam )?(?:19|20)\d\d(?: ?[-–] ?(?:19|20)\d\d)?(?![\w/]|[.,]\d| ?(?:ha|m2|m²|km|hộ|thửa|tỷ|tỉ)\b)"
)
_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


@dataclass(frozen=True, slots=True)
class AsOf:
    """As of when, as the words say it; ``date`` None where they do not tell. ``year_taken``: the document's year."""

    date: PartialDate | None
    year_taken: bool = False


def document_date(text: str) -> PartialDate | None:
    """The day a document says it was made on (“Lạng Sơn, ngày 20 tháng 8 năm 2024”); None where it says none."""
    heading = _HEADING.search(text, 0, 6000)
    return _date(heading[3], heading[2], heading[1]) if heading else None


def dates(text: str, taken: list[bool], document: PartialDate | None) -> list[Word]:
    """The dates of a sentence with single blanks; ``DATE`` and ``NOW`` hold an ``AsOf``.

    A day or month without a year is of the document's year, where that is known, and of an unknown one where not.
    A month that nothing says "up to" before is a period.
    """
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
        (_SINCE_THEN, Kind.PERIOD, without),
    ):
        for match in pattern.finditer(source):
            take(kind, match)
    for pattern in _AS_OF:
        for match in pattern.finditer(without):
            parts = match.groupdict()
            aim = pattern is _AS_OF[-1] and "het" not in match[0]
            take(Kind.AIM if aim else Kind.DATE, match, AsOf(_of_parts(parts)))
    for pattern in _OF_NO_YEAR:
        for match in pattern.finditer(without):
            parts = match.groupdict() | {"y": str(document.year) if document else None}
            take(Kind.DATE, match, AsOf(_of_parts(parts), year_taken=True))
    for pattern, kind, value in (
        (_NOW, Kind.NOW, AsOf(document)),
        (_NOW_MARKED, Kind.NOW, AsOf(document)),
        (_EVENT, Kind.EVENT, None),
        (_MONTHS, Kind.PERIOD, None),
        (_UNTOLD, Kind.DATE, AsOf(None)),
        (_OTHER_DAY, Kind.DATE, AsOf(None)),
        (_YEARS, Kind.YEAR, None),
    ):
        for match in pattern.finditer(text if pattern is _NOW_MARKED else without):
            take(kind, match, match[0] if kind is Kind.YEAR else value)
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
