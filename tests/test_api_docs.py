"""The page of the REST API says all that the OpenAPI document says, in words and examples."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from tests.serving import service_settings, serving

from browsing import DESK, PHONE, Screenshot, Visit, accessible, fits
from glasscase.server.api_reference import reference

pytestmark = pytest.mark.xdist_group("api-docs")  # one service and one browser


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service without a model: the page needs none."""
    with serving(service_settings(tmp_path_factory.mktemp("service"))) as one:
        yield one


def test_every_route_and_shape_is_there(client: TestClient) -> None:
    document, html = client.get("/openapi.json").json(), client.get("/docs").text
    for path, methods in document["paths"].items():
        assert f"<code>{path}</code>" in html
        for method in methods:
            assert re.search(
                rf'class="method {method}">{method.upper()}</span> <code>{path}<', html
            )
    ids = re.findall(r'id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    for target in re.findall(r'href="#([^"]+)"', html):
        assert target in ids


def test_nothing_comes_from_elsewhere(client: TestClient) -> None:
    html = client.get("/docs").text
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)
    assert "style=" not in html


def test_examples_say_how_to_send_what_is_needed() -> None:
    form = {"type": "object", "required": ["file"], "properties": {
        "file": {"type": "string", "format": "binary"},
        "tags": {"type": "array", "items": {"type": "string"}, "description": "Some\n words."},
        "most": {"type": "integer", "minimum": 1, "maximum": 9}}}  # fmt: skip
    thing = {"type": "object", "description": "A thing.", "required": ["size"],
             "properties": {"size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                            "next": {"$ref": "#/components/schemas/Thing"}}}  # fmt: skip
    answer = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
    document = {
        "paths": {
            "/v1/things/{id}": {"delete": {
                "tags": ["things"], "description": "Remove it. For good.",
                "parameters": [{"name": "id", "required": True, "schema": {"type": "string"}}],
                "responses": {"204": {}, "404": {"description": "not found"}, "500": {}}}},
            "/v1/things": {"post": {"tags": ["things"], "description": "Send it.",
                "requestBody": {"content": {"multipart/form-data": {"schema": form}}},
                "responses": {"201": {"content": answer}}}},
        },
        "components": {"schemas": {"Thing": thing}},
    }  # fmt: skip
    told = reference(document, "http://here")
    ((name, (remove, send)),) = told.groups
    assert name == "things"
    assert remove.curl == "curl -X DELETE http://here/v1/things/$id"
    assert (remove.title, remove.about) == ("Remove it", "For good.")
    assert (remove.status, remove.refusals) == ("204", (("404", "not found"),))
    assert send.curl == "curl http://here/v1/things -F file=@products.csv"
    assert (send.status, send.answers, send.shape) == ("201", "Thing", "Thing")
    file, tags, most = send.body
    assert (file.kind, file.required, tags.required) == ("file", True, False)
    assert (tags.kind, tags.about, most.kind) == (
        "list of string",
        "Some words.",
        "integer, 1 to 9",
    )
    size, following = told.shapes[0].fields
    assert (size.kind, size.required, following.shape) == ("integer or null", True, "Thing")


def test_the_page_in_a_browser(visit: Visit, screenshot: Screenshot) -> None:
    page = visit("/docs", width=DESK)
    page.locator("#post-v1-explain summary").click()
    assert page.get_by_text("fewer are quicker").first.is_visible()
    page.locator("#post-v1-explain a[href='#shape-ExplanationAnswer']").click()
    page.locator("#shape-ExplanationAnswer").get_by_text("log_odds").first.wait_for()
    screenshot(page, "api-docs")
    accessible(page)
    page.set_viewport_size({"width": PHONE, "height": 800})
    fits(page)
    screenshot(page, "api-docs-phone")
