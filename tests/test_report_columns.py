"""Every cell of a figure is what ``progress --format json`` has for its column, in the report's notation."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn

from lsinfra.compare import Compared
from lsinfra.progress import ClearanceRow, DisbursementRow, Progress, SectionSum
from lsinfra.quantities import PartialDate
from lsinfra.render.tables import progress_json
from lsinfra.report.model import Cell, Row, Table, tables_of
from lsinfra.report.word import word
from lsinfra.text import LANGS, Lang, say
from tests.conftest import ROOT
from tests.reporting import SAMPLE, WORLDS, Told, tell, write
from tests.test_report_tables import BY_HAND

AMOUNTS = {
    "total": "total",
    "plan": "total",
    "handed_over": "value",
    "done": "value",
    "disbursed": "value",
    "age": "age_days",
}
SIDES = {"before": "value", "before_total": "total", "after": "value", "after_total": "total"}
GROUPS = {"before": "earlier", "before_total": "earlier", "after": "now", "after_total": "now"}
GROUPS |= {"computed": "rate", "stated": "rate"}


def facts(told: Progress) -> dict[tuple[object, ...], dict[str, Any]]:
    """Each row of ``progress --format json`` by what it is of, money in billions as a report prints it."""
    whole = json.loads(progress_json(told, (), "vi"), parse_float=Decimal, parse_int=Decimal)
    found: dict[tuple[object, ...], dict[str, Any]]
    found = {(row["project"], row["section"], row["stage"], row["measure"]): row for row in whole["clearance"]}
    found |= {("sum", row["project"], row["stage"], row["measure"]): row for row in whole["sums"]}
    for row in whole["disbursement"]:
        named = {"value": "value_vnd", "total": "plan_vnd", "total_low": "plan_low_vnd", "total_high": "plan_high_vnd"}
        money = {name: None if row[key] is None else row[key] / 10**9 for name, key in named.items()}
        found[row["project"], row["plan_year"], row["base"], row["funding"], row["closes"]] = row | money
    return found


def key_of(row: Row | None) -> tuple[object, ...]:
    match row:
        case ClearanceRow():
            return row.project, row.section, row.stage.value, row.measure.value
        case DisbursementRow():
            funding = row.funding.value if row.funding else None
            return row.project, row.plan_year, row.base.value, funding, row.closes and row.closes.isoformat()
        case SectionSum():
            return "sum", row.project, row.stage.value, row.measure.value
    raise AssertionError(row)


def columns(table: Table, lang: Lang) -> list[str]:
    """The names of a table's columns: by their heads, those of one head by the head over them."""
    heads = {}
    for name in (*AMOUNTS, *SIDES, "left", "share", "computed", "stated", "late", "date", "newest", "closes", "source"):
        group = say(lang, f"report.group.{GROUPS[name]}") if name in GROUPS else ""
        assert (group, say(lang, f"report.column.{name}")) not in heads, name
        heads[group, say(lang, f"report.column.{name}")] = name
    heads["", say(lang, "report.column.change")] = "change"
    return [heads.get((column.group, column.title), "") for column in table.columns]


def amount(text: str, lang: Lang) -> Fraction:
    bare = text.removesuffix("%")
    return Fraction(bare.replace(".", "").replace(",", ".") if lang == "vi" else bare.replace(",", ""))


def check_amount(cell: Cell, name: str, row: dict[str, Any], lang: Lang) -> None:
    if name == "total" and row[name] is None and row.get("total_low") is not None:
        low, high = (amount(end, lang) for end in cell.text.replace("\u00a0", " ").split(" – "))
        # An interval is printed outwards.
        assert 0 <= Fraction(row["total_low"]) - low < Fraction(2, 1000), (cell, row)
        assert 0 <= high - Fraction(row["total_high"]) < Fraction(2, 1000), (cell, row)
    elif row[name] is None:
        assert cell.text == "–", (cell, row)
    else:
        assert amount(cell.text, lang) == Fraction(row[name]), (name, cell, row)


def iso(cell: Cell) -> str:
    assert isinstance(cell.exact, PartialDate), cell
    return cell.exact.iso


def check_share(cell: Cell, share: Decimal | None, lang: Lang) -> None:
    if share is None:
        assert cell.exact is None, cell
    elif cell.text[0].isdigit():
        decimals = len(cell.text.removesuffix("%").replace(",", ".").partition(".")[2])
        assert abs(amount(cell.text, lang) - Fraction(share) * 100) <= Fraction(1, 2 * 10**decimals) + Fraction(
            1, 10**4
        )


def check_cell(cell: Cell, name: str, row: dict[str, Any], lang: Lang, stale_after: int) -> bool:
    """Whether the column is one that the JSON has, after what it says was found to be that."""
    kind = row.get("total_kind") or row.get("plan_kind")
    if name in AMOUNTS:
        check_amount(cell, AMOUNTS[name], row, lang)
    elif name == "left":
        known = row["total"] is not None and cell.text != "–"
        assert not known or amount(cell.text, lang) == Fraction(row["total"] - row["value"]), (cell, row)
    elif name in ("share", "computed"):
        check_share(cell, row["share"] if kind == "stated" or name == "share" else None, lang)
    elif name == "stated":
        percent = row.get("stated_percent")
        assert cell.text == "–" if percent is None else amount(cell.text, lang) == Fraction(percent), (cell, row)
    elif name == "late":
        assert amount(cell.text, lang) == Fraction(row["age_days"]) - stale_after, (cell, row)
    elif name in ("date", "newest") and "observed" in row:
        assert iso(cell) == row["observed"], (cell, row)
    elif name == "closes":
        assert cell.text == "–" if row["closes"] is None else iso(cell) == row["closes"], (cell, row)
    else:
        return False
    return True


def worlds(folder: Path) -> Iterator[tuple[Told, Lang]]:
    for lang in LANGS:
        for day in ("2024-10-31", "2025-03-26", "2025-10-27"):
            yield tell(ROOT, day, lang), lang
        yield tell(SAMPLE, None, lang), lang
    for n, name in enumerate(("forty projects", "sections")):
        yield tell(write(folder / str(n), WORLDS[name])), "vi"
    yield tell(write(folder / "hand", BY_HAND), "2024-06-30"), "vi"


def test_every_cell_of_a_figure_is_what_its_column_says_of_it(tmp_path: Path) -> None:
    checked = 0
    for told, lang in worlds(tmp_path):
        now = facts(told.progress)
        sources = list(told.portfolio.records.sources)
        stale = told.portfolio.records.portfolio.stale_after_days
        for table in tables_of(told.report):
            if table.id in {"changes", "findings"}:
                continue
            for cells in table.rows:
                assert len({key_of(cell.row) for cell in cells if cell.row is not None}) <= 1, cells
                for cell, name in zip(cells, columns(table, lang), strict=True):
                    if cell.row is None:
                        continue
                    row = now[key_of(cell.row)]
                    checked += check_cell(cell, name, row, lang, stale)
                    if name == "source" and "source" in row:
                        assert cell.sources == (sources.index(row["source"]) + 1,), (cell, row)
    assert checked > 1500


def test_every_change_stands_with_both_its_sides(tmp_path: Path) -> None:
    checked = 0
    for told, lang in worlds(tmp_path):
        if told.before is None:
            continue
        before, now = facts(told.before), facts(told.progress)
        for table in (one for one in tables_of(told.report) if one.id == "changes"):
            names = columns(table, lang)
            for cells in table.rows:
                here = dict(zip(names, cells, strict=True))
                (compared,) = {cell.row for cell in cells if isinstance(cell.row, Compared)}
                key = key_of(compared.row)
                sides = {"before": before.get(key), "after": now.get(key)}
                for name, field in SIDES.items():
                    side = sides[name.partition("_")[0]]
                    if side is None:
                        assert here[name].text == "–"
                    else:
                        check_amount(here[name], field, side, lang)
                        checked += 1
                if all(sides.values()):
                    old, new = sides["before"], sides["after"]
                    assert old is not None
                    assert new is not None
                    assert amount(here["change"].text, lang) == Fraction(new["value"]) - Fraction(old["value"])
    assert checked > 40


@pytest.mark.parametrize("lang", LANGS)
def test_word_has_every_cell_in_its_place(lang: Lang, tmp_path: Path) -> None:
    """Row by row what is in each cell of the file; cells that go on from above, or are empty, are left out."""
    hand = tell(write(tmp_path / "hand", BY_HAND), "2024-06-30", lang).report
    for report in (hand, tell(ROOT, "2025-03-26", lang).report):
        body = Document(io.BytesIO(word(report))).element.body
        made = [[cells_of(row) for row in one.iter(qn("w:tr"))] for one in body.iter(qn("w:tbl"))]
        for table in tables_of(report):
            wanted = [written(cells) for cells in table.rows]
            assert wanted in [rows[-len(wanted) :] for rows in made], table.id


def cells_of(row: Any) -> list[str]:
    texts = []
    for cell in row.iter(qn("w:tc")):
        merged = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
        if merged is None or merged.get(qn("w:val")) == "restart":
            texts.append("".join(node.text or "" for node in cell.iter(qn("w:t"))))
    return bare(texts)


def written(cells: tuple[Cell, ...]) -> list[str]:
    return bare([cell.text for cell in cells if not cell.above])


def bare(texts: list[str]) -> list[str]:
    """Without empty ones, each in one line as a reader sees it."""
    return [" ".join(text.split()) for text in texts if text]
