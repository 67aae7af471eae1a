"""What is a model worth after 200 decisions, fitted by its own memory or with the old table?

    python benchmarks/retrain.py --data ../shared/data [--set flipkart] [--seeds 3]

A model is trained on a few hundred products (effort quick). A simulated reviewer, who is always
right, decides 50, 100 and 200 products of a pool in the order that teaches most; the model is then
retrained without the old table and with it. Accuracy is that on a third of the shop
(near-duplicates together) that nobody trained on. Also prints what the report before and after says
of the decisions it held out, and of the old training products.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from glasscase import Catalog, ProductClassifier, Settings, train
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.product import Product
from glasscase.jobs.decisions.reviewed_products import Reviewed
from glasscase.jobs.retrain import retrain
from glasscase.jobs.review_queue import product_vectors
from glasscase.jobs.table_source import TableSource
from glasscase.review.teaching import Pile, teaching_order
from glasscase.store.review_items import Correction
from sets import SETS, read_set

COUNTS, TRAINED, POOL, HELD = (50, 100, 200), {"flipkart": 150, "fashion_noisy": 600}, 1000, 800
QUICK = Settings.read(overrides=["train.effort=quick"])


class Held(TableSource):
    """A table that is in memory already."""

    def read(self, model, *, level=None, progress=None):
        """The products as they are."""
        return Catalog(self.source)


def accuracy(model: ProductClassifier, products: list[Product]) -> float:
    return float((model.predict(products) == [one.label or "" for one in products]).mean())


def decided(model: ProductClassifier, products: list[Product]) -> Reviewed:
    said, now = model.predict(products), datetime.now(UTC)
    corrections = [
        Correction(one.id, one.id, str(label), one.label or "", "reviewer", now)
        for one, label in zip(products, said, strict=True)
    ]
    return Reviewed(tuple(products), tuple(corrections))


def measure(name: str, data: Path, seed: int) -> None:
    products = read_set(name, data).labelled().products
    groups = near_duplicate_groups(products)
    rng = np.random.default_rng(seed)
    held = rng.permutation(int(groups.max()) + 1)[groups] % 3 == 0
    mixed = rng.permutation(np.flatnonzero(~held))
    first = [replace(products[row], id=f"old-{row}") for row in mixed[: TRAINED[name]]]
    pool = [replace(products[row], id=f"new-{row}", row=None) for row in mixed[TRAINED[name] :]]
    pool, judged = pool[:POOL], [products[row] for row in np.flatnonzero(held)[:HELD]]
    model = train(Catalog(first), settings=QUICK).model
    features = model.encode(pool).features
    top = np.sort(model.probabilities(features), axis=1)
    pile = Pile(1 - (top[:, -1] - top[:, -2]), product_vectors(features))
    order = teaching_order(pile).rows
    before = accuracy(model, judged)
    for count in COUNTS:
        reviewed = decided(model, [pool[row] for row in order[:count]])
        memory = retrain(model, reviewed)
        table = retrain(model, reviewed, table=Held(first))
        figures = [before, accuracy(memory.model, judged), accuracy(table.model, judged)]
        said = " ".join(f"{100 * value:.1f}" for value in figures)
        print(f"{name} | seed {seed} | {count} | before, by memory, with the table: {said}")
        for how, found in (("memory", memory), ("table", table)):
            print(f"  {how}: {found.on_reviewed.sentence} {found.on_old.sentence}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", choices=[*SETS], action="append")
    parser.add_argument("--seeds", type=int, default=3)
    told = parser.parse_args()
    for name in told.set or SETS:
        for seed in range(told.seeds):
            measure(name, told.data, seed)


if __name__ == "__main__":
    main()
