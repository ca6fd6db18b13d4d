"""What the READMEs and docs/ say must be so: commands run, examples load, codes and rooms are those of the code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from lsinfra import loader, yamlfile
from lsinfra.cli import _forward, app
from lsinfra.codes import (
    Authority,
    Base,
    Code,
    Funding,
    Kind,
    Level,
    MilestoneKind,
    Party,
    Placed,
    SourceKind,
    Stage,
    Status,
)
from lsinfra.errors import InputError
from lsinfra.forecast import Point, earned_schedule, forecast
from lsinfra.intake.forms.mapping import read_mapping
from lsinfra.progress import SAME_TIME_DAYS, rate
from lsinfra.quantities import Measure, PartialDate, StatedCheck, Unit, read_figure
from lsinfra.records import Project
from lsinfra.text import LANGS, Lang, say
from lsinfra.weeks import working_weeks
from tests.conftest import ROOT, Run
from tests.test_forecast import FOUR, MILESTONES, book
from tests.test_house import LADDER

SITE_PAGES = sorted(path.stem for path in (ROOT / "docs" / "vi").glob("*.md"))
READMES = ("README.md", "README.vi.md")
PAGES = {
    name: {lang: f"docs/{lang}/{name}.md" for lang in LANGS} for name in ("records", "definitions", "intake", "house")
}


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", _text(name), re.DOTALL)


def _commands(name: str) -> list[str]:
    lines = [line.split("  #")[0].strip() for block in _blocks(name, "console") for line in block.splitlines()]
    return [line for line in lines if line.startswith("lsinfra ")]


# Told beside the result: which snapshot was asked; what a package still lacks. Nothing of what is all recorded.
BESIDE = {" then": 1, "snapshot show": 1, "export oc4ids": 2}


def test_every_command_of_the_readme_runs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process: that the installed command does the same, test_cli.py holds."""
    monkeypatch.chdir(root)
    commands = _commands(READMES[0])  # the other has the same
    assert len(commands) >= 9
    for command in commands:
        ran = CliRunner().invoke(app, _forward(shlex.split(command)[1:]))
        assert ran.exit_code == 0, f"{command}: {ran.output} {ran.exception}"
        assert len(ran.stderr.splitlines()) == sum(n for part, n in BESIDE.items() if part in command), command
    assert (root / "progress.csv").is_file()
    assert (root / "ql4b.html").is_file()
    assert (root / "maps" / "2024-10-31" / "index.html").is_file()


def test_every_command_of_the_program_is_in_the_readme(lsinfra: Callable[..., Run]) -> None:
    listed = lsinfra("--help").stdout.split("Commands:")[1]
    programs = {line.split()[0] for line in listed.splitlines() if re.match(r"  \S", line)}
    for name in READMES:
        assert programs <= {word for command in _commands(name) for word in command.split()}


@pytest.mark.parametrize("name", READMES)
def test_the_make_rules_of_the_readme_are_there(name: str) -> None:
    rules = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake (\w+)\b", "\n".join(re.findall(r"`[^`]+`|```.*?```", _text(name), re.DOTALL))))
    assert {"weekly", "test"} <= named <= rules


@pytest.mark.parametrize("name", PAGES["records"].values())
def test_the_example_of_the_record_format_loads(name: str) -> None:
    loaded = loader.build(yamlfile.parse(_blocks(name, "yaml")[0], "projects.yaml"))
    assert [project.id for project in loaded.projects] == ["ql4b"]
    assert len(list(loaded.projects[0].clearance[0].stages)) == 3


@pytest.mark.parametrize("name", PAGES["records"].values())
def test_the_example_of_lengths_and_parts_is_of_the_real_records(name: str) -> None:
    _, lines, *_ = _blocks(name, "yaml")
    head = "portfolio: {title: T}\nprojects:\n  - id: p\n    title: T\n    kind: road\n    status: completion\n"
    shown = loader.build(yamlfile.parse(head + lines, "projects.yaml"))
    real = _real("huu-nghi-chi-lang")
    assert len(shown.projects[0].length) == 2
    assert [claim.model_dump() for claim in shown.projects[0].length] == [
        claim.model_dump() for claim in real.length[:2]
    ]
    (section,) = shown.projects[0].sections
    assert len(section.parts) == 2
    assert section.model_dump() in [one.model_dump() for one in real.sections]


@pytest.mark.parametrize("name", PAGES["records"].values())
def test_every_key_of_the_records_is_shown_where_it_may_stand(name: str) -> None:
    """The blocks of the page after the first two are one file, and use every key of every kind of record."""
    _, _, *blocks = _blocks(name, "yaml")
    whole = loader.build(yamlfile.parse("".join(blocks), "projects.yaml"))
    example = loader.build(yamlfile.parse(_blocks(name, "yaml")[0], "projects.yaml"))
    shown: dict[type[BaseModel], set[str]] = {}

    def walk(node: object) -> None:
        if isinstance(node, BaseModel):
            shown.setdefault(type(node), set()).update(node.model_fields_set)
            for key in type(node).model_fields:
                walk(getattr(node, key))
        elif isinstance(node, dict | tuple):
            for one in node.values() if isinstance(node, dict) else node:
                walk(one)

    walk(whole)
    walk(example.report)
    tables = {name for name, one in loader.schema()["$defs"].items() if "properties" in one}
    assert {kind.__name__ for kind in shown} == tables | {"Records"}
    assert {kind.__name__: missed for kind, used in shown.items() if (missed := kind.model_fields.keys() - used)} == {}


@pytest.mark.parametrize("name", PAGES["intake"].values())
def test_the_example_of_a_mapping_loads(name: str, tmp_path: Path) -> None:
    (example,) = _blocks(name, "yml")
    path = tmp_path / "mapping.yaml"
    path.write_text(example, "utf-8")
    mapping = read_mapping(path)
    assert [(one.stage, one.plan_year) for one in mapping.columns] == [(Stage.HANDED_OVER, None), (None, 2024)]


def _real(project: str) -> Project:
    records = loader.load(ROOT / "projects.yaml")
    return next(one for one in records.projects if one.id == project)


@pytest.mark.parametrize("lang", LANGS)
def test_the_error_is_the_one_that_the_example_would_give(lang: Lang) -> None:
    name = PAGES["records"][lang]
    example = _blocks(name, "yaml")[0]
    wrong = re.findall(r"`(\d+\.\d+ ha)`", _text(name))[0]
    assert example.count(wrong.replace(".", ",")) == 1
    with pytest.raises(InputError) as caught:
        loader.build(yamlfile.parse(example.replace(wrong.replace(".", ","), wrong), "projects.yaml"))
    (answer,) = _blocks(name, "text")
    assert " ".join(answer.split()) == caught.value.write(lang)


@pytest.mark.parametrize("lang", LANGS)
def test_every_code_stands_in_the_record_format_with_its_word(lang: Lang) -> None:
    rows = re.findall(r"^\| `(\w+)`[^|]*\| (`\w+` [^|]*·[^|]*) \|$", _text(PAGES["records"][lang]), re.MULTILINE)
    lists: list[type[Code]] = [Kind, Status, Authority, Placed, Level, Base, Funding, Party, SourceKind, MilestoneKind]
    keys = ["kind", "status", "level", "placed", "level", "base", "funding", "party", "kind", "kind"]
    told = [(key, [(code.value, code.write(lang)) for code in codes]) for key, codes in zip(keys, lists, strict=True)]
    assert [(key, re.findall(r"`(\w+)` ([^·]*?)(?: ·|$)", cell)) for key, cell in rows] == told


@pytest.mark.parametrize("name", PAGES["records"].values())
def test_every_unit_is_named_and_a_single_group_is_as_it_says(name: str) -> None:
    (units,) = re.findall(r"^- \*\*(?:Units|Đơn vị)\*\*: (.*?)\n(?=- )", _text(name), re.MULTILINE | re.DOTALL)
    assert {read_figure(f"1 {unit}").unit for unit in re.findall("`([^`]+)`", units)} == set(Unit)
    (group,) = re.findall(r"^- \*\*[^*]+\*\* \(`(\d+\.\d{3})`\)", _text(name), re.MULTILINE)
    for unit in Unit:
        if unit.measure in {Measure.AREA, Measure.LENGTH, Measure.PERCENT}:
            with pytest.raises(ValueError, match="two ways"):
                read_figure(f"{group} {unit}")
        else:
            assert read_figure(f"{group} {unit}").value == int(group.replace(".", ""))
    with pytest.raises(ValueError, match="two ways") as caught:
        read_figure(f"{group} m2")
    assert all(f"`{way}`" in _text(name) for way in re.findall("write “(.*?)”.* or “(.*?)”", str(caught.value))[0])


@pytest.mark.parametrize("lang", LANGS)
def test_what_is_computed_is_what_the_program_computes(lang: Lang) -> None:
    text = " ".join(_text(PAGES["definitions"][lang]).split())
    settings = loader.build(yamlfile.parse("portfolio: {title: T}", "projects.yaml")).portfolio
    format_ = _text(PAGES["records"][lang])
    assert f"`stale_after_days` ({settings.stale_after_days})" in format_
    assert f"`metric_crs` ({settings.metric_crs})" in format_
    assert f"{settings.metric_crs} (VN-2000" in text
    assert re.search(rf"\b{SAME_TIME_DAYS} (days|ngày)\b", text)
    # In Vietnamese with the words of the pages, in English with the codes of the JSON.
    *checks, last = [check for check in StatedCheck if check is not StatedCheck.NONE]
    if lang == "vi":
        told = ", ".join(say(lang, f"word.statedcheck.{check}") for check in checks)
        assert f"{told}, hoặc {say(lang, f'word.statedcheck.{last}')}" in text
    else:
        assert f"{', '.join(checks)}, or a {last}" in text


@pytest.mark.parametrize("lang", LANGS)
def test_the_examples_of_the_definitions_compute_as_they_say(lang: Lang) -> None:
    text = _text(PAGES["definitions"][lang])
    rows = re.findall(
        r"^\| ([^|]+) \| [^|]+ \| ([\d,./]+) (ha|tỷ đồng), ([\d,]+) ?%(?: \(([\d,]+)\))? \|$", text, re.MULTILINE
    )
    assert len(rows) == len(StatedCheck) - 1
    for told, value, unit, percent, computed in rows:
        found = rate(read_figure(f"{value} {unit}, đạt {percent}%"))
        assert told == (say(lang, f"word.statedcheck.{found.check}") if lang == "vi" else found.check)
        assert found.share is not None
        exact = Fraction((computed or percent).replace(",", "."))
        # What stands in brackets is the share, cut off or rounded to its decimals.
        assert abs(found.share * 100 - exact) < Fraction(1, 10 ** len(computed.partition(",")[2] or "0"))
    pattern = r"([\d,]+) ha(?: at |, đạt )([\d,]+) ?%\D+([\d,]+) \D+ ([\d,]+) ha"
    ((value, percent, low, high),) = re.findall(pattern, _flat(text))
    implied = rate(read_figure(f"{value} ha, đạt {percent}%"))
    assert None not in (implied.low, implied.high)
    assert [f"{float(end):.3f}" for end in (implied.low or 0, implied.high or 0)] == [
        end.replace(",", ".") for end in (low, high)
    ]


# How a formula on a page is read as Python.
SIGNS = {"10⁻ⁿ": "Fraction(1, 10**n)", "½": "Fraction(1, 2)", "·": "*", "×": "*", "÷": "/", "−": "-"}
SIGNS |= {"PV(N+1)": "next_target", "PV(N)": "target", "t(N+1)": "next_day", "t(N)": "day", "vₘ": "vm", "dₘ": "dm"}
SIGNS |= {"v₀": "v0", "d₀": "d0", "còn lại": "rest", "nhanh nhất": "fastest"}


def _formula(text: str, name: str, **values: object) -> Any:
    """What the formula of a name gives, worked out as it stands on the page; what is said beside it is left out."""
    found = re.search(rf"(?m)^{re.escape(name)} += ((?:(?!   |, (?!t\(|d|b\))).)+)", text)
    assert found, name
    told = found[1]
    for sign, python in SIGNS.items():
        told = told.replace(sign, python)
    return eval(told, {"Fraction": Fraction, "w": working_weeks, **values})


@pytest.mark.parametrize("lang", LANGS)
def test_the_formulas_of_the_definitions_are_those_of_the_program(lang: Lang) -> None:
    text = _text(PAGES["definitions"][lang])
    vi = lang == "vi"
    implied, of = rate(read_figure("37,07 ha, đạt 75,12%")), {"v": Fraction("37.07"), "P": Fraction("75.12"), "n": 2}
    assert _formula(text, "thấp nhất" if vi else "low", **of) == implied.low
    assert _formula(text, "cao nhất" if vi else "high", **of) == implied.high
    (one,) = forecast(book(FOUR, rest=MILESTONES), date(2024, 9, 5)).followed
    assert one.pace is not None
    assert one.rest is not None
    # Of the four figures of test_forecast.py: 10 ha on 1 August, 43 of 100 ha on 5 September.
    seen = {"v0": 10, "vm": 43, "d0": date(2024, 8, 1), "dm": date(2024, 9, 5), "m": 3, "T": 100}
    assert _formula(text, "tốc độ" if vi else "pace", **seen) == one.pace.per_week
    rest = _formula(text, "còn lại" if vi else "rest", **seen)
    assert rest == one.rest.low
    last = one.needs[-1]
    between = {"a": date(2024, 9, 5), "b": last.by.last_day}
    assert _formula(text, "cần đạt" if vi else "need", rest=rest, **between) == last.low
    often = "mức độ khoảng như vậy thường đúng" if vi else "how often such a range should hold the day"
    assert _formula(text, often, **seen) == pytest.approx(float(one.completion.nominal or 0))
    plan = [(PartialDate(2024, 8, 29), Decimal(33)), (PartialDate(2024, 9, 19), Decimal(53))]
    found = earned_schedule([Point(PartialDate(2024, 9, 5), Decimal(43))], plan)
    assert found is not None
    (day, next_day), at = (by.last_day for by, _ in plan), date(2024, 9, 5)
    after = _formula(text.replace("t(N) + (v", "(v"), "ES", v=43, target=33, next_target=53, day=day, next_day=next_day)
    assert found.variance == working_weeks(at, day) + after


def _flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", PAGES["house"].values())
def test_every_room_of_the_house_is_named_in_the_order_of_the_ladder(name: str) -> None:
    rooms = {path.name for path in (ROOT / "lsinfra").glob("*.py")} - {"__init__.py"}
    rooms |= {f"{path.parent.name}/" for path in (ROOT / "lsinfra").glob("*/__init__.py")}
    table = [line.split("|")[1] for line in _text(name).splitlines() if re.match(r"\| `\w+[./]", line)]
    named = re.findall(r"`([^`]+)`", " ".join(table))
    assert sorted(named) == sorted(rooms)
    places = [LADDER.index(room.rstrip("/").removesuffix(".py")) for room in named]
    assert places == sorted(places)


@pytest.mark.parametrize("name", [*READMES, "CHANGELOG.md", "geodata/README.md", "maps/README.md"])
def test_links_lead_somewhere(name: str) -> None:
    here = (ROOT / name).parent
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", _text(name)) if "://" not in target]
    assert [target for target in targets if not (here / target.split("#")[0]).exists()] == []


def test_the_pages_that_messages_name_are_there() -> None:
    messages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "lsinfra" / "locale").glob("*.toml"))
    named = set(re.findall(r"docs/\w+/\w+\.md", messages))
    assert {"docs/vi/records.md", "docs/en/records.md"} <= named
    assert [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("name", READMES)
def test_a_readme_is_short_and_says_nothing_twice(name: str) -> None:
    """What it is, its commands and where to read more; a page of docs/ says the rest, and no paragraph stands twice."""
    text = _text(name)
    assert len(text.splitlines()) <= 170
    pages = "\n\n".join(_text(f"docs/{'vi' if 'vi' in name else 'en'}/{page}.md") for page in SITE_PAGES)
    said = {" ".join(part.split()) for part in text.split("\n\n") if len(part) > 200 and "```" not in part}
    assert {part for part in said if part in {" ".join(other.split()) for other in pages.split("\n\n")}} == set()


@pytest.mark.parametrize("name", READMES)
def test_a_readme_leads_to_every_page(name: str) -> None:
    linked = re.findall(r"\(docs/(?:vi|en)/(\w+)\.md\)", _text(name))
    assert sorted(linked) == sorted(set(SITE_PAGES) - {"index"})


@pytest.mark.parametrize("name", [*READMES, "maps/README.md"])
def test_lines_are_not_long(name: str) -> None:
    lines = _text(name).splitlines()
    assert [line for line in lines if len(line) > 120 and not line.startswith("|")] == []


def test_the_two_readmes_speak_of_the_same_things() -> None:
    """What stands in code marks is not translated."""
    codes = [
        set(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", _text(name), flags=re.DOTALL).replace("\n", " ")))
        for name in READMES
    ]
    assert codes[0] == codes[1]
    for lang in LANGS:
        assert re.search(r"JavaScript[^.]*2023", _text(f"docs/{lang}/limits.md"))


def test_the_make_rules_speak_of_no_folder_that_nothing_makes() -> None:
    rules = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    folders = re.findall(r"(\w+)/", "\n".join(line for line in rules if line.startswith("# make ")))
    assert folders == ["docs", "site", "snapshots", "maps"]


def test_maps_are_where_their_readme_says(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    told = set(re.findall(r"`((?:NGÀY|DATE)/[^`]*)`", _text("maps/README.md")))
    assert {path.split("/")[1] for path in told} == {"index.html", "DỰ-ÁN.html", "PROJECT.html", "en", "vi"}
    for lang, other in (("vi", "en"), ("en", "vi")):
        assert CliRunner().invoke(app, ["--lang", lang, "weekly", "--as-of", "2024-10-31"]).exit_code == 0
        assert (root / "maps" / "2024-10-31" / other / "ql4b.html").is_file()
        assert not (root / "maps" / "2024-10-31" / lang).exists()
    assert CliRunner().invoke(app, ["map"]).exit_code == 0
    assert (root / "map.html").is_file()
    assert not (root / "maps" / "map.html").exists()


def test_the_two_readmes_have_the_same_parts() -> None:
    heads = [len(re.findall(r"^## ", _text(name), re.MULTILINE)) for name in READMES]
    assert heads[0] == heads[1]
    assert _commands(READMES[0]) == _commands(READMES[1])
