"""How good is a category that was added by a few examples, and what does it cost the others?

    python benchmarks/new_category.py --data ../shared/data [--set flipkart]

One category is taken out (each of Flipkart's seven; seven of the 27 of fashion_noisy), a third of
the other products (near-duplicates together) held out, and a model trained on the rest (effort
quick). The category is then added from 5, 10 and 20 of its products drawn by chance and from its
name alone. Prints the share of its other products found (recall), what the accuracy on the held-out
products of other categories changes by, what the added category said of itself (recall of examples
left out, false takes), and beside it a model trained anew with the same examples.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from glasscase import Catalog, ProductClassifier, Settings, add_category, train
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.product import Product
from sets import SETS, read_set

COUNTS = (5, 10, 20)
MOST_TRAINED, MOST_HELD, LEAST, TAKEN_OUT = 2000, 600, 60, 7
QUICK = Settings.read(overrides=["train.effort=quick"])


def recall(model: ProductClassifier, products: list[Product], label: str) -> float:
    return float((model.predict(products) == label).mean())


def accuracy(model: ProductClassifier, products: list[Product]) -> float:
    return float((model.predict(products) == [one.label or "" for one in products]).mean())


def measure(name: str, data: Path) -> None:
    catalog = read_set(name, data).labelled()
    products = list(catalog.products)
    labels = np.array([product.label or "" for product in products])
    groups = near_duplicate_groups(products)
    names = [one for one in np.unique(labels).tolist() if (labels == one).sum() >= LEAST]
    step = max(1, len(names) // TAKEN_OUT)
    figures: dict[tuple[str, str], list[float]] = defaultdict(list)
    for number, label in enumerate(names[::step][:TAKEN_OUT]):
        rng = np.random.default_rng(number)
        held = rng.permutation(int(groups.max()) + 1)[groups] % 3 == 0
        rows = rng.permutation(np.flatnonzero((labels != label) & ~held))[:MOST_TRAINED]
        others = rng.permutation(np.flatnonzero((labels != label) & held))[:MOST_HELD]
        own = rng.permutation(np.flatnonzero(labels == label))
        seen, judged = [products[i] for i in rows], [products[i] for i in others]
        model = train(Catalog(seen), settings=QUICK).model
        before = accuracy(model, judged)
        bare = add_category(model, label)
        fresh = [products[i] for i in own[max(COUNTS) :][:300]]
        note(
            figures,
            "its name alone",
            bare.model,
            fresh,
            label,
            accuracy(bare.model, judged) - before,
        )
        figures["its name alone", "false takes said"].append(bare.false_takes.value)
        figures["its name alone", "recall said"].append(bare.recall.value)
        for count in COUNTS:
            few = [replace(products[i], row=None) for i in own[:count]]
            added = add_category(model, label, few)
            what = f"{count} examples"
            loss = accuracy(added.model, judged) - before
            note(figures, what, added.model, fresh, label, loss)
            figures[what, "recall said"].append(added.recall.value)
            figures[what, "false takes said"].append(added.false_takes.value)
            anew = train(Catalog([*seen, *few]), settings=QUICK).model
            loss = accuracy(anew, judged) - before
            note(figures, f"{count} examples, trained anew", anew, fresh, label, loss)
    for (what, figure), values in figures.items():
        spread = f"{min(values):.3f} to {max(values):.3f}"
        print(f"{name} | {what} | {figure} | {np.mean(values):.3f} | {spread}", flush=True)


def note(
    figures: dict[tuple[str, str], list[float]],
    what: str,
    model: ProductClassifier,
    fresh: list[Product],
    label: str,
    loss: float,
) -> None:
    figures[what, "recall"].append(recall(model, fresh, label))
    figures[what, "accuracy of the others changes by"].append(loss)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", choices=[*SETS], action="append")
    told = parser.parse_args()
    for name in told.set or SETS:
        measure(name, told.data)


if __name__ == "__main__":
    main()
