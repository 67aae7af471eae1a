"""The audit log: whatever is done to it behind its back is noticed."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from glasscase.store.audit_log import START, Verified
from glasscase.store.store import Store
from store_rows import Clock, in_threads

MANY = 6


@pytest.fixture
def log(database_url: str) -> Iterator[Store]:
    """A log of six entries."""
    store = Store.open(database_url, clock=Clock())
    for number in range(1, MANY + 1):
        store.audit.write("ann", "keys.create", f"k{number}", {"scopes": ["predict"], "n": number})
    yield store
    store.close()


def tamper(store: Store, *statements: str) -> None:
    with store._database.write() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_an_empty_log_is_whole(store: Store) -> None:
    assert store.audit.verify() == Verified(0, None, START)
    assert store.audit.verify(anchor=START).broken is None
    assert store.audit.entries() == []


def test_a_whole_log(log: Store) -> None:
    entries = log.audit.entries(start=1, most=2)
    assert [(entry.number, entry.subject) for entry in entries] == [(5, "k5"), (4, "k4")]
    assert entries[0].previous == entries[1].hash
    assert entries[0].detail == {"scopes": ["predict"], "n": 5}
    assert log.audit.verify() == Verified(MANY, None, log.audit.entries()[0].hash)
    assert log.audit.verify(anchor=entries[1].hash).broken is None, "it has grown since"


def test_the_hash_is_what_the_docs_say(log: Store) -> None:
    """Anybody can compute it with other means."""
    import hashlib
    import json

    (entry,) = log.audit.entries(start=MANY - 1)
    values = {
        "at": "2026-03-01T12:00:00.000000+00:00", "detail": {"n": 1, "scopes": ["predict"]},
        "number": 1, "previous": "0" * 64, "subject": "k1", "what": "keys.create", "who": "ann",
    }  # fmt: skip
    canonical = json.dumps(values, separators=(",", ":")).encode()
    assert hashlib.sha256(canonical).hexdigest() == entry.hash


SWAP = tuple(
    f"UPDATE audit_log SET number = {after} WHERE number = {before}"
    for before, after in ((3, 99), (4, 3), (99, 4))
)
AGAIN = (
    "INSERT INTO audit_log SELECT 99, at, who, what, subject, detail, previous, hash "
    "FROM audit_log WHERE number = 3"
)
MAKE_ROOM = tuple(
    f"UPDATE audit_log SET number = {number + 1} WHERE number = {number}" for number in (6, 5, 4)
)
DAMAGE = {
    "who": (["UPDATE audit_log SET who = 'eve' WHERE number = 3"], 3, "it was changed"),
    "what": (["UPDATE audit_log SET what = 'x' WHERE number = 1"], 1, "it was changed"),
    "subject": (["UPDATE audit_log SET subject = '' WHERE number = 6"], 6, "it was changed"),
    "detail": (
        ["UPDATE audit_log SET detail = '{\"scopes\": [\"admin\"], \"n\": 3}' WHERE number = 3"],
        3, "it was changed",
    ),
    "time": (
        ["UPDATE audit_log SET at = '2026-03-02 12:00:00.000000' WHERE number = 2"],
        2, "it was changed",
    ),
    "hash": (["UPDATE audit_log SET hash = previous WHERE number = 3"], 3, "it was changed"),
    "previous": (
        ["UPDATE audit_log SET previous = hash WHERE number = 3"],
        3, "it does not follow from the entry before",
    ),
    "deleted": (["DELETE FROM audit_log WHERE number = 3"], 3, "entry 3 is missing"),
    "deleted and closed up": (
        ["DELETE FROM audit_log WHERE number = 5",
         "UPDATE audit_log SET number = 5 WHERE number = 6"],
        5, "it does not follow from the entry before",
    ),
    "first deleted": (["DELETE FROM audit_log WHERE number = 1"], 1, "entry 1 is missing"),
    "reordered": (SWAP, 3, "it does not follow from the entry before"),
    "inserted": (
        [AGAIN, *MAKE_ROOM, "UPDATE audit_log SET number = 4 WHERE number = 99"],
        4, "it does not follow from the entry before",
    ),
    "added": (
        [AGAIN, "UPDATE audit_log SET number = 7 WHERE number = 99"],
        7, "it does not follow from the entry before",
    ),
    "end cut": (
        ["DELETE FROM audit_log WHERE number > 4"], 5, "the end is cut: 6 entries were written"
    ),
    "all cut": (["DELETE FROM audit_log"], 1, "the end is cut: 6 entries were written"),
    "head lost": (["DELETE FROM audit_head"], 7, "the record of the last entry is missing"),
    "head changed": (
        ["UPDATE audit_head SET number = 5"], 7, "the record of the last entry is another's"
    ),
}  # fmt: skip


def test_damage_is_noticed(log: Store) -> None:
    tables = {"audit_log": "kept", "audit_head": "kept_head"}
    keep = [f"CREATE TABLE {copy} AS SELECT * FROM {table}" for table, copy in tables.items()]
    back = [f"DELETE FROM {table}" for table in tables]
    back += [f"INSERT INTO {table} SELECT * FROM {copy}" for table, copy in tables.items()]
    tamper(log, *keep)
    for name, (statements, number, why) in DAMAGE.items():
        tamper(log, *statements)
        broken = log.audit.verify().broken
        assert broken is not None, name
        assert (broken.number, broken.why) == (number, why), name
        tamper(log, *back)
        assert log.audit.verify().broken is None, name


def test_only_an_anchor_shows_a_chain_written_anew(log: Store, tmp_path) -> None:
    anchor = log.audit.verify().anchor
    tamper(log, "DELETE FROM audit_log", f"UPDATE audit_head SET number = 0, hash = '{START}'")
    for number in range(MANY):
        log.audit.write("ann", "keys.create", f"other{number}")
    assert log.audit.verify().broken is None, "it cannot be seen from within"
    broken = log.audit.verify(anchor=anchor).broken
    assert broken is not None
    assert broken.why == (
        "no entry has the hash that was kept elsewhere: the log was written anew or cut"
    )


def test_what_cannot_be_stored_does_not_break_the_chain(log: Store) -> None:
    log.audit.write("a\0b", "\ud800", "Mügs 🫖", {"text": "\0 \ud800 é", "deep": [{"x": 1e-9}]})
    assert log.audit.verify().broken is None
    assert log.audit.entries()[0].who == "a\ufffdb"


def test_a_long_log_is_read_in_pieces(log: Store, monkeypatch) -> None:
    monkeypatch.setattr("glasscase.store.audit_log._CHUNK", 2)
    assert log.audit.verify().entries == MANY


def test_the_chain_stays_whole_while_many_write_and_one_verifies(
    log: Store, database_url: str
) -> None:
    other = Store.open(database_url)
    at_work = threading.Semaphore(0)

    def write(store: Store, who: str) -> None:
        try:
            for number in range(8):
                store.audit.write(who, "reviews.decide", str(number))
        finally:
            at_work.release()

    def look() -> None:
        for _ in range(8):  # until the last writer is done, well or not
            while not at_work.acquire(blocking=False):
                assert log.audit.verify().broken is None

    in_threads(look, *(lambda n=n: write((log, other)[n % 2], f"w{n}") for n in range(8)))
    assert log.audit.verify() == Verified(MANY + 64, None, log.audit.entries()[0].hash)
    other.close()
    per_writer = [entry.who for entry in log.audit.entries(most=64)]
    assert all(per_writer.count(f"w{n}") == 8 for n in range(8))
