"""Worlds for the tests of the report: folders of records, and the report that is made of one."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date
from functools import cache
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
    return _kept(root, day, lang) if root in {ROOT, SAMPLE} else _told(root, day, lang)


@cache
def _kept(root: Path, day: str | None, lang: Lang) -> Told:
    """Of the folders that no test writes into: nothing of what is told can be changed."""
    return _told(root, day, lang)


def _told(root: Path, day: str | None, lang: Lang) -> Told:
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


HOSTILE = (
    '=HYPERLINK("http://x.test","a")',
    "{{ 7*7 }} {% x %}",
    "</script><script>alert(1)</script>",
    '#read("/etc/passwd") $x^2$ *b* _i_',
    "C:\\temp\\new \\u{41} | a",
    "đường \u202e4B\u2066 ngược",
    "🚧 Đường 👷 友谊关",
    "x" * 300,
)
"""Names that a writer could take for something else."""


def issues(count: int) -> list[dict[str, Any]]:
    """Obstacles of every level and none, overdue, due within the week and later, with and without who must act."""
    levels, days = ("commune", "district", "province", "central", None), ("2024-06-01", "2024-07-03", "2024-12", None)
    made = []
    for n in range(count):
        more = {"level": levels[n % 5], "due": days[n % 4], "actor": f"Xã {n}" if n % 3 else None}
        more |= {"owner": "Ban Quản lý" if n % 2 else None, "closed": "2024-06-10" if n % 7 == 6 else None}
        told = {"text": f"Các hộ chưa thống nhất phương án ({n})", "source": "bc"}
        made.append(told | {name: value for name, value in more.items() if value is not None})
    return made


OFFICE = {
    "authority": "Ủy ban nhân dân tỉnh Thử",
    "issuer": "Ban Quản lý dự án đầu tư xây dựng các công trình giao thông và dân dụng tỉnh",
    "number": "…/BC-BQLDA",
    "place": "Thử",
    "recipients": ["Thường trực Tỉnh ủy", "Các sở: Xây dựng, Tài chính", "Lưu: VT, KH"],
    "signature": {"on_behalf": "KT. Giám đốc", "post": "Phó Giám đốc", "name": "Nguyễn Thị Thử"},
    "decisions": [{"text": f"Tạm ứng kinh phí đợt {n}", "project": "p1", "source": "bc"} for n in range(3)],
    "next_week": ["Bàn giao mặt bằng tại nút giao", {"text": "Chi trả đợt 3", "project": "p2", "until": "2024-07-05"}],
    "proposals": ["Bổ sung vốn."],
}

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
    "everything": records(project(1, issues=issues(20)), project(2, issues=issues(3)), project(3), report=OFFICE),
    "hostile names": records(
        *(
            project(n, title=text, sections=[{"id": "a", "unit": text}], issues=[{"text": text, "actor": text}])
            for n, text in enumerate(HOSTILE, 1)
        )
    ),
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
