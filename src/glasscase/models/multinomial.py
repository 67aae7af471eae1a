"""Multinomial logistic regression by L-BFGS, on dense or sparse rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from glasscase.extras import need
from glasscase.models.head import Targets

Rows = Any
"""float32 [n, dim]: an array or `scipy.sparse.csr_matrix`."""


def fit_multinomial(
    rows: Rows, targets: Targets, n_classes: int, *, l2: float, max_iterations: int = 100
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights [dim, n_classes] and bias [n_classes] that minimise
    sum of cross-entropy + l2/2 * |weights|^2 (the bias is free up to a tiny pull to zero).

    Float32 products, float64 steps: several times as fast as the usual float64 solver on wide
    rows. Its probabilities differ by 1e-4 in the mean, by up to 0.01 where l2 is below 0.1.
    Deterministic.
    """
    n, dim = rows.shape
    wanted = np.zeros((n, n_classes), np.float32)
    wanted[np.arange(n), targets] = 1
    turned = rows.T.tocsr() if sparse.issparse(rows) else np.ascontiguousarray(rows).T

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        table = flat.reshape(dim + 1, n_classes).astype(np.float32)
        weights, bias = table[:dim], table[dim]
        scores = rows @ weights + bias
        scores -= scores.max(axis=1, keepdims=True)
        grown = np.exp(scores)
        sums = grown.sum(axis=1, keepdims=True)
        value = float((np.log(sums[:, 0]) - (scores * wanted).sum(axis=1)).sum(dtype=np.float64))
        value += 0.5 * l2 * float((weights**2).sum(dtype=np.float64))
        value += 0.5 * _BIAS_PULL * float((bias**2).sum())
        error = grown / sums - wanted
        down = np.empty((dim + 1, n_classes), np.float64)
        down[:dim] = turned @ error + np.float32(l2) * weights
        down[dim] = error.sum(axis=0) + _BIAS_PULL * bias
        return value, down.ravel()

    options: dict[str, Any] = {"maxiter": max_iterations, "maxcor": 8, "ftol": 1e-6, "gtol": 1e-4}
    start = np.zeros((dim + 1) * n_classes)
    # Its many short vectors cost eight times as much when BLAS divides them among threads.
    with need("threadpoolctl", extra="train").threadpool_limits(1):
        found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    table = found.x.reshape(dim + 1, n_classes).astype(np.float32)
    return table[:dim].copy(), table[dim].copy()


_BIAS_PULL = 1e-3
