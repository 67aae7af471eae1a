"""Paired tests give the numbers of the reference, and call real only what is."""

from __future__ import annotations

import numpy as np
import pytest

from glasscase.evaluation.alike import alike
from glasscase.evaluation.holm import holm
from glasscase.evaluation.mcnemar import mcnemar_exact
from glasscase.evaluation.pairs import compare_pairs, two_sided


@pytest.mark.parametrize(
    ("only_a", "only_b", "p_value"),
    [
        # statsmodels 0.14, mcnemar(..., exact=True); scipy's binomtest(a, a + b) gives the same
        (12, 3, 0.03515625),
        (1, 9, 0.021484375),
        (0, 7, 0.015625),
        (25, 25, 1.0),
        (110, 150, 0.01541558283317145),
        (4000, 4300, 0.001029736761268162),
    ],
)
def test_mcnemar_is_that_of_statsmodels(only_a: int, only_b: int, p_value: float) -> None:
    assert mcnemar_exact(only_a, only_b) == pytest.approx(p_value, rel=1e-9)
    assert mcnemar_exact(only_b, only_a) == mcnemar_exact(only_a, only_b)


def test_where_no_product_tells_two_models_apart_nothing_does() -> None:
    assert mcnemar_exact(0, 0) == 1.0


def test_holm_is_that_of_statsmodels() -> None:
    # statsmodels 0.14: multipletests of these by the method "holm"
    p_values = [0.0004, 0.03, 0.011, 0.2, 0.049, 0.011, 0.9]
    expected = [0.0028, 0.12, 0.066, 0.4, 0.147, 0.066, 0.9]
    assert holm(p_values) == pytest.approx(expected)
    assert holm([]) == []
    assert holm([0.6, 0.7]) == [1.0, 1.0]


def test_holm_seldom_finds_anything_where_there_is_nothing() -> None:
    rng = np.random.default_rng(0)
    families = rng.uniform(size=(2000, 10))
    false = sum(min(holm(family.tolist())) < 0.05 for family in families)
    assert 0.03 < false / 2000 < 0.065
    assert (families.min(axis=1) < 0.05).mean() > 0.35, "which without it is frequent"


def test_two_sided_counts_ties_against_a_difference() -> None:
    assert two_sided(np.array([0.1] * 95 + [-0.1] * 4)) == pytest.approx(0.1)
    assert two_sided(np.array([0.1] * 90 + [0.0] * 9)) == pytest.approx(0.2)
    assert two_sided(-np.array([0.1] * 95 + [-0.1] * 4)) == pytest.approx(0.1)


def test_groups_that_cannot_be_told_apart_may_overlap() -> None:
    names = ["a", "b", "c", "d"]
    assert alike(names, []) == (("a", "b", "c", "d"),)
    assert alike(names, [("a", "d"), ("d", "b")]) == (("a", "b", "c"), ("c", "d"))
    assert alike(names, [("a", x) for x in "bcd"]) == (("a",), ("b", "c", "d"))


def right(n: int, share: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(size=n) < share


def test_a_steady_advantage_is_real_and_luck_is_not() -> None:
    worse = right(400, 0.7, 0)
    better = worse | right(400, 0.3, 1)
    twin = worse.copy()
    twin[:3] = ~twin[:3]
    pairs = compare_pairs(
        ["better", "worse", "twin"],
        np.stack([better, worse, twin]),
        groups=list(range(400)),
        products=400,
    )
    verdicts = {(pair.a, pair.b): pair.verdict for pair in pairs}
    assert verdicts == {
        ("better", "worse"): "real",
        ("better", "twin"): "real",
        ("worse", "twin"): "chance",
    }
    first = pairs[0]
    assert first.difference.value == pytest.approx(better.mean() - worse.mean())
    assert (first.only_a, first.only_b) == (int((better & ~worse).sum()), 0)
    assert first.p_bootstrap_holm == pytest.approx(3 * first.p_bootstrap)


def test_the_bootstrap_knows_copies_where_mcnemar_does_not() -> None:
    a = np.repeat(np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], bool), 10)
    b = np.repeat(np.array([1, 0, 0, 0, 0, 0, 0, 0, 0, 0], bool), 10)
    groups = np.repeat(np.arange(10), 10).tolist()
    (pair,) = compare_pairs(["a", "b"], np.stack([a, b]), groups=groups, products=100)
    assert pair.p_mcnemar < 1e-6
    assert pair.p_bootstrap > 0.05
    assert pair.verdict == "doubtful"


def test_mcnemar_sees_a_product_once_however_often_it_was_divided() -> None:
    a, b = right(60, 0.9, 0), right(60, 0.8, 1)
    once, thrice = (
        compare_pairs(
            ["a", "b"],
            np.stack([np.tile(a, times), np.tile(b, times)]),
            groups=list(range(60)) * times,
            products=60,
        )[0]
        for times in (1, 3)
    )
    assert once.to_dict() == thrice.to_dict()


def test_only_pairs_with_the_first_are_a_smaller_family() -> None:
    correct = np.stack([right(80, share, i) for i, share in enumerate((0.9, 0.8, 0.7))])
    args = {"groups": list(range(80)), "products": 80}
    some = compare_pairs(["a", "b", "c"], correct, with_first=True, **args)
    assert [(pair.a, pair.b) for pair in some] == [("a", "b"), ("a", "c")]
    every = compare_pairs(["a", "b", "c"], correct, **args)
    smallest = min(every, key=lambda pair: pair.p_mcnemar)
    assert smallest.p_mcnemar_holm == pytest.approx(min(1, 3 * smallest.p_mcnemar))
    mine = next(pair for pair in some if pair.b == smallest.b)
    assert mine.p_mcnemar_holm == pytest.approx(min(1, 2 * mine.p_mcnemar))
