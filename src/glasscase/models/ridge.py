"""Ridge regression in closed form, its penalty chosen by leaving one product out."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from glasscase.models.head import HeadState

Floats = NDArray[np.float64]
PENALTIES = tuple(float(10.0**power) for power in np.arange(-2, 5.01, 0.5))
"""Tried, in units of one product of mean weight."""


class Ridge:
    """Weighted linear regression with an L2 penalty; the intercept goes free.

    Minimises sum_i w_i (y_i - b - x_i beta)^2 + penalty * |beta|^2 with weights of mean 1. The
    penalty of `PENALTIES` has the least leave-one-out error, which one decomposition gives for all
    of them: e_i / (1 - h_i) (Allen 1974, PRESS; Golub, Heath and Wahba 1979).
    Hoerl and Kennard 1970, "Ridge Regression: Biased Estimation for Nonorthogonal Problems".

    Columns should be alike in scale. Not covered: groups, which the choice of the penalty does not
    keep together (the folds around it do).
    """

    kind = "ridge"

    def __init__(self, penalty: float | None = None) -> None:
        """`penalty`: None chooses it."""
        self.penalty = penalty
        self.coefficients: Floats = np.zeros(0)
        self.intercept = 0.0
        self.loo_error = float("nan")
        """Weighted mean squared leave-one-out error of the fit."""

    def fit(self, rows: Floats, amounts: Floats, weights: Floats) -> Self:
        """Learn `amounts` [n] from `rows` [n, p] with `weights` [n] above 0."""
        weights = weights / weights.mean()
        roots = np.sqrt(weights)
        centre = np.average(rows, axis=0, weights=weights)
        mean = float(np.average(amounts, weights=weights))
        scaled, wanted = (rows - centre) * roots[:, None], (amounts - mean) * roots
        left, sizes, right = _decomposed(scaled)
        along = left.T @ wanted
        squares = sizes**2
        levels = weights / weights.sum()
        tried = PENALTIES if self.penalty is None else (self.penalty,)
        best = np.inf
        for penalty in tried:
            kept = squares / (squares + penalty)
            residual = wanted - left @ (kept * along)
            leverage = (left**2) @ kept + levels
            error = float(np.mean((residual / np.maximum(1 - leverage, 1e-3)) ** 2))
            if error < best:
                best, self.penalty = error, penalty
                self.coefficients = right.T @ (sizes / (squares + penalty) * along)
        self.loo_error = best
        self.intercept = mean - float(centre @ self.coefficients)
        return self

    def predict(self, rows: Floats) -> Floats:
        """float64 [n]."""
        return np.asarray(rows @ self.coefficients + self.intercept, np.float64)

    def state(self) -> HeadState:
        """Coefficients and penalty."""
        config: dict[str, Any] = {
            "kind": self.kind,
            "penalty": self.penalty,
            "intercept": self.intercept,
        }
        return HeadState(config, {"coefficients": self.coefficients})

    @classmethod
    def from_state(cls, state: HeadState) -> Self:
        """The model that gave `state`; its answers are equal bit for bit."""
        found = cls(state.config["penalty"])
        found.intercept = float(state.config["intercept"])
        found.coefficients = np.asarray(state.arrays["coefficients"], np.float64)
        return found


def _decomposed(rows: Floats) -> tuple[Floats, Floats, Floats]:
    """Left vectors [n, k], singular values [k] and right vectors [k, p] of `rows` [n, p].

    Of a tall matrix by its p x p products, which costs n p^2 once.
    """
    if rows.shape[1] == 0:
        return np.zeros((len(rows), 0)), np.zeros(0), np.zeros((0, 0))
    if len(rows) <= 2 * rows.shape[1]:
        left, sizes, right = np.linalg.svd(rows, full_matrices=False)
        return left, sizes, right
    squares, turned = np.linalg.eigh(rows.T @ rows)
    sizes = np.sqrt(np.maximum(squares, 0.0))
    kept = sizes > 1e-9 * max(float(sizes.max()), 1e-300)
    right = turned[:, kept].T
    return (rows @ right.T) / sizes[kept], sizes[kept], right
