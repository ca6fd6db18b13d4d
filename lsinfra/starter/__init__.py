"""A folder to begin with: the records, the routes' folder and the zone of VN-2000 of a province.

Nothing in it is a figure: what an example says stands behind comment marks and calls itself one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from string import Template
from textwrap import wrap

from lsinfra import loader
from lsinfra.alignments import metric
from lsinfra.errors import RunError, why
from lsinfra.files import remove, settle, write_new
from lsinfra.numerals import MAX_LENGTH, shown
from lsinfra.records import FILE
from lsinfra.starter.provinces import CITIES, Province, StarterError, Zone, find
from lsinfra.text import LANGS, Lang, Phrase, Word, printable, say

__all__ = ["Province", "Starter", "StarterError", "Zone", "find", "make", "write"]

_TEMPLATES = Path(__file__).parent / "templates"
_WIDTH = 110
_LAYERS = ("routes", "places", "border")
_EMPTY = '{\n  "type": "FeatureCollection",\n  "features": [\n  ]\n}\n'
# What may stand in a folder that is to be begun: a repository that was made first.
_NO_MATTER = {".git"}


@dataclass(frozen=True, slots=True)
class Starter:
    """The files of a starter by their names, what was chosen and why, and the metric CRS."""

    files: dict[str, str]
    notes: tuple[Phrase, ...]
    crs: str


def make(province: str, lang: Lang, crs: str | None = None) -> Starter:
    """The files of a starter for a province.

    Parameters
    ----------
    province : str
        Its name, of today or of before 1 July 2025; see ``provinces.find``. A former one gives the zone, the province
        of today that holds it the titles. With ``crs`` a name that is in no list is taken as it is written.
    lang : {"vi", "en"}
        Of the comments; titles are in both.
    crs : str, optional
        The metric CRS, as ``EPSG:9207``. None: the zone of the province, of a merged one that of the part it is named
        after, the notes telling the others.

    Raises
    ------
    StarterError
        No such province, no zone known for it, or a name that cannot be written.
    RouteError
        The CRS is unknown or not in metres.
    """
    name = " ".join(province.split())
    if not name or len(name) > MAX_LENGTH or printable(name) != name:
        raise StarterError("bad_name", found=shown(name, MAX_LENGTH))
    if crs is not None:
        crs = crs.strip().upper()
        if not re.fullmatch(r"[A-Z]+:[0-9]+", crs):
            raise StarterError("bad_crs", found=shown(crs))
        metric(crs)
    notes: list[Phrase] = []
    try:
        known = find(name)
    except StarterError:
        if crs is None:
            raise
        notes += [_said("unlisted", found=shown(name, MAX_LENGTH)), _said("given", crs=crs)]
        chosen, called = crs, dict.fromkeys(LANGS, name)
    else:
        today = known.into or known.name
        if known.into is not None:
            key = "renamed" if known.renamed else "former"
            notes.append(_said(key, province=_called(known.name), into=_called(today)))
        chosen, note = _zone(known, crs)
        notes.append(note)
        # Titles and the authority are of the province of today: the former one signs nothing any more.
        name, called = today, {one: _called(today).write(one) for one in LANGS}
    values = {
        **{f"title_{one}": _quoted(_said("title", where=called[one]).write(one)) for one in LANGS},
        "authority": _quoted(_said("authority", where=called["vi"].upper()).write("vi")),
        "place": _quoted(name),
        "where": called[lang],
        "crs": chosen,
        "why": "\n".join(f"  # {line}" for note in notes for line in wrap(note.write(lang), _WIDTH)),
    }
    files = {
        FILE: _filled(f"projects.{lang}.yaml", values),
        "projects.schema.json": json.dumps(loader.schema(), ensure_ascii=False, indent=2) + "\n",
        "geodata/README.md": _filled(f"geodata.{lang}.md", values),
        **{f"geodata/{layer}.geojson": _EMPTY for layer in _LAYERS},
        ".gitignore": (_TEMPLATES / "gitignore").read_text(encoding="utf-8"),
    }
    return Starter(files, tuple(notes), chosen)


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder that is empty or not there yet; nothing is ever overwritten.

    Raises
    ------
    StarterError
        Something is in the folder.
    RunError
        The folder cannot be made or written; what was begun is removed, folders that were made for it included.
    """
    written: list[Path] = []
    made = [one for one in (folder, *folder.parents) if not one.exists()]  # innermost first
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if there := sorted(path.name for path in folder.iterdir() if path.name not in _NO_MATTER):
            raise StarterError("not_empty", folder=folder, found=", ".join(map(shown, there[:3])))
        for name, text in files.items():
            path = folder / name
            if not path.parent.exists():
                path.parent.mkdir()
                made.insert(0, path.parent)
            write_new(path, text.encode("utf-8"))
            written.append(path)
        settle(*{path.parent for path in written})
    except OSError as error:
        for path in written:
            remove(path)
        for one in made:
            with suppress(OSError):
                one.rmdir()
        raise RunError("unwritable", path=folder, reason=why(error)) from None


def _zone(province: Province, crs: str | None) -> tuple[str, Phrase]:
    """The metric CRS and why it is this one."""
    parts = _Parts(province.zones)
    named = _called(province.name)
    if crs is not None:
        fits = crs in {zone.crs for _, zone in province.zones if zone}
        return crs, _said("given" if fits else "given_other", crs=crs, province=named, parts=parts)
    if province.zone is None:
        raise StarterError("no_zone", province=named, parts=parts)
    key = "chosen" if province.merged else "zone_of"
    return province.zone.crs, _said(key, province=named, parts=parts, zone=province.zone, edition=_edition())


def _edition() -> str:
    from pyproj.database import get_database_metadata

    return get_database_metadata("EPSG.VERSION") or ""


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of a province with their zones, to be said in a sentence."""

    zones: tuple[tuple[str, Zone | None], ...]

    def write(self, lang: Lang) -> str:
        unknown = Word("starter.unknown_zone")
        return "; ".join(say(lang, "starter.part", name=part, zone=zone or unknown) for part, zone in self.zones)


def _called(name: str) -> Phrase:
    """``tỉnh Cà Mau``, ``thành phố Hải Phòng``."""
    return _said("city" if name in CITIES else "province", name=name)


def _said(key: str, **values: object) -> Phrase:
    return Phrase(f"starter.said.{key}", tuple(values.items()))


def _quoted(text: str) -> str:
    """A text as YAML: JSON's quotes and escapes are among its own, whatever the text holds."""
    return json.dumps(text, ensure_ascii=False)


def _filled(name: str, values: Mapping[str, str]) -> str:
    """A template with values put in, which are never read as a template again."""
    return Template((_TEMPLATES / name).read_text(encoding="utf-8")).substitute(values)
