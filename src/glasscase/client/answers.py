"""What the service answers, typed. Fields a newer service adds are kept in `model_extra`."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Verdict = Literal["accept", "review", "abstain"]


class Answer(BaseModel):
    """What all answers share: they do not change."""

    model_config = ConfigDict(frozen=True, extra="allow")


class LabelProbability(Answer):
    """A category and how probable it is, 0 to 1."""

    label: str
    probability: float


class Prediction(Answer):
    """What a product is, how sure that is, and what should be done with the answer."""

    prediction_id: str
    model: str
    id: str
    label: str | None
    probability: float | None
    verdict: Verdict
    reason: str
    top_k: tuple[LabelProbability, ...]
    label_set: tuple[str, ...]
    category: str | None
    category_probability: float | None
    unknown: float | None
    text_share: float | None
    image_share: float | None
    present: tuple[str, ...]
    problems: tuple[str, ...]
    milliseconds: float
    kept_until: datetime | None


class WordWeight(Answer):
    """One occurrence of a word, `text[start:end]`, and what it adds to the answer."""

    word: str
    start: int
    end: int
    weight: float


class Words(Answer):
    """What the words do."""

    text: str
    words: tuple[WordWeight, ...]
    answer: Literal["probability", "log-odds"]
    method: str


class Share(Answer):
    """What the text or the photos contribute."""

    modality: str
    value: float
    share: float


class Picture(Answer):
    """A photo, and the heat map over it, as data URIs."""

    name: str
    photo: str
    overlay: str | None
    words: str

    def overlay_bytes(self) -> bytes | None:
        """The heat map over the photo as the bytes of a picture file."""
        return None if self.overlay is None else base64.b64decode(self.overlay.partition(",")[2])


class SimilarProduct(Answer):
    """A training product that was found."""

    id: str
    label: str
    title: str
    photo: str
    similarity: float
    thumbnail: str | None


class Explanation(Answer):
    """Why: the decision card. All of it is in `model_dump()`."""

    model_id: str
    label: str
    probability: float
    predicted: str
    verdict: Verdict
    sentence: str
    words: Words
    pictures: tuple[Picture, ...]
    shares: tuple[Share, ...]
    neighbours: tuple[SimilarProduct, ...]
    rival: dict[str, Any] | None
    flip: dict[str, Any] | None
    checks: tuple[dict[str, Any], ...]
    problems: tuple[str, ...]
    seconds: float


class Similar(Answer):
    """Training products like one product."""

    model: str
    by: str
    products: tuple[SimilarProduct, ...]


class Found(Answer):
    """Training products that fit what was looked for."""

    model: str
    compared: Literal["words", "photo"]
    products: tuple[SimilarProduct, ...]


class Feedback(Answer):
    """What was noted."""

    id: str
    prediction_id: str
    label_before: str | None
    label: str | None


class SharedCard(Answer):
    """Where a shared card is, and until when."""

    url: str
    until: datetime


class Batch(Answer):
    """A batch and how it stands."""

    id: str
    name: str
    state: str
    done: int
    total: int
    counts: dict[str, int]
    problems: int
    message: str

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("finished", "failed", "cancelled")


class BatchRow(Answer):
    """One row of a batch and its answer."""

    row: int
    prediction_id: str
    id: str
    label: str | None
    probability: float | None
    verdict: Verdict
    problem: str


class ReviewItem(Answer):
    """A product to be looked at."""

    id: str
    prediction_id: str
    product_id: str
    label: str | None
    probability: float | None
    why: str
    choices: tuple[LabelProbability, ...]
    texts: dict[str, str]
    held_until: datetime | None


class Decision(Answer):
    """What is stored of a review."""

    id: str
    by: str
    action: str
    label: str | None
    state: str
    note: str


class Model(Answer):
    """A model the service knows."""

    id: str
    name: str
    roles: tuple[str, ...]
    loaded: bool
    added_at: datetime


class Models(Answer):
    """All models, and who answers."""

    models: tuple[Model, ...]
    active: str | None
    shadow: str | None
    challenger: str | None
    challenger_share: float
    revision: int


class Sentence(Answer):
    """A sentence of a report; it follows from facts."""

    text: str
    writer: str


class ReportSection(Answer):
    """What is said of one metric."""

    metric: str
    sentences: tuple[Sentence, ...]


class ReportFact(Answer):
    """A measured figure, and where in the result it stands."""

    id: str
    metric: str
    subject: str
    comparator: str
    value: float
    unit: str
    display: str
    interval: str
    n: int | None
    where: str


class Report(Answer):
    """A report whose every figure is one of its facts."""

    title: str
    sections: tuple[ReportSection, ...]
    facts: tuple[ReportFact, ...]
    notes: tuple[str, ...]
    refused: tuple[str, ...]
    trouble: str
