"""Accepted proposals in projects.yaml: exactly what was accepted, and not a byte of the rest touched."""

from __future__ import annotations

import difflib
import hashlib
import os
import shutil
import unicodedata
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsinfra import files as files_
from lsinfra import loader, yamlfile
from lsinfra.codes import Base, Funding, SourceKind, Stage
from lsinfra.errors import InputError
from lsinfra.intake import Confidence, Intake, Proposal, edits, keeping, layout
from lsinfra.intake.decisions import Confirmed, Decision, NewSource, Reviewed, begin
from lsinfra.intake.doubts import BLOCKING, CODES
from lsinfra.intake.edits import apply
from lsinfra.intake.keeping import EditError
from lsinfra.quantities import Figure, PartialDate, Unit, read_date, read_figure, write_figure
from tests.conftest import ROOT

HEAD = "portfolio: {title: Sổ}\nsources:\n  s: {title: Nguồn, kind: official}\n"
PROJECT = "projects:\n  - id: a\n    title: Đường A\n    kind: road\n    status: implementation\n"
SMALL = HEAD + PROJECT


def proposal(figure: str | Figure = "5/9 ha", **changes: object) -> Proposal:
    base = Proposal(
        project="a",
        section=None,
        stage=Stage.HANDED_OVER,
        plan_year=None,
        base=None,
        funding=None,
        figure=read_figure(figure) if isinstance(figure, str) else figure,
        observed=read_date("2025-01-05"),
        source="s",
        note=None,
        quote=f"… {figure} …",
        position="dòng 1",
        confidence=Confidence.HIGH,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def money(figure: str, **changes: object) -> Proposal:
    of = {"stage": None, "plan_year": 2025, "base": Base.ADJUSTED}
    return proposal(figure, **(of | changes))


def accepted(*proposals: Proposal, confirmed: bool = False, source: NewSource | None = None) -> Reviewed:
    reviewed = begin(Intake("báo cáo.docx", "0" * 64, proposals), source)
    entries = (
        replace(entry, decision=Decision.ACCEPT, confirmed=Confirmed(entry.id, CODES) if confirmed else None)
        for entry in reviewed.entries
    )
    return replace(reviewed, entries=tuple(entries))


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "projects.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def done(folder: Path, text: str, *proposals: Proposal, **of: object) -> str:
    """The file after these proposals were accepted and applied; and no character of it is gone."""
    path = written(folder, text)
    apply(folder, accepted(*proposals, **of))  # type: ignore[arg-type]
    after = path.read_bytes().decode()
    assert only_added(text, after)
    return after


def only_added(before: str, after: str) -> bool:
    """Whether ``after`` is ``before`` with something put into it."""
    changes = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    letters = iter(after)
    return all(letter in letters for letter in before) and all(tag in {"equal", "insert"} for tag, *_ in changes)


# --- where lines go ------------------------------------------------------------------------------------------------


def test_the_first_observation_of_a_project_brings_its_key(tmp_path: Path) -> None:
    after = done(tmp_path, SMALL + "\n# hết\n", proposal("5/9 ha, đạt 55,6%"))
    assert after == SMALL + (
        "    clearance:\n"
        "      - as_of: 2025-01-05\n"
        "        handed_over: 5/9 ha, đạt 55,6%\n"
        "        source: s\n"
        "\n# hết\n"
    )


def test_a_list_goes_on_as_it_is_indented_before_the_comments_behind_it(tmp_path: Path) -> None:
    text = SMALL + (
        "    clearance:\n"
        "    -   as_of: 2024-01-05   # tab\tở đây\n"
        "        handed_over: 4/9 ha\n"
        "        source: s  # nguồn\n"
        "    # cuối danh sách\n"
        "\n"
        "# cuối tệp"
    )
    after = done(tmp_path, text, proposal())
    added = "    -   as_of: 2025-01-05\n        handed_over: 5/9 ha\n        source: s\n"
    assert after == text.replace("    # cuối danh", f"{added}    # cuối danh")


def test_items_in_brackets_go_on_in_brackets(tmp_path: Path) -> None:
    line = "      - {as_of: 2024-01-05, handed_over: 4/9 ha, source: s}\n"
    after = done(tmp_path, SMALL + "    clearance:\n" + line, proposal("5,5/9 ha, đạt 61,1%"))
    new = '      - {as_of: 2025-01-05, handed_over: "5,5/9 ha, đạt 61,1%", source: s}\n'
    assert after == SMALL + "    clearance:\n" + line + new


@pytest.mark.parametrize("blank", ["", " "])
def test_an_empty_list_is_filled(tmp_path: Path, blank: str) -> None:
    after = done(tmp_path, f"{SMALL}    clearance: [{blank}]  # chưa có\n", proposal())
    new = "{as_of: 2025-01-05, handed_over: 5/9 ha, source: s}"
    assert after == f"{SMALL}    clearance: [{new}{blank}]  # chưa có\n"


def test_a_list_in_brackets_of_several_lines_goes_on_below(tmp_path: Path) -> None:
    head = SMALL + "    clearance: [\n      {as_of: 2024-01-05, handed_over: 4/9 ha, source: s}"
    after = done(tmp_path, head + ",  # cũ\n    ]\n", proposal())
    new = ",\n      {as_of: 2025-01-05, handed_over: 5/9 ha, source: s}"
    assert after == head + new + ",  # cũ\n    ]\n"


def test_a_file_of_json_stays_json(tmp_path: Path) -> None:
    import json

    project = '{"id": "a", "title": "Đường A", "kind": "road", "status": "implementation"}'
    text = (
        '{"portfolio": {"title": "Sổ"}, "sources": {"s": {"title": "Nguồn", "kind": "official"}},\n'
        f' "projects": [{project}]}}'
    )
    after = json.loads(done(tmp_path, text, proposal("5,5/9 ha")))
    (entry,) = after["projects"][0]["clearance"]
    assert entry == {"as_of": "2025-01-05", "handed_over": "5,5/9 ha", "source": "s"}


def test_no_line_end_is_put_at_the_end_of_a_file_that_has_none(tmp_path: Path) -> None:
    after = done(tmp_path, SMALL.rstrip("\n"), proposal(), money("1/2 tỷ đồng"))
    assert after.endswith("        total: 1/2 tỷ đồng\n        source: s")
    (project,) = loader.load(tmp_path / "projects.yaml").projects
    assert (len(project.clearance), len(project.disbursement)) == (1, 1)


def test_line_ends_and_byte_order_mark_of_windows_stay(tmp_path: Path) -> None:
    text = b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()
    path = written(tmp_path, text)
    apply(tmp_path, accepted(proposal()))
    new = b"    clearance:\r\n      - as_of: 2025-01-05\r\n        handed_over: 5/9 ha\r\n        source: s\r\n"
    assert path.read_bytes() == text + new


def test_mixed_line_ends_stay_each_as_it_is(tmp_path: Path) -> None:
    text = SMALL.replace("\n", "\r\n", 3).encode() + b"    # a\r    # b\n"
    path = written(tmp_path, text)
    apply(tmp_path, accepted(proposal()))
    new = b"    clearance:\n      - as_of: 2025-01-05\n        handed_over: 5/9 ha\n        source: s\n"
    assert path.read_bytes() == text.replace(b"    # a\r", new + b"    # a\r")


def test_stages_of_one_section_and_date_are_one_entry(tmp_path: Path) -> None:
    after = done(
        tmp_path,
        SMALL + "    sections: [{id: x, unit: Xã X}]\n",
        proposal("3 ha", section="x", stage=Stage.PAID, note="Chi đợt 1"),
        proposal("304/305 hộ", section="x", note="Chi đợt 1"),
        proposal("2,5 ha", section="x"),
        proposal("7 ha", observed=read_date("2025-02")),
    )
    assert after.endswith(
        "    clearance:\n"
        "      - as_of: 2025-01-05\n"
        "        section: x\n"
        "        paid: 3 ha\n"
        '        handed_over: [304/305 hộ, "2,5 ha"]\n'
        "        note: Chi đợt 1\n"
        "        source: s\n"
        "      - as_of: 2025-02\n"
        "        handed_over: 7 ha\n"
        "        source: s\n"
    )


def test_capital_added_after_september_is_an_entry_of_its_own(tmp_path: Path) -> None:
    plain, added = money("5/9 tỷ đồng"), money("1/2 tỷ đồng", added_after_september=True)
    part = money("1 tỷ đồng", funding=Funding.ODA, added_after_september=True)
    after = done(tmp_path, SMALL, plain, added)
    assert after.count("        added_after_september: true\n") == 1
    (first, second) = loader.load(tmp_path / "projects.yaml").projects[0].disbursement
    assert (first.added_after_september, second.added_after_september) == (False, True)
    assert write_figure(second.total) == "1/2 tỷ đồng"
    later = done(tmp_path, after, part)
    (first, second) = loader.load(tmp_path / "projects.yaml").projects[0].disbursement
    assert (first.funding, list(second.funding)) == ({}, [Funding.ODA])
    again = apply(tmp_path, accepted(plain, added, part))
    assert (again.written, (tmp_path / "projects.yaml").read_text("utf-8")) == ((), later)


def test_money_with_its_capital_sources_is_one_entry(tmp_path: Path) -> None:
    parts = money("1 tỷ đồng", funding=Funding.ODA), money("0,5 tỷ đồng", funding=Funding.LOAN)
    after = done(tmp_path, SMALL, *parts, money("1,5/3 tỷ đồng, đạt 50%"))
    assert after == SMALL + (
        "    disbursement:\n"
        "      - as_of: 2025-01-05\n"
        "        plan_year: 2025\n"
        "        base: adjusted\n"
        "        total: 1,5/3 tỷ đồng, đạt 50%\n"
        '        funding: {oda: 1 tỷ đồng, loan: "0,5 tỷ đồng"}\n'
        "        source: s\n"
    )


@pytest.mark.parametrize(
    "there", ["", "        funding: {oda: 1 tỷ đồng}\n", "        funding:\n          oda: 1 tỷ đồng\n"]
)
def test_a_capital_source_is_put_to_the_total_that_is_recorded(tmp_path: Path, there: str) -> None:
    spent = "      - as_of: 2025-01-05\n        plan_year: 2025\n        base: adjusted\n        total: 2/3 tỷ đồng\n"
    text = f"{SMALL}    disbursement:\n{spent}{there}        source: s\n"
    done(tmp_path, text, money("0,5 tỷ đồng", funding=Funding.LOAN))
    (project,) = loader.load(tmp_path / "projects.yaml").projects
    (found,) = project.disbursement
    assert found.funding[Funding.LOAN] == read_figure("0,5 tỷ đồng")
    assert len(found.funding) == (2 if there else 1)


LAST = "    clearance:\n      - as_of: 2024-01-05\n        handed_over: 4/9 ha\n        source: s\n"


@pytest.mark.parametrize(
    "text",
    [
        SMALL + LAST + "        note: |\n          một\n\n          hai\n\n\n# hết\n",
        SMALL + LAST + "        note: |+\n          một\n\n\n# hết\n",
        SMALL + LAST + "        note: |-\n          một",
        SMALL + LAST + "        note: |+\n          một\n\n",
        SMALL + LAST + "        note: >-\n          một\n\n# hết\n",
        SMALL + LAST + "        note: >2\n            một\n          hai\n",
        SMALL + LAST + "        note: một\n          # không phải ghi chú\n",
        SMALL + LAST + "        note: một\n          hai\n    length: 5 km\n",
        SMALL + LAST + '        note: "một\n          hai"  # ba\n',
        SMALL + LAST + "        note: 'a: b'\n...\n",
        "---\n" + SMALL + LAST + "...\n# hết\n",
        "%YAML 1.2\n---\n" + SMALL,
        SMALL + "    routes:\n    - r\n    - q # cuối\n",
        SMALL + "    issues:\n      - text: |\n          dài\n",
        SMALL.replace("    kind", '    "kind"') + LAST.replace("clearance", '"clearance"'),
        SMALL.replace("    kind", "    ? kind\n    "),
        SMALL.replace("  - id: a", "  -\n    # trước\n    id: a") + LAST,
        SMALL.replace("  - id: a", "  - &p\n    id: a"),
        HEAD + "projects:\n- {id: a, title: A, kind: road, status: implementation}  # một dòng\n",
        HEAD + "projects:\n- {id: a, title: A, kind: road, status: implementation,\n   clearance: [], }\n",
        HEAD + "projects: [{id: a, title: A, kind: road, status: implementation,},\n  ]",
        SMALL.replace("Đường A", "Đ\u2028A \u0085 A") + LAST,
        SMALL
        + "    clearance:\n      - as_of: 2024-01-05\n        handed_over:\n          - 4/9 ha\n          - 3 km\n"
        "        source:\n          s\n\n",
        SMALL + "    clearance:\n      - source: &k s\n        as_of: 2024-01-05\n        handed_over: 4 ha\n"
        "      - {as_of: 2024-02-05, handed_over: 4 ha, source: *k}\n      # cuối\n",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_notation_goes_on_and_nothing_else_changes(tmp_path: Path, text: str, end: str) -> None:
    before = text.replace("\n", end)
    path = written(tmp_path, before)
    old = loader.load(path)
    apply(tmp_path, accepted(proposal("4,5/9 ha, đạt 50%", note="a: b\n\x1b, c"), money("1/2 tỷ đồng")))
    after = path.read_bytes().decode()
    assert is_within(before.encode(), after.encode())
    assert after.replace("\r\n", "").count("\n") == before.replace("\r\n", "").count("\n") or end == "\n"
    new = loader.load(path)
    assert new.projects[0].clearance[-1].handed_over == (read_figure("4,5/9 ha, đạt 50%"),)
    assert str(new.projects[0].clearance[-1].note) == "vi='a: b U+001B, c' en=None"
    assert [seen.as_of.iso for seen in new.projects[0].disbursement] == ["2025-01-05"]
    assert rest(new) == rest(old)


# --- sources -------------------------------------------------------------------------------------------------------

SOURCE = NewSource("bc-1", "Báo cáo: số 1 #2", SourceKind.OFFICIAL, PartialDate(2025, 1), "1/BC", "UBND “tỉnh”")


def test_a_new_source_is_entered_with_its_figures(tmp_path: Path) -> None:
    after = done(tmp_path, SMALL, proposal(source=None), source=SOURCE)
    line = '  bc-1: {title: "Báo cáo: số 1 #2", number: 1/BC, issuer: "UBND “tỉnh”", date: 2025-01, kind: official}\n'
    assert after.startswith(HEAD + line + PROJECT)
    assert after.endswith("        source: bc-1\n")


def test_without_sources_the_table_is_made(tmp_path: Path) -> None:
    text = SMALL.replace("sources:\n  s: {title: Nguồn, kind: official}\n", "")
    done(tmp_path, text, proposal(source=None), source=SOURCE)
    records = loader.load(tmp_path / "projects.yaml")
    assert list(records.sources) == ["bc-1"]
    assert records.sources["bc-1"].title.vi == SOURCE.title


def test_a_key_of_another_source_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    with pytest.raises(EditError, match="belongs to another source"):
        apply(tmp_path, accepted(proposal(), source=replace(SOURCE, key="s")))
    with pytest.raises(EditError, match="cannot be the key"):
        apply(tmp_path, accepted(proposal(), source=replace(SOURCE, key="Báo cáo")))
    assert path.read_text("utf-8") == SMALL


# --- twice, and not at all -----------------------------------------------------------------------------------------


def test_applying_twice_changes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    reviewed = accepted(proposal(source=None), money("1/2 tỷ đồng", source=None), source=SOURCE)
    first = apply(tmp_path, reviewed)
    after = path.read_bytes()
    second = apply(tmp_path, reviewed)
    assert (len(first.written), len(first.already), first.source) == (2, 0, "bc-1")
    assert (len(second.written), len(second.already), second.source, second.added) == (0, 2, None, ())
    assert second.backup is None
    assert path.read_bytes() == after


def test_only_what_is_accepted_is_written(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    reviewed = begin(Intake("x", "", (proposal(), proposal("6 ha", observed=read_date("2025-02")))))
    pending, other = reviewed.entries
    nothing = replace(reviewed, entries=(pending, replace(other, decision=Decision.SKIP)))
    assert apply(tmp_path, nothing).written == ()
    assert path.read_text("utf-8") == SMALL


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"project": None}, "not known whose figure"),
        ({"project": "b"}, "no project “b”"),
        ({"section": "x"}, "no section “x”"),
        ({"observed": None}, "no date"),
        ({"source": None}, "no source"),
        ({"source": "t"}, "no source “t”"),
        ({"figure": read_figure("5 tỷ đồng")}, "no place here"),
        ({"figure": read_figure("5 ha"), "stage": None, "plan_year": 2025, "base": Base.ADJUSTED}, "no place here"),
        ({"figure": read_figure("5 tỷ đồng"), "stage": None}, "needs its plan year"),
        ({"figure": read_figure("10 ha")}, "needs confirmation"),
        ({"figure": read_figure("3/9 ha")}, "less than the last recorded figure, 4 of 9 ha"),
        ({"figure": read_figure("5/9 ha"), "observed": read_date("2024-01-05")}, "of the same date and source (s)"),
    ],
)
def test_what_cannot_be_written_is_said_and_nothing_is(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    text = SMALL + "    clearance:\n      - {as_of: 2024-01-05, handed_over: 4/9 ha, source: s}\n"
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        apply(tmp_path, accepted(proposal("7/9 ha", observed=read_date("2025-03")), proposal(**changes)))
    assert said in caught.value.write("en")
    assert "dòng 1" in caught.value.write("vi")
    assert path.read_text("utf-8") == text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["projects.yaml"]


def test_a_doubt_that_is_confirmed_is_no_obstacle(tmp_path: Path) -> None:
    known = SMALL + "    clearance:\n      - {as_of: 2024-01-05, handed_over: 7/9 ha, source: s}\n"
    assert "handed_over: 5/9 ha" in done(tmp_path, known, proposal("5/9 ha"), confirmed=True)
    above = money("1.300/1.288 tỷ đồng"), money("-1/9 tỷ đồng", base=Base.PM_ASSIGNED)
    assert 'total: "-1/9 tỷ đồng"' in done(tmp_path, SMALL, *above)


@pytest.mark.parametrize("figure", ["10/9 ha", "-5 ha", "-1/818 hộ", "9,1 km, đạt 101%"])
def test_what_cannot_be_true_is_not_written_whoever_confirms_it(tmp_path: Path, figure: str) -> None:
    written(tmp_path, SMALL)
    with pytest.raises(InputError, match="cannot be written"):
        apply(tmp_path, accepted(proposal(figure), confirmed=True))
    with pytest.raises(InputError, match="has not come"):
        apply(tmp_path, accepted(proposal(), confirmed=True), today=date(2025, 1, 4))


def test_two_figures_of_one_thing_are_refused(tmp_path: Path) -> None:
    written(tmp_path, SMALL)
    with pytest.raises(InputError, match="another figure of the same thing"):
        apply(tmp_path, accepted(proposal(), replace(proposal("6/9 ha"), position="dòng 7")))


def test_a_capital_source_without_its_total_is_refused(tmp_path: Path) -> None:
    written(tmp_path, SMALL)
    with pytest.raises(InputError, match="goes with that of all sources"):
        apply(tmp_path, accepted(money("1 tỷ đồng", funding=Funding.ODA)))


def test_a_file_with_faults_is_refused_with_all_of_them(tmp_path: Path) -> None:
    written(tmp_path, SMALL.replace("road", "rod").replace("implementation", "x"))
    with pytest.raises(InputError) as caught:
        apply(tmp_path, accepted(proposal()))
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize(
    "text",
    [
        SMALL + "    clearance: &c\n      - {as_of: 2024-01-05, handed_over: 4/9 ha, source: s}\n"
        "  - {id: b, title: B, kind: road, status: implementation, clearance: *c}\n",
        HEAD + "projects:\n  - {id: b, title: B, kind: road, status: implementation, clearance: &c "
        "[{as_of: 2024-01-05, handed_over: 4/9 ha, source: s}]}\n"
        + PROJECT.removeprefix("projects:\n")
        + "    clearance: *c\n",
    ],
    ids=["the anchor", "the alias"],
)
def test_a_list_that_two_projects_share_is_left_alone(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(EditError, match="nothing was written"):
        apply(tmp_path, accepted(proposal()))
    assert path.read_text("utf-8") == text


def test_what_an_added_line_would_change_is_left_alone(tmp_path: Path) -> None:
    """A text whose end is the end of the file has no line end; with a line below it would have one."""
    path = written(tmp_path, SMALL + LAST + "        note: |\n          một")
    before = path.read_bytes()
    with pytest.raises(EditError, match="would change something else too; nothing was written"):
        apply(tmp_path, accepted(proposal()))
    assert path.read_bytes() == before


def test_an_alias_beside_is_no_obstacle(tmp_path: Path) -> None:
    first = "      - {as_of: 2024-01-05, handed_over: 4/9 ha, source: s, note: &n {vi: Đợt 1}}\n"
    text = f"{SMALL}    clearance:\n{first}      - {{as_of: 2024-01-06, handed_over: 4/9 ha, source: s, note: *n}}\n"
    assert done(tmp_path, text, proposal()).startswith(text)


def test_a_dry_run_says_what_would_be_written_and_writes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    told = apply(tmp_path, accepted(proposal()), dry_run=True)
    assert path.read_text("utf-8") == SMALL
    assert sorted(path.name for path in tmp_path.iterdir()) == ["projects.yaml"]
    real = apply(tmp_path, accepted(proposal()))
    assert told == replace(real, backup=None)
    lines = path.read_text("utf-8").splitlines()
    assert real.added == tuple((n, lines[n - 1]) for n in range(9, 13))


# --- the real file -------------------------------------------------------------------------------------------------


def test_the_real_records_take_an_observation_of_every_project(tmp_path: Path) -> None:
    before = (ROOT / "projects.yaml").read_bytes()
    path = written(tmp_path, before)
    projects = loader.load(path).projects
    of = {"observed": read_date("2026-01-05"), "source": None}
    proposals = [proposal("900/901 ha", project=one.id, **of) for one in projects]
    proposals += [proposal("99 ha", project=one.id, section=one.sections[0].id, **of) for one in projects]
    proposals += [money("9.999 tỷ đồng", project=one.id, **of) for one in projects]
    applied = apply(tmp_path, accepted(*proposals, confirmed=True, source=SOURCE))
    after = path.read_bytes()
    old, new = before.decode().splitlines(keepends=True), after.decode().splitlines(keepends=True)
    changes = [line for line in difflib.ndiff(old, new) if not line.startswith("  ")]
    assert {line[0] for line in changes} == {"+"}
    assert [line[2:].rstrip("\n") for line in changes] == [line for _, line in applied.added]
    assert [new[n - 1].rstrip("\n") for n, _ in applied.added] == [line for _, line in applied.added]
    found = loader.load(path)
    for project, grown in zip(projects, found.projects, strict=True):
        assert len(grown.clearance) == len(project.clearance) + 2
        assert len(grown.disbursement) == len(project.disbursement) + 1


# --- any file ------------------------------------------------------------------------------------------------------

COMMENTS = st.sampled_from(["", "  # tab\tđây", "  # [a, {b: c}] - x: y", "\n", "\n    # một mình\n"])
DATES = [f"2024-0{month}-15" for month in range(1, 7)]


@st.composite
def files(draw: st.DrawFn) -> str:
    """A small records file, its lists in any notation a person might use."""

    def item(day: str, n: int) -> list[str]:
        pairs = [f"as_of: {day}", f"handed_over: {n + 1} ha", "source: s"]
        if draw(st.booleans()):
            pairs.insert(2, "note: {vi: 'một, hai', en: \"a: b\"}")
        return draw(st.permutations(pairs))

    text = HEAD + "projects:\n"
    step = draw(st.sampled_from([2, 4]))
    base = draw(st.sampled_from([0, 2]))
    for name in draw(st.sampled_from([["a"], ["a", "b"], ["b", "a"]])):
        keys = [f"id: {name}", "title: Đường", "kind: road", "status: implementation", "routes: [r]"]
        keys = [keys[0], *draw(st.permutations(keys[1:]))]
        inner = " " * (base + 2)
        items = [item(day, n) for n, day in enumerate(DATES[: draw(st.integers(0, 2))])]
        style = draw(st.sampled_from(["none", "block", "dashes", "brackets", "lines", "late"]))
        made = []
        if style == "none":
            pass
        elif style == "brackets" or not items:
            made = [f"{inner}clearance: [" + ", ".join("{" + ", ".join(one) + "}" for one in items) + "]"]
        elif style == "lines":
            joined = ",\n".join(f"{inner}   {{{', '.join(one)}}}" for one in items)
            made = [f"{inner}clearance: [\n{joined}\n{inner}  ]"]
        else:
            made = [f"{inner}clearance:{draw(COMMENTS).rstrip()}"]
            dash = inner + " " * (step if style != "dashes" else 0)
            for one in items:
                if style == "late":
                    made += [f"{dash}- # muộn", *(f"{dash}    {pair}" for pair in one)]
                elif draw(st.booleans()):
                    made.append(f"{dash}- {{{', '.join(one)}}}{draw(COMMENTS).rstrip()}")
                else:
                    made += [f"{dash}-   {one[0]}", *(f"{dash}    {pair}" for pair in one[1:])]
        lines = [f"{inner}{key}" for key in keys[1:]]
        at = draw(st.integers(0, len(lines)))
        lines[at:at] = made
        text += f"{' ' * base}- {keys[0]}{draw(COMMENTS).rstrip()}\n"
        text += "".join(f"{line}\n" for line in lines) + draw(st.sampled_from(["", "\n", "    # cuối\n"]))
    text = text + draw(st.sampled_from(["", "# hết\n", "proposals: []\n"]))
    return text if draw(st.booleans()) else text.rstrip("\n")


FIGURES = st.builds(
    Figure,
    st.decimals(100, 999, places=2),
    st.sampled_from([Unit.HA, Unit.KM]),
    st.sampled_from([None, Decimal("1000.5")]),
    about=st.booleans(),
)
PROPOSALS = st.builds(
    lambda figure, stage, day, note: proposal(figure=figure, stage=stage, note=note, observed=read_date(day)),
    FIGURES,
    st.sampled_from(Stage),
    st.sampled_from(["2025-01-15", "2025-02"]),
    st.sampled_from([None, "Đợt 1", "a: b # c", "null", "- x", '“q” "r"', "{a, b}", "* &x !y | > %"]),
)


@given(files(), st.lists(PROPOSALS, min_size=1, max_size=5), st.booleans(), st.booleans())
def test_any_records_say_what_they_said_and_what_was_accepted(
    tmp_path_factory: pytest.TempPathFactory, text: str, proposals: list[Proposal], windows: bool, mark: bool
) -> None:
    unique = {(one.stage, one.figure.measure, one.observed): one for one in proposals}
    before = (b"\xef\xbb\xbf" if mark else b"") + (text.replace("\n", "\r\n") if windows else text).encode()
    folder = tmp_path_factory.mktemp("any")
    path = written(folder, before)
    old = loader.load(path)
    applied = apply(folder, accepted(*unique.values(), confirmed=True))
    after = path.read_bytes()
    assert is_within(before, after)
    assert (b"\n" in after.replace(b"\r\n", b"")) == (b"\n" in before.replace(b"\r\n", b""))
    new = loader.load(path)
    assert told(new) == told(old) | {
        ("a", one.stage, one.figure, one.observed.iso if one.observed else "") for one in unique.values()
    }
    assert rest(new) == rest(old)
    assert len(applied.written) == len(unique)
    assert apply(folder, accepted(*unique.values(), confirmed=True)).added == ()
    assert path.read_bytes() == after
    shutil.rmtree(folder)


def is_within(before: bytes, after: bytes) -> bool:
    letters = iter(after)
    return all(letter in letters for letter in before)


def told(records: object) -> set[tuple[object, ...]]:
    return {
        (project.id, stage, figure, seen.as_of.iso)
        for project in records.projects  # type: ignore[attr-defined]
        for seen in project.clearance
        for stage, figure in seen.stages
    }


def rest(records: object) -> dict[str, object]:
    """The records without the observations that begin in 2025."""
    data = records.model_dump(mode="python")  # type: ignore[attr-defined]
    for project in data["projects"]:
        for name in ("clearance", "disbursement"):
            project[name] = [seen for seen in project[name] if seen["as_of"]["year"] != 2025]
    return dict(data)


@given(st.lists(st.sampled_from(["\r", "\n", "\r\n", "# đ", "  ", "# \t", "# \u2028"])), st.booleans())
def test_nothing_put_in_is_nothing_changed(pieces: list[str], mark: bool) -> None:
    raw = (b"\xef\xbb\xbf" if mark else b"") + ("a: 1\r\n" + "\n".join(pieces)).encode()
    adding = edits._Adding(raw, yamlfile.Document("x", {"a": "1"}))
    assert adding.finished() == (raw, ())


# --- the folder ----------------------------------------------------------------------------------------------------


def test_the_file_as_it_was_is_kept_and_can_be_put_back(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    first = apply(tmp_path, accepted(proposal()))
    second = apply(tmp_path, accepted(proposal("6 ha", observed=read_date("2025-02"))))
    assert first.backup is not None
    assert second.backup is not None
    digest = hashlib.sha256(SMALL.encode()).hexdigest()[:8]
    assert first.backup.relative_to(tmp_path) == Path("backups") / f"projects-0001-{digest}.yaml"
    assert second.backup.name.startswith("projects-0002-")
    shutil.copy(first.backup, path)
    assert path.read_text("utf-8") == SMALL
    assert sorted(one.name for one in tmp_path.iterdir()) == ["backups", "projects.yaml"]


def test_one_at_a_time(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    with keeping.locked(path), pytest.raises(EditError) as caught:
        apply(tmp_path, accepted(proposal()))
    assert str(os.getpid()) in caught.value.write("vi")
    assert "đang được người khác sửa" in caught.value.write("vi")
    assert path.read_text("utf-8") == SMALL
    assert apply(tmp_path, accepted(proposal())).backup is not None


def test_a_file_marked_read_only_is_left_alone(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    path.chmod(0o444)
    with pytest.raises(EditError, match="marked read-only"):
        apply(tmp_path, accepted(proposal()))
    assert path.read_text("utf-8") == SMALL
    assert [one.name for one in tmp_path.iterdir()] == ["projects.yaml"]
    path.chmod(0o644)
    assert len(apply(tmp_path, accepted(proposal())).written) == 1


@pytest.mark.parametrize("name", ["p.json", f"{'huyện ' * 12}.json"])
def test_what_killed_writers_left_beside_a_file_is_swept_away(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"old")
    left = files_.write_beside(path, b"half")
    os.utime(left, (1, 1))
    keeping.swap(path, b"new", b"old")
    assert [one.name for one in tmp_path.iterdir()] == [name]
    assert path.read_bytes() == b"new"


def test_the_last_guard_sees_a_line_that_says_another_figure(tmp_path: Path) -> None:
    """The data are just what was put together, and yet not what was accepted: a figure in the wrong place."""
    text = SMALL + LAST
    path = written(tmp_path, text)
    expected = edits._plain(yamlfile.parse(text, "x").data)
    of = {"observed": read_date("2024-01-05")}
    edits._check(path, text.encode(), expected, [proposal("4/9 ha", **of)])
    for other in (proposal("4,1/9 ha", **of), proposal("4/9 ha"), proposal("4/9 ha", stage=Stage.PAID, **of)):
        with pytest.raises(EditError, match="would change something else"):
            edits._check(path, text.encode(), expected, [other])


BLOCKED = {
    "project_missing": proposal(project=None),
    "unknown_project": proposal(project="b"),
    "unknown_section": proposal(section="x"),
    "date_missing": proposal(observed=None),
    "source_missing": proposal(source=None),
    "unknown_source": proposal(source="t"),
    "plan_missing": money("5 tỷ đồng", plan_year=None),
    "wrong_measure": proposal("5 tỷ đồng"),
    "recorded_otherwise": proposal("5/9 ha", observed=read_date("2024-01-05")),
    "future": proposal(observed=read_date("2025-02-02")),
    "negative": proposal("-5 ha", stage=Stage.PAID),
    "above_total": proposal("10/9 ha"),
}


def test_every_blocking_doubt_is_tried_below() -> None:
    assert set(BLOCKED) == BLOCKING


@pytest.mark.parametrize("code", BLOCKED)
def test_no_yes_settles_what_blocks(tmp_path: Path, code: str) -> None:
    path = written(tmp_path, SMALL + LAST)
    with pytest.raises(InputError) as caught:
        apply(tmp_path, accepted(BLOCKED[code], confirmed=True), today=date(2025, 2, 1))
    assert [(fault.key, fault.values["doubt"].code) for fault in caught.value.faults] == [  # type: ignore[attr-defined]
        ("intake.refused.cannot", code)
    ]
    assert path.read_text("utf-8") == SMALL + LAST


def test_a_lock_file_that_was_left_behind_holds_nobody_up(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    path.with_name(".projects.yaml.lock").write_text("lan@may-1, 4242")
    assert len(apply(tmp_path, accepted(proposal())).written) == 1
    assert not path.with_name(".projects.yaml.lock").exists()


def test_a_file_that_somebody_saved_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = written(tmp_path, b"mine")
    with pytest.raises(EditError, match="was changed while"):
        keeping.swap(path, b"new", b"old")
    assert path.read_bytes() == b"mine"
    assert [one.name for one in tmp_path.iterdir()] == ["projects.yaml"]


def test_a_link_keeps_pointing_and_rights_stay(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    path = written(real, SMALL)
    path.chmod(0o640)
    (tmp_path / "projects.yaml").symlink_to(path)
    apply(tmp_path, accepted(proposal()))
    assert (tmp_path / "projects.yaml").is_symlink()
    assert "2025-01-05" in path.read_text("utf-8")
    assert path.stat().st_mode & 0o777 == 0o640


# --- texts ---------------------------------------------------------------------------------------------------------


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_a_text_comes_back_as_it_was_written(text: str) -> None:
    for whole in (layout.scalar(text), layout.scalar(text, flow=True)):
        line = f"a: {{b: {whole}}}" if whole == layout.scalar(text, flow=True) else f"a: {whole}"
        try:
            (found,) = yamlfile.parse(line + "\n", "x").data.values()
        except InputError as error:
            assert {fault.key for fault in error.faults} == {"fault.bad_character"}  # noqa: PT017
            continue
        assert (found["b"] if isinstance(found, dict) else found) == unicodedata.normalize("NFC", text)
