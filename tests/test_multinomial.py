"""Multinomial logistic regression is that of scikit-learn, on dense and on sparse rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from glasscase.models.head import softmax
from glasscase.models.multinomial import fit_multinomial


def problem(n: int = 200, dim: int = 12, k: int = 4, seed: int = 0) -> tuple[Any, Any]:
    """Overlapping classes, one of them three times as frequent as the others."""
    rng = np.random.default_rng(seed)
    targets = rng.choice(k, size=n, p=np.r_[3, np.ones(k - 1)] / (k + 2))
    rows = rng.normal(size=(k, dim))[targets] + 1.2 * rng.normal(size=(n, dim))
    return rows.astype(np.float32), targets


@pytest.mark.parametrize("kind", ["dense", "sparse"])
@pytest.mark.parametrize(("l2", "worst"), [(0.03, 0.01), (0.1, 5e-3), (1.0, 3e-3), (30.0, 2e-3)])
def test_it_is_scikit_learns(kind: str, l2: float, worst: float) -> None:
    rows, targets = problem()
    if kind == "sparse":
        rows = sparse.csr_matrix(np.where(rows > 0.8, rows, 0))
    weights, bias = fit_multinomial(rows, targets, 4, l2=l2, max_iterations=500)
    golden = LogisticRegression(C=1 / l2, tol=1e-8, max_iter=5000).fit(rows, targets)
    off = np.abs(softmax(rows @ weights + bias) - golden.predict_proba(rows))
    assert off.max() < worst
    assert off.mean() < 3e-4
    assert (weights.dtype, bias.dtype) == (np.float32, np.float32)
    assert weights.shape == (12, 4)


def test_sparse_and_dense_rows_give_one_answer() -> None:
    rows, targets = problem()
    rows[np.abs(rows) < 0.5] = 0
    dense = fit_multinomial(rows, targets, 4, l2=1.0)
    thin = fit_multinomial(sparse.csr_matrix(rows), targets, 4, l2=1.0)
    np.testing.assert_allclose(dense[0], thin[0], atol=1e-3)
    np.testing.assert_allclose(dense[1], thin[1], atol=1e-3)


def test_two_classes() -> None:
    rows, targets = problem(k=2)
    weights, bias = fit_multinomial(rows, targets, 2, l2=1.0, max_iterations=500)
    # scikit-learn's binary form has one weight per column, so its penalty is twice ours
    golden = LogisticRegression(C=2.0, tol=1e-8, max_iter=5000).fit(rows, targets)
    ours = softmax(rows @ weights + bias)
    np.testing.assert_allclose(ours, golden.predict_proba(rows), atol=5e-3)


def test_the_bias_is_all_but_free() -> None:
    """Rows that say nothing leave how frequent the classes are."""
    targets = np.array([0] * 90 + [1] * 10)
    weights, bias = fit_multinomial(np.zeros((100, 3), np.float32), targets, 2, l2=1.0)
    assert not weights.any()
    assert softmax(bias[None])[0] == pytest.approx([0.9, 0.1], abs=1e-3)


def test_a_class_without_products_gets_next_to_nothing() -> None:
    rows, targets = problem(k=3)
    weights, bias = fit_multinomial(rows, targets, 4, l2=0.1)
    assert softmax(rows @ weights + bias)[:, 3].max() < 0.01


def test_the_same_rows_give_the_same_bytes() -> None:
    rows, targets = problem()
    first, second = (fit_multinomial(rows, targets, 4, l2=1.0) for _ in range(2))
    assert first[0].tobytes() == second[0].tobytes()
    assert first[1].tobytes() == second[1].tobytes()
