"""What the options of the commands are, each defined once."""

import os
import sys
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from lsinfra.errors import LsinfraError
from lsinfra.text import LANGS, Lang, say


def _spoken(arguments: list[str]) -> Lang:
    """The language of the help, which is written before the options are read: --lang, LSINFRA_LANG, Vietnamese."""
    asked = os.environ.get("LSINFRA_LANG", "")
    for before, argument in zip(["", *arguments], arguments, strict=False):
        asked = argument if before == "--lang" else argument.removeprefix("--lang=") if "--lang=" in argument else asked
    return "en" if asked == "en" else LANGS[0]


LANG = _spoken(sys.argv[1:])


def help_(key: str) -> str:
    return say(LANG, f"cli.help.{key}")


def text_option(name: str, metavar: str, key: str) -> Any:
    """An option that takes a text and has no default to be shown; of a path nothing is asked before it is read."""
    return typer.Option(name, metavar=metavar, help=help_(key), show_default=False, readable=False)


class WrongUse(LsinfraError):
    """An option that cannot be used so."""

    group = "cli"


class Format(StrEnum):
    """The forms of a result; those of CSV are the styles of ``csvfile``."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    CSV_BOM = "csv-bom"
    CSV_EXCEL = "csv-excel"
    PARQUET = "parquet"


class Language(StrEnum):
    VI = "vi"
    EN = "en"


@dataclass(frozen=True)
class Call:
    """The options before the command, and the moment it is run."""

    root: Path | None
    lang: Lang
    verbose: bool
    quiet: bool
    now: datetime

    @property
    def today(self) -> date:
        return self.now.date()


STDOUT = Path("-")
TODAY, THEN = "today", "then"

AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help=help_("as_of"), show_default=False)]
FormatOption = Annotated[Format, typer.Option("--format", help=help_("format"))]
Out = Annotated[Path, typer.Option("--out", metavar="PATH", help=help_("out"), readable=False)]
Known = Annotated[str, typer.Option("--known", metavar="today|then|DATE", help=help_("known"))]
