"""Another province: its zone by its name, the folder it begins with, and the page of the docs followed as written."""

from __future__ import annotations

import re
import shlex
import shutil
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from lsinfra import checks, frames, portfolio, progress, starter
from lsinfra.cli import app
from lsinfra.errors import LsinfraError, RunError, Severity
from lsinfra.render import page
from lsinfra.starter import provinces
from lsinfra.text import LANGS, Lang
from tests.conftest import ROOT, Visit


def plain(name: str) -> str:
    marked = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in marked if not unicodedata.combining(c))


# --- names and zones -------------------------------------------------------------------------------------------------

PARTS = [part for parts in provinces.PROVINCES.values() for part in parts]


def test_the_provinces_are_34_of_63_and_the_epsg_database_knows_every_one() -> None:
    assert len(provinces.PROVINCES) == 34
    assert len(PARTS) == len(set(PARTS)) == 63
    assert [name for name in PARTS if starter.find(name).zone is None] == []
    # Every one that bears the name of an old one holds it, so that its own zone can be proposed; Huế was renamed.
    assert [new for new, parts in provinces.PROVINCES.items() if parts[0] != new] == ["Huế"]
    assert len(provinces.CITIES & provinces.PROVINCES.keys()) == len(provinces.CITIES) == 6


@pytest.mark.parametrize("spelt", [str, plain, str.upper, str.lower, lambda name: plain(name).lower().replace(" ", "")])
def test_a_name_is_known_however_it_is_typed(spelt: Any) -> None:
    for name in (*provinces.PROVINCES, *PARTS):
        found = starter.find(spelt(name))
        assert found.name == name
        assert (found.into is None) == (name in provinces.PROVINCES)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Tỉnh Cà Mau", "Cà Mau"),
        ("TP. Hồ Chí Minh", "Hồ Chí Minh"),
        ("TPHCM", "Hồ Chí Minh"),
        ("thành phố  Hải Phòng", "Hải Phòng"),
        ("Ho Chi Minh City", "Hồ Chí Minh"),
        ("Thanh Hoá", "Thanh Hóa"),
        ("Bà Rịa – Vũng Tàu", "Bà Rịa - Vũng Tàu"),
        ("Đắc Lắc", "Đắk Lắk"),
        (unicodedata.normalize("NFD", "Điện Biên"), "Điện Biên"),
    ],
)
def test_other_ways_to_write_a_name(typed: str, name: str) -> None:
    assert starter.find(typed).name == name


@pytest.mark.parametrize(
    ("name", "crs", "meridian"),
    # The central meridians of Thông tư 973/2001/TT-TCĐC.
    [
        ("Lạng Sơn", "EPSG:9215", "107°15′"),
        ("Cao Bằng", "EPSG:9210", "105°45′"),
        ("Quảng Ninh", "EPSG:5899", "107°45′"),
        ("Cà Mau", "EPSG:9207", "104°30′"),
        ("Hà Nội", "EPSG:5897", "105°00′"),
        ("Quảng Ngãi", "EPSG:5898", "108°00′"),
        ("Thừa Thiên Huế", "EPSG:9214", "107°00′"),
        ("Huế", "EPSG:9214", "107°00′"),
        ("Yên Bái", "EPSG:9208", "104°45′"),
    ],
)
def test_the_zone_of_a_province(name: str, crs: str, meridian: str) -> None:
    made = starter.make(name, "vi")
    assert made.crs == crs
    assert f"{crs}, kinh tuyến trục {meridian}" in made.notes[-1].write("vi")
    assert f"\n  metric_crs: {crs}\n" in made.files["projects.yaml"]


def test_of_a_merged_province_every_zone_is_named_and_the_choice_explained() -> None:
    (note,) = starter.make("Lâm Đồng", "vi").notes
    said = note.write("vi")
    for part, crs in (("Lâm Đồng", "EPSG:5899"), ("Đắk Nông", "EPSG:9218"), ("Bình Thuận", "EPSG:9218")):
        assert f"{part} – {crs}" in said
    assert said.startswith("Chiều dài đo trong hệ VN-2000, EPSG:5899")
    # The same is written where it is read again.
    comment = " ".join(re.findall("(?m)^  # (.*)$", starter.make("Lâm Đồng", "vi").files["projects.yaml"]))
    assert said in comment
    # Parts with one zone leave nothing to choose, and a former province is told where it went.
    assert "Lào Cai" in starter.make("Yên Bái", "en").notes[0].write("en")
    assert [note.key for note in starter.make("Lào Cai", "en").notes] == ["starter.said.zone_of"]


def test_a_former_province_gives_its_zone_and_the_one_of_today_the_titles() -> None:
    made = starter.make("Bình Định", "vi")
    assert made.crs == starter.make("Bình Định", "vi").crs != starter.make("Gia Lai", "vi").crs
    assert made.notes[0].write("vi") == "Từ ngày 01/7/2025, tỉnh Bình Định thuộc tỉnh Gia Lai."
    book = made.files["projects.yaml"]
    assert "trọng điểm tỉnh Gia Lai" in book
    assert '"ỦY BAN NHÂN DÂN TỈNH GIA LAI"' in book
    # The former one is named only where it is said what became of it, and whose zone this is.
    assert all(line.startswith("  # ") for line in book.splitlines() if "bình định" in line.casefold())


def test_hue_is_thua_thien_hue_by_another_name_and_since_another_day() -> None:
    # Nghị quyết 175/2024/QH15: from 1 January 2025, the whole of it.
    said = [starter.make("Thừa Thiên Huế", lang).notes[0].write(lang) for lang in LANGS]
    assert said == [
        "Từ ngày 01/01/2025, tỉnh Thừa Thiên Huế là thành phố Huế.",
        "Since 1 January 2025 Thừa Thiên Huế province has been Huế City.",
    ]
    assert [note.key for note in starter.make("Huế", "vi").notes] == ["starter.said.zone_of"]


def test_a_crs_may_be_given() -> None:
    made = starter.make("Cà Mau", "en", " epsg:5897")
    assert made.crs == "EPSG:5897"
    assert [note.key for note in made.notes] == ["starter.said.given"]
    assert [note.key for note in starter.make("Cà Mau", "en", "EPSG:9215").notes] == ["starter.said.given_other"]


def test_a_zone_that_the_database_does_not_know_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    known = provinces._zones()
    fewer = {key: zone for key, zone in known.items() if key != "camau"}
    monkeypatch.setattr(provinces, "_zones", lambda: fewer)
    with pytest.raises(starter.StarterError, match=r"Cà Mau – not known; Bạc Liêu – EPSG:5897.*--crs"):
        starter.make("Cà Mau", "vi")
    assert starter.make("Cà Mau", "vi", "EPSG:9207").crs == "EPSG:9207"


@pytest.mark.parametrize(
    ("name", "crs", "said"),
    [
        ("Cà Mua", None, "Is it one of these: Cà Mau"),
        ("Quang Nin", None, "Quảng Ninh"),
        ("Paris-sur-Seine", None, "one of today's 34"),
        ("", None, "cannot be the name"),
        ("  ", "EPSG:9207", "cannot be the name"),
        ("a\x1b[31mb", "EPSG:9207", "cannot be the name"),
        ("x" * 1000, "EPSG:9207", "cannot be the name"),
        ("Cà Mau", "EPSG:4326", "not a projected system in metres"),
        ("Cà Mau", "EPSG:999999", "no coordinate reference system known"),
        ("Cà Mau", "9207", "write it like EPSG:9207"),
        ("Cà Mau", "EPSG:9207\nx: y", "write it like EPSG:9207"),
    ],
)
def test_what_cannot_be_made_is_said_in_a_sentence(name: str, crs: str | None, said: str) -> None:
    with pytest.raises(LsinfraError) as caught:
        starter.make(name, "vi", crs)
    assert said in caught.value.write("en")
    assert "\x1b" not in caught.value.write("vi")


# --- the folder ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "{{ 7*7 }} {% for x in y %}",
        "$where ${title_vi} $$",
        "\"a\": 'b' #c, [d] {e} &f *g !h |i >j %k @l `m",
        "=1+1",
        "- a: b",
        "<script>alert(1)</script>",
        "\\u0041 \\",
        "Đảo 🏝 Xa",
    ],
)
def test_a_hostile_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    made = starter.make(name, "vi", "EPSG:9207")
    starter.write(tmp_path / "p", made.files)
    settings = portfolio.load(tmp_path / "p").records.portfolio
    assert settings.title.vi == f"Tiến độ các dự án hạ tầng trọng điểm {name}"
    assert settings.title.write("en") == f"Progress of the key infrastructure projects of {name}"
    assert settings.metric_crs == "EPSG:9207"
    uncommented(tmp_path / "p")
    report = portfolio.load(tmp_path / "p").records.report
    assert (report.place, report.authority) == (name, f"ỦY BAN NHÂN DÂN {name.upper()}")


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", ["Cà Mau", "Cao Bằng", "Quảng Ninh"])
def test_the_example_loads_when_its_marks_are_taken_off(tmp_path: Path, name: str, lang: Lang) -> None:
    made = starter.make(name, lang)
    assert {path.partition("/")[0] for path in made.files} == {
        *("projects.yaml", "projects.schema.json", "geodata", ".gitignore"),
    }
    starter.write(tmp_path, made.files)
    assert portfolio.load(tmp_path).records.projects == ()
    uncommented(tmp_path)
    whole = portfolio.load(tmp_path)
    (example,) = whole.records.projects
    # Whoever leaves it in shows nothing that could be taken for a figure of a real project.
    assert example.title.vi.startswith("VÍ DỤ")
    assert example.title.write("en").startswith("EXAMPLE")
    assert all(source.title.vi.startswith("VÍ DỤ") for source in whole.records.sources.values())
    as_of = progress.newest(whole.records, example.clearance[0].as_of.last_day)
    found = progress.measure(whole, as_of)
    assert [row.rate.share for row in found.clearance] == [row.rate.share for row in found.disbursement] == [0.25]
    doubts = checks.check(whole, found, as_of)
    assert {doubt.code for doubt in doubts} == {"project_without_route", "no_clearance_section"}
    assert Severity.ERROR not in {doubt.severity for doubt in doubts}


def uncommented(folder: Path) -> None:
    """Take ``# `` off every line below the settings, as an editor does."""
    path = folder / "projects.yaml"
    head, end, rest = path.read_text(encoding="utf-8").partition("stale_after_days: 35\n")
    path.write_text(head + end + re.sub("(?m)^# ", "", rest), encoding="utf-8")


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    made = starter.make("Lai Châu", "vi")
    folder = tmp_path / "là mới" / "lai châu"
    starter.write(folder, made.files)
    (folder / "projects.yaml").write_text("của tôi", encoding="utf-8")
    with pytest.raises(starter.StarterError, match="is not empty"):
        starter.write(folder, made.files)
    assert (folder / "projects.yaml").read_text(encoding="utf-8") == "của tôi"
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(RunError, match="a file of that name is there already"):
        starter.write(tmp_path / "file", made.files)
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    starter.write(tmp_path / "repository", made.files)


def test_what_was_begun_is_removed_where_it_cannot_be_finished(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="Cannot write"):
        starter.write(tmp_path, {"projects.yaml": "a", "geodata": "b", "geodata/README.md": "c"})
    assert list(tmp_path.iterdir()) == []
    # The folders too, so that the next try finds nothing in its way; one that was there stays.
    new = tmp_path / "mới" / "sổ"
    for folder in (new, tmp_path):
        with pytest.raises(RunError, match="Cannot write"):
            starter.write(folder, {"projects.yaml": "a", "geodata/README.md": "b", "projects.yaml/c": "d"})
        assert list(tmp_path.iterdir()) == []


def test_what_is_said_to_be_next_can_be_pasted(tmp_path: Path) -> None:
    folder = tmp_path / "sổ của $HOME; 'tôi'"
    done = CliRunner().invoke(app, ["init", str(folder), "--province", "Cà Mau"])
    (line,) = [line for line in done.stdout.splitlines() if " weekly;" in line]
    given = line[line.index("lsinfra ") : line.index(" weekly;")]
    assert shlex.split(given) == ["lsinfra", "--root", str(folder)]


def test_the_folder_one_is_in_is_called_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["--lang", "en", "init", ".", "--province", "Cà Mau"])
    assert done.stdout.startswith(f"Made {tmp_path}: projects.yaml")


# --- the page of the docs --------------------------------------------------------------------------------------------


def blocks(lang: Lang) -> list[tuple[str, str]]:
    """The code of ``province.md``: what stands behind the fence, and the text."""
    tokens = MarkdownIt().parse((ROOT / "docs" / lang / "province.md").read_text(encoding="utf-8"))
    return [(token.info, token.content) for token in tokens if token.type == "fence"]


@dataclass(frozen=True)
class Walk:
    """The page followed to its end: what each command said, the folder, and the pages of the first run put aside."""

    said: list[tuple[str, str]]
    folder: Path
    empty: Path


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """A person does what the Vietnamese page says, in a folder where there is nothing, on 1 August 2025."""
    here = tmp_path_factory.mktemp("người mới")
    said: list[tuple[str, str]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        for info, text in blocks("vi"):
            if name := re.search('title="(.+)"', info):
                with (here / name[1]).open("a", encoding="utf-8") as file:
                    file.write(text)
            for line in text.replace("\\\n", "").splitlines() if info == "console" else ():
                program, *arguments = shlex.split(line)
                assert program == "lsinfra"
                done = CliRunner().invoke(app, ["--today", "2025-08-01", *arguments], catch_exceptions=False)
                assert done.exit_code == 0, done.output
                said.append((line, done.output))
                if line.endswith("weekly") and not (here / "empty").exists():
                    shutil.copytree(here / "ca-mau" / "maps", here / "empty")
    return Walk(said, here / "ca-mau", here / "empty")


def test_the_page_of_the_docs_works_as_it_is_written(walk: Walk) -> None:
    whole = portfolio.load(walk.folder)
    found = progress.measure(whole, date(2025, 7, 15))
    table = frames.sections(whole, found)
    assert table[["unit", "handed_over_ha", "handed_over_share"]].values.tolist() == [
        ["Xã Một", 12.5, 0.625],
        ["Xã Hai", 18.0, 1.0],
    ]
    # Measured in the zone of Cà Mau; the sections meet and reach both ends.
    lengths = table.to_crs("EPSG:9207").length
    assert list(lengths.round(-1)) == [6000.0, 4630.0]
    assert [doubt.code for doubt in checks.check(whole, found, date(2025, 8, 1))] == ["no_clearance", "no_disbursement"]
    dry, written = (said for line, said in walk.said if "import" in line)
    assert "Chưa ghi gì" in dry
    assert "Đã ghi" in written
    assert "LỖI" not in "".join(said for _, said in walk.said)
    assert "| `duong-mau` | tuyen.geojson |" in (walk.folder / "geodata" / "README.md").read_text(encoding="utf-8")


def test_both_pages_of_the_docs_have_the_same_code() -> None:
    assert blocks("vi") == blocks("en")


def test_empty_pages_and_nothing_kept_give_way_to_the_first_figures(walk: Walk) -> None:
    assert [path.name for path in walk.empty.glob("*-*")] == ["2025-08-01"]
    assert "chưa có số liệu nào để lưu" in next(said for line, said in walk.said if line.endswith("weekly"))
    # The figures are of an earlier day than the first run: the empty pages must not stand before them as the newest.
    assert [path.name for path in (walk.folder / "maps").iterdir() if path.is_dir()] == ["2025-07-15"]
    assert "2025-08-01" not in (walk.folder / "maps" / "index.html").read_text(encoding="utf-8")
    assert [path.name[:10] for path in (walk.folder / "snapshots").rglob("*.json")] == ["2025-07-15"]


def test_an_empty_page_that_somebody_edited_stays(tmp_path: Path) -> None:
    starter.write(tmp_path, starter.make("Sơn La", "vi").files)
    whole = portfolio.load(tmp_path)

    def days(as_of: date) -> list[str]:
        page.write(whole, progress.measure(whole, as_of), (), tmp_path / "maps")
        return sorted(path.name for path in (tmp_path / "maps").iterdir() if path.is_dir())

    assert days(date(2025, 8, 1)) == ["2025-08-01"]
    assert days(date(2025, 8, 2)) == ["2025-08-02"]
    (tmp_path / "maps" / "2025-08-02" / "ghi chú.txt").write_text("của tôi", encoding="utf-8")
    assert days(date(2025, 8, 3)) == ["2025-08-02", "2025-08-03"]


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (360, 740)])
def test_pages_without_any_figure_look_right(walk: Walk, visit: Callable[..., Visit], width: int, height: int) -> None:
    seen = visit(walk.empty / "2025-08-01" / "index.html", width, height)
    text = seen.page.locator("body").inner_text()
    assert "Tiến độ các dự án hạ tầng trọng điểm tỉnh Cà Mau" in text
    assert "Danh mục chưa có dự án nào." in text
    assert not re.search(r"undefined|NaN|null|\d%", text)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    seen.assert_quiet()
    seen = visit(walk.folder / "maps" / "2025-07-15" / "index.html", width, height)
    assert seen.page.locator(".leaflet-container path").count() >= 2
    assert "80,26%" in seen.page.locator("body").inner_text()
    seen.assert_quiet()
