"""A shelf as the service answers it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class FigureAnswer(BaseModel):
    """A figure with its 95 % interval; null where it does not exist."""

    value: float | None
    low: float | None
    high: float | None


class ShelfPhotoAnswer(BaseModel):
    """The photo that was read, turned as its EXIF says."""

    name: str
    width: int
    height: int
    sha256: str


class KnownProductAnswer(BaseModel):
    """A product of the gallery."""

    id: str
    title: str
    brand: str
    category: str


class MatchAnswer(BaseModel):
    """The nearest known product."""

    product: KnownProductAnswer
    similarity: float = Field(description="Cosine, -1 to 1.")
    runner_up: KnownProductAnswer | None
    margin: float | None = Field(description="Similarity less that of the runner-up.")
    verdict: Literal["accept", "unknown"]
    reason: str = Field(description="Why it is unknown; empty where it is not.")


class CategoryAnswer(BaseModel):
    """What the model says of one product."""

    label: str | None
    probability: float | None
    verdict: str
    reason: str


class ShelfProductAnswer(BaseModel):
    """One product on the photo."""

    number: int = Field(ge=1)
    left: float
    top: float
    right: float
    bottom: float
    score: float = Field(ge=0, le=1, description="How sure the detector is; 1: drawn by a person.")
    row: int = Field(ge=1, description="1 is the top one.")
    level: int = Field(ge=0, description="0 stands on the board, 1 on a product that does.")
    name: str
    brand: str
    named_by: str = Field(description="person, gallery, model, detector, or empty.")
    match: MatchAnswer | None
    category: CategoryAnswer | None


class CountsAnswer(BaseModel):
    """What was counted."""

    boxes: int
    recognised: int
    rows: int
    possible_gaps: int


class ShelfFiguresAnswer(BaseModel):
    """The figures of the shelf; docs/shelf.md says what each means."""

    model_config = ConfigDict(extra="allow")

    products: FigureAnswer
    rows: list[dict[str, Any]]
    upside_down: bool | None
    facings: list[dict[str, Any]]
    brands: list[dict[str, Any]] = Field(description="Shares of shelf by brand.")
    shares: list[dict[str, Any]] = Field(description="The same by product.")
    gaps: list[dict[str, Any]]
    availability: dict[str, Any] | None
    planogram: dict[str, Any] | None
    market_share: list[dict[str, Any]] | None


class ShelfProblem(BaseModel):
    """What could not be used."""

    row: int | None
    field: str
    reason: str
    remedy: str


class ShelfAnswer(BaseModel):
    """What stands on a shelf photo, and its figures."""

    kind: Literal["shelf"]
    schema_: int = Field(alias="schema")
    sentence: str
    photo: ShelfPhotoAnswer
    detector: dict[str, Any] | None = Field(description="null: boxes were given.")
    model: dict[str, Any] | None
    gallery: dict[str, Any] | None
    counts: CountsAnswer
    products: list[ShelfProductAnswer]
    figures: ShelfFiguresAnswer
    colours: dict[str, str] = Field(description="Colour of each brand (or product) on pictures.")
    notes: list[str]
    problems: list[ShelfProblem]
