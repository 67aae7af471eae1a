"""Brings a database to the tables this program knows, one process at a time."""

from __future__ import annotations

import time
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from glasscase.errors import BadStore
from glasscase.store.database import WAIT_SECONDS, Database

_STEPS = Path(__file__).with_name("migrations")
_LOCK = 0x676C6173  # "glas": the number that processes on PostgreSQL agree on
_PAUSE_SECONDS = 0.05


def migrate(database: Database) -> None:
    """Run the steps that `database` has not seen yet; all of them, or none.

    Raises:
        BadStore: it cannot be reached, or a newer Glasscase has changed it.
    """
    if database.is_sqlite:
        _use_wal(database)
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
        _run_steps(connection, database.name)


def _run_steps(connection: Connection, name: str) -> None:
    steps = ScriptDirectory(str(_STEPS))
    context = MigrationContext.configure(connection)
    current, last = context.get_current_revision(), steps.get_current_head() or "base"
    if current is not None and current not in {step.revision for step in steps.walk_revisions()}:
        raise BadStore(
            f"the database {name!r} was changed by a newer Glasscase (step {current!r})",
            "Install that version, or use another database.",
        )
    ahead = list(steps.iterate_revisions(last, current or "base"))
    with Operations.context(context):
        for step in reversed(ahead):
            step.module.upgrade()
            context.stamp(steps, step.revision)


def _use_wal(database: Database) -> None:
    """Readers and a writer side by side. The file remembers it; only the first time needs a lock,
    and SQLite does not wait for that one by itself."""
    give_up = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            database.command("PRAGMA journal_mode = WAL")
            return
        except BadStore as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(_PAUSE_SECONDS)
