"""The page Catalogue in a real browser: a zip goes in, labels are decided on, a file comes out."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from browsing import PHONE, LiveService, Screenshot, Visit, accessible, fits
from glasscase.catalog.toy import ToyCatalogue
from glasscase.errors import BadSetting
from glasscase.jobs.decisions.corrections_file import read_decisions
from glasscase.jobs.decisions.look_corrections import corrections_csv

pytestmark = pytest.mark.xdist_group("catalogue-page")  # one service and one browser

LOOK = {
    "audit": {
        "cases": [
            {
                "score": 0.9, "row": 7, "id": "=1+1", "label": "Mugs", "suggested": "Pans",
                "probability": 0.8, "reasons": [{"kind": "model", "text": "It says so."}],
            },
            {
                "score": 0.5, "row": 9, "id": "b", "label": "Pans", "suggested": None,
                "probability": None, "reasons": [],
            },
        ]
    }
}  # fmt: skip


def zipped(shop: ToyCatalogue) -> bytes:
    """The shop's table and photos as a zip."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.write(shop.products, "products.csv")
        for photo in sorted(shop.images.iterdir()):
            archive.write(photo, f"images/{photo.name}")
    return data.getvalue()


@pytest.fixture(scope="module")
def looked(live_service: LiveService, toy_shop: ToyCatalogue) -> dict[str, str]:
    """Where the page's own job is remembered between tests."""
    return {"id": ""}


def test_a_zip_is_looked_at_and_decisions_become_a_file(
    visit: Visit,
    screenshot: Screenshot,
    live_service: LiveService,
    toy_shop: ToyCatalogue,
    looked: dict[str, str],
    tmp_path: Path,
) -> None:
    page = visit("/catalogue")
    page.click("#go")
    assert page.inner_text("#look-error") == "Choose a table first."
    page.set_input_files(
        "#file", {"name": "shop.zip", "mimeType": "application/zip", "buffer": zipped(toy_shop)}
    )
    assert page.inner_text("#chosen").startswith("shop.zip, ")
    assert not page.is_checked("#keep")  # nothing is kept unless somebody asks
    page.check("#keep")
    assert page.input_value("#days") == "7"
    accessible(page)
    screenshot(page, "catalogue-empty")
    page.click("#go")
    page.wait_for_selector("#found [role=tab]", timeout=60_000)
    looked["id"] = page.url.rpartition("=")[2]
    assert "120" in page.inner_text("#panel-overview .figure-number")
    assert page.locator("#panel-overview img.example").count() == 12
    accessible(page)
    screenshot(page, "catalogue-overview")
    page.click("#tab-labels")
    first = page.locator(".case").first
    assert first.locator("img.picture").get_attribute("src").startswith("data:image/jpeg")
    first.locator("button").first.click()
    assert first.locator("button").first.get_attribute("aria-pressed") == "true"
    page.locator(".case").nth(1).locator("button", has_text="Keep").click()
    assert "2 of" in page.inner_text(".sticky-actions [role=status]")
    accessible(page)
    screenshot(page, "catalogue-labels")
    with page.expect_download() as download:
        page.click(".sticky-actions button")
    file = tmp_path / "corrections.csv"
    download.value.save_as(file)
    decisions, problems = read_decisions(file)
    assert problems == []
    assert [one.decision for one in decisions][:2] == ["accept", "keep"]
    assert decisions[0].words
    page.click("#tab-duplicates")
    assert page.locator("#panel-duplicates .group-members img").count() >= 2
    screenshot(page, "catalogue-duplicates")
    page.click("#tab-problems")
    screenshot(page, "catalogue-problems")
    assert list((live_service.folder / "uploads").iterdir()) == []


def test_the_table_comes_back_with_the_labels_that_were_decided(
    visit: Visit, screenshot: Screenshot, toy_shop: ToyCatalogue, looked: dict[str, str],
    tmp_path: Path,
) -> None:  # fmt: skip
    page = visit(f"/catalogue?job={looked['id']}")
    page.click("#tab-labels")
    first = page.locator(".case").first
    wanted = first.locator(".labels strong").inner_text()
    first.locator("button").first.click()
    page.click("text=Get the corrected table")
    assert "Choose the table first" in page.inner_text("#panel-labels .card [role=status]")
    page.set_input_files("#to-correct", toy_shop.products)
    with page.expect_download() as download:
        page.click("text=Get the corrected table")
    file = tmp_path / "corrected.csv"
    download.value.save_as(file)
    before, after = toy_shop.products.read_text().splitlines(), file.read_text().splitlines()
    (changed,) = [row for row, line in enumerate(before) if line != after[row]]
    assert wanted in after[changed]
    page.wait_for_selector("text=One label was changed.")
    accessible(page)
    screenshot(page, "catalogue-corrected")


def test_an_earlier_look_opens_again_on_a_phone(
    visit: Visit, screenshot: Screenshot, looked: dict[str, str]
) -> None:
    page = visit(f"/catalogue?job={looked['id']}", width=PHONE, dark=True)
    page.wait_for_selector("#found [role=tab]")
    page.locator("#tab-overview").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#panel-labels").is_visible()
    screenshot(page, "catalogue-phone")
    fits(page)
    accessible(page)


def test_the_corrections_file_is_safe_and_says_what_was_decided(tmp_path: Path) -> None:
    file = tmp_path / "corrections.csv"
    pictures = {"case-0": {"words": "@danger"}}
    file.write_text(corrections_csv(json.loads(json.dumps(LOOK)), {0: "accept"}, pictures))
    text = file.read_text()
    assert "'=1+1" in text
    assert "'@danger" in text
    decisions, problems = read_decisions(file)
    assert problems == []
    assert [(one.label, one.decision) for one in decisions] == [("Mugs", "accept"), ("Pans", "")]


@pytest.mark.parametrize(
    ("decisions", "reason"),
    [
        ({2: "keep"}, "there is no case 2. They go from 0 to 1."),
        ({1: "accept"}, "nothing was suggested for case 1. Keep it, or leave it."),
        ({0: "maybe"}, "'maybe' is no decision. Use accept or keep."),
    ],
)
def test_decisions_that_make_no_sense_are_refused(decisions: dict[int, str], reason: str) -> None:
    with pytest.raises(BadSetting) as refused:
        corrections_csv(LOOK, decisions)
    assert str(refused.value) == reason
