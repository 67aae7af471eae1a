"""Print that stands mirrored on its photo: read in the mirror, its places told on the photo.

Photos are turned round by mistake, and a model of vision does not mind; a reader does, and says
nonsense. So that a score is the same for both, what is doubtful is read both ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from glasscase.encoders.read_line import ReadLine
from glasscase.packs.same_words import words_in

SURE = 0.92
"""Mean score, by characters, from which on nobody asks the mirror: nonsense reaches some 0.87."""
CLEAR = 0.85
"""From which on the mirror is believed where no known word tells: on 16 photos of shops what was
read backwards had 0.80 at most, but for a line of two letters."""
_LEAST_LETTERS = 3


class _Reader(Protocol):
    def lines(self, image: NDArray[np.uint8], *, name: str = "") -> tuple[ReadLine, ...]: ...


def lines_either_way(
    reader: _Reader, image: NDArray[np.uint8], *, known: Sequence[str] = (), name: str = ""
) -> tuple[ReadLine, ...]:
    """Lines on `image` (uint8 RGB [h, w, 3]), read in the mirror where that reads clearly better.

    Args:
        reader: who reads.
        image: the photo.
        known: what should stand on it (brand, product): where a word of it is read, it is the right
            way round.
        name: of the photo, for errors.
    """
    words = {word for text in known for word in _words(text)}
    straight = reader.lines(image, name=name)
    if _named(straight, words) or _certainty(straight) >= SURE:
        return straight
    seen = reader.lines(np.ascontiguousarray(image[:, ::-1]), name=name)
    mirrored = tuple(_turned(line, image.shape[1]) for line in seen)
    more = _named(mirrored, words) > _named(straight, words)
    clear = _certainty(mirrored) >= CLEAR and _read(mirrored) > _read(straight)
    return mirrored if more or clear else straight


def is_mirrored(line: ReadLine) -> bool:
    """Whether `line` runs against its photo: only in a mirror can it be read.

    >>> upright = np.array([[0.0, 0.0], [9.0, 0.0], [9.0, 2.0], [0.0, 2.0]])
    >>> is_mirrored(ReadLine(upright, "Oats", 1.0))
    False
    """
    along, down = line.corners[1] - line.corners[0], line.corners[3] - line.corners[0]
    return bool(along[0] * down[1] - along[1] * down[0] < 0)


def _turned(line: ReadLine, width: int) -> ReadLine:
    return replace(line, corners=line.corners * (-1.0, 1.0) + (float(width), 0.0))


def _words(text: str) -> list[str]:
    return [one for one in words_in(text) if len(one) >= _LEAST_LETTERS]


def _named(lines: Sequence[ReadLine], words: set[str]) -> int:
    """How many of `words` stand there."""
    return len(words & {word for line in lines for word in _words(line.words)})


def _certainty(lines: Sequence[ReadLine]) -> float:
    """The mean score by characters; 0 of no line."""
    characters = sum(len(line.words) for line in lines)
    return sum(len(line.words) * line.score for line in lines) / max(1, characters)


def _read(lines: Sequence[ReadLine]) -> float:
    """Characters by how far each is above a guess."""
    return sum(len(line.words) * max(0.0, line.score - 0.5) for line in lines)
