"""Decision cards that were shared by link, until a day."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import delete, insert, select

from glasscase.store import tables
from glasscase.store.database import Database


class Cards:
    """`store.cards`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, html: bytes, *, by: str, until: datetime) -> str:
        """Store a card; returns its token: 192 random bits, who has it may see the card."""
        token = secrets.token_urlsafe(24)
        values = {
            "token": token, "html": html, "by": by, "made_at": self._database.now(),
            "until": until,
        }  # fmt: skip
        with self._database.write() as connection:
            connection.execute(insert(tables.cards).values(values))
        return token

    def get(self, token: str) -> bytes | None:
        """A card, or None where there is none or its day is past."""
        columns = tables.cards.c
        with self._database.read() as connection:
            html = connection.scalar(
                select(columns.html).where(
                    columns.token == token, columns.until > self._database.now()
                )
            )
        return None if html is None else bytes(html)

    def remove(self, token: str) -> bool:
        """Remove a card before its day; whether there was one."""
        with self._database.write() as connection:
            gone = connection.execute(delete(tables.cards).where(tables.cards.c.token == token))
        return gone.rowcount > 0
