"""A form of detector: how to know it, what it wants to see, and how its answers are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.shelf.forms.photo_view import Preparation
from glasscase.shelf.forms.raw_boxes import RawBoxes

Strides = Sequence[int]
STRIDES = (8, 16, 32)
LARGE_STRIDES = (8, 16, 32, 64)


@dataclass(frozen=True)
class Signature:
    """What is known of a file before its answers are read."""

    inputs: dict[str, tuple[int | str, ...]]
    outputs: dict[str, tuple[int, ...]]
    """Shapes as they come out, in the file's order."""
    size: tuple[int, int]
    """Height and width of the input."""
    names: tuple[str, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def only(self) -> tuple[int, ...]:
        """Shape of the first output with the batch of one taken off; () where it has none."""
        first = next(iter(self.outputs.values()), ())
        return first[1:] if len(first) == 3 and first[0] == 1 else ()

    def says(self, word: str) -> bool:
        """Whether the file's own words hold `word`."""
        told = " ".join(self.metadata.get(key, "") for key in ("description", "args", "author"))
        return word in told.lower()

    def cells(self, strides: Strides = STRIDES) -> int:
        """How many cells grids of these strides have on the input."""
        return sum((self.size[0] // step) * (self.size[1] // step) for step in strides)


@dataclass(frozen=True)
class DetectorForm:
    """One way in which trainers export detectors to ONNX."""

    name: str
    """As given by `form=`."""
    told: str
    """What it is, in words."""
    preparation: Preparation
    fits: Callable[[Signature], bool]
    read: Callable[[dict[str, NDArray[Any]], Signature], RawBoxes]
    """Answers by name -> boxes in pixels of the input. Raises `ValueError` where shapes do not fit,
    in words that follow "because"."""
    score: float = 0.25
    """Boxes below are left out, if nobody says otherwise."""


def by_option(signature: Signature) -> bool:
    """Of a form that cannot be told from another by its file: only `form=` chooses it."""
    del signature
    return False


def first_of_rank(answers: dict[str, NDArray[Any]], rank: int) -> NDArray[Any]:
    """The first answer with so many axes, its batch of one taken off, as float64.

    Raises:
        ValueError: there is none.
    """
    for answer in answers.values():
        if answer.ndim == rank and answer.shape[0] == 1:
            return np.asarray(answer[0], np.float64)
    raise ValueError(f"no output has {rank} axes and a batch of one")


def columns(table: NDArray[Any], least: int) -> NDArray[Any]:
    """`table` [n, columns] if it has at least `least` columns. Raises `ValueError`."""
    if table.ndim != 2 or table.shape[1] < least:
        raise ValueError(f"a box has {table.shape[-1]} numbers instead of at least {least}")
    return table
