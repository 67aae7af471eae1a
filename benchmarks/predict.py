"""How long one prediction takes when everything is loaded, on products never seen before.

Trains on the toy catalogue (effort quick), loads the bundle, and predicts new products one at a
time, each with a photo of 384 px and about 30 words, so that the vector cache never helps; beside
it the same products at once. Promised: a median of at most 40 ms.

    python benchmarks/predict.py [--products 200]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.toy import draw_toy_catalogue, toy_products
from glasscase.jobs.train import train
from glasscase.models.classifier import ProductClassifier
from glasscase.settings import Settings

TRAINED_ON = 240


def main() -> None:
    """Train, load, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--products", type=int, default=200)
    count = parser.parse_args().products
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        shop = draw_toy_catalogue(place / "shop", size=TRAINED_ON)
        settings = Settings.read(overrides=["train.effort=quick"])
        train(Catalog.read(shop.products, photos=shop.images), settings=settings).model.save(
            place / "bundle"
        )
        started = time.perf_counter()
        model = ProductClassifier.load(place / "bundle", cached=False)
        print(f"loading the bundle, every byte checked: {time.perf_counter() - started:.2f} s")
        products = toy_products(TRAINED_ON + count, cases=False)[TRAINED_ON:]
        model.predictions(toy_products(1))  # the first one warms everything up
        times = []
        for product in products:
            started = time.perf_counter()
            model.predictions([product])
            times.append(time.perf_counter() - started)
        started = time.perf_counter()
        model.predictions(products)
        together = (time.perf_counter() - started) / len(products)
        words = statistics.mean(len(product.text.split()) for product in products)
        quick, middle, slow = (1000 * x for x in statistics.quantiles(times, n=20)[::9])
        print(f"model: {model.head_name}; {len(products)} products, {words:.0f} words each")
        print(f"one at a time: median {middle:.1f} ms (5 % under {quick:.1f}, 5 % over {slow:.1f})")
        print(f"all at once:   {1000 * together:.1f} ms a product")


if __name__ == "__main__":
    main()
