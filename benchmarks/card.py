"""How long a full decision card takes: words, photo, runner-up, changes, check and the page.

    python benchmarks/card.py --data ../shared/data [--set flipkart] [--products 40]

Trains the head `late` (or opens `--bundle`), then explains held-out products with a photo one after
the other in this process and makes the page of each: the first card of a process, which loads the
encoders' graphs into memory, is left out. Wall and processor time beside each other, because other
work on the machine shows in the first alone.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np

from faithfulness import divided
from glasscase import ProductClassifier, explain
from glasscase.explanations.card import card, photos_in
from sets import SETS


def main() -> None:
    """Time the cards of one set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", choices=list(SETS), default="flipkart")
    parser.add_argument("--products", type=int, default=40)
    parser.add_argument("--bundle", type=Path)
    chosen = parser.parse_args()
    catalog, parts, rest = divided(chosen.set, chosen.data)
    if chosen.bundle is not None and chosen.bundle.exists():
        model = ProductClassifier.load(chosen.bundle)
    else:
        model = ProductClassifier("late").fit(catalog.take(rest))
    find = photos_in(chosen.data / chosen.set / "images")
    products = [catalog[int(row)] for row in parts["test"]]
    products = [product for product in products if product.photos][: chosen.products + 1]
    rows = []
    for product in products:
        started, used = time.perf_counter(), time.process_time()
        told = explain(model, product)
        page = card(told, product.photos, training_photo=find)
        wall, cpu = time.perf_counter() - started, time.process_time() - used
        rows.append((len(told.words.distinct), wall, cpu, len(page) / 1e6))
    words, wall, cpu, size = np.array(rows[1:]).T
    print(f"{chosen.set}: {model.head.name}; {len(wall)} cards, {size.mean():.2f} MB on average")
    for name, chosen_rows in (
        ("all", words >= 0),
        ("up to 9 words", words <= 9),
        ("10 to 40 words", (words > 9) & (words <= 40)),
        ("more than 40 words", words > 40),
    ):
        if chosen_rows.any():
            at = [np.percentile(values[chosen_rows], [50, 90, 100]) for values in (wall, cpu)]
            told = "; ".join(
                f"{what} median {a:.2f} s, 90th percentile {b:.2f} s, most {c:.2f} s"
                for what, (a, b, c) in zip(("wall", "processor"), at, strict=True)
            )
            print(f"  {name} ({int(chosen_rows.sum())}): {told}")
    print(f"  load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
