"""A linear head: scaled vectors, side by side, through one matrix."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from glasscase.models.features import MODALITY_OF, Features, is_one_row
from glasscase.models.head import HeadState, Logits, Targets
from glasscase.models.missing import any_present, modalities_of, with_modality_dropout
from glasscase.models.multinomial import fit_multinomial
from glasscase.models.scaling import Scaling


class LinearHead:
    """Multinomial logistic regression on one or several dense blocks.

    With several modalities, indicator columns say what is missing and a quarter of the products
    is also seen without one modality, so that a gap is a normal case.
    """

    kind = "linear"

    def __init__(self, blocks: tuple[str, ...], *, l2: float = 0.1, dropout: float = 0.25) -> None:
        self.name = "linear"
        self.blocks = blocks
        self.l2 = l2
        self.dropout = dropout
        self._scalings = {name: Scaling(power=name == "image") for name in blocks}
        self._weights: dict[str, NDArray[np.float32]] = {}
        self._bias = np.zeros((0,), np.float32)
        self._missing = np.zeros((0, 0), np.float32)

    def usable(self, features: Features) -> NDArray[np.bool_]:
        """[n]: products with at least one of the modalities it reads."""
        return any_present(features, self.blocks)

    def fit(self, features: Features, targets: Targets, n_classes: int, *, seed: int = 0) -> Self:
        """Learn; rows with nothing of its modalities only move the bias."""
        seen = features.only(self.blocks)
        if len(self._modalities) > 1:
            seen, targets = with_modality_dropout(seen, targets, share=self.dropout, seed=seed)
        columns = [self._scaled(seen, name) for name in self.blocks]
        rows = np.concatenate([*columns, self._gaps(seen)], axis=1)
        weights, self._bias = fit_multinomial(rows, targets, n_classes, l2=self.l2)
        start = 0
        for name, column in zip(self.blocks, columns, strict=True):
            self._weights[name] = weights[start : start + column.shape[1]].copy()
            start += column.shape[1]
        self._missing = weights[start:].copy()
        return self

    def logits(self, features: Features) -> Logits:
        """float32 [n, classes]."""
        total = self._gaps(features) @ self._missing + self._bias
        for name in self.blocks:
            total = total + self._scaled(features, name) @ self._weights[name]
        return np.asarray(total, np.float32)

    def gradient(self, features: Features, block: str, cotangent: Logits) -> NDArray[np.float32]:
        """Exact gradient of sum(cotangent * logits) with respect to a dense block."""
        values = _dense(features, block)
        if block not in self._weights:
            return np.zeros_like(values)
        back = np.asarray(cotangent @ self._weights[block].T, np.float32)
        return self._scalings[block].pull_back(values, back)

    @property
    def _modalities(self) -> tuple[str, ...]:
        return modalities_of(self.blocks)

    def _scaled(self, features: Features, name: str) -> NDArray[np.float32]:
        values = _dense(features, name)
        if is_one_row(values):
            return np.broadcast_to(self._scalings[name].apply(values[:1]), values.shape)
        return self._scalings[name].apply(values)

    def _gaps(self, features: Features) -> NDArray[np.float32]:
        if len(self._modalities) < 2:
            return np.zeros((len(features), 0), np.float32)
        gaps = [~features.has(modality) for modality in self._modalities]
        return np.stack(gaps, axis=1).astype(np.float32)

    def state(self) -> HeadState:
        """Blocks, penalty and weights."""
        arrays = {f"weights.{name}": value for name, value in self._weights.items()}
        arrays |= {"bias": self._bias, "missing": self._missing}
        config = {"kind": self.kind, "blocks": list(self.blocks), "l2": self.l2}
        return HeadState({**config, "dropout": self.dropout, "name": self.name}, arrays)

    @classmethod
    def from_state(cls, state: HeadState) -> Self:
        """The head that gave `state`."""
        config: dict[str, Any] = state.config
        head = cls(tuple(config["blocks"]), l2=config["l2"], dropout=config["dropout"])
        head.name = config["name"]
        head._weights = {name: state.arrays[f"weights.{name}"] for name in head.blocks}
        head._bias, head._missing = state.arrays["bias"], state.arrays["missing"]
        return head


def _dense(features: Features, name: str) -> NDArray[np.float32]:
    block = features.blocks[name]
    if not isinstance(block, np.ndarray):
        raise TypeError(f"block {name!r} ({MODALITY_OF[name]}) is sparse; a dense one is needed")
    return block
