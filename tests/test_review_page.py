"""The page Review in a real browser: keys, another person, a category by a few letters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browsing import PHONE, LiveService, Screenshot, Visit, accessible, fits, live
from tests.reviewing import asked_about
from tests.serving import service_settings

from glasscase.catalog.catalog import Catalog

pytestmark = pytest.mark.xdist_group("review-page")  # one service and one browser

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def live_service(
    tmp_path_factory: pytest.TempPathFactory, toy_bundle: Path, toy_catalog
) -> Iterator[LiveService]:
    """A service with a dozen products to look at."""
    with live(service_settings(tmp_path_factory.mktemp("desk"), toy_bundle)) as one:
        products = toy_catalog.products[:12]
        said = one.service.models.active.model.predictions(products)
        asked_about(one.service.store, products, said)
        yield one


def begin(page: Page, name: str) -> str:
    """Say who reviews; the first product's id."""
    page.get_by_label("Your name").fill(name)
    page.keyboard.press("Enter")
    return current(page)


def current(page: Page) -> str:
    page.locator("#item").wait_for()
    return page.locator("#item").get_attribute("data-id") or ""


def decided(service: LiveService) -> list[tuple[str | None, str, str]]:
    found = service.service.store.reviews.corrections()
    return [(one.label_before, one.label, one.by) for one in found]


def another_than(page: Page, id: str) -> str:
    """Wait until another product than `id` is there; which one."""
    page.wait_for_function("id => document.querySelector('#item').dataset.id !== id", arg=id)
    return current(page)


def test_two_people_see_different_products_and_why_the_model_says_so(
    live_service: LiveService, visit: Visit, screenshot: Screenshot
) -> None:
    ann, bob = visit("/review"), visit("/review", width=PHONE, dark=True)
    first = begin(ann, "Ann")
    assert begin(bob, "Bob") != first
    assert ann.evaluate("document.activeElement.id") == "product-title"
    ann.get_by_text("What the words say").wait_for()
    ann.locator("#explained-words .words").wait_for()
    for page, name in ((ann, "review-1440"), (bob, "review-390-dark")):
        fits(page)
        accessible(page)
        screenshot(page, name)
    with bob.expect_response("**/decide"):
        bob.get_by_role("button", name="Skip").tap()
    assert live_service.service.store.reviews.counts().skipped == 1


def test_a_person_decides_with_keys(
    live_service: LiveService, visit: Visit, screenshot: Screenshot
) -> None:
    ann = visit("/review")
    first = begin(ann, "Ann")
    ann.keyboard.press("Enter")  # the model is right
    another_than(ann, first)
    (accepted,) = decided(live_service)
    assert accepted[0] == accepted[1]
    assert accepted[2] == "Ann"

    second = current(ann)
    ann.keyboard.press("2")  # another of those shown
    another_than(ann, second)
    assert len(decided(live_service)) == 2
    assert decided(live_service)[1][0] != decided(live_service)[1][1]
    ann.keyboard.press("u")
    ann.locator(f"#item[data-id='{second}']").wait_for()
    assert len(decided(live_service)) == 1
    ann.locator("#progress", has_text="1 done in the last hour").wait_for()

    ann.keyboard.press("c")
    box = ann.get_by_role("combobox")
    assert box.evaluate("box => box === document.activeElement")
    found = live_service.service.models.active.model.classes_
    wanted = str(found[-1])
    ann.keyboard.type(wanted.split(" > ")[-1][:-1])
    ann.get_by_role("option", selected=True).wait_for()
    assert box.get_attribute("aria-activedescendant") == "tree-0"
    screenshot(ann, "review-tree-1440")
    ann.keyboard.press("Enter")
    another_than(ann, second)
    assert decided(live_service)[1][1] == wanted

    third = current(ann)
    ann.keyboard.press("o")
    ann.get_by_text("Another person is asked as well. Say what you think.").first.wait_for()
    ann.keyboard.press("s")
    another_than(ann, third)
    ann.keyboard.press("?")
    ann.get_by_role("dialog").wait_for()
    ann.keyboard.press("Escape")
    assert "done in the last hour" in ann.locator("#progress").inner_text()


def test_review_then_retrain_then_the_new_model_answers(
    tmp_path: Path, toy_bundle: Path, unseen_shop, visit: Visit, screenshot: Screenshot
) -> None:
    catalog = Catalog.read(unseen_shop.products, photos=unseen_shop.images)
    mugs = [one for one in catalog.products if (one.label or "").endswith("Mugs")][:8]
    with live(service_settings(tmp_path / "story", toy_bundle)) as service:
        store, models = service.service.store, service.service.models
        old = models.active
        asked_about(store, mugs, old.model.predictions(mugs))
        page = visit("/review", url=service.url)
        id = begin(page, "Ann")
        for left in range(len(mugs), 0, -1):
            page.keyboard.press("c")
            page.keyboard.type("botl")  # with a letter left out
            page.keyboard.press("Enter")  # the list need not be there yet
            if left > 1:
                id = another_than(page, id)
        page.get_by_role("heading", name="Nothing to look at").wait_for()
        assert {one.label for one in store.reviews.corrections()} == {"Kitchen > Bottles"}

        page.get_by_role("button", name="Train a new model").click()
        page.get_by_role("button", name="Let the new model answer").wait_for()
        assert "Learnt from 8 decisions, 8 of which correct the model." in page.inner_text(
            "#retrain"
        )
        fits(page)
        accessible(page)
        screenshot(page, "review-retrained-1440")
        assert models.active is old  # offered, not active by itself
        with page.expect_popup() as opened:
            page.get_by_role("link", name="Report before and after").click()
        opened.value.get_by_role("heading", name="Before and after").wait_for()
        screenshot(opened.value, "retrain-report-1440")
        page.get_by_role("button", name="Let the new model answer").click()
        page.get_by_text("it answers now").wait_for()
        assert models.active.id != old.id
        page.goto(f"{service.url}/model")  # figures of the old model are not told as the new one's
        page.get_by_text("It was trained again with 8 decisions of reviewers").wait_for()
        assert "not measured" in page.inner_text(f"tr[data-model='{models.active.id}']")
        assert "not measured" not in page.inner_text(f"tr[data-model='{old.id}']")
        assert page.locator("#old").input_value() == models.active.id
        assert page.locator("#new").input_value() == old.id  # another than the one that answers
        told = page.request.post(f"{service.url}/v1/predict", multipart=sent(mugs[0])).json()
        assert (told["model"], told["label"]) == (models.active.id, "Kitchen > Bottles")


def sent(product) -> dict:
    (photo,) = product.photos
    file = {"name": photo.name, "mimeType": "image/png", "buffer": photo.read()}
    return {**product.texts, "photos": file}
