"""Accuracy on real products: every candidate on the same grouped folds.

    python benchmarks/accuracy.py --data ../shared/data [--set flipkart] [--effort good]

Prints held-out accuracy and macro-F1 of every candidate with 95 % intervals, what each modality
adds, the calibration of the shipped head, and checks the figures the project promises.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from glasscase import Catalog, Settings, train
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.scores import score
from glasscase.jobs.train import Training
from glasscase.models.head import softmax
from sets import read_set


@dataclass(frozen=True)
class Shop:
    """A set of real products and what it must reach."""

    folder: str
    accuracy: float
    macro_f1: float
    above_single: float


SHOPS = (
    Shop(
        "flipkart",
        accuracy=0.955,
        macro_f1=0.955,
        above_single=0.0,
    ),
    Shop(
        "fashion_noisy",
        accuracy=0.83,
        macro_f1=0.0,
        above_single=0.06,
    ),
)


def run(shop: Shop, data: Path, effort: str) -> None:
    """Train on one set and print its table."""
    settings = Settings.read(overrides=[f"train.effort={effort}"])
    catalog = read_set(shop.folder, data)
    training = train(catalog, settings=settings)
    print(f"\n{shop.folder}: {len(catalog)} products, effort {effort}, same grouped folds\n")
    print("| candidate | kind | accuracy | macro-F1 |\n|---|---|---|---|")
    for one in training.choice.candidates:
        mark = "**" if one is training.choice.winner else ""
        print(f"| {mark}{one.name}{mark} | {one.family} | {one.accuracy} | {one.macro_f1} |")
    print()
    for sentence in training.sentences:
        print(sentence)
    print(f"ECE of the shipped head, held out: {held_out_ece(training, catalog):.4f}")
    check(shop, training)


def held_out_ece(training: Training, catalog: Catalog) -> float:
    """Expected calibration error (15 bins) of the winner's out-of-fold answers to one division.

    Each fifth of the products is calibrated by the other four; near-duplicates stay together.
    """
    winner, classes = training.choice.winner, training.model.classes_
    products = catalog.labelled().products
    n = len(products)
    labels = [product.label or "" for product in products]
    targets = np.searchsorted(classes, labels)
    present = training.model.training.features.present
    parts = near_duplicate_groups(products) % 5
    probs = np.zeros((n, len(classes)))
    for part in range(5):
        rows = np.flatnonzero(parts != part)
        one = replace(winner, logits=winner.logits[rows], usable=winner.usable[rows], alone={})
        calibration = one.calibration(present[rows], targets[rows])
        held = parts == part
        probs[held] = softmax(calibration.calibrated(winner.logits[:n][held], present[held]))
    answers = Answers.pair(labels, probs, classes.tolist(), usable=winner.usable[:n])
    right = softmax(winner.logits[:n]).argmax(axis=1) == probs.argmax(axis=1)
    assert right.all(), "calibration changed an answer"
    return score(answers, samples=50).metrics["ece"].value


def check(shop: Shop, training: Training) -> None:
    """Say of each promise whether it is kept."""
    winner = training.choice.winner
    single = training.choice.best("text only", "photo only")
    baseline = training.choice.best("baseline")
    rows = [
        ("accuracy", winner.accuracy.value, shop.accuracy),
        ("macro-F1", winner.macro_f1.value, shop.macro_f1),
    ]
    if single is not None:
        gain = winner.accuracy.value - single.accuracy.value
        rows.append((f"above the best single modality ({single.name})", gain, shop.above_single))
    if baseline is not None:
        gain = winner.accuracy.value - baseline.accuracy.value
        rows.append((f"above the best baseline ({baseline.name})", gain, 0.0))
    for what, value, least in rows:
        verdict = "kept" if value >= least else "NOT KEPT"
        print(f"{what}: {value:.4f}, asked {least:.3f}: {verdict}")


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--set", choices=[shop.folder for shop in SHOPS])
    parser.add_argument("--effort", default="good", choices=["quick", "good", "best"])
    arguments = parser.parse_args()
    for shop in SHOPS:
        if arguments.set in (None, shop.folder):
            run(shop, arguments.data, arguments.effort)


if __name__ == "__main__":
    main()
