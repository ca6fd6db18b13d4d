"""What the index is asked, as SQL: one project over the weeks, and what differs between two weeks.

The figures of a wide row leave the database as one JSON array: sixty values of thousands of rows one by one would take
twice as long to come over, and most are never looked at.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    null,
    or_,
    select,
)

from lsinfra.index.schema import DISBURSEMENT, MONEY_FIGURES, MONEY_KEY, PACKED, PROGRESS, WEEK, Exact

_NAMES = ("project", "section", "title_vi", "title_en", "unit")
_WEEKS: BindParameter[str] = bindparam("weeks", expanding=True)
_BEFORE: BindParameter[str] = bindparam("before")
_AFTER: BindParameter[str] = bindparam("after")


@cache
def land_of_project(dialect: str) -> Select[Any]:
    """Of each of ``:weeks`` the wide rows of ``:project``, by section: a seek in the primary key for each week."""
    return (
        select(PROGRESS.c.week, *_names(PROGRESS), _packed(PROGRESS, dialect))
        .where(PROGRESS.c.week.in_(_WEEKS), PROGRESS.c.project == bindparam("project"))
        .order_by(PROGRESS.c.week, PROGRESS.c.section)
    )


def money_of_project() -> Select[Any]:
    """Of each of ``:weeks`` the lines of money of ``:project``."""
    return (
        select(DISBURSEMENT)
        .where(DISBURSEMENT.c.week.in_(_WEEKS), DISBURSEMENT.c.project == bindparam("project"))
        .order_by(DISBURSEMENT.c.week, *(DISBURSEMENT.c[name] for name in MONEY_KEY))
    )


@cache  # of two hundred columns, it takes long to make
def land_differing(dialect: str) -> Select[Any]:
    """The rows of ``:after`` that are new (nothing before) or have another figure than in ``:before``, in order."""
    old, new = PROGRESS.alias("old"), PROGRESS.alias("new")
    same = and_(old.c.week == _BEFORE, old.c.project == new.c.project, old.c.section == new.c.section)
    before = case((old.c.project.is_not(None), _packed(old, dialect)))
    return (
        select(*_names(new), before, _packed(new, dialect))
        .select_from(new.outerjoin(old, same))
        .where(new.c.week == _AFTER, new.c.fingerprint.is_distinct_from(old.c.fingerprint))
        .order_by(new.c.project, new.c.section)
    )


def land_gone(dialect: str) -> Select[Any]:
    """The rows of ``:before`` that ``:after`` has no longer (nothing after)."""
    old, new = PROGRESS.alias("old"), PROGRESS.alias("new")
    same = and_(new.c.week == _AFTER, old.c.project == new.c.project, old.c.section == new.c.section)
    return (
        select(*_names(old), _packed(old, dialect), null())
        .select_from(old.outerjoin(new, same))
        .where(old.c.week == _BEFORE, new.c.project.is_(None))
    )


def land_counts() -> Select[Any]:
    """How many rows ``:before`` and ``:after`` have, by week."""
    return select(WEEK.c.week, WEEK.c.rows).where(WEEK.c.week.in_([_BEFORE, _AFTER]))


def money_differing() -> Select[Any]:
    """The lines of the week ``:this`` that the week ``:other`` has not, or with another figure."""
    this, other = DISBURSEMENT.alias("this"), DISBURSEMENT.alias("other")
    same = and_(other.c.week == bindparam("other"), *(this.c[name] == other.c[name] for name in MONEY_KEY))
    differs = or_(*(this.c[name].is_distinct_from(other.c[name]) for name in MONEY_FIGURES))
    return select(this).select_from(this.outerjoin(other, same)).where(this.c.week == bindparam("this"), differs)


def projects_of() -> Select[Any]:
    """The ids of all that has a figure in the week ``:week``."""
    week: BindParameter[str] = bindparam("week")
    land = select(PROGRESS.c.project).where(PROGRESS.c.week == week)
    return select(land.union(select(DISBURSEMENT.c.project).where(DISBURSEMENT.c.week == week)).subquery().c.project)


def _names(table: FromClause) -> list[ColumnElement[Any]]:
    return [func.nullif(table.c[name], "") if name == "section" else table.c[name] for name in _NAMES]


def _packed(table: FromClause, dialect: str) -> ColumnElement[str]:
    """SQLite's integers as they are; decimals as texts, for a number of JSON is read as a float by most."""
    if dialect == "sqlite":
        return func.json_array(*(table.c[name] for name in PACKED), type_=Text)
    columns = [table.c[name] for name in PACKED]
    exact = [cast(column, Text) if isinstance(column.type, Exact) else column for column in columns]
    return cast(func.json_build_array(*exact), Text)
