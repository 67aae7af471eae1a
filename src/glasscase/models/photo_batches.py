"""Batches of photos for training end to end, the same whoever prepares them.

    with PhotoBatches(products, side=224, augmentation=change, settings=settings) as loader:
        for epoch in range(first, last):
            batches = batch_rows(targets, 64, seed=seed, epoch=epoch)   # list of int arrays
            for batch in loader.epoch(epoch, batches, start=k):         # k: done already
                batch.number                 # 0, 1 ... within the epoch; the first is k
                batch.rows                   # int [n], positions in `products`, as given
                batch.photos                 # uint8 [n, side, side, 3], the caller's own
                batch.present                # bool [n]; photos are black where it is False

A batch depends on nothing but the photos, `side`, the augmentation (level, seed, mirror), the
epoch, and the rows up to its end: not on `settings.loading`, nor on what came before. So going on
in epoch 3 after 17 batches is `loader.epoch(3, batches, start=17)`, in a new process as well.
Rows may repeat (balanced sampling): each repeat within an epoch is changed in its own way.

For validation `loader.plain()` gives another loader of the same photos without augmentation; it
shares the memory. `loader.problems` lists the photos that could not be used so far,
`loader.choice` says who prepares photos and why. Nothing here needs torch:
`torch.from_numpy(batch.photos)`.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from glasscase.augmentation.photos import PhotoAugmentation
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.encoders.onnx_session import usable_cores
from glasscase.models.loading_choice import Kind, LoadingChoice, measured_choice
from glasscase.models.photo_memory import PhotoMemory
from glasscase.models.photo_preparation import Preparation, Preparer
from glasscase.models.photo_source import PhotoSource
from glasscase.models.photo_workers import PhotoWorkers
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

_BATCHES_AHEAD = 2
_MOST_WORKERS = 16


@dataclass(frozen=True)
class PhotoBatch:
    """Some products' photos, ready for a network."""

    number: int
    """Place within the epoch, from 0."""
    rows: NDArray[np.intp]
    """[n]: positions in the list of products."""
    photos: NDArray[np.uint8]
    """[n, side, side, 3], RGB; black where there is none."""
    present: NDArray[np.bool_]
    """[n]: whether there is a photo."""


class _Place(NamedTuple):
    """One place in a batch: whose photo, and how often it came before in this epoch."""

    at: int
    row: int
    view: int


class PhotoBatches:
    """Gives the photos of `products` in batches. Use as a context, or `close` it.

    Of a product with several photos one is drawn each time if there is augmentation; without, it
    is the first that can be used. Decoded photos stay in memory up to
    `settings.loading.memory_gigabytes`. Who prepares the batches (`settings.loading.workers`) is
    measured at the first epoch unless it is set; two batches are prepared ahead.
    """

    def __init__(
        self,
        products: Sequence[Product],
        *,
        side: int,
        augmentation: PhotoAugmentation | None = None,
        settings: Settings | None = None,
        progress: Progress = silent,
    ) -> None:
        """Nothing is read or started yet.

        Args:
            products: whose photos; rows are positions in it.
            side: of the square that each whole photo is squashed to, in pixels.
            augmentation: None gives photos exactly as prediction sees them.
            settings: `loading` and `photos` count.
            progress: who is told which workers were chosen.
        """
        self._settings = settings or Settings()
        self._side = side
        self._progress = progress
        self._preparation = Preparation(side, self._settings.photos, augmentation)
        memory = PhotoMemory(self._settings.loading.memory_gigabytes * 1e9)
        self._source = PhotoSource(products, self._preparation, memory)
        self._workers: PhotoWorkers | None = None
        self.choice: LoadingChoice | None = None
        """Who prepares photos; None before the first epoch."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers; another epoch starts new ones of the same kind."""
        if self._workers is not None:
            self._workers.close()
            self._workers = None

    def plain(self) -> PhotoBatches:
        """Another loader for the same photos as prediction sees them, such as for validation.

        What either decodes, both have in memory. It is to be closed too.
        """
        other = PhotoBatches(
            self._source.products,
            side=self._side,
            settings=self._settings,
            progress=self._progress,
        )
        other._source = PhotoSource(self._source.products, other._preparation, self._source.memory)
        return other

    @property
    def problems(self) -> list[Problem]:
        """The photos that could not be used so far, in the order of the products."""
        return self._source.problems

    def epoch(
        self, number: int, batches: Sequence[NDArray[np.integer]], *, start: int = 0
    ) -> Iterator[PhotoBatch]:
        """The batches of epoch `number`, from batch `start` on.

        Args:
            number: of the epoch; each sees other variants of the photos.
            batches: the rows of every batch of the epoch, those before `start` too.
            start: how many batches were seen already.
        """
        workers = self._working(batches)
        waiting: deque[tuple[PhotoBatch, list[Future[None]]]] = deque()
        ahead = _BATCHES_AHEAD if workers.count else 0
        try:
            for at, places in enumerate(_placed(batches)):
                if at < start:
                    continue
                waiting.append(self._begun(at, places, number, workers))
                if len(waiting) > ahead:
                    yield _finished(*waiting.popleft())
            while waiting:
                yield _finished(*waiting.popleft())
        finally:
            for _, futures in waiting:
                for future in futures:
                    future.cancel()

    def _begun(
        self, number: int, places: Sequence[_Place], epoch: int, workers: PhotoWorkers
    ) -> tuple[PhotoBatch, list[Future[None]]]:
        """A batch whose photos come while the futures run; one piece of work per worker."""
        rows = np.array([place.row for place in places], dtype=np.intp)
        photos = np.zeros((len(rows), self._side, self._side, 3), np.uint8)
        present = np.zeros(len(rows), dtype=bool)

        def fill(piece: Sequence[_Place], preparer: Preparer) -> None:
            for at, row, view in piece:
                image = self._source.image(row, epoch, view, preparer)
                if image is not None:
                    photos[at], present[at] = image, True

        step = max(1, workers.count)
        pieces = [places[first::step] for first in range(min(step, len(places)))]
        return PhotoBatch(number, rows, photos, present), workers.begin(fill, pieces)

    def _working(self, batches: Sequence[NDArray[np.integer]]) -> PhotoWorkers:
        """The workers, started; chosen before if that was not done yet."""
        if self.choice is None:
            self.choice = self._chosen(batches)
            self._progress.say(self.choice.describe())
        if self._workers is None:
            self._workers = PhotoWorkers(self.choice.kind, self.choice.count, self._preparation)
        return self._workers

    def _chosen(self, batches: Sequence[NDArray[np.integer]]) -> LoadingChoice:
        loading = self._settings.loading
        cores = loading.count or min(usable_cores(), _MOST_WORKERS)
        if loading.workers != "auto":
            return LoadingChoice(loading.workers, 0 if loading.workers == "none" else cores)
        rows = [row for batch in batches for row in batch.tolist()]
        with_photo = [row for row in dict.fromkeys(rows) if self._source.products[row].photos]
        return measured_choice(self._seconds, with_photo, cores=cores)

    def _seconds(self, kind: Kind, count: int, rows: Sequence[int]) -> float:
        """How long it takes to decode and change the photos of `rows`, nothing remembered."""
        with PhotoWorkers(kind, count, self._preparation) as workers:

            def look(piece: Sequence[int], preparer: Preparer) -> None:
                for row in piece:
                    self._source.image(row, 0, 0, preparer, remember=False)

            step = max(1, workers.count)
            _wait(workers.begin(look, [rows[:1]] * step))  # everyone has begun
            started = time.perf_counter()
            _wait(workers.begin(look, [rows[first::step] for first in range(step)]))
            return time.perf_counter() - started


def _placed(batches: Sequence[NDArray[np.integer]]) -> Iterator[list[_Place]]:
    """The places of each batch; a product met again in the epoch is another view of it."""
    seen: Counter[int] = Counter()
    for rows in batches:
        places: list[_Place] = []
        for at, row in enumerate(rows.tolist()):
            places.append(_Place(at, row, seen[row]))
            seen[row] += 1
        yield places


def _finished(batch: PhotoBatch, futures: Sequence[Future[None]]) -> PhotoBatch:
    _wait(futures)
    return batch


def _wait(futures: Sequence[Future[None]]) -> None:
    for future in futures:
        future.result()
