"""Figures of a sentence: values, totals, units and percentages, where they stand and how they are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from lsinfra.errors import QuantityError
from lsinfra.intake.documents.reservations import CURRENCY, foreign
from lsinfra.intake.documents.wording import BOUND, PART_OF, PLAIN, Kind, Word, bare
from lsinfra.quantities import Figure, Measure, StatedCheck, read_document_figure, stated_check

# 1 288,123 · 1.288,123 · 366.55; no two repetitions side by side match the same characters.
_NUMBER = r"(?<!\d)(?:[1-9]\d{0,2}(?: \d{3}){1,5}(?:,\d{1,20})?(?![.,]?\d)|\d{1,20}(?:[.,]\d{1,20}){0,8})"
_UNITS = {
    "nghìn tỷ đồng": r"(?:nghìn|ngàn) t[ỷỉ](?: đồng)?",
    "tỷ đồng": r"t[ỷỉ](?: đồng)?",
    "triệu đồng": r"triệu(?: đồng)?",
    "đồng": r"đồng",
    "ha": r"ha|héc ?-?ta|hecta",
    "m²": r"m[2²]|mét vuông",
    "km": r"km",
    "m": r"m",
    "hộ": r"hộ(?: gia đình| dân)?",
    "thửa": r"thửa(?: đất)?",
}
# A unit price (triệu đồng/ha) is no amount.
_UNIT = "(?:" + "|".join(_UNITS.values()) + r")(?!\w)(?! ?/ ?(?!tổng)[^\W\d])"
_ALL = r"(?:tổng(?: số| diện tích| chiều dài)?|số)"
_TOTAL = rf"(?: ?/ ?(?:{_ALL} )?| (?:trên|trong) {_ALL}(?: là)? | trên )"
# What has to be done is a total of what is done.
_NEED = r"(?P<need> (?:phải|cần) (?:thu hồi|giải phóng|gpmb|bàn giao|kiểm đếm|chi trả)(?: mặt bằng)?(?!\w))?"
_FIGURE = re.compile(
    rf"(?P<about>khoảng )?(?P<v>{_NUMBER}) ?"
    rf"(?:(?P<u1>{_UNIT})?{_TOTAL}(?P<t>{_NUMBER}) ?(?P<u2>{_UNIT})|(?P<u>{_UNIT})){_NEED}",
    re.IGNORECASE,
)
_MONEY = "(?:" + "|".join(form for name, form in _UNITS.items() if name.endswith("đồng")) + ")"
_MONEY_UNIT = re.compile(rf"{_MONEY}$", re.IGNORECASE)
# "987,65 tỷ đồng trên kế hoạch vốn năm 2024 là 1.500": the plan is in the unit of what was spent of it.
_PLAN_WITHOUT_UNIT = re.compile(
    rf"(?P<u>{_MONEY}) (?:trên|trong|/) (?:tổng (?:số )?)?(?:kế hoạch|vốn)[^.,;:()\d]{{0,60}}"
    rf"(?:20\d\d[^.,;:()\d]{{0,60}})? (?:là )?(?P<v>{_NUMBER})(?=[;)]|[.,] |[.,]?$)",
    re.IGNORECASE,
)
_SCALE = r"(?:(?:nghìn|ngàn|trăm) )?(?:triệu|t[ỷỉ]|nghìn|ngàn)(?: đồng)?"
_SCALE_ALONE = re.compile(r"(?:triệu|t[ỷỉ])$", re.IGNORECASE)
# "5 triệu peso", "3 triệu m³": without its đồng an amount of money is followed by nothing that it could count.
_MONEY_GOES_ON = re.compile(
    r"\W*$|\W*[^\w\s]|\W*\d|\W*(?:"
    + "|".join(PLAIN)
    + r"|so|tren|tu|nguon|ngan|nstw|nsdp|ns|oda|chiem|vuot|tang|giam|nhung"
    r"|de|trong|vnd|dau|sau|cung|duoc|vay|trung|dia|nha|thu|tinh|con|khong|chua|hoac|thap|cao)(?!\w)"
)
_FOREIGN = re.compile(
    rf"(?P<v>{_NUMBER}) ?(?:{_SCALE})?(?:{_TOTAL}{_NUMBER} ?(?:{_SCALE})?)? ?\(?(?P<u>{CURRENCY})\)?"
    rf"|(?P<u2>{CURRENCY}) ?(?P<v2>{_NUMBER})(?: ?{_SCALE}(?!\w))?",
    re.IGNORECASE,
)
_PERCENT = re.compile(rf"(?P<v>{_NUMBER}) ?%", re.IGNORECASE)
_LOOSE = re.compile(_NUMBER)
_COUNTS = (
    "một|hai|ba|bốn|tư|năm|lăm|sáu|bảy|bẩy|tám|chín|mười|mươi|mốt|trăm|nghìn|ngàn|vạn|triệu|tỷ|tỉ|linh|lẻ|phẩy|rưỡi"
)
_IN_WORDS = re.compile(
    rf"(?<!\w)(?P<v>(?:{_NUMBER} )?(?:hàng |vài |mấy )?(?:(?:{_COUNTS}) ){{1,12}}?)(?P<u>{_UNIT}|ki-?lô-?mét|cây số)",
    re.IGNORECASE,
)
# A number that counts or names something else than what is looked for.
_COUNTED = re.compile(
    r"(?:điều|khoản|điểm|số|bản|phương án|gói|thầu|đợt|lần|thứ|mục|phụ lục|bước|đoạn|chương|biểu|trang|năm|ngày|tháng"
    r"|hạng|cấp)\s*$",
    re.IGNORECASE,
)
_DAY_OR_MONTH = re.compile(r"(?:đến|ngày|tới|từ|hết|kỳ|tuần|tính|đầu|cuối) \d{0,2}/?$", re.IGNORECASE)
_SAID = re.compile(
    r"(?:dat|bang|chiem|tuong duong|tuong ung|ty le|ti le)(?: (?:khoang|ty le|la|voi|dat))*\s*$|[(,]\s*$"
)
_OF_PLAN = re.compile(r" ?(?:so voi|ke hoach|khoi luong|tien do|chi tieu)")
# A share of something else than what the figure is to become: "chiếm 75,12% diện tích toàn huyện".
_OF_OTHERS = re.compile(
    r"(?! (?:tong (?:so )?)?(?:ke hoach|von))(?:(?! va )[^,;:.()%\d]){0,60}?(?<!\w)"
    r"(?:(?:(?:cua |trong |tren )?(?:toan|ca)|cua|tren dia ban|trong) (?:cac )?"
    r"(?:bo )?(?:huyen|xa|phuong|tinh|thanh pho|tp|thi xa|thi tran|dia ban|vung|nuoc|nam|quy|du an|tuyen|doan)"
    r"|(?:so )?(?:voi )?cung ky|(?:nam|thang|quy|tuan|ky) (?:truoc|ngoai|qua)|tu nhien"
    r"|quy dat|dat (?:o|rung|lua|nong|lam|cong|vuon|trong|phi|quoc|mat|ruong|dai|san)"
    r"|(?:da|duoc) (?:ban giao|chi tra|kiem dem|phe duyet|thu hoi|giai phong)|con lai|chua)(?!\w)"
)

MEASURES_OF_LAND = frozenset({Measure.AREA, Measure.LENGTH, Measure.HOUSEHOLDS, Measure.PARCELS})


@dataclass(frozen=True, slots=True)
class Printed:
    """A figure as it stands in the text, not yet read; ``broken`` is why it must not be: a bound, a cut number.

    ``need``: of what has to be done ("49,35 ha phải thu hồi").
    """

    value: str
    unit: str
    total: str | None = None
    total_unit: str | None = None
    percent: str | None = None
    about: bool = False
    broken: str | None = None
    need: bool = False

    @property
    def money(self) -> bool:
        return self.unit.endswith("đồng")

    def read(self) -> tuple[Figure, tuple[QuantityError, ...]]:
        """The figure and the doubts about its numbers.

        Raises
        ------
        QuantityError
            Numbers or units that make no figure.
        """
        first = f" {self.unit}" if self.total_unit and self.total_unit != self.unit else ""
        text = f"{'khoảng ' if self.about else ''}{self.value}{first}"
        if self.total is not None:
            text += f"/{self.total}"
        text += f" {self.total_unit or self.unit}"
        return read_document_figure(text if self.percent is None else f"{text}, đạt {self.percent}%")


def figures(text: str, taken: list[bool]) -> list[Word]:
    """Figures with a unit, percentages, and numbers without one, that overlap no other word; as ``Printed``."""
    found = []
    without = bare(text)

    def take(kind: Kind, start: int, end: int, printed: Printed) -> None:
        taken[start:end] = [True] * (end - start)
        found.append(Word(kind, start, end, printed))

    for match in _FOREIGN.finditer(text):
        if not any(taken[match.start() : match.end()]):
            take(Kind.FIGURE, *match.span(), Printed(match[0].strip(), "", broken="foreign_money"))
    abroad = foreign(text)
    for match in _PLAN_WITHOUT_UNIT.finditer(text):
        take(Kind.FIGURE, match.start("v"), match.end("v"), Printed(match["v"], _spelled(match["u"])))
    for pattern, kind in ((_FIGURE, Kind.FIGURE), (_PERCENT, Kind.PERCENT)):
        for match in pattern.finditer(text):
            start, end = match.start("v"), match.end()
            if not any(taken[start:end]):
                broken = _broken(text, match.start(), start, taken)
                if kind is Kind.FIGURE:
                    broken = broken or _no_dong(match[0], without[end:], abroad)
                if kind is Kind.PERCENT and (others := _OF_OTHERS.match(without, end)):
                    broken = broken or "percent_of_others"
                    end = end if any(taken[end : others.end()]) else others.end()
                take(kind, match.start(), end, replace(_printed(match, kind), broken=broken))
    for match in _IN_WORDS.finditer(text):
        scale = _MONEY_UNIT.fullmatch(match[0])  # "đơn vị tính: triệu đồng" counts nothing
        if not scale and not any(taken[match.start() : match.end()]):
            take(Kind.FIGURE, *match.span(), Printed(match["v"].strip(), _spelled(match["u"]), broken="in_words"))
    for match in _LOOSE.finditer(text):
        if not any(taken[match.start() : match.end()]) and not _counts_else(text, match.start()):
            take(Kind.LOOSE, *match.span(), Printed(match[0], "", broken="no_unit"))
    return sorted(found, key=lambda word: word.start)


def _no_dong(figure: str, behind: str, abroad: bool) -> str | None:
    """Why an amount of money may not be in đồng: it does not say so, and counts something or stands by a currency."""
    if _SCALE_ALONE.search(figure) and not _MONEY_GOES_ON.match(behind):
        return "money_unit"
    return "foreign_money" if abroad and "đồng" not in figure and _MONEY_UNIT.search(figure) else None


def _counts_else(text: str, start: int) -> bool:
    """Whether the number at a place counts or names something else, or is of a day: "giai đoạn 1", "đến 31/10"."""
    before = text[max(0, start - 12) : start]
    if _COUNTED.search(before):
        return True
    whole = start - len(before.rpartition(" ")[2])
    return bool(_DAY_OR_MONTH.search(before)) and re.match(r"\d{1,2}/\d{1,2}(?![\d/])", text[whole:]) is not None


def _printed(match: re.Match[str], kind: Kind) -> Printed:
    if kind is Kind.PERCENT:
        return Printed(match["v"], "%")
    last = _spelled(match["u"] or match["u2"])
    return Printed(
        value=match["v"],
        unit=_spelled(match["u1"]) if match["u1"] else last,
        total=match["t"],
        total_unit=last if match["t"] else None,
        about=match["about"] is not None,
        need=match["need"] is not None,
    )


def _spelled(unit: str) -> str:
    return next((name for name, form in _UNITS.items() if re.fullmatch(form, unit, re.IGNORECASE)), "km")


def _broken(text: str, start: int, number: int, taken: list[bool]) -> str | None:
    """Why the number at a place is none that may be read: it is a bound, or the rest of another number or word."""
    before = text[max(0, number - 12) : number]
    if before and (before[-1].isalnum() or before[-1] in "._/+_@#$"):
        return "cut_number"
    if BOUND.search(before) or PART_OF.search(text[max(0, number - 50) : number]):
        return "bound"
    loose = re.search(r"\d ?[.,]? $", text[max(0, start - 4) : start])
    if loose and not taken[max(0, start - 4) + loose.start()]:
        return "cut_number"
    return None


def with_percents(words: Sequence[Word], text: str) -> list[Word]:
    """Each percentage put to the figure before it that it is said of; one that is said of none stays alone."""
    joined: list[Word] = []
    for word in words:
        if word.kind is Kind.PERCENT and (at := _owner(joined, word, text)) is not None:
            owner = joined[at]
            joined[at] = replace(owner, value=replace(_of(owner), percent=_of(word).value))
            # The figure ends where it did; what lies between is plain.
            joined.append(replace(word, kind=Kind.DONE, value="percent"))
        else:
            joined.append(word)
    return joined


def _owner(words: Sequence[Word], percent: Word, text: str) -> int | None:
    """The place of the figure that a percentage is said of, None when there is none or it is not sure which."""
    between = {Kind.COMMA, Kind.PLAN, Kind.BASE, Kind.YEAR, Kind.DONE, Kind.TOTAL}
    names = {Kind.PROJECT, Kind.UNIT, Kind.STAGE}  # "41,6/49,35 ha thuộc dự án QL4B được bàn giao, đạt 84,3%"
    at = len(words) - 1
    while at >= 0 and words[at].kind in between | names and words[at].value != "percent":
        at -= 1
    if at < 0 or words[at].kind is not Kind.FIGURE:
        return None
    owner = words[at]
    printed, said = _of(owner), _of(percent)
    if printed.percent is not None or printed.broken or said.broken or printed.about:
        return None
    gap = list(text[owner.end : percent.start])
    for word in words[at + 1 :]:
        gap[word.start - owner.end : word.end - owner.end] = " " * (word.end - word.start)
    if not set(re.findall(r"\w+", bare("".join(gap)))) <= PLAIN or not _SAID.search(
        bare(text[max(0, percent.start - 40) : percent.start])
    ):
        return None
    if not printed.money and _OF_PLAN.match(bare(text[percent.end : percent.end + 20])):
        return None
    if any(word.kind in names for word in words[at + 1 :]) and not _agrees(printed, said):
        return None
    shared = at > 0 and words[at - 1].kind in (Kind.FIGURE, Kind.AND, Kind.COMMA) and _open_before(words[:at])
    return None if shared and not _agrees(printed, said) else at


def _of(word: Word) -> Printed:
    """What a figure or percentage says."""
    if not isinstance(word.value, Printed):
        raise TypeError(f"{word.kind} is no figure")
    return word.value


def _open_before(words: Sequence[Word]) -> bool:
    """Whether another figure without a percentage stands right before, which may share the one that follows."""
    last = next((word for word in reversed(words) if word.kind not in (Kind.COMMA, Kind.AND)), None)
    return last is not None and isinstance(last.value, Printed) and last.value.percent is None


def _agrees(printed: Printed, percent: Printed) -> bool:
    try:
        figure, _ = replace(printed, percent=percent.value).read()
    except QuantityError:
        return False
    return agrees(figure)


def agrees(figure: Figure) -> bool:
    """Whether a figure has a total and its stated percentage is that share, rounded or cut off."""
    return _check(figure) not in (StatedCheck.CONFLICT, StatedCheck.NONE)


def conflicts(figure: Figure) -> bool:
    """Whether a figure contradicts its own stated percentage."""
    return _check(figure) is StatedCheck.CONFLICT


def _check(figure: Figure) -> StatedCheck:
    share = None if figure.total is None else Fraction(figure.value) / Fraction(figure.total)
    return stated_check(share, figure.percent)
