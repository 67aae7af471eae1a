"""Shadow answers stand beside the real ones, on both databases."""

from __future__ import annotations

from glasscase.store.predictions import NewPrediction
from glasscase.store.review_items import NewReview
from glasscase.store.shadows import ShadowPair, Traffic
from glasscase.store.store import Store


def answer(id: str, model: str, label: str, verdict: str = "accept") -> NewPrediction:
    return NewPrediction(
        id=id, product_id=f"product-{id}", label=label, probability=0.9, verdict=verdict,
        answer={}, model=model, source="api",
    )  # fmt: skip


def test_pairs_and_traffic_count_what_was_answered_and_decided(database_url: str) -> None:
    store = Store.open(database_url)
    new = [answer("1", "a", "mug"), answer("2", "a", "pan", "review"), answer("3", "b", "mug")]
    store.predictions.add(new)
    beside = {"model": "s", "label": "cup", "verdict": "review"}
    store.shadows.add({"1": beside, "3": {**beside, "model": "other"}, "gone": beside})
    store.shadows.add({})
    store.reviews.add([NewReview(prediction_id="1", priority=1, model="a")])
    (item,) = store.reviews.hold("somebody", most=1)
    store.reviews.decide(item.id, by="somebody", action="choose", label="cup")
    expected = ShadowPair("1", "product-1", "mug", "accept", "cup", "review", "cup")
    assert store.shadows.pairs("a", "s") == [expected]
    assert store.shadows.pairs("b", "s") == []
    assert store.shadows.traffic() == [
        Traffic("a", answers=2, accepted=1, reviewed=1, confirmed=0),
        Traffic("b", answers=1, accepted=1, reviewed=0, confirmed=0),
    ]
    store.close()
