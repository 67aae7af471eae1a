"""Near-duplicates: products whose photos or words are all but the same."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glasscase.catalog.image_decoding import decode, resize
from glasscase.catalog.near_hashes import MOST_BITS, near_pairs
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.errors import BadPhoto
from glasscase.progress import Progress, silent
from glasscase.settings import PhotoSettings

MOST_DIFFERENCE = 0.07
"""Mean difference of two 16 x 16 RGB thumbnails that confirms it, as a share of the standard
deviation of the paler one. Copies in real catalogues reach 0.05, look-alikes begin at 0.09."""
LEAST_CONTRAST = 3.0
"""Photos whose thumbnail deviates less (0 to 255) are blank, and like every other blank one."""
LEAST_CHARACTERS = 12
"""Shorter texts ("Watch") say too little to make two products the same."""

_DECODED_PX = 64
_THUMBNAIL_PX = 16
_IN_MEMORY = 200_000
"""Thumbnails (768 bytes each) held in memory; of more photos they lie on disk."""
_UNDER_WAY = 1024
_CONFIRMED_AT_ONCE = 8192
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
    """What the groups rest on; equal texts and equal photos are paired with the first only."""

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
    colour and takes all white T-shirts for one. Candidates are all pairs of near hashes, found
    without comparing each with each (`near_hashes`), so nothing is missed among 100,000 products;
    of more than that the thumbnails lie in a temporary file (0.8 GB for a million).
    Two texts are the same where their letters and digits are. Photos that cannot be decoded and
    blank ones have no part in it.

    Not covered: cropped, mirrored or turned copies; translated or reworded texts.
    """
    pairs = [*_photo_pairs(_fingerprints(products, limits, progress)), *_text_pairs(products)]
    roots = list(range(len(products)))
    for pair in pairs:
        _unite(roots, pair.first, pair.second)
    firsts = [_root(roots, i) for i in range(len(products))]
    _, groups = np.unique(np.array(firsts, dtype=np.intp), return_inverse=True)
    return NearDuplicates(groups.astype(np.intp), tuple(pairs))


@dataclass(frozen=True)
class _Fingerprints:
    """Of every usable photo, m of them."""

    owners: NDArray[np.intp]
    """[m]: index of the product."""
    hashes: NDArray[np.uint64]
    """[m]"""
    thumbnails: NDArray[np.uint8]
    """[m, 768]; of very many on disk."""


def _fingerprints(
    products: Sequence[Product], limits: PhotoSettings, progress: Progress
) -> _Fingerprints:
    photos = [(i, photo) for i, product in enumerate(products) for photo in product.photos]
    owners, hashes = np.zeros(len(photos), np.intp), np.zeros(len(photos), np.uint64)
    thumbnails = _table(len(photos))
    filled = 0
    with ThreadPoolExecutor(max_workers=4) as pool:
        results = _looked_at(pool, [photo for _, photo in photos], limits)
        tracked = progress.track(results, total=len(photos), what="looking for near-duplicates")
        for (owner, _), result in zip(photos, tracked, strict=True):
            if result is not None:
                owners[filled] = owner
                hashes[filled], thumbnails[filled] = result
                filled += 1
    return _Fingerprints(owners[:filled], hashes[:filled], thumbnails[:filled])


def _table(rows: int) -> NDArray[np.uint8]:
    """[rows, 768], on disk where it would fill the memory; the file goes when the table does."""
    shape = (rows, 3 * _THUMBNAIL_PX**2)
    if rows <= _IN_MEMORY:
        return np.zeros(shape, np.uint8)
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, np.uint8, mode="w+", shape=shape)


def _looked_at(
    pool: Executor, photos: Sequence[Photo], limits: PhotoSettings
) -> Iterator[tuple[int, NDArray[np.uint8]] | None]:
    """The fingerprints in order, with few photos under way, however many there are."""
    for at in range(0, len(photos), _UNDER_WAY):
        yield from pool.map(lambda one: _fingerprint(one, limits), photos[at : at + _UNDER_WAY])


def _fingerprint(photo: Photo, limits: PhotoSettings) -> tuple[int, NDArray[np.uint8]] | None:
    import imagehash

    try:
        data = photo.read()
        image = decode(data, name=photo.name, limits=limits, at_least_px=_DECODED_PX)
    except BadPhoto:
        return None
    thumbnail = resize(image, _THUMBNAIL_PX)
    if float(thumbnail.mean(axis=2).std()) < LEAST_CONTRAST:
        return None
    bits = np.packbits(imagehash.phash(Image.fromarray(image)).hash.ravel())
    return int.from_bytes(bits.tobytes(), "big"), thumbnail.ravel()


def _photo_pairs(found: _Fingerprints) -> list[DuplicatePair]:
    """Photos that are equal to the last byte of the thumbnail are paired with the first of them
    only: a placeholder on 10,000 products would make 50 million pairs."""
    first = _first_equal(found)
    copies = np.flatnonzero(first != np.arange(len(first)))
    pairs = _pairs(found, np.stack([first[copies], copies], axis=1), np.zeros(len(copies)))
    rows = np.flatnonzero(first == np.arange(len(first)))
    for candidates in near_pairs(found.hashes[rows], most_bits=MOST_BITS):
        for at in range(0, len(candidates), _CONFIRMED_AT_ONCE):
            some = rows[candidates[at : at + _CONFIRMED_AT_ONCE]]
            difference = _difference(found.thumbnails, some)
            near = difference <= MOST_DIFFERENCE
            pairs += _pairs(found, some[near], difference[near])
    return sorted(pairs, key=lambda pair: (pair.first, pair.second, pair.difference))


def _first_equal(found: _Fingerprints) -> NDArray[np.intp]:
    """[m]: number of the first photo with the same hash and the same thumbnail."""
    n = len(found.hashes)
    mix = np.random.default_rng(0).integers(1, 2**63, found.thumbnails.shape[1], np.uint64)
    keys = found.hashes.copy()
    for at in range(0, n, _CONFIRMED_AT_ONCE):
        rows = slice(at, at + _CONFIRMED_AT_ONCE)
        keys[rows] ^= found.thumbnails[rows].astype(np.uint64) @ mix
    _, firsts, inverse = np.unique(keys, return_index=True, return_inverse=True)
    first = firsts[inverse].astype(np.intp)
    for row in np.flatnonzero(first != np.arange(n)).tolist():  # different photos, one key: rare
        if not np.array_equal(found.thumbnails[row], found.thumbnails[first[row]]):
            first[row] = row
    return np.asarray(first, np.intp)


def _difference(thumbnails: NDArray[np.uint8], pairs: NDArray[np.intp]) -> NDArray[np.float64]:
    """[k]: mean difference of each of `pairs` [k, 2], as a share of the contrast of the paler."""
    one, other = (thumbnails[pairs[:, side]].astype(np.int16) for side in (0, 1))
    contrast = np.minimum(one.std(axis=1), other.std(axis=1))
    return np.asarray(np.abs(one - other).mean(axis=1) / contrast)


def _pairs(
    found: _Fingerprints, photos: NDArray[np.intp], difference: NDArray[np.float64]
) -> list[DuplicatePair]:
    """Of `photos` [k, 2], the pairs of different products."""
    owners = np.sort(found.owners[photos], axis=1)
    kept = np.flatnonzero(owners[:, 0] != owners[:, 1])
    return [
        DuplicatePair(int(owners[k, 0]), int(owners[k, 1]), "photo", round(float(difference[k]), 3))
        for k in kept
    ]


def _text_pairs(products: Sequence[Product]) -> Iterator[DuplicatePair]:
    seen: dict[bytes, int] = {}
    for index, product in enumerate(products):
        words = " ".join(re.findall(r"\w+", product.text.casefold()))
        if len(words) < LEAST_CHARACTERS:
            continue
        first = seen.setdefault(blake2b(words.encode(), digest_size=16).digest(), index)
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
