"""Keys of programs and people. Of the secret only a hash is stored.

A secret is 256 random bits, so a plain SHA-256 of it cannot be guessed back; the slow hashes made
for passwords would only make every request slow.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import Row, insert, select, update

from glasscase.errors import BadSetting
from glasscase.store import tables
from glasscase.store.column_types import storable
from glasscase.store.database import Database

Scope = Literal["predict", "review", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
_SECRET = re.compile(r"gck_([0-9a-f]{12})_[A-Za-z0-9_-]{43}", re.ASCII)
_NOTED_EVERY = timedelta(hours=1)
_columns = tables.keys.c


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key without its secret."""

    id: str
    """12 hex digits; they stand in the secret too."""
    name: str
    scopes: tuple[str, ...]
    made_at: datetime
    used_at: datetime | None
    """When it was last used, to the hour."""
    revoked_at: datetime | None


class Keys:
    """`store.keys`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, scopes: Collection[str]) -> tuple[KeyRow, str]:
        """A new key and its secret, which is shown here and never again.

        Raises:
            BadSetting: no scope, an unknown one, or no name.
        """
        unknown = sorted(set(scopes) - set(SCOPES))
        if unknown or not scopes:
            reason = f"there is no scope {unknown[0]!r}" if unknown else "a key needs a scope"
            raise BadSetting(reason, f"Scopes are {', '.join(SCOPES)}.")
        if not name.strip():
            raise BadSetting("a key needs a name", "Say who or what will use it.")
        id = secrets.token_hex(6)
        secret = f"gck_{id}_{secrets.token_urlsafe(32)}"
        ordered = tuple(scope for scope in SCOPES if scope in scopes)
        key = KeyRow(id, storable(name.strip()), ordered, self._database.now(), None, None)
        values = {
            "id": id, "name": key.name, "scopes": [*ordered], "made_at": key.made_at,
            "secret_sha256": _hashed(secret),
        }  # fmt: skip
        with self._database.write() as connection:
            connection.execute(insert(tables.keys).values(values))
        return key, secret

    def check(self, secret: str) -> KeyRow | None:
        """The key of a secret; None where it is no key, a wrong one or a revoked one."""
        found = _SECRET.fullmatch(secret)
        if found is None:
            return None
        with self._database.read() as connection:
            row = connection.execute(select(tables.keys).where(_columns.id == found[1])).first()
        stored = row.secret_sha256 if row is not None else "0" * 64
        right = hmac.compare_digest(_hashed(secret), stored)
        if row is None or not right or row.revoked_at is not None:
            return None
        self._note_use(row)
        return _key(row)

    def list(self) -> tuple[KeyRow, ...]:
        """All keys, revoked ones too, the newest first."""
        rows = select(tables.keys).order_by(_columns.made_at.desc(), _columns.id)
        with self._database.read() as connection:
            return tuple(_key(row) for row in connection.execute(rows))

    def revoke(self, id: str) -> KeyRow | None:
        """Let a key open nothing from now on; None where there is no such key."""
        with self._database.write() as connection:
            connection.execute(
                update(tables.keys)
                .where(_columns.id == id, _columns.revoked_at.is_(None))
                .values(revoked_at=self._database.now())
            )
            row = connection.execute(select(tables.keys).where(_columns.id == id)).first()
        return None if row is None else _key(row)

    def _note_use(self, row: Row[tuple[object, ...]]) -> None:
        """Once an hour at most, so that answers do not wait for the disk."""
        now = self._database.now()
        if row.used_at is None or now - row.used_at >= _NOTED_EVERY:
            with self._database.write() as connection:
                connection.execute(
                    update(tables.keys).where(_columns.id == row.id).values(used_at=now)
                )


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def _key(row: Row[tuple[object, ...]]) -> KeyRow:
    return KeyRow(
        row.id, row.name, tuple(row.scopes), row.made_at, row.used_at, row.revoked_at
    )  # fmt: skip
