"""How many batches of photos a second reach a training, and by whom.

    python benchmarks/loading.py --data ../shared/data [--products 400]

Every way prepares the same shuffled epoch of Flipkart photos (up to 384 px) at 224 px, in batches
of 64, with no training beside it. First without memory, then from memory, where the photos were
decoded in an epoch before. Then torch's DataLoader with torchvision doing the same: Pillow
decodes (with and without its JPEG draft), torchvision resizes and changes about as much as our
medium level. The ways take turns, and the best of `--turns` counts, for other work comes and goes.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from glasscase.augmentation.level import LEVELS
from glasscase.augmentation.photos import PhotoAugmentation
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.product import Product
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.models.photo_batches import PhotoBatches
from glasscase.settings import Settings

SIDE, BATCH = 224, 64
Epoch = Callable[[int], object]


class OneOfOurs:
    """One way of ours; remembers the bytes of epoch 1, which must not depend on the way."""

    digests: dict[str, str] = {}

    def __init__(self, products: list[Product], workers: str, level: str, gigabytes: float) -> None:
        settings = Settings.read(
            overrides=[f"loading.workers={workers}", f"loading.memory_gigabytes={gigabytes}"]
        )
        self.level = level
        order = np.random.default_rng(0).permutation(len(products))
        self.batches = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
        self.loader = PhotoBatches(
            products,
            side=SIDE,
            augmentation=None if level == "none" else PhotoAugmentation(level),
            settings=settings,
        )

    def prepared(self) -> None:
        """Start the workers and fill the memory; check the bytes."""
        digest = hashlib.sha256()
        for batch in self.loader.epoch(1, self.batches):
            digest.update(batch.photos.tobytes())
        known = self.digests.setdefault(self.level, digest.hexdigest())
        assert digest.hexdigest() == known, "the bytes depend on who prepared them"

    def __call__(self, number: int) -> None:
        """Go through one epoch."""
        for _ in self.loader.epoch(number, self.batches):
            pass


def torch_way(products: list[Product], workers: int, changed: str, *, draft: bool) -> Epoch:
    """The same with torch's DataLoader, whose workers are processes."""
    declare_torchvision_schemas()
    import torch
    from PIL import Image
    from torchvision import transforms as t

    steps: list[object] = [t.Resize((SIDE, SIDE), t.InterpolationMode.BICUBIC)]
    if changed == "medium":
        steps += [
            t.RandomAffine(
                8, (0.07, 0.07), (0.87, 1.28), interpolation=t.InterpolationMode.BILINEAR, fill=255
            ),
            t.ColorJitter(0.2, 0.2, 0.3),
            t.RandomGrayscale(0.05),
            t.RandomApply([t.GaussianBlur(3, (0.1, 1.3))], 0.15),
        ]
    change = t.Compose([*steps, t.PILToTensor()])

    class Photos(torch.utils.data.Dataset):
        def __len__(self) -> int:
            return len(products)

        def __getitem__(self, row: int) -> torch.Tensor:
            with Image.open(products[row].photos[0].path) as picture:
                if draft:
                    picture.draft("RGB", (SIDE, SIDE))
                return change(picture.convert("RGB"))

    loader = torch.utils.data.DataLoader(
        Photos(),
        BATCH,
        shuffle=True,
        num_workers=workers,
        persistent_workers=workers > 0,
    )

    def epoch(_: int) -> None:
        for batch in loader:
            batch.permute(0, 2, 3, 1).contiguous()

    return epoch


def measure(ways: dict[tuple[str, ...], Epoch], *, photos: int, turns: int) -> None:
    """Print a line for each way: its name, batches and photos a second."""
    best = dict.fromkeys(ways, float("inf"))
    for way in ways.values():
        way.prepared() if isinstance(way, OneOfOurs) else way(1)
    for turn in range(turns):
        for name, way in ways.items():
            started = time.perf_counter()
            way(2 + turn)
            best[name] = min(best[name], time.perf_counter() - started)
    for name, seconds in best.items():
        rate = photos / seconds
        print(f"| {' | '.join(name)} | {rate / BATCH:.1f} | {rate:.0f} |", flush=True)
    for way in ways.values():
        if isinstance(way, OneOfOurs):
            way.loader.close()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--products", type=int, default=400)
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    folder = arguments.data / "flipkart"
    catalog = Catalog.read(folder / "products.csv", photos=folder / "images")
    products = [product for product in catalog if product.photos][: arguments.products]
    print("| augmentation | photos come from | who prepares | batches/s | photos/s |")
    print("|---|---|---|---|---|")
    for level in ("none", *LEVELS):
        ways: dict[tuple[str, ...], Epoch] = {}
        for workers in ("none", "threads", "processes"):
            for source, gigabytes in (("files", 0.0), ("memory", 2.0)):
                one = OneOfOurs(products, workers, level, gigabytes)
                ways[level, source, f"ours, {workers}"] = one
        if level in ("none", "medium"):
            for workers in (0, 2):
                for draft in (False, True):
                    how = f"DataLoader, {workers} workers{', JPEG draft' if draft else ''}"
                    ways[level, "files", how] = torch_way(products, workers, level, draft=draft)
        measure(ways, photos=len(products), turns=arguments.turns)


if __name__ == "__main__":
    main()
