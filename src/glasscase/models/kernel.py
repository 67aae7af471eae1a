"""A kernel head: products are judged by their likeness to training products."""

from __future__ import annotations

from collections import Counter
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from glasscase.models.features import MODALITY_OF, Block, Features
from glasscase.models.head import HeadState, Logits, Targets
from glasscase.models.likeness import Anchors, Likeness, anchors_of, restored_anchors
from glasscase.models.missing import all_present

_EXACT = 8000
"""Up to so many training products every one of them is a landmark: exact, and quicker."""
_JITTER = 1e-4


class KernelHead:
    """Kernel ridge regression onto the classes (least-squares SVM, Suykens & Vandewalle 1999).

    The kernel is a mean of one kernel per block, so a fused head compares words with words and
    photos with photos; each modality counts the same, and so does each of its blocks. Beyond 8,000
    training products a seeded choice of `landmarks` carries the solution (Nystroem; Williams &
    Seeger 2001), which bounds memory and time.

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
        self._anchors: dict[str, Anchors] = {}
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
        chosen = self._choose(len(features), seed)
        blocks = features.blocks
        self._anchors = {name: anchors_of(name, blocks[name], chosen) for name in self.blocks}
        across = self._kernel(features.take(chosen))
        if len(chosen) == len(features):
            self._weights = _ridge(across, wanted, self.ridge)
        else:
            self._weights = _nystroem(across, self._kernel(features), wanted, self.ridge)
        return self

    def logits(self, features: Features) -> Logits:
        """float32 [n, classes]."""
        logits = self._kernel(features) @ self._weights + self._bias
        return np.broadcast_to(logits, (len(features), logits.shape[1]))

    def gradient(self, features: Features, block: str, cotangent: Logits) -> NDArray[np.float32]:
        """Exact gradient of sum(cotangent * logits) with respect to a dense block."""
        values: Block = features.blocks[block]
        if block not in self.blocks:
            return np.zeros(values.shape, np.float32)
        pull = (cotangent @ self._weights.T) * np.float32(self._parts()[block])
        return self._anchors[block].pull_back(values, pull)

    def _choose(self, n: int, seed: int) -> NDArray[np.intp]:
        if n <= _EXACT:
            return np.arange(n)
        return np.sort(np.random.default_rng(seed).permutation(n)[: self.landmarks])

    def _parts(self) -> dict[str, float]:
        """What each block's likeness counts; they sum to 1."""
        of_modality = Counter(MODALITY_OF[name] for name in self.blocks)
        return {name: 1 / len(of_modality) / of_modality[MODALITY_OF[name]] for name in self.blocks}

    def _kernel(self, features: Features) -> Likeness:
        """[n, landmarks]; [1, landmarks] where all its blocks show one row many times."""
        parts = [
            np.float32(part) * self._anchors[name].among(features.blocks[name])
            for name, part in self._parts().items()
        ]
        total = parts[0]
        for one in parts[1:]:
            total = total + one
        return total

    def state(self) -> HeadState:
        """Blocks, ridge, landmarks and weights."""
        arrays: dict[str, NDArray[Any]] = {"weights": self._weights, "bias": self._bias}
        for name, anchors in self._anchors.items():
            arrays |= {f"{name}.{key}": value for key, value in anchors.arrays().items()}
        config = {"kind": self.kind, "blocks": list(self.blocks), "ridge": self.ridge}
        return HeadState({**config, "landmarks": self.landmarks, "name": self.name}, arrays)

    @classmethod
    def from_state(cls, state: HeadState) -> Self:
        """The head that gave `state`."""
        config: dict[str, Any] = state.config
        head = cls(tuple(config["blocks"]), ridge=config["ridge"], landmarks=config["landmarks"])
        head.name = config["name"]
        for name in head.blocks:
            start = f"{name}."
            own = {k[len(start) :]: v for k, v in state.arrays.items() if k.startswith(start)}
            head._anchors[name] = restored_anchors(name, own)
        head._weights, head._bias = state.arrays["weights"], state.arrays["bias"]
        return head


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
