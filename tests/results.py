"""Every JSON that lsinfra writes, of the real and the sample records: what schemas and tables are tried on."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from lsinfra import checks, forecast, index, loader, portfolio, progress, snapshots
from lsinfra.compare import compare
from lsinfra.errors import Finding, LsinfraError, RunError
from lsinfra.intake import offering, proposal_file, review
from lsinfra.intake.decisions import NewSource
from lsinfra.intake.documents.reading import read_document
from lsinfra.intake.geometry import planning
from lsinfra.intake.geometry.plans import Request
from lsinfra.parcels import book as joining
from lsinfra.parcels.account import published
from lsinfra.portfolio import Portfolio
from lsinfra.render import (
    compare_tables,
    edited,
    forecast_tables,
    index_tables,
    intake_tables,
    parcel_check_tables,
    parcel_tables,
    snapshot_tables,
    tables,
    weekly_tables,
)
from lsinfra.render.rows import Rows
from lsinfra.snapshots import KeptFinding, Snapshot
from lsinfra.text import Lang
from lsinfra.weeks import read_week
from tests import parcel_strip
from tests.conftest import ROOT
from tests.test_forecast import FOUR, MILESTONES, book
from tests.test_parcels_book import counted
from tests.test_parcels_check import hostile

HANOI = timezone(timedelta(hours=7))
DAYS = {"real": ("2024-10-31", "2025-07-31", "2026-03-31"), "sample": ("2024-05-31", "2024-06-30", "2024-09-30")}
TEXT = """Báo cáo ngày 15/8/2024.
Quốc lộ 4B: huyện Đình Lập bàn giao 17,34/31,52 ha, đạt 55%.
Quốc lộ 4B: huyện Lộc Bình đã bàn giao 12 phần;=HYPERLINK("x").
"""
FREE = {"geodata-plan", "geodata-import", "pages", "snapshot", "weekly"}
"""The schemas of what is no result of rows."""


@dataclass(frozen=True)
class Result:
    """One thing that was written: of which schema, its text, and its rows where it has any."""

    schema: str
    of: str
    text: str
    rows: Rows | None = None

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@cache
def results() -> tuple[Result, ...]:
    """Everything, from each world, in the language that its name is said in."""
    with tempfile.TemporaryDirectory() as folder:
        return (
            *_world(Path(folder) / "real", ROOT, "vi"),
            *_world(Path(folder) / "sample", ROOT / "tests" / "sample", "en"),
            *_followed(),
            *_intake(Path(folder)),
            *_geometry(Path(folder) / "geometry"),
            *_parcels(),
            *_looked_through(Path(folder)),
            Result("pages/1", "note", edited.note({"index.html": b"", "ql4b.html": b"1"}).decode()),
        )


def _known(root: Path, whole: Portfolio, day: str) -> Snapshot:
    at = progress.measure(whole, date.fromisoformat(day))
    taken = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=HANOI)
    return snapshots.make(root, whole, at, checks.check(whole, at), taken)


def _world(folder: Path, root: Path, lang: Lang) -> Iterator[Result]:
    name, whole = folder.name, portfolio.load(root)
    kept = [_known(root, whole, day) for day in DAYS[name]]
    taken = [snapshots.take(folder / snapshots.FOLDER, one) for one in kept]
    for one, at in zip(taken, kept, strict=True):
        yield Result("snapshot/1", name, one.path.read_text(encoding="utf-8"))
        rows = tables.progress_rows(at.progress, at.taken, at.as_of)
        told = tables.progress_json(at.progress, at.findings, lang, at.taken, at.as_of)
        yield Result("progress/1", name, told, rows)
        day = at.as_of.isoformat()
        doubts = tables.findings_json(day, at.findings, lang), tables.findings_rows(day, at.findings, lang)
        yield Result("check/1", name, *doubts)
        found = forecast.forecast(whole, at.as_of)
        yield Result("forecast/1", name, forecast_tables.forecast_json(found), forecast_tables.forecast_rows(found))
    today = tables.progress_json(kept[0].progress, kept[0].findings, lang)
    yield Result("progress/1", name, today, tables.progress_rows(kept[0].progress))
    yield _counted(name, whole, kept[0], lang)
    for first, last in ((0, 1), (1, 2), (2, 0)):
        both = compare(kept[first], kept[last], kept=(kept[first].as_of, None), with_findings=first != 1)
        yield Result(
            "compare/1", name, compare_tables.compare_json(both, lang), compare_tables.compare_rows(both, lang)
        )
    # A file that was cut off is listed as well.
    cut = taken[0].path.with_name(f"{taken[0].path.stem[:-1]}0.json")
    cut.write_bytes(taken[0].path.read_bytes()[:100])
    listed = snapshots.entries(folder / snapshots.FOLDER)
    yield Result("snapshot_list/1", name, snapshot_tables.list_json(listed), snapshot_tables.list_rows(listed))
    cut.unlink()
    with index.open_index(folder / "index.sqlite") as opened:
        opened.bring_up(folder / snapshots.FOLDER)
        for project in whole.records.projects:
            history = opened.history(project.id)
            yield Result("history/1", name, index_tables.history_json(history), index_tables.history_rows(history))
        for at in kept[1:]:
            changes = opened.changes(read_week(f"{at.as_of.isocalendar().year}-W{at.as_of.isocalendar().week:02}"))
            yield Result("week_changes/1", name, index_tables.changes_json(changes), index_tables.changes_rows(changes))
    yield from _weekly(folder, whole, taken[-1], lang)


def _counted(name: str, whole: Portfolio, known: Snapshot, lang: Lang) -> Result:
    """Figures of a register beside what was reported of two sections, and one that nobody reported."""
    project = next(one for one in whole.records.projects if len(one.sections) > 1)
    units = tuple(section.unit for section in project.sections)
    rows = [(project.id, unit, stage, "1.23456") for unit in units for stage in ("handed_over", "clear", None)]
    found = joining.join(whole, known.progress, counted(*rows, units=units, day="2024-05-01"))
    findings: list[Finding | KeptFinding] = [*known.findings, *found.findings]
    told = tables.progress_json(found.progress, findings, lang, reported=found.reported)
    return Result(
        "progress/1", f"{name}, register", told, tables.progress_rows(found.progress, reported=found.reported)
    )


def _weekly(folder: Path, whole: Portfolio, taken: snapshots.Taken, lang: Lang) -> Iterator[Result]:
    at = progress.measure(whole, taken.snapshot.as_of)
    found = checks.check(whole, at)
    assert taken.snapshot.taken is not None
    week = weekly_tables.Week(taken.snapshot.taken, lang)
    try:
        loader.load(ROOT / "tests" / "broken" / "fault.backwards.yaml")
    except LsinfraError as error:
        yield Result("weekly/1", folder.name, weekly_tables.weekly_json(week, 1, "error", error))
    missing = RunError("no_root", path=folder)
    yield Result("weekly/1", folder.name, weekly_tables.weekly_json(week, 1, "never", missing))
    week = weekly_tables.Week(
        *(taken.snapshot.taken, lang, folder, whole, at, found, found[:1], [folder / "maps" / "index.html"]),
        missed=["…"],
        snapshot=taken,
    )
    yield Result("weekly/1", folder.name, weekly_tables.weekly_json(week, 1, "info"))


def _followed() -> Iterator[Result]:
    money = ("2024-12-05, 5/50 tỷ đồng", "2024-12-12, 10/50 tỷ đồng", "2024-12-19, 20/50 tỷ đồng")
    plan = MILESTONES + "      - {by: 2024-08-08, handed_over: 12 ha, source: s}\n"
    for whole, day in ((book(FOUR, rest=plan), date(2024, 9, 5)), (book(money=money), date(2024, 12, 19))):
        found = forecast.forecast(whole, day)
        yield Result("forecast/1", "book", forecast_tables.forecast_json(found), forecast_tables.forecast_rows(found))


def _intake(folder: Path) -> Iterator[Result]:
    whole = portfolio.load(ROOT)
    (folder / "báo cáo.txt").write_text(TEXT, encoding="utf-8")
    read = offering.together([read_document(folder / "báo cáo.txt", whole, lang="vi")], None)
    for source in (None, NewSource("bao-cao", "Báo cáo")):
        found = review.prepare(read, whole, source=source, today=date(2026, 11, 1))
        yield Result("intake/1", "text", proposal_file.to_json(found, "vi"), intake_tables.proposal_rows(found, "vi"))


def _geometry(root: Path) -> Iterator[Result]:
    shutil.copytree(ROOT / "tests" / "sample", root)
    asked = Request(today=date(2026, 11, 1), source="made up", licence="CC0 1.0", dated="2026-03", accuracy="survey")
    line = {"type": "LineString", "coordinates": [[107.25, 21.5], [107.251, 21.6], [107.25, 21.7]]}
    feature = {"type": "Feature", "properties": {}, "geometry": line}
    (root / "line.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    plan = planning.plan(root / "line.geojson", portfolio.load(root), root / "geodata", asked, route="quoc-lo-99")
    yield Result("geodata-plan/1", "import", json.dumps(plan.as_dict()))
    entry = planning.commit(plan)
    yield Result("geodata-import/1", "import", (entry / "import.json").read_text(encoding="utf-8"))


def _parcels() -> Iterator[Result]:
    for found in (parcel_strip.told(), published(parcel_strip.told())):
        rows = parcel_tables.parcels_rows(found)
        yield Result("parcels/1", "strip", parcel_tables.parcels_json(found, "vi"), rows)


def _looked_through(folder: Path) -> Iterator[Result]:
    found = hostile(folder / "register.parquet")
    told = parcel_check_tables.inspection_json(found, "vi"), parcel_check_tables.inspection_rows(found, "vi")
    yield Result("parcels-check/1", "broken", *told)
