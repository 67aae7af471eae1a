"""Do heat maps point at the product? Their energy inside the box, beside the box's area.

Trains on the labels of `grocery_boxes` (25 kinds of groceries in shops), photos alone, in two
halves; each half is explained by the model trained on the other, for its true kind. The boxes are
never shown to a model. A map that knows nothing would have as much energy inside as the box has
area; a map of the centre is printed too, because shop photos are centred on their product.

    python benchmarks/heat_maps.py --data ../shared/data [--head late]
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from glasscase import explain
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.models.classifier import ProductClassifier

FINE = 224
Box = tuple[float, float, float, float]


def read_products(folder: Path) -> list[tuple[Product, np.ndarray]]:
    """Each photo with its kind, and where its boxes lie: [224, 224] of 0 and 1."""
    images = {path.stem: path for path in folder.rglob("*") if path.suffix in {".png", ".jpg"}}
    found = []
    for path in sorted(folder.rglob("*.xml")):
        text = path.read_text(encoding="utf-8")
        width, height = (float(number(text, tag)) for tag in ("width", "height"))
        kind = re.search(r"<name>(.*?)</name>", text)
        boxes = [
            tuple(float(number(box, tag)) for tag in ("xmin", "ymin", "xmax", "ymax"))
            for box in re.findall(r"<bndbox>(.*?)</bndbox>", text, re.DOTALL)
        ]
        if kind is None or path.stem not in images or not boxes:
            continue
        photo = Photo(images[path.stem].name, images[path.stem])
        product = Product(path.stem, photos=(photo,), category=(kind.group(1).lower(),))
        found.append((product, inside(boxes, width, height)))
    return found


def number(text: str, tag: str) -> str:
    match = re.search(rf"<{tag}>([\d.]+)</{tag}>", text)
    return match.group(1) if match else "0"


def inside(boxes: Iterable[Box], width: float, height: float) -> np.ndarray:
    area = np.zeros((FINE, FINE), bool)
    for left, top, right, bottom in boxes:
        rows = slice(round(top / height * FINE), round(bottom / height * FINE))
        area[rows, round(left / width * FINE) : round(right / width * FINE)] = True
    return area


def energy_inside(values: np.ndarray, area: np.ndarray) -> float:
    """Share of the map's energy inside `area`; each place of the map is a flat tile."""
    rows, columns = values.shape
    tiles = area.reshape(rows, FINE // rows, columns, FINE // columns).mean(axis=(1, 3))
    return float((values * tiles).sum() / values.sum()) if values.sum() > 0 else float(area.mean())


def interval(values: np.ndarray) -> str:
    """Mean with a bootstrap interval over photos."""
    random = np.random.default_rng(0)
    rows = random.integers(0, len(values), (2000, len(values)))
    low, high = np.percentile(values[rows].mean(axis=1), [2.5, 97.5])
    return f"{values.mean():.3f} ({low:.3f} to {high:.3f})"


def main() -> None:
    """Two halves, each explained by the model of the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--head", default="late")
    asked = parser.parse_args()
    photos = read_products(asked.data / "grocery_boxes")
    half = np.random.default_rng(0).permutation(len(photos)) % 2
    grid = np.abs(np.linspace(-1, 1, 7))
    centre = np.exp(-(grid[:, None] ** 2 + grid[None, :] ** 2) / 0.5)
    found, right, peaks = [], [], []
    for fold in (0, 1):
        model = ProductClassifier(asked.head).fit(
            [photo[0] for photo, side in zip(photos, half, strict=True) if side != fold]
        )
        for (product, area), side in zip(photos, half, strict=True):
            if side != fold or product.label not in model.classes_:
                continue
            told = explain(model, product, label=product.label)
            values = told.heat_maps[0].values
            right.append(told.predicted == product.label)
            peaks.append(told.heat_maps[0].peak)
            found.append((energy_inside(values, area), area.mean(), energy_inside(centre, area)))
    ours, chance, middle = np.array(found).T
    print(f"{len(ours)} held-out photos, accuracy {np.mean(right):.3f}, head {asked.head}")
    print(f"energy inside the box   {interval(ours)}")
    print(f"area of the box         {interval(chance)}")
    print(f"energy of a centred map {interval(middle)}")
    print(f"more than the area by   {interval(ours - chance)}")
    print(f"more than centred by    {interval(ours - middle)}")
    known = np.array(right)
    print(f"where the answer is right {interval(ours[known])}, area {interval(chance[known])}")
    print(f"peaks: quartiles {np.percentile(peaks, [25, 50, 75]).round(4).tolist()} logits")


if __name__ == "__main__":
    main()
