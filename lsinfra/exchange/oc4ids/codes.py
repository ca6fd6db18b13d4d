"""The codes of OC4IDS 0.9.5 beside ours, read from left to right by the writing and from right to left by the reading.

Open codelists hold local codes where the standard has none of its own; ``docs/en/oc4ids.md`` lists them.
"""

from __future__ import annotations

import re

from lsinfra.codes import Kind, MilestoneKind, SourceKind, Stage, Status
from lsinfra.quantities import Unit

VERSION = "0.9"
VERSIONS = re.compile(r"0\.9(?:\.[0-9]+)?")
"""What a package that is read may say of its version; a patch changes no meaning."""
PREFIX = "oc4ids-xxxxxx"
"""The prefix of a publisher that has none yet: ids of a package that is not for publication."""
PREFIXED = re.compile(r"oc4ids-[a-z0-9]{6}")

OURS = "lsinfra"
"""Scheme of a project's own id; ``lsinfra-kind`` and ``lsinfra-list`` are those of its kind and of where it stands."""
KIND, LIST = f"{OURS}-kind", f"{OURS}-list"
PROJECTS, PROPOSALS, FINISHED = "projects", "proposals", "finished"
WORKS = {PROPOSALS: Status.IDENTIFICATION, FINISHED: Status.COMPLETION}
"""The status of what has none of its own in the records."""
ROLES = ("funder", "sourceParty")
"""``sourceParty`` is no code of the list of roles, but the schema asks for it of whom a budget names."""

STAGES = {
    Stage.INVENTORIED: "landClearance.inventoried",
    Stage.APPROVED: "landClearance.approved",
    Stage.PAID: "landClearance.paid",
    Stage.HANDED_OVER: "landClearance.handedOver",
    Stage.CLEAR: "landClearance.clear",
}
"""A metric a stage: figures of two stages must never be added."""
LAND, FINANCIAL, LENGTH = "landClearance", "financialProgress", "length"

UNITS = {
    Unit.HA: "HAR",
    Unit.M2: "MTK",
    Unit.KM: "KMT",
    Unit.M: "MTR",
    Unit.HOUSEHOLDS: "C62",
    Unit.PARCELS: "C62",
    Unit.ROADS: "C62",
    Unit.PERCENT: "P1",
}
"""UN/CEFACT Recommendation 20; C62 is one of whatever ``unit.name`` says."""

SECTORS = {
    Kind.EXPRESSWAY: ("transport", "transport.road"),
    Kind.NATIONAL_ROAD: ("transport", "transport.road"),
    Kind.PROVINCIAL_ROAD: ("transport", "transport.road"),
    Kind.ROAD: ("transport", "transport.road"),
    Kind.BRIDGE: ("transport", "transport.road"),
    Kind.RAILWAY: ("transport", "transport.rail"),
    Kind.STATION: ("transport", "transport.rail"),
    Kind.BORDER_GATE: ("transport",),
    Kind.OTHER: (),
}
KINDS_OF_SECTORS = {"transport.road": Kind.ROAD, "transport.rail": Kind.RAILWAY}
"""What a project of another publisher is taken for, who says no kind of ours."""

_TYPES = (
    ("nâng cấp", "rehabilitation"),
    ("cải tạo", "rehabilitation"),
    ("sửa chữa", "rehabilitation"),
    ("khôi phục", "rehabilitation"),
    ("mở rộng", "expansion"),
    ("thay thế", "replacement"),
    ("xây dựng", "construction"),
)


def type_of(kind: Kind, title: str) -> str | None:
    """projectType by what a title says is done, the first word of it; an expressway without such a word is new.

    None for all else: nobody says whether it is built.
    """
    found = [(at, code) for word, code in _TYPES if (at := title.casefold().find(word)) >= 0]
    return min(found)[1] if found else "construction" if kind is Kind.EXPRESSWAY else None


MILESTONES = {
    MilestoneKind.DECISION: ("approval", "decision"),
    MilestoneKind.INVESTOR_SELECTED: ("procurement", "investorSelected"),
    MilestoneKind.START: ("delivery", "commencement"),
    MilestoneKind.COMPLETION: ("delivery", "completion"),
    MilestoneKind.OTHER: (None, "other"),
}
"""Type and code; ``decision``, ``investorSelected`` and ``other`` are local codes."""
DOCUMENTS = {SourceKind.OFFICIAL: "officialReport", SourceKind.PRESS: "pressArticle"}
"""Local document types: whose word it is."""

_SEGMENT = r"(?:[A-Za-z0-9._~:/@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})"
URI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.-]*:(?://[A-Za-z0-9._~-]+(?::[0-9]+)?(?:/{_SEGMENT}*)?|(?!//){_SEGMENT}+)"
    rf"(?:\?(?:{_SEGMENT}|\?)*)?(?:#(?:{_SEGMENT}|\?)*)?"
)
"""RFC 3986 without what nobody needs here: user names, IPv6 addresses."""
