"""Batches of photos and token numbers for a network that learns its encoders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.augmentation.words import WordAugmentation
from glasscase.catalog.product import Product
from glasscase.encoders.tokens import Tokens
from glasscase.extras import need
from glasscase.models.end_to_end.blueprint import TextBranch
from glasscase.models.photo_batches import PhotoBatches
from glasscase.models.training.batches import Batch, batch_rows


class JointBatches:
    """Photos uint8 [n, side, side, 3], ids int64 [n, length], present [n, 2], in batches.

    What a recipe does not read is given as photos of 1 pixel, or as ids of length 1.
    """

    def __init__(
        self,
        products: Sequence[Product],
        targets: NDArray[np.integer],
        *,
        photos: PhotoBatches | None,
        text: TextBranch | None,
        words: WordAugmentation | None = None,
        order: tuple[int, int, bool] | None = None,
    ) -> None:
        """Prepare them.

        Args:
            products: n products.
            targets: [n], classes; anything where only answers are wanted.
            photos: prepares the photos of these products; None: they are not looked at.
            text: whose tokeniser and padding to use; None: words are not read.
            words: changes texts in training.
            order: (batch size, seed, balanced) of a random order; None: in batches of 64 as given.
        """
        self._products, self._targets = products, np.asarray(targets, np.int64)
        self._photos, self._text, self._words, self._order = photos, text, words, order
        self._tokens = None if text is None else Tokens(text.tokenizer, text.max_tokens)
        self._plain = None if text is None else self._ids([p.text for p in products])

    def __len__(self) -> int:
        return max(1, -(-len(self._products) // (64 if self._order is None else self._order[0])))

    def rows(self, number: int) -> list[NDArray[np.intp]]:
        """Row numbers of every batch of epoch `number`."""
        if self._order is None:
            everything = np.arange(len(self._products))
            return [np.asarray(part) for part in np.array_split(everything, len(self))]
        size, seed, balanced = self._order
        return batch_rows(self._targets, size, seed=seed, epoch=number, balanced=balanced)

    def epoch(self, number: int, *, start: int = 0) -> Iterator[Batch]:
        """See `glasscase.models.training.batches.Batches`."""
        torch = need("torch", extra="train")
        every = self.rows(number)
        seen = None if self._photos is None else self._photos.epoch(number, every, start=start)
        for rows in every[start:]:
            present = np.zeros((len(rows), 2), np.float32)
            images = np.zeros((len(rows), 1, 1, 3), np.uint8)
            if seen is not None:
                batch = next(seen)
                images, present[:, 1] = batch.photos, batch.present
            ids = self._batch_ids(rows, number)
            present[:, 0] = self._has_text(rows)
            inputs = (torch.from_numpy(images), torch.from_numpy(ids), torch.from_numpy(present))
            yield Batch(inputs, torch.from_numpy(self._targets[rows]))

    def _has_text(self, rows: NDArray[np.intp]) -> list[bool]:
        """Whether there are words, and one of them became a token."""
        if self._text is None or self._plain is None:
            return [False] * len(rows)
        says = (self._plain[rows] != self._text.padding).any(axis=1).tolist()
        texts = [self._products[row].text.strip() for row in rows]
        return [bool(text) and said for text, said in zip(texts, says, strict=True)]

    def _batch_ids(self, rows: NDArray[np.intp], epoch: int) -> NDArray[np.int64]:
        if self._plain is None or self._text is None:
            return np.zeros((len(rows), 1), np.int64)
        if self._words is None:
            ids = self._plain[rows]
        else:
            changed = [self._words.product(self._products[row], epoch=epoch) for row in rows]
            ids = self._ids([product.text for product in changed])
        longest = max(1, int((ids != self._text.padding).sum(axis=1).max(initial=1)))
        return np.ascontiguousarray(ids[:, :longest])

    def _ids(self, texts: Sequence[str]) -> NDArray[np.int64]:
        assert self._tokens is not None
        assert self._text is not None
        first = [windows[0] if windows else [] for windows in self._tokens.windows(texts)]
        width = max(1, *(len(one) for one in first)) if first else 1
        ids = np.full((len(texts), width), self._text.padding, np.int64)
        for row, one in zip(ids, first, strict=True):
            row[: len(one)] = one
        if self._text.padding < 0:  # a transformer needs a token to look at
            ids[ids[:, 0] < 0, 0] = 0
        return ids


def no_targets(count: int) -> NDArray[Any]:
    """Targets [count] where only answers are wanted."""
    return np.zeros(count, np.int64)
