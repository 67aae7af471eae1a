"""Pieces of work done here, by threads, or by processes that a thread each waits for."""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self, TypeVar

from glasscase.models.loading_choice import Kind
from glasscase.models.photo_preparation import Preparation, Preparer
from glasscase.models.photo_worker import PhotoWorker

Piece = TypeVar("Piece")


class PhotoWorkers:
    """`count` threads that prepare photos; the threads do it, or a process for each does.

    Python's lock is free while Pillow decodes, so threads mostly are enough.
    """

    def __init__(self, kind: Kind, count: int, preparation: Preparation) -> None:
        """Start them. `kind` none starts nothing: work is done when it is asked for."""
        self.kind: Kind = kind
        self.count = 0 if kind == "none" else count
        self._processes = [
            PhotoWorker(preparation) for _ in range(self.count) if kind == "processes"
        ]
        self._idle: queue.SimpleQueue[Preparer] = queue.SimpleQueue()
        here: list[Preparer] = [preparation] * max(1, self.count)
        for one in self._processes or here:
            self._idle.put(one)
        self._threads = ThreadPoolExecutor(self.count, "photos") if self.count else None

    def begin(
        self, work: Callable[[Piece, Preparer], None], pieces: Sequence[Piece]
    ) -> list[Future[None]]:
        """Begin `work` on every piece; without threads it is finished at once."""
        if self._threads is None:
            for piece in pieces:
                self._done(work, piece)
            return []
        return [self._threads.submit(self._done, work, piece) for piece in pieces]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop what is not begun, wait for the rest, end the processes."""
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            process.close()

    def _done(self, work: Callable[[Piece, Preparer], None], piece: Piece) -> None:
        preparer = self._idle.get()
        try:
            work(piece, preparer)
        finally:
            self._idle.put(preparer)
