"""Modality shares are exact Shapley values."""

import pytest

from glasscase.explanations.shapley import modality_shares


def test_values_and_base_add_up_to_the_answer_even_when_modalities_need_each_other():
    table = {
        frozenset(): -1.0,
        frozenset({"text"}): 2.0,
        frozenset({"image"}): 0.5,
        frozenset({"text", "image"}): 5.0,
    }
    text, image = modality_shares(["text", "image"], table.__getitem__)
    assert text.value == pytest.approx(0.5 * (3.0 + 4.5))
    assert image.value == pytest.approx(0.5 * (1.5 + 3.0))
    assert table[frozenset()] + text.value + image.value == pytest.approx(5.0)
    assert text.share + image.share == pytest.approx(1.0)


def test_a_single_modality_has_the_whole_say():
    (only,) = modality_shares(["image"], lambda given: 2.0 * len(given) - 0.5)
    assert (only.modality, only.value, only.share) == ("image", 2.0, 1.0)


def test_a_modality_that_changes_nothing_has_no_share():
    text, image = modality_shares(["text", "image"], lambda given: float("text" in given))
    assert (text.share, image.share) == (1.0, 0.0)


def test_every_coalition_is_asked_once():
    asked = []
    modality_shares(["text", "image"], lambda given: asked.append(given) or 0.0)
    assert len(asked) == len(set(asked)) == 4


def test_nothing_present_is_nothing_shared():
    assert modality_shares([], lambda given: 1.0) == ()
