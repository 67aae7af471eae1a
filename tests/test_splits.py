"""Folds keep groups whole and classes in their shares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasscase.catalog.splits import grouped_stratified_folds, train_test_split
from glasscase.errors import BadSetting


def _uneven(n=2000, seed=3):
    rng = np.random.default_rng(seed)
    labels = rng.choice(["a", "b", "c", "d"], size=n, p=[0.6, 0.3, 0.08, 0.02])
    groups = np.arange(n)
    twins = rng.choice(n, size=n // 5, replace=False)
    groups[twins] = groups[np.roll(twins, 1)]
    return labels.tolist(), groups


def test_groups_are_never_divided():
    labels, groups = _uneven()
    folds = grouped_stratified_folds(labels, groups, folds=5, seed=0)
    assert all(len(set(folds[groups == group])) == 1 for group in set(groups.tolist()))
    train, test = train_test_split(labels, groups, test_share=0.25, seed=0)
    assert not set(groups[train]) & set(groups[test])
    assert sorted([*train, *test]) == list(range(len(labels)))


def test_classes_keep_their_shares():
    labels, groups = _uneven()
    folds = grouped_stratified_folds(labels, groups, folds=5, seed=0)
    for label in "abcd":
        counts = np.bincount(folds[np.array(labels) == label], minlength=5)
        assert counts.max() - counts.min() <= 4, (label, counts)
    assert np.ptp(np.bincount(folds)) <= 4
    _, test = train_test_split(labels, groups, test_share=0.25, seed=0)
    for label in "abcd":
        share = np.mean(np.array(labels)[test] == label) / np.mean(np.array(labels) == label)
        assert 0.9 < share < 1.1


def test_without_groups_each_class_is_spread_to_within_one():
    labels = ["a"] * 101 + ["b"] * 33 + ["c"] * 4
    folds = grouped_stratified_folds(labels, np.arange(138), folds=5, seed=1)
    for label in "abc":
        counts = np.bincount(folds[np.array(labels) == label], minlength=5)
        assert np.ptp(counts) <= 1


def test_as_balanced_as_scikit_learn():
    from sklearn.model_selection import StratifiedGroupKFold

    def unevenness(parts):
        return sum(
            np.std(np.bincount(parts[np.array(labels) == label], minlength=5)) for label in "abcd"
        )

    labels, groups = _uneven(600)
    theirs = np.zeros(600, dtype=int)
    splitter = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    for number, (_, test) in enumerate(splitter.split(labels, labels, groups)):
        theirs[test] = number
    ours = grouped_stratified_folds(labels, groups, folds=5, seed=0)
    assert unevenness(ours) <= unevenness(theirs)


def test_rare_classes_do_not_gather_in_one_fold():
    labels = [f"rare {i}" for i in range(20)] + ["usual"] * 80
    folds = grouped_stratified_folds(labels, np.arange(100), folds=5, seed=0)
    assert np.bincount(folds).tolist() == [20] * 5
    assert np.bincount(folds[:20], minlength=5).max() < 10


def test_the_seed_decides():
    labels, groups = _uneven(300)
    one, same, other = (
        grouped_stratified_folds(labels, groups, folds=3, seed=seed) for seed in (0, 0, 1)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert np.array_equal(
        train_test_split(labels, groups, seed=4)[1], train_test_split(labels, groups, seed=4)[1]
    )


def test_a_class_of_one_product_stays_in_training():
    labels = ["a"] * 20 + ["single"]
    for seed in range(5):
        train, test = train_test_split(labels, np.arange(21), test_share=0.2, seed=seed)
        assert 20 in train
        assert len(test) == 4
        assert 20 in train_test_split(labels, np.arange(21), test_share=0.7, seed=seed)[0]


def test_missing_labels_are_a_class_of_their_own():
    labels = [None] * 10 + ["a"] * 10
    folds = grouped_stratified_folds(labels, np.arange(20), folds=2, seed=0)
    assert np.bincount(folds[:10]).tolist() == [5, 5]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: grouped_stratified_folds(["a"] * 4, np.arange(4), folds=1, seed=0),
            "1 folds cannot be compared. Use 2 or more.",
        ),
        (
            lambda: grouped_stratified_folds(["a"] * 4, np.array([0, 0, 0, 1]), folds=3, seed=0),
            "2 independent products cannot be divided into 3 folds. "
            "Use fewer folds or more products; near-duplicates count as one.",
        ),
        (
            lambda: grouped_stratified_folds(["a"], np.arange(2), folds=2, seed=0),
            "2 groups for 1 products. Give one group per product.",
        ),
        (
            lambda: train_test_split(["a"] * 4, np.arange(4), test_share=1.0),
            "a test share of 1 is impossible. Use 0.1 to 0.5.",
        ),
        (
            lambda: train_test_split(["a"], np.arange(1)),
            "one independent product cannot be divided. Add more products.",
        ),
    ],
)
def test_impossible_wishes(call, message):
    with pytest.raises(BadSetting) as caught:
        call()
    assert str(caught.value) == message


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 12)), min_size=3, max_size=60),
    st.integers(2, 4),
    st.integers(0, 5),
)
def test_any_labels_and_groups(products, folds, seed):
    labels = [label for label, _ in products]
    groups = np.array([group for _, group in products])
    if len(set(groups.tolist())) < folds:
        return
    found = grouped_stratified_folds(labels, groups, folds=folds, seed=seed)
    assert set(found.tolist()) == set(range(folds))
    assert all(len(set(found[groups == group])) == 1 for group in groups)
    train, test = train_test_split(labels, groups, seed=seed)
    assert len(test)
    assert len(train)
