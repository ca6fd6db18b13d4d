"""The intake on the command line, end to end: a report and a form become lines of projects.yaml, a file a route."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from lsinfra import loader
from lsinfra.intake import keeping
from tests.conftest import Run

Command = Callable[..., Run]

REPORT = """Báo cáo tiến độ giải phóng mặt bằng đến ngày 15/11/2026.
Dự án cao tốc cửa khẩu Hữu Nghị - Chi Lăng: đã bàn giao 612,5/618 ha, đạt 99,1%.
Dự án cao tốc Đồng Đăng - Trà Lĩnh: phấn đấu bàn giao 458,19/458,19 ha trước ngày 31/12/2026.
"""
SOURCE = ("--source", "bao-cao-thang-11", "--title", "Báo cáo tháng 11", "--dated", "2026-11-16")


@pytest.fixture
def report(root: Path) -> Path:
    path = root / "báo cáo.txt"
    path.write_text(REPORT, encoding="utf-8")
    return path


def kept(root: Path) -> Path:
    (path,) = (root / "intake").glob("*.json")
    return path


def test_a_report_becomes_lines_of_the_records_once(lsinfra: Command, root: Path, report: Path) -> None:
    before = (root / "projects.yaml").read_text(encoding="utf-8")
    shown = lsinfra("intake", "document", report, *SOURCE, cwd=root)
    assert shown.code == 0
    assert "612,5/618 ha, đạt 99,1%" in shown.stdout
    assert "458,19" in shown.stdout.split("Chưa đọc được")[1]  # an aim is no figure, and is not lost either
    assert (root / "projects.yaml").read_text(encoding="utf-8") == before
    reviewed = lsinfra("intake", "review", kept(root), cwd=root, stdin="n\n")
    assert (reviewed.code, "Đã nhận 1" in reviewed.stdout) == (0, True)
    dry = lsinfra("intake", "apply", kept(root), "--dry-run", cwd=root)
    assert (dry.code, (root / "projects.yaml").read_text(encoding="utf-8")) == (0, before)
    assert lsinfra("intake", "apply", kept(root), cwd=root).code == 0
    after = (root / "projects.yaml").read_text(encoding="utf-8")
    added = [line for line in after.splitlines() if line not in before.splitlines()]
    assert "        handed_over: 612,5/618 ha, đạt 99,1%" in added
    assert "  bao-cao-thang-11:" in added
    rest = iter(after.splitlines())
    assert all(line in rest for line in before.splitlines())  # every old line, in its order
    (backup,) = (root / "backups").glob("projects-*.yaml")
    assert backup.read_text(encoding="utf-8") == before
    again = lsinfra("intake", "apply", kept(root), cwd=root)
    assert (again.code, (root / "projects.yaml").read_text(encoding="utf-8")) == (0, after)
    (project,) = [one for one in loader.load(root / "projects.yaml").projects if one.id == "huu-nghi-chi-lang"]
    assert project.clearance[-1].as_of.iso == "2026-11-15"
    assert lsinfra("weekly", "--today", "2026-11-22", cwd=root).code == 0
    assert (root / "maps" / "2026-11-15" / "index.html").is_file()


def test_asked_again_with_a_source_the_newer_answer_counts_until_something_is_decided(
    lsinfra: Command, root: Path, report: Path
) -> None:
    def source() -> object:
        return json.loads(kept(root).read_text(encoding="utf-8"))["proposals"][0]["source"]

    assert lsinfra("intake", "document", report, cwd=root).code == 0
    assert source() is None
    assert lsinfra("intake", "document", report, *SOURCE, cwd=root).code == 0
    assert source() == "bao-cao-thang-11"
    assert lsinfra("intake", "review", kept(root), cwd=root, stdin="n\n").code == 0
    assert lsinfra("intake", "document", report, "--source", "notice-70", cwd=root).code == 0
    assert source() == "bao-cao-thang-11"


def test_what_is_skipped_because_it_is_recorded_is_no_decision(lsinfra: Command, root: Path, report: Path) -> None:
    again = "Đến ngày 28/7/2025, dự án cao tốc cửa khẩu Hữu Nghị - Chi Lăng đã bàn giao 596/618 ha.\n"
    report.write_text(REPORT + again, encoding="utf-8")
    assert lsinfra("intake", "document", report, cwd=root).code == 0

    def entries() -> dict[str, str | None]:
        return {one["decision"]: one["source"] for one in json.loads(kept(root).read_text("utf-8"))["proposals"]}

    assert entries() == {"pending": None, "skip": None}
    assert lsinfra("intake", "document", report, *SOURCE, cwd=root).code == 0
    assert entries() == dict.fromkeys(("pending", "skip"), "bao-cao-thang-11")
    assert lsinfra("intake", "review", kept(root), cwd=root, stdin="b\n").code == 0
    assert lsinfra("intake", "document", report, "--source", "notice-70", cwd=root).code == 0
    assert entries() == {"skip": "bao-cao-thang-11"}


def test_a_file_under_review_is_not_written_over(lsinfra: Command, root: Path, report: Path) -> None:
    assert lsinfra("intake", "document", report, cwd=root).code == 0
    before = kept(root).read_bytes()
    with keeping.locked(kept(root)):
        run = lsinfra("intake", "document", report, *SOURCE, cwd=root)
    assert (run.code, "đang được người khác sửa" in run.stderr) == (1, True)
    assert kept(root).read_bytes() == before


def test_a_script_gets_the_keys_of_progress(lsinfra: Command, root: Path, report: Path) -> None:
    told = json.loads(lsinfra("intake", "document", report, *SOURCE, "--format", "json", cwd=root).stdout)
    assert told["schema"] == "lsinfra.intake/1"
    (one,) = told["proposals"]
    expected = {
        "project": "huu-nghi-chi-lang",
        "section": None,
        "stage": "handed_over",
        "measure": "area",
        "value": 612.5,
        "total": 618,
        "stated_percent": 99.1,
        "observed": "2026-11-15",
        "source": "bao-cao-thang-11",
    }
    assert {key: one[key] for key in expected} == expected
    assert {"quote", "position", "confidence", "findings", "decision"} <= set(one)
    assert not (root / "intake").exists()


def test_a_filled_form_comes_back(lsinfra: Command, root: Path) -> None:
    made = lsinfra("intake", "form", "--as-of", "2026-11-20", "--out", root / "mẫu", cwd=root)
    assert made.code == 0
    path = root / "mẫu" / "loc-binh-2026-11-20.xlsx"
    assert str(path) in made.stdout.splitlines()
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    (row,) = [cells for cells in sheet.iter_rows() if str(cells[0].value).startswith("land|ql4b|loc-binh|paid|HA")]
    row[5].value, row[6].value = 40.25, 49.35
    book.save(path)
    told = json.loads(lsinfra("intake", "excel", path, *SOURCE, "--format", "json", cwd=root).stdout)
    (one,) = told["proposals"]
    assert (one["project"], one["section"], one["stage"]) == ("ql4b", "loc-binh", "paid")
    assert (one["value"], one["total"], one["observed"]) == (40.25, 49.35, "2026-11-20")
    assert one["position"] == f"{sheet.title}!F{row[5].row}"


def test_a_year_of_forms_is_read_in_one_go_and_taken_up_again(lsinfra: Command, root: Path) -> None:
    assert lsinfra("intake", "form", "--as-of", "2026-11-20", "--out", root / "mẫu", cwd=root).code == 0
    book = openpyxl.load_workbook(root / "mẫu" / "loc-binh-2026-11-20.xlsx")
    book.worksheets[0]["F8"] = 40
    book.save(root / "x.xlsx")
    names = [f"{'huyện ' * 12}{number:03}.xlsx" for number in range(100)]
    for name in names:
        shutil.copy(root / "x.xlsx", root / name)
    run = lsinfra("intake", "excel", *names, cwd=root)
    assert (run.code, "… (100)" in run.stdout) == (0, True)
    assert "\x1b" not in run.stderr  # no bar where nobody sees one
    assert len(run.stderr.splitlines()) == 1
    told = json.loads(kept(root).read_text(encoding="utf-8"))
    assert len(told["proposals"]) == 100
    assert "099.xlsx: Lộc Bình!F8" in told["proposals"][99]["position"]
    reviewed = lsinfra("intake", "review", kept(root), cwd=root, stdin="b\n")
    assert (reviewed.code, "bỏ qua 1, chưa quyết định 99" in reviewed.stdout) == (0, True)


def test_a_source_that_nobody_knows_is_asked_for(lsinfra: Command, root: Path, report: Path) -> None:
    run = lsinfra("intake", "document", report, "--source", "khong-co", cwd=root)
    assert run.code == 2
    assert "--title" in run.stderr
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--source", "Báo cáo tháng 11", "--title", "x"), "chỉ gồm chữ thường không dấu"),
        (("--source", "self-report-2024", "--title", "Báo cáo khác"), "đã dùng cho tài liệu khác"),
        (("--source", "self-report-2024", "--dated", "2024-11"), "đã dùng cho tài liệu khác"),
        (("--source", "self-report-2024", "--kind", "press"), "đã dùng cho tài liệu khác"),
        (
            ("--source", "x", "--title", "X", "--kind", "bao"),
            "--kind không có loại “bao”: ghi một trong official, press",
        ),
        (("--source", "self-report-2024", "--number", "7"), "đã dùng cho tài liệu khác"),
        (("--title", "x"), "--source"),
        (("--dated", "2024-11"), "--source"),
    ],
)
def test_a_source_that_cannot_be_is_refused_before_anything_is_read(
    lsinfra: Command, root: Path, report: Path, options: tuple[str, ...], said: str
) -> None:
    run = lsinfra("intake", "document", report, *options, cwd=root)
    assert (run.code, run.stdout) == (2, "")
    assert said in run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert not (root / "intake").exists()


def test_a_source_may_be_said_again_as_it_is(lsinfra: Command, root: Path, report: Path) -> None:
    again = ("--source", "vietnam-vn-2025-07-07", "--dated", "2025-07-07", "--issuer", "vietnam.vn")
    title = "Họp tháo gỡ vướng mắc giải phóng mặt bằng các dự án cao tốc"
    run = lsinfra("intake", "document", report, *again, "--title", title, "--format", "json", cwd=root)
    told = json.loads(run.stdout)
    assert (told["source"], told["proposals"][0]["source"]) == (None, "vietnam-vn-2025-07-07")


def test_forms_are_of_today_unless_another_day_is_named(lsinfra: Command, root: Path) -> None:
    for options in ((), ("--as-of", "today")):
        assert lsinfra("intake", "form", *options, cwd=root).code == 0
    (folder,) = (root / "forms").iterdir()
    assert {path.name[-15:-5] for path in folder.iterdir()} == {folder.name}


def test_a_form_of_a_past_day_shows_what_was_known_then(lsinfra: Command, root: Path) -> None:
    """The project's 596 of 618 ha of 28 July 2025 are no news of 2024."""
    shown = {}
    for day in ("2024-11-30", "2025-07-28", "2096-01-01"):
        assert lsinfra("intake", "form", "--as-of", day, "--out", root / day, cwd=root).code == 0
        sheet = openpyxl.load_workbook(root / day / f"toan-du-an-{day}.xlsx").worksheets[0]
        (row,) = [cells for cells in sheet.iter_rows() if str(cells[0].value).startswith(KEY)]
        shown[day] = [row[n].value for n in (6, 10, 11)]
    assert 618 not in shown["2024-11-30"]
    assert shown["2025-07-28"] == shown["2096-01-01"] == [618, 596, 618]


KEY = "land|huu-nghi-chi-lang|-|handed_over|HA|"


def test_a_file_that_is_no_workbook_is_one_sentence(lsinfra: Command, root: Path, report: Path) -> None:
    shutil.copy(report, root / "bang.xlsx")
    run = lsinfra("intake", "excel", "bang.xlsx", cwd=root)
    assert run.code == 1
    assert len(run.stderr.splitlines()) == 1
    assert "Traceback" not in run.stderr


LINE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {},
            "geometry": {"type": "LineString", "coordinates": [[106.9056, 21.7799], [107.03, 21.61], [107.26, 21.4]]},
        }
    ],
}


def test_a_line_is_told_then_written_then_taken_back(lsinfra: Command, root: Path) -> None:
    before = {path.name: path.read_bytes() for path in (root / "geodata").iterdir() if path.is_file()}
    (root / "tuyen.geojson").write_text(json.dumps(LINE), encoding="utf-8")
    ask = ["geodata", "import", "tuyen.geojson", "--route", "ql4b", "--source", "Ban Quản lý", "--licence", "CC0"]
    ask += ["--dated", "2026-11", "--accuracy", "schematic", "--uncertainty", "5000"]
    told = lsinfra(*ask, cwd=root)
    assert (told.code, "--yes" in told.stdout) == (0, True)

    def now() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (root / "geodata").iterdir() if path.is_file()}

    assert now() == before
    assert lsinfra(*ask, "--yes", cwd=root).code == 0
    assert now()["routes.geojson"] != before["routes.geojson"]
    assert now()["border.geojson"] == before["border.geojson"]
    assert lsinfra("check", cwd=root).code == 0
    assert lsinfra("geodata", "restore", cwd=root).code == 0
    assert now() == before
    assert lsinfra("geodata", "restore", cwd=root).code == 1


def test_sections_need_boundaries(lsinfra: Command, root: Path) -> None:
    run = lsinfra("geodata", "sections", "--project", "ql4b", cwd=root)
    assert run.code == 1
    assert len(run.stderr.splitlines()) == 1
    unknown = lsinfra("geodata", "sections", "--project", "khong-co", cwd=root)
    assert (unknown.code, "khong-co" in unknown.stderr) == (1, True)
