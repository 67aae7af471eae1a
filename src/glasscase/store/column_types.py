"""Columns that hold the same on SQLite and PostgreSQL: times in UTC, and any text at all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator


def new_id() -> str:
    """A fresh random id: 32 hex digits of a UUID 4."""
    return uuid4().hex


def now_utc() -> datetime:
    """The time of this machine, aware, in UTC."""
    return datetime.now(UTC)


def storable(text: str) -> str:
    """`text` without what PostgreSQL or UTF-8 cannot hold: zero bytes and halves of characters.

    >>> storable("mouse" + chr(0) + chr(0xD800))
    'mouse��'
    """
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def within(number: int) -> int:
    """`number` as an offset or limit that every database takes.

    >>> within(-1), within(50), within(10**30)
    (0, 50, 2147483647)
    """
    return max(0, min(number, 2**31 - 1))


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC, exact to the microsecond. A naive one is our bug."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database: in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database: SQLite gives it without its zone."""
        if value is None:
            return None
        time: datetime = value
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


class Words(TypeDecorator[str]):
    """A text of any length from anywhere; what cannot be stored is replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database: only what it can hold."""
        return None if value is None else storable(value)
