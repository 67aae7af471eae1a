"""The vectors of many products, in named blocks, with what is present of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Block = Any
"""float32 [n, dim]: an array, or `scipy.sparse.csr_matrix` for counts."""
MODALITIES = ("text", "image")
PATTERNS: dict[str, tuple[str, ...]] = {
    "both": ("text", "image"),
    "text": ("text",),
    "image": ("image",),
}
"""What a product may have, by name, and the modalities that are present then."""
MODALITY_OF = {
    "words": "text",
    "characters": "text",
    "sentence": "text",
    "image": "image",
    "photo_words": "image",
}
"""Which modality each block speaks for: `words`, `characters` and `photo_words` are sparse counts;
the last are of the words read off the photos."""
METADATA = "metadata"
"""The block of price and brand. It hangs on no modality: a product lacks neither words nor photo
for want of a price, and is not judged by its price alone. A row of zeros is nothing known."""
BLOCKS = (*MODALITY_OF, METADATA)


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
    places: Mapping[str, int] = field(default_factory=dict)
    """Of dense blocks whose rows are tokens or places of a photo, one after the other: how many.
    A place of zeros is none."""

    def __len__(self) -> int:
        return int(self.present.shape[0])

    @property
    def dims(self) -> dict[str, int]:
        """Width of each block."""
        return {name: int(block.shape[1]) for name, block in self.blocks.items()}

    def has(self, modality: str) -> NDArray[np.bool_]:
        """[n]: which products have something of `modality`."""
        return self.present[:, MODALITIES.index(modality)]

    def there(self, block: str) -> NDArray[np.bool_]:
        """[n]: which products have the modality of `block`; all for one that hangs on none."""
        if block not in MODALITY_OF:
            return np.ones(len(self), dtype=bool)
        return self.has(MODALITY_OF[block])

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Features:
        """The features of some rows (indices, a mask or a slice)."""
        present = self.present[rows]
        blocks = {k: _taken(v, rows, len(present)) for k, v in self.blocks.items()}
        return replace(self, blocks=blocks, present=present)

    def only(self, names: Sequence[str]) -> Features:
        """The same products with some of the blocks."""
        return replace(self, blocks={name: self.blocks[name] for name in names})

    def without(self, modality: str, rows: NDArray[np.bool_] | None = None) -> Features:
        """The same products as if `modality` were missing (in `rows` [n], default in all)."""
        gone = np.ones(len(self), dtype=bool) if rows is None else rows
        present = self.present.copy()
        present[gone, MODALITIES.index(modality)] = False
        blocks = {
            name: _blanked(block, gone) if MODALITY_OF.get(name) == modality else block
            for name, block in self.blocks.items()
        }
        return replace(self, blocks=blocks, present=present)

    def shown(self, times: int) -> Features:
        """One product `times` times; its dense blocks are not copied."""
        blocks: dict[str, Block] = {}
        for name, block in self.blocks.items():
            if isinstance(block, np.ndarray):
                blocks[name] = np.broadcast_to(block[:1], (times, block.shape[1]))
            else:
                blocks[name] = block[np.zeros(times, np.intp)]
        present = np.broadcast_to(self.present[:1], (times, len(MODALITIES)))
        return replace(self, blocks=blocks, present=present)

    def replaced(self, blocks: Mapping[str, Block]) -> Features:
        """The same products with some blocks exchanged for others of equal shape."""
        return replace(self, blocks={**self.blocks, **blocks})

    def pooled(self) -> Features:
        """The same with the mean over its places for every block that is laid out in places.

        >>> grid = np.array([[1, 2, 3, 4, 0, 0]], np.float32)
        >>> one = Features({"image": grid}, np.ones((1, 2), bool), {"image": 3})
        >>> one.pooled().blocks["image"].tolist()
        [[2.0, 3.0]]
        """
        if not self.places:
            return self
        blocks = {
            name: _mean_of_places(block, self.places[name]) if name in self.places else block
            for name, block in self.blocks.items()
        }
        return Features(blocks, self.present)


def is_one_row(block: Block) -> bool:
    """Whether a block shows one row many times (`np.broadcast_to`), so that it is computed once."""
    return isinstance(block, np.ndarray) and block.shape[0] > 1 and block.strides[0] == 0


def _mean_of_places(block: Block, places: int) -> Block:
    apart = np.asarray(block, np.float32).reshape(len(block), places, -1)
    filled = np.maximum(apart.any(axis=2).sum(axis=1, keepdims=True), 1)
    return np.asarray(apart.sum(axis=1) / filled, np.float32)


def _taken(block: Block, rows: NDArray[np.intp] | NDArray[np.bool_] | slice, count: int) -> Block:
    if isinstance(block, np.ndarray) and is_one_row(block):
        return np.broadcast_to(block[:1], (count, block.shape[1]))
    return block[rows]


def _blanked(block: Block, rows: NDArray[np.bool_]) -> Block:
    keep = (~rows).astype(np.float32)
    if isinstance(block, np.ndarray):
        return (block * keep[:, None]).astype(np.float32)
    return sparse.csr_matrix(sparse.diags(keep) @ block, dtype=np.float32)
