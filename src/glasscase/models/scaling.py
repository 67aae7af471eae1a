"""How dense vectors are scaled before a head reads them, and how gradients find the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
_SOFT = np.float32(1e-3)
_TINY = np.float32(1e-9)


@dataclass(frozen=True)
class Scaling:
    """Optional signed square root, then unit length, then optional centring to unit length again.

    The square root ("power normalisation", Perronnin et al. 2010) keeps a few loud channels of a
    pooled feature map from drowning the others. It is softened near zero so that its slope is
    finite: sign(x) * (sqrt(|x| + 0.001) - sqrt(0.001)).

    >>> Scaling(power=False).apply(np.array([[3.0, 4.0]], np.float32)).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """

    power: bool
    mean: Matrix | None = None
    """[dim], taken away after the first scaling; None: no centring."""

    @classmethod
    def fit(cls, block: Matrix, *, power: bool, centre: bool) -> Scaling:
        """Learn the mean (where asked for) of a block [n, dim]."""
        plain = cls(power)
        return cls(power, plain.apply(block).mean(axis=0)) if centre else plain

    def apply(self, block: Matrix) -> Matrix:
        """Scale a block [n, dim] -> [n, dim]. Rows of zeros stay zeros unless centred."""
        scaled = _unit(_rooted(block) if self.power else block)
        return scaled if self.mean is None else _unit(scaled - self.mean)

    def pull_back(self, block: Matrix, cotangent: Matrix) -> Matrix:
        """d(sum(cotangent * apply(block))) / d(block), [n, dim] (the chain rule, exact)."""
        rooted = _rooted(block) if self.power else block
        gradient: NDArray[Any] = cotangent
        if self.mean is not None:
            gradient = _unit_pull_back(_unit(rooted) - self.mean, gradient)
        gradient = _unit_pull_back(rooted, gradient)
        if self.power:
            gradient = gradient * (0.5 / np.sqrt(np.abs(block) + _SOFT))
        return np.asarray(gradient, np.float32)

    def config(self) -> dict[str, Any]:
        """What `restored` needs beside the mean."""
        return {"power": self.power}


def _rooted(block: Matrix) -> Matrix:
    roots = np.sqrt(np.abs(block) + _SOFT) - np.sqrt(_SOFT)
    return np.asarray(np.sign(block) * roots, np.float32)


def _unit(block: Matrix) -> Matrix:
    lengths = np.maximum(np.linalg.norm(block, axis=1, keepdims=True), _TINY)
    return np.asarray(block / lengths, np.float32)


def _unit_pull_back(block: Matrix, cotangent: Matrix) -> Matrix:
    lengths = np.maximum(np.linalg.norm(block, axis=1, keepdims=True), _TINY)
    unit = block / lengths
    along = (cotangent * unit).sum(axis=1, keepdims=True)
    return np.asarray((cotangent - along * unit) / lengths, np.float32)
