"""Signing in: a key becomes a cookie, and strangers come to where they wanted by the form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.browsing import PHONE, LiveService, Screenshot, Visit, accessible, fits, live
from tests.serving import service_settings, serving

from glasscase.server.pages.login import own_path

pytestmark = pytest.mark.xdist_group("login-page")  # one service and one browser


@pytest.fixture(scope="module")
def live_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    """A service that wants keys, without a model."""
    folder = tmp_path_factory.mktemp("keyed")
    with live(service_settings(folder, None, "service.keys=always")) as service:
        yield service


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with serving(service_settings(tmp_path, None, "service.keys=always")) as one:
        yield one


def key_for(service: LiveService, *scopes: str) -> str:
    return service.service.store.keys.create("somebody", scopes)[1]


def test_a_stranger_signs_in_and_comes_to_where_they_wanted(
    live_service: LiveService, visit: Visit, screenshot: Screenshot
) -> None:
    page = visit("/explanation?part=2", width=PHONE)
    assert page.url.endswith("/login?next=/explanation%3Fpart%3D2")
    assert page.locator("nav").count() == 0
    fits(page)
    accessible(page)
    page.keyboard.type("gck_wrong")
    page.keyboard.press("Enter")
    page.get_by_text("This key is not valid.").wait_for()
    assert page.get_by_label("Your key").get_attribute("aria-invalid") == "true"
    screenshot(page, "login-390-wrong")
    page.get_by_label("Your key").fill(key_for(live_service, "predict"))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/explanation?part=2")
    (cookie,) = page.context.cookies()
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    page.get_by_role("button", name="Menu").click()
    shown = page.get_by_role("navigation").get_by_role("link").all_inner_texts()
    assert shown == ["Home", "Analyse", "Batch", "Shelf", "Insights", "Model", "How it works"]
    screenshot(page, "menu-390")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    assert page.context.cookies() == []


def test_a_key_that_may_review_only_is_told_what_it_lacks(client: TestClient) -> None:
    secret = client.app.state.service.store.keys.create("reviewer", ["review"])[1]
    client.cookies.set("glasscase_key", secret)
    told = client.get("/analysis", headers={"Accept": "text/html"})
    assert told.status_code == 403
    assert "This key may not ask for answers" in told.text
    assert "Ask for one with the scope &#39;predict&#39;." in told.text
    assert 'href="/review"' in told.text
    assert 'href="/analysis"' not in told.text


def test_guessing_keys_is_slowed_down(client: TestClient) -> None:
    tries = [
        client.post("/login", data={"key": f"gck_{number}"}, headers={"Accept": "text/html"})
        for number in range(6)
    ]
    assert [one.status_code for one in tries] == [401] * 5 + [429]
    assert "More than 20 requests a minute" in tries[-1].text
    assert int(tries[-1].headers["Retry-After"]) >= 1


def test_another_sites_form_cannot_sign_somebody_in(client: TestClient) -> None:
    answer = client.post("/login", data={"key": "x"}, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "", "/\tx"]
)
def test_nobody_is_sent_to_another_site(client: TestClient, path: str) -> None:
    assert own_path(path) == "/"
    secret = client.app.state.service.store.keys.create("reader", ["predict"])[1]
    answer = client.post("/login", data={"key": secret, "next": path}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/"


def test_the_cookie_is_secure_where_the_page_is(tmp_path: Path) -> None:
    settings = service_settings(tmp_path, None, "service.keys=always")
    with serving(settings) as client:
        secret = client.app.state.service.store.keys.create("reader", ["predict"])[1]
        for scheme in ("http", "https"):
            answer = client.post(
                f"{scheme}://testserver/login", data={"key": secret}, follow_redirects=False
            )
            assert ("Secure" in answer.headers["Set-Cookie"]) == (scheme == "https")


def test_where_no_key_is_needed_nobody_is_asked_for_one(tmp_path: Path) -> None:
    with serving(service_settings(tmp_path)) as client:
        answer = client.get("/login?next=/analysis", follow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/analysis")
