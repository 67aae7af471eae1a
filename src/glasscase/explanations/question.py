"""What is asked of a model in an explanation, and how its answers are measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from glasscase.catalog.product import Product
from glasscase.explanations.explanation import Answer
from glasscase.models.features import MODALITIES, Features
from glasscase.models.head import softmax
from glasscase.settings import Settings

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier

_AT_ONCE = 512


@dataclass(frozen=True)
class Question:
    """What is to be explained: a product, the class to speak for, perhaps one to speak against."""

    model: ProductClassifier
    product: Product
    features: Features
    """Of the product alone, [1, ...]."""
    label: int
    against: int | None
    settings: Settings

    @property
    def answer(self) -> Answer:
        """What words are measured in: log-odds where two classes are compared."""
        return "probability" if self.against is None else "log-odds"

    def answers(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """The model's answer for each text [n], with the photos as they are."""
        with_texts = self.model.encoder.with_texts
        parts = [
            self._measure(self.model.logits(with_texts(self.features, texts[at : at + _AT_ONCE])))
            for at in range(0, len(texts), _AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def worth(self, given: frozenset[str]) -> float:
        """Log-odds of the class when only these modalities are given."""
        features = self.features
        for modality in MODALITIES:
            if modality not in given:
                features = features.without(modality)
        return float(self.log_odds(self.model.logits(features))[0])

    def log_odds(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        """Of the class against all others, or against the one asked about; [n]."""
        logits = np.asarray(logits, np.float64)
        if self.against is not None:
            return np.asarray(logits[:, self.label] - logits[:, self.against])
        others = np.delete(logits, self.label, axis=1)
        return np.asarray(logits[:, self.label] - logsumexp(others, axis=1))

    def cotangent(self) -> NDArray[np.float32]:
        """Of the head's logits [1, classes], so that the gradient is in calibrated logits."""
        wanted = np.zeros((1, len(self.model.classes_)), np.float32)
        wanted[0, self.label] = 1.0
        if self.against is not None:
            wanted[0, self.against] = -1.0
        return np.asarray(wanted / np.float32(self.model.temperature), np.float32)

    def _measure(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        if self.against is not None:
            return self.log_odds(logits)
        return np.asarray(softmax(logits)[:, self.label])

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """Of all classes for the product as it is, [classes]."""
        return np.asarray(self.model.probabilities(self.features)[0])
