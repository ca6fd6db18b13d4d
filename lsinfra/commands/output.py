"""Where results go: stdout, or a file that is written beside and swapped in."""

import os
import sys
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lsinfra.commands.options import STDOUT, Call, Format, WrongUse
from lsinfra.errors import RunError, why
from lsinfra.files import replace
from lsinfra.text import Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import RenderableType

    from lsinfra.csvfile import Style
    from lsinfra.render.rows import Rows


KEPT = ("geodata", "snapshots", "intake", "backups")
"""Folders beside the book; what is in them was put there by a command or by hand, and cannot be made again."""
# What the endings of files say that is in them. Any other ending fits whatever is written.
_ENDINGS = {name: name for name in ("csv", "html", "json", "jsonl", "parquet", "pdf", "png", "docx", "xlsx")}
_ENDINGS |= {name: name for name in ("doc", "fgb", "geojson", "gpkg", "ods", "odt", "tsv", "xls", "zip")}
_ENDINGS |= {"htm": "html", "ndjson": "jsonl"}


def admit(out: Path, kind: str | None = None, *read: Path | None) -> None:
    """See that a result may go to this place; to be asked first by a command that does more than write it.

    Parameters
    ----------
    out
        A file, or a folder for files.
    kind
        What is written, as its ending would say; None for what no ending contradicts.
    read
        The files that the result is made of.

    Raises
    ------
    WrongUse
        A book is there or what is kept beside one, or one of the files that are read, however the place is spelt:
        relative, by a link, in capitals. Or the ending is that of something else.
    RunError
        The working folder is gone.
    """
    if out == STDOUT:
        return
    from lsinfra.records import FILE

    try:
        # abspath: `geodata/../p.csv` lies beside that folder, not in it.
        spelt = [Path(os.path.abspath(out)), Path(os.path.realpath(out))]  # noqa: PTH100 - a link is not followed here
        here = Path(FILE).absolute()
    except OSError as error:
        raise RunError("unwritable", path=out, reason=why(error)) from None
    roots = {folder for path in (*spelt, here) for folder in path.parents if _holds(folder, FILE)}
    for path in spelt:
        if path.name.casefold() == FILE or any(_same(path, root / FILE) for root in roots):
            raise WrongUse("over_the_book", path=out)
        kept = [root / name for root in roots for name in KEPT]
        if any(_same(folder, place) for folder in (path, *path.parents) for place in kept):
            raise WrongUse("over_the_book", path=out)
        if any(_same(path, one.absolute()) for one in read if one):
            raise WrongUse("over_its_source", path=out)
    if kind and _ENDINGS.get(out.suffix[1:].lower(), kind) != kind:
        raise WrongUse("another_ending", path=out, kind=kind)


def _holds(folder: Path, name: str) -> bool:
    """Whether a file is there; False where nobody lets us look."""
    with suppress(OSError):
        return (folder / name).is_file()
    return False


def _same(path: Path, other: Path) -> bool:
    """Whether both are one place, on whatever drive; a name in capitals counts as the same also where nothing is."""
    if path.parent == other.parent and path.name.casefold() == other.name:
        return True
    with suppress(OSError):
        return path.samefile(other)
    return False


def emit(text: str | bytes, out: Path, kind: str | None = None) -> None:
    """To stdout, or to a file that is written beside and swapped in; bytes as they are. ``kind``: see ``admit``."""
    admit(out, kind)
    data = text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace")
    try:
        if out == STDOUT or _is_stdout(out):
            if isinstance(text, str):
                sys.stdout.write(text)
            else:
                sys.stdout.buffer.write(text)
            sys.stdout.flush()
            return
        if _names_a_stream(out) or (out.exists() and not out.is_file() and not out.is_dir()):
            # A device, a pipe or an open file is written into, never replaced.
            with out.open("ab") as stream:
                stream.write(data)
            return
        out = Path(os.path.realpath(out))
        there = out.parent.exists()
    except BrokenPipeError:
        raise
    except OSError as error:
        if out == STDOUT:
            close_stdout()
        raise RunError("unwritable", path=Word("run.stdout") if out == STDOUT else out, reason=why(error)) from None
    if not there:
        raise RunError("no_folder", path=out, folder=out.parent)
    try:
        replace(out, data)
    except OSError as error:
        raise RunError("unwritable", path=out, reason=why(error)) from None


def _names_a_stream(out: Path) -> bool:
    """/dev/stderr, /dev/fd/63, /proc/self/fd/1: names of what is open, whatever that is."""
    return not {Path("/dev"), Path("/proc")}.isdisjoint(out.absolute().parents)


def _is_stdout(out: Path) -> bool:
    return _names_a_stream(out) and out.exists() and os.path.samestat(out.stat(), os.fstat(sys.stdout.fileno()))


def make_folder(folder: Path) -> None:
    """A folder for what a command writes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError("unwritable", path=folder, reason=why(error)) from None


def close_stdout() -> None:
    """What could not be written is given up: Python would try again at exit, and fail with words of its own."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def emit_table(tables: "Iterable[RenderableType]", out: Path) -> None:
    import io

    from rich.console import Console

    terminal = out == STDOUT and sys.stdout.isatty()
    text = io.StringIO()
    console = Console() if terminal else Console(file=text, width=180, color_system=None)
    console.print(*tables, sep="\n")
    if not terminal:
        lines = (line.rstrip() for line in text.getvalue().splitlines())
        emit("\n".join(lines) + "\n", out, "table")


def emit_as(
    format: Format,
    out: Path,
    *,
    table: "Callable[[], Iterable[RenderableType]]",
    json: "Callable[[], str]",
    rows: "Callable[[], Rows]",
    csv: "Callable[[Style], str] | None" = None,
) -> None:
    """A result in the form that was asked for; only that one is made.

    ``rows`` are what CSV, JSON Lines and Parquet are written of; ``csv`` where a result has a CSV of its own.
    """
    if format is Format.TABLE:
        emit_table(table(), out)
        return
    if format is Format.JSON:
        _emit_lines(json(), out, "json")
        return
    from lsinfra.csvfile import Style
    from lsinfra.render import rows as row_files

    if format is Format.PARQUET:
        if out == STDOUT and sys.stdout.isatty():
            raise WrongUse("bytes_to_screen")
        emit(row_files.as_parquet(rows()), out, "parquet")
    elif format is Format.JSONL:
        _emit_lines(row_files.as_jsonl(rows()), out, "jsonl")
    else:
        style = Style(format.value)
        _emit_lines(csv(style) if csv else row_files.as_csv(rows(), style), out, "csv")


def _emit_lines(text: str, out: Path, kind: str) -> None:
    """As bytes, so that Windows puts nothing more at the ends of its lines: on the screen as in a file."""
    emit(text.encode("utf-8", "backslashreplace"), out, kind)


@contextmanager
def bar(call: Call, words: str) -> "Iterator[Callable[[int, int], None]]":
    """A progress bar on stderr, where that is a terminal: to be told how much is done, and of how much."""
    if call.quiet or not sys.stderr.isatty():
        yield lambda done, of: None  # noqa: ARG005
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(words)
        yield lambda done, of: progress.update(task, completed=done, total=of)


def tell(call: Call, line: str) -> None:
    """A line on stderr, for whoever did not ask for silence."""
    if not call.quiet:
        typer.echo(line, err=True)


@contextmanager
def steps(call: Call, words: str, of: int) -> "Iterator[Callable[[], None]]":
    """A progress bar of so many steps: to be told after each."""
    with bar(call, words) as told:
        done = count(1)
        yield lambda: told(next(done), of)


def show(call: Call, lines: "Iterable[str]") -> None:
    """Lines for a reader, unless he asked for none."""
    if not call.quiet:
        emit("".join(f"{line}\n" for line in lines), STDOUT)
