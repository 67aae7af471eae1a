"""The check of an explanation: it passes where the explanation is right, and fails where not."""

from dataclasses import replace

import numpy as np
import pytest

from glasscase.explanations.blurred_photos import BlurredPhotos
from glasscase.explanations.curves import Curves
from glasscase.explanations.faithfulness import photo_curves, word_curves
from glasscase.explanations.question import Question
from glasscase.explanations.word_weights import weigh_words
from glasscase.jobs.explain import explain
from see_through_model import PALE_RED, photo, product, tiny_model

LONG = "mug coffee one two three four five six seven eight كوب ☕"


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture(scope="module")
def striped():
    return tiny_model(striped=True)


def about_mugs(model, shown):
    return Question.of(model, shown, model.encode([shown]).features, (0, None), model.settings)


def test_of_few_words_the_random_curve_is_the_mean_over_all_sets(model):
    (told,) = explain(model, product("mug coffee blue gift"), label="Mugs").checks
    question = about_mugs(model, product("mug coffee blue gift"))
    texts = ["coffee blue gift", "mug blue gift", "mug coffee gift", "mug coffee blue"]
    assert told.orders == 0
    assert told.shares == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert told.random[1] == pytest.approx(question.answers(texts).mean())
    assert told.random[0] == told.heaviest_first[0] == told.heaviest_last[0] == told.before
    assert told.random[-1] == told.heaviest_first[-1] == told.heaviest_last[-1]
    assert told.heaviest_last[3] == pytest.approx(question.answers(["mug"])[0])
    assert told.passed


def test_a_long_text_passes_with_its_weights_and_fails_with_wrong_ones(model):
    question = about_mugs(model, product(LONG))
    weighed = weigh_words(question)
    right = word_curves(question, weighed)
    assert right.passed
    assert right.orders == 3
    assert right.named == 5
    assert right.before - right.at_named > 2 * (right.before - right.random_at_named)
    found = replace(weighed.found, weights=-weighed.found.weights)
    assert not word_curves(question, replace(weighed, found=found)).passed


@pytest.mark.parametrize("words", ["mug", "mug mug mug"])
def test_of_one_word_there_is_no_order_to_pass_or_fail(model, words):
    (told,) = explain(model, product(words), label="Mugs").checks
    assert told.passed is None
    assert told.sentence.startswith("Removing the only word takes it from ")
    assert "random" not in told.sentence


def test_what_changes_nothing_neither_passes_nor_fails(model):
    (told,) = explain(model, product("mug blue"), label="Mugs").checks
    flat = (0.4, 0.4 + 1e-12, 0.4)
    same = replace(told, heaviest_first=flat[::-1], heaviest_last=flat, random=(0.4,) * 3)
    assert same.passed is None
    assert same.to_dict()["passed"] is None
    assert replace(same, random=(0.4, 0.401, 0.4)).passed is False


def test_the_photo_passes_with_its_heat_map_and_fails_with_one_that_lies_elsewhere(striped):
    shown = product("", photo(PALE_RED, (80, 80), striped=True))
    explanation = explain(striped, shown, label="Mugs")
    question = about_mugs(striped, shown)
    right = photo_curves(BlurredPhotos.of(question, explanation.heat_maps))
    assert right.passed
    assert right.at_named < right.random_at_named
    (heat,) = explanation.heat_maps
    moved = replace(heat, values=np.roll(heat.values, (3, 3), (0, 1)),
                    against=np.roll(heat.against, (3, 3), (0, 1)))  # fmt: skip
    assert not photo_curves(BlurredPhotos.of(question, [moved])).passed


def test_blurring_changes_the_chosen_places_and_no_others(striped):
    shown = product("", photo(PALE_RED, (0, 0), striped=True))
    question = about_mugs(striped, shown)
    photos = BlurredPhotos.of(question, explain(striped, shown, label="Mugs").heat_maps)
    places = np.zeros((3, 49), bool)
    places[1, [0, 1, 7, 8]] = True
    places[2, [40, 41, 47, 48]] = True
    before, on_cue, elsewhere = photos.logits(places)[:, 0]
    assert before == pytest.approx(float(striped.logits(question.features)[0, 0]), abs=1e-3)
    assert on_cue < before - 0.5
    assert elsewhere == pytest.approx(before, abs=0.02)


def test_of_several_photos_all_their_places_stand_in_one_order(striped):
    cue = photo(PALE_RED, (0, 0), "cue.png", striped=True)
    plain = photo((128, 128, 128), name="plain.png")
    shown = product("", plain, cue)
    question = about_mugs(striped, shown)
    photos = BlurredPhotos.of(question, explain(striped, shown, label="Mugs").heat_maps)
    hottest = photos.grids(photos.first(photos.order, [3])[0])
    assert [int(grid.sum()) for grid in hottest] == [0, 3]
    assert photos.logits(np.zeros((1, 98), bool))[0] == pytest.approx(
        striped.logits(question.features)[0], abs=1e-3
    )


def curves(**changes):
    made = Curves(
        what="words", answer="probability", shares=(0.0, 0.5, 1.0),
        heaviest_first=(0.92, 0.31, 0.1), heaviest_last=(0.92, 0.9, 0.1), random=(0.92, 0.85, 0.1),
        orders=3, named=5, at_named=0.31, random_at_named=0.85,
    )  # fmt: skip
    return replace(made, **changes)


def test_what_was_found_is_said_in_a_sentence():
    assert curves().sentence == (
        "Removing the 5 heaviest words takes it from 92.0 % to 31.0 %; 5 random words, to 85.0 %."
    )
    assert curves(named=1).sentence.startswith("Removing the heaviest word takes it")
    assert curves(what="photo").sentence == (
        "Blurring the strongest fifth of the photo takes it from 92.0 % to 31.0 %; blurring a "
        "random fifth, to 85.0 %."
    )
    sure = curves(heaviest_first=(0.9999, 0.0001, 0.0), at_named=0.0001)
    assert "from over 99.9 % to under 0.1 %" in sure.sentence
    odds = curves(answer="log-odds", heaviest_first=(3.0, -1.0, 0.0), at_named=-1.0)
    assert "from +3.00 to -1.00" in odds.sentence


def test_areas_are_means_over_the_shares():
    areas = curves().areas
    assert areas["deletion"] == pytest.approx((0.92 + 2 * 0.31 + 0.1) / 4)
    assert areas["insertion"] == pytest.approx((0.92 + 2 * 0.9 + 0.1) / 4)
    assert areas["random"] == pytest.approx((0.92 + 2 * 0.85 + 0.1) / 4)
    assert curves().passed
    assert not curves(random=(0.92, 0.2, 0.1)).passed
