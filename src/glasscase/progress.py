"""How long work tells what it is doing, without knowing who listens.

A job is given a `Progress`; the shell passes one that draws bars, everybody else `silent`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Progress(Protocol):
    """Follows steps of known length."""

    def track(self, items: Iterable[Item], *, total: int, what: str) -> Iterator[Item]:
        """Hand on `items` one by one, showing `what` and how many of `total` are done."""
        ...

    def say(self, message: str) -> None:
        """Show one line that stays."""
        ...


class Silent:
    """Shows nothing."""

    def track(self, items: Iterable[Item], *, total: int, what: str) -> Iterator[Item]:
        """Hand on `items` one by one."""
        del total, what
        yield from items

    def say(self, message: str) -> None:
        """Drop `message`."""


silent = Silent()
