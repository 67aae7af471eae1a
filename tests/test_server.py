"""The service as a whole: one answer, one error shape, nobody else's pages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.serving import service_settings, serving

from glasscase.errors import BadStore
from glasscase.models.classifier import ProductClassifier
from glasscase.server.routes import health


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, toy_bundle: Path) -> Iterator[TestClient]:
    """A service over the toy bundle."""
    with serving(service_settings(tmp_path_factory.mktemp("service"), toy_bundle)) as one:
        yield one


def test_the_answer_is_the_models_own(
    client: TestClient, toy_model: ProductClassifier, toy_catalog
) -> None:
    product = toy_catalog.products[0]
    files = [("photos", (photo.name, photo.read(), "image/png")) for photo in product.photos]
    told = client.post("/v1/predict", data=dict(product.texts), files=files).json()
    expected = toy_model.predictions([product.with_photos(*product.photos)])[0]
    assert told["label"] == expected.label
    assert told["probability"] == pytest.approx(expected.probability, abs=1e-6)
    assert told["verdict"] == expected.verdict
    assert told["present"] == ["text", "image"]


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        (415, {}),
        (415, {"files": [("photos", ("a.jpg", b"no photo", "image/jpeg"))]}),
        (422, {"json": {}}),
        (422, {"json": {"texts": {"title": "mug"}, "colour": "blue"}}),
        (422, {"content": b"{", "headers": {"Content-Type": "application/json"}}),
        (421, {"json": {"texts": {"title": "mug"}}, "headers": {"Host": "evil.example"}}),
        (403, {"json": {"texts": {"title": "mug"}}, "headers": {"Origin": "http://evil.example"}}),
    ],
)
def test_every_refusal_has_one_shape(client: TestClient, status: int, request_: dict) -> None:
    answer = client.post("/v1/predict", **request_)
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert set(told) == {"code", "message", "field", "remedy", "request_id"}
    assert told["message"]
    assert told["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("path", "field"),
    [("/v1/predict", "photos"), ("/v1/explain", "photos"), ("/predict", "imageFile")],
)
def test_a_photo_that_was_sent_as_a_word_is_not_read_as_one(
    client: TestClient, path: str, field: str
) -> None:
    told = client.post(path, data={field: "mug.jpg"}).json()
    assert told["message"] == f"'{field}' came as a text, not as a file"
    assert f"{field}=@photo.jpg" in told["remedy"]
    assert client.post(path, data={field: "", "title": "Blue mug"}).status_code == 200


def test_half_a_link_to_a_card_is_told_in_words(client: TestClient) -> None:
    for token in ("abc", "a" * 65, "%00" * 20):
        told = client.get(f"/cards/{token}", headers={"Accept": "text/html"})
        assert told.status_code == 404
        assert "There is no such card, or its time is over" in told.text


def test_a_person_reads_a_refusal_as_a_page(client: TestClient) -> None:
    answer = client.get("/nothing", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "There is nothing at" in answer.text
    assert client.get("/nothing").json()["code"] == "not_found"


def test_a_database_that_is_away_is_said_without_where_it_is(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object) -> None:
        raise BadStore("the database 'postgresql://ann:***@db.inside/shop' cannot be used: gone")

    monkeypatch.setattr(client.app.state.service.store.jobs, "list", away)
    told = client.get("/v1/jobs")
    assert (told.status_code, told.headers["Retry-After"]) == (503, "5")
    told = told.json()
    assert (told["code"], told["message"]) == ("bad_store", "the database cannot be used now")
    assert "db.inside" not in str(told)
    assert "db.inside" in caplog.text


def test_a_database_that_hangs_is_not_waited_for(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, asked = threading.Event(), []

    def hanging() -> None:
        asked.append(1)
        goes_on.wait(60)

    monkeypatch.setattr(health, "_DATABASE_SECONDS", 0.05)
    with monkeypatch.context() as patched:
        patched.setattr(client.app.state.service.store, "ping", hanging)
        for _ in range(3):
            told = client.get("/readyz")
            assert (told.status_code, told.json()["waiting_for"]) == (503, ["database"])
        assert len(asked) == 1  # each would keep a thread
    monkeypatch.setattr(health, "_DATABASE_SECONDS", 20)
    goes_on.set()
    assert client.get("/readyz").status_code == 200


def test_what_is_wrong_with_a_field_is_said_in_words(client: TestClient) -> None:
    told = client.post("/v1/predict", json={"texts": {"title": "mug"}, "colour": "blue"}).json()
    assert (told["field"], told["message"]) == ("colour", "colour: there is no such field")
    told = client.post("/v1/predict", json={"texts": {"title": "mug"}, "keep_days": 9999}).json()
    assert told["message"] == "keep_days: it is above 3650"
    assert "Input" not in client.post("/v1/predict", json={"texts": "mug"}).json()["message"]


def test_a_name_of_this_machine_may_be_written_in_capitals(client: TestClient) -> None:
    for host in ("LOCALHOST:8000", "localhost."):
        answer = client.post(
            "/v1/predict", json={"texts": {"title": "mug"}}, headers={"Host": host}
        )
        assert answer.status_code == 200, host
