"""The command line as a planner and a script use it: the installed program, in its own process."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from importlib import import_module
from inspect import isfunction, signature
from pathlib import Path
from typing import Annotated, get_origin

import jsonschema
import pytest

from lsinfra import cli, portfolio, progress
from lsinfra.checks import check
from lsinfra.commands.options import WrongUse
from lsinfra.commands.output import emit
from lsinfra.errors import Severity
from lsinfra.render import tables
from lsinfra.text import say
from tests.conftest import ROOT, Run
from tests.test_render import data_of

Command = Callable[..., Run]
COMMAND = Path(sys.executable).with_name("lsinfra")


def test_progress_json_keeps_the_contract(lsinfra: Command) -> None:
    run = lsinfra("progress", "--as-of", "2024-10-31", "--format", "json")
    assert (run.code, run.stderr) == (0, "")
    progress = json.loads(run.stdout)
    assert (progress["schema"], progress["as_of"]) == ("lsinfra.progress/1", "2024-10-31")
    land = {(row["project"], row["section"], row["stage"], row["measure"]): row for row in progress["clearance"]}
    expected = {
        "project": "ql4b",
        "section": "loc-binh",
        "unit": "Lộc Bình",
        "stage": "handed_over",
        "measure": "area",
        "value": 37.07,
        "total": None,
        "total_low": 49.344,
        "total_high": 49.351,
        "total_kind": "implied",
        "share": 0.7512,
        "stated_percent": 75.12,
        "stated_check": "none",
        "observed": "2024-08-15",
        "age_days": 77,
        "stale": True,
        "source": "self-report-2024",
    }
    row = land["ql4b", "loc-binh", "handed_over", "area"]
    assert {key: row[key] for key in expected} == expected
    money = next(row for row in progress["disbursement"] if row["funding"] is None)
    expected = {
        "project": "huu-nghi-chi-lang",
        "plan_year": 2024,
        "base": "adjusted",
        "funding": None,
        "value_vnd": 490_100_000_000,
        "plan_vnd": 1_288_123_000_000,
        "share": 0.380476,
        "stated_percent": 38.0,
        "stated_check": "rounded",
        "observed": "2024-10",
        "source": "self-report-2024",
    }
    assert {key: money[key] for key in expected} == expected
    assert {"code", "severity", "where", "project", "message"} <= set(progress["findings"][0])


def test_where_is_the_line_of_the_figure(lsinfra: Command) -> None:
    rows = json.loads(lsinfra("progress", "--as-of", "2024-10-31", "--format", "json").stdout)["clearance"]
    lines = (ROOT / "projects.yaml").read_text(encoding="utf-8").splitlines()
    row = next(row for row in rows if (row["project"], row["section"]) == ("ql4b", "dinh-lap"))
    file, line, _ = row["where"].split(":")
    assert file == "projects.yaml"
    observation = lines[int(line) - 1 : int(line) + 3]
    assert "as_of: 2024-08-15" in observation[0]
    assert any("17,34/31,52 ha" in text for text in observation)


def test_keys_are_not_translated(lsinfra: Command) -> None:
    vi, en = (json.loads(lsinfra("--lang", lang, "progress", "--format", "json").stdout) for lang in ("vi", "en"))
    messages = [[finding.pop("message") for finding in language["findings"]] for language in (vi, en)]
    assert vi == en
    assert all(one != other for one, other in zip(*messages, strict=True))


def test_csv_holds_the_same_figures_as_json(lsinfra: Command) -> None:
    table = list(csv.DictReader(io.StringIO(lsinfra("progress", "--format", "csv").stdout)))
    progress = json.loads(lsinfra("progress", "--format", "json").stdout)
    rows = progress["clearance"] + progress["disbursement"]
    assert len(table) == len(rows)
    for cells, row in zip(table, rows, strict=True):
        for key, value in row.items():
            if value is None:
                assert cells[key] == ""
            elif isinstance(value, bool):
                assert cells[key] == str(value).lower()
            elif isinstance(value, int | float):
                assert float(cells[key]) == value
            else:
                assert cells[key] == value


def test_csv_gives_a_spreadsheet_no_formula(lsinfra: Command, root: Path) -> None:
    records = (root / "projects.yaml").read_text(encoding="utf-8")
    (root / "projects.yaml").write_text(records.replace("unit: Đình Lập,", "unit: '=1+1',"), encoding="utf-8")
    run = lsinfra("progress", "--format", "csv", cwd=root)
    cells = {row["unit"] for row in csv.DictReader(io.StringIO(run.stdout))}
    assert "'=1+1" in cells
    assert "=1+1" not in cells


def test_the_table_says_figure_share_date_and_source(lsinfra: Command) -> None:
    text = lsinfra("progress", "--as-of", "2024-10-31").stdout
    line = next(line for line in text.splitlines() if "Đình Lập" in line)
    for part in ("bàn giao mặt bằng", "17,34/31,52 ha", "55,01%", "15/8/2024", "self-report-2024"):
        assert part in line


def test_as_of_takes_a_day_a_month_and_today(lsinfra: Command) -> None:
    def day(*options: str) -> str:
        return str(json.loads(lsinfra(*options, "--format", "json").stdout)["as_of"])

    assert day("progress") == "2025-10-27"
    assert day("progress", "--as-of", "2024-02") == "2024-02-29"
    assert day("--today", "2025-01-02", "progress", "--as-of", "today") == "2025-01-02"
    # An observation that has not come does not move the date.
    assert day("--today", "2025-10-26", "progress") == "2025-07-28"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["progress", "--as-of", "31/10/2024"], "2024-10-31"),
        (["progress", "--as-of", "2024-13"], "2024-13"),
        (["progress", "--as-of", ""], "--as-of"),
        (["--today", "2025-10-31", "progress", "--as-of", "2025-11"], "11/2025"),
        (["map", "--tiles", "https://tiles.example/{z}/{x}/{y}.png"], "--credit"),
    ],
)
def test_wrong_use_is_code_2_and_one_sentence(lsinfra: Command, arguments: list[str], word: str) -> None:
    run = lsinfra(*arguments)
    assert (run.code, run.stdout) == (2, "")
    assert word in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_general_options_may_stand_after_the_command(lsinfra: Command, root: Path) -> None:
    before = lsinfra("--root", root, "--lang", "en", "check", "--format", "csv", cwd=root.parent)
    after = lsinfra("check", "--lang=en", "--format", "csv", "--root", root, cwd=root.parent)
    assert (after.code, after.stdout) == (0, before.stdout)
    assert "warning" in after.stdout


def test_unknown_options_and_commands_are_wrong_use(lsinfra: Command) -> None:
    assert lsinfra("progress", "--nope").code == 2
    assert lsinfra("nope").code == 2
    assert lsinfra("progress", "--format", "xml").code == 2


def test_a_finding_of_severity_error_is_code_1(lsinfra: Command, root: Path) -> None:
    assert lsinfra("check", cwd=root).code == 0
    records = (root / "projects.yaml").read_text(encoding="utf-8")
    changed = records.replace("handed_over: 455,61/458,19 ha", "handed_over: 459/458,19 ha")
    assert changed != records
    (root / "projects.yaml").write_text(changed, encoding="utf-8")
    run = lsinfra("check", "--format", "json", cwd=root)
    assert run.code == 1
    errors = [finding for finding in json.loads(run.stdout)["findings"] if finding["severity"] == "error"]
    assert [finding["code"] for finding in errors] == ["value_above_total"]
    assert lsinfra("progress", cwd=root).code == 1


def test_weekly_names_the_errors_themselves_and_counts_what_is_more_than_five(lsinfra: Command, root: Path) -> None:
    records = (root / "projects.yaml").read_text(encoding="utf-8")
    changed = records.replace("handed_over: 455,61/458,19 ha", "handed_over: 459/458,19 ha")
    (root / "projects.yaml").write_text(changed, encoding="utf-8")
    run = lsinfra("weekly", cwd=root)
    assert run.code == 1
    (told,) = [line for line in run.stdout.splitlines() if "LỖI" in line]
    assert told.startswith("  LỖI (projects.yaml:")
    assert told.endswith("phần đã làm lớn hơn tổng số (459/458,19 ha).")
    loaded = portfolio.load(root)
    measured = progress.measure(loaded, date(2025, 10, 27))
    (error,) = [one for one in check(loaded, measured) if one.severity is Severity.ERROR]
    for count, said in ((5, 0), (6, 1), (12, 1)):
        lines = tables.summary(loaded, measured, [error] * count, [root], "vi", date(2025, 10, 27))
        assert sum("LỖI" in line for line in lines) == 5
        assert sum(f"và {count - 5} lỗi khác" in line for line in lines) == said


def test_weekly_makes_the_pages_and_sums_up(lsinfra: Command, root: Path) -> None:
    (root / "maps").mkdir()
    run = lsinfra("weekly", cwd=root / "maps")
    assert (run.code, run.stderr) == (0, "")
    assert "cách ngày lập" in run.stdout
    for part in ("596/618 ha (96,44%)", "28/7/2025 (báo chí)", "490,1/1.288,123 tỷ đồng (38,0%)", "455,61/458,19 ha"):
        assert part in run.stdout
    made = {path.relative_to(root / "maps").as_posix() for path in (root / "maps").rglob("*") if path.is_file()}
    pages = {f"{name}.html" for name in ("index", "huu-nghi-chi-lang", "dong-dang-tra-linh", "ql4b")}
    reports = {f"2025-10-27/bao-cao-2025-10-27.{suffix}" for suffix in ("docx", "xlsx", "pdf", "html", "md")}
    week = {f"2025-10-27/{lang}{name}" for lang in ("", "en/") for name in pages}
    assert made == {"index.html", "2025-10-27/.lsinfra.json"} | week | reports
    assert (root / "maps" / "2025-10-27" / "index.html").stat().st_size < 350_000
    run = lsinfra("weekly", "-qv", cwd=root)
    assert len(run.stdout.splitlines()) == 1
    assert "3 dự án" in run.stderr


def test_faults_are_sentences_all_at_once_and_code_1(lsinfra: Command, root: Path) -> None:
    records = (root / "projects.yaml").read_text(encoding="utf-8")
    broken = records.replace("366,55/640,28 ha", "366.55/640,28 ha").replace("plan_year: 2024", "plan_year: 24")
    (root / "projects.yaml").write_text(broken, encoding="utf-8")
    run = lsinfra("weekly", cwd=root)
    assert (run.code, run.stdout) == (1, "")
    first, second = run.stderr.splitlines()
    assert first.startswith("projects.yaml:")
    assert "366,55" in first
    assert "plan_year" in second
    assert not (root / "maps").exists()


def test_no_projects_file_is_one_sentence(lsinfra: Command, tmp_path: Path) -> None:
    for arguments in (["progress"], ["--root", str(tmp_path), "weekly"]):
        run = lsinfra(*arguments, cwd=tmp_path)
        assert (run.code, run.stdout) == (1, "")
        assert "projects.yaml" in run.stderr
        assert "Traceback" not in run.stderr


def test_root_is_found_upward(lsinfra: Command, root: Path) -> None:
    inside = root / "geodata"
    assert lsinfra("check", cwd=inside).stdout == lsinfra("--root", root, "check", cwd=root.parent).stdout


def test_out_is_written_whole_or_not_at_all(lsinfra: Command, root: Path) -> None:
    out = root / "tiến độ.json"
    run = lsinfra("progress", "--format", "json", "--out", out, cwd=root)
    assert (run.code, run.stdout) == (0, "")
    assert out.read_text(encoding="utf-8") == lsinfra("progress", "--format", "json", cwd=root).stdout
    assert [path.name for path in root.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("out", ["missing/x.txt", ".", "/", "", "x" * 300, "projects.yaml/x", "maps"])
def test_an_out_that_cannot_be_written_is_one_sentence(lsinfra: Command, root: Path, out: str) -> None:
    (root / "maps").mkdir()
    before = sorted(path.name for path in root.iterdir())
    run = lsinfra("progress", "--out", out, cwd=root)
    assert (run.code, run.stdout) == (1, "")
    assert run.stderr.startswith("Không ghi được ")
    assert len(run.stderr.splitlines()) == 1
    assert sorted(path.name for path in root.iterdir()) == before


def test_a_folder_that_is_missing_is_named(lsinfra: Command, root: Path) -> None:
    said = lsinfra("progress", "--out", "a/b/x.txt", cwd=root).stderr
    place = f"Không ghi được {root}/a/b/x.txt: chưa có thư mục {root}/a/b."
    assert said == f"{place} Hãy tạo thư mục đó trước, hoặc sửa lại đường dẫn.\n"


@pytest.mark.parametrize(
    ("command", "place"),
    [
        ("progress --format csv --out", "projects.yaml"),
        ("schema --out", "geodata/routes.geojson"),
        ("schema --out", "geodata/../geodata/new.json"),
        ("snapshot roles --out", "snapshots/2024/a.json"),
        ("map --out", "geodata/map.html"),
        ("map --pdf", "Projects.YAML"),
        ("map --png", "backups/a.png"),
        ("report --out", "intake/a.docx"),
        ("weekly --summary", "projects.yaml"),
        ("export oc4ids --out", "projects.yaml"),
        ("export gis --layer routes --out", "geodata/routes.geojson"),
        ("intake form --out", "geodata"),
        ("intake oc4ids x.json --new", "geodata/imports/x"),
        ("init --province Cà+Mau", "snapshots/x"),
    ],
)
def test_nothing_is_written_over_the_book(lsinfra: Command, root: Path, command: str, place: str) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    run = lsinfra(*(word.replace("+", " ") for word in command.split()), place, cwd=root)
    assert (run.code, run.stdout) == (2, "")
    assert run.stderr == say("vi", "cli.over_the_book", path=place) + "\n"
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_the_book_is_known_however_it_is_spelt(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = tmp_path / "away"
    (root / "geodata").rename(away)
    (root / "geodata").symlink_to(away)
    (root / "link.json").symlink_to(root / "projects.yaml")
    os.link(root / "projects.yaml", root / "twin.json")
    (tmp_path / "root").symlink_to(root)
    (root / "maps").mkdir()
    places: list[str | Path] = [
        *("link.json", "twin.json", "maps/../projects.yaml", "geodata/x", "GEODATA/x", "snapshots", "Backups/1/x.json"),
        *(away / "routes.geojson", tmp_path / "root" / "geodata" / "x", tmp_path / "root" / "projects.yaml"),
    ]
    monkeypatch.chdir(root)
    for place in places:
        with pytest.raises(WrongUse) as refused:
            emit("", Path(place))
        assert refused.value.key == "over_the_book"
    # A way through such a folder leads where it ends.
    (root / "snapshots").mkdir()
    for place in ("snapshots/../maps/y.json", "snapshots/../y.json"):
        emit("y", Path(place))
        assert Path(place).read_text() == "y"
    # Of another book as well, and be it that there is none here.
    monkeypatch.chdir(tmp_path)
    for inner in ("projects.yaml", "geodata/routes.geojson", "intake/x"):
        with pytest.raises(WrongUse):
            emit("", root / inner)
    for place in (root / "x.json", root / "maps" / "x.json", tmp_path / "x.json", tmp_path / "projects.schema.json"):
        emit("x", place)
        assert place.read_text() == "x"
    (tmp_path / "geodata").mkdir()
    emit("x", tmp_path / "geodata" / "x")


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("progress --out p.csv", "table"),
        ("progress --format csv --out p.XLSX", "csv"),
        ("progress --format json --out p.jsonl", "json"),
        ("export oc4ids --out x.xlsx", "json"),
        ("schema --out x.csv", "json"),
        ("map --pdf a.png", "pdf"),
        ("report --out a.csv", "docx"),
        ("report --format md --out a.pdf", "md"),
        ("weekly --summary a.csv", "json"),
    ],
)
def test_a_file_is_not_named_as_what_it_is_not(lsinfra: Command, root: Path, line: str, kind: str) -> None:
    before = sorted(root.rglob("*"))
    run = lsinfra(*line.split(), cwd=root)
    assert (run.code, run.stdout) == (2, "")
    assert run.stderr == say("vi", "cli.another_ending", path=line.rpartition(" ")[2], kind=kind) + "\n"
    assert sorted(root.rglob("*")) == before


def test_a_device_and_a_pipe_are_written_into_and_a_link_is_followed(lsinfra: Command, root: Path) -> None:
    real, link, pipe = root / "real.csv", root / "link.csv", root / "pipe"
    real.write_text("cũ", encoding="utf-8")
    link.symlink_to(real)
    os.mkfifo(pipe)
    expected = lsinfra("progress", "--format", "csv", cwd=root).stdout
    assert lsinfra("progress", "--format", "csv", "--out", link, cwd=root).code == 0
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == expected
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        assert lsinfra("progress", "--format", "csv", "--out", pipe, cwd=root).code == 0
        assert reader.communicate()[0].decode() == expected
    assert pipe.is_fifo()


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="no name of the standard output here")
def test_what_goes_to_the_name_of_stdout_goes_where_stdout_goes(root: Path) -> None:
    told = f"'{COMMAND}' progress --format csv --out"
    script = f"(echo first; {told} /dev/stdout; echo last) >> all.txt; {told} /dev/stdout | cat > piped.txt"
    (root / "all.txt").write_text("before\n", encoding="utf-8")
    done = subprocess.run(["bash", "-c", script], cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    piped = (root / "piped.txt").read_text(encoding="utf-8")
    assert piped.startswith("kind,project,")
    assert (root / "all.txt").read_text(encoding="utf-8") == f"before\nfirst\n{piped}last\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full here")
@pytest.mark.parametrize("command", ["progress", "check --format json", "weekly", "schema"])
def test_a_result_that_is_lost_is_said(command: str, root: Path) -> None:
    script = f"'{COMMAND}' {command} > /dev/full"
    done = subprocess.run(["bash", "-c", script], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "kết quả ra luồng chuẩn (stdout): hết chỗ trên đĩa" in done.stderr


def test_a_folder_that_is_gone_is_one_sentence(lsinfra: Command, tmp_path: Path) -> None:
    script = f"mkdir '{tmp_path}/gone' && cd '{tmp_path}/gone' && rmdir '{tmp_path}/gone' && '{COMMAND}' progress"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("Không đọc được ")
    assert "Traceback" not in done.stderr


def test_map_is_one_file_of_one_project(lsinfra: Command, root: Path) -> None:
    assert lsinfra("map", cwd=root / "geodata").stdout.strip() == str(root / "map.html")
    out = root / "ql4b.html"
    run = lsinfra("map", "--project", "ql4b", "--out", out, cwd=root)
    assert (run.code, run.stdout.strip()) == (0, str(out))
    told = json.dumps(data_of(out.read_text(encoding="utf-8")), ensure_ascii=False)
    assert "Quốc lộ 4B" in told
    assert "Chi Lăng (BOT)" not in told
    run = lsinfra("map", "--project", "ql4", cwd=root)
    assert run.code == 1
    assert "ql4b" in run.stderr


def test_schema_is_json_schema_and_the_file_beside_the_records_is_fresh(lsinfra: Command) -> None:
    text = lsinfra("schema").stdout
    jsonschema.Draft202012Validator.check_schema(json.loads(text))
    assert (ROOT / "projects.schema.json").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_help_of_every_command(lsinfra: Command, lang: str) -> None:
    run = lsinfra("--lang", lang, "--help")
    assert run.code == 0
    commands = _listed(run)
    assert commands == [
        "weekly",
        "watch",
        "check",
        "progress",
        "map",
        "compare",
        "forecast",
        "report",
        "schema",
        "init",
        "snapshot",
        "intake",
        "geodata",
        "parcels",
        "export",
    ]
    assert ("Việc hằng tuần" in run.stdout) == (lang == "vi")
    for command in commands:
        assert lsinfra("--lang", lang, command, "--help").code == 0
    below = _listed(lsinfra("--lang", lang, "snapshot", "--help"))
    assert below == ["take", "list", "show", "verify", "index", "roles", "history", "changes"]
    assert _listed(lsinfra("intake", "--help")) == ["form", "excel", "document", "oc4ids", "review", "apply"]
    assert _listed(lsinfra("geodata", "--help")) == ["import", "fetch", "restore", "sections"]
    assert _listed(lsinfra("parcels", "--help")) == ["check", "progress", "map", "import", "generate"]


def test_a_path_that_may_not_be_read_is_left_to_whoever_reads_it() -> None:
    """The parser of the command line would refuse it first, in English alone."""
    functions = [cli.options]
    for module in Path(cli.__file__).with_name("commands").glob("*.py"):
        found = import_module(f"lsinfra.commands.{module.stem}")
        functions += [one for one in vars(found).values() if isfunction(one) and one.__module__ == found.__name__]
    paths = [
        (function.__name__, name, given.annotation.__metadata__[0].readable)
        for function in functions
        for name, given in signature(function).parameters.items()
        if get_origin(given.annotation) is Annotated and "Path" in str(given.annotation.__origin__)
    ]
    assert ("progress", "register", False) in paths
    assert [(function, name) for function, name, readable in paths if readable] == []


def _listed(help_: Run) -> list[str]:
    lines = help_.stdout.split("Commands:")[1].splitlines()
    return [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "]


def test_shell_completion_works(lsinfra: Command) -> None:
    completed = lsinfra(env={"_LSINFRA_COMPLETE": "complete_bash", "COMP_WORDS": "lsinfra pro", "COMP_CWORD": "1"})
    assert completed.stdout.split() == ["progress"]
    completed = lsinfra(
        env={"_LSINFRA_COMPLETE": "complete_bash", "COMP_WORDS": "lsinfra progress --format ", "COMP_CWORD": "3"}
    )
    forms = {"table", "json", "jsonl", "csv", "csv-bom", "csv-excel", "parquet"}
    assert set(completed.stdout.split()) == forms


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-16"])
def test_streams_are_utf8_whatever_the_code_page(lsinfra: Command, encoding: str) -> None:
    run = lsinfra("progress", env={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": "C"})
    assert run.code == 0
    assert "Lộc Bình" in run.stdout


def test_a_reader_that_goes_away_is_no_fault() -> None:
    script = f"'{COMMAND}' progress --format json | head -n 1"
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("{", "")


def test_no_colour_codes_when_the_output_is_no_terminal(lsinfra: Command) -> None:
    assert "\x1b" not in lsinfra("progress", env={"NO_COLOR": "", "FORCE_COLOR": ""}).stdout


def test_a_terminal_gets_the_table_in_its_width() -> None:
    primary, secondary = pty.openpty()
    process = subprocess.Popen(
        [COMMAND, "progress"], cwd=ROOT, stdout=secondary, env=os.environ | {"COLUMNS": "100", "NO_COLOR": "1"}
    )
    os.close(secondary)
    shown = b""
    while True:
        try:
            chunk = os.read(primary, 65536)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
    assert process.wait() == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode("utf-8")).splitlines()
    assert any("Lộc Bình" in line for line in lines)
    assert max(len(line) for line in lines) <= 100


def test_verbose_speaks_on_stderr_only(lsinfra: Command) -> None:
    quiet, verbose = lsinfra("progress"), lsinfra("-v", "progress")
    assert verbose.stdout == quiet.stdout
    assert quiet.stderr == ""
    assert "3 dự án" in verbose.stderr


@pytest.mark.parametrize(
    "line",
    ["--lang en --help", "progress --format csv", "-v check --root missing", "weekly --nonsense", "snapshot show then"],
)
def test_a_forked_run_says_what_the_installed_command_says(lsinfra: Command, root: Path, line: str) -> None:
    installed = lsinfra(*line.split(), cwd=root, env={})
    assert installed.stdout + installed.stderr
    assert lsinfra(*line.split(), cwd=root) == installed


def test_a_forked_run_has_its_surroundings_and_no_others(
    lsinfra: Command, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSINFRA_LANG", "en")
    assert "Land clearance" in lsinfra("progress", "--help", cwd=root).stdout
    monkeypatch.delenv("LSINFRA_LANG")
    assert "Tiến độ" in lsinfra("progress", "--help", cwd=root).stdout
    assert lsinfra("map", "--out", "bản đồ.html", cwd=root).stdout.strip() == "bản đồ.html"
    assert (root / "bản đồ.html").is_file()


def test_version(lsinfra: Command) -> None:
    from importlib.metadata import version

    assert lsinfra("--version").stdout.strip() == version("lsinfra")
