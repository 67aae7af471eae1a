"""One temperature makes probabilities mean what they say, and changes no answer."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

from glasscase.models.calibration import fit_temperature
from glasscase.models.head import softmax


def honest(n: int = 4000, k: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and targets drawn from exactly the probabilities they claim."""
    rng = np.random.default_rng(seed)
    logits = (2 * rng.normal(size=(n, k))).astype(np.float32)
    lots = rng.uniform(size=(n, 1))
    return logits, (softmax(logits).cumsum(axis=1) < lots).sum(axis=1).clip(max=k - 1)


def test_honest_logits_stay_as_they_are() -> None:
    logits, targets = honest()
    assert fit_temperature(logits, targets) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("factor", [0.1, 0.5, 3.0, 20.0])
def test_boasting_and_modesty_are_found_out_to_the_factor(factor: float) -> None:
    logits, targets = honest()
    plain = fit_temperature(logits, targets)
    boasted = fit_temperature(logits * np.float32(factor), targets)
    assert boasted == pytest.approx(factor * plain, rel=2e-3)


def test_it_is_the_minimum_of_the_cross_entropy() -> None:
    logits, targets = honest(300, seed=3)

    def loss(temperature: float) -> float:
        surprise = -np.log(softmax(logits / temperature))
        right = surprise[np.arange(300), targets]
        return float((301 / 302 * right + 1 / 302 * (surprise.sum(axis=1) - right) / 4).mean())

    found = fit_temperature(logits, targets)
    golden = optimize.minimize_scalar(loss, bracket=(0.5, 2)).x
    assert found == pytest.approx(golden, rel=1e-3)


def test_a_calibrated_confidence_is_how_often_it_is_right() -> None:
    logits, targets = honest()
    boasted = logits * np.float32(4)
    probs = softmax(boasted / fit_temperature(boasted, targets))
    confidence, right = probs.max(axis=1), probs.argmax(axis=1) == targets
    assert confidence.mean() == pytest.approx(right.mean(), abs=0.015)
    assert softmax(boasted).max(axis=1).mean() > right.mean() + 0.15, "before it was boasting"


def test_the_answers_stay() -> None:
    logits, targets = honest(200)
    cooled = logits / fit_temperature(logits * np.float32(9), targets)
    assert (cooled.argmax(axis=1) == logits.argmax(axis=1)).all()


def test_logits_that_are_always_right_or_say_nothing_give_a_finite_temperature() -> None:
    targets = np.array([0, 1, 0, 1])
    right = np.eye(2, dtype=np.float32)[targets]
    wrong = np.eye(2, dtype=np.float32)[1 - targets]
    probs = softmax(right / fit_temperature(right, targets))
    assert probs.max(axis=1) == pytest.approx(5 / 6, abs=1e-3), "four of four prove little"
    assert 100 < fit_temperature(wrong, targets) <= np.exp(5)
    assert np.isfinite(fit_temperature(np.zeros((4, 2), np.float32), targets))
