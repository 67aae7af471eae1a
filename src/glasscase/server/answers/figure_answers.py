"""Figures of models as the service shows them."""

from __future__ import annotations

from pydantic import BaseModel, Field


class BoundedAnswer(BaseModel):
    """A share with its 95 % interval, 0 to 1."""

    value: float | None
    low: float | None
    high: float | None


class BinAnswer(BaseModel):
    """Answers that were about equally sure."""

    confidence: float = Field(description="Mean confidence, 0 to 1.")
    accuracy: float = Field(description="Share that was right.")
    low: float
    high: float
    products: int


class CoveragePoint(BaseModel):
    """What is wrong if only the surest answers are taken."""

    coverage: float = Field(description="Share of the products taken.")
    error: float = Field(description="Share of wrong answers among them.")
    confidence: float = Field(description="The least confidence among them.")


class PromisePoint(BaseModel):
    """What could be promised if so many errors were allowed."""

    max_error: float = Field(description="Allowed share of wrong answers among the accepted.")
    cut_off: float | None = Field(description="Accept from here on; null: nothing can be promised.")
    accepted: int
    accepted_share: float
    wrong: int = Field(description="Of the accepted held-out answers.")
    observed_error: float | None
    products: int = Field(description="Independent held-out products.")
    needed: int = Field(description="Right answers in a row it takes to promise anything.")


class ClassAnswer(BaseModel):
    """One category."""

    label: str
    products: int
    found: int = Field(description="Of these, answered right.")
    answered: int = Field(description="How often it was the answer.")
    recall: BoundedAnswer | None
    precision: float | None


class MatrixAnswer(BaseModel):
    """Labels (rows) against answers (columns); small categories are put together."""

    labels: list[str]
    answers: list[str]
    cells: list[list[int]]


class ConfusionAnswer(BaseModel):
    """Products of one category answered as another."""

    label: str
    answer: str
    products: int
    share: float = Field(description="Of the products of `label`.")


class CurvesAnswer(BaseModel):
    """All that is drawn of a model."""

    products: int
    independent: int = Field(description="Of near-duplicates one.")
    accuracy: BoundedAnswer
    calibration_error: float | None = Field(
        description="Mean gap between confidence and the share that is right."
    )
    reliability: list[BinAnswer]
    coverage: list[CoveragePoint]
    promises: list[PromisePoint]
    classes: list[ClassAnswer]
    matrix: MatrixAnswer
    confusions: list[ConfusionAnswer]


class TrafficAnswer(BaseModel):
    """What a model answered in service."""

    model: str
    answers: int
    accepted: int
    reviewed: int = Field(description="Answers people decided about.")
    confirmed: int = Field(description="Of these, with the model's own label.")
