"""What the service answers to "why?", as the OpenAPI document shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from glasscase.catalog.photo import Photo
from glasscase.explanations.coloured_words import coloured_words
from glasscase.explanations.drawn_photos import drawn_photos
from glasscase.explanations.explanation import Explanation
from glasscase.server.answers.answers import LabelProbability

_LONGEST_PX = 480


class WeightAnswer(BaseModel):
    """One occurrence of a word, and what it adds to the answer."""

    word: str
    start: int = Field(description="Where it begins in words.text, counted in characters.")
    end: int
    weight: float = Field(description="Positive speaks for the class, negative against it.")
    error: float = Field(description="Standard error of the weight; 0 when it is exact.")


class WordsAnswer(BaseModel):
    """What the words do (LIME), and how far that can be trusted."""

    text: str
    words: list[WeightAnswer]
    answer: Literal["probability", "log-odds"] = Field(description="What weights are measured in.")
    method: Literal["exact", "sampled", "none"]
    samples: int
    fit: float = Field(description="R squared of the linear model.")
    overlap: float = Field(description="Share of the five heaviest words another run would name.")
    note: str
    stand_in: float


class HeatMapAnswer(BaseModel):
    """Where one photo speaks for the class, at the resolution the network really has."""

    photo: str
    rows: int
    columns: int
    values: list[list[float]] = Field(description="Logits, 0 or more; rows from the top.")
    peak: float
    signed_sum: float
    method: str
    unit: str


class AttentionAnswer(BaseModel):
    """Which places of a photo the network attended to, whatever the class."""

    photo: str
    title: str
    rows: int
    columns: int
    values: list[list[float]] = Field(description="Shares of the attention; they sum to 1.")
    method: str
    unit: str


class ShareAnswer(BaseModel):
    """What the text or the photos contribute (Shapley)."""

    modality: Literal["text", "image"]
    value: float = Field(description="Log-odds; the values and the base add up to log_odds.")
    share: float = Field(ge=0, le=1)


class MetadataAnswer(BaseModel):
    """What price and brand changed."""

    known: list[str]
    probability_without: float
    predicted_without: str


class RivalAnswer(BaseModel):
    """Why the class rather than its runner-up."""

    label: str
    against: str
    probability_against: float
    words: WordsAnswer
    heat_maps: list[HeatMapAnswer]
    shares: list[ShareAnswer]
    log_odds: float
    sentence: str


class WordFlipAnswer(BaseModel):
    """Words without which the answer is another."""

    words: list[str]
    places: list[tuple[int, int]]
    label: str | None
    probability: float
    how: str
    tried: int
    sentence: str


class WithoutAnswer(BaseModel):
    """What the model says without the text, or without the photos."""

    modality: str
    label: str
    probability: float
    changes: bool
    sentence: str


class RegionAnswer(BaseModel):
    """Places of a photo that are blurred."""

    photo: str
    places: list[list[bool]]


class PhotoFlipAnswer(BaseModel):
    """The region of the photos whose blurring makes the answer another."""

    label: str | None
    probability: float
    share: float
    regions: list[RegionAnswer]
    sentence: str


class FlipAnswer(BaseModel):
    """What it takes to change the answer."""

    predicted: str
    words: WordFlipAnswer | None
    without: list[WithoutAnswer]
    photo: PhotoFlipAnswer | None
    sentences: list[str]


class CheckAnswer(BaseModel):
    """How well the explanation stands its own test (deletion and insertion)."""

    what: Literal["words", "photo"]
    answer: str
    shares: list[float]
    heaviest_first: list[float]
    heaviest_last: list[float]
    random: list[float]
    areas: dict[str, float]
    orders: int
    named: int
    at_named: float
    random_at_named: float
    passed: bool | None
    sentence: str


class NeighbourAnswer(BaseModel):
    """A training product that is like this one."""

    id: str
    label: str
    title: str
    photo: str
    similarity: float = Field(description="Mean cosine, -1 to 1.")
    thumbnail: str | None = Field(None, description="A data URI; null where it cannot be had.")


class PictureAnswer(BaseModel):
    """One photo, and what speaks for the class drawn over it: data URIs, null where nothing is."""

    name: str
    photo: str
    overlay: str | None
    words: str = Field(description="What the overlay says.")
    attention: str | None
    attention_words: str


class SpanAnswer(BaseModel):
    """A piece of words.text; the pieces are the whole of it."""

    text: str
    start: int
    end: int
    kind: Literal["", "for", "against"]
    sign: str
    strength: float = Field(description="Share of the colour, 0 to 1.")
    weight: str = Field(description="The weight in words.")


class ExplanationAnswer(BaseModel):
    """Why a model answers as it does for one product: the decision card."""

    model_id: str = Field(description="Id of the model that was asked.")
    id: str
    label: str = Field(description="The class it speaks for.")
    against: str | None
    probability: float
    log_odds: float
    predicted: str
    verdict: Literal["accept", "review", "abstain"]
    reason: str
    unknown: float | None
    category: str | None
    category_probability: float | None
    sentence: str
    top: list[LabelProbability]
    words: WordsAnswer
    spans: list[SpanAnswer] = Field(description="The text in pieces, coloured.")
    photo_words: list[str]
    heat_maps: list[HeatMapAnswer]
    heat_note: str
    attention: list[AttentionAnswer]
    pictures: list[PictureAnswer]
    shares: list[ShareAnswer]
    base: float
    metadata: MetadataAnswer | None
    rival: RivalAnswer | None
    flip: FlipAnswer | None
    checks: list[CheckAnswer]
    neighbours: list[NeighbourAnswer]
    problems: list[str]
    model: str = Field(description="What kind of model it is, in words.")
    seconds: float

    @classmethod
    def of(
        cls,
        told: Explanation,
        photos: Sequence[Photo],
        *,
        model_id: str,
        thumbnails: Sequence[str | None],
    ) -> ExplanationAnswer:
        """The answer `told`, drawn on the product's `photos`; `thumbnails`: of its neighbours."""
        values = told.to_dict()
        near = zip(values.pop("neighbours"), thumbnails, strict=True)
        drawn = drawn_photos(told, photos, longest_px=_LONGEST_PX, quick=True)
        return cls(
            **values,
            model_id=model_id,
            neighbours=[NeighbourAnswer(**one, thumbnail=picture) for one, picture in near],
            spans=[SpanAnswer(**_fields(span)) for span in coloured_words(told.words)],
            pictures=[_picture(_fields(photo)) for photo in drawn],
        )


def _picture(values: dict[str, Any]) -> PictureAnswer:
    for name in ("overlay", "attention"):
        values[name] = values[name] or None
    return PictureAnswer(**values)


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in type(value).__slots__}
