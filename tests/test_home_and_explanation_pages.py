"""Home and How it works: true to the model and the settings, on phone and desk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.browsing import PHONE, Screenshot, Visit, accessible, fits
from tests.serving import service_settings, serving

from glasscase.models.classifier import ProductClassifier
from glasscase.models.promise import CutOff, Promise
from glasscase.server.model_state import model_state
from glasscase.server.pages.explanation import kept_how_long
from glasscase.server.samples import NUMBER, samples, sells_samples
from glasscase.server.threads.live_models import LiveModel
from glasscase.settings.service import ServeSettings

pytestmark = pytest.mark.xdist_group("home-and-explanation-pages")  # one service and one browser


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[TestClient]:
    """A service without a model."""
    with serving(service_settings(tmp_path)) as client:
        yield client


def test_home_says_what_the_model_can(
    visit: Visit, screenshot: Screenshot, toy_model: ProductClassifier
) -> None:
    page = visit("/")
    told = page.locator(".state").inner_text()
    shipped = next(one for one in toy_model.card["candidates"] if one["shipped"])["accuracy"]
    assert f"it put {100 * shipped['value']:.0f} into the right category" in told
    assert "with 12 categories" in told
    assert page.locator(".samples a").count() == NUMBER
    assert page.locator(".samples img").count() == sum(
        bool(one.product.photos) for one in samples()
    )
    page.get_by_role("button", name="About calibration").hover()
    assert "90 % means right 9 times in 10" in page.get_by_role("tooltip").inner_text()
    accessible(page)
    screenshot(page, "home-1440")
    page.locator(".samples a").nth(6).click()
    page.locator("#answer:not([hidden])").wait_for()
    assert page.locator("#previews img").count() == 1


def test_home_on_a_phone_in_the_dark(visit: Visit, screenshot: Screenshot) -> None:
    page = visit("/", width=PHONE, dark=True)
    fits(page)
    accessible(page)
    page.get_by_role("button", name="Menu").click()
    assert page.get_by_role("link", name="How it works").first.is_visible()
    page.keyboard.press("Escape")
    assert page.get_by_role("button", name="Menu").get_attribute("aria-expanded") == "false"
    screenshot(page, "home-390-dark")


def test_the_colours_that_were_chosen_stay(visit: Visit) -> None:
    page = visit("/")
    before = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Use dark colours").click()
    dark = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert dark != before
    page.reload()
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == dark
    page.get_by_role("button", name="Use light colours").click()
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == before


def test_how_it_works_shows_an_example_of_this_very_model(
    visit: Visit, screenshot: Screenshot, toy_model: ProductClassifier
) -> None:
    page = visit("/explanation")
    page.locator("#example-answer .words").wait_for()
    (told,) = toy_model.predictions([samples()[6].product])
    assert page.locator("#example-answer strong").first.inner_text() == told.label
    assert page.locator("#example-answer .compare img").count() == 2
    accessible(page)
    screenshot(page, "explanation-1440")


def test_how_it_works_on_a_phone_in_the_dark(visit: Visit, screenshot: Screenshot) -> None:
    page = visit("/explanation", width=PHONE, dark=True)
    page.locator("#example-answer .words").wait_for()
    fits(page)
    accessible(page)
    screenshot(page, "explanation-390-dark")


def test_without_a_model_pages_say_so_and_what_to_do(empty: TestClient) -> None:
    home = empty.get("/").text
    assert "No model is loaded, so nothing can be answered yet." in home
    assert "glasscase serve --demo" in home
    assert 'href="/analysis?sample' not in home
    assert "nothing to work out" in empty.get("/explanation").text
    analysis = empty.get("/analysis?sample=6").text
    assert "No model is loaded, so there are no answers yet." in analysis
    assert 'id="analyse" name="format" value="html" disabled' in analysis


def test_a_page_there_is_not_keeps_the_menu(empty: TestClient) -> None:
    answer = empty.get("/nothing", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert 'href="/analysis"' in answer.text
    assert answer.headers["X-Request-ID"] in answer.text


def test_what_is_kept_follows_the_settings() -> None:
    for days, words in ((0, "not at all"), (1, "one day, then deleted"), (30, "30 days, then")):
        told = dict(kept_how_long(ServeSettings(keep_days=days, log_days=7)))
        assert words in told["Photos and words of a product"]
        assert told["Answers and finished jobs (without photos)"] == "7 days, then deleted"


def test_the_promise_is_told_with_its_limits(toy_model: ProductClassifier, tmp_path: Path) -> None:
    live = LiveModel("0" * 12, "shop", tmp_path, toy_model)
    assert model_state(live).promise == ""
    cut_off = CutOff((), 0.8, products=100, accepted=70, wrong=1)
    promise = Promise(max_error=0.02, confidence=0.95, cut_offs=(cut_off,), products=100)
    told = model_state(replace(live, model=_Promising(toy_model, promise))).promise
    assert told == (
        "Promise: at most 2.0 % of the answers it accepts are wrong (95 % sure); "
        "about 70 % of the products are accepted without a look."
    )


class _Promising:
    """The toy model with another promise."""

    def __init__(self, model: ProductClassifier, promise: Promise) -> None:
        self._model, self.promise = model, promise

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)


def test_samples_suit_only_a_model_that_sells_such_goods(toy_model: ProductClassifier) -> None:
    assert sells_samples(toy_model.classes_)
    assert sells_samples(["Mugs", "Pans", "Lamps", "Clocks", "Socks", "Caps"])
    assert not sells_samples(["Books", "Toys > Trains", "Mugs"])
    assert samples() is samples()


@pytest.mark.parametrize("number", ["12", "-1", "٣", "1e1", "999999999999"])
def test_a_sample_there_is_not_is_refused(empty: TestClient, number: str) -> None:
    answer = empty.get(f"/samples/{number}.jpg")
    assert answer.status_code == 404
    assert answer.json()["remedy"] == "Choose 0 to 11."
