"""One line of words on a pack, with all that is measured on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glasscase.encoders.read_line import ReadLine
from glasscase.packs.measure import Evidence


@dataclass(frozen=True, slots=True, eq=False)
class TextLine:
    """A line as it was read, its letters and their contrast."""

    read: ReadLine
    evidence: Evidence
    """Its box and its words."""
    letter_px: float | None
    """Height of an x; of a capital where few letters are small. None: letters not found."""
    ratio: float | None
    """Contrast of letters and ground, 1 to 21; None where nothing stands out."""
    ratio_low: float = 1.0
    ratio_high: float = 21.0

    @property
    def words(self) -> str:
        """What it says."""
        return self.read.words

    @property
    def characters(self) -> int:
        """How many characters it has, without spaces; at least 1."""
        return max(1, sum(not character.isspace() for character in self.words))


def character_median(lines: Sequence[TextLine], values: Sequence[float]) -> float:
    """The value that half of all characters have at least, of one value per line."""
    order = np.argsort(values, kind="stable")
    counts = np.array([line.characters for line in lines], np.float64)[order]
    reached = np.searchsorted(np.cumsum(counts), counts.sum() / 2)
    return float(np.asarray(values, np.float64)[order[min(int(reached), len(order) - 1)]])
