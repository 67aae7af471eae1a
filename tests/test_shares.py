"""Shares of many products agree with the Shapley values an explanation shows of one."""

from __future__ import annotations

import numpy as np
import pytest

from glasscase.explanations import shapley
from glasscase.models.features import Features
from glasscase.models.head import softmax
from glasscase.models.linear import LinearHead
from glasscase.models.shares import modality_shares
from synthetic_features import planted, with_gaps


@pytest.fixture(scope="module")
def shop() -> Features:
    features = with_gaps(planted(24, seed=9)[0])
    nothing = np.arange(24) == 20
    return features.without("text", nothing).without("image", nothing)


@pytest.fixture(scope="module")
def probabilities() -> object:
    features, targets = planted()
    head = LinearHead(("sentence", "image")).fit(with_gaps(features), targets, 4)
    return lambda given: softmax(head.logits(given))


def log_odds(probs: np.ndarray) -> np.ndarray:
    return np.log(probs) - np.log1p(-probs)


def test_shares_are_those_of_the_explanation(shop: Features, probabilities: object) -> None:
    chosen = probabilities(shop).argmax(axis=1)
    found = modality_shares(probabilities, shop, chosen)
    for row in range(len(shop)):
        one = shop.take(slice(row, row + 1))
        there = [name for name in ("text", "image") if one.has(name)[0]]

        def worth(given, one=one, row=row, there=there):
            for name in set(there) - given:
                one = one.without(name)
            return float(log_odds(probabilities(one)[0, chosen[row]]))

        expected = {s.modality: s.share for s in shapley.modality_shares(there, worth)}
        ours = dict(zip(("text", "image"), found[row], strict=True))
        assert ours == pytest.approx({"text": 0.0, "image": 0.0, **expected}, abs=1e-4)


def test_rows_sum_to_one_and_what_is_missing_has_no_share(
    shop: Features, probabilities: object
) -> None:
    chosen = probabilities(shop).argmax(axis=1)
    shares = modality_shares(probabilities, shop, chosen)
    there = shop.present.any(axis=1)
    assert shares[there].sum(axis=1) == pytest.approx(np.ones(there.sum()))
    assert (~there).any()
    assert not shares[~there].any()
    no_photo = shop.has("text") & ~shop.has("image")
    assert no_photo.any()
    assert (shares[no_photo] == [1, 0]).all()
    no_text = shop.has("image") & ~shop.has("text")
    assert no_text.any()
    assert (shares[no_text] == [0, 1]).all()


def test_a_model_that_only_reads_leaves_the_photo_no_share(shop: Features) -> None:
    features, targets = planted()
    head = LinearHead(("sentence",)).fit(features, targets, 4)
    complete = shop.take(shop.present.all(axis=1))

    def reads(given: Features) -> np.ndarray:
        return softmax(head.logits(given))

    shares = modality_shares(reads, complete, reads(complete).argmax(axis=1))
    assert (shares[:, 0] > 0.999).all()


def test_modalities_that_pull_against_each_other_both_count() -> None:
    """Values +3 for the text and -1 for the photo: shares three quarters and one quarter."""
    one = Features({"image": np.ones((1, 2), np.float32)}, np.ones((1, 2), bool))

    def probs(given: Features) -> np.ndarray:
        odds = 3.0 * given.has("text") - 1.0 * given.has("image")
        right = 1 / (1 + np.exp(-odds))
        return np.stack([right, 1 - right], axis=1)

    shares = modality_shares(probs, one, np.array([0]))
    assert shares[0] == pytest.approx([0.75, 0.25])


def test_probabilities_of_one_and_zero_give_finite_shares() -> None:
    one = Features({"image": np.ones((2, 2), np.float32)}, np.ones((2, 2), bool))

    def certain(given: Features) -> np.ndarray:
        right = given.has("text").astype(float)
        return np.stack([right, 1 - right], axis=1)

    shares = modality_shares(certain, one, np.array([0, 1]))
    assert shares == pytest.approx(np.array([[1.0, 0], [1.0, 0]]))


def test_no_products_have_no_shares(probabilities: object, shop: Features) -> None:
    nobody = shop.take(slice(0, 0))
    assert modality_shares(probabilities, nobody, np.zeros(0, int)).shape == (0, 2)
