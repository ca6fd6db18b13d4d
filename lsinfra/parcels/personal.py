"""Personal data, which has no place in a register of land: columns known by their names, and by what stands in them.

In texts these are looked for, anywhere within a value:

- phone numbers of Việt Nam: 0 or +84, then nine digits that begin with 3, 5, 7, 8 or 9 (mobile), or ten that begin
  with 2 (fixed lines): Thông tư 22/2014/TT-BTTTT and the changes of codes of 2017 and 2018;
- the personal identification number of twelve digits: a province, a digit for sex and century, the year of birth, six
  digits (Nghị định 137/2015/NĐ-CP, Điều 13; the codes: Thông tư 59/2021/TT-BCA, Phụ lục I);
- the number of the old identity card: nine digits that begin with that of a province, 01 to 38.

E-mail addresses are looked for as well, and names of people, see ``people``: one with a title (``ông``, ``bà``), or
three different ones with ``văn`` or ``thị``, are people wherever they stand; a column of names is one in which half of
the different values have the form of one, for streets and communes have it too.

Texts are read in the form NFKC: letters and digits look alike however a program wrote them down.

A parcel may have a number of nine to twelve digits as well (commune, sheet, parcel). Such numbers follow upon one
another and those of people do not, see ``RUNNING_GAP``. What cannot be told apart is called personal: whoever knows
better says ``--allow``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from lsinfra.numerals import shown
from lsinfra.parcels.people import Likelihood, folded, person

if TYPE_CHECKING:
    import pyarrow as pa

NAME, PHONE, IDENTITY, CONTACT = "name", "phone", "identity", "contact"
"""The kinds; ``CONTACT`` is whatever else leads to a person: an address, a date of birth, an account."""

RUNNING = 20
"""So many different numbers at least must there be for them to be called running ones, …"""
RUNNING_GAP = 10
"""… half of which are not farther than this from the next: parcels of a sheet are numbered from 1 on."""
KEPT = 10_000
"""Different numbers, and different texts, that are kept of a column: of people of one province so many do not lie near
to each other."""
FEWEST_NAMES = 3
"""Different names without a title that make people of them: fewer are streets and communes."""

SUSPICIOUS = r"\p{Nd}(?:[ .()\-]{0,2}\p{Nd}){8}|[@＠]|[\p{L}\p{M}]{2}[\s_.:\-]+\p{L}"
"""What a text must hold to have anything of a person in it: nine digits, a sign, two words; as RE2 understands it."""
HIDDEN = "…"

# Of a column's name: the whole of it, or some words of it that stand together.
_WHOLE = {
    NAME: "ten|name|person|people|nguoi|chu|surname|csd|contact",
    PHONE: "tel|telephone|fax|zalo|facebook|hotline|sodd",
    IDENTITY: "cmt|identity|idcard|gttt|idnumber",
    CONTACT: "mail|dob|stk|sotk|mst|dctt",
}
_TOGETHER = {
    NAME: "fullname|firstname|lastname|personname|chudat|chuthua|chunha|chuho|chusd|chusdd|chucu|hoten|tenho|nguoisd|"
    "tencsd|tenvo|tenchong|vochong|householdhead|headofhousehold|contactperson|nguoidaidien|nguoidungten|tendoituong|tendoituon",
    PHONE: "phone|mobile|sdt|sodt|dtdd|didong",
    IDENTITY: "socmt|cmtnd|citizenid|nationalid|personalid|identitynumber|identityno|identitycard|giayto|sogttt|"
    "sodinhdanh|madinhdanh",
    CONTACT: "birth|birthday|birthdate|address|sotaikhoan|taikhoan|bankaccount|hokhau|thuongtru|"
    "quequan|gioitinh|dantoc|tongiao|noio|uyquyen|gender|religion|ethnicity",
}
# Anywhere in it, for in the ten letters that a shapefile has for a name nothing separates the words.
_ANYWHERE = {
    NAME: r"tenchu(?!ong|dautu|de)|chusudung|chusohuu|hovaten|nguoisudung|tennguoi|nguoinhan|owner(?!ship)|landholder",
    PHONE: r"d(?:ien)?thoai|phonenumber|phoneno|^sodt[0-9]*$|^sdt[0-9]*$",
    IDENTITY: r"cccd|cmnd|cancuoc|chungminhnhandan|chungminhthu|hochieu|passport|dinhdanhcanhan",
    CONTACT: r"diachi(?!nh)|email|ngaysinh|namsinh|masothue",
}
_WORDS = {word: kind for kind, words in _TOGETHER.items() for word in words.split("|")}
_ALONE = {word: kind for kind, words in _WHOLE.items() for word in words.split("|")}
_PATTERNS = [(re.compile(pattern), kind) for kind, pattern in _ANYWHERE.items()]

_RUN = re.compile(r"[+(]{0,2}[0-9](?:[ .()\-]{0,2}[0-9]){8,}")
_ANNOUNCED = re.compile(r"(?:sdt|dt|dd|tel|phone|mobile|cccd|cmnd|cmt|so)[ :.]*$")
_RANDOM_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MOBILE, _FIXED = re.compile(r"0[35789][0-9]{8}"), re.compile(r"02[0-9]{9}")
_CARD = re.compile(r"(?:0[1-9]|[12][0-9]|3[0-8])[0-9]{7}")
_PERSON = re.compile(r"([0-9]{3})([0-3])([0-9]{2})[0-9]{6}")
_YEARS = {"0": range(10, 100), "1": range(10, 100), "2": range(40), "3": range(40)}  # of birth: 1910 to 2039
_PROVINCES = re.compile(
    r"001|002|004|006|008|010|011|012|014|015|017|019|020|022|024|025|026|027|030|031|033|034|035|036|037|038|"
    r"040|042|044|045|046|048|049|051|052|054|056|058|060|062|064|066|067|068|070|072|074|075|077|079|080|082|"
    r"083|084|086|087|089|091|092|093|094|095|096"
)
# How people set the digits of such numbers apart: other groups are those of a parcel's number.
_GROUPS = {
    9: {(9,), (3, 3, 3)},
    10: {(10,), (4, 3, 3), (3, 3, 4), (3, 4, 3), (4, 6), (3, 7), (4, 2, 2, 2), (4, 4, 2), (5, 5)},
    11: {(11,), (4, 7), (4, 3, 4), (4, 4, 3), (3, 8), (3, 4, 4), (2, 9), (2, 3, 3, 3), (2, 2, 3, 4), (2, 3, 6)},
    12: {(12,), (3, 3, 3, 3), (4, 4, 4), (3, 9), (3, 3, 6)},
}

_MAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")


def plain(name: str) -> str:
    """A column's name in small letters and digits without accents or anything else: ``Mã thửa`` → ``mathua``."""
    return "".join(c for c in folded(name) if c.isalnum())


def by_name(name: str) -> str | None:
    """What kind of personal data a column's name speaks of; None for any other name."""
    apart = re.sub(r"(?<=[a-zà-ỹđ0-9])(?=[A-ZÀ-ỸĐ])", " ", unicodedata.normalize("NFKC", name))
    words = [word for word in re.split(r"[^a-z]+", folded(apart)) if word]
    whole = "".join(words)
    if found := _ALONE.get(whole):
        return found
    for first in range(len(words)):
        for last in range(first + 1, len(words) + 1):
            if found := _WORDS.get("".join(words[first:last])):
                return found
    return next((kind for pattern, kind in _PATTERNS if pattern.search(whole)), None)


@dataclass
class Contents:
    """What was seen of the contents of a column, value by value.

    Parameters
    ----------
    whole_numbers : bool
        The values are numbers, whose leading zeros are lost: then half of them must look like those of people.
    """

    whole_numbers: bool = False
    _announced: dict[str, int] = field(default_factory=dict)
    _numbers: dict[str, set[int]] = field(default_factory=dict)
    _different: set[str] = field(default_factory=set)
    _formed: int = 0
    _names: set[str] = field(default_factory=set)
    _sure: set[str] = field(default_factory=set)

    def see(self, values: Iterable[str]) -> None:
        """Look at some more values."""
        for value in map(_same, values):
            new = len(self._different) < KEPT and value not in self._different
            if new:
                self._different.add(value)
            if found := person(value):
                self._meet(found.name, found.likelihood, new=new)
            if "@" in value and _MAIL.search(value):
                self._announced[CONTACT] = self._announced.get(CONTACT, 0) + 1
            for kind, digits, announced in _padded(value) if self.whole_numbers else _numbers_in(value):
                if announced:
                    self._announced[kind] = self._announced.get(kind, 0) + 1
                kept = self._numbers.setdefault(f"{kind} {len(digits)}", set())
                if len(kept) < KEPT:
                    kept.add(int(digits))

    def look(self, values: pa.Array) -> None:
        """Look at some more values, a column of texts of Arrow; when enough are kept, at those that may hold people."""
        import pyarrow.compute as pc

        different = values.unique().drop_null()
        room = KEPT - len(self._different)
        self.see(different.slice(0, room).to_pylist())
        rest = different.slice(room)
        self.see(rest.filter(pc.match_substring_regex(rest, SUSPICIOUS)).to_pylist())

    def kind(self) -> str | None:
        """What kind of personal data it is; None where there is none."""
        if self._announced:
            return next(iter(self._announced))
        for kind, numbers in self._numbers.items():
            if not _running(numbers) and not (self.whole_numbers and 2 * len(numbers) < len(self._different)):
                return kind.partition(" ")[0]
        if len(self._sure) >= FEWEST_NAMES:
            return NAME
        return NAME if len(self._names) >= FEWEST_NAMES and 2 * self._formed >= len(self._different) else None

    def _meet(self, name: str, likelihood: Likelihood, *, new: bool) -> None:
        """A name stands in a value; ``new``: in one that is kept, and was not met before."""
        if likelihood is Likelihood.TITLE:
            self._announced[NAME] = self._announced.get(NAME, 0) + 1
        if likelihood is Likelihood.MIDDLE and len(self._sure) < FEWEST_NAMES:
            self._sure.add(name)
        if new:
            self._formed += 1
            self._names.add(name)


def by_content(values: Iterable[str], *, whole_numbers: bool = False) -> str | None:
    """What kind of personal data stands in a column, see ``Contents``; None where there is none."""
    contents = Contents(whole_numbers)
    contents.see(values)
    return contents.kind()


def may_be_somebody(text: str, *, numbers: bool = True) -> bool:
    """Whether a text alone may be somebody: a name, an address of mail, a number of a person.

    Parameters
    ----------
    numbers
        False: numbers are none, for the column that they stand in shows that they are those of parcels.
    """
    same = _same(text)
    return person(same) is not None or _MAIL.search(same) is not None or (numbers and by_content([same]) is not None)


def quotable(text: str) -> str:
    """A text of a file as a message may say it: ``shown``; ``HIDDEN`` where it may be somebody."""
    return HIDDEN if may_be_somebody(text) else shown(text)


def _same(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _numbers_in(text: str) -> Iterator[tuple[str, str, bool]]:
    """Numbers that may be those of people: the kind, the digits, and whether the text itself says what they are."""
    if len(text) < 9:
        return
    for run in _RUN.finditer(_RANDOM_ID.sub("/", text)):
        before = folded(run.string[max(run.start() - 12, 0) : run.start()])
        announced = _ANNOUNCED.search(before) is not None
        groups = re.findall("[0-9]+", run[0])
        if before[-1:].isalpha() and not announced:
            groups = groups[1:]  # a letter before the digits makes a code of them
        if run.string[run.end() : run.end() + 1].isalpha():
            groups = groups[:-1]
        for first in range(len(groups)):
            for last in range(first + 1, min(first + 5, len(groups)) + 1):
                part = groups[first:last]
                digits = "".join(part)
                grouped = tuple(map(len, part)) in _GROUPS.get(len(digits), ())
                if (grouped or run[0].startswith(("+", "(+"))) and (kind := _kind_of(digits)):
                    yield kind, digits, announced


def _padded(text: str) -> Iterator[tuple[str, str, bool]]:
    """The same of a whole number: with the zeros that it may have lost."""
    for digits in dict.fromkeys((text, f"0{text}", text.zfill(12) if len(text) > 9 else text)):
        if digits.isdecimal() and (kind := _kind_of(digits)):
            yield kind, digits, False


def _kind_of(digits: str) -> str | None:
    if len(digits) == 11 and digits.startswith("84"):
        digits = "0" + digits[2:]
    if _MOBILE.fullmatch(digits) or _FIXED.fullmatch(digits):
        return PHONE
    person = _PERSON.fullmatch(digits)
    if person and _PROVINCES.fullmatch(person[1]) and int(person[3]) in _YEARS[person[2]]:
        return IDENTITY
    return IDENTITY if _CARD.fullmatch(digits) else None


def _running(numbers: set[int]) -> bool:
    return len(numbers) >= RUNNING and median(b - a for a, b in pairwise(sorted(numbers))) <= RUNNING_GAP
