"""The pages of a date: the portfolio, each project, and the list of dates. Written whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from lsinfra import files
from lsinfra.errors import Finding, RunError, why
from lsinfra.portfolio import Portfolio
from lsinfra.progress import Progress, newest_before
from lsinfra.render import edited, payload
from lsinfra.render.charts import chart_data, sources
from lsinfra.render.content import page_content
from lsinfra.render.map import Basemap, ProgressLayer, on_sheet, told_doubts
from lsinfra.render.paper import Size
from lsinfra.render.sheet import Sheet, Verbatim, data_script, static
from lsinfra.render.since import Changed, Since
from lsinfra.render.timeline import Known, read, sparks
from lsinfra.text import LANGS, Lang, say

_NEW, _OLD = ".new", ".old"


def page(
    portfolio: Portfolio,
    progress: Progress,
    findings: Sequence[Finding] = (),
    *,
    project: str | None = None,
    lang: Lang = "vi",
    basemap: Basemap | None = None,
    links: Sequence[tuple[str, str]] = (),
    since: Since | None = None,
    known: Known | None = None,
    reports: Sequence[tuple[str, str]] = (),
    size: Size = Size.A3,
    picture: bool = False,
    still: bool = False,
) -> str:
    """One page as HTML: the portfolio, or one project of it.

    Parameters
    ----------
    portfolio, progress, findings
        What is known at ``progress.as_of``, and the doubts about it.
    project
        Only this one; None for the portfolio.
    basemap
        An online background for the map; without one the page makes no request at all.
    links
        Words and addresses of other pages, for the head of this one.
    since
        A comparison that ends with ``progress``: what changed is said beside every headline and in the tables.
    known
        The observations of the portfolio (``timeline.read``), where several pages share them.
    reports
        Words and addresses of the report's files.
    size
        Of the first sheet when the page is printed.
    picture
        Whether the page shows nothing but that sheet, for a picture of it (``browser.png``).
    still
        Whether the page does not ask the reader's clock how old it is: what is printed of it is the same on any day.
    """
    layer = ProgressLayer(portfolio, progress, project=project, lang=lang, known=known)
    scope = layer.scope
    content = page_content(scope, findings, None if since is None else Changed(scope, since))
    content |= {"nav": links, "reports": reports}
    if len(layer.timeline.stops) > 1:
        content["sparks"] = sparks(scope, layer.timeline)
    if picture:
        content["picture"] = True
    if still:
        del content["clock"]
    layer.extra = {"page": content} | told_doubts(scope, findings)
    scripts = ["clock.js", "copy.js", "head.js", "tables.js", "print.js", "page.js"]
    if project:
        layer.extra["charts"] = told = chart_data(scope, layer.timeline.stops)
        content["used"] = sorted(sources(told).union(content["used"]))
        scripts.insert(-1, "charts.js")
    sheet = on_sheet(layer, "page.html", basemap).sheet
    if project:
        sheet.header.add_child(Verbatim(f"<style>{static('charts.css')}</style>"), name="charts-style")
    if size is not Size.A3:
        sheet.header.add_child(Verbatim(f"<style>{size.style}</style>"), name="size")
    sheet.html.add_child(Verbatim("\n".join(f"<script>{static(name)}</script>" for name in scripts)), name="page")
    return sheet.render()


def dates_page(dates: Sequence[str], lang: Lang) -> str:
    """The list of dates as HTML, newest first; each is the name of a folder beside it."""
    rows = [
        [payload.day_text(date.fromisoformat(day), lang), f"{day}/index.html"] for day in sorted(dates, reverse=True)
    ]
    data = {
        "lang": lang,
        "words": payload.interface_words(lang),
        "dates": {"title": say(lang, "page.dates"), "note": say(lang, "page.dates_note"), "rows": rows},
    }
    sheet = Sheet(lang, "dates.html", with_map=False)
    sheet.html.add_child(Verbatim(data_script(data)), name="data")
    sheet.html.add_child(Verbatim(f"<script>{static('dom.js')}\n{static('page.js')}</script>"), name="page")
    return sheet.render()


def count(portfolio: Portfolio) -> int:
    """How many pages ``write`` makes besides the list of dates."""
    return len(LANGS) * (1 + len(portfolio.records.projects))


@dataclass(frozen=True)
class Pages:
    """The pages of one date in both languages, each made when it is asked for; what they are made of never changes.

    Parameters
    ----------
    lang
        Of the pages beside which those of the other language have a folder of their own.
    since
        A comparison that ends with ``progress``.
    reports
        Names of the report's files, which lie beside the pages of ``lang``.
    """

    portfolio: Portfolio
    progress: Progress
    findings: Sequence[Finding]
    lang: Lang
    basemap: Basemap | None = None
    since: Since | None = None
    reports: Sequence[str] = ()

    @cached_property
    def names(self) -> dict[str, tuple[str | None, Lang]]:
        """Project (None for the portfolio) and language of each page, by its path within the folder of the date."""
        projects = {None: "index.html"} | {one.id: f"{one.id}.html" for one in self.portfolio.records.projects}
        langs = (self.lang, *(one for one in LANGS if one != self.lang))
        return {
            (name if lang == self.lang else f"{lang}/{name}"): (project, lang)
            for lang in langs
            for project, name in projects.items()
        }

    @cached_property
    def _known(self) -> Known:
        return read(self.portfolio, self.progress)

    def make(self, name: str) -> str:
        """The page of this name as HTML, with its links to the others; ``KeyError`` if there is none of it."""
        project, lang = self.names[name]
        up, alone = ("", name) if lang == self.lang else ("../", name.removeprefix(f"{lang}/"))
        links = [(say(lang, "page.nav.portfolio"), "index.html")] if project else []
        links.append((say(lang, "page.nav.dates"), f"{up}../index.html"))
        # The other language is offered in its own words.
        links += [
            (say(one, "page.nav.language"), f"{up}{alone}" if up else f"{one}/{alone}") for one in LANGS if one != lang
        ]
        if self.reports:
            links.insert(0, (say(lang, "page.nav.reports"), "#reports"))
        return page(
            self.portfolio,
            self.progress,
            self.findings,
            project=project,
            lang=lang,
            basemap=self.basemap,
            links=links,
            since=self.since,
            known=self._known,
            reports=[(say(lang, f"page.report.{Path(one).suffix[1:]}"), up + one) for one in self.reports],
        )


def write(
    portfolio: Portfolio,
    progress: Progress,
    findings: Sequence[Finding],
    maps: Path,
    lang: Lang = "vi",
    basemap: Basemap | None = None,
    since: Since | None = None,
    reports: Mapping[str, bytes] | None = None,
    tell: Callable[[], None] = lambda: None,
    kept: Callable[[Path], None] = lambda _: None,
) -> list[Path]:
    """Write ``AS-OF/index.html``, ``AS-OF/PROJECT.html`` of each project, and ``index.html`` with the dates.

    Pages of a portfolio without any figure are of the day they are made on. The next ones take their place, be they of
    an earlier day: nobody shall take an empty page for the newest.

    The same pages in the other language lie in ``AS-OF/LANG/``. Everything is built before anything is written, goes
    into a folder of its own, and takes the place of the old pages by renaming. A run killed at any moment leaves one
    whole set of pages; the next run tidies up after it. What persons left or edited in the folder stays there
    (``edited``).

    Parameters
    ----------
    since
        A comparison that ends with ``progress``.
    reports
        The report's files, by name, in the language asked for: they lie beside the pages, which link them.
    tell
        Called after each page that is made.
    kept
        Called with each file that somebody had edited, under the name that it has now.

    Returns
    -------
    list of Path
        In the language asked for: the portfolio's page, the projects' in their order, the list of dates.

    Raises
    ------
    RunError
        The folder cannot be written.
    """
    pages = Pages(portfolio, progress, findings, lang, basemap, since, tuple(reports or ()))
    made = dict(reports or {})
    for name in pages.names:
        made[name] = pages.make(name).encode()
        tell()
    if newest_before(portfolio.records, date.max) is None:
        made[edited.BLANK] = b""
    folder = maps / progress.as_of.isoformat()
    try:
        maps.mkdir(parents=True, exist_ok=True)
        restore(maps)
        moved = _swap(folder, made, lang)
        for day in days(maps):
            if day != folder.name and edited.is_blank(maps / day):
                _give_up(maps / day)
        files.replace(maps / "index.html", dates_page(days(maps), lang).encode())
    except OSError as error:
        raise RunError("unwritable", path=Path(error.filename or folder), reason=why(error)) from error
    for name in moved:
        kept(folder / name)
    return [*(folder / name for name, (_, of) in pages.names.items() if of == lang), maps / "index.html"]


def days(maps: Path) -> list[str]:
    """The days that have pages: the names of their folders in ``maps``, which must be there."""
    return [path.name for path in maps.iterdir() if _is_day(path.name) and (path / "index.html").is_file()]


def _is_day(name: str) -> bool:
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False


def restore(maps: Path) -> None:
    """Put right what a killed run left: half-written folders go, pages that were moved away come back."""
    files.sweep(maps, "index.html")
    for path in sorted(maps.glob(".*")):
        name = path.name.removeprefix(".")
        if name.endswith(_NEW):
            _remove(path)
        elif name.endswith(_OLD) and _is_day(name.removesuffix(_OLD)):
            whole = path.with_name(name.removesuffix(_OLD))
            if whole.exists():
                _remove(path)
            else:
                path.rename(whole)


def _swap(folder: Path, made: Mapping[str, bytes], lang: Lang) -> list[str]:
    """Put a new folder in the place of an old one: two renamings, because a folder cannot be replaced on Windows.

    Returns
    -------
    list of str
        Edited files that gave way, by the names that they have in the new folder.
    """
    new, old = _beside(folder, _NEW), _beside(folder, _OLD)
    new.mkdir()
    for name, data in made.items():
        (new / name).parent.mkdir(exist_ok=True)
        files.write_new(new / name, data)
    files.write_new(new / edited.NOTE, edited.note(made))
    moved = edited.carry(folder, new, made, lang)
    files.settle(new, *{(new / name).parent for name in made})
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    files.settle(folder.parent)
    _remove(old)
    return moved


def _give_up(folder: Path) -> None:
    """Remove pages; on Windows they stay while somebody has one open."""
    with suppress(OSError):
        gone = folder.rename(_beside(folder, _NEW))
        _remove(gone)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f".{path.name}{ending}")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
