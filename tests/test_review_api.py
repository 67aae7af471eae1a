"""The review queue by REST: nobody gets the same product, nothing decided is lost, all is noted."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.reviewing import asked_about
from tests.serving import service_settings, serving

from glasscase.models.classifier import ProductClassifier
from glasscase.models.prediction import Prediction
from glasscase.server.service import Service
from glasscase.server.threads.reviewing import Reviewing
from glasscase.server.work.retraining import catalogue
from glasscase.store.store import Store

pytestmark = pytest.mark.xdist_group("review-api")  # what it makes once is dear


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, toy_bundle: Path) -> Iterator[TestClient]:
    """One service for all; loading its model is what takes time."""
    folder = tmp_path_factory.mktemp("reviews")
    with serving(service_settings(folder, toy_bundle, "review.reorder_after=2")) as one:
        yield one


@pytest.fixture(scope="module")
def answers(running: TestClient, toy_catalog) -> list[Prediction]:
    """What the model says of the first eight products."""
    return running.app.state.service.models.active.model.predictions(toy_catalog.products[:8])


@pytest.fixture
def client(
    running: TestClient, tmp_path: Path, toy_catalog, answers: list[Prediction]
) -> Iterator[TestClient]:
    """The service with a database of this test's own: eight answers that were not accepted."""
    whole: Service = running.app.state.service
    store = Store.open(f"sqlite:///{tmp_path / 'glasscase.db'}")
    reviewing = Reviewing(store, whole.models, whole.settings.review)
    asked_about(store, toy_catalog.products[:8], answers)
    running.app.state.service = replace(whole, store=store, reviewing=reviewing)
    yield running
    reviewing.close()
    store.close()
    running.app.state.service = whole


def take(client: TestClient, reviewer: str, most: int = 2) -> list[dict]:
    answer = client.post("/v1/reviews/next", json={"reviewer": reviewer, "most": most})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def decide(client: TestClient, item: dict, reviewer: str, **told: object):
    told = {"action": "accept", "seconds": 3, **told}
    return client.post(f"/v1/reviews/{item['id']}/decide", json={"reviewer": reviewer, **told})


def other(client: TestClient, item: dict) -> str:
    found = client.get("/v1/categories", params={"most": 50}).json()["categories"]
    return next(one["label"] for one in found if one["known"] and one["label"] != item["label"])


def test_two_people_never_get_the_same_product(client: TestClient) -> None:
    ann, bob = take(client, "ann", 3), take(client, "bob", 3)
    assert len({one["id"] for one in [*ann, *bob]}) == 6
    assert [one["id"] for one in take(client, "ann", 3)] == [one["id"] for one in ann]
    assert len(take(client, "cy", 10)) == 2
    refused = decide(client, ann[0], "bob")
    assert refused.status_code == 409
    assert refused.json()["message"].startswith("this product is no longer yours to decide")
    client.post(f"/v1/reviews/{ann[0]['id']}/release", json={"reviewer": "ann"})
    assert take(client, "dee", 1)[0]["id"] == ann[0]["id"]


def test_a_product_is_shown_as_it_was_sent(client: TestClient, toy_catalog) -> None:
    item = take(client, "ann", 1)[0]
    product = next(one for one in toy_catalog.products if one.id == item["product_id"])
    assert item["texts"] == dict(product.texts)
    assert item["attributes"] == {"price": "12.50"}
    assert item["why"]
    assert item["choices"][0]["label"] == item["label"]
    answer = client.get(item["photos"][0]["url"], params={"side": 64})
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content[:2] == b"\xff\xd8"
    assert client.get(item["photos"][0]["url"][:-1] + "7").status_code == 404


def test_decisions_become_a_training_file_and_are_noted(client: TestClient) -> None:
    first, second = take(client, "ann")
    label = other(client, first)
    made = decide(client, first, "ann", action="choose", label=f" {label} ").json()
    assert (made["state"], made["label"], made["note"]) == ("decided", label, "")
    decide(client, second, "ann")
    text = client.get("/v1/reviews/corrections").text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["category"] for row in rows] == [label, second["label"]]
    assert rows[0]["category_before"] == first["label"]
    assert rows[0]["reviewed_by"] == "ann"
    lines = client.get("/v1/reviews/corrections", params={"format": "jsonl"}).text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [row["id"] for row in rows]
    entries = client.app.state.service.store.audit.entries(0, 10)
    assert {entry.what for entry in entries} >= {"review choose", "review accept"}
    assert decide(client, second, "ann").json()["state"] == "decided"  # said twice, counts once
    assert len(client.get("/v1/reviews/corrections").text.splitlines()) == 3


def test_undo_gives_the_product_back(client: TestClient) -> None:
    first, _ = take(client, "ann")
    decide(client, first, "ann")
    assert client.post("/v1/reviews/undo", json={"reviewer": "bob"}).json() == {"item": None}
    back = client.post("/v1/reviews/undo", json={"reviewer": "ann"}).json()["item"]
    assert (back["id"], back["state"]) == (first["id"], "open")
    assert client.get("/v1/reviews/corrections").text.count("\n") == 1
    assert first["id"] in {one["id"] for one in take(client, "ann")}


@pytest.mark.parametrize("agree", [True, False])
def test_a_second_opinion_decides_or_is_told_as_disagreed(client: TestClient, agree: bool) -> None:
    item = take(client, "ann", 1)[0]
    asked = client.post(f"/v1/reviews/{item['id']}/second-opinion", json={"reviewer": "ann"})
    assert asked.json()["wanted"] == 2
    assert decide(client, item, "ann").json()["state"] == "open"
    assert item["id"] not in {one["id"] for one in take(client, "ann", 10)}
    for one in take(client, "ann", 10):
        client.post(f"/v1/reviews/{one['id']}/release", json={"reviewer": "ann"})
    assert item["id"] in {one["id"] for one in take(client, "bob", 10)}
    told = {} if agree else {"action": "choose", "label": other(client, item)}
    expected = "decided" if agree else "disagreed"
    assert decide(client, item, "bob", **told).json()["state"] == expected
    stats = client.get("/v1/reviews/stats").json()
    assert (stats["pairs"], stats["agreed"]) == (1, int(agree))
    assert stats["counts"][expected] == 1
    assert {one["by"] for one in stats["people"]} == {"ann", "bob"}


def test_a_category_of_the_tree_that_the_model_does_not_know_may_be_chosen(
    client: TestClient,
) -> None:
    model: ProductClassifier = client.app.state.service.models.active.model
    branches = [" > ".join(path) for path in model.taxonomy.nodes if len(path) == 1]
    unknown = next(name for name in branches if name not in set(model.classes_))
    item = take(client, "ann", 1)[0]
    told = decide(client, item, "ann", action="choose", label=unknown).json()
    assert told["note"].startswith(f"The model does not answer “{unknown}” yet.")


@pytest.mark.parametrize(
    ("status", "message", "told"),
    [
        (422, "there is no category 'Junk' in the tree", {"action": "choose", "label": "Junk"}),
        (422, "a category is missing", {"action": "choose", "label": " "}),
        (422, "a category is missing", {"action": "choose"}),
        (422, "action: it must be one of: 'accept', 'choose' or 'skip'", {"action": "delete"}),
        (422, "seconds: it is below 0", {"seconds": -1}),
        (422, "reviewer: it is longer than 60 characters", {"reviewer": "a" * 61}),
    ],
)  # fmt: skip
def test_what_cannot_be_stored_is_refused(
    client: TestClient, status: int, message: str, told: dict
) -> None:
    item = take(client, "ann", 1)[0]
    answer = client.post(
        f"/v1/reviews/{item['id']}/decide", json={"reviewer": "ann", "action": "accept", **told}
    )
    assert (answer.status_code, answer.json()["message"]) == (status, message)
    assert client.get("/v1/reviews").json()["counts"]["decided"] == 0


def test_ids_and_times_that_are_none_are_refused(client: TestClient) -> None:
    assert client.post("/v1/reviews/x/decide", json={"action": "skip"}).status_code == 422
    gone = client.post(f"/v1/reviews/{'0' * 32}/decide", json={"action": "skip"})
    assert (gone.status_code, gone.json()["code"]) == (409, "conflict")
    for since in ("yesterday", "2026-01-01", "9999-12-31T23:59:59-23:59", 1767225600, "1767225600"):
        assert client.post("/v1/reviews/fill", json={"since": since}).status_code == 422


def test_the_queue_is_put_in_order_after_some_decisions(client: TestClient) -> None:
    service: Service = client.app.state.service
    take(client, "ann", 1)
    service.reviewing.settled()
    before = {item.id: item.priority for item in service.store.reviews.open_items(9)}
    assert max(before.values()) == 1.0  # the order came after the first look
    for _ in range(2):
        decide(client, take(client, "ann", 1)[0], "ann")
    service.reviewing.settled()
    after = {item.id: item.priority for item in service.store.reviews.open_items(9)}
    assert max(after.values()) == 1.0
    assert after != {id: before[id] for id in after}


def test_one_training_at_a_time_and_it_can_be_cancelled(client: TestClient) -> None:
    """The worker looks at another database here, so that the job stays where it is."""
    job = client.post("/v1/models/retrain", json={})
    assert (job.status_code, job.json()["state"]) == (202, "waiting")
    again = client.post("/v1/models/retrain", json={})
    assert (again.status_code, again.json()["message"]) == (409, "a training is going on")
    place = f"/v1/models/retrain/{job.json()['id']}"
    assert client.get(f"{place}/report").json()["message"] == "there is no report"
    assert client.post(f"{place}/cancel").json()["state"] == "cancelled"
    assert client.get("/v1/models/retrain").json()["jobs"][0]["state"] == "cancelled"
    assert client.get(f"/v1/models/retrain/{'0' * 32}").status_code == 404
    assert client.post("/v1/models/retrain", json={}).status_code == 202


def test_the_settings_name_the_table_to_train_anew_with(tmp_path: Path) -> None:
    settings = service_settings(tmp_path, None, "review.table=~/shop.csv", "review.photos=/photos")
    found = catalogue(settings.review)
    assert found is not None
    assert found.source == Path("~/shop.csv").expanduser()
    assert found.photos == Path("/photos")
    assert catalogue(service_settings(tmp_path).review) is None


def test_with_keys_the_key_says_who_reviews(
    tmp_path: Path, toy_catalog, answers: list[Prediction]
) -> None:
    with serving(service_settings(tmp_path, None, "service.keys=always")) as client:
        service: Service = client.app.state.service
        asked_about(service.store, toy_catalog.products[:2], answers[:2])
        assert client.post("/v1/reviews/next", json={}).status_code == 401
        _, predicting = service.store.keys.create("shop", ["predict"])
        key, reviewing = service.store.keys.create("ann", ["review"])
        headers = {"X-API-Key": predicting}
        assert client.post("/v1/reviews/next", json={}, headers=headers).status_code == 403
        headers = {"X-API-Key": reviewing}
        told = client.post("/v1/reviews/next", json={"reviewer": "bob"}, headers=headers).json()
        assert told["reviewer"] == f"ann ({key.id})"
        assert len(told["items"]) == 2
