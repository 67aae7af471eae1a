"""The page Packs in a real browser: photos go in, a comparison comes out, a change is tried."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image

from browsing import PHONE, LiveService, Screenshot, Visit, accessible, fits
from glasscase.client import Client
from glasscase.packs.drawn_front import SIX, drawn_front

pytestmark = pytest.mark.xdist_group("packs-page")  # one service and one browser


def photo(number: int) -> bytes:
    """A drawn front as a PNG file."""
    stream = io.BytesIO()
    Image.fromarray(drawn_front(SIX[number], width_px=200, height_px=300).image).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def compared() -> dict[str, str]:
    """Where the page's own job is remembered between tests."""
    return {"id": ""}


def fill_in(page: Any) -> None:
    """Two packs, the first of them one's own, with what people said and shelves to simulate."""
    files = [{"name": f"pack_{n}.png", "mimeType": "image/png", "buffer": photo(n)} for n in (0, 3)]
    page.set_input_files("#file", files)
    assert page.locator("#given li").count() == 2
    page.fill("#pack-0-brand", "Acorn")
    page.fill("#pack-0-product", "Oat flakes")
    page.fill("#pack-0-height", "240")
    for number, bought in ((0, "60"), (1, "20")):
        page.locator("#given summary").nth(number).click()
        page.fill(f"#pack-{number}-purchase_intent", bought)
        page.fill(f"#pack-{number}-n", "200")
    page.click("#more summary")
    page.select_option("#arrangements", "20")
    page.select_option("#hero", "marketplace")


def test_packs_are_compared_and_a_change_is_tried(
    visit: Visit, screenshot: Screenshot, live_service: LiveService, compared: dict[str, str]
) -> None:
    page = visit("/packs")
    page.click("#go")
    assert page.inner_text("#score-error") == "Choose photos first."
    fill_in(page)
    accessible(page)
    screenshot(page, "packs-given")
    page.click("#go")
    page.wait_for_selector("#found .packs", timeout=120_000)
    own = page.locator("#found .packs > li.own")
    assert "Acorn Oat flakes" in own.inner_text()
    assert "of draws" in own.inner_text()
    assert "not scored" not in own.inner_text()  # the survey makes Chosen a pillar
    assert own.locator("rect").count() > 6  # bars, and words that were read
    accessible(page)
    screenshot(page, "packs-compared")
    page.check("#show-attention")
    page.uncheck("#show-words")
    assert page.locator(".stack svg:visible").count() == 0
    screenshot(page, "packs-attention")
    page.click("#try")
    assert page.inner_text("#what-if .error") == "Move a slider first."
    page.locator("#edit-contrast").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.click("#try")
    page.wait_for_selector("#found .edits li", timeout=120_000)
    told = page.inner_text("#found .edits li")
    assert "Contrast of words +50 %" in told
    assert "better in" in told
    assert page.input_value("#edit-contrast") == "50"
    accessible(page)
    screenshot(page, "packs-what-if")
    compared["id"] = page.url.rpartition("=")[2]
    assert list((live_service.folder / "uploads").iterdir()) == []


def test_a_comparison_is_handed_on_and_its_report_is_written(
    visit: Visit, screenshot: Screenshot, compared: dict[str, str]
) -> None:
    page = visit(f"/packs?job={compared['id']}")
    page.wait_for_selector("#found .packs")
    page.get_by_role("button", name="Write a report").click()
    page.wait_for_url("**/insights")
    page.wait_for_selector("#report:not([hidden])")
    assert "Acorn Oat flakes" in page.inner_text("#report")
    screenshot(page, "packs-report")


def test_an_earlier_comparison_opens_again_on_a_phone_in_the_dark(
    visit: Visit, screenshot: Screenshot, compared: dict[str, str]
) -> None:
    page = visit(f"/packs?job={compared['id']}", width=PHONE, dark=True)
    page.wait_for_selector("#found .packs")
    assert "drop the photos again" in page.inner_text("#what-if")
    screenshot(page, "packs-phone")
    fits(page)
    accessible(page)


def test_programs_get_the_same_typed(live_service: LiveService, compared: dict[str, str]) -> None:
    with Client(live_service.url) as client:
        told = client.packs.result(compared["id"])
        assert told.packs[0].own
        assert told.packs[0].score.low <= told.packs[0].score.value <= told.packs[0].score.high
        assert told.beats[0][1] + told.beats[1][0] == pytest.approx(1)
        assert b"<!doctype html>" in client.packs.page(compared["id"])
        assert json.loads(told.model_dump_json())["kind"] == "packs"
