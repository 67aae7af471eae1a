"""Why a model gave its answer for one product: numbers first, drawn elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from glasscase.catalog.problem import Problem
from glasscase.explanations.contrast import Contrast
from glasscase.explanations.curves import Curves
from glasscase.explanations.flip import Flip
from glasscase.explanations.heat_map import AttentionMap, HeatMap
from glasscase.explanations.plain_values import fields_of
from glasscase.explanations.shapley import ModalityShare
from glasscase.explanations.word_report import WordReport
from glasscase.models.prediction import Verdict

_SPOKEN = {"text": "text", "image": "photo"}
_WORTH_NAMING = 0.005


@dataclass(frozen=True, slots=True)
class MetadataEffect:
    """What the answer is without price and brand."""

    known: tuple[str, ...]
    """`price`, `brand` or both."""
    probability_without: float
    """Of the class, as if neither were known."""
    predicted_without: str
    """What the model would say then."""

    @property
    def names(self) -> str:
        """What is known, in words."""
        return " and ".join(self.known)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A product of the training catalogue that is like this one."""

    id: str
    label: str
    title: str
    photo: str
    similarity: float
    """Mean cosine over the modalities this product has, -1 to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Everything that is said about one answer. `to_dict` gives plain JSON values."""

    id: str
    label: str
    """The class it speaks for."""
    against: str | None
    """The other class of "why `label` rather than `against`", if that was asked."""
    probability: float
    """Of `label`, calibrated."""
    predicted: str
    verdict: Verdict
    reason: str
    """Why the verdict is what it is, in words."""
    top: tuple[tuple[str, float], ...]
    """Most probable classes with their probabilities."""
    words: WordReport
    heat_maps: tuple[HeatMap, ...]
    heat_note: str
    """Why there is no heat map, in words; empty where there is one for each photo."""
    shares: tuple[ModalityShare, ...]
    base: float
    """Log-odds of the class when words and photos are missing."""
    neighbours: tuple[Neighbour, ...]
    problems: tuple[Problem, ...]
    model: str
    """Which model spoke, in words."""
    seconds: float
    photo_words: tuple[str, ...] = ()
    """The lines read off the photos, for a model that reads them; part of the photos' share."""
    attention: tuple[AttentionMap, ...] = ()
    """Where the network attends to on the photos, for one that has attention to show."""
    rival: Contrast | None = None
    """Why `label` rather than its runner-up; None where `against` was asked."""
    flip: Flip | None = None
    """What it takes to change the answer."""
    checks: tuple[Curves, ...] = ()
    """How well the weights and the heat map stand their own test."""
    unknown: float | None = None
    """Share of known products at least as far from the others: small for one of an unknown kind."""
    metadata: MetadataEffect | None = None
    """What price and brand changed, for a model that reads them and a product that has any."""
    category: tuple[str, ...] = ()
    """The deepest category that can be stated, as in a `Prediction`; empty: none."""
    category_probability: float | None = None

    @property
    def sentence(self) -> str:
        """The answer and its reason, as a person would say it."""
        parts = (self._answer, self._reason, self._parts, self._metadata)
        return " ".join(part for part in parts if part)

    @property
    def _answer(self) -> str:
        sure = f"{100 * self.probability:.0f} %" if self.probability < 0.995 else "over 99 %"
        if self.against is not None:
            times = math.exp(min(abs(self.log_odds), 20.0))
            ratio = f"{times:.1f}" if times < 100 else "over 100"
            how = "more" if self.log_odds >= 0 else "less"
            return f"“{self.label}” is {ratio} times {how} likely than “{self.against}”."
        if self.label == self.predicted:
            return f"The model says “{self.label}” ({sure} sure)."
        return f"The model gives “{self.label}” {sure}; it says “{self.predicted}”."

    @property
    def _reason(self) -> str:
        leading = [word for word, weight in self.words.top(3) if weight > _WORTH_NAMING]
        if not leading:
            return "No single word decides it." if self.words.words else ""
        quoted = ", ".join(f"“{word}”" for word in leading)
        return f"What speaks for it most in the text: {quoted}."

    @property
    def _parts(self) -> str:
        if len(self.shares) == 1:
            return f"Only the {_SPOKEN[self.shares[0].modality]} had a say."
        return " ".join(
            f"The {_SPOKEN[share.modality]} "
            f"{'speaks for' if share.value >= 0 else 'speaks against'} it "
            f"({100 * share.share:.0f} % of the say)."
            for share in sorted(self.shares, key=lambda one: -one.share)
        )

    @property
    def _metadata(self) -> str:
        told, points = self.metadata, self.metadata_points
        if told is None:
            return ""
        one = len(told.known) == 1
        if abs(points) < 0.5 and told.predicted_without == self.predicted:
            return f"The {told.names} hardly {'changes' if one else 'change'} it."
        then = ""
        if told.predicted_without != self.predicted:
            then = f"; the model would say “{told.predicted_without}”"
        return (
            f"The {told.names} {'makes' if one else 'make'} it {abs(points):.0f} points "
            f"{'more' if points >= 0 else 'less'} probable "
            f"(without: {100 * told.probability_without:.0f} %{then})."
        )

    @property
    def metadata_points(self) -> float:
        """What price and brand add to the probability of `label`, in points of 100."""
        if self.metadata is None:
            return 0.0
        return 100 * (self.probability - self.metadata.probability_without)

    @property
    def log_odds(self) -> float:
        """Of `label` against everything else, or against `against`: base plus all the shares."""
        return self.base + sum(share.value for share in self.shares)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, heat maps as nested lists, full precision kept."""
        return {
            "id": self.id,
            "label": self.label,
            "against": self.against,
            "probability": self.probability,
            "log_odds": self.log_odds,
            "predicted": self.predicted,
            "verdict": self.verdict,
            "reason": self.reason,
            "unknown": self.unknown,
            "category": " > ".join(self.category) or None,
            "category_probability": self.category_probability,
            "sentence": self.sentence,
            "top": [{"label": label, "probability": p} for label, p in self.top],
            "words": self.words.to_dict(),
            "photo_words": list(self.photo_words),
            "heat_maps": [heat.to_dict() for heat in self.heat_maps],
            "heat_note": self.heat_note,
            "attention": [one.to_dict() for one in self.attention],
            "shares": [fields_of(share) for share in self.shares],
            "base": self.base,
            "metadata": None if self.metadata is None else fields_of(self.metadata),
            "rival": None if self.rival is None else self.rival.to_dict(),
            "flip": None if self.flip is None else self.flip.to_dict(),
            "checks": [check.to_dict() for check in self.checks],
            "neighbours": [fields_of(neighbour) for neighbour in self.neighbours],
            "problems": [str(problem) for problem in self.problems],
            "model": self.model,
            "seconds": self.seconds,
        }
