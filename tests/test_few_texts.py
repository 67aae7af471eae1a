"""Few texts read, many guessed: the guesses are good where vectors add up, and know when not."""

import numpy as np
import pytest

from glasscase import Settings, explain
from glasscase.explanations.mask_sampling import EvenMasks
from glasscase.explanations.sentence_stand_in import SentenceStandIn

WORDS, DIM = 40, 64


def at_length_one(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def adding_up():
    """Masks, vectors that are sums of words counted unevenly, and each word alone."""
    random = np.random.default_rng(0)
    alone = at_length_one(random.normal(size=(WORDS, DIM)) + 0.5)
    counts = random.choice([0.2, 2.0], WORDS)
    masks = EvenMasks(WORDS, seed=0).draw(200)
    masks = masks[masks.any(axis=1)]
    return masks, at_length_one(masks @ (counts[:, None] * alone)), alone


def alike(one, other):
    return float((one * other).sum(axis=1).mean())


def test_vectors_that_add_up_are_guessed_from_few(adding_up):
    masks, vectors, alone = adding_up
    made = SentenceStandIn.fit(masks[:32], vectors[:32], alone)
    plain = at_length_one(masks[32:] @ alone)
    found = made.vectors(masks[32:])
    assert 1 - alike(found, vectors[32:]) < 0.7 * (1 - alike(plain, vectors[32:]))
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_what_is_left_out_tells_how_good_the_guesses_are(adding_up):
    masks, vectors, alone = adding_up
    random = np.random.default_rng(1)
    noise = at_length_one(random.normal(size=vectors.shape))
    good = SentenceStandIn.fit(masks[:32], vectors[:32], alone)
    bad = SentenceStandIn.fit(masks[:32], noise[:32], alone)
    assert alike(good.left_out, vectors[:32]) == pytest.approx(
        alike(good.vectors(masks[32:]), vectors[32:]), abs=0.03
    )
    assert abs(alike(bad.left_out, noise[:32])) < 0.2


def test_no_word_left_is_no_vector_and_lengths_are_kept_where_they_differ(adding_up):
    masks, vectors, alone = adding_up
    made = SentenceStandIn.fit(masks[:32], 3 * vectors[:32], alone)
    assert not made.vectors(np.zeros((1, WORDS), bool)).any()
    assert np.linalg.norm(made.vectors(masks[40:60]), axis=1).mean() > 2.0


LONG = (
    "Blue ceramic coffee mug for the office with a large handle, holds hot tea and cocoa all day, "
    "safe in dishwasher and microwave, a gift that friends will keep using every single morning"
)


@pytest.fixture(scope="module")
def shown(toy_catalog):
    return next(one for one in toy_catalog if one.photos and one.text).with_text(LONG)


def test_a_long_text_is_read_few_times_and_the_same_twice(toy_model, shown):
    told, again = (explain(toy_model, shown, parts=("words", "rival")) for _ in range(2))
    assert told.words.method == "sampled"
    assert told.words.samples < 200  # of two to the 31st
    assert told.words.words == again.words.words
    assert told.rival.words.words == again.rival.words.words
    assert 0.0 < told.words.overlap <= 1.0
    assert told.words.stand_in > 0.2
    assert all(word.error >= 0 for word in told.words.words)


def test_few_texts_name_the_words_that_many_name(toy_model, shown):
    few = explain(toy_model, shown, parts=("words",)).words.distinct
    seeded = Settings.model_validate(toy_model.settings.model_dump() | {"explain": {"seed": 7}})
    other = explain(toy_model, shown, settings=seeded, parts=("words",)).words.distinct
    assert len({*list(few)[:5]} & {*list(other)[:5]}) >= 4
    features = toy_model.encode([shown]).features
    label = int(toy_model.logits(features)[0].argmax())

    def answer(text):
        shown_so = toy_model.encoder.with_texts(features, [text])
        return float(toy_model.probabilities(shown_so)[0, label])

    heaviest = [word for word in few if few[word] > 0][:5]
    without = LONG
    for word in heaviest:
        without = without.replace(word, "")
    lightest = sorted(few, key=lambda word: few[word])[:5]
    lighter = LONG
    for word in lightest:
        lighter = lighter.replace(word, "")
    assert answer(without) < answer(lighter)
