"""Every figure against scikit-learn, and what scikit-learn has no word for."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as golden

from glasscase.evaluation.answers import Answers
from glasscase.evaluation.confusion import confusion_matrix, excerpt, most_confused
from glasscase.evaluation.metrics import ClassCounts, accuracy, brier_scores, in_top, log_losses
from glasscase.evaluation.ranking import RankedPairs
from glasscase.evaluation.reliability import Reliability
from glasscase.evaluation.scores import score

EXACT = {"rel": 0, "abs": 1e-12}


def drawn(n=400, k=5, *, seed=0, ties=False, power=1.5):
    """Targets, probabilities and answers of an uneven, imperfect classifier."""
    rng = np.random.default_rng(seed)
    targets = rng.choice(k, size=n, p=np.arange(1, k + 1) / np.arange(1, k + 1).sum())
    logits = rng.normal(size=(n, k)) + power * np.eye(k)[targets]
    if ties:
        logits = np.round(logits)
    probs = np.exp(logits)
    probs /= probs.sum(axis=1, keepdims=True)
    return targets, probs, probs.argmax(axis=1)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_precision_recall_and_f1_are_those_of_scikit_learn(seed, average):
    targets, _, predicted = drawn(seed=seed)
    counts = ClassCounts.count(targets, predicted, 5)
    expected = golden.precision_recall_fscore_support(targets, predicted, average=average)
    mean = counts.macro if average == "macro" else counts.weighted
    ours = [float(mean(values)) for values in (counts.precision, counts.recall, counts.f1)]
    assert ours == pytest.approx(expected[:3], **EXACT)


def test_per_class_figures_and_accuracies_are_those_of_scikit_learn():
    targets, _, predicted = drawn()
    counts = ClassCounts.count(targets, predicted, 5)
    expected = golden.precision_recall_fscore_support(targets, predicted)
    assert counts.precision == pytest.approx(expected[0], **EXACT)
    assert counts.recall == pytest.approx(expected[1], **EXACT)
    assert counts.f1 == pytest.approx(expected[2], **EXACT)
    assert counts.support.tolist() == expected[3].tolist()
    assert accuracy(targets, predicted) == golden.accuracy_score(targets, predicted)
    balanced = golden.balanced_accuracy_score(targets, predicted)
    assert float(counts.balanced_accuracy()) == pytest.approx(balanced, **EXACT)


def test_a_class_nobody_asks_for_or_answers_does_not_pull_the_macro_average_down():
    targets, predicted = np.array([0, 0, 2, 2]), np.array([0, 0, 2, 0])
    counts = ClassCounts.count(targets, predicted, 4)
    expected = golden.f1_score(targets, predicted, average="macro")
    assert float(counts.macro(counts.f1)) == pytest.approx(expected, **EXACT)


def test_a_class_without_products_that_is_answered_counts_as_a_zero():
    targets, predicted = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2])
    counts = ClassCounts.count(targets, predicted, 3)
    expected = golden.f1_score(targets, predicted, average="macro")
    assert float(counts.macro(counts.f1)) == pytest.approx(expected, **EXACT)
    assert float(counts.balanced_accuracy()) == 0.75


@pytest.mark.parametrize("ties", [False, True])
def test_roc_auc_is_that_of_scikit_learn_with_ties(ties):
    targets, probs, _ = drawn(ties=ties)
    ranked = RankedPairs.count(targets, probs)
    macro = golden.roc_auc_score(targets, probs, multi_class="ovr", average="macro")
    micro = golden.roc_auc_score(targets, probs, multi_class="ovr", average="micro")
    assert ranked.macro() == pytest.approx(macro, **EXACT)
    assert ranked.micro() == pytest.approx(micro, **EXACT)
    metrics = score(Answers.pair([str(t) for t in targets], probs, list("01234")), samples=5)
    assert metrics.metrics["roc_auc_macro"].value == pytest.approx(macro, **EXACT)
    assert metrics.metrics["roc_auc_micro"].value == pytest.approx(micro, **EXACT)


def test_roc_auc_of_each_class_and_absent_classes_left_out():
    targets, probs, _ = drawn(k=3)
    wider = np.hstack([probs * 0.9, np.full((len(probs), 1), 0.1)])
    ranked = RankedPairs.count(targets, wider)
    assert ranked.classes.tolist() == [0, 1, 2]
    expected = [golden.roc_auc_score(targets == c, wider[:, c]) for c in range(3)]
    assert ranked.per_class() == pytest.approx(expected, **EXACT)
    assert ranked.macro() == pytest.approx(np.mean(expected), **EXACT)


def test_roc_auc_of_a_single_class_does_not_exist():
    ranked = RankedPairs.count(np.zeros(3, int), np.full((3, 2), 0.5))
    assert np.isnan(ranked.macro())
    assert np.isnan(ranked.micro())


@pytest.mark.parametrize("k", [1, 2, 3])
def test_top_k_is_that_of_scikit_learn(k):
    targets, probs, _ = drawn()
    expected = golden.top_k_accuracy_score(targets, probs, k=k)
    assert in_top(targets, probs, k).mean() == pytest.approx(expected, **EXACT)


def test_top_k_settles_ties_as_the_answer_does():
    probs = np.array([[0.4, 0.4, 0.2]])
    assert probs.argmax(axis=1).tolist() == [0]
    assert in_top(np.array([0]), probs, 1).tolist() == [True]
    assert in_top(np.array([1]), probs, 1).tolist() == [False]


def test_log_loss_and_brier_are_those_of_scikit_learn():
    targets, probs, _ = drawn()
    probs[0] = np.eye(5)[(targets[0] + 1) % 5]  # certain and wrong: clipped, not infinite
    assert log_losses(targets, probs).mean() == pytest.approx(
        golden.log_loss(targets, probs), **EXACT
    )
    expected = golden.brier_score_loss(targets, probs, scale_by_half=False)
    assert brier_scores(targets, probs).mean() == pytest.approx(expected, **EXACT)


def test_ece_is_the_weighted_gap_of_fifteen_bins():
    rng = np.random.default_rng(3)
    confidence = np.concatenate([rng.uniform(size=500), [0.0, 1.0, 1 / 15]])
    correct = rng.uniform(size=503) < confidence**2
    gaps = []
    for low in range(15):
        inside = np.ceil(confidence * 15).clip(1) == low + 1
        share = inside.mean()
        gaps.append((share, abs(confidence[inside].mean() - correct[inside].mean())))
    bins = Reliability.equal_width(confidence, correct)
    assert bins.expected_error() == pytest.approx(sum(s * g for s, g in gaps), **EXACT)
    assert bins.largest_error() == pytest.approx(max(g for _, g in gaps), **EXACT)


def test_a_bin_holds_its_upper_edge():
    bins = Reliability.within(np.array([0, 0.5, 1]), np.array([0.0, 0.5, 1.0]), np.ones(3, bool))
    assert bins.counts.tolist() == [2, 1]


def test_honest_probabilities_have_a_small_ece_and_boastful_ones_a_large_one():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, size=20_000)
    correct = rng.uniform(size=20_000) < confidence
    assert Reliability.equal_width(confidence, correct).expected_error() < 0.02
    boastful = Reliability.equal_numbers(np.sqrt(confidence), correct)
    assert boastful.expected_error() == pytest.approx(
        (np.sqrt(confidence) - confidence).mean(), abs=0.02
    )
    assert np.ptp(boastful.counts) <= 2


def test_all_answers_equally_sure_fall_into_one_adaptive_bin():
    bins = Reliability.equal_numbers(np.full(10, 0.5), np.arange(10) < 5)
    assert bins.counts.sum() == 10
    assert bins.expected_error() == 0


def test_unknown_labels_and_products_without_anything_are_errors():
    labels = ["a", "b", "zebra", "a"]
    probs = [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.99, 0.01]]
    answers = Answers.pair(labels, probs, ["a", "b"], usable=[True, True, True, False])
    assert answers.strangers == ("zebra",)
    assert answers.correct.tolist() == [True, True, False, False]
    assert answers.probs[3].tolist() == [0.5, 0.5]
    metrics = score(answers, samples=20).metrics
    assert metrics["accuracy"].value == 0.5
    # f1 of a: 2 of (2 true + 2 answered); of b: 1; of zebra: 0
    assert metrics["macro_f1"].value == pytest.approx((0.5 + 1 + 0) / 3)
    expected = golden.f1_score(
        labels, ["a", "b", "a", "none"], average="macro", labels=answers.names
    )
    assert metrics["macro_f1"].value == pytest.approx(expected, **EXACT)
    assert confusion_matrix(answers).tolist() == [[1, 0, 0, 1], [0, 1, 0, 0], [1, 0, 0, 0]]
    assert metrics["top_3_accuracy"].to_dict() == {"value": None, "low": None, "high": None}
    # without zebra, whose loss would be infinite
    assert metrics["log_loss"].value == pytest.approx(-np.log([0.9, 0.8, 0.5]).mean())


def test_no_answer_is_never_among_the_best_three():
    answers = Answers.pair(["a", "a"], np.full((2, 4), 0.25), "abcd", usable=[True, False])
    assert score(answers, samples=5).metrics["top_3_accuracy"].value == 0.5


def test_the_most_confused_pair_comes_first_with_its_most_confident_mistakes(three_mugs):
    labels = ["mug", "mug", "cup", "mug", "cup"]
    probs = [[0.3, 0.7], [0.1, 0.9], [0.8, 0.2], [0.9, 0.1], [0.2, 0.8]]
    answers = Answers.pair(labels, probs, ["mug", "cup"])
    first, second = most_confused(answers, three_mugs, examples=1)
    assert (first.label, first.answer, first.count) == ("mug", "cup", 2)
    assert first.share == pytest.approx(2 / 3)
    assert (second.label, second.answer, second.count) == ("cup", "mug", 1)
    (worst,) = first.examples
    assert (worst.product_id, worst.text, worst.probability) == ("p1", "Mug number 1", 0.9)
    assert worst.label_probability == pytest.approx(0.1)


@pytest.fixture
def three_mugs():
    from glasscase.catalog.product import Product

    return [Product(id=f"p{i}", texts={"title": f"Mug number {i}"}) for i in range(5)]


def test_an_excerpt_of_a_script_without_spaces_is_cut_anywhere():
    assert excerpt("青い陶器のマグカップ", 4) == "青い陶器…"
