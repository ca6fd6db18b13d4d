"""The command line: every command by its name. Results on stdout, all else on stderr.

Exit 0 fine, 1 a fault in the data or the run (a finding of severity error included), 2 wrong use.
"""

import gc
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

# Nothing made while importing is garbage; looking for some takes a tenth of the time of --help.
gc.disable()

import typer  # noqa: E402

from lsinfra.commands import begin, book, exchange, geodata, history, intake, report, watch, weekly  # noqa: E402
from lsinfra.commands.loading import read_day  # noqa: E402
from lsinfra.commands.options import LANG, Call, Language, WrongUse, help_  # noqa: E402
from lsinfra.commands.output import close_stdout  # noqa: E402
from lsinfra.errors import LsinfraError  # noqa: E402

gc.enable()

app = typer.Typer(
    help=help_("app"),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(help=help_("weekly"))(weekly.weekly)
app.command(help=help_("watch"))(watch.watch)
app.command(help=help_("check"))(book.check)
app.command(help=help_("progress"))(book.progress)
app.command("map", help=help_("map"))(book.draw)
app.command(help=help_("compare"))(history.compare)
app.command(help=help_("forecast"))(history.forecast)
app.command(help=help_("report"))(report.report)
app.command(help=help_("schema"))(book.schema)
app.command(help=help_("init"))(begin.init)

snapshot = typer.Typer(no_args_is_help=True)
snapshot.command(help=help_("snapshot_take"))(history.take)
snapshot.command("list", help=help_("snapshot_list"))(history.list_)
snapshot.command("show", help=help_("snapshot_show"))(history.show_)
snapshot.command(help=help_("snapshot_verify"))(history.verify)
snapshot.command(help=help_("snapshot_index"))(history.index)
snapshot.command(help=help_("snapshot_roles"))(history.roles)
snapshot.command(help=help_("snapshot_history"))(history.history)
snapshot.command(help=help_("snapshot_changes"))(history.changes)
app.add_typer(snapshot, name="snapshot", help=help_("snapshot"))

takes_in = typer.Typer(no_args_is_help=True)
takes_in.command(help=help_("intake_form"))(intake.form)
takes_in.command(help=help_("intake_excel"))(intake.excel)
takes_in.command(help=help_("intake_document"))(intake.document)
takes_in.command(help=help_("intake_oc4ids"))(intake.oc4ids)
takes_in.command(help=help_("intake_review"))(intake.review)
takes_in.command(help=help_("intake_apply"))(intake.apply)
app.add_typer(takes_in, name="intake", help=help_("intake"))

routes = typer.Typer(no_args_is_help=True)
routes.command("import", help=help_("geodata_import"))(geodata.bring)
routes.command(help=help_("geodata_fetch"))(geodata.fetch)
routes.command(help=help_("geodata_restore"))(geodata.restore)
routes.command(help=help_("geodata_sections"))(geodata.sections)
app.add_typer(routes, name="geodata", help=help_("geodata"))

export = typer.Typer(no_args_is_help=True)
export.command(help=help_("export_oc4ids"))(exchange.oc4ids)
export.command(help=help_("export_gis"))(exchange.gis)
app.add_typer(export, name="export", help=help_("export"))


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(version("lsinfra"))
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    root: Annotated[Path | None, typer.Option(metavar="DIR", help=help_("root"), show_default=False)] = None,
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
        close_stdout()
        raise SystemExit(1) from None
