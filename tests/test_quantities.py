"""Figures, dates and chainage: read as documents print them, refused with the way out, written and read again."""

from __future__ import annotations

import ast
import re
import string
import subprocess
import sys
import tomllib
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lsinfra.errors import QuantityError
from lsinfra.quantities import (
    Chainage,
    Figure,
    Measure,
    PartialDate,
    StatedCheck,
    Unit,
    implied_total,
    number,
    outward,
    read_chainage,
    read_date,
    read_document_figure,
    read_figure,
    share_text,
    stated_check,
    write_figure,
)
from lsinfra.text import LANGS, words

PACKAGE = Path(__file__).resolve().parent.parent / "lsinfra"
D = Decimal
COUNTS = {Measure.HOUSEHOLDS, Measure.PARCELS, Measure.ROADS}


def same(a: Decimal | None, b: Decimal | None) -> bool:
    """Equal to the last printed zero."""
    return a == b and (a is None or b is None or a.as_tuple() == b.as_tuple())


def refusal(read: Callable[[str], object], text: str) -> QuantityError:
    with pytest.raises(QuantityError) as caught:
        read(text)
    for lang in LANGS:  # a sentence that can be said, with nothing left open in it
        sentence = caught.value.write(lang)
        assert sentence.endswith(".")
        assert not re.search(r"\{[a-z]+\}", sentence)
    return caught.value


# --- figures as they are printed -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("37,07 ha, đạt 75,12%", Figure(D("37.07"), Unit.HA, percent=D("75.12"))),
        ("37,07 ha, 75,12 %", Figure(D("37.07"), Unit.HA, percent=D("75.12"))),
        ("17,34/31,52 ha, đạt 55%", Figure(D("17.34"), Unit.HA, D("31.52"), D("55"))),
        ("640,28ha", Figure(D("640.28"), Unit.HA)),
        ("5,105km/27,13km", Figure(D("5.105"), Unit.KM, D("27.13"))),
        ("5,105 km / 27,13 km", Figure(D("5.105"), Unit.KM, D("27.13"))),
        ("khoảng 5,3 km", Figure(D("5.3"), Unit.KM, about=True)),
        ("khoảng5,3 km", Figure(D("5.3"), Unit.KM, about=True)),
        ("Khoảng 5 529 tỷ đồng", Figure(D("5529"), Unit.BILLION, about=True)),
        ("304/305 hộ", Figure(D("304"), Unit.HOUSEHOLDS, D("305"))),
        ("1.802 hộ", Figure(D("1802"), Unit.HOUSEHOLDS)),
        ("284 tuyến", Figure(D("284"), Unit.ROADS)),
        ("12 thửa", Figure(D("12"), Unit.PARCELS)),
        ("11.024,7 tỷ đồng", Figure(D("11024.7"), Unit.BILLION)),
        ("490,1/1.288,123 tỷ đồng, đạt 38,0%", Figure(D("490.1"), Unit.BILLION, D("1288.123"), D("38.0"))),
        ("1 288,123 tỉ", Figure(D("1288.123"), Unit.BILLION)),
        ("1\u00a0288,123 TỶ ĐỒNG", Figure(D("1288.123"), Unit.BILLION)),
        ("1\u202f288\u2009123 đồng", Figure(D("1288123"), Unit.VND)),
        ("11 nghìn tỷ", Figure(D("11"), Unit.TRILLION)),
        ("11 nghìn tỉ đồng", Figure(D("11"), Unit.TRILLION)),
        ("6.316 triệu đồng", Figure(D("6316"), Unit.MILLION)),
        ("-0,2 tỷ đồng", Figure(D("-0.2"), Unit.BILLION)),
        ("\u22120,2 tỷ đồng", Figure(D("-0.2"), Unit.BILLION)),
        ("0,1 tỷ đồng, đạt 0,03%", Figure(D("0.1"), Unit.BILLION, percent=D("0.03"))),
        ("96,1 %", Figure(D("96.1"), Unit.PERCENT)),
        ("100%", Figure(D("100"), Unit.PERCENT)),
        ("105,5/100 ha, đạt 105,5%", Figure(D("105.5"), Unit.HA, D("100"), D("105.5"))),
        ("1.288.123 m2", Figure(D("1288123"), Unit.M2)),
        ("6.316,0 HA", Figure(D("6316.0"), Unit.HA)),
        ("6 316 m²", Figure(D("6316"), Unit.M2)),
        ("500 m", Figure(D("500"), Unit.M)),
        ("999.999.999.999.999,999 đồng", Figure(D("999999999999999.999"), Unit.VND)),
    ],
)
def test_a_printed_figure_is_read_exactly(text: str, figure: Figure) -> None:
    for form in ("NFC", "NFD"):
        read = read_figure(unicodedata.normalize(form, text))
        assert read == figure
        assert same(read.value, figure.value)
        assert same(read.percent, figure.percent)


def test_a_figure_gives_its_amounts_in_the_base_unit() -> None:
    figure = read_figure("490,1/1.288,123 tỷ đồng")
    assert (figure.measure, figure.amount, figure.total_amount) == (
        Measure.MONEY,
        D(490_100_000_000),
        D(1_288_123_000_000),
    )
    figure = read_figure("25 m²")
    assert (figure.measure, figure.amount, figure.total_amount) == (Measure.AREA, D("0.0025"), None)
    assert read_figure("39.900,0 m").amount == D("39.9")
    assert read_figure("2,5 triệu đồng").amount == 2_500_000
    assert read_figure("1 nghìn tỷ đồng").amount == 10**12
    assert read_figure("999.999.999.999.999.999 nghìn tỷ đồng").amount == (10**18 - 1) * 10**12


@pytest.mark.parametrize(
    ("text", "key", "parts"),
    [
        ("366.55 ha", "decimal_dot", ["366.55", "366,55"]),
        ("0.123 ha", "decimal_dot", ["0,123"]),
        ("1234.567 ha", "decimal_dot", ["1234,567"]),
        ("1,288.123 tỷ đồng", "decimal_dot", ["1.288,123"]),
        ("1 288.5 tỷ đồng", "decimal_dot", ["1 288,5"]),
        ("-366.55 tỷ đồng", "decimal_dot", ["-366,55"]),
        ("17,34/31.52 ha", "decimal_dot", ["31,52"]),
        ("37,07 ha, đạt 75.12%", "decimal_dot", ["75,12"]),
        ("6.316 ha", "ambiguous", ["“6.316 ha”", "“6316 ha”", "“6,316 ha”"]),
        ("370.700 m2", "ambiguous", ["“370.700 m2”", "“370700 m2”", "“370,700 m2”"]),
        ("1/6.316m", "ambiguous", ["“6.316 m”", "“6316 m”", "“6,316 m”"]),
        ("-39.900 km", "ambiguous", ["-39900", "-39,900"]),
        ("1/6.316 m", "ambiguous", ["6316", "6,316"]),
        ("37,07 ha, đạt 57.248%", "ambiguous", ["57248", "57,248"]),
        ("57.248%", "ambiguous", ["57248", "57,248"]),
        ("6.316 tỷ đồng, đạt 57.248%", "ambiguous", ["57248", "57,248"]),
        ("1,288,123 đồng", "comma_groups", ["1.288.123"]),
        ("1.28.123 đồng", "bad_groups", ["1.28.123"]),
        ("1.288 123 đồng", "bad_groups", ["1.288 123"]),
        ("1  288 đồng", "bad_groups", []),
        ("1288.123.000 đồng", "bad_groups", []),
        ("12,34,5 đồng", "bad_groups", []),
        ("06316 ha", "leading_zero", ["06316"]),
        ("00,5 ha", "leading_zero", []),
        ("37,07", "missing_unit", ["37,07", "tỷ đồng"]),
        ("17,34 ha/31,52", "missing_unit", []),
        ("5/4/3 km", "two_totals", ["5/4/3 km"]),
        ("5 km/4 km/3", "two_totals", []),
        ("5/4/3", "two_totals", []),
        ("37,07, đạt 5%", "missing_unit", []),
        ("5 mẫu", "unknown_unit", ["mẫu", "m²"]),
        ("5 m3", "unknown_unit", ["m3"]),
        ("5 hahaha", "unknown_unit", []),
        ("5,1 ha/27 km", "mixed_units", ["ha", "km"]),
        ("500 m/27 km", "mixed_units", ["m", "km"]),
        ("5/0 ha", "total_not_positive", ["0 ha"]),
        ("5/-3 ha", "total_not_positive", ["-3 ha"]),
        ("304,5 hộ", "not_whole", ["304,5 hộ"]),
        ("304/305.5 hộ", "decimal_dot", ["305,5"]),
        ("37,07 ha đạt 75,12%", "trailing", ["đạt 75,12%"]),
        ("37,07 ha, đạt 75,12", "trailing", []),
        ("37,07 ha, đạt 75,12%, 2024", "trailing", []),
        ("37,07 ha/", "trailing", []),
        ("1/2/3 ha", "two_totals", []),
        ("“37,07 ha, đạt 75,12%”", "curly_quotes", ["“37,07 ha, đạt 75,12%”"]),
        ("“37,07 ha", "curly_quotes", ["“37,07 ha”"]),
        ("«37 ha»", "curly_quotes", ["“37 ha”"]),
        ("’37 ha", "curly_quotes", ["“37 ha”"]),
        ("“'37 ha'”", "curly_quotes", ["“37 ha”"]),
        ("“” ", "empty", []),
        ("'37,07 ha", "stray_quote", [" ' ", "“37,07 ha”"]),
        ('"37,07 ha"', "stray_quote", [' " ', "“37,07 ha”"]),
        ("37 ha`", "stray_quote", [" ` ", "“37 ha”"]),
        ("37,O7 ha", "letter_for_digit", ["“37,O7”", "“O”", "“37,07”"]),
        ("37,l7ha", "letter_for_digit", ["“l”", "“37,17ha”"]),
        ("3O4/305 hộ", "letter_for_digit", ["“3O4”", "“304”"]),
        ("I7,34/31,52 ha", "letter_for_digit", ["“I”", "“17,34”"]),
        ("1.OOO hộ", "letter_for_digit", ["“1.000”"]),
        ("37 ha, đạt 5o%", "letter_for_digit", ["“o”", "“50”"]),
        ("trên 37 ha", "word_before", ["“trên”", "“khoảng 37 ha”"]),
        ("khoang 37 ha", "word_before", ["“khoang”", "“khoảng 37 ha”"]),
        ("gần 17,34/31,52 ha, đạt 55%", "word_before", ["“gần”", "“khoảng 17,34/31,52 ha, đạt 55%”"]),
        ("~37 ha", "word_before", ["“~”", "“khoảng 37 ha”"]),
        ("hơn 1 288 tỷ", "word_before", ["“hơn”", "“khoảng 1.288 tỷ đồng”"]),
        ("quý I.2024", "no_number", ["“quý I.2024”"]),
        ("hơn 37", "no_number", ["“hơn 37”"]),
        ("5%/6%", "percent_of_percent", ["5%"]),
        ("96,1%, đạt 50%", "percent_of_percent", []),
        ("0 ha, đạt 5%", "contradiction", ["0", "5%"]),
        ("-3 ha, đạt 5%", "contradiction", ["-3"]),
        ("1e5 ha", "exponent", ["1e5 ha"]),
        ("1,5E+3 ha", "exponent", []),
        ("nan ha", "no_number", ["nan ha"]),
        ("Infinity ha", "no_number", []),
        ("ha", "no_number", []),
        (",5 ha", "no_number", []),
        ("+5 ha", "no_number", []),
        ("- 5 ha", "no_number", []),
        ("--5 ha", "no_number", []),
        ("{{5}} ha", "no_number", ["{{5}} ha"]),
        ("５ ha", "foreign_digit", ["５"]),
        ("1٢ ha", "foreign_digit", ["٢"]),
        ("", "empty", []),
        (" \u00a0\n", "empty", []),
        ("1.999.999.999.999.999.999 đồng", "too_many_digits", ["18"]),
        ("0,1234567890123456789 ha", "too_many_digits", []),
        ("9" * 250 + " ha", "too_many_digits", []),
        ("9" * 100_000, "too_long", ["100000", "300"]),
    ],
)
def test_what_is_no_figure_is_refused_with_the_way_out(text: str, key: str, parts: list[str]) -> None:
    error = refusal(read_figure, text)
    assert error.key == key
    for lang in LANGS:
        for part in parts:
            assert part in error.write(lang)
        assert len(error.write(lang)) < 400
        assert not re.search("[“”]{2}", error.write(lang))


def test_the_spelling_that_is_shown_is_read() -> None:
    for text, unit in [("366.55", "ha"), ("0.123", "km"), ("1,288.123", "ha"), ("1,288,123", "m²"), ("1 288.5", "m")]:
        right = refusal(read_figure, f"{text} {unit}").values["right"]
        assert read_figure(f"{right} {unit}").value == D(re.sub("[, ]", "", text) if "." in text else "1288123")
    for text in ("6.316", "-39.900"):
        values = refusal(read_figure, f"{text} ha").values
        assert read_figure(f"{values['thousands']} ha").value == D(text.replace(".", ""))
        assert read_figure(f"{values['decimal']} ha").value == D(text)


def test_the_sentences_are_these() -> None:
    error = refusal(read_figure, "366.55/640,28ha, đạt 57,24%")
    assert error.write("vi") == (
        "“366.55” dùng dấu chấm cho phần thập phân; phần thập phân phải dùng dấu phẩy: ghi là “366,55”."
    )
    assert str(error) == (
        "“366.55” is written with a decimal point, but records use the decimal comma: write “366,55”."
    )
    error = refusal(read_figure, "6.316 ha")
    assert error.write("vi") == (
        "“6.316 ha” có thể hiểu theo hai cách: "
        "ghi “6316 ha” nếu dấu chấm tách hàng nghìn, hoặc “6,316 ha” nếu là phần thập phân."
    )


def test_a_measure_that_does_not_belong_here_is_refused() -> None:
    assert read_figure("5 km", {Measure.LENGTH}).unit is Unit.KM
    error = refusal(lambda text: read_figure(text, {Measure.LENGTH, Measure.AREA}), "304/305 hộ")
    assert error.key == "wrong_measure"
    assert "diện tích hoặc chiều dài" in error.write("vi")
    assert "is in households, but this place takes an area or a length" in error.write("en")


def test_what_turns_a_line_round_is_not_repeated_in_a_sentence() -> None:
    sentence = refusal(read_figure, "\u202e5 ha\x1b[31m").write("vi")
    assert "\u202e" not in sentence
    assert "\x1b" not in sentence
    assert "U+202E" in sentence


@pytest.mark.parametrize(
    ("text", "figure", "keys"),
    [
        ("366,55/640,28ha, đạt 57,24%", Figure(D("366.55"), Unit.HA, D("640.28"), D("57.24")), []),
        ("366.55/640,28ha, đạt 57,24%", Figure(D("366.55"), Unit.HA, D("640.28"), D("57.24")), ["decimal_dot"]),
        ("6.316 ha", Figure(D("6316"), Unit.HA), ["ambiguous"]),
        ("1,288,123 đồng", Figure(D("1288123"), Unit.VND), ["comma_groups"]),
        ("1.5/2.5 km", Figure(D("1.5"), Unit.KM, D("2.5")), ["decimal_dot", "decimal_dot"]),
    ],
)
def test_a_document_is_read_with_its_doubts(text: str, figure: Figure, keys: list[str]) -> None:
    read, doubts = read_document_figure(text)
    assert read == figure
    assert [doubt.key for doubt in doubts] == keys


def test_a_doubt_holds_both_readings_and_a_document_too_can_be_wrong() -> None:
    (doubt,) = read_document_figure("6.316 ha")[1]
    assert (doubt.values["thousands"], doubt.values["decimal"]) == ("6316", "6,316")
    assert refusal(read_document_figure, "1.28.123 ha").key == "bad_groups"
    assert refusal(read_document_figure, "５ ha").key == "foreign_digit"


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (D("NaN"), "not_finite"),
        (D("-Infinity"), "not_finite"),
        (D("1E+999999"), "too_many_digits"),
        (D("1E-999999"), "too_many_digits"),
        (D("1E+18"), "too_many_digits"),
        (D(10**18), "too_many_digits"),
    ],
)
def test_a_figure_that_could_not_be_written_cannot_be_made(value: Decimal, key: str) -> None:
    assert refusal(lambda _: Figure(value, Unit.HA), "").key == key
    assert refusal(lambda _: Figure(D(1), Unit.HA, percent=value), "").key == key


# --- there and back --------------------------------------------------------------------------------------------


def decimals(low: int | None = None, *, whole: bool = False) -> st.SearchStrategy[Decimal]:
    """Every number of at most 18 digits, its zeros at the end and its exponent as they come."""
    made = st.builds(
        lambda digits, exponent, minus: D((int(minus), tuple(int(d) for d in str(digits)), exponent)),
        st.integers(0, 10**18 - 1) | st.integers(0, 99_999),
        st.integers(0 if whole else -8, 3),
        st.booleans() if low is None else st.just(False),
    )
    return made.filter(lambda v: len(f"{abs(v):f}".replace(".", "")) <= 18 and (low is None or v > low))


@st.composite
def figures(draw: st.DrawFn) -> Figure:
    unit = draw(st.sampled_from(list(Unit)))
    whole = unit.measure in COUNTS
    value = draw(decimals(whole=whole))
    total = percent = None
    if unit is not Unit.PERCENT:
        total = draw(st.none() | decimals(0, whole=whole))
        percent = draw(st.none() | decimals())
        assume(total is not None or not percent or value * percent > 0)
    return Figure(value, unit, total, percent, draw(st.booleans()))


@given(figures())
@example(Figure(D("6316"), Unit.HA, D("6317"), D("6318")))
@example(Figure(D("-6316"), Unit.KM))
@example(Figure(D("6316"), Unit.BILLION))
@example(Figure(D("-0.00"), Unit.HA))
@example(Figure(D("1E+3"), Unit.M))
def test_every_figure_is_read_back_as_it_was_written(figure: Figure) -> None:
    text = write_figure(figure)
    back = read_figure(text)
    assert back == figure
    assert same(back.value, figure.value)
    assert same(back.total, figure.total)
    assert same(back.percent, figure.percent)
    assert (back.unit, back.about) == (figure.unit, figure.about)
    assert read_document_figure(text) == (figure, ())
    assert read_figure(unicodedata.normalize("NFD", text)) == figure


@st.composite
def printed_numbers(draw: st.DrawFn, *, whole: bool, either: bool) -> str:
    """A number in any spelling that the records allow."""
    digits = str(draw(st.integers(0, 10**9 - 1)))
    part = "" if whole else draw(st.text(string.digits, max_size=6))
    mark = draw(st.sampled_from(["", ".", " ", "\u00a0", "\u2009", "\u202f"]))
    if either and mark == "." and not part and 4 <= len(digits) <= 6:
        mark = ""
    return f"{int(digits):,}".replace(",", mark) + ("," + part if part else "")


SPELLINGS = """
ha, HA, m2, m², km, Km, m, hộ, Hộ, thửa, tuyến, %, đồng, triệu, triệu đồng, tỷ, tỉ, TỶ, tỷ đồng, tỉ  đồng, Tỷ Đồng,
nghìn tỷ, nghìn tỉ đồng, nghìn tỷ đồng
"""


@st.composite
def printed_figures(draw: st.DrawFn) -> str:
    unit = draw(st.sampled_from(SPELLINGS.strip().replace(",\n", ", ").split(", ")))
    measure = read_figure(f"1 {unit}").measure
    numbers = printed_numbers(
        whole=measure in COUNTS, either=measure in {Measure.AREA, Measure.LENGTH, Measure.PERCENT}
    )
    gap = st.sampled_from(["", " ", "\u00a0"])
    minus = draw(st.sampled_from(["", "", "-", "\u2212"]))
    text = draw(st.sampled_from(["", "khoảng ", "Khoảng  "])) + minus + (value := draw(numbers))
    if measure is not Measure.PERCENT and draw(st.booleans()):
        total = draw(numbers)
        assume(set(total) & set("123456789"))
        first = draw(gap) + unit if draw(st.booleans()) else ""
        text += f"{first}{draw(gap)}/{draw(gap)}{total}"
    text += draw(gap) + unit
    if measure is not Measure.PERCENT and draw(st.booleans()):
        percent = draw(printed_numbers(whole=False, either=True))
        # Without a total, 0 ha and -3 ha cannot be 5 %.
        assume("/" in text or not set(percent) & set("123456789") or (not minus and set(value) & set("123456789")))
        text += f",{draw(gap)}{draw(st.sampled_from(['', 'đạt ']))}{percent}{draw(gap)}%"
    return text


@given(printed_figures())
def test_every_valid_text_reads_writes_and_reads_the_same(text: str) -> None:
    figure = read_figure(text)
    written = write_figure(figure)
    assert read_figure(written) == figure
    assert write_figure(read_figure(written)) == written
    digits = re.sub("[^0-9]", "", text.replace("m2", ""))
    assert re.sub("[^0-9]", "", written) == digits  # not one digit was lost or came in


def answer(read: Callable[[str], object], text: str) -> object:
    """What was read, or the refusal."""
    try:
        return read(text)
    except QuantityError as error:
        return error


@given(st.text(max_size=80) | st.text("0123456789.,/% -ehamkđạtộỷ²\u00a0", max_size=60))
@example("1" + " " * 250 + "x")
@example("1" + ".1" * 140 + "x")
@example("1" + ".111" * 70 + "x")
@example("5 ha" + ", đạt" * 50)
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    for read in (read_figure, read_document_figure, read_date, read_chainage):
        found = answer(read, text)
        if isinstance(found, QuantityError):
            assert all(20 < len(found.write(lang)) < 500 for lang in LANGS)
        else:
            assert isinstance(found, Figure | tuple | PartialDate | Chainage)


# --- numbers and shares for a reader ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "places", "vi", "en"),
    [
        (D("1288.123"), None, "1.288,123", "1,288.123"),
        (D("38.0"), None, "38,0", "38.0"),
        (D("1E+3"), None, "1.000", "1,000"),
        (1_288_123_000_000, None, "1.288.123.000.000", "1,288,123,000,000"),
        (Fraction(1, 8), None, "0,125", "0.125"),
        (D("0.125"), 2, "0,13", "0.13"),
        (D("-0.125"), 2, "-0,13", "-0.13"),
        (D("2.5"), 0, "3", "3"),
        (D("0.5"), 0, "1", "1"),
        (D("-0.004"), 2, "0,00", "0.00"),
        (Fraction(2, 3), 2, "0,67", "0.67"),
        (Fraction(999_995, 1000), 2, "1.000,00", "1,000.00"),
        (D("12345678901234567890123456789.5"), 0, *2 * ["12345678901234567890123456790"]),
    ],
)
def test_a_number_is_written_in_the_notation_of_the_language(
    value: Decimal | Fraction | int, places: int | None, vi: str, en: str
) -> None:
    groups = str.maketrans("", "", ".,") if len(vi) == 29 else {}
    assert number(value, places, "vi").translate(groups) == vi
    assert number(value, places, "en").translate(groups) == en


def test_a_fraction_without_an_end_needs_its_decimals() -> None:
    with pytest.raises(ValueError, match="1/3"):
        number(Fraction(1, 3), None, "vi")


@pytest.mark.parametrize(
    ("share", "measure", "vi"),
    [
        (Fraction(36655, 64028), Measure.AREA, "57,25%"),  # 57.2483
        (Fraction(304, 305), Measure.HOUSEHOLDS, "99,67%"),  # 99.6721
        (Fraction(4901, 10**4), Measure.MONEY, "49,0%"),
        (Fraction(490100, 1288123), Measure.MONEY, "38,0%"),  # 38.0476
        (Fraction(1), Measure.AREA, "100,00%"),
        (Fraction(0), Measure.AREA, "0,00%"),
        (Fraction(99_994, 100_000), Measure.AREA, "99,99%"),
        (Fraction(99_995, 100_000), Measure.AREA, "> 99,99%"),
        (Fraction(9995, 10_000), Measure.MONEY, "> 99,9%"),
        (Fraction(5, 100_000), Measure.AREA, "0,01%"),
        (Fraction(4, 100_000), Measure.AREA, "< 0,01%"),
        (Fraction(4, 10_000), Measure.MONEY, "< 0,1%"),
        (Fraction(-4, 100_000), Measure.LENGTH, "> -0,01%"),
        (Fraction(-99_999, 100_000), Measure.LENGTH, "< -99,99%"),
        (Fraction(-1, 4), Measure.LENGTH, "-25,00%"),
        (Fraction(-1), Measure.LENGTH, "-100,00%"),
        (Fraction(1_000_001, 1_000_000), Measure.AREA, "100,00%"),
        (Fraction(1234, 100), Measure.MONEY, "1.234,0%"),
    ],
)
def test_a_share_is_shown_as_a_percentage(share: Fraction, measure: Measure, vi: str) -> None:
    assert share_text(share, measure, "vi") == vi
    assert share_text(share, measure, "en") == vi.translate(str.maketrans(".,", ",."))


@given(st.fractions(-3, 3, max_denominator=10**9), st.sampled_from(list(Measure)))
@example(Fraction(10**9 - 1, 10**9), Measure.AREA)
@example(Fraction(1, 10**9), Measure.MONEY)
def test_never_100_unless_it_is_and_never_0_if_it_is_more(share: Fraction, measure: Measure) -> None:
    text = share_text(share, measure, "en")
    shown = Fraction(text.removeprefix("> ").removeprefix("< ").removesuffix("%")) / 100
    assert (shown == 0) == (share == 0)
    assert abs(shown) < 1 or abs(share) >= 1
    assert not text.startswith(">") or share > shown
    assert not text.startswith("<") or share < shown
    assert abs(shown - share) <= Fraction(1, 1000 if measure is Measure.MONEY else 10_000)
    assert text[0] in "<>" or abs(shown - share) <= Fraction(1, 2000 if measure is Measure.MONEY else 20_000)


@pytest.mark.parametrize(
    ("text", "vi", "en"),
    [
        ("6316 ha", "6.316 ha", "6,316 ha"),
        (
            "490,1/1.288,123 tỷ, đạt 38,0%",
            "490,1/1.288,123 tỷ đồng, đạt 38,0%",
            "490.1 of 1,288.123 billion đồng, stated 38.0%",
        ),
        ("khoảng 5,3 km", "khoảng 5,3 km", "about 5.3 km"),
        ("96,1 %", "96,1%", "96.1%"),
        ("1 hộ", "1 hộ", "1 household"),
        ("1/2 hộ", "1/2 hộ", "1 of 2 households"),
    ],
)
def test_a_figure_is_written_for_a_reader(text: str, vi: str, en: str) -> None:
    assert (read_figure(text).write("vi"), read_figure(text).write("en")) == (vi, en)


def test_every_unit_and_measure_has_its_word() -> None:
    for lang in LANGS:
        assert len({unit.write(lang) for unit in Unit}) == len(Unit)
        assert len({measure.write(lang) for measure in Measure}) == len(Measure)
    assert [unit.write("vi") for unit in Unit] == [unit.value for unit in Unit]


# --- stated percentages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "total", "stated", "check"),
    [
        ("366.55", "640.28", "57.24", "truncated"),  # 57.2483…
        ("39.9", "59.87", "66.64", "rounded"),  # 66.6444…
        ("490.1", "1288.123", "38.0", "rounded"),  # 38.0476…
        ("0.1", "288.123", "0.03", "rounded"),  # 0.0347…
        ("74.3", "74.44", "99.8", "rounded"),  # 99.8119…
        ("60.83", "60.83", "100", "exact"),
        ("17.34", "31.52", "55", "rounded"),  # 55.0126…
        ("596", "618", "96.5", "conflict"),  # 96.4401…
        ("451.6", "458.4", "98", "truncated"),  # 98.5165…
        ("1", "8", "12.5", "exact"),
        ("1", "8", "12.50", "exact"),
        ("1", "8", "13", "rounded"),  # half goes up
        ("1", "8", "12", "truncated"),
        ("1", "8", "12.4", "conflict"),
        ("-1", "8", "-13", "rounded"),
        ("-1", "8", "-12", "truncated"),  # cut off towards zero
        ("3", "2", "150", "exact"),
    ],
)
def test_a_stated_percentage_is_told_apart(value: str, total: str, stated: str, check: str) -> None:
    assert stated_check(Fraction(value) / Fraction(total), D(stated)) is StatedCheck(check)


def test_nothing_stated_or_nothing_to_compare_with_is_none() -> None:
    assert stated_check(Fraction(1, 2), None) is StatedCheck.NONE
    assert stated_check(None, D(50)) is StatedCheck.NONE


def test_the_total_that_a_percentage_implies() -> None:
    # QL4B, Lộc Bình: 3707 / 75.125 and 3707 / 75.115; 3707 / 75.13 and 3707 / 75.12.
    assert implied_total(D("37.07"), D("75.12")) == (Fraction(3_707_000, 75_125), Fraction(3_707_000, 75_115))
    assert implied_total(D("37.07"), D("75.12"), truncated=True) == (Fraction(370_700, 7513), Fraction(370_700, 7512))
    low, high = implied_total(D("37.07"), D("75.12"))
    assert high is not None
    assert low < D("49.35") < high  # what was published later
    assert (number(low, 4, "en"), number(high, 4, "en")) == ("49.3444", "49.3510")
    assert implied_total(D("490"), D("49")) == (
        Fraction(49_000) / Fraction("49.5"),
        Fraction(49_000) / Fraction("48.5"),
    )
    assert implied_total(D("-3"), D("-5")) == implied_total(D(3), D(5))
    assert implied_total(D("3"), D("0")) == (Fraction(600), None)  # less than half a percent
    assert implied_total(D("3"), D("0.0"), truncated=True) == (Fraction(3000), None)
    assert implied_total(D("0"), D("0")) == (Fraction(0), None)


@pytest.mark.parametrize(("value", "percent"), [("0", "5"), ("3", "-5"), ("-3", "5")])
def test_a_percentage_of_nothing_implies_no_total(value: str, percent: str) -> None:
    assert refusal(lambda _: implied_total(D(value), D(percent)), "").key == "contradiction"


@given(
    st.decimals("0.01", 10_000, places=2),
    st.integers(0, 20_000),
    st.integers(0, 3),
    st.fractions(0, 1, max_denominator=1000),
    st.booleans(),
)
@example(D("37.07"), 7512, 2, Fraction(1), False)
@example(D("37.07"), 7512, 2, Fraction(0), False)
@example(D("37.07"), 7512, 2, Fraction(1), True)
def test_a_total_inside_the_interval_gives_the_stated_percentage_and_none_outside(
    value: Decimal, digits: int, exponent: int, at: Fraction, truncated: bool
) -> None:
    percent = D(digits).scaleb(-exponent)
    low, high = implied_total(value, percent, truncated=truncated)
    # With no upper bound, a total far above is as good; the low end itself is outside, the high end inside.
    top = low * 1000 if high is None else high
    total = low + (top - low) * at
    check = stated_check(Fraction(value) / total, percent)
    fits = {StatedCheck.EXACT, StatedCheck.TRUNCATED if truncated else StatedCheck.ROUNDED}
    if at == 0:
        assert check not in fits
    elif not truncated:
        assert check in fits
    else:  # what was cut off may be what rounding gives as well
        assert check in fits | {StatedCheck.ROUNDED}
    if high is not None:
        assert stated_check(Fraction(value) / (high * Fraction(1_000_001, 1_000_000)), percent) not in fits


# --- dates -----------------------------------------------------------------------------------------------------


def test_a_date_is_a_day_or_a_month() -> None:
    day, month = read_date("2024-08-05"), read_date(" 2024-02 ")
    assert day == PartialDate(2024, 8, 5)
    assert month == PartialDate(2024, 2)
    assert (day.first_day, day.last_day) == (date(2024, 8, 5), date(2024, 8, 5))
    assert (month.first_day, month.last_day) == (date(2024, 2, 1), date(2024, 2, 29))
    assert (day.iso, month.iso) == ("2024-08-05", "2024-02")
    assert (day.write("vi"), month.write("vi")) == ("05/8/2024", "tháng 02/2024")
    assert (day.write("en"), month.write("en")) == ("5 August 2024", "February 2024")
    assert PartialDate(2024, 10, 31).write("vi") == "31/10/2024"


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)), st.booleans())
@example(date(2200, 12, 31), False)
def test_every_date_is_read_back_as_it_was_written(day: date, whole_month: bool) -> None:
    made = PartialDate(day.year, day.month, None if whole_month else day.day)
    assert read_date(made.iso) == made
    assert made.first_day <= day <= made.last_day
    if whole_month:
        assert (made.first_day.day, (made.last_day + timedelta(days=1)).day) == (1, 1)
        assert made.first_day.month == made.last_day.month
    else:
        assert made.iso == day.isoformat()


def test_a_month_counts_as_its_last_day() -> None:
    month, before, last, after = (read_date(t) for t in ("2024-10", "2024-10-30", "2024-10-31", "2024-11-01"))
    assert before < month < after
    assert after > month > before
    assert month <= last <= month
    assert month >= last >= month
    assert not month < last
    assert not month > last
    assert month != last
    assert sorted([after, month, before]) == [before, month, after]


@pytest.mark.parametrize(
    ("text", "key", "part"),
    [
        ("15/8/2024", "date_spelling", "“2024-08-15”"),
        ("15-08-2024", "date_spelling", "“2024-08-15”"),
        ("15.8.2024", "date_spelling", "“2024-08-15”"),
        ("5/8/2024", "date_spelling", "“2024-08-05”"),
        ("8/15/2024", "date_spelling", "“2024-08-15”"),
        ("ngày 15 tháng 8 năm 2024", "date_spelling", "“2024-08-15”"),
        ("ngày 15/8/2024", "date_spelling", "“2024-08-15”"),
        ("10/2024", "date_spelling", "“2024-10”"),
        ("tháng 10/2024", "date_spelling", "“2024-10”"),
        ("Tháng 10 năm 2024", "date_spelling", "“2024-10”"),
        ("2024-8-5", "date_spelling", "“2024-08-05”"),
        ("2024/10", "date_spelling", "“2024-10”"),
        ("2026-02-30", "date_day", "28"),
        ("30/2/2024", "date_day", "29"),
        ("2024-04-31", "date_day", "30"),
        ("2024-10-00", "date_day", "2024-10-00"),
        ("2024-13", "date_month", "2024-13"),
        ("2024-00-10", "date_month", "2024-00"),
        ("13/13/2024", "date_month", "“13/13/2024”"),
        ("16/15/2024", "date_month", "“16/15/2024”"),
        ("13/2024", "date_month", "“13/2024”"),
        ("31/2/2024", "date_day", "“31/2/2024”"),
        ("15/8/1024", "date_year", "“15/8/1024”"),
        ("“2024-08-15”", "curly_quotes", "“2024-08-15”"),
        ("'2024-08-15", "stray_quote", " ' "),
        ("2024-1O-31", "letter_for_digit", "“10”"),
        ("1899-12-31", "date_year", "1900"),
        ("2201-01", "date_year", "2200"),
        ("0000-01", "date_year", "0000"),
        ("2024", "date_form", "2024-10-31"),
        ("2024-10-31T08:00", "date_form", "2024-10-31T08:00"),
        ("20241031", "date_form", "20241031"),
        ("hôm nay", "date_form", "hôm nay"),
        ("-2024-10", "date_form", "-2024-10"),
        ("２０２４-10", "foreign_digit", "２"),
        ("", "empty", ""),
    ],
)
def test_what_is_no_date_is_refused_with_the_right_spelling(text: str, key: str, part: str) -> None:
    error = refusal(read_date, unicodedata.normalize("NFD", text))
    assert error.key == key
    assert all(part in error.write(lang) for lang in LANGS)


# --- chainage --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "m", "vi", "en"),
    [
        ("Km18", "18000", "Km18", "Km18"),
        ("Km18+500", "18500", "Km18+500", "Km18+500"),
        ("Km 18 + 500", "18500", "Km18+500", "Km18+500"),
        ("KM18+050", "18050", "Km18+050", "Km18+050"),
        ("km18+005", "18005", "Km18+005", "Km18+005"),
        ("Km18+500,25", "18500.25", "Km18+500,25", "Km18+500.25"),
        ("Km18+005,5", "18005.5", "Km18+005,5", "Km18+005.5"),
        ("Km0+000", "0", "Km0", "Km0"),
        ("Km9999+999,999", "9999999.999", "Km9999+999,999", "Km9999+999.999"),
    ],
)
def test_a_chainage_is_read_and_written(text: str, m: str, vi: str, en: str) -> None:
    chainage = read_chainage(text)
    assert same(chainage.m, D(m))
    assert (chainage.write("vi"), chainage.write("en")) == (vi, en)


@given(decimals(-1).filter(lambda m: m < 10_000_000))
def test_every_chainage_is_read_back_as_it_was_written(m: Decimal) -> None:
    assert read_chainage(Chainage(m).write("vi")) == Chainage(m)


def test_chainages_are_ordered_along_the_route() -> None:
    texts = ["Km18", "Km18+050", "Km18+500", "Km80"]
    assert [c.write("vi") for c in sorted(map(read_chainage, reversed(texts)))] == texts


@pytest.mark.parametrize(
    ("text", "key", "parts"),
    [
        ("Km18+50", "chainage_metres", ["Km18+050", "Km18+500"]),
        ("Km18+5", "chainage_metres", ["Km18+005", "Km18+500"]),
        ("Km18,5", "chainage_spelling", ["“Km18+500”"]),
        ("Km18.05", "chainage_spelling", ["“Km18+050”"]),
        ("18+500", "chainage_spelling", ["“Km18+500”"]),
        ("K18+500", "chainage_spelling", ["“Km18+500”"]),
        ("Km18+500m", "chainage_spelling", ["“Km18+500”"]),
        ("Km18+500.25", "chainage_spelling", ["“Km18+500,25”"]),
        ("Km18+5000", "chainage_form", ["Km18+5000"]),
        ("Km018", "chainage_form", ["Km018"]),
        ("Km-1", "chainage_form", ["Km-1"]),
        ("Km10000", "chainage_form", []),
        ("18 km", "chainage_form", ["18 km"]),
        ("Km18-Km80", "chainage_form", []),
        ("Km１8", "foreign_digit", []),
        ("“Km18+500”", "curly_quotes", ["“Km18+500”"]),
        ("'Km18", "stray_quote", [" ' ", "“Km18”"]),
        ("KmI8+500", "letter_for_digit", ["“KmI8”", "“I”", "“Km18”"]),
        ("Km18+5O0", "letter_for_digit", ["“5O0”", "“500”"]),
        ("Km18+500," + "1" * 200, "too_many_digits", []),
    ],
)
def test_what_is_no_chainage_is_refused_with_the_readings(text: str, key: str, parts: list[str]) -> None:
    error = refusal(read_chainage, text)
    assert error.key == key
    assert all(part in error.write(lang) for lang in LANGS for part in parts)


def test_a_chainage_before_the_start_is_refused() -> None:
    assert refusal(lambda _: Chainage(D("-0.5")), "").key == "chainage_range"
    assert refusal(lambda _: Chainage(D("1E+7")), "").key == "chainage_range"


# --- the words and the weight ----------------------------------------------------------------------------------


def test_every_message_is_used_and_is_the_same_in_both_languages() -> None:
    vi, en = words("vi", "quantity"), words("en", "quantity")
    assert vi.keys() == en.keys()
    for key in vi:
        assert set(re.findall(r"\{(\w+)\}", vi[key])) == set(re.findall(r"\{(\w+)\}", en[key])), key
    raised = {
        call.args[0].value
        for name in ("quantities.py", "numerals.py", "dates.py")
        for call in ast.walk(ast.parse((PACKAGE / name).read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "QuantityError"
        and isinstance(call.args[0], ast.Constant)
    }
    assert raised == {key for key in vi if "." not in key} - {"or"}


@given(st.fractions(0, 10**6), st.fractions(0, 10**6), st.integers(0, 3))
def test_an_interval_rounded_outwards_holds_what_it_held_and_little_more(
    low: Fraction, width: Fraction, decimals: int
) -> None:
    first, last = outward(low, low + width, decimals)
    assert first is not None
    assert last is not None
    step = Fraction(1, 10**decimals)
    assert low - step < first <= low <= low + width <= last < low + width + step
    assert (first / step).denominator == (last / step).denominator == 1
    assert outward(None, None) == (None, None)


def test_the_locale_files_are_in_nfc() -> None:
    for lang in LANGS:
        text = (PACKAGE / f"locale/quantity.{lang}.toml").read_text(encoding="utf-8")
        assert unicodedata.is_normalized("NFC", text)
        assert tomllib.loads(text)


def test_reading_figures_needs_no_heavy_library() -> None:
    code = "import sys, lsinfra.quantities; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent, encoding="utf-8"
    )
    loaded = set(run.stdout.split())
    assert "lsinfra" in loaded
    assert not loaded & {"pandas", "numpy", "pydantic", "geopandas", "shapely", "folium", "rich", "typer", "ruamel"}
