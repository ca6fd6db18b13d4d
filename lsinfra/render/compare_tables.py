"""What changed between two snapshots as JSON, rows and terminal tables.

Keys are never translated; ``lsinfra.compare/1`` changes its number when a key does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lsinfra.compare import ChangeKind, Compared, Comparison, FindingChange, Moment, Row, stretches_of
from lsinfra.progress import ClearanceRow, DisbursementRow
from lsinfra.quantities import Measure
from lsinfra.render.payload import day_text, percent_stated, rate_text, share_words
from lsinfra.render.rows import Rows
from lsinfra.render.tables import clearance_record, disbursement_record, finding_record
from lsinfra.render.writing import (
    as_json,
    cells,
    grown,
    heads,
    observed_text,
    points,
    rich_table,
    share_number,
    signed_share,
)
from lsinfra.text import Lang, say

if TYPE_CHECKING:
    from rich.console import RenderableType

SCHEMA = "lsinfra.compare/1"


def compare_json(comparison: Comparison, lang: Lang) -> str:
    """The whole comparison as JSON: ``clearance``, ``disbursement``, ``findings``, each only what differs.

    ``from_known`` and ``to_known`` are when the snapshots were taken, null where they do not say; ``from_snapshot`` and
    ``to_snapshot`` the dates of those that stand for the days asked for, null where none does; ``from_figures`` and
    ``to_figures`` how many figures are known. Areas in ha, lengths in km, money in đồng, shares 0–1 (their changes with
    a sign); null is what nobody published, ``findings`` null where they are not compared.
    """
    return as_json(
        {
            "schema": SCHEMA,
            **_moments(comparison),
            "backwards": comparison.backwards,
            "clearance": [_clearance_record(row, comparison) for row in comparison.clearance],
            "disbursement": [_disbursement_record(row, comparison) for row in comparison.disbursement],
            "findings": None
            if comparison.findings is None
            else [_finding_record(row, lang) for row in comparison.findings],
        }
    )


def compare_rows(comparison: Comparison, lang: Lang) -> Rows:
    """All that differs as rows; ``kind`` is clearance, disbursement or finding, the other keys as in the JSON."""
    moments = _moments(comparison)
    rows = [
        *({"kind": "clearance", **_clearance_record(row, comparison)} for row in comparison.clearance),
        *({"kind": "disbursement", **_disbursement_record(row, comparison)} for row in comparison.disbursement),
        *({"kind": "finding", **_finding_record(row, lang)} for row in comparison.findings or ()),
    ]
    head = moments | {"backwards": comparison.backwards}
    return Rows(SCHEMA, [row | moments for row in rows], head)


def compare_table(comparison: Comparison, lang: Lang) -> list[RenderableType]:
    """From when to when, then land, money and findings as tables for a terminal; a sentence when nothing changed."""
    lines = [_heading(comparison, lang)]
    if comparison.backwards:
        lines.append(say(lang, "compare.backwards"))
    if not comparison.before.figures and not comparison.after.figures:
        lines.append(say(lang, "compare.unknown"))
    elif comparison.empty:
        lines.append(say(lang, "compare.none" if comparison.findings is not None else "compare.none_of_figures"))
    if _one_stands_for_both(comparison):
        lines.append(say(lang, "compare.one_for_both"))
    tables: list[RenderableType] = [*cells(*lines)]
    if comparison.clearance:
        tables.append(_land_table(comparison, lang))
    if comparison.disbursement:
        tables.append(_money_table(comparison, lang))
    if comparison.findings:
        tables.append(_findings_table(comparison, lang))
    return tables


# --- records -----------------------------------------------------------------------------------------------

_SIDE_KEYS = ("stated_percent", "observed", "stale", "source", "where")


def _moments(comparison: Comparison) -> dict[str, Any]:
    before, after = comparison.before, comparison.after
    return {
        "from": before.as_of.isoformat(),
        "to": after.as_of.isoformat(),
        "from_known": before.taken.isoformat() if before.taken else None,
        "to_known": after.taken.isoformat() if after.taken else None,
        "from_snapshot": before.kept.isoformat() if before.kept else None,
        "to_snapshot": after.kept.isoformat() if after.kept else None,
        "from_figures": before.figures,
        "to_figures": after.figures,
    }


def _clearance_record(row: Compared[ClearanceRow], comparison: Comparison) -> dict[str, Any]:
    sides = [{} if side is None else clearance_record(side) for side in (row.before, row.after)]
    stretches = [() if side is None else stretches_of(side) for side in (row.before, row.after)]
    either = sides[1] or sides[0]
    return {
        **{key: either[key] for key in ("project", "section", "unit", "stage", "measure")},
        **_change_record(row, comparison),
        **_both(sides, "", "value"),
        "difference": row.value,
        "correction": row.correction_value,
        **_both(sides, "total", "total"),
        "total_change": row.total,
        **_both(sides, "total_low", "total_low"),
        **_both(sides, "total_high", "total_high"),
        **_both(sides, "total_kind", "total_kind"),
        **_share_record(row),
        **_both(sides, "about", "about"),
        **{key: value for name in _SIDE_KEYS for key, value in _both(sides, name, name).items()},
        "stretches_changed": stretches[0] != stretches[1],
    }


def _disbursement_record(row: Compared[DisbursementRow], comparison: Comparison) -> dict[str, Any]:
    sides = [{} if side is None else disbursement_record(side) for side in (row.before, row.after)]
    either = sides[1] or sides[0]
    return {
        **{key: either[key] for key in ("project", "plan_year", "base", "funding", "closes")},
        **_change_record(row, comparison),
        **_both(sides, "vnd", "value_vnd"),
        "difference_vnd": row.value,
        "correction_vnd": row.correction_value,
        **_both(sides, "plan_vnd", "plan_vnd"),
        "plan_change_vnd": row.total,
        **_both(sides, "plan_low_vnd", "plan_low_vnd"),
        **_both(sides, "plan_high_vnd", "plan_high_vnd"),
        **_both(sides, "plan_kind", "plan_kind"),
        **_share_record(row),
        "before_about": None if row.before is None else row.before.rate.about,
        "after_about": None if row.after is None else row.after.rate.about,
        **{key: value for name in _SIDE_KEYS for key, value in _both(sides, name, name).items()},
    }


def _finding_record(row: FindingChange, lang: Lang) -> dict[str, Any]:
    return {"change": "came" if row.came else "went", **finding_record(row.finding, lang)}


def _both(sides: list[dict[str, Any]], name: str, key: str) -> dict[str, Any]:
    """A key of both sides as ``before_NAME`` and ``after_NAME``, null on a side that has no row."""
    return {f"{when}_{name}".rstrip("_"): side.get(key) for when, side in zip(("before", "after"), sides, strict=True)}


def _change_record(row: Compared[Row], comparison: Comparison) -> dict[str, Any]:
    regress = row.lost and not comparison.backwards
    return {"change": row.kind.value, "newly_stale": row.newly_stale, "regress": regress}


def _share_record(row: Compared[Row]) -> dict[str, Any]:
    return {
        "before_share": share_number(row.before.rate.share) if row.before else None,
        "after_share": share_number(row.after.rate.share) if row.after else None,
        "share_change": signed_share(row.share),
        "correction_share": signed_share(row.correction),
        "work_share": signed_share(row.work),
        "scope_share": signed_share(row.scope),
    }


# --- tables ------------------------------------------------------------------------------------------------


def _heading(comparison: Comparison, lang: Lang) -> str:
    """From when to when, and by what was known when; nothing of that where a snapshot does not say."""
    before, after = comparison.before, comparison.after
    if before.taken is not None and (before.taken, before.kept) == (after.taken, after.kept):
        first, last = day_text(before.as_of, lang), day_text(after.as_of, lang)
        known = _known(before, before.taken, lang)
        return say(lang, "compare.heading_one", first=first, last=last, known=known)
    return say(lang, "compare.heading", first=_day(before, lang), last=_day(after, lang))


def _one_stands_for_both(comparison: Comparison) -> bool:
    """Nothing changed, for one snapshot stands for both days, which are after its own."""
    before, after = comparison.before, comparison.after
    if not comparison.empty or before.kept is None or (before.kept, before.taken) != (after.kept, after.taken):
        return False
    return before.kept < min(before.as_of, after.as_of)


def _day(moment: Moment, lang: Lang) -> str:
    day = day_text(moment.as_of, lang)
    return f"{day} ({_known(moment, moment.taken, lang)})" if moment.taken else day


def _known(moment: Moment, taken: datetime, lang: Lang) -> str:
    """When it was known, and by which snapshot where one stands for the day."""
    said = {"time": taken.strftime("%H:%M"), "day": day_text(taken.date(), lang), "zone": taken.tzname()}
    if moment.kept is None:
        return say(lang, "compare.known", **said)
    return say(lang, "compare.known_by", kept=day_text(moment.kept, lang), **said)


def _land_table(comparison: Comparison, lang: Lang) -> Any:
    titles = _titles(comparison, lang)
    table = rich_table(say(lang, "compare.clearance"), heads(lang, "project", "part", "stage", *_COLUMNS))
    for row in comparison.clearance:
        one = row.row
        what = titles.get(one.project, one.project), one.unit or say(lang, "word.whole"), one.stage.write(lang)
        table.add_row(*cells(*what, *_change_cells(row, one.measure, comparison, lang)))
    return table


def _money_table(comparison: Comparison, lang: Lang) -> Any:
    titles = _titles(comparison, lang)
    table = rich_table(say(lang, "compare.disbursement"), heads(lang, "project", "plan", *_COLUMNS))
    for row in comparison.disbursement:
        one = row.row
        funding = one.funding.write(lang) if one.funding else say(lang, "cli.table.all_funding")
        plan = [str(one.plan_year), one.base.write(lang), funding]
        if one.closes:
            plan.append(say(lang, "compare.closes", day=day_text(one.closes, lang)))
        what = titles.get(one.project, one.project), "\n".join(plan)
        table.add_row(*cells(*what, *_change_cells(row, Measure.MONEY, comparison, lang)))
    return table


def _findings_table(comparison: Comparison, lang: Lang) -> Any:
    titles = _titles(comparison, lang)
    table = rich_table(
        say(lang, "compare.findings"), heads(lang, "change", "severity", "code", "project", "message", "where")
    )
    for row in comparison.findings or ():
        one = row.finding
        change = _word("came" if row.came else "went", comparison, lang)
        severity = say(lang, f"word.severity.{one.severity.value}")
        project = titles.get(one.project or "", one.project or "")
        table.add_row(*cells(change, severity, one.code, project, one.message(lang), one.where))
    return table


_COLUMNS = ("before", "after", "difference", "points", "change")


def _titles(comparison: Comparison, lang: Lang) -> dict[str, str]:
    return {project.id: project.title.write(lang) for project in comparison.projects}


def _change_cells(row: Compared[Row], measure: Measure, comparison: Comparison, lang: Lang) -> list[str]:
    """Before, after, the difference of the amounts and of the share, and what kind of change it is."""
    return [
        _figure(row.before, measure, lang),
        _figure(row.after, measure, lang),
        "\n".join(_differences(row, measure, lang)),
        "\n".join(_points(row, measure, lang)),
        "\n".join(_reasons(row, comparison, lang)),
    ]


def _figure(row: ClearanceRow | DisbursementRow | None, measure: Measure, lang: Lang) -> str:
    """The figure with its share; below it, of when and whose it is."""
    if row is None:
        return say(lang, "compare.no_figure")
    figure, share = rate_text(row.rate, measure, lang), share_words(row.rate, measure, lang)
    shown = f"{figure} ({share})" if share else figure
    return f"{shown}\n{observed_text(row.dating, lang)}\n{row.dating.source}"


def _differences(row: Compared[Row], measure: Measure, lang: Lang) -> Iterator[str]:
    """Of the value and of the total, each where it is another one; with sign and unit."""
    if row.value:
        yield grown(row.value, measure, lang)
    if row.correction_value and row.kind is not ChangeKind.CORRECTED:
        yield say(lang, "compare.of_it_corrected", difference=grown(row.correction_value, measure, lang))
    if row.total:
        yield say(lang, "compare.total", difference=grown(row.total, measure, lang))
    if row.value is not None and not row.value and not row.total:
        yield say(lang, "compare.kind.same")


def _points(row: Compared[Row], measure: Measure, lang: Lang) -> Iterator[str]:
    """The change of the share in percentage points, and its parts, each where there is any of it."""
    said = points(row, measure, lang)
    if said["share"]:
        yield said["share"]
    for name, part in (("correction", row.correction), ("work", row.work), ("scope", row.scope)):
        if part:
            yield say(lang, f"compare.part.{name}", points=said[name])


def _reasons(row: Compared[Row], comparison: Comparison, lang: Lang) -> Iterator[str]:
    """What kind of change it is, whether it has gone stale, and what else differs that the figures do not show."""
    yield _word(row.kind, comparison, lang)
    if row.newly_stale:
        yield _word("newly_stale", comparison, lang)
    if row.before is None or row.after is None:
        return
    before, after = row.before.rate.stated_percent, row.after.rate.stated_percent
    if before != after and not row.value and not row.total:
        nothing = say(lang, "compare.not_stated")
        old, new = (percent_stated(percent, lang) or nothing for percent in (before, after))
        yield say(lang, "compare.stated", before=old, after=new)
    old_stretches, new_stretches = stretches_of(row.before), stretches_of(row.after)
    if old_stretches != new_stretches:
        what = "changed" if old_stretches and new_stretches else "only_after" if new_stretches else "only_before"
        yield say(lang, f"compare.stretches.{what}")


_TURNED = {ChangeKind.NEW, ChangeKind.GONE, ChangeKind.EARLIER, "newly_stale", "came", "went"}
"""What has another name when the second moment is the earlier one."""


def _word(name: str, comparison: Comparison, lang: Lang) -> str:
    return say(lang, f"compare.back.{name}" if comparison.backwards and name in _TURNED else f"compare.kind.{name}")
