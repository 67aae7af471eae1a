"""The near-duplicate finder: is it exact, how long does it take, and how much memory?

    python benchmarks/duplicates.py [--products 100000] [--photos 20000] [--million]

Drawn photos of 96 px with planted copies (smaller, and compressed anew) are looked at for real; for
the rest fingerprints are drawn, in clusters and with the skew of real ones. The pairs are held
against comparing each with each, block by block. Prints one row per size; `--million` adds the
pairing of a million, with the peak of memory.
"""

from __future__ import annotations

import argparse
import io
import resource
import time

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from glasscase.catalog.duplicates import find_near_duplicates
from glasscase.catalog.near_hashes import MOST_BITS, near_pairs
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product

Hashes = NDArray[np.uint64]
_COPIES = 50


def drawn(seed: int, px: int = 96) -> Image.Image:
    """A drawing of shapes."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (px, px), "white")
    draw = ImageDraw.Draw(image)
    for _ in range(7):
        x, y, w, h = rng.integers(0, px // 2, 4).tolist()
        draw.ellipse((x, y, x + w + 8, y + h + 8), fill=tuple(rng.integers(0, 255, 3).tolist()))
    return image


def stored(image: Image.Image, quality: int) -> bytes:
    """As a JPEG file."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def shop(photos: int) -> list[Product]:
    """Products with one photo each; of every fiftieth there is a smaller copy, further on."""
    products = [
        Product(str(i), photos=(Photo(f"{i}.jpg", data=stored(drawn(i), 85)),))
        for i in range(photos)
    ]
    for i in range(0, photos, _COPIES):
        copy = stored(drawn(i).resize((72, 72)), 60)
        products.append(Product(f"copy {i}", photos=(Photo(f"copy-{i}.jpg", data=copy),)))
    return products


def skewed(n: int, seed: int = 0) -> Hashes:
    """Hashes whose bits are not even, and 1 % of them near others."""
    rng = np.random.default_rng(seed)
    bits = rng.random((n, 64), dtype=np.float32) < rng.uniform(0.15, 0.85, 64).astype(np.float32)
    hashes = np.packbits(bits, axis=1).view(np.uint64).ravel()
    near = rng.choice(n, n // 100, replace=False)
    flips = np.zeros(len(near), np.uint64)
    for _ in range(4):
        flips ^= np.uint64(1) << rng.integers(0, 64, len(near), dtype=np.uint64)
    hashes[near] = hashes[rng.choice(n, len(near))] ^ flips
    return np.asarray(hashes, np.uint64)


def each_with_each(hashes: Hashes) -> set[tuple[int, int]]:
    """The slow way."""
    found: set[tuple[int, int]] = set()
    for at in range(0, len(hashes), 64):
        near = np.bitwise_count(hashes[at : at + 64, None] ^ hashes[None, :]) <= MOST_BITS
        rows, columns = np.nonzero(near)
        found |= {(at + int(a), int(b)) for a, b in zip(rows, columns, strict=True) if at + a < b}
    return found


def pairing(n: int, *, check: bool) -> None:
    """Time the pairing of drawn hashes, and see that none is missed."""
    hashes = skewed(n)
    started = time.perf_counter()
    parts = list(near_pairs(hashes))
    seconds = time.perf_counter() - started
    found = {(int(a), int(b)) for part in parts for a, b in part}
    exact = ""
    if check:
        begin = time.perf_counter()
        same = found == each_with_each(hashes)
        exact = f"{'equal to' if same else 'NOT EQUAL TO'} each with each, which took "
        exact += f"{time.perf_counter() - begin:.1f} s"
    figures = f"{len(found):,} pairs, {peak_mb():.0f} MB peak"
    print(f"| pairing {n:,} | {seconds:.1f} s | {figures} | {exact} |")


def looking(photos: int) -> None:
    """Time the whole finder on real files."""
    products = shop(photos)
    before = peak_mb()
    started = time.perf_counter()
    found = find_near_duplicates(products)
    seconds = time.perf_counter() - started
    wanted = {(i, photos + i // _COPIES) for i in range(0, photos, _COPIES)}
    pairs = {(pair.first, pair.second) for pair in found.pairs}
    print(
        f"| whole finder, {len(products):,} photos | {seconds:.1f} s "
        f"({1000 * seconds / len(products):.2f} ms each) | {len(wanted & pairs)} of {len(wanted)} "
        f"planted copies, {len(pairs - wanted)} other pairs, {peak_mb() - before:.0f} MB more | |"
    )


def peak_mb() -> float:
    """Largest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--photos", type=int, default=20_000)
    parser.add_argument("--million", action="store_true")
    asked = parser.parse_args()
    print("| what | time | found | exact |\n|---|---|---|---|")
    pairing(asked.products, check=True)
    looking(asked.photos)
    if asked.million:
        pairing(1_000_000, check=False)


if __name__ == "__main__":
    main()
