"""One product over REST: why, what is like it, what is kept of it, cards to send on."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.serving import service_settings, serving

from glasscase import explain
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.product import Product
from glasscase.catalog.toy import ToyCatalogue
from glasscase.models.classifier import ProductClassifier

pytestmark = pytest.mark.xdist_group("product-routes")  # what it makes once is dear

QUICK = {"parts": "words,photo"}


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, toy_bundle: Path, toy_shop: ToyCatalogue
) -> Iterator[TestClient]:
    """A service over the toy bundle that knows where the training photos are."""
    folder = tmp_path_factory.mktemp("service")
    more = f"service.training_photos={toy_shop.images}"
    with serving(service_settings(folder, toy_bundle, more)) as one:
        yield one


@pytest.fixture(scope="module")
def product(toy_catalog: Catalog) -> Product:
    return next(one for one in toy_catalog.products if one.photos and len(one.text) > 20)


def as_form(product: Product, **more: str) -> dict[str, Any]:
    files = [("photos", (photo.name, photo.read(), "image/png")) for photo in product.photos]
    return {"data": {**product.texts, **more}, "files": files}


def as_json(product: Product, **more: Any) -> dict[str, Any]:
    photos = [
        {"name": photo.name, "data": base64.b64encode(photo.read()).decode()}
        for photo in product.photos
    ]
    return {"json": {"texts": dict(product.texts), "photos": photos, **more}}


def kept(client: TestClient, product: Product) -> str:
    """The id of an answer whose product is kept for two days."""
    return client.post("/v1/predict", **as_form(product, keep_days="2")).json()["prediction_id"]


def refused(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    assert set(told) == {"code", "message", "field", "remedy", "request_id"}
    return told


def test_the_explanation_is_the_models_own_with_what_a_page_needs(
    client: TestClient, toy_model: ProductClassifier, product: Product
) -> None:
    answer = client.post("/v1/explain", **as_form(product, **QUICK))
    assert answer.status_code == 200, answer.text
    told, mine = answer.json(), explain(toy_model, product, parts=("words", "photo")).to_dict()
    assert (told["label"], told["verdict"]) == (mine["label"], mine["verdict"])
    assert told["probability"] == pytest.approx(mine["probability"], abs=1e-6)
    assert [one["word"] for one in told["words"]["words"]] == [
        one["word"] for one in mine["words"]["words"]
    ]
    assert "".join(span["text"] for span in told["spans"]) == told["words"]["text"]
    for span in told["spans"]:
        assert told["words"]["text"][span["start"] : span["end"]] == span["text"]
    picture = told["pictures"][0]
    assert picture["photo"].startswith("data:image/jpeg;base64,")
    assert picture["overlay"] != picture["photo"]
    assert [share["modality"] for share in told["shares"]] == ["text", "image"]
    assert (told["rival"], told["flip"], told["checks"]) == (None, None, [])
    assert told["neighbours"][0]["thumbnail"].startswith("data:image/jpeg;base64,")


def test_all_parts_come_unless_some_are_named_and_json_says_the_same(
    client: TestClient, product: Product
) -> None:
    told = client.post("/v1/explain", **as_json(product)).json()
    assert told["rival"]["against"] != told["label"]
    assert told["flip"]["sentences"]
    assert {check["what"] for check in told["checks"]} == {"words", "photo"}
    words = client.post("/v1/explain", **as_json(product, parts="words")).json()
    assert (words["words"]["words"] != [], words["heat_maps"]) == (True, [])
    assert words["heat_note"] == "Not asked for."
    photo = client.post("/v1/explain", **as_json(product, parts="photo")).json()
    assert (photo["words"]["words"], photo["heat_maps"] != []) == ([], True)
    assert photo["pictures"][0]["overlay"].startswith("data:")


def test_a_card_is_one_page_that_runs_nothing(client: TestClient, product: Product) -> None:
    answer = client.post("/v1/explain", **as_form(product, format="html", **QUICK))
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'unsafe-inline'" in policy
    assert "script-src" not in policy
    assert answer.text.startswith("<!doctype html>")
    assert "<script" not in answer.text


@pytest.mark.parametrize(
    ("more", "field", "message"),
    [
        ({"parts": "words,colour"}, "parts", "an explanation has no part 'colour'"),
        ({"label": "Mugz"}, "label", "the model knows no class 'Mugz'"),
        ({"against": "Mugz"}, "against", "the model knows no class 'Mugz'"),
        ({"format": "pdf"}, "format", "there is no format 'pdf'"),
    ],
)
def test_what_cannot_be_explained_is_said(
    client: TestClient, product: Product, more: dict[str, str], field: str, message: str
) -> None:
    told = refused(client.post("/v1/explain", **as_form(product, **more)), 422)
    assert (told["field"], told["message"]) == (field, message)
    assert told["remedy"]


def test_nothing_is_kept_unasked(client: TestClient, product: Product) -> None:
    answer = client.post("/v1/predict", **as_form(product)).json()
    assert answer["kept_until"] is None
    told = refused(client.post("/v1/explain", json={"prediction_id": answer["prediction_id"]}), 404)
    assert told["message"] == "the product of this answer was not kept"
    similar = client.get(f"/v1/products/{answer['prediction_id']}/similar")
    assert refused(similar, 404)["message"] == "the product of this answer was not kept"


def test_what_was_kept_is_explained_by_its_answer_alone(
    client: TestClient, product: Product
) -> None:
    answer = client.post("/v1/predict", **as_json(product, keep_days=2, id="p-7")).json()
    days = datetime.fromisoformat(answer["kept_until"]) - datetime.now(UTC)
    assert timedelta(days=1.99) < days <= timedelta(days=2)
    id = answer["prediction_id"]
    told = client.post("/v1/explain", json={"prediction_id": id, "parts": "words"}).json()
    assert (told["id"], told["label"]) == ("p-7", answer["label"])
    assert told["probability"] == pytest.approx(answer["probability"], abs=1e-5)
    assert told["model_id"] == answer["model"]


def test_an_answer_can_be_read_again(client: TestClient, product: Product) -> None:
    answer = client.post("/v1/predict", **as_form(product, id="mug 7")).json()
    stored = client.get(f"/v1/predictions/{answer['prediction_id']}").json()
    assert {name: stored[name] for name in answer} == answer
    assert (stored["source"], stored["batch_id"]) == ("api", None)
    told = refused(client.get(f"/v1/predictions/{'0' * 32}"), 404)
    assert told["message"] == f"there is no answer '{'0' * 32}'"
    assert (
        refused(client.get(f"/v1/predictions/{answer['prediction_id']}%0A"), 404)["field"] == "id"
    )


def test_similar_products_of_an_id_an_answer_and_a_product_sent_along(
    client: TestClient, product: Product
) -> None:
    sent = client.post("/v1/products/similar", **as_form(product, top="4")).json()
    assert [one["id"] for one in sent["products"]][0] == product.id
    assert sent["products"][0]["thumbnail"].startswith("data:image/jpeg;base64,")
    by_id = client.get(f"/v1/products/{product.id}/similar", params={"top": 3}).json()
    assert [one["id"] for one in by_id["products"]] == [one["id"] for one in sent["products"]][1:]
    of_answer = client.get(f"/v1/products/{kept(client, product)}/similar?top=4").json()
    assert of_answer == sent
    words = client.get(f"/v1/products/{product.id}/similar", params={"by": "words"}).json()
    assert (words["by"], len(words["products"])) == ("words", 10)
    told = refused(client.get("/v1/products/no/such/similar"), 404)
    assert told["message"] == "there is no product 'no/such'"
    assert refused(client.get(f"/v1/products/{product.id}/similar?by=smell"), 422)["field"] == "by"
    sent_by = client.post("/v1/products/similar", **as_form(product, by="smell"))
    assert refused(sent_by, 422)["field"] == "by"
    assert refused(client.post("/v1/products/similar", **as_form(product, top="0")), 422)


def test_search_by_words_or_a_photo(client: TestClient, product: Product) -> None:
    words = client.post("/v1/search", json={"words": product.text, "top": 2}).json()
    assert (words["compared"], len(words["products"])) == ("words", 2)
    assert words["products"][0]["id"] == product.id
    photo = client.post("/v1/search", files=as_form(product)["files"][:1]).json()
    assert (photo["compared"], photo["products"][0]["id"]) == ("photo", product.id)
    both = {"data": {"words": "mug"}, "files": as_form(product)["files"][:1]}
    told = refused(client.post("/v1/search", **both), 422)
    assert told["message"] == "a search is by words or by one photo"
    assert refused(client.post("/v1/search", json={"words": " "}), 422)
    broken = {"files": [("photos", ("a.png", b"<svg/>", "image/png"))]}
    assert refused(client.post("/v1/search", **broken), 415)["code"] == "bad_photo"


def test_feedback_is_noted_and_names_are_checked(client: TestClient, product: Product) -> None:
    answer = client.post("/v1/predict", **as_form(product)).json()
    said = {"prediction_id": answer["prediction_id"], "label": answer["label"], "comment": "yes"}
    noted = client.post("/v1/feedback", json=said)
    assert noted.status_code == 201, noted.text
    assert noted.json()["label_before"] == answer["label"]
    above = answer["label"].split(" > ")[0]
    assert client.post("/v1/feedback", json={**said, "label": above}).status_code == 201
    told = refused(client.post("/v1/feedback", json={**said, "label": "Mugz"}), 422)
    assert (told["field"], "Close to it:" in told["remedy"]) == ("label", True)
    assert refused(client.post("/v1/feedback", json={"prediction_id": said["prediction_id"]}), 422)
    other = {**said, "prediction_id": "f" * 32}
    assert refused(client.post("/v1/feedback", json=other), 404)["field"] == "prediction_id"
    store = client.app.state.service.store
    assert store.predictions.feedback()[0].label == answer["label"]
    entry = store.audit.entries()[0]
    assert (entry.what, entry.subject) == ("feedback", answer["prediction_id"])


def test_a_shared_card_needs_no_key_and_can_be_withdrawn(
    client: TestClient, product: Product
) -> None:
    made = client.post("/v1/cards", json={"prediction_id": kept(client, product), **QUICK})
    assert made.status_code == 201, made.text
    url, until = made.json()["url"], datetime.fromisoformat(made.json()["until"])
    assert timedelta(days=29) < until - datetime.now(UTC) <= timedelta(days=30)
    page = client.get(url, headers={"Host": "shop.example"})
    assert "style-src 'unsafe-inline'" in page.headers["content-security-policy"]
    assert "noindex" in page.headers["x-robots-tag"]
    assert page.text.startswith("<!doctype html>")
    token = url.removeprefix("/cards/")
    log = client.app.state.service.store.audit.entries()
    assert log[0].what == "share card"
    assert token not in repr(log)
    assert client.delete(f"/v1/cards/{token}").status_code == 204
    assert refused(client.get(url), 404)["message"].startswith("there is no such card")
    assert refused(client.delete(f"/v1/cards/{token}"), 404)
    assert refused(client.post("/v1/cards", **as_form(product, days="366")), 422)["field"] == "days"


def test_the_short_form(client: TestClient, product: Product) -> None:
    photo = ("imageFile", ("a.png", product.photos[0].read(), "image/png"))
    told = client.post("/predict", data={"description": product.text}, files=[photo]).json()
    assert set(told) == {
        "predicted_class", "confidence", "overlay", "word_weights", "milliseconds",
        "features_present",
    }  # fmt: skip
    assert told["predicted_class"] == product.label
    assert told["overlay"].startswith("data:image/jpeg;base64,")
    sizes = [abs(one["weight"]) for one in told["word_weights"]]
    assert sizes == sorted(sizes, reverse=True)
    assert told["features_present"] == {"image": True, "text": True}
    words = client.post("/predict", data={"description": product.text}).json()
    assert (words["overlay"], words["features_present"]["image"]) == (None, False)
    seen = client.post("/predict", files=[photo]).json()
    assert (seen["word_weights"], seen["features_present"]["text"]) == ([], False)
    assert refused(client.post("/predict", data={"description": " "}), 422)


def test_a_photo_by_url_is_refused_unless_its_host_is_listed(client: TestClient) -> None:
    url = "http://169.254.169.254/latest/meta-data/"
    body = {"texts": {"title": "mug"}, "photos": [{"url": url}]}
    told = refused(client.post("/v1/predict", json=body), 422)
    assert told["field"] == "photos.0.url"
    assert "is not among service.photo_hosts" in told["message"]
    form = client.post("/v1/predict", data={"title": "mug", "photo_url": url})
    assert refused(form, 422)["field"] == "photo_url"
    both = {"photos": [{"url": url, "data": ""}]}
    assert refused(client.post("/v1/predict", json=both), 422)["field"] == "photos.0"
