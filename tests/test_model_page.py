"""The page Model in a real browser: figures drawn, the promise moved, roles set, two compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.serving import service_settings

from browsing import DESK, PHONE, LiveService, Screenshot, Visit, accessible, fits, live
from glasscase.jobs.register_bundle import model_id, register_bundle

pytestmark = pytest.mark.xdist_group("model-page")  # one service and one browser


@pytest.fixture(scope="module")
def live_service(
    tmp_path_factory: pytest.TempPathFactory, toy_bundle: Path, doubting_bundle: Path
) -> Iterator[LiveService]:
    """A service that knows two models."""
    with live(service_settings(tmp_path_factory.mktemp("live"), toy_bundle)) as service:
        register_bundle(service.service.store, doubting_bundle)
        yield service


@pytest.mark.parametrize(("width", "dark"), [(DESK, False), (PHONE, True)])
def test_figures_are_drawn_and_the_promise_moves(
    visit: Visit, screenshot: Screenshot, width: int, dark: bool
) -> None:
    page = visit("/model", width=width, dark=dark)
    for chart in ("coverage", "reliability", "matrix"):
        page.wait_for_selector(f"#{chart}-chart[data-drawn] svg.main-svg")
    slider = page.locator("#allowed")
    slider.fill("0")
    assert page.locator("#taken").inner_text() == "nothing"
    assert "nothing can be promised at 0.5 %" in page.locator("#promise-words").inner_text()
    slider.fill("13")
    assert slider.get_attribute("aria-valuetext") == "at most 20.0 % wrong"
    assert re.fullmatch(r"[\d.]+ %", page.locator("#taken").inner_text())
    assert page.locator("#coverage-chart .scatterlayer .trace").count() == 3
    page.locator("#coverage-chart + details summary").click()
    assert page.locator("#coverage-table tbody tr").count() > 5
    assert page.locator("#classes-table tbody tr").count() == 12
    accessible(page)
    fits(page)
    screenshot(page, f"model-{width}{'-dark' if dark else ''}")


def test_a_shadow_is_set_compared_and_made_active(
    visit: Visit,
    screenshot: Screenshot,
    live_service: LiveService,
    toy_bundle: Path,
    doubting_bundle: Path,
) -> None:
    store = live_service.service.store
    first, other = model_id(toy_bundle), model_id(doubting_bundle)
    page = visit("/model")
    page.select_option("#shadow", other)
    page.click("#roles button[type=submit]")
    assert "doubting answers everything too" in page.locator("#sure-words").inner_text()
    with page.expect_navigation():
        page.click("#sure-yes")
    assert store.models.roles().shadow == other
    page.evaluate(
        """async () => { for (let i = 0; i < 3; i++) await fetch("/v1/predict", {method: "POST",
        headers: {"Content-Type": "application/json"},
        body: JSON.stringify({texts: {title: "a blue mug"}})}); }"""
    )
    live_service.service.shadowing.settle()
    live_service.service.log.flush()
    page.reload()
    page.wait_for_selector("#traffic:not(:empty)")
    assert "it answered 3 products" in page.inner_text("#traffic")
    page.click("#comparing button[type=submit]")
    page.wait_for_selector("#compare-result table")
    assert "on 3 products" in re.sub(r"of (\d)", r"on \1", page.inner_text("#compare-result .lead"))
    accessible(page)
    screenshot(page, "model-compared")
    page.click(f"[data-activate='{other}']")
    screenshot(page, "model-sure")
    page.keyboard.press("Escape")  # leaves it as it is
    assert store.models.roles().active == first
    page.click(f"[data-activate='{other}']")
    with page.expect_navigation():
        page.click("#sure-yes")
    assert store.models.roles().active == other
    assert page.locator(".lead").first.inner_text().startswith("doubting answers.")
    page.wait_for_selector("#measure[open]")
    assert "keeps no held-out answers" in page.inner_text("#figures-source")


def test_a_refusal_is_said_beside_the_form(visit: Visit) -> None:
    page = visit("/model")
    page.fill("#path", "/usr/share")
    page.click("#load button[type=submit]")
    page.wait_for_selector("#load-error:not(:empty)")
    assert page.inner_text("#load-error").startswith("The path is outside the folders")


def test_the_page_reads_without_scripts(live_service: LiveService, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_service.url + "/model")
    assert "What it cannot do" in page.inner_text("#card")
    assert "toy-bundle" in page.inner_text("#models")
    context.close()
