"""Log-linear pooling: several opinions become one, each with the weight it has earned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from glasscase.models.head import Targets, softmax

_BIAS_PULL = 100.0
"""Strength of the prior that holds class biases at zero, in products."""
_WEIGHT_PULL = 0.3
"""The same for the weights (of opinions of spread 1). Without it, opinions that happen to be right
on every product of a small fold get a weight without bound, and one error elsewhere then costs all
answers their confidence."""


@dataclass(frozen=True)
class Pool:
    """logits = sum over opinions of weight * logits + bias (Genest & Zidek 1986; Hinton 2002).

    Weights are not negative: an opinion counts or it does not.
    """

    weights: Mapping[str, float]
    bias: NDArray[np.float32]

    def logits(self, opinions: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Pool opinions, each [n, classes], to [n, classes]; of no opinions the bias, [classes]."""
        total: NDArray[np.float32] = self.bias
        for name, weight in self.weights.items():
            total = total + np.float32(weight) * opinions[name]
        return np.asarray(total, np.float32)


def fit_pool(opinions: Mapping[str, NDArray[np.float32]], targets: Targets) -> Pool:
    """Weights and bias that minimise the cross-entropy on held-out opinions, each [n, classes].

    The opinions must come from models that did not see these targets (out-of-fold logits).
    """
    names = list(opinions)
    scale = {name: _spread(opinions[name]) for name in names}
    parts = np.stack([opinions[name] / scale[name] for name in names]).astype(np.float64)
    count, n, n_classes = parts.shape
    wanted = np.zeros((n, n_classes))
    wanted[np.arange(n), targets] = 1

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, bias = flat[:count], flat[count:]
        probs = softmax(np.tensordot(weights, parts, 1) + bias)
        error = (probs - wanted) / n
        fit = -np.log(np.maximum(probs[np.arange(n), targets], 1e-300)).mean()
        pull = _BIAS_PULL * (bias**2).sum() + _WEIGHT_PULL * (weights**2).sum()
        by_weight = np.einsum("mnc,nc->m", parts, error) + _WEIGHT_PULL * weights / n
        by_bias = error.sum(axis=0) + _BIAS_PULL * bias / n
        return float(fit + 0.5 * pull / n), np.concatenate([by_weight, by_bias])

    start = np.concatenate([np.full(count, 1.0 / count), np.zeros(n_classes)])
    bounds = [(0.0, None)] * count + [(None, None)] * n_classes
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    weights = {name: float(found[i] / scale[name]) for i, name in enumerate(names)}
    return Pool(weights, found[count:].astype(np.float32))


def _spread(logits: NDArray[np.float32]) -> float:
    centred = logits - logits.mean(axis=1, keepdims=True)
    return max(float(centred.std()), 1e-6)
