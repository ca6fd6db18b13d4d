"""A page of 52 weeks and 1,000 sections: how large it is, how long it takes, and how fast its map moves.

Every figure of the made-up province is taken back through a year, observed anew each Sunday and growing, as figures of
land do, by steps of different size; a week in ten brings nothing of a section. The step is timed inside Chromium: from
the slider's event until everything that it changed has been laid out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from random import Random

from benchmarks import synthetic
from benchmarks.timing import BenchError, Note, Outcome, Timing, Verdict, below, in_turn
from lsinfra import checks, portfolio, progress
from lsinfra.codes import Stage
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import Figure, PartialDate
from lsinfra.records import Clearance, Project
from lsinfra.render import page, payload, timeline
from lsinfra.text import Lang
from tools.prepare import find_browser

PROJECTS, SECTIONS, WEEKS = 20, 50, 52
BYTES, STEP_S = 500_000, 0.050
LAST = date(2024, 11, 3)  # a Sunday, after every figure of the synthetic province
QUIET = 0.1  # how often a section has nothing new in a week
LANG: Lang = "vi"

# Milliseconds of each step from the first stop to the last and back, layout included.
_STEPS = """() => {
  const slider = document.querySelector('.weeks input[type=range]'), taken = [];
  const last = Number(slider.max), stops = [...Array(last).keys(), ...[...Array(last + 1).keys()].reverse()];
  for (const stop of stops) {
    slider.value = stop;
    const start = performance.now();
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    document.body.getBoundingClientRect();
    taken.push(performance.now() - start);
  }
  return taken;
}"""


def moving(folder: Path, rounds: int) -> Outcome:
    """The page of a year; its records go into a folder of their own in ``folder``."""
    folder = folder / "year"
    folder.mkdir()
    whole = year(folder)
    measured = progress.measure(whole, LAST)
    findings = checks.check(whole, measured, LAST)
    scope = payload.Scope(whole, measured, LANG)
    known = timeline.read(whole, measured)
    made = page.page(whole, measured, findings, lang=LANG)
    line = timeline.timeline(scope, known)
    sections = sum(len(course.land.sections) for course in timeline.courses(scope, line))
    if (len(line.stops), sections) != (WEEKS, PROJECTS * SECTIONS):
        raise BenchError(f"{len(line.stops)} stops, {sections} sections")
    times = in_turn(
        {
            "progress": lambda: progress.measure(whole, LAST),
            "observations": lambda: timeline.read(whole, measured),
            "classes": lambda: timeline.courses(scope, line),
            "sparklines": lambda: timeline.sparks(scope, line),
            "page": lambda: page.page(whole, measured, findings, lang=LANG),
        },
        rounds,
    )
    steps = stepping(made, folder, rounds)
    figures = sum(len(one) for rows in known.land.values() for one in rows)
    return Outcome(
        (
            Verdict("page of 52 weeks", len(made.encode()), BYTES),
            below("a step of its map", steps, STEP_S),
        ),
        (
            *(Note(f"52 weeks: {name}", timing) for name, timing in times.items()),
            Note("52 weeks: slowest step", round(steps.max_s * 1000), "ms"),
            Note("52 weeks: its figures of land", figures, "observed"),
        ),
    )


def year(folder: Path) -> Portfolio:
    """The synthetic province with every figure observed over 52 weeks, the last as the records have it."""
    synthetic.write(folder, PROJECTS, SECTIONS)
    whole = portfolio.load(folder)
    random = Random(synthetic.SEED)
    projects = [
        project.model_copy(update={"clearance": tuple(weekly(random, project))}) for project in whole.records.projects
    ]
    return Portfolio(whole.records.model_copy(update={"projects": tuple(projects)}), whole.routes)


def weekly(random: Random, project: Project) -> Iterator[Clearance]:
    """What was observed of a project, a week after the other; each figure grows to what is known at the end."""
    for known in project.clearance:
        # Land handed over that was observed twice has its later figure in the later observation.
        twice = known.as_of.iso == synthetic.AUGUST
        grown = {one: growth(random) for one in known.stages if not (twice and one[0] is Stage.HANDED_OVER)}
        for week in range(WEEKS):
            if week not in (0, WEEKS - 1) and random.random() < QUIET:
                continue
            day = LAST - timedelta(weeks=WEEKS - 1 - week)
            seen: dict[str, object] = {"handed_over": ()}
            seen |= {stage.value: (part_of(figure, parts[week]),) for (stage, figure), parts in grown.items()}
            yield known.model_copy(update={"as_of": PartialDate(day.year, day.month, day.day)} | seen)


def growth(random: Random) -> list[Decimal]:
    """What part of the last figure each week has, the last week all of it."""
    done = list(accumulate(random.random() ** 3 for _ in range(WEEKS)))
    return [Decimal(one / done[-1]) for one in done]


def part_of(figure: Figure, part: Decimal) -> Figure:
    """A figure as it stood, with as many decimals; the percentage stays only with the last, to which it belongs."""
    if part == 1:
        return figure
    return replace(figure, value=(figure.value * part).quantize(figure.value), percent=None)


def stepping(html: str, folder: Path, rounds: int) -> Timing:
    """The time of a step of the slider in Chromium, each of ``rounds`` drives through the year."""
    from playwright.sync_api import sync_playwright

    path = find_browser()
    if path is None:
        raise BenchError("no Chromium, Chrome or Edge was found")
    file = folder / "year.html"
    file.write_text(html, encoding="utf-8")
    taken: list[float] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        seen = browser.new_page(viewport={"width": 1440, "height": 900})
        seen.goto(file.resolve().as_uri())
        seen.wait_for_selector('html[data-ready="true"]', state="attached")
        for _ in range(rounds):
            taken += [step / 1000 for step in seen.evaluate(_STEPS)]
        browser.close()
    return Timing("step", tuple(taken))
