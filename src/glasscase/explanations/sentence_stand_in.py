"""A quick stand-in for a sentence encoder on one text that lacks some of its words.

The sentence encoder is what asking about a text costs; the words, the photo and the head cost next
to nothing. So the vector of a text without some words is guessed from those few texts that were
really read, and everything behind it is run as it is. The guess is a sum over the words that stay:
each one's vector when read alone, times how much it was found to count, plus ridge regression on
what that leaves, of length 1 where the encoder's vectors are.

Measured (docs/experiments.md): 48 texts read this way name the five heaviest words as reliably as
some 300 did with a stand-in for the answer alone.

Not covered: encoders that keep the places of words apart, whose vectors are no sum over words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Masks = NDArray[np.bool_]

_OWN_WEIGHT = 1.0
_ONE_LENGTH = 1e-3


@dataclass(frozen=True)
class SentenceStandIn:
    """Sentence vectors for any mask, learnt from some; deterministic."""

    words: Floats
    """[columns, dim]: the vector of each word, times how much it counts."""
    alone: Floats
    """[columns, dim]: the vectors as they are, which set the length of a sum."""
    seen: Floats
    """[n, features]: the masks it learnt from."""
    pull: Floats
    """[n, dim]."""
    one_length: bool
    left_out: Floats
    """[n, dim]: the vector of each text it learnt from, had that text not been read."""

    @classmethod
    def fit(
        cls, masks: Masks, vectors: NDArray[np.floating], alone: Floats, *, ridge: float = 1.0
    ) -> SentenceStandIn:
        """Learn from texts that were read.

        Args:
            masks: [n, columns], the words that stay.
            vectors: [n, dim], of the texts they leave.
            alone: [columns, dim], of each word read alone.
            ridge: the more, the less is made of what a sum over words leaves.
        """
        target = np.asarray(vectors, np.float64)
        lengths = np.linalg.norm(target, axis=1)
        there = np.flatnonzero(masks.sum(axis=1))
        one_length = bool(np.allclose(lengths[there], 1, rtol=0, atol=_ONE_LENGTH))
        words = _counted(masks, target, alone)
        seen = _features(masks)
        rest = target - _sums(masks, words, alone)
        inverse = np.linalg.inv(seen @ seen.T + ridge * np.eye(len(masks)))
        pull = inverse @ rest
        left_out = target - pull / np.diag(inverse)[:, None]  # as in Gaussian process regression
        if one_length:
            left_out = _at_length_one(left_out)
        return cls(words, alone, seen, pull, one_length, left_out)

    def vectors(self, masks: Masks) -> NDArray[np.float32]:
        """The expected vector [n, dim] for each of `masks` [n, columns]; zeros where no word is."""
        found = _sums(masks, self.words, self.alone) + _features(masks) @ (self.seen.T @ self.pull)
        if self.one_length:
            found = _at_length_one(found)
        return np.asarray(found * (masks.sum(axis=1, keepdims=True) > 0), np.float32)


def _shown(masks: Masks, alone: Floats) -> Floats:
    """Masks [n, columns] divided by the length of the plain sum of the words that stay."""
    lengths = np.linalg.norm(masks @ alone, axis=1, keepdims=True)
    return np.asarray(masks / np.maximum(lengths, 1e-9))


def _sums(masks: Masks, words: Floats, alone: Floats) -> Floats:
    return np.asarray(_shown(masks, alone) @ words)


def _counted(masks: Masks, target: Floats, alone: Floats) -> Floats:
    """`alone` times how much each word counts: least squares, drawn towards one count for all."""
    shown = _shown(masks, alone)
    gram = (shown.T @ shown) * (alone @ alone.T)
    wanted = np.einsum("ni,ni->i", shown, target @ alone.T)
    count = float(wanted.sum() / max(float(gram.sum()), 1e-9))
    towards = _OWN_WEIGHT * float(np.trace(gram)) / len(alone) + 1e-9
    counts = np.linalg.solve(gram + towards * np.eye(len(alone)), wanted + towards * count)
    return np.asarray(counts[:, None] * alone)


def _features(masks: Masks) -> Floats:
    """What ridge regression sees of masks: shares of a sum of length 1, of a mean, a constant."""
    kept = np.maximum(masks.sum(axis=1, keepdims=True), 1)
    return np.hstack([masks / np.sqrt(kept), masks / kept, np.ones((len(masks), 1))])


def _at_length_one(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9))
