"""A kernel head: products are judged by their likeness to training products."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from glasscase.models.features import MODALITY_OF, Features, is_one_row
from glasscase.models.head import HeadState, Logits, Targets
from glasscase.models.missing import all_present
from glasscase.models.scaling import Scaling

_GAMMA = {"sentence": 0.5, "image": 1.0}
"""Of exp(-gamma * distance^2), on rows of unit length, per block."""

_EXACT = 8000
"""Up to so many training products every one of them is a landmark: exact, and quicker."""
_JITTER = 1e-4


class KernelHead:
    """Kernel ridge regression onto the classes (least-squares SVM, Suykens & Vandewalle 1999).

    The kernel is the mean of one RBF kernel per block, so a fused head compares words with words
    and photos with photos. Beyond 8,000 training products a seeded choice of `landmarks` carries
    the solution (Nystroem; Williams & Seeger 2001), which bounds memory and time.

    Not covered: calibrated scores. Its logits are regression values; calibrate what you read.
    """

    kind = "kernel"

    def __init__(
        self, blocks: tuple[str, ...], *, ridge: float = 0.1, landmarks: int = 4000
    ) -> None:
        self.name = "kernel"
        self.blocks = blocks
        self.ridge = ridge
        self.landmarks = landmarks
        self._scalings: dict[str, Scaling] = {}
        self._anchors: dict[str, NDArray[np.float32]] = {}
        self._weights = np.zeros((0, 0), np.float32)
        self._bias = np.zeros((0,), np.float32)

    def usable(self, features: Features) -> NDArray[np.bool_]:
        """[n]: products with every modality it reads."""
        return all_present(features, self.blocks)

    def fit(self, features: Features, targets: Targets, n_classes: int, *, seed: int = 0) -> Self:
        """Solve for the weights of the landmarks; memory grows with their square."""
        wanted = np.zeros((len(features), n_classes), np.float32)
        wanted[np.arange(len(features)), targets] = 1
        self._bias = wanted.mean(axis=0)
        wanted -= self._bias
        scaled = {}
        for name in self.blocks:
            block = np.asarray(features.blocks[name], np.float32)
            self._scalings[name] = Scaling.fit(block, power=name == "image", centre=name == "image")
            scaled[name] = self._scalings[name].apply(block)
        chosen = self._choose(len(features), seed)
        self._anchors = {name: rows[chosen] for name, rows in scaled.items()}
        across = self._kernel(self._anchors)
        if len(chosen) == len(features):
            self._weights = _ridge(across, wanted, self.ridge)
        else:
            self._weights = _nystroem(across, self._kernel(scaled), wanted, self.ridge)
        return self

    def logits(self, features: Features) -> Logits:
        """float32 [n, classes]."""
        scaled = {name: self._scaled(features, name) for name in self.blocks}
        logits = self._kernel(scaled) @ self._weights + self._bias
        return np.broadcast_to(logits, (len(features), logits.shape[1]))

    def gradient(self, features: Features, block: str, cotangent: Logits) -> NDArray[np.float32]:
        """Exact gradient of sum(cotangent * logits) with respect to a dense block."""
        values = np.asarray(features.blocks[block], np.float32)
        if block not in self.blocks:
            return np.zeros_like(values)
        scaled = self._scalings[block].apply(values)
        pull = _rbf(scaled, self._anchors[block], _GAMMA[block]) * (cotangent @ self._weights.T)
        pull *= np.float32(-2 * _GAMMA[block] / len(self.blocks))
        back = pull.sum(axis=1, keepdims=True) * scaled - pull @ self._anchors[block]
        return self._scalings[block].pull_back(values, back)

    def _choose(self, n: int, seed: int) -> NDArray[np.intp]:
        if n <= _EXACT:
            return np.arange(n)
        return np.sort(np.random.default_rng(seed).permutation(n)[: self.landmarks])

    def _scaled(self, features: Features, name: str) -> NDArray[np.float32]:
        values = np.asarray(features.blocks[name])
        return self._scalings[name].apply(values[:1] if is_one_row(values) else values)

    def _kernel(self, scaled: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        parts = [_rbf(scaled[name], self._anchors[name], _GAMMA[name]) for name in self.blocks]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return np.asarray(total / np.float32(len(parts)), np.float32)

    def state(self) -> HeadState:
        """Blocks, ridge, landmarks and weights."""
        arrays = {f"anchors.{name}": rows for name, rows in self._anchors.items()}
        for name, scaling in self._scalings.items():
            if scaling.mean is not None:
                arrays[f"mean.{name}"] = scaling.mean
        arrays |= {"weights": self._weights, "bias": self._bias}
        config = {"kind": self.kind, "blocks": list(self.blocks), "ridge": self.ridge}
        return HeadState({**config, "landmarks": self.landmarks, "name": self.name}, arrays)

    @classmethod
    def from_state(cls, state: HeadState) -> Self:
        """The head that gave `state`."""
        config: dict[str, Any] = state.config
        head = cls(tuple(config["blocks"]), ridge=config["ridge"], landmarks=config["landmarks"])
        head.name = config["name"]
        for name in head.blocks:
            head._anchors[name] = state.arrays[f"anchors.{name}"]
            mean = state.arrays.get(f"mean.{name}")
            head._scalings[name] = Scaling(MODALITY_OF[name] == "image", mean)
        head._weights, head._bias = state.arrays["weights"], state.arrays["bias"]
        return head


def _rbf(
    rows: NDArray[np.float32], anchors: NDArray[np.float32], gamma: float
) -> NDArray[np.float32]:
    inner = rows @ anchors.T
    squares = (rows**2).sum(axis=1)[:, None] + (anchors**2).sum(axis=1)[None]
    inner *= 2
    inner -= squares
    inner *= np.float32(gamma)
    return np.asarray(np.exp(inner, out=inner), np.float32)


def _ridge(
    kernel: NDArray[np.float32], wanted: NDArray[np.float32], ridge: float
) -> NDArray[np.float32]:
    """Weights [n, classes] of (kernel + ridge) weights = wanted."""
    square = kernel.astype(np.float64)
    square[np.diag_indices_from(square)] += ridge
    return np.asarray(linalg.solve(square, wanted, assume_a="pos"), np.float32)


def _nystroem(
    across: NDArray[np.float32],
    tall: NDArray[np.float32],
    wanted: NDArray[np.float32],
    ridge: float,
) -> NDArray[np.float32]:
    """Weights of the landmarks: ridge regression on the features K_nm L^-T, where K_mm = L L^T."""
    square = across.astype(np.float64)
    square[np.diag_indices_from(square)] += _JITTER
    lower = linalg.cholesky(square, lower=True)
    rows = linalg.solve_triangular(lower, tall.T.astype(np.float64), lower=True)
    normal = rows @ rows.T
    normal[np.diag_indices_from(normal)] += ridge
    inner = linalg.solve(normal, rows @ wanted, assume_a="pos")
    return np.asarray(linalg.solve_triangular(lower, inner, lower=True, trans="T"), np.float32)
