"""What changed photos and words cost on real products the model never saw.

    python benchmarks/robustness.py [--set flipkart] [--sample 200] [--attacks] [--bundles DIR]

Trains `glasscase train`'s default on four fifths of a set (near-duplicates on one side; of larger
sets 4,000 products), draws a sample of the rest, and prints the report as a table. Run it twice to
see what the cache saves.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from glasscase import Catalog, ProductClassifier, Settings, robustness, train
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.splits import train_test_split
from sets import SETS, WITH_DETAILS, read_set

MOST = 4000


def part(catalog: Catalog, rows: list[int]) -> Catalog:
    """Some products of a catalogue."""
    return Catalog([catalog.products[row] for row in rows], columns=catalog.columns)


def halves(name: str, data: Path) -> tuple[Catalog, list[int], list[int]]:
    """The labelled products of a set, and the rows to train on and to test on."""
    catalog = read_set(name, data, columns=WITH_DETAILS).labelled()
    kept = np.random.default_rng(0).permutation(len(catalog))[:MOST]
    catalog = part(catalog, sorted(kept.tolist()))
    groups = near_duplicate_groups(catalog.products)
    first, second = train_test_split(catalog.labels(), groups, test_share=0.2, seed=0)
    return catalog, first.tolist(), second.tolist()


def model_of(name: str, data: Path, kept: Path | None) -> tuple[ProductClassifier, Catalog]:
    """The default model trained on four fifths, and the other fifth."""
    catalog, first, second = halves(name, data)
    bundle = kept / name if kept else None
    if bundle is not None and bundle.exists():
        return ProductClassifier.load(bundle), part(catalog, second)
    model = train(part(catalog, first), settings=Settings()).model
    if bundle is not None:
        model.save(bundle)
    return model, part(catalog, second)


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--set", choices=SETS)
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--attacks", action="store_true")
    parser.add_argument("--bundles", type=Path, help="Keep the trained models here.")
    parser.add_argument("--out", type=Path, help="Folder for the pages.")
    arguments = parser.parse_args()
    for name in SETS:
        if arguments.set not in (None, name):
            continue
        model, test = model_of(name, arguments.data, arguments.bundles)
        begin = time.perf_counter()
        report = robustness(model, test, sample=arguments.sample, attacks=arguments.attacks)
        seconds = time.perf_counter() - begin
        about = report.about
        print(f"\n{name}: {about.products} of {about.of} unseen products, {seconds:.0f} s\n")
        print("| points of accuracy | 1 | 2 | 3 | other answer at the worst | alone at the worst |")
        print("|---|---|---|---|---|---|")
        for row in report.rows():
            print(f"| {' | '.join(row)} |")
        for view, values in report.clean.items():
            print(f"unchanged, {view}: {values['accuracy']['value']:.3f}")
        for one in report.attacks.made if report.attacks else ():
            print(f"{one.name}: {one.flipped} of {one.products}, edits {one.mean_edits}")
        print(*report.sentences, *(report.attacks.not_made if report.attacks else ()), sep="\n")
        if arguments.out is not None:
            print(report.save(arguments.out / f"robustness-{name}.html"))


if __name__ == "__main__":
    main()
