"""The closed lists of the field. Their words in Vietnamese and English stand in ``locale/word.*.toml``."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from lsinfra.text import Lang, say

Accuracy = Literal["schematic", "survey"]
"""How well a line is known: drawn on a map, or measured on the ground."""
Datum = Literal["wgs84", "vn2000"]


class Code(StrEnum):
    """A code that says its word; the group in the locale is the class's name in lower case."""

    def write(self, lang: Lang) -> str:
        return say(lang, f"word.{type(self).__name__.lower()}.{self.value}")


class Stage(Code):
    """Stages of land clearance: independent dated facts, none implies another."""

    INVENTORIED = "inventoried"
    APPROVED = "approved"
    PAID = "paid"
    HANDED_OVER = "handed_over"
    CLEAR = "clear"


class Base(Code):
    """What a disbursement rate is measured against."""

    PM_ASSIGNED = "pm_assigned"
    PROVINCE_ASSIGNED = "province_assigned"
    ADJUSTED = "adjusted"
    WITH_CARRY_OVER = "with_carry_over"
    TOTAL_INVESTMENT = "total_investment"


class Funding(Code):
    """Capital sources of a plan year."""

    CENTRAL_BUDGET = "central_budget"
    LOCAL_BUDGET = "local_budget"
    ODA = "oda"
    INVESTOR = "investor"
    LOAN = "loan"


class Party(Code):
    """Who bears a part of the total investment."""

    STATE = "state"
    INVESTOR = "investor"
    CENTRAL_BUDGET = "central_budget"
    LOCAL_BUDGET = "local_budget"
    ODA = "oda"
    LOAN = "loan"


class Kind(Code):
    """What is built."""

    EXPRESSWAY = "expressway"
    NATIONAL_ROAD = "national_road"
    PROVINCIAL_ROAD = "provincial_road"
    ROAD = "road"
    RAILWAY = "railway"
    STATION = "station"
    BORDER_GATE = "border_gate"
    BRIDGE = "bridge"
    OTHER = "other"


class Status(Code):
    """projectStatus of OC4IDS 0.9.5."""

    IDENTIFICATION = "identification"
    PREPARATION = "preparation"
    IMPLEMENTATION = "implementation"
    COMPLETION = "completion"
    MAINTENANCE = "maintenance"
    DECOMMISSIONING = "decommissioning"
    DECOMMISSIONED = "decommissioned"
    CANCELLED = "cancelled"


class SourceKind(Code):
    """Whose word it is."""

    OFFICIAL = "official"
    PRESS = "press"


class MilestoneKind(Code):
    """What a dated event of a project is."""

    DECISION = "decision"
    INVESTOR_SELECTED = "investor_selected"
    START = "start"
    COMPLETION = "completion"
    OTHER = "other"


class Placed(Code):
    """How the ends of a section are known."""

    SURVEYED = "surveyed"
    APPROXIMATE = "approximate"


class Level(Code):
    """Levels of administrative units; districts ended on 2025-07-01 (Nghị quyết 1672/NQ-UBTVQH15)."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


class Authority(Code):
    """At which level an obstacle can be settled."""

    COMMUNE = "commune"
    DISTRICT = "district"
    PROVINCE = "province"
    CENTRAL = "central"


class TotalKind(Code):
    """Where a total comes from: print, a stated percentage that implies an interval, a parcel register, or nowhere."""

    STATED = "stated"
    IMPLIED = "implied"
    COMPUTED = "computed"
    NONE = "none"
