"""The history on the command line: two times kept apart, what changed, exit codes, and what goes wrong."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.test_render import data_of

Command = Callable[..., Run]


def take(lsinfra: Command, root: Path, *options: str, env: dict[str, str] | None = None) -> Path:
    run = lsinfra("snapshot", "take", *options, cwd=root, env=env)
    assert (run.code, run.stderr) == (0, "")
    return Path(run.stdout.strip())


def correct(root: Path, old: str, new: str) -> None:
    records = (root / "projects.yaml").read_text(encoding="utf-8")
    assert records.count(old) == 1
    (root / "projects.yaml").write_text(records.replace(old, new), encoding="utf-8")


def area(run: Run) -> float:
    """The hectares handed over of Hữu Nghị–Chi Lăng."""
    assert run.code == 0, run.stderr
    rows = json.loads(run.stdout)["clearance"]
    (row,) = [r for r in rows if (r["project"], r["section"], r["measure"]) == ("huu-nghi-chi-lang", None, "area")]
    value: float = row["value"]
    return value


def test_a_late_correction_changes_what_is_known_today_and_no_snapshot(lsinfra: Command, root: Path) -> None:
    """Figures of 31 October 2024: kept on 4 November 2026, corrected on 20 November."""
    then = take(lsinfra, root, "--as-of", "2024-10-31", "--today", "2026-11-04")
    kept = then.read_bytes()
    correct(root, "366,55/640,28 ha, đạt 57,24%", "360,55/640,28 ha, đạt 56,31%")
    later = take(lsinfra, root, "--as-of", "2024-10-31", "--today", "2026-11-20")
    ask = ("progress", "--format", "json", "--as-of", "2024-10-31")
    assert area(lsinfra(*ask, cwd=root)) == 360.55
    assert area(lsinfra(*ask, "--known", "today", cwd=root)) == 360.55
    assert area(lsinfra(*ask, "--known", "then", cwd=root)) == 366.55
    assert area(lsinfra(*ask, "--known", "2026-11-19", cwd=root)) == 366.55
    assert area(lsinfra(*ask, "--known", "2026-11-20", cwd=root)) == 360.55
    assert json.loads(lsinfra(*ask, "--known", "then", cwd=root).stdout)["known"].startswith("2026-11-04T")
    assert json.loads(lsinfra(*ask, cwd=root).stdout)["known"] is None
    assert then.read_bytes() == kept
    assert then != later
    # Nothing was known of that day by the day itself, and that is said with what there is.
    run = lsinfra(*ask, "--known", "2026-11-03", cwd=root)
    assert run.code == 1
    assert "04/11/2026" in run.stderr
    # What was corrected is told apart from what was done.
    compared = json.loads(lsinfra("compare", then, later, "--format", "json", cwd=root).stdout)
    (row,) = compared["clearance"]
    assert (row["change"], row["difference"], row["before"], row["after"]) == ("corrected", -6, 366.55, 360.55)


LOC_BINH, MENDED = "handed_over: 37,07 ha, đạt 75,12%", "handed_over: 36,07 ha, đạt 73,10%"


def loc_binh(run: Run) -> tuple[float, int, bool]:
    """Hectares handed over at Lộc Bình, how many days old, and whether that is called stale."""
    assert run.code == 0, run.stderr
    rows = json.loads(run.stdout)["clearance"]
    (row,) = [r for r in rows if (r["section"], r["stage"], r["measure"]) == ("loc-binh", "handed_over", "area")]
    return row["value"], row["age_days"], row["stale"]


def test_a_later_snapshot_tells_what_was_corrected_of_an_earlier_day(lsinfra: Command, root: Path) -> None:
    """37,07 ha of 15 August 2024: kept at that date; corrected before the snapshot of the figures to October."""
    take(lsinfra, root, "--as-of", "2024-08-15", "--today", "2026-11-04")
    correct(root, LOC_BINH, MENDED)
    take(lsinfra, root, "--as-of", "2024-10-31", "--today", "2026-11-11")
    ask = ("progress", "--format", "json", "--as-of", "2024-08-20", "--known")
    assert loc_binh(lsinfra(*ask, "2026-11-10", cwd=root)) == (37.07, 5, False)
    run = lsinfra(*ask, "2026-11-11", cwd=root)
    assert loc_binh(run) == (36.07, 5, False)
    assert loc_binh(lsinfra(*ask, "then", cwd=root)) == (37.07, 5, False)
    told = json.loads(run.stdout)
    assert (told["as_of"], told["snapshot_as_of"], told["findings"]) == ("2024-08-20", "2024-10-31", [])
    assert "không lập lại cho ngày 20/8/2024" in run.stderr
    # The doubts of the snapshot's own day are told with that day.
    checked = lsinfra("check", "--as-of", "2024-08-20", "--known", "2026-11-11", "--format", "json", cwd=root)
    doubts = json.loads(checked.stdout)
    assert doubts["as_of"] == "2024-08-15"
    assert doubts["findings"]


def test_a_snapshot_of_long_ago_is_as_old_as_it_is(lsinfra: Command, root: Path) -> None:
    """Lộc Bình's 49,35 ha of 28 July 2025 are 460 days old on 31 October 2026."""
    take(lsinfra, root, "--today", "2026-10-01")
    run = lsinfra("progress", "--as-of", "2026-10-31", "--known", "then", "--format", "json", cwd=root)
    told = json.loads(run.stdout)
    assert (told["as_of"], told["snapshot_as_of"]) == ("2026-10-31", "2025-10-27")
    today = json.loads(lsinfra("progress", "--as-of", "2026-10-31", "--format", "json", cwd=root).stdout)
    assert today["snapshot_as_of"] is None
    ages = [(row["age_days"], row["stale"]) for row in told["clearance"]]
    assert ages == [(row["age_days"], row["stale"]) for row in today["clearance"]]
    assert min(age for age, _ in ages) == 369  # of 27 October 2025
    assert "Ngày 31/10/2026 không có bản lưu riêng" in run.stderr
    assert "số liệu đến 27/10/2025" in run.stderr


def test_what_was_passed_over_is_said_and_weekly_goes_on(lsinfra: Command, root: Path) -> None:
    take(lsinfra, root, "--as-of", "2024-08-15", "--today", "2026-11-01")
    damaged = take(lsinfra, root, "--as-of", "2024-10-31", "--today", "2026-11-02")
    damaged.write_bytes(damaged.read_bytes()[:5000])
    for options in (("progress", "--as-of", "2024-10-31", "--known", "then"), ("weekly", "--quiet")):
        run = lsinfra(*options, cwd=root)
        assert run.code == 0
        (line,) = [line for line in run.stderr.splitlines() if damaged.name in line]
        assert line.startswith("Bỏ qua một bản lưu không dùng được. ")
        assert "cắt ngắn" in line
    (sound,) = (root / "snapshots").glob("2024-W33/*.json")
    sound.write_bytes(b"{}\n")
    (root / "maps" / "2025-10-27" / "index.html").unlink()
    run = lsinfra("weekly", cwd=root)
    assert run.code == 0
    assert "đều bị hỏng" in run.stderr
    assert (root / "maps" / "2025-10-27" / "index.html").is_file()


def test_a_lost_snapshot_is_missed(lsinfra: Command, root: Path) -> None:
    first = take(lsinfra, root, "--as-of", "2024-08-15")
    second = take(lsinfra, root, "--as-of", "2024-10-31")
    first.unlink()
    run = lsinfra("snapshot", "verify", cwd=root)
    assert run.code == 1
    line, _ = run.stdout.splitlines()
    assert line.startswith(f"snapshots/2024-W33/{first.name}: Mất bản lưu này: ")
    assert second.name in line


def test_which_snapshots_stand_for_two_moments_is_said(lsinfra: Command, root: Path) -> None:
    take(lsinfra, root, "--as-of", "2024-10-31")
    take(lsinfra, root, "--as-of", "2025-07-31")
    # The first is of a day of its week, the second stands for a later one.
    run = lsinfra("compare", "2024-W44", "2025-W40", "--known", "then", cwd=root)
    heading = run.stdout.splitlines()[0]
    assert heading.startswith("Thay đổi từ 03/11/2024 (theo bản lưu có số liệu đến 31/10/2024, lưu lúc ")
    assert " đến 05/10/2025 (theo bản lưu có số liệu đến 31/7/2025, lưu lúc " in heading
    assert run.stderr.count("không có bản lưu riêng") == 1
    assert "Ngày 05/10/2025 không có bản lưu riêng" in run.stderr
    run = lsinfra("compare", "2024-W44", "2025-W40", "--known", "then", "--format", "json", cwd=root)
    assert json.loads(run.stdout)["findings"] is None
    both = lsinfra("compare", "2024-12-01", "2024-12-02", "--known", "then", cwd=root).stdout
    assert "theo bản lưu có số liệu đến 31/10/2024, lưu lúc" in both
    for moments in (("2020-01", "2021-01"), ("2020-01", "2021-01", "--known", "2026-11-22")):
        said = lsinfra("compare", *moments, cwd=root).stdout
        assert "Chưa biết số liệu nào" in said
        assert "Không có thay đổi" not in said


def test_another_file_is_not_called_cut_off(lsinfra: Command, root: Path) -> None:
    run = lsinfra("compare", root / "projects.yaml", "today", cwd=root)
    assert run.code == 1
    assert "không phải JSON" in run.stderr
    assert "cắt ngắn" not in run.stderr


def test_the_same_input_twice_is_one_file(lsinfra: Command, root: Path) -> None:
    first = take(lsinfra, root)
    # Other processes order their sets otherwise.
    assert take(lsinfra, root, env={"PYTHONHASHSEED": "1"}) == first
    assert take(lsinfra, root, "--today", "2027-01-04") == first
    assert first.parent == root / "snapshots" / "2025-W44"
    assert first.name.startswith("2025-10-27-")
    assert lsinfra("snapshot", "verify", cwd=root).code == 0
    listed = json.loads(lsinfra("snapshot", "list", "--format", "json", cwd=root).stdout)
    assert [(one["as_of"], one["week"]) for one in listed["snapshots"]] == [("2025-10-27", "2025-W44")]


def test_an_edited_snapshot_is_found_and_harms_no_other(lsinfra: Command, root: Path) -> None:
    sound = take(lsinfra, root, "--as-of", "2024-10-31")
    edited = take(lsinfra, root, "--as-of", "2025-07-28")
    edited.write_bytes(edited.read_bytes().replace(b"366.55", b"466.55").replace(b"596", b"606"))
    run = lsinfra("snapshot", "verify", cwd=root)
    assert run.code == 1
    assert edited.name in run.stdout
    assert sound.name not in run.stdout
    shown = lsinfra("snapshot", "show", edited, cwd=root)
    assert shown.code == 1
    assert shown.stdout == ""
    assert len(shown.stderr.splitlines()) == 1
    assert lsinfra("snapshot", "show", "2024-W44", cwd=root).code == 0
    history = lsinfra("snapshot", "history", "huu-nghi-chi-lang", "--format", "json", cwd=root)
    assert history.code == 0
    assert "466.55" not in history.stdout
    assert lsinfra("snapshot", "take", cwd=root).code == 0


def test_a_clock_that_was_set_back_is_refused_but_the_pages_are_made(lsinfra: Command, root: Path) -> None:
    take(lsinfra, root, "--today", "2026-11-20")
    correct(root, "455,61/458,19 ha", "455,71/458,19 ha")
    run = lsinfra("weekly", "--today", "2026-11-13", cwd=root)
    assert run.code == 1
    assert "20/11/2026" in run.stderr
    assert "13/11/2026" in run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert (root / "maps" / "2025-10-27" / "index.html").is_file()
    assert len(list((root / "snapshots").glob("*/*.json"))) == 1


def test_a_folder_that_takes_no_snapshot_keeps_nobody_from_the_pages(lsinfra: Command, root: Path) -> None:
    (root / "snapshots").write_text("", encoding="utf-8")
    run = lsinfra("weekly", cwd=root)
    assert run.code == 1
    assert "Traceback" not in run.stderr
    assert "snapshots" in run.stderr
    assert (root / "maps" / "2025-10-27" / "index.html").is_file()


def told(page: Path) -> str:
    return json.dumps(data_of(page.read_text(encoding="utf-8")), ensure_ascii=False)


def test_weekly_keeps_a_snapshot_and_tells_the_change_since_the_week_before(lsinfra: Command, root: Path) -> None:
    """Without a snapshot of an earlier week the page is compared with what today's records say of the date before."""
    assert lsinfra("weekly", "--as-of", "2025-07-28", "--today", "2026-11-16", cwd=root).code == 0
    assert len(list((root / "snapshots").glob("2025-W31/2025-07-28-*.json"))) == 1
    page = told(root / "maps" / "2025-07-28" / "index.html")
    assert "o với ngày 07/7/2025, theo số liệu biết hôm nay" in page
    assert lsinfra("weekly", "--today", "2026-11-22", cwd=root).code == 0
    page = told(root / "maps" / "2025-10-27" / "index.html")
    assert "o với số liệu ngày 28/7/2025, lưu ngày 16/11/2026" in page


def test_weeks_days_months_and_files_are_compared_alike(lsinfra: Command, root: Path) -> None:
    before, after = take(lsinfra, root, "--as-of", "2024-11-03"), take(lsinfra, root, "--as-of", "2025-07-31")
    told = [
        json.loads(lsinfra("compare", *sides, "--format", "json", cwd=root).stdout)
        for sides in (("2024-W44", "2025-07"), ("2024-11-03", "2025-07-31"), (before, after))
    ]
    assert [(one["from"], one["to"]) for one in told] == [("2024-11-03", "2025-07-31")] * 3
    assert told[0]["clearance"] == told[1]["clearance"] == told[2]["clearance"]
    assert told[0]["disbursement"] == told[1]["disbursement"] == told[2]["disbursement"]
    assert told[0]["from_known"] is None
    assert told[2]["from_known"] is not None


def test_compare_with_itself_is_empty(lsinfra: Command) -> None:
    told = json.loads(lsinfra("compare", "2025-W44", "2025-W44", "--format", "json").stdout)
    assert (told["clearance"], told["disbursement"], told["findings"]) == ([], [], [])


def test_the_real_history_tells_the_part_of_the_scope(lsinfra: Command) -> None:
    """366.55 of 640.28 ha became 596 of 618 ha: work (596 − 366.55) ÷ 618, scope 366.55 (1/618 − 1/640.28)."""
    run = lsinfra("compare", "2024-10-31", "2025-07-31", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(run.stdout)))
    (row,) = [r for r in rows if (r["project"], r["section"], r["measure"]) == ("huu-nghi-chi-lang", "", "area")]
    assert float(row["total_change"]) == pytest.approx(618 - 640.28)
    assert float(row["work_share"]) == pytest.approx((596 - 366.55) / 618, abs=1e-6)
    assert float(row["scope_share"]) == pytest.approx(366.55 * (1 / 618 - 1 / 640.28), abs=1e-6)
    assert float(row["share_change"]) == pytest.approx(596 / 618 - 366.55 / 640.28, abs=1e-6)


def test_a_script_is_told_of_what_slipped_back(lsinfra: Command, root: Path) -> None:
    ask = ("compare", "2025-07-28", "2025-10-27", "--fail-on", "regress")
    assert lsinfra(*ask, cwd=root).code == 0
    correct(root, "455,61/458,19 ha", "450,61/458,19 ha")
    run = lsinfra(*ask, "--format", "json", cwd=root)
    assert run.code == 1
    assert [row["project"] for row in json.loads(run.stdout)["clearance"] if row["regress"]] == ["dong-dang-tra-linh"]
    assert lsinfra("compare", "2025-07-28", "2025-10-27", cwd=root).code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("compare", "2024-W54", "2025-10-27"), "2024-W54"),
        (("compare", "15/8/2024", "2025-10-27"), "2024-08-15"),
        (("compare", "2024-08-15", "2999-W01"), "2999"),
        (("compare", "2024-08-15", "2025-10-27", "--known", "once"), "--known"),
        (("progress", "--known", "2999-01-01"), "--known"),
        (("snapshot", "changes", "last"), "“last”"),
        (("compare", "tomorrow", "today"), "ngày (2024-10-31), tháng (2024-10), tuần (2024-W33), today"),
        (("compare", "2024-W4O", "today"), "“2024-W4O” không phải là mốc thời gian hay tệp"),
        (("snapshot", "show", "tuần này"), "tên một tệp bản lưu"),
    ],
)
def test_a_moment_that_cannot_be_used_is_one_sentence(
    lsinfra: Command, root: Path, arguments: tuple[str, ...], said: str
) -> None:
    run = lsinfra(*arguments, cwd=root)
    assert run.code == 2
    assert run.stdout == ""
    assert len(run.stderr.splitlines()) == 1
    assert said in run.stderr
    assert run.stderr.count("2024-W54") < 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("snapshot", "show", "nothing.json"),
        ("compare", "nothing.json", "2025-10-27"),
        ("snapshot", "show", "2024-10-31"),
        ("progress", "--as-of", "2024-10-31", "--known", "then"),
        ("snapshot", "history", "no-such-project"),
    ],
)
def test_what_is_not_there_is_one_sentence(lsinfra: Command, root: Path, arguments: tuple[str, ...]) -> None:
    for lang in ("vi", "en"):
        run = lsinfra("--lang", lang, *arguments, cwd=root)
        assert run.code == 1
        assert run.stdout == ""
        assert len(run.stderr.splitlines()) == 1
        assert "Traceback" not in run.stderr


def test_forecast_of_the_real_records_gives_no_date(lsinfra: Command) -> None:
    """No figure was published three times: what can be said is the pace, the need, and that it is too few."""
    told = json.loads(lsinfra("forecast", "--format", "json").stdout)
    assert told["schema"] == "lsinfra.forecast/1"
    assert "2027" not in json.dumps(told)
    text = lsinfra("forecast").stdout
    assert "quá ít số liệu để dự báo" in " ".join(text.split())
    assert lsinfra("forecast", "--last", "1").code == 2
