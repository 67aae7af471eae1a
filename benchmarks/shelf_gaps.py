"""How well are gaps found, on drawn shelves and on 160 photos of shop shelves?

    python benchmarks/shelf_gaps.py [--data ../shared/data/shelf_gaps] [--detector embedded]
        [--own DETECTOR.onnx] [--half report] [--skip-drawn]

Drawn shelves: gaps from the spacing of the true boxes, and of a simulated detector's (precision
0.92, recall 0.82, other on each photo), without and with what the photo shows there. Facings that
are missing side by side are one gap.

Photos (`shelf_gaps`, YOLO boxes of the class "empty facing"): constants were chosen looking at one
half only (`--half develop`); printed are figures of the other. Rows: `random`, boxes of usual sizes
anywhere; `plain`, places that are plainer, greyer and darker than what is beside them, by windows
over the photo alone; `spacing`, gaps between boxes of the product detector, and `spacing + photo`.
With `--own`, a detector that learnt from boxes around gaps
(`glasscase detector train --boxes ...`). Every photo has a gap, so an AUC of photos with gaps
against photos without does not exist; instead, the rank correlation of the sum of scores with the
number of gaps.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import sobel
from scipy.stats import spearmanr

from glasscase.shelf.average_precision import average_precision, best_score, measured
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.drawn.scenes import shelf_scene
from glasscase.shelf.reckoning.gap_photo import seen_gaps
from glasscase.shelf.reckoning.gaps import Gap, find_gaps
from glasscase.shelf.reckoning.rows import find_rows
from glasscase.shelf.suppression import suppressed
from shelf_figures import RECALL, Simulated

SCENES = 100
SIDE = 320  # of the shrunk photo that windows look at
WIDTHS, HEIGHTS = (8, 11, 15, 20, 28, 40, 56, 80), (14, 20, 27, 36, 50)
MOST = 40


def as_boxes(gaps: list[Gap]) -> Boxes:
    corners = np.array([gap.box for gap in gaps], np.float32).reshape(-1, 4)
    return Boxes(corners, np.array([gap.score for gap in gaps], np.float32))


def line(title: str, found: list[Boxes], true: list[Boxes]) -> None:
    ap50 = average_precision(found, true).ap50
    score = best_score(found, true)
    kept = measured(found, true, score=score, on="")
    sums = [float(each.scores.sum()) for each in found]
    rank = (
        float(spearmanr(sums, [len(each) for each in true]).statistic) if len(set(sums)) > 1 else 0
    )
    print(
        f"  {title:38} {ap50:6.3f} {kept.precision:10.3f} {kept.recall:7.3f} {score:6.2f} "
        f"{rank:6.2f}"
    )


def head(title: str) -> None:
    print(f"{title}\n  {'':38} {'AP50':>6} {'precision':>10} {'recall':>7} {'from':>6} {'rank':>6}")


def merged(gaps: np.ndarray) -> Boxes:
    """Gaps side by side on one board as one."""
    left = [list(map(float, gap)) for gap in sorted(gaps.tolist())]
    done: list[list[float]] = []
    for gap in left:
        for other in done:
            wide = min(gap[2] - gap[0], other[2] - other[0])
            if abs(gap[0] - other[2]) < 0.35 * wide and abs(gap[3] - other[3]) < 0.2 * wide:
                other[:] = [
                    min(gap[0], other[0]), min(gap[1], other[1]),
                    max(gap[2], other[2]), max(gap[3], other[3]),
                ]  # fmt: skip
                break
        else:
            done.append(gap)
    return Boxes.drawn(done)


def drawn_shelves() -> None:
    ways: dict[str, list[Boxes]] = {
        name: [] for name in ("true boxes", "simulated detector", "simulated detector + photo")
    }
    truth, number = [], 0
    detector = Simulated("moody")
    while len(truth) < SCENES:
        number += 1
        scene = shelf_scene(number, seed=78, kind="shelf")
        if not len(scene.gaps):
            continue
        truth.append(merged(scene.gaps))
        size = (scene.image.shape[0], scene.image.shape[1])
        exact = find_gaps(scene.boxes, scene.product, find_rows(scene.boxes, size), width=size[1])
        found, names, _ = detector.read(scene, number)
        recall = np.full(1, RECALL)
        gaps = find_gaps(found, names, find_rows(found, size), width=size[1], recall=recall)
        ways["true boxes"].append(as_boxes(exact))
        ways["simulated detector"].append(as_boxes(gaps))
        ways["simulated detector + photo"].append(as_boxes(seen_gaps(gaps, scene.image, found)))
    head(f"{SCENES} drawn shelves with {sum(map(len, truth))} gaps")
    for title, each in ways.items():
        line(title, each, truth)


def half_of(data: Path, half: str) -> list[Path]:
    photos = sorted((data / "images").iterdir(), key=lambda photo: photo.stem)
    random.Random(0).shuffle(photos)
    middle = len(photos) // 2
    return photos[:middle] if half == "develop" else photos[middle:]


def true_boxes(photo: Path, size: tuple[int, int]) -> Boxes:
    found = []
    for text in (photo.parents[1] / "labels" / f"{photo.stem}.txt").read_text().splitlines():
        x, y, wide, high = (float(each) for each in text.split()[1:5])
        found.append([x - wide / 2, y - high / 2, x + wide / 2, y + high / 2])
    return Boxes.drawn(np.array(found).reshape(-1, 4) * [size[1], size[0], size[1], size[0]])


def random_boxes(photo: Path, size: tuple[int, int]) -> Boxes:
    dice = np.random.default_rng(len(photo.stem) + sum(map(ord, photo.stem)))
    sides = np.exp(dice.normal([3.45, 4.0], [0.45, 0.3], (MOST, 2))) * size[0] / 640
    corner = dice.random((MOST, 2)) * (np.array(size[::-1]) - sides)
    boxes = np.hstack([corner, corner + sides]).astype(np.float32)
    return Boxes(boxes, dice.random(MOST).astype(np.float32))


def plain_windows(image: np.ndarray) -> Boxes:
    """Windows that differ most from what is beside them, each place once."""
    small = np.asarray(Image.fromarray(image).resize((SIDE, SIDE)), float) / 255
    light, colour = small @ [0.299, 0.587, 0.114], small.max(axis=2) - small.min(axis=2)
    texture = np.hypot(sobel(light, 0), sobel(light, 1)) / 4
    layers = (light, light * light, colour, texture)
    sums = [np.pad(each.cumsum(0).cumsum(1), ((1, 0), (1, 0))) for each in layers]

    def mean(layer: int, *edges: np.ndarray) -> np.ndarray:
        left, top, right, bottom = (np.clip(edge, 0, SIDE) for edge in edges)
        table, area = sums[layer], np.maximum((right - left) * (bottom - top), 1)
        whole = table[bottom, right] - table[top, right] - table[bottom, left] + table[top, left]
        return whole / area

    corners, scores = [], []
    for wide in WIDTHS:
        for high in HEIGHTS:
            if not 0.2 <= wide / high <= 3:
                continue
            across = np.arange(0, SIDE - wide + 1, max(2, wide // 5))
            down = np.arange(0, SIDE - high + 1, max(2, high // 7))
            x, y = (each.ravel() for each in np.meshgrid(across, down))
            inside = (x + 1, y + 1, x + wide - 1, y + high - 1)
            aside = max(5, wide // 2)
            sides = ((x - aside, y, x, y + high), (x + wide, y, x + wide + aside, y + high))
            below = (x, y + high, x + wide, y + high + max(4, high // 6))
            dark, grey = mean(0, *inside), mean(2, *inside)
            spread = np.sqrt(np.maximum(mean(1, *inside) - dark**2, 0))
            lights = [mean(0, *side) for side in sides]
            rough = np.minimum(*(np.log(mean(3, *side) + 0.01) for side in sides))
            scores.append(
                2 * (np.minimum(*lights) - dark) + np.mean(lights, axis=0) - dark
                + 0.5 * (rough - np.log(mean(3, *inside) + 0.01))
                + np.mean([mean(2, *side) for side in sides], axis=0) - grey
                + 2 * (mean(0, *below) - dark) - 3 * spread - 2 * dark - grey
            )  # fmt: skip
            corners.append(np.stack([x, y, x + wide, y + high], axis=1))
    score, place = np.concatenate(scores), np.concatenate(corners)
    first = np.argsort(-score)[:1500]
    scale = np.array([image.shape[1], image.shape[0]] * 2) / SIDE
    found = Boxes((place[first] * scale).astype(np.float32), score[first].astype(np.float32))
    kept = suppressed(found, 0.3).pick(slice(0, MOST))
    return Boxes(kept.corners, 1 / (1 + np.exp(-kept.scores)))


def photos(data: Path, asked: argparse.Namespace) -> None:
    chosen = half_of(data, asked.half)
    images = [np.asarray(Image.open(photo).convert("RGB")) for photo in chosen]
    sizes = [image.shape[:2] for image in images]
    truth = [true_boxes(photo, size) for photo, size in zip(chosen, sizes, strict=True)]
    head(f"{len(chosen)} photos with {sum(map(len, truth))} gaps ({asked.half})")
    line("random", [random_boxes(p, s) for p, s in zip(chosen, sizes, strict=True)], truth)
    line("plain places (photo alone)", [plain_windows(image) for image in images], truth)
    if asked.detector:
        by_spacing(asked.detector, images, truth)
    if asked.own:
        from glasscase.shelf.detectors import open_detector

        own = open_detector(asked.own)
        line("detector that learnt gaps", [own.detect(image) for image in images], truth)


def by_spacing(name: str, images: list[np.ndarray], truth: list[Boxes]) -> None:
    from glasscase.shelf.detectors import open_detector

    detector = open_detector(name)
    measured_as = detector.card.measured
    recall = np.full(1, measured_as.recall if measured_as else 0.7)
    spaced, looked = [], []
    for image in images:
        found = detector.detect(image)
        rows = find_rows(found, (image.shape[0], image.shape[1]))
        names = ["product"] * len(found)
        gaps = find_gaps(found, names, rows, width=image.shape[1], recall=recall)
        spaced.append(as_boxes(gaps))
        looked.append(as_boxes(seen_gaps(gaps, image, found)))
    line(f"spacing ({name} detector)", spaced, truth)
    line("spacing + photo", looked, truth)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data/shelf_gaps"))
    parser.add_argument("--detector", default="embedded", help="of products; empty: none")
    parser.add_argument("--own", default="", help="a detector of gaps")
    parser.add_argument("--half", choices=("develop", "report"), default="report")
    parser.add_argument("--skip-drawn", action="store_true", help="photos only")
    asked = parser.parse_args()
    if not asked.skip_drawn:
        drawn_shelves()
    if asked.data.is_dir():
        photos(asked.data, asked)


if __name__ == "__main__":
    main()
