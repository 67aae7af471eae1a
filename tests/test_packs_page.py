"""The page Packs in a real browser: photos go in, a comparison comes out, a change is tried.

Only the reader of words is a stand-in, for it takes seconds a photo; tests/test_pack_reading.py has
the real one.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from browsing import PHONE, LiveService, Screenshot, Visit, accessible, fits
from glasscase.client import Client
from glasscase.packs.drawn_front import SIX, drawn_front
from panel_reader import PanelReader

pytestmark = pytest.mark.xdist_group("packs-page")  # one service and one browser


@pytest.fixture(scope="module", autouse=True)
def _panel_reader() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("glasscase.packs.reading._reader", PanelReader)
        yield


def photo(number: int) -> bytes:
    """A drawn front as a PNG file."""
    stream = io.BytesIO()
    Image.fromarray(drawn_front(SIX[number], width_px=200, height_px=300).image).save(stream, "PNG")
    return stream.getvalue()


def a_shelf() -> bytes:
    """Fronts 0, 3 and 0 beside one another as a PNG file, 900 pixels wide."""
    shelf = Image.new("RGB", (900, 380), (120, 120, 120))
    for number, left in ((0, 60), (3, 360), (0, 640)):
        shelf.paste(Image.open(io.BytesIO(photo(number))), (left, 40))
    stream = io.BytesIO()
    shelf.save(stream, "PNG")
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
    page.eval_on_selector("#arrangements option", "one => { one.value = '4'; }")
    page.select_option("#arrangements", "4")  # quicker than the quick one
    page.select_option("#hero", "marketplace")


def test_packs_are_compared_and_a_change_is_tried(
    visit: Visit, screenshot: Screenshot, live_service: LiveService, compared: dict[str, str]
) -> None:
    page = visit("/packs")
    page.click("#go")
    assert page.inner_text("#score-error") == "Choose photos first, or a table of packs."
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


def test_a_table_is_compared_on_a_photo_of_a_shelf_whose_boxes_are_drawn(
    visit: Visit, screenshot: Screenshot, live_service: LiveService
) -> None:
    """Boxes are drawn by hand, one is taken away again, and the facings that are left are used."""
    page = visit("/packs", width=PHONE)
    rows = b"photo,brand,product,own\na.png,Acorn,Oats,yes\nb.png,Dunmore,Oats,\nc.png,Egg,,\n"
    page.set_input_files("#file", [
        {"name": "packs.csv", "mimeType": "text/csv", "buffer": rows},
        *({"name": name, "mimeType": "image/png", "buffer": photo(number)}
          for name, number in (("a.png", 0), ("b.png", 3))),
    ])  # fmt: skip
    assert page.inner_text("#chosen") == "packs.csv with 2 photos."
    assert page.locator("#given li").count() == 0
    page.click("#on-shelf summary")
    sent = {"name": "shelf.png", "mimeType": "image/png", "buffer": a_shelf()}
    page.set_input_files("#shelf-photo", [sent])
    page.click("#shelf-draw")
    page.locator("#shelf-stage").scroll_into_view_if_needed()
    for brand, left in (("", 60), ("Acorn", 60), ("Dunmore", 360), ("Acorn", 500), ("Acorn", 640)):
        page.fill("#shelf-pack", brand)
        draw_box(page, left, 40, left + 200, 340)
        assert bool(page.inner_text("#shelf-error")) == (not brand)
    page.get_by_role("button", name="Remove box 3, Acorn").click()
    assert page.locator("#shelf-boxes li").all_inner_texts() == [
        "Acorn Remove", "Dunmore Remove", "Acorn Remove",
    ]  # fmt: skip
    accessible(page)
    fits(page)
    screenshot(page, "packs-table-and-shelf")
    page.click("#go")
    page.wait_for_selector("#found .packs", timeout=120_000)
    assert "Acorn Oats" in page.inner_text("#found .packs > li.own")
    assert "by one look" in page.inner_text("#found")
    assert "Row 4: photo" in page.inner_text("#found .note.warn")
    screenshot(page, "packs-on-a-shelf")
    fits(page)
    job = page.url.rpartition("=")[2]
    with Client(live_service.url) as client:
        result = client.packs.result(job)
        assert (result.arrangements, len(result.packs)) == (0, 2)
        assert [one["row"] for one in result.problems] == [4]


def draw_box(page: Any, left: int, top: int, right: int, bottom: int) -> None:
    """Drag over these pixels of the shelf's photo, 900 pixels wide."""
    frame = page.locator("#shelf-stage svg").bounding_box()
    scale = frame["width"] / 900
    page.mouse.move(frame["x"] + left * scale, frame["y"] + top * scale)
    page.mouse.down()
    page.mouse.move(frame["x"] + right * scale, frame["y"] + bottom * scale, steps=3)
    page.mouse.up()


def test_programs_send_a_table_with_its_photos(live_service: LiveService, tmp_path: Path) -> None:
    (tmp_path / "fronts").mkdir()
    for number in (0, 3):
        (tmp_path / "fronts" / f"{number}.png").write_bytes(photo(number))
    table = tmp_path / "packs.csv"
    table.write_text("photo,brand\nfronts/0.png,Acorn\nfronts/3.png,Dunmore\n")
    with Client(live_service.url) as client:
        photos = sorted((tmp_path / "fronts").iterdir())
        told = client.packs.compare(
            photos, table=table, own="Dunmore", shelf_photo=a_shelf(),
            shelf_boxes=[[60, 40, 260, 340], {"left": 360, "top": 40, "right": 560, "bottom": 340,
                                              "name": "fronts/3.png"},
                         {"left": 640, "top": 40, "right": 840, "bottom": 340, "name": "Acorn"}],
        )  # fmt: skip
    assert [(one.brand, one.own) for one in told.packs] == [("Acorn", False), ("Dunmore", True)]
    assert (told.saliency["name"], told.arrangements) == ("sum", 0)
