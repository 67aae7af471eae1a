"""What somebody asked of a batch: which columns mean what, how long things are kept, who looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from glasscase.catalog.columns import Columns

ROLES = ("id", "text", "photo", "price", "brand", "label")
"""What a column can be told to mean."""
REVIEW_DAYS = 30
"""Days products are kept for those who review them, unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """The options of a batch, stored with its job as JSON.

    >>> told = BatchOptions("shop.csv", columns=Columns(text=("title",)), keep_days=7)
    >>> BatchOptions.of_dict(told.to_dict()) == told
    True
    """

    name: str
    """Of the file, as it was sent; shown, never used as a path."""
    columns: Columns = field(default_factory=Columns)
    """What was said of them; the rest is read as in training, or guessed."""
    keep_days: int = 0
    """How long texts and small photos of every row are kept; 0: not at all."""
    review: bool = False
    """Whether rows that are not accepted go into the review queue."""
    draft: bool = False
    """Whether it waits for somebody to look at the columns and start it."""
    upload: str = ""
    """Where the file lies: the name of an upload."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)

    @classmethod
    def of_dict(cls, values: Mapping[str, Any]) -> Self:
        """What `to_dict` gave, as it was."""
        told = dict(values)
        columns = dict(told.pop("columns", {}))
        for role in ("text", "photo"):
            columns[role] = tuple(columns.get(role, ()))
        return cls(columns=Columns(**columns), **told)


def days_kept(asked: int | None, *, usual: int, review: bool) -> int:
    """How many days products of a batch are kept: as asked, else as usual, longer for reviewers.

    >>> days_kept(None, usual=0, review=True), days_kept(0, usual=7, review=True)
    (30, 0)
    """
    if asked is not None:
        return asked
    return max(usual, REVIEW_DAYS) if review else usual
