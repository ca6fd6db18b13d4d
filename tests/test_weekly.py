"""``lsinfra weekly`` for a timer: one line, an exit code by severity, a summary for scripts; samples of timers."""

from __future__ import annotations

import configparser
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lsinfra import portfolio, progress
from lsinfra.checks import check
from lsinfra.cli import main
from lsinfra.errors import Severity
from lsinfra.render import tables
from lsinfra.schemas import text as schema_text
from lsinfra.text import say
from tests.conftest import ROOT, Run

SAMPLE = ROOT / "tests" / "sample"
DEPLOY = ROOT / "deploy"
SCHEMA = json.loads(schema_text("weekly/1"))
RIGHT, ABOVE = "handed_over: 20/40 ha, đạt 50%", "handed_over: 41/40 ha, đạt 50%"
Weekly = Callable[..., Run]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the made-up province."""
    shutil.copytree(SAMPLE, tmp_path / "sổ")
    return tmp_path / "sổ"


@pytest.fixture
def weekly(root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Weekly:
    """``weekly("-q", "--fail-on", "warning")`` in this process, in ``root``, on 5 July 2024."""

    def run(*arguments: str, cwd: Path = root) -> Run:
        monkeypatch.chdir(cwd)
        monkeypatch.setattr("sys.argv", ["lsinfra", "--today", "2024-07-05", "weekly", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return Run(int(ended.value.code or 0), out, err)

    return run


def change(root: Path, old: str, new: str) -> None:
    path = root / "projects.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def told(path: Path) -> dict[str, Any]:
    """A summary, which must be as its schema says."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    return found


def test_quiet_is_one_line(weekly: Weekly, root: Path) -> None:
    run = weekly("-q")
    assert (run.code, run.stderr) == (0, "")
    (line,) = run.stdout.splitlines()
    whole = portfolio.load(root)
    counts = [one.severity for one in check(whole, progress.measure(whole, date(2024, 6, 30)), date(2024, 7, 5))]
    numbers = [counts.count(severity) for severity in Severity]
    assert re.match(r"2024-07-05 \d\d:\d\d  Số liệu đến 30/6/2024: ", line)
    assert "{} lỗi, {} cảnh báo, {} lưu ý".format(*numbers) in line
    (snapshot,) = (root / "snapshots").glob("*/*.json")
    assert str(root / "maps" / "2024-06-30" / "index.html") in line
    assert snapshot.name in line
    # What somebody edited is in the line, not in a sentence of its own.
    (root / "maps" / "2024-06-30" / "bao-cao-2024-06-30.md").write_text("sửa tay", encoding="utf-8")
    run = weekly("-q", "--lang", "vi")
    assert (run.code, run.stderr, len(run.stdout.splitlines())) == (0, "", 1)
    assert run.stdout.endswith(say("vi", "cli.weekly.kept", count=1) + "\n")


def test_a_summary_names_all_that_was_made(weekly: Weekly, root: Path) -> None:
    change(root, "        section: song-tren\n        handed_over: 20/40", "        handed_over: 20/40")
    assert weekly("-q", "--summary", "out.json").code == 0
    found = told(root / "out.json")
    assert (found["root"], found["lang"], found["as_of"]) == (str(root), "vi", "2024-06-30")
    assert found["started"].startswith("2024-07-05T")
    files = {*found["pages"], *found["reports"]}
    assert {path for path in files if (root / path).is_file()} == files
    assert {Path(path).suffix for path in found["reports"]} == {".docx", ".xlsx", ".pdf", ".html", ".md"}
    snapshot = root / found["snapshot"]["path"]
    assert found["snapshot"]["sha256"] == hashlib.sha256(snapshot.read_bytes()).hexdigest()
    assert found["snapshot"]["new"] is True
    whole = portfolio.load(root)
    measured = progress.measure(whole, date(2024, 6, 30))
    rows = json.loads(tables.progress_json(measured, (), "vi"))
    assert found["clearance"] == [
        row for row in rows["clearance"] if row["section"] is None and row["stage"] == "handed_over"
    ]
    assert [(row["project"], row["value"], row["total"], row["source"]) for row in found["clearance"]] == [
        ("quoc-lo-99", 20, 40, "report-june")
    ]
    assert found["disbursement"] == [row for row in rows["disbursement"] if row["funding"] is None]
    assert [(row["value_vnd"], row["observed"]) for row in found["disbursement"]] == [(25_000_000_000, "2024-06")]
    assert (found["faults"], found["failing"], found["missed"], found["kept_edited"]) == ([], [], [], [])
    # Nothing has changed: the snapshot is the same one.
    # The summary may be all that is printed.
    run = weekly("--summary", "-")
    assert (run.code, run.stderr) == (0, "")
    assert json.loads(run.stdout)["snapshot"] == found["snapshot"] | {"new": False}


def test_what_a_report_lacks_is_said_even_where_silence_is_asked_for(lsinfra: Callable[..., Run], root: Path) -> None:
    run = lsinfra("--today", "2024-07-05", "weekly", "-q", "--summary", "s.json", cwd=root, without=("typst",))
    found = told(root / "s.json")
    assert (run.code, found["exit_code"], found["failing"]) == (0, 0, [])
    assert run.stdout.endswith(say("vi", "cli.weekly.incomplete") + "\n")
    assert len(run.stdout.splitlines()) == 1
    (sentence,) = found["missed"]
    assert "typst" in sentence
    assert run.stderr == f"{sentence}\n"
    assert {Path(path).suffix for path in found["reports"]} == {".docx", ".xlsx", ".html", ".md"}
    assert found["snapshot"]["new"]


def test_a_book_without_a_figure_has_no_day(weekly: Weekly, root: Path) -> None:
    text = (root / "projects.yaml").read_text(encoding="utf-8")
    bare = "portfolio:\n  title: Thử\nsources: {}\nprojects: []\n"
    assert text != bare
    (root / "projects.yaml").write_text(bare, encoding="utf-8")
    (line,) = weekly("-q").stdout.splitlines()
    assert "Số liệu đến" not in line
    assert line.partition("  ")[2].startswith("Chưa có số liệu: ")
    assert weekly().stdout.startswith("Thử\n")


@pytest.mark.parametrize(("fail_on", "expected"), [(None, 1), ("info", 1), ("never", 0)])
def test_an_error_fails_the_run_which_makes_everything_all_the_same(
    weekly: Weekly, root: Path, fail_on: str | None, expected: int
) -> None:
    change(root, RIGHT, ABOVE)
    run = weekly("-q", "--summary", "s.json" if expected else "-", *(("--fail-on", fail_on) if fail_on else ()))
    assert run.code == expected
    assert len(run.stdout.splitlines()) == 1 or not expected
    found = told(root / "s.json") if expected else json.loads(run.stdout)
    assert (found["exit_code"], found["fail_on"]) == (expected, fail_on or "error")
    assert found["counts"]["error"] == 1
    assert (root / found["pages"][0]).is_file()
    assert found["snapshot"]["new"]
    severities = {
        "error": ["error"],
        "warning": ["error", "warning"],
        "info": ["error", "warning", "info"],
        "never": [],
    }
    failing = [one["severity"] for one in found["failing"]]
    assert set(failing) == set(severities[fail_on or "error"])
    assert len(failing) == sum(found["counts"][one] for one in severities[fail_on or "error"])
    lines = run.stderr.splitlines()
    assert len(lines) == min(len(failing), 5) + (len(failing) > 5)
    if failing:
        error = next(one for one in found["failing"] if one["severity"] == "error")
        if fail_on is None:
            assert lines == [f"lỗi ({error['where']}): {error['message']}"]
        assert all(line.split(" (")[0] in {"lỗi", "cảnh báo", "lưu ý"} for line in lines[:5])


def test_warnings_fail_the_run_only_when_asked(weekly: Weekly, root: Path) -> None:
    run = weekly("--fail-on", "warning", "--summary", "s.json")
    # Without -q the summary for a reader stays as it is.
    assert "Bản đồ:" in run.stdout
    assert "Quốc lộ 99" in run.stdout
    found = told(root / "s.json")
    assert (run.code, found["counts"]["error"]) == (1, 0)
    assert run.stderr.startswith("cảnh báo (projects.yaml:")
    run = weekly("-q", "--fail-on", "nonsense")
    assert run.code == 2
    assert "nonsense" in run.stderr


def test_faults_are_in_the_summary_with_their_places(weekly: Weekly, root: Path) -> None:
    change(root, RIGHT, "handed_over: 20.5/40 ha, đạt 50%")
    change(root, "plan_year: 2024", "plan_year: 24")
    run = weekly("-q", "--summary", "s.json", "--lang", "en")
    assert (run.code, run.stdout) == (1, "")
    first, second = run.stderr.splitlines()
    found = told(root / "s.json")
    assert (found["exit_code"], found["as_of"], found["counts"], found["snapshot"]) == (1, None, None, None)
    assert (found["pages"], found["clearance"]) == ([], [])
    assert [fault["code"].partition(".")[0] for fault in found["faults"]] == ["quantity", "fault"]
    for fault, line in zip(found["faults"], (first, second), strict=True):
        assert line.startswith(f"{fault['where']}: {fault['path']}: ")
        assert re.fullmatch(r"projects\.yaml:\d+:\d+", fault["where"])
    assert not (root / "maps").exists()


def test_a_run_that_fails_on_its_way_tells_how_far_it_came(weekly: Weekly, root: Path) -> None:
    (root / "snapshots").write_text("", encoding="utf-8")
    run = weekly("-q", "--summary", "s.json")
    assert run.code == 1
    assert run.stdout == ""
    found = told(root / "s.json")
    assert found["exit_code"] == 1
    assert found["as_of"] == "2024-06-30"
    assert (root / found["pages"][0]).is_file()
    assert found["snapshot"] is None
    assert [fault["message"] for fault in found["faults"]] == run.stderr.splitlines()
    assert found["faults"][0]["where"] is None


def test_wrong_use_and_no_records_are_told_too(weekly: Weekly, root: Path, tmp_path: Path) -> None:
    run = weekly("--as-of", "2031", "-q", "--summary", "s.json")
    assert (run.code, told(root / "s.json")["exit_code"]) == (2, 2)
    (tmp_path / "empty").mkdir()
    run = weekly("-q", "--summary", "s.json", cwd=tmp_path / "empty")
    found = told(tmp_path / "empty" / "s.json")
    assert (run.code, found["root"], found["faults"][0]["code"]) == (1, None, "run.no_root")


def test_a_summary_that_cannot_be_written_hides_no_other_fault(weekly: Weekly, root: Path) -> None:
    change(root, "plan_year: 2024", "plan_year: 24")
    run = weekly("-q", "--summary", "missing/s.json")
    assert (run.code, run.stdout) == (1, "")
    first, second = run.stderr.splitlines()
    assert "missing" in first
    assert "plan_year" in second


# --- the samples -----------------------------------------------------------------------------------------------------


def units() -> dict[str, configparser.ConfigParser]:
    found = {}
    for path in sorted((DEPLOY / "systemd").iterdir()):
        unit = configparser.ConfigParser(
            interpolation=None, strict=True, delimiters=("=",), comment_prefixes=("#", ";")
        )
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read_string(path.read_text(encoding="utf-8"))
        found[path.name] = unit
    return found


def test_the_units_run_weekly_on_mondays_and_make_up_for_a_missed_one(weekly: Weekly, root: Path) -> None:
    found = units()
    assert set(found) == {"lsinfra-weekly.service", "lsinfra-weekly.timer"}
    service, timer = found["lsinfra-weekly.service"]["Service"], found["lsinfra-weekly.timer"]["Timer"]
    assert (timer["OnCalendar"], timer["Persistent"]) == ("Mon 07:00", "true")
    assert found["lsinfra-weekly.timer"]["Install"]["WantedBy"] == "timers.target"
    assert "network" not in " ".join(
        value for unit in found.values() for part in unit.values() for value in part.values()
    )
    assert service["StandardOutput"].startswith("append:")
    program, command, *options = shlex.split(service["ExecStart"])
    assert (program, command) == (f"{service['WorkingDirectory']}/.venv/bin/lsinfra", "weekly")
    assert weekly(*options).code == 0
    assert told(root / "weekly.json")["pages"]


def test_systemd_itself_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    home = tmp_path / "nhà"
    (home / "tien-do" / ".venv" / "bin").mkdir(parents=True)
    (home / "tien-do" / ".venv" / "bin" / "lsinfra").symlink_to("/bin/true")
    paths = []
    for path in (DEPLOY / "systemd").iterdir():
        paths.append(tmp_path / path.name)
        text = path.read_text(encoding="utf-8")
        # Nothing but the folder of the records is to be changed by whoever takes them over.
        assert set(re.findall(r"%\w", text)) <= {"%h"}
        paths[-1].write_text(text.replace("%h", str(home)), encoding="utf-8")
    if program := shutil.which("systemd-analyze"):
        environment = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path), "SYSTEMD_LOG_LEVEL": "notice"}
        done = subprocess.run(
            [program, "--user", "verify", *paths], env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_task_runs_the_same_on_mondays_and_makes_up_for_a_missed_one() -> None:
    data = (DEPLOY / "windows" / "lsinfra-weekly.xml").read_bytes()
    # As Task Scheduler writes its own files: what the first line says must be so, or it refuses the file.
    assert data.startswith(b"\xff\xfe")
    text = data.decode("utf-16")
    assert text.startswith('<?xml version="1.0" encoding="UTF-16"?>\r\n')
    assert "\n" not in text.replace("\r\n", "")
    task = ET.fromstring(data)
    space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    assert (task.tag, task.get("version")) == (f"{space}Task", "1.2")
    assert [part.tag.removeprefix(space) for part in task] == [
        *("RegistrationInfo", "Triggers", "Principals", "Settings", "Actions")
    ]

    def at(path: str) -> str:
        found = task.findall("/".join(space + name for name in path.split("/")))
        assert len(found) == 1, path
        return (found[0].text or "").strip()

    start = at("Triggers/CalendarTrigger/StartBoundary")
    # Without an offset: by the clock of the machine.
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT07:00:00", start)
    assert date.fromisoformat(start[:10]).isoweekday() == 1
    assert at("Triggers/CalendarTrigger/ScheduleByWeek/WeeksInterval") == "1"
    assert at("Triggers/CalendarTrigger/ScheduleByWeek/DaysOfWeek/Monday") == ""
    assert at("Settings/StartWhenAvailable") == "true"
    assert at("Settings/RunOnlyIfNetworkAvailable") == "false"
    assert at("Principals/Principal/RunLevel") == "LeastPrivilege"
    actor = task.find(f"{space}Actions")
    principal = task.find(f"{space}Principals/{space}Principal")
    assert actor is not None
    assert principal is not None
    assert actor.get("Context") == principal.get("id")
    assert at("Actions/Exec/WorkingDirectory")
    found = re.fullmatch(
        r'/d /c "\.venv\\Scripts\\lsinfra\.exe (.+) >> weekly\.log 2>&1"', at("Actions/Exec/Arguments")
    )
    assert found
    assert found[1] == units()["lsinfra-weekly.service"]["Service"]["ExecStart"].split(" ", 1)[1]
