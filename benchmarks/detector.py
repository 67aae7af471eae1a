"""Average precision of the embedded product detector on real photos, before and after learning.

    python benchmarks/detector.py [fridge|grocery_boxes ...] [--photos 200] [--no-training]
    python benchmarks/detector.py --development DETECTOR.onnx

Reads ../shared/data. Of each set the boxes count, not their classes. Rows of the table, all on the
same half of the photos (split by a seed, no photo in both halves):

- centre box: one box of 60 % of each side in the middle of every photo;
- edges: boxes round what stands out by its edges, at several thresholds (no learning);
- embedded: as it comes, learnt on drawn scenes only; at its own score, where the other rows take
  the score that is best on the photos judged;
- tuned: the same after `glasscase detector train --boxes` on the other half.

And `all photos` says what the embedded one reaches on both halves together. Of grocery_boxes a
fixed sample of 200 photos is taken unless told otherwise. Last, how many products the embedded one
sees on photos that show none, at the score it comes with.

With `--development` a detector is judged on the photos that may be looked at while one is made: the
halves learnt from, 100 photos of grocery_boxes in neither half, and pictures without products that
come with matplotlib, scikit-image and scikit-learn.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from glasscase.catalog.image_decoding import decode
from glasscase.jobs.train_detector import DetectorPlan, train_detector
from glasscase.shelf.average_precision import (
    LOOK_FROM,
    average_precision,
    best_score,
    measured,
)
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.embedded_detector import embedded_detector
from glasscase.shelf.files.box_files import BoxedPhoto, lesson_of, read_box_folder
from glasscase.shelf.pyramid.pyramid_detector import PyramidDetector
from glasscase.shelf.suppression import suppressed

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDERS = {"fridge": "fridge", "grocery_boxes": "grocery_boxes"}

PICTURES = (
    ("sklearn", "datasets/images", ("china.jpg", "flower.jpg")),
    ("matplotlib", "mpl-data/sample_data", ("grace_hopper.jpg",)),
    ("skimage", "data", (
        "astronaut.png", "brick.png", "camera.png", "chelsea.png", "grass.png", "gravel.png",
        "rocket.jpg", "motorcycle_left.png", "page.png", "text.png", "chessboard_GRAY.png",
        "retina.jpg", "hubble_deep_field.jpg",
    )),
)  # fmt: skip


def photos_of(name: str, most: int) -> list[BoxedPhoto]:
    photos = list(read_box_folder(DATA / FOLDERS[name]).photos)
    random.Random("sample").shuffle(photos)
    return photos[:most]


def centre_box(image: np.ndarray) -> Boxes:
    high, wide = image.shape[:2]
    corners = np.array([[wide * 0.2, high * 0.2, wide * 0.8, high * 0.8]], np.float32)
    return Boxes(corners, np.ones(1, np.float32))


def edge_boxes(image: np.ndarray) -> Boxes:
    """Boxes round connected places of strong edges; the fuller and the larger, the surer."""
    grey = ndimage.gaussian_filter(image.astype(np.float32).mean(axis=2), 1.0)
    edges = np.hypot(ndimage.sobel(grey, 0), ndimage.sobel(grey, 1))
    side = min(image.shape[:2])
    corners, scores = [], []
    for spread in (side / 60, side / 25):
        dense = ndimage.gaussian_filter(edges, spread)
        for share in (0.5, 0.65, 0.8, 0.9):
            marks, _ = ndimage.label(dense > np.quantile(dense, share))
            for number, (rows, columns) in enumerate(ndimage.find_objects(marks), start=1):
                high, wide = rows.stop - rows.start, columns.stop - columns.start
                if min(high, wide) < side / 20:
                    continue
                full = float((marks[rows, columns] == number).mean())
                large = float(np.sqrt(high * wide / image[..., 0].size))
                corners.append([columns.start, rows.start, columns.stop, rows.stop])
                scores.append(full * large**0.5)
    if not corners:
        return Boxes.none()
    return suppressed(Boxes(np.array(corners, np.float32), np.array(scores, np.float32)), 0.5)


def row(name: str, found: list[Boxes], true: list[Boxes], at: float | None = None) -> None:
    area = average_precision(found, true)
    score = best_score(found, true) if at is None else at
    counts = measured(found, true, score=score, on="")
    print(
        f"{name:22} {area.photos:6} {area.true:8} {area.ap50:7.3f} {area.ap:7.3f} "
        f"{counts.precision:9.2f} {counts.recall:7.2f} {score:7.2f}",
        flush=True,
    )


def judge(name: str, *, most: int, training: bool) -> None:
    photos = photos_of(name, most)
    lessons = [lesson_of(photo)[0] for photo in photos]
    half = len(photos) // 2
    true = [lesson.boxes for lesson in lessons]
    print(f"\n{name}\n{'':22} photos products    AP50      AP precision  recall   score")
    for label, find in (
        ("centre box", centre_box),
        ("edges", edge_boxes),
        ("embedded", embedded_detector(score=LOOK_FROM).detect),
    ):
        started = time.perf_counter()
        found = [find(lesson.image) for lesson in lessons]
        took = (time.perf_counter() - started) / len(lessons)
        row(label, found[half:], true[half:])
        if label == "embedded":
            own = embedded_detector().card.measured
            row("embedded, own score", found[half:], true[half:], own.score if own else None)
            row("embedded, all photos", found, true)
            print(f"{'':22} {took * 1000:.0f} ms a photo")
    if training:
        tune(photos[:half], lessons[half:])


def without_products(folder: Path) -> None:
    """How many boxes the embedded detector finds, at its own score, on photos without products."""
    detector = embedded_detector()
    counts = []
    for path in sorted(folder.glob("*.jpg")):
        counts.append(len(detector.detect(decode(path.read_bytes(), name=path.name))))
    print(f"\non {len(counts)} photos without products it sees: {', '.join(map(str, counts))}")


def develop(path: Path) -> None:
    """Average precision, and false boxes at several scores, on the photos to develop with."""
    detector = PyramidDetector.open(path, score=LOOK_FROM)
    fridge, grocery = photos_of("fridge", 200), photos_of("grocery_boxes", 300)
    for name, photos in (
        ("fridge", fridge[: len(fridge) // 2]),
        ("grocery_boxes", grocery[:100]),
        ("100 more of it", grocery[200:]),
    ):
        lessons = [lesson_of(photo)[0] for photo in photos]
        found = [detector.detect(lesson.image) for lesson in lessons]
        row(name, found, [lesson.boxes for lesson in lessons])
    boxes = [detector.detect(image) for image in package_pictures()]
    for score in (0.4, 0.435, 0.471, 0.5, 0.6):
        false = np.mean([(one.scores >= score).sum() for one in boxes])
        print(f"{false:5.2f} false boxes a picture from {score} on, {len(boxes)} pictures")


def package_pictures() -> list[np.ndarray]:
    """Pictures without products, at most 900 px long."""
    found = []
    for package, folder, names in PICTURES:
        place = importlib.util.find_spec(package)
        for name in names if place and place.origin else ():
            with Image.open(Path(place.origin).parent / folder / name) as opened:
                picture = opened.convert("RGB")
            picture.thumbnail((900, 900))
            found.append(np.array(picture))
    return found


def tune(learnt: list[BoxedPhoto], held_out: list) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "boxes"
        folder.mkdir()
        for photo in learnt:
            lesson = lesson_of(photo)[0]
            (folder / photo.path.name).symlink_to(photo.path)
            lines = ["\t".join(f"{x:g}" for x in box) for box in lesson.boxes.corners]
            (folder / f"{photo.path.stem}.bboxes.tsv").write_text("\n".join(lines))
        started = time.perf_counter()
        trained = train_detector(DetectorPlan(boxes=folder), Path(place) / "tuned.onnx")
        took = time.perf_counter() - started
        detector = PyramidDetector.open(trained.path, score=LOOK_FROM)
        found = [detector.detect(lesson.image) for lesson in held_out]
        row("tuned on the other half", found, [lesson.boxes for lesson in held_out])
        print(f"{'':22} {took:.0f} s, {trained.learnt_from} lessons. {trained.sentence}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=sorted(FOLDERS))
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--no-training", action="store_true")
    parser.add_argument("--development", type=Path, metavar="DETECTOR")
    given = parser.parse_args()
    if given.development:
        develop(given.development)
        return
    for name in given.sets or sorted(FOLDERS):
        judge(name, most=given.photos, training=not given.no_training)
    without_products(DATA / "fridge" / "negative")


if __name__ == "__main__":
    main()
