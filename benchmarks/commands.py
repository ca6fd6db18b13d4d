"""The command line, each run a process of its own, as a person or a script starts it.

``lsinfra --help`` against a bare argparse program: the same commands, options and words written out for Python's own
parser, with nothing else imported. It is the least that a Python program with this help can take; what is above it is
typer and ours. The peer is made from lsinfra's own commands at each run, so that it never falls behind them, and is
compiled like an installed package.

``lsinfra progress --format json`` on the real records, geometry and checks included, against ``import geopandas`` and
nothing more: what any script that reads the routes with geopandas has spent before its first line of work.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.timing import BenchError, Outcome, in_turn, within

if TYPE_CHECKING:
    from typer._click.core import Command
    from typer.core import TyperOption

ROOT = Path(__file__).resolve().parent.parent
HELP_TIMES, PROGRESS_TIMES = 3.0, 1.5


def starting(folder: Path, rounds: int) -> Outcome:
    """``lsinfra --help`` against the same help by argparse. ``folder`` takes the peer."""
    names = write_peer(folder)
    peer = [sys.executable, str(folder / "start.py"), "--help"]
    ours = [console_script(), "--help"]
    for command in (ours, peer):
        said = output(command)
        if missing := [name for name in names if name not in said]:
            raise BenchError(f"{command[0]} does not say {', '.join(missing)}")
    times = in_turn({"lsinfra --help": quietly(ours), "argparse --help": quietly(peer)}, rounds)
    return Outcome((within("lsinfra --help", times["lsinfra --help"], times["argparse --help"], HELP_TIMES),))


def progress(rounds: int) -> Outcome:
    """``lsinfra progress --format json`` on the records of this repository against ``import geopandas``."""
    ours = [console_script(), "--root", str(ROOT), "progress", "--format", "json"]
    if '"lsinfra.progress/1"' not in output(ours):
        raise BenchError("lsinfra progress did not print its JSON")
    peer = [sys.executable, "-c", "import geopandas"]
    times = in_turn({"lsinfra progress": quietly(ours), "import geopandas": quietly(peer)}, rounds)
    return Outcome((within("lsinfra progress", times["lsinfra progress"], times["import geopandas"], PROGRESS_TIMES),))


# --- processes -----------------------------------------------------------------------------------------------------


def console_script() -> str:
    """The program as it was installed beside this Python."""
    found = shutil.which("lsinfra", path=str(Path(sys.executable).parent))
    if found is None:
        raise BenchError("lsinfra is not installed beside this Python: run make bench")
    return found


def environment() -> dict[str, str]:
    """The caller's, with a fixed hash seed and nothing that turns our help into another language or encoding."""
    fixed = {"PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8"}
    return {name: value for name, value in os.environ.items() if name != "LSINFRA_LANG"} | fixed


def output(command: list[str]) -> str:
    done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8", env=environment())
    return done.stdout


def quietly(command: list[str]) -> Callable[[], object]:
    """The run of a command as a job; it fails where the command does."""
    known = environment()
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=known)


# --- the argparse peer ---------------------------------------------------------------------------------------------


def write_peer(folder: Path) -> list[str]:
    """Write ``peer.py`` and a ``start.py`` like an installed script's; the names that both helps have to say."""
    # typer belongs to what is timed, in processes of its own; here it only tells the words.
    from typer.core import TyperGroup
    from typer.main import get_command

    from lsinfra.cli import app

    program = get_command(app)
    if not isinstance(program, TyperGroup):
        raise BenchError("lsinfra has no commands")
    lines = [
        "import argparse",
        "def main():",
        f"    parser = argparse.ArgumentParser(prog='lsinfra', description={percent(program.help)!r})",
        *add_options("parser", program),
        "    commands = parser.add_subparsers(metavar='COMMAND')",
    ]
    for name, command in program.commands.items():
        words = percent(command.help)
        lines.append(f"    command = commands.add_parser({name!r}, help={words!r}, description={words!r})")
        lines += add_options("command", command)
    lines.append("    parser.parse_args()")
    (folder / "peer.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "start.py").write_text("from peer import main\nmain()\n", encoding="utf-8")
    return [*program.commands, *(name for option in shown_options(program) for name in option.opts)]


def add_options(parser: str, command: Command) -> Iterator[str]:
    """One ``add_argument`` a shown option; ``--help`` argparse has by itself."""
    for option in shown_options(command):
        given: dict[str, object] = {"help": percent(option.help)}
        if option.is_flag:
            given["action"] = "store_true"
        elif option.type_descriptor.is_choice:
            given["choices"] = [str(choice) for choice in option.type_descriptor.choices or ()]
        else:
            given["metavar"] = option.metavar
        words = [*map(repr, option.opts), *(f"{name}={value!r}" for name, value in given.items())]
        yield f"    {parser}.add_argument({', '.join(words)})"


def shown_options(command: Command) -> list[TyperOption]:
    from typer.core import TyperOption

    return [option for option in command.params if isinstance(option, TyperOption) and not option.hidden]


def percent(text: str | None) -> str:
    """Help for argparse, which reads a percent sign as the start of a field."""
    return (text or "").replace("%", "%%")
