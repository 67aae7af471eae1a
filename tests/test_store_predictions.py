"""Answers, what was said about them, and what is kept of products, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from glasscase.errors import BadSetting
from glasscase.store.kept import KeptPhoto
from glasscase.store.predictions import SORTS
from glasscase.store.store import Store
from store_rows import START, a_prediction


def test_an_answer_comes_back_as_it_was(store: Store) -> None:
    one = a_prediction(
        probability=0.1 + 0.2,
        answer={"top_k": [{"label": "Mügs 🫖", "probability": 1e-300}], "problem": None},
        shadow={"label": "Cups"},
        made_at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=2))),
        milliseconds=12.25, request_id="r", by="k", batch_id="b", row=3, problem="none",
    )  # fmt: skip
    store.predictions.add([one])
    found = store.predictions.get(one.id)
    assert found is not None
    assert {name: getattr(found, name) for name in one.__slots__} == {
        name: getattr(one, name) for name in one.__slots__
    }
    assert found.made_at.utcoffset() == timedelta(0)
    assert store.predictions.get("nothing") is None


def test_any_text_can_be_stored(store: Store) -> None:
    for words in ("a\0b", "\ud800", "x" * 20_000, "'; DROP TABLE predictions;--"):
        one = a_prediction(product_id=words, label=words, answer={"id": words}, problem=words)
        store.predictions.add([one])
        found = store.predictions.get(one.id)
        assert found is not None
        assert found.product_id == words.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
        assert found.answer == {"id": words}
        assert store.predictions.get(words) is None


def test_a_row_done_twice_counts_once(store: Store) -> None:
    rows = [a_prediction(batch_id="b", row=row, product_id=f"first{row}") for row in range(3)]
    again = [a_prediction(batch_id="b", row=row, product_id=f"again{row}") for row in range(2, 5)]
    store.predictions.add([])
    store.predictions.add(rows)
    store.predictions.add([*again, rows[0]])
    done = [row.product_id for row in store.predictions.all_of_batch("b")]
    assert done == ["first0", "first1", "first2", "again3", "again4"]
    assert store.predictions.rows_done("b") == 5


def test_a_long_batch_is_read_in_the_order_of_its_rows(store: Store) -> None:
    many = 1203
    rows = [a_prediction(batch_id="b", row=row) for row in range(many)]
    store.predictions.add(rows[600:])
    store.predictions.add(rows[:600])
    store.predictions.add([a_prediction(batch_id="other", row=0)])
    assert [row.row for row in store.predictions.all_of_batch("b")] == [*range(many)]


@pytest.fixture
def shelf(store: Store) -> Store:
    """A batch of four."""
    rows = [
        ("mug_1", "Mugs", 0.9, "accept"), ("mug%2", "Mugs", 0.4, "review"),
        ("Lamp", "Lamps", 0.7, "review"), ("none", None, None, "abstain"),
    ]  # fmt: skip
    store.predictions.add(
        [
            a_prediction(
                batch_id="b", row=row, product_id=id, label=label, probability=p, verdict=verdict,
                problem="" if label else "no usable photo",
            )
            for row, (id, label, p, verdict) in enumerate(rows)
        ]
    )  # fmt: skip
    return store


VIEWS = [
    ({}, ["mug_1", "mug%2", "Lamp", "none"]),
    ({"descending": True}, ["none", "Lamp", "mug%2", "mug_1"]),
    ({"verdict": "review"}, ["mug%2", "Lamp"]),
    ({"label": "Mugs", "verdict": "review"}, ["mug%2"]),
    ({"words": "MUG"}, ["mug_1", "mug%2"]),
    ({"words": "lamps"}, ["Lamp"]),
    ({"words": "usable"}, ["none"]),
    ({"words": "%"}, ["mug%2"]),
    ({"words": "_"}, ["mug_1"]),
    ({"sort": "probability"}, ["mug%2", "Lamp", "mug_1", "none"]),
    ({"sort": "probability", "descending": True}, ["mug_1", "Lamp", "mug%2", "none"]),
    ({"start": 1, "most": 2}, ["mug%2", "Lamp"]),
    ({"start": 10**30, "most": -1}, []),
    ({"start": -5, "most": 10**30}, ["mug_1", "mug%2", "Lamp", "none"]),
]


def test_a_batch_is_looked_through(shelf: Store) -> None:
    for view, ids in VIEWS:
        page = shelf.predictions.of_batch("b", **view)
        assert [row.product_id for row in page.rows] == ids, view
        assert page.total == (4 if "start" in view else len(ids)), view


def test_a_batch_in_figures(shelf: Store) -> None:
    for sort in SORTS:
        assert shelf.predictions.of_batch("b", sort=sort).total == 4
    assert shelf.predictions.counts("b") == {"review": 2, "abstain": 1, "accept": 1}
    assert shelf.predictions.labels("b") == {"Mugs": 2, "Lamps": 1}
    assert shelf.predictions.counts("nothing") == {}
    with pytest.raises(BadSetting) as told:
        shelf.predictions.of_batch("b", sort="answer")
    assert str(told.value) == (
        "results cannot be sorted by 'answer'. Sort by row, product_id, label, probability, "
        "verdict, milliseconds."
    )


def test_what_people_say_of_an_answer(store: Store) -> None:
    one = a_prediction()
    store.predictions.add([one])
    said = store.predictions.add_feedback(one.id, label="Cups", comment="a cup\0", by="ann")
    assert said is not None
    assert (said.label_before, said.label, said.comment) == ("Mugs", "Cups", "a cup\ufffd")
    assert store.predictions.add_feedback("nothing", label="x", comment="", by="ann") is None
    assert store.predictions.feedback() == [said]
    assert store.predictions.feedback(since=said.at + timedelta(seconds=1)) == []


def test_what_is_kept_of_a_product(database_url: str) -> None:
    from store_rows import Clock

    clock = Clock()
    store = Store.open(database_url, clock=clock)
    photos = [KeptPhoto("a.png", "image/png", bytes(range(256))), KeptPhoto("b", "", b"")]
    for words in ("old", "new"):
        store.kept.keep(
            "p", texts={"title": words}, attributes={"price": 1.5}, photos=photos,
            until=START + timedelta(days=1),
        )  # fmt: skip
    kept = store.kept.of("p")
    assert kept is not None
    assert (kept.texts, kept.attributes, kept.photos) == ({"title": "new"}, {"price": 1.5}, 2)
    assert [store.kept.photo("p", number) for number in range(3)] == [*photos, None]
    token = store.cards.add(b"<p>\xff", by="ann", until=START + timedelta(days=1))
    assert store.cards.get(token) == b"<p>\xff"
    assert store.cards.get("nothing") is None
    other = store.cards.add(b"<p>", by="ann", until=START + timedelta(days=1))
    assert (store.cards.remove(other), store.cards.remove(other)) == (True, False)
    assert (store.cards.get(other), store.cards.get(token)) == (None, b"<p>\xff")
    clock.go(days=1)
    assert (store.kept.of("p"), store.kept.photo("p", 0), store.cards.get(token)) == (None,) * 3
    store.close()
