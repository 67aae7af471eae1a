"""What could be reviewed, and figures of people who reviewed, on every database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.store_rows import a_prediction, in_the_queue

from glasscase.store.store import Store

NOW = datetime.now(UTC)


def kept(store: Store, *, days: float = 1, **values: object) -> str:
    one = a_prediction(**values)
    store.predictions.add([one])
    until = NOW + timedelta(days=days)
    store.kept.keep(one.id, texts={"title": "x"}, attributes={}, photos=[], until=until)
    return one.id


def test_what_could_be_reviewed(store: Store) -> None:
    old, new = NOW - timedelta(days=2), NOW - timedelta(hours=1)
    early = kept(store, made_at=old)
    late = kept(store, made_at=new, batch_id="b", row=1)
    kept(store, made_at=new, verdict="accept")
    kept(store, made_at=new, days=-1)
    store.predictions.add([a_prediction(made_at=new)])
    in_the_queue(store, 1)
    found = store.reviewable.find()
    assert [one.id for one in found.predictions] == [late, early]
    assert (found.more, found.not_kept, found.queued) == (0, 2, 1)
    assert [one.id for one in store.reviewable.find(batch_id="b").predictions] == [late]
    since = store.reviewable.find(since=NOW - timedelta(days=1))
    assert [one.id for one in since.predictions] == [late]
    few = store.reviewable.find(most=1)
    assert ([one.id for one in few.predictions], few.more) == ([late], 1)


def test_figures_of_people(store: Store) -> None:
    in_the_queue(store, 3)
    said = {"ann": ["A", "B", "A"], "bob": ["A", "C", "A"]}
    items = store.reviews.hold("ann", most=3)
    for item, label in zip(items, said["ann"], strict=True):
        store.reviews.second_opinion(item.id, "ann")
        store.reviews.decide(item.id, by="ann", action="choose", label=label, seconds=4)
    at = {item.id: number for number, item in enumerate(items)}
    for item in store.reviews.hold("bob", most=3):
        label = said["bob"][at[item.id]]
        store.reviews.decide(item.id, by="bob", action="choose", label=label, seconds=8)
    found = store.review_figures
    agreement = found.agreement()
    assert (agreement.pairs, agreement.agreed, agreement.products) == (3, 2, 3)
    counts = store.reviews.counts()
    assert (counts.decided, counts.disagreed) == (2, 1)
    people = found.people(NOW - timedelta(days=1))
    assert [(one.by, one.decided, one.skipped, one.median_seconds) for one in people] == [
        ("ann", 3, 0, 4.0), ("bob", 3, 0, 8.0),
    ]  # fmt: skip
    assert found.per_hour()[-1] == 6
    assert len(found.last_decided(9)) == 2
    store.reviews.undo("bob")
    assert found.agreement().pairs == 2
    assert found.per_hour()[-1] == 5
