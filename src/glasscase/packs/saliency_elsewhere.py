"""How unlike a place is to what there is elsewhere on the picture: is there one like it?

An odd pack has no like; every part of the others, their edges and corners too, has one in most
parts of a shelf. After R. Rosenholtz, "A simple saliency model predicts a number of motion popout
phenomena", Vision Research 39 (1999), 3157-3163 (salient is what lies outside of the distribution
of features around it) and S. Goferman, L. Zelnik-Manor and A. Tal, "Context-aware saliency
detection", CVPR 2010 (a place is salient when even the places most like it are unlike it). There
the patches most like it are asked wherever they are; here the most alike one of each part of the
picture, so that parts count and not their area.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLOCKS = 8
"""Blocks along the longer side; a part is two blocks wide and high, and parts overlap by half."""
CELLS = 4
"""Places compared along each side of a block."""
ENOUGH = 0.3
"""A place is usual when this share of the parts away from it have one like it."""
_BESIDE = 1
"""Parts nearer than this many blocks are not away: an odd pack is like itself."""


def grid_of(size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of the places compared on a picture of `size`: whole blocks.

    >>> grid_of((120, 160))
    (24, 32)
    """
    rows, columns = (CELLS * max(1, round(BLOCKS * side / max(size))) for side in size)
    return rows, columns


def unlike_elsewhere(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far each place is from the likes of it away from it: float32 [rows, columns].

    For each place and each part of the picture that lies away from it, the Euclidean distance to
    the most alike place of that part; of these the one at `ENOUGH` of the parts, nearest first.

    Args:
        features: float32 [rows, columns, k] at the places of `grid_of`.
    """
    rows, columns, count = features.shape
    blocks = rows // CELLS, columns // CELLS
    asked = features.reshape(-1, count)
    asked = asked - asked.mean(axis=0)
    squares: NDArray[np.float32] = (asked**2).sum(axis=1)
    nearest = _nearest_by_block(asked, squares, blocks)
    for axis in (1, 2):
        nearest = _pairs(nearest, axis)
    by_part = nearest.reshape(len(asked), -1)
    beside = _beside(blocks)
    block_of = (
        (np.arange(rows) // CELLS)[:, None] * blocks[1] + np.arange(columns) // CELLS
    ).ravel()
    by_part[beside[block_of]] = np.inf
    by_part.sort(axis=1)
    which = np.ceil(ENOUGH * (~beside).sum(axis=1)).astype(int) - 1
    found = by_part[np.arange(len(asked)), which[block_of]] + squares
    distance: NDArray[np.float32] = np.sqrt(np.maximum(found, 0)).reshape(rows, columns)
    return distance


def _nearest_by_block(
    asked: NDArray[np.float32], squares: NDArray[np.float32], blocks: tuple[int, int]
) -> NDArray[np.float32]:
    """Least squared distance less the asked one's own square: [places, rows, columns of blocks]."""
    known = np.concatenate([-2 * asked, squares[:, None]], axis=1)
    by_block = known.reshape(blocks[0], CELLS, blocks[1], CELLS, -1).transpose(1, 3, 4, 0, 2)
    cells = np.ascontiguousarray(by_block.reshape(CELLS**2, known.shape[1], -1))
    with_one = np.concatenate([asked, np.ones((len(asked), 1), np.float32)], axis=1)
    least: NDArray[np.float32] = with_one @ cells[0]
    for cell in cells[1:]:  # twice as fast as one array of all distances
        np.minimum(least, with_one @ cell, out=least)
    return least.reshape(len(asked), *blocks)


def _pairs(values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """The lower of each two neighbours along `axis`; as it is where there is one alone."""
    length = values.shape[axis]
    if length == 1:
        return values
    before, after = np.arange(length - 1), np.arange(1, length)
    lower: NDArray[np.float32] = np.minimum(values.take(before, axis), values.take(after, axis))
    return lower


def _beside(blocks: tuple[int, int]) -> NDArray[np.bool_]:
    """bool [blocks, parts]: which parts are not away from a block."""
    near = []
    for count in blocks:
        wide = min(2, count)
        block = np.arange(count)[:, None]
        first = np.arange(count - wide + 1)[None, :]
        near.append((first - block <= _BESIDE) & (block - (first + wide - 1) <= _BESIDE))
    down, across = near
    both: NDArray[np.bool_] = down[:, None, :, None] & across[None, :, None, :]
    return both.reshape(blocks[0] * blocks[1], -1)
