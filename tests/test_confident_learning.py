"""Confident learning gives cleanlab's numbers, and an interval that means what it says."""

from __future__ import annotations

import numpy as np
import pytest

from glasscase.evaluation.confident_learning import LabelIssues, error_rate_interval


def noisy(seed: int, n: int, classes: int, *, wrong: float = 0.15, sure: float = 2.5):
    """Labels of which a share was drawn anew, and the probabilities of a fair model."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, n)
    labels = np.where(rng.random(n) < wrong, rng.integers(0, classes, n), truth)
    logits = rng.normal(size=(n, classes))
    logits[np.arange(n), truth] += sure
    probs = np.exp(logits)
    return labels, probs / probs.sum(axis=1, keepdims=True), truth


def test_the_numbers_are_those_of_cleanlab() -> None:
    """compute_confident_joint and find_label_issues(filter_by="confident_learning") of 2.9.0, and
    num_label_issues about the rate."""
    labels, probs, _ = noisy(0, 60, 3)
    found = LabelIssues.find(labels, probs)
    assert found.joint.tolist() == [[13, 0, 0], [0, 12, 0], [0, 2, 13]]
    assert np.flatnonzero(found.issues).tolist() == [2, 39]
    assert found.error_rate == pytest.approx(2 / 60, abs=0.01)
    labels, probs, _ = noisy(1, 400, 6)
    found = LabelIssues.find(labels, probs)
    assert found.joint.tolist() == [
        [35, 2, 4, 0, 2, 0],
        [1, 36, 1, 0, 1, 4],
        [3, 1, 43, 4, 0, 1],
        [0, 3, 1, 32, 3, 0],
        [1, 0, 2, 1, 41, 2],
        [0, 1, 2, 4, 1, 41],
    ]
    assert found.issues.sum() == 45
    assert np.flatnonzero(found.issues)[[0, 1, -1]].tolist() == [10, 12, 377]
    assert found.error_rate == pytest.approx(45 / 400, abs=0.02)


def test_no_wrong_label_no_issue() -> None:
    labels, probs, _ = noisy(2, 500, 4, wrong=0.0, sure=12.0)
    found = LabelIssues.find(labels, probs)
    assert not found.issues.any()
    assert found.error_rate == 0.0


def test_the_estimate_is_near_the_share_of_wrong_labels() -> None:
    labels, probs, truth = noisy(3, 3000, 5, wrong=0.1, sure=6.0)
    found = error_rate_interval(labels, probs, np.arange(3000), samples=200)
    assert found.low <= (labels != truth).mean() <= found.high
    assert found.high - found.low < 0.04


def test_copies_do_not_make_it_surer() -> None:
    labels, probs, _ = noisy(4, 300, 3)
    four = [np.tile(labels, 4), np.tile(probs, (4, 1))]
    alone = error_rate_interval(labels, probs, np.arange(300))
    grouped = error_rate_interval(*four, np.tile(np.arange(300), 4))
    fooled = error_rate_interval(*four, np.arange(1200))
    assert grouped.value == pytest.approx(alone.value)
    assert grouped.high - grouped.low == pytest.approx(alone.high - alone.low, rel=0.1)
    assert fooled.high - fooled.low < 0.7 * (grouped.high - grouped.low)


def test_a_weak_model_does_not_call_its_likeliest_class_wrong() -> None:
    """Classes of low thresholds draw products over that they do not win."""
    labels, probs, _ = noisy(5, 2000, 8, wrong=0.0, sure=2.0)
    found = LabelIssues.find(labels, probs)
    disagrees = (probs.argmax(axis=1) != labels).mean()
    off = found.joint.sum() - np.trace(found.joint)
    assert off / found.joint.sum() > found.error_rate
    assert found.error_rate <= disagrees + 0.01


def test_a_class_nobody_is_labelled_with_is_no_answer() -> None:
    probs = np.array([[0.2, 0.1, 0.7], [0.1, 0.8, 0.1], [0.3, 0.2, 0.5]])
    found = LabelIssues.find(np.array([0, 1, 0]), probs)
    assert not (found.confident == 2).any()
