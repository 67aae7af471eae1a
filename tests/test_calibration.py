"""Calibration makes probabilities mean what they say, and changes no answer."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

from glasscase.evaluation.reliability import Reliability
from glasscase.models.calibration import Calibration, HeldOut, fit_calibration
from glasscase.models.confidence_curve import ConfidenceCurve, fit_curve, fit_temperature
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


# The curve


def crooked(n: int = 6000, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Logits too modest where they are little sure, and boasting where they are surer: no one
    temperature can mend both."""
    logits, targets = honest(n, seed=seed)
    top = np.sort(logits, axis=1)
    lead = top[:, -1:] - top[:, -2:-1]
    return (logits * np.where(lead < 1, 0.2, (3 * lead - 2.8) / lead)).astype(np.float32), targets


def gap(probs: np.ndarray, targets: np.ndarray) -> float:
    right = probs.argmax(axis=1) == targets
    return Reliability.equal_width(probs.max(axis=1), right).expected_error()


def test_the_curve_mends_what_no_temperature_can() -> None:
    logits, targets = crooked(16_000)
    half = slice(0, 8000)
    fresh, truth = logits[8000:], targets[8000:]
    cooled = softmax(fresh / fit_temperature(logits[half], targets[half]))
    bent = softmax(fit_curve(logits[half], targets[half]).calibrated(fresh))
    assert gap(cooled, truth) > 0.04
    assert gap(bent, truth) < 0.025


def test_the_curve_keeps_every_answer_and_a_surer_one_stays_surer() -> None:
    logits, targets = crooked(800)
    curve = fit_curve(logits, targets)
    after = curve.calibrated(logits)
    assert (after.argsort(axis=1) == logits.argsort(axis=1)).all()
    probs = softmax(after)
    assert probs.sum(axis=1) == pytest.approx(np.ones(800))
    order = np.argsort(softmax(logits / curve.temperature).max(axis=1))
    assert (np.diff(probs.max(axis=1)[order]) > -1e-6).all()


def test_every_answer_gets_the_log_odds_the_curve_says() -> None:
    logits, targets = crooked(800)
    curve = fit_curve(logits, targets)

    def odds(given: np.ndarray) -> np.ndarray:
        top = softmax(given).max(axis=1)
        return np.log(top) - np.log1p(-top)

    said = odds(logits / curve.temperature)
    inside = (said > curve.said[0]) & (said < curve.said[-1]) & (said < 12)
    wanted = np.interp(said, curve.said, curve.true)
    reachable = wanted > -np.log(4) + 0.01
    rows = inside & reachable
    assert rows.sum() > 600
    found = odds(np.asarray(logits / curve.temperatures(logits)[:, None], np.float64))
    assert found[rows] == pytest.approx(wanted[rows], abs=1e-4)


def test_little_data_bend_little() -> None:
    logits, targets = honest(40, seed=5)
    curve = fit_curve(logits, targets)
    assert np.abs(curve.true - curve.said).max() < 0.6
    few = fit_curve(logits[:20], targets[:20])
    assert len(few.said) == 0
    assert few.temperatures(logits) == pytest.approx(np.full(40, few.temperature))


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_logits_that_all_tie_stay_so(value: float) -> None:
    logits, targets = crooked(400)
    tied = np.full((2, 5), value, np.float32)
    assert softmax(fit_curve(logits, targets).calibrated(tied)) == pytest.approx(
        np.full((2, 5), 0.2)
    )
    assert fit_curve(np.zeros((50, 5), np.float32), targets[:50]).said.tolist() == []


def test_a_curve_becomes_json_and_back() -> None:
    logits, targets = crooked(400)
    curve = fit_curve(logits, targets)
    again = ConfidenceCurve.from_dict(curve.to_dict())
    assert np.array_equal(again.calibrated(logits), curve.calibrated(logits))


# By what a product has


def test_text_alone_is_calibrated_apart_from_text_with_photo() -> None:
    logits, targets = honest(6000, seed=2)
    rng = np.random.default_rng(0)
    noise = rng.normal(size=logits.shape).astype(np.float32)
    boasting = (3 * (logits * 0.5 + noise)).astype(np.float32)  # photos alone: worse, and boasting
    present = np.ones((6000, 2), bool)
    found = fit_calibration(
        HeldOut(logits, {"text": logits, "image": boasting}),
        present,
        targets,
        np.ones(6000, bool),
    )
    photo_only = np.tile([False, True], (6000, 1))
    alone = softmax(found.calibrated(boasting, photo_only))
    assert gap(alone, targets) < 0.03
    assert gap(softmax(found.calibrated(boasting, present)), targets) > 0.15
    assert gap(softmax(found.calibrated(logits, present)), targets) < 0.03


def test_a_pattern_nobody_showed_takes_the_curve_of_the_others_and_nothing_stays() -> None:
    logits, targets = honest(200)
    present = np.ones((200, 2), bool)
    found = fit_calibration(HeldOut(logits), present, targets, np.ones(200, bool))
    assert found.curves.keys() == {"both"}
    text_only = np.tile([True, False], (200, 1))
    assert np.array_equal(
        found.temperatures(logits, text_only), found.temperatures(logits, present)
    )
    nothing = np.zeros((200, 2), bool)
    assert (found.temperatures(logits, nothing) == 1).all()
    assert (Calibration().calibrated(logits, present) == logits).all()
    assert Calibration.from_dict(found.to_dict()).describe() == found.describe()


def test_products_that_really_lack_a_photo_teach_their_own_curve() -> None:
    logits, targets = honest(400)
    present = np.ones((400, 2), bool)
    present[:100, 1] = False
    boasting = logits.copy()
    boasting[:100] *= 5
    found = fit_calibration(HeldOut(boasting), present, targets, np.ones(400, bool))
    assert found.curves["text"].temperature > 3 * found.curves["both"].temperature
