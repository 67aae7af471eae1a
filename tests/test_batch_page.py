"""The pages of batches in a real browser: sent, looked at, started, watched, taken away."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyarrow import parquet
from tests.browsing import PHONE, LiveService, Screenshot, Visit, accessible, fits
from tests.workbooks import workbook_rows

from glasscase.catalog.toy import ToyCatalogue

pytestmark = pytest.mark.xdist_group("batch-page")  # one service and one browser

if TYPE_CHECKING:
    from playwright.sync_api import Page

BROKEN = 4
"""The row of the table below with a cell too many."""


@pytest.fixture(scope="module")
def shop_zip(tmp_path_factory: pytest.TempPathFactory, toy_shop: ToyCatalogue) -> Path:
    """70 products with photos: a broken row, an id that is a formula, a title that is a script."""
    folder = tmp_path_factory.mktemp("zip")
    lines = toy_shop.products.read_text(encoding="utf-8").splitlines()[:71]
    lines[BROKEN - 1] += ",one,cell,too,many"
    lines[6] = re.sub(r"^[^,]*", "=1+1", lines[6])
    lines[7] = re.sub(r"^[^,]*", "<img src=x onerror=alert(1)>", lines[7])
    with zipfile.ZipFile(folder / "shop.zip", "w") as packed:
        packed.writestr("products.csv", "\n".join(lines) + "\n")
        for photo in sorted(toy_shop.images.iterdir()):
            packed.write(photo, f"images/{photo.name}")
    return folder / "shop.zip"


def test_the_whole_story(
    visit: Visit, screenshot: Screenshot, shop_zip: Path, tmp_path: Path
) -> None:
    page = visit("/batch")
    accessible(page)
    fits(page)
    screenshot(page, "batches-empty")
    with page.expect_file_chooser() as chooser:
        page.get_by_label("Choose a file").focus()
        page.keyboard.press("Enter")  # the keyboard alone will do
    chooser.value.set_files(shop_zip)
    page.wait_for_url(re.compile(r"/batch/[0-9a-f]{32}$"))
    _start(page, screenshot)
    page.get_by_text("70 rows. Every row has an answer.").wait_for()
    page.locator("tr[data-row='2'] img.thumbnail").wait_for()
    accessible(page)
    fits(page)
    screenshot(page, "batch-finished")
    _look_through(page)
    _take_away(page, tmp_path)


def _start(page: Page, screenshot: Screenshot) -> None:
    """The draft: columns are shown with samples, one is changed, products are kept."""
    assert page.locator("#state").inner_text() == "draft"
    title = page.get_by_label("What title is")
    assert title.input_value() == "text"
    assert page.get_by_label("What id is", exact=True).input_value() == "id"
    page.get_by_text(f"row {BROKEN}: row has").wait_for()
    accessible(page)
    screenshot(page, "batch-draft")
    page.get_by_label("What brand is").select_option("id")
    assert page.get_by_label("What id is", exact=True).input_value() == ""  # only one is the id
    page.get_by_label("What id is", exact=True).select_option("id")
    page.get_by_label("What brand is").select_option("brand")
    page.get_by_label("Put rows the model is unsure of").check()
    assert page.get_by_label("Keep words and small photos").input_value() == "30"
    page.get_by_role("button", name="Start").click()
    page.locator("#progress-words").wait_for()


def _look_through(page: Page) -> None:
    rows = page.locator(".results-table tbody tr")
    assert rows.count() == 50
    told = " ".join(page.locator("td.why").all_inner_texts())
    assert "sure" in told
    assert "decision." not in told  # names of settings are for others
    page.get_by_role("button", name="Next").click()
    page.get_by_text("51 to 70 of 70").wait_for()
    page.get_by_label("Only rows with a problem").check()
    page.locator(".problem", has_text="row has").wait_for()
    assert rows.count() == 1
    assert rows.first.get_attribute("data-row") == str(BROKEN)
    assert "the model does not know" in page.locator("#verdicts").inner_text()
    page.get_by_label("Only rows with a problem").uncheck()
    page.get_by_label("Words", exact=True).fill("<img")  # the page shows it as words: nothing runs
    page.locator("tr[data-row='8']", has_text="onerror").wait_for()
    assert rows.count() == 1
    page.get_by_label("Words", exact=True).fill("")
    page.get_by_text("70 rows", exact=True).wait_for()
    page.get_by_role("button", name="Sure").click()
    page.locator("th[aria-sort='descending']", has_text="Sure").wait_for()
    shown = page.locator("td[data-name='Sure']").all_inner_texts()
    numbers = [float(re.sub(r"[^\d.]", "", text)) for text in shown]
    assert numbers == sorted(numbers, reverse=True)
    assert page.evaluate("document.activeElement.dataset.sort") == "probability"
    option = page.locator("#label option").nth(1)
    label, count = option.get_attribute("value"), re.search(r"\((\d+)\)$", option.inner_text())
    page.get_by_label("Category", exact=True).select_option(label)
    page.get_by_text(f"{count.group(1)} rows", exact=True).wait_for()
    assert set(page.locator("td[data-name='Category']").all_inner_texts()) == {label}
    page.reload()  # what is looked for stands in the address
    page.locator(".results-table tbody tr").first.wait_for()
    assert page.get_by_label("Category", exact=True).input_value() == label
    link = rows.first.get_by_role("link").get_attribute("href")
    assert re.fullmatch(r"/analysis\?prediction=[0-9a-f]{32}", link)


def _take_away(page: Page, folder: Path) -> None:
    """Every file says the same, and no cell of it runs."""
    found = {}
    for name in ("CSV", "Excel", "Parquet", "JSON Lines"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name, exact=True).click()
        place = folder / download.value.suggested_filename
        download.value.save_as(place)
        found[name] = place
    with found["CSV"].open(encoding="utf-8", newline="") as stream:
        of_csv = list(csv.DictReader(stream))
    lines = found["JSON Lines"].read_text(encoding="utf-8").splitlines()
    of_json = [json.loads(line) for line in lines]
    assert [int(row["row"]) for row in of_csv] == list(range(2, 72))
    assert of_csv[5]["id"] == "'=1+1"
    assert parquet.read_table(found["Parquet"]).to_pylist() == of_json
    assert [row["id"] for row in workbook_rows(found["Excel"])][5:6] == ["=1+1"]


def test_photos_alone_on_a_phone_in_the_dark(
    visit: Visit, screenshot: Screenshot, toy_shop: ToyCatalogue, tmp_path: Path
) -> None:
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for photo in sorted(toy_shop.images.iterdir())[:6]:
            packed.write(photo, f"Unsorted/{photo.name}")
        packed.writestr("Unsorted/broken.jpg", b"no photo")
    page = visit("/batch", width=PHONE, dark=True)
    fits(page)
    page.set_input_files("#file", path)
    page.wait_for_url(re.compile(r"/batch/[0-9a-f]{32}$"))
    page.get_by_text("7 photos and no table: each photo is one product.").wait_for()
    fits(page)
    screenshot(page, "batch-draft-390-dark")
    page.get_by_label("Keep words and small photos").fill("1")
    page.get_by_role("button", name="Start").click()
    page.get_by_text("7 rows. Every row has an answer.").wait_for()
    page.locator(".problem", has_text="is not a photo but text").wait_for()
    accessible(page)
    fits(page)
    screenshot(page, "batch-finished-390-dark")
    page.get_by_role("button", name="Delete this batch").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.wait_for_url(re.compile(r"/batch$"))
    assert page.get_by_role("link", name="photos.zip").count() == 0


def test_a_file_that_cannot_be_used_is_told_on_the_spot(
    visit: Visit, live_service: LiveService, tmp_path: Path
) -> None:
    path = tmp_path / "shop.xlsx"
    path.write_bytes(b"PK\x03\x04 no")
    page = visit("/batch")
    page.set_input_files("#file", path)
    error = page.locator("#send-error")
    page.get_by_text("'shop.xlsx' is a workbook. Save it as CSV in UTF-8.").wait_for()
    assert error.get_attribute("role") == "alert"
    assert page.get_by_label("Choose a file").is_enabled()
    assert list((live_service.folder / "uploads").iterdir()) == []


def test_a_batch_is_stopped_by_a_button(visit: Visit, live_service: LiveService) -> None:
    store = live_service.service.store
    options = {"name": "big.csv", "upload": "gone"}
    job = store.jobs.add("batch", options=options, by="local", total=9, held=True)
    page = visit(f"/batch/{job.id}")
    page.get_by_text("0 of 9 rows. It is paused.").wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("0 of 9 rows. It was cancelled; what was answered before stays.").wait_for()
    assert store.jobs.get(job.id).state == "cancelled"
    assert not page.get_by_role("button", name="Go on").is_visible()
