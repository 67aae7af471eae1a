"""What a model answers about texts in the place of a product's own; no text is asked twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glasscase.encoders.given import is_given
from glasscase.models.features import Block, Features

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier

_AT_ONCE = 512


@dataclass(frozen=True)
class TextAnswers:
    """Calibrated logits of all classes for every text asked so far, with the photos as they are.

    One text answers every question about it (what speaks for A, for A rather than B, what flips
    the answer), so the parts of an explanation share one of these.
    """

    model: ProductClassifier
    features: Features
    """Of the product alone, [1, ...]."""
    known: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    _sentences: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    @property
    def can_be_guessed(self) -> bool:
        """Whether a sentence encoder is asked, whose vectors keep no places of words apart."""
        sentence = self.model.encoder.sentence
        there = sentence is not None and not is_given(sentence)
        return there and "sentence" not in self.features.places

    def logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """[n, classes], in the order of `texts`."""
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        for at in range(0, len(new), _AT_ONCE):
            part = new[at : at + _AT_ONCE]
            shown = self.model.encoder.with_texts(self.features, part)
            rows = np.asarray(self.model.logits(shown), np.float64)
            self.known.update(zip(part, rows, strict=True))
            if self.can_be_guessed:
                self._sentences.update(zip(part, shown.blocks["sentence"], strict=True))
        if not texts:
            return np.zeros((0, len(self.model.classes_)))
        return np.stack([self.known[text] for text in texts])

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Sentence vectors [n, dim] of texts that were asked about."""
        return np.stack([self._sentences[text] for text in texts])

    def read_alone(self, words: Sequence[str]) -> NDArray[np.float64]:
        """Sentence vectors [n, dim] of bare words."""
        return np.asarray(self.model.encoder.sentence.encode_texts(words), np.float64)

    def guessed(
        self, texts: Sequence[str], sentences: NDArray[np.floating], counts: Mapping[str, Block]
    ) -> NDArray[np.float64]:
        """Logits [n, classes] for texts whose sentence vectors and counts are given."""
        blocks = {**counts, "sentence": np.asarray(sentences, np.float32)}
        shown = self.features.shown(len(texts)).replaced(blocks)
        present = shown.present.copy()
        present[:, 0] = [bool(text.strip()) for text in texts]
        return np.asarray(self.model.logits(replace(shown, present=present)), np.float64)
