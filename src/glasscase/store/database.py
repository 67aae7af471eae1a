"""One engine and its transactions: reading ones, and writing ones that wait for each other."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Dialect, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from glasscase.errors import BadStore, Conflict, GlasscaseError
from glasscase.files import explained_write
from glasscase.store.column_types import now_utc

WAIT_SECONDS = 30.0
"""How long a writing transaction waits for another on SQLite."""
ANSWER_SECONDS = 20.0
"""How long PostgreSQL may be silent: a server that hangs must not hang everybody who asks it."""

Clock = Callable[[], datetime]


class Database:
    """An engine, its dialect and its clock; every concept of the store asks through it."""

    def __init__(self, url: URL, *, clock: Clock = now_utc) -> None:
        """Nothing is opened before the first question, but the file of an SQLite database is made,
        for nobody else to read.

        Raises:
            CannotWrite: the file or its folder cannot be made.
        """
        self.url = url
        self.now = clock
        self.is_sqlite = url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            _make_file(self.path)
        self.engine = _engine(url, is_sqlite=self.is_sqlite)

    @property
    def path(self) -> Path:
        """The file of an SQLite database."""
        return Path(self.url.database or "")

    @property
    def name(self) -> str:
        """How messages call it: the file, or the URL without its password."""
        return str(self.path) if self.is_sqlite else self.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self, *, one_state: bool = False) -> Iterator[Connection]:
        """A transaction that only reads.

        Args:
            one_state: every statement sees the database as it was at the first one. SQLite always
                does that.

        Raises:
            BadStore: the database cannot be reached or used.
        """
        with self._explained(), self.engine.connect() as connection:
            if one_state and not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: committed at the end of the block, or nothing of it is.

        On SQLite one at a time; others wait. On PostgreSQL rows are locked by who asks for them.

        Raises:
            BadStore: the database cannot be reached or used.
            Conflict: somebody else wrote the same at the same moment.
        """
        with self._explained(), self.engine.connect() as connection:
            connection = connection.execution_options(glasscase_begin="BEGIN IMMEDIATE")
            with connection.begin():
                yield connection

    def command(self, *statements: str) -> None:
        """Run statements that stand in no transaction, such as VACUUM.

        Raises:
            BadStore: the database cannot be reached or used.
        """
        options: dict[str, Any] = {"glasscase_begin": ""}
        if not self.is_sqlite:
            options["isolation_level"] = "AUTOCOMMIT"
        with self._explained(), self._patient() as engine, engine.connect() as connection:
            connection = connection.execution_options(**options)
            for statement in statements:
                connection.exec_driver_sql(statement)

    @contextmanager
    def _patient(self) -> Iterator[Engine]:
        """An engine that waits for its answer however long that takes."""
        if self.is_sqlite:
            yield self.engine
            return
        engine = create_engine(self.url, hide_parameters=True)
        try:
            yield engine
        finally:
            engine.dispose()

    def insert_new(
        self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
    ) -> int:
        """Insert the rows that are not there yet, in one go; returns how many went in."""
        dialect = sqlite if self.is_sqlite else postgresql
        insert = dialect.insert(table).on_conflict_do_nothing()
        (first, *_) = table.primary_key
        return len(connection.execute(insert.returning(first), rows).all())

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError as error:
            raise Conflict(
                "somebody else has just changed the same", "Look again, and try once more."
            ) from error
        except (DBAPIError, PoolTimeout) as error:
            raise self.refusal(error) from error
        except GlasscaseError:
            raise
        except OSError as error:  # pg8000 hands on what the network says
            self.engine.dispose()  # the other connections are likely gone as well
            raise self.refusal(error) from error

    def refusal(self, error: Exception) -> BadStore:
        """What to tell a person of `error`: no statement, no values, no password."""
        remedy = (
            "Look whether the disk is full or the file is another's."
            if self.is_sqlite
            else "Look whether the server runs, and its name, user and password."
        )
        return BadStore(f"the database {self.name!r} cannot be used: {_cause(error)}", remedy)


def read_url(text: str) -> URL:
    """The URL of a database, with the driver this program brings.

    Raises:
        BadStore: it is no URL, or of another kind of database. The text is not repeated, for a
            password may be in it.
    """
    remedy = "Use sqlite:////folder/file.db or postgresql://user:password@host/name."
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # the latter of a port that is no number
        raise BadStore("this is not the URL of a database", remedy) from None
    if "@" in (url.host or ""):  # a piece of the password, which must not be shown as the host
        raise BadStore(
            "the password in the URL of the database holds a sign that means something there",
            "Write @ as %40, : as %3A, / as %2F and % as %25.",
        )
    kind = url.get_backend_name()
    if kind == "sqlite":
        if url.database in (None, "", ":memory:"):
            raise BadStore("a database in memory forgets everything", remedy)
        return url.set(drivername="sqlite+pysqlite")
    if kind in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+pg8000")
    raise BadStore(f"databases of the kind {kind!r} are not supported", remedy)


def check_there(text: str) -> None:
    """Refuse the URL of an SQLite file that is not there, before one is made by mistake.

    Raises:
        BadStore: as `read_url`, or there is no such file.
    """
    url = read_url(text)
    path = Path(url.database or "")
    if url.get_backend_name() == "sqlite" and not path.is_file():
        raise BadStore(
            f"there is no database {str(path)!r}",
            "Check --database, or service.data_folder and service.database in --config.",
        )


def _make_file(path: Path) -> None:
    with explained_write(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):  # never open and close one that SQLite may have locked
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _engine(url: URL, *, is_sqlite: bool) -> Engine:
    dumps = partial(json.dumps, allow_nan=False)
    options: dict[str, Any] = {"json_serializer": dumps, "hide_parameters": True}
    options |= {"pool_size": 10, "max_overflow": 20, "pool_timeout": WAIT_SECONDS}
    if not is_sqlite:
        engine = create_engine(url, connect_args={"timeout": ANSWER_SECONDS}, **options)
        event.listen(engine, "checkout", partial(_see_that_it_lives, engine.dialect))
        return engine
    engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS}, **options)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _see_that_it_lives(dialect: Dialect, connection: Any, record: Any, proxy: Any) -> None:
    """Ask before each use: after a restart of the server every connection is made anew. (The pool's
    own question does not know the errors of the network that pg8000 hands on.)"""
    connection.autocommit = True
    try:
        connection.cursor().execute("SELECT 1")
    except (OSError, dialect.loaded_dbapi.Error) as error:
        raise InvalidatePoolError from error
    connection.autocommit = False


def _set_up_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, not by Python's module
    for setting in ("foreign_keys = ON", "synchronous = FULL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    """Begin as a writer at once: a reader that wants to write later may find it is too late."""
    words = connection.get_execution_options().get("glasscase_begin", "BEGIN")
    if words:
        connection.exec_driver_sql(words)


def _cause(error: Exception) -> str:
    """The driver's own words, in one line."""
    cause: Any = error.orig if isinstance(error, DBAPIError) else error
    if cause.args and isinstance(cause.args[0], dict):  # pg8000 gives the fields of the answer
        return str(cause.args[0].get("M", "the server refused"))
    return " ".join(str(cause).split()) or type(cause).__name__
