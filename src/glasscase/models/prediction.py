"""What a model answers about one product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

Verdict = Literal["accept", "review", "abstain"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer for one product. All fields but `id` and `problem` are None when it has
    nothing usable: then the verdict is abstain and `problem` says why."""

    id: str
    label: str | None
    probability: float | None
    """Calibrated, 0 to 1."""
    verdict: Verdict
    top_k: tuple[tuple[str, float], ...]
    """Most probable classes first, with their probabilities."""
    text_share: float | None
    """Share of the text in this answer, 0 to 1: its Shapley value's part of both values' sizes."""
    image_share: float | None
    problem: str = ""
    """What could not be used of this product, in words; empty when all was well."""
    row: int | None = None
    label_set: tuple[str, ...] = ()
    """Categories a reviewer should choose from, likeliest first, as the model's promise says; empty
    where it has none."""
    reason: str = ""
    """Why the verdict is what it is, in words."""
    category: tuple[str, ...] = ()
    """The deepest category that can be stated: that of `label` where it is accepted, else one above
    it that keeps the promise (without one: at least `decision.accept_at`); empty: none."""
    category_probability: float | None = None
    """Of `category` with all below it."""
    unknown: float | None = None
    """Share of known products at least as far from the others as this one: small for a product of
    an unknown kind. A conformal p-value; None where the model cannot say."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `top_k` as a list of `{label, probability}`, `category` as `A > B`."""
        values = asdict(self)
        values["top_k"] = [{"label": label, "probability": p} for label, p in self.top_k]
        values["label_set"] = [*self.label_set]
        values["category"] = " > ".join(self.category) or None
        return values

    @classmethod
    def of_dict(cls, values: Mapping[str, Any]) -> Self:
        """What `to_dict` gave, as it was.

        >>> mug = Prediction("7", "A > B", 0.9, "accept", (("A > B", 0.9),), 1.0, None)
        >>> Prediction.of_dict(mug.to_dict()) == mug
        True
        """
        told = dict(values)
        told["top_k"] = tuple((one["label"], one["probability"]) for one in told["top_k"])
        told["label_set"] = tuple(told["label_set"])
        told["category"] = tuple(told["category"].split(" > ")) if told["category"] else ()
        return cls(**told)
