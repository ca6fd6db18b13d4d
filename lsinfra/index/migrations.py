"""The tables on a PostgreSQL server, brought forward by the numbered files of ``sql/`` and never back.

All of it is in one schema, ``lsinfra``; its table ``migration`` says which files were carried out. A file whose name
ends in ``_postgis`` waits until the database has the extension PostGIS, and nothing else needs what it makes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, column, insert, select, table, text

from lsinfra.codes import Stage
from lsinfra.index.schema import CELLS, METADATA, IndexFault
from lsinfra.text import LANGS, Lang, printable, say

SCHEMA = "lsinfra"
BEFORE = "lsinfra_2"
"""The schema of the last lsinfra that had a schema for each version of the tables; its tables are those of 001."""
OLDEST = 140_000
"""PostgreSQL 14: functions whose names are looked up when they are made, not when somebody calls them."""

_FOLDER = Path(__file__).parent / "sql"
_NAME = re.compile("([0-9]{3})_([a-z]+)")
_MIGRATION = table("migration", *map(column, ("number", "name", "program")), schema=SCHEMA)


@dataclass(frozen=True, slots=True)
class Migration:
    """A step forward. ``spatial``: it waits for PostGIS."""

    number: int
    name: str
    sql: str

    @property
    def spatial(self) -> bool:
        return self.name.endswith("postgis")


@cache
def migrations() -> tuple[Migration, ...]:
    """All steps, in their order."""
    found = [(_NAME.fullmatch(path.stem), path) for path in sorted(_FOLDER.glob("*.sql"))]
    return tuple(Migration(int(name[1]), name[2], path.read_text("utf-8")) for name, path in found if name)


def roles() -> str:
    """What an administrator runs once, so that a writer cannot drop a table and a reader cannot write."""
    return (_FOLDER / "roles.sql").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class State:
    """How far a database is. ``owner`` is whose the schema is, None where there is none; ``postgis`` the extension's
    schema, None without it; ``before``: tables of ``BEFORE`` are there; ``may``: this user can act for the owners.
    """

    done: frozenset[int]
    owner: str | None
    postgis: str | None
    before: bool
    may: bool

    @property
    def missing(self) -> tuple[Migration, ...]:
        """What could be carried out now."""
        return tuple(one for one in migrations() if one.number not in self.done and (self.postgis or not one.spatial))

    @property
    def usable(self) -> bool:
        """Whether the figures can be read and written: nothing is missing but what is drawn."""
        return all(one.spatial for one in self.missing)

    @property
    def spatial(self) -> bool:
        """Whether lines can be kept."""
        return all(one.number in self.done for one in migrations() if one.spatial)


def look(connection: Connection, name: str) -> State:
    """How far the database is; asked of the catalogue, which every user may read.

    Raises
    ------
    IndexFault
        A schema of our name with somebody else's tables; a database of a newer lsinfra; a server that is too old.
    """
    release = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
    if release < OLDEST:
        raise IndexFault("old_server", path=name, found=release // 10_000, known=OLDEST // 10_000)
    owners = {
        row.nspname: row
        for row in connection.execute(
            text(
                "SELECT n.nspname, pg_get_userbyid(n.nspowner) AS owner, pg_has_role(n.nspowner, 'MEMBER') AS may,"
                " ARRAY(SELECT c.relname::text FROM pg_class AS c WHERE c.relnamespace = n.oid AND c.relkind <> 'i')"
                " AS tables FROM pg_namespace AS n WHERE n.nspname IN (:ours, :before)"
            ),
            {"ours": SCHEMA, "before": BEFORE},
        )
    }
    postgis = connection.execute(
        text(
            "SELECT n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace"
            " WHERE e.extname = 'postgis'"
        )
    ).scalar()
    ours, old = owners.get(SCHEMA), owners.get(BEFORE)
    before = old is not None and METADATA.tables.keys() <= set(old.tables)
    if ours is None or not ours.tables:
        may = (ours is None or ours.may) and (old is None or not before or old.may)
        return State(frozenset(), ours.owner if ours else None, postgis, before, may)
    if not {"migration", *METADATA.tables} <= set(ours.tables):
        raise IndexFault("foreign_schema", path=name, schema=SCHEMA)
    done = frozenset(connection.scalars(select(_MIGRATION.c.number)))
    known = max(one.number for one in migrations())
    if max(done, default=0) > known:
        raise IndexFault("newer", path=name, found=max(done), known=known)
    return State(done, ours.owner, postgis, before, ours.may)


def migrate(connection: Connection, state: State, name: str) -> None:
    """Carry out what is missing, in the transaction and under the lock of the caller.

    Raises
    ------
    IndexFault
        The tables belong to a role that this user cannot act for.
    """
    if not state.may:
        raise IndexFault("not_owner", path=name, owner=printable(state.owner or BEFORE))
    if state.owner is None:
        connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
    else:
        # So that what is made belongs to whoever owns the rest, and his defaults say who may use it.
        connection.execute(text("SELECT set_config('role', :owner, true)"), {"owner": state.owner})
    # Types and functions of the system and of PostGIS, and nobody else's; ours are named with their schema.
    path = f"pg_catalog, {_quoted(state.postgis)}" if state.postgis else "pg_catalog"
    connection.execute(text("SELECT set_config('search_path', :path, true)"), {"path": path})
    for one in state.missing:
        if one.number == 1 and state.before:
            _adopt(connection)
        else:
            _run(connection, one.sql)
        done = {"number": one.number, "name": one.name, "program": version("lsinfra")}
        connection.execute(insert(_MIGRATION).values(done))
    _comment(connection)


def _adopt(connection: Connection) -> None:
    """Take over the tables of the schema before, and drop it if nothing else is in it."""
    for name in METADATA.tables:
        connection.exec_driver_sql(f"ALTER TABLE {BEFORE}.{name} SET SCHEMA {SCHEMA}")
    left = text(
        "SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = CAST(:before AS regnamespace))"
        " OR EXISTS (SELECT FROM pg_proc WHERE pronamespace = CAST(:before AS regnamespace))"
        " OR EXISTS (SELECT FROM pg_type WHERE typnamespace = CAST(:before AS regnamespace))"
    )
    if not connection.execute(left, {"before": BEFORE}).scalar_one():
        connection.exec_driver_sql(f"DROP SCHEMA {BEFORE}")


def _run(connection: Connection, sql: str) -> None:
    connection.exec_driver_sql(sql, execution_options={"no_parameters": True})


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# --- what the tables and columns are, for whoever opens them in another program -----------------------------


def _comment(connection: Connection) -> None:
    """Say of every table, view and column what it is, in both languages."""
    found = connection.execute(
        text(
            "SELECT c.relname, c.relkind = 'v' AS view, a.attname FROM pg_class AS c"
            " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
            " WHERE c.relnamespace = CAST(:ours AS regnamespace) AND c.relkind IN ('r', 'v')"
            " ORDER BY c.relname, a.attnum"
        ),
        {"ours": SCHEMA},
    ).all()
    statements = []
    for relation, view in dict.fromkeys((row.relname, row.view) for row in found):
        words = "\n".join(say(lang, f"index.relation.{relation}") for lang in LANGS)
        statements.append(f"COMMENT ON {'VIEW' if view else 'TABLE'} {SCHEMA}.{relation} IS {_literal(words)}")
    for relation, _, name in found:
        words = "\n".join(column_words(name, lang) for lang in LANGS)
        statements.append(f"COMMENT ON COLUMN {SCHEMA}.{relation}.{name} IS {_literal(words)}")
    _run(connection, ";".join(statements))


_AMOUNTS = {"ha", "km", "households", "parcels"}
_CELLS = {f"{stage.value}_{measure.value}": (stage, measure) for stage, measure in CELLS}


def column_words(name: str, lang: Lang) -> str:
    """What stands in a column, by its name; those of a stage by the stage and the rest of the name."""
    for cell, (stage, measure) in _CELLS.items():
        if name in {cell, f"{cell}_total", f"{cell}_observed"}:
            kind = name.removeprefix(cell).removeprefix("_") or "value"
            what = say(lang, f"index.cell.{kind}")
            return f"{stage.write(lang)}, {measure.write(lang)}: {what}"
    for stage in Stage:
        if name.startswith(f"{stage.value}_"):
            figure = name.removeprefix(f"{stage.value}_")
            amount, _, own = figure.partition("_")
            bound, _, of = figure.rpartition("_")
            names = [amount, own] if own and amount in _AMOUNTS else [figure]
            names = [of, bound] if bound in {"total_low", "total_high"} else names
            return ": ".join([stage.write(lang), *(say(lang, f"index.column.{one}") for one in names)])
    return say(lang, f"index.column.{name}")


def _literal(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
