"""A page on paper, or the picture of its sheet: what ``map --pdf`` and ``map --png`` do."""

from pathlib import Path
from typing import TYPE_CHECKING

from lsinfra.commands.loading import root_of, tell_passed_over
from lsinfra.commands.options import STDOUT, Call
from lsinfra.commands.output import emit, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsinfra.errors import Finding
    from lsinfra.portfolio import Portfolio
    from lsinfra.progress import Progress
    from lsinfra.render.paper import Size


def put_on_paper(
    call: Call,
    portfolio: "Portfolio",
    progress: "Progress",
    findings: "Sequence[Finding]",
    project: str | None,
    size: "Size",
    pdf: Path | None,
    png: Path | None,
) -> None:
    from lsinfra import snapshots
    from lsinfra.render import browser, page, since

    program, root = browser.find(), root_of(call)
    known = snapshots.make(root, portfolio, progress, findings, call.now)
    before, passed_over = since.before_this_week(root, portfolio, known, call.today)
    tell_passed_over(call, passed_over)

    def html(*, picture: bool) -> str:
        return page.page(
            portfolio,
            progress,
            findings,
            project=project,
            lang=call.lang,
            since=before,
            size=size,
            picture=picture,
            still=True,
        )

    if pdf:
        emit(browser.pdf(html(picture=False), progress.as_of, browser=program), pdf)
    if png:
        emit(browser.png(html(picture=True), size, browser=program), png)
    show(call, [str(path) for path in (pdf, png) if path and STDOUT not in (pdf, png)])
