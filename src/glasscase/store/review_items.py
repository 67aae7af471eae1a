"""What the review queue hands out and takes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Action = Literal["accept", "choose", "skip"]
ReviewState = Literal["open", "decided", "skipped", "disagreed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReview:
    """An answer that a person should look at."""

    prediction_id: str
    priority: float
    """The greater, the sooner."""
    model: str = ""
    batch_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """An answer in the queue."""

    id: str
    prediction_id: str
    product_id: str
    label_before: str | None
    """What the model said."""
    model: str
    batch_id: str | None
    priority: float
    added_at: datetime
    state: ReviewState
    wanted: int
    """How many people must decide."""
    label: str | None
    """What people decided."""
    held_by: str | None
    held_until: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What one person decided about one item."""

    item_id: str
    by: str
    action: Action
    label: str | None
    """None where it was skipped."""
    seconds: float
    at: datetime
    state: ReviewState
    """Of the item, after this."""


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """How the queue stands."""

    open: int
    """Free ones and held ones."""
    held: int
    """Those a person looks at now."""
    decided: int
    skipped: int
    disagreed: int


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast it goes."""

    decided: int
    """In the last hour."""
    median_seconds: float | None
    """For one decision, in the last hour; None where there was none."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a product is, as people decided; `label` may be what the model said, too."""

    prediction_id: str
    product_id: str
    label_before: str | None
    label: str
    by: str
    """Who decided last."""
    at: datetime
