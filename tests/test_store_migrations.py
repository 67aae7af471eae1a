"""A database is brought to the tables of this program, and one that is not ours is refused."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from glasscase.errors import BadStore, CannotWrite
from glasscase.store.database import read_url
from glasscase.store.store import Store
from glasscase.store.tables import metadata
from store_rows import a_prediction


def test_the_steps_lead_to_the_tables(store: Store) -> None:
    options = {"compare_type": True, "compare_server_default": True}
    with store._database.read() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_opening_again_changes_nothing(store: Store, database_url: str) -> None:
    store.predictions.add([one := a_prediction()])
    again = Store.open(database_url)
    assert again.predictions.get(one.id) is not None
    again.close()


def test_a_newer_database_is_refused(store: Store, database_url: str) -> None:
    with store._database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BadStore) as told:
        Store.open(database_url)
    assert str(told.value) == (
        f"the database {store.name!r} was changed by a newer Glasscase (step '9999'). "
        "Install that version, or use another database."
    )


def test_a_step_that_fails_leaves_nothing(database_url: str, monkeypatch) -> None:
    monkeypatch.setattr("alembic.operations.Operations.bulk_insert", _stop)
    with pytest.raises(RuntimeError, match="stop"):
        Store.open(database_url)
    monkeypatch.undo()
    Store.open(database_url).close()


def _stop(*_: object) -> None:
    raise RuntimeError("stop")


def test_processes_that_open_a_new_database_at_once_do_not_fight(database_url: str) -> None:
    code = (
        "import sys\nfrom glasscase.store.store import Store\nsys.stdin.read()\n"
        "Store.open(sys.argv[1]).audit.write('a', 'b')"
    )
    command = [sys.executable, "-c", code, database_url]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)
    ]
    for process in started:
        process.stdin.close()  # all have begun: go
        process.stdin = None
    assert [(one.communicate()[1], one.returncode) for one in started] == [(b"", 0)] * 3
    store = Store.open(database_url)
    assert store.audit.verify().entries == 3
    store.close()


def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "glasscase.db"
    store = Store.open(f"sqlite:///{path}")
    store.audit.write("a", "b")
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    assert modes == dict.fromkeys(("glasscase.db", "glasscase.db-wal", "glasscase.db-shm"), 0o600)
    store.close()


def test_how_sqlite_is_used(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'glasscase.db'}")
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    with store._database.read() as connection:
        for name, value in wanted.items():
            assert connection.exec_driver_sql(f"PRAGMA {name}").scalar() == value
    store.close()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("nonsense s3cret", "this is not the URL of a database"),
        ("", "this is not the URL of a database"),
        ("postgresql://u:p@h:s3cret/d", "this is not the URL of a database"),
        ("sqlite://", "a database in memory forgets everything"),
        ("sqlite:///:memory:", "a database in memory forgets everything"),
        ("mysql://u:s3cret@h/d", "databases of the kind 'mysql' are not supported"),
    ],
)
def test_a_url_that_is_none(url: str, reason: str) -> None:
    with pytest.raises(BadStore) as told:
        Store.open(url)
    assert str(told.value) == (
        f"{reason}. Use sqlite:////folder/file.db or postgresql://user:password@host/name."
    )


def test_the_driver_is_ours_whatever_the_url_says() -> None:
    for url in ("postgresql://u:p@h/d", "postgresql+psycopg2://u:p@h/d", "postgres://u:p@h/d"):
        assert read_url(url).drivername == "postgresql+pg8000"


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(b"\x89PNG" * 2000)
    with pytest.raises(BadStore) as told:
        Store.open(f"sqlite:///{path}")
    assert str(told.value) == (
        f"the database {str(path)!r} cannot be used: file is not a database. "
        "Look whether the disk is full or the file is another's."
    )
    assert path.read_bytes() == b"\x89PNG" * 2000


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CannotWrite, match="cannot write .*file/glasscase.db.*: File exists"):
        Store.open(f"sqlite:///{tmp_path / 'file' / 'glasscase.db'}")


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with pytest.raises(BadStore) as told:
        Store.open("postgresql://ann:s3cret@127.0.0.1:9/shop")
    message = str(told.value)
    assert message.startswith(
        "the database 'postgresql+pg8000://ann:***@127.0.0.1:9/shop' cannot be used: "
    )
    assert message.endswith("Look whether the server runs, and its name, user and password.")
    assert "s3cret" not in message


def test_a_password_with_a_sign_of_urls_is_not_taken_for_the_host() -> None:
    with pytest.raises(BadStore) as told:
        Store.open("postgresql://ann:p%@ss@s3cret@127.0.0.1:9/shop")
    assert str(told.value) == (
        "the password in the URL of the database holds a sign that means something there. "
        "Write @ as %40, : as %3A, / as %2F and % as %25."
    )
    assert read_url("postgresql://ann:p%40ss@h/d").password == "p@ss"


def test_a_wrong_password_is_not_repeated(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        return
    (user, _, rest) = database_url.partition("@")
    with pytest.raises(BadStore) as told:
        Store.open(f"{user}s3cret@{rest}")
    assert "password authentication failed" in str(told.value)
    assert "s3cret" not in repr(told.value.__context__)
    assert "s3cret" not in str(told.value)


def test_connections_that_the_server_cut_are_made_anew(store: Store, database_url: str) -> None:
    """As after a restart of the server: the next question works, ours is not restarted."""
    if database_url.startswith("sqlite"):
        return
    store.ping()
    other = Store.open(database_url)
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with other._database.write() as connection:
        assert [*connection.execute(text(cut)).scalars()] == [True]
    other.close()
    store.ping()
    store.audit.write("ann", "still there")
    assert store.audit.verify().entries == 1


def test_what_the_network_says_is_said_in_a_sentence(store: Store) -> None:
    """The driver of PostgreSQL hands on errors of the network as they are."""
    with pytest.raises(BadStore) as told, store._database.write():
        raise ConnectionResetError(104, "Connection reset by peer")
    assert "cannot be used: [Errno 104] Connection reset by peer. Look whether" in str(told.value)
    store.ping()
