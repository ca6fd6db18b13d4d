"""The index as a team has it on a server: what each role may do, what another program reads, how tables go forward."""

from __future__ import annotations

import json
import logging
import math
import re
import shutil
import subprocess
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import ANY
from urllib.parse import quote, quote_plus

import pandas as pd
import psycopg
import pytest
import shapely
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import dict_row
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from lsinfra import frames, progress, snapshots
from lsinfra.cli import app
from lsinfra.codes import Funding, Stage
from lsinfra.frames.columns import LAND, figure_text
from lsinfra.index import Held, IndexFault, migrations, open_index, opening, spatial
from lsinfra.index.rows import rows
from lsinfra.index.schema import METADATA, ORIGIN, PART
from lsinfra.portfolio import Portfolio
from lsinfra.render import index_tables
from lsinfra.snapshots import Snapshot
from lsinfra.text import LANGS, Lang
from lsinfra.weeks import Week
from tests.conftest import ROOT, Run
from tests.postgres import Server
from tests.test_index import keep, land, money, snapshot, told

# On the last, figures of 2024 stand beside figures of 2025.
DAYS = (date(2024, 10, 31), date(2025, 3, 28), date(2025, 10, 27))
SECRET = "Bí-mật@của:đội/%"
HOSTILE = """'; DROP TABLE lsinfra.route; --"$$%s%(a)s{x}\\<script>"""


@dataclass(frozen=True)
class Team:
    """A database with PostGIS, made as the pages say, with an owner, two writers and a reader."""

    server: Server
    database: str
    folder: Path

    def url(self, user: str, password: str = SECRET) -> str:
        return address(self.server, self.database, user, password)

    def ask(self, question: str, user: str = "khach") -> list[dict[str, Any]]:
        """The rows that a question gives to somebody, by column."""
        with psycopg.connect(self.url(user), row_factory=dict_row) as connection:
            return connection.execute(question.encode()).fetchall()


def address(server: Server, database: str, user: str, password: str = SECRET) -> str:
    return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{server.port}/{database}"


@pytest.fixture(scope="session")
def gis(postgres: Server) -> str:
    """A database with PostGIS, of which others are copied: to make the extension takes a second."""
    postgres.run("CREATE DATABASE gis")
    postgres.run("CREATE EXTENSION postgis", "gis")
    return "gis"


@pytest.fixture(scope="module")
def team(postgres: Server, gis: str, real: Portfolio, tmp_path_factory: pytest.TempPathFactory) -> Team:
    database = postgres.fresh(gis).rpartition("/")[2]
    postgres.run(migrations.roles(), database)
    accounts = [re.findall(r"^```sql\n(.*?)^```", page(lang), re.DOTALL | re.MULTILINE) for lang in LANGS]
    assert accounts[0] == accounts[1]
    postgres.run(accounts[0][0])
    for user in ("truong", "lan", "minh", "khach"):
        postgres.run(f"ALTER ROLE {user} PASSWORD {sql.Literal(SECRET).as_string(None)}")
    folder = tmp_path_factory.mktemp("team") / "snapshots"
    for number, day in enumerate(DAYS):
        snapshots.take(folder, taken(real, day, number))
    made = Team(postgres, database, folder)
    with open_index(made.url("truong")) as index:  # the owner makes the tables
        assert index.weeks() == ()
    postgres.run(migrations.roles(), database)  # to run it again does no harm
    with open_index(made.url("lan")) as index:
        index.bring_up(folder)
        spatial.draw(index, ROOT, snapshots.inputs(ROOT), real, progress.measure(real, DAYS[0]))
    return made


def page(lang: Lang) -> str:
    return (ROOT / "docs" / lang / "team.md").read_text(encoding="utf-8")


def taken(real: Portfolio, day: date, number: int = 0) -> Snapshot:
    moment = datetime(2025, 4, 1, tzinfo=UTC) + timedelta(days=number)
    return snapshots.make(ROOT, real, progress.measure(real, day), (), moment)


# --- who may do what -------------------------------------------------------------------------------------------------

WRITES = (
    "INSERT INTO lsinfra.week VALUES ('x', 'x', 1)",
    "UPDATE lsinfra.week SET rows = 0",
    "DELETE FROM lsinfra.part",
)
CHANGES = (
    "DROP TABLE lsinfra.progress",
    "DROP VIEW lsinfra.weeks",
    "DROP SCHEMA lsinfra CASCADE",
    "TRUNCATE lsinfra.progress",
    "ALTER TABLE lsinfra.progress ADD COLUMN x text",
    "CREATE TABLE lsinfra.x (y text)",
    "DELETE FROM lsinfra.migration",
    "SET ROLE lsinfra_owner",
)


def test_a_reader_reads_and_writes_nothing(team: Team) -> None:
    assert len(team.ask("SELECT * FROM lsinfra.weeks")) == len(DAYS)
    for statement in (*WRITES, *CHANGES, "SET ROLE lsinfra_writer"):
        with pytest.raises(InsufficientPrivilege):
            team.ask(statement)


def test_a_writer_writes_and_drops_nothing(team: Team) -> None:
    for statement in CHANGES:
        with pytest.raises(InsufficientPrivilege):
            team.ask(statement, "lan")
    with psycopg.connect(team.url("minh")) as connection:
        for statement in WRITES:
            connection.execute(statement.encode())
        connection.rollback()


def test_nobody_else_sees_anything(team: Team) -> None:
    team.server.run(f"CREATE ROLE la LOGIN PASSWORD {sql.Literal(SECRET).as_string(None)}")
    with pytest.raises(InsufficientPrivilege):
        team.ask("SELECT * FROM lsinfra.weeks", "la")
    with pytest.raises(IndexFault) as caught:
        open_index(team.url("la"))
    assert "lsinfra_reader" in caught.value.write("vi")


# --- whose weeks -----------------------------------------------------------------------------------------------------


def test_a_question_needs_no_right_to_write_and_takes_nothing_away(
    team: Team, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is in the folder of whoever asks: nothing, less than the server has, or more."""
    monkeypatch.setenv("PGPASSWORD", SECRET)
    held = team.ask("SELECT * FROM lsinfra.snapshot ORDER BY digest")
    folder = root / "snapshots"

    def ask(user: str) -> str:
        url = f"postgresql://{user}@127.0.0.1:{team.server.port}/{team.database}"
        for question in (("changes",), ("history", "ql4b")):
            done = CliRunner().invoke(
                app, ["--root", str(root), "--lang", "en", "snapshot", *question, "--index", url, "--format", "json"]
            )
            assert done.exit_code == 0, done.output
        assert [week["week"] for week in json.loads(done.stdout)["weeks"]] == ["2024-W44", "2025-W13", "2025-W44"]
        return done.stderr

    for user in ("khach", "lan", "truong"):
        assert ask(user) == ""  # there is no folder
    shutil.copytree(team.folder, folder)
    shutil.rmtree(folder / "2024-W44")
    earlier, later = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 12, 1, tzinfo=UTC)
    keep(folder, *(snapshot(f"{day}", land("1/2 ha"), taken=earlier) for day in DAYS), snapshot("2025-03-24"))
    for user in ("khach", "lan"):
        assert ask(user) == ""  # what the server has is newer
    keep(folder, snapshot("2025-11-08", land("1/2 ha")))  # a week that it lacks,
    keep(folder, snapshot(f"{DAYS[1]}", land("1/2 ha"), taken=later))  # the same day taken anew,
    keep(folder, snapshot(f"{DAYS[2] + timedelta(days=1)}", land("1/2 ha")))  # and a later day of the week
    for user in ("khach", "lan"):
        assert "newest snapshot of 2025-W13, 2025-W44, 2025-W45:" in ask(user)
    assert team.ask("SELECT * FROM lsinfra.snapshot ORDER BY digest") == held


def test_a_question_makes_no_tables(postgres: Server) -> None:
    url = postgres.cleared()
    with pytest.raises(IndexFault) as caught:
        open_index(url, make=False)
    assert caught.value.key == "no_tables"
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT FROM pg_namespace WHERE nspname = 'lsinfra'").fetchall() == []


def test_what_others_have_put_there_goes_only_when_asked(postgres: Server, team: Team, tmp_path: Path) -> None:
    """Two writers with a folder each do not take each other's weeks away; an older snapshot never replaces a newer."""
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    keep(mine, snapshot("2024-08-31", land("1/9 ha")), snapshot("2024-09-07", land("2/9 ha")))
    keep(theirs, snapshot("2024-08-30", land("3/9 ha")), snapshot("2024-09-14", land("4/9 ha")))
    with open_index(postgres.cleared()) as index:

        def weeks(*folders: Path, prune: bool = False) -> list[list[str]]:
            for folder in folders:
                done = index.bring_up(folder, prune=prune)
            return [[week.iso for week in found] for found in (done.written, done.removed, done.kept, done.newer)]

        def values() -> list[str]:
            return [str(cell.value) for row in index.history("ql4b").land for cell in row.cells().values()]

        assert weeks(mine) == [["2024-W35", "2024-W36"], [], [], []]
        assert weeks(theirs) == [["2024-W37"], [], ["2024-W36"], ["2024-W35"]]
        assert weeks(mine, theirs, mine) == [[], [], ["2024-W37"], []]
        assert values() == ["1", "2", "4"]
        (said, kept) = index_tables.brought_lines(index.bring_up(mine), "en")
        assert ("written: 0; removed: 0" in said, "2024-W37" in kept, "--prune" in kept) == (True, True, True)
        assert index.lacking(theirs) == ()
        gone = index_tables.brought_lines(index.bring_up(theirs, prune=True), "vi")
        assert values() == ["1", "4"]
        assert [re.findall(r"2024-W\d\d", line) for line in gone[1:]] == [["2024-W36"], ["2024-W35"]]
        assert "mới hơn" in gone[2]
        (damaged,) = theirs.glob("2024-W35/*.json")
        damaged.write_bytes(b"{")  # no reason to take away what others have of that week
        assert weeks(theirs, prune=True) == [[], [], [], []]
        assert values() == ["1", "4"]


def test_a_week_is_written_with_its_parts_or_not_at_all(postgres: Server, tmp_path: Path) -> None:
    (path,) = keep(tmp_path, snapshot("2024-08-31", land("1/9 ha")))
    (entry,) = snapshots.entries(tmp_path)
    found = snapshots.load(path)
    held = Held(Week.of(entry.as_of), entry.digest, entry.as_of, found.taken, f"{path.parent.name}/{path.name}")
    url = postgres.cleared()
    with open_index(url) as index:
        index.keep(tmp_path, held, rows(found, "postgresql", path))
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT week FROM lsinfra.origin").fetchall() == [("2024-W35",)]
        assert connection.execute("SELECT count(*) FROM lsinfra.part WHERE section = ''").fetchone() == (1,)


def test_older_weeks_are_named_or_it_is_said_why_not(postgres: Server, team: Team, tmp_path: Path) -> None:
    """A right that is missing is no file that is missing."""
    url = postgres.cleared()
    database = url.rpartition("/")[2]
    postgres.run(migrations.roles(), database)
    keep(tmp_path, snapshot("2024-08-31", land("1/9 ha")))
    with open_index(address(postgres, database, "truong")) as index:
        index.bring_up(tmp_path)
    postgres.run("DELETE FROM lsinfra.origin", database)
    postgres.run("REVOKE INSERT ON lsinfra.origin FROM lsinfra_writer", database)
    with open_index(address(postgres, database, "lan")) as index, pytest.raises(IndexFault) as caught:
        index.bring_up(tmp_path)
    assert "lsinfra_writer" in caught.value.write("en")


def test_a_question_cannot_write(team: Team) -> None:
    opened = open_index(team.url("lan"), make=False)
    with opened as index, pytest.raises(IndexFault) as caught, index.link.reading() as connection:
        connection.exec_driver_sql("DELETE FROM lsinfra.part")
    assert "read-only" in caught.value.write("en")


# --- what another program reads --------------------------------------------------------------------------------------


def test_every_figure_is_there_with_its_type(team: Team, real: Portfolio) -> None:
    """Against the progress itself: value, total, share, dates, source of every figure of every week."""
    found = {
        (row["valid_from"], row["project"], row["section"], row["stage"], row["measure"]): row
        for row in team.ask("SELECT *, current_date AS today FROM lsinfra.progress_by_week")
    }
    expected = {
        (day, row.project, row.section, row.stage.value, row.measure.value): row
        for day in DAYS
        for row in progress.measure(real, day).clearance
    }
    assert found.keys() == expected.keys()
    for key, row in found.items():
        rate, dating = expected[key].rate, expected[key].dating
        assert (row["value"], row["total"], row["stated_percent"]) == (rate.value, rate.total, rate.stated_percent)
        assert (row["total_kind"], row["about"], row["stale"]) == (rate.kind.value, rate.about, dating.stale)
        assert (row["total_low"], row["total_high"]) == bounds(rate.low, rate.high, 1000)
        assert row["stated_check"] == rate.check.value
        assert row["text"] == words(expected[key])
        assert row["age_today_days"] == (row["today"] - dating.observed.last_day).days
        assert (row["observed"], row["observed_last_day"]) == (dating.observed.iso, dating.observed.last_day)
        assert row["source"] == dating.source
        assert close(row["share"], rate.share)
    paid = {
        (row["valid_from"], row["plan_year"], row["base"], row["funding"]): row
        for row in team.ask("SELECT * FROM lsinfra.disbursement_by_week")
    }
    lines = {
        (day, line.plan_year, line.base.value, line.funding and line.funding.value): line
        for day in DAYS
        for line in progress.measure(real, day).disbursement
    }
    assert paid.keys() == lines.keys()
    assert {line.dating.stale for line in lines.values()} == {True, False}
    for money_key, row in paid.items():
        rate, dating = lines[money_key].rate, lines[money_key].dating
        assert (row["value_vnd"], row["plan_vnd"], row["plan_kind"]) == (rate.value, rate.total, rate.kind.value)
        assert (row["plan_low_vnd"], row["plan_high_vnd"]) == bounds(rate.low, rate.high, 1)
        assert (row["stated_percent"], row["stated_check"]) == (rate.stated_percent, rate.check.value)
        assert (row["observed"], row["observed_last_day"]) == (dating.observed.iso, dating.observed.last_day)
        assert (row["closes"], row["stale"], row["source"]) == (lines[money_key].closes, dating.stale, dating.source)
        assert close(row["share"], rate.share)
    latest = team.ask("SELECT DISTINCT week, valid_to FROM lsinfra.progress_latest")
    assert latest == [{"week": "2025-W44", "valid_to": None}]
    assert [row["valid_to"] for row in team.ask("SELECT * FROM lsinfra.weeks ORDER BY week")] == [*DAYS[1:], None]


def bounds(low: Fraction | None, high: Fraction | None, steps: int) -> tuple[Decimal | None, Decimal | None]:
    """Of an implied total, rounded outwards."""
    return (
        None if low is None else Decimal(math.floor(low * steps)) / steps,
        None if high is None else Decimal(math.ceil(high * steps)) / steps,
    )


def words(row: progress.ClearanceRow) -> str:
    """As the records spell it, but for the dots between thousands."""
    return figure_text(row.rate, row.measure).replace(".", "")


def close(share: Decimal | None, exact: Fraction | None) -> bool:
    """Cut off after 12 decimals."""
    if share is None or exact is None:
        return share is None and exact is None
    return 0 <= exact - Fraction(share) < Fraction(1, 10**12)


def test_no_figure_stands_with_the_date_or_source_of_another(team: Team, real: Portfolio) -> None:
    """Every column of the wide views, of every week, against the progress itself."""
    names = {measure: name for measure, (_, name) in LAND.items()}
    parts = team.ask("SELECT *, current_date AS today FROM lsinfra.parts_by_week")
    amounts = [name for name in parts[0] if f"{name}_observed" in parts[0] and name not in {one.value for one in Stage}]
    assert len(amounts) == 4 + 4 * 2
    for day in DAYS:
        found = {(row["project"], row["section"]): row for row in parts if row["valid_from"] == day}
        told: dict[tuple[str, str | None], dict[str, progress.ClearanceRow]] = {key: {} for key in found}
        for one in progress.measure(real, day).clearance:
            told[one.project, one.section][f"{one.stage}_{names[one.measure]}"] = one
        for key, row in found.items():
            for amount in amounts:
                stage, _, measure = amount.rpartition("_")
                got = [row[f"{stage}_{total}_{measure}"] for total in ("total", "total_low", "total_high")]
                got += [row[f"{amount}{own}"] for own in ("", *OWN)]
                one_told = told[key].get(amount)
                if one_told is None:
                    assert got == [None] * len(got)
                    continue
                rate, dating = one_told.rate, one_told.dating
                own = [words(one_told), dating.observed.iso, dating.stale, dating.source]
                assert got == [rate.total, *bounds(rate.low, rate.high, 1000), rate.value, *own]
            for stage in Stage:
                standing = next(
                    iter(
                        sorted(
                            (one for one in told[key].values() if one.stage is stage),
                            key=lambda one: (one.rate.share is None, list(LAND).index(one.measure)),
                        )
                    ),
                    None,
                )
                got = [row[f"{stage.value}_{name}"] for name in STANDING]
                if standing is None:
                    assert got == [None] * len(got)
                    continue
                rate, dating = standing.rate, standing.dating
                assert got == [
                    *(standing.measure.value, rate.kind.value, rate.check.value, words(standing)),
                    *(dating.observed.iso, dating.observed.last_day, dating.stale, dating.source),
                ]
                assert close(row[f"{stage.value}_share"], rate.share)
                if stage is Stage.HANDED_OVER:
                    assert row["handed_over_age_today_days"] == (row["today"] - dating.observed.last_day).days
    (both,) = team.ask("SELECT * FROM lsinfra.projects_latest WHERE project = 'huu-nghi-chi-lang'")
    assert (both["handed_over_observed"], both["handed_over_stated_check"]) == ("2025-07-28", "conflict")
    assert (both["handed_over_km"], both["handed_over_km_observed"]) == (Decimal("39.9"), "2024-10")
    assert both["handed_over_km_source"] == "self-report-2024"


OWN = ("_text", "_observed", "_stale", "_source")
STANDING = ("measure", "total_kind", "stated_check", "text", "observed", "observed_last_day", "stale", "source")


def test_odd_figures_are_read_as_they_were_printed(postgres: Server, tmp_path: Path) -> None:
    """Percentages alone, by their place; "about"; sources that look like the text they are kept in; almost all."""
    almost = land("1/3 km", stage=Stage.CLEAR)
    figures = (
        told(land("khoảng 37,07 ha, đạt 75,12%", "2024-02", "a"), '","about":[1],"percent":{"1":"99"}'),
        told(land("3 thửa", section="a"), "khác"),
        told(land("2 hộ", section="a"), "khác \\u0041", stale=True),
        told(land("2 ha, đạt 50%", stage=Stage.CLEAR, section="a"), "khác"),
        replace(almost, rate=replace(almost.rate, value=Decimal("1e15") - 1, total=Decimal("1e15"))),
        money("khoảng 5 tỷ đồng, đạt 38,0%", "2024-02", Funding.ODA),
        money("3 tỷ đồng", "2024-02", Funding.CENTRAL_BUDGET),
    )
    keep(tmp_path / "snapshots", snapshot("2024-08-31", *figures, title=HOSTILE))
    url = postgres.cleared()
    with open_index(url) as index:
        assert index.bring_up(tmp_path / "snapshots").passed_over == ()
    with psycopg.connect(url, row_factory=dict_row) as connection:
        rows = connection.execute("SELECT * FROM lsinfra.progress_latest").fetchall()
        wide = connection.execute("SELECT * FROM lsinfra.parts_by_week WHERE section = 'a'").fetchone()
        kinds = {row["plan_kind"]: row for row in connection.execute("SELECT * FROM lsinfra.disbursement_latest")}
    said = {
        (row["stage"], row["measure"]): (row["stated_percent"], row["about"], row["stale"], row["source"])
        for row in rows
    }
    assert said == {
        ("handed_over", "area"): (Decimal("75.12"), True, False, figures[0].dating.source),
        ("handed_over", "parcels"): (None, False, False, "khác"),
        ("handed_over", "households"): (None, False, True, "khác \\u0041"),
        ("clear", "area"): (Decimal(50), False, False, "khác"),
        ("clear", "length"): (None, False, False, "báo-cáo"),
    }
    shares = {row["measure"]: row["share"] for row in rows if row["stage"] == "clear"}
    assert shares == {"area": Decimal("0.5"), "length": Decimal("0.999999999999")}
    assert {row["project_title_vi"] for row in rows} == {HOSTILE}
    assert wide is not None
    assert kinds.keys() == {"implied", "none"}
    paid, implied = kinds["implied"], figures[-2].rate
    assert (paid["plan_low_vnd"], paid["plan_high_vnd"]) == bounds(implied.low, implied.high, 1)
    assert (wide["handed_over_ha"], wide["handed_over_total_ha"]) == (Decimal("37.07"), None)
    assert (wide["handed_over_share"], wide["handed_over_measure"]) == (Decimal("0.7512"), "area")
    assert (wide["handed_over_observed"], wide["handed_over_observed_last_day"]) == ("2024-02", date(2024, 2, 29))
    assert (paid["plan_kind"], paid["about"], paid["observed_last_day"]) == ("implied", True, date(2024, 2, 29))


def test_every_section_has_its_line_and_the_unknown_is_unknown(team: Team, real: Portfolio) -> None:
    rows = team.ask("SELECT *, public.ST_AsBinary(geometry) AS line FROM lsinfra.sections_latest")
    frame = frames.sections(real, progress.measure(real, DAYS[-1])).to_dict("records")
    frame_of_projects = frames.projects(real, progress.measure(real, DAYS[-1]))
    expected = {(row["project"], known(row["section"])): row for row in frame}
    assert {(row["project"], row["section"]) for row in rows} == expected.keys()
    assert any(row["handed_over_measure"] is None for row in rows)
    for row in rows:
        wanted = expected[row["project"], row["section"]]
        for stage in Stage:
            for name in ("measure", "total_kind", "stated_check", "observed", "source"):
                assert row[f"{stage.value}_{name}"] == known(wanted[f"{stage.value}_{name}"])
            for name in ("ha", "total_ha", "households", "share"):
                value, float_ = row[f"{stage.value}_{name}"], known(wanted[f"{stage.value}_{name}"])
                assert float_ == (None if value is None else pytest.approx(float(value), abs=1e-12))
        for name in ("accuracy", "uncertainty_m", "unit", "in_scope", "extent", "placed"):
            assert row[name] == known(wanted[name])
        assert shapely.equals_exact(shapely.from_wkb(bytes(row["line"])), wanted["geometry"])
        assert row["geometry_basis"] == "same"
    (whole,) = team.ask("SELECT * FROM lsinfra.projects_latest WHERE project = 'huu-nghi-chi-lang'")
    assert (whole["handed_over_ha"], whole["handed_over_total_ha"]) == (Decimal(596), Decimal(618))
    # A project that is drawn has its line, be it that nothing was published of the whole.
    drawn = {row["project"] for row in team.ask("SELECT * FROM lsinfra.projects_latest WHERE geometry IS NOT NULL")}
    assert drawn == set(frame_of_projects["project"][frame_of_projects.geometry.notna()]) > {"ql4b"}
    routes = team.ask("SELECT route FROM lsinfra.route")
    assert {row["route"] for row in routes} == real.routes.alignments.keys()


def known(value: Any) -> Any:
    """None for every nothing of a frame."""
    return None if pd.isna(value) else value


def test_a_line_is_never_passed_off_as_that_of_another_time(
    postgres: Server, gis: str, real: Portfolio, tmp_path: Path
) -> None:
    """Against the hashes that each snapshot keeps of the files it was made from."""
    now = taken(real, DAYS[0])
    records, *drawn = now.inputs
    other = replace(drawn[0], sha256="0" * 64)
    cases = {
        "same": now.inputs,
        "other_records": (replace(records, sha256="0" * 64), *drawn),
        "other_geodata": (records, other, *drawn[1:]),
        "other_geodata, one gone": (records, *drawn[1:]),
        "unknown": (),
    }
    weeks = {}
    for number, (case, inputs) in enumerate(cases.items()):
        as_of = DAYS[0] + timedelta(weeks=number)
        one = replace(now, inputs=inputs, progress=replace(now.progress, as_of=as_of))
        weeks[as_of] = case.partition(",")[0]
        snapshots.take(tmp_path / "snapshots", replace(one, taken=datetime(2025, 4, 1 + number, tzinfo=UTC)))
    url = postgres.cleared(gis)
    question = "SELECT DISTINCT valid_from, geometry_basis FROM lsinfra.sections_by_week WHERE geometry IS NOT NULL"
    of_projects = question.replace("sections_by_week", "projects_by_week")
    with open_index(url) as index, psycopg.connect(url, autocommit=True) as connection:
        index.bring_up(tmp_path / "snapshots")
        assert connection.execute(question).fetchall() == []  # no line yet: no word on it
        first = spatial.draw(index, ROOT, now.inputs, real, now.progress)
        for asked in (question, of_projects):
            assert sorted(connection.execute(asked.encode()).fetchall()) == sorted(weeks.items())
        assert (first.new, spatial.draw(index, ROOT, now.inputs, real, now.progress).new) == (True, False)
        # Nobody knows whether what was loaded is the file before or after.
        with pytest.raises(IndexFault) as caught:
            spatial.draw(index, ROOT, cases["other_records"], real, now.progress)
        assert caught.value.key == "changed"
        # Anybody's text is text.
        lines = {
            name: replace(line, title={"vi": HOSTILE, "en": HOSTILE}) for name, line in real.routes.alignments.items()
        }
        connection.execute("UPDATE lsinfra.geodata SET program = 'another'")
        spatial.draw(
            index, ROOT, now.inputs, replace(real, routes=replace(real.routes, alignments=lines)), now.progress
        )
        titles = connection.execute("SELECT DISTINCT title_vi, title_en FROM lsinfra.route").fetchall()
        assert titles == [(HOSTILE, HOSTILE)]
        # A section that is drawn no longer goes; its figures stay.
        bare = replace(real, routes=replace(real.routes, alignments={}))
        connection.execute("UPDATE lsinfra.geodata SET program = 'another'")
        assert spatial.draw(index, ROOT, now.inputs, bare, now.progress).sections == 0
        assert connection.execute(question).fetchall() == []
        (left,) = connection.execute("SELECT count(*) FROM lsinfra.sections_latest").fetchone() or ()
        assert left == sum(max(len(project.sections), 1) for project in real.records.projects)


def test_gdal_lists_and_reads_the_views(team: Team, tmp_path: Path) -> None:
    """Debian's own tools, as the reader: geometry types, EPSG:4326, types of columns, a value, comments."""
    source = "PG:service=lsinfra schemas=lsinfra"
    assert all(f'ogrinfo -ro -so "{source}" sections_latest' in page(lang) for lang in LANGS)
    environment = {
        "PATH": "/usr/bin:/bin",
        "PGPASSWORD": SECRET,
        "PGSERVICEFILE": str(service(team, "khach", tmp_path)),
    }

    def gdal(*command: str) -> str:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout

    told_of = gdal("ogrinfo", "-ro", "-so", "-al", source)
    each = re.findall(r"^Layer name: (\w+)$(.*?)(?=^Layer name|\Z)", told_of, re.MULTILINE | re.DOTALL)
    layers: dict[str, str] = dict(each)
    for name in ("sections_by_week", "sections_latest", "projects_by_week", "projects_latest", "section"):
        assert "Geometry: Multi Line String" in layers[name]
        assert 'ID["EPSG",4326]]' in layers[name]
    assert "Geometry: Line String" in layers["route"]
    assert "DESCRIPTION=Các tuyến" in layers["route"]
    for column, kind in (("valid_to", "Date"), ("handed_over_ha", "Real"), ("in_scope", "Integer(Boolean)")):
        assert f"{column}: {kind}" in layers["sections_by_week"]
    where = "project = 'huu-nghi-chi-lang'"
    query = ("-f", "GeoJSON", "/vsistdout/", source, "lsinfra.projects_latest", "-where", where)
    (feature,) = json.loads(gdal("ogr2ogr", *query))["features"]
    assert feature["properties"]["handed_over_ha"] == 596
    assert feature["properties"]["handed_over_observed"] == "2025-07-28"
    assert feature["geometry"]["type"] == "MultiLineString"
    assert 106 < feature["geometry"]["coordinates"][0][0][0] < 108  # longitude first


@pytest.mark.parametrize("view", ["sections_by_week", "projects_by_week"])
def test_no_question_is_compiled_for_seconds(team: Team, view: str) -> None:
    """A server that expects a dear question compiles it: of these views for ten seconds, to answer in ten ms."""
    (row,) = team.ask(f"EXPLAIN (FORMAT JSON) SELECT * FROM lsinfra.{view}")
    (limit,) = team.ask("SELECT setting::float FROM pg_settings WHERE name = 'jit_above_cost'")
    assert row["QUERY PLAN"][0]["Plan"]["Total Cost"] < limit["setting"]
    with open_index(team.url("khach")) as index, index.link.reading() as connection:
        assert connection.exec_driver_sql("SHOW jit").scalar_one() == "off"


def service(team: Team, user: str, folder: Path) -> Path:
    """A file of services with one, ``lsinfra``."""
    path = folder / "services"
    lines = f"host=127.0.0.1\nport={team.server.port}\ndbname={team.database}\nuser={user}\n"
    path.write_text(f"[lsinfra]\n{lines}", encoding="utf-8")
    return path


def test_every_table_view_and_column_says_what_it_is(team: Team) -> None:
    rows = team.ask(
        "SELECT c.relname, a.attname, obj_description(c.oid) AS whole, col_description(c.oid, a.attnum) AS words,"
        " format_type(a.atttypid, NULL) AS kind FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relnamespace = 'lsinfra'::regnamespace AND c.relkind IN ('r', 'v')"
    )
    assert {row["relname"] for row in rows} > {"progress", "route", "sections_by_week", "weeks"}
    for row in rows:
        assert len(row["whole"].splitlines()) == len(LANGS), row
        assert len(row["words"].splitlines()) == len(LANGS), row
    for lang in LANGS:
        listed = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", page(lang).split("## 6")[1], re.MULTILINE)
        named = {name for names in listed for name in re.findall(r"\w+", names)}
        assert named - {row["attname"] for row in rows} <= {row["relname"] for row in rows}
    # What the program keeps on a server and in a file has the same columns.
    columns: dict[str, list[str]] = {}
    for row in rows:
        columns.setdefault(row["relname"], []).append(row["attname"])
    for table in (*METADATA.tables.values(), PART, ORIGIN):
        assert sorted(columns[table.name]) == sorted(table.columns.keys())


def test_a_hostile_function_of_somebody_else_is_not_called(postgres: Server, gis: str) -> None:
    """It would fit better than the system's, where the search went through a schema that everybody may write."""
    url = postgres.cleared(gis)
    database = url.rpartition("/")[2]
    trap = "(integer) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE 'caught'; END $$"
    postgres.run(f"CREATE FUNCTION public.pg_advisory_xact_lock{trap}", database)
    with open_index(url) as index, index.link.writing() as connection:
        (path,) = connection.exec_driver_sql("SHOW search_path").one()
    postgres.run("DROP FUNCTION public.pg_advisory_xact_lock(integer)", database)
    assert path == "pg_catalog"


# --- tables go forward -----------------------------------------------------------------------------------------------


def before(url: str, folder: Path) -> None:
    """A database as the last lsinfra without migrations left it: its tables in ``lsinfra_2``, filled, and no others."""
    with open_index(url) as index:
        index.bring_up(folder)
    tables = [f"ALTER TABLE lsinfra.{name} SET SCHEMA lsinfra_2" for name in METADATA.tables]
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in ("CREATE SCHEMA lsinfra_2", "DROP TABLE lsinfra.part, lsinfra.origin CASCADE"):
            connection.execute(statement)
        views = connection.execute("SELECT viewname FROM pg_views WHERE schemaname = 'lsinfra'").fetchall()
        for (view,) in views:
            connection.execute(sql.SQL("DROP VIEW IF EXISTS lsinfra.{} CASCADE").format(sql.Identifier(view)))
        for statement in (*tables, "DROP SCHEMA lsinfra CASCADE"):
            connection.execute(statement.encode())


@pytest.mark.parametrize("with_roles", [False, True])
def test_an_older_database_goes_forward_without_loss(postgres: Server, team: Team, with_roles: bool) -> None:
    url = postgres.cleared()
    before(url, team.folder)
    database = url.rpartition("/")[2]
    if with_roles:
        postgres.run(migrations.roles(), database)
        url = address(postgres, database, "truong")
    with open_index(url) as index:
        assert len(index.history("ql4b").weeks) == len(DAYS)
        with psycopg.connect(url, autocommit=True) as connection:

            def ask(question: str) -> int:
                (found,) = connection.execute(question.encode()).fetchone() or ()
                return int(found)

            assert ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'lsinfra_2'") == 0
            figures = ask("SELECT count(*) FROM lsinfra.progress_by_week")
            # Of weeks that an older lsinfra wrote the parts are not known until the files are seen again.
            assert ask("SELECT count(*) FROM lsinfra.part") == 0
            assert index.bring_up(team.folder).written == ()
            assert ask("SELECT count(*) FROM lsinfra.part") > 0
            assert ask("SELECT count(records_sha256) FROM lsinfra.weeks") == len(DAYS)
            assert ask("SELECT count(*) FROM lsinfra.progress_by_week") == figures > 0


def test_it_is_made_again_from_the_files(postgres: Server, team: Team, gis: str) -> None:
    """As the page says: dropped, the roles once more, one indexing."""
    database = postgres.cleared(gis).rpartition("/")[2]
    held = []
    for _ in range(2):
        postgres.run("DROP SCHEMA IF EXISTS lsinfra CASCADE", database)
        postgres.run(migrations.roles(), database)
        with open_index(address(postgres, database, "truong")) as index:
            assert len(index.bring_up(team.folder).written) == len(DAYS)
        with psycopg.connect(address(postgres, database, "khach")) as connection:
            held.append(connection.execute("SELECT * FROM lsinfra.sections_by_week ORDER BY id").fetchall())
    assert held[0] == held[1] != []


def test_a_newer_database_is_refused_and_left_as_it_is(postgres: Server) -> None:
    url = postgres.cleared()
    open_index(url).close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO lsinfra.migration VALUES (999, 'later', '99.0')")
        with pytest.raises(IndexFault) as caught:
            open_index(url)
        assert caught.value.key == "newer"
        assert all("999" in caught.value.write(lang) for lang in LANGS)
        assert connection.execute("SELECT max(number) FROM lsinfra.migration").fetchone() == (999,)


def test_two_at_once_make_the_tables_once(postgres: Server, gis: str) -> None:
    url = postgres.cleared(gis)
    done: list[int] = []
    gate = threading.Barrier(4)

    def run() -> None:
        gate.wait()
        with open_index(url) as index:
            done.append(len(index.weeks()))

    threads = [threading.Thread(target=run) for _ in range(gate.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [0] * gate.parties
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT number, name FROM lsinfra.migration ORDER BY number").fetchall()
    assert found == [(one.number, one.name) for one in migrations.migrations()]
    assert [one.number for one in migrations.migrations()] == list(range(len(found)))


def test_only_the_owner_makes_tables(postgres: Server, team: Team, gis: str) -> None:
    """A writer is told whom to ask; where only the lines are missing, his figures go in."""
    database = postgres.fresh().rpartition("/")[2]
    postgres.run(migrations.roles(), database)
    lan, truong = (address(postgres, database, user) for user in ("lan", "truong"))
    with pytest.raises(IndexFault) as caught:
        open_index(lan)
    assert caught.value.key == "not_owner"
    assert all("lsinfra_owner" in caught.value.write(lang) for lang in LANGS)
    with open_index(truong) as index:
        assert index.link.state is not None
        assert (index.link.state.postgis, index.link.state.spatial) == (None, False)
    postgres.run("CREATE EXTENSION postgis", database)
    with open_index(truong, make=False) as index:  # a question makes none
        assert index.weeks() == ()
    with open_index(lan) as index:
        assert index.link.state is not None
        assert (index.link.state.postgis, index.link.state.spatial) == ("public", False)
        assert len(index.bring_up(team.folder).written) == len(DAYS)
    for user in (truong, lan):
        with open_index(user) as index:
            assert index.link.state is not None
            assert index.link.state.spatial is True


def test_the_command_says_what_is_missing_and_what_is_there(postgres: Server, team: Team, root: Path) -> None:
    url = postgres.fresh()
    shutil.copytree(team.folder, root / "snapshots")

    def run(*arguments: str) -> tuple[list[str], str]:
        done = CliRunner().invoke(app, ["--root", str(root), "--lang", "en", "snapshot", *arguments])
        assert done.exit_code == 0, done.output
        return done.stdout.splitlines(), done.stderr

    (figures, missing), warning = run("index", "--index", url)
    assert "written: 3" in figures
    assert "CREATE EXTENSION postgis" in missing
    assert "PGPASSWORD" in warning
    postgres.run("CREATE EXTENSION postgis", url.rpartition("/")[2])
    for said in ("Lines as they are today: routes: 6", "Lines unchanged: routes: 6"):
        (_, lines), _ = run("index", "--index", url)
        assert lines.startswith(said)
    assert run("index") == ([ANY], "")  # a file has neither lines nor a password
    assert run("roles")[0] == migrations.roles().splitlines()


# --- secrets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://lan:Mat@Khau99@127.0.0.1:1/db",
        "postgresql://lan:Mat@Khau99/x@127.0.0.1:1/db",
        "postgresql://lan:Mat@Khau99?x@127.0.0.1:1/db",
        "postgresql://l/an:Khau99@127.0.0.1:1/db",
        "postgresql:/lan:Khau99@127.0.0.1:1/db",
        "postgres:lan:Khau99@127.0.0.1/db",
        "lan:Khau99@127.0.0.1/db",
        "sqlite:///lan:Khau99@127.0.0.1/db",
        "POSTGRESQL://lan:Khau99@127.0.0.1:1/db",
        "postgresql://lan@127.0.0.1:1/db?password=Khau99",
        "postgresql://lan@127.0.0.1:1/db?sslpassword=Khau99",
    ],
)
def test_no_part_of_a_password_is_shown_however_it_is_written(url: str) -> None:
    with pytest.raises(IndexFault) as caught:
        open_index(url)
    fault = caught.value
    seen = [repr(fault), str(fault.__dict__), *traceback.format_exception(fault), *map(fault.write, LANGS)]
    assert not any("Khau99" in one for one in seen)


@pytest.mark.parametrize("option", ["password", "sslpassword"])
def test_a_server_that_repeats_a_password_is_not_repeated(option: str) -> None:
    """Whether it spells it out, as an address does, or as a form does."""
    secret = "Bí mật+của/đội"
    link = opening.Link(
        create_engine("postgresql+psycopg://"),
        "x",
        opening._secrets(make_url(f"postgresql://lan@h/db?{option}={quote_plus(secret)}")),
    )
    for spelling in (secret, quote(secret), quote_plus(secret)):
        fault = link._fault(DBAPIError("", None, ValueError(f"odd: {spelling}!")))
        assert all("odd: ***!" in fault.write(lang) for lang in LANGS)


def test_a_link_shows_nothing_of_its_address(team: Team) -> None:
    url = f"{team.url('lan', 'x').replace(':x@', '@')}?password={quote(SECRET, safe='')}"
    with open_index(url) as index:
        shown = repr(index) + repr(index.link) + str(index)
    assert "password" not in shown
    assert "Engine" not in shown


def test_a_wrong_password_is_one_sentence_and_stays_secret(
    team: Team,
    lsinfra: Callable[..., Run],
    root: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not in what is said with -v, nor in exceptions, their traces, the log, a repr, or any file."""
    wrong = "Sai-mật/khẩu@đội"
    parts = ("Sai-m", "khẩu@", "kh%E1%BA%A9u")
    caplog.set_level(logging.DEBUG)
    with pytest.raises(IndexFault) as caught:
        open_index(team.url("lan", wrong))
    trace = "".join(traceback.format_exception(caught.value))
    seen = [trace, repr(caught.value), str(caught.value.__dict__), *(caught.value.write(lang) for lang in LANGS)]
    with open_index(team.url("lan")) as index:
        right = [repr(index), repr(index.link), str(index), *map(str, vars(index.link.engine.pool).values())]
        with pytest.raises(IndexFault) as refused, index.link.writing() as connection:
            connection.exec_driver_sql("DROP TABLE lsinfra.week")
        right += ["".join(traceback.format_exception(refused.value)), *(refused.value.write(lang) for lang in LANGS)]
    plain = f"postgresql://lan@127.0.0.1:{team.server.port}/{team.database}"
    done = lsinfra("-v", "snapshot", "index", "--index", plain, cwd=root, env={"PGPASSWORD": wrong})
    assert (done.code, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "mật khẩu" in done.stderr
    files = [path.read_text(errors="replace") for path in root.rglob("*") if path.is_file()]
    for text in (*seen, *right, done.stderr, caplog.text, *files):
        assert not any(part in text for part in (*parts, "Bí-m", "của:đ", "B%C3%AD"))
    # Where it is not in the address: a file of passwords, a file of services.
    pgpass = root / "pgpass"
    pgpass.write_text(f"127.0.0.1:*:*:lan:{SECRET.replace(':', chr(92) + ':')}\n", encoding="utf-8")
    pgpass.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(pgpass))
    monkeypatch.setenv("PGSERVICEFILE", str(service(team, "lan", root)))
    for url in (plain, "postgresql:///?service=lsinfra"):
        with open_index(url) as index:
            assert len(index.weeks()) == len(DAYS)
