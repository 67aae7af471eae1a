"""Are some products treated worse, and what does a brand cost that was never seen?

    python benchmarks/slices.py --data ../shared/data [--set flipkart] [--bundles DIR] [--out DIR]

Trains `glasscase train`'s default on one half of a set (near-duplicates on one side), and divides
the other half in every way known of it. Sets of more than 4,000 products are sampled first. Brands
of fashion_noisy are what stands before Men, Women and so on in its titles. Then how often luck
alone warns: slices drawn at random from the same answers, in the same numbers, 200 times.
"""

from __future__ import annotations

import argparse
import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glasscase import Catalog, ProductClassifier, Settings, slices, train
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.product import Product
from glasscase.catalog.splits import train_test_split
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.fisher import fisher_worse
from glasscase.evaluation.holm import holm
from glasscase.jobs.table_source import TableSource
from sets import SETS, WITH_DETAILS, read_set

FURTHER = {
    "flipkart": ("is_FK_Advantage_product",),
    "fashion_noisy": ("gender", "season", "usage", "baseColour"),
}


MOST = 4000


def with_brand(product: Product) -> Product:
    """The words of a fashion title before whom it is for, as its brand."""
    if "brand" in product.attributes:
        return product
    brand = re.split(r"\b(?:Men|Women|Boys?|Girls?|Unisex|Kids?)\b", product.text)[0].strip()
    known = 0 < len(brand) < len(product.text)
    return replace(product, attributes={"brand": brand} if known else {})


def part(catalog: Catalog, rows: NDArray[np.intp]) -> Catalog:
    """Some products of a catalogue."""
    return Catalog([catalog.products[row] for row in rows], columns=catalog.columns)


def false_alarms(right: NDArray[np.bool_], sizes: list[int], draws: int) -> float:
    """The share of draws in which slices of these sizes, drawn at random, are warned of."""
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(draws):
        values = []
        for size in sizes:
            inside = np.zeros(len(right), bool)
            inside[rng.choice(len(right), size, replace=False)] = True
            values.append(
                fisher_worse(
                    int(right[inside].sum()), size, int(right[~inside].sum()), len(right) - size
                )
            )
        alarms += min(holm(values)) < 0.05
    return alarms / draws


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--set", choices=SETS)
    parser.add_argument("--bundles", type=Path, help="Keep the trained models here.")
    parser.add_argument("--out", type=Path, help="Folder for the pages.")
    arguments = parser.parse_args()
    for name in SETS:
        if arguments.set in (None, name):
            _one(name, arguments)


def _one(name: str, arguments: argparse.Namespace) -> None:
    catalog = read_set(name, arguments.data, columns=WITH_DETAILS).labelled()
    kept = np.random.default_rng(0).permutation(len(catalog))[:MOST]
    catalog = part(catalog, np.sort(kept))
    if name == "fashion_noisy":
        catalog.products = [with_brand(one) for one in catalog.products]
    groups = near_duplicate_groups(catalog.products)
    first, second = train_test_split(catalog.labels(), groups, test_share=0.5, seed=0)
    bundle = arguments.bundles / f"{name}-half" if arguments.bundles else None
    if bundle is not None and bundle.exists():
        model = ProductClassifier.load(bundle)
    else:
        model = train(part(catalog, first), settings=Settings()).model
        if bundle is not None:
            model.save(bundle)
    test = part(catalog, second)
    begin = time.perf_counter()
    table = TableSource(arguments.data / name / "products.csv")
    report = slices(model, test, by=table.values(FURTHER[name], test))
    seconds = time.perf_counter() - begin
    print(f"\n{name}: {len(test)} unseen products, {len(report.slices)} slices, {seconds:.0f} s\n")
    print("| slice | against the rest | products | right | points | same categories |")
    print("|---|---|---|---|---|---|")
    for row in report.rows():
        print(f"| {' | '.join(row)} |")
    print(*report.sentences, sep="\n")
    for one in report.left_out.brands if report.left_out else ():
        print(f"{one.name}: {one.products}, {one.known} known, {one.unknown} never seen")
    answers = Answers.pair(
        [label or "" for label in test.labels()],
        model.predict_proba(test),
        [str(c) for c in model.classes_],
    )
    alarms = false_alarms(answers.correct, [one.independent for one in report.tested], 200)
    print(f"False alarms: {alarms:.3f} of 200 draws of random slices")
    if arguments.out is not None:
        print(report.save(arguments.out / f"slices-{name}.html"))


if __name__ == "__main__":
    main()
