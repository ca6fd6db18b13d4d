"""The command line: every command by its name. Results on stdout, all else on stderr.

Exit 0 fine, 1 a fault in the data or the run (a finding of severity error included), 2 wrong use.
"""

import gc
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

# Nothing made while importing is garbage; looking for some takes a tenth of the time of --help.
gc.disable()

import typer  # noqa: E402
from typer.core import TyperCommand, TyperGroup  # noqa: E402

from lsinfra.commands.options import LANG, Call, Language, WrongUse, help_  # noqa: E402
from lsinfra.errors import LsinfraError  # noqa: E402

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter

gc.enable()

# Every command by its name: the module of lsinfra/commands that holds it, and the function; a table is a group.
_COMMANDS: dict[str, Any] = {
    "weekly": "weekly:weekly",
    "watch": "watch:watch",
    "check": "book:check",
    "progress": "book:progress",
    "map": "book:draw",
    "compare": "history:compare",
    "forecast": "history:forecast",
    "report": "report:report",
    "schema": "book:schema",
    "init": "begin:init",
    "snapshot": {
        "take": "history:take",
        "list": "history:list_",
        "show": "history:show_",
        "verify": "history:verify",
        "index": "history:index",
        "roles": "history:roles",
        "history": "history:history",
        "changes": "history:changes",
    },
    "intake": {
        "form": "intake:form",
        "excel": "intake:excel",
        "document": "intake:document",
        "oc4ids": "intake:oc4ids",
        "review": "intake:review",
        "apply": "intake:apply",
    },
    "geodata": {
        "import": "geodata:bring",
        "fetch": "geodata:fetch",
        "restore": "geodata:restore",
        "sections": "geodata:sections",
    },
    "parcels": {
        "check": "parcels:check",
        "progress": "parcels:progress",
        "map": "parcels:draw",
        "import": "parcels:bring",
        "generate": "parcels:generate",
    },
    "export": {"oc4ids": "exchange:oc4ids", "gis": "exchange:gis"},
}


# Each by a name of its own, so that who imports whom can be read.
_MODULES = {
    "begin": lambda: import_module("lsinfra.commands.begin"),
    "book": lambda: import_module("lsinfra.commands.book"),
    "exchange": lambda: import_module("lsinfra.commands.exchange"),
    "geodata": lambda: import_module("lsinfra.commands.geodata"),
    "history": lambda: import_module("lsinfra.commands.history"),
    "intake": lambda: import_module("lsinfra.commands.intake"),
    "parcels": lambda: import_module("lsinfra.commands.parcels"),
    "report": lambda: import_module("lsinfra.commands.report"),
    "watch": lambda: import_module("lsinfra.commands.watch"),
    "weekly": lambda: import_module("lsinfra.commands.weekly"),
}


class _Commands(Mapping[str, "Command"]):
    """The commands of a group, each made when it is asked for: to list them takes their names and helps alone."""

    def __init__(self, table: dict[str, Any], group: str = "") -> None:
        self._table, self._group = table, group
        self._made: dict[str, Command] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)

    def __getitem__(self, name: str) -> "Command":
        if name not in self._made:
            self._made[name] = self._make(name, self._table[name])
        return self._made[name]

    def help(self, name: str) -> str:
        return help_(f"{self._group}_{name}" if self._group else name)

    def _make(self, name: str, what: Any) -> "Command":
        if isinstance(what, dict):
            inner = _Commands(what, name)
            return _Group(name=name, lazy=inner, help=self.help(name), no_args_is_help=True, rich_markup_mode=None)
        module, _, function = what.partition(":")
        alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
        alone.command(name, help=self.help(name))(getattr(_MODULES[module](), function))
        return typer.main.get_command(alone)


class _Group(TyperGroup):
    def __init__(self, *, lazy: _Commands | None = None, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Any = lazy or _Commands(_COMMANDS)

    def format_commands(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        listed: dict[str, Command] = {name: TyperCommand(name, help=self.commands.help(name)) for name in self.commands}
        TyperGroup(name=self.name, commands=listed).format_commands(ctx, formatter)


app = typer.Typer(
    cls=_Group,
    help=help_("app"),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(version("lsinfra"))
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    root: Annotated[
        Path | None, typer.Option(metavar="DIR", help=help_("root"), show_default=False, readable=False)
    ] = None,
    lang: Annotated[Language, typer.Option(help=help_("lang"))] = Language(LANG),  # noqa: B008
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=help_("verbose"))] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help=help_("quiet"))] = False,
    today: Annotated[str | None, typer.Option(hidden=True)] = None,
    version: Annotated[  # noqa: ARG001
        bool, typer.Option("--version", callback=_version, is_eager=True, help=help_("version"))
    ] = False,
) -> None:
    # The planner's own calendar day, whatever day it is elsewhere.
    now = datetime.now().astimezone().replace(microsecond=0)
    if today:
        from lsinfra.commands.loading import read_day

        day = read_day(today, "--today")
        now = now.replace(year=day.year, month=day.month, day=day.day)
    context.obj = Call(root, lang.value, verbose, quiet, now)


_FLAGS = {"-v", "--verbose", "-q", "--quiet", "-qv", "-vq"}
_VALUED = {"--root", "--lang", "--today"}


def _forward(arguments: list[str]) -> list[str]:
    """The options that belong before the command, moved there: `lsinfra weekly --lang en` is as good."""
    before: list[str] = []
    after: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            return [*before, *after, argument, *rest]
        general = argument in _FLAGS or argument.split("=", 1)[0] in _VALUED
        (before if general else after).append(argument)
        if argument in _VALUED:
            before += [value for value in [next(rest, None)] if value is not None]
    return before + after


def main() -> None:
    """Run the command; every fault of data or run is one sentence, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        # Windows consoles and pipes come with code pages that have no Vietnamese.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        app(_forward(sys.argv[1:]))
    except LsinfraError as error:
        typer.echo(error.write(LANG), err=True)
        raise SystemExit(2 if isinstance(error, WrongUse) else 1) from None
    except BrokenPipeError:
        # The reader of our output has gone (lsinfra progress | head): nothing more to say.
        from lsinfra.commands.output import close_stdout

        close_stdout()
        raise SystemExit(1) from None
