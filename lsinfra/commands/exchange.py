"""The commands of the exchange: the portfolio in standard formats, for other people's tools."""

from pathlib import Path
from typing import Annotated

import typer

from lsinfra.commands.loading import fail_on_errors, measured
from lsinfra.commands.options import STDOUT, AsOf, Out, WrongUse, help_, text_option
from lsinfra.commands.output import admit, emit, show, tell
from lsinfra.text import say


def oc4ids(
    context: typer.Context,
    as_of: AsOf = None,
    prefix: Annotated[
        str | None, typer.Option("--prefix", metavar="oc4ids-XXXXXX", help=help_("oc4ids_prefix"), show_default=False)
    ] = None,
    publisher: Annotated[str | None, text_option("--publisher", "TEXT", "oc4ids_publisher")] = None,
    uri: Annotated[str | None, text_option("--uri", "URI", "oc4ids_uri")] = None,
    licence: Annotated[str | None, text_option("--licence", "URI", "oc4ids_licence")] = None,
    out: Out = STDOUT,
) -> None:
    from lsinfra.exchange import oc4ids as standard

    admit(out, "json")
    try:
        made = standard.Publication(prefix, publisher, uri, licence)
    except standard.Oc4idsError as error:
        raise WrongUse("unfit", reason=error) from None
    call, portfolio, progress, findings = measured(context, as_of)
    report = portfolio.records.report
    named = publisher or report.issuer or report.authority
    if prefix and not named:
        raise WrongUse("unfit", reason=standard.Oc4idsError("publisher_missing"))
    # Without a day asked for, a report that came out after what it observes is in the package.
    day = progress.as_of if as_of else standard.newest(portfolio.records, call.today)
    emit(standard.write(portfolio, day, made), out, "json")
    if prefix is None:
        tell(call, say(call.lang, "oc4ids.prefix_missing", prefix=standard.PREFIX))
    if not named:
        tell(call, say(call.lang, "oc4ids.publisher_missing"))
    if out != STDOUT:
        show(call, [str(out)])
    fail_on_errors(findings)


def gis(
    context: typer.Context,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help=help_("gis_out"), show_default=False, readable=False)
    ],
    layer: Annotated[str | None, text_option("--layer", "LAYER", "gis_layer")] = None,
    as_of: AsOf = None,
) -> None:
    from lsinfra.exchange import gis as standard

    admit(out)
    try:
        asked = standard.target(out, layer)
    except standard.GisError as error:
        raise WrongUse("unfit", reason=error) from None
    standard.check_free(out)
    call, portfolio, progress, findings = measured(context, as_of)
    emit(standard.write(portfolio, progress, findings, asked, call.lang), out)
    show(call, [str(out)])
    fail_on_errors(findings)
