"""The commands of the progress book: doubts, progress, one map, the record format."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from lsinfra.commands.loading import Told, fail_on_errors, loaded, measured, measured_at, read_day, root_of, told
from lsinfra.commands.options import STDOUT, TODAY, AsOf, Format, FormatOption, Known, Out, WrongUse, help_, text_option
from lsinfra.commands.output import admit, bar, emit, emit_as, show, tell
from lsinfra.commands.paper import put_on_paper
from lsinfra.commands.parcels import Allow, UnitsFile
from lsinfra.numerals import shown
from lsinfra.render.paper import Size
from lsinfra.text import say


def check(
    context: typer.Context,
    as_of: AsOf = None,
    known: Known = TODAY,
    format: FormatOption = Format.TABLE,
    out: Out = STDOUT,
) -> None:
    book = told(context, as_of, known, as_kept=True)
    from lsinfra.render import tables

    emit_as(
        format,
        out,
        table=lambda: tables.findings_table(book.projects, book.findings, book.call.lang),
        json=lambda: tables.findings_json(book.progress.as_of.isoformat(), book.findings, book.call.lang),
        rows=lambda: tables.findings_rows(book.progress.as_of.isoformat(), book.findings, book.call.lang),
    )
    fail_on_errors(book.findings)


def progress(
    context: typer.Context,
    as_of: AsOf = None,
    known: Known = TODAY,
    parcels: Annotated[Path | None, text_option("--parcels", "REGISTER", "parcels_of_book")] = None,
    units: UnitsFile = None,
    allow: Allow = None,
    format: FormatOption = Format.TABLE,
    out: Out = STDOUT,
) -> None:
    if parcels and known != TODAY:
        raise WrongUse("parcels_known_today")
    if (units or allow) and not parcels:
        raise WrongUse("no_parcels")
    book = _computed(context, as_of, parcels, units, allow, out, format) if parcels else told(context, as_of, known)
    from lsinfra.render import tables

    lang, reported = book.call.lang, book.reported
    emit_as(
        format,
        out,
        table=lambda: tables.progress_table(book.projects, book.progress, lang, reported, book.doubts),
        json=lambda: tables.progress_json(book.progress, book.findings, lang, book.known, book.kept, reported),
        rows=lambda: tables.progress_rows(book.progress, book.known, book.kept, reported),
    )
    fail_on_errors(book.findings)


def _computed(
    context: typer.Context,
    as_of: str | None,
    file: Path,
    units: Path | None,
    allow: list[str] | None,
    out: Path,
    format: Format,
) -> Told:
    """The progress with what a parcel register gives in the place of the reported figures.

    Where no day is asked for it is that of the newest observation, or of the newest stage in the register.
    """
    admit(out, format.partition("-")[0], file, units)
    call, whole = loaded(context)
    day = read_day(as_of, "--as-of", call.today) if as_of else call.today
    from lsinfra import checks
    from lsinfra import progress as observed
    from lsinfra.parcels import book
    from lsinfra.render import parcel_tables

    with bar(call, say(call.lang, "parcels.measuring")) as done:
        found = book.measure(whole, file, units, day, allow=allow or (), told=done)
    for line in parcel_tables.remark_lines(found.remarks, call.lang):
        tell(call, line)
    if not as_of:
        day = max(observed.newest(whole.records, call.today), found.newest or date.min)
    progress, doubts = measured_at(call, whole, day)
    joined = book.join(whole, progress, found)
    every = checks.in_order(whole, (*doubts, *joined.findings))
    of_register = checks.in_order(whole, joined.findings)
    return Told(call, whole.records.projects, joined.progress, every, None, None, joined.reported, of_register)


def draw(
    context: typer.Context,
    as_of: AsOf = None,
    project: Annotated[str | None, typer.Option(metavar="ID", help=help_("project"), show_default=False)] = None,
    tiles: Annotated[str | None, typer.Option(metavar="URL", help=help_("tiles"), show_default=False)] = None,
    credit: Annotated[str | None, typer.Option(metavar="TEXT", help=help_("credit"), show_default=False)] = None,
    pdf: Annotated[Path | None, text_option("--pdf", "PATH", "map_pdf")] = None,
    png: Annotated[Path | None, text_option("--png", "PATH", "map_png")] = None,
    size: Annotated[Size | None, typer.Option("--size", help=help_("map_size"), show_default="A3")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PATH", help=help_("map_out"), show_default=False, readable=False)
    ] = None,
) -> None:
    call, portfolio, progress, findings = measured(context, as_of)
    from lsinfra.render import map as maps

    if (tiles is None) != (credit is None):
        raise WrongUse("tiles_and_credit")
    if [out, pdf, png].count(STDOUT) > 1:
        raise WrongUse("one_to_stdout")
    for place, kind in ((out, "html"), (pdf, "pdf"), (png, "png")):
        if place:
            admit(place, kind)
    if pdf or png:
        if tiles:
            raise WrongUse("tiles_on_paper")
        put_on_paper(call, portfolio, progress, findings, project, size or Size.A3, pdf, png)
    elif size:
        raise WrongUse("size_of_nothing")
    if out or not (pdf or png):
        basemap = maps.Basemap(tiles, credit) if tiles and credit else None
        drawn = maps.draw(portfolio, progress, findings, project=project, lang=call.lang, basemap=basemap)
        out = out or root_of(call) / "map.html"
        emit(drawn.get_root().render(), out, "html")
        if out != STDOUT:
            show(call, [str(out)])
    fail_on_errors(findings)


def schema(
    name: Annotated[str | None, typer.Argument(help=help_("schema_name"), show_default=False)] = None,
    out: Out = STDOUT,
) -> None:
    import json

    from lsinfra import loader, schemas

    if name is None:
        emit(json.dumps(loader.schema(), ensure_ascii=False, indent=2) + "\n", out, "json")
        return
    found = schemas.find(name)
    if found is None:
        raise WrongUse("unknown_schema", found=shown(name), known=", ".join(schemas.names()))
    emit(schemas.text(found), out, "json")
