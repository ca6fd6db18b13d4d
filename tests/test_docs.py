"""What the README says must be so: its commands run, its example loads, its codes and rooms are those of the code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from lsinfra import loader, yamlfile
from lsinfra.text import words
from tests.conftest import ROOT, Run

READMES = ("README.md", "README.vi.md")


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", _text(name), re.DOTALL)


def _commands(name: str) -> list[str]:
    lines = [line.split("  #")[0].strip() for block in _blocks(name, "console") for line in block.splitlines()]
    return [line for line in lines if line.startswith("lsinfra ")]


@pytest.mark.parametrize("name", READMES)
def test_every_command_of_the_readme_runs(name: str, lsinfra: Callable[..., Run], root: Path) -> None:
    commands = _commands(name)
    assert len(commands) >= 9
    for command in commands:
        run = lsinfra(*shlex.split(command)[1:], cwd=root)
        assert run.code == 0, f"{command}: {run.stderr}"
        assert run.stderr == ""
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


@pytest.mark.parametrize("name", READMES)
def test_the_example_of_the_record_format_loads(name: str) -> None:
    (example,) = _blocks(name, "yaml")
    loaded = loader.build(yamlfile.parse(example, "projects.yaml"))
    assert [project.id for project in loaded.projects] == ["ql4b"]
    assert len(list(loaded.projects[0].clearance[0].stages)) == 3


@pytest.mark.parametrize("name", READMES)
def test_every_code_of_a_finding_is_documented_and_no_other(name: str) -> None:
    start = _text(name).index("| `stated_percent_conflict`")
    table = _text(name)[start:].split("\n\n")[0]
    documented = set(re.findall(r"`(\w+)`", "\n".join(line.split("|")[1] for line in table.splitlines())))
    assert documented == set(words("vi", "finding"))


@pytest.mark.parametrize("name", READMES)
def test_every_room_of_the_house_is_named(name: str) -> None:
    rooms = {path.name for path in (ROOT / "lsinfra").glob("*.py")} - {"__init__.py"}
    assert {room for room in rooms if f"`{room}`" not in _text(name)} == set()


@pytest.mark.parametrize("name", [*READMES, "CHANGELOG.md", "geodata/README.md", "maps/README.md"])
def test_links_lead_somewhere(name: str) -> None:
    here = (ROOT / name).parent
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", _text(name)) if "://" not in target]
    assert [target for target in targets if not (here / target.split("#")[0]).exists()] == []


def test_the_two_readmes_have_the_same_parts() -> None:
    heads = [len(re.findall(r"^## ", _text(name), re.MULTILINE)) for name in READMES]
    assert heads[0] == heads[1]
    assert _commands(READMES[0]) == _commands(READMES[1])
