"""Batches: what a network is given at a time, the same in every run with the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from glasscase.extras import need


class Batch(NamedTuple):
    """Some products: what the network takes, and what it should answer."""

    inputs: tuple[Any, ...]
    """Torch tensors, [n, ...] each, in the order of the network's `forward`."""
    targets: Any
    """Torch int64 [n] classes, or float32 [n, k] for a network that gives amounts."""


class Batches(Protocol):
    """Products in batches, anew in every epoch.

    The batches of an epoch depend on nothing but the epoch: starting at batch k gives the same
    ones as going through them all.
    """

    def __len__(self) -> int:
        """Batches per epoch."""
        ...

    def epoch(self, number: int, *, start: int = 0) -> Iterator[Batch]:
        """The batches of epoch `number` (from 0), from batch `start` on."""
        ...


def batch_rows(
    targets: NDArray[Any], size: int, *, seed: int, epoch: int, balanced: bool = False
) -> list[NDArray[np.intp]]:
    """Row numbers of each batch of an epoch, in a random order; sizes differ by one at most.

    So no batch holds a single product where there are several: batch norm could not learn from it.

    Args:
        targets: [n], classes, or amounts where it is not balanced.
        size: most products per batch.
        seed: of the whole training.
        epoch: each has an order of its own.
        balanced: draw n products with replacement, every class alike often on average.
    """
    n = len(targets)
    random = np.random.default_rng([seed, epoch])
    if balanced:
        counts = np.bincount(targets)
        weights = 1.0 / counts[targets]
        order = random.choice(n, size=n, p=weights / weights.sum())
    else:
        order = random.permutation(n)
    return [np.asarray(part) for part in np.array_split(order, max(1, -(-n // size)))]


class ArrayBatches:
    """Batches of arrays that are in memory."""

    def __init__(
        self,
        inputs: tuple[NDArray[Any], ...],
        targets: NDArray[Any],
        *,
        size: int,
        seed: int,
        balanced: bool = False,
    ) -> None:
        """`targets` are classes [n], or amounts [n, k], which cannot be `balanced`."""
        torch = need("torch", extra="train")
        self.inputs: tuple[Any, ...] = tuple(
            torch.from_numpy(np.ascontiguousarray(one)) for one in inputs
        )
        kind = np.float32 if np.asarray(targets).dtype.kind == "f" else np.int64
        self._targets = torch.from_numpy(np.ascontiguousarray(targets, kind))
        self._rows = targets
        self._size, self._seed, self._balanced = size, seed, balanced

    def __len__(self) -> int:
        return max(1, -(-len(self._rows) // self._size))

    def epoch(self, number: int, *, start: int = 0) -> Iterator[Batch]:
        """See `Batches`."""
        every = batch_rows(
            self._rows, self._size, seed=self._seed, epoch=number, balanced=self._balanced
        )
        for rows in every[start:]:
            yield Batch(tuple(one[rows] for one in self.inputs), self._targets[rows])
