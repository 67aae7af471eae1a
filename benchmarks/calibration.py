"""How honest are the probabilities? One temperature beside the curve, by what a product has.

    python benchmarks/calibration.py --data ../shared/data [--set fashion_noisy] [--effort good]

The answers are the held-out ones of `glasscase train`, of one division, to what the products have
and to words or photo alone. Every fifth of them is calibrated by the other four, near-duplicates
together, over five draws. Prints calibration error (15 bins) and log loss, and checks that no
answer changes and that the error is at most 0.03. Then the whole way: a model trained on one half
is asked about the other, as it is and with photo or words withheld.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glasscase import Catalog, Settings, train
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.splits import train_test_split
from glasscase.evaluation.reliability import Reliability
from glasscase.models.confidence_curve import fit_curve, fit_temperature
from glasscase.models.head import softmax
from sets import SETS, read_set

LIMIT = 0.03
DRAWS, PARTS = 5, 5
Logits = NDArray[np.float32]
Rows = NDArray[np.intp]
Fit = Callable[[Logits, Rows], Callable[[Logits], Logits]]


def as_they_are(_logits: Logits, _targets: Rows) -> Callable[[Logits], Logits]:
    """No calibration."""
    return lambda given: given


def one_temperature(logits: Logits, targets: Rows) -> Callable[[Logits], Logits]:
    """Guo et al. 2017."""
    temperature = np.float32(fit_temperature(logits, targets))
    return lambda given: given / temperature


def curve(logits: Logits, targets: Rows) -> Callable[[Logits], Logits]:
    """What Glasscase does."""
    return fit_curve(logits, targets).calibrated


METHODS: dict[str, Fit] = {
    "as it is": as_they_are,
    "one temperature": one_temperature,
    "curve": curve,
}


def cross_fitted(fit: Fit, logits: Logits, targets: Rows, parts: Rows) -> Logits:
    """Every part calibrated by all others."""
    found = np.zeros_like(logits)
    for part in range(PARTS):
        rows, held = parts != part, parts == part
        found[held] = fit(logits[rows], targets[rows])(logits[held])
    return found


def figures(logits: Logits, targets: Rows) -> tuple[float, float]:
    """Calibration error and log loss."""
    probs = softmax(logits)
    right = probs.argmax(axis=1) == targets
    error = Reliability.equal_width(probs.max(axis=1), right).expected_error()
    losses = -np.log(np.maximum(probs[np.arange(len(targets)), targets], 1e-12))
    return error, float(losses.mean())


def check(what: str, logits: Logits, targets: Rows, groups: Rows) -> float:
    """Print a row for each method; the error of the curve."""
    error = float("nan")
    for name, fit in METHODS.items():
        found = []
        for draw in range(DRAWS):
            drawn = np.random.default_rng(draw).integers(0, PARTS, int(groups.max()) + 1)
            after = cross_fitted(fit, logits, targets, drawn[groups])
            assert (after.argmax(axis=1) == logits.argmax(axis=1)).all(), "an answer changed"
            found.append(figures(after, targets))
        error, loss = np.mean(found, axis=0).tolist()
        print(f"| {what} | {name} | {error:.4f} | {loss:.4f} |", flush=True)
    return error


def run(name: str, data: Path, effort: str) -> None:
    """Train on one set and print its rows."""
    catalog = read_set(name, data).labelled()
    training = train(catalog, settings=Settings.read(overrides=[f"train.effort={effort}"]))
    winner, n = training.choice.winner, len(catalog)
    targets = np.searchsorted(
        training.model.classes_, np.array([product.label for product in catalog.products])
    )
    groups = near_duplicate_groups(catalog.products)
    present = training.model.training.features.present
    print(f"\n{name}, effort {effort}: {winner.name}\n\n| has | calibrated by | ECE | log loss |")
    print("|---|---|---|---|")
    error = check("all it has", winner.logits[:n], targets, groups)
    for column, modality in enumerate(("text", "image")):
        if modality in winner.alone:
            rows = present[:, column]
            check(
                f"{modality} alone", winner.alone[modality][:n][rows], targets[rows], groups[rows]
            )
    whole_way(catalog, groups, effort)
    print(f"{'kept' if error <= LIMIT else 'MISSED'}: ECE {error:.4f}, at most {LIMIT} promised")


def whole_way(catalog: Catalog, groups: Rows, effort: str) -> None:
    """Train on a half, near-duplicates together, and print how honest it is about the other."""
    rows = train_test_split(catalog.labels(), groups, test_share=0.5, seed=0)
    halves = [Catalog([catalog.products[row] for row in half.tolist()]) for half in rows]
    settings = Settings.read(overrides=[f"train.effort={effort}"])
    model = train(halves[0], settings=settings).model
    known = [product for product in halves[1].products if product.label in set(model.classes_)]
    targets = np.searchsorted(model.classes_, np.array([product.label for product in known]))
    features = model.encode(known).features
    print("\n| asked about the other half | right | mean confidence | ECE |\n|---|---|---|---|")
    shown = {
        "with all it has": features,
        "text alone": features.without("image"),
        "photo alone": features.without("text"),
    }
    for what, given in shown.items():
        usable = model.usable(given)
        probs = model.probabilities(given)[usable]
        sure, right = probs.max(axis=1), probs.argmax(axis=1) == targets[usable]
        error = Reliability.equal_width(sure, right).expected_error()
        print(f"| {what} | {right.mean():.3f} | {sure.mean():.3f} | {error:.4f} |", flush=True)


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--set", choices=SETS, help="one set alone")
    parser.add_argument("--effort", default="good")
    asked = parser.parse_args()
    for name in [asked.set] if asked.set else SETS:
        run(name, asked.data, asked.effort)


if __name__ == "__main__":
    main()
