"""How far down the tree can answers be stated? Promised on a random half, checked on the other.

    python benchmarks/tree.py [--data ../shared/data] [--set flipkart-2] [--splits 100] [--keep DIR]

Flipkart at two and three levels of its own tree, and fashion_noisy filed under category, then
gender. The answers are the held-out ones of `glasscase train`, of one division; near-duplicates are
in one half. Prints which share of products gets its leaf or a category above it by the promise, the
error of each, and in how many halves it exceeds the limit; then figures along the tree of the plain
answers and of what the plain threshold `decision.accept_at` states. `--keep` stores the held-out
answers, so that a second run needs no training.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glasscase import Catalog, Settings, train
from glasscase.catalog.columns import Columns
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.hierarchy import Placed, hierarchy
from glasscase.evaluation.risk_control import Wanted, promised
from glasscase.evaluation.tree_control import promised_above, right_stops
from glasscase.models.confidence_curve import fit_curve
from glasscase.models.deciding import decisions
from glasscase.models.head import softmax
from glasscase.models.tree_probabilities import NOWHERE, ClassTree
from glasscase.settings import DecisionSettings

LIMITS = (0.05, 0.1)
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Held:
    """Held-out answers to a whole set."""

    labels: list[str]
    classes: list[str]
    probs: NDArray[np.float64]
    groups: Rows

    @property
    def tree(self) -> ClassTree:
        """Of the classes."""
        return ClassTree.of(self.classes)

    def answers(self, rows: Rows) -> Answers:
        """Some of them."""
        return Answers.pair([self.labels[row] for row in rows], self.probs[rows], self.classes)

    def paths(self, rows: Rows) -> list[tuple[str, ...]]:
        """True categories."""
        return [tuple(self.labels[row].split(" > ")) for row in rows]

    def halves(self, seed: int) -> tuple[Rows, Rows]:
        """One product of each group of a random half of the groups, and of each of the others."""
        names = np.unique(self.groups)
        chosen = np.random.default_rng(seed).permutation(names)[: len(names) // 2]
        inside = np.isin(self.groups, chosen)
        first = np.unique(self.groups, return_index=True)[1]
        kept = np.isin(np.arange(len(inside)), first)
        return np.flatnonzero(inside & kept), np.flatnonzero(~inside & kept)


def catalogue(name: str, data: Path) -> Catalog:
    """A set with its tree."""
    kind, _, level = name.partition("-")
    if kind == "flipkart":
        columns = Columns(text=("product_name", "description"), label="product_category_tree")
        place = data / "flipkart"
        return Catalog.read(
            place / "products.csv", photos=place / "images", columns=columns, level=int(level)
        )
    place = data / "fashion_noisy"
    columns = Columns(text=("noisyTextDescription",), label="category", brand="gender")
    read = Catalog.read(place / "products.csv", photos=place / "images", columns=columns)
    return Catalog(
        [
            replace(
                product,
                category=(*(product.category or ()), str(product.attributes["brand"])),
                attributes={},
            )
            for product in read.products
            if product.category and "brand" in product.attributes
        ]
    )


SETS = ("flipkart-2", "flipkart-3", "fashion")


def held_out(name: str, data: Path, keep: Path | None) -> Held:
    """Train once, and take the winner's answers to products it did not see."""
    stored = keep / f"{name}.npz" if keep else None
    if stored is None or not stored.is_file():
        catalog = catalogue(name, data).labelled()
        training = train(catalog, settings=Settings())
        found = {
            "logits": training.choice.winner.logits[: len(catalog)],
            "classes": training.model.classes_,
            "labels": np.array([product.label for product in catalog.products]),
            "groups": near_duplicate_groups(catalog.products),
        }
        if stored is None:
            return _held(found)
        stored.parent.mkdir(parents=True, exist_ok=True)
        np.savez(stored, **found)  # type: ignore[arg-type]
    return _held(dict(np.load(stored)))


def _held(found: dict[str, NDArray[np.generic]]) -> Held:
    logits, classes = np.asarray(found["logits"], np.float32), found["classes"]
    targets = np.searchsorted(classes, found["labels"]).astype(np.intp)
    probs = softmax(fit_curve(logits, targets).calibrated(logits))
    return Held(
        [*map(str, found["labels"])], [*map(str, classes)], probs, found["groups"].astype(np.intp)
    )


def check(held: Held, limit: float, splits: int) -> None:
    """Print how the promise on answers and the one on categories above them fare."""
    tree, shares, errors = held.tree, [], []
    for seed in range(splits):
        rows, others = held.halves(seed)
        seen, fresh, wanted = held.answers(rows), held.answers(others), Wanted(limit)
        made = promised(seen, wanted)
        above = promised_above(seen, made, tree, held.paths(rows), wanted)
        settings = DecisionSettings()
        decided = decisions(
            fresh.probs, tree, settings, promise=replace(made, above=above),
            concerns=[()] * len(fresh),
        )  # fmt: skip
        leaf = np.array([one.verdict == "accept" for one in decided])
        nodes = [tree.number.get(one.category, NOWHERE) for one in decided]
        right = right_stops(tree, np.array(nodes), held.paths(others))
        stated = ~leaf & (np.array(nodes) != NOWHERE)
        shares.append((leaf.mean(), stated.mean()))
        errors.append((_share(~fresh.correct[leaf]), _share(~right[stated])))
    for name, share, error in zip(("leaf", "above"), np.transpose(shares), np.transpose(errors),
                                  strict=True):  # fmt: skip
        none = int(np.isnan(error).sum())
        mean = "-" if none == splits else f"{np.nanmean(error):.4f}"
        over = int((error > limit).sum())
        print(
            f"| {limit:.0%} | {name} | {share.mean():.3f} | {mean} | {over} of {splits} | {none} |"
        )


def _share(wrong: NDArray[np.bool_]) -> float:
    return float(wrong.mean()) if len(wrong) else float("nan")


def figures(held: Held) -> None:
    """Print figures along the tree, and what the plain threshold states."""
    rows = np.unique(held.groups, return_index=True)[1]
    answers, paths, tree = held.answers(rows), held.paths(rows), held.tree
    decided = decisions(answers.probs, tree, DecisionSettings(), concerns=[()] * len(rows))
    found = hierarchy(
        Placed(
            paths,
            [tree.paths[c] for c in answers.predicted.tolist()],
            [one.category for one in decided],
            [one.verdict == "accept" for one in decided],
        )
    )
    print("\n| figure | value | 95 % |\n|---|---|---|")
    for name, one in found.metrics.items():
        print(f"| {name} | {one.value:.3f} | {one.low:.3f} to {one.high:.3f} |")
    for level in found.levels:
        print(f"| right down to level {level.level} | {level.accuracy.value:.3f} | "
              f"{level.accuracy.low:.3f} to {level.accuracy.high:.3f} |")  # fmt: skip
    print("\n| stated at 0.9 | share | right |\n|---|---|---|")
    for row in found.stops:
        print(f"| {row.what} | {row.share:.3f} | {row.right.value:.3f} |")


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--set", choices=SETS)
    parser.add_argument("--splits", type=int, default=100)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    for name in SETS:
        if arguments.set in (None, name):
            held = held_out(name, arguments.data, arguments.keep)
            groups = len(np.unique(held.groups))
            print(f"\n{name}: {len(held.labels)} products, {groups} independent, "
                  f"{len(held.classes)} classes\n", flush=True)  # fmt: skip
            print("| limit | stated | share | error | exceeds | never |\n|---|---|---|---|---|---|")
            for limit in LIMITS:
                check(held, limit, arguments.splits)
            figures(held)


if __name__ == "__main__":
    main()
