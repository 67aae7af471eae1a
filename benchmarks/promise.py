"""Does the promise hold? Calibrated on a random half of a set, checked on the other, 100 times.

    python benchmarks/promise.py --data ../shared/data [--set fashion_noisy] [--splits 100]

The answers are the held-out ones of `glasscase train`, of one division. Near-duplicates are in one
half. Beside the promise stands a plain threshold: the loosest on uncalibrated scores (softmax of
the head's logits) whose error on the same half is no more than allowed. Prints coverage, error on
the other half, how often that exceeds the limit, and how often sets hold the right category.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glasscase import Settings, train
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.coverage import CoverageCurve
from glasscase.evaluation.risk_control import Wanted, promised
from glasscase.models.head import softmax
from sets import SETS, read_set

LIMITS = {"flipkart": (0.05,), "fashion_noisy": (0.02, 0.05, 0.1)}
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Held:
    """Held-out answers to a whole set."""

    labels: NDArray[np.str_]
    classes: list[str]
    calibrated: NDArray[np.float64]
    plain: NDArray[np.float64]
    groups: Rows

    def answers(self, rows: Rows, *, calibrated: bool = True) -> Answers:
        """Some of them."""
        probs = self.calibrated if calibrated else self.plain
        return Answers.pair(self.labels[rows].tolist(), probs[rows], self.classes)

    def halves(self, seed: int) -> tuple[Rows, Rows]:
        """One product of each group of a random half of the groups; all products of the others."""
        names = np.unique(self.groups)
        chosen = np.random.default_rng(seed).permutation(names)[: len(names) // 2]
        inside = np.isin(self.groups, chosen)
        rows = np.flatnonzero(inside)
        first = np.unique(self.groups[rows], return_index=True)[1]
        return rows[first], np.flatnonzero(~inside)


def held_out(name: str, data: Path) -> Held:
    """Train once, and take the winner's answers to products it did not see."""
    catalog = read_set(name, data).labelled()
    training = train(catalog, settings=Settings())
    logits = training.choice.winner.logits[: len(catalog)]
    classes = [str(one) for one in training.model.classes_]
    labels = np.array([product.label for product in catalog.products])
    model = training.model
    calibrated = softmax(model.calibration.calibrated(logits, model.training.features.present))
    groups = near_duplicate_groups(catalog.products)
    return Held(labels, classes, calibrated, softmax(logits), groups)


def plain_threshold(answers: Answers, limit: float) -> float:
    """The loosest score whose error on these is no more than `limit`."""
    curve = CoverageCurve.of(answers.confidence, answers.correct)
    good = np.flatnonzero(curve.error <= limit)
    return float(curve.confidence[good[-1]]) if len(good) else 2.0


def check(held: Held, limit: float, splits: int) -> None:
    """Print how promise and plain threshold fare."""
    found: dict[str, list[tuple[float, float]]] = {"promise": [], "one cut-off": [], "plain": []}
    inside, sizes = [], []
    for seed in range(splits):
        rows, others = held.halves(seed)
        seen, fresh = held.answers(rows), held.answers(others)
        said = [fresh.names[c] for c in fresh.predicted]
        for name, own in (("promise", True), ("one cut-off", False)):
            made = promised(seen, Wanted(limit, by_category=own))
            taken = np.array([*map(made.accepts, said, fresh.confidence.tolist())], dtype=bool)
            found[name].append((taken.mean(), _error(fresh, taken)))
        least = plain_threshold(held.answers(rows, calibrated=False), limit)
        bare = held.answers(others, calibrated=False)
        taken = bare.confidence >= least
        found["plain"].append((taken.mean(), _error(bare, taken)))
        sets = [made.label_set(row, held.classes) for row in fresh.probs]
        inside.append(np.mean([a in b for a, b in zip(held.labels[others], sets, strict=True)]))
        sizes.append(np.mean([*map(len, sets)]))
    for name, pairs in found.items():
        coverage, errors = np.array(pairs).T
        print(
            f"| {limit:.0%} | {name} | {coverage.mean():.3f} | {np.nanmean(errors):.4f} "
            f"| {(errors > limit).sum()} of {splits} | {np.isnan(errors).sum()} |",
            flush=True,
        )
    print(f"sets for 90 %: {np.mean(inside):.3f} hold the right one, {np.mean(sizes):.2f} long")


def _error(answers: Answers, taken: NDArray[np.bool_]) -> float:
    return float((~answers.correct[taken]).mean()) if taken.any() else float("nan")


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--set", choices=SETS)
    parser.add_argument("--splits", type=int, default=100)
    arguments = parser.parse_args()
    for name in SETS:
        if arguments.set in (None, name):
            held = held_out(name, arguments.data)
            print(f"\n{name}: {len(held.labels)} products, {arguments.splits} random halves\n")
            print("| limit | by | coverage | error | exceeds | nothing accepted |")
            print("|---|---|---|---|---|---|")
            for limit in LIMITS[name]:
                check(held, limit, arguments.splits)


if __name__ == "__main__":
    main()
