"""The classical baselines give what scikit-learn gives, kept as arrays or ONNX."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.svm import SVC, LinearSVC

from glasscase.models.baselines import ForestHead, RbfSvmHead
from glasscase.models.features import Features
from glasscase.models.head import softmax
from glasscase.models.heads import head_from_state
from glasscase.models.words import TfIdf, WordsHead
from synthetic_features import planted


def weighted(counts: Any) -> Any:
    return TfidfTransformer(sublinear_tf=True).fit_transform(counts).astype(np.float32)


def hard(k: int, *, n: int = 120) -> tuple[Features, Any]:
    """Classes that overlap, so that duels are lost and trees disagree."""
    features, targets = planted(n, k)
    rng = np.random.default_rng(1)
    noise = sparse.csr_matrix(rng.poisson(0.5, size=(n, 30)), dtype=np.float32)
    return features.replaced({"words": features.blocks["words"] + noise}), targets


def test_term_weights_are_scikit_learns() -> None:
    counts = planted()[0].blocks["words"]
    golden = TfidfTransformer(sublinear_tf=True).fit(counts)
    ours = TfIdf.fit(counts)
    assert ours.idf == pytest.approx(golden.idf_, abs=1e-6)
    fresh = planted(30, seed=5)[0].blocks["words"]
    difference = ours.apply(fresh) - golden.transform(fresh)
    assert np.abs(difference).max() < 1e-6


def test_term_weights_of_rows_without_known_terms_and_of_unknown_terms() -> None:
    """Empty rows at the start, in the middle (two together) and at the end; a stored zero."""
    dense = np.array([[0, 0, 0], [2, 0, 1], [0, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, 0]], float)
    counts = sparse.csr_matrix(dense, dtype=np.float32)
    with_zero = sparse.csr_matrix(
        (np.array([2, 0, 1, 1], np.float32), [0, 1, 2, 1], [0, 0, 3, 3, 3, 4, 4]), shape=(6, 3)
    )
    golden = TfidfTransformer(sublinear_tf=True).fit(counts)
    for given in (counts, with_zero):
        ours = TfIdf.fit(given)
        assert ours.idf == pytest.approx(golden.idf_, abs=1e-6)
        np.testing.assert_allclose(
            ours.apply(given).toarray(), golden.transform(counts).toarray(), atol=1e-6
        )
    assert TfIdf.fit(counts).apply(counts[:0]).shape == (0, 3)


@pytest.mark.parametrize("missing", [None, 2])
@pytest.mark.parametrize("k", [2, 5])
def test_linear_svm_is_scikit_learns(k: int, missing: int | None) -> None:
    features, targets = hard(k)
    kept = targets != missing
    rows = weighted(features.blocks["words"][kept])
    golden = LinearSVC(random_state=0).fit(rows, targets[kept]).decision_function(rows)
    head = WordsHead("words").fit(features.take(kept), targets[kept], k)
    logits = head.logits(features.take(kept))
    if k == 2:
        golden = np.stack([-golden, golden], axis=1)
    known = np.unique(targets[kept])
    np.testing.assert_allclose(logits[:, known], golden, atol=2e-5)


@pytest.mark.parametrize("missing", [None, 2])
@pytest.mark.parametrize("k", [2, 3, 5])
def test_rbf_svm_is_scikit_learns_one_against_all(k: int, missing: int | None) -> None:
    features, targets = hard(k)
    kept = targets != missing
    rows = weighted(features.blocks["words"][kept])
    model = SVC(C=10.0, gamma=1.0, decision_function_shape="ovr").fit(rows, targets[kept])
    fresh = hard(k, n=60)[0]
    expected = model.decision_function(
        TfidfTransformer(sublinear_tf=True)
        .fit(features.blocks["words"][kept])
        .transform(fresh.blocks["words"])
        .astype(np.float32)
    )
    head = RbfSvmHead().fit(features.take(kept), targets[kept], k)
    logits = head.logits(fresh)
    known = np.unique(targets[kept])
    if len(known) > 2:
        np.testing.assert_allclose(logits[:, known], expected, atol=1e-5)
    else:  # scikit-learn gives one margin m for two classes: votes, and m / (3 (|m| + 1))
        margin = expected / (3 * (np.abs(expected) + 1))
        np.testing.assert_allclose(logits[:, known[1]], (expected > 0) + margin, atol=1e-5)
        np.testing.assert_allclose(logits[:, known[0]], (expected <= 0) - margin, atol=1e-5)
    winners = np.array(known)[logits[:, known].argmax(axis=1)]
    assert (winners == logits.argmax(axis=1)).all(), "a class without products never wins"
    assert (np.delete(logits, known, axis=1) < logits[:, known].min()).all()


@pytest.mark.parametrize("missing", [None, 2])
def test_forest_in_onnx_is_scikit_learns(missing: int | None) -> None:
    features, targets = hard(5)
    kept = targets != missing
    rows = weighted(features.blocks["words"][kept])
    golden = RandomForestClassifier(100, random_state=0).fit(rows, targets[kept])
    head = ForestHead().fit(features.take(kept), targets[kept], 5)
    restored = head_from_state(head.state())
    fresh = features.take(~kept) if missing is not None else hard(5, n=300)[0]
    expected = np.full((len(fresh), 5), 1e-3)
    words = TfIdf.fit(features.blocks["words"][kept]).apply(fresh.blocks["words"])
    expected[:, golden.classes_] = np.maximum(golden.predict_proba(words), 1e-3)
    for logits in (head.logits(fresh), restored.logits(fresh)):
        np.testing.assert_allclose(np.exp(logits), expected, atol=1e-6)


def test_forest_is_read_in_pieces() -> None:
    """ONNX Runtime gets dense rows; they are handed over 256 at a time."""
    features, targets = hard(3)
    restored = head_from_state(ForestHead(trees=10).fit(features, targets, 3).state())
    many = features.take(np.arange(600) % 120)
    together = restored.logits(many)
    np.testing.assert_allclose(together[256:376], together[16:136], atol=1e-6)
    assert softmax(together).sum(axis=1) == pytest.approx(np.ones(600))
