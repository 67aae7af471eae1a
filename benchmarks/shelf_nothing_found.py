"""How often does the interval hold the truth where a detector found nothing on a photo?

    python benchmarks/shelf_nothing_found.py [--photos 2000]

A photo has 0 to 60 products, all numbers equally often; the detector's recall differs from photo to
photo and from product to product, and was measured on 60 other photos of 20 products. Printed are
the upper end of the interval on photos where it found nothing, how often the truth lay below or at
it, and the number that 97.5 % of those photos do not exceed.
"""

from __future__ import annotations

import argparse

import numpy as np

from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detector import MeasuredDetector
from glasscase.shelf.reckoning.doubt import Doubt
from glasscase.shelf.reckoning.figures import shelf_figures

RECALLS = ((0.9, 0.1), (0.7, 0.1), (0.5, 0.2), (0.3, 0.2))
"""Mean, and correlation of two boxes of one photo."""
MOST, PRODUCT_SPREAD = 60, 15.0


def main() -> None:
    """Print one line for each detector."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=2000, help="On which nothing was found.")
    photos = parser.parse_args().photos
    rng = np.random.default_rng(0)
    print("| recall | interval | holds the truth | 97.5 % have at most |\n|---|---|---|---|")
    for mean, rho in RECALLS:
        detector = _measured(mean, rho, rng)
        told = shelf_figures(Boxes.none(), (), (480, 640), doubt=Doubt(detector)).products
        truth = _missed(mean, rho, photos, rng)
        share, most = np.mean(truth <= told.high), np.percentile(truth, 97.5)
        print(f"| {mean} | 0 to {told.high:.0f} | {share:.1%} | {most:.0f} |")


def _recall(mean: float, rho: float, rng: np.random.Generator) -> float:
    spread = (1 - rho) / rho
    return float(np.clip(rng.beta(mean * spread, (1 - mean) * spread), 1e-3, 1 - 1e-3))


def _measured(mean: float, rho: float, rng: np.random.Generator) -> MeasuredDetector:
    right = [int(rng.binomial(20, _recall(mean, rho, rng))) for _ in range(60)]
    counts = tuple((one, one, 20) for one in right)
    return MeasuredDetector(sum(right), sum(right), 20 * 60, "60 photos", 0.0, counts)


def _missed(mean: float, rho: float, photos: int, rng: np.random.Generator) -> np.ndarray:
    """[photos]: how many products stood on photos where nothing was found."""
    found: list[int] = []
    while len(found) < photos:
        true, recall = int(rng.integers(0, MOST + 1)), _recall(mean, rho, rng)
        seen = rng.beta(recall * PRODUCT_SPREAD, (1 - recall) * PRODUCT_SPREAD)
        if rng.binomial(true, seen) == 0:
            found.append(true)
    return np.array(found)


if __name__ == "__main__":
    main()
