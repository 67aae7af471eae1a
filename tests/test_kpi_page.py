"""The page Figures in a real browser: a table goes in, what goes with a figure comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from browsing import PHONE, LiveService, Screenshot, Visit, accessible, fits
from glasscase.client import Client
from kpi_shops import plain, write

pytestmark = pytest.mark.xdist_group("kpi-page")  # one service and one browser


def say_how(page: Any) -> None:
    """All that is folded away: what is wrong is pointed at, what is right is used."""
    page.fill("#group", "brnd")
    for summary in page.locator("#learn summary").all():
        summary.click()
    page.fill("#folds", "4")
    page.click("#go")
    page.wait_for_selector("#group[aria-invalid]")
    assert "There is no column 'brnd'. Did you mean 'brand'?" in page.inner_text("#learn-error")
    page.fill("#group", "brand")
    page.fill("#level", "0.8")
    page.select_option("#link", "log1p")
    page.uncheck("[name=family][value=boosting]")


def test_a_table_is_learnt_from_and_new_products_are_answered(
    visit: Visit, screenshot: Screenshot, live_service: LiveService, tmp_path: Path
) -> None:
    table = write(tmp_path / "shop.csv", plain(120))
    page = visit("/kpi")
    page.click("#go")
    assert page.inner_text("#learn-error") == "Choose a table first."
    page.set_input_files("#file", str(table))
    page.wait_for_selector("#columns option[value=sales]", state="attached")
    page.click("#go")
    assert page.inner_text("#learn-error") == "Name the column of the figure."
    page.fill("#target", "sales")
    say_how(page)
    accessible(page)
    screenshot(page, "kpi-empty")
    page.click("#go")
    page.wait_for_selector("#found img.plot", timeout=60_000)
    assert page.inner_text("#found h2") == "What goes with sales"
    assert page.locator("#found img.plot").count() == 4
    assert "associated, goes with less" in page.inner_text("#found")
    accessible(page)
    screenshot(page, "kpi-found")
    job = page.url.rpartition("=")[2]
    phone = visit(f"/kpi?job={job}", width=PHONE, dark=True)
    phone.wait_for_selector("#found img.plot", timeout=20_000)
    fits(phone)
    accessible(phone)
    screenshot(phone, "kpi-phone")
    phone.set_input_files("#new-file", str(table))
    phone.get_by_role("button", name="Predict for these").click()
    phone.wait_for_selector("text=Predicted sales", timeout=60_000)
    accessible(phone)
    screenshot(phone, "kpi-answers")
    with Client(live_service.url) as client:
        figures = client.kpi.figures(job)
        assert figures.chosen == "ridge: names"
        assert figures.protocol["folds"] == 4
        assert figures.intervals["level"] == 0.8
        rows = client.kpi.predict(table, job)
        assert len(rows) == 120
        assert rows[0].low is not None
