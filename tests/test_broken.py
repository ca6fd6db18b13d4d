"""Every fault a file can have, with its exact words: ``broken/KEY.yaml`` or ``.geojson``, and the answer, ``KEY.txt``.

``KEY`` is the message's key in ``lsinfra/locale``; after a ``~`` stands which of several files it is. A ``.yaml`` is
put in the place of ``projects.yaml``, a ``.geojson`` of ``geodata/routes.geojson``; the rest is the small world of
``sample/``. What nobody can read or keep (files of megabytes, missing folders) is made here.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lsinfra import geojson, portfolio, yamlfile
from lsinfra.errors import InputError, LsinfraError
from lsinfra.text import LANGS, Lang, words
from tests.conftest import ROOT

BROKEN = ROOT / "tests" / "broken"
SAMPLE = ROOT / "tests" / "sample"
FILES = sorted(path for path in BROKEN.iterdir() if path.suffix != ".txt")


def too_large_records(root: Path) -> None:
    root.joinpath("projects.yaml").write_bytes(b"# " + b"x" * 50_000_000)


def too_large_geojson(root: Path) -> None:
    with root.joinpath("geodata", "routes.geojson").open("wb") as file:
        file.truncate(100 * 1024 * 1024)


def too_deep_geojson(root: Path) -> None:
    root.joinpath("geodata", "routes.geojson").write_text("[" * 200_000)


def huge_number(root: Path) -> None:
    path = root / "geodata" / "routes.geojson"
    path.write_text(path.read_text("utf-8").replace("107.25", "9" * 5_000, 1), "utf-8")


def unreadable_geojson(root: Path) -> None:
    path = root / "geodata" / "routes.geojson"
    path.unlink()
    path.symlink_to("nowhere")


def no_folder(root: Path) -> None:
    shutil.rmtree(root / "geodata")


def no_records(root: Path) -> None:
    root.joinpath("projects.yaml").unlink()


MADE: dict[str, Callable[[Path], None]] = {
    "fault.file_too_large": too_large_records,
    "geo.too_large": too_large_geojson,
    "geo.too_deep": too_deep_geojson,
    "geo.huge_number": huge_number,
    "geo.unreadable": unreadable_geojson,
    "geo.no_folder": no_folder,
    "run.unreadable": no_records,
}

NOT_FROM_A_FILE = {
    "fault.did_you_mean": "a part of other sentences",
    "quantity.not_finite": "digits that are read are finite; a Figure made by a program may not be",
    "quantity.chainage_range": "a chainage that is read has four digits before the plus; one a program makes may not",
    "geo.chainage_outside": "a question to an alignment; in the records it is a finding",
    "geo.crs_missing": "the records have a CRS of their own accord; a program may name none",
}


@pytest.fixture
def world(tmp_path: Path) -> Path:
    return shutil.copytree(SAMPLE, tmp_path / "thử")


def put(path: Path, root: Path) -> None:
    place = "projects.yaml" if path.suffix == ".yaml" else "geodata/routes.geojson"
    shutil.copyfile(path, root / place)


def refused(root: Path) -> LsinfraError:
    with pytest.raises(LsinfraError) as caught:
        portfolio.load(root)
    return caught.value


def keys(error: LsinfraError) -> set[str]:
    if isinstance(error, InputError):
        return {fault.key for fault in error.faults}
    return {f"{error.group}.{error.key}"}


def said(error: LsinfraError, root: Path) -> dict[Lang, str]:
    return {lang: error.write(lang).replace(str(root), "…") for lang in LANGS}


def expected(name: str) -> dict[str, str]:
    """The words in ``broken/NAME.txt``: ``[vi]``, the lines, ``[en]``, the lines."""
    _, vi, en = re.split(r"^\[(?:vi|en)\]\n", BROKEN.joinpath(f"{name}.txt").read_text("utf-8"), flags=re.MULTILINE)
    return {"vi": vi.rstrip("\n"), "en": en.rstrip("\n")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_broken_file_is_answered_in_these_words(path: Path, world: Path) -> None:
    put(path, world)
    error = refused(world)
    assert said(error, world) == expected(path.stem)
    assert path.stem.partition("~")[0] in keys(error)


@pytest.mark.parametrize("key", MADE)
def test_what_no_file_can_hold_is_answered_in_these_words(key: str, world: Path) -> None:
    MADE[key](world)
    error = refused(world)
    assert said(error, world) == expected(key)
    assert keys(error) == {key}


def test_the_world_that_is_broken_here_is_sound() -> None:
    assert [project.id for project in portfolio.load(SAMPLE).records.projects] == ["quoc-lo-99", "duong-ho-trang"]


def test_every_fault_has_its_file() -> None:
    named = {path.stem.partition("~")[0] for path in FILES} | set(MADE)
    assert {path.stem for path in BROKEN.glob("*.txt")} == {path.stem for path in FILES} | set(MADE)
    # The words of units and months are in tables of their own, "or" joins two of them.
    faults = {
        f"{group}.{key}" for group in ("fault", "geo", "quantity") for key in words("vi", group) if "." not in key
    }
    assert faults - {"quantity.or"} - set(NOT_FROM_A_FILE) == named - {"run.unreadable"}
    assert not named & set(NOT_FROM_A_FILE)


def test_the_limits_are_those_in_the_words() -> None:
    assert f"{yamlfile.MAX_BYTES // 1_000_000} MB" in expected("fault.file_too_large")["vi"]
    assert f"{geojson.MAX_BYTES // 1_048_576} MB" in expected("geo.too_large")["vi"]


@pytest.mark.parametrize("lang", LANGS)
def test_every_sentence_can_be_shown_and_is_not_long(lang: Lang) -> None:
    for path in BROKEN.glob("*.txt"):
        for line in expected(path.stem)[lang].splitlines():
            assert line.isprintable(), path.name
            assert len(line) < 420, path.name
            # A place, then a sentence; only a fault of the run itself has no place.
            assert re.match(r"(projects\.yaml(:\d+:\d+)?|geodata/routes\.geojson): ", line) or path.stem.startswith(
                ("run.", "geo.crs_", "geo.no_folder")
            ), path.name
