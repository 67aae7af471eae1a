"""Near-duplicates: products whose photos or words are all but the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glasscase.catalog.image_decoding import decode, resize
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.errors import BadPhoto
from glasscase.progress import Progress, silent
from glasscase.settings import PhotoSettings

MOST_BITS = 6
"""Perceptual hashes of 64 bits this close may show the same picture."""
MOST_DIFFERENCE = 0.07
"""Mean difference of two 16 x 16 RGB thumbnails that confirms it, as a share of the standard
deviation of the paler one. Copies in real catalogues reach 0.05, look-alikes begin at 0.09."""
LEAST_CONTRAST = 3.0
"""Photos whose thumbnail deviates less (0 to 255) are blank, and like every other blank one."""
LEAST_CHARACTERS = 12
"""Shorter texts ("Watch") say too little to make two products the same."""

_DECODED_PX = 64
_THUMBNAIL_PX = 16
_DEFAULT_LIMITS = PhotoSettings()


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two products taken for the same, and why."""

    first: int
    second: int
    """Indices among the products, `first` below `second`."""
    by: Literal["photo", "text"]
    difference: float
    """Of the thumbnails, as a share of their contrast; 0 for texts."""


@dataclass(frozen=True)
class NearDuplicates:
    """Groups of products taken for the same."""

    groups: NDArray[np.intp]
    """[n]: number of each product's group, counted from 0 in the order of first members."""
    pairs: tuple[DuplicatePair, ...]
    """What the groups rest on; equal texts are paired with the first of them only."""

    @property
    def sizes(self) -> NDArray[np.intp]:
        """Products in each group."""
        return np.bincount(self.groups)


def near_duplicate_groups(
    products: Sequence[Product],
    *,
    limits: PhotoSettings = _DEFAULT_LIMITS,
    progress: Progress = silent,
) -> NDArray[np.intp]:
    """Group number [n] of every product; see `find_near_duplicates`."""
    return find_near_duplicates(products, limits=limits, progress=progress).groups


def find_near_duplicates(
    products: Sequence[Product],
    *,
    limits: PhotoSettings = _DEFAULT_LIMITS,
    progress: Progress = silent,
) -> NearDuplicates:
    """Find products that share a photo (perceptual hash, then colour) or all their words.

    Two photos are the same where the 64-bit DCT hashes (`imagehash.phash`) differ in at most
    `MOST_BITS` bits and the thumbnails in at most `MOST_DIFFERENCE`: the hash alone is blind to
    colour and takes all white T-shirts for one. Candidates come from hashes that agree in one of
    `MOST_BITS + 1` parts (pigeonhole), so the work does not grow with the square of the products.
    Two texts are the same where their letters and digits are. Photos that cannot be decoded and
    blank ones have no part in it.

    Not covered: cropped, mirrored or turned copies; translated or reworded texts.
    """
    owners, hashes, thumbnails = _fingerprints(products, limits, progress)
    pairs = [*_photo_pairs(owners, hashes, thumbnails), *_text_pairs(products)]
    roots = list(range(len(products)))
    for pair in pairs:
        _unite(roots, pair.first, pair.second)
    firsts = [_root(roots, i) for i in range(len(products))]
    _, groups = np.unique(np.array(firsts, dtype=np.intp), return_inverse=True)
    return NearDuplicates(groups.astype(np.intp), tuple(pairs))


def _fingerprints(
    products: Sequence[Product], limits: PhotoSettings, progress: Progress
) -> tuple[NDArray[np.intp], NDArray[np.uint64], NDArray[np.int16]]:
    """Owner [m], hash [m] and thumbnail [m, 768] of every usable photo."""
    photos = [(i, photo) for i, product in enumerate(products) for photo in product.photos]
    owners: list[int] = []
    hashes: list[int] = []
    thumbnails: list[NDArray[np.int16]] = []
    with ThreadPoolExecutor(max_workers=4) as pool:
        results: Iterable[tuple[int, NDArray[np.int16]] | None]
        results = pool.map(lambda entry: _fingerprint(entry[1], limits), photos)
        tracked = progress.track(results, total=len(photos), what="looking for near-duplicates")
        for (owner, _), result in zip(photos, tracked, strict=True):
            if result is not None:
                owners.append(owner)
                hashes.append(result[0])
                thumbnails.append(result[1])
    table = np.array(thumbnails, dtype=np.int16).reshape(len(owners), 3 * _THUMBNAIL_PX**2)
    return np.array(owners, dtype=np.intp), np.array(hashes, dtype=np.uint64), table


def _fingerprint(photo: Photo, limits: PhotoSettings) -> tuple[int, NDArray[np.int16]] | None:
    import imagehash

    try:
        data = photo.read()
        image = decode(data, name=photo.name, limits=limits, at_least_px=_DECODED_PX)
    except BadPhoto:
        return None
    thumbnail = resize(image, _THUMBNAIL_PX).astype(np.int16)
    if float(thumbnail.mean(axis=2).std()) < LEAST_CONTRAST:
        return None
    bits = np.packbits(imagehash.phash(Image.fromarray(image)).hash.ravel())
    return int.from_bytes(bits.tobytes(), "big"), thumbnail.ravel()


def _photo_pairs(
    owners: NDArray[np.intp], hashes: NDArray[np.uint64], thumbnails: NDArray[np.int16]
) -> Iterator[DuplicatePair]:
    for one, other in sorted(set(_candidates(hashes))):
        first, second = sorted((int(owners[one]), int(owners[other])))
        contrast = min(float(thumbnails[one].std()), float(thumbnails[other].std()))
        difference = float(np.abs(thumbnails[one] - thumbnails[other]).mean()) / contrast
        if first != second and difference <= MOST_DIFFERENCE:
            yield DuplicatePair(first, second, "photo", round(difference, 3))


def _candidates(hashes: NDArray[np.uint64]) -> Iterator[tuple[int, int]]:
    """Pairs of indices whose hashes differ in at most `MOST_BITS` bits."""
    parts = MOST_BITS + 1
    edges = np.linspace(0, 64, parts + 1).astype(int)
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        mask = np.uint64((1 << int(high - low)) - 1)
        keys = (hashes >> np.uint64(low)) & mask
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.diff(keys[order])) + 1
        for bucket in np.split(order, starts):
            yield from _close(bucket, hashes)


def _close(bucket: NDArray[np.intp], hashes: NDArray[np.uint64]) -> Iterator[tuple[int, int]]:
    for at in range(len(bucket) - 1):
        rest = bucket[at + 1 :]
        near = rest[np.bitwise_count(hashes[rest] ^ hashes[bucket[at]]) <= MOST_BITS]
        one = int(bucket[at])
        yield from ((min(one, int(other)), max(one, int(other))) for other in near)


def _text_pairs(products: Sequence[Product]) -> Iterator[DuplicatePair]:
    seen: dict[str, int] = {}
    for index, product in enumerate(products):
        words = " ".join(re.findall(r"\w+", product.text.casefold()))
        if len(words) < LEAST_CHARACTERS:
            continue
        first = seen.setdefault(words, index)
        if first != index:
            yield DuplicatePair(first, index, "text", 0.0)


def _root(roots: list[int], index: int) -> int:
    while roots[index] != index:
        roots[index] = roots[roots[index]]
        index = roots[index]
    return index


def _unite(roots: list[int], one: int, other: int) -> None:
    low, high = sorted((_root(roots, one), _root(roots, other)))
    roots[high] = low
