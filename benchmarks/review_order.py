"""How many labels must a reviewer give until the model is as good: by chance, by doubt, by order?

    python benchmarks/review_order.py --data ../shared/data [--set flipkart] [--seeds 5]

A model (late fusion, effort quick, on frozen vectors) begins with a few products of each category,
drawn by chance. A simulated reviewer, who is always right, labels products of a pool in the order
of each strategy; after every 40 the model is trained anew and the pool is put in order again.
Accuracy is that on a third of the shop (near-duplicates together) that nobody labels. Prints the
curves, their mean, and after how many labels each strategy reaches what chance reaches at the end.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from glasscase import Settings
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.models.calibration import fit_calibration
from glasscase.models.features import Features
from glasscase.models.head import softmax
from glasscase.models.heads import make_head
from glasscase.models.late import LateHead
from glasscase.models.nearness import dense_blocks, unit
from glasscase.models.product_encoder import ProductEncoder
from glasscase.review.teaching import Pile, Weights, teaching_order
from sets import SETS, read_set

STEP, ROUNDS, MOST = 40, 7, 3000
FIRST = {"flipkart": 4, "fashion_noisy": 3}
Pick = Callable[[np.ndarray, np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def margin(probs: np.ndarray) -> np.ndarray:
    top = np.sort(probs, axis=1)
    return 1 - (top[:, -1] - top[:, -2])


def ordered(diversity: float) -> Pick:
    def pick(probs, vectors, reviewed, rng):
        pile = Pile(margin(probs), vectors)
        return teaching_order(pile, reviewed=reviewed, weights=Weights(diversity, 0.0)).rows

    return pick


def farthest(power: float, *, alike: bool = False) -> Pick:
    """The farthest-first traversal (k-centre), by chance or weighted by doubt."""

    def pick(probs, vectors, reviewed, rng):
        worth = np.ones(len(probs)) if alike else 0.02 + margin(probs)
        near, rows = (vectors @ reviewed.T).max(axis=1), []
        for _ in range(STEP):
            score = worth * np.clip(1 - near, 0, 1) ** power
            score[rows] = -1
            rows.append(int(score.argmax()))
            near = np.maximum(near, vectors @ vectors[rows[-1]])
        return np.array(rows)

    return pick


STRATEGIES: dict[str, Pick] = {
    "random": lambda probs, vectors, reviewed, rng: rng.permutation(len(probs)),
    "margin alone": lambda probs, vectors, reviewed, rng: np.argsort(-margin(probs)),
    "entropy alone": lambda probs, vectors, reviewed, rng: np.argsort(
        (probs * np.log(np.maximum(probs, 1e-12))).sum(axis=1)
    ),
    "farthest first": farthest(1.0, alike=True),
    "margin x distance": farthest(1.0),
    "margin x distance^0.5": farthest(0.5),
    "teaching order": ordered(1.0),
    "teaching order, diversity 0.5": ordered(0.5),
    "teaching order, diversity 2": ordered(2.0),
}


def learnt(features: Features, targets: np.ndarray, n_classes: int, seed: int) -> Callable:
    head = make_head("late", effort="quick", blocks=tuple(features.blocks))
    assert isinstance(head, LateHead)
    opinions = head.opinions(features, targets, n_classes, seed=seed)
    head.fit_pools(opinions, features.present, targets, n_classes)
    head.fit_bases(features, targets, n_classes, seed=seed)
    held_out = head.held_out(opinions, features.present)
    curve = fit_calibration(held_out, features.present, targets, head.usable(features))
    return lambda asked: softmax(curve.calibrated(head.logits(asked), asked.present))


def measure(name: str, data: Path, seeds: int) -> None:
    catalog = read_set(name, data).labelled()
    rows = np.random.default_rng(0).permutation(len(catalog))[:MOST]
    products = [catalog.products[row] for row in np.sort(rows)]
    settings = Settings.read(overrides=["train.effort=quick"])
    encoder = ProductEncoder.fit(products, settings)
    features = encoder.encode(products).features.pooled()
    classes, targets = np.unique([one.label or "" for one in products], return_inverse=True)
    groups = near_duplicate_groups(products)
    dense = dense_blocks(features)
    vectors = unit(np.hstack([unit(features.blocks[block]) for block in dense]))
    curves: dict[str, list[list[float]]] = {strategy: [] for strategy in STRATEGIES}
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        held = rng.permutation(int(groups.max()) + 1)[groups] % 3 == 0
        mixed = rng.permutation(np.flatnonzero(~held))
        first = [mixed[targets[mixed] == c][: FIRST[name]] for c in range(len(classes))]
        for strategy, pick in STRATEGIES.items():
            labelled = np.concatenate(first)
            curve = []
            for turn in range(ROUNDS + 1):
                answer = learnt(features.take(labelled), targets[labelled], len(classes), seed)
                right = answer(features.take(held)).argmax(axis=1) == targets[held]
                curve.append(float(right.mean()))
                if turn == ROUNDS:
                    break
                pool = np.setdiff1d(mixed, labelled)
                probs = answer(features.take(pool))
                chosen = pick(probs, vectors[pool], vectors[labelled], rng)[:STEP]
                labelled = np.concatenate([labelled, pool[chosen]])
            curves[strategy].append(curve)
    show(name, len(products), sum(map(len, first)), curves)


def show(name: str, n: int, first: int, curves: dict[str, list[list[float]]]) -> None:
    print(f"{name}: {n} products, begun with {first}, {len(curves['random'])} seeds", flush=True)
    goal = np.mean(curves["random"], axis=0)[-1]
    for strategy, found in curves.items():
        mean = np.mean(found, axis=0)
        needed = [reached(curve, goal) for curve in found]
        gain = np.mean(found, axis=1) - np.mean(curves["random"], axis=1)
        said = " ".join(f"{100 * value:.1f}" for value in mean)
        print(
            f"{name} | {strategy} | {said} | mean gain over random {100 * gain.mean():+.2f} points "
            f"({100 * gain.min():+.2f} to {100 * gain.max():+.2f}) | labels to {100 * goal:.1f} %: "
            f"{reached(mean.tolist(), goal):.0f} (seeds {min(needed):.0f} to {max(needed):.0f})",
            flush=True,
        )


def reached(curve: list[float], goal: float) -> float:
    """After how many labels `goal` is reached, on a straight line between rounds; inf: never."""
    for turn, value in enumerate(curve):
        if value >= goal - 1e-12:
            if turn == 0:
                return 0.0
            before = curve[turn - 1]
            return STEP * (turn - 1 + (goal - before) / max(value - before, 1e-12))
    return float("inf")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", choices=[*SETS], action="append")
    parser.add_argument("--seeds", type=int, default=5)
    told = parser.parse_args()
    for name in told.set or SETS:
        measure(name, told.data, told.seeds)


if __name__ == "__main__":
    main()
