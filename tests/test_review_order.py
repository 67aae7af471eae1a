"""What a person looks at first: unsure ones, no two alike, the dear sooner; and how it is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.store_rows import a_prediction

from glasscase.catalog.product import Product
from glasscase.jobs.review_queue import ReviewQueue, unit_projected
from glasscase.models.classifier import ProductClassifier
from glasscase.review.category_search import find_categories
from glasscase.review.teaching import (
    Pile,
    Weights,
    dearest,
    teaching_order,
    unsure_between,
    why_first,
)
from glasscase.store.kept import KeptPhoto
from glasscase.store.store import Store

APART = np.eye(6, dtype=np.float32)


def pile(unsure: Sequence[float], vectors=None, values=None) -> Pile:
    vectors = APART[: len(unsure)] if vectors is None else np.array(vectors, np.float32)
    return Pile(np.array(unsure), vectors, None if values is None else np.array(values, float))


def test_the_unsure_come_before_the_sure() -> None:
    assert teaching_order(pile([0.1, 0.9, 0.5])).rows.tolist() == [1, 2, 0]


def test_near_duplicates_do_not_follow_one_another() -> None:
    twin = APART[0] * 0.99 + APART[1] * np.sqrt(1 - 0.99**2)
    order = teaching_order(pile([0.9, 0.89, 0.3, 0.2], [APART[0], twin, APART[2], APART[3]]))
    assert order.rows.tolist()[1:] == [2, 3, order.rows[-1]]
    assert {int(order.rows[0]), int(order.rows[-1])} == {0, 1}
    assert order.apart[order.rows[-1]] == pytest.approx(0.01, abs=1e-3)
    doubt = Weights(diversity=0.0)
    unsure = [0.9, 0.89, 0.3, 0.2]
    vectors = [APART[0], twin, APART[2], APART[3]]
    assert teaching_order(pile(unsure, vectors), weights=doubt).rows.tolist() == [0, 1, 2, 3]


def test_one_that_speaks_for_many_comes_before_an_oddity() -> None:
    middle = APART[:3].sum(axis=0) / np.sqrt(3)
    like = [(middle + 0.5 * APART[k]) / np.linalg.norm(middle + 0.5 * APART[k]) for k in range(3)]
    order = teaching_order(pile([0.9, 0.8, 0.8, 0.8, 0.8], [APART[5], middle, *like]))
    assert order.rows[0] == 1  # less unsure than the oddity
    assert order.speaks_for[1] == 3
    assert order.speaks_for[0] == 0


def test_what_is_like_those_reviewed_waits() -> None:
    found = teaching_order(pile([0.8, 0.7]), reviewed=APART[:1])
    assert found.rows.tolist() == [1, 0]
    assert found.apart.tolist() == [0.0, 1.0]
    assert teaching_order(pile([0.8, 0.7])).rows.tolist() == [0, 1]


def test_the_dear_come_sooner_and_the_weight_says_how_much() -> None:
    same = pile([0.5, 0.5, 0.5], values=[10, 9000, np.nan])
    assert teaching_order(same).rows.tolist() == [1, 2, 0]
    assert teaching_order(same, weights=Weights(value=0.0)).rows.tolist() == [0, 1, 2]
    assert teaching_order(pile([0.9, 0.3], values=[1, 9000])).rows.tolist() == [0, 1]


def test_priorities_fall_with_the_order_and_what_nothing_is_known_of_is_not_lost() -> None:
    order = teaching_order(pile([0.1, 0.9], [APART[0], np.zeros(6)]))
    assert order.rows.tolist() == [1, 0]
    assert order.priorities().tolist() == [0.5, 1.0]
    assert teaching_order(pile([])).rows.tolist() == []


def test_a_long_pile_is_ordered_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glasscase.review.teaching.FIRST", 2)
    order = teaching_order(pile([0.2, 0.9, 0.4, 0.6, 0.3]))
    assert order.rows.tolist() == [1, 3, 2, 4, 0]
    assert (order.apart == 1).all()


def test_bounds_that_are_renewed_late_give_the_order_of_those_renewed_always() -> None:
    rng = np.random.default_rng(3)
    vectors = rng.standard_normal((40, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    unsure, covered, expected = rng.random(40), np.zeros(40), []
    alike = np.clip(vectors @ vectors.T, 0, 1)
    for _ in range(40):
        gains = np.maximum(alike - covered, 0) @ (0.02 + unsure) * (0.02 + unsure)
        gains[expected] = -1
        expected.append(int(gains.argmax()))
        covered = np.maximum(covered, alike[expected[-1]])
    found = teaching_order(pile(unsure, vectors), weights=Weights(value=0.0))
    assert found.rows.tolist()[:30] == expected[:30]  # later ones gain nothing any more


def test_doubt_is_the_margin_and_the_size_of_the_set() -> None:
    assert unsure_between(0.5, 0.5) > unsure_between(0.6, 0.2) > unsure_between(0.99, 0.01)
    assert unsure_between(0.6, 0.3, 5) > unsure_between(0.6, 0.3, 2) > unsure_between(0.6, 0.3, 1)


@pytest.mark.parametrize(
    ("said", "top", "more"),
    [
        ("The model had nothing to go by.", [], {}),
        ("The model is only 40 % sure of A.", [("A", 0.4), ("B", 0.1)], {}),
        ("3 categories are possible. Worth 2,300.", [("A", 0.8), ("B", 0.1)],
         {"choices": 3, "value": 2300.0}),
        ("The model is only 40 % sure of A. 4 others that wait are much like it.",
         [("A", 0.4)], {"speaks_for": 4}),
        ("The model is 80 % sure of A.", [("A", 0.8), ("B", 0.1)], {}),
    ],
)  # fmt: skip
def test_the_reason_is_said_in_plain_words(said: str, top: list, more: dict) -> None:
    assert why_first(top, **more) == said


def test_the_dearest_are_a_tenth_and_none_where_all_cost_the_same() -> None:
    prices = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 100, np.nan])
    assert np.flatnonzero(dearest(prices)).tolist() == [9]
    assert not dearest(np.full(5, 3.0)).any()


def test_words_alone_have_vectors_too() -> None:
    from scipy import sparse

    rows = np.random.default_rng(0).random((3, 400), np.float32)
    rows[1] = rows[0]
    found = unit_projected(sparse.csr_matrix(rows), "words")
    assert found[0] @ found[1] == pytest.approx(1.0, abs=1e-5)


# -- categories by a few letters

TREE = [
    ("Home",), ("Home", "Kitchen"), ("Home", "Kitchen", "Mugs"), ("Home", "Kitchen", "Café cups"),
    ("Home", "Garden", "Flower pots"), ("Toys",), ("Toys", "Kitchen toys"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("mugs", "Mugs"),
        ("MUG", "Mugs"),
        ("mgus", "Mugs"),  # letters in the wrong order
        ("cafe", "Café cups"),  # without the accent
        ("flowr pts", "Flower pots"),  # letters left out
        ("kitchen", "Kitchen"),  # its own name before those below it
        ("toys kitchen", "Kitchen toys"),
        ("kitchen mu", "Mugs"),
    ],
)
def test_a_category_is_found_by_a_few_letters(words: str, first: str) -> None:
    assert find_categories(words, TREE)[0].path[-1] == first


def test_every_word_must_fit() -> None:
    assert find_categories("mugs garden", TREE) == []
    assert find_categories("zzzz", TREE) == []
    assert [one.path for one in find_categories(" ", TREE, most=2)] == TREE[:2]


# -- the queue itself


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'reviews.db'}")
    yield store
    store.close()


def answered(
    store: Store, product: Product, *, keep: bool = True, verdict: str = "review", **more: object
) -> str:
    """An answer about `product` in the store, its photos and texts kept or not."""
    top = [{"label": "A", "probability": 0.5}, {"label": "B", "probability": 0.4}]
    one = a_prediction(
        product_id=product.id, verdict=verdict, answer={"top_k": top}, made_at=datetime.now(UTC),
        **more,
    )  # fmt: skip
    store.predictions.add([one])
    if keep:
        photos = [KeptPhoto(photo.name, "image/png", photo.read()) for photo in product.photos]
        store.kept.keep(
            one.id, texts=product.texts, attributes={"price": "12.50"}, photos=photos,
            until=datetime.now(UTC) + timedelta(days=1),
        )  # fmt: skip
    return one.id


def test_only_what_can_be_shown_comes_into_the_queue(store: Store, toy_catalog) -> None:
    first, second, *_ = toy_catalog.products
    shown = answered(store, first, batch_id="b", row=1)
    answered(store, second, keep=False)
    answered(store, second, verdict="accept")
    queue = ReviewQueue(store)
    filled = queue.fill()
    assert [item.prediction_id for item in store.reviews.open_items(9)] == [shown]
    assert filled.sentence == (
        "1 product came into the queue. 1 product cannot be shown, for their photos and texts "
        "were not kept: send keep_days, or set service.keep_days."
    )
    again = queue.fill(batch_id="b")
    assert again.sentence == "0 products came into the queue. 1 product had come before."
    assert queue.fill(since=datetime.now(UTC) + timedelta(hours=1)).queued == 0


def test_the_queue_is_ordered_by_what_the_model_says_of_the_products_themselves(
    store: Store, toy_catalog, toy_model: ProductClassifier
) -> None:
    products = toy_catalog.products[:8]
    probs = np.sort(toy_model.predict_proba(products), axis=1)
    margins = probs[:, -1] - probs[:, -2]
    ids = [answered(store, product) for product in products]
    copy = answered(store, products[int(margins.argmin())])
    queue = ReviewQueue(store)
    queue.fill()
    assert queue.reorder(toy_model, "m1") == 9
    order = [item.prediction_id for item in store.reviews.open_items(9)]
    twins = {ids[int(margins.argmin())], copy}
    assert order[0] in twins  # the least sure one leads
    assert order[-1] in twins  # and its copy teaches nothing more
    (item,) = store.reviews.open_items(1)
    assert queue.why(item, {}) != ""
    shown = {
        "top_k": [{"label": "Mugs", "probability": 0.48}, {"label": "Bowls", "probability": 0.44}]
    }
    # The figures are those of the answer that is shown, though another photo size was asked about.
    assert queue.why(item, shown).startswith(
        "The model wavers between Mugs (48 %) and Bowls (44 %)."
    )


def test_what_is_no_longer_kept_comes_last(
    store: Store, toy_catalog, toy_model: ProductClassifier
) -> None:
    ids = [answered(store, product) for product in toy_catalog.products[:3]]
    queue = ReviewQueue(store)
    queue.fill()
    store.kept.keep(
        ids[0], texts={}, attributes={}, photos=[], until=datetime.now(UTC) - timedelta(days=1)
    )
    queue.reorder(toy_model, "m1")
    last = store.reviews.open_items(9)[-1]
    assert (last.prediction_id, last.priority) == (ids[0], -2.0)  # behind those that come new
