"""A pool gives every opinion the weight it has earned."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize
from sklearn.linear_model import LogisticRegression

from glasscase.models.head import softmax
from glasscase.models.pooling import Pool, fit_pool


def opinion(targets: np.ndarray, k: int, *, power: float, seed: int) -> np.ndarray:
    """Logits that know the target with some `power`; 0: none at all."""
    noise = np.random.default_rng(seed).normal(size=(len(targets), k))
    return (power * np.eye(k)[targets] + noise).astype(np.float32)


def drawn(n: int = 600, k: int = 4, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(k, size=n)


def test_a_useless_opinion_has_next_to_no_weight() -> None:
    targets = drawn()
    good = opinion(targets, 4, power=2.0, seed=1)
    pool = fit_pool({"good": good, "useless": opinion(targets, 4, power=0.0, seed=2)}, targets)
    assert pool.weights["good"] > 1
    assert 0 <= pool.weights["useless"] < 0.1 * pool.weights["good"]


def test_an_opinion_that_is_worse_than_none_is_not_turned_round() -> None:
    targets = drawn()
    opinions = {
        "good": opinion(targets, 4, power=2.0, seed=1),
        "contrary": opinion(targets, 4, power=-2.0, seed=2),
    }
    assert fit_pool(opinions, targets).weights["contrary"] == 0


def test_two_halves_of_the_truth_are_worth_more_than_one() -> None:
    targets = drawn()
    opinions = {name: opinion(targets, 4, power=1.5, seed=s) for s, name in enumerate("ab")}
    pool = fit_pool(opinions, targets)
    assert pool.weights["a"] == pytest.approx(pool.weights["b"], rel=0.2)
    pooled = (pool.logits(opinions).argmax(axis=1) == targets).mean()
    single = max((o.argmax(axis=1) == targets).mean() for o in opinions.values())
    assert pooled > single + 0.05


def test_two_classes_are_logistic_regression() -> None:
    """With two classes the pool is a logistic regression on the logit gaps; scikit-learn knows it
    (balanced classes, so the bias that the pool pulls to zero is next to nothing anyway)."""
    targets = np.arange(800) % 2
    opinions = {
        "a": opinion(targets, 2, power=1.0, seed=1),
        "b": opinion(targets, 2, power=0.4, seed=2),
    }
    gaps = np.stack([o[:, 1] - o[:, 0] for o in opinions.values()], axis=1)
    golden = LogisticRegression(C=1e8, fit_intercept=False, tol=1e-8).fit(gaps, targets)
    pool = fit_pool(opinions, targets)
    assert list(pool.weights.values()) == pytest.approx(golden.coef_[0], abs=0.01)
    assert softmax(pool.logits(opinions))[:, 1] == pytest.approx(
        golden.predict_proba(gaps)[:, 1], abs=0.01
    )


def test_an_opinion_never_wrong_on_few_products_gets_no_weight_without_bound() -> None:
    """Nothing but the pull on the weights stops it there; unbounded, the one error it makes on
    other products would cost every answer its confidence when a temperature is fitted."""
    targets = np.arange(60) % 3
    right = np.eye(3, dtype=np.float32)[targets] - 1 / 3
    pool = fit_pool({"right": right}, targets)
    probs = softmax(pool.logits({"right": right}))[np.arange(60), targets]
    assert pool.weights["right"] < 10
    assert 0.95 < probs.min() < 0.999


def test_many_classes_are_the_minimum_another_solver_finds() -> None:
    """Nelder-Mead needs no gradient, so it checks the one that is written by hand."""
    targets = drawn(200, 3)
    opinions = {
        "a": opinion(targets, 3, power=1.5, seed=1),
        "b": opinion(targets, 3, power=0.7, seed=2),
    }
    spread = {name: (one - one.mean(axis=1, keepdims=True)).std() for name, one in opinions.items()}

    def loss(flat: np.ndarray) -> float:
        total = flat[0] * opinions["a"] + flat[1] * opinions["b"] + flat[2:]
        chosen = softmax(total)[np.arange(200), targets]
        scaled = flat[0] * spread["a"], flat[1] * spread["b"]
        pull = 100 * (flat[2:] ** 2).sum() + 0.3 * np.square(scaled).sum()
        return float(-np.log(chosen).sum() + 0.5 * pull)

    options = {"maxiter": 4000, "xatol": 1e-6, "fatol": 1e-9}
    found = optimize.minimize(loss, np.r_[1, 1, 0, 0, 0], method="Nelder-Mead", options=options).x
    pool = fit_pool(opinions, targets)
    assert [*pool.weights.values(), *pool.bias] == pytest.approx(found, abs=5e-3)


def test_the_scale_of_an_opinion_does_not_matter() -> None:
    targets = drawn()
    loud = opinion(targets, 4, power=1.5, seed=1)
    quiet = opinion(targets, 4, power=1.0, seed=2)
    plain = fit_pool({"a": loud, "b": quiet}, targets)
    scaled = fit_pool({"a": loud * np.float32(1000), "b": quiet}, targets)
    assert scaled.weights["a"] * 1000 == pytest.approx(plain.weights["a"], rel=0.02)
    assert scaled.weights["b"] == pytest.approx(plain.weights["b"], rel=0.02)


def test_an_opinion_that_never_says_anything_harms_nobody() -> None:
    targets = drawn()
    silent = np.zeros((600, 4), np.float32)
    good = opinion(targets, 4, power=2.0, seed=1)
    alone = fit_pool({"good": good}, targets)
    both = fit_pool({"good": good, "silent": silent}, targets)
    assert both.weights["good"] == pytest.approx(alone.weights["good"], rel=1e-2)
    assert both.logits({"good": good, "silent": silent}) == pytest.approx(
        alone.logits({"good": good}), abs=0.05
    )


def test_the_bias_leans_to_frequent_classes_but_not_wildly() -> None:
    targets = np.array([0] * 270 + [1] * 30)
    pool = fit_pool({"useless": opinion(targets, 2, power=0.0, seed=1)}, targets)
    gap = float(pool.bias[0] - pool.bias[1])
    assert 0.5 < gap < np.log(9)


def test_a_pool_that_trusts_nobody_answers_with_its_bias() -> None:
    bias = np.array([0.5, -0.5], np.float32)
    assert Pool({}, bias).logits({}).tolist() == [0.5, -0.5]
    useless = np.ones((3, 2), np.float32)
    assert Pool({"a": 0.0}, bias).logits({"a": useless}).tolist() == [[0.5, -0.5]] * 3


def test_what_is_pooled_is_the_weighted_sum() -> None:
    opinions = {
        "a": np.array([[1, 2]], np.float32),
        "b": np.array([[10, -10]], np.float32),
        "unheard": np.array([[1e9, 1e9]], np.float32),
    }
    pool = Pool({"a": 2.0, "b": 0.5}, np.array([0.25, 0], np.float32))
    assert pool.logits(opinions).tolist() == [[7.25, -1.0]]
