"""All pairs of 64-bit hashes that differ in few bits, without comparing each with each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Pairs = NDArray[np.intp]

MOST_BITS = 6
"""Perceptual hashes this close may show the same picture; eight bytes allow no more."""
_PARTS = 8
_PART_BITS = 8
_SMALL_BUCKET = 32
_AT_ONCE = 1 << 22


def near_pairs(hashes: Hashes, *, most_bits: int = MOST_BITS) -> Iterator[Pairs]:
    """Every pair of indices [m, 2], first below second, whose hashes differ in up to `most_bits`.

    Six different bits spoil at most six of eight bytes, so two hashes that near agree in at least
    two bytes (pigeonhole; multi-index hashing, Norouzi et al. 2012): they are compared only with
    those they share a pair of bytes with, for each of the 28 pairs. A pair that shares more is
    given once. Exact; work grows little faster than the number of hashes as long as these are
    spread, memory is bounded.

    `most_bits`: 0 to 6.
    """
    table = np.asarray(hashes, np.uint64)
    for parts in combinations(range(_PARTS), 2):
        keys = _key(table, parts)
        order = np.argsort(keys, kind="stable").astype(np.intp)
        for found in _within_buckets(order, keys[order], table, most_bits):
            mine = _first_shared(table[found[:, 0]] ^ table[found[:, 1]], parts)
            if mine.any():
                yield np.sort(found[mine], axis=1)


def _key(hashes: Hashes, parts: tuple[int, ...]) -> NDArray[np.uint32]:
    key = np.zeros(len(hashes), np.uint32)
    for part in parts:
        byte = (hashes >> np.uint64(_PART_BITS * part)) & np.uint64((1 << _PART_BITS) - 1)
        key = (key << np.uint32(_PART_BITS)) | byte.astype(np.uint32)
    return key


def _first_shared(difference: Hashes, parts: tuple[int, ...]) -> NDArray[np.bool_]:
    """[m]: whether `parts` are the first two bytes in which there is no difference."""
    mine = np.ones(len(difference), dtype=bool)
    for part in range(parts[1]):
        if part not in parts:
            mine &= _key(difference, (part,)) != 0
    return mine


def _within_buckets(
    order: NDArray[np.intp], keys: NDArray[np.uint32], hashes: Hashes, most_bits: int
) -> Iterator[Pairs]:
    """Near pairs of those that have equal `keys`, which lie side by side in `order`."""
    starts = (
        np.flatnonzero(np.append(True, keys[1:] != keys[:-1])) if len(keys) else np.zeros(0, int)
    )
    sizes = np.diff(np.append(starts, len(keys)))
    large = sizes > _SMALL_BUCKET
    yield from _neighbours(order, starts[~large], sizes[~large], hashes, most_bits)
    for start, size in zip(starts[large].tolist(), sizes[large].tolist(), strict=True):
        yield from _crowd(order[start : start + size], hashes, most_bits)


def _neighbours(
    order: NDArray[np.intp],
    starts: NDArray[np.intp],
    sizes: NDArray[np.intp],
    hashes: Hashes,
    most_bits: int,
) -> Iterator[Pairs]:
    """Of many small buckets at once: each with the next one, with the one after that, and so on."""
    places = _ranges(starts, sizes)
    left = np.repeat(starts + sizes, sizes) - places  # members from here to the end
    for step in range(1, _SMALL_BUCKET):
        keep = left > step
        places, left = places[keep], left[keep]
        if not len(places):
            return
        one, other = order[places], order[places + step]
        near = np.bitwise_count(hashes[one] ^ hashes[other]) <= most_bits
        if near.any():
            yield np.stack([one[near], other[near]], axis=1)


def _ranges(starts: NDArray[np.intp], sizes: NDArray[np.intp]) -> NDArray[np.intp]:
    """start, start + 1, ... of every bucket, one after the other."""
    before = np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.asarray(np.repeat(starts, sizes) + np.arange(int(sizes.sum())) - before, np.intp)


def _crowd(bucket: NDArray[np.intp], hashes: Hashes, most_bits: int) -> Iterator[Pairs]:
    """Of one large bucket: some rows at a time against all that follow."""
    own = hashes[bucket]
    rows = max(1, _AT_ONCE // len(bucket))
    for start in range(0, len(bucket), rows):
        part = own[start : start + rows]
        near = np.bitwise_count(part[:, None] ^ own[None, start:]) <= most_bits
        one, other = np.nonzero(np.triu(near, k=1))
        if len(one):
            yield np.stack([bucket[start + one], bucket[start + other]], axis=1)
