"""Who may do what: keys, scopes, origins, proxies, and what every answer carries."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.serving import service_settings, serving

from glasscase.errors import BadSetting
from glasscase.server.app import create_app
from glasscase.server.guard.request_log import JsonLines
from glasscase.server.service import Service

MUG = {"texts": {"title": "a blue mug of stoneware"}}
HOME = "https://glasscase.example"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, toy_bundle: Path) -> Iterator[TestClient]:
    """A service that wants keys, with pages of one other site let in, behind one proxy."""
    more = [
        "service.keys=always",
        f"service.cors_origins={HOME}",
        "service.proxies=10.0.0.7",
        "limits.requests_per_minute=1000000",
        "limits.sign_ins_per_minute=1000000",
    ]
    with serving(service_settings(tmp_path_factory.mktemp("access"), toy_bundle, *more)) as client:
        yield client


def _service(client: TestClient) -> Service:
    return client.app.state.service


def _key(client: TestClient, *scopes: str) -> str:
    return _service(client).store.keys.create("test", scopes)[1]


def _ask(client: TestClient, **headers: str) -> tuple[int, str]:
    told = client.post(
        "/v1/predict", json=MUG, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    return told.status_code, told.json().get("message", "")


def test_a_key_opens_by_each_of_its_ways(guarded: TestClient) -> None:
    key = _key(guarded, "predict")
    assert _ask(guarded, Authorization=f"Bearer {key}")[0] == 200
    assert _ask(guarded, X_API_Key=key)[0] == 200
    assert _ask(guarded, Cookie=f"glasscase_key={key}")[0] == 200


def test_without_a_right_key_nothing_opens(guarded: TestClient) -> None:
    key = _key(guarded, "predict")
    row = _service(guarded).store.keys.check(key)
    assert _ask(guarded) == (401, "a key is needed")
    for wrong in (key[:-1], key + "x", key[:-1] + ("A" if key[-1] != "A" else "B"), "gck_", "ключ"):
        told = guarded.post(
            "/v1/predict", json=MUG, headers={"Authorization": f"Bearer {wrong}".encode()}
        )
        assert (told.status_code, told.json()["message"]) == (401, "the key is not valid")
        assert told.headers["WWW-Authenticate"] == "Bearer"
    assert row is not None
    _service(guarded).store.keys.revoke(row.id)
    assert _ask(guarded, X_API_Key=key) == (401, "the key is not valid")


def test_a_key_does_what_its_scopes_say(guarded: TestClient) -> None:
    assert _ask(guarded, X_API_Key=_key(guarded, "admin"))[0] == 200
    assert _ask(guarded, X_API_Key=_key(guarded, "review")) == (
        403, "this key may not ask for answers",
    )  # fmt: skip


def test_every_route_of_the_api_wants_a_key(guarded: TestClient) -> None:
    """One that was forgotten would be found here."""
    free = {"/healthz", "/readyz", "/openapi.json"}
    for path, ways in guarded.get("/openapi.json").json()["paths"].items():
        for method in ways:
            told = guarded.request(method, path.replace("{", "").replace("}", ""))
            if path in free or path.startswith("/cards/"):
                assert told.status_code != 401, path
            else:
                assert told.status_code == 401, (method, path, told.text)


def test_many_wrong_keys_are_slowed_down(tmp_path: Path) -> None:
    with serving(service_settings(tmp_path, None, "service.keys=always")) as client:
        statuses = [_ask(client, X_API_Key="gck_wrong")[0] for _ in range(8)]
        assert statuses[0] == 401
        assert statuses[-1] == 429
        assert _ask(client)[0] == 401  # who shows none is only told so


def test_too_many_requests_of_one_key_are_told_when_to_come_again(tmp_path: Path) -> None:
    more = ["service.keys=always", "limits.requests_per_minute=8"]
    with serving(service_settings(tmp_path, None, *more)) as client:
        key, other = _key(client, "admin"), _key(client, "admin")
        for _ in range(2):
            assert client.get("/metrics", headers={"X-API-Key": key}).status_code == 200
        told = client.get("/metrics", headers={"X-API-Key": key})
        assert (told.status_code, told.json()["code"]) == (429, "too_many_requests")
        assert 1 <= int(told.headers["Retry-After"]) <= 8
        assert client.get("/metrics", headers={"X-API-Key": other}).status_code == 200


def test_pages_of_other_sites_are_kept_out(guarded: TestClient) -> None:
    cookie = f"glasscase_key={_key(guarded, 'predict')}"
    assert _ask(guarded, Cookie=cookie, Origin="http://localhost")[0] == 200
    assert _ask(guarded, Cookie=cookie, Origin=HOME)[0] == 200
    for origin in ("http://evil.example", "null", "http://localhost.evil.example", "http://[", ""):
        status, message = _ask(guarded, Cookie=cookie, Origin=origin)
        assert status == 403, origin
        assert "may not do this" in message
    assert _ask(guarded, Cookie=cookie, Sec_Fetch_Site="cross-site")[0] == 403
    assert _ask(guarded, Cookie=cookie, Sec_Fetch_Site="same-origin")[0] == 200


def test_cors_is_closed_but_for_the_sites_named(guarded: TestClient, tmp_path: Path) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
    named = guarded.options("/v1/predict", headers={**asked, "Origin": HOME})
    assert named.status_code == 200
    assert named.headers["Access-Control-Allow-Origin"] == HOME
    assert "Access-Control-Allow-Credentials" not in named.headers  # no cookies across sites
    foreign = guarded.options("/v1/predict", headers={**asked, "Origin": "http://evil.example"})
    assert foreign.status_code == 400
    assert "Access-Control-Allow-Origin" not in foreign.headers
    with serving(service_settings(tmp_path)) as client:
        told = client.options("/v1/predict", headers={**asked, "Origin": HOME})
        assert told.status_code == 405
        assert not [name for name in told.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("peer", "expected"), [("10.0.0.7", "203.0.113.9"), ("198.51.100.1", "198.51.100.1")]
)
def test_only_a_named_proxy_is_believed(tmp_path: Path, peer: str, expected: str) -> None:
    seen: list[str] = []
    app = create_app(
        service_settings(tmp_path, None, "service.keys=always", "service.proxies=10.0.0.7")
    )
    with TestClient(app, "http://localhost", client=(peer, 50000)) as client:
        _service(client).sign_ins.check = seen.append
        told = {"X-API-Key": "gck_wrong", "X-Forwarded-For": "1.2.3.4, 203.0.113.9"}
        client.post("/v1/predict", json=MUG, headers=told)
    assert seen == [expected]


def test_without_keys_it_listens_to_this_machine_alone(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="without keys anybody who reaches 0.0.0.0 could use"):
        service_settings(tmp_path, None, "service.host=0.0.0.0", "service.keys=never")
    assert service_settings(tmp_path, None, "service.host=0.0.0.0").service.keys_needed
    assert not service_settings(tmp_path, None, "service.host=::1").service.keys_needed
    with serving(service_settings(tmp_path)) as client:
        for host in ("evil.example", "localhost.evil.example", "10.0.0.1:8000"):
            assert client.get("/metrics", headers={"Host": host}).status_code == 421
        for host in ("localhost:8000", "127.0.0.1", "[::1]:8000"):
            assert client.get("/metrics", headers={"Host": host}).status_code == 200


def test_every_answer_is_guarded(guarded: TestClient) -> None:
    for told in (
        guarded.get("/healthz"),
        guarded.get("/nothing"),
        guarded.get("/static/glasscase.css"),
        guarded.get("/static/../app.py"),
        guarded.post("/v1/predict", json=MUG),
        guarded.post("/v1/predict", content=b"x", headers={"Content-Length": "999999999999"}),
        guarded.options(
            "/v1/predict", headers={"Origin": HOME, "Access-Control-Request-Method": "PUT"}
        ),
    ):
        assert "default-src 'none'" in told.headers["Content-Security-Policy"], told
        assert told.headers["X-Content-Type-Options"] == "nosniff"
        assert told.headers["Referrer-Policy"] == "same-origin"
        assert told.headers["X-Request-ID"]


def test_a_bug_is_told_without_details_and_guarded_too(
    guarded: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(said)

    said = "the secret of the house"
    key = _key(guarded, "predict")
    monkeypatch.setattr("glasscase.server.routes.predict.answered", broken)
    told = guarded.post("/v1/predict", json=MUG, headers={"X-API-Key": key})
    assert told.status_code == 500
    assert "secret" not in told.text
    assert told.json()["code"] == "internal_error"
    assert told.headers["X-Content-Type-Options"] == "nosniff"
    bug = next(JsonLines().format(one) for one in caplog.records if one.levelname == "ERROR")
    assert "in broken" in bug  # where it is
    assert "secret" not in bug  # and not what was said there


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(JsonLines().format(record))


def test_the_log_says_who_asked_and_never_what(guarded: TestClient, toy_catalog) -> None:
    photo = next(product for product in toy_catalog.products if product.photos).photos[0].read()
    kept, key = _Kept(), _key(guarded, "predict")
    logger = logging.getLogger("glasscase")
    logger.addHandler(kept)
    logger.setLevel("DEBUG")
    try:
        told = guarded.post(
            "/v1/predict?note=marker-in-query",
            data={"title": "marker-in-text mug"},
            files=[("photos", ("marker-in-name.png", photo, "image/png"))],
            headers={"Authorization": f"Bearer {key}", "X-Request-ID": "mine-1"},
        )
        assert told.status_code == 200, told.text
        guarded.get("/marker-in-path", headers={"X-API-Key": key})
        guarded.get("/static/marker-in-path.css")
    finally:
        logger.removeHandler(kept)
    told_lines = [json.loads(line) for line in kept.lines]
    first = next(line for line in told_lines if line.get("request_id") == "mine-1")
    assert (first["path"], first["status"], first["method"]) == ("/v1/predict", 200, "POST")
    _, id, secret = key.split("_", 2)  # the secret itself may hold underscores
    assert first["caller"] == id
    everything = "\n".join(kept.lines)
    assert "marker" not in everything
    assert secret not in everything


def test_figures_are_counted_by_route_and_not_by_what_was_sent(guarded: TestClient) -> None:
    admin = {"X-API-Key": _key(guarded, "admin")}
    guarded.request("BREW", "/made-up-path")
    guarded.post("/v1/predict", json=MUG, headers=admin)
    told = guarded.get("/metrics", headers=admin).text
    assert 'glasscase_requests_total{method="POST",route="/v1/predict",status="200"}' in told
    assert 'method="other",route="(none)"' in told
    assert "made-up-path" not in told
    model = _service(guarded).models.active
    assert f'glasscase_model_info{{id="{model.id}",name="{model.name}",role="active"}} 1.0' in told
    assert "glasscase_waiting 0.0" in told
    assert "glasscase_requests_in_flight 1.0" in told  # this one
    assert "process_resident_memory_bytes" in told
