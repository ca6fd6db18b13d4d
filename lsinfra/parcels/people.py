"""Names of people of Việt Nam within a text, told from those of places, of land and of work.

A name begins with that of the family, of which there are few: those of the Kinh, and of the Tày, Nùng, Dao, Hmông,
Thái and Giáy, who hold the land in the mountains. Many are words of their own too (``đồng`` a field, ``hồ`` a lake,
``bàn giao`` handing over), the more so without accents: how much else of a name must be there depends upon that.
"""

from __future__ import annotations

import re
import unicodedata
from enum import IntEnum
from typing import NamedTuple


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ALWAYS = _words("nguyễn trần lê phạm huỳnh hoàng phan đặng bùi đỗ ngô trịnh quách giàng sùng thào")
"""Families whose names are hardly other words: also of two words, and of three in small letters."""
_OFTEN = _words("võ vũ đinh trương triệu nông hứa lưu lò lường quàng tạ bế nghiêm doãn khổng")
"""Of two words with capitals too."""
_OTHERS = _words(
    "âu bàn ban bạc cao cầm chảo chu chúc cứ dương đàm đào điêu đoàn đồng giáp hà hồ hờ kiều kim la lã lại lâm lăng "
    "lầu lành liễu linh lộc long lục lương lù lừu lý lí lỳ ma mã mạ mạc mai mông mùa ninh phàn phù phùng phương sầm "
    "tăng tẩn thái thân thền tô tôn tống tòng vàng vi viên vương vừ hạng cháng khà tướng"
)
"""Of three words with capitals."""
_FAMILIES = _ALWAYS | _OFTEN | _OTHERS
_MIDDLE = _words("văn thị")
"""What stands between family and name in most names, and in few other texts."""
_HMONG = _words("giàng sùng thào hoàng vàng lý lầu mùa cứ hờ hạng vừ thền cháng má mã ma tẩn phàn lù")
"""Families in which ``a`` stands there."""
_TITLES = _words("ông bà anh chị cụ vợ chồng")
_HOUSEHOLD = "hộ"
_PLACES = _words("đường phố ngõ xã phường thôn bản xóm ấp quận huyện tỉnh trường chợ cầu viện viên lộ tdp p q tt ubnd")
"""Before a name: a place that is named after somebody."""
_TERMS = _words(
    "đất rừng vườn ruộng lúa cỏ nuôi trồng nghiệp xuất mặt giao thửa tờ lô khu kênh mương suối thôn xã phường huyện "
    "tỉnh xóm đường phố kiểm đếm phê"
)
"""Words of land, places and work that are in no name."""

# Without accents many more are other words: ``duong`` is a road too, ``do thi`` a town, ``dang`` “being done”.
_ALWAYS_BARE = _words("nguyen tran pham huynh")
_OFTEN_BARE = _words("hoang trinh trieu quach le vu vo bui ngo phan dinh giang sung thao nghiem doan")
_MIDDLE_BARE = _words("van thi")
_HMONG_BARE = _words("giang sung thao hoang vang")
_TITLES_BARE = _words("ong ba")
_PLACES_BARE = _words("duong pho xa phuong thon quan huyen truong cho cau p q tt ubnd")
_TERMS_BARE = _words("nghiep xuat giao rung ruong vuon nuoi trong muong kenh khu phe")

_WORDY = re.compile(r"[^\W\d_]{2,}[\s_.:\-]+[^\W\d_]")
_FAMILY_OF = re.compile(r"gia đình", re.IGNORECASE)
_PARTS = re.compile(r"[^\w\s.:\-]+|[0-9]+|\s[-–—]\s|\s(?:và|va)\s")
_GAPS = re.compile(r"[\s_.:\-]+")
_MOST = 6  # words of a name


class Likelihood(IntEnum):
    """How sure it is that a text has a person in it."""

    FORM = 1
    """By the form of the whole; streets and communes that are named after people have it too."""
    MIDDLE = 2
    """A family's name and ``văn`` or ``thị``, of which the same is true."""
    TITLE = 3
    """With ``ông``, ``bà``, ``hộ`` before it."""


class Person(NamedTuple):
    """A name that was found in a text, in small letters."""

    name: str
    likelihood: Likelihood


def folded(text: str) -> str:
    """A text in small letters without accents."""
    parts = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    return "".join(c for c in parts if not unicodedata.combining(c))


def person(text: str) -> Person | None:
    """The person whom a text names most surely; None where it seems to name nobody.

    Parameters
    ----------
    text : str
        In the form NFC or NFKC.
    """
    if not _WORDY.search(text):
        return None
    parts = _PARTS.split(_FAMILY_OF.sub(_HOUSEHOLD, text))
    found = (one for part in parts if (one := _in_part(_GAPS.sub(" ", part).split())))
    return max(found, key=lambda one: one.likelihood, default=None)


def _in_part(words: list[str]) -> Person | None:
    """The person in some words that nothing sets apart."""
    small = [word.casefold() for word in words]
    bare = all(word.isascii() for word in small)
    best = None
    for at in range(len(words) - 1):
        before = small[at - 1] if at else ""
        if before in (_PLACES_BARE if bare else _PLACES):
            continue
        if _titled(before, words[at:], small[at:], bare=bare):
            return Person(" ".join(small[at : at + 4]), Likelihood.TITLE)
        if best is None and _with_middle(small[at:], bare=bare):
            best = Person(" ".join(small[at : at + 4]), Likelihood.MIDDLE)
    if best is None and _formed(words, small, bare=bare):
        best = Person(" ".join(small), Likelihood.FORM)
    return best


def _titled(before: str, words: list[str], small: list[str], *, bare: bool) -> bool:
    """Whether words are a name that follows upon a title; after ``hộ`` may as well stand the place of households."""
    terms, titles = (_TERMS_BARE, _TITLES_BARE) if bare else (_TERMS, _TITLES)
    if small[1] in terms or not (before == _HOUSEHOLD or before in titles):
        return False
    if small[0] in (_ALWAYS_BARE if bare else _ALWAYS | _OFTEN):
        return words[1][0].isupper() or words[0][0].islower()
    if before == _HOUSEHOLD:
        return _with_middle(small, bare=bare)
    return small[0] in (_OFTEN_BARE if bare else _OTHERS) and words[0][0].isupper() and words[1][0].isupper()


def _with_middle(small: list[str], *, bare: bool) -> bool:
    """Whether words begin as ``nông thị hoa`` and ``giàng a páo`` do."""
    if len(small) < 3 or not small[2].isalpha() or small[2] in (_TERMS_BARE if bare else _TERMS):
        return False
    if small[1] == "a":
        return small[0] in (_HMONG_BARE if bare else _HMONG)
    if bare:
        return small[1] in _MIDDLE_BARE and small[0] in _FAMILIES_BARE and small[:2] != ["do", "thi"]
    return small[1] in _MIDDLE and small[0] in _FAMILIES


def _formed(words: list[str], small: list[str], *, bare: bool) -> bool:
    """Whether words are a name and nothing else."""
    if not 2 <= len(words) <= _MOST or not all(word.isalpha() for word in words):
        return False
    if not (_TERMS_BARE if bare else _TERMS).isdisjoint(small):
        return False
    always, often = (_ALWAYS_BARE, _OFTEN_BARE) if bare else (_ALWAYS, _OFTEN)
    capitals = all(word[0].isupper() for word in words)
    if len(words) == 2:
        return capitals and small[0] in (always if bare else always | often)
    return small[0] in always or (capitals and small[0] in (always | often if bare else _FAMILIES))


_FAMILIES_BARE = frozenset(map(folded, _FAMILIES))
