"""Boxes on a photo: where something stands, how sure the finder is, and what it is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """Boxes on one photo, surest first where they come from a detector."""

    corners: NDArray[np.float32]
    """[n, 4]: left, top, right, bottom in pixels of the photo as it is shown (after EXIF)."""
    scores: NDArray[np.float32]
    """[n]: 0 to 1, how sure the detector is; 1 where a person drew the box."""
    labels: tuple[str, ...] = ()
    """[n] names of the detector's classes; () where it knows one class only."""

    def __len__(self) -> int:
        return len(self.corners)

    @classmethod
    def none(cls) -> Boxes:
        """No box at all.

        >>> len(Boxes.none())
        0
        """
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))

    @classmethod
    def drawn(cls, corners: Any) -> Boxes:
        """Boxes that a person drew: [n, 4] of left, top, right, bottom, each with a score of 1.

        >>> Boxes.drawn([[0, 0, 10, 20]]).heights.tolist()
        [20.0]
        """
        array = np.asarray(corners, np.float32).reshape(-1, 4)
        return cls(array, np.ones(len(array), np.float32))

    @property
    def widths(self) -> NDArray[np.float32]:
        """[n] in pixels."""
        return self.corners[:, 2] - self.corners[:, 0]

    @property
    def heights(self) -> NDArray[np.float32]:
        """[n] in pixels."""
        return self.corners[:, 3] - self.corners[:, 1]

    @property
    def areas(self) -> NDArray[np.float32]:
        """[n] in square pixels."""
        return self.widths * self.heights

    def pick(self, which: NDArray[Any]) -> Boxes:
        """The boxes at these places (indices or a mask), in that order."""
        rows = np.arange(len(self))[which]
        labels = tuple(self.labels[int(i)] for i in rows) if self.labels else ()
        return Boxes(self.corners[rows], self.scores[rows], labels)

    def to_dict(self) -> list[dict[str, Any]]:
        """Plain JSON values, a box each; pixels to a tenth."""
        names = self.labels or ("",) * len(self)
        return [
            {
                "left": round(float(left), 1),
                "top": round(float(top), 1),
                "right": round(float(right), 1),
                "bottom": round(float(bottom), 1),
                "score": round(float(score), 4),
                "label": name,
            }
            for (left, top, right, bottom), score, name in zip(
                self.corners, self.scores, names, strict=True
            )
        ]
