"""The commands of the intake: forms out and back, documents, the review of proposals, their way into the records."""

from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lsinfra.codes import SourceKind
from lsinfra.commands.loading import loaded, read_day, read_moment, root_of
from lsinfra.commands.options import (
    STDOUT,
    TODAY,
    Call,
    Format,
    FormatOption,
    Out,
    WrongUse,
    help_,
    text_option,
)
from lsinfra.commands.output import admit, bar, emit_as, show, tell
from lsinfra.errors import InputError
from lsinfra.numerals import shown
from lsinfra.text import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsinfra.intake import Intake
    from lsinfra.intake.decisions import NewSource
    from lsinfra.portfolio import Portfolio

FORMS = "forms"

Source = Annotated[str | None, text_option("--source", "KEY", "source")]
Title = Annotated[str | None, text_option("--title", "TEXT", "source_title")]
Kind = Annotated[str | None, text_option("--kind", "|".join(SourceKind), "source_kind")]
Dated = Annotated[str | None, text_option("--dated", "DATE", "source_dated")]
Number = Annotated[str | None, text_option("--number", "TEXT", "source_number")]
Issuer = Annotated[str | None, text_option("--issuer", "TEXT", "source_issuer")]
File = Annotated[Path, typer.Argument(help=help_("proposals_file"), show_default=False, readable=False)]


def form(
    context: typer.Context,
    as_of: Annotated[str | None, text_option("--as-of", "DATE", "form_as_of")] = None,
    out: Annotated[Path | None, text_option("--out", "DIR", "forms_out")] = None,
) -> None:
    if out:
        admit(out)
    call, portfolio = loaded(context)
    from lsinfra import progress
    from lsinfra.intake.forms.writing import write_forms

    day = call.today if as_of in (None, TODAY) else read_day(as_of, "--as-of")
    known = progress.measure(portfolio, min(day, call.today))  # of a past day what was known then
    folder = out or root_of(call) / FORMS / day.isoformat()
    show(call, map(str, write_forms(portfolio, known, folder, day, lang=call.lang)))


def excel(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help=help_("excel_files"), show_default=False, readable=False)],
    mapping: Annotated[Path | None, text_option("--mapping", "FILE", "mapping")] = None,
    source: Source = None,
    title: Title = None,
    kind: Kind = None,
    dated: Dated = None,
    number: Number = None,
    issuer: Issuer = None,
    format: FormatOption = Format.TABLE,
    out: Out = STDOUT,
) -> None:
    call, portfolio = loaded(context)
    from lsinfra.intake.forms.freeform import read_tables
    from lsinfra.intake.forms.mapping import read_mapping
    from lsinfra.intake.forms.reading import read_forms

    given = _source(portfolio, source, title, kind, dated, number, issuer)
    rules = None if mapping is None else read_mapping(mapping)
    with bar(call, say(call.lang, "cli.reading_forms")) as step:
        if rules is None:
            forms = read_forms(files, portfolio, source=source, step=step)
        else:
            forms = read_tables(files, rules, portfolio, source=source, step=step)
    for notice in forms.notices:
        typer.echo(notice.write(call.lang), err=True)
    if forms.intakes:
        _deliver(call, portfolio, forms.intakes, given, format, out)
    if forms.faults:
        raise InputError(forms.faults)


def document(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=help_("document_file"), show_default=False, readable=False)],
    source: Source = None,
    title: Title = None,
    kind: Kind = None,
    dated: Dated = None,
    number: Number = None,
    issuer: Issuer = None,
    format: FormatOption = Format.TABLE,
    out: Out = STDOUT,
) -> None:
    call, portfolio = loaded(context)
    from lsinfra.intake.documents.reading import read_document

    given = _source(portfolio, source, title, kind, dated, number, issuer)
    _deliver(call, portfolio, [read_document(file, portfolio, lang=call.lang)], given, format, out, source)


def oc4ids(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=help_("oc4ids_file"), show_default=False, readable=False)],
    new: Annotated[Path | None, text_option("--new", "DIR", "oc4ids_new")] = None,
    uncertainty_m: Annotated[float | None, text_option("--uncertainty", "METRES", "uncertainty")] = None,
    crs: Annotated[str | None, text_option("--crs", "EPSG:CODE", "oc4ids_crs")] = None,
    source: Source = None,
    title: Title = None,
    kind: Kind = None,
    dated: Dated = None,
    number: Number = None,
    issuer: Issuer = None,
    format: FormatOption = Format.TABLE,
    out: Out = STDOUT,
) -> None:
    call: Call = context.obj
    from lsinfra.exchange import oc4ids as standard

    if new is not None:
        if source or title or kind or dated or number or issuer or format is not Format.TABLE or out != STDOUT:
            raise WrongUse("new_alone")
        if uncertainty_m is not None and not (isfinite(uncertainty_m) and uncertainty_m > 0):
            raise WrongUse("uncertainty_not_positive", found=f"{uncertainty_m:g}")
        admit(new)
        package = standard.read(file, uncertainty_m)
        made = standard.found(package, new, crs)
        for one in package.left:
            tell(call, say(call.lang, "cli.left", place=one.path, reason=say(call.lang, f"oc4ids.doubt.{one.why}")))
        show(call, [say(call.lang, "cli.founded", path=new, projects=len(made.records.projects))])
        return
    if uncertainty_m is not None:
        raise WrongUse("uncertainty_of_nothing")
    if crs is not None:
        raise WrongUse("crs_of_nothing")
    call, portfolio = loaded(context)
    given = _source(portfolio, source, title, kind, dated, number, issuer)
    _deliver(call, portfolio, [standard.proposed(standard.read(file), portfolio)], given, format, out, source)


def review(
    context: typer.Context,
    file: File,
    again: Annotated[bool, typer.Option("--again", help=help_("again"))] = False,
) -> None:
    call, portfolio = loaded(context)
    from lsinfra.intake import review as reviewing

    reviewing.review(file, portfolio, call.lang, today=call.today, again=again)


def apply(
    context: typer.Context,
    file: File,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=help_("dry_run"))] = False,
) -> None:
    call: Call = context.obj
    from lsinfra.intake import edits
    from lsinfra.render import intake_tables

    applied = edits.apply(root_of(call), file, today=call.today, dry_run=dry_run)
    show(call, intake_tables.applied_lines(applied, call.lang))


# --- what they share -----------------------------------------------------------------------------------------------


def _source(
    portfolio: "Portfolio",
    key: str | None,
    title: str | None,
    kind: str | None,
    dated: str | None,
    number: str | None,
    issuer: str | None,
) -> "NewSource | None":
    """A document that the records do not list yet; None where they do, or where none was named.

    What is said of one that they list must be what they say of it.
    """
    if key is None:
        if any((title, kind, dated, number, issuer)):
            raise WrongUse("source_and_title")
        return None
    from lsinfra.intake import edits
    from lsinfra.intake.decisions import NewSource
    from lsinfra.intake.keeping import EditError

    when = read_moment(dated, "--dated") if dated else None
    if kind not in {None, *SourceKind}:
        raise WrongUse("source_kind_unknown", found=shown(kind or ""), known=", ".join(SourceKind))
    known = portfolio.records.sources.get(key)
    try:
        given = edits.settled(
            NewSource(key, title or "", SourceKind(kind or SourceKind.OFFICIAL), when, number, issuer)
        )
        if known is not None:
            edits.refuse_another(known, given, kind_given=kind is not None)
            return None
    except EditError as error:
        raise WrongUse("unfit", reason=error) from None
    if not given.title:
        raise WrongUse("source_and_title")
    return given


def _deliver(
    call: Call,
    portfolio: "Portfolio",
    found: "Sequence[Intake]",
    source: "NewSource | None",
    format: Format,
    out: Path,
    key: str | None = None,
) -> None:
    """Show what is proposed; as a table, it is also kept beside the records, where there is anything to review."""
    from lsinfra.intake import offering, proposal_file
    from lsinfra.intake import review as reviewing
    from lsinfra.intake.decisions import Decision
    from lsinfra.render import intake_tables

    whole = offering.together(found, key)
    reviewed = reviewing.prepare(whole, portfolio, source=source, today=call.today)
    emit_as(
        format,
        out,
        table=lambda: intake_tables.proposal_tables(reviewed, portfolio, call.lang),
        json=lambda: proposal_file.to_json(reviewed, call.lang),
        rows=lambda: intake_tables.proposal_rows(reviewed, call.lang),
        csv=lambda style: proposal_file.to_csv(reviewed, call.lang, style),
    )
    # What the records have already is to be skipped: of that alone nothing would be applied.
    if format is Format.TABLE and any(entry.decision is not Decision.SKIP for entry in reviewed.entries):
        kept = offering.keep(root_of(call), reviewed, call.lang)
        tell(call, say(call.lang, "cli.proposals_there" if kept.decided else "cli.proposals_kept", path=kept.path))
