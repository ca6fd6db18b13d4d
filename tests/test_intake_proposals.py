"""Doubts about proposals, the file they are decided in, and their review by a person."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsinfra import loader, portfolio
from lsinfra.codes import Base, Funding, Stage
from lsinfra.errors import InputError, RunError, Severity
from lsinfra.intake import Confidence, Doubt, Intake, Proposal, Unread, keeping, proposal_file
from lsinfra.intake.decisions import Confirmed, Decision, NewSource, Reviewed, begin
from lsinfra.intake.doubts import BLOCKING, doubted, doubted_all, slipped_value
from lsinfra.intake.edits import apply
from lsinfra.intake.keeping import EditError
from lsinfra.intake.review import checked, counted, prepare, review
from lsinfra.portfolio import Portfolio
from lsinfra.quantities import read_date, read_document_figure, read_figure
from lsinfra.render.intake_tables import applied_lines, proposal_tables
from tests.test_intake_edits import SMALL, money, proposal, written

RECORDS = SMALL + (
    "    sections: [{id: x, unit: Xã X}]\n"
    "    clearance:\n"
    "      - {as_of: 2024-11, handed_over: '560/578,6 ha', source: s}\n"
    "      - {as_of: 2024-12-05, section: x, paid: 10 ha, source: s}\n"
    "    disbursement:\n"
    "      - {as_of: 2024-12-05, plan_year: 2025, base: adjusted, total: '490,1/1.288,123 tỷ đồng', source: s}\n"
)


def codes(one: Proposal, tmp_path: Path, today: date | None = date(2025, 2, 1)) -> dict[str, Severity]:
    records = loader.load(written(tmp_path, RECORDS))
    (found,) = doubted_all([one], records, None, today)
    for doubt in found.doubts:
        assert doubt.message("vi").strip()
        assert doubt.message("en").strip()
    return {doubt.code: doubt.severity for doubt in found.doubts}


# --- doubts --------------------------------------------------------------------------------------------------------

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (proposal("570/578,6 ha"), {}),
        (proposal("559,9/578,6 ha"), {"falls": ERROR}),
        (proposal("560/578,6 ha"), {}),
        (proposal("579/578,6 ha"), {"above_total": ERROR}),
        (proposal("579 ha"), {"above_last_total": ERROR}),
        (proposal("570/580 ha"), {"total_changed": WARNING}),
        (proposal("570/578,6 ha, đạt 98,51%"), {}),
        (proposal("570/578,6 ha, đạt 97%"), {"percent_conflict": WARNING}),
        (proposal("57,814/578,6 ha"), {"falls": ERROR, "unit_slip": ERROR}),
        (proposal("57814/578,6 ha"), {"above_total": ERROR, "unit_slip": ERROR}),
        (proposal("57/57,86 ha"), {"falls": ERROR, "total_slip": ERROR}),
        (proposal("570/578,6 ha", observed=read_date("2024-11")), {"older": WARNING, "recorded_otherwise": ERROR}),
        (
            proposal("570/578,6 ha", observed=read_date("2024-11"), source=None),
            {"older": WARNING, "same_day_differs": WARNING, "source_missing": ERROR},
        ),
        (proposal("560 ha", observed=read_date("2024-11")), {"older": WARNING, "already_recorded": INFO}),
        (proposal("khoảng 560 ha", observed=read_date("2024-11")), {"older": WARNING, "recorded_otherwise": ERROR}),
        (proposal("570 ha", observed=read_date("2025-02-02")), {"future": ERROR}),
        (proposal("570 ha", observed=read_date("2025-02")), {}),
        (proposal("570 ha", observed=None), {"date_missing": ERROR}),
        (proposal("-1 ha", section="x"), {"negative": ERROR}),
        (proposal("9 ha", section="x", stage=Stage.PAID), {"falls": ERROR}),
        (proposal("9 ha", section="y"), {"unknown_section": ERROR}),
        (proposal("9 ha", project="c"), {"unknown_project": ERROR}),
        (proposal("9 ha", project=None), {"project_missing": ERROR}),
        (proposal("9 km", source="t"), {"unknown_source": ERROR}),
        (proposal("9 tỷ đồng"), {"wrong_measure": ERROR}),
        (money("520/1.288,123 tỷ đồng"), {}),
        (money("1.300/1.288,123 tỷ đồng"), {"above_total": WARNING}),
        (money("520 nghìn tỷ đồng"), {"unit_slip": ERROR}),
        (money("520 triệu đồng"), {"falls": ERROR, "unit_slip": ERROR}),
        (money("520/1.288,123 nghìn tỷ đồng"), {"total_slip": ERROR}),
        (money("1 tỷ đồng", base=Base.PM_ASSIGNED), {}),
        (money("9 tỷ đồng", funding=Funding.ODA), {"whole_absent": WARNING}),
        (money("9 tỷ đồng", funding=Funding.ODA, observed=read_date("2024-12-05")), {"plan_year_unlikely": WARNING}),
        (money("2 tỷ đồng", added_after_september=True), {}),
        (money("-2/9 tỷ đồng", added_after_september=True), {"recovery": WARNING}),
        (money("9 tỷ đồng", funding=Funding.ODA, added_after_september=True), {"whole_absent": WARNING}),
        (money("520 tỷ đồng", plan_year=2022, base=Base.PM_ASSIGNED), {"plan_year_unlikely": WARNING}),
        (money("520 tỷ đồng", plan_year=None), {"plan_missing": ERROR}),
        (money("520 tỷ đồng", section="x"), {"plan_missing": ERROR}),
    ],
)
def test_every_doubt_and_no_other(tmp_path: Path, one: Proposal, expected: dict[str, Severity]) -> None:
    assert codes(one, tmp_path) == expected


@pytest.mark.parametrize(
    ("one", "confidence"),
    [
        (proposal("570/578,6 ha"), Confidence.HIGH),
        (proposal("570/578,6 ha", source=None), Confidence.HIGH),
        (proposal("9 ha", project=None), Confidence.HIGH),
        (proposal("560 ha", observed=read_date("2024-11")), Confidence.HIGH),
        (proposal("570/580 ha"), Confidence.MEDIUM),
        (proposal("570/578,6 ha, đạt 97%"), Confidence.MEDIUM),
        (proposal("570/578,6 ha", observed=read_date("2024-11"), source=None), Confidence.MEDIUM),
        (money("-2/9 tỷ đồng", added_after_september=True), Confidence.MEDIUM),
        (proposal("559,9/578,6 ha"), Confidence.LOW),
        (proposal("579/578,6 ha"), Confidence.LOW),
        (proposal("579 ha"), Confidence.LOW),
        (proposal("-5 ha", section="x"), Confidence.LOW),
        (proposal("57/57,86 ha"), Confidence.LOW),
        (money("520 nghìn tỷ đồng"), Confidence.LOW),
        (proposal("570/578,6 ha", confidence=Confidence.LOW), Confidence.LOW),
        (proposal("570/580 ha", confidence=Confidence.LOW), Confidence.LOW),
    ],
)
def test_what_questions_a_figure_lowers_the_confidence(tmp_path: Path, one: Proposal, confidence: Confidence) -> None:
    records = loader.load(written(tmp_path, RECORDS))
    (found,) = doubted_all([one], records, None, date(2025, 2, 1))
    assert found.confidence is confidence


def test_a_commune_s_figures_are_taken_from_its_first_day_on(tmp_path: Path) -> None:
    area = {"type": "Polygon", "coordinates": [[[106.5, 21.5], [106.6, 21.5], [106.6, 21.6], [106.5, 21.5]]]}
    unit = {"unit": "Xã X", "level": "commune", "source": "t", "attribution": "t", "valid_from": "2025-07-01"}
    feature = {"type": "Feature", "properties": unit, "geometry": area}
    (tmp_path / "geodata").mkdir()
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    (tmp_path / "geodata" / "units.geojson").write_text(text, encoding="utf-8")
    written(tmp_path, RECORDS)
    there = portfolio.load(tmp_path)
    before = proposal("11 ha", section="x", observed=read_date("2025-06-30"))
    (early, late) = doubted(
        Intake("x", "", (before, replace(before, observed=read_date("2025-07-01")))), there
    ).proposals
    assert [(doubt.code, doubt.severity) for doubt in early.doubts] == [("unit_not_yet", ERROR)]
    assert "Xã X chỉ là đơn vị hành chính từ 01/7/2025" in early.doubts[0].message("vi")
    assert (late.doubts, late.confidence) == ((), Confidence.HIGH)
    entries = begin(Intake("x", "", (before,))).entries
    unsure = Reviewed("x", "", (replace(entries[0], decision=Decision.ACCEPT),))
    with pytest.raises(InputError, match="administrative unit only from 1 July 2025"):
        apply(tmp_path, unsure)
    sure = replace(
        unsure, entries=(replace(unsure.entries[0], confirmed=Confirmed(before.id, frozenset({"unit_not_yet"}))),)
    )
    assert len(apply(tmp_path, sure).written) == 1


def test_without_a_day_nothing_is_in_the_future(tmp_path: Path) -> None:
    assert codes(proposal("570 ha", observed=read_date("2125-02-02")), tmp_path, None) == {}


COMMUNE = "  Xã Y: {level: commune}\n"


@pytest.mark.parametrize(
    ("commune", "severity", "confidence"),
    [("", WARNING, Confidence.MEDIUM), (COMMUNE, ERROR, Confidence.LOW), ("until", WARNING, Confidence.MEDIUM)],
)
def test_a_figure_of_a_district_that_is_no_more_is_doubted(
    tmp_path: Path, commune: str, severity: Severity, confidence: Confidence
) -> None:
    commune = COMMUNE.replace("}", ", until: 2025-01-01}") if commune == "until" else commune
    units = f"units:\n  Y: {{level: district, until: 2024-12-31}}\n{commune}"
    records = loader.load(written(tmp_path, RECORDS.replace("unit: Xã X", "unit: Y") + units))
    (found,) = doubted_all([proposal("11 ha", section="x")], records, None, None)
    assert [(doubt.code, doubt.severity) for doubt in found.doubts] == [("unit_ended", severity)]
    assert found.confidence is confidence
    (still,) = doubted_all([proposal("11 ha", section="x", observed=read_date("2024-12-31"))], records, None, None)
    assert (still.doubts, still.confidence) == ((), Confidence.HIGH)


def test_a_commune_of_the_imported_boundaries_bears_the_old_name(tmp_path: Path) -> None:
    area = {"type": "Polygon", "coordinates": [[[106.5, 21.5], [106.6, 21.5], [106.6, 21.6], [106.5, 21.5]]]}
    unit = {"unit": "Phường Y", "level": "commune", "source": "t", "attribution": "t", "valid_from": "2025-01-01"}
    feature = {"type": "Feature", "properties": unit, "geometry": area}
    (tmp_path / "geodata").mkdir()
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    (tmp_path / "geodata" / "units.geojson").write_text(text, encoding="utf-8")
    units = "units:\n  Y: {level: district, until: 2024-12-31}\n"
    written(tmp_path, RECORDS.replace("unit: Xã X", "unit: Y") + units)
    (found,) = doubted(Intake("x", "", (proposal("11 ha", section="x"),)), portfolio.load(tmp_path)).proposals
    assert [(doubt.code, doubt.severity) for doubt in found.doubts] == [("unit_ended", ERROR)]


@pytest.mark.parametrize(
    ("figure", "last", "meant"),
    [
        ("57,814/578,6 ha", None, "578.14"),
        ("57,814/578,6 ha, đạt 99,92%", None, "578.14"),
        ("57,814/578,6 ha, đạt 9,99%", None, None),
        ("57814/578,6 ha", None, "578.14"),
        ("5,9/59,87 km", None, None),
        ("620/618 ha", "596/618 ha", None),
        ("17/31,52 ha", "16/31,52 ha", None),
        ("12 ha", "1 ha", None),
        ("1600 ha", "15 ha", "16"),
        ("15 ha", "149 ha", "150"),
        ("550 ha", "560/578,6 ha", None),
        ("0/9 ha", "1/9 ha", None),
    ],
)
def test_a_slip_is_told_from_work(figure: str, last: str | None, meant: str | None) -> None:
    found = slipped_value(read_figure(figure), read_figure(last) if last else None)
    assert found == (Decimal(meant) if meant else None)


def test_printed_zeros_are_kept_and_none_are_made(tmp_path: Path) -> None:
    text = RECORDS.replace("560/578,6 ha", "560,0/578,60 ha")
    records = loader.load(written(tmp_path, text))
    (slip, above) = doubted_all([proposal("57,0/578,60 ha"), proposal("579,0 ha")], records, None, None)
    said = {doubt.code: doubt.message("vi") for doubt in (*slip.doubts, *above.doubts)}
    assert said["unit_slip"].startswith("57,0/578,60 ha: ")
    assert said["unit_slip"].endswith("số đúng có lẽ là 570 ha.")
    assert said["falls"] == "57,0/578,60 ha: thấp hơn số đã ghi gần nhất, 560,0/578,60 ha (tháng 11/2024)."
    assert said["above_last_total"].startswith("579,0 ha: lớn hơn tổng số 578,60 ha theo số đã ghi gần nhất, ")


def test_a_document_s_dots_are_doubted_against_their_own_total() -> None:
    figure, errors = read_document_figure("57.814/578.6 ha")
    assert [error.key for error in errors] == ["ambiguous", "decimal_dot"]
    assert slipped_value(figure, None) == Decimal("578.14")


def test_figures_of_one_input_are_held_against_each_other(tmp_path: Path) -> None:
    records = loader.load(written(tmp_path, RECORDS))
    other = replace(proposal("571/578,6 ha"), position="trang 3")
    first, second = doubted_all([proposal("570/578,6 ha"), other], records, None, None)
    assert [doubt.code for doubt in first.doubts] == ["said_twice"]
    assert "571/578,6 ha (trang 3)" in first.doubts[0].message("vi")
    assert [doubt.code for doubt in second.doubts] == ["said_twice"]


WEEKS = ("2025-01-12", "2025-01-19", "2025-01-26")


def weekly(*figures: str, **of: object) -> list[Proposal]:
    """A figure of one thing for each week, from a form each."""
    dated = zip(figures, WEEKS, strict=False)
    return [proposal(one, observed=read_date(day), position=f"tuần {day}!F8", **of) for one, day in dated]


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (["50/100 ha", "40/100 ha"], [{"above_later": WARNING}, {"falls": ERROR}]),
        (["60/100 ha", "7/1000 ha"], [{"above_later": WARNING, "total_slip": WARNING}, {"falls": ERROR}]),
        (["50/100 ha", "50/100 ha", "51/100 ha"], [{}, {}, {}]),
        (["50/100 ha", "40/100 ha", "45/100 ha"], [{"above_later": WARNING}, {"falls": ERROR}, {}]),
        (["50/100 ha", "101 ha"], [{}, {"above_last_total": ERROR}]),
        (["50/100 ha", "51/102 ha"], [{}, {"total_changed": WARNING}]),
    ],
)
def test_a_fall_inside_one_input_is_told_whatever_its_order(
    tmp_path: Path, figures: list[str], expected: list[dict[str, Severity]]
) -> None:
    records = loader.load(written(tmp_path, RECORDS))
    weeks = weekly(*figures, section="x")
    if "1000" in figures[-1]:
        expected[-1] = {"falls": ERROR, "total_slip": ERROR}
    for order in (weeks, weeks[::-1]):
        found = doubted_all(order, records, None, None)
        said = {one.position: {doubt.code: doubt.severity for doubt in one.doubts} for one in found}
        assert [said[one.position] for one in weeks] == expected
    fallen = next((one for one in found if "falls" in said[one.position]), None)
    if fallen is not None:
        assert fallen.confidence is Confidence.LOW
        (sentence,) = [doubt.message("vi") for doubt in fallen.doubts if doubt.code == "falls"]
        assert "trong cùng lần đọc" in sentence
        assert "tuần 2025-01-12!F8" in sentence


@pytest.mark.parametrize(
    ("recorded", "figure", "times"),
    [
        ("49,35/49,35 ha", "493500/493500 ha", "10.000"),  # m² as ha
        ("49,35/49,35 ha", "49350/49350 ha", "1.000"),
        ("49,35 ha", "49350 ha", "1.000"),
        ("30/49,35 ha", "49350 ha", "1.000"),
        ("30/49,35 ha", "3/4,935 ha", "10"),
        ("30/49,35 ha", "98765/98765 ha", "2.001"),
        ("30/49,35 ha", "3 ha", None),  # a step that begins
        ("3 ha", "30/49,35 ha", None),
        ("0,3 ha", "49,35/49,35 ha", None),
        ("0/49,35 ha", "60/60 ha", None),
        ("0 ha", "60/60 ha", None),
        ("30/49,35 ha", "984/984 hộ", None),
        ("984/984 hộ", "984000/984000 hộ", "1.000"),
    ],
)
def test_a_step_without_an_earlier_figure_is_held_against_the_others_of_its_section(
    tmp_path: Path, recorded: str, figure: str, times: str | None
) -> None:
    paid = "section: x, paid: 10 ha"
    records = loader.load(written(tmp_path, RECORDS.replace(paid, f"section: x, handed_over: '{recorded}'")))
    one = proposal(figure, section="x", stage=Stage.INVENTORIED)
    (found,) = doubted_all([one], records, None, None)
    said = {doubt.code: doubt.severity for doubt in found.doubts}
    assert said == ({"step_slip": ERROR} if times else {})
    assert found.confidence is (Confidence.LOW if times else Confidence.HIGH)
    if times:
        assert f"lệch khoảng {times} lần" in found.doubts[0].message("vi")
        assert "bàn giao" in found.doubts[0].message("vi")


def test_steps_of_one_input_are_held_against_each_other(tmp_path: Path) -> None:
    records = loader.load(written(tmp_path, RECORDS))
    pair = [
        proposal("49350/49350 ha", section="x", stage=Stage.INVENTORIED),
        proposal("49,35/49,35 ha", section="x", stage=Stage.HANDED_OVER),
    ]
    found = doubted_all(pair, records, None, None)
    assert ["step_slip" in {doubt.code for doubt in one.doubts} for one in found] == [True, True]
    (_, left) = doubted_all(pair, records, None, None, [True, False])
    assert left.doubts == ()


def test_a_skipped_figure_is_held_against_nobody_and_the_nearest_one_counts(tmp_path: Path) -> None:
    records = loader.load(written(tmp_path, RECORDS))
    weeks = weekly("50/100 ha", "40/100 ha", "45/100 ha", section="x")
    found = doubted_all(weeks, records, None, None, [True, False, False])
    assert [[doubt.code for doubt in one.doubts] for one in found] == [["above_later"], [], []]
    between = proposal("12 ha", section="x", stage=Stage.PAID, observed=read_date("2024-12-01"))
    after = replace(between, observed=read_date("2024-12-20"), figure=read_figure("11 ha"))
    early, late = doubted_all([between, after], records, None, None)
    # A recorded figure stands between the two: 10 ha of 5 December.
    assert {doubt.code: doubt.severity for doubt in early.doubts} == {"older": WARNING, "above_later": ERROR}
    assert late.doubts == ()


def test_a_fall_inside_one_input_is_not_written_unconfirmed(tmp_path: Path) -> None:
    written(tmp_path, RECORDS)
    entries = begin(Intake("x", "", tuple(weekly("50/100 ha", "40/100 ha", section="x")))).entries
    both = Reviewed("x", "", tuple(replace(entry, decision=Decision.ACCEPT) for entry in entries))
    with pytest.raises(InputError, match="in the same input, 50 of 100 ha"):
        apply(tmp_path, both)
    one = replace(both, entries=(replace(entries[0], decision=Decision.SKIP), both.entries[1]))
    assert len(apply(tmp_path, one).written) == 1


def test_of_one_day_a_figure_of_the_day_counts_before_one_of_its_month(tmp_path: Path) -> None:
    seen = (
        "      - {as_of: 2024-12-31, section: x, handed_over: 20 ha, source: s}\n"
        "      - {as_of: 2024-12, section: x, handed_over: 5 ha, source: s}\n"
    )
    records = loader.load(written(tmp_path, RECORDS.replace("    disbursement:", seen + "    disbursement:")))
    (found,) = doubted_all([proposal("10 ha", section="x")], records, None, None)
    assert [doubt.code for doubt in found.doubts] == ["falls"]


def test_many_figures_of_one_thing_are_told_by_a_few(tmp_path: Path) -> None:
    records = loader.load(written(tmp_path, RECORDS))
    many = [replace(proposal(f"{570 + n % 8},1/578,6 ha"), position=f"dòng {n}") for n in range(200)]
    for one in doubted_all(many, records, None, None):
        assert [doubt.code for doubt in one.doubts] == ["said_twice"] * 3


def test_doubts_are_raised_anew_and_those_of_the_reader_stay(root: Path) -> None:
    own = Doubt("ambiguous_number", {}, said="6.316?")
    gone = Doubt("falls", {}, said="…")
    whole = portfolio.load(root)
    one = proposal("37 ha", project="ql4b", section="loc-binh", source="self-report-2024", doubts=(gone, own))
    once = doubted(Intake("x", "", (one,)), whole)
    (found,) = once.proposals
    assert [doubt.code for doubt in found.doubts] == ["ambiguous_number", "older", "falls"]
    assert doubted(once, whole) == once


# --- the file ------------------------------------------------------------------------------------------------------

SOURCE = NewSource("bc-1", "Báo cáo số 1", date=read_date("2025-01"), number="1/BC", issuer="UBND tỉnh")
HOSTILE = '=cmd|"/c calc"!A1\nđạt; “x”\t\u2028 {{7*7}}'


def intake() -> Intake:
    doubt = Doubt("already_recorded", {"figure": "1", "source": "s", "where": "x:1:1"}, Severity.INFO)
    return Intake(
        "báo cáo.docx",
        "ab" * 32,
        (
            proposal("366,55/640,28 ha, đạt 57,24%", quote=HOSTILE, position="'Lộc Bình'!F12", source=None),
            proposal("1.802/1.802 hộ", section="x", observed=read_date("2024-10"), note="+1", doubts=(doubt,)),
            money("490,1/1.288,123 tỷ đồng, đạt 38,0%", funding=Funding.ODA, confidence=Confidence.LOW, project=None),
        ),
        (Unread("6.316 héc", "dòng 3", Doubt("unknown_project", {"found": "a", "known": "b", "hint": ""})),),
    )


def test_a_proposal_has_the_keys_of_a_progress_row() -> None:
    (record, *_) = json.loads(proposal_file.to_json(begin(intake(), SOURCE), "vi"))["proposals"]
    assert record == {
        "id": intake().proposals[0].id,
        "decision": "pending",
        "confirmed": None,
        "edited": False,
        "project": "a",
        "section": None,
        "stage": "handed_over",
        "plan_year": None,
        "base": None,
        "funding": None,
        "added_after_september": False,
        "measure": "area",
        "value": 366.55,
        "total": 640.28,
        "stated_percent": 57.24,
        "about": False,
        "observed": "2025-01-05",
        "source": "bc-1",
        "figure": "366,55/640,28 ha, đạt 57,24%",
        "read": "366,55/640,28 ha, đạt 57,24%",
        "note": None,
        "quote": HOSTILE,
        "position": "'Lộc Bình'!F12",
        "confidence": "high",
        "findings": [],
    }


def test_money_has_disbursement_for_its_stage(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    proposal_file.save(path, begin(intake(), SOURCE), None, "vi")
    table = json.loads(path.read_text("utf-8"))
    money_ = table["proposals"][2]
    keys = ("stage", "plan_year", "base", "funding", "measure", "value", "total", "stated_percent")
    of = ("disbursement", 2025, "adjusted", "oda", "money", 490_100_000_000, 1_288_123_000_000, 38)
    assert tuple(money_[key] for key in keys) == of
    for said in ("disbursement", " Disbursement", "", None):
        money_["stage"] = said
        path.write_text(json.dumps(table), "utf-8")
        assert proposal_file.read(path)[0].entries[2].proposal.stage is None


@pytest.mark.parametrize("name", ["p.json", "p.csv"])
def test_what_is_written_is_read_back(tmp_path: Path, name: str) -> None:
    before = begin(intake(), SOURCE)
    data = proposal_file.save(tmp_path / name, before, None, "vi")
    after, read = proposal_file.read(tmp_path / name)
    assert read == data == (tmp_path / name).read_bytes()
    said = [[(d.code, d.severity, d.message("vi")) for d in entry.proposal.doubts] for entry in before.entries]
    found = [[(d.code, d.severity, d.message("vi")) for d in entry.proposal.doubts] for entry in after.entries]
    assert found == said
    assert bare(after) == bare(before)
    assert [entry.decision for entry in after.entries] == [Decision.PENDING, Decision.SKIP, Decision.PENDING]
    assert not any(entry.edited for entry in after.entries)


def bare(reviewed: Reviewed) -> Reviewed:
    """Without the doubts, which are texts once they were written."""
    entries = (replace(entry, proposal=replace(entry.proposal, doubts=())) for entry in reviewed.entries)
    unread = (replace(one, why=Doubt(one.why.code)) for one in reviewed.unread)
    return replace(reviewed, entries=tuple(entries), unread=tuple(unread))


def test_no_cell_is_a_formula() -> None:
    text = proposal_file.to_csv(begin(intake()), "vi")
    assert text.startswith("\ufeff")
    cells = [cell for row in csv.reader(io.StringIO(text[1:])) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert "'" + HOSTILE in cells


@given(st.text(max_size=30), st.text(max_size=30), st.booleans())
def test_any_quote_survives(tmp_path_factory: pytest.TempPathFactory, quote: str, position: str, table: bool) -> None:
    path = tmp_path_factory.getbasetemp() / ("any.csv" if table else "any.json")
    path.unlink(missing_ok=True)
    one = proposal(
        quote=quote.encode("utf-8", "replace").decode(), position=position.encode("utf-8", "replace").decode()
    )
    before = begin(Intake("x", "", (one,)))
    proposal_file.save(path, before, None, "vi")
    after, _ = proposal_file.read(path)
    assert after.entries == before.entries


def test_what_is_edited_is_marked_and_keeps_its_quote(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    proposal_file.save(path, begin(intake(), SOURCE), None, "vi")
    table = json.loads(path.read_text("utf-8"))
    table["proposals"][0] |= {"figure": "366,5/640,28 ha", "decision": "accept", "confirmed": True}
    path.write_text(json.dumps(table), "utf-8")
    (entry, *_) = proposal_file.read(path)[0].entries
    assert entry.edited
    assert (entry.proposal.figure, entry.proposal.quote) == (read_figure("366,5/640,28 ha"), HOSTILE)
    assert (entry.decision, entry.confirmed, entry.read) == (Decision.ACCEPT, None, "366,55/640,28 ha, đạt 57,24%")


def test_every_fault_of_a_file_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    proposal_file.save(path, begin(intake(), SOURCE), None, "vi")
    table = json.loads(path.read_text("utf-8"))
    first, second, third = table["proposals"]
    first |= {"figure": "6.316 ha", "stage": "hand_over", "observed": "15/8/2024", "x": 1}
    second |= {"value": 1803, "decision": "yes", "plan_year": "20x5", "project": 7}
    third |= {"figure": None, "confirmed": "maybe", "id": first["id"]}
    table["source"] |= {"title": None}
    path.write_text(json.dumps(table), "utf-8")
    with pytest.raises(InputError) as caught:
        proposal_file.read(path)
    said = [fault.write("en") for fault in caught.value.faults]
    assert [line.partition(": ")[2].partition(": ")[0] for line in said] == [
        *["proposals[0]", "proposals[0].figure", "proposals[0].stage", "proposals[0].observed"],
        *["proposals[1].value", "proposals[1].decision", "proposals[1].project", "proposals[1].plan_year"],
        *["proposals[2].figure", "proposals[2].confirmed", "source"],
    ]
    assert "6316 ha" in said[1]
    assert "did you mean “handed_over”" in said[2]
    assert "2024-08-15" in said[3]
    assert "Edit figure alone" in said[4]
    assert caught.value.write("vi").count("\n") == len(said) - 1


def test_a_table_brings_its_new_source_into_the_records(tmp_path: Path) -> None:
    written(tmp_path, SMALL)
    path = tmp_path / "p.csv"
    data = proposal_file.to_csv(begin(Intake("x", "", (proposal(source=None),)), SOURCE), "vi")
    path.write_text(data.replace(",pending,", ",accept,"), "utf-8")
    assert apply(tmp_path, path).source == "bc-1"
    assert loader.load(tmp_path / "projects.yaml").sources["bc-1"].title.vi == SOURCE.title
    for spoiled in ("{", "x", "[1]", "1"):
        rows = list(csv.reader(io.StringIO(data[1:])))
        rows[1][-1] = spoiled
        out = io.StringIO()
        csv.writer(out).writerows(rows)
        path.write_text(out.getvalue(), "utf-8")
        with pytest.raises(InputError, match="new_source: has “"):
            proposal_file.read(path)


def test_a_table_from_a_spreadsheet_is_read_whatever_it_put_between(tmp_path: Path) -> None:
    rows = list(csv.reader(io.StringIO(proposal_file.to_csv(begin(intake()), "vi")[1:])))
    rows[1][1] = " Accept "
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([*rows, [""] * len(rows[0])])
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        (tmp_path / "p.csv").write_bytes(out.getvalue().encode(encoding))
        reviewed, _ = proposal_file.read(tmp_path / "p.csv")
        assert reviewed.entries[0].decision is Decision.ACCEPT
        assert bare(reviewed).unread == bare(begin(intake())).unread
        assert reviewed.sha256 == "ab" * 32


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no table of proposals"),
        (b"a,b\n1,2\n", "no table of proposals"),
        (b'decision,figure,project\n"x', "no table of proposals"),
        (b"{", "line 1: not well-formed JSON"),
        (b'{"schema": "lsinfra.intake/1", "schema": 1}', "not well-formed JSON"),
        (b"[" * 100_000, "no table of proposals"),
        (b'{"a":' * 100_000, "not well-formed JSON"),
        (b'{"schema": NaN}', "not well-formed JSON"),
        (b'{"schema": "x"}', "its schema is “x”"),
        (b'{"schema": "lsinfra.intake/2"}', "another version"),
        (b"\xff\xfe\x00", "no UTF-8 text"),
        (b"\x93\x81", "no UTF-8 text"),
    ],
)
def test_what_is_no_proposals_file_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "p").write_bytes(data)
    with pytest.raises(EditError, match=said):
        proposal_file.read(tmp_path / "p")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="Cannot read"):
        proposal_file.read(tmp_path / "p.json")


MUTATIONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
def test_a_file_with_anything_in_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    table: dict[str, Any] = json.loads(proposal_file.to_json(begin(intake(), SOURCE), "en"))
    for _ in range(data.draw(st.integers(1, 3))):
        holder: Any = data.draw(st.sampled_from([table, *table["proposals"][:1], table.get("source") or table, table]))
        if not isinstance(holder, dict) or not holder:
            continue
        holder[data.draw(st.sampled_from(sorted(holder)))] = data.draw(MUTATIONS)
        if not isinstance(table["proposals"], list) or not all(isinstance(row, dict) for row in table["proposals"]):
            break
    path = tmp_path_factory.getbasetemp() / "mutated.json"
    path.write_text(json.dumps(table), "utf-8")
    said = ""
    try:
        said = proposal_file.to_json(proposal_file.read(path)[0], "vi")
    except (InputError, EditError) as error:
        said = error.write("vi")
    assert said.strip()


def test_what_a_reader_gave_is_made_ready_with_its_source(whole: Portfolio) -> None:
    known = real("37,07 ha, đạt 75,12%", observed=read_date("2024-08-15"), source=None)
    source = NewSource("self-report-2024", "x")
    (new, old) = prepare(Intake("x", "", (real("99 km", source=None), known)), whole, source=SOURCE).entries
    assert (new.proposal.source, [doubt.code for doubt in new.proposal.doubts]) == ("bc-1", [])
    assert (old.decision, old.proposal.id, old.id) == (Decision.SKIP, known.id, known.id)
    (again,) = prepare(Intake("x", "", (known,)), whole, source=source).entries
    assert [doubt.code for doubt in again.proposal.doubts] == ["older", "already_recorded"]


# --- the review ----------------------------------------------------------------------------------------------------


@pytest.fixture
def whole(root: Path) -> Portfolio:
    return portfolio.load(root)


def real(figure: str = "50 ha", **changes: object) -> Proposal:
    of = {"project": "ql4b", "section": "loc-binh", "source": "self-report-2024", "observed": read_date("2025-04-01")}
    return proposal(figure, **(of | changes))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "p.json"
    other = replace(real("31,6 ha", section="dinh-lap"), position="dòng 2")
    third = replace(real("6 ha", project=None, section=None), position="dòng 3")
    proposal_file.save(path, begin(Intake("bc.txt", "", (real(), other, third))), None, "vi")
    return path


def answering(*answers: str) -> Callable[[str], str]:
    left: Iterator[str] = iter(answers)

    def ask(prompt: str) -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    return ask


def decisions(path: Path) -> list[str]:
    return [entry.decision.value for entry in proposal_file.read(path)[0].entries]


def test_a_review_shows_what_is_needed_to_decide(file: Path, whole: Portfolio) -> None:
    told: list[str] = []
    review(file, whole, "vi", ask=answering("b"), tell=told.append)
    shown = "\n".join(told)
    assert "── 1/3 · dòng 1 · độ tin cậy: thấp" in shown  # a figure above the recorded total
    assert "Nguyên văn: “… 50 ha …”" in shown
    assert "50 ha  (Nâng cấp Quốc lộ 4B, đoạn Km18 – Km80 · Lộc Bình · bàn giao mặt bằng)" in shown
    assert "Số đã ghi gần nhất: 49,35/49,35 ha (26/3/2025, nguồn vietnam-vn-2025-03-26)" in shown.replace(
        "26/03", "26/3"
    )
    assert "lớn hơn tổng số 49,35 ha theo số đã ghi gần nhất" in shown
    assert told[-1] == "Đã nhận 0, bỏ qua 1, chưa quyết định 2."


def test_answers_are_kept_one_by_one_and_the_rest_asked_another_time(file: Path, whole: Portfolio) -> None:
    seen: list[list[str]] = []

    def ask(prompt: str) -> str:
        seen.append(decisions(file))
        return ["s", "", "", "", "49,35 ha", "", "", "", "a", "t"][len(seen) - 1]

    review(file, whole, "vi", ask=ask, tell=print)
    assert seen[-1] == ["accept", "pending", "pending"]
    first = proposal_file.read(file)[0].entries[0]
    assert (first.edited, first.proposal.quote) == (True, "… 50 ha …")
    told: list[str] = []
    after = review(file, whole, "vi", ask=answering("b", "b"), tell=told.append)
    assert decisions(file) == ["accept", "skip", "skip"]
    assert counted(after).accepted == 1
    assert not any("dòng 1" in line for line in told)


def test_a_serious_doubt_must_be_confirmed(file: Path, whole: Portfolio) -> None:
    review(file, whole, "vi", ask=answering("n", "ừ", "t"), tell=print)
    assert decisions(file) == ["pending"] * 3
    review(file, whole, "vi", ask=answering("n", "Đúng", "t"), tell=print)
    (first, *_) = proposal_file.read(file)[0].entries
    assert (first.decision, first.confirmed) == (Decision.ACCEPT, Confirmed(first.id, frozenset({"above_last_total"})))


@pytest.mark.parametrize("name", ["p.json", "p.csv"])
@pytest.mark.parametrize(
    ("old", "new", "written_"),
    [
        ("x", "x", 1),
        ("550/578,6 ha", "5,5/578,6 ha", 0),
        ("2025-01-05", "2025-01-06", 0),
        ("handed_over", "clear", 1),  # nothing is recorded of it, and nothing doubted
        (" falls", " unit_slip", 0),
    ],
)
def test_a_yes_is_to_one_figure_and_its_doubts(tmp_path: Path, name: str, old: str, new: str, written_: int) -> None:
    records = loader.load(written(tmp_path, RECORDS))
    (fallen,) = doubted_all([proposal("550/578,6 ha", quote="q")], records, None, None)
    (entry,) = begin(Intake("x", "", (fallen,))).entries
    sure = replace(entry, decision=Decision.ACCEPT, confirmed=Confirmed.all_of(fallen))
    path = tmp_path / name
    proposal_file.save(path, Reviewed("x", "", (sure,)), None, "vi")
    assert proposal_file.read(path)[0].entries[0].confirmed == Confirmed(fallen.id, frozenset({"falls"}))
    said = path.read_text("utf-8")
    if name == "p.json":
        table = json.loads(said)
        kept = {"read", "value", "total", "findings"}  # what repeats the figure stays as it was
        row = table["proposals"][0]
        row |= {k: v.replace(old, new) for k, v in row.items() if isinstance(v, str) and k not in kept}
        path.write_text(json.dumps(table), "utf-8")
    else:
        path.write_text(said.replace(old, new, 1 if old[0] == "5" else -1), "utf-8")
    if written_:
        assert len(apply(tmp_path, path).written) == 1
    else:
        with pytest.raises(InputError, match="needs confirmation") as caught:
            apply(tmp_path, path)
        (one,) = {fault.values["yes"] for fault in caught.value.faults}
        # What the refusal says is what may be put there.
        changed, _ = proposal_file.read(path)
        yes = replace(changed.entries[0], confirmed=Confirmed.read(str(one)))
        assert len(apply(tmp_path, replace(changed, entries=(yes,))).written) == 1


def test_a_bare_yes_in_the_file_confirms_nothing(tmp_path: Path) -> None:
    written(tmp_path, RECORDS)
    path = tmp_path / "p.json"
    proposal_file.save(path, begin(Intake("x", "", (proposal("550/578,6 ha"),))), None, "vi")
    table = json.loads(path.read_text("utf-8"))
    table["proposals"][0] |= {"decision": "accept", "confirmed": True}
    path.write_text(json.dumps(table), "utf-8")
    with pytest.raises(InputError, match="needs confirmation"):
        apply(tmp_path, path)


def test_what_was_accepted_and_is_doubted_since_is_asked_again(tmp_path: Path, root: Path) -> None:
    written(tmp_path, RECORDS)
    (tmp_path / "geodata").mkdir()
    there = portfolio.load(tmp_path)
    path = tmp_path / "p.json"
    proposal_file.save(path, begin(Intake("x", "", tuple(weekly("50/100 ha", "51/100 ha", section="x")))), None, "vi")
    edited = "", "", "", "60/100 ha", "", "", ""
    review(path, there, "vi", ask=answering("n", "n"), tell=print)
    review(path, there, "vi", ask=answering("s", *edited, "n", "t"), tell=print, again=True)
    assert decisions(path) == ["accept", "accept"]
    review(path, there, "vi", ask=answering("n", "đúng"), tell=print)
    second = proposal_file.read(path)[0].entries[1]
    assert second.confirmed == Confirmed(second.id, frozenset({"falls"}))
    review(path, there, "vi", ask=answering(), tell=print)
    assert len(apply(tmp_path, path).written) == 2


def test_an_answer_touches_only_what_it_is_about(tmp_path: Path) -> None:
    written(tmp_path, RECORDS)
    (tmp_path / "geodata").mkdir()
    there = portfolio.load(tmp_path)
    weeks = weekly("50/100 ha", "40/100 ha", section="x")
    parts = money("9 tỷ đồng", funding=Funding.ODA), money("520 tỷ đồng")
    reviewed = checked(begin(Intake("x", "", (*weeks, *parts))), there, None)
    for n in range(4):
        entries = list(reviewed.entries)
        before = entries[n].proposal
        moved = replace(before, observed=read_date("2025-03-01"), figure=replace(before.figure, value=Decimal(1)))
        entries[n] = replace(entries[n], proposal=moved)
        now = replace(reviewed, entries=tuple(entries))
        assert checked(now, there, None, [before, moved]) == checked(now, there, None)
        assert checked(now, there, None, []) == now


def test_a_remark_settles_no_doubt_and_a_field_only_its_own(tmp_path: Path, whole: Portfolio) -> None:
    path = tmp_path / "p.json"
    number = Doubt("number", said="6.316 hay 6,316?", severity=WARNING)
    undated = Doubt("date_unclear", said="Ngày nào?", severity=WARNING)
    unsure = real("49 ha", stage=Stage.PAID, doubts=(number, undated), confidence=Confidence.LOW)
    proposal_file.save(path, begin(Intake("x", "", (unsure,))), None, "vi")

    def edited(*answers: str) -> Proposal:
        review(path, whole, "vi", ask=answering("s", *answers, "t"), tell=print)
        return proposal_file.read(path)[0].entries[0].proposal

    noted = edited("", "", "", "", "", "", "đã hỏi lại")
    assert (noted.note, noted.confidence) == ("đã hỏi lại", Confidence.LOW)
    assert {"number", "date_unclear"} <= {doubt.code for doubt in noted.doubts}
    dated = edited("", "", "", "", "2/4/2025", "", "")
    assert {doubt.code for doubt in dated.doubts} & {"number", "date_unclear"} == {"number"}
    assert dated.confidence is Confidence.MEDIUM
    figure = edited("", "", "", "49,35 ha", "", "", "")
    assert (figure.doubts, figure.confidence) == ((), Confidence.HIGH)


def test_what_cannot_be_written_cannot_be_accepted(file: Path, whole: Portfolio) -> None:
    told: list[str] = []
    review(file, whole, "vi", ask=answering("b", "b", "n", "đúng", "?", "t"), tell=told.append)
    assert decisions(file) == ["skip", "skip", "pending"]
    assert "Chưa thể nhận: hãy sửa [s] những điểm nêu trên, hoặc bỏ qua [b]." in told
    assert "Không hiểu “đúng”. Hãy gõ một trong các chữ n, s, b, l, t." in told


def test_one_can_go_back(file: Path, whole: Portfolio) -> None:
    review(file, whole, "en", ask=answering("s", "b", "a", "right", "q"), tell=print)
    assert decisions(file) == ["accept", "pending", "pending"]


def test_an_answer_that_cannot_be_read_is_asked_again(file: Path, whole: Portfolio) -> None:
    told: list[str] = []
    edited = "4", "3", "1", "lộc bình", "x", "Chi trả bồi thường", "6.316 ha", "6,3 ha", "1/4/2025", "-", "-"
    review(file, whole, "vi", ask=answering("b", "b", "s", *edited, "n", "t"), tell=told.append)
    third = proposal_file.read(file)[0].entries[2]
    assert (third.proposal.project, third.proposal.stage, third.proposal.figure) == (
        "ql4b",
        Stage.PAID,
        read_figure("6,3 ha"),
    )
    assert third.proposal.source is None
    assert any("6316 ha" in line for line in told)
    assert third.proposal.observed == read_date("2025-04-01")
    assert "Không có “4” trong danh sách. Hãy gõ số từ 1 đến 3, tên hoặc mã." in told
    assert "Không có “x” trong danh sách. Hãy gõ số từ 1 đến 5, tên hoặc mã." in told
    assert "source_missing" in BLOCKING


def test_what_may_be_chosen_is_offered_in_words_with_numbers(file: Path, whole: Portfolio) -> None:
    told: list[str] = []
    money = "1", "-", "-", "2024", "kế hoạch vốn sau điều chỉnh", "1", "có", "5/9 tỷ đồng", "tháng 10/2026", "1", "-"
    years = ("x", "24")
    review(file, whole, "vi", ask=answering("s", *money[:3], *years, *money[3:], "t"), tell=told.append)
    (first, *_) = proposal_file.read(file)[0].entries
    now = first.proposal
    assert (now.project, now.section, now.stage, now.plan_year) == ("huu-nghi-chi-lang", None, None, 2024)
    assert (now.base, now.funding, now.added_after_september) == (Base.ADJUSTED, Funding.CENTRAL_BUDGET, True)
    assert (now.figure, now.observed) == (read_figure("5/9 tỷ đồng"), read_date("2026-10"))
    assert (now.source, first.edited) == ("self-report-2024", True)
    for line in (
        "  3. Nâng cấp Quốc lộ 4B, đoạn Km18 – Km80 (ql4b)",
        "  2. TP Lạng Sơn (tp-lang-son)",
        "  4. bàn giao mặt bằng (handed_over)",
        "  3. kế hoạch vốn sau điều chỉnh (adjusted)",
        "  1. ngân sách trung ương (central_budget)",
        "“24” không phải là năm. Hãy ghi năm từ 1900 đến 2199.",
    ):
        assert line in told
    assert any("giải ngân vốn bổ sung sau ngày 30/9 của năm 2024" in line for line in told)


def test_of_many_sources_the_newest_are_offered_and_all_are_taken(tmp_path: Path) -> None:
    weeks = "".join(f"  tuan-{n}: {{title: Tuần {n}, kind: official}}\n" for n in range(1, 41))
    written(tmp_path, SMALL.replace("sources:\n", f"sources:\n{weeks}"))
    (tmp_path / "geodata").mkdir()
    path = tmp_path / "p.json"
    proposal_file.save(path, begin(Intake("x", "", (proposal(source=None),))), None, "vi")
    told: list[str] = []
    rest = "", "", "", "", ""
    there = portfolio.load(tmp_path)
    review(path, there, "vi", ask=answering("s", *rest, "tuần 3", "", "t"), tell=told.append)
    assert proposal_file.read(path)[0].entries[0].proposal.source == "tuan-3"
    assert "  40. Tuần 40 (tuan-40)" in told
    assert not any("(tuan-3)" in line for line in told)
    assert "  … 26 mục trước không liệt kê ở đây, vẫn chọn được bằng tên hoặc mã." in told


def test_whoever_edits_a_figure_settles_what_its_reader_doubted(tmp_path: Path, whole: Portfolio) -> None:
    path = tmp_path / "p.json"
    doubt = Doubt("two_readings", said="6.316 hay 6,316?", severity=ERROR)
    unsure = real("6316 ha", doubts=(doubt,), confidence=Confidence.LOW)
    proposal_file.save(path, begin(Intake("x", "", (unsure,))), None, "vi")
    same = [""] * 7
    review(path, whole, "vi", ask=answering("s", *same, "t"), tell=print)
    (entry,) = proposal_file.read(path)[0].entries
    assert "two_readings" in {found.code for found in entry.proposal.doubts}
    review(path, whole, "vi", ask=answering("s", "", "", "", "49,35 ha", "", "", "", "n", "t"), tell=print)
    (entry,) = proposal_file.read(path)[0].entries
    assert (entry.decision, entry.confirmed) == (Decision.ACCEPT, None)
    assert (entry.proposal.confidence, entry.proposal.doubts) == (Confidence.HIGH, ())


def test_hostile_words_do_not_command_the_terminal(tmp_path: Path, whole: Portfolio) -> None:
    path = tmp_path / "p.json"
    ugly = "\x1b]0;pwn\x07 {0.__class__} %s"
    one = real(quote=ugly, position=ugly, note=ugly, section=None)
    unread = Unread(ugly, ugly, Doubt("x", said=ugly))
    proposal_file.save(path, begin(Intake("x", "", (one,), (unread,))), None, "vi")
    told: list[str] = []
    review(path, whole, "vi", ask=answering("t"), tell=told.append)
    assert "\x1b" not in "".join(told)
    assert sum("U+001B]0;pwnU+0007 {0.__class__} %s" in line for line in told) >= 3


def test_a_review_of_a_file_that_another_one_has_is_refused(file: Path, whole: Portfolio) -> None:
    with keeping.locked(file), pytest.raises(EditError, match="edited by somebody else"):
        review(file, whole, "vi", ask=answering(), tell=print)

    def spoil(prompt: str) -> str:
        file.write_text("{}", "utf-8")
        return "b"

    with pytest.raises(EditError, match="was changed while"):
        review(file, whole, "vi", ask=spoil, tell=print)
    assert file.read_text("utf-8") == "{}"


def test_from_the_review_into_the_records(file: Path, root: Path, whole: Portfolio) -> None:
    review(file, whole, "vi", ask=answering("n", "đúng", "b", "b"), tell=print)
    told = list(applied_lines(apply(root, file), "vi"))
    assert [line.partition(" + ")[2] for line in told[:4]] == [
        "      - as_of: 2025-04-01",
        "        section: loc-binh",
        "        handed_over: 50 ha",
        "        source: self-report-2024",
    ]
    assert told[4].startswith("Đã ghi 1 số liệu vào ")
    assert "backups/projects-0001-" in told[5].replace("\\", "/")
    assert next(iter(applied_lines(apply(root, file), "vi"))).startswith("Không có gì để ghi")
    assert next(iter(applied_lines(apply(root, file, dry_run=True), "en"))).startswith("Nothing to write")


def test_nothing_found_is_said_in_a_sentence_without_an_empty_table(whole: Portfolio) -> None:
    from rich.console import Console

    out = io.StringIO()
    Console(file=out, width=250).print(*proposal_tables(begin(Intake("bc.txt", "", (), ())), whole, "vi"))
    assert out.getvalue().split("\n") == ["bc.txt: không thấy số liệu nào để đề xuất.", ""]


def test_what_is_recorded_already_is_one_line(whole: Portfolio) -> None:
    from rich.console import Console

    at = "projects[0].metrics[1].observations[22]"
    new, old = real("39 ha", position=at), real("37,07 ha, đạt 75,12%", observed=read_date("2024-08-15"))
    reviewed = begin(doubted(Intake("bc.json", "", (new, old)), whole))
    assert [entry.decision for entry in reviewed.entries] == [Decision.PENDING, Decision.SKIP]
    out = io.StringIO()
    Console(file=out, width=110).print(*proposal_tables(reviewed, whole, "vi"))
    assert "37,07" not in out.getvalue()
    assert out.getvalue().splitlines()[-1] == "Còn 1 số liệu khác: sổ đã ghi đúng như vậy."
    # A path is broken behind its lists, not within a word.
    assert {"projects[0].", "metrics[1].", "observations[22]"} <= set(out.getvalue().split())
    # What somebody decided is shown, whatever the records have.
    decided = replace(reviewed, entries=(replace(reviewed.entries[1], decision=Decision.ACCEPT),))
    out = io.StringIO()
    Console(file=out, width=110).print(*proposal_tables(decided, whole, "vi"))
    assert "37,07" in out.getvalue()


def test_the_tables_show_every_proposal_and_all_that_was_missed(whole: Portfolio) -> None:
    from rich.console import Console

    one = real("50 ha", quote="[bold]x[/bold]", position="[red]!F12")
    reviewed = begin(doubted(Intake("bc.txt", "", (one,), intake().unread), whole))
    out = io.StringIO()
    Console(file=out, width=250).print(*proposal_tables(reviewed, whole, "vi"))
    shown = out.getvalue()
    for words in ("[red]!F12", "Lộc Bình", "50 ha", "chưa quyết định", "lớn hơn tổng số", "Chưa đọc được", "6.316 héc"):
        assert words in shown
