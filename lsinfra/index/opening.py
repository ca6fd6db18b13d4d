"""Where the index is: a file of SQLite or a database of PostgreSQL, opened so that nothing of anybody's is harmed.

SQLite keeps its default journal (a file beside the index that takes back what a killed writer began) and waits for the
disk: a write-ahead log would be faster, but needs memory shared by all readers, which a network drive does not have.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, Connection, Engine, QueuePool, Table, create_engine, event, insert, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from lsinfra.errors import RunError, missing_package, why
from lsinfra.index.migrations import SCHEMA, State, look, migrate
from lsinfra.index.schema import METADATA, VERSION, IndexFault
from lsinfra.snapshots import FOLDER
from lsinfra.text import Word, printable

FILE = Path("index").with_suffix(".sqlite").name

APPLICATION = int.from_bytes(b"LSIN", "big")
"""What SQLite keeps in a file's head (``PRAGMA application_id``) to tell whose it is."""
_LOCK = APPLICATION

_HEAD = b"SQLite format 3\0"
_UNHEARD = logging.NullHandler()
_WAIT_S = 60
_CONNECT_S = 10
# Rows are hundreds of bytes: on larger pages more of them lie under one entry of the tree above.
_PAGE_BYTES = 16384
# A week is 5 MB; what does not fit here would be written before its time, under a lock that shuts out all readers.
_CACHE_KIB = 64 * 1024


@dataclass(frozen=True)
class Link:
    """An open database. ``name`` is what a message may say of it; ``secrets`` what none may.

    ``state``: how far a server's tables are; None for a file.
    """

    engine: Engine = field(repr=False)  # its address may hold a password among its options
    name: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    state: State | None = None

    @property
    def dialect(self) -> str:
        return self.engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction in which every question is answered from one state, whoever writes meanwhile."""
        options: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        engine = self.engine if self.dialect == "sqlite" else self.engine.execution_options(**options)
        with self._said(), engine.connect() as connection:
            if self.dialect == "sqlite":
                connection.exec_driver_sql("BEGIN")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that no other writer of the index shares: all of it or, whatever happens, nothing."""
        with self._said(), self.engine.begin() as connection:
            if self.dialect == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            yield connection

    def add(self, connection: Connection, table: Table, rows: list[tuple[object, ...]]) -> None:
        """Insert rows that are as the database has them, without a look at each of their values."""
        if not rows:
            return
        where = {} if self.dialect == "sqlite" else {None: SCHEMA}
        statement = insert(table).compile(
            dialect=self.engine.dialect, schema_translate_map=where, render_schema_translate=True
        )
        connection.exec_driver_sql(str(statement), rows)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Whatever the driver complains of, as one sentence without a password."""
        try:
            yield
        except DBAPIError as error:
            raise self._fault(error) from None

    def _fault(self, error: DBAPIError) -> IndexFault:
        name = getattr(error.orig, "sqlite_errorname", "")
        for start, key in _SQLITE_FAULTS.items():
            if name.startswith(start):
                return IndexFault(key, path=self.name)
        original = str(error.orig).strip()
        if self.dialect != "sqlite" and (known := _server_reason(error.orig, original)):
            return IndexFault("server", path=self.name, reason=Word(f"index.reason.{known}"))
        reason = next(iter(original.splitlines()), type(error.orig).__name__)
        for secret in self.secrets:
            for spelling in {secret, quote(secret), quote_plus(secret)}:
                reason = reason.replace(spelling, "***")
        return IndexFault(
            "database" if self.dialect == "sqlite" else "server_says", path=self.name, reason=printable(reason)
        )


_SQLITE_FAULTS = {
    "SQLITE_CORRUPT": "damaged",
    "SQLITE_NOTADB": "damaged",
    "SQLITE_BUSY": "busy",
    "SQLITE_LOCKED": "busy",
    "SQLITE_FULL": "full",
    "SQLITE_READONLY": "read_only",
    "SQLITE_CANTOPEN": "read_only",
}


def _server_reason(error: object, said: str) -> str | None:
    """Why a server refused, as a key under ``index.reason.``; None for what has no words of ours.

    By the class of the SQLSTATE (PostgreSQL, appendix A). To a connection that fails libpq gives none, only its own and
    the server's words: known ones are looked for, which a server that speaks another language may not use.
    """
    state = getattr(error, "sqlstate", None)
    if state:
        return next((key for start, key in _SQLSTATES.items() if state.startswith(start)), None)
    if _NO_DATABASE.search(said):
        return "no_database"
    return next((key for words, key in _SERVER_WORDS.items() if words in said), None)


_SQLSTATES = {
    "28": "password",
    "3D": "no_database",
    "42501": "no_right",
    "53100": "full",
    "53300": "too_many",
    "57P": "shut_down",
    "08": "unreachable",
}
_SERVER_WORDS = {
    "password authentication failed": "password",
    "no password supplied": "password",
    "no pg_hba.conf entry": "no_right",
    "is not permitted to log in": "no_right",
    "permission denied for database": "no_right",
    "failed to resolve host": "no_host",
    "could not translate host name": "no_host",
    "Connection refused": "unreachable",
    "No route to host": "unreachable",
    "Network is unreachable": "unreachable",
    "timeout expired": "unreachable",
    "connection timeout": "unreachable",
    "too many clients": "too_many",
    "remaining connection slots": "too_many",
    "the database system is": "shut_down",
    "server closed the connection": "shut_down",
    "terminating connection": "shut_down",
}
_NO_DATABASE = re.compile(r'database ".*" does not exist')


# An address that was meant: with a scheme, be it with one stroke only, with a password and no scheme at all, or in
# the other spelling of PostgreSQL's programs (host=… password=…).
_WORDS = "host|hostaddr|port|dbname|user|password|passfile|service|sslmode"
_ADDRESS = re.compile(rf"(?i:postgres(?:ql)?(?:\+\w+)?:)|.*://|[^/\\]+:[^/\\]*@|(?i:.*\b(?:{_WORDS})\s*=)", re.DOTALL)


def open_link(where: str | Path, *, make: bool = True) -> Link:
    """Open the index of a file or a URL, made if there is none; without ``make`` nothing is written on a server.

    Raises
    ------
    IndexFault
        A file or a schema that is not lsinfra's, damaged or of a newer version; a server that cannot be reached, or
        without ``make`` one that has no tables of this version; another database than PostgreSQL.
    RunError
        A file that cannot be read.
    """
    address = isinstance(where, str) and _ADDRESS.match(where)
    return _open_server(str(where), make=make) if address else _open_file(Path(where))


# --- SQLite ------------------------------------------------------------------------------------------------


def _open_file(path: Path) -> Link:
    if not path.parent.is_dir():
        # The folder of the snapshots comes with the first of them; any other is the user's.
        first = path.name == FILE and path.parent.name == FOLDER and path.parent.parent.is_dir()
        raise IndexFault("no_snapshots" if first else "no_folder", path=path.parent)
    # Looked at before SQLite opens it. Beside a journal the file may be half written: SQLite mends it first.
    if not path.with_name(f"{path.name}-journal").exists():
        _not_anybody_elses(path)

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
        connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=1, max_overflow=0)
    link = Link(engine, printable(str(path)))
    try:
        with link.reading() as connection:
            ready = _is_ours(connection, path)
        if not ready:
            with link.writing() as connection:
                if not _is_ours(connection, path):
                    _fill(connection)
    except BaseException:
        link.close()
        raise
    return link


def _not_anybody_elses(path: Path) -> None:
    """Refuse a file that is no index, by its head; an empty one holds nothing that could be lost."""
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        return
    except OSError as error:
        raise RunError("unreadable", path=path, reason=why(error)) from None
    if head and (head[: len(_HEAD)] != _HEAD or int.from_bytes(head[68:72], "big") != APPLICATION):
        raise IndexFault("foreign", path=path)


def _is_ours(connection: Connection, path: Path) -> bool:
    """Whether the file holds an index of this version; False: nothing, or one of an older version."""
    application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    version: int = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if application != APPLICATION:
        if connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one():
            raise IndexFault("foreign", path=path)
        return False
    if version > VERSION:
        raise IndexFault("newer", path=path, found=version, known=VERSION)
    return version == VERSION


def _fill(connection: Connection) -> None:
    """Make the tables, instead of those of an older version: all that was in them stands in the snapshots."""
    for name in inspect(connection).get_table_names():
        connection.exec_driver_sql(f'DROP TABLE "{name}"')
    METADATA.create_all(connection, checkfirst=False)
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")
    connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")


# --- PostgreSQL --------------------------------------------------------------------------------------------


_HOST = re.compile(r"[\w.:%-]*")


def _open_server(address: str, *, make: bool) -> Link:
    scheme, colon, rest = address.partition("://")
    try:
        # Of a password with an @ in it the rest would be taken for the host, and shown.
        if not colon or rest.count("@") > 1:
            raise IndexFault("bad_url")
        url = make_url(f"{scheme.lower()}{colon}{rest}")
        kind, driver = url.get_backend_name(), url.drivername
    except (ArgumentError, ValueError):  # their words hold the whole address, password and all
        raise IndexFault("bad_url") from None
    if kind == "sqlite":
        raise IndexFault("sqlite_url", found=FILE if "@" in rest else printable(url.database or FILE))
    if driver not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise IndexFault("other_database", found=printable(kind))
    if not _HOST.fullmatch(url.host or "") or "@" in (url.database or ""):
        raise IndexFault("bad_url")
    try:
        import psycopg  # noqa: F401 - an extra, which may be missing, or its own library under it
    except ImportError:
        raise missing_package('"psycopg[binary]"') from None
    # Of a lost connection the driver logs a line of its own; ours says it.
    logging.getLogger("psycopg").addHandler(_UNHEARD)
    url = url.set(drivername="postgresql+psycopg")
    # format: parameters by place, as in SQLite, so that rows need no names
    engine = create_engine(
        url,
        connect_args={} if "connect_timeout" in url.query else {"connect_timeout": _CONNECT_S},
        paramstyle="format",
        execution_options={"schema_translate_map": {None: SCHEMA}},
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
    )
    event.listen(engine, "connect", _settle)
    link = Link(engine, printable(_shown(url)), _secrets(url))
    try:
        with link.reading() as connection:
            state = look(connection, link.name)
        if not make and not state.usable:
            raise IndexFault("no_tables", path=link.name)
        # What is drawn may wait for somebody who may make its tables; the figures do not.
        if make and (not state.usable or (state.missing and state.may)):
            with link.writing() as connection:
                state = look(connection, link.name)  # another may have done it while we waited
                if state.missing:
                    migrate(connection, state, link.name)
                    state = look(connection, link.name)
    except BaseException:
        link.close()
        raise
    return replace(link, state=state)


def _settle(connection: Any, _: object) -> None:
    """Names without a schema are the system's, whatever others have put into the schemas that they may write.

    Without compiling (jit): for the sixty columns of a row it takes seconds, the answer itself a moment.
    """
    with connection.cursor() as cursor:
        for name, value in (("search_path", "pg_catalog"), ("jit", "off")):
            cursor.execute("SELECT pg_catalog.set_config(%s, %s, false)", (name, value))
    connection.commit()


def _shown(url: URL) -> str:
    """The address without its password and options, either of which may hold a secret."""
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database)
    return bare.render_as_string(hide_password=True)


def _secrets(url: URL) -> tuple[str, ...]:
    options = [value for name, value in url.normalized_query.items() if "password" in name]
    return tuple(filter(None, [url.password, *(one for values in options for one in values)]))
