"""What is asked of a model in an explanation, and how its answers are measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from glasscase.catalog.product import Product
from glasscase.explanations.text_answers import TextAnswers
from glasscase.explanations.word_report import Answer
from glasscase.models.features import MODALITIES, Features
from glasscase.models.head import softmax
from glasscase.settings import Settings

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier


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
    texts: TextAnswers

    @classmethod
    def of(
        cls,
        model: ProductClassifier,
        product: Product,
        features: Features,
        asked: tuple[int, int | None],
        settings: Settings,
    ) -> Question:
        """Ask about class `asked[0]`, rather than `asked[1]` where that is given."""
        texts = TextAnswers(model, features)
        return cls(model, product, features, *asked, settings, texts)

    def about(self, label: int, against: int | None = None) -> Question:
        """The same product and the same texts, another class."""
        return replace(self, label=label, against=against)

    @property
    def answer(self) -> Answer:
        """What words are measured in: log-odds where two classes are compared."""
        return "probability" if self.against is None else "log-odds"

    def answers(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """The model's answer for each text [n], with the photos as they are."""
        return self.measure(self.texts.logits(texts))

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
        """Of the head's logits [1, classes], so that gradients are in logits as calibrated here."""
        wanted = np.zeros((1, len(self.model.classes_)), np.float32)
        wanted[0, self.label] = 1.0
        if self.against is not None:
            wanted[0, self.against] = -1.0
        return np.asarray(wanted / self.model.temperatures(self.features)[:, None], np.float32)

    def measure(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        """What is explained, of `logits` [n, classes]: a probability or a log-odds, [n]."""
        if self.against is not None:
            return self.log_odds(logits)
        return np.asarray(softmax(logits)[:, self.label])

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """Of all classes for the product as it is, [classes]."""
        return np.asarray(self.model.probabilities(self.features)[0])
