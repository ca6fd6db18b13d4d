"""The commands of the parcel registers: check one, measure it, draw it, bring one in, make one up."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lsinfra.commands.loading import read_day, root_of
from lsinfra.commands.options import STDOUT, AsOf, Call, Format, FormatOption, Out, WrongUse, help_, text_option
from lsinfra.commands.output import admit, bar, emit, emit_as, show, tell
from lsinfra.errors import RunError
from lsinfra.text import say

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


RegisterFile = Annotated[
    Path, typer.Argument(metavar="REGISTER", help=help_("register_file"), show_default=False, readable=False)
]
UnitsFile = Annotated[Path | None, text_option("--units", "FILE", "units_file")]
RoutesFile = Annotated[Path | None, text_option("--routes", "FILE", "routes_file")]
MetricCrs = Annotated[str | None, text_option("--metric-crs", "EPSG:CODE", "metric_crs")]
Allow = Annotated[list[str] | None, text_option("--allow", "COLUMN", "allow_column")]


@dataclass(frozen=True)
class Task:
    """A register that was opened, with the units and routes it is measured against, in one metric CRS.

    ``as_of``: the day that was asked for; ``day``: that after which no stage is known, today where none was asked for;
    ``book``: gives that of the folder we are in, if it has one; ``distorted``: by which share the CRS shows areas
    larger there (negative: smaller).
    """

    call: Call
    register: "Register"
    units: "Units"
    lines: "Lines"
    as_of: date | None
    day: date
    book: "Callable[[], Portfolio | None]"
    distorted: float


def _task(
    context: typer.Context,
    file: Path,
    units: Path | None,
    routes: Path | None,
    as_of: str | None,
    crs: str | None,
    allow: list[str] | None,
    *,
    any_crs: bool = False,
) -> Task:
    """What each command on a register begins with. Boundaries are those of the day asked for, or of today.

    A book is read only for what no file and no option says, so that what is wrong with it stops nobody else.

    ``any_crs``: a CRS that distorts areas too much is not refused.
    """
    call: Call = context.obj
    day = read_day(as_of, "--as-of", call.today) if as_of else None
    from lsinfra.parcels import account, ground, metric
    from lsinfra.parcels.model import Lines, Units
    from lsinfra.parcels.register import open_register

    register = open_register(file, allow or ())
    book = cache(lambda: _book(call))
    crs = metric.measuring_crs(
        crs, register.crs, lambda: held.records.portfolio.metric_crs if (held := book()) else None
    )
    distorted = 0.0 if any_crs else account.distortion(register, crs)
    on = day or call.today
    if units:
        found = ground.units_from(units, crs, on)
    else:
        found = ground.units_of(held, crs, on) if (held := book()) else Units((), (), crs)
    if routes:
        lines = ground.lines_from(routes, crs, book)
    else:
        lines = ground.lines_of(held, crs) if (held := book()) else Lines((), crs)
    return Task(call, register, found, lines, day, on, book, distorted)


def _book(call: Call) -> "Portfolio | None":
    """The book that --root names, or that of the folder we are in; None where there is none."""
    from lsinfra import portfolio

    try:
        root = root_of(call)
    except RunError as error:
        if call.root or error.key != "no_root":
            raise
        return None
    return portfolio.load(root)


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
    admit(out, format.partition("-")[0], register, units, routes)
    from lsinfra.parcels import inspection
    from lsinfra.render import parcel_check_tables as tables

    try:
        inspection.check_width(corridor)
    except inspection.InspectionError as error:
        raise WrongUse("unfit", reason=error) from None
    on = _task(context, register, units, routes, None, metric_crs, allow, any_crs=True)
    known, today = inspection.known_projects(on.book(), on.lines), on.call.today
    with bar(on.call, say(on.call.lang, "parcelcheck.looking")) as told:
        found = inspection.inspect(on.register, on.units, on.lines, known, corridor, today, allow or (), told)
    emit_as(
        format,
        out,
        table=lambda: tables.inspection_table(found, on.call.lang),
        json=lambda: tables.inspection_json(found, on.call.lang),
        rows=lambda: tables.inspection_rows(found, on.call.lang),
    )
    if found.serious:
        raise typer.Exit(1)


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
    admit(out, format.partition("-")[0], register, units, routes)
    on = _task(context, register, units, routes, as_of, metric_crs, allow)
    from lsinfra.parcels import account, engines, results
    from lsinfra.render import parcel_tables

    how: Any = {"engine": engine.value, "threads": threads, "scheduler": scheduler}
    with bar(on.call, say(on.call.lang, "parcels.measuring")) as told:
        partial = engines.run(on.register, on.units, on.lines, as_of=on.day, told=told, **how)
    measured = results.conclude(partial, on.lines, on.as_of, register=on.register.path.name)
    later = account.later(on.register, on.day)
    found = account.account(on.register.path.name, measured, on.units, on.lines, on.distorted, later)
    found = account.published(found) if public else found
    for line in parcel_tables.remark_lines(found.remarks, on.call.lang, every=on.call.verbose):
        tell(on.call, line)
    emit_as(
        format,
        out,
        table=lambda: parcel_tables.parcels_tables(found, on.call.lang),
        json=lambda: parcel_tables.parcels_json(found, on.call.lang),
        rows=lambda: parcel_tables.parcels_rows(found),
    )


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
    # A project's id may be any text of the register; not every text is the name of a file.
    out = out or Path(f"{project}-parcels.html" if re.fullmatch(r"[\w-]{1,80}", project) else "parcels.html")
    admit(out, "html", register, units, routes)
    # A device or a pipe is written into, and has no folder for sections.
    stream = out == STDOUT or (out.exists() and not out.is_file() and not out.is_dir())
    from lsinfra.parcels import account
    from lsinfra.parcels.register import refuse_personal
    from lsinfra.render import parcel_page, parcel_tables

    if not stream:
        parcel_page.see_folder(out)
    on = _task(context, register, units, routes, as_of, metric_crs, allow)
    book = on.book()
    titles = {one.id: one.title.write(on.call.lang) for one in book.records.projects} if book else {}
    said: Any = {"source": on.register.path.name, "title": titles.get(project), "lang": on.call.lang}
    said |= {"as_of": on.as_of, "name": out.name, "searched": on.register.columns["parcel_id"] not in (allow or ())}
    with bar(on.call, say(on.call.lang, "parcelmap.drawing")) as told:
        found = on.register.frame(projects=[project])
        refuse_personal(on.register, found, allow or ())
        made = parcel_page.pages(project, found, on.units, on.lines, on.day, tell=told, **said)
    remarks = [*account.of_crs(on.units.crs, on.distorted), *account.of_later(account.later_among(found, on.day))]
    remarks += [*account.of_units(on.units), *account.of_unsaid(project, on.lines.lines)]
    for line in parcel_tables.remark_lines(remarks, on.call.lang):
        tell(on.call, line)
    if not stream:
        parcel_page.write(made, out.parent)
        show(on.call, [str(out)])
    elif len(made) > 1:
        raise WrongUse("several_pages", count=len(made))
    else:
        emit(made[out.name], out, "html")


def bring(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=help_("parcels_file"), show_default=False, readable=False)],
    out: Annotated[
        Path, typer.Option("--out", metavar="REGISTER", help=help_("register_out"), show_default=False, readable=False)
    ],
    project: Annotated[str | None, text_option("--project", "ID", "parcels_project")] = None,
    column: Annotated[list[str] | None, text_option("--column", "OUR=THEIRS", "parcels_column")] = None,
    stage: Annotated[list[str] | None, text_option("--stage", "WORDS=CODE", "parcels_stage")] = None,
    layer: Annotated[str | None, text_option("--layer", "NAME", "parcels_layer")] = None,
    crs: Annotated[str | None, text_option("--crs", "EPSG:CODE", "crs")] = None,
    leave_out_personal: Annotated[bool, typer.Option("--leave-out-personal", help=help_("leave_out_personal"))] = False,
    allow: Allow = None,
) -> None:
    admit(out, "parquet", file)
    call: Call = context.obj
    from lsinfra.parcels import importing

    asked = importing.Asked(project, column or (), stage or (), layer, crs, leave_out_personal, allow or ())
    with bar(call, say(call.lang, "register.importing")) as told:
        made = importing.bring(file, out, asked, told)
    show(call, [made.write(call.lang)])


def generate(
    context: typer.Context,
    projects: Annotated[
        int,
        typer.Option(
            "--projects", metavar="K", min=1, max=999_999, help=help_("generate_projects"), show_default=False
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help=help_("generate_out"), show_default=False, readable=False)
    ],
    parcels: Annotated[
        int, typer.Option("--parcels", metavar="N", min=1, max=100_000, help=help_("generate_parcels"))
    ] = 5000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help=help_("generate_seed"))] = 0,
    format: Annotated[RegisterFormat, typer.Option("--format", help=help_("generate_format"))] = RegisterFormat.PARQUET,
) -> None:
    admit(out)
    call: Call = context.obj
    from lsinfra.parcels import synthetic

    with bar(call, say(call.lang, "parcels.generating")) as told:
        made = synthetic.generate(out, projects, parcels, seed, format.value, lambda done: told(done, projects))
    show(call, [str(made.register), str(made.units), str(made.routes)])
