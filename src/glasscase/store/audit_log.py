"""Who did what: entries that each carry the hash of the one before.

A change, a deletion, an insertion, another order or a cut end is noticed by `verify`.

Not covered: someone who may write the database can compute the whole chain anew. Keep `anchor`
elsewhere (a mail, a sheet of paper) and compare: no new chain leads to it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from glasscase.store import tables
from glasscase.store.column_types import storable, within
from glasscase.store.database import Database

START = "0" * 64
"""What the first entry has for the hash of the one before."""
_CHUNK = 1000
_columns = tables.audit_log.c


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that was done."""

    number: int
    """From 1 on, without gaps."""
    at: datetime
    who: str
    what: str
    subject: str
    detail: Mapping[str, Any]
    previous: str
    hash: str

    def expected_hash(self) -> str:
        """SHA-256 of the entry's canonical JSON: keys sorted, no spaces, ASCII."""
        values = [self.number, self.at.astimezone(UTC).isoformat(timespec="microseconds")]
        values += [self.who, self.what, self.subject, self.detail, self.previous]
        names = ("number", "at", "who", "what", "subject", "detail", "previous")
        text = json.dumps(
            dict(zip(names, values, strict=True)), sort_keys=True, separators=(",", ":")
        )
        return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place where the chain does not hold."""

    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look through the whole log found."""

    entries: int
    broken: Broken | None
    anchor: str
    """The hash of the last entry: keep it elsewhere."""


class AuditLog:
    """`store.audit`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(
        self, who: str, what: str, subject: str = "", detail: Mapping[str, Any] | None = None
    ) -> AuditEntry:
        """Add an entry at the end; one writer at a time."""
        detail = json.loads(json.dumps(dict(detail or {}), allow_nan=False))
        with self._database.write() as connection:
            head = connection.execute(select(tables.audit_head).with_for_update()).one()
            bare = AuditEntry(
                head.number + 1, self._database.now(), storable(who), storable(what),
                storable(subject), detail, head.hash, "",
            )  # fmt: skip
            hash = bare.expected_hash()
            values = {name: getattr(bare, name) for name in AuditEntry.__slots__ if name != "hash"}
            connection.execute(insert(tables.audit_log).values(values | {"hash": hash}))
            connection.execute(update(tables.audit_head).values(number=bare.number, hash=hash))
        return AuditEntry(**values, hash=hash)

    def entries(self, start: int = 0, most: int = 50) -> list[AuditEntry]:
        """Entries, the newest first, after passing over `start`."""
        rows = (
            select(tables.audit_log)
            .order_by(_columns.number.desc())
            .offset(within(start))
            .limit(within(most))
        )
        with self._database.read() as connection:
            return [_entry(row) for row in connection.execute(rows)]

    def verify(self, anchor: str | None = None) -> Verified:
        """Look through the whole log.

        Args:
            anchor: a hash kept elsewhere; an entry must have it.
        """
        seen = anchor in (None, START)
        number, last = 0, START
        with self._database.read(one_state=True) as connection:
            head = connection.execute(select(tables.audit_head)).first()
            rows = connection.execution_options(yield_per=_CHUNK).execute(
                select(tables.audit_log).order_by(_columns.number)
            )
            for entry in map(_entry, rows):
                why = _fault(entry, number, last)
                if why:
                    return Verified(number, Broken(number + 1, why), last)
                number, last = entry.number, entry.hash
                seen = seen or entry.hash == anchor
        why = _end_fault(head, number, last)
        if not why and not seen:
            why = "no entry has the hash that was kept elsewhere: the log was written anew or cut"
        return Verified(number, Broken(number + 1, why) if why else None, last)


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(**row._mapping)


def _fault(entry: AuditEntry, number: int, last: str) -> str:
    """What is wrong with `entry` after one with this number and hash; empty: nothing."""
    if entry.number != number + 1:
        return f"entry {number + 1} is missing"
    if entry.previous != last:
        return "it does not follow from the entry before"
    if entry.expected_hash() != entry.hash:
        return "it was changed"
    return ""


def _end_fault(head: Row[Any] | None, number: int, last: str) -> str:
    if head is None:
        return "the record of the last entry is missing"
    if head.number > number:
        return f"the end is cut: {head.number} entries were written"
    if (head.number, head.hash) != (number, last):
        return "the record of the last entry is another's"
    return ""
