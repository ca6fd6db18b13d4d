"""Worlds for the tests of the report: folders of records, and the report that is made of one."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from lsinfra import checks, compare, portfolio, progress, snapshots
from lsinfra.errors import Finding
from lsinfra.portfolio import Portfolio
from lsinfra.progress import Progress
from lsinfra.render.since import Since
from lsinfra.report.contents import contents
from lsinfra.report.model import Report
from lsinfra.text import Lang
from lsinfra.weeks import Week
from tests.conftest import ROOT

SAMPLE = ROOT / "tests" / "sample"
TODAY = date(2026, 11, 22)


@dataclass(frozen=True)
class Told:
    """A report, and what it is made of; ``before``: what it is compared with."""

    report: Report
    portfolio: Portfolio
    progress: Progress
    findings: tuple[Finding, ...]
    before: Progress | None


def tell(root: Path, day: str | None = None, lang: Lang = "vi") -> Told:
    """The report of a folder at a day (default: of its newest figure), with what changed since the week before."""
    whole = portfolio.load(root)
    as_of = date.fromisoformat(day) if day else progress.newest(whole.records, TODAY)
    now = progress.measure(whole, as_of)
    found = tuple(checks.check(whole, now, TODAY))
    earlier = progress.newest_before(whole.records, Week.of(as_of).first_day)
    before, since = None, None
    if earlier:
        before = progress.measure(whole, earlier)
        kept = [snapshots.make(root, whole, one, (), None) for one in (before, now)]
        since = Since(compare.compare(*kept), stored=False)
    return Told(contents(whole, now, found, lang=lang, since=since), whole, now, found, before)


def write(folder: Path, records: dict[str, Any]) -> Path:
    """A folder with these records and the sample's routes."""
    shutil.copytree(SAMPLE / "geodata", folder / "geodata")
    (folder / "projects.yaml").write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    return folder


SOURCES = {"bc": {"title": "Báo cáo tháng 6", "kind": "official", "date": "2024-06"}}


def project(n: int, **more: Any) -> dict[str, Any]:
    """A project with land and money of June 2024."""
    return {
        "id": f"p{n}",
        "title": f"Đường tỉnh {200 + n}",
        "kind": "provincial_road",
        "status": "implementation",
        "clearance": [
            {"as_of": "2024-06-30", "handed_over": [f"{10 + n},5/{60 + n} ha", f"{n}/{n + 20} hộ"], "source": "bc"}
        ],
        "disbursement": [
            {
                "as_of": "2024-06",
                "plan_year": "2024",
                "base": "adjusted",
                "total": f"{n},5/{100 + n} tỷ đồng",
                "funding": {"central_budget": f"{n} tỷ đồng"},
                "source": "bc",
            }
        ],
    } | more


def records(*projects: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"portfolio": {"title": "Tiến độ tỉnh Thử"}, "sources": SOURCES, "projects": list(projects)} | more


WORLDS: dict[str, dict[str, Any]] = {
    "no projects": {"portfolio": {"title": "Tiến độ tỉnh Thử"}},
    "no disbursement": records(project(1, disbursement=[]), project(2, disbursement=[])),
    "no land": records(project(1, clearance=[])),
    "one observation": records(
        project(1, clearance=[{"as_of": "2024-06-30", "handed_over": "3 ha", "source": "bc"}], disbursement=[])
    ),
    "forty projects": records(*(project(n) for n in range(1, 41))),
    "a long name": records(project(1, title="Dự án đầu tư xây dựng tuyến đường " * 6), project(2, title="X" * 200)),
    "many findings": records(*(project(n, clearance=[], disbursement=[]) for n in range(1, 151))),
    "sections": records(
        project(
            1,
            sections=[{"id": f"s{n}", "unit": f"Xã {n}"} for n in range(70)],
            clearance=[
                {"as_of": "2024-06-30", "section": f"s{n}", "handed_over": f"{n}/{n + 9} ha", "source": "bc"}
                for n in range(69)
            ],
        )
    ),
}
"""Records with pieces missing, or with very many."""
