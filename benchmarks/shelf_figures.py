"""Are figures of a shelf exact with exact boxes, and do their intervals hold the truth?

    python benchmarks/shelf_figures.py [--detector simulated|embedded|NAME] [--scenes 200]

Drawn shelves with known truth (`glasscase.shelf.drawn.scenes`). First, facings and rows from the
true boxes must be the truth on every scene. Then a detector reads the scenes: one that errs as we
tell it to (simulated), or a real one. It is measured on 100 other scenes, and its boxes give the
share of shelf of four brands, with intervals. Printed is how often an interval holds the true
share (by facings, width and area), and how wide intervals are on average, beside Wilson's
interval of the share, which knows nothing of the detector.

Simulated detectors: `steady` errs by pure chance; `moody` has its own precision and recall on each
photo (beta, correlation 0.1); `partial` also misses some products and not others (beta around the
photo's, as for a dark bottle). Half of the false boxes are taken for a product of the shelf.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from glasscase.intervals import wilson_interval
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detector import MeasuredDetector
from glasscase.shelf.drawn.scenes import Scene, shelf_scene
from glasscase.shelf.overlaps import overlaps
from glasscase.shelf.reckoning.doubt import Doubt
from glasscase.shelf.reckoning.figures import ShelfQuestions, shelf_figures
from glasscase.shelf.usable_boxes import UNKNOWN

MEASURING_SCENES = 100
BRANDS = 4
PRECISION, RECALL, RHO = 0.92, 0.82, 0.1
KINDS = ("by_facings", "linear", "area")


def brand_of(product: str) -> str:
    return f"brand {int(product.rsplit('-', 1)[1]) % BRANDS}"


def named(found: Boxes, scene: Scene) -> tuple[list[str], int]:
    """The name of each box from the true box it overlaps by half, and how many have one; each true
    box is used once. Another box takes the name of what it overlaps most, or is unknown."""
    if not len(found) or not len(scene.boxes):
        return [UNKNOWN] * len(found), 0
    overlap = overlaps(np.asarray(found.corners), np.asarray(scene.boxes.corners))
    names, right, free = [], 0, np.ones(len(scene.boxes), bool)
    for row in overlap:
        best = int(np.argmax(np.where(free, row, -1)))
        if row[best] >= 0.5 and free[best]:
            free[best] = False
            right += 1
            names.append(scene.product[best])
        else:
            near = int(np.argmax(row))
            names.append(scene.product[near] if row[near] >= 0.3 else UNKNOWN)
    return names, right


class Simulated:
    """A detector that errs as it is told to."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def read(self, scene: Scene, number: int) -> tuple[Boxes, list[str], int]:
        """Boxes, the names of their products, and how many are right."""
        dice = np.random.default_rng([number, 77])
        precision, recall = PRECISION, RECALL
        if self.kind != "steady":
            precision, recall = (self.near(mean, RHO, dice) for mean in (PRECISION, RECALL))
        by_product = dict.fromkeys(sorted(set(scene.product)), recall)
        if self.kind == "partial":
            by_product = {name: self.near(recall, 0.08, dice) for name in by_product}
        true = np.asarray(scene.boxes.corners)
        kept = np.array([dice.random() < by_product[name] for name in scene.product], bool)
        sides = np.tile(true[:, 2:] - true[:, :2], 2)
        found = (true + 0.03 * sides * dice.normal(size=true.shape))[kept]
        names = [name for name, keep in zip(scene.product, kept, strict=True) if keep]
        false = dice.negative_binomial(max(len(found), 1), min(max(precision, 0.05), 0.999))
        size = np.array(scene.image.shape[1::-1], float)
        for _ in range(int(false)):
            like = sides[dice.integers(len(sides)), :2] if len(sides) else size / 8
            corner = dice.random(2) * (size - like)
            found = np.vstack([found, [*corner, *(corner + like)]])
            made_up = dice.random() < 0.5 and len(scene.product)
            names.append(str(dice.choice(scene.product)) if made_up else UNKNOWN)
        boxes = Boxes(found.astype(np.float32), np.full(len(found), 0.9, np.float32))
        return boxes, names, int(kept.sum())

    @staticmethod
    def near(mean: float, rho: float, dice: np.random.Generator) -> float:
        """A rate that differs from photo to photo."""
        spread = (1 - rho) / rho
        return float(dice.beta(mean * spread, (1 - mean) * spread))


class Real:
    """A detector of the project, or any that can be opened by name."""

    def __init__(self, name: str) -> None:
        if name == "embedded":
            from glasscase.shelf.embedded_detector import embedded_detector

            self.detector = embedded_detector()
        else:
            from glasscase.shelf.detectors import open_detector

            self.detector = open_detector(name)

    def read(self, scene: Scene, _: int) -> tuple[Boxes, list[str], int]:
        """Boxes, the names of their products, and how many are right."""
        found = self.detector.detect(scene.image)
        measured = self.detector.card.measured
        if measured is not None:
            found = found.pick(found.scores >= measured.score)
        names, right = named(found, scene)
        return found, names, right


@dataclass
class Kept:
    """How often intervals held the truth."""

    held: Counter = field(default_factory=Counter)
    tried: Counter = field(default_factory=Counter)
    width: Counter = field(default_factory=Counter)

    def add(self, kind: str, low: float, high: float, truth: float) -> None:
        """One interval; one without ends is left out."""
        if np.isfinite(low):
            self.tried[kind] += 1
            self.held[kind] += low - 1e-9 <= truth <= high + 1e-9
            self.width[kind] += high - low

    def line(self, kind: str) -> str:
        """How often, how wide, and of how many."""
        tries = max(self.tried[kind], 1)
        share, width = self.held[kind] / tries, self.width[kind] / tries
        return f"{share:8.1%} {width:10.3f} {self.tried[kind]:7d}"


def exact(scenes: list[Scene]) -> None:
    """Facings by product and row from the true boxes against the truth."""
    right_rows = right_facings = 0
    for scene in scenes:
        size = (scene.image.shape[0], scene.image.shape[1])
        figures = shelf_figures(scene.boxes, scene.product, size, doubt=Doubt.none())
        rows = np.unique(scene.row, return_inverse=True)[1]
        right_rows += np.array_equal(rows, figures.rows.of)
        truth = Counter(zip(scene.product, rows.tolist(), strict=True))
        told = {
            (each.name, row): count
            for each in figures.facings
            for row, count in enumerate(each.by_row)
            if count
        }
        right_facings += told == dict(truth)
    count = len(scenes)
    print(f"exact boxes: rows right on {right_rows} of {count}, facings on {right_facings}\n")


def measured_on_others(
    detector: Simulated | Real,
) -> tuple[MeasuredDetector, MeasuredDetector]:
    """What is known of the detector: photo by photo, and in total."""
    photos = []
    for number in range(MEASURING_SCENES):
        scene = shelf_scene(number, seed=4_242, kind="shelf")
        found, _, right = detector.read(scene, number)
        photos.append((right, len(found), len(scene.boxes)))
    right, found, true = np.sum(photos, axis=0).tolist()
    totals = MeasuredDetector(right, found, true, "100 drawn shelves", 0.0)
    return MeasuredDetector(right, found, true, totals.on, 0.0, tuple(photos)), totals


def covered(detector: Simulated | Real, title: str, scenes: list[Scene], first: int) -> None:
    """Intervals against the truth."""
    start = time.perf_counter()
    measured, totals = measured_on_others(detector)
    print(f"{title}: precision {measured.precision:.3f}, recall {measured.recall:.3f}")
    print(f"  {'interval of':34} {'holds':>8} {'mean width':>10} {'tried':>7}")
    kept = {"photo by photo": Kept(), "totals only": Kept(), "never measured": Kept()}
    doubts = dict(zip(kept, (Doubt(measured), Doubt(totals), Doubt()), strict=True))
    naive, own = Kept(), Kept()
    for number, scene in enumerate(scenes):
        size = (scene.image.shape[0], scene.image.shape[1])
        found, names, _ = detector.read(scene, first + number)
        brands = {name: brand_of(name) for name in [*scene.product, *names] if name != UNKNOWN}
        asked = ShelfQuestions(brands=brands, listing=sorted(set(scene.product)))
        figures = shelf_figures(scene.boxes, scene.product, size, doubt=Doubt.none(), asked=asked)
        truth = {share.name: share for share in figures.brands}
        for way, doubt in doubts.items():
            told = shelf_figures(found, names, size, doubt=doubt, asked=asked)
            kept[way].add(
                "number of products", told.products.low, told.products.high, len(scene.boxes)
            )
            for share in told.brands:
                if share.name not in truth:  # unknown, or a brand that is not there
                    continue
                for kind in KINDS:
                    got, so = getattr(share, kind), getattr(truth[share.name], kind).value
                    kept[way].add(kind, got.low, got.high, so)
                if way == "photo by photo":
                    so = truth[share.name].by_facings.value
                    plain = wilson_interval(share.by_facings.value, len(found))
                    naive.add("plain", plain.low, plain.high, so)
                    if share.name == figures.brands[0].name:  # the largest brand: one a scene
                        got = share.by_facings
                        own.add("own", got.low, got.high, so)
    print(f"  {'one share a scene: largest brand':34} {own.line('own')}")
    for way, each in kept.items():
        for kind in (*KINDS, "number of products"):
            print(f"  {way + ', ' + kind:34} {each.line(kind)}")
    print(f"  {'Wilson, facings':34} {naive.line('plain')}")
    print(f"  {time.perf_counter() - start:.0f} s\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--detector", default="simulated")
    parser.add_argument("--scenes", type=int, default=200)
    asked = parser.parse_args()
    scenes = [shelf_scene(number, seed=31, kind="shelf") for number in range(asked.scenes)]
    exact(scenes)
    if asked.detector == "simulated":
        for kind in ("steady", "moody", "partial"):
            covered(Simulated(kind), kind, scenes, 1_000)
    else:
        covered(Real(asked.detector), asked.detector, scenes, 1_000)


if __name__ == "__main__":
    main()
