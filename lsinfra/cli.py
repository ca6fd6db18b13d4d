"""The command line: load, one call of the library, emit. Results on stdout, all else on stderr.

Exit 0 fine, 1 a fault in the data or the run (a finding of severity error included), 2 wrong use.
"""

import gc
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

# Nothing made while importing is garbage; looking for some takes a tenth of the time of --help.
gc.disable()

import typer  # noqa: E402

from lsinfra.errors import LsinfraError, QuantityError, RunError, Severity, why  # noqa: E402
from lsinfra.text import LANGS, Lang, say  # noqa: E402

gc.enable()

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from lsinfra.errors import Finding
    from lsinfra.portfolio import Portfolio
    from lsinfra.progress import Progress


def _spoken(arguments: list[str]) -> Lang:
    """The language of the help, which is written before the options are read: --lang, LSINFRA_LANG, Vietnamese."""
    asked = os.environ.get("LSINFRA_LANG", "")
    for before, argument in zip(["", *arguments], arguments, strict=False):
        asked = argument if before == "--lang" else argument.removeprefix("--lang=") if "--lang=" in argument else asked
    return "en" if asked == "en" else LANGS[0]


LANG = _spoken(sys.argv[1:])


def _help(key: str) -> str:
    return say(LANG, f"cli.help.{key}")


class WrongUse(LsinfraError):
    """An option that cannot be used so."""

    group = "cli"


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class Language(StrEnum):
    VI = "vi"
    EN = "en"


@dataclass(frozen=True)
class Call:
    """The options before the command."""

    root: Path | None
    lang: Lang
    verbose: bool
    quiet: bool
    today: date


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(version("lsinfra"))
        raise typer.Exit


AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help=_help("as_of"), show_default=False)]
FormatOption = Annotated[Format, typer.Option("--format", help=_help("format"))]
Out = Annotated[Path, typer.Option("--out", metavar="PATH", help=_help("out"))]
Version = Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help=_help("version"))]
STDOUT = Path("-")

app = typer.Typer(
    help=_help("app"),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
        _close_stdout()
        raise SystemExit(1) from None


@app.callback()
def options(
    context: typer.Context,
    root: Annotated[Path | None, typer.Option(metavar="DIR", help=_help("root"), show_default=False)] = None,
    lang: Annotated[Language, typer.Option(help=_help("lang"))] = Language(LANG),  # noqa: B008
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=_help("verbose"))] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help=_help("quiet"))] = False,
    today: Annotated[str | None, typer.Option(hidden=True)] = None,
    version: Version = False,  # noqa: ARG001
) -> None:
    day = _day(today, "--today") if today else date.today()  # noqa: DTZ011  (the planner's own calendar day)
    context.obj = Call(root, lang.value, verbose, quiet, day)


@app.command(help=_help("weekly"))
def weekly(context: typer.Context, as_of: AsOf = None) -> None:
    call, portfolio, progress, findings = _measured(context, as_of)
    from lsinfra.render import page, tables

    pages = page.write(portfolio, progress, findings, _root(call) / "maps", call.lang)
    _show(call, tables.summary(portfolio, progress, findings, pages, call.lang, call.today))
    _fail_on_errors(findings)


@app.command(help=_help("check"))
def check(context: typer.Context, as_of: AsOf = None, format: FormatOption = Format.TABLE, out: Out = STDOUT) -> None:
    call, portfolio, measured, findings = _measured(context, as_of)
    from lsinfra.render import tables

    if format is Format.TABLE:
        _emit_table(tables.findings_table(portfolio, findings, call.lang), out)
    elif format is Format.JSON:
        _emit(tables.findings_json(measured.as_of.isoformat(), findings, call.lang), out)
    else:
        _emit(tables.findings_csv(findings, call.lang), out)
    _fail_on_errors(findings)


@app.command(help=_help("progress"))
def progress(
    context: typer.Context, as_of: AsOf = None, format: FormatOption = Format.TABLE, out: Out = STDOUT
) -> None:
    call, portfolio, measured, findings = _measured(context, as_of)
    from lsinfra.render import tables

    if format is Format.TABLE:
        _emit_table(tables.progress_table(portfolio, measured, call.lang), out)
    elif format is Format.JSON:
        _emit(tables.progress_json(measured, findings, call.lang), out)
    else:
        _emit(tables.progress_csv(measured), out)
    _fail_on_errors(findings)


@app.command("map", help=_help("map"))
def draw(
    context: typer.Context,
    as_of: AsOf = None,
    project: Annotated[str | None, typer.Option(metavar="ID", help=_help("project"), show_default=False)] = None,
    tiles: Annotated[str | None, typer.Option(metavar="URL", help=_help("tiles"), show_default=False)] = None,
    credit: Annotated[str | None, typer.Option(metavar="TEXT", help=_help("credit"), show_default=False)] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PATH", help=_help("map_out"), show_default=False)
    ] = None,
) -> None:
    call, portfolio, measured, findings = _measured(context, as_of)
    from lsinfra.render import map as maps

    known = [one.id for one in portfolio.records.projects]
    if project is not None and project not in known:
        raise RunError("unknown_project", found=project, known=", ".join(known))
    if (tiles is None) != (credit is None):
        raise WrongUse("tiles_and_credit")
    if out is None:
        out = _root(call) / "map.html"
    basemap = maps.Basemap(tiles, credit) if tiles and credit else None
    drawn = maps.draw(portfolio, measured, findings, project=project, lang=call.lang, basemap=basemap)
    _emit(drawn.get_root().render(), out)
    if out != STDOUT:
        _show(call, [str(out)])
    _fail_on_errors(findings)


@app.command(help=_help("schema"))
def schema(out: Out = STDOUT) -> None:
    import json

    from lsinfra import loader

    _emit(json.dumps(loader.schema(), ensure_ascii=False, indent=2) + "\n", out)


# --- what the commands share -------------------------------------------------------------------------------


def _root(call: Call) -> Path:
    """The folder of projects.yaml: --root, or upward from here."""
    from lsinfra.records import FILE

    try:
        start = call.root or Path.cwd()
    except OSError as error:
        raise RunError("unreadable", path=".", reason=why(error)) from None
    found = [start] if call.root else [start, *start.parents]
    for folder in found:
        if (folder / FILE).is_file():
            return folder
    raise RunError("no_root", path=start)


def _measured(context: typer.Context, as_of: str | None) -> "tuple[Call, Portfolio, Progress, tuple[Finding, ...]]":
    """The portfolio, its progress at the date asked for, and every finding."""
    from lsinfra import checks, portfolio, progress

    call: Call = context.obj
    whole = portfolio.load(_root(call))
    if as_of is None:
        day = progress.newest(whole.records, call.today)
    else:
        day = call.today if as_of == "today" else _day(as_of, "--as-of", call.today)
    measured = progress.measure(whole, day)
    if call.verbose:
        counts = {"projects": len(whole.records.projects), "routes": len(whole.routes.alignments)}
        figures = len(measured.clearance) + len(measured.disbursement)
        typer.echo(say(call.lang, "cli.read", root=_root(call), figures=figures, date=day, **counts), err=True)
    return call, whole, measured, checks.check(whole, measured, call.today)


def _day(text: str, option: str, today: date | None = None) -> date:
    """The day an option names; one that has not begun by ``today`` has nothing to show."""
    from lsinfra.quantities import read_date

    try:
        day = read_date(text)
    except QuantityError as error:
        raise WrongUse("not_a_day", option=option, reason=error) from None
    if today and day.first_day > today:
        raise WrongUse("future_day", option=option, day=day)
    return day.last_day


def _emit(text: str, out: Path) -> None:
    """To stdout, or to a file that is written beside and swapped in."""
    try:
        if out == STDOUT:
            sys.stdout.write(text)
            sys.stdout.flush()
            return
        out = out.resolve()
        if out.exists() and not out.is_file() and not out.is_dir():
            # A device or a pipe is written into, never replaced.
            out.write_text(text, encoding="utf-8")
            return
    except BrokenPipeError:
        raise
    except OSError as error:
        if out == STDOUT:
            _close_stdout()
        raise RunError("unwritable", path=out, reason=why(error)) from None
    beside = out.parent / f".lsinfra-{os.getpid()}"
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(out)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise RunError("unwritable", path=out, reason=why(error)) from None


def _close_stdout() -> None:
    """What could not be written is given up: Python would try again at exit, and fail with words of its own."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _emit_table(tables: "Iterable[RenderableType]", out: Path) -> None:
    import io

    from rich.console import Console

    terminal = out == STDOUT and sys.stdout.isatty()
    text = io.StringIO()
    console = Console() if terminal else Console(file=text, width=180, color_system=None)
    console.print(*tables, sep="\n")
    if not terminal:
        lines = (line.rstrip() for line in text.getvalue().splitlines())
        _emit("\n".join(lines) + "\n", out)


def _show(call: Call, lines: "Iterable[str]") -> None:
    if not call.quiet:
        _emit("".join(f"{line}\n" for line in lines), STDOUT)


def _fail_on_errors(findings: "Iterable[Finding]") -> None:
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise typer.Exit(1)
