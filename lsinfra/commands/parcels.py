"""The commands of the parcel registers: check one, measure it, draw it, bring one in, make one up."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lsinfra.commands.options import STDOUT, AsOf, Call, Format, FormatOption, Out, help_, text_option

if TYPE_CHECKING:
    from lsinfra.parcels.model import Lines, Units
    from lsinfra.parcels.register import Register
    from lsinfra.portfolio import Portfolio


class Engine(StrEnum):
    """How a register is read; ``auto``: in memory up to a million parcels, streamed beyond."""

    AUTO = "auto"
    MEMORY = "memory"
    STREAM = "stream"
    DASK = "dask"


class RegisterFormat(StrEnum):
    """The kinds of file a register may be written as."""

    PARQUET = "parquet"
    GPKG = "gpkg"


RegisterFile = Annotated[Path, typer.Argument(metavar="REGISTER", help=help_("register_file"), show_default=False)]
UnitsFile = Annotated[Path | None, text_option("--units", "FILE", "units_file")]
RoutesFile = Annotated[Path | None, text_option("--routes", "FILE", "routes_file")]
MetricCrs = Annotated[str | None, text_option("--metric-crs", "EPSG:CODE", "metric_crs")]
Allow = Annotated[list[str] | None, text_option("--allow", "COLUMN", "allow_column")]


@dataclass(frozen=True)
class Ground:
    """A register that was opened, with the units and routes it is measured against, in one metric CRS."""

    call: Call
    register: "Register"
    units: "Units"
    lines: "Lines"
    book: "Portfolio | None"


def check(
    context: typer.Context,
    register: RegisterFile,
    units: UnitsFile = None,
    routes: RoutesFile = None,
    corridor: Annotated[float | None, text_option("--corridor", "METRES", "corridor")] = None,
    metric_crs: MetricCrs = None,
    allow: Allow = None,
    format: FormatOption = Format.TABLE,
    out: Out = STDOUT,
) -> None:
    raise NotImplementedError


def progress(
    context: typer.Context,
    register: RegisterFile,
    units: UnitsFile = None,
    routes: RoutesFile = None,
    as_of: AsOf = None,
    metric_crs: MetricCrs = None,
    engine: Annotated[Engine, typer.Option("--engine", help=help_("engine"))] = Engine.AUTO,
    threads: Annotated[int, typer.Option("--threads", metavar="N", min=1, help=help_("threads"))] = 2,
    scheduler: Annotated[str | None, text_option("--scheduler", "tcp://HOST:PORT", "scheduler")] = None,
    public: Annotated[bool, typer.Option("--public", help=help_("public"))] = False,
    allow: Allow = None,
    format: FormatOption = Format.TABLE,
    out: Out = STDOUT,
) -> None:
    raise NotImplementedError


def draw(
    context: typer.Context,
    register: RegisterFile,
    project: Annotated[str, typer.Option("--project", metavar="ID", help=help_("history_project"), show_default=False)],
    units: UnitsFile = None,
    routes: RoutesFile = None,
    as_of: AsOf = None,
    metric_crs: MetricCrs = None,
    allow: Allow = None,
    out: Annotated[Path | None, text_option("--out", "PATH", "parcels_map_out")] = None,
) -> None:
    raise NotImplementedError


def bring(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=help_("parcels_file"), show_default=False)],
    out: Annotated[Path, typer.Option("--out", metavar="REGISTER", help=help_("register_out"), show_default=False)],
    project: Annotated[str | None, text_option("--project", "ID", "parcels_project")] = None,
    column: Annotated[list[str] | None, text_option("--column", "OUR=THEIRS", "parcels_column")] = None,
    stage: Annotated[list[str] | None, text_option("--stage", "WORDS=CODE", "parcels_stage")] = None,
    layer: Annotated[str | None, text_option("--layer", "NAME", "parcels_layer")] = None,
    crs: Annotated[str | None, text_option("--crs", "EPSG:CODE", "crs")] = None,
    leave_out_personal: Annotated[bool, typer.Option("--leave-out-personal", help=help_("leave_out_personal"))] = False,
    allow: Allow = None,
) -> None:
    raise NotImplementedError


def generate(
    context: typer.Context,
    projects: Annotated[
        int, typer.Option("--projects", metavar="K", min=1, help=help_("generate_projects"), show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=help_("generate_out"), show_default=False)],
    parcels: Annotated[int, typer.Option("--parcels", metavar="N", min=1, help=help_("generate_parcels"))] = 5000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help=help_("generate_seed"))] = 0,
    format: Annotated[RegisterFormat, typer.Option("--format", help=help_("generate_format"))] = RegisterFormat.PARQUET,
) -> None:
    raise NotImplementedError
