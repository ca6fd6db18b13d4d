"""The pages as they are now, made anew at every save."""

from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from lsinfra.commands.loading import day_phrase, read_day, root_of, tell_passed_over
from lsinfra.commands.options import AsOf, Call, help_
from lsinfra.commands.output import show
from lsinfra.errors import InputError, LsinfraError, Severity
from lsinfra.text import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lsinfra.errors import Finding
    from lsinfra.render.page import Pages
    from lsinfra.text import Lang

PORT = 8765
_TOLD = 5
"""New findings that are told in full after a save."""


def watch(
    context: typer.Context,
    as_of: AsOf = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, metavar="PORT", help=help_("port"))] = PORT,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help=help_("serve"))] = True,
) -> None:
    call: Call = context.obj
    if as_of is not None:
        read_day(as_of, "--as-of", call.today)
    # Ctrl+C is how this command is ended.
    with suppress(KeyboardInterrupt):
        follow(call, root_of(call), as_of, port if serve else None, Event())
    show(call, [say(call.lang, "watch.ended")])


def follow(
    call: Call,
    root: Path,
    as_of: str | None,
    port: int | None,
    stop: Event,
    served: "Callable[[str], None]" = lambda _: None,
    clock: "Callable[[], datetime]" = lambda: datetime.now().astimezone(),
) -> None:
    """Make the pages anew at every change, and when another day begins, until ``stop`` is set.

    Parameters
    ----------
    port
        Where they are served; None for not at all, 0 for any that is free.
    served
        Called with the address once there is one.
    clock
        The time of day; it goes on while the machine sleeps. What ``call`` takes for now is when this begins.

    Raises
    ------
    WatchError
        The port cannot be used.
    """
    begun = clock()

    def now() -> Call:
        return replace(call, now=call.now + (clock() - begun))

    from lsinfra.watch.inputs import Inputs
    from lsinfra.watch.live import Live
    from lsinfra.watch.server import serving

    live, inputs = Live(call.lang), Inputs(root, lambda: now().today)
    known: Sequence[Finding] | None = None
    failed = ""
    with nullcontext("") if port is None else serving(live, root / "maps", port) as address:
        first = say(call.lang, "watch.serving" if address else "watch.following", address=address, root=root)
        show(call, [first, say(call.lang, "watch.nothing_written")])
        served(address)
        for _ in inputs.changes(stop):
            at = now()
            try:
                pages = _pages(at, root, as_of)
            except LsinfraError as error:
                if not isinstance(error, InputError):
                    inputs.again()
                    if failed == error.write(call.lang):
                        continue
                failed = error.write(call.lang)
                live.fail(error)
                key = "faulty" if isinstance(error, InputError) else "unreadable"
                typer.echo(f"{say(call.lang, f'watch.{key}', time=f'{at.now:%H:%M:%S}')}\n{failed}", err=True)
                continue
            failed = ""
            live.show(pages)
            show(call, _lines(at, pages, known))
            known = pages.findings


def _pages(call: Call, root: Path, as_of: str | None) -> "Pages":
    """The pages that ``weekly`` would write now, without the report."""
    from lsinfra import checks, portfolio, progress, snapshots
    from lsinfra.render import page, since

    whole = portfolio.load(root)
    day = progress.newest(whole.records, call.today) if as_of is None else read_day(as_of, "--as-of", call.today)
    measured = progress.measure(whole, day)
    findings = checks.check(whole, measured, call.today)
    kept = snapshots.make(root, whole, measured, findings, call.now)
    before, passed_over = since.before_this_week(root, whole, kept, call.today)
    tell_passed_over(call, passed_over)
    return page.Pages(whole, measured, findings, call.lang, since=before)


def _lines(call: Call, pages: "Pages", known: "Sequence[Finding] | None") -> "Iterator[str]":
    """Date and doubts in one line, then those doubts that the save has brought; at the beginning the errors alone."""
    lang = call.lang
    counts = dict.fromkeys(Severity, 0)
    for one in pages.findings:
        counts[one.severity] += 1
    errors, warnings, notes = counts.values()
    date = day_phrase(pages.progress.as_of)
    yield say(lang, "watch.made", time=f"{call.now:%H:%M:%S}", date=date, errors=errors, warnings=warnings, notes=notes)
    before = {_about(one, lang) for one in known or ()}
    new = [one for one in pages.findings if _about(one, lang) not in before]
    if known is None:
        new = [one for one in new if one.severity is Severity.ERROR]
    for one in new[:_TOLD]:
        severity = say(lang, f"word.severity.{one.severity.value}")
        yield say(lang, "watch.new", severity=severity, where=one.where, message=one.message(lang))
    if len(new) > _TOLD:
        yield say(lang, "watch.more_new", count=len(new) - _TOLD)


def _about(finding: "Finding", lang: "Lang") -> tuple[object, ...]:
    """What a finding says, wherever its line has moved to."""
    return finding.code, finding.project, finding.section, finding.message(lang)
