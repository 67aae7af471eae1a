"""The queue: nobody gets what another holds, nothing decided is lost, and people may disagree."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from glasscase.errors import BadSetting, Conflict
from glasscase.store.review_items import NewReview, ReviewCounts
from glasscase.store.store import Store
from store_rows import START, Clock, a_prediction, in_the_queue, in_threads


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database_url: str, clock: Clock) -> Iterator[Store]:
    store = Store.open(database_url, clock=clock)
    yield store
    store.close()


def test_the_most_important_comes_first_and_only_once(store: Store) -> None:
    first, second, third, fourth = (item.id for item in in_the_queue(store, 4))
    assert [item.id for item in store.reviews.hold("ann")] == [first, second]
    assert [item.id for item in store.reviews.hold("bob", most=1)] == [third]
    assert [item.id for item in store.reviews.hold("ann", most=3)] == [first, second, fourth]
    assert store.reviews.hold("eve") == []
    store.reviews.release(third, "eve")  # not hers
    assert store.reviews.hold("eve") == []
    store.reviews.release(third, "bob")
    assert [item.id for item in store.reviews.hold("eve")] == [third]
    store.reviews.reprioritise({fourth: 5.0, "nothing": 1.0})
    assert [item.id for item in store.reviews.open_items(2)] == [fourth, first]


def test_what_is_held_too_long_is_free_again(store: Store, clock: Clock) -> None:
    (item,) = in_the_queue(store, 1)
    store.reviews.hold("ann", seconds=60)
    clock.go(seconds=59)
    assert store.reviews.hold("bob") == []
    clock.go(seconds=1)
    assert store.reviews.counts() == ReviewCounts(open=1, held=0, decided=0, skipped=0, disagreed=0)
    (taken,) = store.reviews.hold("bob", seconds=60)
    assert (taken.id, taken.held_by) == (item.id, "bob")
    with pytest.raises(Conflict) as told:
        store.reviews.decide(item.id, by="ann", action="accept")
    assert str(told.value) == (
        "this product is no longer yours to decide: the time was over, or it was given back. "
        "Go on with the next one."
    )


def test_late_is_not_lost_while_nobody_else_took_it(store: Store, clock: Clock) -> None:
    (item,) = in_the_queue(store, 1)
    store.reviews.hold("ann", seconds=60)
    clock.go(hours=2)
    assert store.reviews.decide(item.id, by="ann", action="accept").state == "decided"


def test_a_decision_said_twice_counts_once(store: Store, clock: Clock) -> None:
    (item,) = in_the_queue(store, 1)
    store.reviews.hold("ann")
    first = store.reviews.decide(item.id, by="ann", action="choose", label="Cups", seconds=4)
    clock.go(seconds=3)
    assert store.reviews.decide(item.id, by="ann", action="choose", label="Cups") == first
    with pytest.raises(Conflict):
        store.reviews.decide(item.id, by="ann", action="choose", label="Lamps")
    assert store.reviews.speed().decided == 1


def test_each_action_and_its_undoing(store: Store) -> None:
    (item,) = in_the_queue(store, 1)
    store.reviews.hold("ann")
    given = {"accept": None, "choose": "Cups", "skip": "Cups"}
    meant = {"accept": "Mugs", "choose": "Cups", "skip": None}
    for action, label in given.items():
        made = store.reviews.decide(item.id, by="ann", action=action, label=label)
        assert (made.label, made.state) == (
            meant[action], "skipped" if action == "skip" else "decided",
        )  # fmt: skip
        fixes = [(fix.label_before, fix.label, fix.by) for fix in store.reviews.corrections()]
        assert fixes == ([] if action == "skip" else [("Mugs", made.label, "ann")])
        back = store.reviews.undo("ann")
        assert back is not None
        assert (back.id, back.state, back.held_by, back.label) == (item.id, "open", "ann", None)
        assert [*store.reviews.corrections()] == []
        assert store.reviews.undo("ann") is None
    assert store.reviews.decide(item.id, by="ann", action="accept").state == "decided"


def test_undoing_goes_back_step_by_step_and_only_over_own_decisions(store: Store) -> None:
    items = in_the_queue(store, 3)
    for item, by in zip(items, ("ann", "bob", "ann"), strict=True):
        store.reviews.hold(by, most=1)
        store.reviews.decide(item.id, by=by, action="accept")
    undone = [store.reviews.undo("ann") for _ in range(3)]
    assert [item and item.id for item in undone] == [items[2].id, items[0].id, None]
    assert store.reviews.counts().decided == 1


def test_a_decision_needs_a_label(store: Store) -> None:
    one = a_prediction(label=None, probability=None, verdict="abstain")
    store.predictions.add([one])
    store.reviews.add([NewReview(prediction_id=one.id, priority=1)])
    (item,) = store.reviews.hold("ann")
    for action in ("accept", "choose"):
        with pytest.raises(BadSetting) as told:
            store.reviews.decide(item.id, by="ann", action=action)
        assert str(told.value) == (
            "a decision needs a label. Choose a category, or skip the product."
        )
    with pytest.raises(Conflict, match="there is no review 'nothing'. Go on with the next one."):
        store.reviews.decide("nothing", by="ann", action="skip")


def test_an_answer_is_in_the_queue_once(store: Store) -> None:
    one, other = a_prediction(), a_prediction()
    store.predictions.add([one, other])
    new = [NewReview(prediction_id=answer.id, priority=1) for answer in (one, other)]
    assert store.reviews.add(new[:1]) == 1
    assert store.reviews.add([*new, *new]) == 1
    (first, _) = store.reviews.hold("ann")
    store.reviews.decide(first.id, by="ann", action="accept")
    assert store.reviews.add(new) == 1, "a decided one may come back"
    with pytest.raises(Conflict) as told:
        store.reviews.undo("ann")
    assert str(told.value) == "that product is in the queue once more. Decide it there."
    with pytest.raises(Conflict, match="there is no answer 'x' to look at. Store it first."):
        store.reviews.add([NewReview(prediction_id="x", priority=1)])


OPINIONS = {"MM": ("decided", "M"), "MC": ("disagreed", None), "MCM": ("decided", "M"),
            "MCL": ("disagreed", None)}  # fmt: skip


def test_a_second_opinion_is_another_persons(store: Store) -> None:
    for said, (state, label) in OPINIONS.items():
        (item,) = in_the_queue(store, 1)
        before = getattr(store.reviews.counts(), state)
        for person, choice in zip(("ann", "bob", "eve"), said, strict=False):
            if person != "ann":
                asked = store.reviews.second_opinion(item.id, "ann")
                assert (asked.state, asked.label) == ("open", None)
                assert store.reviews.hold("ann") == [], "she has decided it already"
            store.reviews.hold(person)
            made = store.reviews.decide(item.id, by=person, action="choose", label=choice)
        assert made.state == state, said
        assert getattr(store.reviews.counts(), state) == before + 1, said
        fixes = {fix.prediction_id: fix.label for fix in store.reviews.corrections()}
        assert fixes.get(item.prediction_id) == label, said


def test_a_second_opinion_may_be_asked_before_deciding(store: Store) -> None:
    (item,) = in_the_queue(store, 1)
    store.reviews.hold("ann")
    assert store.reviews.second_opinion(item.id, "ann").wanted == 2
    with pytest.raises(Conflict, match="this product is not yours to ask about"):
        store.reviews.second_opinion(item.id, "bob")
    assert store.reviews.decide(item.id, by="ann", action="accept").state == "open"
    store.reviews.hold("bob")
    assert store.reviews.decide(item.id, by="bob", action="skip").state == "open", "eve may know"
    assert store.reviews.hold("bob") == []
    store.reviews.hold("eve")
    with pytest.raises(Conflict, match="another person looks at that product now"):
        store.reviews.undo("ann")
    assert store.reviews.decide(item.id, by="eve", action="accept").state == "decided"


def test_the_queue_in_figures(store: Store, clock: Clock) -> None:
    assert store.reviews.speed().median_seconds is None
    items = in_the_queue(store, 6)
    for item, seconds in zip(items[:4], (100, 2, 4, 9), strict=True):
        store.reviews.hold("ann", most=1)
        store.reviews.decide(item.id, by="ann", action="accept", seconds=seconds)
        if seconds == 100:
            clock.go(minutes=61)
    store.reviews.hold("bob", most=1)
    store.reviews.decide(items[4].id, by="bob", action="skip", seconds=50)
    store.reviews.hold("bob", most=1)
    assert store.reviews.counts() == ReviewCounts(open=1, held=1, decided=4, skipped=1, disagreed=0)
    speed = store.reviews.speed("ann")
    assert (speed.decided, speed.median_seconds) == (3, 4)
    assert store.reviews.speed() == speed, "skipped ones do not count"
    assert store.reviews.speed("bob").decided == 0
    late = [fix.product_id for fix in store.reviews.corrections(since=START.replace(hour=13))]
    assert sorted(late) == ["p1", "p2", "p3"]


def test_many_corrections_come_in_order_and_whole(store: Store, monkeypatch) -> None:
    monkeypatch.setattr("glasscase.store.reviews._CHUNK", 3)
    for item in in_the_queue(store, 8):  # all at the same time: the id breaks the tie
        store.reviews.hold("ann", most=1)
        store.reviews.decide(item.id, by="ann", action="accept")
    fixes = [fix.product_id for fix in store.reviews.corrections()]
    assert sorted(fixes) == [f"p{number}" for number in range(8)]


def test_eight_people_never_hold_the_same(store: Store, database_url: str, clock: Clock) -> None:
    many = 64
    in_the_queue(store, many)
    other = Store.open(database_url, clock=clock)  # as another process would
    guard = threading.Lock()
    held: dict[str, str] = {}
    decided: Counter[str] = Counter()

    def work(person: str, mine: Store) -> None:
        while items := mine.reviews.hold(person, most=2):
            with guard:
                for item in items:
                    assert held.setdefault(item.id, person) == person
            mine.reviews.decide(items[0].id, by=person, action="accept")
            decided[items[0].id] += 1

    people = [(f"person{number}", (store, other)[number % 2]) for number in range(8)]
    in_threads(*(lambda one=one: work(*one) for one in people))
    other.close()
    assert store.reviews.counts().decided == many
    assert len(held) == many
    assert set(decided.values()) == {1}
