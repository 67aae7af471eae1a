"""The page Analyse in a real browser: answer first, explanation after it, all by keyboard too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.browsing import PHONE, LiveService, Screenshot, Visit, accessible, fits

from glasscase.explanations.overlay import ramp_css
from glasscase.models.classifier import ProductClassifier
from glasscase.server.samples import samples

pytestmark = pytest.mark.xdist_group("analysis-page")  # one service and one browser

STATIC = Path("src/glasscase/server/static")


def finished(page: Page) -> None:
    """Wait until the answer and every part of its explanation stand there."""
    page.locator("#answer:not([hidden])").wait_for()
    page.locator("#results:not([aria-busy])").wait_for()
    assert page.locator("#explanation .skeleton").count() == 0


def test_a_sample_is_answered_and_explained(
    visit: Visit, screenshot: Screenshot, toy_model: ProductClassifier
) -> None:
    page = visit("/analysis?sample=6")
    finished(page)
    (told,) = toy_model.predictions([samples()[6].product])
    assert page.locator("#answer-label").inner_text() == told.label.split(" > ")[-1]
    right = round(100 * told.probability)
    assert f"about {right} are right" in page.locator("#answer").inner_text()
    assert page.locator(f"#answer .tag.{told.verdict}").is_visible()
    shown = page.locator("#explanation section:visible h2").all_inner_texts()
    assert [title.strip() for title in shown] == [
        "What the photo says",
        "What the words say",
        "Who had a say",
        "Most alike in training",
        "Why not the runner-up",
        "What would change the answer",
        "Does this explanation hold?",
    ]
    assert page.locator("#explained-words .words").inner_text().startswith("Striped")
    accessible(page)
    screenshot(page, "analysis-1440")


def test_the_heat_map_is_uncovered_by_keys(visit: Visit, screenshot: Screenshot) -> None:
    page = visit("/analysis?sample=6", width=PHONE, dark=True)
    finished(page)
    slider = page.get_by_role("slider", name=re.compile("Photo or heat map"))
    slider.focus()
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "0 % photo, 100 % heat map"
    assert "0%" in page.locator(".compare").get_attribute("style")
    page.keyboard.press("End")
    assert slider.get_attribute("aria-valuetext") == "100 % photo, 0 % heat map"
    fits(page)
    accessible(page)
    screenshot(page, "analysis-390-dark")


def test_a_whole_analysis_by_keyboard(visit: Visit, live_service: LiveService) -> None:
    page = visit("/analysis", dark=True)
    page.get_by_label("Title").focus()
    page.keyboard.type("blue stoneware mug with handle")
    page.keyboard.press("Control+Enter")
    finished(page)
    expect(page.locator("#announcements")).to_have_text("The explanation is complete.")
    assert page.locator("#explained-photo").is_hidden()
    words = page.locator(".words .w")
    words.first.focus()
    bubble = page.get_by_role("tooltip")
    assert "speaks" in bubble.inner_text()
    first = words.first.inner_text()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("() => document.activeElement.innerText") != first
    page.keyboard.press("Escape")
    assert bubble.count() == 0 or not bubble.is_visible()
    page.locator("#wrong").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Home > Lamps")
    page.keyboard.press("Enter")
    page.get_by_text("Thank you. It is noted beside the answer.").first.wait_for()
    (noted,) = live_service.service.store.predictions.feedback()
    assert noted.label == "Home > Lamps"


def test_added_fields_may_have_any_name(visit: Visit) -> None:
    page = visit("/analysis", width=PHONE)
    page.get_by_label("Title").fill("blue stoneware mug")
    for name, text in (("format", "twelve ounces"), ("title", "with a handle")):
        page.get_by_role("button", name="Add a field").click()
        page.keyboard.type(name)
        page.get_by_label("Its text").last.fill(text)
    page.keyboard.press("Control+Enter")
    finished(page)
    read = page.locator("#explained-words .words").evaluate(
        "(one) => one.textContent.replace(/\\(.*?\\)|[+−]/g, '').replace(/\\s+/g, ' ')"
    )
    for text in ("blue stoneware mug", "twelve ounces", "with a handle"):
        assert all(word in read for word in text.split()), read
    assert page.locator("#explanation .error").count() == 0
    fits(page)


def test_nothing_given_is_told_in_place(visit: Visit) -> None:
    page = visit("/analysis")
    page.get_by_role("button", name="Analyse").click()
    expect(page.locator("#form-error")).to_have_text("Add a photo or type a title first.")
    assert page.locator("#answer").is_hidden()


def test_a_file_that_is_no_photo_is_told_at_the_photos(visit: Visit) -> None:
    page = visit("/analysis", width=PHONE)
    file = {"name": "mug.jpg", "mimeType": "image/jpeg", "buffer": b"not a picture"}
    page.locator("#photos").set_input_files(file)
    assert page.locator("#previews img").count() == 1
    page.get_by_role("button", name="Analyse").click()
    expect(page.locator("#photos-error")).to_contain_text("mug.jpg")
    assert page.locator("#photos").get_attribute("aria-invalid") == "true"
    fits(page)
    accessible(page)
    page.get_by_role("button", name="Remove mug.jpg").click()
    assert page.locator("#previews img").count() == 0
    table = {"name": "shop.csv", "mimeType": "text/csv", "buffer": b"a,b"}
    page.locator("#photos").set_input_files(table)
    expect(page.locator("#photos-error")).to_have_text("shop.csv is not a picture.")


def test_markup_in_what_the_service_tells_stays_text(
    visit: Visit, live_service: LiveService
) -> None:
    page = visit("/analysis")
    evil = '<img src=x onerror="alert(1)"><b class=evil>blue</b>'
    asked = {"title": "mug", "parts": "words"}
    predicted = page.request.post(f"{live_service.url}/v1/predict", form=asked).json()
    explained = page.request.post(f"{live_service.url}/v1/explain", form=asked).json()
    predicted |= {"label": f"Home > {evil}", "reason": evil, "problems": [evil], "category": evil}
    predicted["top_k"] = [{"label": evil, "probability": 0.5}]
    explained |= {"label": evil, "sentence": evil, "spans": [{"text": evil, "kind": ""}]}
    explained["neighbours"] = [{"id": evil, "label": evil, "title": evil, "similarity": 1.0}]
    explained["flip"] = {"sentences": [evil]}
    page.route("**/v1/predict", lambda route: route.fulfill(json=predicted))
    page.route("**/v1/explain", lambda route: route.fulfill(json=explained))
    page.get_by_label("Title").fill(evil)
    page.keyboard.press("Control+Enter")
    finished(page)
    assert page.locator("#answer-label").inner_text() == evil
    for part in ("words", "near", "flip", "shares"):
        assert evil in page.locator(f"#explained-{part}").inner_text(), part
    assert page.locator(".evil, img[src=x]").count() == 0


def test_an_earlier_analysis_never_overwrites_a_later_one(visit: Visit) -> None:
    page = visit("/analysis")
    held: list[Route] = []
    page.route("**/v1/predict", lambda route: route.continue_() if held else held.append(route))
    page.get_by_label("Title").fill("striped socks")
    page.get_by_role("button", name="Analyse").click()
    expect(page.locator("#analyse")).to_have_text("Analysing …")
    page.get_by_label("Title").fill("desk lamp with a shade, 6 W LED")
    page.keyboard.press("Control+Enter")
    finished(page)
    assert page.locator("#answer-label").inner_text() == "Lamps"
    held[0].fulfill(json={"label": "Clothing > Socks", "probability": 1.0, "verdict": "accept"})
    page.evaluate("async () => { await fetch('/healthz'); }")  # by now it has been read
    assert page.locator("#answer-label").inner_text() == "Lamps"


def test_a_card_is_kept_shared_and_downloaded(visit: Visit, screenshot: Screenshot) -> None:
    page = visit("/analysis?sample=9")
    finished(page)
    answer = page.locator("#answer-label").inner_text()
    page.get_by_role("button", name="Keep and share").click()
    page.get_by_label("For how many days?").fill("400")
    page.get_by_role("button", name="Keep and make a link").click()
    assert page.locator("#keep-link-field").is_hidden()
    page.get_by_label("For how many days?").fill("7")
    page.get_by_role("button", name="Keep and make a link").click()
    link = page.get_by_label("The link")
    link.wait_for()
    accessible(page)
    screenshot(page, "analysis-share")
    shared = page.context.new_page()
    shared.goto(link.input_value())
    assert answer in shared.locator("h1").inner_text()
    page.get_by_role("button", name="Close").click()
    page.get_by_label("Title").fill("typed after the answer")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the card").click()
    assert waiting.value.suggested_filename.endswith(".html")
    card = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert answer in card
    assert "typed after" not in card


def test_a_busy_service_is_asked_again(visit: Visit) -> None:
    page = visit("/analysis")
    seen: list[str] = []

    def busy_once(route: Route) -> None:
        seen.append(route.request.url)
        if len(seen) > 1:
            return route.continue_()
        told = {"code": "busy", "message": "too many explanations wait", "remedy": "Wait."}
        return route.fulfill(status=503, json=told, headers={"Retry-After": "1"})

    page.route("**/v1/explain", busy_once)
    page.get_by_label("Title").fill("blue stoneware mug")
    page.keyboard.press("Control+Enter")
    finished(page)
    assert len(seen) == 4
    assert page.locator("#explanation .error").count() == 0


def test_a_kept_product_comes_back_with_its_answer(visit: Visit, live_service: LiveService) -> None:
    page = visit("/")
    photo = samples()[6].product.photos[0].read()
    for days, told in (("5", "Photos and words are kept until"), ("0", "were not kept")):
        answer = page.request.post(
            f"{live_service.url}/v1/predict",
            multipart={
                "title": "kept mug",
                "keep_days": days,
                "photos": {"name": "m.jpg", "mimeType": "image/jpeg", "buffer": photo},
            },
        ).json()
        page.goto(f"{live_service.url}/analysis?prediction={answer['prediction_id']}")
        page.locator("#answer:not([hidden])").wait_for()
        assert told in page.locator("#given-note").inner_text()
        assert page.locator("#answer-label").inner_text() == answer["label"].split(" > ")[-1]
        if days == "5":
            finished(page)
            assert page.get_by_label("Title").input_value() == "kept mug"
            assert page.locator("#previews img").count() == 1
            assert page.locator(".compare").count() == 1
        else:
            assert page.locator("#explanation").is_hidden()


def test_dropped_and_pasted_photos_count(visit: Visit) -> None:
    page = visit("/analysis")
    drop = """(kind) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array([1])], kind + ".png", { type: "image/png" }));
      const event = kind === "paste"
        ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
        : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
      (kind === "paste" ? document : document.querySelector("#photos-zone")).dispatchEvent(event);
    }"""
    page.evaluate(drop, "drop")
    page.evaluate(drop, "paste")
    assert page.locator("#previews button").count() == 2


def test_without_scripts_the_card_is_the_answer(
    browser: Browser, live_service: LiveService
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_service.url}/analysis?sample=9")
    page.get_by_role("button", name="Analyse").click()
    page.wait_for_url("**/v1/explain")
    assert re.fullmatch(r"Why \w.+\?", page.locator("h1").inner_text())
    context.close()


@pytest.mark.parametrize("path", ["/analysis?sample=99", "/analysis?prediction=nothing"])
def test_what_there_is_not_is_told(visit: Visit, path: str) -> None:
    page = visit("/", width=PHONE)
    answer = page.request.get(page.url.rstrip("/") + path, headers={"Accept": "text/html"})
    assert answer.status == 404
    assert "That did not work" in answer.text()


def test_the_legend_has_the_colours_of_the_map() -> None:
    assert ramp_css() in (STATIC / "analysis.css").read_text(encoding="utf-8")
