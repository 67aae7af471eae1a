"""The kernel heads beside scikit-learn's kernel ridge regression on the same likeness."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import cosine_similarity, rbf_kernel

from glasscase.models import kernel
from glasscase.models.bases import make_base
from glasscase.models.features import Features
from glasscase.models.scaling import Scaling
from synthetic_features import planted


def likeness(features: Features, block: str, train: NDArray[np.intp]) -> NDArray[np.float64]:
    """[n, train] by scikit-learn's kernels."""
    if block == "words":
        counts = features.blocks["words"].copy()
        weights = TfidfTransformer(sublinear_tf=True).fit(counts[train])
        rows = weights.transform(counts)
        return np.asarray(cosine_similarity(rows, rows[train]))
    values = np.asarray(features.blocks[block], np.float32)
    photos = block == "image"
    rows = Scaling.fit(values[train], power=photos, centre=photos).apply(values)
    return np.asarray(rbf_kernel(rows, rows[train], gamma=1.0 if photos else 0.5))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("kernel", {"sentence": 0.5, "image": 0.5}),
        ("kernel-words", {"words": 0.25, "sentence": 0.25, "image": 0.5}),
    ],
)
def test_it_is_kernel_ridge_on_the_mean_likeness(name: str, parts: dict[str, float]) -> None:
    features, targets = planted(60)
    train = np.arange(40)
    head = make_base(name).fit(features.take(train), targets[train], 4)
    across = sum(part * likeness(features, block, train) for block, part in parts.items())
    wanted = np.eye(4)[targets[train]]
    ridge = KernelRidge(alpha=0.1, kernel="precomputed")
    ridge.fit(across[train], wanted - wanted.mean(axis=0))
    golden = ridge.predict(across) + wanted.mean(axis=0)
    np.testing.assert_allclose(head.logits(features), golden, atol=1e-4)


def test_the_words_themselves_have_a_say() -> None:
    features, targets = planted(60)
    head = make_base("kernel-words").fit(features, targets, 4)
    shuffled = features.blocks["words"][np.random.default_rng(0).permutation(60)]
    changed = head.logits(features.replaced({"words": shuffled})) - head.logits(features)
    assert np.abs(changed).max() > 0.05


def test_landmarks_carry_words_too(monkeypatch: pytest.MonkeyPatch) -> None:
    features, targets = planted(120)
    exact = make_base("kernel-words").fit(features, targets, 4).logits(features)
    monkeypatch.setattr(kernel, "_EXACT", 50)
    head = make_base("kernel-words")
    head.landmarks = 100
    carried = head.fit(features, targets, 4).logits(features)
    assert (carried.argmax(axis=1) == targets).mean() > 0.9
    assert np.abs(carried - exact).max() < 0.5
