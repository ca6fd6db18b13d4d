"""The command that begins the book of another province."""

from pathlib import Path
from typing import Annotated

import typer

from lsinfra.commands.options import Call, help_, text_option
from lsinfra.commands.output import admit, show
from lsinfra.text import say


def init(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help=help_("init_folder"), show_default=False, readable=False)
    ],
    province: Annotated[str, text_option("--province", "NAME", "init_province")],
    crs: Annotated[str | None, text_option("--crs", "EPSG:CODE", "init_crs")] = None,
) -> None:
    call: Call = context.obj
    from lsinfra import starter

    admit(folder)
    made = starter.make(province, call.lang, crs)
    starter.write(folder, made.files)
    page = folder / "maps" / "index.html"
    lines = [
        say(call.lang, "starter.made", folder=folder if folder.name else folder.resolve(), files=", ".join(made.files))
    ]
    lines += [note.write(call.lang) for note in made.notes]
    show(call, [*lines, say(call.lang, "starter.next", folder=_pasted(folder), page=page)])


def _pasted(folder: Path) -> str:
    """A folder as the shell here takes it for one word."""
    import os
    import shlex
    import subprocess

    return subprocess.list2cmdline([folder]) if os.name == "nt" else shlex.quote(f"{folder}")
