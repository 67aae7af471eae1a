"""The vectors of many products, in named blocks, with what is present of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Block = Any
"""float32 [n, dim]: an array, or `scipy.sparse.csr_matrix` for counts."""
MODALITIES = ("text", "image")
MODALITY_OF = {
    "words": "text",
    "characters": "text",
    "sentence": "text",
    "image": "image",
    "photo_words": "image",
}
"""Which modality each block speaks for: `words`, `characters` and `photo_words` are sparse counts;
the last are of the words read off the photos."""
BLOCKS = tuple(MODALITY_OF)


@dataclass(frozen=True)
class Features:
    """Blocks `[n, dim]` by name (`words` sparse, `sentence`, `image` dense) and `present`.

    >>> two = Features({"image": np.ones((2, 3), np.float32)}, np.array([[0, 1], [0, 0]], bool))
    >>> len(two), two.has("image").tolist(), two.dims
    (2, [True, False], {'image': 3})
    """

    blocks: Mapping[str, Block]
    present: NDArray[np.bool_]
    """[n, 2]: columns as `MODALITIES`. Where False the rows of that modality's blocks are zero."""

    def __len__(self) -> int:
        return int(self.present.shape[0])

    @property
    def dims(self) -> dict[str, int]:
        """Width of each block."""
        return {name: int(block.shape[1]) for name, block in self.blocks.items()}

    def has(self, modality: str) -> NDArray[np.bool_]:
        """[n]: which products have something of `modality`."""
        return self.present[:, MODALITIES.index(modality)]

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Features:
        """The features of some rows (indices, a mask or a slice)."""
        present = self.present[rows]
        blocks = {k: _taken(v, rows, len(present)) for k, v in self.blocks.items()}
        return Features(blocks, present)

    def only(self, names: Sequence[str]) -> Features:
        """The same products with some of the blocks."""
        return Features({name: self.blocks[name] for name in names}, self.present)

    def without(self, modality: str, rows: NDArray[np.bool_] | None = None) -> Features:
        """The same products as if `modality` were missing (in `rows` [n], default in all)."""
        gone = np.ones(len(self), dtype=bool) if rows is None else rows
        present = self.present.copy()
        present[gone, MODALITIES.index(modality)] = False
        blocks = {
            name: _blanked(block, gone) if MODALITY_OF[name] == modality else block
            for name, block in self.blocks.items()
        }
        return Features(blocks, present)

    def shown(self, times: int) -> Features:
        """One product `times` times; its dense blocks are not copied."""
        blocks: dict[str, Block] = {}
        for name, block in self.blocks.items():
            if isinstance(block, np.ndarray):
                blocks[name] = np.broadcast_to(block[:1], (times, block.shape[1]))
            else:
                blocks[name] = block[np.zeros(times, np.intp)]
        return Features(blocks, np.broadcast_to(self.present[:1], (times, len(MODALITIES))))

    def replaced(self, blocks: Mapping[str, Block]) -> Features:
        """The same products with some blocks exchanged for others of equal shape."""
        return Features({**self.blocks, **blocks}, self.present)


def is_one_row(block: Block) -> bool:
    """Whether a block shows one row many times (`np.broadcast_to`), so that it is computed once."""
    return isinstance(block, np.ndarray) and block.shape[0] > 1 and block.strides[0] == 0


def _taken(block: Block, rows: NDArray[np.intp] | NDArray[np.bool_] | slice, count: int) -> Block:
    if isinstance(block, np.ndarray) and is_one_row(block):
        return np.broadcast_to(block[:1], (count, block.shape[1]))
    return block[rows]


def _blanked(block: Block, rows: NDArray[np.bool_]) -> Block:
    keep = (~rows).astype(np.float32)
    if isinstance(block, np.ndarray):
        return (block * keep[:, None]).astype(np.float32)
    return sparse.csr_matrix(sparse.diags(keep) @ block, dtype=np.float32)
