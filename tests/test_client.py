"""The Python client against a real server on this machine."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from tests.serving import service_settings

from browsing import LiveService, live
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.product import Product
from glasscase.catalog.toy import ToyCatalogue
from glasscase.client import Client, Refused, Unreachable
from glasscase.client.answers import Batch
from glasscase.errors import BadCatalog, BadPhoto, BadSetting
from glasscase.models.classifier import ProductClassifier


@pytest.fixture(scope="module")
def photo_host(toy_shop: ToyCatalogue) -> Iterator[str]:
    """A host on this machine that has the photos of the shop."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *told: Any) -> None:
            pass

    with ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=str(toy_shop.images))
    ) as host:
        thread = Thread(target=host.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{host.server_port}"
        host.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, toy_bundle: Path, photo_host: str
) -> Iterator[LiveService]:
    folder = tmp_path_factory.mktemp("service")
    more = ["service.keys=always", f"service.photo_hosts={photo_host}"]
    with live(service_settings(folder, toy_bundle, *more)) as one:
        yield one


@pytest.fixture(scope="module")
def client(service: LiveService) -> Iterator[Client]:
    _, secret = service.service.store.keys.create("tests", ["admin"])
    with Client(service.url, secret) as one:
        yield one


def until(true: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    end, now_and_then = time.monotonic() + 30, Event()
    while not true():
        assert time.monotonic() < end
        now_and_then.wait(0.01)


@pytest.fixture(scope="module")
def product(toy_catalog: Catalog) -> Product:
    return next(one for one in toy_catalog.products if one.photos and len(one.text) > 20)


def test_it_answers_as_the_model_does(
    client: Client, toy_model: ProductClassifier, product: Product
) -> None:
    mine = toy_model.predictions([product])[0]
    path = product.photos[0].path
    for photos in (path, str(path), path.read_bytes(), [path]):
        told = client.predict(photos, texts=product.texts, attributes=product.attributes, id="7")
        assert (told.id, told.label, told.verdict) == ("7", mine.label, mine.verdict)
        assert told.probability == pytest.approx(mine.probability, abs=1e-6)
    again = client.prediction(told.prediction_id)
    assert (again.label, again.top_k, again.model) == (told.label, told.top_k, told.model)


def test_the_service_fetches_photos_from_hosts_it_allows(
    client: Client, product: Product, photo_host: str
) -> None:
    path = product.photos[0].path
    sent = client.predict(path, texts=product.texts)
    fetched = client.predict(photo_urls=[f"{photo_host}/{path.name}"], texts=product.texts)
    assert (fetched.present, fetched.top_k) == (("text", "image"), sent.top_k)
    with pytest.raises(Refused, match="its host answers 404"):
        client.predict(photo_urls=[f"{photo_host}/none.jpg"], texts=product.texts)
    with pytest.raises(Refused, match="is not a photo but an HTML page"):
        client.predict(photo_urls=[f"{photo_host}/"], texts=product.texts)
    elsewhere = photo_host.replace("127.0.0.1", "localhost")
    with pytest.raises(Refused, match=r"is not among service\.photo_hosts") as caught:
        client.predict(photo_urls=[f"{elsewhere}/{path.name}"], texts=product.texts)
    assert (caught.value.status, caught.value.field) == (422, "photo_url")


def test_it_explains_finds_and_shares(client: Client, product: Product) -> None:
    photo = product.photos[0].path
    told = client.predict(photo, texts=product.texts, keep_days=1)
    why = client.explain(prediction_id=told.prediction_id, parts=["words", "photo"])
    assert (why.label, why.flip) == (told.label, None)
    assert why.pictures[0].overlay_bytes()[:3] == b"\xff\xd8\xff"
    assert client.card(photo, parts=["photo"]).startswith("<!doctype html>")
    like = client.similar(photo, texts=product.texts, top=2)
    assert like.products[0].id == product.id
    assert client.similar_to(told.prediction_id, top=2) == like
    assert client.similar_to(product.id, by="words", top=1).by == "words"
    assert client.search(product.text, top=1).products[0].id == product.id
    assert client.search(photo=photo, top=1).compared == "photo"
    assert client.feedback(told.prediction_id, comment="good").label is None
    card = client.share(prediction_id=told.prediction_id, days=1)
    assert httpx2.get(card.url).text.startswith("<!doctype html>")
    client.withdraw(card)
    assert httpx2.get(card.url).status_code == 404


def test_a_batch_from_its_start_to_its_file(
    client: Client, toy_shop: ToyCatalogue, tmp_path: Path
) -> None:
    table = tmp_path / "few.csv"
    lines = toy_shop.new.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join(lines[:6]), encoding="utf-8")
    seen: list[Batch] = []
    made = client.batches.start(table, keep_days=1, review=True)
    over = client.batches.wait(made, progress=seen.append, every_seconds=0.1)
    assert (over.state, over.done, over.total, seen[-1]) == ("finished", 5, 5, over)
    rows = list(client.batches.results(made))
    assert [row.row for row in rows] == [2, 3, 4, 5, 6]
    only = list(client.batches.results(made, verdict=rows[0].verdict))
    assert {row.verdict for row in only} == {rows[0].verdict}
    told = client.batches.download(made, tmp_path / "told.jsonl")
    assert [json.loads(line)["id"] for line in told.read_text().splitlines()] == [
        row.id for row in rows
    ]
    assert client.batches.list()[0].id == made.id
    with pytest.raises(Refused, match="over|finished|ended") as caught:
        client.batches.cancel(made)
    assert caught.value.status == 409


def test_reviews_are_taken_decided_and_taken_back(client: Client, product: Product) -> None:
    client.predict(texts={"title": "zzz"}, keep_days=1)
    client.predict(texts={"title": "thing"}, keep_days=1)
    (item, *_) = client.reviews.next()
    assert client.reviews.counts()["held"] >= 1
    decision = client.reviews.choose(item, product.label, seconds=2)
    assert (decision.action, decision.label) == ("choose", product.label)
    back = client.reviews.undo()
    assert back.id == item.id
    client.reviews.release(client.reviews.second_opinion(back))
    again = client.reviews.next(most=1)[0]
    assert client.reviews.skip(again).action == "skip"


def test_models_are_listed_and_told_their_roles(client: Client) -> None:
    told = client.models.list()
    (model,) = told.models
    assert (told.active, model.roles) == (model.id, ("active",))
    assert client.models.activate(model).active == model.id
    with pytest.raises(Refused):
        client.models.set_roles(shadow=model.id)
    with pytest.raises(Refused):
        client.models.load("/etc")


def test_an_explanation_nobody_waits_for_is_not_computed(
    client: Client, service: LiveService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from glasscase.server import explained

    _, secret = service.service.store.keys.create("leaving", ["predict"])
    begun, go_on, real = Event(), Event(), explained.explain
    asked: list[str] = []

    def slow(model: Any, product: Product, **more: Any) -> Any:
        asked.append(product.id)
        begun.set()
        assert go_on.wait(30)
        return real(model, product, **more)

    monkeypatch.setattr(explained, "explain", slow)
    line = service.service.explaining
    told: list[Any] = []
    first = Thread(
        target=lambda: told.append(client.explain(title="mug", id="stays", parts=["words"]))
    )
    first.start()
    assert begun.wait(30)
    body = b'{"id": "leaves", "texts": {"title": "mug"}}'
    head = (
        f"POST /v1/explain HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {secret}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", urlsplit(service.url).port)) as leaving:
        leaving.sendall(head.encode() + body)
        until(lambda: len(line) == 2)
    until(lambda: len(line) == 1)
    go_on.set()
    first.join()
    assert (asked, told[0].id) == (["stays"], "stays")


def test_a_refusal_has_the_services_own_words(client: Client, service: LiveService) -> None:
    with pytest.raises(Refused) as caught:
        client.explain(b"<svg/>", title="mug")
    refused = caught.value
    assert (refused.status, refused.code, refused.field) == (415, "bad_photo", "photos")
    assert refused.message == "photo 'photo' is not a photo but an SVG drawing"
    assert refused.remedy
    assert refused.request_id
    with pytest.raises(Refused, match="there are neither words nor photos"):
        client.predict()  # nothing at all is a form without fields
    with Client(service.url) as stranger, pytest.raises(Refused, match="a key is needed"):
        stranger.predict(title="mug")


def test_what_cannot_even_be_sent_is_said(client: Client, tmp_path: Path) -> None:
    with pytest.raises(BadPhoto, match="cannot be read: No such file"):
        client.predict(tmp_path / "none.jpg")
    with pytest.raises(BadCatalog, match="cannot be read: No such file"):
        client.batches.start(tmp_path / "none.csv")
    with pytest.raises(BadSetting, match="there is no attribute 'colour'"):
        client.predict(title="mug", attributes={"colour": "blue"})
    with pytest.raises(BadSetting, match="'nowhere' is no address of a service"):
        Client("nowhere")
    with (
        Client("http://127.0.0.1:9") as alone,
        pytest.raises(Unreachable, match=r"the service at 127\.0\.0\.1:9 cannot be reached"),
    ):
        alone.predict(title="mug")


class Busy:
    """A server that answers as it is told, and what it was asked."""

    def __init__(self, *answers: tuple[int, dict[str, str], bytes]) -> None:
        self.bodies: list[bytes] = []
        waiting, bodies = iter(answers), self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                status, headers, body = next(waiting)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *told: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Busy:
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


NOTED = b'{"id": "f", "prediction_id": "p", "label_before": "Mugs", "label": null, "new": 1}'


def test_it_comes_again_when_it_is_told_to() -> None:
    waits: list[float] = []
    answers = [
        (429, {"Retry-After": "2"}, b"{}"),
        (503, {"Retry-After": "7"}, b""),
        (201, {}, NOTED),
    ]
    with Busy(*answers) as busy, Client(busy.url, sleep=waits.append) as client:
        noted = client.feedback("p", comment="good")
    assert (noted.id, noted.model_extra) == ("f", {"new": 1})
    assert waits == [2, 7]
    assert len(set(busy.bodies)) == 1


def test_a_file_is_sent_again_from_its_start(tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("title\nblue mug\n")
    batch = {"id": "b", "name": "few.csv", "state": "waiting", "done": 0, "total": 1, "counts": {},
             "problems": 0, "message": ""}  # fmt: skip
    told = json.dumps({"batch": batch}).encode()
    answers = [(503, {"Retry-After": "1"}, b""), (202, {}, told)]
    with Busy(*answers) as busy, Client(busy.url, sleep=lambda _: None) as client:
        assert client.batches.start(tmp_path / "few.csv").state == "waiting"
    assert all(b"blue mug" in body for body in busy.bodies)


@pytest.mark.parametrize(
    ("answer", "waits"),
    [
        ((503, {}, b""), []),
        ((503, {"Retry-After": "31"}, b""), []),
        ((503, {"Retry-After": "nonsense"}, b""), []),
        ((500, {"Retry-After": "1"}, b"<html>"), []),
        ((429, {"Retry-After": "1"}, b'{"message": "too many", "field": null}'), [1, 1]),
    ],
)
def test_patience_has_its_limits(answer: Any, waits: list[float]) -> None:
    waited: list[float] = []
    with (
        Busy(*[answer] * 3) as busy,
        Client(busy.url, sleep=waited.append, retries=2) as client,
        pytest.raises(Refused) as caught,
    ):
        client.feedback("p", comment="good")
    assert waited == waits
    assert caught.value.status == answer[0]
    expected = "too many" if b"too many" in answer[2] else f"the service answers {answer[0]}"
    assert caught.value.message == expected


def test_an_answer_that_is_no_answer_is_told() -> None:
    with (
        Busy((200, {}, b"<html>")) as busy,
        Client(busy.url) as client,
        pytest.raises(Unreachable, match="answers nonsense"),
    ):
        client.feedback("p", comment="good")


def test_it_loads_neither_server_nor_models() -> None:
    code = (
        "import sys, glasscase.client as c; c.Client().close()\n"
        "bad = ('numpy', 'fastapi', 'sqlalchemy', 'onnxruntime', 'PIL', 'glasscase.server')\n"
        "print([name for name in bad if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
