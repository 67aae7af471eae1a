"""Text vectors from an endpoint: a real server on loopback, well behaved and not."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embeddings_server import (
    DIM,
    EmbeddingsServer,
    embeddings_server,
    good,
    json_reply,
    vector_of,
)
from glasscase import Catalog, ProductClassifier, Settings, explain
from glasscase.catalog.product import Product
from glasscase.encoders.api_budget import ApiUsage, batches
from glasscase.encoders.api_client import ApiClient, Endpoint
from glasscase.encoders.api_text import PROBE_TEXT, ApiTextEncoder
from glasscase.encoders.cache import VectorCache
from glasscase.encoders.cached_encoder import CachedEncoder
from glasscase.encoders.encoder import PaidTextEncoder
from glasscase.encoders.table import encoder_from_files, load_encoder
from glasscase.encoders.token_counts import token_counts
from glasscase.errors import BadEncoder, BadService, BadSetting, CannotWrite

KEY = "sk-secret-0123"
NAME = "api:tiny-embed"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[EmbeddingsServer]:
    """A running endpoint that the environment names, and a cache of its own."""
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "GLASSCASE_API_MAX_TOKENS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("GLASSCASE_CACHE", str(tmp_path / "cache"))
    with embeddings_server() as running:
        monkeypatch.setenv("GLASSCASE_API_BASE", running.base)
        monkeypatch.setenv("GLASSCASE_API_KEY", KEY)
        yield running


def settings(**encoders: Any) -> Settings:
    return Settings(encoders={"text": NAME} | encoders)


def loaded(**encoders: Any) -> ApiTextEncoder:
    found = load_encoder(NAME, modality="text", settings=settings(**encoders))
    assert isinstance(found, ApiTextEncoder)
    return found


def client(server: EmbeddingsServer, waits: list[float] | None = None, **options: Any) -> ApiClient:
    waited = [] if waits is None else waits
    return ApiClient(Endpoint(server.base, KEY), sleep=waited.append, **options)


def unit(text: str) -> np.ndarray:
    vector = np.array(vector_of(text))
    return vector / np.linalg.norm(vector)


def products(*texts: str) -> list[Product]:
    return [Product(id=str(i), texts={"title": text}) for i, text in enumerate(texts)]


class Told:
    """A progress that remembers what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def track(self, items: Any, *, total: int, what: str) -> Any:
        yield from items

    def say(self, message: str) -> None:
        self.said.append(message)


def test_vectors_are_those_of_the_endpoint_at_unit_length(server: EmbeddingsServer) -> None:
    encoder = loaded()
    found = encoder.encode(products("blue mug", "", "red chair", "blue mug"))
    assert found.present.tolist() == [True, False, True, True]
    np.testing.assert_allclose(found.vectors[0], unit("blue mug"), atol=1e-6)
    np.testing.assert_allclose(found.vectors[2], unit("red chair"), atol=1e-6)
    assert found.vectors[1].tolist() == [0.0] * DIM
    assert server.texts == [PROBE_TEXT, PROBE_TEXT, "blue mug", "red chair"]
    assert set(server.paths) == {"/v1/embeddings"}
    assert server.requests[0]["model"] == "tiny-embed"
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert encoder.card.dim == DIM
    assert isinstance(encoder, PaidTextEncoder)


def test_answers_in_another_order_are_put_right(server: EmbeddingsServer) -> None:
    server.next = [lambda _, r: json_reply(good(r) | {"data": good(r)["data"][::-1]})]
    answer = client(server).embeddings("m", ["a", "b", "c"])
    np.testing.assert_allclose(answer.vectors[0], unit("a"), atol=1e-6)
    np.testing.assert_allclose(answer.vectors[2], unit("c"), atol=1e-6)
    assert answer.tokens == 3


def changed(rows: Any) -> Any:
    """A misbehaviour that answers with `rows(the right ones)`."""
    return lambda _, request: json_reply({"data": rows(good(request)["data"])})


def raw(body: bytes, status: int = 200, **headers: str) -> Any:
    return lambda *_: (status, headers, body)


def with_first(value: Any) -> Any:
    return changed(lambda rows: [rows[0] | {"embedding": value}, *rows[1:]])


ANSWERED = "the embeddings endpoint answered with "
NONSENSE = {
    "too few": (changed(lambda rows: rows[:1]), "1 vectors for 2 texts"),
    "too many": (changed(lambda rows: [*rows, *rows]), "4 vectors for 2 texts"),
    "twice the same": (changed(lambda rows: [rows[0], rows[0]]), "index does not say"),
    "beyond": (changed(lambda rows: [rows[0], rows[1] | {"index": 7}]), "index does not say"),
    "true": (changed(lambda rows: [rows[0], rows[1] | {"index": True}]), "index does not say"),
    "no index": (changed(lambda rows: [{"embedding": [1.0]}] * 2), "index does not say"),
    "uneven": (with_first([1.0, 2.0]), "vectors of 2 and 8 numbers"),
    "empty": (changed(lambda rows: [r | {"embedding": []} for r in rows]), "of 0 numbers"),
    "base64": (with_first("AAAA"), "vectors that are no lists of numbers"),
    "words": (with_first(["1"] * DIM), "something else than numbers"),
    "flags": (with_first([True] * DIM), "something else than numbers"),
    "lists": (with_first([[1.0]] * DIM), "something else than numbers"),
    "NaN": (with_first([float("nan")] * DIM), "infinite or none"),
    "infinite": (with_first([float("inf")] * DIM), "infinite or none"),
    "too large": (with_first([1e300] * DIM), "infinite or none"),
    "larger": (with_first([10**400] * DIM), "infinite or none"),
    "zeros": (with_first([0.0] * DIM), "a vector of zeros"),
    "a page": (raw(b"\n<!doctype html><title>Sign in</title>"), "an HTML page"),
    "no JSON": (raw(b"oops"), "something that is not JSON"),
    "nothing": (raw(b""), "something that is not JSON"),
    "deep": (raw(b"[" * 200_000), "something that is not JSON"),
    "a list": (raw(b"[]"), "JSON that is no embeddings answer"),
    "an error": (raw(b'{"error": "x"}'), "JSON that is no embeddings answer"),
    "data of text": (raw(b'{"data": "abc"}'), "JSON that is no embeddings answer"),
}  # fmt: skip


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_refused_at_once(server: EmbeddingsServer, name: str) -> None:
    misbehaviour, what = NONSENSE[name]
    server.next = [misbehaviour]
    with pytest.raises(BadService) as caught:
        client(server).embeddings("m", ["a", "b"])
    assert caught.value.reason.startswith(ANSWERED)
    assert what in caught.value.reason
    assert len(server.requests) == 1


def test_strange_usage_is_estimated_instead(server: EmbeddingsServer) -> None:
    for usage in (
        None,
        [],
        {},
        {"total_tokens": -5},
        {"total_tokens": "9"},
        {"total_tokens": 1e99},
    ):
        server.next = [lambda _, r, u=usage: json_reply(good(r, usage=u))]
        assert client(server).embeddings("m", ["a"]).tokens is None


def test_what_may_pass_is_tried_again(server: EmbeddingsServer) -> None:
    waits: list[float] = []
    server.next = [
        raw(b"", 500),
        raw(b"<html>", 503),
        raw(b"", 429, Retry_After="7"),
        raw(b"", 429),
    ]
    answer = client(server, waits).embeddings("m", ["a"])
    np.testing.assert_allclose(answer.vectors[0], unit("a"), atol=1e-6)
    assert waits == [1.0, 2.0, 7.0, 8.0]
    assert len(server.requests) == 5


def test_a_date_to_wait_for_is_understood(server: EmbeddingsServer) -> None:
    waits: list[float] = []
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    server.next = [raw(b"", 429, Retry_After=soon), raw(b"", 429, Retry_After="soon"),
                   raw(b"", 429, Retry_After="nan")]  # fmt: skip
    client(server, waits).embeddings("m", ["a"])
    assert 30 < waits[0] <= 40
    assert waits[1:] == [2.0, 4.0]


def test_after_five_times_it_gives_up(server: EmbeddingsServer) -> None:
    waits: list[float] = []
    server.next = [raw(b"", 502)] * 9
    with pytest.raises(BadService, match="endpoint answers 502. Check GLASSCASE_API_BASE"):
        client(server, waits).embeddings("m", ["a"])
    assert len(server.requests) == 5
    assert waits == [1.0, 2.0, 4.0, 8.0]


def test_nobody_waits_an_hour(server: EmbeddingsServer) -> None:
    waits: list[float] = []
    server.next = [raw(b"", 429, Retry_After="3600")]
    with pytest.raises(BadService, match="429, and asks to wait 3600 seconds. Run the same"):
        client(server, waits).embeddings("m", ["a"])
    assert waits == []


REFUSED = {
    "key": (raw(b'{"error":{"message":"bad key sk-secret"}}', 401), "refuses the key (401)"),
    "forbidden": (raw(b"", 403), "refuses the key (403)"),
    "no model": (raw(b'{"error":{"message":"no model m"}}', 404), "answers 404: no model m"),
    "too long": (raw(b'{"message":"too\\nlong \\u0007"}', 400), "answers 400: too long"),
    "strange": (raw(b'{"error": {"message": [1]}}', 422), "answers 422."),
    "quota": (raw(b'{"error":{"code":"insufficient_quota"}}', 429), "is used up"),
    "away": (raw(b"", 302, Location="http://127.0.0.1:1/v1"), "not followed"),
    "for good": (raw(b"", 308, Location="/v2/embeddings"), "not followed"),
    "packed": (raw(b"x", 200, Content_Encoding="gzip"), "packed form"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_told_at_once(server: EmbeddingsServer, name: str) -> None:
    misbehaviour, what = REFUSED[name]
    server.next = [misbehaviour]
    with pytest.raises(BadService) as caught:
        client(server).embeddings("m", ["a"])
    assert what in f"{caught.value.reason}."
    assert len(server.requests) == 1


def test_a_huge_answer_is_not_read(
    server: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glasscase.encoders.api_client.MAX_BYTES", 1_000_000)
    sent: list[int] = []

    def endless(handler: Any, _: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b" " * 1_000_000)
            sent.append(1)

    server.next = [endless]
    with pytest.raises(BadService, match="answers with more than 1 MB"):
        client(server).embeddings("m", ["a"])
    assert len(sent) < 100


def test_an_answer_that_drips_is_cut_off(server: EmbeddingsServer) -> None:
    def drip(handler: Any, _: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(1000):
            handler.wfile.write(b" ")
            time.sleep(0.01)

    server.next = [drip]
    with pytest.raises(BadService, match="does not come to an end with its answer"):
        client(server, answer_seconds=0.1).embeddings("m", ["a"])


def test_silence_and_a_closed_door_are_tried_again_and_told(server: EmbeddingsServer) -> None:
    def hang_up(handler: Any, _: Any) -> None:
        handler.connection.close()

    def sleep(handler: Any, _: Any) -> None:
        time.sleep(1)

    server.next = [hang_up, sleep]
    answer = client(server, answer_seconds=0.3).embeddings("m", ["a"])
    assert answer.vectors.shape == (1, DIM)
    away = ApiClient(Endpoint("http://127.0.0.1:9", KEY), sleep=lambda _: None)
    with pytest.raises(BadService, match="the embeddings endpoint cannot be reached. Check GLASS"):
        away.embeddings("m", ["a"])


def test_address_and_key_are_nowhere(
    server: EmbeddingsServer, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    secrets = [KEY, server.base, server.base.split("/")[2]]
    for name in ("httpx2", "httpcore2", ""):
        caplog.set_level(logging.DEBUG, logger=name)
    echo = json.dumps({"error": {"message": f"no {KEY} at {server.base}"}}).encode()
    messages = []
    for misbehaviour in (raw(echo, 400), raw(echo, 401), raw(b"", 307, Location=server.base)):
        server.next = [misbehaviour]
        with pytest.raises(BadService) as caught:
            client(server).embeddings("m", ["a"])
        messages.append(f"{caught.value}{caught.value.__cause__}")
    assert "answers 400: no ... at . Check the model's name" in messages[0]
    encoder = loaded()
    encoder.encode_texts(["blue mug"])
    encoder.save_files(tmp_path / "saved")
    messages += [caplog.text, repr(Endpoint(server.base, KEY)), repr(vars(encoder.card))]
    messages += [path.read_text() for path in tmp_path.rglob("*.json")]
    assert len(messages) > 6
    for message in messages:
        assert not any(secret in message for secret in secrets), message


def test_keys_go_only_with_their_own_address() -> None:
    def chosen(**environment: str) -> tuple[str, str]:
        found = Endpoint.from_environment(environment)
        return found.base, found.key

    assert chosen(GLASSCASE_API_BASE="http://a/v1/", OPENAI_API_KEY="sk") == ("http://a/v1", "")
    assert chosen(OPENAI_API_KEY="sk") == ("https://api.openai.com/v1", "sk")
    assert chosen(OPENAI_BASE_URL="http://b", OPENAI_API_KEY=" sk\n") == ("http://b", "sk")
    for environment in ({}, {"GLASSCASE_API_KEY": "k", "OPENAI_BASE_URL": "http://b"}):
        with pytest.raises(BadSetting, match="needs the address of its endpoint. Set GLASS"):
            chosen(**environment)
    for base in ("ftp://a", "localhost:11434", "http://", "http://a:99999999", "http://[", "/v1"):
        with pytest.raises(BadSetting, match="address of the endpoint cannot be used"):
            chosen(GLASSCASE_API_BASE=base)
    with pytest.raises(BadSetting, match="the key of the endpoint cannot be used"):
        chosen(GLASSCASE_API_BASE="http://a", GLASSCASE_API_KEY="a\nHost: b")


def test_no_text_is_paid_for_twice(server: EmbeddingsServer, tmp_path: Path) -> None:
    with VectorCache(tmp_path / "kept", 10**8) as cache:
        first = CachedEncoder(loaded(), cache).encode(products("blue mug", "red chair"))
        before = len(server.requests)
        again = CachedEncoder(loaded(), cache)
        assert again.encode(products("red chair", "blue mug")).vectors[1].tolist() == (
            first.vectors[0].tolist()
        )
        assert again.encode_texts(["blue mug", ""])[0].tolist() == first.vectors[0].tolist()
        assert len(server.requests) == before
        again.encode_texts(["blue"])
        again.encode_texts(["blue"])
        assert len(server.requests) == before + 1


def test_a_stopped_run_keeps_what_was_paid_for(server: EmbeddingsServer, tmp_path: Path) -> None:
    texts = [f"product {i}" for i in range(150)]
    with VectorCache(tmp_path / "kept", 10**8) as cache:
        encoder = CachedEncoder(loaded(), cache)
        fine = lambda _, request: json_reply(good(request))  # noqa: E731
        server.next = [fine, raw(b"", 400)]
        with pytest.raises(BadService, match="answers 400"):
            encoder.encode(products(*texts))
        assert cache.usage()[0].vectors == 64
        server.requests.clear()
        CachedEncoder(loaded(), cache).encode(products(*texts))
        assert len(server.texts) == 150 - 64 + 1  # and the probe


def test_nothing_is_asked_where_it_could_not_be_kept(
    server: EmbeddingsServer, tmp_path: Path
) -> None:
    encoder = loaded()
    (tmp_path / "file").write_text("in the way")
    before = len(server.requests)
    with pytest.raises(CannotWrite):
        CachedEncoder(encoder, VectorCache(tmp_path / "file", 10**8)).encode(products("mug"))
    assert len(server.requests) == before


def test_the_cost_is_told_before_and_after(server: EmbeddingsServer, tmp_path: Path) -> None:
    told = Told()
    with VectorCache(tmp_path / "kept", 10**8) as cache:
        encoder = CachedEncoder(loaded(api_price=2.0), cache)
        encoder.encode(products("blue mug", "blue mug", "red chair"), progress=told)
        encoder.encode(products("blue mug"), progress=told)
    assert told.said == [
        "2 texts go to api:tiny-embed: about 6 tokens, 0.0000 US dollars.",
        "Sent to api:tiny-embed: 3 texts in 1 requests, 12 tokens, 0.0000 US dollars.",
    ]
    known = ApiUsage(2, 5, 1_000_000, 0.02)
    assert str(known) == "5 texts in 2 requests, 1,000,000 tokens, 0.0200 US dollars"


def test_more_than_was_agreed_to_is_not_sent(
    server: EmbeddingsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with VectorCache(tmp_path / "kept", 10**8) as cache:
        encoder = CachedEncoder(loaded(api_max_tokens=40), cache)
        encoder.encode(products("blue mug"))
        before = len(server.requests)
        with pytest.raises(BadSetting) as caught:
            encoder.encode(products(*(f"product number {i}" for i in range(6))))
        assert str(caught.value) == (
            "6 texts go to api:tiny-embed: about 36 tokens, of unknown price after 10 sent before, "
            "more than the limit of 40 tokens. Agree to it with --set encoders.api_max_tokens=46 "
            "when training, or with GLASSCASE_API_MAX_TOKENS=46 in the environment."
        )
        with pytest.raises(BadSetting):
            encoder.encode_texts(["word " * 40])
        assert len(server.requests) == before
        monkeypatch.setenv("GLASSCASE_API_MAX_TOKENS", "46")
        CachedEncoder(loaded(api_max_tokens=0), cache).encode(products("red chair"))
        monkeypatch.setenv("GLASSCASE_API_MAX_TOKENS", "many")
        with pytest.raises(BadSetting, match="GLASSCASE_API_MAX_TOKENS is no number of tokens"):
            loaded()


def test_long_texts_are_cut_and_requests_bounded(server: EmbeddingsServer) -> None:
    made = Settings(encoders={"text": NAME}, text={"max_tokens": 10, "max_windows": 2})
    encoder = load_encoder(NAME, modality="text", settings=made)
    encoder.encode(products("x" * 1000))
    assert server.texts[-1] == "x" * 80
    assert [len(batch) for batch in batches(["a"] * 130)] == [64, 64, 2]
    assert [len(batch) for batch in batches(["a" * 9_000] * 3)] == [2, 1]


def test_a_half_character_is_sent_as_a_question_mark(server: EmbeddingsServer) -> None:
    loaded().encode_texts(["mug \ud83d"])
    assert server.texts[-1] == "mug ?"


def test_another_model_behind_the_name_is_noticed(server: EmbeddingsServer) -> None:
    encoder = loaded()

    def other(_: Any, request: dict[str, Any]) -> Any:
        rows = [{"index": i, "embedding": [1.0] * DIM} for i in range(len(request["input"]))]
        return json_reply({"data": rows})

    server.next = [other]
    with pytest.raises(BadService, match="answers with other vectors than before: another model"):
        encoder.encode_texts(["mug"])
    wider = changed(lambda rows: [row | {"embedding": [1.0] * 5} for row in rows])
    encoder.encode_texts(["mug"])
    server.next = [wider]
    with pytest.raises(BadService, match="answers with vectors of 5 numbers instead of 8"):
        encoder.encode_texts(["chair"])


def test_the_stored_encoder_is_a_card_and_one_vector(
    server: EmbeddingsServer, tmp_path: Path
) -> None:
    encoder = loaded()
    encoder.save_files(tmp_path / "saved")
    assert sorted(path.name for path in (tmp_path / "saved").iterdir()) == [
        "card.json",
        "probe.json",
    ]
    again = encoder_from_files(tmp_path / "saved", settings=settings())
    assert again.card == encoder.card
    (tmp_path / "saved" / "probe.json").write_text("[1, 2]")
    with pytest.raises(BadEncoder, match=r"probe\.json' is missing or damaged"):
        encoder_from_files(tmp_path / "saved", settings=settings())


def test_names_that_mean_nothing_are_told(server: EmbeddingsServer) -> None:
    with pytest.raises(BadSetting, match="api: names no model. Write it as api:text-embedding-3"):
        load_encoder("api:", modality="text", settings=settings())
    with pytest.raises(BadEncoder, match="'api:tiny-embed' is not for images"):
        load_encoder(NAME, modality="image", settings=settings())
    assert server.requests == []


def test_counting_tokens_asks_nobody(server: EmbeddingsServer) -> None:
    assert token_counts(["blue mug", ""], settings=settings()).tolist() == [3, 0]
    assert server.requests == []


def test_a_model_lives_and_fails_with_its_endpoint(
    server: EmbeddingsServer,
    toy_catalog: Catalog,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    shell: Any,
) -> None:
    made = settings(lexical=False)
    bundle = (
        ProductClassifier("sentence-linear", settings=made).fit(toy_catalog).save(tmp_path / "b")
    )
    stored = b"".join(path.read_bytes() for path in bundle.rglob("*") if path.is_file())
    assert KEY.encode() not in stored
    assert server.base.encode() not in stored
    model = ProductClassifier.load(bundle)
    before = len(server.requests)
    answers = model.predictions(toy_catalog.products[:5])
    assert all(answer.label for answer in answers)
    assert len(server.requests) == before  # all from the cache
    told = explain(model, Product("new", texts={"title": "big blue mug"}))
    assert told.words.method == "exact"
    assert {text for text in server.texts if "big" in text} == {
        "big", "big blue", "big mug", "big blue mug"
    }  # fmt: skip
    monkeypatch.setenv("GLASSCASE_API_BASE", "http://127.0.0.1:9")
    monkeypatch.setattr("glasscase.encoders.api_client.time.sleep", lambda _: None)
    monkeypatch.setattr("glasscase.encoders.api_client._TRIES", 1)
    (tmp_path / "new.csv").write_text("id,title\n1,something nobody asked about\n")
    code, _, err = shell("predict", bundle, tmp_path / "new.csv", "--out", tmp_path / "out.csv")
    assert code == 2
    assert "the embeddings endpoint cannot be reached. Check GLASSCASE_API_BASE" in err
    assert not (tmp_path / "out.csv").exists()
