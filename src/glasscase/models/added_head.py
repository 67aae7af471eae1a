"""A trained head with categories beside it that were added by a few examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from glasscase.models.calibration import Calibration
from glasscase.models.features import MODALITY_OF, PATTERNS, Features
from glasscase.models.head import Head, HeadState, Logits, Targets, softmax
from glasscase.models.model_parts import ModelParts
from glasscase.models.nearness import Nearness, Similarity, of_pattern, unit
from glasscase.models.prototypes import NEAREST, Prototype, log_odds
from glasscase.models.training_index import TrainingIndex

MOST_COMPARED = 4000


class AddedHead:
    """Gives the logits of a trained head, calibrated, and those of added categories.

    The probability an added category takes is taken from all trained ones alike: theirs are as
    they were, times one less what was taken, so where none is likely nothing changes.
    """

    def __init__(
        self,
        inner: Head,
        calibration: Calibration,
        prototypes: Sequence[Prototype],
        *,
        names: Sequence[str],
        near: Nearness,
    ) -> None:
        """`names`: of the trained classes, sorted; `near`: products of theirs."""
        self.inner = inner
        self.inner_calibration = calibration
        self.prototypes = tuple(prototypes)
        self.near = near
        self.trained_names = tuple(names)
        self.name = inner.name
        self.names = tuple(sorted([*names, *(one.name for one in prototypes)]))
        self._trained = np.array([self.names.index(name) for name in names], np.intp)
        self._added = np.array([self.names.index(one.name) for one in prototypes], np.intp)

    @property
    def blocks(self) -> tuple[str, ...]:
        """Those of the trained head."""
        return self.inner.blocks

    def usable(self, features: Features) -> NDArray[np.bool_]:
        """As the trained head."""
        return self.inner.usable(features)

    def fit(self, features: Features, targets: Targets, n_classes: int, *, seed: int = 0) -> Self:
        """Not possible: what is added is added to a finished model."""
        raise NotImplementedError("categories are added to a trained head; train a model anew")

    def logits(self, features: Features) -> Logits:
        """float32 [n, classes], calibrated: softmax of them are the probabilities.

        Where nothing is known of a product, an added category is as likely as a trained one on
        average: explanations measure what words and photos add from there.
        """
        trained = self._calibrated(features)
        found = np.zeros((len(features), len(self.names)), np.float32)
        found[:, self._trained] = trained
        whole = logsumexp(trained.astype(np.float64), axis=1)
        for column, one in zip(self._added.tolist(), self.prototypes, strict=True):
            odds = log_odds(one, self.near, features)
            nothing = ~features.present.any(axis=1)
            found[:, column] = whole + np.where(nothing, -np.log(len(self.trained_names)), odds)
        return found

    def takes(self, features: Features) -> NDArray[np.str_]:
        """[n]: the added category that is the answer to each product, "" for most."""
        best = self.logits(features).argmax(axis=1)
        answers = np.asarray(self.names)[best]
        return np.where(np.isin(best, self._added), answers, "")

    def gradient(self, features: Features, block: str, cotangent: Logits) -> NDArray[np.float32]:
        """Exact but for the temperature, which is held as it is."""
        raw = self.inner.logits(features)
        heat = self.inner_calibration.temperatures(raw, features.present)[:, None]
        taken = cotangent[:, self._added]
        weights = cotangent[:, self._trained] + taken.sum(axis=1, keepdims=True) * softmax(
            raw / heat
        )
        found = self.inner.gradient(features, block, (weights / heat).astype(np.float32))
        if block not in self.near.blocks or block in features.places:
            return found
        for column, one in enumerate(self.prototypes):
            found = found + self._slope(one, features, block) * taken[:, column, None]
        return np.asarray(found, np.float32)

    def _slope(self, one: Prototype, features: Features, block: str) -> NDArray[np.float32]:
        """d(log-odds) / d(block), [n, dim]."""
        found = np.zeros(features.blocks[block].shape, np.float32)
        if block not in one.centre:
            return found
        similar = self.near.by_modality(features)
        patterns = one.patterns(features)
        for pattern in set(patterns.tolist()) - {""}:
            modalities = PATTERNS[pattern]
            if MODALITY_OF[block] not in modalities:
                continue
            rows = np.flatnonzero(patterns == pattern)
            shared = len(modalities) * sum(
                MODALITY_OF[name] == MODALITY_OF[block] for name in one.centre
            )
            table = of_pattern({m: similar[m] for m in modalities}, pattern)[rows]
            count = min(NEAREST, table.shape[1])
            nearest = np.argpartition(table, table.shape[1] - count, axis=1)[:, -count:]
            towards = one.centre[block] - self.near.blocks[block][nearest].mean(axis=1)
            scale = np.float32(one.curves[pattern][0] / shared)
            found[rows] = _through_unit(features.blocks[block][rows], towards * scale)
        return found

    def _calibrated(self, features: Features) -> Logits:
        return self.inner_calibration.calibrated(self.inner.logits(features), features.present)

    def state(self) -> HeadState:
        """Of the trained head alone: a bundle stores what was added beside it."""
        return self.inner.state()

    @classmethod
    def from_state(cls, state: HeadState) -> Self:
        """Not possible without the training products. Raises `NotImplementedError`."""
        raise NotImplementedError("`with_added` puts it together from a bundle's parts")


def trained_products(index: TrainingIndex, added: Sequence[str], *, seed: int = 0) -> NDArray[Any]:
    """Rows of the training index that are of trained categories, 4,000 at the most."""
    rows = np.flatnonzero(~np.isin(np.asarray(index.labels), list(added)))
    chosen = np.random.default_rng(seed).permutation(len(rows))[:MOST_COMPARED]
    return rows[np.sort(chosen)]


def _through_unit(block: Similarity, cotangent: NDArray[np.float32]) -> NDArray[np.float32]:
    """The gradient of a unit vector, pulled back to the vector: [n, dim]."""
    values = np.asarray(block, np.float32)
    directions = unit(values)
    along = (cotangent * directions).sum(axis=1, keepdims=True)
    lengths = np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-9)
    return np.asarray((cotangent - along * directions) / lengths, np.float32)


def with_added(parts: ModelParts, prototypes: Sequence[Prototype]) -> ModelParts:
    """A trained model (`parts`) with categories beside it; none: as it is."""
    if not prototypes:
        return parts
    added = [one.name for one in prototypes]
    rows = trained_products(parts.training, added)
    names = [str(name) for name in parts.classes]
    near = Nearness.of(parts.training.features.take(rows))
    head = AddedHead(parts.head, parts.calibration, prototypes, names=names, near=near)
    classes = np.array(head.names, dtype=np.str_)
    return replace(parts, head=head, calibration=Calibration(), classes=classes)


def without_added(parts: ModelParts) -> ModelParts:
    """The trained model alone; what it remembers of examples stays."""
    head = parts.head
    if not isinstance(head, AddedHead):
        return parts
    classes = np.array(head.trained_names, dtype=np.str_)
    return replace(parts, head=head.inner, calibration=head.inner_calibration, classes=classes)
