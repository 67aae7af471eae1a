"""How a model is fitted on some products and asked about others, with the old table or without."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glasscase.jobs.decisions.before_after import Mask
from glasscase.models.classifier import ProductClassifier
from glasscase.models.features import Features
from glasscase.models.heads import make_head
from glasscase.models.refitting import Refitting


class TrainedJudge:
    """Fits a fresh head of the kind a training has chosen."""

    def __init__(self, model: ProductClassifier, features: Features, labels: Sequence[str]) -> None:
        """`features` [n] and `labels` [n] of all products."""
        self._model, self._features = model, features
        self._labels = np.array(labels, dtype=np.str_)

    def right(self, learnt: Mask, asked: NDArray[np.intp]) -> Mask:
        """See `Judge`."""
        settings, blocks = self._model.settings, tuple(self._features.blocks)
        head = make_head(
            self._model.head.name, effort=settings.train.effort, blocks=blocks, net=settings.net
        )
        rows = np.flatnonzero(learnt & head.usable(self._features))
        classes, targets = np.unique(self._labels[rows], return_inverse=True)
        if len(classes) < 2:
            return np.zeros(len(asked), bool)
        head.fit(self._features.take(rows), targets, len(classes), seed=settings.train.seed)
        part = self._features.take(asked)
        said = classes[head.logits(part).argmax(axis=1)]
        return np.asarray((said == self._labels[asked]) & head.usable(part))


class StoredJudge:
    """Fits the parts of a finished head that read vectors. Reviewed products, the last ones, are
    answered by the whole head; old ones by its fitted parts, for their words are not there."""

    def __init__(
        self,
        refitting: Refitting,
        stored: Features,
        whole: Features,
        labels: Sequence[str],
        classes: Sequence[str],
    ) -> None:
        """Use these products.

        Args:
            refitting: of the finished head.
            stored: [n], vectors of old products, then of reviewed ones.
            whole: [m], all blocks of the reviewed ones.
            labels: [n], of all.
            classes: sorted; all labels are among them.
        """
        self._refitting, self._stored, self._whole = refitting, stored, whole
        self._targets, self._n_classes = np.searchsorted(classes, labels), len(classes)
        self._first = len(labels) - len(whole)

    def right(self, learnt: Mask, asked: NDArray[np.intp]) -> Mask:
        """See `Judge`."""
        rows = np.flatnonzero(learnt)
        head = self._refitting.fitted(
            self._stored.take(rows), self._targets[rows], self._n_classes, seed=0
        )
        old, new = asked[asked < self._first], asked[asked >= self._first]
        alone = self._refitting.alone(head)
        said = np.concatenate(
            [
                alone.logits(self._stored.take(old)).argmax(axis=1),
                head.logits(self._whole.take(new - self._first)).argmax(axis=1),
            ]
        )
        right = said == self._targets[np.concatenate([old, new])]
        order = np.argsort(np.concatenate([old, new]), kind="stable")
        return np.asarray(right[order][np.argsort(np.argsort(asked, kind="stable"))])
