"""What the report says: every number found again in the JSON, what is missing said, nothing invented."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from unicodedata import combining, normalize

import pytest

from lsinfra.compare import Compared
from lsinfra.progress import ClearanceRow, DisbursementRow, Progress, SectionSum
from lsinfra.quantities import PartialDate, number
from lsinfra.render.tables import progress_json
from lsinfra.report.model import (
    Blank,
    Bullets,
    Cell,
    Heading,
    Paragraph,
    Picture,
    Report,
    Row,
    Run,
    Table,
    blocks_of,
    runs_of,
    tables_of,
    words_of,
)
from lsinfra.text import LANGS, Lang
from tests.conftest import ROOT
from tests.reporting import HOSTILE, SAMPLE, WORLDS, Told, project, records, tell, write

DAYS = ("2024-10-31", "2025-03-26", "2025-10-27")


def facts(told: Progress, stale_after: int) -> dict[tuple[object, ...], list[Decimal]]:
    """Every number that ``progress --format json`` has of each row, in the units a report prints; days late too."""
    whole = json.loads(progress_json(told, (), "vi"), parse_float=Decimal, parse_int=Decimal)
    found: dict[tuple[object, ...], list[Decimal]] = {}
    for row in whole["clearance"]:
        key = row["project"], row["section"], row["stage"], row["measure"]
        found[key] = [row[name] for name in ("value", "total") if row[name] is not None]
        if row["total"] is not None:
            found[key].append(row["total"] - row["value"])
        found[key] += [row["age_days"], row["age_days"] - stale_after]
        found[key] += _percents(row)
    for row in whole["disbursement"]:
        key = row["project"], row["plan_year"], row["base"], row["funding"]
        found[key] = [row[name] / 10**9 for name in ("value_vnd", "plan_vnd") if row[name] is not None]
        found[key] += [row["age_days"], row["age_days"] - stale_after]
        found[key] += _percents(row)
    for row in whole["sums"]:
        key = "sum", row["project"], row["stage"], row["measure"]
        found[key] = [row[name] for name in ("value", "total", "reported", "sections") if row[name] is not None]
        if row["value"] is not None and row["total"] is not None:
            found[key].append(row["total"] - row["value"])
        found[key] += _percents(row)
    return found


def _percents(row: dict[str, Any]) -> list[Decimal]:
    return [one for one in (row["share"], row["stated_percent"] and row["stated_percent"] / 100) if one is not None]


def key_of(row: Row | None) -> tuple[object, ...]:
    match row:
        case ClearanceRow():
            return row.project, row.section, row.stage.value, row.measure.value
        case DisbursementRow():
            return row.project, row.plan_year, row.base.value, row.funding.value if row.funding else None
        case SectionSum():
            return "sum", row.project, row.stage.value, row.measure.value
    raise AssertionError(row)


def said(report: Report) -> Iterator[Run | Cell]:
    for block in blocks_of(report):
        yield from runs_of(block)
        if isinstance(block, Table):
            for row in block.rows:
                yield from row


def printed(text: str, lang: Lang) -> Fraction:
    """The number that a text shows, in its own notation; a percentage as a share."""
    digits = text.removesuffix("%")
    digits = digits.replace(".", "").replace(",", ".") if lang == "vi" else digits.replace(",", "")
    return Fraction(digits) / (100 if text.endswith("%") else 1)


def near(one: Fraction | Decimal | int, other: Fraction | Decimal | int) -> bool:
    return abs(Fraction(one) - Fraction(other)) <= Fraction(1, 10**6)


def worlds(tmp_path: Path) -> Iterator[tuple[Told, Lang]]:
    for lang in LANGS:
        for day in DAYS:
            yield tell(ROOT, day, lang), lang
        yield tell(SAMPLE, None, lang), lang
    yield tell(write(tmp_path / "many", WORLDS["forty projects"])), "vi"
    yield tell(write(tmp_path / "sections", WORLDS["sections"])), "vi"


def test_every_number_is_found_again_in_the_json(tmp_path: Path) -> None:
    checked = 0
    for told, lang in worlds(tmp_path):
        stale = told.portfolio.records.portfolio.stale_after_days
        now, before = facts(told.progress, stale), facts(told.before, stale) if told.before else {}
        for one in said(told.report):
            if one.row is None or one.exact is None or isinstance(one.exact, PartialDate):
                continue
            if isinstance(one.row, Compared):
                sides = [now.get(key_of(one.row.row), []), before.get(key_of(one.row.row), [])]
                known = [a - b for a in sides[0] for b in sides[1]] + [b - a for a in sides[0] for b in sides[1]]
                if one.row.work is not None:
                    known += [Decimal(float(part)) for part in (one.row.work, one.row.scope) if part is not None]
            else:
                known = now.get(key_of(one.row), []) + before.get(key_of(one.row), [])
            assert any(near(one.exact, other) for other in known), (one.text, one.exact, known)
            points = isinstance(one.row, Compared) and isinstance(one.exact, Fraction)
            shown = printed(one.text, lang) / (100 if points else 1)
            decimals = len(re.split("[,.]", one.text.rstrip("%"))[-1]) + (2 if "%" in one.text or points else 0)
            # Of the parts of a change one is what the other rounded ones leave.
            room = Fraction(2 if points else 1, 2 * 10**decimals) if isinstance(one.exact, Fraction) else 0
            assert abs(shown - Fraction(one.exact)) <= room, one
            checked += 1
    assert checked > 1500


def allowed(told: Told) -> str:
    """Every text that is not the report's own: of the records and of the findings."""
    texts = [finding.message(told.report.lang) for finding in told.findings]

    def walk(value: object) -> None:
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, dict):
            for part in value.values():
                walk(part)
        elif isinstance(value, (list, tuple)):
            for part in value:
                walk(part)

    walk(told.portfolio.records.model_dump(mode="python"))
    return "\n".join(" ".join(text.split()) for text in texts)


def test_no_number_is_said_that_is_not_of_a_figure(tmp_path: Path) -> None:
    """Digits stand only in numbers that say what they are of, in references, in texts of the records, and in what
    words of ours are made of: days, years, chainage.
    """
    for told, _ in worlds(tmp_path):
        others = allowed(told)
        for one in said(told.report):
            if not re.search(r"\d", one.text) or one.exact is not None or one.sources or one.row is not None:
                continue
            text = one.text.strip(" .")
            for title in told.portfolio.records.projects:
                text = text.replace(title.title.write(told.report.lang), "")
            chainage = re.search(r"Km\d|km [\d,.]+ – ", text)
            year = re.fullmatch(r"\D*20\d\d\D*|.*\d\d?/20\d\d\D*|.*\d\d? [A-Z]\w+ 20\d\d\D*", text)
            assert text in others or chainage or year, one


def test_what_is_no_single_number_is_an_interval_of_the_json() -> None:
    """Bounds and intervals: of an implied total, of the share it allows, the days of a sum, the parts of a change."""
    checked = 0
    for told in (tell(ROOT, "2024-10-31"), tell(SAMPLE)):
        whole = json.loads(progress_json(told.progress, (), "vi"))
        bounds = {
            number(Decimal(str(row[name])), 3, "vi")
            for row in (*whole["clearance"], *whole["sums"])
            for name in ("total_low", "total_high")
            if row[name] is not None
        } | {
            number(Fraction(outwards(Fraction(row[name], 10**6)), 1000), 3, "vi")
            for row in whole["disbursement"]
            for name, outwards in (("plan_low_vnd", math.floor), ("plan_high_vnd", math.ceil))
            if row[name] is not None
        }
        for one in said(told.report):
            figured = isinstance(one.row, (ClearanceRow, DisbursementRow, SectionSum))
            if one.exact is None and figured and re.search(r"\d\s–\s\d", one.text):
                ends = re.findall(r"[\d.,]+(?![\d.,%])", one.text)
                assert "%" in one.text or set(ends) <= bounds, one
                checked += 1
    assert checked > 8


def text_of(report: Report) -> str:
    """Everything the report prints, a block a line."""
    lines = [*vars_of(report.head), report.note, *report.signature.lines, *report.recipients.lines]
    lines += [report.title, *(section.title for section in report.sections)]
    lines += [text for annex in report.annexes for text in (annex.title, annex.attached)]
    for block in blocks_of(report):
        match block:
            case Heading():
                lines.append(f"{block.number} {block.title}")
            case Paragraph():
                lines.append(words_of(block.runs))
            case Bullets():
                lines += [words_of(item) for item in block.items]
            case Table():
                lines += [block.caption, block.note]
                lines += [text for column in block.columns for text in (column.group, column.title, column.unit)]
                lines += ["\t".join(cell.text for cell in cells) for cells in block.rows]
            case Picture():
                lines += [block.alt, block.caption, block.missing]
    return "\n".join(line.replace("\u00a0", " ") for line in lines)


def vars_of(head: object) -> Iterator[str]:
    for name in head.__dataclass_fields__:  # type: ignore[attr-defined]
        value = getattr(head, name)
        yield value if isinstance(value, str) else " ".join(value)


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("lang", LANGS)
def test_whatever_is_missing_the_report_is_whole(name: str, lang: Lang, tmp_path: Path) -> None:
    report = tell(write(tmp_path / "w", WORLDS[name]), None, lang).report
    assert [section.number for section in report.sections] == ["I.", "II.", "III.", "IV.", "V.", "VI."]
    assert len(report.annexes) == 5
    assert all(section.blocks for section in report.sections)
    assert all(annex.blocks for annex in report.annexes)
    text = text_of(report)
    for hostile in HOSTILE:
        text = text.replace(hostile, "")
    assert not re.search(r"None|\bnan\b|\{|\}|Fraction|Decimal|report\.[a-z]", text)
    # A sentence ends once.
    assert not re.search(r"[^.]\.\.(?!\.)|[;,:]\.", text)
    for table in tables_of(report):
        assert {len(cells) for cells in table.rows} == {len(table.columns)}
        assert not any(cell.above for cell in table.rows[0])


def both_languages(tmp_path: Path, lang: Lang) -> Iterator[Told]:
    yield tell(ROOT, lang=lang)
    yield tell(SAMPLE, "2024-06-30", lang)
    for n, book in enumerate(WORLDS.values()):
        yield tell(write(tmp_path / str(n), book), None, lang)


SYLLABLE = re.compile(
    "(?:ngh?|nh|gh?|gi|kh?|ph?|qu|th?|tr|ch?|[bdhlmnrsvx])?"
    "(?:a[iouy]?|e[ou]?|i(?:a|eu?|u)?|o(?:a[iy]?|e|i)?|u(?:ay?|e|i|o[iu]?|u|y[aeu]?)?|y(?:eu?)?)"
    "(?:ch|ng|nh|[cmnpt])?"
)
"""A Vietnamese syllable without its marks: no “land”, “share” or “late” is one."""
SHORT = re.compile("km|ha|bc|vt|tt|đvt|[iv]+|[bcd]")
"""Units, abbreviations, numbers of sections."""


def is_vietnamese(word: str) -> bool:
    bare = "".join(one for one in normalize("NFD", word.lower()) if not combining(one)).replace("đ", "d")
    return SHORT.fullmatch(word.lower()) is not None or SYLLABLE.fullmatch(bare) is not None


def test_the_vietnamese_report_has_no_english_word(tmp_path: Path) -> None:
    for told in both_languages(tmp_path, "vi"):
        own = set(re.findall(r"[^\W\d_]+", allowed(told).lower()))
        # The name of a page is no word.
        used = set(re.findall(r"[^\W\d_]+", re.sub(r"\w+\.html", "", text_of(told.report).lower())))
        assert {word for word in used - own if not is_vietnamese(word)} == set()


def test_the_english_report_has_no_vietnamese_word(tmp_path: Path) -> None:
    marked = re.compile(r"\b\w*[à-ỹăâđêôơư]\w*\b")
    for told in both_languages(tmp_path, "en"):
        own = set(marked.findall(allowed(told).lower()))
        assert set(marked.findall(text_of(told.report).lower())) - own <= {"đồng"}


# --- what the records do not hold, and what they do ------------------------------------------------------------------


def blanks(report: Report) -> list[str]:
    return [section.title for section in report.sections if any(isinstance(block, Blank) for block in section.blocks)]


def test_what_the_records_do_not_hold_is_a_dotted_line() -> None:
    report = tell(ROOT).report
    assert blanks(report) == [
        "TÓM TẮT", "KHÓ KHĂN, VƯỚNG MẮC", "NHIỆM VỤ TRỌNG TÂM TUẦN TỚI", "ĐỀ XUẤT, KIẾN NGHỊ"
    ]  # fmt: skip
    assert report.head.issuer == "……………………"
    assert report.head.number == "Số: …/BC-…"
    assert report.signature.name == ""
    assert "dòng chấm" in report.note


def test_what_the_records_hold_is_printed() -> None:
    report = tell(SAMPLE).report
    assert blanks(report) == []
    assert report.note == ""
    assert (report.head.authority, report.head.issuer) == ("ỦY BAN NHÂN DÂN TỈNH THỬ", "SỞ GIAO THÔNG")
    assert report.head.number == "Số: …/BC-SGT"
    assert report.head.place_and_day == "Thử, ngày … tháng … năm …"
    assert report.signature.lines == ("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC")
    assert report.signature.name == "Trần Văn Thử"
    assert report.recipients.lines == ("- Ủy ban nhân dân tỉnh;", "- Các thành viên Ban Chỉ đạo;", "- Lưu: VT, KH.")
    text = text_of(report)
    assert "Quốc lộ 99: Cho phép tạm ứng kinh phí di dời đường điện [2]." in text
    assert "Quốc lộ 99: Bàn giao mặt bằng tại nút giao Km12." in text
    assert "Bổ sung vốn cho công tác kiểm đếm." in text


def test_a_point_of_a_week_that_is_over_is_not_said_again() -> None:
    assert "nút giao Km12" in text_of(tell(SAMPLE, "2024-07-31").report)
    late = tell(SAMPLE, "2024-08-01").report
    assert "nút giao Km12" not in text_of(late)
    assert "NHIỆM VỤ TRỌNG TÂM TUẦN TỚI" in blanks(late)


def obstacles(report: Report) -> list[str]:
    section = report.sections[3]
    found = []
    for block in section.blocks:
        found += [block.title] if isinstance(block, Heading) else []
        found += [words_of(item) for item in block.items] if isinstance(block, Bullets) else []
    return found


def test_obstacles_stand_by_level_with_who_must_act_and_how_late(tmp_path: Path) -> None:
    issues = [
        {"text": "Một", "level": "commune", "due": "2024-06-29", "actor": "Xã A", "source": "bc"},
        {"text": "Hai", "level": "central", "due": "2024-07-01"},
        {"text": "Ba.", "owner": "Ban B."},
        {"text": "Bốn", "level": "commune", "due": "2024-06-01", "actor": "Xã A"},
        {"text": "Năm", "level": "province", "closed": "2024-06-30"},
    ]
    told = tell(write(tmp_path / "w", records(project(1, issues=issues))), "2024-06-30")
    unknown, since = " Chưa ghi ngày nêu.", "tính đến ngày 30/6/2024 đã quá hạn"
    assert obstacles(told.report) == [
        "Thuộc thẩm quyền giải quyết của cấp Trung ương",
        f"Đường tỉnh 201: Hai.{unknown} Chưa xác định đơn vị xử lý. Thời hạn: 01/7/2024.",
        "Thuộc thẩm quyền giải quyết của cấp xã",
        f"Đường tỉnh 201: Bốn.{unknown} Đơn vị phải xử lý: Xã A. Thời hạn: 01/6/2024, {since} 29 ngày.",
        f"Đường tỉnh 201: Một [1]. Đơn vị phải xử lý: Xã A. Thời hạn: 29/6/2024, {since} 1 ngày.",
        "Chưa xác định cấp giải quyết",
        f"Đường tỉnh 201: Ba.{unknown} Đơn vị chịu trách nhiệm: Ban B. Chưa có thời hạn.",
    ]
    text = text_of(told.report)
    assert "còn 4 vướng mắc chưa giải quyết, trong đó 2 vướng mắc đã quá hạn" in text
    assert "Ngoài ra, 1 vướng mắc đã được giải quyết." in text
    # What falls due in the next seven days is of the next week.
    assert "xử lý vướng mắc “Hai”, thời hạn 01/7/2024" in text


def late_rows(told: Told) -> list[list[str]]:
    table = next((table for table in tables_of(told.report) if table.id == "late"), None)
    return [] if table is None else [[cell.text for cell in cells] for cells in table.rows]


def test_who_is_late_and_by_how_many_days(tmp_path: Path) -> None:
    def seen(day: str, figure: str, **of: str) -> dict[str, str]:
        return {"as_of": day, "handed_over": figure, "source": "bc"} | of

    sections = [{"id": "a", "unit": "Xã A"}, {"id": "b", "unit": "Xã B"}, {"id": "c", "unit": "Xã C"}]
    one = project(
        1,
        sections=sections,
        disbursement=[],
        clearance=[seen("2024-05-26", "1/2 ha", section="a"), seen("2024-05-25", "1/2 ha", section="b")],
    )
    done = project(2, clearance=[seen("2024-01-01", "2/2 ha")])
    told = tell(write(tmp_path / "w", records(one, done)), "2024-06-30")
    assert late_rows(told) == [
        ["1", "Đường tỉnh 201", "Xã B", "Bàn giao mặt bằng (ha)", "25/5/2024", "36", "1", "[1]"],
        ["2", "", "Xã C", "Bàn giao mặt bằng", "Chưa có", "–", "–", ""],
        ["3", "", "Toàn dự án", "Giải ngân", "Chưa có", "–", "–", ""],
    ]


def test_long_tables_stand_in_the_annex_and_are_numbered_no_more(tmp_path: Path) -> None:
    report = tell(write(tmp_path / "w", WORLDS["sections"])).report
    inside = [block.id for section in report.sections for block in section.blocks if isinstance(block, Table)]
    assert inside == ["by_project", "money", "late"]
    moved = [block.id for block in report.annexes[0].blocks if isinstance(block, Table)]
    assert moved == ["clearance", "by_unit"]
    captions = [block.caption for section in report.sections for block in section.blocks if isinstance(block, Table)]
    assert [caption.split(". ")[0] for caption in captions] == ["Bảng 1", "Bảng 2", "Bảng 3"]


def test_the_summary_of_many_projects_names_those_with_the_most_land_left(tmp_path: Path) -> None:
    seen = {"as_of": "2024-06-30", "source": "bc"}
    few = [project(n, clearance=[seen | {"handed_over": f"1/{n + 1} ha"}]) for n in range(1, 13)]
    few[4]["clearance"][0]["handed_over"] = "6/6 ha"
    report = tell(write(tmp_path / "w", records(*few))).report
    lists = [block for block in report.sections[0].blocks if isinstance(block, Bullets)]
    named = [item[0].text for item in lists[0].items]
    assert named == [f"Đường tỉnh {200 + n}" for n in (12, 11, 10, 9, 8, 7, 6, 4)]
    counts = "bàn giao mặt bằng (12 dự án có số liệu toàn dự án), trong đó 1 dự án đã bàn giao đủ"
    assert f"12/12 dự án đã có số liệu {counts}" in text_of(report)


def test_shares_computed_and_stated_stand_side_by_side() -> None:
    text = text_of(tell(ROOT, "2024-10-31").report)
    assert "366,55/640,28 ha, đạt 57,25% (nguồn nêu 57,24%), còn 273,73 ha (tháng 10/2024) [1]" in text
    later = text_of(tell(ROOT, "2025-10-27").report)
    assert "596/618 ha, đạt 96,44% (nguồn nêu 96,5%, không khớp số tính lại), còn 22 ha" in later
    assert "(28/7/2025, báo chí, chưa cập nhật) [6]" in later
