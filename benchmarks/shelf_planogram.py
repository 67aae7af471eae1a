"""How often do intervals of planogram compliance hold the truth?

    python benchmarks/shelf_planogram.py [--shelves 250]

24 facings are planned, a share of them stands as planned, and a detector sees each with a recall
that differs from photo to photo; it was measured on 60 other photos. Printed are how often the
interval of "facings in their row" holds the true share, and its mean width.
"""

from __future__ import annotations

import argparse

import numpy as np

from glasscase.shelf.detector import MeasuredDetector
from glasscase.shelf.reckoning.box_draws import box_draws
from glasscase.shelf.reckoning.compliance import compliance
from glasscase.shelf.reckoning.doubt import Doubt
from glasscase.shelf.reckoning.planogram import Planogram

PLANNED, RHO = 24, 0.05
NAMES = tuple(f"product {place}" for place in range(PLANNED))


def main() -> None:
    """Print one line for each recall and true share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shelves", type=int, default=250, help="Of each kind.")
    shelves = parser.parse_args().shelves
    rng = np.random.default_rng(0)
    print("| recall | as planned | holds the truth | mean width |\n|---|---|---|---|")
    for mean in (0.85, 0.6):
        detector = _measured(mean, rng)
        for share in (0.02, 0.1, 0.3, 0.7, 0.95):
            held, wide = zip(*[_shelf(mean, share, detector, rng) for _ in range(shelves)],
                             strict=True)  # fmt: skip
            print(f"| {mean} | {share} | {np.mean(held):.1%} | {np.mean(wide):.2f} |")


def _recall(mean: float, rng: np.random.Generator) -> float:
    spread = (1 - RHO) / RHO
    return float(rng.beta(mean * spread, (1 - mean) * spread))


def _measured(mean: float, rng: np.random.Generator) -> MeasuredDetector:
    right = [int(rng.binomial(20, _recall(mean, rng))) for _ in range(60)]
    counts = tuple((one, one, 20) for one in right)
    return MeasuredDetector(sum(right), sum(right), 20 * 60, "60 photos", 0.0, counts)


def _shelf(
    mean: float, share: float, detector: MeasuredDetector, rng: np.random.Generator
) -> tuple[bool, float]:
    """Whether the interval of one shelf holds its true share, and how wide it is."""
    there = rng.random(PLANNED) < share
    seen = there & (rng.random(PLANNED) < _recall(mean, rng))
    names = tuple(name for name, found in zip(NAMES, seen, strict=True) if found)
    draws = box_draws(names, Doubt(detector), seed=int(rng.integers(2**31)))
    told = compliance([list(names)], Planogram.of([NAMES]), draws).facings
    return bool(told.low - 1e-9 <= there.mean() <= told.high + 1e-9), told.high - told.low


if __name__ == "__main__":
    main()
