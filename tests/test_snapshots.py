"""Snapshots: what is written is what is read, what is damaged is said, what was known stays known."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsinfra import checks, portfolio, snapshots
from lsinfra.codes import Base, Funding, Party, Stage, TotalKind
from lsinfra.errors import LsinfraError, RunError
from lsinfra.portfolio import Portfolio
from lsinfra.progress import Progress, measure
from lsinfra.quantities import Chainage, Figure, Measure, PartialDate, StatedCheck, Unit, read_figure
from lsinfra.records import Stretch, Title
from lsinfra.render import snapshot_tables
from lsinfra.render.rows import as_csv
from lsinfra.snapshots import Snapshot, StoreError, Unsound, load, make, recall, take, verify, written
from tests.conftest import ROOT
from tests.test_progress import LAND, MONEY, NOWHERE, money
from tests.test_progress import written as written_records

SAMPLE = ROOT / "tests" / "sample"
KEPT = ROOT / "tests" / "snapshots"
GOLDEN = KEPT / "2024-W26" / "2024-06-30-1423df7179803b34.json"
OLD = KEPT / "progress-1.json"

VIETNAM = timezone(timedelta(hours=7))
JULY = datetime(2024, 7, 1, 8, 30, tzinfo=VIETNAM)
JUNE_30 = date(2024, 6, 30)


@pytest.fixture(scope="module")
def golden() -> Snapshot:
    return load(GOLDEN)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


def made(root: Path, day: date, taken: datetime = JULY) -> Snapshot:
    whole = portfolio.load(root)
    progress = measure(whole, day)
    return make(root, whole, progress, checks.check(whole, progress, taken.date()), taken)


def at(snapshot: Snapshot, day: date) -> Snapshot:
    return replace(snapshot, progress=replace(snapshot.progress, as_of=day))


def known(snapshot: Snapshot, taken: datetime, saying: str = "") -> Snapshot:
    """The same, known at another time; ``saying`` makes it differ in what it says."""
    findings = [replace(one, vi=one.vi + saying) for one in snapshot.findings]
    return replace(snapshot, taken=taken, findings=tuple(findings))


def refused(error: type[LsinfraError], call: Callable[..., object], *arguments: object) -> tuple[str, str]:
    """What is said in Vietnamese and in English."""
    with pytest.raises(error) as caught:
        call(*arguments)
    assert type(caught.value) is error
    return caught.value.write("vi"), caught.value.write("en")


# --- the format ----------------------------------------------------------------------------------------------------

# Whoever changes a key here changes the schema: a new number, and a reader for files of the old one.
RATE = "value total low high kind share stated_percent check about"
DATING = "observed age_days stale source where note"
SHAPE = {
    "": "schema as_of taken version inputs projects progress findings besides previous",
    "inputs": "path sha256 bytes",
    "projects": "id title sections",
    "projects.title": "vi en",
    "projects.sections": "id unit in_scope",
    "findings": "code severity where project section vi en about",
    "progress": "clearance sums disbursement changes investment indicators",
    "progress.clearance": "project section unit stage measure rate dating stretches",
    "progress.clearance.rate": RATE,
    "progress.clearance.dating": DATING,
    "progress.clearance.stretches": "route from to",
    "progress.sums": "project stage measure reported sections first last rate",
    "progress.sums.rate": RATE,
    "progress.disbursement": "project plan_year base funding rate dating closes",
    "progress.disbursement.rate": RATE,
    "progress.disbursement.dating": DATING,
    "progress.changes": "before after value share work scope",
    "progress.changes.before": "project section unit stage measure rate dating stretches",
    "progress.changes.before.rate": RATE,
    "progress.changes.before.dating": DATING,
    "progress.changes.after": "project section unit stage measure rate dating stretches",
    "progress.changes.after.rate": RATE,
    "progress.changes.after.dating": DATING,
    "progress.changes.after.stretches": "route from to",
    "progress.investment": "project party figure rate source where note",
    "progress.investment.rate": RATE,
    "progress.indicators": "indicator title year observed estimate value target target_by reached source where",
    "progress.indicators.title": "vi en",
    "besides": "stale_after_days indicators clearance disbursement readings after_september",
    "besides.clearance": "project section unit stage measure rate dating stretches",
    "besides.clearance.rate": RATE,
    "besides.clearance.dating": DATING,
}


def shape(value: Any, place: str = "") -> dict[str, str]:
    """The keys of every table of a file, by where it stands."""
    found: dict[str, str] = {}
    if isinstance(value, dict):
        found[place] = " ".join(value)
        for key, inner in value.items():
            found |= shape(inner, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        for inner in value:
            found |= shape(inner, place)
    return found


def test_the_keys_of_the_format_are_these(golden: Snapshot) -> None:
    assert shape(json.loads(written(golden))) == SHAPE


def test_a_kept_file_says_what_it_said() -> None:
    snapshot = load(GOLDEN)
    assert (snapshot.as_of, snapshot.taken, snapshot.version) == (JUNE_30, JULY, "0.1.0")
    assert [(one.path, one.size) for one in snapshot.inputs] == [
        ("projects.yaml", 3768),
        ("geodata/places.geojson", 491),
        ("geodata/routes.geojson", 765),
    ]
    road, lake = snapshot.projects
    assert (road.title.en, lake.title.en) == ("National road 99", None)
    assert road.sections == (("song-tren", "Sông Trên", True), ("song-duoi", "Sông Dưới", True))
    rows = {(row.section, row.stage, row.measure): row for row in snapshot.progress.clearance}
    upper = rows["song-tren", Stage.HANDED_OVER, Measure.AREA]
    assert (upper.rate.value, upper.rate.total, upper.rate.share) == (Decimal(20), Decimal(40), Fraction(1, 2))
    assert (upper.rate.stated_percent, upper.rate.check) == (Decimal(50), StatedCheck.EXACT)
    lower = rows["song-duoi", Stage.HANDED_OVER, Measure.AREA]
    assert [(one.route, one.from_, one.to) for one in lower.stretches] == [
        ("quoc-lo-99", Chainage(Decimal(12000)), Chainage(Decimal(14500)))
    ]
    # 3 ha are 12 %: 3/0.125 = 24, 3/0.115 = 600/23.
    lakeside = rows["ho-trang", Stage.HANDED_OVER, Measure.AREA].rate
    assert (lakeside.kind, lakeside.low, lakeside.high) == (TotalKind.IMPLIED, Fraction(24), Fraction(600, 23))
    assert rows["song-tren", Stage.HANDED_OVER, Measure.HOUSEHOLDS].dating.observed == PartialDate(2024, 5, 31)
    (money, *_) = snapshot.progress.disbursement
    assert (money.base, money.funding, money.rate.value) == (Base.PROVINCE_ASSIGNED, None, Decimal(25 * 10**9))
    assert (money.dating.observed, money.closes) == (PartialDate(2024, 6), date(2025, 1, 31))
    investment = snapshot.progress.investment[1]
    assert (investment.party, investment.figure) == (Party.CENTRAL_BUDGET, read_figure("800 tỷ đồng"))
    assert snapshot.findings[0].message("en") == "No figure of land handed over for the whole project."
    assert snapshot.findings[0].message("vi") == "Chưa có số liệu bàn giao mặt bằng của toàn dự án."


def test_the_same_snapshot_is_the_same_bytes(golden: Snapshot) -> None:
    data = GOLDEN.read_bytes()
    assert written(golden) == data
    assert GOLDEN.name == f"2024-06-30-{hashlib.sha256(data).hexdigest()[:16]}.json"


@pytest.mark.parametrize(
    ("root", "days"),
    [(SAMPLE, ["2024-05-31", "2024-06-30"]), (ROOT, ["2024-08-15", "2024-10-31", "2025-03-26", "2025-10-31"])],
)
def test_real_progress_is_read_back_equal_and_unchanged(root: Path, days: list[str], folder: Path) -> None:
    whole = portfolio.load(root)
    for day in days:
        progress = measure(whole, date.fromisoformat(day))
        assert progress.clearance
        snapshot = make(root, whole, progress, checks.check(whole, progress, None), JULY)
        taken = take(folder, snapshot)
        assert load(taken.path) == taken.snapshot == replace(snapshot, previous=taken.snapshot.previous)
        kept = snapshot.progress
        assert [row.rate for row in kept.clearance] == [row.rate for row in progress.clearance]
        assert [row.rate for row in kept.disbursement] == [row.rate for row in progress.disbursement]
        assert [row.rate for row in kept.sums] == [row.rate for row in progress.sums]
        assert [(row.work, row.scope) for row in kept.changes] == [(row.work, row.scope) for row in progress.changes]
        assert [(row.figure, row.rate) for row in kept.investment] == [
            (row.figure, row.rate) for row in progress.investment
        ]
        assert [(row.value, row.target) for row in kept.indicators] == [
            (row.value, row.target) for row in progress.indicators
        ]
        for old, new in zip(progress.clearance, kept.clearance, strict=True):
            assert (old.dating.where, old.dating.note and old.dating.note.vi) == (
                new.dating.where,
                new.dating.note and new.dating.note.vi,
            )


def test_making_one_hashes_every_input_and_cuts_the_second(root: Path) -> None:
    taken = datetime(2024, 11, 1, 9, 0, 0, 987654, tzinfo=VIETNAM)
    snapshot = made(root, date(2024, 10, 31), taken)
    assert snapshot.taken == datetime(2024, 11, 1, 9, 0, 0, tzinfo=VIETNAM)
    names = ["projects.yaml", "geodata/border.geojson", "geodata/places.geojson", "geodata/routes.geojson"]
    assert [one.path for one in snapshot.inputs] == names
    for one in snapshot.inputs:
        data = (root / one.path).read_bytes()
        assert (one.sha256, one.size) == (hashlib.sha256(data).hexdigest(), len(data))


def test_a_time_that_other_machines_cannot_place_is_no_time(golden: Snapshot, folder: Path) -> None:
    with pytest.raises(ValueError, match="no offset"):
        made(SAMPLE, JUNE_30, datetime(2024, 7, 1, 8, 30))  # noqa: DTZ001
    with pytest.raises(ValueError, match="without its time"):
        take(folder, replace(golden, taken=None))


_WORDS = st.text(st.characters(codec="utf-8"), max_size=12)
_AMOUNTS = st.decimals(-(10**12), 10**12, places=3).map(lambda value: value or value.copy_abs())
_DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
_PLACES = st.decimals(0, 9999, places=2).map(lambda m: Chainage(m * 1000))
_SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: _WORDS,
    int: st.integers(-(10**6), 10**6),
    bool: st.booleans(),
    Decimal: _AMOUNTS | st.integers(0, 10**15).map(Decimal),
    Fraction: st.fractions(),
    date: _DAYS,
    datetime: st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()).map(  # noqa: DTZ001
        lambda moment: moment.replace(microsecond=0, tzinfo=timezone(moment.utcoffset() or timedelta()))
    ),
    PartialDate: st.one_of(
        _DAYS.map(lambda day: PartialDate(day.year, day.month, day.day)),
        _DAYS.map(lambda day: PartialDate(day.year, day.month)),
    ),
    Figure: st.builds(
        Figure,
        st.decimals(0, 10**9, places=3),
        st.sampled_from([Unit.HA, Unit.KM, Unit.BILLION]),
        st.none() | st.decimals(Decimal("0.001"), 10**9, places=3),
        st.none(),
        st.booleans(),
    ),
    Title: st.builds(Title, vi=_WORDS.filter(str.strip), en=st.none() | _WORDS.filter(str.strip)),
    Stretch: st.lists(_PLACES, min_size=2, max_size=2, unique=True).map(
        lambda ends: Stretch.model_validate(
            {"route": "r-1", "from": min(ends).write("vi"), "to": max(ends).write("vi")}
        )
    ),
}


def any_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value that a field of this type can hold, whether or not it makes sense beside the others."""
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if isinstance(hint, types.UnionType):
        return st.one_of([st.none() if part is types.NoneType else any_of(part) for part in get_args(hint)])
    if get_origin(hint) is tuple:
        return st.lists(any_of(get_args(hint)[0]), max_size=2).map(tuple)
    if issubclass(hint, StrEnum):
        return st.sampled_from(hint)
    hints = get_type_hints(hint)
    names = [one.name for one in fields(hint)] if is_dataclass(hint) else hint._fields
    return st.builds(hint, **{name: any_of(hints[name]) for name in names})


ANY_SNAPSHOT = (
    any_of(Snapshot)
    .filter(lambda snapshot: snapshot.taken is not None)
    .map(lambda snapshot: replace(snapshot, previous=None))
)


@given(ANY_SNAPSHOT)
@settings(max_examples=60)
def test_whatever_is_written_is_read_back_equal(tmp_path_factory: pytest.TempPathFactory, snapshot: Snapshot) -> None:
    folder = tmp_path_factory.mktemp("any") / "snapshots"
    taken = take(folder, snapshot)
    back = load(taken.path)
    assert back == snapshot
    assert written(back) == taken.path.read_bytes() == written(snapshot)
    assert verify(folder) == snapshots.Verified(1, ())


# --- files that cannot be used -------------------------------------------------------------------------------------


def kept(folder: Path, data: bytes, day: str = "2024-06-30") -> Path:
    """A file that is named by its content, whatever that is."""
    path = folder / f"{day}-{hashlib.sha256(data).hexdigest()[:16]}.json"
    path.write_bytes(data)
    return path


def changed(**keys: Any) -> bytes:
    return json.dumps(json.loads(GOLDEN.read_bytes()) | keys, ensure_ascii=False).encode("utf-8", "surrogatepass")


def with_row(key: str, **values: Any) -> bytes:
    """The golden file with other values in its first row of clearance."""
    table = json.loads(GOLDEN.read_bytes())
    row = table["progress"]["clearance"][0]
    (row if key == "row" else row[key]).update(values)
    return json.dumps(table, ensure_ascii=False).encode()


AS_WRITTEN_VI = "Hãy dùng đúng tệp mà lsinfra đã ghi."
AS_WRITTEN = "Use the file as lsinfra wrote it."
CHOOSE_VI = "Hãy chọn một tệp trong thư mục snapshots, hoặc tệp do lệnh lsinfra progress --format json ghi ra."
CHOOSE = "Choose a file from the snapshots folder, or one that lsinfra progress --format json has written."
RATE_AT = "progress.clearance[0].rate"


@pytest.mark.parametrize(
    ("data", "vi", "en"),
    [
        (b"{]}", f"Nội dung không phải JSON đọc được. {CHOOSE_VI}", f"The content is no readable JSON. {CHOOSE}"),
        (
            b"[" * 200_000 + b"}",
            f"Nội dung không phải JSON đọc được. {CHOOSE_VI}",
            f"The content is no readable JSON. {CHOOSE}",
        ),
        (
            b'{"schema": "lsinfra.snapshot/1", "schema": "lsinfra.snapshot/1"}',
            f"Nội dung không phải JSON đọc được. {CHOOSE_VI}",
            f"The content is no readable JSON. {CHOOSE}",
        ),
        (
            b"\xff}",
            f"Nội dung không phải JSON đọc được. {CHOOSE_VI}",
            f"The content is no readable JSON. {CHOOSE}",
        ),
        (b"{}", f"Đây không phải bản lưu số liệu. {CHOOSE_VI}", f"This is not a snapshot. {CHOOSE}"),
        (
            b'["lsinfra.snapshot/1"]\n',
            f"Đây không phải bản lưu số liệu. {CHOOSE_VI}",
            f"This is not a snapshot. {CHOOSE}",
        ),
        (b'{"schema": ["a"]}', f"Đây không phải bản lưu số liệu. {CHOOSE_VI}", f"This is not a snapshot. {CHOOSE}"),
        (
            changed(schema="lsinfra.snapshot/2"),
            (
                "Tệp do phiên bản lsinfra mới hơn ghi (lsinfra.snapshot/2; phiên bản này đọc được đến "
                "lsinfra.snapshot/1). Hãy cập nhật lsinfra rồi thử lại."
            ),
            (
                "The file was written by a newer lsinfra (lsinfra.snapshot/2; this version reads up to "
                "lsinfra.snapshot/1). Update lsinfra and try again."
            ),
        ),
        (
            changed(colour="red"),
            f"Có khóa không thuộc bản lưu, tại phần đầu tệp: colour. {AS_WRITTEN_VI}",
            f"Keys that a snapshot does not have, in the top of the file: colour. {AS_WRITTEN}",
        ),
        (
            with_row("rate", shaer="1/2"),
            f"Có khóa không thuộc bản lưu, tại {RATE_AT}: shaer. {AS_WRITTEN_VI}",
            f"Keys that a snapshot does not have, in {RATE_AT}: shaer. {AS_WRITTEN}",
        ),
        (
            (
                b'{"schema": "lsinfra.snapshot/1", "as_of": "2024-06-30", "inputs": [], "projects": [], "progress": '
                b'{}, "findings": []}'
            ),
            f"Thiếu khóa tại phần đầu tệp: taken, version, besides, previous. {AS_WRITTEN_VI}",
            f"Keys are missing in the top of the file: taken, version, besides, previous. {AS_WRITTEN}",
        ),
        (
            changed(taken=None),
            f"Tại taken ghi “null”, giá trị không thể có ở đó. {AS_WRITTEN_VI}",
            f"In taken stands “null”, which cannot be there. {AS_WRITTEN}",
        ),
        *(
            (
                data,
                f"Tại {place} ghi “{found}”, giá trị không thể có ở đó. {AS_WRITTEN_VI}",
                f"In {place} stands “{found}”, which cannot be there. {AS_WRITTEN}",
            )
            for data, place, found in [
                (changed(taken="2024-07-01T08:30:00"), "taken", "2024-07-01T08:30:00"),
                (changed(taken="2024-07-01T08:30:00.5+07:00"), "taken", "2024-07-01T08:30:00.5+07:00"),
                (changed(taken="0001-01-01T00:00:00+07:00"), "taken", "0001-01-01T00:00:00+07:00"),
                (changed(taken="9999-12-31T23:00:00-07:00"), "taken", "9999-12-31T23:00:00-07:00"),
                (changed(version="\ud800").replace(b"\xed\xa0\x80", b"\\ud800"), "version", "U+D800"),
                (with_row("dating", age_days=10**40), "progress.clearance[0].dating.age_days", f"1{'0' * 40}"),
                (changed(as_of="20240630"), "progress.as_of", "20240630"),
                (changed(previous="../../2024-06-30.json"), "previous", "../../2024-06-30.json"),
                (with_row("rate", value=30.0), f"{RATE_AT}.value", "30.0"),
                (with_row("rate", value="NaN"), f"{RATE_AT}.value", "NaN"),
                (with_row("rate", value="3e1"), f"{RATE_AT}.value", "3e1"),
                (with_row("rate", share="6/8"), f"{RATE_AT}.share", "6/8"),
                (with_row("rate", share="1/0"), f"{RATE_AT}.share", "1/0"),
                (with_row("rate", about=0), f"{RATE_AT}.about", "0"),
                (with_row("dating", age_days=True), "progress.clearance[0].dating.age_days", "True"),
                (with_row("dating", observed="2024-13"), "progress.clearance[0].dating.observed", "2024-13"),
                (with_row("row", stage="finished"), "progress.clearance[0].stage", "finished"),
                (with_row("row", stretches={}), "progress.clearance[0].stretches", "{}"),
                (
                    with_row("row", stretches=[{"route": "r", "from": "Km9", "to": "Km2"}]),
                    "progress.clearance[0].stretches[0]",
                    '{"route": "r", "from": "Km9", "to": "Km2"}',
                ),
            ]
        ),
    ],
    ids=lambda _: "",
)
def test_a_file_that_is_no_snapshot_is_refused(tmp_path: Path, data: bytes, vi: str, en: str) -> None:
    path = kept(tmp_path, data)
    assert refused(Unsound, load, path) == (f"{path}: {vi}", f"{path}: {en}")


def test_a_file_told_from_a_snapshot_says_when_that_was_taken(tmp_path: Path) -> None:
    table = json.loads(OLD.read_bytes())
    told = tmp_path / "told.json"
    told.write_text(json.dumps(table | {"known": "2024-07-04T09:00:00+07:00"}), encoding="utf-8")
    assert load(told).taken == datetime.fromisoformat("2024-07-04T09:00:00+07:00")
    told.write_text(json.dumps(table | {"known": None}), encoding="utf-8")
    assert load(told).taken is None
    told.write_text(json.dumps(table | {"known": "yesterday"}), encoding="utf-8")
    with pytest.raises(Unsound):
        load(told)


def test_the_bytes_are_settled_before_they_get_their_name(
    folder: Path, golden: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a power cut could leave a name without its content; the system is watched, not replaced."""
    done: list[tuple[str, int]] = []
    settle, link = os.fsync, os.link

    def watched_fsync(handle: int) -> None:
        settle(handle)
        done.append(("settled", os.fstat(handle).st_ino))

    def watched_link(part: Path, path: Path) -> None:
        link(part, path)
        done.append(("named", path.stat().st_ino))

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "link", watched_link)
    taken = take(folder, golden)
    file, week = taken.path.stat().st_ino, taken.path.parent.stat().st_ino
    assert done.index(("settled", file)) < done.index(("named", file)) < done.index(("settled", week))


def test_a_number_without_end_is_refused_at_once(tmp_path: Path) -> None:
    for value in ("9" * 1_000_000, "9" * 4001):
        with pytest.raises(Unsound) as caught:
            load(kept(tmp_path, with_row("rate", value=value)))
        assert len(caught.value.write("vi")) < 500


CUT = (
    "Tệp bị cắt ngắn, mất phần cuối. Hãy lấy lại tệp đầy đủ từ bản sao lưu, hoặc chuyển tệp này đi nơi khác.",
    "The file is cut off: its end is missing. Put the whole file back from a backup, or move this one elsewhere.",
)
EDITED = (
    (
        "Tệp đã bị sửa sau khi lưu: nội dung không khớp với tên tệp. Hãy lấy lại tệp gốc từ bản sao lưu, hoặc chuyển "
        "tệp này đi nơi khác. Muốn đính chính, hãy sửa trong projects.yaml rồi tạo bản lưu mới."
    ),
    (
        "The file has been changed since it was kept: its content does not match its name. Put the original back from "
        "a backup, or move this one elsewhere. A correction belongs in projects.yaml; then take a new snapshot."
    ),
)


@pytest.mark.parametrize("length", [0, 1, 700, -1, -2, -3])
def test_a_file_that_is_cut_off_is_said_to_be(tmp_path: Path, length: int) -> None:
    path = tmp_path / GOLDEN.name
    path.write_bytes(GOLDEN.read_bytes()[:length])
    assert refused(Unsound, load, path) == (f"{path}: {CUT[0]}", f"{path}: {CUT[1]}")


@pytest.mark.parametrize("data", [b"# S\xe1\xbb\x95 ti\xe1\xba\xbfn", b"", b"portfolio:\n"])
def test_a_file_that_is_no_json_is_not_called_cut_off(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "README.md"
    path.write_bytes(data)
    assert refused(Unsound, load, path)[1] == f"{path}: The content is no readable JSON. {CHOOSE}"
    path.write_bytes(GOLDEN.read_bytes()[:700])
    assert refused(Unsound, load, path)[1] == f"{path}: {CUT[1]}"


def test_a_file_that_somebody_edited_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / GOLDEN.name
    path.write_bytes(GOLDEN.read_bytes().replace(b'"value": "20"', b'"value": "39"'))
    assert refused(Unsound, load, path) == (f"{path}: {EDITED[0]}", f"{path}: {EDITED[1]}")


def test_a_name_with_another_date_is_said_to_be_wrong(tmp_path: Path) -> None:
    path = kept(tmp_path, GOLDEN.read_bytes(), "2024-06-29")
    assert refused(Unsound, load, path) == (
        f"{path}: Tên tệp ghi ngày khác với nội dung (30/6/2024). Hãy trả lại tên cũ cho tệp.",
        f"{path}: The name says another date than the content (30 June 2024). Give the file its old name back.",
    )


def test_a_copy_under_another_name_is_read(tmp_path: Path, golden: Snapshot) -> None:
    copy = tmp_path / "trước cuộc họp.json"
    shutil.copy2(GOLDEN, copy)
    assert load(copy) == golden


def test_a_file_that_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / GOLDEN.name
    vi, en = refused(RunError, load, path)
    assert vi == f"Không đọc được {path}: không có tệp hoặc thư mục này. Hãy kiểm tra tên tệp và quyền đọc."
    assert en == (
        f"Cannot read {path}: there is no such file or folder. Check the file's name and the right to read it."
    )


# --- files from before there were snapshots ------------------------------------------------------------------------


def test_the_json_that_a_script_kept_is_read() -> None:
    snapshot = load(OLD)
    assert (snapshot.as_of, snapshot.taken, snapshot.version, snapshot.inputs) == (date(2024, 10, 31), None, "", ())
    rows = {(row.project, row.section, row.stage, row.measure): row for row in snapshot.progress.clearance}
    whole = rows["huu-nghi-chi-lang", None, Stage.HANDED_OVER, Measure.AREA]
    # Not the 0.572484 of the file: the share is worked out again, exactly.
    assert whole.rate.share == Fraction(36655, 64028)
    assert (whole.rate.value, whole.rate.total) == (Decimal("366.55"), Decimal("640.28"))
    assert (whole.rate.stated_percent, whole.rate.check) == (Decimal("57.24"), StatedCheck.TRUNCATED)
    assert (whole.dating.observed, whole.dating.stale) == (PartialDate(2024, 10), False)
    implied = rows["ql4b", "loc-binh", Stage.HANDED_OVER, Measure.AREA].rate
    assert (implied.kind, implied.total, implied.share) == (TotalKind.IMPLIED, None, Fraction(7512, 10000))
    assert (implied.low, implied.high) == (Fraction("49.344"), Fraction("49.351"))
    money = {row.funding: row for row in snapshot.progress.disbursement}
    assert money[None].rate.share == Fraction(4901, 1288123) * 100
    # 38 stands in the file for the 38.0 of the document; the check made with its decimal is kept.
    assert (money[None].rate.stated_percent, money[None].rate.check) == (Decimal(38), StatedCheck.ROUNDED)
    assert (money[Funding.LOCAL_BUDGET].rate.value, money[None].closes) == (Decimal(10**8), date(2025, 1, 31))
    parts = {row.party: row for row in snapshot.progress.investment if row.project == "huu-nghi-chi-lang"}
    assert parts[Party.STATE].rate.share == Fraction(parts[Party.STATE].rate.value) / Fraction(11024_700_000_000)
    assert snapshot.progress.changes == ()
    assert [project.id for project in snapshot.projects] == ["huu-nghi-chi-lang", "dong-dang-tra-linh", "ql4b"]
    assert snapshot.projects[0].title == Title(vi="huu-nghi-chi-lang")
    assert snapshot.besides is None
    assert ("loc-binh", "Lộc Bình", True) in snapshot.projects[2].sections
    (first, *_) = snapshot.findings
    assert first.message("vi") == first.message("en")


def test_the_old_json_says_of_land_and_money_what_the_records_say() -> None:
    progress = measure(portfolio.load(ROOT), date(2024, 10, 31))
    old = load(OLD).progress

    def essence(found: Progress) -> list[object]:
        land = [(row.project, row.section, row.stage, row.measure, row.dating.observed) for row in found.clearance]
        money = [(row.project, row.plan_year, row.base, row.funding, row.closes) for row in found.disbursement]
        rates = [row.rate for row in found.clearance] + [row.rate for row in found.disbursement]
        rates += [row.rate for row in found.sums if row.rate] + [row.rate for row in found.investment]
        shares = [(rate.value, rate.total, rate.kind, rate.share, rate.stated_percent, rate.check) for rate in rates]
        read = [(row.indicator, row.value.amount, row.observed, row.reached) for row in found.indicators]
        return [land, money, shares, read, [(row.first, row.reported) for row in found.sums]]

    assert essence(old) == essence(progress)


@pytest.mark.parametrize(
    ("key", "value", "vi", "en"),
    [
        (
            "value",
            "366,55",
            f"Tại clearance[0].value ghi “366,55”, giá trị không thể có ở đó. {AS_WRITTEN_VI}",
            f"In clearance[0].value stands “366,55”, which cannot be there. {AS_WRITTEN}",
        ),
        (
            "observed",
            "10/2024",
            f"Tại clearance[0].observed ghi “10/2024”, giá trị không thể có ở đó. {AS_WRITTEN_VI}",
            f"In clearance[0].observed stands “10/2024”, which cannot be there. {AS_WRITTEN}",
        ),
        ("total", 1e300, None, "In clearance[0].total stands “1E+300”, which cannot be there."),
        ("total", 0, None, "The figures in clearance[0] cannot be: "),
    ],
)
def test_an_old_file_that_somebody_broke_is_refused(
    tmp_path: Path, key: str, value: object, vi: str | None, en: str
) -> None:
    table = json.loads(OLD.read_bytes())
    table["clearance"][0][key] = value
    path = tmp_path / "tuần trước.json"
    path.write_text(json.dumps(table), encoding="utf-8")
    said_vi, said_en = refused(Unsound, load, path)
    assert said_en.startswith(f"{path}: {en}")
    assert vi is None or said_vi == f"{path}: {vi}"


def test_what_an_old_file_knew_better_or_not_at_all_is_not_made_up(tmp_path: Path) -> None:
    table = json.loads(OLD.read_bytes())
    # 50,0 % was printed for 50,4 %; the file has 50 for it, of which 50,4 would be no conflict.
    table["clearance"][0] |= {"value": 5.04, "total": 10, "stated_percent": 50, "stated_check": "conflict"}
    # Not compared: the target was in another unit than the value, and nobody knows which.
    table["indicators"][0] |= {"target": 7, "target_by": 2025, "reached": None}
    path = tmp_path / "tuần trước.json"
    path.write_text(json.dumps(table), encoding="utf-8")
    progress = load(path).progress
    assert progress.clearance[0].rate.check is StatedCheck.CONFLICT
    assert progress.clearance[0].rate.share == Fraction(504, 1000)
    assert (progress.indicators[0].target, progress.indicators[0].target_by) == (None, None)


def test_an_old_file_without_a_key_is_refused(tmp_path: Path) -> None:
    table = json.loads(OLD.read_bytes())
    del table["disbursement"][1]["base"]
    path = tmp_path / "tuần trước.json"
    path.write_text(json.dumps(table), encoding="utf-8")
    assert refused(Unsound, load, path) == (
        f"{path}: Thiếu khóa tại disbursement[1]: base. {AS_WRITTEN_VI}",
        f"{path}: Keys are missing in disbursement[1]: base. {AS_WRITTEN}",
    )


# --- taking --------------------------------------------------------------------------------------------------------


def names(folder: Path) -> list[str]:
    """Every file under the folder, hidden ones too."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_snapshot_has_its_place_and_its_name(golden: Snapshot, folder: Path) -> None:
    taken = take(folder, golden)
    assert taken.new
    assert taken.path == folder / "2024-W26" / GOLDEN.name
    assert names(folder) == [f"2024-W26/{GOLDEN.name}"]
    assert verify(folder) == snapshots.Verified(1, ())
    # 2024-12-30 is a Monday, of the first week of 2025.
    assert take(folder, at(golden, date(2024, 12, 30))).path.parent.name == "2025-W01"


def test_the_same_again_is_not_kept_again(golden: Snapshot, folder: Path) -> None:
    first = take(folder, golden)
    later = known(golden, JULY + timedelta(days=7))
    for again in (golden, later, replace(later, version="9.9")):
        taken = take(folder, again)
        assert (taken.new, taken.path, taken.snapshot) == (False, first.path, golden)
    assert len(names(folder)) == 1


def test_a_correction_is_another_file_and_rewrites_none(golden: Snapshot, folder: Path) -> None:
    first = take(folder, golden)
    before = first.path.read_bytes()
    corrected = take(folder, known(golden, JULY + timedelta(hours=1), "!"))
    back = take(folder, known(golden, JULY + timedelta(hours=2)))
    assert (corrected.new, back.new) == (True, True)
    assert first.path.read_bytes() == before
    assert len(names(folder)) == 3


def test_another_printed_precision_is_another_snapshot(golden: Snapshot, folder: Path) -> None:
    take(folder, golden)
    row = golden.progress.clearance[0]
    exact = replace(row, rate=replace(row.rate, value=Decimal("30.0")))
    rows = (exact, *golden.progress.clearance[1:])
    assert take(folder, replace(golden, progress=replace(golden.progress, clearance=rows))).new


def test_other_inputs_are_another_snapshot(golden: Snapshot, folder: Path) -> None:
    take(folder, golden)
    assert take(folder, replace(golden, inputs=golden.inputs[1:])).new


@pytest.mark.parametrize("day", [JUNE_30, date(2024, 3, 1)])
def test_a_clock_that_was_set_back_is_seen(golden: Snapshot, folder: Path, day: date) -> None:
    there = take(folder, golden).path
    early = known(at(golden, day), JULY - timedelta(days=1), "!")
    assert refused(StoreError, take, folder, early) == (
        (
            f"Đồng hồ máy này chỉ 08:30:00 ngày 30/6/2024 (UTC+07:00), nhưng {there} đã được lưu lúc 08:30:00 ngày "
            "01/7/2024 (UTC+07:00). Hãy chỉnh lại đồng hồ rồi tạo lại bản lưu; nếu đồng hồ máy này đúng thì "
            "đồng hồ máy kia "
            "đã chạy nhanh: hãy chuyển tệp đó đi nơi khác."
        ),
        (
            f"This computer's clock says 08:30:00 on 30 June 2024 (UTC+07:00), but {there} was taken at 08:30:00 on 1 "
            "July 2024 (UTC+07:00). Set the clock right and take the snapshot again; if this clock is right, the other "
            "computer's was ahead: move that file elsewhere."
        ),
    )
    assert names(folder) == [f"2024-W26/{GOLDEN.name}"]


def test_clocks_a_few_minutes_apart_are_borne(golden: Snapshot, folder: Path) -> None:
    take(folder, golden)
    assert take(folder, known(golden, JULY - timedelta(minutes=9), "!")).new
    refused(StoreError, take, folder, known(golden, JULY - timedelta(minutes=11), "?"))


@pytest.mark.parametrize("data", [b"", b"{}", GOLDEN.read_bytes()[:3000]])
def test_a_damaged_file_does_not_stand_in_the_way(golden: Snapshot, folder: Path, data: bytes) -> None:
    there = take(folder, golden).path
    there.write_bytes(data)
    taken = take(folder, known(golden, JULY + timedelta(days=1)))
    assert taken.new
    assert there.read_bytes() == data
    assert verify(folder).count == 1
    found = recall(folder, JUNE_30)
    assert (found.snapshot, found.path) == (taken.snapshot, taken.path)
    (passed_over,) = found.passed_over
    assert passed_over.write("vi").startswith(f"{there}: ")


def test_a_damaged_file_of_the_very_name_is_never_overwritten(golden: Snapshot, folder: Path) -> None:
    there = take(folder, golden).path
    there.write_bytes(b"{}\n")
    assert refused(StoreError, take, folder, golden) == (
        f"Đã có {there} nhưng tệp đã bị sửa hoặc bị cắt ngắn. Hãy chuyển tệp đó đi nơi khác rồi tạo bản lưu mới.",
        f"{there} is there already but has been changed or cut off. Move it elsewhere and take the snapshot again.",
    )
    assert there.read_bytes() == b"{}\n"
    assert names(folder) == [f"2024-W26/{GOLDEN.name}"]


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV, errno.EMLINK, errno.EIO])
def test_where_links_are_missing_the_whole_file_is_renamed(
    golden: Snapshot, folder: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def link(source: Path, target: Path) -> None:
        asked.append((source.read_bytes(), source.stat().st_ino))
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", link)
    taken = take(folder, golden)
    # The very file that was complete, not another one that had to be filled under the name.
    assert (asked, taken.new) == ([(written(golden), taken.path.stat().st_ino)], True)
    assert names(folder) == [f"2024-W26/{GOLDEN.name}"]
    taken.path.write_bytes(b"{}\n")
    refused(StoreError, take, folder, golden)
    assert taken.path.read_bytes() == b"{}\n"


def test_what_killed_writers_left_is_removed_after_a_day(golden: Snapshot, folder: Path) -> None:
    folder.mkdir()
    old, young, foreign = folder / ".77-00ff.part", folder / ".78-00ff.part", folder / ".notes"
    for path, hours in ((old, 25), (young, 23), (foreign, 99)):
        path.write_bytes(b"{")
        then = path.stat().st_mtime - hours * 3600
        os.utime(path, (then, then))
    take(folder, golden)
    assert names(folder) == [".78-00ff.part", ".notes", f"2024-W26/{GOLDEN.name}"]
    assert verify(folder) == snapshots.Verified(1, ())


@pytest.mark.parametrize("place", [".", "2024-W26"])
def test_a_file_where_a_folder_should_be_is_said_to_be(golden: Snapshot, folder: Path, place: str) -> None:
    if place != ".":
        folder.mkdir()
    (folder / place).write_bytes(b"mine")
    path = folder if place == "." else folder / place
    vi, en = refused(StoreError, take, folder, golden)
    assert vi == (
        f"Không tạo được thư mục {path}: đã có một tệp mang tên này. Hãy chuyển tệp đó đi nơi khác rồi làm lại; những "
        "gì đã có vẫn còn nguyên."
    )
    assert en == (
        f"Cannot make the folder {path}: a file of that name is there already. Move that file elsewhere and try again; "
        "what was there before is still whole."
    )
    assert (folder / place).read_bytes() == b"mine"


# --- verifying -----------------------------------------------------------------------------------------------------


def test_verifying_tells_every_fault_at_once(golden: Snapshot, folder: Path) -> None:
    sound = take(folder, golden).path
    week = sound.parent
    (folder / "index.sqlite").write_bytes(b"")
    (folder / "index.sqlite-wal").write_bytes(b"")
    (week / ".1-00.part").write_bytes(b"{")
    (folder / "ghi chú.txt").write_bytes(b"")
    (week / "2024-06-30-copy.json").write_bytes(sound.read_bytes())
    (week / "2024-02-30-0123456789abcdef.json").write_bytes(b"")
    cut = take(folder, known(golden, JULY, "!")).path
    cut.write_bytes(cut.read_bytes()[:-10])
    edited = take(folder, known(golden, JULY, "?")).path
    edited.write_bytes(edited.read_bytes().replace(b'"20"', b'"21"'))
    astray = take(folder, at(golden, date(2024, 7, 1))).path
    (folder / "2024-W33").mkdir()
    astray.rename(folder / "2024-W33" / astray.name)
    dated = kept(week, sound.read_bytes(), "2024-06-28")
    newer = kept(week, changed(schema="lsinfra.snapshot/7"))
    (folder / "2024-W33" / "deep").mkdir()
    verified = verify(folder)
    assert verified.count == 1
    no_snapshot = "This is no snapshot. Move it out of the snapshots folder."
    assert sorted(fault.write("en") for fault in verified.faults) == sorted(
        [
            f"snapshots/ghi chú.txt: {no_snapshot}",
            f"snapshots/2024-W26/2024-06-30-copy.json: {no_snapshot}",
            f"snapshots/2024-W26/2024-02-30-0123456789abcdef.json: {no_snapshot}",
            f"snapshots/2024-W33/deep: {no_snapshot}",
            f"snapshots/2024-W26/{cut.name}: {CUT[1]}",
            f"snapshots/2024-W26/{edited.name}: {EDITED[1]}",
            (
                f"snapshots/2024-W33/{astray.name}: The file is in the folder of another week. Move it to the folder "
                "2024-W27."
            ),
            (
                f"snapshots/2024-W26/{dated.name}: The name says another date than the content (30 June 2024). Give "
                "the file its old name back."
            ),
            (
                f"snapshots/2024-W26/{newer.name}: The file was written by a newer lsinfra (lsinfra.snapshot/7; this "
                "version reads up to lsinfra.snapshot/1). Update lsinfra and try again."
            ),
        ]
    )
    vietnamese = [fault.write("vi") for fault in verified.faults]
    assert "snapshots/ghi chú.txt: Đây không phải bản lưu số liệu. Hãy chuyển ra khỏi thư mục snapshots." in vietnamese
    assert (
        f"snapshots/2024-W33/{astray.name}: Tệp nằm trong thư mục của tuần khác. Hãy chuyển tệp vào thư mục 2024-W27."
    ) in vietnamese


def test_a_name_cannot_command_a_terminal(folder: Path) -> None:
    folder.mkdir()
    (folder / "a\x1b[31mb").write_bytes(b"")
    (fault,) = verify(folder).faults
    assert fault.write("en").startswith("snapshots/aU+001B[31mb: ")


def test_no_folder_holds_no_snapshots(folder: Path) -> None:
    assert verify(folder) == snapshots.Verified(0, ())
    assert snapshots.entries(folder) == []


def test_the_kept_files_of_these_tests_are_sound(tmp_path: Path) -> None:
    shutil.copytree(KEPT / "2024-W26", tmp_path / "snapshots" / "2024-W26")
    assert verify(tmp_path / "snapshots") == snapshots.Verified(1, ())


# --- what was known then -------------------------------------------------------------------------------------------

MAY = date(2024, 5, 31)


@pytest.fixture
def history(golden: Snapshot, folder: Path) -> dict[str, Path]:
    """May said once; June said on 1 July, corrected on the 8th, and again on the 9th, the last two by UTC clocks."""
    utc = timezone.utc  # noqa: UP017
    said = {
        "may": known(at(golden, MAY), datetime(2024, 6, 3, 9, 0, tzinfo=VIETNAM)),
        "june": golden,
        "corrected": known(golden, datetime(2024, 7, 8, 3, 0, tzinfo=utc), "!"),
        "again": known(golden, datetime(2024, 7, 9, 23, 0, tzinfo=utc), "?"),
    }
    return {name: take(folder, snapshot).path for name, snapshot in said.items()}


@pytest.mark.parametrize(
    ("as_of", "by", "which"),
    [
        ("2024-06-30", None, "june"),  # what was first said
        ("2024-12-31", None, "june"),  # the nearest date before
        ("2024-06-29", None, "may"),
        ("2024-05-31", None, "may"),
        ("2024-06-30", "2024-07-01", "june"),
        ("2024-06-30", "2024-07-07", "june"),
        ("2024-06-30", "2024-07-08", "corrected"),
        ("2024-06-30", "2024-07-09", "again"),  # 23:00 of the 9th where it was taken
        ("2024-06-30", "2024-06-30", "may"),  # June was not known yet
        ("2024-06-15", "2025-01-01", "again"),  # the last one knows of earlier days too
    ],
)
def test_what_was_known_then_is_recalled(
    history: dict[str, Path], folder: Path, as_of: str, by: str | None, which: str
) -> None:
    day = date.fromisoformat(as_of)
    found = recall(folder, day, date.fromisoformat(by) if by else None)
    assert (found.path, found.passed_over) == (history[which], ())
    assert found.kept == load(found.path)
    assert found.snapshot == snapshots.at(found.kept, day)
    assert found.snapshot.as_of == day


def test_the_nearest_is_as_it_was_kept(history: dict[str, Path], folder: Path) -> None:
    asked = [(date(2024, 6, 15), None), (date(2024, 12, 31), None), (date(2024, 12, 31), date(2024, 7, 8))]
    for (day, by), which in zip(asked, ("may", "june", "corrected"), strict=True):
        found = snapshots.nearest(folder, day, by)
        assert (found.path, found.snapshot) == (history[which], load(history[which]))


def test_what_was_passed_over_is_told(history: dict[str, Path], folder: Path) -> None:
    """One whose time can no longer be read may be the one that was looked for; an older one would not have been."""
    late = date(2024, 12, 31)
    history["again"].write_bytes(history["again"].read_bytes()[:3000])
    history["corrected"].write_bytes(b"")
    history["may"].write_bytes(history["may"].read_bytes()[:3000])
    for found in (recall(folder, JUNE_30, late), snapshots.nearest(folder, JUNE_30, late)):
        assert found.path == history["june"]
        damaged = {error.values["path"] for error in found.passed_over}
        assert damaged == {history["again"], history["corrected"]}


def test_a_file_of_its_own_day_alone_tells_of_no_earlier_one(golden: Snapshot, folder: Path) -> None:
    alone = take(folder, replace(golden, besides=None)).snapshot
    late = date(2024, 12, 31)
    assert recall(folder, late, late).snapshot == alone
    refused(StoreError, recall, folder, date(2024, 6, 29), late)
    with pytest.raises(ValueError, match="no earlier observation"):
        snapshots.at(alone, date(2024, 6, 29))


def test_what_was_never_known_is_said_with_what_there_is(history: dict[str, Path], folder: Path) -> None:
    assert refused(StoreError, recall, folder, date(2024, 5, 30)) == (
        (
            "Không có bản lưu nào từ ngày 30/5/2024 trở về trước; bản sớm nhất là của ngày 31/5/2024. Hãy "
            "chọn ngày đó hoặc muộn hơn, hoặc xem theo số liệu biết đến hôm nay."
        ),
        (
            "No snapshot is as early as 30 May 2024; the earliest is of 31 May 2024. Ask for that date or a later one, "
            "or for what is known today."
        ),
    )
    assert refused(StoreError, recall, folder, MAY, date(2024, 6, 2)) == (
        (
            "Đến ngày 02/6/2024 chưa lưu gì về ngày 31/5/2024; bản lưu đầu tiên được lưu lúc 09:00:00 ngày 03/6/2024 "
            "(UTC+07:00). Hãy chọn ngày đó hoặc muộn hơn."
        ),
        (
            "Nothing was kept by 2 June 2024 about 31 May 2024; the first snapshot of it was taken at 09:00:00 on 3 "
            "June 2024 (UTC+07:00). Ask by that day or a later one."
        ),
    )
    for path in history.values():
        path.write_bytes(b"")
    assert refused(StoreError, recall, folder, JUNE_30) == (
        (
            "Mọi bản lưu có thể trả lời cho ngày 30/6/2024 đều bị hỏng. Hãy chạy lsinfra snapshot verify để "
            "biết tệp nào, rồi lấy lại từ bản sao lưu."
        ),
        (
            "Every snapshot that would answer for 30 June 2024 is damaged. Run lsinfra snapshot verify to see which, "
            "and put them back from a backup."
        ),
    )


def test_an_empty_folder_says_what_to_do(folder: Path) -> None:
    assert refused(StoreError, recall, folder, JUNE_30) == (
        f"Chưa có bản lưu nào trong {folder}. Hãy tạo bản đầu tiên: lsinfra snapshot take.",
        f"There are no snapshots in {folder} yet. Take the first one: lsinfra snapshot take.",
    )


def test_a_forged_time_is_never_believed(history: dict[str, Path], folder: Path) -> None:
    forged = history["june"]
    forged.write_bytes(forged.read_bytes().replace(b'"taken": "2024-07-01', b'"taken": "2024-06-01'))
    assert recall(folder, JUNE_30).path == history["corrected"]


# --- another day ---------------------------------------------------------------------------------------------------


def same_knowledge(root: Path, whole: Portfolio, days: list[date]) -> int:
    """Every day looked at from every other is what would have been measured at it; how many figures differed."""
    kept = [make(root, whole, measure(whole, day), (), JULY) for day in days]
    for one in kept:
        for other in kept:
            assert snapshots.at(one, other.as_of) == other
    return len({one.progress.clearance for one in kept})


@pytest.mark.parametrize("root", [SAMPLE, ROOT])
def test_the_published_history_is_the_same_from_any_day(root: Path) -> None:
    days = ["2020-01-01", "2024-05-31", "2024-06-30", "2024-08-15", "2024-10-31", "2025-07-28", "2025-11-30"]
    assert same_knowledge(root, portfolio.load(root), [date.fromisoformat(day) for day in days]) > 2


@given(LAND, MONEY, st.lists(st.dates(date(2024, 8, 14), date(2024, 12, 1)), min_size=2, max_size=3))
@settings(max_examples=60)
def test_any_history_is_the_same_from_any_day(lands: Any, spent: Any, days: list[date]) -> None:
    readings = [(f"2024-{month:02}", f"as_of: 2024-{month:02}, value: {month}%, source: report") for month in (8, 10)]
    same_knowledge(SAMPLE, Portfolio(written_records(lands, spent, readings), NOWHERE), days)


def test_capital_added_late_against_the_whole_investment_stays_apart() -> None:
    base = "plan_year: 2024, base: total_investment, source: report, total:"
    late = "added_after_september: true"
    lines = [f"as_of: 2024-{month}, {base} {month}/99 tỷ đồng" for month in (10, 11)]
    whole = Portfolio(money(*lines, *(f"{line}, {late}" for line in lines)), NOWHERE)
    assert same_knowledge(SAMPLE, whole, [date(2024, 10, 31), date(2024, 11, 30)]) == 1
    (earlier, other) = snapshots.at(
        make(SAMPLE, whole, measure(whole, date(2024, 11, 30)), (), JULY), date(2024, 10, 31)
    ).progress.disbursement
    assert earlier.rate == other.rate


def test_a_correction_of_an_earlier_day_is_known_from_then_on(root: Path, folder: Path) -> None:
    """August's 37,07 ha of Lộc Bình is corrected once October's figures are kept."""
    day, records = date(2024, 8, 15), root / "projects.yaml"
    first = take(folder, made(root, date(2024, 10, 31), datetime(2024, 11, 1, 8, 0, tzinfo=VIETNAM)))
    text = records.read_text(encoding="utf-8")
    assert text.count("17,34/31,52 ha, đạt 55%") == 1
    records.write_text(text.replace("17,34/31,52 ha, đạt 55%", "16,34/31,52 ha, đạt 51,8%"), encoding="utf-8")
    second = take(folder, made(root, date(2025, 7, 31), datetime(2025, 8, 1, 8, 0, tzinfo=VIETNAM)))

    def dinh_lap(by: date) -> Decimal:
        found = recall(folder, day, by).snapshot
        (row,) = [row for row in found.progress.clearance if row.section == "dinh-lap" and row.rate.total]
        assert (found.as_of, row.dating.age_days, row.dating.stale) == (day, 0, False)
        return row.rate.value

    assert dinh_lap(date(2025, 7, 31)) == Decimal("17.34")
    assert dinh_lap(date(2025, 8, 1)) == Decimal("16.34")
    # At first nothing had been kept of that day.
    refused(StoreError, recall, folder, day)
    later = recall(folder, date(2024, 12, 31))
    assert later.path == first.path != second.path
    assert {row.dating.age_days for row in later.snapshot.progress.clearance} == {61, 138}
    assert all(row.dating.stale for row in later.snapshot.progress.clearance)


# --- the one before ------------------------------------------------------------------------------------------------


def test_each_names_the_one_before_and_a_lost_one_is_missed(golden: Snapshot, folder: Path) -> None:
    paths = [
        take(folder, known(at(golden, day), JULY + timedelta(days=n))).path
        for n, day in enumerate([JUNE_30, date(2024, 7, 7), date(2024, 6, 2), date(2024, 7, 14)])
    ]
    assert [load(path).previous for path in paths] == [None, *(path.name for path in paths[:3])]
    assert verify(folder) == snapshots.Verified(4, ())
    paths[2].unlink()  # of an older week, taken in between
    (fault,) = verify(folder).faults
    assert fault.write("vi") == (
        f"snapshots/2024-W22/{paths[2].name}: Mất bản lưu này: snapshots/2024-W28/{paths[3].name} ghi nó là bản lưu "
        "liền trước. Hãy lấy lại tệp từ bản sao lưu."
    )
    assert fault.write("en") == (
        f"snapshots/2024-W22/{paths[2].name}: This snapshot is lost: snapshots/2024-W28/{paths[3].name} names it as "
        "the one before. Put the file back from a backup."
    )
    # A damaged one is there; it is told once, as damaged, and no later one names it.
    paths[3].write_bytes(b"{}\n")
    after = take(folder, known(at(golden, date(2024, 7, 21)), JULY + timedelta(days=9)))
    assert after.snapshot.previous == paths[1].name
    paths[1].unlink()
    assert sorted(fault.key for fault in verify(folder).faults) == ["snapshot.edited", "snapshot.lost"]


def test_which_was_before_is_nothing_new(golden: Snapshot, folder: Path) -> None:
    take(folder, known(at(golden, MAY), JULY - timedelta(days=1)))
    first = take(folder, golden)
    take(folder, known(at(golden, date(2024, 7, 7)), JULY + timedelta(days=1)))
    again = take(folder, known(golden, JULY + timedelta(days=2)))
    assert (again.new, again.path) == (False, first.path)


# --- lists ---------------------------------------------------------------------------------------------------------


def shown(renderables: list[Any], width: int = 160) -> str:
    from io import StringIO

    from rich.console import Console

    out = StringIO()
    Console(file=out, width=width, color_system=None).print(*renderables, sep="\n")
    return out.getvalue()


def test_the_list_tells_each_file(history: dict[str, Path], folder: Path) -> None:
    history["corrected"].write_bytes(b"")
    found = snapshots.entries(folder)
    table = json.loads(snapshot_tables.list_json(found))
    assert table["schema"] == "lsinfra.snapshot_list/1"
    rows = {row["path"]: row for row in table["snapshots"]}
    assert len(rows) == 4
    # Six figures of land and three of money stand in the sample at the end of June; six doubts.
    assert rows[f"2024-W26/{history['june'].name}"] == {
        "as_of": "2024-06-30",
        "week": "2024-W26",
        "taken": "2024-07-01T08:30:00+07:00",
        "figures": 9,
        "findings": 6,
        "sound": True,
        "path": f"2024-W26/{history['june'].name}",
        "sha256": history["june"].stem[-16:],
    }
    broken = rows[f"2024-W26/{history['corrected'].name}"]
    assert [broken[key] for key in ("as_of", "taken", "figures", "findings", "sound")] == [
        "2024-06-30",
        None,
        None,
        None,
        False,
    ]
    lines = as_csv(snapshot_tables.list_rows(found)).splitlines()
    assert lines[0] == "as_of,week,taken,figures,findings,sound,path,sha256"
    name = history["june"].name
    assert f"2024-06-30,2024-W26,2024-07-01T08:30:00+07:00,9,6,true,2024-W26/{name},{name[11:27]}" in lines
    text = shown(snapshot_tables.list_table(found, "vi"))
    assert "08:30:00 ngày 01/7/2024 (UTC+07:00)" in text
    assert "tuần 26/2024" in text
    assert "hỏng: xem lsinfra snapshot verify" in text


def test_an_empty_list_says_what_to_do() -> None:
    assert json.loads(snapshot_tables.list_json([]))["snapshots"] == []
    assert "lsinfra snapshot take" in shown(snapshot_tables.list_table([], "en"))


def test_what_verifying_found_is_told(history: dict[str, Path], folder: Path) -> None:
    assert snapshot_tables.verified_lines(verify(folder), "vi") == ["Bản lưu nguyên vẹn: 4. Tệp có vấn đề: 0."]
    history["may"].write_bytes(b"")
    assert snapshot_tables.verified_lines(verify(folder), "en") == [
        f"snapshots/2024-W22/{history['may'].name}: {CUT[1]}",
        "Sound snapshots: 3. Files with a fault: 1.",
    ]
    assert snapshot_tables.verified_lines(snapshots.Verified(0, ()), "en") == [
        "There are no snapshots here yet. Take the first one: lsinfra snapshot take."
    ]
