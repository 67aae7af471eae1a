"""Words and reviews of the toy catalogue: learnable, honest, and two-faced where planted so."""

import random
import re
from collections import Counter

import numpy as np
import pytest

from glasscase.catalog import toy
from glasscase.catalog.toy import LEAVES
from glasscase.catalog.toy_drawings import drawing
from glasscase.catalog.toy_drawings.palette import Look
from glasscase.catalog.toy_plan import plan
from glasscase.catalog.toy_reviews import _OPENINGS, write_reviews
from glasscase.catalog.toy_vocabulary import KINDS
from glasscase.catalog.toy_words import TWIN_WORDS, write_twin_words, write_words


@pytest.mark.parametrize("pair", TWIN_WORDS, ids=lambda pair: "-".join(sorted(pair)))
def test_ambiguous_words_are_the_same_for_both_kinds_and_name_neither(pair):
    one, other = sorted(pair)
    for seed in range(30):
        mine, theirs = (write_twin_words(leaf, random.Random(seed)) for leaf in (one, other))
        assert (mine.title, mine.sentences, mine.brand) == (
            theirs.title,
            theirs.sentences,
            theirs.brand,
        )
        text = f"{mine.title} {mine.description}".lower()
        for noun in (*KINDS[one].nouns, *KINDS[other].nouns):
            assert not re.search(rf"\b{re.escape(noun.lower())}\b", text)


def test_every_kind_has_one_ambiguous_text_and_one_ambiguous_photo():
    for pairs in (TWIN_WORDS, drawing.LOOKALIKES):
        assert sorted(leaf for pair in pairs for leaf in pair) == sorted(LEAVES)


def test_where_the_photo_is_ambiguous_the_title_says_what_it_is():
    look = Look("red", "white", "striped", "x")
    for leaf in LEAVES:
        for seed in range(10):
            title = write_words(leaf, look, random.Random(seed), clear=True).title
            assert any(noun in title for noun in KINDS[leaf].nouns)
            assert title.startswith("Striped red ")


def test_words_alone_can_be_learnt_but_not_perfectly():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    items = [toy._item(one, 0) for one in plan(600, seed=0)]
    texts = [f"{item.words.title} {item.words.description}" for item in items]
    leaves = [item.entry.leaf for item in items]
    labels = [item.entry.label for item in items]
    words = TfidfVectorizer(sublinear_tf=True)
    known = words.fit_transform(texts[:400])
    model = LogisticRegression(C=30, max_iter=300).fit(known, labels[:400])
    right = model.predict(words.transform(texts[400:])) == np.array(leaves[400:])
    assert 0.88 < right.mean() < 0.97
    cases = np.array([item.entry.case for item in items[400:]])
    assert right[cases == "plain"].mean() > 0.95
    assert right[cases == "text_ambiguous"].mean() < 0.9


def test_reviews_are_uneven_and_their_words_agree_with_the_stars():
    reviews = [one for n in range(600) for one in write_reviews("Mugs", random.Random(n))]
    stars = Counter(review.stars for review in reviews)
    assert stars[5] > stars[4] > stars[3] > stars[2]
    assert stars[1] > stars[2]
    for review in reviews:
        said = [s for s, openings in _OPENINGS.items() if any(o in review.text for o in openings)]
        assert said == [review.stars]
