"""Vietnamese letters in files that do not say how they were written: UTF-8, Windows-1258, TCVN3 (ABC fonts) or VNI.

A text in the wrong one of them is no Vietnamese: its syllables are. Only they decide, never a single letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

ENCODINGS = ("utf-8", "cp1258", "tcvn3", "vni")

# TCVN 5712:1993 VN3, the layout of the fonts .VnTime and .VnArial: byte A1 onward; "\0" is a byte it does not use.
_FROM_A1 = (
    "ĂÂÊÔƠƯĐăâêôơưđ\0\0\0\0\0\0àảãáạ\0ằẳẵắ\0\0\0\0\0\0\0ặầẩẫấậè\0ẻẽéẹềểễếệìỉ\0\0\0ĩíịò\0ỏõóọồổỗốộờởỡớợù\0ủũúụừửữứựỳỷỹýỵ"
)
_TCVN3 = {0xA1 + at: letter for at, letter in enumerate(_FROM_A1) if letter != "\0"}

# VNI Windows, the layout of the fonts VNI-Times and VNI-Helve: a letter, then its marks as one more byte of Latin-1.
_VNI_ALONE = dict(zip("ñíìæóòôöîÑÍÌÆÓÒÔÖÎ", "đíìỉĩịơưỵĐÍÌỈĨỊƠƯỴ", strict=True))
_VNI_TONES = dict(zip("ùøûõï", "\u0301\u0300\u0309\u0303\u0323", strict=True))
_VNI_ROOF = dict(zip("âáàåãä", ("", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"), strict=True))
_VNI_BOW = dict(zip("êéèúüë", ("", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"), strict=True))
_VNI_MARKS = (
    _VNI_TONES
    | {mark: "\u0302" + tone for mark, tone in _VNI_ROOF.items()}
    | {mark: "\u0306" + tone for mark, tone in _VNI_BOW.items()}
)
_VNI_LETTER = re.compile(f"([aeouyôö])([{''.join(_VNI_MARKS)}])|[{''.join(_VNI_ALONE)}]", re.IGNORECASE)

# A Vietnamese syllable without its tone: onset, vowels, coda (also of a name written without a mark).
_SYLLABLE = re.compile(
    "(?:b|ch|c|d|đ|gh|gi|g|h|kh|k|l|m|ngh|ng|nh|n|ph|p|qu|q|r|s|th|tr|t|v|x)?"
    "(?:iêu|yêu|oai|oay|oao|oeo|uây|uôi|ươi|ươu|uya|uyu|ai|ao|au|ay|âu|ây|eo|êu|ia|iu|oi|ôi|ơi|ua|ui|uơ|ưa|ưi|ưu|"
    "(?:uyê|iê|oa|oă|oe|oo|uâ|uê|uô|uy|ươ|yê|[aăâeêioôơuưy])(?:ch|c|m|ng|nh|n|p|t)?)"
)
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)


def decode(raw: bytes, encoding: str) -> str | None:
    """The text of some bytes in NFC, None where they cannot be of that encoding."""
    if encoding == "tcvn3":
        letters = [chr(byte) if byte < 0x80 else _TCVN3.get(byte) for byte in raw]
        return None if None in letters else unicodedata.normalize("NFC", "".join(filter(None, letters)))
    if encoding == "vni":
        return unicodedata.normalize("NFC", _VNI_LETTER.sub(_vni_letter, raw.decode("latin-1")))
    try:
        return unicodedata.normalize("NFC", raw.decode(encoding))
    except (ValueError, LookupError):  # a .cpg may name anything: a codec of no letters, a zero byte
        return None


def _vni_letter(found: re.Match[str]) -> str:
    letter, mark = found[1] or found[0], found[2]
    return _VNI_ALONE.get(letter, letter) + (_VNI_MARKS[mark.lower()] if mark else "")


def guess(texts: Sequence[bytes]) -> str | None:
    """The encoding in which the most words are Vietnamese; None where two do equally well or none does.

    Texts of plain ASCII decide nothing and are UTF-8.
    """
    telling = [text for text in texts if not text.isascii()]
    if not telling or all(decode(text, "utf-8") is not None for text in telling):
        return "utf-8"
    scores = {name: _score(telling, lambda raw, name=name: decode(raw, name)) for name in ENCODINGS[1:]}  # type: ignore[misc]
    best = max(scores, key=lambda name: scores[name])
    rivals = [name for name in scores if name != best and scores[name] >= scores[best]]
    return None if rivals or scores[best] < 0.5 else best


def _score(texts: Sequence[bytes], read: Callable[[bytes], str | None]) -> float:
    """The share of the marked words that are Vietnamese syllables."""
    good = total = 0
    for raw in texts:
        text = read(raw)
        if text is None:
            return 0.0
        words = [word for word in _WORD.findall(text) if not word.isascii()]
        signs = sum(1 for c in text if ord(c) > 0x7F and not c.isalpha() and not unicodedata.combining(c))
        good += sum(map(is_syllable, words))
        total += len(words) + signs
    return good / total if total else 0.0


def is_syllable(word: str) -> bool:
    """Whether a word is built as a Vietnamese syllable, with one tone at most and capitals only at its front."""
    if not (word.islower() or word.isupper() or word.istitle()):
        return False
    marks = unicodedata.normalize("NFD", word.lower())
    plain = unicodedata.normalize("NFC", "".join(c for c in marks if c not in _TONES))
    return sum(c in _TONES for c in marks) <= 1 and _SYLLABLE.fullmatch(plain) is not None
