"""The map as a still picture: what is drawn where, that words lie apart, that the scale is right; texts stay texts."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pdfplumber
import pytest
from pyproj import Geod

from lsinfra.render import payload
from lsinfra.render.payload import Scope
from lsinfra.report.formats import write as write_report
from lsinfra.report.kinds import Kind
from lsinfra.report.lettering import lines_of, shorten, width
from lsinfra.report.still import map_svg
from lsinfra.report.typeset import import_typst
from lsinfra.report.wording import extent_words, head_row
from lsinfra.text import LANGS, Lang, say
from tests.conftest import ROOT
from tests.hostile import texts, write_root
from tests.reporting import SAMPLE, WORLDS, project, records, tell, write

SVG = "{http://www.w3.org/2000/svg}"
GREEN = "#009e73"
"""Of what is handed over whole."""
SHARES = {"#440154", "#414487", "#2a788e", "#22a884", "#7ad151"}
MM = 72 / 25.4

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Still:
    """A drawing that was read back: size in mm, texts, the projects' boxes, lines as (colour, dash, path)."""

    root: ET.Element
    svg: str

    @property
    def size(self) -> tuple[float, float]:
        _, _, wide, high = map(float, self.root.get("viewBox", "").split())
        assert self.root.get("width") == f"{wide:g}mm"
        assert self.root.get("height") == f"{high:g}mm"
        return wide, high

    @property
    def frame(self) -> tuple[float, float]:
        first = next(self.root.iter(f"{SVG}rect"))
        return float(first.get("width", "")), float(first.get("height", ""))

    @property
    def texts(self) -> list[ET.Element]:
        return list(self.root.iter(f"{SVG}text"))

    @property
    def said(self) -> list[str]:
        return [one.text or "" for one in self.texts]

    @property
    def boxes(self) -> list[Box]:
        found = [one for one in self.root.iter(f"{SVG}rect") if one.get("rx")]
        sides = [[float(one.get(name, "")) for name in ("x", "y", "width", "height")] for one in found]
        return [(x, y, x + wide, y + high) for x, y, wide, high in sides]

    @property
    def lines(self) -> list[tuple[str, str | None, str]]:
        (ground,) = self.root.iter(f"{SVG}g")
        return [(one.get("stroke", ""), one.get("stroke-dasharray"), one.get("d", "")) for one in ground]

    def words(self) -> list[Box]:
        """Where each text really lies: the drawing is printed, and every letter looked up."""
        compiler, folder = import_typst()
        wide, high = self.size
        sheet = (
            f"#set page(width: {wide:g}mm, height: {high:g}mm, margin: 0mm)\n"
            '#image(bytes(sys.inputs.svg), format: "svg", width: 100%)'
        )
        data = compiler.compile(
            sheet.encode(), format="pdf", sys_inputs={"svg": self.svg}, font_paths=[folder], ignore_system_fonts=True
        )
        with pdfplumber.open(io.BytesIO(bytes(data))) as file:
            (page,) = file.pages
            chars = [char for char in page.chars if not char["text"].isspace()]
        found: list[Box] = []
        at = 0
        for text in self.said:
            mine: list[dict[str, Any]] = []
            left = "".join(text.split())
            while left:
                assert left.startswith(chars[at]["text"])
                left = left.removeprefix(chars[at]["text"])
                mine.append(chars[at])
                at += 1
            left_x, right_x = (min(c["x0"] for c in mine), max(c["x1"] for c in mine)) if mine else (0, 0)
            # From the height of capitals to the foot of letters: the box of a letter is higher than its ink.
            base, size = float(self.texts[len(found)].get("y", "")), float(self.texts[len(found)].get("font-size", ""))
            found.append((left_x / MM, base - 0.67 * size, right_x / MM, base + 0.2 * size))
        assert at == len(chars)
        return found


def draw(root: Path, day: str | None = None, lang: Lang = "vi", only: str | None = None) -> Still:
    told = tell(root, day, lang)
    svg = map_svg(Scope(told.portfolio, told.progress, lang, only), 165, 122)
    return Still(ET.fromstring(svg), svg)


def apart(boxes: Iterable[Box]) -> list[tuple[Box, Box]]:
    """Pairs that lie over one another by more than a tenth of a millimetre."""
    return [
        (one, other)
        for one, other in combinations(boxes, 2)
        if min(one[2], other[2]) - max(one[0], other[0]) > 0.1 and min(one[3], other[3]) - max(one[1], other[1]) > 0.1
    ]


def routes(count: int, **more: Any) -> dict[str, Any]:
    """So many crooked lines around one place."""
    features = []
    for n in range(count):
        turn = 2 * math.pi * n / count
        x, y = 106.7 + 0.3 * math.cos(3 * turn) * (0.3 + n / count), 21.8 + 0.3 * math.sin(turn) * (0.3 + n / count)
        shape = {"type": "LineString", "coordinates": [[x, y], [x + 0.06, y + 0.05], [x + 0.1, y + 0.12]]}
        told = {"route": f"r{n + 1}", "title": f"Đường {n}", "accuracy": "schematic", "uncertainty_m": 300}
        features.append({"type": "Feature", "properties": told | {"source": "thử"} | more, "geometry": shape})
    return {"type": "FeatureCollection", "features": features}


def world(folder: Path, count: int, geodata: dict[str, Any], **more: Any) -> Path:
    """A folder of so many projects, each with a route."""
    (folder / "geodata").mkdir(parents=True)
    (folder / "geodata" / "all.geojson").write_text(json.dumps(geodata), encoding="utf-8")
    book = records(*(project(n, **({"routes": [f"r{n}"]} | more)) for n in range(1, count + 1)))
    (folder / "projects.yaml").write_text(json.dumps(book, ensure_ascii=False), encoding="utf-8")
    return folder


# --- what is drawn ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
def test_every_project_has_a_box_with_share_figure_and_date(lang: Lang) -> None:
    told, still = tell(ROOT, lang=lang), draw(ROOT, lang=lang)
    scope = Scope(told.portfolio, told.progress, lang)
    assert len(still.boxes) == 3
    for one in scope.projects:
        found = payload.headline(scope, one.id)
        assert found is not None
        share, figure, _, _, when, _, stale, sources = payload.headline_texts(scope, found)
        at = still.said.index(one.name.write(lang))
        said = still.said[at : at + 4]
        assert said[1:3] == [share, figure]
        # All three are of the press, by sources that the last annex has numbers for.
        doubts = [say(lang, f"report.mark.{mark}") for mark in ("press", *(["stale"] if stale else []))]
        refer = ", ".join(f"[{place + 1}]" for place in sources)
        extent = extent_words(scope, head_row(scope, found))
        wanted = "; ".join(part for part in (", ".join([when, *doubts]), extent) if part)
        # What a figure covers may need another line.
        dated = " ".join(still.said[at + 3 : at + (5 if extent else 4)]).replace("\u00a0", " ")
        assert dated.startswith(f"{wanted} {refer}")


def test_a_box_says_what_is_not_known_of_a_project(tmp_path: Path) -> None:
    land = [{"as_of": "2024-06-30", "section": "a", "handed_over": "1/9 ha", "source": "bc"}]
    more = {"sections": [{"id": one, "unit": f"Xã {one}"} for one in "ab"], "disbursement": []}
    partly = draw(world(tmp_path / "w", 1, routes(1), clearance=land, **more))
    assert "Chưa có số liệu toàn dự án" in partly.said
    silent = draw(world(tmp_path / "v", 1, routes(1), clearance=[], **more))
    assert "Chưa có số liệu bàn giao" in silent.said


def test_what_is_known_only_as_an_amount_is_dashed() -> None:
    still = draw(ROOT, "2024-10-31")
    assert SHARES & {colour for colour, _, _ in still.lines}
    assert all(dash for colour, dash, _ in still.lines if colour in SHARES)
    assert GREEN not in {colour for colour, _, _ in still.lines}
    # A year later National road 4B is handed over whole, and only it is green.
    later = [line for line in draw(ROOT).lines if line[0] == GREEN]
    assert later
    assert {line[0] for line in draw(ROOT, only="dong-dang-tra-linh").lines} & {GREEN} == set()


def test_only_published_stretches_are_solid() -> None:
    """National road 99 of the sample runs due north, 22,2 km; Km12 to Km14+500 were published."""
    still = draw(SAMPLE, lang="en")
    solid = [path for colour, dash, path in still.lines if colour == GREEN and not dash]
    scope_rows = tell(SAMPLE).progress.clearance
    published = [part for row in scope_rows for part in row.stretches if part.route == "quoc-lo-99"]
    assert published
    assert len(solid) >= 1
    whole = max((ends(path) for colour, _, path in still.lines if colour == "#e3e7eb"), key=length)
    km = length(whole) / 22.2
    drawn = sorted({round(length(ends(path)) / km, 1) for path in solid})
    wanted = sorted({round(float(part.to.m - part.from_.m) / 1000, 1) for part in published})
    assert drawn == pytest.approx(wanted, abs=0.2)
    assert "Handed over, at its" in still.said


def ends(path: str) -> list[tuple[float, float]]:
    return [tuple(map(float, point.split())) for point in path.removeprefix("M").split("L")]  # type: ignore[misc]


def length(points: list[tuple[float, float]]) -> float:
    return math.dist(points[0], points[-1])


def test_a_part_beyond_the_province_has_no_figure() -> None:
    still = draw(ROOT, only="dong-dang-tra-linh")
    assert "4.2 1.2" in {dash for _, dash, _ in still.lines}
    assert any(text.startswith("Ngoài phạm vi") for text in still.said)
    assert not any(text.startswith("Ngoài phạm vi") for text in draw(ROOT, only="ql4b").said)


def test_the_scale_is_that_of_the_ground() -> None:
    """Two places of the real map, by the ellipsoid: what the bar says is what the drawing shows."""
    told, still = tell(ROOT), draw(ROOT)
    dots = [(float(one.get("cx", "")), float(one.get("cy", ""))) for one in still.root.iter(f"{SVG}circle")]
    names = [text for text, one in zip(still.said, still.texts, strict=True) if one.get("paint-order")]
    at = dict(zip(names, dots, strict=True))
    first, second = "Thất Khê", "Tiên Yên"
    known = {place.title["vi"]: place.point for place in told.portfolio.routes.places.values()}
    one, other = known[first], known[second]
    ground = Geod(ellps="WGS84").inv(one.x, one.y, other.x, other.y)[2] / 1000
    bar = [one for one in still.root.iter(f"{SVG}rect") if one.get("height") == "1.2"]
    label = next(text for text in still.said if text.endswith(("\xa0km", " km")))
    said = float(label.split()[0].replace(",", "."))
    shown = sum(float(one.get("width", "")) for one in bar)
    assert math.dist(at[first], at[second]) / ground == pytest.approx(shown / said, rel=0.005)


def test_without_a_route_there_is_no_map_and_the_report_says_so(tmp_path: Path) -> None:
    told = tell(write(tmp_path / "w", WORLDS["one observation"]))
    scope = Scope(told.portfolio, told.progress, "vi")
    assert map_svg(scope) == ""
    said = write_report(told.report, scope, Kind.MD).decode()
    assert "Hồ sơ chưa có hướng tuyến của dự án nào, nên báo cáo không kèm bản đồ." in said
    assert "chưa có hướng tuyến" not in write_report(tell(ROOT).report, scope, Kind.MD).decode()


def test_boundaries_and_whom_to_name_are_told(tmp_path: Path) -> None:
    area = [[106.3, 21.4], [107.1, 21.4], [107.1, 22.3], [106.3, 21.4]]
    unit = {"unit": "Xã Thử", "level": "commune", "code": "1", "source": "Bản đồ", "credit": "© Người vẽ ranh giới"}
    book = routes(2, credit="© Người vẽ tuyến")
    shape = {"type": "Polygon", "coordinates": [area]}
    bare = draw(world(tmp_path / "bare", 2, routes(2)))
    book["features"].append({"type": "Feature", "properties": unit, "geometry": shape})
    still = draw(world(tmp_path / "w", 2, book))
    said = " ".join(still.said)
    for text in ("© Người vẽ ranh giới", "© Người vẽ tuyến", "Ranh giới đơn vị hành chính"):
        assert text in said
        assert text not in " ".join(bare.said)
    assert "0.3 0.9" in {dash for _, dash, _ in still.lines}
    assert "0.3 0.9" not in {dash for _, dash, _ in bare.lines}


# --- words -----------------------------------------------------------------------------------------------------------


def check(still: Still) -> None:
    """Words lie apart, in their boxes and on the sheet; boxes lie apart, clear of the scale."""
    words, (wide, high), (across, down) = still.words(), still.size, still.frame
    assert apart(words) == []
    assert apart(still.boxes) == []
    for left, top, right, bottom in words:
        assert left >= 0
        assert top >= 0
        assert right <= wide
        assert bottom <= high
        # Nothing of the map runs into the legend.
        assert right <= across or left >= across
    for box in still.boxes:
        assert box[2] <= across
        assert box[3] <= down
        inside = [
            one for one in words if box[0] <= one[0] and one[2] <= box[2] and box[1] <= one[1] and one[3] <= box[3]
        ]
        assert len(inside) >= 2
        assert len(inside) == sum(1 for one in words if apart([one, box]))


@pytest.mark.parametrize("only", [None, "huu-nghi-chi-lang", "dong-dang-tra-linh", "ql4b"])
@pytest.mark.parametrize("lang", LANGS)
def test_words_lie_apart(lang: Lang, only: str | None) -> None:
    still = draw(ROOT, lang=lang, only=only)
    check(still)
    assert len(still.boxes) == (3 if only is None else 1)


def test_of_forty_projects_those_without_room_are_counted(tmp_path: Path) -> None:
    still = draw(world(tmp_path / "w", 40, routes(40)))
    check(still)
    assert 5 < len(still.boxes) < 40
    assert f"Còn {40 - len(still.boxes)} dự án không đủ chỗ" in " ".join(still.said)


@pytest.mark.parametrize("name", ["Dự án đầu tư xây dựng tuyến đường " * 6, "W" * 200])
def test_a_long_name_is_cut_and_its_figures_stay(name: str, tmp_path: Path) -> None:
    still = draw(world(tmp_path / "w", 2, routes(2), title=name))
    check(still)
    assert len(still.boxes) == 2
    assert [text for text in still.said if text.endswith("%") and "," in text] == ["18,85%", "20,16%"]
    assert len([text for text in still.said if text.endswith("…")]) == 2


def test_long_credits_make_the_legend_taller_and_then_end(tmp_path: Path) -> None:
    owed = "© Người góp dữ liệu bản đồ và các cơ quan cùng làm " * 16
    taller = draw(world(tmp_path / "a", 2, routes(2, credit=owed)))
    check(taller)
    assert 122 < taller.size[1] <= 183
    assert " ".join(owed.split()) in " ".join(taller.said)
    ended = draw(world(tmp_path / "b", 2, routes(2, credit=owed * 20)))
    check(ended)
    assert ended.size[1] <= 183
    assert ended.said[-1] == "…"


def test_hostile_texts_are_only_text(tmp_path: Path) -> None:
    for name, text in texts(tmp_path / "marker").items():
        write_root(tmp_path / name, text)
        still = draw(tmp_path / name)
        tags = {one.tag.removeprefix(SVG) for one in still.root.iter()}
        assert tags <= {"svg", "defs", "clipPath", "rect", "g", "path", "text", "circle", "line"}
        assert not {key for one in still.root.iter() for key in one.attrib if key.startswith("on") or "href" in key}
        assert len(still.boxes) == 1
        shown = shorten(" ".join(text.split()), 20).removesuffix("…")[:4]
        assert any(one.startswith(shown) for one in still.said) or not shown.isprintable()
    assert not (tmp_path / "marker").exists()


def test_letters_are_no_wider_than_measured() -> None:
    """Every letter that a report may print, as the typesetter really sets it in the drawing."""
    letters = [chr(sign) for sign in range(33, 127)] + list("đĐơƠưƯạẾỡựÂĂ–—…·≥≤°²")
    said = "".join(
        f'<text x="5" y="{5 * y + 5}" font-size="2.5" font-weight="{weight}"></text>'
        for y, weight in enumerate(["normal", "bold"] * len(letters))
    )
    root = ET.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{said}</svg>')
    root.set("font-family", "'Source Serif 4'")
    high = 10 * len(letters) + 10
    root.set("viewBox", f"0 0 100 {high}")
    root.set("width", "100mm")
    root.set("height", f"{high}mm")
    for n, one in enumerate(root):
        one.text = letters[n // 2] * 20
    still = Still(root, ET.tostring(root, encoding="unicode"))
    wider = {
        text[0]: (right - left, width(text, 2.5))
        for text, (left, _, right, _) in zip(still.said, still.words(), strict=True)
        if right - left > width(text, 2.5) + 0.01
    }
    assert wider == {}


def test_a_text_is_broken_and_cut_to_a_width() -> None:
    assert list(lines_of(["một", "hai", "ba"], width("một hai", 2.5))) == ["một hai", "ba"]
    assert list(lines_of(["W" * 10], width("W" * 4, 2.5))) == ["WWWW", "WWWW", "WW"]
    assert list(lines_of(["a", "W" * 5], width("W" * 4, 2.5))) == ["a", "WWWW", "W"]
    assert list(lines_of(["W"], 0.1)) == ["W"]
    assert shorten("một hai", width("một hai", 2.5)) == "một hai"
    assert width(shorten("một hai ba bốn", 10), 2.5) <= 10
    assert shorten("một hai ba bốn", 10).endswith("…")
