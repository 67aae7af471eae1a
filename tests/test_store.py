"""The store does what its seam says, on every database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from glasscase.store.kept import KeptPhoto
from glasscase.store.models import ModelRow
from glasscase.store.predictions import NewPrediction
from glasscase.store.review_items import NewReview
from glasscase.store.store import Store


def a_prediction(**values) -> NewPrediction:
    return NewPrediction(
        **{
            "product_id": "p1", "label": "Mugs", "probability": 0.5, "verdict": "review",
            "answer": {"label": "Mugs"}, "model": "m", "source": "api", **values,
        }
    )  # fmt: skip


def test_smoke(store: Store) -> None:
    store.ping()
    one = a_prediction()
    store.predictions.add([one, a_prediction(batch_id="b", row=1)])
    store.predictions.add([])
    assert store.predictions.get(one.id).answer == {"label": "Mugs"}
    assert store.predictions.of_batch("b", words="mug").total == 1
    assert [row.row for row in store.predictions.all_of_batch("b")] == [1]
    assert store.predictions.counts("b") == {"review": 1}
    assert store.predictions.labels("b") == {"Mugs": 1}
    assert store.predictions.rows_done("b") == 1
    assert store.predictions.add_feedback(one.id, label="Cups", comment="", by="ann") is not None
    assert [said.label for said in store.predictions.feedback()] == ["Cups"]

    soon = datetime.now(UTC) + timedelta(days=1)
    photo = KeptPhoto("a.png", "image/png", b"123")
    store.kept.keep(
        one.id, texts={"title": "x"}, attributes={"price": 1}, photos=[photo], until=soon
    )
    assert store.kept.of(one.id).photos == 1
    assert store.kept.photo(one.id, 0) == photo


def test_smoke_of_reviews(store: Store) -> None:
    one = a_prediction()
    store.predictions.add([one])
    assert store.reviews.add([NewReview(prediction_id=one.id, priority=1.0)]) == 1
    (item,) = store.reviews.hold("ann")
    assert store.reviews.hold("bob") == []
    assert store.reviews.decide(item.id, by="ann", action="choose", label="Cups").state == "decided"
    assert [fix.label for fix in store.reviews.corrections()] == ["Cups"]
    assert store.reviews.speed().decided == 1
    assert store.reviews.undo("ann").held_by == "ann"
    assert store.reviews.counts().held == 1
    store.reviews.second_opinion(item.id, "ann")
    store.reviews.reprioritise({item.id: 3.0})
    store.reviews.release(item.id, "ann")
    assert store.reviews.open_items(5)[0].priority == 3.0


def test_smoke_of_the_rest(store: Store) -> None:
    soon = datetime.now(UTC) + timedelta(days=1)
    job = store.jobs.add("batch", options={"a": 1}, by="ann")
    assert store.jobs.claim("w", kinds=["batch"], lease_seconds=30).id == job.id
    assert store.jobs.progress(job.id, "w", 3, 10, "three") == "running"
    store.jobs.ask(job.id, "pause")
    assert store.jobs.progress(job.id, "w", 4) == "paused"
    assert store.jobs.finish(job.id, "w", state="finished", result={"rows": 4})
    assert store.jobs.list()[0].result == {"rows": 4}

    store.models.add(ModelRow("m1", "toy", "/b", {"classes": 3}))
    assert store.models.set_roles(active="m1").revision == 1
    assert store.models.roles().active == "m1"
    assert store.models.list()[0].id == "m1"

    key, secret = store.keys.create("shop", ["predict"])
    assert store.keys.check(secret).id == key.id
    store.keys.revoke(key.id)
    assert store.keys.check(secret) is None

    store.audit.write("ann", "keys.create", key.id, {"name": "shop"})
    assert store.audit.verify().entries == 1
    assert store.audit.verify().broken is None
    token = store.cards.add(b"<p>", by="ann", until=soon)
    assert store.cards.get(token) == b"<p>"
    later = datetime.now(UTC) + timedelta(days=100)
    assert store.retention.overdue(later, log_days=90).cards == 1
    assert store.retention.purge(later, log_days=90).jobs == 1
    assert store.retention.overdue(later, log_days=90).nothing
