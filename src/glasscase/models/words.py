"""Heads on the words themselves: TF-IDF weights and a linear model, kept as plain arrays."""

from __future__ import annotations

from threading import Lock
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from glasscase.extras import need
from glasscase.models.features import Features
from glasscase.models.head import HeadState, Logits, Targets
from glasscase.models.missing import all_present
from glasscase.models.multinomial import fit_multinomial

Learner = Literal["svm", "logistic"]
_ONE_AT_A_TIME = Lock()  # liblinear draws from one random state per process


class TfIdf:
    """Term weights: (1 + log tf) * idf, rows of unit length (Salton & Buckley 1988)."""

    def __init__(self, idf: NDArray[np.float32]) -> None:
        self.idf = idf

    @classmethod
    def fit(cls, counts: sparse.csr_matrix) -> TfIdf:
        """idf = log((1 + n) / (1 + df)) + 1 from counts [n, terms]."""
        n, terms = counts.shape
        found = np.bincount(counts.indices[counts.data > 0], minlength=terms)
        return cls((np.log((1 + n) / (1 + found)) + 1).astype(np.float32))

    def apply(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """Weighted rows [n, terms] of unit length; rows without known terms stay empty."""
        values = (1 + np.log(np.maximum(counts.data, 1))) * self.idf[counts.indices]
        values *= counts.data > 0
        squares = np.add.reduceat(
            np.append(values.astype(np.float64) ** 2, 0.0), counts.indptr[:-1]
        ) * (np.diff(counts.indptr) > 0)
        lengths = np.sqrt(np.maximum(squares, 1e-18))
        values = values / np.repeat(lengths, np.diff(counts.indptr))
        return sparse.csr_matrix(
            (values.astype(np.float32), counts.indices, counts.indptr), shape=counts.shape
        )


class WordsHead:
    """TF-IDF of the block `words` (words and pairs) or `characters`, then one-versus-rest linear
    SVM (squared hinge) or multinomial logistic regression.

    Has no gradient for images: it does not read them (zeros).
    """

    kind = "words"

    def __init__(self, block: str = "words", *, learner: Learner = "svm", c: float = 1.0) -> None:
        self.name = block
        self.blocks: tuple[str, ...] = (block,)
        self.learner: Learner = learner
        self.c = c
        self._tfidf = TfIdf(np.zeros((0,), np.float32))
        self._weights = np.zeros((0, 0), np.float32)
        self._bias = np.zeros((0,), np.float32)

    def usable(self, features: Features) -> NDArray[np.bool_]:
        """[n]: products with any text."""
        return all_present(features, self.blocks)

    def fit(self, features: Features, targets: Targets, n_classes: int, *, seed: int = 0) -> Self:
        """Learn term weights and the linear model."""
        counts = features.blocks[self.blocks[0]]
        self._tfidf = TfIdf.fit(counts)
        rows = self._tfidf.apply(counts)
        if self.learner == "logistic":
            weights = fit_multinomial(rows, targets, n_classes, l2=1 / self.c, max_iterations=100)
        else:
            weights = _linear_svm(rows, targets, n_classes, self.c, seed)
        self._weights, self._bias = weights
        return self

    def logits(self, features: Features) -> Logits:
        """float32 [n, classes]."""
        rows = self._tfidf.apply(features.blocks[self.blocks[0]])
        return np.asarray(rows @ self._weights + self._bias, np.float32)

    def gradient(self, features: Features, block: str, cotangent: Logits) -> NDArray[np.float32]:
        """Zeros: it reads no dense block."""
        del cotangent
        return np.zeros(features.blocks[block].shape, np.float32)

    def state(self) -> HeadState:
        """Block, learner and arrays."""
        config = {"kind": self.kind, "block": self.blocks[0], "learner": self.learner, "c": self.c}
        arrays = {"idf": self._tfidf.idf, "weights": self._weights, "bias": self._bias}
        return HeadState({**config, "name": self.name}, arrays)

    @classmethod
    def from_state(cls, state: HeadState) -> Self:
        """The head that gave `state`."""
        config: dict[str, Any] = state.config
        head = cls(config["block"], learner=config["learner"], c=config["c"])
        head.name = config["name"]
        head._tfidf = TfIdf(state.arrays["idf"])
        head._weights, head._bias = state.arrays["weights"], state.arrays["bias"]
        return head


def _linear_svm(
    rows: sparse.csr_matrix, targets: Targets, n_classes: int, c: float, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    svm = need("sklearn.svm", extra="train")
    weights = np.zeros((rows.shape[1], n_classes), np.float32)
    bias = np.full(n_classes, -1.0, np.float32)
    known = np.unique(targets)
    if len(known) < 2:
        bias[known] = 1.0
        return weights, bias
    with _ONE_AT_A_TIME:
        model = svm.LinearSVC(C=c, random_state=seed).fit(rows, targets)
    table, offsets = model.coef_, model.intercept_
    if len(known) == 2:
        table, offsets = np.concatenate([-table, table]), np.concatenate([-offsets, offsets])
    weights[:, known], bias[known] = table.T, offsets
    return weights, bias
