"""What a head is: features become logits, and logits can be asked where they came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from glasscase.models.features import Features

Logits = NDArray[np.float32]
Targets = NDArray[np.intp]


@dataclass(frozen=True)
class HeadState:
    """A fitted head as plain data: what a bundle stores."""

    config: dict[str, Any]
    """JSON values only; `config["kind"]` names its class in `models/heads.py`."""
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    graphs: dict[str, bytes] = field(default_factory=dict)
    """ONNX graphs by name, for heads that are not plain arrays (forests)."""


@runtime_checkable
class Head(Protocol):
    """`Features -> logits [n, classes]`. Softmax of the logits are probabilities.

    A missing modality is a normal case: `features.present` says so and the head allows for it.
    """

    name: str

    @property
    def blocks(self) -> tuple[str, ...]:
        """Names of the feature blocks it reads."""
        ...

    def fit(self, features: Features, targets: Targets, n_classes: int, *, seed: int = 0) -> Self:
        """Learn from `targets` [n], integers below `n_classes`. Deterministic by `seed`."""
        ...

    def logits(self, features: Features) -> Logits:
        """float32 [n, n_classes]."""
        ...

    def usable(self, features: Features) -> NDArray[np.bool_]:
        """[n]: products that have what this head needs; of others its logits mean nothing."""
        ...

    def gradient(self, features: Features, block: str, cotangent: Logits) -> NDArray[np.float32]:
        """d(sum(cotangent * logits)) / d(block): [n, dim] of a dense block (exact, no torch).

        `cotangent` [n, n_classes]: one-hot for a class, `e_A - e_B` for "why A rather than B".
        Zeros for a block the head does not read.
        """
        ...

    def state(self) -> HeadState:
        """The fitted head as plain data."""
        ...

    @classmethod
    def from_state(cls, state: HeadState) -> Self:
        """The head that gave `state`; its logits are equal bit for bit."""
        ...


def softmax(logits: NDArray[Any]) -> NDArray[np.float64]:
    """Row-wise softmax in float64, [n, classes] -> [n, classes]."""
    shifted = np.asarray(logits, np.float64)
    shifted = shifted - shifted.max(axis=1, keepdims=True)
    grown = np.exp(shifted)
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))
