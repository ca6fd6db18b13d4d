"""Bare numbers as Vietnamese documents print them, and the cleaning of any text before it is read.

The comma is the decimal mark; dots and spaces stand only between complete groups of three digits. Everything is exact.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction

from lsinfra.errors import QuantityError
from lsinfra.text import Lang, printable

MAX_DIGITS = 18  # of one number: a quadrillion đồng to the hundredth, and exact in every multiplication by a unit
MAX_LENGTH = 300  # characters of one text

# Where a number may stand in a text; ``read_number`` says whether it is one. No pattern of this file has two
# repetitions side by side that match the same characters, so each takes time linear in the text.
NUMBER = r"[-\u2212]?[0-9](?:[0-9., ]*[0-9])?"

_BLANKS = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f", " "))
_PLAIN = re.compile(r"(?:0|[1-9][0-9]*)(?:,[0-9]+)?")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}([. ])[0-9]{3}(?:\1[0-9]{3})*(?:,[0-9]+)?")
ONE_GROUP = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_POINT = re.compile(r"(?:0|[1-9][0-9]*|[1-9][0-9]{0,2}([, ])[0-9]{3}(?:\1[0-9]{3})*)\.[0-9]+")
_COMMA_GROUPS = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3}){2,}")
_COMMA_FOR_POINT = str.maketrans(".,", ",.")

_CURLY = str.maketrans(dict.fromkeys("“”„‟«»‘’‚‛"))
_STRAIGHT = "\"'`"
# A number, with a unit or Km at it, in which letters were typed for digits; one of them touches a digit, unlike in
# "quý I.2024".
_LETTERED = re.compile(r"(?i:km)?([0-9OolI.,]+)(?i:ha|km|m[2²]?)?")
_LETTER = re.compile("[0-9][.,]?([OolI])|([OolI]),?[0-9]")
_DIGIT_FOR_LETTER = str.maketrans("OolI", "0011")


def clean_text(text: str) -> str:
    """The text in NFC with plain spaces and none around it.

    Raises
    ------
    QuantityError
        What came along by pasting or typing and belongs to no figure, date or chainage: quotes, digits of another
        script, letters among the digits (37,O7); an empty text, one that is too long.
    """
    clean = unicodedata.normalize("NFC", text[: MAX_LENGTH + 1]).translate(_BLANKS).strip()
    bare = clean.translate(_CURLY).strip()
    inner = bare.strip(_STRAIGHT).strip()
    if len(text) > MAX_LENGTH:
        raise QuantityError("too_long", found=shown(inner), length=len(text), limit=MAX_LENGTH)
    if not inner:
        raise QuantityError("empty")
    if bare != clean:
        raise QuantityError("curly_quotes", found=shown(inner))
    if inner != bare:
        quote = bare[0] if bare[0] in _STRAIGHT else bare[-1]
        raise QuantityError("stray_quote", found=shown(inner), quote=quote)
    for character in clean:
        if unicodedata.category(character) == "Nd" and character not in "0123456789":
            raise QuantityError("foreign_digit", found=shown(clean), character=character)
    for word in re.findall(r"[\w.,]+", clean):
        number_at = _LETTERED.fullmatch(word)
        if number_at and (letter := _LETTER.search(number_at[1])):
            right = word[: number_at.start(1)] + number_at[1].translate(_DIGIT_FOR_LETTER) + word[number_at.end(1) :]
            raise QuantityError("letter_for_digit", found=shown(word), letter=letter[1] or letter[2], right=right)
    return clean


def shown(text: str, limit: int = 60) -> str:
    """A text of anybody's for a sentence: not too long, and printable."""
    seen = printable(text[: limit + 1])
    return seen if len(text) <= limit else seen[:limit] + "…"


def read_number(found: str, doubts: list[QuantityError] | None, *, either: bool, unit: str = "") -> Decimal:
    """The number that stands at a ``NUMBER``.

    Parameters
    ----------
    found
        The piece of text.
    doubts
        Where a reading with a doubt puts its doubt; None to refuse it.
    either
        Whether one group after one dot (6.316) may be decimals as well as thousands.
    unit
        What follows the number, blank included, to be said with both readings.

    Raises
    ------
    QuantityError
        Anything but plain digits or complete groups with a decimal comma; with the right spelling where there is one.
    """
    sign = "-" if found[0] in "-\u2212" else ""
    digits = found.lstrip("-\u2212")
    if sum(character.isdigit() for character in digits) > MAX_DIGITS:
        raise QuantityError("too_many_digits", found=shown(found), limit=MAX_DIGITS)
    if re.match("0[0-9]", digits):
        raise QuantityError("leading_zero", found=shown(found))
    doubt = None
    if either and ONE_GROUP.fullmatch(digits):
        thousands, decimal = sign + digits.replace(".", ""), sign + digits.replace(".", ",")
        doubt = QuantityError("ambiguous", found=found, unit=unit, thousands=thousands, decimal=decimal)
    elif _POINT.fullmatch(digits) and not _GROUPED.fullmatch(digits):
        digits = digits.translate(_COMMA_FOR_POINT)
        doubt = QuantityError("decimal_dot", found=found, right=sign + digits)
    elif _COMMA_GROUPS.fullmatch(digits):
        digits = digits.replace(",", ".")
        doubt = QuantityError("comma_groups", found=found, right=sign + digits)
    elif not (_PLAIN.fullmatch(digits) or _GROUPED.fullmatch(digits)):
        raise QuantityError("bad_groups", found=shown(found))
    if doubt is not None:
        if doubts is None:
            raise doubt
        doubts.append(doubt)
    return Decimal(sign + digits.translate({ord("."): None, ord(" "): None, ord(","): "."}))


def settled(amount: Decimal) -> Decimal:
    """The same number without a minus before zero and without a positive exponent, so that it can be written."""
    if not amount.is_finite():
        raise QuantityError("not_finite", found=str(amount))
    exponent = amount.as_tuple().exponent
    if not (isinstance(exponent, int) and -MAX_DIGITS < exponent <= MAX_DIGITS):
        raise QuantityError("too_many_digits", found=shown(str(amount)), limit=MAX_DIGITS)
    if exponent > 0:
        amount = Decimal(int(amount))
    if len(f"{amount.copy_abs():f}".replace(".", "")) > MAX_DIGITS:
        raise QuantityError("too_many_digits", found=shown(str(amount)), limit=MAX_DIGITS)
    return amount or amount.copy_abs()


def number(value: Decimal | Fraction | int, decimals: int | None, lang: Lang) -> str:
    """A number in the notation of a language: ``1.288,123`` (vi), ``1,288.123`` (en).

    Parameters
    ----------
    value
        Any finite number, exact.
    decimals
        How many are written, rounded half up (half away from zero); None for as many as the number has.

    Raises
    ------
    ValueError
        A fraction that never ends (1/3) without ``decimals``.
    """
    if decimals is None and isinstance(value, Decimal) and value.is_finite():
        below, text = value < 0, f"{value.copy_abs():,f}"
    else:
        if decimals is None:
            decimals = decimals_of(value)
        scaled = half_up(Fraction(value) if isinstance(value, Decimal) else value, decimals)
        whole, part = divmod(abs(scaled), 10**decimals)
        below, text = scaled < 0, f"{whole:,}" + (f".{part:0{decimals}}" if decimals else "")
    if lang == "vi":
        text = text.translate(_COMMA_FOR_POINT)
    return f"-{text}" if below else text


def decimals_of(value: Decimal | Fraction | int) -> int:
    """How many decimals a number is printed with: those of a Decimal's exponent, those a fraction needs."""
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0
    denominator = value.denominator
    for decimals in range(denominator.bit_length()):
        if 10**decimals % denominator == 0:
            return decimals
    raise ValueError(f"{value} has no end as a decimal number: say how many decimals to write")


def half_up(value: Fraction | int, decimals: int) -> int:
    """The value times 10^decimals, rounded half away from zero."""
    scaled, whole = value.numerator * 10**decimals, value.denominator
    nearest: int = (2 * abs(scaled) + whole) // (2 * whole)
    return -nearest if scaled < 0 else nearest
