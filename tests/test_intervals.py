"""Intervals hold the truth about as often as they say, and know what depends on what."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from glasscase.evaluation.answers import Answers
from glasscase.evaluation.scores import score, slice_accuracies
from glasscase.intervals import (
    Interval,
    mean,
    paired_accuracy_difference,
    paired_bootstrap,
    resampled_sums,
    wilson_interval,
)


def labelled(n=300, k=4, seed=0):
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, k, n)
    logits = rng.normal(size=(n, k)) + 1.5 * np.eye(k)[targets]
    probs = np.exp(logits)
    return targets, probs / probs.sum(axis=1, keepdims=True)


def answers_of(targets, probs):
    return Answers.pair([str(t) for t in targets], probs, [str(c) for c in range(probs.shape[1])])


def test_the_accuracy_interval_is_the_binomial_one():
    targets, probs = labelled(2000)
    accuracy = score(answers_of(targets, probs), samples=4000).metrics["accuracy"]
    error = 1.96 * np.sqrt(accuracy.value * (1 - accuracy.value) / 2000)
    assert accuracy.low == pytest.approx(accuracy.value - error, abs=0.002)
    assert accuracy.high == pytest.approx(accuracy.value + error, abs=0.002)


def test_intervals_agree_with_scoring_every_draw_by_scikit_learn():
    targets, probs = labelled()
    metrics = score(answers_of(targets, probs), samples=2000).metrics
    rng = np.random.default_rng(11)
    draws = {"macro_f1": [], "roc_auc_macro": [], "roc_auc_micro": []}
    for _ in range(400):
        rows = rng.integers(0, len(targets), len(targets))
        t, p = targets[rows], probs[rows]
        draws["macro_f1"].append(f1_score(t, p.argmax(axis=1), average="macro"))
        draws["roc_auc_macro"].append(roc_auc_score(t, p, multi_class="ovr", average="macro"))
        draws["roc_auc_micro"].append(roc_auc_score(t, p, multi_class="ovr", average="micro"))
    for name, values in draws.items():
        low, high = np.percentile(values, [2.5, 97.5])
        width = high - low
        assert metrics[name].low == pytest.approx(low, abs=0.2 * width), name
        assert metrics[name].high == pytest.approx(high, abs=0.2 * width), name


def test_accuracy_intervals_hold_the_truth_about_95_times_in_100():
    rng = np.random.default_rng(5)
    held = 0
    for trial in range(200):
        right = (rng.uniform(size=150) < 0.8).astype(float)
        sums = resampled_sums(np.stack([np.ones(150), right], 1), samples=400, seed=trial)
        low, high = np.percentile(mean(sums), [2.5, 97.5])
        held += low <= 0.8 <= high
    assert 0.90 <= held / 200 <= 0.985


def test_the_same_seed_gives_the_same_interval_and_another_seed_does_not():
    targets, probs = labelled()
    answers = answers_of(targets, probs)
    first, again, other = (score(answers, seed=s, samples=200).metrics for s in (1, 1, 2))
    assert str(first) == str(again)
    assert str(first) != str(other)


def test_copies_of_a_product_do_not_make_the_interval_narrower():
    targets, probs = labelled(100)
    copies = answers_of(np.repeat(targets, 9), np.repeat(probs, 9, axis=0))
    groups = [f"group {i}" for i in np.repeat(np.arange(100), 9)]

    def width(interval):
        return interval.high - interval.low

    plain = width(score(answers_of(targets, probs)).metrics["accuracy"])
    fooled = width(score(copies).metrics["accuracy"])
    grouped = width(score(copies, groups=groups).metrics["accuracy"])
    assert fooled == pytest.approx(plain / 3, rel=0.15)
    assert grouped == pytest.approx(plain, rel=0.15)


def test_three_right_out_of_three_is_no_certainty():
    answers = answers_of(np.array([0, 1, 2]), np.eye(3))
    accuracy = score(answers).metrics["accuracy"]
    assert accuracy == wilson_interval(1.0, 3)
    assert 0.4 < accuracy.low < 0.5
    assert accuracy.high == 1.0


def test_one_product_gives_figures_and_wide_intervals():
    metrics = score(answers_of(np.array([0]), np.array([[0.6, 0.2, 0.1, 0.1]]))).metrics
    assert metrics["accuracy"].value == 1.0
    assert metrics["accuracy"].low < 0.3
    assert metrics["log_loss"].to_dict()["low"] is None
    assert metrics["roc_auc_macro"].to_dict() == {"value": None, "low": None, "high": None}


def test_every_interval_holds_its_own_figure_even_the_calibration_error():
    for seed in range(5):
        targets, probs = labelled(60, seed=seed)
        for name, interval in score(answers_of(targets, probs), samples=300).metrics.items():
            if np.isfinite(interval.low):
                assert interval.low <= interval.value <= interval.high, name


def test_the_noise_of_drawing_again_is_not_taken_for_calibration_error():
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.5, 1, 300)
    targets = (rng.uniform(size=300) > sure).astype(int)
    ece = score(answers_of(targets, np.stack([sure, 1 - sure], 1))).metrics["ece"]
    assert (ece.low + ece.high) / 2 == pytest.approx(ece.value, rel=0.15)


def test_paired_draws_see_a_small_steady_advantage_that_separate_intervals_miss():
    rng = np.random.default_rng(0)
    worse = rng.uniform(size=400) < 0.8
    better = worse | (rng.uniform(size=400) < 0.15)
    difference = paired_accuracy_difference(better, worse)
    assert difference.low > 0
    assert difference.p_value < 0.01
    assert difference.value == pytest.approx(better.mean() - worse.mean())
    mirrored = paired_accuracy_difference(worse, better)
    assert (mirrored.value, mirrored.low) == pytest.approx((-difference.value, -difference.high))
    assert mirrored.p_value > 0.99


def test_a_model_is_not_better_than_itself():
    right = np.arange(50) % 3 > 0
    difference = paired_accuracy_difference(right, right)
    assert (difference.value, difference.low, difference.high) == (0, 0, 0)
    assert difference.p_value == 1.0


def test_paired_bootstrap_takes_any_figure_of_sums():
    rng = np.random.default_rng(0)
    ones, loss = np.ones(500), rng.exponential(size=500)
    a, b = np.stack([ones, loss], 1), np.stack([ones, loss - 0.1], 1)
    difference = paired_bootstrap(mean, a, b)
    assert difference.value == pytest.approx(0.1)
    assert difference.high - difference.low < 1e-9
    with pytest.raises(ValueError, match="must be equal tables of one row or more"):
        paired_bootstrap(mean, a, b[:3])


def test_slices_are_scored_from_their_own_products_only():
    correct = np.array([True] * 40 + [False] * 10 + [True] * 5)
    inside = np.arange(55) < 50
    accuracies = slice_accuracies(
        correct, {"both": inside, "photo only": ~inside, "nothing": np.zeros(55, bool)}
    )
    assert accuracies["both"].value == 0.8
    assert 0.65 < accuracies["both"].low < 0.8 < accuracies["both"].high < 0.95
    assert accuracies["photo only"] == wilson_interval(1.0, 5)
    assert not accuracies["nothing"].defined


def test_an_interval_reads_well_and_is_json():
    assert str(Interval(0.5, float("nan"), float("nan"))) == "0.500"
    assert str(Interval.undefined()) == "not defined"
