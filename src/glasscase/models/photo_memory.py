"""Decoded photos kept in memory as long as there is room."""

from __future__ import annotations

import threading

from glasscase.errors import BadPhoto
from glasscase.models.photo_preparation import Image

Place = tuple[int, int]
"""Row of the product, number of the photo."""


class PhotoMemory:
    """Squares by place, the first that come until the budget is spent. None is ever put out.

    In an epoch of shuffled rows every photo is asked for once, so putting the oldest out for the
    newest would only lose what is asked for next. Broken photos are remembered in any case.
    """

    def __init__(self, budget_bytes: float) -> None:
        self._free = budget_bytes
        self._squares: dict[Place, Image] = {}
        self._broken: dict[Place, BadPhoto] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._squares)

    def get(self, place: Place) -> Image | None:
        """The square, which is not to be written to, or None. Raises `BadPhoto` if it is broken."""
        error = self._broken.get(place)
        if error is not None:
            raise BadPhoto(error.reason, error.remedy)
        return self._squares.get(place)

    def keep(self, place: Place, square: Image) -> None:
        """Remember a square if it still fits."""
        with self._lock:
            if place not in self._squares and square.nbytes <= self._free:
                self._squares[place] = square
                self._free -= square.nbytes

    def keep_broken(self, place: Place, error: BadPhoto) -> None:
        """Remember that a photo cannot be used."""
        with self._lock:
            self._broken.setdefault(place, error)

    def broken(self) -> list[tuple[Place, BadPhoto]]:
        """What cannot be used, in the order of the products."""
        with self._lock:
            return sorted(self._broken.items(), key=lambda item: item[0])
