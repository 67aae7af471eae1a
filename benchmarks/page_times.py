"""How long a person waits on the page Analyse, in a real browser.

A real `glasscase serve` process, Debian's Chromium, products nobody has seen: a photo is chosen,
the words are typed in, "Analyse" is pressed. Told: from the press to the answer on the screen, to
the words and the heat map, and to the last part of the explanation. Asked: medians of at most
0.3 s and 1.5 s for the first two.

    python benchmarks/page_times.py [--bundle BUNDLE] [--products 20]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from glasscase.catalog.product import Product
from serving import percentile, serving, toy_bundle, unseen

MARKS = {
    "answer": "answer-shown",
    "words and heat map": "explanation-shown",
    "all of the explanation": "explanation-complete",
}
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
_TIMES = """(names) => {
  const at = (name) => performance.getEntriesByName(name).at(-1)?.startTime ?? null;
  const begun = at("analysis-start");
  const times = names.map((name) => (at(name) === null ? null : (at(name) - begun) / 1000));
  performance.clearMarks();
  return times;
}"""


def main() -> None:
    """Ask about each product on one page, as a person would, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--products", type=int, default=20)
    asked = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("chromium is not installed (Debian: apt-get install chromium)")
    products = [one for one in unseen(3 * asked.products) if one.photos and one.text]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundle = asked.bundle or toy_bundle(folder)
        with serving(bundle, folder / "service") as service, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=[*_ARGUMENTS])
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{service.port}/analysis")
            analyse(page, products[0])
            found = [analyse(page, one) for one in products[1 : asked.products + 1]]
            browser.close()
    for what, seconds in zip(MARKS, zip(*found, strict=True), strict=True):
        middle, slow = (percentile(list(seconds), share) for share in (0.5, 0.9))
        print(f"{what}: median {middle:.2f} s, p90 {slow:.2f} s, of {len(seconds)} products")


def analyse(page: Page, product: Product) -> list[float]:
    """Seconds from the press until each of `MARKS`."""
    page.get_by_role("button", name="Clear").click()
    photo = product.photos[0]
    file = {"name": photo.name, "mimeType": "image/jpeg", "buffer": photo.read()}
    page.locator("#photos").set_input_files(file)
    page.get_by_label("Title").fill(product.texts.get("title", ""))
    page.get_by_label("Description").fill(product.texts.get("description", ""))
    page.get_by_role("button", name="Analyse").click()
    page.locator("#answer:not([hidden])").wait_for()
    page.locator("#results:not([aria-busy])").wait_for()
    return list(page.evaluate(_TIMES, list(MARKS.values())))


if __name__ == "__main__":
    main()
