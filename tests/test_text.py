"""Saying: keys become sentences, and nobody's text is ever taken for a template. (What the locale files hold:
test_house.py.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsinfra.codes import Base, Funding, Kind, Level, MilestoneKind, Party, Placed, SourceKind, Stage, Status, TotalKind
from lsinfra.errors import Fault, Finding, InputError, LsinfraError, QuantityError, RunError, Severity
from lsinfra.quantities import StatedCheck
from lsinfra.text import LANGS, Lang, Phrase, Word, say, words

HOSTILE = [
    "{0.__class__}",
    "{x}",
    "{}",
    "{reason.__class__.__init__.__globals__}",
    "{{7*7}}",
    "{% include 'x' %}",
    "%s %(x)s %n",
    "${HOME} `id`",
    "</script><script>alert(1)</script>",
    "]]><!--",
    "a\u2028b\u202ec\x00",
    "\\N{BULLET} \\1",
    "x" * 10_000,
    "",
]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: ascii(hostile[:24]))
def test_a_value_is_put_in_as_typed(lang: Lang, hostile: str) -> None:
    template = words(lang, "run")["unknown_project"]
    plain = template.replace("{known}", "k")
    assert say(lang, "run.unknown_project", found=hostile, known="k") == plain.replace("{found}", hostile)
    error = RunError("unknown_project", found=hostile, known="k")
    assert error.write(lang) == plain.replace("{found}", hostile)
    finding = Finding("unknown_source", Severity.ERROR, "", None, None, {"source": hostile, "hint": ""})
    plain = words(lang, "finding")["unknown_source"].replace("{hint}", "")
    assert finding.message(lang) == plain.replace("{source}", hostile)


@given(st.text(), st.sampled_from(LANGS))
def test_no_text_is_ever_a_template(anything: str, lang: Lang) -> None:
    plain = words(lang, "run")["unknown_project"].replace("{known}", "k")
    before, _, after = plain.partition("{found}")
    assert say(lang, "run.unknown_project", found=anything, known="k") == before + anything + after


def test_values_may_have_any_name_and_be_too_many() -> None:
    said = say("vi", "run.unknown_project", found="a", known="b", lang="en", key="x", group="x", self="x")
    assert said == "Không có dự án “a”. Các dự án: b."


def test_a_value_that_writes_itself_is_asked_in_the_language() -> None:
    @dataclass
    class Both:
        def write(self, lang: Lang) -> str:
            return f"{lang} {{x}}"

    assert say("vi", "run.unknown_project", found=Both(), known=date(2024, 10, 31)) == (
        "Không có dự án “vi {x}”. Các dự án: 2024-10-31."
    )
    assert say("en", "run.unknown_project", found=Both(), known="") == "There is no project “en {x}”. The projects: ."


@pytest.mark.parametrize("lang", LANGS)
def test_what_is_missing_is_a_key_error(lang: Lang) -> None:
    for key in ("run.no_such_key", "run.", "run", "word.stage", "word.stage.", "word.stage.lost"):
        with pytest.raises(KeyError):
            say(lang, key)
    with pytest.raises(KeyError, match="known"):
        say(lang, "run.unknown_project", found="x")


def test_a_word_and_a_phrase_are_said_later() -> None:
    word = Word("word.stage.handed_over")
    assert (word.write("vi"), word.write("en")) == ("bàn giao mặt bằng", "land handed over")
    phrase = Phrase("run.unknown_project", (("found", word), ("known", "{x}")))
    assert phrase.write("vi") == "Không có dự án “bàn giao mặt bằng”. Các dự án: {x}."
    assert phrase.write("en") == "There is no project “land handed over”. The projects: {x}."
    assert phrase == Phrase("run.unknown_project", (("found", word), ("known", "{x}")))


def test_nested_tables_are_dotted_keys() -> None:
    assert words("vi", "quantity")["unit.ha"] == "ha"
    assert words("en", "word")["totalkind.implied"] == "implied"


@pytest.mark.parametrize(
    "codes",
    [Base, Funding, Kind, Level, MilestoneKind, Party, Placed, SourceKind, Stage, Status, TotalKind],
)
def test_every_code_has_its_word_and_every_word_its_code(codes: type) -> None:
    name = codes.__name__.lower()
    for lang in LANGS:
        said = {key.partition(".")[2] for key in words(lang, "word") if key.startswith(f"{name}.")}
        assert said == {str(code) for code in codes}  # type: ignore[attr-defined]
        assert len({code.write(lang) for code in codes}) == len(said)  # type: ignore[attr-defined]


def test_the_words_of_the_design() -> None:
    assert [stage.write("vi") for stage in Stage] == [
        "đo đạc, kiểm đếm",
        "phê duyệt phương án bồi thường",
        "chi trả bồi thường",
        "bàn giao mặt bằng",
        "mặt bằng sạch",
    ]
    for group, codes in (("statedcheck", StatedCheck), ("severity", Severity)):
        assert {key for key in words("vi", "word") if key.startswith(f"{group}.")} == {
            f"{group}.{one}" for one in codes
        }


# --- errors --------------------------------------------------------------------------------------------------------


def test_every_error_is_one_a_user_can_mend() -> None:
    for error in (RunError("input"), InputError([]), QuantityError("empty")):
        assert isinstance(error, LsinfraError)
    assert isinstance(QuantityError("empty"), ValueError)


def test_an_error_says_itself_in_both_languages_and_english_by_default() -> None:
    error = RunError("unknown_project", found="ql4x", known="ql4b")
    assert error.write("vi") == "Không có dự án “ql4x”. Các dự án: ql4b."
    assert str(error) == error.write("en") == "There is no project “ql4x”. The projects: ql4b."
    assert str(QuantityError("empty")).startswith("Nothing is written here")


def test_a_fault_begins_with_its_place() -> None:
    fault = Fault("projects.yaml:3:5", "projects[0].id", "run.unknown_project", {"found": "x", "known": "y"})
    assert fault.write("en") == "projects.yaml:3:5: projects[0].id: There is no project “x”. The projects: y."
    bare = Fault("projects.yaml:3:5", "", "run.unknown_project", {"found": "x", "known": "y"})
    assert bare.write("vi") == "projects.yaml:3:5: Không có dự án “x”. Các dự án: y."
    both = InputError(iter([fault, bare]))
    assert both.faults == (fault, bare)
    assert both.write("vi") == f"{fault.write('vi')}\n{bare.write('vi')}"
    assert str(both).count("\n") == 1
