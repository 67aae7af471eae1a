"""Why a model gave its answer for one product: numbers first, drawn elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.problem import Problem
from glasscase.models.prediction import Verdict

Answer = Literal["probability", "log-odds"]
_SPOKEN = {"text": "text", "image": "photo"}
_WORTH_NAMING = 0.005


@dataclass(frozen=True, slots=True)
class WordWeight:
    """One occurrence of a word in the text, `text[start:end]`, and what it adds to the answer."""

    word: str
    start: int
    end: int
    weight: float
    """Positive speaks for the class (or for A), negative against it (or for B)."""
    error: float
    """Standard error of the weight; 0 when it is exact."""


@dataclass(frozen=True, slots=True)
class WordReport:
    """What the words of a product do, by LIME, and how far that can be trusted."""

    text: str
    words: tuple[WordWeight, ...]
    """Every occurrence, in the order of the text."""
    answer: Answer
    """What a weight is measured in: probability of the class, or log-odds of A against B."""
    method: Literal["exact", "sampled", "none"]
    """All masks, some of them, or nothing to ask because there are no words."""
    samples: int
    """Different texts the model was asked about."""
    fit: float
    """R squared of the linear model; low means the words do not simply add up."""
    overlap: float
    """Stability: expected share of the five heaviest words a run without sampling error names."""
    note: str = ""
    """What was left out or put together, in words; empty when nothing was."""

    @property
    def distinct(self) -> dict[str, float]:
        """Weight by word, heaviest first; for a repeated word its heaviest occurrence."""
        ordered = sorted(self.words, key=lambda word: (-abs(word.weight), word.start))
        found: dict[str, float] = {}
        for word in ordered:
            found.setdefault(word.word, word.weight)
        return found

    def top(self, number: int = 5) -> tuple[tuple[str, float], ...]:
        """The `number` words of largest weight, either sign."""
        return tuple(self.distinct.items())[:number]


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """Where one photo speaks for the class, at the resolution the network really has."""

    photo: str
    values: NDArray[np.float32]
    """[rows, columns], 0 or more, in logits: what the place adds to the score, to first order."""
    signed_sum: float
    """Sum over the map before negatives are cut: the photo's part of the logit where the head is
    linear in the vector, near 0 where it reads only the vector's direction."""
    method: str

    @property
    def peak(self) -> float:
        """The largest value, in logits; 0 where nothing speaks for the class."""
        return float(self.values.max(initial=0.0))

    @property
    def resolution(self) -> str:
        """True resolution, rows by columns, before anything is drawn smoothly."""
        return f"{self.values.shape[0]} x {self.values.shape[1]}"


@dataclass(frozen=True, slots=True, eq=False)
class AttentionMap:
    """Which places of a photo a network attended to, whatever class it was asked about."""

    photo: str
    """Its name; empty where all photos of the product were looked at together."""
    title: str
    """Whose attention it is, in words."""
    values: NDArray[np.float32]
    """[rows, columns], shares of the attention; they sum to 1."""
    method: str

    @property
    def sentence(self) -> str:
        """The place most looked at, in words."""
        rows, columns = self.values.shape
        row, column = divmod(int(self.values.argmax()), columns)
        times = float(self.values.max()) * self.values.size
        return (
            f"most on row {row + 1} of {rows}, column {column + 1} of {columns}, "
            f"{times:.1f} times an even look"
        )


@dataclass(frozen=True, slots=True)
class ModalityShare:
    """What the text or the photos contribute."""

    modality: str
    value: float
    """Shapley value in log-odds of the class; the values and the base add up to the answer."""
    share: float
    """Its size as a part of all the sizes, 0 to 1."""


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
            "category": " > ".join(self.category) or None,
            "category_probability": self.category_probability,
            "sentence": self.sentence,
            "top": [{"label": label, "probability": p} for label, p in self.top],
            "words": _words_dict(self.words),
            "photo_words": list(self.photo_words),
            "heat_maps": [_heat_dict(heat) for heat in self.heat_maps],
            "heat_note": self.heat_note,
            "attention": [_attention_dict(one) for one in self.attention],
            "shares": [_fields(share) for share in self.shares],
            "base": self.base,
            "metadata": None if self.metadata is None else _fields(self.metadata),
            "neighbours": [_fields(neighbour) for neighbour in self.neighbours],
            "problems": [str(problem) for problem in self.problems],
            "model": self.model,
            "seconds": self.seconds,
        }


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in type(value).__slots__}


def _words_dict(report: WordReport) -> dict[str, Any]:
    return {**_fields(report), "words": [_fields(word) for word in report.words]}


def _attention_dict(attention: AttentionMap) -> dict[str, Any]:
    return {
        "photo": attention.photo,
        "title": attention.title,
        "rows": attention.values.shape[0],
        "columns": attention.values.shape[1],
        "values": attention.values.astype(float).tolist(),
        "method": attention.method,
        "unit": "share of attention",
    }


def _heat_dict(heat: HeatMap) -> dict[str, Any]:
    return {
        "photo": heat.photo,
        "rows": heat.values.shape[0],
        "columns": heat.values.shape[1],
        "values": heat.values.astype(float).tolist(),
        "peak": heat.peak,
        "signed_sum": heat.signed_sum,
        "method": heat.method,
        "unit": "logit",
    }
