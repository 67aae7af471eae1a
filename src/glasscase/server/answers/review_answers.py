"""What the review routes take and answer, as the OpenAPI document shows it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from glasscase.server.answers.answers import LabelProbability
from glasscase.store.review_items import Action, ReviewState

MOST_NUMBERED = 9
_DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]")


def _printable(name: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())


Reviewer = Annotated[
    str,
    Field(
        max_length=60,
        description="Who reviews, where no keys are used; with keys the key says it.",
    ),
    AfterValidator(_printable),
]


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("no clock shows that time") from None


def _written(moment: object) -> object:
    if not isinstance(moment, str) or not _DATE.match(moment):
        raise ValueError("a time is written as 2026-01-31T12:00:00Z")
    return moment


Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_utc)]
"""A time with its zone."""


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reviewer: Reviewer = ""


class ByReviewer(_Asked):
    """Who asks."""


class NextAsked(_Asked):
    """Which products are wanted."""

    most: int = Field(2, ge=1, le=10, description="The one to look at and those to load ahead.")


class DecisionAsked(_Asked):
    """What a person decided."""

    action: Action = Field(description="accept the model's answer, choose another, or skip.")
    label: str | None = Field(None, max_length=1000, description="The category; for `choose`.")
    seconds: float = Field(
        0, ge=0, le=86_400, allow_inf_nan=False, description="How long it was looked at."
    )


class FillAsked(BaseModel):
    """Which answers come into the queue."""

    model_config = ConfigDict(extra="forbid")

    batch_id: str | None = Field(
        None, pattern="^[0-9a-f]{32}$", description="Only those of this batch."
    )
    since: Moment | None = Field(None, description="Only those made since then, with time zone.")
    most: int = Field(1000, ge=1, le=10_000)


class FillAnswer(BaseModel):
    """What came into the queue."""

    added: int
    queued: int = Field(description="In the queue already, or decided.")
    not_kept: int = Field(description="Cannot be shown: photos and texts were not kept.")
    more: int = Field(description="Left for the next time.")
    sentence: str


class Counts(BaseModel):
    """How the queue stands."""

    open: int = Field(description="Free ones and held ones.")
    held: int
    decided: int
    skipped: int
    disagreed: int


class ReviewPhoto(BaseModel):
    """A photo of a product under review."""

    name: str
    url: str = Field(description="Where it is, drawn anew as a JPEG.")


class ReviewAnswer(BaseModel):
    """One product to be looked at."""

    id: str
    prediction_id: str
    product_id: str
    state: ReviewState
    wanted: int = Field(description="How many people must decide.")
    batch_id: str | None
    model: str = Field(description="Id of the model that answered.")
    held_until: datetime | None
    label: str | None = Field(description="The model's answer.")
    probability: float | None
    verdict: str
    reason: str = Field(description="Why the answer was not accepted.")
    why: str = Field(description="Why this product comes now.")
    choices: list[LabelProbability] = Field(
        description="To choose from, likeliest first: the set of the promise, else the likeliest."
    )
    texts: dict[str, str]
    attributes: dict[str, str]
    photos: list[ReviewPhoto]
    kept: bool = Field(description="Whether photos and texts are still there to be shown.")


class QueueAnswer(BaseModel):
    """The head of the queue."""

    counts: Counts
    items: list[ReviewAnswer]


class NextAnswer(BaseModel):
    """Products for one person: the first to look at, then those to load ahead."""

    reviewer: str
    items: list[ReviewAnswer]
    left: int = Field(description="Open products that nobody else holds.")
    decided: int = Field(description="By this person in the last hour.")
    median_seconds: float | None


class DecisionAnswer(BaseModel):
    """What is stored now."""

    id: str
    by: str
    action: Action
    label: str | None
    state: ReviewState
    note: str = Field(description="What becomes of a category the model does not know yet.")


class UndoAnswer(BaseModel):
    """The product whose decision was taken back; null where there was none."""

    item: ReviewAnswer | None


class Person(BaseModel):
    """What one person did in the last 24 hours."""

    by: str
    decided: int
    skipped: int
    median_seconds: float | None


class StatsAnswer(BaseModel):
    """Counts, speed and agreement."""

    counts: Counts
    decided_last_hour: int
    median_seconds: float | None
    per_hour: list[int] = Field(description="Decisions of the last 24 hours, the last one last.")
    people: list[Person]
    pairs: int = Field(description="Pairs of people who decided the same product.")
    agreed: int = Field(description="Pairs of them that said the same.")


class Category(BaseModel):
    """A category of the tree."""

    label: str
    path: list[str]
    known: bool = Field(description="Whether the model can answer with it.")
    products: int = Field(description="Training products of it and all below it.")


class CategoriesAnswer(BaseModel):
    """Categories that fit, the best first."""

    categories: list[Category]


CorrectionFormat = Literal["csv", "jsonl"]


def texts_of(values: Any) -> dict[str, str]:
    """Attributes as they are shown."""
    return {str(name): str(value) for name, value in dict(values).items()}
