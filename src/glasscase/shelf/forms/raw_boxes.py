"""What a detector answers, before it is known to be any good, becomes `Boxes`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadDetector
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.forms.photo_view import PhotoView
from glasscase.shelf.suppression import suppressed

MOST_BOXES = 30_000
"""The surest so many go on to suppression; no shelf holds more."""


@dataclass(frozen=True)
class RawBoxes:
    """Boxes in pixels of the detector's input, as they come."""

    corners: NDArray[Any]
    """[n, 4] left, top, right, bottom."""
    scores: NDArray[Any]
    """[n], 0 to 1."""
    classes: NDArray[Any]
    """[n] numbers of classes."""

    @classmethod
    def surest(cls, corners: NDArray[Any], probs: NDArray[Any]) -> RawBoxes:
        """Each box [n, 4] with its likeliest class of `probs` [n, classes]."""
        classes = probs.argmax(axis=1)
        return cls(corners, probs[np.arange(len(probs)), classes], classes)

    def on_photo(
        self, view: PhotoView, photo_px: tuple[int, int], *, score: float, names: tuple[str, ...]
    ) -> Boxes:
        """Boxes of at least `score` on a photo of this height and width: inside it, no doubles,
        surest first. What is not finite or has no area is left out.

        Raises:
            BadDetector: all is NaN, or scores are no shares.
        """
        scores = self.scores.astype(np.float64)
        corners = view.to_photo(self.corners)
        finite = np.isfinite(scores) & np.isfinite(corners).all(axis=1)
        if len(scores) and not finite.any():
            raise BadDetector(
                "the detector answers with NaN or infinity only",
                "Export it anew; in 16 bits it may overflow, so try 32.",
            )
        wild = scores[finite & ((scores > 1.001) | (scores < -0.001))]
        if len(wild):
            raise BadDetector(
                f"the detector answers with scores such as {wild[0]:.4g}, which are not 0 to 1",
                "It is probably of another form; give it as form=.",
            )
        chosen = np.flatnonzero(finite & (scores >= score))
        chosen = chosen[np.argsort(-scores[chosen], kind="stable")][:MOST_BOXES]
        height, width = photo_px
        inside = np.clip(corners[chosen], 0, [width, height, width, height])
        whole = (inside[:, 2] - inside[:, 0] > 0) & (inside[:, 3] - inside[:, 1] > 0)
        labels = tuple(_name(int(i), names) for i in self.classes[chosen[whole]])
        boxes = Boxes(
            inside[whole].astype(np.float32),
            np.clip(scores[chosen[whole]], 0, 1).astype(np.float32),
            () if self._one_class(names) else labels,
        )
        return suppressed(boxes)

    def _one_class(self, names: tuple[str, ...]) -> bool:
        return len(names) == 1 or (not names and not self.classes.any())


def corners_of(centres: NDArray[Any]) -> NDArray[np.float64]:
    """[..., 4] centre x, centre y, width, height -> left, top, right, bottom."""
    centres = np.asarray(centres, np.float64)
    middle, half = centres[..., :2], centres[..., 2:4] / 2
    return np.concatenate([middle - half, middle + half], axis=-1)


def sigmoid(logits: NDArray[Any]) -> NDArray[np.float64]:
    """1 / (1 + e^-x), without overflow; NaN stays NaN."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * np.asarray(logits, np.float64))))


def _name(number: int, names: tuple[str, ...]) -> str:
    return names[number] if 0 <= number < len(names) else f"class {number}"
