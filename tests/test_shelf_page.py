"""The page Shelf: read, choose, correct, read again; on phone and desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.browsing import PHONE, LiveService, Screenshot, Visit, accessible, fits, live
from tests.serving import service_settings
from tests.test_read_shelf import StubDetector, shelf

from glasscase.client import Client, Refused
from glasscase.errors import BadSetting
from glasscase.shelf.boxes import Boxes

pytestmark = pytest.mark.xdist_group("shelf-page")  # one service and one browser


@pytest.fixture(scope="module")
def live_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    """A service without a model whose detector finds the drawn packs."""
    _, boxes = shelf()
    found = Boxes(boxes.corners, np.full(len(boxes), 0.9, np.float32))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "glasscase.server.threads.shelves.open_detector",
            lambda name, **options: StubDetector(found),
        )
        with live(
            service_settings(tmp_path_factory.mktemp("shelf-page"), None, "shelf.tile=0")
        ) as service:
            yield service


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "shelf.png"
    path.write_bytes(shelf()[0].read())
    return path


def read(page: Any, photo: Path) -> None:
    page.set_input_files("#photo", photo)
    page.get_by_role("button", name="Read the shelf").click()
    page.locator("#answer:not([hidden])").wait_for()


def test_a_shelf_is_read_and_corrected(visit: Visit, screenshot: Screenshot, photo: Path) -> None:
    page = visit("/shelf")
    page.get_by_role("button", name="Read the shelf").click()
    assert "Choose a photo first." in page.locator("#ask-error").inner_text()
    read(page, photo)
    boxes = page.locator(".box[role=button]")
    assert boxes.count() == 8
    assert "8 products in 2 rows" in page.locator("#sentence").inner_text()
    boxes.nth(2).click()
    page.locator("#name").fill("Blue tea")
    page.get_by_role("button", name="Rename").click()
    assert page.locator("#detail h3").inner_text() == "Blue tea"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Delete")
    assert boxes.count() == 7
    page.get_by_role("button", name="Undo").click()
    assert boxes.count() == 8
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Draw a box").click()
    frame = page.locator("#stage svg").first.bounding_box()
    page.mouse.move(frame["x"] + 5, frame["y"] + 5)
    page.mouse.down()
    page.mouse.move(frame["x"] + 45, frame["y"] + 65, steps=3)
    page.mouse.up()
    assert boxes.count() == 9
    page.get_by_role("button", name="Read again with my boxes").click()
    page.locator("#again").wait_for(state="hidden")
    assert "9 products" in page.locator("#sentence").inner_text()
    assert "Blue tea 1" in page.locator("#legend").inner_text()
    told = page.locator("#figures").inner_text()
    assert "Boxes were drawn by a person" in told
    assert "Row 1, in the middle: room for " in told
    assert "not recognised" in told
    accessible(page)
    screenshot(page, "shelf-1440")
    with page.expect_download() as got:
        page.get_by_role("button", name="Table (CSV)").click()
    assert len(Path(got.value.path()).read_text().splitlines()) == 10
    page.get_by_role("button", name="Write a report").click()
    page.wait_for_url("**/insights")


def test_a_shelf_on_a_phone_in_the_dark(visit: Visit, screenshot: Screenshot, photo: Path) -> None:
    page = visit("/shelf", width=PHONE, dark=True)
    fits(page)
    read(page, photo)
    page.locator(".box[role=button]").first.tap()
    assert page.locator("#detail canvas").count() == 1
    fits(page)
    accessible(page)
    screenshot(page, "shelf-390-dark")


def test_without_a_photo_a_drawn_shelf_is_read(visit: Visit) -> None:
    page = visit("/shelf")
    page.get_by_role("button", name="Try a drawn shelf").click()
    page.locator("#answer:not([hidden])").wait_for()
    assert "'drawn-shelf.jpg'" in page.locator("#sentence").inner_text()


def test_how_the_detector_looks_is_said_and_a_wrong_field_shown(
    visit: Visit, photo: Path, live_service: LiveService
) -> None:
    page = visit("/shelf")
    page.get_by_text("How the detector looks").click()
    page.locator("#tile").fill("8")
    page.get_by_text("How the detector looks").click()
    page.set_input_files("#photo", photo)
    page.get_by_role("button", name="Read the shelf").click()
    page.locator("#tile[aria-invalid]").wait_for()
    assert "A tile of 8 px is too small" in page.locator("#ask-error").inner_text()
    assert page.evaluate("document.activeElement.id") == "tile"
    page.locator("#tile").fill("0")
    page.locator("#merge").select_option("fusion")
    accessible(page)
    page.get_by_role("button", name="Read the shelf").click()
    page.locator("#answer:not([hidden])").wait_for()
    with Client(live_service.url) as client:
        told = client.shelves.read(photo, tile=0, overlap=0.5, merge="fusion", iou=0.4, score=0.95)
        assert "No product was found" in told.sentence
        with pytest.raises(Refused, match="a tile of 8 px is too small"):
            client.shelves.read(photo, tile=8)
        with pytest.raises(BadSetting, match="shelves are not asked for 'colour'. Known are list"):
            client.shelves.read(photo, colour="red")  # type: ignore[call-arg]


def test_what_is_no_photo_is_told(visit: Visit, tmp_path: Path) -> None:
    wrong = tmp_path / "letter.jpg"
    wrong.write_text("not a photo")
    page = visit("/shelf")
    page.set_input_files("#photo", wrong)
    page.get_by_role("button", name="Read the shelf").click()
    page.locator("#ask-error:not(:empty)").wait_for()
    assert "'letter.jpg'" in page.locator("#ask-error").inner_text()
