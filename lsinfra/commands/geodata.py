"""The commands of the routes: geometry from files or OpenStreetMap, an import undone, sections cut at boundaries."""

# ruff: noqa: ARG001  # the options that both commands have are taken from the context, see _asked
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lsinfra.codes import Accuracy, Datum, Level
from lsinfra.commands.loading import loaded, read_day, root_of
from lsinfra.commands.options import STDOUT, Call, Out, help_, text_option
from lsinfra.commands.output import emit, show, tell
from lsinfra.text import say

if TYPE_CHECKING:
    from lsinfra.intake.geometry.plans import ImportPlan, Request

GEODATA = "geodata"
# Options of both commands, each named as the field of ``Request`` that it fills.
SHARED = (
    *("uncertainty_m", "reverse", "cut", "partial", "tolerance_m", "name_field", "code_field"),
    *("valid_from", "valid_until", "anyway"),
)

Route = Annotated[str | None, text_option("--route", "ID", "geometry_route")]
Boundaries = Annotated[Level | None, typer.Option(help=help_("boundaries"), show_default=False)]
Ref = Annotated[str | None, text_option("--ref", "REF", "ref")]
AdminLevel = Annotated[int | None, text_option("--admin-level", "N", "admin_level")]
Uncertainty = Annotated[float | None, text_option("--uncertainty", "METRES", "uncertainty")]
Reverse = Annotated[bool, typer.Option("--reverse", help=help_("reverse"))]
Cut = Annotated[bool, typer.Option("--cut", help=help_("cut"))]
Partial = Annotated[bool | None, typer.Option("--partial/--whole", help=help_("partial"), show_default=False)]
Tolerance = Annotated[float, typer.Option("--tolerance", metavar="METRES", help=help_("tolerance"))]
NameField = Annotated[str | None, text_option("--name-field", "NAME", "name_field")]
CodeField = Annotated[str | None, text_option("--code-field", "NAME", "code_field")]
ValidFrom = Annotated[str | None, text_option("--from", "DATE", "valid_from")]
ValidUntil = Annotated[str | None, text_option("--until", "DATE", "valid_until")]
Anyway = Annotated[bool, typer.Option("--anyway", help=help_("anyway"))]
Yes = Annotated[bool, typer.Option("--yes", help=help_("yes"))]


def bring(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=help_("geometry_file"), show_default=False, readable=False)],
    route: Route = None,
    boundaries: Boundaries = None,
    source: Annotated[str, text_option("--source", "TEXT", "geometry_source")] = "",
    licence: Annotated[str, text_option("--licence", "TEXT", "licence")] = "",
    dated: Annotated[str, text_option("--dated", "DATE", "geometry_dated")] = "",
    attribution: Annotated[str | None, text_option("--attribution", "TEXT", "attribution")] = None,
    accuracy: Annotated[Accuracy | None, typer.Option(help=help_("accuracy"), show_default=False)] = None,
    uncertainty_m: Uncertainty = None,
    crs: Annotated[str | None, text_option("--crs", "EPSG:CODE", "crs")] = None,
    assume: Annotated[Datum | None, typer.Option(help=help_("assume"), show_default=False)] = None,
    swap: Annotated[bool, typer.Option("--swap", help=help_("swap"))] = False,
    reverse: Reverse = False,
    cut: Cut = False,
    partial: Partial = None,
    tolerance_m: Tolerance = 1.0,
    layer: Annotated[list[str] | None, text_option("--layer", "NAME", "layer")] = None,
    ref: Ref = None,
    admin_level: AdminLevel = None,
    encoding: Annotated[str | None, text_option("--encoding", "NAME", "encoding")] = None,
    name_field: NameField = None,
    code_field: CodeField = None,
    valid_from: ValidFrom = None,
    valid_until: ValidUntil = None,
    anyway: Anyway = False,
    yes: Yes = False,
) -> None:
    call, portfolio = loaded(context)
    from lsinfra.intake.geometry import planning

    said = {"source": source, "licence": licence, "dated": dated, "attribution": attribution, "accuracy": accuracy}
    asked = _asked(context, **said, crs=crs, assume=assume, swap=swap)
    made = planning.plan(file, portfolio, root_of(call) / GEODATA, asked, route=route, level=boundaries)
    _told_and_written(call, made, yes=yes)


def fetch(
    context: typer.Context,
    route: Route = None,
    boundaries: Boundaries = None,
    ref: Ref = None,
    admin_level: AdminLevel = None,
    box: Annotated[str | None, text_option("--box", "W,S,E,N", "box")] = None,
    server: Annotated[str | None, text_option("--server", "URL", "server")] = None,
    again: Annotated[bool, typer.Option("--again", help=help_("fetch_again"))] = False,
    uncertainty_m: Uncertainty = None,
    reverse: Reverse = False,
    cut: Cut = False,
    partial: Partial = None,
    tolerance_m: Tolerance = 1.0,
    name_field: NameField = None,
    code_field: CodeField = None,
    valid_from: ValidFrom = None,
    valid_until: ValidUntil = None,
    anyway: Anyway = False,
    yes: Yes = False,
) -> None:
    call, portfolio = loaded(context)
    from lsinfra.intake.geometry import fetching, planning

    asked = _asked(context)
    ask = fetching.Ask(server or fetching.SERVER, again, tell=lambda said: tell(call, said.write(call.lang)))
    geodata = root_of(call) / GEODATA
    made = planning.plan_fetched(portfolio, geodata, asked, call.now, ask, route=route, level=boundaries, box=box)
    _told_and_written(call, made, yes=yes)


def _asked(context: typer.Context, **more: Any) -> "Request":
    """What either command was asked for, of the context; ``more``: what only files must be asked for."""
    from lsinfra.intake.geometry.drawing import Wanted
    from lsinfra.intake.geometry.plans import Request

    call: Call = context.obj
    given = context.params
    wanted = Wanted(tuple(given.get("layer") or ()), given["ref"], given["admin_level"], given.get("encoding"))
    return Request(today=call.today, lang=call.lang, wanted=wanted, **{name: given[name] for name in SHARED}, **more)


def _told_and_written(call: Call, made: "ImportPlan", *, yes: bool) -> None:
    from lsinfra.intake.geometry import planning

    emit(made.write(call.lang) + "\n", STDOUT)
    if not yes:
        show(call, [say(call.lang, "cli.not_written")])
        return
    kept = planning.commit(made)
    show(call, [say(call.lang, "cli.geometry_written", path=kept)])


def restore(context: typer.Context) -> None:
    call: Call = context.obj
    from lsinfra.intake.geometry import store

    back = store.restore(root_of(call) / GEODATA)
    show(call, [say(call.lang, "cli.restored", what=back.what, files=", ".join(back.files))])


def sections(
    context: typer.Context,
    level: Annotated[Level, typer.Option("--level", help=help_("boundaries"))] = Level.DISTRICT,
    project: Annotated[str | None, text_option("--project", "ID", "history_project")] = None,
    on: Annotated[str | None, text_option("--on", "DATE", "valid_on")] = None,
    out: Out = STDOUT,
) -> None:
    call, portfolio = loaded(context)
    from lsinfra.intake.geometry import sections as cutting

    day = read_day(on, "--on") if on else None
    emit(cutting.as_yaml(cutting.propose(portfolio, level, project, on=day), call.lang), out)
