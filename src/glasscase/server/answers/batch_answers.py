"""What the service answers about batches, as the OpenAPI document shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from glasscase.catalog.columns import Columns
from glasscase.jobs.batches.batch_preview import Preview
from glasscase.jobs.batches.batch_state import BatchState, BatchStateName
from glasscase.models.prediction import Prediction
from glasscase.store.predictions import StoredPrediction

_Name = Field(None, max_length=1000)


class ColumnsIn(BaseModel):
    """Which column means what; what is not named is read as in training, or guessed."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = _Name
    text: list[str] = Field([], max_length=100)
    photo: list[str] = Field([], max_length=100)
    price: str | None = _Name
    brand: str | None = _Name
    label: str | None = Field(None, max_length=1000, description="Known categories; not read.")

    def columns(self) -> Columns:
        """For reading a table."""
        single = {name: getattr(self, name) or None for name in ("id", "price", "brand", "label")}
        return Columns(text=tuple(self.text), photo=tuple(self.photo), **single)


class BatchStart(BaseModel):
    """How a draft is to be started."""

    model_config = ConfigDict(extra="forbid")

    columns: ColumnsIn = Field(default_factory=ColumnsIn)
    keep_days: int | None = Field(
        None, ge=0, le=3650, description="Days texts and small photos are kept."
    )
    review: bool = Field(default=False, description="Put unsure rows into the review queue.")


class ColumnSeen(BaseModel):
    """A column of the table and what it was taken for."""

    name: str
    role: Literal["id", "text", "photo", "price", "brand", "label", ""] = Field(
        description="Empty: it is not used."
    )
    samples: list[str] = Field(description="Its first values, cut.")


class BatchAnswer(BaseModel):
    """A batch and how it stands."""

    id: str
    name: str = Field(description="Of the file, as it was sent.")
    state: BatchStateName = Field(description="A draft waits to be started.")
    by: str
    made_at: datetime
    finished_at: datetime | None
    done: int = Field(description="Rows with an answer.")
    total: int = Field(description="Rows in all, as far as known.")
    rows_per_second: float | None
    seconds_left: float | None
    counts: dict[str, int] = Field(description="Rows by verdict.")
    problems: int = Field(description="Rows of which something could not be used.")
    message: str = Field(description="Why it failed; else mostly empty.")
    keep_days: int
    review: bool
    model: str | None = Field(description="Id of the model that answered; null before the end.")

    @classmethod
    def of(cls, found: BatchState) -> BatchAnswer:
        """The answer about a batch."""
        job = found.job
        return cls(
            id=job.id,
            name=found.options.name,
            state=found.state,
            by=job.by,
            made_at=job.made_at,
            finished_at=job.finished_at,
            done=found.done,
            total=found.total,
            rows_per_second=found.rows_per_second,
            seconds_left=found.seconds_left,
            counts=dict(found.counts),
            problems=found.problems,
            message=job.message if found.state == "failed" else "",
            keep_days=found.options.keep_days,
            review=found.options.review,
            model=(job.result or {}).get("model"),
        )


class BatchMade(BaseModel):
    """A batch that was just sent, and what its file was taken for."""

    batch: BatchAnswer
    columns: list[ColumnSeen] = Field(description="Empty for photos alone.")
    notes: list[str] = Field(description="What concerns the file as a whole.")
    problems: list[str] = Field(description="The first rows that something is wrong with.")

    @classmethod
    def of(cls, found: BatchState, seen: Preview) -> BatchMade:
        """The answer about a batch that was looked at."""
        columns = [
            ColumnSeen.model_validate(
                {"name": one.name, "role": one.role, "samples": list(one.samples)}
            )
            for one in seen.columns
        ]
        return cls(
            batch=BatchAnswer.of(found),
            columns=columns,
            notes=list(seen.notes),
            problems=list(seen.problems),
        )


class BatchList(BaseModel):
    """Batches, the newest first."""

    batches: list[BatchAnswer]


class BatchRow(BaseModel):
    """One row and its answer."""

    row: int = Field(description="As a spreadsheet counts; of photos alone, their number.")
    prediction_id: str
    id: str = Field(description="The product's own id.")
    title: str | None = Field(description="Its first words, where products are kept.")
    photo: str | None = Field(description="Path of its thumbnail, where products are kept.")
    label: str | None
    probability: float | None
    verdict: Literal["accept", "review", "abstain"]
    category: str | None = Field(description="The deepest category that can be stated.")
    reason: str
    problem: str = Field(description="What of the row could not be used.")

    @classmethod
    def of(cls, found: StoredPrediction, *, title: str | None, photo: str | None) -> BatchRow:
        """The answer about one row."""
        told = Prediction.of_dict(found.answer)
        return cls(
            row=found.row or 0,
            prediction_id=found.id,
            id=found.product_id,
            title=title,
            photo=photo,
            label=told.label,
            probability=told.probability,
            verdict=told.verdict,
            category=" > ".join(told.category) or None,
            reason=told.reason,
            problem=found.problem,
        )


class BatchResults(BaseModel):
    """Some rows of a batch."""

    rows: list[BatchRow]
    total: int = Field(description="How many there are with the same filter.")
    labels: dict[str, int] = Field(description="Rows of the whole batch by category.")
