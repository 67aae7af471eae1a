"""Every route there is, pages too: who may call it, and what it reads before it knows who asks.

A new route is found here by itself. It must want a key of some scope, or be one of `OPEN`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import Mount, Route
from tests.serving import service_settings, serving

from glasscase.server.app import create_app
from glasscase.server.guard.limits import is_upload, most_megabytes
from glasscase.server.service import Service
from glasscase.settings.service import LimitSettings, ServiceSettings

ID = "0123456789abcdef0123456789abcdef"
OPEN = {
    ("GET", "/healthz"),  # that the process lives, and nothing else
    ("GET", "/readyz"),  # names of models at most
    ("GET", "/openapi.json"),  # the same for everyone who has the program
    ("GET", "/login"),
    ("POST", "/login"),  # counted per address
    ("POST", "/logout"),
    ("GET", "/cards/{token}"),  # its link is the secret
    ("GET", "/static/plotly.min.js"),
}
ANY_SCOPE = {
    ("GET", "/"),
    ("GET", "/model"),
    ("GET", "/explanation"),
    ("GET", "/docs"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/{id}"),
    ("GET", "/v1/models/{id}/curves"),
    ("GET", "/v1/models/{id}/traffic"),
}
"""Open to any key, whatever it may do."""


def _routes(app: FastAPI) -> Iterator[tuple[str, str, Any]]:
    """Method, path and route of all there is, but for the folder of static files."""
    for found in app.routes:
        inner = getattr(found, "original_router", None)
        for route in inner.routes if inner is not None else [found]:
            for method in sorted(getattr(route, "methods", None) or ()):
                if method != "HEAD":
                    yield method, route.path, route


ROUTES = list(_routes(create_app(ServiceSettings())))
GUARDED = [(method, path) for method, path, _ in ROUTES if (method, path) not in OPEN]
NAMES = [" ".join(one) for one in GUARDED]


def test_the_routes_are_found_and_no_open_one_is_of_the_past() -> None:
    assert len(GUARDED) > 50
    assert {(method, path) for method, path, _ in ROUTES} >= OPEN | ANY_SCOPE


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service that wants keys; no model is needed to turn people away."""
    more = ["service.keys=always"]
    more += [f"limits.{name}_per_minute=1000000" for name in ("requests", "sign_ins")]
    with serving(service_settings(tmp_path_factory.mktemp("guarded"), None, *more)) as client:
        yield client


def _keys(client: TestClient) -> Any:
    service: Service = client.app.state.service
    return service.store.keys


def _ask(client: TestClient, method: str, path: str, key: str = "") -> int:
    for name in ("{id:path}", "{id}", "{token}", "{prediction}", "{prediction_id}"):
        path = path.replace(name, ID)
    for name, value in (("{number}", "0"), ("{row}", "0"), ("{name}", "pictures.json")):
        path = path.replace(name, value)
    assert "{" not in path, "say above what stands in this place"
    headers = {"X-API-Key": key} if key else {}
    body: dict[str, Any] = {} if method == "GET" else {"json": {}}
    return client.request(method, path, headers=headers, follow_redirects=False, **body).status_code


@pytest.mark.parametrize(("method", "path"), GUARDED, ids=NAMES)
def test_it_is_shut_without_a_key_that_is_valid(
    guarded: TestClient, method: str, path: str
) -> None:
    row, revoked = _keys(guarded).create("gone", ["predict", "review", "admin"])
    _keys(guarded).revoke(row.id)
    for key in ("", revoked, revoked[:-1] + "-", "gck_"):
        status = _ask(guarded, method, path, key)
        assert status == 401 or (status == 303 and not path.startswith("/v1")), key


@pytest.mark.parametrize(("method", "path"), GUARDED, ids=NAMES)
def test_a_key_of_another_scope_does_not_open_it(
    guarded: TestClient, method: str, path: str
) -> None:
    opened = []
    for scope in ("predict", "review"):
        _, key = _keys(guarded).create(scope, [scope])
        if _ask(guarded, method, path, key) != 403:
            opened.append(scope)
    both = (method, path) in ANY_SCOPE
    assert len(opened) == 2 if both else len(opened) <= 1, opened
    _, key = _keys(guarded).create("admin", ["admin"])
    assert _ask(guarded, method, path, key) not in (401, 403)


def test_open_routes_are_open_and_say_nothing_of_anybody(guarded: TestClient) -> None:
    for method, path in sorted(OPEN):
        assert _ask(guarded, method, path) not in (403, 500), path


def test_what_is_read_before_the_key_is_small() -> None:
    """FastAPI reads a declared body whole, and parses it, before it asks who sends it."""
    limits = LimitSettings()
    read_first = [path for _, path, route in ROUTES if getattr(route, "body_field", None)]
    assert "/v1/models/roles" in read_first
    for path in [*read_first, "/login", "/logout", "/v1/models/roles/", "/nowhere"]:
        assert most_megabytes(path, limits) <= 1, path
        assert not is_upload(path), path
    for path in ("/v1/models", "/v1/batches", "/v1/models/0a1b/evaluate", "/v1/models/compare"):
        assert most_megabytes(path, limits) == limits.batch_megabytes
    assert most_megabytes("/v1/predict", limits) == limits.max_body_megabytes


def test_a_long_command_is_refused_before_it_is_read(guarded: TestClient) -> None:
    told = guarded.post("/v1/models/roles", content=b"[" * 1_000_001)
    assert (told.status_code, told.json()["message"]) == (413, "the request is larger than 1 MB")


def test_nothing_is_mounted_but_static_files() -> None:
    """A mounted application would bring routes that are not looked at here."""
    mounts = [one for one in create_app(ServiceSettings()).routes if isinstance(one, Mount)]
    assert [one.path for one in mounts] == ["/static"]
    assert {type(route) for _, _, route in ROUTES} == {APIRoute, Route}
