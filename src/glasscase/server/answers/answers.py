"""What the service answers, as the OpenAPI document shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field


class LabelProbability(BaseModel):
    """A category and how probable it is."""

    label: str
    probability: float = Field(ge=0, le=1)


class PredictionAnswer(BaseModel):
    """What a product is, how sure that is, and what should be done with the answer."""

    prediction_id: str = Field(description="To ask about this answer again, or to correct it.")
    model: str = Field(description="Id of the model that answered.")
    id: str = Field(description="The product's own id, as it was sent.")
    label: str | None
    probability: float | None = Field(description="Calibrated, 0 to 1.")
    verdict: Literal["accept", "review", "abstain"]
    reason: str
    top_k: list[LabelProbability]
    label_set: list[str] = Field(description="What a reviewer should choose from, likeliest first.")
    category: str | None = Field(description="The deepest category that can be stated.")
    category_probability: float | None
    unknown: float | None = Field(description="Small for a product of an unknown kind (a p-value).")
    text_share: float | None
    image_share: float | None
    present: list[str] = Field(description="What of the product was used: text, image.")
    problems: list[str] = Field(description="What of the product could not be used.")
    milliseconds: float
    kept_until: datetime | None = Field(
        None, description="Until when photos and texts are kept; null: they are not."
    )

    @classmethod
    def told(cls, values: Mapping[str, Any], **more: Any) -> Self:
        """The answer about a prediction with `values`; `more` are the fields it does not have."""
        shares = {"text": values["text_share"], "image": values["image_share"]}
        used = [name for name, share in shares.items() if share]
        known = {name: values[name] for name in values if name in cls.model_fields}
        return cls(**known, present=used, **more)
